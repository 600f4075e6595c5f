/* Leases between processes: here, between handles of one database. */
#include "node/lease.h"
#include "store/databases_test.h"

#define LEASE_US 600000

static struct store *open_store(const char *url)
{
    struct store *s;
    CHECK_OK(store_open(&s, url, &(struct store_options){.create = true}));
    return s;
}

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

DB_TEST(test_lease__is_held_by_one)
{
    struct events *e;
    struct lease *a, *b;
    CHECK_OK(events_create(&e));
    CHECK_OK(lease_create(&a, open_store(url), e, "sequencer", LEASE_US));
    CHECK(lease_wait(a));
    CHECK_OK(lease_create(&b, open_store(url), e, "sequencer", LEASE_US));
    (void)usleep(2 * LEASE_US); /* long enough for several renewals */
    CHECK(lease_held(a));
    CHECK(!lease_held(b));
    uint64_t token = lease_token(a);
    lease_destroy(a); /* gives it up: the other has it at its next look, not only when it would have run out */
    CHECK(lease_wait(b));
    CHECK(lease_token(b) > token);
    lease_destroy(b);
    events_destroy(e);
}

DB_TEST(test_lease__passes_on_when_its_holder_dies)
{
    struct events *e;
    struct lease *a, *b;
    CHECK_OK(events_create(&e));
    CHECK_OK(lease_create(&a, open_store(url), e, "sequencer", LEASE_US));
    CHECK(lease_wait(a));
    struct store *held_by_a = open_store(url);
    store_fence(held_by_a, "sequencer", lease_token(a));
    CHECK_OK(lease_create(&b, open_store(url), e, "sequencer", LEASE_US));
    double since = seconds();
    lease_abandon(a);
    CHECK(lease_wait(b));
    CHECK(seconds() - since < 10);
    store_fence(held_by_a, "sequencer", lease_token(b) - 1); /* whoever wakes up late is stopped */
    CHECK_ERR(ZK_ERR_CANCELLED, store_put(held_by_a, "k", "v", 1));
    store_close(held_by_a);
    lease_destroy(b);
    events_destroy(e);
}

DB_TEST(test_lease__different_names_do_not_wait_for_each_other)
{
    struct events *e;
    struct lease *a, *b;
    CHECK_OK(events_create(&e));
    CHECK_OK(lease_create(&a, open_store(url), e, "sequencer", LEASE_US));
    CHECK_OK(lease_create(&b, open_store(url), e, "sender", LEASE_US));
    CHECK(lease_wait(a));
    CHECK(lease_wait(b));
    lease_destroy(a);
    lease_destroy(b);
    events_destroy(e);
}

DB_TEST(test_wait__ends_when_the_node_stops)
{
    struct events *e;
    struct lease *a, *b;
    CHECK_OK(events_create(&e));
    CHECK_OK(lease_create(&a, open_store(url), e, "sequencer", LEASE_US));
    CHECK(lease_wait(a));
    CHECK_OK(lease_create(&b, open_store(url), e, "sequencer", LEASE_US));
    events_raise(e, EVENT_BIT(EVENT_STOP));
    CHECK(!lease_wait(b));
    lease_destroy(b);
    lease_destroy(a);
    events_destroy(e);
}

TEST_MAIN(TEST(test_lease__is_held_by_one), TEST(test_lease__passes_on_when_its_holder_dies),
          TEST(test_lease__different_names_do_not_wait_for_each_other), TEST(test_wait__ends_when_the_node_stops))
