/* Questions about transforms: elements as big-endian hex, 2^k of them; answers are as many, in order. */
#include "poly/ntt.h"

#include "peer.h"

static fr value[PEER_WORDS_MAX];
static ZK_ALIGN(64) uint8_t memory[4 << 20];

static void read_fr(fr *a, const char *word)
{
    uint8_t bytes[32];
    peer_bytes32(bytes, word);
    if (!fr_from_be32(a, bytes)) peer_refuse("not below the modulus", word);
}

static void print_fr(const fr *a)
{
    uint8_t bytes[32];
    fr_to_be32(bytes, a);
    peer_print32(bytes);
}

/* Transforms the elements at args; shift NULL: on the subgroup. */
static void transform(char **args, int n, const fr *shift, bool forward)
{
    struct arena arena;
    struct ntt_domain *d;
    fr *p = value;
    unsigned log_n = 0;
    while (1 << log_n < n) log_n++;
    if (n < 1 || 1 << log_n != n) peer_refuse("not a power of two of elements", args[0]);
    for (int i = 0; i < n; i++) read_fr(&value[i], args[i]);
    arena_init(&arena, memory, sizeof memory);
    zk_err err = ntt_domain_create(&d, log_n, NULL, &arena);
    const fr one = FR_ONE;
    const fr *s = shift != NULL ? shift : &one;
    if (err == ZK_OK)
        err = forward ? ntt_forward_coset(d, &p, 1, s, NULL, &arena) : ntt_inverse_coset(d, &p, 1, s, NULL, &arena);
    if (err != ZK_OK) peer_refuse(zk_err_message(), args[0]);
    for (int i = 0; i < n; i++) {
        if (i > 0) (void)putchar(' ');
        print_fr(&value[i]);
    }
}

static void answer_forward(char **args, int n_args)
{
    transform(args, n_args, NULL, true);
}

static void answer_inverse(char **args, int n_args)
{
    transform(args, n_args, NULL, false);
}

static void answer_forward_coset(char **args, int n_args)
{
    fr shift;
    read_fr(&shift, args[0]);
    transform(args + 1, n_args - 1, &shift, true);
}

static void answer_root(char **args, int n_args)
{
    fr root;
    (void)n_args;
    long log_n = strtol(args[0], NULL, 10);
    if (log_n < 0 || log_n > FR_TWO_ADICITY) peer_refuse("no such root", args[0]);
    fr_root_of_unity(&root, (unsigned)log_n);
    print_fr(&root);
}

int main(void)
{
    static const struct peer_op ops[] = {
        {"forward", -1, answer_forward},
        {"inverse", -1, answer_inverse},
        {"forward_coset", -1, answer_forward_coset},
        {"root", 1, answer_root},
    };
    return peer_serve(ops, ZK_COUNT(ops));
}
