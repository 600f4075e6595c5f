/* BIP-39's first vector, the mnemonic of development chains with its well-known addresses, and what must be refused.
 * tests/peers/ethereum.mjs compares random mnemonics with ethers. */
#include "ethereum/mnemonic.h"

#include "base/bytes.h"
#include "base/test.h"

#include <string.h>

#define ABANDON "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
#define JUNK    "test test test test test test test test test test test junk"

static void check_address(const char *words, const char *passphrase, uint32_t index, const char *address)
{
    uint8_t want[20];
    struct eth_key key;
    CHECK(hex_decode(want, 20, address, 40));
    CHECK_OK(mnemonic_key(&key, words, passphrase, index));
    CHECK_EQ_BYTES(want, key.address, 20);
    eth_key_wipe(&key);
}

static void test_seed__is_that_of_bip39(struct prng *rng)
{
    (void)rng;
    uint8_t seed[64], want[64];
    CHECK(hex_decode(want, 64,
                     "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e5349553"
                     "1f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
                     128));
    CHECK_OK(mnemonic_seed(seed, ABANDON "about", "TREZOR"));
    CHECK_EQ_BYTES(want, seed, 64);
    CHECK_OK(mnemonic_seed(seed, "\n " ABANDON "\t ABOUT \n", "TREZOR"));
    CHECK_EQ_BYTES(want, seed, 64);
}

static void test_key__has_the_address_that_wallets_show(struct prng *rng)
{
    (void)rng;
    check_address(JUNK, "", 0, "f39fd6e51aad88f6f4ce6ab8827279cfffb92266");
    check_address(JUNK, "", 9, "a0ee7a142d267c1f36714e4a8f75612f20a79720");
    check_address(ABANDON "about", "TREZOR", 0, "9c32f71d4db8fb9e1a58b0a80df79935e7256fa6");
}

static void refused(const char *words, const char *passphrase, const char *why)
{
    uint8_t seed[64];
    CHECK_ERR(ZK_ERR_INPUT, mnemonic_seed(seed, words, passphrase));
    CHECK_MSG(strstr(zk_err_message(), why) != NULL, "got: %s", zk_err_message());
}

static void test_words__wrong_ones_are_refused(struct prng *rng)
{
    (void)rng;
    struct eth_key key;
    refused("", "", "12, 15, 18, 21 or 24 words, not 0");
    refused(ABANDON, "", "not 11");
    refused(ABANDON "abandon", "", "checksum");
    refused("about " ABANDON, "", "checksum");
    refused(ABANDON "abouts", "", "word 12");
    refused("aband " ABANDON, "", "word 1 ");
    refused("abandonabandonabandon " ABANDON, "", "word 1 ");
    refused(ABANDON ABANDON "abandon abandon abandon", "", "at most 24");
    refused(JUNK, "caf\xc3\xa9", "ASCII");
    CHECK_ERR(ZK_ERR_INPUT, mnemonic_key(&key, JUNK, "", UINT32_C(1) << 31));
    CHECK(strstr(zk_err_message(), "test") == NULL);
}

TEST_MAIN(TEST(test_seed__is_that_of_bip39), TEST(test_key__has_the_address_that_wallets_show),
          TEST(test_words__wrong_ones_are_refused))
