/* Keys and signatures as they come from outside: key (32 bytes), signature (64), message (the rest, up to 92). Points
 * have one accepted encoding, and single and batch checks agree on every input, whatever is known of the key. */
#include "rollup/signature.h"

#include "base/arena.h"
#include "base/fuzz.h"

#include <string.h>

#define FIXED (SIG_KEY_BYTES + SIG_BYTES)

/* What unpacks packs to the same bytes, but for the two points with x = 0, which both spellings name. */
static void check_encoding(const uint8_t in[32])
{
    ed_affine p;
    uint8_t again[32];
    if (!sig_parse_key(&p, in)) return;
    FUZZ_CHECK(ed_is_on_curve(&p));
    ed_pack(again, &p);
    if (memcmp(in, again, 32) == 0) return;
    FUZZ_CHECK(fr_is_zero(&p.x));
    FUZZ_CHECK(sig_check_point(&p) != SIG_OK);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    ZK_ALIGN(64) static uint8_t memory[1 << 17];
    uint8_t keys[1][SIG_KEY_BYTES];
    uint8_t sig[SIG_BYTES];
    struct sig_key_info info;
    struct arena scratch;
    sig_verdict batch[2];
    ed_affine r;
    ed_scalar s;
    if (len < FIXED || len > FIXED + SIG_MESSAGE_MAX + 1) return;
    memcpy(keys[0], data, sizeof keys);
    memcpy(sig, data + SIG_KEY_BYTES, sizeof sig);
    const uint8_t *msg = data + FIXED;
    len -= FIXED;
    check_encoding(keys[0]);
    check_encoding(sig);
    sig_verdict one = sig_verify(keys[0], sig, msg, len);
    if (!sig_parse(&r, &s, sig)) FUZZ_CHECK(one == SIG_MALFORMED);
    sig_key_info_many(&info, (const uint8_t(*)[SIG_KEY_BYTES])keys, 1, NULL);
    if (info.verdict != SIG_OK) FUZZ_CHECK(one != SIG_OK && one <= SIG_NOT_IN_SUBGROUP);
    const struct sig_item items[2] = {{keys[0], NULL, sig, msg, len}, {keys[0], &info, sig, msg, len}};
    arena_init(&scratch, memory, sizeof memory);
    FUZZ_CHECK(sig_verify_batch(batch, items, 2, NULL, &scratch) == ZK_OK);
    FUZZ_CHECK(batch[0] == one);
    FUZZ_CHECK(batch[1] == one);
}
