/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/live.h"

#include "base/said.h"
#include "catalogue/news.h"
#include "serve/server_private.h"

enum { LIVE_MAX = 64, LOOK_MS = 250, HEARTBEAT_MS = 15 * SECOND_MS };

struct live {
	struct server *server;
	struct timer *timer;
	bool looking;			/* the timer runs */
	int64_t beat_ms;		/* monotonic, of the next comment */
	struct news_position end;	/* of all that has happened, as it was last looked at */
	uint64_t news;			/* how often there was more since */
	struct said blind;		/* it could not be looked at */
};

static void
keep(void *arg)
{
	(void)arg;
}

static void
beat(struct call *c)
{
	static const char comment[] = ":\n\n";
	const struct http_body body = { comment, sizeof comment - 1, keep, NULL };
	size_t unsent = http_unsent(c->visit);
	if (unsent > 0 && unsent == c->unsent)
		call_drop(c);	/* it has taken nothing since the last time */
	else if (unsent == 0 && c->asleep)
		http_piece(c->visit, &body);
	else
		c->unsent = unsent;
}

static void
look(struct live *l)
{
	l->looking = true;
	timer_start(l->timer, LOOK_MS);
}

static void
beat_later(struct live *l)
{
	l->beat_ms = monotonic_ms() + clock_real_wait_ms(l->server->options.clock, HEARTBEAT_MS);
}

/* The stamp will not do: a verdict that was there already may get its place in the log later. */
static void
look_for_news(struct live *l)
{
	struct error err = ERROR_INIT;
	struct news_position end = l->end;
	if (news_end(l->server->catalogue, &end, &err) != 0)
		log_event(said_begins(&l->blind, NULL, LOG_ERROR), &(struct log_fields){ .error_kind = error_kind_name(err.kind) },
		    "live events: %s", err.text);
	else
		log_at(said_ends(&l->blind, NULL), "live events: told again");
	l->news += end.change != l->end.change || end.turn != l->end.turn;
	l->end = end;
}

static void
on_look(void *arg)
{
	struct live *l = arg;
	struct server *s = l->server;
	bool due = monotonic_ms() >= l->beat_ms;
	l->looking = false;
	look_for_news(l);
	for (struct call *c = s->calls, *next; c != NULL; c = next) {
		next = c->next;
		if (!call_is_live(c) || !c->streaming)
			continue;
		look(l);
		if (c->asleep && c->heard != l->news) {
			c->asleep = false;
			c->heard = l->news;
			call_submit(c);
		} else if (due && !c->busy) {
			beat(c);
		}
	}
	if (due)
		beat_later(l);
}

void
live_go_on(struct call *c, bool told)
{
	struct live *l = c->server->live;
	c->asleep = told;
	if (l->looking)
		return;
	beat_later(l);
	look(l);
}

bool
live_full(const struct server *s)
{
	size_t n = 0;
	for (const struct call *c = s->calls; c != NULL; c = c->next)
		n += call_is_live(c);
	return n > LIVE_MAX;	/* the one that asks is among them */
}

void
live_stop(struct server *s)
{
	for (struct call *c = s->calls, *next; c != NULL; c = next) {
		next = c->next;
		if (c->asleep)
			call_drop(c);
	}
}

struct live *
live_new(struct server *s)
{
	struct live *l = xcalloc(1, sizeof *l);
	l->server = s;
	l->timer = timer_new(s->loop, on_look, l);
	return l;
}

void
live_free(struct live *l)
{
	if (l == NULL)
		return;
	timer_free(l->timer);
	said_done(&l->blind);
	free(l);
}
