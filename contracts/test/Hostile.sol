// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IZkRoll} from "../src/interfaces/IZkRoll.sol";

/// @notice Tokens and receivers that do what they should not.

/// One token, many manners.
contract OddToken {
    enum Manner {
        ReturnsNothing, // as USDT
        ReturnsFalse, // moves nothing, does not revert
        FeeFromAmount, // the receiver gets 9/10
        FeeFromSender, // the sender pays 1/10 on top
        Bonus, // the receiver gets 1/10 more
        Reverts,
        ReturnBomb,
        Reenters,
        BurnsGas,
        LiesAboutBalance
    }

    Manner public manner;
    mapping(address => uint256) public balances;
    uint256 public lie;
    address public target;
    bytes public attack;
    bool public attackWorked;
    bytes4 public attackReason;

    function set(Manner m) external {
        manner = m;
    }

    function setLie(uint256 v) external {
        lie = v;
    }

    function setAttack(address target_, bytes calldata data) external {
        target = target_;
        attack = data;
    }

    function mint(address to, uint256 amount) external {
        balances[to] += amount;
    }

    function balanceOf(address who) external view returns (uint256) {
        return manner == Manner.LiesAboutBalance ? lie : balances[who];
    }

    function transferFrom(address from, address to, uint256 amount) external {
        move(from, to, amount);
    }

    function transfer(address to, uint256 amount) external {
        move(msg.sender, to, amount);
    }

    function move(address from, address to, uint256 amount) private {
        if (manner == Manner.Reverts) revert("no");
        if (manner == Manner.ReturnsFalse) {
            assembly {
                mstore(0, 0)
                return(0, 32)
            }
        }
        if (manner == Manner.BurnsGas) while (true) {}
        if (manner == Manner.LiesAboutBalance) lie = lie > amount ? lie - amount : lie + amount;
        uint256 taken = amount;
        uint256 given = amount;
        if (manner == Manner.FeeFromAmount) given = amount * 9 / 10;
        if (manner == Manner.FeeFromSender) taken = amount + amount / 10;
        if (manner == Manner.Bonus) given = amount + amount / 10;
        balances[from] -= taken;
        balances[to] += given;
        if (manner == Manner.Reenters) {
            bytes memory reason;
            (attackWorked, reason) = target.call(attack);
            attackReason = bytes4(reason);
        }
        if (manner == Manner.ReturnBomb) {
            assembly {
                return(0, 1000000)
            }
        }
    }
}

/// Receives ETH and calls back.
contract OddReceiver {
    address public target;
    bytes public attack;
    bool public attackWorked;
    bool public refuses;
    bool public burns;
    bool public bomb;
    /// What the main contract said was pending while it was paying.
    uint128 public pendingSeen;
    IZkRoll public main;

    function set(address target_, bytes calldata data) external {
        target = target_;
        attack = data;
    }

    function behave(bool refuses_, bool burns_, bool bomb_) external {
        (refuses, burns, bomb) = (refuses_, burns_, bomb_);
    }

    function watch(IZkRoll main_) external {
        main = main_;
    }

    receive() external payable {
        if (refuses) revert("no");
        if (burns) while (true) {}
        if (address(main) != address(0)) pendingSeen = main.getPendingBalance(address(this), address(0));
        if (target != address(0)) (attackWorked,) = target.call(attack);
        if (bomb) {
            assembly {
                return(0, 1000000)
            }
        }
    }
}

/// A creator's factory that refuses, or calls back.
contract OddFactory {
    bool public refuses;
    address public target;
    bytes public attack;
    bool public attackWorked;
    uint256 public minted;

    function set(bool refuses_, address target_, bytes calldata data) external {
        (refuses, target, attack) = (refuses_, target_, data);
    }

    function register(address governance, uint32 creatorId, address creator, bytes calldata signature) external {
        (bool ok, bytes memory why) = governance.call(
            abi.encodeWithSignature("registerNFTFactoryCreator(uint32,address,bytes)", creatorId, creator, signature)
        );
        if (ok) return;
        assembly {
            revert(add(why, 32), mload(why))
        }
    }

    function mintNFTFromZkSync(address, address, uint32, uint32, bytes32, uint256 id) external {
        if (refuses) revert("no");
        if (target != address(0)) (attackWorked,) = target.call(attack);
        minted = id;
    }
}
