/* worker: what a thread needs to answer: its own handle on the store, room for pages, and what it remembers of things
 * that
 * change rarely. Every handler gets one.
 *
 * Fresh     worker_begin looks at the store's change token; what is remembered of heads is dropped when it moved.
 * Tokens
 *           and the fee market are read again a moment after, and at once for a token that nobody knew.
 * Errors    struct api_error carries a refusal to whoever writes the answer: each transport says it in its own way. The
 *           words of a failing database go to the log, not to users.
 * Threads   a worker belongs to its thread. */
#ifndef ZK_API_WORKER_H
#define ZK_API_WORKER_H

#include "api/api.h"
#include "api/json_out.h"
#include "api/parse.h"
#include "store/store_history.h"
#include "store/store_stats.h"
#include "store/store_tokens.h"

/* ---- refusals */

struct api_error {
    bool set;
    int rpc_code;     /* JSON-RPC */
    const char *type; /* REST v0.2: errorType and code */
    int rest_code;
    int status; /* HTTP: of v0.1 and zkroll's own answers; v0.2: plain text instead of an envelope, if not 0 */
    char message[SUBMIT_TEXT_MAX];
    char rest_message[SUBMIT_TEXT_MAX]; /* REST's words where they are others; "": the same */
    char data[SUBMIT_DETAIL_MAX];       /* JSON-RPC; "": none */
};

/* Each returns NULL, so that a handler can return it. The first error stays. */
void *fail_store(struct api_error *e); /* logs this thread's zk_err_message */
void *fail_params(struct api_error *e, const char *fmt, ...) ZK_PRINTF(2, 3);
void *fail_rpc(struct api_error *e, int code, const char *fmt, ...) ZK_PRINTF(3, 4);
void *fail_rest(struct api_error *e, const char *type, int code, const char *fmt, ...) ZK_PRINTF(4, 5);
void *fail_status(struct api_error *e, int status, const char *fmt, ...) ZK_PRINTF(3, 4);
void *fail_submit(struct api_error *e, submit_error error, const char *detail, bool toggle);

/* ---- workers */

/* Once an api, before and after all workers. */
ZK_MUST_USE zk_err workers_init(struct api *api);
void workers_free(struct api *api);

#define WORKER_TALLIES 512

struct api_worker {
    struct api *api;
    struct store *store;

    /* what it remembers */
    bool token_known, heads_known, tokens_stale, market_stale;
    uint64_t token; /* the store's change token */
    struct store_heads heads;
    int64_t tokens_at_ms, market_at_ms;
    size_t n_tokens;
    struct store_block last_block; /* number 0: none; for pages of one block */
    struct worker_tally {
        uint32_t first, last; /* 0: none */
        fr root;              /* of the last: with the time of its sealing, the same blocks */
        int64_t sealed_at;
        struct store_tally tally;
    } tallies[WORKER_TALLIES]; /* sealed blocks never change: counting their entries once is enough */

    /* room for one answer; large things last, those that 16 bytes align together */
    uint64_t deposit_blocks[TOKEN_ID_LAST + 1];
    struct store_batch batch;
    struct store_token tokens[TOKEN_ID_LAST + 1]; /* remembered too, by rising id */
    struct store_block blocks[STORE_PAGE_MAX];
    struct store_nft nfts[STORE_PAGE_MAX];
    u128 deposits[TOKEN_ID_LAST + 1];
    struct fee_market market;
    struct store_account account;
    struct store_priority_op pending[STORE_PAGE_MAX];
    struct store_op ops[STORE_PAGE_MAX];
};

/* What blocks first .. last->header.number executed. NULL: e is set. Valid until the next call. */
const struct store_tally *worker_tally(struct api_worker *w, uint32_t first, const struct store_block *last,
                                       struct api_error *e);

/* This thread's worker, ready for a request. NULL: e says why. */
struct api_worker *worker_begin(struct api *api, struct api_error *e);

/* For threads of our own that end: frees it (threads of the HTTP server do it by themselves). */
void worker_end(struct api *api);

/* False: e is set. */
ZK_MUST_USE bool worker_heads(struct api_worker *w, struct api_error *e);

/* NULL: there is none, or e is set. */
const struct store_token *worker_token(struct api_worker *w, uint32_t id, struct api_error *e);
const struct store_token *worker_token_like(struct api_worker *w, const struct token_like *like, struct api_error *e);
/* All of them, fresh enough. */
ZK_MUST_USE bool worker_tokens(struct api_worker *w, struct api_error *e);

#define SYMBOL_TEXT_MAX 48
/* A name for any id: the symbol, "NFT-{id}", or "ERC20-{id}" for a token that is not known. */
const char *worker_symbol(struct api_worker *w, char out[SYMBOL_TEXT_MAX], uint32_t id, struct api_error *e);

ZK_MUST_USE bool worker_market(struct api_worker *w, struct api_error *e);

/* A sealed block, remembered while one page is made. NULL: none, or e is set. */
const struct store_block *worker_block(struct api_worker *w, uint32_t number, struct api_error *e);

int64_t clock_ms(void);      /* monotonic */
int64_t clock_wall_us(void); /* since 1970 */

#endif
