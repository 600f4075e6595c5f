// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INFTFactory} from "./interfaces/INFTFactory.sol";
import {IZkRoll} from "./interfaces/IZkRoll.sol";
import {Queue} from "./Queue.sol";
import {ZkRollStorage} from "./ZkRollStorage.sol";

/// @notice What users call. See IZkRoll, and ZkRollStorage for the other two parts of the main contract.
contract ZkRoll is IZkRoll, ZkRollStorage {
    uint128 private constant ERC20_DEPOSIT_MAX = 2 ** 104 - 1;
    uint256 private constant AUTH_RESET_WAIT = 1 days;
    uint256 private constant BLOCK_SECONDS = 12;
    address private constant NOBODY = address(type(uint160).max);

    address private immutable _operatorPart;

    constructor(address operatorPart) {
        _operatorPart = operatorPart;
    }

    /// Selectors of the other parts. Plain ETH gets here too, and is refused.
    fallback() external onlyProxied {
        if (msg.data.length < 4) revert UnknownFunction();
        _delegate(_operatorPart);
    }

    // ---- deposits and requests

    /// @inheritdoc IZkRoll
    function depositETH(address _zkSyncAddress) external payable locked notInExodus {
        if (msg.value > type(uint128).max) revert AmountTooBig();
        uint128 amount = uint128(msg.value);
        _ethDeposited = _addDeposit(_ethDeposited, amount);
        _requestDeposit(0, amount, _zkSyncAddress);
    }

    /// @inheritdoc IZkRoll
    function depositERC20(address _token, uint104 _amount, address _zkSyncAddress) external locked notInExodus {
        uint16 id = _governance.validateDeposit(_token);
        uint256 before = _tokenBalance(_token);
        // transferFrom(caller, this, amount); what it returns says nothing that the balance does not say better.
        _callToken(_token, abi.encodeWithSelector(0x23b872dd, msg.sender, address(this), uint256(_amount)));
        uint256 present = _tokenBalance(_token);
        if (present <= before) revert ZeroAmount();
        if (present - before > ERC20_DEPOSIT_MAX) revert AmountTooBig();
        uint128 amount = uint128(present - before);
        Sum storage sum = _deposited[id];
        sum.amount = _addDeposit(sum.amount, amount);
        _requestDeposit(id, amount, _zkSyncAddress);
    }

    /// @inheritdoc IZkRoll
    function prepareDeposits(address _token) external locked {
        _deposited[_governance.validateTokenAddress(_token)].filler = FILLER;
    }

    /// @inheritdoc IZkRoll
    function requestFullExit(uint32 _accountId, address _token) external locked notInExodus {
        if (_accountId >= ACCOUNT_ID_NOBODY) revert BadAccountId();
        uint16 id = _idOf(_token);
        _pending[_pendingKey(id, msg.sender)].filler = FILLER;
        _request(Queue.FULL_EXIT, Queue.fullExit(_accountId, msg.sender, id));
    }

    /// @inheritdoc IZkRoll
    function requestFullExitNFT(uint32 _accountId, uint32 _tokenId) external locked notInExodus {
        if (_accountId >= ACCOUNT_ID_NOBODY) revert BadAccountId();
        if (_tokenId < NFT_ID_FIRST || _tokenId > NFT_ID_LAST) revert BadTokenId();
        _request(Queue.FULL_EXIT, Queue.fullExit(_accountId, msg.sender, _tokenId));
    }

    function _addDeposit(uint128 sum, uint128 amount) private pure returns (uint128) {
        if (amount == 0) revert ZeroAmount();
        if (amount > type(uint128).max - sum) revert DepositLimitReached();
        return sum + amount;
    }

    function _requestDeposit(uint16 token, uint128 amount, address to) private {
        if (to == NOBODY) revert BadRecipient();
        _request(Queue.DEPOSIT, Queue.deposit(token, amount, to));
        emit Deposit(token, amount);
    }

    function _request(uint8 opType, bytes memory data) private {
        uint64 id = _firstRequest + _openRequests;
        uint64 expiration = _priorityExpiration;
        _requests[id] = Request(Queue.hash(data), uint64(block.timestamp) + expiration, opType);
        _openRequests++;
        emit NewPriorityRequest(msg.sender, id, opType, data, block.number + expiration / BLOCK_SECONDS);
    }

    // ---- keys announced on chain

    /// @inheritdoc IZkRoll
    function setAuthPubkeyHash(bytes calldata _pubkeyHash, uint32 _nonce) external locked notInExodus {
        if (_pubkeyHash.length != 20) revert BadPubkeyHashLength();
        uint256 started = _authResets[msg.sender][_nonce];
        if (_authFacts[msg.sender][_nonce] != 0 && started == 0) {
            _authResets[msg.sender][_nonce] = block.timestamp;
            emit AuthFactResetStarted(msg.sender, _nonce);
            return;
        }
        if (started != 0) {
            if (block.timestamp < started + AUTH_RESET_WAIT) revert ResetTooEarly(started + AUTH_RESET_WAIT);
            _authResets[msg.sender][_nonce] = 0;
        }
        _authFacts[msg.sender][_nonce] = keccak256(_pubkeyHash);
        emit AuthFactSet(msg.sender, _nonce, _pubkeyHash);
    }

    /// @inheritdoc IZkRoll
    function authFacts(address owner, uint32 nonce) external view returns (bytes32) {
        return _authFacts[owner][nonce];
    }

    /// @inheritdoc IZkRoll
    function authFactsResetTimer(address owner, uint32 nonce) external view returns (uint256) {
        return _authResets[owner][nonce];
    }

    // ---- withdrawals

    /// @inheritdoc IZkRoll
    function getPendingBalance(address _address, address _token) external view returns (uint128) {
        return _pending[_pendingKey(_idOf(_token), _address)].amount;
    }

    /// @inheritdoc IZkRoll
    function withdrawPendingBalance(address payable _owner, address _token, uint128 _amount) external locked {
        uint16 id = _idOf(_token);
        Sum storage pending = _pending[_pendingKey(id, _owner)];
        uint128 available = pending.amount;
        uint128 amount = _amount < available ? _amount : available;
        if (amount == 0) revert NothingPending();
        pending.amount = available - amount;
        if (id == 0) {
            _sendETH(_owner, amount);
        } else {
            uint128 fell = _sendToken(_token, _owner, amount, available);
            // A token that charges the sender takes more than it was asked for; some give less.
            if (fell != amount) pending.amount = available - fell;
            amount = fell;
        }
        emit Withdrawal(_owner, id, amount);
    }

    /// @inheritdoc IZkRoll
    function withdrawPendingNFTBalance(uint32 _tokenId) external locked {
        // A creator's factory is whatever code the creator likes: only the owner may put the NFT into its hands.
        address owner = _pendingNFTs[_tokenId].owner;
        _withdrawNFT(_tokenId, owner, msg.sender != owner);
    }

    /// @inheritdoc IZkRoll
    function withdrawPendingNFTBalanceTo(uint32 _tokenId, address _recipient, bool _defaultFactory) external locked {
        if (msg.sender != _pendingNFTs[_tokenId].owner) revert NotOwner(msg.sender);
        _withdrawNFT(_tokenId, _recipient, _defaultFactory);
    }

    /// @inheritdoc IZkRoll
    function pendingNFTOwner(uint32 _tokenId) external view returns (address) {
        return _pendingNFTs[_tokenId].owner;
    }

    function _withdrawNFT(uint32 token, address recipient, bool defaultFactory) private {
        PendingNFT memory nft = _pendingNFTs[token];
        if (nft.creator == address(0)) revert NothingPending();
        delete _pendingNFTs[token];
        address factory = defaultFactory
            ? _governance.defaultFactory()
            : _governance.getNFTFactory(nft.creatorAccountId, nft.creator);
        _callToken(
            factory,
            abi.encodeCall(
                INFTFactory.mintNFTFromZkSync,
                (nft.creator, recipient, nft.creatorAccountId, nft.serialId, nft.contentHash, token)
            )
        );
        emit WithdrawalNFT(token);
    }

    // ---- tokens: no return value is ever copied, so none can be a bomb

    /// Ends with a revert unless the code at `token` ran and did not revert.
    function _callToken(address token, bytes memory data) private {
        bool ok;
        assembly ("memory-safe") {
            ok := call(gas(), token, 0, add(data, 32), mload(data), 0, 0)
        }
        if (!ok || token.code.length == 0) revert TransferFailed();
    }

    function _sendETH(address to, uint128 amount) private {
        bool ok;
        assembly ("memory-safe") {
            ok := call(gas(), to, amount, 0, 0, 0, 0)
        }
        if (!ok) revert TransferFailed();
    }

    /// Returns by how much the contract's balance fell: more than 0, at most `most`.
    function _sendToken(address token, address to, uint128 amount, uint128 most) private returns (uint128) {
        uint256 before = _tokenBalance(token);
        // transfer(to, amount)
        _callToken(token, abi.encodeWithSelector(0xa9059cbb, to, uint256(amount)));
        uint256 present = _tokenBalance(token);
        if (present >= before) revert TransferFailed();
        if (before - present > most) revert TookTooMuch();
        return uint128(before - present);
    }

    function _tokenBalance(address token) private view returns (uint256 amount) {
        // balanceOf(this)
        bytes memory data = abi.encodeWithSelector(0x70a08231, address(this));
        bool ok;
        assembly ("memory-safe") {
            ok := staticcall(gas(), token, add(data, 32), mload(data), 0, 32)
            ok := and(ok, gt(returndatasize(), 31))
            amount := mload(0)
        }
        if (!ok) revert TransferFailed();
    }

    function _idOf(address token) private view returns (uint16) {
        return token == address(0) ? 0 : _governance.validateTokenAddress(token);
    }

    // ---- views

    /// @inheritdoc IZkRoll
    function exodusMode() external view returns (bool) {
        return _exodus;
    }

    /// @inheritdoc IZkRoll
    function firstPriorityRequestId() external view returns (uint64) {
        return _firstRequest;
    }

    /// @inheritdoc IZkRoll
    function totalOpenPriorityRequests() external view returns (uint64) {
        return _openRequests;
    }

    /// @inheritdoc IZkRoll
    function totalCommittedPriorityRequests() external view returns (uint64) {
        return _committedRequests;
    }

    /// @inheritdoc IZkRoll
    function priorityRequests(uint64 id) external view returns (bytes20 hash, uint64 deadline, uint8 opType) {
        Request memory request = _requests[id];
        return (request.hash, request.deadline, request.opType);
    }

    /// @inheritdoc IZkRoll
    function totalBlocksCommitted() external view returns (uint32) {
        return _committed;
    }

    /// @inheritdoc IZkRoll
    function totalBlocksProven() external view returns (uint32) {
        return _proven;
    }

    /// @inheritdoc IZkRoll
    function totalBlocksExecuted() external view returns (uint32) {
        return _executed;
    }

    /// @inheritdoc IZkRoll
    function storedBlockHashes(uint32 number) external view returns (bytes32) {
        return _blockHashes[number];
    }

    /// @inheritdoc IZkRoll
    function totalDeposited(uint16 tokenId) external view returns (uint128) {
        return tokenId == 0 ? _ethDeposited : _deposited[tokenId].amount;
    }

    /// @inheritdoc IZkRoll
    function governance() external view returns (address) {
        return address(_governance);
    }

    /// @inheritdoc IZkRoll
    function verifiers(uint32 keyId) external view returns (address) {
        return _verifiers[keyId];
    }

    /// @inheritdoc IZkRoll
    function keyCount() external view returns (uint32) {
        return _keyCount;
    }

    /// @inheritdoc IZkRoll
    function priorityExpiration() external view returns (uint64) {
        return _priorityExpiration;
    }
}
