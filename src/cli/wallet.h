/* wallet: what the subcommands of `zkroll wallet` share: a node, a key, an account, and how results are shown.
 *
 * Order      a command reads its arguments first, then asks node and L1 what it must know, then shows what it is about
 *            to do and asks, and only then opens the key: nothing is decrypted for a command that cannot be done.
 * Output     results on stdout, as text or with --json as one object; everything else on stderr. */
#ifndef ZK_CLI_WALLET_H
#define ZK_CLI_WALLET_H

#include "cli/args.h"
#include "cli/client.h"
#include "cli/l1.h"
#include "cli/signer.h"

struct json_object;

struct wallet {
    const struct args *a;
    struct client *c;
    eth_address me;
    struct l1 l1; /* l1.rpc is NULL until wallet_open_l1 */
    uint64_t chain_id;
    struct signer s; /* after wallet_unlock */
    struct client_account account;
    uint8_t checked[TOKEN_ID_LAST / 8 + 1]; /* bit i: wallet_token found that token i is as L1 says */
};

/* Connects to the node and reads the wallet's address. Nothing is asked of the node yet. */
ZK_MUST_USE zk_err wallet_open(struct wallet *w, const struct args *a);

/* Harmless on a wallet that was not opened; wipes the keys. */
void wallet_close(struct wallet *w);

/* Opens --l1 with the main contract: --contract. Where nothing is worth anything, a node's word will do. */
ZK_MUST_USE zk_err wallet_open_l1(struct wallet *w);

/* The account as the node has it now. */
ZK_MUST_USE zk_err wallet_read_account(struct wallet *w);

/* Like wallet_read_account; ZK_ERR_INPUT, saying what to do, if there is no account, or no signing key set. */
ZK_MUST_USE zk_err wallet_need_account(struct wallet *w, bool activated);

/* Opens the key: asks for the password. */
ZK_MUST_USE zk_err wallet_unlock(struct wallet *w);

/* Unlocks, and checks that the account's signing key is the one that this wallet has. */
ZK_MUST_USE zk_err wallet_unlock_signer(struct wallet *w);

/* An address argument. */
ZK_MUST_USE zk_err wallet_address(eth_address *out, const char *text);

/* The wallet's own address without --to, else that of --to. */
ZK_MUST_USE zk_err wallet_recipient(eth_address *out, const struct wallet *w);

/* A token by symbol, id or address. If L1 and the contract are known, or named by --l1 and --contract, what the node
 * says of it must be what L1 says: ZK_ERR_CORRUPT otherwise. If not, it is marked as unchecked. ETH needs no check. */
ZK_MUST_USE zk_err wallet_token(struct wallet *w, struct client_token *out, const char *text);

/* "1.5 ETH"; of an unchecked token also its id and the amount in base units, which is what will be signed. */
#define WALLET_AMOUNT_MAX 512
void wallet_amount_text(char out[WALLET_AMOUNT_MAX], u128 amount, const struct client_token *token);

/* Shows what is about to happen and asks. *go = false, with a line on stderr, if the answer is no. */
ZK_MUST_USE zk_err wallet_confirm(bool *go, const struct wallet *w, const char *fmt, ...) ZK_PRINTF(3, 4);

/* Prints an object (taken) with --json; otherwise puts it away. */
void wallet_print_json(const struct wallet *w, struct json_object *o);

/* Waits for n transactions as --wait says, with progress; without --wait it returns at once. Adds "status" to o.
 * ZK_ERR_INPUT, with the reason, if one was rejected. */
ZK_MUST_USE zk_err wallet_wait(struct wallet *w, const hash32 *hashes, size_t n, struct json_object *o);

/* The same for a request from L1. */
ZK_MUST_USE zk_err wallet_wait_op(struct wallet *w, uint64_t serial_id, struct json_object *o);

/* "0x…" strings and amounts in JSON. */
struct json_object *wallet_json_hex(const uint8_t *bytes, size_t len);
struct json_object *wallet_json_amount(u128 amount);

/* ---- subcommands, by file */

/* wallet_keys.c */
cli_exit wallet_new(const struct args *a);
cli_exit wallet_import(const struct args *a);
cli_exit wallet_show_address(const struct args *a);
/* wallet_show.c */
cli_exit wallet_balance(const struct args *a);
cli_exit wallet_tokens(const struct args *a);
cli_exit wallet_history(const struct args *a);
cli_exit wallet_tx(const struct args *a);
/* wallet_send.c */
cli_exit wallet_activate(const struct args *a);
cli_exit wallet_transfer(const struct args *a);
cli_exit wallet_withdraw(const struct args *a);
cli_exit wallet_forced_exit(const struct args *a);
cli_exit wallet_mint_nft(const struct args *a);
/* wallet_batch.c */
cli_exit wallet_batch(const struct args *a);
/* wallet_l1.c */
cli_exit wallet_deposit(const struct args *a);
cli_exit wallet_full_exit(const struct args *a);
cli_exit wallet_claim(const struct args *a);

#endif
