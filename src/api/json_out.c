#include "api/json_out.h"

#include "api/parse.h"
#include "rollup/amount.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEPTH_MAX 24
/* Three bytes, "[],", can cost 350 in memory: a text of 5 MiB must not become half a gigabyte. The largest thing that
 * users have reason to send, 1,000 transactions in one text, has about 30,000 values. */
#define VALUES_MAX 200000

static void *made(void *p)
{
    if (p == NULL) abort();
    return p;
}

struct json_object *json_new_object(void)
{
    return made(json_object_new_object());
}

struct json_object *json_new_array(void)
{
    return made(json_object_new_array());
}

struct json_object *json_new_text(const char *text)
{
    return made(json_object_new_string(text));
}

struct json_object *json_new_u64(uint64_t v)
{
    return made(json_object_new_uint64(v));
}

struct json_object *json_new_u128(u128 v)
{
    char text[U128_TEXT_MAX + 1];
    size_t n = u128_to_text(text, v);
    return made(json_object_new_string_len(text, (int)n));
}

void hex_text(char *out, const char *prefix, const uint8_t *bytes, size_t n)
{
    while (*prefix != '\0') *out++ = *prefix++;
    hex_encode(out, bytes, n);
}

struct json_object *json_new_hex(const char *prefix, const uint8_t *bytes, size_t n)
{
    char text[8 + 2 * 65 + 1];
    assert(strlen(prefix) <= 8 && n <= 65);
    hex_text(text, prefix, bytes, n);
    return made(json_object_new_string(text));
}

void put(struct json_object *o, const char *key, struct json_object *v)
{
    if (json_object_object_add(o, key, v) != 0) abort();
}

void append(struct json_object *array, struct json_object *v)
{
    if (json_object_array_add(array, v) != 0) abort();
}

void put_text(struct json_object *o, const char *key, const char *text)
{
    put(o, key, text != NULL ? json_new_text(text) : NULL);
}

void put_u64(struct json_object *o, const char *key, uint64_t v)
{
    put(o, key, json_new_u64(v));
}

void put_f64(struct json_object *o, const char *key, double v)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%.6g", v);
    put(o, key, made(json_object_new_double_s(v, text)));
}

void put_bool(struct json_object *o, const char *key, bool v)
{
    put(o, key, made(json_object_new_boolean(v)));
}

void put_null(struct json_object *o, const char *key)
{
    put(o, key, NULL);
}

void put_u128(struct json_object *o, const char *key, u128 v)
{
    put(o, key, json_new_u128(v));
}

void put_hex(struct json_object *o, const char *key, const char *prefix, const uint8_t *bytes, size_t n)
{
    put(o, key, json_new_hex(prefix, bytes, n));
}

void put_address(struct json_object *o, const char *key, const eth_address *a)
{
    put_hex(o, key, "0x", a->b, sizeof a->b);
}

void put_hash(struct json_object *o, const char *key, const hash32 *h)
{
    put_hex(o, key, "0x", h->b, sizeof h->b);
}

void put_pubkey_hash(struct json_object *o, const char *key, const pubkey_hash *h)
{
    put_hex(o, key, "sync:", h->b, sizeof h->b);
}

void put_u64_or_null(struct json_object *o, const char *key, bool present, uint64_t v)
{
    put(o, key, present ? json_new_u64(v) : NULL);
}

static size_t second_text(char out[TIME_TEXT_MAX], time_t seconds)
{
    struct tm tm;
    gmtime_r(&seconds, &tm);
    return strftime(out, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
}

void time_text(char out[TIME_TEXT_MAX], int64_t us)
{
    size_t n = second_text(out, (time_t)(us / 1000000));
    (void)snprintf(out + n, TIME_TEXT_MAX - n, ".%06uZ", (unsigned)(us % 1000000));
}

void time_text_now(char out[TIME_TEXT_MAX])
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    size_t n = second_text(out, t.tv_sec);
    (void)snprintf(out + n, TIME_TEXT_MAX - n, ".%09ldZ", t.tv_nsec);
}

void put_time(struct json_object *o, const char *key, int64_t us)
{
    char text[TIME_TEXT_MAX];
    if (us > 0) time_text(text, us);
    put_text(o, key, us > 0 ? text : NULL);
}

char *json_take_text(size_t *len, struct json_object *o)
{
    const char *text =
        json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, len);
    char *copy = made(malloc(*len + 1));
    memcpy(copy, text != NULL ? text : "", text != NULL ? *len : 0);
    copy[*len] = '\0';
    json_object_put(o);
    return copy;
}

static bool only_space(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n') return false;
    return true;
}

/* More than there can be values, and little more where there are no long strings. */
static size_t values_in(const char *text, size_t len)
{
    size_t n = 1;
    for (size_t i = 0; i < len; i++) n += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return n;
}

struct json_object *json_read(const char *text, size_t len, bool *ok)
{
    *ok = false;
    if (len > INT32_MAX || values_in(text, len) > VALUES_MAX || !parse_is_utf8(text, len)) return NULL;
    struct json_tokener *tokener = made(json_tokener_new_ex(DEPTH_MAX));
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
    struct json_object *o = json_tokener_parse_ex(tokener, text, (int)len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    /* A number at the very end could still go on: tell the tokener that it does not. */
    if (error == json_tokener_continue) {
        o = json_tokener_parse_ex(tokener, "", 1);
        error = json_tokener_get_error(tokener);
        *ok = error == json_tokener_success;
    } else if (error == json_tokener_success) {
        size_t end = json_tokener_get_parse_end(tokener);
        *ok = only_space(text + end, len - end);
    }
    if (!*ok) {
        json_object_put(o);
        o = NULL;
    }
    json_tokener_free(tokener);
    return o;
}

struct json_object *json_member(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v)) return NULL;
    return v;
}

const char *json_text(struct json_object *v)
{
    return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;
}

bool json_u64(uint64_t *out, struct json_object *v)
{
    *out = 0;
    if (!json_object_is_type(v, json_type_int) || json_object_get_string(v)[0] == '-') return false;
    *out = json_object_get_uint64(v);
    return true;
}
