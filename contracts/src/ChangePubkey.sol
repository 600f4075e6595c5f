// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signatures} from "./Signatures.sol";

/// @notice Whether the owner of an account authorized a new L2 key, by a witness: its first byte is the type.
///           0  signature 65: of the message with 32 zero bytes
///           1  creator 20, salt argument 32, code hash 32: the owner is the contract made with this key in its salt (EIP-1014)
///           2  signature 65: of the old text
///           3  signature 65, data 32: of the message with the data
///           4  signature 65: EIP-712
///         The C twin is src/rollup/eth_auth.h.
library ChangePubkey {
    bytes32 private constant DOMAIN_TYPE = keccak256("EIP712Domain(string name,string version,uint256 chainId)");
    bytes32 private constant STRUCT_TYPE = keccak256("ChangePubKey(bytes20 pubKeyHash,uint32 nonce,uint32 accountId)");

    struct Change {
        bytes20 pubkeyHash;
        uint32 nonce;
        uint32 accountId;
        address owner;
    }

    function authorized(Change memory c, bytes calldata witness) internal view returns (bool) {
        if (witness.length == 0) return false;
        uint8 kind = uint8(witness[0]);
        if (kind == 1) return witness.length == 85 && c.nonce == 0 && _create2(c, witness) == c.owner;
        if (kind > 4 || witness.length != (kind == 3 ? 98 : 66)) return false;
        bytes32 digest;
        if (kind == 0) digest = _message(c, 0);
        else if (kind == 3) digest = _message(c, bytes32(witness[66:98]));
        else if (kind == 2) digest = _oldText(c);
        else digest = _typed(c);
        address signer = Signatures.recover(digest, witness[1:66]);
        return signer != address(0) && signer == c.owner;
    }

    function _message(Change memory c, bytes32 data) private pure returns (bytes32) {
        return Signatures.personalDigest(abi.encodePacked(c.pubkeyHash, c.nonce, c.accountId, data), "60");
    }

    function _oldText(Change memory c) private pure returns (bytes32) {
        return Signatures.personalDigest(
            abi.encodePacked(
                "Register zkSync pubkey:\n\n",
                Signatures.hexOf(uint160(c.pubkeyHash), 20),
                "\nnonce: 0x",
                Signatures.hexOf(c.nonce, 4),
                "\naccount id: 0x",
                Signatures.hexOf(c.accountId, 4),
                "\n\nOnly sign this message for a trusted client!"
            ),
            "152"
        );
    }

    function _typed(Change memory c) private view returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPE, keccak256("ZkSync"), keccak256("1.0"), block.chainid));
        bytes32 structHash = keccak256(abi.encode(STRUCT_TYPE, c.pubkeyHash, c.nonce, c.accountId));
        return keccak256(abi.encodePacked(bytes2(0x1901), domain, structHash));
    }

    function _create2(Change memory c, bytes calldata witness) private pure returns (address) {
        bytes32 salt = keccak256(abi.encodePacked(witness[21:53], c.pubkeyHash));
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), witness[1:21], salt, witness[53:85])))));
    }
}
