#include "rollup/binding.h"

#include "hash/keccak256.h"
#include "hash/poseidon2.h"

/* low + 2^96 * high, both words; below 2^192, so it is its own residue. */
static void two_words(fr *out, const uint8_t low[WORD_BYTES], const uint8_t high[WORD_BYTES])
{
    uint64_t limbs[4] = {load_be64(low + 4), load_be32(low) | (uint64_t)load_be32(high + 8) << 32, load_be64(high), 0};
    bool ok = fr_from_limbs(out, limbs);
    assert(ok);
}

void binding_chain_start(fr *c, const uint8_t opening[PUBDATA_OPENING_BYTES])
{
    fr in[4];
    in[0] = FR_ONE;
    for (size_t i = 0; i < 3; i++)
        two_words(&in[1 + i], opening + 2 * i * WORD_BYTES, opening + (2 * i + 1) * WORD_BYTES);
    poseidon2_compress(c, in);
}

void binding_slot_elements(fr out[3], const struct slot_words *slot)
{
    static_assert(SLOT_WORDS_MAX == 5, "three elements hold five words and their counts");
    assert(slot->n_settlement + slot->n_delta <= SLOT_WORDS_MAX);
    two_words(&out[0], slot->words[0], slot->words[1]);
    two_words(&out[1], slot->words[2], slot->words[3]);
    const uint8_t *w4 = slot->words[4];
    uint64_t counts = slot->n_settlement | (uint64_t)slot->n_delta << 8;
    uint64_t limbs[4] = {load_be64(w4 + 4), load_be32(w4) | counts << 32, 0, 0};
    bool ok = fr_from_limbs(&out[2], limbs);
    assert(ok);
}

void binding_chain_slot(fr *c, const struct slot_words *slot)
{
    fr in[4];
    in[0] = *c;
    binding_slot_elements(in + 1, slot);
    poseidon2_compress(c, in);
}

void binding_header(fr *out, const struct block_header *h)
{
    uint64_t limbs[4] = {h->timestamp, h->fee_account | (uint64_t)h->number << 32, 0, 0};
    bool ok = fr_from_limbs(out, limbs);
    assert(ok);
}

void binding_challenge(fr *r, const uint8_t *settlement, size_t settlement_len, const uint8_t *delta, size_t delta_len,
                       const fr *c, const struct block_header *h, const fr *old_root, const fr *new_root)
{
    uint8_t in[6][32];
    fr header;
    binding_header(&header, h);
    keccak256(in[0], settlement, settlement_len);
    keccak256(in[1], delta, delta_len);
    fr_to_be32(in[2], c);
    fr_to_be32(in[3], &header);
    fr_to_be32(in[4], old_root);
    fr_to_be32(in[5], new_root);
    uint8_t digest[32];
    keccak256(digest, in, sizeof in);
    fr_from_be32_reduce(r, digest);
}

void binding_evaluate(fr *y, const uint8_t *stream, size_t len, const fr *r)
{
    assert(len % WORD_BYTES == 0);
    fr acc = FR_ONE;
    for (size_t i = 0; i < len; i += WORD_BYTES) {
        uint64_t limbs[4] = {load_be64(stream + i + 4), load_be32(stream + i), 0, 0};
        fr word;
        bool ok = fr_from_limbs(&word, limbs);
        assert(ok);
        fr_mul(&acc, &acc, r);
        fr_add(&acc, &acc, &word);
    }
    *y = acc;
}
