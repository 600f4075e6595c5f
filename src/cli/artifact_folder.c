#include "base/bytes.h"
#include "base/file.h"
#include "cli/artifact.h"
#include "cli/deploy_plan.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_LEN_MAX ((size_t)4 << 20)
#define DEPTH_MAX    32              /* of an ABI */
#define CODE_MAX     ((size_t)49152) /* EIP-3860 */

/* All that a folder's artifacts point to. */
struct folder_memory {
    struct artifact items[DEPLOY_VERIFIERS_MAX];
    struct artifact_key keys[DEPLOY_VERIFIERS_MAX];
    char names[DEPLOY_VERIFIERS_MAX][32];
    uint8_t init[DEPLOY_VERIFIERS_MAX][CODE_MAX];
    uint8_t runtime[DEPLOY_VERIFIERS_MAX][CODE_MAX];
};

static struct json_object *get(struct json_object *o, const char *key, enum json_type type)
{
    struct json_object *value;
    if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &value)) return NULL;
    return json_object_is_type(value, type) ? value : NULL;
}

static bool get_hex(uint8_t *out, size_t *len, size_t cap, struct json_object *o, const char *key)
{
    struct json_object *value = get(o, key, json_type_string);
    if (value == NULL) return false;
    const size_t digits = (size_t)json_object_get_string_len(value);
    const char *text = json_object_get_string(value);
    if (digits < 4 || digits % 2 != 0 || digits / 2 - 1 > cap || text[0] != '0' || text[1] != 'x') return false;
    *len = digits / 2 - 1;
    return hex_decode(out, *len, text, digits);
}

static bool get_hash(uint8_t out[32], struct json_object *o, const char *key)
{
    size_t len;
    return get_hex(out, &len, 32, o, key) && len == 32;
}

static bool get_u32(uint32_t *out, struct json_object *o, const char *key)
{
    struct json_object *value = get(o, key, json_type_int);
    if (value == NULL || json_object_get_int64(value) < 0 || json_object_get_int64(value) > UINT32_MAX) return false;
    *out = (uint32_t)json_object_get_int64(value);
    return true;
}

static bool get_key(struct artifact_key *k, struct json_object *o)
{
    struct json_object *insecure = get(o, "insecure", json_type_boolean);
    uint32_t proof_len;
    if (insecure == NULL || !get_hash(k->key_digest, o, "keyDigest") || !get_hash(k->circuit_hash, o, "circuitHash") ||
        !get_hash(k->srs_id, o, "srsId") || !get_u32(&proof_len, o, "proofLength") ||
        !get_u32(&k->key_id, o, "keyId") || !get_u32(&k->capacity, o, "capacity"))
        return false;
    k->insecure = json_object_get_boolean(insecure);
    k->proof_len = proof_len;
    return true;
}

/* A verifier has no immutables: its code is all that its key is. */
static bool get_artifact(struct folder_memory *m, size_t i, struct json_object *o)
{
    struct artifact *a = &m->items[i];
    struct json_object *immutables = get(o, "immutableReferences", json_type_object);
    struct json_object *name = get(o, "name", json_type_string);
    a->name = m->names[i];
    a->init_code = m->init[i];
    a->runtime_code = m->runtime[i];
    a->key = &m->keys[i];
    return name != NULL && strcmp(json_object_get_string(name), a->name) == 0 && immutables != NULL &&
           json_object_object_length(immutables) == 0 && get_hex(m->init[i], &a->init_len, CODE_MAX, o, "bytecode") &&
           get_hex(m->runtime[i], &a->runtime_len, CODE_MAX, o, "deployedBytecode") &&
           get_key(&m->keys[i], get(o, "key", json_type_object)) && m->keys[i].key_id == i &&
           (i == 0 || m->keys[i].capacity > m->keys[i - 1].capacity);
}

static struct json_object *parse(const struct file_map *map)
{
    struct json_object *o = NULL;
    struct json_tokener *parser = json_tokener_new_ex(DEPTH_MAX);
    if (parser == NULL) return NULL;
    json_tokener_set_flags(parser, JSON_TOKENER_STRICT);
    if (map->len <= FILE_LEN_MAX) o = json_tokener_parse_ex(parser, (const char *)map->bytes, (int)map->len);
    json_tokener_free(parser);
    return o;
}

static zk_err read_one(struct folder_memory *m, size_t i, const char *path)
{
    struct file_map map;
    ZK_TRY(file_map(&map, path));
    struct json_object *o = parse(&map);
    const bool ok = get_artifact(m, i, o);
    json_object_put(o);
    file_unmap(&map);
    return ok ? ZK_OK : zk_fail(ZK_ERR_INPUT, "%s is not a block verifier as contracts/build.mjs writes it", path);
}

static zk_err read_all(struct folder_memory *m, size_t *n, const char *folder)
{
    char path[FILE_PATH_MAX];
    for (*n = 0; *n < DEPLOY_VERIFIERS_MAX; ++*n) {
        (void)snprintf(m->names[*n], sizeof m->names[*n], "%s%zu", DEPLOY_VERIFIER_ARTIFACTS, *n);
        const int len = snprintf(path, sizeof path, "%s/%s.json", folder, m->names[*n]);
        if (len < 0 || (size_t)len >= sizeof path) return zk_fail(ZK_ERR_RANGE, "the path %.40s.. is too long", folder);
        if (access(path, F_OK) != 0) break;
        ZK_TRY(read_one(m, *n, path));
    }
    if (*n == 0) return zk_fail(ZK_ERR_INPUT, "there is no %s0.json in %s", DEPLOY_VERIFIER_ARTIFACTS, folder);
    return ZK_OK;
}

zk_err artifact_folder_read(struct artifact_folder *out, const char *path)
{
    *out = (struct artifact_folder){0};
    struct folder_memory *m = calloc(1, sizeof *m);
    if (m == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the verifiers");
    out->owned = m;
    out->items = m->items;
    const zk_err err = read_all(m, &out->n, path);
    if (err != ZK_OK) artifact_folder_free(out);
    return err;
}

void artifact_folder_free(struct artifact_folder *f)
{
    free(f->owned);
    *f = (struct artifact_folder){0};
}
