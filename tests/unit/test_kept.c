/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that are kept for the next poll: how many, and that they are used. */
#include "fetch_rig.h"

#include <sys/resource.h>

enum { MANY = 6, HOSTS = 5 };

/* Sockets of ours that are connected to the peer. */
static unsigned
connections_to(const struct peer *p)
{
	unsigned n = 0;
	for (int fd = 0; fd < 1024; fd++) {
		struct sockaddr_in in;
		socklen_t len = sizeof in;
		if (getpeername(fd, (struct sockaddr *)&in, &len) == 0 && in.sin_family == AF_INET &&
		    ntohs(in.sin_port) == p->port)
			n++;
	}
	return n;
}

/* MANY requests to a peer that are under way at the same time. */
static void
get_at_once(struct rig *rig, struct peer *p)
{
	struct seen seen[MANY] = { 0 };
	char url[256];
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/gate", p->port);
	struct fetch_request request = request_to(url);
	peer_set_gate(p, true);
	for (int i = 0; i < MANY; i++)
		start(rig, &seen[i], &request);
	rig->awaited = p;
	rig_run_until_active(rig, MANY);
	peer_set_gate(p, false);
	rig_run(rig);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(seen[i].kind, ERROR_NONE);
		seen_done(&seen[i]);
	}
}

static void
test_all_are_kept(void **state)
{
	static const struct fetcher_options options = { .user_agent = "vigie-test", .per_host = MANY };
	struct rig rig;
	(void)state;
	rig_open(&rig, &options);
	get_at_once(&rig, &rig.peer);
	assert_int_equal(connections_to(&rig.peer), MANY);
	get_at_once(&rig, &rig.peer);
	assert_int_equal(rig.peer.connections, MANY);
	rig_close(&rig);
}

/* Over all hosts together. */
static void
test_no_more_than_asked_for(void **state)
{
	static const struct fetcher_options options = {
		.user_agent = "vigie-test", .per_host = MANY, .idle_connections = MANY,
	};
	struct rig rig;
	struct peer others[HOSTS] = { 0 };
	(void)state;
	rig_open(&rig, &options);
	for (int i = 0; i < HOSTS; i++)
		peer_start(&others[i], serve, NULL);
	for (int round = 0; round < 3; round++) {
		unsigned n = 0;
		for (int i = 0; i < HOSTS; i++)
			get_at_once(&rig, &others[i]);
		for (int i = 0; i < HOSTS; i++)
			n += connections_to(&others[i]);
		/* The last one of a host stays. */
		assert_in_range(n, MANY, MANY + HOSTS);
	}
	for (int i = 0; i < HOSTS; i++)
		peer_stop(&others[i]);
	rig_close(&rig);
}

/* A peer that closes what was kept does no harm. */
static void
test_closed_meanwhile(void **state)
{
	struct rig rig;
	struct seen s = { 0 };
	(void)state;
	rig_open(&rig, &usual);
	get(&rig, &s, "/plain");
	seen_done(&s);
	(void)shutdown(rig.peer.fds[0], SHUT_RDWR);
	get(&rig, &s, "/plain");
	assert_int_equal(s.kind, ERROR_NONE);
	assert_int_equal(rig.peer.connections, 2);
	seen_done(&s);
	assert_int_equal(connections_to(&rig.peer), 1);
	rig_close(&rig);
}

static void
test_limit_is_raised(void **state)
{
	struct rlimit before, after;
	struct rig rig;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	before.rlim_cur = 256;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	rig_open(&rig, &usual);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &after), 0);
	assert_int_equal(after.rlim_cur, before.rlim_max);
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_kept),
		cmocka_unit_test(test_no_more_than_asked_for),
		cmocka_unit_test(test_closed_meanwhile),
		cmocka_unit_test(test_limit_is_raised),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
