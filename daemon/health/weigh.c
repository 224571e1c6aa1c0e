/* SPDX-License-Identifier: Apache-2.0 */
#include "health/weigh.h"

#include <math.h>

#include "base/clock.h"
#include "health/constants.h"
#include "health/survival.h"

enum { STATUS_NOT_FOUND = 404, STATUS_GONE = 410, STATUS_SERVER_ERROR = 500 };

bool
health_failing(const struct partner_health *p)
{
	return p->outcome == OUTCOME_SILENT || p->outcome == OUTCOME_WRONG;
}

bool
health_held(const struct partner_health *p, enum signal signal, int64_t value, int64_t held_ms)
{
	const struct reading *r = &p->readings[signal];
	return r->value == value && p->last_ms[signal] - r->since_ms >= held_ms;
}

bool
health_site_answers(const struct partner_health *p)
{
	int64_t status = p->readings[SIGNAL_SITE].value;
	return status > 0 && status < STATUS_SERVER_ERROR && status != STATUS_NOT_FOUND && status != STATUS_GONE;
}

bool
health_says_closing(const struct partner_health *p)
{
	int64_t held_ms = detector_constants.words_held_ms;
	return health_held(p, SIGNAL_SHAPE, SHAPE_CLOSING, held_ms) ||
	    health_held(p, SIGNAL_SITE_SHAPE, SHAPE_CLOSING, held_ms);
}

bool
health_needs_second_look(const struct partner_health *p)
{
	int64_t shape = p->readings[SIGNAL_SITE_SHAPE].value;
	return shape > SHAPE_OK && !health_held(p, SIGNAL_SITE_SHAPE, shape, detector_constants.words_held_ms);
}

static double
add(struct balance *b, enum evidence_group group, struct reason reason)
{
	b->reasons[b->n_reasons++] = reason;
	b->groups[group] += reason.log_odds;
	b->log_odds += reason.log_odds;
	return reason.log_odds;
}

/* A reading that is worth a factor. */
static void
add_reading(const struct partner_health *p, struct balance *b, enum evidence_group group, enum reason_key key,
    enum signal signal, double factor)
{
	struct reason r = { .key = key, .signal = signal, .log_odds = log(factor),
	    .since_ms = p->readings[signal].since_ms };
	(void)add(b, group, r);
}

static void
weigh_silence(const struct partner_health *p, struct balance *b)
{
	double rate = outage_rate(p->long_outages, p->watched_ms);
	struct reason prior = { .key = REASON_PRIOR, .signal = SIGNAL_HTTP, .log_odds = silence_log_odds(0, rate),
	    .since_ms = TIME_NONE };
	b->log_odds = prior.log_odds;
	b->reasons[b->n_reasons++] = prior;
	if (!health_failing(p))
		return;
	struct reason silent = { .key = REASON_SILENT, .signal = SIGNAL_HTTP,
	    .log_odds = -log(survival(p->silent_ms)), .since_ms = p->silent_since_ms };
	(void)add(b, GROUP_SILENCE, silent);
}

/* What status codes of API and site say of their existence. */
static bool
weigh_absence(const struct partner_health *p, struct balance *b)
{
	const struct detector_constants *k = &detector_constants;
	int64_t api = p->readings[SIGNAL_HTTP].value, held = k->answer_held_ms;
	if (api == STATUS_GONE && health_held(p, SIGNAL_HTTP, STATUS_GONE, held) &&
	    health_held(p, SIGNAL_SITE, STATUS_GONE, held))
		add_reading(p, b, GROUP_HOST, REASON_BOTH_410, SIGNAL_SITE, k->factor_both_410);
	else if (health_held(p, SIGNAL_SITE, STATUS_NOT_FOUND, held) ||
	    health_held(p, SIGNAL_SITE, STATUS_GONE, held))
		add_reading(p, b, GROUP_HOST, REASON_SITE_404, SIGNAL_SITE, k->factor_site_404);
	else
		return false;
	return true;
}

static bool
weigh_domain(const struct partner_health *p, struct balance *b)
{
	const struct detector_constants *k = &detector_constants;
	int64_t registry = p->readings[SIGNAL_DOMAIN].value;
	bool dns = health_held(p, SIGNAL_DNS, DNS_PARKED, k->words_held_ms) || registry == DOMAIN_PARKED;
	bool shape = health_held(p, SIGNAL_SHAPE, SHAPE_PARKED, k->words_held_ms) ||
	    health_held(p, SIGNAL_SITE_SHAPE, SHAPE_PARKED, k->words_held_ms);
	/* A name that resolves was not given up, whatever its registry says of it, or of another's. */
	bool given_up = (registry == DOMAIN_REDEMPTION || registry == DOMAIN_FREE) &&
	    p->readings[SIGNAL_DNS].value != DNS_OK && health_held(p, SIGNAL_DOMAIN, registry, k->domain_held_ms);
	if (given_up)
		add_reading(p, b, GROUP_HOST, REASON_REDEMPTION, SIGNAL_DOMAIN, k->factor_redemption);
	else if (health_held(p, SIGNAL_DNS, DNS_NXDOMAIN, k->nxdomain_held_ms))
		add_reading(p, b, GROUP_HOST, REASON_NXDOMAIN, SIGNAL_DNS, k->factor_nxdomain);
	else if (registry == DOMAIN_ON_HOLD)
		add_reading(p, b, GROUP_HOST, REASON_ON_HOLD, SIGNAL_DOMAIN, k->factor_on_hold);
	else if (dns || shape)
		add_reading(p, b, GROUP_HOST, REASON_PARKED, dns ? SIGNAL_DNS : SIGNAL_SHAPE,
		    dns && shape ? k->factor_parked_two_cues : k->factor_parked_one_cue);
	else
		return false;
	return true;
}

static void
weigh_host(const struct partner_health *p, struct balance *b)
{
	const struct detector_constants *k = &detector_constants;
	bool said = weigh_domain(p, b);
	bool parked = said && b->reasons[b->n_reasons - 1].key == REASON_PARKED;
	said = weigh_absence(p, b) || said;
	int64_t api = p->readings[SIGNAL_HTTP].value;
	if (!p->presence && (api == STATUS_NOT_FOUND || api == STATUS_GONE) &&
	    health_held(p, SIGNAL_HTTP, api, k->answer_held_ms))
		add_reading(p, b, GROUP_HOST, REASON_API_ABSENT, SIGNAL_HTTP, k->factor_api_absent);
	if (health_held(p, SIGNAL_TLS, TLS_EXPIRED, 0))
		add_reading(p, b, GROUP_HOST, REASON_TLS_EXPIRED, SIGNAL_TLS, k->factor_tls_expired);
	if (p->site_silent_ms >= k->site_silent_held_ms)
		add_reading(p, b, GROUP_HOST, REASON_SITE_SILENT, SIGNAL_SITE, k->factor_site_silent);
	/* A parking or closing page also has a site that answers. */
	else if (!parked && !health_held(p, SIGNAL_SHAPE, SHAPE_CLOSING, k->words_held_ms) &&
	    p->readings[SIGNAL_SITE_SHAPE].value <= SHAPE_OK && health_site_answers(p))
		add_reading(p, b, GROUP_HOST, REASON_SITE_ANSWERS, SIGNAL_SITE, k->factor_site_answers);
	b->host_speaks = said;
	double beyond = b->groups[GROUP_HOST] - log(k->factor_host_max);
	if (beyond > 0) {
		struct reason capped = { .key = REASON_HOST_CAPPED, .signal = SIGNAL_HTTP, .log_odds = -beyond,
		    .since_ms = p->silent_since_ms };
		(void)add(b, GROUP_HOST, capped);
	}
}

static void
weigh_register(const struct partner_health *p, struct balance *b)
{
	const struct detector_constants *k = &detector_constants;
	switch (p->readings[SIGNAL_REGISTER].value) {
	case REGISTER_CEASED:
		add_reading(p, b, GROUP_REGISTER, REASON_CEASED, SIGNAL_REGISTER, k->factor_ceased);
		return;
	case REGISTER_LIQUIDATION:
		add_reading(p, b, GROUP_REGISTER, REASON_LIQUIDATION, SIGNAL_REGISTER, k->factor_liquidation);
		return;
	case REGISTER_RESCUE:	/* is still trading, but nobody's sign of life */
		return;
	case REGISTER_ACTIVE:
		add_reading(p, b, GROUP_REGISTER, REASON_TRADING, SIGNAL_REGISTER, k->factor_trading);
		return;
	}
}

static void
weigh_catalogue(const struct partner_health *p, struct balance *b)
{
	const struct detector_constants *k = &detector_constants;
	if (p->emptied_ms >= k->emptied_held_ms)
		add_reading(p, b, GROUP_CATALOGUE, REASON_EMPTIED, SIGNAL_LISTINGS, k->factor_emptied);
	else if (p->readings[SIGNAL_SEASON].value != SEASON_CLOSED &&
	    cusum_dwindling(&p->counts, p->readings[SIGNAL_LISTINGS].value))
		add_reading(p, b, GROUP_CATALOGUE, REASON_DWINDLING, SIGNAL_LISTINGS, k->factor_dwindling);
}

/* Told, so that whoever reads it knows, but not weighed: they are verdicts of their own. */
static void
tell(const struct partner_health *p, struct balance *b)
{
	if (p->outcome == OUTCOME_GOOD && rhythm_stopped(&p->rhythm))
		add_reading(p, b, GROUP_CATALOGUE, REASON_FROZEN, SIGNAL_LISTINGS, 1);
	if (p->outcome == OUTCOME_MOVED)
		add_reading(p, b, GROUP_HOST, REASON_MOVED, SIGNAL_REDIRECT, 1);
	if (p->outcome == OUTCOME_DENIED)
		add_reading(p, b, GROUP_HOST, REASON_DENIED, SIGNAL_HTTP, 1);
}

void
weigh(const struct partner_health *p, struct balance *b)
{
	*b = (struct balance){ .reasons = b->reasons };
	weigh_silence(p, b);
	if (health_failing(p))
		weigh_host(p, b);
	if (health_says_closing(p))
		add_reading(p, b, GROUP_WORDS, REASON_CLOSING,
		    p->readings[SIGNAL_SHAPE].value == SHAPE_CLOSING ? SIGNAL_SHAPE : SIGNAL_SITE_SHAPE,
		    detector_constants.factor_closing);
	weigh_register(p, b);
	weigh_catalogue(p, b);
	if (p->readings[SIGNAL_HUMAN].value == HUMAN_GONE)
		add_reading(p, b, GROUP_HUMAN, REASON_HUMAN, SIGNAL_HUMAN, detector_constants.factor_human);
	if (p->readings[SIGNAL_HUMAN].value == HUMAN_ALIVE)
		add_reading(p, b, GROUP_HUMAN, REASON_DISMISSED, SIGNAL_HUMAN, 1 / detector_constants.factor_human);
	tell(p, b);
}
