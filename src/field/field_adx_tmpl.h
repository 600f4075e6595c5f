/* field_adx_tmpl: single operations with mulx, adcx and adox, shared by fr_adx.c and fq_adx.c; included with FIELD, FN
 * and CONST as in field_tmpl.h. Assembly, because compilers keep one carry flag alive and here two run side by side:
 * adcx carries in CF, adox in OF. Results are the bits of the plain definition.
 *
 * The product is CIOS by rows, as in the plain form. Row i adds a b_i to t3..t0 with the overflow word in `top`, then
 * m p with m = -t0 / p mod 2^64, which clears t0, and moves all words down by one. p < 2^254, so `top` never carries
 * out. */

/* The modulus and -1/p mod 2^64, in memory for mulx. */
static const struct {
    uint64_t p[4];
    uint64_t ninv;
} modulus_adx = {CONST(MODULUS_L), CONST(NINV64)};

/* t3..t0 + top = t + a * b_i; the high words of each product go up in CF, the low ones in OF. */
#define ADD_ROW(b_offset)                                                                                              \
    "movq " b_offset "(%[b]), %%rdx\n\t"                                                                               \
    "xorl %k[lo], %k[lo]\n\t"                                                                                          \
    "mulxq 0(%[a]), %[lo], %[top]\n\t"                                                                                 \
    "adoxq %[lo], %[t0]\n\t"                                                                                           \
    "adcxq %[top], %[t1]\n\t"                                                                                          \
    "mulxq 8(%[a]), %[lo], %[top]\n\t"                                                                                 \
    "adoxq %[lo], %[t1]\n\t"                                                                                           \
    "adcxq %[top], %[t2]\n\t"                                                                                          \
    "mulxq 16(%[a]), %[lo], %[top]\n\t"                                                                                \
    "adoxq %[lo], %[t2]\n\t"                                                                                           \
    "adcxq %[top], %[t3]\n\t"                                                                                          \
    "mulxq 24(%[a]), %[lo], %[top]\n\t"                                                                                \
    "adoxq %[lo], %[t3]\n\t"                                                                                           \
    "movl $0, %k[lo]\n\t"                                                                                              \
    "adcxq %[lo], %[top]\n\t"                                                                                          \
    "adoxq %[lo], %[top]\n\t"

/* The first row has nothing to add to. */
#define FIRST_ROW                                                                                                      \
    "movq 0(%[b]), %%rdx\n\t"                                                                                          \
    "mulxq 0(%[a]), %[t0], %[t1]\n\t"                                                                                  \
    "mulxq 8(%[a]), %[lo], %[t2]\n\t"                                                                                  \
    "addq %[lo], %[t1]\n\t"                                                                                            \
    "mulxq 16(%[a]), %[lo], %[t3]\n\t"                                                                                 \
    "adcq %[lo], %[t2]\n\t"                                                                                            \
    "mulxq 24(%[a]), %[lo], %[top]\n\t"                                                                                \
    "adcq %[lo], %[t3]\n\t"                                                                                            \
    "adcq $0, %[top]\n\t"

/* t3..t0 = (t + m p) / 2^64, the words of t moving up in CF and the low halves of m p in OF. */
#define REDUCE_ROW                                                                                                     \
    "movq 32(%[p]), %%rdx\n\t"                                                                                         \
    "imulq %[t0], %%rdx\n\t"                                                                                           \
    "xorl %k[lo], %k[lo]\n\t"                                                                                          \
    "mulxq 0(%[p]), %[lo], %[hi]\n\t"                                                                                  \
    "adcxq %[t0], %[lo]\n\t"                                                                                           \
    "movq %[hi], %[t0]\n\t"                                                                                            \
    "adcxq %[t1], %[t0]\n\t"                                                                                           \
    "mulxq 8(%[p]), %[lo], %[t1]\n\t"                                                                                  \
    "adoxq %[lo], %[t0]\n\t"                                                                                           \
    "adcxq %[t2], %[t1]\n\t"                                                                                           \
    "mulxq 16(%[p]), %[lo], %[t2]\n\t"                                                                                 \
    "adoxq %[lo], %[t1]\n\t"                                                                                           \
    "adcxq %[t3], %[t2]\n\t"                                                                                           \
    "mulxq 24(%[p]), %[lo], %[t3]\n\t"                                                                                 \
    "adoxq %[lo], %[t2]\n\t"                                                                                           \
    "movl $0, %k[lo]\n\t"                                                                                              \
    "adcxq %[lo], %[t3]\n\t"                                                                                           \
    "adoxq %[top], %[t3]\n\t"

/* r = t - p, or t if that is negative. */
ZK_INLINE void reduce_adx(FIELD *r, uint64_t t0, uint64_t t1, uint64_t t2, uint64_t t3)
{
    uint64_t d0 = t0;
    uint64_t d1 = t1;
    uint64_t d2 = t2;
    uint64_t d3 = t3;
    __asm__("subq 0(%[p]), %[d0]\n\t"
            "sbbq 8(%[p]), %[d1]\n\t"
            "sbbq 16(%[p]), %[d2]\n\t"
            "sbbq 24(%[p]), %[d3]\n\t"
            "cmovcq %[t0], %[d0]\n\t"
            "cmovcq %[t1], %[d1]\n\t"
            "cmovcq %[t2], %[d2]\n\t"
            "cmovcq %[t3], %[d3]\n\t"
            : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3)
            : [t0] "r"(t0), [t1] "r"(t1), [t2] "r"(t2), [t3] "r"(t3), [p] "r"(&modulus_adx), "m"(modulus_adx)
            : "cc");
    r->l[0] = d0;
    r->l[1] = d1;
    r->l[2] = d2;
    r->l[3] = d3;
}

void FN(mul_adx)(FIELD *r, const FIELD *a, const FIELD *b)
{
    uint64_t t0;
    uint64_t t1;
    uint64_t t2;
    uint64_t t3;
    uint64_t top;
    uint64_t lo;
    uint64_t hi;
    __asm__(FIRST_ROW REDUCE_ROW ADD_ROW("8") REDUCE_ROW ADD_ROW("16") REDUCE_ROW ADD_ROW("24") REDUCE_ROW
            : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [top] "=&r"(top), [lo] "=&r"(lo),
              [hi] "=&r"(hi)
            : [a] "r"(a), [b] "r"(b), [p] "r"(&modulus_adx), "m"(*a), "m"(*b), "m"(modulus_adx)
            : "rdx", "cc");
    reduce_adx(r, t0, t1, t2, t3);
}

void FN(sqr_adx)(FIELD *r, const FIELD *a)
{
    FN(mul_adx)(r, a, a);
}

/* a + b < 2p < 2^255: no carry out. */
void FN(add_adx)(FIELD *r, const FIELD *a, const FIELD *b)
{
    uint64_t t0 = a->l[0];
    uint64_t t1 = a->l[1];
    uint64_t t2 = a->l[2];
    uint64_t t3 = a->l[3];
    __asm__("addq 0(%[b]), %[t0]\n\t"
            "adcq 8(%[b]), %[t1]\n\t"
            "adcq 16(%[b]), %[t2]\n\t"
            "adcq 24(%[b]), %[t3]\n\t"
            : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3)
            : [b] "r"(b), "m"(*b)
            : "cc");
    reduce_adx(r, t0, t1, t2, t3);
}

/* a - b, plus p if that borrows. */
void FN(sub_adx)(FIELD *r, const FIELD *a, const FIELD *b)
{
    uint64_t t0 = a->l[0];
    uint64_t t1 = a->l[1];
    uint64_t t2 = a->l[2];
    uint64_t t3 = a->l[3];
    uint64_t p0 = modulus_adx.p[0];
    uint64_t p1 = modulus_adx.p[1];
    uint64_t p2 = modulus_adx.p[2];
    uint64_t p3 = modulus_adx.p[3];
    __asm__("subq 0(%[b]), %[t0]\n\t"
            "sbbq 8(%[b]), %[t1]\n\t"
            "sbbq 16(%[b]), %[t2]\n\t"
            "sbbq 24(%[b]), %[t3]\n\t"
            "cmovncq %[zero], %[p0]\n\t"
            "cmovncq %[zero], %[p1]\n\t"
            "cmovncq %[zero], %[p2]\n\t"
            "cmovncq %[zero], %[p3]\n\t"
            "addq %[p0], %[t0]\n\t"
            "adcq %[p1], %[t1]\n\t"
            "adcq %[p2], %[t2]\n\t"
            "adcq %[p3], %[t3]\n\t"
            : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [p0] "+&r"(p0), [p1] "+&r"(p1),
              [p2] "+&r"(p2), [p3] "+&r"(p3)
            : [b] "r"(b), [zero] "r"(UINT64_C(0)), "m"(*b)
            : "cc");
    r->l[0] = t0;
    r->l[1] = t1;
    r->l[2] = t2;
    r->l[3] = t3;
}

#undef ADD_ROW
#undef FIRST_ROW
#undef REDUCE_ROW

#define LOOP(name) adx_##name
#define ONE(name)  FN(name##_adx)
#include "field/field_loops_tmpl.h"
#undef LOOP
#undef ONE
