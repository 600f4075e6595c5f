// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProxy} from "./interfaces/IUpgrade.sol";

/// @notice Slots of EIP-1967, written nowhere but here.
library ProxySlots {
    /// keccak256("eip1967.proxy.implementation") - 1
    bytes32 internal constant TARGET = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;
    /// keccak256("eip1967.proxy.admin") - 1
    bytes32 internal constant MASTER = 0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103;

    function read(bytes32 slot) internal view returns (address value) {
        assembly ("memory-safe") {
            value := sload(slot)
        }
    }

    function write(bytes32 slot, address value) internal {
        assembly ("memory-safe") {
            sstore(slot, value)
        }
    }
}

/// @notice See IProxy.
contract Proxy is IProxy {
    /// @param target     the first implementation
    /// @param parameters what its `initialize(bytes)` gets, once, here
    constructor(address target, bytes memory parameters) {
        ProxySlots.write(ProxySlots.MASTER, msg.sender);
        _setTarget(target);
        _call(target, abi.encodeWithSignature("initialize(bytes)", parameters));
    }

    modifier onlyMaster() {
        if (msg.sender != getMaster()) revert NotMaster(msg.sender);
        _;
    }

    /// @inheritdoc IProxy
    function getTarget() external view returns (address) {
        return ProxySlots.read(ProxySlots.TARGET);
    }

    /// @inheritdoc IProxy
    function getMaster() public view returns (address) {
        return ProxySlots.read(ProxySlots.MASTER);
    }

    /// @inheritdoc IProxy
    function transferMastership(address newMaster) external onlyMaster {
        if (newMaster == address(0)) revert ZeroAddress();
        ProxySlots.write(ProxySlots.MASTER, newMaster);
    }

    /// @inheritdoc IProxy
    function upgradeTarget(address newTarget, bytes calldata parameters) external onlyMaster {
        _setTarget(newTarget);
        _call(newTarget, abi.encodeWithSignature("upgrade(bytes)", parameters));
    }

    /// @notice Never for callers from outside: the constructor did it.
    function initialize(bytes calldata) external pure {
        revert NotForOutsiders();
    }

    /// @notice Never for callers from outside: `upgradeTarget` does it.
    function upgrade(bytes calldata) external pure {
        revert NotForOutsiders();
    }

    fallback() external payable {
        address target = ProxySlots.read(ProxySlots.TARGET);
        assembly {
            // From offset 0: nothing of Solidity's runs after this.
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if ok { return(0, returndatasize()) }
            revert(0, returndatasize())
        }
    }

    function _setTarget(address target) private {
        if (target.code.length == 0) revert NoCode(target);
        ProxySlots.write(ProxySlots.TARGET, target);
    }

    function _call(address target, bytes memory data) private {
        (bool ok, bytes memory answer) = target.delegatecall(data);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}

/// @notice Base of what runs behind a proxy: knows whether it does. What it delegates to cannot know for it: so whoever
///         delegates asks first.
abstract contract Proxied {
    error NotProxied();

    address private immutable _self = address(this);

    /// The bare implementation has no state, and shall never get any: nobody can initialize it or lose funds in it.
    modifier onlyProxied() {
        _requireProxied();
        _;
    }

    function _requireProxied() internal view {
        if (address(this) == _self) revert NotProxied();
    }
}
