/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The minute's tick: reminders, digests and the answers of staff are looked
 * for.  An answer is known (w->last_label) once every judgement that follows
 * from it is on its way to the ledger.
 */
#include "alert/ledger.h"
#include "base/buf.h"
#include "base/log.h"
#include "watch/judge.h"

enum { TICK_MS = MINUTE_MS, TICK_LEAST_MS = 200 };

struct answer {			/* of staff, to be told to the detector */
	struct answer *next;
	enum label label;
	char partner[];
};

struct tick {
	struct lookout *lookout;
	int64_t now_ms, after, last;
	struct blindness *blind;	/* with their partners; owned */
	size_t n_blind;
	bool tell_blind, tell_full;
	int64_t full_since_ms;		/* TIME_NONE */
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
	if (t->tell_full && ledger_full(c, config, t->full_since_ms, t->now_ms, &t->error) != 0)
		return;
	if (t->tell_blind && ledger_blind(c, config, t->blind, t->n_blind, t->now_ms, &t->error) != 0)
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
	(void)ledger_note_put(c, "", lookout_label_note, l->text, &l->error);
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

/* False: not now; it is read again, and what was taken twice is one answer. */
static bool
take_answer(struct lookout *w, const struct answer *a)
{
	struct ward *d = ward_find(w, a->partner);
	if (w->stopping || (d != NULL && !d->loaded))
		return false;
	if (d != NULL && a->label == LABEL_CONFIRM)
		judge_word(d, HUMAN_GONE);
	else if (d != NULL && a->label == LABEL_DISMISS)
		judge_word(d, HUMAN_ALIVE);
	return true;
}

void
lookout_tick_later(struct lookout *w)
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
add_blindness(struct tick *t, const char *place, int64_t since_ms)
{
	t->blind = xrealloc(t->blind, t->n_blind + 1, sizeof *t->blind);
	t->blind[t->n_blind++] = (struct blindness){ .place = xstrdup(place), .since_ms = since_ms };
}

static void
add_place(struct lookout *w, struct tick *t, const struct group *g)
{
	const char **names = NULL;
	size_t n = 0;
	add_blindness(t, g->name, g->incident.blind_since_ms);
	for (size_t i = 0; i < w->n_wards; i++) {
		struct ward *d = w->wards[i];
		const struct partner_config *p = ward_config(d);
		if (d->group != g || d->health.outcome != OUTCOME_SILENT || p == NULL)
			continue;
		names = xrealloc(names, n + 1, sizeof *names);
		names[n++] = xstrdup(p->name);
	}
	struct blindness *b = &t->blind[t->n_blind - 1];
	b->domain = g->kind == GROUP_DOMAIN;
	b->lapsed = !incident_blind(&g->incident, t->now_ms);
	b->partners = names;
	b->n_partners = n;
}

static void
free_blindness(struct blindness *b)
{
	for (size_t i = 0; i < b->n_partners; i++)
		free((char *)(uintptr_t)b->partners[i]);
	free((void *)(uintptr_t)b->partners);
	free((char *)(uintptr_t)b->place);
}

/* After a start it is over only once somebody was heard. */
static void
look_who_is_blind(struct lookout *w, struct tick *t)
{
	int64_t since_ms = lookout_blind_since(w);
	if (since_ms != TIME_NONE)
		add_blindness(t, "", since_ms);
	for (const struct group *g = w->groups; g != NULL; g = g->next)
		if (g->kind != GROUP_LOOKOUT && g->incident.blind)
			add_place(w, t, g);
	t->tell_blind = t->n_blind > 0 || (w->told_blind && w->heard_ms != TIME_NONE);
}

static void
tick_done(void *arg, const struct error *commit)
{
	struct tick *t = arg;
	struct lookout *w = t->lookout;
	const struct error *err = t->error.kind != ERROR_NONE ? &t->error : commit;
	store_log(w->store, &w->troubles, "reminders and digest", err);
	if (err->kind == ERROR_NONE) {
		w->told_full = t->full_since_ms != TIME_NONE;
		if (t->tell_blind)
			w->told_blind = t->n_blind > 0;
	}
	bool taken = err->kind == ERROR_NONE;
	for (struct answer *a = t->answers, *next; a != NULL; a = next) {
		next = a->next;
		taken = taken && take_answer(w, a);
		free(a);
	}
	if (taken && t->last > w->last_label) {
		w->last_label = t->last;
		keep_label(w);
	}
	lookout_news(w);
	buf_done(&t->names);
	for (size_t i = 0; i < t->n_blind; i++)
		free_blindness(&t->blind[i]);
	free(t->blind);
	free(t->roster);
	free(t);
	lookout_tick_later(w);
	lookout_job_over(w);
}

void
lookout_tick(void *arg)
{
	struct lookout *w = arg;
	struct tick *t = xcalloc(1, sizeof *t);
	/* Settings that waited for the end of a run. */
	if (w->settings != engine_settings(w->options.engine))
		lookout_reload(w);
	else if (w->addresses_changed)
		groups_settle(w);
	t->lookout = w;
	t->now_ms = lookout_now(w);
	t->after = w->last_label;
	call_roster(w, t);
	look_who_is_blind(w, t);
	t->full_since_ms = store_full_since(w->store);
	t->tell_full = w->told_full || t->full_since_ms != TIME_NONE;
	lookout_submit(w, (struct store_job){ tick_work, tick_done, t });
}
