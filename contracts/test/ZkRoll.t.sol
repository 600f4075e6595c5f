// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernance} from "../src/interfaces/IGovernance.sol";
import {IZkRoll, IZkRollEvents, IZkRollExodus, IZkRollOperator} from "../src/interfaces/IZkRoll.sol";
import {NewBlock, StoredBlock, BlockExecution, BlockProof, Exit} from "../src/interfaces/IZkRoll.sol";
import {Proxied} from "../src/Proxy.sol";
import {ZkRoll} from "../src/ZkRoll.sol";
import {Fixture} from "./Fixture.sol";
import {OddFactory, OddReceiver, OddToken} from "./Hostile.sol";

/// @notice What users call: deposits, requests, keys, withdrawals.
contract ZkRollTest is Fixture {
    address private constant NOBODY = 0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF;

    // ---- deposits

    function test_depositETH__queues_and_tells() public {
        bytes memory data = abi.encodePacked(hex"01", uint32(0), uint32(0), uint128(3 ether), bob);
        vm.expectEmit(address(main));
        emit IZkRollEvents.NewPriorityRequest(alice, 0, 1, data, block.number + EXPIRATION / 12);
        vm.expectEmit(address(main));
        emit IZkRollEvents.Deposit(0, 3 ether);
        vm.prank(alice);
        main.depositETH{value: 3 ether}(bob);
        eq(3 ether, address(main).balance, "balance");
        eq(1, main.totalOpenPriorityRequests(), "open");
        eq(3 ether, main.totalDeposited(0), "deposited");
        (bytes20 hash, uint64 deadline, uint8 opType) = main.priorityRequests(0);
        eq(uint160(uint256(keccak256(data))), uint160(hash), "hash");
        eq(block.timestamp + EXPIRATION, deadline, "deadline");
        eq(1, opType, "type");
    }

    function test_requests__are_numbered_without_gaps() public {
        for (uint256 i = 0; i < 5; i++) {
            depositETH(alice, 1);
        }
        eq(5, main.totalOpenPriorityRequests(), "open");
        eq(0, main.firstPriorityRequestId(), "first");
    }

    /// The queue's bytes and hashes are those that wallets and nodes know.
    function test_requests__agree_with_the_vectors() public {
        string memory json = vm.readFile("../tests/vectors/pubdata.json");
        vm.deal(address(this), type(uint256).max);
        for (uint256 i = 0; i < 8; i++) {
            string memory path = string.concat(".priority_queue[", vm.toString(i), "]");
            bytes memory data = vm.parseJsonBytes(json, string.concat(path, ".priority_pubdata"));
            bytes memory hash = vm.parseJsonBytes(json, string.concat(path, ".stored_hash_bytes20"));
            bytes memory ours;
            if (data[0] == 0x01) ours = abi.encodePacked(hex"01", uint32(0), slice(data, 5, 4), slice(data, 9, 36));
            else ours = abi.encodePacked(hex"06", slice(data, 1, 28), new bytes(76));
            eq(data, ours, path);
            eq(uint160(bytes20(hash)), uint160(uint256(keccak256(ours))), path);
        }
    }

    /// Constants of the wire protocol's documentation.
    function test_requests__have_the_documented_hashes() public {
        vm.deal(alice, 1 ether);
        address to = 0x0809101112131415161718192021222334252628;
        vm.prank(alice);
        main.depositERC20(address(other), 0x02c68af0bb140000, to);
        (bytes20 hash,,) = main.priorityRequests(0);
        eq(0x53FA9Cb9F4058092C4eb120e87b22A080F254cc3, address(hash), "deposit");
        for (uint256 i = 3; i <= 42; i++) {
            address t = address(uint160(0x10000 + i));
            vm.etch(t, hex"00");
            vm.prank(governor);
            listing.addToken(t);
        }
        address token42 = governance.tokenAddresses(42);
        vm.prank(0x2A0a81E257A2f5D6Ed4f07B81DbDa09f107bd026);
        main.requestFullExit(42, token42);
        (hash,,) = main.priorityRequests(1);
        eq(0x8c15348cF5824E9600729f88Ec3fa4559f6c6225, address(hash), "exit");
    }

    function test_depositETH__refuses() public {
        vm.startPrank(alice);
        vm.expectRevert(IZkRoll.ZeroAmount.selector);
        main.depositETH{value: 0}(alice);
        vm.expectRevert(IZkRoll.BadRecipient.selector);
        main.depositETH{value: 1}(NOBODY);
        vm.deal(alice, type(uint256).max);
        vm.expectRevert(IZkRoll.AmountTooBig.selector);
        main.depositETH{value: 2 ** 128}(alice);
        vm.stopPrank();
        enterExodus();
        vm.prank(alice);
        vm.expectRevert(IZkRollEvents.InExodus.selector);
        main.depositETH{value: 1}(alice);
    }

    function test_depositETH__sums_stay_below_2_128() public {
        vm.deal(alice, type(uint256).max);
        vm.startPrank(alice);
        main.depositETH{value: 2 ** 128 - 5}(alice);
        vm.expectRevert(IZkRoll.DepositLimitReached.selector);
        main.depositETH{value: 5}(alice);
        main.depositETH{value: 4}(alice);
        vm.expectRevert(IZkRoll.DepositLimitReached.selector);
        main.depositETH{value: 1}(alice);
    }

    function test_plain_ETH__is_refused() public {
        vm.prank(alice);
        (bool ok,) = address(main).call{value: 1}("");
        yes(!ok, "with value");
        vm.prank(alice);
        (ok,) = address(main).call("");
        yes(!ok, "without value");
        vm.prank(alice);
        (ok,) = address(main).call{value: 1}(abi.encodeCall(main.requestFullExit, (1, address(0))));
        yes(!ok, "to a function that takes none");
        vm.expectRevert(IZkRoll.UnknownFunction.selector);
        (bool ignored,) = address(main).call(hex"123456");
        ignored;
        vm.expectRevert(IZkRollExodus.UnknownFunction.selector);
        (ignored,) = address(main).call(hex"12345678");
    }

    function test_depositERC20__queues_and_tells() public {
        bytes memory data = abi.encodePacked(hex"01", uint32(0), uint32(1), uint128(500), bob);
        vm.expectEmit(address(main));
        emit IZkRollEvents.NewPriorityRequest(alice, 0, 1, data, block.number + EXPIRATION / 12);
        vm.expectEmit(address(main));
        emit IZkRollEvents.Deposit(1, 500);
        vm.prank(alice);
        main.depositERC20(address(token), 500, bob);
        eq(500, token.balanceOf(address(main)), "balance");
        eq(500, main.totalDeposited(1), "deposited");
    }

    function test_depositERC20__refuses() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenNotListed.selector, address(this)));
        main.depositERC20(address(this), 1, alice);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenNotListed.selector, address(0)));
        main.depositERC20(address(0), 1, alice);
        vm.expectRevert(IZkRoll.ZeroAmount.selector);
        main.depositERC20(address(token), 0, alice);
        vm.expectRevert(IZkRoll.BadRecipient.selector);
        main.depositERC20(address(token), 1, NOBODY);
        vm.stopPrank();
        vm.prank(address(0x1234));
        vm.expectRevert(IZkRoll.TransferFailed.selector);
        main.depositERC20(address(token), 1, alice);
        vm.prank(governor);
        governance.setTokenPaused(address(token), true);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenPaused.selector, address(token)));
        main.depositERC20(address(token), 1, alice);
        enterExodus();
        vm.prank(alice);
        vm.expectRevert(IZkRollEvents.InExodus.selector);
        main.depositERC20(address(other), 1, alice);
    }

    function oddToken() private returns (OddToken odd) {
        odd = new OddToken();
        odd.mint(alice, 1e30);
        vm.prank(governor);
        listing.addToken(address(odd));
        eq(3, governance.tokenIds(address(odd)), "id");
    }

    function test_depositERC20__credits_what_arrived() public {
        OddToken odd = oddToken();
        OddToken.Manner[5] memory manners = [
            OddToken.Manner.ReturnsNothing,
            OddToken.Manner.FeeFromAmount,
            OddToken.Manner.FeeFromSender,
            OddToken.Manner.Bonus,
            OddToken.Manner.ReturnBomb
        ];
        uint128[5] memory arrives = [uint128(1000), 900, 1000, 1100, 1000];
        for (uint256 i = 0; i < 5; i++) {
            odd.set(manners[i]);
            vm.expectEmit(address(main));
            emit IZkRollEvents.Deposit(3, arrives[i]);
            vm.prank(alice);
            main.depositERC20(address(odd), 1000, bob);
        }
        eq(5000, main.totalDeposited(3), "deposited");
    }

    function test_depositERC20__refuses_tokens_that_move_nothing_or_too_much() public {
        OddToken odd = oddToken();
        odd.set(OddToken.Manner.ReturnsFalse);
        vm.prank(alice);
        vm.expectRevert(IZkRoll.ZeroAmount.selector);
        main.depositERC20(address(odd), 1000, bob);
        odd.set(OddToken.Manner.Reverts);
        vm.prank(alice);
        vm.expectRevert(IZkRoll.TransferFailed.selector);
        main.depositERC20(address(odd), 1000, bob);
        odd.set(OddToken.Manner.Bonus);
        odd.mint(alice, 2 ** 104);
        vm.prank(alice);
        vm.expectRevert(IZkRoll.AmountTooBig.selector);
        main.depositERC20(address(odd), 2 ** 104 - 1, bob);
        odd.set(OddToken.Manner.ReturnsNothing);
        vm.prank(alice);
        main.depositERC20(address(odd), 2 ** 104 - 1, bob);
    }

    /// A token that lies can fill its own measure, and no more.
    function test_depositERC20__a_lying_token_hits_its_own_limit() public {
        OddToken odd = oddToken();
        vm.etch(address(odd), address(new GrowingToken()).code);
        vm.startPrank(alice);
        bytes32 slot = keccak256(abi.encode(uint256(3), depositedSlot()));
        vm.store(address(main), slot, bytes32(uint256(2 ** 128 - 2 ** 104)));
        eq(2 ** 128 - 2 ** 104, main.totalDeposited(3), "the slot is the right one");
        main.depositERC20(address(odd), 1, bob);
        vm.expectRevert(IZkRoll.DepositLimitReached.selector);
        main.depositERC20(address(odd), 1, bob);
    }

    function test_prepareDeposits__changes_nothing_but_the_price() public {
        vm.prank(governor);
        governance.changeTokenGovernance(governor);
        OddToken odd = new OddToken();
        odd.mint(alice, 1e30);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenNotListed.selector, address(odd)));
        main.prepareDeposits(address(odd));
        vm.prank(governor);
        governance.addToken(address(odd));
        uint256 id = vm.snapshotState();
        vm.cool(address(main));
        uint256 dear = deposit(odd);
        vm.revertToState(id);
        main.prepareDeposits(address(odd));
        eq(0, main.totalDeposited(3), "nothing deposited");
        vm.cool(address(main));
        uint256 cheap = deposit(odd);
        eq(1000, main.totalDeposited(3), "deposited");
        yes(dear > cheap + 15000, "cheaper");
        main.prepareDeposits(address(odd));
        eq(1000, main.totalDeposited(3), "still deposited");
    }

    function deposit(OddToken odd) private returns (uint256) {
        vm.prank(alice);
        uint256 before = gasleft();
        main.depositERC20(address(odd), 1000, bob);
        return before - gasleft();
    }

    /// Of the mapping of sums: found by its effect, so that the layout may change.
    function depositedSlot() private returns (uint256 slot) {
        for (slot = 0; slot < 40; slot++) {
            uint256 id = vm.snapshotState();
            vm.store(address(main), keccak256(abi.encode(uint256(77), slot)), bytes32(uint256(99)));
            bool found = main.totalDeposited(77) == 99;
            vm.revertToState(id);
            if (found) return slot;
        }
        revert("no such slot");
    }

    // ---- re-entry

    /// Every function that changes state, as a hostile token would call it.
    function attacks() private view returns (bytes[] memory list) {
        list = new bytes[](15);
        list[0] = abi.encodeCall(IZkRoll.depositETH, (alice));
        list[1] = abi.encodeCall(IZkRoll.depositERC20, (address(token), 1, alice));
        list[2] = abi.encodeCall(IZkRoll.requestFullExit, (1, address(0)));
        list[3] = abi.encodeCall(IZkRoll.requestFullExitNFT, (1, 70000));
        list[4] = abi.encodeCall(IZkRoll.setAuthPubkeyHash, (new bytes(20), 0));
        list[5] = abi.encodeCall(IZkRoll.withdrawPendingBalance, (payable(alice), address(0), 1));
        list[6] = abi.encodeCall(IZkRoll.withdrawPendingNFTBalance, (70000));
        list[7] = abi.encodeCall(IZkRoll.withdrawPendingNFTBalanceTo, (70000, alice, true));
        list[8] = abi.encodeCall(IZkRollExodus.activateExodusMode, ());
        list[9] = abi.encodeCall(IZkRollExodus.cancelOutstandingDepositsForExodusMode, (1, new bytes[](0)));
        list[10] = abi.encodeCall(IZkRollExodus.performExoduses, (last, new Exit[](0)));
        list[11] = abi.encodeCall(IZkRollOperator.proveBlocks, (new BlockProof[](0)));
        list[12] = abi.encodeCall(IZkRollOperator.executeBlocks, (new BlockExecution[](0)));
        list[13] = abi.encodeCall(IZkRollOperator.revertBlocks, (new StoredBlock[](0)));
        list[14] = abi.encodeCall(IZkRoll.prepareDeposits, (address(token)));
    }

    function test_reentry__from_a_token_is_refused_everywhere() public {
        OddToken odd = oddToken();
        odd.set(OddToken.Manner.Reenters);
        bytes[] memory list = attacks();
        for (uint256 i = 0; i < list.length; i++) {
            odd.setAttack(address(main), list[i]);
            vm.prank(alice);
            main.depositERC20(address(odd), 1000, bob);
            yes(!odd.attackWorked(), vm.toString(i));
            eq(bytes32(IZkRollEvents.Reentered.selector), bytes32(odd.attackReason()), vm.toString(i));
        }
        creditPending(bob, 3, 1000);
        for (uint256 i = 0; i < list.length; i++) {
            odd.setAttack(address(main), list[i]);
            main.withdrawPendingBalance(payable(bob), address(odd), 10);
            yes(!odd.attackWorked(), vm.toString(i));
            eq(bytes32(IZkRollEvents.Reentered.selector), bytes32(odd.attackReason()), vm.toString(i));
        }
    }

    function test_reentry__from_a_receiver_is_refused_and_sees_the_balance_gone() public {
        OddReceiver odd = new OddReceiver();
        depositETH(alice, 10 ether);
        settle(abi.encodePacked(op48(1, 9, alice, 0, 10 ether), op48(3, 7, address(odd), 0, 1 ether)), 1);
        bytes[] memory list = attacks();
        odd.watch(main);
        for (uint256 i = 0; i < list.length; i++) {
            odd.set(address(main), list[i]);
            main.withdrawPendingBalance(payable(address(odd)), address(0), 100);
            yes(!odd.attackWorked(), vm.toString(i));
            eq(1 ether - 100 * (i + 1), odd.pendingSeen(), "balance seen from inside");
        }
    }

    // ---- exits asked for

    function test_requestFullExit__queues() public {
        bytes memory data = abi.encodePacked(hex"06", uint32(42), alice, uint32(1), new bytes(76));
        vm.expectEmit(address(main));
        emit IZkRollEvents.NewPriorityRequest(alice, 0, 6, data, block.number + EXPIRATION / 12);
        vm.prank(alice);
        main.requestFullExit(42, address(token));
        data = abi.encodePacked(hex"06", uint32(42), alice, uint32(0), new bytes(76));
        vm.expectEmit(address(main));
        emit IZkRollEvents.NewPriorityRequest(alice, 1, 6, data, block.number + EXPIRATION / 12);
        vm.prank(alice);
        main.requestFullExit(42, address(0));
    }

    function test_requestFullExit__works_for_paused_tokens() public {
        vm.prank(governor);
        governance.setTokenPaused(address(token), true);
        vm.prank(alice);
        main.requestFullExit(42, address(token));
    }

    function test_requestFullExit__refuses() public {
        vm.expectRevert(IZkRoll.BadAccountId.selector);
        main.requestFullExit(2 ** 24 - 1, address(0));
        main.requestFullExit(2 ** 24 - 2, address(0));
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenNotListed.selector, address(5)));
        main.requestFullExit(1, address(5));
        enterExodus();
        vm.expectRevert(IZkRollEvents.InExodus.selector);
        main.requestFullExit(1, address(0));
        vm.expectRevert(IZkRollEvents.InExodus.selector);
        main.requestFullExitNFT(1, 70000);
    }

    function test_requestFullExitNFT__takes_NFT_ids_only() public {
        vm.expectRevert(IZkRoll.BadAccountId.selector);
        main.requestFullExitNFT(2 ** 24 - 1, 65536);
        vm.expectRevert(IZkRoll.BadTokenId.selector);
        main.requestFullExitNFT(1, 65535);
        vm.expectRevert(IZkRoll.BadTokenId.selector);
        main.requestFullExitNFT(1, 2 ** 31 - 2);
        main.requestFullExitNFT(1, 2 ** 31 - 3);
        bytes memory data = abi.encodePacked(hex"06", uint32(1), address(this), uint32(65536), new bytes(76));
        vm.expectEmit(address(main));
        emit IZkRollEvents.NewPriorityRequest(address(this), 1, 6, data, block.number + EXPIRATION / 12);
        main.requestFullExitNFT(1, 65536);
    }

    // ---- keys

    function test_setAuthPubkeyHash__resets_after_a_day() public {
        bytes memory a = abi.encodePacked(bytes20(uint160(0xa)));
        bytes memory b = abi.encodePacked(bytes20(uint160(0xb)));
        vm.startPrank(alice);
        vm.expectEmit(address(main));
        emit IZkRollEvents.AuthFactSet(alice, 7, a);
        main.setAuthPubkeyHash(a, 7);
        eq(keccak256(a), main.authFacts(alice, 7), "fact");
        eq(0, main.authFactsResetTimer(alice, 7), "timer");
        vm.expectEmit(address(main));
        emit IZkRollEvents.AuthFactResetStarted(alice, 7);
        main.setAuthPubkeyHash(b, 7);
        eq(keccak256(a), main.authFacts(alice, 7), "fact stays");
        uint256 started = block.timestamp;
        eq(started, main.authFactsResetTimer(alice, 7), "timer runs");
        vm.warp(started + 1 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IZkRoll.ResetTooEarly.selector, started + 1 days));
        main.setAuthPubkeyHash(b, 7);
        vm.warp(started + 1 days);
        main.setAuthPubkeyHash(b, 7);
        eq(keccak256(b), main.authFacts(alice, 7), "new fact");
        eq(0, main.authFactsResetTimer(alice, 7), "timer stopped");
        eq(0, main.authFacts(alice, 8), "other nonces are untouched");
        eq(0, main.authFacts(bob, 7), "other owners are untouched");
    }

    function test_setAuthPubkeyHash__refuses() public {
        vm.expectRevert(IZkRoll.BadPubkeyHashLength.selector);
        main.setAuthPubkeyHash(new bytes(19), 0);
        vm.expectRevert(IZkRoll.BadPubkeyHashLength.selector);
        main.setAuthPubkeyHash(new bytes(32), 0);
        enterExodus();
        vm.expectRevert(IZkRollEvents.InExodus.selector);
        main.setAuthPubkeyHash(new bytes(20), 0);
    }

    // ---- withdrawals

    function test_withdrawPendingBalance__pays_ETH_to_the_owner() public {
        depositETH(alice, 5 ether);
        settle(abi.encodePacked(op48(1, 9, alice, 0, 5 ether), op48(3, 9, bob, 0, 2 ether)), 1);
        eq(2 ether, main.getPendingBalance(bob, address(0)), "pending");
        uint256 before = bob.balance;
        vm.expectEmit(address(main));
        emit IZkRollEvents.Withdrawal(bob, 0, 0.5 ether);
        main.withdrawPendingBalance(payable(bob), address(0), 0.5 ether);
        eq(before + 0.5 ether, bob.balance, "paid");
        main.withdrawPendingBalance(payable(bob), address(0), type(uint128).max);
        eq(before + 2 ether, bob.balance, "paid the rest");
        vm.expectRevert(IZkRoll.NothingPending.selector);
        main.withdrawPendingBalance(payable(bob), address(0), 1);
    }

    function test_withdrawPendingBalance__refuses() public {
        vm.expectRevert(IZkRoll.NothingPending.selector);
        main.withdrawPendingBalance(payable(bob), address(0), 0);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenNotListed.selector, address(9)));
        main.withdrawPendingBalance(payable(bob), address(9), 1);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TokenNotListed.selector, address(9)));
        main.getPendingBalance(bob, address(9));
        depositETH(alice, 5 ether);
        OddReceiver odd = new OddReceiver();
        odd.behave(true, false, false);
        settle(abi.encodePacked(op48(1, 9, alice, 0, 5 ether), op48(3, 9, address(odd), 0, 2 ether)), 1);
        vm.expectRevert(IZkRoll.TransferFailed.selector);
        main.withdrawPendingBalance(payable(address(odd)), address(0), 1);
        eq(2 ether, main.getPendingBalance(address(odd), address(0)), "stays");
        odd.behave(false, false, true);
        main.withdrawPendingBalance(payable(address(odd)), address(0), 2 ether);
        eq(2 ether, address(odd).balance, "a return bomb does no harm");
    }

    function test_withdrawPendingBalance__of_tokens_takes_what_the_balance_fell_by() public {
        OddToken odd = oddToken();
        vm.prank(alice);
        main.depositERC20(address(odd), 10000, alice);
        settle(abi.encodePacked(op48(1, 9, alice, 3, 10000), op48(3, 9, bob, 3, 5000)), 1);
        main.withdrawPendingBalance(payable(bob), address(odd), 1000);
        eq(4000, main.getPendingBalance(bob, address(odd)), "plain");
        odd.set(OddToken.Manner.FeeFromSender);
        vm.expectEmit(address(main));
        emit IZkRollEvents.Withdrawal(bob, 3, 1100);
        main.withdrawPendingBalance(payable(bob), address(odd), 1000);
        eq(2900, main.getPendingBalance(bob, address(odd)), "the sender's fee is the owner's");
        vm.expectRevert(IZkRoll.TookTooMuch.selector);
        main.withdrawPendingBalance(payable(bob), address(odd), 2900);
        odd.set(OddToken.Manner.FeeFromAmount);
        main.withdrawPendingBalance(payable(bob), address(odd), 900);
        eq(2000, main.getPendingBalance(bob, address(odd)), "the receiver's fee is not ours");
        odd.set(OddToken.Manner.ReturnsFalse);
        vm.expectRevert(IZkRoll.TransferFailed.selector);
        main.withdrawPendingBalance(payable(bob), address(odd), 100);
        odd.set(OddToken.Manner.Reverts);
        vm.expectRevert(IZkRoll.TransferFailed.selector);
        main.withdrawPendingBalance(payable(bob), address(odd), 100);
        odd.set(OddToken.Manner.ReturnBomb);
        main.withdrawPendingBalance(payable(bob), address(odd), 100);
        eq(1900, main.getPendingBalance(bob, address(odd)), "a return bomb does no harm");
        vm.prank(governor);
        governance.setTokenPaused(address(odd), true);
        odd.set(OddToken.Manner.ReturnsNothing);
        main.withdrawPendingBalance(payable(bob), address(odd), 1900);
        eq(0, main.getPendingBalance(bob, address(odd)), "paused tokens are paid");
    }

    function test_withdrawPendingBalance__works_in_exodus() public {
        depositETH(alice, 5 ether);
        settle(abi.encodePacked(op48(1, 9, alice, 0, 5 ether), op48(3, 9, bob, 0, 2 ether)), 1);
        enterExodus();
        main.withdrawPendingBalance(payable(bob), address(0), 2 ether);
    }

    // ---- NFTs

    Nft private nft = Nft(70000, address(0xc4ea), 5, 3, keccak256("content"));

    function waitingNFT() private {
        settle(opNFT(0x0a, 7, bob, nft, 1), 0);
        eq(bob, main.pendingNFTOwner(70000), "waits for bob");
    }

    function test_withdrawPendingNFTBalance__mints_in_the_default_factory() public {
        waitingNFT();
        vm.expectEmit(address(main));
        emit IZkRollEvents.WithdrawalNFT(70000);
        main.withdrawPendingNFTBalance(70000);
        eq(bob, factory.ownerOf(70000), "owner");
        eq(nft.content, factory.getContentHash(70000), "content");
        eq(nft.creator, factory.getCreatorAddress(70000), "creator");
        eq(5, factory.getCreatorAccountId(70000), "creator id");
        eq(3, factory.getSerialId(70000), "serial");
        vm.expectRevert(IZkRoll.NothingPending.selector);
        main.withdrawPendingNFTBalance(70000);
    }

    function test_withdrawPendingNFTBalance__works_in_exodus() public {
        waitingNFT();
        enterExodus();
        main.withdrawPendingNFTBalance(70000);
        eq(bob, factory.ownerOf(70000), "owner");
    }

    function test_withdrawPendingNFTBalanceTo__is_the_owners_alone() public {
        waitingNFT();
        vm.expectRevert(abi.encodeWithSelector(IZkRoll.NotOwner.selector, alice));
        vm.prank(alice);
        main.withdrawPendingNFTBalanceTo(70000, alice, false);
        vm.prank(bob);
        main.withdrawPendingNFTBalanceTo(70000, alice, false);
        eq(alice, factory.ownerOf(70000), "owner");
        vm.expectRevert(abi.encodeWithSelector(IZkRoll.NotOwner.selector, bob));
        vm.prank(bob);
        main.withdrawPendingNFTBalanceTo(70000, alice, false);
    }

    /// The NFTs of account 5 are to be minted by a contract that does what its creator likes.
    function customFactory() private returns (OddFactory odd) {
        uint256 creatorKey = 0xc4ea;
        nft.creator = vm.addr(creatorKey);
        odd = new OddFactory();
        bytes memory text = abi.encodePacked(
            "\x19Ethereum Signed Message:\n141\nCreator's account ID in zkSync: 00000005\nCreator: ",
            hexOf(nft.creator),
            "\nFactory: ",
            hexOf(address(odd))
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(creatorKey, keccak256(text));
        odd.register(address(governance), 5, nft.creator, abi.encodePacked(r, s, v));
        eq(address(odd), governance.getNFTFactory(5, nft.creator), "registered");
    }

    /// Else its creator, with a factory that mints nothing, could make an NFT vanish that is somebody's.
    function test_custom_factory__is_for_the_owner_to_choose() public {
        OddFactory odd = customFactory();
        waitingNFT();
        uint256 id = vm.snapshotState();
        address[3] memory strangers = [nft.creator, validator, address(odd)];
        for (uint256 i = 0; i < strangers.length; i++) {
            vm.prank(strangers[i]);
            main.withdrawPendingNFTBalance(70000);
            eq(bob, factory.ownerOf(70000), "in the default factory");
            eq(0, odd.minted(), "not in the creator's");
            vm.revertToState(id);
        }
        vm.prank(bob);
        main.withdrawPendingNFTBalance(70000);
        eq(70000, odd.minted(), "the owner's call");
        vm.revertToState(id);
        vm.prank(bob);
        main.withdrawPendingNFTBalanceTo(70000, alice, false);
        eq(70000, odd.minted(), "the owner's choice");
    }

    function test_custom_factory__that_refuses_cannot_hold_an_NFT() public {
        OddFactory odd = customFactory();
        waitingNFT();
        odd.set(true, address(0), "");
        vm.expectRevert(IZkRoll.TransferFailed.selector);
        vm.prank(bob);
        main.withdrawPendingNFTBalance(70000);
        eq(bob, main.pendingNFTOwner(70000), "still waits");
        bytes[] memory list = attacks();
        uint256 id = vm.snapshotState();
        for (uint256 i = 0; i < list.length; i++) {
            odd.set(false, address(main), list[i]);
            vm.prank(bob);
            main.withdrawPendingNFTBalance(70000);
            yes(!odd.attackWorked(), vm.toString(i));
            eq(70000, odd.minted(), "minted");
            vm.revertToState(id);
        }
        vm.prank(bob);
        main.withdrawPendingNFTBalanceTo(70000, bob, true);
        eq(bob, factory.ownerOf(70000), "owner");
    }

    function hexOf(address a) private pure returns (bytes memory text) {
        text = new bytes(40);
        for (uint256 i = 0; i < 40; i++) {
            text[i] = bytes16("0123456789abcdef")[(uint160(a) >> (4 * (39 - i))) & 15];
        }
    }

    // ---- the bare implementation

    function test_implementation__is_of_no_use_without_its_proxy() public {
        ZkRoll bare = ZkRoll(payable(getTarget()));
        vm.deal(alice, 1 ether);
        vm.prank(alice);
        vm.expectRevert(Proxied.NotProxied.selector);
        bare.depositETH{value: 1}(alice);
        vm.expectRevert(Proxied.NotProxied.selector);
        bare.requestFullExit(1, address(0));
        vm.expectRevert(Proxied.NotProxied.selector);
        (bool ok,) = address(bare).call(abi.encodeWithSignature("initialize(bytes)", new bytes(32)));
        vm.expectRevert(Proxied.NotProxied.selector);
        (ok,) = address(bare).call(abi.encodeWithSignature("upgrade(bytes)", new bytes(32)));
        vm.expectRevert(Proxied.NotProxied.selector);
        IZkRollExodus(address(bare)).activateExodusMode();
    }

    function getTarget() private view returns (address target) {
        (bool ok, bytes memory answer) = address(main).staticcall(abi.encodeWithSignature("getTarget()"));
        yes(ok, "getTarget");
        target = abi.decode(answer, (address));
    }
}

/// Says after every transfer that 2^103 more have come.
contract GrowingToken {
    uint256 private count;

    function transferFrom(address, address, uint256) external {
        count++;
    }

    function balanceOf(address) external view returns (uint256) {
        return count * (2 ** 104 - 1);
    }
}
