/* zkroll node: a node in this process until it is told to end. Parts of the layers above src/node come with
 * node_parts.h. */
#include "base/log.h"
#include "cli/cli.h"
#include "cli/node_args.h"
#include "cli/node_parts.h"
#include "node/node.h"

#include <signal.h>
#include <string.h>
#include <time.h>

static const char doc[] =
    "Runs a node: takes transactions, executes them, proves blocks and settles them on Ethereum; or some of that "
    "(--roles). It ends on SIGINT or SIGTERM, after it has sealed and saved what it has; a second signal ends it at "
    "once, which loses nothing either, but makes the next start longer.";

/* The signals that end the node are waited for by this thread alone; one that nobody reads from is no reason to end. */
static void block_signals(sigset_t *ends)
{
    (void)sigemptyset(ends);
    (void)sigaddset(ends, SIGINT);
    (void)sigaddset(ends, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, ends, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* Until a signal comes, or a part has failed. */
static void wait_for_end(struct node *n, const sigset_t *ends)
{
    while (!events_stopping(node_events(n))) {
        struct timespec look = {.tv_nsec = 100000000};
        int signal_no = sigtimedwait(ends, NULL, &look);
        if (signal_no < 0) continue;
        log_event(LOG_INFO, "stopping", LOG_I64("signal", signal_no), LOG_END);
        node_stop(n);
    }
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)pthread_sigmask(SIG_UNBLOCK, ends, NULL);
}

static zk_err serve(const struct node_config *config, const sigset_t *ends)
{
    struct node *n;
    ZK_TRY(node_create(&n, config));
    zk_err err = node_parts_add(n);
    if (err == ZK_OK) err = node_start(n);
    if (err == ZK_OK) {
        log_event(LOG_INFO, "node_started", LOG_STR("data_dir", config->data_dir), LOG_END);
        wait_for_end(n, ends);
        err = node_join(n);
    }
    if (err == ZK_OK) log_event(LOG_INFO, "node_stopped", LOG_END);
    node_destroy(n);
    return err;
}

static void configure_log(const struct node_config *c)
{
    log_level level = LOG_INFO;
    bool known = log_level_parse(&level, c->log_level);
    assert(known); /* a choice of the table */
    (void)known;
    log_configure(level, strcmp(c->log_format, "json") == 0 ? LOG_JSON : LOG_TEXT, stderr);
}

int cmd_node(int argc, char **argv)
{
    static struct node_args args = {.doc = doc, .args_doc = ""};
    sigset_t ends;
    if (node_args_parse(&args, argc, argv) != ZK_OK) return node_args_failed(argv[0]);
    if (config_check(&args.config) != ZK_OK) return node_args_failed(argv[0]);
    configure_log(&args.config);
    block_signals(&ends);
    if (serve(&args.config, &ends) != ZK_OK) return node_args_failed(argv[0]);
    return CLI_DONE;
}
