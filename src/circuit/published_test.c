/* What is published is what was done: a sweep over what an operator may claim.
 *
 * Blocks of one operation each, of every kind and failure branch. Then their hints are changed, which changes all cells
 * that are derived from them, copies too: one field of one slot, or of all slots of the operation; two fields; a single
 * cell and what follows from it. Most of it is refused. But where no constraint objects, whoever reads the streams must
 * come to the root that was proved. `make check` takes a sample, ZK_SOAK=1 (`make soak`) all. */
#include "circuit/forge_test.h"

#include <stddef.h>
#include <stdlib.h>

static bool soak(void)
{
    return getenv("ZK_SOAK") != NULL;
}

/* ---- operations */

static const eth_address stranger = {{0x77, 1, 2, 3}};

static bool put_nft_transfer(const eth_address *to, unsigned amount)
{
    struct tx tx = nft_transfer(1, 2, NFT_ID_FIRST, amount);
    tx.transfer.to = *to;
    return world_tx(&world, &tx, 1);
}

static bool put_swap(uint32_t token_0, uint32_t token_1, unsigned submitter, bool used_1, u128 fee)
{
    const struct swap_plan p = {.sellers = {1, 2},
                                .recipients = {1, 3},
                                .submitter = submitter,
                                .tokens = {token_0, token_1},
                                .amounts = {token_is_fungible(token_0) ? 100 : 1, token_is_fungible(token_1) ? 200 : 1},
                                .used = {true, used_1},
                                .fee = fee};
    return world_swap(&world, &p);
}

#define OPERATIONS 32

/* One operation after begin_nfts; slots of accounts 1 to 4, of which 1 and 2 own the first two NFTs. */
static bool put_operation(unsigned i)
{
    struct world *w = &world;
    const struct user *u = w->users;
    const uint32_t nft = NFT_ID_FIRST;
    switch (i) {
    case 0: return world_transfer(w, 1, &u[2].address, 0, 1000, 0);
    case 1: return world_transfer(w, 1, &stranger, 0, 500, 0);
    case 2: return put_nft_transfer(&u[2].address, 1);
    case 3: return put_nft_transfer(&u[2].address, 0);
    case 4: return put_nft_transfer(&stranger, 1);
    case 5: return put_nft_transfer(&stranger, 0);
    case 6: return world_mint(w, 1, &u[2].address, 9, 0, 0);
    case 7: return world_withdraw(w, 1, &stranger, 0, 777, 0);
    case 8: return world_change_pubkey(w, 1, 2, 0, 0);
    case 9: return world_deposit(w, &u[2].address, 0, 5);
    case 10: return world_deposit(w, &stranger, 0, 5);
    case 11: return world_deposit(w, &u[2].address, 0, U128_MAX);
    case 12: return world_full_exit(w, world_id(w, 1), &u[1].address, 0);
    case 13: return world_full_exit(w, world_id(w, 1), &u[2].address, 0); /* another's */
    case 14: return world_full_exit(w, 5000, &u[2].address, 0);           /* nobody's */
    case 15: return world_full_exit(w, world_id(w, 1), &u[1].address, nft);
    case 16: return world_full_exit(w, world_id(w, 2), &u[2].address, nft);
    case 17: return world_full_exit(w, world_id(w, 1), &u[1].address, nft + 77);
    case 18: return world_withdraw_nft(w, 1, &stranger, nft, 0, 0);
    case 19: return put_swap(0, 5, 3, false, 0);
    case 20: return put_swap(nft, 5, 1, true, 0);
    case 21: return put_swap(0, nft + 1, 3, false, 0);
    case 22: return put_swap(nft, nft + 1, 3, false, 0);
    case 23: return world_deposit(w, &stranger, 0, 5) && world_forced_exit(w, 1, &stranger, 0, 0);
    /* the same with a fee, and its collection */
    case 24: return world_transfer(w, 1, &u[2].address, 0, 1000, 30);
    case 25: return world_transfer(w, 1, &stranger, 0, 500, 30);
    case 26: return world_mint(w, 1, &u[2].address, 9, 0, 30);
    case 27: return world_withdraw(w, 1, &stranger, 0, 777, 30);
    case 28: return world_change_pubkey(w, 1, 2, 0, 30);
    case 29: return world_withdraw_nft(w, 1, &stranger, nft, 0, 30);
    case 30: return put_swap(nft, 5, 3, true, 30);
    case 31: return world_deposit(w, &stranger, 0, 5) && world_forced_exit(w, 1, &stranger, 0, 30);
    default: return false;
    }
}

/* ---- forgeries */

static struct {
    char name[64];            /* of the operation */
    struct period_hints kept; /* honest */
    unsigned slots;           /* with something in them */
    fr new_root, chain;       /* honest */
    unsigned tried, taken;    /* taken: accepted, and not the honest block */
} now;

/* A block of this operation alone; all classes are free, of token 0, so that none is wrong for want of another. */
static void begin_operation(unsigned i)
{
    static const struct fee_class classes[FEE_CLASSES] = {{0, 0}};
    begin_nfts();
    (void)world_seal(&world);
    world_begin(&world, classes, FEE_CLASSES);
    CHECK_MSG(put_operation(i), "operation %u: %s", i, fail_reason_str(world.reason));
    seal();
    now.kept = hints.period[0];
    for (now.slots = 0; now.slots < SLOTS_PER_PERIOD && slot(now.slots)->kind != SLOT_NOOP;) now.slots++;
    (void)snprintf(now.name, sizeof now.name, "operation %u, %s", i, kind_info(slot(0)->kind)->name);
    now.tried = now.taken = 0;
    accepted();
    now.new_root = hints.publics[PUBLIC_NEW_ROOT];
    now.chain = hints.publics[PUBLIC_CHAIN];
}

static bool refused(const struct witness *w)
{
    for (uint32_t row = 0; row < 1u << w->log_n; row++) {
        report.n = 0;
        audit_row(&audit, &report, w, row);
        if (report.n != 0) return true;
    }
    audit_witness(&audit, &report, w); /* copies too */
    return report.n != 0;
}

/* What the hints are now, and the lie: if nothing objects, the streams replay. */
static void try_forgery(const char *what, const struct builder_lie *lie)
{
    struct witness w;
    const size_t mark = arena_mark(&scratch);
    audit_forge(&w, &circuit, &hints, lie, &scratch);
    now.tried++;
    const bool same =
        fr_eq(&now.new_root, &hints.publics[PUBLIC_NEW_ROOT]) && fr_eq(&now.chain, &hints.publics[PUBLIC_CHAIN]);
    if (!same && !refused(&w)) {
        now.taken++;
        CHECK_MSG(replays(&w), "%s: %s is accepted, and its streams do not lead to its root", now.name, what);
    }
    arena_release(&scratch, mark);
    hints.period[0] = now.kept;
}

/* ---- fields of hints */

enum field_type { U32, U64, U128, BOOL, FIELD };

struct field {
    const char *name;
    size_t at;
    enum field_type type;
    bool published; /* it may stand in the words without anything else */
};

#define F(type, published, member)                                                                                     \
    {                                                                                                                  \
#member, offsetof(struct slot_hints, member), type, published                                                  \
    }
#define STEP(s)                                                                                                        \
    F(U32, true, steps[s].id), F(U32, true, steps[s].token), F(U32, true, steps[s].nonce),                             \
        F(U32, false, steps[s].minted), F(BOOL, false, steps[s].exists), F(FIELD, false, steps[s].address),            \
        F(FIELD, false, steps[s].pubkey_hash), F(U128, false, steps[s].balance)

static const struct field fields[] = {
    F(U32, true, fee_class), /* first: the sample has it */
    F(U128, true, amount),
    STEP(0),
    STEP(1),
    F(U32, false, steps[1].owner),
    F(U32, true, steps[1].creator),
    F(FIELD, false, steps[1].content_lo),
    F(U128, true, amount_b),
    F(FIELD, true, address),
    F(FIELD, true, signed_address),
    F(U64, true, amount_packed),
    F(U64, true, other_packed),
    F(U64, false, valid_from),
    F(U64, false, valid_until),
    F(U32, true, fee_packed),
    F(U32, false, class_token),
    F(U32, false, class_fee),
    F(BOOL, true, refused_full),
    F(U32, true, accounts[0]),
    F(U32, true, accounts[1]),
    F(U32, true, receivers[0]),
    F(U32, true, receivers[1]),
    F(U32, true, submitter),
    F(U32, true, tokens[0]),
    F(U32, true, tokens[1]),
    F(BOOL, true, used[0]),
    F(BOOL, true, used[1]),
};

#define VARIANTS 3

/* One more, one less, or what a bit would be; false if the field has no such other value. */
static bool change(struct slot_hints *h, const struct field *f, unsigned variant)
{
    static_assert(sizeof(unsigned) == 4, "fee_class is a U32");
    uint8_t *at = (uint8_t *)h + f->at;
    u128 v = 0;
    fr x;
    size_t size = 0;
    switch (f->type) {
    case BOOL: *(bool *)at = !*(bool *)at; return variant == 0;
    case FIELD:
        x = *(fr *)(void *)at;
        if (variant == 0) plus_one(&x);
        if (variant == 1) x = FR_ZERO;
        if (variant == 2 || fr_eq(&x, (fr *)(void *)at)) return false;
        *(fr *)(void *)at = x;
        return true;
    case U32: size = 4; break;
    case U64: size = 8; break;
    case U128: size = 16; break;
    }
    memcpy(&v, at, size); /* the least significant bytes come first */
    const u128 was = v;
    v = variant == 0 ? v + 1 : variant == 1 ? v - 1 : v == 0;
    if (variant == 2 && (was <= 2 || v == was + 1)) return false; /* it was tried */
    memcpy(at, &v, size);
    return true;
}

static bool change_slots(unsigned mask, const struct field *f, unsigned variant)
{
    bool any = false;
    for (unsigned i = 0; i < now.slots; i++)
        if (mask >> i & 1) any = change(slot(i), f, variant) || any;
    return any;
}

static void sweep_field(const struct field *f)
{
    const unsigned all = (1u << now.slots) - 1;
    for (unsigned mask = 1; mask <= all; mask++) {
        if ((mask & (mask - 1)) != 0 && mask != all) continue; /* one slot, or all */
        for (unsigned variant = 0; variant < VARIANTS; variant++) {
            if (!soak() && (mask != all || variant != 0)) continue;
            if (change_slots(mask, f, variant))
                try_forgery(f->name, NULL);
            else
                hints.period[0] = now.kept;
        }
    }
}

static void sweep_pairs(void)
{
    const unsigned all = (1u << now.slots) - 1;
    for (unsigned i = 0; i < ZK_COUNT(fields); i++)
        for (unsigned k = 0; k < i; k++) {
            if (!fields[i].published || !fields[k].published) continue;
            char what[80];
            (void)snprintf(what, sizeof what, "%s and %s", fields[i].name, fields[k].name);
            if (change_slots(all, &fields[i], 0) && change_slots(all, &fields[k], 0)) try_forgery(what, NULL);
            hints.period[0] = now.kept;
        }
}

static void test_fields__that_are_accepted_replay(struct prng *rng)
{
    for (unsigned i = 0; i < OPERATIONS; i++) {
        begin_operation(i);
        const unsigned sample = 2 + (unsigned)prng_below(rng, ZK_COUNT(fields) - 2);
        for (unsigned k = 0; k < ZK_COUNT(fields); k++)
            if (soak() || k < 2 || k == sample) sweep_field(&fields[k]);
        if (soak()) sweep_pairs();
        printf("  %s: %u slots, %u forgeries, %u accepted\n", now.name, now.slots, now.tried, now.taken);
        (void)fflush(stdout);
    }
}

/* ---- single cells, and what follows from them */

/* Signatures and paths are not published; their cells have forgeries of their own. */
static bool is_swept(const char *path)
{
    static const char *const apart[] = {"schnorr", "/step", "/orders", "poseidon2", "/carry"};
    for (unsigned i = 0; i < ZK_COUNT(apart); i++)
        if (strstr(path, apart[i]) != NULL) return false;
    return true;
}

static void sweep_cell(uint32_t row, unsigned col)
{
    char path[AUDIT_PATH];
    check_cell_path(path, sizeof path, &circuit.cs, row, col);
    if (!is_swept(path)) return;
    struct witness w;
    const size_t mark = arena_mark(&scratch);
    audit_forge(&w, &circuit, &hints, NULL, &scratch);
    struct builder_lie lie = {row, col, w.advice[col][row]};
    arena_release(&scratch, mark);
    plus_one(&lie.value);
    try_forgery(path, &lie);
}

static void test_cells__that_are_accepted_replay(struct prng *rng)
{
    for (unsigned i = 0; i < OPERATIONS; i++) {
        if (!soak() && i % 8 != 2) continue;
        begin_operation(i);
        const uint32_t rows = now.slots * circuit.slot_rows;
        for (uint32_t row = 0; row < rows && soak(); row++)
            for (unsigned col = 0; col < PLONK_COPY; col++) sweep_cell(circuit.head_rows + row, col);
        for (unsigned k = 0; k < 10 && !soak(); k++)
            sweep_cell(circuit.head_rows + (uint32_t)prng_below(rng, rows), (unsigned)prng_below(rng, PLONK_COPY));
        printf("  %s: %u cells, %u accepted\n", now.name, now.tried, now.taken);
        (void)fflush(stdout);
    }
}

TEST_MAIN(TEST(test_fields__that_are_accepted_replay), TEST(test_cells__that_are_accepted_replay))
