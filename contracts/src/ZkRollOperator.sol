// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Binding} from "./Binding.sol";
import {ChangePubkey} from "./ChangePubkey.sol";
import {IVerifier} from "./interfaces/IVerifier.sol";
import {
    BlockExecution,
    BlockInputs,
    BlockProof,
    IZkRollOperator,
    NewBlock,
    StoredBlock
} from "./interfaces/IZkRoll.sol";
import {Queue} from "./Queue.sol";
import {ZkRollStorage} from "./ZkRollStorage.sol";

/// @notice The operator's side of the main contract. See IZkRollOperator; bytes and rules: docs/pubdata.md.
///
///         committed >= proven >= executed; each block's stored hash binds its contents, its settlement stream and, by
///         the commitment, the public inputs of its proof and the key they are for. Nothing of a proof is trusted but
///         that it fits inputs which the contract made from its own storage and calldata.
contract ZkRollOperator is IZkRollOperator, ZkRollStorage {
    uint256 private constant TIMESTAMP_AGE_MAX = 24 hours;
    uint256 private constant TIMESTAMP_AHEAD_MAX = 15 minutes;

    // First bytes in the settlement stream.
    uint8 private constant DEPOSIT = 0x01;
    uint8 private constant WITHDRAW = 0x03;
    uint8 private constant FULL_EXIT = 0x06;
    uint8 private constant CHANGE_PUBKEY = 0x07;
    uint8 private constant FORCED_EXIT = 0x08;
    uint8 private constant WITHDRAW_NFT = 0x0a;
    uint8 private constant DEPOSIT_REFUSED = 0x11;
    uint8 private constant FULL_EXIT_NFT = 0x16;

    uint256 private constant OPERATION_BYTES = 48;
    uint256 private constant NFT_OPERATION_BYTES = 96;
    uint256 private constant OPENING_BYTES = 72;
    /// Format 1 and seven zero bytes: how every delta stream opens.
    bytes8 private constant DELTA_FORMAT = 0x0100000000000000;

    // What executing an operation takes at most, pinned by a test; a block has to fit in a transaction (EIP-7825).
    uint256 private constant CREDIT_GAS = 30_000;
    uint256 private constant CREDIT_NFT_GAS = 78_000;
    uint256 private constant EXECUTE_GAS_MAX = 14_000_000;

    address private immutable _exodusPart;

    constructor(address exodusPart) {
        _exodusPart = exodusPart;
    }

    fallback() external onlyProxied {
        _delegate(_exodusPart);
    }

    /// Who commits must put the streams into the transaction's own input, where everybody finds them: no contract in
    /// between, and no account that is one by EIP-7702.
    modifier onlyPlainValidator() {
        // forge-lint: disable-next-line(tx-origin)
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert OnlyPlainAccounts();
        _governance.requireActiveValidator(msg.sender);
        _;
    }

    // ---- the four steps

    /// @inheritdoc IZkRollOperator
    function commitBlocks(StoredBlock calldata last, NewBlock[] calldata blocks)
        external
        locked
        notInExodus
        onlyPlainValidator
    {
        _requireCanonical(abi.encodeCall(IZkRollOperator.commitBlocks, (last, blocks)));
        StoredBlock memory previous = _lastCommitted(last);
        for (uint256 i = 0; i < blocks.length; i++) {
            (previous,) = _commit(previous, blocks[i]);
        }
    }

    /// @inheritdoc IZkRollOperator
    function proveBlocks(BlockProof[] calldata blocks) external locked notInExodus {
        uint32 proven = _proven;
        uint256 i = 0;
        while (i < blocks.length && blocks[i].stored.blockNumber <= proven) i++;
        for (; i < blocks.length; i++) {
            BlockProof calldata b = blocks[i];
            if (b.stored.blockNumber != proven + 1) revert OutOfOrder(proven + 1);
            _prove(b.stored, b.inputs, b.proof);
            proven++;
        }
        _proven = proven;
    }

    /// @inheritdoc IZkRollOperator
    function executeBlocks(BlockExecution[] calldata blocks) external locked notInExodus {
        uint32 executed = _executed;
        uint256 i = 0;
        while (i < blocks.length && blocks[i].stored.blockNumber <= executed) i++;
        for (; i < blocks.length; i++) {
            BlockExecution calldata b = blocks[i];
            if (b.stored.blockNumber != executed + 1) revert OutOfOrder(executed + 1);
            if (executed + 1 > _proven) revert OutOfOrder(_proven + 1);
            _execute(b.stored, b.settlement);
            executed++;
        }
    }

    /// @inheritdoc IZkRollOperator
    function settleBlocks(StoredBlock calldata last, NewBlock[] calldata blocks, bytes[] calldata proofs)
        external
        locked
        notInExodus
        onlyPlainValidator
    {
        _requireCanonical(abi.encodeCall(IZkRollOperator.settleBlocks, (last, blocks, proofs)));
        if (proofs.length != blocks.length) revert WrongLength();
        if (_executed != _committed) revert OutOfOrder(_executed + 1);
        StoredBlock memory previous = _lastCommitted(last);
        BlockInputs memory inputs;
        for (uint256 i = 0; i < blocks.length; i++) {
            (previous, inputs) = _commit(previous, blocks[i]);
            _prove(previous, inputs, proofs[i]);
            _proven++;
            _execute(previous, blocks[i].settlement);
        }
    }

    /// @inheritdoc IZkRollOperator
    function revertBlocks(StoredBlock[] calldata blocks) external locked notInExodus {
        _governance.requireActiveValidator(msg.sender);
        uint32 committed = _committed;
        uint64 requests = 0;
        for (uint256 i = 0; i < blocks.length; i++) {
            if (committed == _executed) revert OutOfOrder(committed);
            if (blocks[i].blockNumber != committed) revert OutOfOrder(committed);
            _requireStored(blocks[i]);
            delete _blockHashes[committed];
            requests += blocks[i].priorityOperations;
            committed--;
        }
        _committed = committed;
        if (_proven > committed) _proven = committed;
        _committedRequests -= requests;
        emit BlocksRevert(_executed, committed);
    }

    // ---- commit

    /// The ABI lets one call be written in many ways: with gaps, with offsets in any order, with parts that overlap. A
    /// restorer shall not have to know all that the compiler's decoder takes, so there is one way: the encoder's.
    function _requireCanonical(bytes memory encoded) private pure {
        if (keccak256(encoded) != Binding.hash(msg.data)) revert CalldataNotCanonical();
    }

    function _lastCommitted(StoredBlock memory last) private view returns (StoredBlock memory) {
        if (last.blockNumber != _committed) revert OutOfOrder(_committed);
        _requireStored(last);
        return last;
    }

    function _commit(StoredBlock memory previous, NewBlock calldata b)
        private
        returns (StoredBlock memory stored, BlockInputs memory inputs)
    {
        uint32 number = previous.blockNumber + 1;
        if (
            b.timestamp < previous.timestamp || b.timestamp > block.timestamp + TIMESTAMP_AHEAD_MAX
                || b.timestamp + TIMESTAMP_AGE_MAX < block.timestamp
        ) revert BadTimestamp(number);
        if (uint256(b.stateHash) >= FIELD_ORDER || b.slotChain >= FIELD_ORDER) revert NotCanonical();
        if (_verifiers[b.keyId] == address(0)) revert UnknownKey(b.keyId);
        if (b.settlement.length % Binding.WORD_BYTES != 0 || b.delta.length % Binding.WORD_BYTES != 0) {
            revert BadStreamLength();
        }
        if (b.delta.length < OPENING_BYTES || bytes8(b.delta[0:8]) != DELTA_FORMAT) revert UnknownFormat();

        stored.blockNumber = number;
        stored.priorityOperations = _checkSettlement(b.settlement, b.witnesses);
        stored.pendingOnchainOperationsHash = Binding.hash(b.settlement);
        stored.timestamp = b.timestamp;
        stored.stateHash = b.stateHash;

        inputs.keyId = b.keyId;
        inputs.oldRoot = previous.stateHash;
        inputs.slotChain = b.slotChain;
        inputs.r = Binding.challenge(
            stored.pendingOnchainOperationsHash,
            Binding.hash(b.delta),
            b.slotChain,
            _header(stored),
            previous.stateHash,
            b.stateHash
        );
        inputs.ySettlement = Binding.evaluate(b.settlement, inputs.r);
        inputs.yDelta = Binding.evaluate(b.delta, inputs.r);
        stored.commitment = keccak256(abi.encode(inputs));

        _blockHashes[number] = _hashOf(stored);
        _committed = number;
        _committedRequests += stored.priorityOperations;
        emit BlockCommit(number);
    }

    /// The timestamp was at most 15 minutes ahead of a clock that fits 64 bits.
    function _header(StoredBlock memory b) private pure returns (uint256) {
        return Binding.header(b.blockNumber, FEE_ACCOUNT, uint64(b.timestamp));
    }

    /// One operation of the settlement stream, as far as L1 cares. Members that a kind does not have mean nothing.
    struct Operation {
        uint8 code;
        uint32 account;
        address owner; // bytes 4 … 23
        uint16 token; // 24, 25
        uint32 id; // 24 … 27: NFT, or nonce
        uint160 tail; // 28 … 47: key hash, or creator's address
        uint128 amount; // 32 … 47
    }

    /// Reads the operation at `offset`, and says where it ends. Its bytes are all in the stream, or this reverts.
    function _read(Operation memory op, bytes calldata stream, uint256 offset) private pure returns (uint256 end) {
        uint256 first;
        uint256 second;
        if (stream.length - offset < OPERATION_BYTES) revert TruncatedOperation(offset);
        assembly ("memory-safe") {
            first := calldataload(add(stream.offset, offset))
            second := shr(128, calldataload(add(stream.offset, add(offset, 32))))
        }
        op.code = uint8(first >> 248);
        op.account = uint32(first >> 224) & ACCOUNT_ID_NOBODY;
        op.owner = address(uint160(first >> 64));
        op.token = uint16(first >> 48);
        op.id = uint32(first >> 32);
        op.tail = uint160(uint160(uint32(first)) << 128 | second);
        op.amount = uint128(second);
        end = offset + OPERATION_BYTES;
        if (op.code == WITHDRAW_NFT || op.code == FULL_EXIT_NFT) {
            end = offset + NFT_OPERATION_BYTES;
            if (end > stream.length) revert TruncatedOperation(offset);
        }
    }

    /// Walks the stream from end to end: requests must be those of the queue, in its order; new keys must be authorized;
    /// nothing may be there that L1 does not know, nor that it could not execute. Returns the number of requests.
    function _checkSettlement(bytes calldata stream, bytes[] calldata witnesses)
        private
        view
        returns (uint64 requests)
    {
        Operation memory op;
        uint256 gasToExecute = 0;
        uint256 nextWitness = 0;
        uint64 next = _firstRequest + _committedRequests;
        uint64 first = next;
        uint64 open = _firstRequest + _openRequests;
        for (uint256 offset = 0; offset < stream.length;) {
            uint256 end = _read(op, stream, offset);
            uint8 code = op.code;
            if (code == DEPOSIT || code == DEPOSIT_REFUSED) {
                _checkRequest(next++, open, Queue.DEPOSIT, Queue.deposit(op.token, op.amount, op.owner));
            } else if (code == FULL_EXIT) {
                _checkRequest(next++, open, Queue.FULL_EXIT, Queue.fullExit(op.account, op.owner, op.token));
            } else if (code == FULL_EXIT_NFT) {
                // Else the exit of a fungible token could pass for that of an NFT, which nobody owns.
                if (op.id < NFT_ID_FIRST) revert BadTokenId(offset);
                _checkRequest(next++, open, Queue.FULL_EXIT, Queue.fullExit(op.account, op.owner, op.id));
            } else if (code == CHANGE_PUBKEY) {
                if (nextWitness == witnesses.length) revert MissingWitness();
                if (!_authorized(op, witnesses[nextWitness++])) revert NotAuthorized(offset);
            } else if (code != WITHDRAW && code != FORCED_EXIT && code != WITHDRAW_NFT) {
                revert UnknownOperation(offset);
            }
            if (code != DEPOSIT && code != CHANGE_PUBKEY) {
                gasToExecute += code == WITHDRAW_NFT || code == FULL_EXIT_NFT ? CREDIT_NFT_GAS : CREDIT_GAS;
            }
            offset = end;
        }
        if (nextWitness != witnesses.length) revert LeftoverWitness();
        if (gasToExecute > EXECUTE_GAS_MAX) revert TooMuchToExecute();
        return next - first;
    }

    function _checkRequest(uint64 serialId, uint64 open, uint8 opType, bytes memory data) private view {
        Request storage request = _requests[serialId];
        if (serialId >= open || request.opType != opType || request.hash != Queue.hash(data)) {
            revert WrongPriorityOperation(serialId);
        }
        // Nobody needs the data any more, nor what came after it. Memory costs the square of its size.
        assembly ("memory-safe") {
            mstore(0x40, data)
        }
    }

    /// By the witness, or, if that is empty, by what the owner announced on chain.
    function _authorized(Operation memory op, bytes calldata witness) private view returns (bool ok) {
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        if (witness.length == 0) {
            ok = _authFacts[op.owner][op.id] == keccak256(abi.encodePacked(bytes20(op.tail)));
        } else {
            ok = ChangePubkey.authorized(ChangePubkey.Change(bytes20(op.tail), op.id, op.account, op.owner), witness);
        }
        // The texts that were hashed are of no use to the next operation.
        assembly ("memory-safe") {
            mstore(0x40, free)
        }
    }

    // ---- prove and execute

    function _requireStored(StoredBlock memory b) private view {
        if (_blockHashes[b.blockNumber] != _hashOf(b)) revert UnknownBlock(b.blockNumber);
    }

    /// The block must be the one after the last proven one; the caller counts it.
    function _prove(StoredBlock memory b, BlockInputs memory inputs, bytes calldata proof) private {
        _requireStored(b);
        if (keccak256(abi.encode(inputs)) != b.commitment) revert WrongInputs(b.blockNumber);
        address verifier = _verifiers[inputs.keyId];
        if (verifier == address(0)) revert UnknownKey(inputs.keyId);
        uint256[7] memory publicInputs = [
            uint256(inputs.oldRoot),
            uint256(b.stateHash),
            _header(b),
            inputs.slotChain,
            inputs.r,
            inputs.ySettlement,
            inputs.yDelta
        ];
        if (!IVerifier(verifier).verify(publicInputs, proof)) revert ProofRejected(b.blockNumber);
        emit BlockProven(b.blockNumber);
    }

    function _execute(StoredBlock memory b, bytes calldata settlement) private {
        _requireStored(b);
        if (Binding.hash(settlement) != b.pendingOnchainOperationsHash) revert WrongSettlement(b.blockNumber);
        _executed = b.blockNumber;
        _firstRequest += b.priorityOperations;
        _openRequests -= b.priorityOperations;
        _committedRequests -= b.priorityOperations;
        Operation memory op;
        for (uint256 offset = 0; offset < settlement.length;) {
            uint256 end = _read(op, settlement, offset);
            _executeOperation(op, settlement, offset);
            offset = end;
        }
        emit BlockVerification(b.blockNumber);
    }

    function _executeOperation(Operation memory op, bytes calldata stream, uint256 offset) private {
        if (op.code == WITHDRAW) _credit(op.token, op.owner, op.amount, CREDIT_WITHDRAW);
        else if (op.code == FORCED_EXIT) _credit(op.token, op.owner, op.amount, CREDIT_FORCED_EXIT);
        else if (op.code == FULL_EXIT) _credit(op.token, op.owner, op.amount, CREDIT_EXIT);
        else if (op.code == DEPOSIT_REFUSED) _credit(op.token, op.owner, op.amount, CREDIT_REFUSED_DEPOSIT);
        else if (op.code == WITHDRAW_NFT || op.code == FULL_EXIT_NFT) _executeNFT(op, stream, offset);
    }

    /// The second half: creator 3, serial 4, amount 1, content hash 32, at 48 of the operation.
    function _executeNFT(Operation memory op, bytes calldata stream, uint256 offset) private {
        uint256 half = uint256(bytes32(stream[offset + 48:offset + 80]));
        if (op.code == FULL_EXIT_NFT && uint8(half >> 192) != 1) return;
        bytes32 contentHash = bytes32(stream[offset + 56:offset + 88]);
        _creditNFT(op.id, PendingNFT(address(op.tail), uint32(half >> 232), uint32(half >> 200), op.owner, contentHash));
    }
}
