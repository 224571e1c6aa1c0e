/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the watch found and what staff said.  What time brings is in
 * ledger_tick.c, what follows from a verdict in policy.c.
 */
#include "alert/ledger.h"

#include <inttypes.h>
#include <math.h>

#include "alert/ledger_private.h"
#include "alert/policy.h"
#include "alert/recipients.h"
#include "catalogue/outbox.h"
#include "catalogue/watch.h"

enum { PEERS_MAX = 5 };

/* ---- telling people */

int
ledger_tell(struct catalogue *c, const struct config *config, const struct recipients *to, const struct telling *t,
    struct error *err)
{
	struct outbox_note n = {
		.kind = letter_kind_name(t->kind), .note = t->note, .facts = t->facts, .alert = t->alert,
		.follows = t->follows, .only_if_told = t->only_if_told, .domain = recipients_domain(&config->mail),
		.now_ms = t->now_ms, .due_ms = t->now_ms + t->wait_ms,
	};
	for (size_t i = 0; i < to->n; i++) {
		n.recipient = to->list[i];
		if (outbox_tell(c, &n, err) != 0)
			return -1;
	}
	return 0;
}

int
ledger_tell_all(struct catalogue *c, const struct config *config, const struct telling *t, struct error *err)
{
	struct recipients to = recipients_of_all(&config->mail);
	int rc = ledger_tell(c, config, &to, t, err);
	recipients_done(&to);
	return rc;
}

const char *
ledger_note(char out[LEDGER_NOTE_MAX], int64_t alert, const char *what)
{
	(void)snprintf(out, LEDGER_NOTE_MAX, "%" PRId64 ":%s", alert, what);
	return out;
}

/* ---- facts */

static void
add_peer(void *arg, const struct watch_peer *peer)
{
	struct facts *f = arg;
	if (peer->name == NULL)
		return;
	f->peers[f->n_peers++] = (struct fact_peer){ xstrdup(peer->name), xstrdup(peer->website), peer->listings };
}

static int
collect(struct catalogue *c, const struct judgement *j, const struct watch_partner *p, struct facts *f,
    struct error *err)
{
	*f = (struct facts){
		.partner = xstrdup(p->partner), .name = xstrdup(p->name), .theme = xstrdup(p->theme),
		.website = xstrdup(p->website), .verdict = j->verdict, .before = j->before, .at_ms = j->at_ms,
		.since_ms = j->trouble_since_ms, .probability = j->probability, .moved_to = xstrdup(j->moved_to),
		.successor = xstrdup(p->replaced_by), .listings = p->listings, .withdrawn = p->withdrawn,
		.marked = policy_marks(j->verdict), .presence = j->presence,
		.reasons = xcalloc(j->n_reasons + 1, sizeof *f->reasons), .peers = xcalloc(PEERS_MAX, sizeof *f->peers),
	};
	for (; f->n_reasons < j->n_reasons; f->n_reasons++) {
		f->reasons[f->n_reasons] = j->reasons[f->n_reasons];
		f->reasons[f->n_reasons].value = xstrdup(j->reasons[f->n_reasons].value);
	}
	return watch_peers(c, p, PEERS_MAX, add_peer, f, err);
}

/* ---- a judgement */

struct judging {
	struct catalogue *c;
	const struct config *config;
	const struct judgement *j;
	struct watch_partner p;
	struct watch_alert a;	/* the open one; alert 0: there is none */
	bool quiet;		/* staff have said that this is wrong */
	struct facts facts;
	struct buf json;	/* of them */
};

static int
keep_evidence(const struct judging *w, struct error *err)
{
	for (size_t i = 0; i < w->j->n_entries; i++) {
		const struct evidence_entry *e = &w->j->entries[i];
		const struct watch_evidence kept = { e->signal, e->value, e->note, e->weight, e->at_ms };
		if (watch_evidence_add(w->c, w->p.id, &kept, err) != 0)
			return -1;
	}
	if (w->j->state == NULL)
		return 0;
	return watch_state_put(w->c, w->p.id, w->j->state, w->j->state_len, w->j->at_ms, err);
}

static bool
is_open(const struct watch_alert *a)
{
	return a->alert != 0 && a->closed_ms == TIME_NONE;
}

/* What staff dismissed stays so as long as the verdict does, also before the
 * watch has read what they said. */
static int
find_alert(struct judging *w, struct error *err)
{
	if (watch_alert_last(w->c, w->p.id, &w->a, err) != 0)
		return -1;
	bool dismissed = strcmp(w->a.answer, label_name(LABEL_DISMISS)) == 0 && !is_open(&w->a);
	w->quiet = w->j->quiet || (dismissed && w->j->verdict_since_ms <= w->a.closed_ms);
	if (!is_open(&w->a))
		w->a = (struct watch_alert){ .alert = 0 };
	return 0;
}

static int
keep_verdict(struct judging *w, struct error *err)
{
	static const double NOTICEABLE = 0.001;
	const struct judgement *j = w->j;
	const char *verdict = verdict_name(j->verdict);
	bool same = strcmp(w->p.verdict, verdict) == 0 && w->p.verdict_since_ms == j->verdict_since_ms &&
	    fabs(w->p.probability - j->probability) < NOTICEABLE;
	if (!same && watch_verdict_put(w->c, w->p.id, verdict, j->verdict_since_ms, j->probability, err) != 0)
		return -1;
	bool withdrawn = !w->quiet &&
	    policy_withdraws(j->verdict, w->p.withdrawn, w->config->watch.unpublish_uncertain);
	if (withdrawn != w->p.withdrawn && watch_withdraw(w->c, w->p.id, withdrawn, j->at_ms, err) != 0)
		return -1;
	w->p.withdrawn = withdrawn;
	return 0;
}

static int
keep_turn(const struct judging *w, struct error *err)
{
	const struct watch_turn turn = {
		verdict_name(w->j->verdict), verdict_name(w->j->before), buf_cstr(&w->json), w->j->probability, w->j->at_ms,
	};
	return w->j->changed ? watch_turn_add(w->c, w->p.id, &turn, err) : 0;
}

static enum verdict
verdict_of(const char *name)
{
	int i = 0;
	while (i < VERDICTS - 1 && strcmp(verdict_name((enum verdict)i), name) != 0)
		i++;
	return (enum verdict)i;
}

static enum policy_step
next_step(const struct judging *w)
{
	const struct watch_alert *a = &w->a;
	const struct policy_event e = {
		.open = a->alert != 0, .told = verdict_of(a->told), .told_mask = a->told_mask, .told_ms = a->told_ms,
		.snoozed_ms = a->snoozed_ms, .confirmed = strcmp(a->answer, label_name(LABEL_CONFIRM)) == 0,
	};
	enum policy_step step = policy_step(&e, w->j->verdict, w->j->at_ms);
	return w->quiet && step != POLICY_CLOSE ? POLICY_NOTHING : step;
}

static int
tell_step(struct judging *w, const struct telling *t, struct error *err)
{
	struct recipients to = recipients_of_theme(&w->config->mail, w->p.theme);
	int rc = ledger_tell(w->c, w->config, &to, t, err);
	if (rc == 0 && to.n == 0)
		rc = watch_alert_mail(w->c, w->a.alert, "none", err);
	recipients_done(&to);
	return rc;
}

static void
set_told(struct judging *w)
{
	int64_t remind_ms = policy_first_reminder_ms(w->j->at_ms);
	bool reminded = w->a.alert == 0 || w->a.remind_ms != TIME_NONE;
	(void)snprintf(w->a.told, sizeof w->a.told, "%s", verdict_name(w->j->verdict));
	w->a.told_ms = w->j->at_ms;
	w->a.told_mask |= 1u << w->j->verdict;
	if (reminded && (w->a.alert == 0 || w->a.remind_ms < remind_ms))
		w->a.remind_ms = remind_ms;
}

static int
open_event(struct judging *w, struct error *err)
{
	char note[LEDGER_NOTE_MAX];
	w->a = (struct watch_alert){ .partner_id = w->p.id, .at_ms = w->j->at_ms, .snoozed_ms = TIME_NONE,
		.remind_ms = TIME_NONE, .closed_ms = TIME_NONE };
	(void)snprintf(w->a.verdict, sizeof w->a.verdict, "%s", verdict_name(w->j->verdict));
	set_told(w);
	if (watch_alert_put(w->c, &w->a, buf_cstr(&w->json), err) != 0)
		return -1;
	const struct telling t = {
		.kind = LETTER_ALERT, .note = ledger_note(note, w->a.alert, "open"), .facts = buf_cstr(&w->json),
		.alert = w->a.alert, .now_ms = w->j->at_ms, .wait_ms = LEDGER_GROUP_MS,
	};
	return tell_step(w, &t, err);
}

static int
follow_event(struct judging *w, struct error *err)
{
	char note[LEDGER_NOTE_MAX], open[LEDGER_NOTE_MAX], what[WATCH_NAME_MAX + 24];
	(void)snprintf(what, sizeof what, "%s:%" PRId64, verdict_name(w->j->verdict), w->j->at_ms);
	set_told(w);
	if (watch_alert_put(w->c, &w->a, buf_cstr(&w->json), err) != 0)
		return -1;
	const struct telling t = {
		.kind = LETTER_ALERT, .note = ledger_note(note, w->a.alert, what), .facts = buf_cstr(&w->json),
		.alert = w->a.alert, .follows = ledger_note(open, w->a.alert, "open"), .now_ms = w->j->at_ms,
		.wait_ms = LEDGER_GROUP_MS,
	};
	return tell_step(w, &t, err);
}

static int
close_event(struct judging *w, struct error *err)
{
	char note[LEDGER_NOTE_MAX], open[LEDGER_NOTE_MAX];
	bool told;
	w->a.closed_ms = w->j->at_ms;
	w->a.remind_ms = TIME_NONE;
	if (watch_alert_put(w->c, &w->a, NULL, err) != 0 || outbox_cancel(w->c, w->a.alert, &told, err) != 0)
		return -1;
	if (!told)
		return watch_alert_mail(w->c, w->a.alert, "cancelled", err);
	/* What they were told was wrong with it, and since when. */
	w->facts.before = verdict_of(w->a.told);
	if (w->facts.since_ms == TIME_NONE)
		w->facts.since_ms = w->a.at_ms;
	buf_clear(&w->json);
	facts_write(&w->facts, &w->json);
	const struct telling t = {
		.kind = LETTER_RECOVERY, .note = ledger_note(note, w->a.alert, "end"), .facts = buf_cstr(&w->json),
		.alert = w->a.alert, .follows = ledger_note(open, w->a.alert, "open"), .only_if_told = true,
		.now_ms = w->j->at_ms, .wait_ms = LEDGER_GROUP_MS,
	};
	return tell_step(w, &t, err);
}

static int
judge(struct judging *w, struct error *err)
{
	if (watch_partner_get(w->c, w->j->partner, &w->p, err) != 0 || keep_evidence(w, err) != 0 ||
	    find_alert(w, err) != 0 || keep_verdict(w, err) != 0)
		return -1;
	enum policy_step step = next_step(w);
	if (!w->j->changed && step == POLICY_NOTHING)
		return 0;
	if (collect(w->c, w->j, &w->p, &w->facts, err) != 0)
		return -1;
	facts_write(&w->facts, &w->json);
	if (keep_turn(w, err) != 0)
		return -1;
	switch (step) {
	case POLICY_NOTHING:
		return 0;
	case POLICY_OPEN:
		return open_event(w, err);
	case POLICY_FOLLOW:
		return follow_event(w, err);
	case POLICY_CLOSE:
		return close_event(w, err);
	}
	return 0;
}

int
ledger_judge(struct catalogue *c, const struct config *config, const struct judgement *j, struct error *err)
{
	struct judging w = { .c = c, .config = config, .j = j };
	if (catalogue_step_begin(c, err) != 0)
		return -1;
	int rc = catalogue_step_end(c, judge(&w, err), err);
	facts_done(&w.facts);
	buf_done(&w.json);
	watch_partner_done(&w.p);
	return rc;
}

/* ---- an answer */

static const char *const label_names[LABELS] = {
	[LABEL_ACK] = "ack", [LABEL_SNOOZE] = "snooze", [LABEL_DISMISS] = "dismiss", [LABEL_CONFIRM] = "confirm",
};

const char *
label_name(enum label label)
{
	return label_names[label];
}

enum label
label_find(const char *name)
{
	int i = 0;
	while (i < LABELS && strcmp(label_names[i], name) != 0)
		i++;
	return (enum label)i;
}

/* They know: nobody is reminded any more, but when they asked for it. */
static int
answer_alert(struct catalogue *c, struct watch_alert *a, const struct answer_of_staff *s, struct error *err)
{
	bool told;
	bool snoozed = s->label == LABEL_SNOOZE, wrong = s->label == LABEL_DISMISS;
	(void)snprintf(a->answer, sizeof a->answer, "%s", label_name(s->label));
	a->snoozed_ms = a->remind_ms = snoozed ? s->until_ms : TIME_NONE;
	if (wrong)
		a->closed_ms = s->at_ms;
	if (watch_alert_put(c, a, NULL, err) != 0 ||
	    (!snoozed && watch_alert_acknowledge(c, a->alert, s->by != NULL ? s->by : "", s->at_ms, err) != 0))
		return -1;
	if (!wrong)
		return 0;
	if (outbox_cancel(c, a->alert, &told, err) != 0)
		return -1;
	return told ? 0 : watch_alert_mail(c, a->alert, "cancelled", err);
}

static int
answer(struct catalogue *c, const struct answer_of_staff *s, const struct watch_partner *p, enum verdict *ret,
    struct error *err)
{
	struct watch_alert a;
	if (watch_alert_last(c, p->id, &a, err) != 0)
		return -1;
	bool open = is_open(&a);
	if (!open && (s->label == LABEL_ACK || s->label == LABEL_SNOOZE))
		return error_set(err, ERROR_NOT_FOUND, "there is no alert about %s to %s", p->partner,
		    s->label == LABEL_ACK ? "acknowledge" : "put off");
	const char *verdict = open ? a.told : p->verdict;
	const struct watch_label label = {
		.label = label_name(s->label), .verdict = verdict, .by = s->by, .note = s->note, .at_ms = s->at_ms,
		.until_ms = s->label == LABEL_SNOOZE ? s->until_ms : TIME_NONE, .alert = open ? a.alert : 0,
	};
	if (watch_label_add(c, p->id, &label, err) != 0)
		return -1;
	*ret = verdict_of(verdict);
	if (open && answer_alert(c, &a, s, err) != 0)
		return -1;
	return s->label == LABEL_DISMISS ? watch_withdraw(c, p->id, false, s->at_ms, err) : 0;
}

int
ledger_answer(struct catalogue *c, const struct answer_of_staff *a, enum verdict *ret_verdict, struct error *err)
{
	struct watch_partner p = { .id = 0 };
	enum verdict verdict = VERDICT_NEVER_SEEN;
	if (catalogue_step_begin(c, err) != 0)
		return -1;
	int rc = watch_partner_get(c, a->partner, &p, err);
	if (rc == 0)
		rc = answer(c, a, &p, &verdict, err);
	rc = catalogue_step_end(c, rc, err);
	watch_partner_done(&p);
	if (rc == 0)
		*ret_verdict = verdict;
	return rc;
}

/* ---- what the watch needs back */

struct labels {
	void (*each)(void *arg, const char *partner, enum label label, int64_t at_ms);
	void *arg;
	int64_t last;
};

static void
read_label(void *arg, int64_t number, const char *partner, const char *label, int64_t at_ms)
{
	struct labels *r = arg;
	r->last = number;
	enum label known = label_find(label);
	if (known != LABELS)
		r->each(r->arg, partner, known, at_ms);
}

int
ledger_labels(struct catalogue *c, int64_t after, int64_t *ret_last,
    void (*each)(void *arg, const char *partner, enum label label, int64_t at_ms), void *arg, struct error *err)
{
	struct labels r = { each, arg, after };
	if (watch_labels(c, after, read_label, &r, err) != 0)
		return -1;
	*ret_last = r.last;
	return 0;
}

int
ledger_state(struct catalogue *c, const char *partner, void **ret, size_t *ret_len, struct error *err)
{
	return watch_state_get(c, partner, ret, ret_len, err);
}

int
ledger_note_put(struct catalogue *c, const char *partner, const char *name, const char *text, struct error *err)
{
	return watch_note_put(c, partner, name, text, err);
}

int
ledger_note_get(struct catalogue *c, const char *partner, const char *name, char **ret, struct error *err)
{
	return watch_note_get(c, partner, name, ret, err);
}
