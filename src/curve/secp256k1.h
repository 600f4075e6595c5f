/* secp256k1: Ethereum's ECDSA, by libsecp256k1. Digests come from the caller (keccak-256 is a layer above), and so does
 * the address: the last 20 bytes of keccak-256 of the public key.
 *
 * Form      private key, digest: 32 bytes, big-endian. Public key: 64 bytes x, y, big-endian. Signature: 65 bytes
 *           r, s, v; v is 27 or 28 as written, and 0, 1, 27 or 28 as read.
 * Low s     secp_sign_recoverable gives s <= n/2. secp_recover takes any s: Ethereum's ecrecover does, and so must a
 *           rollup whose users may have signed elsewhere. So (r, n - s) with the other v recovers the same key; a
 *           signature must not serve as an identifier.
 * Nonce     RFC 6979: one signature for a key and a digest.
 * Timing    constant time in private keys (the library's property; its context is blinded at first use). secp_recover
 *           is not; its inputs are public.
 * Failure   false means: not a key, not a signature; the output is zeroed. */
#ifndef ZK_CURVE_SECP256K1_H
#define ZK_CURVE_SECP256K1_H

#include "base/common.h"

/* False if the key is 0 or not below the group order. */
ZK_MUST_USE bool secp_public_key(uint8_t out[64], const uint8_t key[32]);
ZK_MUST_USE bool secp_sign_recoverable(uint8_t sig[65], const uint8_t digest[32], const uint8_t key[32]);

/* key = key + tweak modulo the group order: a child key of BIP-32. False, and key unchanged, if tweak is not below the
 * order or the sum is 0. Constant time. */
ZK_MUST_USE bool secp_key_add(uint8_t key[32], const uint8_t tweak[32]);

/* The public key for which sig signs digest. False if v is another value, r or s is 0 or not below the group order, or
 * no point has this r. */
ZK_MUST_USE bool secp_recover(uint8_t out[64], const uint8_t digest[32], const uint8_t sig[65]);

#endif
