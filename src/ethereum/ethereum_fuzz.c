/* Bytes from an L1 node: RLP that is read is the RLP that is written again; transactions and ABI tuples are read
 * without looking beyond their end. */
#include "ethereum/abi.h"
#include "ethereum/eth_tx.h"
#include "ethereum/rlp.h"

#include "base/fuzz.h"

#include <string.h>

#define DEPTH_MAX 32

/* Writes the items of `in`, last first, by reading them into an array; false if one is not canonical. */
static bool rewrite(struct rlp_out *out, struct rlp_in in, int depth)
{
    struct rlp_item items[64];
    size_t n = 0;
    while (in.len > 0) {
        if (n == 64 || depth == DEPTH_MAX || !rlp_next(&in, &items[n])) return false;
        n++;
    }
    while (n-- > 0) {
        if (items[n].is_list) {
            size_t mark = rlp_mark(out);
            if (!rewrite(out, (struct rlp_in){items[n].p, items[n].len}, depth + 1)) return false;
            rlp_put_list(out, mark);
        } else {
            rlp_put_bytes(out, items[n].p, items[n].len);
        }
    }
    return true;
}

static void check_abi(const uint8_t *data, size_t len)
{
    struct abi_in in = {data, len};
    struct abi_in members;
    const uint8_t *bytes;
    size_t n;
    for (size_t word = 0; word < 4; word++) {
        if (abi_get_bytes(&in, word, &bytes, &n)) FUZZ_CHECK(bytes >= data && bytes + n <= data + len);
        if (abi_get_array(&in, word, 8, &members, &n)) FUZZ_CHECK(n <= 8 && members.p + 32 * n <= data + len);
    }
}

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    static uint8_t buf[FUZZ_LEN_MAX + 16];
    struct rlp_out out;
    struct eth_tx tx;
    uint8_t sender[20];
    if (len <= FUZZ_LEN_MAX) {
        rlp_out_init(&out, buf, sizeof buf);
        if (rewrite(&out, (struct rlp_in){data, len}, 0)) {
            FUZZ_CHECK(rlp_out_ok(&out) && rlp_out_len(&out) == len);
            FUZZ_CHECK(len == 0 || memcmp(rlp_out_data(&out), data, len) == 0);
        }
    }
    if (eth_tx_decode(&tx, sender, data, len) == ZK_OK)
        FUZZ_CHECK(tx.data >= data && tx.data + tx.data_len <= data + len);
    check_abi(data, len);
}
