// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title One verification key, as constants of a contract: says whether a block proof is valid. docs/plonk.md.
interface IVerifier {
    /// @param publicInputs old root, new root, header, C, r, y_s, y_d; each below p, or the answer is false
    /// @param proof        one encoding a proof; anything else is answered with false
    function verify(uint256[7] calldata publicInputs, bytes calldata proof) external view returns (bool);
}
