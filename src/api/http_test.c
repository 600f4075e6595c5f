/* The HTTP and WebSocket server against clients that are right, wrong, slow and many. */
#include "api/http.h"

#include "api/client_test.h"
#include "api/worker.h"
#include "api/ws.h"

#include <pthread.h>
#include <stdatomic.h>
#include <zlib.h>

struct late {
    struct http_exchange *x;
    unsigned delay_us;
};

static void *late_main(void *arg)
{
    struct late *l = arg;
    usleep(l->delay_us);
    http_reply_text(l->x, 200, "text/plain", "late");
    free(l);
    return NULL;
}

static struct ws_server *ws;
static _Atomic int in_handler;

static void reply_later(struct http_exchange *x, unsigned delay_us)
{
    pthread_t t;
    struct late *l = malloc(sizeof *l);
    CHECK(l != NULL);
    *l = (struct late){x, delay_us};
    CHECK(pthread_create(&t, NULL, late_main, l) == 0);
    pthread_detach(t);
}

static void reply_big(struct http_exchange *x, size_t len)
{
    char *body = malloc(len);
    CHECK(body != NULL);
    for (size_t i = 0; i < len; i++) body[i] = "0123456789"[i % 10];
    http_reply(x, &(struct http_response){.status = 200, .type = "text/plain", .body = body, .len = len});
}

/* Says three bytes, and then that the rest is lost, or that this was all. */
struct short_source {
    bool said, fails;
};

static long short_read(void *ctx, char *buf, size_t cap)
{
    struct short_source *s = ctx;
    if (s->said) return s->fails ? HTTP_SOURCE_FAILED : -1;
    CHECK(cap >= 3);
    for (size_t i = 0; i < 3; i++) buf[i] = (char)('a' + i);
    s->said = true;
    return 3;
}

static void handler(void *ctx, const struct http_request *r, struct http_exchange *x)
{
    (void)ctx;
    atomic_fetch_add(&in_handler, 1);
    if (strcmp(r->path, "/late") == 0) {
        reply_later(x, (unsigned)strtoul(r->query, NULL, 10));
    } else if (strcmp(r->path, "/big") == 0) {
        reply_big(x, strtoul(r->query, NULL, 10));
    } else if (strcmp(r->path, "/stream") == 0) {
        static const struct http_source source = {short_read, free};
        struct short_source *short_one = calloc(1, sizeof *short_one);
        CHECK(short_one != NULL);
        short_one->fails = strcmp(r->query, "fails") == 0;
        http_reply_stream(x, &(struct http_response){.status = 200}, &source, short_one, NULL);
    } else if (strcmp(r->path, "/ws") == 0) {
        http_reply_websocket(x, ws, 7);
    } else {
        char text[512];
        (void)snprintf(text, sizeof text, "%d %s ?%s %zu %s", (int)r->method, r->path, r->query, r->body_len,
                       r->client);
        http_reply_text(x, 200, "text/plain", text);
    }
}

static const struct http_limits roomy = {.connections = 100, .idle_s = 10, .read_s = 10, .write_s = 10, .body = 100000};

/* Of all servers of a test; made by serve, with its limits. */
static struct clients_limits shared = {.all = {[CLIENT_BODIES] = 1000000}};
static struct clients *clients;

static struct http_server *serve_behind(const char *client_header, const struct http_limits *limits, unsigned threads,
                                        bool cors)
{
    struct http_server *s;
    CHECK_OK(clients_create(&clients, &shared));
    struct http_config c = {.host = "127.0.0.1",
                            .threads = threads,
                            .cors = cors,
                            .limits = *limits,
                            .clients = clients,
                            .handler = handler,
                            .client_header = client_header};
    CHECK_OK(http_server_start(&s, &c));
    CHECK(http_server_port(s) != 0);
    return s;
}

/* Behind a proxy. */
static struct http_server *serve(const struct http_limits *limits, unsigned threads, bool cors)
{
    return serve_behind("X-Client", limits, threads, cors);
}

/* Nothing is held when nobody is there. */
static void close_accounts(void)
{
    for (int i = 0; i < CLIENT_THINGS; i++) CHECK_EQ_U64(0, clients_held(clients, (client_thing)i));
    clients_destroy(clients);
}

static void stop(struct http_server *s)
{
    http_server_stop(s);
    close_accounts();
}

static void expect(int fd, int status, const char *body)
{
    struct client_answer a;
    CHECK(client_read(fd, &a));
    CHECK_EQ_U64((uint64_t)status, (uint64_t)a.status);
    if (body != NULL) CHECK_EQ_STR(body, a.body);
    client_answer_free(&a);
}

static void test_http__keeps_connections_and_order(struct prng *rng)
{
    (void)rng;
    struct http_server *s = serve(&roomy, 2, false);
    int fd = client_connect(http_server_port(s));
    for (int i = 0; i < 20; i++) {
        CHECK(client_say(fd, "POST /a%20b?x=%2f HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345"));
        expect(fd, 200, "2 /a%20b ?x=%2f 5 127.0.0.1");
    }
    /* Pipelined, the first answered late. */
    CHECK(client_say(fd, "GET /late?50000 HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\n\r\n"));
    expect(fd, 200, "late");
    expect(fd, 200, "0 /two ? 0 127.0.0.1");
    CHECK(client_say(fd, "GET / HTTP/1.1\r\nHost: x\r\nX-Client: 10.9.9.9, 10.1.2.3\r\n\r\n"));
    expect(fd, 200, "0 / ? 0 10.1.2.3");
    /* A chunked body in pieces. */
    CHECK(client_say(fd, "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
    usleep(20000);
    CHECK(client_say(fd, "4\r\ndefg\r\n0\r\n\r\n"));
    expect(fd, 200, "2 /c ? 7 127.0.0.1");
    CHECK(client_say(fd, "HEAD /h HTTP/1.1\r\nHost: x\r\n\r\nBREW / HTTP/1.1\r\nHost: x\r\n\r\n"));
    struct client_answer a;
    memset(&a, 0, sizeof a);
    char head[1024];
    size_t n = 0;
    while (n < sizeof head - 1 && (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4) != 0)) {
        CHECK(recv(fd, head + n, 1, 0) == 1);
        n++;
    }
    expect(fd, 200, "4 / ? 0 127.0.0.1"); /* no body came behind HEAD's */
    close(fd);
    stop(s);
}

static void test_http__answers_late_from_other_threads(struct prng *rng)
{
    enum { N = 40 };
    int fds[N];
    struct http_server *s = serve(&roomy, 2, false);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < N; i++) {
            char text[128];
            if (round == 0) fds[i] = client_connect(http_server_port(s));
            (void)snprintf(text, sizeof text, "GET /late?%u HTTP/1.1\r\nHost: x\r\n\r\n",
                           (unsigned)(prng_u64(rng) % 3000 * (prng_u64(rng) % 2)));
            CHECK(client_say(fds[i], text));
        }
        for (int i = 0; i < N; i++) expect(fds[i], 200, "late");
    }
    /* A client that leaves before its answer, and a server that stops before it. */
    CHECK(client_say(fds[0], "GET /late?100000 HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(client_say(fds[1], "GET /late?100000 HTTP/1.1\r\nHost: x\r\n\r\n"));
    usleep(20000);
    close(fds[0]);
    stop(s);
    for (int i = 1; i < N; i++) close(fds[i]);
}

static void test_http__bounds_bodies(struct prng *rng)
{
    (void)rng;
    struct http_limits l = roomy;
    l.body = 5000;
    struct http_server *s = serve(&l, 1, false);
    int before = atomic_load(&in_handler);
    int fd = client_connect(http_server_port(s));
    CHECK(client_say(fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5001\r\n\r\n"));
    expect(fd, 413, NULL);
    close(fd);
    fd = client_connect(http_server_port(s));
    CHECK(client_say(fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"));
    struct client_answer a;
    if (client_read(fd, &a)) CHECK(a.status == 413 || a.status == 400);
    client_answer_free(&a);
    close(fd);
    /* Chunked: the size shows late. */
    fd = client_connect(http_server_port(s));
    CHECK(client_say(fd, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
    char chunk[1100];
    int n = snprintf(chunk, sizeof chunk, "3e8\r\n%01000d\r\n", 0);
    for (int i = 0; i < 6; i++) CHECK(client_send(fd, chunk, (size_t)n));
    CHECK(client_say(fd, "0\r\n\r\n"));
    expect(fd, 413, NULL);
    close(fd);
    CHECK_EQ_U64((uint64_t)before, (uint64_t)atomic_load(&in_handler));

    struct http_stats stats;
    http_server_stats(&stats, s);
    CHECK(stats.refused_body >= 2);
    stop(s);
}

static int post_from(struct http_server *s, const char *client, const char *rest)
{
    char head[256];
    int fd = client_connect(http_server_port(s));
    (void)snprintf(head, sizeof head, "POST / HTTP/1.1\r\nHost: x\r\nX-Client: %s\r\n%s", client, rest);
    CHECK(client_say(fd, head));
    return fd;
}

/* Until the clients hold at least so much; 0: nothing. */
static void wait_for(client_thing thing, size_t held)
{
    size_t is = 0;
    for (int i = 0; i < 500; i++) {
        is = clients_held(clients, thing);
        if (held == 0 ? is == 0 : is >= held) return;
        usleep(10000);
    }
    CHECK_EQ_U64(held, is);
}

static void test_http__charges_bodies_as_they_come(struct prng *rng)
{
    (void)rng;
    char body[5000];
    memset(body, 'y', sizeof body);
    shared.all[CLIENT_BODIES] = 20000;
    shared.one[CLIENT_BODIES] = 8000;
    struct http_server *s = serve(&roomy, 1, false);
    /* Many promise much and send nothing: it costs them and others nothing. */
    int idle[30];
    for (int i = 0; i < 30; i++) idle[i] = post_from(s, "10.0.0.1", "Content-Length: 20000\r\n\r\n");
    int fd = post_from(s, "10.0.0.1", "Content-Length: 5000\r\n\r\n");
    CHECK(client_send(fd, body, 5000));
    expect(fd, 200, "2 / ? 5000 10.0.0.1");
    close(fd);
    /* Two bodies of one client that fit each, but not together: the second is refused; another client's is not. */
    int one = post_from(s, "10.0.0.1", "Content-Length: 5000\r\n\r\n");
    CHECK(client_send(one, body, 4999));
    wait_for(CLIENT_BODIES, 4999);
    int two = post_from(s, "10.0.0.1", "Content-Length: 5000\r\n\r\n");
    CHECK(client_send(two, body, 5000));
    expect(two, 503, NULL);
    int other = post_from(s, "10.0.0.2", "Content-Length: 5000\r\n\r\n");
    CHECK(client_send(other, body, 4999));
    wait_for(CLIENT_BODIES, 2 * 4999);
    CHECK(client_say(one, "y") && client_say(other, "y"));
    expect(one, 200, "2 / ? 5000 10.0.0.1");
    expect(other, 200, "2 / ? 5000 10.0.0.2");
    close(one);
    close(two);
    close(other);
    for (int i = 0; i < 30; i++) close(idle[i]);
    wait_for(CLIENT_BODIES, 0);
    stop(s);
    shared.all[CLIENT_BODIES] = 1000000;
    shared.one[CLIENT_BODIES] = 0;
}

static void test_http__believes_the_last_proxy_only(struct prng *rng)
{
    static const struct {
        const char *headers, *client;
    } cases[] = {{"", "127.0.0.1"},
                 {"X-Client: 10.0.0.1\r\n", "10.0.0.1"},
                 {"X-Client: 10.0.0.1,10.0.0.2\r\n", "10.0.0.2"},
                 {"X-Client: 10.0.0.1 ,  2001:db8::2 \t\r\n", "2001:db8::2"},
                 {"X-Client: 10.0.0.1\r\nX-CLIENT: 10.0.0.2\r\n", "10.0.0.2"},
                 {"X-Client: 10.0.0.1, unknown\r\n", "127.0.0.1"},
                 {"X-Client: 10.0.0.1,\r\n", "127.0.0.1"},
                 {"X-Client:\r\n", "127.0.0.1"},
                 {"X-Clients: 10.0.0.1\r\n", "127.0.0.1"},
                 {"X-Client: 1000000000000000000000000000000000000000000000000000.0.0.1\r\n", "127.0.0.1"}};
    (void)rng;
    struct http_server *s = serve(&roomy, 1, false);
    for (size_t i = 0; i < ZK_COUNT(cases); i++) {
        char want[80];
        struct client_answer a;
        int fd = client_connect(http_server_port(s));
        client_request(fd, &a, "GET", "/", cases[i].headers, NULL);
        (void)snprintf(want, sizeof want, "0 / ? 0 %s", cases[i].client);
        CHECK_EQ_STR(want, a.body);
        client_answer_free(&a);
        close(fd);
    }
    stop(s);
}

static void test_http__counts_answers_that_are_not_taken(struct prng *rng)
{
    (void)rng;
    shared.one[CLIENT_ANSWERS] = 30000000;
    struct http_server *s = serve(&roomy, 1, false);
    int deaf[2];
    char ask[100] = "GET /big?20000000 HTTP/1.1\r\nHost: x\r\nX-Client: 10.0.0.1\r\n\r\n";
    for (int i = 0; i < 2; i++) {
        int small = 4096;
        deaf[i] = client_connect(http_server_port(s));
        setsockopt(deaf[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        CHECK(client_say(deaf[i], ask));
        if (i == 0) wait_for(CLIENT_ANSWERS, 20000000);
    }
    expect(deaf[1], 503, NULL);
    int other = client_connect(http_server_port(s));
    ask[strlen(ask) - 5] = '2';
    CHECK(client_say(other, ask));
    expect(other, 200, NULL);
    close(other);
    for (int i = 0; i < 2; i++) close(deaf[i]);
    wait_for(CLIENT_ANSWERS, 0);
    stop(s);
    shared.one[CLIENT_ANSWERS] = 0;
}

/* Behind a proxy all connections are its own: there requests under way are counted instead. */
static void test_http__counts_requests_of_a_client(struct prng *rng)
{
    (void)rng;
    shared.one[CLIENT_REQUESTS] = 3;
    struct http_server *s = serve(&roomy, 1, false);
    int fds[3];
    for (int i = 0; i < 3; i++) fds[i] = post_from(s, "2001:db8::1", "Content-Length: 1\r\n\r\n");
    wait_for(CLIENT_REQUESTS, 3);
    int fd = post_from(s, "2001:db8::ffff", "Content-Length: 1\r\n\r\n"); /* the same network */
    expect(fd, 429, NULL);
    close(fd);
    fd = post_from(s, "2001:db8:0:1::1", "Content-Length: 1\r\n\r\nx");
    expect(fd, 200, NULL);
    close(fd);
    for (int i = 0; i < 3; i++) {
        CHECK(client_say(fds[i], "x"));
        expect(fds[i], 200, NULL);
        close(fds[i]);
    }
    wait_for(CLIENT_REQUESTS, 0);
    stop(s);
    shared.one[CLIENT_REQUESTS] = 0;
}

static void test_http__refuses_what_is_no_request(struct prng *rng)
{
    (void)rng;
    static const char *const wrong[] = {
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", /* TLS */
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    };
    struct http_limits l = roomy;
    l.idle_s = 1; /* some of it might still become a request */
    struct http_server *s = serve(&l, 1, false);
    for (size_t i = 0; i < ZK_COUNT(wrong); i++) {
        int fd = client_connect(http_server_port(s));
        CHECK(client_say(fd, wrong[i]));
        shutdown(fd, SHUT_WR);
        struct client_answer a;
        if (client_read(fd, &a)) CHECK_MSG(a.status >= 400 && a.status < 600, "request %zu: %d", i, a.status);
        client_answer_free(&a);
        close(fd);
    }
    /* Headers beyond all measure. */
    int fd = client_connect(http_server_port(s));
    CHECK(client_say(fd, "GET / HTTP/1.1\r\nHost: x\r\n"));
    char line[1024];
    (void)snprintf(line, sizeof line, "A: %01000d\r\n", 0);
    for (int i = 0; i < 100 && client_say(fd, line); i++) continue;
    struct client_answer a;
    if (client_read(fd, &a)) CHECK_EQ_U64(431, (uint64_t)a.status);
    client_answer_free(&a);
    close(fd);
    fd = client_connect(http_server_port(s));
    CHECK(client_say(fd, "GET /well HTTP/1.1\r\nHost: x\r\n\r\n"));
    expect(fd, 200, "0 /well ? 0 127.0.0.1");
    close(fd);
    stop(s);
}

static void test_http__packs_for_those_who_take_it(struct prng *rng)
{
    (void)rng;
    struct http_server *s = serve(&roomy, 1, true);
    int fd = client_connect(http_server_port(s));
    struct client_answer a;
    client_request(fd, &a, "GET", "/big?50000", "Accept-Encoding: br, gzip;q=0.8\r\nOrigin: https://a.example\r\n",
                   NULL);
    CHECK_EQ_STR("gzip", client_head(&a, "Content-Encoding"));
    CHECK_EQ_STR("https://a.example", client_head(&a, "Access-Control-Allow-Origin"));
    CHECK(a.len < 5000);
    uint8_t *plain = malloc(50000);
    CHECK(plain != NULL);
    z_stream z = {.next_in = (Bytef *)a.body, .avail_in = (uInt)a.len, .next_out = plain, .avail_out = 50000};
    CHECK(inflateInit2(&z, 31) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == 50000);
    inflateEnd(&z);
    CHECK(plain[12345] == '5');
    free(plain);
    client_answer_free(&a);
    static const char *const unwilling[] = {"", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip;q=0\r\n",
                                            "Accept-Encoding: gzip; q=0.0, br\r\n"};
    for (size_t i = 0; i < ZK_COUNT(unwilling); i++) {
        client_request(fd, &a, "GET", "/big?50000", unwilling[i], NULL);
        CHECK(client_head(&a, "Content-Encoding") == NULL);
        CHECK_EQ_U64(50000, a.len);
        CHECK_EQ_STR("*", client_head(&a, "Access-Control-Allow-Origin"));
        client_answer_free(&a);
    }
    client_request(fd, &a, "OPTIONS", "/x", "Origin: null\r\nAccess-Control-Request-Headers: content-type,x-y\r\n",
                   NULL);
    CHECK_EQ_U64(200, (uint64_t)a.status);
    CHECK_EQ_U64(0, a.len);
    CHECK_EQ_STR("content-type,x-y", client_head(&a, "Access-Control-Allow-Headers"));
    CHECK_EQ_STR("3600", client_head(&a, "Access-Control-Max-Age"));
    client_answer_free(&a);
    close(fd);
    stop(s);
}

/* Whoever reads a stream must see whether it is whole. */
static void test_http__breaks_streams_that_fail(struct prng *rng)
{
    static const char *const asks[] = {"GET /stream?whole HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                                       "GET /stream?fails HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"};
    (void)rng;
    struct http_server *s = serve(&roomy, 1, false);
    for (int i = 0; i < 2; i++) {
        char text[1024];
        size_t n = 0;
        int fd = client_connect(http_server_port(s));
        CHECK(client_say(fd, asks[i]));
        for (ssize_t got; n < sizeof text - 1 && (got = recv(fd, text + n, sizeof text - 1 - n, 0)) > 0;)
            n += (size_t)got;
        text[n] = '\0';
        CHECK(strstr(text, "3\r\nabc\r\n") != NULL);
        CHECK((strstr(text, "\r\n0\r\n\r\n") != NULL) == (i == 0));
        close(fd);
    }
    stop(s);
}

static void test_http__drops_slow_clients_and_serves_others(struct prng *rng)
{
    enum { SLOW = 30 };
    (void)rng;
    struct http_limits l = roomy;
    l.connections = 32;
    l.idle_s = 2;
    l.read_s = 1;
    l.write_s = 1;
    struct http_server *s = serve(&l, 1, false);
    int slow[SLOW];
    for (int i = 0; i < SLOW; i++) {
        slow[i] = client_connect(http_server_port(s));
        CHECK(client_say(slow[i], "GET / HTTP/1.1\r\nHost: x\r\nA: "));
    }
    /* One that reads a large answer too slowly. */
    int deaf = client_connect(http_server_port(s));
    int small = 4096;
    setsockopt(deaf, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    CHECK(client_say(deaf, "GET /big?50000000 HTTP/1.1\r\nHost: x\r\n\r\n"));
    /* They trickle; another is served at once all the time. */
    for (int tenth = 0; tenth < 40; tenth++) {
        char some[4000];
        for (int i = 0; i < SLOW; i++) (void)client_send(slow[i], "b", 1);
        (void)recv(deaf, some, sizeof some, MSG_DONTWAIT);
        int fd = client_connect(http_server_port(s));
        CHECK(client_say(fd, "GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        expect(fd, 200, "0 /quick ? 0 127.0.0.1");
        close(fd);
        usleep(100000);
    }
    struct http_stats stats;
    for (int i = 0; i < 200; i++) {
        http_server_stats(&stats, s);
        if (stats.open == 0) break;
        usleep(50000);
    }
    CHECK_EQ_U64(SLOW, stats.dropped_read);
    CHECK_EQ_U64(1, stats.dropped_write);
    CHECK_EQ_U64(0, stats.open);
    for (int i = 0; i < SLOW; i++) {
        CHECK(client_closed(slow[i], 1000));
        close(slow[i]);
    }
    close(deaf);
    stop(s);
}

/* One address opens connections and keeps them; another gets its answers nevertheless. */
static void flood(const char *client_header, const struct http_limits *l, uint64_t most)
{
    enum { FLOOD = 200, OTHERS = 5 };
    struct http_server *s = serve_behind(client_header, l, 2, false);
    int fds[FLOOD];
    for (int i = 0; i < FLOOD; i++) {
        fds[i] = client_connect_from(http_server_port(s), 66);
        if (fds[i] >= 0) (void)client_say(fds[i], "GET /flood HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    for (int i = 0; i < OTHERS; i++) {
        int fd = client_connect_from(http_server_port(s), 2);
        CHECK(fd >= 0);
        CHECK(client_say(fd, "GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        expect(fd, 200, "0 /other ? 0 127.0.0.2");
        close(fd);
    }
    struct http_stats stats;
    http_server_stats(&stats, s);
    CHECK_MSG(stats.open <= most + OTHERS, "%llu open", (unsigned long long)stats.open);
    for (int i = 0; i < FLOOD; i++) close(fds[i]);
    stop(s);
}

static void test_http__survives_a_flood_of_connections(struct prng *rng)
{
    (void)rng;
    struct http_limits l = roomy;
    l.connections = 64;
    l.connections_per_ip = 20;
    l.idle_s = 2;
    flood(NULL, &l, l.connections_per_ip);
    /* All connections are the proxy's: they wait for a place until one falls silent. */
    flood("X-Client", &l, l.connections);
}

static void test_http__limits_the_rate_of_an_address(struct prng *rng)
{
    (void)rng;
    struct http_limits l = roomy;
    l.requests_per_s = 1;
    struct http_server *s = serve(&l, 1, false);
    int answered = 0, refused = 0;
    for (int i = 0; i < 20; i++) {
        int fd = client_connect(http_server_port(s));
        struct client_answer a;
        client_request(fd, &a, "GET", "/", "", NULL);
        CHECK(a.status == 200 || a.status == 429);
        answered += a.status == 200;
        refused += a.status == 429;
        client_answer_free(&a);
        close(fd);
    }
    CHECK_MSG(answered >= 10 && refused > 0, "%d", answered);
    struct http_stats stats;
    http_server_stats(&stats, s);
    CHECK_EQ_U64((uint64_t)refused, stats.refused_rate);
    stop(s);
}

/* ---- WebSocket */

static _Atomic int ws_opened, ws_closed, ws_ticks, ws_muted;

static bool on_open(void *ctx, ws_id id, int kind)
{
    (void)ctx, (void)id;
    CHECK(kind == 7);
    atomic_fetch_add(&ws_opened, 1);
    return true;
}

struct ws_late {
    ws_id id;
    char text[64];
};

static void *ws_late_main(void *arg)
{
    struct ws_late *l = arg;
    usleep(2000);
    ws_answer(ws, l->id, l->text, strlen(l->text));
    free(l);
    return NULL;
}

static void on_text(void *ctx, ws_id id, int kind, const char *text, size_t len)
{
    (void)ctx, (void)kind;
    if (strncmp(text, "late", 4) == 0) {
        pthread_t t;
        struct ws_late *l = malloc(sizeof *l);
        CHECK(l != NULL);
        l->id = id;
        (void)snprintf(l->text, sizeof l->text, "%s", text);
        CHECK(pthread_create(&t, NULL, ws_late_main, l) == 0);
        pthread_detach(t);
    } else if (strcmp(text, "mute") == 0) {
        atomic_fetch_add(&ws_muted, 1);
    } else if (strcmp(text, "slow") == 0) {
        usleep(1000);
        ws_answer(ws, id, NULL, 0);
    } else if (strncmp(text, "big", 3) == 0) {
        size_t n = strtoul(text + 3, NULL, 10);
        char *big = malloc(n);
        CHECK(big != NULL);
        memset(big, 'b', n);
        ws_answer(ws, id, big, n);
        free(big);
    } else if (strcmp(text, "bye") == 0) {
        ws_answer(ws, id, "bye", 3);
        ws_close(ws, id);
    } else if (strcmp(text, "none") == 0) {
        ws_answer(ws, id, NULL, 0);
    } else {
        ws_answer(ws, id, text, len);
    }
}

static void on_closed(void *ctx, ws_id id, int kind)
{
    (void)ctx, (void)id, (void)kind;
    atomic_fetch_add(&ws_closed, 1);
}

static void on_tick(void *ctx)
{
    (void)ctx;
    atomic_fetch_add(&ws_ticks, 1);
}

static const struct ws_limits ws_roomy = {.connections = 50,
                                          .message = 100000,
                                          .answers = 8,
                                          .queued = 8000000,
                                          .idle_s = 100,
                                          .read_s = 100,
                                          .stuck_s = 100};

static struct http_server *serve_ws_within(const struct ws_limits *limits, const struct http_limits *http)
{
    struct http_server *s = serve(http, 1, false);
    struct ws_config c = {.limits = *limits,
                          .clients = clients,
                          .handlers = {.open = on_open, .message = on_text, .closed = on_closed, .tick = on_tick},
                          .tick_ms = 20};
    CHECK_OK(ws_server_start(&ws, &c));
    atomic_store(&ws_opened, 0);
    atomic_store(&ws_closed, 0);
    return s;
}

static struct http_server *serve_ws(const struct ws_limits *limits)
{
    return serve_ws_within(limits, &roomy);
}

static void stop_ws(struct http_server *s)
{
    ws_server_stop(ws);
    http_server_stop(s);
    ws_server_free(ws);
    close_accounts();
    CHECK_EQ_U64((uint64_t)atomic_load(&ws_opened), (uint64_t)atomic_load(&ws_closed));
}

static void ws_expect(int fd, int opcode, const char *want)
{
    char *text;
    size_t len;
    int got = client_ws_read(fd, &text, &len);
    CHECK_MSG(got == opcode, "opcode %d", got);
    if (want != NULL) CHECK_EQ_STR(want, text);
    free(text);
}

static void test_ws__answers_texts(struct prng *rng)
{
    (void)rng;
    struct http_server *s = serve_ws(&ws_roomy);
    int fd = client_ws_open(http_server_port(s), "/ws");
    CHECK(client_ws_say(fd, "hello"));
    ws_expect(fd, 1, "hello");
    CHECK(client_ws_say(fd, "none"));
    CHECK(client_ws_say(fd, "late one"));
    ws_expect(fd, 1, "late one");
    /* Fragments with a ping between them. */
    CHECK(client_ws_frame(fd, 0x01, "frag", 4));
    CHECK(client_ws_frame(fd, 0x89, "p", 1));
    CHECK(client_ws_frame(fd, 0x80, "ments", 5));
    ws_expect(fd, 10, "p");
    ws_expect(fd, 1, "fragments");
    /* Many at once, more than may be open: all are answered. */
    for (int i = 0; i < 40; i++) CHECK(client_ws_say(fd, "late"));
    for (int i = 0; i < 40; i++) ws_expect(fd, 1, "late");
    /* Larger than any socket buffer. */
    CHECK(client_ws_say(fd, "big3000000"));
    char *text;
    size_t len;
    CHECK(client_ws_read(fd, &text, &len) == 1);
    CHECK_EQ_U64(3000000, len);
    free(text);
    CHECK(client_ws_say(fd, "bye"));
    ws_expect(fd, 1, "bye");
    ws_expect(fd, 8, NULL);
    CHECK(client_closed(fd, 2000));
    close(fd);
    CHECK(atomic_load(&ws_ticks) > 0);
    stop_ws(s);
}

/* Each ends with a close frame or the end of the connection, and hurts nobody else. */
static void test_ws__closes_on_nonsense(struct prng *rng)
{
    struct http_server *s = serve_ws(&ws_roomy);
    int good = client_ws_open(http_server_port(s), "/ws");
    char *large = calloc(1, 100002);
    CHECK(large != NULL);
    memset(large, 'a', 100001);
    for (int i = 0; i < 6; i++) {
        int fd = client_ws_open(http_server_port(s), "/ws");
        uint8_t noise[64];
        switch (i) {
        case 0: CHECK(client_ws_frame(fd, 0x81, "\xff\xfe", 2)); break; /* not UTF-8 */
        case 1: CHECK(client_ws_frame(fd, 0x82, "bin", 3)); break;      /* binary */
        case 2: CHECK(client_ws_frame(fd, 0x81, large, 100001)); break; /* too long */
        case 3: CHECK(client_send(fd, "\x81\x01x", 3)); break;          /* not masked */
        case 4: CHECK(client_ws_frame(fd, 0xf1, "rsv", 3)); break;      /* reserved bits */
        default:
            prng_bytes(rng, noise, sizeof noise);
            noise[0] |= 0x70;
            CHECK(client_send(fd, noise, sizeof noise));
        }
        CHECK_MSG(client_closed(fd, 5000), "case %d", i);
        close(fd);
    }
    free(large);
    CHECK(client_ws_say(good, "still here"));
    ws_expect(good, 1, "still here");
    close(good);
    stop_ws(s);
}

static void test_ws__refuses_bad_handshakes(struct prng *rng)
{
    (void)rng;
    static const struct {
        const char *headers;
        int status;
    } wrong[] = {
        {"", 426},
        {"Connection: Upgrade\r\nUpgrade: h2c\r\n", 426},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
         426},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", 400},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n", 400},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQAA\r\n",
         400},
    };
    struct http_server *s = serve_ws(&ws_roomy);
    for (size_t i = 0; i < ZK_COUNT(wrong); i++) {
        int fd = client_connect(http_server_port(s));
        struct client_answer a;
        client_request(fd, &a, "GET", "/ws", wrong[i].headers, NULL);
        CHECK_EQ_U64((uint64_t)wrong[i].status, (uint64_t)a.status);
        client_answer_free(&a);
        close(fd);
    }
    stop_ws(s);
}

static void test_ws__drops_peers_that_do_not_take(struct prng *rng)
{
    (void)rng;
    struct ws_limits l = ws_roomy;
    l.stuck_s = 1;
    l.queued = 50000000;
    struct http_server *s = serve_ws(&l);
    int good = client_ws_open(http_server_port(s), "/ws");
    int deaf = client_ws_open(http_server_port(s), "/ws");
    for (int i = 0; i < 3; i++) CHECK(client_ws_say(deaf, "big8000000"));
    for (int i = 0; i < 20; i++) {
        CHECK(client_ws_say(good, "x"));
        ws_expect(good, 1, "x");
        usleep(100000);
    }
    struct ws_stats stats;
    ws_server_stats(&stats, ws);
    CHECK_EQ_U64(1, stats.dropped_slow);
    CHECK_EQ_U64(1, stats.open);
    close(deaf);
    close(good);
    stop_ws(s);

    /* More bytes than may wait: at once. */
    l.queued = 1000000;
    s = serve_ws(&l);
    deaf = client_ws_open(http_server_port(s), "/ws");
    CHECK(client_ws_say(deaf, "big30000000"));
    for (int i = 0; i < 200; i++) { /* a busy machine takes its time */
        ws_server_stats(&stats, ws);
        if (stats.dropped_slow > 0 && stats.open == 0) break;
        usleep(50000);
    }
    CHECK_EQ_U64(0, stats.open);
    CHECK_EQ_U64(1, stats.dropped_slow);
    close(deaf);
    stop_ws(s);
}

/* n times the same text, in one piece; owned. */
static char *ws_frames(size_t *len, const char *text, size_t n)
{
    size_t text_len = strlen(text), frame = 6 + text_len;
    char *all = calloc(n, frame);
    CHECK(all != NULL && text_len < 126);
    for (size_t i = 0; i < n; i++) {
        all[i * frame] = (char)0x81;
        all[i * frame + 1] = (char)(0x80 | text_len);
        for (size_t k = 0; k < text_len; k++) all[i * frame + 6 + k] = text[k];
    }
    *len = n * frame;
    return all;
}

static void test_ws__gives_everybody_a_turn(struct prng *rng)
{
    (void)rng;
    size_t len;
    struct ws_stats stats;
    struct http_server *s = serve_ws(&ws_roomy);
    int good = client_ws_open(http_server_port(s), "/ws");
    int loud = client_ws_open(http_server_port(s), "/ws");
    /* Five seconds of work that is there at once. */
    char *all = ws_frames(&len, "slow", 5000);
    CHECK(client_send(loud, all, len));
    free(all);
    int64_t begin = clock_ms();
    for (int i = 0; i < 5; i++) {
        CHECK(client_ws_say(good, "x"));
        ws_expect(good, 1, "x");
    }
    CHECK_MSG(clock_ms() - begin < 3500, "%lld ms", (long long)(clock_ms() - begin));
    close(loud);
    /* Messages that are not answered: no more than may be open, and what was read ahead. */
    int mute = client_ws_open(http_server_port(s), "/ws");
    all = ws_frames(&len, "mute", 10000);
    CHECK(client_send(mute, all, len));
    free(all);
    for (int i = 0; i < 20; i++) {
        CHECK(client_ws_say(good, "x"));
        ws_expect(good, 1, "x");
        usleep(5000);
    }
    CHECK_MSG(atomic_load(&ws_muted) <= 8 + 256 / 10 + 1, "%d", atomic_load(&ws_muted));
    close(mute);
    /* Answers that nobody takes, asked for at once: few are made. */
    ws_server_stats(&stats, ws);
    uint64_t before = stats.messages_out;
    int deaf = client_ws_open(http_server_port(s), "/ws");
    all = ws_frames(&len, "big1000000", 200);
    CHECK(client_send(deaf, all, len));
    free(all);
    for (int i = 0; i < 200 && stats.dropped_slow == 0; i++) {
        usleep(20000);
        ws_server_stats(&stats, ws);
    }
    CHECK_EQ_U64(1, stats.dropped_slow);
    CHECK_MSG(stats.messages_out - before <= 10, "%llu", (unsigned long long)(stats.messages_out - before));
    close(deaf);
    close(good);
    stop_ws(s);
}

static void test_ws__counts_what_messages_hold(struct prng *rng)
{
    (void)rng;
    static char piece[60000];
    struct ws_limits l = ws_roomy;
    memset(piece, 'a', sizeof piece);
    shared.one[CLIENT_BODIES] = 100000;
    l.read_s = 1;
    struct http_server *s = serve_ws(&l);
    int good = client_ws_open_as(http_server_port(s), "/ws", "10.0.0.2");
    /* Two beginnings of messages: together more than the client may have, so the second is told to come later. */
    int one = client_ws_open_as(http_server_port(s), "/ws", "10.0.0.1");
    int two = client_ws_open_as(http_server_port(s), "/ws", "10.0.0.1");
    CHECK(client_ws_frame(one, 0x01, piece, sizeof piece));
    wait_for(CLIENT_BODIES, sizeof piece);
    CHECK(client_ws_frame(two, 0x01, piece, sizeof piece));
    char *text;
    size_t len;
    CHECK(client_ws_read(two, &text, &len) == 8 && len == 2);
    CHECK_EQ_U64(1013, (uint64_t)((uint8_t)text[0] << 8 | (uint8_t)text[1]));
    free(text);
    CHECK(client_ws_frame(good, 0x81, piece, sizeof piece));
    ws_expect(good, 1, NULL);
    /* Half a message may not wait for ever, pings or not. */
    for (int i = 0; i < 30 && client_ws_frame(one, 0x89, "p", 1); i++) usleep(100000);
    CHECK(client_closed(one, 1000));
    CHECK(client_ws_say(good, "here"));
    ws_expect(good, 1, "here");
    wait_for(CLIENT_BODIES, 0);
    close(one);
    close(two);
    close(good);
    stop_ws(s);
    shared.one[CLIENT_BODIES] = 0;

    /* Answers that are not taken. */
    shared.one[CLIENT_ANSWERS] = 30000000;
    l.queued = 100000000;
    s = serve_ws(&l);
    int deaf[2];
    for (int i = 0; i < 2; i++) {
        deaf[i] = client_ws_open_as(http_server_port(s), "/ws", "10.0.0.1");
        CHECK(client_ws_say(deaf[i], "big25000000"));
        if (i == 0) wait_for(CLIENT_ANSWERS, 15000000);
    }
    struct ws_stats stats = {0};
    for (int i = 0; i < 500 && (stats.dropped_slow == 0 || stats.open != 1); i++) {
        usleep(10000);
        ws_server_stats(&stats, ws);
    }
    CHECK_EQ_U64(1, stats.dropped_slow);
    CHECK_EQ_U64(1, stats.open);
    for (int i = 0; i < 2; i++) close(deaf[i]);
    wait_for(CLIENT_ANSWERS, 0);
    stop_ws(s);
    shared.one[CLIENT_ANSWERS] = 0;
}

static void test_ws__pings_and_drops_the_silent(struct prng *rng)
{
    (void)rng;
    struct ws_limits l = ws_roomy;
    l.idle_s = 1;
    l.connections = 2;
    struct http_server *s = serve_ws(&l);
    int alive = client_ws_open(http_server_port(s), "/ws");
    int dead = client_ws_open(http_server_port(s), "/ws");
    int third = client_ws_open(http_server_port(s), "/ws"); /* no room: closed at once */
    CHECK(client_closed(third, 2000));
    close(third);
    for (int i = 0; i < 3; i++) {
        ws_expect(alive, 9, NULL);
        CHECK(client_ws_frame(alive, 0x8a, "", 0));
    }
    struct ws_stats stats;
    ws_server_stats(&stats, ws);
    CHECK_EQ_U64(1, stats.open);
    CHECK_EQ_U64(1, stats.dropped_idle);
    CHECK_EQ_U64(1, stats.refused);
    close(alive);
    close(dead);
    stop_ws(s);
}

/* A websocket that waits for hours is no slow client: HTTP's deadlines end with the upgrade. */
static void test_ws__outlives_the_deadlines_of_http(struct prng *rng)
{
    (void)rng;
    struct http_limits l = roomy;
    l.read_s = l.write_s = l.idle_s = 1;
    struct http_server *s = serve_ws_within(&ws_roomy, &l);
    int fd = client_ws_open(http_server_port(s), "/ws");
    usleep(4500000);
    CHECK(client_ws_say(fd, "still here"));
    ws_expect(fd, 1, "still here");
    close(fd);
    stop_ws(s);
}

TEST_MAIN(TEST(test_http__keeps_connections_and_order), TEST(test_http__answers_late_from_other_threads),
          TEST(test_http__bounds_bodies), TEST(test_http__charges_bodies_as_they_come),
          TEST(test_http__counts_answers_that_are_not_taken), TEST(test_http__counts_requests_of_a_client),
          TEST(test_http__believes_the_last_proxy_only), TEST(test_http__refuses_what_is_no_request),
          TEST(test_http__packs_for_those_who_take_it), TEST(test_http__breaks_streams_that_fail),
          TEST(test_http__drops_slow_clients_and_serves_others), TEST(test_http__survives_a_flood_of_connections),
          TEST(test_http__limits_the_rate_of_an_address), TEST(test_ws__answers_texts),
          TEST(test_ws__closes_on_nonsense), TEST(test_ws__refuses_bad_handshakes),
          TEST(test_ws__drops_peers_that_do_not_take), TEST(test_ws__gives_everybody_a_turn),
          TEST(test_ws__counts_what_messages_hold), TEST(test_ws__pings_and_drops_the_silent),
          TEST(test_ws__outlives_the_deadlines_of_http))
