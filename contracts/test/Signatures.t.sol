// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signatures} from "../src/Signatures.sol";
import {TestBase} from "./TestBase.sol";

contract SignaturesTest is TestBase {
    function testFuzz_hexOf__is_what_a_loop_writes(uint256 value, uint256 bytesCount, bytes memory dirt) public pure {
        bytesCount %= 33;
        bytes memory before = bytes.concat(dirt);
        bytes memory text = Signatures.hexOf(value, bytesCount);
        bytes memory next = new bytes(7);
        bytes memory want = new bytes(2 * bytesCount);
        for (uint256 i = want.length; i > 0; i--) {
            want[i - 1] = bytes16("0123456789abcdef")[value & 15];
            value >>= 4;
        }
        eq(want, text, "text");
        eq(dirt, before, "what was there before");
        eq(new bytes(7), next, "what comes after");
    }

    function test_hexOf__has_all_digits() public pure {
        eq("0123456789abcdef", Signatures.hexOf(0x0123456789abcdef, 8), "digits");
        eq(0, Signatures.hexOf(7, 0).length, "none");
    }
}
