/* signature: the keys and signatures of users: Schnorr over the embedded curve with Rescue, as zksync-crypto 0.6.2
 * makes them, bit for bit.
 *
 *   message hash   m = Rescue of the message, zero-padded to 92 bytes, as three elements
 *   challenge      c = low_125(h0) + 2^125 low_125(h1), (h0, h1) = Rescue of P.x, R.x, m as 768 bits in four elements
 *   signature      R = k G, s = k + c sk mod L;   64 bytes: R packed, s little-endian
 *   accepted       s G = R + c P exactly, P and R in the subgroup of order L, neither the identity
 *
 * Form      private key: 32 bytes big-endian, 1 .. L-1. Public key and R: 32 bytes, packed as in edwards.h; points with
 *           x = 0 have two encodings there, but both are refused here, so an accepted signature has one spelling of
 *           each part. Zero bytes at a message's end do not change its hash: lengths must follow from the message type,
 *           as those of all transactions do.
 * Refused   the identity and points of small order: upstream's native check accepts the identity, but no circuit can
 *           prove it; under a key of small order, a signature of one message would hold for others.
 * Aliasing  outputs may not overlap inputs.
 * Timing    sig_key_from_seed, sig_public_key, sig_sign and sig_sign_many are constant time in seed and key, except for
 *           how many candidates the derivation of a key or nonce rejects, which tells nothing about the one it accepts;
 *           they wipe what they keep. All others take public data only and are not constant time.
 * Source    Schnorr 1991; nonce: RFC 6979 with the deviation of upstream (V is not renewed after a rejection). */
#ifndef ZK_ROLLUP_SIGNATURE_H
#define ZK_ROLLUP_SIGNATURE_H

#include "curve/edwards.h"
#include "rollup/types.h"

struct arena;
struct pool;

#define SIG_KEY_BYTES     32
#define SIG_BYTES         64
#define SIG_MESSAGE_MAX   92 /* bytes that can be signed */
#define SIG_SEED_MIN      32
#define SIG_ORDERS_BYTES  178 /* two orders' sign bytes */
#define SIG_ORDERS_DIGEST 31

/* Why a signature is refused. If several hold, the first in this order. */
typedef enum sig_verdict {
    SIG_OK = 0,
    SIG_MALFORMED,       /* an encoding that no signer makes: off the curve, y or s too large, message too long */
    SIG_IDENTITY,        /* key or R is the identity */
    SIG_NOT_IN_SUBGROUP, /* key or R has a part of small order */
    SIG_WRONG,           /* well formed, but not this key's signature of this message */
} sig_verdict;

/* "ok", "malformed", …; static. */
const char *sig_verdict_str(sig_verdict v);

/* ---- signing */

/* ZK_ERR_INPUT if the seed has less than SIG_SEED_MIN bytes. */
ZK_MUST_USE zk_err sig_key_from_seed(uint8_t key[SIG_KEY_BYTES], const uint8_t *seed, size_t len);

/* The packed public key. ZK_ERR_INPUT, and out zeroed, if the private key is 0, or L or more. */
ZK_MUST_USE zk_err sig_public_key(uint8_t out[SIG_KEY_BYTES], const uint8_t key[SIG_KEY_BYTES]);

/* The signature that zksync-crypto makes. ZK_ERR_INPUT as above, ZK_ERR_RANGE for more than SIG_MESSAGE_MAX bytes; then
 * out is zeroed. */
ZK_MUST_USE zk_err sig_sign(uint8_t out[SIG_BYTES], const uint8_t key[SIG_KEY_BYTES], const uint8_t *msg, size_t len);

struct sig_request {
    const uint8_t *key; /* SIG_KEY_BYTES, private */
    const uint8_t *msg;
    size_t len;
};

/* out[i] = sig_sign of requests[i]; with AVX-512 IFMA eight hashes at a time, which are most of the work. A request
 * that cannot be signed fails them all, as above, and zeroes all of out. Borrows all; in the calling thread. */
ZK_MUST_USE zk_err sig_sign_many(uint8_t (*out)[SIG_BYTES], const struct sig_request *requests, size_t n);

/* ---- parts, for the witness of a proof and for whoever checks by himself */

/* False if the bytes encode no point of the curve. Accepts the identity and points outside the subgroup. */
ZK_MUST_USE bool sig_parse_key(ed_affine *point, const uint8_t in[SIG_KEY_BYTES]);

/* False if R is no point of the curve, or s is L or more. */
ZK_MUST_USE bool sig_parse(ed_affine *r, ed_scalar *s, const uint8_t in[SIG_BYTES]);

/* SIG_OK, SIG_IDENTITY or SIG_NOT_IN_SUBGROUP, for a key or an R. */
sig_verdict sig_check_point(const ed_affine *p);

/* m, as an element; len <= SIG_MESSAGE_MAX. Its little-endian bytes are what the challenge takes. */
void sig_message_hash(fr *m, const uint8_t *msg, size_t len);

/* The four elements whose Rescue hash is the challenge. */
void sig_challenge_elements(fr out[4], const fr *key_x, const fr *r_x, const fr *m);

/* c from both outputs of that hash; below 2^250, so below L. */
void sig_challenge_from_hash(ed_scalar *c, const fr hash[2]);

/* The low 160 bits of Rescue(x, y), big-endian. */
void sig_pubkey_hash(pubkey_hash *out, const ed_affine *key);

/* What a swap signs in place of its orders: the low 248 bits of the Rescue hash of their sign bytes, bits of each byte
 * reversed. */
void sig_orders_hash(uint8_t out[SIG_ORDERS_DIGEST], const uint8_t orders[SIG_ORDERS_BYTES]);

/* ---- verifying */

sig_verdict sig_verify(const uint8_t key[SIG_KEY_BYTES], const uint8_t sig[SIG_BYTES], const uint8_t *msg, size_t len);

/* All that depends on a public key alone. Accounts keep their key for long: remember this by the key's bytes. */
struct sig_key_info {
    ed_affine point;
    pubkey_hash hash;    /* all zero unless verdict is SIG_OK */
    sig_verdict verdict; /* SIG_OK, or why no signature under this key is accepted */
};

/* infos[i] for the key at keys[i]; n >= 0. Never fails: a bad key is an answer. */
void sig_key_info_many(struct sig_key_info *infos, const uint8_t (*keys)[SIG_KEY_BYTES], size_t n, struct pool *pool);

struct sig_item {
    const uint8_t *key;               /* SIG_KEY_BYTES */
    const struct sig_key_info *known; /* of that key, or NULL: then its checks are part of the work */
    const uint8_t *sig;               /* SIG_BYTES */
    const uint8_t *msg;
    size_t len;
};

/* verdicts[i] = what sig_verify says of items[i]: each item has its own verdict, whatever its neighbours are. Borrows
 * all. With AVX-512 IFMA, eight at a time. Scratch: sig_verify_scratch_len() bytes, released on return; ZK_ERR_FULL. */
ZK_MUST_USE zk_err sig_verify_batch(sig_verdict *verdicts, const struct sig_item *items, size_t n, struct pool *pool,
                                    struct arena *scratch);
size_t sig_verify_scratch_len(const struct pool *pool);

#endif
