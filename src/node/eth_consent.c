#include "node/eth_consent.h"

#include "rollup/eth_auth.h"

#include <stdlib.h>

/* Adds the digest of a message, unless it is there: spellings of one text often agree. */
static void add(struct eth_consent *c, const void *msg, size_t len)
{
    hash32 digest;
    eip191_digest(&digest, msg, len);
    for (size_t i = 0; i < c->n; i++)
        if (hash32_eq(&c->digests[i], &digest)) return;
    assert(c->n < CONSENT_DIGESTS_MAX);
    c->digests[c->n++] = digest;
}

zk_err eth_consent_tx(struct eth_consent *c, const struct tx *tx, const struct token_labels *tokens)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    c->n = 0;
    ZK_TRY(eth_text_tx(text, sizeof text, &len, tx, tokens, 0));
    add(c, text, len);
    if (tx->type == TX_MINT_NFT) {
        ZK_TRY(eth_text_tx(text, sizeof text, &len, tx, tokens, ETH_TEXT_UPPER_HASH));
        add(c, text, len);
    }
    /* Only transfers and withdrawals of tokens with a label have an old text. */
    if (eth_text_tx_old(text, sizeof text, &len, tx, tokens) == ZK_OK) add(c, text, len);
    return ZK_OK;
}

zk_err eth_consent_order(struct eth_consent *c, const struct order *order, const struct token_labels *tokens)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    c->n = 0;
    ZK_TRY(eth_text_order(text, sizeof text, &len, order, tokens));
    add(c, text, len);
    return ZK_OK;
}

static bool has_mint(const struct tx *txs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (txs[i].type == TX_MINT_NFT) return true;
    return false;
}

zk_err eth_consent_batch(struct eth_consent *c, const struct tx *txs, const eth_address *senders, size_t n,
                         const struct token_labels *tokens)
{
    static const unsigned spellings[] = {0, ETH_TEXT_EMPTY_LINE, ETH_TEXT_UPPER_HASH,
                                         ETH_TEXT_UPPER_HASH | ETH_TEXT_EMPTY_LINE};
    static_assert(ZK_COUNT(spellings) + 1 <= CONSENT_DIGESTS_MAX, "all of them and the old message");
    size_t cap = ETH_TEXT_BATCH_MAX(n), len;
    size_t n_spellings = has_mint(txs, n) ? ZK_COUNT(spellings) : 2;
    hash32 old;
    zk_err err = ZK_OK;
    c->n = 0;
    char *text = malloc(cap);
    if (text == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the text of a batch");
    for (size_t i = 0; i < n_spellings && err == ZK_OK; i++) {
        err = eth_text_batch(text, cap, &len, txs, senders, n, tokens, spellings[i]);
        if (err == ZK_OK) add(c, text, len);
    }
    free(text);
    ZK_TRY(err);
    if (eth_batch_message_old(&old, txs, n) == ZK_OK) add(c, old.b, sizeof old.b);
    return ZK_OK;
}

zk_err eth_consent_toggle(struct eth_consent *c, bool enable, uint64_t timestamp_ms, const pubkey_hash *key)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    c->n = 0;
    ZK_TRY(eth_text_toggle_2fa(text, sizeof text, &len, enable, timestamp_ms, key));
    add(c, text, len);
    return ZK_OK;
}

bool eth_consent_given(const struct eth_consent *c, const eth_address *address, const uint8_t sig[65])
{
    for (size_t i = 0; i < c->n; i++) {
        eth_address signer;
        if (eth_recover(&signer, &c->digests[i], sig) && eth_address_eq(&signer, address)) return true;
    }
    return false;
}

void eth_consent_signers(eth_address signers[CONSENT_DIGESTS_MAX], const struct eth_consent *c, const uint8_t sig[65])
{
    memset(signers, 0, CONSENT_DIGESTS_MAX * sizeof signers[0]);
    for (size_t i = 0; i < c->n; i++)
        if (!eth_recover(&signers[i], &c->digests[i], sig)) memset(&signers[i], 0, sizeof signers[i]);
}
