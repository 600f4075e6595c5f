/* Questions about hashes of bytes: keccak256 and sha256 of a hex string, "-" for none. Answers are 64 hex digits. */
#include "hash/keccak256.h"
#include "hash/sha256.h"

#include "peer.h"

static uint8_t data[PEER_LINE_MAX / 2];

static size_t read_hex(const char *word)
{
    size_t len = strcmp(word, "-") == 0 ? 0 : strlen(word) / 2;
    if (len > 0 && !hex_decode(data, len, word, strlen(word))) peer_refuse("not hex", word);
    return len;
}

static void answer_keccak256(char **args, int n_args)
{
    uint8_t out[32];
    (void)n_args;
    keccak256(out, data, read_hex(args[0]));
    peer_print32(out);
}

/* The same in two pieces; the second argument says where to cut. */
static void answer_keccak256_cut(char **args, int n_args)
{
    uint8_t out[32];
    struct keccak256 k;
    (void)n_args;
    size_t len = read_hex(args[0]);
    size_t cut = strtoul(args[1], NULL, 10);
    if (cut > len) peer_refuse("cut behind the end", args[1]);
    keccak256_init(&k);
    keccak256_update(&k, data, cut);
    keccak256_update(&k, data + cut, len - cut);
    keccak256_final(&k, out);
    peer_print32(out);
}

static void answer_sha256(char **args, int n_args)
{
    uint8_t out[32];
    (void)n_args;
    sha256(out, data, read_hex(args[0]));
    peer_print32(out);
}

static void answer_hmac_sha256(char **args, int n_args)
{
    uint8_t out[32];
    uint8_t key[32];
    (void)n_args;
    peer_bytes32(key, args[0]);
    hmac_sha256(out, key, 32, data, read_hex(args[1]));
    peer_print32(out);
}

int main(void)
{
    static const struct peer_op ops[] = {
        {"keccak256", 1, answer_keccak256},
        {"keccak256_cut", 2, answer_keccak256_cut},
        {"sha256", 1, answer_sha256},
        {"hmac_sha256", 2, answer_hmac_sha256},
    };
    return peer_serve(ops, ZK_COUNT(ops));
}
