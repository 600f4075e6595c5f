/* solidity: the verifier of one key as a Solidity contract: the same protocol as verifier.c, the same answers.
 *
 *   function verify(uint256[N] calldata publicInputs, bytes calldata proof) external view returns (bool)
 *
 * N is the key's number of public inputs (without any: verify(bytes)). True if and only if plonk_verify says so: a
 * wrong length, a value that is not below p, a coordinate not below q or a point off the curve is an invalid proof. It
 * reverts only if gas runs out, so that whoever chooses the gas cannot choose the answer.
 * The key is in the code: no storage, no owner, nothing to set. No loop depends on the caller's data but for constant
 * bounds. Public constants tell which key it is: KEY_DIGEST, CIRCUIT_HASH, SRS_ID, INSECURE_SRS, PROOF_LENGTH.
 *
 * The identities are printed from the circuit's graph (expr.h), the one that the C verifier evaluates; a node used once
 * is written where it is used, others get a word of memory. Sums stay unreduced up to 5 p < 2^256; mulmod reduces.
 *
 * Compiling  optimizer on, 20,000 runs (with 200, constants are fetched from a data section: 7,000 gas more), EVM
 *            version cancun or later (MCOPY).
 * Failure    ZK_ERR_UNSUPPORTED for a key whose transcript is not Keccak; ZK_ERR_FULL: out or scratch is too small. */
#ifndef ZK_PLONK_SOLIDITY_H
#define ZK_PLONK_SOLIDITY_H

#include "plonk/key.h"

/* Suffices for the source of any circuit with the gates of this folder. */
#define SOLIDITY_LEN_MAX ((size_t)1 << 20)

/* Writes the source as a string of at most cap bytes with its zero; *len = its length. name: the contract's, a Solidity
 * identifier of at most 64 characters. Scratch: 16 bytes a node of the graph. */
ZK_MUST_USE zk_err solidity_write(char *out, size_t cap, size_t *len, const struct verifying_key *vk, const char *name,
                                  struct arena *scratch);

/* Scalar multiplications (calls of the precompile) that a verification takes. */
uint32_t solidity_products(const struct verifying_key *vk);

#endif
