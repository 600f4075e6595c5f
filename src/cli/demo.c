#include "cli/demo.h"

#include "base/prng.h"
#include "cli/client.h"
#include "cli/signer.h"
#include "ethereum/eth_tx.h"
#include "ethereum/zkroll_view.h"
#include "rollup/amount.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USERS           6
#define WITHDRAWALS_MAX 256 /* under way */
#define ETHER           ((u128)1000000000000000000U)
#define L1_ETHER        20 /* what each has on L1 to begin with */
#define DEPOSIT_ETHER   2
#define DEPOSIT_DAI     2000
#define POOR            (ETHER / 5) /* who has less on L2 deposits again */
#define WAIT_MS         120000
#define POLL_MS         250
#define LOOK_MS         1000 /* between looks at withdrawals */
#define PATIENCE_MS     30000
#define DAI_ID          1 /* the first token that the network lists */
#define APPROVE_ALL     ((u128)-1)

/* Of a hundred things that users do. */
enum { SHARE_NEW = 6, SHARE_WITHDRAW = 14 };

struct user {
    struct signer signer;
    uint32_t id;
    uint32_t nonce;
    u128 eth, dai; /* on L2, as far as is known here */
};

struct withdrawal {
    size_t user;
    uint32_t token;
    u128 amount;
    hash32 hash;
};

struct demo {
    struct demo_options o;
    struct devnet_chain chain; /* as the options', with an L1 client of its own */
    struct client *client;
    struct user users[USERS];
    struct withdrawal under_way[WITHDRAWALS_MAX];
    size_t n_under_way;
    struct prng rng;
    atomic_bool stopping;
    bool has_thread;
    pthread_t thread;
    pthread_mutex_t lock; /* of the failure */
    zk_err err;
    char why[256];
    struct {
        uint64_t deposits, keys, transfers, new_accounts, withdrawals, arrivals;
    } done;
};

static uint64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static zk_err stopped(const struct demo *d)
{
    return atomic_load(&d->stopping) ? zk_fail(ZK_ERR_CANCELLED, "stopped") : ZK_OK;
}

/* In short naps: a stop is seen at once. */
static zk_err nap(const struct demo *d, uint64_t ms)
{
    for (uint64_t end = now_ms() + ms; now_ms() < end;) {
        const struct timespec t = {.tv_nsec = 20000000};
        ZK_TRY(stopped(d));
        (void)nanosleep(&t, NULL);
    }
    return stopped(d);
}

/* ---- texts */

struct text {
    char s[UNITS_TEXT_MAX + 40];
};

/* "0.25 ETH" */
static struct text money(u128 amount, uint32_t token)
{
    struct text t;
    size_t len = units_to_text(t.s, amount, 18);
    (void)snprintf(t.s + len, sizeof t.s - len, " %s", token == TOKEN_ID_ETH ? "ETH" : "DAI");
    return t;
}

/* "0x1234…cdef" */
static struct text short_address(const uint8_t address[20])
{
    struct text t;
    char full[43];
    eth_address_str(full, address);
    (void)snprintf(t.s, sizeof t.s, "%.6s…%s", full, full + 38);
    return t;
}

/* ---- on L1 */

static zk_err approve(struct demo *d, const struct user *u, const struct devnet_token *dai)
{
    uint8_t data[68], all[16];
    struct abi_out o;
    struct eth_receipt receipt;
    store_be128(all, APPROVE_ALL);
    abi_out_init(&o, data, sizeof data);
    abi_put_selector(&o, "approve(address,uint256)");
    abi_put_address(&o, d->chain.main);
    abi_put_u128(&o, all);
    const struct chain_call call = {.to = dai->address, .data = data, .len = o.len};
    return chain_send(&d->chain.l1, &receipt, NULL, &u->signer.eth, &call);
}

static zk_err deposit_eth(struct demo *d, const struct user *u)
{
    uint8_t data[64];
    struct abi_out o;
    struct eth_receipt receipt;
    abi_out_init(&o, data, sizeof data);
    zkroll_put_deposit_eth(&o, u->signer.eth.address);
    const struct chain_call call = {.to = d->chain.main, .value = DEPOSIT_ETHER * ETHER, .data = data, .len = o.len};
    ZK_TRY(chain_send(&d->chain.l1, &receipt, NULL, &u->signer.eth, &call));
    d->done.deposits++;
    d->o.say("%s deposits %s on L1", short_address(u->signer.eth.address).s, money(DEPOSIT_ETHER * ETHER, 0).s);
    return ZK_OK;
}

static zk_err deposit_dai(struct demo *d, const struct user *u)
{
    uint8_t data[128], be[16];
    struct abi_out o;
    struct eth_receipt receipt;
    const struct devnet_token *dai = &d->chain.tokens[0];
    const u128 amount = DEPOSIT_DAI * ETHER;
    ZK_TRY(devnet_give_token(&d->chain, dai, &u->signer.eth, u->signer.eth.address, amount));
    ZK_TRY(approve(d, u, dai));
    store_be128(be, amount);
    abi_out_init(&o, data, sizeof data);
    zkroll_put_deposit_erc20(&o, dai->address, be, u->signer.eth.address);
    const struct chain_call call = {.to = d->chain.main, .data = data, .len = o.len};
    ZK_TRY(chain_send(&d->chain.l1, &receipt, NULL, &u->signer.eth, &call));
    d->done.deposits++;
    d->o.say("%s deposits %s on L1", short_address(u->signer.eth.address).s, money(amount, DAI_ID).s);
    return ZK_OK;
}

/* What the contract owes a user goes to his L1 address. */
static zk_err fetch_pending(struct demo *d, const struct withdrawal *w)
{
    static const uint8_t ether[20];
    const struct user *u = &d->users[w->user];
    const uint8_t *token = w->token == TOKEN_ID_ETH ? ether : d->chain.tokens[0].address;
    struct zkroll_view view = {.rpc = d->chain.l1.rpc};
    uint8_t amount[16], data[128], hash[32];
    char text[65];
    struct abi_out o;
    struct eth_receipt receipt;
    memcpy(view.address, d->chain.main, 20);
    ZK_TRY(zkroll_view_pending_balance(amount, &view, u->signer.eth.address, token));
    if (load_be128(amount) == 0) return ZK_OK; /* came with another withdrawal of his */
    abi_out_init(&o, data, sizeof data);
    zkroll_put_withdraw_pending(&o, u->signer.eth.address, token, amount);
    const struct chain_call call = {.to = d->chain.main, .data = data, .len = o.len};
    ZK_TRY(chain_send(&d->chain.l1, &receipt, hash, &u->signer.eth, &call));
    hex_encode(text, hash, 32);
    d->done.arrivals++;
    d->o.say("%s arrived on L1 at %s, tx 0x%s", money(load_be128(amount), w->token).s,
             short_address(u->signer.eth.address).s, text);
    return ZK_OK;
}

/* ---- on L2 */

/* What the node says of a user. */
static zk_err refresh(struct demo *d, struct user *u, bool *exists, bool *has_key)
{
    struct client_account a;
    const eth_address address = signer_address(&u->signer);
    ZK_TRY(client_account(d->client, &a, &address));
    *exists = a.exists;
    *has_key = pubkey_hash_eq(&a.committed.pubkey_hash, &u->signer.l2_hash);
    u->id = a.id;
    u->nonce = a.committed.nonce;
    u->eth = client_balance_of(&a.committed, TOKEN_ID_ETH);
    u->dai = client_balance_of(&a.committed, DAI_ID);
    client_account_free(&a);
    return ZK_OK;
}

static zk_err submit(struct demo *d, struct user *u, hash32 *hash, struct tx *tx, bool with_consent)
{
    uint8_t consent[65];
    const struct token_labels labels = client_labels(d->client);
    if (with_consent) {
        ZK_TRY(signer_sign(&u->signer, tx));
        ZK_TRY(signer_sign_consent(&u->signer, consent, tx, &labels));
    }
    const struct client_submission s = {tx, with_consent ? consent : NULL};
    ZK_TRY(client_submit(d->client, hash, &s, false));
    u->nonce++;
    return ZK_OK;
}

static zk_err wait_executed(struct demo *d, const hash32 *hash)
{
    struct client_tx_info info;
    for (uint64_t end = now_ms() + WAIT_MS; now_ms() < end;) {
        ZK_TRY(client_tx_info(d->client, &info, hash));
        if (info.executed && info.success) return ZK_OK;
        if (info.executed) return zk_fail(ZK_ERR_INPUT, "a demo user's transaction failed: %s", info.fail_reason);
        ZK_TRY(nap(d, POLL_MS));
    }
    return zk_fail(ZK_ERR_IO, "a demo user's transaction is not executed");
}

static zk_err register_key(struct demo *d, struct user *u)
{
    struct tx tx;
    hash32 hash;
    u128 fee;
    const eth_address self = signer_address(&u->signer);
    ZK_TRY(client_fee(d->client, &fee, CLIENT_FEE_CHANGE_PUBKEY_ECDSA, &self, TOKEN_ID_ETH));
    ZK_TRY(signer_change_pubkey(&u->signer, &tx, u->id, u->nonce, TOKEN_ID_ETH, fee));
    ZK_TRY(submit(d, u, &hash, &tx, false));
    ZK_TRY(wait_executed(d, &hash));
    u->eth -= fee;
    d->done.keys++;
    d->o.say("%s, account %u, has a signing key", short_address(self.b).s, u->id);
    return ZK_OK;
}

static zk_err transfer(struct demo *d, struct user *u, const eth_address *to, uint32_t token, u128 amount)
{
    struct tx tx = {.type = TX_TRANSFER};
    hash32 hash;
    u128 fee;
    u128 *balance = token == TOKEN_ID_ETH ? &u->eth : &u->dai;
    ZK_TRY(client_fee(d->client, &fee, CLIENT_FEE_TRANSFER, to, token));
    if (*balance < amount + fee) return ZK_OK;
    tx.transfer = (struct tx_transfer){.account_id = u->id,
                                       .from = signer_address(&u->signer),
                                       .to = *to,
                                       .token = token,
                                       .nonce = u->nonce,
                                       .amount = amount,
                                       .fee = fee,
                                       .valid = {0, UINT32_MAX}};
    ZK_TRY(submit(d, u, &hash, &tx, true));
    *balance -= amount + fee;
    d->done.transfers++;
    return ZK_OK;
}

static zk_err withdraw(struct demo *d, size_t i, uint32_t token, u128 amount)
{
    struct user *u = &d->users[i];
    struct tx tx = {.type = TX_WITHDRAW};
    struct withdrawal *w = &d->under_way[d->n_under_way];
    const eth_address self = signer_address(&u->signer);
    u128 fee;
    u128 *balance = token == TOKEN_ID_ETH ? &u->eth : &u->dai;
    if (d->n_under_way == WITHDRAWALS_MAX) return ZK_OK;
    ZK_TRY(client_fee(d->client, &fee, CLIENT_FEE_WITHDRAW, &self, token));
    if (*balance < amount + fee) return ZK_OK;
    tx.withdraw = (struct tx_withdraw){.account_id = u->id,
                                       .from = self,
                                       .to = self,
                                       .token = token,
                                       .nonce = u->nonce,
                                       .amount = amount,
                                       .fee = fee,
                                       .valid = {0, UINT32_MAX}};
    ZK_TRY(submit(d, u, &w->hash, &tx, true));
    *balance -= amount + fee;
    w->user = i;
    w->token = token;
    w->amount = amount;
    d->n_under_way++;
    d->done.withdrawals++;
    d->o.say("%s withdraws %s", short_address(self.b).s, money(amount, token).s);
    return ZK_OK;
}

/* ---- a life */

static zk_err prepare(struct demo *d, struct user *u)
{
    bool exists, has_key;
    ZK_TRY(stopped(d));
    ZK_TRY(refresh(d, u, &exists, &has_key));
    if (exists && u->eth >= POOR) return ZK_OK;
    ZK_TRY(devnet_give_eth(&d->chain, u->signer.eth.address, L1_ETHER));
    ZK_TRY(deposit_eth(d, u));
    return exists ? ZK_OK : deposit_dai(d, u);
}

static zk_err wait_for_account(struct demo *d, struct user *u, bool *has_key)
{
    bool exists;
    for (uint64_t end = now_ms() + WAIT_MS; now_ms() < end;) {
        ZK_TRY(refresh(d, u, &exists, has_key));
        if (exists && u->eth >= POOR) return ZK_OK;
        ZK_TRY(nap(d, POLL_MS));
    }
    return zk_fail(ZK_ERR_IO, "a demo user's deposit does not come to L2");
}

static zk_err settle_in(struct demo *d)
{
    bool has_key = false;
    for (size_t i = 0; i < USERS; i++) ZK_TRY(prepare(d, &d->users[i]));
    for (size_t i = 0; i < USERS; i++) {
        ZK_TRY(wait_for_account(d, &d->users[i], &has_key));
        if (!has_key) ZK_TRY(register_key(d, &d->users[i]));
    }
    d->o.say("%d users pay each other, about %llu transactions a second", USERS, (unsigned long long)d->o.rate);
    return ZK_OK;
}

/* Thousandths, so that every amount can be packed: 0.001 to 0.02 ETH, or 1 to 20 DAI. */
static u128 some_amount(struct demo *d, uint32_t token)
{
    return (1 + prng_below(&d->rng, 20)) * (token == TOKEN_ID_ETH ? ETHER / 1000 : ETHER);
}

static zk_err act(struct demo *d)
{
    uint64_t dice = prng_below(&d->rng, 100);
    size_t i = prng_below(&d->rng, USERS);
    uint32_t token = prng_below(&d->rng, 2) == 0 ? TOKEN_ID_ETH : DAI_ID;
    struct user *u = &d->users[i];
    eth_address to = signer_address(&d->users[(i + 1 + prng_below(&d->rng, USERS - 1)) % USERS].signer);
    if (dice >= SHARE_WITHDRAW) return transfer(d, u, &to, token, some_amount(d, token));
    if (dice >= SHARE_NEW) return withdraw(d, i, token, some_amount(d, token));
    prng_bytes(&d->rng, to.b, sizeof to.b);
    d->done.new_accounts++;
    return transfer(d, u, &to, token, some_amount(d, token));
}

/* A refusal is no disaster: fees moved, or another client used the account. What the node says counts. */
static zk_err act_or_learn(struct demo *d)
{
    bool exists, has_key;
    zk_err err = act(d);
    if (err != ZK_ERR_INPUT) return err;
    d->o.say("refused: %s", zk_err_message());
    for (size_t i = 0; i < USERS; i++) ZK_TRY(refresh(d, &d->users[i], &exists, &has_key));
    return ZK_OK;
}

static zk_err look_at_withdrawals(struct demo *d)
{
    for (size_t i = 0; i < d->n_under_way;) {
        struct client_tx_info info;
        ZK_TRY(client_tx_info(d->client, &info, &d->under_way[i].hash));
        bool failed = info.executed && !info.success;
        if (!info.verified && !failed) {
            i++;
            continue;
        }
        if (info.verified) ZK_TRY(fetch_pending(d, &d->under_way[i]));
        d->under_way[i] = d->under_way[--d->n_under_way];
    }
    return ZK_OK;
}

/* Who ran out of money deposits again; balances are asked for anew, for transfers came in, too. */
static zk_err look_at_balances(struct demo *d)
{
    bool exists, has_key;
    for (size_t i = 0; i < USERS; i++) {
        struct user *u = &d->users[i];
        uint32_t nonce = u->nonce;
        ZK_TRY(refresh(d, u, &exists, &has_key));
        if (u->nonce < nonce) u->nonce = nonce; /* some of his are not executed yet */
        if (u->eth < POOR) ZK_TRY(prepare(d, u));
    }
    return ZK_OK;
}

static zk_err live(struct demo *d)
{
    uint64_t next_look = 0, next_balances = now_ms() + 10 * LOOK_MS;
    for (;;) {
        ZK_TRY(nap(d, 1000 / d->o.rate));
        ZK_TRY(act_or_learn(d));
        if (now_ms() >= next_look) {
            ZK_TRY(look_at_withdrawals(d));
            next_look = now_ms() + LOOK_MS;
        }
        if (now_ms() >= next_balances) {
            ZK_TRY(look_at_balances(d));
            next_balances = now_ms() + 10 * LOOK_MS;
        }
    }
}

/* Goes on after failures that pass; gives up when they do not. */
static zk_err go_on(struct demo *d)
{
    uint64_t failing_since = 0;
    bool settled = false;
    for (;;) {
        uint64_t began = now_ms();
        zk_err err = settled ? live(d) : settle_in(d);
        if (err == ZK_OK) {
            settled = true;
            continue;
        }
        if (atomic_load(&d->stopping)) return ZK_OK;
        if (failing_since == 0 || now_ms() - began > PATIENCE_MS) failing_since = now_ms();
        if ((err != ZK_ERR_IO && err != ZK_ERR_INPUT) || now_ms() - failing_since > PATIENCE_MS) return err;
        if (nap(d, LOOK_MS) != ZK_OK) return ZK_OK;
    }
}

static void *run(void *arg)
{
    struct demo *d = arg;
    zk_err err = go_on(d);
    (void)pthread_mutex_lock(&d->lock);
    d->err = err;
    if (err != ZK_OK) (void)snprintf(d->why, sizeof d->why, "%s", zk_err_message());
    (void)pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* ---- from outside */

static zk_err open_demo(struct demo *d)
{
    struct eth_key key;
    const struct rpc_config rpc = {.urls = {d->chain.anvil.url}, .n_urls = 1};
    const struct client_config client = {.rpc_url = d->o.rpc_url, .rest_url = d->o.rest_url};
    d->chain.l1.rpc = NULL;
    ZK_TRY(rpc_create(&d->chain.l1.rpc, &rpc));
    ZK_TRY(client_create(&d->client, &client));
    for (uint32_t i = 0; i < USERS; i++) {
        ZK_TRY(mnemonic_key(&key, d->chain.mnemonic, "", DEVNET_USERS + i));
        zk_err err = signer_init(&d->users[i].signer, &key, ANVIL_CHAIN_ID);
        eth_key_wipe(&key);
        if (err != ZK_OK) return err;
    }
    if (pthread_create(&d->thread, NULL, run, d) != 0) return zk_fail(ZK_ERR_MEMORY, "no thread for the demo");
    d->has_thread = true;
    return ZK_OK;
}

zk_err demo_start(struct demo **out, const struct demo_options *options)
{
    struct demo *d = calloc(1, sizeof *d);
    *out = NULL;
    if (d == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the demo");
    d->o = *options;
    d->chain = *options->chain;
    (void)pthread_mutex_init(&d->lock, NULL);
    prng_seed(&d->rng, (uint64_t)time(NULL));
    zk_err err = open_demo(d);
    if (err != ZK_OK)
        demo_destroy(d);
    else
        *out = d;
    return err;
}

zk_err demo_failure(struct demo *d)
{
    (void)pthread_mutex_lock(&d->lock);
    zk_err err = d->err == ZK_OK ? ZK_OK : zk_fail(d->err, "the demo's users: %s", d->why);
    (void)pthread_mutex_unlock(&d->lock);
    return err;
}

void demo_stop(struct demo *d)
{
    if (d == NULL) return;
    atomic_store(&d->stopping, true);
    if (!d->has_thread) return;
    rpc_cancel(d->chain.l1.rpc);
    (void)pthread_join(d->thread, NULL);
    d->has_thread = false;
}

void demo_summary(struct demo *d)
{
    d->o.say("users: %llu deposits, %llu keys registered, %llu transfers (%llu of them to new accounts), "
             "%llu withdrawals, %llu arrivals on L1",
             (unsigned long long)d->done.deposits, (unsigned long long)d->done.keys,
             (unsigned long long)d->done.transfers, (unsigned long long)d->done.new_accounts,
             (unsigned long long)d->done.withdrawals, (unsigned long long)d->done.arrivals);
}

void demo_destroy(struct demo *d)
{
    if (d == NULL) return;
    demo_stop(d);
    client_destroy(d->client);
    rpc_destroy(d->chain.l1.rpc);
    for (size_t i = 0; i < USERS; i++) signer_wipe(&d->users[i].signer);
    (void)pthread_mutex_destroy(&d->lock);
    zk_wipe(d, sizeof *d);
    free(d);
}
