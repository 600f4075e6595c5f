/* Taking back the last blocks, in one transaction: everything that store_execute and store_seal wrote, the newest block
 * first. A transaction keeps the place that it had as a mark: queued ones with a mark are those to execute first. */
#include "store/store_blocks.h"

#include "store/store_internal.h"

#include <stdlib.h>

static zk_err run_from(struct store *s, const char *text, uint32_t first, uint64_t *changes)
{
    struct sql_query q;
    sql_start(&q, s->db, text);
    sql_i64(&q, first);
    ZK_TRY(sql_run(&q));
    if (changes != NULL) *changes = q.changes;
    return ZK_OK;
}

static zk_err check_allowed(struct store *s, uint32_t first, const struct store_heads *heads)
{
    if (first == 0 || first > heads->last_block)
        return zk_fail(ZK_ERR_INPUT, "there is no block %u to unwind: the last is %u", first, heads->last_block);
    if (first <= heads->last_committed)
        return zk_fail(ZK_ERR_INPUT, "block %u is committed on L1: it must be reverted there first", first);
    struct sql_query q;
    sql_start(&q, s->db, "SELECT number FROM blocks WHERE number >= $1 AND commit_tx IS NOT NULL LIMIT 1");
    sql_i64(&q, first);
    bool sent = sql_row(&q);
    uint32_t number = sent ? sql_get_u32(&q, 0) : 0;
    ZK_TRY(sql_end(&q));
    if (sent) return zk_fail(ZK_ERR_INPUT, "block %u is on its way to L1: wait for its end", number);
    return ZK_OK;
}

/* Histories are kept by address: without an index by block, which every transfer would pay for, one would have to look
 * through all of them. So each entry is read again for whom it is listed. */
static zk_err unlist_page(struct store *s, struct store_op *ops, size_t *n, size_t cap, uint32_t block, uint32_t from)
{
    ZK_TRY(store_block_page(s, ops, n, cap, block, from, STORE_NEWER));
    for (size_t i = 0; i < *n; i++) {
        struct store_parties parties;
        if (ops[i].is_priority)
            store_parties_of_priority(&parties, &ops[i].priority.op, &ops[i].priority.sender);
        else
            ZK_TRY(stored_parties(s, &parties, &ops[i].tx.tx));
        ZK_TRY(delete_listings(s, &parties, ops[i].place.block, ops[i].place.index));
    }
    return ZK_OK;
}

static zk_err unlist(struct store *s, uint32_t first, uint32_t last)
{
    enum { PAGE = 64 };
    struct store_op *ops = calloc(PAGE, sizeof *ops);
    if (ops == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to unwind blocks");
    zk_err err = ZK_OK;
    for (uint32_t block = first; err == ZK_OK && block <= last; block++) {
        size_t n = PAGE;
        for (uint32_t from = 0; err == ZK_OK && n > 0; from = n > 0 ? ops[n - 1].place.index + 1 : from)
            err = unlist_page(s, ops, &n, PAGE, block, from);
    }
    free(ops);
    return err;
}

/* Transactions and requests wait again. */
static zk_err requeue(struct store *s, uint32_t first, uint32_t last)
{
    uint64_t n_txs, n_ops, n_priority = 0;
    ZK_TRY(unlist(s, first, last));
    ZK_TRY(run_from(s,
                    "UPDATE txs SET status = 0, executed_at = NULL, fail_reason = NULL WHERE id IN"
                    " (SELECT o.ref FROM ops o WHERE o.block >= $1 AND o.priority = 0)",
                    first, &n_txs));
    struct sql_query q;
    sql_start(&q, s->db, "SELECT count(*), min(ref) FROM ops WHERE block >= $1 AND priority = 1");
    sql_i64(&q, first);
    uint64_t first_serial = 0;
    if (sql_row(&q) && (n_priority = sql_get_u64(&q, 0)) > 0) first_serial = sql_get_u64(&q, 1);
    ZK_TRY(sql_end(&q));
    if (n_priority > 0) ZK_TRY(head_set(s, HEAD_NEXT_PRIORITY, first_serial));
    ZK_TRY(run_from(s,
                    "UPDATE priority_ops SET status = 0, block = NULL, idx = NULL, executed_at = NULL WHERE serial_id"
                    " IN (SELECT o.ref FROM ops o WHERE o.block >= $1 AND o.priority = 1)",
                    first, NULL));
    ZK_TRY(sql_script(s->db, "DELETE FROM priority_ops WHERE missing = 1 AND status = 0"));
    ZK_TRY(run_from(s, "DELETE FROM ops WHERE block >= $1", first, &n_ops));
    ZK_TRY(head_add(s, HEAD_FINISHED, -(int64_t)n_txs));
    return head_add(s, HEAD_OPS, -(int64_t)n_ops);
}

/* The type of an account is taken back only if a key change of these blocks set it: a toggle since then stays. */
static zk_err restore_state(struct store *s, uint32_t block, uint32_t first)
{
    struct sql_query q;
    sql_start(&q, s->db,
              "UPDATE accounts SET pubkey_hash = u.pubkey_hash, nonce = u.nonce, minted = u.minted,"
              " balances = u.balances, last_block = u.last_block, undo = u.undo,"
              " type = CASE WHEN accounts.type_block >= $1 THEN u.type ELSE accounts.type END,"
              " type_hash = CASE WHEN accounts.type_block >= $1 THEN u.type_hash ELSE accounts.type_hash END,"
              " type_block = CASE WHEN accounts.type_block >= $1 THEN u.type_block ELSE accounts.type_block END"
              " FROM undo_accounts u WHERE u.seq >= $2 AND u.seq < $3 AND u.id = accounts.id AND u.existed = 1");
    sql_i64(&q, first);
    sql_u64(&q, UNDO_FIRST(block));
    sql_u64(&q, UNDO_FIRST(block + 1));
    ZK_TRY(sql_run(&q));
    sql_start(&q, s->db,
              "DELETE FROM accounts WHERE id IN"
              " (SELECT u.id FROM undo_accounts u WHERE u.seq >= $1 AND u.seq < $2 AND u.existed = 0)");
    sql_u64(&q, UNDO_FIRST(block));
    sql_u64(&q, UNDO_FIRST(block + 1));
    ZK_TRY(sql_run(&q));
    sql_start(&q, s->db, "DELETE FROM undo_accounts WHERE seq >= $1");
    sql_u64(&q, UNDO_FIRST(block));
    ZK_TRY(sql_run(&q));
    ZK_TRY(run_from(s,
                    "UPDATE nfts SET owner = u.owner, last_block = u.last_block FROM undo_nfts u"
                    " WHERE u.block = $1 AND u.id = nfts.id AND u.existed = 1",
                    block, NULL));
    ZK_TRY(run_from(s,
                    "DELETE FROM nfts WHERE id IN (SELECT u.id FROM undo_nfts u WHERE u.block = $1 AND u.existed = 0)",
                    block, NULL));
    return run_from(s, "DELETE FROM undo_nfts WHERE block = $1", block, NULL);
}

static zk_err delete_blocks(struct store *s, uint32_t first)
{
    ZK_TRY(run_from(s, "DELETE FROM streams WHERE block >= $1", first, NULL));
    ZK_TRY(run_from(s, "DELETE FROM traces WHERE block >= $1", first, NULL));
    ZK_TRY(run_from(s, "DELETE FROM proofs WHERE block >= $1", first, NULL));
    ZK_TRY(run_from(s, "DELETE FROM proof_jobs WHERE block >= $1", first, NULL));
    ZK_TRY(run_from(s, "DELETE FROM blocks WHERE number >= $1", first, NULL));
    ZK_TRY(head_set(s, HEAD_OPEN, 0));
    return head_set(s, HEAD_SEALED, first - 1);
}

static zk_err unwind(struct store *s, uint32_t first)
{
    struct store_heads heads;
    ZK_TRY(store_heads(s, &heads));
    ZK_TRY(check_allowed(s, first, &heads));
    ZK_TRY(requeue(s, first, heads.last_block));
    for (uint32_t block = heads.last_block; block >= first; block--) ZK_TRY(restore_state(s, block, first));
    return delete_blocks(s, first);
}

zk_err store_unwind(struct store *s, uint32_t first)
{
    bool own;
    ZK_TRY(write_begin(s, &own));
    return write_end(s, own, unwind(s, first));
}
