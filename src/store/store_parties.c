/* Who finds an entry in his account's history: the wire protocol's rules (docs/store.md, "Histories"). */
#include "store/store_blocks.h"

static void add_address(struct store_parties *p, const eth_address *a)
{
    if (eth_address_is_zero(a)) return; /* nobody */
    for (unsigned i = 0; i < p->n_addresses; i++)
        if (eth_address_eq(&p->addresses[i], a)) return;
    assert(p->n_addresses < STORE_PARTIES_MAX);
    p->addresses[p->n_addresses++] = *a;
}

/* A rejected swap may name five tokens; all others, four at most. */
static void add_token(struct store_parties *p, uint32_t token)
{
    for (unsigned i = 0; i < p->n_tokens; i++)
        if (p->tokens[i] == token) return;
    if (p->n_tokens < STORE_TOKENS_MAX) p->tokens[p->n_tokens++] = token;
}

static void parties_of_swap(struct store_parties *p, const struct tx_swap *t, const eth_address order_accounts[2])
{
    add_address(p, &t->submitter);
    for (size_t i = 0; i < 2; i++) {
        add_address(p, &order_accounts[i]);
        add_address(p, &t->orders[i].recipient);
        add_token(p, t->orders[i].token_sell);
    }
    add_token(p, t->fee_token);
    for (size_t i = 0; i < 2; i++) add_token(p, t->orders[i].token_buy);
}

void store_parties_of_tx(struct store_parties *out, const struct tx *tx, const eth_address order_accounts[2])
{
    memset(out, 0, sizeof *out);
    switch (tx->type) {
    case TX_TRANSFER:
        add_address(out, &tx->transfer.from);
        add_address(out, &tx->transfer.to);
        break;
    case TX_WITHDRAW:
        add_address(out, &tx->withdraw.from);
        add_address(out, &tx->withdraw.to);
        break;
    case TX_WITHDRAW_NFT:
        add_address(out, &tx->withdraw_nft.from);
        add_address(out, &tx->withdraw_nft.to);
        add_token(out, tx->withdraw_nft.token);
        break;
    case TX_FORCED_EXIT: add_address(out, &tx->forced_exit.target); break;
    case TX_CHANGE_PUBKEY: add_address(out, &tx->change_pubkey.account); break;
    case TX_MINT_NFT:
        add_address(out, &tx->mint_nft.creator);
        add_address(out, &tx->mint_nft.recipient);
        break;
    case TX_SWAP: parties_of_swap(out, &tx->swap, order_accounts); return;
    }
    add_token(out, tx_fee_token(tx));
}

void store_parties_of_priority(struct store_parties *out, const struct priority_op *op, const eth_address *sender)
{
    memset(out, 0, sizeof *out);
    if (op->type == PRIORITY_DEPOSIT) {
        add_address(out, sender);
        add_address(out, &op->deposit.to);
        add_token(out, op->deposit.token);
    } else {
        add_address(out, &op->full_exit.owner);
        add_token(out, op->full_exit.token);
    }
}
