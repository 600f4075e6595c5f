// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Requests of the priority queue as bytes, in the layout of zkSync 1.x.
library Queue {
    uint8 internal constant DEPOSIT = 1;
    uint8 internal constant FULL_EXIT = 6;
    uint256 internal constant DEPOSIT_BYTES = 45;

    /// 01, account id 4 = 0, token 4, amount 16, recipient 20.
    function deposit(uint32 token, uint128 amount, address to) internal pure returns (bytes memory) {
        return abi.encodePacked(DEPOSIT, uint32(0), token, amount, to);
    }

    /// 06, account id 4, owner 20, token 4, then zeros for what the user does not know: amount 16, creator id 4, creator
    /// address 20, serial 4, content hash 32.
    function fullExit(uint32 accountId, address owner, uint32 token) internal pure returns (bytes memory) {
        return abi.encodePacked(FULL_EXIT, accountId, owner, token, bytes32(0), bytes32(0), bytes12(0));
    }

    /// The low 20 bytes of keccak256.
    function hash(bytes memory data) internal pure returns (bytes20) {
        return bytes20(uint160(uint256(keccak256(data))));
    }

    function readDeposit(bytes calldata data) internal pure returns (uint32 token, uint128 amount, address to) {
        token = uint32(bytes4(data[5:9]));
        amount = uint128(bytes16(data[9:25]));
        to = address(bytes20(data[25:45]));
    }
}
