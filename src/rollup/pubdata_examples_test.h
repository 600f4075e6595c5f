/* pubdata_examples_test: one operation of each kind, with the values that docs/pubdata.md shows: pubdata_test.c
 * compares the page with what op_encode writes. */
#ifndef ZK_ROLLUP_PUBDATA_EXAMPLES_TEST_H
#define ZK_ROLLUP_PUBDATA_EXAMPLES_TEST_H

#include "rollup/pubdata.h"

#define EX_ETH ((u128)1000000000000000000)
#define EX_ALICE                                                                                                       \
    {                                                                                                                  \
        {                                                                                                              \
            0x21, 0xab, 0xae, 0xd8, 0x71, 0x20, 0x72, 0xe9, 0x18, 0x63, 0x22, 0x59, 0x78, 0x0e, 0x58, 0x76, 0x98,      \
                0xef, 0x58, 0xda                                                                                       \
        }                                                                                                              \
    }
#define EX_BOB                                                                                                         \
    {                                                                                                                  \
        {                                                                                                              \
            0x2a, 0x0a, 0x81, 0xe2, 0x57, 0xa2, 0xf5, 0xd6, 0xed, 0x4f, 0x07, 0xb8, 0x1d, 0xbd, 0xa0, 0x9f, 0x10,      \
                0x7b, 0xd0, 0x26                                                                                       \
        }                                                                                                              \
    }
#define EX_KEY                                                                                                         \
    {                                                                                                                  \
        {                                                                                                              \
            0x3c, 0xfb, 0x9a, 0x39, 0x09, 0x6d, 0x9e, 0x02, 0xb2, 0x41, 0x87, 0x35, 0x5f, 0x62, 0x8f, 0x9a, 0x63,      \
                0x31, 0x51, 0x1b                                                                                       \
        }                                                                                                              \
    }
#define EX_HASH                                                                                                        \
    {                                                                                                                  \
        {                                                                                                              \
            0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10,      \
                0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f               \
        }                                                                                                              \
    }
#define EX_NFT                                                                                                         \
    {                                                                                                                  \
        .creator = 42, .serial = 3, .creator_address = EX_ALICE, .hash = EX_HASH                                       \
    }

/* Class 0: ETH for 10^12; class 1: token 5 for 2000; class 2: token 5 free. */
static const struct fee_class example_classes[FEE_CLASSES] = {{0, 1000000000000}, {5, 2000}, {5, 0}};

static const struct op examples[] = {
    {.kind = OP_DEPOSIT, .account = 42, .token = 0, .amount = 5 * EX_ETH, .address = EX_ALICE},
    {.kind = OP_TRANSFER, .account = 42, .other = 7, .amount = EX_ETH, .fee = 1000000000000},
    {.kind = OP_TRANSFER_LONG,
     .fee_class = 1,
     .account = 42,
     .other = 7,
     .token = 5,
     .fee_token = 5,
     .amount = 1500,
     .fee = 30},
    {.kind = OP_TRANSFER_NEW,
     .account = 42,
     .other = 44,
     .amount = EX_ETH / 2,
     .fee = 3000000000000,
     .address = EX_BOB},
    {.kind = OP_NFT_TRANSFER, .account = 42, .other = 7, .token = 65537, .amount = 1},
    {.kind = OP_NFT_TRANSFER_NEW, .account = 42, .other = 45, .token = 65537, .amount = 1, .address = EX_BOB},
    {.kind = OP_MINT_NFT,
     .fee_class = 1,
     .account = 42,
     .other = 7,
     .fee_token = 5,
     .fee = 2000,
     .nft = {.hash = EX_HASH}},
    {.kind = OP_SWAP,
     .fee_class = 1,
     .fee_token = 5,
     .fee = 2000,
     .swap = {{42, 7}, {42, 8}, 9, {0, 5}, {EX_ETH, 2000000}, {true, false}}},
    {.kind = OP_SWAP_NFT,
     .fee_class = 1,
     .fee_token = 5,
     .fee = 2000,
     .swap = {{42, 7}, {42, 8}, 9, {65537, 5}, {1, 2000000}, {true, true}}},
    {.kind = OP_WITHDRAW, .account = 42, .amount = 123456789, .fee = 1000000000000, .address = EX_BOB},
    {.kind = OP_CHANGE_PUBKEY,
     .fee_class = 1,
     .account = 42,
     .fee_token = 5,
     .fee = 2000,
     .address = EX_ALICE,
     .nonce = 17,
     .pubkey_hash = EX_KEY},
    {.kind = OP_FORCED_EXIT, .account = 44, .other = 7, .amount = EX_ETH / 2, .fee = 1000000000000, .address = EX_BOB},
    {.kind = OP_FULL_EXIT, .account = 42, .token = 5, .amount = 2000000, .address = EX_ALICE},
    {.kind = OP_DEPOSIT_REFUSED, .account = 0, .token = 5, .amount = 77, .address = EX_BOB},
    {.kind = OP_WITHDRAW_NFT,
     .account = 42,
     .token = 65537,
     .amount = 1,
     .fee = 1000000000000,
     .address = EX_BOB,
     .nft = EX_NFT},
    {.kind = OP_FULL_EXIT_NFT, .account = 42, .token = 65537, .amount = 1, .address = EX_ALICE, .nft = EX_NFT},
};

#endif
