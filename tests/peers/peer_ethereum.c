/* Questions about Ethereum encodings: RLP, ABI, transactions, keys. Empty byte strings are written "-". */
#include "ethereum/abi.h"
#include "ethereum/eth_key.h"
#include "ethereum/mnemonic.h"
#include "ethereum/eth_tx.h"
#include "ethereum/rlp.h"

#include "peer.h"

#define BYTES_MAX (PEER_LINE_MAX / 2)

static uint8_t buffer[BYTES_MAX];

static size_t get_bytes(uint8_t *out, const char *word)
{
    size_t len = strcmp(word, "-") == 0 ? 0 : strlen(word) / 2;
    if (len > 0 && !hex_decode(out, len, word, strlen(word))) peer_refuse("not hex", word);
    return len;
}

static void print_bytes(const uint8_t *p, size_t len)
{
    if (len == 0) (void)fputs("-", stdout);
    for (size_t i = 0; i < len; i++) (void)printf("%02x", p[i]);
}

static uint64_t get_u64(const char *word)
{
    return strtoull(word, NULL, 10);
}

static void get_fixed(uint8_t *out, size_t len, const char *word)
{
    if (!hex_decode(out, len, word, strlen(word))) peer_refuse("wrong length", word);
}

/* ---- RLP: a tree is hex digits, or trees between brackets with commas */

/* Puts the tree that ends just before *end, and moves *end to its first character. */
static void put_tree(struct rlp_out *o, const char *begin, const char **end)
{
    const char *p = *end;
    if (p[-1] != ']') {
        while (p > begin && strchr("[],", p[-1]) == NULL) p--;
        size_t len = *p == '-' ? 0 : (size_t)(*end - p) / 2;
        static uint8_t bytes[BYTES_MAX];
        if (len > 0 && !hex_decode(bytes, len, p, 2 * len)) peer_refuse("not hex", p);
        rlp_put_bytes(o, bytes, len);
        *end = p;
        return;
    }
    size_t mark = rlp_mark(o);
    p--;
    bool empty = p[-1] == '[';
    while (!empty) {
        put_tree(o, begin, &p);
        if (p[-1] == '[') break;
        p--; /* the comma */
    }
    rlp_put_list(o, mark);
    *end = p - 1;
}

static void print_item(struct rlp_in *in)
{
    struct rlp_item item;
    if (!rlp_next(in, &item)) peer_refuse("not canonical", "RLP");
    if (!item.is_list) {
        print_bytes(item.p, item.len);
        return;
    }
    struct rlp_in list = {item.p, item.len};
    (void)fputc('[', stdout);
    while (list.len > 0) {
        print_item(&list);
        if (list.len > 0) (void)fputc(',', stdout);
    }
    (void)fputc(']', stdout);
}

static void answer_rlp(char **args, int n_args)
{
    (void)n_args;
    struct rlp_out o;
    const char *end = args[0] + strlen(args[0]);
    rlp_out_init(&o, buffer, sizeof buffer);
    put_tree(&o, args[0], &end);
    print_bytes(rlp_out_data(&o), rlp_out_len(&o));
}

static void answer_rlp_read(char **args, int n_args)
{
    (void)n_args;
    struct rlp_in in = {buffer, get_bytes(buffer, args[0])};
    print_item(&in);
    if (in.len != 0) peer_refuse("left over", args[0]);
}

/* ---- ABI: f(uint64 a, uint128 b, address c, bool d, bytes e, (uint64 x, bytes y)[] f) */

static void answer_abi(char **args, int n_args)
{
    static uint8_t data[BYTES_MAX];
    uint8_t u128[16];
    uint8_t address[20];
    struct abi_out o;
    size_t n = (size_t)(n_args - 5) / 2;
    size_t slots[PEER_WORDS_MAX];
    abi_out_init(&o, buffer, sizeof buffer);
    size_t tuple = abi_begin(&o);
    abi_put_u64(&o, get_u64(args[0]));
    get_fixed(u128, 16, args[1]);
    abi_put_u128(&o, u128);
    get_fixed(address, 20, args[2]);
    abi_put_address(&o, address);
    abi_put_bool(&o, get_u64(args[3]) == 1);
    size_t slot_e = abi_put_slot(&o);
    size_t slot_f = abi_put_slot(&o);
    abi_fill_slot(&o, slot_e, tuple);
    size_t len = get_bytes(data, args[4]);
    abi_put_bytes(&o, data, len);
    abi_fill_slot(&o, slot_f, tuple);
    abi_put_u64(&o, n);
    size_t members = abi_begin(&o);
    for (size_t i = 0; i < n; i++) slots[i] = abi_put_slot(&o);
    for (size_t i = 0; i < n; i++) {
        abi_fill_slot(&o, slots[i], members);
        size_t member = abi_begin(&o);
        abi_put_u64(&o, get_u64(args[5 + 2 * i]));
        size_t slot_y = abi_put_slot(&o);
        abi_fill_slot(&o, slot_y, member);
        len = get_bytes(data, args[6 + 2 * i]);
        abi_put_bytes(&o, data, len);
    }
    print_bytes(buffer, o.len);
}

static void answer_abi_read(char **args, int n_args)
{
    (void)n_args;
    struct abi_in in = {buffer, get_bytes(buffer, args[0])};
    struct abi_in members;
    uint64_t a;
    uint8_t b[16];
    uint8_t c[20];
    bool d;
    const uint8_t *e;
    size_t e_len;
    size_t n;
    bool ok = abi_get_u64(&in, 0, &a) && abi_get_u128(&in, 1, b) && abi_get_address(&in, 2, c) &&
              abi_get_bool(&in, 3, &d) && abi_get_bytes(&in, 4, &e, &e_len) &&
              abi_get_array(&in, 5, 1000, &members, &n);
    if (!ok) peer_refuse("cannot read", args[0]);
    (void)printf("%llu ", (unsigned long long)a);
    print_bytes(b, 16);
    (void)fputc(' ', stdout);
    print_bytes(c, 20);
    (void)printf(" %d ", d);
    print_bytes(e, e_len);
    for (size_t i = 0; i < n; i++) {
        struct abi_in member;
        uint64_t x;
        if (!abi_get_tuple(&members, i, &member) || !abi_get_u64(&member, 0, &x) ||
            !abi_get_bytes(&member, 1, &e, &e_len))
            peer_refuse("cannot read", args[0]);
        (void)printf(" %llu ", (unsigned long long)x);
        print_bytes(e, e_len);
    }
}

/* ---- transactions: type chain nonce gas max_fee priority to value data key */

static void answer_tx(char **args, int n_args)
{
    (void)n_args;
    static uint8_t data[BYTES_MAX];
    struct eth_tx tx = {.type = (eth_tx_type)get_u64(args[0]),
                        .chain_id = get_u64(args[1]),
                        .nonce = get_u64(args[2]),
                        .gas_limit = get_u64(args[3]),
                        .creates = strcmp(args[6], "-") == 0,
                        .data = data};
    struct eth_key key;
    uint8_t hash[32];
    size_t len;
    peer_bytes32(tx.max_fee, args[4]);
    peer_bytes32(tx.max_priority, args[5]);
    if (!tx.creates) get_fixed(tx.to, 20, args[6]);
    peer_bytes32(tx.value, args[7]);
    tx.data_len = get_bytes(data, args[8]);
    if (eth_key_from_hex(&key, args[9]) != ZK_OK || eth_tx_sign(buffer, &len, hash, &tx, &key) != ZK_OK)
        peer_refuse(zk_err_message(), args[9]);
    print_bytes(buffer, len);
    (void)fputc(' ', stdout);
    peer_print32(hash);
}

static void answer_tx_read(char **args, int n_args)
{
    (void)n_args;
    struct eth_tx tx;
    uint8_t sender[20];
    size_t len = get_bytes(buffer, args[0]);
    if (eth_tx_decode(&tx, sender, buffer, len) != ZK_OK) peer_refuse(zk_err_message(), args[0]);
    (void)printf("%d %llu %llu %llu ", (int)tx.type, (unsigned long long)tx.chain_id, (unsigned long long)tx.nonce,
                 (unsigned long long)tx.gas_limit);
    peer_print32(tx.max_fee);
    (void)fputc(' ', stdout);
    peer_print32(tx.max_priority);
    (void)fputc(' ', stdout);
    print_bytes(tx.to, tx.creates ? 0 : 20);
    (void)fputc(' ', stdout);
    peer_print32(tx.value);
    (void)fputc(' ', stdout);
    print_bytes(tx.data, tx.data_len);
    (void)fputc(' ', stdout);
    print_bytes(sender, 20);
}

/* ---- keys and addresses */

static void answer_address(char **args, int n_args)
{
    (void)n_args;
    struct eth_key key;
    char text[43];
    if (eth_key_from_hex(&key, args[0]) != ZK_OK) peer_refuse(zk_err_message(), "key");
    eth_address_str(text, key.address);
    (void)fputs(text, stdout);
}

static void answer_create(char **args, int n_args)
{
    (void)n_args;
    uint8_t sender[20];
    uint8_t out[20];
    get_fixed(sender, 20, args[0]);
    eth_create_address(out, sender, get_u64(args[1]));
    print_bytes(out, 20);
}

static void answer_create2(char **args, int n_args)
{
    (void)n_args;
    uint8_t deployer[20];
    uint8_t salt[32];
    uint8_t code_hash[32];
    uint8_t out[20];
    get_fixed(deployer, 20, args[0]);
    peer_bytes32(salt, args[1]);
    peer_bytes32(code_hash, args[2]);
    eth_create2_address(out, deployer, salt, code_hash);
    print_bytes(out, 20);
}

static void answer_keystore_decrypt(char **args, int n_args)
{
    (void)n_args;
    struct eth_key key;
    if (keystore_decrypt(&key, args[0], strlen(args[0]), args[1]) != ZK_OK) peer_refuse(zk_err_message(), "keystore");
    peer_print32(key.secret);
}

static void answer_keystore_encrypt(char **args, int n_args)
{
    (void)n_args;
    char json[KEYSTORE_JSON_CAP];
    struct eth_key key;
    struct keystore_cost cost = {(uint32_t)get_u64(args[2]), (uint32_t)get_u64(args[3]), (uint32_t)get_u64(args[4])};
    if (eth_key_from_hex(&key, args[0]) != ZK_OK || keystore_encrypt(json, &key, args[1], cost) != ZK_OK)
        peer_refuse(zk_err_message(), "keystore");
    (void)fputs(json, stdout);
}

/* Words joined by underscores, passphrase ("-": none), index. */
static void answer_mnemonic(char **args, int n_args)
{
    (void)n_args;
    struct eth_key key;
    for (char *p = args[0]; *p != '\0'; p++)
        if (*p == '_') *p = ' ';
    const char *passphrase = strcmp(args[1], "-") == 0 ? "" : args[1];
    if (mnemonic_key(&key, args[0], passphrase, (uint32_t)get_u64(args[2])) != ZK_OK)
        peer_refuse(zk_err_message(), "mnemonic");
    peer_print32(key.secret);
}

int main(void)
{
    static const struct peer_op ops[] = {
        {"rlp", 1, answer_rlp},
        {"rlp_read", 1, answer_rlp_read},
        {"abi", -1, answer_abi},
        {"abi_read", 1, answer_abi_read},
        {"tx", 10, answer_tx},
        {"tx_read", 1, answer_tx_read},
        {"address", 1, answer_address},
        {"create", 2, answer_create},
        {"create2", 3, answer_create2},
        {"keystore_decrypt", 2, answer_keystore_decrypt},
        {"keystore_encrypt", 5, answer_keystore_encrypt},
        {"mnemonic", 3, answer_mnemonic},
    };
    return peer_serve(ops, ZK_COUNT(ops));
}
