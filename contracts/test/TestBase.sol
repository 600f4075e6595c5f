// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPoseidon2} from "../src/interfaces/IPoseidon2.sol";
import {Vm} from "./Vm.sol";

/// @notice What every test here needs: cheat codes, comparisons that say what differed, and the C library.
abstract contract TestBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// The order of the BN254 scalar field.
    uint256 internal constant P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    error Differ(string what, uint256 want, uint256 got);
    error DifferBytes(string what, bytes want, bytes got);
    error Untrue(string what);

    function eq(uint256 want, uint256 got, string memory what) internal pure {
        if (want != got) revert Differ(what, want, got);
    }

    function eq(address want, address got, string memory what) internal pure {
        eq(uint160(want), uint160(got), what);
    }

    function eq(bytes32 want, bytes32 got, string memory what) internal pure {
        eq(uint256(want), uint256(got), what);
    }

    function eq(bytes memory want, bytes memory got, string memory what) internal pure {
        if (keccak256(want) != keccak256(got)) revert DifferBytes(what, want, got);
    }

    function yes(bool ok, string memory what) internal pure {
        if (!ok) revert Untrue(what);
    }

    /// Not by `new`: that would compile all of a test with the settings that this one file has.
    function deployPoseidon2() internal returns (IPoseidon2) {
        return IPoseidon2(vm.deployCode("Poseidon2.sol:Poseidon2"));
    }

    /// What the C library answers (tests/contracts/peer_contracts.c).
    function askPeer(string memory what, uint256 seed, uint256 n, uint256 levels) internal returns (bytes memory) {
        string[] memory command = new string[](5);
        string memory build = vm.envOr("ZK_BUILD", string.concat(vm.projectRoot(), "/../build/release"));
        command[0] = string.concat(build, "/tests/contracts/peer_contracts");
        command[1] = what;
        command[2] = vm.toString(seed);
        command[3] = vm.toString(n);
        command[4] = vm.toString(levels);
        return vm.ffi(command);
    }

    function word(bytes memory data, uint256 i) internal pure returns (uint256 w) {
        require(32 * i + 32 <= data.length, "answer too short");
        assembly ("memory-safe") {
            w := mload(add(add(data, 32), mul(32, i)))
        }
    }

    function slice(bytes memory data, uint256 from, uint256 len) internal pure returns (bytes memory out) {
        require(from + len <= data.length, "slice out of bounds");
        out = new bytes(len);
        assembly ("memory-safe") {
            mcopy(add(out, 32), add(add(data, 32), from), len)
        }
    }
}
