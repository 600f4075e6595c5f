/* store_history: executed operations and blocks as the API's pages show them.
 *
 * Pages     STORE_NEWER: at or after `from`, rising; STORE_OLDER: at or before, falling; `from` is included. Entries
 *           are ordered by (block, index). For consistent pages with their counts use store_begin_read. */
#ifndef ZK_STORE_STORE_HISTORY_H
#define ZK_STORE_STORE_HISTORY_H

#include "store/store_blocks.h"
#include "store/store_l1.h"

struct store_place {
    uint32_t block, index;
};
#define STORE_PLACE_FIRST ((struct store_place){0, 0})
#define STORE_PLACE_LAST  ((struct store_place){UINT32_MAX, UINT32_MAX})

/* One entry with all that pages show of it. */
struct store_op {
    struct store_tx tx;                /* !is_priority */
    struct store_priority_op priority; /* is_priority */
    u128 amount;                       /* withdrawn by a forced exit or a full exit */
    int64_t executed_at;
    struct store_place place;
    op_kind kind;           /* what was done; OP_NOOP for a rejected one */
    uint32_t account;       /* of a deposit: the account credited; ACCOUNT_ID_NOBODY: none */
    struct nft_content nft; /* of OP_FULL_EXIT_NFT with amount 1 */
    bool is_priority;
    bool rejected;
};

/* ---- an account's entries, by address */

struct store_history_filter {
    const eth_address *address;
    const eth_address *second; /* only those listed for this one too; NULL: all */
    bool by_token;
    uint32_t token; /* by_token: only those with this token */
};

ZK_MUST_USE zk_err store_history_page(struct store *s, struct store_op *out, size_t *n, size_t cap,
                                      const struct store_history_filter *filter, struct store_place from,
                                      store_order order);
/* Of the account's newest `most` entries those that fit the filter: time grows with them. */
ZK_MUST_USE zk_err store_history_count(struct store *s, uint64_t *count, const struct store_history_filter *filter,
                                       uint64_t most);

/* ---- a block's entries; count is store_block.entries of a sealed one */

ZK_MUST_USE zk_err store_block_page(struct store *s, struct store_op *out, size_t *n, size_t cap, uint32_t block,
                                    uint32_t from, store_order order);
ZK_MUST_USE zk_err store_block_count(struct store *s, uint64_t *count, uint32_t block);

ZK_MUST_USE zk_err store_op_get(struct store *s, struct store_op *out, bool *found, struct store_place place);

/* Where the entry of this hash is: a transaction's, a request's, or that of an L1 transaction. *found = false also
 * while it is not executed. */
ZK_MUST_USE zk_err store_op_place(struct store *s, struct store_place *out, bool *found, const hash32 *hash);

/* ---- blocks: a page; only those with status >= at_least */

ZK_MUST_USE zk_err store_blocks_page(struct store *s, struct store_block *out, size_t *n, size_t cap, uint32_t from,
                                     store_order order, store_block_status at_least);

/* A block by its new root, or by the hash of the L1 transaction that committed, proved or executed it (the first of
 * several). */
ZK_MUST_USE zk_err store_block_find(struct store *s, uint32_t *number, bool *found, const hash32 *root_or_hash);

#endif
