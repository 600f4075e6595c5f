#include "api/model.h"

void put_fr(struct json_object *o, const char *key, const char *prefix, const fr *x)
{
    uint8_t bytes[32];
    fr_to_be32(bytes, x);
    put_hex(o, key, prefix, bytes, sizeof bytes);
}

static void put_step_hash(struct json_object *o, const char *key, const struct store_block_step *step)
{
    if (step->done) {
        put_hash(o, key, &step->hash);
    } else {
        put_null(o, key);
    }
}

struct json_object *json_block(const struct store_block *b)
{
    struct json_object *o = json_new_object();
    put_u64(o, "blockNumber", b->header.number);
    put_fr(o, "newStateRoot", "", &b->new_root); /* without 0x: so it is in the protocol */
    put_u64(o, "blockSize", b->capacity);
    put_step_hash(o, "commitTxHash", &b->commit);
    put_step_hash(o, "verifyTxHash", &b->execute);
    put_time(o, "committedAt", b->commit.done ? b->commit.at : 0);
    put_time(o, "finalizedAt", b->execute.done ? b->execute.at : 0);
    put_text(o, "status", b->status == STORE_BLOCK_EXECUTED ? "finalized" : "committed");
    return o;
}
