// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Takes payments for "exit this account that has no key". The node reads the events: price and request id are in
///        the amount.
contract ForcedExit {
    event FundsReceived(uint256 _amount);

    error NotMaster(address caller);
    error NotReceiver(address caller);
    error ZeroAddress();
    error SendingFailed();

    bool public constant enabled = true;
    address payable public receiver;
    address private immutable _master;

    constructor(address master, address payable receiver_) {
        if (master == address(0) || receiver_ == address(0)) revert ZeroAddress();
        _master = master;
        receiver = receiver_;
    }

    function setReceiver(address payable newReceiver) external {
        if (msg.sender != _master) revert NotMaster(msg.sender);
        if (newReceiver == address(0)) revert ZeroAddress();
        receiver = newReceiver;
    }

    /// @notice Sends the whole balance; receiver or master only.
    function withdrawPendingFunds(address payable to) external {
        if (msg.sender != receiver && msg.sender != _master) revert NotReceiver(msg.sender);
        (bool ok,) = to.call{value: address(this).balance}("");
        if (!ok) revert SendingFailed();
    }

    /// A payment, with or without data: wallets send either.
    fallback() external payable {
        emit FundsReceived(msg.value);
    }

    receive() external payable {
        emit FundsReceived(msg.value);
    }
}
