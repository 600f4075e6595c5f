/* Laws, edges and serialization of fr and fq. */
#include "field/fq.h"
#include "field/fr.h"

#include "base/test.h"

#include <string.h>

#define ROUNDS 200

#define FIELD       fr
#define FN(name)    fr_##name
#define T(name)     test_fr_##name
#define CONST(name) FR_##name
#include "field/field_test_tmpl.h"
#undef FIELD
#undef FN
#undef T
#undef CONST

#define FIELD       fq
#define FN(name)    fq_##name
#define T(name)     test_fq_##name
#define CONST(name) FQ_##name
#include "field/field_test_tmpl.h"

static void test_fr_root_of_unity__has_exact_order(struct prng *rng)
{
    (void)rng;
    for (unsigned k = 0; k <= FR_TWO_ADICITY; k++) {
        fr w;
        fr_root_of_unity(&w, k);
        for (unsigned i = 0; i < k; i++) {
            CHECK(!fr_is_one(&w));
            fr_sqr(&w, &w);
        }
        CHECK(fr_is_one(&w));
    }
}

static void test_fr_pow5__kernels_agree(struct prng *rng)
{
    fr a[KERNEL_LEN], want[KERNEL_LEN], got[KERNEL_LEN];
    for (int level = CPU_PLAIN; level <= CPU_IFMA; level++) {
        const struct fr_kernels *k = fr_kernels_of((cpu_level)level);
        if (k == NULL) continue;
        for (size_t n = 0; n <= KERNEL_LEN; n++) {
            for (size_t i = 0; i < n; i++) {
                fr_sample(&a[i], prng_below(rng, 26), rng);
                fr_pow_u64_vartime(&want[i], &a[i], 5);
            }
            k->pow5(got, a, n);
            CHECK_MSG(memcmp(want, got, n * sizeof(fr)) == 0, "%s, n = %zu", k->name, n);
            k->pow5(a, a, n);
            CHECK_MSG(memcmp(want, a, n * sizeof(fr)) == 0, "%s, in place, n = %zu", k->name, n);
        }
    }
}

TEST_MAIN(TEST(test_fr_constants__follow_from_the_modulus), TEST(test_fq_constants__follow_from_the_modulus),
          TEST(test_fr_laws__hold), TEST(test_fq_laws__hold), TEST(test_fr_inv__is_fermats_power),
          TEST(test_fq_inv__is_fermats_power), TEST(test_fr_bytes__are_canonical), TEST(test_fq_bytes__are_canonical),
          TEST(test_fr_sqrt__finds_roots_of_squares_only), TEST(test_fq_sqrt__finds_roots_of_squares_only),
          TEST(test_fr_batch_inv__keeps_zero), TEST(test_fq_batch_inv__keeps_zero), TEST(test_fr_kernels__agree),
          TEST(test_fq_kernels__agree), TEST(test_fr_pow5__kernels_agree), TEST(test_fr_root_of_unity__has_exact_order))
