/* config: every setting of a node, in one struct and one table (config.c): name, type, default, bounds and meaning are
 * written there once; the file, the environment, the flags, `zkroll config` and docs/node.md all come from it.
 *
 *   [sequencer]                  file: sections and keys          ZKROLL_SEQUENCER_BLOCK_TIME=2s      environment
 *   block-time = 2s                                               --sequencer.block-time=2s           flags
 *
 * Precedence  flags, then environment, then file, then default. A key that is not in the table, or in another section
 *             there, a key given twice in the file, and a value out of bounds are errors that name the line, and the
 *             nearest name known. In names '-', '_' and (flags) '.' are the same.
 * Types       text; number; yes/no; time (500ms, 10s, 5m, 6h, 7d; kept in milliseconds); size (64KiB, 16MiB, 4GiB; kept
 *             in bytes); roles (api,sequencer,l1,prover or all); address (0x + 40 digits).
 *             Lists are texts with commas (config_next_item).
 * Secrets     never options: a *-file option names the file that holds one, or else an environment variable has it
 *             (config_secret). They are not printed, and not kept in the struct.
 * New option  a member below, and a row in config.c. */
#ifndef ZK_NODE_CONFIG_H
#define ZK_NODE_CONFIG_H

#include "base/common.h"

#include <stdio.h>

#define CONFIG_TEXT_CAP 256  /* bytes of a text with its NUL */
#define CONFIG_LIST_CAP 2048 /* bytes of a list with its NUL */

typedef enum node_role {
    ROLE_API = 1,       /* serves users */
    ROLE_SEQUENCER = 2, /* executes and seals */
    ROLE_L1 = 4,        /* watches and sends */
    ROLE_PROVER = 8,    /* proves */
    ROLES_ALL = 15
} node_role;

typedef char config_text[CONFIG_TEXT_CAP];

struct node_config {
    unsigned roles;          /* of node_role */
    config_text data_dir;    /* snapshots, keys, and the SQLite database */
    uint64_t threads;        /* of the pool for hashing and signatures; 0: one for each processor */
    config_text log_level;   /* debug, info, warn, error */
    config_text log_format;  /* text, json */
    config_text genesis_fee; /* address of account 0; empty: what the contract, or the database, says */

    struct {
        char url[CONFIG_LIST_CAP]; /* "": SQLite in the data directory; a path; postgres://… */
        config_text password_file; /* of PostgreSQL */
        uint64_t busy_timeout_ms;
    } db;

    struct {
        char urls[CONFIG_LIST_CAP]; /* list */
        uint64_t chain_id;
        config_text addresses; /* the file of `zkroll deploy` */
        uint64_t confirmations;
        uint64_t poll_ms;
        uint64_t timeout_ms;
        config_text key_file; /* of the operator */
        uint64_t max_fee_gwei;
        uint64_t stuck_ms;
        uint64_t scan_span; /* blocks asked for at once, at first */
    } l1;

    struct {
        uint64_t block_slots; /* most slots of a block: 40, 160, 640 or 2560 */
        uint64_t block_time_ms;
        uint64_t fast_block_time_ms;
        uint64_t block_gas;
        uint64_t block_calldata;
        uint64_t tick_ms; /* mini-blocks */
        uint64_t snapshot_blocks;
        uint64_t lease_ms;
        uint64_t accounts; /* room in memory */
        uint64_t nfts;
        uint64_t balance_bytes;
        uint64_t backlog_blocks; /* unproved blocks at which sealing waits; 0: no limit */
        bool traces;             /* keep what provers need; off only where nothing is ever proved */
    } sequencer;

    struct {
        uint64_t total_max;   /* transactions waiting */
        uint64_t account_max; /* of one account */
        uint64_t hold_ms;     /* how long a nonce that is too high waits for those before it */
        uint64_t backlog_ms;  /* age of the oldest unproved block at which new transactions are refused; 0: no limit */
        uint64_t keep_rejected_ms;
    } mempool;

    struct {
        uint64_t fee_tokens;  /* at most 16 */
        uint64_t quote_ms;    /* how long a quote holds */
        uint64_t block_slots; /* expected in a block */
        uint64_t gas_percent;
        config_text price_source;            /* static, or a URL */
        char prices[CONFIG_LIST_CAP];        /* list of SYMBOL=dollars */
        uint64_t min_fee_cents_100;          /* least fee of a transaction in hundredths of a cent */
        uint64_t zkp_fee_cents_100;          /* a proved slot's price in hundredths of a cent */
        bool key_changes;                    /* a key change that is no part of a batch pays */
        char free_accounts[CONFIG_LIST_CAP]; /* list of ids: config_free_accounts */
    } fee;

    struct {
        config_text host;
        uint64_t rpc_port, ws_port, rest_port; /* 0: any free one */
        uint64_t web3_port;                    /* 0: none */
        uint64_t connections_max;
        uint64_t connections_per_ip; /* 0: any */
        uint64_t client_share;       /* percent */
        uint64_t requests_per_s;     /* of one address; 0: any */
        config_text client_header;   /* "": the peer's address counts */
        uint64_t body_max;
        uint64_t forced_exit_age_ms;
        bool transactions;
        config_text ports_file; /* "": none; where to write the ports in use */
        config_text prover_token_file;
    } api;

    struct {
        config_text keys_dir; /* "": keys in the data directory */
        config_text srs;      /* a .ptau or .zksrs file */
        bool insecure_srs;    /* a development setup made here */
        uint64_t lease_ms;
        uint64_t attempts_max;
        uint64_t memory_max;
    } prover;

    struct {
        config_text mode;            /* joint: commit, prove and execute in one call; split: each apart */
        uint64_t blocks_max;         /* a call */
        uint64_t deadline_ms;        /* a proved block waits no longer than this for company */
        uint64_t gas_price_gwei_max; /* waits for cheaper gas until the deadline; 0: any */
        uint64_t commit_ahead_ms;    /* blocks this old are committed before they are proved */
    } settle;
};

/* All defaults. */
void config_defaults(struct node_config *c);

/* Reads a file over *c. ZK_ERR_IO, ZK_ERR_INPUT: the message names file, line, and what is wrong. */
ZK_MUST_USE zk_err config_file(struct node_config *c, const char *path);

/* Every variable ZKROLL_… of the environment that names an option. Variables of the prefix that name none, but for the
 * secrets', are errors, as in the file. env: as environ. */
ZK_MUST_USE zk_err config_environment(struct node_config *c, char *const *env);

/* One option by name: "sequencer.block-time". ZK_ERR_INPUT. */
ZK_MUST_USE zk_err config_set(struct node_config *c, const char *name, const char *value);

/* What no option can tell alone: that ports differ, that roles have what they need, … */
ZK_MUST_USE zk_err config_check(const struct node_config *c);

/* A file as config_file reads it, with every option, its default and its meaning; values as they are in *c, those that
 * are defaults commented out. */
void config_print(const struct node_config *c, FILE *out);

/* ---- the table, for flags and documents */

struct config_row {
    const char *section; /* "" for those that are in none */
    const char *key;     /* with '-' */
    const char *fallback;
    const char *type; /* "text", "number", … */
    const char *meaning;
};
size_t config_rows(void);
void config_row(struct config_row *out, size_t i);

/* ---- values */

/* The next item of a list, without the white space around it: false at the end. *cursor starts as 0. An item longer
 * than cap - 1 is cut; config_check refuses those of CONFIG_TEXT_CAP and more. */
bool config_next_item(char *out, size_t cap, const char *list, size_t *cursor);

/* The ids of fee.free-accounts, *n of them. ZK_ERR_INPUT if an item is no account's id, ZK_ERR_RANGE if there are more
 * than CONFIG_FREE_ACCOUNTS_MAX. */
#define CONFIG_FREE_ACCOUNTS_MAX 64
ZK_MUST_USE zk_err config_free_accounts(uint32_t out[CONFIG_FREE_ACCOUNTS_MAX], size_t *n, const struct node_config *c);

/* A secret: the content of file, without white space at its end, if file is not "", else of the environment variable.
 * ZK_ERR_INPUT if neither is there, or others than the owner may read the file. The caller wipes it (zk_wipe). */
ZK_MUST_USE zk_err config_secret(char *out, size_t cap, const char *file, const char *variable);
/* The variable with the path of the configuration file, for the commands that read one. */
#define CONFIG_FILE_VARIABLE         "ZKROLL_CONFIG"
#define CONFIG_DB_PASSWORD_VARIABLE  "ZKROLL_DB_PASSWORD"
#define CONFIG_KEY_VARIABLE          "ZKROLL_KEY"
#define CONFIG_KEY_PASSWORD_VARIABLE "ZKROLL_KEY_PASSWORD"
#define CONFIG_PROVER_TOKEN_VARIABLE "ZKROLL_PROVER_TOKEN"

/* data_dir/name. */
ZK_MUST_USE zk_err config_data_path(char *out, size_t cap, const struct node_config *c, const char *name);

/* What store_open takes: the database's URL, with its password if there is one: the caller wipes it. A path stands for
 * itself; "" for zkroll.db in the data folder. */
#define CONFIG_DATABASE_CAP 8192
ZK_MUST_USE zk_err config_database_url(char out[CONFIG_DATABASE_CAP], const char *url, const char *password_file);
ZK_MUST_USE zk_err config_database(char out[CONFIG_DATABASE_CAP], const struct node_config *c);

/* "api,l1" to roles; false for anything unknown. */
ZK_MUST_USE bool config_roles(unsigned *roles, const char *text);

#endif
