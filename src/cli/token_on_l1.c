#include "cli/token_on_l1.h"

#include "ethereum/eth_tx.h"
#include "rollup/amount.h"

#include <stdlib.h>
#include <strings.h>

static zk_err open_governance(struct zkroll_view *governance, struct l1 *l)
{
    struct zkroll_settings settings;
    ZK_TRY(zkroll_view_settings(&settings, &l->main));
    *governance = (struct zkroll_view){.rpc = l->rpc};
    memcpy(governance->address, settings.governance, 20);
    return ZK_OK;
}

zk_err token_on_l1_by_id(struct token_on_l1 *out, struct l1 *l, uint32_t id)
{
    struct zkroll_view governance;
    *out = (struct token_on_l1){.id = id};
    if (id != TOKEN_ID_ETH) {
        ZK_TRY(open_governance(&governance, l));
        ZK_TRY(zkroll_view_token_address(out->address.b, &governance, id));
        if (eth_address_is_zero(&out->address))
            return zk_fail(ZK_ERR_INPUT, "the rollup's contract does not know a token %u", id);
    }
    return l1_token(l, &out->label, &out->known, out->address.b);
}

zk_err token_on_l1_by_address(struct token_on_l1 *out, struct l1 *l, const eth_address *address)
{
    struct zkroll_view governance;
    char text[43];
    *out = (struct token_on_l1){.address = *address};
    if (!eth_address_is_zero(address)) {
        ZK_TRY(open_governance(&governance, l));
        ZK_TRY(zkroll_view_token_id(&out->id, &governance, address->b));
        eth_address_str(text, address->b);
        if (out->id == TOKEN_ID_ETH) return zk_fail(ZK_ERR_INPUT, "the rollup does not know the token %s", text);
    }
    return l1_token(l, &out->label, &out->known, out->address.b);
}

static zk_err by_symbol(struct token_on_l1 *out, struct l1 *l, const char *text)
{
    struct zkroll_view governance;
    uint32_t n;
    bool found = false;
    ZK_TRY(open_governance(&governance, l));
    ZK_TRY(zkroll_view_total_tokens(&n, &governance));
    for (uint32_t id = 1; id <= n; id++) {
        struct token_on_l1 t = {.id = id};
        ZK_TRY(zkroll_view_token_address(t.address.b, &governance, id));
        ZK_TRY(l1_token(l, &t.label, &t.known, t.address.b));
        if (!token_on_l1_may_be_called(&t, text)) continue;
        if (found)
            return zk_fail(ZK_ERR_INPUT, "tokens %u and %u are both called '%.40s': name one by its id", out->id, id,
                           text);
        *out = t;
        found = true;
    }
    return found ? ZK_OK : zk_fail(ZK_ERR_INPUT, "no token of the rollup is called '%.40s' on L1", text);
}

zk_err token_on_l1_find(struct token_on_l1 *out, struct l1 *l, const char *text)
{
    eth_address address;
    size_t len = strlen(text);
    if (strcasecmp(text, "ETH") == 0) return token_on_l1_by_id(out, l, TOKEN_ID_ETH);
    if (strncmp(text, "0x", 2) == 0)
        return eth_address_parse(address.b, text)
                   ? token_on_l1_by_address(out, l, &address)
                   : zk_fail(ZK_ERR_INPUT, "'%.60s' is not an address (or its checksum is wrong)", text);
    if (len == 0 || strspn(text, "0123456789") != len) return by_symbol(out, l, text);
    if (len > 4 || strtoul(text, NULL, 10) > TOKEN_ID_LAST)
        return zk_fail(ZK_ERR_INPUT, "a token's id is a number from 0 to %d, not '%.40s'", TOKEN_ID_LAST, text);
    return token_on_l1_by_id(out, l, (uint32_t)strtoul(text, NULL, 10));
}

bool token_on_l1_may_be_called(const struct token_on_l1 *t, const char *symbol)
{
    char with_id[32];
    char fallback[32];
    (void)snprintf(fallback, sizeof fallback, "ERC20-%u", t->id);
    if (t->id != TOKEN_ID_ETH && strcasecmp(symbol, fallback) == 0) return true;
    if (!t->known) return false;
    (void)snprintf(with_id, sizeof with_id, "%s-%u", t->label.symbol, t->id);
    return strcasecmp(symbol, t->label.symbol) == 0 || strcasecmp(symbol, with_id) == 0;
}

void token_on_l1_amount(char out[TOKEN_AMOUNT_MAX], u128 amount, const struct token_on_l1 *t)
{
    char units[UNITS_TEXT_MAX + 1];
    char address[43];
    eth_address_str(address, t->address.b);
    units_to_text(units, amount, t->known ? t->label.decimals : 0);
    if (t->known)
        (void)snprintf(out, TOKEN_AMOUNT_MAX, "%.90s %s", units, t->label.symbol);
    else
        (void)snprintf(out, TOKEN_AMOUNT_MAX, "%.50s base units of token %u (%s)", units, t->id, address);
}
