/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each hook by itself:
 *
 *	           wake, timer                    nothing is due
 *	RESTING ───────────────► CLAIMING ─────────────────────────► RESTING
 *	                          │    ▲
 *	                  message │    │ ended: marked in the same job as the next claim
 *	                          ▼    │
 *	                         SENDING
 *
 * A job of the store cannot be called back: a hook that was dropped meanwhile
 * is freed when its job is done.
 */
#include "hook/courier.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/log.h"
#include "hook/compose.h"
#include "hook/delivery.h"
#include "net/retry.h"

static const int64_t CLAIM_MS = 2 * MINUTE_MS;		/* more than a delivery takes */
static const int64_t LOOK_EVERY_MS = HOUR_MS;		/* others may have brought news */
static const int64_t TROUBLE_WAIT_MS = MINUTE_MS;
static const int64_t SILENT_MS = DAY_MS;
static const int64_t REFUSE_MS = 3 * DAY_MS;		/* a receiver that is being mended may refuse what it takes later */

/* Standard Webhooks: what to wait for after each attempt that failed; the last one again and again. */
static const int64_t waits_ms[] = {
	5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 14 * HOUR_MS, 20 * HOUR_MS,
	DAY_MS,
};
enum { WAITS = sizeof waits_ms / sizeof *waits_ms, JITTER = 10 /* percent at most */ };

enum hook_phase { HOOK_RESTING, HOOK_CLAIMING, HOOK_SENDING };

struct hook_job {		/* the store's while it is at work */
	char *ended;		/* message whose end is to be marked; NULL: none */
	struct hook_attempt attempt;
	struct error attempt_error;
	struct hook_state claimed;	/* message.id NULL: nothing is to be sent */
	int64_t now_ms, due_ms;
	bool more;
	struct error err;
	int rc;
};

struct hook {
	struct courier *courier;	/* NULL: it was dropped */
	struct hook *next;
	struct config_hook *config;	/* owned; not changed while it lives */
	char *source;
	enum hook_phase phase;
	bool woken;			/* while it was busy */
	struct timer *timer;
	struct delivery *delivery;
	struct hook_state known;	/* what is being sent, or was last seen */
	struct hook_job job;
	struct said troubles;		/* with the store */
	struct said waiting, silent, refusing;	/* it is not delivered; not for a day; is given up */
	struct error last_error;	/* of a delivery that failed */
	int64_t failing_since_ms;	/* TIME_NONE: the last one did not */
	int64_t refusing_since_ms;	/* all answers since then refuse the message itself; TIME_NONE: the last one did not */
};

struct courier {
	struct courier_options options;
	struct hook *first;		/* in order of name */
};

static void
hook_enter(struct hook *h, enum hook_phase phase)
{
	static const char *const names[] = {
		[HOOK_RESTING] = "resting", [HOOK_CLAIMING] = "claiming", [HOOK_SENDING] = "sending",
	};
	log_debug("hook %s: %s, then %s", h->config->hook, names[h->phase], names[phase]);
	h->phase = phase;
}

static void
hook_free(struct hook *h)
{
	timer_free(h->timer);
	hook_state_done(&h->known);
	hook_state_done(&h->job.claimed);
	config_hook_free(h->config);
	said_done(&h->troubles);
	said_done(&h->waiting);
	said_done(&h->silent);
	said_done(&h->refusing);
	free(h->job.ended);
	free(h->source);
	free(h);
}

/* ---- on the store's thread */

static int
work_step(struct catalogue *c, struct hook *h, struct error *err)
{
	struct hook_job *job = &h->job;
	const char *name = h->config->hook;
	if (job->ended != NULL && hook_end(c, name, job->ended, &job->attempt, err) != 0)
		return -1;
	int rc = hook_claim(c, name, job->now_ms, job->now_ms + CLAIM_MS, &job->claimed, &job->due_ms, err);
	if (rc != 1 || job->claimed.message.id != NULL)
		return rc < 0 ? -1 : 0;
	return compose(c, h->config, h->source, &job->claimed, &job->more, err);
}

static void
work(struct catalogue *c, void *arg)
{
	struct hook *h = arg;
	h->job.rc = catalogue_step_begin(c, &h->job.err);
	if (h->job.rc == 0)
		h->job.rc = catalogue_step_end(c, work_step(c, h, &h->job.err), &h->job.err);
}

/* ---- on the loop */

static void on_worked(void *arg, const struct error *commit);

/* Marks the end of what was sent, if there is one, and looks for what is next. */
static void
start_job(struct hook *h)
{
	h->woken = false;
	timer_stop(h->timer);
	hook_enter(h, HOOK_CLAIMING);
	h->job.now_ms = clock_now_ms(h->courier->options.clock);
	h->job.due_ms = TIME_NONE;
	h->job.more = false;
	error_clear(&h->job.err);
	store_submit(h->courier->options.store, (struct store_job){ work, on_worked, h });
}

static void
rest(struct hook *h, int64_t until_ms)
{
	const struct clock *clock = h->courier->options.clock;
	int64_t wait_ms = until_ms == TIME_NONE ? LOOK_EVERY_MS : until_ms - clock_now_ms(clock);
	hook_enter(h, HOOK_RESTING);
	wait_ms = wait_ms < 0 ? 0 : wait_ms > LOOK_EVERY_MS ? LOOK_EVERY_MS : wait_ms;
	timer_start(h->timer, clock_real_wait_ms(clock, wait_ms));
}

/* ---- what came of a delivery */

/* The receiver is there and takes others: it will never take this one. */
static bool
refuses_message(int status)
{
	return status == 400 || status == 413 || status == 415 || status == 422;
}

static int64_t
wait_after_ms(int64_t attempts, int64_t retry_after_ms)
{
	int64_t wait_ms = waits_ms[attempts < WAITS ? attempts - 1 : WAITS - 1];
	wait_ms += (int64_t)(random_u64() % (uint64_t)(wait_ms * JITTER / 100));
	return wait_ms > retry_after_ms ? wait_ms : retry_after_ms;
}

static struct hook_attempt
judge(const struct hook *h, const struct delivery_result *r, int64_t now_ms)
{
	struct hook_attempt a = { .outcome = HOOK_DELIVERED, .now_ms = now_ms, .due_ms = now_ms,
		.refusing_since_ms = h->refusing_since_ms };
	if (r->taken)
		return a;
	if (r->status == 410)
		a.outcome = HOOK_DISABLED;
	else if (h->refusing_since_ms != TIME_NONE && now_ms - h->refusing_since_ms >= REFUSE_MS)
		a.outcome = HOOK_REFUSED;
	else
		a.outcome = HOOK_WAITING;
	a.due_ms = now_ms + wait_after_ms(h->known.attempts, r->retry_after_ms);
	return a;
}

static void
complain(struct hook *h, int64_t now_ms, const char *why)
{
	int64_t since_ms = h->failing_since_ms;
	if (now_ms - since_ms >= SILENT_MS)
		log_at(said_begins(&h->silent, NULL, LOG_ERROR), "hook %s: nothing was delivered for %" PRId64 " hours: %s",
		    h->config->hook, (now_ms - since_ms) / HOUR_MS, why);
}

static void
tell_failure(struct hook *h, const struct hook_attempt *a, const char *why)
{
	const char *name = h->config->hook;
	switch (a->outcome) {
	case HOOK_DELIVERED:
		return;
	case HOOK_WAITING:
		log_at(said_begins(&h->waiting, NULL, LOG_WARN), "hook %s: message %s is not delivered yet: %s", name,
		    h->known.message.id, why);
		complain(h, a->now_ms, why);
		return;
	case HOOK_REFUSED:
		log_at(said_begins(&h->refusing, NULL, LOG_ERROR), "hook %s: message %s was refused again and again, and is given"
		    " up: %s", name, h->known.message.id, why);
		return;
	case HOOK_DISABLED:
		log_error("hook %s: the receiver wants no more messages (410): none is sent until « vigie hooks resume %s »",
		    name, name);
		return;
	}
}

static void
note_outcome(struct hook *h, const struct hook_attempt *a, const struct error *why)
{
	const char *name = h->config->hook;
	/* What failed before we began was told of then. */
	if (h->known.attempts > 1)
		(void)said_begins(&h->waiting, NULL, LOG_WARN);
	if (a->outcome == HOOK_DELIVERED) {
		log_at(said_ends(&h->waiting, NULL), "hook %s: delivers again, after %" PRId64 " attempts", name, h->known.attempts);
		log_debug("hook %s: message %s was delivered", name, h->known.message.id);
		(void)said_ends(&h->silent, NULL);
		(void)said_ends(&h->refusing, NULL);
		h->failing_since_ms = TIME_NONE;
		return;
	}
	if (h->failing_since_ms == TIME_NONE)
		h->failing_since_ms = h->known.first_failure_ms != TIME_NONE ? h->known.first_failure_ms : a->now_ms;
	h->last_error = *why;
	tell_failure(h, a, why->text);
}

static void
on_delivered(void *arg, const struct delivery_result *r)
{
	struct hook *h = arg;
	struct hook_job *job = &h->job;
	int64_t now_ms = clock_now_ms(h->courier->options.clock);
	h->delivery = NULL;
	if (r->taken || !refuses_message(r->status))
		h->refusing_since_ms = TIME_NONE;
	else if (h->refusing_since_ms == TIME_NONE || h->refusing_since_ms > now_ms)
		h->refusing_since_ms = now_ms;
	job->attempt = judge(h, r, now_ms);
	if (job->attempt.outcome == HOOK_REFUSED)
		h->refusing_since_ms = TIME_NONE;
	job->attempt_error = r->error;
	job->attempt.error = job->attempt_error.text;
	note_outcome(h, &job->attempt, &r->error);
	job->ended = xstrdup(h->known.message.id);
	hook_message_done(&h->known.message);
	start_job(h);
}

static void
send_message(struct hook *h)
{
	const struct hook_message *m = &h->known.message;
	const struct delivery_message message = { m->id, m->type, m->body };
	hook_enter(h, HOOK_SENDING);
	h->delivery = delivery_start(h->courier->options.fetcher, h->config, &message,
	    clock_now_ms(h->courier->options.clock), on_delivered, h);
}

/* Takes what was claimed. */
static void
go_on(struct hook *h)
{
	struct hook_job *job = &h->job;
	if (job->claimed.message.id != NULL) {
		hook_state_done(&h->known);
		h->known = job->claimed;
		job->claimed = (struct hook_state){ .due_ms = TIME_NONE };
		if (h->failing_since_ms == TIME_NONE)
			h->failing_since_ms = h->known.first_failure_ms;
		h->refusing_since_ms = h->known.refusing_since_ms;
		send_message(h);
	} else if (job->more || h->woken) {
		start_job(h);
	} else {
		rest(h, job->due_ms);
	}
}

static void
log_stored(struct hook *h, const struct error *err)
{
	struct buf what = BUF_INIT;
	buf_fmt(&what, "hook %s", h->config->hook);
	store_log(h->courier->options.store, &h->troubles, what.data, err);
	buf_done(&what);
}

static void
on_worked(void *arg, const struct error *commit)
{
	struct hook *h = arg;
	struct hook_job *job = &h->job;
	const struct error *err = job->rc != 0 ? &job->err : commit;
	if (h->courier == NULL) {
		hook_free(h);
	} else if (err->kind == ERROR_NONE) {
		log_stored(h, err);
		free(job->ended);
		job->ended = NULL;
		go_on(h);
	} else {
		/* What ended is marked with the next claim; should we end first, it is sent again, under the same id. */
		log_stored(h, err);
		hook_state_done(&job->claimed);
		rest(h, clock_now_ms(h->courier->options.clock) + TROUBLE_WAIT_MS);
	}
}

static void
on_timer(void *arg)
{
	start_job(arg);
}

static void
wake(struct hook *h)
{
	if (!h->config->enabled || h->config->missing != NULL)
		return;
	if (h->phase == HOOK_RESTING)
		timer_start(h->timer, 0);
	else
		h->woken = true;
}

/* ---- hooks come and go */

static struct hook *
hook_new(struct courier *c, struct config_hook *config, const char *source)
{
	struct hook *h = xcalloc(1, sizeof *h);
	*h = (struct hook){ .courier = c, .config = config, .source = xstrdup(source),
		.failing_since_ms = TIME_NONE, .refusing_since_ms = TIME_NONE };
	h->timer = timer_new(c->options.loop, on_timer, h);
	if (config->enabled && config->missing != NULL)
		log_error("hook %s: nothing can be sent: %s", config->hook, config->missing);
	wake(h);
	return h;
}

static void
hook_drop(struct hook *h)
{
	bool busy = h->phase == HOOK_CLAIMING;
	delivery_cancel(h->delivery);
	h->delivery = NULL;
	timer_free(h->timer);
	h->timer = NULL;
	h->courier = NULL;
	if (!busy)
		hook_free(h);
}

/* ---- forgetting */

struct forget {
	char **names;		/* that stay */
	size_t n;
	struct error err;
};

static void
forget_keeps(struct forget *f, const char *name)
{
	f->names = xrealloc(f->names, f->n + 1, sizeof *f->names);
	f->names[f->n++] = xstrdup(name);
}

static bool
is_kept(void *arg, const char *hook)
{
	const struct forget *f = arg;
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->names[i], hook) == 0)
			return true;
	return false;
}

static void
forget_work(struct catalogue *c, void *arg)
{
	struct forget *f = arg;
	(void)hook_prune(c, is_kept, f, &f->err);
}

static void
forget_done(void *arg, const struct error *commit)
{
	struct forget *f = arg;
	const struct error *err = f->err.kind != ERROR_NONE ? &f->err : commit;
	if (err->kind != ERROR_NONE)
		log_error("hooks: %s", err->text);
	for (size_t i = 0; i < f->n; i++)
		free(f->names[i]);
	free(f->names);
	free(f);
}

/* ---- the courier */

struct courier *
courier_new(const struct courier_options *options)
{
	struct courier *c = xcalloc(1, sizeof *c);
	c->options = *options;
	return c;
}

void
courier_free(struct courier *c)
{
	if (c == NULL)
		return;
	for (struct hook *h = c->first, *next; h != NULL; h = next) {
		next = h->next;
		hook_drop(h);
	}
	free(c);
}

/* Out of the list; NULL: there is none. */
static struct hook *
take_hook(struct hook **list, const char *name)
{
	for (struct hook **at = list; *at != NULL; at = &(*at)->next) {
		struct hook *h = *at;
		if (strcmp(h->config->hook, name) == 0) {
			*at = h->next;
			return h;
		}
	}
	return NULL;
}

static void
add_hook(struct courier *c, struct hook *h)
{
	h->next = c->first;
	c->first = h;
}

static void
configure_hook(struct courier *c, struct hook **old, struct config_hook *config, const char *source)
{
	struct hook *h = take_hook(old, config->hook);
	if (h != NULL && config_hook_equal(h->config, config) && strcmp(h->source, source) == 0) {
		config_hook_free(config);
	} else {
		if (h != NULL)
			hook_drop(h);
		h = hook_new(c, config, source);
	}
	add_hook(c, h);
}

void
courier_configure(struct courier *c, struct config_hooks hooks, const char *source,
    const struct config_problems *problems)
{
	struct forget *f = xcalloc(1, sizeof *f);
	struct hook *old = c->first, *h;
	c->first = NULL;
	for (size_t i = 0; i < problems->n; i++) {
		const char *name = problems->list[i].hook;
		if (name == NULL)
			continue;
		forget_keeps(f, name);
		if ((h = take_hook(&old, name)) != NULL)
			add_hook(c, h);
	}
	for (size_t i = 0; i < hooks.n; i++) {
		forget_keeps(f, hooks.list[i]->hook);
		configure_hook(c, &old, hooks.list[i], source);
	}
	free(hooks.list);
	while ((h = old) != NULL) {
		old = h->next;
		hook_drop(h);
	}
	store_submit(c->options.store, (struct store_job){ forget_work, forget_done, f });
}

void
courier_wake(struct courier *c)
{
	for (struct hook *h = c->first; h != NULL; h = h->next)
		wake(h);
}

struct courier_status
courier_status(const struct courier *c)
{
	struct courier_status s = { .since_ms = TIME_NONE, .last_error = "" };
	for (const struct hook *h = c->first; h != NULL; h = h->next) {
		s.hooks++;
		if (h->failing_since_ms == TIME_NONE)
			continue;
		s.failing++;
		if (s.hook == NULL || h->failing_since_ms < s.since_ms) {
			s.hook = h->config->hook;
			s.since_ms = h->failing_since_ms;
			s.last_error = h->last_error.text;
		}
	}
	return s;
}
