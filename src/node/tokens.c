#include "node/tokens.h"

#include "base/bytes.h"
#include "ethereum/abi.h"
#include "ethereum/eth_rpc.h"

#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#define CALL_GAS         100000
#define DECIMALS_DEFAULT 18

static bool is_plain(const char *text, size_t len)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$.+-";
    if (len == 0 || len > TOKEN_SYMBOL_LEN_MAX) return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0' || strchr(allowed, text[i]) == NULL) return false;
    return true;
}

/* Names that mean something else to users; digits alone would be read as an id, and 0x… as an address. */
static bool is_reserved(const char *text)
{
    return strcasecmp(text, "ETH") == 0 || strncasecmp(text, "NFT-", 4) == 0 || strncasecmp(text, "ERC20-", 6) == 0 ||
           strncasecmp(text, "0x", 2) == 0 || strspn(text, "0123456789") == strlen(text);
}

bool token_symbol(char out[STORE_SYMBOL_MAX], const uint8_t *answer, size_t len)
{
    const struct abi_in in = {answer, len};
    const uint8_t *text = answer;
    size_t n = 0;
    out[0] = '\0';
    if (len == 32)
        while (n < 32 && text[n] != 0) n++;
    else if (!abi_get_bytes(&in, 0, &text, &n))
        return false;
    if (!is_plain((const char *)text, n)) return false;
    memcpy(out, text, n);
    out[n] = '\0';
    if (!is_reserved(out)) return true;
    out[0] = '\0';
    return false;
}

bool token_decimals(uint8_t *out, const uint8_t *answer, size_t len)
{
    const struct abi_in in = {answer, len};
    uint64_t value;
    *out = 0;
    if (len != 32 || !abi_get_u64(&in, 0, &value) || value > UINT8_MAX) return false;
    *out = (uint8_t)value;
    return true;
}

void token_fallback_symbol(char out[STORE_SYMBOL_MAX], uint32_t id)
{
    (void)snprintf(out, STORE_SYMBOL_MAX, "ERC20-%u", id);
}

#define ASK_TRIES    5
#define ASK_PAUSE_US 400000

/* What a view of the token answers; *answered = false if it reverts. A node that refuses for another reason may be
 * busy, and the name is for good: it is asked a few times; but no token may stop the watcher for ever. */
static zk_err ask(struct eth_bytes *out, bool *answered, struct rpc *rpc, const eth_address *token, const char *view)
{
    uint8_t selector[4];
    bool reverted = false;
    abi_selector(selector, view);
    const struct eth_call call = {.to = token->b, .data = selector, .data_len = 4, .gas = CALL_GAS};
    zk_err err = ZK_ERR_INPUT;
    for (int i = 0; i < ASK_TRIES && err == ZK_ERR_INPUT; i++) {
        if (i > 0) (void)usleep(ASK_PAUSE_US);
        err = eth_rpc_call(rpc, out, &reverted, &call);
    }
    *answered = err == ZK_OK && !reverted;
    return err == ZK_ERR_INPUT ? ZK_OK : err;
}

/* Makes the symbol one that no other token in the store has. */
static zk_err make_unique(struct store_token *t, struct store *s)
{
    struct store_token other;
    bool found;
    ZK_TRY(store_token_by_symbol(s, &other, &found, t->symbol));
    if (!found || other.id == t->id) return ZK_OK;
    char longer[STORE_SYMBOL_MAX + 16];
    (void)snprintf(longer, sizeof longer, "%s-%u", t->symbol, t->id);
    (void)snprintf(t->symbol, sizeof t->symbol, "%.*s", (int)sizeof t->symbol - 1, longer);
    ZK_TRY(store_token_by_symbol(s, &other, &found, t->symbol));
    if (found && other.id != t->id) token_fallback_symbol(t->symbol, t->id); /* somebody thought of that, too */
    return ZK_OK;
}

zk_err token_describe(struct store_token *t, struct rpc *rpc)
{
    struct eth_bytes symbol = {0}, decimals = {0};
    bool has_symbol = false, has_decimals = false;
    zk_err err = ask(&symbol, &has_symbol, rpc, &t->address, "symbol()");
    if (err == ZK_OK) err = ask(&decimals, &has_decimals, rpc, &t->address, "decimals()");
    if (err == ZK_OK) {
        if (!has_symbol || !token_symbol(t->symbol, symbol.p, symbol.len)) token_fallback_symbol(t->symbol, t->id);
        if (!has_decimals || !token_decimals(&t->decimals, decimals.p, decimals.len)) t->decimals = DECIMALS_DEFAULT;
    }
    eth_bytes_free(&symbol);
    eth_bytes_free(&decimals);
    return err;
}

zk_err token_add(struct store_token *t, struct store *s)
{
    ZK_TRY(make_unique(t, s));
    return store_token_put(s, t);
}

zk_err token_add_eth(struct store *s)
{
    struct store_token t = {.id = TOKEN_ID_ETH, .symbol = "ETH", .decimals = 18}, there;
    bool found;
    ZK_TRY(store_token_by_id(s, &there, &found, TOKEN_ID_ETH));
    return found ? ZK_OK : store_token_put(s, &t);
}
