"""Constants of fr8_fixed.h from the modulus. Writes poly_gen.h to standard output; `make gen-check` compares."""

P = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001


def show(name, x, why):
    words = ", ".join(f"0x{x >> 52 * i & (1 << 52) - 1:013x}" for i in range(5))
    return f"#define {name} {{{words}}} /* {why}, in radix 2^52 */"


print("/* Written by poly_gen.py from the modulus of fr; do not edit. */")
print("#ifndef ZK_POLY_GEN_H\n#define ZK_POLY_GEN_H\n")
print(show("FR_MINUS_P52_L", 2**260 - P, "2^260 - p"))
print(show("FR_NINV260_L", -pow(P, -1, 2**260) % 2**260, "-1/p mod 2^260"))
print(f"#define FR_MU260 {2**260 // P} /* 2^260 / p, rounded down */")
print("\n#endif")
