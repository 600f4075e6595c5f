#include "node/prices.h"

#include "ethereum/eth_tx.h"
#include "ethereum/http_get.h"
#include "node/config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define JSON_DEPTH 4
#define FETCHES    2

static bool add(struct price_list *list, const char *name, const char *value)
{
    uint64_t pico;
    if (list->n == PRICES_MAX || name[0] == '\0' || strlen(name) >= PRICES_NAME_MAX) return false;
    if (!fee_price_parse(&pico, value)) return false;
    struct price *p = &list->items[list->n++];
    (void)snprintf(p->name, sizeof p->name, "%s", name);
    p->pico = pico;
    return true;
}

zk_err prices_parse(struct price_list *out, const char *text)
{
    char item[CONFIG_TEXT_CAP];
    size_t cursor = 0;
    out->n = 0;
    while (config_next_item(item, sizeof item, text, &cursor)) {
        char *is = strchr(item, '=');
        if (is != NULL) *is = '\0';
        if (is == NULL || !add(out, item, is + 1))
            return zk_fail(ZK_ERR_INPUT, "fee.prices: '%s' is not NAME=DOLLARS", item);
    }
    return ZK_OK;
}

static void add_member(struct price_list *out, const char *name, struct json_object *value)
{
    char number[64];
    if (json_object_is_type(value, json_type_string)) {
        (void)add(out, name, json_object_get_string(value));
        return;
    }
    if (!json_object_is_type(value, json_type_double) && !json_object_is_type(value, json_type_int)) return;
    double dollars = json_object_get_double(value);
    if (!(dollars >= 0 && dollars < 1e7)) return;
    (void)snprintf(number, sizeof number, "%.12f", dollars);
    (void)add(out, name, number);
}

static zk_err read_object(struct price_list *out, struct json_object *o)
{
    out->n = 0;
    if (!json_object_is_type(o, json_type_object))
        return zk_fail(ZK_ERR_INPUT, "the price service's answer is no JSON object");
    json_object_object_foreach(o, name, value) add_member(out, name, value);
    return ZK_OK;
}

zk_err prices_from_json(struct price_list *out, const char *json, size_t len)
{
    struct json_tokener *t = json_tokener_new_ex(JSON_DEPTH);
    struct json_object *o = NULL;
    if (t == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for prices");
    if (len <= INT32_MAX) o = json_tokener_parse_ex(t, json, (int)len);
    zk_err err = read_object(out, o);
    json_object_put(o);
    json_tokener_free(t);
    return err;
}

zk_err prices_fetch(struct price_list *out, const char *url, uint32_t timeout_ms)
{
    struct json_object *o = NULL;
    long status = 0;
    out->n = 0;
    ZK_TRY(http_get_json(&o, &status, url, timeout_ms, FETCHES));
    zk_err err =
        status >= 400 ? zk_fail(ZK_ERR_IO, "the price service answered with status %ld", status) : read_object(out, o);
    json_object_put(o);
    return err;
}

static const struct price *find(const struct price_list *list, const struct store_token *token, bool development)
{
    bool by_symbol = development || token->id == TOKEN_ID_ETH;
    for (size_t i = 0; list != NULL && i < list->n; i++) {
        const struct price *p = &list->items[i];
        eth_address address;
        if (strncasecmp(p->name, "0x", 2) != 0) {
            if (by_symbol && strcasecmp(p->name, token->symbol) == 0) return p;
        } else if (eth_address_parse(address.b, p->name) && eth_address_eq(&address, &token->address))
            return p;
    }
    return NULL;
}

uint64_t price_of(const struct price_list *first, const struct price_list *second, const struct store_token *token,
                  bool development)
{
    const struct price *p = find(first, token, development);
    if (p == NULL) p = find(second, token, development);
    return p == NULL ? 0 : p->pico;
}
