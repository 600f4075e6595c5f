#include "plonk/key_file.h"

#include "base/file.h"

zk_err key_save(const char *path, const struct proving_key *pk, bool columns, struct arena *scratch)
{
    const size_t mark = arena_mark(scratch);
    const size_t len = key_encoded_len(&pk->vk, columns);
    uint8_t *bytes = arena_push(scratch, uint8_t, len);
    if (bytes == NULL) return ZK_ERR_FULL;
    key_encode(bytes, pk, columns);
    const struct file_piece whole = {bytes, len};
    zk_err err = file_replace(path, &whole, 1);
    arena_release(scratch, mark);
    return err;
}

zk_err key_load(struct proving_key *out, const char *path, const struct cs *cs, const uint8_t *srs_id, bool columns,
                struct arena *home)
{
    struct file_map map;
    ZK_TRY(file_map(&map, path));
    zk_err err = key_decode(out, cs, srs_id, columns, map.bytes, map.len, home);
    file_unmap(&map);
    return err;
}

zk_err key_load_or_generate(struct proving_key *out, bool *made, const char *path, const struct cs *cs, unsigned log_n,
                            const struct srs *srs, transcript_kind transcript, struct pool *pool, struct arena *home,
                            struct arena *scratch)
{
    const size_t mark = arena_mark(home);
    zk_err err = key_load(out, path, cs, srs->id, true, home);
    if (made != NULL) *made = false;
    if (err == ZK_OK && out->vk.log_n == log_n && out->vk.transcript == transcript) return ZK_OK;
    if (err == ZK_ERR_FULL) return err;
    arena_release(home, mark);
    if (made != NULL) *made = true;
    ZK_TRY(key_generate(out, cs, log_n, srs, transcript, pool, home, scratch));
    const zk_err saved = key_save(path, out, true, scratch);
    (void)saved;
    return ZK_OK;
}
