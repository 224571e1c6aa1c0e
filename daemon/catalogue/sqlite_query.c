/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions: SQL put together from fixed pieces, with every value that comes
 * from outside bound as a parameter.
 */
#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include "base/buf.h"
#include "catalogue/sqlite_catalogue.h"
#include "catalogue/sqlite_near.h"

struct catalogue_cursor {
	struct catalogue *c;
	sqlite3_stmt *st;
};

enum { PARAMS_MAX = 12 };

struct param {
	struct text text;	/* s NULL: it is a number */
	double real;
	int64_t integer;
	bool is_real;
};

struct builder {
	struct buf sql;
	struct buf match;	/* for the full-text index */
	struct param params[PARAMS_MAX];
	int n;
	const char *and;	/* " WHERE " at first */
	bool unplaced;		/* there is no index of space */
	bool indexed;		/* there is an index of texts */
};

static void
param(struct builder *b, struct param p)
{
	assert(b->n < PARAMS_MAX);
	b->params[b->n++] = p;
}

static void
where(struct builder *b, const char *condition)
{
	buf_str(&b->sql, b->and);
	buf_str(&b->sql, condition);
	b->and = " AND ";
}

static void
where_text(struct builder *b, const char *condition, struct text value)
{
	where(b, condition);
	param(b, (struct param){ .text = value });
}

static struct text
text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

/* "partner:external id", which may hold colons itself. */
static void
split_uid(const char *uid, struct text *ret_partner, struct text *ret_id)
{
	const char *colon = strchr(uid, ':');
	size_t len = colon != NULL ? (size_t)(colon - uid) : strlen(uid);
	*ret_partner = (struct text){ uid, len };
	*ret_id = text_of(colon != NULL ? colon + 1 : "");
}

static void
where_uid(struct builder *b, const char *uid)
{
	struct text partner, id;
	split_uid(uid, &partner, &id);
	where_text(b, "v.partner = ?", partner);
	where_text(b, "v.external_id = ?", id);
}

static bool
is_near(const struct catalogue_filter *f)
{
	return isfinite(f->near_lat) && isfinite(f->near_lon) && f->near_km > 0;
}

#define LISTING_COLUMNS "v.uid, v.partner, v.external_id, v.kind, v.title, v.description, v.language, v.url," \
	" v.image_url, v.latitude, v.longitude, v.street, v.postcode, v.locality, v.country, v.price_minor, v.currency," \
	" v.price_unit, v.price_text, v.capacity, v.rating, v.rating_count, v.published, v.source_updated_at," \
	" v.first_seen, v.last_seen, v.changed_at, v.removed_at, v.properties," \
	" v.partner_verdict"
#define DISTANCE "vigie_km(v.latitude, v.longitude, ?, ?)"

static void
point(struct builder *b, const struct catalogue_filter *f)
{
	param(b, (struct param){ .real = f->near_lat, .is_real = true });
	param(b, (struct param){ .real = f->near_lon, .is_real = true });
}

static void
where_spot(struct builder *b, const struct catalogue_filter *f)
{
	struct cell_range ranges[NEAR_RANGES];
	size_t n = near_cover(f->near_lat, f->near_lon, f->near_km, ranges);
	/* DISTINCT keeps it a list of rows of its own, made first. */
	where(b, "v.row IN (");
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b->sql, "%sSELECT row FROM spot WHERE cell BETWEEN %" PRId64 " AND %" PRId64,
		    i > 0 ? " UNION ALL " : "", ranges[i].low, ranges[i].high);
	buf_char(&b->sql, ')');
}

static void
from_near(struct builder *b, const struct catalogue_filter *f)
{
	if (!b->unplaced)
		where_spot(b, f);
	where(b, DISTANCE " <= ?");
	point(b, f);
	param(b, (struct param){ .real = f->near_km, .is_real = true });
}

/* Entries of texts that are no longer anybody's are in the index too. */
static void
from_search(struct builder *b, const struct catalogue_filter *f)
{
	if (!b->indexed) {
		buf_str(&b->sql, " FROM listing_all v");
		where(b, "false");
		return;
	}
	buf_str(&b->sql, " FROM texts.search s CROSS JOIN text_batch b ON b.first ="
	    " (SELECT max(first) FROM text_batch WHERE first <= s.rowid)"
	    " CROSS JOIN trace t ON t.row = b.row + s.rowid - b.first AND t.text = s.rowid AND t.present"
	    " CROSS JOIN listing_all v ON v.row = t.row");
	index_match(&b->match, f->search);
	where_text(b, "s.search MATCH ?", (struct text){ b->match.data, b->match.len });
}

static void
ask_listings(struct builder *b, const struct catalogue_filter *f)
{
	bool near = is_near(f);
	buf_str(&b->sql, "SELECT " LISTING_COLUMNS);
	if (near) {
		buf_str(&b->sql, ", " DISTANCE " AS distance_km");
		point(b, f);
	}
	if (f->search != NULL)
		from_search(b, f);
	else
		buf_str(&b->sql, " FROM listing_all v");
	if (near)
		from_near(b, f);
	if (f->partner != NULL)
		where_text(b, "v.partner = ?", text_of(f->partner));
	if (f->kind != NULL)
		where_text(b, "v.kind = ?", text_of(f->kind));
	if (f->uid != NULL)
		where_uid(b, f->uid);
	if (!f->removed)
		where(b, "v.removed_at IS NULL AND v.published");
	buf_str(&b->sql, near ? " ORDER BY distance_km, v.partner, v.external_id"
	    : f->search != NULL ? b->indexed ? " ORDER BY s.rank" : "" : " ORDER BY v.partner, v.external_id");
}

static void
ask_partners(struct builder *b, const struct catalogue_filter *f)
{
	buf_str(&b->sql, "SELECT v.*, CASE p.hold WHEN 1 THEN 'brake' WHEN 2 THEN 'rotated' WHEN 3 THEN 'empty' END"
	    " AS hold, p.held AS held, strftime('%Y-%m-%dT%H:%M:%SZ', p.hold_since_ms / 1000, 'unixepoch') AS hold_since,"
	    " p.failures AS failures, p.outside_count AS outside, p.withdrawn AS withdrawn,"
	    " (SELECT count(*) FROM quarantine q WHERE q.partner_id = p.partner_id) AS quarantined"
	    " FROM partners v JOIN partner p ON p.partner = v.partner");
	if (f->partner != NULL)
		where_text(b, "v.partner = ?", text_of(f->partner));
	buf_str(&b->sql, " ORDER BY v.partner");
}

static void
ask_runs(struct builder *b, const struct catalogue_filter *f)
{
	buf_str(&b->sql, "SELECT v.* FROM runs v");
	if (f->partner != NULL)
		where_text(b, "v.partner = ?", text_of(f->partner));
	buf_str(&b->sql, " ORDER BY v.run DESC");
}

static void
ask_changes(struct builder *b, const struct catalogue_filter *f)
{
	buf_str(&b->sql, "SELECT v.* FROM changes v");
	where(b, "v.change > ?");
	param(b, (struct param){ .integer = f->after });
	if (f->partner != NULL)
		where_text(b, "v.partner = ?", text_of(f->partner));
	if (f->uid != NULL)
		where_text(b, "v.uid = ?", text_of(f->uid));
	buf_str(&b->sql, " ORDER BY v.change");
}

static void
ask_quarantine(struct builder *b, const struct catalogue_filter *f)
{
	/* 200 characters: the cut at 800 bytes never splits one of them. */
	buf_str(&b->sql, "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', q.last_seen_ms / 1000, 'unixepoch') AS at,"
	    " v.partner AS partner, nullif(q.external_id, '') AS external_id, q.reason AS reason,"
	    " substr(CAST(substr(r.raw, 1, 800) AS TEXT), 1, 200) AS raw,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', q.first_seen_ms / 1000, 'unixepoch') AS first_seen, q.times AS times"
	    " FROM quarantine q JOIN partner v ON v.partner_id = q.partner_id"
	    " LEFT JOIN quarantine_raw r ON r.number = q.number");
	if (f->partner != NULL)
		where_text(b, "v.partner = ?", text_of(f->partner));
	buf_str(&b->sql, " ORDER BY q.last_seen_ms DESC, q.number DESC");
}

/* Changes of contents, evidence of absences, and when it was last seen. */
static void
ask_why(struct builder *b, const struct catalogue_filter *f)
{
	struct text partner, id;
	split_uid(f->uid != NULL ? f->uid : "", &partner, &id);
	buf_str(&b->sql, "WITH one AS (SELECT l.row AS row,"
	    " coalesce(nullif(l.changed_ms, 0), p.loaded_ms) AS changed_ms, l.removed_ms AS removed_ms"
	    " FROM partner p JOIN listing l ON l.partner_id = p.partner_id"
	    " WHERE p.partner = ? AND l.external_id = ? AND p.loading = 0),"
	    " story (ms, part, n, at_ms, event, run, note) AS ("
	    "SELECT c.at_ms, 0, c.change, c.at_ms, CASE c.op WHEN 1 THEN 'added' WHEN 2 THEN 'changed'"
	    " WHEN 5 THEN 'withdrawn' ELSE 'published' END, c.run, NULL"
	    " FROM change_log c WHERE c.row = (SELECT row FROM one) AND c.op IN (1, 2, 5, 6)"
	    " UNION ALL SELECT a.at_ms, 2, a.absence, a.at_ms, a.event, a.run,"
	    " coalesce(a.note || coalesce('; ' || r.change_note, ''), r.change_note)"
	    " FROM absence a LEFT JOIN run r ON r.run = a.run WHERE a.row = (SELECT row FROM one)"
	    /* After whatever the run that saw it last did, though that happened when it finished. */
	    " UNION ALL SELECT max(o.changed_ms, coalesce(m.seen_ms, t.seen_ms), coalesce((SELECT max(a.at_ms) FROM absence a"
	    " WHERE a.row = o.row AND a.event IN ('returned', 'restored')), 0)), 3, 0,"
	    " coalesce(m.seen_ms, t.seen_ms), 'last-seen', NULL, NULL"
	    " FROM one o JOIN trace t ON t.row = o.row LEFT JOIN missing m ON m.row = o.row"
	    " WHERE m.row IS NOT NULL OR o.removed_ms IS NOT NULL)"
	    " SELECT strftime('%Y-%m-%dT%H:%M:%SZ', at_ms / 1000, 'unixepoch') AS at, event, run, note FROM story"
	    " ORDER BY ms, part, n");
	param(b, (struct param){ .text = partner });
	param(b, (struct param){ .text = id });
}

static void
ask_missing(struct builder *b, const struct catalogue_filter *f)
{
	/* CROSS JOIN: from `missing`, which is short, outwards. */
	buf_str(&b->sql, "SELECT v.partner || ':' || l.external_id AS uid, l.title AS title,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', m.seen_ms / 1000, 'unixepoch') AS last_seen,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', m.missed_since_ms / 1000, 'unixepoch') AS missed_since,"
	    " m.missed_runs AS missed_runs, m.held AS held, m.kept AS kept"
	    " FROM missing m CROSS JOIN listing l ON l.row = m.row"
	    " CROSS JOIN partner v ON v.partner_id = l.partner_id");
	if (f->partner != NULL)
		where_text(b, "v.partner = ?", text_of(f->partner));
	if (f->uid != NULL) {
		struct text partner, id;
		split_uid(f->uid, &partner, &id);
		where_text(b, "v.partner = ?", partner);
		where_text(b, "l.external_id = ?", id);
	}
	buf_str(&b->sql, " ORDER BY m.held DESC, m.missed_since_ms, m.row");
}

static void
ask_log(struct builder *b, const struct catalogue_filter *f, const char *sql)
{
	buf_str(&b->sql, sql);
	if (f->partner != NULL)
		where_text(b, "v.partner = ?", text_of(f->partner));
	buf_str(&b->sql, " ORDER BY v.at DESC");
}

static void
ask_evidence(struct builder *b, const struct catalogue_filter *f)
{
	ask_log(b, f, "SELECT v.* FROM evidence v");
}

static void
ask_verdicts(struct builder *b, const struct catalogue_filter *f)
{
	ask_log(b, f, "SELECT v.* FROM verdicts v");
}

static void
ask_alerts(struct builder *b, const struct catalogue_filter *f)
{
	ask_log(b, f, "SELECT v.* FROM alerts v");
}

static void
ask_labels(struct builder *b, const struct catalogue_filter *f)
{
	ask_log(b, f, "SELECT v.* FROM labels v");
}

#define STAMP(column) "strftime('%Y-%m-%dT%H:%M:%SZ', " column " / 1000, 'unixepoch')"

static void
ask_letters(struct builder *b, const struct catalogue_filter *f)
{
	(void)f;
	buf_str(&b->sql, "SELECT o.letter AS letter, " STAMP("o.created_ms") " AS created, o.kind AS kind,"
	    " o.recipient AS recipient, o.state AS state, " STAMP("o.due_ms") " AS due, " STAMP("o.sent_ms") " AS sent,"
	    " o.attempts AS attempts, o.last_error AS last_error, o.subject AS subject, o.message_id AS message_id,"
	    " o.thread AS thread, (SELECT group_concat(partner, ' ') FROM (SELECT DISTINCT p.partner FROM outbox_item i"
	    " JOIN alert a ON a.alert = i.alert JOIN partner p ON p.partner_id = a.partner_id"
	    " WHERE i.letter = o.letter)) AS partners FROM outbox o ORDER BY o.letter DESC");
}

static void (*const ask[VIEWS])(struct builder *b, const struct catalogue_filter *f) = {
	[VIEW_LISTINGS] = ask_listings,
	[VIEW_PARTNERS] = ask_partners,
	[VIEW_RUNS] = ask_runs,
	[VIEW_CHANGES] = ask_changes,
	[VIEW_QUARANTINE] = ask_quarantine,
	[VIEW_WHY] = ask_why,
	[VIEW_EVIDENCE] = ask_evidence,
	[VIEW_VERDICTS] = ask_verdicts,
	[VIEW_ALERTS] = ask_alerts,
	[VIEW_LABELS] = ask_labels,
	[VIEW_LETTERS] = ask_letters,
	[VIEW_MISSING] = ask_missing,
};

static int
bind_param(sqlite3_stmt *st, int i, const struct param *p)
{
	if (p->text.s != NULL)
		return sqlite3_bind_text64(st, i, p->text.s, p->text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
	return p->is_real ? sqlite3_bind_double(st, i, p->real) : sqlite3_bind_int64(st, i, p->integer);
}

static sqlite3_stmt *
prepare(struct catalogue *c, const struct builder *b, struct error *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(c->db, b->sql.data, -1, &st, NULL);
	for (int i = 0; rc == SQLITE_OK && i < b->n; i++)
		rc = bind_param(st, i + 1, &b->params[i]);
	if (rc == SQLITE_OK)
		return st;
	catalogue_fail(c, err, "asking the catalogue");
	(void)sqlite3_finalize(st);
	return NULL;
}

struct catalogue_cursor *
catalogue_query(struct catalogue *c, enum catalogue_view view, const struct catalogue_filter *filter,
    struct error *err)
{
	static const struct catalogue_filter none = CATALOGUE_FILTER_INIT;
	struct builder b = { .and = " WHERE " };
	const struct catalogue_filter *f = filter != NULL ? filter : &none;
	int64_t unplaced;
	if (meta_get(c, META_UNPLACED, &unplaced, err) != 0)
		return NULL;
	b.unplaced = unplaced != 0;
	if (f->search != NULL && index_attach(c, err) != 0)
		return NULL;
	b.indexed = c->attached;
	ask[view](&b, f);
	if (f->limit > 0) {
		buf_str(&b.sql, " LIMIT ?");
		param(&b, (struct param){ .integer = (int64_t)f->limit });
	}
	sqlite3_stmt *st = prepare(c, &b, err);
	buf_done(&b.sql);
	buf_done(&b.match);
	if (st == NULL)
		return NULL;
	struct catalogue_cursor *q = xmalloc(sizeof *q);
	*q = (struct catalogue_cursor){ c, st };
	return q;
}

int
cursor_next(struct catalogue_cursor *q, struct error *err)
{
	switch (sqlite3_step(q->st)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return catalogue_fail(q->c, err, "asking the catalogue");
	}
}

int
cursor_columns(const struct catalogue_cursor *q)
{
	return sqlite3_column_count(q->st);
}

const char *
cursor_name(const struct catalogue_cursor *q, int column)
{
	return sqlite3_column_name(q->st, column);
}

enum cursor_type
cursor_type(const struct catalogue_cursor *q, int column)
{
	switch (sqlite3_column_type(q->st, column)) {
	case SQLITE_NULL:
		return CURSOR_NULL;
	case SQLITE_INTEGER:
		return CURSOR_INTEGER;
	case SQLITE_FLOAT:
		return CURSOR_REAL;
	default:
		return CURSOR_TEXT;
	}
}

int64_t
cursor_integer(const struct catalogue_cursor *q, int column)
{
	return sqlite3_column_int64(q->st, column);
}

double
cursor_real(const struct catalogue_cursor *q, int column)
{
	return sqlite3_column_double(q->st, column);
}

const char *
cursor_text(const struct catalogue_cursor *q, int column)
{
	const char *s = (const char *)sqlite3_column_text(q->st, column);
	return s != NULL ? s : "";
}

void
cursor_close(struct catalogue_cursor *q)
{
	if (q == NULL)
		return;
	(void)sqlite3_finalize(q->st);
	free(q);
}
