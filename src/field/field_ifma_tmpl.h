/* field_ifma_tmpl: the vector loops that fr_ifma.c and fq_ifma.c share. Memory holds factor 2^256; one operand is
 * loaded with factor 2^260, the other raw, so that the product is raw again (fr8.h). */

static void ifma_mul(FIELD *out, const FIELD *a, const FIELD *b, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) FN8(store_raw)(out + i, FN8(mul)(FN8(load)(a + i), FN8(load_raw)(b + i)));
    if (i < n) FN8(store_raw_n)(out + i, FN8(mul)(FN8(load_n)(a + i, n - i), FN8(load_raw_n)(b + i, n - i)), n - i);
}

static void ifma_scale(FIELD *out, const FIELD *a, const FIELD *c, size_t n)
{
    const FIELD8 factor = FN8(splat)(c);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) FN8(store_raw)(out + i, FN8(mul)(FN8(load_raw)(a + i), factor));
    if (i < n) FN8(store_raw_n)(out + i, FN8(mul)(FN8(load_raw_n)(a + i, n - i), factor), n - i);
}
