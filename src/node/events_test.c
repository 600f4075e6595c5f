#include "base/test.h"
#include "node/events.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

static void test_wait__sees_what_was_raised_before(struct prng *rng)
{
    (void)rng;
    struct events *e;
    CHECK_OK(events_create(&e));
    struct events_seen seen;
    events_seen_now(&seen, e);
    CHECK_EQ_U64(0, events_wait(e, &seen, EVENT_BIT(EVENT_TX), 0));
    events_raise(e, EVENT_BIT(EVENT_TX) | EVENT_BIT(EVENT_CHANGE));
    events_raise(e, EVENT_BIT(EVENT_TX));
    CHECK_EQ_U64(EVENT_BIT(EVENT_TX), events_wait(e, &seen, EVENT_BIT(EVENT_TX), 1000));
    CHECK_EQ_U64(0, events_wait(e, &seen, EVENT_BIT(EVENT_TX), 0));
    CHECK_EQ_U64(EVENT_BIT(EVENT_CHANGE), events_wait(e, &seen, EVENT_BIT(EVENT_CHANGE), 0));
    struct events_seen fresh = {0};
    CHECK_EQ_U64(EVENT_BIT(EVENT_TX), events_wait(e, &fresh, EVENT_BIT(EVENT_TX), 0));
    events_destroy(e);
}

static void test_wait__does_not_end_after_stop_was_raised(struct prng *rng)
{
    (void)rng;
    struct events *e;
    CHECK_OK(events_create(&e));
    CHECK(!events_stopping(e));
    events_raise(e, EVENT_BIT(EVENT_STOP));
    CHECK(events_stopping(e));
    struct events_seen seen;
    events_seen_now(&seen, e);
    for (int i = 0; i < 3; i++) CHECK_EQ_U64(EVENT_BIT(EVENT_STOP), events_wait(e, &seen, EVENT_BIT(EVENT_TX), -1));
    events_destroy(e);
}

#define RAISES 1000

struct raiser {
    struct events *e;
    event_kind kind;
};

static void *raise_many(void *arg)
{
    const struct raiser *r = arg;
    for (int i = 0; i < RAISES; i++) events_raise(r->e, EVENT_BIT(r->kind));
    return NULL;
}

static void test_wait__loses_nothing_between_threads(struct prng *rng)
{
    (void)rng;
    struct events *e;
    CHECK_OK(events_create(&e));
    struct raiser raisers[2] = {{e, EVENT_TX}, {e, EVENT_PRIORITY}};
    pthread_t threads[2];
    struct events_seen seen = {0};
    for (int i = 0; i < 2; i++) CHECK(pthread_create(&threads[i], NULL, raise_many, &raisers[i]) == 0);
    unsigned mask = EVENT_BIT(EVENT_TX) | EVENT_BIT(EVENT_PRIORITY);
    while (seen.count[EVENT_TX] < RAISES || seen.count[EVENT_PRIORITY] < RAISES)
        CHECK_MSG(events_wait(e, &seen, mask, 10000) != 0, "an event was lost");
    for (int i = 0; i < 2; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK_EQ_U64(0, events_wait(e, &seen, mask, 0));
    events_destroy(e);
}

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void test_fd__is_readable_after_its_events(struct prng *rng)
{
    (void)rng;
    struct events *e;
    CHECK_OK(events_create(&e));
    int fd, more[EVENTS_FDS_MAX], none;
    CHECK_OK(events_fd_open(&fd, e, EVENT_BIT(EVENT_CHANGE)));
    events_raise(e, EVENT_BIT(EVENT_TX));
    CHECK(!is_readable(fd));
    events_raise(e, EVENT_BIT(EVENT_CHANGE));
    CHECK(is_readable(fd));
    uint64_t count;
    CHECK(read(fd, &count, sizeof count) == sizeof count);
    CHECK(!is_readable(fd));
    for (int i = 1; i < EVENTS_FDS_MAX; i++) CHECK_OK(events_fd_open(&more[i], e, EVENT_BIT(EVENT_TX)));
    CHECK_ERR(ZK_ERR_FULL, events_fd_open(&none, e, EVENT_BIT(EVENT_TX)));
    events_fd_close(e, more[1]);
    events_raise(e, EVENT_BIT(EVENT_STOP));
    CHECK(is_readable(fd));
    CHECK(is_readable(more[2]));
    CHECK_OK(events_fd_open(&more[1], e, EVENT_BIT(EVENT_TX)));
    CHECK(is_readable(more[1])); /* opened after the stop */
    events_destroy(e);
}

TEST_MAIN(TEST(test_wait__sees_what_was_raised_before), TEST(test_wait__does_not_end_after_stop_was_raised),
          TEST(test_wait__loses_nothing_between_threads), TEST(test_fd__is_readable_after_its_events))
