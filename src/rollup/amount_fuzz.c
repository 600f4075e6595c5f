#include "base/fuzz.h"
#include "rollup/amount.h"

/* A value has one packed form, and only that form is read; rounding brackets the value; text is read back. */
static void check_value(u128 v)
{
    uint8_t amount[AMOUNT_PACKED_BYTES];
    uint8_t fee[FEE_PACKED_BYTES];
    u128 back;
    bool packed = amount_pack(amount, v);
    FUZZ_CHECK(packed == amount_is_packable(v));
    FUZZ_CHECK(!packed || (amount_unpack(&back, amount) && back == v));
    FUZZ_CHECK(amount_closest(v) <= v && (amount_closest(v) == v) == packed);
    if (amount_closest_up(&back, v)) FUZZ_CHECK(back >= v && amount_is_packable(back));

    packed = fee_pack(fee, v);
    FUZZ_CHECK(packed == fee_is_packable(v));
    FUZZ_CHECK(!packed || (fee_unpack(&back, fee) && back == v));
    FUZZ_CHECK(!packed || amount_is_packable(v)); /* a fee can always be an amount */
    if (fee_closest(&back, v)) FUZZ_CHECK(back <= v && (back == v) == packed);
    if (fee_closest_up(&back, v)) FUZZ_CHECK(back >= v && fee_is_packable(back));

    char text[U128_TEXT_MAX + 1];
    FUZZ_CHECK(u128_from_text(&back, text, u128_to_text(text, v)) == U128_PARSED && back == v);
}

static void check_units(u128 v, uint8_t decimals)
{
    char text[UNITS_TEXT_MAX + 1];
    size_t len = units_to_text(text, v, decimals);
    const char *point = strchr(text, '.');
    FUZZ_CHECK(len == strlen(text) && point != NULL && point > text && point[1] != '\0');
    FUZZ_CHECK(text[len - 1] != '0' || point[2] == '\0');
    u128 back = 0;
    size_t fraction = len - (size_t)(point + 1 - text);
    size_t digits = decimals == 0 ? len - 2 : len; /* without decimals the ".0" is no part of the number */
    for (size_t i = 0; i < digits; i++)
        if (text[i] != '.') back = back * 10 + (unsigned)(text[i] - '0');
    for (size_t i = fraction; i < decimals; i++) back *= 10;
    FUZZ_CHECK(back == v);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    uint8_t again[16];
    u128 v;
    u128 strict;
    if (len < 17) return;
    check_value(load_be128(data));
    check_value(load_be128(data) >> (data[16] & 127));
    check_units(load_be128(data), data[16]);
    if (amount_unpack_any(&v, data)) {
        FUZZ_CHECK(amount_pack(again, v));
        bool canonical = memcmp(again, data, AMOUNT_PACKED_BYTES) == 0;
        FUZZ_CHECK(amount_unpack(&strict, data) == canonical && (!canonical || strict == v));
    } else {
        FUZZ_CHECK(!amount_unpack(&strict, data));
    }
    if (u128_from_text(&v, (const char *)data, len) == U128_PARSED) {
        char text[U128_TEXT_MAX + 1];
        FUZZ_CHECK(u128_to_text(text, v) == len && memcmp(text, data, len) == 0);
    }
}
