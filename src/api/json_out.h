/* json_out: how the API writes things as JSON: one function a form, so that a hash looks the same everywhere.
 *
 *   put_*   adds a member to an object; the value is made here
 *   addresses, hashes  lower-case hex with their prefix        amounts  decimal strings
 *   times   RFC 3339 in UTC with microseconds; 0 is null
 *
 * Ownership  objects are json-c's: what is put is owned by the object it is put into.
 * Memory     without any left the process ends: what was accepted is on disk, and half an answer helps nobody. */
#ifndef ZK_API_JSON_OUT_H
#define ZK_API_JSON_OUT_H

#include "rollup/types.h"

#include <json-c/json.h>

struct json_object *json_new_object(void);
struct json_object *json_new_array(void);
struct json_object *json_new_text(const char *text);
struct json_object *json_new_u64(uint64_t v);
struct json_object *json_new_u128(u128 v);
struct json_object *json_new_hex(const char *prefix, const uint8_t *bytes, size_t n); /* n <= 65 */

/* Writes prefix, 2n lower-case digits and a NUL. */
void hex_text(char *out, const char *prefix, const uint8_t *bytes, size_t n);

/* Takes v; NULL is JSON's null. */
void put(struct json_object *o, const char *key, struct json_object *v);
void append(struct json_object *array, struct json_object *v);

void put_text(struct json_object *o, const char *key, const char *text); /* NULL: null */
void put_u64(struct json_object *o, const char *key, uint64_t v);
void put_f64(struct json_object *o, const char *key, double v);
void put_bool(struct json_object *o, const char *key, bool v);
void put_null(struct json_object *o, const char *key);
void put_u128(struct json_object *o, const char *key, u128 v);
void put_hex(struct json_object *o, const char *key, const char *prefix, const uint8_t *bytes, size_t n);
void put_address(struct json_object *o, const char *key, const eth_address *a);
void put_hash(struct json_object *o, const char *key, const hash32 *h); /* 0x… */
void put_pubkey_hash(struct json_object *o, const char *key, const pubkey_hash *h);
void put_time(struct json_object *o, const char *key, int64_t us);
void put_u64_or_null(struct json_object *o, const char *key, bool present, uint64_t v);

/* "2026-11-23T01:02:03.000004Z" */
#define TIME_TEXT_MAX 32
void time_text(char out[TIME_TEXT_MAX], int64_t us);
/* Nanoseconds, of now. */
void time_text_now(char out[TIME_TEXT_MAX]);

/* The object as text, from malloc; takes o. */
char *json_take_text(size_t *len, struct json_object *o);

/* Reads text: one JSON value, white space around it, depth at most 24, valid UTF-8, at most 200,000
 * values. NULL: none. Returns owned; *ok
 * tells
 * `null` from failure. */
struct json_object *json_read(const char *text, size_t len, bool *ok);

/* A member, or NULL if o is no object, or has none, or it is null. Borrowed. */
struct json_object *json_member(struct json_object *o, const char *key);
/* Its text if it is a string, else NULL. */
const char *json_text(struct json_object *v);
/* True if v is an integer 0 .. 2^64 - 1. */
ZK_MUST_USE bool json_u64(uint64_t *out, struct json_object *v);

#endif
