// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What the main contract asks of a contract in which withdrawn NFTs live.
interface INFTFactory {
    event MintNFTFromZkSync(
        address indexed creator,
        address indexed recipient,
        uint32 creatorAccountId,
        uint32 serialId,
        bytes32 contentHash,
        uint256 tokenId
    );

    /// @notice Makes the NFT, for the main contract alone. The id is that of L2; it comes once.
    function mintNFTFromZkSync(
        address creator,
        address recipient,
        uint32 creatorAccountId,
        uint32 serialId,
        bytes32 contentHash,
        uint256 tokenId
    ) external;
}
