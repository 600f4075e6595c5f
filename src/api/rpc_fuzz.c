/* Any bytes as a JSON-RPC text: there is exactly one reply, it is JSON, and every object in it is an answer.
 * Submissions
 * get as far as parsing. */
#include "api/rpc.h"

#include "api/api_internal.h"
#include "api/subscriptions.h"
#include "base/fuzz.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct api api;
static char db[64];

static void clean_up(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char path[96];
    workers_free(&api);
    clients_destroy(api.clients);
    for (size_t i = 0; i < ZK_COUNT(suffixes); i++) {
        (void)snprintf(path, sizeof path, "%s%s", db, suffixes[i]);
        (void)unlink(path);
    }
}

static void set_up(void)
{
    struct store *s;
    struct store_token eth = {.symbol = "ETH", .decimals = 18, .enabled_for_fees = true, .price = "200"};
    int fd;
    if (db[0] != '\0') return;
    (void)snprintf(db, sizeof db, "%s/zkroll-rpc-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    fd = mkstemp(db);
    FUZZ_CHECK(fd >= 0);
    (void)close(fd);
    FUZZ_CHECK(store_open(&s, db, &(struct store_options){.create = true}) == ZK_OK);
    FUZZ_CHECK(store_token_put(s, &eth) == ZK_OK);
    store_close(s);
    log_configure(LOG_ERROR, LOG_TEXT, stderr);
    api.config = api_config_default();
    api.config.database = db;
    api.network = "localhost";
    FUZZ_CHECK(clients_create(&api.clients, &(struct clients_limits){{0}, {0}}) == ZK_OK);
    FUZZ_CHECK(workers_init(&api) == ZK_OK);
    (void)atexit(clean_up);
}

static int replies;

static void check_answer(struct json_object *o)
{
    FUZZ_CHECK(json_text(json_member(o, "jsonrpc")) != NULL);
    FUZZ_CHECK(json_object_object_get_ex(o, "id", NULL));
    bool result = json_object_object_get_ex(o, "result", NULL), error = json_member(o, "error") != NULL;
    FUZZ_CHECK(result != error);
}

static void on_reply(void *ctx, char *text, size_t len)
{
    bool ok;
    (void)ctx;
    replies++;
    if (text == NULL) return;
    struct json_object *o = json_read(text, len, &ok);
    FUZZ_CHECK(ok);
    if (json_object_is_type(o, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(o); i++) check_answer(json_object_array_get_idx(o, i));
    } else {
        check_answer(o);
    }
    json_object_put(o);
    free(text);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1);
    set_up();
    FUZZ_CHECK(text != NULL);
    if (len > 0) memcpy(text, data, len);
    text[len] = '\0';
    replies = 0;
    rpc_handle(&api, text, len, &(struct rpc_origin){.is_ws = false}, on_reply, NULL);
    FUZZ_CHECK(replies == 1);
    rpc_handle(&api, text, len, &(struct rpc_origin){.is_web3 = true}, on_reply, NULL);
    FUZZ_CHECK(replies == 2);
    free(text);
}
