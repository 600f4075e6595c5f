#include "ethereum/mnemonic.h"

#include "base/bytes.h"
#include "curve/secp256k1.h"
#include "hash/sha256.h"

#include "ethereum/mnemonic_gen.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#define WORD_MAX       8
#define SENTENCE_MAX   (MNEMONIC_WORDS_MAX * (WORD_MAX + 1))
#define PASSPHRASE_MAX 256
#define ROUNDS         2048
#define HARDENED       UINT32_C(0x80000000)

/* ---- words */

struct sentence {
    char text[SENTENCE_MAX + 1]; /* lower case, one space between words */
    size_t len;
    uint16_t index[MNEMONIC_WORDS_MAX];
    size_t n;
};

static int find_word(const char *word)
{
    size_t low = 0;
    size_t high = ZK_COUNT(mnemonic_words);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(word, mnemonic_words[middle]);
        if (order == 0) return (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

/* The next word of *p in lower case; its true length, which may be more than what fits. */
static size_t next_word(char word[WORD_MAX + 1], const char **p)
{
    size_t len = 0;
    while (isspace((unsigned char)**p)) (*p)++;
    for (; **p != '\0' && !isspace((unsigned char)**p); (*p)++, len++)
        if (len < WORD_MAX) word[len] = (char)tolower((unsigned char)**p);
    word[len < WORD_MAX ? len : WORD_MAX] = '\0';
    return len;
}

static zk_err read_words(struct sentence *s, const char *words)
{
    char word[WORD_MAX + 1];
    zk_err err = ZK_OK;
    for (size_t len; err == ZK_OK && (len = next_word(word, &words)) > 0;) {
        int index = len <= WORD_MAX ? find_word(word) : -1;
        if (s->n == MNEMONIC_WORDS_MAX) {
            err = zk_fail(ZK_ERR_INPUT, "a mnemonic has at most %d words", MNEMONIC_WORDS_MAX);
        } else if (index < 0) {
            err = zk_fail(ZK_ERR_INPUT, "word %zu of the mnemonic is not in the English list", s->n + 1);
        } else {
            if (s->n > 0) s->text[s->len++] = ' ';
            memcpy(s->text + s->len, word, len);
            s->len += len;
            s->index[s->n++] = (uint16_t)index;
        }
    }
    zk_wipe(word, sizeof word);
    if (err == ZK_OK && (s->n < 12 || s->n % 3 != 0))
        err = zk_fail(ZK_ERR_INPUT, "a mnemonic has 12, 15, 18, 21 or 24 words, not %zu", s->n);
    return err;
}

/* 11 bits a word: entropy, then the first bits of its SHA-256, one of 33. */
static bool checksum_holds(const struct sentence *s)
{
    uint8_t bits[MNEMONIC_WORDS_MAX * 11 / 8] = {0};
    uint8_t digest[32];
    for (size_t i = 0; i < 11 * s->n; i++)
        if (s->index[i / 11] >> (10 - i % 11) & 1) bits[i / 8] |= (uint8_t)(0x80 >> i % 8);
    size_t check_bits = s->n / 3;
    size_t entropy = (11 * s->n - check_bits) / 8;
    sha256(digest, bits, entropy);
    uint8_t mask = (uint8_t)(0xff00 >> check_bits);
    bool ok = ((bits[entropy] ^ digest[0]) & mask) == 0;
    zk_wipe(bits, sizeof bits);
    zk_wipe(digest, sizeof digest);
    return ok;
}

static zk_err check_passphrase(const char *passphrase)
{
    if (strlen(passphrase) > PASSPHRASE_MAX)
        return zk_fail(ZK_ERR_INPUT, "a passphrase has at most %d characters", PASSPHRASE_MAX);
    for (const char *p = passphrase; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
            return zk_fail(ZK_ERR_INPUT, "the passphrase has a character that is not printable ASCII");
    return ZK_OK;
}

zk_err mnemonic_seed(uint8_t seed[MNEMONIC_SEED], const char *words, const char *passphrase)
{
    struct sentence s = {0};
    char salt[8 + PASSPHRASE_MAX + 1];
    memset(seed, 0, MNEMONIC_SEED);
    ZK_TRY(check_passphrase(passphrase));
    (void)snprintf(salt, sizeof salt, "mnemonic%s", passphrase);
    zk_err err = read_words(&s, words);
    if (err == ZK_OK && !checksum_holds(&s))
        err = zk_fail(ZK_ERR_INPUT, "the mnemonic's checksum is wrong: a word is wrong, or they are in another order");
    if (err == ZK_OK && PKCS5_PBKDF2_HMAC(s.text, (int)s.len, (const unsigned char *)salt, (int)strlen(salt), ROUNDS,
                                          EVP_sha512(), MNEMONIC_SEED, seed) != 1)
        err = zk_fail(ZK_ERR_MEMORY, "cannot derive the seed of a mnemonic");
    zk_wipe(&s, sizeof s);
    zk_wipe(salt, sizeof salt);
    return err;
}

/* ---- the tree of keys */

struct node {
    uint8_t key[32];
    uint8_t chain[32];
};

static bool hmac_sha512(uint8_t out[64], const uint8_t *key, size_t key_len, const uint8_t *data, size_t len)
{
    unsigned n = 64;
    return HMAC(EVP_sha512(), key, (int)key_len, data, len, out, &n) != NULL && n == 64;
}

static bool child(struct node *node, uint32_t index)
{
    uint8_t data[37];
    uint8_t public_key[64];
    uint8_t digest[64];
    data[0] = 0;
    memcpy(data + 1, node->key, 32);
    bool ok = true;
    if ((index & HARDENED) == 0) {
        ok = secp_public_key(public_key, node->key);
        data[0] = (uint8_t)(2 + (public_key[63] & 1)); /* compressed: the parity of y, then x */
        memcpy(data + 1, public_key, 32);
    }
    store_be32(data + 33, index);
    ok = ok && hmac_sha512(digest, node->chain, 32, data, sizeof data) && secp_key_add(node->key, digest);
    if (ok) memcpy(node->chain, digest + 32, 32);
    zk_wipe(data, sizeof data);
    zk_wipe(digest, sizeof digest);
    return ok;
}

zk_err mnemonic_key(struct eth_key *out, const char *words, const char *passphrase, uint32_t index)
{
    static const char root[] = "Bitcoin seed";
    const uint32_t path[] = {44 | HARDENED, 60 | HARDENED, 0 | HARDENED, 0, index};
    uint8_t seed[MNEMONIC_SEED];
    struct node node;
    eth_key_wipe(out);
    if ((index & HARDENED) != 0) return zk_fail(ZK_ERR_INPUT, "the index of a key is below 2^31");
    ZK_TRY(mnemonic_seed(seed, words, passphrase));
    bool ok = hmac_sha512((uint8_t *)&node, (const uint8_t *)root, strlen(root), seed, sizeof seed);
    for (size_t i = 0; ok && i < ZK_COUNT(path); i++) ok = child(&node, path[i]);
    zk_err err = ok ? eth_key_from_secret(out, node.key)
                    : zk_fail(ZK_ERR_INPUT, "this mnemonic has no key with this index; take another");
    zk_wipe(seed, sizeof seed);
    zk_wipe(&node, sizeof node);
    return err;
}
