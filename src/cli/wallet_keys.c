/* The wallet's subcommands about keys. None prints one. */
#include "base/bytes.h"
#include "cli/ask.h"
#include "cli/wallet.h"
#include "cli/wallet_file.h"
#include "ethereum/eth_tx.h"
#include "ethereum/mnemonic.h"

#include <json-c/json.h>
#include <sys/random.h>

static void print_address(const struct args *a, const uint8_t address[20])
{
    char text[43];
    eth_address_str(text, address);
    if (args_has(a, ARG_JSON))
        printf("{\"address\":\"%s\"}\n", text);
    else
        printf("%s\n", text);
}

/* Stores a key, wipes it, and shows its address. */
static cli_exit keep(const struct args *a, struct eth_key *key, zk_err err)
{
    uint8_t address[20];
    memcpy(address, key->address, 20);
    if (err == ZK_OK) err = wallet_file_create(a, key);
    eth_key_wipe(key);
    if (err != ZK_OK) return args_failed(a);
    print_address(a, address);
    return CLI_DONE;
}

cli_exit wallet_new(const struct args *a)
{
    struct eth_key key;
    uint8_t secret[32];
    zk_err err = ZK_ERR_INPUT;
    while (err != ZK_OK) { /* one in 2^128 is no key */
        if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret) {
            (void)zk_fail(ZK_ERR_IO, "the system's random generator does not answer");
            return args_failed(a);
        }
        err = eth_key_from_secret(&key, secret);
    }
    zk_wipe(secret, sizeof secret);
    return keep(a, &key, ZK_OK);
}

static zk_err import_mnemonic(struct eth_key *key, const struct args *a, const char *path)
{
    char words[ASK_SECRET_MAX];
    uint64_t index;
    ZK_TRY(args_u64(&index, a, ARG_INDEX, 0, 0, INT32_MAX));
    zk_err err = ask_secret_file(words, path, "Words of the mnemonic: ");
    if (err == ZK_OK) err = mnemonic_key(key, words, "", (uint32_t)index);
    zk_wipe(words, sizeof words);
    return err;
}

static zk_err import_raw(struct eth_key *key, const char *path)
{
    char digits[ASK_SECRET_MAX];
    zk_err err = ask_secret_file(digits, path, "Private key: ");
    if (err == ZK_OK) err = eth_key_from_hex(key, digits);
    zk_wipe(digits, sizeof digits);
    return err;
}

static zk_err import_keystore(struct eth_key *key, const struct args *a, const char *path)
{
    char password[ASK_SECRET_MAX];
    zk_err err = ask_password(password, a, false);
    if (err == ZK_OK) err = eth_key_from_file(key, path, password);
    zk_wipe(password, sizeof password);
    return err;
}

cli_exit wallet_import(const struct args *a)
{
    struct eth_key key = {0};
    const char *keystore = args_get(a, ARG_KEYSTORE);
    const char *mnemonic = args_get(a, ARG_MNEMONIC);
    const char *raw = args_get(a, ARG_RAW);
    if ((keystore != NULL) + (mnemonic != NULL) + (raw != NULL) != 1) {
        (void)fprintf(stderr, "%s: say what to import: one of --keystore, --mnemonic and --raw\n", a->command);
        return CLI_MISUSED;
    }
    zk_err err = keystore != NULL   ? import_keystore(&key, a, keystore)
                 : mnemonic != NULL ? import_mnemonic(&key, a, mnemonic)
                                    : import_raw(&key, raw);
    return keep(a, &key, err);
}

cli_exit wallet_show_address(const struct args *a)
{
    uint8_t address[20];
    if (wallet_file_address(address, a) != ZK_OK) return args_failed(a);
    print_address(a, address);
    return CLI_DONE;
}
