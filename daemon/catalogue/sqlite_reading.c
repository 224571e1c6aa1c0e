/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readings: spans of rows that may match, and a statement that tests and reads
 * the rows of a span.
 *
 *	partners ──┐
 *	tally ─────┼─► span ─► rows that match ─► struct listing_row
 *	search ────┘
 */
#include "catalogue/sqlite_reading.h"

#include <math.h>

#include "base/buf.h"

struct span {
	int64_t low, high;
};

struct reading {
	struct catalogue *c;
	enum reader reader;
	sqlite3_stmt *st;	/* of c->readers while it is at rest */
	sqlite3_stmt *search;	/* rows by rank; NULL: in their order */
	bool within;		/* a span is being read */
	bool removed;
	int64_t partner_id;	/* 0: all */
	int64_t next_row;	/* where the next span may begin */
	uint64_t skip, left;
};

/* ---- transactions, deadlines */

int
catalogue_read_begin(struct catalogue *c, struct error *err)
{
	if (step_begin_read(c, err) != 0)
		return -1;
	if (roster_read(c, err) == 0)
		return 0;
	return step_end(c, -1, err);
}

void
catalogue_read_end(struct catalogue *c)
{
	/* Nothing was written that could be lost. */
	(void)step_end(c, 0, NULL);
}

static int
is_late(void *arg)
{
	const struct catalogue *c = arg;
	return monotonic_ms() > c->deadline_ms;
}

void
catalogue_interrupt(struct catalogue *c)
{
	sqlite3_interrupt(c->db);
}

void
catalogue_deadline(struct catalogue *c, int64_t monotonic_ms)
{
	enum { LOOK_EVERY = 4096 };	/* instructions of SQLite: some 50 microseconds */
	c->deadline_ms = monotonic_ms;
	sqlite3_progress_handler(c->db, monotonic_ms != 0 ? LOOK_EVERY : 0, is_late, c);
}

/* ---- a row */

static int64_t
time_column(sqlite3_stmt *st, int column)
{
	return sqlite3_column_type(st, column) == SQLITE_NULL ? TIME_NONE : sqlite3_column_int64(st, column);
}

static double
real_column(sqlite3_stmt *st, int column)
{
	return sqlite3_column_type(st, column) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(st, column);
}

static struct text
text_column(sqlite3_stmt *st, int column)
{
	const char *s = (const char *)sqlite3_column_text(st, column);
	return (struct text){ s, s != NULL ? (size_t)sqlite3_column_bytes(st, column) : 0 };
}

static struct text
text_of(const char *s)
{
	return (struct text){ s, s != NULL ? strlen(s) : 0 };
}

/* As the view `listings` has it. */
static int64_t
changed_ms(const struct roster_partner *p, const struct listing_row *r, int64_t own_ms)
{
	int64_t ms = own_ms != 0 ? own_ms : p->loaded_ms;
	bool with_partner = r->listing.published && (r->removed_ms == TIME_NONE || r->removed_ms > p->withdrawn_ms);
	return with_partner && p->withdrawn_ms > ms ? p->withdrawn_ms : ms;
}

bool
reading_row(const struct catalogue *c, sqlite3_stmt *st, struct listing_row *ret)
{
	int column = 0;
	struct listing_row r = { .row = sqlite3_column_int64(st, column++) };
	const struct roster_partner *p = roster_find(&c->roster, r.row >> ROW_BITS);
	if (p == NULL || p->loading)
		return false;
	for (size_t i = 0; i < LISTING_TEXTS; i++)
		r.listing.text[i] = text_column(st, column++);
	for (size_t i = 0; i < LISTING_INTEGERS; i++)
		r.listing.integer[i] = time_column(st, column++);	/* LISTING_NO_INTEGER is TIME_NONE */
	for (size_t i = 0; i < LISTING_REALS; i++)
		r.listing.real[i] = real_column(st, column++);
	r.listing.place = (enum listing_place)sqlite3_column_int(st, column++);
	r.listing.published = sqlite3_column_int(st, column++) != 0;
	r.first_seen_ms = time_column(st, column++);
	int64_t own_ms = time_column(st, column++);
	r.removed_ms = time_column(st, column++);
	r.changed_ms = changed_ms(p, &r, own_ms);
	r.listing.published = r.listing.published && !p->withdrawn;
	r.partner = text_of(p->partner);
	r.partner_name = text_of(p->name);
	r.partner_website = text_of(p->website);
	r.verdict = text_of(p->verdict);
	*ret = r;
	return true;
}

/* ---- statements */

static sqlite3_stmt *
take_reader(struct catalogue *c, enum reader reader, struct error *err)
{
	sqlite3_stmt *st = c->readers[reader];
	c->readers[reader] = NULL;
	if (st == NULL && sqlite3_prepare_v3(c->db, reader_sql[reader], -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK)
		catalogue_fail(c, err, "read listings");
	return st;
}

static void
give_reader(struct catalogue *c, enum reader reader, sqlite3_stmt *st)
{
	if (st == NULL)
		return;
	/* What a step had to say, it has said. */
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
	if (c->readers[reader] == NULL)
		c->readers[reader] = st;
	else
		(void)sqlite3_finalize(st);
}

void
readers_done(struct catalogue *c)
{
	for (size_t i = 0; i < READERS; i++) {
		(void)sqlite3_finalize(c->readers[i]);
		c->readers[i] = NULL;
	}
}

static int
set_text(sqlite3_stmt *st, int at, const char *s)
{
	return s == NULL ? SQLITE_OK : sqlite3_bind_text(st, at, s, -1, SQLITE_TRANSIENT);
}

static int
set_real(sqlite3_stmt *st, int at, double value)
{
	return isnan(value) ? SQLITE_OK : sqlite3_bind_double(st, at, value);
}

static int
set_integer(sqlite3_stmt *st, int at, int64_t value, int64_t none)
{
	return value == none ? SQLITE_OK : sqlite3_bind_int64(st, at, value);
}

static int
set_box(sqlite3_stmt *st, const struct box *b)
{
	if (b == NULL)
		return SQLITE_OK;
	int rc = sqlite3_bind_double(st, PARAMETER_WEST, b->west);
	rc = rc == SQLITE_OK ? sqlite3_bind_double(st, PARAMETER_SOUTH, b->south) : rc;
	rc = rc == SQLITE_OK ? sqlite3_bind_double(st, PARAMETER_EAST, b->east) : rc;
	return rc == SQLITE_OK ? sqlite3_bind_double(st, PARAMETER_NORTH, b->north) : rc;
}

/* What is not bound is null: no test. */
static int
set_tests(struct catalogue *c, sqlite3_stmt *st, const struct reading_filter *f, struct error *err)
{
	int rc[] = {
		sqlite3_bind_int(st, PARAMETER_REMOVED, f->removed),
		set_text(st, PARAMETER_KIND, f->kind),
		set_text(st, PARAMETER_EXTERNAL_ID, f->external_id),
		set_box(st, f->box),
		set_integer(st, PARAMETER_FROM, f->from_ms, TIME_NONE),
		set_integer(st, PARAMETER_TO, f->to_ms, TIME_NONE),
		set_integer(st, PARAMETER_CAPACITY, f->capacity_min, 0),
		set_real(st, PARAMETER_PRICE_MIN, f->price_min),
		set_real(st, PARAMETER_PRICE_MAX, f->price_max),
	};
	for (size_t i = 0; i < sizeof rc / sizeof rc[0]; i++)
		if (rc[i] != SQLITE_OK)
			return catalogue_fail(c, err, "read listings");
	return 0;
}

static bool
needs_tests(const struct reading_filter *f)
{
	return f->removed || f->kind != NULL || f->external_id != NULL || f->box != NULL || f->from_ms != TIME_NONE ||
	    f->to_ms != TIME_NONE || f->capacity_min != 0 || !isnan(f->price_min) || !isnan(f->price_max);
}

/* ---- where rows may be */

static int
open_search(struct reading *r, const char *search, struct error *err)
{
	struct buf match = BUF_INIT;
	if (index_attach(r->c, err) != 0)
		return -1;
	if (!r->c->attached) {
		r->left = 0;
		return 0;
	}
	index_match(&match, search);
	int rc = sqlite3_prepare_v2(r->c->db, reading_statements[SQL_READ_SEARCH - SQL_READ].sql, -1, &r->search, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text64(r->search, 1, match.data, match.len, SQLITE_TRANSIENT, SQLITE_UTF8);
	buf_done(&match);
	return rc == SQLITE_OK ? 0 : catalogue_fail(r->c, err, "search");
}

static bool
is_hidden(const struct reading *r, const struct roster_partner *p)
{
	return p->loading || (p->withdrawn && !r->removed) || (r->partner_id != 0 && p->id != r->partner_id);
}

static int
span_of_search(struct reading *r, struct span *ret, struct error *err)
{
	int rc;
	while ((rc = sqlite3_step(r->search)) == SQLITE_ROW) {
		int64_t found = sqlite3_column_int64(r->search, 0);
		const struct roster_partner *p = roster_find(&r->c->roster, found >> ROW_BITS);
		if (p == NULL || is_hidden(r, p))
			continue;
		*ret = (struct span){ found, found };
		return 1;
	}
	return rc == SQLITE_DONE ? 0 : catalogue_fail(r->c, err, "search");
}

/* The rows of partners that follow each other, from next_row on. */
static bool
span_of_partners(struct reading *r, struct span *ret)
{
	const struct roster *roster = &r->c->roster;
	size_t i = 0;
	while (i < roster->n && ((roster->list[i].id + 1) << ROW_BITS <= r->next_row || is_hidden(r, &roster->list[i])))
		i++;
	if (i == roster->n)
		return false;
	int64_t low = roster->list[i].id << ROW_BITS;
	while (i + 1 < roster->n && !is_hidden(r, &roster->list[i + 1]))
		i++;
	int64_t end = (roster->list[i].id + 1) << ROW_BITS;
	*ret = (struct span){ low > r->next_row ? low : r->next_row, end - 1 };
	r->next_row = end;
	return true;
}

/* 1, 0: there are no more, -1. */
static int
next_span(struct reading *r, struct span *ret, struct error *err)
{
	return r->search != NULL ? span_of_search(r, ret, err) : span_of_partners(r, ret);
}

/* ---- readings */

static int
begin_span(struct reading *r, struct error *err)
{
	struct span s = { 0, 0 };
	int rc = next_span(r, &s, err);
	if (rc != 1)
		return rc;
	(void)sqlite3_reset(r->st);
	if (sqlite3_bind_int64(r->st, PARAMETER_LOW, s.low) != SQLITE_OK ||
	    sqlite3_bind_int64(r->st, PARAMETER_HIGH, s.high) != SQLITE_OK)
		return catalogue_fail(r->c, err, "read listings");
	r->within = true;
	return 1;
}

static int
open_reading(struct reading *r, const struct reading_filter *f, struct error *err)
{
	const struct roster_partner *p = NULL;
	if (roster_read(r->c, err) != 0 || (r->st = take_reader(r->c, r->reader, err)) == NULL)
		return -1;
	if (f->partner != NULL && (p = roster_named(&r->c->roster, f->partner)) == NULL)
		r->left = 0;
	r->partner_id = p != NULL ? p->id : 0;
	if (r->reader != READER_SHOWN && set_tests(r->c, r->st, f, err) != 0)
		return -1;
	return f->search != NULL ? open_search(r, f->search, err) : 0;
}

static struct reading *
new_reading(struct catalogue *c, const struct reading_filter *f, enum reader reader, struct error *err)
{
	struct reading *r = xcalloc(1, sizeof *r);
	r->c = c;
	r->reader = reader;
	r->removed = f->removed;
	r->left = UINT64_MAX;
	if (open_reading(r, f, err) == 0)
		return r;
	reading_close(r);
	return NULL;
}

struct reading *
reading_open(struct catalogue *c, const struct reading_filter *filter, struct tally *tally, struct error *err)
{
	(void)tally;
	struct reading *r = new_reading(c, filter, needs_tests(filter) ? READER_TESTED : READER_SHOWN, err);
	if (r == NULL)
		return NULL;
	r->skip = filter->offset;
	r->next_row = filter->after_row + 1;
	if (filter->limit > 0 && filter->limit < r->left)
		r->left = filter->limit;
	return r;
}

int
reading_next(struct reading *r, struct listing_row *ret, struct error *err)
{
	while (r->left > 0) {
		int rc = r->within ? 1 : begin_span(r, err);
		if (rc != 1)
			return rc;
		rc = sqlite3_step(r->st);
		r->within = rc == SQLITE_ROW;
		if (rc != SQLITE_ROW && rc != SQLITE_DONE)
			return catalogue_fail(r->c, err, "read listings");
		if (rc == SQLITE_DONE || !reading_row(r->c, r->st, ret))
			continue;
		if (r->skip > 0) {
			r->skip--;
			continue;
		}
		r->left--;
		return 1;
	}
	return 0;
}

void
reading_close(struct reading *r)
{
	if (r == NULL)
		return;
	give_reader(r->c, r->reader, r->st);
	(void)sqlite3_finalize(r->search);
	free(r);
}

static int
count_spans(struct reading *r, uint64_t *ret, struct error *err)
{
	int rc = 1;
	while (r->left > 0 && (rc = begin_span(r, err)) == 1) {
		if (sqlite3_step(r->st) != SQLITE_ROW)
			return catalogue_fail(r->c, err, "count listings");
		*ret += (uint64_t)sqlite3_column_int64(r->st, 0);
	}
	return rc < 0 ? -1 : 0;
}

int
reading_count(struct catalogue *c, const struct reading_filter *filter, struct tally *tally, uint64_t *ret,
    struct error *err)
{
	(void)tally;
	uint64_t n = 0;
	struct reading *r = new_reading(c, filter, READER_COUNT, err);
	if (r == NULL)
		return -1;
	int rc = count_spans(r, &n, err);
	reading_close(r);
	if (rc == 0)
		*ret = n;
	return rc;
}
