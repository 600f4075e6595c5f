#include "cli/deploy_state.h"

#include "base/bytes.h"
#include "base/file.h"
#include "ethereum/eth_tx.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_LEN_MAX ((size_t)1 << 20)
#define DEPTH_MAX    8
#define FORMAT       1

/* ---- JSON */

static void put(struct json_object *o, const char *key, struct json_object *value)
{
    (void)json_object_object_add(o, key, value);
}

static struct json_object *hex_text(const uint8_t *bytes, size_t len)
{
    char text[2 + 64 + 1] = "0x";
    assert(len <= 32);
    hex_encode(text + 2, bytes, len);
    return json_object_new_string(text);
}

static struct json_object *address_text(const uint8_t address[20])
{
    char text[43];
    eth_address_str(text, address);
    return json_object_new_string(text);
}

static struct json_object *get(struct json_object *o, const char *key, enum json_type type)
{
    struct json_object *value;
    if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &value)) return NULL;
    return json_object_is_type(value, type) ? value : NULL;
}

static bool get_u64(uint64_t *out, struct json_object *o, const char *key)
{
    struct json_object *value = get(o, key, json_type_int);
    if (value == NULL || json_object_get_int64(value) < 0) return false;
    *out = json_object_get_uint64(value);
    return true;
}

static bool get_hash(uint8_t out[32], struct json_object *o, const char *key)
{
    struct json_object *value = get(o, key, json_type_string);
    if (value == NULL) return false;
    return hex_decode(out, 32, json_object_get_string(value), (size_t)json_object_get_string_len(value));
}

static zk_err write_json(const char *path, struct json_object *document)
{
    const char *text = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                                    JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to write %s", path);
    const struct file_piece pieces[] = {{text, strlen(text)}, {"\n", 1}};
    return file_replace(path, pieces, ZK_COUNT(pieces));
}

static zk_err read_json(struct json_object **out, bool *found, const char *path)
{
    struct file_map map = {0};
    *out = NULL;
    *found = access(path, F_OK) == 0;
    if (!*found) return ZK_OK;
    ZK_TRY(file_map(&map, path));
    struct json_tokener *parser = json_tokener_new_ex(DEPTH_MAX);
    if (parser != NULL) {
        json_tokener_set_flags(parser, JSON_TOKENER_STRICT);
        if (map.len <= FILE_LEN_MAX) *out = json_tokener_parse_ex(parser, (const char *)map.bytes, (int)map.len);
        json_tokener_free(parser);
    }
    file_unmap(&map);
    if (!json_object_is_type(*out, json_type_object)) {
        json_object_put(*out);
        *out = NULL;
        return zk_fail(ZK_ERR_CORRUPT, "%s is not a JSON object", path);
    }
    return ZK_OK;
}

/* ---- the state file */

static struct json_object *attempts_json(const struct eth_submission *s)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < s->n_attempts; i++) {
        struct json_object *o = json_object_new_object();
        put(o, "maxFee", json_object_new_uint64(s->attempts[i].max_fee));
        put(o, "maxPriority", json_object_new_uint64(s->attempts[i].max_priority));
        put(o, "sentMs", json_object_new_uint64(s->attempts[i].sent_ms));
        put(o, "hash", hex_text(s->attempts[i].hash, 32));
        (void)json_object_array_add(list, o);
    }
    return list;
}

zk_err deploy_state_write(const char *path, const struct deploy_plan *plan, const struct deploy_state *state)
{
    struct json_object *document = json_object_new_object();
    struct json_object *list = json_object_new_array();
    put(document, "format", json_object_new_int(FORMAT));
    put(document, "plan", hex_text(plan->id, 32));
    put(document, "chainId", json_object_new_uint64(plan->settings.chain_id));
    put(document, "deployer", address_text(plan->settings.deployer));
    put(document, "transactions", list);
    for (size_t i = 0; i < plan->n_steps; i++) {
        const struct eth_submission *s = &state->saved[i];
        if (s->n_attempts == 0) continue;
        struct json_object *o = json_object_new_object();
        put(o, "step", json_object_new_uint64(i));
        put(o, "contract", json_object_new_string(plan->steps[i].artifact->name));
        put(o, "nonce", json_object_new_uint64(s->nonce));
        put(o, "gasLimit", json_object_new_uint64(s->gas_limit));
        put(o, "attempts", attempts_json(s));
        (void)json_object_array_add(list, o);
    }
    zk_err err = write_json(path, document);
    json_object_put(document);
    return err;
}

static bool read_attempts(struct eth_submission *s, struct json_object *list)
{
    size_t n = list == NULL ? 0 : json_object_array_length(list);
    if (n == 0 || n > ETH_ATTEMPTS_MAX) return false;
    for (size_t i = 0; i < n; i++) {
        struct json_object *o = json_object_array_get_idx(list, i);
        struct eth_attempt *a = &s->attempts[i];
        if (!get_u64(&a->max_fee, o, "maxFee") || !get_u64(&a->max_priority, o, "maxPriority") ||
            !get_u64(&a->sent_ms, o, "sentMs") || !get_hash(a->hash, o, "hash"))
            return false;
    }
    s->n_attempts = n;
    return true;
}

static bool read_transaction(struct deploy_state *out, struct json_object *o, const struct deploy_plan *plan)
{
    uint64_t step;
    if (!get_u64(&step, o, "step") || step >= plan->n_steps || out->saved[step].n_attempts > 0) return false;
    struct eth_submission *s = &out->saved[step];
    s->id = step;
    s->state = ETH_SUBMISSION_SENT;
    s->creates = true;
    return get_u64(&s->nonce, o, "nonce") && get_u64(&s->gas_limit, o, "gasLimit") &&
           read_attempts(s, get(o, "attempts", json_type_array));
}

static zk_err read_state(struct deploy_state *out, struct json_object *document, const char *path,
                         const struct deploy_plan *plan)
{
    uint64_t format;
    uint8_t id[32];
    struct json_object *list = get(document, "transactions", json_type_array);
    if (!get_u64(&format, document, "format") || format != FORMAT || !get_hash(id, document, "plan") || list == NULL)
        return zk_fail(ZK_ERR_CORRUPT, "%s is not the state of a deployment", path);
    if (memcmp(id, plan->id, 32) != 0)
        return zk_fail(
            ZK_ERR_INPUT,
            "%s is of a deployment with other settings, another key or another program: finish it with those, "
            "or choose another --out",
            path);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (!read_transaction(out, json_object_array_get_idx(list, i), plan))
            return zk_fail(ZK_ERR_CORRUPT, "%s: transaction %zu makes no sense", path, i);
    return ZK_OK;
}

zk_err deploy_state_read(struct deploy_state *out, bool *found, const char *path, const struct deploy_plan *plan)
{
    struct json_object *document;
    memset(out, 0, sizeof *out);
    ZK_TRY(read_json(&document, found, path));
    if (!*found) return ZK_OK;
    zk_err err = read_state(out, document, path, plan);
    json_object_put(document);
    return err;
}

/* ---- the addresses file */

static void put_address(struct json_object *o, const char *key, const uint8_t address[20])
{
    put(o, key, address_text(address));
}

static struct json_object *address_list(const uint8_t (*addresses)[20], size_t n)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < n; i++) (void)json_object_array_add(list, address_text(addresses[i]));
    return list;
}

static struct json_object *contracts_json(const struct deploy_plan *p)
{
    static const struct {
        const char *key;
        deploy_created which;
    } created[] = {{"main", DEPLOY_MAIN},
                   {"governance", DEPLOY_GOVERNANCE},
                   {"gatekeeper", DEPLOY_GATEKEEPER},
                   {"tokenGovernance", DEPLOY_TOKEN_GOVERNANCE},
                   {"nftFactory", DEPLOY_NFT_FACTORY}};
    static const struct {
        const char *key;
        deploy_role role;
    } direct[] = {{"multicall", DEPLOY_MULTICALL},
                  {"forcedExit", DEPLOY_FORCED_EXIT},
                  {"withdrawalHelper", DEPLOY_WITHDRAWAL_HELPER},
                  {"deployment", DEPLOY_DEPLOYMENT},
                  {"poseidon2", DEPLOY_POSEIDON2},
                  {"governanceTarget", DEPLOY_GOVERNANCE_TARGET},
                  {"mainTarget", DEPLOY_MAIN_TARGET},
                  {"operatorPart", DEPLOY_OPERATOR_PART},
                  {"exodusPart", DEPLOY_EXODUS_PART}};
    struct json_object *o = json_object_new_object();
    uint8_t address[20];
    uint8_t verifiers[DEPLOY_VERIFIERS_MAX][20];
    for (size_t i = 0; i < ZK_COUNT(created); i++) {
        deploy_plan_created(address, p, created[i].which);
        put_address(o, created[i].key, address);
    }
    for (size_t i = 0; i < ZK_COUNT(direct); i++)
        put_address(o, direct[i].key, deploy_plan_step(p, direct[i].role)->address);
    size_t n = deploy_plan_verifiers(verifiers, p);
    put(o, "verifiers", address_list((const uint8_t(*)[20])verifiers, n));
    return o;
}

static struct json_object *settings_json(const struct deploy_settings *s)
{
    struct json_object *o = json_object_new_object();
    put_address(o, "governor", s->governor);
    put_address(o, "validator", s->validator);
    put_address(o, "feeAccount", s->fee_account);
    put_address(o, "forcedExitReceiver", s->forced_exit_receiver);
    put(o, "priorityExpiration", json_object_new_uint64(s->priority_expiration));
    put(o, "noticePeriod", json_object_new_uint64(s->notice_period));
    put(o, "noticeFloor", json_object_new_uint64(s->notice_floor));
    put(o, "council", address_list(s->council, s->n_council));
    put(o, "councilThreshold", json_object_new_uint64(s->council_threshold));
    put(o, "openListing", json_object_new_boolean(s->open_listing));
    put_address(o, "listingFeeToken", s->listing_fee_token);
    put(o, "listingFee", hex_text(s->listing_fee, 32));
    put(o, "listingCap", json_object_new_uint64(s->listing_cap));
    put_address(o, "treasury", s->treasury);
    put(o, "nftName", json_object_new_string(s->nft_name));
    put(o, "nftSymbol", json_object_new_string(s->nft_symbol));
    return o;
}

struct json_object *deploy_document(const struct deploy_plan *p, uint64_t block)
{
    struct json_object *o = json_object_new_object();
    struct json_object *nonces = json_object_new_array();
    for (size_t i = 0; i < p->n_steps; i++)
        (void)json_object_array_add(nonces, json_object_new_uint64(p->steps[i].nonce));
    put(o, "format", json_object_new_int(FORMAT));
    put(o, "chainId", json_object_new_uint64(p->settings.chain_id));
    put_address(o, "deployer", p->settings.deployer);
    put(o, "settings", settings_json(&p->settings));
    put(o, "block", json_object_new_uint64(block));
    put(o, "genesisRoot", hex_text(p->genesis_root, 32));
    put(o, "contracts", contracts_json(p));
    put(o, "nonces", nonces);
    put(o, "plan", hex_text(p->id, 32));
    return o;
}

zk_err deploy_document_write(const char *path, struct json_object *document)
{
    return write_json(path, document);
}

/* Fails with the first member that is missing, too much, or different. */
static zk_err compare(const char *path, const char *where, struct json_object *want, struct json_object *found)
{
    if (json_object_equal(want, found)) return ZK_OK;
    if (json_object_is_type(want, json_type_object) && json_object_is_type(found, json_type_object)) {
        json_object_object_foreach(want, key, value)
        {
            char inner[96];
            (void)snprintf(inner, sizeof inner, "%s%s%s", where, where[0] == '\0' ? "" : ".", key);
            struct json_object *other = NULL;
            (void)json_object_object_get_ex(found, key, &other);
            ZK_TRY(compare(path, inner, value, other));
        }
        return zk_fail(ZK_ERR_CORRUPT, "%s has members that do not belong there", path);
    }
    return zk_fail(ZK_ERR_CORRUPT, "%s: %s is %.60s, but the options and this program make it %.60s", path, where,
                   found == NULL ? "missing" : json_object_to_json_string(found), json_object_to_json_string(want));
}

static zk_err read_nonces(struct deploy_plan *plan, struct json_object *document, const char *path)
{
    struct json_object *nonces = get(document, "nonces", json_type_array);
    if (nonces == NULL || json_object_array_length(nonces) != plan->n_steps)
        return zk_fail(ZK_ERR_CORRUPT, "%s does not have the nonces of %zu transactions", path, plan->n_steps);
    for (size_t i = 0; i < plan->n_steps; i++) {
        struct json_object *nonce = json_object_array_get_idx(nonces, i);
        if (!json_object_is_type(nonce, json_type_int) || json_object_get_int64(nonce) < 0)
            return zk_fail(ZK_ERR_CORRUPT, "%s: nonce %zu makes no sense", path, i);
        deploy_plan_set_nonce(plan, i, json_object_get_uint64(nonce));
    }
    return ZK_OK;
}

zk_err deploy_document_read(struct deploy_plan *plan, uint64_t *block, bool *found, const char *path)
{
    struct json_object *document;
    ZK_TRY(read_json(&document, found, path));
    if (!*found) return ZK_OK;
    zk_err err = read_nonces(plan, document, path);
    if (err == ZK_OK && !get_u64(block, document, "block"))
        err = zk_fail(ZK_ERR_CORRUPT, "%s does not have a block number", path);
    if (err == ZK_OK) {
        struct json_object *want = deploy_document(plan, *block);
        err = compare(path, "", want, document);
        json_object_put(want);
    }
    json_object_put(document);
    return err;
}
