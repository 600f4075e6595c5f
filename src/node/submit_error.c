#include "node/submit_error.h"

#include <stdio.h>
#include <string.h>

/* How REST v0.2 wraps a reason's text. */
enum rest_form {
    REST_INTERNAL = 600,
    REST_CLOSE = 601,
    REST_PARAMS = 602,
    REST_FAST = 603,
    REST_INCORRECT = 604,
    REST_ADDING = 605,
    REST_FEE_TOKEN = 606,
    REST_MEMPOOL = 607,
    REST_TOGGLE = 608,
    REST_DISABLED = 609,
};

struct row {
    const char *name;
    int rpc;
    enum rest_form rest;
    const char *text; /* JSON-RPC's message; one %s at most, for the detail */
};

static const struct row rows[SUBMIT_ERRORS] = {
    [SUBMIT_OK] = {"ok", 0, REST_INTERNAL, ""},
    [SUBMIT_INVALID_PARAMS] = {"invalid_params", -32602, REST_PARAMS, "Invalid params: %s"},
    [SUBMIT_FAST_NOT_ALLOWED] = {"fast_not_allowed", 303, REST_FAST,
                                 "Fast processing available only for 'withdraw' operation type."},
    [SUBMIT_FAST_SET] = {"fast_set", 103, REST_INCORRECT,
                         "'fast' field of Withdraw transaction must not be set manually."},
    [SUBMIT_DISABLED] = {"disabled", 305, REST_DISABLED, "L2 transactions are disabled."},
    [SUBMIT_CLOSE] = {"close", 301, REST_CLOSE, "Account close tx is disabled."},
    [SUBMIT_NO_TARGET] = {"no_target", -32602, REST_PARAMS, "Target account does not exist"},
    [SUBMIT_TARGET_YOUNG] = {"target_young", -32602, REST_PARAMS,
                             "Target account exists less than required minimum amount (%s hours)"},
    [SUBMIT_UNKNOWN_TOKEN] = {"unknown_token", -32603, REST_INTERNAL, "Token not found in the DB"},
    [SUBMIT_FEE_TOKEN] = {"fee_token", 105, REST_FEE_TOKEN, "Chosen token is not suitable for paying fees."},
    [SUBMIT_FEE_TOO_LOW] = {"fee_too_low", 104, REST_ADDING, "Transaction fee is too low"},
    [SUBMIT_BATCH_FEE_TOO_LOW] = {"batch_fee_too_low", 104, REST_ADDING, "Transactions batch summary fee is too low"},
    [SUBMIT_PRICE] = {"price", -32603, REST_INTERNAL, "Price error %s"},
    [SUBMIT_CREATE2_SIGNATURE] = {"create2_signature", 103, REST_INCORRECT,
                                  "Eth signature from CREATE2 account not expected"},
    [SUBMIT_MISSING_SIGNATURE] = {"missing_signature", 200, REST_ADDING, "MissingEthSignature"},
    [SUBMIT_BAD_ETH_SIGNATURE] = {"bad_eth_signature", 202, REST_ADDING, "Eth signature is incorrect"},
    [SUBMIT_NOT_AUTHORIZED] = {"not_authorized", 203, REST_ADDING, "Change pubkey tx is not authorized onchain"},
    [SUBMIT_INCORRECT] = {"incorrect", 103, REST_ADDING, "Tx is incorrect: %s"},
    [SUBMIT_NONCE_TOO_LOW] = {"nonce_too_low", 101, REST_ADDING, "Tx nonce is too low."},
    [SUBMIT_DUPLICATE] = {"duplicate", 300, REST_ADDING, "Database unavailable"},
    [SUBMIT_BUSY] = {"busy", 300, REST_MEMPOOL, "Error communicating core server"},
    [SUBMIT_BATCH_EMPTY] = {"batch_empty", 300, REST_ADDING, "Transaction batch is empty"},
    [SUBMIT_BATCH_TOO_BIG] = {"batch_too_big", 300, REST_ADDING, "Batch will not fit in any of supported block sizes"},
    [SUBMIT_BATCH_WITHDRAWALS] = {"batch_withdrawals", 300, REST_ADDING,
                                  "The number of withdrawals in the batch is too big"},
    [SUBMIT_TOO_MANY_SIGNATURES] = {"too_many_signatures", 300, REST_ADDING, "Too many Ethereum signatures provided"},
    [SUBMIT_TOGGLE_CREATE2] = {"toggle_create2", 304, REST_TOGGLE, "Can not change 2FA for a CREATE2 account"},
    [SUBMIT_TOGGLE_KEY_GIVEN] = {"toggle_key_given", 304, REST_TOGGLE,
                                 "Request to enable 2FA should not have PubKeyHash field set"},
    [SUBMIT_TOGGLE_TIMESTAMP] = {"toggle_timestamp", -32602, REST_PARAMS, "Timestamp differs by more than 40 minutes"},
    [SUBMIT_DATABASE] = {"database", 300, REST_ADDING, "Database unavailable"},
    [SUBMIT_L1] = {"l1", 300, REST_MEMPOOL, "Error communicating core server"},
    [SUBMIT_INTERNAL] = {"internal", 300, REST_INTERNAL, "Internal error"},
};

const char *submit_error_str(submit_error error)
{
    assert(error < SUBMIT_ERRORS);
    return rows[error].name;
}

/* The row's text with the detail in its place, if it has one. */
static void write_text(char *out, size_t cap, const struct row *row, const char *detail)
{
    const char *at = strstr(row->text, "%s");
    if (at == NULL)
        (void)snprintf(out, cap, "%s", row->text);
    else
        (void)snprintf(out, cap, "%.*s%s%s", (int)(at - row->text), row->text, detail, at + 2);
}

/* Reasons whose text says nothing of what happened, because the protocol has no other: the detail goes beside it. */
static bool needs_data(submit_error error)
{
    return error == SUBMIT_BUSY || error == SUBMIT_L1;
}

void submit_error_rpc(struct submit_reply *out, submit_error error, const char *detail)
{
    assert(error > SUBMIT_OK && error < SUBMIT_ERRORS);
    memset(out, 0, sizeof *out);
    out->code = rows[error].rpc;
    write_text(out->message, sizeof out->message, &rows[error], detail);
    out->has_data = needs_data(error);
    if (out->has_data) (void)snprintf(out->data, sizeof out->data, "%s", detail);
}

void submit_error_rest(struct submit_reply *out, submit_error error, const char *detail)
{
    char text[SUBMIT_TEXT_MAX - 64];
    assert(error > SUBMIT_OK && error < SUBMIT_ERRORS);
    memset(out, 0, sizeof *out);
    out->code = rows[error].rest;
    write_text(text, sizeof text, &rows[error], detail);
    switch (rows[error].rest) {
    case REST_CLOSE:
    case REST_FAST:
    case REST_FEE_TOKEN:
    case REST_DISABLED: (void)snprintf(out->message, sizeof out->message, "%s", text); break;
    case REST_INTERNAL: (void)snprintf(out->message, sizeof out->message, "%s", text); break;
    case REST_PARAMS:
        if (error == SUBMIT_INVALID_PARAMS) (void)snprintf(text, sizeof text, "%s", detail);
        (void)snprintf(out->message, sizeof out->message, "Invalid params: %s.", text);
        break;
    case REST_INCORRECT: (void)snprintf(out->message, sizeof out->message, "Incorrect transaction: %s.", text); break;
    case REST_ADDING: (void)snprintf(out->message, sizeof out->message, "Transaction adding error: %s.", text); break;
    case REST_MEMPOOL:
        (void)snprintf(out->message, sizeof out->message, "Communication error with the mempool: %s.", detail);
        break;
    case REST_TOGGLE: (void)snprintf(out->message, sizeof out->message, "Failed to toggle 2FA: %s.", text); break;
    }
}

/* The store's failures, which both calls may meet, belong to the call itself here. */
static bool is_toggle_failure(submit_error error)
{
    return error == SUBMIT_DATABASE || error == SUBMIT_INTERNAL;
}

void submit_error_toggle_rpc(struct submit_reply *out, submit_error error, const char *detail)
{
    submit_error_rpc(out, error, detail);
    if (is_toggle_failure(error)) out->code = 304;
}

void submit_error_toggle_rest(struct submit_reply *out, submit_error error, const char *detail)
{
    submit_error_rest(out, error, detail);
    if (!is_toggle_failure(error)) return;
    out->code = REST_TOGGLE;
    (void)snprintf(out->message, sizeof out->message, "Failed to toggle 2FA: %s.", rows[error].text);
}
