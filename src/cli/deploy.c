#include "cli/deploy.h"

#include "base/bytes.h"
#include "base/file.h"
#include "cli/deploy_state.h"
#include "ethereum/abi.h"
#include "ethereum/eth_rpc.h"
#include "ethereum/eth_sender.h"
#include "ethereum/eth_tx.h"
#include "rollup/types.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WEI_ETH  1e18
#define WEI_GWEI 1e9

#define POLL_MS      250
#define HEARTBEAT_MS 5000
#define STUCK_MS     90000 /* seven blocks of a real chain */

/* anvil shows the receipt of a long transaction some ms after the nonce: 5 of 12 deployments met that. */
#define RECEIPT_LATE_MS 10000

struct run {
    struct deploy_plan *plan;
    const struct deploy_options *options;
    struct rpc *rpc;
    const struct eth_key *key;
    struct deploy_state state;
    eth_submission_state seen[DEPLOY_STEPS_MAX]; /* what was last said about a step */
    uint8_t *data[DEPLOY_STEPS_MAX];             /* of restored submissions */
    struct eth_sender *sender;
    char state_path[FILE_PATH_MAX];
    char lock_path[FILE_PATH_MAX];
    int lock_fd;
    bool is_locked;
};

static uint64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void sleep_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

/* ---- before anything is sent */

/* One program at a time works on a deployment. */
static zk_err take_lock(struct run *r)
{
    int n = snprintf(r->state_path, sizeof r->state_path, "%s.state", r->options->out);
    int m = snprintf(r->lock_path, sizeof r->lock_path, "%s.lock", r->options->out);
    if (n < 0 || m < 0 || (size_t)n >= sizeof r->state_path || (size_t)m >= sizeof r->lock_path)
        return zk_fail(ZK_ERR_RANGE, "the path of --out is too long");
    r->lock_fd = open(r->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (r->lock_fd < 0) return zk_fail(ZK_ERR_IO, "cannot create %s: %s", r->lock_path, strerror(errno));
    /* Whoever had the lock removes the file before letting go: a lock on a removed file is worth nothing. */
    struct stat mine, there;
    r->is_locked = flock(r->lock_fd, LOCK_EX | LOCK_NB) == 0 && fstat(r->lock_fd, &mine) == 0 &&
                   stat(r->lock_path, &there) == 0 && mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
    if (!r->is_locked) return zk_fail(ZK_ERR_IO, "another zkroll is working on %s", r->options->out);
    return ZK_OK;
}

static void drop_lock(struct run *r)
{
    if (r->is_locked) (void)unlink(r->lock_path);
    if (r->lock_fd >= 0) (void)close(r->lock_fd);
}

/* The word that a constant of a verifier is; false if the contract has no such constant. */
static zk_err ask_constant(uint8_t word[32], bool *answers, const struct run *r, const uint8_t verifier[20],
                           const char *signature)
{
    uint8_t selector[4];
    struct eth_bytes got;
    bool reverted;
    abi_selector(selector, signature);
    const struct eth_call call = {.to = verifier, .data = selector, .data_len = sizeof selector};
    ZK_TRY(eth_rpc_call(r->rpc, &got, &reverted, &call));
    *answers = !reverted && got.len == 32;
    if (*answers) memcpy(word, got.p, 32);
    eth_bytes_free(&got);
    return ZK_OK;
}

/* Where something is at stake, a verifier must say that it is of this program's circuit, and of no insecure setup. */
static zk_err check_named_key(const struct run *r, const uint8_t verifier[20], const char *text)
{
    static const uint8_t zero[32];
    uint8_t word[32], circuit[32];
    bool answers;
    if (deploy_is_development_chain(r->plan->settings.chain_id)) return ZK_OK;
    ZK_TRY(ask_constant(word, &answers, r, verifier, "INSECURE_SRS()"));
    if (!answers || memcmp(word, zero, 32) != 0)
        return zk_fail(ZK_ERR_RANGE, "the verifier at %s is of an insecure setup, or does not say of which", text);
    ZK_TRY(ask_constant(word, &answers, r, verifier, "CIRCUIT_HASH()"));
    if (!answers || (deploy_circuit_hash(circuit) && memcmp(word, circuit, 32) != 0))
        return zk_fail(ZK_ERR_RANGE, "the verifier at %s is of another circuit than this program's", text);
    return ZK_OK;
}

/* Verifiers that the settings name must be contracts: the main contract would refuse them, after money was spent. */
static zk_err check_verifiers(const struct run *r)
{
    const struct deploy_settings *s = &r->plan->settings;
    for (size_t i = 0; i < s->n_verifiers; i++) {
        struct eth_bytes code;
        char text[43];
        ZK_TRY(eth_rpc_code(r->rpc, &code, s->verifiers[i]));
        size_t len = code.len;
        eth_bytes_free(&code);
        eth_address_str(text, s->verifiers[i]);
        if (len == 0) return zk_fail(ZK_ERR_INPUT, "there is no contract at the verifier's address %s", text);
        ZK_TRY(check_named_key(r, s->verifiers[i], text));
    }
    return ZK_OK;
}

struct price {
    uint64_t gas;     /* of what is not sent yet */
    uint64_t wei_gas; /* base fee and tip */
    u128 balance;     /* U128_MAX if larger */
};

static zk_err find_price(struct price *out, const struct run *r)
{
    struct eth_block head;
    uint64_t tip;
    uint8_t balance[32];
    *out = (struct price){0};
    for (size_t i = 0; i < r->plan->n_steps; i++) {
        uint64_t gas;
        if (r->state.saved[i].n_attempts > 0) continue;
        ZK_TRY(deploy_step_gas(&gas, r->plan, i));
        out->gas += gas;
    }
    ZK_TRY(eth_rpc_block_tag(r->rpc, &head, "latest"));
    ZK_TRY(eth_rpc_priority_fee(r->rpc, &tip));
    ZK_TRY(eth_rpc_balance(r->rpc, balance, r->key->address));
    out->wei_gas = head.base_fee + tip;
    out->balance = (u128)load_be64(balance + 16) << 64 | load_be64(balance + 24);
    for (int i = 0; i < 16; i++)
        if (balance[i] != 0) out->balance = U128_MAX;
    return ZK_OK;
}

static void say_address(const char *what, const uint8_t address[20])
{
    char text[43];
    eth_address_str(text, address);
    (void)fprintf(stderr, "  %-22s %s\n", what, text);
}

static void say_days(const char *what, uint64_t seconds)
{
    (void)fprintf(stderr, "  %-22s %llu s (%.2f days)\n", what, (unsigned long long)seconds,
                  (double)seconds / (double)DEPLOY_SECONDS_DAY);
}

static void say_summary(const struct run *r, const struct price *price)
{
    const struct deploy_settings *s = &r->plan->settings;
    char root[65];
    hex_encode(root, r->plan->genesis_root, 32);
    (void)fprintf(stderr, "Deployment on chain %llu%s:\n", (unsigned long long)s->chain_id,
                  deploy_is_development_chain(s->chain_id) ? ", for development" : "");
    say_address("deployer", s->deployer);
    say_address("governor", s->governor);
    say_address("validator", s->validator);
    say_address("fee account", s->fee_account);
    say_address("treasury", s->treasury);
    say_address("forced exit receiver", s->forced_exit_receiver);
    for (size_t i = 0; i < s->n_verifiers; i++) say_address("verifier", s->verifiers[i]);
    for (size_t i = 0; i < r->plan->n_steps && r->plan->steps[i].role == DEPLOY_VERIFIER; i++) {
        const struct artifact_key *k = r->plan->steps[i].artifact->key;
        if (k != NULL)
            (void)fprintf(stderr, "  verifier of key %-6u %u slots%s\n", k->key_id, k->capacity,
                          k->insecure ? ", INSECURE: of the development setup" : "");
    }
    (void)fprintf(stderr, "  %-22s %zu members, threshold %llu\n", "council", s->n_council,
                  (unsigned long long)s->council_threshold);
    (void)fprintf(stderr, "  %-22s %s\n", "tokens are listed by",
                  s->open_listing ? "anyone, for the fee" : "the governor");
    say_days("priority expiration", s->priority_expiration);
    say_days("notice period", s->notice_period);
    say_days("notice floor", s->notice_floor);
    (void)fprintf(stderr, "  %-22s 0x%s\n", "genesis root", root);
    (void)fprintf(stderr, "  %-22s about %llu gas, %.6f ETH at %.3f gwei; the deployer has %.6f ETH\n", "cost",
                  (unsigned long long)price->gas, (double)price->gas * (double)price->wei_gas / WEI_ETH,
                  (double)price->wei_gas / WEI_GWEI, (double)price->balance / WEI_ETH);
}

static zk_err check_funds(const struct price *price, const uint8_t deployer[20])
{
    u128 need = (u128)price->gas * price->wei_gas;
    char text[43];
    eth_address_str(text, deployer);
    if (price->balance >= need) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "%s has %.6f ETH, and the deployment takes about %.6f: send ETH to it", text,
                   (double)price->balance / WEI_ETH, (double)need / WEI_ETH);
}

/* ---- sending */

static zk_err on_save(void *ctx, const struct eth_submission *s)
{
    struct run *r = ctx;
    if (s->n_attempts == 0) return ZK_OK; /* nothing was sent: it can be made anew */
    r->state.saved[s->id] = *s;
    r->state.saved[s->id].data = NULL;
    return deploy_state_write(r->state_path, r->plan, &r->state);
}

/* What a state file says was sent must be what we would send: the sender takes it for granted. */
static zk_err check_attempts(const struct run *r, const struct eth_submission *s)
{
    struct eth_tx tx = {.type = ETH_TX_1559,
                        .chain_id = r->plan->settings.chain_id,
                        .nonce = s->nonce,
                        .gas_limit = s->gas_limit,
                        .creates = true,
                        .data = s->data,
                        .data_len = s->data_len};
    uint8_t *raw = malloc(eth_tx_raw_cap(&tx));
    if (raw == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to check %s", r->state_path);
    zk_err err = ZK_OK;
    for (size_t i = 0; i < s->n_attempts && err == ZK_OK; i++) {
        uint8_t hash[32];
        size_t len;
        store_be64(tx.max_fee + 24, s->attempts[i].max_fee);
        store_be64(tx.max_priority + 24, s->attempts[i].max_priority);
        err = eth_tx_sign(raw, &len, hash, &tx, r->key);
        if (err == ZK_OK && memcmp(hash, s->attempts[i].hash, 32) != 0)
            err = zk_fail(ZK_ERR_CORRUPT, "%s was changed: the transaction of %s has another hash", r->state_path,
                          r->plan->steps[s->id].artifact->name);
    }
    free(raw);
    return err;
}

static zk_err restore(struct run *r, struct eth_submission *saved, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < r->plan->n_steps; i++)
        if (r->state.saved[i].n_attempts > 0) deploy_plan_set_nonce(r->plan, i, r->state.saved[i].nonce);
    for (size_t i = 0; i < r->plan->n_steps; i++) {
        struct eth_submission *s = &saved[*n];
        if (r->state.saved[i].n_attempts == 0) continue;
        *s = r->state.saved[i];
        ZK_TRY(deploy_step_data(&s->data, &s->data_len, r->plan, i));
        r->data[i] = s->data;
        ZK_TRY(check_attempts(r, s));
        (*n)++;
    }
    return ZK_OK;
}

static zk_err open_sender(struct run *r)
{
    struct eth_submission *saved = calloc(DEPLOY_STEPS_MAX, sizeof *saved);
    if (saved == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the deployment");
    const struct eth_sender_config config = {.rpc = r->rpc,
                                             .key = r->key,
                                             .chain_id = r->plan->settings.chain_id,
                                             .confirmations = r->options->confirmations,
                                             .stuck_ms = STUCK_MS,
                                             .max_fee_cap = r->options->max_fee,
                                             .in_flight_max = DEPLOY_STEPS_MAX,
                                             .save = on_save,
                                             .save_ctx = r};
    size_t n;
    zk_err err = restore(r, saved, &n);
    if (err == ZK_OK) err = eth_sender_create(&r->sender, &config, saved, n);
    free(saved);
    return err;
}

/* The steps that are done, as bits. */
static uint32_t steps_done(const struct run *r)
{
    uint32_t done = 0;
    for (size_t i = 0; i < r->plan->n_steps; i++) {
        const struct eth_submission *s = eth_sender_get(r->sender, i);
        if (s != NULL && s->state == ETH_SUBMISSION_DONE) done |= UINT32_C(1) << i;
    }
    return done;
}

static zk_err submit_ready(struct run *r)
{
    uint32_t done = steps_done(r);
    for (size_t i = 0; i < r->plan->n_steps; i++) {
        if (eth_sender_get(r->sender, i) != NULL) continue;
        if (!deploy_step_ready(r->plan, i, done)) return ZK_OK;
        struct eth_request request = {.creates = true};
        uint8_t *data;
        ZK_TRY(deploy_step_data(&data, &request.data_len, r->plan, i));
        request.data = data;
        zk_err err = eth_sender_submit(r->sender, i, &request);
        free(data);
        if (err != ZK_OK) return err;
    }
    return ZK_OK;
}

/* Takes over nonces, says what has changed, and fails if a transaction did. */
static zk_err look(struct run *r, bool *changed)
{
    *changed = false;
    for (size_t i = 0; i < r->plan->n_steps; i++) {
        const struct eth_submission *s = eth_sender_get(r->sender, i);
        const char *name = r->plan->steps[i].artifact->name;
        if (s == NULL) continue;
        if (s->state == ETH_SUBMISSION_REFUSED) {
            char why[160];
            (void)snprintf(why, sizeof why, "%s", zk_err_message());
            return zk_fail(ZK_ERR_INPUT, "L1 would refuse to create %s: %s", name, why);
        }
        if (s->state == ETH_SUBMISSION_FAILED)
            return zk_fail(ZK_ERR_INPUT,
                           "the transaction that creates %s failed on L1; remove %s to begin a new deployment", name,
                           r->state_path);
        if (s->n_attempts > 0 && !r->plan->steps[i].has_nonce) deploy_plan_set_nonce(r->plan, i, s->nonce);
        if (s->state == r->seen[i]) continue;
        *changed = true;
        r->seen[i] = s->state;
        (void)fprintf(stderr, "%s: %s\n", name, eth_submission_state_str(s->state));
    }
    return ZK_OK;
}

static zk_err send_all(struct run *r)
{
    const uint32_t all = (UINT32_C(1) << r->plan->n_steps) - 1;
    uint64_t last_said = now_ms();
    uint64_t last_good = last_said;
    while (steps_done(r) != all) {
        bool changed;
        ZK_TRY(submit_ready(r));
        zk_err err = eth_sender_tick(r->sender, now_ms());
        /* Without confirmations, a receipt that comes later than the nonce it used looks like a foreign transaction. */
        if (err == ZK_ERR_CORRUPT && now_ms() - last_good < RECEIPT_LATE_MS) {
            sleep_ms(POLL_MS);
            continue;
        }
        if (err != ZK_OK) return err;
        last_good = now_ms();
        ZK_TRY(look(r, &changed));
        if (changed) {
            last_said = now_ms();
            continue;
        }
        if (now_ms() - last_said >= HEARTBEAT_MS) {
            (void)fprintf(stderr, "waiting for L1: %d of %zu contracts are there\n", __builtin_popcount(steps_done(r)),
                          r->plan->n_steps);
            last_said = now_ms();
        }
        sleep_ms(POLL_MS);
    }
    return ZK_OK;
}

/* ---- checking */

static zk_err check_code(bool *ok, struct rpc *rpc, const struct deploy_check *c)
{
    struct eth_bytes code;
    ZK_TRY(eth_rpc_code(rpc, &code, c->address));
    *ok = artifact_matches(c->artifact, code.p, code.len, (const uint8_t(*)[32])c->immutables, c->n_immutables);
    eth_bytes_free(&code);
    return ZK_OK;
}

static zk_err check_call(bool *ok, struct rpc *rpc, const struct deploy_check *c)
{
    const struct eth_call call = {.to = c->address, .data = c->call, .data_len = c->call_len};
    struct eth_bytes answer;
    bool reverted;
    ZK_TRY(eth_rpc_call(rpc, &answer, &reverted, &call));
    if (c->kind == DEPLOY_CHECK_REVERT)
        *ok = reverted;
    else
        *ok = !reverted && answer.len == c->want_len && memcmp(answer.p, c->want, c->want_len) == 0;
    eth_bytes_free(&answer);
    return ZK_OK;
}

static zk_err check_event(bool *ok, struct rpc *rpc, const struct deploy_check *c, uint64_t block)
{
    uint8_t address[1][20];
    uint8_t topic[1][32];
    memcpy(address[0], c->address, 20);
    memcpy(topic[0], c->call, 32);
    const struct eth_filter filter = {.from_block = block,
                                      .to_block = block,
                                      .addresses = (const uint8_t(*)[20])address,
                                      .n_addresses = 1,
                                      .topics0 = (const uint8_t(*)[32])topic,
                                      .n_topics0 = 1};
    struct eth_logs logs;
    bool too_many;
    ZK_TRY(eth_rpc_logs(rpc, &logs, &too_many, &filter));
    *ok = logs.n == 1 && logs.items[0].data_len == c->want_len && memcmp(logs.items[0].data, c->want, c->want_len) == 0;
    eth_logs_free(&logs);
    return ZK_OK;
}

static zk_err check_one(bool *ok, struct rpc *rpc, const struct deploy_check *c, uint64_t block)
{
    switch (c->kind) {
    case DEPLOY_CHECK_CODE: return check_code(ok, rpc, c);
    case DEPLOY_CHECK_ANSWER:
    case DEPLOY_CHECK_REVERT: return check_call(ok, rpc, c);
    case DEPLOY_CHECK_EVENT: break;
    }
    return check_event(ok, rpc, c, block);
}

static zk_err check_all(const struct run *r, uint64_t block)
{
    struct deploy_check *checks = calloc(DEPLOY_CHECKS_MAX, sizeof *checks);
    if (checks == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the checks");
    size_t n = deploy_plan_checks(checks, r->plan);
    (void)fprintf(stderr, "checking what is on chain\n");
    const struct deploy_check *first = NULL;
    size_t failed = 0;
    zk_err err = ZK_OK;
    for (size_t i = 0; i < n && err == ZK_OK; i++) {
        bool ok = false;
        err = check_one(&ok, r->rpc, &checks[i], block);
        if (err != ZK_OK || ok) continue;
        char address[43];
        eth_address_str(address, checks[i].address);
        (void)fprintf(stderr, "not as meant: %s (%s)\n", checks[i].name, address);
        if (first == NULL) first = &checks[i];
        failed++;
    }
    if (err == ZK_OK && failed > 0)
        err = zk_fail(ZK_ERR_RANGE, "what is on chain is not what was meant: %zu of %zu checks failed, the first: %s",
                      failed, n, first->name);
    if (err == ZK_OK) (void)fprintf(stderr, "%zu checks passed\n", n);
    free(checks);
    return err;
}

/* ---- the whole */

static zk_err finish(struct run *r, uint64_t block, bool write)
{
    ZK_TRY(check_all(r, block));
    struct json_object *document = deploy_document(r->plan, block);
    zk_err err = write ? deploy_document_write(r->options->out, document) : ZK_OK;
    if (err == ZK_OK && !r->options->silent)
        printf("%s\n", json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                                    JSON_C_TO_STRING_NOSLASHESCAPE));
    if (err == ZK_OK) (void)unlink(r->state_path);
    json_object_put(document);
    return err;
}

static zk_err deploy_new(struct run *r)
{
    bool found;
    struct price price;
    ZK_TRY(deploy_state_read(&r->state, &found, r->state_path, r->plan));
    if (found) (void)fprintf(stderr, "going on with %s\n", r->state_path);
    ZK_TRY(check_verifiers(r));
    ZK_TRY(find_price(&price, r));
    if (!r->options->silent) say_summary(r, &price);
    if (r->options->dry_run) return ZK_OK;
    if (!r->options->yes && !deploy_is_development_chain(r->plan->settings.chain_id))
        return zk_fail(ZK_ERR_INPUT, "chain %llu is not for development: if the summary is right, say --yes",
                       (unsigned long long)r->plan->settings.chain_id);
    ZK_TRY(check_funds(&price, r->key->address));
    ZK_TRY(open_sender(r));
    ZK_TRY(send_all(r));
    size_t step = (size_t)(deploy_plan_step(r->plan, DEPLOY_DEPLOYMENT) - r->plan->steps);
    return finish(r, eth_sender_get(r->sender, step)->receipt.block_number, true);
}

static zk_err deploy_or_check(struct run *r)
{
    bool found;
    uint64_t block;
    ZK_TRY(take_lock(r));
    ZK_TRY(deploy_document_read(r->plan, &block, &found, r->options->out));
    if (!found) return deploy_new(r);
    (void)fprintf(stderr, "%s is there: nothing is sent, only checked\n", r->options->out);
    return finish(r, block, false);
}

zk_err deploy_run(struct deploy_plan *plan, const struct deploy_options *options, struct rpc *rpc,
                  const struct eth_key *key)
{
    struct run *r = calloc(1, sizeof *r);
    if (r == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the deployment");
    r->plan = plan;
    r->options = options;
    r->rpc = rpc;
    r->key = key;
    r->lock_fd = -1;
    zk_err err = deploy_or_check(r);
    eth_sender_destroy(r->sender);
    for (size_t i = 0; i < DEPLOY_STEPS_MAX; i++) free(r->data[i]);
    drop_lock(r);
    free(r);
    return err;
}
