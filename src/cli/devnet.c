#include "cli/devnet.h"

#include "api/api_part.h"
#include "base/log.h"
#include "cli/demo.h"
#include "cli/node_parts.h"
#include "ethereum/eth_tx.h"
#include "node/block_setup.h"
#include "node/chain_info.h"
#include "store/store_blocks.h"
#include "store/store_history.h"

#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS       200000000
#define PORTS_WAIT_MS 30000
#define GWEI          1e9

/* What a newcomer should not have to wait for. */
void devnet_defaults(struct node_config *c)
{
    static const char *const wanted[][2] = {{"log-level", "warn"},
                                            {"l1.confirmations", "0"},
                                            {"l1.poll", "250ms"},
                                            {"sequencer.block-time", "10s"},
                                            {"sequencer.block-slots", "40"},
                                            {"sequencer.accounts", "100000"},
                                            {"sequencer.nfts", "100000"},
                                            {"sequencer.balance-bytes", "64MiB"},
                                            {"sequencer.snapshot-blocks", "20"},
                                            {"settle.deadline", "0s"},
                                            {"api.forced-exit-age", "0s"},
                                            {"api.web3-port", "3002"},
                                            {"prover.insecure-srs", "yes"},
                                            {"prover.lease", "10s"},
                                            {"sequencer.lease", "3s"}};
    config_defaults(c);
    for (size_t i = 0; i < ZK_COUNT(wanted); i++) {
        zk_err err = config_set(c, wanted[i][0], wanted[i][1]);
        assert(err == ZK_OK);
        (void)err;
    }
}

struct devnet {
    struct devnet_options *o;
    struct devnet_chain chain;
    struct node *node;
    struct store *store;
    struct demo *demo;
    sigset_t ends;
    char ports_file[FILE_PATH_MAX];
    uint16_t rpc_port, ws_port, rest_port;
    /* what was said about blocks */
    uint32_t first_executed; /* those before this run */
    uint32_t sealed, proved, executed;
    struct {
        uint64_t operations, transfers, gas;
        double prove_s;
    } sum;
};

/* ---- the node's settings */

static zk_err set(struct node_config *c, const char *name, const char *value)
{
    return config_set(c, name, value);
}

static zk_err set_path(struct devnet *d, const char *name, const char *file)
{
    char path[FILE_PATH_MAX];
    ZK_TRY(devnet_path(path, d->o->chain.dir, file));
    return set(&d->o->node, name, path);
}

static zk_err configure(struct devnet *d)
{
    struct node_config *c = &d->o->node;
    log_level level = LOG_WARN;
    ZK_TRY(set_path(d, "data-dir", "node"));
    ZK_TRY(set_path(d, "l1.addresses", "l1/addresses.json"));
    ZK_TRY(set_path(d, "l1.key-file", "l1/operator.key"));
    ZK_TRY(set_path(d, "api.ports-file", "ports.json"));
    if (c->prover.keys_dir[0] == '\0') ZK_TRY(set_path(d, "prover.keys-dir", "keys"));
    ZK_TRY(set(c, "l1.urls", d->chain.anvil.url));
    ZK_TRY(devnet_path(d->ports_file, d->o->chain.dir, "ports.json"));
    if (!log_level_parse(&level, c->log_level)) return zk_fail(ZK_ERR_INPUT, "no log level: %s", c->log_level);
    log_configure(level, LOG_TEXT, stderr);
    return ZK_OK;
}

/* Makes the key of the largest blocks now, so that the first proof need not wait for it. */
static zk_err prepare_key(const struct node_config *c)
{
    char folder[FILE_PATH_MAX];
    struct block_setup *setup;
    struct pool *pool = NULL;
    bool made = false;
    unsigned key_id = 0;
    if ((c->roles & ROLE_PROVER) == 0) return ZK_OK;
    while (key_id + 1 < BLOCK_KEYS && block_capacities[key_id] < c->sequencer.block_slots) key_id++;
    ZK_TRY(block_setup_dir(folder, sizeof folder, c));
    ZK_TRY(block_setup_of(&setup, c));
    (void)fprintf(stderr, "keys for blocks of %u slots (%s)\n", block_capacities[key_id], folder);
    zk_err err = pool_create(&pool, (unsigned)c->threads);
    if (err == ZK_OK) err = block_setup_key(setup, NULL, NULL, &made, key_id, pool);
    if (err == ZK_OK && made) (void)fprintf(stderr, "  made; kept for the next time\n");
    pool_destroy(pool);
    block_setup_destroy(setup);
    return err;
}

/* ---- telling what happens */

static void say(const char *fmt, ...) ZK_PRINTF(1, 2);
static void say(const char *fmt, ...)
{
    va_list args;
    char clock[16];
    time_t now = time(NULL);
    struct tm tm;
    (void)localtime_r(&now, &tm);
    (void)strftime(clock, sizeof clock, "%H:%M:%S", &tm);
    printf("%s  ", clock);
    va_start(args, fmt);
    (void)vprintf(fmt, args);
    va_end(args);
    printf("\n");
    (void)fflush(stdout);
}

static void say_sealed(const struct store_block *b)
{
    say("block %u sealed: %u operations, %u of them from L1; %u of %u slots; publishes %zu bytes", b->header.number,
        b->entries, b->n_priority, b->used, b->capacity, b->settlement_len + b->delta_len);
}

static void say_proved(const struct store_block *b)
{
    say("block %u proved in %.1f s", b->header.number, (double)b->prove_ms / 1000);
}

static void say_executed(struct devnet *d, const struct store_block *b)
{
    char hash[65];
    hex_encode(hash, b->execute.hash.b, 32);
    uint64_t gas = b->execute.gas_used;
    if (b->commit.l1_tx != b->execute.l1_tx) gas += b->commit.gas_used;
    if (b->prove.l1_tx != b->execute.l1_tx && b->prove.l1_tx != b->commit.l1_tx) gas += b->prove.gas_used;
    say("block %u verified on L1: %llu gas, %.1f s after it was sealed, tx 0x%s", b->header.number,
        (unsigned long long)gas, (double)(b->execute.at - b->sealed_at) * 1e-6, hash);
    d->sum.operations += b->entries;
    d->sum.gas += gas;
    d->sum.prove_s += (double)b->prove_ms / 1000;
}

/* Says what is new since the last look. A block that was unwound is told again when it comes again. */
static zk_err look_at_blocks(struct devnet *d)
{
    struct store_heads h;
    struct store_block b;
    bool found;
    ZK_TRY(store_heads(d->store, &h));
    if (d->sealed > h.last_sealed) d->sealed = h.last_sealed;
    if (d->proved > d->sealed) d->proved = d->sealed;
    while (d->sealed < h.last_sealed) {
        ZK_TRY(store_block_get(d->store, &b, &found, d->sealed + 1));
        if (!found) return ZK_OK;
        say_sealed(&b);
        d->sealed++;
    }
    for (; d->proved < d->sealed; d->proved++) {
        ZK_TRY(store_block_get(d->store, &b, &found, d->proved + 1));
        if (!found || !b.has_proof) break;
        say_proved(&b);
    }
    for (; d->executed < h.last_executed; d->executed++) {
        ZK_TRY(store_block_get(d->store, &b, &found, d->executed + 1));
        if (!found) return ZK_OK;
        say_executed(d, &b);
    }
    return ZK_OK;
}

static void say_summary(const struct devnet *d)
{
    uint32_t n = d->executed - d->first_executed;
    if (n == 0) return;
    say("%u blocks verified: %llu operations, %.1f s of proving a block, %llu gas a block", n,
        (unsigned long long)d->sum.operations, d->sum.prove_s / n, (unsigned long long)(d->sum.gas / n));
    if (d->demo != NULL) demo_summary(d->demo);
}

/* ---- ready */

/* The ports that the API has chosen. */
static zk_err read_ports(struct devnet *d)
{
    struct json_object *o = NULL, *m;
    for (int ms = 0; o == NULL && ms < PORTS_WAIT_MS && !events_stopping(node_events(d->node)); ms += 50) {
        const struct timespec pause = {.tv_nsec = 50000000};
        if (access(d->ports_file, R_OK) == 0) o = json_object_from_file(d->ports_file);
        if (o == NULL) (void)nanosleep(&pause, NULL);
    }
    const struct {
        const char *key;
        uint16_t *port;
    } ports[] = {{"rpc", &d->rpc_port}, {"ws", &d->ws_port}, {"rest", &d->rest_port}};
    for (size_t i = 0; i < ZK_COUNT(ports); i++)
        if (json_object_object_get_ex(o, ports[i].key, &m)) *ports[i].port = (uint16_t)json_object_get_int(m);
    json_object_put(o);
    if (d->rpc_port != 0 && d->rest_port != 0) return ZK_OK;
    return zk_fail(ZK_ERR_IO, "the node's API does not come up");
}

static void put(struct json_object *o, const char *key, const char *text)
{
    (void)json_object_object_add(o, key, json_object_new_string(text));
}

static void put_url(struct json_object *o, const char *key, const char *scheme, uint16_t port, const char *path)
{
    char url[64];
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u%s", scheme, (unsigned)port, path);
    put(o, key, url);
}

static void put_address(struct json_object *o, const char *key, const uint8_t address[20])
{
    char text[43];
    eth_address_str(text, address);
    put(o, key, text);
}

static struct json_object *accounts_json(const struct devnet_chain *c)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < DEVNET_RICH; i++) {
        char key[67] = "0x";
        struct json_object *a = json_object_new_object();
        hex_encode(key + 2, c->rich[i].secret, 32);
        put_address(a, "address", c->rich[i].address);
        put(a, "privateKey", key); /* of a mnemonic that everybody knows, on a chain that is nothing worth */
        (void)json_object_array_add(list, a);
    }
    return list;
}

static zk_err ready_json(struct json_object **out, const struct devnet *d)
{
    struct chain_info info;
    const struct devnet_chain *c = &d->chain;
    ZK_TRY(chain_info_read(&info, c->addresses_file));
    struct json_object *o = json_object_new_object(), *tokens = json_object_new_object();
    put(o, "l1", c->anvil.url);
    put_url(o, "rpc", "http", d->rpc_port, "");
    put_url(o, "ws", "ws", d->ws_port, "");
    put_url(o, "rest", "http", d->rest_port, "/api/v0.2");
    put_url(o, "web", "http", d->rest_port, "/");
    (void)json_object_object_add(o, "chainId", json_object_new_int(ANVIL_CHAIN_ID));
    put_address(o, "contract", info.main_contract.b);
    put_address(o, "governance", info.governance.b);
    put_address(o, "multicall", info.multicall.b);
    put_address(o, "forcedExit", info.forced_exit.b);
    put_address(o, "nftFactory", info.nft_factory.b);
    (void)json_object_object_add(o, "deployedAt", json_object_new_uint64(info.block));
    for (size_t i = 0; i < DEVNET_TOKENS; i++) put_address(tokens, c->tokens[i].symbol, c->tokens[i].address);
    (void)json_object_object_add(o, "tokens", tokens);
    put(o, "mnemonic", c->mnemonic);
    (void)json_object_object_add(o, "accounts", accounts_json(c));
    put(o, "dataDir", d->o->chain.dir);
    put(o, "addressesFile", c->addresses_file);
    (void)json_object_object_add(o, "pid", json_object_new_int((int)getpid()));
    *out = o;
    return ZK_OK;
}

/* For web pages of this node (api_part.h): wallets without an extension use these accounts. */
static zk_err write_dev_file(const struct devnet *d)
{
    char path[CONFIG_LIST_CAP];
    struct chain_info info;
    ZK_TRY(config_data_path(path, sizeof path, &d->o->node, API_DEV_FILE));
    ZK_TRY(chain_info_read(&info, d->chain.addresses_file));
    struct json_object *o = json_object_new_object();
    put_address(o, "multicall", info.multicall.b);
    (void)json_object_object_add(o, "accounts", accounts_json(&d->chain));
    const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
    zk_err err = file_replace(path, &(struct file_piece){text, strlen(text)}, 1);
    json_object_put(o);
    return err;
}

static zk_err write_ready(const struct devnet *d)
{
    struct json_object *o;
    if (d->o->ready_file == NULL) return ZK_OK;
    ZK_TRY(ready_json(&o, d));
    const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    const struct file_piece pieces[] = {{text, strlen(text)}, {"\n", 1}};
    zk_err err = file_replace(d->o->ready_file, pieces, ZK_COUNT(pieces));
    json_object_put(o);
    return err;
}

static void say_ready(const struct devnet *d)
{
    char key[65], address[43];
    hex_encode(key, d->chain.rich[0].secret, 32);
    eth_address_str(address, d->chain.rich[0].address);
    printf("\n  zkroll is up\n\n"
           "    web pages      http://127.0.0.1:%u/\n"
           "    JSON-RPC       http://127.0.0.1:%u   (WebSocket: ws://127.0.0.1:%u)\n"
           "    REST           http://127.0.0.1:%u/api/v0.2\n"
           "    Ethereum       %s   (chain %d)\n"
           "    rich accounts  ten, of the mnemonic \"%s\"; the first:\n"
           "                   %s\n"
           "                   0x%s\n\n",
           (unsigned)d->rest_port, (unsigned)d->rpc_port, (unsigned)d->ws_port, (unsigned)d->rest_port,
           d->chain.anvil.url, ANVIL_CHAIN_ID, d->chain.mnemonic, address, key);
    (void)fflush(stdout);
}

/* ---- the whole */

static zk_err start_node(struct devnet *d)
{
    struct store_heads h;
    (void)unlink(d->ports_file);
    ZK_TRY(node_create(&d->node, &d->o->node));
    ZK_TRY(node_parts_add(d->node));
    ZK_TRY(write_dev_file(d));
    ZK_TRY(node_open_store(&d->store, d->node));
    ZK_TRY(store_heads(d->store, &h));
    d->first_executed = d->executed = h.last_executed;
    d->proved = d->executed;
    d->sealed = h.last_sealed;
    ZK_TRY(node_start(d->node));
    return (d->o->node.roles & ROLE_API) != 0 ? read_ports(d) : ZK_OK;
}

static zk_err start_demo(struct devnet *d)
{
    char rpc[64], rest[64];
    if (!d->o->demo) return ZK_OK;
    (void)snprintf(rpc, sizeof rpc, "http://127.0.0.1:%u", (unsigned)d->rpc_port);
    (void)snprintf(rest, sizeof rest, "http://127.0.0.1:%u/api/v0.2", (unsigned)d->rest_port);
    const struct demo_options options = {
        .chain = &d->chain, .rpc_url = rpc, .rest_url = rest, .rate = d->o->rate, .say = say};
    return demo_start(&d->demo, &options);
}

static bool wanted_is_done(const struct devnet *d)
{
    return d->o->blocks != 0 && d->executed - d->first_executed >= d->o->blocks;
}

/* Until somebody or something ends it. */
static zk_err watch(struct devnet *d)
{
    const struct timespec look = {.tv_nsec = LOOK_NS};
    while (!wanted_is_done(d)) {
        if (sigtimedwait(&d->ends, NULL, &look) > 0) {
            (void)fprintf(stderr, "\nstopping; what is executed is sealed and kept\n");
            return ZK_OK;
        }
        if (events_stopping(node_events(d->node))) return ZK_OK; /* a part failed: node_join says why */
        if (!anvil_runs(&d->chain.anvil)) return zk_fail(ZK_ERR_IO, "anvil ended by itself");
        ZK_TRY(look_at_blocks(d));
        if (d->demo != NULL) ZK_TRY(demo_failure(d->demo));
    }
    return ZK_OK;
}

static zk_err serve(struct devnet *d)
{
    ZK_TRY(devnet_chain_start(&d->chain, &d->o->chain));
    ZK_TRY(configure(d));
    ZK_TRY(prepare_key(&d->o->node));
    ZK_TRY(start_node(d));
    ZK_TRY(write_ready(d));
    say_ready(d);
    ZK_TRY(start_demo(d));
    return watch(d);
}

/* Ends what runs, users first and L1 last, so that each finds what it needs. */
static zk_err stop(struct devnet *d, zk_err err)
{
    char why[256];
    (void)snprintf(why, sizeof why, "%s", zk_err_message());
    demo_stop(d->demo);
    if (d->node != NULL) {
        node_stop(d->node);
        zk_err ended = node_join(d->node);
        if (err == ZK_OK && ended != ZK_OK) {
            err = ended;
            (void)snprintf(why, sizeof why, "%s", zk_err_message());
        }
    }
    if (d->store != NULL) (void)look_at_blocks(d);
    if (err == ZK_OK) say_summary(d);
    demo_destroy(d->demo);
    store_close(d->store);
    node_destroy(d->node);
    devnet_chain_stop(&d->chain);
    return err == ZK_OK ? ZK_OK : zk_fail(err, "%s", why);
}

zk_err devnet_run(struct devnet_options *options)
{
    struct devnet *d = calloc(1, sizeof *d);
    if (d == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a development network");
    d->o = options;
    (void)sigemptyset(&d->ends);
    (void)sigaddset(&d->ends, SIGINT);
    (void)sigaddset(&d->ends, SIGTERM);
    (void)sigaddset(&d->ends, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &d->ends, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    zk_err err = stop(d, serve(d));
    free(d);
    return err;
}
