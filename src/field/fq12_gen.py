"""Frobenius constants of fq12. Writes fq12_gen.h to standard output; `make gen-check` compares."""

Q = 0x30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD47


def mul(a, b):
    return ((a[0] * b[0] - a[1] * b[1]) % Q, (a[0] * b[1] + a[1] * b[0]) % Q)


def power(a, e):
    r = (1, 0)
    while e:
        if e & 1:
            r = mul(r, a)
        a = mul(a, a)
        e >>= 1
    return r


def fq(x):
    x = x * 2**256 % Q
    return "{{" + ", ".join(f"0x{(x >> (64 * i)) & (2**64 - 1):016x}" for i in range(4)) + "}}"


print("/* Written by fq12_gen.py from the modulus and xi = 9 + u; do not edit. */")
print("#ifndef ZK_FQ12_GEN_H\n#define ZK_FQ12_GEN_H\n")
print("/* [k - 1][i] = xi^(i (q^k - 1) / 6): (c w^i)^(q^k) = c^(q^k) [k - 1][i] w^i. */")
print("#define FQ12_FROBENIUS_L { \\")
for k in (1, 2, 3):
    row = [power((9, 1), i * (Q**k - 1) // 6) for i in range(6)]
    print("    {" + ", ".join("{" + fq(c[0]) + ", " + fq(c[1]) + "}" for c in row) + "}, \\")
print("}\n\n#endif")
