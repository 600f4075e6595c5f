// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProxy, IUpgradeGatekeeper, IUpgradeHooks} from "./interfaces/IUpgrade.sol";

/// @notice See IUpgradeGatekeeper.
contract UpgradeGatekeeper is IUpgradeGatekeeper {
    /// All proxies are upgraded in one transaction, so there must be few.
    uint256 private constant PROXIES_MAX = 16;

    address public immutable mainContract;

    address private _master;
    Status public upgradeStatus;
    address[] public managedContracts;
    address[] public nextTargets;
    bytes32 public nextUpgradeHash;
    uint256 public noticePeriodFinishTimestamp;
    uint256 public versionId;

    constructor(address main) {
        if (main == address(0)) revert ZeroAddress();
        mainContract = main;
        _master = msg.sender;
    }

    modifier onlyMaster() {
        if (msg.sender != _master) revert NotMaster(msg.sender);
        _;
    }

    modifier onlyIn(Status status) {
        if (upgradeStatus != status) revert WrongStatus(upgradeStatus);
        _;
    }

    /// @inheritdoc IUpgradeGatekeeper
    function getMaster() external view returns (address) {
        return _master;
    }

    /// @inheritdoc IUpgradeGatekeeper
    function transferMastership(address newMaster) external onlyMaster {
        if (newMaster == address(0)) revert ZeroAddress();
        _master = newMaster;
    }

    /// @inheritdoc IUpgradeGatekeeper
    function addUpgradeable(address proxy) external onlyMaster onlyIn(Status.Idle) {
        if (proxy.code.length == 0) revert NoCode(proxy);
        if (managedContracts.length >= PROXIES_MAX) revert WrongLength();
        managedContracts.push(proxy);
        emit NewUpgradable(versionId, proxy);
    }

    /// @inheritdoc IUpgradeGatekeeper
    function startUpgrade(address[] calldata targets, bytes[] calldata parameters)
        external
        onlyMaster
        onlyIn(Status.Idle)
    {
        if (targets.length != managedContracts.length || parameters.length != targets.length) {
            revert WrongLength();
        }
        for (uint256 i = 0; i < targets.length; i++) {
            if (targets[i] != address(0) && targets[i].code.length == 0) revert NoCode(targets[i]);
        }
        uint256 period = IUpgradeHooks(mainContract).getNoticePeriod();
        upgradeStatus = Status.NoticePeriod;
        nextTargets = targets;
        nextUpgradeHash = keccak256(abi.encode(versionId, targets, parameters));
        noticePeriodFinishTimestamp = block.timestamp + period;
        emit NoticePeriodStart(versionId, targets, period);
        emit UpgradeParameters(versionId, nextUpgradeHash, parameters);
        IUpgradeHooks(mainContract).upgradeNoticePeriodStarted();
    }

    /// @inheritdoc IUpgradeGatekeeper
    function cancelUpgrade() external onlyMaster {
        if (upgradeStatus == Status.Idle) revert WrongStatus(Status.Idle);
        _clear();
        emit UpgradeCancel(versionId);
        IUpgradeHooks(mainContract).upgradeCanceled();
    }

    /// @inheritdoc IUpgradeGatekeeper
    function startPreparation() external onlyMaster onlyIn(Status.NoticePeriod) returns (bool) {
        upgradeStatus = Status.Preparation;
        emit PreparationStart(versionId);
        IUpgradeHooks(mainContract).upgradePreparationStarted();
        return true;
    }

    /// @inheritdoc IUpgradeGatekeeper
    function finishUpgrade(bytes[] calldata parameters) external onlyMaster onlyIn(Status.Preparation) {
        address[] memory targets = nextTargets;
        if (keccak256(abi.encode(versionId, targets, parameters)) != nextUpgradeHash) revert WrongParameters();
        if (!IUpgradeHooks(mainContract).isReadyForUpgrade()) revert NotReady();
        _clear();
        versionId++;
        emit UpgradeComplete(versionId, targets);
        IUpgradeHooks(mainContract).upgradeFinishes();
        for (uint256 i = 0; i < targets.length; i++) {
            if (targets[i] != address(0)) IProxy(managedContracts[i]).upgradeTarget(targets[i], parameters[i]);
        }
    }

    function _clear() private {
        upgradeStatus = Status.Idle;
        noticePeriodFinishTimestamp = 0;
        nextUpgradeHash = 0;
        delete nextTargets;
    }
}
