/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that resolve slowly, to nothing, or to where they must not: with a
 * getaddrinfo() of our own, which libcurl calls in place of the C library's.
 */
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/fetch.h"
#include "peer.h"

enum { HANG_MS = 20000, ADDRESSES_MAX = 2 };

static const struct {
	const char *name;
	const char *addresses[ADDRESSES_MAX];
	bool slow;		/* not before the gate opens */
} names[] = {
	{ "api.example.fr", { "10.0.0.3" }, false },
	{ "both.example.fr", { "10.0.0.3", "192.168.1.1" }, false },
	{ "peer.example.fr", { "127.0.0.1" }, false },
	{ "other.example.fr", { "127.0.0.1" }, false },
	{ "slow.example.fr", { "127.0.0.1" }, true },
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool gate_shut;
static unsigned n_waiting;	/* behind the gate */

static void
wait_behind_gate(void)
{
	pthread_mutex_lock(&lock);
	n_waiting++;
	while (gate_shut)
		pthread_cond_wait(&changed, &lock);
	n_waiting--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
set_gate(bool shut)
{
	pthread_mutex_lock(&lock);
	gate_shut = shut;
	pthread_cond_broadcast(&changed);
	while (!shut && n_waiting > 0)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

struct entry {
	struct addrinfo info;
	struct sockaddr_in in;
};

static struct entry *
make_entry(const char *address, const char *service, struct addrinfo *next)
{
	struct entry *e = xcalloc(1, sizeof *e);
	e->in.sin_family = AF_INET;
	e->in.sin_port = htons((uint16_t)strtoul(service, NULL, 10));
	assert_int_equal(inet_pton(AF_INET, address, &e->in.sin_addr), 1);
	e->info = (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP,
	    .ai_addrlen = sizeof e->in, .ai_addr = (struct sockaddr *)&e->in, .ai_next = next };
	return e;
}

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	(void)hints;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(name, names[i].name) != 0)
			continue;
		if (names[i].slow)
			wait_behind_gate();
		struct addrinfo *list = NULL;
		for (int a = ADDRESSES_MAX - 1; a >= 0; a--)
			if (names[i].addresses[a] != NULL)
				list = &make_entry(names[i].addresses[a], service ? service : "0", list)->info;
		*ret = list;
		return 0;
	}
	return EAI_NONAME;
}

void
freeaddrinfo(struct addrinfo *list)
{
	while (list != NULL) {
		struct addrinfo *next = list->ai_next;
		free(list);	/* the first field of its entry */
		list = next;
	}
}

/* The exchange */

static int
serve(struct peer_request *r)
{
	char headers[256];
	if (strcmp(r->path, "/moved") != 0)
		return peer_answer(r, "200 OK", "", r->text);
	(void)snprintf(headers, sizeof headers, "Location: http://other.example.fr:%u/new\r\n", r->peer->port);
	return peer_answer(r, "301 Moved", headers, "");
}

struct seen {
	struct loop *loop;
	struct error error;
	struct buf body;
	unsigned dones;
};

static int
on_data(void *arg, const char *chunk, size_t len)
{
	struct seen *s = arg;
	buf_add(&s->body, chunk, len);
	return 0;
}

static void
on_done(void *arg, const struct fetch_result *result)
{
	struct seen *s = arg;
	s->dones++;
	s->error = result->error;
	loop_stop(s->loop);
}

static const struct fetch_callbacks callbacks = { NULL, on_data, on_done };

struct rig {
	struct loop *loop;
	struct fetcher *fetcher;
	struct timer *hang;
	struct peer peer;
};

static void
hang(void *arg)
{
	(void)arg;
	fail_msg("the loop hangs");
}

static void
rig_open(struct rig *rig)
{
	static const struct fetcher_options usual = { .user_agent = "vigie-test" };
	rig->loop = loop_new(NULL);
	rig->fetcher = fetcher_new(rig->loop, &usual, NULL);
	rig->hang = timer_new(rig->loop, hang, NULL);
	timer_start(rig->hang, HANG_MS);
	peer_start(&rig->peer, serve, NULL);
}

static void
rig_close(struct rig *rig)
{
	fetcher_free(rig->fetcher);
	timer_free(rig->hang);
	loop_free(rig->loop);
	peer_stop(&rig->peer);
}

static struct fetch *
start(struct rig *rig, struct seen *s, const char *host, const struct fetch_request *options)
{
	char url[128];
	struct fetch_request request = *options;
	s->loop = rig->loop;
	(void)snprintf(url, sizeof url, "http://%s:%u/%s", host, rig->peer.port, options->url ? options->url : "");
	request.url = url;
	return fetch_start(rig->fetcher, &request, &callbacks, s);
}

static void
test_names(void **state)
{
	static const struct {
		const char *host;
		bool allowed;
		enum error_kind kind;
		const char *text;
	} cases[] = {
		{ "api.example.fr", false, ERROR_BLOCKED, "api.example.fr: resolves to 10.0.0.3, a private address: set"
		    " allow_private = yes in its file if this is meant" },
		{ "both.example.fr", false, ERROR_BLOCKED, "both.example.fr: resolves to " },
		{ "peer.example.fr", false, ERROR_BLOCKED, "peer.example.fr: resolves to 127.0.0.1, a private" },
		{ "peer.example.fr", true, ERROR_NONE, "" },
		{ "gone.example.fr", false, ERROR_DNS, "gone.example.fr: this name is not known (DNS)" },
	};
	struct rig rig;
	(void)state;
	rig_open(&rig);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen s = { 0 };
		struct fetch_request options = { .allow_private = cases[i].allowed };
		(void)start(&rig, &s, cases[i].host, &options);
		assert_int_equal(loop_run(rig.loop, NULL), 0);
		assert_int_equal(s.error.kind, cases[i].kind);
		assert_int_equal(strncmp(s.error.text, cases[i].text, strlen(cases[i].text)), 0);
		buf_done(&s.body);
	}
	assert_int_equal(rig.peer.connections, 1);
	rig_close(&rig);
}

/* A resolver that does not answer holds up neither time-outs nor others. */
static void
test_slow(void **state)
{
	struct rig rig;
	struct seen slow = { 0 }, peer = { 0 }, cancelled = { 0 };
	struct fetch_request options = { .allow_private = true, .connect_timeout_ms = 100 };
	(void)state;
	rig_open(&rig);
	set_gate(true);
	(void)start(&rig, &slow, "slow.example.fr", &options);
	(void)start(&rig, &peer, "peer.example.fr", &options);
	assert_int_equal(loop_run(rig.loop, NULL), 0);
	assert_int_equal(peer.dones, 1);
	assert_int_equal(peer.error.kind, ERROR_NONE);
	assert_int_equal(loop_run(rig.loop, NULL), 0);
	assert_int_equal(slow.dones, 1);
	assert_int_equal(slow.error.kind, ERROR_TIMEOUT);
	assert_string_equal(slow.error.text, "slow.example.fr: no connection within 0.1 s");
	buf_done(&peer.body);

	options.connect_timeout_ms = HANG_MS;
	struct fetch *f = start(&rig, &cancelled, "slow.example.fr", &options);
	(void)start(&rig, &peer, "peer.example.fr", &options);
	assert_int_equal(loop_run(rig.loop, NULL), 0);
	fetch_cancel(f);
	assert_int_equal(cancelled.dones, 0);
	set_gate(false);
	buf_done(&peer.body);
	rig_close(&rig);
}

/* One host of a domain was named: it does not get us to the private addresses of another. */
static void
test_one_private_host(void **state)
{
	static const struct fetch_pair key = { "X-Key", "k3y-of-mine", true, NULL };
	struct rig rig;
	struct seen s = { 0 };
	struct fetch_request options = { .url = "moved", .allow_private = true, .max_redirects = 1,
	    .headers = &key, .n_headers = 1 };
	(void)state;
	rig_open(&rig);
	(void)start(&rig, &s, "peer.example.fr", &options);
	assert_int_equal(loop_run(rig.loop, NULL), 0);
	assert_int_equal(s.error.kind, ERROR_BLOCKED);
	assert_string_equal(s.error.text, "other.example.fr: resolves to 127.0.0.1, a private address: its file allows one"
	    " for the host and port of its url alone");
	assert_int_equal(rig.peer.requests, 1);
	buf_done(&s.body);
	rig_close(&rig);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_one_private_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
