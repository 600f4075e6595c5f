/* Each layout stands here twice, as a list of its fields in order: for writing and for reading. What has no encoding is
 * remembered in the writer (the reader), so that each list reads as its table in the protocol. */
#include "rollup/tx.h"

#include "hash/sha256.h"
#include "rollup/amount.h"

#define ORDER_TYPE_BYTE 'o'
#define RATIO_BYTES     (ORDER_PRICE_BITS / 8)

const char *tx_type_str(tx_type type)
{
    switch (type) {
    case TX_WITHDRAW: return "Withdraw";
    case TX_TRANSFER: return "Transfer";
    case TX_CHANGE_PUBKEY: return "ChangePubKey";
    case TX_FORCED_EXIT: return "ForcedExit";
    case TX_MINT_NFT: return "MintNFT";
    case TX_WITHDRAW_NFT: return "WithdrawNFT";
    case TX_SWAP: return "Swap";
    }
    return NULL;
}

/* ---- what all kinds have in common ---- */

uint32_t tx_account_id(const struct tx *tx)
{
    switch (tx->type) {
    case TX_WITHDRAW: return tx->withdraw.account_id;
    case TX_TRANSFER: return tx->transfer.account_id;
    case TX_CHANGE_PUBKEY: return tx->change_pubkey.account_id;
    case TX_FORCED_EXIT: return tx->forced_exit.initiator_id;
    case TX_MINT_NFT: return tx->mint_nft.creator_id;
    case TX_WITHDRAW_NFT: return tx->withdraw_nft.account_id;
    case TX_SWAP: return tx->swap.submitter_id;
    }
    return ACCOUNT_ID_NOBODY;
}

uint32_t tx_nonce(const struct tx *tx)
{
    switch (tx->type) {
    case TX_WITHDRAW: return tx->withdraw.nonce;
    case TX_TRANSFER: return tx->transfer.nonce;
    case TX_CHANGE_PUBKEY: return tx->change_pubkey.nonce;
    case TX_FORCED_EXIT: return tx->forced_exit.nonce;
    case TX_MINT_NFT: return tx->mint_nft.nonce;
    case TX_WITHDRAW_NFT: return tx->withdraw_nft.nonce;
    case TX_SWAP: return tx->swap.nonce;
    }
    return UINT32_MAX;
}

u128 tx_fee(const struct tx *tx)
{
    switch (tx->type) {
    case TX_WITHDRAW: return tx->withdraw.fee;
    case TX_TRANSFER: return tx->transfer.fee;
    case TX_CHANGE_PUBKEY: return tx->change_pubkey.fee;
    case TX_FORCED_EXIT: return tx->forced_exit.fee;
    case TX_MINT_NFT: return tx->mint_nft.fee;
    case TX_WITHDRAW_NFT: return tx->withdraw_nft.fee;
    case TX_SWAP: return tx->swap.fee;
    }
    return 0;
}

uint32_t tx_fee_token(const struct tx *tx)
{
    switch (tx->type) {
    case TX_WITHDRAW: return tx->withdraw.token;
    case TX_TRANSFER: return tx->transfer.token;
    case TX_CHANGE_PUBKEY: return tx->change_pubkey.fee_token;
    case TX_FORCED_EXIT: return tx->forced_exit.token;
    case TX_MINT_NFT: return tx->mint_nft.fee_token;
    case TX_WITHDRAW_NFT: return tx->withdraw_nft.fee_token;
    case TX_SWAP: return tx->swap.fee_token;
    }
    return UINT32_MAX;
}

struct time_range tx_valid(const struct tx *tx)
{
    switch (tx->type) {
    case TX_WITHDRAW: return tx->withdraw.valid;
    case TX_TRANSFER: return tx->transfer.valid;
    case TX_CHANGE_PUBKEY: return tx->change_pubkey.valid;
    case TX_FORCED_EXIT: return tx->forced_exit.valid;
    case TX_MINT_NFT: break;
    case TX_WITHDRAW_NFT: return tx->withdraw_nft.valid;
    case TX_SWAP: {
        struct time_range a = tx->swap.orders[0].valid;
        struct time_range b = tx->swap.orders[1].valid;
        return (struct time_range){a.from > b.from ? a.from : b.from, a.until < b.until ? a.until : b.until};
    }
    }
    return TIME_RANGE_ALL;
}

bool tx_sender(eth_address *address, const struct tx *tx)
{
    memset(address, 0, sizeof *address);
    switch (tx->type) {
    case TX_WITHDRAW: *address = tx->withdraw.from; return true;
    case TX_TRANSFER: *address = tx->transfer.from; return true;
    case TX_CHANGE_PUBKEY: *address = tx->change_pubkey.account; return true;
    case TX_FORCED_EXIT: return false;
    case TX_MINT_NFT: *address = tx->mint_nft.creator; return true;
    case TX_WITHDRAW_NFT: *address = tx->withdraw_nft.from; return true;
    case TX_SWAP: *address = tx->swap.submitter; return true;
    }
    return false;
}

/* ---- writing ---- */

struct writer {
    uint8_t *p;
    zk_err err; /* the first thing that had no encoding */
};

static struct writer writer_at(uint8_t *p)
{
    return (struct writer){p, ZK_OK};
}

static void put_u8(struct writer *w, uint8_t v)
{
    *w->p++ = v;
}

static void put_u32(struct writer *w, uint32_t v)
{
    store_be32(w->p, v);
    w->p += 4;
}

static void put_bytes(struct writer *w, const uint8_t *bytes, size_t n)
{
    memcpy(w->p, bytes, n);
    w->p += n;
}

static void put_address(struct writer *w, const eth_address *a)
{
    put_bytes(w, a->b, sizeof a->b);
}

static void put_range(struct writer *w, struct time_range valid)
{
    store_be64(w->p, valid.from);
    store_be64(w->p + 8, valid.until);
    w->p += 16;
}

static void put_full_amount(struct writer *w, u128 v)
{
    store_be128(w->p, v);
    w->p += 16;
}

static void put_amount(struct writer *w, u128 v)
{
    if (!amount_pack(w->p, v)) w->err = zk_fail(ZK_ERR_RANGE, "Specified amount is not packable");
    w->p += AMOUNT_PACKED_BYTES;
}

static void put_fee(struct writer *w, u128 v)
{
    if (!fee_pack(w->p, v)) w->err = zk_fail(ZK_ERR_RANGE, "Specified fee is not packable");
    w->p += FEE_PACKED_BYTES;
}

static void put_ratio(struct writer *w, u128 v)
{
    uint8_t bytes[16];
    store_be128(bytes, v);
    if (bytes[0] != 0) w->err = zk_fail(ZK_ERR_RANGE, "Specified price is greater than supported");
    put_bytes(w, bytes + 1, RATIO_BYTES);
}

static void put_transfer(struct writer *w, const struct tx_transfer *t)
{
    put_u32(w, t->account_id);
    put_address(w, &t->from);
    put_address(w, &t->to);
    put_u32(w, t->token);
    put_amount(w, t->amount);
    put_fee(w, t->fee);
    put_u32(w, t->nonce);
    put_range(w, t->valid);
}

static void put_withdraw(struct writer *w, const struct tx_withdraw *t)
{
    put_u32(w, t->account_id);
    put_address(w, &t->from);
    put_address(w, &t->to);
    put_u32(w, t->token);
    put_full_amount(w, t->amount);
    put_fee(w, t->fee);
    put_u32(w, t->nonce);
    put_range(w, t->valid);
}

static void put_change_pubkey(struct writer *w, const struct tx_change_pubkey *t)
{
    put_u32(w, t->account_id);
    put_address(w, &t->account);
    put_bytes(w, t->new_pubkey_hash.b, sizeof t->new_pubkey_hash.b);
    put_u32(w, t->fee_token);
    put_fee(w, t->fee);
    put_u32(w, t->nonce);
    put_range(w, t->valid);
}

static void put_forced_exit(struct writer *w, const struct tx_forced_exit *t)
{
    put_u32(w, t->initiator_id);
    put_address(w, &t->target);
    put_u32(w, t->token);
    put_fee(w, t->fee);
    put_u32(w, t->nonce);
    put_range(w, t->valid);
}

static void put_mint_nft(struct writer *w, const struct tx_mint_nft *t)
{
    put_u32(w, t->creator_id);
    put_address(w, &t->creator);
    put_bytes(w, t->content_hash.b, sizeof t->content_hash.b);
    put_address(w, &t->recipient);
    put_u32(w, t->fee_token);
    put_fee(w, t->fee);
    put_u32(w, t->nonce);
}

static void put_withdraw_nft(struct writer *w, const struct tx_withdraw_nft *t)
{
    put_u32(w, t->account_id);
    put_address(w, &t->from);
    put_address(w, &t->to);
    put_u32(w, t->token);
    put_u32(w, t->fee_token);
    put_fee(w, t->fee);
    put_u32(w, t->nonce);
    put_range(w, t->valid);
}

static void put_order(struct writer *w, const struct order *o)
{
    put_u8(w, ORDER_TYPE_BYTE);
    put_u8(w, TX_VERSION);
    put_u32(w, o->account_id);
    put_address(w, &o->recipient);
    put_u32(w, o->nonce);
    put_u32(w, o->token_sell);
    put_u32(w, o->token_buy);
    put_ratio(w, o->ratio[0]);
    put_ratio(w, o->ratio[1]);
    put_amount(w, o->amount);
    put_range(w, o->valid);
}

/* A swap is its orders (or their hash) between the submitter and the money. */
static void put_swap_head(struct writer *w, const struct tx_swap *t)
{
    put_u32(w, t->submitter_id);
    put_address(w, &t->submitter);
    put_u32(w, t->nonce);
}

static void put_swap_tail(struct writer *w, const struct tx_swap *t)
{
    put_u32(w, t->fee_token);
    put_fee(w, t->fee);
    put_amount(w, t->amounts[0]);
    put_amount(w, t->amounts[1]);
}

static void put_swap_full(struct writer *w, const struct tx_swap *t)
{
    put_swap_head(w, t);
    put_order(w, &t->orders[0]);
    put_order(w, &t->orders[1]);
    put_swap_tail(w, t);
}

size_t tx_full_len(tx_type type)
{
    switch (type) {
    case TX_WITHDRAW: return 88;
    case TX_TRANSFER: return 77;
    case TX_CHANGE_PUBKEY: return 72;
    case TX_FORCED_EXIT: return 52;
    case TX_MINT_NFT: return 88;
    case TX_WITHDRAW_NFT: return 76;
    case TX_SWAP: return TX_FULL_BYTES_MAX;
    }
    return 0;
}

zk_err tx_full_bytes(uint8_t *out, size_t *len, const struct tx *tx)
{
    struct writer w = writer_at(out);
    put_u8(&w, (uint8_t)(255 - (int)tx->type));
    put_u8(&w, TX_VERSION);
    switch (tx->type) {
    case TX_WITHDRAW: put_withdraw(&w, &tx->withdraw); break;
    case TX_TRANSFER: put_transfer(&w, &tx->transfer); break;
    case TX_CHANGE_PUBKEY: put_change_pubkey(&w, &tx->change_pubkey); break;
    case TX_FORCED_EXIT: put_forced_exit(&w, &tx->forced_exit); break;
    case TX_MINT_NFT: put_mint_nft(&w, &tx->mint_nft); break;
    case TX_WITHDRAW_NFT: put_withdraw_nft(&w, &tx->withdraw_nft); break;
    case TX_SWAP: put_swap_full(&w, &tx->swap); break;
    }
    *len = (size_t)(w.p - out);
    assert(*len == tx_full_len(tx->type));
    return w.err;
}

zk_err order_sign_bytes(uint8_t out[ORDER_BYTES], const struct order *order)
{
    struct writer w = writer_at(out);
    put_order(&w, order);
    assert(w.p == out + ORDER_BYTES);
    return w.err;
}

/* ---- reading: the length is known to be right before the first field ---- */

struct reader {
    const uint8_t *p;
    zk_err err; /* the first field that no encoder writes */
};

static uint32_t get_u32(struct reader *r)
{
    r->p += 4;
    return load_be32(r->p - 4);
}

static void get_bytes(struct reader *r, uint8_t *out, size_t n)
{
    memcpy(out, r->p, n);
    r->p += n;
}

static void get_address(struct reader *r, eth_address *a)
{
    get_bytes(r, a->b, sizeof a->b);
}

static struct time_range get_range(struct reader *r)
{
    r->p += 16;
    return (struct time_range){load_be64(r->p - 16), load_be64(r->p - 8)};
}

static u128 get_full_amount(struct reader *r)
{
    r->p += 16;
    return load_be128(r->p - 16);
}

static u128 get_amount(struct reader *r)
{
    u128 v;
    if (!amount_unpack(&v, r->p)) r->err = zk_fail(ZK_ERR_INPUT, "a packed amount that no signer writes");
    r->p += AMOUNT_PACKED_BYTES;
    return v;
}

static u128 get_fee(struct reader *r)
{
    u128 v;
    if (!fee_unpack(&v, r->p)) r->err = zk_fail(ZK_ERR_INPUT, "a packed fee that no signer writes");
    r->p += FEE_PACKED_BYTES;
    return v;
}

static u128 get_ratio(struct reader *r)
{
    uint8_t bytes[16] = {0};
    get_bytes(r, bytes + 1, RATIO_BYTES);
    return load_be128(bytes);
}

static void get_transfer(struct reader *r, struct tx_transfer *t)
{
    t->account_id = get_u32(r);
    get_address(r, &t->from);
    get_address(r, &t->to);
    t->token = get_u32(r);
    t->amount = get_amount(r);
    t->fee = get_fee(r);
    t->nonce = get_u32(r);
    t->valid = get_range(r);
}

static void get_withdraw(struct reader *r, struct tx_withdraw *t)
{
    t->account_id = get_u32(r);
    get_address(r, &t->from);
    get_address(r, &t->to);
    t->token = get_u32(r);
    t->amount = get_full_amount(r);
    t->fee = get_fee(r);
    t->nonce = get_u32(r);
    t->valid = get_range(r);
}

static void get_change_pubkey(struct reader *r, struct tx_change_pubkey *t)
{
    t->account_id = get_u32(r);
    get_address(r, &t->account);
    get_bytes(r, t->new_pubkey_hash.b, sizeof t->new_pubkey_hash.b);
    t->fee_token = get_u32(r);
    t->fee = get_fee(r);
    t->nonce = get_u32(r);
    t->valid = get_range(r);
}

static void get_forced_exit(struct reader *r, struct tx_forced_exit *t)
{
    t->initiator_id = get_u32(r);
    get_address(r, &t->target);
    t->token = get_u32(r);
    t->fee = get_fee(r);
    t->nonce = get_u32(r);
    t->valid = get_range(r);
}

static void get_mint_nft(struct reader *r, struct tx_mint_nft *t)
{
    t->creator_id = get_u32(r);
    get_address(r, &t->creator);
    get_bytes(r, t->content_hash.b, sizeof t->content_hash.b);
    get_address(r, &t->recipient);
    t->fee_token = get_u32(r);
    t->fee = get_fee(r);
    t->nonce = get_u32(r);
}

static void get_withdraw_nft(struct reader *r, struct tx_withdraw_nft *t)
{
    t->account_id = get_u32(r);
    get_address(r, &t->from);
    get_address(r, &t->to);
    t->token = get_u32(r);
    t->fee_token = get_u32(r);
    t->fee = get_fee(r);
    t->nonce = get_u32(r);
    t->valid = get_range(r);
}

static void get_order(struct reader *r, struct order *o)
{
    if (r->p[0] != ORDER_TYPE_BYTE || r->p[1] != TX_VERSION)
        r->err = zk_fail(ZK_ERR_INPUT, "an order opens with 6f01, not %02x%02x", r->p[0], r->p[1]);
    r->p += 2;
    o->account_id = get_u32(r);
    get_address(r, &o->recipient);
    o->nonce = get_u32(r);
    o->token_sell = get_u32(r);
    o->token_buy = get_u32(r);
    o->ratio[0] = get_ratio(r);
    o->ratio[1] = get_ratio(r);
    o->amount = get_amount(r);
    o->valid = get_range(r);
}

static void get_swap(struct reader *r, struct tx_swap *t)
{
    t->submitter_id = get_u32(r);
    get_address(r, &t->submitter);
    t->nonce = get_u32(r);
    get_order(r, &t->orders[0]);
    get_order(r, &t->orders[1]);
    t->fee_token = get_u32(r);
    t->fee = get_fee(r);
    t->amounts[0] = get_amount(r);
    t->amounts[1] = get_amount(r);
}

zk_err tx_from_full_bytes(struct tx *tx, const uint8_t *in, size_t len)
{
    memset(tx, 0, sizeof *tx);
    if (len < 2) return zk_fail(ZK_ERR_INPUT, "a transaction of %zu bytes", len);
    tx_type type = (tx_type)(255 - in[0]);
    if (tx_type_str(type) == NULL || in[1] != TX_VERSION)
        return zk_fail(ZK_ERR_INPUT, "no transaction opens with %02x%02x", in[0], in[1]);
    if (len != tx_full_len(type))
        return zk_fail(ZK_ERR_INPUT, "%s of %zu bytes; want %zu", tx_type_str(type), len, tx_full_len(type));

    struct reader r = {in + 2, ZK_OK};
    tx->type = type;
    switch (type) {
    case TX_WITHDRAW: get_withdraw(&r, &tx->withdraw); break;
    case TX_TRANSFER: get_transfer(&r, &tx->transfer); break;
    case TX_CHANGE_PUBKEY: get_change_pubkey(&r, &tx->change_pubkey); break;
    case TX_FORCED_EXIT: get_forced_exit(&r, &tx->forced_exit); break;
    case TX_MINT_NFT: get_mint_nft(&r, &tx->mint_nft); break;
    case TX_WITHDRAW_NFT: get_withdraw_nft(&r, &tx->withdraw_nft); break;
    case TX_SWAP: get_swap(&r, &tx->swap); break;
    }
    assert(r.p == in + len);
    return r.err;
}

zk_err order_from_sign_bytes(struct order *order, const uint8_t *in, size_t len)
{
    memset(order, 0, sizeof *order);
    if (len != ORDER_BYTES) return zk_fail(ZK_ERR_INPUT, "an order of %zu bytes; want %d", len, ORDER_BYTES);
    struct reader r = {in, ZK_OK};
    get_order(&r, order);
    return r.err;
}

/* ---- hashes ---- */

zk_err tx_hash(hash32 *hash, const struct tx *tx)
{
    uint8_t bytes[TX_FULL_BYTES_MAX];
    size_t len;
    ZK_TRY(tx_full_bytes(bytes, &len, tx));
    sha256(hash->b, bytes, len);
    return ZK_OK;
}

void tx_batch_hash(hash32 *hash, const hash32 *hashes, size_t n)
{
    assert(n >= 1);
    static_assert(sizeof(hash32) == 32, "hashes lie in a row without gaps");
    sha256(hash->b, hashes, n * sizeof *hashes);
}
