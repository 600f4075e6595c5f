#include "ethereum/zkroll_event.h"

#include "base/bytes.h"

#include <pthread.h>

#define WORD 32

/* Indexed arguments come as topics 1 .. and are read as the words of one tuple, the rest as those of another. */
struct event_args {
    struct abi_in topics, data;
};

typedef bool (*event_reader)(struct zkroll_event *e, const struct event_args *a);

static bool get_u32(const struct abi_in *in, size_t word, uint32_t *out)
{
    uint64_t x;
    if (!abi_get_u64(in, word, &x) || x > UINT32_MAX) return false;
    *out = (uint32_t)x;
    return true;
}

static bool get_u16(const struct abi_in *in, size_t word, uint32_t *out)
{
    return get_u32(in, word, out) && *out <= UINT16_MAX;
}

static bool get_u8(const struct abi_in *in, size_t word, unsigned *out)
{
    uint32_t x;
    if (!get_u32(in, word, &x) || x > UINT8_MAX) return false;
    *out = x;
    return true;
}

static bool get_bytes(const struct abi_in *in, size_t word, struct zkroll_bytes *out)
{
    return abi_get_bytes(in, word, &out->p, &out->len);
}

static bool read_request(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_address(&a->data, 0, e->request.sender) && abi_get_u64(&a->data, 1, &e->request.serial_id) &&
           get_u8(&a->data, 2, &e->request.op_type) && get_bytes(&a->data, 3, &e->request.data) &&
           abi_get_u64(&a->data, 4, &e->request.expiration_block);
}

static bool read_deposit(struct zkroll_event *e, const struct event_args *a)
{
    return get_u16(&a->topics, 0, &e->balance.token_id) && abi_get_u128(&a->data, 0, e->balance.amount);
}

static bool read_withdrawal(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_address(&a->topics, 0, e->balance.owner) && get_u16(&a->topics, 1, &e->balance.token_id) &&
           abi_get_u128(&a->data, 0, e->balance.amount);
}

static bool read_pending(struct zkroll_event *e, const struct event_args *a)
{
    return get_u16(&a->topics, 0, &e->balance.token_id) && abi_get_address(&a->topics, 1, e->balance.owner) &&
           abi_get_u128(&a->data, 0, e->balance.amount) && get_u8(&a->data, 1, &e->balance.type);
}

static bool read_nft(struct zkroll_event *e, const struct event_args *a)
{
    return get_u32(&a->topics, 0, &e->nft.token_id);
}

static bool read_auth_set(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_address(&a->topics, 0, e->auth.owner) && get_u32(&a->data, 0, &e->auth.nonce) &&
           get_bytes(&a->data, 1, &e->auth.pubkey_hash) && e->auth.pubkey_hash.len == 20;
}

static bool read_auth_reset(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_address(&a->topics, 0, e->auth.owner) && get_u32(&a->data, 0, &e->auth.nonce);
}

static bool read_block(struct zkroll_event *e, const struct event_args *a)
{
    return get_u32(&a->topics, 0, &e->block.number);
}

static bool read_revert(struct zkroll_event *e, const struct event_args *a)
{
    return get_u32(&a->data, 0, &e->revert.executed) && get_u32(&a->data, 1, &e->revert.committed);
}

static bool read_nothing(struct zkroll_event *e, const struct event_args *a)
{
    (void)e;
    (void)a;
    return true;
}

static bool read_exit(struct zkroll_event *e, const struct event_args *a)
{
    return get_u32(&a->topics, 0, &e->exit.account_id) && get_u32(&a->topics, 1, &e->exit.token_id) &&
           abi_get_address(&a->topics, 2, e->exit.owner);
}

static bool read_genesis(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_word(&a->data, 0, e->genesis.root) && abi_get_address(&a->data, 1, e->genesis.fee_address) &&
           abi_get_address(&a->data, 2, e->genesis.governance) &&
           abi_get_u64(&a->data, 3, &e->genesis.priority_expiration) &&
           abi_get_u64(&a->data, 4, &e->genesis.notice_period) && abi_get_u64(&a->data, 5, &e->genesis.notice_floor);
}

static bool read_key_added(struct zkroll_event *e, const struct event_args *a)
{
    return get_u32(&a->topics, 0, &e->key.key_id) && abi_get_address(&a->data, 0, e->key.verifier);
}

static bool read_key_retired(struct zkroll_event *e, const struct event_args *a)
{
    return get_u32(&a->topics, 0, &e->key.key_id);
}

static bool read_new_token(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_address(&a->topics, 0, e->token.address) && get_u16(&a->topics, 1, &e->token.token_id);
}

static bool read_paused(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_address(&a->topics, 0, e->token.address) && abi_get_bool(&a->data, 0, &e->token.paused);
}

static bool read_validator(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_address(&a->topics, 0, e->account.address) && abi_get_bool(&a->data, 0, &e->account.active);
}

static bool read_account(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_address(&a->data, 0, e->account.address);
}

static bool read_indexed_account(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_address(&a->topics, 0, e->account.address);
}

static bool read_factory(struct zkroll_event *e, const struct event_args *a)
{
    return get_u32(&a->topics, 0, &e->factory.creator_id) && abi_get_address(&a->topics, 1, e->factory.creator) &&
           abi_get_address(&a->data, 0, e->factory.factory);
}

static bool read_payment(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_word(&a->data, 0, e->payment.amount);
}

static bool get_targets(struct zkroll_event *e, const struct abi_in *in, size_t word)
{
    struct abi_in members;
    if (!abi_get_array(in, word, ZKROLL_UPGRADE_TARGETS_MAX, &members, &e->upgrade.n_targets)) return false;
    for (size_t i = 0; i < e->upgrade.n_targets; i++)
        if (!abi_get_address(&members, i, e->upgrade.targets[i])) return false;
    return true;
}

static bool read_upgrade_started(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_u64(&a->topics, 0, &e->upgrade.version) && get_targets(e, &a->data, 0) &&
           abi_get_u64(&a->data, 1, &e->upgrade.notice_period);
}

static bool read_upgrade_complete(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_u64(&a->topics, 0, &e->upgrade.version) && get_targets(e, &a->data, 0);
}

static bool read_upgrade(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_u64(&a->topics, 0, &e->upgrade.version);
}

static bool read_deployed(struct zkroll_event *e, const struct event_args *a)
{
    return abi_get_address(&a->data, 0, e->deployed.main) && abi_get_address(&a->data, 1, e->deployed.governance) &&
           abi_get_address(&a->data, 2, e->deployed.gatekeeper) &&
           abi_get_address(&a->data, 3, e->deployed.token_governance) &&
           abi_get_address(&a->data, 4, e->deployed.nft_factory) &&
           abi_get_address(&a->data, 5, e->deployed.fee_address);
}

/* data_words: of the head; `tail` says that there is one after it. */
static const struct event_row {
    const char *signature;
    event_reader read;
    unsigned indexed, data_words;
    bool tail;
} rows[ZKROLL_EVENT_KINDS] = {
    [ZKROLL_NEW_PRIORITY_REQUEST] = {"NewPriorityRequest(address,uint64,uint8,bytes,uint256)", read_request, 0, 5,
                                     true},
    [ZKROLL_DEPOSIT] = {"Deposit(uint16,uint128)", read_deposit, 1, 1, false},
    [ZKROLL_WITHDRAWAL] = {"Withdrawal(address,uint16,uint128)", read_withdrawal, 2, 1, false},
    [ZKROLL_WITHDRAWAL_PENDING] = {"WithdrawalPending(uint16,address,uint128,uint8)", read_pending, 2, 2, false},
    [ZKROLL_WITHDRAWAL_NFT] = {"WithdrawalNFT(uint32)", read_nft, 1, 0, false},
    [ZKROLL_WITHDRAWAL_NFT_PENDING] = {"WithdrawalNFTPending(uint32)", read_nft, 1, 0, false},
    [ZKROLL_AUTH_FACT_SET] = {"AuthFactSet(address,uint32,bytes)", read_auth_set, 1, 2, true},
    [ZKROLL_AUTH_FACT_RESET_STARTED] = {"AuthFactResetStarted(address,uint32)", read_auth_reset, 1, 1, false},
    [ZKROLL_BLOCK_COMMIT] = {"BlockCommit(uint32)", read_block, 1, 0, false},
    [ZKROLL_BLOCK_PROVEN] = {"BlockProven(uint32)", read_block, 1, 0, false},
    [ZKROLL_BLOCK_VERIFICATION] = {"BlockVerification(uint32)", read_block, 1, 0, false},
    [ZKROLL_BLOCKS_REVERT] = {"BlocksRevert(uint32,uint32)", read_revert, 0, 2, false},
    [ZKROLL_EXODUS_MODE] = {"ExodusMode()", read_nothing, 0, 0, false},
    [ZKROLL_EXIT_PERFORMED] = {"ExitPerformed(uint32,uint32,address)", read_exit, 3, 0, false},
    [ZKROLL_GENESIS] = {"Genesis(bytes32,address,address,uint64,uint64,uint64)", read_genesis, 0, 6, false},
    [ZKROLL_KEY_ADDED] = {"KeyAdded(uint32,address)", read_key_added, 1, 1, false},
    [ZKROLL_KEY_RETIRED] = {"KeyRetired(uint32)", read_key_retired, 1, 0, false},
    [ZKROLL_NEW_TOKEN] = {"NewToken(address,uint16)", read_new_token, 2, 0, false},
    [ZKROLL_TOKEN_PAUSED_UPDATE] = {"TokenPausedUpdate(address,bool)", read_paused, 1, 1, false},
    [ZKROLL_VALIDATOR_STATUS_UPDATE] = {"ValidatorStatusUpdate(address,bool)", read_validator, 1, 1, false},
    [ZKROLL_NEW_GOVERNOR] = {"NewGovernor(address)", read_account, 0, 1, false},
    [ZKROLL_NEW_TOKEN_GOVERNANCE] = {"NewTokenGovernance(address)", read_account, 0, 1, false},
    [ZKROLL_DEFAULT_NFT_FACTORY] = {"SetDefaultNFTFactory(address)", read_indexed_account, 1, 0, false},
    [ZKROLL_NFT_FACTORY_REGISTERED] = {"NFTFactoryRegisteredCreator(uint32,address,address)", read_factory, 2, 1,
                                       false},
    [ZKROLL_UPGRADE_STARTED] = {"NoticePeriodStart(uint256,address[],uint256)", read_upgrade_started, 1, 2, true},
    [ZKROLL_UPGRADE_PREPARATION] = {"PreparationStart(uint256)", read_upgrade, 1, 0, false},
    [ZKROLL_UPGRADE_CANCEL] = {"UpgradeCancel(uint256)", read_upgrade, 1, 0, false},
    [ZKROLL_UPGRADE_COMPLETE] = {"UpgradeComplete(uint256,address[])", read_upgrade_complete, 1, 1, true},
    [ZKROLL_DEPLOYED] = {"Deployed(address,address,address,address,address,address)", read_deployed, 0, 6, false},
    [ZKROLL_FORCED_EXIT_PAID] = {"FundsReceived(uint256)", read_payment, 0, 1, false},
};

const char *zkroll_event_signature(zkroll_event_kind kind)
{
    assert(kind < ZKROLL_EVENT_KINDS);
    return rows[kind].signature;
}

static uint8_t topics[ZKROLL_EVENT_KINDS][32];
static pthread_once_t topics_once = PTHREAD_ONCE_INIT;

static void make_topics(void)
{
    for (unsigned k = 0; k < ZKROLL_EVENT_KINDS; k++) abi_topic(topics[k], rows[k].signature);
}

void zkroll_event_topic(uint8_t out[32], zkroll_event_kind kind)
{
    assert(kind < ZKROLL_EVENT_KINDS);
    (void)pthread_once(&topics_once, make_topics);
    memcpy(out, topics[kind], 32);
}

static zkroll_event_kind kind_of(const struct eth_log *log)
{
    unsigned k = 0;
    (void)pthread_once(&topics_once, make_topics);
    while (k < ZKROLL_EVENT_KINDS && (log->n_topics == 0 || memcmp(topics[k], log->topics[0], 32) != 0)) k++;
    return (zkroll_event_kind)k;
}

zk_err zkroll_event_decode(struct zkroll_event *out, const struct eth_log *log)
{
    memset(out, 0, sizeof *out);
    out->kind = kind_of(log);
    if (out->kind == ZKROLL_EVENT_OTHER) return ZK_OK;
    const struct event_row *row = &rows[out->kind];
    const struct event_args args = {.topics = {log->topics[1], (log->n_topics - 1) * WORD},
                                    .data = {log->data, log->data_len}};
    const size_t head = (size_t)row->data_words * WORD;
    const bool sized = row->tail ? log->data_len > head && log->data_len % WORD == 0 : log->data_len == head;
    if (log->n_topics == row->indexed + 1 && sized && row->read(out, &args)) return ZK_OK;
    return zk_fail(ZK_ERR_INPUT, "an event %s that is not as the contract writes it", row->signature);
}
