/* Questions about multi-scalar multiplication: g1_msm or g1_msm_fixed, then x, y and scalar of each term. The answer is
 * the sum's x and y; infinity is 0 0. */
#include "base/arena.h"
#include "curve/msm.h"

#include "peer.h"

#define TERMS_MAX   (PEER_WORDS_MAX / 3)
#define ARENA_BYTES ((size_t)1 << 30)

static g1_affine points[TERMS_MAX];
static fr scalars[TERMS_MAX];
static struct arena scratch, home;

static size_t read_terms(char **args, int n_args)
{
    size_t n = (size_t)n_args / 3;
    if (n_args % 3 != 0 || n > TERMS_MAX) peer_refuse("not terms of three words", args[0]);
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[64];
        peer_bytes32(bytes, args[3 * i]);
        peer_bytes32(bytes + 32, args[3 * i + 1]);
        if (!g1_from_be64(&points[i], bytes)) peer_refuse("not a point", args[3 * i]);
        peer_bytes32(bytes, args[3 * i + 2]);
        if (!fr_from_be32(&scalars[i], bytes)) peer_refuse("not a scalar", args[3 * i + 2]);
    }
    return n;
}

static void print_sum(zk_err err, const g1_jac *sum)
{
    g1_affine p;
    uint8_t bytes[64];
    if (err != ZK_OK) peer_refuse("failed", zk_err_message());
    g1_jac_to_affine(&p, sum);
    g1_to_be64(bytes, &p);
    peer_print32(bytes);
    (void)putchar(' ');
    peer_print32(bytes + 32);
}

static void answer_msm(char **args, int n_args)
{
    g1_jac sum;
    size_t n = read_terms(args, n_args);
    zk_err err = g1_msm(&sum, points, scalars, n, NULL, &scratch);
    print_sum(err, &sum);
}

static void answer_msm_fixed(char **args, int n_args)
{
    g1_jac sum = G1_JAC_INF;
    struct msm_basis *basis;
    size_t n = read_terms(args, n_args);
    size_t mark = arena_mark(&home);
    zk_err err = msm_basis_create(&basis, points, n, 3, NULL, &home, &scratch);
    if (err == ZK_OK) err = g1_msm_fixed(&sum, basis, scalars, n, NULL, &scratch);
    print_sum(err, &sum);
    arena_release(&home, mark);
}

int main(void)
{
    static const struct peer_op ops[] = {{"g1_msm", -1, answer_msm}, {"g1_msm_fixed", -1, answer_msm_fixed}};
    if (arena_map(&scratch, ARENA_BYTES) != ZK_OK || arena_map(&home, ARENA_BYTES) != ZK_OK)
        peer_refuse("no memory", zk_err_message());
    return peer_serve(ops, ZK_COUNT(ops));
}
