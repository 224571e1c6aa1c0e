/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A removal is a decision with evidence: every condition of README.md must hold.
 *
 * A whole run (complete, nothing limited, no incident) that does not have a
 * listing makes it `missing`.  Runs that count raise missed_runs until the
 * policy's number is reached; then time alone decides.  So an absence writes a
 * few times, not at every run.
 *
 *	present ──missed──► missing ──ripe──► removed ──seen──► present (restored)
 *	   ▲                   │  └──hold──► held ──accept──► removed
 *	   └──────seen─────────┘
 *
 * Not counted: anything in a run that saw nothing at all; a window's absences;
 * listings that an unreadable item without identifier may be (`kept`).
 *
 * A hold by `rotated` lasts until one of the held listings is seen again or
 * `vigie accept`; `empty` until a whole run sees something; `brake` until the
 * removals are few enough.
 */
#include <inttypes.h>

#include "base/buf.h"
#include "catalogue/sqlite_merge.h"

enum { ROTATED_MIN = 3, NOTE_MAX = 160 };

struct absent {			/* a row of `missing` */
	int64_t row, seen_ms, missed_runs, missed_since_ms;
	bool kept, held;
};

static const char *const hold_names[HOLD_KINDS] = {
	[HOLD_NONE] = "",
	[HOLD_BRAKE] = "brake",
	[HOLD_ROTATED] = "rotated",
	[HOLD_EMPTY] = "empty",
};

const char *
removal_hold_name(enum removal_hold hold)
{
	return hold_names[hold];
}

int
removal_evidence(struct merge *m, int64_t row_number, const char *event, const char *note, struct error *err)
{
	struct query q = query(m->c, SQL_ABSENCE_ADD);
	bind_integer(&q, row_number);
	bind_time(&q, m->run != 0 ? m->run : TIME_NONE);
	bind_integer(&q, m->at_ms);
	bind_string(&q, event);
	bind_string(&q, note);
	return run(&q, err);
}

static void
bind_partner(struct query *q, const struct merge *m)
{
	bind_integer(q, m->base);
	bind_integer(q, m->base + KNOWN_ROW_END);
}

static void
read_absent(const struct query *q, struct absent *ret)
{
	*ret = (struct absent){
		.row = column_integer(q, 0), .seen_ms = column_integer(q, 1), .missed_runs = column_integer(q, 2),
		.missed_since_ms = column_time(q, 3), .kept = column_integer(q, 4) != 0,
		.held = column_integer(q, 5) != 0,
	};
}

static int
by_row(struct merge *m, enum sql sql, int64_t row_number, struct error *err)
{
	struct query q = query(m->c, sql);
	bind_integer(&q, row_number);
	return run(&q, err);
}

/* ---- seen again */

static int
end_absence(struct merge *m, const struct absent *a, struct error *err)
{
	struct query q = query(m->c, SQL_TRACE_SEEN);
	bind_integer(&q, m->seen_ms);
	bind_integer(&q, a->row);
	if (run(&q, err) != 0 || by_row(m, SQL_MISSING_DROP, a->row, err) != 0)
		return -1;
	m->returned++;
	m->returned_held += a->held;
	if (a->missed_runs == 0 && !a->held)
		return 0;
	return removal_evidence(m, a->row, "returned", NULL, err);
}

int
removal_returned(struct merge *m, struct error *err)
{
	int rc;
	struct query q = query(m->c, SQL_MISSING_ALL);
	bind_partner(&q, m);
	while ((rc = row(&q, err)) == 1) {
		struct absent a;
		read_absent(&q, &a);
		rowset_add(&m->was_missing, (uint32_t)(a.row - m->base));
		if (merge_saw(m, a.row) && end_absence(m, &a, err) != 0) {
			finish(&q);
			return -1;
		}
	}
	return rc;
}

/* ---- counting absences */

/* Whether this run's word counts for a listing that was last seen then. */
static bool
is_kept(const struct merge *m, int64_t last_seen_ms)
{
	return m->unnamed_ms > last_seen_ms;
}

static bool
counts(const struct merge *m)
{
	return m->report->removal.snapshot && !m->empty;
}

static unsigned
min_runs(const struct merge *m)
{
	return m->report->removal.min_runs > 0 ? m->report->removal.min_runs : 1;
}

static int
note_missed(struct merge *m, const struct absent *a, struct error *err)
{
	char note[NOTE_MAX];
	(void)snprintf(note, sizeof note, "%" PRId64 " of %u complete runs", a->missed_runs, min_runs(m));
	return removal_evidence(m, a->row, "missed", note, err);
}

static int
note_kept(struct merge *m, const struct absent *a, struct error *err)
{
	return removal_evidence(m, a->row, "kept",
	    "not counted: an item without identifier that cannot be read may be this listing", err);
}

/* One more whole run without it: fills in what changes. */
static void
count_absence(const struct merge *m, struct absent *a)
{
	a->kept = counts(m) && is_kept(m, a->seen_ms);
	/* The same answer again does not count what it did not count then: it was a window's, say. */
	bool repeats = m->report->outcome == RUN_NOT_MODIFIED && a->missed_runs == 0;
	if (repeats || !counts(m) || a->kept || a->missed_runs >= min_runs(m))
		return;
	a->missed_runs++;
	if (a->missed_since_ms == TIME_NONE)
		a->missed_since_ms = m->at_ms;
}

static int
still_missing(struct merge *m, const struct absent *before, struct error *err)
{
	struct absent a = *before;
	count_absence(m, &a);
	if (a.missed_runs == before->missed_runs && a.kept == before->kept)
		return 0;
	struct query q = query(m->c, SQL_MISSING_UPDATE);
	bind_integer(&q, a.missed_runs);
	bind_time(&q, a.missed_since_ms);
	bind_integer(&q, a.kept);
	bind_integer(&q, a.row);
	if (run(&q, err) != 0)
		return -1;
	if (a.missed_runs != before->missed_runs)
		return note_missed(m, &a, err);
	return a.kept ? note_kept(m, &a, err) : 0;
}

static int
newly_missing(struct merge *m, int64_t row_number, int64_t seen_ms, struct error *err)
{
	struct absent a = { .row = row_number, .seen_ms = seen_ms, .missed_since_ms = TIME_NONE };
	if (m->p.confirmed_ms > a.seen_ms)
		a.seen_ms = m->p.confirmed_ms;
	count_absence(m, &a);
	struct query q = query(m->c, SQL_MISSING_ADD);
	bind_integer(&q, a.row);
	bind_integer(&q, a.seen_ms);
	bind_integer(&q, a.missed_runs);
	bind_time(&q, a.missed_since_ms);
	bind_integer(&q, a.kept);
	if (run(&q, err) != 0)
		return -1;
	if (a.missed_runs > 0)
		return note_missed(m, &a, err);
	return a.kept ? note_kept(m, &a, err) : 0;
}

static bool
is_new_absence(const struct merge *m, int64_t row_number)
{
	uint32_t n = (uint32_t)(row_number - m->base);
	return !merge_saw(m, row_number) && !rowset_has(&m->was_missing, n) && !rowset_has(&m->decided, n);
}

/* Each row below `missing` in the order of rows that the run did not see. */
static int
scan_present(struct merge *m, int64_t from, int64_t to, struct error *err)
{
	int rc;
	struct query q = query(m->c, SQL_TRACE_PRESENT);
	bind_integer(&q, from);
	bind_integer(&q, to);
	while ((rc = row(&q, err)) == 1) {
		int64_t row_number = column_integer(&q, 0);
		if (is_new_absence(m, row_number) && newly_missing(m, row_number, column_integer(&q, 1), err) != 0) {
			finish(&q);
			return -1;
		}
	}
	return rc;
}

/* `known` holds every listing that was present: then nothing else is looked at. */
static int
scan_known(struct merge *m, const struct known *known, struct error *err)
{
	struct known_item item;
	for (size_t pos = 0; known_next(known, &pos, &item);) {
		int64_t row_number = m->base + item.row;
		if (item.bad || item.seen || !is_new_absence(m, row_number))
			continue;
		if (scan_present(m, row_number, row_number, err) != 0)
			return -1;
	}
	return 0;
}

static int
count_missing(struct merge *m, const struct known *known, struct error *err)
{
	int rc;
	struct query q = query(m->c, SQL_MISSING_ALL);
	bind_partner(&q, m);
	while ((rc = row(&q, err)) == 1) {
		struct absent a;
		read_absent(&q, &a);
		if (rowset_has(&m->decided, (uint32_t)(a.row - m->base)))
			continue;	/* a tombstone: the decision is made */
		if (still_missing(m, &a, err) != 0) {
			finish(&q);
			return -1;
		}
	}
	if (rc != 0 || m->report->outcome == RUN_NOT_MODIFIED || m->report->changes)
		return rc;
	if (known != NULL && known_count(known) == (size_t)m->p.state.listing_count)
		return scan_known(m, known, err);
	return scan_present(m, m->base, m->base + KNOWN_ROW_END, err);
}

/* ---- removing */

/* No longer counted as outside. */
static int
forget_listing(struct merge *m, int64_t row_number, struct error *err)
{
	struct query q = query(m->c, SQL_LISTING_OLD);
	bind_integer(&q, row_number);
	int rc = row(&q, err);
	if (rc != 1)
		return rc;
	m->outside -= column_integer(&q, 5) == LISTING_OUTSIDE;
	finish(&q);
	return 0;
}

int
removal_now(struct merge *m, int64_t row_number, const char *event, const char *note, struct error *err)
{
	struct query q = query(m->c, SQL_TRACE_REMOVE);
	bind_time(&q, m->p.confirmed_ms);
	bind_integer(&q, row_number);
	int rc = row(&q, err);
	if (rc != 1)
		return rc;	/* no longer present */
	finish(&q);
	if (forget_listing(m, row_number, err) != 0)
		return -1;
	q = query(m->c, SQL_LISTING_REMOVE);
	bind_integer(&q, m->at_ms);
	bind_integer(&q, row_number);
	if (run(&q, err) != 0 || by_row(m, SQL_MISSING_DROP, row_number, err) != 0 ||
	    merge_log(m, row_number, CHANGE_REMOVED, err) != 0)
		return -1;
	m->listing_count--;
	m->result->removed++;
	return removal_evidence(m, row_number, event, note, err);
}

static void
bind_ripe(struct query *q, const struct merge *m, bool without_held)
{
	bind_partner(q, m);
	bind_integer(q, min_runs(m));
	bind_integer(q, m->at_ms - m->report->removal.min_age_ms);
	bind_integer(q, without_held);
}

/* Rows to act on, as a list: acting on them changes the table.  What has a
 * tombstone in this run is in another list. */
static int
collect(const struct merge *m, struct query *q, struct rows *ret, struct error *err)
{
	int rc;
	while ((rc = row(q, err)) == 1) {
		int64_t row_number = column_integer(q, 0);
		if (!rowset_has(&m->decided, (uint32_t)(row_number - m->base)))
			rows_add(ret, row_number);
	}
	return rc;
}

static int
remove_all(struct merge *m, const struct rows *rows, const char *event, const char *note, struct error *err)
{
	for (size_t i = 0; i < rows->n; i++)
		if (removal_now(m, rows->list[i], event, note, err) != 0)
			return -1;
	return 0;
}

/* ---- holds */

static int
hold_rows(struct merge *m, const struct rows *rows, const char *note, struct error *err)
{
	for (size_t i = 0; i < rows->n; i++) {
		if (by_row(m, SQL_MISSING_HOLD, rows->list[i], err) != 0)
			return -1;
		if (sqlite3_changes(m->c->db) > 0 && removal_evidence(m, rows->list[i], "held", note, err) != 0)
			return -1;
	}
	return 0;
}

/* A tombstone that waits for `vigie accept` needs a row in `missing`. */
static int
miss_tombstones(struct merge *m, struct error *err)
{
	for (size_t i = 0; i < m->tombstones.n; i++) {
		struct query q = query(m->c, SQL_MISSING_TOMBSTONE);
		bind_time(&q, m->p.confirmed_ms);
		bind_integer(&q, m->tombstones.list[i]);
		if (run(&q, err) != 0)
			return -1;
	}
	return 0;
}

struct tally {			/* what a decision looks at */
	int64_t missing, held;
	int64_t before;		/* listings present before the run */
	struct rows ripe;
};

static int
count_held(struct merge *m, int64_t *ret_missing, int64_t *ret_held, struct error *err)
{
	struct query q = query(m->c, SQL_MISSING_COUNT);
	bind_partner(&q, m);
	if (row(&q, err) != 1)
		return -1;
	*ret_missing = column_integer(&q, 0);
	*ret_held = column_integer(&q, 1);
	finish(&q);
	return 0;
}

static bool
all_rotated(const struct merge *m, const struct tally *t)
{
	return m->report->removal.snapshot && m->report->outcome == RUN_COMPLETE &&
	    t->before >= ROTATED_MIN && t->missing == t->before && m->result->added + m->result->restored > 0;
}

static bool
over_brake(const struct merge *m, const struct tally *t)
{
	const struct removal_policy *policy = &m->report->removal;
	uint64_t n = t->ripe.n + m->tombstones.n;
	return n > policy->brake_count && n * 100 > (uint64_t)t->before * policy->brake_percent;
}

static int
unhold_all(struct merge *m, struct error *err)
{
	struct query q = query(m->c, SQL_MISSING_UNHOLD);
	bind_partner(&q, m);
	return run(&q, err);
}

/* The hold that the last run left, if its cause is still there. */
static enum removal_hold
lasting_hold(const struct merge *m, const struct tally *t)
{
	bool again = m->report->outcome == RUN_NOT_MODIFIED;
	if (m->p.hold == HOLD_EMPTY && again && t->missing > 0)
		return HOLD_EMPTY;
	if (m->p.hold == HOLD_ROTATED && m->returned_held == 0 && t->held > 0)
		return HOLD_ROTATED;
	return HOLD_NONE;
}

static int
hold_missing(struct merge *m, const char *note, struct error *err)
{
	int rc;
	struct absent a;
	struct rows all = { .n = 0 };
	struct query q = query(m->c, SQL_MISSING_ALL);
	bind_partner(&q, m);
	while ((rc = row(&q, err)) == 1) {
		read_absent(&q, &a);
		if (!a.held)
			rows_add(&all, a.row);
	}
	if (rc == 0)
		rc = hold_rows(m, &all, note, err);
	free(all.list);
	return rc;
}

/* Removes what is ripe and what has a tombstone, or holds it under the brake. */
static int
act(struct merge *m, struct tally *t, enum removal_hold *hold, struct error *err)
{
	char note[NOTE_MAX];
	if (!over_brake(m, t)) {
		if (*hold == HOLD_NONE && t->held > 0 && unhold_all(m, err) != 0)
			return -1;
		(void)snprintf(note, sizeof note, "missed by %u complete runs or more", min_runs(m));
		if (remove_all(m, &t->ripe, "removed", note, err) != 0)
			return -1;
		return remove_all(m, &m->tombstones, "tombstone", NULL, err);
	}
	(void)snprintf(note, sizeof note, "%" PRIu64 " of %" PRId64 " listings would go: more than %u %% and %u",
	    (uint64_t)(t->ripe.n + m->tombstones.n), t->before, m->report->removal.brake_percent,
	    m->report->removal.brake_count);
	if (*hold == HOLD_NONE)
		*hold = HOLD_BRAKE;
	if (miss_tombstones(m, err) != 0 || hold_rows(m, &t->ripe, note, err) != 0)
		return -1;
	return hold_rows(m, &m->tombstones, note, err);
}

static int
decide(struct merge *m, struct tally *t, enum removal_hold *ret_hold, struct error *err)
{
	enum removal_hold lasting = lasting_hold(m, t), hold = lasting;
	if (m->empty && m->report->outcome == RUN_COMPLETE && t->missing > 0 && m->report->removal.snapshot)
		hold = HOLD_EMPTY;
	else if (all_rotated(m, t))
		hold = HOLD_ROTATED;
	*ret_hold = hold;
	if (hold == HOLD_EMPTY)
		return hold_missing(m, "the partner's answer was empty", err);
	if (hold == HOLD_ROTATED && lasting != HOLD_ROTATED &&
	    hold_missing(m, "every identifier changed at once", err) != 0)
		return -1;
	if ((m->p.hold == HOLD_EMPTY || m->p.hold == HOLD_ROTATED) && hold == HOLD_NONE && t->held > 0) {
		if (unhold_all(m, err) != 0)
			return -1;
		t->held = 0;
	}
	struct query q = query(m->c, SQL_MISSING_RIPE);
	bind_ripe(&q, m, hold == HOLD_ROTATED);
	if (collect(m, &q, &t->ripe, err) != 0)
		return -1;
	return act(m, t, ret_hold, err);
}

int
removal_decide(struct merge *m, const struct known *known, struct error *err)
{
	struct tally t = { .before = m->p.state.listing_count };
	enum removal_hold hold = HOLD_NONE;
	int64_t missing, held;
	if (m->report->outcome == RUN_NOT_MODIFIED || (m->report->changes && m->p.unnamed_ms > m->unnamed_ms))
		m->unnamed_ms = m->p.unnamed_ms;
	m->empty |= m->report->outcome == RUN_NOT_MODIFIED && m->p.hold == HOLD_EMPTY;
	int rc = count_missing(m, known, err);
	if (rc == 0)
		rc = count_held(m, &t.missing, &t.held, err);
	m->result->missing = (uint64_t)t.missing;
	if (rc == 0)
		rc = decide(m, &t, &hold, err);
	free(t.ripe.list);
	if (rc != 0 || count_held(m, &missing, &held, err) != 0)
		return -1;
	m->result->hold = held > 0 ? hold : HOLD_NONE;
	m->result->held = (uint64_t)held;
	return 0;
}

/* ---- vigie accept */

static int
accept_held(struct merge *m, struct error *err)
{
	struct rows rows = { .n = 0 };
	struct query q = query(m->c, SQL_MISSING_HELD);
	bind_partner(&q, m);
	int rc = collect(m, &q, &rows, err);
	if (rc == 0)
		rc = remove_all(m, &rows, "accepted", NULL, err);
	free(rows.list);
	if (rc != 0)
		return -1;
	q = query(m->c, SQL_PARTNER_ACCEPTED);
	bind_integer(&q, m->p.id);
	bind_integer(&q, m->listing_count);
	bind_integer(&q, m->outside);
	bind_time(&q, m->result->removed > 0 ? m->at_ms : TIME_NONE);
	bind_integer(&q, (int64_t)m->result->removed);
	return run(&q, err);
}

static int
accept_partner(struct merge *m, const char *partner, struct error *err)
{
	if (partner_get(m->c, partner, &m->p, err) != 0)
		return -1;
	if (holder_lives(m->c, &m->p.holder))
		return error_set(err, ERROR_BUSY, "partner « %s » is being synchronised by process %" PRId64,
		    partner, m->p.holder.pid);
	m->base = m->p.id << ROW_BITS;
	m->listing_count = m->p.state.listing_count;
	m->outside = m->p.outside;
	if (merge_numbers(m, err) != 0)
		return -1;
	return accept_held(m, err);
}

int
catalogue_accept(struct catalogue *c, const char *partner, int64_t now_ms, uint64_t *ret_removed,
    struct error *err)
{
	struct run_result result = { .run = 0 };
	struct merge m = { .c = c, .result = &result, .at_ms = now_ms, .seen_ms = now_ms };
	if (step_begin(c, err) != 0)
		return -1;
	int rc = step_end(c, accept_partner(&m, partner, err), err);
	merge_done(&m);
	if (rc == 0)
		*ret_removed = result.removed;
	return rc;
}
