"""Writes Poseidon2.sol: the permutation as straight-line assembly, from the constants in tests/vectors.

Bounds. p < 2^256 / 5.29, so a sum of five reduced values fits a word. s_i below are what a step leaves:
  full round      x = s + c < 2p, x^5 reduced; the external matrix gives reduced lanes
  partial round   lanes < 2p: d_i s_i mod p + (sum mod p); the sum of lanes is taken as addmod(4p, 3p)
"""
import json
import pathlib

root = pathlib.Path(__file__).resolve().parents[2]
v = json.loads((root / "tests/vectors/poseidon2_bn254_t4.json").read_text())
assert v["external_matrix"] == [[5, 7, 1, 3], [4, 6, 1, 1], [1, 3, 5, 7], [1, 1, 4, 6]]
P = int(v["modulus"], 16)
D = [int(d, 16) for d in v["internal_diagonal_minus_1"]]
half = v["full_rounds"] // 2
rounds = v["round_constants"]
assert len(rounds) == v["full_rounds"] + v["partial_rounds"] and v["sbox_exponent"] == 5

out = []
emit = out.append
INDENT = " " * 16


def hex32(x):
    return f"0x{x:064x}"


def line(text):
    emit(INDENT + text)


def pow5(i, c):
    line(f"x := add(s{i}, {hex32(c)})")
    line("y := mulmod(x, x, p)")
    line(f"s{i} := mulmod(mulmod(y, y, p), x, p)")


def external():
    line("x := add(s0, s1)")
    line("y := add(s2, s3)")
    line("s1 := add(add(s1, s1), y)")
    line("s3 := add(add(s3, s3), x)")
    line("y := add(mulmod(y, 4, p), s3)")
    line("x := add(mulmod(x, 4, p), s1)")
    line("s0 := addmod(s3, x, p)")
    line("s2 := addmod(s1, y, p)")
    line("s1 := mod(x, p)")
    line("s3 := mod(y, p)")


def full(r):
    line(f"// full round {r}")
    for i in range(4):
        pow5(i, int(rounds[r][i], 16))
    external()


def partial(r):
    line(f"// partial round {r}")
    assert len(rounds[r]) == 1
    pow5(0, int(rounds[r][0], 16))
    line("x := addmod(add(s1, s2), add(s3, s0), p)")
    for i in range(4):
        line(f"s{i} := add(mulmod(s{i}, {hex32(D[i])}, p), x)")


external()
for r in range(half):
    full(r)
for r in range(half, half + v["partial_rounds"]):
    partial(r)
for r in range(half + v["partial_rounds"], len(rounds)):
    full(r)
body = "\n".join(out)

print(f"""// SPDX-License-Identifier: Apache-2.0
// Written by Poseidon2_gen.py from tests/vectors/poseidon2_bn254_t4.json. Do not edit.
pragma solidity 0.8.37;

import {{IPoseidon2}} from "./interfaces/IPoseidon2.sol";

/// @notice A contract of its own because of its code size.
contract Poseidon2 is IPoseidon2 {{
    uint256 private constant P = {hex32(P)};

    /// @inheritdoc IPoseidon2
    function compress(uint256 a, uint256 b, uint256 c, uint256 d) external pure returns (uint256 h) {{
        if (a >= P || b >= P || c >= P || d >= P) revert NotCanonical();
        return _compress(a, b, c, d);
    }}

    /// @inheritdoc IPoseidon2
    function climb(uint256 leaf, uint256 id, uint256[] calldata siblings) external pure returns (uint256 node) {{
        if (siblings.length % 3 != 0) revert BadPathLength();
        uint256 levels = siblings.length / 3;
        if (levels > 64 || id >> (2 * levels) != 0) revert BadPathLength();
        if (leaf >= P) revert NotCanonical();
        node = leaf;
        for (uint256 level = 0; level < levels; level++) {{
            (uint256 a, uint256 b, uint256 c) = _siblings(siblings, 3 * level);
            uint256 digit = (id >> (2 * level)) & 3;
            if (digit == 0) node = _compress(node, a, b, c);
            else if (digit == 1) node = _compress(a, node, b, c);
            else if (digit == 2) node = _compress(a, b, node, c);
            else node = _compress(a, b, c, node);
        }}
    }}

    function _siblings(uint256[] calldata all, uint256 i) private pure returns (uint256 a, uint256 b, uint256 c) {{
        (a, b, c) = (all[i], all[i + 1], all[i + 2]);
        if (a >= P || b >= P || c >= P) revert NotCanonical();
    }}

    function _compress(uint256 a, uint256 b, uint256 c, uint256 d) private pure returns (uint256) {{
        return _permute(P, a, b, c, d);
    }}

    /// The first lane of the permutation plus the first input. Inputs < p; touches no memory. p comes as an argument so
    /// that it stays on the stack: a constant would be pushed, in 33 bytes, at each of its 500 uses.
    function _permute(uint256 p, uint256 s0, uint256 s1, uint256 s2, uint256 s3) private pure returns (uint256 h) {{
        assembly ("memory-safe") {{
            h := s0
            {{
                let x
                let y
{body}
                h := addmod(h, s0, p)
            }}
        }}
    }}
}}""")
