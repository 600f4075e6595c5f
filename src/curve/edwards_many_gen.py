"""Constants of the eight-lane kernels of the embedded curve. Writes edwards_many_gen.h to standard output;
`make gen-check` compares."""

P = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001
D = -168696 * pow(168700, -1, P) % P
G = (
    21237458262955047976410108958495203094252581401952870797780751629344472264183,
    2544379904535866821506503524998632645451772693132171985463128613946158519479,
)


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    k = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + y1 * x2) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P)


def limbs52(x):
    return "{" + ", ".join(f"0x{(x * 2**260 % P >> (52 * i)) & (2**52 - 1):x}" for i in range(5)) + "}"


def limbs64(x):
    return "{" + ", ".join(f"0x{(x >> (64 * i)) & (2**64 - 1):016x}" for i in range(4)) + "}"


odd_part = (P - 1) >> 28
root = pow(7, odd_part, P)
assert pow(root, 1 << 27, P) == P - 1
z_inv = pow(root, -1, P)

print("/* Written by edwards_many_gen.py from the curve's parameters; do not edit. Elements are limbs of fr8, radix 2^52,")
print(" * times 2^260. */")
print("#ifndef ZK_CURVE_EDWARDS_MANY_GEN_H\n#define ZK_CURVE_EDWARDS_MANY_GEN_H\n")
print(f"#define ED8_SQRT_EXPONENT {limbs64((odd_part - 1) // 2)} /* (m - 1) / 2, p - 1 = 2^28 m */")
print("/* [j] = z^(-2^j), z = 7^m of order 2^28 */")
print("#define ED8_ROOT_INVERSES { \\\n    " + ", \\\n    ".join(limbs52(pow(z_inv, 1 << j, P)) for j in range(28)) + "}")
print("/* [j] = j G as y - x, y + x, 2 d x y; j = 0 .. 16 */")
rows, q = [], (0, 1)
for j in range(17):
    x, y = q
    rows.append("{" + ", ".join(map(limbs52, (y - x, y + x, 2 * D * x * y))) + "}")
    q = add(q, G)
print("#define ED8_BASE_MULTIPLES { \\\n    " + ", \\\n    ".join(rows) + "}")
print("\n#endif")
