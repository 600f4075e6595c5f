#include "rollup/apply.h"

/* One operation in progress: what is wrong with it, if anything, and where its next step goes. Each function below
 * reads like a row of the table in docs/pubdata.md; after the first thing wrong, nothing is written any more. */
struct work {
    struct state *s;
    struct step *steps;
    const char *wrong;
    unsigned written; /* bit i: steps[i] was written */
};

static void require(struct work *w, bool cond, const char *wrong)
{
    if (!cond && w->wrong == NULL) w->wrong = wrong;
}

static struct step *open_account(struct work *w, unsigned at, uint32_t id, uint32_t token)
{
    struct step *step = &w->steps[at];
    state_step_account(step, w->s, id, token_is_fungible(token) ? token : TOKEN_ID_ETH);
    return step;
}

static struct step *open_nft(struct work *w, unsigned at, uint32_t id)
{
    struct step *step = &w->steps[at];
    state_step_nft(step, w->s, id);
    return step;
}

static void write_step(struct work *w, const struct step *step)
{
    if (w->wrong != NULL) return;
    state_step_write(w->s, step);
    w->written |= 1u << (step - w->steps);
}

static void pays(struct work *w, struct step *step, u128 amount, const char *wrong)
{
    require(w, step->balance_after >= amount, wrong);
    step->balance_after -= amount;
}

static void earns(struct work *w, struct step *step, u128 amount)
{
    require(w, amount <= U128_MAX - step->balance_after, "a balance would be 2^128 or more");
    step->balance_after += amount;
}

static u128 sum(struct work *w, u128 a, u128 b)
{
    require(w, b <= U128_MAX - a, "an amount and its fee are 2^128 or more together");
    return a + b;
}

/* The account acts by its own signature: it must be there, and its nonce moves. */
static void signs(struct work *w, struct step *step)
{
    require(w, step->before.exists, "an account that acts does not exist");
    require(w, step->after.nonce <= NONCE_LAST, "an account's nonces are used up");
    step->after.nonce++;
}

static void exists(struct work *w, const struct step *step)
{
    require(w, step->before.exists, "an account that receives does not exist");
}

static void create(struct work *w, struct step *step, const eth_address *address)
{
    require(w, step->id == state_account_count(w->s), "a new account does not have the next id");
    require(w, step->id <= ACCOUNT_ID_MAX, "there is no id left for a new account");
    step->after.exists = true;
    step->after.address = *address;
}

static void apply_transfer(struct work *w, const struct op *op)
{
    struct step *from = open_account(w, 0, op->account, op->token);
    signs(w, from);
    pays(w, from, sum(w, op->amount, op->fee), "a sender's balance is too small");
    write_step(w, from);

    struct step *to = open_account(w, 1, op->other, op->token);
    if (op->kind == OP_TRANSFER_NEW)
        create(w, to, &op->address);
    else
        exists(w, to);
    earns(w, to, op->amount);
    write_step(w, to);
}

/* If amount is 1, the NFT goes from its owner to another. */
static void move_nft(struct work *w, unsigned at, uint32_t nft_id, u128 amount, uint32_t from, uint32_t to)
{
    struct step *nft = open_nft(w, at, nft_id);
    require(w, amount <= 1, "there is only one of an NFT");
    if (amount == 1) {
        require(w, nft->nft_before.exists, "an NFT does not exist");
        require(w, nft->nft_before.owner == from, "an NFT belongs to another account");
        nft->nft_after.owner = to;
    }
    write_step(w, nft);
}

static void apply_nft_transfer(struct work *w, const struct op *op)
{
    struct step *from = open_account(w, 0, op->account, TOKEN_ID_ETH);
    signs(w, from);
    write_step(w, from);

    struct step *to = open_account(w, 1, op->other, TOKEN_ID_ETH);
    if (op->kind == OP_NFT_TRANSFER_NEW)
        create(w, to, &op->address);
    else
        exists(w, to);
    write_step(w, to);
    move_nft(w, 3, op->token, op->amount, op->account, op->other);
}

static void apply_mint(struct work *w, const struct op *op)
{
    struct step *creator = open_account(w, 0, op->account, op->fee_token);
    signs(w, creator);
    pays(w, creator, op->fee, "a creator's balance is too small");
    creator->after.minted++;
    write_step(w, creator);

    uint32_t id = NFT_ID_FIRST + state_nft_count(w->s);
    require(w, id <= NFT_ID_LAST, "there is no id left for a new NFT");
    struct step *nft = open_nft(w, 1, id);
    nft->nft_after.exists = true;
    nft->nft_after.owner = op->other;
    nft->nft_after.content.creator = op->account;
    nft->nft_after.content.creator_address = creator->before.address;
    nft->nft_after.content.serial = creator->before.minted;
    nft->nft_after.content.hash = op->nft.hash;
    write_step(w, nft);

    struct step *recipient = open_account(w, 3, op->other, TOKEN_ID_ETH);
    exists(w, recipient);
    write_step(w, recipient);
}

/* Side i sells: its account pays, the other order's recipient gets. */
static void apply_swap_side(struct work *w, const struct op_swap *swap, unsigned i)
{
    bool fungible = token_is_fungible(swap->tokens[i]);
    struct step *seller = open_account(w, 2 * i, swap->accounts[i], swap->tokens[i]);
    require(w, seller->before.exists, "an account that sells does not exist");
    require(w, seller->before.nonce <= NONCE_LAST, "an account's nonces are used up");
    if (fungible) pays(w, seller, swap->amounts[i], "a seller's balance is too small");
    if (swap->nonce_used[i] && swap->accounts[i] != swap->submitter) seller->after.nonce++;
    write_step(w, seller);

    struct step *buyer = open_account(w, 2 * i + 1, swap->recipients[1 - i], swap->tokens[i]);
    exists(w, buyer);
    if (fungible) earns(w, buyer, swap->amounts[i]);
    write_step(w, buyer);
}

static void apply_swap(struct work *w, const struct op *op)
{
    const struct op_swap *swap = &op->swap;
    require(w, swap->accounts[0] != swap->accounts[1], "a swap of an account with itself");
    require(w, swap->tokens[0] != swap->tokens[1], "a swap of a token for itself");
    apply_swap_side(w, swap, 0);
    apply_swap_side(w, swap, 1);

    struct step *submitter = open_account(w, 4, swap->submitter, op->fee_token);
    signs(w, submitter);
    pays(w, submitter, op->fee, "a submitter's balance is too small");
    write_step(w, submitter);

    if (op->kind == OP_SWAP) return;
    for (unsigned i = 0; i < 2; i++)
        if (!token_is_fungible(swap->tokens[i]))
            move_nft(w, 5 + 2 * i, swap->tokens[i], swap->amounts[i], swap->accounts[i], swap->recipients[1 - i]);
}

static void apply_deposit(struct work *w, const struct op *op)
{
    struct step *to = open_account(w, 0, op->account, op->token);
    if (!to->before.exists)
        create(w, to, &op->address);
    else
        require(w, eth_address_eq(&to->before.address, &op->address), "a deposit for another address");
    earns(w, to, op->amount);
    write_step(w, to);
}

static void apply_deposit_refused(struct work *w, const struct op *op)
{
    struct step *to = open_account(w, 0, op->account, op->token);
    bool full = state_account_count(w->s) > ACCOUNT_ID_MAX;
    bool overflows = to->before.exists && eth_address_eq(&to->before.address, &op->address) &&
                     op->amount > U128_MAX - to->balance_before;
    require(w, full || overflows, "a deposit refused without reason");
}

static void apply_withdraw(struct work *w, const struct op *op)
{
    struct step *from = open_account(w, 0, op->account, op->token);
    signs(w, from);
    pays(w, from, sum(w, op->amount, op->fee), "a balance to withdraw is too small");
    write_step(w, from);
}

static bool owned_by(const struct step *step, const eth_address *address)
{
    return step->before.exists && eth_address_eq(&step->before.address, address);
}

static void apply_full_exit(struct work *w, const struct op *op)
{
    struct step *from = open_account(w, 0, op->account, op->token);
    u128 amount = owned_by(from, &op->address) ? from->balance_before : 0;
    require(w, op->amount == amount, "a full exit of another amount than the balance");
    pays(w, from, amount, "");
    write_step(w, from);
}

static void apply_change_pubkey(struct work *w, const struct op *op)
{
    struct step *account = open_account(w, 0, op->account, op->fee_token);
    require(w, eth_address_eq(&account->before.address, &op->address), "a key for another address");
    require(w, account->before.nonce == op->nonce, "a key change with another nonce than the account's");
    signs(w, account);
    account->after.pubkey_hash = op->pubkey_hash;
    pays(w, account, op->fee, "a balance for the fee is too small");
    write_step(w, account);
}

static void apply_forced_exit(struct work *w, const struct op *op)
{
    struct step *initiator = open_account(w, 0, op->other, op->token);
    signs(w, initiator);
    pays(w, initiator, op->fee, "an initiator's balance is too small");
    write_step(w, initiator);

    struct step *target = open_account(w, 1, op->account, op->token);
    exists(w, target);
    require(w, eth_address_eq(&target->before.address, &op->address), "a forced exit to another address");
    require(w, pubkey_hash_is_zero(&target->before.pubkey_hash), "a forced exit of an account with a key");
    require(w, op->amount == target->balance_before, "a forced exit of another amount than the balance");
    pays(w, target, op->amount, "");
    write_step(w, target);
}

static bool same_content(const struct nft_content *a, const struct nft_content *b)
{
    return a->creator == b->creator && a->serial == b->serial && hash32_eq(&a->hash, &b->hash) &&
           eth_address_eq(&a->creator_address, &b->creator_address);
}

/* An NFT leaves to L1: its published content is the leaf's; amount 1 means that it really leaves. */
static void nft_leaves(struct work *w, const struct op *op)
{
    struct step *nft = open_nft(w, 3, op->token);
    require(w, same_content(&nft->nft_before.content, &op->nft), "an NFT with another content");
    if (op->amount == 1) nft->nft_after.owner = ACCOUNT_ID_NOBODY;
    write_step(w, nft);
}

static void apply_withdraw_nft(struct work *w, const struct op *op)
{
    struct step *from = open_account(w, 0, op->account, op->fee_token);
    signs(w, from);
    pays(w, from, op->fee, "a balance for the fee is too small");
    write_step(w, from);
    require(w, op->amount == 1, "a withdrawal of no NFT");
    require(w, state_balance(w->s, op->account, op->token) == 1, "an NFT belongs to another account");
    nft_leaves(w, op);
}

static void apply_full_exit_nft(struct work *w, const struct op *op)
{
    struct step *from = open_account(w, 0, op->account, TOKEN_ID_ETH);
    u128 amount = owned_by(from, &op->address) ? state_balance(w->s, op->account, op->token) : 0;
    require(w, op->amount == amount, "a full exit of another amount than the balance");
    write_step(w, from);
    nft_leaves(w, op);
}

static void apply_kind(struct work *w, const struct op *op)
{
    switch (op->kind) {
    case OP_NOOP: break;
    case OP_TRANSFER:
    case OP_TRANSFER_LONG:
    case OP_TRANSFER_NEW: apply_transfer(w, op); break;
    case OP_NFT_TRANSFER:
    case OP_NFT_TRANSFER_NEW: apply_nft_transfer(w, op); break;
    case OP_MINT_NFT: apply_mint(w, op); break;
    case OP_SWAP:
    case OP_SWAP_NFT: apply_swap(w, op); break;
    case OP_DEPOSIT: apply_deposit(w, op); break;
    case OP_DEPOSIT_REFUSED: apply_deposit_refused(w, op); break;
    case OP_WITHDRAW: apply_withdraw(w, op); break;
    case OP_FULL_EXIT: apply_full_exit(w, op); break;
    case OP_FULL_EXIT_NFT: apply_full_exit_nft(w, op); break;
    case OP_CHANGE_PUBKEY: apply_change_pubkey(w, op); break;
    case OP_FORCED_EXIT: apply_forced_exit(w, op); break;
    case OP_WITHDRAW_NFT: apply_withdraw_nft(w, op); break;
    case OP_COLLECT_FEES:
    case OP_KINDS: assert(false);
    }
}

void state_undo(struct state *s, const struct step *steps, size_t n)
{
    while (n > 0) state_step_undo(s, &steps[--n]);
}

zk_err state_apply(struct state *s, const struct op *op, struct step steps[OP_STEPS_MAX])
{
    bool new_account = op->kind == OP_TRANSFER_NEW || op->kind == OP_NFT_TRANSFER_NEW ||
                       (op->kind == OP_DEPOSIT && op->account >= state_account_count(s));
    ZK_TRY(state_has_room(s, new_account, op->kind == OP_MINT_NFT));
    memset(steps, 0, SLOT_STEPS * op_slots(op->kind) * sizeof *steps);
    struct work w = {.s = s, .steps = steps};
    apply_kind(&w, op);
    if (w.wrong == NULL) return ZK_OK;
    for (unsigned i = OP_STEPS_MAX; i-- > 0;)
        if (w.written >> i & 1) state_step_undo(s, &steps[i]);
    return zk_fail(ZK_ERR_INPUT, "%s: %s", op_kind_str(op->kind), w.wrong);
}

zk_err state_apply_fees(struct state *s, uint32_t fee_account, const struct fee_class classes[2], const u128 amounts[2],
                        struct step steps[SLOT_STEPS])
{
    struct work w = {.s = s, .steps = steps};
    for (unsigned i = 0; i < SLOT_STEPS; i++) {
        struct step *step = open_account(&w, i, fee_account, classes[i].token);
        exists(&w, step);
        earns(&w, step, amounts[i]);
        write_step(&w, step);
    }
    if (w.wrong == NULL) return ZK_OK;
    if (w.written & 1) state_step_undo(s, &steps[0]);
    return zk_fail(ZK_ERR_INPUT, "collecting fees: %s", w.wrong);
}
