"""Constants of g1, g2 and the pairing from the moduli and the curve parameter x. Writes bn254_gen.h to standard output;
`make gen-check` compares."""
from math import gcd

X = 4965661367192848881  # the BN parameter
Q = 36 * X**4 + 36 * X**3 + 24 * X**2 + 6 * X + 1
R = 36 * X**4 + 36 * X**3 + 18 * X**2 + 6 * X + 1
XI = (9, 1)  # 9 + u, no square and no cube in fq2


def mul(a, b):
    return ((a[0] * b[0] - a[1] * b[1]) % Q, (a[0] * b[1] + a[1] * b[0]) % Q)


def inv(a):
    n = pow(a[0] * a[0] + a[1] * a[1], -1, Q)
    return (a[0] * n % Q, -a[1] * n % Q)


def power(a, e):
    r = (1, 0)
    while e:
        if e & 1:
            r = mul(r, a)
        a = mul(a, a)
        e >>= 1
    return r


def plain(x, n=4):
    return "{" + ", ".join(f"0x{(x >> (64 * i)) & (2**64 - 1):016x}" for i in range(n)) + "}"


def fq(x):
    return "{" + plain(x % Q * 2**256 % Q) + "}"


def fq2(x):
    return "{" + fq(x[0]) + ", " + fq(x[1]) + "}"


def show(name, value, why):
    print(f"#define {name} {value} /* {why} */")


B2 = mul((3, 0), inv(XI))
GX = (10857046999023057135944570762232829481370756359578518086990519993285655852781,
      11559732032986387107991004021392285783925812861821192530917403151452391805634)
GY = (8495653923123431417604973247489272438418190587263600148770280649306958101930,
      4082367875863433681332203403145435568316851327593401208105741076214120093531)
assert mul(GY, GY) == tuple((a + b) % Q for a, b in zip(mul(GX, mul(GX, GX)), B2))


def signed_windows(k, width):
    digits = []
    while k:
        d = 0
        if k & 1:
            d = k & (2**width - 1)
            d -= (d >> (width - 1)) << width
        k = (k - d) >> 1
        digits.append(d)
    return digits


def check_membership_test():
    """g2.c asks (x+1) P + psi(x P) + psi^2(x P) = psi^3(2x P), psi being a product by Q in the group. On all of the curve,
    of order R (2Q - R), psi^2 = t psi - Q with t = 6x^2 + 1. So what is asked is (A + B psi) P = 0, and then P is killed
    by the norm of A + B psi, whose common divisor with the curve's order is R."""
    t = 6 * X**2 + 1
    terms, a, b = [X + 1, X, X, -2 * X], 0, 0
    assert sum(c * Q**i for i, c in enumerate(terms)) % R == 0
    for c in reversed(terms):  # Horner: (a + b psi) psi + c
        a, b = c - b * Q, a + b * t
    norm = a * a + t * a * b + Q * b * b
    assert gcd(norm, R * (2 * Q - R)) == R and (2 * Q - R) % R != 0


check_membership_test()
loop = signed_windows(6 * X + 2, 2)
by_x = signed_windows(X, 4)
hard, rest = divmod(Q**4 - Q**2 + 1, R)
assert rest == 0

print("/* Written by bn254_gen.py from the parameter of BN254; do not edit. */")
print("#ifndef ZK_BN254_GEN_H\n#define ZK_BN254_GEN_H\n")
show("BN_X", f"0x{X:016x}", "the curve parameter x")
show("G1_B_L", fq(3), "b = 3")
show("G1_GENERATOR_L", "{" + fq(1) + ", " + fq(2) + "}", "(1, 2)")
show("G2_B_L", fq2(B2), "b' = 3 / (9 + u)")
show("G2_B3_L", fq2(mul((3, 0), B2)), "3 b'")
show("G2_GENERATOR_L", "{" + fq2(GX) + ", " + fq2(GY) + "}", "EIP-197")
show("G2_PSI_X_L", fq2(power(XI, (Q - 1) // 3)), "(9 + u)^((q - 1) / 3)")
show("G2_PSI_Y_L", fq2(power(XI, (Q - 1) // 2)), "(9 + u)^((q - 1) / 2)")
show("G2_PSI2_X_L", fq(power(XI, (Q * Q - 1) // 3)[0]), "(9 + u)^((q^2 - 1) / 3), in fq")
assert power(XI, (Q * Q - 1) // 3)[1] == 0 and power(XI, (Q * Q - 1) // 2) == (Q - 1, 0)
show("G2_COFACTOR_L", plain(2 * Q - R), "2 q - p, of the curve over fq2")
show("BN_LOOP_LEN", len(loop), "digits of 6 x + 2")
show("BN_LOOP_DIGITS", "{" + ", ".join(map(str, loop)) + "}", "6 x + 2, least significant first")
show("BN_X_LEN", len(by_x), "digits of x")
show("BN_X_DIGITS", "{" + ", ".join(map(str, by_x)) + "}", "x, least significant first, digits -7 .. 7")
show("BN_HARD_LIMBS", -(-hard.bit_length() // 64), "limbs of the next")
show("BN_HARD_L", plain(hard, -(-hard.bit_length() // 64)), "(q^4 - q^2 + 1) / p: the hard part, for tests")
print("\n#endif")
