/* field_loops_tmpl: the batch kernels as loops over single operations, for plain C and for adx; included with FIELD and
 * FN as in field_tmpl.h, and
 *   LOOP(name)  the kernel's name, such as plain_mul
 *   ONE(name)   the single operation, such as fr_mul_adx */

static void LOOP(mul)(FIELD *out, const FIELD *a, const FIELD *b, size_t n)
{
    for (size_t i = 0; i < n; i++) ONE(mul)(&out[i], &a[i], &b[i]);
}

static void LOOP(add)(FIELD *out, const FIELD *a, const FIELD *b, size_t n)
{
    for (size_t i = 0; i < n; i++) ONE(add)(&out[i], &a[i], &b[i]);
}

static void LOOP(sub)(FIELD *out, const FIELD *a, const FIELD *b, size_t n)
{
    for (size_t i = 0; i < n; i++) ONE(sub)(&out[i], &a[i], &b[i]);
}

static void LOOP(scale)(FIELD *out, const FIELD *a, const FIELD *c, size_t n)
{
    FIELD factor = *c;
    for (size_t i = 0; i < n; i++) ONE(mul)(&out[i], &a[i], &factor);
}

static void LOOP(axpy)(FIELD *out, const FIELD *c, const FIELD *a, size_t n)
{
    FIELD factor = *c;
    for (size_t i = 0; i < n; i++) {
        FIELD t;
        ONE(mul)(&t, &a[i], &factor);
        ONE(add)(&out[i], &out[i], &t);
    }
}

/* Montgomery's trick: prefix products, one inversion, and back. Zeros take part as ones, and are put back last. */
static void LOOP(batch_inv)(FIELD *out, const FIELD *in, size_t n, FIELD *scratch)
{
    const FIELD one = {CONST(R_L)};
    const FIELD zero = {{0, 0, 0, 0}};
    FIELD acc = one;
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) {
        FIELD x;
        scratch[i] = acc;
        FN(select)(&x, &in[i], &one, FN(is_zero)(&in[i]));
        ONE(mul)(&acc, &acc, &x);
    }
    FN(inv)(&acc, &acc);
    for (size_t i = n; i-- > 0;) {
        FIELD x;
        FIELD inverse;
        bool is_zero = FN(is_zero)(&in[i]);
        FN(select)(&x, &in[i], &one, is_zero);
        ONE(mul)(&inverse, &acc, &scratch[i]);
        ONE(mul)(&acc, &acc, &x);
        FN(select)(&out[i], &inverse, &zero, is_zero);
    }
}
