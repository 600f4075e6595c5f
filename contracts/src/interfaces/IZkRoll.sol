// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What L1 keeps a hash of for every block. Six words, so that `performExodus` has the selector that tools know.
struct StoredBlock {
    uint32 blockNumber;
    /// How many requests of the priority queue it contains.
    uint64 priorityOperations;
    /// keccak256 of its settlement stream.
    bytes32 pendingOnchainOperationsHash;
    uint256 timestamp;
    /// The state root after it.
    bytes32 stateHash;
    /// keccak256(abi.encode(BlockInputs)); 0 for genesis.
    bytes32 commitment;
}

/// @title Types and events that all parts of the main contract share.
interface IZkRollEvents {
    /// A deposit or full exit was asked for. `pubData` is what `serialId` must be in a block; `expirationBlock` is an estimate
    /// from the deadline, which counts seconds.
    event NewPriorityRequest(address sender, uint64 serialId, uint8 opType, bytes pubData, uint256 expirationBlock);
    event Deposit(uint16 indexed tokenId, uint128 amount);
    /// Funds left the contract; `amount` is what its balance fell by.
    event Withdrawal(address indexed owner, uint16 indexed tokenId, uint128 amount);
    /// A pending balance was credited, also with 0. Type: 0 withdrawal, 1 forced exit, 2 full exit, exodus or cancelled deposit,
    /// 3 refused deposit.
    event WithdrawalPending(uint16 indexed tokenId, address indexed recipient, uint128 amount, uint8 withdrawalType);
    event WithdrawalNFT(uint32 indexed tokenId);
    event WithdrawalNFTPending(uint32 indexed tokenId);
    /// A key for the L2 account of `owner` was announced, or the reset of one (then the fact of `nonce` still holds).
    event AuthFactSet(address indexed owner, uint32 nonce, bytes pubkeyHash);
    event AuthFactResetStarted(address indexed owner, uint32 nonce);

    event BlockCommit(uint32 indexed blockNumber);
    event BlockProven(uint32 indexed blockNumber);
    /// The block was executed.
    event BlockVerification(uint32 indexed blockNumber);
    event BlocksRevert(uint32 totalBlocksVerified, uint32 totalBlocksCommitted);
    event ExodusMode();

    error Reentered();
    error InExodus();
    error UnknownBlock(uint32 number);
    error PendingTooBig();
}

/// @title The main contract, as users see it: deposits, exits, keys announced on chain, withdrawals. It holds the funds.
/// @notice ETH is the zero address and token 0. Plain ETH sent to it is refused. All functions that change state share
///         one lock.
interface IZkRoll is IZkRollEvents {
    error BadRecipient();
    error ZeroAmount();
    error AmountTooBig();
    /// All deposits of a token together stay below 2^128: no sum of balances ever overflows.
    error DepositLimitReached();
    error TransferFailed();
    error BadAccountId();
    error BadTokenId();
    error BadPubkeyHashLength();
    error ResetTooEarly(uint256 possibleAt);
    error NothingPending();
    error TookTooMuch();
    error NotOwner(address caller);
    error UnknownFunction();

    /// @notice Deposits the value sent for the L2 account of `_zkSyncAddress`, which need not exist yet.
    function depositETH(address _zkSyncAddress) external payable;

    /// @notice Takes `_amount` by transferFrom and deposits what arrived, at most 2^104 - 1.
    function depositERC20(address _token, uint104 _amount, address _zkSyncAddress) external;

    /// @notice Writes the slot that sums a token's deposits before anybody needs it, so that the first deposit costs no more
    ///         than others. Anyone may call; TokenGovernance does when it lists.
    function prepareDeposits(address _token) external;

    /// @notice Asks for everything an account of the caller has of a token. If it is not the caller's account, or has
    ///         nothing, the exit happens with amount 0. Paused tokens too.
    function requestFullExit(uint32 _accountId, address _token) external;
    function requestFullExitNFT(uint32 _accountId, uint32 _tokenId) external;

    /// @notice Announces a key hash (20 bytes) for the caller's L2 account and a nonce of it. The first call for a nonce counts at
    ///         once. To replace it, call again, which starts a day's wait and ignores the hash, and again after that.
    function setAuthPubkeyHash(bytes calldata _pubkeyHash, uint32 _nonce) external;

    /// @notice keccak256 of the announced hash, 0 if none.
    function authFacts(address owner, uint32 nonce) external view returns (bytes32);

    /// @notice When a reset was announced, 0 if it was not.
    function authFactsResetTimer(address owner, uint32 nonce) external view returns (uint256);

    function getPendingBalance(address _address, address _token) external view returns (uint128);

    /// @notice Pays at most `_amount` of a pending balance to its owner. Anyone may call; always to the owner.
    function withdrawPendingBalance(address payable _owner, address _token, uint128 _amount) external;

    /// @notice Mints a withdrawn NFT for its owner. Anyone may call: then in the default factory. In the creator's own, if there
    ///         is one, only when the owner calls, who thereby trusts the creator's code to mint it.
    function withdrawPendingNFTBalance(uint32 _tokenId) external;

    /// @notice The same for the NFT's owner alone, who may choose another recipient, and the default factory where the
    ///         creator's own refuses.
    function withdrawPendingNFTBalanceTo(uint32 _tokenId, address _recipient, bool _defaultFactory) external;

    /// @notice Who a withdrawn NFT waits for; zero if none does.
    function pendingNFTOwner(uint32 _tokenId) external view returns (address);

    function exodusMode() external view returns (bool);
    function firstPriorityRequestId() external view returns (uint64);
    function totalOpenPriorityRequests() external view returns (uint64);

    /// @notice How many of the open requests are in committed blocks.
    function totalCommittedPriorityRequests() external view returns (uint64);

    /// @notice A request: low 20 bytes of keccak256(pubData), time from which it is overdue, type (0 if there never was one).
    function priorityRequests(uint64 id) external view returns (bytes20 hash, uint64 deadline, uint8 opType);
    function totalBlocksCommitted() external view returns (uint32);
    function totalBlocksProven() external view returns (uint32);
    function totalBlocksExecuted() external view returns (uint32);
    function storedBlockHashes(uint32 number) external view returns (bytes32);

    /// @notice Sum of everything ever deposited of a token.
    function totalDeposited(uint16 tokenId) external view returns (uint128);
    function governance() external view returns (address);

    /// @notice The verifier of a key id; zero if there is none or it was retired.
    function verifiers(uint32 keyId) external view returns (address);

    /// @notice Key ids are 0 … keyCount - 1.
    function keyCount() external view returns (uint32);

    /// @notice Seconds that a request may wait.
    function priorityExpiration() external view returns (uint64);
}

/// @notice A block as the operator commits it. The rest (number, old root, fee account) the contract knows.
struct NewBlock {
    uint256 timestamp;
    /// The state root after it, below p.
    bytes32 stateHash;
    /// C of docs/pubdata.md, below p.
    uint256 slotChain;
    /// Which verification key its proof is for.
    uint32 keyId;
    bytes settlement;
    bytes delta;
    /// One a change-pubkey operation, in their order.
    bytes[] witnesses;
}

/// @notice What a proof is about, besides number, timestamp and new root. Made by the contract at commit.
struct BlockInputs {
    uint32 keyId;
    bytes32 oldRoot;
    uint256 slotChain;
    uint256 r;
    uint256 ySettlement;
    uint256 yDelta;
}

struct BlockProof {
    StoredBlock stored;
    BlockInputs inputs;
    bytes proof;
}

struct BlockExecution {
    StoredBlock stored;
    bytes settlement;
}

/// @title The operator's side. Blocks are committed (validators), proven and executed (anyone), each strictly in order;
///        validators may take back what is not executed.
interface IZkRollOperator is IZkRollEvents {
    error OnlyPlainAccounts();
    /// The call is not encoded as encoders do: restorers read the streams from the transaction's input.
    error CalldataNotCanonical();
    error BadTimestamp(uint32 number);
    error NotCanonical();
    error BadStreamLength();
    error UnknownFormat();
    error UnknownKey(uint32 keyId);
    error UnknownOperation(uint256 offset);
    error TruncatedOperation(uint256 offset);
    error BadTokenId(uint256 offset);
    /// The operation is not what the queue has at this place, or the queue has nothing more.
    error WrongPriorityOperation(uint64 serialId);
    error NotAuthorized(uint256 offset);
    error MissingWitness();
    error LeftoverWitness();
    /// Executing it might not fit in a transaction.
    error TooMuchToExecute();
    error OutOfOrder(uint32 expected);
    error WrongInputs(uint32 number);
    error ProofRejected(uint32 number);
    error WrongSettlement(uint32 number);
    error WrongLength();
    error UnknownFunction();

    /// @notice Commits blocks after `last`, the last committed one. Validators, from plain accounts, so that the streams
    ///         stand in the input of the transaction itself. Oldest first.
    function commitBlocks(StoredBlock calldata last, NewBlock[] calldata blocks) external;

    /// @notice Proves committed blocks. Anyone. Leading blocks that are proven already are skipped.
    function proveBlocks(BlockProof[] calldata blocks) external;

    /// @notice Executes proven blocks: credits pending balances, sends nothing. Anyone. Leading blocks that are executed
    ///         already are skipped.
    function executeBlocks(BlockExecution[] calldata blocks) external;

    /// @notice All three at once, with one proof a block. Everything before must have been executed.
    function settleBlocks(StoredBlock calldata last, NewBlock[] calldata blocks, bytes[] calldata proofs) external;

    /// @notice Takes back committed blocks that are not executed, the last first. Validators.
    function revertBlocks(StoredBlock[] calldata blocks) external;
}

/// @notice A claim on a leaf of the last executed state.
struct Exit {
    address owner;
    uint32 accountId;
    uint32 tokenId;
    uint128 amount;
    uint32 nftCreatorAccountId;
    address nftCreatorAddress;
    uint32 nftSerialId;
    bytes32 nftContentHash;
    uint256[] proof;
}

/// @title The way out when the operator is gone, and what the contract says about upgrades of itself.
///
/// @notice Paths. Siblings are ordered as in docs/pubdata.md, three a level from the leaf upwards; each element is below p.
///         Fungible, 57 elements: nonce, key hash, minted count, NFT root, NFT count, account count, 15 siblings in the
///         balance tree, 36 in the account tree.
///         NFT, 90 elements: nonce, key hash, minted count, balance root, NFT count, account count, 36 siblings in the
///         account tree, 48 in the NFT tree.
interface IZkRollExodus is IZkRollEvents {
    event ExitPerformed(uint32 indexed accountId, uint32 indexed tokenId, address indexed owner);
    /// Everything a restorer needs to build the genesis state, and a user to judge the deployment.
    event Genesis(
        bytes32 root,
        address feeAddress,
        address governance,
        uint64 priorityExpiration,
        uint64 noticePeriod,
        uint64 noticeFloor
    );
    event KeyAdded(uint32 indexed keyId, address verifier);
    event KeyRetired(uint32 indexed keyId);

    error NotInExodus();
    error AlreadyExited(uint32 accountId, uint32 tokenId);
    error NotLastExecuted();
    error BadAccountId();
    error BadTokenId();
    error NothingToExit();
    error WrongRoot();
    error NoRequests();
    error WrongDepositData(uint64 serialId);
    error BadParameters();
    error UnknownFunction();

    /// @notice Switches to exodus mode if the oldest request is overdue; false, and nothing, if it is not. Irreversible.
    function activateExodusMode() external returns (bool);

    /// @notice Credits what an account has of one token, for its owner, once. Anyone may call.
    function performExodus(
        StoredBlock calldata _storedBlockInfo,
        address _owner,
        uint32 _accountId,
        uint32 _tokenId,
        uint128 _amount,
        uint32 _nftCreatorAccountId,
        address _nftCreatorAddress,
        uint32 _nftSerialId,
        bytes32 _nftContentHash,
        uint256[] calldata _proof
    ) external;

    /// @notice Several exits at once. Those that were performed already are skipped, whatever else they say; of the others all
    ///         or none.
    function performExoduses(StoredBlock calldata _storedBlockInfo, Exit[] calldata _exits) external;

    /// @notice Credits the first `_n` outstanding deposits to whom they are for. `_depositsPubdata` has one element a deposit
    ///         among them.
    function cancelOutstandingDepositsForExodusMode(uint64 _n, bytes[] calldata _depositsPubdata) external;

    /// @notice True once (account, token) was exited.
    function performedExodus(uint32 accountId, uint32 tokenId) external view returns (bool);
}
