#include "rollup/eth_auth.h"

#include "curve/secp256k1.h"
#include "hash/keccak256.h"
#include "rollup/amount.h"
#include "rollup/eth_text.h"
#include "rollup/tx_legacy.h"

void eip191_digest(hash32 *digest, const void *msg, size_t len)
{
    static const char prefix[] = "\x19"
                                 "Ethereum Signed Message:\n";
    char digits[U128_TEXT_MAX + 1];
    struct keccak256 k;
    keccak256_init(&k);
    keccak256_update(&k, prefix, sizeof prefix - 1);
    keccak256_update(&k, digits, u128_to_text(digits, len));
    keccak256_update(&k, msg, len);
    keccak256_final(&k, digest->b);
}

/* An address is the last 20 bytes of a hash. */
static void address_from_hash(eth_address *address, const hash32 *hash)
{
    memcpy(address->b, hash->b + 12, sizeof address->b);
}

bool eth_recover(eth_address *signer, const hash32 *digest, const uint8_t sig[ETH_SIGNATURE_BYTES])
{
    uint8_t key[64];
    hash32 hash;
    memset(signer, 0, sizeof *signer);
    if (!secp_recover(key, digest->b, sig)) return false;
    keccak256(hash.b, key, sizeof key);
    address_from_hash(signer, &hash);
    return true;
}

static bool signed_by(const eth_address *address, const hash32 *digest, const uint8_t sig[ETH_SIGNATURE_BYTES])
{
    eth_address signer;
    return eth_recover(&signer, digest, sig) && eth_address_eq(&signer, address);
}

bool eth_signed(const eth_address *address, const void *msg, size_t len, const uint8_t sig[ETH_SIGNATURE_BYTES])
{
    hash32 digest;
    eip191_digest(&digest, msg, len);
    return signed_by(address, &digest, sig);
}

zk_err eth_batch_message_old(hash32 *msg, const struct tx *txs, size_t n)
{
    struct keccak256 k;
    keccak256_init(&k);
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[TX_LEGACY_BYTES_MAX];
        size_t len;
        ZK_TRY(tx_legacy_bytes(bytes, &len, &txs[i], true));
        keccak256_update(&k, bytes, len);
    }
    keccak256_final(&k, msg->b);
    return ZK_OK;
}

/* ---- authorization of a new L2 key ---- */

void change_pubkey_message(uint8_t out[CHANGE_PUBKEY_MESSAGE_BYTES], const struct tx_change_pubkey *t)
{
    memset(out, 0, CHANGE_PUBKEY_MESSAGE_BYTES);
    memcpy(out, t->new_pubkey_hash.b, 20);
    store_be32(out + 20, t->nonce);
    store_be32(out + 24, t->account_id);
}

static void hash_of_text(uint8_t out[32], const char *text)
{
    keccak256(out, text, strlen(text));
}

/* Words of 32 bytes: bytes20 stands at the left of its word, numbers at the right. */
void change_pubkey_eip712_digest(hash32 *digest, const struct tx_change_pubkey *t, uint64_t chain_id)
{
    uint8_t domain[4 * 32] = {0};
    uint8_t values[4 * 32] = {0};
    uint8_t both[2 + 2 * 32] = {0x19, 0x01};

    hash_of_text(domain, "EIP712Domain(string name,string version,uint256 chainId)");
    hash_of_text(domain + 32, "ZkSync");
    hash_of_text(domain + 64, "1.0");
    store_be64(domain + 4 * 32 - 8, chain_id);
    hash_of_text(values, "ChangePubKey(bytes20 pubKeyHash,uint32 nonce,uint32 accountId)");
    memcpy(values + 32, t->new_pubkey_hash.b, 20);
    store_be32(values + 3 * 32 - 4, t->nonce);
    store_be32(values + 4 * 32 - 4, t->account_id);

    keccak256(both + 2, domain, sizeof domain);
    keccak256(both + 2 + 32, values, sizeof values);
    keccak256(digest->b, both, sizeof both);
}

void change_pubkey_create2_address(eth_address *address, const struct tx_change_pubkey *t)
{
    uint8_t salt_from[32 + 20];
    uint8_t from[1 + 20 + 32 + 32] = {0xff};
    hash32 hash;
    memcpy(salt_from, t->auth.create2.salt_arg.b, 32);
    memcpy(salt_from + 32, t->new_pubkey_hash.b, 20);
    memcpy(from + 1, t->auth.create2.creator.b, 20);
    keccak256(from + 21, salt_from, sizeof salt_from);
    memcpy(from + 53, t->auth.create2.code_hash.b, 32);
    keccak256(hash.b, from, sizeof from);
    address_from_hash(address, &hash);
}

void change_pubkey_auth_fact(hash32 *fact, const pubkey_hash *key)
{
    keccak256(fact->b, key->b, sizeof key->b);
}

/* The contract takes zeros for granted where a batch hash could stand: no other value could be shown to it. */
static bool no_batch_hash(const struct change_pubkey_auth *auth)
{
    return bytes_are_zero(auth->batch_hash.b, sizeof auth->batch_hash.b);
}

static bool ecdsa_authorized(const struct tx_change_pubkey *t)
{
    uint8_t msg[CHANGE_PUBKEY_MESSAGE_BYTES];
    change_pubkey_message(msg, t);
    return no_batch_hash(&t->auth) && eth_signed(&t->account, msg, sizeof msg, t->auth.eth_signature);
}

static bool legacy_authorized(const struct tx_change_pubkey *t)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    zk_err err = eth_text_change_pubkey(text, sizeof text, &len, t);
    return err == ZK_OK && eth_signed(&t->account, text, len, t->auth.eth_signature);
}

bool change_pubkey_authorized(const struct tx_change_pubkey *t, uint64_t chain_id)
{
    hash32 digest;
    eth_address address;
    switch (t->auth.kind) {
    case CHANGE_PUBKEY_ONCHAIN: return true;
    case CHANGE_PUBKEY_ECDSA: return ecdsa_authorized(t);
    case CHANGE_PUBKEY_LEGACY: return legacy_authorized(t);
    case CHANGE_PUBKEY_CREATE2:
        change_pubkey_create2_address(&address, t);
        return eth_address_eq(&address, &t->account);
    case CHANGE_PUBKEY_EIP712:
        change_pubkey_eip712_digest(&digest, t, chain_id);
        return no_batch_hash(&t->auth) && signed_by(&t->account, &digest, t->auth.eth_signature);
    }
    return false;
}

static size_t signature_witness(uint8_t *out, uint8_t kind, const uint8_t sig[ETH_SIGNATURE_BYTES])
{
    out[0] = kind;
    memcpy(out + 1, sig, ETH_SIGNATURE_BYTES);
    if (out[ETH_SIGNATURE_BYTES] < 27) out[ETH_SIGNATURE_BYTES] += 27;
    return 1 + ETH_SIGNATURE_BYTES;
}

size_t change_pubkey_witness(uint8_t out[CHANGE_PUBKEY_WITNESS_MAX], const struct tx_change_pubkey *t)
{
    static_assert(CHANGE_PUBKEY_WITNESS_MAX == 1 + 20 + 32 + 32, "the longest is CREATE2's");
    switch (t->auth.kind) {
    case CHANGE_PUBKEY_ONCHAIN: break;
    case CHANGE_PUBKEY_ECDSA: return signature_witness(out, 0, t->auth.eth_signature);
    case CHANGE_PUBKEY_CREATE2:
        out[0] = 1;
        memcpy(out + 1, t->auth.create2.creator.b, 20);
        memcpy(out + 21, t->auth.create2.salt_arg.b, 32);
        memcpy(out + 53, t->auth.create2.code_hash.b, 32);
        return CHANGE_PUBKEY_WITNESS_MAX;
    case CHANGE_PUBKEY_LEGACY: return signature_witness(out, 2, t->auth.eth_signature);
    case CHANGE_PUBKEY_EIP712: return signature_witness(out, 4, t->auth.eth_signature);
    }
    return 0;
}
