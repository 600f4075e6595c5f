/* Any bytes as the target of a request, path?query: what is decoded fits where it is put, is UTF-8 without NULs, and
 * comes back when it is encoded and decoded again. */
#include "api/history_csv.h"
#include "api/parse.h"
#include "api/rest.h"
#include "base/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every byte escaped. */
static void escape(char *out, const char *text)
{
    for (; *text != '\0'; text++, out += 3) (void)snprintf(out, 4, "%%%02x", (uint8_t)*text);
    *out = '\0';
}

static void check_segment(const char *value)
{
    char escaped[3 * REST_ARG_MAX + 1], again[REST_ARG_MAX];
    FUZZ_CHECK(strlen(value) < REST_ARG_MAX);
    escape(escaped, value);
    FUZZ_CHECK(parse_segment(again, sizeof again, escaped, strlen(escaped)));
    FUZZ_CHECK(strcmp(again, value) == 0);
}

static void check_routes(const char *path)
{
    static const struct rest_route *const tables[] = {routes_v02, routes_v01, routes_own, routes_node, routes_prover};
    for (size_t t = 0; t < ZK_COUNT(tables); t++) {
        for (const struct rest_route *r = tables[t]; r->pattern != NULL; r++) {
            char args[REST_ARGS_MAX][REST_ARG_MAX];
            memset(args, 0, sizeof args);
            if (!rest_match(args, r->pattern, path)) continue;
            for (size_t i = 0; i < REST_ARGS_MAX; i++) check_segment(args[i]);
        }
    }
}

static void check_values(const char *text)
{
    struct token_like token;
    eth_address address;
    hash32 hash;
    uint64_t n;
    const char *why;
    char field[CSV_FIELD_MAX];
    (void)!parse_token_like_text(&token, text);
    (void)!parse_address(&address, text, true);
    if (!parse_tx_hash(&hash, text, &why)) FUZZ_CHECK(why != NULL);
    if (parse_u64(&n, text, UINT64_MAX)) FUZZ_CHECK(parse_is_digits(text));
    FUZZ_CHECK(csv_field(field, text) == strlen(field) && strlen(field) < CSV_FIELD_MAX);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    struct query q;
    char *target = malloc(len + 1);
    FUZZ_CHECK(target != NULL);
    if (len > 0) memcpy(target, data, len);
    target[len] = '\0';
    char *query = strchr(target, '?');
    if (query != NULL) *query++ = '\0';
    check_routes(target);
    if (parse_query(&q, query != NULL ? query : "")) {
        for (size_t i = 0; i < q.n; i++) {
            FUZZ_CHECK(strcmp(query_get(&q, q.keys[i]), q.values[i]) == 0);
            FUZZ_CHECK(q.values[i] + strlen(q.values[i]) < q.text + sizeof q.text);
            check_values(q.values[i]);
        }
    }
    free(target);
}
