/* vectors: reads the JSON files of tests/vectors/ (see MANIFEST.md there), for tests, fuzzers and benchmarks alone;
 * no layer may include it.
 *
 *   struct vec *file = vec_load("curve.json");
 *   struct vec *cases = vec_get(file, "additions");
 *   for (size_t i = 0; i < vec_len(cases); i++) vec_fr(&x, vec_get(vec_at(cases, i), "x"));
 *   vec_free(file);
 *
 * Ownership  vec_load returns owned; all other values belong to their file and are valid until its vec_free.
 * Failure    a missing file or key, a value of the wrong type, length or range: the test fails, with the file's line of
 *            reasons. So no caller checks anything. vec_find and vec_is_* are the questions.
 * Numbers    vec_u64 takes JSON integers and decimal or 0x strings, exactly. */
#ifndef ZK_TESTING_VECTORS_H
#define ZK_TESTING_VECTORS_H

#include "base/common.h"
#include "field/fr.h"

/* A JSON value: json-c's struct json_object, which no test needs to know. */
struct vec;

/* The file tests/vectors/NAME. */
struct vec *vec_load(const char *name);
void vec_free(struct vec *file);

/* ---- structure */

/* The member of an object; the test fails if it is not there. */
struct vec *vec_get(struct vec *object, const char *key);

/* The same, but NULL if it is not there or is null. */
struct vec *vec_find(struct vec *object, const char *key);

/* Number of elements of an array, or of members of an object. */
size_t vec_len(struct vec *array_or_object);
struct vec *vec_at(struct vec *array, size_t i);

/* Member i of an object, in the file's order; *key is valid as long as the object. */
struct vec *vec_member(struct vec *object, size_t i, const char **key);

bool vec_is_null(struct vec *v);
bool vec_is_str(struct vec *v);
bool vec_is_array(struct vec *v);
bool vec_is_object(struct vec *v);

/* ---- values */

const char *vec_str(struct vec *v);
bool vec_bool(struct vec *v);
uint64_t vec_u64(struct vec *v);

/* The value as compact JSON text: what a JSON reader of ours is to be fed with. */
const char *vec_json(struct vec *v);

/* Exactly len bytes from a hex string, with or without 0x. */
void vec_bytes(uint8_t *out, size_t len, struct vec *v);

/* At most cap bytes from a hex string; returns how many. */
size_t vec_bytes_max(uint8_t *out, size_t cap, struct vec *v);

/* 32 big-endian bytes in hex, below the modulus. */
void vec_fr(fr *out, struct vec *v);

#endif
