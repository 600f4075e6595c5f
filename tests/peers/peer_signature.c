/* Questions about keys and signatures, in hex; "-" is an empty message.
 *   key SEED             private key, packed public key, public key hash
 *   message_hash MSG     32 little-endian bytes       orders_hash ORDERS   31 bytes
 *   sign KEY MSG         64 bytes                     verify PUB SIG MSG   the verdict
 *   verify_batch (PUB SIG MSG)...                     the verdicts of one batch */
#include "base/arena.h"
#include "rollup/signature.h"

#include "peer.h"

#define BATCH_MAX (PEER_WORDS_MAX / 3)

struct question {
    uint8_t key[32];
    uint8_t sig[64];
    uint8_t msg[SIG_MESSAGE_MAX];
    size_t len;
};

/* At most cap bytes. */
static size_t read_hex(uint8_t *out, size_t cap, const char *word)
{
    size_t len = strcmp(word, "-") == 0 ? 0 : strlen(word) / 2;
    if (len > cap || (len > 0 && !hex_decode(out, len, word, strlen(word)))) peer_refuse("not hex, or too long", word);
    return len;
}

static void read_exact(uint8_t *out, size_t len, const char *word)
{
    if (read_hex(out, len, word) != len) peer_refuse("wrong length", word);
}

static void print_hex(const uint8_t *p, size_t len)
{
    char hex[2 * 64 + 1];
    hex_encode(hex, p, len);
    (void)fputs(hex, stdout);
}

static void must(zk_err err)
{
    if (err != ZK_OK) peer_refuse("failed", zk_err_message());
}

static void answer_key(char **args, int n_args)
{
    uint8_t seed[256];
    uint8_t key[32];
    uint8_t pub[1][32];
    struct sig_key_info info;
    (void)n_args;
    size_t len = read_hex(seed, sizeof seed, args[0]);
    must(sig_key_from_seed(key, seed, len));
    must(sig_public_key(pub[0], key));
    sig_key_info_many(&info, (const uint8_t(*)[32])pub, 1, NULL);
    print_hex(key, 32);
    (void)putchar(' ');
    print_hex(pub[0], 32);
    (void)putchar(' ');
    print_hex(info.hash.b, sizeof info.hash.b);
}

static void answer_message_hash(char **args, int n_args)
{
    uint8_t msg[SIG_MESSAGE_MAX];
    uint8_t out[32];
    fr m;
    (void)n_args;
    sig_message_hash(&m, msg, read_hex(msg, sizeof msg, args[0]));
    fr_to_le32(out, &m);
    print_hex(out, 32);
}

static void answer_orders_hash(char **args, int n_args)
{
    uint8_t orders[SIG_ORDERS_BYTES];
    uint8_t out[SIG_ORDERS_DIGEST];
    (void)n_args;
    read_exact(orders, sizeof orders, args[0]);
    sig_orders_hash(out, orders);
    print_hex(out, sizeof out);
}

static void answer_sign(char **args, int n_args)
{
    uint8_t key[32];
    uint8_t msg[SIG_MESSAGE_MAX];
    uint8_t sig[64];
    (void)n_args;
    read_exact(key, 32, args[0]);
    must(sig_sign(sig, key, msg, read_hex(msg, sizeof msg, args[1])));
    print_hex(sig, 64);
}

static void read_question(struct question *q, char **args)
{
    read_exact(q->key, 32, args[0]);
    read_exact(q->sig, 64, args[1]);
    q->len = read_hex(q->msg, sizeof q->msg, args[2]);
}

static void answer_verify(char **args, int n_args)
{
    struct question q;
    (void)n_args;
    read_question(&q, args);
    (void)fputs(sig_verdict_str(sig_verify(q.key, q.sig, q.msg, q.len)), stdout);
}

static void answer_verify_batch(char **args, int n_args)
{
    static struct question questions[BATCH_MAX];
    static struct sig_item items[BATCH_MAX];
    static sig_verdict verdicts[BATCH_MAX];
    ZK_ALIGN(64) static uint8_t memory[1 << 17];
    struct arena scratch;
    size_t n = (size_t)n_args / 3;
    if (n_args % 3 != 0) peer_refuse("not threes", "verify_batch");
    for (size_t i = 0; i < n; i++) {
        struct question *q = &questions[i];
        read_question(q, args + 3 * i);
        items[i] = (struct sig_item){q->key, NULL, q->sig, q->msg, q->len};
    }
    arena_init(&scratch, memory, sizeof memory);
    must(sig_verify_batch(verdicts, items, n, NULL, &scratch));
    for (size_t i = 0; i < n; i++) (void)printf(i == 0 ? "%s" : ",%s", sig_verdict_str(verdicts[i]));
}

int main(void)
{
    static const struct peer_op ops[] = {
        {"key", 1, answer_key},
        {"message_hash", 1, answer_message_hash},
        {"orders_hash", 1, answer_orders_hash},
        {"sign", 2, answer_sign},
        {"verify", 3, answer_verify},
        {"verify_batch", -1, answer_verify_batch},
    };
    return peer_serve(ops, ZK_COUNT(ops));
}
