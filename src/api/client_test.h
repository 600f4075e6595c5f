/* client_test: a raw HTTP and WebSocket client for tests: it can be as slow, wrong and rude as a test wants. */
#ifndef ZK_API_CLIENT_TEST_H
#define ZK_API_CLIENT_TEST_H

#include "base/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* From 127.0.0.`from`, so that a test can be many clients. */
static inline int client_connect_from(uint16_t port, unsigned from)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000u + from)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 20};
    CHECK(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    CHECK(bind(fd, (struct sockaddr *)&own, sizeof own) == 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static inline int client_connect(uint16_t port)
{
    int fd = client_connect_from(port, 1);
    CHECK(fd >= 0);
    return fd;
}

static inline bool client_send(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n <= 0) return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static inline bool client_say(int fd, const char *text)
{
    return client_send(fd, text, strlen(text));
}

struct client_answer {
    int status;
    char head[8192];
    char *body; /* owned; NUL behind */
    size_t len;
};

static inline void client_answer_free(struct client_answer *a)
{
    free(a->body);
    a->body = NULL;
}

/* The value of a header, or NULL; in a buffer that the next call overwrites. */
static inline const char *client_head(const struct client_answer *a, const char *name)
{
    static char value[1024];
    size_t n = strlen(name);
    for (const char *line = strstr(a->head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, n) != 0 || line[2 + n] != ':') continue;
        const char *v = line + 3 + n;
        v += strspn(v, " ");
        size_t len = strcspn(v, "\r");
        CHECK(len < sizeof value);
        memcpy(value, v, len);
        value[len] = '\0';
        return value;
    }
    return NULL;
}

/* Reads one answer with a Content-Length. False if the connection ended first. */
static inline bool client_read(int fd, struct client_answer *a)
{
    size_t n = 0;
    memset(a, 0, sizeof *a);
    while (strstr(a->head, "\r\n\r\n") == NULL) {
        CHECK(n + 1 < sizeof a->head);
        ssize_t got = recv(fd, a->head + n, 1, 0);
        if (got <= 0) return false;
        n++;
        a->head[n] = '\0';
    }
    CHECK(sscanf(a->head, "HTTP/1.%*c %d", &a->status) == 1);
    const char *length = client_head(a, "Content-Length");
    a->len = length != NULL ? strtoul(length, NULL, 10) : 0;
    a->body = calloc(1, a->len + 1);
    CHECK(a->body != NULL);
    for (size_t at = 0; at < a->len;) {
        ssize_t got = recv(fd, a->body + at, a->len - at, 0);
        if (got <= 0) return false;
        at += (size_t)got;
    }
    return true;
}

/* One request on a new or open connection. `headers`: lines, each with its \r\n. body: NULL for none. */
static inline void client_request(int fd, struct client_answer *a, const char *method, const char *target,
                                  const char *headers, const char *body)
{
    char head[8192];
    int n;
    if (body != NULL) {
        n = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n", method, target,
                     headers, strlen(body));
    } else {
        n = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n", method, target, headers);
    }
    CHECK(n > 0 && (size_t)n < sizeof head);
    CHECK(client_send(fd, head, (size_t)n));
    if (body != NULL) CHECK(client_send(fd, body, strlen(body)));
    CHECK(client_read(fd, a));
}

/* True if the peer closes within the time. */
static inline bool client_closed(int fd, int timeout_ms)
{
    char byte[256];
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t end = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + timeout_ms;
    for (;;) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        int64_t left = end - ((int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000);
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&p, 1, (int)left) == 0) return false;
        if (recv(fd, byte, sizeof byte, 0) <= 0) return true;
    }
}

/* ---- WebSocket */

/* As the client of this address, for servers that read X-Client. */
static inline int client_ws_open_as(uint16_t port, const char *path, const char *client)
{
    int fd = client_connect(port);
    struct client_answer a;
    char headers[512];
    (void)snprintf(headers, sizeof headers,
                   "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Client: %s\r\n",
                   client);
    client_request(fd, &a, "GET", path, headers, NULL);
    CHECK_EQ_U64(101, (uint64_t)a.status);
    CHECK_EQ_STR("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", client_head(&a, "Sec-WebSocket-Accept"));
    client_answer_free(&a);
    return fd;
}

static inline int client_ws_open(uint16_t port, const char *path)
{
    return client_ws_open_as(port, path, "");
}

static inline bool client_ws_frame(int fd, uint8_t first, const void *data, size_t len)
{
    uint8_t head[14] = {first};
    size_t n = 2;
    if (len < 126) {
        head[1] = (uint8_t)(0x80 | len);
    } else if (len < 65536) {
        head[1] = 0x80 | 126;
        head[2] = (uint8_t)(len >> 8);
        head[3] = (uint8_t)len;
        n = 4;
    } else {
        head[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++) head[2 + i] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
        n = 10;
    }
    n += 4; /* a mask of zeros */
    return client_send(fd, head, n) && client_send(fd, data, len);
}

static inline bool client_ws_say(int fd, const char *text)
{
    return client_ws_frame(fd, 0x81, text, strlen(text));
}

/* The next frame: its opcode, or -1 at the end. Text is owned, NUL behind. */
static inline int client_ws_read(int fd, char **text, size_t *len)
{
    uint8_t head[10];
    *text = NULL;
    *len = 0;
    if (recv(fd, head, 2, MSG_WAITALL) != 2) return -1;
    size_t more = (head[1] & 0x7f) == 126 ? 2 : (head[1] & 0x7f) == 127 ? 8 : 0;
    if (more > 0 && recv(fd, head + 2, more, MSG_WAITALL) != (ssize_t)more) return -1;
    *len = head[1] & 0x7f;
    if (more > 0) *len = 0;
    for (size_t i = 0; i < more; i++) *len = *len << 8 | head[2 + i];
    *text = calloc(1, *len + 1);
    CHECK(*text != NULL);
    if (*len > 0 && recv(fd, *text, *len, MSG_WAITALL) != (ssize_t)*len) return -1;
    return head[0] & 0x0f;
}

#endif
