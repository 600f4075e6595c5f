// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deployment} from "../src/Deployment.sol";
import {ForcedExit} from "../src/ForcedExit.sol";
import {Governance} from "../src/Governance.sol";
import {IGovernance} from "../src/interfaces/IGovernance.sol";
import {INFTFactory} from "../src/interfaces/INFTFactory.sol";
import {ITokenGovernance} from "../src/interfaces/ITokenGovernance.sol";
import {IProxy, IUpgradeGatekeeper, IUpgradeHooks} from "../src/interfaces/IUpgrade.sol";
import {IZkRoll, IZkRollEvents, IZkRollExodus} from "../src/interfaces/IZkRoll.sol";
import {Multicall} from "../src/Multicall.sol";
import {NFTFactory} from "../src/NFTFactory.sol";
import {Proxy} from "../src/Proxy.sol";
import {TokenGovernance} from "../src/TokenGovernance.sol";
import {UpgradeGatekeeper} from "../src/UpgradeGatekeeper.sol";
import {WithdrawalHelper} from "../src/WithdrawalHelper.sol";
import {Fixture} from "./Fixture.sol";

/// @notice What wallets, the SDK and indexers have compiled in: selectors and topics of zkSync 1.x; and the size of code.
contract AbiTest is Fixture {
    function sel(bytes4 want, bytes4 got) private pure {
        eq(bytes32(want), bytes32(got), "selector");
    }

    function test_selectors__of_main() public pure {
        sel(0x2d2da806, IZkRoll.depositETH.selector);
        sel(0xe17376b5, IZkRoll.depositERC20.selector);
        sel(0x5aca41f6, IZkRoll.getPendingBalance.selector);
        sel(0xd514da50, IZkRoll.withdrawPendingBalance.selector);
        sel(0x505a7573, IZkRoll.withdrawPendingNFTBalance.selector);
        sel(0xab9b2adf, IZkRoll.requestFullExit.selector);
        sel(0x13d9787b, IZkRoll.requestFullExitNFT.selector);
        sel(0x595a5ebc, IZkRoll.setAuthPubkeyHash.selector);
        sel(0x8ae20dc9, IZkRoll.authFacts.selector);
        sel(0xb65975ec, IZkRoll.authFactsResetTimer.selector);
        sel(0x264c0912, IZkRoll.exodusMode.selector);
        sel(0x67708dae, IZkRoll.firstPriorityRequestId.selector);
        sel(0xc57b22be, IZkRoll.totalOpenPriorityRequests.selector);
        sel(0xfaf4d8cb, IZkRoll.totalBlocksCommitted.selector);
        sel(0x647b5923, IZkRoll.totalBlocksProven.selector);
        sel(0xf2235487, IZkRoll.totalBlocksExecuted.selector);
        sel(0x9ba0d146, IZkRoll.storedBlockHashes.selector);
        sel(0xa7e7aacd, IZkRollExodus.activateExodusMode.selector);
        sel(0x1d179643, IZkRollExodus.performExodus.selector);
        sel(0x7efcfe85, IZkRollExodus.cancelOutstandingDepositsForExodusMode.selector);
        sel(0x2a3174f4, IUpgradeHooks.getNoticePeriod.selector);
        sel(0x8773334c, IUpgradeHooks.isReadyForUpgrade.selector);
        sel(0x3b154b73, IUpgradeHooks.upgradeNoticePeriodStarted.selector);
        sel(0x78b91e70, IUpgradeHooks.upgradePreparationStarted.selector);
        sel(0x871b8ff1, IUpgradeHooks.upgradeCanceled.selector);
        sel(0xb269b9ae, IUpgradeHooks.upgradeFinishes.selector);
        sel(0x59acda85, IUpgradeHooks.cutUpgradeNoticePeriod.selector);
        sel(0x9beb4650, IUpgradeHooks.cutUpgradeNoticePeriodBySignature.selector);
        sel(0x439fab91, Proxy.initialize.selector);
        sel(0x25394645, Proxy.upgrade.selector);
        sel(0xf00e6a2a, IProxy.getTarget.selector);
        sel(0x6fc49140, IProxy.upgradeTarget.selector);
    }

    /// Each of them is really there, whichever implementation has it.
    function test_selectors__of_main_are_answered() public {
        bytes4[8] memory views = [
            IZkRoll.exodusMode.selector,
            IZkRoll.firstPriorityRequestId.selector,
            IZkRoll.totalOpenPriorityRequests.selector,
            IZkRoll.totalBlocksCommitted.selector,
            IZkRoll.totalBlocksProven.selector,
            IZkRoll.totalBlocksExecuted.selector,
            IUpgradeHooks.getNoticePeriod.selector,
            IUpgradeHooks.isReadyForUpgrade.selector
        ];
        for (uint256 i = 0; i < 8; i++) {
            (bool ok, bytes memory answer) = address(main).staticcall(abi.encode(views[i]));
            yes(ok && answer.length == 32, "view");
        }
        (bool known,) = address(main).call(abi.encode(bytes4(0x12345678)));
        yes(!known, "others are not");
    }

    function test_selectors__of_governance() public pure {
        sel(0xf39349ef, IGovernance.networkGovernor.selector);
        sel(0x7e1c0c09, IGovernance.totalTokens.selector);
        sel(0x10603dad, IGovernance.tokenAddresses.selector);
        sel(0xfc97a303, IGovernance.tokenIds.selector);
        sel(0xfa52c7d8, IGovernance.validators.selector);
        sel(0xf3a65bf9, IGovernance.pausedTokens.selector);
        sel(0x8d1db940, IGovernance.tokenGovernance.selector);
        sel(0xe122b7d1, IGovernance.nftFactories.selector);
        sel(0xd4b6846d, IGovernance.defaultFactory.selector);
        sel(0xe4c0aaf4, IGovernance.changeGovernor.selector);
        sel(0x78393d22, IGovernance.changeTokenGovernance.selector);
        sel(0xd48bfca7, IGovernance.addToken.selector);
        sel(0x62257470, IGovernance.setTokenPaused.selector);
        sel(0x4623c91d, IGovernance.setValidator.selector);
        sel(0xf5f84ed4, IGovernance.requireGovernor.selector);
        sel(0x4b18bd0f, IGovernance.requireActiveValidator.selector);
        sel(0xe2c79268, IGovernance.isValidTokenId.selector);
        sel(0xead31762, IGovernance.validateTokenAddress.selector);
        sel(0xc4dcb92c, IGovernance.registerNFTFactoryCreator.selector);
        sel(0xce09e20d, IGovernance.setDefaultNFTFactory.selector);
        sel(0xb79eb8c7, IGovernance.getNFTFactory.selector);
    }

    function test_selectors__of_the_rest() public view {
        sel(0x5aa6e675, ITokenGovernance.governance.selector);
        sel(0xa1a18c38, ITokenGovernance.listingFeeToken.selector);
        sel(0x6a1b7ecc, ITokenGovernance.listingFee.selector);
        sel(0x9b453945, ITokenGovernance.listingCap.selector);
        sel(0xaf3d414b, ITokenGovernance.tokenLister.selector);
        sel(0x61d027b3, ITokenGovernance.treasury.selector);
        sel(0xd48bfca7, ITokenGovernance.addToken.selector);
        sel(0x70de40b0, ITokenGovernance.setListingFeeToken.selector);
        sel(0x131dbd09, ITokenGovernance.setListingFee.selector);
        sel(0x719c150c, ITokenGovernance.setLister.selector);
        sel(0xb42a9d80, ITokenGovernance.setListingCap.selector);
        sel(0xf0f44260, ITokenGovernance.setTreasury.selector);
        sel(0x55f29166, IUpgradeGatekeeper.cancelUpgrade.selector);
        sel(0x6b131e06, IUpgradeGatekeeper.startPreparation.selector);
        sel(0x253b153b, IUpgradeGatekeeper.finishUpgrade.selector);
        sel(0x999f0be2, IUpgradeGatekeeper.addUpgradeable.selector);
        sel(0xf1ce598e, IUpgradeGatekeeper.managedContracts.selector);
        sel(0xd4d543c5, IUpgradeGatekeeper.upgradeStatus.selector);
        sel(0x25391624, IUpgradeGatekeeper.noticePeriodFinishTimestamp.selector);
        sel(0xc3d17706, IUpgradeGatekeeper.nextTargets.selector);
        sel(0xac0d925c, IUpgradeGatekeeper.versionId.selector);
        sel(0xd270e7ab, IUpgradeGatekeeper.mainContract.selector);
        sel(0x5a99719e, IUpgradeGatekeeper.getMaster.selector);
        sel(0xc3f59687, IUpgradeGatekeeper.transferMastership.selector);
        sel(0xf7260d3e, ForcedExit(payable(0)).receiver.selector);
        sel(0x238dafe0, ForcedExit(payable(0)).enabled.selector);
        sel(0x718da7ee, ForcedExit.setReceiver.selector);
        sel(0x7be9c682, ForcedExit.withdrawPendingFunds.selector);
        sel(0x234ce590, INFTFactory.mintNFTFromZkSync.selector);
        sel(0xffbdc8cb, NFTFactory.getContentHash.selector);
        sel(0xa1b8aa26, NFTFactory.getCreatorFingerprint.selector);
        sel(0xa30b4db9, NFTFactory.getCreatorAddress.selector);
        sel(0xb90ea3ec, NFTFactory.getCreatorAccountId.selector);
        sel(0x328c3a4a, NFTFactory.getSerialId.selector);
        sel(0xc87b56dd, NFTFactory.tokenURI.selector);
        sel(0x422b7a0d, NFTFactory.ipfsCID.selector);
        sel(0x252dba42, Multicall.aggregate.selector);
    }

    function test_topics() public pure {
        eq(
            0xd0943372c08b438a88d4b39d77216901079eda9ca59d45349841c099083b6830,
            IZkRollEvents.NewPriorityRequest.selector,
            "NewPriorityRequest"
        );
        eq(
            0x8f5f51448394699ad6a3b80cdadf4ec68c5d724c8c3fea09bea55b3c2d0e2dd0,
            IZkRollEvents.Deposit.selector,
            "Deposit"
        );
        eq(
            0xefef619ae4a542a2b8810b4efeccd8478bd683e985354ee31dd2d644aff6d0ca,
            IZkRollEvents.Withdrawal.selector,
            "Withdrawal"
        );
        eq(
            0x08262c50127efaa884a8609d16fe2ed98c5fd8e4f1c393f2d7d8f9f52f602ff6,
            IZkRollEvents.WithdrawalPending.selector,
            "WithdrawalPending"
        );
        eq(
            0x0b9f3586023bf754b8d962232407f7ac4d90fd19a1c4756c6619927abf067560,
            IZkRollEvents.WithdrawalNFT.selector,
            "WithdrawalNFT"
        );
        eq(
            0x1d19de6753fc463923c3d90b6fb45aca536732ed7c5ca377d4b3f63dfbe4d819,
            IZkRollEvents.WithdrawalNFTPending.selector,
            "WithdrawalNFTPending"
        );
        eq(
            0x81a92942d0f9c33b897a438384c9c3d88be397776138efa3ba1a4fc8b6268424,
            IZkRollEvents.BlockCommit.selector,
            "BlockCommit"
        );
        eq(
            0x0cdbd8bd7813095001c5fe7917bd69d834dc01db7c1dfcf52ca135bd20384413,
            IZkRollEvents.BlockVerification.selector,
            "BlockVerification"
        );
        eq(
            0x6f3a8259cce1ea2680115053d21c971aa1764295a45850f520525f2bfdf3c9d3,
            IZkRollEvents.BlocksRevert.selector,
            "BlocksRevert"
        );
        eq(
            0xc71028c67eb0ef128ea270a59a674629e767d51c1af44ed6753fd2fad2c7b677,
            IZkRollEvents.ExodusMode.selector,
            "ExodusMode"
        );
        eq(
            0xa7e70c4e59334e595e4a02f540b4fa25f004f37b93811499515ba05a24418bcb,
            IUpgradeHooks.ApproveCutUpgradeNoticePeriod.selector,
            "ApproveCutUpgradeNoticePeriod"
        );
        eq(
            0xf2b18f8abbd8a0d0c1fb8245146eedf5304887b12f6395b548ca238e054a1483,
            IUpgradeHooks.NoticePeriodChange.selector,
            "NoticePeriodChange"
        );
        eq(
            0xfe74dea79bde70d1990ddb655bac45735b14f495ddc508cfab80b7729aa9d668,
            IGovernance.NewToken.selector,
            "NewToken"
        );
        eq(
            0x9678384f56a2d29e9db5747e5910c194dde921293922f2463582d8c25b965330,
            IGovernance.SetDefaultNFTFactory.selector,
            "SetDefaultNFTFactory"
        );
        eq(
            0xa31b86f0827cd4eabf087b77e866f658278cb60e2d7c291d407edaada53408e0,
            IGovernance.NFTFactoryRegisteredCreator.selector,
            "NFTFactoryRegisteredCreator"
        );
        eq(
            0x5425363a03f182281120f5919107c49c7a1a623acc1cbc6df468b6f0c11fcf8c,
            IGovernance.NewGovernor.selector,
            "NewGovernor"
        );
        eq(
            0xb24c0fc80a0c2a8c6a406f1f63ac240a949e45444715e77bcb06073a1a1d401c,
            IGovernance.NewTokenGovernance.selector,
            "NewTokenGovernance"
        );
        eq(
            0x065b77b53864e46fda3d8986acb51696223d6dde7ced42441eb150bae6d48136,
            IGovernance.ValidatorStatusUpdate.selector,
            "ValidatorStatusUpdate"
        );
        eq(
            0xf72cbadf0693609a042637541df35c63e7e074363dea6efb5c19d6c7814ceee9,
            IGovernance.TokenPausedUpdate.selector,
            "TokenPausedUpdate"
        );
        eq(
            0x947516bb7f07e641084b9d05943fb1c89e05da3d4d17f707ab4efd6ab58f0910,
            ITokenGovernance.TokenListerUpdate.selector,
            "TokenListerUpdate"
        );
        eq(
            0x06c002e270943576c6f430ffa27b7c21b4f12f8398079a843e82978a718fe139,
            ITokenGovernance.ListingFeeTokenUpdate.selector,
            "ListingFeeTokenUpdate"
        );
        eq(
            0xa0951033a9fa04df3877d5fdba9b43d00127caf3d6ff546d0bc633f122844ee6,
            ITokenGovernance.ListingFeeUpdate.selector,
            "ListingFeeUpdate"
        );
        eq(
            0xd07b88b359bb918e12349b2779862f7c6954810991cfcf664e36bd2168f17b0d,
            ITokenGovernance.ListingCapUpdate.selector,
            "ListingCapUpdate"
        );
        eq(
            0x8a3509a4057c89a5993a4a3140c2ebf7e829d325d8998eaa6c48adcff98b2cef,
            ITokenGovernance.TreasuryUpdate.selector,
            "TreasuryUpdate"
        );
        eq(
            0xecfd8b4d8bfc0590001d923f6db32faaad4c3d96097734fe5950f43980dabfc4,
            IUpgradeGatekeeper.NewUpgradable.selector,
            "NewUpgradable"
        );
        eq(
            0xabce748366d7d01473824f1bee75dc176759f56b88f00253e4a10d7528ca806f,
            IUpgradeGatekeeper.NoticePeriodStart.selector,
            "NoticePeriodStart"
        );
        eq(
            0x55cd34119fd31f1a8cc60aad1098023b450274eef2294e3e1b6dd452d58ce6fd,
            IUpgradeGatekeeper.UpgradeCancel.selector,
            "UpgradeCancel"
        );
        eq(
            0xd2b7d4a4a2b38481e36a9b8198af8b427261011fd199b7a1b7cb8f437aa25acd,
            IUpgradeGatekeeper.PreparationStart.selector,
            "PreparationStart"
        );
        eq(
            0x48bc8be43b04d57da4f0d65c05db98278a94d9e90b7348d5d2705cc78c9a9d2e,
            IUpgradeGatekeeper.UpgradeComplete.selector,
            "UpgradeComplete"
        );
        eq(
            0xbcdc7071c1beb6dcf2744621e0b29a2f2432ee20812d9ca5e3d5e8f9308d93a3,
            ForcedExit.FundsReceived.selector,
            "FundsReceived"
        );
        eq(
            0x6f9f9796c253c64d832328af44bc2ec5e2dad7f948ee013003be6a082532a14a,
            INFTFactory.MintNFTFromZkSync.selector,
            "MintNFTFromZkSync"
        );
    }

    /// The SDK takes serialId of the last log with this topic, whatever its address: no other event may have it.
    function test_topic_of_requests__is_alone() public pure {
        bytes32 topic = IZkRollEvents.NewPriorityRequest.selector;
        bytes32[7] memory others = [
            IZkRollEvents.Deposit.selector,
            IZkRollEvents.AuthFactSet.selector,
            IZkRollEvents.AuthFactResetStarted.selector,
            IZkRollEvents.BlockProven.selector,
            IZkRollExodus.ExitPerformed.selector,
            IZkRollExodus.Genesis.selector,
            IZkRollExodus.KeyAdded.selector
        ];
        for (uint256 i = 0; i < 7; i++) {
            yes(others[i] != topic, "topic");
        }
    }

    // ---- code sizes (EIP-170), with room to grow pinned

    function small(address a, uint256 most, string memory what) private view {
        yes(a.code.length != 0 && a.code.length <= most && most <= 24576, what);
    }

    function test_code_sizes() public {
        Deployment.Settings memory s = settings();
        small(s.zkRoll, 8000, "ZkRoll");
        small(s.governanceTarget, 5000, "Governance");
        small(address(main), 1400, "Proxy");
        small(address(hasher), 17000, "Poseidon2");
        small(address(gatekeeper), 5200, "UpgradeGatekeeper");
        small(address(factory), 6000, "NFTFactory");
        small(address(listing), 3300, "TokenGovernance");
        small(address(new Multicall()), 1400, "Multicall");
        small(address(new WithdrawalHelper(main)), 1600, "WithdrawalHelper");
        small(operatorPart, 13000, "ZkRollOperator");
        small(exodusPart, 14500, "ZkRollExodus");
        yes(type(Deployment).creationCode.length < 49152, "Deployment's initcode");
    }
}
