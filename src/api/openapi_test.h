/* openapi_test: compares a JSON value with a schema of the OpenAPI document: type, properties, required,
 * additionalProperties, items, enum, minimum, pattern, oneOf, $ref. A keyword it does not know is a failure, so that no
 * part of the document goes unchecked. */
#ifndef ZK_API_OPENAPI_TEST_H
#define ZK_API_OPENAPI_TEST_H

#include "api/openapi.h"
#include "base/test.h"

#include <json-c/json.h>
#include <regex.h>
#include <string.h>

static inline struct json_object *schema_get(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static inline struct json_object *openapi_document(void)
{
    static struct json_object *doc;
    if (doc == NULL) doc = json_tokener_parse(openapi_text);
    CHECK(doc != NULL);
    return doc;
}

/* "#/components/schemas/NAME" */
static inline struct json_object *schema_resolve(struct json_object *schema)
{
    struct json_object *ref = schema_get(schema, "$ref");
    if (ref == NULL) return schema;
    const char *name = strrchr(json_object_get_string(ref), '/') + 1;
    struct json_object *schemas = schema_get(schema_get(openapi_document(), "components"), "schemas");
    struct json_object *found = schema_get(schemas, name);
    CHECK_MSG(found != NULL, "no schema %s", name);
    return schema_resolve(found);
}

static bool schema_fits(struct json_object *schema, struct json_object *v, char *why, size_t cap);

static inline bool schema_type_fits(const char *type, struct json_object *v)
{
    static const struct {
        const char *name;
        json_type type;
    } types[] = {{"null", json_type_null},     {"boolean", json_type_boolean}, {"integer", json_type_int},
                 {"string", json_type_string}, {"array", json_type_array},     {"object", json_type_object}};
    json_type is = json_object_get_type(v);
    if (strcmp(type, "number") == 0) return is == json_type_int || is == json_type_double;
    for (size_t i = 0; i < ZK_COUNT(types); i++)
        if (strcmp(type, types[i].name) == 0) return is == types[i].type;
    CHECK_MSG(false, "type %s", type);
    return false;
}

static inline bool schema_pattern_fits(const char *pattern, struct json_object *v)
{
    regex_t re;
    CHECK_MSG(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) == 0, "pattern %s", pattern);
    bool fits = regexec(&re, json_object_get_string(v), 0, NULL, 0) == 0;
    regfree(&re);
    return fits;
}

static inline bool schema_enum_fits(struct json_object *list, struct json_object *v)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (json_object_equal(json_object_array_get_idx(list, i), v)) return true;
    return false;
}

static inline bool schema_one_fits(struct json_object *list, struct json_object *v, char *why, size_t cap)
{
    size_t fits = 0, n = json_object_array_length(list);
    for (size_t i = 0; i < n; i++) fits += schema_fits(json_object_array_get_idx(list, i), v, why, cap);
    if (fits != 1 && why[0] == '\0') (void)snprintf(why, cap, "%zu of %zu alternatives fit", fits, n);
    if (fits == 1) why[0] = '\0';
    return fits == 1;
}

static inline bool schema_object_fits(struct json_object *schema, struct json_object *v, char *why, size_t cap)
{
    struct json_object *properties = schema_get(schema, "properties"), *required = schema_get(schema, "required"),
                       *extra = schema_get(schema, "additionalProperties");
    for (size_t i = 0; required != NULL && i < json_object_array_length(required); i++) {
        const char *key = json_object_get_string(json_object_array_get_idx(required, i));
        if (json_object_object_get_ex(v, key, NULL)) continue;
        (void)snprintf(why, cap, "no member %s", key);
        return false;
    }
    json_object_object_foreach(v, key, member)
    {
        struct json_object *s = properties != NULL ? schema_get(properties, key) : NULL;
        if (s == NULL && json_object_is_type(extra, json_type_object)) s = extra;
        if (s == NULL && extra != NULL && !json_object_get_boolean(extra)) {
            (void)snprintf(why, cap, "a member %s that is not in the document", key);
            return false;
        }
        if (s == NULL || schema_fits(s, member, why, cap)) continue;
        char inner[256];
        (void)snprintf(inner, sizeof inner, "%.255s", why);
        (void)snprintf(why, cap, "%.100s: %s", key, inner);
        return false;
    }
    return true;
}

static bool schema_fits(struct json_object *schema, struct json_object *v, char *why, size_t cap)
{
    schema = schema_resolve(schema);
    struct json_object *type = schema_get(schema, "type"), *items = schema_get(schema, "items"),
                       *pattern = schema_get(schema, "pattern"), *one_of = schema_get(schema, "oneOf"),
                       *list = schema_get(schema, "enum"), *minimum = schema_get(schema, "minimum");
    why[0] = '\0';
    json_object_object_foreach(schema, key, unused)
    {
        static const char known[] = " type items pattern oneOf enum minimum properties required additionalProperties "
                                    "description ";
        char spaced[64];
        (void)unused;
        (void)snprintf(spaced, sizeof spaced, " %s ", key);
        CHECK_MSG(strstr(known, spaced) != NULL, "unknown keyword %s", key);
    }
    if (one_of != NULL && !schema_one_fits(one_of, v, why, cap)) return false;
    if (type != NULL && !schema_type_fits(json_object_get_string(type), v)) {
        (void)snprintf(why, cap, "%s is no %s", json_object_to_json_string(v), json_object_get_string(type));
        return false;
    }
    if (pattern != NULL && !schema_pattern_fits(json_object_get_string(pattern), v)) {
        (void)snprintf(why, cap, "%s is not as %s", json_object_get_string(v), json_object_get_string(pattern));
        return false;
    }
    if (list != NULL && !schema_enum_fits(list, v)) {
        (void)snprintf(why, cap, "%s is none of %s", json_object_get_string(v), json_object_to_json_string(list));
        return false;
    }
    if (minimum != NULL && json_object_get_double(v) < json_object_get_double(minimum)) {
        (void)snprintf(why, cap, "%s is below the minimum", json_object_get_string(v));
        return false;
    }
    for (size_t i = 0; items != NULL && i < json_object_array_length(v); i++)
        if (!schema_fits(items, json_object_array_get_idx(v, i), why, cap)) return false;
    return !json_object_is_type(v, json_type_object) || schema_object_fits(schema, v, why, cap);
}

/* The path of the document that this path is one of. */
static inline const char *openapi_path(const char *path)
{
    struct json_object *paths = schema_get(openapi_document(), "paths");
    const char *best = NULL;
    int fewest = 0;
    json_object_object_foreach(paths, pattern, unused)
    {
        const char *p = pattern, *q = path;
        (void)unused;
        while (*p != '\0' && *q != '\0' && *q != '?') {
            if (*p == '{') {
                p += strcspn(p, "}") + 1;
                q += strcspn(q, "/?");
            } else if (*p == *q) {
                p++;
                q++;
            } else {
                break;
            }
        }
        if (*p == '\0' && *q == '/' && q[1] == '\0') q++; /* a slash at the end is forgiven */
        bool fits = *p == '\0' && (*q == '\0' || *q == '?');
        int braces = 0;
        for (p = pattern; *p != '\0'; p++) braces += *p == '{';
        if (!fits || (best != NULL && braces >= fewest)) continue; /* of two that fit, the one with fewer braces */
        best = pattern;
        fewest = braces;
    }
    return best;
}

/* Every answer of REST must be one that the document describes. */
static inline void openapi_check(const char *method, const char *path, int status, const char *type, const char *body)
{
    char code[8], why[512];
    const char *pattern = openapi_path(path);
    CHECK_MSG(pattern != NULL, "%s is not in the document", path);
    struct json_object *op = schema_get(schema_get(schema_get(openapi_document(), "paths"), pattern), method);
    CHECK_MSG(op != NULL, "%s %s is not in the document", method, pattern);
    (void)snprintf(code, sizeof code, "%d", status);
    struct json_object *response = schema_get(schema_get(op, "responses"), code);
    CHECK_MSG(response != NULL, "%s %s: status %s is not in the document", method, pattern, code);
    json_object_object_foreach(schema_get(response, "content"), name, content)
    {
        CHECK_MSG(type != NULL && strncmp(type, name, strlen(name)) == 0, "%s %s: type %s, want %s", method, pattern,
                  type, name);
        if (strcmp(name, "application/json") != 0) continue;
        struct json_object *v = json_tokener_parse(body);
        CHECK_MSG(v != NULL || strcmp(body, "null") == 0, "%s %s: no JSON: %s", method, path, body);
        bool fits = schema_fits(schema_get(content, "schema"), v, why, sizeof why);
        CHECK_MSG(fits, "%s %s: %s\n%s", method, path, why, body);
        json_object_put(v);
    }
}

#endif
