/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/engine.h"

#include <assert.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/version.h"
#include "cage/cage.h"
#include "net/retry.h"
#include "sync/schedule.h"
#include "sync/store.h"

enum { BEGUN_MAX = 64 };

struct member {			/* a partner, at rest about a hundred bytes */
	struct engine *engine;
	struct partner_config *config;
	struct partner_config *next_config;	/* after the run that is under way */
	struct oauth *oauth;
	struct run_notes notes;		/* of `config` */
	struct run *run;		/* NULL: none under way */
	bool scheduled;			/* has an entry in the schedule */
	bool leaving;			/* no longer in the configuration */
};

struct engine {
	struct run_env env;
	struct engine_options options;
	struct config *config;
	struct schedule *schedule;
	struct member **members;
	size_t n_members, running;
	uint64_t runs;
	unsigned settings;		/* see engine_settings() */
	bool scheduling;
	struct room *room;		/* NULL: nobody watches over it */
	char *stage_dir;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

/* ---- members */

static void
member_free(struct member *m)
{
	oauth_free(m->oauth);
	run_notes_done(&m->notes);
	partner_config_free(m->config);
	partner_config_free(m->next_config);
	free(m);
}

static void
open_oauth(struct member *m)
{
	const struct partner_config *p = m->config;
	oauth_free(m->oauth);
	m->oauth = NULL;
	if (p->oauth.token_url == NULL)
		return;
	const struct oauth_options options = {
		.token_url = p->oauth.token_url, .client_id = p->oauth.client_id,
		.client_secret = p->oauth.client_secret, .scope = p->oauth.scope,
		.in_body = p->oauth.in_body,
		.limits = {
			.allow_private = p->allow_private, .max_redirects = p->limits.max_redirects,
			.max_wire_bytes = 1 << 20, .max_body_bytes = 1 << 20,
			.connect_timeout_ms = p->limits.connect_timeout_ms,
			.total_timeout_ms = p->limits.request_timeout_ms,
			.stall_timeout_ms = p->limits.stall_timeout_ms,
			.rate_per_minute = p->limits.rate_per_minute,
		},
	};
	m->oauth = oauth_new(m->engine->env.fetcher, m->engine->env.clock, &options);
}

static void
member_set_config(struct member *m, struct partner_config *config)
{
	partner_config_free(m->config);
	m->config = config;
	run_notes_done(&m->notes);
	open_oauth(m);
}

/* Members stand in order of name.  Where the first of that name is, or would be. */
static size_t
member_position(const struct engine *e, const char *partner)
{
	size_t low = 0, high = e->n_members;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(e->members[middle]->config->partner, partner) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
member_add(struct engine *e, struct partner_config *config)
{
	struct member *m = xcalloc(1, sizeof *m);
	size_t at = member_position(e, config->partner);
	m->engine = e;
	member_set_config(m, config);
	e->members = xrealloc(e->members, e->n_members + 1, sizeof *e->members);
	memmove(&e->members[at + 1], &e->members[at], (e->n_members - at) * sizeof *e->members);
	e->members[at] = m;
	e->n_members++;
}

static struct member *
member_find(const struct engine *e, const char *partner)
{
	size_t i = member_position(e, partner);
	return i < e->n_members && strcmp(e->members[i]->config->partner, partner) == 0 ? e->members[i] : NULL;
}

static void
member_remove(struct member *m)
{
	struct engine *e = m->engine;
	size_t i = member_position(e, m->config->partner);
	e->n_members--;
	memmove(&e->members[i], &e->members[i + 1], (e->n_members - i) * sizeof *e->members);
	member_free(m);
}

static void
set_due(struct member *m, int64_t due_ms)
{
	struct engine *e = m->engine;
	if (m->scheduled)
		schedule_remove(e->schedule, m);
	m->scheduled = e->scheduling && m->config->enabled && !m->leaving;
	if (m->scheduled)
		schedule_set(e->schedule, m, due_ms);
}

/* ---- runs */

/* By the clock as it is: it may have been set back since the run ended, while that was stored. */
static int64_t
next_due_ms(const struct member *m, const struct run_summary *summary)
{
	int64_t now_ms = clock_now_ms(m->engine->env.clock);
	if (summary->next_poll_ms == TIME_NONE)
		return schedule_next_ms(m->config->partner, m->config->interval_ms, now_ms);
	int64_t back_ms = summary->report->finished_ms - now_ms;
	return back_ms > 0 ? summary->next_poll_ms - back_ms : summary->next_poll_ms;
}

static void schedule_rest(struct engine *e);

static void
on_run_done(void *arg, const struct run_summary *summary)
{
	struct member *m = arg;
	struct engine *e = m->engine;
	m->run = NULL;
	e->running--;
	e->runs++;
	if (e->options.run_done != NULL)
		e->options.run_done(e->options.arg, m->config->partner, summary);
	int64_t due_ms = next_due_ms(m, summary);
	bool changed = m->next_config != NULL;
	if (changed) {
		member_set_config(m, m->next_config);
		m->next_config = NULL;
		e->settings++;
	}
	if (m->leaving)
		member_remove(m);
	else if (changed && e->scheduling)
		schedule_rest(e);	/* it was planned by the settings before */
	else
		set_due(m, due_ms);
	schedule_room(e->schedule);
	if (e->running == 0 && e->stopped != NULL)
		e->stopped(e->stopped_arg);
}

static void
member_run(struct member *m, unsigned max_pages, const struct run_observer *observer)
{
	const struct run_options options = {
		.partner = m->config, .notes = &m->notes, .oauth = m->oauth, .max_pages = max_pages, .observer = observer,
	};
	m->engine->running++;
	m->run = run_start(&m->engine->env, &options, on_run_done, m);
}

/*
 * When thousands are due at once, they are begun as fast as they can be read
 * and stored, and few at a time: what one run leaves in the processor's caches
 * serves the next.  What waits for a partner takes no room: a slow one delays
 * nobody else.
 */
static bool
has_room(void *arg)
{
	const struct engine *e = arg;
	if (store_full_since(e->env.store) != TIME_NONE)
		return false;
	return store_pending(e->env.store) + fetcher_backlog(e->env.fetcher) < BEGUN_MAX;
}

static void
on_due(void *arg)
{
	struct member *m = arg;
	m->scheduled = false;
	if (m->run == NULL)
		member_run(m, 0, NULL);
}

int
engine_run(struct engine *e, const char *partner, unsigned max_pages,
    const struct run_observer *observer, struct error *err)
{
	struct member *m = member_find(e, partner);
	if (m == NULL)
		return error_set(err, ERROR_NOT_FOUND, "there is no partner \"%s\"", partner);
	if (m->run != NULL)
		return error_set(err, ERROR_BUSY, "a run of %s is under way", partner);
	if (m->config->missing != NULL)
		return error_set(err, ERROR_CONFIG, "%s: %s", partner, m->config->missing);
	member_run(m, max_pages, observer);
	return 0;
}

/* ---- schedule */

struct first_poll {		/* what the catalogue knows of each partner */
	struct engine *engine;
	size_t n;
	char **partners;
	struct partner_state *states;
};

static void
first_poll_work(struct catalogue *c, void *arg)
{
	struct first_poll *f = arg;
	for (size_t i = 0; i < f->n; i++)
		if (catalogue_partner_state(c, f->partners[i], &f->states[i], NULL) != 0)
			f->states[i] = (struct partner_state){ .next_poll_ms = TIME_NONE, .not_before_ms = TIME_NONE };
}

/* As it was planned, unless the interval is shorter by now. */
static int64_t
first_poll_due(const struct partner_config *p, const struct partner_state *s, size_t n_partners, int64_t now_ms)
{
	if (s->next_poll_ms == TIME_NONE || s->next_poll_ms <= now_ms)
		return schedule_first_ms(p->partner, p->interval_ms, n_partners, now_ms);
	bool must_wait = retry_must_wait(s->not_before_ms, s->last_attempt_ms, now_ms);
	if (!must_wait && s->next_poll_ms > now_ms + retry_interval_ms(p->interval_ms, s->failures))
		return schedule_next_ms(p->partner, p->interval_ms, now_ms);
	return s->next_poll_ms;
}

static void
first_poll_done(void *arg, const struct error *commit)
{
	struct first_poll *f = arg;
	struct engine *e = f->engine;
	(void)commit;
	for (size_t i = 0; i < f->n; i++) {
		struct member *m = member_find(e, f->partners[i]);
		free(f->partners[i]);
		if (m != NULL && m->run == NULL && !m->scheduled)
			set_due(m, first_poll_due(m->config, &f->states[i], f->n, clock_now_ms(e->env.clock)));
	}
	free(f->partners);
	free(f->states);
	free(f);
}

/* Asks the catalogue when the partners without an entry are due. */
static void
schedule_rest(struct engine *e)
{
	struct first_poll *f = xcalloc(1, sizeof *f);
	f->engine = e;
	f->partners = xcalloc(e->n_members, sizeof *f->partners);
	f->states = xcalloc(e->n_members, sizeof *f->states);
	for (size_t i = 0; i < e->n_members; i++) {
		struct member *m = e->members[i];
		if (!m->scheduled && m->run == NULL && m->config->enabled && !m->leaving)
			f->partners[f->n++] = xstrdup(m->config->partner);
	}
	store_submit(e->env.store, (struct store_job){ first_poll_work, first_poll_done, f });
}

void
engine_schedule(struct engine *e)
{
	e->scheduling = true;
	schedule_rest(e);
}

/* ---- for the watch */

static bool
is_polled(const struct member *m)
{
	return m->config->enabled && !m->leaving;
}

void
engine_each(const struct engine *e, void (*each)(void *arg, const struct partner_config *p), void *arg)
{
	for (size_t i = 0; i < e->n_members; i++)
		if (is_polled(e->members[i]))
			each(arg, e->members[i]->config);
}

const struct partner_config *
engine_partner(const struct engine *e, const char *partner)
{
	const struct member *m = member_find(e, partner);
	return m != NULL && is_polled(m) ? m->config : NULL;
}

void
engine_poll_at(struct engine *e, const char *partner, int64_t due_ms)
{
	struct member *m = member_find(e, partner);
	if (m != NULL && m->run == NULL)
		set_due(m, due_ms);
}

unsigned
engine_settings(const struct engine *e)
{
	return e->settings;
}

const struct config *
engine_config(const struct engine *e)
{
	return e->config;
}

struct fetcher *
engine_fetcher(const struct engine *e)
{
	return e->env.fetcher;
}

struct store *
engine_store(const struct engine *e)
{
	return e->env.store;
}

/* ---- reload */

static bool
is_kept(const struct config_problems *problems, const char *partner)
{
	for (size_t i = 0; i < problems->n; i++)
		if (problems->list[i].partner != NULL && strcmp(problems->list[i].partner, partner) == 0)
			return true;
	return false;
}

/* One that comes back while its last run is under way goes on from that: two of one partner never run at once. */
static void
reload_member(struct engine *e, struct partner_config *config, struct engine_reload *ret)
{
	struct member *m = member_find(e, config->partner);
	if (m == NULL) {
		member_add(e, config);
		ret->added++;
		return;
	}
	bool back = m->leaving, same = partner_config_equal(m->config, config);
	m->leaving = false;
	ret->added += back;
	ret->changed += !back && !same;
	partner_config_free(m->next_config);
	m->next_config = NULL;
	if (same) {
		partner_config_free(config);
		return;
	}
	if (m->run != NULL) {
		m->next_config = config;
		return;
	}
	member_set_config(m, config);
	if (m->scheduled)
		schedule_remove(e->schedule, m);
	m->scheduled = false;
}

static void
drop_missing(struct engine *e, const struct config *config, const struct config_problems *problems,
    struct engine_reload *ret)
{
	for (size_t i = e->n_members; i-- > 0;) {
		struct member *m = e->members[i];
		if (m->leaving || config_partner(config, m->config->partner) != NULL)
			continue;
		if (is_kept(problems, m->config->partner)) {
			ret->kept++;
			continue;
		}
		ret->removed++;
		m->leaving = true;
		if (m->scheduled)
			schedule_remove(e->schedule, m);
		m->scheduled = false;
		if (m->run == NULL)
			member_remove(m);
	}
}

struct engine_reload
engine_reload(struct engine *e, struct config *config, const struct config_problems *problems)
{
	struct engine_reload ret = { 0 };
	e->settings++;
	drop_missing(e, config, problems, &ret);
	while (config->n_partners > 0)
		reload_member(e, config_take_partner(config, config->n_partners - 1), &ret);
	config_free(config);
	if (e->scheduling)
		schedule_rest(e);
	return ret;
}

/* ---- start and stop */

static void
user_agent(const struct config *c, struct buf *out)
{
	buf_fmt(out, "Vigie/%s", VIGIE_VERSION);
	if (c->contact != NULL)
		buf_fmt(out, " (+%s)", c->contact);
}

static struct fetcher *
open_fetcher(const struct engine_options *o, struct error *err)
{
	struct buf agent = BUF_INIT;
	user_agent(o->config, &agent);
	const struct fetcher_options options = {
		.user_agent = buf_cstr(&agent),
		.ca_file = o->config->ca_file,
		.per_host = o->config->per_host,
		.max_active = o->config->max_active,
	};
	struct fetcher *f = fetcher_new(o->loop, &options, err);
	buf_done(&agent);
	return f;
}

static void
on_room(void *arg)
{
	struct engine *e = arg;
	bool full = store_full_since(e->env.store) != TIME_NONE;
	for (size_t i = 0; full && i < e->n_members; i++)
		if (e->members[i]->run != NULL)
			run_no_room(e->members[i]->run);
	schedule_room(e->schedule);
	if (e->options.room_changed != NULL)
		e->options.room_changed(e->options.arg);
}

static int
open_store(struct engine *e, struct error *err)
{
	const char *path = e->config->catalogue_path, *slash = strrchr(path, '/');
	const struct catalogue_options options = { .path = path, .search = e->config->search,
		.keep_removed_ms = e->config->keep_removed_ms };
	e->stage_dir = slash ? xstrndup(path, (size_t)(slash - path) + (slash == path)) : xstrdup(".");
	e->env.stage_dir = e->stage_dir;
	if (e->options.dry)
		return 0;
	if (e->options.keep_room)
		e->room = room_new(path, e->stage_dir, e->env.clock);
	e->env.store = store_new(e->env.loop, e->env.clock, &options, e->room, err);
	if (e->env.store == NULL && e->room != NULL && err->kind == ERROR_FULL) {
		/* The reserve is enough to open it. */
		room_tell(e->room, err);
		error_clear(err);
		e->env.store = store_new(e->env.loop, e->env.clock, &options, e->room, err);
	}
	if (e->env.store == NULL)
		return -1;
	store_on_room(e->env.store, on_room, e);
	return 0;
}

struct engine *
engine_new(const struct engine_options *options, struct error *err)
{
	struct engine *e = xcalloc(1, sizeof *e);
	e->options = *options;
	e->config = options->config;
	e->env.loop = options->loop;
	e->env.clock = options->clock;
	e->env.config = e->config;
	e->env.cages = cages_new(options->loop);
	e->env.territory_seed = e->config->territory_seed;
	e->schedule = schedule_new(options->loop, options->clock, on_due);
	schedule_bound(e->schedule, has_room, e);
	e->env.fetcher = open_fetcher(options, err);
	if (e->env.fetcher == NULL || open_store(e, err) != 0) {
		engine_free(e, false);
		return NULL;
	}
	while (e->config->n_partners > 0)
		member_add(e, config_take_partner(e->config, e->config->n_partners - 1));
	return e;
}

void
engine_free(struct engine *e, bool finish)
{
	if (e == NULL)
		return;
	assert(e->running == 0);
	store_free(e->env.store, finish);
	room_free(e->room);
	schedule_free(e->schedule);
	for (size_t i = 0; i < e->n_members; i++)
		member_free(e->members[i]);
	free(e->members);
	cages_free(e->env.cages);
	fetcher_free(e->env.fetcher);
	config_free(e->config);
	free(e->stage_dir);
	free(e);
}

void
engine_stop(struct engine *e, void (*stopped)(void *arg), void *arg)
{
	e->scheduling = false;
	e->stopped = stopped;
	e->stopped_arg = arg;
	for (size_t i = 0; i < e->n_members; i++) {
		struct member *m = e->members[i];
		if (m->scheduled)
			schedule_remove(e->schedule, m);
		m->scheduled = false;
		if (m->run != NULL)
			run_cancel(m->run);
	}
	if (e->running == 0)
		stopped(arg);
}

struct engine_status
engine_status(const struct engine *e)
{
	size_t polled = 0;
	for (size_t i = 0; i < e->n_members; i++)
		polled += is_polled(e->members[i]);
	return (struct engine_status){
		.partners = polled,
		.running = e->running,
		.runs = e->runs,
		.overdue_ms = schedule_overdue_ms(e->schedule),
		.store_busy_ms = e->env.store ? store_busy_ms(e->env.store) : 0,
	};
}
