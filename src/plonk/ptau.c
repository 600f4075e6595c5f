/* Ceremony files. Nothing in them is trusted: lengths come first, then each coordinate and point, then the pairing. */
#include "base/bytes.h"
#include "base/pool.h"
#include "curve/msm.h"
#include "plonk/srs_file.h"

#include <string.h>

#define POWER_MAX    28 /* the largest public ceremony; 2^28 divides p - 1 */
#define SECTIONS_MAX 64
#define HEADER_LEN   44 /* of section 1 */

enum { SECTION_HEADER = 1, SECTION_G1 = 2, SECTION_G2 = 3, SECTION_BETA_G2 = 6, SECTION_CONTRIBUTIONS = 7 };

struct section {
    const uint8_t *bytes;
    uint64_t len;
};

/* What the file must have: sections 1 .. 7, each once. */
struct ptau {
    struct section section[SECTION_CONTRIBUTIONS + 1];
    uint32_t power;
};

static zk_err find_sections(struct ptau *f, const uint8_t *bytes, size_t len)
{
    if (len < 12 || memcmp(bytes, "ptau", 4) != 0) return zk_fail(ZK_ERR_INPUT, "this is not a .ptau file");
    const uint32_t version = load_le32(bytes + 4);
    const uint32_t count = load_le32(bytes + 8);
    if (version != 1)
        return zk_fail(ZK_ERR_UNSUPPORTED, "the .ptau file has version %u, this program reads 1", version);
    if (count > SECTIONS_MAX) return zk_fail(ZK_ERR_INPUT, "the .ptau file claims %u sections", count);
    size_t at = 12;
    for (uint32_t i = 0; i < count; i++) {
        if (len - at < 12)
            return zk_fail(ZK_ERR_INPUT, "the .ptau file ends before its section %u of %u", i + 1, count);
        const uint32_t type = load_le32(bytes + at);
        const uint64_t size = load_le64(bytes + at + 4);
        at += 12;
        if (size > len - at)
            return zk_fail(ZK_ERR_INPUT, "the .ptau file ends inside its section of type %u: truncated?", type);
        if (type >= SECTION_HEADER && type <= SECTION_CONTRIBUTIONS) {
            if (f->section[type].bytes != NULL)
                return zk_fail(ZK_ERR_INPUT, "the .ptau file has two sections of type %u", type);
            f->section[type] = (struct section){bytes + at, size};
        }
        at += (size_t)size;
    }
    if (at != len) return zk_fail(ZK_ERR_INPUT, "the .ptau file has %zu bytes after its last section", len - at);
    for (uint32_t type = SECTION_HEADER; type <= SECTION_CONTRIBUTIONS; type++)
        if (f->section[type].bytes == NULL) return zk_fail(ZK_ERR_INPUT, "the .ptau file has no section %u", type);
    return ZK_OK;
}

static zk_err read_header(struct ptau *f)
{
    const struct section *s = &f->section[SECTION_HEADER];
    const fq q = FQ_MODULUS;
    if (s->len < 4) return zk_fail(ZK_ERR_INPUT, "the header of the .ptau file is too short");
    const uint32_t coordinate = load_le32(s->bytes);
    if (coordinate != 32)
        return zk_fail(ZK_ERR_INPUT, "the .ptau file is of another curve: coordinates of %u bytes, BN254 has 32",
                       coordinate);
    if (s->len != HEADER_LEN)
        return zk_fail(ZK_ERR_INPUT, "the header of the .ptau file has %llu bytes, not %d", (unsigned long long)s->len,
                       HEADER_LEN);
    for (size_t i = 0; i < 4; i++)
        if (load_le64(s->bytes + 4 + 8 * i) != q.l[i])
            return zk_fail(ZK_ERR_INPUT, "the .ptau file is of another curve: its prime is not that of BN254");
    f->power = load_le32(s->bytes + 36);
    const uint32_t ceremony = load_le32(s->bytes + 40);
    if (f->power < 1 || f->power > POWER_MAX || ceremony < f->power || ceremony > POWER_MAX)
        return zk_fail(ZK_ERR_INPUT, "the .ptau file has power %u of %u; 1 .. %d are possible", f->power, ceremony,
                       POWER_MAX);
    return ZK_OK;
}

static zk_err check_lengths(const struct ptau *f)
{
    const uint64_t n = (uint64_t)1 << f->power;
    const uint64_t want[SECTION_CONTRIBUTIONS] = {0, HEADER_LEN, 64 * (2 * n - 1), 128 * n, 64 * n, 64 * n, 128};
    for (uint32_t type = SECTION_G1; type <= SECTION_BETA_G2; type++)
        if (f->section[type].len != want[type])
            return zk_fail(ZK_ERR_INPUT, "section %u of the .ptau file has %llu bytes; power %u needs %llu", type,
                           (unsigned long long)f->section[type].len, f->power, (unsigned long long)want[type]);
    const struct section *s = &f->section[SECTION_CONTRIBUTIONS];
    if (s->len < 4) return zk_fail(ZK_ERR_INPUT, "the list of contributions of the .ptau file is too short");
    if (load_le32(s->bytes) == 0)
        return zk_fail(ZK_ERR_INPUT, "nobody has contributed to the .ptau file: its tau is 1, known to all");
    return ZK_OK;
}

/* A coordinate as it stands: Montgomery form with factor 2^256, which is ours. False if it is not reduced. */
static bool read_fq(fq *out, const uint8_t *bytes)
{
    uint64_t limbs[4];
    fq same;
    for (size_t i = 0; i < 4; i++) limbs[i] = load_le64(bytes + 8 * i);
    memcpy(out->l, limbs, sizeof(limbs));
    return fq_from_limbs(&same, limbs);
}

struct reader {
    const uint8_t *bytes;
    g1_affine *out;
    size_t n;
};

#define GRAIN 4096

static zk_err read_points(void *ctx, size_t i, unsigned worker)
{
    const struct reader *r = ctx;
    (void)worker;
    for (size_t k = i * GRAIN; k < (i + 1) * GRAIN && k < r->n; k++) {
        g1_affine *p = &r->out[k];
        bool ok = read_fq(&p->x, r->bytes + 64 * k);
        ok &= read_fq(&p->y, r->bytes + 64 * k + 32);
        if (!ok) return zk_fail(ZK_ERR_INPUT, "power %zu in the .ptau file has a coordinate that is not reduced", k);
        if (g1_affine_is_inf(p) || !g1_affine_is_on_curve(p))
            return zk_fail(ZK_ERR_INPUT, "power %zu in the .ptau file is no point of the curve", k);
    }
    return ZK_OK;
}

static bool read_g2(g2_affine *out, const uint8_t *bytes)
{
    bool ok = read_fq(&out->x.c0, bytes);
    ok &= read_fq(&out->x.c1, bytes + 32);
    ok &= read_fq(&out->y.c0, bytes + 64);
    ok &= read_fq(&out->y.c1, bytes + 96);
    return ok && !g2_affine_is_inf(out) && g2_affine_is_on_curve(out) && g2_in_subgroup_vartime(out);
}

static zk_err read_tau(struct srs *out, const struct ptau *f)
{
    g2_affine one;
    const uint8_t *bytes = f->section[SECTION_G2].bytes;
    if (!read_g2(&one, bytes) || !g2_affine_eq(&one, &G2_GENERATOR))
        return zk_fail(ZK_ERR_INPUT, "the powers in G2 of the .ptau file do not begin with the generator");
    if (!read_g2(&out->g2_tau, bytes + 128))
        return zk_fail(ZK_ERR_INPUT, "tau in G2 of the .ptau file is no point of the group");
    if (g2_affine_eq(&out->g2_tau, &G2_GENERATOR))
        return zk_fail(ZK_ERR_INPUT, "the tau of the .ptau file is 1, known to all");
    return ZK_OK;
}

static zk_err read_srs(struct srs *out, const struct ptau *f, size_t n, struct pool *pool, struct arena *home,
                       struct arena *scratch)
{
    const size_t have = ((size_t)2 << f->power) - 1;
    bool ok;
    if (n == 0) n = have;
    if (n > have)
        return zk_fail(ZK_ERR_RANGE, "the .ptau file has %zu powers of tau, %zu are needed: take one of a higher power",
                       have, n);
    if (n < 2 || n > MSM_N_MAX) return zk_fail(ZK_ERR_RANGE, "an SRS of %zu powers is not supported", n);
    g1_affine *points = arena_push(home, g1_affine, n);
    if (points == NULL) return ZK_ERR_FULL;
    struct reader r = {.bytes = f->section[SECTION_G1].bytes, .out = points, .n = n};
    ZK_TRY(read_tau(out, f));
    ZK_TRY(pool_for(pool, (n + GRAIN - 1) / GRAIN, read_points, &r));
    if (!g1_affine_eq(&points[0], &G1_GENERATOR))
        return zk_fail(ZK_ERR_INPUT, "the powers in G1 of the .ptau file do not begin with the generator");
    out->g1 = points;
    out->n = n;
    srs_set_id(out);
    ZK_TRY(srs_check(&ok, out, pool, scratch));
    if (!ok) return zk_fail(ZK_ERR_INPUT, "the points of the .ptau file are not the powers of one tau");
    return ZK_OK;
}

zk_err ptau_decode(struct srs *out, const uint8_t *bytes, size_t len, size_t n, struct pool *pool, struct arena *home,
                   struct arena *scratch)
{
    struct ptau f;
    const size_t mark = arena_mark(home);
    memset(out, 0, sizeof(*out));
    memset(&f, 0, sizeof(f));
    ZK_TRY(find_sections(&f, bytes, len));
    ZK_TRY(read_header(&f));
    ZK_TRY(check_lengths(&f));
    zk_err err = read_srs(out, &f, n, pool, home, scratch);
    if (err == ZK_OK) return ZK_OK;
    arena_release(home, mark);
    memset(out, 0, sizeof(*out));
    return err;
}
