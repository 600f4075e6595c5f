/* How many questions a second the API answers, over loopback with keep-alive, clients and node on the same processors:
 * what wallets and explorers ask most. Each client has one connection and waits for its answer. */
#include "api/api.h"

#include "api/client_test.h"
#include "api/world_test.h"
#include "base/bench.h"

#include <pthread.h>
#include <stdatomic.h>

#define CLIENTS 16
#define BLOCKS  120 /* final ones, of one deposit each: more than a page */

struct question {
    const char *name;
    bool rpc;
    char request[512];
    size_t len;
};

struct client {
    pthread_t thread;
    int fd;
    const struct question *q;
};

static struct world *world;
static _Atomic bool over;
static _Atomic uint64_t answered;

/* An answer with a Content-Length, read in large pieces. */
static void read_answer(int fd, char *buf, size_t cap)
{
    size_t n = 0, want = SIZE_MAX;
    while (n < want) {
        ssize_t got = recv(fd, buf + n, cap - 1 - n, 0);
        CHECK(got > 0);
        n += (size_t)got;
        buf[n] = '\0';
        char *end = strstr(buf, "\r\n\r\n"), *length = strcasestr(buf, "Content-Length: ");
        if (end != NULL && length != NULL) want = (size_t)(end + 4 - buf) + strtoul(length + 16, NULL, 10);
    }
    CHECK(strncmp(buf, "HTTP/1.1 200", 12) == 0);
}

static void *client_main(void *arg)
{
    struct client *c = arg;
    size_t cap = 1 << 20;
    char *buf = malloc(cap);
    CHECK(buf != NULL);
    while (!atomic_load(&over)) {
        CHECK(client_send(c->fd, c->q->request, c->q->len));
        read_answer(c->fd, buf, cap);
        atomic_fetch_add(&answered, 1);
    }
    free(buf);
    return NULL;
}

static double rate(const struct question *q, double seconds)
{
    struct client clients[CLIENTS];
    atomic_store(&over, false);
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i].fd = client_connect(q->rpc ? world->ports.rpc : world->ports.rest);
        clients[i].q = q;
        CHECK(pthread_create(&clients[i].thread, NULL, client_main, &clients[i]) == 0);
    }
    double start = bench_now_s();
    atomic_store(&answered, 0);
    usleep((useconds_t)(seconds * 1e6));
    uint64_t n = atomic_load(&answered);
    double took = bench_now_s() - start;
    atomic_store(&over, true);
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        close(clients[i].fd);
    }
    return (double)n / took;
}

static void ask_rpc(struct question *q, const char *name, const char *method, const char *params)
{
    char body[256];
    *q = (struct question){.name = name, .rpc = true};
    int n =
        snprintf(body, sizeof body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method, params);
    q->len = (size_t)snprintf(q->request, sizeof q->request,
                              "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                              "%d\r\n\r\n%s",
                              n, body);
}

static void ask_rest(struct question *q, const char *name, const char *path)
{
    *q = (struct question){.name = name};
    q->len = (size_t)snprintf(q->request, sizeof q->request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
}

int main(int argc, char **argv)
{
    struct bench_options o;
    struct question q[6];
    char params[64], path[128];
    bench_begin(&o, "reading from the API", argc, argv);
    world = malloc(sizeof *world);
    CHECK(world != NULL);
    world_init(world);
    uint32_t blocks = o.tiny ? 3 : BLOCKS;
    for (uint32_t i = 0; i < blocks; i++) {
        world_deposit(world, &world->users[i % WORLD_USERS], i % 2, ETHER, true);
        world_seal(world);
    }
    world_confirm(world, WORLD_ALL_STEPS, 1, blocks);
    (void)snprintf(params, sizeof params, "[\"%s\"]", world->users[0].text);
    ask_rpc(&q[0], "api_rpc_version", "get_zksync_version", "null");
    ask_rpc(&q[1], "api_rpc_account_info", "account_info", params);
    ask_rpc(&q[2], "api_rpc_tx_info", "tx_info",
            "[\"0x0000000000000000000000000000000000000000000000000000000000000001\"]");
    (void)snprintf(path, sizeof path, "/api/v0.2/accounts/%s", world->users[0].text);
    ask_rest(&q[3], "api_rest_account", path);
    ask_rest(&q[4], "api_rest_blocks_20", "/api/v0.2/blocks?from=latest&limit=20&direction=older");
    (void)snprintf(path, sizeof path, "/api/v0.2/accounts/%s/transactions?from=latest&limit=20&direction=older",
                   world->users[0].text);
    ask_rest(&q[5], "api_rest_account_txs_20", path);
    for (size_t i = 0; i < ZK_COUNT(q); i++) {
        double value = rate(&q[i], o.tiny ? 0.05 : 2.0);
        bench_report(&o, &(struct bench_result){.name = q[i].name, .value = value, .unit = "1/s", .threads = 2});
    }
    world_end(world);
    free(world);
    return 0;
}
