// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The hash of the state trees: Poseidon2 over the scalar field of BN254 (order p), width 4, as a compression
///        H4(a, b, c, d) = permute(a, b, c, d)[0] + a. docs/pubdata.md, section "State".
interface IPoseidon2 {
    /// An input is p or more: it would be the same element as a smaller number.
    error NotCanonical();
    /// Not three siblings a level, or an id that is longer than the path.
    error BadPathLength();

    /// @notice H4 of four elements, each below p.
    function compress(uint256 a, uint256 b, uint256 c, uint256 d) external pure returns (uint256 h);

    /// @notice The root of a 4-ary tree from one of its leaves.
    /// @param leaf     the leaf itself, below p
    /// @param id       its index; digit h in base 4, least significant first, is the child index at height h
    /// @param siblings from the leaf upwards the three siblings of each level in the order of their child index, below p;
    ///                 there are as many levels as the array is long, so callers must fix its length
    function climb(uint256 leaf, uint256 id, uint256[] calldata siblings) external pure returns (uint256 root);
}
