/* `zkroll exit`: out of a rollup whose operator is gone. Five steps, each of which says what it does, is skipped if it
 * is done already, and can be repeated: the state is the contract's; exodus mode; Merkle paths; deposits that were
 * never executed; and the money itself. */
#include "base/bytes.h"
#include "cli/args.h"
#include "cli/ask.h"
#include "cli/exit_claim.h"
#include "cli/l1.h"
#include "cli/restore.h"
#include "cli/wallet_file.h"
#include "ethereum/eth_tx.h"
#include "rollup/amount.h"
#include "rollup/priority_op.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define DIR_DEFAULT   "zkroll-restore"
#define BATCH_GAS     UINT64_C(14000000) /* of one transaction: below the 2^24 of EIP-7825 */
#define BATCH_DEFAULT 20
#define BATCH_MAX     25
#define CANCEL_BATCH  100 /* 45,000 gas each */
#define CALL_MAX      (BATCH_MAX * (size_t)(12 + ZKROLL_PATH_NFT) * 32 + 4096)

struct leaving {
    const struct args *a;
    struct l1 l1;
    struct restore *r;
    struct pool *pool;
    eth_address owner;
    uint32_t token_id; /* UINT32_MAX: all */
    struct eth_key key;
    bool unlocked;
    bool sent_any;
    struct zkroll_view governance;
    uint32_t tokens; /* listed */
    uint64_t batch;
    uint8_t *call;
    struct json_object *done; /* what was sent */
    size_t refusals;          /* payments that L1 refuses */
    char refusal[160];        /* the last one's reason */
};

/* ---- talk */

static void step(const struct leaving *l, int number, const char *what)
{
    l1_say(&l->l1, "step %d of 5: %s", number, what);
}

static zk_err unlock(struct leaving *l)
{
    if (l->unlocked) return ZK_OK;
    ZK_TRY(wallet_file_open(&l->key, l->a));
    l->unlocked = true;
    return ZK_OK;
}

/* Asks once: the first thing that is sent. */
static zk_err agree(struct leaving *l, const char *question)
{
    bool yes = true;
    if (!l->sent_any) ZK_TRY(ask_consent(&yes, l->a, question));
    if (!yes) return zk_fail(ZK_ERR_CANCELLED, "nothing was sent");
    ZK_TRY(unlock(l));
    l->sent_any = true;
    return ZK_OK;
}

static zk_err send(struct leaving *l, const char *kind, const char *what, const struct abi_out *o)
{
    struct l1_result sent;
    char hash[67] = "0x";
    assert(abi_out_ok(o));
    const struct l1_call call = {.what = what, .to = l->l1.main.address, .data = o->buf, .len = o->len};
    ZK_TRY(l1_send(&l->l1, &sent, &l->key, &call));
    hex_encode(hash + 2, sent.hash, 32);
    struct json_object *item = json_object_new_object();
    (void)json_object_object_add(item, "step", json_object_new_string(kind));
    (void)json_object_object_add(item, "what", json_object_new_string(what));
    (void)json_object_object_add(item, "l1Hash", json_object_new_string(hash));
    (void)json_object_object_add(item, "gas", json_object_new_uint64(sent.receipt.gas_used));
    (void)json_object_array_add(l->done, item);
    if (!args_has(l->a, ARG_JSON)) printf("%s: %s\n", what, hash);
    (void)fflush(stdout);
    return ZK_OK;
}

static zk_err token_address(struct leaving *l, uint8_t out[20], uint32_t id)
{
    memset(out, 0, 20);
    return id == TOKEN_ID_ETH ? ZK_OK : zkroll_view_token_address(out, &l->governance, id);
}

/* "1.5 ETH", or what can be said of a token that does not say what it is. */
static zk_err amount_text(struct leaving *l, char *out, size_t cap, uint32_t token_id, u128 amount)
{
    struct l1_token token = {.symbol = ""};
    uint8_t address[20];
    char units[UNITS_TEXT_MAX + 1];
    bool known = false;
    if (token_is_nft(token_id)) {
        (void)snprintf(out, cap, "NFT %u", token_id);
        return ZK_OK;
    }
    ZK_TRY(token_address(l, address, token_id));
    ZK_TRY(l1_token(&l->l1, &token, &known, address));
    units_to_text(units, amount, known ? token.decimals : 0);
    if (known)
        (void)snprintf(out, cap, "%.100s %s", units, token.symbol);
    else
        (void)snprintf(out, cap, "%.100s base units of token %u", units, token_id);
    return ZK_OK;
}

/* ---- step 1: the state is the one that counts */

static zk_err check_state(struct leaving *l, const struct zkroll_progress *now)
{
    const struct restore_cursor *c = restore_cursor_of(l->r);
    uint8_t hash[32];
    uint8_t ours[32];
    step(l, 1, "is the restored state the last one that L1 executed?");
    if (c->last.number != now->executed)
        return zk_fail(ZK_ERR_INPUT,
                       "the restored state is of block %u, and L1 has executed block %u: run `zkroll "
                       "restore` again",
                       c->last.number, now->executed);
    ZK_TRY(zkroll_view_stored_hash(hash, &l->l1.main, c->last.number));
    zkroll_stored_hash(ours, &c->last);
    if (memcmp(hash, ours, 32) != 0)
        return zk_fail(ZK_ERR_INPUT,
                       "the contract holds another hash for block %u than the restored one: the folder is "
                       "of another chain, or this L1 node lies",
                       c->last.number);
    l1_say(&l->l1, "  yes: block %u", c->last.number);
    return ZK_OK;
}

/* ---- step 2: exodus mode */

static void time_text(char *out, size_t cap, uint64_t seconds)
{
    const uint64_t unit = seconds >= 172800 ? 86400 : seconds >= 7200 ? 3600 : 60;
    const char *name = unit == 86400 ? "days" : unit == 3600 ? "hours" : "minutes";
    const unsigned long long n = seconds / unit + (unit == 60);
    (void)snprintf(out, cap, "%llu %s", n, name);
}

static zk_err check_due(struct leaving *l, const struct zkroll_progress *now)
{
    struct zkroll_request oldest;
    struct eth_block head;
    char left[48];
    if (now->open_requests == 0)
        return zk_fail(ZK_ERR_INPUT, "the rollup is not in exodus mode, and no request waits: ask for your money with "
                                     "`zkroll wallet full-exit`; if it is not executed in time, come back");
    ZK_TRY(zkroll_view_request(&oldest, &l->l1.main, now->first_request));
    ZK_TRY(eth_rpc_block_tag(l->l1.rpc, &head, "latest"));
    if (head.timestamp >= oldest.deadline) return ZK_OK;
    time_text(left, sizeof left, oldest.deadline - head.timestamp);
    return zk_fail(ZK_ERR_INPUT,
                   "the rollup is not in exodus mode: its oldest request, %llu, is due in %s; come back then, "
                   "if it is not executed",
                   (unsigned long long)now->first_request, left);
}

static zk_err activate(struct leaving *l, struct zkroll_progress *now)
{
    struct abi_out o;
    step(l, 2, "exodus mode: the operator has lost the rollup, and everybody may take out what the last state says");
    if (now->exodus) {
        l1_say(&l->l1, "  on already");
        return ZK_OK;
    }
    ZK_TRY(check_due(l, now));
    l1_say(&l->l1, "  request %llu is overdue", (unsigned long long)now->first_request);
    ZK_TRY(agree(l, "Start exodus mode? It ends the rollup, for everybody and for ever."));
    abi_out_init(&o, l->call, CALL_MAX);
    zkroll_put_activate_exodus(&o);
    ZK_TRY(send(l, "activate", "starting exodus mode", &o));
    ZK_TRY(zkroll_view_progress(now, &l->l1.main));
    if (!now->exodus)
        return zk_fail(ZK_ERR_INPUT, "the contract did not start exodus mode: is the request executed now?");
    return check_state(l, now); /* a block may have been executed in between */
}

/* ---- step 3: Merkle paths */

static zk_err drop_exited(struct leaving *l, struct exit_claims *claims)
{
    size_t kept = 0;
    for (size_t i = 0; i < claims->n; i++) {
        bool exited;
        ZK_TRY(zkroll_view_exited(&exited, &l->l1.main, claims->items[i].account_id, claims->items[i].token_id));
        if (!exited) claims->items[kept++] = claims->items[i];
    }
    if (kept < claims->n) l1_say(&l->l1, "  %zu exited already", claims->n - kept);
    claims->n = kept;
    return ZK_OK;
}

static size_t batch_size(const struct leaving *l, const struct exit_claim *claims, size_t n)
{
    uint64_t gas = 100000;
    size_t k = 0;
    while (k < n && k < l->batch && gas + exit_claim_gas(&claims[k]) <= BATCH_GAS) gas += exit_claim_gas(&claims[k++]);
    return k;
}

static zk_err perform(struct leaving *l, const struct exit_claim *claims, size_t n)
{
    static uint8_t paths[BATCH_MAX][ZKROLL_PATH_NFT][32];
    struct zkroll_exit exits[BATCH_MAX];
    struct abi_out o;
    char what[160];
    char text[128];
    const struct zkroll_stored *last = &restore_cursor_of(l->r)->last;
    for (size_t i = 0; i < n; i++) {
        exit_claim_prove(&exits[i], paths[i], restore_state(l->r), &claims[i]);
        ZK_TRY(amount_text(l, text, sizeof text, claims[i].token_id, claims[i].amount));
        l1_say(&l->l1, "  account %u: %s", claims[i].account_id, text);
    }
    ZK_TRY(agree(l, "Show L1 these paths?"));
    abi_out_init(&o, l->call, CALL_MAX);
    if (n == 1)
        zkroll_put_exit(&o, last, &exits[0]);
    else
        zkroll_put_exits(&o, last, exits, n);
    if (n == 1)
        (void)snprintf(what, sizeof what, "exit of %s", text);
    else
        (void)snprintf(what, sizeof what, "exit of %zu balances", n);
    return send(l, "exit", what, &o);
}

static zk_err exit_all(struct leaving *l)
{
    struct exit_claims claims;
    step(l, 3, "showing L1 the Merkle path of everything that is left; what it shows is credited to the owner");
    ZK_TRY(exit_claims_find(&claims, restore_state(l->r), &l->owner, l->token_id));
    zk_err err = drop_exited(l, &claims);
    if (err == ZK_OK && claims.n == 0) l1_say(&l->l1, "  nothing is left in the state");
    for (size_t i = 0, n; err == ZK_OK && i < claims.n; i += n) {
        n = batch_size(l, claims.items + i, claims.n - i);
        err = perform(l, claims.items + i, n);
    }
    exit_claims_free(&claims);
    return err;
}

/* ---- step 4: deposits that no block executed */

/* How many of the waiting requests, from the first, must be cancelled for the owner's deposits to be among them. */
static size_t needed_cancels(const struct leaving *l, size_t first)
{
    const struct restore_cursor *c = restore_cursor_of(l->r);
    size_t n = 0;
    for (size_t i = first; i < c->n_requests; i++) {
        struct priority_op op;
        if (priority_op_decode(&op, c->requests[i].op_type, c->requests[i].data, c->requests[i].len) != ZK_OK) continue;
        if (op.type == PRIORITY_DEPOSIT && eth_address_eq(&op.deposit.to, &l->owner)) n = i - first + 1;
    }
    return n;
}

static zk_err cancel_some(struct leaving *l, size_t first, size_t n)
{
    const struct restore_cursor *c = restore_cursor_of(l->r);
    struct zkroll_bytes deposits[CANCEL_BATCH];
    size_t n_deposits = 0;
    struct abi_out o;
    char what[96];
    for (size_t i = first; i < first + n; i++)
        if (c->requests[i].op_type == PRIORITY_DEPOSIT)
            deposits[n_deposits++] = (struct zkroll_bytes){c->requests[i].data, c->requests[i].len};
    abi_out_init(&o, l->call, CALL_MAX);
    zkroll_put_cancel_deposits(&o, n, deposits, n_deposits);
    (void)snprintf(what, sizeof what, "cancelling %zu requests that were never executed", n);
    return send(l, "cancel", what, &o);
}

static zk_err cancel_deposits(struct leaving *l, const struct zkroll_progress *now)
{
    const struct restore_cursor *c = restore_cursor_of(l->r);
    size_t first = 0;
    step(l, 4, "deposits that the operator never executed: they are credited to whom they were for");
    if (now->open_requests > 0 && c->next_serial != now->first_request + now->open_requests)
        return zk_fail(ZK_ERR_INPUT, "requests were made after the state was restored: run `zkroll restore` again");
    while (first < c->n_requests && c->requests[first].serial_id < now->first_request) first++;
    size_t n = needed_cancels(l, first);
    if (n == 0) {
        l1_say(&l->l1, "  none is for this owner");
        return ZK_OK;
    }
    if (c->requests[first].serial_id != now->first_request)
        return zk_fail(ZK_ERR_INPUT, "the restored state misses requests: run `zkroll restore` again");
    l1_say(&l->l1, "  %zu requests, in order, up to the owner's last deposit", n);
    ZK_TRY(agree(l, "Cancel them? Each deposit goes back to its recipient."));
    for (size_t i = 0; i < n; i += CANCEL_BATCH)
        ZK_TRY(cancel_some(l, first + i, n - i < CANCEL_BATCH ? n - i : CANCEL_BATCH));
    return ZK_OK;
}

/* ---- step 5: the money */

/* One token's contract, or one owner who takes no NFT, must not keep the others from being paid. */
static zk_err refused(struct leaving *l, zk_err err)
{
    if (err != ZK_ERR_INPUT) return err;
    l1_say(&l->l1, "  %s; going on with the others", zk_err_message());
    (void)snprintf(l->refusal, sizeof l->refusal, "%.150s", zk_err_message());
    l->refusals++;
    return ZK_OK;
}

static zk_err claim_token(struct leaving *l, uint32_t id, bool *any)
{
    uint8_t address[20];
    uint8_t be[16];
    char text[128];
    char what[160];
    struct abi_out o;
    ZK_TRY(token_address(l, address, id));
    ZK_TRY(zkroll_view_pending_balance(be, &l->l1.main, l->owner.b, address));
    u128 amount = load_be128(be);
    if (amount == 0) return ZK_OK;
    *any = true;
    ZK_TRY(amount_text(l, text, sizeof text, id, amount));
    l1_say(&l->l1, "  %s", text);
    ZK_TRY(agree(l, "Have it paid out to the owner?"));
    abi_out_init(&o, l->call, CALL_MAX);
    zkroll_put_withdraw_pending(&o, l->owner.b, address, be);
    (void)snprintf(what, sizeof what, "claiming %s", text);
    return refused(l, send(l, "claim", what, &o));
}

static zk_err claim_nfts(struct leaving *l, bool *any)
{
    const struct state *s = restore_state(l->r);
    for (uint32_t i = 0; i < state_nft_count(s); i++) {
        struct nft_leaf nft;
        struct account_leaf account;
        uint8_t waits_for[20];
        struct abi_out o;
        char what[64];
        uint32_t id = NFT_ID_FIRST + i;
        if (l->token_id != UINT32_MAX && l->token_id != id) continue;
        state_nft(&nft, s, id);
        if (!nft.exists || nft.owner == ACCOUNT_ID_NOBODY) continue;
        state_account(&account, s, nft.owner);
        if (!eth_address_eq(&account.address, &l->owner)) continue;
        ZK_TRY(zkroll_view_pending_nft_owner(waits_for, &l->l1.main, id));
        if (memcmp(waits_for, l->owner.b, 20) != 0) continue;
        *any = true;
        ZK_TRY(agree(l, "Have the NFT made on L1 for its owner?"));
        abi_out_init(&o, l->call, CALL_MAX);
        zkroll_put_withdraw_pending_nft(&o, id);
        (void)snprintf(what, sizeof what, "claiming NFT %u", id);
        ZK_TRY(refused(l, send(l, "claim", what, &o)));
    }
    return ZK_OK;
}

static zk_err claim_all(struct leaving *l)
{
    bool any = false;
    step(l, 5, "having what was credited paid out to the owner");
    for (uint32_t id = 0; id <= l->tokens; id++)
        if (l->token_id == UINT32_MAX || l->token_id == id) ZK_TRY(claim_token(l, id, &any));
    ZK_TRY(claim_nfts(l, &any));
    if (!any) l1_say(&l->l1, "  nothing waits");
    if (l->refusals == 0) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "%zu of what waits cannot be paid out, and still waits (the last: %s)", l->refusals,
                   l->refusal);
}

/* ---- instead: the paths, for another program */

static struct json_object *hex_json(const uint8_t *p, size_t n)
{
    char text[2 * 32 + 3] = "0x";
    hex_encode(text + 2, p, n);
    return json_object_new_string(text);
}

static struct json_object *claim_json(struct leaving *l, const struct exit_claim *c)
{
    static uint8_t path[ZKROLL_PATH_NFT][32];
    struct zkroll_exit e;
    char amount[U128_TEXT_MAX + 1];
    struct json_object *o = json_object_new_object();
    struct json_object *words = json_object_new_array();
    exit_claim_prove(&e, path, restore_state(l->r), c);
    u128_to_text(amount, c->amount);
    for (size_t i = 0; i < e.path_len; i++) (void)json_object_array_add(words, hex_json(e.path[i], 32));
    (void)json_object_object_add(o, "owner", hex_json(e.owner, 20));
    (void)json_object_object_add(o, "accountId", json_object_new_uint64(e.account_id));
    (void)json_object_object_add(o, "tokenId", json_object_new_uint64(e.token_id));
    (void)json_object_object_add(o, "amount", json_object_new_string(amount));
    (void)json_object_object_add(o, "nftCreatorAccountId", json_object_new_uint64(e.creator_id));
    (void)json_object_object_add(o, "nftCreatorAddress", hex_json(e.creator, 20));
    (void)json_object_object_add(o, "nftSerialId", json_object_new_uint64(e.serial_id));
    (void)json_object_object_add(o, "nftContentHash", hex_json(e.content_hash, 32));
    (void)json_object_object_add(o, "proof", words);
    return o;
}

static struct json_object *stored_json(const struct zkroll_stored *b)
{
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "blockNumber", json_object_new_uint64(b->number));
    (void)json_object_object_add(o, "priorityOperations", json_object_new_uint64(b->priority_operations));
    (void)json_object_object_add(o, "pendingOnchainOperationsHash", hex_json(b->settlement_hash, 32));
    (void)json_object_object_add(o, "timestamp", json_object_new_uint64(b->timestamp));
    (void)json_object_object_add(o, "stateHash", hex_json(b->state_root, 32));
    (void)json_object_object_add(o, "commitment", hex_json(b->commitment, 32));
    return o;
}

static zk_err write_paths(struct leaving *l, const char *path)
{
    struct exit_claims claims;
    ZK_TRY(exit_claims_find(&claims, restore_state(l->r), &l->owner, l->token_id));
    struct json_object *o = json_object_new_object();
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < claims.n; i++) (void)json_object_array_add(list, claim_json(l, &claims.items[i]));
    (void)json_object_object_add(o, "storedBlockInfo", stored_json(&restore_cursor_of(l->r)->last));
    (void)json_object_object_add(o, "exits", list);
    const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
    const struct file_piece pieces[] = {{text, strlen(text)}, {"\n", 1}};
    zk_err err = file_replace(path, pieces, 2);
    if (err == ZK_OK && !args_has(l->a, ARG_QUIET))
        (void)fprintf(stderr, "%zu exits written to %s; nothing was sent\n", claims.n, path);
    json_object_put(o);
    exit_claims_free(&claims);
    return err;
}

/* ---- all of it */

static zk_err open_state(struct leaving *l)
{
    const char *dir = args_get(l->a, ARG_DIR);
    const struct restore_config config = {.dir = dir != NULL ? dir : DIR_DEFAULT, .read_only = true, .pool = l->pool};
    ZK_TRY(restore_open(&l->r, &config));
    return restore_state(l->r) != NULL ? ZK_OK : zk_fail(ZK_ERR_INPUT, "the restored folder has no state yet");
}

static zk_err read_owner(struct leaving *l)
{
    const char *owner = args_get(l->a, ARG_OWNER);
    if (owner == NULL) return wallet_file_address(l->owner.b, l->a);
    if (eth_address_parse(l->owner.b, owner)) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "'%.60s' is not an address (or its checksum is wrong)", owner);
}

static zk_err read_token(struct leaving *l)
{
    const char *text = args_get(l->a, ARG_TOKEN);
    uint8_t address[20];
    l->token_id = UINT32_MAX;
    if (text == NULL) return ZK_OK;
    l->token_id = TOKEN_ID_ETH;
    if (strcasecmp(text, "ETH") == 0) return ZK_OK;
    if (strncmp(text, "0x", 2) == 0) {
        if (!eth_address_parse(address, text)) return zk_fail(ZK_ERR_INPUT, "'%.60s' is not an address", text);
        if (l->l1.rpc == NULL)
            return zk_fail(ZK_ERR_INPUT, "which token has this address? name L1 with --l1, or its id");
        ZK_TRY(zkroll_view_token_id(&l->token_id, &l->governance, address));
        return l->token_id != 0 ? ZK_OK : zk_fail(ZK_ERR_INPUT, "the rollup does not know the token %.60s", text);
    }
    size_t len = strlen(text);
    if (len == 0 || len > 10 || strspn(text, "0123456789") != len || strtoull(text, NULL, 10) > NFT_ID_LAST)
        return zk_fail(ZK_ERR_INPUT, "'%.40s' is no token: give its id, its address on L1, or ETH", text);
    l->token_id = (uint32_t)strtoull(text, NULL, 10);
    return ZK_OK;
}

static zk_err open_l1(struct leaving *l)
{
    const struct restore_cursor *c = restore_cursor_of(l->r);
    struct zkroll_settings settings;
    ZK_TRY(l1_open(&l->l1, l->a));
    if (l->l1.chain_id != c->chain_id)
        return zk_fail(ZK_ERR_INPUT, "the L1 node is of chain %llu, and the restored state of chain %llu",
                       (unsigned long long)l->l1.chain_id, (unsigned long long)c->chain_id);
    if (args_has(l->a, ARG_CONTRACT) && memcmp(l->l1.main.address, c->contract, 20) != 0)
        return zk_fail(ZK_ERR_INPUT, "--contract is not the one that the state was restored from");
    ZK_TRY(l1_set_contract(&l->l1, c->contract));
    ZK_TRY(zkroll_view_settings(&settings, &l->l1.main));
    l->governance.rpc = l->l1.rpc;
    memcpy(l->governance.address, settings.governance, 20);
    return zkroll_view_total_tokens(&l->tokens, &l->governance);
}

static zk_err leave(struct leaving *l)
{
    struct zkroll_progress now;
    const char *out = args_get(l->a, ARG_OUT);
    if (args_has(l->a, ARG_ALL) == args_has(l->a, ARG_TOKEN))
        return zk_fail(ZK_ERR_INPUT, "say what is to leave: --all, or one --token TOKEN");
    ZK_TRY(args_u64(&l->batch, l->a, ARG_EXIT_BATCH, BATCH_DEFAULT, 1, BATCH_MAX));
    ZK_TRY(read_owner(l));
    ZK_TRY(open_state(l));
    if (out == NULL || args_has(l->a, ARG_L1)) ZK_TRY(open_l1(l));
    ZK_TRY(read_token(l));
    if (out != NULL) return write_paths(l, out);
    ZK_TRY(zkroll_view_progress(&now, &l->l1.main));
    ZK_TRY(check_state(l, &now));
    ZK_TRY(activate(l, &now));
    ZK_TRY(exit_all(l));
    ZK_TRY(cancel_deposits(l, &now));
    return claim_all(l);
}

static cli_exit exit_run(const struct args *a)
{
    struct leaving l = {.a = a, .done = json_object_new_array(), .call = malloc(CALL_MAX), .l1 = {.a = a}};
    zk_err err = l.call != NULL ? pool_create(&l.pool, 0) : zk_fail(ZK_ERR_MEMORY, "no memory for calls");
    if (err == ZK_OK) err = leave(&l);
    if (args_has(a, ARG_JSON) && !args_has(a, ARG_OUT))
        printf("%s\n", json_object_to_json_string_ext(l.done, JSON_C_TO_STRING_PLAIN));
    json_object_put(l.done);
    eth_key_wipe(&l.key);
    restore_close(l.r);
    l1_close(&l.l1);
    pool_destroy(l.pool);
    free(l.call);
    return err == ZK_OK ? CLI_DONE : args_failed(a);
}

static const struct args_command command = {
    "",
    "",
    "leave a rollup whose operator is gone, with all that the last state on L1 says is yours",
    "From a folder that `zkroll restore` made. Each step says what it does, and is skipped where it is done: exodus "
    "mode\n"
    "is started when the oldest request is overdue; the contract is shown the Merkle paths of the owner's balances "
    "and\n"
    "NFTs; deposits that were never executed are cancelled; and what was credited is paid out. The wallet pays the "
    "gas;\n"
    "the money always goes to the owner. With --out the paths are written to a file, and nothing is sent.",
    ARGS_BIT(ARG_L1) | ARGS_BIT(ARG_CONTRACT) | ARGS_BIT(ARG_CHAIN_ID) | ARGS_BIT(ARG_DIR) | ARGS_BIT(ARG_WALLET) |
        ARGS_BIT(ARG_PASSWORD_FILE) | ARGS_BIT(ARG_OWNER) | ARGS_BIT(ARG_ALL) | ARGS_BIT(ARG_TOKEN) |
        ARGS_BIT(ARG_EXIT_BATCH) | ARGS_BIT(ARG_OUT) | ARGS_BIT(ARG_MAX_FEE) | ARGS_BIT(ARG_CONFIRMATIONS) |
        ARGS_BIT(ARG_YES) | ARGS_BIT(ARG_JSON) | ARGS_BIT(ARG_QUIET),
    0,
    0,
    exit_run,
};

const struct args_program exit_program = {
    .name = "zkroll exit", .what = "The way out without an operator", .commands = &command, .n = 1};

int cmd_exit(int argc, char **argv)
{
    return args_main(&exit_program, argc, argv);
}
