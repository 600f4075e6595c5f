/* The bytes that the store reads back: records of transactions, cursors, submissions to L1. What is read must be
 * written the same again, and anything else refused. The first byte says which of them it is. */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/fuzz.h"
#include "store/l1_codec.h"
#include "store/tx_record.h"

static void fuzz_record(const uint8_t *data, size_t len)
{
    struct tx tx;
    uint8_t again[TX_RECORD_MAX];
    size_t again_len;
    if (tx_record_decode(&tx, data, len) != ZK_OK) return;
    FUZZ_CHECK(tx_record_encode(again, &again_len, &tx) == ZK_OK);
    FUZZ_CHECK(again_len == len);
    FUZZ_CHECK(memcmp(again, data, len) == 0);
}

static void fuzz_scan(const uint8_t *data, size_t len)
{
    struct log_scan scan;
    uint8_t again[LOG_SCAN_BYTES_MAX];
    if (!log_scan_decode(&scan, data, len)) return;
    FUZZ_CHECK(log_scan_encode(again, &scan) == len);
    FUZZ_CHECK(memcmp(again, data, len) == 0);
}

static void fuzz_submission(const uint8_t *data, size_t len)
{
    struct eth_submission s;
    if (submission_decode(&s, data, len) != ZK_OK) return;
    FUZZ_CHECK(submission_encoded_len(&s) == len);
    uint8_t *again = malloc(len);
    FUZZ_CHECK(again != NULL);
    submission_encode(again, &s);
    FUZZ_CHECK(memcmp(again, data, len) == 0);
    free(again);
    free(s.data);
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    if (len == 0) return;
    switch (data[0] % 3) {
    case 0: fuzz_record(data + 1, len - 1); break;
    case 1: fuzz_scan(data + 1, len - 1); break;
    default: fuzz_submission(data + 1, len - 1);
    }
}
