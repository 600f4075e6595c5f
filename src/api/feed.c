#include "api/feed.h"

#include "api/api_internal.h"
#include "api/explorer.h"
#include "node/events.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES       3601 /* a second apart: an hour */
#define LOOK_MS       50
#define BLOCKS_A_TIME 50 /* events of one look; more would be an avalanche after an outage */

struct text {
    char *bytes;
    size_t len;
};

struct stream {
    struct stream *next;
    struct feed *feed;
    client_id who;
    struct http_stream *http;
    uint64_t at; /* number of the next text */
    size_t offset;
    char *greeting; /* owned: what it gets first */
    size_t greeting_len;
};

struct sample {
    int64_t at_ms;
    uint64_t ops;
};

struct feed {
    struct api *api;
    pthread_t thread;
    bool started;
    _Atomic unsigned n_streams; /* read without the lock */
    pthread_mutex_t lock;       /* all below */
    bool stopping;
    struct stream *streams;
    struct text ring[FEED_RING];
    uint64_t head; /* number of the next text that comes */
    struct sample samples[SAMPLES];
    size_t n_samples; /* ever */

    /* the thread's own */
    bool known;
    struct store_heads seen;
    uint64_t token;
    bool overview_due;
    int64_t overview_at, sampled_at, pulse_at;
};

/* ---- the ring */

/* Takes bytes. */
static void publish(struct feed *f, char *bytes, size_t len)
{
    pthread_mutex_lock(&f->lock);
    struct text *t = &f->ring[f->head % FEED_RING];
    free(t->bytes);
    *t = (struct text){bytes, len};
    f->head++;
    for (struct stream *s = f->streams; s != NULL; s = s->next) http_stream_wake(s->http);
    pthread_mutex_unlock(&f->lock);
}

/* "event: NAME\ndata: JSON\n\n"; takes o. JSON has no raw newlines. */
static char *event_text(size_t *len, const char *name, struct json_object *o)
{
    size_t json_len;
    char *json = json_take_text(&json_len, o);
    size_t cap = json_len + strlen(name) + 32;
    char *text = malloc(cap);
    if (text == NULL) abort();
    *len = (size_t)snprintf(text, cap, "event: %s\ndata: %s\n\n", name, json);
    free(json);
    return text;
}

static void publish_event(struct feed *f, const char *name, struct json_object *o)
{
    size_t len;
    char *text = event_text(&len, name, o);
    publish(f, text, len);
}

/* ---- streams */

static long stream_read(void *ctx, char *buf, size_t cap)
{
    struct stream *s = ctx;
    struct feed *f = s->feed;
    long n = 0;
    pthread_mutex_lock(&f->lock);
    if (s->greeting != NULL) {
        size_t left = s->greeting_len - s->offset;
        size_t take = left < cap ? left : cap;
        memcpy(buf, s->greeting + s->offset, take);
        s->offset += take;
        if (s->offset == s->greeting_len) {
            free(s->greeting);
            s->greeting = NULL;
            s->offset = 0;
        }
        n = (long)take;
    } else if (f->stopping) {
        n = -1;
    } else {
        if (f->head - s->at > FEED_RING) { /* too slow: on with the newest */
            s->at = f->head - 1;
            s->offset = 0;
        }
        if (s->at < f->head) {
            const struct text *t = &f->ring[s->at % FEED_RING];
            size_t left = t->len - s->offset;
            size_t take = left < cap ? left : cap;
            memcpy(buf, t->bytes + s->offset, take);
            s->offset += take;
            if (s->offset == t->len) {
                s->at++;
                s->offset = 0;
            }
            n = (long)take;
        }
    }
    pthread_mutex_unlock(&f->lock);
    return n;
}

static void stream_close(void *ctx)
{
    struct stream *s = ctx;
    struct feed *f = s->feed;
    pthread_mutex_lock(&f->lock);
    for (struct stream **at = &f->streams; *at != NULL; at = &(*at)->next) {
        if (*at != s) continue;
        *at = s->next;
        f->n_streams--;
        break;
    }
    pthread_mutex_unlock(&f->lock);
    clients_give(f->api->clients, &s->who, CLIENT_STREAMS, 1);
    free(s->greeting);
    free(s);
}

/* The reply is made before the lock is taken, for without memory it closes the stream. Nobody reads while the handler
 * runs. */
void feed_open(struct feed *f, const struct http_request *r, struct http_exchange *x)
{
    static const struct http_source source = {stream_read, stream_close};
    struct api_error e;
    struct http_stream *http = NULL;
    bool room = clients_take(f->api->clients, &r->who, CLIENT_STREAMS, 1);
    struct api_worker *w = room ? worker_begin(f->api, &e) : NULL;
    struct json_object *overview = w != NULL ? json_overview(w, f, &e) : NULL;
    struct stream *s = overview != NULL ? calloc(1, sizeof *s) : NULL;
    if (s == NULL) {
        if (room) clients_give(f->api->clients, &r->who, CLIENT_STREAMS, 1);
        json_object_put(overview);
        http_reply_text(x, 503, "application/json", "{\"error\":\"too many listen already, try again later\"}");
        return;
    }
    s->feed = f;
    s->who = r->who;
    s->greeting = event_text(&s->greeting_len, "overview", overview);
    http_reply_stream(
        x,
        &(struct http_response){.status = 200,
                                .type = "text/event-stream",
                                .fields = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}, {NULL, NULL}}},
        &source, s, &http);
    if (http == NULL) return;
    pthread_mutex_lock(&f->lock);
    s->http = http;
    s->at = f->head;
    s->next = f->streams;
    f->streams = s;
    f->n_streams++;
    pthread_mutex_unlock(&f->lock);
}

/* ---- what happened */

static void sample(struct feed *f, int64_t now, uint64_t ops)
{
    pthread_mutex_lock(&f->lock);
    f->samples[f->n_samples % SAMPLES] = (struct sample){now, ops};
    f->n_samples++;
    pthread_mutex_unlock(&f->lock);
}

static double rate_over(const struct feed *f, size_t seconds)
{
    if (f->n_samples < 2) return 0;
    size_t back = f->n_samples - 1 < seconds ? f->n_samples - 1 : seconds;
    const struct sample *new = &f->samples[(f->n_samples - 1) % SAMPLES];
    const struct sample *old = &f->samples[(f->n_samples - 1 - back) % SAMPLES];
    if (new->at_ms <= old->at_ms || new->ops < old->ops) return 0; /* blocks were unwound */
    return (double)(new->ops - old->ops) * 1000.0 / (double)(new->at_ms - old->at_ms);
}

void feed_rates(struct feed_rates *out, const struct feed *f)
{
    struct feed *mine = (struct feed *)(uintptr_t)f; /* the lock is no part of what is const */
    pthread_mutex_lock(&mine->lock);
    out->ops_minute = rate_over(f, 60);
    out->ops_hour = rate_over(f, 3600);
    pthread_mutex_unlock(&mine->lock);
}

static void tell_block(struct feed *f, struct api_worker *w, uint32_t number)
{
    struct api_error e = {0};
    const struct store_block *b = worker_block(w, number, &e);
    struct json_object *o = b != NULL ? json_block_info(w, b, &e) : NULL;
    if (o != NULL) publish_event(f, "block", o);
}

static void tell_range(struct feed *f, struct api_worker *w, uint32_t after, uint32_t last)
{
    if (last > after && last - after > BLOCKS_A_TIME) after = last - BLOCKS_A_TIME;
    for (uint32_t n = after + 1; n <= last && n > after; n++) tell_block(f, w, n);
}

static void compare(struct feed *f, struct api_worker *w)
{
    const struct store_heads *old = &f->seen, *new = &w->heads;
    if (f->known && f->n_streams > 0) {
        tell_range(f, w, old->last_sealed, new->last_sealed);
        tell_range(f, w, old->last_committed, new->last_committed);
        if (new->last_proved != new->last_committed) tell_range(f, w, old->last_proved, new->last_proved);
        if (new->last_executed != new->last_committed) tell_range(f, w, old->last_executed, new->last_executed);
    }
    f->seen = *new;
    f->known = true;
    f->overview_due = true;
}

static void look(struct feed *f, int64_t now)
{
    struct api_error e;
    struct api_worker *w = worker_begin(f->api, &e);
    if (w == NULL) return;
    bool changed = !f->known || w->token != f->token;
    if (changed && worker_heads(w, &e)) {
        f->token = w->token;
        compare(f, w);
    }
    if (f->known && now - f->sampled_at >= 1000) {
        sample(f, now, f->seen.executed_ops);
        f->sampled_at = now;
    }
    if (f->n_streams > 0 && f->overview_due && now - f->overview_at >= 1000) {
        struct json_object *o = json_overview(w, f, &e);
        if (o != NULL) publish_event(f, "overview", o);
        f->overview_due = false;
        f->overview_at = now;
    }
    if (now - f->pulse_at >= FEED_PULSE_S * 1000) {
        char *text = strdup(":\n\n");
        if (text != NULL) publish(f, text, strlen(text));
        f->pulse_at = now;
    }
}

static void *feed_main(void *arg)
{
    struct feed *f = arg;
    struct events_seen seen = {0};
    struct timespec pause = {.tv_nsec = LOOK_MS * 1000000};
    for (;;) {
        pthread_mutex_lock(&f->lock);
        bool stop = f->stopping;
        pthread_mutex_unlock(&f->lock);
        if (stop) break;
        look(f, clock_ms());
        /* A running sequencer changes something all the time: looking more often would only cost. */
        nanosleep(&pause, NULL);
        if (f->api->config.events != NULL)
            (void)events_wait(f->api->config.events, &seen, EVENT_BIT(EVENT_CHANGE), 200);
    }
    worker_end(f->api);
    return NULL;
}

zk_err feed_start(struct feed **out, struct api *api)
{
    struct feed *f = calloc(1, sizeof *f);
    *out = f;
    if (f == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the events");
    f->api = api;
    pthread_mutex_init(&f->lock, NULL);
    f->pulse_at = clock_ms();
    if (pthread_create(&f->thread, NULL, feed_main, f) != 0) return zk_fail(ZK_ERR_MEMORY, "no memory for a thread");
    f->started = true;
    return ZK_OK;
}

void feed_stop(struct feed *f)
{
    if (f == NULL) return;
    pthread_mutex_lock(&f->lock);
    f->stopping = true;
    for (struct stream *s = f->streams; s != NULL; s = s->next) http_stream_wake(s->http);
    pthread_mutex_unlock(&f->lock);
    if (f->started) pthread_join(f->thread, NULL);
    f->started = false;
}

void feed_free(struct feed *f)
{
    if (f == NULL) return;
    for (size_t i = 0; i < FEED_RING; i++) free(f->ring[i].bytes);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
