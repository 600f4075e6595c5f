/* tests/vectors/state_transitions.json, step by step: a run of the 1.x state machine with really signed transactions.
 * What users can see must agree: operations, ids, amounts, fail reasons, accounts after each step, fees. Each block is
 * sealed and replayed from its streams on a second state. */
#include "rollup/block.h"
#include "rollup/nft.h"
#include "rollup/replay.h"
#include "rollup/signature.h"
#include "rollup/tx_json.h"
#include "rollup/tx_sign.h"
#include "rollup/vectors_test.h"

#include <stdlib.h>

struct run {
    struct state *s, *replayed;
    struct block *b;
    struct replay *replay;
    uint32_t block_no;
};

static const struct state_config small = {.accounts = 64, .nfts = 64, .balance_bytes = 1 << 20, .address_key = {1, 2}};

static void next_block(struct run *run)
{
    block_begin(run->b, run->s, &(struct block_header){.number = ++run->block_no, .fee_account = 0}, NULL, 0);
}

static void run_create(struct run *run, struct json_object *genesis)
{
    struct block_config config = block_config_default();
    eth_address fee;
    vector_bytes(fee.b, 20, vector_get(vector_get(genesis, "accounts"), "0"), "address");
    CHECK_OK(state_create(&run->s, &small, &fee));
    CHECK_OK(state_create(&run->replayed, &small, &fee));
    CHECK_OK(block_create(&run->b, &config));
    CHECK_OK(replay_create(&run->replay));
    run->block_no = 0;
    next_block(run);
}

static void run_destroy(struct run *run)
{
    replay_destroy(run->replay);
    block_destroy(run->b);
    state_destroy(run->replayed);
    state_destroy(run->s);
}

/* The hash of the key that made a signature; zero if it is wrong. */
static void signer_of(pubkey_hash *out, const struct tx_message *m)
{
    *out = (pubkey_hash){0};
    if (sig_verify(m->signature->pubkey, m->signature->sig, m->bytes, m->len) != SIG_OK) return;
    ed_affine key;
    CHECK(sig_parse_key(&key, m->signature->pubkey));
    sig_pubkey_hash(out, &key);
}

static void read_tx(struct tx *tx, struct tx_facts *facts, struct json_object *json)
{
    tx_verdict verdict;
    CHECK_OK(tx_from_json(tx, &verdict, json));
    struct tx_message messages[TX_SIGNATURES_MAX];
    size_t n;
    CHECK_OK(tx_messages(messages, &n, tx));
    *facts = (struct tx_facts){.authorized = true};
    signer_of(&facts->signers.tx, &messages[0]);
    for (size_t i = 1; i < n; i++) signer_of(&facts->signers.orders[i - 1], &messages[i]);
}

static void check_account(const struct state *s, uint32_t id, struct json_object *want, int step)
{
    struct account_leaf leaf;
    state_account(&leaf, s, id);
    CHECK_MSG(leaf.exists, "step %d: no account %u", step, id);
    eth_address address;
    vector_bytes(address.b, 20, want, "address");
    CHECK(eth_address_eq(&address, &leaf.address));
    CHECK_EQ_U64(vector_u64(want, "nonce"), leaf.nonce);
    pubkey_hash hash;
    CHECK(hex_decode(hash.b, 20, vector_str(want, "pub_key_hash") + strlen("sync:"), 40));
    CHECK_MSG(pubkey_hash_eq(&hash, &leaf.pubkey_hash), "step %d: key of account %u", step, id);

    struct json_object *balances = vector_get(want, "balances");
    size_t fungible = 0;
    json_object_object_foreach(balances, key, value)
    {
        (void)value;
        uint32_t token = (uint32_t)strtoul(key, NULL, 10);
        if (token == 2147483646) {
            CHECK_EQ_U64(strtoul(vector_str(balances, key), NULL, 10), leaf.minted);
            continue;
        }
        fungible += token_is_fungible(token);
        CHECK_MSG(vector_u128(balances, key) == state_balance(s, id, token), "step %d: balance %u of %u", step, token,
                  id);
    }
    struct token_balance all[TOKEN_ID_LAST + 1];
    CHECK_EQ_U64(fungible, state_balances(all, s, id));
}

static void check_accounts(const struct state *s, struct json_object *want, int step)
{
    if (want == NULL) return;
    json_object_object_foreach(want, key, value)
    {
        uint32_t id = (uint32_t)strtoul(key, NULL, 10);
        if (id != ACCOUNT_ID_NOBODY) check_account(s, id, value, step);
    }
}

static void check_field(struct json_object *fields, const char *name, u128 value)
{
    if (vector_has(fields, name)) CHECK_MSG(vector_u128(fields, name) == value, "%s", name);
}

static void check_address_field(struct json_object *fields, const char *name, const uint8_t *value)
{
    if (!vector_has(fields, name)) return;
    uint8_t want[20];
    const char *text = vector_str(fields, name);
    if (strncmp(text, "sync:", 5) == 0) text += 5;
    CHECK(hex_decode(want, 20, text, strlen(text)));
    CHECK_EQ_BYTES(want, value, 20);
}

static const char *name_1x(op_kind kind)
{
    switch (kind) {
    case OP_TRANSFER:
    case OP_TRANSFER_LONG:
    case OP_NFT_TRANSFER: return "Transfer";
    case OP_TRANSFER_NEW:
    case OP_NFT_TRANSFER_NEW: return "TransferToNew";
    case OP_MINT_NFT: return "MintNFT";
    case OP_SWAP:
    case OP_SWAP_NFT: return "Swap";
    case OP_DEPOSIT: return "Deposit";
    case OP_WITHDRAW: return "Withdraw";
    case OP_FULL_EXIT:
    case OP_FULL_EXIT_NFT: return "FullExit";
    case OP_CHANGE_PUBKEY: return "ChangePubKey";
    case OP_FORCED_EXIT: return "ForcedExit";
    case OP_WITHDRAW_NFT: return "WithdrawNFT";
    default: return "";
    }
}

static void check_swap_fields(struct json_object *f, const struct op_swap *swap)
{
    check_field(f, "account0", swap->accounts[0]);
    check_field(f, "account1", swap->accounts[1]);
    check_field(f, "recipient0", swap->recipients[0]);
    check_field(f, "recipient1", swap->recipients[1]);
    check_field(f, "submitter", swap->submitter);
    check_field(f, "token0", swap->tokens[0]);
    check_field(f, "token1", swap->tokens[1]);
    check_field(f, "amount0", swap->amounts[0]);
    check_field(f, "amount1", swap->amounts[1]);
    check_field(f, "nonceMask", (unsigned)swap->nonce_used[0] + 2 * (unsigned)swap->nonce_used[1]);
}

/* The names of the 1.x fields, where ours say the same. */
static void check_op(const struct op *op, struct json_object *result)
{
    CHECK_EQ_STR(vector_str(result, "op"), name_1x(op->kind));
    struct json_object *f = vector_get(result, "op_fields");
    check_field(f, "fee", op->fee);
    if (op->kind == OP_SWAP || op->kind == OP_SWAP_NFT) {
        check_swap_fields(f, &op->swap);
        return;
    }
    check_field(f, "accountId", op->account);
    check_field(f, "from", op->account);
    check_field(f, "targetAccountId", op->account);
    check_field(f, "initiatorAccountId", op->other);
    check_field(f, "recipientId", op->other);
    check_field(f, "token", op->token);
    check_field(f, "amount", op->amount);
    if (op->fee != 0) check_field(f, "feeToken", op->fee_token);
    check_field(f, "nonce", op->nonce);
    if (op->kind == OP_TRANSFER || op->kind == OP_TRANSFER_NEW)
        check_field(f, "to", op->other);
    else if (op->kind != OP_NFT_TRANSFER && op->kind != OP_NFT_TRANSFER_NEW)
        check_address_field(f, "to", op->address.b);
    check_address_field(f, "owner", op->address.b);
    check_address_field(f, "account", op->address.b);
    check_address_field(f, "target", op->address.b);
    check_address_field(f, "newPkHash", op->pubkey_hash.b);
    if (op->kind == OP_MINT_NFT) return;
    check_field(f, "creatorId", op->nft.creator);
    check_field(f, "serialId", op->nft.serial);
    check_address_field(f, "creatorAddress", op->nft.creator_address.b);
}

static void check_nft(const struct state *s, struct json_object *want)
{
    struct nft_leaf leaf;
    state_nft(&leaf, s, (uint32_t)vector_u64(want, "id"));
    CHECK(leaf.exists);
    CHECK_EQ_U64(vector_u64(want, "serialId"), leaf.content.serial);
    CHECK_EQ_U64(vector_u64(want, "creatorId"), leaf.content.creator);
    check_address_field(want, "creatorAddress", leaf.content.creator_address.b);
    hash32 hash;
    vector_bytes(hash.b, 32, want, "contentHash");
    CHECK(hash32_eq(&hash, &leaf.content.hash));
    eth_address address;
    nft_address(&address, &leaf.content);
    check_address_field(want, "address", address.b);
}

static void check_nfts(const struct state *s, struct json_object *want)
{
    uint32_t n = 0;
    json_object_object_foreach(want, key, value)
    {
        (void)key;
        check_nft(s, value);
        n++;
    }
    CHECK_EQ_U64(n, state_nft_count(s));
}

static void check_minted(const struct state *s, struct json_object *result)
{
    if (vector_has(result, "minted_nft")) check_nft(s, vector_get(result, "minted_nft"));
}

static bool is_ok(struct json_object *result)
{
    return strcmp(vector_str(result, "status"), "ok") == 0;
}

static void step_priority(struct run *run, struct json_object *step)
{
    struct json_object *o = vector_get(step, "op");
    struct priority_op request = {.type = PRIORITY_DEPOSIT};
    if (strcmp(vector_str(o, "type"), "Deposit") == 0) {
        request.deposit.token = (uint32_t)vector_u64(o, "token");
        request.deposit.amount = vector_u128(o, "amount");
        vector_bytes(request.deposit.to.b, 20, o, "to");
    } else {
        request.type = PRIORITY_FULL_EXIT;
        request.full_exit.account_id = (uint32_t)vector_u64(o, "accountId");
        request.full_exit.token = (uint32_t)vector_u64(o, "token");
        vector_bytes(request.full_exit.owner.b, 20, o, "owner");
    }
    struct block_result r;
    CHECK_OK(block_put_priority(run->b, &r, &request));
    CHECK(r.answer == BLOCK_TAKEN);
    check_op(block_op(run->b, r.first_op), vector_get(step, "result"));
}

static void step_tx(struct run *run, struct json_object *step, int number)
{
    struct tx tx;
    struct tx_facts facts;
    read_tx(&tx, &facts, vector_get(step, "tx"));
    struct json_object *result = vector_get(step, "result");
    struct block_result r;
    CHECK_OK(block_put_tx(run->b, &r, &tx, &facts));
    if (is_ok(result)) {
        CHECK_MSG(r.answer == BLOCK_TAKEN, "step %d: %s", number, fail_reason_str(r.reason));
        check_op(block_op(run->b, r.first_op), result);
        check_minted(run->s, result);
    } else {
        CHECK(r.answer == BLOCK_REFUSED);
        CHECK_EQ_STR(vector_str(result, "reason"), fail_reason_str(r.reason));
    }
}

static void step_batch(struct run *run, struct json_object *step)
{
    struct tx txs[16];
    struct tx_facts facts[16];
    struct json_object *list = vector_get(step, "txs");
    struct json_object *results = vector_get(step, "results");
    size_t n = vector_count(list);
    CHECK(n <= ZK_COUNT(txs));
    for (size_t i = 0; i < n; i++) read_tx(&txs[i], &facts[i], json_object_array_get_idx(list, i));
    struct block_result r;
    CHECK_OK(block_put_batch(run->b, &r, txs, facts, n));
    char text[BATCH_FAIL_TEXT_MAX];
    batch_fail_text(text, r.failed + 1, r.reason);
    for (size_t i = 0; i < n; i++) {
        struct json_object *result = json_object_array_get_idx(results, i);
        CHECK(is_ok(result) == (r.answer == BLOCK_TAKEN));
        if (is_ok(result))
            check_op(block_op(run->b, r.first_op + i), result);
        else
            CHECK_EQ_STR(vector_str(result, "reason"), text);
    }
}

static void step_seal(struct run *run, struct json_object *step)
{
    CHECK_OK(block_seal(run->b, NULL, NULL, NULL));
    const struct block_sealed *sealed = block_sealed(run->b);
    struct json_object *fees = vector_get(step, "fees");
    for (uint32_t token = 0; token <= TOKEN_ID_LAST; token++) {
        u128 sum = 0;
        for (unsigned i = 0; i < FEE_CLASSES; i++)
            if (sealed->classes[i].token == token) sum += sealed->fees[i];
        char key[16];
        (void)snprintf(key, sizeof key, "%u", token);
        CHECK((vector_has(fees, key) ? vector_u128(fees, key) : 0) == sum);
    }
    fr root;
    state_root(&root, run->s);
    CHECK(fr_eq(&root, &sealed->new_root));
    CHECK_OK(replay_block(run->replay, run->replayed, 0, sealed->settlement, sealed->settlement_len, sealed->delta,
                          sealed->delta_len, NULL));
    state_root(&root, run->replayed);
    CHECK(fr_eq(&root, &sealed->new_root));
    check_accounts(run->s, vector_get(step, "accounts_after"), -1);
    next_block(run);
}

static void test_vectors__agree_step_by_step(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("state_transitions.json");
    struct json_object *steps = vector_get(file, "steps");
    struct run run;
    run_create(&run, vector_get(file, "genesis"));
    for (size_t i = 0; i < vector_count(steps); i++) {
        struct json_object *step = json_object_array_get_idx(steps, i);
        const char *kind = vector_str(step, "kind");
        int number = (int)vector_u64(step, "step");
        if (block_op_count(run.b) == 0 && vector_has(step, "block_timestamp"))
            block_set_timestamp(run.b, vector_u64(step, "block_timestamp"));
        if (strcmp(kind, "priority") == 0) {
            step_priority(&run, step);
        } else if (strcmp(kind, "tx") == 0) {
            step_tx(&run, step, number);
        } else if (strcmp(kind, "batch") == 0) {
            step_batch(&run, step);
        } else {
            step_seal(&run, step);
            continue;
        }
        if (vector_has(step, "accounts_after")) check_accounts(run.s, vector_get(step, "accounts_after"), number);
    }
    struct json_object *final = vector_get(file, "final");
    CHECK_EQ_U64(vector_u64(final, "next_free_account_id"), state_account_count(run.s));
    check_accounts(run.s, vector_get(final, "accounts"), -1);
    check_nfts(run.s, vector_get(final, "nfts"));
    run_destroy(&run);
    json_object_put(file);
}

TEST_MAIN(TEST(test_vectors__agree_step_by_step))
