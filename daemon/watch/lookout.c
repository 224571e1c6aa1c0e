/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watch's life: who is under watch, and what is kept of them.
 */
#include "watch/lookout.h"

#include "alert/ledger.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/num.h"
#include "net/retry.h"
#include "watch/judge.h"

const char lookout_label_note[] = "last-answer";
const char *const register_names[REGISTERS] = { "domain", "company", "gazette" };

/* ---- alarms */

void
alarm_set(struct lookout *w, struct alarm *a, int64_t at_ms)
{
	alarm_stop(w, a);
	if (w->stopping)
		return;
	a->set = true;
	schedule_set(w->schedule, a, at_ms);
}

void
alarm_stop(struct lookout *w, struct alarm *a)
{
	if (a->set)
		schedule_remove(w->schedule, a);
	a->set = false;
}

static void
on_alarm(void *arg)
{
	struct alarm *a = arg;
	a->set = false;
	a->fire(a->arg);
}

/* ---- jobs */

void
lookout_submit(struct lookout *w, struct store_job job)
{
	w->jobs++;
	store_submit(w->store, job);
}

static void destroy(struct lookout *w);

void
lookout_job_over(struct lookout *w)
{
	if (--w->jobs > 0)
		return;
	if (w->freed)
		destroy(w);
	else if (w->stopped != NULL)
		w->stopped(w->stopped_arg);
}

void
lookout_news(const struct lookout *w)
{
	if (!w->freed && w->options.news != NULL)
		w->options.news(w->options.arg);
}

int64_t
lookout_blind_since(const struct lookout *w)
{
	const struct incident *all = &w->groups->incident;
	int64_t since_ms = w->deaf_since_ms;
	if (incident_blind(all, lookout_now(w)) && (since_ms == TIME_NONE || all->blind_since_ms < since_ms))
		since_ms = all->blind_since_ms;
	return since_ms;
}

/* ---- wards */

static size_t
ward_position(const struct lookout *w, const char *name)
{
	size_t low = 0, high = w->n_wards;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(w->wards[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* One that is leaving may still stand beside its successor. */
struct ward *
ward_find(const struct lookout *w, const char *name)
{
	for (size_t i = ward_position(w, name); i < w->n_wards && strcmp(w->wards[i]->name, name) == 0; i++)
		if (!w->wards[i]->leaving)
			return w->wards[i];
	return NULL;
}

const struct partner_config *
ward_config(struct ward *d)
{
	const struct engine *e = d->lookout->options.engine;
	if (d->settings != engine_settings(e)) {
		d->settings = engine_settings(e);
		d->config = engine_partner(e, d->name);
	}
	return d->config;
}

/* It asked to wait: runs wait as well. */
static void
obey_retry_after(struct ward *d, int64_t until_ms)
{
	d->not_before_ms = until_ms;
	if (d->by_site)
		return;
	if (d->next_poll_ms == TIME_NONE || d->next_poll_ms >= until_ms)
		return;
	d->next_poll_ms = until_ms;
	engine_poll_at(d->lookout->options.engine, d->name, until_ms);
}

/* Where the partner leads to, of a redirect to another domain. */
static void
set_moved_to(struct ward *d, const char *url)
{
	char domain[GUARD_DOMAIN_MAX];
	free(d->moved_to);
	d->moved_to = guard_registrable(url, domain, sizeof domain) == 0 ? xstrdup(domain) : NULL;
}

/* Who answered, and from which machine. */
static void
set_address(struct ward *d, const struct poll_reading *poll, const char *address)
{
	if (!reading_answers(poll) || strcmp(d->address, address) == 0)
		return;
	(void)snprintf(d->address, sizeof d->address, "%s", address);
	d->lookout->addresses_changed = true;
}

/* Of a system that says « not found » of queries, that is an answer. */
static bool
answers(struct ward *d, const struct poll_reading *poll)
{
	const struct partner_config *p = ward_config(d);
	return reading_answers(poll) || (p != NULL && p->missing_is_ours && (poll->http == 404 || poll->http == 410));
}

/* The light request of a partner that did not answer, or of one whose web site
 * is all that can be seen of it: somebody there? */
static void
on_rechecked(void *arg, const struct probe_answer *answer)
{
	struct ward *d = arg;
	struct poll_reading poll;
	int64_t now_ms = lookout_now(d->lookout);
	bool waits = probe_asks_to_wait(answer);
	d->probe = NULL;
	if (reading_is_ours(answer)) {
		alarm_set(d->lookout, &d->recheck, now_ms + 10 * MINUTE_MS);
		return;
	}
	if (waits)
		obey_retry_after(d, now_ms + answer->retry_after_ms);
	if (d->by_site) {
		reading_of_page(answer, &poll);
		if (poll.redirect > 0)
			set_moved_to(d, answer->redirect_to);
		set_address(d, &poll, answer->address);
		round_start(d, &poll);
		return;
	}
	reading_of_status(answer->status, &poll);
	if (waits || !answers(d, &poll)) {
		round_start(d, &poll);
		return;
	}
	/* What it answers, a run will tell; if that fails as well, not at once again. */
	control_heard(d->lookout, now_ms);
	alarm_set(d->lookout, &d->recheck, now_ms + HOUR_MS);
	engine_poll_at(d->lookout->options.engine, d->name, now_ms);
}

static void
on_recheck(void *arg)
{
	struct ward *d = arg;
	const struct partner_config *p = ward_config(d);
	if (p == NULL || d->probe != NULL)
		return;
	const struct probe_request request = { .url = p->url, .as = d->by_site ? NULL : p,
	    .allow_private = p->allow_private, .rate_per_minute = p->limits.rate_per_minute };
	d->probe = probe_start(d->lookout->fetcher, &request, on_rechecked, d);
}

static struct ward *
ward_add(struct lookout *w, const char *name)
{
	struct ward *d = xcalloc(1, sizeof *d);
	size_t at = ward_position(w, name);
	d->lookout = w;
	d->name = xstrdup(name);
	d->recheck = (struct alarm){ .fire = on_recheck, .arg = d };
	d->site_asked_ms = d->site_not_before_ms = d->not_before_ms = d->next_poll_ms = d->sunset_ms = d->kept_ms = TIME_NONE;
	for (size_t i = 0; i < REGISTERS; i++)
		memory_done(&d->registers[i]);
	detector_init(&d->health);
	w->wards = xrealloc(w->wards, w->n_wards + 1, sizeof *w->wards);
	memmove(&w->wards[at + 1], &w->wards[at], (w->n_wards - at) * sizeof *w->wards);
	w->wards[at] = d;
	w->n_wards++;
	return d;
}

void
ward_free(struct ward *d)
{
	struct lookout *w = d->lookout;
	size_t i = ward_position(w, d->name);
	while (w->wards[i] != d)
		i++;
	w->n_wards--;
	memmove(&w->wards[i], &w->wards[i + 1], (w->n_wards - i) * sizeof *w->wards);
	alarm_stop(w, &d->recheck);
	probe_cancel(d->probe);
	for (size_t k = 0; k < REGISTERS; k++)
		memory_done(&d->registers[k]);
	free(d->moved_to);
	free(d->site_moved_to);
	free(d->words);
	free(d->name);
	free(d);
}

static void
ward_leave(struct ward *d)
{
	group_join(d, NULL);
	alarm_stop(d->lookout, &d->recheck);
	d->leaving = true;
	if (d->round == NULL)
		ward_free(d);
}

/* ---- what was kept */

struct kept {			/* of one partner */
	char *name;
	void *state;
	size_t state_len;
	char *notes[REGISTERS];
};

struct loading {
	struct lookout *lookout;
	struct kept *list;
	size_t n;
	char *label;
	struct error error;
};

static void
load_work(struct catalogue *c, void *arg)
{
	struct loading *l = arg;
	int rc = ledger_note_get(c, "", lookout_label_note, &l->label, &l->error);
	for (size_t i = 0; rc == 0 && i < l->n; i++) {
		struct kept *k = &l->list[i];
		rc = ledger_state(c, k->name, &k->state, &k->state_len, &l->error);
		for (size_t r = 0; rc == 0 && r < REGISTERS; r++)
			rc = ledger_note_get(c, k->name, register_names[r], &k->notes[r], &l->error);
	}
}

static void
restore(struct lookout *w, const struct kept *k)
{
	struct ward *d = ward_find(w, k->name);
	if (d == NULL)
		return;
	d->loaded = true;
	if (k->state != NULL)
		judge_restore(d, k->state, k->state_len);
	for (size_t r = 0; r < REGISTERS; r++)
		memory_read(&d->registers[r], k->notes[r]);
}

/* Its group is known by now, so what was kept of that can be told. */
static void
kept_done(struct lookout *w, struct kept *k)
{
	struct ward *d = ward_find(w, k->name);
	if (d != NULL && k->state != NULL)
		judge_restore_incident(d, k->state, k->state_len);
	free(k->name);
	free(k->state);
	for (size_t r = 0; r < REGISTERS; r++)
		free(k->notes[r]);
}

static void
load_done(void *arg, const struct error *commit)
{
	struct loading *l = arg;
	struct lookout *w = l->lookout;
	int64_t label;
	if (l->error.kind != ERROR_NONE || commit->kind != ERROR_NONE)
		log_error("what was known of partners could not be read: %s",
		    l->error.kind != ERROR_NONE ? l->error.text : commit->text);
	if (l->label != NULL && num_int(l->label, strlen(l->label), 0, INT64_MAX, &label) == 0 && label > w->last_label)
		w->last_label = label;
	for (size_t i = 0; i < l->n; i++)
		restore(w, &l->list[i]);
	groups_settle(w);
	for (size_t i = 0; i < l->n; i++)
		kept_done(w, &l->list[i]);
	groups_count(w);
	free(l->label);
	free(l->list);
	free(l);
	lookout_job_over(w);
}

/* Of everybody whose past is not known yet. */
static void
load(struct lookout *w)
{
	struct loading *l = xcalloc(1, sizeof *l);
	l->lookout = w;
	l->list = xcalloc(w->n_wards, sizeof *l->list);
	for (size_t i = 0; i < w->n_wards; i++)
		if (!w->wards[i]->loaded && !w->wards[i]->leaving)
			l->list[l->n++].name = xstrdup(w->wards[i]->name);
	lookout_submit(w, (struct store_job){ load_work, load_done, l });
}

/* ---- who is under watch */

static void
take(void *arg, const struct partner_config *p)
{
	struct lookout *w = arg;
	struct error err = ERROR_INIT;
	struct ward *d = ward_find(w, p->partner);
	if (d == NULL)
		d = ward_add(w, p->partner);
	d->config = p;
	d->settings = engine_settings(w->options.engine);
	d->presence = p->connector->presence || p->local_file != NULL;
	d->by_site = p->local_file != NULL;
	d->unseen = d->by_site && p->website == NULL;
	d->expected_ms = p->interval_ms;
	d->season.n = 0;
	if (p->closed != NULL && season_parse(p->closed, &d->season, &err) != 0)
		log_event(said_begins(&w->unread_seasons, p->partner, LOG_WARN), &(struct log_fields){ .partner = p->partner },
		    "%s: closed: %s", p->partner, err.text);
	else
		(void)said_ends(&w->unread_seasons, p->partner);
}

void
lookout_reload(struct lookout *w)
{
	for (size_t i = w->n_wards; i-- > 0;)
		if (!w->wards[i]->leaving && ward_config(w->wards[i]) == NULL)
			ward_leave(w->wards[i]);
	w->settings = engine_settings(w->options.engine);
	engine_each(w->options.engine, take, w);
	groups_settle(w);
	load(w);
}

/* ---- runs */

/* The office's own file says nothing of the partner: its web site is asked. */
static void
look_at_site(struct ward *d)
{
	int64_t now_ms = lookout_now(d->lookout);
	bool waits = retry_waits_until(d->not_before_ms, now_ms);
	if (!waits && !d->unseen && d->probe == NULL && d->round == NULL && !d->recheck.set)
		alarm_set(d->lookout, &d->recheck, now_ms);
}

void
lookout_run_done(struct lookout *w, const char *partner, const struct run_summary *s)
{
	struct poll_reading poll;
	struct ward *d = ward_find(w, partner);
	if (d == NULL || !d->loaded || w->stopping)
		return;
	if (d->by_site) {
		d->next_poll_ms = s->next_poll_ms;
		look_at_site(d);
		return;
	}
	reading_of_run(s, &poll);
	if (!poll.counts)
		return;
	if (d->presence)
		reading_of_presence(&poll);
	d->not_before_ms = s->not_before_ms;
	d->next_poll_ms = s->next_poll_ms;
	if (poll.redirect > 0)
		set_moved_to(d, s->redirect_to);
	set_address(d, &poll, s->address);
	judge_notice(d, s->sunset, s->deprecation);
	round_start(d, &poll);
}

void
lookout_room_changed(struct lookout *w)
{
	if (!w->stopping)
		timer_start(w->tick, 0);
}

/* ---- life */

struct lookout *
lookout_new(const struct lookout_options *options, struct error *err)
{
	struct lookout *w = xcalloc(1, sizeof *w);
	w->options = *options;
	w->config = engine_config(options->engine);
	w->fetcher = engine_fetcher(options->engine);
	w->store = engine_store(options->engine);
	w->schedule = schedule_new(options->loop, options->clock, on_alarm);
	w->tick = timer_new(options->loop, lookout_tick, w);
	for (size_t i = 0; i < REGISTERS; i++)
		w->desks[i].not_before_ms = TIME_NONE;
	groups_init(w);
	control_init(w);
	if (w->config->watch.dns && (w->dns = dns_new(options->loop, w->config->watch.resolvers, err)) == NULL) {
		lookout_free(w);
		return NULL;
	}
	lookout_reload(w);
	lookout_tick_later(w);
	return w;
}

/* Nothing is asked any more, and nothing is judged. */
static void
fall_silent(struct lookout *w)
{
	w->stopping = true;
	timer_stop(w->tick);
	dns_free(w->dns);
	w->dns = NULL;
	control_stop(w);
	for (size_t i = w->n_wards; i-- > 0;) {
		struct ward *d = w->wards[i];
		round_drop(d);
		alarm_stop(w, &d->recheck);
		probe_cancel(d->probe);
		d->probe = NULL;
		if (d->leaving)		/* its round was all that held it */
			ward_free(d);
	}
}

void
lookout_stop(struct lookout *w, void (*stopped)(void *arg), void *arg)
{
	fall_silent(w);
	for (size_t i = 0; i < w->n_wards; i++)
		judge_keep(w->wards[i]);
	w->stopped = stopped;
	w->stopped_arg = arg;
	if (w->jobs == 0)
		stopped(arg);
}

static void
destroy(struct lookout *w)
{
	while (w->n_wards > 0)
		ward_free(w->wards[w->n_wards - 1]);
	timer_free(w->tick);
	schedule_free(w->schedule);
	groups_done(w);
	free(w->control_urls);
	free(w->rdap_servers);
	said_done(&w->troubles);
	said_done(&w->unread_seasons);
	free(w->wards);
	free(w);
}

/* What the store still owes us calls back when the engine is freed: the last of it frees us. */
void
lookout_free(struct lookout *w)
{
	if (w == NULL)
		return;
	fall_silent(w);
	w->freed = true;
	if (w->jobs == 0)
		destroy(w);
}

struct lookout_status
lookout_status(const struct lookout *w)
{
	struct lookout_status s = { .blind_since_ms = lookout_blind_since(w) };
	for (size_t i = 0; i < w->n_wards; i++)
		s.failing += w->wards[i]->health.outcome > OUTCOME_GOOD;
	return s;
}
