#include "ethereum/hd_key.h"

#include "base/bytes.h"
#include "base/test.h"
#include "ethereum/eth_tx.h"

#define DEVELOPMENT "test test test test test test test test test test test junk"

/* As ethers 5.8 derives them. */
static void test_key__is_what_wallets_derive(struct prng *rng)
{
    (void)rng;
    static const struct {
        const char *mnemonic;
        uint32_t index;
        const char *secret, *address;
    } cases[] = {
        {DEVELOPMENT, 0, "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
         "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"},
        {DEVELOPMENT, 9, "2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
         "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"},
        {"legal winner thank year wave sausage worth useful legal winner thank yellow", 100,
         "ffd934e17752ca1e37a923967515519427358db4eb861ef997f4ae1f4e3a5164",
         "0x59CEF6b90E86B017BeA97cedf070311e90747c89"},
        {"letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic "
         "avoid letter advice cage absurd amount doctor acoustic bless",
         2147483646, "561285b63db6c573be117fa726f72f99a5f4bb200199982bbc045092b7807ad7",
         "0x3159F23fC05E9f7Bb8c3a86F430A019045758731"},
    };
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        struct eth_key key;
        char text[65];
        CHECK_OK(hd_key(&key, cases[i].mnemonic, cases[i].index));
        hex_encode(text, key.secret, 32);
        CHECK_EQ_STR(cases[i].secret, text);
        eth_address_str(text, key.address);
        CHECK_EQ_STR(cases[i].address, text);
    }
}

static void test_key__refuses_what_is_no_mnemonic(struct prng *rng)
{
    (void)rng;
    static const char *const bad[] = {"", " test", "test ", "test  junk", "test\tjunk", "t\xc3\xa9st junk"};
    struct eth_key key;
    for (size_t i = 0; i < ZK_COUNT(bad); i++) CHECK_ERR(ZK_ERR_INPUT, hd_key(&key, bad[i], 0));
}

TEST_MAIN(TEST(test_key__is_what_wallets_derive), TEST(test_key__refuses_what_is_no_mnemonic))
