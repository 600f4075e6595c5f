// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governance} from "./Governance.sol";
import {IGovernance} from "./interfaces/IGovernance.sol";
import {IPoseidon2} from "./interfaces/IPoseidon2.sol";
import {NFTFactory} from "./NFTFactory.sol";
import {Proxy} from "./Proxy.sol";
import {TokenGovernance} from "./TokenGovernance.sol";
import {UpgradeGatekeeper} from "./UpgradeGatekeeper.sol";
import {Parameters} from "./ZkRollExodus.sol";

/// @title Makes a rollup out of deployed implementations, in one transaction: nobody can come in between, and nothing is
///        ever there half configured. The contract itself has no rights afterwards; it remembers the addresses.
contract Deployment {
    /// @param zkRoll, governanceTarget, poseidon2 deployed before, without state or owner
    /// @param governor    network governor, owner of upgrades, first token governance lister
    /// @param validator   the operator's account
    /// @param openListing true: token listing goes through TokenGovernance; false: the governor lists
    struct Settings {
        address zkRoll;
        address governanceTarget;
        IPoseidon2 poseidon2;
        address[] verifiers;
        address governor;
        address validator;
        address feeAddress;
        uint64 priorityExpiration;
        uint64 noticePeriod;
        uint64 noticeFloor;
        address[] council;
        uint256 councilThreshold;
        bool openListing;
        address listingFeeToken;
        uint256 listingFee;
        uint16 listingCap;
        address treasury;
        string nftName;
        string nftSymbol;
    }

    event Deployed(
        address mainContract,
        address governance,
        address gatekeeper,
        address tokenGovernance,
        address nftFactory,
        address feeAddress
    );

    address public immutable mainContract;
    address public immutable governance;
    address public immutable gatekeeper;
    address public immutable tokenGovernance;
    address public immutable nftFactory;

    constructor(Settings memory s) {
        // This contract governs while it is being constructed.
        Proxy governanceProxy = new Proxy(s.governanceTarget, abi.encode(address(this)));
        Governance governing = Governance(address(governanceProxy));
        Proxy mainProxy = new Proxy(s.zkRoll, abi.encode(_parameters(s, governing)));

        UpgradeGatekeeper keeper = new UpgradeGatekeeper(address(mainProxy));
        keeper.addUpgradeable(address(governanceProxy));
        keeper.addUpgradeable(address(mainProxy));
        governanceProxy.transferMastership(address(keeper));
        mainProxy.transferMastership(address(keeper));
        keeper.transferMastership(s.governor);

        NFTFactory factory = new NFTFactory(s.nftName, s.nftSymbol, address(mainProxy));
        governing.setDefaultNFTFactory(address(factory));
        governing.setValidator(s.validator, true);
        TokenGovernance listing = new TokenGovernance(
            governing, address(mainProxy), s.governor, s.listingFeeToken, s.listingFee, s.listingCap, s.treasury
        );
        governing.changeTokenGovernance(s.openListing ? address(listing) : s.governor);
        governing.changeGovernor(s.governor);
        mainContract = address(mainProxy);
        governance = address(governing);
        gatekeeper = address(keeper);
        tokenGovernance = address(listing);
        nftFactory = address(factory);
        emit Deployed(mainContract, governance, gatekeeper, tokenGovernance, nftFactory, s.feeAddress);
    }

    function _parameters(Settings memory s, Governance governing) private pure returns (Parameters memory) {
        return Parameters({
            governance: IGovernance(address(governing)),
            poseidon2: s.poseidon2,
            feeAddress: s.feeAddress,
            verifiers: s.verifiers,
            priorityExpiration: s.priorityExpiration,
            noticePeriod: s.noticePeriod,
            noticeFloor: s.noticeFloor,
            council: s.council,
            councilThreshold: s.councilThreshold
        });
    }
}
