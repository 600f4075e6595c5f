#include "store/tx_record.h"

#define VERSION         1
#define SIGNATURE_BYTES 96
#define AUTH_ETH_BYTES  (65 + 32)
#define AUTH_C2_BYTES   (20 + 32 + 32)

static_assert(sizeof(struct l2_signature) == SIGNATURE_BYTES, "a signature is its key and 64 bytes, without gaps");
static_assert(TX_RECORD_MAX >= 1 + 72 + SIGNATURE_BYTES + 1 + AUTH_ETH_BYTES, "the longest key change fits");

static uint8_t *put(uint8_t *p, const void *bytes, size_t n)
{
    memcpy(p, bytes, n);
    return p + n;
}

static uint8_t *put_auth(uint8_t *p, const struct change_pubkey_auth *auth)
{
    *p++ = (uint8_t)auth->kind;
    switch (auth->kind) {
    case CHANGE_PUBKEY_ONCHAIN: return p;
    case CHANGE_PUBKEY_ECDSA:
    case CHANGE_PUBKEY_LEGACY:
    case CHANGE_PUBKEY_EIP712: return put(put(p, auth->eth_signature, 65), auth->batch_hash.b, 32);
    case CHANGE_PUBKEY_CREATE2:
        p = put(p, auth->create2.creator.b, 20);
        p = put(p, auth->create2.salt_arg.b, 32);
        return put(p, auth->create2.code_hash.b, 32);
    }
    assert(!"a kind of authorization that is none");
    return p;
}

zk_err tx_record_encode(uint8_t out[TX_RECORD_MAX], size_t *len, const struct tx *tx)
{
    size_t full;
    out[0] = VERSION;
    ZK_TRY(tx_full_bytes(out + 1, &full, tx));
    uint8_t *p = put(out + 1 + full, &tx->signature, SIGNATURE_BYTES);
    if (tx->type == TX_WITHDRAW) *p++ = tx->withdraw.fast;
    if (tx->type == TX_WITHDRAW_NFT) *p++ = tx->withdraw_nft.fast;
    if (tx->type == TX_CHANGE_PUBKEY) p = put_auth(p, &tx->change_pubkey.auth);
    if (tx->type == TX_SWAP)
        for (size_t i = 0; i < 2; i++) p = put(p, &tx->swap.orders[i].signature, SIGNATURE_BYTES);
    *len = (size_t)(p - out);
    assert(*len <= TX_RECORD_MAX);
    return ZK_OK;
}

/* ---- reading */

struct reader {
    const uint8_t *p, *end;
    bool bad;
};

static void get(struct reader *r, void *out, size_t n)
{
    if ((size_t)(r->end - r->p) < n) {
        r->bad = true;
        return;
    }
    memcpy(out, r->p, n);
    r->p += n;
}

static bool get_flag(struct reader *r)
{
    uint8_t b = 0;
    get(r, &b, 1);
    if (b > 1) r->bad = true;
    return b == 1;
}

static void get_auth(struct reader *r, struct change_pubkey_auth *auth)
{
    uint8_t kind = 0;
    get(r, &kind, 1);
    if (kind > CHANGE_PUBKEY_EIP712) {
        r->bad = true;
        return;
    }
    auth->kind = (change_pubkey_auth_kind)kind;
    if (kind == CHANGE_PUBKEY_CREATE2) {
        get(r, auth->create2.creator.b, 20);
        get(r, auth->create2.salt_arg.b, 32);
        get(r, auth->create2.code_hash.b, 32);
    } else if (kind != CHANGE_PUBKEY_ONCHAIN) {
        get(r, auth->eth_signature, 65);
        get(r, auth->batch_hash.b, 32);
    }
}

static void get_rest(struct reader *r, struct tx *tx)
{
    get(r, &tx->signature, SIGNATURE_BYTES);
    if (tx->type == TX_WITHDRAW) tx->withdraw.fast = get_flag(r);
    if (tx->type == TX_WITHDRAW_NFT) tx->withdraw_nft.fast = get_flag(r);
    if (tx->type == TX_CHANGE_PUBKEY) get_auth(r, &tx->change_pubkey.auth);
    if (tx->type == TX_SWAP)
        for (size_t i = 0; i < 2; i++) get(r, &tx->swap.orders[i].signature, SIGNATURE_BYTES);
    if (r->p != r->end) r->bad = true;
}

zk_err tx_record_decode(struct tx *tx, const uint8_t *in, size_t len)
{
    memset(tx, 0, sizeof *tx);
    if (len < 2 || in[0] != VERSION) return zk_fail(ZK_ERR_INPUT, "not a record of a transaction");
    size_t full = tx_full_len((tx_type)(255 - in[1]));
    if (full == 0 || full > len - 1) return zk_fail(ZK_ERR_INPUT, "the record of a transaction is cut off");
    ZK_TRY(tx_from_full_bytes(tx, in + 1, full));
    struct reader r = {in + 1 + full, in + len, false};
    get_rest(&r, tx);
    if (!r.bad) return ZK_OK;
    memset(tx, 0, sizeof *tx);
    return zk_fail(ZK_ERR_INPUT, "the record of a transaction has other bytes than it must have");
}
