// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governance} from "../src/Governance.sol";
import {IGovernance} from "../src/interfaces/IGovernance.sol";
import {ITokenGovernance} from "../src/interfaces/ITokenGovernance.sol";
import {Proxied} from "../src/Proxy.sol";
import {TokenGovernance} from "../src/TokenGovernance.sol";
import {Fixture} from "./Fixture.sol";
import {OddToken} from "./Hostile.sol";

/// @notice Governance and token listing.
contract GovernanceTest is Fixture {
    function notGovernor(address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IGovernance.NotGovernor.selector, who);
    }

    function test_governor__configures_and_nobody_else_does() public {
        vm.startPrank(alice);
        vm.expectRevert(notGovernor(alice));
        governance.changeGovernor(alice);
        vm.expectRevert(notGovernor(alice));
        governance.changeTokenGovernance(alice);
        vm.expectRevert(notGovernor(alice));
        governance.setTokenPaused(address(token), true);
        vm.expectRevert(notGovernor(alice));
        governance.setValidator(alice, true);
        vm.expectRevert(notGovernor(alice));
        governance.setDefaultNFTFactory(alice);
        vm.expectRevert(notGovernor(alice));
        governance.requireGovernor(alice);
        vm.stopPrank();
        governance.requireGovernor(governor);
    }

    function test_governor__is_changed_by_himself() public {
        vm.startPrank(governor);
        vm.expectRevert(IGovernance.ZeroAddress.selector);
        governance.changeGovernor(address(0));
        vm.recordLogs();
        governance.changeGovernor(governor);
        eq(0, vm.getRecordedLogs().length, "no event without change");
        vm.expectEmit(address(governance));
        emit IGovernance.NewGovernor(alice);
        governance.changeGovernor(alice);
        eq(alice, governance.networkGovernor(), "governor");
        vm.expectRevert(notGovernor(governor));
        governance.changeGovernor(governor);
    }

    function test_validators__are_set() public {
        vm.startPrank(governor);
        vm.expectEmit(address(governance));
        emit IGovernance.ValidatorStatusUpdate(alice, true);
        governance.setValidator(alice, true);
        governance.requireActiveValidator(alice);
        vm.recordLogs();
        governance.setValidator(alice, true);
        eq(0, vm.getRecordedLogs().length, "no event without change");
        governance.setValidator(alice, false);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotValidator.selector, alice));
        governance.requireActiveValidator(alice);
    }

    function test_tokens__get_ids_in_order() public {
        eq(2, governance.totalTokens(), "total");
        eq(1, governance.tokenIds(address(token)), "first");
        eq(address(other), governance.tokenAddresses(2), "second");
        yes(governance.isValidTokenId(0) && governance.isValidTokenId(2) && !governance.isValidTokenId(3), "valid ids");
        eq(2, governance.validateTokenAddress(address(other)), "id");
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenNotListed.selector, alice));
        governance.validateTokenAddress(alice);
        vm.startPrank(address(listing));
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenAlreadyListed.selector, address(token)));
        governance.addToken(address(token));
        vm.expectRevert(IGovernance.ZeroAddress.selector);
        governance.addToken(address(0));
        vm.expectEmit(address(governance));
        emit IGovernance.NewToken(alice, 3);
        governance.addToken(alice);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotTokenGovernance.selector, governor));
        vm.prank(governor);
        governance.addToken(bob);
    }

    function test_tokens__are_1023_at_most() public {
        vm.startPrank(address(listing));
        for (uint256 i = 3; i <= 1023; i++) {
            governance.addToken(address(uint160(0x10000 + i)));
        }
        vm.expectRevert(IGovernance.TooManyTokens.selector);
        governance.addToken(alice);
        eq(1023, governance.totalTokens(), "total");
    }

    function test_tokens__are_paused() public {
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenNotListed.selector, alice));
        governance.setTokenPaused(alice, true);
        vm.expectEmit(address(governance));
        emit IGovernance.TokenPausedUpdate(address(token), true);
        governance.setTokenPaused(address(token), true);
        yes(governance.pausedTokens(1), "paused");
        vm.recordLogs();
        governance.setTokenPaused(address(token), true);
        eq(0, vm.getRecordedLogs().length, "no event without change");
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenPaused.selector, address(token)));
        governance.validateDeposit(address(token));
        governance.setTokenPaused(address(token), false);
        eq(1, governance.validateDeposit(address(token)), "id");
    }

    function test_token_governance__is_changed() public {
        vm.startPrank(governor);
        vm.expectEmit(address(governance));
        emit IGovernance.NewTokenGovernance(governor);
        governance.changeTokenGovernance(governor);
        governance.addToken(alice);
        vm.recordLogs();
        governance.changeTokenGovernance(governor);
        eq(0, vm.getRecordedLogs().length, "no event without change");
    }

    function test_default_factory__is_set_once() public {
        eq(address(factory), governance.defaultFactory(), "by the deployment");
        vm.startPrank(governor);
        vm.expectRevert(IGovernance.ZeroAddress.selector);
        governance.setDefaultNFTFactory(address(0));
        vm.expectRevert(IGovernance.DefaultFactoryAlreadySet.selector);
        governance.setDefaultNFTFactory(alice);
    }

    /// The signature that the SDK makes, from the wire protocol's documentation.
    function test_creators__register_factories_by_signature() public {
        uint256 key = 0x0123456789012345678901234567890123456789012345678901234567890123;
        address creator = 0x14791697260E4c9A71f18484C9f997B308e59325;
        address custom = 0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB;
        bytes32 digest = 0x721373feba790ed247fb75fd74a22fec3392a7cc081b9764a4e10320cd7af9f8;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        bytes memory signature = abi.encodePacked(r, s, v);
        vm.startPrank(custom);
        bytes4 bad = IGovernance.BadCreatorSignature.selector;
        vm.expectRevert(bad);
        governance.registerNFTFactoryCreator(0xdeadbb, creator, signature);
        vm.expectRevert(bad);
        governance.registerNFTFactoryCreator(0xdeadba, alice, signature);
        vm.expectRevert(bad);
        governance.registerNFTFactoryCreator(0xdeadba, address(0), new bytes(65));
        vm.expectRevert(bad);
        governance.registerNFTFactoryCreator(0xdeadba, creator, abi.encodePacked(signature, bytes1(0)));
        vm.stopPrank();
        vm.expectRevert(bad);
        governance.registerNFTFactoryCreator(0xdeadba, creator, signature);
        vm.startPrank(custom);
        vm.expectEmit(address(governance));
        emit IGovernance.NFTFactoryRegisteredCreator(0xdeadba, creator, custom);
        governance.registerNFTFactoryCreator(0xdeadba, creator, signature);
        eq(custom, governance.nftFactories(0xdeadba, creator), "registered");
        vm.expectRevert(
            abi.encodeWithSelector(IGovernance.CreatorAlreadyRegistered.selector, uint32(0xdeadba), creator)
        );
        governance.registerNFTFactoryCreator(0xdeadba, creator, signature);
        eq(address(factory), governance.getNFTFactory(0xdeadba, creator), "no code there: the default");
        vm.etch(custom, hex"00");
        eq(custom, governance.getNFTFactory(0xdeadba, creator), "its own");
        eq(address(factory), governance.getNFTFactory(0xdeadbb, creator), "another account: the default");
    }

    function test_factory__must_be_there() public {
        Governance bare = new Governance();
        vm.expectRevert(IGovernance.NoFactory.selector);
        bare.getNFTFactory(1, alice);
    }

    function test_implementation__is_of_no_use_without_its_proxy() public {
        Governance bare = new Governance();
        vm.expectRevert(Proxied.NotProxied.selector);
        bare.initialize(abi.encode(alice));
        vm.expectRevert(Proxied.NotProxied.selector);
        bare.upgrade("");
    }

    // ---- listing

    function test_listing__for_a_fee() public {
        vm.startPrank(governor);
        vm.expectEmit(address(listing));
        emit ITokenGovernance.ListingFeeTokenUpdate(address(token), 250);
        listing.setListingFeeToken(address(token), 250);
        vm.stopPrank();
        OddToken odd = new OddToken();
        vm.startPrank(alice);
        token.approve(address(listing), 249);
        vm.expectRevert();
        listing.addToken(address(odd));
        token.approve(address(listing), 250);
        listing.addToken(address(odd));
        vm.stopPrank();
        eq(250, token.balanceOf(treasury), "paid");
        eq(3, governance.tokenIds(address(odd)), "listed");
        OddToken second = new OddToken();
        vm.prank(governor);
        listing.addToken(address(second));
        eq(250, token.balanceOf(treasury), "listers pay nothing");
    }

    function test_listing__of_what_is_no_token_is_refused() public {
        vm.startPrank(governor);
        vm.expectRevert(ITokenGovernance.ZeroAddress.selector);
        listing.addToken(address(0));
        vm.expectRevert(abi.encodeWithSelector(ITokenGovernance.NotAToken.selector, address(main)));
        listing.addToken(address(main));
        vm.expectRevert(abi.encodeWithSelector(ITokenGovernance.NotAToken.selector, alice));
        listing.addToken(alice);
        listing.setListingCap(2);
        address odd = address(new OddToken());
        vm.expectRevert(abi.encodeWithSelector(ITokenGovernance.ListingCapReached.selector, 2));
        listing.addToken(odd);
    }

    function test_listing__with_a_fee_token_that_says_no_or_calls_back() public {
        FeeToken fee = new FeeToken(listing);
        vm.prank(governor);
        listing.setListingFeeToken(address(fee), 1);
        address odd = address(new OddToken());
        vm.startPrank(alice);
        vm.expectRevert(ITokenGovernance.FeeNotPaid.selector);
        listing.addToken(odd);
        fee.set(true, true);
        listing.addToken(odd);
        yes(!fee.reentered(), "re-entered");
    }

    function test_listing__is_the_governors_to_configure() public {
        vm.startPrank(alice);
        bytes memory why = abi.encodeWithSelector(ITokenGovernance.NotGovernor.selector, alice);
        vm.expectRevert(why);
        listing.setListingFeeToken(alice, 1);
        vm.expectRevert(why);
        listing.setListingFee(1);
        vm.expectRevert(why);
        listing.setLister(alice, true);
        vm.expectRevert(why);
        listing.setListingCap(1);
        vm.expectRevert(why);
        listing.setTreasury(alice);
        vm.stopPrank();
        vm.startPrank(governor);
        vm.expectEmit(address(listing));
        emit ITokenGovernance.ListingFeeUpdate(9);
        listing.setListingFee(9);
        eq(9, listing.listingFee(), "fee");
        vm.expectEmit(address(listing));
        emit ITokenGovernance.TokenListerUpdate(alice, true);
        listing.setLister(alice, true);
        yes(listing.tokenLister(alice), "lister");
        vm.recordLogs();
        listing.setLister(alice, true);
        eq(0, vm.getRecordedLogs().length, "no event without change");
        vm.expectEmit(address(listing));
        emit ITokenGovernance.ListingCapUpdate(5);
        listing.setListingCap(5);
        eq(5, listing.listingCap(), "cap");
        vm.expectRevert(ITokenGovernance.ZeroAddress.selector);
        listing.setTreasury(address(0));
        vm.expectEmit(address(listing));
        emit ITokenGovernance.TreasuryUpdate(bob);
        listing.setTreasury(bob);
        eq(bob, listing.treasury(), "treasury");
    }

    function test_listing__constructor_refuses_zeros() public {
        vm.expectRevert(ITokenGovernance.ZeroAddress.selector);
        new TokenGovernance(IGovernance(address(0)), alice, alice, alice, 0, 0, alice);
        vm.expectRevert(ITokenGovernance.ZeroAddress.selector);
        new TokenGovernance(governance, address(0), alice, alice, 0, 0, alice);
        vm.expectRevert(ITokenGovernance.ZeroAddress.selector);
        new TokenGovernance(governance, alice, alice, alice, 0, 0, address(0));
    }
}

/// A fee token that returns false, or calls back.
contract FeeToken {
    TokenGovernance private listing;
    bool private pays;
    bool private attacks;
    bool public reentered;

    constructor(TokenGovernance listing_) {
        listing = listing_;
    }

    function set(bool pays_, bool attacks_) external {
        (pays, attacks) = (pays_, attacks_);
    }

    function transferFrom(address, address, uint256) external returns (bool) {
        if (attacks) (reentered,) = address(listing).call(abi.encodeCall(listing.addToken, (address(this))));
        return pays;
    }
}
