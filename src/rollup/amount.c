#include "rollup/amount.h"

#define EXPONENT_BITS 5
#define EXPONENT_MAX  31

struct format {
    size_t bytes;
    uint64_t mantissa_max;
};
static const struct format amount_format = {AMOUNT_PACKED_BYTES, (UINT64_C(1) << 35) - 1};
static const struct format fee_format = {FEE_PACKED_BYTES, (UINT64_C(1) << 11) - 1};

struct number {
    uint64_t mantissa;
    unsigned exponent;
};

/* 10^e; e <= 31, so that it is below 2^103. */
static u128 pow10_u128(unsigned e)
{
    u128 p = 1;
    while (e-- > 0) p *= 10;
    return p;
}

/* ceil(v / p), without overflow at v = 2^128 - 1. */
static u128 div_up(u128 v, u128 p)
{
    return v / p + (v % p != 0);
}

/* The smallest e with v <= M * 10^e, found as ceil(v / 10^e) <= M because M * 10^31 has up to 138 bits. */
static bool find_exponent(const struct format *f, unsigned *e, u128 v)
{
    u128 p = 1;
    for (unsigned i = 0; i <= EXPONENT_MAX; i++, p *= 10) {
        if (div_up(v, p) > f->mantissa_max) continue;
        *e = i;
        return true;
    }
    return false;
}

/* The largest packable value <= v: a multiple of 10^e, or M * 10^(e-1) if that is larger. (Never equal: 10 does not
 * divide M.) */
static bool closest(const struct format *f, struct number *out, u128 v)
{
    unsigned e = 0;
    if (!find_exponent(f, &e, v)) return false;
    u128 p = pow10_u128(e);
    u128 mantissa = v / p;
    *out = (struct number){(uint64_t)mantissa, e};
    if (e > 0 && f->mantissa_max * (p / 10) > mantissa * p) *out = (struct number){f->mantissa_max, e - 1};
    return true;
}

static bool packable(const struct format *f, struct number *out, u128 v)
{
    unsigned e = 0;
    if (!find_exponent(f, &e, v)) return false;
    u128 p = pow10_u128(e);
    *out = (struct number){(uint64_t)(v / p), e};
    return v % p == 0;
}

static bool pack(const struct format *f, uint8_t *out, u128 v)
{
    struct number n;
    memset(out, 0, f->bytes);
    if (!packable(f, &n, v)) return false;
    uint64_t word = n.mantissa << EXPONENT_BITS | n.exponent;
    for (size_t i = 0; i < f->bytes; i++) out[i] = (uint8_t)(word >> 8 * (f->bytes - 1 - i));
    return true;
}

static struct number read_number(const struct format *f, const uint8_t *in)
{
    uint64_t word = 0;
    for (size_t i = 0; i < f->bytes; i++) word = word << 8 | in[i];
    return (struct number){word >> EXPONENT_BITS, (unsigned)(word & EXPONENT_MAX)};
}

static bool unpack_any(const struct format *f, u128 *v, const uint8_t *in)
{
    struct number n = read_number(f, in);
    u128 p = pow10_u128(n.exponent);
    bool fits = n.mantissa <= U128_MAX / p;
    *v = fits ? n.mantissa * p : 0;
    return fits;
}

static bool unpack(const struct format *f, u128 *v, const uint8_t *in)
{
    struct number n = read_number(f, in);
    struct number canonical;
    if (!unpack_any(f, v, in)) return false;
    if (packable(f, &canonical, *v) && canonical.mantissa == n.mantissa && canonical.exponent == n.exponent)
        return true;
    *v = 0;
    return false;
}

static bool closest_up(const struct format *f, u128 *out, u128 v)
{
    unsigned e = 0;
    *out = 0;
    if (!find_exponent(f, &e, v)) return false;
    u128 p = pow10_u128(e);
    u128 mantissa = div_up(v, p);
    if (mantissa > U128_MAX / p) return false;
    *out = mantissa * p;
    return true;
}

bool amount_pack(uint8_t out[AMOUNT_PACKED_BYTES], u128 v)
{
    return pack(&amount_format, out, v);
}

bool fee_pack(uint8_t out[FEE_PACKED_BYTES], u128 v)
{
    return pack(&fee_format, out, v);
}

bool amount_is_packable(u128 v)
{
    struct number n;
    return packable(&amount_format, &n, v);
}

bool fee_is_packable(u128 v)
{
    struct number n;
    return packable(&fee_format, &n, v);
}

bool amount_unpack(u128 *v, const uint8_t in[AMOUNT_PACKED_BYTES])
{
    return unpack(&amount_format, v, in);
}

bool fee_unpack(u128 *v, const uint8_t in[FEE_PACKED_BYTES])
{
    return unpack(&fee_format, v, in);
}

bool amount_unpack_any(u128 *v, const uint8_t in[AMOUNT_PACKED_BYTES])
{
    return unpack_any(&amount_format, v, in);
}

bool fee_unpack_any(u128 *v, const uint8_t in[FEE_PACKED_BYTES])
{
    return unpack_any(&fee_format, v, in);
}

u128 amount_closest(u128 v)
{
    struct number n = {0, 0};
    bool found = closest(&amount_format, &n, v);
    assert(found); /* M * 10^31 > 2^128: every amount has an exponent */
    return n.mantissa * pow10_u128(n.exponent);
}

bool fee_closest(u128 *out, u128 v)
{
    struct number n = {0, 0};
    bool found = closest(&fee_format, &n, v);
    *out = n.mantissa * pow10_u128(n.exponent);
    return found;
}

bool amount_closest_up(u128 *out, u128 v)
{
    return closest_up(&amount_format, out, v);
}

bool fee_closest_up(u128 *out, u128 v)
{
    return closest_up(&fee_format, out, v);
}

u128_parse u128_from_text(u128 *v, const char *text, size_t len)
{
    u128 sum = 0;
    bool too_big = false;
    *v = 0;
    if (len == 0 || (len > 1 && text[0] == '0')) return U128_MALFORMED;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') return U128_MALFORMED;
        unsigned digit = (unsigned)(text[i] - '0');
        too_big = too_big || sum > (U128_MAX - digit) / 10;
        if (!too_big) sum = sum * 10 + digit;
    }
    if (too_big) return U128_TOO_BIG;
    *v = sum;
    return U128_PARSED;
}

size_t u128_to_text(char out[U128_TEXT_MAX + 1], u128 v)
{
    char reversed[U128_TEXT_MAX];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + (unsigned)(v % 10));
        v /= 10;
    } while (v != 0);
    for (size_t i = 0; i < n; i++) out[i] = reversed[n - 1 - i];
    out[n] = '\0';
    return n;
}

/* The digits are written with zeros in front until one stands before the point; then zeros at the end go, but one. */
size_t units_to_text(char out[UNITS_TEXT_MAX + 1], u128 v, uint8_t decimals)
{
    char digits[U128_TEXT_MAX + 1] = {0};
    size_t n = u128_to_text(digits, v);
    size_t len = 0;
    size_t whole = n > decimals ? n - decimals : 0; /* digits before the point */

    for (size_t i = 0; i < whole; i++) out[len++] = digits[i];
    if (whole == 0) out[len++] = '0';
    out[len++] = '.';
    for (size_t i = n; i < decimals; i++) out[len++] = '0';
    for (size_t i = whole; i < n; i++) out[len++] = digits[i];
    while (out[len - 1] == '0') len--;
    if (out[len - 1] == '.') out[len++] = '0';
    out[len] = '\0';
    return len;
}
