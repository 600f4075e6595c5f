/* trace_codec: a block's trace as bytes, for provers in other processes and on other machines.
 *
 *   "zkrtrace", version 4 = 1, then in the order of trace_codec.c: the sealed block, the roots before it, its
 *   operations with their transactions (full bytes and signatures), and each step with its siblings.
 *
 * Integers are little-endian, field elements 32 bytes little-endian, below p. What follows from the rest is not there
 * and is made again: slots, words, streams, C (which must come out as stated), signers, roots where a step leaves them.
 * Lost      what no proof needs: `fast`, and how a new key was authorized.
 * Trust     who decodes trusts the maker with the prover's time only: a wrong trace gives a witness that no constraint
 *           accepts. Decoding is safe for any bytes: lengths, ids, kinds and elements are checked.
 * Failure   ZK_ERR_INPUT, ZK_ERR_UNSUPPORTED for another version, ZK_ERR_FULL. */
#ifndef ZK_ROLLUP_TRACE_CODEC_H
#define ZK_ROLLUP_TRACE_CODEC_H

#include "rollup/trace.h"

/* The most bytes that a trace of so many slots has. */
size_t block_trace_bytes_max(unsigned capacity);

/* Writes a trace; *len <= cap, or ZK_ERR_FULL. */
ZK_MUST_USE zk_err block_trace_encode(uint8_t *out, size_t *len, size_t cap, const struct block_trace *t);

/* Reads one; all of it, the streams included, lies in the arena. */
ZK_MUST_USE zk_err block_trace_decode(struct block_trace **out, const uint8_t *in, size_t len, struct arena *arena);

/* Arena bytes that decoding a trace of so many slots needs. */
size_t block_trace_decoded_memory(unsigned capacity);

#endif
