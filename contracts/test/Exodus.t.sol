// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Exit, IZkRoll, IZkRollEvents, IZkRollExodus, NewBlock, StoredBlock} from "../src/interfaces/IZkRoll.sol";
import {IPoseidon2} from "../src/interfaces/IPoseidon2.sol";
import {StateProof} from "../src/StateProof.sol";
import {Fixture} from "./Fixture.sol";

/// @notice The way out: activation, exits by paths of states that the C library made, cancelled deposits.
contract ExodusTest is Fixture {
    uint256 private constant HEAD_WORDS = 10;

    // ---- activation

    function test_activate__when_the_oldest_request_is_overdue() public {
        yes(!exodus.activateExodusMode(), "nothing waits");
        depositETH(alice, 1);
        uint256 due = block.timestamp + EXPIRATION;
        vm.warp(due - 1);
        yes(!exodus.activateExodusMode(), "not yet");
        depositETH(alice, 1);
        vm.warp(due);
        vm.expectEmit(address(main));
        emit IZkRollEvents.ExodusMode();
        vm.prank(bob);
        yes(exodus.activateExodusMode(), "now");
        yes(main.exodusMode(), "mode");
        yes(!exodus.activateExodusMode(), "only once");
    }

    /// Being committed or proven does not count.
    function test_activate__only_execution_satisfies_a_request() public {
        depositETH(alice, 1);
        uint256 due = block.timestamp + EXPIRATION;
        vm.warp(due - 1);
        bytes memory s = op48(1, 9, alice, 0, 1);
        commit(newBlock(s), 1);
        prove();
        vm.warp(due);
        uint256 id = vm.snapshotState();
        yes(exodus.activateExodusMode(), "committed and proven");
        eq(0, main.totalCommittedPriorityRequests(), "what is not executed counts for nothing");
        vm.revertToState(id);
        execute(s);
        yes(!exodus.activateExodusMode(), "executed");
    }

    // ---- exits

    /// The library's exits 0, 1, …: fungible, NFT, fungible, …; all of one state.
    function exitOf(bytes memory answer, uint256 i) private pure returns (bytes32 root, Exit memory e) {
        uint256 w = i / 2 * (HEAD_WORDS + 57 + HEAD_WORDS + 90) + (i % 2) * (HEAD_WORDS + 57);
        require(word(answer, w) == i % 2, "kind");
        root = bytes32(word(answer, w + 1));
        e.accountId = uint32(word(answer, w + 2));
        e.owner = address(uint160(word(answer, w + 3)));
        e.tokenId = uint32(word(answer, w + 4));
        e.amount = uint128(word(answer, w + 5));
        e.nftCreatorAccountId = uint32(word(answer, w + 6));
        e.nftCreatorAddress = address(uint160(word(answer, w + 7)));
        e.nftSerialId = uint32(word(answer, w + 8));
        e.nftContentHash = bytes32(word(answer, w + 9));
        e.proof = new uint256[](i % 2 == 0 ? 57 : 90);
        for (uint256 k = 0; k < e.proof.length; k++) {
            e.proof[k] = word(answer, w + HEAD_WORDS + k);
        }
    }

    /// Executes a block with this root, and a committed one after it; then exodus.
    function exodusOn(bytes32 root) private {
        NewBlock memory b = newBlock("");
        b.stateHash = root;
        commit(b, 0);
        prove();
        execute("");
        StoredBlock memory executed = last;
        commit(newBlock(op48(3, 7, bob, 0, 1)), 0);
        prove();
        enterExodus();
        last = executed;
    }

    function run(Exit memory e) private {
        exodus.performExodus(
            last,
            e.owner,
            e.accountId,
            e.tokenId,
            e.amount,
            e.nftCreatorAccountId,
            e.nftCreatorAddress,
            e.nftSerialId,
            e.nftContentHash,
            e.proof
        );
    }

    function refuse(Exit memory e, bytes memory why) private {
        vm.expectRevert(why);
        run(e);
    }

    function copy(Exit memory e) private pure returns (Exit memory) {
        return abi.decode(abi.encode(e), (Exit));
    }

    function test_exits__agree_with_the_library() public {
        uint256 n = 1200;
        bytes memory answer = askPeer("exits", 7, n, 0);
        (bytes32 root,) = exitOf(answer, 0);
        exodusOn(root);
        uint256 done = 0;
        for (uint256 i = 0; i < n; i++) {
            (bytes32 same, Exit memory e) = exitOf(answer, i);
            eq(root, same, "one state");
            if (exodus.performedExodus(e.accountId, e.tokenId)) {
                refuse(e, abi.encodeWithSelector(IZkRollExodus.AlreadyExited.selector, e.accountId, e.tokenId));
                continue;
            }
            run(e);
            done++;
            if (i % 2 == 1) eq(e.owner, main.pendingNFTOwner(e.tokenId), "NFT");
            else if (e.tokenId == 0) eq(e.amount, main.getPendingBalance(e.owner, address(0)), "ETH");
        }
        yes(done > 400, "many exits");
    }

    function test_exit__tells_credits_and_happens_once() public {
        (bytes32 root, Exit memory e) = exitOf(askPeer("exits", 8, 2, 0), 0);
        exodusOn(root);
        vm.expectEmit(address(main));
        emit IZkRollEvents.WithdrawalPending(uint16(e.tokenId), e.owner, e.amount, 2);
        vm.expectEmit(address(main));
        emit IZkRollExodus.ExitPerformed(e.accountId, e.tokenId, e.owner);
        vm.prank(bob);
        run(e);
        refuse(e, abi.encodeWithSelector(IZkRollExodus.AlreadyExited.selector, e.accountId, e.tokenId));
    }

    function test_exit__of_an_NFT_can_be_withdrawn() public {
        (bytes32 root, Exit memory e) = exitOf(askPeer("exits", 8, 2, 0), 1);
        exodusOn(root);
        vm.expectEmit(address(main));
        emit IZkRollEvents.WithdrawalNFTPending(e.tokenId);
        run(e);
        main.withdrawPendingNFTBalance(e.tokenId);
        eq(e.owner, factory.ownerOf(e.tokenId), "owner");
        eq(e.nftCreatorAddress, factory.getCreatorAddress(e.tokenId), "creator");
        eq(e.nftCreatorAccountId, factory.getCreatorAccountId(e.tokenId), "creator id");
        eq(e.nftSerialId, factory.getSerialId(e.tokenId), "serial");
        eq(e.nftContentHash, factory.getContentHash(e.tokenId), "content");
    }

    function test_exits__several_in_one_call() public {
        bytes memory answer = askPeer("exits", 9, 4, 0);
        Exit[] memory list = new Exit[](4);
        bytes32 root;
        for (uint256 i = 0; i < 4; i++) {
            (root, list[i]) = exitOf(answer, i);
        }
        exodusOn(root);
        uint256 before = gasleft();
        exodus.performExoduses(last, list);
        yes(before - gasleft() < 2_500_000, "two of either kind");
        for (uint256 i = 0; i < 4; i++) {
            yes(exodus.performedExodus(list[i].accountId, list[i].tokenId), "marked");
        }
        vm.recordLogs();
        exodus.performExoduses(last, list);
        eq(0, vm.getRecordedLogs().length, "nothing is left to be done");
    }

    /// Who sees a batch in the mempool and performs one of its exits first gains nothing, and stops nothing.
    function test_exits__go_on_past_what_others_performed() public {
        bytes memory answer = askPeer("exits", 9, 4, 0);
        Exit[] memory list = new Exit[](5);
        bytes32 root;
        for (uint256 i = 0; i < 4; i++) {
            (root, list[i]) = exitOf(answer, i);
        }
        list[4] = copy(list[2]); // twice in one call
        exodusOn(root);
        vm.startPrank(bob);
        run(list[0]);
        run(list[3]);
        vm.stopPrank();
        uint128 before = main.getPendingBalance(list[0].owner, governance.tokenAddresses(uint16(list[0].tokenId)));
        vm.recordLogs();
        exodus.performExoduses(last, list);
        eq(4, vm.getRecordedLogs().length, "a credit and an exit each, of the two that were left");
        for (uint256 i = 0; i < 4; i++) {
            yes(exodus.performedExodus(list[i].accountId, list[i].tokenId), "marked");
        }
        uint128 afterwards = main.getPendingBalance(list[0].owner, governance.tokenAddresses(uint16(list[0].tokenId)));
        eq(before, afterwards, "once");
        eq(list[1].owner, main.pendingNFTOwner(list[1].tokenId), "the NFT that was left");
    }

    /// Skipping is for what is done: anything else that is wrong with one exit undoes the whole call.
    function test_exits__are_otherwise_all_or_none() public {
        bytes memory answer = askPeer("exits", 9, 2, 0);
        Exit[] memory list = new Exit[](2);
        bytes32 root;
        (root, list[0]) = exitOf(answer, 0);
        (, list[1]) = exitOf(answer, 1);
        exodusOn(root);
        list[1].owner = bob;
        vm.expectRevert(abi.encodeWithSelector(IZkRollExodus.WrongRoot.selector));
        exodus.performExoduses(last, list);
        yes(!exodus.performedExodus(list[0].accountId, list[0].tokenId), "none");
    }

    /// Every field of a claim and every element of its path counts.
    function test_exit__of_anything_else_is_refused() public {
        bytes memory answer = askPeer("exits", 10, 2, 0);
        (bytes32 root,) = exitOf(answer, 0);
        exodusOn(root);
        bytes memory why = abi.encodeWithSelector(IZkRollExodus.WrongRoot.selector);
        for (uint256 kind = 0; kind < 2; kind++) {
            (, Exit memory good) = exitOf(answer, kind);
            Exit memory e = copy(good);
            e.owner = bob;
            refuse(e, why);
            e = copy(good);
            e.accountId ^= 1;
            refuse(e, why);
            e = copy(good);
            e.tokenId ^= 1;
            refuse(e, why);
            if (kind == 0) {
                e = copy(good);
                e.amount += 1;
                refuse(e, why);
            } else {
                e = copy(good);
                e.nftCreatorAccountId ^= 1;
                refuse(e, why);
                e = copy(good);
                e.nftCreatorAddress = bob;
                refuse(e, why);
                e = copy(good);
                e.nftSerialId ^= 1;
                refuse(e, why);
                e = copy(good);
                e.nftContentHash ^= bytes32(uint256(1));
                refuse(e, why);
                e = copy(good);
                e.nftContentHash ^= bytes32(uint256(1) << 255);
                refuse(e, why);
            }
            for (uint256 k = 0; k < good.proof.length; k++) {
                e = copy(good);
                e.proof[k] ^= 1;
                refuse(e, why);
            }
            run(good);
        }
    }

    /// Numbers out of range are refused before they are hashed: another set of fields could have the same sum.
    function test_exit__range_checks_every_field() public {
        bytes memory answer = askPeer("exits", 11, 2, 0);
        (bytes32 root,) = exitOf(answer, 0);
        exodusOn(root);
        uint8[6] memory bits = [32, 160, 32, 0, 32, 24]; // 0: an element, below p
        for (uint256 kind = 0; kind < 2; kind++) {
            (, Exit memory good) = exitOf(answer, kind);
            for (uint256 k = 0; k < good.proof.length; k++) {
                Exit memory e = copy(good);
                if (k < 6 && bits[k] != 0) {
                    e.proof[k] = 1 << bits[k];
                    refuse(e, abi.encodeWithSelector(StateProof.OutOfRange.selector));
                    e.proof[k] = type(uint256).max;
                    refuse(e, abi.encodeWithSelector(StateProof.OutOfRange.selector));
                } else {
                    e.proof[k] += P;
                    refuse(e, abi.encodeWithSelector(IPoseidon2.NotCanonical.selector));
                }
            }
            Exit memory longer = copy(good);
            longer.proof = new uint256[](good.proof.length + 3);
            refuse(longer, abi.encodeWithSelector(StateProof.WrongPathLength.selector));
            longer.proof = new uint256[](good.proof.length - 3);
            refuse(longer, abi.encodeWithSelector(StateProof.WrongPathLength.selector));
            longer.proof = new uint256[](0);
            refuse(longer, abi.encodeWithSelector(StateProof.WrongPathLength.selector));
        }
        (, Exit memory nft) = exitOf(answer, 1);
        nft.nftCreatorAccountId = 2 ** 24;
        refuse(nft, abi.encodeWithSelector(StateProof.OutOfRange.selector));
        nft.nftCreatorAccountId = 0;
        nft.amount = 2;
        refuse(nft, abi.encodeWithSelector(StateProof.OutOfRange.selector));
    }

    /// The nonce is 32 bits of 96 beside the address: an address and a nonce with the same sum are no way around.
    function test_exit__no_other_address_has_the_same_leaf() public {
        (bytes32 root, Exit memory e) = exitOf(askPeer("exits", 12, 1, 0), 0);
        exodusOn(root);
        // owner' + nonce' 2^160 = owner + nonce 2^160 + p has a solution, but nonce' is not below 2^32.
        uint256 sum = uint160(e.owner) + (e.proof[0] << 160) + P;
        e.owner = address(uint160(sum));
        e.proof[0] = sum >> 160;
        refuse(e, abi.encodeWithSelector(StateProof.OutOfRange.selector));
    }

    function test_exit__refuses_ids() public {
        (bytes32 root, Exit memory e) = exitOf(askPeer("exits", 13, 1, 0), 0);
        exodusOn(root);
        Exit memory b = copy(e);
        b.accountId = 2 ** 24 - 1;
        refuse(b, abi.encodeWithSelector(IZkRollExodus.BadAccountId.selector));
        b.accountId = type(uint32).max;
        refuse(b, abi.encodeWithSelector(IZkRollExodus.BadAccountId.selector));
        b = copy(e);
        b.amount = 0;
        refuse(b, abi.encodeWithSelector(IZkRollExodus.NothingToExit.selector));
        b = copy(e);
        b.amount = 1;
        for (uint256 i = 0; i < 4; i++) {
            b.tokenId = [uint32(1024), 65535, 2 ** 31 - 2, type(uint32).max][i];
            refuse(b, abi.encodeWithSelector(IZkRollExodus.BadTokenId.selector));
        }
        // A fungible id that differs by a multiple of the tree's size has another path.
        b = copy(e);
        b.tokenId += 1024;
        refuse(b, abi.encodeWithSelector(IZkRollExodus.BadTokenId.selector));
    }

    function test_exit__wants_exodus_and_the_last_executed_block() public {
        (bytes32 root, Exit memory e) = exitOf(askPeer("exits", 14, 1, 0), 0);
        refuse(e, abi.encodeWithSelector(IZkRollExodus.NotInExodus.selector));
        NewBlock memory b = newBlock("");
        b.stateHash = root;
        commit(b, 0);
        prove();
        execute("");
        StoredBlock memory first = last;
        settle("", 0);
        StoredBlock memory second = last;
        commit(newBlock(""), 0);
        enterExodus();
        refuse(e, abi.encodeWithSelector(IZkRollExodus.NotLastExecuted.selector));
        last = first;
        refuse(e, abi.encodeWithSelector(IZkRollExodus.NotLastExecuted.selector));
        last = second;
        refuse(e, abi.encodeWithSelector(IZkRollExodus.WrongRoot.selector));
        last.stateHash = root;
        refuse(e, abi.encodeWithSelector(IZkRollEvents.UnknownBlock.selector, 2));
    }

    // ---- deposits that no block has

    function depositData(uint32 tokenId, uint128 amount, address to) private pure returns (bytes memory) {
        return abi.encodePacked(hex"01", uint32(0), tokenId, amount, to);
    }

    function test_cancel__credits_deposits_to_whom_they_were_for() public {
        vm.prank(alice);
        main.depositETH{value: 100}(bob);
        vm.prank(alice);
        main.requestFullExit(5, address(0));
        vm.prank(alice);
        main.depositERC20(address(token), 50, alice);
        vm.prank(alice);
        main.depositETH{value: 7}(alice);
        bytes[] memory none = new bytes[](0);
        vm.expectRevert(abi.encodeWithSelector(IZkRollExodus.NotInExodus.selector));
        exodus.cancelOutstandingDepositsForExodusMode(1, none);
        enterExodus();
        vm.expectRevert(abi.encodeWithSelector(IZkRollExodus.NoRequests.selector));
        exodus.cancelOutstandingDepositsForExodusMode(0, none);
        vm.expectRevert(abi.encodeWithSelector(IZkRollExodus.WrongDepositData.selector, 0));
        exodus.cancelOutstandingDepositsForExodusMode(1, none);
        bytes[] memory data = new bytes[](2);
        data[0] = depositData(0, 101, bob);
        vm.expectRevert(abi.encodeWithSelector(IZkRollExodus.WrongDepositData.selector, 0));
        exodus.cancelOutstandingDepositsForExodusMode(3, data);
        data[0] = abi.encodePacked(depositData(0, 100, bob), bytes1(0));
        vm.expectRevert(abi.encodeWithSelector(IZkRollExodus.WrongDepositData.selector, 0));
        exodus.cancelOutstandingDepositsForExodusMode(3, data);
        data[0] = depositData(0, 100, bob);
        data[1] = depositData(1, 50, alice);
        exodus.cancelOutstandingDepositsForExodusMode(3, data);
        eq(100, main.getPendingBalance(bob, address(0)), "to the recipient");
        eq(50, main.getPendingBalance(alice, address(token)), "token");
        eq(3, main.firstPriorityRequestId(), "first");
        data = new bytes[](1);
        data[0] = depositData(0, 7, alice);
        exodus.cancelOutstandingDepositsForExodusMode(1000, data);
        eq(7, main.getPendingBalance(alice, address(0)), "the rest");
        eq(0, main.totalOpenPriorityRequests(), "open");
        vm.expectRevert(abi.encodeWithSelector(IZkRollExodus.NoRequests.selector));
        exodus.cancelOutstandingDepositsForExodusMode(1000, data);
        main.withdrawPendingBalance(payable(bob), address(0), 100);
    }

    /// What was committed or proven, but not executed, is cancelled too; what was executed is not.
    function test_cancel__is_of_what_was_not_executed() public {
        depositETH(alice, 10);
        settle(op48(1, 9, alice, 0, 10), 1);
        depositETH(alice, 20);
        commit(newBlock(op48(1, 9, alice, 0, 20)), 1);
        prove();
        enterExodus();
        bytes[] memory data = new bytes[](1);
        data[0] = depositData(0, 10, alice);
        vm.expectRevert(abi.encodeWithSelector(IZkRollExodus.WrongDepositData.selector, 1));
        exodus.cancelOutstandingDepositsForExodusMode(10, data);
        data[0] = depositData(0, 20, alice);
        exodus.cancelOutstandingDepositsForExodusMode(10, data);
        eq(20, main.getPendingBalance(alice, address(0)), "once");
    }
}
