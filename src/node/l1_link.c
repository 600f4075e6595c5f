#include "node/l1_link.h"

#include "base/log.h"
#include "ethereum/eth_rpc.h"
#include "node/chain.h"

#include <string.h>
#include <time.h>

int64_t l1_now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

bool l1_is_development(uint64_t chain_id)
{
    return chain_id == 9 || chain_id == 1337 || chain_id == 31337;
}

#define PROBE_MS 2000

static zk_err open_rpc(struct rpc **out, const struct node_config *c, bool probe)
{
    char urls[RPC_URLS_MAX][CONFIG_TEXT_CAP];
    struct rpc_config config = {.timeout_ms = (uint32_t)c->l1.timeout_ms};
    size_t cursor = 0;
    while (config.n_urls < RPC_URLS_MAX &&
           config_next_item(urls[config.n_urls], CONFIG_TEXT_CAP, c->l1.urls, &cursor)) {
        config.urls[config.n_urls] = urls[config.n_urls];
        config.n_urls++;
    }
    *out = NULL;
    if (config.n_urls == 0) return zk_fail(ZK_ERR_INPUT, "no Ethereum node: l1.urls is empty");
    if (probe && config.timeout_ms > PROBE_MS) config.timeout_ms = PROBE_MS;
    if (probe) config.tries = (uint32_t)config.n_urls;
    return rpc_create(out, &config);
}

zk_err l1_rpc_open(struct rpc **out, const struct node_config *c)
{
    return open_rpc(out, c, false);
}

/* Does any endpoint answer, now? */
static zk_err probe(bool *answers, const struct node_config *c)
{
    struct rpc *rpc;
    uint64_t chain_id;
    ZK_TRY(open_rpc(&rpc, c, true));
    *answers = eth_rpc_chain_id(rpc, &chain_id) != ZK_ERR_IO;
    if (!*answers) log_event(LOG_WARN, "l1_awaited", LOG_STR("error", zk_err_message()), LOG_END);
    rpc_destroy(rpc);
    return ZK_OK;
}

static zk_err bind(const struct chain_info *info, struct store *store)
{
    ZK_TRY(chain_bind_id(store, info->chain_id));
    ZK_TRY(chain_bind_contract(store, &info->main_contract));
    ZK_TRY(chain_bind_fee_address(store, &info->fee_account));
    return chain_info_save(store, info);
}

static zk_err open_link(struct l1_link *link, const struct node_config *c, struct store *store)
{
    struct chain_info known;
    bool is_known, answers = true;
    if (c->l1.addresses[0] == '\0')
        return zk_fail(ZK_ERR_INPUT, "l1.addresses is empty: it names the file that `zkroll deploy` wrote");
    ZK_TRY(chain_info_read(&link->info, c->l1.addresses));
    if (link->info.chain_id != c->l1.chain_id)
        return zk_fail(ZK_ERR_INPUT, "%s is of chain %llu, l1.chain-id is %llu", c->l1.addresses,
                       (unsigned long long)link->info.chain_id, (unsigned long long)c->l1.chain_id);
    ZK_TRY(l1_rpc_open(&link->rpc, c));
    ZK_TRY(chain_info_load(store, &known, &is_known));
    if (is_known) ZK_TRY(probe(&answers, c));
    link->unchecked = true;
    if (answers) ZK_TRY(l1_link_check(link));
    return bind(&link->info, store);
}

zk_err l1_link_check(struct l1_link *link)
{
    if (!link->unchecked) return ZK_OK;
    ZK_TRY(chain_info_check(&link->info, link->rpc));
    link->unchecked = false;
    return ZK_OK;
}

zk_err l1_link_open(struct l1_link *link, const struct node_config *c, struct store *store)
{
    *link = (struct l1_link){0};
    zk_err err = open_link(link, c, store);
    if (err != ZK_OK) l1_link_close(link);
    return err;
}

void l1_link_close(struct l1_link *link)
{
    rpc_destroy(link->rpc);
    link->rpc = NULL;
}

void l1_link_cancel(struct l1_link *link)
{
    if (link->rpc != NULL) rpc_cancel(link->rpc);
}
