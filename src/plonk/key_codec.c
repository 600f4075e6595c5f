#include "base/bytes.h"
#include "plonk/key_file.h"

#include <string.h>

#define MAGIC      "zkplonk" /* with its zero: 8 bytes */
#define HEADER_LEN 240
#define SUM_LEN    32

static size_t column_count(const struct cs *cs)
{
    const size_t table = cs->n_lookups > 0 ? (size_t)cs->table_width << cs->log_table : 0;
    return (size_t)cs->n_fixed_all * cs->period + table;
}

size_t key_encoded_len(const struct verifying_key *vk, bool columns)
{
    return HEADER_LEN + 64 * (size_t)(vk->n_fixed_commits + vk->n_table_commits) +
           (columns ? 32 * column_count(vk->cs) : 0) + SUM_LEN;
}

/* The fields from offset 12 to 47. */
#define FIELDS 9
static void header_fields(uint32_t f[FIELDS], const struct verifying_key *vk, bool columns)
{
    const struct cs *cs = vk->cs;
    const uint32_t list[FIELDS] = {columns,
                                   vk->log_n,
                                   cs->config.log_t,
                                   cs->log_table,
                                   (uint32_t)vk->transcript,
                                   vk->insecure,
                                   cs->n_fixed_all,
                                   cs->n_lookups > 0 ? cs->table_width : 0,
                                   0};
    memcpy(f, list, sizeof(list));
}

static uint8_t *put_column(uint8_t *at, const fr *column, size_t n)
{
    for (size_t i = 0; i < n; i++, at += 32) fr_to_le32(at, &column[i]);
    return at;
}

void key_encode(uint8_t *out, const struct proving_key *pk, bool columns)
{
    const struct verifying_key *vk = &pk->vk;
    const struct cs *cs = vk->cs;
    uint32_t fields[FIELDS];
    memcpy(out, MAGIC, 8);
    store_le32(out + 8, PLONK_KEY_VERSION);
    header_fields(fields, vk, columns);
    for (size_t i = 0; i < FIELDS; i++) store_le32(out + 12 + 4 * i, fields[i]);
    memcpy(out + 48, vk->circuit_hash, 32);
    memcpy(out + 80, vk->srs_id, 32);
    g2_to_be128(out + 112, &vk->g2_tau);
    uint8_t *at = out + HEADER_LEN;
    for (uint32_t i = 0; i < vk->n_fixed_commits; i++, at += 64) g1_to_be64(at, &vk->fixed_commits[i]);
    for (uint32_t i = 0; i < vk->n_table_commits; i++, at += 64) g1_to_be64(at, &vk->table_commits[i]);
    for (uint32_t f = 0; f < cs->n_fixed_all && columns; f++) at = put_column(at, pk->fixed[f], cs->period);
    for (uint32_t w = 0; w < fields[7] && columns; w++) at = put_column(at, pk->table[w], (size_t)1 << cs->log_table);
    keccak256(at, out, (size_t)(at - out));
}

static bool take_points(g1_affine *out, uint32_t n, const uint8_t **at)
{
    bool ok = true;
    for (uint32_t i = 0; i < n; i++, *at += 64) ok &= g1_from_be64(&out[i], *at);
    return ok;
}

static zk_err take_columns(fr **out, uint32_t n_columns, size_t len, const uint8_t **at, struct arena *home)
{
    for (uint32_t c = 0; c < n_columns; c++) {
        out[c] = arena_push(home, fr, len);
        if (out[c] == NULL) return ZK_ERR_FULL;
        for (size_t i = 0; i < len; i++, *at += 32)
            if (!fr_from_le32(&out[c][i], *at))
                return zk_fail(ZK_ERR_CORRUPT, "the key has a field element that is not reduced");
    }
    return ZK_OK;
}

static zk_err check_header(const uint8_t *bytes, size_t len)
{
    uint8_t sum[SUM_LEN];
    if (len < HEADER_LEN + SUM_LEN || memcmp(bytes, MAGIC, 8) != 0)
        return zk_fail(ZK_ERR_CORRUPT, "these %zu bytes are not a key", len);
    const uint32_t version = load_le32(bytes + 8);
    if (version != PLONK_KEY_VERSION)
        return zk_fail(ZK_ERR_UNSUPPORTED, "the key has version %u, this program reads %d", version, PLONK_KEY_VERSION);
    keccak256(sum, bytes, len - SUM_LEN);
    if (memcmp(sum, bytes + len - SUM_LEN, SUM_LEN) != 0) return zk_fail(ZK_ERR_CORRUPT, "the key's checksum is wrong");
    return ZK_OK;
}

/* Sizes, hash and SRS are those expected: what follows then has the expected length. */
static zk_err check_circuit(struct verifying_key *vk, const struct cs *cs, const uint8_t *srs_id, bool columns,
                            const uint8_t *bytes, size_t len)
{
    uint32_t want[FIELDS];
    uint8_t hash[32];
    const uint32_t log_n = load_le32(bytes + 16);
    const uint32_t kind = load_le32(bytes + 28);
    const uint32_t insecure = load_le32(bytes + 32);
    circuit_hash(hash, cs);
    if (memcmp(hash, bytes + 48, 32) != 0) return zk_fail(ZK_ERR_INPUT, "the key is of another circuit");
    if (srs_id != NULL && memcmp(srs_id, bytes + 80, 32) != 0)
        return zk_fail(ZK_ERR_INPUT, "the key is of another SRS");
    if (log_n > PLONK_LOG_N_MAX || kind >= TRANSCRIPT_KINDS || insecure > 1)
        return zk_fail(ZK_ERR_CORRUPT, "the key's header has an impossible field");
    ZK_TRY(key_layout(vk, cs, log_n));
    vk->transcript = (transcript_kind)kind;
    vk->insecure = insecure == 1;
    memcpy(vk->circuit_hash, hash, 32);
    memcpy(vk->srs_id, bytes + 80, 32);
    header_fields(want, vk, load_le32(bytes + 12) == 1);
    for (size_t i = 0; i < FIELDS; i++)
        if (load_le32(bytes + 12 + 4 * i) != want[i])
            return zk_fail(ZK_ERR_CORRUPT, "field %zu of the key's header does not fit its circuit", i);
    if (len != key_encoded_len(vk, want[0] == 1)) return zk_fail(ZK_ERR_CORRUPT, "the key has the wrong length");
    if (columns && want[0] != 1) return zk_fail(ZK_ERR_INPUT, "this is a verifying key, not a proving key");
    return ZK_OK;
}

zk_err key_decode(struct proving_key *out, const struct cs *cs, const uint8_t *srs_id, bool columns,
                  const uint8_t *bytes, size_t len, struct arena *home)
{
    struct verifying_key *vk = &out->vk;
    memset(out, 0, sizeof(*out));
    ZK_TRY(check_header(bytes, len));
    ZK_TRY(check_circuit(vk, cs, srs_id, columns, bytes, len));
    const uint8_t *at = bytes + HEADER_LEN;
    bool ok = g2_from_be128(&vk->g2_tau, bytes + 112);
    ok &= take_points(vk->fixed_commits, vk->n_fixed_commits, &at);
    ok &= take_points(vk->table_commits, vk->n_table_commits, &at);
    if (!ok) return zk_fail(ZK_ERR_CORRUPT, "the key has a point that is not on the curve");
    if (columns) {
        ZK_TRY(take_columns(out->fixed, cs->n_fixed_all, cs->period, &at, home));
        if (cs->n_lookups > 0) ZK_TRY(take_columns(out->table, cs->table_width, (size_t)1 << cs->log_table, &at, home));
        ZK_TRY(key_labels(out, home));
    }
    key_set_digest(vk);
    return ZK_OK;
}
