/* peer_field_tmpl: the answers of peer_field.c, included once for fr and once for fq. */

static void FN(read)(FIELD *a, const char *word)
{
    uint8_t bytes[32];
    peer_bytes32(bytes, word);
    if (!FN(from_be32)(a, bytes)) peer_refuse("not below the modulus", word);
}

static void FN(print)(const FIELD *a)
{
    uint8_t bytes[32];
    FN(to_be32)(bytes, a);
    peer_print32(bytes);
}

#define BINARY(op)                                                                                                     \
    static void FN(answer_##op)(char **args, int n_args)                                                               \
    {                                                                                                                  \
        FIELD a, b;                                                                                                    \
        (void)n_args;                                                                                                  \
        FN(read)(&a, args[0]);                                                                                         \
        FN(read)(&b, args[1]);                                                                                         \
        FN(op)(&a, &a, &b);                                                                                            \
        FN(print)(&a);                                                                                                 \
    }
#define UNARY(op)                                                                                                      \
    static void FN(answer_##op)(char **args, int n_args)                                                               \
    {                                                                                                                  \
        FIELD a;                                                                                                       \
        (void)n_args;                                                                                                  \
        FN(read)(&a, args[0]);                                                                                         \
        FN(op)(&a, &a);                                                                                                \
        FN(print)(&a);                                                                                                 \
    }

BINARY(add)
BINARY(sub)
BINARY(mul)
UNARY(sqr)
UNARY(inv)
UNARY(inv_vartime)

#undef BINARY
#undef UNARY

static void FN(print_if)(bool ok, const FIELD *a)
{
    if (ok)
        FN(print)(a);
    else
        (void)fputs(FN(is_zero)(a) ? "none" : "none, but not zero", stdout);
}

static void FN(answer_sqrt)(char **args, int n_args)
{
    FIELD a;
    (void)n_args;
    FN(read)(&a, args[0]);
    bool ok = FN(sqrt_vartime)(&a, &a);
    FN(print_if)(ok, &a);
}

static void FN(answer_from_be)(char **args, int n_args)
{
    uint8_t bytes[32];
    FIELD a;
    (void)n_args;
    peer_bytes32(bytes, args[0]);
    bool ok = FN(from_be32)(&a, bytes);
    FN(print_if)(ok, &a);
}

static void FN(answer_from_le)(char **args, int n_args)
{
    uint8_t bytes[32];
    FIELD a;
    (void)n_args;
    peer_bytes32(bytes, args[0]);
    bool ok = FN(from_le32)(&a, bytes);
    FN(print_if)(ok, &a);
}

static void FN(answer_reduce)(char **args, int n_args)
{
    uint8_t bytes[32];
    FIELD a;
    (void)n_args;
    peer_bytes32(bytes, args[0]);
    FN(from_be32_reduce)(&a, bytes);
    FN(print)(&a);
}

static void FN(answer_to_le)(char **args, int n_args)
{
    uint8_t bytes[32];
    FIELD a;
    (void)n_args;
    FN(read)(&a, args[0]);
    FN(to_le32)(bytes, &a);
    peer_print32(bytes);
}

/* The bytes of the element in memory: Montgomery form, little-endian limbs. */
static void FN(answer_memory)(char **args, int n_args)
{
    uint8_t bytes[32];
    FIELD a;
    (void)n_args;
    FN(read)(&a, args[0]);
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 8; k++) bytes[8 * i + k] = (uint8_t)(a.l[i] >> 8 * k);
    peer_print32(bytes);
}
