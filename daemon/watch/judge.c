/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a round found goes into the detector; what the detector says goes to
 * the ledger, as one job of the store: verdict, evidence, letters and state in
 * one transaction.
 */
#include <math.h>

#include "alert/ledger.h"
#include "base/buf.h"
#include "base/log.h"
#include "net/retry.h"
#include "watch/judge.h"
#include "watch/notice.h"

enum { KEEP_MS = 6 * HOUR_MS, SUNSET_MOVED_MS = 7 * DAY_MS, ENTRIES_MAX = SIGNALS + REASONS + 1, STATE_MAGIC = 0x56494733 };

struct kept_state {		/* as it lies in the catalogue; of another build: begun anew */
	uint32_t magic, size;
	int64_t kept_ms, sunset_ms;
	bool deprecated;
	char address[FETCH_ADDRESS_MAX];
	struct incident incident;	/* of its group */
	struct partner_health health;
};

/* A judgement on its way to the ledger. */
struct job {
	struct lookout *lookout;
	char *partner, *moved_to;
	struct judgement j;
	struct evidence_entry entries[ENTRIES_MAX];
	struct fact_reason reasons[REASONS];
	struct kept_state state;
	char *notes[REGISTERS];		/* register memories; NULL: unchanged */
	bool has_notes;
	struct error error;
};

/* ---- the job */

static void
job_free(struct job *job)
{
	for (size_t i = 0; i < job->j.n_entries; i++) {
		free((char *)(uintptr_t)job->entries[i].value);
		free((char *)(uintptr_t)job->entries[i].note);
	}
	for (size_t i = 0; i < job->j.n_reasons; i++)
		free(job->reasons[i].value);
	for (size_t i = 0; i < REGISTERS; i++)
		free(job->notes[i]);
	free(job->partner);
	free(job->moved_to);
	free(job);
}

static void
job_work(struct catalogue *c, void *arg)
{
	struct job *job = arg;
	if (ledger_judge(c, job->lookout->config, &job->j, &job->error) != 0)
		return;
	for (size_t i = 0; i < REGISTERS; i++)
		if (job->notes[i] != NULL &&
		    ledger_note_put(c, job->partner, register_names[i], job->notes[i], &job->error) != 0)
			return;
}

static void
log_kept(const struct job *job, const struct error *err)
{
	struct buf what = BUF_INIT;
	struct lookout *w = job->lookout;
	if (err->kind == ERROR_NONE && w->troubles.n == 0)
		return;
	buf_fmt(&what, "%s: keeping the verdict", job->partner);
	store_log(w->store, &w->troubles, what.data, err);
	buf_done(&what);
}

static void
tell_changed(const struct job *job)
{
	const char *verdict = verdict_name(job->j.verdict);
	log_event(LOG_NOTICE, &(struct log_fields){ .event = LOG_VERDICT, .partner = job->partner, .verdict = verdict },
	    "%s: the verdict is « %s », it was « %s »", job->partner, verdict, verdict_name(job->j.before));
	lookout_news(job->lookout);
}

static void
job_done(void *arg, const struct error *commit)
{
	struct job *job = arg;
	struct lookout *w = job->lookout;
	const struct error *err = job->error.kind != ERROR_NONE ? &job->error : commit;
	log_kept(job, err);
	if (err->kind == ERROR_NONE && job->j.changed)
		tell_changed(job);
	job_free(job);
	lookout_job_over(w);
}

static struct job *
job_new(struct ward *d, int64_t t_ms)
{
	struct job *job = xcalloc(1, sizeof *job);
	job->lookout = d->lookout;
	job->partner = xstrdup(d->name);
	job->j = (struct judgement){ .partner = job->partner, .at_ms = t_ms, .entries = job->entries,
	    .reasons = job->reasons, .trouble_since_ms = TIME_NONE, .verdict = d->health.verdict,
	    .before = d->health.verdict, .verdict_since_ms = d->health.verdict_since_ms,
	    .probability = d->probability, .presence = d->presence };
	return job;
}

static void
job_submit(struct job *job)
{
	lookout_submit(job->lookout, (struct store_job){ job_work, job_done, job });
}

static void
add_entry(struct job *job, const char *signal, const char *value, const char *note, double weight)
{
	if (job->j.n_entries == ENTRIES_MAX)
		return;
	job->entries[job->j.n_entries++] = (struct evidence_entry){ .signal = signal, .value = xstrdup(value),
	    .note = note != NULL && *note != '\0' ? xstrdup(note) : NULL, .weight = weight, .at_ms = job->j.at_ms };
}

static void
keep_state(struct job *job, struct ward *d, int64_t t_ms)
{
	job->state = (struct kept_state){ .magic = STATE_MAGIC, .size = sizeof job->state, .kept_ms = t_ms,
	    .sunset_ms = d->sunset_ms, .deprecated = d->deprecated, .incident = d->group->incident, .health = d->health };
	memcpy(job->state.address, d->address, sizeof job->state.address);
	job->j.state = &job->state;
	job->j.state_len = sizeof job->state;
	d->kept_ms = t_ms;
}

/* ---- words for what was read */

/* The words that go with a signal's value: where it leads, what it says. */
static const char *
words_of(const struct ward *d, enum signal signal)
{
	switch (signal) {
	case SIGNAL_REDIRECT:
		return d->moved_to;
	case SIGNAL_SITE_REDIRECT:
		return d->site_moved_to;
	case SIGNAL_SHAPE:
	case SIGNAL_SITE_SHAPE:
		return d->words;
	case SIGNAL_DOMAIN:
		return d->registers[REGISTER_DOMAIN].note;
	case SIGNAL_REGISTER: {
		const struct register_memory *company = &d->registers[REGISTER_COMPANY];
		const struct register_memory *gazette = &d->registers[REGISTER_GAZETTE];
		return gazette->value >= company->value ? gazette->note : company->note;
	}
	case SIGNAL_HTTP:
	case SIGNAL_SITE:
	case SIGNAL_DNS:
	case SIGNAL_TLS:
	case SIGNAL_LISTINGS:
	case SIGNAL_SEASON:
	case SIGNAL_HUMAN:
	case SIGNALS:
		break;
	}
	return NULL;
}

static const char *
value_of(const struct ward *d, enum signal signal, char out[SIGNAL_TEXT_MAX])
{
	bool leads = signal == SIGNAL_REDIRECT || signal == SIGNAL_SITE_REDIRECT;
	const char *words = leads ? words_of(d, signal) : NULL;
	int64_t value = d->health.readings[signal].value;
	if (value == -1)
		return "unknown";
	return words != NULL && value > 0 ? words : signal_text(signal, value, out);
}

static void
add_reasons(struct job *job, const struct ward *d, const struct opinion *o)
{
	char text[SIGNAL_TEXT_MAX];
	for (size_t i = 0; i < o->n_reasons; i++) {
		const struct reason *r = &o->reasons[i];
		const char *words = words_of(d, r->signal);
		bool said = r->key == REASON_CLOSING && words != NULL;
		job->reasons[job->j.n_reasons++] = (struct fact_reason){ .key = r->key, .log_odds = r->log_odds,
		    .since_ms = r->since_ms, .value = xstrdup(said ? words : value_of(d, r->signal, text)) };
	}
}

static void
add_reason_entries(struct job *job, const struct ward *d, const struct opinion *o)
{
	char text[SIGNAL_TEXT_MAX];
	for (size_t i = 0; i < o->n_reasons; i++)
		add_entry(job, signal_name(o->reasons[i].signal), value_of(d, o->reasons[i].signal, text),
		    reason_name(o->reasons[i].key), o->reasons[i].log_odds);
}

/* When what the verdict is about began. */
static int64_t
trouble_since(const struct partner_health *h)
{
	switch (h->verdict) {
	case VERDICT_MOVED:
		return h->readings[SIGNAL_REDIRECT].since_ms;
	case VERDICT_ACCESS_LOST:
		return h->readings[SIGNAL_HTTP].since_ms;
	case VERDICT_EMPTIED:
		return h->readings[SIGNAL_LISTINGS].since_ms;
	case VERDICT_FROZEN:
		return h->polled_ms - (h->rhythm.observed_ms - h->rhythm.changed_ms);
	case VERDICT_CLOSING:
		if (h->readings[SIGNAL_SHAPE].value == SHAPE_CLOSING)
			return h->readings[SIGNAL_SHAPE].since_ms;
		if (h->readings[SIGNAL_SITE_SHAPE].value == SHAPE_CLOSING)
			return h->readings[SIGNAL_SITE_SHAPE].since_ms;
		return h->readings[SIGNAL_REGISTER].since_ms;
	case VERDICT_NEVER_SEEN:
	case VERDICT_ALIVE:
	case VERDICT_OUTAGE:
	case VERDICT_UNCERTAIN:
	case VERDICT_PROBABLY_GONE:
	case VERDICT_GONE:
	case VERDICTS:
		break;
	}
	return h->silent_since_ms;
}

/* ---- readings */

/* Only what differs is evidence to be kept; that it was read again counts all the same. */
static void
observe(struct ward *d, struct job *job, enum signal signal, int64_t value, int64_t t_ms)
{
	char text[SIGNAL_TEXT_MAX];
	bool differs = d->health.readings[signal].value != value;
	detector_observe(&d->health, t_ms, signal, value);
	if (differs)
		add_entry(job, signal_name(signal), value_of(d, signal, text), words_of(d, signal), (double)NAN);
}

static void
set_words(char **to, const char *text)
{
	free(*to);
	*to = *text != '\0' ? xstrdup(text) : NULL;
}

static void
observe_poll(struct ward *d, struct job *job, const struct poll_reading *poll, int64_t t_ms)
{
	if (poll->http >= 0)
		observe(d, job, SIGNAL_HTTP, poll->http, t_ms);
	if (poll->redirect >= 0)
		observe(d, job, SIGNAL_REDIRECT, poll->redirect, t_ms);
	if (poll->shape > SHAPE_OK && *poll->page.quote != '\0')
		set_words(&d->words, poll->page.quote);
	if (poll->shape >= 0)
		observe(d, job, SIGNAL_SHAPE, poll->shape, t_ms);
	const struct reading *listings = &d->health.readings[SIGNAL_LISTINGS];
	if (poll->listings < 0 || (!poll->changed && listings->value == poll->listings))
		return;
	if (listings->value != poll->listings)
		observe(d, job, SIGNAL_LISTINGS, poll->listings, t_ms);
	else
		detector_observe(&d->health, t_ms, SIGNAL_LISTINGS, poll->listings);
}

static void
observe_site(struct ward *d, struct job *job, const struct round_findings *f, int64_t t_ms)
{
	if (!f->site_seen)
		return;
	observe(d, job, SIGNAL_SITE, f->site, t_ms);
	if (f->site_redirect >= 0) {
		set_words(&d->site_moved_to, f->site_moved_to);
		observe(d, job, SIGNAL_SITE_REDIRECT, f->site_redirect, t_ms);
	}
	if (f->site_shape > SHAPE_OK)
		set_words(&d->words, f->site_words);
	if (f->site_shape >= 0)
		observe(d, job, SIGNAL_SITE_SHAPE, f->site_shape, t_ms);
}

static void
observe_registers(struct ward *d, struct job *job, int64_t t_ms)
{
	int64_t company = d->registers[REGISTER_COMPANY].value, gazette = d->registers[REGISTER_GAZETTE].value;
	int64_t worse = company > gazette ? company : gazette;
	if (worse >= 0 || d->health.readings[SIGNAL_REGISTER].value != worse)
		observe(d, job, SIGNAL_REGISTER, worse, t_ms);
	struct register_memory *domain = &d->registers[REGISTER_DOMAIN];
	/* What is only remembered was not read again. */
	if (domain->heard || d->health.readings[SIGNAL_DOMAIN].value != domain->value)
		observe(d, job, SIGNAL_DOMAIN, domain->value, t_ms);
	domain->heard = false;
	for (size_t i = 0; i < REGISTERS; i++) {
		const struct register_memory *m = &d->registers[i];
		struct buf note = BUF_INIT;
		if (!m->unkept)
			continue;
		memory_write(m, &note);
		job->notes[i] = buf_take(&note);
		job->has_notes = true;
		d->registers[i].unkept = false;
	}
}

/* Who answers as ever has a name.  In good times nobody asks for it, so what was
 * read in this outage must not be found still standing in the next. */
static void
forget_name(struct ward *d, struct job *job, int64_t t_ms)
{
	struct register_memory *m = &d->registers[REGISTER_DOMAIN];
	if (d->health.readings[SIGNAL_DNS].value > DNS_OK)
		observe(d, job, SIGNAL_DNS, -1, t_ms);
	if (m->value <= DOMAIN_OK)
		return;
	free(m->note);
	m->note = NULL;
	m->value = -1;
	m->unkept = true;
	observe(d, job, SIGNAL_DOMAIN, -1, t_ms);
}

static void
observe_all(struct ward *d, struct job *job, const struct poll_reading *poll, const struct round_findings *f, int64_t t_ms)
{
	observe_poll(d, job, poll, t_ms);
	observe_site(d, job, f, t_ms);
	if (f->dns >= 0 || f->name_disputed)
		observe(d, job, SIGNAL_DNS, f->dns, t_ms);
	if (f->tls >= 0)
		observe(d, job, SIGNAL_TLS, f->tls, t_ms);
	if (!reading_in_trouble(poll))
		forget_name(d, job, t_ms);
	observe_registers(d, job, t_ms);
	if (d->season.n > 0)
		observe(d, job, SIGNAL_SEASON, season_closed(&d->season, t_ms) ? SEASON_CLOSED : SEASON_OPEN, t_ms);
}

/* ---- the verdict */

static void
tell_log(const struct ward *d, const struct opinion *o, enum verdict before)
{
	struct buf why = BUF_INIT;
	for (size_t i = 0; i < o->n_reasons; i++)
		buf_fmt(&why, "%s%s %+.1f", i > 0 ? ", " : "", reason_name(o->reasons[i].key), o->reasons[i].log_odds);
	bool serious = verdict_alarms(o->verdict);
	log_event(serious ? LOG_WARN : LOG_INFO, &(struct log_fields){ .partner = d->name },
	    "%s: %s (before: %s); gone with %.1f %%: %s", d->name,
	    verdict_name(o->verdict), verdict_name(before), 100 * o->probability, buf_cstr(&why));
	buf_done(&why);
}

static void
decide(struct ward *d, struct job *job, int64_t t_ms)
{
	struct opinion o;
	enum verdict before = d->health.verdict;
	detector_decide(&d->health, &d->group->incident, t_ms, &o);
	struct judgement *j = &job->j;
	j->changed = o.changed;
	j->verdict = o.verdict;
	j->before = before;
	j->verdict_since_ms = d->health.verdict_since_ms;
	j->probability = d->probability = o.probability;
	j->trouble_since_ms = trouble_since(&d->health);
	j->quiet = d->health.readings[SIGNAL_HUMAN].value == HUMAN_ALIVE;
	if (o.changed) {
		add_reason_entries(job, d, &o);
		tell_log(d, &o, before);
	}
	add_reasons(job, d, &o);
	job->moved_to = xstrdup(d->health.readings[SIGNAL_REDIRECT].value > 0 ? d->moved_to : NULL);
	j->moved_to = job->moved_to;
}

/* ---- when to look again */

static void
plan(struct ward *d, int64_t t_ms)
{
	struct lookout *w = d->lookout;
	const struct partner_config *p = ward_config(d);
	alarm_stop(w, &d->recheck);
	d->expected_ms = p != NULL ? p->interval_ms : DAY_MS;
	if (d->next_poll_ms != TIME_NONE && d->next_poll_ms - t_ms > d->expected_ms)
		d->expected_ms = d->next_poll_ms - t_ms;
	if (d->health.outcome != OUTCOME_SILENT || w->stopping || p == NULL)
		return;
	int64_t wait_ms = detector_interval_ms(&d->health, t_ms, p->interval_ms);
	if (retry_waits_until(d->not_before_ms, t_ms) && t_ms + wait_ms < d->not_before_ms)
		wait_ms = d->not_before_ms - t_ms;
	d->expected_ms = wait_ms;
	alarm_set(w, &d->recheck, t_ms + wait_ms);
}

void
judge_round(struct ward *d, const struct poll_reading *poll, const struct round_findings *found)
{
	struct lookout *w = d->lookout;
	int64_t t_ms = lookout_now(w);
	if (poll->http == 0 && w->deaf_since_ms != TIME_NONE) {	/* it is us: nothing was seen */
		d->health.polled_ms = TIME_NONE;
		plan(d, t_ms);
		return;
	}
	struct job *job = job_new(d, t_ms);
	uint32_t wave = d->health.wave;
	bool counted = d->health.counted;
	detector_presence(&d->health, d->presence);
	observe_all(d, job, poll, found, t_ms);
	bool due = detector_poll(&d->health, &d->group->incident, t_ms, 2 * d->expected_ms + MINUTE_MS);
	if (due)
		decide(d, job, t_ms);
	bool joined = wave != d->health.wave || counted != d->health.counted;
	bool kept_lately = d->kept_ms != TIME_NONE && d->kept_ms <= t_ms && t_ms - d->kept_ms < KEEP_MS;
	if (joined || d->health.outcome != OUTCOME_GOOD || job->j.changed || !kept_lately)
		keep_state(job, d, t_ms);
	plan(d, t_ms);
	if (due || job->j.state != NULL || job->has_notes)
		job_submit(job);
	else
		job_free(job);
}

void
judge_word(struct ward *d, enum human_reading word)
{
	int64_t t_ms = lookout_now(d->lookout);
	struct job *job = job_new(d, t_ms);
	observe(d, job, SIGNAL_HUMAN, word, t_ms);
	decide(d, job, t_ms);
	keep_state(job, d, t_ms);
	job_submit(job);
}

/* Some servers count from now, so that the day moves with every answer: told once. */
static bool
sunset_told(const struct ward *d, int64_t sunset_ms)
{
	return d->sunset_ms != TIME_NONE && llabs(sunset_ms - d->sunset_ms) < SUNSET_MOVED_MS;
}

static void
note_sunset(struct job *job, struct ward *d, int64_t sunset_ms)
{
	char text[TIME_TEXT_MAX];
	if (sunset_ms == TIME_NONE || sunset_told(d, sunset_ms))
		return;
	d->sunset_ms = sunset_ms;
	log_event(LOG_WARN, &(struct log_fields){ .partner = d->name }, "%s: gives notice that its interface ends on %s (Sunset)",
	    d->name, time_text(sunset_ms, text));
	add_entry(job, "sunset", time_text(sunset_ms, text), "the partner's interface is to end then", (double)NAN);
}

static void
note_deprecation(struct job *job, struct ward *d, const struct notice *notice)
{
	char text[TIME_TEXT_MAX] = "yes";
	if (!notice->deprecated || d->deprecated)
		return;
	d->deprecated = true;
	if (notice->deprecated_ms != TIME_NONE)
		(void)time_text(notice->deprecated_ms, text);
	log_event(LOG_WARN, &(struct log_fields){ .partner = d->name },
	    "%s: gives notice that its interface should not be used any more (Deprecation: %s)", d->name, text);
	add_entry(job, "deprecation", text, "the partner wants its interface to be given up", (double)NAN);
}

void
judge_notice(struct ward *d, const char *sunset, const char *deprecation)
{
	struct notice notice;
	if (*sunset == '\0' && *deprecation == '\0')
		return;
	notice_read(sunset, deprecation, &notice);
	int64_t t_ms = lookout_now(d->lookout);
	struct job *job = job_new(d, t_ms);
	note_sunset(job, d, notice.sunset_ms);
	note_deprecation(job, d, &notice);
	if (job->j.n_entries == 0) {
		job_free(job);
		return;
	}
	keep_state(job, d, t_ms);
	job_submit(job);
}

void
judge_keep(struct ward *d)
{
	if (!d->loaded || d->health.polled_ms == TIME_NONE)
		return;
	struct job *job = job_new(d, lookout_now(d->lookout));
	keep_state(job, d, lookout_now(d->lookout));
	job_submit(job);
}

/* What was kept before it was known when readings were last made: as if each had been made once. */
static bool
read_kept(const void *state, size_t len, struct kept_state *ret)
{
	const size_t before = offsetof(struct kept_state, health) + offsetof(struct partner_health, last_ms);
	if (len != sizeof *ret && len != before)
		return false;
	memcpy(ret, state, len);
	for (int i = 0; len == before && i < SIGNALS; i++)
		ret->health.last_ms[i] = ret->health.readings[i].since_ms;
	return ret->magic == STATE_MAGIC && ret->size == len;
}

void
judge_restore(struct ward *d, const void *state, size_t len)
{
	struct kept_state kept;
	if (!read_kept(state, len, &kept))
		return;
	d->health = kept.health;
	detector_rewind(&d->health, lookout_now(d->lookout));
	d->health.polled_ms = TIME_NONE;	/* the time we were not there is not observed time */
	d->kept_ms = kept.kept_ms;
	d->sunset_ms = kept.sunset_ms;
	d->deprecated = kept.deprecated;
	memcpy(d->address, kept.address, sizeof d->address);
	d->address[sizeof d->address - 1] = '\0';
}

void
judge_restore_incident(struct ward *d, const void *state, size_t len)
{
	struct kept_state kept;
	if (!read_kept(state, len, &kept) || d->group == NULL)
		return;
	if (kept.kept_ms > d->group->kept_ms) {
		kept.incident.longest_ms = d->group->incident.longest_ms;	/* it may stand elsewhere now */
		d->group->kept_ms = kept.kept_ms;
		d->group->incident = kept.incident;
		incident_rewind(&d->group->incident, lookout_now(d->lookout));
	}
}
