/* Bytes that somebody published as a commit or a proof, emitted as an event, or reverted with: read without looking
 * beyond their end, and what is read is what is written. The first byte says which; of an event the second says how
 * many topics follow. */
#include "ethereum/zkroll_event.h"

#include "base/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void check_inside(const struct zkroll_bytes *b, const uint8_t *data, size_t len)
{
    FUZZ_CHECK(b->p >= data && b->p + b->len <= data + len);
}

static void check_prove(const uint8_t *data, size_t len)
{
    static uint8_t again[FUZZ_LEN_MAX];
    struct zkroll_proof *proofs;
    struct abi_out o;
    size_t n;
    if (zkroll_prove_decode(&proofs, &n, data, len) != ZK_OK) return;
    for (size_t i = 0; i < n; i++) check_inside(&proofs[i].proof, data, len);
    abi_out_init(&o, again, sizeof again);
    zkroll_put_prove(&o, proofs, n);
    FUZZ_CHECK(abi_out_ok(&o) && o.len == len && memcmp(again, data, len) == 0);
    free(proofs);
}

static void check_commit(const uint8_t *data, size_t len)
{
    static uint8_t again[FUZZ_LEN_MAX];
    struct zkroll_commit c;
    struct abi_out o;
    if (zkroll_commit_decode(&c, data, len) != ZK_OK) return;
    for (size_t i = 0; i < c.n; i++) {
        check_inside(&c.blocks[i].settlement, data, len);
        check_inside(&c.blocks[i].delta, data, len);
        for (size_t j = 0; j < c.blocks[i].n_witnesses; j++) check_inside(&c.blocks[i].witnesses[j], data, len);
        if (c.proofs != NULL) check_inside(&c.proofs[i], data, len);
    }
    abi_out_init(&o, again, sizeof again);
    if (c.proofs != NULL)
        zkroll_put_settle(&o, &c.last, c.blocks, c.proofs, c.n);
    else
        zkroll_put_commit(&o, &c.last, c.blocks, c.n);
    FUZZ_CHECK(abi_out_ok(&o) && o.len == len && memcmp(again, data, len) == 0);
    FUZZ_CHECK(len ==
               (c.proofs != NULL ? zkroll_settle_len(c.blocks, c.proofs, c.n) : zkroll_commit_len(c.blocks, c.n)));
    zkroll_commit_free(&c);
}

/* The topic of any kind, chosen by a byte, then topics and data as they come. */
static void check_event(const uint8_t *data, size_t len)
{
    struct eth_log log = {0};
    struct zkroll_event e;
    if (len < 2) return;
    const unsigned kind = data[0] % ZKROLL_EVENT_KINDS;
    log.n_topics = 1 + data[1] % ETH_TOPICS_MAX;
    data += 2;
    len -= 2;
    zkroll_event_topic(log.topics[0], (zkroll_event_kind)kind);
    for (size_t i = 1; i < log.n_topics && len >= 32; i++, data += 32, len -= 32) memcpy(log.topics[i], data, 32);
    log.data = data;
    log.data_len = len;
    if (zkroll_event_decode(&e, &log) != ZK_OK) return;
    FUZZ_CHECK(e.kind == kind);
    if (e.kind == ZKROLL_NEW_PRIORITY_REQUEST) check_inside(&e.request.data, data, len);
    if (e.kind == ZKROLL_AUTH_FACT_SET) FUZZ_CHECK(e.auth.pubkey_hash.len == 20);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    char text[ZKROLL_REVERT_MAX];
    if (len == 0 || len > FUZZ_LEN_MAX) return;
    switch (data[0] % 3) {
    case 0:
        check_commit(data + 1, len - 1);
        check_prove(data + 1, len - 1);
        break;
    case 1: check_event(data + 1, len - 1); break;
    default:
        (void)zkroll_revert_text(text, data + 1, len - 1);
        FUZZ_CHECK(strlen(text) < sizeof text);
        for (const char *p = text; *p != '\0'; p++) FUZZ_CHECK(*p >= 0x20 && *p < 0x7f);
    }
}
