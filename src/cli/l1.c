#include "cli/l1.h"

#include "base/bytes.h"
#include "cli/sent.h"
#include "ethereum/eth_sender.h"
#include "ethereum/eth_tx.h"
#include "node/l1_link.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GWEI              UINT64_C(1000000000)
#define MAX_FEE_GWEI      500
#define CONFIRMATIONS     2
#define CONFIRMATIONS_MAX 10000
#define STUCK_MS          60000
#define TRIES             4   /* a person waits: two seconds for a node that is not there */
#define TICK_FAST_MS      100 /* at first: development chains mine at once */
#define TICK_SLOW_MS      2000
#define TICKS_FAST        50
#define SAY_MS            10000
#define SILENT_MS         120000 /* without an answer from L1: give up */

void l1_say(const struct l1 *l, const char *fmt, ...)
{
    va_list ap;
    if (args_has(l->a, ARG_QUIET)) return;
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
}

/* ---- life */

static zk_err read_options(struct l1 *l)
{
    uint64_t gwei;
    uint64_t wanted;
    ZK_TRY(args_u64(&gwei, l->a, ARG_MAX_FEE, MAX_FEE_GWEI, 1, 1000000));
    ZK_TRY(args_u64(&wanted, l->a, ARG_CHAIN_ID, 0, 1, UINT64_C(1) << 62));
    ZK_TRY(eth_rpc_chain_id(l->rpc, &l->chain_id));
    if (wanted != 0 && wanted != l->chain_id)
        return zk_fail(ZK_ERR_INPUT, "the L1 node is of chain %llu, and --chain-id wants %llu",
                       (unsigned long long)l->chain_id, (unsigned long long)wanted);
    uint64_t confirmations = l1_is_development(l->chain_id) ? 0 : CONFIRMATIONS;
    ZK_TRY(args_u64(&l->confirmations, l->a, ARG_CONFIRMATIONS, confirmations, 0, CONFIRMATIONS_MAX));
    l->max_fee = gwei * GWEI;
    return ZK_OK;
}

zk_err l1_open(struct l1 *l, const struct args *a)
{
    struct rpc_config config = {.n_urls = 0, .tries = TRIES};
    *l = (struct l1){.a = a};
    for (size_t i = 0; i < a->n_values[ARG_L1]; i++) config.urls[config.n_urls++] = a->values[ARG_L1][i];
    if (config.n_urls == 0 && args_get(a, ARG_L1) != NULL) config.urls[config.n_urls++] = args_get(a, ARG_L1);
    if (config.n_urls == 0)
        return zk_fail(ZK_ERR_INPUT, "an Ethereum node is needed: name one with --l1 URL or in $ZKROLL_L1");
    ZK_TRY(rpc_create(&l->rpc, &config));
    zk_err err = read_options(l);
    const char *contract = args_get(a, ARG_CONTRACT);
    uint8_t address[20];
    if (err == ZK_OK && contract != NULL)
        err = eth_address_parse(address, contract)
                  ? l1_set_contract(l, address)
                  : zk_fail(ZK_ERR_INPUT, "'%.60s' is not an address (or its checksum is wrong)", contract);
    if (err != ZK_OK) l1_close(l);
    return err;
}

void l1_close(struct l1 *l)
{
    rpc_destroy(l->rpc);
    l->rpc = NULL;
}

zk_err l1_set_contract(struct l1 *l, const uint8_t address[20])
{
    struct eth_bytes code;
    char text[43];
    ZK_TRY(eth_rpc_code(l->rpc, &code, address));
    size_t len = code.len;
    eth_bytes_free(&code);
    eth_address_str(text, address);
    if (len == 0) return zk_fail(ZK_ERR_INPUT, "there is no contract at %s on this chain", text);
    l->main.rpc = l->rpc;
    memcpy(l->main.address, address, 20);
    return ZK_OK;
}

/* ---- calls */

static void value_be(uint8_t out[32], u128 value)
{
    memset(out, 0, 16);
    store_be128(out + 16, value);
}

zk_err l1_try(struct l1 *l, const uint8_t from[20], const struct l1_call *call)
{
    uint8_t value[32];
    struct eth_bytes answer;
    bool reverted;
    char why[ZKROLL_REVERT_MAX];
    value_be(value, call->value);
    const struct eth_call c = {.from = from, .to = call->to, .value = value, .data = call->data, .data_len = call->len};
    ZK_TRY(eth_rpc_call(l->rpc, &answer, &reverted, &c));
    if (reverted) (void)zkroll_revert_text(why, answer.p, answer.len);
    eth_bytes_free(&answer);
    return reverted ? zk_fail(ZK_ERR_INPUT, "%s: the contract refuses: %s", call->what, why) : ZK_OK;
}

/* Nothing outlives this call: a submission that is interrupted is looked for by its hash, which is printed before it is
 * sent. */
static zk_err say_attempt(void *ctx, const struct eth_submission *s)
{
    size_t *told = ctx;
    char hash[67] = "0x";
    if (s->n_attempts <= *told) return ZK_OK;
    *told = s->n_attempts;
    hex_encode(hash + 2, s->attempts[s->n_attempts - 1].hash, 32);
    sent_begin(hash);
    return ZK_OK;
}

static uint64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

static bool is_over(eth_submission_state state)
{
    return state == ETH_SUBMISSION_DONE || state == ETH_SUBMISSION_FAILED || state == ETH_SUBMISSION_REFUSED;
}

static zk_err outcome(struct l1_result *out, const struct eth_submission *s, const struct l1_call *call)
{
    sent_known();
    if (s->state == ETH_SUBMISSION_REFUSED) return zk_fail(ZK_ERR_INPUT, "%s: the contract refuses", call->what);
    memcpy(out->hash, s->mined_hash, 32);
    out->receipt = s->receipt;
    return s->state == ETH_SUBMISSION_DONE ? ZK_OK : zk_fail(ZK_ERR_INPUT, "%s: the transaction failed", call->what);
}

/* A line now and then, so that nobody thinks it hangs. */
static void say_waiting(const struct l1 *l, uint64_t *said, uint64_t start, uint64_t silent)
{
    uint64_t now = now_ms();
    if (now - *said < SAY_MS) return;
    *said = now;
    if (silent != 0)
        l1_say(l, "  no answer from L1's node for %llu s", (unsigned long long)((now - silent) / 1000));
    else
        l1_say(l, "  not mined yet, or not deep enough (%llu s)", (unsigned long long)((now - start) / 1000));
}

static zk_err wait_mined(struct l1 *l, struct eth_sender *sender, const struct l1_call *call, struct l1_result *out)
{
    uint64_t start = now_ms();
    uint64_t said = start;
    uint64_t silent = 0; /* since when L1 does not answer */
    for (unsigned i = 0;; i++) {
        zk_err err = eth_sender_tick(sender, now_ms());
        const struct eth_submission *s = eth_sender_get(sender, 1);
        if (err == ZK_ERR_INPUT && s->n_attempts <= 1) sent_known(); /* refused at its first attempt: it never left */
        if (err != ZK_OK && err != ZK_ERR_IO) return err;
        if (err == ZK_OK && is_over(s->state)) return outcome(out, s, call);
        if (err == ZK_OK)
            silent = 0;
        else if (silent == 0)
            silent = now_ms();
        else if (now_ms() - silent > SILENT_MS)
            return err;
        say_waiting(l, &said, start, silent);
        pause_ms(i < TICKS_FAST ? TICK_FAST_MS : TICK_SLOW_MS);
    }
}

zk_err l1_send(struct l1 *l, struct l1_result *out, const struct eth_key *key, const struct l1_call *call)
{
    struct eth_sender *sender;
    size_t told = 0;
    const struct eth_sender_config config = {.rpc = l->rpc,
                                             .key = key,
                                             .chain_id = l->chain_id,
                                             .confirmations = l->confirmations,
                                             .stuck_ms = STUCK_MS,
                                             .max_fee_cap = l->max_fee,
                                             .in_flight_max = 1,
                                             .save = say_attempt,
                                             .save_ctx = &told};
    struct eth_request request = {.data = call->data, .data_len = call->len};
    ZK_TRY(l1_try(l, key->address, call));
    memcpy(request.to, call->to, 20);
    value_be(request.value, call->value);
    ZK_TRY(eth_sender_create(&sender, &config, NULL, 0));
    l1_say(l, "%s", call->what);
    zk_err err = eth_sender_submit(sender, 1, &request);
    if (err == ZK_OK) err = wait_mined(l, sender, call, out);
    eth_sender_destroy(sender);
    return err;
}

/* ---- ERC-20 */

static zk_err ask_word(struct l1 *l, uint8_t out[32], const uint8_t to[20], const struct abi_out *o)
{
    struct eth_bytes answer;
    bool reverted;
    const struct eth_call c = {.to = to, .data = o->buf, .data_len = o->len};
    ZK_TRY(eth_rpc_call(l->rpc, &answer, &reverted, &c));
    bool ok = !reverted && answer.len >= 32;
    if (ok) memcpy(out, answer.p, 32);
    eth_bytes_free(&answer);
    return ok ? ZK_OK : zk_fail(ZK_ERR_INPUT, "the token's contract does not answer as an ERC-20 does");
}

zk_err l1_erc20_allowance(struct l1 *l, uint8_t out[32], const uint8_t token[20], const uint8_t owner[20])
{
    uint8_t buf[128];
    struct abi_out o;
    abi_out_init(&o, buf, sizeof buf);
    abi_put_selector(&o, "allowance(address,address)");
    abi_put_address(&o, owner);
    abi_put_address(&o, l->main.address);
    return ask_word(l, out, token, &o);
}

zk_err l1_erc20_balance(struct l1 *l, uint8_t out[32], const uint8_t token[20], const uint8_t owner[20])
{
    uint8_t buf[64];
    struct abi_out o;
    abi_out_init(&o, buf, sizeof buf);
    abi_put_selector(&o, "balanceOf(address)");
    abi_put_address(&o, owner);
    return ask_word(l, out, token, &o);
}

static bool is_printable(const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~') return false;
    return len > 0;
}

/* symbol() answers with a string, or with bytes32 in old tokens. */
static bool read_symbol(char out[16], const struct eth_bytes *answer)
{
    const struct abi_in in = {answer->p, answer->len};
    const uint8_t *text = answer->p;
    size_t len = 0;
    if (answer->len == 32)
        while (len < 32 && text[len] != 0) len++;
    else if (!abi_get_bytes(&in, 0, &text, &len))
        return false;
    if (len > 15 || !is_printable(text, len)) return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

zk_err l1_token(struct l1 *l, struct l1_token *out, bool *known, const uint8_t token[20])
{
    uint8_t selector[4];
    uint8_t word[32];
    struct eth_bytes answer;
    bool reverted;
    *out = (struct l1_token){.symbol = "ETH", .decimals = 18};
    *known = bytes_are_zero(token, 20);
    if (*known) return ZK_OK;
    *out = (struct l1_token){.symbol = ""};
    abi_selector(selector, "symbol()");
    struct eth_call c = {.to = token, .data = selector, .data_len = 4};
    ZK_TRY(eth_rpc_call(l->rpc, &answer, &reverted, &c));
    bool ok = !reverted && read_symbol(out->symbol, &answer);
    eth_bytes_free(&answer);
    abi_selector(selector, "decimals()");
    ZK_TRY(eth_rpc_call(l->rpc, &answer, &reverted, &c));
    ok = ok && !reverted && answer.len == 32;
    if (ok) memcpy(word, answer.p, 32);
    eth_bytes_free(&answer);
    *known = ok && bytes_are_zero(word, 31) && word[31] <= 36;
    if (*known) out->decimals = word[31];
    return ZK_OK;
}
