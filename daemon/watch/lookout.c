/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watch's life: who is under watch, what is kept of them, and the minute's
 * tick in which reminders, digests and the answers of staff are looked for.
 */
#include "watch/lookout.h"

#include "alert/ledger.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/num.h"
#include "watch/ward.h"

enum { TICK_MS = MINUTE_MS, TICK_LEAST_MS = 200 };

static const char label_note[] = "last-answer";	/* its name in the ledger */

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

void
lookout_job_over(struct lookout *w)
{
	if (--w->jobs == 0 && w->stopped != NULL)
		w->stopped(w->stopped_arg);
}

/* ---- groups */

static struct group *
group_find(struct lookout *w, const char *domain)
{
	for (struct group *g = w->groups; g != NULL; g = g->next)
		if (strcmp(g->domain, domain) == 0)
			return g;
	struct group *g = xcalloc(1, sizeof *g);
	g->domain = xstrdup(domain);
	g->kept_ms = TIME_NONE;
	/* The lookout's own stays first. */
	struct group **at = w->groups != NULL ? &w->groups->next : &w->groups;
	g->next = *at;
	*at = g;
	return g;
}

static void
count_domain(void *arg, const struct partner_config *p)
{
	char domain[GUARD_DOMAIN_MAX];
	if (guard_registrable(p->url, domain, sizeof domain) == 0)
		group_find(arg, domain)->members++;
}

/* Alone behind its domain, a partner belongs to the lookout. */
static struct group *
group_of(struct lookout *w, const struct partner_config *p)
{
	char domain[GUARD_DOMAIN_MAX];
	if (guard_registrable(p->url, domain, sizeof domain) != 0)
		return w->groups;
	struct group *g = group_find(w, domain);
	return g->members > 1 ? g : w->groups;
}

static void
join_group(struct ward *d, struct group *g)
{
	if (d->group == g)
		return;
	if (d->group != NULL)
		detector_leave(&d->health, &d->group->incident, lookout_now(d->lookout));
	d->group = g;
}

/* What was kept of an incident counts its members anew. */
static void
count_incidents(struct lookout *w)
{
	for (struct group *g = w->groups; g != NULL; g = g->next)
		g->incident.answering = g->incident.struck = 0;
	for (size_t i = 0; i < w->n_wards; i++) {
		const struct partner_health *h = &w->wards[i]->health;
		struct incident *g = &w->wards[i]->group->incident;
		if (h->counted)
			g->answering++;
		else if (h->outcome == OUTCOME_SILENT && h->wave == g->number)
			g->struck++;
	}
}

int64_t
lookout_blind_since(const struct lookout *w)
{
	int64_t now_ms = lookout_now(w), since_ms = w->deaf_since_ms;
	for (const struct group *g = w->groups; g != NULL; g = g->next)
		if (incident_blind(&g->incident, now_ms) && (since_ms == TIME_NONE || g->incident.blind_since_ms < since_ms))
			since_ms = g->incident.blind_since_ms;
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
static struct ward *
ward_find(const struct lookout *w, const char *name)
{
	for (size_t i = ward_position(w, name); i < w->n_wards && strcmp(w->wards[i]->name, name) == 0; i++)
		if (!w->wards[i]->leaving)
			return w->wards[i];
	return NULL;
}

/* The light request of a partner that did not answer: somebody there? */
static void
on_rechecked(void *arg, const struct probe_answer *answer)
{
	struct ward *d = arg;
	struct poll_reading poll;
	d->probe = NULL;
	reading_of_status(answer->status, &poll);
	if (!reading_answers(&poll)) {
		round_start(d, &poll);
		return;
	}
	/* What it answers, a run will tell; if that fails as well, not at once again. */
	control_heard(d->lookout, lookout_now(d->lookout));
	alarm_set(d->lookout, &d->recheck, lookout_now(d->lookout) + HOUR_MS);
	engine_poll_soon(d->lookout->options.engine, d->name);
}

static void
on_recheck(void *arg)
{
	struct ward *d = arg;
	const struct partner_config *p = engine_partner(d->lookout->options.engine, d->name);
	if (p == NULL || d->probe != NULL)
		return;
	const struct probe_request request = { .url = p->url, .as = p };
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
	d->site_due_ms = d->not_before_ms = d->next_poll_ms = d->sunset_ms = d->kept_ms = TIME_NONE;
	for (size_t i = 0; i < REGISTERS; i++)
		d->registers[i] = (struct register_memory){ .due_ms = TIME_NONE, .value = -1 };
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
		free(d->registers[k].note);
	free(d->moved_to);
	free(d->site_moved_to);
	free(d->words);
	free(d->name);
	free(d);
}

static void
ward_leave(struct ward *d)
{
	detector_leave(&d->health, &d->group->incident, lookout_now(d->lookout));
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
	int rc = ledger_note_get(c, "", label_note, &l->label, &l->error);
	for (size_t i = 0; rc == 0 && i < l->n; i++) {
		struct kept *k = &l->list[i];
		rc = ledger_state(c, k->name, &k->state, &k->state_len, &l->error);
		for (size_t r = 0; rc == 0 && r < REGISTERS; r++)
			rc = ledger_note_get(c, k->name, register_names[r], &k->notes[r], &l->error);
	}
}

/* "DUE VALUE WORDS", as judge.c writes it. */
static void
restore_register(struct register_memory *m, const char *note)
{
	long long due_ms, value;
	int words = 0;
	if (note == NULL || sscanf(note, "%lld %lld %n", &due_ms, &value, &words) < 2 || words == 0)
		return;
	m->due_ms = due_ms;
	m->value = value;
	free(m->note);
	m->note = note[words] != '\0' ? xstrdup(note + words) : NULL;
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
		restore_register(&d->registers[r], k->notes[r]);
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
	for (size_t i = 0; i < l->n; i++) {
		struct kept *k = &l->list[i];
		restore(w, k);
		free(k->name);
		free(k->state);
		for (size_t r = 0; r < REGISTERS; r++)
			free(k->notes[r]);
	}
	count_incidents(w);
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
	join_group(d, group_of(w, p));
	d->expected_ms = p->interval_ms;
	d->season.n = 0;
	if (p->closed != NULL && season_parse(p->closed, &d->season, &err) != 0)
		log_warn("%s: closed: %s", p->partner, err.text);
}

void
lookout_reload(struct lookout *w)
{
	for (size_t i = w->n_wards; i-- > 0;)
		if (!w->wards[i]->leaving && engine_partner(w->options.engine, w->wards[i]->name) == NULL)
			ward_leave(w->wards[i]);
	for (struct group *g = w->groups; g != NULL; g = g->next)
		g->members = 0;
	engine_each(w->options.engine, count_domain, w);
	engine_each(w->options.engine, take, w);
	load(w);
}

/* ---- runs */

void
lookout_run_done(struct lookout *w, const char *partner, const struct run_summary *s)
{
	struct poll_reading poll;
	struct ward *d = ward_find(w, partner);
	if (d == NULL || !d->loaded || w->stopping)
		return;
	reading_of_run(s, &poll);
	if (!poll.counts)
		return;
	d->not_before_ms = s->not_before_ms;
	d->next_poll_ms = s->next_poll_ms;
	if (poll.redirect > 0) {
		char domain[GUARD_DOMAIN_MAX];
		free(d->moved_to);
		d->moved_to = guard_registrable(s->redirect_to, domain, sizeof domain) == 0 ? xstrdup(domain) : NULL;
	}
	judge_notice(d, s->sunset, s->deprecation);
	round_start(d, &poll);
}

/* ---- time passes */

struct answer {			/* of staff, to be told to the detector */
	struct answer *next;
	enum label label;
	char partner[];
};

struct tick {
	struct lookout *lookout;
	int64_t now_ms, blind_since_ms, after, last;
	bool tell_blind;
	struct answer *answers;
	struct buf names;		/* of who is under watch, each with its NUL */
	const char **roster;
	size_t n_roster;
	struct error error;
};

static void
collect_answer(void *arg, const char *partner, enum label label, int64_t at_ms)
{
	struct tick *t = arg;
	struct answer **end = &t->answers;
	(void)at_ms;
	while (*end != NULL)
		end = &(*end)->next;
	size_t size = strlen(partner) + 1;
	*end = xmalloc(sizeof **end + size);
	**end = (struct answer){ .label = label };
	memcpy((*end)->partner, partner, size);
}

static void
tick_work(struct catalogue *c, void *arg)
{
	struct tick *t = arg;
	const struct config *config = t->lookout->config;
	const struct roster roster = { t->roster, t->n_roster };
	t->last = t->after;
	if (t->tell_blind && ledger_blind(c, config, t->blind_since_ms, t->now_ms, &t->error) != 0)
		return;
	if (ledger_tick(c, config, &roster, t->now_ms, &t->error) == 0)
		(void)ledger_labels(c, t->after, &t->last, collect_answer, t, &t->error);
}

struct last_label {
	struct lookout *lookout;
	char text[32];
	struct error error;
};

static void
label_work(struct catalogue *c, void *arg)
{
	struct last_label *l = arg;
	(void)ledger_note_put(c, "", label_note, l->text, &l->error);
}

static void
label_done(void *arg, const struct error *commit)
{
	struct last_label *l = arg;
	struct lookout *w = l->lookout;
	(void)commit;
	free(l);
	lookout_job_over(w);
}

/* After the judgements that follow from these answers. */
static void
keep_label(struct lookout *w)
{
	struct last_label *l = xcalloc(1, sizeof *l);
	l->lookout = w;
	(void)snprintf(l->text, sizeof l->text, "%lld", (long long)w->last_label);
	lookout_submit(w, (struct store_job){ label_work, label_done, l });
}

static void
take_answer(struct lookout *w, const struct answer *a)
{
	struct ward *d = ward_find(w, a->partner);
	if (d == NULL || !d->loaded || w->stopping)
		return;
	if (a->label == LABEL_CONFIRM)
		judge_word(d, HUMAN_GONE);
	else if (a->label == LABEL_DISMISS)
		judge_word(d, HUMAN_ALIVE);
}

static void
start_tick(struct lookout *w)
{
	int64_t wait_ms = clock_real_wait_ms(w->options.clock, TICK_MS);
	if (!w->stopping)
		timer_start(w->tick, wait_ms > TICK_LEAST_MS ? wait_ms : TICK_LEAST_MS);
}

/* Who is under watch, for the store's thread. */
static void
call_roster(const struct lookout *w, struct tick *t)
{
	for (size_t i = 0; i < w->n_wards; i++)
		if (!w->wards[i]->leaving) {
			buf_add(&t->names, w->wards[i]->name, strlen(w->wards[i]->name) + 1);
			t->n_roster++;
		}
	t->roster = xcalloc(t->n_roster, sizeof *t->roster);
	const char *name = t->names.data;
	for (size_t i = 0; i < t->n_roster; i++, name += strlen(name) + 1)
		t->roster[i] = name;
}

static void
tick_done(void *arg, const struct error *commit)
{
	struct tick *t = arg;
	struct lookout *w = t->lookout;
	const struct error *err = t->error.kind != ERROR_NONE ? &t->error : commit;
	if (err->kind != ERROR_NONE)
		log_error("reminders and digest: %s", err->text);
	else
		w->told_blind = t->blind_since_ms != TIME_NONE;
	for (struct answer *a = t->answers, *next; a != NULL; a = next) {
		next = a->next;
		if (err->kind == ERROR_NONE)
			take_answer(w, a);
		free(a);
	}
	if (err->kind == ERROR_NONE && t->last > w->last_label) {
		w->last_label = t->last;
		keep_label(w);
	}
	if (w->options.news != NULL)
		w->options.news(w->options.arg);
	buf_done(&t->names);
	free(t->roster);
	free(t);
	start_tick(w);
	lookout_job_over(w);
}

static void
on_tick(void *arg)
{
	struct lookout *w = arg;
	struct tick *t = xcalloc(1, sizeof *t);
	t->lookout = w;
	t->now_ms = lookout_now(w);
	t->after = w->last_label;
	t->blind_since_ms = lookout_blind_since(w);
	call_roster(w, t);
	t->tell_blind = t->blind_since_ms != TIME_NONE || w->told_blind;
	lookout_submit(w, (struct store_job){ tick_work, tick_done, t });
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
	w->tick = timer_new(options->loop, on_tick, w);
	(void)group_find(w, "");
	control_init(w);
	if (w->config->watch.dns && (w->dns = dns_new(options->loop, w->config->watch.resolvers, err)) == NULL) {
		lookout_free(w);
		return NULL;
	}
	lookout_reload(w);
	start_tick(w);
	return w;
}

void
lookout_stop(struct lookout *w, void (*stopped)(void *arg), void *arg)
{
	w->stopping = true;
	timer_stop(w->tick);
	alarm_stop(w, &w->listen);
	for (size_t i = 0; i < w->n_wards; i++) {
		alarm_stop(w, &w->wards[i]->recheck);
		judge_keep(w->wards[i]);
	}
	w->stopped = stopped;
	w->stopped_arg = arg;
	if (w->jobs == 0)
		stopped(arg);
}

void
lookout_free(struct lookout *w)
{
	if (w == NULL)
		return;
	w->stopping = true;
	dns_free(w->dns);
	control_done(w);
	for (size_t i = w->n_wards; i-- > 0;) {
		round_drop(w->wards[i]);
		ward_free(w->wards[i]);
	}
	/* Only when the loop has failed: what the store still owes us calls back later. */
	if (w->jobs > 0)
		return;
	timer_free(w->tick);
	schedule_free(w->schedule);
	while (w->groups != NULL) {
		struct group *next = w->groups->next;
		free(w->groups->domain);
		free(w->groups);
		w->groups = next;
	}
	free(w->rdap_servers);
	free(w->wards);
	free(w);
}

struct lookout_status
lookout_status(const struct lookout *w)
{
	struct lookout_status s = { .blind_since_ms = lookout_blind_since(w) };
	for (size_t i = 0; i < w->n_wards; i++)
		s.failing += w->wards[i]->health.outcome > OUTCOME_GOOD;
	return s;
}
