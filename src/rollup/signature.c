#include "rollup/signature.h"

#include "base/arena.h"
#include "base/pool.h"
#include "base/secret.h"
#include "curve/edwards_many.h"
#include "hash/rescue.h"
#include "hash/sha256.h"

#include <string.h>

#define ELEMENT_BITS   253 /* bits that always fit an element */
#define CHALLENGE_LEN  4   /* elements */
#define MESSAGE_LEN    3
#define ORDERS_LEN     6
#define HALF_BITS      125 /* of a challenge, from each output of its hash */
#define CANDIDATES_MAX 1000
#define SIGN_BLOCK     8 /* lanes of Rescue */

const char *sig_verdict_str(sig_verdict v)
{
    switch (v) {
    case SIG_OK: return "ok";
    case SIG_MALFORMED: return "malformed";
    case SIG_IDENTITY: return "identity";
    case SIG_NOT_IN_SUBGROUP: return "not in subgroup";
    case SIG_WRONG: return "wrong";
    }
    return "unknown";
}

/* ---- bytes to elements */

static uint8_t reverse_bits(uint8_t b)
{
    b = (uint8_t)(b >> 4 | b << 4);
    b = (uint8_t)((b & 0xcc) >> 2 | (b & 0x33) << 2);
    return (uint8_t)((b & 0xaa) >> 1 | (b & 0x55) << 1);
}

/* Groups of 253 bits, first bit least significant, of the bytes' bits, most significant first. With the bits of each
 * byte reversed, bit i of the string is bit i of a little-endian integer, and group j its bits from 253 j on. Bits
 * behind the end are zero. */
static void elements_from_bytes(fr *out, size_t n, const uint8_t *in, size_t len)
{
    uint8_t bits[SIG_ORDERS_BYTES + 48] = {0};
    assert(len <= SIG_ORDERS_BYTES);
    assert((ELEMENT_BITS * (n - 1)) / 8 + 40 <= sizeof bits);
    for (size_t i = 0; i < len; i++) bits[i] = reverse_bits(in[i]);
    for (size_t j = 0; j < n; j++) {
        size_t byte = ELEMENT_BITS * j / 8;
        unsigned shift = ELEMENT_BITS * j % 8;
        uint64_t limbs[4];
        for (size_t k = 0; k < 4; k++) {
            const uint8_t *p = bits + byte + 8 * k;
            limbs[k] = shift == 0 ? load_le64(p) : load_le64(p) >> shift | (uint64_t)p[8] << (64 - shift);
        }
        limbs[3] &= (UINT64_C(1) << (ELEMENT_BITS - 192)) - 1;
        bool below = fr_from_limbs(&out[j], limbs);
        assert(below); /* 2^253 < p */
        (void)below;
    }
}

static void message_elements(fr out[MESSAGE_LEN], const uint8_t *msg, size_t len)
{
    assert(len <= SIG_MESSAGE_MAX);
    elements_from_bytes(out, MESSAGE_LEN, msg, len);
}

void sig_message_hash(fr *m, const uint8_t *msg, size_t len)
{
    fr in[MESSAGE_LEN];
    fr out[2];
    message_elements(in, msg, len);
    rescue_hash(out, in, MESSAGE_LEN);
    *m = out[0];
}

void sig_challenge_elements(fr out[4], const fr *key_x, const fr *r_x, const fr *m)
{
    uint8_t bytes[96];
    fr_to_le32(bytes, key_x);
    fr_to_le32(bytes + 32, r_x);
    fr_to_le32(bytes + 64, m);
    elements_from_bytes(out, CHALLENGE_LEN, bytes, sizeof bytes);
}

void sig_challenge_from_hash(ed_scalar *c, const fr hash[2])
{
    const uint64_t mask = (UINT64_C(1) << (HALF_BITS - 64)) - 1;
    uint64_t lo[4];
    uint64_t hi[4];
    fr_to_limbs(lo, &hash[0]);
    fr_to_limbs(hi, &hash[1]);
    hi[1] &= mask;
    c->l[0] = lo[0];
    c->l[1] = (lo[1] & mask) | hi[0] << (HALF_BITS - 64);
    c->l[2] = hi[0] >> (128 - HALF_BITS) | hi[1] << (HALF_BITS - 64);
    c->l[3] = hi[1] >> (128 - HALF_BITS);
}

static void challenge(ed_scalar *c, const fr *key_x, const fr *r_x, const fr *m)
{
    fr in[CHALLENGE_LEN];
    fr out[2];
    sig_challenge_elements(in, key_x, r_x, m);
    rescue_hash(out, in, CHALLENGE_LEN);
    sig_challenge_from_hash(c, out);
}

static void pubkey_hash_from_element(pubkey_hash *out, const fr *h)
{
    uint8_t be[32];
    fr_to_be32(be, h);
    memcpy(out->b, be + 12, sizeof out->b);
}

void sig_pubkey_hash(pubkey_hash *out, const ed_affine *key)
{
    const fr in[2] = {key->x, key->y};
    fr h[2];
    rescue_hash(h, in, 2);
    pubkey_hash_from_element(out, &h[0]);
}

void sig_orders_hash(uint8_t out[SIG_ORDERS_DIGEST], const uint8_t orders[SIG_ORDERS_BYTES])
{
    fr in[ORDERS_LEN];
    fr h[2];
    uint8_t le[32];
    elements_from_bytes(in, ORDERS_LEN, orders, SIG_ORDERS_BYTES);
    rescue_hash(h, in, ORDERS_LEN);
    fr_to_le32(le, &h[0]);
    for (size_t i = 0; i < SIG_ORDERS_DIGEST; i++) out[i] = reverse_bits(le[i]);
}

/* ---- keys and signing. What is secret: seed, key, nonce and all that the nonce comes from. */

/* A secret candidate is refused or taken: the answer is public, the candidate that is taken is not. */
static bool candidate(ed_scalar *k, const uint8_t be[32])
{
    bool below = ed_scalar_from_be32(k, be);
    secret_declassify(&below, sizeof below);
    return below;
}

zk_err sig_key_from_seed(uint8_t key[SIG_KEY_BYTES], const uint8_t *seed, size_t len)
{
    memset(key, 0, SIG_KEY_BYTES);
    if (len < SIG_SEED_MIN) return zk_fail(ZK_ERR_INPUT, "seed is too short: want at least %d bytes", SIG_SEED_MIN);
    uint8_t e[32];
    ed_scalar k;
    bool found = false;
    sha256(e, seed, len);
    for (int i = 0; i < CANDIDATES_MAX && !found; i++) { /* one in 42 is below L */
        sha256(e, e, sizeof e);
        bool zero = false;
        found = candidate(&k, e);
        if (found) {
            zero = ed_scalar_is_zero(&k);
            secret_declassify(&zero, sizeof zero);
        }
        found = found && !zero;
    }
    if (found) memcpy(key, e, sizeof e);
    zk_wipe(e, sizeof e);
    zk_wipe(&k, sizeof k);
    if (!found) return zk_fail(ZK_ERR_INPUT, "no key comes from this seed: take another");
    return ZK_OK;
}

static zk_err read_key(ed_scalar *k, const uint8_t key[SIG_KEY_BYTES])
{
    bool below = ed_scalar_from_be32(k, key); /* on its own: the operands of & have no order */
    bool ok = below & !ed_scalar_is_zero(k);
    secret_declassify(&ok, sizeof ok);
    if (ok) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "private key is zero, or not below the order of the group");
}

/* The affine coordinates of k G, which are public. */
static void public_point(ed_affine *out, const ed_scalar *k)
{
    ed_ext p;
    ed_mul_base(&p, k);
    ed_to_affine(out, &p);
    secret_declassify(out, sizeof *out);
    zk_wipe(&p, sizeof p);
}

zk_err sig_public_key(uint8_t out[SIG_KEY_BYTES], const uint8_t key[SIG_KEY_BYTES])
{
    ed_scalar k;
    ed_affine p;
    memset(out, 0, SIG_KEY_BYTES);
    zk_err err = read_key(&k, key);
    if (err == ZK_OK) {
        public_point(&p, &k);
        ed_pack(out, &p);
    }
    zk_wipe(&k, sizeof k);
    return err;
}

/* The HMAC generator of RFC 6979, section 3.2, over key and SHA-256(m). */
static void derive_nonce(ed_scalar *nonce, const uint8_t key[SIG_KEY_BYTES], const uint8_t m[32])
{
    uint8_t k[32] = {0};
    uint8_t v[32];
    uint8_t t[32];
    uint8_t input[97]; /* V, a byte, key, SHA-256(m) */
    memset(v, 1, sizeof v);
    memcpy(input + 33, key, 32);
    sha256(input + 65, m, 32);
    for (uint8_t step = 0; step < 2; step++) {
        memcpy(input, v, 32);
        input[32] = step;
        hmac_sha256(k, k, 32, input, sizeof input);
        hmac_sha256(v, k, 32, v, 32);
    }
    hmac_sha256(t, k, 32, v, 32);
    while (!candidate(nonce, t)) { /* one in 42 is below L; upstream keeps V as it is and hashes it twice */
        memcpy(input, v, 32);
        memcpy(input + 32, v, 32);
        input[64] = 0;
        hmac_sha256(k, k, 32, input, 65);
        hmac_sha256(t, k, 32, v, 32);
    }
    zk_wipe(k, sizeof k);
    zk_wipe(v, sizeof v);
    zk_wipe(t, sizeof t);
    zk_wipe(input, sizeof input);
}

/* One block's working memory: secret but for points and hashes. */
struct sign_block {
    ed_scalar key[SIGN_BLOCK], nonce[SIGN_BLOCK];
    ed_affine public[SIGN_BLOCK], r[SIGN_BLOCK];
    fr elements[CHALLENGE_LEN * SIGN_BLOCK];
    fr hashes[2 * SIGN_BLOCK];
};

/* R = k G, s = k + c sk. */
static zk_err sign_block(struct sign_block *b, uint8_t (*out)[SIG_BYTES], const struct sig_request *requests, size_t n)
{
    assert(n <= SIGN_BLOCK);
    for (size_t i = 0; i < n; i++) {
        const struct sig_request *r = &requests[i];
        if (r->len > SIG_MESSAGE_MAX)
            return zk_fail(ZK_ERR_RANGE, "message of %zu bytes: at most %d", r->len, SIG_MESSAGE_MAX);
        ZK_TRY(read_key(&b->key[i], r->key));
        message_elements(b->elements + MESSAGE_LEN * i, r->msg, r->len);
    }
    rescue_hash_many(b->hashes, b->elements, MESSAGE_LEN, n);
    for (size_t i = 0; i < n; i++) {
        const fr *m = &b->hashes[2 * i];
        uint8_t m_bytes[32];
        fr_to_le32(m_bytes, m);
        derive_nonce(&b->nonce[i], requests[i].key, m_bytes);
        public_point(&b->public[i], &b -> key[i]);
        public_point(&b->r[i], &b->nonce[i]);
        sig_challenge_elements(b->elements + CHALLENGE_LEN * i, &b->public[i].x, &b->r[i].x, m);
    }
    rescue_hash_many(b->hashes, b->elements, CHALLENGE_LEN, n);
    for (size_t i = 0; i < n; i++) {
        ed_scalar c, s;
        sig_challenge_from_hash(&c, b->hashes + 2 * i);
        ed_scalar_mul(&s, &c, &b->key[i]);
        ed_scalar_add(&s, &s, &b->nonce[i]);
        ed_pack(out[i], &b->r[i]);
        ed_scalar_to_le32(out[i] + 32, &s);
        secret_declassify(out[i], SIG_BYTES);
        zk_wipe(&s, sizeof s);
    }
    return ZK_OK;
}

zk_err sig_sign_many(uint8_t (*out)[SIG_BYTES], const struct sig_request *requests, size_t n)
{
    struct sign_block b;
    zk_err err = ZK_OK;
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; err == ZK_OK && i < n; i += SIGN_BLOCK)
        err = sign_block(&b, out + i, requests + i, n - i < SIGN_BLOCK ? n - i : SIGN_BLOCK);
    if (err != ZK_OK) memset(out, 0, n * sizeof *out);
    zk_wipe(&b, sizeof b);
    return err;
}

zk_err sig_sign(uint8_t out[SIG_BYTES], const uint8_t key[SIG_KEY_BYTES], const uint8_t *msg, size_t len)
{
    uint8_t one[1][SIG_BYTES];
    const struct sig_request request = {key, msg, len};
    zk_err err = sig_sign_many(one, &request, 1);
    memcpy(out, one[0], SIG_BYTES);
    return err;
}

/* ---- verifying one */

bool sig_parse_key(ed_affine *point, const uint8_t in[SIG_KEY_BYTES])
{
    return ed_unpack(point, in);
}

bool sig_parse(ed_affine *r, ed_scalar *s, const uint8_t in[SIG_BYTES])
{
    bool point = ed_unpack(r, in);
    bool scalar = ed_scalar_from_le32(s, in + 32);
    return point && scalar;
}

sig_verdict sig_check_point(const ed_affine *p)
{
    if (ed_affine_is_identity(p)) return SIG_IDENTITY;
    if (!ed_in_subgroup_vartime(p)) return SIG_NOT_IN_SUBGROUP;
    return SIG_OK;
}

/* The first of two verdicts in the order of the enum; SIG_OK if both are. */
static sig_verdict first_verdict(sig_verdict a, sig_verdict b)
{
    if (a == SIG_OK) return b;
    if (b == SIG_OK) return a;
    return a < b ? a : b;
}

sig_verdict sig_verify(const uint8_t key[SIG_KEY_BYTES], const uint8_t sig[SIG_BYTES], const uint8_t *msg, size_t len)
{
    ed_affine p;
    ed_affine r;
    ed_scalar s;
    ed_scalar c;
    ed_ext want;
    fr m;
    if (len > SIG_MESSAGE_MAX || !sig_parse_key(&p, key) || !sig_parse(&r, &s, sig)) return SIG_MALFORMED;
    sig_verdict v = first_verdict(sig_check_point(&p), sig_check_point(&r));
    if (v != SIG_OK) return v;
    sig_message_hash(&m, msg, len);
    challenge(&c, &p.x, &r.x, &m);
    ed_mul2_vartime(&want, &s, &c, &p);
    return ed_eq_affine(&want, &r) ? SIG_OK : SIG_WRONG;
}

/* ---- verifying many: blocks of items through the lanes of Rescue and of edwards_many */

#define BLOCK ED_MANY_BLOCK

/* Verdicts of n <= BLOCK packed points, and the points; those that do not unpack become the identity. */
static void check_points(sig_verdict *verdicts, ed_affine *points, const uint8_t (*in)[32], size_t n)
{
    bool ok[BLOCK];
    bool inside[BLOCK];
    assert(n <= BLOCK);
    ed_unpack_many_vartime(ok, points, in, n);
    ed_in_subgroup_many_vartime(inside, points, n);
    for (size_t i = 0; i < n; i++) {
        verdicts[i] = !ok[i]                              ? SIG_MALFORMED
                      : ed_affine_is_identity(&points[i]) ? SIG_IDENTITY
                      : !inside[i]                        ? SIG_NOT_IN_SUBGROUP
                                                          : SIG_OK;
    }
}

struct key_info_job {
    struct sig_key_info *infos;
    const uint8_t (*keys)[SIG_KEY_BYTES];
};

static void key_info_block(void *ctx, size_t begin, size_t end, unsigned worker)
{
    (void)worker;
    const struct key_info_job *job = ctx;
    sig_verdict verdicts[BLOCK];
    ed_affine points[BLOCK];
    fr in[2 * BLOCK];
    fr hashes[2 * BLOCK];
    size_t n = end - begin;
    check_points(verdicts, points, job->keys + begin, n);
    for (size_t i = 0; i < n; i++) {
        in[2 * i] = points[i].x;
        in[2 * i + 1] = points[i].y;
    }
    rescue_hash_many(hashes, in, 2, n);
    for (size_t i = 0; i < n; i++) {
        struct sig_key_info *info = &job->infos[begin + i];
        memset(info, 0, sizeof *info);
        info->point = points[i];
        info->verdict = verdicts[i];
        if (verdicts[i] == SIG_OK) pubkey_hash_from_element(&info->hash, &hashes[2 * i]);
    }
}

void sig_key_info_many(struct sig_key_info *infos, const uint8_t (*keys)[SIG_KEY_BYTES], size_t n, struct pool *pool)
{
    struct key_info_job job = {infos, keys};
    pool_for_range(pool, n, BLOCK, key_info_block, &job);
}

/* One block's working memory. Lists are dense: entry k belongs to item `item[k]`, so that lanes are not spent on items
 * whose verdict is known. */
struct verify_block {
    uint8_t packed[BLOCK][32];
    sig_verdict checked[BLOCK];
    ed_affine points[BLOCK];
    size_t item[BLOCK];
    ed_affine key[BLOCK]; /* by item */
    ed_affine r[BLOCK];
    ed_scalar s[BLOCK];
    ed_scalar c[BLOCK];
    ed_affine dense_key[BLOCK];
    ed_affine dense_r[BLOCK];
    ed_scalar dense_s[BLOCK];
    fr elements[CHALLENGE_LEN * BLOCK];
    fr hashes[2 * BLOCK];
    bool equal[BLOCK];
};

struct verify_job {
    sig_verdict *verdicts;
    const struct sig_item *items;
    struct verify_block *blocks; /* one a worker */
};

/* Keys of a block: what is known is copied, the others are unpacked and checked together. */
static void verify_keys(struct verify_block *b, sig_verdict *verdicts, const struct sig_item *items, size_t n)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (items[i].known != NULL) {
            b->key[i] = items[i].known->point;
            verdicts[i] = items[i].known->verdict;
        } else {
            memcpy(b->packed[m], items[i].key, 32);
            b->item[m++] = i;
        }
    }
    check_points(b->checked, b->points, (const uint8_t(*)[32])b->packed, m);
    for (size_t k = 0; k < m; k++) {
        b->key[b->item[k]] = b->points[k];
        verdicts[b->item[k]] = b->checked[k];
    }
}

/* The signatures' own encodings and points. Every item is parsed, for a malformed part outranks the key's verdict. */
static void verify_points(struct verify_block *b, sig_verdict *verdicts, const struct sig_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) memcpy(b->packed[i], items[i].sig, 32);
    check_points(b->checked, b->r, (const uint8_t(*)[32])b->packed, n);
    for (size_t i = 0; i < n; i++) {
        bool below = ed_scalar_from_le32(&b->s[i], items[i].sig + 32);
        if (!below || items[i].len > SIG_MESSAGE_MAX) b->checked[i] = SIG_MALFORMED;
        verdicts[i] = first_verdict(verdicts[i], b->checked[i]);
    }
}

/* The challenges of the m dense entries. */
static void verify_challenges(struct verify_block *b, const struct sig_item *items, size_t m)
{
    for (size_t k = 0; k < m; k++) {
        const struct sig_item *item = &items[b->item[k]];
        message_elements(b->elements + MESSAGE_LEN * k, item->msg, item->len);
    }
    rescue_hash_many(b->hashes, b->elements, MESSAGE_LEN, m);
    for (size_t k = 0; k < m; k++) {
        sig_challenge_elements(b->elements + CHALLENGE_LEN * k, &b->dense_key[k].x, &b->dense_r[k].x,
                               &b->hashes[2 * k]);
    }
    rescue_hash_many(b->hashes, b->elements, CHALLENGE_LEN, m);
    for (size_t k = 0; k < m; k++) sig_challenge_from_hash(&b->c[k], b->hashes + 2 * k);
}

static void verify_range(void *ctx, size_t begin, size_t end, unsigned worker)
{
    const struct verify_job *job = ctx;
    struct verify_block *b = &job->blocks[worker];
    const struct sig_item *items = job->items + begin;
    sig_verdict *verdicts = job->verdicts + begin;
    size_t n = end - begin;
    size_t m = 0;
    verify_keys(b, verdicts, items, n);
    verify_points(b, verdicts, items, n);
    for (size_t i = 0; i < n; i++) {
        if (verdicts[i] != SIG_OK) continue;
        b->dense_key[m] = b->key[i];
        b->dense_r[m] = b->r[i];
        b->dense_s[m] = b->s[i];
        b->item[m++] = i;
    }
    verify_challenges(b, items, m);
    ed_mul2_equals_many_vartime(b->equal, b->dense_r, b->dense_s, b->c, b->dense_key, m);
    for (size_t k = 0; k < m; k++) verdicts[b->item[k]] = b->equal[k] ? SIG_OK : SIG_WRONG;
}

size_t sig_verify_scratch_len(const struct pool *pool)
{
    return pool_threads(pool) * sizeof(struct verify_block) + ARENA_ALIGN;
}

zk_err sig_verify_batch(sig_verdict *verdicts, const struct sig_item *items, size_t n, struct pool *pool,
                        struct arena *scratch)
{
    size_t mark = arena_mark(scratch);
    struct verify_job job = {.items = items};
    job.verdicts = verdicts;
    job.blocks = arena_push(scratch, struct verify_block, pool_threads(pool));
    if (job.blocks == NULL) return ZK_ERR_FULL;
    pool_for_range(pool, n, BLOCK, verify_range, &job);
    arena_release(scratch, mark);
    return ZK_OK;
}
