/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is it us?  Control hosts answer whenever this machine's network works.  They
 * are asked only when a partner does not answer and nobody else just did; when
 * all of them are silent and nobody was heard lately, the lookout is deaf:
 * nothing is decided.
 */
#include "base/buf.h"
#include "base/log.h"
#include "watch/ward.h"

enum { FRESH_MS = 2 * MINUTE_MS, HEARD_MS = 10 * MINUTE_MS, LISTEN_MS = 5 * MINUTE_MS };

static void
on_listen(void *arg)
{
	struct lookout *w = arg;
	w->controlled_ms = TIME_NONE;
	(void)control_ask(w);
}

void
control_init(struct lookout *w)
{
	char *save = NULL;
	w->controlled_ms = w->heard_ms = w->deaf_since_ms = TIME_NONE;
	w->told_blind = w->told_full = true;	/* it may know of one of before the start */
	w->listen = (struct alarm){ .fire = on_listen, .arg = w };
	w->control_urls = xstrdup(w->config->watch.control);
	if (w->control_urls == NULL)
		return;
	for (char *s = strtok_r(w->control_urls, " \t\n,", &save); s != NULL && w->n_controls < CONTROLS_MAX;
	    s = strtok_r(NULL, " \t\n,", &save))
		w->controls[w->n_controls++] = (struct control){ .lookout = w, .url = s };
}

void
control_stop(struct lookout *w)
{
	alarm_stop(w, &w->listen);
	for (size_t i = 0; i < w->n_controls; i++) {
		probe_cancel(w->controls[i].probe);
		w->controls[i].probe = NULL;
	}
}

void
control_heard(struct lookout *w, int64_t t_ms)
{
	w->heard_ms = t_ms;
	if (w->deaf_since_ms == TIME_NONE)
		return;
	log_notice("the network answers again: partners are judged again");
	w->deaf_since_ms = TIME_NONE;
	alarm_stop(w, &w->listen);
}

/* What was later than now was so by a clock that was ahead. */
static bool
is_recent(int64_t at_ms, int64_t now_ms, int64_t within_ms)
{
	return at_ms != TIME_NONE && at_ms <= now_ms && now_ms - at_ms < within_ms;
}

static void
conclude(struct lookout *w)
{
	int64_t now_ms = lookout_now(w);
	bool heard = is_recent(w->heard_ms, now_ms, HEARD_MS);
	for (size_t i = 0; i < w->n_controls; i++)
		heard = heard || w->controls[i].heard;
	if (!heard && w->deaf_since_ms == TIME_NONE) {
		w->deaf_since_ms = now_ms;
		log_warn("neither partners nor control hosts answer: it is us, and nothing is decided meanwhile");
	}
	if (!heard)
		alarm_set(w, &w->listen, now_ms + LISTEN_MS);
	rounds_controlled(w);
}

static void
on_control(void *arg, const struct probe_answer *answer)
{
	struct control *c = arg;
	struct lookout *w = c->lookout;
	c->probe = NULL;
	c->heard = answer->status != 0;
	if (c->heard)
		control_heard(w, lookout_now(w));
	if (--w->controls_pending == 0)
		conclude(w);
}

bool
control_ask(struct lookout *w)
{
	int64_t now_ms = lookout_now(w);
	if (w->n_controls == 0 || is_recent(w->heard_ms, now_ms, FRESH_MS))
		return false;
	if (w->controls_pending > 0)
		return true;
	if (is_recent(w->controlled_ms, now_ms, FRESH_MS))
		return false;
	w->controlled_ms = now_ms;
	w->controls_pending = (unsigned)w->n_controls;
	for (size_t i = 0; i < w->n_controls; i++) {
		struct control *c = &w->controls[i];
		const struct probe_request request = { .url = c->url, .allow_private = w->config->watch.allow_private };
		c->probe = probe_start(w->fetcher, &request, on_control, c);
	}
	return true;
}
