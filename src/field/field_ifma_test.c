/* The 8-lane forms at the ends of their documented ranges, against single elements. */
#include "field/fq8.h"
#include "field/fr8.h"

#include "base/test.h"

#include <string.h>

#define ROUNDS 300

#define FIELD       fr
#define FIELD8      fr8
#define FN(name)    fr_##name
#define FN8(name)   fr8_##name
#define T(name)     test_fr8_##name
#define CONST(name) FR_##name
#include "field/field_ifma_test_tmpl.h"
#undef FIELD
#undef FIELD8
#undef FN
#undef FN8
#undef T
#undef CONST

#define FIELD       fq
#define FIELD8      fq8
#define FN(name)    fq_##name
#define FN8(name)   fq8_##name
#define T(name)     test_fq8_##name
#define CONST(name) FQ_##name
#include "field/field_ifma_test_tmpl.h"

TEST_MAIN(TEST(test_fr8_mul__takes_all_carried_values), TEST(test_fq8_mul__takes_all_carried_values),
          TEST(test_fr8_carry__takes_signed_limbs), TEST(test_fq8_carry__takes_signed_limbs),
          TEST(test_fr8_reduce__is_exact_around_p), TEST(test_fq8_reduce__is_exact_around_p),
          TEST(test_fr8_sub__is_never_negative), TEST(test_fq8_sub__is_never_negative),
          TEST(test_fr8_wide__sums_200_products), TEST(test_fq8_wide__sums_200_products),
          TEST(test_fr8_memory__round_trips), TEST(test_fq8_memory__round_trips))
