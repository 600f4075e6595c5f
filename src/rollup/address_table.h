/* address_table: from an address to the first account that has it: open addressing over account ids.
 *
 * Form      one 32-bit slot an entry: id + 1 in the low 24 bits, eight bits of the hash above, so that most misses are
 *           decided without reading the account. Linear probing; the table is at most three quarters full.
 * Hash      SipHash-2-4 under a secret key: addresses are chosen by strangers, who could otherwise make them collide.
 * Source    Aumasson, Bernstein 2012, "SipHash". */
#ifndef ZK_ROLLUP_ADDRESS_TABLE_H
#define ZK_ROLLUP_ADDRESS_TABLE_H

#include "rollup/types.h"

struct address_table {
    uint32_t *slots; /* zeroed memory of address_table_slots() entries */
    uint32_t mask;
    uint64_t key[2];
    const uint8_t *addresses; /* address of account id is at addresses + id * stride */
    size_t stride;
};

/* How many slots a table for so many accounts needs: a power of two. */
uint32_t address_table_slots(uint32_t accounts);

void address_table_init(struct address_table *t, uint32_t *slots, uint32_t n_slots, const uint64_t key[2],
                        const void *addresses, size_t stride);

ZK_MUST_USE bool address_table_find(uint32_t *id, const struct address_table *t, const eth_address *address);

/* Enters account id with the address it has in memory, unless that address is there already. */
void address_table_add(struct address_table *t, uint32_t id);

/* Takes back the last address_table_add that was not taken back. */
void address_table_undo_add(struct address_table *t, uint32_t id);

uint64_t siphash24(const uint64_t key[2], const uint8_t *data, size_t len);

#endif
