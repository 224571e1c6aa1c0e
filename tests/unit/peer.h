/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A web server for tests, on 127.0.0.1 and a free port: one thread per
 * connection hands each request to the test's function, which writes the
 * bytes it likes, good or bad.
 */
#ifndef VIGIE_TESTS_PEER_H
#define VIGIE_TESTS_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/buf.h"

enum { PEER_CONNECTIONS_MAX = 256 };

struct peer;

struct peer_request {
	struct peer *peer;
	int fd;
	SSL *ssl;		/* NULL: plain */
	const char *text;	/* head and body, terminated */
	char method[16];
	char path[256];		/* with its query */
};

struct peer {
	/* 0: keep the connection for another request; -1: close it. */
	int (*serve)(struct peer_request *r);
	SSL_CTX *tls;
	int fd;
	uint16_t port;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock: */
	pthread_t threads[PEER_CONNECTIONS_MAX];
	int fds[PEER_CONNECTIONS_MAX];
	unsigned connections;	/* accepted so far */
	unsigned requests;
	unsigned active, max_active;
	bool gate_shut;		/* peer_gate() waits */
	struct buf log;		/* every request's text */
};

struct peer_thread {
	struct peer *peer;
	int fd;
};

static inline ssize_t
peer_read(struct peer_request *r, void *data, size_t size)
{
	return r->ssl ? SSL_read(r->ssl, data, (int)size) : read(r->fd, data, size);
}

/* False when the other side has gone. */
static inline bool
peer_write(struct peer_request *r, const void *data, size_t len)
{
	const char *at = data;
	while (len > 0) {
		ssize_t n = r->ssl ? SSL_write(r->ssl, at, (int)len) : send(r->fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static inline bool
peer_say(struct peer_request *r, const char *text)
{
	return peer_write(r, text, strlen(text));
}

/* A whole answer: "200 OK", more header lines with their ends or "", body. */
static inline int
peer_answer(struct peer_request *r, const char *status, const char *headers, const char *body)
{
	struct buf b = BUF_INIT;
	buf_fmt(&b, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status, headers, strlen(body), body);
	bool ok = peer_write(r, b.data, b.len);
	buf_done(&b);
	return ok ? 0 : -1;
}

static inline size_t
peer_body_length(const char *text)
{
	const char *field = strcasestr(text, "\r\nContent-Length:");
	return field ? strtoul(field + 17, NULL, 10) : 0;
}

static inline bool
peer_read_request(struct peer_request *r, struct buf *text)
{
	buf_clear(text);
	for (;;) {
		const char *end = text->len > 0 ? strstr(text->data, "\r\n\r\n") : NULL;
		if (end != NULL && text->len >= (size_t)(end + 4 - text->data) + peer_body_length(text->data))
			break;
		buf_reserve(text, 4096);
		ssize_t n = peer_read(r, text->data + text->len, 4096);
		if (n <= 0)
			return false;
		buf_cut(text, text->len + (size_t)n);
	}
	r->text = text->data;
	return sscanf(text->data, "%15s %255s", r->method, r->path) == 2;
}

static inline void
peer_count(struct peer *p, const char *text, int step)
{
	pthread_mutex_lock(&p->lock);
	if (step > 0) {
		p->requests++;
		buf_str(&p->log, text);
	}
	p->active = (unsigned)((int)p->active + step);
	if (p->active > p->max_active)
		p->max_active = p->active;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

static inline void *
peer_converse(void *arg)
{
	struct peer_thread *t = arg;
	struct peer_request r = { .peer = t->peer, .fd = t->fd };
	struct buf text = BUF_INIT;
	int rc = 0;
	free(t);
	if (r.peer->tls != NULL) {
		r.ssl = SSL_new(r.peer->tls);
		(void)SSL_set_fd(r.ssl, r.fd);
		rc = SSL_accept(r.ssl) == 1 ? 0 : -1;
	}
	while (rc == 0 && peer_read_request(&r, &text)) {
		peer_count(r.peer, r.text, 1);
		rc = r.peer->serve(&r);
		peer_count(r.peer, NULL, -1);
	}
	if (r.ssl != NULL)
		(void)SSL_shutdown(r.ssl);
	SSL_free(r.ssl);
	/* The descriptor itself is closed by peer_stop(). */
	(void)shutdown(r.fd, SHUT_RDWR);
	buf_done(&text);
	return NULL;
}

static inline void *
peer_listen(void *arg)
{
	struct peer *p = arg;
	int fd;
	while ((fd = accept(p->fd, NULL, NULL)) >= 0) {
		struct peer_thread *t = xcalloc(1, sizeof *t);
		int one = 1;
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		t->peer = p;
		t->fd = fd;
		pthread_mutex_lock(&p->lock);
		if (p->connections >= PEER_CONNECTIONS_MAX)
			abort();
		p->fds[p->connections] = fd;
		if (pthread_create(&p->threads[p->connections++], NULL, peer_converse, t) != 0)
			abort();
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

static inline void
peer_start(struct peer *p, int (*serve)(struct peer_request *r), SSL_CTX *tls)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof in;
	memset(p, 0, sizeof *p);
	p->serve = serve;
	p->tls = tls;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(p->fd, (struct sockaddr *)&in, sizeof in) != 0 || listen(p->fd, 128) != 0 ||
	    getsockname(p->fd, (struct sockaddr *)&in, &len) != 0)
		abort();
	p->port = ntohs(in.sin_port);
	if (pthread_create(&p->thread, NULL, peer_listen, p) != 0)
		abort();
}

/* Shut: whoever calls peer_gate() waits until it is open. */
static inline void
peer_set_gate(struct peer *p, bool shut)
{
	pthread_mutex_lock(&p->lock);
	p->gate_shut = shut;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

static inline void
peer_gate(struct peer *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->gate_shut)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

static inline void
peer_stop(struct peer *p)
{
	peer_set_gate(p, false);
	(void)shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	for (unsigned i = 0; i < p->connections; i++) {
		(void)shutdown(p->fds[i], SHUT_RDWR);
		pthread_join(p->threads[i], NULL);
		(void)close(p->fds[i]);
	}
	(void)close(p->fd);
	buf_done(&p->log);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->changed);
}

#endif
