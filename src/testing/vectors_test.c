/* vectors: reads what a file says. */
#include "testing/vectors.h"

#include "base/test.h"

#include <string.h>

static void test_curve_json__is_read(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("curve.json");
    struct vec *generator = vec_get(file, "generator");
    uint8_t packed[32], longer[40];
    const char *key = NULL;
    fr x;
    CHECK(vec_is_object(file) && vec_is_array(vec_get(file, "generator_multiples")));
    CHECK(strncmp(vec_str(vec_get(file, "description")), "Embedded", 8) == 0);
    CHECK_EQ_U64(8, vec_u64(vec_get(file, "cofactor")));
    CHECK(vec_find(file, "no such member") == NULL);
    vec_bytes(packed, 32, vec_get(generator, "packed"));
    CHECK(packed[0] == 0xb7 && packed[31] == 0x85);
    CHECK_EQ_U64(32, vec_bytes_max(longer, sizeof longer, vec_get(generator, "packed")));
    vec_fr(&x, vec_get(generator, "x"));
    CHECK(!fr_is_zero(&x));
    vec_member(generator, 2, &key);
    CHECK_EQ_STR("packed", key);
    struct vec *first = vec_at(vec_get(file, "generator_multiples"), 0);
    CHECK_EQ_STR(vec_str(vec_get(generator, "x")), vec_str(vec_get(first, "x")));
    vec_free(file);
}

TEST_MAIN(TEST(test_curve_json__is_read))
