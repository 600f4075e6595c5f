/* One thread, one epoll. Connections are in a table by slot; an id is slot + generation * 2^20, so that ids of the dead
 * find nothing. Other threads only put notes into the inbox and ring the eventfd. */
#include "api/ws.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <wslay/wslay.h>

#define SLOT_BITS            20
#define SLOTS_MAX            (1u << SLOT_BITS)
#define EVENTS_MAX           64
#define READ_PAUSE           (256 * 1024) /* a peer with more than this untaken is not read */
#define BURST_S              10.0
#define CODE_TRY_AGAIN_LATER 1013       /* RFC 6455's registry; wslay has no name for it */
#define BELL                 UINT32_MAX /* the eventfd's place among the slots */

/* What is read of a connection before the others have their turn. wslay reads until nothing is there, and a peer that
 * sends all the time would keep it for ever; so on_recv says so in its place. What wslay has read ahead is handled all
 * the same, so it gets no more than the rest of a frame, or READ_AHEAD. */
#define TURN_BYTES    (64 * 1024)
#define TURN_MESSAGES 32
#define READ_AHEAD    256

typedef enum note_kind { NOTE_ADOPT, NOTE_ANSWER, NOTE_SEND, NOTE_CLOSE } note_kind;

struct note {
    struct note *next;
    note_kind kind;
    ws_id id;
    /* adopt */
    int fd, conn_kind;
    client_id who;
    void (*release)(void *handle);
    void *handle;
    size_t len;
    bool has_text;
    char text[];
};

struct conn {
    struct ws_server *server;
    ws_id id; /* 0: the slot is free */
    uint64_t generation;
    int fd, kind;
    client_id who;
    void (*release)(void *handle);
    void *handle;
    wslay_event_context_ptr ws;
    char *early; /* bytes that came behind the handshake */
    size_t early_len, early_at;
    unsigned open_answers;
    uint32_t events;     /* what epoll watches */
    bool asked_to_close; /* say goodbye when all is sent: wslay lets control frames overtake texts */
    bool closing;        /* send what is queued, then close */
    bool too_slow;       /* more waits for it than may: nothing is done for it any more */
    size_t turn_bytes;
    unsigned turn_messages;
    uint64_t frame_left;   /* bytes of the frame being read */
    size_t body, untaken;  /* what counts as the client's: of the message being read, of answers */
    int64_t unfinished_ms; /* when the message being read began; 0: none is */
    int64_t heard_ms, took_ms;
    bool pinged;
    double tokens;
    int64_t tokens_at_ms;
};

struct ws_server {
    struct ws_config config;
    struct conn *conns;
    unsigned n_slots;
    int epoll, bell;
    pthread_t thread;
    pthread_mutex_t lock; /* the inbox, stopping */
    struct note *first, **last;
    unsigned adopted; /* connections, notes of some included */
    bool stopping;
    int64_t now_ms;
    _Atomic uint64_t n_open, n_in, n_out, n_slow, n_idle, n_refused;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool ws_accept_key(char out[29], const char *key)
{
    uint8_t raw[20];
    char text[24 + 36 + 1];
    if (strlen(key) != 24) return false;
    /* 24 characters decode to 18 bytes, of which the last two are padding. */
    if (EVP_DecodeBlock(raw, (const uint8_t *)key, 24) != 18 || key[22] != '=' || key[23] != '=') return false;
    memcpy(text, key, 24);
    memcpy(text + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 37);
    uint8_t digest[20];
    if (EVP_Digest(text, 60, digest, NULL, EVP_sha1(), NULL) != 1) return false;
    EVP_EncodeBlock((uint8_t *)out, digest, 20);
    return true;
}

/* ---- connections */

static struct conn *find(const struct ws_server *s, ws_id id)
{
    unsigned slot = (unsigned)(id & (SLOTS_MAX - 1));
    if (slot >= s->n_slots || s->conns[slot].id != id || id == 0) return NULL;
    return &s->conns[slot];
}

bool ws_client(client_id *out, const struct ws_server *s, ws_id id)
{
    const struct conn *c = find(s, id);
    if (c != NULL) *out = c->who;
    return c != NULL;
}

/* The place of a connection that is no more. */
static void vacate(struct ws_server *s, const client_id *who)
{
    clients_give(s->config.clients, who, CLIENT_SOCKETS, 1);
    pthread_mutex_lock(&s->lock);
    s->adopted--;
    pthread_mutex_unlock(&s->lock);
}

static void watch(struct conn *c, uint32_t events)
{
    if (events == c->events) return;
    struct epoll_event e = {.events = events, .data.u32 = (uint32_t)(c - c->server->conns)};
    epoll_ctl(c->server->epoll, EPOLL_CTL_MOD, c->fd, &e);
    c->events = events;
}

/* The message is handled, or will never be. */
static void body_done(struct conn *c)
{
    clients_give(c->server->config.clients, &c->who, CLIENT_BODIES, c->body);
    c->body = 0;
    c->unfinished_ms = 0;
}

static void drop(struct conn *c)
{
    struct ws_server *s = c->server;
    ws_id id = c->id;
    int kind = c->kind;
    if (id == 0) return;
    epoll_ctl(s->epoll, EPOLL_CTL_DEL, c->fd, NULL);
    body_done(c);
    clients_give(s->config.clients, &c->who, CLIENT_ANSWERS, c->untaken);
    c->untaken = 0;
    wslay_event_context_free(c->ws);
    free(c->early);
    c->release(c->handle);
    c->id = 0;
    c->ws = NULL;
    c->early = NULL;
    atomic_fetch_sub(&s->n_open, 1);
    vacate(s, &c->who);
    s->config.handlers.closed(s->config.ctx, id, kind);
}

static bool may_read(struct conn *c)
{
    const struct ws_limits *l = &c->server->config.limits;
    if (l->messages_per_s > 0) {
        c->tokens += (double)(c->server->now_ms - c->tokens_at_ms) / 1000.0 * l->messages_per_s;
        c->tokens_at_ms = c->server->now_ms;
        if (c->tokens > l->messages_per_s * BURST_S) c->tokens = l->messages_per_s * BURST_S;
        if (c->tokens < 1) return false;
    }
    return !c->too_slow && c->open_answers < l->answers && wslay_event_get_queued_msg_length(c->ws) < READ_PAUSE;
}

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags, void *user)
{
    struct conn *c = user;
    (void)flags;
    if (c->turn_bytes >= TURN_BYTES || c->turn_messages >= TURN_MESSAGES || !may_read(c)) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    size_t most = c->frame_left > READ_AHEAD ? c->frame_left : READ_AHEAD;
    if (len > most) len = most;
    if (c->early_at < c->early_len) {
        size_t n = c->early_len - c->early_at;
        if (n > len) n = len;
        memcpy(buf, c->early + c->early_at, n);
        c->early_at += n;
        c->turn_bytes += n;
        return (ssize_t)n;
    }
    for (;;) {
        ssize_t n = recv(c->fd, buf, len, 0);
        if (n > 0) {
            c->turn_bytes += (size_t)n;
            return n;
        }
        if (n < 0 && errno == EINTR) continue;
        bool later = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        wslay_event_set_error(ctx, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
}

static void on_frame(wslay_event_context_ptr ctx, const struct wslay_event_on_frame_recv_start_arg *f, void *user)
{
    struct conn *c = user;
    (void)ctx;
    c->frame_left = f->payload_length;
    if (!wslay_is_ctrl_frame(f->opcode) && c->unfinished_ms == 0) c->unfinished_ms = c->server->now_ms;
}

static void on_chunk(wslay_event_context_ptr ctx, const struct wslay_event_on_frame_recv_chunk_arg *f, void *user)
{
    struct conn *c = user;
    c->frame_left -= f->data_length;
    if (c->closing) return;
    if (clients_take(c->server->config.clients, &c->who, CLIENT_BODIES, f->data_length)) {
        c->body += f->data_length;
    } else {
        wslay_event_queue_close(ctx, CODE_TRY_AGAIN_LATER, NULL, 0);
        c->closing = true;
    }
}

/* Answers that wslay holds are the client's; false if it, or all, have too many. */
static bool count_untaken(struct conn *c)
{
    struct clients *all = c->server->config.clients;
    size_t now = wslay_event_get_queued_msg_length(c->ws), before = c->untaken;
    if (now > before && !clients_take(all, &c->who, CLIENT_ANSWERS, now - before)) return false;
    if (now < before) clients_give(all, &c->who, CLIENT_ANSWERS, before - now);
    c->untaken = now;
    return true;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *data, size_t len, int flags, void *user)
{
    struct conn *c = user;
    for (;;) {
        ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL | ((flags & WSLAY_MSG_MORE) != 0 ? MSG_MORE : 0));
        if (n >= 0) {
            c->took_ms = c->server->now_ms;
            return n;
        }
        if (errno == EINTR) continue;
        bool later = errno == EAGAIN || errno == EWOULDBLOCK;
        wslay_event_set_error(ctx, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m, void *user)
{
    struct conn *c = user;
    struct ws_server *s = c->server;
    c->pinged = false;
    c->turn_messages++;
    if (!wslay_is_ctrl_frame(m->opcode)) body_done(c);
    if (c->too_slow || c->closing) return;
    if (wslay_is_ctrl_frame(m->opcode)) return; /* wslay answers pings and closes */
    if (m->opcode != WSLAY_TEXT_FRAME) {
        wslay_event_queue_close(ctx, WSLAY_CODE_UNSUPPORTED_DATA, NULL, 0);
        c->closing = true;
        return;
    }
    char *text = malloc(m->msg_length + 1);
    if (text == NULL) {
        wslay_event_queue_close(ctx, WSLAY_CODE_INTERNAL_SERVER_ERROR, NULL, 0);
        c->closing = true;
        return;
    }
    if (m->msg_length > 0) memcpy(text, m->msg, m->msg_length);
    text[m->msg_length] = '\0';
    c->open_answers++;
    c->tokens -= 1;
    atomic_fetch_add(&s->n_in, 1);
    s->config.handlers.message(s->config.ctx, c->id, c->kind, text, m->msg_length);
    free(text);
}

/* Sends what can be sent, and decides what to wait for. Drops a connection that is over. */
static void settle(struct conn *c)
{
    if (wslay_event_want_write(c->ws) && wslay_event_send(c->ws) != 0) {
        drop(c);
        return;
    }
    (void)count_untaken(c); /* it can only be less */
    if (c->asked_to_close && !c->closing && wslay_event_get_queued_msg_count(c->ws) == 0) {
        c->closing = true;
        wslay_event_queue_close(c->ws, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
        if (wslay_event_send(c->ws) != 0) {
            drop(c);
            return;
        }
    }
    bool wants_write = wslay_event_want_write(c->ws) != 0;
    bool wants_read = wslay_event_want_read(c->ws) != 0;
    if ((!wants_read && !wants_write) || (c->closing && !wants_write)) {
        drop(c);
        return;
    }
    if (c->too_slow || wslay_event_get_queued_msg_length(c->ws) > c->server->config.limits.queued) {
        atomic_fetch_add(&c->server->n_slow, 1);
        drop(c);
        return;
    }
    watch(c, (wants_read && may_read(c) ? (uint32_t)EPOLLIN : 0) | (wants_write ? (uint32_t)EPOLLOUT : 0));
}

static void readable(struct conn *c)
{
    c->heard_ms = c->server->now_ms;
    c->turn_bytes = c->turn_messages = 0;
    if (wslay_event_recv(c->ws) != 0) {
        drop(c);
        return;
    }
    settle(c);
}

static void queue_text(struct conn *c, const char *text, size_t len)
{
    struct wslay_event_msg m = {WSLAY_TEXT_FRAME, (const uint8_t *)text, len};
    if (wslay_event_get_queued_msg_length(c->ws) > c->server->config.limits.queued) c->too_slow = true;
    if (c->too_slow) return; /* settle drops it */
    if (wslay_event_get_queued_msg_count(c->ws) == 0) c->took_ms = c->server->now_ms;
    if (wslay_event_queue_msg(c->ws, &m) == 0) {
        atomic_fetch_add(&c->server->n_out, 1);
        c->too_slow = !count_untaken(c);
    } else {
        c->closing = true; /* it said goodbye, or there is no memory */
    }
}

static const struct wslay_event_callbacks wslay_callbacks = {.recv_callback = on_recv,
                                                             .send_callback = on_send,
                                                             .on_frame_recv_start_callback = on_frame,
                                                             .on_frame_recv_chunk_callback = on_chunk,
                                                             .on_msg_recv_callback = on_message};

static bool open_conn(struct ws_server *s, struct conn *c, const struct note *n)
{
    int one = 1;
    unsigned slot = (unsigned)(c - s->conns);
    c->generation++;
    c->server = s;
    c->fd = n->fd;
    c->kind = n->conn_kind;
    c->who = n->who;
    c->release = n->release;
    c->handle = n->handle;
    c->early_len = n->len;
    c->early_at = 0;
    c->early = NULL;
    c->open_answers = 0;
    c->frame_left = 0;
    c->body = c->untaken = 0;
    c->unfinished_ms = 0;
    c->events = EPOLLIN;
    c->asked_to_close = c->closing = c->too_slow = c->pinged = false;
    c->heard_ms = c->took_ms = c->tokens_at_ms = s->now_ms;
    c->tokens = s->config.limits.messages_per_s * BURST_S;
    c->id = c->generation << SLOT_BITS | slot;
    int flags = fcntl(c->fd, F_GETFL);
    if (flags < 0 || fcntl(c->fd, F_SETFL, flags | O_NONBLOCK) < 0) return false;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (c->early_len > 0) {
        c->early = malloc(c->early_len);
        if (c->early == NULL) return false;
        memcpy(c->early, n->text, c->early_len);
    }
    if (wslay_event_context_server_init(&c->ws, &wslay_callbacks, c) != 0) {
        free(c->early);
        return false;
    }
    wslay_event_config_set_max_recv_msg_length(c->ws, s->config.limits.message);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = slot};
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->fd, &e) != 0) {
        wslay_event_context_free(c->ws);
        free(c->early);
        return false;
    }
    return true;
}

static void adopt(struct ws_server *s, const struct note *n)
{
    struct conn *c = NULL;
    for (unsigned i = 0; i < s->n_slots && c == NULL; i++)
        if (s->conns[i].id == 0) c = &s->conns[i];
    assert(c != NULL); /* `adopted` counted it */
    if (!open_conn(s, c, n)) {
        c->id = 0;
        n->release(n->handle);
        vacate(s, &n->who);
        return;
    }
    atomic_fetch_add(&s->n_open, 1);
    if (!s->config.handlers.open(s->config.ctx, c->id, c->kind)) {
        atomic_fetch_add(&s->n_refused, 1);
        drop(c);
        return;
    }
    readable(c);
}

/* ---- notes from other threads */

static void ring(struct ws_server *s)
{
    uint64_t one = 1;
    ssize_t n = write(s->bell, &one, sizeof one);
    (void)n; /* full means that it rings already */
}

static struct note *note_new(note_kind kind, ws_id id, const void *text, size_t len)
{
    struct note *n = calloc(1, sizeof *n + len + 1);
    if (n == NULL) return NULL;
    n->kind = kind;
    n->id = id;
    n->len = len;
    n->has_text = text != NULL;
    if (text != NULL && len > 0) memcpy(n->text, text, len);
    return n;
}

static void note_put(struct ws_server *s, struct note *n)
{
    pthread_mutex_lock(&s->lock);
    bool was_empty = s->first == NULL;
    *s->last = n;
    s->last = &n->next;
    pthread_mutex_unlock(&s->lock);
    if (was_empty) ring(s);
}

bool ws_adopt(struct ws_server *s, const client_id *who, int fd, int kind, const void *early, size_t early_len,
              void (*release)(void *handle), void *handle)
{
    pthread_mutex_lock(&s->lock);
    bool room = !s->stopping && s->adopted < s->n_slots;
    room = room && clients_take(s->config.clients, who, CLIENT_SOCKETS, 1);
    if (room) s->adopted++;
    pthread_mutex_unlock(&s->lock);
    struct note *n = room ? note_new(NOTE_ADOPT, 0, early, early_len) : NULL;
    if (n == NULL) {
        atomic_fetch_add(&s->n_refused, 1);
        if (room) vacate(s, who);
        return false;
    }
    n->fd = fd;
    n->who = *who;
    n->conn_kind = kind;
    n->release = release;
    n->handle = handle;
    note_put(s, n);
    return true;
}

static void post(struct ws_server *s, note_kind kind, ws_id id, const char *text, size_t len)
{
    struct conn *c;
    if (pthread_equal(pthread_self(), s->thread)) { /* no detour; settled after the events in hand */
        c = find(s, id);
        if (c == NULL) return;
        if (kind == NOTE_ANSWER && c->open_answers > 0) c->open_answers--;
        if (kind == NOTE_CLOSE) {
            c->asked_to_close = true;
        } else if (text != NULL) {
            queue_text(c, text, len);
        }
        return;
    }
    struct note *n = note_new(kind, id, text, text != NULL ? len : 0);
    if (n != NULL) note_put(s, n); /* without memory the client waits in vain, and asks again */
}

void ws_answer(struct ws_server *s, ws_id id, const char *text, size_t len)
{
    post(s, NOTE_ANSWER, id, text, len);
}

void ws_send(struct ws_server *s, ws_id id, const char *text, size_t len)
{
    post(s, NOTE_SEND, id, text, len);
}

void ws_close(struct ws_server *s, ws_id id)
{
    post(s, NOTE_CLOSE, id, NULL, 0);
}

void ws_wake(struct ws_server *s)
{
    ring(s);
}

static void take_notes(struct ws_server *s)
{
    pthread_mutex_lock(&s->lock);
    struct note *n = s->first;
    s->first = NULL;
    s->last = &s->first;
    pthread_mutex_unlock(&s->lock);
    while (n != NULL) {
        struct note *next = n->next;
        if (n->kind == NOTE_ADOPT) {
            adopt(s, n);
        } else {
            post(s, n->kind, n->id, n->has_text ? n->text : NULL, n->len);
            struct conn *c = find(s, n->id);
            if (c != NULL) settle(c);
        }
        free(n);
        n = next;
    }
}

/* ---- the loop */

/* Time-outs, and connections whose write queue or tokens changed without an event. */
static void look_after(struct ws_server *s)
{
    const struct ws_limits *l = &s->config.limits;
    for (unsigned i = 0; i < s->n_slots; i++) {
        struct conn *c = &s->conns[i];
        if (c->id == 0) continue;
        if (wslay_event_want_write(c->ws) && s->now_ms - c->took_ms > (int64_t)l->stuck_s * 1000) {
            atomic_fetch_add(&s->n_slow, 1);
            drop(c);
            continue;
        }
        if (!may_read(c) && c->unfinished_ms != 0) c->unfinished_ms = s->now_ms; /* it is we who do not read */
        if (c->unfinished_ms != 0 && s->now_ms - c->unfinished_ms > (int64_t)l->read_s * 1000) {
            atomic_fetch_add(&s->n_slow, 1);
            drop(c);
            continue;
        }
        int64_t silent = s->now_ms - c->heard_ms;
        if (silent > (int64_t)l->idle_s * 1000) {
            atomic_fetch_add(&s->n_idle, 1);
            drop(c);
            continue;
        }
        if (silent > (int64_t)l->idle_s * 500 && !c->pinged) {
            struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};
            c->pinged = wslay_event_queue_msg(c->ws, &ping) == 0;
        }
        if (c->early_at < c->early_len && may_read(c)) {
            readable(c); /* no event tells of these */
        } else {
            settle(c);
        }
    }
}

static void serve(struct ws_server *s, const struct epoll_event *e)
{
    if (e->data.u32 == BELL) {
        uint64_t n;
        ssize_t got = read(s->bell, &n, sizeof n);
        (void)got;
        return;
    }
    struct conn *c = &s->conns[e->data.u32];
    if (c->id == 0) return; /* dropped by an event before this one */
    if ((e->events & (uint32_t)(EPOLLERR | EPOLLHUP)) != 0 && (e->events & (uint32_t)EPOLLIN) == 0) {
        drop(c);
    } else if ((e->events & (uint32_t)EPOLLIN) != 0) {
        readable(c);
    } else {
        settle(c);
    }
}

/* A note that nobody will read. */
static void note_drop(struct ws_server *s, struct note *n)
{
    if (n->kind == NOTE_ADOPT) {
        n->release(n->handle);
        vacate(s, &n->who);
    }
    free(n);
}

static void goodbye(struct ws_server *s)
{
    for (unsigned i = 0; i < s->n_slots; i++) {
        struct conn *c = &s->conns[i];
        if (c->id == 0) continue;
        wslay_event_queue_close(c->ws, WSLAY_CODE_GOING_AWAY, NULL, 0);
        wslay_event_send(c->ws);
        drop(c);
    }
    pthread_mutex_lock(&s->lock);
    struct note *n = s->first;
    s->first = NULL;
    s->last = &s->first;
    pthread_mutex_unlock(&s->lock);
    while (n != NULL) {
        struct note *next = n->next;
        note_drop(s, n);
        n = next;
    }
}

static void *loop_main(void *arg)
{
    struct ws_server *s = arg;
    struct epoll_event events[EVENTS_MAX];
    int64_t ticked = 0;
    if (s->config.handlers.begin != NULL) s->config.handlers.begin(s->config.ctx);
    for (;;) {
        int n = epoll_wait(s->epoll, events, EVENTS_MAX, (int)s->config.tick_ms);
        s->now_ms = now_ms();
        pthread_mutex_lock(&s->lock);
        bool stop = s->stopping;
        pthread_mutex_unlock(&s->lock);
        if (stop) break;
        bool rung = false;
        for (int i = 0; i < n; i++) {
            rung |= events[i].data.u32 == BELL;
            serve(s, &events[i]);
        }
        take_notes(s);
        if (rung || s->now_ms - ticked >= (int64_t)s->config.tick_ms) {
            s->config.handlers.tick(s->config.ctx);
            look_after(s);
            ticked = s->now_ms;
        }
    }
    goodbye(s);
    if (s->config.handlers.end != NULL) s->config.handlers.end(s->config.ctx);
    return NULL;
}

zk_err ws_server_start(struct ws_server **out, const struct ws_config *config)
{
    assert(config->limits.connections >= 1 && config->limits.connections < SLOTS_MAX);
    *out = NULL;
    struct ws_server *s = calloc(1, sizeof *s);
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a WebSocket server");
    s->config = *config;
    s->n_slots = config->limits.connections;
    s->last = &s->first;
    s->now_ms = now_ms();
    s->conns = calloc(s->n_slots, sizeof *s->conns);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    pthread_mutex_init(&s->lock, NULL);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = BELL};
    bool ok = s->conns != NULL && s->epoll >= 0 && s->bell >= 0 &&
              epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->bell, &e) == 0 &&
              pthread_create(&s->thread, NULL, loop_main, s) == 0;
    if (!ok) {
        ws_server_free(s);
        return zk_fail(ZK_ERR_MEMORY, "no resources for a WebSocket server");
    }
    *out = s;
    return ZK_OK;
}

void ws_server_stop(struct ws_server *s)
{
    if (s == NULL) return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_mutex_unlock(&s->lock);
    ring(s);
    pthread_join(s->thread, NULL);
}

void ws_server_free(struct ws_server *s)
{
    if (s == NULL) return;
    while (s->first != NULL) {
        struct note *n = s->first;
        s->first = n->next;
        note_drop(s, n);
    }
    if (s->epoll >= 0) close(s->epoll);
    if (s->bell >= 0) close(s->bell);
    pthread_mutex_destroy(&s->lock);
    free(s->conns);
    free(s);
}

void ws_server_stats(struct ws_stats *out, struct ws_server *s)
{
    *out = (struct ws_stats){
        .open = atomic_load(&s->n_open),
        .messages_in = atomic_load(&s->n_in),
        .messages_out = atomic_load(&s->n_out),
        .dropped_slow = atomic_load(&s->n_slow),
        .dropped_idle = atomic_load(&s->n_idle),
        .refused = atomic_load(&s->n_refused),
    };
}
