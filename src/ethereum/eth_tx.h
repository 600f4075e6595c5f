/* eth_tx: Ethereum transactions: encoding, signing, hashing, reading back, and what they cost before they run.
 *
 * Types       legacy (with EIP-155 chain id) and EIP-1559. Access lists are written empty, and only empty ones are
 *             read.
 * Integers    256-bit values are 32 big-endian bytes.
 * Ownership   `data` is borrowed.
 * Timing      signing is constant time in the key.
 * Source      EIP-155, EIP-1559, EIP-2718; gas: EIP-2028, EIP-3860, EIP-7623. */
#ifndef ZK_ETHEREUM_ETH_TX_H
#define ZK_ETHEREUM_ETH_TX_H

#include "base/common.h"
#include "ethereum/eth_key.h"

typedef enum eth_tx_type { ETH_TX_LEGACY = 0, ETH_TX_1559 = 2 } eth_tx_type;

struct eth_tx {
    eth_tx_type type;
    uint64_t chain_id; /* 1 .. 2^62 */
    uint64_t nonce;
    uint64_t gas_limit;
    uint8_t max_fee[32];      /* a gas, in wei; the gas price of a legacy transaction */
    uint8_t max_priority[32]; /* a gas, in wei; not used in a legacy one */
    bool creates;             /* no recipient: data is init code */
    uint8_t to[20];
    uint8_t value[32]; /* wei */
    const uint8_t *data;
    size_t data_len;
};

/* Bytes that are certain to hold the signed form. */
ZK_INLINE size_t eth_tx_raw_cap(const struct eth_tx *tx)
{
    return tx->data_len + 320;
}

/* raw[0 .. *raw_len-1] = the signed transaction as eth_sendRawTransaction takes it, hash = its hash.
 * raw has eth_tx_raw_cap(tx) bytes. */
ZK_MUST_USE zk_err eth_tx_sign(uint8_t *raw, size_t *raw_len, uint8_t hash[32], const struct eth_tx *tx,
                               const struct eth_key *key);

/* Reads a signed transaction and recovers its sender. tx->data points into raw. ZK_ERR_INPUT for anything not canonical
 * (s above half the order included: EIP-2), ZK_ERR_UNSUPPORTED for other types and non-empty access lists. */
ZK_MUST_USE zk_err eth_tx_decode(struct eth_tx *tx, uint8_t sender[20], const uint8_t *raw, size_t raw_len);

/* Gas that any execution begins with: 21,000, calldata, and creation with its init code words. */
uint64_t eth_tx_intrinsic_gas(const uint8_t *data, size_t len, bool creates);

/* The least a transaction with this calldata pays since EIP-7623, whatever it executes. A real node refuses a lower gas
 * limit; anvil drops the transaction without a word. */
uint64_t eth_tx_floor_gas(const uint8_t *data, size_t len);

/* The last 20 bytes of the hash of an uncompressed public key, x ‖ y. */
void eth_address_of_public_key(uint8_t out[20], const uint8_t public_key[64]);

/* Where a contract created by (sender, nonce) stands. */
void eth_create_address(uint8_t out[20], const uint8_t sender[20], uint64_t nonce);

/* Where CREATE2 puts init code of the given hash (EIP-1014). */
void eth_create2_address(uint8_t out[20], const uint8_t deployer[20], const uint8_t salt[32],
                         const uint8_t init_code_hash[32]);

/* The EIP-55 form of an address: "0x", 40 digits whose case is a checksum, NUL. */
void eth_address_str(char out[43], const uint8_t address[20]);

/* 40 digits after 0x. Mixed case must be the EIP-55 checksum. */
ZK_MUST_USE bool eth_address_parse(uint8_t out[20], const char *text);

#endif
