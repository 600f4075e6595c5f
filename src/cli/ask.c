#include "cli/ask.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* Set while a secret is typed: the terminal's echo must be on again before the program ends. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    interrupted = signal;
}

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* A line from fd without its end, byte by byte: no buffer keeps a copy. False at the end of input, or if it is too
 * long. */
static bool read_line(char out[ASK_SECRET_MAX], int fd)
{
    size_t len = 0;
    bool any = false;
    for (char c;;) {
        ssize_t n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR && !interrupted) continue;
        if (n <= 0 || c == '\n') break;
        any = true;
        if (len + 1 >= ASK_SECRET_MAX) {
            zk_wipe(out, ASK_SECRET_MAX);
            return false;
        }
        out[len++] = c;
    }
    if (len > 0 && out[len - 1] == '\r') len--;
    out[len] = '\0';
    return any || len > 0;
}

static int open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static void say(int fd, const char *text)
{
    ssize_t n = write(fd, text, strlen(text));
    (void)n;
}

zk_err ask_secret(char out[ASK_SECRET_MAX], const char *prompt)
{
    struct termios saved;
    int tty = open_terminal();
    memset(out, 0, ASK_SECRET_MAX);
    if (tty < 0 || tcgetattr(tty, &saved) != 0) {
        if (tty >= 0) (void)close(tty);
        return zk_fail(ZK_ERR_INPUT, "there is no terminal to ask at: give the password in a file or in "
                                     "$ZKROLL_PASSWORD");
    }
    struct sigaction before[ZK_COUNT(ends)];
    const struct sigaction action = {.sa_handler = on_interrupt}; /* no SA_RESTART: read ends */
    interrupted = 0;
    for (size_t i = 0; i < ZK_COUNT(ends); i++) (void)sigaction(ends[i], &action, &before[i]);
    struct termios quiet = saved;
    quiet.c_lflag &= (tcflag_t)~ECHO;
    (void)tcsetattr(tty, TCSAFLUSH, &quiet);
    say(tty, prompt);
    bool ok = read_line(out, tty);
    (void)tcsetattr(tty, TCSAFLUSH, &saved);
    say(tty, "\n");
    (void)close(tty);
    for (size_t i = 0; i < ZK_COUNT(ends); i++) (void)sigaction(ends[i], &before[i], NULL);
    if (interrupted != 0) {
        zk_wipe(out, ASK_SECRET_MAX);
        (void)raise((int)interrupted);
        return zk_fail(ZK_ERR_CANCELLED, "interrupted");
    }
    return ok ? ZK_OK : zk_fail(ZK_ERR_INPUT, "nothing was typed");
}

zk_err ask_secret_file(char out[ASK_SECRET_MAX], const char *path, const char *prompt)
{
    struct stat st;
    if (strcmp(path, "-") == 0) return ask_secret(out, prompt);
    memset(out, 0, ASK_SECRET_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0) (void)close(fd);
        return zk_fail(ZK_ERR_IO, "cannot read %.150s", path);
    }
    zk_err err = ZK_OK;
    if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        err = zk_fail(ZK_ERR_INPUT, "others may read %.150s; run chmod 600 on it first", path);
    else if (!read_line(out, fd))
        err = zk_fail(ZK_ERR_INPUT, "%.150s has no first line, or one that is too long", path);
    (void)close(fd);
    return err;
}

zk_err ask_password(char out[ASK_SECRET_MAX], const struct args *a, bool twice)
{
    const char *path = args_get(a, ARG_PASSWORD_FILE);
    const char *variable = getenv("ZKROLL_PASSWORD");
    memset(out, 0, ASK_SECRET_MAX);
    if (path != NULL) return ask_secret_file(out, path, "Password: ");
    if (variable != NULL) {
        if (strlen(variable) >= ASK_SECRET_MAX) return zk_fail(ZK_ERR_INPUT, "$ZKROLL_PASSWORD is too long");
        memcpy(out, variable, strlen(variable) + 1);
        return ZK_OK;
    }
    if (!twice) return ask_secret(out, "Password of the wallet: ");
    char again[ASK_SECRET_MAX] = "";
    zk_err err = ask_secret(out, "New password of the wallet: ");
    if (err == ZK_OK) err = ask_secret(again, "The same again: ");
    if (err == ZK_OK && strcmp(out, again) != 0) err = zk_fail(ZK_ERR_INPUT, "the two passwords differ");
    zk_wipe(again, sizeof again);
    if (err != ZK_OK) zk_wipe(out, ASK_SECRET_MAX);
    return err;
}

zk_err ask_consent(bool *yes, const struct args *a, const char *question)
{
    char answer[ASK_SECRET_MAX];
    *yes = args_has(a, ARG_YES);
    if (*yes) return ZK_OK;
    int tty = open_terminal();
    if (tty < 0) return zk_fail(ZK_ERR_INPUT, "there is no terminal to ask at: --yes sends without asking");
    say(tty, question);
    say(tty, " [y/N] ");
    *yes = read_line(answer, tty) && (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0);
    (void)close(tty);
    return ZK_OK;
}
