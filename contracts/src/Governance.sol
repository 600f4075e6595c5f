// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernance} from "./interfaces/IGovernance.sol";
import {Proxied} from "./Proxy.sol";
import {Signatures} from "./Signatures.sol";

/// @notice See IGovernance.
contract Governance is IGovernance, Proxied {
    /// Token ids are leaves of a tree of 4^5, of which ETH has the first.
    uint16 private constant TOKENS_MAX = 1023;

    // forge-lint: disable-start(mixed-case-variable)
    address public networkGovernor;
    uint16 public totalTokens;
    address public tokenGovernance;
    address public defaultFactory;
    mapping(uint16 id => address) public tokenAddresses;
    mapping(address token => uint16) public tokenIds;
    mapping(uint16 id => bool) public pausedTokens;
    mapping(address who => bool) public validators;
    mapping(uint32 creatorAccountId => mapping(address creator => address)) public nftFactories;

    // forge-lint: disable-end(mixed-case-variable)

    /// @param parameters abi.encode(address governor), who is token governance too at first
    function initialize(bytes calldata parameters) external onlyProxied {
        address governor = abi.decode(parameters, (address));
        if (governor == address(0)) revert ZeroAddress();
        networkGovernor = governor;
        tokenGovernance = governor;
        emit NewGovernor(governor);
        emit NewTokenGovernance(governor);
    }

    /// Nothing to do: this version has nothing to convert.
    function upgrade(bytes calldata) external onlyProxied {}

    modifier onlyGovernor() {
        requireGovernor(msg.sender);
        _;
    }

    /// @inheritdoc IGovernance
    function changeGovernor(address newGovernor) external onlyGovernor {
        if (newGovernor == address(0)) revert ZeroAddress();
        if (newGovernor == networkGovernor) return;
        networkGovernor = newGovernor;
        emit NewGovernor(newGovernor);
    }

    /// @inheritdoc IGovernance
    function changeTokenGovernance(address newTokenGovernance) external onlyGovernor {
        if (newTokenGovernance == tokenGovernance) return;
        tokenGovernance = newTokenGovernance;
        emit NewTokenGovernance(newTokenGovernance);
    }

    /// @inheritdoc IGovernance
    function addToken(address token) external {
        if (msg.sender != tokenGovernance) revert NotTokenGovernance(msg.sender);
        if (token == address(0)) revert ZeroAddress();
        if (tokenIds[token] != 0) revert TokenAlreadyListed(token);
        if (totalTokens >= TOKENS_MAX) revert TooManyTokens();
        uint16 id = ++totalTokens;
        tokenAddresses[id] = token;
        tokenIds[token] = id;
        emit NewToken(token, id);
    }

    /// @inheritdoc IGovernance
    function setTokenPaused(address token, bool paused) external onlyGovernor {
        uint16 id = validateTokenAddress(token);
        if (pausedTokens[id] == paused) return;
        pausedTokens[id] = paused;
        emit TokenPausedUpdate(token, paused);
    }

    /// @inheritdoc IGovernance
    function setValidator(address validator, bool active) external onlyGovernor {
        if (validators[validator] == active) return;
        validators[validator] = active;
        emit ValidatorStatusUpdate(validator, active);
    }

    /// @inheritdoc IGovernance
    function setDefaultNFTFactory(address factory) external onlyGovernor {
        if (factory == address(0)) revert ZeroAddress();
        if (defaultFactory != address(0)) revert DefaultFactoryAlreadySet();
        defaultFactory = factory;
        emit SetDefaultNFTFactory(factory);
    }

    /// @inheritdoc IGovernance
    function registerNFTFactoryCreator(uint32 creatorAccountId, address creator, bytes calldata signature) external {
        if (nftFactories[creatorAccountId][creator] != address(0)) {
            revert CreatorAlreadyRegistered(creatorAccountId, creator);
        }
        bytes memory message = abi.encodePacked(
            "\nCreator's account ID in zkSync: ",
            Signatures.hexOf(creatorAccountId, 4),
            "\nCreator: ",
            Signatures.hexOf(uint160(creator), 20),
            "\nFactory: ",
            Signatures.hexOf(uint160(msg.sender), 20)
        );
        address signer = Signatures.recover(Signatures.personalDigest(message, "141"), signature);
        if (signer == address(0) || signer != creator) revert BadCreatorSignature();
        nftFactories[creatorAccountId][creator] = msg.sender;
        emit NFTFactoryRegisteredCreator(creatorAccountId, creator, msg.sender);
    }

    /// @inheritdoc IGovernance
    function getNFTFactory(uint32 creatorAccountId, address creator) external view returns (address factory) {
        factory = nftFactories[creatorAccountId][creator];
        if (factory.code.length == 0) factory = defaultFactory;
        if (factory == address(0)) revert NoFactory();
    }

    /// @inheritdoc IGovernance
    function requireGovernor(address who) public view {
        if (who != networkGovernor) revert NotGovernor(who);
    }

    /// @inheritdoc IGovernance
    function requireActiveValidator(address who) external view {
        if (!validators[who]) revert NotValidator(who);
    }

    /// @inheritdoc IGovernance
    function isValidTokenId(uint16 id) external view returns (bool) {
        return id <= totalTokens;
    }

    /// @inheritdoc IGovernance
    function validateTokenAddress(address token) public view returns (uint16 id) {
        id = tokenIds[token];
        if (id == 0) revert TokenNotListed(token);
    }

    /// @inheritdoc IGovernance
    function validateDeposit(address token) external view returns (uint16 id) {
        id = validateTokenAddress(token);
        if (pausedTokens[id]) revert TokenPaused(token);
    }
}
