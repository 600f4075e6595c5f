// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IZkRoll} from "./interfaces/IZkRoll.sol";

/// @title Pays out many pending balances in one transaction; one that fails harms no other.
/// @notice Anyone may use it: the main contract pays owners only. Recipients and tokens are strangers' code, so each gets
///         a bounded amount of gas, and what it returns is never copied.
contract WithdrawalHelper {
    struct Balance {
        address payable owner;
        address token;
        uint128 amount;
    }

    event WithdrawalFailed(address indexed owner, address indexed token, uint128 amount);
    event NFTWithdrawalFailed(uint32 indexed tokenId);

    /// With less gas than promised an item would fail that need not.
    error NotEnoughGas();

    /// What a call keeps back after handing on, and what is left to be done afterwards.
    uint256 private constant RESERVE = 20_000;

    IZkRoll public immutable mainContract;

    constructor(IZkRoll main) {
        mainContract = main;
    }

    /// @notice Withdraws each balance with at most `gasEach`; emits WithdrawalFailed for those that fail.
    /// @return paid how many succeeded
    function withdrawBalances(Balance[] calldata balances, uint256 gasEach) external returns (uint256 paid) {
        for (uint256 i = 0; i < balances.length; i++) {
            Balance calldata b = balances[i];
            if (_try(abi.encodeCall(IZkRoll.withdrawPendingBalance, (b.owner, b.token, b.amount)), gasEach)) paid++;
            else emit WithdrawalFailed(b.owner, b.token, b.amount);
        }
    }

    /// @notice The same for NFTs.
    function withdrawNFTs(uint32[] calldata tokenIds, uint256 gasEach) external returns (uint256 paid) {
        for (uint256 i = 0; i < tokenIds.length; i++) {
            if (_try(abi.encodeCall(IZkRoll.withdrawPendingNFTBalance, (tokenIds[i])), gasEach)) paid++;
            else emit NFTWithdrawalFailed(tokenIds[i]);
        }
    }

    function _try(bytes memory data, uint256 gasEach) private returns (bool ok) {
        // A call gets at most 63/64 of what is left.
        if (gasleft() * 63 / 64 < gasEach + RESERVE) revert NotEnoughGas();
        address main = address(mainContract);
        assembly ("memory-safe") {
            ok := call(gasEach, main, 0, add(data, 32), mload(data), 0, 0)
        }
    }
}
