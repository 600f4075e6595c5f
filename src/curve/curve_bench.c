/* Time of one operation of g1, g2, the pairing, the embedded curve and ECDSA. */
#include "curve/edwards.h"
#include "curve/pairing.h"
#include "curve/secp256k1.h"

#include "base/bench.h"
#include "base/bytes.h"
#include "base/prng.h"

struct inputs {
    int rounds; /* operations a call, so that short ones can be timed */
    g1_affine p[2];
    g2_affine q[2];
    g1_jac pj[2];
    g2_jac qj[2];
    fr k;
    fq12 f;
    fq2 a, b;
    ed_affine e;
    ed_ext ee[2];
    ed_scalar s, c;
    uint8_t key[32], digest[32], sig[65], packed[32], g1_packed[32], g2_bytes[128];
};

#define BENCH(name, statement)                                                                                         \
    static void run_##name(void *ctx)                                                                                  \
    {                                                                                                                  \
        struct inputs *in = ctx;                                                                                       \
        for (int i = 0; i < in->rounds; i++) {                                                                         \
            statement;                                                                                                 \
            bench_keep(in);                                                                                            \
        }                                                                                                              \
    }

BENCH(fq2_mul, fq2_mul(&in->a, &in->a, &in->b))
BENCH(fq12_mul, fq12_mul(&in->f, &in->f, &in->f))
BENCH(g1_jac_add, g1_jac_add(&in->pj[0], &in->pj[0], &in->pj[1]))
BENCH(g1_jac_add_mixed, g1_jac_add_mixed(&in->pj[0], &in->pj[0], &in->p[1]))
BENCH(g1_jac_dbl, g1_jac_dbl(&in->pj[0], &in->pj[0]))
BENCH(g1_mul, g1_mul(&in->pj[0], &in->p[0], &in->k))
BENCH(g1_mul_vartime, g1_mul_vartime(&in->pj[0], &in->p[0], &in->k))
BENCH(g1_from_be32c, in->rounds += !g1_from_be32c(&in->p[0], in->g1_packed))
BENCH(g2_jac_add, g2_jac_add(&in->qj[0], &in->qj[0], &in->qj[1]))
BENCH(g2_jac_dbl, g2_jac_dbl(&in->qj[0], &in->qj[0]))
BENCH(g2_mul, g2_mul(&in->qj[0], &in->q[0], &in->k))
BENCH(g2_mul_vartime, g2_mul_vartime(&in->qj[0], &in->q[0], &in->k))
BENCH(g2_from_be128, in->rounds += !g2_from_be128(&in->q[0], in->g2_bytes))
BENCH(miller_2, pairing_miller(&in->f, in->p, in->q, 2))
BENCH(final_power, pairing_final_power(&in->f, &in->f))
BENCH(pairing_check_2, in->rounds += pairing_check(in->p, in->q, 2))
BENCH(ed_add, ed_add(&in->ee[0], &in->ee[0], &in->ee[1]))
BENCH(ed_dbl, ed_dbl(&in->ee[0], &in->ee[0]))
BENCH(ed_mul, ed_mul(&in->ee[0], &in->e, &in->s))
BENCH(ed_mul_base, ed_mul_base(&in->ee[0], &in->s))
BENCH(ed_mul2_vartime, ed_mul2_vartime(&in->ee[0], &in->s, &in->c, &in->e))
BENCH(ed_in_subgroup, in->rounds += !ed_in_subgroup_vartime(&in->e))
BENCH(ed_unpack, in->rounds += !ed_unpack(&in->e, in->packed))
BENCH(secp_sign, in->rounds += !secp_sign_recoverable(in->sig, in->digest, in->key))
BENCH(secp_recover, {
    uint8_t out[64];
    in->rounds += !secp_recover(out, in->digest, in->sig);
})

static void fill(struct inputs *in)
{
    struct prng rng;
    uint8_t wide[64];
    prng_seed(&rng, 1);
    for (int i = 0; i < 2; i++) {
        g1_random(&in->p[i], &rng);
        g2_random(&in->q[i], &rng);
        g1_jac_from_affine(&in->pj[i], &in->p[i]);
        g1_jac_dbl(&in->pj[i], &in->pj[i]);
        g2_jac_from_affine(&in->qj[i], &in->q[i]);
        g2_jac_dbl(&in->qj[i], &in->qj[i]);
        prng_bytes(&rng, wide, sizeof wide);
        ed_scalar_from_be64_reduce(i == 0 ? &in->s : &in->c, wide);
        ed_mul_base(&in->ee[i], &in->s);
    }
    fr_random(&in->k, &rng);
    fq12_random(&in->f, &rng);
    fq2_random(&in->a, &rng);
    fq2_random(&in->b, &rng);
    ed_to_affine(&in->e, &in->ee[0]);
    ed_pack(in->packed, &in->e);
    g1_to_be32c(in->g1_packed, &in->p[0]);
    g2_to_be128(in->g2_bytes, &in->q[0]);
    prng_bytes(&rng, in->key, 32);
    prng_bytes(&rng, in->digest, 32);
    in->rounds = 1;
    run_secp_sign(in);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void *);
        int rounds;
    } rows[] = {
        {"fq2_mul", run_fq2_mul, 10000},
        {"fq12_mul", run_fq12_mul, 500},
        {"g1_jac_add", run_g1_jac_add, 2000},
        {"g1_jac_add_mixed", run_g1_jac_add_mixed, 2000},
        {"g1_jac_dbl", run_g1_jac_dbl, 2000},
        {"g1_mul", run_g1_mul, 10},
        {"g1_mul_vartime", run_g1_mul_vartime, 10},
        {"g1_from_be32c", run_g1_from_be32c, 50},
        {"g2_jac_add", run_g2_jac_add, 1000},
        {"g2_jac_dbl", run_g2_jac_dbl, 1000},
        {"g2_mul", run_g2_mul, 5},
        {"g2_mul_vartime", run_g2_mul_vartime, 5},
        {"g2_from_be128", run_g2_from_be128, 10},
        {"pairing_miller, 2 pairs", run_miller_2, 2},
        {"pairing_final_power", run_final_power, 2},
        {"pairing_check, 2 pairs", run_pairing_check_2, 2},
        {"ed_add", run_ed_add, 2000},
        {"ed_dbl", run_ed_dbl, 2000},
        {"ed_mul", run_ed_mul, 10},
        {"ed_mul_base", run_ed_mul_base, 20},
        {"ed_mul2_vartime", run_ed_mul2_vartime, 10},
        {"ed_in_subgroup_vartime", run_ed_in_subgroup, 50},
        {"ed_unpack", run_ed_unpack, 50},
        {"secp_sign_recoverable", run_secp_sign, 10},
        {"secp_recover", run_secp_recover, 10},
    };
    struct bench_options options;
    bench_begin(&options, "curve", argc, argv);
    struct inputs in;
    for (size_t i = 0; i < ZK_COUNT(rows); i++) {
        fill(&in);
        in.rounds = options.tiny ? 1 : rows[i].rounds;
        int rounds = in.rounds;
        double seconds = bench_median_s(rows[i].run, &in, 2, options.tiny ? 3 : 21);
        assert(in.rounds == rounds); /* the answers that were asked for came out */
        struct bench_result result = {
            .name = rows[i].name, .value = seconds / rounds * 1e9, .unit = "ns", .threads = 1};
        bench_report(&options, &result);
    }
    return 0;
}
