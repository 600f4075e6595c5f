#include "cli/chain_call.h"

#include "ethereum/eth_tx.h"
#include "ethereum/zkroll_contract.h"

#include <stdlib.h>
#include <time.h>

#define WAIT_MS 60000
#define POLL_MS 50

static void sleep_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

/* Asked as a call, a transaction that fails says why. */
static zk_err refusal(const struct chain *c, const struct eth_call *call)
{
    struct eth_bytes out;
    bool reverted;
    char text[ZKROLL_REVERT_MAX];
    ZK_TRY(eth_rpc_call(c->rpc, &out, &reverted, call));
    (void)zkroll_revert_text(text, out.p, out.len);
    eth_bytes_free(&out);
    return zk_fail(ZK_ERR_INPUT, "L1 refuses a call: %s", reverted ? text : "for no reason that it gives");
}

static zk_err find_gas(const struct chain *c, uint64_t *gas, const uint8_t from[20], const struct eth_tx *tx)
{
    const struct eth_call call = {.from = from,
                                  .to = tx->creates ? NULL : tx->to,
                                  .value = tx->value,
                                  .data = tx->data,
                                  .data_len = tx->data_len};
    bool fails;
    ZK_TRY(eth_rpc_estimate_gas(c->rpc, gas, &fails, &call));
    if (fails) return refusal(c, &call);
    uint64_t floor = eth_tx_floor_gas(tx->data, tx->data_len);
    *gas += *gas / 2;
    if (*gas < floor) *gas = floor;
    return ZK_OK;
}

static zk_err fill_fees(const struct chain *c, struct eth_tx *tx)
{
    struct eth_block head;
    uint64_t tip;
    ZK_TRY(eth_rpc_block_tag(c->rpc, &head, "latest"));
    ZK_TRY(eth_rpc_priority_fee(c->rpc, &tip));
    store_be64(tx->max_priority + 24, tip);
    store_be64(tx->max_fee + 24, 2 * head.base_fee + tip);
    return ZK_OK;
}

static zk_err send(const struct chain *c, uint8_t hash[32], const struct eth_tx *tx, const struct eth_key *key)
{
    size_t len;
    eth_send outcome = ETH_SEND_REFUSED;
    uint8_t *raw = malloc(eth_tx_raw_cap(tx));
    if (raw == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a transaction");
    zk_err err = eth_tx_sign(raw, &len, hash, tx, key);
    if (err == ZK_OK) err = eth_rpc_send_raw(c->rpc, &outcome, raw, len);
    free(raw);
    if (err != ZK_OK || outcome == ETH_SEND_ACCEPTED) return err;
    return outcome == ETH_SEND_REFUSED ? zk_fail(ZK_ERR_INPUT, "L1 refuses a transaction")
                                       : zk_fail(ZK_ERR_IO, "L1 does not take a transaction: nonce or fee are stale");
}

zk_err chain_send(const struct chain *c, struct eth_receipt *receipt, uint8_t hash[32], const struct eth_key *key,
                  const struct chain_call *call)
{
    uint8_t tx_hash[32];
    struct eth_tx tx = {.type = ETH_TX_1559,
                        .chain_id = c->chain_id,
                        .gas_limit = call->gas_limit,
                        .creates = call->to == NULL,
                        .data = call->data,
                        .data_len = call->len};
    store_be128(tx.value + 16, call->value);
    if (call->to != NULL) memcpy(tx.to, call->to, 20);
    if (tx.gas_limit == 0) ZK_TRY(find_gas(c, &tx.gas_limit, key->address, &tx));
    ZK_TRY(fill_fees(c, &tx));
    ZK_TRY(eth_rpc_nonce(c->rpc, &tx.nonce, key->address, true));
    ZK_TRY(send(c, tx_hash, &tx, key));
    bool found = false;
    for (long ms = 0; !found && ms < WAIT_MS; ms += POLL_MS) {
        ZK_TRY(eth_rpc_receipt(c->rpc, receipt, &found, tx_hash));
        if (!found) sleep_ms(POLL_MS);
    }
    if (!found) return zk_fail(ZK_ERR_IO, "L1 does not mine a transaction");
    if (hash != NULL) memcpy(hash, tx_hash, 32);
    if (receipt->succeeded) return ZK_OK;
    return refusal(
        c, &(struct eth_call){
               .from = key->address, .to = call->to, .value = tx.value, .data = call->data, .data_len = call->len});
}
