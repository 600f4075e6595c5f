// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPoseidon2} from "../src/interfaces/IPoseidon2.sol";
import {TestBase} from "./TestBase.sol";

contract Poseidon2Test is TestBase {
    IPoseidon2 private hasher;

    function setUp() public {
        hasher = deployPoseidon2();
    }

    function test_compress__agrees_with_the_vectors() public view {
        string memory json = vm.readFile("../tests/vectors/poseidon2_bn254_t4.json");
        for (uint256 i = 0; i < 24; i++) {
            string memory path = string.concat(".vectors[", vm.toString(i), "]");
            bytes32[] memory x = vm.parseJsonBytes32Array(json, string.concat(path, ".input"));
            bytes32[] memory y = vm.parseJsonBytes32Array(json, string.concat(path, ".output"));
            uint256 got = hasher.compress(uint256(x[0]), uint256(x[1]), uint256(x[2]), uint256(x[3]));
            eq(addmod(uint256(y[0]), uint256(x[0]), P), got, path);
        }
    }

    function test_compress__agrees_with_the_library() public {
        uint256 n = 1000;
        bytes memory cases = askPeer("hashes", 1, n, 0);
        eq(n * 5 * 32, cases.length, "length of the answer");
        for (uint256 i = 0; i < n; i++) {
            uint256 k = 5 * i;
            uint256 got = hasher.compress(word(cases, k), word(cases, k + 1), word(cases, k + 2), word(cases, k + 3));
            eq(word(cases, k + 4), got, "hash");
        }
    }

    function test_climb__agrees_with_the_library() public {
        climbs(5, 400);
        climbs(12, 400);
        climbs(16, 400);
    }

    function climbs(uint256 levels, uint256 n) private {
        bytes memory cases = askPeer("climbs", levels, n, levels);
        uint256 stride = 3 + 3 * levels;
        eq(n * stride * 32, cases.length, "length of the answer");
        for (uint256 i = 0; i < n; i++) {
            uint256[] memory siblings = new uint256[](3 * levels);
            for (uint256 k = 0; k < siblings.length; k++) {
                siblings[k] = word(cases, i * stride + 3 + k);
            }
            uint256 got = hasher.climb(word(cases, i * stride), word(cases, i * stride + 1), siblings);
            eq(word(cases, i * stride + 2), got, "root");
        }
    }

    function test_climb__of_no_levels_is_the_leaf() public view {
        eq(7, hasher.climb(7, 0, new uint256[](0)), "leaf");
    }

    function test_compress__refuses_the_order_and_more() public {
        for (uint256 lane = 0; lane < 4; lane++) {
            uint256[4] memory x;
            x[lane] = P;
            vm.expectRevert(IPoseidon2.NotCanonical.selector);
            hasher.compress(x[0], x[1], x[2], x[3]);
            x[lane] = type(uint256).max;
            vm.expectRevert(IPoseidon2.NotCanonical.selector);
            hasher.compress(x[0], x[1], x[2], x[3]);
            x[lane] = P - 1;
            hasher.compress(x[0], x[1], x[2], x[3]);
        }
    }

    function test_climb__refuses_bad_paths() public {
        uint256[] memory siblings = new uint256[](6);
        vm.expectRevert(IPoseidon2.BadPathLength.selector);
        hasher.climb(1, 16, siblings);
        vm.expectRevert(IPoseidon2.BadPathLength.selector);
        hasher.climb(1, 0, new uint256[](5));
        vm.expectRevert(IPoseidon2.BadPathLength.selector);
        hasher.climb(1, 0, new uint256[](3 * 65));
        vm.expectRevert(IPoseidon2.NotCanonical.selector);
        hasher.climb(P, 0, siblings);
        for (uint256 i = 0; i < 6; i++) {
            siblings[i] = P;
            vm.expectRevert(IPoseidon2.NotCanonical.selector);
            hasher.climb(1, 15, siblings);
            siblings[i] = P - 1;
        }
    }

    /// A wrong digit, leaf or sibling gives another root.
    function testFuzz_climb__binds_everything(uint256 leaf, uint256 id, uint256 where, uint256 change) public view {
        uint256[] memory siblings = new uint256[](15);
        for (uint256 i = 0; i < 15; i++) {
            siblings[i] = uint256(keccak256(abi.encode(leaf, i))) % P;
        }
        leaf %= P;
        id %= 1024;
        change = 1 + change % (P - 1);
        uint256 root = hasher.climb(leaf, id, siblings);
        yes(root != hasher.climb(addmod(leaf, change, P), id, siblings), "leaf");
        yes(root != hasher.climb(leaf, id ^ (1 + change % 1023), siblings), "id");
        where %= 15;
        siblings[where] = addmod(siblings[where], change, P);
        yes(root != hasher.climb(leaf, id, siblings), "sibling");
    }

    /// Pinned: what a permutation costs; `climb` of an account path is twelve of them.
    function test_gas() public view {
        uint256[] memory siblings = new uint256[](36);
        uint256 before = gasleft();
        hasher.climb(1, 0, siblings);
        uint256 used = before - gasleft();
        yes(used < 12 * 18000, "a permutation costs more than 18,000 gas");
    }
}
