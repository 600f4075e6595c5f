/* zkroll keys: setups and keys of the block circuit: what a prover needs, and what the contracts must agree with. */
#include "base/file.h"
#include "base/pool.h"
#include "cli/cli.h"
#include "ethereum/eth_tx.h"
#include "ethereum/zkroll_view.h"
#include "node/block_setup.h"
#include "plonk/srs_file.h"

#include <argp.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DIR_DEFAULT    "zkroll-data/keys"
#define PULSE_SECONDS  10
#define IMPORT_SCRATCH ((size_t)96 << 30) /* reserved, not used: depends on the file */

enum { OPT_CONTRACT = 256, OPT_INSECURE };

static const struct argp_option options[] = {
    {"dir", 'd', "DIR", 0, "where keys are kept (" DIR_DEFAULT ")", 1},
    {"srs", 's', "FILE", 0, "the setup, as `zkroll keys import` writes it", 1},
    {"insecure", OPT_INSECURE, NULL, 0, "the development setup in place of one: anybody can forge proofs with it", 1},
    {"slots", 'n', "N", 0, "keys for blocks of this many slots: 40, 160, 640, 2560; repeat (all)", 1},
    {"out", 'o', "FILE", 0, "import: what to write", 1},
    {"l1", 'l', "URL", 0, "verify: an Ethereum node, to compare with the verifiers of --contract", 2},
    {"contract", OPT_CONTRACT, "ADDRESS", 0, "verify: the main contract", 2},
    {"threads", 't', "N", 0, "threads (one a processor)", 2},
    {0},
};

struct arguments {
    const char *action, *file;
    const char *dir, *srs, *out, *l1;
    bool insecure, has_contract;
    uint8_t contract[20];
    bool wanted[BLOCK_KEYS];
    bool some_wanted;
    unsigned threads;
};

static void want_slots(struct argp_state *state, struct arguments *a, const char *text)
{
    char *end;
    unsigned long slots = strtoul(text, &end, 10);
    for (unsigned id = 0; *end == '\0' && id < BLOCK_KEYS; id++) {
        if (block_capacities[id] != slots) continue;
        a->wanted[id] = a->some_wanted = true;
        return;
    }
    argp_error(state, "no circuit has '%s' slots", text);
}

static void take_argument(struct argp_state *state, struct arguments *a, const char *text)
{
    if (a->action == NULL)
        a->action = text;
    else if (a->file == NULL)
        a->file = text;
    else
        argp_error(state, "'%s' is one argument too many", text);
}

static unsigned read_threads(struct argp_state *state, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > 3 || strspn(text, "0123456789") != len || strcmp(text, "0") == 0)
        argp_error(state, "--threads takes a number from 1 to 999, not '%s'", text);
    return (unsigned)strtoul(text, NULL, 10);
}

static error_t parse(int opt, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (opt) {
    case 'd': a->dir = arg; return 0;
    case 's': a->srs = arg; return 0;
    case 'o': a->out = arg; return 0;
    case 'l': a->l1 = arg; return 0;
    case 'n': want_slots(state, a, arg); return 0;
    case 't': a->threads = read_threads(state, arg); return 0;
    case OPT_INSECURE: a->insecure = true; return 0;
    case OPT_CONTRACT:
        a->has_contract = eth_address_parse(a->contract, arg);
        if (!a->has_contract) argp_error(state, "'%s' is not an address (or its checksum is wrong)", arg);
        return 0;
    case ARGP_KEY_ARG: take_argument(state, a, arg); return 0;
    case ARGP_KEY_END:
        if (a->action == NULL) argp_error(state, "what to do? import, generate, list or verify");
        if ((a->l1 != NULL) != a->has_contract) argp_error(state, "--l1 and --contract go together");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* Says every few seconds that work goes on which may take an hour, from a thread of its own. */
struct pulse {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t end;
    bool ended, runs;
    const char *what;
};

static void *pulse_run(void *ctx)
{
    struct pulse *p = ctx;
    struct timespec next;
    unsigned seconds = 0;
    (void)clock_gettime(CLOCK_REALTIME, &next);
    pthread_mutex_lock(&p->lock);
    while (!p->ended) {
        next.tv_sec += PULSE_SECONDS;
        if (pthread_cond_timedwait(&p->end, &p->lock, &next) == 0) continue;
        (void)fprintf(stderr, "  %s, %u s so far\n", p->what, seconds += PULSE_SECONDS);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void pulse_begin(struct pulse *p, const char *what)
{
    *p = (struct pulse){.what = what};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->end, NULL);
    p->runs = pthread_create(&p->thread, NULL, pulse_run, p) == 0;
}

static void pulse_end(struct pulse *p)
{
    pthread_mutex_lock(&p->lock);
    p->ended = true;
    pthread_cond_signal(&p->end);
    pthread_mutex_unlock(&p->lock);
    if (p->runs) pthread_join(p->thread, NULL);
    pthread_cond_destroy(&p->end);
    pthread_mutex_destroy(&p->lock);
}

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- import */

static zk_err import_file(const struct arguments *a, struct pool *pool, struct arena *home, struct arena *scratch)
{
    struct srs srs;
    struct pulse pulse;
    char id[65];
    double start = now_s();
    (void)fprintf(stderr, "reading %s, and checking that its points are powers of one number\n", a->file);
    pulse_begin(&pulse, "reading and checking");
    zk_err err = srs_import_ptau(&srs, a->file, 0, pool, home, scratch);
    pulse_end(&pulse);
    ZK_TRY(err);
    (void)fprintf(stderr, "  %zu powers, %.1f s\n", srs.n, now_s() - start);
    ZK_TRY(srs_save(a->out, &srs, pool, scratch));
    hex_encode(id, srs.id, 32);
    printf("setup %s\n", id);
    for (unsigned k = 0; k < BLOCK_KEYS; k++)
        if (srs.n >= ((size_t)1 << block_circuit_log_n(block_capacities[k])) + PLONK_PAD)
            printf("serves blocks of %u slots\n", block_capacities[k]);
    (void)fprintf(stderr, "written to %s; compare the hash of %s with what the ceremony published\n", a->out, a->file);
    return ZK_OK;
}

static zk_err run_import(const struct arguments *a, struct pool *pool)
{
    struct arena home = {0}, scratch = {0};
    if (a->file == NULL || a->out == NULL) return zk_fail(ZK_ERR_INPUT, "import takes a .ptau file and --out FILE");
    zk_err err = arena_map(&home, IMPORT_SCRATCH);
    if (err == ZK_OK) err = arena_map(&scratch, IMPORT_SCRATCH);
    if (err == ZK_OK) err = import_file(a, pool, &home, &scratch);
    arena_unmap(&home);
    arena_unmap(&scratch);
    return err;
}

/* ---- keys, one after the other */

static void say_key(const struct block_key_info *info)
{
    char digest[65], srs[17];
    hex_encode(digest, info->digest, 32);
    hex_encode(srs, info->srs_id, 8);
    printf("%u\t%u slots\t2^%u rows\tsetup %s%s\tkey %s\n", info->id, info->capacity, info->log_n, srs,
           info->insecure ? " INSECURE" : "", digest);
}

/* The contract's verifier of a key must have this digest as its constant. */
static zk_err compare(const struct zkroll_view *view, const struct block_key_info *info)
{
    struct zkroll_verifier v;
    bool found;
    ZK_TRY(zkroll_view_verifier(&v, &found, view, info->id));
    if (!found) return zk_fail(ZK_ERR_INPUT, "the contract has no key %u", info->id);
    if (memcmp(v.key_digest, info->digest, 32) != 0)
        return zk_fail(ZK_ERR_INPUT, "the contract's key %u is another than ours: another setup, or another circuit",
                       info->id);
    printf("\tthe contract's\n");
    return ZK_OK;
}

static zk_err each_key(const struct arguments *a, struct block_setup *setup, struct pool *pool,
                       const struct zkroll_view *view)
{
    for (unsigned id = 0; id < BLOCK_KEYS; id++) {
        const struct proving_key *pk;
        struct block_key_info info;
        struct pulse pulse;
        bool made;
        double start = now_s();
        if (a->some_wanted && !a->wanted[id]) continue;
        (void)fprintf(stderr, "blocks of %u slots\n", block_capacities[id]);
        pulse_begin(&pulse, "opening or making the key");
        zk_err err = block_setup_key(setup, &pk, NULL, &made, id, pool);
        pulse_end(&pulse);
        ZK_TRY(err);
        (void)fprintf(stderr, "  %s, %.1f s\n", made ? "made" : "there, and whole", now_s() - start);
        block_key_info(&info, &pk->vk);
        say_key(&info);
        if (view != NULL) ZK_TRY(compare(view, &info));
    }
    return ZK_OK;
}

static zk_err open_setup(struct block_setup **setup, const struct arguments *a)
{
    *setup = NULL;
    if (a->srs == NULL && !a->insecure)
        return zk_fail(ZK_ERR_INPUT, "which setup? --srs FILE, or --insecure for development");
    return block_setup_create(setup, a->dir, a->srs);
}

static zk_err run_generate(const struct arguments *a, struct pool *pool)
{
    struct block_setup *setup;
    zk_err err = open_setup(&setup, a);
    if (err == ZK_OK) err = each_key(a, setup, pool, NULL);
    block_setup_destroy(setup);
    return err;
}

static zk_err run_verify(const struct arguments *a, struct pool *pool)
{
    struct block_setup *setup;
    struct zkroll_view view = {0};
    const struct rpc_config rpc = {.urls = {a->l1}, .n_urls = 1};
    zk_err err = open_setup(&setup, a);
    if (err == ZK_OK && a->l1 != NULL) err = rpc_create(&view.rpc, &rpc);
    memcpy(view.address, a->contract, 20);
    if (err == ZK_OK) err = each_key(a, setup, pool, a->l1 != NULL ? &view : NULL);
    rpc_destroy(view.rpc);
    block_setup_destroy(setup);
    return err;
}

/* ---- list: what is in the folder, by names and headers, without opening it all */

static zk_err list_setup(const char *dir)
{
    char path[FILE_PATH_MAX];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s/development.srs", dir);
    if (n > 0 && (size_t)n < sizeof path && stat(path, &st) == 0)
        printf("development.srs\tINSECURE\t%lld MB\n", (long long)(st.st_size >> 20));
    return ZK_OK;
}

/* "block-SLOTS-SETUP.key" (block_keys.h), and a key file's header (key_file.h): log2 of rows at 16, mark at 32. */
static void list_key(const char *dir, const char *name)
{
    char path[FILE_PATH_MAX];
    struct file_map map;
    unsigned slots;
    char setup[17];
    if (sscanf(name, "block-%u-%16[0-9a-f].key", &slots, setup) != 2) return;
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof path || file_map(&map, path) != ZK_OK) return;
    if (map.len > 112)
        printf("%s\t%u slots\t2^%u rows\tsetup %s%s\t%zu MB\n", name, slots, load_le32(map.bytes + 16), setup,
               load_le32(map.bytes + 32) != 0 ? " INSECURE" : "", map.len >> 20);
    file_unmap(&map);
}

static zk_err run_list(const struct arguments *a)
{
    struct dirent **names;
    int n = scandir(a->dir, &names, NULL, alphasort);
    if (n < 0) return zk_fail(ZK_ERR_IO, "cannot read the folder %s", a->dir);
    zk_err err = list_setup(a->dir);
    for (int i = 0; i < n; i++) {
        list_key(a->dir, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return err;
}

/* ---- the command */

static zk_err run(const struct arguments *a)
{
    struct pool *pool;
    zk_err err;
    if (strcmp(a->action, "list") == 0) return run_list(a);
    ZK_TRY(pool_create(&pool, a->threads));
    if (strcmp(a->action, "import") == 0)
        err = run_import(a, pool);
    else if (strcmp(a->action, "generate") == 0)
        err = run_generate(a, pool);
    else
        err = run_verify(a, pool);
    pool_destroy(pool);
    return err;
}

int cmd_keys(int argc, char **argv)
{
    static const char *const actions[] = {"import", "generate", "list", "verify"};
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "import FILE.ptau\ngenerate\nlist\nverify",
        .doc = "Keys of the block circuit. `import` reads a ceremony's file and checks it; `generate` makes keys that "
               "are missing; `list` shows a folder; `verify` opens keys, makes anew what is damaged, and compares with "
               "the contract's verifiers.",
    };
    struct arguments a = {.dir = DIR_DEFAULT};
    (void)argp_parse(&argp, argc, argv, 0, NULL, &a);
    bool known = false;
    for (size_t i = 0; i < ZK_COUNT(actions); i++) known |= strcmp(actions[i], a.action) == 0;
    if (!known) {
        (void)fprintf(stderr, "%s: there is no '%s'; there are import, generate, list and verify\n", argv[0], a.action);
        return CLI_MISUSED;
    }
    if (run(&a) == ZK_OK) return CLI_DONE;
    (void)fprintf(stderr, "%s: %s\n", argv[0], zk_err_message());
    return CLI_FAILED;
}
