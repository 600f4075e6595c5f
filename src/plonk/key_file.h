/* key_file: keys as bytes and as files.
 *
 * All integers little-endian; field elements 32 bytes little-endian, below p; points as in proofs (big-endian).
 *
 *   offset  size  field
 *        0     8  "zkplonk" and a zero
 *        8     4  version, PLONK_KEY_VERSION
 *       12     4  1 with the columns (a proving key), 0 without (a verifying key)
 *       16     4  log_n
 *       20     4  log_t, the period
 *       24     4  log of the table's length; 0 without lookups
 *       28     4  transcript_kind
 *       32     4  1 if made from an insecure SRS
 *       36     4  fixed columns, with labels
 *       40     4  table columns; 0 without lookups
 *       44     4  zero
 *       48    32  circuit hash
 *       80    32  SRS id
 *      112   128  [tau]_2, as g2_to_be128
 *      240        commitments of the packs of fixed columns, then of table columns, 64 each
 *                 with columns: coefficients of the fixed columns, T each; of the table columns
 *     last    32  keccak256 of all before
 *
 * A key is accepted only for the circuit in hand: sizes, counts and hash must be those of `cs`. The digest and the
 * labels' values are computed anew.
 * Failure  ZK_ERR_CORRUPT: length, checksum, or an element that is not canonical. ZK_ERR_UNSUPPORTED: another version.
 *          ZK_ERR_INPUT: whole, but of another circuit or SRS (stale). ZK_ERR_IO: the system's reason is in the
 *          message. */
#ifndef ZK_PLONK_KEY_FILE_H
#define ZK_PLONK_KEY_FILE_H

#include "plonk/key.h"

/* Bytes that key_encode writes. */
size_t key_encoded_len(const struct verifying_key *vk, bool columns);

/* Writes a proving key, or with columns false what a verifier needs. */
void key_encode(uint8_t *out, const struct proving_key *pk, bool columns);

/* Reads a key for this circuit. srs_id: the SRS it must be of, or NULL for any. columns: a proving key is wanted; else
 * only out->vk is filled in. Home: as key_generate. */
ZK_MUST_USE zk_err key_decode(struct proving_key *out, const struct cs *cs, const uint8_t *srs_id, bool columns,
                              const uint8_t *bytes, size_t len, struct arena *home);

/* Writes the file as a whole or not at all: a temporary file beside it, synced, then renamed. */
ZK_MUST_USE zk_err key_save(const char *path, const struct proving_key *pk, bool columns, struct arena *scratch);

ZK_MUST_USE zk_err key_load(struct proving_key *out, const char *path, const struct cs *cs, const uint8_t *srs_id,
                            bool columns, struct arena *home);

/* The key of this circuit, size and SRS from the cache at path; if there is none, or it is stale or corrupt, made anew
 * and written there (a cache that cannot be written is no failure). *made, unless NULL: it was made. */
ZK_MUST_USE zk_err key_load_or_generate(struct proving_key *out, bool *made, const char *path, const struct cs *cs,
                                        unsigned log_n, const struct srs *srs, transcript_kind transcript,
                                        struct pool *pool, struct arena *home, struct arena *scratch);

#endif
