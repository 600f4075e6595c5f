#include "rollup/nft.h"
#include "rollup/vectors_test.h"

static void test_address__agrees_with_vectors(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("nft.json");
    struct json_object *cases = vector_get(file, "cases");
    CHECK(vector_count(cases) > 5);
    for (size_t i = 0; i < vector_count(cases); i++) {
        struct json_object *c = json_object_array_get_idx(cases, i);
        struct nft_content content = {.creator = (uint32_t)vector_u64(c, "creator_id"),
                                      .serial = (uint32_t)vector_u64(c, "serial_id")};
        vector_bytes(content.hash.b, 32, c, "content_hash");
        eth_address want, got;
        vector_bytes(want.b, 20, c, "token_address");
        nft_address(&got, &content);
        CHECK_EQ_BYTES(want.b, got.b, 20);
    }
    json_object_put(file);
}

TEST_MAIN(TEST(test_address__agrees_with_vectors))
