/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The full-text index, in a file of its own beside the catalogue's: it can be
 * written by another thread while a merge holds the catalogue, and be made
 * again from it at any time.
 *
 * Whatever gives a listing a text gives that text the next number, in
 * trace.text and text_batch; no number is given twice.  The index has texts
 * under their numbers and follows them upwards: state.position is how far it
 * has come, written together with the texts.  It never takes one out: an entry
 * counts only while trace.text of a listing that is present has its number,
 * which every search looks up, so a search is never wrong, only late.  When
 * most entries count no more, the index is made again.
 *
 * After a power cut the catalogue may have lost its last commits, and the index
 * not: then numbers are given a second time, but in a batch with another stamp,
 * which state.stamp shows.  The index is made again then too.
 */
#include <unistd.h>

#include "base/buf.h"
#include "catalogue/sqlite_catalogue.h"
#include "catalogue/sqlite_schema.h"

enum {
	INDEX_VERSION = 3,	/* PRAGMA user_version of the file */
	TEXT_COLUMNS = 3,	/* title, description, locality */
	SLICE_MERGE_PAGES = 64,	/* of the index's segments */
	WAL_DUE_PAGES = 512,
	SPARE_ENTRIES = 10000,	/* that count no more, besides as many as do */
	PRUNE_AGE_DAYS = 400
};

static const char *const settings[] = {
	"PRAGMA texts.synchronous = NORMAL",
	"PRAGMA texts.cache_size = -1024",
	"PRAGMA main.cache_size = -1024",	/* what is read here is read once */
	"PRAGMA texts.journal_size_limit = 16777216",
	NULL
};

/* Of who only searches. */
static const char *const search_settings[] = { "PRAGMA texts.cache_size = -16384", NULL };

struct state {
	int64_t position, stamp, entries;
};

/* ---- the file */

static int
read_version(struct catalogue *c, int64_t *ret, struct error *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(c->db, "PRAGMA texts.user_version", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : catalogue_fail(c, err, "reading the full-text index");
}

/* Within a transaction: another process may be as far. */
static int
make_tables(struct catalogue *c, struct error *err)
{
	static const char *const drop[] = { "DROP TABLE IF EXISTS texts.search", "DROP TABLE IF EXISTS texts.state", NULL };
	char sql[48];
	const char *const version[] = { sql, NULL };
	int64_t found;
	if (read_version(c, &found, err) != 0)
		return -1;
	if (found == INDEX_VERSION)
		return 0;
	(void)snprintf(sql, sizeof sql, "PRAGMA texts.user_version = %d", INDEX_VERSION);
	if (exec_all(c, drop, err) != 0 || exec_all(c, schema_search, err) != 0)
		return -1;
	return exec_all(c, version, err);
}

static int
prepare_file(struct catalogue *c, struct error *err)
{
	static const char *const page_size[] = { "PRAGMA texts.page_size = 16384", NULL };
	int64_t found;
	if (exec_all(c, page_size, err) != 0 || set_wal(c, "texts", err) != 0 || exec_all(c, settings, err) != 0 ||
	    read_version(c, &found, err) != 0)
		return -1;
	if (found == INDEX_VERSION)
		return 0;
	if (step_begin(c, err) != 0)
		return -1;
	return step_end(c, make_tables(c, err), err);
}

static int
attach(struct catalogue *c, const char *path, struct error *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(c->db, "ATTACH ? AS texts", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	(void)sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : catalogue_fail(c, err, "opening the full-text index");
}

static void
detach(struct catalogue *c)
{
	(void)sqlite3_exec(c->db, "DETACH texts", NULL, NULL, NULL);
}

int
index_attach(struct catalogue *c, struct error *err)
{
	struct buf path = BUF_INIT;
	int64_t version = 0;
	if (c->attached)
		return 0;
	buf_fmt(&path, "%s-search", c->path);
	bool there = !c->read_only || access(buf_cstr(&path), F_OK) == 0;
	int rc = there ? attach(c, path.data, err) : 0;
	buf_done(&path);
	if (rc != 0 || !there)
		return rc;
	if (c->read_only)
		rc = exec_all(c, search_settings, err) == 0 ? read_version(c, &version, err) : -1;
	else
		rc = prepare_file(c, err);
	c->attached = rc == 0 && (!c->read_only || version == INDEX_VERSION);
	if (!c->attached)
		detach(c);
	return rc;
}

/* ---- a slice */

static int
read_state(struct catalogue *c, struct state *ret, struct error *err)
{
	struct query q = query(c, SQL_INDEX_STATE);
	int rc = row(&q, err);
	if (rc != 1)
		return rc == 0 ? error_set(err, ERROR_CATALOGUE, "%s-search: it has no state", c->path) : -1;
	*ret = (struct state){ column_integer(&q, 0), column_integer(&q, 1), column_integer(&q, 2) };
	finish(&q);
	return 0;
}

static int
write_state(struct catalogue *c, const struct state *s, struct error *err)
{
	struct query q = query(c, SQL_INDEX_PUT);
	bind_integer(&q, s->position);
	bind_integer(&q, s->stamp);
	bind_integer(&q, s->entries);
	return run(&q, err);
}

/* The number of the last text, and the stamp of its batch; 0 if there is none. */
static int
read_last(struct catalogue *c, int64_t *ret, int64_t *ret_stamp, struct error *err)
{
	struct query q = query(c, SQL_TEXT_LAST);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	*ret = rc == 1 ? column_integer(&q, 0) : 0;
	*ret_stamp = rc == 1 ? column_integer(&q, 1) : 0;
	finish(&q);
	return 0;
}

/* The stamp that the catalogue has for a number; *ret stays as it is when it has none. */
static int
read_stamp(struct catalogue *c, int64_t position, int64_t *ret, struct error *err)
{
	struct query q = query(c, SQL_INDEX_STAMP);
	bind_integer(&q, position);
	int rc = row(&q, err);
	if (rc == 1)
		*ret = column_integer(&q, 0);
	finish(&q);
	return rc < 0 ? -1 : 0;
}

/* « œ » and « æ » are letters of their own to FTS5, and two to whoever types; NULL: it is neither. */
static const char *
ligature(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	if (len >= 2 && u[0] == 0xc5 && (u[1] == 0x92 || u[1] == 0x93))
		return "oe";
	return len >= 2 && u[0] == 0xc3 && (u[1] == 0x86 || u[1] == 0xa6) ? "ae" : NULL;
}

/* The text itself, or what is made of it in `out`. */
static struct text
spelt_out(struct buf *out, struct text t)
{
	size_t done = 0;
	for (size_t i = 0; i < t.len; i++) {
		const char *letters = ligature(t.s + i, t.len - i);
		if (letters == NULL)
			continue;
		buf_add(out, t.s + done, i - done);
		buf_str(out, letters);
		done = i + 2;
	}
	if (done == 0)
		return t;
	buf_add(out, t.s + done, t.len - done);
	return (struct text){ out->data, out->len };
}

static int
add_text(struct catalogue *c, const struct query *from, struct error *err)
{
	struct buf made[TEXT_COLUMNS] = { BUF_INIT };
	struct query q = query(c, SQL_INDEX_ADD);
	bind_integer(&q, column_integer(from, 0));
	for (int i = 0; i < TEXT_COLUMNS; i++)
		bind_text(&q, spelt_out(&made[i], column_text(from, i + 1)));
	int rc = run(&q, err);
	for (int i = 0; i < TEXT_COLUMNS; i++)
		buf_done(&made[i]);
	return rc;
}

static int
add_texts(struct catalogue *c, struct state *s, size_t max, struct error *err)
{
	int64_t last, last_stamp;
	size_t n = 0;
	int rc;
	if (read_last(c, &last, &last_stamp, err) != 0)
		return -1;
	struct query q = query(c, SQL_INDEX_WAITING);
	bind_integer(&q, s->position);
	bind_integer(&q, (int64_t)max);
	while ((rc = row(&q, err)) == 1) {
		s->position = column_integer(&q, 0);
		n++;
		if (add_text(c, &q, err) != 0) {
			finish(&q);
			return -1;
		}
	}
	if (rc != 0)
		return -1;
	s->entries += (int64_t)n;
	if (n < max) {
		s->position = last;
		s->stamp = last_stamp;
		return 0;
	}
	return read_stamp(c, s->position, &s->stamp, err);
}

/* Most entries count no more.  While a first load goes on, nobody knows yet. */
static int
is_worn(struct catalogue *c, const struct state *s, bool *ret, struct error *err)
{
	struct query q = query(c, SQL_INDEX_LIVE);
	if (row(&q, err) != 1)
		return -1;
	*ret = column_integer(&q, 1) == 0 && s->entries > 2 * column_integer(&q, 0) + SPARE_ENTRIES;
	finish(&q);
	return 0;
}

/* What there is to do: make it anew, or add texts (*ret_left is not 0). */
static int
look(struct catalogue *c, struct state *ret, bool *ret_anew, uint64_t *ret_left, struct error *err)
{
	int64_t last, last_stamp, stamp = 0;
	if (read_state(c, ret, err) != 0 || read_last(c, &last, &last_stamp, err) != 0 ||
	    (ret->position > 0 && read_stamp(c, ret->position, &stamp, err) != 0) || is_worn(c, ret, ret_anew, err) != 0)
		return -1;
	*ret_anew = *ret_anew || stamp != ret->stamp;
	*ret_left = (uint64_t)(last - (*ret_anew ? 0 : ret->position));
	return 0;
}

static int
add_slice(struct catalogue *c, size_t max, uint64_t *ret_left, struct error *err)
{
	struct state s = { .position = 0 };
	bool anew;
	struct query lock = query(c, SQL_INDEX_LOCK);
	if (run(&lock, err) != 0 || look(c, &s, &anew, ret_left, err) != 0)
		return -1;
	if (anew) {
		struct query q = query(c, SQL_INDEX_CLEAR);
		s = (struct state){ .position = 0 };
		if (run(&q, err) != 0)
			return -1;
	}
	int64_t from = s.position;
	if (add_texts(c, &s, max, err) != 0)
		return -1;
	*ret_left -= (uint64_t)(s.position - from);
	return write_state(c, &s, err);
}

/* Not in a step that locks the catalogue too. */
static int
slice(struct catalogue *c, size_t max, uint64_t *ret_left, struct error *err)
{
	struct state s = { .position = 0 };
	bool anew;
	if (look(c, &s, &anew, ret_left, err) != 0)
		return -1;
	if (*ret_left == 0 && !anew)
		return 0;
	if (step_begin_read(c, err) != 0)
		return -1;
	return step_end(c, add_slice(c, max, ret_left, err), err);
}

static int
move_wal(struct catalogue *c, bool at_rest, struct error *err)
{
	if (c->texts_wal_pages < (at_rest ? 1 : WAL_DUE_PAGES))
		return 0;
	int rc = sqlite3_wal_checkpoint_v2(c->db, "texts", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	c->texts_wal_pages = 0;
	return rc == SQLITE_OK || rc == SQLITE_BUSY ? 0 : catalogue_fail(c, err, "checkpoint of the full-text index");
}

/* In steps that another process may repeat, until the last is done. */
static int
make_anew(struct catalogue *c, int64_t forgotten, struct error *err)
{
	static const char *const vacuum[] = { "VACUUM texts", NULL };
	struct state empty = { .position = 0 };
	struct query q = query(c, SQL_INDEX_CLEAR);
	if (step_begin_read(c, err) != 0 || step_end(c, run(&q, err) != 0 ? -1 : write_state(c, &empty, err), err) != 0 ||
	    exec_all(c, vacuum, err) != 0)
		return -1;
	q = query(c, SQL_INDEX_FORGOT);
	bind_integer(&q, forgotten);
	if (run(&q, err) != 0)
		return -1;
	int rc = sqlite3_wal_checkpoint_v2(c->db, "texts", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return rc == SQLITE_OK || rc == SQLITE_BUSY ? 0 : catalogue_fail(c, err, "checkpoint of the full-text index");
}

/* Words of what was forgotten are everywhere in its file. */
static int
forget_words(struct catalogue *c, struct error *err)
{
	int64_t forgotten;
	struct query q = query(c, SQL_INDEX_FORGOTTEN);
	if (meta_get(c, META_FORGOTTEN, &forgotten, err) != 0 || row(&q, err) != 1)
		return -1;
	bool due = column_integer(&q, 0) != forgotten;
	finish(&q);
	return due ? make_anew(c, forgotten, err) : 0;
}

int
catalogue_index(struct catalogue *c, size_t max, uint64_t *ret_left, struct error *err)
{
	uint64_t left = 0;
	*ret_left = 0;
	if (!c->search)
		return 0;
	if (index_attach(c, err) != 0)
		return -1;
	if (forget_words(c, err) != 0 || slice(c, max, &left, err) != 0)
		return -1;
	*ret_left = left;
	return move_wal(c, left == 0, err);
}

int
catalogue_index_merge(struct catalogue *c, bool *ret_more, struct error *err)
{
	if (index_attach(c, err) != 0)
		return -1;
	int before = sqlite3_total_changes(c->db);
	struct query q = query(c, SQL_INDEX_MERGE);
	bind_integer(&q, SLICE_MERGE_PAGES);
	if (run(&q, err) != 0)
		return -1;
	/* FTS5's word: one change or none means that there was nothing to merge. */
	*ret_more = sqlite3_total_changes(c->db) - before > 1;
	return move_wal(c, !*ret_more, err);
}

bool
catalogue_index_due(struct catalogue *c)
{
	bool due = c->index_due;
	c->index_due = false;
	return due;
}

/* ---- searching */

size_t
index_match(struct buf *out, const char *search)
{
	static const char blank[] = " \t\r\n\f\v";
	size_t last = out->len;
	for (;;) {
		search += strspn(search, blank);
		size_t len = strcspn(search, blank);
		if (len == 0)
			break;
		if (out->len > 0)
			buf_char(out, ' ');
		last = out->len;
		buf_char(out, '"');
		for (size_t i = 0; i < len; i++) {
			const char *letters = ligature(search + i, len - i);
			buf_str(out, letters != NULL ? letters : search[i] == '"' ? "\"\"" : (char[]){ search[i], '\0' });
			i += letters != NULL;
		}
		buf_char(out, '"');
		search += len;
	}
	buf_str(out, out->len > 0 ? "*" : "\"\"");
	return last;
}

/* ---- pruning */

/* A window of batches at a time, from the first to the last and again. */
static int
prune_texts(struct catalogue *c, size_t max, struct error *err)
{
	struct query q = query(c, SQL_PRUNE_TEXTS_END);
	bind_integer(&q, c->pruned_text);
	bind_integer(&q, (int64_t)max);
	if (row(&q, err) != 1)
		return -1;
	int64_t end = column_integer(&q, 0);	/* 0: there is none */
	finish(&q);
	q = query(c, SQL_PRUNE_TEXTS);
	bind_integer(&q, c->pruned_text + 1);
	bind_integer(&q, end);
	c->pruned_text = end;
	return run(&q, err);
}

static int
prune_changes(struct catalogue *c, int64_t before_ms, size_t max, struct error *err)
{
	struct query q = query(c, SQL_PRUNE_CHANGES_END);
	bind_integer(&q, c->pruned_change);
	bind_integer(&q, (int64_t)max);
	if (row(&q, err) != 1)
		return -1;
	int64_t end = column_integer(&q, 0), last_ms = column_time(&q, 1);
	finish(&q);
	q = query(c, SQL_PRUNE_CHANGES);
	bind_integer(&q, c->pruned_change + 1);
	bind_integer(&q, end);
	bind_integer(&q, before_ms);
	c->pruned_change = last_ms < before_ms ? end : 0;
	return run(&q, err);
}

static int
prune(struct catalogue *c, int64_t before_ms, size_t max, struct error *err)
{
	static const enum sql by_age[] = { SQL_PRUNE_RUNS, SQL_PRUNE_ABSENCES };
	for (size_t i = 0; i < sizeof by_age / sizeof by_age[0]; i++) {
		struct query q = query(c, by_age[i]);
		bind_integer(&q, before_ms);
		bind_integer(&q, (int64_t)max);
		if (run(&q, err) != 0)
			return -1;
	}
	return prune_changes(c, before_ms, max, err) != 0 ? -1 : prune_texts(c, max, err);
}

int
catalogue_prune(struct catalogue *c, int64_t now_ms, size_t max, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	return step_end(c, prune(c, now_ms - PRUNE_AGE_DAYS * (int64_t)DAY_MS, max, err), err);
}
