#include "cli/signer.h"

#include "base/bytes.h"
#include "curve/secp256k1.h"
#include "rollup/eth_auth.h"
#include "rollup/tx_sign.h"

#include <stdlib.h>

#define SIGN_AT_ONCE 16

/* What the SDK puts into every range it makes: it signs 32 bits of a time. */
#define VALID_ALWAYS ((struct time_range){0, UINT32_MAX})

static zk_err derive(struct signer *s)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    uint8_t seed[65];
    struct sig_key_info info;
    zk_err err = eth_text_login(text, sizeof text, &len, s->chain_id);
    if (err == ZK_OK) err = signer_sign_text(s, seed, text, len);
    if (err == ZK_OK) err = sig_key_from_seed(s->l2_secret, seed, sizeof seed);
    if (err == ZK_OK) err = sig_public_key(s->l2_public, s->l2_secret);
    zk_wipe(seed, sizeof seed);
    if (err != ZK_OK) return err;
    sig_key_info_many(&info, (const uint8_t(*)[SIG_KEY_BYTES]) & s->l2_public, 1, NULL);
    assert(info.verdict == SIG_OK);
    s->l2_hash = info.hash;
    return ZK_OK;
}

zk_err signer_init(struct signer *s, const struct eth_key *key, uint64_t chain_id)
{
    *s = (struct signer){.eth = *key, .chain_id = chain_id};
    zk_err err = derive(s);
    if (err != ZK_OK) signer_wipe(s);
    return err;
}

void signer_wipe(struct signer *s)
{
    zk_wipe(s, sizeof *s);
}

eth_address signer_address(const struct signer *s)
{
    eth_address a;
    memcpy(a.b, s->eth.address, sizeof a.b);
    return a;
}

zk_err signer_sign(const struct signer *s, struct tx *tx)
{
    return signer_sign_many(&s, tx, 1);
}

static zk_err sign_some(const struct signer *const *signers, struct tx *txs, size_t n)
{
    uint8_t messages[SIGN_AT_ONCE][TX_SIGN_BYTES_MAX], signatures[SIGN_AT_ONCE][SIG_BYTES];
    struct sig_request requests[SIGN_AT_ONCE];
    for (size_t i = 0; i < n; i++) {
        requests[i] = (struct sig_request){.key = signers[i]->l2_secret, .msg = messages[i]};
        ZK_TRY(tx_sign_bytes(messages[i], &requests[i].len, &txs[i]));
    }
    ZK_TRY(sig_sign_many(signatures, requests, n));
    for (size_t i = 0; i < n; i++) {
        memcpy(txs[i].signature.pubkey, signers[i]->l2_public, SIG_KEY_BYTES);
        memcpy(txs[i].signature.sig, signatures[i], SIG_BYTES);
    }
    return ZK_OK;
}

zk_err signer_sign_many(const struct signer *const *signers, struct tx *txs, size_t n)
{
    for (size_t i = 0; i < n; i += SIGN_AT_ONCE)
        ZK_TRY(sign_some(signers + i, txs + i, n - i < SIGN_AT_ONCE ? n - i : SIGN_AT_ONCE));
    return ZK_OK;
}

zk_err signer_sign_text(const struct signer *s, uint8_t signature[65], const void *text, size_t len)
{
    hash32 digest;
    eip191_digest(&digest, text, len);
    if (!secp_sign_recoverable(signature, digest.b, s->eth.secret))
        return zk_fail(ZK_ERR_INPUT, "the private key is none");
    return ZK_OK;
}

zk_err signer_sign_consent(const struct signer *s, uint8_t signature[65], const struct tx *tx,
                           const struct token_labels *tokens)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    ZK_TRY(eth_text_tx(text, sizeof text, &len, tx, tokens, 0));
    return signer_sign_text(s, signature, text, len);
}

zk_err signer_sign_batch(const struct signer *s, uint8_t signature[65], const struct tx *txs, size_t n,
                         const struct token_labels *tokens)
{
    size_t len;
    char *text = malloc(ETH_TEXT_BATCH_MAX(n));
    eth_address *senders = calloc(n, sizeof *senders);
    zk_err err = ZK_ERR_MEMORY;
    if (text == NULL || senders == NULL) {
        (void)zk_fail(err, "no memory for a batch");
        goto out;
    }
    for (size_t i = 0; i < n; i++) senders[i] = signer_address(s);
    err = eth_text_batch(text, ETH_TEXT_BATCH_MAX(n), &len, txs, senders, n, tokens, 0);
    if (err == ZK_OK) err = signer_sign_text(s, signature, text, len);
out:
    free(text);
    free(senders);
    return err;
}

zk_err signer_change_pubkey(const struct signer *s, struct tx *tx, uint32_t account_id, uint32_t nonce,
                            uint32_t fee_token, u128 fee)
{
    uint8_t message[CHANGE_PUBKEY_MESSAGE_BYTES];
    *tx = (struct tx){.type = TX_CHANGE_PUBKEY};
    struct tx_change_pubkey *t = &tx->change_pubkey;
    *t = (struct tx_change_pubkey){.account_id = account_id,
                                   .account = signer_address(s),
                                   .new_pubkey_hash = s->l2_hash,
                                   .fee_token = fee_token,
                                   .nonce = nonce,
                                   .fee = fee,
                                   .valid = VALID_ALWAYS,
                                   .auth = {.kind = CHANGE_PUBKEY_ECDSA}};
    change_pubkey_message(message, t);
    ZK_TRY(signer_sign_text(s, t->auth.eth_signature, message, sizeof message));
    return signer_sign(s, tx);
}
