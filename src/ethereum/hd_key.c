#include "ethereum/hd_key.h"

#include "base/bytes.h"
#include "curve/secp256k1.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define HARDENED    UINT32_C(0x80000000)
#define SEED_ROUNDS 2048

/* The order of secp256k1, big-endian 64-bit limbs (SEC 2). */
static const uint64_t order[4] = {0xffffffffffffffff, 0xfffffffffffffffe, 0xbaaedce6af48a03b, 0xbfd25e8cd0364141};

/* A node of the tree: private key and chain code. */
struct hd_node {
    uint8_t key[32];
    uint8_t chain[32];
};

static zk_err hmac_sha512(uint8_t out[64], const uint8_t *key, size_t key_len, const uint8_t *data, size_t len)
{
    unsigned n = 64;
    if (HMAC(EVP_sha512(), key, (int)key_len, data, len, out, &n) == NULL || n != 64)
        return zk_fail(ZK_ERR_MEMORY, "HMAC-SHA512 failed");
    return ZK_OK;
}

/* a = a + b mod order, in constant time; a and b are below the order. */
static void add_mod_order(uint8_t a[32], const uint8_t b[32])
{
    uint64_t sum[4], reduced[4], carry = 0, borrow = 0;
    for (int i = 3; i >= 0; i--) {
        unsigned __int128 t = (unsigned __int128)load_be64(a + 8 * i) + load_be64(b + 8 * i) + carry;
        sum[i] = (uint64_t)t;
        carry = (uint64_t)(t >> 64);
    }
    for (int i = 3; i >= 0; i--) {
        unsigned __int128 t = (unsigned __int128)sum[i] - order[i] - borrow;
        reduced[i] = (uint64_t)t;
        borrow = (uint64_t)(t >> 64) & 1;
    }
    uint64_t keep = 0 - (borrow & (1 - carry)); /* all ones if the sum is below the order */
    for (int i = 0; i < 4; i++) store_be64(a + 8 * i, (sum[i] & keep) | (reduced[i] & ~keep));
    zk_wipe(sum, sizeof sum);
    zk_wipe(reduced, sizeof reduced);
}

/* Replaces a node by its child. */
static zk_err descend(struct hd_node *n, uint32_t index)
{
    uint8_t data[37], public_key[64], digest[64];
    zk_err err = ZK_OK;
    if (!secp_public_key(public_key, n->key)) err = zk_fail(ZK_ERR_INPUT, "this mnemonic gives no key");
    if ((index & HARDENED) != 0) {
        data[0] = 0;
        memcpy(data + 1, n->key, 32);
    } else {
        data[0] = 2 + (public_key[63] & 1); /* compressed: parity of y, then x */
        memcpy(data + 1, public_key, 32);
    }
    store_be32(data + 33, index);
    if (err == ZK_OK) err = hmac_sha512(digest, n->chain, 32, data, sizeof data);
    /* A digest of the order or more has probability 2^-127; BIP-32 then says: no such key. */
    if (err == ZK_OK && !secp_public_key(public_key, digest)) err = zk_fail(ZK_ERR_INPUT, "this index gives no key");
    if (err == ZK_OK) {
        add_mod_order(n->key, digest);
        memcpy(n->chain, digest + 32, 32);
    }
    zk_wipe(data, sizeof data);
    zk_wipe(digest, sizeof digest);
    return err;
}

static zk_err root_node(struct hd_node *n, const char *mnemonic)
{
    static const uint8_t salt[] = "mnemonic", name[] = "Bitcoin seed";
    uint8_t seed[64], digest[64];
    if (PKCS5_PBKDF2_HMAC(mnemonic, (int)strlen(mnemonic), salt, sizeof salt - 1, SEED_ROUNDS, EVP_sha512(),
                          sizeof seed, seed) != 1)
        return zk_fail(ZK_ERR_MEMORY, "PBKDF2 failed");
    zk_err err = hmac_sha512(digest, name, sizeof name - 1, seed, sizeof seed);
    if (err == ZK_OK) {
        memcpy(n->key, digest, 32);
        memcpy(n->chain, digest + 32, 32);
    }
    zk_wipe(seed, sizeof seed);
    zk_wipe(digest, sizeof digest);
    return err;
}

static bool is_mnemonic(const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > HD_MNEMONIC_MAX || text[0] == ' ' || text[len - 1] == ' ') return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] < ' ' || text[i] > '~' || (text[i] == ' ' && text[i + 1] == ' ')) return false;
    return true;
}

zk_err hd_key(struct eth_key *out, const char *mnemonic, uint32_t index)
{
    const uint32_t path[] = {44 | HARDENED, 60 | HARDENED, HARDENED, 0, index};
    struct hd_node node = {0};
    assert(index < HARDENED);
    if (!is_mnemonic(mnemonic))
        return zk_fail(ZK_ERR_INPUT, "a mnemonic is words of ASCII letters with single spaces between them");
    zk_err err = root_node(&node, mnemonic);
    for (size_t i = 0; i < ZK_COUNT(path) && err == ZK_OK; i++) err = descend(&node, path[i]);
    if (err == ZK_OK) err = eth_key_from_secret(out, node.key);
    zk_wipe(&node, sizeof node);
    return err;
}
