/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules once more, as plainly as they can be said, against the catalogue:
 * thousands of random runs of a partner with a dozen listings.
 */
#include "catalogue_fixture.h"
#include "sanitized.h"

enum { IDS = 14, ROUNDS = ROUNDS_OF(60), RUNS = 60, UNNAMED = 3 };

struct one {			/* a listing */
	bool exists, present, missing, held, kept;
	bool written;		/* by this run, because it was seen: then the catalogue knows when */
	uint64_t seed;		/* of its raw hash */
	int version;
	unsigned missed;
	int64_t since_ms, seen_ms, first_ms;	/* seen_ms: while missing or removed */
};

struct model {
	struct one one[IDS];
	int64_t unnamed_ms;
	int64_t broken_ms[UNNAMED];	/* first seen in quarantine, without identifier; TIME_NONE: is not there */
	enum removal_hold hold;
	uint32_t random;
};

enum emission { NOTHING, LISTING, TOMBSTONE, REJECT };

struct answer {			/* of the partner */
	enum emission what[IDS];
	int version[IDS];
	bool broken[UNNAMED];
	enum run_outcome outcome;
};

struct expected {
	uint64_t added, changed, restored, removed, missing, held, returned, returned_held;
	enum removal_hold hold;
};

static uint32_t
below(struct model *m, uint32_t n)
{
	m->random = m->random * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)m->random * n >> 32);
}

/* ---- the rules */

static void
take_listing(struct model *m, int i, int version, const struct run_report *r, struct expected *e)
{
	struct one *o = &m->one[i];
	bool known = o->present && o->seed == r->seed && o->version == version;
	if (!o->exists) {
		*o = (struct one){ .exists = true, .present = true, .version = version, .first_ms = r->started_ms };
		e->added++;
	} else if (!o->present) {
		o->present = true;
		o->version = version;
		e->restored++;
	} else if (o->version != version) {
		o->version = version;
		e->changed++;
	}
	o->written = !known;
	o->seed = r->seed;
}

static void
take_items(struct model *m, const struct answer *a, const struct run_report *r, struct expected *e)
{
	for (int i = 0; i < IDS; i++) {
		struct one *o = &m->one[i];
		o->written = false;
		if (a->what[i] == LISTING)
			take_listing(m, i, a->version[i], r, e);
		if ((a->what[i] == LISTING || a->what[i] == REJECT) && o->missing) {
			e->returned++;
			e->returned_held += o->held;
			o->written = true;
			o->missing = o->held = false;
		}
	}
	for (int i = 0; i < UNNAMED; i++)
		if (a->broken[i] && m->broken_ms[i] == TIME_NONE)
			m->broken_ms[i] = r->started_ms;
}

static int64_t
youngest_broken(const struct model *m, const struct answer *a)
{
	int64_t ms = TIME_NONE;
	if (a->outcome == RUN_NOT_MODIFIED)
		return m->unnamed_ms;
	for (int i = 0; i < UNNAMED; i++)
		if (a->broken[i] && m->broken_ms[i] > ms)
			ms = m->broken_ms[i];
	return ms;
}

static void
count_absences(struct model *m, const struct answer *a, const struct run_report *r, bool empty)
{
	int64_t youngest_ms = youngest_broken(m, a);
	for (int i = 0; i < IDS; i++) {
		struct one *o = &m->one[i];
		bool absent = a->outcome == RUN_NOT_MODIFIED ? o->missing : a->what[i] == NOTHING && o->present;
		if (!absent)
			continue;
		if (!o->missing) {
			o->missing = true;
			o->missed = 0;
			o->since_ms = TIME_NONE;
		}
		bool counts = r->removal.snapshot && !empty;
		o->kept = counts && youngest_ms > o->seen_ms;
		bool repeats = a->outcome == RUN_NOT_MODIFIED && o->missed == 0;
		if (!counts || o->kept || repeats)
			continue;
		o->missed++;
		if (o->since_ms == TIME_NONE)
			o->since_ms = r->finished_ms;
	}
	m->unnamed_ms = youngest_ms;
}

static bool
ripe(const struct one *o, const struct run_report *r)
{
	return o->missing && !o->kept && o->since_ms != TIME_NONE && o->missed >= r->removal.min_runs &&
	    r->finished_ms - o->since_ms >= r->removal.min_age_ms;
}

static void
decide(struct model *m, const struct answer *a, const struct run_report *r, struct expected *e, bool empty,
    unsigned before)
{
	unsigned missing = 0, held = 0, going = 0;
	bool go[IDS] = { false };
	for (int i = 0; i < IDS; i++) {
		missing += m->one[i].missing;
		held += m->one[i].held;
	}
	e->missing = missing;
	bool sticky = m->hold == HOLD_ROTATED && e->returned_held == 0 && held > 0;
	bool rotated = r->removal.snapshot && a->outcome == RUN_COMPLETE && before >= 3 && missing == before &&
	    e->added + e->restored > 0;
	bool none = empty && missing > 0 && (r->removal.snapshot || a->outcome == RUN_NOT_MODIFIED);
	enum removal_hold hold = none ? HOLD_EMPTY : rotated || sticky ? HOLD_ROTATED : HOLD_NONE;
	bool hold_all = none || (rotated && !sticky);
	for (int i = 0; i < IDS; i++) {
		struct one *o = &m->one[i];
		if (hold_all && o->missing)
			o->held = true;
		else if (hold == HOLD_NONE && m->hold != HOLD_BRAKE)
			o->held = false;
		go[i] = !none && ((ripe(o, r) && !(hold == HOLD_ROTATED && o->held)) ||
		    (a->what[i] == TOMBSTONE && o->present));
		going += go[i];
	}
	bool brake = going > r->removal.brake_count && going * 100 > before * r->removal.brake_percent;
	if (brake && hold == HOLD_NONE)
		hold = HOLD_BRAKE;
	for (int i = 0; i < IDS; i++) {
		struct one *o = &m->one[i];
		if (go[i] && brake && !o->missing) {
			o->missing = true;
			o->missed = 0;
			o->since_ms = TIME_NONE;
			o->kept = false;
		}
		if (go[i] && brake)
			o->held = true;
		else if (go[i])
			o->present = o->missing = o->held = false;
		else if (hold == HOLD_NONE)
			o->held = false;
		e->removed += go[i] && !brake;
		e->held += o->held;
	}
	m->hold = e->held > 0 ? hold : HOLD_NONE;
}

/* Listings that are not missing were confirmed by this run. */
static void
confirm(struct model *m, const struct answer *a, const struct run_report *r, bool whole)
{
	for (int i = 0; i < IDS; i++) {
		struct one *o = &m->one[i];
		if (o->present && !o->missing && (whole || o->written))
			o->seen_ms = r->started_ms;
	}
	for (int i = 0; i < UNNAMED; i++)
		if (whole && a->outcome == RUN_COMPLETE && !a->broken[i])
			m->broken_ms[i] = TIME_NONE;
}

static struct expected
follow(struct model *m, const struct answer *a, const struct run_report *r)
{
	struct expected e = { .hold = m->hold };
	bool whole = (a->outcome == RUN_COMPLETE || a->outcome == RUN_NOT_MODIFIED) && !r->limited && !r->incident;
	bool empty = a->outcome == RUN_COMPLETE || m->hold == HOLD_EMPTY;
	unsigned before = 0;
	for (int i = 0; i < IDS; i++) {
		before += m->one[i].present;
		empty = empty && a->what[i] == NOTHING;
	}
	for (int i = 0; i < UNNAMED; i++)
		empty = empty && !a->broken[i];
	take_items(m, a, r, &e);
	if (whole) {
		count_absences(m, a, r, empty);
		decide(m, a, r, &e, empty, before);
	} else {
		for (int i = 0; i < IDS; i++)
			e.held += m->one[i].held;
		if (e.held == 0)
			m->hold = HOLD_NONE;
	}
	e.hold = m->hold;
	confirm(m, a, r, whole);
	return e;
}

/* ---- the same for the catalogue */

static struct answer
random_answer(struct model *m, const int version[IDS])
{
	static const enum run_outcome outcomes[] = { RUN_COMPLETE, RUN_COMPLETE, RUN_COMPLETE, RUN_COMPLETE, RUN_PARTIAL,
		RUN_NOT_MODIFIED, RUN_FAILED, RUN_REFUSED };
	struct answer a = { .outcome = outcomes[below(m, 8)] };
	uint32_t mood = below(m, 12);	/* 0: empty; 1: only the second half; 2: few */
	if (a.outcome != RUN_COMPLETE && a.outcome != RUN_PARTIAL)
		return a;
	for (int i = 0; i < IDS; i++) {
		uint32_t dice = below(m, 40);
		a.version[i] = version[i];
		a.what[i] = dice < 2 ? TOMBSTONE : dice < 4 ? REJECT : dice < 10 ? NOTHING : LISTING;
		if (mood == 0 || (mood == 1 && i < IDS / 2) || (mood == 2 && dice < 30))
			a.what[i] = NOTHING;
	}
	for (int i = 0; i < UNNAMED; i++)
		a.broken[i] = mood != 0 && below(m, 12) == 0;
	return a;
}

static void
play(struct fixture *f, const struct answer *a)
{
	begin(f);
	for (int i = 0; i < IDS; i++) {
		char id[16], text[24];
		(void)snprintf(id, sizeof id, "i%d", i);
		(void)snprintf(text, sizeof text, "%d", a->version[i]);
		if (a->what[i] == LISTING)
			item(f, id, text);
		else if (a->what[i] == TOMBSTONE)
			tombstone(f, id);
		(void)snprintf(text, sizeof text, "{broken %d", i);
		if (a->what[i] == REJECT)
			reject(f, text, id);
	}
	for (int i = 0; i < UNNAMED; i++) {
		char text[24];
		(void)snprintf(text, sizeof text, "{unnamed %d", i);
		if (a->broken[i])
			reject(f, text, NULL);
	}
}

static void
compare_rows(const struct fixture *f, const struct model *m)
{
	struct buf want = BUF_INIT;
	for (int i = 0; i < IDS; i++) {
		const struct one *o = &m->one[i];
		char seen[TIME_TEXT_MAX], first[TIME_TEXT_MAX];
		if (!o->exists)
			continue;
		buf_fmt(&want, "%si%d v%d %s%s%s first %s seen %s", want.len > 0 ? "," : "", i, o->version,
		    o->present ? "present" : "removed", o->missing ? " missing" : "", o->held ? " held" : "",
		    time_text(o->first_ms, first), time_text(o->seen_ms, seen));
	}
	check_list(f, "SELECT l.external_id || ' v' || l.title || CASE WHEN l.removed_at IS NULL THEN ' present' ELSE"
	    " ' removed' END || CASE WHEN m.row IS NULL THEN '' ELSE ' missing' END || CASE WHEN m.held THEN ' held' ELSE ''"
	    " END || ' first ' || l.first_seen || ' seen ' || l.last_seen FROM listing_all l"
	    " LEFT JOIN missing m ON m.row = l.row ORDER BY CAST(substr(l.external_id, 2) AS INTEGER)", buf_cstr(&want));
	buf_done(&want);
}

static void
compare_result(const struct fixture *f, const struct expected *e, const struct model *m)
{
	const struct run_result *r = &f->result;
	int64_t present = 0;
	for (int i = 0; i < IDS; i++)
		present += m->one[i].present;
	assert_int_equal(r->added, e->added);
	assert_int_equal(r->changed, e->changed);
	assert_int_equal(r->restored, e->restored);
	assert_int_equal(r->missing, e->missing);
	assert_int_equal(r->hold, e->hold);
	assert_int_equal(r->held, e->held);
	assert_int_equal(r->removed, e->removed);
	assert_int_equal(r->listing_count, present);
}

static void
random_policy(struct fixture *f, struct model *m)
{
	f->report.removal.snapshot = below(m, 10) > 0;
	f->report.removal.min_runs = 1 + below(m, 3);
	f->report.removal.min_age_ms = (int64_t)below(m, 3) * 12 * HOUR_MS;
	f->report.removal.brake_percent = 10 + below(m, 60);
	f->report.removal.brake_count = below(m, 5);
}

static void
accept_sometimes(struct fixture *f, struct model *m)
{
	uint64_t removed, want = 0;
	if (below(m, 25) != 0)
		return;
	assert_int_equal(catalogue_accept(f->c, "p", f->report.started_ms, &removed, &f->err), 0);
	for (int i = 0; i < IDS; i++) {
		struct one *o = &m->one[i];
		want += o->held;
		if (o->held)
			o->present = o->missing = o->held = false;
	}
	m->hold = HOLD_NONE;
	assert_int_equal(removed, want);
}

static void
round_of_runs(uint32_t seed)
{
	struct fixture *f;
	struct model m = { .random = seed, .unnamed_ms = TIME_NONE };
	int version[IDS] = { 0 };
	uint64_t left;
	assert_int_equal(fixture_setup((void **)&f), 0);
	for (int i = 0; i < UNNAMED; i++)
		m.broken_ms[i] = TIME_NONE;
	random_policy(f, &m);
	for (int run = 0; run < RUNS; run++) {
		for (int i = 0; i < IDS; i++)
			version[i] += below(&m, 6) == 0;
		struct answer a = random_answer(&m, version);
		f->report.limited = below(&m, 20) == 0;
		f->report.incident = below(&m, 20) == 0;
		f->report.seed += below(&m, 15) == 0 && a.outcome != RUN_NOT_MODIFIED;
		play(f, &a);
		f->report.outcome = a.outcome;
		struct run_report r = f->report;
		struct expected e = follow(&m, &a, &r);
		finish_after(f, a.outcome, 1 + (int)below(&m, 20));
		compare_result(f, &e, &m);
		compare_rows(f, &m);
		accept_sometimes(f, &m);
		assert_int_equal(catalogue_index(f->c, below(&m, 10) + 1, &left, &f->err), 0);
	}
	assert_int_equal(fixture_teardown((void **)&f), 0);
}

static void
test_model(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		print_message("seed %u\n", i);
		round_of_runs(i * 2654435761u);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_model) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
