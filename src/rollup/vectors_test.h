/* vectors: reading tests/vectors in test programs. Every function ends the program if what it looks for is missing or
 * of another kind, so that a test never passes for lack of data. Values borrow from the file's object. */
#ifndef ZK_ROLLUP_VECTORS_TEST_H
#define ZK_ROLLUP_VECTORS_TEST_H

#include "base/test.h"
#include "rollup/amount.h"

#include <json-c/json.h>
#include <stdio.h>

/* Returns owned: json_object_put. */
static inline struct json_object *vectors_load(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, ZK_SOURCE_DIR "/tests/vectors/%s", name);
    struct json_object *file = json_object_from_file(path);
    CHECK_MSG(file != NULL, "%s: %s", path, json_util_get_last_err());
    return file;
}

static inline struct json_object *vector_get(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    CHECK_MSG(json_object_object_get_ex(o, key, &v), "vector without %s", key);
    return v;
}

static inline bool vector_has(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(o, key, &v) && v != NULL;
}

static inline size_t vector_count(struct json_object *list)
{
    CHECK(json_object_is_type(list, json_type_array));
    return json_object_array_length(list);
}

static inline const char *vector_str(struct json_object *o, const char *key)
{
    struct json_object *v = vector_get(o, key);
    CHECK_MSG(json_object_is_type(v, json_type_string), "%s is not a string", key);
    return json_object_get_string(v);
}

static inline uint64_t vector_u64(struct json_object *o, const char *key)
{
    struct json_object *v = vector_get(o, key);
    CHECK_MSG(json_object_is_type(v, json_type_int), "%s is not a number", key);
    return json_object_get_uint64(v);
}

static inline bool vector_bool(struct json_object *o, const char *key)
{
    struct json_object *v = vector_get(o, key);
    CHECK_MSG(json_object_is_type(v, json_type_boolean), "%s is not a boolean", key);
    return json_object_get_boolean(v);
}

/* Exactly n bytes of hex, with or without 0x. */
static inline void vector_bytes(void *out, size_t n, struct json_object *o, const char *key)
{
    const char *hex = vector_str(o, key);
    CHECK_MSG(hex_decode(out, n, hex, strlen(hex)), "%s is not %zu bytes of hex", key, n);
}

/* At most cap bytes of hex; returns how many. */
static inline size_t vector_hex(void *out, size_t cap, struct json_object *o, const char *key)
{
    const char *hex = vector_str(o, key);
    size_t digits = strlen(hex) - (strncmp(hex, "0x", 2) == 0 ? 2 : 0);
    CHECK_MSG(digits / 2 <= cap, "%s is too long", key);
    vector_bytes(out, digits / 2, o, key);
    return digits / 2;
}

/* An amount: a decimal string, or a number. */
static inline u128 vector_u128(struct json_object *o, const char *key)
{
    struct json_object *v = vector_get(o, key);
    if (json_object_is_type(v, json_type_int)) return json_object_get_uint64(v);
    u128 value;
    const char *text = vector_str(o, key);
    CHECK_MSG(u128_from_text(&value, text, strlen(text)) == U128_PARSED, "%s: %s", key, text);
    return value;
}

#endif
