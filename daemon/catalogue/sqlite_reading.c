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
#include "catalogue/sqlite_tally.h"

enum { SPANS = 64, WANT_MAX = 4096, RANKED_MAX = 10000 };

struct reading {
	struct catalogue *c;
	enum reader reader;
	sqlite3_stmt *st;	/* of c->readers while it is at rest */
	bool within;		/* a span is being read */
	bool removed;
	int64_t partner_id;	/* 0: all */
	uint64_t skip, left;
	int (*next_span)(struct reading *r, struct span *ret, struct error *err);	/* 1, 0: there are no more, -1 */
	struct buf match;	/* what is searched for */
	sqlite3_stmt *search;	/* rows by rank */
	int64_t unranked;	/* texts up to this number come after those, in the order of their rows */
	struct rowset texts;	/* their numbers */
	struct tally *tally;	/* NULL: it is not asked */
	struct tally_seek seek;
	struct tally_page page;	/* next_row counts without a tally too */
	struct span spans[SPANS];	/* of the tally */
	size_t n_spans, at_span;
	int64_t *rows;		/* to be looked at one by one */
	size_t n_rows, at_row;
};

/* ---- transactions, deadlines */

int
catalogue_read_begin(struct catalogue *c, struct error *err)
{
	int64_t since_ms = monotonic_ms();
	if (step_begin_read(c, err) != 0)
		return -1;
	/* The first look is what it sees from then on. */
	if (roster_read(c, err) != 0)
		return step_end(c, -1, err);
	c->read_since_ms = since_ms;
	return 0;
}

void
catalogue_read_end(struct catalogue *c)
{
	c->read_since_ms = 0;
	/* Nothing was written that could be lost. */
	(void)step_end(c, 0, NULL);
}

void
catalogue_deadline(struct catalogue *c, int64_t monotonic_ms)
{
	c->deadline_ms = monotonic_ms;
}

/* ---- where rows may be */

static bool
is_hidden(const struct reading *r, const struct roster_partner *p)
{
	return p->loading || (p->withdrawn && !r->removed) || (r->partner_id != 0 && p->id != r->partner_id);
}

static int
no_span(struct reading *r, struct span *ret, struct error *err)
{
	(void)r;
	(void)ret;
	(void)err;
	return 0;
}

/* The one that has this external_id. */
static int
span_of_item(struct reading *r, struct span *ret, struct error *err)
{
	(void)err;
	*ret = r->spans[0];
	r->next_span = no_span;
	return 1;
}

/* The rows of partners that follow each other, from next_row on. */
static int
span_of_partners(struct reading *r, struct span *ret, struct error *err)
{
	const struct roster *roster = &r->c->roster;
	int64_t *next = &r->page.next_row;
	size_t i = 0;
	(void)err;
	while (i < roster->n && ((roster->list[i].id + 1) << ROW_BITS <= *next || is_hidden(r, &roster->list[i])))
		i++;
	if (i == roster->n)
		return 0;
	int64_t low = roster->list[i].id << ROW_BITS;
	while (i + 1 < roster->n && !is_hidden(r, &roster->list[i + 1]))
		i++;
	int64_t end = (roster->list[i].id + 1) << ROW_BITS;
	*ret = (struct span){ low > *next ? low : *next, end - 1 };
	*next = end;
	return 1;
}

static int
span_of_tally(struct reading *r, struct span *ret, struct error *err)
{
	(void)err;
	if (r->at_span == r->n_spans) {
		r->page.want = (r->left < WANT_MAX ? r->left : WANT_MAX) + (r->skip < WANT_MAX ? r->skip : WANT_MAX);
		r->n_spans = tally_spans(r->tally, &r->seek, &r->page, r->spans, SPANS);
		r->at_span = 0;
	}
	if (r->n_spans == 0)
		return 0;
	*ret = r->spans[r->at_span++];
	return 1;
}

/* ---- searching: the newest texts by rank, and all others in the order of their rows, for nobody waits for the
 * rank of half a million */

static int
prepare_search(struct reading *r, enum sql sql, sqlite3_stmt **ret, struct error *err)
{
	int rc = sqlite3_prepare_v2(r->c->db, reading_statements[sql - SQL_READ].sql, -1, ret, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text64(*ret, 1, r->match.data, r->match.len, SQLITE_STATIC, SQLITE_UTF8);
	return rc == SQLITE_OK ? 0 : catalogue_fail(r->c, err, "search");
}

static int
read_version(struct catalogue *c, int64_t *ret, struct error *err)
{
	struct query q = query(c, SQL_SEARCH_VERSION);
	if (row(&q, err) != 1)
		return -1;
	*ret = column_integer(&q, 0);
	finish(&q);
	return 0;
}

static int
gather(struct reading *r, struct found *f, struct error *err)
{
	sqlite3_stmt *st = NULL;
	int rc = prepare_search(r, SQL_SEARCH_NUMBERS, &st, err);
	rowset_done(&f->texts);
	free(f->match);
	f->match = NULL;
	if (rc == 0 && (sqlite3_bind_pointer(st, 2, &f->texts, ROWSET_POINTER, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW))
		rc = catalogue_fail(r->c, err, "search");
	(void)sqlite3_finalize(st);
	if (rc == 0)
		f->match = xstrdup(r->match.data);
	return rc;
}

/* From now on the tally finds the rows, of all texts that match up to number `last`. */
static int
take_numbers(struct reading *r, int64_t last, struct error *err)
{
	struct found *f = &r->c->found;
	int64_t version;
	if (read_version(r->c, &version, err) != 0)
		return -1;
	/* What this handle writes itself does not move the version. */
	bool same = r->c->read_only && f->match != NULL && f->version == version && strcmp(f->match, r->match.data) == 0;
	if (!same && gather(r, f, err) != 0)
		return -1;
	f->version = version;
	rowset_copy(&r->texts, &f->texts);
	r->seek.texts = &r->texts;
	r->seek.last_text = last < UINT32_MAX ? (uint32_t)last : UINT32_MAX;
	r->next_span = span_of_tally;
	return 0;
}

static bool
is_found(const struct reading *r, int64_t found)
{
	if (r->tally != NULL)
		return tally_may_match(r->tally, &r->seek, found);
	const struct roster_partner *p = roster_find(&r->c->roster, found >> ROW_BITS);
	return p != NULL && !is_hidden(r, p);
}

static int
span_of_search(struct reading *r, struct span *ret, struct error *err)
{
	int rc;
	while ((rc = sqlite3_step(r->search)) == SQLITE_ROW) {
		int64_t found = sqlite3_column_int64(r->search, 0);
		if (!is_found(r, found))
			continue;
		if (r->page.skip > 0) {
			r->page.skip--;
			continue;
		}
		*ret = (struct span){ found, found };
		return 1;
	}
	if (rc != SQLITE_DONE)
		return catalogue_fail(r->c, err, "search");
	if (r->unranked == 0)
		return 0;
	r->page.next_row = 0;
	return take_numbers(r, r->unranked, err) == 0 ? span_of_tally(r, ret, err) : -1;
}

/* The number of one text after RANKED_MAX that match; 0: there are no more. */
static int
find_next(struct reading *r, enum sql sql, int64_t *ret, struct error *err)
{
	sqlite3_stmt *st = NULL;
	int rc = prepare_search(r, sql, &st, err) == 0 ? sqlite3_bind_int64(st, 2, RANKED_MAX) : SQLITE_ABORT;
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	*ret = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		catalogue_fail(r->c, err, "search");
	(void)sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

static int
find_unranked(struct reading *r, struct error *err)
{
	if (find_next(r, SQL_SEARCH_MANY, &r->unranked, err) != 0)
		return -1;
	return r->unranked > 0 ? find_next(r, SQL_SEARCH_NEWEST, &r->unranked, err) : 0;
}

/* The last word is the beginning of words only when few listings have it as it stands: all the words that begin
 * with a common one take too long to gather. */
static int
make_match(struct reading *r, const char *search, struct error *err)
{
	int64_t more = 0;
	struct buf words = BUF_INIT;
	size_t last = index_match(&words, search);
	buf_add(&r->match, words.data + last, words.len - last);
	if (r->match.data[r->match.len - 1] == '*') {
		buf_cut(&r->match, r->match.len - 1);
		if (find_next(r, SQL_SEARCH_MANY, &more, err) != 0) {
			buf_done(&words);
			return -1;
		}
	}
	buf_cut(&words, words.len - (more > 0));
	buf_done(&r->match);
	r->match = words;
	return 0;
}

static int
open_search(struct reading *r, const struct reading_filter *f, struct tally *tally, struct error *err)
{
	if (strlen(f->search) > READING_SEARCH_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "a search has %d bytes at most", (int)READING_SEARCH_MAX_BYTES);
	if (index_attach(r->c, err) != 0)
		return -1;
	if (!r->c->attached || (tally != NULL && !tally_seek_init(&r->seek, r->partner_id, f)))
		return 0;
	if (make_match(r, f->search, err) != 0)
		return -1;
	r->tally = tally;
	if (tally != NULL && r->reader == READER_COUNT)
		return take_numbers(r, INT64_MAX, err);
	if (tally != NULL && find_unranked(r, err) != 0)
		return -1;
	r->next_span = span_of_search;
	if (prepare_search(r, SQL_SEARCH_RANKED, &r->search, err) != 0)
		return -1;
	return sqlite3_bind_int64(r->search, 2, r->unranked) == SQLITE_OK ? 0 : catalogue_fail(r->c, err, "search");
}

/* ---- the way that looks at the fewest rows */

static int
open_item(struct reading *r, const char *external_id, struct error *err)
{
	struct query q = query(r->c, SQL_READ_ITEM);
	bind_integer(&q, r->partner_id);
	bind_string(&q, external_id);
	int rc = row(&q, err);
	if (rc != 1)
		return rc;
	int64_t found = column_integer(&q, 0);
	finish(&q);
	r->spans[0] = (struct span){ found, found };
	r->next_span = found >= r->page.next_row ? span_of_item : no_span;
	return 0;
}

static int
open_tally(struct reading *r, const struct reading_filter *f, struct tally *tally)
{
	r->tally = tally;
	if (tally_seek_init(&r->seek, r->partner_id, f))
		r->next_span = span_of_tally;
	return 0;
}

static int
open_spans(struct reading *r, const struct reading_filter *f, struct tally *tally, struct error *err)
{
	const struct roster_partner *p = f->partner != NULL ? roster_named(&r->c->roster, f->partner) : NULL;
	r->next_span = no_span;
	if (f->partner != NULL && (p == NULL || p->loading || (p->withdrawn && !f->removed)))
		return 0;
	r->partner_id = p != NULL ? p->id : 0;
	if (f->removed)
		tally = NULL;
	if (f->search != NULL)
		return open_search(r, f, tally, err);
	if (f->external_id != NULL && p != NULL)
		return open_item(r, f->external_id, err);
	if (tally != NULL)
		return open_tally(r, f, tally);
	r->next_span = span_of_partners;
	return 0;
}

/* ---- readings */

static int
begin_span(struct reading *r, struct error *err)
{
	struct span s = { 0, 0 };
	int rc = r->next_span(r, &s, err);
	if (rc != 1)
		return rc;
	(void)sqlite3_reset(r->st);
	if (sqlite3_bind_int64(r->st, PARAMETER_LOW, s.low) != SQLITE_OK ||
	    sqlite3_bind_int64(r->st, PARAMETER_HIGH, s.high) != SQLITE_OK)
		return catalogue_fail(r->c, err, "read listings");
	r->within = true;
	return 1;
}

/* Nothing is asked for but what the tally knows. */
static bool
is_plain(const struct reading_filter *f)
{
	return !f->removed && f->external_id == NULL;
}

static bool
needs_tests(const struct reading_filter *f)
{
	return !is_plain(f) || f->kind != NULL || f->box != NULL || f->capacity_min != 0 || !isnan(f->price_min) ||
	    !isnan(f->price_max) || f->from_ms != TIME_NONE || f->to_ms != TIME_NONE;
}

static int
open_reading(struct reading *r, const struct reading_filter *f, struct tally *tally, struct error *err)
{
	if (roster_read(r->c, err) != 0 || (r->st = reader_take(r->c, r->reader, err)) == NULL)
		return -1;
	if (r->reader != READER_SHOWN && reader_test(r->c, r->st, f, err) != 0)
		return -1;
	return open_spans(r, f, tally, err);
}

/* All that match. */
static struct reading *
new_reading(struct catalogue *c, const struct reading_filter *f, enum reader reader)
{
	struct reading *r = xmalloc(sizeof *r);
	*r = (struct reading){ .c = c, .reader = reader, .removed = f->removed, .left = UINT64_MAX };
	return r;
}

struct reading *
reading_open(struct catalogue *c, const struct reading_filter *filter, struct tally *tally, struct error *err)
{
	struct reading *r = new_reading(c, filter, needs_tests(filter) ? READER_TESTED : READER_SHOWN);
	r->skip = filter->offset;
	r->page.next_row = filter->after_row + 1;
	if (filter->limit > 0)
		r->left = filter->limit;
	/* The tally leaves out what it is sure of; on the line of a box it is not. */
	if (tally != NULL && is_plain(filter) && filter->box == NULL) {
		r->page.skip = filter->offset;
		r->skip = 0;
	}
	if (open_reading(r, filter, tally, err) == 0)
		return r;
	reading_close(r);
	return NULL;
}

int
reading_next(struct reading *r, struct listing_row *ret, struct error *err)
{
	while (r->left > 0) {
		/* Whoever reads may take long over each row, of which SQLite knows nothing. */
		if (wait_over(r->c))
			return error_set(err, ERROR_TIMEOUT, "%s: read listings: it took too long", r->c->path);
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
	reader_give(r->c, r->reader, r->st);
	(void)sqlite3_finalize(r->search);
	rowset_done(&r->texts);
	buf_done(&r->match);
	free(r);
}

/* ---- counting */

static int
count_span(struct reading *r, uint64_t *n, struct error *err)
{
	if (sqlite3_step(r->st) != SQLITE_ROW)
		return catalogue_fail(r->c, err, "count listings");
	*n += (uint64_t)sqlite3_column_int64(r->st, 0);
	return 0;
}

static int
count_spans(struct reading *r, uint64_t *n, struct error *err)
{
	int rc;
	while ((rc = begin_span(r, err)) == 1)
		if (count_span(r, n, err) != 0)
			return -1;
	return rc;
}

static int
span_of_list(struct reading *r, struct span *ret, struct error *err)
{
	(void)err;
	if (r->at_row == r->n_rows)
		return 0;
	*ret = (struct span){ r->rows[r->at_row], r->rows[r->at_row] };
	r->at_row++;
	return 1;
}

/* What the tally is sure of, and then the rows that it is not. */
static int
count_tally(struct reading *r, uint64_t *n, struct error *err)
{
	if (r->next_span != span_of_tally)
		return 0;
	*n = tally_count(r->tally, &r->seek, &r->rows, &r->n_rows);
	r->next_span = span_of_list;
	int rc = count_spans(r, n, err);
	free(r->rows);
	return rc;
}

int
reading_count(struct catalogue *c, const struct reading_filter *filter, struct tally *tally, uint64_t *ret,
    struct error *err)
{
	uint64_t n = 0;
	struct reading *r = new_reading(c, filter, READER_COUNT);
	int rc = open_reading(r, filter, tally, err);
	if (rc == 0)
		rc = tally != NULL && is_plain(filter) ? count_tally(r, &n, err) : count_spans(r, &n, err);
	reading_close(r);
	if (rc == 0)
		*ret = n;
	return rc;
}
