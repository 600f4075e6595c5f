/* Writes an insecure setup in the files that Barretenberg reads: bn254_crs OUT_DIR LOG_N makes 2^LOG_N + 8 powers.
 *   bn254_g1.dat   the powers in g1, 64 bytes each: x, y, big-endian
 *   bn254_g2.dat   tau in g2, 128 bytes */
#include "base/file.h"
#include "base/pool.h"
#include "plonk/srs.h"

#include <stdio.h>
#include <stdlib.h>

static void must(zk_err err)
{
    if (err == ZK_OK) return;
    (void)fprintf(stderr, "bn254_crs: %s\n", zk_err_message());
    exit(1);
}

static void save(const char *dir, const char *name, const uint8_t *bytes, size_t len)
{
    char path[FILE_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    const struct file_piece piece = {bytes, len};
    must(file_replace(path, &piece, 1));
}

int main(int argc, char **argv)
{
    static const uint8_t seed[32] = {1};
    struct arena arena = {0};
    struct arena scratch = {0};
    struct pool *pool;
    struct srs srs;
    uint8_t g2[128];
    const unsigned log_n = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    if (log_n < 1 || log_n > 24) {
        (void)fprintf(stderr, "usage: bn254_crs OUT_DIR LOG_N\n");
        return 2;
    }
    const size_t n = ((size_t)1 << log_n) + 8;
    must(arena_map(&arena, (size_t)8 << 30));
    must(arena_map(&scratch, (size_t)1 << 30));
    must(pool_create(&pool, 0));
    must(srs_make_insecure(&srs, n, seed, pool, &arena, &scratch));
    uint8_t *bytes = arena_push(&arena, uint8_t, 64 * n);
    if (bytes == NULL) must(ZK_ERR_FULL);
    for (size_t i = 0; i < n; i++) g1_to_be64(bytes + 64 * i, &srs.g1[i]);
    g2_to_be128(g2, &srs.g2_tau);
    save(argv[1], "bn254_g1.dat", bytes, 64 * n);
    save(argv[1], "bn254_g2.dat", g2, sizeof(g2));
    pool_destroy(pool);
    return 0;
}
