// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPoseidon2} from "./interfaces/IPoseidon2.sol";
import {Exit} from "./interfaces/IZkRoll.sol";

/// @notice The state root that a claim and its path lead to: docs/pubdata.md, "State". The C twin is account_proof_root
///         and nft_proof_root of src/rollup/state.h. The layout of paths is in IZkRollExodus.
/// @dev    A leaf packs several fields into one element. Each field is checked to be in its range, since else another set
///         of fields could have the same sum. Siblings and whole elements are checked to be below p by Poseidon2.
library StateProof {
    uint256 private constant ACCOUNT_LEVELS = 12;
    uint256 private constant BALANCE_LEVELS = 5;
    uint256 private constant NFT_LEVELS = 16;
    uint256 private constant HEAD = 6;
    uint256 private constant BALANCE_PATH = HEAD + 3 * (BALANCE_LEVELS + ACCOUNT_LEVELS);
    uint256 private constant NFT_PATH = HEAD + 3 * (ACCOUNT_LEVELS + NFT_LEVELS);

    error WrongPathLength();
    error OutOfRange();

    /// For a fungible token. Callers have checked account id (24 bits) and token id (10 bits).
    function balanceRoot(IPoseidon2 hasher, Exit memory e) internal pure returns (bytes32) {
        uint256[] memory p = e.proof;
        if (p.length != BALANCE_PATH) revert WrongPathLength();
        uint256 balances = hasher.climb(e.amount, e.tokenId, _part(p, HEAD, BALANCE_LEVELS));
        uint256 accounts = _accountRoot(hasher, e, balances, HEAD + 3 * BALANCE_LEVELS);
        return _stateRoot(hasher, accounts, p[3], p[4], p[5]);
    }

    /// For an NFT. Callers have checked account id (24 bits) and token id (32 bits).
    function nftRoot(IPoseidon2 hasher, Exit memory e) internal pure returns (bytes32) {
        uint256[] memory p = e.proof;
        if (p.length != NFT_PATH) revert WrongPathLength();
        uint256 accounts = _accountRoot(hasher, e, p[3], HEAD);
        uint256 nfts = hasher.climb(_nftLeaf(hasher, e), e.tokenId, _part(p, HEAD + 3 * ACCOUNT_LEVELS, NFT_LEVELS));
        return _stateRoot(hasher, accounts, nfts, p[4], p[5]);
    }

    /// H4(address + nonce 2^160, key hash, balance root, minted count), up to the root of accounts.
    function _accountRoot(IPoseidon2 hasher, Exit memory e, uint256 balances, uint256 path)
        private
        pure
        returns (uint256)
    {
        (uint256 nonce, uint256 keyHash, uint256 minted) = (e.proof[0], e.proof[1], e.proof[2]);
        if (nonce >> 32 != 0 || keyHash >> 160 != 0 || minted >> 32 != 0) revert OutOfRange();
        uint256 leaf = hasher.compress(uint160(e.owner) | nonce << 160, keyHash, balances, minted);
        return hasher.climb(leaf, e.accountId, _part(e.proof, path, ACCOUNT_LEVELS));
    }

    /// H4(owner + creator 2^24 + serial 2^48 + creator address 2^80, content hi, content lo, 0).
    function _nftLeaf(IPoseidon2 hasher, Exit memory e) private pure returns (uint256) {
        if (e.nftCreatorAccountId >> 24 != 0) revert OutOfRange();
        uint256 ids = uint256(e.accountId) | uint256(e.nftCreatorAccountId) << 24 | uint256(e.nftSerialId) << 48
            | uint256(uint160(e.nftCreatorAddress)) << 80;
        return hasher.compress(ids, uint256(e.nftContentHash) >> 128, uint128(uint256(e.nftContentHash)), 0);
    }

    /// H4(account root, NFT root, NFT count, account count).
    function _stateRoot(IPoseidon2 hasher, uint256 accounts, uint256 nfts, uint256 nftCount, uint256 accountCount)
        private
        pure
        returns (bytes32)
    {
        if (nftCount >> 32 != 0 || accountCount >> 24 != 0) revert OutOfRange();
        return bytes32(hasher.compress(accounts, nfts, nftCount, accountCount));
    }

    /// The siblings of `levels` levels from element `from`.
    function _part(uint256[] memory p, uint256 from, uint256 levels) private pure returns (uint256[] memory part) {
        part = new uint256[](3 * levels);
        for (uint256 i = 0; i < part.length; i++) {
            part[i] = p[from + i];
        }
    }

    /// The root of a state with the fee account, id 0, and nothing else.
    function genesisRoot(IPoseidon2 hasher, address feeAddress) internal pure returns (bytes32) {
        uint256[] memory empty = new uint256[](NFT_LEVELS + 1);
        for (uint256 h = 0; h < NFT_LEVELS; h++) {
            empty[h + 1] = hasher.compress(empty[h], empty[h], empty[h], empty[h]);
        }
        uint256[] memory siblings = new uint256[](3 * ACCOUNT_LEVELS);
        for (uint256 i = 0; i < siblings.length; i++) {
            siblings[i] = empty[i / 3];
        }
        uint256 leaf = hasher.compress(uint160(feeAddress), 0, empty[BALANCE_LEVELS], 0);
        return _stateRoot(hasher, hasher.climb(leaf, 0, siblings), empty[NFT_LEVELS], 0, 1);
    }
}
