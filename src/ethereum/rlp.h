/* rlp: Ethereum's Recursive Length Prefix encoding, both ways.
 *
 * Writing goes from back to front: a list's header needs its length, and back to front the length is known when the
 * header is due. So items are put last first, and the result stands at the end of the buffer:
 *
 *   struct rlp_out o;
 *   rlp_out_init(&o, buf, sizeof buf);
 *   size_t end = rlp_mark(&o);
 *   rlp_put_bytes(&o, data, data_len);         the last item of the list
 *   rlp_put_u64(&o, nonce);                    the first item
 *   rlp_put_list(&o, end);                     everything put since `end` becomes one list
 *   if (!rlp_out_ok(&o)) ...                   the buffer was too small
 *   use rlp_out_data(&o), rlp_out_len(&o)
 *
 * Reading accepts canonical encodings only: shortest headers, no leading zeros in lengths, integers without leading
 * zeros, nothing left over.
 *
 * Ownership  both directions borrow their buffer; items point into it.
 * Failure    writing remembers that room ran out; reading returns false and leaves its outputs unspecified.
 * Source     Ethereum Yellow Paper, appendix B. */
#ifndef ZK_ETHEREUM_RLP_H
#define ZK_ETHEREUM_RLP_H

#include "base/common.h"

struct rlp_out {
    uint8_t *buf;
    size_t cap;
    size_t at; /* the encoding is buf[at .. cap-1] */
    bool full;
};

void rlp_out_init(struct rlp_out *o, uint8_t *buf, size_t cap);
bool rlp_out_ok(const struct rlp_out *o);
const uint8_t *rlp_out_data(const struct rlp_out *o);
size_t rlp_out_len(const struct rlp_out *o);

/* Where the next list will end. */
size_t rlp_mark(const struct rlp_out *o);

void rlp_put_bytes(struct rlp_out *o, const void *bytes, size_t len);
void rlp_put_u64(struct rlp_out *o, uint64_t x);
/* A 256-bit big-endian integer, leading zeros stripped. */
void rlp_put_u256(struct rlp_out *o, const uint8_t be[32]);
void rlp_put_list(struct rlp_out *o, size_t mark);
/* Bytes that are an encoding already, or a type prefix: put as they are. */
void rlp_put_raw(struct rlp_out *o, const void *bytes, size_t len);

struct rlp_in {
    const uint8_t *p;
    size_t len;
};

struct rlp_item {
    bool is_list;
    const uint8_t *p; /* the payload */
    size_t len;
};

/* Takes the next item off the front of `in`. */
ZK_MUST_USE bool rlp_next(struct rlp_in *in, struct rlp_item *item);

/* The next item, which must be a list, as a stream of its own. */
ZK_MUST_USE bool rlp_next_list(struct rlp_in *in, struct rlp_in *list);

/* The next item, which must be a string of exactly len bytes. */
ZK_MUST_USE bool rlp_next_bytes(struct rlp_in *in, uint8_t *out, size_t len);

ZK_MUST_USE bool rlp_next_u64(struct rlp_in *in, uint64_t *out);
ZK_MUST_USE bool rlp_next_u256(struct rlp_in *in, uint8_t out[32]);

#endif
