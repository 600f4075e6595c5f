#include "cli/anvil.h"

#include "base/file.h"
#include "ethereum/eth_rpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PACKAGE_PATH    "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
#define START_MS        60000
#define STOP_MS         60000
#define POLL_MS         50
#define STATE_INTERVAL  "10"       /* seconds */
#define BLOCK_GAS_LIMIT "60000000" /* mainnet's, late in 2025 */
#define ARGS_MAX        32

static void sleep_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

zk_err free_port(uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok =
        fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && getsockname(fd, (struct sockaddr *)&a, &len) == 0;
    if (fd >= 0) (void)close(fd);
    if (!ok) return zk_fail(ZK_ERR_IO, "no free port: %s", strerror(errno));
    *port = ntohs(a.sin_port);
    return ZK_OK;
}

/* Where the program is; "anvil" alone stands for a search in $PATH. */
static const char *find_program(const struct anvil_options *o)
{
    static const char *const places[] = {PACKAGE_PATH, ZK_SOURCE_DIR "/" PACKAGE_PATH};
    if (o->program != NULL) return o->program;
    if (getenv(ANVIL_PROGRAM_VAR) != NULL) return getenv(ANVIL_PROGRAM_VAR);
    for (size_t i = 0; i < ZK_COUNT(places); i++)
        if (access(places[i], X_OK) == 0) return places[i];
    return "anvil";
}

static void become(char *const *argv, const char *log_file, pid_t parent)
{
    int in = open("/dev/null", O_RDONLY);
    int out = open(log_file != NULL ? log_file : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0644);
    sigset_t none;
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent || in < 0 || out < 0) _exit(127); /* the parent ended before it could be watched */
    (void)dup2(in, 0);
    (void)dup2(out, 1);
    (void)dup2(out, 2);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)execvp(argv[0], argv);
    _exit(127);
}

static zk_err spawn(struct anvil *a, const struct anvil_options *o)
{
    char port[8], time[24];
    const char *args[ARGS_MAX] = {find_program(o),
                                  "--port",
                                  port,
                                  "--chain-id",
                                  "9",
                                  "--hardfork",
                                  "osaka",
                                  "--enable-tx-gas-limit",
                                  "--gas-limit",
                                  BLOCK_GAS_LIMIT,
                                  "--slots-in-an-epoch",
                                  "2",
                                  "--quiet",
                                  "--mnemonic",
                                  o->mnemonic};
    size_t n = 15;
    (void)snprintf(port, sizeof port, "%u", (unsigned)a->port);
    (void)snprintf(time, sizeof time, "%.3f", (double)o->block_time_ms / 1000);
    if (o->state_file != NULL) {
        args[n++] = "--state";
        args[n++] = o->state_file;
        args[n++] = "--state-interval";
        args[n++] = STATE_INTERVAL;
    }
    if (o->block_time_ms > 0) {
        args[n++] = "--block-time";
        args[n++] = time;
        args[n++] = "--mixed-mining";
    }
    assert(n < ARGS_MAX);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) return zk_fail(ZK_ERR_IO, "cannot start a process: %s", strerror(errno));
    if (pid == 0) {
        /* execvp takes pointers to char, and writes to none of them. */
        union {
            const char *const *in;
            char *const *out;
        } argv = {args};
        become(argv.out, o->log_file, parent);
    }
    a->pid = pid;
    return ZK_OK;
}

bool anvil_runs(struct anvil *a)
{
    if (a->pid != 0 && waitpid(a->pid, NULL, WNOHANG) == a->pid) a->pid = 0;
    return a->pid != 0;
}

/* The chain id asked at its port shows that it is up, and that it is not another program that listens there. */
static zk_err wait_until_up(struct anvil *a, const struct anvil_options *o)
{
    struct rpc *rpc;
    const struct rpc_config config = {.urls = {a->url}, .n_urls = 1, .tries = 1, .timeout_ms = 2000};
    ZK_TRY(rpc_create(&rpc, &config));
    zk_err err = ZK_ERR_IO;
    uint64_t chain_id = 0;
    for (long ms = 0; ms < START_MS && anvil_runs(a) && err == ZK_ERR_IO; ms += POLL_MS) {
        sleep_ms(POLL_MS);
        err = eth_rpc_chain_id(rpc, &chain_id);
    }
    rpc_destroy(rpc);
    if (anvil_runs(a) && err == ZK_OK && chain_id == ANVIL_CHAIN_ID) return ZK_OK;
    bool ended = !anvil_runs(a);
    anvil_stop(a);
    return zk_fail(ZK_ERR_IO, "anvil (%s) %s%s%s; `make setup` installs it", find_program(o),
                   ended ? "does not start: is it installed, and port free?" : "does not answer",
                   o->log_file != NULL ? "; its words are in " : "", o->log_file != NULL ? o->log_file : "");
}

zk_err anvil_start(struct anvil *a, const struct anvil_options *o)
{
    *a = (struct anvil){.port = o->port};
    if (a->port == 0) ZK_TRY(free_port(&a->port));
    (void)snprintf(a->url, sizeof a->url, "http://127.0.0.1:%u", (unsigned)a->port);
    ZK_TRY(spawn(a, o));
    return wait_until_up(a, o);
}

void anvil_stop(struct anvil *a)
{
    if (!anvil_runs(a)) return;
    (void)kill(a->pid, SIGTERM);
    for (long ms = 0; ms < STOP_MS && anvil_runs(a); ms += POLL_MS) sleep_ms(POLL_MS);
    if (!anvil_runs(a)) return;
    (void)kill(a->pid, SIGKILL);
    (void)waitpid(a->pid, NULL, 0);
    a->pid = 0;
}
