#include "ethereum/eth_key.h"

#include "base/bytes.h"
#include "curve/secp256k1.h"
#include "ethereum/eth_tx.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILE_MAX 65536

void eth_key_wipe(struct eth_key *k)
{
    zk_wipe(k, sizeof *k);
}

zk_err eth_key_from_secret(struct eth_key *out, const uint8_t secret[32])
{
    uint8_t public_key[64];
    if (!secp_public_key(public_key, secret)) {
        eth_key_wipe(out);
        return zk_fail(ZK_ERR_INPUT, "the private key is zero or too large for secp256k1");
    }
    memcpy(out->secret, secret, sizeof out->secret);
    eth_address_of_public_key(out->address, public_key);
    return ZK_OK;
}

zk_err eth_key_from_hex(struct eth_key *out, const char *text)
{
    uint8_t secret[32];
    while (isspace((unsigned char)*text)) text++;
    size_t len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1])) len--;
    bool ok = hex_decode(secret, sizeof secret, text, len);
    zk_err err =
        ok ? eth_key_from_secret(out, secret)
           : zk_fail(ZK_ERR_INPUT, "a private key is 64 hexadecimal digits; these are %zu other characters", len);
    zk_wipe(secret, sizeof secret);
    return err;
}

zk_err eth_key_from_env(struct eth_key *out, const char *variable)
{
    const char *text = getenv(variable);
    if (text == NULL)
        return zk_fail(ZK_ERR_INPUT, "the environment variable %s with the private key is not set", variable);
    return eth_key_from_hex(out, text);
}

/* The whole file and a NUL in text[FILE_MAX + 1]. */
static zk_err read_file(char *text, size_t *len, mode_t *mode, const char *path)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    if (f == NULL) return zk_fail(ZK_ERR_IO, "cannot open the key file %s", path);
    (void)setvbuf(f, NULL, _IONBF, 0); /* no second copy of the secret in a buffer */
    *len = fread(text, 1, FILE_MAX + 1, f);
    bool ok = ferror(f) == 0 && fstat(fileno(f), &st) == 0;
    (void)fclose(f);
    if (!ok) return zk_fail(ZK_ERR_IO, "cannot read the key file %s", path);
    if (*len > FILE_MAX) return zk_fail(ZK_ERR_INPUT, "the key file %s is larger than %d bytes", path, FILE_MAX);
    text[*len] = '\0';
    *mode = st.st_mode;
    return ZK_OK;
}

zk_err eth_key_from_file(struct eth_key *out, const char *path, const char *password)
{
    size_t len = 0;
    mode_t mode = 0;
    char *text = calloc(1, FILE_MAX + 1);
    if (text == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory to read a key file");
    zk_err err = read_file(text, &len, &mode, path);
    if (err != ZK_OK) goto done;

    const char *first = text;
    while (isspace((unsigned char)*first)) first++;
    if (*first == '{') {
        err = password != NULL ? keystore_decrypt(out, text, len, password)
                               : zk_fail(ZK_ERR_INPUT, "%s is an encrypted keystore: a password is needed", path);
    } else if ((mode & (S_IRWXG | S_IRWXO)) != 0) {
        err = zk_fail(ZK_ERR_INPUT, "others may read the key file %s; run chmod 600 on it first", path);
    } else {
        err = eth_key_from_hex(out, text);
    }
done:
    zk_wipe(text, FILE_MAX + 1);
    free(text);
    return err;
}
