/* chain: what the database knows of the chain that it belongs to, and numbers that parts tell each other through it.
 *
 * Binding    The first start writes them, each later one compares: a node with another chain's database, contract or
 *            fee account is refused (ZK_ERR_INPUT, with both values) before it does anything. */
#ifndef ZK_NODE_CHAIN_H
#define ZK_NODE_CHAIN_H

#include "store/store.h"

ZK_MUST_USE zk_err chain_bind_id(struct store *s, uint64_t chain_id);
ZK_MUST_USE zk_err chain_bind_contract(struct store *s, const eth_address *contract);

/* Who owns account 0. Known from the configuration, or by the L1 role from the contract's deployment; the sequencer
 * waits until it is. */
ZK_MUST_USE zk_err chain_bind_fee_address(struct store *s, const eth_address *address);
ZK_MUST_USE zk_err chain_fee_address(struct store *s, eth_address *address, bool *found);

/* The newest L1 block that has its confirmations: requests from L1 up to it may be executed. Written by the watcher in
 * the transaction of the requests; 0 before. */
ZK_MUST_USE zk_err chain_set_l1_confirmed(struct store *s, uint64_t block);
ZK_MUST_USE zk_err chain_l1_confirmed(struct store *s, uint64_t *block);

/* In exodus mode L1 takes no more blocks: nothing that is executed now would ever count. Written by the watcher, with
 * the L1 block at which it was seen; taken back if L1 takes it back. */
#define CHAIN_EXODUS_KEY "exodus" /* in the store (store_put): 8 bytes, the L1 block, big-endian */
ZK_MUST_USE zk_err chain_set_exodus(struct store *s, bool exodus, uint64_t l1_block);
ZK_MUST_USE zk_err chain_exodus(struct store *s, bool *exodus);

#endif
