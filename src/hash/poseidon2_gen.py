"""Constants of Poseidon2 over fr, width 4, from tests/vectors/poseidon2_bn254_t4.json, in the two forms that the code
reads. Writes poseidon2_gen.h to standard output; `make gen-check` compares."""

import json
import pathlib

FR = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001
vectors = pathlib.Path(__file__).resolve().parents[2] / "tests/vectors/poseidon2_bn254_t4.json"
params = json.loads(vectors.read_text())
assert int(params["modulus"], 16) == FR and params["full_rounds"] == 8 and params["partial_rounds"] == 56

rows = [[int(c, 16) for c in row] for row in params["round_constants"]]
assert [len(row) for row in rows] == [4] * 4 + [1] * 56 + [4] * 4
full = [c for row in rows if len(row) == 4 for c in row]
partial = [c for row in rows if len(row) == 1 for c in row]
diagonal = [int(c, 16) for c in params["internal_diagonal_minus_1"]]


def words(x, bits, n):
    return "{" + ", ".join(f"0x{(x >> (bits * i)) & ((1 << bits) - 1):x}" for i in range(n)) + "}"


def table(name, values, row, why):
    """The values in rows of `row`, one row a line; a flat list if row is 1."""

    def rows(texts):
        if row == 1:
            return texts
        return ["{" + ", ".join(texts[i : i + row]) + "}" for i in range(0, len(texts), row)]

    print(f"/* {why} */")
    for tag, texts in (
        ("FR", ["{" + words(v * 2**256 % FR, 64, 4) + "}" for v in values]),
        ("52", [words(v * 2**260 % FR, 52, 5) for v in values]),
    ):
        print(f"#define {name}_{tag} {{ \\\n    " + ", \\\n    ".join(rows(texts)) + "}")



print("/* Written by poseidon2_gen.py from tests/vectors/poseidon2_bn254_t4.json; do not edit.")
print(" * _FR: as fr, times 2^256. _52: as the limbs of fr8, radix 2^52, times 2^260. */")
print("#ifndef ZK_HASH_POSEIDON2_GEN_H\n#define ZK_HASH_POSEIDON2_GEN_H\n")
table("POSEIDON2_FULL", full, 4, "full rounds 0 .. 3 and 60 .. 63: four a round")
table("POSEIDON2_PARTIAL", partial, 1, "partial rounds 4 .. 59: lane 0")
table("POSEIDON2_DIAGONAL", diagonal, 1, "internal matrix minus all-ones: its diagonal")
print("/* 2^260 - p in radix 2^52: adding k of these modulo 2^260 takes k p away */")
print("#define POSEIDON2_MINUS_P52 " + words(2**260 - FR, 52, 5))
print(f"#define POSEIDON2_QUOTIENT {2**266 // FR} /* floor(2^266 / p) */")
print("\n#endif")
