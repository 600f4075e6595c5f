/* keccak256 against published values, and in pieces against whole. */
#include "hash/keccak256.h"

#include "base/bytes.h"
#include "base/test.h"

#include <string.h>

#define LEN_MAX 700

static void check_hex(const char *want_hex, const void *data, size_t len)
{
    uint8_t want[32], got[32];
    CHECK(hex_decode(want, 32, want_hex, strlen(want_hex)));
    keccak256(got, data, len);
    CHECK_EQ_BYTES(want, got, 32);
}

/* The hash of nothing is the code hash of every Ethereum account without code; "abc" is a known answer of the Keccak
 * team; the last is the topic of every ERC-20 transfer. */
static void test_keccak256__known_answers(struct prng *rng)
{
    (void)rng;
    check_hex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", "", 0);
    check_hex("4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45", "abc", 3);
    static const char transfer[] = "Transfer(address,address,uint256)";
    check_hex("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", transfer, sizeof transfer - 1);
}

/* Every length around one and several blocks, cut at random places. */
static void test_keccak256__pieces_make_the_whole(struct prng *rng)
{
    uint8_t data[LEN_MAX], whole[32], pieces[32];
    prng_bytes(rng, data, sizeof data);
    for (size_t len = 0; len <= LEN_MAX; len++) {
        struct keccak256 k;
        keccak256(whole, data, len);
        keccak256_init(&k);
        for (size_t at = 0; at < len;) {
            size_t take = (size_t)prng_below(rng, len - at + 1);
            keccak256_update(&k, data + at, take);
            at += take;
        }
        keccak256_final(&k, pieces);
        CHECK_EQ_BYTES(whole, pieces, 32);
    }
}

static void test_keccak256__writes_over_its_input(struct prng *rng)
{
    uint8_t data[64], want[32];
    prng_bytes(rng, data, sizeof data);
    keccak256(want, data, sizeof data);
    keccak256(data, data, sizeof data);
    CHECK_EQ_BYTES(want, data, 32);
}

TEST_MAIN(TEST(test_keccak256__known_answers), TEST(test_keccak256__pieces_make_the_whole),
          TEST(test_keccak256__writes_over_its_input))
