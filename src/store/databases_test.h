/* databases_test: a database of each kind for the tests: SQLite in a temporary folder, and PostgreSQL in a server of
 * the tests' own, which listens on a socket in that folder only, and ends with the test program. */
#ifndef ZK_STORE_DATABASES_TEST_H
#define ZK_STORE_DATABASES_TEST_H

#include "base/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PG_BIN "/usr/lib/postgresql/15/bin"

struct databases {
    char folder[64];
    pid_t owner;  /* who cleans up */
    pid_t server; /* 0: none */
    bool fsync;
    unsigned next;
};

static struct databases dbs;

static inline int db_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static inline void db_wait(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

/* SIGQUIT ends a server at once. */
static inline void db_server_stop(int sig)
{
    if (dbs.server == 0) return;
    (void)kill(dbs.server, sig);
    db_wait(dbs.server);
    dbs.server = 0;
}

static inline void db_clean_up(void)
{
    if (dbs.owner != getpid()) return;
    db_server_stop(SIGQUIT);
    (void)nftw(dbs.folder, db_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void db_folder(void)
{
    if (dbs.folder[0] != '\0') return;
    (void)snprintf(dbs.folder, sizeof dbs.folder, "/tmp/zkroll-db-XXXXXX");
    CHECK(mkdtemp(dbs.folder) != NULL);
    CHECK(chmod(dbs.folder, 0755) == 0);
    dbs.owner = getpid();
    CHECK(atexit(db_clean_up) == 0);
}

/* A PostgreSQL server does not run as root: then it runs as the user of its package. It dies with us. */
static inline pid_t db_spawn(const char *const *argv)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid > 0) return pid;
    if (getuid() == 0) {
        const struct passwd *user = getpwnam("postgres");
        if (user == NULL || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) _exit(1);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent || chdir("/") != 0) _exit(1);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/server.log", dbs.folder);
    int fd = open("/dev/null", O_RDWR);
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0 || log < 0 || dup2(fd, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) _exit(1);
    (void)execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(1);
}

static inline bool db_answers(void)
{
    char uri[128];
    (void)snprintf(uri, sizeof uri, "postgres:///postgres?host=%s/pg&user=zk", dbs.folder);
    return PQping(uri) == PQPING_OK;
}

static inline void db_server_start(void)
{
    char data[80], sockets[160];
    (void)snprintf(data, sizeof data, "%s/pg/data", dbs.folder);
    (void)snprintf(sockets, sizeof sockets, "%s/pg", dbs.folder);
    static const char program[] = PG_BIN "/postgres";
    const char *const argv[] = {program,
                                "-D",
                                data,
                                "-k",
                                sockets,
                                "-c",
                                "listen_addresses=",
                                "-c",
                                dbs.fsync ? "fsync=on" : "fsync=off",
                                "-c",
                                "max_connections=50",
                                NULL};
    dbs.server = db_spawn(argv);
    for (int i = 0; i < 600 && !db_answers(); i++) {
        CHECK_MSG(waitpid(dbs.server, NULL, WNOHANG) == 0, "PostgreSQL ended at its start: see its server.log");
        (void)usleep(50000);
    }
    CHECK(db_answers());
}

/* Makes the cluster and starts it. fsync: as in operation; without it tests are faster. */
static inline void db_server_create(bool fsync)
{
    db_folder();
    dbs.fsync = fsync;
    char path[80];
    (void)snprintf(path, sizeof path, "%s/pg", dbs.folder);
    CHECK(mkdir(path, 0755) == 0);
    if (getuid() == 0) {
        const struct passwd *user = getpwnam("postgres");
        CHECK_MSG(user != NULL, "no user postgres: is the package postgresql-15 installed?");
        CHECK(chown(path, user->pw_uid, user->pw_gid) == 0);
    }
    (void)snprintf(path, sizeof path, "%s/server.log", dbs.folder);
    int fd = open(path, O_CREAT | O_WRONLY, 0666);
    CHECK(fd >= 0);
    CHECK(fchmod(fd, 0666) == 0);
    (void)close(fd);
    (void)snprintf(path, sizeof path, "%s/pg/data", dbs.folder);
    static const char program[] = PG_BIN "/initdb";
    const char *const argv[] = {program, "-D",        path, "-U",   "zk",         "-A",
                                "trust", "--no-sync", "-E", "UTF8", "--locale=C", NULL};
    int status = -1;
    CHECK(waitpid(db_spawn(argv), &status, 0) > 0);
    CHECK_MSG(status == 0, "initdb failed: is the package postgresql-15 installed?");
    db_server_start();
}

/* The URL of a new database. */
static inline const char *db_new_sqlite(char url[256])
{
    db_folder();
    (void)snprintf(url, 256, "sqlite:%s/%u.db", dbs.folder, ++dbs.next);
    return url;
}

static inline void db_sql(const char *text)
{
    char uri[128];
    (void)snprintf(uri, sizeof uri, "postgres:///postgres?host=%s/pg&user=zk", dbs.folder);
    PGconn *conn = PQconnectdb(uri);
    CHECK_MSG(PQstatus(conn) == CONNECTION_OK, "%s", PQerrorMessage(conn));
    PGresult *r = PQexec(conn, text);
    CHECK_MSG(PQresultStatus(r) == PGRES_COMMAND_OK, "%s", PQerrorMessage(conn));
    PQclear(r);
    PQfinish(conn);
}

static inline const char *db_new_postgres(char url[256])
{
    if (dbs.server == 0) db_server_create(false);
    char text[64];
    (void)snprintf(text, sizeof text, "CREATE SCHEMA t%u", ++dbs.next);
    db_sql(text);
    (void)snprintf(url, 256, "postgres:///postgres?host=%s/pg&user=zk&options=-csearch_path%%3Dt%u", dbs.folder,
                   dbs.next);
    return url;
}

/* The processor does not matter here: the server is started for one of its levels only. */
static inline bool db_with_postgres(void)
{
    const char *level = getenv("ZK_CPU");
    return level == NULL || strcmp(level, "plain") == 0;
}

/* test(url, rng) on a new database of each kind. */
static inline void db_each(void (*test)(const char *url, struct prng *rng), struct prng *rng)
{
    char url[256];
    struct prng same = *rng;
    test(db_new_sqlite(url), rng);
    if (db_with_postgres()) test(db_new_postgres(url), &same);
}

#define DB_TEST(name)                                                                                                  \
    static void name##_on(const char *url, struct prng *rng);                                                          \
    static void name(struct prng *rng)                                                                                 \
    {                                                                                                                  \
        db_each(name##_on, rng);                                                                                       \
    }                                                                                                                  \
    static void name##_on(const char *url, __attribute__((unused)) struct prng *rng)

#endif
