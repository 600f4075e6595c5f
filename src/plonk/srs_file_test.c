/* SRS files: what was saved is opened; what is damaged, foreign or inconsistent is refused, for the right reason. */
#include "plonk/srs_file.h"

#include "base/pool.h"
#include "base/test.h"
#include "hash/sha256.h"
#include "plonk/ptau_test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define N 40000 /* three blocks of points */

static struct arena arena, scratch;
static struct pool *pool;
static struct srs srs, small;
static uint8_t file[PTAU_TEST_CAP];
static struct ptau_layout layout;

static void begin(void)
{
    static const uint8_t seed[32] = {11};
    if (arena.base == NULL) {
        CHECK_OK(arena_map(&arena, (size_t)64 << 20));
        CHECK_OK(arena_map(&scratch, (size_t)1 << 30));
        CHECK_OK(pool_create(&pool, 2));
        CHECK_OK(srs_make_insecure(&srs, N, seed, pool, &arena, &scratch));
        small = srs;
        small.n = PTAU_TEST_N;
    }
    ptau_write(file, &layout, &small);
}

static void temporary(char path[64], const char *what)
{
    (void)snprintf(path, 64, "/tmp/zkroll_srs_test_%s_%ld", what, (long)getpid());
}

static void test_srs__is_opened_as_it_was_saved(struct prng *rng)
{
    char path[64];
    struct srs_file f;
    (void)rng;
    begin();
    temporary(path, "whole");
    for (int insecure = 0; insecure < 2; insecure++) {
        struct srs given = srs;
        given.insecure = insecure;
        srs_set_id(&given);
        CHECK_OK(srs_save(path, &given, pool, &scratch));
        CHECK_OK(srs_open(&f, path, insecure ? pool : NULL, &scratch));
        CHECK_EQ_U64(N, f.srs.n);
        CHECK(f.srs.insecure == insecure);
        CHECK_EQ_BYTES(given.id, f.srs.id, 32);
        CHECK_EQ_BYTES(given.g1, f.srs.g1, N * sizeof(g1_affine));
        CHECK(g2_affine_eq(&given.g2_tau, &f.srs.g2_tau));
        srs_close(&f);
    }
    CHECK(unlink(path) == 0);
    CHECK_ERR(ZK_ERR_IO, srs_open(&f, path, pool, &scratch));
    CHECK_ERR(ZK_ERR_INPUT, srs_open(&f, "/tmp", pool, &scratch));
    CHECK_ERR(ZK_ERR_IO, srs_save("/nowhere/at/all", &srs, pool, &scratch));
    srs_close(&f);
}

/* The bytes of a small file, in memory. */
static uint8_t *encode(size_t *len)
{
    *len = SRS_HEADER_LEN + small.n * sizeof(g1_affine);
    uint8_t *bytes = arena_push(&scratch, uint8_t, *len);
    CHECK(bytes != NULL);
    CHECK_OK(srs_encode_header(bytes, &small, NULL, &scratch));
    memcpy(bytes + SRS_HEADER_LEN, small.g1, small.n * sizeof(g1_affine));
    return bytes;
}

/* Makes both checksums fit again. */
static void seal(uint8_t *bytes, size_t len)
{
    uint8_t sum[32];
    sha256(sum, bytes + SRS_HEADER_LEN, len - SRS_HEADER_LEN);
    sha256(bytes + 192, sum, 32);
    sha256(bytes + 224, bytes, 224);
}

static zk_err decode(const uint8_t *bytes, size_t len)
{
    struct srs out;
    return srs_decode(&out, bytes, len, NULL, &scratch);
}

static void test_damaged_files__are_refused(struct prng *rng)
{
    size_t len;
    begin();
    uint8_t *bytes = encode(&len);
    CHECK_OK(decode(bytes, len));
    for (size_t cut = 0; cut < len; cut += 1 + prng_below(rng, 64)) CHECK_ERR(ZK_ERR_CORRUPT, decode(bytes, cut));
    CHECK_ERR(ZK_ERR_CORRUPT, decode(bytes, len - 64));
    for (size_t i = 0; i < len; i += i < 256 ? 1 : 61) {
        bytes[i] ^= (uint8_t)(1 << prng_below(rng, 8));
        const zk_err err = decode(bytes, len);
        CHECK_MSG(err == (i >= 8 && i < 12 ? ZK_ERR_UNSUPPORTED : ZK_ERR_CORRUPT), "byte %zu: %s", i, zk_err_str(err));
        bytes = encode(&len);
    }
    arena_release(&scratch, 0);
}

/* With checksums that fit: the mark of insecurity, the id, tau and each point are still looked at. */
static void test_forged_files__are_refused(struct prng *rng)
{
    size_t len;
    begin();
    static const size_t at[] = {12, 16, 24, 32, 64, 150, 300, SRS_HEADER_LEN, SRS_HEADER_LEN + 64 * 9 + 5};
    for (size_t i = 0; i < ZK_COUNT(at); i++) {
        uint8_t *bytes = encode(&len);
        bytes[at[i]] ^= 1;
        seal(bytes, len);
        CHECK_MSG(decode(bytes, len) == ZK_ERR_CORRUPT, "byte %zu", at[i]);
    }
    for (int i = 0; i < 4; i++) {
        uint8_t *bytes = encode(&len);
        uint8_t *point = bytes + SRS_HEADER_LEN + 64 * prng_below(rng, small.n);
        const fq q = FQ_MODULUS;
        if (i == 0) memset(point, 0, 64); /* infinity */
        if (i == 1) memset(point, 0xff, 32);
        if (i == 2) (void)ptau_put_fq(point, &q);
        if (i == 3) memcpy(bytes + SRS_HEADER_LEN, bytes + SRS_HEADER_LEN + 64, 64); /* another beginning */
        seal(bytes, len);
        CHECK_MSG(decode(bytes, len) == ZK_ERR_CORRUPT, "forgery %d", i);
    }
    arena_release(&scratch, 0);
}

/* ---- .ptau */

/* On success the points stay in `arena`. */
static zk_err read_ptau(struct srs *out, size_t len, size_t n)
{
    return ptau_decode(out, file, len, n, NULL, &arena, &scratch);
}

static void test_ptau__is_read(struct prng *rng)
{
    struct srs got;
    (void)rng;
    begin();
    for (size_t n = 0; n <= PTAU_TEST_N; n += n == 0 ? 2 : 1) {
        const size_t mark = arena_mark(&arena);
        CHECK_OK(read_ptau(&got, layout.len, n));
        CHECK_EQ_U64(n == 0 ? PTAU_TEST_N : n, got.n);
        CHECK_EQ_BYTES(small.g1, got.g1, got.n * sizeof(g1_affine));
        CHECK(g2_affine_eq(&small.g2_tau, &got.g2_tau));
        CHECK(!got.insecure);
        arena_release(&arena, mark);
    }
    CHECK_ERR(ZK_ERR_RANGE, read_ptau(&got, layout.len, PTAU_TEST_N + 1));
    CHECK_ERR(ZK_ERR_RANGE, read_ptau(&got, layout.len, 1));
}

static void expect(zk_err want, const char *message, size_t len)
{
    struct srs got;
    const zk_err err = read_ptau(&got, len, 0);
    CHECK_MSG(err == want && strstr(zk_err_message(), message) != NULL, "want \"%s\", got %s: %s", message,
              zk_err_str(err), zk_err_message());
    CHECK_EQ_U64(0, got.n);
    ptau_write(file, &layout, &small);
}

static void test_ptau__with_a_bad_frame_is_refused(struct prng *rng)
{
    struct srs got;
    begin();
    for (size_t cut = 0; cut < layout.len; cut += 1 + prng_below(rng, 40))
        CHECK_ERR(ZK_ERR_INPUT, read_ptau(&got, cut, 0));
    expect(ZK_ERR_INPUT, "truncated", layout.len - 1);
    file[layout.len] = 0;
    expect(ZK_ERR_INPUT, "1 bytes after its last section", layout.len + 1);
    file[0] = 'q';
    expect(ZK_ERR_INPUT, "not a .ptau file", layout.len);
    file[4] = 2;
    expect(ZK_ERR_UNSUPPORTED, "version 2", layout.len);
    store_le32(file + 8, 6);
    expect(ZK_ERR_INPUT, "after its last section", layout.len);
    store_le32(file + 8, 8);
    expect(ZK_ERR_INPUT, "ends before its section 8 of 8", layout.len);
    store_le32(file + 8, UINT32_MAX);
    expect(ZK_ERR_INPUT, "claims", layout.len);
    store_le64(file + layout.section[3] - 8, UINT64_MAX - 5);
    expect(ZK_ERR_INPUT, "ends inside its section of type 3", layout.len);
    store_le32(file + layout.section[3] - 12, 2);
    expect(ZK_ERR_INPUT, "two sections of type 2", layout.len);
    store_le32(file + layout.section[3] - 12, 12);
    expect(ZK_ERR_INPUT, "no section 3", layout.len);
}

static void test_ptau__with_a_bad_header_is_refused(struct prng *rng)
{
    (void)rng;
    begin();
    uint8_t *header = file + layout.section[1];
    store_le32(header, 48);
    expect(ZK_ERR_INPUT, "another curve", layout.len);
    header[4] ^= 1;
    expect(ZK_ERR_INPUT, "another curve", layout.len);
    store_le32(header + 36, PTAU_TEST_POWER - 1);
    expect(ZK_ERR_INPUT, "section 2 of the .ptau file has 1984 bytes; power 3 needs 960", layout.len);
    store_le32(header + 36, 0);
    expect(ZK_ERR_INPUT, "power 0", layout.len);
    store_le32(header + 36, 63);
    expect(ZK_ERR_INPUT, "power 63", layout.len);
    store_le32(header + 40, PTAU_TEST_POWER - 1);
    expect(ZK_ERR_INPUT, "power 4 of 3", layout.len);
    store_le32(file + layout.section[7], 0);
    expect(ZK_ERR_INPUT, "nobody has contributed", layout.len);
}

static void test_ptau__with_bad_points_is_refused(struct prng *rng)
{
    const fq q = FQ_MODULUS;
    g2_affine outside;
    begin();
    uint8_t *g1 = file + layout.section[2];
    uint8_t *g2 = file + layout.section[3];
    (void)ptau_put_fq(g1 + 64 * 5, &q);
    expect(ZK_ERR_INPUT, "power 5 in the .ptau file has a coordinate that is not reduced", layout.len);
    g1[64 * 7 + 40] ^= 1;
    expect(ZK_ERR_INPUT, "power 7 in the .ptau file is no point", layout.len);
    memset(g1 + 64 * 8, 0, 64);
    expect(ZK_ERR_INPUT, "power 8 in the .ptau file is no point", layout.len);
    memcpy(g1, g1 + 64, 64);
    expect(ZK_ERR_INPUT, "do not begin with the generator", layout.len);
    memcpy(g2, g2 + 128, 128);
    expect(ZK_ERR_INPUT, "do not begin with the generator", layout.len);
    memcpy(g2 + 128, g2, 128);
    expect(ZK_ERR_INPUT, "tau of the .ptau file is 1", layout.len);
    memset(g2 + 128, 0, 128);
    expect(ZK_ERR_INPUT, "no point of the group", layout.len);
    g2[128] ^= 1;
    expect(ZK_ERR_INPUT, "no point of the group", layout.len);
    /* On the twist, outside the group: such a tau would make the pairing mean nothing. */
    do {
        fq2_random(&outside.x, rng);
        fq2_sqr(&outside.y, &outside.x);
        fq2_mul(&outside.y, &outside.y, &outside.x);
        fq2 b, x3;
        fq2_sqr(&b, &G2_GENERATOR.y);
        fq2_sqr(&x3, &G2_GENERATOR.x);
        fq2_mul(&x3, &x3, &G2_GENERATOR.x);
        fq2_sub(&b, &b, &x3);
        fq2_add(&outside.y, &outside.y, &b);
    } while (!fq2_sqrt_vartime(&outside.y, &outside.y));
    CHECK(g2_affine_is_on_curve(&outside) && !g2_in_subgroup_vartime(&outside));
    (void)ptau_put_g2(g2 + 128, &outside);
    expect(ZK_ERR_INPUT, "no point of the group", layout.len);
    for (size_t i = 1; i < PTAU_TEST_N; i++) { /* a point of the curve, but the wrong one */
        (void)ptau_put_g1(g1 + 64 * i, &srs.g1[i + 1]);
        expect(ZK_ERR_INPUT, "not the powers of one tau", layout.len);
    }
    g2_jac twice;
    g2_affine other;
    g2_jac_from_affine(&twice, &srs.g2_tau);
    g2_jac_dbl(&twice, &twice);
    g2_jac_to_affine(&other, &twice);
    (void)ptau_put_g2(g2 + 128, &other);
    expect(ZK_ERR_INPUT, "not the powers of one tau", layout.len);
}

TEST_MAIN(TEST(test_srs__is_opened_as_it_was_saved), TEST(test_damaged_files__are_refused),
          TEST(test_forged_files__are_refused), TEST(test_ptau__is_read), TEST(test_ptau__with_a_bad_frame_is_refused),
          TEST(test_ptau__with_a_bad_header_is_refused), TEST(test_ptau__with_bad_points_is_refused))
