/* tx: the seven kinds of transaction that users sign, their bytes and their hashes.
 *
 * A struct tx holds what the user said, as values: amounts unpacked, ids as numbers. Nothing in it is checked: that is
 * tx_check.h (limits, no state) and the state transition. The signature is part of it, for both travel together.
 *
 *   tx_sign.h    what the keys sign         tx_json.h    JSON
 *   tx_check.h   what needs no state        tx_legacy.h  the layouts of before 2021
 *
 * Bytes     Two forms, big-endian, which agree but for the swap:
 *             full bytes   what the transaction hash covers; at most 224
 *             sign bytes   what the L2 key signs: the same, but a swap has its orders' 31-byte hash for its orders
 *           Decoding is strict: one transaction has exactly one encoding (packed amounts included).
 * Failure   Encoding fails (ZK_ERR_RANGE) only if an amount or fee has no packed form, or a price part has more than
 *           120 bits; never for a transaction that tx_check_limits passed. Decoding: ZK_ERR_INPUT.
 * Purity    no allocation, no state; deterministic. */
#ifndef ZK_ROLLUP_TX_H
#define ZK_ROLLUP_TX_H

#include "rollup/types.h"

typedef enum tx_type {
    TX_WITHDRAW = 3,
    TX_TRANSFER = 5,
    TX_CHANGE_PUBKEY = 7,
    TX_FORCED_EXIT = 8,
    TX_MINT_NFT = 9,
    TX_WITHDRAW_NFT = 10,
    TX_SWAP = 11,
} tx_type;

/* "Transfer", "ChangePubKey", …: the `type` member in JSON; static. NULL if type is none of the above. */
const char *tx_type_str(tx_type type);

/* A Schnorr signature over the embedded curve with its public key, both as packed by zksync-crypto. */
struct l2_signature {
    uint8_t pubkey[32];
    uint8_t sig[64]; /* pack(R), then s little-endian */
};

/* Seconds since 1970, both ends included. Absent in JSON: 0 .. 2^64 - 1, and signed as that. */
struct time_range {
    uint64_t from;
    uint64_t until;
};
#define TIME_RANGE_ALL ((struct time_range){0, UINT64_MAX})

struct tx_transfer {
    uint32_t account_id;
    eth_address from;
    eth_address to;
    uint32_t token; /* also the fee token */
    uint32_t nonce;
    u128 amount; /* packed in both byte forms */
    u128 fee;
    struct time_range valid;
};

struct tx_withdraw {
    uint32_t account_id;
    eth_address from;
    eth_address to; /* on L1 */
    uint32_t token; /* also the fee token */
    uint32_t nonce;
    bool fast;   /* asks for the block to close soon; in no signed or published byte */
    u128 amount; /* in full */
    u128 fee;
    struct time_range valid;
};

/* How the owner of an account's address authorizes a new signing key (eth_auth.h). In no signed byte. */
typedef enum change_pubkey_auth_kind {
    CHANGE_PUBKEY_ONCHAIN, /* a fact stored in the contract */
    CHANGE_PUBKEY_ECDSA,   /* signature over 60 bytes */
    CHANGE_PUBKEY_CREATE2, /* the address is that of a contract that commits to the key */
    CHANGE_PUBKEY_LEGACY,  /* signature over a text */
    CHANGE_PUBKEY_EIP712,  /* signature over typed data */
} change_pubkey_auth_kind;

struct change_pubkey_auth {
    change_pubkey_auth_kind kind;
    union {
        struct {
            uint8_t eth_signature[65]; /* r, s, v: ECDSA, LEGACY, EIP712 */
            hash32 batch_hash;         /* ECDSA, EIP712: must be zero */
        };
        struct {
            eth_address creator;
            hash32 salt_arg;
            hash32 code_hash;
        } create2;
    };
};

struct tx_change_pubkey {
    uint32_t account_id;
    eth_address account;
    pubkey_hash new_pubkey_hash;
    uint32_t fee_token;
    uint32_t nonce;
    u128 fee;
    struct time_range valid;
    struct change_pubkey_auth auth;
};

struct tx_forced_exit {
    uint32_t initiator_id; /* pays the fee, in token */
    eth_address target;    /* an account without a key: its whole balance leaves to L1 */
    uint32_t token;
    uint32_t nonce;
    u128 fee;
    struct time_range valid;
};

struct tx_mint_nft {
    uint32_t creator_id;
    eth_address creator;
    hash32 content_hash;
    eth_address recipient;
    uint32_t fee_token;
    uint32_t nonce;
    u128 fee;
};

struct tx_withdraw_nft {
    uint32_t account_id;
    eth_address from;
    eth_address to; /* on L1 */
    uint32_t token; /* the NFT */
    uint32_t fee_token;
    uint32_t nonce;
    bool fast;
    u128 fee;
    struct time_range valid;
};

/* "I sell `amount` of token_sell for token_buy, at ratio[0] : ratio[1] or better": an order accepts s for b iff
 * s * ratio[1] <= b * ratio[0]. An amount of 0 is a limit order: any amount, and the nonce is not used up. */
struct order {
    uint32_t account_id;
    eth_address recipient;
    uint32_t nonce;
    uint32_t token_sell;
    uint32_t token_buy;
    u128 ratio[2];
    u128 amount;
    struct time_range valid;
    struct l2_signature signature;
};

struct tx_swap {
    uint32_t submitter_id;
    eth_address submitter;
    uint32_t nonce;
    uint32_t fee_token;
    u128 fee;
    u128 amounts[2]; /* of orders[i].token_sell */
    struct order orders[2];
};

struct tx {
    tx_type type;
    struct l2_signature signature;
    union {
        struct tx_transfer transfer;
        struct tx_withdraw withdraw;
        struct tx_change_pubkey change_pubkey;
        struct tx_forced_exit forced_exit;
        struct tx_mint_nft mint_nft;
        struct tx_withdraw_nft withdraw_nft;
        struct tx_swap swap;
    };
};

/* The key hashes of those who signed, as the signature check found them: what the state transition compares with
 * accounts. All zero (which no key has) where there is no signature, or where it is wrong. */
struct tx_signers {
    pubkey_hash tx;
    pubkey_hash orders[2];
};

/* What all kinds have in common. */
uint32_t tx_account_id(const struct tx *tx); /* who pays and whose nonce it is: the initiator of a forced exit, … */
uint32_t tx_nonce(const struct tx *tx);
u128 tx_fee(const struct tx *tx);
uint32_t tx_fee_token(const struct tx *tx);

/* When it may be executed: its own range; for a swap the intersection of its orders' (from > until if that is empty);
 * always, for a mint. */
struct time_range tx_valid(const struct tx *tx);

/* The L1 address of who pays. False, and *address = 0, for a forced exit: it names its initiator by id alone. */
bool tx_sender(eth_address *address, const struct tx *tx);

#define TX_VERSION        1
#define ORDER_BYTES       89
#define TX_FULL_BYTES_MAX 224

/* The length of a kind's full bytes, which is that of its sign bytes but for the swap. */
size_t tx_full_len(tx_type type);

/* Writes the full bytes; *len <= TX_FULL_BYTES_MAX. */
ZK_MUST_USE zk_err tx_full_bytes(uint8_t *out, size_t *len, const struct tx *tx);

/* Reads full bytes. Signatures are set to zero, as are `fast` and the authorization of a change-pubkey (on-chain). */
ZK_MUST_USE zk_err tx_from_full_bytes(struct tx *tx, const uint8_t *in, size_t len);

/* Writes an order's sign bytes. */
ZK_MUST_USE zk_err order_sign_bytes(uint8_t out[ORDER_BYTES], const struct order *order);

/* Reads an order's sign bytes; its signature is set to zero. */
ZK_MUST_USE zk_err order_from_sign_bytes(struct order *order, const uint8_t *in, size_t len);

/* SHA-256 of the full bytes: the name under which users find a transaction ("sync-tx:" + hex). */
ZK_MUST_USE zk_err tx_hash(hash32 *hash, const struct tx *tx);

/* SHA-256 of n transaction hashes in a row; n >= 1. */
void tx_batch_hash(hash32 *hash, const hash32 *hashes, size_t n);

#endif
