/* No branch and no address of signing depends on seed, key or nonce: valgrind says so. The secrets are marked undefined
 * (base/secret.h), signature.c is compiled into this program with that switched on, and memcheck counts every
 * decision made on an undefined value. The program starts itself again under valgrind, with the portable kernels, which
 * are those it can run. What the processor does with constant code is outside this test. */
#define ZK_CTIME
#include "rollup/signature.c"

#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How many errors memcheck has seen. */
static unsigned errors(void)
{
    return (unsigned)VALGRIND_COUNT_ERRORS;
}

/* Without this, silence would prove nothing. */
static void test_ctime__sees_a_branch_on_a_secret(struct prng *rng)
{
    uint8_t secret[32];
    uint8_t sum = 0;
    volatile int seen = 0;
    unsigned before = errors();
    prng_bytes(rng, secret, sizeof secret);
    secret_classify(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++) sum ^= secret[i];
    if (sum >= 128) seen++;
    CHECK(errors() == before + 1);
    secret_declassify(&sum, sizeof sum);
    if (sum >= 64) seen++;
    CHECK(errors() == before + 1);
}

static void test_sign__is_constant_time(struct prng *rng)
{
    for (int i = 0; i < 3; i++) {
        uint8_t seed[40], key[32], pub[32], sig[64], msg[92];
        prng_bytes(rng, seed, sizeof seed);
        prng_bytes(rng, msg, sizeof msg);
        unsigned before = errors();
        secret_classify(seed, sizeof seed);
        CHECK_OK(sig_key_from_seed(key, seed, sizeof seed));
        secret_classify(key, sizeof key);
        CHECK_OK(sig_public_key(pub, key));
        CHECK_OK(sig_sign(sig, key, msg, sizeof msg));
        CHECK_EQ_U64(before, errors());
        CHECK(sig_verify(pub, sig, msg, sizeof msg) == SIG_OK);
        uint8_t two[2][SIG_BYTES];
        const struct sig_request requests[2] = {{key, msg, sizeof msg}, {key, msg, 1}};
        CHECK_OK(sig_sign_many(two, requests, 2));
        CHECK_EQ_U64(before, errors());
        CHECK_EQ_BYTES(sig, two[0], sizeof sig);
    }
}

/* A refused key is refused in constant time too, as far as its value goes. */
static void test_refusal__tells_only_that_it_is_one(struct prng *rng)
{
    uint8_t key[32], pub[32];
    (void)rng;
    memset(key, 0xff, sizeof key);
    unsigned before = errors();
    secret_classify(key, sizeof key);
    CHECK_ERR(ZK_ERR_INPUT, sig_public_key(pub, key));
    CHECK_EQ_U64(before, errors());
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {TEST(test_ctime__sees_a_branch_on_a_secret), TEST(test_sign__is_constant_time),
                                        TEST(test_refusal__tells_only_that_it_is_one)};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 77; /* sanitizers and valgrind do not go together */
#endif
    if (!RUNNING_ON_VALGRIND) {
        if (cpu_level_get() != CPU_PLAIN) return 77;
        char program[] = "valgrind";
        char quiet[] = "--quiet";
        char *const args[] = {program, quiet, argv[0], NULL};
        (void)execvp(program, args);
        perror("signature_ctime_test: valgrind does not start");
        return 1;
    }
    return test_main(tests, ZK_COUNT(tests), argc, argv);
}
