/* What strangers say about tokens: a price service's answer, and what token contracts answer. */
#include "base/fuzz.h"
#include "node/prices.h"
#include "node/tokens.h"

#include <stdlib.h>
#include <string.h>

static void check_symbol(const uint8_t *data, size_t len)
{
    char symbol[STORE_SYMBOL_MAX];
    uint8_t decimals;
    bool taken = token_symbol(symbol, data, len);
    FUZZ_CHECK(taken == (symbol[0] != '\0'));
    FUZZ_CHECK(strlen(symbol) <= TOKEN_SYMBOL_LEN_MAX);
    for (const char *p = symbol; *p != '\0'; p++) FUZZ_CHECK(*p > ' ' && *p <= '~' && *p != '"' && *p != '<');
    if (token_decimals(&decimals, data, len)) FUZZ_CHECK(len == 32 && data[31] == decimals);
}

static void check_prices(const uint8_t *data, size_t len)
{
    struct price_list list;
    char text[FEE_PRICE_TEXT_MAX];
    uint64_t again;
    if (prices_from_json(&list, (const char *)data, len) != ZK_OK) return;
    FUZZ_CHECK(list.n <= PRICES_MAX);
    for (size_t i = 0; i < list.n; i++) {
        FUZZ_CHECK(list.items[i].name[0] != '\0' && strlen(list.items[i].name) < PRICES_NAME_MAX);
        fee_price_text(text, list.items[i].pico);
        FUZZ_CHECK(fee_price_parse(&again, text) && again == list.items[i].pico);
    }
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    check_symbol(data, len);
    check_prices(data, len);
}
