/* The texts of tests/vectors/eth_messages.json, made from transactions with these numbers in them. */
#include "rollup/eth_text.h"

#include "rollup/vectors_test.h"

#define FIRST_TOKEN 10 /* the vectors name tokens by symbol: they get ids from here on, as they come */

/* The token table of one entry. */
struct table {
    struct token_label of[FIRST_TOKEN + 4];
    struct token_labels labels;
};

static void table_init(struct table *t)
{
    memset(t, 0, sizeof *t);
    t->labels = (struct token_labels){t->of, FIRST_TOKEN};
}

/* The id of a token with this symbol; an NFT's is its own. */
static uint32_t token_id(struct table *t, const char *symbol, uint64_t decimals)
{
    if (strncmp(symbol, "NFT-", 4) == 0) return (uint32_t)strtoul(symbol + 4, NULL, 10);
    for (uint32_t id = FIRST_TOKEN; id < t->labels.n; id++)
        if (strcmp(t->of[id].symbol, symbol) == 0) return id;
    CHECK(t->labels.n < ZK_COUNT(t->of));
    struct token_label *label = &t->of[t->labels.n];
    (void)snprintf(label->symbol, sizeof label->symbol, "%s", symbol);
    label->decimals = (uint8_t)decimals;
    return (uint32_t)t->labels.n++;
}

static tx_type type_of(const char *name)
{
    static const tx_type types[] = {TX_TRANSFER, TX_WITHDRAW,     TX_CHANGE_PUBKEY, TX_FORCED_EXIT,
                                    TX_MINT_NFT, TX_WITHDRAW_NFT, TX_SWAP};
    for (size_t i = 0; i < ZK_COUNT(types); i++)
        if (strncmp(name, tx_type_str(types[i]), strlen(tx_type_str(types[i]))) == 0 &&
            strchr(" ", name[strlen(tx_type_str(types[i]))]) != NULL)
            return types[i];
    test_fail(__FILE__, __LINE__, "vector of unknown type %s", name);
}

static void read_key_hash(pubkey_hash *out, struct json_object *p, const char *key)
{
    const char *text = vector_str(p, key);
    CHECK(strncmp(text, "sync:", 5) == 0 && hex_decode(out->b, 20, text + 5, strlen(text + 5)));
}

/* A transaction with the parameters of a vector; those that its text does not show stay zero. */
static struct tx build(struct table *tokens, const char *type, struct json_object *p, uint32_t nonce)
{
    struct tx tx = {.type = type_of(type)};
    uint32_t token = token_id(tokens, vector_str(p, "symbol"), vector_u64(p, "decimals"));
    u128 fee = vector_u128(p, "fee");
    u128 amount = vector_has(p, "amount") ? vector_u128(p, "amount") : 0;
    eth_address to = {{0}};
    if (vector_has(p, "to")) vector_bytes(to.b, 20, p, "to");
    switch (tx.type) {
    case TX_TRANSFER:
        tx.transfer = (struct tx_transfer){.to = to, .token = token, .amount = amount, .fee = fee, .nonce = nonce};
        if (vector_has(p, "accountId")) tx.transfer.account_id = (uint32_t)vector_u64(p, "accountId");
        break;
    case TX_WITHDRAW:
        tx.withdraw = (struct tx_withdraw){.to = to, .token = token, .amount = amount, .fee = fee, .nonce = nonce};
        if (vector_has(p, "accountId")) tx.withdraw.account_id = (uint32_t)vector_u64(p, "accountId");
        break;
    case TX_CHANGE_PUBKEY:
        tx.change_pubkey = (struct tx_change_pubkey){.fee_token = token, .fee = fee, .nonce = nonce};
        read_key_hash(&tx.change_pubkey.new_pubkey_hash, p, "newPkHash");
        break;
    case TX_FORCED_EXIT:
        tx.forced_exit = (struct tx_forced_exit){.token = token, .fee = fee, .nonce = nonce};
        vector_bytes(tx.forced_exit.target.b, 20, p, "target");
        break;
    case TX_MINT_NFT:
        tx.mint_nft = (struct tx_mint_nft){.fee_token = token, .fee = fee, .nonce = nonce};
        vector_bytes(tx.mint_nft.content_hash.b, 32, p, "contentHash");
        vector_bytes(tx.mint_nft.recipient.b, 20, p, "recipient");
        break;
    case TX_WITHDRAW_NFT:
        tx.withdraw_nft = (struct tx_withdraw_nft){.to = to, .fee_token = token, .fee = fee, .nonce = nonce};
        tx.withdraw_nft.token = (uint32_t)vector_u64(p, "token");
        break;
    case TX_SWAP: tx.swap = (struct tx_swap){.fee_token = token, .fee = fee, .nonce = nonce}; break;
    }
    return tx;
}

static struct order build_order(struct table *tokens, struct json_object *p)
{
    struct order o = {.amount = vector_u128(p, "amount"), .nonce = (uint32_t)vector_u64(p, "nonce")};
    o.token_sell = token_id(tokens, vector_str(p, "symbolSell"), vector_u64(p, "decimalsSell"));
    o.token_buy = token_id(tokens, vector_str(p, "symbolBuy"), 6);
    vector_bytes(o.recipient.b, 20, p, "recipient");
    for (size_t i = 0; i < 2; i++) {
        const char *text = json_object_get_string(json_object_array_get_idx(vector_get(p, "ratio"), i));
        CHECK(u128_from_text(&o.ratio[i], text, strlen(text)) == U128_PARSED);
    }
    return o;
}

static char text[ETH_TEXT_BATCH_MAX(8)];
static size_t text_len;

static void check_text(zk_err err, struct json_object *c)
{
    CHECK_OK(err);
    CHECK_EQ_STR(vector_str(c, "text"), text);
    CHECK_EQ_U64(strlen(text), text_len);
    if (vector_has(c, "message_length")) CHECK_EQ_U64(vector_u64(c, "message_length"), text_len);
}

static void test_tx__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("eth_messages.json");
    struct json_object *list = vector_get(file, "transaction_messages");
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        struct json_object *p = vector_get(c, "params");
        struct table tokens;
        table_init(&tokens);
        if (strcmp(vector_str(c, "type"), "Order") == 0) {
            struct order o = build_order(&tokens, p);
            check_text(eth_text_order(text, sizeof text, &text_len, &o, &tokens.labels), c);
            continue;
        }
        uint32_t nonce = vector_has(p, "nonce") ? (uint32_t)vector_u64(p, "nonce") : 0;
        struct tx tx = build(&tokens, vector_str(c, "type"), p, nonce);
        zk_err err = eth_text_tx(text, sizeof text, &text_len, &tx, &tokens.labels, 0);
        if (tx.type == TX_CHANGE_PUBKEY)
            CHECK(err == ZK_ERR_RANGE);
        else
            check_text(err, c);
        /* As a batch of one, the part and the nonce. */
        char want[ETH_TEXT_MAX];
        eth_address sender = {{1}};
        const char *part = vector_str(c, "batch_part");
        (void)snprintf(want, sizeof want, "%s%sNonce: %u", part, *part == '\0' ? "" : "\n", nonce);
        CHECK_OK(eth_text_batch(text, sizeof text, &text_len, &tx, &sender, 1, &tokens.labels, 0));
        CHECK_EQ_STR(want, text);
    }
    printf("eth_messages.json, transaction_messages: %zu entries\n", vector_count(list));
    CHECK(vector_count(list) == 49);
    json_object_put(file);
}

static void test_old__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("eth_messages.json");
    struct json_object *list = vector_get(file, "old_transaction_messages");
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        struct json_object *p = vector_get(c, "params");
        struct table tokens;
        table_init(&tokens);
        struct tx tx = build(&tokens, vector_str(c, "type"), p, (uint32_t)vector_u64(p, "nonce"));
        check_text(eth_text_tx_old(text, sizeof text, &text_len, &tx, &tokens.labels), c);
        tx.type = TX_SWAP;
        CHECK_ERR(ZK_ERR_RANGE, eth_text_tx_old(text, sizeof text, &text_len, &tx, &tokens.labels));
    }
    CHECK(vector_count(list) == 2);
    json_object_put(file);
}

static void test_batch__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("eth_messages.json");
    struct json_object *list = vector_get(file, "batch_messages");
    for (size_t i = 0; i < vector_count(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        struct json_object *groups = vector_get(c, "groups");
        struct table tokens;
        struct tx txs[8];
        eth_address senders[8];
        size_t n = 0;
        table_init(&tokens);
        for (size_t g = 0; g < vector_count(groups); g++) {
            struct json_object *group = json_object_array_get_idx(groups, g);
            struct json_object *parts = vector_get(group, "parts");
            for (size_t k = 0; k < vector_count(parts); k++, n++) {
                struct json_object *part = json_object_array_get_idx(parts, k);
                CHECK(n < ZK_COUNT(txs));
                vector_bytes(senders[n].b, 20, group, "from");
                /* only the first nonce of a run is shown */
                txs[n] = build(&tokens, vector_str(part, "type"), vector_get(part, "params"),
                               (uint32_t)vector_u64(group, "nonce") + (uint32_t)k);
            }
        }
        check_text(eth_text_batch(text, sizeof text, &text_len, txs, senders, n, &tokens.labels, 0), c);
    }
    CHECK(vector_count(list) == 3);

    struct json_object *empty = vector_get(file, "batch_message_all_parts_empty");
    struct tx tx = {.type = TX_TRANSFER, .transfer = {.nonce = 3}};
    eth_address sender = {{1}};
    struct token_labels none = {NULL, 0};
    CHECK(vector_count(empty) == 2);
    for (size_t i = 0; i < 2; i++)
        check_text(
            eth_text_batch(text, sizeof text, &text_len, &tx, &sender, 1, &none, i == 0 ? 0 : ETH_TEXT_EMPTY_LINE),
            json_object_array_get_idx(empty, i));
    json_object_put(file);
}

static void test_other__vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("eth_messages.json");
    struct json_object *login = vector_get(file, "login_messages");
    for (size_t i = 0; i < vector_count(login); i++) {
        struct json_object *c = json_object_array_get_idx(login, i);
        check_text(eth_text_login(text, sizeof text, &text_len, vector_u64(c, "chainId")), c);
    }
    struct json_object *toggle = vector_get(file, "toggle_2fa");
    for (size_t i = 0; i < vector_count(toggle); i++) {
        struct json_object *c = json_object_array_get_idx(toggle, i);
        pubkey_hash key;
        bool has_key = vector_has(c, "pubKeyHash");
        if (has_key) read_key_hash(&key, c, "pubKeyHash");
        check_text(eth_text_toggle_2fa(text, sizeof text, &text_len, vector_bool(c, "require2FA"),
                                       vector_u64(c, "timestamp_ms"), has_key ? &key : NULL),
                   c);
    }
    struct json_object *factory = vector_get(file, "register_nft_factory");
    for (size_t i = 0; i < vector_count(factory); i++) {
        struct json_object *c = json_object_array_get_idx(factory, i);
        eth_address creator;
        eth_address contract;
        vector_bytes(creator.b, 20, c, "creator");
        vector_bytes(contract.b, 20, c, "factory");
        check_text(eth_text_nft_factory(text, sizeof text, &text_len, (uint32_t)vector_u64(c, "accountId"), &creator,
                                        &contract),
                   c);
    }
    struct json_object *change = vector_get(file, "change_pub_key");
    size_t texts = 0;
    for (size_t i = 0; i < vector_count(change); i++) {
        struct json_object *c = json_object_array_get_idx(change, i);
        if (!vector_has(c, "text")) continue;
        struct tx_change_pubkey t = {.nonce = (uint32_t)vector_u64(c, "nonce"),
                                     .account_id = (uint32_t)vector_u64(c, "accountId")};
        read_key_hash(&t.new_pubkey_hash, c, "newPkHash");
        check_text(eth_text_change_pubkey(text, sizeof text, &text_len, &t), c);
        texts++;
    }
    printf("eth_messages.json: %zu logins, %zu 2FA, %zu factories, %zu change-pubkey texts\n", vector_count(login),
           vector_count(toggle), vector_count(factory), texts);
    CHECK(vector_count(login) == 8 && vector_count(toggle) == 4 && vector_count(factory) == 2 && texts == 6);
    json_object_put(file);
}

/* The longest symbols, amounts and decimals still fit the room that is promised. */
static void test_room__is_enough(struct prng *rng)
{
    (void)rng;
    struct token_label label = {"0123456789012345678901234567890", 255};
    struct token_labels tokens = {&label, 1};
    struct tx txs[3];
    eth_address senders[3] = {{{1}}, {{2}}, {{1}}};
    struct order order = {.ratio = {U128_MAX, U128_MAX}, .amount = U128_MAX, .nonce = UINT32_MAX};
    for (int i = 0; i < 3; i++) {
        txs[i] =
            (struct tx){.type = TX_TRANSFER, .transfer = {.amount = U128_MAX, .fee = U128_MAX, .nonce = UINT32_MAX}};
        txs[i].transfer.account_id = UINT32_MAX;
    }
    CHECK_OK(eth_text_tx(text, ETH_TEXT_MAX, &text_len, &txs[0], &tokens, 0));
    CHECK_OK(eth_text_tx_old(text, ETH_TEXT_MAX, &text_len, &txs[0], &tokens));
    CHECK_OK(eth_text_order(text, ETH_TEXT_MAX, &text_len, &order, &tokens));
    CHECK_OK(eth_text_toggle_2fa(text, ETH_TEXT_MAX, &text_len, false, UINT64_MAX, &(pubkey_hash){{0}}));
    CHECK_OK(eth_text_batch(text, ETH_TEXT_BATCH_MAX(3), &text_len, txs, senders, 3, &tokens, ETH_TEXT_EMPTY_LINE));
    for (size_t cap = 1; cap <= text_len; cap++) {
        size_t len;
        CHECK_ERR(ZK_ERR_FULL, eth_text_batch(text, cap, &len, txs, senders, 3, &tokens, ETH_TEXT_EMPTY_LINE));
    }
}

static void test_token__must_be_known(struct prng *rng)
{
    (void)rng;
    struct token_label labels[2] = {{"ETH", 18}, {"", 0}};
    struct token_labels tokens = {labels, 2};
    struct tx tx = {.type = TX_TRANSFER, .transfer = {.amount = 5}};
    static const uint32_t unknown[] = {1, 2, 1023, 1024, 65535, NFT_ID_LAST + 1, UINT32_MAX};
    CHECK_OK(eth_text_tx(text, sizeof text, &text_len, &tx, &tokens, 0));
    for (size_t i = 0; i < ZK_COUNT(unknown); i++) {
        tx.transfer.token = unknown[i];
        CHECK_ERR(ZK_ERR_RANGE, eth_text_tx(text, sizeof text, &text_len, &tx, &tokens, 0));
    }
    tx.transfer.token = NFT_ID_LAST;
    CHECK_OK(eth_text_tx(text, sizeof text, &text_len, &tx, &tokens, 0));
    CHECK(strstr(text, "5.0 NFT-2147483645 to: 0x") != NULL);
}

static void test_hash__in_capitals(struct prng *rng)
{
    (void)rng;
    struct tx tx = {.type = TX_MINT_NFT};
    struct token_labels none = {NULL, 0};
    memset(tx.mint_nft.content_hash.b, 0xa9, 32);
    CHECK_OK(eth_text_tx(text, sizeof text, &text_len, &tx, &none, ETH_TEXT_UPPER_HASH));
    CHECK(strncmp(text, "MintNFT 0xA9A9", 14) == 0);
    CHECK_OK(eth_text_tx(text, sizeof text, &text_len, &tx, &none, 0));
    CHECK(strncmp(text, "MintNFT 0xa9a9", 14) == 0);
}

TEST_MAIN(TEST(test_tx__vectors), TEST(test_old__vectors), TEST(test_batch__vectors), TEST(test_other__vectors),
          TEST(test_room__is_enough), TEST(test_token__must_be_known), TEST(test_hash__in_capitals))
