// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Binding} from "../src/Binding.sol";
import {Deployment} from "../src/Deployment.sol";
import {Governance} from "../src/Governance.sol";
import {IZkRollOperator, NewBlock} from "../src/interfaces/IZkRoll.sol";
import {Queue} from "../src/Queue.sol";
import {ZkRoll} from "../src/ZkRoll.sol";
import {ZkRollExodus} from "../src/ZkRollExodus.sol";
import {ZkRollOperator} from "../src/ZkRollOperator.sol";
import {Fixture} from "./Fixture.sol";

/// @notice Gives Binding calldata to work on.
contract BindingHarness {
    function header(uint32 number, uint32 feeAccount, uint64 timestamp) external pure returns (uint256) {
        return Binding.header(number, feeAccount, timestamp);
    }

    function bind(
        bytes calldata settlement,
        bytes calldata delta,
        uint256 slotChain,
        uint256 blockHeader,
        bytes32 oldRoot,
        bytes32 newRoot
    ) external pure returns (uint256 r, uint256 yS, uint256 yD) {
        r = Binding.challenge(Binding.hash(settlement), Binding.hash(delta), slotChain, blockHeader, oldRoot, newRoot);
        yS = Binding.evaluate(settlement, r);
        yD = Binding.evaluate(delta, r);
    }

    function evaluate(bytes calldata stream, uint256 r) external pure returns (uint256) {
        return Binding.evaluate(stream, r);
    }

    /// The same with memory full of rubbish before it.
    function bindDirty(bytes calldata settlement, bytes calldata delta, bytes32 root)
        external
        pure
        returns (uint256 r)
    {
        assembly {
            let free := mload(0x40)
            for { let i := 0 } lt(i, 4096) { i := add(i, 32) } { mstore(add(free, i), not(0)) }
        }
        r = Binding.challenge(Binding.hash(settlement), Binding.hash(delta), 1, 2, root, root);
    }
}

/// @notice The operator's part, and a way to have any request and any announced key.
contract OperatorHarness is ZkRollOperator {
    constructor(address exodusPart) ZkRollOperator(exodusPart) {}

    function pushRequest(uint8 opType, bytes calldata data) external {
        _requests[_firstRequest + _openRequests] = Request(Queue.hash(data), uint64(block.timestamp) + 1, opType);
        _openRequests++;
    }

    function pushFact(address owner, uint32 nonce, bytes20 hash) external {
        _authFacts[owner][nonce] = keccak256(abi.encodePacked(hash));
    }

    function pendingOf(uint16 token, address owner) external view returns (uint128) {
        return _pending[_pendingKey(token, owner)].amount;
    }

    function pendingNFT(uint32 id) external view returns (PendingNFT memory) {
        return _pendingNFTs[id];
    }
}

/// @notice Random blocks of every operation, encoded and bound by the C library.
contract BlocksTest is Fixture {
    struct Settled {
        uint8 code;
        uint32 account;
        address who;
        uint32 token;
        uint128 amount;
        uint32 nonce;
        bytes20 pubkeyHash;
        uint32 creator;
        uint32 serial;
        address creatorAddress;
        bytes32 content;
        bytes request;
    }

    struct Case {
        uint256[10] head; // number, fee account, timestamp, old root, new root, C, header, r, y_s, y_d
        bytes settlement;
        bytes delta;
        Settled[] settled;
    }

    BindingHarness private binding;
    OperatorHarness private harness;
    uint256 private place; // of the next word in the library's answer

    function settings() internal override returns (Deployment.Settings memory s) {
        s = super.settings();
        s.zkRoll = address(new ZkRoll(address(new OperatorHarness(address(new ZkRollExodus())))));
    }

    function setUp() public override {
        super.setUp();
        binding = new BindingHarness();
        harness = OperatorHarness(address(main));
    }

    function next(bytes memory answer) private returns (uint256) {
        return word(answer, place++);
    }

    function nextStream(bytes memory answer) private returns (bytes memory data) {
        uint256 len = next(answer);
        data = slice(answer, 32 * place, len);
        place += (len + 31) / 32;
    }

    function nextCase(bytes memory answer, bool withSettled) private returns (Case memory c) {
        for (uint256 i = 0; i < 10; i++) {
            c.head[i] = next(answer);
        }
        c.settlement = nextStream(answer);
        c.delta = nextStream(answer);
        if (!withSettled) return c;
        c.settled = new Settled[](next(answer));
        for (uint256 i = 0; i < c.settled.length; i++) {
            Settled memory s = c.settled[i];
            s.code = uint8(next(answer));
            s.account = uint32(next(answer));
            s.who = address(uint160(next(answer)));
            s.token = uint32(next(answer));
            s.amount = uint128(next(answer));
            s.nonce = uint32(next(answer));
            s.pubkeyHash = bytes20(uint160(next(answer)));
            s.creator = uint32(next(answer));
            s.serial = uint32(next(answer));
            s.creatorAddress = address(uint160(next(answer)));
            s.content = bytes32(next(answer));
            s.request = nextStream(answer);
        }
    }

    function test_binding__agrees_with_the_library_on_1000_blocks() public {
        for (uint256 seed = 0; seed < 10; seed++) {
            bytes memory answer = askPeer("blocks", seed, 100, 0);
            place = 0;
            for (uint256 i = 0; i < 100; i++) {
                Case memory c = nextCase(answer, true);
                uint256 h = binding.header(uint32(c.head[0]), uint32(c.head[1]), uint64(c.head[2]));
                eq(c.head[6], h, "header");
                (uint256 r, uint256 yS, uint256 yD) =
                    binding.bind(c.settlement, c.delta, c.head[5], h, bytes32(c.head[3]), bytes32(c.head[4]));
                eq(c.head[7], r, "r");
                eq(c.head[8], yS, "y_s");
                eq(c.head[9], yD, "y_d");
            }
            eq(answer.length, 32 * place, "all was read");
        }
    }

    /// 1,000 of them through the contract: the queue takes what the library asks, the stored block is what it must be, and
    /// each account gets what the library says.
    function test_contract__settles_1000_random_blocks_of_the_library() public {
        uint256 operations = 0;
        for (uint256 seed = 100; seed < 110; seed++) {
            bytes memory answer = askPeer("blocks", seed, 100, 0);
            place = 0;
            for (uint256 i = 0; i < 100; i++) {
                operations += settleCase(nextCase(answer, true));
            }
        }
        yes(operations > 2000, "many operations");
        eq(1000, main.totalBlocksExecuted(), "executed");
    }

    function settleCase(Case memory c) private returns (uint256) {
        uint256 keys = 0;
        uint64 requests = 0;
        for (uint256 i = 0; i < c.settled.length; i++) {
            Settled memory s = c.settled[i];
            if (s.request.length != 0) {
                harness.pushRequest(uint8(s.request[0]), s.request);
                requests++;
            }
            if (s.code == 7) {
                harness.pushFact(s.who, s.nonce, s.pubkeyHash);
                keys++;
            }
        }
        NewBlock memory b = newBlock(c.settlement);
        b.delta = c.delta;
        b.slotChain = c.head[5];
        b.stateHash = bytes32(c.head[4]);
        b.witnesses = new bytes[](keys);
        commit(b, requests);
        prove();
        execute(c.settlement);
        for (uint256 i = 0; i < c.settled.length; i++) {
            checkSettled(c.settled[i]);
        }
        return c.settled.length;
    }

    /// Addresses and NFTs are random 160- and 31-bit numbers: no two operations of a block meet.
    function checkSettled(Settled memory s) private view {
        bool isNFT = s.code == 0x0a || s.code == 0x16;
        if (isNFT && s.amount == 1) {
            OperatorHarness.PendingNFT memory n = harness.pendingNFT(s.token);
            eq(s.who, n.owner, "owner");
            eq(s.creatorAddress, n.creator, "creator");
            eq(s.creator, n.creatorAccountId, "creator id");
            eq(s.serial, n.serialId, "serial");
            eq(s.content, n.contentHash, "content");
        } else if (!isNFT) {
            bool credits = s.code != 1 && s.code != 7;
            eq(credits ? s.amount : 0, harness.pendingOf(uint16(s.token), s.who), "pending");
        }
    }

    /// Changing any byte of a stream, or its length, changes what is proved.
    function testFuzz_binding__sees_every_byte(uint256 seed, uint256 where, uint8 change) public view {
        bytes memory s = new bytes(12 * (seed % 40));
        bytes memory d = new bytes(12 * (6 + seed % 31));
        for (uint256 i = 0; i < d.length; i++) {
            d[i] = bytes1(uint8(uint256(keccak256(abi.encode(seed, i)))));
        }
        (uint256 r, uint256 yS, uint256 yD) = binding.bind(s, d, 5, 6, 0, 0);
        eq(horner(s, r), yS, "y_s by the plain rule");
        eq(horner(d, r), yD, "y_d by the plain rule");
        where %= d.length;
        d[where] = bytes1(uint8(d[where]) ^ (change == 0 ? 1 : change));
        yes(binding.evaluate(d, r) != yD, "another stream");
        yes(binding.evaluate(abi.encodePacked(new bytes(12), s), r) != yS, "another length");
    }

    function test_binding__of_empty_streams() public view {
        eq(1, binding.evaluate("", 12345), "1");
        eq(12345, binding.evaluate(new bytes(12), 12345), "r");
    }

    function test_binding__does_not_read_dirty_memory() public view {
        bytes memory s = new bytes(24);
        bytes memory d = new bytes(72);
        uint256 want = uint256(
            keccak256(abi.encode(keccak256(s), keccak256(d), uint256(1), uint256(2), bytes32("x"), bytes32("x")))
        );
        eq(want % P, binding.bindDirty(s, d, "x"), "r");
    }

    /// The example block of docs/pubdata.md.
    function test_binding__of_the_documented_block() public view {
        string memory page = vm.readFile("../docs/pubdata.md");
        (bytes memory s, bytes memory d) = examples(bytes(page));
        eq(480, s.length, "settlement");
        eq(420, d.length, "delta");
        (uint256 r, uint256 yS, uint256 yD) = binding.bind(
            s,
            d,
            0x18c66d4ff782d1a37cce4b55ad5169d0d3a10abbff5bc9b3b09a45442536bf5b,
            0x000000000000000000000000000000000000000700000000000000006553f100,
            bytes32(uint256(1)),
            bytes32(uint256(2))
        );
        eq(0x1f25a8ad9f5952ae42c36c346f4d25e8a0bb048bedae904a9e1d11d0c3feebdc, r, "r");
        eq(0x203fecf648e491801685ada87514ab67efab15fcc02484bd70b662f5427b9298, yS, "y_s");
        eq(0x18fcaf73c34be277b293b8d13947af77a46c73b36644e0bf8121b5f9931cb833, yD, "y_d");
    }

    /// Lines "… S 24 hex digits" and "… D 24 hex digits", where S or D stands in column 4.
    function examples(bytes memory page) private pure returns (bytes memory s, bytes memory d) {
        s = new bytes(480);
        d = new bytes(420);
        uint256 ns = 0;
        uint256 nd = 0;
        uint256 start = 0;
        for (uint256 i = 0; i < page.length; i++) {
            if (page[i] != "\n") continue;
            bool isWord = i - start == 30 && page[start] == " " && page[start + 5] == " ";
            if (isWord && page[start + 4] == "S") ns = unhex(page, start + 6, s, ns);
            if (isWord && page[start + 4] == "D") nd = unhex(page, start + 6, d, nd);
            start = i + 1;
        }
        require(ns == 480 && nd == 420, "examples not found");
    }

    function unhex(bytes memory page, uint256 from, bytes memory to, uint256 n) private pure returns (uint256) {
        for (uint256 k = 0; k < 12; k++) {
            to[n + k] = bytes1(digit(page[from + 2 * k]) * 16 + digit(page[from + 2 * k + 1]));
        }
        return n + 12;
    }

    function digit(bytes1 c) private pure returns (uint8) {
        return c >= "a" ? uint8(c) - 87 : uint8(c) - 48;
    }
}
