/* Records of transactions: every kind comes back as it was; everything else is refused. */
#include "store/tx_record.h"

#include "base/test.h"

static const tx_type types[] = {TX_WITHDRAW, TX_TRANSFER,     TX_CHANGE_PUBKEY, TX_FORCED_EXIT,
                                TX_MINT_NFT, TX_WITHDRAW_NFT, TX_SWAP};

/* Any values that have an encoding: amounts below 2^35 and fees below 2^11 are packable. */
static void random_tx(struct tx *tx, tx_type type, struct prng *rng)
{
    memset(tx, 0, sizeof *tx);
    uint8_t bytes[TX_FULL_BYTES_MAX];
    size_t len;
    tx->type = type;
    eth_address a = {{1}}, b = {{2}};
    u128 amount = prng_below(rng, UINT64_C(1) << 35), fee = prng_below(rng, 2048);
    struct time_range valid = {prng_u64(rng), prng_u64(rng)};
    switch (type) {
    case TX_TRANSFER: tx->transfer = (struct tx_transfer){1, a, b, 2, 3, amount, fee, valid}; break;
    case TX_WITHDRAW: tx->withdraw = (struct tx_withdraw){1, a, b, 2, 3, prng_below(rng, 2), amount, fee, valid}; break;
    case TX_CHANGE_PUBKEY:
        tx->change_pubkey = (struct tx_change_pubkey){.account_id = 1, .account = a, .fee = fee, .valid = valid};
        prng_bytes(rng, &tx->change_pubkey.new_pubkey_hash, 20);
        tx->change_pubkey.auth.kind = (change_pubkey_auth_kind)prng_below(rng, 5);
        if (tx->change_pubkey.auth.kind == CHANGE_PUBKEY_CREATE2) {
            prng_bytes(rng, &tx->change_pubkey.auth.create2, sizeof tx->change_pubkey.auth.create2);
        } else if (tx->change_pubkey.auth.kind != CHANGE_PUBKEY_ONCHAIN) {
            prng_bytes(rng, tx->change_pubkey.auth.eth_signature, 65);
            prng_bytes(rng, &tx->change_pubkey.auth.batch_hash, 32);
        }
        break;
    case TX_FORCED_EXIT: tx->forced_exit = (struct tx_forced_exit){1, a, 2, 3, fee, valid}; break;
    case TX_MINT_NFT: tx->mint_nft = (struct tx_mint_nft){1, a, {{9}}, b, 2, 3, fee}; break;
    case TX_WITHDRAW_NFT:
        tx->withdraw_nft = (struct tx_withdraw_nft){1, a, b, 70000, 2, 3, prng_below(rng, 2), fee, valid};
        break;
    case TX_SWAP:
        tx->swap = (struct tx_swap){.submitter_id = 1, .submitter = a, .fee = fee, .amounts = {amount, 5}};
        for (size_t i = 0; i < 2; i++) {
            tx->swap.orders[i] = (struct order){
                .account_id = 7, .recipient = b, .token_sell = 3, .ratio = {5, 6}, .amount = amount, .valid = valid};
            prng_bytes(rng, &tx->swap.orders[i].signature, sizeof tx->swap.orders[i].signature);
        }
        break;
    }
    prng_bytes(rng, &tx->signature, sizeof tx->signature);
    CHECK_OK(tx_full_bytes(bytes, &len, tx));
}

static void test_record__comes_back_as_it_was(struct prng *rng)
{
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < ZK_COUNT(types); i++) {
            struct tx tx, back;
            uint8_t record[TX_RECORD_MAX], again[TX_RECORD_MAX];
            size_t len, len2;
            random_tx(&tx, types[i], rng);
            CHECK_OK(tx_record_encode(record, &len, &tx));
            CHECK_OK(tx_record_decode(&back, record, len));
            CHECK_OK(tx_record_encode(again, &len2, &back));
            CHECK_EQ_U64(len, len2);
            CHECK_EQ_BYTES(record, again, len);
            CHECK_EQ_BYTES(&tx.signature, &back.signature, sizeof tx.signature);
            if (tx.type == TX_WITHDRAW) CHECK_EQ_U64(tx.withdraw.fast, back.withdraw.fast);
            if (tx.type == TX_WITHDRAW_NFT) CHECK_EQ_U64(tx.withdraw_nft.fast, back.withdraw_nft.fast);
            if (tx.type == TX_CHANGE_PUBKEY)
                CHECK_EQ_BYTES(&tx.change_pubkey.auth, &back.change_pubkey.auth, sizeof tx.change_pubkey.auth);
            if (tx.type == TX_SWAP) CHECK_EQ_BYTES(&tx.swap.orders[1].signature, &back.swap.orders[1].signature, 96);
        }
    }
}

static void test_record__of_another_length_is_refused(struct prng *rng)
{
    for (size_t i = 0; i < ZK_COUNT(types); i++) {
        struct tx tx;
        uint8_t record[TX_RECORD_MAX + 1] = {0};
        size_t len;
        random_tx(&tx, types[i], rng);
        CHECK_OK(tx_record_encode(record, &len, &tx));
        for (size_t cut = 0; cut < len; cut++) CHECK_ERR(ZK_ERR_INPUT, tx_record_decode(&tx, record, cut));
        CHECK_ERR(ZK_ERR_INPUT, tx_record_decode(&tx, record, len + 1));
    }
}

static void test_record__flags_and_kinds_are_strict(struct prng *rng)
{
    struct tx tx;
    uint8_t record[TX_RECORD_MAX];
    size_t len;
    random_tx(&tx, TX_WITHDRAW, rng);
    CHECK_OK(tx_record_encode(record, &len, &tx));
    record[len - 1] = 2;
    CHECK_ERR(ZK_ERR_INPUT, tx_record_decode(&tx, record, len));
    random_tx(&tx, TX_CHANGE_PUBKEY, rng);
    tx.change_pubkey.auth = (struct change_pubkey_auth){.kind = CHANGE_PUBKEY_ONCHAIN};
    CHECK_OK(tx_record_encode(record, &len, &tx));
    CHECK_OK(tx_record_decode(&tx, record, len));
    record[len - 1] = 5;
    CHECK_ERR(ZK_ERR_INPUT, tx_record_decode(&tx, record, len));
    record[len - 1] = CHANGE_PUBKEY_ECDSA;
    CHECK_ERR(ZK_ERR_INPUT, tx_record_decode(&tx, record, len));
    record[0] = 2; /* another version */
    CHECK_ERR(ZK_ERR_INPUT, tx_record_decode(&tx, record, len));
}

TEST_MAIN(TEST(test_record__comes_back_as_it_was), TEST(test_record__of_another_length_is_refused),
          TEST(test_record__flags_and_kinds_are_strict))
