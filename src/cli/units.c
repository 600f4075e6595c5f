#include "cli/units.h"

#include "rollup/amount.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* v = 10 v + digit; false at 2^128. */
static bool push_digit(u128 *v, unsigned digit)
{
    if (*v > (U128_MAX - digit) / 10) return false;
    *v = *v * 10 + digit;
    return true;
}

zk_err units_parse(u128 *out, const char *text, uint8_t decimals)
{
    u128 v = 0;
    bool point = false;
    unsigned digits = 0;
    unsigned fraction = 0;
    *out = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(*p)) return zk_fail(ZK_ERR_INPUT, "'%.60s' is not an amount: write it like 12 or 0.05", text);
        digits++;
        if (point && fraction == decimals) {
            if (*p != '0')
                return zk_fail(ZK_ERR_INPUT, "'%.60s' is too exact: this token has %u decimals", text, decimals);
            continue;
        }
        fraction += point;
        if (!push_digit(&v, (unsigned)(*p - '0')))
            return zk_fail(ZK_ERR_INPUT, "'%.60s' is more than any balance can be", text);
    }
    if (digits == 0) return zk_fail(ZK_ERR_INPUT, "'%.60s' is not an amount: write it like 12 or 0.05", text);
    for (; fraction < decimals; fraction++)
        if (!push_digit(&v, 0)) return zk_fail(ZK_ERR_INPUT, "'%.60s' is more than any balance can be", text);
    *out = v;
    return ZK_OK;
}

static zk_err say_nearest(const char *what, const char *symbol, uint8_t decimals, u128 below, bool has_above,
                          u128 above)
{
    char low[UNITS_TEXT_MAX + 1];
    char high[UNITS_TEXT_MAX + 1];
    units_to_text(low, below, decimals);
    units_to_text(high, above, decimals);
    if (!has_above)
        return zk_fail(ZK_ERR_INPUT, "this %s is too exact to be sent; the nearest: %s %s", what, low, symbol);
    return zk_fail(ZK_ERR_INPUT, "this %s is too exact to be sent; the nearest: %s or %s %s", what, low, high, symbol);
}

zk_err units_check_packable(u128 amount, uint8_t decimals, const char *symbol)
{
    u128 above;
    if (amount_is_packable(amount)) return ZK_OK;
    bool has_above = amount_closest_up(&above, amount);
    return say_nearest("amount", symbol, decimals, amount_closest(amount), has_above, above);
}

zk_err units_check_packable_fee(u128 fee, uint8_t decimals, const char *symbol)
{
    u128 below;
    u128 above;
    if (fee_is_packable(fee)) return ZK_OK;
    if (!fee_closest(&below, fee)) return zk_fail(ZK_ERR_INPUT, "this fee is more than can be sent");
    bool has_above = fee_closest_up(&above, fee);
    return say_nearest("fee", symbol, decimals, below, has_above, above);
}
