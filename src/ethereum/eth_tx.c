#include "ethereum/eth_tx.h"

#include "base/bytes.h"
#include "curve/secp256k1.h"
#include "ethereum/rlp.h"
#include "hash/keccak256.h"

#include <stdlib.h>

/* EIP-2: a signature with s above half the order is no transaction's. */
static const uint8_t half_order[32] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                                       0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};

#define CHAIN_ID_MAX (UINT64_C(1) << 62) /* so that EIP-155's 2 id + 36 fits 64 bits */

static const uint8_t zero_words[32];

static void put_to(struct rlp_out *o, const struct eth_tx *tx)
{
    if (tx->creates)
        rlp_put_bytes(o, NULL, 0);
    else
        rlp_put_bytes(o, tx->to, sizeof tx->to);
}

/* The fields of a legacy transaction, last first. v, r, s are the signature, or (chain id, 0, 0) in what is signed. */
static void put_legacy(struct rlp_out *o, const struct eth_tx *tx, uint64_t v, const uint8_t r[32], const uint8_t s[32])
{
    size_t end = rlp_mark(o);
    rlp_put_u256(o, s);
    rlp_put_u256(o, r);
    rlp_put_u64(o, v);
    rlp_put_bytes(o, tx->data, tx->data_len);
    rlp_put_u256(o, tx->value);
    put_to(o, tx);
    rlp_put_u64(o, tx->gas_limit);
    rlp_put_u256(o, tx->max_fee);
    rlp_put_u64(o, tx->nonce);
    rlp_put_list(o, end);
}

/* 0x02 ‖ rlp([...]); without the three signature fields where r is NULL. */
static void put_1559(struct rlp_out *o, const struct eth_tx *tx, uint64_t parity, const uint8_t *r, const uint8_t *s)
{
    static const uint8_t type = ETH_TX_1559;
    size_t end = rlp_mark(o);
    if (r != NULL) {
        rlp_put_u256(o, s);
        rlp_put_u256(o, r);
        rlp_put_u64(o, parity);
    }
    rlp_put_list(o, rlp_mark(o)); /* the access list */
    rlp_put_bytes(o, tx->data, tx->data_len);
    rlp_put_u256(o, tx->value);
    put_to(o, tx);
    rlp_put_u64(o, tx->gas_limit);
    rlp_put_u256(o, tx->max_fee);
    rlp_put_u256(o, tx->max_priority);
    rlp_put_u64(o, tx->nonce);
    rlp_put_u64(o, tx->chain_id);
    rlp_put_list(o, end);
    rlp_put_raw(o, &type, 1);
}

static void put_unsigned(struct rlp_out *o, const struct eth_tx *tx)
{
    if (tx->type == ETH_TX_LEGACY)
        put_legacy(o, tx, tx->chain_id, zero_words, zero_words);
    else
        put_1559(o, tx, 0, NULL, NULL);
}

/* The hash that the sender signs; scratch has eth_tx_raw_cap bytes. */
static void signing_hash(uint8_t hash[32], const struct eth_tx *tx, uint8_t *scratch)
{
    struct rlp_out o;
    rlp_out_init(&o, scratch, eth_tx_raw_cap(tx));
    put_unsigned(&o, tx);
    assert(rlp_out_ok(&o));
    keccak256(hash, rlp_out_data(&o), rlp_out_len(&o));
}

zk_err eth_tx_sign(uint8_t *raw, size_t *raw_len, uint8_t hash[32], const struct eth_tx *tx, const struct eth_key *key)
{
    uint8_t digest[32];
    uint8_t sig[65];
    if (tx->chain_id == 0 || tx->chain_id > CHAIN_ID_MAX)
        return zk_fail(ZK_ERR_RANGE, "chain id %llu is not in 1 .. 2^62", (unsigned long long)tx->chain_id);
    signing_hash(digest, tx, raw);
    if (!secp_sign_recoverable(sig, digest, key->secret))
        return zk_fail(ZK_ERR_INPUT, "not a private key of secp256k1");
    uint64_t parity = sig[64] - 27u;

    struct rlp_out o;
    rlp_out_init(&o, raw, eth_tx_raw_cap(tx));
    if (tx->type == ETH_TX_LEGACY)
        put_legacy(&o, tx, 2 * tx->chain_id + 35 + parity, sig, sig + 32);
    else
        put_1559(&o, tx, parity, sig, sig + 32);
    assert(rlp_out_ok(&o));
    *raw_len = rlp_out_len(&o);
    memmove(raw, rlp_out_data(&o), *raw_len);
    keccak256(hash, raw, *raw_len);
    return ZK_OK;
}

/* An empty string is a creation, else 20 bytes. */
static bool next_to(struct rlp_in *in, struct eth_tx *tx)
{
    struct rlp_item item;
    if (!rlp_next(in, &item) || item.is_list) return false;
    tx->creates = item.len == 0;
    if (tx->creates) return true;
    if (item.len != sizeof tx->to) return false;
    memcpy(tx->to, item.p, sizeof tx->to);
    return true;
}

static bool next_data(struct rlp_in *in, struct eth_tx *tx)
{
    struct rlp_item item;
    if (!rlp_next(in, &item) || item.is_list) return false;
    tx->data = item.p;
    tx->data_len = item.len;
    return true;
}

/* sig = r, s, parity + 27. */
static bool next_r_s(struct rlp_in *in, uint8_t sig[65])
{
    return rlp_next_u256(in, sig) && rlp_next_u256(in, sig + 32) && in->len == 0 &&
           memcmp(sig + 32, half_order, sizeof half_order) <= 0;
}

static zk_err decode_legacy(struct eth_tx *tx, uint8_t sig[65], struct rlp_in *in)
{
    uint64_t v;
    bool ok = rlp_next_u64(in, &tx->nonce) && rlp_next_u256(in, tx->max_fee) && rlp_next_u64(in, &tx->gas_limit) &&
              next_to(in, tx) && rlp_next_u256(in, tx->value) && next_data(in, tx) && rlp_next_u64(in, &v) &&
              next_r_s(in, sig);
    if (!ok) return zk_fail(ZK_ERR_INPUT, "not a canonical legacy transaction");
    if (v < 37) return zk_fail(ZK_ERR_UNSUPPORTED, "a transaction without chain id (EIP-155) is not accepted");
    tx->type = ETH_TX_LEGACY;
    tx->chain_id = (v - 35) / 2;
    sig[64] = (uint8_t)(27 + (v - 35) % 2);
    return ZK_OK;
}

static zk_err decode_1559(struct eth_tx *tx, uint8_t sig[65], struct rlp_in *in)
{
    uint64_t parity;
    struct rlp_in access_list;
    bool ok = rlp_next_u64(in, &tx->chain_id) && rlp_next_u64(in, &tx->nonce) && rlp_next_u256(in, tx->max_priority) &&
              rlp_next_u256(in, tx->max_fee) && rlp_next_u64(in, &tx->gas_limit) && next_to(in, tx) &&
              rlp_next_u256(in, tx->value) && next_data(in, tx) && rlp_next_list(in, &access_list) &&
              rlp_next_u64(in, &parity) && next_r_s(in, sig) && parity <= 1;
    if (!ok) return zk_fail(ZK_ERR_INPUT, "not a canonical EIP-1559 transaction");
    if (access_list.len != 0) return zk_fail(ZK_ERR_UNSUPPORTED, "transactions with access lists are not read");
    tx->type = ETH_TX_1559;
    sig[64] = (uint8_t)(27 + parity);
    return ZK_OK;
}

/* Recovers who signed: the signed form is made again from the fields, in memory of its own. */
static zk_err recover_sender(uint8_t sender[20], const struct eth_tx *tx, const uint8_t sig[65])
{
    uint8_t digest[32];
    uint8_t *scratch = malloc(eth_tx_raw_cap(tx));
    if (scratch == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a transaction of %zu bytes", tx->data_len);
    signing_hash(digest, tx, scratch);
    free(scratch);

    uint8_t public_key[64];
    if (!secp_recover(public_key, digest, sig)) return zk_fail(ZK_ERR_INPUT, "the signature belongs to no key");
    eth_address_of_public_key(sender, public_key);
    return ZK_OK;
}

zk_err eth_tx_decode(struct eth_tx *tx, uint8_t sender[20], const uint8_t *raw, size_t raw_len)
{
    uint8_t sig[65];
    struct rlp_in fields;
    bool typed = raw_len > 0 && raw[0] < 0x80;
    if (typed && raw[0] != ETH_TX_1559) return zk_fail(ZK_ERR_UNSUPPORTED, "transaction type %u is not read", raw[0]);
    struct rlp_in in = {raw + typed, raw_len - typed};
    if (!rlp_next_list(&in, &fields) || in.len != 0) return zk_fail(ZK_ERR_INPUT, "a transaction is not one RLP list");

    memset(tx, 0, sizeof *tx);
    ZK_TRY(typed ? decode_1559(tx, sig, &fields) : decode_legacy(tx, sig, &fields));
    return recover_sender(sender, tx, sig);
}

static size_t count_zeros(const uint8_t *data, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) n += data[i] == 0;
    return n;
}

uint64_t eth_tx_intrinsic_gas(const uint8_t *data, size_t len, bool creates)
{
    size_t zeros = count_zeros(data, len);
    uint64_t gas = 21000 + 4 * zeros + 16 * (len - zeros);
    if (creates) gas += 32000 + 2 * ((len + 31) / 32);
    return gas;
}

uint64_t eth_tx_floor_gas(const uint8_t *data, size_t len)
{
    size_t zeros = count_zeros(data, len);
    return 21000 + 10 * zeros + 40 * (len - zeros);
}

void eth_address_of_public_key(uint8_t out[20], const uint8_t public_key[64])
{
    uint8_t hash[32];
    keccak256(hash, public_key, 64);
    memcpy(out, hash + 12, 20);
}

void eth_create_address(uint8_t out[20], const uint8_t sender[20], uint64_t nonce)
{
    uint8_t buf[64];
    uint8_t hash[32];
    struct rlp_out o;
    rlp_out_init(&o, buf, sizeof buf);
    size_t end = rlp_mark(&o);
    rlp_put_u64(&o, nonce);
    rlp_put_bytes(&o, sender, 20);
    rlp_put_list(&o, end);
    assert(rlp_out_ok(&o));
    keccak256(hash, rlp_out_data(&o), rlp_out_len(&o));
    memcpy(out, hash + 12, 20);
}

void eth_create2_address(uint8_t out[20], const uint8_t deployer[20], const uint8_t salt[32],
                         const uint8_t init_code_hash[32])
{
    uint8_t buf[85];
    uint8_t hash[32];
    buf[0] = 0xff;
    memcpy(buf + 1, deployer, 20);
    memcpy(buf + 21, salt, 32);
    memcpy(buf + 53, init_code_hash, 32);
    keccak256(hash, buf, sizeof buf);
    memcpy(out, hash + 12, 20);
}

/* EIP-55: a letter is upper case where the hash of the lower-case digits has 8 or more at its place. */
void eth_address_str(char out[43], const uint8_t address[20])
{
    uint8_t hash[32];
    out[0] = '0';
    out[1] = 'x';
    hex_encode(out + 2, address, 20);
    keccak256(hash, out + 2, 40);
    for (int i = 0; i < 40; i++) {
        unsigned nibble = hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;
        if (nibble >= 8 && out[2 + i] >= 'a') out[2 + i] = (char)(out[2 + i] - 'a' + 'A');
    }
}

static bool has_between(const char *text, char lo, char hi)
{
    for (; *text != '\0'; text++)
        if (*text >= lo && *text <= hi) return true;
    return false;
}

bool eth_address_parse(uint8_t out[20], const char *text)
{
    char canonical[43];
    if (strlen(text) != 42 || text[0] != '0' || text[1] != 'x' || !hex_decode(out, 20, text + 2, 40)) return false;
    if (!has_between(text + 2, 'a', 'f') || !has_between(text + 2, 'A', 'F')) return true;
    eth_address_str(canonical, out);
    return strcmp(canonical, text) == 0;
}
