/* Two streams from anywhere: the length of the settlement stream (2 bytes), it, then the delta stream. What can be read
 * can be written again, and reads the same; a state takes it, or stays as it was. */
#include "base/fuzz.h"
#include "rollup/pubdata_examples_test.h"
#include "rollup/replay.h"

#define OPS_MAX 512

struct streams {
    uint8_t settlement[OPS_MAX * 8 * WORD_BYTES];
    uint8_t delta[PUBDATA_OPENING_BYTES + OPS_MAX * 4 * WORD_BYTES];
    size_t settlement_len, delta_len;
};

static bool read_streams(struct op *ops, size_t *n, struct fee_class classes[FEE_CLASSES], const uint8_t *settlement,
                         size_t settlement_len, const uint8_t *delta, size_t delta_len)
{
    struct pubdata_reader r;
    *n = 0;
    if (pubdata_open(&r, settlement, settlement_len, delta, delta_len) != ZK_OK) return false;
    memcpy(classes, r.classes, sizeof r.classes);
    for (bool end = false; *n < OPS_MAX;) {
        if (pubdata_next(&r, &ops[*n], &end) != ZK_OK) return false;
        if (end) return true;
        (*n)++;
    }
    return false;
}

static void append(uint8_t *stream, size_t *len, const uint8_t *words, unsigned n)
{
    memcpy(stream + *len, words, (size_t)n * WORD_BYTES);
    *len += (size_t)n * WORD_BYTES;
}

static void write_streams(struct streams *s, const struct op *ops, size_t n,
                          const struct fee_class classes[FEE_CLASSES])
{
    fee_classes_encode(s->delta, classes);
    s->delta_len = PUBDATA_OPENING_BYTES;
    s->settlement_len = 0;
    for (size_t i = 0; i < n; i++) {
        struct slot_words slots[OP_SLOTS_MAX];
        unsigned n_slots = op_encode(slots, &ops[i]);
        for (unsigned k = 0; k < n_slots; k++) {
            append(s->settlement, &s->settlement_len, slots[k].words[0], slots[k].n_settlement);
            append(s->delta, &s->delta_len, slots[k].words[slots[k].n_settlement], slots[k].n_delta);
        }
    }
}

/* What the examples need to be possible. */
static struct state *make_state(void)
{
    static const struct state_config config = {
        .accounts = 128, .nfts = 64, .balance_bytes = 1 << 20, .address_key = {1, 2}};
    const eth_address alice = EX_ALICE, bob = EX_BOB;
    struct state *s;
    FUZZ_CHECK(state_create(&s, &config, &bob) == ZK_OK);
    static struct step steps[2 * 43 + 4];
    struct step *step = steps;
    for (uint32_t id = 1; id < 44; id++) {
        for (uint32_t k = 0; k < 2; k++) {
            state_step_account(step, s, id, 5 * k);
            step->after.exists = true;
            step->after.nonce = 17;
            if (id == 42) step->after.address = alice;
            step->balance_after = 10 * EX_ETH;
            state_step_write(s, step++);
        }
    }
    for (uint32_t i = 0; i < 4; i++) {
        state_step_nft(step, s, NFT_ID_FIRST + i);
        step->nft_after = (struct nft_leaf){.exists = true, .owner = 42, .content = EX_NFT};
        state_step_write(s, step++);
    }
    FUZZ_CHECK(state_update_trees(s, steps, ZK_COUNT(steps), NULL) == ZK_OK);
    return s;
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    static struct op ops[OPS_MAX], again[OPS_MAX];
    static struct streams out, twice;
    static struct state *s;
    static struct replay *replay;
    if (s == NULL) {
        s = make_state();
        FUZZ_CHECK(replay_create(&replay) == ZK_OK);
    }
    if (len < 2) return;
    size_t settlement_len = load_be16(data);
    if (settlement_len > len - 2) return;
    const uint8_t *settlement = data + 2, *delta = settlement + settlement_len;
    size_t delta_len = len - 2 - settlement_len;
    struct fee_class classes[FEE_CLASSES], classes_again[FEE_CLASSES];
    size_t n, n_again;
    bool readable = read_streams(ops, &n, classes, settlement, settlement_len, delta, delta_len);
    bool fungible = true;
    for (unsigned i = 0; i < FEE_CLASSES && readable; i++) fungible &= token_is_fungible(classes[i].token);
    if (readable && fungible) {
        write_streams(&out, ops, n, classes);
        FUZZ_CHECK(
            read_streams(again, &n_again, classes_again, out.settlement, out.settlement_len, out.delta, out.delta_len));
        FUZZ_CHECK(n == n_again);
        for (size_t i = 0; i < n; i++) FUZZ_CHECK(op_eq(&ops[i], &again[i]));
        write_streams(&twice, again, n_again, classes_again);
        FUZZ_CHECK(out.settlement_len == twice.settlement_len && out.delta_len == twice.delta_len);
        FUZZ_CHECK(memcmp(out.settlement, twice.settlement, out.settlement_len) == 0);
        FUZZ_CHECK(memcmp(out.delta, twice.delta, out.delta_len) == 0);
    }

    fr before, after;
    uint32_t accounts = state_account_count(s), nfts = state_nft_count(s);
    state_root(&before, s);
    zk_err err = replay_block(replay, s, ACCOUNT_ID_FEE, settlement, settlement_len, delta, delta_len, NULL);
    FUZZ_CHECK(readable || err != ZK_OK || n == OPS_MAX);
    if (err == ZK_OK) FUZZ_CHECK(replay_undo(replay, s, NULL) == ZK_OK);
    state_root(&after, s);
    FUZZ_CHECK(fr_eq(&before, &after));
    FUZZ_CHECK(accounts == state_account_count(s) && nfts == state_nft_count(s));
}
