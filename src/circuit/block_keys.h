/* block_keys: the keys of the block circuit: which there are, what number each has on L1, and their cache on disk.
 *
 *   key id    0     1     2     3       index into block_capacities, and into the main contract's verifiers
 *   slots    40   160   640  2560
 *   rows   2^16  2^18  2^20  2^22
 *
 * Setups     A setup is a file (plonk/srs_file.h), imported from a ceremony; or, without a file, the development setup,
 *            whose tau anybody can compute: INSECURE. It carries a mark, and so do its keys and their verifiers;
 *            refusing it on a chain where anything is worth something is the caller's policy.
 * Cache      A folder, made when it is missing. Each file in it is checked when it is opened, against its checksum, the
 *            circuit's hash and the setup's id; what is missing, damaged, or of another circuit is made anew. So it can
 *            be removed at any time. A key that cannot be written is used without being kept.
 *              development.srs         the development setup, as long as was needed so far: 64 bytes a row
 *              block-SLOTS-SETUP.key   a proving key, 20 MB; SETUP: 16 hexadecimal digits of the setup's id
 * Memory     A proving key takes BLOCK_KEY_MEMORY of home. Scratch: 64 bytes a row, 128 for a setup that is made, and
 *            BLOCK_KEY_MEMORY.
 * Failure    ZK_ERR_RANGE: a setup with fewer powers than the key needs; those of srs_file.h; ZK_ERR_FULL.
 * Threads    any, and several programs, may use one folder at once: files are replaced whole. */
#ifndef ZK_CIRCUIT_BLOCK_KEYS_H
#define ZK_CIRCUIT_BLOCK_KEYS_H

#include "circuit/block_circuit.h"
#include "plonk/key.h"
#include "plonk/srs_file.h"
#include "rollup/block.h"

#define BLOCK_KEYS       BLOCK_CAPACITIES
#define BLOCK_KEY_MEMORY ((size_t)64 << 20)

/* What the development setup's tau is derived from: the one for everybody. */
extern const uint8_t block_development_seed[32];

/* The key of a capacity; one of block_capacities. */
unsigned block_key_id(unsigned capacity);

/* What a node compares with the contract, and an operator shows. */
struct block_key_info {
    uint8_t digest[32]; /* KEY_DIGEST of the verifier contract */
    uint8_t circuit_hash[32];
    uint8_t srs_id[32];
    size_t proof_len;
    unsigned id, capacity, log_n;
    bool insecure;
};

/* Of a key of the block circuit. */
void block_key_info(struct block_key_info *out, const struct verifying_key *vk);

/* The setup at path, which must have the powers for this key; or with path NULL the development setup, from the folder
 * if it is there and long enough. srs_close ends it. */
ZK_MUST_USE zk_err block_srs_open(struct srs_file *out, const char *folder, const char *path, unsigned key_id,
                                  struct pool *pool, struct arena *scratch);

/* The proving key, from the folder or made; out->vk is the verifying key. Borrows the circuit. *made, unless NULL: it
 * was not in the folder. */
ZK_MUST_USE zk_err block_key_open(struct proving_key *out, bool *made, const char *folder,
                                  const struct block_circuit *c, unsigned key_id, const struct srs *srs,
                                  struct pool *pool, struct arena *home, struct arena *scratch);

/* A key of the development setup, without that setup and without files: a tenth of a second. The same key that
 * block_key_open gives. */
ZK_MUST_USE zk_err block_key_development(struct proving_key *out, const struct block_circuit *c, unsigned key_id,
                                         struct pool *pool, struct arena *home, struct arena *scratch);

#endif
