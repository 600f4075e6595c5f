#include "testing/vectors.h"

#include "base/bytes.h"
#include "base/test.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)

static struct json_object *json_of(struct vec *v)
{
    return (struct json_object *)v;
}

static struct vec *vec_of(struct json_object *o)
{
    return (struct vec *)o;
}

/* Fails, showing the value, unless it has the type. */
static struct json_object *typed(struct vec *v, json_type type)
{
    struct json_object *o = json_of(v);
    if (!json_object_is_type(o, type))
        FAIL("vectors: want %s, got %.200s", json_type_to_name(type), json_object_to_json_string(o));
    return o;
}

struct vec *vec_load(const char *name)
{
    char path[512];
    int len = snprintf(path, sizeof path, "%s/tests/vectors/%s", ZK_SOURCE_DIR, name);
    if (len < 0 || (size_t)len >= sizeof path) FAIL("vectors: the name %s is too long", name);
    struct json_object *o = json_object_from_file(path);
    if (o == NULL) FAIL("vectors: cannot read %s: %s", path, json_util_get_last_err());
    return vec_of(o);
}

void vec_free(struct vec *file)
{
    json_object_put(json_of(file));
}

struct vec *vec_find(struct vec *object, const char *key)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(typed(object, json_type_object), key, &value);
    return vec_of(value);
}

struct vec *vec_get(struct vec *object, const char *key)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(typed(object, json_type_object), key, &value))
        FAIL("vectors: no member %s in %.200s", key, json_object_to_json_string(json_of(object)));
    return vec_of(value);
}

size_t vec_len(struct vec *v)
{
    if (json_object_is_type(json_of(v), json_type_object)) return (size_t)json_object_object_length(json_of(v));
    return json_object_array_length(typed(v, json_type_array));
}

struct vec *vec_at(struct vec *array, size_t i)
{
    if (i >= vec_len(array)) FAIL("vectors: no element %zu in an array of %zu", i, vec_len(array));
    return vec_of(json_object_array_get_idx(typed(array, json_type_array), i));
}

struct vec *vec_member(struct vec *object, size_t i, const char **key)
{
    struct json_object_iterator it = json_object_iter_begin(typed(object, json_type_object));
    if (i >= vec_len(object)) FAIL("vectors: no member %zu in an object of %zu", i, vec_len(object));
    while (i-- > 0) json_object_iter_next(&it);
    *key = json_object_iter_peek_name(&it);
    return vec_of(json_object_iter_peek_value(&it));
}

bool vec_is_null(struct vec *v)
{
    return v == NULL;
}

bool vec_is_str(struct vec *v)
{
    return json_object_is_type(json_of(v), json_type_string);
}

bool vec_is_array(struct vec *v)
{
    return json_object_is_type(json_of(v), json_type_array);
}

bool vec_is_object(struct vec *v)
{
    return json_object_is_type(json_of(v), json_type_object);
}

const char *vec_str(struct vec *v)
{
    return json_object_get_string(typed(v, json_type_string));
}

bool vec_bool(struct vec *v)
{
    return json_object_get_boolean(typed(v, json_type_boolean));
}

const char *vec_json(struct vec *v)
{
    return json_object_to_json_string_ext(json_of(v), JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

uint64_t vec_u64(struct vec *v)
{
    if (json_object_is_type(json_of(v), json_type_int)) {
        int64_t value = json_object_get_int64(json_of(v));
        if (value < 0) FAIL("vectors: negative number %s", vec_json(v));
        return json_object_get_uint64(json_of(v));
    }
    const char *text = vec_str(v);
    bool is_hex = text[0] == '0' && text[1] == 'x';
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, is_hex ? 16 : 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-') FAIL("vectors: not a 64-bit number: %s", text);
    return value;
}

size_t vec_bytes_max(uint8_t *out, size_t cap, struct vec *v)
{
    const char *hex = vec_str(v);
    size_t digits = strlen(hex);
    size_t len = digits / 2 - (digits >= 2 && hex[0] == '0' && hex[1] == 'x');
    if (len > cap) FAIL("vectors: %zu bytes where at most %zu fit: %.80s", len, cap, hex);
    if (!hex_decode(out, len, hex, digits)) FAIL("vectors: not hex: %.80s", hex);
    return len;
}

void vec_bytes(uint8_t *out, size_t len, struct vec *v)
{
    size_t got = vec_bytes_max(out, len, v);
    if (got != len) FAIL("vectors: want %zu bytes, got %zu: %.80s", len, got, vec_str(v));
}

void vec_fr(fr *out, struct vec *v)
{
    uint8_t bytes[32];
    vec_bytes(bytes, sizeof bytes, v);
    if (!fr_from_be32(out, bytes)) FAIL("vectors: not below the modulus: %s", vec_str(v));
}
