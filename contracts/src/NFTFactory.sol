// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";

import {INFTFactory} from "./interfaces/INFTFactory.sol";

/// @title The default home of withdrawn NFTs.
/// @notice Mints without asking the recipient (no onERC721Received): a recipient that is a contract without that
///         function would otherwise lock its own NFT in the main contract for ever.
contract NFTFactory is ERC721Enumerable, INFTFactory {
    error OnlyMain(address caller);

    /// creator address | creator account << 160 | serial << 192, as getCreatorFingerprint returns it.
    mapping(uint256 tokenId => uint256) private _fingerprints;
    mapping(uint256 tokenId => bytes32) private _contentHashes;
    address private immutable _main;

    constructor(string memory name, string memory symbol, address main) ERC721(name, symbol) {
        _main = main;
    }

    /// @inheritdoc INFTFactory
    function mintNFTFromZkSync(
        address creator,
        address recipient,
        uint32 creatorAccountId,
        uint32 serialId,
        bytes32 contentHash,
        uint256 tokenId
    ) external {
        if (msg.sender != _main) revert OnlyMain(msg.sender);
        _fingerprints[tokenId] = uint256(uint160(creator)) | uint256(creatorAccountId) << 160 | uint256(serialId) << 192;
        _contentHashes[tokenId] = contentHash;
        _mint(recipient, tokenId);
        emit MintNFTFromZkSync(creator, recipient, creatorAccountId, serialId, contentHash, tokenId);
    }

    /// @notice Destroys an NFT, for its owner or who may spend it.
    function burn(uint256 tokenId) external {
        _update(address(0), tokenId, msg.sender);
        delete _fingerprints[tokenId];
        delete _contentHashes[tokenId];
    }

    function getContentHash(uint256 tokenId) external view returns (bytes32) {
        return _contentHashes[tokenId];
    }

    function getCreatorFingerprint(uint256 tokenId) external view returns (uint256) {
        return _fingerprints[tokenId];
    }

    function getCreatorAddress(uint256 tokenId) external view returns (address) {
        return address(uint160(_fingerprints[tokenId]));
    }

    function getCreatorAccountId(uint256 tokenId) external view returns (uint32) {
        return uint32(_fingerprints[tokenId] >> 160);
    }

    function getSerialId(uint256 tokenId) external view returns (uint32) {
        return uint32(_fingerprints[tokenId] >> 192);
    }

    /// @notice "ipfs://" and the content identifier of the content hash; reverts for unknown ids.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return string.concat("ipfs://", ipfsCID(_contentHashes[tokenId]));
    }

    function baseURI() external pure returns (string memory) {
        return "ipfs://";
    }

    /// @notice CIDv0: base58 of 0x1220 (SHA-256, 32 bytes) and the hash; always 46 characters.
    function ipfsCID(bytes32 contentHash) public pure returns (string memory) {
        bytes memory text = new bytes(46);
        // 34 bytes are more than a word: a high part below 2^144 and a low part of 128 bits, divided by hand.
        uint256 high = uint256(0x1220) << 128 | uint256(contentHash) >> 128;
        uint256 low = uint128(uint256(contentHash));
        for (uint256 i = 46; i > 0; i--) {
            uint256 rest = (high % 58) << 128 | low;
            high /= 58;
            low = rest / 58;
            text[i - 1] = bytes("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")[rest % 58];
        }
        return string(text);
    }
}
