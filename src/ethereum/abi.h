/* abi: the contract ABI of Solidity, both ways, for the calls and events that zkroll uses.
 *
 * Writing. A tuple (the arguments of a call are one) is a head of 32-byte words and a tail. A dynamic member's word in
 * the head is the distance from the tuple's start to its data in the tail:
 *
 *   struct abi_out o;
 *   abi_out_init(&o, buf, sizeof buf);
 *   abi_put_selector(&o, "f(address,bytes)");
 *   size_t tuple = abi_begin(&o);               the tuple starts here
 *   abi_put_address(&o, to);
 *   size_t slot = abi_put_slot(&o);             the head word of the bytes
 *   abi_fill_slot(&o, slot, tuple);             its data starts here
 *   abi_put_bytes(&o, data, len);
 *   if (!abi_out_ok(&o)) ...
 *
 * An array T[] is abi_put_u64(n) and then a tuple of n members (abi_begin after the count).
 *
 * Reading. A struct abi_in is a tuple; members are asked for by their word in the head. Integers above their type,
 * addresses with dirty high bytes, bool other than 0 and 1, offsets outside and non-zero padding are refused.
 *
 * Ownership  buffers are borrowed; read byte strings point into them.
 * Failure    writing remembers that room ran out; reading returns false.
 * Source     Solidity documentation, "Contract ABI Specification". */
#ifndef ZK_ETHEREUM_ABI_H
#define ZK_ETHEREUM_ABI_H

#include "base/common.h"

struct abi_out {
    uint8_t *buf;
    size_t cap;
    size_t len;
    bool full;
};

void abi_out_init(struct abi_out *o, uint8_t *buf, size_t cap);
bool abi_out_ok(const struct abi_out *o);

/* The first four bytes of keccak256(signature), as in "transfer(address,uint256)". */
void abi_selector(uint8_t out[4], const char *signature);

/* keccak256(signature): topic 0 of an event. */
void abi_topic(uint8_t out[32], const char *signature);

void abi_put_selector(struct abi_out *o, const char *signature);
void abi_put_word(struct abi_out *o, const uint8_t word[32]);
void abi_put_u64(struct abi_out *o, uint64_t x);
void abi_put_u128(struct abi_out *o, const uint8_t be[16]);
void abi_put_bool(struct abi_out *o, bool x);
void abi_put_address(struct abi_out *o, const uint8_t address[20]);
/* bytesN, N <= 32: left-aligned. */
void abi_put_fixed_bytes(struct abi_out *o, const uint8_t *bytes, size_t n);
/* The data of a `bytes` or `string`: length, bytes, zeros up to a whole word. */
void abi_put_bytes(struct abi_out *o, const uint8_t *bytes, size_t len);

size_t abi_begin(const struct abi_out *o);
size_t abi_put_slot(struct abi_out *o);
void abi_fill_slot(struct abi_out *o, size_t slot, size_t tuple);

struct abi_in {
    const uint8_t *p;
    size_t len;
};

ZK_MUST_USE bool abi_get_word(const struct abi_in *in, size_t word, uint8_t out[32]);
ZK_MUST_USE bool abi_get_u64(const struct abi_in *in, size_t word, uint64_t *out);
ZK_MUST_USE bool abi_get_u128(const struct abi_in *in, size_t word, uint8_t be[16]);
ZK_MUST_USE bool abi_get_bool(const struct abi_in *in, size_t word, bool *out);
ZK_MUST_USE bool abi_get_address(const struct abi_in *in, size_t word, uint8_t out[20]);
ZK_MUST_USE bool abi_get_fixed_bytes(const struct abi_in *in, size_t word, uint8_t *out, size_t n);
ZK_MUST_USE bool abi_get_bytes(const struct abi_in *in, size_t word, const uint8_t **bytes, size_t *len);

/* A dynamic tuple whose offset stands in the given word. */
ZK_MUST_USE bool abi_get_tuple(const struct abi_in *in, size_t word, struct abi_in *tuple);

/* An array T[] whose offset stands in the given word: its count, at most max, and the tuple of its members. */
ZK_MUST_USE bool abi_get_array(const struct abi_in *in, size_t word, size_t max, struct abi_in *members, size_t *n);

#endif
