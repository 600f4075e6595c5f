/* The store on both databases: random life of a small rollup, compared with the state in memory and with a list of what
 * happened: state, the verified state, histories, unwinding, recovery. */
#include "store/databases_test.h"
#include "store/world_test.h"

static void run_block(struct world *w, struct prng *rng)
{
    for (unsigned i = 0; i < 3; i++) {
        w_activity(w, rng, 6);
        w_tick(w, 40);
    }
    w_seal(w);
}

DB_TEST(test_state__is_that_in_memory)
{
    struct world *w = w_create(url);
    w_beginnings(w, rng);
    for (unsigned i = 0; i < 12; i++) {
        w_activity(w, rng, 6);
        w_tick(w, 40);
        w_check_state(w, &w->current, STORE_COMMITTED);
        if (i % 3 == 2) w_seal(w);
    }
    w_check_state(w, &w->current, STORE_COMMITTED);
    uint32_t n;
    CHECK_OK(store_account_count(w->store, &n));
    CHECK_EQ_U64(w->current.n_accounts, n);
    w_destroy(w);
}

static void confirm(struct world *w, unsigned actions, uint32_t first, uint32_t last)
{
    struct store_l1_result result = {.hash = {{(uint8_t)last, 5}}, .gas_used = 1000 + last, .gas_price = 7, .at = 99};
    CHECK_OK(store_blocks_confirm(w->store, actions, first, last, &result));
}

#define ALL_ACTIONS (1u << STORE_COMMIT | 1u << STORE_PROVE | 1u << STORE_EXECUTE)

DB_TEST(test_verified__is_the_state_after_the_last_executed_block)
{
    struct world *w = w_create(url);
    w_beginnings(w, rng);
    w_seal(w);
    uint32_t executed = 0;
    w_check_state(w, &w->after[0], STORE_VERIFIED);
    while (w->number < 12) {
        run_block(w, rng);
        w_activity(w, rng, 3);
        w_tick(w, 10);
        if (prng_below(rng, 2) == 0 && executed + 1 < w->number) {
            uint32_t last = executed + 1 + (uint32_t)prng_below(rng, w->number - executed - 1);
            confirm(w, ALL_ACTIONS, executed + 1, last);
            executed = last;
        }
        w_check_state(w, &w->after[executed], STORE_VERIFIED);
        w_check_state(w, &w->current, STORE_COMMITTED);
    }
    confirm(w, ALL_ACTIONS, executed + 1, w->number - 1);
    w_check_state(w, &w->after[w->number - 1], STORE_VERIFIED);
    w_destroy(w);
}

/* ---- histories */

static bool listed(const struct w_event *e, const eth_address *a)
{
    for (unsigned i = 0; i < e->parties.n_addresses; i++)
        if (eth_address_eq(&e->parties.addresses[i], a)) return true;
    return false;
}

static bool has_token(const struct w_event *e, uint32_t token)
{
    for (unsigned i = 0; i < e->parties.n_tokens; i++)
        if (e->parties.tokens[i] == token) return true;
    return false;
}

static bool matches(const struct w_event *e, const struct store_history_filter *f)
{
    return !e->gone && listed(e, f->address) && (f->second == NULL || listed(e, f->second)) &&
           (!f->by_token || has_token(e, f->token));
}

static void check_event(const struct w_event *want, const struct store_op *got)
{
    CHECK_EQ_U64(want->place.block, got->place.block);
    CHECK_EQ_U64(want->place.index, got->place.index);
    CHECK(want->is_priority == got->is_priority);
    CHECK(want->rejected == got->rejected);
    CHECK_EQ_BYTES(&want->hash, want->is_priority ? &got->priority.hash : &got->tx.hash, 32);
    if (want->is_priority) {
        CHECK(got->priority.executed);
        CHECK_EQ_U64(want->id, got->priority.serial_id);
        return;
    }
    CHECK_EQ_U64(want->id, got->tx.id);
    CHECK_EQ_BYTES(&want->tx, &got->tx.tx, sizeof want->tx);
    CHECK(got->tx.status == (want->rejected ? STORE_TX_REJECTED : STORE_TX_EXECUTED));
    CHECK((got->tx.fail_reason[0] != '\0') == want->rejected);
}

/* One page, and what it must be by the list of events. */
static void check_page(struct world *w, const struct store_history_filter *f, size_t from, size_t cap,
                       store_order order)
{
    static struct store_op page[STORE_PAGE_MAX];
    size_t n, k = 0;
    CHECK_OK(store_history_page(w->store, page, &n, cap, f, w->events[from].place, order));
    for (size_t step = 0; k < cap; step++) {
        if (order == STORE_NEWER ? from + step >= w->n_events : step > from) break;
        const struct w_event *e = &w->events[order == STORE_NEWER ? from + step : from - step];
        if (!matches(e, f)) continue;
        CHECK(k < n);
        check_event(e, &page[k++]);
    }
    CHECK_EQ_U64(k, n);
}

static void check_filter(struct world *w, const struct store_history_filter *f, struct prng *rng)
{
    uint64_t count, want = 0;
    for (size_t i = 0; i < w->n_events; i++) want += matches(&w->events[i], f);
    CHECK_OK(store_history_count(w->store, &count, f, INT64_MAX));
    CHECK_EQ_U64(want, count);
    /* Of the newest few that are listed for the address. */
    struct store_history_filter listed = {.address = f->address};
    uint64_t most = prng_below(rng, 20), seen = 0;
    want = 0;
    for (size_t i = w->n_events; i > 0 && seen < most; i--) {
        if (!matches(&w->events[i - 1], &listed)) continue;
        seen++;
        want += matches(&w->events[i - 1], f);
    }
    CHECK_OK(store_history_count(w->store, &count, f, most));
    CHECK_EQ_U64(want, count);
    for (int i = 0; i < 4; i++)
        check_page(w, f, prng_below(rng, w->n_events), 1 + prng_below(rng, STORE_PAGE_MAX),
                   i % 2 == 0 ? STORE_NEWER : STORE_OLDER);
    check_page(w, f, 0, STORE_PAGE_MAX, STORE_NEWER);
    check_page(w, f, w->n_events - 1, STORE_PAGE_MAX, STORE_OLDER);
}

static void check_block_entries(struct world *w, uint32_t b, struct prng *rng)
{
    static struct store_op page[STORE_PAGE_MAX];
    static const struct w_event *want[W_EVENTS];
    size_t n_want = 0, n;
    uint64_t count;
    for (size_t i = w->events_before[b]; i < w->events_before[b + 1]; i++)
        if (!w->events[i].gone) want[n_want++] = &w->events[i];
    CHECK_OK(store_block_count(w->store, &count, b));
    CHECK_EQ_U64(n_want, count);
    CHECK_OK(store_block_page(w->store, page, &n, STORE_PAGE_MAX, b, 0, STORE_NEWER));
    CHECK_EQ_U64(n_want < STORE_PAGE_MAX ? n_want : STORE_PAGE_MAX, n);
    for (size_t i = 0; i < n; i++) check_event(want[i], &page[i]);
    if (n_want == 0) return;
    size_t from = prng_below(rng, n_want);
    CHECK_OK(store_block_page(w->store, page, &n, 3, b, want[from]->place.index, STORE_OLDER));
    CHECK_EQ_U64(from < 2 ? from + 1 : 3, n);
    for (size_t i = 0; i < n; i++) check_event(want[from - i], &page[i]);
}

DB_TEST(test_history__is_what_happened)
{
    struct world *w = w_create(url);
    w_beginnings(w, rng);
    w_seal(w);
    for (int i = 0; i < 5; i++) run_block(w, rng);
    w_begin_block(w);
    for (uint32_t a = 0; a < 12; a++) {
        eth_address address = w_address(a), second = w_address((uint32_t)prng_below(rng, 40));
        check_filter(w, &(struct store_history_filter){.address = &address}, rng);
        check_filter(w, &(struct store_history_filter){.address = &address, .by_token = true, .token = a % 3}, rng);
        check_filter(w, &(struct store_history_filter){.address = &address, .second = &second}, rng);
    }
    for (uint32_t b = 1; b < w->number; b++) check_block_entries(w, b, rng);
    size_t n_events = 0;
    for (size_t i = 0; i < w->n_events; i++) {
        struct store_place place;
        struct store_op op;
        bool found;
        n_events += !w->events[i].gone;
        if (w->events[i].gone) continue;
        CHECK_OK(store_op_place(w->store, &place, &found, &w->events[i].hash));
        CHECK(found);
        CHECK_OK(store_op_get(w->store, &op, &found, place));
        CHECK(found);
        check_event(&w->events[i], &op);
    }
    struct store_heads heads;
    CHECK_OK(store_heads(w->store, &heads));
    CHECK_EQ_U64(n_events, heads.executed_ops);
    w_destroy(w);
}

/* ---- recovery */

/* A new state from nothing but what the store has. */
static void recover(struct world *w)
{
    struct store_heads heads;
    struct replay *replay;
    fr root, want;
    bool found;
    state_destroy(w->state);
    w->state = w_new_state();
    CHECK_OK(store_heads(w->store, &heads));
    CHECK_OK(replay_create(&replay));
    CHECK_OK(store_genesis_root(w->store, &want, &found));
    CHECK(found);
    state_root(&root, w->state);
    CHECK(fr_eq(&root, &want));
    for (uint32_t b = 1; b <= heads.last_sealed; b++) {
        struct store_streams streams;
        struct store_block block;
        CHECK_OK(store_block_streams(w->store, &streams, &found, b));
        CHECK(found);
        CHECK_OK(store_block_get(w->store, &block, &found, b));
        CHECK(found);
        CHECK_OK(replay_block(replay, w->state, block.header.fee_account, streams.settlement, streams.settlement_len,
                              streams.delta, streams.delta_len, w->pool));
        state_root(&root, w->state);
        CHECK(fr_eq(&root, &block.new_root));
        store_streams_free(&streams);
    }
    replay_destroy(replay);
    w->number = heads.last_sealed + 1;
    w->begun = false;
    w->n_events = w->events_before[w->number];
}

/* Executes the open block's entries again. */
static void recover_open_block(struct world *w)
{
    static struct store_block_entry entries[64];
    static struct store_queued_tx unit[64];
    static struct w_mini m;
    struct store_heads heads;
    CHECK_OK(store_heads(w->store, &heads));
    if (!heads.open) return;
    w_begin_block(w);
    memset(&m, 0, sizeof m);
    for (uint32_t from = 0;;) {
        size_t n;
        CHECK_OK(store_block_entries(w->store, entries, &n, ZK_COUNT(entries), w->number, from));
        if (n == 0) break;
        for (size_t i = 0; i < n;) {
            m.n = 0;
            CHECK_EQ_U64(w->entries, entries[i].index);
            size_t k = 1;
            if (entries[i].is_priority) {
                struct store_priority_op p;
                bool found;
                CHECK_OK(store_priority_get(w->store, &p, &found, entries[i].serial_id));
                w_execute_request(w, &m, &p);
            } else {
                k = entries[i].tx.batch_len > 0 ? entries[i].tx.batch_len : 1;
                CHECK(i + k <= n); /* no long batches here */
                for (size_t j = 0; j < k; j++) unit[j] = entries[i + j].tx;
                w_execute_unit(w, &m, unit, k);
                for (size_t j = 0; j < k; j++) CHECK((m.entries[j].fail_reason != NULL) == entries[i + j].rejected);
            }
            w->entries += (uint32_t)k;
            i += k;
        }
        from = w->entries;
    }
    w_copy_state(&w->current, w->state);
}

DB_TEST(test_recovery__leads_to_the_same_state)
{
    struct world *w = w_create(url);
    w_beginnings(w, rng);
    for (int i = 0; i < 6; i++) {
        run_block(w, rng);
        w_activity(w, rng, 5);
        w_tick(w, 20);
        struct w_state before = w->current;
        store_close(w->store);
        CHECK_OK(store_open(&w->store, url, &(struct store_options){.create = false}));
        recover(w);
        recover_open_block(w);
        CHECK_EQ_BYTES(&before, &w->current, sizeof before);
        w_check_state(w, &w->current, STORE_COMMITTED);
    }
    w_destroy(w);
}

/* ---- unwinding */

DB_TEST(test_unwind__leads_to_the_state_before)
{
    struct world *w = w_create(url);
    w_beginnings(w, rng);
    w_seal(w);
    confirm(w, ALL_ACTIONS, 1, 1);
    for (int round = 0; round < 4; round++) {
        uint32_t start = w->number;
        for (int i = 0; i < 3; i++) run_block(w, rng);
        if (round % 2 == 0) {
            w_activity(w, rng, 5);
            w_tick(w, 20);
        }
        uint32_t first = start + (uint32_t)prng_below(rng, 3);
        size_t from = w->events_before[first], to = w->n_events;
        CHECK_OK(store_unwind(w->store, first));
        w_check_state(w, &w->after[first - 1], STORE_COMMITTED);
        w_check_state(w, &w->after[1], STORE_VERIFIED);

        /* what the blocks held waits again, in the order in which it was executed */
        static struct store_queued_tx q[STORE_BATCH_MAX];
        size_t n, k = 0;
        CHECK_OK(store_txs_unwound(w->store, q, &n, STORE_BATCH_MAX, 0));
        for (size_t i = from; i < to; i++) {
            if (w->events[i].is_priority || w->events[i].gone) continue;
            CHECK(k < n);
            CHECK_EQ_U64(w->events[i].id, q[k].id);
            k++;
        }
        CHECK_EQ_U64(k, n);
        struct store_heads heads;
        CHECK_OK(store_heads(w->store, &heads));
        CHECK_EQ_U64(first - 1, heads.last_sealed);
        CHECK(!heads.open);
        CHECK_EQ_U64(n, heads.queued_txs);
        size_t left = 0;
        for (size_t i = 0; i < from; i++) left += !w->events[i].gone;
        CHECK_EQ_U64(left, heads.executed_ops);
        uint64_t count;
        eth_address a = w_address(3);
        struct store_history_filter filter = {.address = &a};
        CHECK_OK(store_history_count(w->store, &count, &filter, INT64_MAX));
        uint64_t want = 0;
        for (size_t i = 0; i < from; i++) want += matches(&w->events[i], &filter);
        CHECK_EQ_U64(want, count);

        recover(w);
        w_copy_state(&w->current, w->state);
        CHECK_EQ_BYTES(&w->after[first - 1], &w->current, sizeof w->current);
        w->seen_tx = 0;
        while (heads.queued_txs > 0) {
            w_tick(w, 40);
            CHECK_OK(store_heads(w->store, &heads));
        }
        w_check_state(w, &w->current, STORE_COMMITTED);
        w_seal(w);
    }
    w_destroy(w);
}

DB_TEST(test_unwind__is_refused_for_blocks_on_l1)
{
    struct world *w = w_create(url);
    w_beginnings(w, rng);
    for (int i = 0; i < 3; i++) run_block(w, rng);
    confirm(w, 1u << STORE_COMMIT, 1, 1);
    CHECK_ERR(ZK_ERR_INPUT, store_unwind(w->store, 0));
    CHECK_ERR(ZK_ERR_INPUT, store_unwind(w->store, 1));
    CHECK_ERR(ZK_ERR_INPUT, store_unwind(w->store, 4));
    CHECK_OK(store_blocks_assign(w->store, 1, 1u << STORE_COMMIT, 2, 2));
    CHECK_ERR(ZK_ERR_INPUT, store_unwind(w->store, 2));
    CHECK_OK(store_unwind(w->store, 3));
    CHECK_OK(store_blocks_unassign(w->store, 1));
    CHECK_OK(store_unwind(w->store, 2));
    CHECK_OK(store_blocks_revert(w->store, 1));
    CHECK_OK(store_unwind(w->store, 1));
    w_check_state(w, &w->after[0], STORE_COMMITTED);
    w_destroy(w);
}

/* A reorganization of L1 beyond what counted as final. */
DB_TEST(test_revert__takes_back_executions)
{
    struct world *w = w_create(url);
    struct store_heads heads;
    struct store_block b;
    bool found;
    w_beginnings(w, rng);
    w_seal(w);
    for (int i = 0; i < 4; i++) run_block(w, rng);
    confirm(w, ALL_ACTIONS, 1, 4);
    w_check_state(w, &w->after[4], STORE_VERIFIED);
    CHECK_OK(store_blocks_revert(w->store, 2));
    CHECK_OK(store_heads(w->store, &heads));
    CHECK_EQ_U64(1, heads.last_executed);
    CHECK_EQ_U64(1, heads.last_committed);
    CHECK_EQ_U64(5, heads.last_sealed);
    CHECK_OK(store_block_get(w->store, &b, &found, 2));
    CHECK(found && b.status == STORE_BLOCK_SEALED && b.execute.at == 0);
    w_check_state(w, &w->after[1], STORE_VERIFIED);
    w_check_state(w, &w->after[5], STORE_COMMITTED);
    confirm(w, ALL_ACTIONS, 2, 3); /* on the other chain */
    w_check_state(w, &w->after[3], STORE_VERIFIED);
    CHECK_OK(store_blocks_revert(w->store, 3));
    CHECK_OK(store_unwind(w->store, 3)); /* what it executed is not there */
    w_check_state(w, &w->after[2], STORE_VERIFIED);
    w_check_state(w, &w->after[2], STORE_COMMITTED);
    w_destroy(w);
}

/* ---- account types */

static void check_type(struct store *s, uint32_t id, store_account_type want)
{
    struct store_account_head head;
    bool found;
    CHECK_OK(store_account_head_by_id(s, &head, &found, id));
    CHECK(found);
    CHECK_EQ_U64(want, head.type);
}

static void write_account(struct store *s, uint32_t block, uint32_t id, store_type_change type)
{
    struct store_account_change a = {.id = id, .leaf = {.address = w_address(id), .exists = true}, .type = type};
    struct store_mini_block m = {.block = block, .timestamp = block, .accounts = &a, .n_accounts = 1, .now = 5};
    CHECK_OK(store_execute(s, &m));
}

static void seal_empty(struct store *s, uint32_t number)
{
    struct block_sealed b = {.header = {number, 0, number}, .capacity = 40};
    struct store_seal seal = {.block = &b, .now = 6};
    CHECK_OK(store_seal(s, &seal));
}

DB_TEST(test_revert__keeps_enough_to_take_back_many_blocks)
{
    (void)rng;
    struct store *s;
    fr zero = {{0}};
    const uint32_t n = STORE_UNDO_KEPT + 2;
    const struct store_l1_result done = {.hash = {{1}}, .at = 7};
    static struct store_account account;
    bool found;
    CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
    CHECK_OK(store_genesis(s, &w_fee_address, &zero, 1));
    for (uint32_t block = 1; block <= n; block++) {
        write_account(s, block, block, STORE_TYPE_KEEP);
        seal_empty(s, block);
        if (block % 7 == 0) CHECK_OK(store_blocks_confirm(s, ALL_ACTIONS, block - 6, block, &done));
    }
    CHECK_OK(store_blocks_confirm(s, ALL_ACTIONS, n - n % 7 + 1, n, &done));
    CHECK_ERR(ZK_ERR_CORRUPT, store_blocks_revert(s, 1));
    CHECK_ERR(ZK_ERR_CORRUPT, store_blocks_revert(s, 2));
    CHECK_OK(store_blocks_revert(s, 3));
    CHECK_OK(store_account_by_id(s, &account, &found, 3, STORE_VERIFIED));
    CHECK(!found);
    CHECK_OK(store_account_by_id(s, &account, &found, 2, STORE_VERIFIED));
    CHECK(found);
    CHECK_OK(store_unwind(s, 3));
    CHECK_OK(store_account_by_id(s, &account, &found, 3, STORE_COMMITTED));
    CHECK(!found);
    CHECK_OK(store_account_by_id(s, &account, &found, 2, STORE_COMMITTED));
    CHECK(found);
    store_close(s);
}

DB_TEST(test_account_type__follows_key_changes_and_toggles)
{
    (void)rng;
    struct store *s;
    fr zero = {{0}};
    pubkey_hash key = {{8}};
    struct store_account_head head;
    bool found;
    CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
    CHECK_OK(store_genesis(s, &w_fee_address, &zero, 1));
    for (uint32_t id = 1; id <= 4; id++) write_account(s, 1, id, STORE_TYPE_KEEP);
    seal_empty(s, 1);
    check_type(s, 1, STORE_TYPE_UNKNOWN);
    write_account(s, 2, 1, STORE_TYPE_BY_OWNER);
    write_account(s, 2, 2, STORE_TYPE_BY_CREATE2);
    check_type(s, 1, STORE_TYPE_OWNED);
    check_type(s, 2, STORE_TYPE_CREATE2);
    write_account(s, 2, 1, STORE_TYPE_KEEP);
    check_type(s, 1, STORE_TYPE_OWNED);
    CHECK_OK(store_account_set_type(s, &found, 3, STORE_TYPE_NO2FA_KEY, &key));
    CHECK(found);
    CHECK_OK(store_account_set_type(s, &found, 99, STORE_TYPE_OWNED, NULL));
    CHECK(!found);
    write_account(s, 2, 3, STORE_TYPE_BY_OWNER); /* 2FA stays off */
    check_type(s, 3, STORE_TYPE_NO2FA_KEY);
    CHECK_OK(store_account_head_by_address(s, &head, &found, &(eth_address){{0xad, [19] = 3}}));
    CHECK(found);
    CHECK_EQ_BYTES(&key, &head.type_hash, 20);
    CHECK_OK(store_account_exists(s, &found, &(eth_address){{0xad, [19] = 3}}));
    CHECK(found);
    CHECK_OK(store_account_exists(s, &found, &(eth_address){{0xad, [19] = 99}}));
    CHECK(!found);
    write_account(s, 2, 4, STORE_TYPE_BY_OWNER);
    CHECK_OK(store_account_set_type(s, &found, 4, STORE_TYPE_NO2FA, NULL));
    seal_empty(s, 2);
    CHECK_OK(store_unwind(s, 2));
    check_type(s, 1, STORE_TYPE_UNKNOWN); /* the key change is taken back */
    check_type(s, 2, STORE_TYPE_UNKNOWN);
    check_type(s, 3, STORE_TYPE_NO2FA_KEY); /* the toggles are not */
    check_type(s, 4, STORE_TYPE_NO2FA);
    store_close(s);
}

/* ---- contradictions */

/* Whoever switches his 2FA on or off has the last word, whatever blocks are taken back afterwards. */
DB_TEST(test_account_type__toggle_outlives_unwinding)
{
    (void)rng;
    static const store_type_change changes[] = {STORE_TYPE_KEEP, STORE_TYPE_BY_OWNER, STORE_TYPE_BY_CREATE2};
    for (unsigned order = 0; order < 2 * ZK_COUNT(changes); order++) {
        struct store *s;
        fr zero = {{0}};
        bool found;
        uint32_t id = 1 + order;
        CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
        CHECK_OK(store_genesis(s, &w_fee_address, &zero, 1));
        write_account(s, 1, id, STORE_TYPE_BY_OWNER);
        CHECK_OK(store_account_set_type(s, &found, id, STORE_TYPE_NO2FA, NULL));
        seal_empty(s, 1);
        write_account(s, 2, id, STORE_TYPE_KEEP);
        if (order >= ZK_COUNT(changes)) {
            seal_empty(s, 2);
            write_account(s, 3, id, STORE_TYPE_KEEP);
        }
        CHECK_OK(store_account_set_type(s, &found, id, STORE_TYPE_OWNED, NULL));
        write_account(s, order >= ZK_COUNT(changes) ? 3 : 2, id, changes[order % ZK_COUNT(changes)]);
        CHECK_OK(store_unwind(s, 2));
        check_type(s, id, STORE_TYPE_OWNED);
        CHECK_OK(store_unwind(s, 1));
        store_close(s);
    }
}

DB_TEST(test_execute__refuses_what_contradicts)
{
    struct world *w = w_create(url);
    w_beginnings(w, rng);
    static const struct op op = {.kind = OP_TRANSFER};
    struct store_entry e = {.id = 1, .op = &op};
    struct store_mini_block m = {.block = w->number,
                                 .timestamp = (uint64_t)W_TIME + w->number,
                                 .first_index = w->entries,
                                 .entries = &e,
                                 .n_entries = 1};
    CHECK_ERR(ZK_ERR_INPUT, store_execute(w->store, &m)); /* executed before */
    e.id = 1000000;
    CHECK_ERR(ZK_ERR_INPUT, store_execute(w->store, &m)); /* unknown */
    e.is_priority = true;
    CHECK_ERR(ZK_ERR_INPUT, store_execute(w->store, &m)); /* not the next request */
    w_deposit(w, rng);
    e.id = w->serial - 1;
    m.block++;
    CHECK_ERR(ZK_ERR_INPUT, store_execute(w->store, &m)); /* another block */
    m.block--;
    m.first_index++;
    CHECK_ERR(ZK_ERR_INPUT, store_execute(w->store, &m)); /* another place in it */
    m.first_index--;
    m.timestamp++;
    CHECK_ERR(ZK_ERR_INPUT, store_execute(w->store, &m)); /* another time */
    m.timestamp--;
    w_check_state(w, &w->current, STORE_COMMITTED); /* nothing of these was written */
    CHECK_OK(store_execute(w->store, &m));
    w->entries++;
    w->n_priority++;

    struct block_sealed b = {.header = {w->number, 0, (uint64_t)W_TIME + w->number}, .capacity = 40, .old_root = {{1}}};
    struct store_seal seal = {.block = &b, .entries = w->entries, .n_priority = w->n_priority, .now = 6};
    CHECK_ERR(ZK_ERR_INPUT, store_seal(w->store, &seal)); /* another root before it */
    bool found;
    CHECK_OK(store_genesis_root(w->store, &b.old_root, &found));
    seal.entries++;
    CHECK_ERR(ZK_ERR_INPUT, store_seal(w->store, &seal));
    seal.entries--;
    CHECK_OK(store_seal(w->store, &seal));
    w_destroy(w);
}

TEST_MAIN(TEST(test_state__is_that_in_memory), TEST(test_verified__is_the_state_after_the_last_executed_block),
          TEST(test_history__is_what_happened), TEST(test_recovery__leads_to_the_same_state),
          TEST(test_unwind__leads_to_the_state_before), TEST(test_unwind__is_refused_for_blocks_on_l1),
          TEST(test_revert__takes_back_executions), TEST(test_revert__keeps_enough_to_take_back_many_blocks),
          TEST(test_account_type__follows_key_changes_and_toggles), TEST(test_account_type__toggle_outlives_unwinding),
          TEST(test_execute__refuses_what_contradicts))
