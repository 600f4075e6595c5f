#include "api/history_csv.h"

#include "api/api_internal.h"
#include "api/model.h"
#include "rollup/amount.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS  13
#define LINE_MAX (COLUMNS * CSV_FIELD_MAX)

size_t csv_field(char out[CSV_FIELD_MAX], const char *text)
{
    size_t n = 0;
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    bool quoted = formula || text[strcspn(text, ",\"\r\n")] != '\0';
    if (quoted) out[n++] = '"';
    if (formula) out[n++] = '\'';
    for (; *text != '\0' && n + 4 < CSV_FIELD_MAX; text++) {
        if (*text == '"') out[n++] = '"';
        out[n++] = *text;
    }
    if (quoted) out[n++] = '"';
    out[n] = '\0';
    return n;
}

struct history {
    struct api *api;
    eth_address address;
    struct store_place from;
    size_t n, at; /* of the page in w->ops; the worker is another request's in between, so it is read again */
    bool over;
    bool failed;
    char *buffer; /* what is written and not yet taken */
    size_t len, taken, cap;
};

struct row {
    const char *type;
    char from[44], to[44];
    uint32_t token, fee_token;
    bool has_token, has_fee;
    u128 amount, fee;
};

static void address_text(char out[44], const eth_address *a)
{
    hex_text(out, "0x", a->b, sizeof a->b);
}

static void row_of_tx(struct row *r, const struct store_op *op)
{
    const struct tx *tx = &op->tx.tx;
    eth_address sender;
    r->type = tx_type_str(tx->type);
    if (tx_sender(&sender, tx)) address_text(r->from, &sender);
    r->has_fee = true;
    r->fee = tx_fee(tx);
    r->fee_token = tx_fee_token(tx);
    r->has_token = true;
    switch (tx->type) {
    case TX_TRANSFER:
        address_text(r->to, &tx->transfer.to);
        r->token = tx->transfer.token;
        r->amount = tx->transfer.amount;
        break;
    case TX_WITHDRAW:
        address_text(r->to, &tx->withdraw.to);
        r->token = tx->withdraw.token;
        r->amount = tx->withdraw.amount;
        break;
    case TX_FORCED_EXIT:
        address_text(r->from, &tx->forced_exit.target);
        address_text(r->to, &tx->forced_exit.target);
        r->token = tx->forced_exit.token;
        r->amount = op->amount;
        break;
    case TX_WITHDRAW_NFT:
        address_text(r->to, &tx->withdraw_nft.to);
        r->token = tx->withdraw_nft.token;
        r->amount = 1;
        break;
    case TX_MINT_NFT:
        address_text(r->to, &tx->mint_nft.recipient);
        r->has_token = false;
        break;
    case TX_SWAP:
        address_text(r->to, &tx->swap.orders[1].recipient);
        r->token = tx->swap.orders[0].token_sell;
        r->amount = tx->swap.amounts[0];
        break;
    case TX_CHANGE_PUBKEY: r->has_token = false; break;
    }
}

static void row_of_priority(struct row *r, const struct store_op *op)
{
    const struct priority_op *p = &op->priority.op;
    r->has_token = true;
    if (p->type == PRIORITY_DEPOSIT) {
        r->type = "Deposit";
        address_text(r->from, &op->priority.sender);
        address_text(r->to, &p->deposit.to);
        r->token = p->deposit.token;
        r->amount = p->deposit.amount;
    } else {
        r->type = "FullExit";
        address_text(r->from, &p->full_exit.owner);
        address_text(r->to, &p->full_exit.owner);
        r->token = p->full_exit.token;
        r->amount = op->amount;
    }
}

/* Token units and the token's name. */
static void money(char amount[UNITS_TEXT_MAX + 1], char symbol[SYMBOL_TEXT_MAX], struct api_worker *w, uint32_t token,
                  u128 v, struct api_error *e)
{
    const struct store_token *t = token_is_fungible(token) ? worker_token(w, token, e) : NULL;
    units_to_text(amount, v, t != NULL ? t->decimals : 0);
    worker_symbol(w, symbol, token, e);
}

static size_t write_line(char out[LINE_MAX], const char *const fields[COLUMNS])
{
    size_t n = 0;
    for (int i = 0; i < COLUMNS; i++) {
        n += csv_field(out + n, fields[i]);
        out[n++] = i + 1 < COLUMNS ? ',' : '\r';
    }
    out[n++] = '\n';
    return n;
}

static size_t line_of(char out[LINE_MAX], struct api_worker *w, const struct store_op *op, struct api_error *e)
{
    struct row r = {0};
    char time[TIME_TEXT_MAX], block[16], index[16], hash[67] = "0x", amount[UNITS_TEXT_MAX + 1] = "",
                                                    symbol[SYMBOL_TEXT_MAX] = "", fee[UNITS_TEXT_MAX + 1] = "",
                                                    fee_symbol[SYMBOL_TEXT_MAX] = "";
    if (op->is_priority) {
        row_of_priority(&r, op);
    } else {
        row_of_tx(&r, op);
    }
    time_text(time, op->executed_at);
    (void)snprintf(block, sizeof block, "%u", op->place.block);
    (void)snprintf(index, sizeof index, "%u", op->place.index);
    hex_encode(hash + 2, op_hash(op)->b, 32);
    if (r.has_token) money(amount, symbol, w, r.token, r.amount, e);
    if (r.has_fee) money(fee, fee_symbol, w, r.fee_token, r.fee, e);
    const char *const fields[COLUMNS] = {time,
                                         block,
                                         index,
                                         hash,
                                         r.type,
                                         r.from,
                                         r.to,
                                         symbol,
                                         amount,
                                         fee_symbol,
                                         fee,
                                         op_status(op, &w->heads),
                                         op->rejected ? op->tx.fail_reason : ""};
    return write_line(out, fields);
}

/* The next page as text; over is set at the end, and with failed where there should be more. */
static void next_page(struct history *h)
{
    struct api_error e;
    struct api_worker *w = worker_begin(h->api, &e);
    struct store_history_filter filter = {.address = &h->address};
    size_t n = 0;
    h->len = h->taken = 0;
    if (w == NULL || !worker_heads(w, &e) ||
        store_history_page(w->store, w->ops, &n, STORE_PAGE_MAX, &filter, h->from, STORE_NEWER) != ZK_OK) {
        h->over = h->failed = true;
        return;
    }
    for (size_t i = 0; i < n && h->len + LINE_MAX <= h->cap; i++) {
        h->len += line_of(h->buffer + h->len, w, &w->ops[i], &e);
        h->from = w->ops[i].place;
        h->from.index++;
    }
    h->failed = e.set;
    h->over = n == 0 || e.set;
}

static long csv_read(void *ctx, char *buf, size_t cap)
{
    struct history *h = ctx;
    if (h->taken == h->len && !h->over) next_page(h);
    size_t left = h->len - h->taken;
    if (left == 0) return h->failed ? HTTP_SOURCE_FAILED : -1;
    size_t n = left < cap ? left : cap;
    memcpy(buf, h->buffer + h->taken, n);
    h->taken += n;
    return (long)n;
}

static void csv_close(void *ctx)
{
    struct history *h = ctx;
    free(h->buffer);
    free(h);
}

void history_csv(struct api *api, const eth_address *address, struct http_exchange *x)
{
    static const struct http_source source = {csv_read, csv_close};
    static const char *const names[COLUMNS] = {"time",  "block",  "index",     "hash", "type",   "from",       "to",
                                               "token", "amount", "fee_token", "fee",  "status", "fail_reason"};
    struct history *h = calloc(1, sizeof *h);
    if (h != NULL) {
        h->cap = STORE_PAGE_MAX * 640 + LINE_MAX;
        h->buffer = malloc(h->cap);
    }
    if (h == NULL || h->buffer == NULL) {
        free(h);
        http_reply_text(x, 503, "application/json", "{\"error\":\"out of memory\"}");
        return;
    }
    h->api = api;
    h->address = *address;
    h->len = write_line(h->buffer, names);
    http_reply_stream(x,
                      &(struct http_response){
                          .status = 200,
                          .type = "text/csv; charset=utf-8",
                          .fields = {{"Content-Disposition", "attachment; filename=\"history.csv\""}, {NULL, NULL}}},
                      &source, h, NULL);
}
