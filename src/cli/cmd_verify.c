/* `zkroll verify`: what one need not believe. A block: its published bytes are those that the contract holds a hash of,
 * and its proof is valid, checked here with a key made here. A balance: its Merkle path leads to the root that L1 has
 * executed. */
#include "base/arena.h"
#include "base/bytes.h"
#include "circuit/block_keys.h"
#include "cli/account_shown.h"
#include "cli/args.h"
#include "cli/block_on_l1.h"
#include "cli/client.h"
#include "cli/token_on_l1.h"
#include "cli/wallet_file.h"
#include "ethereum/eth_tx.h"
#include "node/block_setup.h"
#include "plonk/verifier.h"
#include "rollup/amount.h"

#include <json-c/json.h>
#include <stdlib.h>

#define KEYS_DEFAULT   "zkroll-keys"
#define CIRCUIT_MEMORY ((size_t)96 << 20)
#define SCRATCH_MEMORY ((size_t)1 << 30) /* of address space: used only where a key must be made */

/* ---- the key of a block, made here and compared with the contract's */

struct key {
    struct arena circuit_memory, home, scratch;
    struct block_circuit circuit;
    struct proving_key development;
    struct block_setup *setup;
    const struct verifying_key *vk;
};

static void key_close(struct key *k)
{
    block_setup_destroy(k->setup);
    arena_unmap(&k->circuit_memory);
    arena_unmap(&k->home);
    arena_unmap(&k->scratch);
}

static zk_err make_development(struct key *k, uint32_t key_id, struct pool *pool)
{
    ZK_TRY(arena_map(&k->circuit_memory, CIRCUIT_MEMORY));
    ZK_TRY(arena_map(&k->home, BLOCK_KEY_MEMORY));
    ZK_TRY(block_circuit_init(&k->circuit, &k->circuit_memory));
    ZK_TRY(block_key_development(&k->development, &k->circuit, key_id, pool, &k->home, &k->scratch));
    k->vk = &k->development.vk;
    return ZK_OK;
}

static zk_err make_from_setup(struct key *k, const struct args *a, uint32_t key_id, struct pool *pool)
{
    const char *folder = args_get(a, ARG_KEYS);
    const struct proving_key *pk;
    const struct srs *srs;
    bool made;
    if (!args_has(a, ARG_SETUP))
        return zk_fail(ZK_ERR_INPUT, "the contract's key is of a ceremony: name its file with --setup FILE, as `zkroll "
                                     "keys import` writes it");
    ZK_TRY(block_setup_create(&k->setup, folder != NULL ? folder : KEYS_DEFAULT, args_get(a, ARG_SETUP)));
    ZK_TRY(block_setup_key(k->setup, &pk, &srs, &made, key_id, pool));
    k->vk = &pk->vk;
    return ZK_OK;
}

/* The verifier's constants must be those of the circuit that this program has. */
static zk_err key_open(struct key *k, struct l1 *l, uint32_t key_id, struct pool *pool)
{
    struct zkroll_verifier v;
    bool found;
    ZK_TRY(arena_map(&k->scratch, SCRATCH_MEMORY));
    ZK_TRY(zkroll_view_verifier(&v, &found, &l->main, key_id));
    if (!found)
        return zk_fail(ZK_ERR_INPUT, "the contract has retired key %u, which this block was proved with", key_id);
    if (key_id >= BLOCK_KEYS) return zk_fail(ZK_ERR_UNSUPPORTED, "this program does not know key %u", key_id);
    if (v.insecure) l1_say(l, "warning: the contract's keys are of the development setup: anybody can forge proofs");
    ZK_TRY(v.insecure ? make_development(k, key_id, pool) : make_from_setup(k, l->a, key_id, pool));
    if (memcmp(v.key_digest, k->vk->digest, 32) != 0)
        return zk_fail(ZK_ERR_INPUT, "the contract's verifier of key %u is not that of this program's circuit%s",
                       key_id, v.insecure ? "" : ", or --setup is another ceremony's file");
    return ZK_OK;
}

/* ---- a block */

static zk_err check_proof(const struct block_on_l1 *b, struct l1 *l, uint8_t digest[32])
{
    struct key k = {.vk = NULL};
    struct pool *pool;
    bool ok = false;
    ZK_TRY(pool_create(&pool, 0));
    zk_err err = key_open(&k, l, b->block.inputs.key_id, pool);
    if (err == ZK_OK) {
        const struct plonk_claim claim = {.vk = k.vk,
                                          .publics = b->block.publics,
                                          .n_public = BLOCK_PUBLICS,
                                          .proof = b->proof.p,
                                          .proof_len = b->proof.len};
        err = plonk_verify(&ok, &claim, &k.scratch);
        memcpy(digest, k.vk->digest, 32);
    }
    key_close(&k);
    pool_destroy(pool);
    if (err == ZK_OK && !ok)
        err = zk_fail(ZK_ERR_CORRUPT, "the proof of block %u is NOT valid, and L1 took it: tell everybody",
                      b->block.stored.number);
    return err;
}

static void add_hex(struct json_object *o, const char *key, const uint8_t *p, size_t n)
{
    char text[2 * 32 + 3] = "0x";
    hex_encode(text + 2, p, n);
    (void)json_object_object_add(o, key, json_object_new_string(text));
}

static void print_block(const struct args *a, const struct block_on_l1 *b, const char *proof, const uint8_t digest[32])
{
    struct json_object *o = json_object_new_object();
    char root[65];
    char key[65];
    hex_encode(root, b->block.stored.state_root, 32);
    hex_encode(key, digest, 32);
    (void)json_object_object_add(o, "block", json_object_new_uint64(b->block.stored.number));
    add_hex(o, "root", b->block.stored.state_root, 32);
    add_hex(o, "hash", b->hash, 32);
    add_hex(o, "commitTx", b->commit_tx, 32);
    if (b->proven) add_hex(o, "proveTx", b->prove_tx, 32);
    if (b->executed) add_hex(o, "executeTx", b->execute_tx, 32);
    (void)json_object_object_add(o, "proof", json_object_new_string(proof));
    add_hex(o, "keyDigest", digest, 32);
    (void)json_object_object_add(o, "executed", json_object_new_boolean(b->executed));
    if (args_has(a, ARG_JSON))
        printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
    else
        printf("block %u, root 0x%s\npublished bytes: as the contract holds them\nproof: %s%s%s\n%s\n",
               b->block.stored.number, root, proof, b->proof.p != NULL ? ", under the contract's key 0x" : "",
               b->proof.p != NULL ? key : "", b->executed ? "executed on L1: final" : "not executed on L1 yet");
    json_object_put(o);
}

static zk_err verify_block(const struct args *a, struct l1 *l, struct block_on_l1 *b)
{
    uint8_t digest[32] = {0};
    uint64_t first;
    const char *text = a->positional[0];
    size_t len = strlen(text);
    if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
        return zk_fail(ZK_ERR_INPUT, "'%.40s' is not a block's number", text);
    ZK_TRY(args_u64(&first, a, ARG_FROM_BLOCK, 0, 0, UINT64_C(1) << 40));
    ZK_TRY(l1_open(l, a));
    if (!args_has(a, ARG_CONTRACT))
        return zk_fail(ZK_ERR_INPUT, "which rollup? name its main contract with --contract ADDRESS");
    ZK_TRY(block_on_l1_read(b, l, (uint32_t)strtoul(text, NULL, 10), first));
    const char *proof = "valid";
    if (!b->proven)
        proof = "none yet";
    else if (b->proof.p == NULL)
        proof = "unchecked";
    else
        ZK_TRY(check_proof(b, l, digest));
    print_block(a, b, proof, digest);
    if (!b->proven) return zk_fail(ZK_ERR_INPUT, "block %u is not proved yet", b->block.stored.number);
    if (b->proof.p != NULL) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT,
                   "the proof of block %u was NOT checked here: it is in no transaction to the contract, so "
                   "somebody's contract sent it, and L1 alone has seen it",
                   b->block.stored.number);
}

static cli_exit block_run(const struct args *a)
{
    struct l1 l = {.a = a};
    struct block_on_l1 b = {.place = 0};
    zk_err err = verify_block(a, &l, &b);
    block_on_l1_free(&b);
    l1_close(&l);
    return err == ZK_OK ? CLI_DONE : args_failed(a);
}

/* ---- a balance */

static void print_balance(const struct args *a, const struct account_shown *s, const struct token_on_l1 *token)
{
    char text[TOKEN_AMOUNT_MAX];
    char amount[U128_TEXT_MAX + 1];
    char root[65];
    uint8_t bytes[32];
    fr_to_be32(bytes, &s->root);
    hex_encode(root, bytes, 32);
    u128_to_text(amount, s->proof.balance);
    token_on_l1_amount(text, s->proof.balance, token);
    if (args_has(a, ARG_JSON))
        printf("{\"account\":%u,\"token\":%u,\"amount\":\"%s\",\"block\":%u,\"root\":\"0x%s\"}\n", s->account_id,
               s->token, amount, s->block, root);
    else
        printf("%s in account %u, as of block %u, which L1 has executed\n", text, s->account_id, s->block);
}

struct question {
    eth_address owner;
    struct token_on_l1 token;
    struct client *c;
};

static zk_err read_question(struct question *q, const struct args *a)
{
    const struct client_config config = {.rpc_url = args_get(a, ARG_NODE), .rest_url = args_get(a, ARG_REST)};
    if (a->n > 1 && !eth_address_parse(q->owner.b, a->positional[1]))
        return zk_fail(ZK_ERR_INPUT, "'%.60s' is not an address (or its checksum is wrong)", a->positional[1]);
    if (a->n < 2) ZK_TRY(wallet_file_address(q->owner.b, a));
    return client_create(&q->c, &config);
}

static zk_err verify_balance(const struct args *a, struct question *q, struct l1 *l)
{
    struct account_shown s;
    uint64_t first;
    const char *dir = args_get(a, ARG_DIR);
    ZK_TRY(args_u64(&first, a, ARG_FROM_BLOCK, 0, 0, UINT64_C(1) << 40));
    ZK_TRY(read_question(q, a));
    ZK_TRY(l1_open(l, a));
    if (!args_has(a, ARG_CONTRACT))
        return zk_fail(ZK_ERR_INPUT, "which rollup? name its main contract with --contract ADDRESS: a node's word is "
                                     "not enough here");
    ZK_TRY(token_on_l1_find(&q->token, l, a->positional[0])); /* no node's word: it makes the number an amount */
    ZK_TRY(dir != NULL ? account_shown_by_folder(&s, dir, &q->owner, q->token.id)
                       : account_shown_by_node(&s, q->c, &q->owner, q->token.id));
    ZK_TRY(account_shown_check(&s, l, first));
    ZK_TRY(account_shown_check_new(&s, l, first, dir != NULL));
    print_balance(a, &s, &q->token);
    return ZK_OK;
}

static cli_exit balance_run(const struct args *a)
{
    struct l1 l = {.a = a};
    struct question q = {.c = NULL};
    zk_err err = verify_balance(a, &q, &l);
    cli_exit code = err == ZK_OK ? CLI_DONE : args_failed(a);
    client_destroy(q.c);
    l1_close(&l);
    return code;
}

#define CHAIN                                                                                                          \
    (ARGS_BIT(ARG_L1) | ARGS_BIT(ARG_CONTRACT) | ARGS_BIT(ARG_CHAIN_ID) | ARGS_BIT(ARG_FROM_BLOCK) |                   \
     ARGS_BIT(ARG_JSON) | ARGS_BIT(ARG_QUIET))

static const struct args_command commands[] = {
    {"block", "NUMBER", "check on this machine what L1 accepted: a block's published bytes and its proof",
     "The public inputs are made from L1's data, and the key from the circuit in this program; both must be the\n"
     "contract's. Where the contract's keys come from a ceremony, its file is needed.",
     CHAIN | ARGS_BIT(ARG_SETUP) | ARGS_BIT(ARG_KEYS), 1, 1, block_run},
    {"balance", "TOKEN [ADDRESS]", "check a balance against the root of a block that L1 has executed",
     "The Merkle path comes from a node, which need not be believed, or with --dir from a state of one's own.",
     CHAIN | ARGS_BIT(ARG_NODE) | ARGS_BIT(ARG_REST) | ARGS_BIT(ARG_DIR) | ARGS_BIT(ARG_WALLET), 1, 2, balance_run},
};

const struct args_program verify_program = {.name = "zkroll verify",
                                            .what = "Proofs, checked where you can see it",
                                            .commands = commands,
                                            .n = ZK_COUNT(commands)};

int cmd_verify(int argc, char **argv)
{
    return args_main(&verify_program, argc, argv);
}
