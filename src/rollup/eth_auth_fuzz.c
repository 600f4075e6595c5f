#include "base/fuzz.h"
#include "rollup/eth_auth.h"

/* Any 65 bytes have one signer or none, whatever way v is written; whoever is found has signed that message alone. */
static void check_signature(const uint8_t *sig, const uint8_t *msg, size_t len)
{
    uint8_t other[ETH_SIGNATURE_BYTES];
    eth_address signer;
    eth_address again;
    hash32 digest;
    eip191_digest(&digest, msg, len);
    bool found = eth_recover(&signer, &digest, sig);
    FUZZ_CHECK(found || eth_address_is_zero(&signer));
    memcpy(other, sig, sizeof other);
    other[64] = sig[64] >= 27 ? (uint8_t)(sig[64] - 27) : (uint8_t)(sig[64] + 27);
    FUZZ_CHECK(sig[64] > 28 || (sig[64] > 1 && sig[64] < 27) || eth_recover(&again, &digest, other) == found);
    if (!found) return;
    FUZZ_CHECK(eth_address_eq(&signer, &again) && eth_signed(&signer, msg, len, sig));
    digest.b[0] ^= 1;
    FUZZ_CHECK(!eth_recover(&again, &digest, sig) || !eth_address_eq(&signer, &again));
}

/* Authorizations of every kind: what a stranger's bytes authorize, they authorize for the address they lead to only. */
static void check_authorization(struct tx_change_pubkey *t, change_pubkey_auth_kind kind)
{
    uint8_t witness[CHANGE_PUBKEY_WITNESS_MAX];
    t->auth.kind = kind;
    bool ok = change_pubkey_authorized(t, 9);
    FUZZ_CHECK(change_pubkey_witness(witness, t) <= sizeof witness);
    if (kind == CHANGE_PUBKEY_ONCHAIN) {
        FUZZ_CHECK(ok && change_pubkey_witness(witness, t) == 0);
        return;
    }
    if (kind == CHANGE_PUBKEY_CREATE2) {
        change_pubkey_create2_address(&t->account, t);
        ok = change_pubkey_authorized(t, 9);
        FUZZ_CHECK(ok);
    }
    t->account.b[19] ^= 1;
    FUZZ_CHECK(!ok || !change_pubkey_authorized(t, 9));
    t->account.b[19] ^= 1;
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    struct tx_change_pubkey t = {.nonce = 1};
    if (len < sizeof t.auth + 40) return;
    check_signature(data, data + ETH_SIGNATURE_BYTES, len - ETH_SIGNATURE_BYTES);
    memcpy(&t.auth, data, sizeof t.auth);
    memcpy(t.account.b, data + sizeof t.auth, 20);
    memcpy(t.new_pubkey_hash.b, data + sizeof t.auth + 20, 20);
    for (int kind = CHANGE_PUBKEY_ONCHAIN; kind <= CHANGE_PUBKEY_EIP712; kind++)
        check_authorization(&t, (change_pubkey_auth_kind)kind);
}
