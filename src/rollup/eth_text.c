#include "rollup/eth_text.h"

#include "rollup/amount.h"

/* A text under construction. What does not fit is left out and remembered. */
struct text {
    char *buf;
    size_t cap; /* at least 1 is kept free for the NUL */
    size_t len;
    zk_err err;
};

static void put_bytes(struct text *t, const char *bytes, size_t n)
{
    if (n >= t->cap - t->len) {
        if (t->err == ZK_OK) t->err = zk_fail(ZK_ERR_FULL, "a text to sign longer than %zu bytes", t->cap);
        return;
    }
    memcpy(t->buf + t->len, bytes, n);
    t->len += n;
}

static void put(struct text *t, const char *s)
{
    put_bytes(t, s, strlen(s));
}

static void put_decimal(struct text *t, u128 v)
{
    char digits[U128_TEXT_MAX + 1];
    put_bytes(t, digits, u128_to_text(digits, v));
}

static void put_hex(struct text *t, const uint8_t *bytes, size_t n)
{
    char digits[2 * 32 + 1];
    assert(n <= 32);
    hex_encode(digits, bytes, n);
    put_bytes(t, digits, 2 * n);
}

static void put_hex32(struct text *t, uint32_t v)
{
    uint8_t bytes[4];
    store_be32(bytes, v);
    put_hex(t, bytes, sizeof bytes);
}

static void put_address(struct text *t, const eth_address *a)
{
    put(t, "0x");
    put_hex(t, a->b, sizeof a->b);
}

static struct text text_start(char *out, size_t cap)
{
    assert(cap >= 1);
    return (struct text){out, cap, 0, ZK_OK};
}

static zk_err text_end(struct text *t, size_t *len)
{
    t->buf[t->len] = '\0';
    *len = t->len;
    return t->err;
}

/* ---- tokens ---- */

static const struct token_label *find_label(struct text *t, const struct token_labels *tokens, uint32_t token)
{
    static const struct token_label none = {"", 0};
    if (token < tokens->n && tokens->of[token].symbol[0] != '\0') return &tokens->of[token];
    if (t->err == ZK_OK) t->err = zk_fail(ZK_ERR_RANGE, "token %u is not known", token);
    return &none;
}

static void put_symbol(struct text *t, const struct token_labels *tokens, uint32_t token)
{
    if (token_is_nft(token)) {
        put(t, "NFT-");
        put_decimal(t, token);
        return;
    }
    const struct token_label *label = find_label(t, tokens, token);
    put_bytes(t, label->symbol, strnlen(label->symbol, TOKEN_SYMBOL_MAX));
}

/* "1.5 ETH" */
static void put_amount(struct text *t, const struct token_labels *tokens, uint32_t token, u128 v)
{
    char units[UNITS_TEXT_MAX + 1];
    uint8_t decimals = token_is_nft(token) ? 0 : find_label(t, tokens, token)->decimals;
    put_bytes(t, units, units_to_text(units, v, decimals));
    put(t, " ");
    put_symbol(t, tokens, token);
}

/* ---- one transaction: its part of a text is what comes before the nonce, possibly nothing ---- */

/* Separates a line from what stands before it in this part. */
static void new_line(struct text *t, size_t start)
{
    if (t->len > start) put(t, "\n");
}

static void put_fee_line(struct text *t, size_t start, const struct token_labels *tokens, const struct tx *tx)
{
    if (tx_fee(tx) == 0) return;
    new_line(t, start);
    put(t, tx->type == TX_SWAP ? "Swap fee: " : "Fee: ");
    put_amount(t, tokens, tx_fee_token(tx), tx_fee(tx));
}

/* "Transfer 1.0 ETH to: 0x…", unless there is nothing to move. */
static void put_payment(struct text *t, const char *verb, const struct token_labels *tokens, uint32_t token,
                        u128 amount, const eth_address *to)
{
    if (amount == 0) return;
    put(t, verb);
    put_amount(t, tokens, token, amount);
    put(t, " to: ");
    put_address(t, to);
}

static void put_content_hash(struct text *t, const hash32 *hash, unsigned flags)
{
    char digits[2 * 32 + 1];
    hex_encode(digits, hash->b, sizeof hash->b);
    for (size_t i = 0; i < 64 && (flags & ETH_TEXT_UPPER_HASH) != 0; i++)
        if (digits[i] >= 'a') digits[i] = (char)(digits[i] - 'a' + 'A');
    put(t, "0x");
    put_bytes(t, digits, 64);
}

static void put_part(struct text *t, const struct tx *tx, const struct token_labels *tokens, unsigned flags)
{
    size_t start = t->len;
    switch (tx->type) {
    case TX_TRANSFER:
        put_payment(t, "Transfer ", tokens, tx->transfer.token, tx->transfer.amount, &tx->transfer.to);
        break;
    case TX_WITHDRAW:
        put_payment(t, "Withdraw ", tokens, tx->withdraw.token, tx->withdraw.amount, &tx->withdraw.to);
        break;
    case TX_CHANGE_PUBKEY:
        put(t, "Set signing key: ");
        put_hex(t, tx->change_pubkey.new_pubkey_hash.b, 20);
        break;
    case TX_FORCED_EXIT:
        put(t, "ForcedExit ");
        put_symbol(t, tokens, tx->forced_exit.token);
        put(t, " to: ");
        put_address(t, &tx->forced_exit.target);
        break;
    case TX_MINT_NFT:
        put(t, "MintNFT ");
        put_content_hash(t, &tx->mint_nft.content_hash, flags);
        put(t, " for: ");
        put_address(t, &tx->mint_nft.recipient);
        break;
    case TX_WITHDRAW_NFT:
        put(t, "WithdrawNFT ");
        put_decimal(t, tx->withdraw_nft.token);
        put(t, " to: ");
        put_address(t, &tx->withdraw_nft.to);
        break;
    case TX_SWAP: break;
    }
    put_fee_line(t, start, tokens, tx);
}

static void put_nonce(struct text *t, uint32_t nonce)
{
    put(t, "Nonce: ");
    put_decimal(t, nonce);
}

zk_err eth_text_tx(char *out, size_t cap, size_t *len, const struct tx *tx, const struct token_labels *tokens,
                   unsigned flags)
{
    struct text t = text_start(out, cap);
    if (tx->type == TX_CHANGE_PUBKEY) t.err = zk_fail(ZK_ERR_RANGE, "a ChangePubKey has no text of its own");
    put_part(&t, tx, tokens, flags);
    new_line(&t, 0);
    put_nonce(&t, tx_nonce(tx));
    return text_end(&t, len);
}

/* "Transfer 1.0 ETH\nTo: …\nNonce: …\nFee: …\nAccount Id: …": all five lines, also for zeros. */
zk_err eth_text_tx_old(char *out, size_t cap, size_t *len, const struct tx *tx, const struct token_labels *tokens)
{
    struct text t = text_start(out, cap);
    bool transfer = tx->type == TX_TRANSFER;
    if (!transfer && tx->type != TX_WITHDRAW) return zk_fail(ZK_ERR_RANGE, "%s has no old text", tx_type_str(tx->type));
    put(&t, transfer ? "Transfer " : "Withdraw ");
    put_amount(&t, tokens, tx_fee_token(tx), transfer ? tx->transfer.amount : tx->withdraw.amount);
    put(&t, "\nTo: ");
    put_address(&t, transfer ? &tx->transfer.to : &tx->withdraw.to);
    put(&t, "\n");
    put_nonce(&t, tx_nonce(tx));
    put(&t, "\nFee: ");
    put_amount(&t, tokens, tx_fee_token(tx), tx_fee(tx));
    put(&t, "\nAccount Id: ");
    put_decimal(&t, tx_account_id(tx));
    return text_end(&t, len);
}

zk_err eth_text_order(char *out, size_t cap, size_t *len, const struct order *order, const struct token_labels *tokens)
{
    struct text t = text_start(out, cap);
    if (order->amount == 0) {
        put(&t, "Limit order for ");
        put_symbol(&t, tokens, order->token_sell);
    } else {
        put(&t, "Order for ");
        put_amount(&t, tokens, order->token_sell, order->amount);
    }
    put(&t, " -> ");
    put_symbol(&t, tokens, order->token_buy);
    put(&t, "\nRatio: ");
    put_decimal(&t, order->ratio[0]);
    put(&t, ":");
    put_decimal(&t, order->ratio[1]);
    put(&t, "\nAddress: ");
    put_address(&t, &order->recipient);
    put(&t, "\n");
    put_nonce(&t, order->nonce);
    return text_end(&t, len);
}

/* ---- batches ---- */

/* How many transactions from txs[0] on have one sender. */
static size_t run_length(const eth_address *senders, size_t n)
{
    size_t run = 1;
    while (run < n && eth_address_eq(&senders[0], &senders[run])) run++;
    return run;
}

/* The parts of one sender, and the nonce of the first. */
static void put_run(struct text *t, const struct tx *txs, size_t n, const struct token_labels *tokens, unsigned flags)
{
    size_t start = t->len;
    for (size_t i = 0; i < n; i++) {
        size_t before = t->len;
        new_line(t, start);
        size_t part = t->len;
        put_part(t, &txs[i], tokens, flags);
        if (t->len == part) t->len = before; /* an empty part leaves no line */
    }
    if (t->len > start || (flags & ETH_TEXT_EMPTY_LINE) != 0) put(t, "\n");
    put_nonce(t, tx_nonce(&txs[0]));
}

zk_err eth_text_batch(char *out, size_t cap, size_t *len, const struct tx *txs, const eth_address *senders, size_t n,
                      const struct token_labels *tokens, unsigned flags)
{
    struct text t = text_start(out, cap);
    assert(n >= 1);
    bool one_sender = run_length(senders, n) == n;
    for (size_t i = 0, run; i < n; i += run) {
        run = run_length(senders + i, n - i);
        if (i > 0) put(&t, "\n\n");
        if (!one_sender) {
            put(&t, "From: ");
            put_address(&t, &senders[i]);
            put(&t, "\n");
        }
        put_run(&t, txs + i, run, tokens, flags);
    }
    return text_end(&t, len);
}

/* ---- other texts ---- */

zk_err eth_text_change_pubkey(char *out, size_t cap, size_t *len, const struct tx_change_pubkey *c)
{
    struct text t = text_start(out, cap);
    put(&t, "Register zkSync pubkey:\n\n");
    put_hex(&t, c->new_pubkey_hash.b, sizeof c->new_pubkey_hash.b);
    put(&t, "\nnonce: 0x");
    put_hex32(&t, c->nonce);
    put(&t, "\naccount id: 0x");
    put_hex32(&t, c->account_id);
    put(&t, "\n\nOnly sign this message for a trusted client!");
    return text_end(&t, len);
}

zk_err eth_text_login(char *out, size_t cap, size_t *len, uint64_t chain_id)
{
    struct text t = text_start(out, cap);
    put(&t, "Access zkSync account.\n\nOnly sign this message for a trusted client!");
    if (chain_id != 1) {
        put(&t, "\nChain ID: ");
        put_decimal(&t, chain_id);
        put(&t, ".");
    }
    return text_end(&t, len);
}

zk_err eth_text_toggle_2fa(char *out, size_t cap, size_t *len, bool on, uint64_t timestamp_ms, const pubkey_hash *key)
{
    struct text t = text_start(out, cap);
    if (on) {
        put(&t,
            "By signing this message, you are opting into Two-factor Authentication protection by the zkSync Server.\n"
            "Transactions now require signatures by both your L1 and L2 private key.\n");
    } else {
        put(&t, "You are opting out of Two-factor Authentication protection by the zkSync Server.\n"
                "Transactions now only require signatures by your L2 private key.\n"
                "BY SIGNING THIS MESSAGE, YOU ARE TRUSTING YOUR WALLET CLIENT TO KEEP YOUR L2 PRIVATE KEY SAFE!\n");
    }
    put(&t, "Timestamp: ");
    put_decimal(&t, timestamp_ms);
    if (key != NULL) {
        put(&t, "\nPubKeyHash: sync:");
        put_hex(&t, key->b, sizeof key->b);
    }
    return text_end(&t, len);
}

zk_err eth_text_nft_factory(char *out, size_t cap, size_t *len, uint32_t creator_id, const eth_address *creator,
                            const eth_address *factory)
{
    struct text t = text_start(out, cap);
    put(&t, "\nCreator's account ID in zkSync: ");
    put_hex32(&t, creator_id);
    put(&t, "\nCreator: ");
    put_hex(&t, creator->b, sizeof creator->b);
    put(&t, "\nFactory: ");
    put_hex(&t, factory->b, sizeof factory->b);
    return text_end(&t, len);
}
