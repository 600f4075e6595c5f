/* Old bytes are the current ones with three cuts: the two first bytes become one, the upper half of the token goes, and
 * perhaps the time range at the end. So both directions go through the current form, which is strict already. */
#include "rollup/tx_legacy.h"

#define RANGE_BYTES 16

/* Where the token stands in the current bytes; 0 if there was no such kind. */
static size_t token_offset(tx_type type)
{
    switch (type) {
    case TX_TRANSFER:
    case TX_WITHDRAW:
    case TX_CHANGE_PUBKEY: return 46;
    case TX_FORCED_EXIT: return 26;
    case TX_MINT_NFT:
    case TX_WITHDRAW_NFT:
    case TX_SWAP: break;
    }
    return 0;
}

/* Forced exits have always had a range. */
static bool range_optional(tx_type type)
{
    return type != TX_FORCED_EXIT;
}

zk_err tx_legacy_bytes(uint8_t *out, size_t *len, const struct tx *tx, bool with_range)
{
    uint8_t full[TX_FULL_BYTES_MAX];
    size_t full_len;
    size_t token = token_offset(tx->type);
    struct time_range valid = tx_valid(tx);

    if (token == 0) return zk_fail(ZK_ERR_RANGE, "%s has no old form", tx_type_str(tx->type));
    if (!with_range && !(range_optional(tx->type) && valid.from == 0 && valid.until == UINT64_MAX))
        return zk_fail(ZK_ERR_RANGE, "this transaction has a time range");
    ZK_TRY(tx_full_bytes(full, &full_len, tx));
    if (!bytes_are_zero(full + token, 2)) return zk_fail(ZK_ERR_RANGE, "a token above 65535 has no old form");

    size_t end = with_range ? full_len : full_len - RANGE_BYTES;
    out[0] = (uint8_t)tx->type;
    memcpy(out + 1, full + 2, token - 2);
    memcpy(out + token - 1, full + token + 2, end - token - 2);
    *len = end - 3;
    return ZK_OK;
}

zk_err tx_from_legacy_bytes(struct tx *tx, bool *with_range, const uint8_t *in, size_t len)
{
    uint8_t full[TX_FULL_BYTES_MAX] = {0};
    memset(tx, 0, sizeof *tx);
    *with_range = false;
    size_t token = len == 0 ? 0 : token_offset((tx_type)in[0]);
    if (token == 0) return zk_fail(ZK_ERR_INPUT, "not the old form of a transaction");
    tx_type type = (tx_type)in[0];
    size_t full_len = tx_full_len(type);
    *with_range = len == full_len - 3;
    if (!*with_range && !(range_optional(type) && len == full_len - 3 - RANGE_BYTES))
        return zk_fail(ZK_ERR_INPUT, "old form of a %s in %zu bytes", tx_type_str(type), len);

    full[0] = (uint8_t)(255 - in[0]);
    full[1] = TX_VERSION;
    memcpy(full + 2, in + 1, token - 2);
    memcpy(full + token + 2, in + token - 1, len - (token - 1));
    if (!*with_range) memset(full + full_len - RANGE_BYTES / 2, 0xff, RANGE_BYTES / 2);
    return tx_from_full_bytes(tx, full, full_len);
}
