#include "cli/wallet_file.h"

#include "base/bytes.h"
#include "cli/ask.h"
#include "ethereum/eth_tx.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/.zkroll"

zk_err wallet_file_path(char out[FILE_PATH_MAX], const struct args *a)
{
    const char *path = args_get(a, ARG_WALLET);
    const char *home = getenv("HOME");
    if (path == NULL && (home == NULL || home[0] == '\0'))
        return zk_fail(ZK_ERR_INPUT, "$HOME is not set: say where the wallet is with --wallet FILE");
    int n = path != NULL ? snprintf(out, FILE_PATH_MAX, "%s", path)
                         : snprintf(out, FILE_PATH_MAX, "%s" FOLDER "/wallet.json", home);
    return n > 0 && n < FILE_PATH_MAX - 8 ? ZK_OK : zk_fail(ZK_ERR_INPUT, "the wallet's path is too long");
}

static zk_err no_wallet(const char *path)
{
    return zk_fail(ZK_ERR_INPUT, "there is no wallet at %.120s; make one with `zkroll wallet new` or `import`", path);
}

zk_err wallet_file_address(uint8_t address[20], const struct args *a)
{
    char path[FILE_PATH_MAX];
    struct json_object *member;
    ZK_TRY(wallet_file_path(path, a));
    if (access(path, F_OK) != 0) return no_wallet(path);
    struct json_object *json = json_object_from_file(path);
    bool ok = json != NULL && json_object_is_type(json, json_type_object) &&
              json_object_object_get_ex(json, "address", &member) && json_object_is_type(member, json_type_string) &&
              hex_decode(address, 20, json_object_get_string(member), (size_t)json_object_get_string_len(member));
    json_object_put(json);
    return ok ? ZK_OK : zk_fail(ZK_ERR_INPUT, "%.150s is not a wallet that states its address", path);
}

zk_err wallet_file_open(struct eth_key *key, const struct args *a)
{
    char path[FILE_PATH_MAX];
    char password[ASK_SECRET_MAX];
    ZK_TRY(wallet_file_path(path, a));
    if (access(path, F_OK) != 0) return no_wallet(path);
    zk_err err = ask_password(password, a, false);
    if (err == ZK_OK) err = eth_key_from_file(key, path, password);
    zk_wipe(password, sizeof password);
    return err;
}

/* The folder of the default path; others are the user's to make. */
static zk_err make_folder(const char *path)
{
    char folder[FILE_PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder) return ZK_OK;
    *slash = '\0';
    if (access(folder, F_OK) == 0) return ZK_OK;
    size_t len = strlen(folder);
    bool ours = len > strlen(FOLDER) && strcmp(folder + len - strlen(FOLDER), FOLDER) == 0;
    if (ours && mkdir(folder, 0700) == 0) return ZK_OK;
    return zk_fail(ZK_ERR_IO, "there is no folder %.150s", folder);
}

/* A key is never thrown away: the old wallet becomes FILE.old, and an older one is in the way. */
static zk_err put_aside(const char *path)
{
    char old[FILE_PATH_MAX + 4];
    (void)snprintf(old, sizeof old, "%s.old", path);
    if (access(old, F_OK) == 0) return zk_fail(ZK_ERR_INPUT, "%.150s is there too: move it away first", old);
    return rename(path, old) == 0 ? ZK_OK : zk_fail(ZK_ERR_IO, "cannot rename %.150s", path);
}

zk_err wallet_file_create(const struct args *a, const struct eth_key *key)
{
    char path[FILE_PATH_MAX];
    char password[ASK_SECRET_MAX];
    char json[KEYSTORE_JSON_CAP];
    uint64_t log_n;
    ZK_TRY(wallet_file_path(path, a));
    ZK_TRY(args_u64(&log_n, a, ARG_SCRYPT_COST, KEYSTORE_COST_DEFAULT.log_n, 10, 20));
    if (access(path, F_OK) == 0 && !args_has(a, ARG_FORCE))
        return zk_fail(ZK_ERR_INPUT, "%.120s is there already; --force puts it aside as FILE.old and makes another",
                       path);
    ZK_TRY(make_folder(path));
    zk_err err = ask_password(password, a, true);
    if (err == ZK_OK && password[0] == '\0') err = zk_fail(ZK_ERR_INPUT, "an empty password protects nothing");
    struct keystore_cost cost = KEYSTORE_COST_DEFAULT;
    cost.log_n = (uint32_t)log_n;
    if (err == ZK_OK) err = keystore_encrypt(json, key, password, cost);
    zk_wipe(password, sizeof password);
    if (err == ZK_OK && access(path, F_OK) == 0) err = put_aside(path);
    if (err != ZK_OK) return err;
    mode_t saved = umask(077);
    const struct file_piece piece = {json, strlen(json)};
    err = file_replace(path, &piece, 1);
    (void)umask(saved);
    return err;
}
