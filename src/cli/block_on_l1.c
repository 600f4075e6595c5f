#include "cli/block_on_l1.h"

#include "base/bytes.h"
#include "ethereum/log_scan.h"
#include "ethereum/zkroll_event.h"

#include <stdlib.h>
#include <time.h>

#define SAY_SECONDS 3

#define COMMITS_MAX 64 /* of one block: it was reverted as often but once */

struct found {
    uint8_t commits[COMMITS_MAX][32];
    size_t n_commits;
};

static zk_err take(struct block_on_l1 *b, struct found *f, const struct eth_logs *logs)
{
    for (size_t i = 0; i < logs->n; i++) {
        struct zkroll_event e;
        const uint8_t *tx = logs->items[i].tx_hash;
        ZK_TRY(zkroll_event_decode(&e, &logs->items[i]));
        if (e.kind == ZKROLL_BLOCK_COMMIT) {
            if (f->n_commits == COMMITS_MAX)
                return zk_fail(ZK_ERR_FULL, "this block was committed more than %d times", COMMITS_MAX);
            memcpy(f->commits[f->n_commits++], tx, 32);
        } else if (e.kind == ZKROLL_BLOCK_PROVEN) {
            memcpy(b->prove_tx, tx, 32);
            b->proven = true;
        } else if (e.kind == ZKROLL_BLOCK_VERIFICATION) {
            memcpy(b->execute_tx, tx, 32);
            b->executed = true;
        }
    }
    return ZK_OK;
}

/* On a long chain it takes minutes to look through all of it. */
static void say_scanned(const struct l1 *l, time_t *told, uint64_t next, uint64_t head)
{
    if (time(NULL) - *told < SAY_SECONDS || next > head) return;
    *told = time(NULL);
    l1_say(l, "looking through L1: block %llu of %llu (--from-block N begins later)", (unsigned long long)next,
           (unsigned long long)head);
}

static zk_err scan(struct block_on_l1 *b, struct found *f, struct l1 *l, uint32_t number, uint64_t first_block)
{
    static const zkroll_event_kind kinds[] = {ZKROLL_BLOCK_COMMIT, ZKROLL_BLOCK_PROVEN, ZKROLL_BLOCK_VERIFICATION};
    uint8_t topics[ZK_COUNT(kinds)][32];
    uint8_t which[32] = {0};
    struct log_scan scanner;
    time_t told = time(NULL);
    for (size_t i = 0; i < ZK_COUNT(kinds); i++) zkroll_event_topic(topics[i], kinds[i]);
    store_be32(which + 28, number);
    const struct eth_filter filter = {.addresses = (const uint8_t(*)[20]) & l->main.address,
                                      .n_addresses = 1,
                                      .topics0 = (const uint8_t(*)[32])topics,
                                      .n_topics0 = ZK_COUNT(kinds),
                                      .topics1 = (const uint8_t(*)[32]) & which,
                                      .n_topics1 = 1};
    log_scan_init(&scanner, first_block);
    for (;;) {
        struct log_scan_step step;
        ZK_TRY(log_scan_step(&scanner, &step, l->rpc, &filter, 0));
        say_scanned(l, &told, scanner.next, step.head);
        if (step.outcome == LOG_SCAN_IDLE) return ZK_OK;
        if (step.outcome == LOG_SCAN_REORG) return zk_fail(ZK_ERR_IO, "L1 reorganizes: try again");
        zk_err err = take(b, f, &step.logs);
        eth_logs_free(&step.logs);
        if (err != ZK_OK) return err;
    }
}

static zk_err fetch(struct eth_bytes *input, struct l1 *l, const uint8_t tx[32])
{
    uint8_t from[20];
    bool found;
    ZK_TRY(eth_rpc_tx_input(l->rpc, input, from, &found, tx));
    return found ? ZK_OK : zk_fail(ZK_ERR_IO, "L1 does not have a transaction whose logs it gave");
}

/* Is this the commit that stands? */
static zk_err try_commit(bool *stands, struct block_on_l1 *b, struct l1 *l, uint32_t number, const uint8_t tx[32])
{
    uint8_t ours[32];
    *stands = false;
    ZK_TRY(fetch(&b->commit_input, l, tx));
    zk_err err = zkroll_commit_decode(&b->commit, b->commit_input.p, b->commit_input.len);
    if (err == ZK_OK) err = restored_block_find(&b->place, &b->commit, number);
    if (err == ZK_OK) err = restored_block_make(&b->block, &b->commit, b->place);
    if (err == ZK_OK) zkroll_stored_hash(ours, &b->block.stored);
    *stands = err == ZK_OK && memcmp(ours, b->hash, 32) == 0;
    if (*stands) {
        memcpy(b->commit_tx, tx, 32);
        return ZK_OK;
    }
    zkroll_commit_free(&b->commit);
    eth_bytes_free(&b->commit_input);
    return err == ZK_ERR_MEMORY ? err : ZK_OK; /* one that was reverted may be anything */
}

/* The proof's bytes, from settleBlocks or proveBlocks. None if it went through a contract of somebody's. */
static zk_err find_proof(struct block_on_l1 *b, struct l1 *l, uint32_t number)
{
    struct zkroll_proof *proofs;
    size_t n;
    if (!b->proven) return ZK_OK;
    if (memcmp(b->prove_tx, b->commit_tx, 32) == 0 && b->commit.proofs != NULL) {
        b->proof = b->commit.proofs[b->place];
        return ZK_OK;
    }
    ZK_TRY(fetch(&b->prove_input, l, b->prove_tx));
    zk_err err = zkroll_prove_decode(&proofs, &n, b->prove_input.p, b->prove_input.len);
    if (err == ZK_ERR_INPUT) return ZK_OK;
    if (err != ZK_OK) return err;
    for (size_t i = 0; i < n; i++)
        if (proofs[i].stored.number == number) b->proof = proofs[i].proof;
    free(proofs);
    return ZK_OK;
}

zk_err block_on_l1_read(struct block_on_l1 *out, struct l1 *l, uint32_t number, uint64_t first_block)
{
    static const uint8_t zero[32];
    struct found f = {.n_commits = 0};
    bool stands = false;
    *out = (struct block_on_l1){.place = 0};
    ZK_TRY(zkroll_view_stored_hash(out->hash, &l->main, number));
    if (number == 0) return zk_fail(ZK_ERR_INPUT, "block 0 is the genesis: nothing was published or proved of it");
    if (memcmp(out->hash, zero, 32) == 0) return zk_fail(ZK_ERR_INPUT, "L1 has not committed block %u", number);
    zk_err err = scan(out, &f, l, number, first_block);
    for (size_t i = f.n_commits; err == ZK_OK && i-- > 0 && !stands;)
        err = try_commit(&stands, out, l, number, f.commits[i]);
    if (err == ZK_OK && !stands)
        err = zk_fail(ZK_ERR_CORRUPT,
                      "block %u: nothing that was published has the hash that the contract holds: this "
                      "L1 node lies, or --from-block is too high",
                      number);
    if (err == ZK_OK) err = find_proof(out, l, number);
    if (err != ZK_OK) block_on_l1_free(out);
    return err;
}

void block_on_l1_free(struct block_on_l1 *b)
{
    zkroll_commit_free(&b->commit);
    eth_bytes_free(&b->commit_input);
    eth_bytes_free(&b->prove_input);
}
