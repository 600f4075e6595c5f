#include "plonk/srs_file.h"

#include <string.h>

zk_err srs_save(const char *path, const struct srs *srs, struct pool *pool, struct arena *scratch)
{
    uint8_t header[SRS_HEADER_LEN];
    ZK_TRY(srs_encode_header(header, srs, pool, scratch));
    const struct file_piece pieces[] = {{header, sizeof(header)}, {srs->g1, srs->n * sizeof(g1_affine)}};
    return file_replace(path, pieces, ZK_COUNT(pieces));
}

zk_err srs_open(struct srs_file *out, const char *path, struct pool *pool, struct arena *scratch)
{
    memset(out, 0, sizeof(*out));
    ZK_TRY(file_map(&out->map, path));
    zk_err err = srs_decode(&out->srs, out->map.bytes, out->map.len, pool, scratch);
    if (err != ZK_OK) srs_close(out);
    return err;
}

void srs_close(struct srs_file *f)
{
    file_unmap(&f->map);
    memset(f, 0, sizeof(*f));
}

zk_err srs_import_ptau(struct srs *out, const char *path, size_t n, struct pool *pool, struct arena *home,
                       struct arena *scratch)
{
    struct file_map map;
    memset(out, 0, sizeof(*out));
    ZK_TRY(file_map(&map, path));
    zk_err err = ptau_decode(out, map.bytes, map.len, n, pool, home, scratch);
    file_unmap(&map);
    return err;
}
