/* Our use of libsecp256k1: known answers, both forms of v and of s, and what is refused. */
#include "curve/secp256k1.h"

#include "base/bytes.h"
#include "base/test.h"

#include <string.h>

static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                  0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};

static void from_hex(uint8_t *out, size_t len, const char *hex)
{
    CHECK(hex_decode(out, len, hex, strlen(hex)));
}

/* s = n - s. */
static void negate_s(uint8_t sig[65])
{
    unsigned borrow = 0;
    for (int i = 31; i >= 0; i--) {
        unsigned d = 256U + order[i] - sig[32 + i] - borrow;
        sig[32 + i] = (uint8_t)d;
        borrow = d < 256;
    }
}

/* Private key 1 has the group's generator (SEC 2); EIP-155 prints a digest, a key and their signature. */
static void test_known_answers__are_given(struct prng *rng)
{
    uint8_t key[32] = {0}, digest[32], want[65], got[65], point[64], recovered[64];
    (void)rng;
    key[31] = 1;
    from_hex(want, 64,
             "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
             "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8");
    CHECK(secp_public_key(point, key));
    CHECK_EQ_BYTES(want, point, 64);

    memset(key, 0x46, 32);
    from_hex(digest, 32, "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    from_hex(want, 65,
             "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
             "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d831b");
    CHECK(secp_sign_recoverable(got, digest, key));
    CHECK_EQ_BYTES(want, got, 65);
    CHECK(secp_public_key(point, key));
    CHECK(secp_recover(recovered, digest, got));
    CHECK_EQ_BYTES(point, recovered, 64);
}

static void test_recover__gives_the_signer(struct prng *rng)
{
    for (int i = 0; i < 50; i++) {
        uint8_t key[32], digest[32], sig[65], point[64], recovered[64];
        prng_bytes(rng, key, 32);
        prng_bytes(rng, digest, 32);
        if (i == 0) memset(digest, 0, 32);
        if (i == 1) memset(digest, 0xff, 32);
        CHECK(secp_public_key(point, key));
        CHECK(secp_sign_recoverable(sig, digest, key));
        CHECK(sig[64] == 27 || sig[64] == 28);
        CHECK(sig[32] < 0x80);
        CHECK(secp_recover(recovered, digest, sig));
        CHECK_EQ_BYTES(point, recovered, 64);
        sig[64] -= 27;
        CHECK(secp_recover(recovered, digest, sig));
        CHECK_EQ_BYTES(point, recovered, 64);
        /* The other parity is another key, or none; with n - s it is the same again. */
        sig[64] ^= 1;
        CHECK(!secp_recover(recovered, digest, sig) || memcmp(point, recovered, 64) != 0);
        negate_s(sig);
        CHECK(sig[32] >= 0x7f);
        CHECK(secp_recover(recovered, digest, sig));
        CHECK_EQ_BYTES(point, recovered, 64);
        digest[prng_below(rng, 32)] ^= 1;
        CHECK(!secp_recover(recovered, digest, sig) || memcmp(point, recovered, 64) != 0);
    }
}

static void test_malformed_input__is_refused(struct prng *rng)
{
    static const uint8_t zero[64] = {0};
    uint8_t key[32], digest[32], good[65], bad[65], out[65];
    unsigned accepted = 0;
    prng_bytes(rng, key, 32);
    prng_bytes(rng, digest, 32);
    CHECK(secp_sign_recoverable(good, digest, key));
    for (unsigned v = 0; v < 256; v++) {
        memcpy(bad, good, 65);
        bad[64] = (uint8_t)v;
        bool ok = secp_recover(out, digest, bad);
        accepted += ok;
        if (v == 0 || v == 1 || v == 27 || v == 28) continue;
        CHECK(!ok && memcmp(out, zero, 64) == 0);
    }
    CHECK(accepted >= 2 && accepted <= 4);
    for (int part = 0; part < 2; part++) { /* r, then s: zero, n, 2^256 - 1 */
        for (int k = 0; k < 3; k++) {
            memcpy(bad, good, 65);
            memset(bad + 32 * part, k == 2 ? 0xff : 0, 32);
            if (k == 1) memcpy(bad + 32 * part, order, 32);
            CHECK(!secp_recover(out, digest, bad) && memcmp(out, zero, 64) == 0);
        }
    }
    /* r = 5: no point of the curve has this x. */
    memcpy(bad, good, 65);
    memset(bad, 0, 32);
    bad[31] = 5;
    CHECK(!secp_recover(out, digest, bad));
    for (int k = 0; k < 3; k++) {
        memset(key, k == 2 ? 0xff : 0, 32);
        if (k == 1) memcpy(key, order, 32);
        CHECK(!secp_public_key(out, key) && memcmp(out, zero, 64) == 0);
        CHECK(!secp_sign_recoverable(out, digest, key) && memcmp(out, zero, 64) == 0 && out[64] == 0);
    }
    memcpy(key, order, 32);
    key[31]--;
    CHECK(secp_public_key(out, key));
}

/* (a + b) G = (b + a) G, a + 0 = a, order - 1 + 1 is refused, and so is a tweak that is none. */
static void test_key_add__adds_modulo_the_order(struct prng *rng)
{
    uint8_t a[32], b[32], sum[32], other[32], zero[32] = {0}, one[32] = {0};
    one[31] = 1;
    prng_bytes(rng, a, 32);
    prng_bytes(rng, b, 32);
    a[0] = b[0] = 1;
    memcpy(sum, a, 32);
    memcpy(other, b, 32);
    CHECK(secp_key_add(sum, b) && secp_key_add(other, a));
    CHECK_EQ_BYTES(sum, other, 32);
    CHECK(secp_key_add(sum, zero));
    CHECK_EQ_BYTES(other, sum, 32);
    memcpy(sum, order, 32);
    sum[31]--;
    memcpy(other, sum, 32);
    CHECK(!secp_key_add(sum, one));
    CHECK_EQ_BYTES(other, sum, 32);
    CHECK(!secp_key_add(sum, order));
    memset(sum, 0, 32);
    sum[31] = 41;
    CHECK(secp_key_add(sum, one));
    CHECK_EQ_U64(42, sum[31]);
}

TEST_MAIN(TEST(test_key_add__adds_modulo_the_order), TEST(test_known_answers__are_given),
          TEST(test_recover__gives_the_signer), TEST(test_malformed_input__is_refused))
