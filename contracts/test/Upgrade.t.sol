// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deployment} from "../src/Deployment.sol";
import {Governance} from "../src/Governance.sol";
import {IPoseidon2} from "../src/interfaces/IPoseidon2.sol";
import {IProxy, IUpgradeGatekeeper, IUpgradeHooks} from "../src/interfaces/IUpgrade.sol";
import {IZkRollEvents, IZkRollExodus, IZkRollOperator, NewBlock} from "../src/interfaces/IZkRoll.sol";
import {Proxy} from "../src/Proxy.sol";
import {UpgradeGatekeeper} from "../src/UpgradeGatekeeper.sol";
import {ZkRoll} from "../src/ZkRoll.sol";
import {KeyChange, ZkRollExodus} from "../src/ZkRollExodus.sol";
import {ZkRollOperator} from "../src/ZkRollOperator.sol";
import {Fixture, SwitchedVerifier} from "./Fixture.sol";
import {Vm} from "./Vm.sol";

/// @notice Proxies, gatekeeper, notice, council, keys, and what a deployment may look like.
contract UpgradeTest is Fixture {
    address[] private targets;
    bytes[] private parameters;
    address private newMain;

    function setUp() public override {
        super.setUp();
        newMain = address(new ZkRoll(address(new ZkRollOperator(address(new ZkRollExodus())))));
        targets = new address[](2);
        targets[1] = newMain;
        parameters = new bytes[](2);
        KeyChange[] memory changes = new KeyChange[](2);
        changes[0] = KeyChange(1, address(new SwitchedVerifier()));
        changes[1] = KeyChange(0, address(0));
        parameters[1] = abi.encode(changes);
    }

    function start() private {
        vm.prank(governor);
        gatekeeper.startUpgrade(targets, parameters);
    }

    function prepare() private {
        vm.prank(governor);
        gatekeeper.startPreparation();
    }

    function finish() private {
        vm.prank(governor);
        gatekeeper.finishUpgrade(parameters);
    }

    // ---- the usual way

    function test_upgrade__after_its_notice() public {
        bytes32 hash = keccak256(abi.encode(uint256(0), targets, parameters));
        vm.expectEmit(address(gatekeeper));
        emit IUpgradeGatekeeper.NoticePeriodStart(0, targets, NOTICE);
        vm.expectEmit(address(gatekeeper));
        emit IUpgradeGatekeeper.UpgradeParameters(0, hash, parameters);
        start();
        eq(hash, gatekeeper.nextUpgradeHash(), "hash");
        eq(block.timestamp + NOTICE, hooks.noticePeriodEnd(), "end");
        eq(block.timestamp + NOTICE, gatekeeper.noticePeriodFinishTimestamp(), "end");
        eq(1, uint256(gatekeeper.upgradeStatus()), "notice");
        eq(newMain, gatekeeper.nextTargets(1), "target");
        vm.warp(block.timestamp + NOTICE - 1);
        vm.expectRevert(abi.encodeWithSelector(IUpgradeHooks.NoticePeriodNotOver.selector, block.timestamp + 1));
        vm.prank(governor);
        gatekeeper.startPreparation();
        vm.warp(block.timestamp + 1);
        prepare();
        eq(2, uint256(gatekeeper.upgradeStatus()), "preparation");
        vm.expectEmit(address(gatekeeper));
        emit IUpgradeGatekeeper.UpgradeComplete(1, targets);
        finish();
        eq(newMain, IProxy(address(main)).getTarget(), "target");
        eq(1, gatekeeper.versionId(), "version");
        eq(0, uint256(gatekeeper.upgradeStatus()), "idle");
        eq(0, hooks.noticePeriodEnd(), "no upgrade");
        eq(2, main.keyCount(), "a new key");
        eq(address(0), main.verifiers(0), "the old one is retired");
        NewBlock memory b = newBlock("");
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.UnknownKey.selector, 0));
        commitAs(validator, b);
        b.keyId = 1;
        commit(b, 0);
        prove();
        execute("");
        start();
    }

    /// A block that was committed for a key which an upgrade retired is not proven by another: it is taken back.
    function test_upgrade__a_block_keeps_its_key() public {
        commit(newBlock(""), 0);
        start();
        vm.warp(block.timestamp + NOTICE);
        prepare();
        finish();
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.UnknownKey.selector, 0));
        prove();
        inputs.keyId = 1;
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.WrongInputs.selector, 1));
        prove();
    }

    function test_upgrade__is_the_masters() public {
        bytes memory why = abi.encodeWithSelector(IUpgradeGatekeeper.NotMaster.selector, alice);
        vm.startPrank(alice);
        vm.expectRevert(why);
        gatekeeper.startUpgrade(targets, parameters);
        vm.expectRevert(why);
        gatekeeper.startPreparation();
        vm.expectRevert(why);
        gatekeeper.finishUpgrade(parameters);
        vm.expectRevert(why);
        gatekeeper.cancelUpgrade();
        vm.expectRevert(why);
        gatekeeper.addUpgradeable(address(main));
        vm.expectRevert(why);
        gatekeeper.transferMastership(alice);
        vm.stopPrank();
        vm.startPrank(governor);
        vm.expectRevert(IUpgradeGatekeeper.ZeroAddress.selector);
        gatekeeper.transferMastership(address(0));
        gatekeeper.transferMastership(alice);
        vm.stopPrank();
        eq(alice, gatekeeper.getMaster(), "master");
    }

    function test_upgrade__goes_step_by_step() public {
        bytes4 wrong = IUpgradeGatekeeper.WrongStatus.selector;
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(wrong, 0));
        gatekeeper.startPreparation();
        vm.expectRevert(abi.encodeWithSelector(wrong, 0));
        gatekeeper.finishUpgrade(parameters);
        vm.expectRevert(abi.encodeWithSelector(wrong, 0));
        gatekeeper.cancelUpgrade();
        gatekeeper.startUpgrade(targets, parameters);
        vm.expectRevert(abi.encodeWithSelector(wrong, 1));
        gatekeeper.startUpgrade(targets, parameters);
        vm.expectRevert(abi.encodeWithSelector(wrong, 1));
        gatekeeper.finishUpgrade(parameters);
        vm.expectRevert(abi.encodeWithSelector(wrong, 1));
        gatekeeper.addUpgradeable(address(main));
        vm.warp(block.timestamp + NOTICE);
        gatekeeper.startPreparation();
        vm.expectRevert(abi.encodeWithSelector(wrong, 2));
        gatekeeper.startPreparation();
        vm.expectEmit(address(gatekeeper));
        emit IUpgradeGatekeeper.UpgradeCancel(0);
        gatekeeper.cancelUpgrade();
        eq(bytes32(0), gatekeeper.nextUpgradeHash(), "nothing under way");
        gatekeeper.startUpgrade(targets, parameters);
        vm.expectRevert(abi.encodeWithSelector(IUpgradeHooks.NoticePeriodNotOver.selector, block.timestamp + NOTICE));
        gatekeeper.startPreparation();
    }

    /// An upgrade that nobody finished must not wait for a day on which nobody watches.
    function test_upgrade__expires_two_weeks_after_its_notice() public {
        start();
        uint256 end = block.timestamp + NOTICE + 14 days;
        uint256 id = vm.snapshotState();
        vm.warp(end - 1);
        yes(hooks.isReadyForUpgrade(), "the last second");
        prepare();
        uint256 prepared = vm.snapshotState();
        finish();
        vm.revertToState(prepared);
        vm.warp(end);
        yes(!hooks.isReadyForUpgrade(), "over");
        vm.expectRevert(IUpgradeGatekeeper.NotReady.selector);
        finish();
        vm.expectRevert(abi.encodeWithSelector(IUpgradeHooks.UpgradeExpired.selector, end));
        vm.prank(address(gatekeeper));
        hooks.upgradeFinishes();
        vm.revertToState(id);
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(IUpgradeHooks.UpgradeExpired.selector, end));
        vm.prank(governor);
        gatekeeper.startPreparation();
        // It can be announced again, with a notice as long as ever.
        vm.startPrank(governor);
        gatekeeper.cancelUpgrade();
        gatekeeper.startUpgrade(targets, parameters);
        vm.expectRevert(abi.encodeWithSelector(IUpgradeHooks.NoticePeriodNotOver.selector, block.timestamp + NOTICE));
        gatekeeper.startPreparation();
        vm.stopPrank();
    }

    function test_upgrade__with_other_parameters_is_refused() public {
        start();
        vm.warp(block.timestamp + NOTICE);
        prepare();
        parameters[1] = "";
        vm.expectRevert(IUpgradeGatekeeper.WrongParameters.selector);
        finish();
        parameters = new bytes[](3);
        vm.expectRevert(IUpgradeGatekeeper.WrongParameters.selector);
        finish();
    }

    function test_upgrade__wants_as_many_targets_as_proxies_and_code_there() public {
        vm.startPrank(governor);
        vm.expectRevert(IUpgradeGatekeeper.WrongLength.selector);
        gatekeeper.startUpgrade(new address[](1), parameters);
        vm.expectRevert(IUpgradeGatekeeper.WrongLength.selector);
        gatekeeper.startUpgrade(targets, new bytes[](3));
        targets[0] = alice;
        vm.expectRevert(abi.encodeWithSelector(IUpgradeGatekeeper.NoCode.selector, alice));
        gatekeeper.startUpgrade(targets, parameters);
        vm.expectRevert(abi.encodeWithSelector(IUpgradeGatekeeper.NoCode.selector, alice));
        gatekeeper.addUpgradeable(alice);
        for (uint256 i = 0; i < 14; i++) {
            gatekeeper.addUpgradeable(address(main));
        }
        vm.expectRevert(IUpgradeGatekeeper.WrongLength.selector);
        gatekeeper.addUpgradeable(address(main));
        vm.expectRevert(IUpgradeGatekeeper.ZeroAddress.selector);
        new UpgradeGatekeeper(address(0));
    }

    function test_upgrade__of_governance() public {
        targets[0] = address(new Governance());
        start();
        vm.warp(block.timestamp + NOTICE);
        prepare();
        finish();
        eq(targets[0], IProxy(address(governance)).getTarget(), "target");
        eq(governor, governance.networkGovernor(), "storage stays");
    }

    function test_upgrade__keys_only_grow_or_retire() public {
        KeyChange[] memory changes = new KeyChange[](1);
        KeyChange[3] memory bad =
            [KeyChange(2, address(verifier)), KeyChange(0, address(verifier)), KeyChange(1, alice)];
        for (uint256 i = 0; i < 3; i++) {
            changes[0] = bad[i];
            parameters[1] = abi.encode(changes);
            start();
            vm.warp(block.timestamp + NOTICE);
            prepare();
            vm.expectRevert(IZkRollExodus.BadParameters.selector);
            finish();
            vm.prank(governor);
            gatekeeper.cancelUpgrade();
        }
        parameters[1] = "";
        start();
        vm.warp(block.timestamp + NOTICE);
        prepare();
        finish();
        eq(1, main.keyCount(), "none changed");
    }

    // ---- exodus

    function test_upgrade__does_not_finish_in_exodus() public {
        start();
        vm.warp(block.timestamp + NOTICE);
        uint256 id = vm.snapshotState();
        enterExodus();
        vm.expectRevert(IUpgradeHooks.NoUpgradeInExodus.selector);
        vm.prank(governor);
        gatekeeper.startPreparation();
        vm.revertToState(id);
        prepare();
        enterExodus();
        yes(!hooks.isReadyForUpgrade(), "ready");
        vm.expectRevert(IUpgradeGatekeeper.NotReady.selector);
        finish();
        vm.prank(governor);
        gatekeeper.cancelUpgrade();
    }

    /// Whoever asks for an exit when the upgrade is announced can be out before it finishes, even without the operator.
    function test_upgrade__leaves_time_to_leave() public view {
        yes(hooks.noticePeriodFloor() >= EXPIRATION + 7 days, "floor");
        yes(hooks.getNoticePeriod() >= hooks.noticePeriodFloor(), "period");
    }

    // ---- hooks and proxies

    function test_hooks__are_the_gatekeepers() public {
        bytes memory why = abi.encodeWithSelector(IUpgradeHooks.NotGatekeeper.selector, governor);
        vm.startPrank(governor);
        vm.expectRevert(why);
        hooks.upgradeNoticePeriodStarted();
        vm.expectRevert(why);
        hooks.upgradePreparationStarted();
        vm.expectRevert(why);
        hooks.upgradeCanceled();
        vm.expectRevert(why);
        hooks.upgradeFinishes();
        vm.stopPrank();
        vm.startPrank(address(gatekeeper));
        vm.expectRevert(IUpgradeHooks.NoUpgrade.selector);
        hooks.upgradeFinishes();
        hooks.upgradeNoticePeriodStarted();
        vm.expectRevert(IUpgradeHooks.UpgradeAlreadyStarted.selector);
        hooks.upgradeNoticePeriodStarted();
        vm.expectRevert(abi.encodeWithSelector(IUpgradeHooks.NoticePeriodNotOver.selector, block.timestamp + NOTICE));
        hooks.upgradeFinishes();
    }

    function test_proxy__keeps_its_functions_to_itself() public {
        Proxy proxy = Proxy(payable(address(main)));
        eq(address(gatekeeper), proxy.getMaster(), "master");
        vm.expectRevert(IProxy.NotForOutsiders.selector);
        proxy.initialize("");
        vm.expectRevert(IProxy.NotForOutsiders.selector);
        proxy.upgrade("");
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IProxy.NotMaster.selector, governor));
        proxy.upgradeTarget(newMain, "");
        vm.expectRevert(abi.encodeWithSelector(IProxy.NotMaster.selector, governor));
        proxy.transferMastership(governor);
        vm.stopPrank();
        vm.startPrank(address(gatekeeper));
        vm.expectRevert(IProxy.ZeroAddress.selector);
        proxy.transferMastership(address(0));
        vm.expectRevert(abi.encodeWithSelector(IProxy.NoCode.selector, alice));
        proxy.upgradeTarget(alice, "");
        proxy.transferMastership(alice);
        eq(alice, proxy.getMaster(), "new master");
        vm.expectRevert(abi.encodeWithSelector(IProxy.NoCode.selector, alice));
        new Proxy(alice, "");
    }

    function test_proxy__uses_the_slots_of_EIP_1967() public view {
        bytes32 slot = bytes32(uint256(keccak256("eip1967.proxy.implementation")) - 1);
        eq(bytes32(uint256(uint160(Proxy(payable(address(main))).getTarget()))), vm.load(address(main), slot), "target");
        slot = bytes32(uint256(keccak256("eip1967.proxy.admin")) - 1);
        eq(bytes32(uint256(uint160(address(gatekeeper)))), vm.load(address(main), slot), "master");
    }

    // ---- council

    function sign(uint256 member, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(COUNCIL_KEYS + member, digest);
        return abi.encodePacked(r, s, v);
    }

    function test_council__shortens_to_the_floor_by_calls() public {
        vm.expectRevert(IUpgradeHooks.NoUpgrade.selector);
        hooks.cutUpgradeNoticePeriod(bytes32(0));
        start();
        uint256 started = block.timestamp;
        bytes32 hash = gatekeeper.nextUpgradeHash();
        vm.expectRevert(IUpgradeHooks.NoUpgrade.selector);
        hooks.cutUpgradeNoticePeriod(keccak256("another"));
        vm.prank(alice);
        hooks.cutUpgradeNoticePeriod(hash);
        vm.startPrank(vm.addr(COUNCIL_KEYS));
        vm.expectEmit(address(main));
        emit IUpgradeHooks.ApproveCutUpgradeNoticePeriod(vm.addr(COUNCIL_KEYS));
        hooks.cutUpgradeNoticePeriod(hash);
        vm.recordLogs();
        hooks.cutUpgradeNoticePeriod(hash);
        eq(0, vm.getRecordedLogs().length, "repetitions are ignored");
        vm.stopPrank();
        eq(NOTICE, hooks.getNoticePeriod(), "one of two");
        vm.prank(vm.addr(COUNCIL_KEYS + 2));
        vm.expectEmit(address(main));
        emit IUpgradeHooks.NoticePeriodChange(FLOOR);
        hooks.cutUpgradeNoticePeriod(hash);
        eq(FLOOR, hooks.getNoticePeriod(), "shortened");
        vm.warp(started + FLOOR - 1);
        vm.expectRevert(abi.encodeWithSelector(IUpgradeHooks.NoticePeriodNotOver.selector, started + FLOOR));
        vm.prank(governor);
        gatekeeper.startPreparation();
        vm.warp(started + FLOOR);
        prepare();
        finish();
        eq(NOTICE, hooks.getNoticePeriod(), "long again");
    }

    /// An approval that comes after the floor ends the notice at once; it does not move its end, nor the window, into the past.
    function test_council__shortens_to_now_when_the_floor_is_over() public {
        start();
        uint256 started = block.timestamp;
        bytes32 hash = gatekeeper.nextUpgradeHash();
        uint256 late = started + NOTICE - 1;
        yes(late > started + FLOOR, "the floor is over");
        vm.warp(late);
        vm.prank(vm.addr(COUNCIL_KEYS));
        hooks.cutUpgradeNoticePeriod(hash);
        vm.prank(vm.addr(COUNCIL_KEYS + 1));
        hooks.cutUpgradeNoticePeriod(hash);
        eq(late, hooks.noticePeriodEnd(), "now");
        vm.prank(vm.addr(COUNCIL_KEYS + 2));
        hooks.cutUpgradeNoticePeriod(hash);
        eq(late, hooks.noticePeriodEnd(), "a third approval changes nothing");
        vm.warp(late + 14 days - 1);
        prepare();
        finish();
        eq(NOTICE, hooks.getNoticePeriod(), "long again");
        // Nor does one that comes after the notice lengthen it.
        start();
        started = block.timestamp;
        hash = gatekeeper.nextUpgradeHash();
        vm.warp(started + NOTICE + 1 days);
        vm.prank(vm.addr(COUNCIL_KEYS));
        hooks.cutUpgradeNoticePeriod(hash);
        vm.prank(vm.addr(COUNCIL_KEYS + 1));
        hooks.cutUpgradeNoticePeriod(hash);
        eq(started + NOTICE, hooks.noticePeriodEnd(), "as announced");
    }

    function test_council__by_signatures() public {
        bytes[] memory signatures = new bytes[](5);
        vm.expectRevert(IUpgradeHooks.NoUpgrade.selector);
        hooks.cutUpgradeNoticePeriodBySignature(signatures);
        start();
        bytes32 digest = hooks.councilDigest();
        signatures[0] = sign(0, digest);
        signatures[1] = sign(0, digest);
        signatures[2] = sign(77, digest);
        signatures[3] = "";
        signatures[4] = sign(1, keccak256(abi.encode(digest)));
        hooks.cutUpgradeNoticePeriodBySignature(signatures);
        eq(NOTICE, hooks.getNoticePeriod(), "one member, a stranger, nothing, a wrong message");
        signatures = new bytes[](1);
        signatures[0] = sign(1, digest);
        vm.prank(alice);
        hooks.cutUpgradeNoticePeriodBySignature(signatures);
        eq(FLOOR, hooks.getNoticePeriod(), "two members");
    }

    /// Approvals are for these targets, these parameters, this chain, this contract and this announcement.
    function test_council__approves_one_upgrade_only() public {
        start();
        bytes32 digest = hooks.councilDigest();
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        yes(digest != hooks.councilDigest(), "chain");
        vm.chainId(chain);
        vm.prank(governor);
        gatekeeper.cancelUpgrade();
        start();
        yes(digest != hooks.councilDigest(), "announcement");
        bytes[] memory signatures = new bytes[](2);
        (signatures[0], signatures[1]) = (sign(0, digest), sign(1, digest));
        hooks.cutUpgradeNoticePeriodBySignature(signatures);
        eq(NOTICE, hooks.getNoticePeriod(), "old approvals are worth nothing");
        digest = hooks.councilDigest();
        vm.prank(governor);
        gatekeeper.cancelUpgrade();
        parameters[1] = "";
        start();
        yes(digest != hooks.councilDigest(), "parameters");
        bytes32 domainType =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 domain = keccak256(abi.encode(domainType, keccak256("zkroll"), keccak256("1"), chain, address(main)));
        bytes32 approvalType = keccak256("UpgradeApproval(bytes32 upgradeHash,uint256 round)");
        bytes32 approval = keccak256(abi.encode(approvalType, gatekeeper.nextUpgradeHash(), uint256(3)));
        bytes32 want = keccak256(abi.encodePacked(hex"1901", domain, approval));
        eq(want, hooks.councilDigest(), "EIP-712");
    }

    /// Cancelling forgets approvals.
    function test_council__starts_anew_after_a_cancel() public {
        start();
        bytes32 hash = gatekeeper.nextUpgradeHash();
        for (uint256 i = 0; i < 2; i++) {
            vm.prank(vm.addr(COUNCIL_KEYS + i));
            hooks.cutUpgradeNoticePeriod(hash);
        }
        eq(FLOOR, hooks.getNoticePeriod(), "short");
        vm.prank(governor);
        gatekeeper.cancelUpgrade();
        start();
        eq(NOTICE, hooks.getNoticePeriod(), "long again");
        vm.prank(vm.addr(COUNCIL_KEYS));
        hooks.cutUpgradeNoticePeriod(gatekeeper.nextUpgradeHash());
        eq(NOTICE, hooks.getNoticePeriod(), "one is not two");
    }

    // ---- deployments

    function refuseDeployment(Deployment.Settings memory s) private {
        vm.expectRevert(IZkRollExodus.BadParameters.selector);
        new Deployment(s);
    }

    function test_deployment__tells_the_genesis() public {
        Deployment.Settings memory s = settings();
        vm.recordLogs();
        Deployment d = new Deployment(s);
        bytes memory want = abi.encode(genesisRoot(), feeAddress, d.governance(), EXPIRATION, NOTICE, FLOOR);
        eq(want, genesisEvent(d.mainContract()), "genesis");
        eq(governor, Governance(d.governance()).networkGovernor(), "governor");
        eq(governor, UpgradeGatekeeper(d.gatekeeper()).getMaster(), "master");
        eq(d.mainContract(), UpgradeGatekeeper(d.gatekeeper()).mainContract(), "main");
        eq(d.tokenGovernance(), Governance(d.governance()).tokenGovernance(), "listing");
        yes(Governance(d.governance()).validators(validator), "validator");
        s.openListing = false;
        d = new Deployment(s);
        eq(governor, Governance(d.governance()).tokenGovernance(), "the governor lists");
    }

    function genesisEvent(address emitter) private returns (bytes memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter == emitter && logs[i].topics[0] == IZkRollExodus.Genesis.selector) return logs[i].data;
        }
        revert("no such event");
    }

    function test_deployment__of_too_short_periods_is_for_development_chains() public {
        Deployment.Settings memory s = settings();
        s.priorityExpiration = 60;
        s.noticePeriod = 0;
        s.noticeFloor = 0;
        uint256[3] memory development = [uint256(9), 1337, 31337];
        for (uint256 i = 0; i < 3; i++) {
            vm.chainId(development[i]);
            new Deployment(s);
        }
        uint256[5] memory others = [uint256(1), 5, 11155111, 17000, 10];
        for (uint256 i = 0; i < 5; i++) {
            vm.chainId(others[i]);
            refuseDeployment(s);
        }
        s = settings();
        new Deployment(s);
        s.priorityExpiration -= 1;
        refuseDeployment(s);
        s = settings();
        s.noticeFloor -= 1;
        refuseDeployment(s);
        s = settings();
        s.priorityExpiration = type(uint64).max;
        refuseDeployment(s);
    }

    function test_deployment__refuses_senseless_settings() public {
        Deployment.Settings memory s = settings();
        s.feeAddress = address(0);
        refuseDeployment(s);
        s = settings();
        s.noticePeriod = s.noticeFloor - 1;
        refuseDeployment(s);
        s = settings();
        s.priorityExpiration = 0;
        refuseDeployment(s);
        s = settings();
        s.poseidon2 = IPoseidon2(alice);
        refuseDeployment(s);
        s = settings();
        s.verifiers[0] = alice;
        refuseDeployment(s);
        s = settings();
        s.councilThreshold = 4;
        refuseDeployment(s);
        s = settings();
        s.councilThreshold = 0;
        refuseDeployment(s);
        s = settings();
        s.council[1] = s.council[0];
        refuseDeployment(s);
        s = settings();
        s.council[1] = address(0);
        refuseDeployment(s);
        s = settings();
        s.council = new address[](33);
        refuseDeployment(s);
        s = settings();
        s.council = new address[](0);
        s.councilThreshold = 0;
        new Deployment(s);
    }
}
