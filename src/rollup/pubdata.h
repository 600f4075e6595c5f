/* pubdata: the two streams of 12-byte words that a block publishes, both ways. docs/pubdata.md has every byte table,
 * with examples that pubdata_test.c compares with what this writes.
 *
 *   settlement   operations that L1 acts on or checks, each in full
 *   delta        six opening words with the fee classes, then every operation in order; one of the settlement stream
 *                stands here as a marker word
 *
 * Form      a word is 12 bytes, big-endian: a number below 2^96. Both streams are dense; unused bytes are zero.
 * Strict    a stream that the circuit could not have produced is refused: unknown opcodes, bytes that must be zero, ids
 *           out of range, a fee in another token than its class's, leftovers in either stream. Exceptions, because the
 *           circuit does not fix them: packed amounts with any exponent, and the class of an operation without fee.
 * Purity    no allocation; deterministic. */
#ifndef ZK_ROLLUP_PUBDATA_H
#define ZK_ROLLUP_PUBDATA_H

#include "rollup/op.h"

#define PUBDATA_FORMAT        1
#define PUBDATA_OPENING_WORDS 6
#define PUBDATA_OPENING_BYTES (PUBDATA_OPENING_WORDS * WORD_BYTES)

/* First bytes of operations in the settlement stream. */
enum settlement_opcode {
    SETTLE_DEPOSIT = 0x01,
    SETTLE_WITHDRAW = 0x03,
    SETTLE_FULL_EXIT = 0x06,
    SETTLE_CHANGE_PUBKEY = 0x07,
    SETTLE_FORCED_EXIT = 0x08,
    SETTLE_WITHDRAW_NFT = 0x0a,
    SETTLE_DEPOSIT_REFUSED = 0x11,
    SETTLE_FULL_EXIT_NFT = 0x16,
};

/* High four bits of first bytes in the delta stream; the low four are the fee class, in NFT transfers the amount. */
enum delta_opcode {
    DELTA_TRANSFER = 1,
    DELTA_TRANSFER_LONG = 2,
    DELTA_TRANSFER_NEW = 3,
    DELTA_NFT_TRANSFER = 4,
    DELTA_NFT_TRANSFER_NEW = 5,
    DELTA_MINT_NFT = 6,
    DELTA_SWAP = 7,
    DELTA_SWAP_NFT = 8,
    DELTA_MARKER = 15,
};

/* What one slot publishes: settlement words first, then delta words. Unused words are zero. */
struct slot_words {
    uint8_t n_settlement;
    uint8_t n_delta;
    uint8_t words[SLOT_WORDS_MAX][WORD_BYTES];
};

/* Writes the words of each slot of the operation; returns op_slots(kind). The op must have passed state_apply. */
unsigned op_encode(struct slot_words slots[OP_SLOTS_MAX], const struct op *op);

/* The opening words of the delta stream. */
void fee_classes_encode(uint8_t out[PUBDATA_OPENING_BYTES], const struct fee_class classes[FEE_CLASSES]);

/* Reads both streams of one block. Borrows them. */
struct pubdata_reader {
    const uint8_t *settlement, *settlement_end;
    const uint8_t *delta, *delta_end;
    struct fee_class classes[FEE_CLASSES];
};

/* Checks lengths and reads the opening words. ZK_ERR_INPUT; ZK_ERR_UNSUPPORTED for another format. */
ZK_MUST_USE zk_err pubdata_open(struct pubdata_reader *r, const uint8_t *settlement, size_t settlement_len,
                                const uint8_t *delta, size_t delta_len);

/* The next operation; *end = true, and op->kind = OP_NOOP, after the last. The end of the delta stream must be the end
 * of the settlement stream too. ZK_ERR_INPUT; the reader is then not to be used again. */
ZK_MUST_USE zk_err pubdata_next(struct pubdata_reader *r, struct op *op, bool *end);

#endif
