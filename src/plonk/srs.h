/* srs: the structured reference string: powers of a secret tau in g1, and tau in g2.
 *
 * Whoever knows tau can prove anything. Real ones come from a ceremony (srs_file.h reads them); srs_make_insecure makes
 * one for development, and the mark `insecure` travels with it and with every key made from it. Refusing such keys
 * outside a local chain is the caller's policy.
 *
 * id         keccak256 of "zkroll srs", insecure (1 byte), [tau]_1, [tau]_2: names the ceremony, whatever the length.
 * Ownership  the struct borrows its points. */
#ifndef ZK_PLONK_SRS_H
#define ZK_PLONK_SRS_H

#include "base/arena.h"
#include "curve/g1.h"
#include "curve/g2.h"

struct pool;

struct srs {
    const g1_affine *g1; /* [tau^i]_1, i < n */
    size_t n;
    g2_affine g2_tau; /* [tau]_2; [1]_2 is G2_GENERATOR */
    bool insecure;
    uint8_t id[32];
};

/* n >= 2 powers of a tau derived from the seed: the same bytes for the same seed. Points live in home. About 3 us a
 * power and core. ZK_ERR_FULL. Scratch: 12 MB and 200 kB a thread. */
ZK_MUST_USE zk_err srs_make_insecure(struct srs *out, size_t n, const uint8_t seed[32], struct pool *pool,
                                     struct arena *home, struct arena *scratch);

/* The tau of that SRS: it is no secret. */
void srs_insecure_tau(fr *tau, const uint8_t seed[32]);

/* Fills in id. */
void srs_set_id(struct srs *srs);

/* Are the points powers of one tau, the one of g2_tau? All on the curve (checked by the decoders) is assumed. Checks
 * e(sum r_i P_(i+1), [1]) = e(sum r_i P_i, [tau]) for random r_i of 128 bits derived from the points themselves, and
 * that P_0 is the generator and tau is not 0. False accepts: 2^-126. Scratch: what g1_msm wants for n points. */
ZK_MUST_USE zk_err srs_check(bool *ok, const struct srs *srs, struct pool *pool, struct arena *scratch);

#endif
