/* The wallet's subcommands that only look. */
#include "base/bytes.h"
#include "cli/wallet.h"
#include "ethereum/eth_tx.h"
#include "rollup/amount.h"

#include <json-c/json.h>

#define HISTORY_LIMIT 20

static cli_exit done(struct wallet *w, zk_err err)
{
    cli_exit code = err == ZK_OK ? CLI_DONE : args_failed(w->a);
    wallet_close(w);
    return code;
}

/* Of any address given, or of the wallet's. */
static zk_err open_for(struct wallet *w, const struct args *a)
{
    const char *address = a->n > 0 ? a->positional[0] : NULL;
    if (address == NULL) return wallet_open(w, a);
    const struct client_config config = {.rpc_url = args_get(a, ARG_NODE), .rest_url = args_get(a, ARG_REST)};
    *w = (struct wallet){.a = a};
    ZK_TRY(wallet_address(&w->me, address));
    return client_create(&w->c, &config);
}

/* ---- balance */

static zk_err print_token(struct wallet *w, uint32_t id)
{
    struct client_token token;
    char committed[WALLET_AMOUNT_MAX];
    char verified[WALLET_AMOUNT_MAX];
    ZK_TRY(client_token_by_id(w->c, &token, id));
    u128 now = client_balance_of(&w->account.committed, id);
    u128 final = client_balance_of(&w->account.verified, id);
    wallet_amount_text(committed, now, &token);
    wallet_amount_text(verified, final, &token);
    if (now == final)
        printf("%s\n", committed);
    else
        printf("%s (verified on L1: %s)\n", committed, verified);
    return ZK_OK;
}

static zk_err print_balances(struct wallet *w)
{
    const struct client_account *account = &w->account;
    for (uint32_t id = 0; id <= TOKEN_ID_LAST; id++)
        if (client_balance_of(&account->committed, id) != 0 || client_balance_of(&account->verified, id) != 0)
            ZK_TRY(print_token(w, id));
    for (size_t i = 0; i < account->committed.n_nfts; i++) printf("NFT %u\n", account->committed.nfts[i].id);
    for (size_t i = 0; i < account->n_depositing; i++) {
        struct client_token token;
        char text[WALLET_AMOUNT_MAX];
        ZK_TRY(client_token_by_id(w->c, &token, account->depositing[i].token));
        wallet_amount_text(text, account->depositing[i].amount, &token);
        printf("%s on its way (counts at L1 block %llu)\n", text,
               (unsigned long long)account->depositing[i].expected_block);
    }
    return ZK_OK;
}

static struct json_object *balances_json(struct wallet *w, const struct client_balance *list, size_t n)
{
    struct json_object *o = json_object_new_object();
    for (size_t i = 0; i < n; i++) {
        struct client_token token;
        if (client_token_by_id(w->c, &token, list[i].token) != ZK_OK) continue; /* known when it was read */
        (void)json_object_object_add(o, token.symbol, wallet_json_amount(list[i].amount));
    }
    return o;
}

static struct json_object *account_json(struct wallet *w)
{
    const struct client_account *a = &w->account;
    struct json_object *o = json_object_new_object();
    struct json_object *nfts = json_object_new_array();
    (void)json_object_object_add(o, "address", wallet_json_hex(w->me.b, 20));
    (void)json_object_object_add(o, "account", a->exists ? json_object_new_uint64(a->id) : NULL);
    (void)json_object_object_add(o, "nonce", json_object_new_uint64(a->committed.nonce));
    (void)json_object_object_add(o, "activated",
                                 json_object_new_boolean(!pubkey_hash_is_zero(&a->committed.pubkey_hash)));
    (void)json_object_object_add(o, "committed", balances_json(w, a->committed.balances, a->committed.n_balances));
    (void)json_object_object_add(o, "verified", balances_json(w, a->verified.balances, a->verified.n_balances));
    (void)json_object_object_add(o, "depositing", balances_json(w, a->depositing, a->n_depositing));
    for (size_t i = 0; i < a->committed.n_nfts; i++)
        (void)json_object_array_add(nfts, json_object_new_uint64(a->committed.nfts[i].id));
    (void)json_object_object_add(o, "nfts", nfts);
    return o;
}

static zk_err balance(struct wallet *w)
{
    char address[43];
    ZK_TRY(wallet_read_account(w));
    if (args_has(w->a, ARG_JSON)) {
        wallet_print_json(w, account_json(w));
        return ZK_OK;
    }
    eth_address_str(address, w->me.b);
    if (!w->account.exists)
        (void)fprintf(stderr, "%s has no account yet\n", address);
    else
        (void)fprintf(stderr, "%s, account %u%s\n", address, w->account.id,
                      pubkey_hash_is_zero(&w->account.committed.pubkey_hash) ? ", not activated" : "");
    return print_balances(w);
}

cli_exit wallet_balance(const struct args *a)
{
    struct wallet w = {.a = a};
    zk_err err = open_for(&w, a);
    if (err == ZK_OK) err = balance(&w);
    return done(&w, err);
}

/* ---- tokens */

static zk_err tokens(struct wallet *w)
{
    const struct client_token *list;
    struct json_object *o = json_object_new_array();
    zk_err err = client_load(w->c);
    size_t n = client_tokens(w->c, &list);
    for (size_t i = 0; i < n && err == ZK_OK; i++) {
        char address[43];
        eth_address_str(address, list[i].address.b);
        if (!args_has(w->a, ARG_JSON))
            printf("%4u  %-12s %2u decimals  %s\n", list[i].id, list[i].symbol, list[i].decimals, address);
        struct json_object *item = json_object_new_object();
        (void)json_object_object_add(item, "id", json_object_new_uint64(list[i].id));
        (void)json_object_object_add(item, "symbol", json_object_new_string(list[i].symbol));
        (void)json_object_object_add(item, "decimals", json_object_new_uint64(list[i].decimals));
        (void)json_object_object_add(item, "address", json_object_new_string(address));
        (void)json_object_array_add(o, item);
    }
    if (err == ZK_OK)
        wallet_print_json(w, o);
    else
        json_object_put(o);
    return err;
}

cli_exit wallet_tokens(const struct args *a)
{
    const struct client_config config = {.rpc_url = args_get(a, ARG_NODE), .rest_url = args_get(a, ARG_REST)};
    struct wallet w = {.a = a};
    zk_err err = client_create(&w.c, &config);
    if (err == ZK_OK) err = tokens(&w);
    return done(&w, err);
}

/* ---- history */

static const char *text_of(struct json_object *o, const char *key)
{
    struct json_object *v;
    if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v) || v == NULL) return "";
    return json_object_get_string(v);
}

/* What a node says may go to a terminal only if it is plain. */
static void plain(char *out, size_t cap, const char *text)
{
    size_t len = 0;
    for (; *text != '\0' && len + 1 < cap; text++) {
        bool shown = *text >= ' ' && *text <= '~';
        out[len++] = (char)(shown ? *text : '?');
    }
    out[len] = '\0';
}

static void print_amount(struct wallet *w, struct json_object *op)
{
    u128 amount;
    struct client_token token;
    char text[WALLET_AMOUNT_MAX];
    const char *digits = text_of(op, "amount");
    const char *id = text_of(op, "tokenId");
    if (id[0] == '\0') id = text_of(op, "token");
    if (u128_from_text(&amount, digits, strlen(digits)) != U128_PARSED) return;
    if (strlen(id) >= 5 && strspn(id, "0123456789") == strlen(id)) {
        printf(" NFT %.10s", id);
        return;
    }
    if (id[0] == '\0' || client_token(w->c, &token, id) != ZK_OK) return;
    wallet_amount_text(text, amount, &token);
    printf(" %s", text);
}

static void print_item(struct wallet *w, struct json_object *item)
{
    struct json_object *op = NULL;
    char text[96];
    (void)json_object_object_get_ex(item, "op", &op);
    plain(text, sizeof text, text_of(item, "createdAt"));
    printf("%.19s", text);
    plain(text, sizeof text, text_of(item, "status"));
    printf("  %-9s", text);
    plain(text, sizeof text, text_of(op, "type"));
    printf("  %s", text);
    print_amount(w, op);
    plain(text, sizeof text, text_of(op, "to"));
    if (text[0] != '\0') printf(" to %s", text);
    plain(text, sizeof text, text_of(item, "failReason"));
    if (text[0] != '\0') printf(" (%s)", text);
    plain(text, sizeof text, text_of(item, "txHash"));
    printf("  %s\n", text);
}

static zk_err history(struct wallet *w)
{
    uint64_t limit;
    hash32 hash;
    char from[67] = "0x";
    struct json_object *page;
    struct json_object *list;
    const char *start = args_get(w->a, ARG_FROM);
    ZK_TRY(args_u64(&limit, w->a, ARG_LIMIT, HISTORY_LIMIT, 1, 100));
    if (start != NULL && !client_hash_parse(&hash, start))
        return zk_fail(ZK_ERR_INPUT, "'%.80s' is not a transaction's hash", start);
    if (start != NULL) hex_encode(from + 2, hash.b, 32);
    ZK_TRY(client_load(w->c));
    ZK_TRY(client_history(w->c, &page, &w->me, start != NULL ? from : NULL, (unsigned)limit));
    bool ok = json_object_is_type(page, json_type_object) && json_object_object_get_ex(page, "list", &list) &&
              json_object_is_type(list, json_type_array);
    if (ok && args_has(w->a, ARG_JSON)) {
        wallet_print_json(w, json_object_get(list));
    } else if (ok) {
        size_t n = json_object_array_length(list);
        for (size_t i = 0; i < n; i++) print_item(w, json_object_array_get_idx(list, i));
        if (n == 0) (void)fprintf(stderr, "no transactions yet\n");
    }
    json_object_put(page);
    return ok ? ZK_OK : zk_fail(ZK_ERR_IO, "the node's answer is not a page of transactions");
}

cli_exit wallet_history(const struct args *a)
{
    struct wallet w = {.a = a};
    zk_err err = open_for(&w, a);
    if (err == ZK_OK) err = history(&w);
    return done(&w, err);
}

/* ---- one transaction */

static zk_err one_tx(struct wallet *w)
{
    hash32 hash;
    hash32 l1_hash;
    struct client_tx_info info;
    bool paid = false;
    bool known;
    if (!client_hash_parse(&hash, w->a->positional[0]))
        return zk_fail(ZK_ERR_INPUT, "'%.80s' is not a transaction's hash", w->a->positional[0]);
    ZK_TRY(client_tx_known(w->c, &known, &hash));
    if (!known)
        return zk_fail(ZK_ERR_INPUT,
                       "the node does not know this transaction: it never came there, or is long rejected");
    struct json_object *o = json_object_new_object();
    zk_err err = args_has(w->a, ARG_WAIT) ? wallet_wait(w, &hash, 1, o) : ZK_OK;
    if (err == ZK_OK) err = client_tx_info(w->c, &info, &hash);
    if (err == ZK_OK && info.verified) err = client_withdrawal_l1_hash(w->c, &paid, &l1_hash, &hash);
    if (err != ZK_OK) {
        json_object_put(o);
        return err;
    }
    const char *status = !info.executed  ? "waiting"
                         : !info.success ? "rejected"
                         : info.verified ? "verified"
                                         : "committed";
    (void)json_object_object_add(o, "status", json_object_new_string(status));
    if (info.executed) (void)json_object_object_add(o, "block", json_object_new_uint64(info.block));
    if (info.fail_reason[0] != '\0')
        (void)json_object_object_add(o, "failReason", json_object_new_string(info.fail_reason));
    if (paid) (void)json_object_object_add(o, "l1Hash", wallet_json_hex(l1_hash.b, 32));
    if (!args_has(w->a, ARG_JSON)) {
        char reason[CLIENT_REASON_MAX + 1];
        plain(reason, sizeof reason, info.fail_reason);
        printf("%s", status);
        if (info.executed) printf(" in block %u", info.block);
        printf("%s%s\n", reason[0] != '\0' ? ": " : "", reason);
    }
    wallet_print_json(w, o);
    return info.executed && !info.success ? zk_fail(ZK_ERR_INPUT, "the transaction was rejected") : ZK_OK;
}

cli_exit wallet_tx(const struct args *a)
{
    const struct client_config config = {.rpc_url = args_get(a, ARG_NODE), .rest_url = args_get(a, ARG_REST)};
    struct wallet w = {.a = a};
    zk_err err = client_create(&w.c, &config);
    if (err == ZK_OK) err = one_tx(&w);
    return done(&w, err);
}
