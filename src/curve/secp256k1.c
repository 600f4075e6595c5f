#include "curve/secp256k1.h"

#include "base/bytes.h"

#include <pthread.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <sys/random.h>

/* One context for the process: it is read-only after it is made, so all threads may use it. */
static secp256k1_context *context;
static pthread_once_t context_once = PTHREAD_ONCE_INIT;

/* Blinding with a fresh secret hides the scalar's bits from power and timing side channels. */
static void make_context(void)
{
    uint8_t seed[32];
    context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    assert(context != NULL);
    /* Up to 256 bytes are given whole, once the system's generator is seeded. */
    ssize_t got = getrandom(seed, sizeof seed, 0);
    assert(got == (ssize_t)sizeof seed);
    int ok = secp256k1_context_randomize(context, seed);
    assert(ok == 1);
    zk_wipe(seed, sizeof seed);
}

static const secp256k1_context *shared_context(void)
{
    int err = pthread_once(&context_once, make_context);
    assert(err == 0);
    return context;
}

/* x, y without the form byte. */
static void write_key(uint8_t out[64], const secp256k1_pubkey *key)
{
    uint8_t bytes[65];
    size_t len = sizeof bytes;
    secp256k1_ec_pubkey_serialize(shared_context(), bytes, &len, key, SECP256K1_EC_UNCOMPRESSED);
    assert(len == sizeof bytes);
    memcpy(out, bytes + 1, 64);
}

bool secp_public_key(uint8_t out[64], const uint8_t key[32])
{
    secp256k1_pubkey point;
    memset(out, 0, 64);
    if (!secp256k1_ec_pubkey_create(shared_context(), &point, key)) return false;
    write_key(out, &point);
    return true;
}

bool secp_key_add(uint8_t key[32], const uint8_t tweak[32])
{
    uint8_t sum[32];
    memcpy(sum, key, 32);
    bool ok = secp256k1_ec_seckey_tweak_add(shared_context(), sum, tweak) == 1;
    if (ok) memcpy(key, sum, 32);
    zk_wipe(sum, sizeof sum);
    return ok;
}

bool secp_sign_recoverable(uint8_t sig[65], const uint8_t digest[32], const uint8_t key[32])
{
    secp256k1_ecdsa_recoverable_signature s;
    int id = 0;
    memset(sig, 0, 65);
    if (!secp256k1_ecdsa_sign_recoverable(shared_context(), &s, digest, key, NULL, NULL)) return false;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(shared_context(), sig, &id, &s);
    /* id 2 or 3 would say that r's point has x >= n: nobody can find one, and Ethereum has no v for it. */
    assert(id == 0 || id == 1);
    sig[64] = (uint8_t)(27 + id);
    return true;
}

bool secp_recover(uint8_t out[64], const uint8_t digest[32], const uint8_t sig[65])
{
    secp256k1_ecdsa_recoverable_signature s;
    secp256k1_pubkey point;
    int id = sig[64] >= 27 ? sig[64] - 27 : sig[64];
    memset(out, 0, 64);
    if (id > 1) return false;
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(shared_context(), &s, sig, id)) return false;
    if (!secp256k1_ecdsa_recover(shared_context(), &point, &s, digest)) return false;
    write_key(out, &point);
    return true;
}
