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

    /// The last `bytesCount` bytes of a value, in lower-case hex; at most 32.
    function hexOf(uint256 value, uint256 bytesCount) internal pure returns (bytes memory text) {
        assert(bytesCount <= 32);
        bytes memory all = abi.encodePacked(_digits(value >> 128), _digits(value & type(uint128).max));
        // text = the last 2 bytesCount bytes of all; its length takes the place of 32 bytes before them.
        assembly ("memory-safe") {
            text := add(all, sub(64, mul(2, bytesCount)))
            mstore(text, mul(2, bytesCount))
        }
    }

    /// The 32 digits of a value below 2^128, all at once: its halves are moved apart until each nibble has a byte, and
    /// a byte n becomes n + 48, and 39 more if n > 9. No sum leaves its byte.
    function _digits(uint256 x) private pure returns (uint256) {
        unchecked {
            x = (x | x << 64) & 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
            x = (x | x << 32) & 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
            x = (x | x << 16) & 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
            x = (x | x << 8) & 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
            x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
            uint256 ones = 0x0101010101010101010101010101010101010101010101010101010101010101;
            return x + 48 * ones + 39 * ((x + 6 * ones >> 4) & ones);
        }
    }
}
