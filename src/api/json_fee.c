#include "api/model.h"

#include <stdio.h>
#include <string.h>

/* A transfer to an address that nobody has makes an account, which costs more. */
static bool type_for(fee_type *type, struct api_worker *w, const eth_address *address, struct api_error *e)
{
    bool found;
    if (*type != FEE_TRANSFER) return true;
    if (store_account_exists(w->store, &found, address) != ZK_OK) {
        fail_store(e);
        return false;
    }
    if (!found) *type = FEE_TRANSFER_TO_NEW;
    return true;
}

static bool no_token(struct api_error *e)
{
    if (e->set) return false;
    *e = (struct api_error){.set = true,
                            .rpc_code = -32603,
                            .type = "tokenError",
                            .rest_code = 500,
                            .message = "Token not found in the DB",
                            .rest_message = "Token not found: Token not found in the DB"};
    return false;
}

bool fee_of(struct fee_quote *out, fee_type *first, struct api_worker *w, struct fee_request *r, struct api_error *e)
{
    bool is_nft = r->token.kind == TOKEN_BY_ID && token_is_nft(r->token.id);
    const struct store_token *token = is_nft ? NULL : worker_token_like(w, &r->token, e);
    if (token == NULL && !is_nft) return no_token(e);
    if (!worker_market(w, e)) return false;
    for (size_t i = 0; i < r->n; i++)
        if (!type_for(&r->types[i], w, &r->addresses[i], e)) return false;
    *first = r->n > 0 ? r->types[0] : FEE_TRANSFER;
    if (is_nft || !token->enabled_for_fees ||
        !fee_quote(out, &w->market.policy, &w->market.now, r->types, r->n, token->id)) {
        fail_submit(e, SUBMIT_FEE_TOKEN, "", false);
        return false;
    }
    return true;
}

struct json_object *json_fee_rpc(const struct fee_quote *q, fee_type type, struct json_object *type_json)
{
    struct json_object *o = json_new_object();
    if (type == FEE_TRANSFER_TO_NEW) {
        put_text(o, "feeType", "TransferToNew");
    } else if (type == FEE_FORCED_EXIT) {
        put_text(o, "feeType", "Withdraw");
    } else {
        put(o, "feeType", json_object_get(type_json));
    }
    put_u128(o, "gasTxAmount", q->gas_amount);
    put_u128(o, "gasPriceWei", q->gas_price_wei);
    put_u128(o, "gasFee", q->gas_fee);
    put_u128(o, "zkpFee", q->zkp_fee);
    put_u128(o, "totalFee", q->total_fee);
    return o;
}

struct json_object *json_fee_rest(const struct fee_quote *q)
{
    struct json_object *o = json_new_object();
    put_u128(o, "gasFee", q->gas_fee);
    put_u128(o, "zkpFee", q->zkp_fee);
    put_u128(o, "totalFee", q->total_fee);
    return o;
}
