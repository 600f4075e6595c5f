#include "rollup/binding.h"
#include "rollup/pubdata_examples_test.h"
#include "rollup/vectors_test.h"

#include <stdlib.h>

/* Both streams as they grow. */
struct streams {
    uint8_t settlement[8192], delta[8192];
    size_t settlement_len, delta_len;
    unsigned slots;
    fr chain;
};

static void streams_start(struct streams *s, const struct fee_class classes[FEE_CLASSES])
{
    memset(s, 0, sizeof *s);
    fee_classes_encode(s->delta, classes);
    s->delta_len = PUBDATA_OPENING_BYTES;
    binding_chain_start(&s->chain, s->delta);
}

static void streams_put(struct streams *s, const struct op *op)
{
    struct slot_words slots[OP_SLOTS_MAX];
    unsigned n = op_encode(slots, op);
    for (unsigned i = 0; i < n; i++) {
        size_t ns = slots[i].n_settlement * WORD_BYTES, nd = slots[i].n_delta * WORD_BYTES;
        CHECK(s->settlement_len + ns <= sizeof s->settlement);
        CHECK(s->delta_len + nd <= sizeof s->delta);
        memcpy(s->settlement + s->settlement_len, slots[i].words, ns);
        memcpy(s->delta + s->delta_len, slots[i].words[slots[i].n_settlement], nd);
        s->settlement_len += ns;
        s->delta_len += nd;
        binding_chain_slot(&s->chain, &slots[i]);
    }
    s->slots += n;
}

static void check_same_op(const struct op *want, const struct op *got)
{
    CHECK_EQ_STR(op_kind_str(want->kind), op_kind_str(got->kind));
    CHECK_MSG(op_eq(want, got), "a %s came back as another", op_kind_str(want->kind));
}

/* Reads both streams to the end and returns the number of operations; ops may be NULL. */
static zk_err read_all(struct op *ops, size_t cap, size_t *n, const struct streams *s)
{
    struct pubdata_reader r;
    *n = 0;
    ZK_TRY(pubdata_open(&r, s->settlement, s->settlement_len, s->delta, s->delta_len));
    for (;;) {
        struct op op;
        bool end;
        ZK_TRY(pubdata_next(&r, &op, &end));
        if (end) return ZK_OK;
        CHECK(*n < cap);
        ops[(*n)++] = op;
    }
}

static char *page_load(void)
{
    FILE *f = fopen(ZK_SOURCE_DIR "/docs/pubdata.md", "rb");
    CHECK(f != NULL);
    char *page = calloc(1, 1 << 17);
    CHECK(page != NULL);
    size_t n = fread(page, 1, (1 << 17) - 1, f);
    CHECK(n > 1000);
    (void)fclose(f);
    return page;
}

/* The lines of an example, as the page has them. */
static void example_text(char *out, size_t cap, const struct op *op)
{
    struct slot_words slots[OP_SLOTS_MAX];
    unsigned n = op_encode(slots, op);
    size_t len = 0;
    for (unsigned s = 0; s < n; s++) {
        for (unsigned w = 0; w < slots[s].n_settlement + slots[s].n_delta; w++) {
            char hex[2 * WORD_BYTES + 1];
            hex_encode(hex, slots[s].words[w], WORD_BYTES);
            len +=
                (size_t)snprintf(out + len, cap - len, "  %u %c %s\n", s, w < slots[s].n_settlement ? 'S' : 'D', hex);
        }
    }
}

static void test_page__has_the_words_of_each_operation(struct prng *rng)
{
    (void)rng;
    char *page = page_load();
    for (size_t i = 0; i < ZK_COUNT(examples); i++) {
        char title[64], want[1024];
        (void)snprintf(title, sizeof title, "\n%s: ", op_kind_str(examples[i].kind));
        char *at = strstr(strstr(page, "## Examples"), title);
        CHECK_MSG(at != NULL, "no example of %s", op_kind_str(examples[i].kind));
        at = strchr(at + 1, '\n') + 1;
        example_text(want, sizeof want, &examples[i]);
        CHECK_MSG(strncmp(at, want, strlen(want)) == 0, "%s: the page should say\n%s", title + 1, want);
    }
    free(page);
}

static void check_page_value(const char *page, const char *name, const fr *value)
{
    uint8_t bytes[32];
    char line[128], hex[65];
    fr_to_be32(bytes, value);
    hex_encode(hex, bytes, 32);
    (void)snprintf(line, sizeof line, "\n%-24s0x%s\n", name, hex);
    CHECK_MSG(strstr(page, line) != NULL, "the page should say%s", line);
}

static void test_page__has_the_binding_of_the_examples(struct prng *rng)
{
    (void)rng;
    char *page = page_load();
    struct streams s;
    streams_start(&s, example_classes);
    check_page_value(page, "C before the first slot", &s.chain);
    for (size_t i = 0; i < ZK_COUNT(examples); i++) streams_put(&s, &examples[i]);
    const struct op noop = {.kind = OP_NOOP};
    while (s.slots < 40) streams_put(&s, &noop);
    check_page_value(page, "C", &s.chain);

    const struct block_header header = {.number = 7, .fee_account = 0, .timestamp = 1700000000};
    fr x, old_root, new_root, r;
    binding_header(&x, &header);
    check_page_value(page, "header", &x);
    fr_from_u64(&old_root, 1);
    fr_from_u64(&new_root, 2);
    binding_challenge(&r, s.settlement, s.settlement_len, s.delta, s.delta_len, &s.chain, &header, &old_root,
                      &new_root);
    check_page_value(page, "r", &r);
    binding_evaluate(&x, s.settlement, s.settlement_len, &r);
    check_page_value(page, "y_s", &x);
    binding_evaluate(&x, s.delta, s.delta_len, &r);
    check_page_value(page, "y_d", &x);
    free(page);
}

static void test_streams__give_back_what_was_put(struct prng *rng)
{
    (void)rng;
    struct streams s;
    streams_start(&s, example_classes);
    for (size_t i = 0; i < ZK_COUNT(examples); i++) streams_put(&s, &examples[i]);
    struct op got[ZK_COUNT(examples)];
    size_t n;
    CHECK_OK(read_all(got, ZK_COUNT(got), &n, &s));
    CHECK_EQ_U64(ZK_COUNT(examples), n);
    for (size_t i = 0; i < n; i++) check_same_op(&examples[i], &got[i]);
}

/* Every way to change one byte is an error or gives other operations: no byte is without meaning. */
static void test_streams__have_no_spare_bits(struct prng *rng)
{
    (void)rng;
    static struct streams s;
    for (size_t e = 0; e < ZK_COUNT(examples); e++) {
        streams_start(&s, example_classes);
        streams_put(&s, &examples[e]);
        for (size_t i = 0; i < s.settlement_len + s.delta_len - PUBDATA_OPENING_BYTES; i++) {
            bool in_settlement = i < s.settlement_len;
            uint8_t *byte = in_settlement ? &s.settlement[i] : &s.delta[PUBDATA_OPENING_BYTES + i - s.settlement_len];
            for (unsigned bit = 0; bit < 8; bit++) {
                struct op got[4];
                size_t n;
                *byte ^= (uint8_t)(1u << bit);
                zk_err err = read_all(got, ZK_COUNT(got), &n, &s);
                bool free_class = !in_settlement && i == s.settlement_len && bit < 4 && examples[e].fee == 0 &&
                                  op_is_settlement(examples[e].kind);
                if (err == ZK_OK && n == 1 && !free_class)
                    CHECK_MSG(!op_eq(&got[0], &examples[e]), "%s: byte %zu bit %u is spare",
                              op_kind_str(examples[e].kind), i, bit);
                *byte ^= (uint8_t)(1u << bit);
            }
        }
    }
}

static void test_streams__refuse_every_truncation(struct prng *rng)
{
    (void)rng;
    static struct streams s;
    struct op got[4];
    size_t n;
    for (size_t e = 0; e < ZK_COUNT(examples); e++) {
        streams_start(&s, example_classes);
        streams_put(&s, &examples[e]);
        struct streams cut = s;
        while (cut.delta_len > PUBDATA_OPENING_BYTES + (cut.settlement_len == 0 ? 1 : 0)) {
            cut.delta_len--;
            CHECK_ERR(ZK_ERR_INPUT, read_all(got, ZK_COUNT(got), &n, &cut));
        }
        cut = s;
        while (cut.settlement_len > 0) {
            cut.settlement_len--;
            CHECK_ERR(ZK_ERR_INPUT, read_all(got, ZK_COUNT(got), &n, &cut));
        }
    }
    streams_start(&s, example_classes);
    CHECK_OK(read_all(got, ZK_COUNT(got), &n, &s));
    CHECK_EQ_U64(0, n);
    s.delta_len -= WORD_BYTES;
    CHECK_ERR(ZK_ERR_INPUT, read_all(got, ZK_COUNT(got), &n, &s));
}

static void check_refused(const struct streams *s, const char *why)
{
    struct op got[4];
    size_t n;
    CHECK_ERR(ZK_ERR_INPUT, read_all(got, ZK_COUNT(got), &n, s));
    CHECK_MSG(strstr(zk_err_message(), why) != NULL, "want \"%s\", got \"%s\"", why, zk_err_message());
}

/* Puts one example, sets one byte, and expects the reason. */
static void check_byte_refused(op_kind kind, bool in_settlement, size_t at, uint8_t value, const char *why)
{
    static struct streams s;
    streams_start(&s, example_classes);
    for (size_t e = 0; e < ZK_COUNT(examples); e++)
        if (examples[e].kind == kind) streams_put(&s, &examples[e]);
    (in_settlement ? s.settlement : s.delta + PUBDATA_OPENING_BYTES)[at] = value;
    check_refused(&s, why);
}

static void test_streams__say_what_is_wrong(struct prng *rng)
{
    (void)rng;
    check_byte_refused(OP_TRANSFER, false, 0, 0x00, "no operation of the delta stream begins with byte 00");
    check_byte_refused(OP_TRANSFER, false, 0, 0x90, "no operation of the delta stream begins with byte 90");
    check_byte_refused(OP_TRANSFER, false, 11, 0x1f, "a packed amount stands for 2^128 or more");
    check_byte_refused(OP_TRANSFER_LONG, false, 0, 0x20, "a fee is paid in another token than its class's");
    check_byte_refused(OP_TRANSFER_LONG, false, 12, 0x04, "a token id is above 1023");
    check_byte_refused(OP_TRANSFER_LONG, false, 16, 1, "an unused byte is not zero");
    check_byte_refused(OP_NFT_TRANSFER, false, 0, 0x42, "an NFT transfer of more than one");
    check_byte_refused(OP_SWAP, false, 23, 4, "nonce mask");
    check_byte_refused(OP_WITHDRAW, true, 0, 0x02, "no operation of the settlement stream begins with byte 02");
    check_byte_refused(OP_WITHDRAW, true, 24, 0x04, "a token id is above 1023");
    check_byte_refused(OP_WITHDRAW, false, 5, 1, "an initiator where there is none");
    check_byte_refused(OP_DEPOSIT, false, 2, 0x20, "an unused byte is not zero");
    check_byte_refused(OP_WITHDRAW_NFT, true, 55, 0, "a withdrawal of no NFT");
    check_byte_refused(OP_FULL_EXIT_NFT, true, 55, 2, "an NFT operation of more than one");

    static struct streams s;
    streams_start(&s, example_classes);
    streams_put(&s, &examples[0]);
    s.delta_len -= WORD_BYTES;
    check_refused(&s, "more operations than the delta stream has markers");
    streams_start(&s, example_classes);
    streams_put(&s, &examples[0]);
    s.settlement_len = 0;
    check_refused(&s, "a marker more than");
    streams_start(&s, example_classes);
    s.delta[3] = 1;
    check_refused(&s, "an unused byte is not zero");

    struct op got[1];
    size_t n;
    s.delta[0] = 2;
    CHECK_ERR(ZK_ERR_UNSUPPORTED, read_all(got, 1, &n, &s));
}

/* A class of a token that does not exist is harmless until somebody uses it. */
static void test_classes__of_no_token_are_refused_on_use(struct prng *rng)
{
    (void)rng;
    static struct streams s;
    struct op got[2];
    size_t n;
    streams_start(&s, example_classes);
    streams_put(&s, &examples[1]);
    s.delta[8 + 4 * 15] = 4; /* class 15: token 1024 */
    CHECK_OK(read_all(got, 2, &n, &s));
    s.delta[PUBDATA_OPENING_BYTES] |= 15;
    check_refused(&s, "a fee class of a token above 1023 is used");
}

static void from_vector_address(uint8_t out[20], struct json_object *fields, const char *key)
{
    const char *hex = vector_str(fields, key);
    CHECK(hex_decode(out, 20, hex, strlen(hex)));
}

/* The operations of the 1.x vectors, extreme values included, in our layouts and back. Ids that our streams cannot say
 * (tokens 1024 .. 65535 and the fee tokens of other classes) do not occur in them. */
static void test_vectors__survive_our_layout(struct prng *rng)
{
    (void)rng;
    struct json_object *file = vectors_load("pubdata.json");
    struct json_object *cases = vector_get(file, "cases");
    unsigned seen = 0;
    for (size_t i = 0; i < vector_count(cases); i++) {
        struct json_object *c = json_object_array_get_idx(cases, i);
        const char *name = vector_str(c, "op");
        struct json_object *f = vector_get(c, "fields");
        struct op op = {.kind = OP_NOOP};
        if (strcmp(name, "Deposit") == 0) {
            op.kind = OP_DEPOSIT;
            op.account = (uint32_t)vector_u64(f, "accountId");
            from_vector_address(op.address.b, f, "to");
        } else if (strcmp(name, "Transfer") == 0) {
            op.kind = OP_TRANSFER_LONG;
            op.account = (uint32_t)vector_u64(f, "from");
            op.other = (uint32_t)vector_u64(f, "to");
        } else if (strcmp(name, "Withdraw") == 0) {
            op.kind = OP_WITHDRAW;
            op.account = (uint32_t)vector_u64(f, "accountId");
            from_vector_address(op.address.b, f, "to");
        } else {
            continue;
        }
        op.token = (uint32_t)vector_u64(f, "token");
        if (!token_is_fungible(op.token)) continue;
        const char *amount = json_object_get_string(vector_get(f, "amount"));
        CHECK(u128_from_text(&op.amount, amount, strlen(amount)) == U128_PARSED);
        if (op.kind != OP_DEPOSIT) {
            const char *fee = json_object_get_string(vector_get(f, "fee"));
            CHECK(u128_from_text(&op.fee, fee, strlen(fee)) == U128_PARSED);
        }
        if (op.fee != 0) op.fee_token = op.token;
        struct fee_class classes[FEE_CLASSES] = {{op.fee_token, op.fee}};
        struct streams s;
        streams_start(&s, classes);
        streams_put(&s, &op);
        struct op got = {.kind = OP_NOOP};
        size_t n;
        CHECK_OK(read_all(&got, 1, &n, &s));
        CHECK_EQ_U64(1, n);
        check_same_op(&op, &got);
        seen++;
    }
    CHECK(seen > 10);
    json_object_put(file);
}

/* y is the polynomial with leading coefficient 1: checked by summing powers, the slow way. */
static void test_evaluate__is_a_monic_polynomial(struct prng *rng)
{
    uint8_t stream[20 * WORD_BYTES];
    prng_bytes(rng, stream, sizeof stream);
    fr r, y, want = FR_ZERO, power = FR_ONE;
    fr_random(&r, rng);
    for (size_t i = 20; i-- > 0;) {
        uint8_t be[32] = {0};
        memcpy(be + 20, stream + i * WORD_BYTES, WORD_BYTES);
        fr word;
        CHECK(fr_from_be32(&word, be));
        fr_mul(&word, &word, &power);
        fr_add(&want, &want, &word);
        fr_mul(&power, &power, &r);
    }
    fr_add(&want, &want, &power);
    binding_evaluate(&y, stream, sizeof stream, &r);
    CHECK(fr_eq(&want, &y));
    binding_evaluate(&y, stream, 0, &r);
    CHECK(fr_is_one(&y));
}

TEST_MAIN(TEST(test_page__has_the_words_of_each_operation), TEST(test_page__has_the_binding_of_the_examples),
          TEST(test_streams__give_back_what_was_put), TEST(test_streams__have_no_spare_bits),
          TEST(test_streams__refuse_every_truncation), TEST(test_streams__say_what_is_wrong),
          TEST(test_classes__of_no_token_are_refused_on_use), TEST(test_vectors__survive_our_layout),
          TEST(test_evaluate__is_a_monic_polynomial))
