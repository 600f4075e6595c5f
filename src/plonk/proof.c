/* One walk over the proof's elements serves length, encoding, decoding and transcript. */
#include "plonk/proof.h"

#include <string.h>

bool proof_has_aux(const struct cs *cs, unsigned i)
{
    return i == AUX_Z || (cs->n_lookups > 0 && i < cs->n_aux);
}

bool proof_aux_next(unsigned i)
{
    return i == AUX_Z || i == AUX_PHI;
}

/* What to do with each element, in order. */
struct visitor {
    void (*point)(struct visitor *v, g1_affine *p);
    void (*value)(struct visitor *v, fr *x);
    uint8_t *out;
    const uint8_t *in;
    size_t len;
    bool ok;
    struct transcript *transcript;
};

static void visit_values(struct visitor *v, const struct cs *cs, struct proof *p)
{
    for (int j = 0; j < PLONK_ADVICE; j++) v->value(v, &p->advice_at[0][j]);
    for (int j = 0; j < PLONK_ADVICE; j++)
        if (cs->next_used[j]) v->value(v, &p->advice_at[1][j]);
    for (unsigned i = 0; i < AUX_MAX; i++)
        if (proof_has_aux(cs, i) && proof_aux_next(i)) v->value(v, &p->aux_next[i]);
    for (uint32_t f = 0; f < cs->n_fixed_all; f++) v->value(v, &p->fixed_at[f]);
    for (uint32_t w = 0; w < cs->table_width && cs->n_lookups > 0; w++) v->value(v, &p->table_at[w]);
}

static void visit(struct visitor *v, const struct cs *cs, struct proof *p)
{
    for (int j = 0; j < PLONK_ADVICE; j++) v->point(v, &p->advice[j]);
    for (unsigned i = 0; i < AUX_MAX; i++)
        if (proof_has_aux(cs, i)) v->point(v, &p->aux[i]);
    for (int i = 0; i < PLONK_CHUNKS; i++) v->point(v, &p->quotient[i]);
    visit_values(v, cs, p);
    for (int i = 0; i < 2; i++) v->point(v, &p->w[i]);
}

static void count_point(struct visitor *v, g1_affine *p)
{
    (void)p;
    v->len += 64;
}

static void count_value(struct visitor *v, fr *x)
{
    (void)x;
    v->len += 32;
}

size_t proof_len(const struct verifying_key *vk)
{
    struct visitor v = {.point = count_point, .value = count_value};
    static const struct proof none;
    struct proof p = none;
    visit(&v, vk->cs, &p);
    return v.len;
}

static void write_point(struct visitor *v, g1_affine *p)
{
    g1_to_be64(v->out + v->len, p);
    v->len += 64;
}

static void write_value(struct visitor *v, fr *x)
{
    fr_to_be32(v->out + v->len, x);
    v->len += 32;
}

void proof_encode(uint8_t *out, const struct verifying_key *vk, const struct proof *proof)
{
    struct visitor v = {.point = write_point, .value = write_value};
    struct proof copy = *proof;
    v.out = out;
    visit(&v, vk->cs, &copy);
}

static void read_point(struct visitor *v, g1_affine *p)
{
    v->ok &= g1_from_be64(p, v->in + v->len);
    v->len += 64;
}

static void read_value(struct visitor *v, fr *x)
{
    v->ok &= fr_from_be32(x, v->in + v->len);
    v->len += 32;
}

bool proof_decode(struct proof *out, const struct verifying_key *vk, const uint8_t *in, size_t len)
{
    struct visitor v = {.point = read_point, .value = read_value, .in = in, .ok = true};
    memset(out, 0, sizeof(*out));
    if (len != proof_len(vk)) return false;
    visit(&v, vk->cs, out);
    return v.ok;
}

static void absorb_value(struct visitor *v, fr *x)
{
    transcript_absorb_fr(v->transcript, x, 1);
}

void proof_absorb_values(struct transcript *t, const struct verifying_key *vk, const struct proof *proof)
{
    struct visitor v = {.value = absorb_value, .transcript = t};
    struct proof copy = *proof;
    visit_values(&v, vk->cs, &copy);
}
