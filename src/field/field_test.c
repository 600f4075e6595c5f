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

TEST_MAIN(TEST(test_fr_laws__hold), TEST(test_fq_laws__hold), TEST(test_fr_bytes__are_canonical),
          TEST(test_fq_bytes__are_canonical), TEST(test_fr_sqrt__finds_roots_of_squares_only),
          TEST(test_fq_sqrt__finds_roots_of_squares_only), TEST(test_fr_batch_inv__keeps_zero),
          TEST(test_fq_batch_inv__keeps_zero), TEST(test_fr_root_of_unity__has_exact_order))
