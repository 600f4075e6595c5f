// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ForcedExit} from "../src/ForcedExit.sol";
import {IGovernance} from "../src/interfaces/IGovernance.sol";
import {IZkRoll} from "../src/interfaces/IZkRoll.sol";
import {INFTFactory} from "../src/interfaces/INFTFactory.sol";
import {Multicall} from "../src/Multicall.sol";
import {NFTFactory} from "../src/NFTFactory.sol";
import {WithdrawalHelper} from "../src/WithdrawalHelper.sol";
import {Fixture} from "./Fixture.sol";
import {OddReceiver, OddToken} from "./Hostile.sol";

/// @notice The small contracts around the main one.
contract HelpersTest is Fixture {
    // ---- NFT factory

    function mint(uint256 id, address to) private {
        vm.prank(address(main));
        factory.mintNFTFromZkSync(alice, to, 5, 6, keccak256("c"), id);
    }

    function test_factory__mints_for_main_only_and_once() public {
        vm.expectRevert(abi.encodeWithSelector(NFTFactory.OnlyMain.selector, address(this)));
        factory.mintNFTFromZkSync(alice, bob, 5, 6, keccak256("c"), 70000);
        vm.expectEmit(address(factory));
        emit INFTFactory.MintNFTFromZkSync(alice, bob, 5, 6, keccak256("c"), 70000);
        mint(70000, bob);
        vm.expectRevert();
        vm.prank(address(main));
        factory.mintNFTFromZkSync(alice, bob, 5, 6, keccak256("c"), 70000);
        eq(bob, factory.ownerOf(70000), "owner");
        eq(1, factory.totalSupply(), "supply");
        eq(70000, factory.tokenOfOwnerByIndex(bob, 0), "of owner");
        eq(70000, factory.tokenByIndex(0), "by index");
        eq(uint256(uint160(alice)) | 5 << 160 | 6 << 192, factory.getCreatorFingerprint(70000), "fingerprint");
        eq("ipfs://", bytes(factory.baseURI()), "base");
        eq("ZkSync", bytes(factory.name()), "name");
        eq("ZKS", bytes(factory.symbol()), "symbol");
    }

    function test_factory__mints_to_contracts_that_know_no_NFTs() public {
        mint(70000, address(new OddToken()));
    }

    function test_factory__makes_content_identifiers() public {
        eq("QmNLei78zWmzUdbeRB3CiUfAizWUrbeeZh5K1rhAQKCh51", bytes(factory.ipfsCID(bytes32(0))), "zeros");
        eq("QmfZy5bvk7a3DQAjCbGNtmrPXWkyVvPrdnZMyBZ5q5ieKG", bytes(factory.ipfsCID(bytes32(type(uint256).max))), "ones");
        vm.expectRevert();
        factory.tokenURI(70000);
        mint(70000, bob);
        eq(abi.encodePacked("ipfs://", factory.ipfsCID(keccak256("c"))), bytes(factory.tokenURI(70000)), "token's");
    }

    function test_factory__burns_for_the_owner() public {
        mint(70000, bob);
        vm.expectRevert();
        vm.prank(alice);
        factory.burn(70000);
        vm.prank(bob);
        factory.burn(70000);
        eq(0, factory.totalSupply(), "supply");
        eq(0, factory.getCreatorFingerprint(70000), "fingerprint");
        eq(0, factory.getContentHash(70000), "content");
    }

    // ---- Multicall

    function test_multicall__all_or_nothing() public {
        Multicall multicall = new Multicall();
        depositETH(alice, 10);
        creditPending(alice, 0, 4);
        creditPending(bob, 0, 6);
        Multicall.Call[] memory calls = new Multicall.Call[](2);
        calls[0] =
            Multicall.Call(address(main), abi.encodeCall(main.withdrawPendingBalance, (payable(alice), address(0), 4)));
        calls[1] =
            Multicall.Call(address(main), abi.encodeCall(main.withdrawPendingBalance, (payable(bob), address(5), 6)));
        bytes memory reason = abi.encodeWithSelector(IGovernance.TokenNotListed.selector, address(5));
        vm.expectRevert(abi.encodeWithSelector(Multicall.CallFailed.selector, 1, reason));
        multicall.aggregate(calls);
        calls[1] =
            Multicall.Call(address(main), abi.encodeCall(main.withdrawPendingBalance, (payable(bob), address(0), 6)));
        (uint256 number, bytes[] memory answers) = multicall.aggregate(calls);
        eq(block.number, number, "block");
        eq(2, answers.length, "answers");
        eq(0, address(main).balance, "paid");
        calls = new Multicall.Call[](1);
        calls[0] = Multicall.Call(address(main), abi.encodeCall(main.totalBlocksExecuted, ()));
        (, answers) = multicall.aggregate(calls);
        eq(abi.encode(2), answers[0], "answer");
    }

    function test_multicall__getters() public {
        Multicall multicall = new Multicall();
        eq(alice.balance, multicall.getEthBalance(alice), "balance");
        eq(block.timestamp, multicall.getCurrentBlockTimestamp(), "time");
        eq(block.gaslimit, multicall.getCurrentBlockGasLimit(), "limit");
        eq(block.coinbase, multicall.getCurrentBlockCoinbase(), "coinbase");
        eq(blockhash(block.number - 1), multicall.getLastBlockHash(), "hash");
        eq(blockhash(block.number - 2), multicall.getBlockHash(block.number - 2), "hash");
    }

    // ---- ForcedExit

    function test_forced_exit__takes_and_sends_on() public {
        ForcedExit payments = new ForcedExit(governor, payable(bob));
        yes(payments.enabled(), "enabled");
        vm.startPrank(alice);
        vm.expectEmit(address(payments));
        emit ForcedExit.FundsReceived(100);
        (bool ok,) = address(payments).call{value: 100}("");
        yes(ok, "plain");
        vm.expectEmit(address(payments));
        emit ForcedExit.FundsReceived(50);
        (ok,) = address(payments).call{value: 50, gas: 9000}(hex"12345678");
        yes(ok, "with data, with little gas");
        vm.expectRevert(abi.encodeWithSelector(ForcedExit.NotReceiver.selector, alice));
        payments.withdrawPendingFunds(payable(alice));
        vm.expectRevert(abi.encodeWithSelector(ForcedExit.NotMaster.selector, alice));
        payments.setReceiver(payable(alice));
        vm.stopPrank();
        uint256 before = bob.balance;
        OddReceiver odd = new OddReceiver();
        odd.behave(true, false, false);
        vm.startPrank(bob);
        vm.expectRevert(ForcedExit.SendingFailed.selector);
        payments.withdrawPendingFunds(payable(address(odd)));
        payments.withdrawPendingFunds(payable(bob));
        eq(before + 150, bob.balance, "sent");
        vm.stopPrank();
        vm.startPrank(governor);
        vm.expectRevert(ForcedExit.ZeroAddress.selector);
        payments.setReceiver(payable(address(0)));
        payments.setReceiver(payable(alice));
        eq(alice, payments.receiver(), "receiver");
        payments.withdrawPendingFunds(payable(alice));
        vm.stopPrank();
        vm.expectRevert(ForcedExit.ZeroAddress.selector);
        new ForcedExit(address(0), payable(bob));
        vm.expectRevert(ForcedExit.ZeroAddress.selector);
        new ForcedExit(governor, payable(address(0)));
    }

    // ---- withdrawal helper

    function test_helper__one_failure_harms_no_other() public {
        WithdrawalHelper helper = new WithdrawalHelper(main);
        OddToken odd = new OddToken();
        odd.mint(alice, 1e30);
        vm.prank(governor);
        listing.addToken(address(odd));
        vm.prank(alice);
        main.depositERC20(address(odd), 1000, alice);
        depositETH(alice, 10 ether);
        OddReceiver refusing = new OddReceiver();
        refusing.behave(true, false, false);
        OddReceiver burning = new OddReceiver();
        burning.behave(false, true, false);
        OddReceiver bomb = new OddReceiver();
        bomb.behave(false, false, true);
        bytes memory s = abi.encodePacked(op48(1, 9, alice, 3, 1000), op48(1, 9, alice, 0, 10 ether));
        s = abi.encodePacked(s, op48(3, 7, address(refusing), 0, 1), op48(3, 7, address(burning), 0, 2));
        s = abi.encodePacked(s, op48(3, 7, address(bomb), 0, 3), op48(3, 7, bob, 0, 4), op48(3, 7, bob, 3, 5));
        settle(s, 2);
        odd.set(OddToken.Manner.BurnsGas);
        WithdrawalHelper.Balance[] memory list = new WithdrawalHelper.Balance[](6);
        list[0] = WithdrawalHelper.Balance(payable(address(refusing)), address(0), 1);
        list[1] = WithdrawalHelper.Balance(payable(address(burning)), address(0), 2);
        list[2] = WithdrawalHelper.Balance(payable(address(bomb)), address(0), 3);
        list[3] = WithdrawalHelper.Balance(payable(bob), address(odd), 5);
        list[4] = WithdrawalHelper.Balance(payable(bob), address(0x999), 5);
        list[5] = WithdrawalHelper.Balance(payable(bob), address(0), 4);
        uint256 before = bob.balance;
        vm.expectEmit(address(helper));
        emit WithdrawalHelper.WithdrawalFailed(address(refusing), address(0), 1);
        vm.expectEmit(address(helper));
        emit WithdrawalHelper.WithdrawalFailed(address(burning), address(0), 2);
        uint256 gasBefore = gasleft();
        uint256 paid = helper.withdrawBalances(list, 2_500_000);
        yes(gasBefore - gasleft() < 6 * 2_600_000, "bounded");
        eq(2, paid, "paid");
        eq(before + 4, bob.balance, "bob");
        eq(3, address(bomb).balance, "bomb");
        eq(1, main.getPendingBalance(address(refusing), address(0)), "stays");
        eq(5, main.getPendingBalance(bob, address(odd)), "stays");
    }

    function test_helper__promises_gas_or_reverts() public {
        WithdrawalHelper helper = new WithdrawalHelper(main);
        creditPending(bob, 0, 4);
        vm.deal(address(main), 4);
        WithdrawalHelper.Balance[] memory list = new WithdrawalHelper.Balance[](1);
        list[0] = WithdrawalHelper.Balance(payable(bob), address(0), 4);
        vm.expectRevert(WithdrawalHelper.NotEnoughGas.selector);
        helper.withdrawBalances{gas: 150_000}(list, 200_000);
        eq(1, helper.withdrawBalances{gas: 350_000}(list, 200_000), "paid");
        eq(0, helper.withdrawBalances(list, 200_000), "nothing is left");
    }

    function test_helper__withdraws_NFTs() public {
        WithdrawalHelper helper = new WithdrawalHelper(main);
        settle(opNFT(0x0a, 7, bob, Nft(70000, alice, 1, 2, "c"), 1), 0);
        uint32[] memory ids = new uint32[](2);
        (ids[0], ids[1]) = (69999, 70000);
        vm.expectEmit(address(helper));
        emit WithdrawalHelper.NFTWithdrawalFailed(69999);
        eq(1, helper.withdrawNFTs(ids, 400_000), "minted");
        eq(bob, factory.ownerOf(70000), "owner");
    }

    // ---- the development token

    function test_dev_token__gives_to_everybody() public {
        vm.prank(bob);
        yes(token.mint(alice, 5), "mint");
        eq(18, token.decimals(), "decimals");
        eq(6, other.decimals(), "decimals");
        eq(1e30 + 5, token.balanceOf(alice), "balance");
    }
}
