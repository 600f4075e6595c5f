// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernance} from "./interfaces/IGovernance.sol";
import {IPoseidon2} from "./interfaces/IPoseidon2.sol";
import {IUpgradeGatekeeper, IUpgradeHooks} from "./interfaces/IUpgrade.sol";
import {Exit, IZkRollExodus, StoredBlock} from "./interfaces/IZkRoll.sol";
import {Queue} from "./Queue.sol";
import {Signatures} from "./Signatures.sol";
import {StateProof} from "./StateProof.sol";
import {ZkRollStorage} from "./ZkRollStorage.sol";

/// @notice What the main contract is initialized with.
/// @param feeAddress         owner of account 0 of the genesis state, which collects the fees
/// @param verifiers          of key ids 0, 1, …
/// @param priorityExpiration seconds a request may wait; at least 14 days but on development chains
/// @param noticePeriod       seconds between announcement and end of an upgrade
/// @param noticeFloor        what the council can shorten it to; at least priorityExpiration + 7 days but on development chains
struct Parameters {
    IGovernance governance;
    IPoseidon2 poseidon2;
    address feeAddress;
    address[] verifiers;
    uint64 priorityExpiration;
    uint64 noticePeriod;
    uint64 noticeFloor;
    address[] council;
    uint256 councilThreshold;
}

/// @notice A change of the verification keys by an upgrade: the next id with a verifier, or a known id with zero, which
///         retires it. An id never changes its meaning, so a block's key is the one it was committed for.
struct KeyChange {
    uint32 keyId;
    address verifier;
}

/// @notice Exodus, and the beginning and changing of the main contract. See IZkRollExodus and IUpgradeHooks.
contract ZkRollExodus is IZkRollExodus, IUpgradeHooks, ZkRollStorage {
    uint64 private constant PRIORITY_EXPIRATION_MIN = 14 days;
    uint64 private constant TIME_TO_LEAVE = 7 days;
    /// How long after its notice an upgrade can be finished. Else one that everybody has forgotten could be.
    uint64 private constant UPGRADE_WINDOW = 14 days;
    uint256 private constant COUNCIL_MAX = 32;

    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant APPROVAL_TYPE = keccak256("UpgradeApproval(bytes32 upgradeHash,uint256 round)");

    fallback() external {
        revert UnknownFunction();
    }

    // ---- the beginning, and upgrades of what is stored

    /// @param parameters abi.encode(Parameters)
    function initialize(bytes calldata parameters) external onlyProxied {
        Parameters memory p = abi.decode(parameters, (Parameters));
        if (address(p.governance).code.length == 0 || address(p.poseidon2).code.length == 0) revert BadParameters();
        if (p.feeAddress == address(0) || p.priorityExpiration == 0 || p.noticePeriod < p.noticeFloor) {
            revert BadParameters();
        }
        if (!_isDevelopmentChain()) {
            if (p.priorityExpiration < PRIORITY_EXPIRATION_MIN || p.priorityExpiration > 365 days) {
                revert BadParameters();
            }
            if (p.noticeFloor < p.priorityExpiration + TIME_TO_LEAVE) revert BadParameters();
        }
        _governance = p.governance;
        _poseidon2 = p.poseidon2;
        _priorityExpiration = p.priorityExpiration;
        _noticePeriod = p.noticePeriod;
        _noticeFloor = p.noticeFloor;
        _noticeNow = p.noticePeriod;
        _setCouncil(p.council, p.councilThreshold);
        for (uint256 i = 0; i < p.verifiers.length; i++) {
            _addKey(p.verifiers[i]);
        }

        bytes32 root = StateProof.genesisRoot(p.poseidon2, p.feeAddress);
        _blockHashes[0] = _hashOf(StoredBlock(0, 0, keccak256(""), 0, root, 0));
        emit Genesis(root, p.feeAddress, address(p.governance), p.priorityExpiration, p.noticePeriod, p.noticeFloor);
    }

    /// @param parameters empty, or abi.encode(KeyChange[])
    function upgrade(bytes calldata parameters) external onlyProxied {
        if (parameters.length == 0) return;
        KeyChange[] memory changes = abi.decode(parameters, (KeyChange[]));
        for (uint256 i = 0; i < changes.length; i++) {
            if (changes[i].keyId == _keyCount) {
                _addKey(changes[i].verifier);
            } else {
                if (changes[i].keyId > _keyCount || changes[i].verifier != address(0)) revert BadParameters();
                delete _verifiers[changes[i].keyId];
                emit KeyRetired(changes[i].keyId);
            }
        }
    }

    /// Chain ids on which nothing is worth anything: 9 is what the SDK calls localhost, 1337 and 31337 are the defaults of
    /// development nodes. Tests of expiry and upgrades cannot wait for weeks there. No public chain has these ids.
    function _isDevelopmentChain() private view returns (bool) {
        return block.chainid == 9 || block.chainid == 1337 || block.chainid == 31337;
    }

    function _addKey(address verifier) private {
        if (verifier.code.length == 0) revert BadParameters();
        _verifiers[_keyCount] = verifier;
        emit KeyAdded(_keyCount, verifier);
        _keyCount++;
    }

    function _setCouncil(address[] memory council, uint256 threshold) private {
        if (council.length > COUNCIL_MAX || threshold > council.length || (threshold == 0 && council.length != 0)) {
            revert BadParameters();
        }
        for (uint256 i = 0; i < council.length; i++) {
            if (council[i] == address(0) || _council[council[i]]) revert BadParameters();
            _council[council[i]] = true;
        }
        _councilThreshold = threshold;
    }

    // ---- exodus

    /// @inheritdoc IZkRollExodus
    function activateExodusMode() external locked returns (bool) {
        if (_exodus || _openRequests == 0 || block.timestamp < _requests[_firstRequest].deadline) return false;
        _exodus = true;
        // Blocks that are not executed count for nothing from here on, and so do the requests in them.
        _committedRequests = 0;
        emit ExodusMode();
        return true;
    }

    /// @inheritdoc IZkRollExodus
    function performExodus(
        StoredBlock calldata _storedBlockInfo,
        address _owner,
        uint32 _accountId,
        uint32 _tokenId,
        uint128 _amount,
        uint32 _nftCreatorAccountId,
        address _nftCreatorAddress,
        uint32 _nftSerialId,
        bytes32 _nftContentHash,
        uint256[] calldata _proof
    ) external locked {
        Exit memory e = Exit(
            _owner,
            _accountId,
            _tokenId,
            _amount,
            _nftCreatorAccountId,
            _nftCreatorAddress,
            _nftSerialId,
            _nftContentHash,
            _proof
        );
        _exit(_lastExecutedRoot(_storedBlockInfo), e);
    }

    /// @inheritdoc IZkRollExodus
    function performExoduses(StoredBlock calldata _storedBlockInfo, Exit[] calldata _exits) external locked {
        bytes32 root = _lastExecutedRoot(_storedBlockInfo);
        for (uint256 i = 0; i < _exits.length; i++) {
            // Anyone may perform any exit: one that somebody performed while this call was waiting must not undo the others.
            if (!_exited[_exits[i].accountId][_exits[i].tokenId]) _exit(root, _exits[i]);
        }
    }

    /// @inheritdoc IZkRollExodus
    function performedExodus(uint32 accountId, uint32 tokenId) external view returns (bool) {
        return _exited[accountId][tokenId];
    }

    function _lastExecutedRoot(StoredBlock calldata b) private view returns (bytes32) {
        if (!_exodus) revert NotInExodus();
        if (b.blockNumber != _executed) revert NotLastExecuted();
        if (_blockHashes[b.blockNumber] != _hashOf(b)) revert UnknownBlock(b.blockNumber);
        return b.stateHash;
    }

    function _exit(bytes32 root, Exit memory e) private {
        if (e.accountId >= ACCOUNT_ID_NOBODY) revert BadAccountId();
        if (_exited[e.accountId][e.tokenId]) revert AlreadyExited(e.accountId, e.tokenId);
        if (e.amount == 0) revert NothingToExit();
        _exited[e.accountId][e.tokenId] = true;
        if (e.tokenId <= TOKEN_ID_LAST) {
            if (StateProof.balanceRoot(_poseidon2, e) != root) revert WrongRoot();
            _credit(uint16(e.tokenId), e.owner, e.amount, CREDIT_EXIT);
        } else {
            if (e.tokenId < NFT_ID_FIRST || e.tokenId > NFT_ID_LAST) revert BadTokenId();
            if (e.amount != 1) revert StateProof.OutOfRange();
            if (StateProof.nftRoot(_poseidon2, e) != root) revert WrongRoot();
            _creditNFT(
                e.tokenId,
                PendingNFT(e.nftCreatorAddress, e.nftCreatorAccountId, e.nftSerialId, e.owner, e.nftContentHash)
            );
        }
        emit ExitPerformed(e.accountId, e.tokenId, e.owner);
    }

    /// @inheritdoc IZkRollExodus
    function cancelOutstandingDepositsForExodusMode(uint64 _n, bytes[] calldata _depositsPubdata) external locked {
        if (!_exodus) revert NotInExodus();
        uint64 n = _n < _openRequests ? _n : _openRequests;
        if (n == 0) revert NoRequests();
        uint64 id = _firstRequest;
        _firstRequest += n;
        _openRequests -= n;
        uint256 nextData = 0;
        for (uint64 end = id + n; id < end; id++) {
            Request memory request = _requests[id];
            delete _requests[id];
            if (request.opType != Queue.DEPOSIT) continue;
            if (nextData == _depositsPubdata.length) revert WrongDepositData(id);
            bytes calldata data = _depositsPubdata[nextData++];
            if (data.length != Queue.DEPOSIT_BYTES || Queue.hash(data) != request.hash) revert WrongDepositData(id);
            (uint32 token, uint128 amount, address to) = Queue.readDeposit(data);
            _credit(uint16(token), to, amount, CREDIT_EXIT);
        }
    }

    // ---- upgrades

    modifier onlyGatekeeper() {
        if (msg.sender != _master()) revert NotGatekeeper(msg.sender);
        _;
    }

    /// @inheritdoc IUpgradeHooks
    function getNoticePeriod() external view returns (uint256) {
        return _noticeNow;
    }

    /// @inheritdoc IUpgradeHooks
    function noticePeriodFloor() external view returns (uint256) {
        return _noticeFloor;
    }

    /// @inheritdoc IUpgradeHooks
    function noticePeriodEnd() public view returns (uint256) {
        return _noticeStart == 0 ? 0 : uint256(_noticeStart) + _noticeNow;
    }

    /// @inheritdoc IUpgradeHooks
    function isReadyForUpgrade() external view returns (bool) {
        return !_exodus && _noticeStart != 0 && block.timestamp >= noticePeriodEnd()
            && block.timestamp < noticePeriodEnd() + UPGRADE_WINDOW;
    }

    /// @inheritdoc IUpgradeHooks
    function upgradeNoticePeriodStarted() external locked onlyGatekeeper {
        if (_noticeStart != 0) revert UpgradeAlreadyStarted();
        _noticeStart = uint64(block.timestamp);
        _approvalRound++;
        emit NoticePeriodChange(_noticeNow);
    }

    /// @inheritdoc IUpgradeHooks
    function upgradePreparationStarted() external view onlyGatekeeper {
        _requireReady();
    }

    /// @inheritdoc IUpgradeHooks
    function upgradeCanceled() external locked onlyGatekeeper {
        _endUpgrade();
    }

    /// @inheritdoc IUpgradeHooks
    function upgradeFinishes() external locked onlyGatekeeper {
        _requireReady();
        _endUpgrade();
    }

    function _requireReady() private view {
        if (_exodus) revert NoUpgradeInExodus();
        if (_noticeStart == 0) revert NoUpgrade();
        uint256 end = noticePeriodEnd();
        if (block.timestamp < end) revert NoticePeriodNotOver(end);
        if (block.timestamp >= end + UPGRADE_WINDOW) revert UpgradeExpired(end + UPGRADE_WINDOW);
    }

    function _endUpgrade() private {
        _noticeStart = 0;
        if (_noticeNow == _noticePeriod) return;
        _noticeNow = _noticePeriod;
        emit NoticePeriodChange(_noticePeriod);
    }

    /// @inheritdoc IUpgradeHooks
    function cutUpgradeNoticePeriod(bytes32 upgradeHash) external locked {
        if (upgradeHash == 0 || upgradeHash != _upgradeHash()) revert NoUpgrade();
        _approve(msg.sender);
    }

    /// @inheritdoc IUpgradeHooks
    function cutUpgradeNoticePeriodBySignature(bytes[] calldata signatures) external locked {
        bytes32 digest = councilDigest();
        for (uint256 i = 0; i < signatures.length; i++) {
            _approve(Signatures.recover(digest, signatures[i]));
        }
    }

    /// @inheritdoc IUpgradeHooks
    function councilDigest() public view returns (bytes32) {
        bytes32 domain =
            keccak256(abi.encode(DOMAIN_TYPE, keccak256("zkroll"), keccak256("1"), block.chainid, address(this)));
        bytes32 structHash = keccak256(abi.encode(APPROVAL_TYPE, _upgradeHash(), _approvalRound));
        return keccak256(abi.encodePacked(bytes2(0x1901), domain, structHash));
    }

    /// Targets, parameters and version of the upgrade under way; its round is ours.
    function _upgradeHash() private view returns (bytes32) {
        if (_noticeStart == 0) revert NoUpgrade();
        return IUpgradeGatekeeper(_master()).nextUpgradeHash();
    }

    function _approve(address who) private {
        uint256 round = _approvalRound;
        if (!_council[who] || _approved[round][who]) return;
        _approved[round][who] = true;
        emit ApproveCutUpgradeNoticePeriod(who);
        if (++_approvals[round] != _councilThreshold) return;
        // Not into the past: an approval hastens the upgrade, and never makes it expire.
        uint64 passed = uint64(block.timestamp) - _noticeStart;
        uint64 shortened = passed > _noticeFloor ? passed : _noticeFloor;
        if (shortened >= _noticeNow) return;
        _noticeNow = shortened;
        emit NoticePeriodChange(shortened);
    }
}
