#include "node/admission_part.h"

#include "node/chain_info.h"

#define INBOX_MAX 20000 /* about two seconds of work: who waits longer is better told so */

zk_err admission_for_node(struct admission **out, struct node *n, const struct chain_info *chain)
{
    const struct node_config *c = node_config_of(n);
    struct admission_config a = admission_config_default();
    char urls[ZK_COUNT(a.l1_urls)][CONFIG_TEXT_CAP];
    size_t cursor = 0;
    *out = NULL;
    while (a.n_l1_urls < ZK_COUNT(urls) && config_next_item(urls[a.n_l1_urls], sizeof urls[0], c->l1.urls, &cursor)) {
        a.l1_urls[a.n_l1_urls] = urls[a.n_l1_urls];
        a.n_l1_urls++;
    }
    a.events = node_events(n);
    a.database = node_database(n);
    a.chain_id = c->l1.chain_id;
    a.contract = chain->main_contract;
    a.l1_timeout_ms = (uint32_t)c->l1.timeout_ms;
    a.forced_exit_min_age_s = (uint32_t)(c->api.forced_exit_age_ms / 1000);
    a.inbox_max = INBOX_MAX;
    a.pool_max = (uint32_t)c->mempool.total_max;
    a.account_max = (uint32_t)c->mempool.account_max;
    a.threads = (unsigned)c->threads;
    a.block_slots = (unsigned)c->sequencer.block_slots;
    a.enforce_pubkey_change_fee = c->fee.key_changes;
    ZK_TRY(config_free_accounts(a.fee_free_ids, &a.n_fee_free_ids, c));
    a.disabled = !c->api.transactions;
    return admission_create(out, &a);
}
