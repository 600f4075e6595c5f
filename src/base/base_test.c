/* Tests of the base layer: bytes, errors, arena, pool, log. */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_hex__round_trips_and_refuses_all_else(struct prng *rng)
{
    uint8_t in[33];
    uint8_t out[34];
    char text[67];
    for (size_t len = 0; len <= sizeof in; len++) {
        prng_bytes(rng, in, len);
        hex_encode(text, in, len);
        CHECK(hex_decode(out, len, text, 2 * len));
        CHECK_EQ_BYTES(in, out, len);
        CHECK(!hex_decode(out, len + 1, text, 2 * len));
    }
    CHECK(hex_decode(out, 2, "0xAbcD", 6));
    CHECK_EQ_U64(0xabcd, load_be16(out));
    CHECK(!hex_decode(out, 2, "abc", 3));
    CHECK(!hex_decode(out, 2, "abcg", 4));
    CHECK(!hex_decode(out, 2, "0xab", 4));
    CHECK(!hex_decode(out, 2, "0Xabcd", 6));
    CHECK(!hex_decode(out, 1, "", 0));
}

static void test_integers__have_their_byte_order(struct prng *rng)
{
    (void)rng;
    uint8_t b[8];
    store_be64(b, 0x0102030405060708);
    CHECK_EQ_BYTES("\1\2\3\4\5\6\7\10", b, 8);
    CHECK_EQ_U64(0x0102030405060708, load_be64(b));
    CHECK_EQ_U64(0x0807060504030201, load_le64(b));
    CHECK_EQ_U64(0x04030201, load_le32(b));
    store_le64(b, 0x0102030405060708);
    CHECK_EQ_U64(0x0807060504030201, load_be64(b));
    store_be16(b, 0xfffe);
    CHECK_EQ_U64(0xfffe, load_be16(b));
    store_be32(b, 0xfffefdfc);
    CHECK_EQ_U64(0xfffefdfc, load_be32(b));
    store_le32(b, 0xfffefdfc);
    CHECK_EQ_U64(0xfcfdfeff, load_be32(b));
}

static void test_err__message_may_quote_the_one_before(struct prng *rng)
{
    (void)rng;
    CHECK_ERR(ZK_ERR_IO, zk_fail(ZK_ERR_IO, "cannot read %s", "x"));
    CHECK_ERR(ZK_ERR_INPUT, zk_fail(ZK_ERR_INPUT, "loading: %s", zk_err_message()));
    CHECK_EQ_STR("loading: cannot read x", zk_err_message());
    char longer[600];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    CHECK_ERR(ZK_ERR_FULL, zk_fail(ZK_ERR_FULL, "%s", longer));
    CHECK_EQ_U64(255, strlen(zk_err_message()));
}

static void test_arena__aligns_marks_and_refuses_overflow(struct prng *rng)
{
    (void)rng;
    ZK_ALIGN(64) uint8_t buf[1024];
    struct arena a;
    arena_init(&a, buf + 1, sizeof buf - 1);
    uint8_t *p = arena_push(&a, uint8_t, 3);
    uint64_t *q = arena_push(&a, uint64_t, 4);
    CHECK(p != NULL && q != NULL);
    CHECK_EQ_U64(0, (uintptr_t)p % ARENA_ALIGN);
    CHECK_EQ_U64(0, (uintptr_t)q % ARENA_ALIGN);
    size_t mark = arena_mark(&a);
    uint8_t *r = arena_push(&a, uint8_t, 100);
    CHECK(r != NULL);
    CHECK(arena_push(&a, uint8_t, 1000) == NULL);
    CHECK(arena_push(&a, uint64_t, SIZE_MAX / 4) == NULL);
    arena_release(&a, mark);
    CHECK(arena_push(&a, uint8_t, 1) == r);

    CHECK_OK(arena_map(&a, (size_t)1 << 33));
    uint8_t *big = arena_push(&a, uint8_t, (size_t)1 << 32);
    CHECK(big != NULL);
    big[((size_t)1 << 32) - 1] = 1;
    arena_unmap(&a);
    arena_unmap(&a);
}

struct sums {
    uint64_t out[1000];
    size_t fail_at;
};

static zk_err square_body(void *ctx, size_t i, unsigned worker)
{
    struct sums *s = ctx;
    (void)worker;
    if (i >= s->fail_at) return zk_fail(ZK_ERR_RANGE, "index %zu", i);
    s->out[i] = i * i;
    return ZK_OK;
}

static void range_body(void *ctx, size_t begin, size_t end, unsigned worker)
{
    uint64_t *hits = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++) hits[i]++;
}

static void test_pool__runs_each_index_once_at_any_thread_count(struct prng *rng)
{
    (void)rng;
    for (unsigned threads = 0; threads <= 5; threads++) {
        struct pool *p = NULL;
        if (threads > 0) CHECK_OK(pool_create(&p, threads));
        CHECK_EQ_U64(threads == 0 ? 1 : threads, pool_threads(p));
        for (size_t n = 0; n <= 1000; n += n < 10 ? 1 : 99) {
            struct sums s = {.fail_at = SIZE_MAX};
            uint64_t hits[1000] = {0};
            CHECK_OK(pool_for(p, n, square_body, &s));
            for (size_t i = 0; i < n; i++) CHECK_EQ_U64(i * i, s.out[i]);
            pool_for_range(p, n, 7, range_body, hits);
            for (size_t i = 0; i < 1000; i++) CHECK_EQ_U64(i < n, hits[i]);
        }
        pool_destroy(p);
    }
}

static void test_pool__gives_back_the_first_failure(struct prng *rng)
{
    (void)rng;
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct pool *p;
        CHECK_OK(pool_create(&p, threads));
        for (int round = 0; round < 200; round++) {
            struct sums s = {.fail_at = 500};
            CHECK_ERR(ZK_ERR_RANGE, pool_for(p, 1000, square_body, &s));
            CHECK_EQ_STR("index 500", zk_err_message());
            for (size_t i = 0; i < 500; i++) CHECK_EQ_U64(i * i, s.out[i]);
        }
        pool_destroy(p);
    }
    struct pool *none;
    CHECK_ERR(ZK_ERR_RANGE, pool_create(&none, POOL_THREADS_MAX + 1));
    CHECK(none == NULL);
}

static void test_log__escapes_filters_and_cuts(struct prng *rng)
{
    (void)rng;
    char text[8192];
    char longer[5000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    FILE *f = tmpfile();
    CHECK(f != NULL);
    log_configure(LOG_INFO, LOG_JSON, f);
    log_event(LOG_DEBUG, "hidden", LOG_END);
    log_event(LOG_INFO, "one", LOG_U64("n", UINT64_MAX), LOG_I64("i", -5), LOG_STR("s", "a\"b\n"), LOG_BOOL("ok", true),
              LOG_F64("x", 0.5), LOG_END);
    log_event(LOG_WARN, "two", LOG_STR("long", longer), LOG_END);
    log_configure(LOG_INFO, LOG_TEXT, f);
    log_event(LOG_ERROR, "three", LOG_STR("a", "b c"), LOG_STR("d", "e"), LOG_END);
    longer[0] = ' ';
    log_event(LOG_INFO, "four", LOG_U64("n", 1), LOG_STR("long", longer), LOG_STR("d", "e"), LOG_END);
    log_configure(LOG_INFO, LOG_TEXT, NULL);
    rewind(f);
    CHECK(fgets(text, sizeof text, f) != NULL);
    CHECK(strstr(text, "\"level\":\"info\",\"event\":\"one\",\"n\":18446744073709551615,\"i\":-5,"
                       "\"s\":\"a\\\"b\\u000a\",\"ok\":true,\"x\":0.5}\n") != NULL);
    CHECK(fgets(text, sizeof text, f) != NULL);
    CHECK(strstr(text, "\"event\":\"two\",\"cut\":true}\n") != NULL);
    CHECK(fgets(text, sizeof text, f) != NULL);
    CHECK(strstr(text, " ERROR event=three a=\"b c\" d=e\n") != NULL);
    CHECK(fgets(text, sizeof text, f) != NULL);
    CHECK(strstr(text, " INFO event=four n=1 cut=true\n") != NULL);
    CHECK(fgets(text, sizeof text, f) == NULL);
    (void)fclose(f);

    log_level level;
    CHECK(log_level_parse(&level, "warn") && level == LOG_WARN);
    CHECK(!log_level_parse(&level, "WARN"));
}

static void test_cpu__level_is_what_the_environment_asks_for(struct prng *rng)
{
    (void)rng;
    const char *want = getenv("ZK_CPU");
    if (want != NULL && want[0] != '\0') CHECK_EQ_STR(want, cpu_level_str(cpu_level_get()));
    CHECK(cpu_level_get() <= cpu_best());
}

static void test_file__is_replaced_whole_or_not_at_all(struct prng *rng)
{
    char path[64], below[96];
    uint8_t bytes[1000];
    struct file_map map;
    prng_bytes(rng, bytes, sizeof(bytes));
    (void)snprintf(path, sizeof(path), "/tmp/zkroll_file_test_%ld", (long)getpid());
    (void)snprintf(below, sizeof(below), "%s/below", path);
    for (size_t len = 0; len <= sizeof(bytes); len += 250) {
        const struct file_piece pieces[] = {{bytes, len / 2}, {bytes, 0}, {bytes + len / 2, len - len / 2}};
        CHECK(file_replace(path, pieces, ZK_COUNT(pieces)) == ZK_OK);
        CHECK(file_map(&map, path) == ZK_OK);
        CHECK_EQ_U64(len, map.len);
        if (len > 0) CHECK_EQ_BYTES(bytes, map.bytes, len);
        file_unmap(&map);
        CHECK(file_replace(below, pieces, ZK_COUNT(pieces)) == ZK_ERR_IO);
        CHECK(file_map(&map, below) == ZK_ERR_IO && map.bytes == NULL);
    }
    CHECK(file_map(&map, "/tmp") == ZK_ERR_INPUT);
    CHECK(unlink(path) == 0);
}

struct replacing {
    char path[64];
};

/* The whole file is one byte, another for each index; once it is there, it is always whole. */
static zk_err replace_body(void *ctx, size_t i, unsigned worker)
{
    struct replacing *r = ctx;
    struct file_map map;
    uint8_t page[1024];
    (void)worker;
    memset(page, (int)i, sizeof page);
    struct file_piece pieces[64];
    for (size_t k = 0; k < ZK_COUNT(pieces); k++) pieces[k] = (struct file_piece){page, sizeof page};
    ZK_TRY(file_replace(r->path, pieces, ZK_COUNT(pieces)));
    ZK_TRY(file_map(&map, r->path));
    bool whole = map.len == ZK_COUNT(pieces) * sizeof page;
    for (size_t k = 1; whole && k < map.len; k++) whole = map.bytes[k] == map.bytes[0];
    file_unmap(&map);
    return whole ? ZK_OK : zk_fail(ZK_ERR_CORRUPT, "a mixture of two writers");
}

static void test_file__is_whole_when_threads_replace_it_at_once(struct prng *rng)
{
    struct replacing r;
    struct pool *pool;
    (void)rng;
    (void)snprintf(r.path, sizeof r.path, "/tmp/zkroll_file_race_%ld", (long)getpid());
    CHECK_OK(pool_create(&pool, 4));
    CHECK_OK(pool_for(pool, 64, replace_body, &r));
    pool_destroy(pool);
    CHECK(unlink(r.path) == 0);
}

TEST_MAIN(TEST(test_hex__round_trips_and_refuses_all_else), TEST(test_integers__have_their_byte_order),
          TEST(test_err__message_may_quote_the_one_before), TEST(test_arena__aligns_marks_and_refuses_overflow),
          TEST(test_pool__runs_each_index_once_at_any_thread_count), TEST(test_pool__gives_back_the_first_failure),
          TEST(test_log__escapes_filters_and_cuts), TEST(test_cpu__level_is_what_the_environment_asks_for),
          TEST(test_file__is_replaced_whole_or_not_at_all), TEST(test_file__is_whole_when_threads_replace_it_at_once))
