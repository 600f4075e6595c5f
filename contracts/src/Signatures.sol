// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Ethereum signatures r, s, v of 65 bytes with v 27 or 28, and the texts they sign.
library Signatures {
    /// Who signed; zero, which is nobody, if the bytes are no signature. A high s is accepted: signatures are no
    /// identifiers here, each is good for one message that can be used once.
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address) {
        if (signature.length != 65) return address(0);
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        return ecrecover(digest, uint8(signature[64]), r, s);
    }

    /// EIP-191, version 0x45, of a message of `length` bytes, its length in decimal.
    function personalDigest(bytes memory message, string memory length) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n", length, message));
    }

    /// The last `bytesCount` bytes of a value, in lower-case hex.
    function hexOf(uint256 value, uint256 bytesCount) internal pure returns (bytes memory text) {
        text = new bytes(2 * bytesCount);
        for (uint256 i = text.length; i > 0; i--) {
            text[i - 1] = bytes16("0123456789abcdef")[value & 15];
            value >>= 4;
        }
    }
}
