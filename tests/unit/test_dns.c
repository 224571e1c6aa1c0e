/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/dns.h"
#include "net/dns_packet.h"

#define COUNT(table) (sizeof (table) / sizeof (table)[0])

enum { SERVERS = 2, HANG_MS = 20000, PACKET_MAX = 512, NAME_AT = 12 };

/* What a server does with a question: letters of the first label, one a server. */
enum { EXISTS = 'e', NODATA = 'd', NXDOMAIN = 'n', SERVFAIL = 's', REFUSED = 'r', SILENT = 'x', LATE = 'l', ALIAS = 'a',
	FORGED = 'f', BARE = 'b', JUNK = 'j' };

struct server {
	struct watch *watch;
	unsigned index, asked;
	int fd;
	uint16_t port;
};

struct rig {
	struct loop *loop;
	struct timer *hang;
	struct server servers[SERVERS];
	unsigned pending;
	bool hung;
};

struct asked {
	struct rig *rig;
	struct dns_answer answer;
	unsigned dones;
};

static size_t
add_record(uint8_t *packet, size_t at, uint8_t type, const void *data, uint8_t len)
{
	const uint8_t head[] = { 0xc0, NAME_AT, 0, type, 0, 1, 0, 0, 0, 60, 0, len };
	memcpy(packet + at, head, sizeof head);
	memcpy(packet + at + sizeof head, data, len);
	packet[7]++;
	return at + sizeof head + len;
}

/* Turns the question into a reply, and returns its length. */
static size_t
reply(uint8_t *packet, size_t len, char how)
{
	static const uint8_t address[] = { 192, 0, 2, 7 };
	packet[2] |= 0x80;
	packet[3] = how == NXDOMAIN || how == ALIAS ? 3 : how == SERVFAIL || how == BARE ? 2 : how == REFUSED ? 5 : 0;
	if (how == ALIAS || how == LATE)
		len = add_record(packet, len, 5, "\300\014", 2);
	if (how == EXISTS || how == LATE)
		len = add_record(packet, len, 1, address, sizeof address);
	if (how == BARE)
		packet[5] = 0;
	return how == BARE ? NAME_AT : how == JUNK ? 3 : len;
}

static void
serve(void *arg, int fd, int what)
{
	struct server *s = arg;
	struct sockaddr_in from;
	socklen_t from_len = sizeof from;
	uint8_t packet[PACKET_MAX] = { 0 };
	(void)what;
	ssize_t got = recvfrom(fd, packet, PACKET_MAX / 2, 0, (struct sockaddr *)&from, &from_len);
	assert_true(got > NAME_AT + 2);
	char how = (char)packet[NAME_AT + 1 + s->index];
	size_t len = (size_t)got;
	s->asked++;
	if (how == SILENT || (how == LATE && s->asked == 1))
		return;
	if (how == FORGED) {
		/* Of another number, then of another name, and the right one. */
		uint8_t forged[PACKET_MAX];
		memcpy(forged, packet, sizeof forged);
		forged[0] ^= 1;
		(void)sendto(fd, forged, reply(forged, len, NXDOMAIN), 0, (struct sockaddr *)&from, from_len);
		memcpy(forged, packet, sizeof forged);
		forged[NAME_AT + 2] ^= 1;
		(void)sendto(fd, forged, reply(forged, len, NXDOMAIN), 0, (struct sockaddr *)&from, from_len);
		packet[NAME_AT + 1] ^= 0x20;	/* the case of letters does not matter */
	}
	if (how == JUNK) {
		(void)sendto(fd, packet, 3, 0, (struct sockaddr *)&from, from_len);
		how = EXISTS;
	}
	(void)sendto(fd, packet, reply(packet, len, how == FORGED ? EXISTS : how), 0, (struct sockaddr *)&from, from_len);
}

static void
server_open(struct rig *rig, unsigned index)
{
	struct server *s = &rig->servers[index];
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	s->index = index;
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&address, &len), 0);
	s->port = ntohs(address.sin_port);
	s->watch = watch_new(rig->loop, s->fd, serve, s);
	watch_set(s->watch, LOOP_READ);
}

static void
hang(void *arg)
{
	struct rig *rig = arg;
	rig->hung = true;
	loop_stop(rig->loop);
}

static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof *rig);
	rig->loop = loop_new(NULL);
	rig->hang = timer_new(rig->loop, hang, rig);
	for (unsigned i = 0; i < SERVERS; i++)
		server_open(rig, i);
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i < SERVERS; i++) {
		watch_free(rig->servers[i].watch);
		(void)close(rig->servers[i].fd);
	}
	timer_free(rig->hang);
	loop_free(rig->loop);
	free(rig);
	return 0;
}

static struct dns *
dns_open(struct rig *rig, unsigned n)
{
	struct buf text = BUF_INIT;
	struct error err = ERROR_INIT;
	for (unsigned i = 0; i < n; i++)
		buf_fmt(&text, ", 127.0.0.1:%u", rig->servers[i].port);
	struct dns *d = dns_new(rig->loop, text.data, &err);
	assert_non_null(d);
	buf_done(&text);
	return d;
}

static void
on_answer(void *arg, const struct dns_answer *answer)
{
	struct asked *a = arg;
	a->answer = *answer;
	a->dones++;
	if (--a->rig->pending == 0)
		loop_stop(a->rig->loop);
}

static void
ask(struct rig *rig, struct dns *d, struct asked *a, const char *name)
{
	*a = (struct asked){ .rig = rig };
	rig->pending++;
	dns_ask(d, name, on_answer, a);
	assert_int_equal(a->dones, 0);
}

static void
run(struct rig *rig)
{
	timer_start(rig->hang, HANG_MS);
	assert_int_equal(loop_run(rig->loop, NULL), 0);
	timer_stop(rig->hang);
	assert_false(rig->hung);
}

/* What two resolvers say, and what it is together.  All at once: the silent
 * ones take ten seconds. */
static void
test_two(void **state)
{
	static const struct { const char *name; enum dns_outcome outcome; const char *address; } cases[] = {
		{ "ee.example", DNS_EXISTS, "192.0.2.7" },
		{ "de.example.", DNS_EXISTS, "192.0.2.7" },
		{ "dd.example", DNS_EXISTS, "" },
		{ "aa.example", DNS_EXISTS, "" },
		{ "ff.example", DNS_EXISTS, "192.0.2.7" },
		{ "jj.example", DNS_EXISTS, "192.0.2.7" },
		{ "se.example", DNS_EXISTS, "192.0.2.7" },
		{ "xe.example", DNS_EXISTS, "192.0.2.7" },
		{ "nn.example", DNS_NO_NAME, "" },
		{ "en.example", DNS_DISPUTED, "192.0.2.7" },
		{ "ns.example", DNS_UNKNOWN, "" },
		{ "nx.example", DNS_UNKNOWN, "" },
		{ "ss.example", DNS_FAILING, "" },
		{ "br.example", DNS_FAILING, "" },
		{ "xs.example", DNS_FAILING, "" },
		{ "xx.example", DNS_UNKNOWN, "" },
		{ "", DNS_UNKNOWN, "" },
		{ "a..b", DNS_UNKNOWN, "" },
	};
	struct rig *rig = *state;
	struct asked asked[COUNT(cases)];
	struct dns *d = dns_open(rig, 2);
	for (size_t i = 0; i < COUNT(cases); i++)
		ask(rig, d, &asked[i], cases[i].name);
	run(rig);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(asked[i].dones, 1);
		if (asked[i].answer.outcome != cases[i].outcome)
			fail_msg("%s: %d", cases[i].name, (int)asked[i].answer.outcome);
		assert_string_equal(asked[i].answer.address, cases[i].address);
	}
	dns_free(d);
}

static void
test_one(void **state)
{
	struct rig *rig = *state;
	struct asked a;
	struct dns *d = dns_open(rig, 1);
	ask(rig, d, &a, "n.example");
	run(rig);
	assert_int_equal(a.answer.outcome, DNS_NO_NAME);
	dns_free(d);
}

/* The first packet is lost; an alias stands before the address. */
static void
test_again(void **state)
{
	struct rig *rig = *state;
	struct asked a;
	struct dns *d = dns_open(rig, 1);
	ask(rig, d, &a, "l.example");
	run(rig);
	assert_int_equal(a.answer.outcome, DNS_EXISTS);
	assert_string_equal(a.answer.address, "192.0.2.7");
	assert_int_equal(rig->servers[0].asked, 2);
	dns_free(d);
}

/* The same resolver twice is one witness, and may say so alone. */
static void
test_resolvers(void **state)
{
	static const char *const wrong[] = { "", " , ", "dns.example", "1.2.3", "1.1.1.1:x", "[::1", "::1]", "1.1.1.1 system x",
	    "1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4 1.0.0.5 1.0.0.6 1.0.0.7 1.0.0.8 1.0.0.9",
	    "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111" };
	static const char *const right[] = { "9.9.9.9", "9.9.9.9:5353", "2620:fe::fe", "[2620:fe::fe]:5353,[2620:fe::9]" };
	struct rig *rig = *state;
	struct asked a;
	struct buf twice = BUF_INIT;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct error err = ERROR_INIT;
		assert_null(dns_new(rig->loop, wrong[i], &err));
		assert_int_equal(err.kind, ERROR_CONFIG);
	}
	for (size_t i = 0; i < COUNT(right); i++) {
		struct dns *d = dns_new(rig->loop, right[i], NULL);
		assert_non_null(d);
		dns_free(d);
	}
	buf_fmt(&twice, "127.0.0.1:%u,127.0.0.1:%u", rig->servers[0].port, rig->servers[0].port);
	struct dns *d = dns_new(rig->loop, twice.data, NULL);
	ask(rig, d, &a, "n.example");
	run(rig);
	assert_int_equal(a.answer.outcome, DNS_NO_NAME);
	assert_int_equal(rig->servers[0].asked, 1);
	dns_free(d);
	buf_done(&twice);
}

/* Nothing is told any more. */
static void
test_freed(void **state)
{
	struct rig *rig = *state;
	struct asked gone, a;
	struct dns *d = dns_open(rig, 2), *other = dns_open(rig, 2);
	ask(rig, d, &gone, "xx.example");
	ask(rig, d, &gone, "");
	dns_free(d);
	dns_free(NULL);
	rig->pending = 0;
	ask(rig, other, &a, "ee.example");
	run(rig);
	assert_int_equal(gone.dones, 0);
	assert_int_equal(a.answer.outcome, DNS_EXISTS);
	dns_free(other);
}

static void
test_names(void **state)
{
	uint8_t packet[DNS_QUERY_MAX];
	char name[300];
	(void)state;
	memset(name, 'a', sizeof name);
	name[63] = name[127] = name[191] = '.';
	name[253] = '\0';
	assert_int_equal(dns_query(name, 7, packet), DNS_QUERY_MAX);
	name[253] = 'a';
	name[254] = '\0';
	assert_int_equal(dns_query(name, 7, packet), 0);
	name[63] = 'a';
	name[100] = '\0';
	assert_int_equal(dns_query(name, 7, packet), 0);
	assert_int_equal(dns_query(".", 7, packet), 0);
	assert_int_equal(dns_query(".a", 7, packet), 0);
	assert_int_equal(dns_query("a.fr", 7, packet), 12 + 6 + 4);
}

/* Cut anywhere, and with each byte wrong: never read past its end. */
static void
test_broken_replies(void **state)
{
	uint8_t packet[PACKET_MAX] = { 0 };
	char address[INET_ADDRSTRLEN];
	(void)state;
	size_t len = reply(packet, dns_query("roulotte.example", 7, packet), LATE);
	assert_int_equal(dns_reply_read(packet, len, "Roulotte.example", 7, address), REPLY_EXISTS);
	assert_string_equal(address, "192.0.2.7");
	assert_int_equal(dns_reply_read(packet, len, "roulotte.example", 8, address), REPLY_NONE);
	for (size_t i = 0; i < len; i++) {
		uint8_t *cut = xmalloc(i + 1);
		memcpy(cut, packet, i);
		(void)dns_reply_read(cut, i, "roulotte.example", 7, address);
		free(cut);
		for (unsigned byte = 0; byte < 256; byte++) {
			uint8_t *wrong = xmalloc(len);
			memcpy(wrong, packet, len);
			wrong[i] = (uint8_t)byte;
			(void)dns_reply_read(wrong, len, "roulotte.example", 7, address);
			free(wrong);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_two, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resolvers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_freed, setup, teardown),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_broken_replies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
