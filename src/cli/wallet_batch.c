/* `zkroll wallet batch FILE`: many transfers from a table, a line each: address, token, amount. They are executed
 * together or not at all, in batches that fit into one block of the node's; a longer file makes several batches. */
#include "cli/sent.h"
#include "cli/units.h"
#include "cli/wallet_send.h"
#include "ethereum/eth_tx.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdlib.h>

#define LINE_MAX_BYTES 512
#define ROWS_MAX       100000

struct row {
    eth_address to;
    uint32_t token;
    u128 amount;
    unsigned line; /* of the file, from 1 */
};

struct table {
    struct row *rows;
    size_t n, cap;
    size_t rows_a_batch;
    u128 *fees; /* of each batch, as shown and agreed to */
};

/* The next field of a line, without the white space around it; *line moves behind its comma. */
static char *field(char **line)
{
    char *begin = *line;
    char *comma = strchr(begin, ',');
    char *end = comma != NULL ? comma : begin + strlen(begin);
    *line = comma != NULL ? comma + 1 : end;
    while (begin < end && isspace((unsigned char)*begin)) begin++;
    while (end > begin && isspace((unsigned char)end[-1])) end--;
    *end = '\0';
    return begin;
}

static bool is_blank(const char *line)
{
    while (isspace((unsigned char)*line)) line++;
    return *line == '\0' || *line == '#';
}

static zk_err read_row(struct row *row, struct wallet *w, char *line)
{
    struct client_token token;
    const char *to = field(&line);
    const char *symbol = field(&line);
    const char *amount = field(&line);
    if (*amount == '\0' || *line != '\0') return zk_fail(ZK_ERR_INPUT, "want ADDRESS,TOKEN,AMOUNT");
    ZK_TRY(wallet_address(&row->to, to));
    if (eth_address_is_zero(&row->to)) return zk_fail(ZK_ERR_INPUT, "nobody can have the zero address");
    ZK_TRY(wallet_token(w, &token, symbol));
    ZK_TRY(units_parse(&row->amount, amount, token.decimals));
    row->token = token.id;
    return units_check_packable(row->amount, token.decimals, token.symbol);
}

static bool is_title(const char *line)
{
    return strncmp(line, "address", 7) == 0 || strncmp(line, "to,", 3) == 0;
}

static zk_err grow(struct table *t)
{
    if (t->n < t->cap) return ZK_OK;
    if (t->n == ROWS_MAX) return zk_fail(ZK_ERR_FULL, "more than %d transfers", ROWS_MAX);
    size_t cap = t->cap == 0 ? 64 : 2 * t->cap;
    struct row *rows = realloc(t->rows, cap * sizeof *rows);
    if (rows == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the table");
    memset(rows + t->cap, 0, (cap - t->cap) * sizeof *rows);
    t->rows = rows;
    t->cap = cap;
    return ZK_OK;
}

static zk_err read_table(struct table *t, struct wallet *w, const char *path)
{
    char line[LINE_MAX_BYTES];
    char why[200];
    uint64_t from_line;
    ZK_TRY(args_u64(&from_line, w->a, ARG_FROM_LINE, 1, 1, UINT32_MAX));
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (f == NULL) return zk_fail(ZK_ERR_IO, "cannot open %.150s", path);
    zk_err err = ZK_OK;
    for (unsigned number = 1; err == ZK_OK && fgets(line, sizeof line, f) != NULL; number++) {
        if (number < from_line || is_blank(line) || (number == 1 && is_title(line))) continue;
        err = grow(t);
        assert(err != ZK_OK || t->rows != NULL);
        if (err == ZK_OK && (err = read_row(&t->rows[t->n], w, line)) != ZK_OK) {
            (void)snprintf(why, sizeof why, "%.190s", zk_err_message());
            (void)zk_fail(err, "line %u: %s", number, why);
        }
        if (err == ZK_OK) t->rows[t->n++].line = number;
    }
    if (f != stdin) (void)fclose(f);
    if (err == ZK_OK && t->n == 0)
        err = zk_fail(ZK_ERR_INPUT, "the table has no lines%s", from_line > 1 ? " from there on" : "");
    return err;
}

/* ---- sending */

/* Fills s with rows first .. first + n - 1; the last pays if it can. quote: asks for the fee; else it is known. */
static zk_err fill(struct wallet_send *s, struct wallet *w, struct table *t, size_t first, size_t n, bool quote)
{
    assert(t->rows_a_batch > 0);
    u128 *fee = &t->fees[first / t->rows_a_batch];
    struct tx *tx = NULL;
    assert(n >= 1);
    s->n = 0;
    for (size_t i = first; i < first + n; i++) {
        tx = wallet_send_add(s, TX_TRANSFER, CLIENT_FEE_TRANSFER, &t->rows[i].to);
        tx->transfer.to = t->rows[i].to;
        tx->transfer.token = t->rows[i].token;
        tx->transfer.amount = t->rows[i].amount;
    }
    assert(tx != NULL);
    if (tx->transfer.token != s->fee_token.id) tx = wallet_send_add_payer(s, w);
    if (quote) ZK_TRY(wallet_send_quote(s, w));
    if (quote) *fee = s->fee;
    tx->transfer.fee = *fee;
    return ZK_OK;
}

/* Sums by token; the fee's is checked with all fees. */
static zk_err check_funds(struct wallet *w, const struct wallet_send *s, const struct table *t, u128 fees)
{
    u128 *sums = calloc(TOKEN_ID_LAST + 1, sizeof *sums);
    if (sums == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for sums");
    zk_err err = ZK_OK;
    sums[s->fee_token.id] = fees;
    for (size_t i = 0; i < t->n && err == ZK_OK; i++) {
        u128 *sum = &sums[t->rows[i].token];
        if (t->rows[i].amount > U128_MAX - *sum)
            err = zk_fail(ZK_ERR_INPUT, "the amounts of one token are more than any balance can be");
        else
            *sum += t->rows[i].amount;
    }
    for (uint32_t id = 0; id <= TOKEN_ID_LAST && err == ZK_OK; id++) {
        u128 have = client_balance_of(&w->account.committed, id);
        struct client_token token;
        char needs[WALLET_AMOUNT_MAX], has[WALLET_AMOUNT_MAX];
        if (sums[id] <= have) continue;
        err = client_token_by_id(w->c, &token, id);
        if (err != ZK_OK) break;
        wallet_amount_text(needs, sums[id], &token);
        wallet_amount_text(has, have, &token);
        err = zk_fail(ZK_ERR_INPUT, "not enough: this takes %.80s with fees, and the account has %.80s", needs, has);
    }
    free(sums);
    return err;
}

static zk_err token_by_id(struct wallet *w, struct client_token *out, uint32_t id)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", id);
    return wallet_token(w, out, text);
}

static zk_err show(struct wallet *w, const struct wallet_send *s, const struct table *t, u128 fees, bool *go)
{
    char amount[WALLET_AMOUNT_MAX];
    char address[43];
    struct client_token token;
    for (size_t i = 0; i < t->n && !args_has(w->a, ARG_QUIET); i++) {
        ZK_TRY(token_by_id(w, &token, t->rows[i].token));
        wallet_amount_text(amount, t->rows[i].amount, &token);
        eth_address_str(address, t->rows[i].to.b);
        (void)fprintf(stderr, "  %s  %s\n", address, amount);
    }
    assert(t->rows_a_batch > 0);
    wallet_amount_text(amount, fees, &s->fee_token);
    return wallet_confirm(go, w, "%zu transfers in %zu batches\nfee: %s", t->n,
                          (t->n + t->rows_a_batch - 1) / t->rows_a_batch, amount);
}

static size_t part(const struct table *t, size_t first)
{
    return t->n - first < t->rows_a_batch ? t->n - first : t->rows_a_batch;
}

/* What of the table is sent, at the end of an error: whoever runs all of it again pays again. A batch whose answer was
 * lost may be there or not. */
static zk_err stopped(zk_err err, const struct table *t, size_t first, const char *sent_before)
{
    char why[160];
    char before[64] = "";
    unsigned last = t->rows[first + part(t, first) - 1].line;
    (void)snprintf(why, sizeof why, "%.150s", zk_err_message());
    if (first > 0)
        (void)snprintf(before, sizeof before, "; lines %u to %u are sent", t->rows[0].line, t->rows[first - 1].line);
    if (sent_name() == NULL && first == 0) return err;
    if (sent_name() == NULL) {
        sent_remember(sent_before); /* the exit code must not say that nothing was sent */
        return zk_fail(err, "%s%s: go on with --from-line %u", why, before, t->rows[first].line);
    }
    return zk_fail(err, "%s%s, lines %u to %u may be: go on with --from-line %u if not, else %u", why, before,
                   t->rows[first].line, last, t->rows[first].line, last + 1);
}

static void say_sent(const struct wallet *w, const struct table *t, size_t first)
{
    if (args_has(w->a, ARG_QUIET)) return;
    (void)fprintf(stderr, "lines %u to %u are sent\n", t->rows[first].line, t->rows[first + part(t, first) - 1].line);
}

static zk_err send_all(struct wallet *w, struct wallet_send *s, struct table *t)
{
    hash32 hashes[WALLET_BATCH_MAX] = {0};
    char text[CLIENT_HASH_TEXT] = "";
    uint32_t nonce = w->account.committed.nonce;
    struct json_object *o = json_object_new_object();
    struct json_object *list = json_object_new_array();
    (void)json_object_object_add(o, "hashes", list);
    zk_err err = ZK_OK;
    for (size_t first = 0; first < t->n && err == ZK_OK; first += part(t, first)) {
        size_t n = part(t, first);
        err = fill(s, w, t, first, n, false);
        wallet_send_number(s, w, nonce);
        nonce += (uint32_t)s->n;
        if (err == ZK_OK) err = wallet_send_submit(s, w, hashes);
        if (err != ZK_OK) err = stopped(err, t, first, text);
        if (err == ZK_OK) say_sent(w, t, first);
        for (size_t i = 0; i < n && err == ZK_OK; i++) {
            client_hash_text(text, &hashes[i]);
            (void)json_object_array_add(list, json_object_new_string(text));
            if (!args_has(w->a, ARG_JSON)) printf("%s\n", text);
        }
        (void)fflush(stdout);
    }
    /* One sender's transactions are executed in order: the last one tells of all. */
    if (err == ZK_OK) err = wallet_wait(w, &hashes[s->n - 1], 1, o);
    wallet_print_json(w, o);
    return err;
}

/* A transfer takes one slot; two are left for the fees and for a transfer that pays them. */
static zk_err size_batches(struct table *t, struct wallet *w)
{
    uint32_t slots;
    ZK_TRY(client_block_slots(w->c, &slots));
    t->rows_a_batch = slots - 2 < WALLET_BATCH_MAX - 1 ? slots - 2 : WALLET_BATCH_MAX - 1;
    t->fees = calloc(t->n / t->rows_a_batch + 1, sizeof *t->fees);
    return t->fees != NULL ? ZK_OK : zk_fail(ZK_ERR_MEMORY, "no memory for the table's fees");
}

static zk_err batch(struct wallet *w, struct wallet_send *s, struct table *t)
{
    struct client_token first = {.id = 0};
    u128 fees = 0;
    bool go = false;
    assert(s != NULL);
    ZK_TRY(wallet_need_account(w, true));
    ZK_TRY(read_table(t, w, w->a->positional[0]));
    assert(t->rows != NULL && t->n > 0);
    ZK_TRY(token_by_id(w, &first, t->rows[0].token));
    ZK_TRY(wallet_send_fee_token(s, w, &first));
    ZK_TRY(size_batches(t, w));
    for (size_t i = 0; i < t->n; i += part(t, i)) {
        ZK_TRY(fill(s, w, t, i, part(t, i), true));
        if (s->fee > U128_MAX - fees) return zk_fail(ZK_ERR_INPUT, "the fees are more than any balance can be");
        fees += s->fee;
    }
    ZK_TRY(check_funds(w, s, t, fees));
    ZK_TRY(show(w, s, t, fees, &go));
    if (!go) return ZK_ERR_CANCELLED;
    ZK_TRY(wallet_unlock_signer(w));
    return send_all(w, s, t);
}

cli_exit wallet_batch(const struct args *a)
{
    struct wallet w = {.a = a};
    struct table t = {0};
    struct wallet_send *s = calloc(1, sizeof *s);
    zk_err err = s != NULL ? wallet_open(&w, a) : zk_fail(ZK_ERR_MEMORY, "no memory for a batch");
    if (err == ZK_OK) err = batch(&w, s, &t);
    cli_exit code = err == ZK_OK ? CLI_DONE : err == ZK_ERR_CANCELLED ? CLI_FAILED : args_failed(a);
    wallet_close(&w);
    free(t.rows);
    free(t.fees);
    free(s);
    return code;
}
