/* field_fuzz_tmpl: the laws of field_fuzz.c, included once for fr and once for fq. */

#ifndef FIELD_FUZZ_LEN
#define FIELD_FUZZ_LEN 40 /* elements a run */
#endif

static bool FN(bytes_are_canonical)(const uint8_t be[32])
{
    const FIELD p = {CONST(MODULUS_L)};
    for (int i = 3; i >= 0; i--) {
        uint64_t limb = load_be64(be + 24 - 8 * i);
        if (limb != p.l[i]) return limb < p.l[i];
    }
    return false;
}

/* Both byte orders and limbs accept what is below the modulus, return it bit for bit, and refuse the rest. */
static void FN(fuzz_encoding)(FIELD *a, const uint8_t be[32])
{
    uint8_t le[32];
    uint8_t back[32];
    uint64_t limbs[4];
    FIELD b;
    bool canonical = FN(bytes_are_canonical)(be);
    for (int i = 0; i < 32; i++) le[i] = be[31 - i];
    for (int i = 0; i < 4; i++) limbs[i] = load_be64(be + 24 - 8 * i);

    FUZZ_CHECK(FN(from_be32)(a, be) == canonical);
    FUZZ_CHECK(FN(from_le32)(&b, le) == canonical);
    FUZZ_CHECK(FN(eq)(a, &b));
    FUZZ_CHECK(FN(from_limbs)(&b, limbs) == canonical);
    FUZZ_CHECK(FN(eq)(a, &b));
    FN(from_be32_reduce)(&b, be);
    if (!canonical) {
        FUZZ_CHECK(FN(is_zero)(a));
        *a = b;
        return;
    }
    FUZZ_CHECK(FN(eq)(a, &b));
    FN(to_be32)(back, a);
    FUZZ_CHECK(memcmp(back, be, 32) == 0);
    FN(to_le32)(back, a);
    FUZZ_CHECK(memcmp(back, le, 32) == 0);
}

static void FN(fuzz_inverse)(const FIELD *a)
{
    FIELD inverse;
    FIELD other;
    FIELD product;
    FN(inv)(&inverse, a);
    FN(inv_vartime)(&other, a);
    FUZZ_CHECK(FN(eq)(&inverse, &other));
    FN(mul)(&product, a, &inverse);
    FUZZ_CHECK(FN(is_zero)(a) ? FN(is_zero)(&inverse) : FN(is_one)(&product));
    FN(sqr)(&product, a);
    FUZZ_CHECK(FN(sqrt_vartime)(&other, &product));
    FN(sqr)(&other, &other);
    FUZZ_CHECK(FN(eq)(&other, &product));
}

static void FN(fuzz_kernels)(const FIELD *a, const FIELD *b, size_t n)
{
    const struct FN(kernels) *plain = FN(kernels_of)(CPU_PLAIN);
    FIELD want[FIELD_FUZZ_LEN];
    FIELD got[FIELD_FUZZ_LEN];
    FIELD scratch[FIELD_FUZZ_LEN];
    for (int level = CPU_ADX; level <= CPU_IFMA; level++) {
        const struct FN(kernels) *k = FN(kernels_of)((cpu_level)level);
        if (k == NULL) continue;
        plain->mul(want, a, b, n);
        k->mul(got, a, b, n);
        FUZZ_CHECK(memcmp(want, got, n * sizeof *want) == 0);
        plain->add(want, a, b, n);
        k->add(got, a, b, n);
        FUZZ_CHECK(memcmp(want, got, n * sizeof *want) == 0);
        plain->sub(want, a, b, n);
        k->sub(got, a, b, n);
        FUZZ_CHECK(memcmp(want, got, n * sizeof *want) == 0);
        plain->axpy(want, b, a, n);
        k->axpy(got, b, a, n);
        FUZZ_CHECK(memcmp(want, got, n * sizeof *want) == 0);
        plain->batch_inv(want, a, n, scratch);
        k->batch_inv(got, a, n, scratch);
        FUZZ_CHECK(memcmp(want, got, n * sizeof *want) == 0);
    }
}

static void FN(fuzz)(const uint8_t *data, size_t len)
{
    FIELD a[FIELD_FUZZ_LEN];
    FIELD b[FIELD_FUZZ_LEN];
    size_t n = len / 32 < FIELD_FUZZ_LEN ? len / 32 : FIELD_FUZZ_LEN;
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) FN(fuzz_encoding)(&a[i], data + 32 * i);
    for (size_t i = 0; i < n; i++) b[i] = a[n - 1 - i];
    FN(fuzz_inverse)(&a[0]);
    FN(fuzz_kernels)(a, b, n);
}
