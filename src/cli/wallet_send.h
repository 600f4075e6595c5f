/* wallet_send: making, showing, signing and submitting what a wallet sends: one transaction, or a batch of them that
 * one fee pays for. */
#ifndef ZK_CLI_WALLET_SEND_H
#define ZK_CLI_WALLET_SEND_H

#include "cli/wallet.h"

#define WALLET_BATCH_MAX 100 /* transactions of one batch; a node takes 200 */

/* What the SDK puts into every range: it signs 32 bits of a time. */
#define WALLET_VALID_ALWAYS ((struct time_range){0, UINT32_MAX})

struct wallet_send {
    struct tx txs[WALLET_BATCH_MAX];
    client_fee_type types[WALLET_BATCH_MAX];
    eth_address to[WALLET_BATCH_MAX]; /* whom the fee is asked for */
    size_t n;
    bool fast;
    struct client_token fee_token;
    u128 fee;
};

/* The next transaction of the sender: account, nonce and range are filled in by wallet_send_number. Returns a zeroed
 * one of this type. */
struct tx *wallet_send_add(struct wallet_send *s, tx_type type, client_fee_type fee_type, const eth_address *to);

/* A transfer of nothing to oneself: what pays where the others cannot. */
struct tx *wallet_send_add_payer(struct wallet_send *s, const struct wallet *w);

/* The token that the fee is paid in: --fee-token, else `otherwise`. */
ZK_MUST_USE zk_err wallet_send_fee_token(struct wallet_send *s, struct wallet *w, const struct client_token *otherwise);

/* --fee, or what the node asks for all of them together. */
ZK_MUST_USE zk_err wallet_send_quote(struct wallet_send *s, struct wallet *w);

/* Is there enough of this token for amount, and of the fee's token for the fee? */
ZK_MUST_USE zk_err wallet_send_check_funds(const struct wallet_send *s, const struct wallet *w,
                                           const struct client_token *token, u128 amount);

/* Gives account id, sender and nonces, from first_nonce on. */
void wallet_send_number(struct wallet_send *s, const struct wallet *w, uint32_t first_nonce);

/* Signs all (the wallet is unlocked) and submits them: alone, or as a batch. hashes has s->n. */
ZK_MUST_USE zk_err wallet_send_submit(struct wallet_send *s, struct wallet *w, hash32 *hashes);

#endif
