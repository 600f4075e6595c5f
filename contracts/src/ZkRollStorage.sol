// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernance} from "./interfaces/IGovernance.sol";
import {IPoseidon2} from "./interfaces/IPoseidon2.sol";
import {IZkRollEvents, StoredBlock} from "./interfaces/IZkRoll.sol";
import {Proxied, ProxySlots} from "./Proxy.sol";

/// @notice The main contract is three implementations over one storage, because code is limited to 24,576 bytes: ZkRoll
///         (users) hands what it does not know to ZkRollOperator, and that to ZkRollExodus. Each knows the next as an
///         immutable, so an upgrade of the first is an upgrade of all.
///         New versions may only append variables.
abstract contract ZkRollStorage is IZkRollEvents, Proxied {
    uint256 internal constant FIELD_ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    uint32 internal constant ACCOUNT_ID_NOBODY = 2 ** 24 - 1;
    uint32 internal constant FEE_ACCOUNT = 0;
    uint32 internal constant TOKEN_ID_LAST = 1023;
    uint32 internal constant NFT_ID_FIRST = 65536;
    uint32 internal constant NFT_ID_LAST = 2 ** 31 - 3;

    uint8 internal constant FILLER = 0xff;

    uint8 internal constant CREDIT_WITHDRAW = 0;
    uint8 internal constant CREDIT_FORCED_EXIT = 1;
    uint8 internal constant CREDIT_EXIT = 2;
    uint8 internal constant CREDIT_REFUSED_DEPOSIT = 3;

    struct Request {
        bytes20 hash;
        uint64 deadline;
        uint8 opType;
    }

    /// The filler is written ahead of the amount, so that who writes that finds a slot that is not zero: 5,000 gas, not
    /// 22,100. Never cleared.
    struct Sum {
        uint128 amount;
        uint8 filler;
    }

    struct PendingNFT {
        address creator;
        uint32 creatorAccountId;
        uint32 serialId;
        address owner;
        bytes32 contentHash;
    }

    // One slot, the only one besides its own that a deposit of ETH writes.
    uint64 internal _firstRequest;
    uint64 internal _openRequests;
    uint128 internal _ethDeposited;

    // One slot.
    uint64 internal _committedRequests;
    uint32 internal _committed;
    uint32 internal _proven;
    uint32 internal _executed;
    uint32 internal _keyCount;
    bool internal _exodus;

    // One slot.
    IGovernance internal _governance;
    uint64 internal _priorityExpiration;

    IPoseidon2 internal _poseidon2;

    mapping(uint64 id => Request) internal _requests;
    mapping(uint32 number => bytes32) internal _blockHashes;
    mapping(bytes32 tokenAndOwner => Sum) internal _pending;
    mapping(uint32 tokenId => PendingNFT) internal _pendingNFTs;
    mapping(address owner => mapping(uint32 nonce => bytes32)) internal _authFacts;
    mapping(address owner => mapping(uint32 nonce => uint256)) internal _authResets;
    mapping(uint32 accountId => mapping(uint32 tokenId => bool)) internal _exited;
    mapping(uint16 tokenId => Sum) internal _deposited;
    mapping(uint32 keyId => address) internal _verifiers;

    // Upgrades: one slot, then the council.
    uint64 internal _noticePeriod;
    uint64 internal _noticeFloor;
    uint64 internal _noticeNow;
    uint64 internal _noticeStart;
    uint256 internal _approvalRound;
    uint256 internal _councilThreshold;
    mapping(address who => bool) internal _council;
    mapping(uint256 round => mapping(address who => bool)) internal _approved;
    mapping(uint256 round => uint256) internal _approvals;

    bool private transient _entered;

    /// On every function that changes state: behind the proxy only, and one at a time.
    modifier locked() {
        _lock();
        _;
        _entered = false;
    }

    modifier notInExodus() {
        if (_exodus) revert InExodus();
        _;
    }

    function _lock() private {
        _requireProxied();
        if (_entered) revert Reentered();
        _entered = true;
    }

    function _pendingKey(uint16 token, address owner) internal pure returns (bytes32) {
        return bytes32(uint256(token) << 160 | uint160(owner));
    }

    /// Never overflows while proofs are sound: the deposits of a token sum up to less than 2^128.
    function _credit(uint16 token, address owner, uint128 amount, uint8 creditType) internal {
        if (amount != 0) {
            Sum storage pending = _pending[_pendingKey(token, owner)];
            uint256 sum = uint256(pending.amount) + amount;
            if (sum > type(uint128).max) revert PendingTooBig();
            pending.amount = uint128(sum);
        }
        emit WithdrawalPending(token, owner, amount, creditType);
    }

    function _creditNFT(uint32 token, PendingNFT memory nft) internal {
        _pendingNFTs[token] = nft;
        emit WithdrawalNFTPending(token);
    }

    function _hashOf(StoredBlock memory b) internal pure returns (bytes32) {
        return keccak256(abi.encode(b));
    }

    function _master() internal view returns (address) {
        return ProxySlots.read(ProxySlots.MASTER);
    }

    /// Ends the call with what another implementation answers in this storage.
    function _delegate(address part) internal {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), part, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if ok { return(0, returndatasize()) }
            revert(0, returndatasize())
        }
    }
}
