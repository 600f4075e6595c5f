/* test: what a *_test.c file is made of. Each test is a function whose name is a sentence; each gets a generator with
 * a seed of its own, printed when it fails, so that `x_test NAME --seed N` shows the failure again.
 *
 *   static void test_mul__has_one(struct prng *rng) { CHECK(...); CHECK_EQ_U64(want, got); }
 *   TEST_MAIN(TEST(test_mul__has_one), TEST(test_mul__is_commutative))
 *
 * A failed CHECK prints file, line and expression, and ends the program with code 1.
 * `x_test` runs all; `x_test SUBSTRING` those whose names contain it; ZK_SEED or --seed sets the seed. */
#ifndef ZK_BASE_TEST_H
#define ZK_BASE_TEST_H

#include "base/common.h"
#include "base/prng.h"

struct test {
    const char *name;
    void (*run)(struct prng *rng);
};

#define TEST(fn)                                                                                                       \
    {                                                                                                                  \
#fn, fn                                                                                                        \
    }

#define TEST_MAIN(...)                                                                                                 \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        static const struct test tests[] = {__VA_ARGS__};                                                              \
        return test_main(tests, ZK_COUNT(tests), argc, argv);                                                          \
    }

int test_main(const struct test *tests, size_t n, int argc, char **argv);

_Noreturn void test_fail(const char *file, int line, const char *fmt, ...) ZK_PRINTF(3, 4);
void test_check_bytes(const char *file, int line, const char *what, const void *want, const void *got, size_t n);
void test_check_u64(const char *file, int line, const char *what, uint64_t want, uint64_t got);
void test_check_str(const char *file, int line, const char *what, const char *want, const char *got);

#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        if (!(cond)) test_fail(__FILE__, __LINE__, "%s", #cond);                                                       \
    } while (0)

/* CHECK with an explanation in printf form. */
#define CHECK_MSG(cond, ...)                                                                                           \
    do {                                                                                                               \
        if (!(cond)) test_fail(__FILE__, __LINE__, __VA_ARGS__);                                                       \
    } while (0)

#define CHECK_OK(call)                                                                                                 \
    do {                                                                                                               \
        zk_err check_err_ = (call);                                                                                    \
        if (check_err_ != ZK_OK)                                                                                       \
            test_fail(__FILE__, __LINE__, "%s: %s: %s", #call, zk_err_str(check_err_), zk_err_message());              \
    } while (0)

#define CHECK_ERR(want, call)                                                                                          \
    do {                                                                                                               \
        zk_err check_err_ = (call);                                                                                    \
        if (check_err_ != (want))                                                                                      \
            test_fail(__FILE__, __LINE__, "%s: want %s, got %s", #call, zk_err_str(want), zk_err_str(check_err_));     \
    } while (0)

#define CHECK_EQ_U64(want, got)      test_check_u64(__FILE__, __LINE__, #got, (want), (got))
#define CHECK_EQ_STR(want, got)      test_check_str(__FILE__, __LINE__, #got, (want), (got))
#define CHECK_EQ_BYTES(want, got, n) test_check_bytes(__FILE__, __LINE__, #got, (want), (got), (n))

#endif
