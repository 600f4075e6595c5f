/* sha256 and hmac_sha256 against FIPS 180-4 and RFC 4231: that the right functions of OpenSSL are called rightly. */
#include "hash/sha256.h"

#include "base/bytes.h"
#include "base/test.h"

#include <string.h>

static void check_hex(const char *want_hex, const uint8_t got[32])
{
    uint8_t want[32];
    CHECK(hex_decode(want, 32, want_hex, strlen(want_hex)));
    CHECK_EQ_BYTES(want, got, 32);
}

static void test_sha256__fips_examples(struct prng *rng)
{
    (void)rng;
    uint8_t out[32];
    sha256(out, "abc", 3);
    check_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", out);
    sha256(out, "", 0);
    check_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", out);
}

static void test_hmac_sha256__rfc_4231_cases_1_2_6(struct prng *rng)
{
    (void)rng;
    uint8_t out[32], key[131];
    memset(key, 0x0b, 20);
    hmac_sha256(out, key, 20, "Hi There", 8);
    check_hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", out);
    hmac_sha256(out, "Jefe", 4, "what do ya want for nothing?", 28);
    check_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", out);
    static const char text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    memset(key, 0xaa, sizeof key);
    hmac_sha256(out, key, sizeof key, text, sizeof text - 1);
    check_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", out);
}

TEST_MAIN(TEST(test_sha256__fips_examples), TEST(test_hmac_sha256__rfc_4231_cases_1_2_6))
