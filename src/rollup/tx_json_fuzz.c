#include "base/fuzz.h"
#include "rollup/tx_json.h"

#include <json-c/json.h>

/* JSON that is read is written as JSON that is read as the same; what passes the limits has full bytes, and those read
 * back as a transaction of the same bytes. */
FUZZ_TARGET(const uint8_t *data, size_t len)
{
    struct tx tx;
    struct tx again;
    tx_verdict verdict;
    struct json_object *first;
    struct json_object *second;
    if (tx_from_json_text(&tx, &verdict, (const char *)data, len) != ZK_OK || verdict != TX_VALID) return;
    FUZZ_CHECK(tx_to_json(&first, &tx) == ZK_OK);
    const char *text = json_object_to_json_string(first);
    FUZZ_CHECK(tx_from_json_text(&again, &verdict, text, strlen(text)) == ZK_OK && verdict == TX_VALID);
    FUZZ_CHECK(tx_to_json(&second, &again) == ZK_OK);
    FUZZ_CHECK(strcmp(text, json_object_to_json_string(second)) == 0);
    json_object_put(first);
    json_object_put(second);

    uint8_t bytes[TX_FULL_BYTES_MAX];
    uint8_t other[TX_FULL_BYTES_MAX];
    size_t bytes_len;
    size_t other_len;
    zk_err err = tx_full_bytes(bytes, &bytes_len, &tx);
    FUZZ_CHECK(err == ZK_OK || tx_check_limits(&tx) != TX_VALID);
    if (err != ZK_OK) return;
    FUZZ_CHECK(tx_from_full_bytes(&again, bytes, bytes_len) == ZK_OK);
    FUZZ_CHECK(tx_full_bytes(other, &other_len, &again) == ZK_OK);
    FUZZ_CHECK(other_len == bytes_len && memcmp(bytes, other, bytes_len) == 0);
    FUZZ_CHECK(tx_check_limits(&again) == tx_check_limits(&tx));
}
