/* gadgets: what the block circuit is made of, over the gates of plonk/.
 *
 *   sums, products, conditions    arith rows: out in column 4
 *   range                         a value is below 2^bits: limbs of at most 14 bits, looked up, four a row
 *   digits, siblings              one level of a quaternary Merkle update
 *   bytes                         a message or coordinate as bytes, and the same bytes with their bits reversed
 *   float                         packed amounts: mantissa 10^exponent
 *   window                        s G, eight bits a row
 *   member                        one of sixteen values
 *   horner, fee share             what needs the public challenge r
 *
 * The lookup table has three columns (tag, x, y):
 *   tag 1 .. 14        (w, x, 0)             x below 2^w
 *   TAG_REVERSE        (15, byte, reversed)  the byte with its bits in the other order
 *   TAG_X + k          (., d, x of d 256^k G)     k = 0 .. 31; window 31 has d = 0 .. 7 only
 *   TAG_Y + k          (., d, y of d 256^k G)
 * Lookup j = 1 .. 3 takes (coefficient 8 + j, column j, column 4 + j); lookup 4 takes (coefficient 12, column 4, 0). A
 * lookup's tag is a fixed cell, so no witness chooses which table it is in.
 *
 * Inputs that a gadget assumes constrained are said at each. Witness values are all derived from input wires, or are
 * arguments whose name ends in _hint. Nothing branches on values. */
#ifndef ZK_CIRCUIT_GADGETS_H
#define ZK_CIRCUIT_GADGETS_H

#include "plonk/builder.h"
#include "plonk/gate_arith.h"
#include "plonk/gate_edwards.h"
#include "plonk/gate_poseidon2.h"
#include "plonk/gate_rescue.h"

#define LIMB_BITS   14
#define TAG_REVERSE 15
#define TAG_X       16
#define WINDOW_BITS 8
#define WINDOWS     32 /* 31 of 8 bits and one of 3: scalars below 2^251 */
#define TAG_Y       (TAG_X + WINDOWS)
#define CHILDREN    4
#define TABLE_CAP   50000 /* rows of the lookup table, at most */

/* Rows that a Merkle level leaves free in columns 1 .. 3: the last of its old compression. Small sums and products go
 * there first (g_add, g_mul, ...); a slot has 34, and uses all. A spare row is reported under the
 * label of who uses it. */
#define SPARES_MAX 64
struct spares {
    uint32_t row[SPARES_MAX];
    unsigned n, used;
};

struct gadgets {
    struct arith_gates arith;
    struct poseidon2_gates poseidon2;
    struct rescue_gates rescue;
    struct edwards_gates edwards;
    gate_id limbs, reversed, big_endian, digit, siblings, packed, window, member;
    lookup_id look[5]; /* 1 .. 4 */
    fixed_id q[13];
    gate_id spare, spare_is_zero;
    wire zero, one;        /* of this period */
    struct spares *spares; /* of this slot; NULL: none */
};

/* Adds every gate, lookup and table row. */
void gadgets_add(struct gadgets *g, struct cs *cs);

/* Places the constants of a period. 2 rows. */
void gadgets_begin(struct gadgets *g, struct builder *b);

/* ---- numbers as field elements, for coefficients */
fr fr_u64(uint64_t x);
fr fr_i64(int64_t x);
fr fr_pow2(unsigned e);
fr fr_u128(unsigned __int128 x);

/* ---- arith rows */

struct term {
    fr c;
    wire w;
};

/* q0 w0 + .. + q3 w3 + q5 w0 w1 + q6 w2 w3 + q7; q4 is not used. 1 row. */
wire g_row(struct builder *b, const struct gadgets *g, const fr q[8], const wire in[4]);

/* x + y, x - y, and 1 if x = 0, else 0. At most 1 row. Twins: fr_add, fr_sub, fr_is_zero. */
wire g_add(struct builder *b, const struct gadgets *g, wire x, wire y);
wire g_sub(struct builder *b, const struct gadgets *g, wire x, wire y);
wire g_is_zero(struct builder *b, const struct gadgets *g, wire x);

/* cx x + cy y + cxy x y + c. At most 1 row. */
wire g_pair(struct builder *b, const struct gadgets *g, const fr *cx, wire x, const fr *cy, wire y, const fr *cxy,
            const fr *c);

/* Sum of c_i w_i + c. At most one row for four terms, then one for every three. */
wire g_sum(struct builder *b, const struct gadgets *g, const struct term *t, size_t n, const fr *c);

/* x y. At most 1 row. */
wire g_mul(struct builder *b, const struct gadgets *g, wire x, wire y);

/* x y + u v. 1 row. */
wire g_mul_add(struct builder *b, const struct gadgets *g, wire x, wire y, wire u, wire v);

/* bit ? x : y; bit is 0 or 1 already. 1 row. */
wire g_select(struct builder *b, const struct gadgets *g, wire bit, wire x, wire y);

/* 1 if x = y, else 0. At most 2 rows. */
wire g_equal(struct builder *b, const struct gadgets *g, wire x, wire y);

/* Demands sel (x - y) = 0. 1 row. */
void g_if_equal(struct builder *b, const struct gadgets *g, wire sel, wire x, wire y);

/* Demands sel (x - c) = 0. At most 1 row. */
void g_if_const(struct builder *b, const struct gadgets *g, wire sel, wire x, const fr *c);

/* Demands x != 0. 1 row. */
void g_not_zero(struct builder *b, const struct gadgets *g, wire x);

/* A condition: x = c. */
struct demand {
    wire sel, x;
    int64_t c;
};

/* Demands sel_0 (x_0 - c_0) + sel_1 (x_1 - c_1) = 0. The selectors must never both be 1: then it is x_i = c_i under
 * each.
 * 1 row. */
void g_demand(struct builder *b, const struct gadgets *g, struct demand first, struct demand second);

/* Cells, at most five, with values that the caller constrains. 1 row. */
void g_hints(struct builder *b, wire *out, const fr *v_hints, size_t n);

/* ---- ranges */

/* x is an integer below 2^bits, 1 <= bits <= 252. Rows: ceil(limbs / 4), limbs = ceil(bits / 14).
 * Sound: x is the sum of limbs that the table bounds, and the sum is below 2^252 < p. */
void g_range(struct builder *b, const struct gadgets *g, wire x, unsigned bits);

/* A new cell with an integer below 2^bits. As many rows. */
wire g_number(struct builder *b, const struct gadgets *g, const fr *v_hint, unsigned bits);

/* ---- Merkle */

/* One level: the old and the new node above `old_in` and `new_in`, which stand at the digit d of the path among the
 * same
 * three siblings. index is the path from this level on; returned is index / 4, a fresh cell.
 *   row of new_in   d = index - 4 index' in 0 .. 3;  of the new children the d-th is new_in
 *   next row        of the old children the d-th is old_in; all others are the new ones
 * new_in must be in column 0 of a row whose columns 2, 3 are free, and the row after it must be the next that is handed
 * out. 25 rows. Twin: tree_node with the trace's siblings. */
struct level {
    wire old_node, new_node, index;
};
struct level g_level(struct builder *b, const struct gadgets *g, struct level in, const fr siblings_hint[CHILDREN - 1]);

/* A row with x in column 0, for the first g_level of a path. */
wire g_level_start(struct builder *b, wire x);

/* ---- packed numbers */

/* packed = 32 mantissa + exponent, value = mantissa 10^exponent, mantissa below 2^mantissa_bits. 3 rows. The value is
 * not range-checked: below 2^mantissa_bits 10^31. Twin: amount_unpack_any. */
struct packed {
    wire packed, value;
};
struct packed g_packed(struct builder *b, const struct gadgets *g, uint64_t packed_hint, unsigned mantissa_bits);

/* ---- one of sixteen */

/* x is one of the sixteen. 7 rows: the product of the differences is 0. */
void g_member(struct builder *b, const struct gadgets *g, wire x, const wire list[16]);

/* ---- bytes */

/* byte / 2^lo_bits, for a byte: 1 <= lo_bits <= 7. 1 row. */
wire g_cut(struct builder *b, const struct gadgets *g, wire byte, unsigned lo_bits);

/* The 32 little-endian bytes of x as the integer below p that it is, and the same with the bits of each byte in the
 * other order: sum of reverse(byte k) 2^8k mod p; with those of the bytes from 30, and of byte 31, apart. 17 rows. */
struct coordinate {
    wire reversed, reversed_30, reversed_31;
};
void g_coordinate_bytes(struct builder *b, const struct gadgets *g, wire x, struct coordinate *out);

/* A message of 92 bytes, any. prefix[k], for the k that fields end at, is the big-endian number of the first k bytes
 * mod
 * p: so prefix[b] - 256^(b - a) prefix[a] is the number of bytes a .. b - 1, exactly if b - a <= 31. elements: what
 * is hashed, 253 bits each, first bit lowest. 45 rows. Twin: sig_message_hash's elements. */
#define MESSAGE_BYTES 92
#define MESSAGE_ROWS  39
struct message {
    wire prefix[MESSAGE_BYTES + 1];
    wire elements[3];
};
void g_message(struct builder *b, const struct gadgets *g, const uint8_t bytes_hint[MESSAGE_BYTES],
               struct message *out);

/* ---- signatures' parts */

/* x is an integer V below p, and lo = V mod 2^lo_bits, hi = V / 2^lo_bits: proved by hi < P_hi = (p - 1) / 2^lo_bits,
 * for hi = P_hi cannot be met by hashes or points of the curve but with probability 2^(lo_bits - 254). lo must be below
 * 2^lo_bits already, hi is range-checked if hi_checked. Twin: fr_to_limbs. */
void g_canonical(struct builder *b, const struct gadgets *g, wire hi, unsigned lo_bits, bool hi_checked);

/* 8 p for a p of the witness that is demanded to be on the curve. 4 rows. */
wire_point g_eight_times(struct builder *b, const struct gadgets *g, const ed_affine *p_hint);

/* s G with s = sum of 8-bit digits, s below 2^251. 33 rows. *scalar = s. Twin: ed_mul_base. */
wire_point g_mul_base(struct builder *b, const struct gadgets *g, const ed_scalar *s_hint, wire *scalar);

#endif
