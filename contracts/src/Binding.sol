// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Ties published streams to a proof: docs/pubdata.md, "Header and binding". The C twin is src/rollup/binding.h.
library Binding {
    uint256 private constant P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    uint256 internal constant WORD_BYTES = 12;

    /// number * 2^96 + fee account * 2^64 + timestamp.
    function header(uint32 number, uint32 feeAccount, uint64 timestamp) internal pure returns (uint256) {
        return uint256(number) << 96 | uint256(feeAccount) << 64 | timestamp;
    }

    /// r: a number that neither stream, nor anything else in a block, could know.
    function challenge(
        bytes32 settlementHash,
        bytes32 deltaHash,
        uint256 slotChain,
        uint256 blockHeader,
        bytes32 oldRoot,
        bytes32 newRoot
    ) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(settlementHash, deltaHash, slotChain, blockHeader, oldRoot, newRoot))) % P;
    }

    /// keccak256 of bytes in calldata.
    function hash(bytes calldata data) internal pure returns (bytes32 h) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, data.offset, data.length)
            h := keccak256(free, data.length)
        }
    }

    /// y: 1, then for every word of 12 bytes y r + word, modulo p. The length is a multiple of 12.
    /// @dev The sum is reduced only by the next product: mulmod < p < 2^254 and a word < 2^96 do not overflow, and mulmod takes
    ///      any number. Eight words a turn, then one by one.
    function evaluate(bytes calldata stream, uint256 r) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            let at := stream.offset
            let end := add(at, stream.length)
            let turns := add(at, mul(96, div(stream.length, 96)))
            y := 1
            for {} lt(at, turns) { at := add(at, 96) } {
                y := add(mulmod(y, r, P), shr(160, calldataload(at)))
                y := add(mulmod(y, r, P), shr(160, calldataload(add(at, 12))))
                y := add(mulmod(y, r, P), shr(160, calldataload(add(at, 24))))
                y := add(mulmod(y, r, P), shr(160, calldataload(add(at, 36))))
                y := add(mulmod(y, r, P), shr(160, calldataload(add(at, 48))))
                y := add(mulmod(y, r, P), shr(160, calldataload(add(at, 60))))
                y := add(mulmod(y, r, P), shr(160, calldataload(add(at, 72))))
                y := add(mulmod(y, r, P), shr(160, calldataload(add(at, 84))))
            }
            for {} lt(at, end) { at := add(at, 12) } {
                y := add(mulmod(y, r, P), shr(160, calldataload(at)))
            }
            y := mod(y, P)
        }
    }
}
