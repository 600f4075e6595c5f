"""Constants of fr and fq from their moduli. Writes field_gen.h to standard output; `make gen-check` compares."""

FR = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001
FQ = 0x30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD47


def limbs(x, bits=64, n=4):
    return [(x >> (bits * i)) & ((1 << bits) - 1) for i in range(n)]


def show(name, x, why, bits=64, n=4):
    words = ", ".join(f"0x{w:0{(bits + 3) // 4}x}" for w in limbs(x, bits, n))
    return f"#define {name} {{{words}}} /* {why} */"


def field(tag, p, generator):
    two_adicity = ((p - 1) & -(p - 1)).bit_length() - 1
    out = [
        f"/* {tag} = 0x{p:x} */",
        show(f"{tag}_MODULUS_L", p, "the modulus p"),
        show(f"{tag}_R_L", 2**256 % p, "2^256 mod p"),
        show(f"{tag}_R2_L", 2**512 % p, "2^512 mod p"),
        show(f"{tag}_R3_L", 2**768 % p, "2^768 mod p"),
        show(f"{tag}_HALF_L", (p - 1) // 2, "(p - 1) / 2"),
        show(f"{tag}_MINUS_TWO_L", p - 2, "p - 2"),
        f"#define {tag}_NINV64 0x{-pow(p, -1, 2**64) % 2**64:016x} /* -1/p mod 2^64 */",
        f"#define {tag}_TWO_ADICITY {two_adicity} /* the largest k with 2^k | p - 1 */",
        show(f"{tag}_ODD_PART_L", (p - 1) >> two_adicity, "(p - 1) / 2^TWO_ADICITY"),
        f"#define {tag}_GENERATOR_U64 {generator} /* a quadratic non-residue; FR: generates the multiplicative group */",
        show(f"{tag}_ROOT_L", pow(generator, (p - 1) >> two_adicity, p) * 2**256 % p,
             "GENERATOR^ODD_PART, of order 2^TWO_ADICITY; times 2^256"),
        show(f"{tag}_P62_L", p, "p in radix 2^62", 62, 5),
        show(f"{tag}_R2_62_L", 2**512 % p, "2^512 mod p in radix 2^62", 62, 5),
        f"#define {tag}_INV62 0x{pow(p, -1, 2**62):016x} /* 1/p mod 2^62 */",
        show(f"{tag}_P52_L", p, "p in radix 2^52", 52, 5),
        show(f"{tag}_2P52_L", 2 * p, "2p in radix 2^52", 52, 5),
        show(f"{tag}_4P52_L", 4 * p, "4p in radix 2^52", 52, 5),
        show(f"{tag}_FRIENDLY52_L", ((-pow(p, -1, 2**52) % 2**52) * p + 1) >> 52, "(k p + 1) / 2^52, k = NINV52", 52, 5),
        show(f"{tag}_R52_L", 2**260 % p, "2^260 mod p in radix 2^52", 52, 5),
        show(f"{tag}_R52_R52_L", 2**520 % p, "2^520 mod p in radix 2^52", 52, 5),
        f"#define {tag}_NINV52 0x{-pow(p, -1, 2**52) % 2**52:013x} /* -1/p mod 2^52 */",
        f"#define {tag}_NINV4 {-pow(p, -1, 16) % 16} /* -1/p mod 16 */",
    ]
    return "\n".join(out)


print("/* Written by field_gen.py from the two moduli of BN254; do not edit. */")
print("#ifndef ZK_FIELD_GEN_H\n#define ZK_FIELD_GEN_H\n")
print(field("FR", FR, 7))
print()
print(field("FQ", FQ, 3))
print("\n#endif")
