#include "api/api.h"

#include "api/api_internal.h"
#include "api/feed.h"
#include "api/files.h"
#include "api/jobs.h"
#include "api/proofs.h"
#include "api/rest.h"
#include "api/rpc.h"
#include "api/rpc_http.h"
#include "api/subscriptions.h"
#include "base/file.h"
#include "base/log.h"
#include "node/events.h"
#include "node/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MIB      (UINT64_C(1) << 20)
#define JOBS_MAX 100 /* slow questions that wait */

/* Open files besides connections: a thread's own database and epoll; all else that the process does. */
#define FILES_A_THREAD 8
#define FILES_RESERVED 400

struct api_config api_config_default(void)
{
    return (struct api_config){
        .host = "127.0.0.1",
        .rpc_port = 3030,
        .ws_port = 3031,
        .rest_port = 3001,
        .limits = {.connections = 1000, .idle_s = 30, .read_s = 60, .write_s = 60, .body = 5 * MIB},
        .bodies = 256 * MIB,
        .answers = 256 * MIB,
        .answer_max = 16 * MIB,
        .batch_ms = 2000,
        .client_share = 25,
        .rest_body = 2 * MIB,
        .ws_connections = 1000,
        .listeners = 64000,
        .forget_s = 600,
        .streams = 500,
        .chain_id = 9,
    };
}

/* As the SDK names networks. */
static const char *network_name(uint64_t chain_id)
{
    switch (chain_id) {
    case 1: return "mainnet";
    case 4: return "rinkeby-beta";
    case 5: return "goerli";
    case 9: return "localhost";
    case 11155111: return "sepolia";
    default: return "unknown";
    }
}

/* ---- WebSocket */

struct ws_later {
    struct api *api;
    ws_id id;
};

static void ws_calls_add(struct api *api)
{
    pthread_mutex_lock(&api->ws_calls.lock);
    api->ws_calls.open++;
    pthread_mutex_unlock(&api->ws_calls.lock);
}

static void ws_calls_remove(struct api *api)
{
    pthread_mutex_lock(&api->ws_calls.lock);
    if (--api->ws_calls.open == 0) pthread_cond_broadcast(&api->ws_calls.none);
    pthread_mutex_unlock(&api->ws_calls.lock);
}

/* A submission may be answered long after the loop ended: the server must not be freed before. */
static void ws_calls_wait(struct api *api)
{
    pthread_mutex_lock(&api->ws_calls.lock);
    while (api->ws_calls.open > 0) pthread_cond_wait(&api->ws_calls.none, &api->ws_calls.lock);
    pthread_mutex_unlock(&api->ws_calls.lock);
}

static void on_ws_reply(void *ctx, char *text, size_t len)
{
    struct ws_later *l = ctx;
    ws_answer(l->api->ws, l->id, text, len);
    ws_calls_remove(l->api);
    free(text);
    free(l);
}

static bool ws_open(void *ctx, ws_id id, int kind)
{
    (void)ctx, (void)id;
    return kind == WS_RPC;
}

static void ws_message(void *ctx, ws_id id, int kind, const char *text, size_t len)
{
    struct api *api = ctx;
    struct ws_later *l = malloc(sizeof *l);
    struct rpc_origin origin = {.is_ws = true, .ws = id};
    (void)kind;
    if (l == NULL || !ws_client(&origin.who, api->ws, id)) {
        free(l);
        ws_answer(api->ws, id, NULL, 0);
        return;
    }
    *l = (struct ws_later){api, id};
    ws_calls_add(api);
    rpc_handle(api, text, len, &origin, on_ws_reply, l);
}

static void ws_closed(void *ctx, ws_id id, int kind)
{
    struct api *api = ctx;
    (void)kind;
    subscriptions_drop(api->subs, id);
}

static void ws_tick(void *ctx)
{
    struct api *api = ctx;
    subscriptions_look(api->subs);
}

static void ws_end(void *ctx)
{
    worker_end(ctx);
}

static zk_err start_ws(struct api *api)
{
    const struct api_config *k = &api->config;
    struct ws_config c = {
        .limits = {.connections = k->ws_connections,
                   .message = k->limits.body,
                   .answers = 256,
                   .queued = 16 * MIB,
                   .idle_s = 120,
                   .read_s = k->limits.read_s,
                   .stuck_s = k->limits.write_s,
                   .messages_per_s = k->limits.requests_per_s},
        .clients = api->clients,
        .handlers = {.open = ws_open, .message = ws_message, .closed = ws_closed, .tick = ws_tick, .end = ws_end},
        .ctx = api,
        .tick_ms = 50};
    return ws_server_start(&api->ws, &c);
}

/* ---- the doors */

static void on_rpc(void *ctx, const struct http_request *r, struct http_exchange *x)
{
    rpc_http_handle(ctx, r, x, false);
}

static void on_web3(void *ctx, const struct http_request *r, struct http_exchange *x)
{
    rpc_http_handle(ctx, r, x, true);
}

static void on_ws_door(void *ctx, const struct http_request *r, struct http_exchange *x)
{
    struct api *api = ctx;
    (void)r;
    http_reply_websocket(x, api->ws, WS_RPC);
}

static unsigned threads_of(const struct api_config *k)
{
    long n = k->threads != 0 ? (long)k->threads : sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

static zk_err open_door(struct http_server **out, struct api *api, uint16_t port, unsigned threads, size_t body,
                        bool cors, http_handler handler)
{
    const struct api_config *k = &api->config;
    struct http_config c = {.host = k->host,
                            .port = port,
                            .threads = threads,
                            .cors = cors,
                            .client_header = k->client_header,
                            .limits = k->limits,
                            .clients = api->clients,
                            .handler = handler,
                            .ctx = api};
    c.limits.body = body;
    if (strncmp(k->host, "127.", 4) == 0 || strcmp(k->host, "::1") == 0) c.limits.connections_per_ip = 0;
    return http_server_start(out, &c);
}

static zk_err open_doors(struct api *api)
{
    const struct api_config *k = &api->config;
    ZK_TRY(open_door(&api->rpc, api, k->rpc_port, threads_of(k), k->limits.body, true, on_rpc));
    ZK_TRY(open_door(&api->ws_door, api, k->ws_port, 1, 0, false, on_ws_door));
    if (k->web3_port != 0) ZK_TRY(open_door(&api->web3, api, k->web3_port, 1, k->limits.body, true, on_web3));
    return open_door(&api->rest, api, k->rest_port, threads_of(k), k->rest_body, true, rest_handle);
}

struct api_ports api_ports_of(const struct api *api)
{
    return (struct api_ports){http_server_port(api->rpc), http_server_port(api->ws_door), http_server_port(api->rest)};
}

static zk_err write_ports(const struct api *api)
{
    char text[128];
    struct api_ports p = api_ports_of(api);
    if (api->config.ports_file == NULL) return ZK_OK;
    int n = snprintf(text, sizeof text, "{\"rpc\":%u,\"ws\":%u,\"rest\":%u}\n", p.rpc, p.ws, p.rest);
    return file_replace(api->config.ports_file, &(struct file_piece){text, (size_t)n}, 1);
}

/* ---- start and stop */

/* Copies a text that the config only borrows; "" counts as none. */
static bool own(const char **text)
{
    if (*text == NULL || **text == '\0') {
        *text = NULL;
        return true;
    }
    *text = strdup(*text);
    return *text != NULL;
}

static const char **texts_of(struct api_config *k, size_t i)
{
    const char **const all[] = {&k->database,  &k->host,         &k->client_header, &k->ports_file,
                                &k->state_dir, &k->prover_token, &k->l1_url,        &k->dev_file};
    return i < ZK_COUNT(all) ? all[i] : NULL;
}

static zk_err own_texts(struct api_config *k)
{
    bool ok = true;
    for (size_t i = 0; texts_of(k, i) != NULL; i++) ok &= own(texts_of(k, i));
    if (!ok) return zk_fail(ZK_ERR_MEMORY, "no memory for the API's settings");
    if (k->database == NULL || k->host == NULL) return zk_fail(ZK_ERR_RANGE, "the API needs a database and a host");
    return ZK_OK;
}

static void api_free(struct api *api)
{
    subscriptions_destroy(api->subs);
    files_destroy(api->files);
    clients_destroy(api->clients);
    for (size_t i = 0; texts_of(&api->config, i) != NULL; i++) free((void *)(uintptr_t)*texts_of(&api->config, i));
    pthread_cond_destroy(&api->ws_calls.none);
    pthread_mutex_destroy(&api->ws_calls.lock);
    free(api);
}

/* A database that cannot be read is found now, not by the first user. */
static zk_err try_store(const struct api *api)
{
    struct store *s;
    ZK_TRY(store_open(&s, api->config.database, &(struct store_options){0}));
    store_close(s);
    return ZK_OK;
}

/* Each port may have all its connections open at once, and the database, L1 and the folder of data must still be
 * reached: a process without file descriptors can do nothing at all. So the limit is raised as far as it goes, and what
 * does not fit is refused at the start rather than found out by an attack. */
static zk_err reserve_files(const struct api_config *k)
{
    struct rlimit r;
    uint64_t doors = k->web3_port != 0 ? 4 : 3;
    uint64_t need = doors * k->limits.connections + doors * threads_of(k) * FILES_A_THREAD + FILES_RESERVED;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0) return zk_fail(ZK_ERR_IO, "the limit of open files cannot be read");
    if (r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
        if (getrlimit(RLIMIT_NOFILE, &r) != 0) return zk_fail(ZK_ERR_IO, "the limit of open files cannot be read");
    }
    if (r.rlim_cur >= need) return ZK_OK;
    return zk_fail(ZK_ERR_RANGE,
                   "%u connections on %llu ports want %llu open files, and %llu are allowed: raise LimitNOFILE (ulimit "
                   "-n), or lower api.connections-max",
                   k->limits.connections, (unsigned long long)doors, (unsigned long long)need,
                   (unsigned long long)r.rlim_cur);
}

/* What all ports share, and how much of it may be one client's. */
static zk_err open_accounts(struct api *api)
{
    const struct api_config *k = &api->config;
    struct clients_limits l = {.all = {[CLIENT_BODIES] = k->bodies,
                                       [CLIENT_ANSWERS] = k->answers,
                                       [CLIENT_SOCKETS] = k->ws_connections,
                                       [CLIENT_LISTENERS] = k->listeners,
                                       [CLIENT_STREAMS] = k->streams}};
    for (int i = 0; i < CLIENT_THINGS; i++) l.one[i] = (l.all[i] * k->client_share + 99) / 100;
    /* However small the share, what one may ask and hear at all must fit. */
    if (l.one[CLIENT_BODIES] < k->limits.body) l.one[CLIENT_BODIES] = k->limits.body;
    if (l.one[CLIENT_BODIES] < k->rest_body) l.one[CLIENT_BODIES] = k->rest_body;
    if (l.one[CLIENT_ANSWERS] < 2 * k->answer_max) l.one[CLIENT_ANSWERS] = 2 * k->answer_max;
    l.one[CLIENT_REQUESTS] = k->limits.connections_per_ip;
    return clients_create(&api->clients, &l);
}

static zk_err start_parts(struct api *api)
{
    const struct api_config *k = &api->config;
    ZK_TRY(reserve_files(k));
    ZK_TRY(try_store(api));
    ZK_TRY(open_accounts(api));
    ZK_TRY(files_create(&api->files, web_files, web_file_count));
    struct subscriptions_limits listening = {
        .of_one = 2048, .of_connection = (k->listeners + 15) / 16, .forget_s = k->forget_s, .look_us = 10000};
    ZK_TRY(subscriptions_create(&api->subs, api, &listening));
    ZK_TRY(feed_start(&api->feed, api));
    ZK_TRY(proofs_create(&api->proofs, k->state_dir));
    ZK_TRY(jobs_start(&api->jobs, JOBS_MAX, ws_end, api));
    ZK_TRY(start_ws(api));
    ZK_TRY(open_doors(api));
    return write_ports(api);
}

zk_err api_start(struct api **out, const struct api_config *config)
{
    *out = NULL;
    struct api *api = calloc(1, sizeof *api);
    if (api == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the API");
    api->config = *config;
    api->network = network_name(config->chain_id);
    api->started_us = clock_wall_us();
    zk_err err = workers_init(api);
    if (err != ZK_OK) {
        free(api);
        return err;
    }
    pthread_mutex_init(&api->ws_calls.lock, NULL);
    pthread_cond_init(&api->ws_calls.none, NULL);
    err = own_texts(&api->config);
    if (err == ZK_OK) err = start_parts(api);
    if (err != ZK_OK) {
        char why[256];
        (void)snprintf(why, sizeof why, "%s", zk_err_message());
        api_stop(api);
        return zk_fail(err, "%s", why);
    }
    struct api_ports p = api_ports_of(api);
    log_event(LOG_INFO, "api_started", LOG_STR("host", api->config.host), LOG_U64("rpc", p.rpc), LOG_U64("ws", p.ws),
              LOG_U64("rest", p.rest), LOG_END);
    *out = api;
    return ZK_OK;
}

void api_stop(struct api *api)
{
    if (api == NULL) return;
    feed_stop(api->feed); /* ends the streams */
    ws_server_stop(api->ws);
    jobs_stop(api->jobs); /* answers what waits */
    http_server_stop(api->rpc);
    http_server_stop(api->ws_door);
    http_server_stop(api->web3);
    http_server_stop(api->rest);
    ws_calls_wait(api);
    ws_server_free(api->ws);
    feed_free(api->feed);
    proofs_destroy(api->proofs);
    workers_free(api);
    api_free(api);
}

/* ---- metrics */

static void gauge(const char *name, const char *labels, const char *help, double value)
{
    metric_set(metric_gauge(name, labels, help), value);
}

static void client_gauges(struct api *api)
{
    static const char *const labels[CLIENT_THINGS] = {
        [CLIENT_REQUESTS] = "what=\"requests\"",    [CLIENT_BODIES] = "what=\"body_bytes\"",
        [CLIENT_ANSWERS] = "what=\"answer_bytes\"", [CLIENT_SOCKETS] = "what=\"websockets\"",
        [CLIENT_LISTENERS] = "what=\"listeners\"",  [CLIENT_STREAMS] = "what=\"streams\""};
    for (int i = 0; i < CLIENT_THINGS; i++) {
        gauge("zkroll_api_held", labels[i], "what clients hold of what all share",
              (double)clients_held(api->clients, (client_thing)i));
        gauge("zkroll_api_refused_share", labels[i], "times that a client, or all, would have held too much of it",
              (double)clients_refused(api->clients, (client_thing)i));
    }
}

void api_gauges(struct api *api)
{
    static const char *const labels[] = {"port=\"rpc\"", "port=\"ws\"", "port=\"rest\"", "port=\"web3\""};
    struct http_server *const servers[] = {api->rpc, api->ws_door, api->rest, api->web3};
    struct ws_stats ws;
    for (size_t i = 0; i < ZK_COUNT(servers); i++) {
        struct http_stats s;
        if (servers[i] == NULL) continue;
        http_server_stats(&s, servers[i]);
        gauge("zkroll_api_connections", labels[i], "open connections", (double)s.open);
        gauge("zkroll_api_accepted", labels[i], "connections ever accepted", (double)s.connections);
        gauge("zkroll_api_requests", labels[i], "requests handled", (double)s.requests);
        gauge("zkroll_api_refused_body", labels[i], "requests refused for their size", (double)s.refused_body);
        gauge("zkroll_api_refused_rate", labels[i], "requests refused for their number", (double)s.refused_rate);
        gauge("zkroll_api_dropped_read", labels[i], "clients dropped: too slow to ask", (double)s.dropped_read);
        gauge("zkroll_api_dropped_write", labels[i], "clients dropped: too slow to listen", (double)s.dropped_write);
    }
    client_gauges(api);
    ws_server_stats(&ws, api->ws);
    gauge("zkroll_ws_connections", NULL, "open WebSocket connections", (double)ws.open);
    gauge("zkroll_ws_messages_in", NULL, "messages received", (double)ws.messages_in);
    gauge("zkroll_ws_messages_out", NULL, "messages sent", (double)ws.messages_out);
    gauge("zkroll_ws_dropped_slow", NULL, "WebSocket clients dropped: too slow to listen", (double)ws.dropped_slow);
    gauge("zkroll_ws_dropped_idle", NULL, "WebSocket clients dropped: silent", (double)ws.dropped_idle);
    gauge("zkroll_ws_subscriptions", NULL, "listeners", (double)subscriptions_count(api->subs));
}
