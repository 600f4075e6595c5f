/* srs_file: structured reference strings as files: our own format, mapped into memory, and the ceremonies' .ptau.
 *
 * Our format. Integers little-endian; the points stand as they are in memory, so a mapped file is used without a copy.
 *
 *   offset  size  field
 *        0     8  "zkrlsrs" and a zero
 *        8     4  version, SRS_FILE_VERSION
 *       12     4  1 if insecure: whoever made it may know tau
 *       16     8  n, powers: at least 2
 *       24     8  zero
 *       32    32  id (srs.h): covers the mark, [tau]_1 and [tau]_2
 *       64   128  [tau]_2, as g2_to_be128
 *      192    32  SHA-256 of the SHA-256 of each SRS_BLOCK bytes of points (the last block may be shorter)
 *      224    32  SHA-256 of bytes 0 .. 223
 *      256  3840  zero
 *     4096  64 n  points: x, y; Montgomery form, four 64-bit limbs each, least significant first
 *
 * What is opened is whole (checksums), is what its id says, and has only points of the curve, [1]_1 first. That they
 * are powers of one tau is what srs_check shows; it takes seconds, and is done when a ceremony file is read.
 *
 * .ptau, the format of snarkjs (files of the public ceremonies). Integers little-endian: "ptau", version 1 (4), number
 * of sections (4); a section is its type (4), its length (8), its bytes. Read: 1 the header (bytes of a coordinate (4),
 * q, power (4), power of the ceremony (4)), 2 the 2^(power + 1) - 1 powers of tau in g1, 3 the 2^power in g2, 7 the
 * contributions; coordinates in Montgomery form, 32 bytes, y after x, c0 before c1. Of 4, 5, 6 (alpha and beta, which
 * PLONK does not use) only the lengths are looked at; others (12 .. 15, prepared for Groth16) are skipped.
 *
 * Failure  ZK_ERR_CORRUPT  our format: length, checksum, a point off the curve
 *          ZK_ERR_INPUT    .ptau: malformed, of another curve, a point off the curve or outside the group, not powers
 *                          of one tau, no contribution; the message says which
 *          ZK_ERR_RANGE    fewer powers than asked for
 *          ZK_ERR_UNSUPPORTED  another version
 * Timing   of public data only. */
#ifndef ZK_PLONK_SRS_FILE_H
#define ZK_PLONK_SRS_FILE_H

#include "base/file.h"
#include "plonk/srs.h"

#define SRS_FILE_VERSION 1
#define SRS_HEADER_LEN   4096
#define SRS_BLOCK        ((size_t)1 << 20)

/* ---- bytes */

/* The header of srs's file; its points follow as they are in memory. Scratch: 32 bytes a block. */
ZK_MUST_USE zk_err srs_encode_header(uint8_t out[SRS_HEADER_LEN], const struct srs *srs, struct pool *pool,
                                     struct arena *scratch);

/* Borrows bytes (aligned to 64), where out's points are. Scratch: 32 bytes a block. */
ZK_MUST_USE zk_err srs_decode(struct srs *out, const uint8_t *bytes, size_t len, struct pool *pool,
                              struct arena *scratch);

/* The first n powers of a .ptau file, n >= 2, or all it has if n = 0; checked with srs_check. Not marked insecure: who
 * contributed is not in the bytes, so compare the file's hash with what the ceremony published. Home: 64 n bytes.
 * Scratch: as srs_check. */
ZK_MUST_USE zk_err ptau_decode(struct srs *out, const uint8_t *bytes, size_t len, size_t n, struct pool *pool,
                               struct arena *home, struct arena *scratch);

/* ---- files */

ZK_MUST_USE zk_err srs_save(const char *path, const struct srs *srs, struct pool *pool, struct arena *scratch);

/* A mapped file and the SRS in it. */
struct srs_file {
    struct srs srs;
    struct file_map map;
};

ZK_MUST_USE zk_err srs_open(struct srs_file *out, const char *path, struct pool *pool, struct arena *scratch);

/* Harmless on a zeroed struct. */
void srs_close(struct srs_file *f);

ZK_MUST_USE zk_err srs_import_ptau(struct srs *out, const char *path, size_t n, struct pool *pool, struct arena *home,
                                   struct arena *scratch);

#endif
