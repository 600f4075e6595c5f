/* signature against the vectors of zksync-crypto: keys, message hashes, signatures with their inner values, and all the
 * ways to be refused; batches against single calls. */
#include "rollup/signature.h"

#include "base/arena.h"
#include "base/pool.h"
#include "base/test.h"
#include "hash/rescue.h"
#include "testing/vectors.h"

#include <stdio.h>
#include <string.h>

#define MANY 70 /* more than two blocks */

struct signed_message {
    uint8_t sk[32];
    uint8_t key[32];
    uint8_t sig[64];
    uint8_t msg[SIG_MESSAGE_MAX];
    size_t len;
};

static void random_message(struct signed_message *m, struct prng *rng)
{
    uint8_t seed[32];
    prng_bytes(rng, seed, sizeof seed);
    CHECK_OK(sig_key_from_seed(m->sk, seed, sizeof seed));
    CHECK_OK(sig_public_key(m->key, m->sk));
    m->len = (size_t)prng_below(rng, SIG_MESSAGE_MAX + 1);
    prng_bytes(rng, m->msg, sizeof m->msg);
    CHECK_OK(sig_sign(m->sig, m->sk, m->msg, m->len));
}

/* The verdict of a batch of one, which must be that of sig_verify. */
static sig_verdict verdict_of(const uint8_t key[32], const uint8_t sig[64], const uint8_t *msg, size_t len)
{
    ZK_ALIGN(64) static uint8_t memory[1 << 17];
    struct arena scratch;
    struct sig_key_info info;
    sig_verdict one = sig_verify(key, sig, msg, len);
    sig_verdict batch;
    arena_init(&scratch, memory, sizeof memory);
    struct sig_item item = {key, NULL, sig, msg, len};
    CHECK_OK(sig_verify_batch(&batch, &item, 1, NULL, &scratch));
    CHECK_EQ_STR(sig_verdict_str(one), sig_verdict_str(batch));
    uint8_t keys[1][32];
    memcpy(keys[0], key, 32);
    sig_key_info_many(&info, (const uint8_t(*)[32])keys, 1, NULL);
    item.known = &info;
    CHECK_OK(sig_verify_batch(&batch, &item, 1, NULL, &scratch));
    CHECK_EQ_STR(sig_verdict_str(one), sig_verdict_str(batch));
    CHECK(arena_mark(&scratch) == 0);
    return one;
}

static void check_key(struct vec *v, const uint8_t sk[32])
{
    uint8_t packed[1][32], want[32];
    char text[46] = "sync:";
    ed_affine p;
    pubkey_hash hash;
    struct sig_key_info info;
    vec_bytes(want, 32, vec_get(v, "public_key_packed"));
    CHECK_OK(sig_public_key(packed[0], sk));
    CHECK_EQ_BYTES(want, packed[0], 32);
    CHECK(sig_parse_key(&p, packed[0]));
    fr x;
    vec_fr(&x, vec_get(v, "public_key_x"));
    CHECK(fr_eq(&x, &p.x));
    sig_pubkey_hash(&hash, &p);
    hex_encode(text + 5, hash.b, 20);
    CHECK_EQ_STR(vec_str(vec_get(v, "pub_key_hash")), text);
    sig_key_info_many(&info, (const uint8_t(*)[32])packed, 1, NULL);
    CHECK(info.verdict == SIG_OK && ed_affine_eq(&info.point, &p) && pubkey_hash_eq(&info.hash, &hash));
}

static void test_keys__vectors(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("keys.json");
    struct vec *list = vec_get(file, "from_seed");
    uint8_t seed[256], sk[32], want[32];
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        size_t len = vec_bytes_max(seed, sizeof seed, vec_get(v, "seed"));
        vec_bytes(want, 32, vec_get(v, "private_key"));
        CHECK_OK(sig_key_from_seed(sk, seed, len));
        CHECK_EQ_BYTES(want, sk, 32);
        check_key(v, sk);
    }
    list = vec_get(file, "from_private_key");
    for (size_t i = 0; i < vec_len(list); i++) {
        vec_bytes(sk, 32, vec_get(vec_at(list, i), "private_key"));
        check_key(vec_at(list, i), sk);
    }
    list = vec_get(file, "errors");
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        if (vec_find(v, "seed") != NULL) {
            size_t len = vec_bytes_max(seed, sizeof seed, vec_get(v, "seed"));
            CHECK_ERR(ZK_ERR_INPUT, sig_key_from_seed(sk, seed, len));
        } else {
            vec_bytes(sk, 32, vec_get(v, "private_key"));
            CHECK_ERR(ZK_ERR_INPUT, sig_public_key(want, sk));
        }
    }
    vec_free(file);
}

static void test_key__zero_is_refused(struct prng *rng)
{
    (void)rng;
    uint8_t out[64];
    const uint8_t zero[64] = {0};
    memset(out, 1, sizeof out);
    CHECK_ERR(ZK_ERR_INPUT, sig_public_key(out, zero));
    CHECK_EQ_BYTES(zero, out, 32);
    memset(out, 1, sizeof out);
    CHECK_ERR(ZK_ERR_INPUT, sig_sign(out, zero, zero, 0));
    CHECK_EQ_BYTES(zero, out, 64);
}

static void test_message_and_orders_hash__vectors(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("rescue_hash.json");
    struct vec *list = vec_get(file, "tx_message");
    uint8_t msg[SIG_ORDERS_BYTES], want[32], got[32];
    for (size_t i = 0; i < vec_len(list); i++) {
        fr m;
        size_t len = vec_bytes_max(msg, SIG_MESSAGE_MAX, vec_get(vec_at(list, i), "message"));
        vec_bytes(want, 32, vec_get(vec_at(list, i), "hash_le_bytes"));
        sig_message_hash(&m, msg, len);
        fr_to_le32(got, &m);
        CHECK_EQ_BYTES(want, got, 32);
    }
    list = vec_get(file, "orders");
    for (size_t i = 0; i < vec_len(list); i++) {
        vec_bytes(msg, SIG_ORDERS_BYTES, vec_get(vec_at(list, i), "message"));
        vec_bytes(want, SIG_ORDERS_DIGEST, vec_get(vec_at(list, i), "hash31"));
        sig_orders_hash(got, msg);
        CHECK_EQ_BYTES(want, got, SIG_ORDERS_DIGEST);
    }
    vec_free(file);
}

static void check_challenge(struct vec *v, const uint8_t key[32], const uint8_t sig[64], const uint8_t *msg, size_t len)
{
    uint8_t want[32], got[32];
    ed_affine p, r;
    ed_scalar s, c;
    fr m, elements[4], h[2];
    CHECK(sig_parse_key(&p, key) && sig_parse(&r, &s, sig));
    sig_message_hash(&m, msg, len);
    sig_challenge_elements(elements, &p.x, &r.x, &m);
    rescue_hash(h, elements, 4);
    sig_challenge_from_hash(&c, h);
    ed_scalar_to_be32(got, &c);
    vec_bytes(want, 32, vec_get(v, "challenge"));
    CHECK_EQ_BYTES(want, got, 32);
}

static void test_sign__equals_zksync_crypto(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("signatures.json");
    struct vec *list = vec_get(file, "valid");
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        uint8_t sk[32], key[32], want_key[32], want[64], got[64], msg[SIG_MESSAGE_MAX];
        vec_bytes(sk, 32, vec_get(v, "private_key"));
        vec_bytes(want_key, 32, vec_get(v, "pub_key"));
        vec_bytes(want, 64, vec_get(v, "signature"));
        size_t len = vec_bytes_max(msg, sizeof msg, vec_get(v, "message"));
        CHECK_OK(sig_public_key(key, sk));
        CHECK_EQ_BYTES(want_key, key, 32);
        CHECK_OK(sig_sign(got, sk, msg, len));
        CHECK_EQ_BYTES(want, got, 64);
        CHECK(verdict_of(key, want, msg, len) == SIG_OK);
        check_challenge(v, key, want, msg, len);
    }
    vec_free(file);
}

/* Any number of them together, lanes full or not; one that cannot be signed fails all. */
static void test_sign_many__equals_one_by_one(struct prng *rng)
{
    enum { MOST = 19 };
    struct signed_message m[MOST];
    struct sig_request requests[MOST];
    uint8_t sigs[MOST][SIG_BYTES];
    const uint8_t zero[SIG_BYTES] = {0};
    for (size_t i = 0; i < MOST; i++) {
        random_message(&m[i], rng);
        requests[i] = (struct sig_request){m[i].sk, m[i].msg, m[i].len};
    }
    for (size_t n = 0; n <= MOST; n++) {
        CHECK_OK(sig_sign_many(sigs, requests, n));
        for (size_t i = 0; i < n; i++) CHECK_EQ_BYTES(m[i].sig, sigs[i], SIG_BYTES);
    }
    requests[MOST - 1].key = zero;
    CHECK_ERR(ZK_ERR_INPUT, sig_sign_many(sigs, requests, MOST));
    for (size_t i = 0; i < MOST; i++) CHECK_EQ_BYTES(zero, sigs[i], SIG_BYTES);
}

/* What upstream calls an error is malformed here; what it calls false is one of the other verdicts. */
static void test_verify__refuses_altered_signatures(struct prng *rng)
{
    (void)rng;
    struct vec *file = vec_load("signatures.json");
    struct vec *list = vec_get(file, "invalid");
    size_t seen[SIG_WRONG + 1] = {0};
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        struct vec *result = vec_get(v, "zksync_crypto_result");
        const char *note = vec_str(vec_get(v, "note"));
        uint8_t both[128], msg[SIG_MESSAGE_MAX];
        size_t msg_len = vec_bytes_max(msg, sizeof msg, vec_get(v, "message"));
        if (vec_bytes_max(both, sizeof both, vec_get(v, "signature96")) != 96) {
            CHECK(vec_is_str(result)); /* other lengths are refused before they can become arguments here */
            continue;
        }
        sig_verdict got = verdict_of(both, both + 32, msg, msg_len);
        seen[got]++;
        if (vec_is_str(result)) {
            CHECK_MSG(got == SIG_MALFORMED, "%s: %s", note, sig_verdict_str(got));
        } else if (vec_bool(result)) {
            CHECK_MSG(got == SIG_OK, "%s: %s", note, sig_verdict_str(got));
        } else {
            CHECK_MSG(got > SIG_MALFORMED, "%s: %s", note, sig_verdict_str(got));
        }
        if (strstr(note, "order-") != NULL) CHECK_MSG(got == SIG_NOT_IN_SUBGROUP, "%s", note);
    }
    CHECK(seen[SIG_OK] == 2 && seen[SIG_MALFORMED] > 5 && seen[SIG_NOT_IN_SUBGROUP] >= 3 && seen[SIG_WRONG] > 8);
    list = vec_get(file, "accepted_natively_but_unprovable");
    for (size_t i = 0; i < vec_len(list); i++) {
        struct vec *v = vec_at(list, i);
        uint8_t both[96], msg[SIG_MESSAGE_MAX];
        size_t msg_len = vec_bytes_max(msg, sizeof msg, vec_get(v, "message"));
        vec_bytes(both, 96, vec_get(v, "signature96"));
        CHECK(verdict_of(both, both + 32, msg, msg_len) == SIG_IDENTITY);
    }
    vec_free(file);
}

static void test_sign__refuses_long_messages(struct prng *rng)
{
    struct signed_message m;
    uint8_t sig[64];
    uint8_t longer[SIG_MESSAGE_MAX + 1] = {0};
    const uint8_t zero[64] = {0};
    random_message(&m, rng);
    CHECK_ERR(ZK_ERR_RANGE, sig_sign(sig, m.sk, longer, sizeof longer));
    CHECK_EQ_BYTES(zero, sig, 64);
    memcpy(longer, m.msg, m.len);
    CHECK(verdict_of(m.key, m.sig, longer, sizeof longer) == SIG_MALFORMED);
}

/* Bits of key, signature and message, wherever they are: none is ignored. */
static void test_verify__refuses_every_flipped_bit(struct prng *rng)
{
    struct signed_message m;
    random_message(&m, rng);
    if (m.len == 0) m.len = 40;
    CHECK_OK(sig_sign(m.sig, m.sk, m.msg, m.len));
    CHECK(verdict_of(m.key, m.sig, m.msg, m.len) == SIG_OK);
    for (int k = 0; k < 24; k++) {
        struct signed_message bad = m;
        size_t at = (size_t)prng_below(rng, 96 + m.len);
        uint8_t bit = (uint8_t)(1 << prng_below(rng, 8));
        *(at < 32 ? &bad.key[at] : at < 96 ? &bad.sig[at - 32] : &bad.msg[at - 96]) ^= bit;
        CHECK(verdict_of(bad.key, bad.sig, bad.msg, bad.len) != SIG_OK);
    }
}

/* Faults of every kind at random places of batches of every size: the others keep their verdicts, at any thread
 * count. */
static void test_batch__gives_each_its_own_verdict(struct prng *rng)
{
    ZK_ALIGN(64) static uint8_t memory[1 << 18];
    static struct signed_message base[MANY], m[MANY];
    static struct sig_key_info infos[MANY];
    static uint8_t keys[MANY][32];
    struct sig_item items[MANY];
    sig_verdict want[MANY], got[MANY];
    struct arena scratch;
    struct pool *pool;
    CHECK_OK(pool_create(&pool, 2));
    arena_init(&scratch, memory, sizeof memory);
    CHECK(sig_verify_scratch_len(pool) <= sizeof memory);
    for (size_t i = 0; i < MANY; i++) random_message(&base[i], rng);
    const uint8_t identity[32] = {1};
    static const size_t sizes[] = {0, 1, 7, 8, 9, 31, 32, 33, MANY};
    for (size_t k = 0; k < ZK_COUNT(sizes); k++) {
        size_t n = sizes[k];
        for (size_t i = 0; i < n; i++) {
            m[i] = base[i];
            switch (prng_below(rng, 12)) {
            case 0: m[i].sig[32] ^= 1; break;               /* s */
            case 1: memset(m[i].sig + 32, 0xff, 32); break; /* s too large */
            case 2: memset(m[i].sig, 0, 32); break;         /* R of order 4 */
            case 3: memset(m[i].key, 0, 32); break;         /* key of order 4 */
            case 4: memcpy(m[i].sig, identity, 32); break;
            case 5: memcpy(m[i].key, base[(i + 1) % MANY].key, 32); break;
            case 6: memset(m[i].key, 0xff, 32); break; /* key's y too large */
            default: break;
            }
            memcpy(keys[i], m[i].key, 32);
            want[i] = sig_verify(m[i].key, m[i].sig, m[i].msg, m[i].len);
        }
        sig_key_info_many(infos, (const uint8_t(*)[32])keys, n, pool);
        for (int known = 0; known < 3; known++) { /* none, all, some */
            for (size_t i = 0; i < n; i++) {
                bool use = known == 1 || (known == 2 && prng_below(rng, 2) == 0);
                items[i] = (struct sig_item){m[i].key, use ? &infos[i] : NULL, m[i].sig, m[i].msg, m[i].len};
            }
            CHECK_OK(sig_verify_batch(got, items, n, known == 0 ? NULL : pool, &scratch));
            for (size_t i = 0; i < n; i++) CHECK_EQ_STR(sig_verdict_str(want[i]), sig_verdict_str(got[i]));
        }
    }
    struct arena small;
    arena_init(&small, memory, 64);
    CHECK_ERR(ZK_ERR_FULL, sig_verify_batch(got, items, 1, NULL, &small));
    pool_destroy(pool);
}

static void test_key_info_many__equals_one_by_one(struct prng *rng)
{
    static uint8_t keys[MANY][32];
    static struct sig_key_info infos[MANY];
    for (size_t i = 0; i < MANY; i++) {
        uint8_t seed[32], sk[32];
        prng_bytes(rng, seed, sizeof seed);
        CHECK_OK(sig_key_from_seed(sk, seed, sizeof seed));
        CHECK_OK(sig_public_key(keys[i], sk));
        if (i % 5 == 1) memset(keys[i], i % 2 == 0 ? 0 : 0xff, 32);
        if (i % 5 == 2) keys[i][1] ^= 1;
    }
    sig_key_info_many(infos, (const uint8_t(*)[32])keys, MANY, NULL);
    for (size_t i = 0; i < MANY; i++) {
        ed_affine p;
        pubkey_hash hash = {{0}};
        sig_verdict want = sig_parse_key(&p, keys[i]) ? sig_check_point(&p) : SIG_MALFORMED;
        CHECK_EQ_STR(sig_verdict_str(want), sig_verdict_str(infos[i].verdict));
        CHECK(ed_affine_eq(&p, &infos[i].point));
        if (want == SIG_OK) sig_pubkey_hash(&hash, &p);
        CHECK(pubkey_hash_eq(&hash, &infos[i].hash));
    }
}

TEST_MAIN(TEST(test_keys__vectors), TEST(test_key__zero_is_refused), TEST(test_message_and_orders_hash__vectors),
          TEST(test_sign__equals_zksync_crypto), TEST(test_sign_many__equals_one_by_one),
          TEST(test_verify__refuses_altered_signatures), TEST(test_sign__refuses_long_messages),
          TEST(test_verify__refuses_every_flipped_bit), TEST(test_batch__gives_each_its_own_verdict),
          TEST(test_key_info_many__equals_one_by_one))
