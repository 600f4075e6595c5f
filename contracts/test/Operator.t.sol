// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernance} from "../src/interfaces/IGovernance.sol";
import {
    BlockExecution,
    BlockInputs,
    BlockProof,
    IZkRollEvents,
    IZkRollOperator,
    NewBlock,
    StoredBlock
} from "../src/interfaces/IZkRoll.sol";
import {Fixture, SwitchedVerifier} from "./Fixture.sol";

/// @notice Commit, prove, execute, revert: what is accepted, what it does, and why each wrong thing is refused.
contract OperatorTest is Fixture {
    function expectCommitRevert(NewBlock memory b, bytes memory why) private {
        vm.expectRevert(why);
        vm.prank(validator, validator);
        operator.commitBlocks(last, one(b));
    }

    function expectCommitRevert(bytes memory settlement, bytes memory why) private {
        expectCommitRevert(newBlock(settlement), why);
    }

    // ---- commit

    function test_genesis__is_what_the_library_makes_of_the_fee_address() public {
        eq(keccak256(abi.encode(genesis())), main.storedBlockHashes(0), "stored genesis");
    }

    function test_stored_hash__is_that_of_the_documentation() public pure {
        StoredBlock memory b =
            StoredBlock(0, 0, keccak256(""), 0, bytes32(uint256(0x11) * (type(uint256).max / 255)), 0);
        eq(0xadfd5791c637d7da958559c6bf1e6c568d9cadce494908824d4cbdb5878b4e91, keccak256(abi.encode(b)), "hash");
    }

    function test_commit__stores_what_a_proof_needs() public {
        vm.expectEmit(address(main));
        emit IZkRollEvents.BlockCommit(1);
        commit(newBlock(""), 0);
        eq(1, main.totalBlocksCommitted(), "committed");
        eq(0, main.totalBlocksProven(), "proven");
        commit(newBlock(op48(3, 7, bob, 0, 5)), 0);
        eq(2, main.totalBlocksCommitted(), "committed");
    }

    function test_commit__several_blocks_a_call() public {
        NewBlock[] memory list = new NewBlock[](3);
        StoredBlock memory previous = last;
        for (uint256 i = 0; i < 3; i++) {
            list[i] = newBlock(op48(3, 7, bob, 0, uint128(i)));
            (previous,) = storedOf(previous, list[i], 0);
        }
        vm.prank(validator, validator);
        operator.commitBlocks(last, list);
        eq(keccak256(abi.encode(previous)), main.storedBlockHashes(3), "third");
    }

    function test_commit__is_for_validators_with_plain_accounts() public {
        NewBlock[] memory list = one(newBlock(""));
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotValidator.selector, alice));
        vm.prank(alice, alice);
        operator.commitBlocks(last, list);
        vm.expectRevert(IZkRollOperator.OnlyPlainAccounts.selector);
        vm.prank(validator, alice);
        operator.commitBlocks(last, list);
        // An account with a delegation by EIP-7702 is its own origin, and has code.
        vm.etch(validator, abi.encodePacked(hex"ef0100", alice));
        vm.expectRevert(IZkRollOperator.OnlyPlainAccounts.selector);
        vm.prank(validator, validator);
        operator.commitBlocks(last, list);
        vm.expectRevert(IZkRollOperator.OnlyPlainAccounts.selector);
        vm.prank(validator, validator);
        operator.settleBlocks(last, list, new bytes[](1));
        vm.etch(validator, "");
        vm.prank(governor);
        governance.setValidator(validator, false);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotValidator.selector, validator));
        vm.prank(validator, validator);
        operator.commitBlocks(last, list);
    }

    /// The same call in another encoding: the contract could read it, a restorer need not.
    function test_commit__has_one_encoding() public {
        bytes memory data = abi.encodeCall(operator.commitBlocks, (last, one(newBlock(op48(3, 7, bob, 0, 1)))));
        bytes memory proofs = abi.encodeCall(operator.settleBlocks, (last, one(newBlock("")), new bytes[](1)));
        refuseEncoding(abi.encodePacked(data, bytes1(0)));
        refuseEncoding(abi.encodePacked(data, bytes32(0)));
        refuseEncoding(abi.encodePacked(proofs, bytes32(0)));
        // The array one word later, after a gap: offset of the array is word 6 of the arguments.
        bytes memory moved =
            abi.encodePacked(slice(data, 0, 4 + 7 * 32), bytes32(0), slice(data, 4 + 7 * 32, data.length - 4 - 7 * 32));
        (moved[4 + 6 * 32 + 30], moved[4 + 6 * 32 + 31]) = (bytes1(0x01), bytes1(0x00)); // 256, not 224
        refuseEncoding(moved);
        // Bytes after the end of a stream, up to a whole word, are zero.
        bytes memory dirty = slice(data, 0, data.length);
        uint256 end = indexOf(dirty, op48(3, 7, bob, 0, 1)) + 48;
        dirty[end] = 0x01;
        refuseEncoding(dirty);
        vm.prank(validator, validator);
        (bool ok,) = address(main).call(data);
        yes(ok, "the usual encoding");
    }

    function refuseEncoding(bytes memory data) private {
        vm.prank(validator, validator);
        (bool ok, bytes memory why) = address(main).call(data);
        yes(!ok, "accepted");
        eq(abi.encodePacked(IZkRollOperator.CalldataNotCanonical.selector), why, "reason");
    }

    function indexOf(bytes memory data, bytes memory part) private pure returns (uint256) {
        for (uint256 i = 0; i + part.length <= data.length; i++) {
            if (data[i] == part[0] && keccak256(slice(data, i, part.length)) == keccak256(part)) return i;
        }
        revert("not there");
    }

    function test_commit__wants_the_last_committed_block() public {
        StoredBlock memory first = last;
        commit(newBlock(""), 0);
        NewBlock[] memory list = one(newBlock(""));
        vm.startPrank(validator, validator);
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.OutOfOrder.selector, 1));
        operator.commitBlocks(first, list);
        StoredBlock memory forged = last;
        forged.stateHash = bytes32(uint256(forged.stateHash) ^ 1);
        vm.expectRevert(abi.encodeWithSelector(IZkRollEvents.UnknownBlock.selector, 1));
        operator.commitBlocks(forged, list);
        forged = last;
        forged.timestamp--;
        vm.expectRevert(abi.encodeWithSelector(IZkRollEvents.UnknownBlock.selector, 1));
        operator.commitBlocks(forged, list);
    }

    function test_commit__keeps_time() public {
        bytes memory why = abi.encodeWithSelector(IZkRollOperator.BadTimestamp.selector, 1);
        NewBlock memory b = newBlock("");
        b.timestamp = block.timestamp - 24 hours - 1;
        expectCommitRevert(b, why);
        b.timestamp = block.timestamp + 15 minutes + 1;
        expectCommitRevert(b, why);
        b.timestamp = type(uint256).max;
        expectCommitRevert(b, why);
        b.timestamp = block.timestamp + 15 minutes;
        commit(b, 0);
        b = newBlock("");
        b.timestamp = block.timestamp + 15 minutes - 1;
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.BadTimestamp.selector, 2));
        vm.warp(block.timestamp + 15 minutes + 24 hours);
        b.timestamp = block.timestamp - 24 hours;
        commit(b, 0);
    }

    function test_commit__refuses_what_is_not_canonical() public {
        NewBlock memory b = newBlock("");
        b.stateHash = bytes32(P);
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.NotCanonical.selector));
        b.stateHash = bytes32(P - 1);
        b.slotChain = P;
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.NotCanonical.selector));
        b.slotChain = P - 1;
        b.settlement = new bytes(13);
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.BadStreamLength.selector));
        b.settlement = "";
        b.delta = abi.encodePacked(opening(), bytes1(0));
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.BadStreamLength.selector));
        b.delta = new bytes(60);
        b.delta[0] = 0x01;
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.UnknownFormat.selector));
        b.delta = opening();
        b.delta[0] = 0x02;
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.UnknownFormat.selector));
        b.delta[0] = 0x01;
        b.delta[7] = 0x01;
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.UnknownFormat.selector));
        b.delta[7] = 0x00;
        b.keyId = 1;
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.UnknownKey.selector, 1));
        b.keyId = 0;
        commit(b, 0);
    }

    function test_commit__walks_the_stream_to_its_end() public {
        expectCommitRevert(new bytes(12), abi.encodeWithSelector(IZkRollOperator.TruncatedOperation.selector, 0));
        expectCommitRevert(new bytes(48), abi.encodeWithSelector(IZkRollOperator.UnknownOperation.selector, 0));
        bytes memory two = abi.encodePacked(op48(3, 7, bob, 0, 1), op48(0xff, 7, bob, 0, 1));
        expectCommitRevert(two, abi.encodeWithSelector(IZkRollOperator.UnknownOperation.selector, 48));
        two = abi.encodePacked(op48(3, 7, bob, 0, 1), new bytes(36));
        expectCommitRevert(two, abi.encodeWithSelector(IZkRollOperator.TruncatedOperation.selector, 48));
        Nft memory n = Nft(70000, alice, 1, 2, 0);
        two = abi.encodePacked(op48(3, 7, bob, 0, 1), slice(opNFT(0x0a, 1, bob, n, 1), 0, 84));
        expectCommitRevert(two, abi.encodeWithSelector(IZkRollOperator.TruncatedOperation.selector, 48));
        two = slice(opNFT(0x16, 1, bob, n, 1), 0, 48);
        expectCommitRevert(two, abi.encodeWithSelector(IZkRollOperator.TruncatedOperation.selector, 0));
    }

    function testFuzz_commit__knows_eight_operations(uint8 code) public {
        bool known =
            code == 1 || code == 3 || code == 6 || code == 7 || code == 8 || code == 10 || code == 17 || code == 22;
        vm.assume(!known);
        expectCommitRevert(
            op48(code, 7, bob, 0, 1), abi.encodeWithSelector(IZkRollOperator.UnknownOperation.selector, 0)
        );
    }

    // ---- the queue

    function threeRequests() private {
        depositETH(alice, 100);
        vm.prank(bob);
        main.requestFullExit(42, address(token));
        vm.prank(bob);
        main.requestFullExitNFT(42, 70000);
    }

    function test_commit__takes_requests_in_their_order() public {
        threeRequests();
        bytes memory d = op48(1, 9, alice, 0, 100);
        bytes memory e = op48(6, 42, bob, 1, 777);
        bytes memory n = opNFT(0x16, 42, bob, Nft(70000, alice, 1, 2, "x"), 1);
        bytes memory why = abi.encodeWithSelector(IZkRollOperator.WrongPriorityOperation.selector, 0);
        expectCommitRevert(e, why);
        expectCommitRevert(n, why);
        expectCommitRevert(op48(1, 9, alice, 0, 101), why);
        expectCommitRevert(op48(1, 9, alice, 1, 100), why);
        expectCommitRevert(op48(1, 9, bob, 0, 100), why);
        why = abi.encodeWithSelector(IZkRollOperator.WrongPriorityOperation.selector, 1);
        expectCommitRevert(abi.encodePacked(d, n), why);
        expectCommitRevert(abi.encodePacked(d, d), why);
        expectCommitRevert(abi.encodePacked(d, op48(6, 43, bob, 1, 0)), why);
        expectCommitRevert(abi.encodePacked(d, op48(6, 42, alice, 1, 0)), why);
        expectCommitRevert(abi.encodePacked(d, op48(6, 42, bob, 0, 0)), why);
        why = abi.encodeWithSelector(IZkRollOperator.WrongPriorityOperation.selector, 3);
        expectCommitRevert(abi.encodePacked(d, e, n, d), why);
        commit(newBlock(abi.encodePacked(d, e)), 2);
        eq(2, main.totalCommittedPriorityRequests(), "committed");
        expectCommitRevert(d, abi.encodeWithSelector(IZkRollOperator.WrongPriorityOperation.selector, 2));
        commit(newBlock(n), 1);
        eq(3, main.totalOpenPriorityRequests(), "open");
    }

    /// The exit of token 5 must not pass as that of "NFT 5", which nobody owns and which therefore gives nothing.
    function test_commit__an_NFT_exit_is_no_exit_of_a_token() public {
        vm.prank(bob);
        main.requestFullExit(42, address(token));
        bytes memory n = opNFT(0x16, 42, bob, Nft(1, address(0), 0, 0, 0), 0);
        expectCommitRevert(n, abi.encodeWithSelector(IZkRollOperator.BadTokenId.selector, 0));
    }

    function test_refused_deposit__is_paid_back() public {
        depositETH(alice, 100);
        commit(newBlock(op48(0x11, 0, alice, 0, 100)), 1);
        prove();
        vm.expectEmit(address(main));
        emit IZkRollEvents.WithdrawalPending(0, alice, 100, 3);
        execute(op48(0x11, 0, alice, 0, 100));
        eq(100, main.getPendingBalance(alice, address(0)), "pending");
        eq(1, main.firstPriorityRequestId(), "counts as executed");
    }

    // ---- keys

    function test_change_pubkey__by_a_fact_on_chain() public {
        bytes20 hash = bytes20(uint160(0xfe));
        NewBlock memory b = newBlock(opKey(9, alice, 5, hash));
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.MissingWitness.selector));
        b.witnesses = new bytes[](1);
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.NotAuthorized.selector, 0));
        vm.prank(alice);
        main.setAuthPubkeyHash(abi.encodePacked(hash), 5);
        commit(b, 0);
        b.settlement = opKey(9, alice, 6, hash);
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.NotAuthorized.selector, 0));
        b.settlement = opKey(9, bob, 5, hash);
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.NotAuthorized.selector, 0));
        b.settlement = opKey(9, alice, 5, bytes20(uint160(0xff)));
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.NotAuthorized.selector, 0));
        b.settlement = "";
        expectCommitRevert(b, abi.encodeWithSelector(IZkRollOperator.LeftoverWitness.selector));
    }

    uint256 private constant KEY = 0x0123456789012345678901234567890123456789012345678901234567890123;
    address private constant OWNER = 0x14791697260E4c9A71f18484C9f997B308e59325;
    bytes20 private constant HASH = hex"fefefefefefefefefefefefefefefefefefefefe";

    function witnessed(bytes memory settlement, bytes memory witness) private view returns (NewBlock memory b) {
        b = newBlock(settlement);
        b.witnesses = new bytes[](1);
        b.witnesses[0] = witness;
    }

    /// The signatures that wallets make: of ethers, from the wire protocol's documentation.
    function test_change_pubkey__by_signatures_of_all_types() public {
        vm.chainId(9);
        bytes[4] memory witness = [
            bytes(
                hex"008d3dd64361732a34f1e8006bf94683e3c958a9b520b961353ac8df13cf0bab7d1bf613c13d971f992ca479c7e0c902a0ef82246ecfd9e91858c5d6bbceb0f8f21c"
            ),
            hex"02ebc83067650a349a1230bc2982b5fdd0f41d74b0ef6daba934e75feb91e9f0164da3f11587dfe9bd8bbfd2d056e180934592fd74a33c12dbd153659f58724d911b",
            hex"03d63b3504057b4598988cebcf45426c0e2f039cf4aabfe64a2c179e5fcc438d5b3f0e9955217dfa536630adfbb613a17a1490d5755d02ad79fc2ce2604972b68a1caaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            hex"041be9dcd4ca3d399aca08dadddbaad5cc891e40673bc48b242341e28925c086c04ed8b679b2522001388140b29df5ac4a05fb190df97f5698ed79ddae19bd4cac1c"
        ];
        bytes memory why = abi.encodeWithSelector(IZkRollOperator.NotAuthorized.selector, 0);
        for (uint256 i = 0; i < 4; i++) {
            bytes memory op = opKey(0xdeadba, OWNER, 0x11223344, HASH);
            bytes memory w = witness[i];
            expectCommitRevert(witnessed(opKey(0xdeadbb, OWNER, 0x11223344, HASH), w), why);
            expectCommitRevert(witnessed(opKey(0xdeadba, OWNER, 0x11223345, HASH), w), why);
            expectCommitRevert(witnessed(opKey(0xdeadba, OWNER, 0x11223344, bytes20(uint160(HASH) ^ 1)), w), why);
            expectCommitRevert(witnessed(opKey(0xdeadba, alice, 0x11223344, HASH), w), why);
            expectCommitRevert(witnessed(op, abi.encodePacked(w, bytes1(0))), why);
            expectCommitRevert(witnessed(op, slice(w, 0, w.length - 1)), why);
            for (uint256 k = 0; k < 66; k += 13) {
                bytes memory bent = slice(w, 0, w.length);
                bent[k] = bytes1(uint8(bent[k]) ^ 0x40);
                expectCommitRevert(witnessed(op, bent), why);
            }
            uint256 id = vm.snapshotState();
            if (i == 3) {
                vm.chainId(10);
                expectCommitRevert(witnessed(op, w), why);
                vm.chainId(9);
            }
            commit(witnessed(op, w), 0);
            vm.revertToState(id);
            last = genesis();
        }
    }

    /// What another chain's tests accepted.
    function test_change_pubkey__by_a_typed_signature_of_the_original() public {
        bytes memory w =
            hex"04ea37325672e61e170663ea4fc5db2831c6f8251c4d9e24bb247da0cc50aedd5c615f7a6b18d90e3486fc767b54785467938912301a9b3e7ba474e27cdbb56c471c";
        vm.chainId(31337);
        commit(witnessed(opKey(0xdeadba, 0xc85065aB91b00Cc3D121F29aC7F5335F3A902C41, 0x11223344, HASH), w), 0);
    }

    function test_change_pubkey__by_the_salt_of_a_contract() public {
        address owner = 0x686B8091A0De000310A145A08a624CBE58822Ec8;
        bytes memory w = abi.encodePacked(
            hex"01",
            hex"1111111111111111111111111111111111111111",
            hex"2222222222222222222222222222222222222222222222222222222222222222",
            hex"3333333333333333333333333333333333333333333333333333333333333333"
        );
        bytes memory why = abi.encodeWithSelector(IZkRollOperator.NotAuthorized.selector, 0);
        expectCommitRevert(witnessed(opKey(1, owner, 1, HASH), w), why);
        expectCommitRevert(witnessed(opKey(1, alice, 0, HASH), w), why);
        expectCommitRevert(witnessed(opKey(1, owner, 0, bytes20(0)), w), why);
        expectCommitRevert(witnessed(opKey(1, owner, 0, HASH), abi.encodePacked(w, bytes1(0))), why);
        commit(witnessed(opKey(1, owner, 0, HASH), w), 0);
    }

    /// Recovering nobody must not authorize the owner 0; unknown types authorize nobody.
    function test_change_pubkey__nobody_is_not_an_owner() public {
        bytes memory why = abi.encodeWithSelector(IZkRollOperator.NotAuthorized.selector, 0);
        bytes memory w = new bytes(66);
        for (uint8 kind = 0; kind < 8; kind++) {
            w[0] = bytes1(kind);
            expectCommitRevert(witnessed(opKey(1, address(0), 0, HASH), w), why);
        }
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, bytes32(uint256(1)));
        w = abi.encodePacked(uint8(5), r, s, v);
        expectCommitRevert(witnessed(opKey(1, OWNER, 0, HASH), w), why);
    }

    // ---- prove

    function proofOf(StoredBlock memory s, BlockInputs memory i) private pure returns (BlockProof[] memory list) {
        list = new BlockProof[](1);
        list[0] = BlockProof(s, i, "ok");
    }

    function test_prove__gives_the_verifier_seven_inputs_of_its_own() public {
        NewBlock memory b = newBlock(op48(3, 7, bob, 0, 5));
        bytes32 oldRoot = last.stateHash;
        commit(b, 0);
        uint256[7] memory want = [
            uint256(oldRoot),
            uint256(b.stateHash),
            2 ** 96 + block.timestamp,
            12345,
            inputs.r,
            inputs.ySettlement,
            inputs.yDelta
        ];
        verifier.set(true, keccak256(abi.encode(want)));
        vm.expectEmit(address(main));
        emit IZkRollEvents.BlockProven(1);
        vm.prank(alice);
        operator.proveBlocks(proofOf(last, inputs));
        eq(1, main.totalBlocksProven(), "proven");
    }

    function test_prove__refuses() public {
        commit(newBlock(""), 0);
        (StoredBlock memory first, BlockInputs memory firstInputs) = (last, inputs);
        commit(newBlock(op48(3, 7, bob, 0, 5)), 0);
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.OutOfOrder.selector, 1));
        operator.proveBlocks(proofOf(last, inputs));
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.WrongInputs.selector, 1));
        operator.proveBlocks(proofOf(first, inputs));
        BlockInputs memory bent = firstInputs;
        for (uint256 i = 0; i < 6; i++) {
            bent = BlockInputs(
                firstInputs.keyId,
                firstInputs.oldRoot,
                firstInputs.slotChain,
                firstInputs.r,
                firstInputs.ySettlement,
                firstInputs.yDelta
            );
            if (i == 0) bent.keyId ^= 1;
            if (i == 1) bent.oldRoot ^= bytes32(uint256(1));
            if (i == 2) bent.slotChain ^= 1;
            if (i == 3) bent.r ^= 1;
            if (i == 4) bent.ySettlement ^= 1;
            if (i == 5) bent.yDelta ^= 1;
            vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.WrongInputs.selector, 1));
            operator.proveBlocks(proofOf(first, bent));
        }
        StoredBlock memory forged = first;
        forged.stateHash = bytes32(uint256(3));
        vm.expectRevert(abi.encodeWithSelector(IZkRollEvents.UnknownBlock.selector, 1));
        operator.proveBlocks(proofOf(forged, firstInputs));
        forged.blockNumber = 3;
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.OutOfOrder.selector, 1));
        operator.proveBlocks(proofOf(forged, firstInputs));
    }

    function test_prove__refuses_what_the_verifier_refuses() public {
        commit(newBlock(""), 0);
        BlockProof[] memory list = proofOf(last, inputs);
        list[0].proof = "no";
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.ProofRejected.selector, 1));
        operator.proveBlocks(list);
        verifier.set(false, 0);
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.ProofRejected.selector, 1));
        operator.proveBlocks(proofOf(last, inputs));
    }

    function test_prove__skips_what_is_proven() public {
        BlockProof[] memory list = new BlockProof[](2);
        commit(newBlock(""), 0);
        list[0] = BlockProof(last, inputs, "no need");
        prove();
        commit(newBlock(""), 0);
        list[1] = BlockProof(last, inputs, "ok");
        operator.proveBlocks(list);
        eq(2, main.totalBlocksProven(), "proven");
        operator.proveBlocks(list);
        operator.proveBlocks(new BlockProof[](0));
    }

    // ---- execute

    function executionOf(StoredBlock memory s, bytes memory settlement)
        private
        pure
        returns (BlockExecution[] memory list)
    {
        list = new BlockExecution[](1);
        list[0] = BlockExecution(s, settlement);
    }

    function test_execute__settles_every_operation() public {
        vm.prank(alice);
        main.depositERC20(address(token), 1000, bob);
        vm.prank(bob);
        main.requestFullExit(42, address(token));
        vm.prank(bob);
        main.requestFullExitNFT(42, 70001);
        vm.prank(bob);
        main.requestFullExitNFT(42, 70002);
        vm.prank(bob);
        main.setAuthPubkeyHash(abi.encodePacked(HASH), 3);
        bytes memory s = abi.encodePacked(
            op48(1, 9, bob, 1, 1000),
            op48(3, 42, alice, 1, 300),
            op48(8, 43, address(0x8), 1, 200),
            op48(6, 42, bob, 1, 500),
            opKey(42, bob, 3, HASH)
        );
        Nft memory n = Nft(70000, address(0xc4ea), 0xabcdef, 0x12345678, keccak256("content"));
        s = abi.encodePacked(s, opNFT(0x0a, 42, alice, n, 1));
        n.id = 70001;
        s = abi.encodePacked(s, opNFT(0x16, 42, bob, n, 1));
        n.id = 70002;
        s = abi.encodePacked(s, opNFT(0x16, 42, bob, n, 0));
        NewBlock memory b = newBlock(s);
        b.witnesses = new bytes[](1);
        commit(b, 4);
        prove();
        vm.expectEmit(address(main));
        emit IZkRollEvents.WithdrawalPending(1, alice, 300, 0);
        vm.expectEmit(address(main));
        emit IZkRollEvents.WithdrawalPending(1, address(0x8), 200, 1);
        vm.expectEmit(address(main));
        emit IZkRollEvents.WithdrawalPending(1, bob, 500, 2);
        vm.expectEmit(address(main));
        emit IZkRollEvents.WithdrawalNFTPending(70000);
        vm.expectEmit(address(main));
        emit IZkRollEvents.WithdrawalNFTPending(70001);
        vm.expectEmit(address(main));
        emit IZkRollEvents.BlockVerification(1);
        vm.prank(bob);
        operator.executeBlocks(executionOf(last, s));
        eq(300, main.getPendingBalance(alice, address(token)), "withdrawal");
        eq(200, main.getPendingBalance(address(0x8), address(token)), "forced exit");
        eq(500, main.getPendingBalance(bob, address(token)), "full exit");
        eq(alice, main.pendingNFTOwner(70000), "NFT withdrawal");
        eq(bob, main.pendingNFTOwner(70001), "NFT exit");
        eq(address(0), main.pendingNFTOwner(70002), "NFT exit of nothing");
        eq(4, main.firstPriorityRequestId(), "first");
        eq(0, main.totalOpenPriorityRequests(), "open");
        eq(0, main.totalCommittedPriorityRequests(), "committed requests");
        main.withdrawPendingNFTBalance(70000);
        eq(0xabcdef, factory.getCreatorAccountId(70000), "creator id");
        eq(0x12345678, factory.getSerialId(70000), "serial");
        eq(address(0xc4ea), factory.getCreatorAddress(70000), "creator");
        eq(keccak256("content"), factory.getContentHash(70000), "content");
    }

    function test_execute__credits_nothing_too() public {
        vm.prank(bob);
        main.requestFullExit(42, address(token));
        commit(newBlock(op48(6, 42, bob, 1, 0)), 1);
        prove();
        vm.expectEmit(address(main));
        emit IZkRollEvents.WithdrawalPending(1, bob, 0, 2);
        execute(op48(6, 42, bob, 1, 0));
        eq(0, main.getPendingBalance(bob, address(token)), "pending");
    }

    function test_execute__refuses() public {
        bytes memory s = op48(3, 7, bob, 0, 5);
        commit(newBlock(s), 0);
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.OutOfOrder.selector, 1));
        operator.executeBlocks(executionOf(last, s));
        prove();
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.WrongSettlement.selector, 1));
        operator.executeBlocks(executionOf(last, op48(3, 7, bob, 0, 6)));
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.WrongSettlement.selector, 1));
        operator.executeBlocks(executionOf(last, ""));
        StoredBlock memory forged = last;
        forged.priorityOperations = 1;
        vm.expectRevert(abi.encodeWithSelector(IZkRollEvents.UnknownBlock.selector, 1));
        operator.executeBlocks(executionOf(forged, s));
        forged = last;
        forged.blockNumber = 2;
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.OutOfOrder.selector, 1));
        operator.executeBlocks(executionOf(forged, s));
        operator.executeBlocks(executionOf(last, s));
        operator.executeBlocks(executionOf(last, s));
        eq(5, main.getPendingBalance(bob, address(0)), "executed once");
    }

    /// Sound proofs cannot lead here, since deposits sum up to less than 2^128; if they did, nothing would be lost silently.
    function test_execute__never_wraps_a_balance() public {
        settle(op48(3, 7, bob, 0, type(uint128).max), 0);
        commit(newBlock(op48(3, 7, bob, 0, 1)), 0);
        prove();
        vm.expectRevert(IZkRollEvents.PendingTooBig.selector);
        execute(op48(3, 7, bob, 0, 1));
    }

    /// A block that could not be executed in one transaction (EIP-7825) is not committed.
    function test_commit__bounds_what_executing_costs() public {
        bytes memory s;
        for (uint256 i = 0; i < 466; i++) {
            s = abi.encodePacked(s, op48(3, 7, address(uint160(0x100000 + i)), 0, 1));
        }
        uint256 id = vm.snapshotState();
        expectCommitRevert(
            abi.encodePacked(s, op48(3, 7, bob, 0, 1)),
            abi.encodeWithSelector(IZkRollOperator.TooMuchToExecute.selector)
        );
        commit(newBlock(s), 0);
        prove();
        vm.cool(address(main));
        uint256 before = gasleft();
        execute(s);
        yes(before - gasleft() < 15_000_000, "466 credits fit");
        vm.revertToState(id);
        last = genesis();
        s = "";
        for (uint32 i = 0; i < 179; i++) {
            s = abi.encodePacked(s, opNFT(0x0a, 7, bob, Nft(70000 + i, alice, 1, 2, "c"), 1));
        }
        commit(newBlock(s), 0);
        prove();
        vm.cool(address(main));
        before = gasleft();
        execute(s);
        yes(before - gasleft() < 15_000_000, "179 NFTs fit");
    }

    // ---- all at once

    function test_settle__does_all_three() public {
        depositETH(alice, 100);
        NewBlock[] memory list = new NewBlock[](2);
        list[0] = newBlock(op48(1, 9, alice, 0, 100));
        list[1] = newBlock(op48(3, 9, bob, 0, 40));
        bytes[] memory proofs = new bytes[](2);
        (proofs[0], proofs[1]) = (bytes("ok"), bytes("ok"));
        (StoredBlock memory a,) = storedOf(last, list[0], 1);
        (StoredBlock memory b,) = storedOf(a, list[1], 0);
        vm.prank(validator, validator);
        operator.settleBlocks(last, list, proofs);
        eq(2, main.totalBlocksExecuted(), "executed");
        eq(2, main.totalBlocksProven(), "proven");
        eq(40, main.getPendingBalance(bob, address(0)), "credited");
        eq(keccak256(abi.encode(a)), main.storedBlockHashes(1), "first");
        eq(keccak256(abi.encode(b)), main.storedBlockHashes(2), "second");
        eq(1, main.firstPriorityRequestId(), "request done");
    }

    function test_settle__refuses() public {
        NewBlock[] memory list = one(newBlock(""));
        bytes[] memory proofs = new bytes[](1);
        vm.startPrank(validator, validator);
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.WrongLength.selector));
        operator.settleBlocks(last, list, new bytes[](2));
        proofs[0] = "no";
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.ProofRejected.selector, 1));
        operator.settleBlocks(last, list, proofs);
        operator.commitBlocks(last, list);
        proofs[0] = "ok";
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.OutOfOrder.selector, 1));
        operator.settleBlocks(last, list, proofs);
    }

    // ---- revert

    function test_revert__refuses() public {
        threeRequests();
        settle(op48(1, 9, alice, 0, 100), 1);
        StoredBlock memory executed = last;
        commit(newBlock(op48(6, 42, bob, 1, 7)), 1);
        prove();
        StoredBlock memory proven = last;
        commit(newBlock(opNFT(0x16, 42, bob, Nft(70000, alice, 1, 2, "x"), 1)), 1);
        StoredBlock[] memory list = new StoredBlock[](1);
        list[0] = proven;
        vm.startPrank(validator, validator);
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.OutOfOrder.selector, 3));
        operator.revertBlocks(list);
        list = new StoredBlock[](3);
        (list[0], list[1], list[2]) = (last, proven, executed);
        vm.expectRevert(abi.encodeWithSelector(IZkRollOperator.OutOfOrder.selector, 1));
        operator.revertBlocks(list);
        list = new StoredBlock[](1);
        list[0] = last;
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotValidator.selector, alice));
        vm.prank(alice);
        operator.revertBlocks(list);
        // Requests that the block did not have are not given back.
        list[0].priorityOperations = 0;
        vm.expectRevert(abi.encodeWithSelector(IZkRollEvents.UnknownBlock.selector, 3));
        vm.prank(validator);
        operator.revertBlocks(list);
    }

    function test_revert__gives_the_requests_back() public {
        threeRequests();
        settle(op48(1, 9, alice, 0, 100), 1);
        StoredBlock memory executed = last;
        commit(newBlock(op48(6, 42, bob, 1, 7)), 1);
        prove();
        StoredBlock[] memory list = new StoredBlock[](2);
        list[1] = last;
        commit(newBlock(opNFT(0x16, 42, bob, Nft(70000, alice, 1, 2, "x"), 1)), 1);
        list[0] = last;
        vm.expectEmit(address(main));
        emit IZkRollEvents.BlocksRevert(1, 1);
        vm.prank(validator);
        operator.revertBlocks(list);
        eq(1, main.totalBlocksCommitted(), "committed");
        eq(1, main.totalBlocksProven(), "proven");
        eq(0, main.totalCommittedPriorityRequests(), "requests");
        eq(bytes32(0), main.storedBlockHashes(2), "forgotten");
        eq(bytes32(0), main.storedBlockHashes(3), "forgotten");
        last = executed;
        settle(op48(6, 42, bob, 1, 8), 1);
        eq(8, main.getPendingBalance(bob, address(token)), "another block 2");
    }

    // ---- exodus stops it all

    function test_exodus__stops_the_operator() public {
        bytes memory s = op48(3, 7, bob, 0, 5);
        commit(newBlock(s), 0);
        enterExodus();
        NewBlock[] memory list = one(newBlock(""));
        vm.startPrank(validator, validator);
        bytes4 why = IZkRollEvents.InExodus.selector;
        vm.expectRevert(why);
        operator.commitBlocks(last, list);
        vm.expectRevert(why);
        operator.settleBlocks(last, list, new bytes[](1));
        vm.expectRevert(why);
        operator.proveBlocks(proofOf(last, inputs));
        vm.expectRevert(why);
        operator.executeBlocks(executionOf(last, s));
        vm.expectRevert(why);
        operator.revertBlocks(new StoredBlock[](0));
    }
}
