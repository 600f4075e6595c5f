// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVerifier} from "../src/interfaces/IVerifier.sol";

/// @notice For the gas report: accepts everything, and uses as much gas as it is told that a verifier does.
contract GasVerifier is IVerifier {
    uint256 private immutable _cost;

    constructor(uint256 cost) {
        _cost = cost;
    }

    function verify(uint256[7] calldata, bytes calldata) external view returns (bool) {
        uint256 before = gasleft();
        uint256 i = 0;
        while (before - gasleft() < _cost) i++;
        return true;
    }
}
