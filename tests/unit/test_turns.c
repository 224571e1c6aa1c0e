/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is: queues, budgets, and leaving them. */
#include "fetch_rig.h"

/* Two at once with one host; the third waits, and other hosts do not. */
static void
test_per_host(void **state)
{
	struct rig rig;
	struct seen seen[5] = { 0 }, other = { 0 };
	struct peer second;
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	peer_start(&second, serve, NULL);
	peer_set_gate(&rig.peer, true);
	struct fetch_request request = request_to(url_of(&rig, "/gate", url));
	for (int i = 0; i < 5; i++)
		start(&rig, &seen[i], &request);
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/plain", second.port);
	start(&rig, &other, &request);
	rig.pending = 1;	/* stops when `other` is done */
	rig_run(&rig);
	assert_int_equal(other.dones, 1);
	rig.pending = 5;
	rig_run_until_active(&rig, 2);
	peer_set_gate(&rig.peer, false);
	rig_run(&rig);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(seen[i].kind, ERROR_NONE);
		seen_done(&seen[i]);
	}
	assert_int_equal(rig.peer.requests, 5);
	assert_int_equal(rig.peer.max_active, 2);
	assert_int_equal(rig.peer.connections, 2);
	seen_done(&other);
	peer_stop(&second);
	rig_close(&rig);
}

/* Three at a time, until each gives up waiting for its answer. */
static void
test_max_active(void **state)
{
	static const struct fetcher_options few = { .max_active = 3, .per_host = 1 };
	struct rig rig;
	struct seen seen[9] = { 0 };
	(void)state;
	rig_open(&rig, &few);
	peer_set_gate(&rig.peer, true);
	int64_t started_ms = monotonic_ms();
	for (int i = 0; i < 9; i++) {
		char url[256];
		(void)snprintf(url, sizeof url, "http://h%d.localhost:%u/gate", i, rig.peer.port);
		struct fetch_request request = request_to(url);
		request.total_timeout_ms = 100;
		start(&rig, &seen[i], &request);
	}
	rig_run(&rig);
	for (int i = 0; i < 9; i++) {
		assert_int_equal(seen[i].kind, ERROR_TIMEOUT);
		assert_true(seen[i].done_at_ms - started_ms >= 100 * (1 + i / 3) - 5);
		seen_done(&seen[i]);
	}
	rig_close(&rig);
}

/* 300 a minute: one each 200 ms, five at once. */
static void
test_rate(void **state)
{
	struct rig rig;
	struct seen seen[7] = { 0 }, other = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	struct fetch_request request = request_to(url_of(&rig, "/plain", url));
	request.rate_per_minute = 300;
	int64_t started_ms = monotonic_ms();
	for (int i = 0; i < 7; i++)
		start(&rig, &seen[i], &request);
	(void)snprintf(url, sizeof url, "http://localhost:%u/plain", rig.peer.port);
	request.rate_per_minute = 0;
	start(&rig, &other, &request);
	rig_run(&rig);
	assert_true(seen[4].done_at_ms - started_ms < 200);
	assert_true(seen[5].done_at_ms - started_ms >= 200);
	assert_true(seen[6].done_at_ms - started_ms >= 400);
	assert_true(other.done_order < seen[5].done_order);
	for (int i = 0; i < 7; i++) {
		assert_int_equal(seen[i].kind, ERROR_NONE);
		seen_done(&seen[i]);
	}
	seen_done(&other);
	rig_close(&rig);
}

static void
test_cancel_queued(void **state)
{
	struct rig rig;
	struct seen seen[4] = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	peer_set_gate(&rig.peer, true);
	struct fetch_request request = request_to(url_of(&rig, "/half", url));
	for (int i = 0; i < 4; i++)
		start(&rig, &seen[i], &request);
	/* Two run, two wait; the first of those who wait goes when data comes. */
	seen[0].cancel_in_data = &seen[2];
	rig_run_until_gone(&rig, &seen[2]);
	peer_set_gate(&rig.peer, false);
	rig_run(&rig);
	assert_int_equal(seen[2].heads + seen[2].dones, 0);
	assert_int_equal(rig.peer.requests, 3);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(seen[i].dones, i != 2);
		seen_done(&seen[i]);
	}
	rig_close(&rig);
}

/* Before it was started, and while it waits for its answer. */
static void
test_cancel_running(void **state)
{
	struct rig rig;
	struct seen a = { 0 }, b = { 0 }, c = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	struct fetch_request request = request_to(url_of(&rig, "/plain", url));
	start(&rig, &a, &request);
	cancel(&a);
	assert_int_equal(rig.pending, 0);

	peer_set_gate(&rig.peer, true);
	request = request_to(url_of(&rig, "/gate", url));
	start(&rig, &b, &request);
	rig_run_until_active(&rig, 1);
	request = request_to(url_of(&rig, "/plain", url));
	c.cancel_in_done = &b;
	start(&rig, &c, &request);
	rig_run(&rig);
	assert_int_equal(b.heads + b.dones, 0);
	assert_int_equal(c.dones, 1);
	assert_int_equal(a.dones + a.heads, 0);
	seen_done(&c);

	/* Its place is free again: two more run at once. */
	struct seen d = { 0 }, e = { 0 };
	start(&rig, &d, &request);
	start(&rig, &e, &request);
	rig_run(&rig);
	assert_int_equal(d.dones + e.dones, 2);
	seen_done(&d);
	seen_done(&e);
	rig_close(&rig);
}

static void
test_cancel_in_callbacks(void **state)
{
	struct rig rig;
	struct seen s = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	struct fetch_request request = request_to(url_of(&rig, "/large", url));
	s.cancel_in_head = &s;
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.heads, 1);
	assert_int_equal(s.datas + s.dones, 0);
	seen_done(&s);

	s.cancel_in_data = &s;
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.datas, 1);
	assert_int_equal(s.dones, 0);
	seen_done(&s);

	s.cancel_in_done = &s;
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.dones, 1);
	assert_int_equal(s.kind, ERROR_NONE);
	seen_done(&s);

	/* One that runs beside it, from within libcurl. */
	struct seen victim = { 0 };
	peer_set_gate(&rig.peer, true);
	struct fetch_request gate = request_to(url_of(&rig, "/gate", url));
	start(&rig, &victim, &gate);
	rig_run_until_active(&rig, 1);
	s.cancel_in_head = &victim;
	request = request_to(url_of(&rig, "/plain", url));
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.dones, 1);
	assert_int_equal(victim.heads + victim.dones, 0);
	seen_done(&s);

	/* One whose end is not told yet. */
	struct fetch_request bad = request_to("nonsense");
	s.cancel_in_done = &victim;
	start(&rig, &s, &bad);
	start(&rig, &victim, &bad);
	rig_run(&rig);
	assert_int_equal(s.dones, 1);
	assert_int_equal(victim.dones, 0);
	seen_done(&s);
	rig_close(&rig);
}

/* The place of one that is cancelled inside of libcurl goes to the next. */
static void
test_cancel_gives_place(void **state)
{
	struct rig rig;
	struct seen victim = { 0 }, canceller = { 0 }, next = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	peer_set_gate(&rig.peer, true);
	struct fetch_request request = request_to(url_of(&rig, "/gate", url));
	start(&rig, &victim, &request);
	rig_run_until_active(&rig, 1);
	request = request_to(url_of(&rig, "/half", url));
	canceller.cancel_in_data = &victim;
	start(&rig, &canceller, &request);
	request = request_to(url_of(&rig, "/plain", url));
	start(&rig, &next, &request);
	rig.pending--;	/* stops when `next` is done: the canceller still waits */
	rig_run(&rig);
	assert_int_equal(next.dones, 1);
	assert_int_equal(canceller.dones, 0);
	rig.pending = 1;
	peer_set_gate(&rig.peer, false);
	rig_run(&rig);
	assert_int_equal(canceller.dones, 1);
	assert_int_equal(victim.heads + victim.dones, 0);
	seen_done(&canceller);
	seen_done(&next);
	rig_close(&rig);
}

static void
test_free_under_way(void **state)
{
	struct rig rig;
	struct seen seen[4] = { 0 }, last = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	peer_set_gate(&rig.peer, true);
	struct fetch_request request = request_to(url_of(&rig, "/gate", url));
	for (int i = 0; i < 4; i++)
		start(&rig, &seen[i], &request);
	(void)snprintf(url, sizeof url, "http://localhost:%u/plain", rig.peer.port);
	start(&rig, &last, &request);
	rig.pending = 1;
	rig_run(&rig);
	assert_int_equal(last.dones, 1);
	rig_run_until_active(&rig, 2);
	rig_close(&rig);
	for (int i = 0; i < 4; i++)
		assert_int_equal(seen[i].heads + seen[i].dones, 0);
	seen_done(&last);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_per_host),
		cmocka_unit_test(test_max_active),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_cancel_queued),
		cmocka_unit_test(test_cancel_running),
		cmocka_unit_test(test_cancel_in_callbacks),
		cmocka_unit_test(test_cancel_gives_place),
		cmocka_unit_test(test_free_under_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
