#include "cli/wallet.h"

#include "base/bytes.h"
#include "cli/ask.h"
#include "cli/sent.h"
#include "cli/token_on_l1.h"
#include "cli/wallet_file.h"
#include "ethereum/eth_tx.h"
#include "node/l1_link.h"
#include "rollup/amount.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define POLL_MS 300

/* ---- --wait */

/* WAIT_SHORTLY: without --wait. Execution takes a moment, and the next command's nonce depends on it. */
typedef enum wait_level { WAIT_SHORTLY, WAIT_NONE, WAIT_COMMITTED, WAIT_VERIFIED } wait_level;
#define SHORTLY_SECONDS 15

static zk_err read_level(wait_level *level, const struct args *a)
{
    const char *text = args_get(a, ARG_WAIT);
    *level = WAIT_SHORTLY;
    if (text == NULL) return ZK_OK;
    if (strcmp(text, "none") == 0)
        *level = WAIT_NONE;
    else if (strcmp(text, "committed") == 0)
        *level = WAIT_COMMITTED;
    else if (strcmp(text, "verified") == 0)
        *level = WAIT_VERIFIED;
    else
        return zk_fail(ZK_ERR_INPUT, "--wait takes none, committed or verified, not '%.40s'", text);
    return ZK_OK;
}

/* ---- life */

zk_err wallet_open(struct wallet *w, const struct args *a)
{
    const struct client_config config = {.rpc_url = args_get(a, ARG_NODE), .rest_url = args_get(a, ARG_REST)};
    wait_level level;
    *w = (struct wallet){.a = a};
    ZK_TRY(read_level(&level, a)); /* before anything is sent */
    ZK_TRY(wallet_file_address(w->me.b, a));
    return client_create(&w->c, &config);
}

void wallet_close(struct wallet *w)
{
    client_account_free(&w->account);
    client_destroy(w->c);
    l1_close(&w->l1);
    signer_wipe(&w->s);
    w->c = NULL;
}

zk_err wallet_open_l1(struct wallet *w)
{
    if (w->l1.rpc == NULL) ZK_TRY(l1_open(&w->l1, w->a));
    if (args_has(w->a, ARG_CONTRACT)) return ZK_OK;
    if (!l1_is_development(w->l1.chain_id))
        return zk_fail(ZK_ERR_INPUT, "which rollup? name its main contract with --contract ADDRESS or in "
                                     "$ZKROLL_CONTRACT: a node that could name it could name its own");
    eth_address main_contract;
    eth_address governance;
    ZK_TRY(client_contracts(w->c, &main_contract, &governance));
    return l1_set_contract(&w->l1, main_contract.b);
}

zk_err wallet_read_account(struct wallet *w)
{
    client_account_free(&w->account);
    return client_account(w->c, &w->account, &w->me);
}

zk_err wallet_need_account(struct wallet *w, bool activated)
{
    ZK_TRY(wallet_read_account(w));
    if (!w->account.exists)
        return zk_fail(ZK_ERR_INPUT,
                       "this address has no account on the rollup yet; `zkroll wallet deposit` makes one");
    if (activated && pubkey_hash_is_zero(&w->account.committed.pubkey_hash))
        return zk_fail(ZK_ERR_INPUT, "this account has no signing key yet; `zkroll wallet activate` sets it");
    return ZK_OK;
}

/* ---- keys */

/* The login text of the L2 key names L1's chain: it comes from --chain-id, from L1, or from the node's network name. */
static zk_err find_chain_id(struct wallet *w)
{
    static const struct {
        const char *network;
        uint64_t chain_id;
    } networks[] = {{"localhost", 9}, {"mainnet", 1}, {"sepolia", 11155111}, {"goerli", 5}};
    ZK_TRY(args_u64(&w->chain_id, w->a, ARG_CHAIN_ID, 0, 1, UINT64_C(1) << 62));
    if (w->chain_id != 0) return ZK_OK;
    if (w->l1.rpc == NULL && args_has(w->a, ARG_L1)) ZK_TRY(l1_open(&w->l1, w->a));
    w->chain_id = w->l1.chain_id;
    if (w->chain_id != 0) return ZK_OK;
    struct json_object *config;
    struct json_object *network;
    ZK_TRY(client_rest(w->c, &config, "/config"));
    if (json_object_is_type(config, json_type_object) && json_object_object_get_ex(config, "network", &network) &&
        json_object_is_type(network, json_type_string))
        for (size_t i = 0; i < ZK_COUNT(networks); i++)
            if (strcmp(networks[i].network, json_object_get_string(network)) == 0) w->chain_id = networks[i].chain_id;
    json_object_put(config);
    if (w->chain_id != 0) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "which chain is below the rollup? say it with --chain-id N, or name L1 with --l1 URL");
}

zk_err wallet_unlock(struct wallet *w)
{
    struct eth_key key;
    ZK_TRY(find_chain_id(w));
    zk_err err = wallet_file_open(&key, w->a);
    if (err == ZK_OK && memcmp(key.address, w->me.b, 20) != 0)
        err = zk_fail(ZK_ERR_INPUT, "the wallet's key is not that of the address it states");
    if (err == ZK_OK) err = signer_init(&w->s, &key, w->chain_id);
    eth_key_wipe(&key);
    return err;
}

zk_err wallet_unlock_signer(struct wallet *w)
{
    ZK_TRY(wallet_unlock(w));
    if (pubkey_hash_eq(&w->s.l2_hash, &w->account.committed.pubkey_hash)) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "the account's signing key is another than this wallet's; `zkroll wallet activate` "
                                 "replaces it");
}

/* ---- arguments and texts */

zk_err wallet_address(eth_address *out, const char *text)
{
    if (eth_address_parse(out->b, text)) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "'%.60s' is not an address (or its checksum is wrong)", text);
}

static bool knows_l1(const struct wallet *w)
{
    if (w->l1.rpc != NULL) return !bytes_are_zero(w->l1.main.address, 20);
    return args_has(w->a, ARG_L1) && args_has(w->a, ARG_CONTRACT);
}

static zk_err compare_with_l1(const struct client_token *t, const struct token_on_l1 *real)
{
    if (!eth_address_eq(&t->address, &real->address))
        return zk_fail(ZK_ERR_CORRUPT, "the node has another address for token %u (%.31s) than the rollup's contract",
                       t->id, t->symbol);
    if (!token_on_l1_may_be_called(real, t->symbol))
        return zk_fail(ZK_ERR_CORRUPT, "the node calls token %u %.31s, and on L1 it is %.15s", t->id, t->symbol,
                       real->known ? real->label.symbol : "without a name");
    if (real->known && t->decimals != real->label.decimals)
        return zk_fail(ZK_ERR_CORRUPT, "the node says that %.31s has %u decimals, and on L1 it has %u", t->symbol,
                       t->decimals, real->label.decimals);
    return ZK_OK;
}

zk_err wallet_token(struct wallet *w, struct client_token *out, const char *text)
{
    struct token_on_l1 real;
    ZK_TRY(client_token(w->c, out, text));
    if (out->id == TOKEN_ID_ETH || (w->checked[out->id / 8] >> (out->id % 8) & 1) != 0) return ZK_OK;
    out->unchecked = true;
    if (!knows_l1(w)) return ZK_OK;
    if (w->l1.rpc == NULL) ZK_TRY(l1_open(&w->l1, w->a));
    ZK_TRY(token_on_l1_by_id(&real, &w->l1, out->id));
    ZK_TRY(compare_with_l1(out, &real));
    out->unchecked = !real.known; /* its contract does not say: the decimals are the node's invention */
    if (real.known) w->checked[out->id / 8] |= (uint8_t)(1U << (out->id % 8));
    return ZK_OK;
}

zk_err wallet_recipient(eth_address *out, const struct wallet *w)
{
    const char *to = args_get(w->a, ARG_TO);
    *out = w->me;
    return to != NULL ? wallet_address(out, to) : ZK_OK;
}

void wallet_amount_text(char out[WALLET_AMOUNT_MAX], u128 amount, const struct client_token *token)
{
    char units[UNITS_TEXT_MAX + 1];
    char base[U128_TEXT_MAX + 1];
    units_to_text(units, amount, token->decimals);
    u128_to_text(base, amount);
    if (token->unchecked)
        (void)snprintf(out, WALLET_AMOUNT_MAX, "%s %s (if the node is right; %s base units of token %u)", units,
                       token->symbol, base, token->id);
    else
        (void)snprintf(out, WALLET_AMOUNT_MAX, "%s %s", units, token->symbol);
}

zk_err wallet_confirm(bool *go, const struct wallet *w, const char *fmt, ...)
{
    va_list ap;
    if (!args_has(w->a, ARG_QUIET) || !args_has(w->a, ARG_YES)) {
        va_start(ap, fmt);
        (void)vfprintf(stderr, fmt, ap);
        va_end(ap);
        (void)fputc('\n', stderr);
    }
    ZK_TRY(ask_consent(go, w->a, "Send it?"));
    if (!*go) (void)fprintf(stderr, "nothing was sent\n");
    return ZK_OK;
}

void wallet_print_json(const struct wallet *w, struct json_object *o)
{
    if (args_has(w->a, ARG_JSON)) printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
    json_object_put(o);
}

struct json_object *wallet_json_hex(const uint8_t *bytes, size_t len)
{
    char text[2 * 64 + 3] = "0x";
    assert(len <= 64);
    hex_encode(text + 2, bytes, len);
    return json_object_new_string(text);
}

struct json_object *wallet_json_amount(u128 amount)
{
    char text[U128_TEXT_MAX + 1];
    u128_to_text(text, amount);
    return json_object_new_string(text);
}

/* ---- waiting */

static const char *stage(const struct client_tx_info *info)
{
    if (!info->executed) return "accepted";
    if (!info->success) return "rejected";
    return info->verified ? "verified" : "committed";
}

/* One line that is rewritten on a terminal, and otherwise printed whenever it changes. */
static void show(const struct wallet *w, char *shown, size_t cap, const char *line)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    if (args_has(w->a, ARG_QUIET) || strcmp(shown, line) == 0) return;
    if (terminal)
        (void)fprintf(stderr, "\r%s\033[K", line);
    else
        (void)fprintf(stderr, "%s\n", line);
    (void)fflush(stderr);
    (void)snprintf(shown, cap, "%s", line);
}

struct waiting {
    const hash32 *hashes; /* NULL: the request */
    size_t n;
    uint64_t serial_id;
};

static zk_err look(struct wallet *w, struct client_tx_info *info, const struct waiting *what, size_t i)
{
    return what->hashes != NULL ? client_tx_info(w->c, info, &what->hashes[i])
                                : client_op_info(w->c, info, what->serial_id);
}

static bool reached(const struct client_tx_info *info, wait_level level)
{
    if (level == WAIT_NONE) return true;
    return level == WAIT_VERIFIED ? info->verified : info->executed;
}

static void describe(char *line, size_t cap, const struct waiting *what, size_t i, const struct client_tx_info *info,
                     bool is_enough, unsigned seconds)
{
    char which[48] = "";
    if (what->n > 1) (void)snprintf(which, sizeof which, "%zu of %zu: ", i + 1, what->n);
    if (!info->executed)
        (void)snprintf(line, cap, "%s%s; waiting for execution (%u s)", which,
                       what->hashes != NULL ? "accepted" : "seen on L1 or about to be", seconds / 5 * 5);
    else if (is_enough && !info->verified)
        (void)snprintf(line, cap, "%sexecuted in block %u", which, info->block);
    else if (!info->verified)
        (void)snprintf(line, cap, "%sexecuted in block %u; waiting for its proof on L1 (%u s)", which, info->block,
                       seconds / 5 * 5);
    else
        (void)snprintf(line, cap, "%sverified: block %u is final on L1", which, info->block);
}

static zk_err wait_all(struct wallet *w, const struct waiting *what, struct json_object *o)
{
    wait_level level;
    uint64_t limit;
    char shown[160] = "";
    char line[160];
    struct client_tx_info info = {0};
    const struct timespec pause = {0, POLL_MS * 1000000L};
    time_t start = time(NULL);
    ZK_TRY(read_level(&level, w->a));
    ZK_TRY(args_u64(&limit, w->a, ARG_TIMEOUT, 0, 1, 100000000));
    zk_err err = ZK_OK;
    for (size_t i = 0; i < what->n && err == ZK_OK;) {
        err = look(w, &info, what, i);
        if (err != ZK_OK) break;
        unsigned seconds = (unsigned)(time(NULL) - start);
        if (level > WAIT_NONE) {
            describe(line, sizeof line, what, i, &info, reached(&info, level), seconds);
            show(w, shown, sizeof shown, line);
        }
        if (info.executed && !info.success) sent_known();
        if (info.executed && !info.success)
            err = zk_fail(ZK_ERR_INPUT, "the transaction was rejected: %s", info.fail_reason);
        else if (reached(&info, level) || (level == WAIT_SHORTLY && seconds >= SHORTLY_SECONDS))
            i++;
        else if (limit != 0 && seconds >= limit)
            err = zk_fail(ZK_ERR_IO, "still %s after %u s; `zkroll wallet tx HASH --wait %s` goes on waiting",
                          stage(&info), seconds, args_get(w->a, ARG_WAIT) != NULL ? args_get(w->a, ARG_WAIT) : "");
        else
            (void)nanosleep(&pause, NULL);
    }
    if (shown[0] != '\0' && isatty(STDERR_FILENO) == 1) (void)fputc('\n', stderr);
    (void)json_object_object_add(o, "status", json_object_new_string(stage(&info)));
    if (info.executed) (void)json_object_object_add(o, "block", json_object_new_uint64(info.block));
    return err;
}

zk_err wallet_wait(struct wallet *w, const hash32 *hashes, size_t n, struct json_object *o)
{
    const struct waiting what = {.hashes = hashes, .n = n};
    return wait_all(w, &what, o);
}

zk_err wallet_wait_op(struct wallet *w, uint64_t serial_id, struct json_object *o)
{
    const struct waiting what = {.n = 1, .serial_id = serial_id};
    return wait_all(w, &what, o);
}
