/* Any bytes behind a WebSocket handshake, half of them early: the connection ends, what it was told are whole frames,
 * and
 * the next connection is served. */
#include "api/ws.h"

#include "base/fuzz.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct ws_server *server;
static struct clients *clients;
static _Atomic int released;

static bool on_open(void *ctx, ws_id id, int kind)
{
    (void)ctx, (void)id, (void)kind;
    return true;
}

static void on_message(void *ctx, ws_id id, int kind, const char *text, size_t len)
{
    (void)ctx, (void)kind;
    FUZZ_CHECK(text[len] == '\0');
    if (len % 3 == 0) {
        ws_answer(server, id, NULL, 0);
    } else {
        ws_answer(server, id, text, len);
    }
    if (len % 5 == 1) ws_close(server, id);
}

static void on_closed(void *ctx, ws_id id, int kind)
{
    (void)ctx, (void)id, (void)kind;
}

static void on_tick(void *ctx)
{
    (void)ctx;
}

static void release(void *handle)
{
    (void)close((int)(intptr_t)handle);
    atomic_fetch_add(&released, 1);
}

static void clean_up(void)
{
    ws_server_stop(server);
    ws_server_free(server);
    clients_destroy(clients);
}

static void set_up(void)
{
    if (server != NULL) return;
    FUZZ_CHECK(clients_create(&clients, &(struct clients_limits){{0}, {0}}) == ZK_OK);
    struct ws_config c = {
        .clients = clients,
        .limits =
            {.connections = 8, .message = 2048, .answers = 4, .queued = 65536, .idle_s = 5, .read_s = 5, .stuck_s = 5},
        .handlers = {.open = on_open, .message = on_message, .closed = on_closed, .tick = on_tick},
        .tick_ms = 1000};
    FUZZ_CHECK(ws_server_start(&server, &c) == ZK_OK);
    (void)atexit(clean_up);
}

/* Frames of a server: not masked, whole. */
static void check_frames(const uint8_t *p, size_t n)
{
    while (n > 0) {
        FUZZ_CHECK(n >= 2 && (p[1] & 0x80) == 0);
        size_t head = (p[1] & 0x7f) == 126 ? 4 : (p[1] & 0x7f) == 127 ? 10 : 2;
        FUZZ_CHECK(n >= head && head != 10);
        size_t len = head == 4 ? (size_t)p[2] << 8 | p[3] : p[1] & 0x7f;
        FUZZ_CHECK(n - head >= len);
        p += head + len;
        n -= head + len;
    }
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    static uint8_t told[1 << 20];
    int fds[2];
    size_t n = 0;
    set_up();
    int before = atomic_load(&released);
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    struct timeval patience = {.tv_sec = 10};
    (void)setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    FUZZ_CHECK(ws_adopt(server, &client_local, fds[1], 1, data, len / 2, release, (void *)(intptr_t)fds[1]));
    (void)send(fds[0], data + len / 2, len - len / 2, MSG_NOSIGNAL); /* it may be gone already */
    (void)shutdown(fds[0], SHUT_WR);
    for (;;) {
        ssize_t got = recv(fds[0], told + n, sizeof told - n, 0);
        if (got <= 0) break;
        n += (size_t)got;
    }
    (void)close(fds[0]);
    check_frames(told, n);
    for (int i = 0; i < 5000 && atomic_load(&released) == before; i++) usleep(1000);
    FUZZ_CHECK(atomic_load(&released) == before + 1);
}
