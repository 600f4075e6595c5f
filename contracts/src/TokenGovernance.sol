// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IGovernance} from "./interfaces/IGovernance.sol";
import {ITokenGovernance} from "./interfaces/ITokenGovernance.sol";
import {IZkRoll} from "./interfaces/IZkRoll.sol";

/// @notice See ITokenGovernance.
contract TokenGovernance is ITokenGovernance {
    IGovernance public immutable governance;
    address private immutable _main;

    address public listingFeeToken;
    uint256 public listingFee;
    uint16 public listingCap;
    address public treasury;
    mapping(address who => bool) public tokenLister;

    bool private transient _entered;

    /// @param main   the main contract, which nobody may list as a token
    /// @param lister the first who lists for nothing
    constructor(
        IGovernance governance_,
        address main,
        address lister,
        address feeToken,
        uint256 fee,
        uint16 cap,
        address treasury_
    ) {
        if (address(governance_) == address(0) || main == address(0) || treasury_ == address(0)) {
            revert ZeroAddress();
        }
        governance = governance_;
        _main = main;
        listingFeeToken = feeToken;
        listingFee = fee;
        listingCap = cap;
        treasury = treasury_;
        tokenLister[lister] = true;
        emit TokenListerUpdate(lister, true);
    }

    modifier onlyGovernor() {
        if (msg.sender != governance.networkGovernor()) revert NotGovernor(msg.sender);
        _;
    }

    /// @inheritdoc ITokenGovernance
    function addToken(address token) external {
        if (_entered) revert Reentered();
        _entered = true;
        if (token == address(0)) revert ZeroAddress();
        if (token == _main || token.code.length == 0) revert NotAToken(token);
        if (governance.totalTokens() >= listingCap) revert ListingCapReached(listingCap);
        if (!tokenLister[msg.sender] && listingFee != 0) {
            bool paid = IERC20(listingFeeToken).transferFrom(msg.sender, treasury, listingFee);
            if (!paid) revert FeeNotPaid();
        }
        governance.addToken(token);
        IZkRoll(_main).prepareDeposits(token);
        _entered = false;
    }

    /// @inheritdoc ITokenGovernance
    function setListingFeeToken(address token, uint256 fee) external onlyGovernor {
        listingFeeToken = token;
        listingFee = fee;
        emit ListingFeeTokenUpdate(token, fee);
    }

    /// @inheritdoc ITokenGovernance
    function setListingFee(uint256 fee) external onlyGovernor {
        listingFee = fee;
        emit ListingFeeUpdate(fee);
    }

    /// @inheritdoc ITokenGovernance
    function setLister(address lister, bool active) external onlyGovernor {
        if (tokenLister[lister] == active) return;
        tokenLister[lister] = active;
        emit TokenListerUpdate(lister, active);
    }

    /// @inheritdoc ITokenGovernance
    function setListingCap(uint16 cap) external onlyGovernor {
        listingCap = cap;
        emit ListingCapUpdate(cap);
    }

    /// @inheritdoc ITokenGovernance
    function setTreasury(address newTreasury) external onlyGovernor {
        if (newTreasury == address(0)) revert ZeroAddress();
        treasury = newTreasury;
        emit TreasuryUpdate(newTreasury);
    }
}
