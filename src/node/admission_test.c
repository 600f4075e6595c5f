/* Every reason of refusal, in the protocol's order, against a real database: a submission with everything wrong is put
 * right one thing at a time, and names each in its turn. */
#include "node/admission_world_test.h"
#include "node/chain.h"
#include "node/submit_check.h"
#include "store/store_accounts.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

/* Users of the test world: account types are set by prepare(). */
enum {
    FEE_COLLECTOR,
    ALICE,
    BOB,
    CAROL,
    CREATE2_USER,
    NO2FA_USER,
    NO2FA_KEY_USER,
    FREE_USER,
    ACCOUNTS,
    STRANGER = ACCOUNTS
};

static struct world w;
static struct world_answer answer;

static void set_type(uint32_t id, store_account_type type, const pubkey_hash *hash)
{
    bool found;
    CHECK_OK(store_account_set_type(w.store, &found, id, type, hash));
    CHECK(found);
}

static void prepare(void)
{
    world_init(&w, WORLD_USERS, ACCOUNTS);
    set_type(CREATE2_USER, STORE_TYPE_CREATE2, NULL);
    set_type(NO2FA_USER, STORE_TYPE_NO2FA, NULL);
    set_type(NO2FA_KEY_USER, STORE_TYPE_NO2FA_KEY, &w.users[NO2FA_KEY_USER].key_hash);
}

static struct submit_request *request(size_t n, bool is_batch)
{
    struct submit_request *r = submit_request_create(n);
    CHECK(r != NULL);
    r->is_batch = is_batch;
    return r;
}

static void expect_at(int line, const struct submit_request *r, submit_error want, const char *detail)
{
    submit_error got = world_submit(&w, &answer, r);
    if (got != want)
        test_fail(__FILE__, line, "want %s, got %s (%s)", submit_error_str(want), submit_error_str(got), answer.detail);
    if (detail != NULL && strcmp(detail, answer.detail) != 0)
        test_fail(__FILE__, line, "want \"%s\", got \"%s\"", detail, answer.detail);
}
#define EXPECT(r, want)              expect_at(__LINE__, (r), (want), NULL)
#define EXPECT_TEXT(r, want, text)   expect_at(__LINE__, (r), (want), (text))
#define EXPECT_INCORRECT(r, verdict) EXPECT_TEXT((r), SUBMIT_INCORRECT, tx_verdict_str(verdict))

/* Both keys of the user sign transaction i as it stands. */
static void sign(struct submit_request *r, size_t i, const struct world_user *u)
{
    world_sign_tx(&r->txs[i].tx, u);
    world_sign_text(&r->txs[i].signatures[0], &w, u, &r->txs[i].tx);
}

/* ---- one transaction ---- */

static void test_transfer__names_each_fault_in_order(struct prng *rng)
{
    (void)rng;
    prepare();
    w.config.disabled = true;
    world_start(&w);
    struct submit_request *r = request(1, false);
    struct world_user *alice = &w.users[ALICE];
    struct tx *tx = &r->txs[0].tx;
    *tx = world_transfer(&w, alice, &w.users[BOB], 4);
    r->fast = true;
    r->txs[0].close = true;
    tx->transfer.token = TOKEN_NONE;
    tx->transfer.fee = 0;
    tx->transfer.valid = (struct time_range){9, 8};
    tx->transfer.nonce = 4;

    EXPECT(r, SUBMIT_FAST_NOT_ALLOWED);
    r->fast = false;
    EXPECT(r, SUBMIT_DISABLED);
    admission_set_disabled(w.admission, false);
    EXPECT(r, SUBMIT_CLOSE);
    r->txs[0].close = false;
    EXPECT(r, SUBMIT_UNKNOWN_TOKEN);
    tx->transfer.token = TOKEN_BAT;
    EXPECT(r, SUBMIT_FEE_TOKEN);
    tx->transfer.token = TOKEN_ETH;
    EXPECT(r, SUBMIT_FEE_TOO_LOW);
    tx->transfer.fee = world_fee(&w, FEE_TRANSFER, TOKEN_ETH);
    EXPECT(r, SUBMIT_MISSING_SIGNATURE);
    world_sign_text(&r->txs[0].signatures[0], &w, &w.users[BOB], tx);
    EXPECT(r, SUBMIT_BAD_ETH_SIGNATURE);
    world_sign_text(&r->txs[0].signatures[0], &w, alice, tx);
    EXPECT_INCORRECT(r, TX_BAD_TIME);
    tx->transfer.valid = (struct time_range){0, UINT32_MAX};
    EXPECT_INCORRECT(r, TX_BAD_SIGNATURE);
    world_sign_tx(tx, alice);
    EXPECT(r, SUBMIT_NONCE_TOO_LOW);
    tx->transfer.nonce = 5;
    sign(r, 0, alice);
    EXPECT(r, SUBMIT_OK);
    EXPECT(r, SUBMIT_DUPLICATE);
    submit_request_destroy(r);
    world_end(&w);
}

/* What the protocol's stateless checks say reaches the user in their words. */
static void test_transfer__limits_are_named(struct prng *rng)
{
    (void)rng;
    prepare();
    world_start(&w);
    struct submit_request *r = request(1, false);
    struct world_user *alice = &w.users[ALICE], nobody = {0};
    struct tx *tx = &r->txs[0].tx, good = world_transfer(&w, alice, &w.users[BOB], 5);

    *tx = world_transfer(&w, alice, &nobody, 5);
    tx->transfer.fee = world_fee(&w, FEE_TRANSFER_TO_NEW, TOKEN_ETH);
    world_sign_text(&r->txs[0].signatures[0], &w, alice, tx);
    EXPECT_INCORRECT(r, TX_BAD_TARGET);
    *tx = good;
    tx->transfer.amount = 34359738369;
    world_sign_text(&r->txs[0].signatures[0], &w, alice, tx);
    EXPECT_INCORRECT(r, TX_UNPACKABLE_AMOUNT);
    *tx = good;
    tx->transfer.fee += 1;
    world_sign_text(&r->txs[0].signatures[0], &w, alice, tx);
    EXPECT_INCORRECT(r, TX_UNPACKABLE_FEE);
    *tx = good;
    tx->transfer.account_id = ACCOUNT_ID_MAX + 1;
    world_sign_text(&r->txs[0].signatures[0], &w, alice, tx);
    EXPECT_INCORRECT(r, TX_BAD_ACCOUNT_ID);
    *tx = good;
    tx->transfer.nonce = UINT32_MAX;
    world_sign_text(&r->txs[0].signatures[0], &w, alice, tx);
    EXPECT_INCORRECT(r, TX_BAD_NONCE);
    r->txs[0].verdict = TX_BAD_AMOUNT;
    EXPECT_INCORRECT(r, TX_BAD_AMOUNT);
    submit_request_destroy(r);
    world_end(&w);
}

static void test_transfer__to_new_pays_for_the_account(struct prng *rng)
{
    (void)rng;
    prepare();
    world_start(&w);
    struct submit_request *r = request(1, false);
    struct tx *tx = &r->txs[0].tx;
    *tx = world_transfer(&w, &w.users[ALICE], &w.users[STRANGER], 5);
    CHECK(world_fee(&w, FEE_TRANSFER_TO_NEW, TOKEN_ETH) > tx->transfer.fee + tx->transfer.fee / 10);
    sign(r, 0, &w.users[ALICE]);
    EXPECT(r, SUBMIT_FEE_TOO_LOW);
    tx->transfer.fee = world_fee(&w, FEE_TRANSFER_TO_NEW, TOKEN_ETH);
    sign(r, 0, &w.users[ALICE]);
    EXPECT(r, SUBMIT_OK);
    /* Who pays no fees may leave them out. */
    submit_request_destroy(r);
    world_end(&w);
}

static void test_fees__free_accounts_and_key_changes(struct prng *rng)
{
    (void)rng;
    prepare();
    w.config.fee_free_ids[0] = FREE_USER;
    w.config.n_fee_free_ids = 1;
    w.config.enforce_pubkey_change_fee = false;
    world_start(&w);
    struct submit_request *r = request(1, false);
    struct tx *tx = &r->txs[0].tx;
    *tx = world_transfer(&w, &w.users[FREE_USER], &w.users[BOB], 5);
    tx->transfer.fee = 0;
    sign(r, 0, &w.users[FREE_USER]);
    EXPECT(r, SUBMIT_OK);

    *tx = (struct tx){.type = TX_CHANGE_PUBKEY};
    tx->change_pubkey = (struct tx_change_pubkey){.account_id = ALICE,
                                                  .account = w.users[ALICE].address,
                                                  .new_pubkey_hash = w.users[CAROL].key_hash,
                                                  .fee_token = TOKEN_BAT,
                                                  .nonce = 5,
                                                  .valid = {0, UINT32_MAX},
                                                  .auth = {.kind = CHANGE_PUBKEY_ECDSA}};
    EXPECT(r, SUBMIT_FEE_TOKEN);
    tx->change_pubkey.fee_token = TOKEN_ETH;
    EXPECT_INCORRECT(r, TX_BAD_AUTH);
    uint8_t msg[CHANGE_PUBKEY_MESSAGE_BYTES];
    struct submit_signature sig;
    change_pubkey_message(msg, &tx->change_pubkey);
    world_sign_message(&sig, &w.users[ALICE], msg, sizeof msg);
    memcpy(tx->change_pubkey.auth.eth_signature, sig.ethereum, 65);
    world_sign_tx(tx, &w.users[BOB]); /* not the new key */
    EXPECT_INCORRECT(r, TX_BAD_SIGNATURE);
    world_sign_tx(tx, &w.users[CAROL]);
    EXPECT(r, SUBMIT_OK);
    struct store_tx stored;
    bool found;
    CHECK_OK(store_tx_get(w.store, &stored, &found, &answer.first));
    CHECK(found && stored.facts.authorized);
    CHECK(pubkey_hash_eq(&stored.facts.signers.tx, &w.users[CAROL].key_hash));
    submit_request_destroy(r);
    world_end(&w);
}

static void test_forced_exit__names_each_fault_in_order(struct prng *rng)
{
    (void)rng;
    prepare();
    w.config.forced_exit_min_age_s = 7200;
    world_start(&w);
    struct submit_request *r = request(1, false);
    struct tx *tx = &r->txs[0].tx;
    *tx = (struct tx){.type = TX_FORCED_EXIT};
    tx->forced_exit = (struct tx_forced_exit){.initiator_id = WORLD_USERS,
                                              .target = w.users[STRANGER].address,
                                              .token = TOKEN_NONE,
                                              .nonce = 5,
                                              .fee = world_fee(&w, FEE_FORCED_EXIT, TOKEN_ETH),
                                              .valid = {0, UINT32_MAX}};
    r->fast = true; /* means nothing, and is allowed */
    EXPECT(r, SUBMIT_NO_TARGET);
    tx->forced_exit.target = w.users[BOB].address;
    EXPECT_TEXT(r, SUBMIT_TARGET_YOUNG, "2");
    world_stop(&w);
    w.config.forced_exit_min_age_s = 0;
    world_start(&w);
    EXPECT(r, SUBMIT_UNKNOWN_TOKEN);
    tx->forced_exit.token = TOKEN_ETH;
    EXPECT(r, SUBMIT_DATABASE);
    tx->forced_exit.initiator_id = ALICE;
    EXPECT(r, SUBMIT_MISSING_SIGNATURE);
    sign(r, 0, &w.users[ALICE]);
    EXPECT(r, SUBMIT_OK);
    submit_request_destroy(r);
    world_end(&w);
}

static void test_withdraw__is_fast_by_the_flavours_rules(struct prng *rng)
{
    (void)rng;
    prepare();
    world_start(&w);
    struct submit_request *r = request(1, false);
    struct tx *tx = &r->txs[0].tx;
    struct store_queued_tx *queued = calloc(STORE_BATCH_MAX, sizeof *queued);
    size_t n;
    CHECK(queued != NULL);
    *tx = world_withdraw(&w, &w.users[ALICE], 5);
    tx->withdraw.fast = true;
    sign(r, 0, &w.users[ALICE]);
    EXPECT(r, SUBMIT_FAST_SET);
    tx->withdraw.fast = false;
    r->fast = true;
    EXPECT(r, SUBMIT_OK);
    r->fast = false;
    r->flavour = SUBMIT_REST;
    tx->withdraw.fast = true;
    tx->withdraw.nonce = 6;
    sign(r, 0, &w.users[ALICE]);
    EXPECT(r, SUBMIT_OK);
    tx->withdraw.fee = world_fee(&w, FEE_WITHDRAW, TOKEN_ETH);
    sign(r, 0, &w.users[ALICE]);
    EXPECT(r, SUBMIT_FEE_TOO_LOW);
    tx->withdraw.fast = false;
    sign(r, 0, &w.users[ALICE]);
    EXPECT(r, SUBMIT_OK);
    CHECK_OK(store_txs_queued(w.store, queued, &n, STORE_BATCH_MAX, 0));
    CHECK_EQ_U64(3, n);
    CHECK(queued[0].fast && queued[1].fast && !queued[2].fast);
    CHECK(queued[0].tx.withdraw.fast && queued[1].tx.withdraw.fast && !queued[2].tx.withdraw.fast);
    free(queued);
    submit_request_destroy(r);
    world_end(&w);
}

/* ---- swaps ---- */

static struct order order_of(const struct world_user *u, uint32_t sell, uint32_t buy, uint32_t nonce)
{
    struct order o = {.account_id = u->id,
                      .recipient = u->address,
                      .nonce = nonce,
                      .token_sell = sell,
                      .token_buy = buy,
                      .ratio = {1, 1},
                      .amount = 1000,
                      .valid = {0, UINT32_MAX}};
    return o;
}

static void sign_order_text(struct submit_signature *sig, const struct world_user *u, const struct order *o)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    struct token_labels labels = world_labels(&w);
    CHECK_OK(eth_text_order(text, sizeof text, &len, o, &labels));
    world_sign_message(sig, u, text, len);
}

static void make_swap(struct submit_tx *t, const struct world_user *submitter, const struct world_user *a,
                      const struct world_user *b)
{
    t->tx = (struct tx){.type = TX_SWAP};
    t->tx.swap =
        (struct tx_swap){.submitter_id = submitter->id,
                         .submitter = submitter->address,
                         .nonce = 5,
                         .fee_token = TOKEN_ETH,
                         .fee = world_fee(&w, FEE_SWAP, TOKEN_ETH),
                         .amounts = {1000, 1000},
                         .orders = {order_of(a, TOKEN_ETH, TOKEN_DAI, 5), order_of(b, TOKEN_DAI, TOKEN_ETH, 5)}};
    world_sign_order(&t->tx.swap.orders[0], a);
    world_sign_order(&t->tx.swap.orders[1], b);
    world_sign_tx(&t->tx, submitter);
}

static void test_swap__wants_three_signatures_in_order(struct prng *rng)
{
    (void)rng;
    prepare();
    world_start(&w);
    struct submit_request *r = request(1, false);
    struct submit_tx *t = &r->txs[0];
    make_swap(t, &w.users[ALICE], &w.users[BOB], &w.users[CAROL]);
    struct tx good = t->tx;
    EXPECT(r, SUBMIT_MISSING_SIGNATURE);
    world_sign_text(&t->signatures[0], &w, &w.users[ALICE], &t->tx);
    t->tx.swap.orders[1].ratio[0] = (u128)1 << ORDER_PRICE_BITS;
    EXPECT_INCORRECT(r, TX_BAD_ORDER1_PRICE); /* before the form of the signatures */
    t->tx = good;
    EXPECT(r, SUBMIT_MISSING_SIGNATURE); /* not an array */
    t->is_array = true;
    EXPECT(r, SUBMIT_MISSING_SIGNATURE);
    sign_order_text(&t->signatures[1], &w.users[BOB], &t->tx.swap.orders[0]);
    EXPECT(r, SUBMIT_MISSING_SIGNATURE);
    sign_order_text(&t->signatures[2], &w.users[BOB], &t->tx.swap.orders[1]);
    EXPECT(r, SUBMIT_BAD_ETH_SIGNATURE);
    sign_order_text(&t->signatures[2], &w.users[CAROL], &t->tx.swap.orders[1]);
    EXPECT(r, SUBMIT_OK);
    struct store_tx stored;
    bool found;
    CHECK_OK(store_tx_get(w.store, &stored, &found, &answer.first));
    CHECK(found);
    CHECK(pubkey_hash_eq(&stored.facts.signers.orders[0], &w.users[BOB].key_hash));
    CHECK(pubkey_hash_eq(&stored.facts.signers.orders[1], &w.users[CAROL].key_hash));

    make_swap(t, &w.users[ALICE], &w.users[CREATE2_USER], &w.users[NO2FA_USER]);
    t->tx.swap.nonce = 6;
    world_sign_tx(&t->tx, &w.users[ALICE]);
    world_sign_text(&t->signatures[0], &w, &w.users[ALICE], &t->tx);
    EXPECT(r, SUBMIT_CREATE2_SIGNATURE); /* that of the first order; the second's is not looked at */
    t->signatures[1].kind = SUBMIT_SIGNATURE_NONE;
    EXPECT(r, SUBMIT_OK);
    make_swap(t, &w.users[ALICE], &w.users[STRANGER], &w.users[NO2FA_USER]);
    t->tx.swap.nonce = 7;
    world_sign_tx(&t->tx, &w.users[ALICE]);
    world_sign_text(&t->signatures[0], &w, &w.users[ALICE], &t->tx);
    EXPECT(r, SUBMIT_DATABASE); /* nobody has the order's account */
    submit_request_destroy(r);
    world_end(&w);
}

/* ---- who needs an Ethereum signature: the protocol's table, against a plain reading of it ---- */

enum given { GIVEN_NONE, GIVEN_RIGHT, GIVEN_WRONG, GIVEN_OLD, GIVENS };

static submit_error expected(uint32_t user, bool own_key, enum given given, bool batch_signature, bool is_batch)
{
    bool exempt = user == NO2FA_USER || (user == NO2FA_KEY_USER && own_key);
    if (user == CREATE2_USER) {
        if (batch_signature || given != GIVEN_NONE) return SUBMIT_CREATE2_SIGNATURE;
        return SUBMIT_OK;
    }
    if (!exempt && given == GIVEN_NONE && !batch_signature) return SUBMIT_MISSING_SIGNATURE;
    /* A batch's own signatures are all verified; one that a single transaction does not need is ignored. */
    if (given == GIVEN_WRONG && (is_batch || !exempt)) return SUBMIT_BAD_ETH_SIGNATURE;
    return SUBMIT_OK;
}

static void sign_old_text(struct submit_signature *sig, const struct world_user *u, const struct tx *tx)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    struct token_labels labels = world_labels(&w);
    CHECK_OK(eth_text_tx_old(text, sizeof text, &len, tx, &labels));
    world_sign_message(sig, u, text, len);
}

static void sign_batch(struct submit_request *r, size_t slot, const struct world_user *u, const eth_address *senders)
{
    struct tx *txs = calloc(r->n, sizeof *txs);
    char *text = malloc(ETH_TEXT_BATCH_MAX(r->n));
    size_t len;
    struct token_labels labels = world_labels(&w);
    CHECK(txs != NULL && text != NULL);
    for (size_t i = 0; i < r->n; i++) txs[i] = r->txs[i].tx;
    CHECK_OK(eth_text_batch(text, ETH_TEXT_BATCH_MAX(r->n), &len, txs, senders, r->n, &labels, 0));
    world_sign_message(&r->signatures[slot], u, text, len);
    free(txs);
    free(text);
}

static void test_signatures__are_needed_by_account_type(struct prng *rng)
{
    static const uint32_t users[] = {ALICE, CREATE2_USER, NO2FA_USER, NO2FA_KEY_USER};
    uint32_t nonce = 100;
    (void)rng;
    prepare();
    world_start(&w);
    for (size_t u = 0; u < ZK_COUNT(users); u++) {
        for (int mask = 0; mask < GIVENS * 8; mask++) {
            enum given given = (enum given)(mask / 8);
            bool own_key = mask & 1, is_batch = mask & 2, batch_signature = is_batch && (mask & 4);
            const struct world_user *user = &w.users[users[u]];
            struct submit_request *r = request(1, is_batch);
            struct submit_signature *sig = &r->txs[0].signatures[0];
            r->txs[0].tx = world_transfer(&w, user, &w.users[BOB], nonce++);
            world_sign_tx(&r->txs[0].tx, own_key ? user : &w.users[CAROL]);
            if (given == GIVEN_RIGHT) world_sign_text(sig, &w, user, &r->txs[0].tx);
            if (given == GIVEN_WRONG) world_sign_text(sig, &w, &w.users[CAROL], &r->txs[0].tx);
            if (given == GIVEN_OLD) sign_old_text(sig, user, &r->txs[0].tx);
            if (batch_signature) {
                r->n_signatures_given = 1;
                sign_batch(r, 0, user, &user->address);
            }
            submit_error want = expected(users[u], own_key, given, batch_signature, is_batch);
            submit_error got = world_submit(&w, &answer, r);
            CHECK_MSG(got == want, "user %u, case %d: want %s, got %s", users[u], mask, submit_error_str(want),
                      submit_error_str(got));
            submit_request_destroy(r);
        }
    }
    world_end(&w);
}

/* ---- batches ---- */

static void test_batch__names_each_fault_in_order(struct prng *rng)
{
    (void)rng;
    prepare();
    w.config.disabled = true;
    world_start(&w);
    struct world_user *alice = &w.users[ALICE];
    struct submit_request *r = request(2, true);
    struct tx *a = &r->txs[0].tx, *b = &r->txs[1].tx;
    *a = world_transfer(&w, alice, &w.users[BOB], 4);
    *b = world_transfer(&w, alice, &w.users[CAROL], 6);
    a->transfer.valid = (struct time_range){2, 1};
    a->transfer.token = TOKEN_NONE;
    a->transfer.fee = 0;
    b->transfer.fee = 1000;
    b->transfer.token = TOKEN_BAT;
    r->n_given = 0;
    r->n_signatures_given = SUBMIT_SIGNATURES_MAX + 1;
    r->txs[1].close = true;

    EXPECT(r, SUBMIT_DISABLED);
    admission_set_disabled(w.admission, false);
    EXPECT(r, SUBMIT_BATCH_EMPTY);
    r->n_given = SUBMIT_BATCH_MAX + 1;
    EXPECT(r, SUBMIT_BATCH_TOO_BIG);
    r->n_given = 2;
    EXPECT(r, SUBMIT_TOO_MANY_SIGNATURES);
    r->n_signatures_given = 0;
    EXPECT(r, SUBMIT_CLOSE);
    r->txs[1].close = false;
    EXPECT(r, SUBMIT_FEE_TOKEN);
    b->transfer.token = TOKEN_ETH;
    EXPECT(r, SUBMIT_BATCH_FEE_TOO_LOW);
    b->transfer.fee = 3 * world_fee(&w, FEE_TRANSFER, TOKEN_ETH) + 1;
    EXPECT(r, SUBMIT_UNKNOWN_TOKEN);
    a->transfer.token = TOKEN_ETH;
    a->transfer.account_id = b->transfer.account_id = CREATE2_USER;
    r->n_signatures_given = 1;
    world_sign_message(&r->signatures[0], alice, "nothing", 7);
    EXPECT(r, SUBMIT_CREATE2_SIGNATURE);
    a->transfer.account_id = b->transfer.account_id = ALICE;
    r->n_signatures_given = 0;
    EXPECT(r, SUBMIT_MISSING_SIGNATURE);
    r->n_signatures_given = 1;
    EXPECT(r, SUBMIT_BAD_ETH_SIGNATURE);
    eth_address senders[2] = {alice->address, alice->address};
    sign_batch(r, 0, alice, senders);
    EXPECT_INCORRECT(r, TX_BAD_TIME);
    a->transfer.valid = (struct time_range){0, UINT32_MAX};
    world_sign_tx(a, alice);
    EXPECT_INCORRECT(r, TX_UNPACKABLE_FEE);
    b->transfer.fee = 10 * world_fee(&w, FEE_TRANSFER, TOKEN_ETH);
    sign_batch(r, 0, alice, senders);
    EXPECT_INCORRECT(r, TX_BAD_SIGNATURE);
    world_sign_tx(b, alice);
    EXPECT(r, SUBMIT_NONCE_TOO_LOW);
    a->transfer.nonce = 5;
    world_sign_tx(a, alice);
    sign_batch(r, 0, alice, senders);
    EXPECT(r, SUBMIT_OK);
    CHECK_EQ_U64(2, answer.n);
    EXPECT(r, SUBMIT_DUPLICATE);

    struct store_batch batch;
    bool found;
    CHECK_OK(store_batch_get(w.store, &batch, &found, &answer.batch_hash));
    submit_request_destroy(r);
    world_end(&w);
}

static void test_batch__every_sender_must_have_signed(struct prng *rng)
{
    (void)rng;
    prepare();
    world_start(&w);
    const struct world_user *alice = &w.users[ALICE], *bob = &w.users[BOB], *no2fa = &w.users[NO2FA_USER];
    struct submit_request *r = request(3, true);
    r->txs[0].tx = world_transfer(&w, alice, &w.users[CAROL], 5);
    r->txs[1].tx = world_transfer(&w, bob, &w.users[CAROL], 5);
    r->txs[2].tx = world_transfer(&w, no2fa, &w.users[CAROL], 5);
    world_sign_tx(&r->txs[0].tx, alice);
    world_sign_tx(&r->txs[1].tx, bob);
    world_sign_tx(&r->txs[2].tx, no2fa);
    eth_address senders[3] = {alice->address, bob->address, no2fa->address};
    sign_batch(r, 0, alice, senders);
    sign_batch(r, 1, bob, senders);
    sign_batch(r, 2, no2fa, senders);
    r->n_signatures_given = 1;
    EXPECT(r, SUBMIT_BAD_ETH_SIGNATURE);
    r->n_signatures_given = 2; /* also who could do without one */
    EXPECT(r, SUBMIT_BAD_ETH_SIGNATURE);
    r->n_signatures_given = 3;
    EXPECT(r, SUBMIT_OK);
    submit_request_destroy(r);
    world_end(&w);
}

static void test_batch__takes_the_old_message(struct prng *rng)
{
    (void)rng;
    prepare();
    world_start(&w);
    const struct world_user *alice = &w.users[ALICE];
    struct submit_request *r = request(2, true);
    struct tx txs[2];
    hash32 old;
    for (uint32_t i = 0; i < 2; i++) {
        r->txs[i].tx = world_transfer(&w, alice, &w.users[CAROL], 5 + i);
        world_sign_tx(&r->txs[i].tx, alice);
        txs[i] = r->txs[i].tx;
    }
    CHECK_OK(eth_batch_message_old(&old, txs, 2));
    r->n_signatures_given = 1;
    world_sign_message(&r->signatures[0], alice, old.b, sizeof old.b);
    EXPECT(r, SUBMIT_OK);
    submit_request_destroy(r);
    world_end(&w);
}

/* A key change by CREATE2 counts from the next transaction of the batch on. */
static void test_batch__create2_counts_from_its_key_change_on(struct prng *rng)
{
    (void)rng;
    prepare();
    world_start(&w);
    const struct world_user *alice = &w.users[ALICE];
    struct submit_request *r = request(2, true);
    struct tx *key = &r->txs[0].tx, *pay = &r->txs[1].tx;
    *key = (struct tx){.type = TX_CHANGE_PUBKEY};
    key->change_pubkey = (struct tx_change_pubkey){.account_id = ALICE,
                                                   .new_pubkey_hash = alice->key_hash,
                                                   .nonce = 5,
                                                   .valid = {0, UINT32_MAX},
                                                   .auth = {.kind = CHANGE_PUBKEY_CREATE2}};
    key->change_pubkey.auth.create2.creator = w.users[BOB].address;
    change_pubkey_create2_address(&key->change_pubkey.account, &key->change_pubkey);
    *pay = world_transfer(&w, alice, &w.users[BOB], 6);
    pay->transfer.from = key->change_pubkey.account;
    pay->transfer.fee = 100 * world_fee(&w, FEE_TRANSFER, TOKEN_ETH);
    world_sign_tx(key, alice);
    world_sign_tx(pay, alice);
    world_sign_text(&r->txs[1].signatures[0], &w, alice, pay);
    EXPECT(r, SUBMIT_CREATE2_SIGNATURE);
    r->txs[1].signatures[0].kind = SUBMIT_SIGNATURE_NONE;
    EXPECT_TEXT(r, SUBMIT_INCORRECT, "Transfer account id is incorrect"); /* the last row: Alice's account is another */
    key->change_pubkey.auth.kind = CHANGE_PUBKEY_ECDSA;
    EXPECT(r, SUBMIT_MISSING_SIGNATURE);
    submit_request_destroy(r);
    world_end(&w);
}

static void test_batch__must_fit_a_block(struct prng *rng)
{
    (void)rng;
    prepare();
    w.config.block_slots = 40;
    world_start(&w);
    const struct world_user *no2fa = &w.users[NO2FA_USER];
    u128 fee = 1000 * world_fee(&w, FEE_WITHDRAW_NFT, TOKEN_ETH);
    struct submit_request *r = request(40, true);
    for (uint32_t i = 0; i < 40; i++) {
        r->txs[i].tx = world_transfer(&w, no2fa, &w.users[BOB], 5 + i);
        world_sign_tx(&r->txs[i].tx, no2fa);
    }
    EXPECT(r, SUBMIT_BATCH_TOO_BIG); /* no slot is left to collect the fees */
    submit_request_destroy(r);
    world_stop(&w);

    w.config.block_slots = 2560;
    world_start(&w);
    r = request(SUBMIT_BATCH_MAX, true);
    for (uint32_t i = 0; i < SUBMIT_BATCH_MAX; i++) {
        r->txs[i].tx = world_withdraw(&w, no2fa, 5 + i);
        r->txs[i].tx.withdraw.fee = i == 0 ? fee : 0;
        world_sign_tx(&r->txs[i].tx, no2fa);
    }
    EXPECT(r, SUBMIT_OK);
    for (uint32_t i = 0; i < SUBMIT_BATCH_MAX; i++) { /* 14 million gas, where a block has 12 */
        r->txs[i].tx = (struct tx){.type = TX_WITHDRAW_NFT};
        r->txs[i].tx.withdraw_nft = (struct tx_withdraw_nft){.account_id = no2fa->id,
                                                             .from = no2fa->address,
                                                             .to = no2fa->address,
                                                             .token = NFT_ID_FIRST,
                                                             .fee_token = TOKEN_ETH,
                                                             .nonce = 5 + i,
                                                             .fee = i == 0 ? fee : 0,
                                                             .valid = {0, UINT32_MAX}};
        world_sign_tx(&r->txs[i].tx, no2fa);
    }
    EXPECT(r, SUBMIT_BATCH_WITHDRAWALS);
    submit_request_destroy(r);
    world_end(&w);
}

/* ---- limits ---- */

static void fill(struct submit_request *r, const struct world_user *user, uint32_t id, uint32_t nonce)
{
    r->txs[0].tx = world_transfer(&w, user, &w.users[BOB], nonce);
    r->txs[0].tx.transfer.account_id = id;
    sign(r, 0, user);
}

static void test_pool__has_room_for_so_many_of_an_account(struct prng *rng)
{
    (void)rng;
    prepare();
    w.config.account_max = 8;
    w.config.pool_max = 40;
    world_start(&w);
    struct submit_request *r = request(1, false);
    uint32_t nonce = 5;
    /* Who signs with another key than the account's gets a quarter of its places; Alice still has the others. */
    struct world_user new_key = w.users[ALICE];
    memcpy(new_key.l2_key, w.users[CAROL].l2_key, sizeof new_key.l2_key);
    memcpy(new_key.pubkey, w.users[CAROL].pubkey, sizeof new_key.pubkey);
    for (int i = 0; i < 2; i++) {
        fill(r, &new_key, ALICE, nonce++);
        EXPECT(r, SUBMIT_OK);
    }
    fill(r, &new_key, ALICE, nonce++);
    EXPECT(r, SUBMIT_BUSY);
    for (int i = 0; i < 6; i++) {
        fill(r, &w.users[ALICE], ALICE, nonce++);
        EXPECT(r, SUBMIT_OK);
    }
    fill(r, &w.users[ALICE], ALICE, nonce);
    EXPECT_TEXT(r, SUBMIT_BUSY, "too many transactions of this account wait; try again later");
    fill(r, &w.users[BOB], BOB, 5);
    EXPECT(r, SUBMIT_OK);
    /* Strangers in all have a quarter of the pool, which is passed by now. */
    fill(r, &w.users[CAROL], CAROL, 5);
    EXPECT(r, SUBMIT_OK);
    fill(r, &new_key, ALICE, nonce);
    EXPECT_TEXT(r, SUBMIT_BUSY, "too many transactions wait; try again later");
    /* And who has no account, or names another's, gets none. */
    fill(r, &w.users[STRANGER], STRANGER, 5);
    EXPECT_TEXT(r, SUBMIT_INCORRECT, "Account does not exist");
    fill(r, &w.users[CAROL], ALICE, 5);
    EXPECT_TEXT(r, SUBMIT_INCORRECT, "Transfer account id is incorrect");
    submit_request_destroy(r);
    world_end(&w);
}

static void test_exodus__refuses_all(struct prng *rng)
{
    (void)rng;
    prepare();
    CHECK_OK(chain_set_exodus(w.store, true, 9));
    world_start(&w);
    struct submit_request *r = request(1, false);
    r->txs[0].tx = world_transfer(&w, &w.users[ALICE], &w.users[BOB], 5);
    sign(r, 0, &w.users[ALICE]);
    EXPECT(r, SUBMIT_DISABLED);
    world_stop(&w);
    CHECK_OK(chain_set_exodus(w.store, false, 9));
    world_start(&w);
    EXPECT(r, SUBMIT_OK);
    submit_request_destroy(r);
    world_end(&w);
}

/* A place that is taken for a day is taken from others. */
static void test_valid_from__is_at_most_an_hour_ahead(struct prng *rng)
{
    (void)rng;
    prepare();
    w.config.account_max = 8;
    world_start(&w);
    struct submit_request *r = request(1, false), *batch = request(2, true);
    struct world_user *alice = &w.users[ALICE];
    uint64_t now = (uint64_t)(world_now() / WORLD_SECOND);
    struct tx *tx = &r->txs[0].tx;
    *tx = world_transfer(&w, alice, &w.users[BOB], 5);
    tx->transfer.valid.from = now + SUBMIT_AHEAD_S + 30;
    sign(r, 0, alice);
    EXPECT_INCORRECT(r, TX_BAD_TIME);
    for (uint32_t i = 0; i < 2; i++) {
        batch->txs[i].tx = *tx;
        batch->txs[i].tx.transfer.nonce = 5 + i;
        batch->txs[i].tx.transfer.fee = 2 * world_fee(&w, FEE_TRANSFER, TOKEN_ETH);
        if (i == 0) batch->txs[i].tx.transfer.valid.from = 0;
        sign(batch, i, alice);
    }
    EXPECT_INCORRECT(batch, TX_BAD_TIME);
    for (uint32_t i = 0; i < 3; i++) { /* and what is not valid yet has a quarter of the places */
        tx->transfer.nonce = 7 + i;
        tx->transfer.valid.from = now + SUBMIT_AHEAD_S - 30;
        sign(r, 0, alice);
        EXPECT(r, i < 2 ? SUBMIT_OK : SUBMIT_BUSY);
    }
    tx->transfer.valid.from = now - 10;
    sign(r, 0, alice);
    EXPECT(r, SUBMIT_OK);
    submit_request_destroy(r);
    submit_request_destroy(batch);
    world_end(&w);
}

static void test_hold__refuses_with_its_reason(struct prng *rng)
{
    (void)rng;
    prepare();
    world_start(&w);
    struct submit_request *r = request(1, false);
    fill(r, &w.users[ALICE], ALICE, 5);
    admission_hold(w.admission, "proofs are late");
    EXPECT_TEXT(r, SUBMIT_BUSY, "proofs are late");
    admission_hold(w.admission, NULL);
    EXPECT(r, SUBMIT_OK);
    submit_request_destroy(r);
    world_end(&w);
}

/* ---- many at once ---- */

struct tally {
    pthread_mutex_t lock;
    size_t answers, accepted, busy;
};

static void count_answer(void *ctx, const struct submit_answer *a)
{
    struct tally *t = ctx;
    pthread_mutex_lock(&t->lock);
    t->answers++;
    t->accepted += a->error == SUBMIT_OK ? 1 : 0;
    t->busy += a->error == SUBMIT_BUSY ? 1 : 0;
    pthread_mutex_unlock(&t->lock);
}

/* Each request has exactly one answer, though admission stops in the middle; what was accepted is in the store. */
static void test_stop__answers_everybody(struct prng *rng)
{
    enum { N = 300 };
    (void)rng;
    prepare();
    w.config.inbox_max = 200;
    world_start(&w);
    static struct tally tally = {.lock = PTHREAD_MUTEX_INITIALIZER};
    size_t taken = 0;
    struct submit_request *r = request(1, false), *copies[N];
    for (uint32_t i = 0; i < N; i++) {
        fill(r, &w.users[NO2FA_USER], NO2FA_USER, 5 + i);
        copies[i] = world_copy_request(r);
    }
    for (uint32_t i = 0; i < N; i++) { /* all at once: signing takes longer than checking */
        submit_error error = admission_submit(w.admission, copies[i], count_answer, &tally);
        CHECK(error == SUBMIT_OK || error == SUBMIT_BUSY);
        if (error == SUBMIT_OK) taken++;
    }
    pthread_mutex_lock(&tally.lock);
    size_t before = tally.answers;
    pthread_mutex_unlock(&tally.lock);
    CHECK_MSG(before < taken, "nothing is under way when it stops");
    world_stop(&w);
    CHECK_EQ_U64(taken, tally.answers);
    CHECK_EQ_U64(tally.answers, tally.accepted + tally.busy);
    struct store_heads heads;
    CHECK_OK(store_heads(w.store, &heads));
    CHECK_EQ_U64(tally.accepted, heads.queued_txs);
    submit_request_destroy(r);
    world_end(&w);
}

/* A full inbox refuses at once, and without a callback. */
static void test_inbox__refuses_when_full(struct prng *rng)
{
    (void)rng;
    prepare();
    w.config.inbox_max = 3;
    world_start(&w);
    struct submit_request *r = request(4, true);
    EXPECT(r, SUBMIT_BUSY);
    CHECK(!answer.done);
    submit_request_destroy(r);
    world_end(&w);
}

/* ---- questions to L1: a node that answers each eth_call as it is told, and slowly if it is told so ---- */

struct fake_l1 {
    int listener;
    unsigned port;
    pthread_t thread;
    pthread_mutex_t lock;
    char words[3][67]; /* the answers to isValidSignature, authFacts, authFactsResetTimer */
    unsigned delay_ms;
    unsigned calls;
    bool stop;
};

static struct fake_l1 l1;

static const char *fake_answer(const char *body)
{
    static const char *const selectors[] = {"0x1626ba7e", "0x8ae20dc9", "0xb65975ec"};
    for (size_t i = 0; i < ZK_COUNT(selectors); i++)
        if (strstr(body, selectors[i]) != NULL) return l1.words[i];
    return "0x";
}

static void serve(int fd)
{
    char buf[20000];
    size_t len = 0;
    for (;;) {
        ssize_t got = read(fd, buf + len, sizeof buf - 1 - len);
        if (got <= 0) return;
        len += (size_t)got;
        buf[len] = 0;
        char *body = strstr(buf, "\r\n\r\n"), *length = strcasestr(buf, "content-length:");
        if (body == NULL || length == NULL) continue;
        if (strlen(body + 4) < strtoul(length + 15, NULL, 10)) continue;
        const char *id = strstr(body, "\"id\":");
        char out[512], json[256];
        pthread_mutex_lock(&l1.lock);
        unsigned delay = l1.delay_ms;
        l1.calls++;
        (void)snprintf(json, sizeof json, "{\"jsonrpc\":\"2.0\",\"id\":%lu,\"result\":\"%s\"}",
                       id == NULL ? 1 : strtoul(id + 5, NULL, 10), fake_answer(body));
        pthread_mutex_unlock(&l1.lock);
        if (delay > 0) (void)usleep(delay * 1000);
        (void)snprintf(out, sizeof out,
                       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       strlen(json), json);
        (void)!write(fd, out, strlen(out));
        return;
    }
}

static void *serve_one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    serve(fd);
    close(fd);
    return NULL;
}

static void *run_fake_l1(void *arg)
{
    (void)arg;
    for (;;) {
        struct pollfd p = {.fd = l1.listener, .events = POLLIN};
        pthread_t thread;
        if (poll(&p, 1, 20) > 0) {
            int fd = accept(l1.listener, NULL, NULL);
            CHECK(fd >= 0 && pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)fd) == 0);
            pthread_detach(thread);
        }
        pthread_mutex_lock(&l1.lock);
        bool stop = l1.stop;
        pthread_mutex_unlock(&l1.lock);
        if (stop) return NULL;
    }
}

static void fake_l1_set(const uint8_t signature[32], const uint8_t fact[32], const uint8_t timer[32], unsigned delay_ms)
{
    const uint8_t *words[3] = {signature, fact, timer};
    pthread_mutex_lock(&l1.lock);
    for (size_t i = 0; i < 3; i++) {
        memcpy(l1.words[i], "0x", 2);
        hex_encode(l1.words[i] + 2, words[i], 32);
    }
    l1.delay_ms = delay_ms;
    pthread_mutex_unlock(&l1.lock);
}

static void fake_l1_start(char url[64])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    memset(&l1, 0, sizeof l1);
    pthread_mutex_init(&l1.lock, NULL);
    l1.listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(l1.listener >= 0 && bind(l1.listener, (struct sockaddr *)&address, len) == 0);
    CHECK(listen(l1.listener, 64) == 0);
    CHECK(getsockname(l1.listener, (struct sockaddr *)&address, &len) == 0);
    (void)snprintf(url, 64, "http://127.0.0.1:%u", ntohs(address.sin_port));
    CHECK(pthread_create(&l1.thread, NULL, run_fake_l1, NULL) == 0);
}

static void fake_l1_stop(void)
{
    pthread_mutex_lock(&l1.lock);
    l1.stop = true;
    pthread_mutex_unlock(&l1.lock);
    pthread_join(l1.thread, NULL);
    close(l1.listener);
    (void)usleep(50000); /* the last answer's thread is detached */
}

static const uint8_t word_zero[32], word_magic[32] = {0x16, 0x26, 0xba, 0x7e},
                                    word_dirty[32] = {0x16, 0x26, 0xba, 0x7e, 1};

/* Submits with a contract's signature of this length. */
static submit_error submit_contract(struct world_answer *a, const struct submit_request *r, size_t len)
{
    struct submit_request *copy = world_copy_request(r);
    copy->txs[0].signatures[0].kind = SUBMIT_SIGNATURE_EIP1271;
    copy->txs[0].signatures[0].eip1271 = calloc(1, len + 1);
    copy->txs[0].signatures[0].eip1271_len = len;
    world_answer_init(a);
    submit_error error = admission_submit(w.admission, copy, world_take_answer, a);
    return error == SUBMIT_OK ? world_wait(a) : error;
}

static void start_with_l1(char url[64])
{
    prepare();
    fake_l1_start(url);
    w.config.l1_urls[0] = url;
    w.config.n_l1_urls = 1;
    w.config.l1_timeout_ms = 600;
    world_start(&w);
}

static void test_eip1271__is_asked_on_l1(struct prng *rng)
{
    char url[64];
    (void)rng;
    start_with_l1(url);
    struct submit_request *r = request(1, false);
    fill(r, &w.users[ALICE], ALICE, 5);
    fake_l1_set(word_zero, word_zero, word_zero, 0);
    CHECK_EQ_STR("bad_eth_signature", submit_error_str(submit_contract(&answer, r, 100)));
    fake_l1_set(word_dirty, word_zero, word_zero, 0);
    CHECK_EQ_STR("bad_eth_signature", submit_error_str(submit_contract(&answer, r, 0)));
    fake_l1_set(word_magic, word_zero, word_zero, 0);
    CHECK_EQ_STR("ok", submit_error_str(submit_contract(&answer, r, 100)));
    uint8_t sig[STORE_ETH_SIG_MAX];
    size_t len;
    store_eth_sig kind;
    bool found;
    CHECK_OK(store_tx_signature(w.store, &kind, sig, &len, &found, &answer.first));
    CHECK(found && kind == STORE_ETH_SIG_EIP1271 && len == 100);
    /* What is wrong before it is said without asking. */
    unsigned calls = l1.calls;
    r->txs[0].tx.transfer.fee = 0;
    CHECK_EQ_STR("fee_too_low", submit_error_str(submit_contract(&answer, r, 100)));
    CHECK_EQ_U64(calls, l1.calls);
    submit_request_destroy(r);
    world_end(&w);
    fake_l1_stop();
}

static void test_slow_l1__delays_nobody_else(struct prng *rng)
{
    char url[64];
    struct world_answer slow;
    (void)rng;
    start_with_l1(url);
    fake_l1_set(word_magic, word_zero, word_zero, 2000);
    struct submit_request *r = request(1, false), *copy;
    fill(r, &w.users[ALICE], ALICE, 5);
    copy = world_copy_request(r);
    copy->txs[0].signatures[0].kind = SUBMIT_SIGNATURE_EIP1271;
    copy->txs[0].signatures[0].eip1271 = calloc(1, 8);
    copy->txs[0].signatures[0].eip1271_len = 8;
    world_answer_init(&slow);
    int64_t start = world_now();
    CHECK(admission_submit(w.admission, copy, world_take_answer, &slow) == SUBMIT_OK);
    for (uint32_t i = 0; i < 4; i++) { /* few: on a busy machine each takes a tenth of a second */
        fill(r, &w.users[BOB], BOB, 5 + i);
        EXPECT(r, SUBMIT_OK);
    }
    CHECK(!slow.done);
    CHECK_EQ_STR("l1", submit_error_str(world_wait(&slow)));
    CHECK(world_now() - start < 3 * WORLD_SECOND);
    submit_request_destroy(r);
    world_end(&w);
    fake_l1_stop();
}

/* Nobody keeps others from L1, whatever he sends. */
static void test_slow_l1__is_shared(struct prng *rng)
{
    enum { SENT = 20 };
    static struct world_answer answers[2][SENT];
    char url[64];
    size_t busy[2] = {0};
    (void)rng;
    start_with_l1(url);
    fake_l1_set(word_magic, word_zero, word_zero, 2000);
    struct submit_request *r = request(1, false);
    for (int who = 0; who < 2; who++) {
        for (uint32_t i = 0; i < SENT; i++) {
            fill(r, &w.users[ALICE], ALICE, 5 + i);
            struct submit_request *copy = world_copy_request(r);
            copy->client = (uint64_t)who + 7;
            copy->txs[0].signatures[0].kind = SUBMIT_SIGNATURE_EIP1271;
            copy->txs[0].signatures[0].eip1271 = calloc(1, 8);
            copy->txs[0].signatures[0].eip1271_len = 8;
            world_answer_init(&answers[who][i]);
            CHECK(admission_submit(w.admission, copy, world_take_answer, &answers[who][i]) == SUBMIT_OK);
        }
    }
    for (int who = 0; who < 2; who++)
        for (int i = 0; i < SENT; i++) busy[who] += world_wait(&answers[who][i]) == SUBMIT_BUSY;
    for (int who = 0; who < 2; who++) /* each client may ask eight at once about an account */
        CHECK_MSG(busy[who] >= 1 && busy[who] <= SENT - 8, "%zu", busy[who]);
    submit_request_destroy(r);
    world_end(&w);
    fake_l1_stop();
}

static void test_change_pubkey__on_chain_is_asked_on_l1(struct prng *rng)
{
    char url[64];
    uint8_t timer[32] = {[31] = 1};
    hash32 fact;
    (void)rng;
    start_with_l1(url);
    struct submit_request *r = request(1, false);
    struct tx *tx = &r->txs[0].tx;
    *tx = (struct tx){.type = TX_CHANGE_PUBKEY};
    tx->change_pubkey = (struct tx_change_pubkey){.account_id = ALICE,
                                                  .account = w.users[ALICE].address,
                                                  .new_pubkey_hash = w.users[CAROL].key_hash,
                                                  .nonce = 5,
                                                  .fee = world_fee(&w, FEE_CHANGE_PUBKEY_ONCHAIN, TOKEN_ETH),
                                                  .valid = {0, UINT32_MAX}};
    change_pubkey_auth_fact(&fact, &w.users[CAROL].key_hash);
    /* L1 is asked only if all the rest is right. */
    fake_l1_set(word_zero, fact.b, word_zero, 0);
    EXPECT_INCORRECT(r, TX_BAD_SIGNATURE);
    CHECK_EQ_U64(0, l1.calls);
    world_sign_tx(tx, &w.users[CAROL]);
    fake_l1_set(word_zero, word_zero, word_zero, 0);
    EXPECT(r, SUBMIT_NOT_AUTHORIZED);
    fake_l1_set(word_zero, fact.b, timer, 0);
    EXPECT(r, SUBMIT_NOT_AUTHORIZED); /* it may be gone in a day */
    fake_l1_set(word_zero, fact.b, word_zero, 0);
    EXPECT(r, SUBMIT_OK);
    struct store_tx stored;
    bool found;
    CHECK_OK(store_tx_get(w.store, &stored, &found, &answer.first));
    CHECK(found && stored.facts.authorized);
    world_stop(&w);
    w.config.n_l1_urls = 0;
    world_start(&w);
    tx->change_pubkey.nonce = 6;
    world_sign_tx(tx, &w.users[CAROL]);
    EXPECT(r, SUBMIT_L1);
    submit_request_destroy(r);
    world_end(&w);
    fake_l1_stop();
}

/* ---- two-factor authentication ---- */

static submit_error toggle(const struct toggle_2fa *t)
{
    world_answer_init(&answer);
    submit_error error = admission_toggle_2fa(w.admission, t, world_take_answer, &answer);
    return error == SUBMIT_OK ? world_wait(&answer) : error;
}

static void sign_toggle(struct toggle_2fa *t, const struct world_user *u)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    CHECK_OK(eth_text_toggle_2fa(text, sizeof text, &len, t->enable, t->timestamp_ms, t->has_key ? &t->key : NULL));
    world_sign_message(&t->signature, u, text, len);
}

static store_account_type type_of(uint32_t id)
{
    struct store_account_head head;
    bool found;
    CHECK_OK(store_account_head_by_id(w.store, &head, &found, id));
    CHECK(found);
    return head.type;
}

static void test_toggle__names_each_fault_in_order(struct prng *rng)
{
    (void)rng;
    prepare();
    world_start(&w);
    struct toggle_2fa t = {.enable = true, .account_id = CREATE2_USER, .has_key = true, .key = w.users[ALICE].key_hash};
    CHECK_EQ_STR("toggle_create2", submit_error_str(toggle(&t)));
    t.account_id = WORLD_USERS;
    CHECK_EQ_STR("toggle_key_given", submit_error_str(toggle(&t)));
    t.enable = false;
    CHECK_EQ_STR("toggle_timestamp", submit_error_str(toggle(&t)));
    t.timestamp_ms = (uint64_t)world_now() / 1000 + 39 * 60000;
    CHECK_EQ_STR("database", submit_error_str(toggle(&t)));
    t.account_id = ALICE;
    CHECK_EQ_STR("bad_eth_signature", submit_error_str(toggle(&t)));
    sign_toggle(&t, &w.users[BOB]);
    CHECK_EQ_STR("bad_eth_signature", submit_error_str(toggle(&t)));
    sign_toggle(&t, &w.users[ALICE]);
    CHECK_EQ_STR("ok", submit_error_str(toggle(&t)));
    CHECK(type_of(ALICE) == STORE_TYPE_NO2FA_KEY);
    CHECK_EQ_STR("ok", submit_error_str(toggle(&t)));
    t.has_key = false;
    t.timestamp_ms -= 78 * 60000;
    sign_toggle(&t, &w.users[ALICE]);
    CHECK_EQ_STR("ok", submit_error_str(toggle(&t)));
    CHECK(type_of(ALICE) == STORE_TYPE_NO2FA);
    t.enable = true;
    sign_toggle(&t, &w.users[ALICE]);
    CHECK_EQ_STR("ok", submit_error_str(toggle(&t)));
    CHECK(type_of(ALICE) == STORE_TYPE_OWNED);
    t.timestamp_ms -= 3 * 60000;
    sign_toggle(&t, &w.users[ALICE]);
    CHECK_EQ_STR("toggle_timestamp", submit_error_str(toggle(&t)));
    world_end(&w);
}

TEST_MAIN(TEST(test_transfer__names_each_fault_in_order), TEST(test_transfer__limits_are_named),
          TEST(test_transfer__to_new_pays_for_the_account), TEST(test_fees__free_accounts_and_key_changes),
          TEST(test_forced_exit__names_each_fault_in_order), TEST(test_withdraw__is_fast_by_the_flavours_rules),
          TEST(test_swap__wants_three_signatures_in_order), TEST(test_signatures__are_needed_by_account_type),
          TEST(test_batch__names_each_fault_in_order), TEST(test_batch__every_sender_must_have_signed),
          TEST(test_batch__takes_the_old_message), TEST(test_batch__create2_counts_from_its_key_change_on),
          TEST(test_batch__must_fit_a_block), TEST(test_pool__has_room_for_so_many_of_an_account),
          TEST(test_valid_from__is_at_most_an_hour_ahead), TEST(test_exodus__refuses_all),
          TEST(test_hold__refuses_with_its_reason), TEST(test_stop__answers_everybody),
          TEST(test_inbox__refuses_when_full), TEST(test_eip1271__is_asked_on_l1),
          TEST(test_slow_l1__delays_nobody_else), TEST(test_slow_l1__is_shared),
          TEST(test_change_pubkey__on_chain_is_asked_on_l1), TEST(test_toggle__names_each_fault_in_order))
