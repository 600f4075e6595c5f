/* types: the limits of the rollup and the plain values its rules speak of. Every id width, tree depth and bound that
 * two parts must agree on is here and nowhere else.
 *
 * Form     all of these are values: copied, compared whole, no padding inside.
 * Source   docs/pubdata.md for what is published; the wire protocol is that of zkSync 1.x. */
#ifndef ZK_ROLLUP_TYPES_H
#define ZK_ROLLUP_TYPES_H

#include "base/bytes.h"

/* Amounts, fees and balances: base units of a token, 0 .. 2^128 - 1. */
typedef unsigned __int128 u128;
#define U128_MAX ((u128)-1)

/* An address on Ethereum, and the hash of an L2 public key: the low 160 bits of its Rescue hash, big-endian.
 * The all-zero hash means "no key": the account cannot send. */
typedef struct eth_address {
    uint8_t b[20];
} eth_address;
typedef struct pubkey_hash {
    uint8_t b[20];
} pubkey_hash;
/* A digest: of a transaction (SHA-256), of a message (keccak256), of NFT content (opaque). */
typedef struct hash32 {
    uint8_t b[32];
} hash32;

/* Account ids are the leaves of a 4-ary tree. The last one stands for "nobody" (owner of a withdrawn NFT; in the wire
 * protocol the NFT storage account) and is never a party of a transaction. */
#define ACCOUNT_TREE_LEVELS 12
#define ACCOUNT_ID_BITS     24
#define ACCOUNT_ID_NOBODY   ((UINT32_C(1) << ACCOUNT_ID_BITS) - 1)
#define ACCOUNT_ID_MAX      (ACCOUNT_ID_NOBODY - 1)
#define ACCOUNT_ID_FEE      0 /* collects the fees; exists from genesis on */

/* Fungible tokens are the leaves of each account's balance tree; NFTs have a registry of their own. Ids between the
 * two ranges name nothing. */
#define BALANCE_TREE_LEVELS 5
#define TOKEN_ID_ETH        0
#define TOKEN_ID_LAST       1023 /* the last fungible token, 4^5 - 1 */
#define NFT_TREE_LEVELS     16
#define NFT_ID_FIRST        UINT32_C(65536)
#define NFT_ID_LAST         UINT32_C(2147483645) /* 2^31 - 3; 2^31 - 2 is reserved by the wire protocol */

/* A nonce of 2^32 - 1 could not be followed by another: it is never used. */
#define NONCE_LAST UINT32_C(4294967294)

/* Price parts of an order are below 2^120, so that a price times an amount stays below 2^248. */
#define ORDER_PRICE_BITS 120

static_assert((UINT64_C(1) << 2 * ACCOUNT_TREE_LEVELS) == UINT64_C(1) << ACCOUNT_ID_BITS, "ids fill the tree");
static_assert((1 << 2 * BALANCE_TREE_LEVELS) == TOKEN_ID_LAST + 1, "tokens fill the tree");
static_assert(NFT_ID_LAST < UINT64_C(1) << 2 * NFT_TREE_LEVELS, "NFT ids are in the tree");

ZK_INLINE bool token_is_fungible(uint32_t token)
{
    return token <= TOKEN_ID_LAST;
}
ZK_INLINE bool token_is_nft(uint32_t token)
{
    return token >= NFT_ID_FIRST && token <= NFT_ID_LAST;
}

ZK_INLINE bool eth_address_eq(const eth_address *a, const eth_address *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}
ZK_INLINE bool pubkey_hash_eq(const pubkey_hash *a, const pubkey_hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}
ZK_INLINE bool hash32_eq(const hash32 *a, const hash32 *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* True if all n bytes are zero: no address, no key. Not constant time. */
ZK_INLINE bool bytes_are_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0) return false;
    return true;
}
ZK_INLINE bool eth_address_is_zero(const eth_address *a)
{
    return bytes_are_zero(a->b, sizeof a->b);
}
ZK_INLINE bool pubkey_hash_is_zero(const pubkey_hash *h)
{
    return bytes_are_zero(h->b, sizeof h->b);
}

ZK_INLINE u128 load_be128(const uint8_t p[16])
{
    return (u128)load_be64(p) << 64 | load_be64(p + 8);
}
ZK_INLINE void store_be128(uint8_t p[16], u128 v)
{
    store_be64(p, (uint64_t)(v >> 64));
    store_be64(p + 8, (uint64_t)v);
}

#endif
