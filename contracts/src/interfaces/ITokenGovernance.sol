// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernance} from "./IGovernance.sol";

/// @title Lets anyone list a token for a fee; listers for nothing. Parameters belong to the network governor.
interface ITokenGovernance {
    event TokenListerUpdate(address indexed tokenLister, bool isActive);
    event ListingFeeTokenUpdate(address indexed newListingFeeToken, uint256 newListingFee);
    event ListingFeeUpdate(uint256 newListingFee);
    event ListingCapUpdate(uint16 newListingCap);
    event TreasuryUpdate(address newTreasury);

    error NotGovernor(address caller);
    error ZeroAddress();
    error NotAToken(address token);
    error ListingCapReached(uint16 cap);
    error FeeNotPaid();
    error Reentered();

    function governance() external view returns (IGovernance);
    function listingFeeToken() external view returns (address);
    function listingFee() external view returns (uint256);
    function listingCap() external view returns (uint16);
    function tokenLister(address who) external view returns (bool);
    function treasury() external view returns (address);

    /// @notice Lists a token; who is no lister pays `listingFee` of `listingFeeToken` to the treasury.
    function addToken(address token) external;

    function setListingFeeToken(address token, uint256 fee) external;
    function setListingFee(uint256 fee) external;
    function setLister(address lister, bool active) external;
    function setListingCap(uint16 cap) external;
    function setTreasury(address newTreasury) external;
}
