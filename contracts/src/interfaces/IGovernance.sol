// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who may run the rollup, and which tokens and NFT factories it knows.
/// @notice Governor actions have no delay. They can stop deposits and blocks; they cannot move funds, and they cannot
///         touch what is in the main contract. Tokens are never removed.
interface IGovernance {
    event NewToken(address indexed token, uint16 indexed tokenId);
    event TokenPausedUpdate(address indexed token, bool paused);
    event ValidatorStatusUpdate(address indexed validatorAddress, bool isActive);
    event NewGovernor(address newGovernor);
    event NewTokenGovernance(address newTokenGovernance);
    event SetDefaultNFTFactory(address indexed factory);
    event NFTFactoryRegisteredCreator(
        uint32 indexed creatorAccountId, address indexed creatorAddress, address factoryAddress
    );

    error NotGovernor(address caller);
    error NotTokenGovernance(address caller);
    error NotValidator(address caller);
    error ZeroAddress();
    error TokenAlreadyListed(address token);
    error TokenNotListed(address token);
    error TokenPaused(address token);
    error TooManyTokens();
    error DefaultFactoryAlreadySet();
    error NoFactory();
    error CreatorAlreadyRegistered(uint32 creatorAccountId, address creator);
    error BadCreatorSignature();

    /// @notice The account that configures; not the owner of upgrades, who is the gatekeeper's master.
    function networkGovernor() external view returns (address);

    /// @notice Number of listed tokens, which is the highest id: ETH, id 0, is not counted.
    function totalTokens() external view returns (uint16);
    function tokenAddresses(uint16 id) external view returns (address);

    /// @notice 0 means not listed (or ETH, the zero address).
    function tokenIds(address token) external view returns (uint16);
    function validators(address who) external view returns (bool);
    function pausedTokens(uint16 id) external view returns (bool);
    function tokenGovernance() external view returns (address);

    /// @notice The factory that a creator chose, zero if none.
    function nftFactories(uint32 creatorAccountId, address creator) external view returns (address);
    function defaultFactory() external view returns (address);

    function changeGovernor(address newGovernor) external;
    function changeTokenGovernance(address newTokenGovernance) external;

    /// @notice Lists a token under the next id; token governance only, at most 1,023.
    function addToken(address token) external;

    /// @notice Pausing stops deposits of a token, and nothing else.
    function setTokenPaused(address token, bool paused) external;
    function setValidator(address validator, bool active) external;

    /// @notice Once, and for ever: users' NFTs would otherwise land in a contract they never saw.
    function setDefaultNFTFactory(address factory) external;

    /// @notice The calling contract becomes the factory for NFTs of this creator, who signed that (EIP-191) with the
    ///         text "\nCreator's account ID in zkSync: {8 hex}\nCreator: {40 hex}\nFactory: {40 hex}". Final.
    function registerNFTFactoryCreator(uint32 creatorAccountId, address creator, bytes calldata signature) external;

    /// @notice The creator's factory, or the default one if there is none or its code is gone.
    function getNFTFactory(uint32 creatorAccountId, address creator) external view returns (address);

    function requireGovernor(address who) external view;
    function requireActiveValidator(address who) external view;
    function isValidTokenId(uint16 id) external view returns (bool);

    /// @notice The id of a listed token; reverts for others.
    function validateTokenAddress(address token) external view returns (uint16);

    /// @notice The id of a listed token that may be deposited now; reverts for others.
    function validateDeposit(address token) external view returns (uint16);
}
