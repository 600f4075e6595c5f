#include "api/web3_logs.h"

#include "api/model.h"
#include "hash/keccak256.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 12

static const eth_address proxy = {{0x10}};

struct json_object *new_quantity(u128 v)
{
    char text[40];
    uint8_t bytes[16];
    char digits[33];
    store_be128(bytes, v);
    hex_encode(digits, bytes, sizeof bytes);
    size_t skip = strspn(digits, "0");
    if (skip == 32) skip = 31;
    (void)snprintf(text, sizeof text, "0x%s", digits + skip);
    return json_new_text(text);
}

void put_quantity(struct json_object *o, const char *key, u128 v)
{
    put(o, key, new_quantity(v));
}

/* ---- parameters of an event, 32 bytes each */

struct words {
    size_t n;
    uint8_t b[WORDS_MAX][32];
};

static uint8_t *word(struct words *w)
{
    assert(w->n < WORDS_MAX);
    memset(w->b[w->n], 0, 32);
    return w->b[w->n++];
}

static void add_number(struct words *w, u128 v)
{
    store_be128(word(w) + 16, v);
}

static void add_address(struct words *w, const eth_address *a)
{
    memcpy(word(w) + 12, a->b, sizeof a->b);
}

static void add_hash(struct words *w, const hash32 *h)
{
    memcpy(word(w), h->b, sizeof h->b);
}

static void add_bytes20(struct words *w, const pubkey_hash *h)
{
    memcpy(word(w), h->b, sizeof h->b);
}

/* The address under which Ethereum knows the token; of an NFT its own. */
static void token_address(eth_address *out, struct api_worker *w, uint32_t id, struct api_error *e)
{
    struct store_nft nft;
    bool found = false;
    memset(out, 0, sizeof *out);
    if (token_is_nft(id)) {
        if (store_nft_get(w->store, &nft, &found, id, STORE_COMMITTED) != ZK_OK) fail_store(e);
        if (found) *out = nft.address;
        return;
    }
    const struct store_token *t = worker_token(w, id, e);
    if (t != NULL) *out = t->address;
}

static void add_token(struct words *words, struct api_worker *w, uint32_t id, struct api_error *e)
{
    eth_address a;
    token_address(&a, w, id, e);
    add_address(words, &a);
}

/* ---- logs */

struct logs {
    struct json_object *list;
    struct api_worker *w;
    const struct store_op *op;
    const fr *root;
    uint64_t *index;
    struct api_error *e;
};

static void add_log(const struct logs *l, const eth_address *at, const char *signature, const struct words *words)
{
    struct json_object *o = json_new_object(), *topics = json_new_array();
    uint8_t topic[32];
    char data[2 + 64 * WORDS_MAX + 1];
    keccak256(topic, signature, strlen(signature));
    append(topics, json_new_hex("0x", topic, sizeof topic));
    hex_text(data, "0x", words->b[0], 32 * words->n);
    put_address(o, "address", at);
    put(o, "topics", topics);
    put_text(o, "data", data);
    put_fr(o, "blockHash", "0x", l->root);
    put_quantity(o, "blockNumber", l->op->place.block);
    put_hash(o, "transactionHash", op_hash(l->op));
    put_quantity(o, "transactionIndex", l->op->place.index);
    put_quantity(o, "logIndex", *l->index);
    put_quantity(o, "transactionLogIndex", *l->index);
    put_text(o, "logType", "mined");
    put_bool(o, "removed", false);
    append(l->list, o);
    (*l->index)++;
}

static void add_transfer(const struct logs *l, uint32_t token, const eth_address *from, const eth_address *to,
                         u128 amount)
{
    struct words words = {0};
    eth_address at;
    if (amount == 0) return;
    token_address(&at, l->w, token, l->e);
    add_address(&words, from);
    add_address(&words, to);
    add_number(&words, amount);
    add_log(l, &at, "Transfer(address,address,uint256)", &words);
}

static void add_fee(const struct logs *l, const struct tx *tx, const eth_address *payer)
{
    static const eth_address nobody;
    add_transfer(l, tx_fee_token(tx), payer, &nobody, tx_fee(tx));
}

/* The address of an account id; zero if there is none. */
static void address_of(eth_address *out, struct api_worker *w, uint32_t id, struct api_error *e)
{
    struct store_account_head head;
    bool found;
    memset(out, 0, sizeof *out);
    if (store_account_head_by_id(w->store, &head, &found, id) != ZK_OK) {
        fail_store(e);
    } else if (found) {
        *out = head.address;
    }
}

static void logs_of_payment(const struct logs *l, const char *signature, const eth_address *from, const eth_address *to,
                            uint32_t token, u128 amount, bool leaves)
{
    static const eth_address nobody;
    struct words words = {0};
    const struct tx *tx = &l->op->tx.tx;
    add_address(&words, from);
    add_address(&words, to);
    add_token(&words, l->w, token, l->e);
    add_number(&words, amount);
    add_number(&words, tx_fee(tx));
    add_log(l, &proxy, signature, &words);
    add_transfer(l, token, from, leaves ? &nobody : to, amount);
    add_fee(l, tx, from);
}

static void logs_of_swap(const struct logs *l, const struct tx *tx)
{
    const struct tx_swap *s = &tx->swap;
    struct words words = {0};
    eth_address accounts[2];
    add_address(&words, &s->submitter);
    for (int i = 0; i < 2; i++) {
        address_of(&accounts[i], l->w, s->orders[i].account_id, l->e);
        add_address(&words, &accounts[i]);
        add_address(&words, &s->orders[i].recipient);
    }
    for (int i = 0; i < 2; i++) add_token(&words, l->w, s->orders[i].token_sell, l->e);
    add_token(&words, l->w, s->fee_token, l->e);
    for (int i = 0; i < 2; i++) add_number(&words, s->amounts[i]);
    add_number(&words, s->fee);
    add_log(l, &proxy,
            "ZkSyncSwap(address,address,address,address,address,address,address,address,uint256,uint256,uint256)",
            &words);
    for (int i = 0; i < 2; i++)
        add_transfer(l, s->orders[i].token_sell, &accounts[i], &s->orders[1 - i].recipient, s->amounts[i]);
    add_fee(l, tx, &s->submitter);
}

static void logs_of_mint(const struct logs *l, const struct tx *tx)
{
    const struct tx_mint_nft *m = &tx->mint_nft;
    static const eth_address nobody;
    struct words words = {0};
    uint32_t id = 0;
    bool found;
    if (store_nft_by_mint(l->w->store, &id, &found, &l->op->tx.hash) != ZK_OK) fail_store(l->e);
    add_number(&words, id);
    add_number(&words, m->creator_id);
    add_address(&words, &m->creator);
    add_hash(&words, &m->content_hash);
    add_address(&words, &m->recipient);
    add_number(&words, m->fee);
    add_token(&words, l->w, m->fee_token, l->e);
    add_log(l, &proxy, "ZkSyncMintNFT(uint32,uint32,address,bytes32,address,uint256,address)", &words);
    add_transfer(l, id, &nobody, &m->recipient, 1);
    add_fee(l, tx, &m->creator);
}

static void logs_of_withdraw_nft(const struct logs *l, const struct tx *tx)
{
    const struct tx_withdraw_nft *t = &tx->withdraw_nft;
    static const eth_address nobody;
    struct store_nft nft = {0};
    struct words words = {0};
    bool found;
    if (store_nft_get(l->w->store, &nft, &found, t->token, STORE_COMMITTED) != ZK_OK) {
        fail_store(l->e);
        return;
    }
    add_address(&words, &t->from);
    add_address(&words, &t->to);
    add_number(&words, t->token);
    add_token(&words, l->w, t->token, l->e);
    add_token(&words, l->w, t->fee_token, l->e);
    add_number(&words, t->fee);
    add_number(&words, nft.leaf.content.creator);
    add_address(&words, &nft.leaf.content.creator_address);
    add_number(&words, nft.leaf.content.serial);
    add_hash(&words, &nft.leaf.content.hash);
    add_log(l, &proxy,
            "ZkSyncWithdrawNFT(address,address,uint32,address,address,uint256,uint32,address,uint32,bytes32)", &words);
    add_transfer(l, t->token, &t->from, &nobody, 1);
    add_fee(l, tx, &t->from);
}

static void logs_of_change_pubkey(const struct logs *l, const struct tx *tx)
{
    struct words words = {0};
    add_address(&words, &tx->change_pubkey.account);
    add_bytes20(&words, &tx->change_pubkey.new_pubkey_hash);
    add_token(&words, l->w, tx->change_pubkey.fee_token, l->e);
    add_number(&words, tx->change_pubkey.fee);
    add_log(l, &proxy, "ZkSyncChangePubKey(address,bytes20,address,uint256)", &words);
    add_fee(l, tx, &tx->change_pubkey.account);
}

static void logs_of_forced_exit(const struct logs *l, const struct tx *tx)
{
    static const eth_address nobody;
    struct words words = {0};
    eth_address initiator;
    address_of(&initiator, l->w, tx->forced_exit.initiator_id, l->e);
    add_address(&words, &initiator);
    add_address(&words, &tx->forced_exit.target);
    add_token(&words, l->w, tx->forced_exit.token, l->e);
    add_number(&words, tx->forced_exit.fee);
    add_log(l, &proxy, "ZkSyncForcedExit(address,address,address,uint256)", &words);
    add_transfer(l, tx->forced_exit.token, &tx->forced_exit.target, &nobody, l->op->amount);
    add_fee(l, tx, &initiator);
}

static void logs_of_tx(const struct logs *l)
{
    const struct tx *tx = &l->op->tx.tx;
    switch (tx->type) {
    case TX_TRANSFER:
        logs_of_payment(l, "ZkSyncTransfer(address,address,address,uint256,uint256)", &tx->transfer.from,
                        &tx->transfer.to, tx->transfer.token, tx->transfer.amount, false);
        break;
    case TX_WITHDRAW:
        logs_of_payment(l, "ZkSyncWithdraw(address,address,address,uint256,uint256)", &tx->withdraw.from,
                        &tx->withdraw.to, tx->withdraw.token, tx->withdraw.amount, true);
        break;
    case TX_CHANGE_PUBKEY: logs_of_change_pubkey(l, tx); break;
    case TX_FORCED_EXIT: logs_of_forced_exit(l, tx); break;
    case TX_MINT_NFT: logs_of_mint(l, tx); break;
    case TX_WITHDRAW_NFT: logs_of_withdraw_nft(l, tx); break;
    case TX_SWAP: logs_of_swap(l, tx); break;
    }
}

static void logs_of_priority(const struct logs *l)
{
    static const eth_address nobody;
    const struct priority_op *p = &l->op->priority.op;
    struct words words = {0};
    if (p->type == PRIORITY_DEPOSIT) {
        add_address(&words, &l->op->priority.sender);
        add_address(&words, &p->deposit.to);
        add_token(&words, l->w, p->deposit.token, l->e);
        add_number(&words, p->deposit.amount);
        add_log(l, &proxy, "ZkSyncDeposit(address,address,address,uint256)", &words);
        add_transfer(l, p->deposit.token, &nobody, &p->deposit.to, p->deposit.amount);
        return;
    }
    add_address(&words, &p->full_exit.owner);
    add_token(&words, l->w, p->full_exit.token, l->e);
    add_number(&words, l->op->amount);
    add_log(l, &proxy, "ZkSyncFullExit(address,address,uint256)", &words);
    add_transfer(l, p->full_exit.token, &p->full_exit.owner, &nobody, l->op->amount);
}

void web3_logs(struct json_object *list, struct api_worker *w, const struct store_op *op, const fr *block_root,
               uint64_t *log_index, struct api_error *e)
{
    const struct logs l = {list, w, op, block_root, log_index, e};
    if (op->rejected) return;
    if (op->is_priority) {
        logs_of_priority(&l);
    } else {
        logs_of_tx(&l);
    }
}

void web3_ends(eth_address *from, eth_address *to, struct api_worker *w, const struct store_op *op, struct api_error *e)
{
    const struct tx *tx = &op->tx.tx;
    memset(to, 0, sizeof *to);
    if (op->is_priority) {
        bool deposit = op->priority.op.type == PRIORITY_DEPOSIT;
        *from = op->priority.sender;
        *to = deposit ? op->priority.op.deposit.to : op->priority.op.full_exit.owner;
        return;
    }
    if (!tx_sender(from, tx)) address_of(from, w, tx_account_id(tx), e);
    switch (tx->type) {
    case TX_TRANSFER: *to = tx->transfer.to; break;
    case TX_WITHDRAW: *to = tx->withdraw.to; break;
    case TX_WITHDRAW_NFT: *to = tx->withdraw_nft.to; break;
    case TX_MINT_NFT: *to = tx->mint_nft.recipient; break;
    case TX_FORCED_EXIT: *to = tx->forced_exit.target; break;
    case TX_CHANGE_PUBKEY: *to = tx->change_pubkey.account; break;
    case TX_SWAP: *to = tx->swap.submitter; break;
    }
}
