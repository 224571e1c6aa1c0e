/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stub resolver of its own (RFC 1035 over UDP), since libevent's evdns tells
 * SERVFAIL and a time-out alike, and asks for google.com when a resolver is
 * slow.
 *
 * A question is put to each resolver by a probe with a socket of its own:
 * connected, so that the kernel drops what others send, on a port that nobody
 * guesses.  When no probe is open any more, the question is answered from the
 * loop.
 */
#include "net/dns.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/buf.h"
#include "net/dns_packet.h"
#include "net/retry.h"

enum { RESOLVERS_MAX = 8, ATTEMPTS = 3, REPLY_BYTES_MAX = 4096, RESOLVER_TEXT_MAX = 80 };

/* Until the next attempt: 10 s in all. */
static const int64_t attempt_ms[ATTEMPTS] = { 1000, 3000, 6000 };

struct resolver {
	struct sockaddr_storage address;
	socklen_t len;
};

struct dns {
	struct loop *loop;	/* borrowed from whoever made it */
	struct resolver resolvers[RESOLVERS_MAX];
	size_t n;
	struct question *first;
};

struct probe {
	struct question *question;
	struct watch *watch;	/* NULL: closed */
	struct timer *again;
	int fd;
	unsigned attempts;
	uint16_t id;
	enum dns_reply reply;
	char address[INET_ADDRSTRLEN];
};

struct question {
	struct dns *dns;
	struct question *prev, *next;
	void (*done)(void *arg, const struct dns_answer *answer);
	void *arg;
	struct timer *finish;
	unsigned open;
	char *name;
	struct probe probes[RESOLVERS_MAX];
};

/* ---- resolvers */

static int
add_resolver(struct dns *d, const char *host, const char *port, struct error *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	struct resolver r = { .len = 0 };
	struct in_addr short_form;
	/* getaddrinfo() would read "9.9" as 9.0.0.9. */
	bool wrong = strchr(host, ':') == NULL && inet_pton(AF_INET, host, &short_form) != 1;
	if (wrong || getaddrinfo(host, port, &hints, &found) != 0)
		return error_set(err, ERROR_CONFIG, "%s: not the address of a resolver", host);
	memcpy(&r.address, found->ai_addr, found->ai_addrlen);
	r.len = found->ai_addrlen;
	freeaddrinfo(found);
	/* Twice the same would be two witnesses. */
	for (size_t i = 0; i < d->n; i++)
		if (d->resolvers[i].len == r.len && memcmp(&d->resolvers[i].address, &r.address, r.len) == 0)
			return 0;
	if (d->n == RESOLVERS_MAX)
		return error_set(err, ERROR_CONFIG, "more than %d resolvers", RESOLVERS_MAX);
	d->resolvers[d->n++] = r;
	return 0;
}

/* "9.9.9.9", "9.9.9.9:5353", "2620:fe::fe", "[2620:fe::fe]:5353" */
static int
add_text(struct dns *d, const char *text, size_t len, struct error *err)
{
	char host[RESOLVER_TEXT_MAX];
	if (len >= sizeof host)
		return error_set(err, ERROR_CONFIG, "%.*s: not the address of a resolver", 20, text);
	memcpy(host, text, len);
	host[len] = '\0';
	char *start = host, *port = NULL, *close = strchr(host, ']');
	if (host[0] == '[' && close != NULL) {
		start = host + 1;
		*close = '\0';
		port = close[1] == ':' ? close + 2 : NULL;
	} else if ((port = strchr(host, ':')) != NULL && strchr(port + 1, ':') == NULL) {
		*port++ = '\0';
	} else {
		port = NULL;
	}
	return add_resolver(d, start, port != NULL ? port : "53", err);
}

/* Those that cannot be read are left out, as libc does. */
static void
add_system(struct dns *d)
{
	static const char word[] = "nameserver", blank[] = " \t\r\n";
	char line[256];
	FILE *f = fopen("/etc/resolv.conf", "re");
	if (f == NULL)
		return;
	while (fgets(line, sizeof line, f) != NULL) {
		const char *at = line + strspn(line, blank);
		if (strncmp(at, word, sizeof word - 1) != 0)
			continue;
		at += sizeof word - 1;
		at += strspn(at, blank);
		(void)add_text(d, at, strcspn(at, blank), NULL);
	}
	(void)fclose(f);
}

struct dns *
dns_new(struct loop *l, const char *resolvers, struct error *err)
{
	static const char between[] = " \t,";
	struct dns *d = xcalloc(1, sizeof *d);
	d->loop = l;
	for (const char *at = resolvers + strspn(resolvers, between); *at != '\0'; at += strspn(at, between)) {
		size_t len = strcspn(at, between);
		if (len == 6 && strncmp(at, "system", len) == 0)
			add_system(d);
		else if (add_text(d, at, len, err) != 0)
			goto fail;
		at += len;
	}
	if (d->n > 0)
		return d;
	(void)error_set(err, ERROR_CONFIG, "no resolver is configured");
fail:
	dns_free(d);
	return NULL;
}

/* ---- one question */

static void
close_probe(struct probe *p)
{
	if (p->watch == NULL)
		return;
	watch_free(p->watch);
	timer_free(p->again);
	(void)close(p->fd);
	p->watch = NULL;
	if (--p->question->open == 0)
		timer_start(p->question->finish, 0);
}

static void
drop(struct question *q)
{
	for (size_t i = 0; i < q->dns->n; i++)
		close_probe(&q->probes[i]);
	*(q->prev ? &q->prev->next : &q->dns->first) = q->next;
	if (q->next != NULL)
		q->next->prev = q->prev;
	timer_free(q->finish);
	free(q->name);
	free(q);
}

/* What the resolvers say together. */
static enum dns_outcome
put_together(const struct question *q, const char **ret_address)
{
	size_t n[DNS_REPLIES] = { 0 }, all = q->dns->n;
	for (size_t i = 0; i < all; i++) {
		n[q->probes[i].reply]++;
		if (**ret_address == '\0')
			*ret_address = q->probes[i].address;
	}
	if (n[REPLY_EXISTS] > 0)
		return n[REPLY_NO_NAME] > 0 ? DNS_DISPUTED : DNS_EXISTS;
	if (n[REPLY_NO_NAME] > 0)
		return n[REPLY_NO_NAME] >= 2 || all == 1 ? DNS_NO_NAME : DNS_UNKNOWN;
	return n[REPLY_FAILS] > 0 ? DNS_FAILING : DNS_UNKNOWN;
}

static void
finish(void *arg)
{
	struct question *q = arg;
	struct dns_answer answer = { .address = "" };
	const char *address = "";
	void (*done)(void *arg, const struct dns_answer *answer) = q->done;
	void *done_arg = q->arg;
	answer.outcome = put_together(q, &address);
	(void)snprintf(answer.address, sizeof answer.address, "%s", address);
	drop(q);
	done(done_arg, &answer);
}

static void
send_probe(void *arg)
{
	struct probe *p = arg;
	uint8_t packet[DNS_QUERY_MAX];
	if (p->attempts == ATTEMPTS) {
		close_probe(p);
		return;
	}
	size_t len = dns_query(p->question->name, p->id, packet);
	/* Lost or refused: the next attempt will tell. */
	(void)send(p->fd, packet, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	timer_start(p->again, attempt_ms[p->attempts++]);
}

static void
receive(void *arg, int fd, int what)
{
	struct probe *p = arg;
	uint8_t packet[REPLY_BYTES_MAX];
	(void)what;
	ssize_t len = recv(fd, packet, sizeof packet, MSG_DONTWAIT);
	if (len < 0)
		return;
	p->reply = dns_reply_read(packet, (size_t)len, p->question->name, p->id, p->address);
	if (p->reply != REPLY_NONE)
		close_probe(p);
}

static void
open_probe(struct question *q, const struct resolver *r, struct probe *p)
{
	p->question = q;
	p->id = (uint16_t)random_u64();
	p->fd = socket(r->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0)
		return;
	if (connect(p->fd, (const struct sockaddr *)&r->address, r->len) != 0) {
		(void)close(p->fd);
		return;
	}
	p->watch = watch_new(q->dns->loop, p->fd, receive, p);
	p->again = timer_new(q->dns->loop, send_probe, p);
	watch_set(p->watch, LOOP_READ);
	q->open++;
	send_probe(p);
}

void
dns_ask(struct dns *d, const char *name, void (*done)(void *arg, const struct dns_answer *answer), void *arg)
{
	uint8_t packet[DNS_QUERY_MAX];
	struct question *q = xcalloc(1, sizeof *q);
	q->dns = d;
	q->done = done;
	q->arg = arg;
	q->name = xstrdup(name);
	q->next = d->first;
	if (q->next != NULL)
		q->next->prev = q;
	d->first = q;
	q->finish = timer_new(d->loop, finish, q);
	if (dns_query(name, 0, packet) > 0)
		for (size_t i = 0; i < d->n; i++)
			open_probe(q, &d->resolvers[i], &q->probes[i]);
	if (q->open == 0)
		timer_start(q->finish, 0);
}

void
dns_free(struct dns *d)
{
	if (d == NULL)
		return;
	while (d->first != NULL)
		drop(d->first);
	free(d);
}
