// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A proxy by EIP-1967. It answers these functions itself and delegates everything else, plain ETH included.
interface IProxy {
    error NotMaster(address caller);
    error NotForOutsiders();
    error NoCode(address target);
    error ZeroAddress();

    /// @notice Where calls are delegated to.
    function getTarget() external view returns (address);

    /// @notice Who may upgrade: the gatekeeper.
    function getMaster() external view returns (address);
    function transferMastership(address newMaster) external;

    /// @notice Sets the target and lets it run `upgrade(parameters)` in the proxy's storage. Master only.
    function upgradeTarget(address newTarget, bytes calldata parameters) external;
}

/// @title What the main contract says about upgrades. The gatekeeper drives; the clock that counts runs here.
/// @notice Idle -started-> notice -preparation-> ready -finishes or canceled-> idle. Only the master of the proxy may move.
interface IUpgradeHooks {
    event NoticePeriodChange(uint256 newNoticePeriod);
    event ApproveCutUpgradeNoticePeriod(address indexed member);

    error NotGatekeeper(address caller);
    error NoUpgrade();
    error UpgradeAlreadyStarted();
    error NoticePeriodNotOver(uint256 endsAt);
    error UpgradeExpired(uint256 endedAt);
    error NoUpgradeInExodus();

    /// @notice Seconds between announcement and preparation, at present; never below the floor.
    function getNoticePeriod() external view returns (uint256);

    /// @notice The least that the council can shorten it to: time to see a request through, to the end of its deadline, and
    ///         seven days to leave.
    function noticePeriodFloor() external view returns (uint256);

    /// @notice When the notice of the upgrade under way ends; 0 if there is none.
    function noticePeriodEnd() external view returns (uint256);

    /// @notice After the notice, for 14 days: an upgrade that was not finished then can only be cancelled, and announced again.
    function isReadyForUpgrade() external view returns (bool);
    function upgradeNoticePeriodStarted() external;
    function upgradePreparationStarted() external;
    function upgradeCanceled() external;
    function upgradeFinishes() external;

    /// @notice A council member approves of shortening the notice. `upgradeHash` must be that of the upgrade under way;
    ///         others than members, and repetitions, are ignored. The threshold sets the period to its floor, or, where that is
    ///         over already, to what has passed.
    function cutUpgradeNoticePeriod(bytes32 upgradeHash) external;

    /// @notice The same by signatures over `councilDigest()`, given by anyone.
    function cutUpgradeNoticePeriodBySignature(bytes[] calldata signatures) external;

    /// @notice EIP-712: domain (zkroll, 1, chain, this contract), UpgradeApproval(bytes32 upgradeHash). Binds targets,
    ///         parameters, version, chain and contract.
    function councilDigest() external view returns (bytes32);
}

/// @title Drives upgrades of all proxies at once, after a notice that lets users leave.
interface IUpgradeGatekeeper {
    enum Status {
        Idle,
        NoticePeriod,
        Preparation
    }

    event NewUpgradable(uint256 indexed versionId, address indexed upgradeable);
    event NoticePeriodStart(uint256 indexed versionId, address[] newTargets, uint256 noticePeriod);
    /// What the targets will be called with; emitted beside NoticePeriodStart.
    event UpgradeParameters(uint256 indexed versionId, bytes32 upgradeHash, bytes[] parameters);
    event UpgradeCancel(uint256 indexed versionId);
    event PreparationStart(uint256 indexed versionId);
    event UpgradeComplete(uint256 indexed versionId, address[] newTargets);

    error NotMaster(address caller);
    error ZeroAddress();
    error WrongStatus(Status status);
    error WrongLength();
    error WrongParameters();
    error NotReady();
    error NoCode(address target);

    function mainContract() external view returns (address);
    function managedContracts(uint256 i) external view returns (address);
    function upgradeStatus() external view returns (Status);

    /// @notice An estimate made at the start; the main contract's `noticePeriodEnd` is what counts.
    function noticePeriodFinishTimestamp() external view returns (uint256);
    function nextTargets(uint256 i) external view returns (address);
    function versionId() external view returns (uint256);

    /// @notice keccak256(abi.encode(versionId, targets, parameters)) of the upgrade under way, else 0.
    function nextUpgradeHash() external view returns (bytes32);
    function getMaster() external view returns (address);
    function transferMastership(address newMaster) external;
    function addUpgradeable(address proxy) external;

    /// @notice One target a managed proxy, zero for "unchanged", with its parameters: both are fixed from here on.
    function startUpgrade(address[] calldata targets, bytes[] calldata parameters) external;
    function cancelUpgrade() external;

    /// @notice After the notice; reverts before, and when the upgrade has expired.
    function startPreparation() external returns (bool);

    /// @notice `parameters` are those that were announced. Reverts in exodus mode, and when the upgrade has expired.
    function finishUpgrade(bytes[] calldata parameters) external;
}
