/* zkroll bench: how fast this machine runs a node. */
#include "cli/bench_sequencer.h"
#include "cli/cli.h"
#include "cli/node_args.h"

#include "base/log.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRANSFERS 50000
#define ACCOUNTS  1000
#define USERS     256
#define WINDOW    2000

static const char doc[] =
    "Measures how many transfers a second a node takes from submission to sealed block: every check, durable "
    "acceptance, execution, sealing; signatures made before; no network, no proving. Prints rate, latencies, where "
    "the time goes, and how long the node took to start.\vTRANSFERS (50000) are sent among ACCOUNTS (1000) by 256 of "
    "them. The accounts are made by blocks of deposits, as the node makes them but for the waiting between them: many "
    "blocks to a transaction of the database, all confirmed on L1, nothing kept for provers; ten million take some "
    "minutes and 6 GB.\n\nThe node's settings are options: --db.url for PostgreSQL (an empty database), --data-dir for "
    "the disk (else a new folder here, which is removed), --sequencer.traces=no to keep nothing for provers. A "
    "database "
    "that an earlier run with as many accounts has left in --data-dir or at --db.url is used again.";

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

/* A folder of our own, unless one was named. */
static zk_err make_folder(struct node_config *c, bool *ours)
{
    struct node_config usual;
    config_defaults(&usual);
    *ours = strcmp(c->data_dir, usual.data_dir) == 0;
    if (!*ours) return ZK_OK;
    (void)snprintf(c->data_dir, sizeof c->data_dir, "zkroll-bench-XXXXXX");
    if (mkdtemp(c->data_dir) != NULL) return ZK_OK;
    return zk_fail(ZK_ERR_IO, "cannot make a folder here: %s", strerror(errno));
}

static zk_err parse_count(size_t *out, const char *text, size_t max)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n == 0 || n > max)
        return zk_fail(ZK_ERR_INPUT, "'%s' is not a number from 1 to %zu", text, max);
    *out = (size_t)n;
    return ZK_OK;
}

static zk_err run(struct node_args *args)
{
    size_t transfers = TRANSFERS, accounts = ACCOUNTS;
    bool ours = false;
    if (args->n_positional > 1) ZK_TRY(parse_count(&transfers, args->positional[1], 10000000));
    if (args->n_positional > 2) ZK_TRY(parse_count(&accounts, args->positional[2], 16000000));
    struct bench_sequencer b = {.config = args->config,
                                .transfers = transfers,
                                .accounts = (uint32_t)accounts,
                                .users = accounts < USERS ? (uint32_t)accounts : USERS,
                                .window = WINDOW,
                                .out = stdout};
    b.config.roles = ROLE_SEQUENCER;
    b.config.sequencer.backlog_blocks = 0; /* nobody proves */
    ZK_TRY(make_folder(&b.config, &ours));
    zk_err err = bench_sequencer_run(&b);
    if (ours) (void)nftw(b.config.data_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return err;
}

int cmd_bench(int argc, char **argv)
{
    static struct node_args args = {.doc = doc, .args_doc = "sequencer [TRANSFERS [ACCOUNTS]]", .max_positional = 3};
    if (node_args_parse(&args, argc, argv) != ZK_OK) return node_args_failed(argv[0]);
    if (args.n_positional == 0 || strcmp(args.positional[0], "sequencer") != 0) {
        (void)fprintf(stderr, "%s: what? there is: sequencer\n", argv[0]);
        return CLI_MISUSED;
    }
    log_configure(LOG_WARN, LOG_TEXT, stderr);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (run(&args) != ZK_OK) return node_args_failed(argv[0]);
    return CLI_DONE;
}
