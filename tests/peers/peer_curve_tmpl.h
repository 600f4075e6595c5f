/* peer_curve_tmpl: the answers of peer_curve.c for a group, included once for g1 and once for g2. Points are hex in the
 * EVM's order; BYTES and PACKED are the lengths of both encodings. */

static void FN(read)(AFFINE *p, const char *word)
{
    uint8_t bytes[BYTES];
    if (!hex_decode(bytes, BYTES, word, strlen(word))) peer_refuse("not a point's length", word);
    if (!FN(from_be)(p, bytes)) peer_refuse("not a point", word);
}

static void FN(print)(const AFFINE *p)
{
    uint8_t bytes[BYTES];
    char hex[2 * BYTES + 1];
    FN(to_be)(bytes, p);
    hex_encode(hex, bytes, BYTES);
    (void)fputs(hex, stdout);
}

static void FN(print_jac)(const JAC *p)
{
    AFFINE a;
    FN(jac_to_affine)(&a, p);
    FN(print)(&a);
}

/* The same point with z = 2, so that no formula sees z = 1. */
static void FN(read_jac)(JAC *p, const char *word)
{
    AFFINE a;
    FN(read)(&a, word);
    FN(jac_from_affine)(p, &a);
    FEN(dbl)(&p->z, &p->z);
    for (int i = 0; i < 2; i++) FEN(dbl)(&p->x, &p->x);
    for (int i = 0; i < 3; i++) FEN(dbl)(&p->y, &p->y);
}

static void FN(answer_add)(char **args, int n_args)
{
    JAC p, q;
    (void)n_args;
    FN(read_jac)(&p, args[0]);
    FN(read_jac)(&q, args[1]);
    FN(jac_add)(&p, &p, &q);
    FN(print_jac)(&p);
}

static void FN(answer_add_mixed)(char **args, int n_args)
{
    JAC p;
    AFFINE q;
    (void)n_args;
    FN(read_jac)(&p, args[0]);
    FN(read)(&q, args[1]);
    FN(jac_add_mixed)(&p, &p, &q);
    FN(print_jac)(&p);
}

static void FN(answer_dbl)(char **args, int n_args)
{
    JAC p;
    (void)n_args;
    FN(read_jac)(&p, args[0]);
    FN(jac_dbl)(&p, &p);
    FN(print_jac)(&p);
}

/* k is any 256-bit number, taken modulo the order as the EVM's precompile does. */
static void FN(answer_mul)(char **args, int n_args)
{
    uint8_t bytes[32];
    AFFINE p;
    JAC r, s;
    fr k;
    (void)n_args;
    FN(read)(&p, args[0]);
    peer_bytes32(bytes, args[1]);
    fr_from_be32_reduce(&k, bytes);
    FN(mul)(&r, &p, &k);
    FN(mul_vartime)(&s, &p, &k);
    if (!FN(jac_eq)(&r, &s)) (void)fputs("mul and mul_vartime differ: ", stdout);
    FN(print_jac)(&r);
}

static void FN(answer_pack)(char **args, int n_args)
{
    uint8_t bytes[PACKED];
    char hex[2 * PACKED + 1];
    AFFINE p;
    (void)n_args;
    FN(read)(&p, args[0]);
    FN(to_bec)(bytes, &p);
    hex_encode(hex, bytes, PACKED);
    (void)fputs(hex, stdout);
}

static void FN(answer_unpack)(char **args, int n_args)
{
    uint8_t bytes[PACKED];
    AFFINE p;
    (void)n_args;
    if (!hex_decode(bytes, PACKED, args[0], strlen(args[0]))) peer_refuse("not a packed point's length", args[0]);
    bool ok = FN(from_bec)(&p, bytes);
    if (ok)
        FN(print)(&p);
    else
        (void)fputs(FN(affine_is_inf)(&p) ? "none" : "none, but not infinity", stdout);
}

/* Is it the encoding of a point of the group? */
static void FN(answer_valid)(char **args, int n_args)
{
    uint8_t bytes[BYTES];
    AFFINE p;
    (void)n_args;
    if (!hex_decode(bytes, BYTES, args[0], strlen(args[0]))) peer_refuse("not a point's length", args[0]);
    (void)fputs(FN(from_be)(&p, bytes) ? "yes" : "no", stdout);
}
