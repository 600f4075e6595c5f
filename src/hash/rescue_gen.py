"""Constants of the Rescue hash, derived as zkSync 1.x derives them (BLAKE2s counters; ChaCha20 for the matrix), and the
addition chain of its inverse S-box. Writes rescue_gen.h to standard output; `make gen-check` compares."""

import hashlib

FR = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001
BLOCK = b"096b36a5804bfacef1691e173c366a47ff5ba84a44f26ddd7e8d9f79d5b42df0"
WIDTH, HALF_ROUNDS = 3, 44
INVERSE_FIFTH = pow(5, -1, FR - 1)


def blake2s(personal, data):
    return hashlib.blake2s(data, person=personal).digest()


def round_constants():
    out, n = [], 0
    while len(out) < WIDTH * (HALF_ROUNDS + 1):
        h = int.from_bytes(blake2s(b"Rescue_f", BLOCK + n.to_bytes(4, "big")), "little")
        if 0 < h < FR:
            out.append(h)
        n += 1
    return out


def chacha_words(key):
    """The output words of ChaCha20 with eight key words, a 128-bit block counter from 0, and no nonce."""
    mask = 0xFFFFFFFF
    block = 0
    while True:
        counter = [(block >> (32 * i)) & mask for i in range(4)]
        start = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574] + key + counter
        s = list(start)

        def quarter(a, b, c, d):
            for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[x] = (s[x] + s[y]) & mask
                t = s[z] ^ s[x]
                s[z] = (t << n | t >> (32 - n)) & mask

        for _ in range(10):
            for i in range(4):
                quarter(i, 4 + i, 8 + i, 12 + i)
            for i in range(4):
                quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
        yield from ((a + b) & mask for a, b in zip(s, start))
        block += 1


def mds():
    """The Cauchy matrix 1 / (x_i - y_j) of six drawn elements. (Upstream reads the first seed word eight times.)"""
    word = int.from_bytes(blake2s(b"ResM0003", BLOCK)[:4], "big")
    words = chacha_words([word] * 8)

    def element():
        while True:
            limbs = [next(words) << 32 | next(words) for _ in range(4)]
            value = sum(limb << (64 * i) for i, limb in enumerate(limbs)) & (2**254 - 1)
            if value < FR:
                return value * pow(2, -256, FR) % FR

    while True:
        xy = [element() for _ in range(2 * WIDTH)]
        if len(set(xy)) == 2 * WIDTH:
            return [pow(x - y, -1, FR) for x in xy[:WIDTH] for y in xy[WIDTH:]]


# Powers kept for the windows of the exponent, found by simulated annealing over sets of sums: each but 1 is the sum of
# two before it.
CHAIN = [1, 2, 3, 5, 10, 13, 18, 23, 41, 51, 54, 55, 72, 77, 118, 127, 245, 296, 317, 351, 373, 690, 935, 945, 1286, 1287,
         1660, 2350, 2605, 3285, 4955]


def chain_sums():
    """For each power after the first, the indices of the two it is the sum of; equal ones (a squaring) if possible."""
    out = []
    for k, v in enumerate(CHAIN[1:], 1):
        pairs = [(i, CHAIN.index(v - CHAIN[i])) for i in range(k) if v - CHAIN[i] in CHAIN[:k]]
        out.append(min(pairs, key=lambda p: p[0] != p[1]))
    return out


def windows(exponent):
    """The fewest steps (squarings, index of a power to multiply by) that build the exponent from the left."""
    bits = bin(exponent)[2:]
    powers = [(bin(v)[2:], i) for i, v in enumerate(CHAIN) if v % 2]
    best = {0: (0, None, None)}
    for at in range(len(bits)):
        if at not in best:
            continue
        steps = best[at][0]
        moves = [(at + 1, steps, None)] if bits[at] == "0" else []
        moves += [(at + len(s), steps + 1, i) for s, i in powers if bits.startswith(s, at)]
        for end, cost, index in moves:
            if end not in best or best[end][0] > cost:
                best[end] = (cost, at, index)
    path, at = [], len(bits)
    while at:
        _, start, index = best[at]
        if index is not None:
            path.append((at, index))
        at = start
    path.reverse()
    assert path[-1][0] == len(bits)
    return [(end - before, index) for (end, index), before in zip(path, [path[0][0]] + [e for e, _ in path])]


def check(sums, steps):
    powers = [1]
    for i, j in sums:
        powers.append(powers[i] + powers[j])
    assert powers == CHAIN
    e = 0
    for squarings, index in steps:
        e = (e << squarings) + powers[index]
    assert e == INVERSE_FIFTH


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



sums, steps = chain_sums(), windows(INVERSE_FIFTH)
check(sums, steps)
squarings = sum(i == j for i, j in sums) + sum(s for s, _ in steps)
products = sum(i != j for i, j in sums) + len(steps) - 1
print("/* Written by rescue_gen.py from the derivation of the Rescue constants of zkSync 1.x; do not edit.")
print(" * _FR: as fr, times 2^256. _52: as the limbs of fr8, radix 2^52, times 2^260. */")
print("#ifndef ZK_HASH_RESCUE_GEN_H\n#define ZK_HASH_RESCUE_GEN_H\n")
table("RESCUE_ROUND", round_constants(), 3, "before the first half-round, then after each: three a half-round")
table("RESCUE_MDS", mds(), 3, "the matrix, row by row")
print(f"/* 1/5 mod p - 1 = 0x{INVERSE_FIFTH:x}: {squarings} squarings and {products} products */")
print(f"#define RESCUE_CHAIN_LEN {len(CHAIN)} /* powers x^1 and the following */")
print("/* power k + 1 = power [0] * power [1] */")
print("#define RESCUE_CHAIN_SUMS {" + ", ".join(f"{{{i}, {j}}}" for i, j in sums) + "}")
print("/* {squarings, power to multiply by}; the first step starts from its power */")
print("#define RESCUE_CHAIN_STEPS {" + ", ".join(f"{{{s}, {i}}}" for s, i in steps) + "}")
print("\n#endif")
