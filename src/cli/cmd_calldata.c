/* `zkroll calldata`: what the governor or a validator has to send to the contracts by hand, for whatever holds their
 * keys: a multisignature wallet, a hardware wallet. It prints to whom and what, and sends nothing. */
#include "base/bytes.h"
#include "cli/args.h"
#include "cli/block_on_l1.h"
#include "ethereum/eth_tx.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <strings.h>

#define REVERT_MAX 200 /* blocks of one call: about 10,000 gas each */

struct order {
    const struct args *a;
    struct l1 l1;
    uint8_t governance[20];
    uint8_t to[20];
    const char *who; /* must send it */
    uint8_t *data;   /* owned */
    struct abi_out o;
};

static zk_err open_order(struct order *d)
{
    struct zkroll_settings settings;
    ZK_TRY(l1_open(&d->l1, d->a));
    if (!args_has(d->a, ARG_CONTRACT))
        return zk_fail(ZK_ERR_INPUT, "which rollup? name its main contract with --contract ADDRESS");
    ZK_TRY(zkroll_view_settings(&settings, &d->l1.main));
    memcpy(d->governance, settings.governance, 20);
    size_t cap = zkroll_revert_len(REVERT_MAX);
    d->data = malloc(cap);
    if (d->data == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for a call");
    abi_out_init(&d->o, d->data, cap);
    return ZK_OK;
}

static void print_order(const struct order *d)
{
    char to[43];
    assert(abi_out_ok(&d->o));
    char *hex = malloc(2 * d->o.len + 3);
    if (hex == NULL) abort();
    (void)snprintf(hex, 3, "0x");
    hex_encode(hex + 2, d->o.buf, d->o.len);
    eth_address_str(to, d->to);
    l1_say(&d->l1, "to be sent by %s; nothing was sent", d->who);
    if (args_has(d->a, ARG_JSON))
        printf("{\"to\":\"%s\",\"data\":\"%s\"}\n", to, hex);
    else
        printf("to %s\ndata %s\n", to, hex);
    free(hex);
}

static cli_exit finish(struct order *d, zk_err err)
{
    if (err == ZK_OK) print_order(d);
    l1_close(&d->l1);
    free(d->data);
    return err == ZK_OK ? CLI_DONE : args_failed(d->a);
}

static zk_err read_address(uint8_t out[20], const char *text)
{
    return eth_address_parse(out, text)
               ? ZK_OK
               : zk_fail(ZK_ERR_INPUT, "'%.60s' is not an address (or its checksum is wrong)", text);
}

static zk_err read_switch(bool *out, const char *text)
{
    *out = strcasecmp(text, "yes") == 0;
    if (*out || strcasecmp(text, "no") == 0) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "it takes yes or no, not '%.40s'", text);
}

/* ---- the governor's */

static zk_err put_governance(struct order *d, const char *signature, bool with_switch)
{
    uint8_t address[20];
    bool on = false;
    ZK_TRY(read_address(address, d->a->positional[0]));
    if (with_switch) ZK_TRY(read_switch(&on, d->a->positional[1]));
    ZK_TRY(open_order(d));
    memcpy(d->to, d->governance, 20);
    abi_put_selector(&d->o, signature);
    abi_put_address(&d->o, address);
    if (with_switch) abi_put_bool(&d->o, on);
    return ZK_OK;
}

static cli_exit run_add_token(const struct args *a)
{
    struct order d = {.a = a, .l1 = {.a = a}, .who = "the governance's token governance"};
    return finish(&d, put_governance(&d, "addToken(address)", false));
}

static cli_exit run_pause_token(const struct args *a)
{
    struct order d = {.a = a, .l1 = {.a = a}, .who = "the governor"};
    return finish(&d, put_governance(&d, "setTokenPaused(address,bool)", true));
}

static cli_exit run_set_validator(const struct args *a)
{
    struct order d = {.a = a, .l1 = {.a = a}, .who = "the governor"};
    return finish(&d, put_governance(&d, "setValidator(address,bool)", true));
}

/* ---- a validator's */

static zk_err put_revert(struct order *d)
{
    struct zkroll_progress now;
    uint64_t first;
    ZK_TRY(args_u64(&first, d->a, ARG_FROM_BLOCK, 0, 0, UINT64_C(1) << 40));
    ZK_TRY(open_order(d));
    ZK_TRY(zkroll_view_progress(&now, &d->l1.main));
    if (now.committed == now.executed)
        return zk_fail(ZK_ERR_INPUT, "nothing is to be reverted: block %u is executed, and it is the last",
                       now.executed);
    size_t n = now.committed - now.executed;
    if (n > REVERT_MAX) n = REVERT_MAX;
    struct zkroll_stored *blocks = calloc(n, sizeof *blocks);
    if (blocks == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for blocks");
    zk_err err = ZK_OK;
    for (size_t i = 0; i < n && err == ZK_OK; i++) {
        struct block_on_l1 b;
        err = block_on_l1_read(&b, &d->l1, now.committed - (uint32_t)i, first);
        if (err != ZK_OK) break;
        blocks[i] = b.block.stored;
        block_on_l1_free(&b);
    }
    memcpy(d->to, d->l1.main.address, 20);
    if (err == ZK_OK) zkroll_put_revert(&d->o, blocks, n);
    free(blocks);
    if (err == ZK_OK)
        l1_say(&d->l1, "takes back blocks %u to %u%s", now.committed + 1 - (uint32_t)n, now.committed,
               n == REVERT_MAX ? "; run it again for the others" : "");
    return err;
}

static cli_exit run_revert_blocks(const struct args *a)
{
    struct order d = {.a = a, .l1 = {.a = a}, .who = "a validator"};
    return finish(&d, put_revert(&d));
}

#define CHAIN                                                                                                          \
    (ARGS_BIT(ARG_L1) | ARGS_BIT(ARG_CONTRACT) | ARGS_BIT(ARG_CHAIN_ID) | ARGS_BIT(ARG_JSON) | ARGS_BIT(ARG_QUIET))

static const struct args_command commands[] = {
    {"add-token", "ADDRESS", "list an ERC-20: anybody can deposit it from then on", NULL, CHAIN, 1, 1, run_add_token},
    {"pause-token", "ADDRESS yes|no", "stop deposits of a token, and nothing else; or allow them again", NULL, CHAIN, 2,
     2, run_pause_token},
    {"set-validator", "ADDRESS yes|no", "let an account send blocks, or not any more", NULL, CHAIN, 2, 2,
     run_set_validator},
    {"revert-blocks", "", "take back every block that is committed and not executed",
     "They are read from L1, whose contract must hold their hashes. The last comes first, as the contract wants it.",
     CHAIN | ARGS_BIT(ARG_FROM_BLOCK), 0, 0, run_revert_blocks},
};

const struct args_program calldata_program = {
    .name = "zkroll calldata",
    .what = "Calls of the governor and the validators, for whatever holds their keys",
    .commands = commands,
    .n = ZK_COUNT(commands),
};

int cmd_calldata(int argc, char **argv)
{
    return args_main(&calldata_program, argc, argv);
}
