/* Web3 Secret Storage v3. A key is derived from the password (scrypt or PBKDF2), 32 bytes: the first 16 encrypt the
 * secret with AES-128-CTR, the last 16 authenticate it: mac = keccak256(derived[16..31] ‖ ciphertext).
 *
 *   {"version": 3, "id": uuid, "address": 40 hex,
 *    "crypto": {"cipher": "aes-128-ctr", "cipherparams": {"iv": 32 hex}, "ciphertext": 64 hex,
 *               "kdf": "scrypt", "kdfparams": {"dklen": 32, "n": .., "r": .., "p": .., "salt": hex}, "mac": 64 hex}} */
#include "ethereum/eth_key.h"

#include "base/bytes.h"
#include "hash/keccak256.h"

#include <json-c/json.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#define SALT_MAX       64
#define DERIVED_LEN    32
#define ITERATIONS_MAX 10000000 /* PBKDF2; a hostile file must not keep us busy for hours */
#define JSON_MAX       65536

struct keystore {
    bool is_scrypt;
    struct keystore_cost cost;
    uint64_t iterations;
    uint8_t salt[SALT_MAX];
    size_t salt_len;
    uint8_t iv[16];
    uint8_t ciphertext[32];
    uint8_t mac[32];
};

/* The member of an object, in any case of letters at the top ("Crypto" is geth's old spelling); NULL if absent. */
static struct json_object *member(struct json_object *object, const char *key, enum json_type type)
{
    struct json_object *value;
    if (object == NULL || !json_object_is_type(object, json_type_object)) return NULL;
    if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type)) return NULL;
    return value;
}

static bool get_hex(uint8_t *out, size_t len, struct json_object *object, const char *key)
{
    struct json_object *v = member(object, key, json_type_string);
    return v != NULL && hex_decode(out, len, json_object_get_string(v), (size_t)json_object_get_string_len(v));
}

static bool get_u64(uint64_t *out, struct json_object *object, const char *key)
{
    struct json_object *v = member(object, key, json_type_int);
    if (v == NULL || json_object_get_int64(v) < 0) return false;
    *out = json_object_get_uint64(v);
    return true;
}

static bool get_salt(struct keystore *k, struct json_object *params)
{
    struct json_object *v = member(params, "salt", json_type_string);
    if (v == NULL) return false;
    size_t digits = (size_t)json_object_get_string_len(v);
    if (digits % 2 != 0 || digits / 2 > SALT_MAX) return false;
    k->salt_len = digits / 2;
    return hex_decode(k->salt, k->salt_len, json_object_get_string(v), digits);
}

static bool parse_scrypt(struct keystore *k, struct json_object *params)
{
    uint64_t n;
    uint64_t r;
    uint64_t p;
    if (!get_u64(&n, params, "n") || !get_u64(&r, params, "r") || !get_u64(&p, params, "p")) return false;
    bool power = n >= 2 && n <= UINT64_C(1) << 20 && (n & (n - 1)) == 0;
    if (!power || r < 1 || r > 16 || p < 1 || p > 16) return false;
    if (r < 2 && n >= UINT64_C(1) << 16 * r) return false; /* RFC 7914, section 2: N < 2^(128 r / 8) */
    k->cost = (struct keystore_cost){(uint32_t)__builtin_ctzll(n), (uint32_t)r, (uint32_t)p};
    return true;
}

static bool parse_pbkdf2(struct keystore *k, struct json_object *params)
{
    struct json_object *prf = member(params, "prf", json_type_string);
    return prf != NULL && strcmp(json_object_get_string(prf), "hmac-sha256") == 0 &&
           get_u64(&k->iterations, params, "c") && k->iterations >= 1 && k->iterations <= ITERATIONS_MAX;
}

static zk_err parse(struct keystore *k, struct json_object *root)
{
    uint64_t version = 0;
    uint64_t derived_len = 0;
    struct json_object *crypto = member(root, "crypto", json_type_object);
    if (crypto == NULL) crypto = member(root, "Crypto", json_type_object);
    struct json_object *params = member(crypto, "kdfparams", json_type_object);
    struct json_object *kdf = member(crypto, "kdf", json_type_string);
    struct json_object *cipher = member(crypto, "cipher", json_type_string);
    bool ok = get_u64(&version, root, "version") && version == 3 && params != NULL && kdf != NULL && cipher != NULL &&
              get_hex(k->iv, sizeof k->iv, member(crypto, "cipherparams", json_type_object), "iv") &&
              get_hex(k->ciphertext, sizeof k->ciphertext, crypto, "ciphertext") &&
              get_hex(k->mac, sizeof k->mac, crypto, "mac") && get_salt(k, params) &&
              get_u64(&derived_len, params, "dklen");
    if (!ok) return zk_fail(ZK_ERR_INPUT, "not a keystore of version 3");
    if (strcmp(json_object_get_string(cipher), "aes-128-ctr") != 0 || derived_len != DERIVED_LEN)
        return zk_fail(ZK_ERR_INPUT, "a keystore with another cipher than aes-128-ctr, or dklen other than 32");
    k->is_scrypt = strcmp(json_object_get_string(kdf), "scrypt") == 0;
    if (!k->is_scrypt && strcmp(json_object_get_string(kdf), "pbkdf2") != 0)
        return zk_fail(ZK_ERR_INPUT, "a keystore with another key derivation than scrypt or pbkdf2");
    if (!(k->is_scrypt ? parse_scrypt(k, params) : parse_pbkdf2(k, params)))
        return zk_fail(ZK_ERR_INPUT, "the keystore's key derivation parameters are missing or out of bounds");
    return ZK_OK;
}

static zk_err derive(uint8_t out[DERIVED_LEN], const struct keystore *k, const char *password)
{
    size_t len = strlen(password);
    int ok;
    if (k->is_scrypt) {
        uint64_t memory = (UINT64_C(1) << k->cost.log_n) * k->cost.r * 128 + (UINT64_C(1) << 20) * k->cost.p;
        ok = EVP_PBE_scrypt(password, len, k->salt, k->salt_len, UINT64_C(1) << k->cost.log_n, k->cost.r, k->cost.p,
                            memory, out, DERIVED_LEN);
    } else {
        ok = PKCS5_PBKDF2_HMAC(password, (int)len, k->salt, (int)k->salt_len, (int)k->iterations, EVP_sha256(),
                               DERIVED_LEN, out);
    }
    return ok == 1 ? ZK_OK : zk_fail(ZK_ERR_MEMORY, "deriving the keystore's key failed (memory?)");
}

/* CTR is its own inverse. */
static zk_err aes_128_ctr(uint8_t out[32], const uint8_t in[32], const uint8_t key[16], const uint8_t iv[16])
{
    int n = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx != NULL && EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv) == 1 &&
              EVP_EncryptUpdate(ctx, out, &n, in, 32) == 1 && n == 32;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? ZK_OK : zk_fail(ZK_ERR_MEMORY, "AES-128-CTR failed in OpenSSL");
}

static void make_mac(uint8_t mac[32], const uint8_t derived[DERIVED_LEN], const uint8_t ciphertext[32])
{
    struct keccak256 h;
    keccak256_init(&h);
    keccak256_update(&h, derived + 16, 16);
    keccak256_update(&h, ciphertext, 32);
    keccak256_final(&h, mac);
}

static zk_err decrypt(struct eth_key *out, const struct keystore *k, const char *password)
{
    uint8_t derived[DERIVED_LEN];
    uint8_t secret[32] = {0};
    uint8_t mac[32];
    zk_err err = derive(derived, k, password);
    if (err != ZK_OK) goto done;
    make_mac(mac, derived, k->ciphertext);
    if (!zk_bytes_eq_ct(mac, k->mac, sizeof mac)) {
        err = zk_fail(ZK_ERR_INPUT, "wrong password, or a damaged keystore");
        goto done;
    }
    err = aes_128_ctr(secret, k->ciphertext, derived, k->iv);
    if (err == ZK_OK) err = eth_key_from_secret(out, secret);
done:
    zk_wipe(derived, sizeof derived);
    zk_wipe(secret, sizeof secret);
    return err;
}

zk_err keystore_decrypt(struct eth_key *out, const char *json, size_t len, const char *password)
{
    struct keystore k = {0};
    if (len > JSON_MAX) return zk_fail(ZK_ERR_INPUT, "a keystore of %zu bytes is too large", len);
    struct json_tokener *parser = json_tokener_new_ex(8);
    if (parser == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to read a keystore");
    struct json_object *root = json_tokener_parse_ex(parser, json, (int)len);
    zk_err err = root != NULL ? parse(&k, root) : zk_fail(ZK_ERR_INPUT, "the keystore is not JSON");
    json_object_put(root);
    json_tokener_free(parser);
    return err == ZK_OK ? decrypt(out, &k, password) : err;
}

/* A random UUID (RFC 9562, version 4): the file's name to other programs, without meaning. */
static bool random_uuid(char out[37])
{
    uint8_t b[16];
    char hex[33];
    if (RAND_bytes(b, sizeof b) != 1) return false;
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    hex_encode(hex, b, sizeof b);
    (void)snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
    return true;
}

zk_err keystore_encrypt(char out[KEYSTORE_JSON_CAP], const struct eth_key *key, const char *password,
                        struct keystore_cost cost)
{
    char uuid[37];
    uint8_t derived[DERIVED_LEN] = {0};
    char address[41], iv[33], ciphertext[65], salt[65], mac[65];
    if (cost.log_n < 1 || cost.log_n > 20 || cost.r < 1 || cost.r > 16 || cost.p < 1 || cost.p > 16)
        return zk_fail(ZK_ERR_RANGE, "scrypt's log n, r, p must be in 1 .. 20, 1 .. 16, 1 .. 16");
    struct keystore k = {.is_scrypt = true, .cost = cost, .salt_len = 32};
    if (RAND_bytes(k.salt, 32) != 1 || RAND_bytes(k.iv, sizeof k.iv) != 1 || !random_uuid(uuid))
        return zk_fail(ZK_ERR_IO, "the system's random generator failed");
    zk_err err = derive(derived, &k, password);
    if (err == ZK_OK) err = aes_128_ctr(k.ciphertext, key->secret, derived, k.iv);
    if (err == ZK_OK) make_mac(k.mac, derived, k.ciphertext);
    zk_wipe(derived, sizeof derived);
    if (err != ZK_OK) return err;

    hex_encode(address, key->address, 20);
    hex_encode(iv, k.iv, sizeof k.iv);
    hex_encode(ciphertext, k.ciphertext, sizeof k.ciphertext);
    hex_encode(salt, k.salt, k.salt_len);
    hex_encode(mac, k.mac, sizeof k.mac);
    int n = snprintf(out, KEYSTORE_JSON_CAP,
                     "{\"version\":3,\"id\":\"%s\",\"address\":\"%s\",\"crypto\":{\"cipher\":\"aes-128-ctr\","
                     "\"cipherparams\":{\"iv\":\"%s\"},"
                     "\"ciphertext\":\"%s\",\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":32,\"n\":%llu,\"r\":%u,\"p\":%"
                     "u,\"salt\":\"%s\"},"
                     "\"mac\":\"%s\"}}",
                     uuid, address, iv, ciphertext, 1ULL << cost.log_n, cost.r, cost.p, salt, mac);
    assert(n > 0 && n < KEYSTORE_JSON_CAP);
    return ZK_OK;
}
