/* How libmicrohttpd is used.
 *
 *   uri_seen      the first line is read: an exchange is born
 *   on_access     called again and again: headers, pieces of the body, end of the body, after a resume
 *   on_completed  the answer is written, or the connection is lost: the exchange dies
 *
 * An exchange that is not answered when its handler returns is suspended: its connection costs a worker nothing until
 * http_reply resumes it. The two meet in x->state:
 *
 *   RUNNING -handler returned, no answer yet-> WAITING -http_reply-> REPLIED (resume)
 *   RUNNING -http_reply-> REPLIED
 *
 * libmicrohttpd's own time-out is for silence only. The whole of reading a request, and of taking an answer, is bounded
 * by a reaper thread that shuts down the sockets of those who take too long; libmicrohttpd then sees them closed. */
#include "api/http.h"

#include "api/ws.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define CONNECTION_MEMORY (32 * 1024) /* of libmicrohttpd a connection; headers must fit, else it answers 431 */
#define BODY_FIRST        1024        /* the first buffer of a body whose length is not known */
#define GZIP_FROM         1400        /* shorter bodies fit one packet anyway */
#define GZIP_LEVEL        1           /* the rest of the levels cost twice the time for a tenth of the bytes */
#define BUCKETS           4096        /* of the rate limit */
#define BURST_S           10.0
#define REAP_EVERY_S      1

typedef enum phase { PHASE_READ, PHASE_WORK, PHASE_WRITE, PHASE_UPGRADED } phase;

struct connection {
    struct connection *next, *prev;
    struct http_server *server;
    int fd;
    _Atomic int phase;
    _Atomic int64_t since_ms; /* of the phase */
};

typedef enum exchange_state { X_RUNNING, X_WAITING, X_REPLIED } exchange_state;

struct http_exchange {
    struct http_request request;
    struct http_server *server;
    struct MHD_Connection *connection;
    struct connection *tracked;
    char *uri; /* owns path and query */
    char *body;
    size_t body_cap;  /* counted as the client's */
    size_t body_want; /* as the header says; 0: it does not */
    bool started;     /* headers were looked at */
    bool is_counted;  /* as one of the client's requests */
    int refuse;       /* status to answer with instead of handling; 0: none */
    char client[HTTP_CLIENT_MAX];
    _Atomic int state;
    struct MHD_Response *response;
    int status;
};

/* A token bucket an address. Two addresses that share a slot share its tokens: a rare injustice, and no memory to
 * fill. */
struct bucket {
    double tokens;
    int64_t at_ms;
};

struct http_server {
    struct http_config config;
    char *host;
    char *client_header;
    struct MHD_Daemon *daemon;
    uint16_t port;

    pthread_mutex_t lock; /* the list, the reaper's end */
    pthread_cond_t changed;
    struct connection *connections;
    unsigned waiting; /* exchanges between handler and reply */
    unsigned streams; /* bodies being made */
    bool stopping;
    pthread_t reaper;

    pthread_mutex_t bucket_lock;
    uint64_t bucket_seed;
    struct bucket buckets[BUCKETS];

    _Atomic uint64_t n_connections, n_open, n_requests, n_refused_body, n_refused_rate, n_dropped_read, n_dropped_write;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void enter(struct connection *c, phase p)
{
    if (c == NULL) return;
    atomic_store(&c->since_ms, now_ms());
    atomic_store(&c->phase, (int)p);
}

/* ---- limits */

static bool rate_allows(struct http_server *s, const client_id *who)
{
    double rate = s->config.limits.requests_per_s;
    if (rate <= 0) return true;
    uint64_t key = s->bucket_seed;
    for (size_t i = 0; i < sizeof who->b; i++) key = (key ^ who->b[i]) * UINT64_C(0x100000001b3);
    key ^= key >> 29;
    struct bucket *b = &s->buckets[key % BUCKETS];
    int64_t now = now_ms();
    pthread_mutex_lock(&s->bucket_lock);
    double cap = rate * BURST_S;
    b->tokens += (double)(now - b->at_ms) / 1000.0 * rate;
    if (b->tokens > cap) b->tokens = cap;
    b->at_ms = now;
    bool ok = b->tokens >= 1;
    if (ok) b->tokens -= 1;
    pthread_mutex_unlock(&s->bucket_lock);
    return ok;
}

static bool body_grow(struct http_exchange *x, size_t cap)
{
    size_t more = cap - x->body_cap;
    if (!clients_take(x->server->config.clients, &x->request.who, CLIENT_BODIES, more)) return false;
    char *p = realloc(x->body, cap + 1);
    if (p == NULL) {
        clients_give(x->server->config.clients, &x->request.who, CLIENT_BODIES, more);
        return false;
    }
    x->body = p;
    x->body_cap = cap;
    return true;
}

/* Room is taken as bytes come: what a header promises costs its sender nothing. */
static void body_append(struct http_exchange *x, const char *data, size_t len)
{
    size_t max = x->server->config.limits.body;
    size_t need = x->request.body_len + len;
    if (x->refuse != 0) return;
    if (need > max) {
        x->refuse = MHD_HTTP_CONTENT_TOO_LARGE;
        return;
    }
    if (need > x->body_cap) {
        size_t cap = x->body_cap < BODY_FIRST ? BODY_FIRST : x->body_cap * 2;
        if (cap < need) cap = need;
        if (cap > max) cap = max;
        if (cap > x->body_want && x->body_want >= need) cap = x->body_want;
        if (!body_grow(x, cap)) {
            x->refuse = MHD_HTTP_SERVICE_UNAVAILABLE;
            return;
        }
    }
    memcpy(x->body + x->request.body_len, data, len);
    x->request.body_len = need;
}

/* ---- the reaper */

static void reap(struct http_server *s)
{
    int64_t now = now_ms();
    for (struct connection *c = s->connections; c != NULL; c = c->next) {
        int64_t age = now - atomic_load(&c->since_ms);
        int p = atomic_load(&c->phase);
        /* A connection between two requests is in PHASE_READ too; libmicrohttpd closes it after idle_s. */
        if (p == PHASE_READ && age > (int64_t)(s->config.limits.read_s + s->config.limits.idle_s) * 1000) {
            atomic_fetch_add(&s->n_dropped_read, 1);
        } else if (p == PHASE_WRITE && age > (int64_t)s->config.limits.write_s * 1000) {
            atomic_fetch_add(&s->n_dropped_write, 1);
        } else {
            continue;
        }
        shutdown(c->fd, SHUT_RDWR);
        atomic_store(&c->phase, PHASE_WORK); /* counted once */
    }
}

static void *reaper_main(void *arg)
{
    struct http_server *s = arg;
    pthread_mutex_lock(&s->lock);
    while (!s->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += REAP_EVERY_S;
        pthread_cond_timedwait(&s->changed, &s->lock, &until);
        reap(s);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void on_connection(void *ctx, struct MHD_Connection *conn, void **socket_ctx,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_server *s = ctx;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *c = calloc(1, sizeof *c);
        *socket_ctx = c;
        atomic_fetch_add(&s->n_connections, 1);
        atomic_fetch_add(&s->n_open, 1);
        if (c == NULL) return; /* untracked: libmicrohttpd's own time-out remains */
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
        c->server = s;
        c->fd = info->connect_fd;
        enter(c, PHASE_READ);
        pthread_mutex_lock(&s->lock);
        c->next = s->connections;
        if (c->next != NULL) c->next->prev = c;
        s->connections = c;
        pthread_mutex_unlock(&s->lock);
        return;
    }
    atomic_fetch_sub(&s->n_open, 1);
    struct connection *c = *socket_ctx;
    if (c == NULL) return;
    pthread_mutex_lock(&s->lock);
    if (c->next != NULL) c->next->prev = c->prev;
    if (c->prev != NULL) {
        c->prev->next = c->next;
    } else {
        s->connections = c->next;
    }
    pthread_mutex_unlock(&s->lock);
    free(c);
    *socket_ctx = NULL;
}

/* ---- requests */

static void exchange_free(struct http_exchange *x)
{
    if (x->response != NULL) MHD_destroy_response(x->response);
    clients_give(x->server->config.clients, &x->request.who, CLIENT_BODIES, x->body_cap);
    if (x->is_counted) clients_give(x->server->config.clients, &x->request.who, CLIENT_REQUESTS, 1);
    free(x->body);
    free(x->uri);
    free(x);
}

static void *uri_seen(void *ctx, const char *uri, struct MHD_Connection *conn)
{
    struct http_exchange *x = calloc(1, sizeof *x);
    if (x == NULL) return NULL;
    x->server = ctx;
    x->connection = conn;
    x->uri = strdup(uri);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    x->tracked = info != NULL ? info->socket_context : NULL;
    enter(x->tracked, PHASE_READ);
    if (x->uri == NULL) {
        free(x);
        return NULL;
    }
    char *q = strchr(x->uri, '?');
    if (q != NULL) *q++ = '\0';
    x->request.path = x->uri;
    x->request.query = q != NULL ? q : "";
    x->request.body = "";
    x->request.client = x->client;
    return x;
}

static http_method method_of(const char *name)
{
    static const struct {
        const char *name;
        http_method method;
    } table[] = {{"GET", HTTP_GET}, {"HEAD", HTTP_HEAD}, {"POST", HTTP_POST}, {"OPTIONS", HTTP_OPTIONS}};
    for (size_t i = 0; i < ZK_COUNT(table); i++)
        if (strcmp(name, table[i].name) == 0) return table[i].method;
    return HTTP_OTHER;
}

/* What the trusted header said last: proxies append to what their clients wrote, in the same line or in one behind. */
struct said {
    const char *header;
    char text[HTTP_CLIENT_MAX]; /* "": nothing that could be an address */
};

static enum MHD_Result take_said(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct said *s = ctx;
    (void)kind;
    if (strcasecmp(name, s->header) != 0) return MHD_YES;
    s->text[0] = '\0';
    if (value == NULL) return MHD_YES;
    size_t end = strlen(value);
    while (end > 0 && strchr(" \t", value[end - 1]) != NULL) end--;
    size_t at = end;
    while (at > 0 && strchr(" \t,", value[at - 1]) == NULL) at--;
    if (end - at < sizeof s->text) {
        memcpy(s->text, value + at, end - at);
        s->text[end - at] = '\0';
    }
    return MHD_YES;
}

static void client_of(struct http_exchange *x, const struct http_server *s, struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = info != NULL ? info->client_addr : NULL;
    char *out = x->client;
    out[0] = '\0';
    if (a != NULL && a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof in);
        inet_ntop(AF_INET, &in.sin_addr, out, HTTP_CLIENT_MAX);
    } else if (a != NULL && a->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, a, sizeof in6);
        inet_ntop(AF_INET6, &in6.sin6_addr, out, HTTP_CLIENT_MAX);
    }
    client_id_of_peer(&x->request.who, a);
    if (s->client_header == NULL) return;
    struct said said = {.header = s->client_header};
    MHD_get_connection_values(conn, MHD_HEADER_KIND, take_said, &said);
    if (said.text[0] != '\0' && client_id_parse(&x->request.who, said.text)) memcpy(out, said.text, sizeof said.text);
}

/* Headers are here: who is it, and may they. */
static void exchange_start(struct http_exchange *x, const char *method)
{
    struct http_server *s = x->server;
    x->started = true;
    x->request.method = method_of(method);
    client_of(x, s, x->connection);
    x->is_counted = s->client_header != NULL && clients_take(s->config.clients, &x->request.who, CLIENT_REQUESTS, 1);
    if ((s->client_header != NULL && !x->is_counted) || !rate_allows(s, &x->request.who)) {
        x->refuse = MHD_HTTP_TOO_MANY_REQUESTS;
        return;
    }
    const char *length = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (length == NULL) return;
    errno = 0;
    unsigned long long len = strtoull(length, NULL, 10);
    if (errno != 0 || len > s->config.limits.body) {
        x->refuse = MHD_HTTP_CONTENT_TOO_LARGE;
    } else {
        x->body_want = (size_t)len;
    }
}

static const char *refusal_text(int status)
{
    switch (status) {
    case MHD_HTTP_CONTENT_TOO_LARGE: return "The request is too large\n";
    case MHD_HTTP_TOO_MANY_REQUESTS: return "Too many requests\n";
    default: return "Out of memory for requests, try again later\n";
    }
}

static enum MHD_Result answer(struct http_exchange *x)
{
    /* A websocket has limits of its own: no time-out of an answer may end it. */
    enter(x->tracked, x->status == MHD_HTTP_SWITCHING_PROTOCOLS ? PHASE_UPGRADED : PHASE_WRITE);
    return MHD_queue_response(x->connection, (unsigned)x->status, x->response);
}

static void refuse(struct http_exchange *x)
{
    struct http_server *s = x->server;
    atomic_fetch_add(x->refuse == MHD_HTTP_TOO_MANY_REQUESTS ? &s->n_refused_rate : &s->n_refused_body, 1);
    http_reply_text(x, x->refuse, "text/plain; charset=utf-8", refusal_text(x->refuse));
}

static void handle(struct http_exchange *x)
{
    struct http_server *s = x->server;
    atomic_fetch_add(&s->n_requests, 1);
    if (x->body != NULL) {
        x->body[x->request.body_len] = '\0';
        x->request.body = x->body;
    }
    if (s->config.cors && x->request.method == HTTP_OPTIONS) {
        http_reply(x, &(struct http_response){.status = MHD_HTTP_OK});
        return;
    }
    s->config.handler(s->config.ctx, &x->request, x);
}

static void waiting_add(struct http_server *s, int by)
{
    pthread_mutex_lock(&s->lock);
    s->waiting = (unsigned)((int)s->waiting + by);
    if (s->waiting == 0) pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static enum MHD_Result run(struct http_exchange *x)
{
    enter(x->tracked, PHASE_WORK);
    if (x->refuse != 0) {
        refuse(x);
    } else {
        handle(x);
    }
    if (atomic_load(&x->state) == X_REPLIED) return answer(x);

    waiting_add(x->server, 1);
    MHD_suspend_connection(x->connection);
    int was = X_RUNNING;
    if (!atomic_compare_exchange_strong(&x->state, &was, X_WAITING)) {
        waiting_add(x->server, -1);
        MHD_resume_connection(x->connection);
    }
    return MHD_YES;
}

static enum MHD_Result on_access(void *ctx, struct MHD_Connection *conn, const char *url, const char *method,
                                 const char *version, const char *data, size_t *len, void **exchange)
{
    struct http_exchange *x = *exchange;
    (void)ctx, (void)conn, (void)url, (void)version;
    if (x == NULL) return MHD_NO; /* no memory for it */
    if (!x->started) {
        exchange_start(x, method);
        if (x->refuse == 0) return MHD_YES;
        return run(x); /* before the body: libmicrohttpd closes the connection behind the answer */
    }
    if (*len > 0) {
        body_append(x, data, *len);
        *len = 0;
        return MHD_YES;
    }
    if (atomic_load(&x->state) == X_REPLIED) return answer(x);
    return run(x);
}

static void on_completed(void *ctx, struct MHD_Connection *conn, void **exchange, enum MHD_RequestTerminationCode why)
{
    struct http_exchange *x = *exchange;
    (void)ctx, (void)conn, (void)why;
    if (x == NULL) return;
    if (x->tracked != NULL && atomic_load(&x->tracked->phase) != PHASE_UPGRADED) enter(x->tracked, PHASE_READ);
    *exchange = NULL;
    exchange_free(x);
}

/* ---- replies */

const char *http_header(const struct http_exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

bool http_takes_gzip(const struct http_exchange *x)
{
    const char *accepts = http_header(x, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    const char *gzip = accepts != NULL ? strstr(accepts, "gzip") : NULL;
    if (gzip == NULL) return false;
    gzip += 4;
    gzip += strspn(gzip, " \t");
    if (*gzip != ';') return true;
    gzip += 1 + strspn(gzip + 1, " \t");
    return strncmp(gzip, "q=0", 3) != 0 || strspn(gzip + 3, ".0") != strcspn(gzip + 3, ", \t");
}

char *http_gzip(size_t *out_len, const void *data, size_t len, int level)
{
    z_stream z = {0};
    if (len > UINT32_MAX / 2 || deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    size_t cap = deflateBound(&z, len);
    char *out = malloc(cap);
    bool ok = out != NULL;
    if (ok) {
        z.next_in = (Bytef *)(uintptr_t)data;
        z.avail_in = (uInt)len;
        z.next_out = (Bytef *)out;
        z.avail_out = (uInt)cap;
        ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
        *out_len = z.total_out;
    }
    deflateEnd(&z);
    if (!ok) {
        free(out);
        out = NULL;
    }
    return out;
}

static void add_cors(struct http_exchange *x)
{
    const char *origin = x->started ? http_header(x, MHD_HTTP_HEADER_ORIGIN) : NULL;
    MHD_add_response_header(x->response, "Access-Control-Allow-Origin", origin != NULL ? origin : "*");
    if (origin != NULL) MHD_add_response_header(x->response, "Vary", "Origin");
    if (x->request.method != HTTP_OPTIONS) return;
    const char *asked = http_header(x, "Access-Control-Request-Headers");
    MHD_add_response_header(x->response, "Access-Control-Allow-Headers", asked != NULL ? asked : "content-type");
    MHD_add_response_header(x->response, "Access-Control-Allow-Methods", "GET, POST, HEAD, OPTIONS");
    MHD_add_response_header(x->response, "Access-Control-Max-Age", "3600");
}

static void add_fields(struct http_exchange *x, const struct http_response *r)
{
    if (r->type != NULL) MHD_add_response_header(x->response, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
    for (size_t i = 0; i < HTTP_FIELDS_MAX && r->fields[i].name != NULL; i++)
        MHD_add_response_header(x->response, r->fields[i].name, r->fields[i].value);
    if (x->server->config.cors) add_cors(x);
}

/* A body that waits to be taken; it is its client's until then. */
struct held_body {
    struct clients *clients;
    client_id who;
    char *bytes;
    size_t len;
};

static void held_body_free(void *ctx)
{
    struct held_body *h = ctx;
    clients_give(h->clients, &h->who, CLIENT_ANSWERS, h->len);
    free(h->bytes);
    free(h);
}

/* Takes body. NULL: no memory, or the client leaves too many answers untaken. */
static struct MHD_Response *response_of(struct http_exchange *x, char *body, size_t len)
{
    static char empty[1];
    if (body == NULL || len == 0) {
        free(body);
        return MHD_create_response_from_buffer(0, empty, MHD_RESPMEM_PERSISTENT);
    }
    struct held_body *h = malloc(sizeof *h);
    if (h == NULL || !clients_take(x->server->config.clients, &x->request.who, CLIENT_ANSWERS, len)) {
        free(h);
        free(body);
        return NULL;
    }
    *h = (struct held_body){x->server->config.clients, x->request.who, body, len};
    struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback_cls(len, body, held_body_free, h);
    if (r == NULL) held_body_free(h);
    return r;
}

/* The reply is complete: hand it to the worker. */
static void deliver(struct http_exchange *x)
{
    struct http_server *s = x->server;
    struct MHD_Connection *conn = x->connection;
    /* Once the state says so, the worker may free x. */
    int was = atomic_exchange(&x->state, X_REPLIED);
    assert(was != X_REPLIED);
    if (was != X_WAITING) return;
    MHD_resume_connection(conn);
    waiting_add(s, -1);
}

void http_reply(struct http_exchange *x, const struct http_response *r)
{
    char *body = r->body;
    size_t len = r->len;
    bool packed = r->packed;
    if (!packed && body != NULL && len >= GZIP_FROM && http_takes_gzip(x)) {
        size_t small;
        char *zipped = http_gzip(&small, body, len, GZIP_LEVEL);
        if (zipped != NULL) {
            free(body);
            body = zipped;
            len = small;
            packed = true;
        }
    }
    x->status = r->status;
    x->response = response_of(x, body, len);
    if (x->response == NULL) {
        packed = false;
        x->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        x->response = response_of(x, NULL, 0);
    }
    if (x->response != NULL) { /* without memory even for that, queueing fails and the connection is closed */
        if (packed) MHD_add_response_header(x->response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
        add_fields(x, r);
    }
    deliver(x);
}

void http_reply_text(struct http_exchange *x, int status, const char *type, const char *text)
{
    http_reply(x, &(struct http_response){.status = status, .type = type, .body = strdup(text), .len = strlen(text)});
}

/* ---- streams */

#define STREAM_PIECE (16 * 1024)

struct http_stream {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct connection *tracked;
    struct http_source source;
    void *ctx;
    pthread_mutex_t lock;
    bool suspended, woken;
};

static ssize_t stream_read(void *ctx, uint64_t at, char *buf, size_t cap)
{
    struct http_stream *s = ctx;
    (void)at;
    for (;;) {
        long n = s->source.read(s->ctx, buf, cap);
        if (n > 0) {
            enter(s->tracked, PHASE_WRITE);
            return n;
        }
        if (n == HTTP_SOURCE_FAILED) return MHD_CONTENT_READER_END_WITH_ERROR;
        if (n < 0) return MHD_CONTENT_READER_END_OF_STREAM;
        pthread_mutex_lock(&s->lock);
        bool again = s->woken;
        s->woken = false;
        if (!again) {
            s->suspended = true;
            enter(s->tracked, PHASE_WORK);
            MHD_suspend_connection(s->connection);
        }
        pthread_mutex_unlock(&s->lock);
        if (!again) return 0;
    }
}

void http_stream_wake(struct http_stream *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->suspended) {
        s->suspended = false;
        MHD_resume_connection(s->connection);
    } else {
        s->woken = true;
    }
    pthread_mutex_unlock(&s->lock);
}

static void streams_add(struct http_server *s, int by)
{
    pthread_mutex_lock(&s->lock);
    s->streams = (unsigned)((int)s->streams + by);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void stream_free(void *ctx)
{
    struct http_stream *s = ctx;
    s->source.close(s->ctx);
    streams_add(s->server, -1);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void http_reply_stream(struct http_exchange *x, const struct http_response *r, const struct http_source *source,
                       void *ctx, struct http_stream **stream)
{
    struct http_stream *s = calloc(1, sizeof *s);
    if (s != NULL) {
        *s = (struct http_stream){
            .server = x->server, .connection = x->connection, .tracked = x->tracked, .source = *source, .ctx = ctx};
        pthread_mutex_init(&s->lock, NULL);
        x->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_PIECE, stream_read, s, stream_free);
    }
    if (x->response == NULL) {
        free(s);
        source->close(ctx);
        http_reply(x, &(struct http_response){.status = MHD_HTTP_SERVICE_UNAVAILABLE});
        return;
    }
    streams_add(x->server, 1);
    if (stream != NULL) *stream = s;
    x->status = r->status;
    add_fields(x, r);
    deliver(x);
}

/* ---- WebSocket handshakes */

struct upgraded {
    struct ws_server *ws;
    client_id who;
    int kind;
};

static void release_upgraded(void *handle)
{
    MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

static void on_upgraded(void *ctx, struct MHD_Connection *conn, void *req_ctx, const char *early, size_t early_len,
                        MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
    struct upgraded *u = ctx;
    (void)conn, (void)req_ctx;
    if (!ws_adopt(u->ws, &u->who, fd, u->kind, early, early_len, release_upgraded, handle)) release_upgraded(handle);
    free(u);
}

/* True if a comma-separated header has the token. */
static bool header_has(const struct http_exchange *x, const char *name, const char *token)
{
    const char *v = http_header(x, name);
    size_t n = strlen(token);
    while (v != NULL && *v != '\0') {
        v += strspn(v, " \t,");
        size_t len = strcspn(v, " \t,");
        if (len == n && strncasecmp(v, token, n) == 0) return true;
        v += len;
    }
    return false;
}

void http_reply_websocket(struct http_exchange *x, struct ws_server *ws, int kind)
{
    const char *version = http_header(x, "Sec-WebSocket-Version");
    const char *key = http_header(x, "Sec-WebSocket-Key");
    char accept[29];
    if (x->request.method != HTTP_GET || !header_has(x, "Upgrade", "websocket") ||
        !header_has(x, "Connection", "upgrade")) {
        http_reply(x, &(struct http_response){.status = MHD_HTTP_UPGRADE_REQUIRED,
                                              .type = "text/plain; charset=utf-8",
                                              .body = strdup("This is a WebSocket\n"),
                                              .len = strlen("This is a WebSocket\n"),
                                              .fields = {{"Upgrade", "websocket"}, {NULL, NULL}}});
        return;
    }
    if (version == NULL || strcmp(version, "13") != 0) {
        http_reply(x, &(struct http_response){.status = MHD_HTTP_UPGRADE_REQUIRED,
                                              .fields = {{"Sec-WebSocket-Version", "13"}, {NULL, NULL}}});
        return;
    }
    if (key == NULL || !ws_accept_key(accept, key)) {
        http_reply_text(x, MHD_HTTP_BAD_REQUEST, "text/plain; charset=utf-8", "Sec-WebSocket-Key is malformed\n");
        return;
    }
    struct upgraded *u = malloc(sizeof *u);
    if (u != NULL) {
        *u = (struct upgraded){ws, x->request.who, kind};
        x->response = MHD_create_response_for_upgrade(on_upgraded, u);
    }
    if (x->response == NULL) {
        free(u);
        http_reply(x, &(struct http_response){.status = MHD_HTTP_SERVICE_UNAVAILABLE});
        return;
    }
    x->status = MHD_HTTP_SWITCHING_PROTOCOLS;
    MHD_add_response_header(x->response, "Upgrade", "websocket");
    MHD_add_response_header(x->response, "Sec-WebSocket-Accept", accept);
    deliver(x);
}

/* ---- start and stop */

static zk_err resolve(struct sockaddr_storage *out, const char *host, uint16_t port)
{
    memset(out, 0, sizeof *out);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
        memcpy(out, &in, sizeof in);
    } else if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1) {
        memcpy(out, &in6, sizeof in6);
    } else {
        return zk_fail(ZK_ERR_RANGE, "\"%s\" is no IP address to listen on", host);
    }
    return ZK_OK;
}

/* URLs stay as they were sent: routes decode what they need, once. */
static size_t keep_escapes(void *ctx, struct MHD_Connection *conn, char *s)
{
    (void)ctx, (void)conn;
    return strlen(s);
}

static zk_err start_daemon(struct http_server *s)
{
    const struct http_config *c = &s->config;
    struct sockaddr_storage address;
    ZK_TRY(resolve(&address, c->host, c->port));
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE;
    if (address.ss_family == AF_INET6) flags |= MHD_USE_IPv6;
    unsigned connections = c->limits.connections > c->threads ? c->limits.connections : c->threads; /* shared out */
    errno = 0;
    s->daemon = MHD_start_daemon(
        flags, c->port, NULL, NULL, on_access, s, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_URI_LOG_CALLBACK, uri_seen, s,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, s->client_header == NULL ? c->limits.connections_per_ip : 0,
        MHD_OPTION_CONNECTION_TIMEOUT, c->limits.idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_LISTEN_BACKLOG_SIZE, 511u,
        c->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, c->threads, MHD_OPTION_END);
    if (s->daemon == NULL)
        return zk_fail(ZK_ERR_IO, "cannot listen on %s port %u: %s", c->host, c->port,
                       errno != 0 ? strerror(errno) : "no resources");
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
    s->port = info != NULL && info->port != 0 ? info->port : c->port;
    return ZK_OK;
}

static void server_free(struct http_server *s)
{
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->bucket_lock);
    pthread_cond_destroy(&s->changed);
    free(s->host);
    free(s->client_header);
    free(s);
}

zk_err http_server_start(struct http_server **out, const struct http_config *config)
{
    assert(config->threads >= 1 && config->threads <= 64);
    *out = NULL;
    struct http_server *s = calloc(1, sizeof *s);
    if (s == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for an HTTP server");
    s->config = *config;
    s->host = strdup(config->host);
    s->config.host = s->host;
    if (config->client_header != NULL && config->client_header[0] != '\0')
        s->client_header = strdup(config->client_header);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->bucket_lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (getrandom(&s->bucket_seed, sizeof s->bucket_seed, 0) != (ssize_t)sizeof s->bucket_seed)
        s->bucket_seed = (uint64_t)now_ms();
    /* Buckets begin full. */
    int64_t long_ago = now_ms() - (int64_t)(BURST_S * 1000);
    for (size_t i = 0; i < BUCKETS; i++) s->buckets[i].at_ms = long_ago;

    zk_err err = s->host == NULL ? zk_fail(ZK_ERR_MEMORY, "no memory for an HTTP server") : start_daemon(s);
    if (err == ZK_OK && pthread_create(&s->reaper, NULL, reaper_main, s) != 0) {
        MHD_stop_daemon(s->daemon);
        err = zk_fail(ZK_ERR_MEMORY, "no memory for a thread");
    }
    if (err != ZK_OK) {
        server_free(s);
        return err;
    }
    *out = s;
    return ZK_OK;
}

void http_server_stop(struct http_server *s)
{
    if (s == NULL) return;
    MHD_socket listener = MHD_quiesce_daemon(s->daemon);
    pthread_mutex_lock(&s->lock);
    while (s->waiting > 0) pthread_cond_wait(&s->changed, &s->lock);
    for (int tenths = 0; s->streams > 0; tenths++) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 100000000;
        if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
        pthread_cond_timedwait(&s->changed, &s->lock, &until);
        if (tenths < 10) continue; /* those who do not take the rest in a second */
        for (struct connection *c = s->connections; c != NULL; c = c->next) shutdown(c->fd, SHUT_RDWR);
    }
    s->stopping = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->reaper, NULL);
    MHD_stop_daemon(s->daemon);
    if (listener != MHD_INVALID_SOCKET) close(listener);
    server_free(s);
}

uint16_t http_server_port(const struct http_server *s)
{
    return s->port;
}

void http_server_stats(struct http_stats *out, struct http_server *s)
{
    *out = (struct http_stats){
        .connections = atomic_load(&s->n_connections),
        .open = atomic_load(&s->n_open),
        .requests = atomic_load(&s->n_requests),
        .refused_body = atomic_load(&s->n_refused_body),
        .refused_rate = atomic_load(&s->n_refused_rate),
        .dropped_read = atomic_load(&s->n_dropped_read),
        .dropped_write = atomic_load(&s->n_dropped_write),
    };
}
