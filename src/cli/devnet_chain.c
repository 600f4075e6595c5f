#include "cli/devnet_chain.h"

#include "cli/deploy.h"
#include "ethereum/eth_tx.h"
#include "ethereum/zkroll_contract.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FEE          UINT64_C(1000000000000) /* 1,000 gwei */
#define OPERATOR_ETHER   100000
#define GOVERNOR_ETHER   1000
#define TOKEN_INIT_EXTRA 512 /* bytes of constructor arguments */
#define FORMAT           1

static const struct devnet_token tokens[DEVNET_TOKENS] = {
    {.name = "DAI", .symbol = "DAI", .decimals = 18, .plenty = 1000000},
    {.name = "wBTC", .symbol = "wBTC", .decimals = 8, .plenty = 1000},
};

zk_err devnet_path(char out[FILE_PATH_MAX], const char *dir, const char *name)
{
    int n = snprintf(out, FILE_PATH_MAX, "%s/%s", dir, name);
    return n > 0 && n < FILE_PATH_MAX ? ZK_OK : zk_fail(ZK_ERR_RANGE, "the path %s is too long", dir);
}

/* ---- files */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

/* Keys are kept: they depend on the program alone. */
static zk_err remove_old(const char *dir)
{
    static const char *const names[] = {"devnet.json", "l1", "node"};
    char path[FILE_PATH_MAX];
    for (size_t i = 0; i < ZK_COUNT(names); i++) {
        ZK_TRY(devnet_path(path, dir, names[i]));
        if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
            return zk_fail(ZK_ERR_IO, "cannot remove %s: %s", path, strerror(errno));
    }
    return ZK_OK;
}

static zk_err make_dir(const char *path)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST) return ZK_OK;
    return zk_fail(ZK_ERR_IO, "cannot make the folder %s: %s", path, strerror(errno));
}

static zk_err write_key(const char *path, const struct eth_key *key)
{
    char text[66];
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return zk_fail(ZK_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    hex_encode(text, key->secret, 32);
    text[64] = '\n';
    bool ok = write(fd, text, 65) == 65;
    zk_wipe(text, sizeof text);
    ok = close(fd) == 0 && ok;
    return ok ? ZK_OK : zk_fail(ZK_ERR_IO, "cannot write %s", path);
}

/* What says that the chain was set up whole. */
static zk_err write_mark(const char *path, const struct devnet_chain *c)
{
    char text[43];
    struct json_object *o = json_object_new_object(), *list = json_object_new_object();
    (void)json_object_object_add(o, "format", json_object_new_int(FORMAT));
    (void)json_object_object_add(o, "mnemonic", json_object_new_string(c->mnemonic));
    for (size_t i = 0; i < DEVNET_TOKENS; i++) {
        eth_address_str(text, c->tokens[i].address);
        (void)json_object_object_add(list, c->tokens[i].symbol, json_object_new_string(text));
    }
    (void)json_object_object_add(o, "tokens", list);
    const char *json = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
    const struct file_piece piece = {json, strlen(json)};
    zk_err err = file_replace(path, &piece, 1);
    json_object_put(o);
    return err;
}

static zk_err read_mark(const char *path, struct devnet_chain *c)
{
    struct json_object *o = json_object_from_file(path), *list = NULL, *item = NULL;
    zk_err err = ZK_OK;
    if (!json_object_object_get_ex(o, "mnemonic", &item) || !json_object_object_get_ex(o, "tokens", &list))
        err = zk_fail(ZK_ERR_CORRUPT, "%s is damaged; --reset starts anew", path);
    else if (strcmp(json_object_get_string(item), c->mnemonic) != 0)
        err = zk_fail(ZK_ERR_INPUT, "this network was made with another mnemonic; --reset starts anew");
    for (size_t i = 0; err == ZK_OK && i < DEVNET_TOKENS; i++)
        if (!json_object_object_get_ex(list, c->tokens[i].symbol, &item) ||
            !eth_address_parse(c->tokens[i].address, json_object_get_string(item)))
            err = zk_fail(ZK_ERR_CORRUPT, "%s is damaged; --reset starts anew", path);
    json_object_put(o);
    return err;
}

/* ---- contracts */

static zk_err deploy_contracts(struct devnet_chain *c)
{
    struct deploy_plan *plan = calloc(1, sizeof *plan);
    struct eth_key fee;
    zk_err err = plan == NULL ? zk_fail(ZK_ERR_MEMORY, "no memory for the deployment")
                              : mnemonic_key(&fee, c->mnemonic, "", DEVNET_FEE_ACCOUNT);
    if (err != ZK_OK) goto out;
    struct deploy_settings s = {.chain_id = ANVIL_CHAIN_ID,
                                .priority_expiration = DEPLOY_EXPIRATION_MIN,
                                .notice_floor = DEPLOY_EXPIRATION_MIN + DEPLOY_TIME_TO_LEAVE,
                                .notice_period = 28 * DEPLOY_SECONDS_DAY,
                                .listing_cap = DEPLOY_LISTING_CAP_MAX,
                                .nft_name = "zkroll NFT",
                                .nft_symbol = "ZKNFT"};
    uint8_t *const governors[] = {s.deployer, s.governor, s.treasury};
    for (size_t i = 0; i < ZK_COUNT(governors); i++) memcpy(governors[i], c->governor.address, 20);
    memcpy(s.validator, c->operator_key.address, 20);
    memcpy(s.fee_account, fee.address, 20);
    memcpy(s.forced_exit_receiver, fee.address, 20);
    eth_key_wipe(&fee);
    const struct deploy_options options = {.out = c->addresses_file, .silent = true, .max_fee = MAX_FEE};
    err = deploy_plan_make(plan, &s);
    if (err == ZK_OK) err = deploy_run(plan, &options, c->l1.rpc, &c->governor);
    if (err != ZK_OK) goto out;
    deploy_plan_created(c->main, plan, DEPLOY_MAIN);
    deploy_plan_created(c->governance, plan, DEPLOY_GOVERNANCE);
out:
    free(plan);
    return err;
}

static zk_err deploy_token(struct devnet_chain *c, struct devnet_token *t)
{
    const struct artifact *a = artifact_find("DevToken");
    struct eth_receipt receipt;
    struct abi_out o;
    uint8_t list[4 + 32];
    if (a == NULL) return zk_fail(ZK_ERR_UNSUPPORTED, "this program has no DevToken contract");
    uint8_t *data = malloc(a->init_len + TOKEN_INIT_EXTRA);
    if (data == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a contract");
    memcpy(data, a->init_code, a->init_len);
    abi_out_init(&o, data + a->init_len, TOKEN_INIT_EXTRA);
    size_t tuple = abi_begin(&o), name = abi_put_slot(&o), symbol = abi_put_slot(&o);
    abi_put_u64(&o, t->decimals);
    abi_fill_slot(&o, name, tuple);
    abi_put_bytes(&o, (const uint8_t *)t->name, strlen(t->name));
    abi_fill_slot(&o, symbol, tuple);
    abi_put_bytes(&o, (const uint8_t *)t->symbol, strlen(t->symbol));
    assert(abi_out_ok(&o));
    const struct chain_call create = {.data = data, .len = a->init_len + o.len};
    zk_err err = chain_send(&c->l1, &receipt, NULL, &c->governor, &create);
    free(data);
    if (err != ZK_OK) return err;
    memcpy(t->address, receipt.contract, 20);
    abi_out_init(&o, list, sizeof list);
    abi_put_selector(&o, "addToken(address)");
    abi_put_address(&o, t->address);
    const struct chain_call call = {.to = c->governance, .data = list, .len = o.len};
    return chain_send(&c->l1, &receipt, NULL, &c->governor, &call);
}

zk_err devnet_give_eth(const struct devnet_chain *c, const uint8_t to[20], uint64_t ether)
{
    char address[43], amount[40];
    u128 wei = (u128)ether * 1000000000000000000U;
    struct rpc_reply reply;
    struct json_object *params = json_object_new_array();
    eth_address_str(address, to);
    (void)snprintf(amount, sizeof amount, "0x%llx%016llx", (unsigned long long)(wei >> 64), (unsigned long long)wei);
    (void)json_object_array_add(params, json_object_new_string(address));
    (void)json_object_array_add(params, json_object_new_string(amount));
    ZK_TRY(rpc_call(c->l1.rpc, &reply, "anvil_setBalance", params));
    zk_err err = rpc_reply_check(&reply, "anvil_setBalance");
    rpc_reply_free(&reply);
    return err;
}

zk_err devnet_give_token(const struct devnet_chain *c, const struct devnet_token *token, const struct eth_key *key,
                         const uint8_t to[20], u128 amount)
{
    uint8_t data[4 + 64], be[16];
    struct abi_out o;
    struct eth_receipt receipt;
    store_be128(be, amount);
    abi_out_init(&o, data, sizeof data);
    abi_put_selector(&o, "mint(address,uint256)");
    abi_put_address(&o, to);
    abi_put_u128(&o, be);
    const struct chain_call call = {.to = token->address, .data = data, .len = o.len};
    return chain_send(&c->l1, &receipt, NULL, key, &call);
}

static zk_err make_rich(const struct devnet_chain *c)
{
    for (size_t t = 0; t < DEVNET_TOKENS; t++) {
        u128 amount = c->tokens[t].plenty;
        for (uint8_t d = 0; d < c->tokens[t].decimals; d++) amount *= 10;
        for (size_t i = 0; i < DEVNET_RICH; i++)
            ZK_TRY(devnet_give_token(c, &c->tokens[t], &c->governor, c->rich[i].address, amount));
    }
    return ZK_OK;
}

/* ---- the whole */

static zk_err derive_keys(struct devnet_chain *c)
{
    ZK_TRY(mnemonic_key(&c->operator_key, c->mnemonic, "", DEVNET_OPERATOR));
    ZK_TRY(mnemonic_key(&c->governor, c->mnemonic, "", DEVNET_GOVERNOR));
    for (uint32_t i = 0; i < DEVNET_RICH; i++) ZK_TRY(mnemonic_key(&c->rich[i], c->mnemonic, "", i));
    return ZK_OK;
}

static zk_err set_up(struct devnet_chain *c, const char *mark)
{
    ZK_TRY(devnet_give_eth(c, c->operator_key.address, OPERATOR_ETHER));
    ZK_TRY(devnet_give_eth(c, c->governor.address, GOVERNOR_ETHER));
    ZK_TRY(deploy_contracts(c));
    for (size_t i = 0; i < DEVNET_TOKENS; i++) {
        (void)fprintf(stderr, "listing the token %s\n", c->tokens[i].symbol);
        ZK_TRY(deploy_token(c, &c->tokens[i]));
    }
    ZK_TRY(make_rich(c));
    ZK_TRY(write_key(c->key_file, &c->operator_key));
    return write_mark(mark, c);
}

/* The chain can be older than the files, or empty: anvil writes its state now and then, not at every block. */
static zk_err go_on(struct devnet_chain *c, const char *mark)
{
    ZK_TRY(read_mark(mark, c));
    zk_err err = deploy_contracts(c); /* the addresses file is there: only checks */
    if (err != ZK_OK && err != ZK_ERR_IO)
        (void)fprintf(stderr, "the contracts of this network are lost or of another build; --reset starts anew\n");
    return err;
}

static zk_err start(struct devnet_chain *c, const struct devnet_chain_options *o)
{
    char mark[FILE_PATH_MAX], l1[FILE_PATH_MAX], state[FILE_PATH_MAX], log[FILE_PATH_MAX];
    ZK_TRY(devnet_path(mark, o->dir, "devnet.json"));
    ZK_TRY(devnet_path(l1, o->dir, "l1"));
    ZK_TRY(devnet_path(state, l1, "state.json"));
    ZK_TRY(devnet_path(log, l1, "anvil.log"));
    ZK_TRY(devnet_path(c->addresses_file, l1, "addresses.json"));
    ZK_TRY(devnet_path(c->key_file, l1, "operator.key"));
    ZK_TRY(make_dir(o->dir));
    bool is_new = o->reset || access(mark, R_OK) != 0;
    if (is_new) ZK_TRY(remove_old(o->dir));
    ZK_TRY(make_dir(l1));
    ZK_TRY(derive_keys(c));
    const struct anvil_options anvil = {.mnemonic = c->mnemonic,
                                        .state_file = state,
                                        .log_file = log,
                                        .port = o->port,
                                        .block_time_ms = o->block_time_ms};
    ZK_TRY(anvil_start(&c->anvil, &anvil));
    const struct rpc_config rpc = {.urls = {c->anvil.url}, .n_urls = 1};
    ZK_TRY(rpc_create(&c->l1.rpc, &rpc));
    (void)fprintf(stderr, "L1 is up at %s (anvil, chain %d)\n", c->anvil.url, ANVIL_CHAIN_ID);
    return is_new ? set_up(c, mark) : go_on(c, mark);
}

zk_err devnet_chain_start(struct devnet_chain *c, const struct devnet_chain_options *options)
{
    *c = (struct devnet_chain){.l1.chain_id = ANVIL_CHAIN_ID, .mnemonic = options->mnemonic};
    memcpy(c->tokens, tokens, sizeof tokens);
    zk_err err = start(c, options);
    if (err != ZK_OK) devnet_chain_stop(c);
    return err;
}

void devnet_chain_stop(struct devnet_chain *c)
{
    rpc_destroy(c->l1.rpc);
    c->l1.rpc = NULL;
    anvil_stop(&c->anvil);
    eth_key_wipe(&c->operator_key);
    eth_key_wipe(&c->governor);
    for (size_t i = 0; i < DEVNET_RICH; i++) eth_key_wipe(&c->rich[i]);
}
