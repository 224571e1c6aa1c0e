/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the balance of the evidence to a verdict.  Verdicts about the end are
 * kept until the partner is back for good; what can be seen is said before
 * what is reckoned.
 */
#include <math.h>

#include "base/clock.h"
#include "health/constants.h"
#include "health/detector.h"
#include "health/survival.h"
#include "health/weigh.h"

static const char *const verdicts[VERDICTS] = {
	"never-seen", "alive", "outage", "uncertain", "access-lost", "moved", "frozen", "emptied", "closing",
	"probably-gone", "gone",
};

static const char *const reasons[REASONS] = {
	"prior", "silent", "nxdomain", "redemption", "on-hold", "both-410", "site-404", "api-absent", "parked",
	"site-silent", "site-answers", "tls-expired", "host-capped", "closing-words", "ceased", "liquidation", "trading", "emptied", "dwindling",
	"frozen", "moved", "denied", "human", "dismissed",
};

const char *
verdict_name(enum verdict verdict)
{
	return verdicts[verdict];
}

const char *
reason_name(enum reason_key key)
{
	return reasons[key];
}

/* Groups that speak for the end, each with a cause of its own. */
static unsigned
groups_for(const struct partner_health *p, const struct balance *b)
{
	unsigned n = 0;
	for (int i = 0; i < GROUPS; i++)
		n += i != GROUP_SILENCE && b->groups[i] >= log(detector_constants.group_counts_from);
	return n + (p->silent_ms >= detector_constants.silence_group_ms);
}

/* Gone, probably gone, or neither (VERDICT_ALIVE). */
static enum verdict
existence(const struct partner_health *p, const struct balance *b, double probability)
{
	const struct detector_constants *k = &detector_constants;
	if (p->readings[SIGNAL_HUMAN].value == HUMAN_GONE)
		return VERDICT_GONE;
	if (p->readings[SIGNAL_HUMAN].value == HUMAN_ALIVE)
		return VERDICT_ALIVE;
	if (!health_failing(p) || probability < k->raise_probability)
		return VERDICT_ALIVE;
	if (p->readings[SIGNAL_REGISTER].value == REGISTER_CEASED)
		return VERDICT_GONE;
	/* There is nothing else to be seen of it: silence must be long enough by itself. */
	if (groups_for(p, b) < 2)
		return p->presence && p->silent_ms >= k->silence_only_ms ? VERDICT_PROBABLY_GONE : VERDICT_ALIVE;
	bool only_silence = !b->host_speaks && b->groups[GROUP_WORDS] <= 0 && b->groups[GROUP_REGISTER] <= 0 &&
	    b->groups[GROUP_CATALOGUE] <= 0;
	if (!only_silence)
		return VERDICT_GONE;
	/* No answer from the API, whatever its status, is one observation: the site must be silent too. */
	return p->site_silent_ms >= k->silence_only_ms ? VERDICT_PROBABLY_GONE : VERDICT_ALIVE;
}

/* What can be seen without reckoning; VERDICT_ALIVE: nothing of note. */
static enum verdict
visible(const struct partner_health *p)
{
	const struct detector_constants *k = &detector_constants;
	if (p->readings[SIGNAL_HUMAN].value == HUMAN_ALIVE)
		return VERDICT_ALIVE;
	if (p->outcome == OUTCOME_MOVED && health_held(p, SIGNAL_REDIRECT, 1, k->moved_held_ms))
		return VERDICT_MOVED;
	if (health_says_closing(p) ||
	    p->readings[SIGNAL_REGISTER].value >= REGISTER_LIQUIDATION)
		return VERDICT_CLOSING;
	if (p->denied_ms >= (health_site_answers(p) ? k->denied_held_ms : k->denied_site_unknown_ms))
		return VERDICT_ACCESS_LOST;
	if (p->emptied_ms >= k->emptied_held_ms)
		return VERDICT_EMPTIED;
	if ((p->outcome == OUTCOME_GOOD || p->verdict == VERDICT_FROZEN) && rhythm_stopped(&p->rhythm))
		return VERDICT_FROZEN;
	return VERDICT_ALIVE;
}

static bool
back_for_good(const struct partner_health *p, double probability, int64_t t_ms)
{
	const struct detector_constants *k = &detector_constants;
	return probability < k->clear_probability && p->good_polls >= k->clear_polls &&
	    t_ms - p->good_since_ms >= k->clear_over_ms &&
	    !cusum_empty(&p->counts, p->readings[SIGNAL_LISTINGS].value);
}

static enum verdict
reachability(const struct partner_health *p, double probability)
{
	if (health_failing(p) && probability >= detector_constants.uncertain_probability)
		return VERDICT_UNCERTAIN;
	bool failing = health_failing(p) || p->outcome == OUTCOME_DENIED;
	if (p->silent_ms >= detector_constants.outage_ms || p->denied_ms >= detector_constants.outage_ms)
		return VERDICT_OUTAGE;
	/* Shorter ones are nothing yet; who flaps is not well until it stops. */
	if (failing || p->flap.flapping || p->outcome == OUTCOME_LIMITED)
		return p->verdict == VERDICT_NEVER_SEEN || p->verdict > VERDICT_UNCERTAIN ? VERDICT_OUTAGE : p->verdict;
	return VERDICT_ALIVE;
}

static enum verdict
verdict_of(const struct partner_health *p, const struct balance *b, double probability, int64_t t_ms)
{
	if (!p->ever_good && p->outcome != OUTCOME_MOVED)
		return VERDICT_NEVER_SEEN;
	enum verdict end = existence(p, b, probability);
	bool back = back_for_good(p, probability, t_ms) || p->readings[SIGNAL_HUMAN].value == HUMAN_ALIVE;
	if (end != VERDICT_ALIVE || (p->verdict >= VERDICT_PROBABLY_GONE && !back))
		return end > p->verdict ? end : p->verdict >= VERDICT_PROBABLY_GONE ? p->verdict : end;
	enum verdict seen = visible(p);
	if (seen != VERDICT_ALIVE)
		return seen;
	bool alarmed = p->verdict >= VERDICT_ACCESS_LOST && p->verdict != VERDICT_FROZEN &&
	    p->readings[SIGNAL_HUMAN].value != HUMAN_ALIVE;
	/* Silence after an alarm does not take it back. */
	if (alarmed && !back)
		return p->verdict;
	return reachability(p, probability);
}

/* A word of staff does not hold for ever: « gone » until good polls that began
 * after it, « alive » for a month. */
static void
forget_word(struct partner_health *p, int64_t t_ms)
{
	struct reading *word = &p->readings[SIGNAL_HUMAN];
	const struct detector_constants *k = &detector_constants;
	bool came_back = p->good_polls >= k->clear_polls && p->good_since_ms > word->since_ms &&
	    t_ms - p->good_since_ms >= k->clear_over_ms;
	if ((word->value == HUMAN_GONE && came_back) ||
	    (word->value == HUMAN_ALIVE && t_ms - word->since_ms >= k->dismissed_ms))
		*word = (struct reading){ .value = HUMAN_NONE, .since_ms = t_ms };
}

void
detector_decide(struct partner_health *p, const struct incident *g, int64_t t_ms, struct opinion *ret)
{
	struct balance b = { .reasons = ret->reasons };
	forget_word(p, t_ms);
	weigh(p, &b);
	ret->n_reasons = b.n_reasons;
	ret->probability = probability_of_log_odds(b.log_odds);
	ret->blind = incident_blind(g, t_ms) && p->outcome == OUTCOME_SILENT;
	ret->verdict = ret->blind ? p->verdict : verdict_of(p, &b, ret->probability, t_ms);
	ret->changed = ret->verdict != p->verdict;
	if (ret->changed || p->verdict_since_ms == TIME_NONE)
		p->verdict_since_ms = t_ms;
	p->verdict = ret->verdict;
	p->fresh = false;
}
