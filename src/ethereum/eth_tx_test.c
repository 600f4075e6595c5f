/* Transactions, addresses and gas of the EIPs' own examples; round trips; what must be refused.
 * tests/peers/ethereum.mjs compares with ethers. */
#include "ethereum/eth_tx.h"

#include "base/bytes.h"
#include "base/test.h"
#include "hash/keccak256.h"

static void from_hex(uint8_t *out, size_t len, const char *hex)
{
    CHECK(hex_decode(out, len, hex, strlen(hex)));
}

static void set_u256(uint8_t out[32], uint64_t x)
{
    memset(out, 0, 32);
    store_be64(out + 24, x);
}

static void test_sign__gives_the_bytes_of_eip_155(struct prng *rng)
{
    (void)rng;
    struct eth_key key;
    struct eth_tx tx = {.type = ETH_TX_LEGACY, .chain_id = 1, .nonce = 9, .gas_limit = 21000};
    uint8_t raw[512], want[110], hash[32];
    size_t len;
    CHECK_OK(eth_key_from_hex(&key, "0x4646464646464646464646464646464646464646464646464646464646464646"));
    memset(tx.to, 0x35, sizeof tx.to);
    set_u256(tx.max_fee, UINT64_C(20000000000));
    set_u256(tx.value, UINT64_C(1000000000000000000));
    CHECK_OK(eth_tx_sign(raw, &len, hash, &tx, &key));
    CHECK_EQ_U64(sizeof want, len);
    from_hex(
        want, sizeof want,
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195"
        "fe53"
        "7567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
    CHECK_EQ_BYTES(want, raw, len);
    char address[43];
    eth_address_str(address, key.address);
    CHECK_EQ_STR("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F", address);
}

static void random_tx(struct eth_tx *tx, uint8_t *data, size_t cap, struct prng *rng)
{
    memset(tx, 0, sizeof *tx);
    tx->type = prng_below(rng, 2) ? ETH_TX_1559 : ETH_TX_LEGACY;
    tx->chain_id = 1 + prng_below(rng, UINT64_C(1) << (1 + prng_below(rng, 61)));
    tx->nonce = prng_u64(rng) >> prng_below(rng, 64);
    tx->gas_limit = prng_u64(rng) >> prng_below(rng, 64);
    size_t skip = prng_below(rng, 33);
    prng_bytes(rng, tx->max_fee + skip, 32 - skip);
    skip = prng_below(rng, 33);
    prng_bytes(rng, tx->value + skip, 32 - skip);
    if (tx->type == ETH_TX_1559) {
        skip = prng_below(rng, 33);
        prng_bytes(rng, tx->max_priority + skip, 32 - skip);
    }
    tx->creates = prng_below(rng, 4) == 0;
    if (!tx->creates) prng_bytes(rng, tx->to, sizeof tx->to);
    tx->data_len = prng_below(rng, 3) ? prng_below(rng, cap + 1) : prng_below(rng, 3);
    prng_bytes(rng, data, tx->data_len);
    tx->data = data;
}

static void test_decode__gives_back_what_was_signed_and_by_whom(struct prng *rng)
{
    static uint8_t data[1000];
    static uint8_t raw[1400];
    for (int i = 0; i < 300; i++) {
        uint8_t secret[32], hash[32], hash2[32], sender[20];
        struct eth_key key;
        struct eth_tx tx, back;
        size_t len;
        prng_bytes(rng, secret, sizeof secret);
        secret[0] &= 0x7f;
        CHECK_OK(eth_key_from_secret(&key, secret));
        random_tx(&tx, data, sizeof data, rng);
        CHECK_OK(eth_tx_sign(raw, &len, hash, &tx, &key));
        keccak256(hash2, raw, len);
        CHECK_EQ_BYTES(hash2, hash, 32);
        CHECK_OK(eth_tx_decode(&back, sender, raw, len));
        CHECK_EQ_BYTES(key.address, sender, 20);
        CHECK(tx.type == back.type && tx.chain_id == back.chain_id && tx.nonce == back.nonce);
        CHECK(tx.gas_limit == back.gas_limit && tx.creates == back.creates && tx.data_len == back.data_len);
        CHECK_EQ_BYTES(tx.max_fee, back.max_fee, 32);
        CHECK_EQ_BYTES(tx.max_priority, back.max_priority, 32);
        CHECK_EQ_BYTES(tx.value, back.value, 32);
        CHECK_EQ_BYTES(tx.to, back.to, 20);
        CHECK_EQ_BYTES(tx.data, back.data, tx.data_len);
        /* One byte less, or one more, is nothing. */
        CHECK_ERR(ZK_ERR_INPUT, eth_tx_decode(&back, sender, raw, len - 1));
        raw[len] = 0;
        CHECK_ERR(ZK_ERR_INPUT, eth_tx_decode(&back, sender, raw, len + 1));
    }
}

static void test_decode__refuses_a_high_s(struct prng *rng)
{
    (void)rng;
    static const char order[] = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    struct eth_key key;
    struct eth_tx tx = {.type = ETH_TX_1559, .chain_id = 9, .gas_limit = 21000};
    uint8_t raw[512], hash[32], sender[20], n[32];
    size_t len;
    CHECK_OK(eth_key_from_hex(&key, "0101010101010101010101010101010101010101010101010101010101010101"));
    CHECK_OK(eth_tx_sign(raw, &len, hash, &tx, &key));
    from_hex(n, 32, order);
    /* s, the last 32 bytes, becomes n - s, and the parity flips: the same key, another transaction hash. */
    unsigned borrow = 0;
    for (int i = 31; i >= 0; i--) {
        unsigned d = 256u + n[i] - raw[len - 32 + (size_t)i] - borrow;
        raw[len - 32 + (size_t)i] = (uint8_t)d;
        borrow = d < 256;
    }
    CHECK(raw[len - 33] == 0xa0);
    CHECK_ERR(ZK_ERR_INPUT, eth_tx_decode(&tx, sender, raw, len));
}

static void test_decode__refuses_other_types(struct prng *rng)
{
    (void)rng;
    struct eth_tx tx;
    uint8_t sender[20];
    CHECK_ERR(ZK_ERR_UNSUPPORTED, eth_tx_decode(&tx, sender, (const uint8_t *)"\x01\xc0", 2));
    CHECK_ERR(ZK_ERR_UNSUPPORTED, eth_tx_decode(&tx, sender, (const uint8_t *)"\x03\xc0", 2));
    CHECK_ERR(ZK_ERR_INPUT, eth_tx_decode(&tx, sender, (const uint8_t *)"\x02\xc0", 2));
    CHECK_ERR(ZK_ERR_INPUT, eth_tx_decode(&tx, sender, (const uint8_t *)"\xc0", 1));
    CHECK_ERR(ZK_ERR_INPUT, eth_tx_decode(&tx, sender, (const uint8_t *)"", 0));
}

static void test_address__has_the_checksum_of_eip_55(struct prng *rng)
{
    (void)rng;
    static const char *const good[] = {
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7", "0xde709f2102306220921060314715629080e2fb77"};
    static const char *const bad[] = {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
                                      "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                                      "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
                                      "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed0",
                                      "0x",
                                      "",
                                      "0xgaaeb6053f3e94c9b9a09f33669435e7ef1beaed"};
    for (size_t i = 0; i < ZK_COUNT(good); i++) {
        uint8_t address[20];
        char text[43];
        CHECK(eth_address_parse(address, good[i]));
        eth_address_str(text, address);
        CHECK_EQ_STR(good[i], text);
    }
    for (size_t i = 0; i < ZK_COUNT(bad); i++) {
        uint8_t address[20];
        CHECK_MSG(!eth_address_parse(address, bad[i]), "%s was read", bad[i]);
    }
    uint8_t address[20];
    CHECK(eth_address_parse(address, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"));
    CHECK(eth_address_parse(address, "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED"));
}

static void test_address__of_created_contracts(struct prng *rng)
{
    (void)rng;
    uint8_t deployer[20] = {0};
    uint8_t salt[32] = {0};
    uint8_t code_hash[32];
    uint8_t address[20];
    char text[43];
    /* EIP-1014, example 0; and the first contracts of the well-known address below (nonces 0 to 2). */
    keccak256(code_hash, "\0", 1);
    eth_create2_address(address, deployer, salt, code_hash);
    eth_address_str(text, address);
    CHECK_EQ_STR("0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38", text);
    CHECK(eth_address_parse(deployer, "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"));
    static const char *const created[] = {"0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
                                          "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8",
                                          "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91"};
    for (uint64_t nonce = 0; nonce < 3; nonce++) {
        uint8_t want[20];
        eth_create_address(address, deployer, nonce);
        CHECK(eth_address_parse(want, created[nonce]));
        CHECK_EQ_BYTES(want, address, 20);
    }
}

static void test_gas__counts_zeros_words_and_the_floor(struct prng *rng)
{
    (void)rng;
    const uint8_t data[] = {0, 1, 0, 2, 3};
    CHECK_EQ_U64(21000, eth_tx_intrinsic_gas(NULL, 0, false));
    CHECK_EQ_U64(21000 + 2 * 4 + 3 * 16, eth_tx_intrinsic_gas(data, sizeof data, false));
    CHECK_EQ_U64(53000 + 2 * 4 + 3 * 16 + 2, eth_tx_intrinsic_gas(data, sizeof data, true));
    CHECK_EQ_U64(21000 + 2 * 10 + 3 * 40, eth_tx_floor_gas(data, sizeof data));
}

TEST_MAIN(TEST(test_sign__gives_the_bytes_of_eip_155), TEST(test_decode__gives_back_what_was_signed_and_by_whom),
          TEST(test_decode__refuses_a_high_s), TEST(test_decode__refuses_other_types),
          TEST(test_address__has_the_checksum_of_eip_55), TEST(test_address__of_created_contracts),
          TEST(test_gas__counts_zeros_words_and_the_floor))
