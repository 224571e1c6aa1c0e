/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clocks of one partner, moved by its polls.  Invariant: a clock counts
 * only time between two polls that both saw its state, were not too far apart,
 * and did not fall into blindness.
 */
#include "health/detector.h"

#include "base/clock.h"
#include "health/constants.h"
#include "health/weigh.h"

/* Every so often a decision is due although nothing was observed: rhythms stop. */
static const int64_t decide_every_ms = 6 * (int64_t)HOUR_MS;

void
detector_init(struct partner_health *p)
{
	*p = (struct partner_health){ .polled_ms = TIME_NONE, .weighed_ms = TIME_NONE, .verdict_since_ms = TIME_NONE,
	    .silent_since_ms = TIME_NONE, .good_since_ms = TIME_NONE };
	for (int i = 0; i < SIGNALS; i++) {
		p->readings[i] = (struct reading){ .value = -1, .since_ms = TIME_NONE };
		p->last_ms[i] = TIME_NONE;
	}
}

static bool
season_open(const struct partner_health *p)
{
	return p->readings[SIGNAL_SEASON].value != SEASON_CLOSED;
}

void
detector_observe(struct partner_health *p, int64_t t_ms, enum signal signal, int64_t value)
{
	struct reading *r = &p->readings[signal];
	if (signal == SIGNAL_LISTINGS) {
		rhythm_change(&p->rhythm);
		if (season_open(p))
			cusum_count(&p->counts, value);
	}
	p->last_ms[signal] = t_ms;
	if (r->value == value && signal != SIGNAL_LISTINGS)
		return;
	if (r->value != value)
		*r = (struct reading){ .value = value, .since_ms = t_ms };
	p->fresh = true;
}

void
detector_presence(struct partner_health *p, bool only)
{
	p->presence = only;
	if (!only)
		return;
	p->site_silent_ms = 0;
	p->readings[SIGNAL_LISTINGS] = (struct reading){ .value = -1, .since_ms = TIME_NONE };
	p->rhythm = (struct rhythm){ .changes = 0 };
	p->counts = (struct cusum){ .seen = 0 };
	p->emptied_ms = 0;
}

static enum outcome
outcome_of(const struct partner_health *p)
{
	int64_t status = p->readings[SIGNAL_HTTP].value;
	if (status == 401 || status == 403)
		return OUTCOME_DENIED;
	if (status == 429)
		return OUTCOME_LIMITED;
	if (status < 200 || status >= 400)
		return OUTCOME_SILENT;
	if (p->readings[SIGNAL_REDIRECT].value > 0)
		return OUTCOME_MOVED;
	return p->readings[SIGNAL_SHAPE].value <= SHAPE_OK ? OUTCOME_GOOD : OUTCOME_WRONG;
}

/* Somebody answers: the silence is over, and was an outage. */
static void
end_silence(struct partner_health *p)
{
	if (p->silent_ms >= detector_constants.long_outage_ms)
		p->long_outages++;
	p->silent_ms = p->site_silent_ms = 0;
	p->silent_since_ms = TIME_NONE;
}

static void
join_group(struct partner_health *p, struct incident *g, int64_t t_ms)
{
	bool answers = p->outcome != OUTCOME_SILENT;
	if (answers && !p->counted)
		incident_rise(g, p->wave, t_ms);
	else if (!answers && p->counted)
		p->wave = incident_fall(g, t_ms);
	p->counted = answers;
}

static void
pass_good(struct partner_health *p, int64_t t_ms, int64_t credit_ms)
{
	if (p->good_polls++ == 0)
		p->good_since_ms = t_ms;
	p->ever_good = true;
	if (p->good_polls > 1 && season_open(p))
		rhythm_pass(&p->rhythm, credit_ms);
	if (season_open(p) && cusum_empty(&p->counts, p->readings[SIGNAL_LISTINGS].value))
		p->emptied_ms += credit_ms;
	else
		p->emptied_ms = 0;
}

static void
pass_failing(struct partner_health *p, bool went_on, int64_t t_ms, int64_t credit_ms)
{
	if (!went_on) {
		p->silent_since_ms = t_ms;
		return;
	}
	p->silent_ms += credit_ms;
	int64_t site = p->readings[SIGNAL_SITE].value;
	if (!p->presence && (site == 0 || site >= 500))
		p->site_silent_ms += credit_ms;
	else
		p->site_silent_ms = 0;
}

static void
not_after(int64_t *at_ms, int64_t t_ms)
{
	if (*at_ms > t_ms)
		*at_ms = t_ms;
}

void
detector_rewind(struct partner_health *p, int64_t t_ms)
{
	for (int i = 0; i < SIGNALS; i++) {
		not_after(&p->readings[i].since_ms, t_ms);
		not_after(&p->last_ms[i], t_ms);
	}
	not_after(&p->verdict_since_ms, t_ms);
	not_after(&p->polled_ms, t_ms);
	not_after(&p->weighed_ms, t_ms);
	not_after(&p->silent_since_ms, t_ms);
	not_after(&p->good_since_ms, t_ms);
}

bool
detector_poll(struct partner_health *p, struct incident *g, int64_t t_ms, int64_t credit_max_ms)
{
	enum outcome before = p->outcome;
	if (t_ms < p->polled_ms) {
		detector_rewind(p, t_ms);
		incident_rewind(g, t_ms);
	}
	p->outcome = outcome_of(p);
	join_group(p, g, t_ms);
	int64_t credit_ms = p->polled_ms == TIME_NONE ? 0 : t_ms - p->polled_ms;
	if (credit_ms > credit_max_ms || incident_blind(g, t_ms))
		credit_ms = 0;
	p->polled_ms = t_ms;
	p->watched_ms += credit_ms;
	flap_poll(&p->flap, p->outcome == OUTCOME_SILENT);
	if (!health_failing(p) && p->silent_since_ms != TIME_NONE)
		end_silence(p);
	p->denied_ms = p->outcome == OUTCOME_DENIED && before == OUTCOME_DENIED ? p->denied_ms + credit_ms : 0;
	if (p->outcome == OUTCOME_GOOD)
		pass_good(p, t_ms, credit_ms);
	else
		p->good_polls = 0;
	if (health_failing(p))
		pass_failing(p, p->silent_since_ms != TIME_NONE, t_ms, credit_ms);
	bool due = p->fresh || p->outcome != OUTCOME_GOOD || p->verdict != VERDICT_ALIVE || p->emptied_ms > 0 ||
	    t_ms - p->weighed_ms >= decide_every_ms;
	if (due)
		p->weighed_ms = t_ms;
	return due;
}

void
detector_leave(struct partner_health *p, struct incident *g, int64_t t_ms)
{
	if (p->outcome != OUTCOME_NONE)
		incident_leave(g, p->wave, p->counted, t_ms);
	p->counted = false;
	p->wave = 0;
}

int64_t
detector_interval_ms(const struct partner_health *p, int64_t t_ms, int64_t usual_ms)
{
	/* Often while most outages end, then less and less: ten minutes are polite. */
	static const struct {
		int64_t silent_ms, interval_ms;
	} pace[] = { { HOUR_MS, 10 * MINUTE_MS }, { 6 * HOUR_MS, 30 * MINUTE_MS }, { INT64_MAX, HOUR_MS } };
	if (!health_failing(p))
		return usual_ms;
	size_t i = 0;
	while (t_ms - p->silent_since_ms >= pace[i].silent_ms)
		i++;
	return usual_ms < pace[i].interval_ms ? usual_ms : pace[i].interval_ms;
}
