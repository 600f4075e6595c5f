#include "base/fuzz.h"
#include "rollup/eth_text.h"

#define TXS_MAX    4
#define N_LABELS   4
#define LABEL_SIZE (TOKEN_SYMBOL_MAX + 2)

/* The input: labels of a few tokens, then transactions as full bytes, each after its length. */
struct input {
    struct token_label labels[N_LABELS];
    struct tx txs[TXS_MAX];
    eth_address senders[TXS_MAX];
    size_t n;
};

static bool read_input(struct input *in, const uint8_t *data, size_t len)
{
    memset(in, 0, sizeof *in);
    if (len < N_LABELS * LABEL_SIZE) return false;
    for (size_t i = 0; i < N_LABELS; i++, data += LABEL_SIZE, len -= LABEL_SIZE) {
        memcpy(in->labels[i].symbol, data, TOKEN_SYMBOL_MAX);
        in->labels[i].decimals = data[TOKEN_SYMBOL_MAX];
    }
    while (in->n < TXS_MAX && len > 1 && (size_t)data[0] < len) {
        size_t n = data[0];
        if (tx_from_full_bytes(&in->txs[in->n], data + 1, n) != ZK_OK) break;
        in->senders[in->n].b[0] = (uint8_t)(tx_nonce(&in->txs[in->n]) & 1);
        in->n++;
        data += 1 + n;
        len -= 1 + n;
    }
    return in->n > 0;
}

static char text[ETH_TEXT_BATCH_MAX(TXS_MAX)];
static char tight[ETH_TEXT_BATCH_MAX(TXS_MAX)];

/* The promised room is enough; exactly enough room is enough; a byte less is not. */
static void check_batch(const struct input *in, unsigned flags)
{
    struct token_labels tokens = {in->labels, N_LABELS};
    size_t len;
    size_t tight_len;
    zk_err err = eth_text_batch(text, ETH_TEXT_BATCH_MAX(in->n), &len, in->txs, in->senders, in->n, &tokens, flags);
    FUZZ_CHECK(err != ZK_ERR_FULL);
    if (err != ZK_OK) return;
    FUZZ_CHECK(eth_text_batch(tight, len + 1, &tight_len, in->txs, in->senders, in->n, &tokens, flags) == ZK_OK);
    FUZZ_CHECK(tight_len == len && memcmp(text, tight, len + 1) == 0);
    FUZZ_CHECK(eth_text_batch(tight, len, &tight_len, in->txs, in->senders, in->n, &tokens, flags) == ZK_ERR_FULL);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    struct input in;
    size_t text_len;
    if (!read_input(&in, data, len)) return;
    struct token_labels tokens = {in.labels, N_LABELS};
    for (unsigned flags = 0; flags < 4; flags++) check_batch(&in, flags);
    for (size_t i = 0; i < in.n; i++) {
        const struct tx *tx = &in.txs[i];
        FUZZ_CHECK(eth_text_tx(text, ETH_TEXT_MAX, &text_len, tx, &tokens, 0) != ZK_ERR_FULL);
        FUZZ_CHECK(eth_text_tx_old(text, ETH_TEXT_MAX, &text_len, tx, &tokens) != ZK_ERR_FULL);
        if (tx->type != TX_SWAP) continue;
        FUZZ_CHECK(eth_text_order(text, ETH_TEXT_MAX, &text_len, &tx->swap.orders[0], &tokens) != ZK_ERR_FULL);
    }
}
