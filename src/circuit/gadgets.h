/* gadgets: what the block circuit is made of, over the gates of plonk/.
 *
 *   sums, products, conditions    arith rows: out in column 4
 *   range                         a value is below 2^bits: limbs of at most 14 bits, looked up, four a row
 *   digits, siblings              one level of a quaternary Merkle update
 *   bytes                         a message or coordinate as bytes, and the same bytes with their bits reversed
 *   float                         packed amounts: mantissa 10^exponent
 *   window                        s G, eight bits a row
 *   member                        one of sixteen values
 *   control                       a slot's kind, and what it switches on (circuit/kinds.h)
 *
 * The lookup table has three columns (tag, x, y):
 *   tag 1 .. 14        (w, x, 0)             x below 2^w
 *   TAG_REVERSE        (15, byte, reversed)  the byte with its bits in the other order
 *   TAG_X + k          (., d, x of d 256^k G)     k = 0 .. 31; window 31 has d = 0 .. 7 only
 *   TAG_Y + k          (., d, y of d 256^k G)
 *   TAG_KIND + i       (., kind, constant i of it)   control word, opcode, type, way of A, way of B
 *   TAG_ORDER          (., 64 kind before + kind, 0) if one may follow the other
 * Lookup j = 1 .. 3 takes (coefficient 8 + j, column j, column 4 + j); lookup 4 takes (coefficient 12, column 4, 0). A
 * lookup's tag is a fixed cell, so no witness chooses which table it is in.
 *
 * Inputs that a gadget assumes constrained are said at each. Witness values are all derived from input wires, or are
 * arguments whose name ends in _hint. Nothing branches on values. */
#ifndef ZK_CIRCUIT_GADGETS_H
#define ZK_CIRCUIT_GADGETS_H

#include "circuit/kinds.h"
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
#define TAG_KIND    (TAG_Y + WINDOWS)
#define KIND_VALUES 5
#define TAG_ORDER   (TAG_KIND + KIND_VALUES)
#define ORDER_BASE  64
#define CHILDREN    4
#define TABLE_CAP   52000 /* rows of the lookup table, at most */

/* Cells that hashes leave free, where small sums, products and conditions go before they take rows of their own:
 *   last rows of compressions       columns 1 .. 3, with coefficients      a sum and product of two, a condition
 *   last rows of some ranges, and of Rescue hashes: columns 2 .. 4         the same
 *   last rows of other ranges: columns 3, 4                                if selected, a value is a constant
 *   two rows of a Rescue hash       columns 0, 1 of both, no coefficients  a choice, a product, an equality
 *   the first row of a Rescue hash  columns 0 .. 4, no coefficients        two equalities under one condition
 * What stands there is reported under the label of who uses it. */
#define SPARES_MAX 64
struct spares {
    struct spare_rows {
        uint32_t row[SPARES_MAX];
        unsigned n, used;
    } last, end, half, pair, start;
};

struct gadgets {
    struct arith_gates arith;
    struct poseidon2_gates poseidon2;
    struct rescue_gates rescue;
    struct edwards_gates edwards;
    gate_id limbs, reversed, big_endian, digit, siblings, packed, window, member, member_end;
    lookup_id look[5]; /* 1 .. 4 */
    fixed_id q[13];
    gate_id spare, spare_is_zero, spare_end, end_is_zero, spare_half, entries, nonzero, price, pair, plus, chosen,
        chosen_end, twice, when, pick, flags, constants;
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

/* Free cells of a compression's last row, and of a Rescue hash of n elements, by their first output. */
void g_spare_last(const struct gadgets *g, wire out);
void g_spare_rescue(const struct gadgets *g, wire out, size_t n);

/* bit ? x : y; bit is 0 or 1 already. At most 1 row. */
wire g_select(struct builder *b, const struct gadgets *g, wire bit, wire x, wire y);

/* 1 if x = y, else 0. At most 2 rows. */
wire g_equal(struct builder *b, const struct gadgets *g, wire x, wire y);

/* bit ? (x, u) : (y, v), with new cells for x and u, which the caller constrains. first is in column 0 of the last row
 * that is handed out, whose columns 1 .. 3 are free. 2 rows. */
struct picked {
    wire x, u, first, second;
};
struct picked g_pick(struct builder *b, const struct gadgets *g, wire bit, const fr *x_hint, wire y, const fr *u_hint,
                     wire v);

/* Demands sel (sum of c_i w_i + c) = 0, n <= 4. At most 1 row. */
void g_when(struct builder *b, const struct gadgets *g, wire sel, const struct term *t, size_t n, const fr *c);

/* If sel: x != y, u != v, and z != 0 if that is `stated`; and room = gain p - z q. 3 rows.
 * Sound: the product of the differences and of z (or 1) has an inverse. */
struct trade {
    wire sel, x, y, u, v, stated, z, gain, p, q, room;
};
void g_trade(struct builder *b, const struct gadgets *g, const struct trade *t);

/* sel (sum of c_i w_i + c), n <= 5. */
#define PIECE_TERMS 5
struct piece {
    wire sel;
    unsigned n;
    struct term t[PIECE_TERMS];
    fr c;
};

/* The sum of all pieces. A row for every three of their terms; two pieces of few terms share one. */
wire g_chosen(struct builder *b, const struct gadgets *g, const struct piece *p, size_t n);

/* Demands that the sum of all pieces is 0: where one selector at most is 1, each is a condition of its own. */
void g_exclusive(struct builder *b, const struct gadgets *g, const struct piece *p, size_t n);

/* Demands sel (x - y) = 0 and sel (u - v) = 0. At most 1 row. */
void g_if_equal_two(struct builder *b, const struct gadgets *g, wire sel, wire x, wire y, wire u, wire v);

/* Demands sel (x - y) = 0. At most 1 row. */
void g_if_equal(struct builder *b, const struct gadgets *g, wire sel, wire x, wire y);

/* Demands sel (x - c) = 0. At most 1 row. */
void g_if_const(struct builder *b, const struct gadgets *g, wire sel, wire x, const fr *c);

/* Demands x != 0. 1 row. */
void g_not_zero(struct builder *b, const struct gadgets *g, wire x);

/* Cells, at most five, with values that the caller constrains. 1 row. */
void g_hints(struct builder *b, wire *out, const fr *v_hints, size_t n);

/* ---- ranges */

/* x is an integer below 2^bits, 1 <= bits <= 252. Rows: ceil(limbs / 4), limbs = ceil(bits / 14).
 * Sound: x is the sum of limbs that the table bounds, and the sum is below 2^252 < p. */
void g_range(struct builder *b, const struct gadgets *g, wire x, unsigned bits);

/* A new cell with an integer below 2^bits. As many rows. */
wire g_number(struct builder *b, const struct gadgets *g, const fr *v_hint, unsigned bits);

/* The same for bits <= 28, and in the same row two integers of at most 14 bits each; widths 0: none. 1 row. */
wire g_number_and(struct builder *b, const struct gadgets *g, const fr *v_hint, unsigned bits,
                  const uint32_t small_hints[2], const unsigned widths[2], wire small[2]);

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

/* The same with a mantissa that is range-checked already and has this value. 2 rows. */
struct packed g_packed_from(struct builder *b, const struct gadgets *g, uint64_t packed_hint, wire mantissa);

/* ---- one of sixteen */

/* small + 16 x + 2^20 y is one of the sixteen. 5 rows: the product of the differences is 0. */
void g_member(struct builder *b, const struct gadgets *g, wire small, wire x, wire y, const wire list[16]);

/* *first = 16 x + i, *second = 16 y + i + 1. 1 row. */
void g_entries(struct builder *b, const struct gadgets *g, wire x, wire y, unsigned i, wire *first, wire *second);

/* ---- kinds */

/* on[i] = 1 if the kind has flag i, else 0. *kind is one of the kinds; the other wires are its constants. 15 rows; of
 * the last, columns 1 .. 3 are free, and hold the caller's hints. Sound: the flags are bits, and their
 * number is the control word that the table has for the kind. */
struct control {
    wire kind, opcode, type, way_a, way_b;
    wire on[SLOT_FLAGS];
    wire hints[3];
};
void g_control(struct builder *b, const struct gadgets *g, enum slot_kind kind_hint, const fr hints[3],
               struct control *out);

/* Demands that a slot of this kind may stand after one of kind `before`. 1 row. */
void g_order(struct builder *b, const struct gadgets *g, wire before, wire kind);

/* ---- bytes */

/* byte / 2^lo_bits, for a byte: 1 <= lo_bits <= 7. 1 row. */
wire g_cut(struct builder *b, const struct gadgets *g, wire byte, unsigned lo_bits);

/* The 32 little-endian bytes of x as the integer below p that it is, and the same with the bits of each byte in the
 * other order: sum of reverse(byte k) 2^8k mod p; with those of the bytes from 30, and of byte 31, apart. 16 rows. */
struct coordinate {
    wire reversed, reversed_30, reversed_31;
};
void g_coordinate_bytes(struct builder *b, const struct gadgets *g, wire x, struct coordinate *out);

/* A message of 92 bytes, any. prefix[k], for the k that fields end at, is the big-endian number of the first k bytes
 * mod
 * p: so prefix[b] - 256^(b - a) prefix[a] is the number of bytes a .. b - 1, exactly if b - a <= 31. suffix[k] is the
 * number of the bits of bytes k .. end, first bit lowest, where end is 31, 63 or 91, the next from k: so it is that of
 * the bytes with their bits in the other order, little-endian. elements: what is hashed, 253 bits each, first bit
 * lowest. 48 rows. Twin: sig_message_hash's elements. */
#define MESSAGE_BYTES 92
#define MESSAGE_ROWS  42
struct message {
    wire prefix[MESSAGE_BYTES + 1];
    wire suffix[MESSAGE_BYTES + 1];
    wire byte_53, byte_67;
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
