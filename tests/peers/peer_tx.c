/* peer_tx: transactions of the SDK through our codecs and checks. JSON and texts travel as hex; an answer's words are
 * between spaces. */
#include "peer.h"
#include "rollup/amount.h"
#include "rollup/eth_auth.h"
#include "rollup/eth_text.h"
#include "rollup/tx_json.h"
#include "rollup/tx_verify.h"

#include <json-c/json.h>

static void print_hex(const void *bytes, size_t n)
{
    static char hex[2 * TX_JSON_TEXT_MAX + 1];
    if (n > TX_JSON_TEXT_MAX) peer_refuse("answer too long", "");
    hex_encode(hex, bytes, n);
    (void)fputs(hex, stdout);
}

static size_t read_hex(void *out, size_t cap, const char *word)
{
    size_t n = strlen(word) / 2;
    if (n > cap || !hex_decode(out, n, word, strlen(word))) peer_refuse("not hex, or too long", word);
    return n;
}

static void must(bool ok, const char *what, const char *word)
{
    if (!ok) peer_refuse(what, word);
}

static void read_tx(struct tx *tx, const char *word)
{
    static char text[TX_JSON_TEXT_MAX];
    tx_verdict verdict;
    size_t len = read_hex(text, sizeof text, word);
    zk_err err = tx_from_json_text(tx, &verdict, text, len);
    if (err != ZK_OK) peer_refuse(zk_err_message(), text);
    must(verdict == TX_VALID, "number too big in", text);
}

/* The transaction is also read back from its full bytes and from its own JSON; both must give the same bytes. */
static void check_round_trips(const struct tx *tx, const uint8_t *full, size_t len, const char *json)
{
    struct tx again;
    tx_verdict verdict;
    uint8_t bytes[TX_FULL_BYTES_MAX];
    size_t bytes_len;
    must(tx_from_full_bytes(&again, full, len) == ZK_OK, "full bytes not read", json);
    must(tx_full_bytes(bytes, &bytes_len, &again) == ZK_OK, "full bytes not written again", json);
    must(again.type == tx->type && bytes_len == len && memcmp(bytes, full, len) == 0, "other full bytes", json);
    must(tx_from_json_text(&again, &verdict, json, strlen(json)) == ZK_OK, "own JSON not read", json);
    must(tx_full_bytes(bytes, &bytes_len, &again) == ZK_OK, "full bytes not written from JSON", json);
    must(bytes_len == len && memcmp(bytes, full, len) == 0, "other full bytes from JSON", json);
    must(memcmp(&again.signature, &tx->signature, sizeof again.signature) == 0, "other signature", json);
}

/* tx CHAIN_ID JSON: sign bytes, full bytes, hash, key hash of the signer, our JSON, verdict. */
static void answer_tx(char **args, int n_args)
{
    struct tx tx;
    struct tx_signers signers;
    struct json_object *json = NULL;
    uint8_t sign[TX_SIGN_BYTES_MAX];
    uint8_t full[TX_FULL_BYTES_MAX];
    size_t sign_len;
    size_t full_len = 0;
    hash32 hash;
    (void)n_args;
    read_tx(&tx, args[1]);
    tx_verdict verdict = tx_verify(&signers, &tx, strtoull(args[0], NULL, 10));
    must(tx_sign_bytes(sign, &sign_len, &tx) == ZK_OK && tx_full_bytes(full, &full_len, &tx) == ZK_OK &&
             tx_hash(&hash, &tx) == ZK_OK && tx_to_json(&json, &tx) == ZK_OK,
         "not encoded", args[1]);
    const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
    check_round_trips(&tx, full, full_len, text);
    print_hex(sign, sign_len);
    (void)putchar(' ');
    print_hex(full, full_len);
    (void)putchar(' ');
    print_hex(hash.b, sizeof hash.b);
    (void)putchar(' ');
    print_hex(signers.tx.b, sizeof signers.tx.b);
    (void)putchar(' ');
    print_hex(text, strlen(text));
    (void)printf(" %s", tx_verdict_str(verdict));
    json_object_put(json);
}

/* Token i is called Ti and has i mod 31 decimals. */
static struct token_labels labels(void)
{
    static struct token_label of[TOKEN_ID_LAST + 1];
    for (unsigned i = 0; i <= TOKEN_ID_LAST; i++) {
        (void)snprintf(of[i].symbol, sizeof of[i].symbol, "T%u", i);
        of[i].decimals = (uint8_t)(i % 31);
    }
    return (struct token_labels){of, TOKEN_ID_LAST + 1};
}

/* text JSON: the text to sign (of a change-pubkey the text that authorizes it), and of a swap those of its orders. */
static void answer_text(char **args, int n_args)
{
    char text[ETH_TEXT_MAX];
    size_t len;
    struct tx tx;
    struct token_labels tokens = labels();
    (void)n_args;
    read_tx(&tx, args[0]);
    zk_err err = tx.type == TX_CHANGE_PUBKEY ? eth_text_change_pubkey(text, sizeof text, &len, &tx.change_pubkey)
                                             : eth_text_tx(text, sizeof text, &len, &tx, &tokens, 0);
    must(err == ZK_OK, "no text", args[0]);
    print_hex(text, len);
    for (int i = 0; i < 2 && tx.type == TX_SWAP; i++) {
        must(eth_text_order(text, sizeof text, &len, &tx.swap.orders[i], &tokens) == ZK_OK, "no text", args[0]);
        (void)putchar(' ');
        print_hex(text, len);
    }
}

/* signed MESSAGE SIGNATURE: the signer's address, or "nobody". */
static void answer_signed(char **args, int n_args)
{
    static uint8_t msg[TX_JSON_TEXT_MAX];
    uint8_t sig[ETH_SIGNATURE_BYTES];
    hash32 digest;
    eth_address signer;
    (void)n_args;
    size_t len = strcmp(args[0], "-") == 0 ? 0 : read_hex(msg, sizeof msg, args[0]);
    must(read_hex(sig, sizeof sig, args[1]) == sizeof sig, "not a signature", args[1]);
    eip191_digest(&digest, msg, len);
    if (eth_recover(&signer, &digest, sig))
        print_hex(signer.b, sizeof signer.b);
    else
        (void)fputs("nobody", stdout);
}

static void print_rounded(bool ok, u128 v)
{
    char text[U128_TEXT_MAX + 1];
    u128_to_text(text, v);
    (void)printf("%s ", ok ? text : "-");
}

/* amount V, fee V: the closest below, the closest above, the packed form; "-" where there is none. */
static void answer_amount(char **args, int n_args)
{
    u128 v;
    u128 up;
    uint8_t packed[AMOUNT_PACKED_BYTES];
    (void)n_args;
    must(u128_from_text(&v, args[0], strlen(args[0])) == U128_PARSED, "not an amount", args[0]);
    print_rounded(true, amount_closest(v));
    bool has_up = amount_closest_up(&up, v);
    print_rounded(has_up, up);
    if (amount_pack(packed, v))
        print_hex(packed, sizeof packed);
    else
        (void)putchar('-');
}

static void answer_fee(char **args, int n_args)
{
    u128 v;
    u128 r;
    uint8_t packed[FEE_PACKED_BYTES];
    (void)n_args;
    must(u128_from_text(&v, args[0], strlen(args[0])) == U128_PARSED, "not a fee", args[0]);
    bool ok = fee_closest(&r, v);
    print_rounded(ok, r);
    ok = fee_closest_up(&r, v);
    print_rounded(ok, r);
    if (fee_pack(packed, v))
        print_hex(packed, sizeof packed);
    else
        (void)putchar('-');
}

int main(void)
{
    static const struct peer_op ops[] = {
        {"tx", 2, answer_tx},         {"text", 1, answer_text}, {"signed", 2, answer_signed},
        {"amount", 1, answer_amount}, {"fee", 1, answer_fee},
    };
    return peer_serve(ops, ZK_COUNT(ops));
}
