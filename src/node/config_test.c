#include "base/bytes.h"
#include "base/test.h"
#include "node/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_file(char path[32], const char *text)
{
    (void)snprintf(path, 32, "/tmp/zkroll-config-XXXXXX");
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

static zk_err read_text(struct node_config *c, const char *text)
{
    char path[32];
    write_file(path, text);
    config_defaults(c);
    zk_err err = config_file(c, path);
    (void)unlink(path);
    return err;
}

static void expect_error(const char *text, const char *message)
{
    struct node_config c;
    CHECK_MSG(read_text(&c, text) != ZK_OK, "accepted: %s", text);
    CHECK_MSG(strstr(zk_err_message(), message) != NULL, "want \"%s\" in \"%s\"", message, zk_err_message());
}

static void test_defaults__are_what_the_table_says(struct prng *rng)
{
    (void)rng;
    struct node_config c;
    config_defaults(&c);
    CHECK_EQ_U64(ROLES_ALL, c.roles);
    CHECK_EQ_STR("zkroll-data", c.data_dir);
    CHECK_EQ_U64(10000, c.sequencer.block_time_ms);
    CHECK_EQ_U64(50, c.sequencer.tick_ms);
    CHECK_EQ_U64(UINT64_C(4) << 30, c.sequencer.balance_bytes);
    CHECK(c.sequencer.traces);
    CHECK_EQ_U64(9, c.l1.chain_id);
}

static void test_file__sets_options(struct prng *rng)
{
    (void)rng;
    struct node_config c;
    CHECK_OK(read_text(&c, "roles = sequencer, api\n"
                           "data_dir = /tmp/x y\n"
                           "; a comment\n"
                           "[sequencer]\n"
                           "block-time = 250ms   ; why not\n"
                           "block_slots=640\n"
                           "traces = no\n"
                           "[l1]\n"
                           "urls = http://a:1,\n"
                           "       http://b:2/key\n"
                           "[db]\n"
                           "url = postgres://zk@host/db?sslmode=require\n"));
    CHECK_EQ_U64(ROLE_API | ROLE_SEQUENCER, c.roles);
    CHECK_EQ_STR("/tmp/x y", c.data_dir);
    CHECK_EQ_U64(250, c.sequencer.block_time_ms);
    CHECK_EQ_U64(640, c.sequencer.block_slots);
    CHECK(!c.sequencer.traces);
    size_t cursor = 0;
    char item[CONFIG_TEXT_CAP];
    CHECK(config_next_item(item, sizeof item, c.l1.urls, &cursor));
    CHECK_EQ_STR("http://a:1", item);
    CHECK(config_next_item(item, sizeof item, c.l1.urls, &cursor));
    CHECK_EQ_STR("http://b:2/key", item);
    CHECK(!config_next_item(item, sizeof item, c.l1.urls, &cursor));
}

static void test_file__names_line_and_reason_of_each_error(struct prng *rng)
{
    (void)rng;
    expect_error("[sequencer]\nblok-time = 1s\n",
                 ":2: there is no option 'sequencer.blok-time'; did you mean sequencer.block-time?");
    expect_error("[sequencr]\nblock-time = 1s\n", "did you mean sequencer.block-time?");
    expect_error("block-time = 1s\n", "there is no option 'block-time'");
    expect_error("sequencer.block-time = 1s\n", "wrong section");
    expect_error("[sequencer]\nblock-time = 1s\nblock_time = 2s\n", ":3: sequencer.block_time is there twice");
    expect_error("[sequencer]\nblock-time = 1\n", "is not a time");
    expect_error("[sequencer]\nblock-time = -1s\n", "is not a time");
    expect_error("[sequencer]\nblock-time = 1 s\n", "is not a time");
    expect_error("[sequencer]\nblock-time = 99999999999999999999s\n", "is not a time");
    expect_error("[sequencer]\nblock-time = 18446744073709551615d\n", "is not a time");
    expect_error("[sequencer]\nblock-time = 13h\n", "is not in 1ms to 12h");
    expect_error("[sequencer]\nblock-slots = 4\n", "is not in 5 to 2560");
    expect_error("[sequencer]\nblock-slots = 0x28\n", "is not a number");
    expect_error("[sequencer]\nbalance-bytes = 1GB\n", "is not a size");
    expect_error("[sequencer]\ntraces = maybe\n", "neither yes nor no");
    expect_error("[settle]\nmode = both\n", "is not one of: joint split");
    expect_error("[settle]\nmode = \n", "is not one of");
    expect_error("roles = api,cook\n", "is not a list of");
    expect_error("roles =\n", "is not a list of");
    expect_error("genesis-fee = 0x12\n", "is not an address");
    expect_error("nonsense\n", ":1: neither");
    expect_error("[unclosed\n", ":1: neither");
    char longer[400];
    memset(longer, 'x', sizeof longer);
    (void)snprintf(longer, sizeof longer, "data-dir = ");
    memset(longer + 11, 'x', 300);
    (void)snprintf(longer + 311, 3, "\n");
    expect_error(longer, ":1: longer than");
}

static void test_file__that_is_not_there_is_an_error(struct prng *rng)
{
    (void)rng;
    struct node_config c;
    config_defaults(&c);
    CHECK_ERR(ZK_ERR_IO, config_file(&c, "/nonexistent/zkroll.conf"));
    CHECK(config_file(&c, "/tmp") != ZK_OK);
}

static void test_environment__overrides_and_is_strict(struct prng *rng)
{
    (void)rng;
    struct node_config c;
    config_defaults(&c);
    char block[] = "ZKROLL_SEQUENCER_BLOCK_TIME=3s", dir[] = "ZKROLL_DATA_DIR=/d", other[] = "PATH=/bin";
    char key[] = "ZKROLL_KEY=secret", bad[] = "ZKROLL_SEQUENCER_BLOCK_TIM=3s";
    char rest[] = "ZKROLL_REST=http://127.0.0.1:3001/api/v0.2", l1[] = "ZKROLL_L1=http://127.0.0.1:8545"; /* a user's */
    char *good_env[] = {block, other, dir, key, rest, l1, NULL}, *bad_env[] = {bad, NULL};
    CHECK_OK(config_environment(&c, good_env));
    CHECK_EQ_U64(3000, c.sequencer.block_time_ms);
    CHECK_EQ_STR("/d", c.data_dir);
    CHECK_ERR(ZK_ERR_INPUT, config_environment(&c, bad_env));
    CHECK(strstr(zk_err_message(), "sequencer.block-time") != NULL);
}

/* What is printed is a file that says the same. */
/* All options, as they are printed. */
static char *printed(const struct node_config *c)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    CHECK(f != NULL);
    config_print(c, f);
    CHECK(fclose(f) == 0);
    return text;
}

static void check_same(const struct node_config *a, const struct node_config *b)
{
    char *x = printed(a), *y = printed(b);
    CHECK(strcmp(x, y) == 0);
    free(x);
    free(y);
}

static void test_free_accounts__are_ids_of_accounts(struct prng *rng)
{
    (void)rng;
    struct node_config c;
    uint32_t ids[CONFIG_FREE_ACCOUNTS_MAX];
    size_t n;
    char many[2 * (CONFIG_FREE_ACCOUNTS_MAX + 1)];
    config_defaults(&c);
    CHECK_OK(config_free_accounts(ids, &n, &c));
    CHECK(n == 0);
    CHECK_OK(config_set(&c, "fee.free-accounts", " 0,16777214 , 7,"));
    CHECK_OK(config_free_accounts(ids, &n, &c));
    CHECK(n == 3 && ids[0] == 0 && ids[1] == 16777214 && ids[2] == 7);
    static const char *const bad[] = {"-1", "16777215", "4294967296", "0x7", "7s", "seven", "1 2"};
    for (size_t i = 0; i < ZK_COUNT(bad); i++) {
        CHECK_OK(config_set(&c, "fee.free-accounts", bad[i]));
        CHECK_ERR(ZK_ERR_INPUT, config_free_accounts(ids, &n, &c));
        CHECK_ERR(ZK_ERR_INPUT, config_check(&c));
    }
    for (size_t i = 0; i < sizeof many; i++) many[i] = i % 2 == 0 ? '9' : ',';
    many[sizeof many - 1] = '\0';
    CHECK_OK(config_set(&c, "fee.free-accounts", many));
    CHECK_ERR(ZK_ERR_RANGE, config_check(&c));
    many[2 * CONFIG_FREE_ACCOUNTS_MAX - 1] = '\0';
    CHECK_OK(config_set(&c, "fee.free-accounts", many));
    CHECK_OK(config_free_accounts(ids, &n, &c));
    CHECK(n == CONFIG_FREE_ACCOUNTS_MAX);
}

static void test_print__is_read_back(struct prng *rng)
{
    (void)rng;
    struct node_config c, back;
    config_defaults(&c);
    CHECK_OK(config_set(&c, "sequencer.block-time", "90s"));
    CHECK_OK(config_set(&c, "SEQUENCER_TRACES", "no"));
    CHECK_OK(config_set(&c, "roles", "prover"));
    CHECK_OK(config_set(&c, "sequencer.fast-block-time", "1ms"));
    CHECK_OK(config_set(&c, "fee.prices", "A=1"));
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    CHECK(f != NULL);
    config_print(&c, f);
    CHECK(fclose(f) == 0);
    CHECK(strstr(text, "\nblock-time = 90s\n") != NULL);
    CHECK(strstr(text, "\n# tick = 50ms\n") != NULL);
    CHECK_OK(read_text(&back, text));
    check_same(&c, &back);
    free(text);

    /* And with every option written out, defaults too. */
    struct node_config usual;
    config_defaults(&usual);
    f = open_memstream(&text, &len);
    CHECK(f != NULL);
    config_print(&usual, f);
    CHECK(fclose(f) == 0);
    for (char *p = text; (p = strstr(p, "\n# ")) != NULL; p++)
        if (strstr(p, " = ") != NULL && strstr(p, " = ") < strchr(p + 1, '\n') && p[3] != ' ')
            memmove(p + 1, p + 3, strlen(p + 3) + 1);
    CHECK_OK(read_text(&back, text));
    check_same(&usual, &back);
    free(text);
}

static void test_names__are_each_others_only_once(struct prng *rng)
{
    (void)rng;
    struct node_config c;
    config_defaults(&c);
    for (size_t i = 0; i < config_rows(); i++) {
        struct config_row row;
        config_row(&row, i);
        char name[128], underscored[128];
        (void)snprintf(name, sizeof name, "%s%s%s", row.section, row.section[0] != '\0' ? "." : "", row.key);
        (void)snprintf(underscored, sizeof underscored, "%s", name);
        for (char *p = underscored; *p != '\0'; p++)
            if (*p == '.' || *p == '-') *p = '_';
        for (size_t j = 0; j < i; j++) {
            struct config_row other;
            config_row(&other, j);
            char other_name[128];
            (void)snprintf(other_name, sizeof other_name, "%s%s%s", other.section, other.section[0] != '\0' ? "_" : "",
                           other.key);
            for (char *p = other_name; *p != '\0'; p++)
                if (*p == '.' || *p == '-') *p = '_';
            CHECK_MSG(strcmp(underscored, other_name) != 0, "%s is there twice", name);
        }
        CHECK_OK(config_set(&c, underscored, row.fallback));
        CHECK(row.meaning[0] != '\0');
    }
}

static void test_check__refuses_what_cannot_be(struct prng *rng)
{
    (void)rng;
    struct node_config c;
    config_defaults(&c);
    CHECK_ERR(ZK_ERR_INPUT, config_check(&c)); /* role l1 without a node */
    c.roles = ROLE_SEQUENCER | ROLE_API;
    CHECK_OK(config_check(&c));
    CHECK_OK(config_set(&c, "api.ws-port", "3030"));
    CHECK_ERR(ZK_ERR_INPUT, config_check(&c));
    CHECK_OK(config_set(&c, "api.rpc-port", "0"));
    CHECK_OK(config_set(&c, "api.ws-port", "0"));
    CHECK_OK(config_check(&c));
    CHECK_OK(config_set(&c, "db.url", "postgres://zk@host:5432/db"));
    CHECK_OK(config_check(&c));
    CHECK_OK(config_set(&c, "db.url", "postgres://zk:hunter2@host:5432/db"));
    CHECK_ERR(ZK_ERR_INPUT, config_check(&c));
    CHECK(strstr(zk_err_message(), "hunter2") == NULL);
}

static void test_secret__comes_from_a_private_file_or_the_environment(struct prng *rng)
{
    (void)rng;
    char path[32], secret[64];
    write_file(path, "word\n");
    CHECK_OK(config_secret(secret, sizeof secret, path, "ZKROLL_TEST_SECRET"));
    CHECK_EQ_STR("word", secret);
    CHECK(chmod(path, 0640) == 0);
    CHECK_ERR(ZK_ERR_INPUT, config_secret(secret, sizeof secret, path, "ZKROLL_TEST_SECRET"));
    CHECK(chmod(path, 0600) == 0);
    CHECK_ERR(ZK_ERR_INPUT, config_secret(secret, 5, path, "ZKROLL_TEST_SECRET"));
    (void)unlink(path);
    CHECK_ERR(ZK_ERR_IO, config_secret(secret, sizeof secret, path, "ZKROLL_TEST_SECRET"));
    CHECK_ERR(ZK_ERR_INPUT, config_secret(secret, sizeof secret, "", "ZKROLL_TEST_SECRET"));
    CHECK(setenv("ZKROLL_TEST_SECRET", "hush", 1) == 0);
    CHECK_OK(config_secret(secret, sizeof secret, "", "ZKROLL_TEST_SECRET"));
    CHECK_EQ_STR("hush", secret);
}

TEST_MAIN(TEST(test_defaults__are_what_the_table_says), TEST(test_file__sets_options),
          TEST(test_file__names_line_and_reason_of_each_error), TEST(test_file__that_is_not_there_is_an_error),
          TEST(test_environment__overrides_and_is_strict), TEST(test_free_accounts__are_ids_of_accounts),
          TEST(test_print__is_read_back), TEST(test_names__are_each_others_only_once),
          TEST(test_check__refuses_what_cannot_be), TEST(test_secret__comes_from_a_private_file_or_the_environment))
