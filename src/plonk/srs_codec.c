#include "base/bytes.h"
#include "base/pool.h"
#include "curve/msm.h"
#include "hash/sha256.h"
#include "plonk/srs_file.h"

#include <string.h>

#define MAGIC "zkrlsrs" /* with its zero: 8 bytes */

static_assert(sizeof(g1_affine) == 64, "points are stored as they are in memory");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "limbs are stored as they are in memory");

struct blocks {
    const uint8_t *bytes;
    size_t len;
    uint8_t *sums;
};

static void hash_blocks(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct blocks *b = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        const size_t at = i * SRS_BLOCK;
        const size_t len = b->len - at < SRS_BLOCK ? b->len - at : SRS_BLOCK;
        sha256(b->sums + 32 * i, b->bytes + at, len);
    }
}

static zk_err hash_points(uint8_t out[32], const void *points, size_t n, struct pool *pool, struct arena *scratch)
{
    struct blocks b = {.bytes = points, .len = n * sizeof(g1_affine)};
    const size_t n_blocks = (b.len + SRS_BLOCK - 1) / SRS_BLOCK;
    const size_t mark = arena_mark(scratch);
    b.sums = arena_push(scratch, uint8_t, 32 * n_blocks);
    if (b.sums == NULL) return ZK_ERR_FULL;
    pool_for_range(pool, n_blocks, 1, hash_blocks, &b);
    sha256(out, b.sums, 32 * n_blocks);
    arena_release(scratch, mark);
    return ZK_OK;
}

zk_err srs_encode_header(uint8_t out[SRS_HEADER_LEN], const struct srs *srs, struct pool *pool, struct arena *scratch)
{
    memset(out, 0, SRS_HEADER_LEN);
    memcpy(out, MAGIC, 8);
    store_le32(out + 8, SRS_FILE_VERSION);
    store_le32(out + 12, srs->insecure);
    store_le64(out + 16, srs->n);
    memcpy(out + 32, srs->id, 32);
    g2_to_be128(out + 64, &srs->g2_tau);
    ZK_TRY(hash_points(out + 192, srs->g1, srs->n, pool, scratch));
    sha256(out + 224, out, 224);
    return ZK_OK;
}

static bool all_zero(const uint8_t *bytes, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++) any |= bytes[i];
    return any == 0;
}

static zk_err decode_header(struct srs *out, const uint8_t *bytes, size_t len)
{
    uint8_t sum[32];
    if (len < 8 || memcmp(bytes, MAGIC, 8) != 0) return zk_fail(ZK_ERR_CORRUPT, "this is not an SRS file of zkroll");
    if (len < SRS_HEADER_LEN) return zk_fail(ZK_ERR_CORRUPT, "the SRS file ends in its header, after %zu bytes", len);
    const uint32_t version = load_le32(bytes + 8);
    if (version != SRS_FILE_VERSION)
        return zk_fail(ZK_ERR_UNSUPPORTED, "the SRS file has version %u, this program reads %d", version,
                       SRS_FILE_VERSION);
    sha256(sum, bytes, 224);
    if (memcmp(sum, bytes + 224, 32) != 0) return zk_fail(ZK_ERR_CORRUPT, "the checksum of the SRS header is wrong");
    const uint32_t insecure = load_le32(bytes + 12);
    const uint64_t n = load_le64(bytes + 16);
    if (insecure > 1 || n < 2 || n > MSM_N_MAX || load_le64(bytes + 24) != 0 ||
        !all_zero(bytes + 256, SRS_HEADER_LEN - 256))
        return zk_fail(ZK_ERR_CORRUPT, "the SRS header has an impossible field");
    if (len != SRS_HEADER_LEN + sizeof(g1_affine) * (size_t)n)
        return zk_fail(ZK_ERR_CORRUPT, "the SRS file has %zu bytes, its %llu powers need %zu", len,
                       (unsigned long long)n, SRS_HEADER_LEN + sizeof(g1_affine) * (size_t)n);
    if (!g2_from_be128(&out->g2_tau, bytes + 64))
        return zk_fail(ZK_ERR_CORRUPT, "the SRS has a tau in G2 that is no point of the group");
    out->n = (size_t)n;
    out->insecure = insecure == 1;
    return ZK_OK;
}

static bool is_reduced(const fq *x)
{
    const fq q = FQ_MODULUS;
    for (int i = 3; i >= 0; i--)
        if (x->l[i] != q.l[i]) return x->l[i] < q.l[i];
    return false;
}

#define GRAIN 4096

static zk_err check_points(void *ctx, size_t i, unsigned worker)
{
    const struct srs *srs = ctx;
    (void)worker;
    for (size_t k = i * GRAIN; k < (i + 1) * GRAIN && k < srs->n; k++) {
        const g1_affine *p = &srs->g1[k];
        if (!is_reduced(&p->x) || !is_reduced(&p->y) || g1_affine_is_inf(p) || !g1_affine_is_on_curve(p))
            return zk_fail(ZK_ERR_CORRUPT, "power %zu of the SRS is no point of the curve", k);
    }
    return ZK_OK;
}

zk_err srs_decode(struct srs *out, const uint8_t *bytes, size_t len, struct pool *pool, struct arena *scratch)
{
    uint8_t sum[32];
    memset(out, 0, sizeof(*out));
    ZK_TRY(decode_header(out, bytes, len));
    assert((uintptr_t)bytes % 64 == 0);
    ZK_TRY(hash_points(sum, bytes + SRS_HEADER_LEN, out->n, pool, scratch));
    if (memcmp(sum, bytes + 192, 32) != 0) return zk_fail(ZK_ERR_CORRUPT, "the checksum of the SRS is wrong");
    out->g1 = (const g1_affine *)(const void *)(bytes + SRS_HEADER_LEN);
    ZK_TRY(pool_for(pool, (out->n + GRAIN - 1) / GRAIN, check_points, out));
    if (!g1_affine_eq(&out->g1[0], &G1_GENERATOR))
        return zk_fail(ZK_ERR_CORRUPT, "the SRS does not begin with the generator");
    srs_set_id(out);
    if (memcmp(out->id, bytes + 32, 32) != 0) return zk_fail(ZK_ERR_CORRUPT, "the SRS is not the one of its id");
    return ZK_OK;
}
