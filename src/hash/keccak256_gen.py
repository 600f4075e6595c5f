"""Round constants and rotations of Keccak-f[1600] from their definition (The Keccak reference, 2011, section 1.2).
Writes keccak256_gen.h to standard output; `make gen-check` compares."""


def lfsr_bits():
    """rc[t] of x^8 + x^6 + x^5 + x^4 + 1, one bit a step."""
    state = 1
    while True:
        yield state & 1
        state <<= 1
        if state & 0x100:
            state ^= 0x171


def round_constants():
    bits = lfsr_bits()
    for _ in range(24):
        yield sum(next(bits) << ((1 << j) - 1) for j in range(7))


def rotations():
    """Offset of lane x + 5y: (t+1)(t+2)/2 along the walk (x, y) -> (y, 2x + 3y) that starts at (1, 0)."""
    offset = [0] * 25
    x, y = 1, 0
    for t in range(24):
        offset[x + 5 * y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return offset


print("/* Written by keccak256_gen.py from the definition of Keccak-f[1600]; do not edit. */")
print("#ifndef ZK_HASH_KECCAK256_GEN_H\n#define ZK_HASH_KECCAK256_GEN_H\n")
print("/* iota: the constant of each round */")
print("#define KECCAK_ROUND_CONSTANTS {" + ", ".join(f"0x{c:016x}" for c in round_constants()) + "}")
print("/* rho: left rotation of lane x + 5y */")
print("#define KECCAK_ROTATIONS {" + ", ".join(map(str, rotations())) + "}")
print("\n#endif")
