/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail server for tests, on 127.0.0.1 and a free port, one connection at a
 * time.  It answers each command with a line of its script: NULL a good one,
 * PEER_SILENT nothing until the client has gone, PEER_HANGS_UP nothing either.
 */
#ifndef VIGIE_TESTS_SMTP_PEER_H
#define VIGIE_TESTS_SMTP_PEER_H

#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/buf.h"

enum smtp_step { STEP_GREETING, STEP_EHLO, STEP_AUTH, STEP_MAIL, STEP_RCPT, STEP_DATA, STEP_DOT, STEP_QUIT, SMTP_STEPS };

#define PEER_SILENT "silent"
#define PEER_HANGS_UP "hangs up"

struct smtp_peer {
	const char *script[SMTP_STEPS];
	int fd;
	uint16_t port;
	pthread_t thread;
	pthread_mutex_t lock;
	/* under the lock */
	struct buf commands;	/* with their line ends */
	struct buf mail;	/* of the last DATA, dots as they came */
	unsigned mails, connections;
	int client;		/* -1: none */
};

struct smtp_talk {
	struct smtp_peer *peer;
	int fd;
	struct buf line;
};

/* A line without its end; false when the client has gone. */
static inline bool
smtp_peer_read(struct smtp_talk *t)
{
	char c;
	buf_clear(&t->line);
	while (read(t->fd, &c, 1) == 1) {
		if (c == '\n') {
			if (t->line.len > 0 && t->line.data[t->line.len - 1] == '\r')
				buf_cut(&t->line, t->line.len - 1);
			buf_str(&t->line, "");
			return true;
		}
		buf_char(&t->line, c);
	}
	return false;
}

static inline bool
smtp_peer_answer(struct smtp_talk *t, enum smtp_step step)
{
	static const char *const good[SMTP_STEPS] = {
		"220 peer ESMTP", "250-peer\r\n250 AUTH PLAIN LOGIN", "235 2.7.0 fine", "250 2.1.0 fine", "250 2.1.5 fine",
		"354 go on", "250 2.0.0 taken", "221 2.0.0 bye",
	};
	const char *line = t->peer->script[step] ? t->peer->script[step] : good[step];
	char c;
	if (strcmp(line, PEER_HANGS_UP) == 0)
		return false;
	if (strcmp(line, PEER_SILENT) == 0) {
		while (read(t->fd, &c, 1) == 1)
			;
		return false;
	}
	return send(t->fd, line, strlen(line), MSG_NOSIGNAL) > 0 && send(t->fd, "\r\n", 2, MSG_NOSIGNAL) == 2 &&
	    step != STEP_QUIT;
}

static inline bool
smtp_peer_take_mail(struct smtp_talk *t)
{
	struct buf mail = BUF_INIT;
	while (smtp_peer_read(t)) {
		if (strcmp(buf_cstr(&t->line), ".") == 0) {
			pthread_mutex_lock(&t->peer->lock);
			buf_done(&t->peer->mail);
			t->peer->mail = mail;
			t->peer->mails++;
			pthread_mutex_unlock(&t->peer->lock);
			return smtp_peer_answer(t, STEP_DOT);
		}
		buf_add(&mail, buf_cstr(&t->line), t->line.len);
		buf_str(&mail, "\r\n");
	}
	buf_done(&mail);
	return false;
}

static inline bool
smtp_peer_step(struct smtp_talk *t)
{
	static const struct { const char *verb; enum smtp_step step; } verbs[] = {
		{ "EHLO", STEP_EHLO }, { "AUTH", STEP_AUTH }, { "MAIL", STEP_MAIL }, { "RCPT", STEP_RCPT },
		{ "DATA", STEP_DATA }, { "QUIT", STEP_QUIT },
	};
	if (!smtp_peer_read(t))
		return false;
	pthread_mutex_lock(&t->peer->lock);
	buf_fmt(&t->peer->commands, "%s\n", buf_cstr(&t->line));
	pthread_mutex_unlock(&t->peer->lock);
	if (strcmp(buf_cstr(&t->line), "AUTH PLAIN") == 0)
		return send(t->fd, "334 \r\n", 6, MSG_NOSIGNAL) == 6;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strncmp(buf_cstr(&t->line), verbs[i].verb, 4) != 0)
			continue;
		bool more = smtp_peer_answer(t, verbs[i].step);
		bool data = verbs[i].step == STEP_DATA && t->peer->script[STEP_DATA] == NULL;
		return data ? more && smtp_peer_take_mail(t) : more;
	}
	/* what follows « AUTH PLAIN » */
	return smtp_peer_answer(t, STEP_AUTH);
}

static inline void *
smtp_peer_run(void *arg)
{
	struct smtp_peer *p = arg;
	int fd;
	while ((fd = accept(p->fd, NULL, NULL)) >= 0) {
		struct smtp_talk talk = { p, fd, BUF_INIT };
		pthread_mutex_lock(&p->lock);
		p->client = fd;
		p->connections++;
		pthread_mutex_unlock(&p->lock);
		bool more = smtp_peer_answer(&talk, STEP_GREETING);
		while (more)
			more = smtp_peer_step(&talk);
		pthread_mutex_lock(&p->lock);
		p->client = -1;
		(void)close(fd);
		pthread_mutex_unlock(&p->lock);
		buf_done(&talk.line);
	}
	return NULL;
}

static inline void
smtp_peer_start(struct smtp_peer *p)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof in;
	memset(p, 0, sizeof *p);
	p->client = -1;
	pthread_mutex_init(&p->lock, NULL);
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(p->fd, (struct sockaddr *)&in, sizeof in) != 0 || listen(p->fd, 16) != 0 ||
	    getsockname(p->fd, (struct sockaddr *)&in, &len) != 0)
		abort();
	p->port = ntohs(in.sin_port);
	if (pthread_create(&p->thread, NULL, smtp_peer_run, p) != 0)
		abort();
}

static inline void
smtp_peer_stop(struct smtp_peer *p)
{
	pthread_mutex_lock(&p->lock);
	(void)shutdown(p->fd, SHUT_RDWR);
	if (p->client >= 0)
		(void)shutdown(p->client, SHUT_RDWR);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	(void)close(p->fd);
	buf_done(&p->commands);
	buf_done(&p->mail);
	pthread_mutex_destroy(&p->lock);
}

#endif
