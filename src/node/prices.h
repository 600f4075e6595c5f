/* prices: what tokens cost, from the operator's list and, if there is one, a service on the web.
 *
 *   list     ETH=200,wBTC=9000,0x6b17…=1         a token by symbol or by address
 *   service  GET URL -> {"ETH": "200.5", "0x6b17…": 1.0}     names as in the list; numbers or texts
 *
 * A symbol other than ETH counts on development chains only: elsewhere anybody might list a token of that name, and pay
 * fees with paper. The list counts for what the service does not name, and while it is silent for PRICES_OLD_US.
 * Threads   one. */
#ifndef ZK_NODE_PRICES_H
#define ZK_NODE_PRICES_H

#include "node/fees.h"
#include "store/store_tokens.h"

#define PRICES_MAX      64
#define PRICES_NAME_MAX 48
#define PRICES_OLD_US   INT64_C(600000000)

struct price {
    char name[PRICES_NAME_MAX]; /* symbol, or 0x and 40 digits */
    uint64_t pico;
};

struct price_list {
    struct price items[PRICES_MAX];
    size_t n;
};

/* Reads the operator's list. ZK_ERR_INPUT names the item that is none. */
ZK_MUST_USE zk_err prices_parse(struct price_list *out, const char *text);

/* Reads what a service answered: entries that make no sense are left out. ZK_ERR_INPUT if it is no JSON object. */
ZK_MUST_USE zk_err prices_from_json(struct price_list *out, const char *json, size_t len);

/* 0: none. first before second; either may be NULL. */
uint64_t price_of(const struct price_list *first, const struct price_list *second, const struct store_token *token,
                  bool development);

/* Asks the service. ZK_ERR_IO, ZK_ERR_INPUT. */
ZK_MUST_USE zk_err prices_fetch(struct price_list *out, const char *url, uint32_t timeout_ms);

#endif
