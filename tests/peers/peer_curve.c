/* Answers about g1, g2, the pairing, the embedded curve and secp256k1, for curve.mjs and evm.mjs. */
#include "curve/edwards.h"
#include "curve/g1.h"
#include "curve/g2.h"
#include "curve/pairing.h"
#include "curve/secp256k1.h"

#include "peer.h"

#define g1_to_be    g1_to_be64
#define g1_from_be  g1_from_be64
#define g1_to_bec   g1_to_be32c
#define g1_from_bec g1_from_be32c
#define g2_to_be    g2_to_be128
#define g2_from_be  g2_from_be128
#define g2_to_bec   g2_to_be64c
#define g2_from_bec g2_from_be64c

#define AFFINE    g1_affine
#define JAC       g1_jac
#define FN(name)  g1_##name
#define FEN(name) fq_##name
#define BYTES     64
#define PACKED    32
#include "peer_curve_tmpl.h"
#undef AFFINE
#undef JAC
#undef FN
#undef FEN
#undef BYTES
#undef PACKED

#define AFFINE    g2_affine
#define JAC       g2_jac
#define FN(name)  g2_##name
#define FEN(name) fq2_##name
#define BYTES     128
#define PACKED    64
#include "peer_curve_tmpl.h"

/* The twelve coordinates in the order of the struct. */
static void answer_pairing(char **args, int n_args)
{
    g1_affine p;
    g2_affine q;
    fq12 e;
    (void)n_args;
    g1_read(&p, args[0]);
    g2_read(&q, args[1]);
    pairing(&e, &p, &q);
    const fq2 c[6] = {e.c0.c0, e.c0.c1, e.c0.c2, e.c1.c0, e.c1.c1, e.c1.c2};
    for (int i = 0; i < 6; i++) {
        uint8_t bytes[32];
        fq_to_be32(bytes, &c[i].c0);
        peer_print32(bytes);
        fq_to_be32(bytes, &c[i].c1);
        peer_print32(bytes);
    }
}

#define PAIRS_MAX 64

/* The EVM's precompile: pairs of g1 and g2 as one hex string; "none" if one of them is no point of its group. */
static void answer_pairing_check(char **args, int n_args)
{
    static uint8_t bytes[192 * PAIRS_MAX];
    static g1_affine p[PAIRS_MAX];
    static g2_affine q[PAIRS_MAX];
    size_t digits = n_args == 0 ? 0 : strlen(args[0]);
    size_t n = digits / 384;
    if (n_args > 1 || digits % 384 != 0 || n > PAIRS_MAX) peer_refuse("not a list of pairs", args[0]);
    if (n > 0 && !hex_decode(bytes, 192 * n, args[0], digits)) peer_refuse("not hex", args[0]);
    for (size_t i = 0; i < n; i++) {
        if (!g1_from_be64(&p[i], bytes + 192 * i) || !g2_from_be128(&q[i], bytes + 192 * i + 64)) {
            (void)fputs("none", stdout);
            return;
        }
    }
    (void)fputs(pairing_check(p, q, n) ? "yes" : "no", stdout);
}

/* Private key, 32 bytes big-endian, to the packed public key; both multiplications. */
static void answer_ed_public_key(char **args, int n_args)
{
    uint8_t bytes[32];
    ed_scalar k;
    ed_affine p;
    ed_ext a, b;
    (void)n_args;
    peer_bytes32(bytes, args[0]);
    if (!ed_scalar_from_be32(&k, bytes)) peer_refuse("not below the order", args[0]);
    ed_mul_base(&a, &k);
    ed_mul(&b, &ED_GENERATOR, &k);
    if (!ed_eq(&a, &b)) (void)fputs("ed_mul and ed_mul_base differ: ", stdout);
    ed_to_affine(&p, &a);
    ed_pack(bytes, &p);
    peer_print32(bytes);
}

static void print_bytes(const uint8_t *in, size_t len)
{
    for (size_t i = 0; i < len; i++) printf("%02x", in[i]);
}

static void answer_secp_public_key(char **args, int n_args)
{
    uint8_t key[32], point[64];
    (void)n_args;
    peer_bytes32(key, args[0]);
    if (!secp_public_key(point, key)) peer_refuse("not a private key", args[0]);
    print_bytes(point, sizeof point);
}

static void answer_secp_sign(char **args, int n_args)
{
    uint8_t digest[32], key[32], sig[65];
    (void)n_args;
    peer_bytes32(digest, args[0]);
    peer_bytes32(key, args[1]);
    if (!secp_sign_recoverable(sig, digest, key)) peer_refuse("not a private key", args[1]);
    print_bytes(sig, sizeof sig);
}

static void answer_secp_recover(char **args, int n_args)
{
    uint8_t digest[32], sig[65], point[64];
    (void)n_args;
    peer_bytes32(digest, args[0]);
    if (!hex_decode(sig, sizeof sig, args[1], strlen(args[1]))) peer_refuse("not 65 bytes", args[1]);
    if (secp_recover(point, digest, sig))
        print_bytes(point, sizeof point);
    else
        (void)fputs("none", stdout);
}

int main(void)
{
    static const struct peer_op ops[] = {
        {"g1_add", 2, g1_answer_add},
        {"g1_add_mixed", 2, g1_answer_add_mixed},
        {"g1_dbl", 1, g1_answer_dbl},
        {"g1_mul", 2, g1_answer_mul},
        {"g1_pack", 1, g1_answer_pack},
        {"g1_unpack", 1, g1_answer_unpack},
        {"g1_valid", 1, g1_answer_valid},
        {"g2_add", 2, g2_answer_add},
        {"g2_add_mixed", 2, g2_answer_add_mixed},
        {"g2_dbl", 1, g2_answer_dbl},
        {"g2_mul", 2, g2_answer_mul},
        {"g2_pack", 1, g2_answer_pack},
        {"g2_unpack", 1, g2_answer_unpack},
        {"g2_valid", 1, g2_answer_valid},
        {"pairing", 2, answer_pairing},
        {"pairing_check", -1, answer_pairing_check},
        {"ed_public_key", 1, answer_ed_public_key},
        {"secp_public_key", 1, answer_secp_public_key},
        {"secp_sign", 2, answer_secp_sign},
        {"secp_recover", 2, answer_secp_recover},
    };
    return peer_serve(ops, ZK_COUNT(ops));
}
