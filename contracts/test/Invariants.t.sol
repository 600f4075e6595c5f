// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    BlockExecution,
    BlockInputs,
    BlockProof,
    IZkRoll,
    IZkRollExodus,
    IZkRollOperator,
    NewBlock,
    StoredBlock
} from "../src/interfaces/IZkRoll.sol";
import {IUpgradeHooks} from "../src/interfaces/IUpgrade.sol";
import {Queue} from "../src/Queue.sol";
import {Fixture} from "./Fixture.sol";

/// @notice Users, operator and strangers doing anything in any order, within what a sound proof system allows: the operator
///         withdraws on L2 only what L2 holds. Keeps its own books, which the invariants compare with the contract's.
contract Actors is Fixture {
    // What L2 has of ETH after the last committed and the last executed block, by these books.
    uint256 public l2Committed;
    uint256 public l2Executed;
    uint256 public depositedTotal;
    uint256 public withdrawnTotal;
    uint256 public pendingTotal;
    // Of each request: 0 open, 1 executed, 2 cancelled.
    mapping(uint64 => uint8) public fate;
    uint64 public requests;
    bool public twice;
    mapping(uint64 => bytes) private data; // of deposits
    mapping(uint64 => uint256) private amounts;
    mapping(uint64 => uint32) private accounts; // of exits

    struct Waiting {
        StoredBlock stored;
        BlockInputs inputs;
        bytes settlement;
        uint64 requests;
        uint256 deposits;
        uint256 withdrawals;
    }

    Waiting[] private chain; // every block from 1 that is committed

    function advance(uint256 s) external {
        vm.warp(block.timestamp + s % 6 days);
    }

    function deposit(uint256 amount, bool toBob) external {
        if (main.exodusMode()) return;
        amount = 1 + amount % 10 ether;
        address to = toBob ? bob : alice;
        vm.deal(alice, amount);
        vm.prank(alice);
        main.depositETH{value: amount}(to);
        data[requests] = Queue.deposit(0, uint128(amount), to);
        amounts[requests] = amount;
        requests++;
        depositedTotal += amount;
    }

    function requestExit(uint32 account) external {
        if (main.exodusMode()) return;
        account %= 2 ** 24 - 1;
        vm.prank(bob);
        main.requestFullExit(account, address(0));
        accounts[requests] = account;
        requests++;
    }

    /// A block of the next requests and some withdrawals.
    function commitBlock(uint8 take, uint256 taken, bool refuse) external {
        if (main.exodusMode()) return;
        uint64 first = main.firstPriorityRequestId() + main.totalCommittedPriorityRequests();
        uint64 end = main.firstPriorityRequestId() + main.totalOpenPriorityRequests();
        Waiting memory w;
        for (uint64 id = first; id < end && w.requests < take % 4; id++) {
            w.settlement = abi.encodePacked(w.settlement, operationOf(id, refuse));
            if (refuse && data[id].length != 0) w.withdrawals += amounts[id];
            w.deposits += amounts[id];
            w.requests++;
        }
        uint256 held = l2Committed + w.deposits - w.withdrawals;
        if (held != 0) {
            taken %= held + 1;
            w.settlement = abi.encodePacked(w.settlement, op48(3, 9, bob, 0, uint128(taken)));
            w.withdrawals += taken;
        }
        NewBlock memory b = newBlock(w.settlement);
        if (b.timestamp < last.timestamp) b.timestamp = last.timestamp;
        commit(b, w.requests);
        w.stored = last;
        w.inputs = inputs;
        l2Committed = l2Committed + w.deposits - w.withdrawals;
        chain.push(w);
    }

    function operationOf(uint64 id, bool refuse) private view returns (bytes memory) {
        bytes memory d = data[id];
        if (d.length == 0) {
            // An exit that the state does not allow: amount 0.
            return op48(6, uint24(accounts[id]), bob, 0, 0);
        }
        address to = address(bytes20(slice(d, 25, 20)));
        return op48(refuse ? 0x11 : 0x01, 9, to, 0, uint128(amounts[id]));
    }

    function proveBlock(bool honest) external {
        uint32 next = main.totalBlocksProven() + 1;
        if (main.exodusMode() || next > chain.length) return;
        BlockProof[] memory list = new BlockProof[](1);
        list[0] = BlockProof(chain[next - 1].stored, chain[next - 1].inputs, honest ? bytes("ok") : bytes("forged"));
        if (!honest) vm.expectRevert();
        operator.proveBlocks(list);
    }

    function executeBlock() external {
        uint32 next = main.totalBlocksExecuted() + 1;
        if (main.exodusMode() || next > main.totalBlocksProven()) return;
        Waiting storage w = chain[next - 1];
        BlockExecution[] memory list = new BlockExecution[](1);
        list[0] = BlockExecution(w.stored, w.settlement);
        uint64 first = main.firstPriorityRequestId();
        vm.prank(alice);
        operator.executeBlocks(list);
        for (uint64 id = first; id < first + w.requests; id++) {
            setFate(id, 1);
        }
        l2Executed = l2Executed + w.deposits - w.withdrawals;
        pendingTotal += w.withdrawals;
    }

    function revertLast(uint8 n) external {
        uint256 open = main.totalBlocksCommitted() - main.totalBlocksExecuted();
        uint256 count = n % 3;
        if (main.exodusMode() || count == 0 || count > open) return;
        StoredBlock[] memory list = new StoredBlock[](count);
        for (uint256 i = 0; i < count; i++) {
            Waiting storage w = chain[chain.length - 1];
            list[i] = w.stored;
            l2Committed = l2Committed + w.withdrawals - w.deposits;
            chain.pop();
        }
        vm.prank(validator);
        operator.revertBlocks(list);
        last = chain.length == 0 ? genesis() : chain[chain.length - 1].stored;
    }

    function withdraw(uint128 amount, bool toBob) external {
        address who = toBob ? bob : alice;
        uint256 before = who.balance;
        try main.withdrawPendingBalance(payable(who), address(0), amount) {
            withdrawnTotal += who.balance - before;
            pendingTotal -= who.balance - before;
        } catch {}
    }

    function activate() external {
        exodus.activateExodusMode();
    }

    function cancel(uint64 n) external {
        if (!main.exodusMode()) return;
        n = 1 + n % 5;
        uint64 open = main.totalOpenPriorityRequests();
        if (open == 0) return;
        if (n > open) n = open;
        uint64 first = main.firstPriorityRequestId();
        bytes[] memory list = new bytes[](n);
        uint256 count = 0;
        uint256 sum = 0;
        for (uint64 id = first; id < first + n; id++) {
            setFate(id, 2);
            if (data[id].length == 0) continue;
            list[count++] = data[id];
            sum += amounts[id];
        }
        exodus.cancelOutstandingDepositsForExodusMode(n, list);
        pendingTotal += sum;
    }

    function setFate(uint64 id, uint8 f) private {
        if (fate[id] != 0) twice = true;
        fate[id] = f;
    }

    /// Calls of strangers with anything in them: none may change what blocks are there.
    function strangers(uint256 which, bytes calldata junk, uint256 who) external {
        bytes4[12] memory selectors = [
            IZkRollOperator.commitBlocks.selector,
            IZkRollOperator.proveBlocks.selector,
            IZkRollOperator.executeBlocks.selector,
            IZkRollOperator.revertBlocks.selector,
            IZkRollOperator.settleBlocks.selector,
            IZkRollExodus.performExodus.selector,
            IZkRollExodus.performExoduses.selector,
            IUpgradeHooks.upgradeFinishes.selector,
            IUpgradeHooks.upgradeNoticePeriodStarted.selector,
            bytes4(keccak256("initialize(bytes)")),
            bytes4(keccak256("upgrade(bytes)")),
            bytes4(keccak256("upgradeTarget(address,bytes)"))
        ];
        bytes32 before = rootsNow();
        vm.prank(address(uint160(0x5000 + who % 1000)));
        (bool ok,) = address(main).call(abi.encodePacked(selectors[which % 12], junk));
        ok;
        if (before != rootsNow()) twice = true;
    }

    function stranger(uint256 which) external {
        bytes32 before = rootsNow();
        NewBlock[] memory blocks = one(newBlock(""));
        vm.prank(alice, alice);
        if (which % 3 == 0) {
            try operator.commitBlocks(last, blocks) {
                twice = true;
            } catch {}
        } else if (which % 3 == 1) {
            try operator.settleBlocks(last, blocks, new bytes[](1)) {
                twice = true;
            } catch {}
        } else {
            StoredBlock[] memory list = new StoredBlock[](1);
            list[0] = last;
            try operator.revertBlocks(list) {
                twice = true;
            } catch {}
        }
        if (before != rootsNow()) twice = true;
    }

    function rootsNow() private view returns (bytes32) {
        uint32 n = main.totalBlocksCommitted();
        return keccak256(abi.encode(n, main.totalBlocksProven(), main.totalBlocksExecuted(), main.storedBlockHashes(n)));
    }

    // ---- what the invariants read

    function mainContract() external view returns (IZkRoll) {
        return main;
    }

    function settledRequests() external view returns (uint64 n) {
        for (uint64 id = 0; id < requests; id++) {
            if (fate[id] != 0) n++;
        }
    }

    /// From here: is exodus one call and the passing of time away, or is there nothing to wait for?
    function exodusIsReachable() external returns (bool ok) {
        if (main.exodusMode()) return true;
        uint256 id = vm.snapshotState();
        if (main.totalOpenPriorityRequests() == 0) {
            vm.deal(alice, 1);
            vm.prank(alice);
            main.depositETH{value: 1}(alice);
        }
        vm.warp(block.timestamp + EXPIRATION);
        ok = exodus.activateExodusMode();
        vm.revertToState(id);
    }
}

contract InvariantsTest {
    Actors private actors;
    IZkRoll private main;

    function setUp() public {
        actors = new Actors();
        actors.setUp();
        main = actors.mainContract();
    }

    function targetContracts() public view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(actors);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// Only what acts; not setUp, and not what invariants read.
    function targetSelectors() public view returns (FuzzSelector[] memory list) {
        bytes4[] memory s = new bytes4[](12);
        s[0] = Actors.deposit.selector;
        s[1] = Actors.requestExit.selector;
        s[2] = Actors.commitBlock.selector;
        s[3] = Actors.proveBlock.selector;
        s[4] = Actors.executeBlock.selector;
        s[5] = Actors.revertLast.selector;
        s[6] = Actors.withdraw.selector;
        s[7] = Actors.activate.selector;
        s[8] = Actors.cancel.selector;
        s[9] = Actors.stranger.selector;
        s[10] = Actors.strangers.selector;
        s[11] = Actors.advance.selector;
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(actors), s);
    }

    function invariant_the_contract_has_what_it_owes() public view {
        uint256 has = address(main).balance;
        require(has == actors.depositedTotal() - actors.withdrawnTotal(), "balance = deposits - withdrawals");
        require(has >= actors.l2Executed() + actors.pendingTotal(), "balance covers L2 and what is pending");
    }

    function invariant_pending_is_what_the_books_say() public view {
        uint256 sum = uint256(main.getPendingBalance(address(0xa11ce), address(0)))
            + main.getPendingBalance(address(0xb0b), address(0));
        require(sum == actors.pendingTotal(), "pending");
    }

    function invariant_each_request_has_one_fate() public view {
        require(!actors.twice(), "executed or cancelled twice, or a stranger changed blocks");
        require(actors.settledRequests() == main.firstPriorityRequestId(), "settled");
        require(main.firstPriorityRequestId() + main.totalOpenPriorityRequests() == actors.requests(), "open");
        require(main.totalCommittedPriorityRequests() <= main.totalOpenPriorityRequests(), "committed");
    }

    function invariant_counters_are_ordered() public view {
        require(main.totalBlocksExecuted() <= main.totalBlocksProven(), "executed <= proven");
        require(main.totalBlocksProven() <= main.totalBlocksCommitted(), "proven <= committed");
        require(main.storedBlockHashes(main.totalBlocksCommitted()) != 0, "the last block is there");
        require(main.storedBlockHashes(main.totalBlocksCommitted() + 1) == 0, "and none after it");
    }

    function invariant_exodus_is_always_reachable() public {
        require(actors.exodusIsReachable(), "exodus");
    }
}
