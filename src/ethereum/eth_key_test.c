/* Keys from text, files and keystores: the PBKDF2 vector of the Web3 Secret Storage definition (its scrypt vector has
 * N >= 2^(16 r), which RFC 7914 and OpenSSL refuse; tests/peers/ethereum.mjs compares scrypt with ethers), and what
 * must be refused. */
#include "ethereum/eth_key.h"

#include "base/bytes.h"
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET  "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
#define ADDRESS "008aeeda4d805471df9b2a5b0f38a0c3bcba786b"

static const char pbkdf2_json[] =
    "{\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":\"6087dab2f9fdbbfaddc31a909735c1e6\"},"
    "\"ciphertext\":\"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46\",\"kdf\":\"pbkdf2\","
    "\"kdfparams\":{\"c\":262144,\"dklen\":32,\"prf\":\"hmac-sha256\","
    "\"salt\":\"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd\"},"
    "\"mac\":\"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2\"},"
    "\"id\":\"3198bc9c-6672-5ab3-d995-4942343ae5b6\",\"version\":3}";

static const struct keystore_cost cheap = {2, 1, 1};

static void check_is_vector_key(const struct eth_key *key)
{
    uint8_t want[32];
    CHECK(hex_decode(want, 32, SECRET, 64));
    CHECK_EQ_BYTES(want, key->secret, 32);
    CHECK(hex_decode(want, 20, ADDRESS, 40));
    CHECK_EQ_BYTES(want, key->address, 20);
}

static void test_keystore__opens_the_vector_of_the_definition(struct prng *rng)
{
    (void)rng;
    struct eth_key key;
    CHECK_OK(keystore_decrypt(&key, pbkdf2_json, strlen(pbkdf2_json), "testpassword"));
    check_is_vector_key(&key);
    CHECK_ERR(ZK_ERR_INPUT, keystore_decrypt(&key, pbkdf2_json, strlen(pbkdf2_json), "testpasswore"));
    CHECK(strstr(zk_err_message(), "wrong password") != NULL);
}

static void test_keystore__round_trips_and_never_repeats(struct prng *rng)
{
    (void)rng;
    char first[KEYSTORE_JSON_CAP];
    char second[KEYSTORE_JSON_CAP];
    struct eth_key key, back;
    CHECK_OK(eth_key_from_hex(&key, SECRET));
    CHECK_OK(keystore_encrypt(first, &key, "", cheap));
    CHECK_OK(keystore_encrypt(second, &key, "p\xc3\xa4ss", cheap));
    CHECK(strcmp(first, second) != 0);
    CHECK(strstr(first, SECRET) == NULL);
    CHECK_OK(keystore_decrypt(&back, first, strlen(first), ""));
    check_is_vector_key(&back);
    CHECK_OK(keystore_decrypt(&back, second, strlen(second), "p\xc3\xa4ss"));
    check_is_vector_key(&back);
    CHECK_ERR(ZK_ERR_RANGE, keystore_encrypt(first, &key, "", (struct keystore_cost){21, 8, 1}));
}

/* A keystore in which one text is replaced by another of any length. */
static zk_err try_changed(const char *json, const char *from, const char *to)
{
    char changed[2048];
    struct eth_key key;
    const char *at = strstr(json, from);
    CHECK(at != NULL);
    (void)snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - json), json, to, at + strlen(from));
    return keystore_decrypt(&key, changed, strlen(changed), "x");
}

static void test_keystore__refuses_what_it_does_not_understand(struct prng *rng)
{
    (void)rng;
    char json[KEYSTORE_JSON_CAP];
    struct eth_key key;
    CHECK_OK(eth_key_from_hex(&key, SECRET));
    CHECK_OK(keystore_encrypt(json, &key, "x", cheap));
    CHECK_OK(try_changed(json, "\"version\":3", "\"version\": 3"));
    static const char *const changes[][2] = {{"\"version\":3", "\"version\":2"},
                                             {"aes-128-ctr", "aes-256-ctr"},
                                             {"\"n\":4", "\"n\":5"},
                                             {"\"n\":4", "\"n\":2097152"},
                                             {"\"n\":4", "\"n\":1"},
                                             {"\"n\":4", "\"n\":-4"},
                                             {"\"r\":1", "\"r\":0"},
                                             {"\"r\":1", "\"r\":17"},
                                             {"\"p\":1", "\"p\":1000000"},
                                             {"\"dklen\":32", "\"dklen\":64"},
                                             {"\"kdf\":\"scrypt\"", "\"kdf\":\"bcrypt\""},
                                             {"\"mac\":\"", "\"mac\":\"00"},
                                             {"\"ciphertext\":\"", "\"ciphertext\":\"0"},
                                             {"\"salt\":\"", "\"salt\":\"z"},
                                             {"\"crypto\"", "\"krypto\""},
                                             {"{\"version\"", "[\"version\""},
                                             {"\"mac\"", "mac"}};
    for (size_t i = 0; i < ZK_COUNT(changes); i++)
        CHECK_ERR(ZK_ERR_INPUT, try_changed(json, changes[i][0], changes[i][1]));
    CHECK_ERR(ZK_ERR_INPUT, keystore_decrypt(&key, json, strlen(json) - 1, "x"));
    CHECK_ERR(ZK_ERR_INPUT, keystore_decrypt(&key, json, 0, "x"));
}

static void test_hex__takes_one_form_and_valid_keys_only(struct prng *rng)
{
    (void)rng;
    struct eth_key key;
    CHECK_OK(eth_key_from_hex(&key, " 0x" SECRET "\n"));
    check_is_vector_key(&key);
    CHECK_ERR(ZK_ERR_INPUT, eth_key_from_hex(&key, ""));
    CHECK_ERR(ZK_ERR_INPUT, eth_key_from_hex(&key, SECRET "0"));
    CHECK_ERR(ZK_ERR_INPUT, eth_key_from_hex(&key, "x" SECRET));
    CHECK(strstr(zk_err_message(), "7a28") == NULL); /* no part of the text is repeated */
    CHECK_ERR(ZK_ERR_INPUT, eth_key_from_hex(&key, "0000000000000000000000000000000000000000000000000000000000000000"));
    CHECK_ERR(ZK_ERR_INPUT, eth_key_from_hex(&key, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
    CHECK_OK(eth_key_from_hex(&key, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"));

    CHECK(setenv("ZK_TEST_KEY", SECRET, 1) == 0);
    CHECK_OK(eth_key_from_env(&key, "ZK_TEST_KEY"));
    check_is_vector_key(&key);
    CHECK(unsetenv("ZK_TEST_KEY") == 0);
    CHECK_ERR(ZK_ERR_INPUT, eth_key_from_env(&key, "ZK_TEST_KEY"));
    eth_key_wipe(&key);
    for (size_t i = 0; i < sizeof key; i++) CHECK(((const uint8_t *)&key)[i] == 0);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    CHECK(fputs(text, f) >= 0);
    CHECK(fclose(f) == 0);
    CHECK(chmod(path, mode) == 0);
}

static void test_file__is_a_private_raw_key_or_a_keystore(struct prng *rng)
{
    (void)rng;
    char path[] = "/tmp/zk_eth_key_test_XXXXXX";
    char json[KEYSTORE_JSON_CAP];
    struct eth_key key;
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK(close(fd) == 0);
    write_file(path, SECRET "\n", 0600);
    CHECK_OK(eth_key_from_file(&key, path, NULL));
    check_is_vector_key(&key);
    write_file(path, SECRET "\n", 0644);
    CHECK_ERR(ZK_ERR_INPUT, eth_key_from_file(&key, path, NULL));
    CHECK_OK(eth_key_from_hex(&key, SECRET));
    CHECK_OK(keystore_encrypt(json, &key, "pw", cheap));
    write_file(path, json, 0644);
    CHECK_ERR(ZK_ERR_INPUT, eth_key_from_file(&key, path, NULL));
    CHECK_ERR(ZK_ERR_INPUT, eth_key_from_file(&key, path, "pW"));
    CHECK_OK(eth_key_from_file(&key, path, "pw"));
    check_is_vector_key(&key);
    CHECK(unlink(path) == 0);
    CHECK_ERR(ZK_ERR_IO, eth_key_from_file(&key, path, NULL));
}

TEST_MAIN(TEST(test_keystore__opens_the_vector_of_the_definition), TEST(test_keystore__round_trips_and_never_repeats),
          TEST(test_keystore__refuses_what_it_does_not_understand), TEST(test_hex__takes_one_form_and_valid_keys_only),
          TEST(test_file__is_a_private_raw_key_or_a_keystore))
