/* SPDX-License-Identifier: Apache-2.0 */
/* health/detector: the arithmetic by its figures, the clocks, every verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/buf.h"
#include "base/clock.h"
#include "health/constants.h"
#include "health/detector.h"
#include "health/survival.h"

static const int64_t start_ms = 1735689600000;	/* 2025-01-01 */

struct rig {			/* one partner, polled every hour */
	struct partner_health p;
	struct incident g;
	struct opinion o;
	int64_t t_ms;
	unsigned changes;	/* of verdict */
	uint32_t unread;	/* bit of each signal that is not read any more */
};

#define assert_near(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))

static void
rig_init(struct rig *r)
{
	*r = (struct rig){ .t_ms = start_ms };
	detector_init(&r->p);
}

static void
see(struct rig *r, enum signal signal, int64_t value)
{
	detector_observe(&r->p, r->t_ms, signal, value);
}

/* What is in force is read with every poll: of the API's document, and of the site's, if it answers. */
static void
look_again(struct rig *r)
{
	int64_t http = r->p.readings[SIGNAL_HTTP].value, site = r->p.readings[SIGNAL_SITE].value;
	uint32_t unread = r->unread | 1u << SIGNAL_LISTINGS | 1u << SIGNAL_HUMAN;
	if (http < 200 || http >= 400)
		unread |= 1u << SIGNAL_SHAPE | 1u << SIGNAL_REDIRECT;
	if (site < 200 || site >= 400)
		unread |= 1u << SIGNAL_SITE_SHAPE | 1u << SIGNAL_SITE_REDIRECT;
	for (int i = 0; i < SIGNALS; i++)
		if ((unread & 1u << i) == 0 && r->p.readings[i].value >= 0)
			see(r, (enum signal)i, r->p.readings[i].value);
}

static void
poll_once(struct rig *r)
{
	look_again(r);
	if (detector_poll(&r->p, &r->g, r->t_ms, 2 * (int64_t)HOUR_MS)) {
		detector_decide(&r->p, &r->g, r->t_ms, &r->o);
		r->changes += r->o.changed;
	}
}

static void
pass(struct rig *r, int64_t how_long_ms)
{
	for (int64_t end_ms = r->t_ms + how_long_ms; r->t_ms < end_ms; r->t_ms += HOUR_MS)
		poll_once(r);
	poll_once(r);
}

static void
pass_days(struct rig *r, int days)
{
	pass(r, days * (int64_t)DAY_MS);
}

/* A partner that has answered for so long, with a site, a name and listings that change every day. */
static void
rig_alive(struct rig *r, int days)
{
	rig_init(r);
	see(r, SIGNAL_HTTP, 200);
	see(r, SIGNAL_SITE, 200);
	see(r, SIGNAL_DNS, DNS_OK);
	see(r, SIGNAL_SHAPE, SHAPE_OK);
	for (int day = 0; day < days; day++) {
		see(r, SIGNAL_LISTINGS, 100 + day % 5);
		pass_days(r, 1);
	}
	assert_string_equal(verdict_name(r->o.verdict), "alive");
}

static void
fail_all(struct rig *r)
{
	see(r, SIGNAL_HTTP, 0);
	see(r, SIGNAL_SITE, 0);
}

static double
reason(const struct rig *r, enum reason_key key)
{
	for (size_t i = 0; i < r->o.n_reasons; i++)
		if (r->o.reasons[i].key == key)
			return r->o.reasons[i].log_odds;
	return NAN;
}

static void
expect(const struct rig *r, const char *verdict)
{
	if (strcmp(verdict_name(r->o.verdict), verdict) != 0)
		fail_msg("%s (%.4f), not %s", verdict_name(r->o.verdict), r->o.probability, verdict);
}

/* ---- arithmetic */

static void
silence_alone_gives_the_published_odds(void **state)
{
	(void)state;
	static const struct {
		int64_t silent_ms;
		int percent;
	} table[] = { { 6 * HOUR_MS, 2 }, { DAY_MS, 9 }, { 3 * (int64_t)DAY_MS, 29 }, { 6 * (int64_t)DAY_MS, 47 },
	    { 12 * (int64_t)DAY_MS, 72 } };
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		double p = probability_of_log_odds(silence_log_odds(table[i].silent_ms, 33.7));
		assert_int_equal(lround(100 * p), table[i].percent);
	}
}

static void
survival_falls_from_one(void **state)
{
	(void)state;
	assert_near(survival(0), 1, 1e-12);
	assert_near(survival(24 * MINUTE_MS), 0.5, 1e-12);
	assert_near(survival(42 * (int64_t)HOUR_MS), 0.01, 1e-12);
	double before = 1;
	for (int64_t t = HOUR_MS; t < 100 * (int64_t)DAY_MS; t += HOUR_MS) {
		assert_true(survival(t) < before);
		before = survival(t);
	}
	/* the Pareto tail: twice as long, 2^-1.2 as many */
	assert_near(survival(48 * (int64_t)DAY_MS) / survival(24 * (int64_t)DAY_MS), pow(2, -1.2), 1e-9);
}

static void
the_rate_shrinks_towards_the_pool(void **state)
{
	(void)state;
	int64_t year = 36525 * (int64_t)DAY_MS / 100;
	assert_near(outage_rate(0, 0), 33.7, 1e-9);
	assert_true(outage_rate(0, year) < 33.7 / 3);
	assert_near(outage_rate(300, 100 * year), 33.7, 0.5);	/* 3.03 long ones a year is the pool's rate */
	assert_true(outage_rate(30, year) > 200);
}

static void
a_rhythm_that_stops_is_noticed_in_its_own_time(void **state)
{
	(void)state;
	struct rhythm daily = { 0 }, weekly = { 0 };
	assert_near(rhythm_alive(&daily), 1, 0);
	for (int i = 0; i < 100; i++) {
		rhythm_pass(&daily, DAY_MS);
		rhythm_change(&daily);
		rhythm_pass(&weekly, 7 * (int64_t)DAY_MS);
		rhythm_change(&weekly);
	}
	/* by hand: odds 0.5 / 108.5 × ((3 + 114) / (3 + 100))^101 */
	rhythm_pass(&daily, 14 * (int64_t)DAY_MS);
	rhythm_pass(&weekly, 14 * (int64_t)DAY_MS);
	double odds = 0.5 / 108.5 * pow(117.0 / 103, 101);
	assert_near(rhythm_alive(&daily), 1 / (1 + odds), 1e-9);
	assert_true(rhythm_stopped(&daily));
	assert_false(rhythm_stopped(&weekly));
	rhythm_pass(&weekly, 70 * (int64_t)DAY_MS);
	assert_true(rhythm_stopped(&weekly));
	rhythm_change(&weekly);
	assert_false(rhythm_stopped(&weekly));
}

static void
counts_that_sink_are_noticed_and_noise_is_not(void **state)
{
	(void)state;
	struct cusum c = { 0 };
	for (int i = 0; i < 500; i++)
		cusum_count(&c, 100 + i * 7 % 11);
	assert_false(cusum_dwindling(&c, 100));
	assert_false(cusum_empty(&c, 50));
	for (int n = 90; n > 30; n -= 10)
		cusum_count(&c, n);
	assert_true(cusum_dwindling(&c, 40));
	assert_true(cusum_empty(&c, 0));
	struct cusum nothing = { 0 };
	cusum_count(&nothing, 0);
	assert_false(cusum_empty(&nothing, 0));
}

static void
a_partner_flaps_above_thirty_percent_until_below_twenty(void **state)
{
	(void)state;
	struct flap f = { 0 };
	for (int i = 0; i < 21; i++)
		flap_poll(&f, i % 3 == 0);
	assert_true(f.flapping);
	for (int i = 0; i < 8; i++)
		flap_poll(&f, false);
	assert_true(f.flapping);
	for (int i = 0; i < 8; i++)
		flap_poll(&f, false);
	assert_false(f.flapping);
}

/* ---- clocks */

static void
time_that_was_not_observed_does_not_count(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 30);
	see(&r, SIGNAL_HTTP, 0);
	pass(&r, 5 * HOUR_MS);
	int64_t silent_ms = r.p.silent_ms;
	assert_int_equal(silent_ms, 5 * HOUR_MS);
	r.t_ms += 20 * (int64_t)DAY_MS;	/* the daemon was stopped */
	poll_once(&r);
	assert_int_equal(r.p.silent_ms, silent_ms);
	assert_true(r.o.probability < 0.2);
	expect(&r, "outage");
}

static void
clocks_stand_still_while_the_lookout_is_blind(void **state)
{
	(void)state;
	enum { N = 4 };
	struct rig r[N];
	for (int i = 0; i < N; i++)
		rig_alive(&r[i], 30);
	struct incident g = { .answering = N };
	for (int i = 0; i < N; i++)
		fail_all(&r[i]);
	for (int hour = 0; hour < 72; hour++)
		for (int i = 0; i < N; i++) {
			r[i].t_ms += HOUR_MS;
			(void)detector_poll(&r[i].p, &g, r[i].t_ms, 2 * (int64_t)HOUR_MS);
			detector_decide(&r[i].p, &g, r[i].t_ms, &r[i].o);
			expect(&r[i], "alive");
		}
	assert_true(incident_blind(&g, r[0].t_ms));
	assert_true(r[3].o.blind);
	assert_true(r[0].p.silent_ms <= HOUR_MS);
	/* One alone stays silent: it was not us. */
	for (int i = 1; i < N; i++) {
		see(&r[i], SIGNAL_HTTP, 200);
		(void)detector_poll(&r[i].p, &g, r[i].t_ms, 2 * (int64_t)HOUR_MS);
	}
	assert_false(incident_blind(&g, r[0].t_ms));
	r[0].g = g;
	pass_days(&r[0], 2);
	assert_true(r[0].p.silent_ms >= 2 * (int64_t)DAY_MS);
	/* and blindness does not last for ever */
	struct incident us = { .answering = 2 };
	(void)incident_fall(&us, start_ms);
	(void)incident_fall(&us, start_ms + HOUR_MS);
	assert_true(incident_blind(&us, start_ms + 6 * (int64_t)DAY_MS));
	assert_false(incident_blind(&us, start_ms + 8 * (int64_t)DAY_MS));
	us.longest_ms = DAY_MS;
	assert_true(incident_blind(&us, start_ms + DAY_MS));
	assert_false(incident_blind(&us, start_ms + 26 * HOUR_MS));
}

/* A resolver and a portal of our own that lie about everybody. */
static void
nothing_is_decided_while_the_lookout_is_blind(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 30);
	r.g = (struct incident){ .answering = 2 };
	(void)incident_fall(&r.g, r.t_ms);
	fail_all(&r);
	see(&r, SIGNAL_SITE, 404);
	see(&r, SIGNAL_DNS, DNS_PARKED);
	pass(&r, 10 * HOUR_MS);
	assert_true(r.o.blind);
	assert_true(r.o.probability > detector_constants.uncertain_probability);
	expect(&r, "alive");
}

static void
only_long_outages_are_counted(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 30);
	static const int hours[] = { 1, 5, 7, 30 };
	for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++) {
		see(&r, SIGNAL_HTTP, 503);
		pass(&r, hours[i] * (int64_t)HOUR_MS);
		r.t_ms += HOUR_MS;
		see(&r, SIGNAL_HTTP, 200);
		poll_once(&r);
	}
	assert_int_equal(r.p.long_outages, 2);
}

/* Half of them ended together, and are silent for ever: that was blindness for a week at the most. */
static void
a_group_that_was_blind_for_too_long_is_a_group_again(void **state)
{
	(void)state;
	struct incident g = { .answering = 4 };
	(void)incident_fall(&g, start_ms);
	(void)incident_fall(&g, start_ms);
	assert_true(incident_blind(&g, start_ms));
	int64_t t_ms = start_ms + 9 * (int64_t)DAY_MS;
	assert_false(incident_blind(&g, t_ms));
	uint32_t wave = incident_fall(&g, t_ms);
	assert_false(incident_blind(&g, t_ms));	/* one alone is not many */
	assert_int_equal(incident_fall(&g, t_ms), wave);
	assert_true(incident_blind(&g, t_ms));
	assert_false(incident_blind(&g, t_ms + 8 * (int64_t)DAY_MS));
}

static void
two_that_fall_silent_days_apart_are_no_incident(void **state)
{
	(void)state;
	struct incident g = { .answering = 3 };
	uint32_t first = incident_fall(&g, start_ms);
	assert_int_not_equal(first, incident_fall(&g, start_ms + 2 * (int64_t)DAY_MS));
	assert_false(incident_blind(&g, start_ms + 2 * (int64_t)DAY_MS));
}

static void
polls_are_frequent_only_while_it_fails(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 3);
	assert_int_equal(detector_interval_ms(&r.p, r.t_ms, DAY_MS), DAY_MS);
	see(&r, SIGNAL_HTTP, 503);
	poll_once(&r);
	int64_t fell_ms = r.t_ms;
	assert_int_equal(detector_interval_ms(&r.p, fell_ms, DAY_MS), 10 * MINUTE_MS);
	assert_int_equal(detector_interval_ms(&r.p, fell_ms + 2 * HOUR_MS, DAY_MS), 30 * MINUTE_MS);
	assert_int_equal(detector_interval_ms(&r.p, fell_ms + DAY_MS, DAY_MS), HOUR_MS);
	assert_int_equal(detector_interval_ms(&r.p, fell_ms + DAY_MS, MINUTE_MS), MINUTE_MS);
}

/* ---- verdicts */

static void
who_never_answered_was_never_seen(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	fail_all(&r);
	see(&r, SIGNAL_DNS, DNS_NXDOMAIN);
	pass_days(&r, 90);
	expect(&r, "never-seen");
	assert_int_equal(r.changes, 0);
	see(&r, SIGNAL_DNS, DNS_OK);
	see(&r, SIGNAL_HTTP, 200);
	poll_once(&r);
	expect(&r, "alive");
}

static void
an_outage_is_told_after_half_an_hour_and_is_over_at_once(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 30);
	see(&r, SIGNAL_HTTP, 502);
	poll_once(&r);
	expect(&r, "alive");
	r.t_ms += 40 * MINUTE_MS;
	poll_once(&r);
	expect(&r, "outage");
	see(&r, SIGNAL_HTTP, 200);
	poll_once(&r);
	expect(&r, "alive");
}

static void
silence_of_the_api_alone_is_never_more_than_uncertain(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 365);
	see(&r, SIGNAL_SITE, -1);	/* nobody looks at the site */
	see(&r, SIGNAL_HTTP, 404);
	pass_days(&r, 60);
	assert_true(r.o.probability > 0.95);
	expect(&r, "uncertain");
	assert_true(reason(&r, REASON_SILENT) > 6);
}

static void
a_site_that_answers_speaks_for_life(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 30);
	see(&r, SIGNAL_HTTP, 0);
	pass_days(&r, 3);
	assert_near(reason(&r, REASON_SITE_ANSWERS), log(0.2), 1e-9);
	double alone = r.o.probability;
	see(&r, SIGNAL_SITE, 503);
	pass_days(&r, 1);
	assert_near(reason(&r, REASON_SITE_SILENT), log(10), 1e-9);
	assert_true(r.o.probability > alone);
}

static void
both_silent_for_nine_days_is_probably_gone(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 365);
	fail_all(&r);
	pass_days(&r, 8);
	assert_true(r.o.probability > 0.95);
	expect(&r, "uncertain");
	pass_days(&r, 2);
	expect(&r, "probably-gone");
	/* a later proof is told */
	see(&r, SIGNAL_DNS, DNS_NXDOMAIN);
	pass(&r, HOUR_MS);
	expect(&r, "probably-gone");
	pass(&r, 2 * HOUR_MS);
	expect(&r, "gone");
}

static void
one_group_of_evidence_is_not_enough(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 3650);	/* ten years without an outage: any silence says a lot */
	fail_all(&r);
	see(&r, SIGNAL_DNS, DNS_NXDOMAIN);
	pass(&r, 20 * HOUR_MS);
	assert_true(r.o.probability > 0.95);
	expect(&r, "uncertain");
	pass(&r, 6 * HOUR_MS);
	expect(&r, "gone");
}

/* Each kind of proof, and when at the latest it must have been enough. */
static void
proofs_make_it_gone(void **state)
{
	(void)state;
	static const struct {
		enum signal signal;
		int64_t http, site, value;
		int days;
		enum reason_key key;
		double factor;
	} table[] = {
		{ SIGNAL_DNS, 0, 0, DNS_NXDOMAIN, 2, REASON_NXDOMAIN, 100 },
		{ SIGNAL_SITE, 410, 410, 410, 2, REASON_BOTH_410, 100 },
		{ SIGNAL_SITE, 404, 404, 404, 3, REASON_SITE_404, 20 },
		{ SIGNAL_DNS, 0, 0, DNS_PARKED, 3, REASON_PARKED, 10 },
		{ SIGNAL_SHAPE, 200, 200, SHAPE_CLOSING, 4, REASON_CLOSING, 50 },
		{ SIGNAL_REGISTER, 0, 0, REGISTER_LIQUIDATION, 3, REASON_LIQUIDATION, 30 },
		{ SIGNAL_REGISTER, 0, 200, REGISTER_CEASED, 1, REASON_CEASED, 1e6 },
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct rig r;
		rig_alive(&r, 365);
		see(&r, SIGNAL_HTTP, table[i].http);
		see(&r, SIGNAL_SITE, table[i].site);
		see(&r, table[i].signal, table[i].value);
		pass_days(&r, table[i].days);
		assert_near(reason(&r, table[i].key), log(table[i].factor), 1e-9);
		expect(&r, "gone");
		assert_true(r.o.probability >= 0.95);
	}
}

static void
parking_with_two_cues_weighs_a_hundred_and_one_cause_is_capped(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 30);
	see(&r, SIGNAL_DNS, DNS_PARKED);
	see(&r, SIGNAL_SHAPE, SHAPE_PARKED);
	pass(&r, 2 * HOUR_MS);
	assert_near(reason(&r, REASON_PARKED), log(100), 1e-9);
	see(&r, SIGNAL_SITE, 404);
	see(&r, SIGNAL_TLS, TLS_EXPIRED);
	pass(&r, 2 * HOUR_MS);
	assert_near(reason(&r, REASON_TLS_EXPIRED), log(2), 1e-9);
	assert_near(reason(&r, REASON_HOST_CAPPED), log(200) - log(100.0 * 20 * 2), 1e-9);
}

static void
gone_is_taken_back_after_three_good_polls_over_a_day(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 365);
	fail_all(&r);
	see(&r, SIGNAL_DNS, DNS_NXDOMAIN);
	pass_days(&r, 4);
	expect(&r, "gone");
	see(&r, SIGNAL_DNS, DNS_OK);
	see(&r, SIGNAL_HTTP, 200);
	see(&r, SIGNAL_SITE, 200);
	see(&r, SIGNAL_LISTINGS, 0);
	pass_days(&r, 2);
	expect(&r, "gone");	/* without listings it is not back */
	see(&r, SIGNAL_HTTP, 0);
	poll_once(&r);
	r.t_ms += HOUR_MS;
	see(&r, SIGNAL_HTTP, 200);
	see(&r, SIGNAL_LISTINGS, 100);
	pass(&r, 23 * HOUR_MS);
	expect(&r, "gone");	/* not yet a day */
	pass(&r, 2 * HOUR_MS);
	expect(&r, "alive");
}

static void
two_good_polls_do_not_take_it_back(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 365);
	see(&r, SIGNAL_HTTP, 410);
	see(&r, SIGNAL_SITE, 410);
	pass_days(&r, 4);
	expect(&r, "gone");
	see(&r, SIGNAL_HTTP, 200);
	see(&r, SIGNAL_SITE, 200);
	poll_once(&r);
	r.t_ms += 2 * (int64_t)DAY_MS;
	poll_once(&r);
	expect(&r, "gone");
	r.t_ms += HOUR_MS;
	poll_once(&r);
	expect(&r, "alive");
}

static void
refused_access_is_lost_access(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 60);
	see(&r, SIGNAL_HTTP, 403);
	pass_days(&r, 1);
	expect(&r, "outage");
	pass_days(&r, 2);
	expect(&r, "access-lost");
	pass_days(&r, 200);
	expect(&r, "access-lost");
	assert_true(r.o.probability < 0.01);
	see(&r, SIGNAL_HTTP, 429);	/* too many questions: somebody is there */
	pass_days(&r, 30);
	assert_true(r.o.probability < 0.01);
}

/* Partners whose addresses take turns: who they stand with says nothing of how long they refuse us. */
static void
changing_groups_does_not_stop_the_clocks(void **state)
{
	(void)state;
	struct rig r;
	struct incident other = { .answering = 3, .struck = 1, .number = 1 };
	rig_alive(&r, 60);
	see(&r, SIGNAL_HTTP, 403);
	for (int hours = 0; hours < 72; hours++) {
		pass(&r, HOUR_MS);
		detector_leave(&r.p, &r.g, r.t_ms);
	}
	expect(&r, "access-lost");
	see(&r, SIGNAL_HTTP, 0);	/* it fell silent with the others of its own group, whose wave is not that of the next one */
	r.g.answering = r.p.counted;
	poll_once(&r);
	detector_leave(&r.p, &r.g, r.t_ms);
	detector_leave(&r.p, &other, r.t_ms);
	assert_int_equal(other.answering, 3);
	assert_int_equal(other.struck, 1);
}

static void
a_redirect_of_the_api_is_a_move_and_of_the_site_is_news(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 60);
	see(&r, SIGNAL_SITE, 301);
	see(&r, SIGNAL_SITE_REDIRECT, 1);
	pass_days(&r, 1);
	expect(&r, "alive");
	see(&r, SIGNAL_REDIRECT, 1);
	see(&r, SIGNAL_HTTP, 301);
	poll_once(&r);
	expect(&r, "alive");	/* one fetch is none */
	pass(&r, 2 * HOUR_MS);
	expect(&r, "moved");
}

static void
listings_emptied_for_three_days_unless_the_season_is_closed(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 60);
	see(&r, SIGNAL_SEASON, SEASON_CLOSED);
	see(&r, SIGNAL_LISTINGS, 0);
	pass_days(&r, 90);
	expect(&r, "alive");
	see(&r, SIGNAL_SEASON, SEASON_OPEN);
	pass_days(&r, 2);
	expect(&r, "alive");
	pass_days(&r, 2);
	expect(&r, "emptied");
	assert_near(reason(&r, REASON_EMPTIED), log(20), 1e-9);
	see(&r, SIGNAL_LISTINGS, 90);
	pass_days(&r, 2);
	expect(&r, "alive");
}

static void
contents_that_stop_changing_are_frozen(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 60);
	pass_days(&r, 6);
	expect(&r, "alive");
	pass_days(&r, 10);
	expect(&r, "frozen");
	assert_near(reason(&r, REASON_FROZEN), 0, 1e-9);	/* told, not weighed */
	see(&r, SIGNAL_LISTINGS, 101);
	poll_once(&r);
	expect(&r, "alive");
}

/* Its file reads entries of the office now, or none. */
static void
who_has_no_list_any_more_is_neither_frozen_nor_emptied(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 60);
	detector_presence(&r.p, true);
	pass_days(&r, 90);
	expect(&r, "alive");
	rig_alive(&r, 60);
	see(&r, SIGNAL_LISTINGS, 0);
	pass_days(&r, 4);
	expect(&r, "emptied");
	detector_presence(&r.p, true);
	pass_days(&r, 2);
	expect(&r, "alive");
}

/* The site is the poll: its silence counts once, and has to be long by itself. */
static void
silence_of_a_site_that_is_all_there_is_counts_once(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 60);
	detector_presence(&r.p, true);
	see(&r, SIGNAL_HTTP, 0);
	see(&r, SIGNAL_SITE, 0);
	pass_days(&r, 30);
	expect(&r, "uncertain");
	assert_true(isnan(reason(&r, REASON_SITE_SILENT)));
	pass_days(&r, 60);
	expect(&r, "probably-gone");
	rig_alive(&r, 60);
	detector_presence(&r.p, true);
	see(&r, SIGNAL_HTTP, 0);
	see(&r, SIGNAL_SITE, 0);
	see(&r, SIGNAL_DNS, DNS_NXDOMAIN);
	pass_days(&r, 3);
	expect(&r, "gone");
}

static void
closing_words_and_liquidation_are_closing_and_rescue_is_not(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 60);
	see(&r, SIGNAL_REGISTER, REGISTER_RESCUE);
	pass_days(&r, 1);
	expect(&r, "alive");
	see(&r, SIGNAL_REGISTER, REGISTER_ACTIVE);
	poll_once(&r);
	assert_near(reason(&r, REASON_TRADING), log(0.5), 1e-9);
	see(&r, SIGNAL_REGISTER, REGISTER_LIQUIDATION);
	poll_once(&r);
	expect(&r, "closing");
	rig_alive(&r, 60);
	see(&r, SIGNAL_SHAPE, SHAPE_CLOSING);
	poll_once(&r);
	expect(&r, "alive");
	pass(&r, 2 * HOUR_MS);
	expect(&r, "closing");
	/* ceased, but it answers: not gone */
	rig_alive(&r, 60);
	see(&r, SIGNAL_REGISTER, REGISTER_CEASED);
	pass_days(&r, 10);
	expect(&r, "closing");
}

/* An outage that begins just after one strange look is an outage: after three days it would be gone with either. */
static void
what_was_read_once_is_no_evidence(void **state)
{
	(void)state;
	static const struct {
		enum signal signal;
		int64_t value, http, site;
		enum reason_key key;
	} table[] = {
		{ SIGNAL_SHAPE, SHAPE_CLOSING, 503, 200, REASON_CLOSING },
		{ SIGNAL_SHAPE, SHAPE_CLOSING, 0, 0, REASON_CLOSING },
		{ SIGNAL_SITE_SHAPE, SHAPE_CLOSING, 503, 503, REASON_CLOSING },
		{ SIGNAL_SHAPE, SHAPE_PARKED, 0, 0, REASON_PARKED },
		{ SIGNAL_SITE_SHAPE, SHAPE_PARKED, 0, 0, REASON_PARKED },
		{ SIGNAL_DNS, DNS_PARKED, 0, 0, REASON_PARKED },
		{ SIGNAL_DNS, DNS_NXDOMAIN, 0, 0, REASON_NXDOMAIN },
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct rig r;
		rig_alive(&r, 365);
		see(&r, table[i].signal, table[i].value);
		poll_once(&r);
		r.unread = 1u << table[i].signal;
		r.t_ms += 10 * MINUTE_MS;
		see(&r, SIGNAL_HTTP, table[i].http);
		see(&r, SIGNAL_SITE, table[i].site);
		pass_days(&r, 5);
		assert_true(isnan(reason(&r, table[i].key)));
		expect(&r, "uncertain");
		/* read once more, it had been there all along */
		r.unread = 0;
		see(&r, table[i].signal, table[i].value);
		poll_once(&r);
		assert_true(!isnan(reason(&r, table[i].key)));
	}
}

/* A registry that does not know a name (it is another's, or was asked of the wrong one) while the name resolves. */
static void
a_name_that_resolves_was_not_given_up(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 60);
	see(&r, SIGNAL_HTTP, 503);
	see(&r, SIGNAL_DOMAIN, DOMAIN_FREE);
	pass_days(&r, 5);
	assert_true(isnan(reason(&r, REASON_REDEMPTION)));
	assert_near(reason(&r, REASON_SITE_ANSWERS), log(0.2), 1e-9);
	assert_true(r.o.verdict <= VERDICT_UNCERTAIN);
	/* nobody can resolve it: two answers of the registry, and the site speaks against them */
	rig_alive(&r, 60);
	see(&r, SIGNAL_HTTP, 503);
	see(&r, SIGNAL_DNS, DNS_SERVFAIL);
	see(&r, SIGNAL_DOMAIN, DOMAIN_FREE);
	pass(&r, 19 * (int64_t)HOUR_MS);
	assert_true(isnan(reason(&r, REASON_REDEMPTION)));
	pass(&r, 2 * (int64_t)HOUR_MS);
	assert_near(reason(&r, REASON_REDEMPTION), log(100), 1e-9);
	assert_near(reason(&r, REASON_SITE_ANSWERS), log(0.2), 1e-9);
}

static void
a_redesign_is_not_an_end(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 200);
	see(&r, SIGNAL_SHAPE, SHAPE_MISMATCH);
	pass_days(&r, 30);
	assert_true(r.o.verdict <= VERDICT_UNCERTAIN);
	see(&r, SIGNAL_SHAPE, SHAPE_OK);
	poll_once(&r);
	expect(&r, "alive");
}

static void
what_staff_confirm_is_gone(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 60);
	see(&r, SIGNAL_HUMAN, HUMAN_GONE);
	poll_once(&r);
	expect(&r, "gone");
	assert_true(r.o.probability > 0.99);
}

static void
the_probability_is_the_sum_of_its_reasons(void **state)
{
	(void)state;
	struct rig r;
	rig_alive(&r, 365);
	fail_all(&r);
	see(&r, SIGNAL_DNS, DNS_PARKED);
	see(&r, SIGNAL_REGISTER, REGISTER_LIQUIDATION);
	pass_days(&r, 2);
	double sum = 0;
	for (size_t i = 0; i < r.o.n_reasons; i++)
		sum += r.o.reasons[i].log_odds;
	assert_near(probability_of_log_odds(sum), r.o.probability, 1e-12);
	assert_true(r.o.n_reasons >= 5);
}

static void
values_are_read_strictly(void **state)
{
	(void)state;
	enum signal signal;
	int64_t value = -7;
	assert_true(signal_of_name("site-redirect", 13, &signal));
	assert_int_equal(signal, SIGNAL_SITE_REDIRECT);
	assert_false(signal_of_name("sites", 5, &signal));
	assert_true(signal_value(SIGNAL_SHAPE, "parked", 6, &value));
	assert_int_equal(value, SHAPE_PARKED);
	assert_false(signal_value(SIGNAL_SHAPE, "park", 4, &value));
	assert_false(signal_value(SIGNAL_HTTP, "2x0", 3, &value));
	assert_false(signal_value(SIGNAL_HTTP, "1000", 4, &value));
	assert_true(signal_value(SIGNAL_REDIRECT, "a.example", 9, &value));
	assert_int_equal(value, 1);
	assert_true(signal_value(SIGNAL_REDIRECT, "", 0, &value));
	assert_int_equal(value, 0);
}

/* A machine whose clock is put back an hour in the middle of an outage has seen no less of it. */
static void
a_clock_that_is_put_back_takes_no_time_away(void **state)
{
	struct rig r;
	(void)state;
	rig_alive(&r, 3);
	see(&r, SIGNAL_HTTP, 0);
	pass(&r, 5 * (int64_t)HOUR_MS);
	int64_t silent_ms = r.p.silent_ms, watched_ms = r.p.watched_ms;
	r.t_ms -= 3 * (int64_t)HOUR_MS;
	poll_once(&r);
	assert_int_equal(r.p.silent_ms, silent_ms);
	assert_int_equal(r.p.watched_ms, watched_ms);
}

/* By a clock that was a year ahead for a day it came back, and a group was blind. */
static void
a_clock_that_was_ahead_holds_nothing_back(void **state)
{
	struct rig r;
	(void)state;
	rig_alive(&r, 365);
	fail_all(&r);
	see(&r, SIGNAL_DNS, DNS_NXDOMAIN);
	pass_days(&r, 4);
	expect(&r, "gone");
	r.t_ms += 365 * (int64_t)DAY_MS;
	see(&r, SIGNAL_DNS, DNS_OK);
	see(&r, SIGNAL_HTTP, 200);
	see(&r, SIGNAL_SITE, 200);
	pass(&r, 20 * (int64_t)HOUR_MS);
	r.t_ms -= 365 * (int64_t)DAY_MS;
	pass_days(&r, 2);
	expect(&r, "alive");
	struct incident g = { .answering = 3 };
	(void)incident_fall(&g, r.t_ms + 365 * (int64_t)DAY_MS);
	incident_rewind(&g, r.t_ms);
	(void)incident_fall(&g, r.t_ms);
	assert_true(incident_blind(&g, r.t_ms));
	assert_false(incident_blind(&g, r.t_ms + 8 * (int64_t)DAY_MS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_alone_gives_the_published_odds),
		cmocka_unit_test(survival_falls_from_one),
		cmocka_unit_test(the_rate_shrinks_towards_the_pool),
		cmocka_unit_test(a_rhythm_that_stops_is_noticed_in_its_own_time),
		cmocka_unit_test(counts_that_sink_are_noticed_and_noise_is_not),
		cmocka_unit_test(a_partner_flaps_above_thirty_percent_until_below_twenty),
		cmocka_unit_test(time_that_was_not_observed_does_not_count),
		cmocka_unit_test(a_clock_that_is_put_back_takes_no_time_away),
		cmocka_unit_test(a_clock_that_was_ahead_holds_nothing_back),
		cmocka_unit_test(clocks_stand_still_while_the_lookout_is_blind),
		cmocka_unit_test(nothing_is_decided_while_the_lookout_is_blind),
		cmocka_unit_test(only_long_outages_are_counted),
		cmocka_unit_test(a_group_that_was_blind_for_too_long_is_a_group_again),
		cmocka_unit_test(two_that_fall_silent_days_apart_are_no_incident),
		cmocka_unit_test(polls_are_frequent_only_while_it_fails),
		cmocka_unit_test(who_never_answered_was_never_seen),
		cmocka_unit_test(an_outage_is_told_after_half_an_hour_and_is_over_at_once),
		cmocka_unit_test(silence_of_the_api_alone_is_never_more_than_uncertain),
		cmocka_unit_test(a_site_that_answers_speaks_for_life),
		cmocka_unit_test(both_silent_for_nine_days_is_probably_gone),
		cmocka_unit_test(one_group_of_evidence_is_not_enough),
		cmocka_unit_test(proofs_make_it_gone),
		cmocka_unit_test(parking_with_two_cues_weighs_a_hundred_and_one_cause_is_capped),
		cmocka_unit_test(gone_is_taken_back_after_three_good_polls_over_a_day),
		cmocka_unit_test(two_good_polls_do_not_take_it_back),
		cmocka_unit_test(refused_access_is_lost_access),
		cmocka_unit_test(changing_groups_does_not_stop_the_clocks),
		cmocka_unit_test(a_redirect_of_the_api_is_a_move_and_of_the_site_is_news),
		cmocka_unit_test(listings_emptied_for_three_days_unless_the_season_is_closed),
		cmocka_unit_test(contents_that_stop_changing_are_frozen),
		cmocka_unit_test(who_has_no_list_any_more_is_neither_frozen_nor_emptied),
		cmocka_unit_test(silence_of_a_site_that_is_all_there_is_counts_once),
		cmocka_unit_test(closing_words_and_liquidation_are_closing_and_rescue_is_not),
		cmocka_unit_test(what_was_read_once_is_no_evidence),
		cmocka_unit_test(a_name_that_resolves_was_not_given_up),
		cmocka_unit_test(a_redesign_is_not_an_end),
		cmocka_unit_test(what_staff_confirm_is_gone),
		cmocka_unit_test(the_probability_is_the_sum_of_its_reasons),
		cmocka_unit_test(values_are_read_strictly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
