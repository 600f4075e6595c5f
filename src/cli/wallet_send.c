#include "cli/wallet_send.h"

#include "base/bytes.h"
#include "cli/sent.h"
#include "cli/units.h"
#include "ethereum/eth_tx.h"
#include "rollup/amount.h"

#include <json-c/json.h>
#include <stdlib.h>

#define NONCE_TRIES        3
#define CODE_NONCE_TOO_LOW 101

/* ---- building */

struct tx *wallet_send_add(struct wallet_send *s, tx_type type, client_fee_type fee_type, const eth_address *to)
{
    assert(s->n < WALLET_BATCH_MAX);
    struct tx *tx = &s->txs[s->n];
    *tx = (struct tx){.type = type};
    s->types[s->n] = fee_type;
    s->to[s->n] = *to;
    s->n++;
    return tx;
}

struct tx *wallet_send_add_payer(struct wallet_send *s, const struct wallet *w)
{
    struct tx *tx = wallet_send_add(s, TX_TRANSFER, CLIENT_FEE_TRANSFER, &w->me);
    tx->transfer.to = w->me;
    tx->transfer.token = s->fee_token.id;
    return tx;
}

zk_err wallet_send_fee_token(struct wallet_send *s, struct wallet *w, const struct client_token *otherwise)
{
    const char *text = args_get(w->a, ARG_FEE_TOKEN);
    s->fee_token = *otherwise;
    return text != NULL ? wallet_token(w, &s->fee_token, text) : ZK_OK;
}

zk_err wallet_send_quote(struct wallet_send *s, struct wallet *w)
{
    const char *text = args_get(w->a, ARG_FEE);
    if (text != NULL) {
        ZK_TRY(units_parse(&s->fee, text, s->fee_token.decimals));
        return units_check_packable_fee(s->fee, s->fee_token.decimals, s->fee_token.symbol);
    }
    if (s->n == 1) return client_fee(w->c, &s->fee, s->types[0], &s->to[0], s->fee_token.id);
    return client_fee_batch(w->c, &s->fee, s->types, s->to, s->n, s->fee_token.id);
}

static zk_err check_token(const struct wallet *w, const struct client_token *token, u128 amount, bool with_fee)
{
    u128 have = client_balance_of(&w->account.committed, token->id);
    char has[WALLET_AMOUNT_MAX];
    char needs[WALLET_AMOUNT_MAX];
    if (amount <= have) return ZK_OK;
    wallet_amount_text(has, have, token);
    wallet_amount_text(needs, amount, token);
    return zk_fail(ZK_ERR_INPUT, "not enough: this takes %.80s%s, and the account has %.80s", needs,
                   with_fee ? " with the fee" : "", has);
}

zk_err wallet_send_check_funds(const struct wallet_send *s, const struct wallet *w, const struct client_token *token,
                               u128 amount)
{
    if (token->id != s->fee_token.id) {
        ZK_TRY(check_token(w, token, amount, false));
        return check_token(w, &s->fee_token, s->fee, true);
    }
    if (amount > U128_MAX - s->fee) return zk_fail(ZK_ERR_INPUT, "amount and fee are more than any balance can be");
    return check_token(w, token, amount + s->fee, s->fee != 0);
}

void wallet_send_number(struct wallet_send *s, const struct wallet *w, uint32_t first_nonce)
{
    uint32_t id = w->account.id;
    for (size_t i = 0; i < s->n; i++) {
        struct tx *tx = &s->txs[i];
        uint32_t nonce = first_nonce + (uint32_t)i;
        switch (tx->type) {
        case TX_TRANSFER:
            tx->transfer.account_id = id;
            tx->transfer.from = w->me;
            tx->transfer.nonce = nonce;
            tx->transfer.valid = WALLET_VALID_ALWAYS;
            break;
        case TX_WITHDRAW:
            tx->withdraw.account_id = id;
            tx->withdraw.from = w->me;
            tx->withdraw.nonce = nonce;
            tx->withdraw.valid = WALLET_VALID_ALWAYS;
            break;
        case TX_WITHDRAW_NFT:
            tx->withdraw_nft.account_id = id;
            tx->withdraw_nft.from = w->me;
            tx->withdraw_nft.nonce = nonce;
            tx->withdraw_nft.valid = WALLET_VALID_ALWAYS;
            break;
        case TX_FORCED_EXIT:
            tx->forced_exit.initiator_id = id;
            tx->forced_exit.nonce = nonce;
            tx->forced_exit.valid = WALLET_VALID_ALWAYS;
            break;
        case TX_MINT_NFT:
            tx->mint_nft.creator_id = id;
            tx->mint_nft.creator = w->me;
            tx->mint_nft.nonce = nonce;
            break;
        default: assert(!"a kind that this does not number");
        }
    }
}

/* ---- submitting */

/* Says what is about to be sent, so that it can be looked for whatever happens now. */
static zk_err announce(const struct tx *first)
{
    hash32 hash;
    char text[CLIENT_HASH_TEXT];
    ZK_TRY(tx_hash(&hash, first));
    client_hash_text(text, &hash);
    sent_begin(text);
    return ZK_OK;
}

/* A refusal is an answer: nothing was taken. */
static zk_err submitted(zk_err err)
{
    if (err == ZK_ERR_INPUT) sent_known();
    return err;
}

zk_err wallet_send_submit(struct wallet_send *s, struct wallet *w, hash32 *hashes)
{
    uint8_t consent[65];
    struct client_submission items[WALLET_BATCH_MAX];
    struct token_labels labels = client_labels(w->c);
    for (size_t i = 0; i < s->n; i++) {
        ZK_TRY(signer_sign(&w->s, &s->txs[i]));
        items[i] = (struct client_submission){.tx = &s->txs[i]};
    }
    if (s->n == 1) {
        ZK_TRY(signer_sign_consent(&w->s, consent, &s->txs[0], &labels));
        items[0].eth_signature = consent;
        ZK_TRY(announce(&s->txs[0]));
        return submitted(client_submit(w->c, &hashes[0], &items[0], s->fast));
    }
    ZK_TRY(signer_sign_batch(&w->s, consent, s->txs, s->n, &labels));
    ZK_TRY(announce(&s->txs[0]));
    return submitted(client_submit_batch(w->c, hashes, items, s->n, consent));
}

/* Another transaction of this account, sent a moment ago, may be executed between our look at the nonce and now. */
static zk_err submit_in_turn(struct wallet_send *s, struct wallet *w, hash32 *hashes)
{
    zk_err err = ZK_ERR_INPUT;
    for (unsigned i = 0; i < NONCE_TRIES; i++) {
        if (i > 0) ZK_TRY(wallet_read_account(w));
        wallet_send_number(s, w, w->account.committed.nonce);
        err = wallet_send_submit(s, w, hashes);
        if (err != ZK_ERR_INPUT || client_refusal(w->c) != CODE_NONCE_TOO_LOW) return err;
    }
    return err;
}

/* Asks, signs, submits, prints, waits. */
static zk_err finish(struct wallet_send *s, struct wallet *w, const char *what)
{
    bool go;
    hash32 hashes[WALLET_BATCH_MAX];
    char fee[WALLET_AMOUNT_MAX];
    char text[CLIENT_HASH_TEXT];
    wallet_amount_text(fee, s->fee, &s->fee_token);
    ZK_TRY(wallet_confirm(&go, w, "%s\nfee: %s", what, fee));
    if (!go) return ZK_ERR_CANCELLED;
    ZK_TRY(wallet_unlock_signer(w));
    ZK_TRY(submit_in_turn(s, w, hashes));
    client_hash_text(text, &hashes[0]); /* the first is what the user asked for; a second one pays */
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "hash", json_object_new_string(text));
    (void)json_object_object_add(o, "fee", wallet_json_amount(s->fee));
    (void)json_object_object_add(o, "feeToken", json_object_new_string(s->fee_token.symbol));
    if (!args_has(w->a, ARG_JSON)) {
        printf("%s\n", text);
        (void)fflush(stdout);
    }
    zk_err err = wallet_wait(w, hashes, s->n, o);
    wallet_print_json(w, o);
    return err;
}

static cli_exit done(struct wallet *w, struct wallet_send *s, zk_err err)
{
    cli_exit code = CLI_DONE;
    if (err == ZK_ERR_CANCELLED)
        code = CLI_FAILED;
    else if (err != ZK_OK)
        code = args_failed(w->a);
    wallet_close(w);
    free(s);
    return code;
}

static zk_err begin(struct wallet *w, struct wallet_send **s, const struct args *a)
{
    *s = calloc(1, sizeof **s);
    *w = (struct wallet){.a = a};
    return *s != NULL ? wallet_open(w, a) : zk_fail(ZK_ERR_MEMORY, "no memory for a transaction");
}

/* ---- transfer */

static bool is_nft(const char *text)
{
    return strspn(text, "0123456789") == strlen(text) && strlen(text) >= 5 && strlen(text) <= 10 &&
           strtoull(text, NULL, 10) >= NFT_ID_FIRST;
}

static zk_err read_nft(uint32_t *id, const struct wallet *w, const char *text)
{
    unsigned long long x = strtoull(text, NULL, 10);
    bool owned = false;
    bool known;
    if (x > NFT_ID_LAST) return zk_fail(ZK_ERR_INPUT, "%s is no NFT's id", text);
    *id = (uint32_t)x;
    for (size_t i = 0; i < w->account.committed.n_nfts; i++) owned = owned || w->account.committed.nfts[i].id == *id;
    if (!owned) return zk_fail(ZK_ERR_INPUT, "the account has no NFT %s", text);
    ZK_TRY(client_nft_known(w->c, &known, *id));
    if (known) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "NFT %s is new: it can be sent once the block of its mint is verified on L1", text);
}

static zk_err transfer_nft(struct wallet *w, struct wallet_send *s, const char *nft, const eth_address *to)
{
    char what[160];
    char address[43];
    uint32_t id = 0;
    struct client_token eth;
    ZK_TRY(wallet_need_account(w, true));
    ZK_TRY(read_nft(&id, w, nft));
    ZK_TRY(client_token_by_id(w->c, &eth, TOKEN_ID_ETH));
    ZK_TRY(wallet_send_fee_token(s, w, &eth));
    struct tx *tx = wallet_send_add(s, TX_TRANSFER, CLIENT_FEE_TRANSFER, to);
    tx->transfer.to = *to;
    tx->transfer.token = id;
    tx->transfer.amount = 1;
    struct tx *payer = wallet_send_add_payer(s, w);
    ZK_TRY(wallet_send_quote(s, w));
    payer->transfer.fee = s->fee;
    ZK_TRY(wallet_send_check_funds(s, w, &s->fee_token, 0));
    eth_address_str(address, to->b);
    (void)snprintf(what, sizeof what, "transfer NFT %u to %s", id, address);
    return finish(s, w, what);
}

static zk_err transfer_token(struct wallet *w, struct wallet_send *s, const eth_address *to)
{
    char what[WALLET_AMOUNT_MAX + 64];
    char amount_text[WALLET_AMOUNT_MAX];
    char address[43];
    u128 amount;
    struct client_token token;
    ZK_TRY(wallet_token(w, &token, w->a->positional[1]));
    ZK_TRY(units_parse(&amount, w->a->positional[0], token.decimals));
    ZK_TRY(units_check_packable(amount, token.decimals, token.symbol));
    ZK_TRY(wallet_send_fee_token(s, w, &token));
    ZK_TRY(wallet_need_account(w, true));
    struct tx *tx = wallet_send_add(s, TX_TRANSFER, CLIENT_FEE_TRANSFER, to);
    tx->transfer.to = *to;
    tx->transfer.token = token.id;
    tx->transfer.amount = amount;
    struct tx *payer = s->fee_token.id == token.id ? tx : wallet_send_add_payer(s, w);
    ZK_TRY(wallet_send_quote(s, w));
    payer->transfer.fee = s->fee;
    ZK_TRY(wallet_send_check_funds(s, w, &token, amount));
    wallet_amount_text(amount_text, amount, &token);
    eth_address_str(address, to->b);
    (void)snprintf(what, sizeof what, "transfer %s to %s", amount_text, address);
    return finish(s, w, what);
}

cli_exit wallet_transfer(const struct args *a)
{
    struct wallet w;
    struct wallet_send *s;
    eth_address to;
    bool nft = a->n == 2;
    if (nft && !is_nft(a->positional[0])) {
        (void)fprintf(stderr, "%s: it takes AMOUNT TOKEN ADDRESS, or NFT ADDRESS\n", a->command);
        return CLI_MISUSED;
    }
    zk_err err = begin(&w, &s, a);
    if (err == ZK_OK) err = wallet_address(&to, a->positional[a->n - 1]);
    if (err == ZK_OK && eth_address_is_zero(&to)) err = zk_fail(ZK_ERR_INPUT, "nobody can have the zero address");
    if (err == ZK_OK) err = nft ? transfer_nft(&w, s, a->positional[0], &to) : transfer_token(&w, s, &to);
    return done(&w, s, err);
}

/* ---- withdraw */

static zk_err withdraw_nft(struct wallet *w, struct wallet_send *s, const eth_address *to)
{
    char what[160];
    char address[43];
    uint32_t id = 0;
    struct client_token eth;
    ZK_TRY(wallet_need_account(w, true));
    ZK_TRY(read_nft(&id, w, w->a->positional[0]));
    ZK_TRY(client_token_by_id(w->c, &eth, TOKEN_ID_ETH));
    ZK_TRY(wallet_send_fee_token(s, w, &eth));
    struct tx *tx =
        wallet_send_add(s, TX_WITHDRAW_NFT, s->fast ? CLIENT_FEE_FAST_WITHDRAW_NFT : CLIENT_FEE_WITHDRAW_NFT, to);
    ZK_TRY(wallet_send_quote(s, w));
    tx->withdraw_nft =
        (struct tx_withdraw_nft){.to = *to, .token = id, .fee_token = s->fee_token.id, .fee = s->fee, .fast = s->fast};
    ZK_TRY(wallet_send_check_funds(s, w, &s->fee_token, 0));
    eth_address_str(address, to->b);
    (void)snprintf(what, sizeof what, "withdraw NFT %u to %s on L1%s", id, address, s->fast ? ", fast" : "");
    return finish(s, w, what);
}

static zk_err withdraw_token(struct wallet *w, struct wallet_send *s, const eth_address *to)
{
    char what[WALLET_AMOUNT_MAX + 96];
    char amount_text[WALLET_AMOUNT_MAX];
    char address[43];
    u128 amount;
    struct client_token token;
    ZK_TRY(wallet_token(w, &token, w->a->positional[1]));
    ZK_TRY(units_parse(&amount, w->a->positional[0], token.decimals));
    ZK_TRY(wallet_send_fee_token(s, w, &token));
    ZK_TRY(wallet_need_account(w, true));
    if (s->fast && s->fee_token.id != token.id)
        return zk_fail(ZK_ERR_INPUT, "a fast withdrawal is paid for in the token that it withdraws");
    struct tx *tx = wallet_send_add(s, TX_WITHDRAW, s->fast ? CLIENT_FEE_FAST_WITHDRAW : CLIENT_FEE_WITHDRAW, to);
    tx->withdraw = (struct tx_withdraw){.to = *to, .token = token.id, .amount = amount};
    struct tx *payer = s->fee_token.id == token.id ? NULL : wallet_send_add_payer(s, w);
    ZK_TRY(wallet_send_quote(s, w));
    if (payer != NULL)
        payer->transfer.fee = s->fee;
    else
        tx->withdraw.fee = s->fee;
    ZK_TRY(wallet_send_check_funds(s, w, &token, amount));
    wallet_amount_text(amount_text, amount, &token);
    eth_address_str(address, to->b);
    (void)snprintf(what, sizeof what, "withdraw %s to %s on L1%s", amount_text, address, s->fast ? ", fast" : "");
    return finish(s, w, what);
}

cli_exit wallet_withdraw(const struct args *a)
{
    struct wallet w;
    struct wallet_send *s;
    eth_address to;
    bool nft = a->n == 1;
    if (nft && !is_nft(a->positional[0])) {
        (void)fprintf(stderr, "%s: it takes AMOUNT TOKEN, or NFT\n", a->command);
        return CLI_MISUSED;
    }
    zk_err err = begin(&w, &s, a);
    if (err == ZK_OK) s->fast = args_has(a, ARG_FAST);
    if (err == ZK_OK) err = wallet_recipient(&to, &w);
    if (err == ZK_OK) err = nft ? withdraw_nft(&w, s, &to) : withdraw_token(&w, s, &to);
    return done(&w, s, err);
}

/* ---- the others */

static zk_err forced_exit(struct wallet *w, struct wallet_send *s)
{
    char what[160];
    char address[43];
    eth_address target;
    struct client_token token;
    struct client_account account;
    ZK_TRY(wallet_address(&target, w->a->positional[1]));
    ZK_TRY(wallet_token(w, &token, w->a->positional[0]));
    ZK_TRY(wallet_need_account(w, true));
    ZK_TRY(client_account(w->c, &account, &target));
    bool exists = account.exists;
    bool locked = pubkey_hash_is_zero(&account.committed.pubkey_hash);
    client_account_free(&account);
    if (!exists) return zk_fail(ZK_ERR_INPUT, "%.42s has no account on the rollup", w->a->positional[1]);
    if (!locked) return zk_fail(ZK_ERR_INPUT, "that account has a signing key: only its owner can withdraw from it");
    s->fee_token = token;
    struct tx *tx = wallet_send_add(s, TX_FORCED_EXIT, CLIENT_FEE_FORCED_EXIT, &target);
    ZK_TRY(wallet_send_quote(s, w));
    tx->forced_exit = (struct tx_forced_exit){.target = target, .token = token.id, .fee = s->fee};
    ZK_TRY(wallet_send_check_funds(s, w, &token, 0));
    eth_address_str(address, target.b);
    (void)snprintf(what, sizeof what, "send all %s (token %u) of %s to its owner on L1", token.symbol, token.id,
                   address);
    return finish(s, w, what);
}

cli_exit wallet_forced_exit(const struct args *a)
{
    struct wallet w;
    struct wallet_send *s;
    zk_err err = begin(&w, &s, a);
    if (err == ZK_OK) err = forced_exit(&w, s);
    return done(&w, s, err);
}

static zk_err mint_nft(struct wallet *w, struct wallet_send *s)
{
    char what[160];
    char address[43];
    eth_address to;
    hash32 content;
    struct client_token eth;
    const char *text = w->a->positional[0];
    if (!hex_decode(content.b, 32, text, strlen(text)))
        return zk_fail(ZK_ERR_INPUT, "an NFT's content hash has 64 hexadecimal digits");
    ZK_TRY(wallet_recipient(&to, w));
    ZK_TRY(client_token_by_id(w->c, &eth, TOKEN_ID_ETH));
    ZK_TRY(wallet_send_fee_token(s, w, &eth));
    ZK_TRY(wallet_need_account(w, true));
    struct tx *tx = wallet_send_add(s, TX_MINT_NFT, CLIENT_FEE_MINT_NFT, &to);
    ZK_TRY(wallet_send_quote(s, w));
    tx->mint_nft =
        (struct tx_mint_nft){.content_hash = content, .recipient = to, .fee_token = s->fee_token.id, .fee = s->fee};
    ZK_TRY(wallet_send_check_funds(s, w, &s->fee_token, 0));
    eth_address_str(address, to.b);
    (void)snprintf(what, sizeof what, "mint an NFT for %s", address);
    return finish(s, w, what);
}

cli_exit wallet_mint_nft(const struct args *a)
{
    struct wallet w;
    struct wallet_send *s;
    zk_err err = begin(&w, &s, a);
    if (err == ZK_OK) err = mint_nft(&w, s);
    return done(&w, s, err);
}

/* A change-pubkey is signed with the key that it sets, so there is nothing to unlock before it is made. */
static zk_err activate(struct wallet *w, struct wallet_send *s)
{
    bool go;
    hash32 hash;
    struct client_token eth;
    char fee[WALLET_AMOUNT_MAX];
    char text[CLIENT_HASH_TEXT];
    ZK_TRY(wallet_need_account(w, false));
    ZK_TRY(client_token_by_id(w->c, &eth, TOKEN_ID_ETH));
    ZK_TRY(wallet_send_fee_token(s, w, &eth));
    struct tx *tx = wallet_send_add(s, TX_CHANGE_PUBKEY, CLIENT_FEE_CHANGE_PUBKEY_ECDSA, &w->me);
    ZK_TRY(wallet_send_quote(s, w));
    ZK_TRY(wallet_send_check_funds(s, w, &s->fee_token, 0));
    wallet_amount_text(fee, s->fee, &s->fee_token);
    ZK_TRY(wallet_confirm(&go, w, "set this wallet's key as the account's signing key\nfee: %s", fee));
    if (!go) return ZK_ERR_CANCELLED;
    ZK_TRY(wallet_unlock(w));
    if (pubkey_hash_eq(&w->s.l2_hash, &w->account.committed.pubkey_hash))
        return zk_fail(ZK_ERR_INPUT, "it is this account's signing key already");
    ZK_TRY(signer_change_pubkey(&w->s, tx, w->account.id, w->account.committed.nonce, s->fee_token.id, s->fee));
    const struct client_submission item = {.tx = tx};
    ZK_TRY(announce(tx));
    ZK_TRY(submitted(client_submit(w->c, &hash, &item, false)));
    client_hash_text(text, &hash);
    if (!args_has(w->a, ARG_JSON)) {
        printf("%s\n", text);
        (void)fflush(stdout);
    }
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "hash", json_object_new_string(text));
    (void)json_object_object_add(o, "fee", wallet_json_amount(s->fee));
    (void)json_object_object_add(o, "feeToken", json_object_new_string(s->fee_token.symbol));
    zk_err err = wallet_wait(w, &hash, 1, o);
    wallet_print_json(w, o);
    return err;
}

cli_exit wallet_activate(const struct args *a)
{
    struct wallet w;
    struct wallet_send *s;
    zk_err err = begin(&w, &s, a);
    if (err == ZK_OK) err = activate(&w, s);
    return done(&w, s, err);
}
