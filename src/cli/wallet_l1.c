/* The wallet's subcommands that go straight to Ethereum: into the rollup, out of it without asking its operator, and
 * from the contract to one's own address. */
#include "base/bytes.h"
#include "cli/account_shown.h"
#include "cli/sent.h"
#include "cli/token_on_l1.h"
#include "cli/units.h"
#include "cli/wallet.h"
#include "cli/wallet_file.h"
#include "ethereum/eth_tx.h"
#include "ethereum/zkroll_event.h"
#include "rollup/amount.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

/* Of ERC-20s; deposits of ETH are bounded by 2^128. */
#define DEPOSIT_MAX (((u128)1 << 104) - 1)

#define PAID_POLL_MS 500
#define PAID_POLLS   20

static cli_exit done(struct wallet *w, zk_err err)
{
    cli_exit code = err == ZK_OK ? CLI_DONE : err == ZK_ERR_CANCELLED ? CLI_FAILED : args_failed(w->a);
    wallet_close(w);
    return code;
}

/* The serial id of the request that a mined transaction made. */
static zk_err find_serial_id(uint64_t *out, struct wallet *w, const struct l1_result *sent)
{
    uint8_t topic[32];
    struct eth_logs logs;
    bool too_many;
    zkroll_event_topic(topic, ZKROLL_NEW_PRIORITY_REQUEST);
    const struct eth_filter filter = {.from_block = sent->receipt.block_number,
                                      .to_block = sent->receipt.block_number,
                                      .addresses = (const uint8_t(*)[20]) & w->l1.main.address,
                                      .n_addresses = 1,
                                      .topics0 = (const uint8_t(*)[32]) & topic,
                                      .n_topics0 = 1};
    *out = 0;
    ZK_TRY(eth_rpc_logs(w->l1.rpc, &logs, &too_many, &filter));
    bool found = false;
    for (size_t i = 0; i < logs.n && !found; i++) {
        struct zkroll_event event;
        if (memcmp(logs.items[i].tx_hash, sent->hash, 32) != 0) continue;
        if (zkroll_event_decode(&event, &logs.items[i]) != ZK_OK) continue;
        *out = event.request.serial_id;
        found = true;
    }
    eth_logs_free(&logs);
    return found ? ZK_OK : zk_fail(ZK_ERR_IO, "L1 does not show the request that was just mined");
}

/* Prints what became of a request, and waits for the rollup if --wait is given. */
static zk_err report_request(struct wallet *w, const struct l1_result *sent)
{
    uint64_t serial_id = 0;
    char hash[67] = "0x";
    hex_encode(hash + 2, sent->hash, 32);
    sent_remember(hash); /* a failure from here on is no reason to send it again */
    ZK_TRY(find_serial_id(&serial_id, w, sent));
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "l1Hash", wallet_json_hex(sent->hash, 32));
    (void)json_object_object_add(o, "serialId", json_object_new_uint64(serial_id));
    if (!args_has(w->a, ARG_JSON)) printf("%s\nrequest %llu\n", hash, (unsigned long long)serial_id);
    (void)fflush(stdout);
    zk_err err = args_has(w->a, ARG_WAIT) ? wallet_wait_op(w, serial_id, o) : ZK_OK;
    wallet_print_json(w, o);
    return err;
}

/* ---- deposit */

static zk_err approve(struct wallet *w, const struct client_token *token, u128 amount)
{
    uint8_t buf[128];
    struct abi_out o;
    struct l1_result sent;
    uint8_t word[32] = {0};
    store_be128(word + 16, amount);
    abi_out_init(&o, buf, sizeof buf);
    abi_put_selector(&o, "approve(address,uint256)");
    abi_put_address(&o, w->l1.main.address);
    abi_put_word(&o, word);
    const struct l1_call call = {.what = amount == 0 ? "taking back the old allowance"
                                                     : "allowing the contract to take the deposit",
                                 .to = token->address.b,
                                 .data = buf,
                                 .len = o.len};
    return l1_send(&w->l1, &sent, &w->s.eth, &call);
}

/* Allows exactly what is deposited. Some tokens want an old allowance taken back first. */
static zk_err ensure_allowance(struct wallet *w, const struct client_token *token, u128 amount)
{
    uint8_t word[32];
    ZK_TRY(l1_erc20_allowance(&w->l1, word, token->address.b, w->me.b));
    u128 low = load_be128(word + 16);
    bool high = !bytes_are_zero(word, 16);
    if (high || low >= amount) return ZK_OK;
    if (low != 0) ZK_TRY(approve(w, token, 0));
    return approve(w, token, amount);
}

static zk_err check_l1_funds(struct wallet *w, const struct client_token *token, u128 amount)
{
    uint8_t word[32];
    if (token->id == TOKEN_ID_ETH)
        ZK_TRY(eth_rpc_balance(w->l1.rpc, word, w->me.b));
    else
        ZK_TRY(l1_erc20_balance(&w->l1, word, token->address.b, w->me.b));
    u128 have = load_be128(word + 16);
    if (!bytes_are_zero(word, 16) || have >= amount) return ZK_OK;
    char has[WALLET_AMOUNT_MAX];
    wallet_amount_text(has, have, token);
    return zk_fail(ZK_ERR_INPUT, "not enough on L1: the address has %.100s", has);
}

static bool is_symbol(const char *text)
{
    return strcasecmp(text, "ETH") != 0 && strncmp(text, "0x", 2) != 0 && strspn(text, "0123456789") != strlen(text);
}

/* ETH, addresses and ids are known without a node. It only says which token has a symbol. */
static zk_err deposit_token(struct client_token *out, struct token_on_l1 *real, struct wallet *w, const char *text)
{
    if (is_symbol(text)) {
        ZK_TRY(wallet_token(w, out, text));
        ZK_TRY(token_on_l1_by_id(real, &w->l1, out->id));
    } else {
        ZK_TRY(token_on_l1_find(real, &w->l1, text));
    }
    if (!real->known) return zk_fail(ZK_ERR_INPUT, "the token %.60s does not say its symbol and decimals", text);
    *out = (struct client_token){
        .id = real->id, .address = real->address, .symbol = real->label.symbol, .decimals = real->label.decimals};
    return ZK_OK;
}

static zk_err deposit(struct wallet *w)
{
    uint8_t buf[ZKROLL_SMALL_CALL_MAX];
    uint8_t be[16];
    struct abi_out o;
    struct client_token token = {0};
    struct token_on_l1 real;
    struct l1_result sent;
    eth_address to;
    u128 amount;
    bool go;
    char what[WALLET_AMOUNT_MAX + 80];
    char text[WALLET_AMOUNT_MAX];
    char address[43];
    char contract[43];
    ZK_TRY(wallet_recipient(&to, w));
    ZK_TRY(wallet_open_l1(w));
    ZK_TRY(deposit_token(&token, &real, w, w->a->positional[1]));
    ZK_TRY(units_parse(&amount, w->a->positional[0], token.decimals));
    if (amount == 0) return zk_fail(ZK_ERR_INPUT, "a deposit of nothing is refused");
    if (token.id != TOKEN_ID_ETH && amount > DEPOSIT_MAX)
        return zk_fail(ZK_ERR_INPUT, "the contract takes less than 2^104 base units at once");
    ZK_TRY(check_l1_funds(w, &token, amount));
    wallet_amount_text(text, amount, &token);
    eth_address_str(address, to.b);
    eth_address_str(contract, w->l1.main.address);
    ZK_TRY(wallet_confirm(&go, w, "deposit %s from L1 for %s, into the rollup's contract %s\nfee: L1 gas only", text,
                          address, contract));
    if (!go) return ZK_ERR_CANCELLED;
    ZK_TRY(wallet_unlock(w));
    abi_out_init(&o, buf, sizeof buf);
    store_be128(be, amount);
    if (token.id == TOKEN_ID_ETH) {
        zkroll_put_deposit_eth(&o, to.b);
    } else {
        ZK_TRY(ensure_allowance(w, &token, amount));
        zkroll_put_deposit_erc20(&o, token.address.b, be, to.b);
    }
    (void)snprintf(what, sizeof what, "depositing %s", text);
    const struct l1_call call = {.what = what,
                                 .to = w->l1.main.address,
                                 .value = token.id == TOKEN_ID_ETH ? amount : 0,
                                 .data = buf,
                                 .len = o.len};
    ZK_TRY(l1_send(&w->l1, &sent, &w->s.eth, &call));
    return report_request(w, &sent);
}

cli_exit wallet_deposit(const struct args *a)
{
    struct wallet w;
    zk_err err = wallet_open(&w, a);
    if (err == ZK_OK) err = deposit(&w);
    return done(&w, err);
}

/* ---- full exit */

/* "ETH" and addresses need no node: this must work without one. NFTs are numbers from 65536. */
static zk_err l1_token_of(uint8_t address[20], uint32_t *nft, struct wallet *w, const char *text)
{
    struct client_token token;
    memset(address, 0, 20);
    *nft = 0;
    if (strcasecmp(text, "ETH") == 0) return ZK_OK;
    if (strncmp(text, "0x", 2) == 0)
        return eth_address_parse(address, text)
                   ? ZK_OK
                   : zk_fail(ZK_ERR_INPUT, "'%.60s' is not an address (or its checksum is wrong)", text);
    if (strspn(text, "0123456789") == strlen(text) && strtoull(text, NULL, 10) >= NFT_ID_FIRST) {
        if (strtoull(text, NULL, 10) > NFT_ID_LAST) return zk_fail(ZK_ERR_INPUT, "%.20s is no NFT's id", text);
        *nft = (uint32_t)strtoull(text, NULL, 10);
        return ZK_OK;
    }
    ZK_TRY(wallet_token(w, &token, text));
    memcpy(address, token.address.b, 20);
    return ZK_OK;
}

/* A request with somebody else's id is executed and pays nothing, so a node's word will not do: the id and the address
 * are shown by a Merkle path to a root that L1 has executed, or by a state of one's own. */
static zk_err account_id(uint32_t *out, struct wallet *w)
{
    uint64_t id;
    uint64_t first;
    struct account_shown s;
    const char *dir = args_get(w->a, ARG_DIR);
    ZK_TRY(args_u64(&id, w->a, ARG_ACCOUNT, UINT64_MAX, 0, ACCOUNT_ID_MAX));
    ZK_TRY(args_u64(&first, w->a, ARG_FROM_BLOCK, 0, 0, UINT64_C(1) << 40));
    *out = (uint32_t)id;
    if (id != UINT64_MAX) return ZK_OK;
    ZK_TRY(dir != NULL ? account_shown_by_folder(&s, dir, &w->me, TOKEN_ID_ETH)
                       : account_shown_by_node(&s, w->c, &w->me, TOKEN_ID_ETH));
    ZK_TRY(account_shown_check(&s, &w->l1, first));
    *out = s.account_id;
    return ZK_OK;
}

/* What waits on L1 for the wallet: of a token in base units, of an NFT 1. */
static zk_err waits_on_l1(u128 *out, struct wallet *w, const uint8_t token[20], uint32_t nft)
{
    uint8_t owner[20];
    uint8_t be[16];
    if (nft != 0) {
        ZK_TRY(zkroll_view_pending_nft_owner(owner, &w->l1.main, nft));
        *out = memcmp(owner, w->me.b, 20) == 0;
        return ZK_OK;
    }
    ZK_TRY(zkroll_view_pending_balance(be, &w->l1.main, w->me.b, token));
    *out = load_be128(be);
    return ZK_OK;
}

/* Executed is not paid: a request for nothing is executed too. L1's node may be a moment behind the rollup's. */
static zk_err check_paid(struct wallet *w, const uint8_t token[20], uint32_t nft, uint32_t account, u128 before)
{
    const struct timespec pause = {0, PAID_POLL_MS * 1000000L};
    const char *wait = args_get(w->a, ARG_WAIT);
    if (wait == NULL || strcmp(wait, "verified") != 0) return ZK_OK;
    for (int i = 0; i < PAID_POLLS; i++) {
        u128 now;
        ZK_TRY(waits_on_l1(&now, w, token, nft));
        if (now != before) return ZK_OK;
        (void)nanosleep(&pause, NULL);
    }
    sent_known();
    return zk_fail(ZK_ERR_INPUT,
                   "the request was executed, and L1 owes this address no more than before: account %u "
                   "had nothing of it, or is not this address's (`zkroll verify balance` shows the id)",
                   account);
}

static zk_err full_exit(struct wallet *w)
{
    uint8_t buf[ZKROLL_SMALL_CALL_MAX];
    uint8_t token[20];
    uint32_t nft;
    uint32_t id;
    u128 before;
    bool go;
    struct abi_out o;
    struct l1_result sent;
    const char *text = w->a->positional[0];
    char contract[43];
    ZK_TRY(wallet_open_l1(w));
    eth_address_str(contract, w->l1.main.address);
    ZK_TRY(l1_token_of(token, &nft, w, text));
    ZK_TRY(account_id(&id, w));
    ZK_TRY(waits_on_l1(&before, w, token, nft));
    ZK_TRY(
        wallet_confirm(&go, w,
                       "ask L1, at the contract %s, for all %.60s of account %u: the operator must pay it out before "
                       "the deadline, or lose the rollup\nfee: L1 gas only",
                       contract, text, id));
    if (!go) return ZK_ERR_CANCELLED;
    ZK_TRY(wallet_unlock(w));
    abi_out_init(&o, buf, sizeof buf);
    if (nft != 0)
        zkroll_put_full_exit_nft(&o, id, nft);
    else
        zkroll_put_full_exit(&o, id, token);
    const struct l1_call call = {.what = "asking for a full exit", .to = w->l1.main.address, .data = buf, .len = o.len};
    ZK_TRY(l1_send(&w->l1, &sent, &w->s.eth, &call));
    ZK_TRY(report_request(w, &sent));
    return check_paid(w, token, nft, id, before);
}

cli_exit wallet_full_exit(const struct args *a)
{
    struct wallet w;
    zk_err err = wallet_open(&w, a);
    if (err == ZK_OK) err = full_exit(&w);
    return done(&w, err);
}

/* ---- claim */

struct claim {
    struct wallet *w;
    eth_address owner;
    struct json_object *list;
    size_t n;
    size_t declined, refused;
    char refusal[160]; /* the last one's reason */
};

static zk_err unlock_once(struct wallet *w)
{
    return bytes_are_zero(w->s.eth.secret, 32) ? wallet_unlock(w) : ZK_OK;
}

static void amount_on_l1(char out[WALLET_AMOUNT_MAX], u128 amount, const struct l1_token *token, bool known)
{
    char units[UNITS_TEXT_MAX + 1];
    units_to_text(units, amount, known ? token->decimals : 0);
    (void)snprintf(out, WALLET_AMOUNT_MAX, "%s %s", units, known ? token->symbol : "base units");
}

static zk_err claim_balance(struct claim *c, const uint8_t token[20], bool must)
{
    struct wallet *w = c->w;
    uint8_t be[16];
    uint8_t buf[ZKROLL_SMALL_CALL_MAX];
    char text[WALLET_AMOUNT_MAX];
    char what[WALLET_AMOUNT_MAX + 32];
    struct abi_out o;
    struct l1_token label;
    struct l1_result sent;
    bool known;
    bool go;
    ZK_TRY(zkroll_view_pending_balance(be, &w->l1.main, c->owner.b, token));
    u128 amount = load_be128(be);
    if (amount == 0 && must) return zk_fail(ZK_ERR_INPUT, "nothing of this token waits on L1 for this address");
    if (amount == 0) return ZK_OK;
    ZK_TRY(l1_token(&w->l1, &label, &known, token));
    amount_on_l1(text, amount, &label, known);
    ZK_TRY(wallet_confirm(&go, w, "claim %s\nfee: L1 gas only", text));
    c->declined += !go;
    if (!go) return ZK_OK;
    ZK_TRY(unlock_once(w));
    abi_out_init(&o, buf, sizeof buf);
    zkroll_put_withdraw_pending(&o, c->owner.b, token, be);
    (void)snprintf(what, sizeof what, "claiming %s", text);
    const struct l1_call call = {.what = what, .to = w->l1.main.address, .data = buf, .len = o.len};
    ZK_TRY(l1_send(&w->l1, &sent, &w->s.eth, &call));
    c->n++;
    if (!args_has(w->a, ARG_JSON)) printf("%s\n", text);
    struct json_object *item = json_object_new_object();
    (void)json_object_object_add(item, "token", wallet_json_hex(token, 20));
    (void)json_object_object_add(item, "amount", wallet_json_amount(amount));
    (void)json_object_object_add(item, "l1Hash", wallet_json_hex(sent.hash, 32));
    (void)json_object_array_add(c->list, item);
    return ZK_OK;
}

static zk_err claim_nft(struct claim *c, uint32_t nft)
{
    struct wallet *w = c->w;
    uint8_t buf[ZKROLL_SMALL_CALL_MAX];
    uint8_t owner[20];
    char what[48];
    struct abi_out o;
    struct l1_result sent;
    bool go;
    ZK_TRY(zkroll_view_pending_nft_owner(owner, &w->l1.main, nft));
    if (bytes_are_zero(owner, 20)) return zk_fail(ZK_ERR_INPUT, "NFT %u does not wait on L1", nft);
    ZK_TRY(wallet_confirm(&go, w, "claim NFT %u for its owner\nfee: L1 gas only", nft));
    c->declined += !go;
    if (!go) return ZK_OK;
    ZK_TRY(unlock_once(w));
    abi_out_init(&o, buf, sizeof buf);
    zkroll_put_withdraw_pending_nft(&o, nft);
    (void)snprintf(what, sizeof what, "claiming NFT %u", nft);
    const struct l1_call call = {.what = what, .to = w->l1.main.address, .data = buf, .len = o.len};
    ZK_TRY(l1_send(&w->l1, &sent, &w->s.eth, &call));
    c->n++;
    if (!args_has(w->a, ARG_JSON)) printf("NFT %u\n", nft);
    struct json_object *item = json_object_new_object();
    (void)json_object_object_add(item, "nft", json_object_new_uint64(nft));
    (void)json_object_object_add(item, "l1Hash", wallet_json_hex(sent.hash, 32));
    (void)json_object_array_add(c->list, item);
    return ZK_OK;
}

/* One token whose contract refuses must not keep the others back. */
static zk_err refused(struct claim *c, zk_err err)
{
    if (err != ZK_ERR_INPUT) return err;
    (void)snprintf(c->refusal, sizeof c->refusal, "%.150s", zk_err_message());
    l1_say(&c->w->l1, "%s; going on with the others", c->refusal);
    c->refused++;
    return ZK_OK;
}

/* ETH and every token that governance has listed. */
static zk_err claim_all(struct claim *c)
{
    struct zkroll_settings settings;
    uint32_t n;
    uint8_t token[20] = {0};
    ZK_TRY(zkroll_view_settings(&settings, &c->w->l1.main));
    struct zkroll_view governance = {.rpc = c->w->l1.rpc};
    memcpy(governance.address, settings.governance, 20);
    ZK_TRY(zkroll_view_total_tokens(&n, &governance));
    ZK_TRY(refused(c, claim_balance(c, token, false)));
    for (uint32_t id = 1; id <= n; id++) {
        ZK_TRY(zkroll_view_token_address(token, &governance, id));
        ZK_TRY(refused(c, claim_balance(c, token, false)));
    }
    if (c->n + c->declined + c->refused == 0)
        return zk_fail(ZK_ERR_INPUT, "nothing waits on L1 for this address (an NFT is claimed by its id)");
    return ZK_OK;
}

static zk_err claim(struct claim *c)
{
    uint8_t token[20];
    uint32_t nft;
    const char *owner = args_get(c->w->a, ARG_OWNER);
    c->owner = c->w->me;
    if (owner != NULL) ZK_TRY(wallet_address(&c->owner, owner));
    ZK_TRY(wallet_open_l1(c->w));
    if (c->w->a->n == 0) return claim_all(c);
    for (size_t i = 0; i < c->w->a->n; i++) {
        ZK_TRY(l1_token_of(token, &nft, c->w, c->w->a->positional[i]));
        if (nft != 0)
            ZK_TRY(refused(c, claim_nft(c, nft)));
        else
            ZK_TRY(refused(c, claim_balance(c, token, true)));
    }
    return ZK_OK;
}

cli_exit wallet_claim(const struct args *a)
{
    struct wallet w;
    zk_err err = wallet_open(&w, a);
    struct claim c = {.w = &w, .list = json_object_new_array()};
    if (err == ZK_OK) err = claim(&c);
    if (err == ZK_OK && c.refused == 1 && c.n + c.declined == 0) err = zk_fail(ZK_ERR_INPUT, "%s", c.refusal);
    if (err == ZK_OK && c.refused > 0)
        err = zk_fail(ZK_ERR_INPUT, "%zu of what waits cannot be paid out, and still waits (the last: %s)", c.refused,
                      c.refusal);
    if (err == ZK_OK && c.declined > 0) err = ZK_ERR_CANCELLED;
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "claimed", c.list);
    if (err == ZK_OK || c.n > 0)
        wallet_print_json(&w, o);
    else
        json_object_put(o);
    return done(&w, err);
}
