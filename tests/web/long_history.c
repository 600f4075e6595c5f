/* long_history: a rollup with many blocks behind it, served by the API, for tests of the explorer's lists.
 *
 *   long_history BLOCKS TRANSFERS      that many blocks of that many transfers each
 *
 * Prints {"port": N} when it serves, and ends when its input ends. The transactions are put into the store as admission
 * would put them, without the signatures that nobody checks again. */
#include "api/world_test.h"

#define ACCEPT_AT_ONCE 100

static void accept(struct world *w, const struct tx *txs, size_t n, const struct user *signer)
{
    struct store_new_tx new_txs[ACCEPT_AT_ONCE];
    struct store_submission subs[ACCEPT_AT_ONCE];
    CHECK(n <= ACCEPT_AT_ONCE);
    for (size_t i = 0; i < n; i++) {
        new_txs[i] =
            (struct store_new_tx){.tx = &txs[i], .facts = {.signers = {.tx = signer->key_hash}, .authorized = true}};
        CHECK_OK(tx_hash(&new_txs[i].hash, &txs[i]));
        subs[i] = (struct store_submission){.txs = &new_txs[i], .n = 1};
    }
    CHECK_OK(store_accept(w->store, subs, n, world_now()));
    for (size_t i = 0; i < n; i++) CHECK(!subs[i].duplicate);
}

int main(int argc, char **argv)
{
    static struct world w;
    static struct tx txs[ACCEPT_AT_ONCE];
    if (argc != 3) return 2;
    unsigned long blocks = strtoul(argv[1], NULL, 10), each = strtoul(argv[2], NULL, 10);
    if (blocks < 2 || each < 1 || each > ACCEPT_AT_ONCE) return 2;
    world_init(&w);

    struct user *payer = &w.users[0];
    world_deposit(&w, payer, 0, 1000000 * ETHER, true);
    world_deposit(&w, &w.users[1], 0, ETHER, true);
    world_run(&w);
    txs[0] = world_change_pubkey(&w, payer);
    accept(&w, txs, 1, payer);
    uint32_t last = world_seal(&w), executed = 0;
    while (last < blocks) {
        /* As on a real chain, most blocks are final, and only the last ones are on their way. */
        if (last - executed == 50) {
            world_confirm(&w, WORLD_ALL_STEPS, executed + 1, last);
            executed = last;
        }
        for (size_t i = 0; i < each; i++) {
            struct tx *tx = &txs[i];
            *tx = (struct tx){.type = TX_TRANSFER};
            tx->transfer = (struct tx_transfer){.account_id = payer->id,
                                                .from = payer->address,
                                                .to = w.users[1].address,
                                                .nonce = payer->nonce++,
                                                .amount = 1000 + i,
                                                .valid = {0, UINT32_MAX}};
        }
        accept(&w, txs, each, payer);
        uint32_t sealed = world_seal(&w);
        CHECK_MSG(sealed == last + 1, "block %u follows block %u", (unsigned)sealed, (unsigned)last);
        last = sealed;
    }
    world_confirm(&w, WORLD_ALL_STEPS, executed + 1, last);
    printf("{\"port\": %u}\n", (unsigned)w.ports.rest);
    fflush(stdout);
    while (getchar() != EOF) continue;
    world_end(&w);
    return 0;
}
