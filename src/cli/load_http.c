/* One epoll loop. Each connection has one request under way; its lanes' requests form one queue, in order of time. */
#include "cli/load_http.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX   65536
#define EVENTS_MAX   256
#define PAUSE_US     100000 /* before a request that met a full queue is sent again */
#define PROGRESS_US  10000000
#define RECONNECTS   3 /* of one connection; then its lanes are broken */
#define CODE_BUSY    300
#define BUSY_MESSAGE "Error communicating core server"

typedef enum link_state { LINK_IDLE, LINK_BUSY, LINK_PAUSED, LINK_DEAD } link_state;

struct link {
    int fd;
    link_state state;
    unsigned reconnects;
    size_t *queue; /* indices of shots */
    size_t n, at;  /* queue[at] is under way, or next */
    uint64_t sent_at, first_sent_at, paused_until;
    size_t written;
    char *answer; /* ANSWER_MAX + 1 */
    size_t answer_len;
};

struct load {
    const struct load_config *config;
    struct load_report *report;
    struct load_shot *shots;
    size_t n;
    struct link *links;
    bool *broken; /* by lane */
    int epoll;
    struct addrinfo *address;
    uint64_t start, last_answer;
    size_t open;     /* requests under way */
    size_t answered; /* or lost */
};

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- connections */

static zk_err link_connect(struct load *l, struct link *k)
{
    int one = 1;
    const struct addrinfo *a = l->address;
    k->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (k->fd < 0) return zk_fail(ZK_ERR_IO, "no socket: %s", strerror(errno));
    if (connect(k->fd, a->ai_addr, a->ai_addrlen) != 0 || fcntl(k->fd, F_SETFL, O_NONBLOCK) != 0) {
        zk_err err =
            zk_fail(ZK_ERR_IO, "cannot connect to %s:%u: %s", l->config->host, l->config->port, strerror(errno));
        (void)close(k->fd);
        k->fd = -1;
        return err;
    }
    (void)setsockopt(k->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = k};
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, k->fd, &e) != 0) return zk_fail(ZK_ERR_IO, "epoll: %s", strerror(errno));
    k->answer_len = 0;
    return ZK_OK;
}

static struct load_shot *shot_of(struct load *l, const struct link *k)
{
    return &l->shots[k->queue[k->at]];
}

/* The next request of the link whose lane is whole; those of broken lanes stay unsent. */
static bool has_next(struct load *l, struct link *k)
{
    while (k->at < k->n && l->broken[shot_of(l, k)->lane]) k->at++;
    return k->at < k->n;
}

static void finish(struct load *l, struct link *k, load_state state)
{
    struct load_shot *shot = shot_of(l, k);
    l->last_answer = now_us();
    shot->state = state;
    shot->latency_us = (uint32_t)(l->last_answer - k->first_sent_at);
    free(shot->bytes);
    shot->bytes = NULL;
    l->answered++;
    if (state != LOAD_ACCEPTED) l->broken[shot->lane] = true;
    k->state = LINK_IDLE;
    k->at++;
    l->open--;
}

/* The connection is gone, and with it what was under way. */
static void lose(struct load *l, struct link *k)
{
    bool was_busy = k->state == LINK_BUSY;
    l->report->connections_lost++;
    (void)close(k->fd);
    k->fd = -1;
    if (was_busy) finish(l, k, LOAD_LOST);
    if (k->reconnects++ >= RECONNECTS || link_connect(l, k) != ZK_OK) k->state = LINK_DEAD;
}

/* ---- sending */

static void want(struct load *l, struct link *k, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = k};
    (void)epoll_ctl(l->epoll, EPOLL_CTL_MOD, k->fd, &e);
}

static void push(struct load *l, struct link *k)
{
    const struct load_shot *shot = shot_of(l, k);
    while (k->written < shot->len) {
        ssize_t put = send(k->fd, shot->bytes + k->written, shot->len - k->written, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0 && errno == EAGAIN) {
            want(l, k, EPOLLIN | EPOLLOUT);
            return;
        }
        if (put < 0) {
            lose(l, k);
            return;
        }
        k->written += (size_t)put;
        if (k->written == shot->len && shot->len > (size_t)put) want(l, k, EPOLLIN);
    }
}

static void send_next(struct load *l, struct link *k, bool again)
{
    k->state = LINK_BUSY;
    k->written = 0;
    k->answer_len = 0;
    k->sent_at = now_us();
    if (!again) k->first_sent_at = k->sent_at;
    l->open++;
    push(l, k);
}

/* ---- answers */

static void count_reason(struct load_report *r, struct load_shot *shot, int64_t code, const char *text, size_t len)
{
    char cut[LOAD_REASON_TEXT];
    (void)snprintf(cut, sizeof cut, "%.*s", (int)(len < sizeof cut ? len : sizeof cut - 1), text);
    size_t i = 0;
    while (i < r->n_reasons && (r->reasons[i].code != code || strcmp(r->reasons[i].text, cut) != 0)) i++;
    if (i == LOAD_REASONS_MAX) i--;
    if (i == r->n_reasons) {
        r->n_reasons++;
        r->reasons[i].code = code;
        memcpy(r->reasons[i].text, cut, sizeof cut);
    }
    r->reasons[i].n++;
    shot->reason = (uint32_t)i;
}

/* True if the node says that it has too much to do. */
static bool take_refusal(struct load *l, struct link *k, const char *body)
{
    const char *code = strstr(body, "\"code\":"), *text = strstr(body, "\"message\":\"");
    int64_t number = code == NULL ? 0 : strtoll(code + 7, NULL, 10);
    if (text == NULL) text = "";
    if (text[0] != '\0') text += 11;
    size_t len = strcspn(text, "\"");
    if (number == CODE_BUSY && strncmp(text, BUSY_MESSAGE, sizeof BUSY_MESSAGE - 1) == 0) return true;
    count_reason(l->report, shot_of(l, k), number, text, len);
    finish(l, k, LOAD_REFUSED);
    return false;
}

static void take_answer(struct load *l, struct link *k, const char *body)
{
    if (strstr(body, "\"result\":\"") != NULL) {
        finish(l, k, LOAD_ACCEPTED);
    } else if (strstr(body, "\"error\":") == NULL) {
        finish(l, k, LOAD_LOST);
    } else if (take_refusal(l, k, body)) {
        l->report->retries++;
        l->open--;
        k->state = LINK_PAUSED;
        k->paused_until = now_us() + PAUSE_US;
    }
}

/* The whole answer is there: its body, and whether the connection lives on. NULL: not yet, or *bad. */
static const char *whole(struct link *k, bool *bad)
{
    k->answer[k->answer_len] = '\0';
    const char *end = strstr(k->answer, "\r\n\r\n");
    *bad = false;
    if (end == NULL) return NULL;
    const char *length = strcasestr(k->answer, "\r\ncontent-length:");
    if (length == NULL || length > end) {
        *bad = true;
        return NULL;
    }
    size_t want_len = strtoul(length + 17, NULL, 10), head = (size_t)(end + 4 - k->answer);
    *bad = want_len > ANSWER_MAX - head;
    return !*bad && k->answer_len >= head + want_len ? end + 4 : NULL;
}

static void pull(struct load *l, struct link *k)
{
    bool bad;
    ssize_t got = recv(k->fd, k->answer + k->answer_len, ANSWER_MAX - k->answer_len, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        lose(l, k);
        return;
    }
    k->answer_len += (size_t)got;
    if (k->state != LINK_BUSY) {
        lose(l, k); /* nobody asked */
        return;
    }
    const char *body = whole(k, &bad);
    if (bad) lose(l, k);
    if (body != NULL) take_answer(l, k, body);
}

/* ---- the loop */

/* How many requests may have been sent by now. */
static size_t allowance(const struct load *l, uint64_t now)
{
    if (l->config->rate <= 0) return SIZE_MAX;
    double due = l->config->rate * (double)(now - l->start) * 1e-6 + 1;
    return due >= (double)l->n ? l->n : (size_t)due;
}

/* Whether the next request of the link is there; *left: it is, or will be. */
static bool is_made(const struct load *l, const struct link *k, bool *left)
{
    const struct load_feed *f = l->config->feed;
    bool ended = f != NULL && atomic_load_explicit(&f->ended, memory_order_acquire);
    bool made = f == NULL || k->queue[k->at] < atomic_load_explicit(&f->made, memory_order_acquire);
    *left |= made || !ended;
    return made;
}

/* Gives work to whoever is free; false when nothing is left to send. *sent counts first sendings. */
static bool hand_out(struct load *l, size_t *sent, size_t *turn)
{
    uint64_t now = now_us();
    size_t allowed = allowance(l, now);
    unsigned n = l->config->connections;
    bool left = false;
    assert(n > 0);
    for (unsigned i = 0; i < n; i++) {
        struct link *k = &l->links[(*turn + i) % n];
        if (k->state == LINK_BUSY && now - k->sent_at > (uint64_t)l->config->timeout_ms * 1000) lose(l, k);
        if (k->state == LINK_PAUSED) {
            left = true;
            if (now >= k->paused_until) send_next(l, k, true);
        }
        if (k->state != LINK_IDLE || !has_next(l, k) || !is_made(l, k, &left) || *sent >= allowed) continue;
        (*sent)++;
        send_next(l, k, false);
    }
    *turn = (*turn + 1) % n;
    return left;
}

static void take_events(struct load *l, int timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(l->epoll, events, EVENTS_MAX, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct link *k = events[i].data.ptr;
        if (k->fd < 0) continue;
        if ((events[i].events & EPOLLOUT) != 0 && k->state == LINK_BUSY) push(l, k);
        if (k->fd >= 0 && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) pull(l, k);
    }
}

static void run(struct load *l)
{
    size_t sent = 0, turn = 0;
    l->start = l->last_answer = now_us();
    uint64_t end = l->start + (uint64_t)(l->config->max_seconds * 1e6), tell = l->start + PROGRESS_US;
    for (;;) {
        bool late = now_us() >= end;
        if (l->config->progress != NULL && now_us() >= tell) {
            l->config->progress(l->config->progress_ctx, l->answered);
            tell += PROGRESS_US;
        }
        bool left = !late && hand_out(l, &sent, &turn);
        if (!left && l->open == 0) break;
        if (late && now_us() >= end + (uint64_t)l->config->timeout_ms * 1000) break;
        take_events(l, l->config->rate > 0 ? 1 : 20);
    }
}

static void summarize(struct load *l)
{
    struct load_report *r = l->report;
    r->seconds = (double)(l->last_answer - l->start) * 1e-6;
    for (unsigned i = 0; i < l->config->connections; i++)
        if (l->links[i].state == LINK_BUSY) finish(l, &l->links[i], LOAD_LOST);
    for (size_t i = 0; i < l->n; i++) {
        switch (l->shots[i].state) {
        case LOAD_UNSENT: r->unsent++; break;
        case LOAD_ACCEPTED: r->accepted++; break;
        case LOAD_REFUSED: r->refused++; break;
        case LOAD_LOST: r->lost++; break;
        }
    }
}

/* ---- setting up */

static zk_err resolve(struct load *l)
{
    char port[8];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    (void)snprintf(port, sizeof port, "%u", l->config->port);
    int code = getaddrinfo(l->config->host, port, &hints, &l->address);
    return code == 0 ? ZK_OK : zk_fail(ZK_ERR_IO, "%s: %s", l->config->host, gai_strerror(code));
}

static zk_err make_links(struct load *l)
{
    unsigned n = l->config->connections;
    uint32_t lanes = 0;
    for (size_t i = 0; i < l->n; i++)
        if (l->shots[i].lane >= lanes) lanes = l->shots[i].lane + 1;
    l->links = calloc(n, sizeof *l->links);
    l->broken = calloc((size_t)lanes + 1, sizeof *l->broken);
    if (l->links == NULL || l->broken == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for %u connections", n);
    for (unsigned i = 0; i < n; i++) l->links[i].fd = -1;
    for (size_t i = 0; i < l->n; i++) l->links[l->shots[i].lane % n].n++;
    for (unsigned i = 0; i < n; i++) {
        struct link *k = &l->links[i];
        k->queue = calloc(k->n + 1, sizeof *k->queue);
        k->answer = malloc(ANSWER_MAX + 1);
        if (k->queue == NULL || k->answer == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for connection %u", i);
        k->n = 0;
    }
    for (size_t i = 0; i < l->n; i++) {
        struct link *k = &l->links[l->shots[i].lane % n];
        k->queue[k->n++] = i;
    }
    return ZK_OK;
}

static zk_err connect_all(struct load *l)
{
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll < 0) return zk_fail(ZK_ERR_IO, "epoll: %s", strerror(errno));
    for (unsigned i = 0; i < l->config->connections; i++) ZK_TRY(link_connect(l, &l->links[i]));
    return ZK_OK;
}

static void end(struct load *l)
{
    for (unsigned i = 0; l->links != NULL && i < l->config->connections; i++) {
        if (l->links[i].fd >= 0) (void)close(l->links[i].fd);
        free(l->links[i].queue);
        free(l->links[i].answer);
    }
    free(l->links);
    free(l->broken);
    if (l->epoll >= 0) (void)close(l->epoll);
    if (l->address != NULL) freeaddrinfo(l->address);
}

zk_err load_http(struct load_report *report, struct load_shot *shots, size_t n, const struct load_config *config)
{
    struct load l = {.config = config, .report = report, .shots = shots, .n = n, .epoll = -1};
    assert(config->connections >= 1 && config->connections <= 10000);
    memset(report, 0, sizeof *report);
    zk_err err = resolve(&l);
    if (err == ZK_OK) err = make_links(&l);
    if (err == ZK_OK) err = connect_all(&l);
    if (err == ZK_OK) {
        run(&l);
        summarize(&l);
    }
    end(&l);
    return err;
}

char *load_http_post(size_t *len, const char *host, const char *path, const char *json)
{
    static const char form[] = "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                               "Content-Length: %zu\r\n\r\n%s";
    size_t cap = sizeof form + strlen(path) + strlen(host) + strlen(json) + 32;
    char *out = malloc(cap);
    if (out == NULL) return NULL;
    int made = snprintf(out, cap, form, path, host, strlen(json), json);
    assert(made > 0 && (size_t)made < cap);
    *len = (size_t)made;
    return out;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

uint32_t load_latency(const struct load_shot *shots, size_t n, double q)
{
    uint32_t *all = malloc((n + 1) * sizeof *all), value = 0;
    size_t count = 0;
    if (all == NULL) return 0;
    for (size_t i = 0; i < n; i++)
        if (shots[i].state == LOAD_ACCEPTED) all[count++] = shots[i].latency_us;
    if (count > 0) {
        qsort(all, count, sizeof *all, by_value);
        size_t at = (size_t)(q * (double)count);
        value = all[at < count ? at : count - 1];
    }
    free(all);
    return value;
}
