#include "node/config.h"

#include "base/bytes.h"
#include "node/settle_call.h"
#include "rollup/types.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum option_type {
    TYPE_TEXT,   /* config_text */
    TYPE_CHOICE, /* config_text, one of `choices` */
    TYPE_ADDRESS,
    TYPE_LIST, /* char[CONFIG_LIST_CAP] */
    TYPE_NUMBER,
    TYPE_TIME,
    TYPE_SIZE,
    TYPE_YES_NO,
    TYPE_ROLES
} option_type;

static const char *const type_names[] = {"text", "choice", "address", "list", "number",
                                         "time", "size",   "yes/no",  "roles"};

struct option {
    const char *section, *key;
    option_type type;
    size_t offset;
    const char *fallback;
    uint64_t min, max; /* in base units: milliseconds, bytes */
    const char *choices;
    const char *meaning;
};

#define AT(member)    offsetof(struct node_config, member)
#define SECOND        UINT64_C(1000)
#define HOUR          (3600 * SECOND)
#define DAY           (24 * HOUR)
#define KIB           UINT64_C(1024)
#define GIB           (KIB * KIB * KIB)
#define ANY           0, 0, NULL
#define FROM_TO(a, b) (a), (b), NULL
#define ONE_OF(text)  0, 0, text

/* The manual of a node's settings: all that is known of each stands in its row. */
static const struct option options[] = {
    {"", "roles", TYPE_ROLES, AT(roles), "all", ANY,
     "what this process does: api, sequencer, l1 (watches and sends), prover; or all"},
    {"", "data-dir", TYPE_TEXT, AT(data_dir), "zkroll-data", ANY,
     "folder of the SQLite database, the snapshots of the state, and the proving keys"},
    {"", "threads", TYPE_NUMBER, AT(threads), "0", FROM_TO(0, 256),
     "threads for hashing, signatures and proving; 0: one for each processor"},
    {"", "log-level", TYPE_CHOICE, AT(log_level), "info", ONE_OF("debug info warn error"),
     "the least level that is logged"},
    {"", "log-format", TYPE_CHOICE, AT(log_format), "text", ONE_OF("text json"), "lines to read, or one object a line"},
    {"", "genesis-fee", TYPE_ADDRESS, AT(genesis_fee), "", ANY,
     "address of account 0, which collects the fees; empty: as the database or the contract says"},

    {"db", "url", TYPE_LIST, AT(db.url), "", ANY,
     "empty: zkroll.db in the data folder; a path: SQLite there; postgres://USER@HOST/NAME: PostgreSQL"},
    {"db", "password-file", TYPE_TEXT, AT(db.password_file), "", ANY,
     "file with PostgreSQL's password; else it is in ZKROLL_DB_PASSWORD"},
    {"db", "busy-timeout", TYPE_TIME, AT(db.busy_timeout_ms), "10s", FROM_TO(SECOND, HOUR),
     "how long a write waits for those of others"},

    {"l1", "urls", TYPE_LIST, AT(l1.urls), "", ANY, "Ethereum nodes, tried in turn"},
    {"l1", "chain-id", TYPE_NUMBER, AT(l1.chain_id), "9", FROM_TO(1, UINT32_MAX),
     "the chain; a node of another one is refused"},
    {"l1", "addresses", TYPE_TEXT, AT(l1.addresses), "", ANY, "the file that `zkroll deploy` wrote"},
    {"l1", "confirmations", TYPE_NUMBER, AT(l1.confirmations), "12", FROM_TO(0, 10000),
     "blocks on top of one before what is in it counts"},
    {"l1", "poll", TYPE_TIME, AT(l1.poll_ms), "2s", FROM_TO(10, HOUR), "how often the chain is looked at"},
    {"l1", "timeout", TYPE_TIME, AT(l1.timeout_ms), "15s", FROM_TO(100, HOUR), "for one request to an Ethereum node"},
    {"l1", "key-file", TYPE_TEXT, AT(l1.key_file), "", ANY,
     "the operator's key: raw, or a keystore whose password is in ZKROLL_KEY_PASSWORD; else the raw key in ZKROLL_KEY"},
    {"l1", "max-fee-gwei", TYPE_NUMBER, AT(l1.max_fee_gwei), "500", FROM_TO(1, 1000000),
     "never pay more than this for a gas"},
    {"l1", "stuck", TYPE_TIME, AT(l1.stuck_ms), "2m", FROM_TO(100, DAY),
     "a transaction that is not mined after this long is sent again with higher fees"},
    {"l1", "scan-span", TYPE_NUMBER, AT(l1.scan_span), "1000", FROM_TO(1, 100000),
     "how many blocks' events are asked for at once, at first"},

    {"sequencer", "block-slots", TYPE_NUMBER, AT(sequencer.block_slots), "40", FROM_TO(5, 2560),
     "most slots of a block; provers need the keys of the capacities up to it (40, 160, 640, 2560)"},
    {"sequencer", "block-time", TYPE_TIME, AT(sequencer.block_time_ms), "10s", FROM_TO(1, 12 * HOUR),
     "a block with operations is sealed after this long, full or not"},
    {"sequencer", "fast-block-time", TYPE_TIME, AT(sequencer.fast_block_time_ms), "0s", FROM_TO(0, 12 * HOUR),
     "the same once a fast withdrawal is in it"},
    {"sequencer", "block-gas", TYPE_NUMBER, AT(sequencer.block_gas), "12000000", FROM_TO(1000000, SETTLE_GAS_MAX),
     "most gas that settling a block may take on L1"},
    {"sequencer", "block-calldata", TYPE_SIZE, AT(sequencer.block_calldata), "100000", FROM_TO(10000, 120000),
     "most bytes of calldata of a block"},
    {"sequencer", "tick", TYPE_TIME, AT(sequencer.tick_ms), "50ms", FROM_TO(1, 10 * SECOND),
     "what was executed is shown and made durable at least this often"},
    {"sequencer", "snapshot-blocks", TYPE_NUMBER, AT(sequencer.snapshot_blocks), "100", FROM_TO(1, 1000000),
     "a snapshot of the state is written every so many blocks, and on shutdown"},
    {"sequencer", "lease", TYPE_TIME, AT(sequencer.lease_ms), "10s", FROM_TO(SECOND, HOUR),
     "a sequencer that was silent for this long may be replaced by another"},
    {"sequencer", "accounts", TYPE_NUMBER, AT(sequencer.accounts), "16777215", FROM_TO(2, 16777215),
     "room for accounts in memory"},
    {"sequencer", "nfts", TYPE_NUMBER, AT(sequencer.nfts), "16777216", FROM_TO(1, UINT64_C(2147418110)),
     "room for NFTs in memory"},
    {"sequencer", "balance-bytes", TYPE_SIZE, AT(sequencer.balance_bytes), "4GiB", FROM_TO(KIB *KIB, 16 * GIB),
     "room for balances in memory, about 20 bytes each"},
    {"sequencer", "backlog-blocks", TYPE_NUMBER, AT(sequencer.backlog_blocks), "1000", FROM_TO(0, 1000000),
     "sealing waits while this many blocks are unproved; 0: never"},
    {"sequencer", "traces", TYPE_YES_NO, AT(sequencer.traces), "yes", ANY,
     "keep what provers need of each block; without, blocks can be sealed but never settled"},

    {"mempool", "total-max", TYPE_NUMBER, AT(mempool.total_max), "200000", FROM_TO(1, 10000000),
     "most transactions waiting"},
    {"mempool", "account-max", TYPE_NUMBER, AT(mempool.account_max), "1000", FROM_TO(1, 10000000),
     "most transactions of one account waiting"},
    {"mempool", "hold", TYPE_TIME, AT(mempool.hold_ms), "2m", FROM_TO(0, 7 * DAY),
     "how long a transaction with too high a nonce waits for those before it"},
    {"mempool", "backlog", TYPE_TIME, AT(mempool.backlog_ms), "12h", FROM_TO(0, 365 * DAY),
     "new transactions are refused while the oldest unproved block is older; 0s: never"},
    {"mempool", "keep-rejected", TYPE_TIME, AT(mempool.keep_rejected_ms), "14d", FROM_TO(HOUR, 3650 * DAY),
     "how long rejected transactions can be asked for"},

    {"fee", "tokens", TYPE_NUMBER, AT(fee.fee_tokens), "4", FROM_TO(1, 16),
     "how many tokens fees may be paid in; each keeps a fee class of every block"},
    {"fee", "quote", TYPE_TIME, AT(fee.quote_ms), "1m", FROM_TO(SECOND, HOUR), "how long a quoted fee holds"},
    {"fee", "block-slots", TYPE_NUMBER, AT(fee.block_slots), "1000", FROM_TO(1, 2560),
     "how full blocks are expected to be: so many slots share what a block costs on L1"},
    {"fee", "gas-percent", TYPE_NUMBER, AT(fee.gas_percent), "130", FROM_TO(1, 1000),
     "percent of the gas that is charged; above 100 for when gas becomes dearer"},
    {"fee", "price-source", TYPE_TEXT, AT(fee.price_source), "static", ANY,
     "static: the prices below; or the URL of a price service"},
    {"fee", "prices", TYPE_LIST, AT(fee.prices), "ETH=200,wBTC=9000,DAI=1", ANY,
     "dollars a token: SYMBOL=PRICE, also what is used while the source is silent"},
    {"fee", "min", TYPE_NUMBER, AT(fee.min_fee_cents_100), "1", FROM_TO(0, 1000000),
     "least fee of a transaction, in hundredths of a cent"},
    {"fee", "proof", TYPE_NUMBER, AT(fee.zkp_fee_cents_100), "2", FROM_TO(0, 1000000),
     "what proving a slot costs, in hundredths of a cent"},
    {"fee", "key-changes", TYPE_YES_NO, AT(fee.key_changes), "yes", ANY,
     "no: a key change by itself may be free; in a batch it counts as ever"},
    {"fee", "free-accounts", TYPE_LIST, AT(fee.free_accounts), "", ANY,
     "ids of accounts whose single transactions may be free, such as the operator's own"},

    {"api", "transactions", TYPE_YES_NO, AT(api.transactions), "yes", ANY,
     "no: users' transactions are refused, as one does before stopping for good; requests from L1 and all answers go "
     "on"},
    {"api", "host", TYPE_TEXT, AT(api.host), "127.0.0.1", ANY, "address to listen on"},
    {"api", "rpc-port", TYPE_NUMBER, AT(api.rpc_port), "3030", FROM_TO(0, 65535),
     "JSON-RPC over HTTP; 0: any free one"},
    {"api", "ws-port", TYPE_NUMBER, AT(api.ws_port), "3031", FROM_TO(0, 65535),
     "JSON-RPC over WebSocket; 0: any free one"},
    {"api", "rest-port", TYPE_NUMBER, AT(api.rest_port), "3001", FROM_TO(0, 65535),
     "REST, web app, /metrics, /health, /ready; 0: any free one"},
    {"api", "web3-port", TYPE_NUMBER, AT(api.web3_port), "0", FROM_TO(0, 65535),
     "port of its own for the JSON-RPC of Ethereum's form, which zkSync 1.x has on 3002; 0: only as /web3 on the REST "
     "port"},
    {"api", "connections-max", TYPE_NUMBER, AT(api.connections_max), "1000", FROM_TO(1, 100000),
     "most open connections"},
    {"api", "connections-per-ip", TYPE_NUMBER, AT(api.connections_per_ip), "250", FROM_TO(0, 100000),
     "most open connections of one address (with api.client-header: requests under way); 0: any; on loopback any"},
    {"api", "client-share", TYPE_NUMBER, AT(api.client_share), "25", FROM_TO(1, 100),
     "percent that one address may hold of what all share: memory for requests and answers, WebSockets, subscriptions, "
     "streams of events"},
    {"api", "requests-per-second", TYPE_NUMBER, AT(api.requests_per_s), "10000", FROM_TO(0, 1000000),
     "most requests of one address, ten seconds' worth at once; 0: any"},
    {"api", "client-header", TYPE_TEXT, AT(api.client_header), "", ANY,
     "header in which a proxy that is trusted names the client, such as X-Real-IP (of a list the last); empty: the "
     "peer's address counts"},
    {"api", "body-max", TYPE_SIZE, AT(api.body_max), "2MiB", FROM_TO(KIB, 64 * KIB * KIB), "largest request"},
    {"api", "forced-exit-age", TYPE_TIME, AT(api.forced_exit_age_ms), "24h", FROM_TO(0, 365 * DAY),
     "how old an account must be before others may force its exit"},
    {"api", "ports-file", TYPE_TEXT, AT(api.ports_file), "", ANY, "where to write the ports in use; empty: nowhere"},
    {"api", "prover-token-file", TYPE_TEXT, AT(api.prover_token_file), "", ANY,
     "file with the word that provers elsewhere must show; else it is in ZKROLL_PROVER_TOKEN; without, there are none"},

    {"prover", "keys-dir", TYPE_TEXT, AT(prover.keys_dir), "", ANY,
     "folder of proving keys; empty: keys in the data folder"},
    {"prover", "srs", TYPE_TEXT, AT(prover.srs), "", ANY, "the setup, as `zkroll keys import` writes it"},
    {"prover", "insecure-srs", TYPE_YES_NO, AT(prover.insecure_srs), "no", ANY,
     "make a setup here whose secret this machine knew; for development chains alone"},
    {"prover", "lease", TYPE_TIME, AT(prover.lease_ms), "60s", FROM_TO(SECOND, HOUR),
     "a prover that was silent for this long loses its job to another"},
    {"prover", "attempts", TYPE_NUMBER, AT(prover.attempts_max), "5", FROM_TO(1, 1000),
     "how often a job is tried before a person must look"},
    {"prover", "memory", TYPE_SIZE, AT(prover.memory_max), "14GiB", FROM_TO(KIB *KIB, 1024 * GIB),
     "jobs that need more are left to others"},

    {"settle", "mode", TYPE_CHOICE, AT(settle.mode), "joint", ONE_OF("joint split"),
     "joint: commit, prove and execute in one call; split: each by itself"},
    {"settle", "blocks-max", TYPE_NUMBER, AT(settle.blocks_max), "5", FROM_TO(1, 100), "most blocks in a call"},
    {"settle", "deadline", TYPE_TIME, AT(settle.deadline_ms), "10m", FROM_TO(0, DAY),
     "how long a proved block waits for others, or for cheaper gas"},
    {"settle", "gas-price-gwei", TYPE_NUMBER, AT(settle.gas_price_gwei_max), "0", FROM_TO(0, 1000000),
     "until the deadline, wait for gas below this; 0: any price"},
    {"settle", "commit-ahead", TYPE_TIME, AT(settle.commit_ahead_ms), "6h", FROM_TO(0, 23 * HOUR),
     "blocks this old are committed before they are proved: L1 refuses blocks older than a day"},
};

/* ---- names */

/* '-', '_' and '.' are one letter, and case does not count. */
static int letter(char c)
{
    if (c == '_' || c == '.') return '-';
    return tolower((unsigned char)c);
}

static bool same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if (letter(*a) != letter(*b)) return false;
    return *a == *b;
}

#define NAME_CAP 64

static void full_name(char out[NAME_CAP], const char *section, const char *key)
{
    (void)snprintf(out, NAME_CAP, "%s%s%s", section, section[0] != '\0' ? "." : "", key);
}

static const struct option *find(const char *name)
{
    for (size_t i = 0; i < ZK_COUNT(options); i++) {
        char known[NAME_CAP];
        full_name(known, options[i].section, options[i].key);
        if (same_name(known, name)) return &options[i];
    }
    return NULL;
}

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein's distance, of the first NAME_CAP letters. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_CAP + 1], n = strnlen(b, NAME_CAP);
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 0; i < NAME_CAP && a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t change = diagonal + (letter(a[i]) != letter(b[j]));
            diagonal = row[j + 1];
            row[j + 1] = min3(change, row[j] + 1, row[j + 1] + 1);
        }
    }
    return row[n];
}

static void nearest(char out[NAME_CAP], const char *name)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < ZK_COUNT(options); i++) {
        char known[NAME_CAP];
        full_name(known, options[i].section, options[i].key);
        size_t d = distance(name, known);
        if (d >= best) continue;
        best = d;
        memcpy(out, known, NAME_CAP);
    }
}

/* ---- values */

struct unit {
    const char *suffix;
    uint64_t factor;
};
static const struct unit time_units[] = {{"ms", 1},   {"s", SECOND}, {"m", 60 * SECOND},
                                         {"h", HOUR}, {"d", DAY},    {NULL, 0}};
static const struct unit size_units[] = {{"", 1}, {"KiB", KIB}, {"MiB", KIB *KIB}, {"GiB", GIB}, {NULL, 0}};
static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

static const struct unit *units_of(option_type type)
{
    return type == TYPE_TIME ? time_units : type == TYPE_SIZE ? size_units : no_units;
}

/* Digits and a unit, nothing else. */
static bool parse_quantity(uint64_t *out, const char *text, const struct unit *units)
{
    if (text[0] < '0' || text[0] > '9') return false;
    char *end;
    errno = 0;
    unsigned long long x = strtoull(text, &end, 10);
    if (errno != 0) return false;
    for (; units->suffix != NULL; units++)
        if (strcmp(end, units->suffix) == 0) return !__builtin_mul_overflow((uint64_t)x, units->factor, out);
    return false;
}

/* In the largest unit that divides it. */
static void write_quantity(char *out, size_t cap, uint64_t x, const struct unit *units)
{
    const struct unit *best = &units[0];
    for (const struct unit *u = units; u->suffix != NULL; u++)
        if (x % u->factor == 0 && x != 0) best = u;
    if (x == 0 && units == time_units) best = &units[1];
    (void)snprintf(out, cap, "%llu%s", (unsigned long long)(x / best->factor), best->suffix);
}

static bool is_choice(const char *choices, const char *value)
{
    size_t n = strlen(value);
    for (const char *p = choices; n > 0 && *p != '\0';) {
        size_t len = strcspn(p, " ");
        if (len == n && strncmp(p, value, n) == 0) return true;
        p += len + strspn(p + len, " ");
    }
    return false;
}

static const struct {
    const char *name;
    unsigned role;
} roles[] = {
    {"api", ROLE_API}, {"sequencer", ROLE_SEQUENCER}, {"l1", ROLE_L1}, {"prover", ROLE_PROVER}, {"all", ROLES_ALL}};

bool config_roles(unsigned *out, const char *text)
{
    *out = 0;
    size_t cursor = 0;
    char item[CONFIG_TEXT_CAP];
    while (config_next_item(item, sizeof item, text, &cursor)) {
        unsigned role = 0;
        for (size_t i = 0; i < ZK_COUNT(roles); i++)
            if (strcmp(item, roles[i].name) == 0) role = roles[i].role;
        if (role == 0) return false;
        *out |= role;
    }
    return *out != 0;
}

static bool parse_address(const char *text)
{
    uint8_t address[20];
    return text[0] == '\0' || (strncmp(text, "0x", 2) == 0 && hex_decode(address, 20, text, strlen(text)));
}

static bool parse_yes_no(bool *out, const char *text)
{
    *out = strcmp(text, "yes") == 0;
    return *out || strcmp(text, "no") == 0;
}

/* Text goes into a file that is read by lines. */
static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) return false;
    return true;
}

static zk_err set_quantity(uint64_t *at, const struct option *o, const char *name, const char *value)
{
    uint64_t x = 0;
    if (!parse_quantity(&x, value, units_of(o->type))) {
        const char *like = o->type == TYPE_TIME   ? ", such as 500ms, 10s, 5m, 6h or 7d"
                           : o->type == TYPE_SIZE ? ", such as 65536, 64KiB, 16MiB or 4GiB"
                                                  : "";
        return zk_fail(ZK_ERR_INPUT, "%s: '%.40s' is not a %s%s", name, value, type_names[o->type], like);
    }
    if (x < o->min || x > o->max) {
        char low[32], high[32];
        write_quantity(low, sizeof low, o->min, units_of(o->type));
        write_quantity(high, sizeof high, o->max, units_of(o->type));
        return zk_fail(ZK_ERR_RANGE, "%s: %.40s is not in %s to %s", name, value, low, high);
    }
    *at = x;
    return ZK_OK;
}

static zk_err set_text(char *at, size_t cap, const struct option *o, const char *name, const char *value)
{
    if (strlen(value) >= cap) return zk_fail(ZK_ERR_RANGE, "%s: longer than %zu bytes", name, cap - 1);
    if (!is_printable(value)) return zk_fail(ZK_ERR_INPUT, "%s: has control characters", name);
    if (o->type == TYPE_CHOICE && !is_choice(o->choices, value))
        return zk_fail(ZK_ERR_INPUT, "%s: '%.40s' is not one of: %s", name, value, o->choices);
    if (o->type == TYPE_ADDRESS && !parse_address(value))
        return zk_fail(ZK_ERR_INPUT, "%s: '%.60s' is not an address", name, value);
    memcpy(at, value, strlen(value) + 1);
    return ZK_OK;
}

static zk_err set(struct node_config *c, const struct option *o, const char *value)
{
    char name[NAME_CAP];
    full_name(name, o->section, o->key);
    void *at = (char *)c + o->offset;
    switch (o->type) {
    case TYPE_TEXT:
    case TYPE_CHOICE:
    case TYPE_ADDRESS: return set_text(at, CONFIG_TEXT_CAP, o, name, value);
    case TYPE_LIST: return set_text(at, CONFIG_LIST_CAP, o, name, value);
    case TYPE_NUMBER:
    case TYPE_TIME:
    case TYPE_SIZE: return set_quantity(at, o, name, value);
    case TYPE_YES_NO:
        if (!parse_yes_no(at, value)) return zk_fail(ZK_ERR_INPUT, "%s: '%.40s' is neither yes nor no", name, value);
        return ZK_OK;
    case TYPE_ROLES: {
        unsigned found = 0;
        if (!config_roles(&found, value))
            return zk_fail(ZK_ERR_INPUT, "%s: '%.60s' is not a list of api, sequencer, l1, prover; or all", name,
                           value);
        *(unsigned *)at = found;
        return ZK_OK;
    }
    }
    return ZK_OK;
}

static void get(char *out, size_t cap, const struct node_config *c, const struct option *o)
{
    const void *at = (const char *)c + o->offset;
    switch (o->type) {
    case TYPE_TEXT:
    case TYPE_CHOICE:
    case TYPE_ADDRESS:
    case TYPE_LIST: (void)snprintf(out, cap, "%s", (const char *)at); return;
    case TYPE_NUMBER:
    case TYPE_TIME:
    case TYPE_SIZE: write_quantity(out, cap, *(const uint64_t *)at, units_of(o->type)); return;
    case TYPE_YES_NO: (void)snprintf(out, cap, "%s", *(const bool *)at ? "yes" : "no"); return;
    case TYPE_ROLES: {
        unsigned have = *(const unsigned *)at;
        size_t len = 0;
        out[0] = '\0';
        if (have == ROLES_ALL) {
            (void)snprintf(out, cap, "all");
            return;
        }
        for (size_t i = 0; i + 1 < ZK_COUNT(roles); i++) {
            if ((have & roles[i].role) == 0 || len >= cap) continue;
            len += (size_t)snprintf(out + len, cap - len, "%s%s", len > 0 ? "," : "", roles[i].name);
        }
    }
    }
}

void config_defaults(struct node_config *c)
{
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < ZK_COUNT(options); i++) {
        zk_err err = set(c, &options[i], options[i].fallback);
        assert(err == ZK_OK); /* a default outside its own bounds: the table is wrong */
    }
}

zk_err config_set(struct node_config *c, const char *name, const char *value)
{
    const struct option *o = find(name);
    if (o != NULL) return set(c, o, value);
    char known[NAME_CAP];
    nearest(known, name);
    return zk_fail(ZK_ERR_INPUT, "there is no option '%.60s'; did you mean %s?", name, known);
}

/* ---- the file */

struct reader {
    struct node_config *c;
    const char *path;
    FILE *in;
    int line;
    zk_err err; /* the first; its message is the thread's */
    bool given[ZK_COUNT(options)];
};

/* Longer lines would be cut by inih, and their rest read as another line. */
#define LINE_BYTES 200

static char *read_line(char *out, int cap, void *ctx)
{
    struct reader *r = ctx;
    if (r->err != ZK_OK || fgets(out, cap, r->in) == NULL) return NULL;
    r->line++;
    size_t len = strlen(out);
    if (len + 1 == (size_t)cap && out[len - 1] != '\n') {
        r->err = zk_fail(ZK_ERR_INPUT, "%s:%d: longer than %d bytes; go on in the next line, indented", r->path,
                         r->line, cap - 2);
        return NULL;
    }
    return out;
}

/* A list goes on in indented lines: inih calls again with the same name. */
static zk_err set_again(struct reader *r, const struct option *o, const char *name, const char *value)
{
    if (o->type != TYPE_LIST) return zk_fail(ZK_ERR_INPUT, "%s is there twice", name);
    const char *before = (const char *)r->c + o->offset;
    size_t len = strlen(before);
    char joined[2 * CONFIG_LIST_CAP];
    bool comma = len > 0 && before[len - 1] == ',';
    (void)snprintf(joined, sizeof joined, "%s%s%s", before, comma ? "" : ",", value);
    return set(r->c, o, joined);
}

static int take_pair(void *ctx, const char *section, const char *key, const char *value)
{
    struct reader *r = ctx;
    if (r->err != ZK_OK) return 1;
    char name[2 * NAME_CAP];
    (void)snprintf(name, sizeof name, "%.60s%s%.60s", section, section[0] != '\0' ? "." : "", key);
    const struct option *o = find(name);
    if (o == NULL || strcmp(o->section, section) != 0)
        r->err = config_set(r->c, name[0] != '\0' ? name : key, value) == ZK_OK
                     ? zk_fail(ZK_ERR_INPUT, "'%s' stands in the wrong section", name)
                     : ZK_ERR_INPUT;
    else if (r->given[o - options])
        r->err = set_again(r, o, name, value);
    else
        r->err = set(r->c, o, value);
    if (o != NULL) r->given[o - options] = true;
    if (r->err != ZK_OK) {
        char why[256];
        (void)snprintf(why, sizeof why, "%s", zk_err_message());
        r->err = zk_fail(r->err, "%s:%d: %s", r->path, r->line, why);
    }
    return 1;
}

zk_err config_file(struct node_config *c, const char *path)
{
    struct reader r = {.c = c, .path = path, .in = fopen(path, "re")};
    if (r.in == NULL) return zk_fail(ZK_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    int line = ini_parse_stream(read_line, &r, take_pair, &r);
    bool unreadable = ferror(r.in) != 0;
    (void)fclose(r.in);
    if (r.err != ZK_OK) return r.err;
    if (unreadable) return zk_fail(ZK_ERR_IO, "cannot read %s", path);
    if (line != 0) return zk_fail(ZK_ERR_INPUT, "%s:%d: neither a [section], a key = value, nor a comment", path, line);
    return ZK_OK;
}

/* ---- the environment */

#define PREFIX "ZKROLL_"

/* The last seven are of the users' commands (cli/args.c, cli/ask.c, cli/anvil.c): whoever runs a node may well have
 * said where it is, too. */
static bool is_other_variable(const char *name)
{
    static const char *const others[] = {CONFIG_DB_PASSWORD_VARIABLE,
                                         CONFIG_KEY_VARIABLE,
                                         CONFIG_KEY_PASSWORD_VARIABLE,
                                         CONFIG_PROVER_TOKEN_VARIABLE,
                                         CONFIG_FILE_VARIABLE,
                                         PREFIX "NODE",
                                         PREFIX "REST",
                                         PREFIX "L1",
                                         PREFIX "CONTRACT",
                                         PREFIX "WALLET",
                                         PREFIX "PASSWORD",
                                         PREFIX "ANVIL"};
    for (size_t i = 0; i < ZK_COUNT(others); i++)
        if (strcmp(name, others[i]) == 0) return true;
    return false;
}

zk_err config_environment(struct node_config *c, char *const *env)
{
    for (; *env != NULL; env++) {
        if (strncmp(*env, PREFIX, strlen(PREFIX)) != 0) continue;
        const char *equals = strchr(*env, '=');
        char name[NAME_CAP];
        if (equals == NULL || (size_t)(equals - *env) >= sizeof name)
            return zk_fail(ZK_ERR_INPUT, "environment: %.60s is no option", *env);
        memcpy(name, *env, (size_t)(equals - *env));
        name[equals - *env] = '\0';
        if (is_other_variable(name)) continue;
        zk_err err = config_set(c, name + strlen(PREFIX), equals + 1);
        if (err == ZK_OK) continue;
        char why[200];
        (void)snprintf(why, sizeof why, "%s", zk_err_message());
        return zk_fail(err, "environment, %s: %s", name, why);
    }
    return ZK_OK;
}

/* ---- all together */

static zk_err check_ports(const struct node_config *c)
{
    const uint64_t ports[] = {c->api.rpc_port, c->api.ws_port, c->api.rest_port, c->api.web3_port};
    for (size_t i = 0; i < ZK_COUNT(ports); i++)
        for (size_t j = i + 1; j < ZK_COUNT(ports); j++)
            if (ports[i] != 0 && ports[i] == ports[j])
                return zk_fail(ZK_ERR_INPUT, "api: port %llu is given to two services", (unsigned long long)ports[i]);
    return ZK_OK;
}

static zk_err check_items(const char *name, const char *list)
{
    for (const char *p = list; *p != '\0';) {
        size_t len = strcspn(p, ",");
        if (len >= CONFIG_TEXT_CAP)
            return zk_fail(ZK_ERR_RANGE, "%s: an item is longer than %d bytes", name, CONFIG_TEXT_CAP - 1);
        p += len + (p[len] == ',');
    }
    return ZK_OK;
}

static bool is_postgres(const char *url)
{
    return strncmp(url, "postgres://", 11) == 0 || strncmp(url, "postgresql://", 13) == 0;
}

/* postgres://user:password@host, or ?password=: it would end up in process lists and in `zkroll config`. */
static bool has_password(const char *url)
{
    if (!is_postgres(url)) return false;
    const char *authority = strstr(url, "://") + 3;
    const char *end = authority + strcspn(authority, "/?");
    const char *at = memchr(authority, '@', (size_t)(end - authority));
    if (at != NULL && memchr(authority, ':', (size_t)(at - authority)) != NULL) return true;
    return strstr(end, "?password=") != NULL || strstr(end, "&password=") != NULL;
}

zk_err config_check(const struct node_config *c)
{
    if (c->roles == 0) return zk_fail(ZK_ERR_INPUT, "roles: a node without a role does nothing");
    if ((c->roles & ROLE_API) != 0) ZK_TRY(check_ports(c));
    ZK_TRY(check_items("l1.urls", c->l1.urls));
    ZK_TRY(check_items("fee.prices", c->fee.prices));
    ZK_TRY(check_items("fee.free-accounts", c->fee.free_accounts));
    uint32_t ids[CONFIG_FREE_ACCOUNTS_MAX];
    size_t n_ids;
    ZK_TRY(config_free_accounts(ids, &n_ids, c));
    if ((c->roles & ROLE_L1) != 0 && c->l1.urls[0] == '\0')
        return zk_fail(ZK_ERR_INPUT, "l1.urls: the role l1 needs an Ethereum node");
    if ((c->roles & ROLE_L1) != 0 && c->l1.addresses[0] == '\0')
        return zk_fail(ZK_ERR_INPUT, "l1.addresses: the role l1 needs the file of `zkroll deploy`");
    if (has_password(c->db.url))
        return zk_fail(ZK_ERR_INPUT, "db.url: a password does not belong here: use db.password-file or $%s",
                       CONFIG_DB_PASSWORD_VARIABLE);
    if (c->sequencer.tick_ms > c->sequencer.lease_ms / 2)
        return zk_fail(ZK_ERR_INPUT, "sequencer.tick: must be at most half of sequencer.lease");
    return ZK_OK;
}

/* ---- printing */

/* inih takes " ;" for the beginning of a comment, so no value may hold it; none has a reason to. */
void config_print(const struct node_config *c, FILE *out)
{
    const char *section = "";
    for (size_t i = 0; i < ZK_COUNT(options); i++) {
        const struct option *o = &options[i];
        if (strcmp(o->section, section) != 0) (void)fprintf(out, "[%s]\n", section = o->section);
        struct node_config fallback;
        config_defaults(&fallback);
        char value[CONFIG_LIST_CAP], usual[CONFIG_LIST_CAP];
        get(value, sizeof value, c, o);
        get(usual, sizeof usual, &fallback, o);
        (void)fprintf(out, "# %s\n#   %s", o->meaning, type_names[o->type]);
        if (o->choices != NULL) (void)fprintf(out, ": %s", o->choices);
        if (o->max != 0) {
            char low[32], high[32];
            write_quantity(low, sizeof low, o->min, units_of(o->type));
            write_quantity(high, sizeof high, o->max, units_of(o->type));
            (void)fprintf(out, " from %s to %s", low, high);
        }
        (void)fprintf(out, "; default: %s\n", usual[0] != '\0' ? usual : "empty");
        (void)fprintf(out, "%s%s = %s\n\n", strcmp(value, usual) == 0 ? "# " : "", o->key, value);
    }
}

size_t config_rows(void)
{
    return ZK_COUNT(options);
}

void config_row(struct config_row *out, size_t i)
{
    assert(i < ZK_COUNT(options));
    *out = (struct config_row){.section = options[i].section,
                               .key = options[i].key,
                               .fallback = options[i].fallback,
                               .type = type_names[options[i].type],
                               .meaning = options[i].meaning};
}

/* ---- using values */

bool config_next_item(char *out, size_t cap, const char *list, size_t *cursor)
{
    for (;;) {
        const char *p = list + *cursor;
        p += strspn(p, " \t");
        if (*p == '\0') return false;
        size_t len = strcspn(p, ",");
        *cursor = (size_t)(p - list) + len + (p[len] == ',');
        while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '\t')) len--;
        if (len == 0) continue; /* ",," */
        if (len > cap - 1) len = cap - 1;
        memcpy(out, p, len);
        out[len] = '\0';
        return true;
    }
}

zk_err config_free_accounts(uint32_t out[CONFIG_FREE_ACCOUNTS_MAX], size_t *n, const struct node_config *c)
{
    char item[CONFIG_TEXT_CAP];
    size_t cursor = 0;
    *n = 0;
    while (config_next_item(item, sizeof item, c->fee.free_accounts, &cursor)) {
        uint64_t id;
        if (!parse_quantity(&id, item, no_units) || id > ACCOUNT_ID_MAX)
            return zk_fail(ZK_ERR_INPUT, "fee.free-accounts: '%s' is no account's id", item);
        if (*n == CONFIG_FREE_ACCOUNTS_MAX)
            return zk_fail(ZK_ERR_RANGE, "fee.free-accounts: more than %d", CONFIG_FREE_ACCOUNTS_MAX);
        out[(*n)++] = (uint32_t)id;
    }
    return ZK_OK;
}

static zk_err read_secret(char *out, size_t cap, const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return zk_fail(ZK_ERR_IO, "cannot open %s: %s", file, strerror(errno));
    struct stat st;
    zk_err err = ZK_OK;
    ssize_t n = 0;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        err = zk_fail(ZK_ERR_INPUT, "%s is not a file", file);
    else if ((st.st_mode & 077) != 0)
        err = zk_fail(ZK_ERR_INPUT, "%s may be read by others: chmod 600 it", file);
    else if ((n = read(fd, out, cap)) < 0)
        err = zk_fail(ZK_ERR_IO, "cannot read %s: %s", file, strerror(errno));
    else if ((size_t)n == cap)
        err = zk_fail(ZK_ERR_INPUT, "%s is longer than %zu bytes", file, cap - 1);
    (void)close(fd);
    if (err != ZK_OK) {
        zk_wipe(out, cap);
        return err;
    }
    while (n > 0 && isspace((unsigned char)out[n - 1])) n--;
    out[n] = '\0';
    return n > 0 ? ZK_OK : zk_fail(ZK_ERR_INPUT, "%s is empty", file);
}

zk_err config_secret(char *out, size_t cap, const char *file, const char *variable)
{
    if (file[0] != '\0') return read_secret(out, cap, file);
    const char *value = getenv(variable);
    if (value == NULL || value[0] == '\0') return zk_fail(ZK_ERR_INPUT, "$%s is not set", variable);
    if (strlen(value) >= cap) return zk_fail(ZK_ERR_INPUT, "$%s is longer than %zu bytes", variable, cap - 1);
    memcpy(out, value, strlen(value) + 1);
    return ZK_OK;
}

zk_err config_data_path(char *out, size_t cap, const struct node_config *c, const char *name)
{
    int n = snprintf(out, cap, "%s/%s", c->data_dir, name);
    if (n < 0 || (size_t)n >= cap) return zk_fail(ZK_ERR_RANGE, "the path of %s is too long", name);
    return ZK_OK;
}

/* ---- the database */

/* Everything but letters and digits as %XX, as a URL wants it. False if there is no room. */
static bool percent_encode(char *out, size_t cap, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t n = 0;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (n + 4 > cap) return false;
        if (isalnum(c)) {
            out[n++] = *text;
        } else {
            out[n++] = '%';
            out[n++] = digits[c >> 4];
            out[n++] = digits[c & 15];
        }
    }
    out[n] = '\0';
    return true;
}

#define PASSWORD_CAP 1024

static zk_err add_password(char out[CONFIG_DATABASE_CAP], const char *file)
{
    char password[PASSWORD_CAP] = "", encoded[3 * PASSWORD_CAP];
    ZK_TRY(config_secret(password, sizeof password, file, CONFIG_DB_PASSWORD_VARIABLE));
    size_t len = strlen(out);
    zk_err err = ZK_OK;
    if (!percent_encode(encoded, sizeof encoded, password) || len + strlen(encoded) + 11 > CONFIG_DATABASE_CAP)
        err = zk_fail(ZK_ERR_RANGE, "the database's password is too long");
    else
        (void)snprintf(out + len, CONFIG_DATABASE_CAP - len, "%cpassword=%s", strchr(out, '?') != NULL ? '&' : '?',
                       encoded);
    zk_wipe(password, sizeof password);
    zk_wipe(encoded, sizeof encoded);
    return err;
}

zk_err config_database_url(char out[CONFIG_DATABASE_CAP], const char *url, const char *password_file)
{
    if (has_password(url))
        return zk_fail(ZK_ERR_INPUT,
                       "a password does not belong into the database's address, where others can see it: "
                       "it goes into $%s",
                       CONFIG_DB_PASSWORD_VARIABLE);
    (void)snprintf(out, CONFIG_DATABASE_CAP, "%s", url);
    bool is_given = password_file[0] != '\0' || getenv(CONFIG_DB_PASSWORD_VARIABLE) != NULL;
    return is_postgres(url) && is_given ? add_password(out, password_file) : ZK_OK;
}

zk_err config_database(char out[CONFIG_DATABASE_CAP], const struct node_config *c)
{
    if (c->db.url[0] == '\0') return config_data_path(out, CONFIG_DATABASE_CAP, c, "zkroll.db");
    return config_database_url(out, c->db.url, c->db.password_file);
}
