/* eth_key: an Ethereum private key and where it comes from: hexadecimal text, a file, the environment, or an encrypted
 * keystore (Web3 Secret Storage, version 3).
 *
 * Secrets   a key lives in one struct eth_key of the caller's, who ends it with eth_key_wipe. No error message and no
 *           other output holds any part of it; texts that held it are wiped before return.
 * Timing    signing and deriving the address are constant time (libsecp256k1); reading hexadecimal text is not.
 * Source    Web3 Secret Storage Definition v3; RFC 7914 (scrypt); RFC 8018 (PBKDF2). */
#ifndef ZK_ETHEREUM_ETH_KEY_H
#define ZK_ETHEREUM_ETH_KEY_H

#include "base/common.h"

struct eth_key {
    uint8_t secret[32]; /* big-endian, 1 .. order of secp256k1 - 1 */
    uint8_t address[20];
};

void eth_key_wipe(struct eth_key *k);

/* ZK_ERR_INPUT if secret is zero or not below the order of secp256k1. */
ZK_MUST_USE zk_err eth_key_from_secret(struct eth_key *out, const uint8_t secret[32]);

/* 64 hexadecimal digits, 0x allowed, white space around them allowed. */
ZK_MUST_USE zk_err eth_key_from_hex(struct eth_key *out, const char *text);

/* The variable's value as eth_key_from_hex takes it. ZK_ERR_INPUT if it is not set. */
ZK_MUST_USE zk_err eth_key_from_env(struct eth_key *out, const char *variable);

/* A file with a raw key as eth_key_from_hex takes it, or with a keystore, for which password (may be NULL) is tried.
 * Files above 64 KiB are refused, and raw keys that others than the owner may read. */
ZK_MUST_USE zk_err eth_key_from_file(struct eth_key *out, const char *path, const char *password);

/* ---- keystore v3 */

struct keystore_cost {
    uint32_t log_n; /* scrypt's N = 2^log_n, 1 .. 20 */
    uint32_t r;     /* 1 .. 16 */
    uint32_t p;     /* 1 .. 16 */
};

/* What geth uses: 256 MiB and about a second. */
#define KEYSTORE_COST_DEFAULT ((struct keystore_cost){18, 8, 1})

#define KEYSTORE_JSON_CAP 1024

/* Decrypts JSON text: scrypt or pbkdf2 (hmac-sha256), aes-128-ctr. ZK_ERR_INPUT: not a keystore, or parameters beyond
 * the bounds above, or wrong password (the message tells which). */
ZK_MUST_USE zk_err keystore_decrypt(struct eth_key *out, const char *json, size_t len, const char *password);

/* Writes JSON text and a NUL; salt, initial vector and id come from the system's generator. */
ZK_MUST_USE zk_err keystore_encrypt(char out[KEYSTORE_JSON_CAP], const struct eth_key *key, const char *password,
                                    struct keystore_cost cost);

#endif
