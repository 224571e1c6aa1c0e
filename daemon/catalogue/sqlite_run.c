/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalogue_run_finish: one transaction from a run's stage to the ledger.
 *
 *	stage ─► merge ─► who is missing, what goes ─► quarantine ─► ledger, partner
 */
#include <inttypes.h>

#include "base/buf.h"
#include "catalogue/sqlite_merge.h"

static const char *const outcome_names[RUN_OUTCOMES] = {
	[RUN_COMPLETE] = "complete",
	[RUN_PARTIAL] = "partial",
	[RUN_NOT_MODIFIED] = "not-modified",
	[RUN_FAILED] = "failed",
	[RUN_REFUSED] = "refused",
};

const char *
run_outcome_name(enum run_outcome outcome)
{
	return outcome_names[outcome];
}

/* The partner answered for every listing, and we are fit to believe it. */
static bool
is_whole(const struct run_report *r)
{
	return (r->outcome == RUN_COMPLETE || r->outcome == RUN_NOT_MODIFIED) && !r->limited && !r->unproved && !r->incident;
}

static bool
has_items(const struct run_report *r)
{
	return r->outcome != RUN_FAILED && r->outcome != RUN_REFUSED;
}

static int
take_known(struct merge *m, const struct known *known, struct error *err)
{
	struct known_item item;
	for (size_t pos = 0; known_next(known, &pos, &item);) {
		if (!item.seen)
			continue;
		m->empty = false;
		if (!item.bad)
			rowset_add(&m->same, item.row);
		else if (quarantine_seen(m, item.row, err) != 0)
			return -1;
	}
	return 0;
}

/* Where pages shifted, as many came as were declared, and some of them twice: not all, then. */
static void
judge_again(struct merge *m)
{
	const struct run_report *r = m->report;
	bool whole_list = r->removal.snapshot && !r->changes && r->outcome == RUN_COMPLETE;
	m->again += r->again;
	if (m->again == 0 || !whole_list || r->declared_total < (int64_t)m->again)
		return;
	m->result->again = m->again;
	m->partial = *r;
	m->partial.outcome = RUN_PARTIAL;
	m->partial.error_kind = ERROR_TOTAL;
	m->report = &m->partial;
}

static int
merge_items(struct merge *m, struct stage *stage, const struct known *known, struct error *err)
{
	/* A run that repeats the last answer brings no items, and is not empty for that. */
	m->empty = m->report->outcome != RUN_NOT_MODIFIED &&
	    (stage == NULL || stage_mark(stage).entries == 0) && m->load == NULL;
	if (!has_items(m->report))
		return 0;
	if (quarantine_load(m, err) != 0)
		return -1;
	if (known != NULL && take_known(m, known, err) != 0)
		return -1;
	if (stage != NULL && merge_stage(m, stage, err) != 0)
		return -1;
	if ((m->load != NULL && load_end(m, err) != 0) || merge_added(m, err) != 0)
		return -1;
	judge_again(m);
	if (removal_returned(m, err) != 0)
		return -1;
	bool whole = is_whole(m->report);
	if (whole && removal_decide(m, known, err) != 0)
		return -1;
	if (!whole && (m->result->held -= m->returned_held) == 0)
		m->result->hold = HOLD_NONE;
	return quarantine_end(m, whole && m->report->outcome == RUN_COMPLETE, err);
}

void
run_detail(const struct run_report *report, const struct run_result *result, struct buf *out)
{
	const char *before = report->detail != NULL ? report->detail : "";
	buf_str(out, before);
	if (result->again > 0)
		buf_fmt(out, "%s%" PRId64 " were declared, %" PRId64 " different ones came", *before ? "; " : "",
		    report->declared_total, report->declared_total - (int64_t)result->again);
	if (result->clashes > 0)
		buf_fmt(out, "%s%" PRIu64 " with the identifier of another one, such as « %s »: one of them is kept",
		    out->len > 0 ? "; " : "", result->clashes, result->clash);
}

static void
bind_known(struct query *q, bool known, int64_t value)
{
	bind_time(q, known ? value : TIME_NONE);
}

static void
bind_error_kind(struct query *q, const struct run_report *r)
{
	bind_string(q, r->error_kind != ERROR_NONE ? error_kind_name(r->error_kind) : NULL);
}

static int
write_ledger(struct merge *m, struct error *err)
{
	const struct run_report *r = m->report;
	const struct run_result *result = m->result;
	struct query q = query(m->c, SQL_RUN_ADD);
	struct buf detail = BUF_INIT;
	run_detail(r, result, &detail);
	bind_integer(&q, m->run);
	bind_integer(&q, m->p.id);
	bind_integer(&q, r->started_ms);
	bind_integer(&q, r->finished_ms);
	bind_string(&q, run_outcome_name(r->outcome));
	bind_error_kind(&q, r);
	bind_known(&q, r->http_status != 0, r->http_status);
	bind_integer(&q, (int64_t)r->requests);
	bind_integer(&q, (int64_t)r->bytes);
	bind_integer(&q, (int64_t)r->seen);
	bind_integer(&q, (int64_t)result->added);
	bind_integer(&q, (int64_t)result->changed);
	bind_integer(&q, (int64_t)result->removed);
	bind_integer(&q, (int64_t)result->restored);
	bind_integer(&q, (int64_t)result->missing);
	bind_integer(&q, (int64_t)result->quarantined);
	bind_known(&q, r->declared_total >= 0, r->declared_total);
	bind_string(&q, buf_cstr(&detail));
	bind_string(&q, r->change_note);
	int rc = run(&q, err);
	buf_done(&detail);
	return rc;
}

static bool
changed_anything(const struct merge *m)
{
	const struct run_result *r = m->result;
	return r->added + r->changed + r->removed + r->restored > 0;
}

static int
drop_validators(struct merge *m, struct error *err)
{
	struct query q = query(m->c, SQL_VALIDATORS_DROP);
	bind_integer(&q, m->p.id);
	return run(&q, err);
}

static int
keep_validator(struct merge *m, size_t position, const struct validator *v, struct error *err)
{
	struct query q = query(m->c, SQL_VALIDATOR_ADD);
	bind_integer(&q, m->p.id);
	bind_integer(&q, (int64_t)position);
	bind_integer(&q, (int64_t)m->report->seed);
	bind_integer(&q, (int64_t)v->request.low);
	bind_integer(&q, (int64_t)v->request.high);
	bind_string(&q, v->etag);
	bind_string(&q, v->last_modified);
	bind_string(&q, v->next_url);
	return run(&q, err);
}

/*
 * Validators stand for what the last whole run merged.  Any other run that
 * changed the catalogue makes them wrong: a « not modified » would then
 * confirm what the partner no longer says.
 */
static int
write_validators(struct merge *m, struct error *err)
{
	const struct run_report *r = m->report;
	bool whole = is_whole(r) && r->outcome == RUN_COMPLETE;
	if (!whole && (r->outcome == RUN_COMPLETE || changed_anything(m) || m->returned > 0))
		return drop_validators(m, err);
	if (!whole)
		return 0;
	if (drop_validators(m, err) != 0)
		return -1;
	for (size_t i = 0; i < r->n_validators; i++)
		if (keep_validator(m, i, &r->validators[i], err) != 0)
			return -1;
	return 0;
}

/* The seed that what is stored was read with, after this run. */
static int64_t
seed_after(const struct merge *m)
{
	const struct run_report *r = m->report;
	return has_items(r) && r->outcome != RUN_NOT_MODIFIED ? (int64_t)r->seed : m->p.seed;
}

/*
 * A mark stands for all that came before it: not after a run that was not
 * whole, and not while a removal waits, for its tombstone must come again.
 */
static int
write_watermark(struct merge *m, struct error *err)
{
	const struct run_report *r = m->report;
	bool keep = r->watermark != NULL && r->outcome == RUN_COMPLETE && is_whole(r) && m->result->hold == HOLD_NONE;
	if (!keep && seed_after(m) == m->p.seed)
		return 0;
	struct query q = query(m->c, SQL_WATERMARK_PUT);
	bind_string(&q, keep ? r->watermark : NULL);
	bind_time(&q, keep ? r->started_ms : TIME_NONE);
	bind_integer(&q, m->p.id);
	return run(&q, err);
}

/* A partial run shows that the partner lives, but nothing more. */
static unsigned
failures_after(const struct merge *m)
{
	return has_items(m->report) ? 0 : m->p.state.failures + 1;
}

/* What is added to the sums of all its runs. */
static void
bind_totals(struct query *q, const struct run_report *r, const struct run_result *result)
{
	bind_string(q, run_outcome_name(r->outcome));
	bind_integer(q, (int64_t)r->requests);
	bind_integer(q, (int64_t)r->bytes);
	bind_integer(q, (int64_t)result->added);
	bind_integer(q, (int64_t)result->changed);
	bind_integer(q, (int64_t)result->removed);
	bind_integer(q, (int64_t)result->restored);
	bind_error_kind(q, r);
}

static int
write_partner(struct merge *m, struct error *err)
{
	const struct run_report *r = m->report;
	const struct run_result *result = m->result;
	bool success = r->outcome == RUN_COMPLETE || r->outcome == RUN_NOT_MODIFIED;
	bool whole = is_whole(r);
	struct query q = query(m->c, SQL_PARTNER_FINISH);
	bind_integer(&q, m->p.id);
	bind_integer(&q, r->finished_ms);
	bind_time(&q, success ? r->finished_ms : m->p.state.last_success_ms);
	bind_time(&q, r->next_poll_ms);
	bind_time(&q, r->not_before_ms);
	bind_integer(&q, failures_after(m));
	bind_integer(&q, m->listing_count);
	bind_integer(&q, m->outside);
	bind_time(&q, whole ? r->started_ms : m->p.confirmed_ms);
	bind_integer(&q, seed_after(m));
	bind_time(&q, whole ? m->unnamed_ms : m->p.unnamed_ms);
	bind_integer(&q, result->hold);
	bind_integer(&q, (int64_t)result->held);
	bind_time(&q, result->hold == HOLD_NONE ? TIME_NONE
	    : result->hold == m->p.hold ? m->p.hold_since_ms : r->finished_ms);
	bind_time(&q, changed_anything(m) ? r->finished_ms : TIME_NONE);
	bind_integer(&q, success && !r->own_file);
	bind_integer(&q, holder_is_self(m->c, &m->p.holder));	/* the lease is given back */
	bind_totals(&q, r, result);
	return run(&q, err);
}

/* Nothing but the ledger and the partner's state can change: most polls, so they are spared the rest. */
static bool
is_quiet(const struct merge *m, const struct stage *stage)
{
	return m->report->outcome == RUN_NOT_MODIFIED && stage == NULL && !m->p.missing && !m->p.quarantined &&
	    m->p.hold == HOLD_NONE && !load_under_way(m->c, &m->p);
}

/* What the run went by must be what there is. */
static int
check_left(const struct merge *m, struct error *err)
{
	const struct run_memory *left = m->report->left;
	const struct holder *holder = &m->p.holder;
	if (left == NULL || (left->state.last_attempt_ms == m->p.state.last_attempt_ms &&
	    (holder_is_self(m->c, holder) || !holder_lives(m->c, holder))))
		return 0;
	return error_set(err, ERROR_BUSY, "partner « %s » was synchronised by another process meanwhile", m->report->partner);
}

static int
ask_number(struct query *q, int64_t *ret, struct error *err)
{
	int rc = row(q, err);
	if (rc < 0)
		return -1;
	*ret = rc == 1 ? column_integer(q, 0) : 0;
	finish(q);
	return 0;
}

int
merge_numbers(struct merge *m, struct error *err)
{
	int64_t last, unplaced;
	struct query change = query(m->c, SQL_CHANGE_NUMBER);
	if (ask_number(&change, &m->next_change, err) != 0)
		return -1;
	struct query rows = query(m->c, SQL_ROW_NUMBER);
	bind_integer(&rows, m->base);
	bind_integer(&rows, m->base + KNOWN_ROW_END);
	if (ask_number(&rows, &last, err) != 0)
		return -1;
	m->first_row = m->next_row = (last > 0 ? last : m->base) + 1;
	if (meta_get(m->c, META_UNPLACED, &unplaced, err) != 0)
		return -1;
	m->unplaced = unplaced != 0;
	struct query text = query(m->c, SQL_TEXT_LAST);
	if (ask_number(&text, &m->next_text, err) != 0)
		return -1;
	m->next_text++;
	return forget_load(m, err);
}

static int
prepare(struct merge *m, struct error *err)
{
	if (partner_get(m->c, m->report->partner, &m->p, err) != 0 || check_left(m, err) != 0)
		return -1;
	m->base = m->p.id << ROW_BITS;
	m->listing_count = m->p.state.listing_count;
	m->unnamed_ms = m->p.unnamed_ms;
	m->outside = m->p.outside;
	m->result->hold = m->p.hold;
	m->result->held = (uint64_t)m->p.held;
	struct query q = query(m->c, SQL_RUN_NUMBER);
	if (row(&q, err) != 1)
		return -1;
	m->run = column_integer(&q, 0);
	finish(&q);
	return 0;
}

static int
merge_begin(struct merge *m, struct error *err)
{
	m->unnamed_ms = TIME_NONE;
	bool loaded = load_under_way(m->c, &m->p), drop = loaded && !has_items(m->report);
	if ((drop && load_drop(m->c, &m->p, err) != 0) || merge_numbers(m, err) != 0)
		return -1;
	return loaded && !drop ? load_adopt(m, err) : 0;
}

static int
finish_run(struct merge *m, struct stage *stage, const struct known *known, struct error *err)
{
	if (prepare(m, err) != 0)
		return -1;
	m->result->quiet = is_quiet(m, stage);
	if (!m->result->quiet && (merge_begin(m, err) != 0 || merge_items(m, stage, known, err) != 0))
		return -1;
	m->result->run = m->run;
	m->result->listing_count = m->listing_count;
	m->result->outside = (uint64_t)m->outside;
	if (write_ledger(m, err) != 0 || write_validators(m, err) != 0 || write_watermark(m, err) != 0)
		return -1;
	return write_partner(m, err);
}

int
catalogue_run_finish(struct catalogue *c, const struct run_report *report, struct stage *stage,
    struct known *known, struct run_result *ret, struct error *err)
{
	struct run_result result = { .run = 0 };
	struct merge m = { .c = c, .report = report, .result = &result,
		.at_ms = report->finished_ms, .seen_ms = report->started_ms };
	if (step_begin(c, err) != 0)
		return -1;
	int rc = step_end(c, finish_run(&m, stage, known, err), err);
	merge_done(&m);
	if (rc != 0)
		return -1;
	load_forget(c, m.p.id);
	*ret = result;
	return 0;
}
