#include "api/clients.h"

#include "base/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

static client_id parsed(const char *text)
{
    client_id id;
    CHECK_MSG(client_id_parse(&id, text), "%s", text);
    return id;
}

static bool same(const char *a, const char *b)
{
    client_id x = parsed(a), y = parsed(b);
    return client_id_eq(&x, &y);
}

static void test_id__is_an_address_or_a_network_of_ipv6(struct prng *rng)
{
    static const char *const none[] = {"", "x", "1.2.3", "1.2.3.4.5", "1.2.3.4 ", "fe80::1%eth0", "[::1]", "::g"};
    client_id id;
    (void)rng;
    CHECK(same("192.0.2.1", "192.0.2.1") && !same("192.0.2.1", "192.0.2.2"));
    CHECK(same("192.0.2.1", "::ffff:192.0.2.1"));
    CHECK(same("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff") && !same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    for (size_t i = 0; i < ZK_COUNT(none); i++) CHECK_MSG(!client_id_parse(&id, none[i]), "\"%s\"", none[i]);
    id = parsed("::1"); /* as a proxy's word it is no peer of ours */
    CHECK(!client_id_eq(&id, &client_local));
    id = parsed("127.0.0.1");
    CHECK(!client_id_eq(&id, &client_local));
}

static void test_id__knows_peers_of_this_machine(struct prng *rng)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000003)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    client_id id, want = parsed("192.0.2.7");
    (void)rng;
    client_id_of_peer(&id, (struct sockaddr *)&in);
    CHECK(client_id_eq(&id, &client_local));
    client_id_of_peer(&id, (struct sockaddr *)&in6);
    CHECK(client_id_eq(&id, &client_local));
    CHECK(inet_pton(AF_INET6, "::ffff:127.0.0.1", &in6.sin6_addr) == 1);
    client_id_of_peer(&id, (struct sockaddr *)&in6);
    CHECK(client_id_eq(&id, &client_local));
    CHECK(inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6.sin6_addr) == 1);
    client_id_of_peer(&id, (struct sockaddr *)&in6);
    CHECK(client_id_eq(&id, &want));
    in.sin_addr.s_addr = inet_addr("192.0.2.7");
    client_id_of_peer(&id, (struct sockaddr *)&in);
    CHECK(client_id_eq(&id, &want));
}

static void test_take__leaves_something_for_others(struct prng *rng)
{
    struct clients *c;
    struct clients_limits l = {.all = {[CLIENT_BODIES] = 100, [CLIENT_STREAMS] = 4}, .one = {[CLIENT_BODIES] = 40}};
    client_id a = parsed("192.0.2.1"), b = parsed("192.0.2.2"), d = parsed("2001:db8::1");
    (void)rng;
    CHECK_OK(clients_create(&c, &l));
    CHECK(clients_take(c, &a, CLIENT_BODIES, 40));
    CHECK(!clients_take(c, &a, CLIENT_BODIES, 1));
    CHECK(!clients_take(c, &b, CLIENT_BODIES, SIZE_MAX));
    CHECK(clients_take(c, &b, CLIENT_BODIES, 40));
    CHECK(!clients_take(c, &d, CLIENT_BODIES, 21)); /* of its own, but no more is there */
    CHECK(clients_take(c, &d, CLIENT_BODIES, 20));
    CHECK(!clients_take(c, &client_local, CLIENT_BODIES, 1));
    clients_give(c, &a, CLIENT_BODIES, 40);
    CHECK(clients_take(c, &client_local, CLIENT_BODIES, 40)); /* of these nobody has a share */
    CHECK_EQ_U64(100, clients_held(c, CLIENT_BODIES));
    CHECK_EQ_U64(4, clients_refused(c, CLIENT_BODIES));
    for (int i = 0; i < 4; i++) CHECK(clients_take(c, &a, CLIENT_STREAMS, 1)); /* no limit of one */
    CHECK(!clients_take(c, &a, CLIENT_STREAMS, 1));
    CHECK(clients_take(c, &a, CLIENT_LISTENERS, SIZE_MAX)); /* no limit at all */
    clients_give(c, &a, CLIENT_LISTENERS, SIZE_MAX);
    clients_give(c, &a, CLIENT_STREAMS, 4);
    clients_give(c, &b, CLIENT_BODIES, 40);
    clients_give(c, &d, CLIENT_BODIES, 20);
    clients_give(c, &client_local, CLIENT_BODIES, 40);
    for (int i = 0; i < CLIENT_THINGS; i++) CHECK_EQ_U64(0, clients_held(c, (client_thing)i));
    clients_destroy(c);
}

static void test_take__counts_many_clients_apart(struct prng *rng)
{
    struct clients *c;
    struct clients_limits l = {.one = {[CLIENT_SOCKETS] = 2}};
    (void)rng;
    CHECK_OK(clients_create(&c, &l));
    for (int round = 0; round < 4; round++) {
        for (unsigned i = 0; i < 2000; i++) {
            char text[40];
            (void)snprintf(text, sizeof text, i % 2 == 0 ? "198.51.%u.%u" : "2001:db8:%x:%x::9", i / 250, i % 250);
            client_id id = parsed(text);
            if (round == 3) {
                clients_give(c, &id, CLIENT_SOCKETS, 2);
            } else {
                CHECK(clients_take(c, &id, CLIENT_SOCKETS, 1) == (round < 2));
            }
        }
    }
    CHECK_EQ_U64(0, clients_held(c, CLIENT_SOCKETS));
    clients_destroy(c);
}

TEST_MAIN(TEST(test_id__is_an_address_or_a_network_of_ipv6), TEST(test_id__knows_peers_of_this_machine),
          TEST(test_take__leaves_something_for_others), TEST(test_take__counts_many_clients_apart))
