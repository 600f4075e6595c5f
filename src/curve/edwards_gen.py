"""Constants and base-point tables of the embedded curve. Writes edwards_gen.h to standard output; `make gen-check`
compares."""
import hashlib

P = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001
L = 2736030358979909402780800718157159386076813972158567259200215660948447373041
D = -168696 * pow(168700, -1, P) % P
SEED = b"096b36a5804bfacef1691e173c366a47ff5ba84a44f26ddd7e8d9f79d5b42df0"


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    k = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + y1 * x2) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P)


def mul(k, p):
    r = (0, 1)
    while k:
        if k & 1:
            r = add(r, p)
        p = add(p, p)
        k >>= 1
    return r


def sqrt(a):
    """Tonelli and Shanks; None if a is not a square."""
    if pow(a, (P - 1) // 2, P) not in (0, 1):
        return None
    m, s = (P - 1) >> 28, 28
    z, r, t = pow(7, m, P), pow(a, (m + 1) // 2, P), pow(a, m, P)
    while t not in (0, 1):
        k, u = 0, t
        while u != 1:
            u, k = u * u % P, k + 1
        b = pow(z, 1 << (s - k - 1), P)
        r, z, t, s = r * b % P, b * b % P, t * b * b % P, k
    return r if r * r % P == a % P else None


def unpack(data):
    n = int.from_bytes(data, "little")
    sign, y = n >> 255, n & (2**255 - 1)
    if y >= P:
        return None
    x = sqrt((y * y - 1) * pow(D * y * y + 1, -1, P))
    return None if x is None else (x if x & 1 == sign else -x % P, y)


def find_generator():
    for i in range(256):
        p = unpack(hashlib.blake2s(SEED + bytes([i]), person=b"Zcash_G_").digest())
        if p and mul(8, p) != (0, 1):
            return mul(8, p)


def plain(x):
    return "{" + ", ".join(f"0x{(x >> (64 * i)) & (2**64 - 1):016x}" for i in range(4)) + "}"


def fr(x):
    return "{" + plain(x % P * 2**256 % P) + "}"


def niels(p):
    x, y = p
    return "{" + ", ".join([fr(y - x), fr(y + x), fr(2 * D * x * y)]) + "}"


def subgroup_test(g):
    """The constants of the test in edwards.c, and a check of it on every coset of the subgroup."""
    y = 2
    while True:
        p = unpack(y.to_bytes(32, "little"))
        y += 1
        t = p and mul(L, p)
        if t and mul(4, t) != (0, 1):
            break
    a, b = 2 * (-1 + D) * pow(-1 - D, -1, P) % P, 4 * pow(-1 - D, -1, P) % P

    def montgomery(q):
        u = (1 + q[1]) * pow(1 - q[1], -1, P) % P
        return u, u * pow(q[0], -1, P) % P

    u1, v1 = montgomery(t)
    u2, v2 = montgomery(mul(2, t))
    assert u2 == 1
    slope1 = (3 * u1 * u1 + 2 * a * u1 + 1) * pow(2 * b * v1, -1, P) % P
    slope2 = v2 * pow(u2, -1, P) % P
    offset1 = (v1 - slope1 * u1) % P
    target = pow(b, (P - 1) // 8, P)

    def value(q):
        x, y = q
        line1 = (1 + y) - x * (offset1 * (1 - y) + slope1 * (1 + y))
        line2 = 1 - slope2 * x
        return pow((line1 * 2 * y) ** 2 * line2 * x * (1 - y) ** 3, 2, P) * (1 - y * y) % P

    for coset in range(8):
        for k in (1, 2, 3, 5, 77, L - 1, L // 3):
            q = add(mul(coset, t), mul(k, g))
            assert (pow(value(q), (P - 1) // 8, P) == target) == (coset == 0)
    for i in range(1, 8):
        assert value(mul(i, t)) == 0 or pow(value(mul(i, t)), (P - 1) // 8, P) != target
    return offset1, slope1, slope2, target


def show(name, value, why):
    print(f"#define {name} {value} /* {why} */")


G = find_generator()
assert G[0] == 21237458262955047976410108958495203094252581401952870797780751629344472264183
assert mul(L, G) == (0, 1) and pow(D, (P - 1) // 2, P) == P - 1 and pow(P - 1, (P - 1) // 2, P) == 1

print("/* Written by edwards_gen.py from the curve's parameters; do not edit. */")
print("#ifndef ZK_EDWARDS_GEN_H\n#define ZK_EDWARDS_GEN_H\n")
show("ED_D_L", fr(D), "d = -168696/168700")
show("ED_2D_L", fr(2 * D), "2 d")
show("ED_GENERATOR_L", "{" + fr(G[0]) + ", " + fr(G[1]) + "}", "the first point that the seed hashes to, times 8")
show("ED_ORDER_L", plain(L), "L")
show("ED_ORDER_NINV64", f"0x{-pow(L, -1, 2**64) % 2**64:016x}", "-1/L mod 2^64")
show("ED_ORDER_R_L", plain(2**256 % L), "2^256 mod L")
show("ED_ORDER_R2_L", plain(2**512 % L), "2^512 mod L")

offset1, slope1, slope2, target = subgroup_test(G)
show("ED_TATE_OFFSET_L", fr(offset1), "tangent at T, of order 8: v = slope u + offset")
show("ED_TATE_SLOPE_L", fr(slope1), "its slope")
show("ED_TATE_SLOPE2_L", fr(slope2), "tangent at 2T: v = slope2 u")
show("ED_TATE_TARGET_L", fr(target), "B^((p - 1) / 8), B = 4 / (a - d)")
show("ED_TATE_EXPONENT_L", plain((P - 1) // 8), "(p - 1) / 8")

print("\n/* [i][j] = (j + 1) 256^i G, as y - x, y + x, 2 d x y. */")
print("#define ED_BASE_ROWS 32\n#define ED_BASE_L { \\")
row = G
for i in range(32):
    q, cells = row, []
    for j in range(8):
        cells.append(niels(q))
        q = add(q, row)
    print("    {" + ", ".join(cells) + "}, \\")
    row = mul(256, row)
print("}")

print("\n/* [j] = (2 j + 1) G, in the same form. */")
print("#define ED_ODD_WIDTH 8\n#define ED_ODD_L { \\")
q, twice = G, add(G, G)
for j in range(64):
    print("    " + niels(q) + ", \\")
    q = add(q, twice)
print("}\n\n#endif")
