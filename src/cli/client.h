/* client: a zkroll node as its users see it: JSON-RPC for what moves money, REST for lists. What the wallet, the load
 * test and the demo stream speak with.
 *
 * Trust      A node may lie about anything. Answers are checked for form here, and what it says of ETH is refused if it
 *            is not the protocol's. Symbol, address and decimals of other tokens are the node's word: wallet_token and
 *            token_on_l1.h check them.
 * Failure    ZK_ERR_IO: no answer, or not of the form that it must have. ZK_ERR_INPUT: the node refuses; the message
 *            has its words, client_refusal its code. ZK_ERR_CANCELLED.
 * Ownership  structs with a _free own memory. Strings returned by reference are valid until client_destroy.
 * Threads    one at a time for each client.
 * Source     JSON-RPC and REST v0.2 of zkSync 1.x. */
#ifndef ZK_CLI_CLIENT_H
#define ZK_CLI_CLIENT_H

#include "rollup/eth_text.h"
#include "rollup/tx.h"

struct json_object;
struct client;

#define CLIENT_RPC_DEFAULT  "http://127.0.0.1:3030"
#define CLIENT_REST_DEFAULT "http://127.0.0.1:3001/api/v0.2"

struct client_config {
    const char *rpc_url;  /* NULL: CLIENT_RPC_DEFAULT */
    const char *rest_url; /* NULL: CLIENT_REST_DEFAULT */
    uint32_t timeout_ms;  /* of one attempt; 0: 15,000 */
    uint32_t tries;       /* 0: 3 */
};

/* Connects to nothing yet. */
ZK_MUST_USE zk_err client_create(struct client **out, const struct client_config *config);
void client_destroy(struct client *c);

/* Why the node refused last: its error code; 0 if it was no refusal. */
int64_t client_refusal(const struct client *c);

/* ---- tokens and contracts: asked once, remembered */

struct client_token {
    uint32_t id;
    eth_address address;
    const char *symbol;
    uint8_t decimals;
    bool unchecked; /* false here; set by wallet_token where L1 was not asked about it */
};

/* Asks for contracts and tokens; the others below call it when it is due. */
ZK_MUST_USE zk_err client_load(struct client *c);

ZK_MUST_USE zk_err client_contracts(struct client *c, eth_address *main_contract, eth_address *governance);

/* By symbol in any case of letters, id, or address. ZK_ERR_INPUT, naming what there is, if the node has none such, or
 * several. */
ZK_MUST_USE zk_err client_token(struct client *c, struct client_token *out, const char *text);
ZK_MUST_USE zk_err client_token_by_id(struct client *c, struct client_token *out, uint32_t id);

/* For eth_text.h. Valid until the next client_load. */
struct token_labels client_labels(const struct client *c);

/* All tokens, by id. Returns how many. */
size_t client_tokens(const struct client *c, const struct client_token **out);

/* ---- accounts */

struct client_balance {
    uint32_t token;
    u128 amount;
    uint64_t expected_block; /* of a deposit under way: the L1 block at which it counts; else 0 */
};

struct client_nft {
    uint32_t id;
    uint32_t creator;
    uint32_t serial;
    eth_address creator_address;
    hash32 content_hash;
};

struct client_state {
    uint32_t nonce;
    pubkey_hash pubkey_hash;
    struct client_balance *balances; /* by token, none is 0 */
    size_t n_balances;
    struct client_nft *nfts;
    size_t n_nfts;
};

struct client_account {
    eth_address address;
    bool exists;
    uint32_t id;
    struct client_state committed;
    struct client_state verified;
    struct client_balance *depositing;
    size_t n_depositing;
};

ZK_MUST_USE zk_err client_account(struct client *c, struct client_account *out, const eth_address *address);
void client_account_free(struct client_account *a);

/* 0 if there is none. */
u128 client_balance_of(const struct client_state *s, uint32_t token);

/* ---- fees */

typedef enum client_fee_type {
    CLIENT_FEE_TRANSFER,
    CLIENT_FEE_WITHDRAW,
    CLIENT_FEE_FAST_WITHDRAW,
    CLIENT_FEE_FORCED_EXIT,
    CLIENT_FEE_MINT_NFT,
    CLIENT_FEE_WITHDRAW_NFT,
    CLIENT_FEE_FAST_WITHDRAW_NFT,
    CLIENT_FEE_SWAP,
    CLIENT_FEE_CHANGE_PUBKEY_ONCHAIN,
    CLIENT_FEE_CHANGE_PUBKEY_ECDSA,
} client_fee_type;

/* The total fee, packable, in base units of the token. */
ZK_MUST_USE zk_err client_fee(struct client *c, u128 *fee, client_fee_type type, const eth_address *to, uint32_t token);

/* Of n >= 1 transactions together. */
ZK_MUST_USE zk_err client_fee_batch(struct client *c, u128 *fee, const client_fee_type *types, const eth_address *to,
                                    size_t n, uint32_t token);

/* ---- submitting */

struct client_submission {
    const struct tx *tx;
    const uint8_t *eth_signature; /* 65 bytes, or NULL */
};

/* Sends one transaction; *hash is the node's name for it, checked to be the one we know. fast: ask for a quick
 * withdrawal. Here and below ZK_ERR_INPUT means that the node did not take it; ZK_ERR_IO, that nobody knows: never sign
 * another instead. */
ZK_MUST_USE zk_err client_submit(struct client *c, hash32 *hash, const struct client_submission *s, bool fast);

/* All or none. hashes has n; batch_signature: 65 bytes over the text of the batch, or NULL. */
ZK_MUST_USE zk_err client_submit_batch(struct client *c, hash32 *hashes, const struct client_submission *s, size_t n,
                                       const uint8_t *batch_signature);

/* Does the node know this NFT? It does once the mint's block is verified; before that it takes no transfer of it. */
ZK_MUST_USE zk_err client_nft_known(struct client *c, bool *known, uint32_t nft_id);

/* ---- what became of it */

#define CLIENT_REASON_MAX 255

struct client_tx_info {
    bool executed;
    bool success;
    char fail_reason[CLIENT_REASON_MAX + 1]; /* of one without success */
    uint32_t block;                          /* 0 if not executed */
    bool committed;                          /* executed, in fact */
    bool verified;                           /* its block is executed on L1 */
};

ZK_MUST_USE zk_err client_tx_info(struct client *c, struct client_tx_info *out, const hash32 *hash);

/* Has the node ever seen it? client_tx_info says of one that it never saw what it says of one that waits. */
ZK_MUST_USE zk_err client_tx_known(struct client *c, bool *known, const hash32 *hash);

/* A request from L1, by serial id. */
ZK_MUST_USE zk_err client_op_info(struct client *c, struct client_tx_info *out, uint64_t serial_id);

/* How many slots the node's largest block has: a batch of transfers must fit into one, with a slot for its fees. */
ZK_MUST_USE zk_err client_block_slots(struct client *c, uint32_t *out);

/* The L1 transaction that paid a withdrawal out to the pending balance; *found = false before that. */
ZK_MUST_USE zk_err client_withdrawal_l1_hash(struct client *c, bool *found, hash32 *l1_hash, const hash32 *hash);

/* The account's transactions, newest first: the `result` of REST's page, owned by the caller (json_object_put).
 * from: a transaction hash as REST gives it, or NULL for the latest. limit 1 .. 100. */
ZK_MUST_USE zk_err client_history(struct client *c, struct json_object **page, const eth_address *address,
                                  const char *from, unsigned limit);

/* A GET of any path below REST's base, such as "/config"; *result may be NULL: the node has nothing there. */
ZK_MUST_USE zk_err client_rest(struct client *c, struct json_object **result, const char *path);

/* A GET of zkroll's own interface, such as "/api/zkroll/v1/overview": bare JSON, at the server of REST. */
ZK_MUST_USE zk_err client_own(struct client *c, struct json_object **result, const char *path);

/* "sync-tx:" + 64 digits and a NUL. */
#define CLIENT_HASH_TEXT 73
void client_hash_text(char out[CLIENT_HASH_TEXT], const hash32 *hash);
/* With "sync-tx:", "0x" or nothing before 64 digits. */
ZK_MUST_USE bool client_hash_parse(hash32 *out, const char *text);

#endif
