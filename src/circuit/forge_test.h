/* forge_test: forged witnesses: a rule is broken and all else made consistent around it.
 *
 * refused_by demands both: with the rule's constraints the forgery is refused, and without them it passes; and notes
 * that the family of constraints has been shown to matter (families). */
#ifndef ZK_CIRCUIT_FORGE_TEST_H
#define ZK_CIRCUIT_FORGE_TEST_H

#include "base/test.h"
#include "circuit/audit.h"
#include "circuit/world.h"
#include "hash/poseidon2.h"
#include "rollup/replay.h"

#include <string.h>

static struct arena home, scratch;

static struct block_circuit circuit;
static struct audit audit;
static struct audit_report report;
static struct world world;
static struct block_hints hints;
static bool taken_back; /* the last sealed block */

static inline void begin(void)
{
    static bool done;
    if (!done) {
        CHECK_OK(arena_map(&home, (size_t)256 << 20));
        CHECK_OK(arena_map(&scratch, (size_t)1 << 30));
        CHECK_OK(block_circuit_init(&circuit, &home));
        audit_init(&audit, &circuit, &home);
        done = true;
    } else {
        world_destroy(&world);
    }
    arena_release(&scratch, 0);
    world_create(&world, 40);
    world_fund(&world, 4);
}

static inline struct slot_hints *slot(unsigned i)
{
    return &hints.period[i / SLOTS_PER_PERIOD].slots[i % SLOTS_PER_PERIOD];
}

/* The first periods of a block are a block to all rules but the lookups' table size; one or two do here. */
static inline void keep_periods(unsigned n)
{
    hints.periods = n;
    hints.log_n = BLOCK_LOG_T + n - 1;
}

static inline void seal(void)
{
    CHECK_OK(block_hints_make(&hints, world_seal(&world), NULL, &scratch));
    taken_back = false;
    keep_periods(1);
}

static inline fr bytes_of(const uint8_t b[20])
{
    uint8_t wide[32] = {0};
    fr r;
    memcpy(wide + 12, b, 20);
    fr_from_be32_reduce(&r, wide);
    return r;
}

static inline fr half_of(const uint8_t b[16])
{
    return fr_u128(load_be128(b));
}

static inline void print_report(void)
{
    for (size_t i = 0; i < report.n && i < 20; i++)
        printf("  row %u %s: %s\n", report.found[i].row, report.found[i].path, report.found[i].what);
}

/* Families of constraints of which a forgery was shown. */
#define FAMILIES_MAX 64
static const char *families[FAMILIES_MAX];
static unsigned n_families;

static inline void family_shown(const char *gadget)
{
    for (unsigned i = 0; i < n_families; i++)
        if (strcmp(families[i], gadget) == 0) return;
    CHECK(n_families < FAMILIES_MAX);
    families[n_families++] = gadget;
}

/* Is the witness refused, and would it not be without the constraints of gadgets whose path has `gadget` in it? */
static inline void refused_witness(const struct witness *w, const char *gadget)
{
    audit_witness(&audit, &report, w);
    CHECK_MSG(report.n != 0, "nothing objects where %s should", gadget);
    audit.dropped = gadget;
    audit_witness(&audit, &report, w);
    audit.dropped = NULL;
    if (report.n != 0) print_report();
    CHECK_MSG(report.n == 0, "others than %s object", gadget);
    family_shown(gadget);
}

static inline void refused_by(const char *gadget)
{
    struct witness w;
    const size_t mark = arena_mark(&scratch);
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    refused_witness(&w, gadget);
    arena_release(&scratch, mark);
}

/* The same, when the objection is one of the first or last row. */
static inline void refused_by_label(const char *what)
{
    struct witness w;
    const size_t mark = arena_mark(&scratch);
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    if (report.n != 1 || strcmp(report.found[0].what, what) != 0) print_report();
    CHECK_EQ_U64(1, report.n);
    CHECK_EQ_STR(what, report.found[0].what);
    family_shown(what);
    arena_release(&scratch, mark);
}

/* ---- what is published, and what comes of it */

/* Both streams, as the words of a witness's slots have them. */
struct published {
    uint8_t settlement[BLOCK_SLOTS_MAX * SLOT_WORDS_MAX * WORD_BYTES];
    uint8_t delta[PUBDATA_OPENING_BYTES + BLOCK_SLOTS_MAX * SLOT_WORDS_MAX * WORD_BYTES];
    size_t settlement_len, delta_len;
};

static struct published published;

/* Twelve bytes, from the back. */
static inline bool word_bytes(uint8_t out[WORD_BYTES], const fr *word)
{
    uint64_t l[4];
    fr_to_limbs(l, word);
    for (unsigned i = 0; i < WORD_BYTES; i++) out[WORD_BYTES - 1 - i] = (uint8_t)(l[i / 8] >> 8 * (i % 8));
    return l[1] >> 32 == 0 && l[2] == 0 && l[3] == 0;
}

/* The words of the slot whose words begin in this row (slot_gates_add). False if one has more than twelve bytes. */
static inline bool slot_published(struct slot_words *slot, const struct witness *w, uint32_t row)
{
    bool ok = true;
    bool counts[5];
    memset(slot, 0, sizeof *slot);
    for (unsigned i = 0; i < 5; i++) {
        ok = word_bytes(slot->words[i], &w->advice[i][row]) && ok;
        counts[i] = !fr_is_zero(&w->advice[i][row + 1]);
    }
    slot->n_settlement = counts[4] ? 4 : 0;
    slot->n_delta = counts[1] + 2u * counts[2] + 4u * counts[3];
    for (unsigned i = 0; i < slot->n_delta && !counts[0]; i++) {
        memcpy(published.delta + published.delta_len, slot->words[i], WORD_BYTES);
        published.delta_len += WORD_BYTES;
    }
    if (counts[0]) { /* the marker */
        memcpy(published.delta + published.delta_len, slot->words[4], WORD_BYTES);
        published.delta_len += WORD_BYTES;
    }
    for (unsigned i = 0; i < slot->n_settlement; i++) {
        memcpy(published.settlement + published.settlement_len, slot->words[i], WORD_BYTES);
        published.settlement_len += WORD_BYTES;
    }
    return ok;
}

static inline void publish_opening(void)
{
    uint8_t *p = published.delta;
    memset(p, 0, PUBDATA_OPENING_BYTES);
    p[0] = PUBDATA_FORMAT;
    p += 8;
    for (unsigned i = 0; i < FEE_CLASSES; i++) {
        const struct period_hints *h = &hints.period[0];
        *p++ = (uint8_t)(h->class_token[i] >> 8);
        *p++ = (uint8_t)h->class_token[i];
        *p++ = (uint8_t)(h->class_fee[i] >> 8);
        *p++ = (uint8_t)h->class_fee[i];
    }
    published.delta_len = PUBDATA_OPENING_BYTES;
    published.settlement_len = 0;
}

/* The streams of a witness that is accepted; they must be those that C and both y are of. */
static inline bool publish(const struct witness *w)
{
    const struct cs *cs = &circuit.cs;
    const unsigned words = cs->gates[circuit.slot.words.i].bit;
    fr c, y[2];
    bool ok = true;
    publish_opening();
    binding_chain_start(&c, published.delta);
    for (uint32_t row = 0; row < 1u << w->log_n; row++) {
        if (row >> BLOCK_LOG_T >= hints.periods || !cs_is_on(cs, row & (cs->period - 1), words)) continue;
        struct slot_words slot;
        ok = slot_published(&slot, w, row) && ok;
        binding_chain_slot(&c, &slot);
    }
    const fr *r = &hints.publics[PUBLIC_CHALLENGE];
    binding_evaluate(&y[0], published.settlement, published.settlement_len, r);
    binding_evaluate(&y[1], published.delta, published.delta_len, r);
    CHECK(!ok || fr_eq(&c, &hints.publics[PUBLIC_CHAIN]));
    CHECK(!ok || fr_eq(&y[0], &hints.publics[PUBLIC_Y_SETTLEMENT]));
    CHECK(!ok || fr_eq(&y[1], &hints.publics[PUBLIC_Y_DELTA]));
    return ok;
}

/* Do the streams of an accepted witness lead every restorer to the root that was proved? The last sealed block is
 * taken back for it. A word of more than twelve bytes nobody can publish. */
static inline bool replays(const struct witness *w)
{
    static struct replay *replay;
    fr root;
    if (replay == NULL) CHECK_OK(replay_create(&replay));
    if (!taken_back) CHECK_OK(block_unwind(world.b, NULL));
    taken_back = true;
    state_root(&root, world.s);
    CHECK(fr_eq(&root, &hints.publics[PUBLIC_OLD_ROOT]));
    if (!publish(w)) return true;
    const zk_err err = replay_block(replay, world.s, 0, published.settlement, published.settlement_len, published.delta,
                                    published.delta_len, NULL);
    if (err != ZK_OK) {
        printf("  replay: %s\n", zk_err_message());
        return false;
    }
    state_root(&root, world.s);
    CHECK_OK(replay_undo(replay, world.s, NULL));
    if (!fr_eq(&root, &hints.publics[PUBLIC_NEW_ROOT])) printf("  replay leads to another root\n");
    return fr_eq(&root, &hints.publics[PUBLIC_NEW_ROOT]);
}

/* No constraint objects, and what is published says what was done. */
static inline void accepted(void)
{
    struct witness w;
    const size_t mark = arena_mark(&scratch);
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    audit_witness(&audit, &report, &w);
    print_report();
    CHECK_EQ_U64(0, report.n);
    CHECK(replays(&w));
    arena_release(&scratch, mark);
}

/* Users 1 and 2 own an NFT each, NFT_ID_FIRST and the next; then an open block. */
static inline void begin_nfts(void)
{
    begin();
    world_begin(&world, NULL, 0);
    CHECK(world_mint(&world, 1, &world.users[1].address, 1, 0, 0));
    CHECK(world_mint(&world, 1, &world.users[2].address, 2, 0, 0));
    (void)world_seal(&world);
    world_begin(&world, NULL, 0);
}

static inline void plus_one(fr *x)
{
    const fr one = FR_ONE;
    fr_add(x, x, &one);
}

static inline struct tx nft_transfer(unsigned from, unsigned to, uint32_t nft, unsigned amount)
{
    struct tx tx = {.type = TX_TRANSFER};
    tx.transfer = (struct tx_transfer){.account_id = world_id(&world, from),
                                       .from = world.users[from].address,
                                       .to = world.users[to].address,
                                       .token = nft,
                                       .nonce = world_nonce(&world, from),
                                       .amount = amount,
                                       .valid = TIME_RANGE_ALL};
    return tx;
}

/* Executes `executed`, but with the signature and the message of `is_signed`, made by this key. */
static inline void execute_other(const struct tx *executed, const struct tx *is_signed, unsigned account,
                                 unsigned signer)
{
    uint8_t bytes[TX_SIGN_BYTES_MAX];
    size_t len;
    struct tx tx = *executed;
    struct block_result r;
    const unsigned at = block_totals(world.b).slots;
    CHECK_OK(tx_sign_bytes(bytes, &len, is_signed));
    CHECK_OK(sig_sign(tx.signature.sig, world.users[signer].key, bytes, len));
    memcpy(tx.signature.pubkey, world.users[signer].pub, 32);
    const struct tx_facts facts = {.signers.tx = world.users[account].hash, .authorized = true};
    CHECK_OK(block_put_tx(world.b, &r, &tx, &facts));
    CHECK_MSG(r.answer == BLOCK_TAKEN, "%s", fail_reason_str(r.reason));
    seal();
    memset(slot(at)->signature.message, 0, MESSAGE_BYTES);
    memcpy(slot(at)->signature.message, bytes, len);
}

static inline void hash_up(fr *node, const fr siblings[CHILDREN - 1], uint32_t digit)
{
    fr children[CHILDREN];
    for (unsigned i = 0, k = 0; i < CHILDREN; i++) children[i] = i == digit ? *node : siblings[k++];
    poseidon2_compress(node, children);
}

/* Where the sender's leaf of a forged transfer stands among the receiver's siblings, it is the forged one. */
static inline void repair_second_path(struct slot_hints *h, const fr *balance_after)
{
    const struct step_hints *a = &h->steps[0];
    fr node = *balance_after;
    for (unsigned k = 0; k < BALANCE_TREE_LEVELS; k++) hash_up(&node, a->balance_siblings[k], a->token >> 2 * k & 3);
    fr leaf[4] = {fr_pow2(160), a->pubkey_hash, node, fr_u64(a->minted)};
    const fr nonce = fr_u64(a->nonce + 1u);
    fr_mul(&leaf[0], &leaf[0], &nonce);
    fr_add(&leaf[0], &leaf[0], &a->address);
    poseidon2_compress(&node, leaf);
    for (unsigned k = 0; k < ACCOUNT_TREE_LEVELS; k++) {
        const uint32_t at_a = a->id >> 2 * k;
        const uint32_t at_b = h->steps[1].id >> 2 * k;
        if (at_a != at_b && at_a / 4 == at_b / 4) h->steps[1].siblings[k][at_a % 4 - (at_a % 4 > at_b % 4)] = node;
        hash_up(&node, a->siblings[k], at_a % 4);
    }
}

/* ---- paths: after a forged step, other leaves stand beside later ones */

#define LEVELS_A    (BALANCE_TREE_LEVELS + ACCOUNT_TREE_LEVELS)
#define SLOT_LEVELS (2 * LEVELS_A)
#define NODES_MAX   8192

/* Nodes as forged steps left them. tree: 0 accounts, 1 NFTs, 2 + id the balances of an account. */
static struct {
    uint32_t tree, index;
    unsigned level;
    fr value;
} nodes[NODES_MAX];
static unsigned n_nodes;

static inline void node_set(uint32_t tree, unsigned level, uint32_t index, const fr *value)
{
    unsigned i = 0;
    while (i < n_nodes && (nodes[i].tree != tree || nodes[i].level != level || nodes[i].index != index)) i++;
    CHECK(i < NODES_MAX);
    if (i == n_nodes) n_nodes++;
    nodes[i].tree = tree;
    nodes[i].level = level;
    nodes[i].index = index;
    nodes[i].value = *value;
}

/* Rows of the children of each Merkle level of the period, in order. */
static inline unsigned level_rows(uint32_t rows[SLOTS_PER_PERIOD * SLOT_LEVELS])
{
    const struct cs *cs = &circuit.cs;
    unsigned n = 0;
    for (uint32_t row = 0; row < cs->period; row++)
        if (cs_is_on(cs, row, cs->gates[circuit.gadgets.siblings.i].bit)) rows[n++] = row;
    CHECK_EQ_U64(SLOTS_PER_PERIOD * SLOT_LEVELS, n);
    return n;
}

struct place_in_path {
    uint32_t tree, index;
    unsigned level;
    fr *siblings;
};

/* Where the k-th level of a step is: first the balances, then the leaf's. */
static inline bool place_of(struct place_in_path *p, struct slot_hints *h, unsigned step, unsigned k)
{
    struct step_hints *s = &h->steps[step];
    const bool nft = step == 1 && kind_has(h->kind, ON_NFT);
    const bool account = step == 0 ? kind_has(h->kind, ON_A) : kind_has(h->kind, ON_B);
    if (!nft && !account) return false;
    if (k >= BALANCE_TREE_LEVELS) {
        const unsigned level = k - BALANCE_TREE_LEVELS;
        *p = (struct place_in_path){nft, s->id >> 2 * level, level, s->siblings[level]};
    } else if (nft) {
        const unsigned level = ACCOUNT_TREE_LEVELS + k - 1;
        if (k == 0) return false;
        *p = (struct place_in_path){1, s->id >> 2 * level, level, s->balance_siblings[k]};
    } else {
        *p = (struct place_in_path){2 + s->id, s->token >> 2 * k, k, s->balance_siblings[k]};
    }
    return true;
}

/* Gives every step of period 0 the siblings that the steps before it leave. */
static inline void repair_paths(void)
{
    uint32_t rows[SLOTS_PER_PERIOD * SLOT_LEVELS];
    struct witness w;
    (void)level_rows(rows);
    n_nodes = 0;
    for (unsigned step = 0; step < 2 * SLOTS_PER_PERIOD; step++) {
        struct slot_hints *h = slot(step / 2);
        struct place_in_path p;
        for (unsigned k = 0; k < LEVELS_A; k++) {
            if (!place_of(&p, h, step % 2, k)) continue;
            for (unsigned i = 0; i < n_nodes; i++) {
                if (nodes[i].tree != p.tree || nodes[i].level != p.level || nodes[i].index / 4 != p.index / 4 ||
                    nodes[i].index == p.index)
                    continue;
                const unsigned at = nodes[i].index % 4;
                p.siblings[at - (at > p.index % 4)] = nodes[i].value;
            }
        }
        const size_t mark = arena_mark(&scratch);
        audit_forge(&w, &circuit, &hints, NULL, &scratch);
        for (unsigned k = 0; k < LEVELS_A; k++) {
            if (!place_of(&p, h, step % 2, k)) continue;
            const uint32_t row = rows[step / 2 * SLOT_LEVELS + step % 2 * LEVELS_A + k];
            for (unsigned c = 0; c < CHILDREN; c++) node_set(p.tree, p.level, p.index / 4 * 4 + c, &w.advice[c][row]);
        }
        arena_release(&scratch, mark);
    }
}

/* ---- swaps with other signatures than execution saw */

/* Executes `executed` with the signatures of `is_signed`, made by these users and the submitter of the plan. */
static inline void execute_signed_swap(const struct tx *executed, struct tx *is_signed, const struct swap_plan *p,
                                       const unsigned signers[2])
{
    struct tx_message messages[TX_SIGNATURES_MAX];
    struct block_result r;
    size_t n;
    const unsigned at = block_totals(world.b).slots;
    struct tx tx = *executed;
    for (unsigned i = 0; i < 2; i++) world_sign_order(&world, &is_signed->swap.orders[i], signers[i]);
    CHECK_OK(tx_messages(messages, &n, is_signed));
    CHECK_EQ_U64(3, n);
    CHECK_OK(sig_sign(is_signed->signature.sig, world.users[p->submitter].key, messages[0].bytes, messages[0].len));
    memcpy(is_signed->signature.pubkey, world.users[p->submitter].pub, 32);
    struct tx_facts facts = {.signers.tx = world.users[p->submitter].hash};
    for (unsigned i = 0; i < 2; i++) facts.signers.orders[i] = world.users[p->sellers[i]].hash;
    CHECK_OK(block_put_tx(world.b, &r, &tx, &facts));
    CHECK_MSG(r.answer == BLOCK_TAKEN, "%s", fail_reason_str(r.reason));
    seal();
    for (unsigned i = 0; i < 3; i++) { /* order 0, order 1, submitter */
        const struct tx_message *m = &messages[i < 2 ? 1 + i : 0];
        CHECK(schnorr_hints_from(&slot(at + i)->signature, m->signature->pubkey, m->signature->sig, m->bytes, m->len));
    }
}

static inline void execute_other_swap(const struct tx *executed, struct tx *is_signed, const struct swap_plan *p)
{
    execute_signed_swap(executed, is_signed, p, p->sellers);
}

#endif
