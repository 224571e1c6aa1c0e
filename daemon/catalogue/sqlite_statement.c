/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements, and how they are prepared, bound and stepped.  All the SQL
 * that runs again and again stands in this table; the schema is in
 * sqlite_schema.c, questions are put together in sqlite_query.c.
 */
#include "catalogue/sqlite_catalogue.h"

#include <errno.h>
#include <math.h>

#include "base/buf.h"

#define OF_PARTNER "row BETWEEN ? AND ?"
#define NO_MESSAGE "due_ms = NULL, attempts = 0, message_id = NULL, media_type = NULL, body = NULL"
#define RIPE "missed_runs >= ? AND missed_since_ms <= ? AND NOT kept AND NOT (held AND ?)"

static const struct statement statements[SQL_WATCH] = {
	[SQL_BEGIN] = { "begin", "BEGIN IMMEDIATE" },
	[SQL_BEGIN_READ] = { "begin", "BEGIN" },
	[SQL_COMMIT] = { "commit", "COMMIT" },
	[SQL_ROLLBACK] = { "roll back", "ROLLBACK" },
	[SQL_SAVEPOINT] = { "begin a step", "SAVEPOINT step" },
	[SQL_RELEASE] = { "end a step", "RELEASE step" },
	[SQL_ROLLBACK_TO] = { "take back a step", "ROLLBACK TO step" },

	[SQL_PARTNER_PUT] = { "put a partner",
	    "INSERT INTO partner (partner, name, theme, website, replaced_by) VALUES (?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT (partner) DO UPDATE SET name = ?2, theme = ?3, website = ?4, replaced_by = ?5"
	    " WHERE name IS NOT ?2 OR theme IS NOT ?3 OR website IS NOT ?4 OR replaced_by IS NOT ?5" },
	[SQL_PARTNER_GET] = { "read a partner",
	    "SELECT partner_id, last_attempt_ms, last_success_ms, next_poll_ms, not_before_ms, failures,"
	    " listing_count, outside_count, confirmed_ms, seed, unnamed_ms, hold, held, hold_since_ms,"
	    " lease_pid, lease_start, lease_boot, loading,"
	    " EXISTS (SELECT 1 FROM missing WHERE row BETWEEN partner_id << 32 AND (partner_id << 32) + 0xffffffff),"
	    " EXISTS (SELECT 1 FROM quarantine q WHERE q.partner_id = p.partner_id)"
	    " FROM partner p WHERE partner = ?" },
	[SQL_PARTNER_LEASE] = { "take the lease",
	    "UPDATE partner SET lease_pid = ?, lease_start = ?, lease_boot = ? WHERE partner_id = ?" },
	[SQL_PARTNER_RELEASE] = { "give the lease back",
	    "UPDATE partner SET lease_pid = 0, lease_start = 0, lease_boot = ''"
	    " WHERE partner = ? AND lease_pid = ? AND lease_start = ? AND lease_boot = ?" },
	[SQL_PARTNER_FINISH] = { "write the partner's state",
	    "UPDATE partner SET last_attempt_ms = ?2, last_success_ms = ?3, next_poll_ms = ?4, not_before_ms = ?5,"
	    " failures = ?6, listing_count = ?7, outside_count = ?8, confirmed_ms = ?9, seed = ?10, unnamed_ms = ?11,"
	    " hold = ?12, held = ?13, hold_since_ms = ?14, last_change_ms = coalesce(?15, last_change_ms),"
	    " verdict_since_ms = CASE WHEN verdict = 'never-seen' AND ?16 THEN ?2 ELSE verdict_since_ms END,"
	    " verdict = CASE WHEN verdict = 'never-seen' AND ?16 THEN 'alive' ELSE verdict END,"
	    " lease_pid = CASE WHEN ?17 THEN 0 ELSE lease_pid END,"
	    " runs_complete = runs_complete + (?18 = 'complete'), runs_partial = runs_partial + (?18 = 'partial'),"
	    " runs_not_modified = runs_not_modified + (?18 = 'not-modified'), runs_failed = runs_failed + (?18 = 'failed'),"
	    " runs_refused = runs_refused + (?18 = 'refused'), all_requests = all_requests + ?19, all_bytes = all_bytes + ?20,"
	    " all_added = all_added + ?21, all_changed = all_changed + ?22, all_removed = all_removed + ?23,"
	    " all_restored = all_restored + ?24, runs_blocked = runs_blocked + (?25 IS 'blocked'),"
	    " runs_redirect = runs_redirect + (?25 IS 'redirect') WHERE partner_id = ?1" },
	[SQL_PARTNER_ACCEPTED] = { "write the partner's state",
	    "UPDATE partner SET listing_count = ?2, outside_count = ?3, hold = 0, held = 0, hold_since_ms = NULL,"
	    " last_change_ms = coalesce(?4, last_change_ms), all_removed = all_removed + ?5 WHERE partner_id = ?1" },

	[SQL_PARTNER_LOADING] = { "begin a first load", "UPDATE partner SET loading = ? WHERE partner_id = ?" },
	[SQL_PARTNER_LOADED] = { "end a first load",
	    "UPDATE partner SET loading = 0, loaded_ms = ? WHERE partner_id = ?" },

	[SQL_WATERMARK_GET] = { "read the watermark",
	    "SELECT watermark, watermark_ms FROM partner WHERE partner_id = ?" },
	[SQL_WATERMARK_PUT] = { "write the watermark",
	    "UPDATE partner SET watermark = ?, watermark_ms = ? WHERE partner_id = ?" },

	[SQL_KNOWN_LISTINGS] = { "load what is known",
	    "SELECT vigie_known(row & 0xffffffff, low, high) FROM trace WHERE " OF_PARTNER " AND present" },
	[SQL_KNOWN_QUARANTINE] = { "load the quarantine",
	    "SELECT number, low, high FROM quarantine WHERE partner_id = ? AND seed = ?" },
	[SQL_VALIDATORS] = { "load the validators",
	    "SELECT low, high, etag, last_modified, next_url FROM validator"
	    " WHERE partner_id = ? AND seed = ? ORDER BY position" },
	[SQL_VALIDATORS_DROP] = { "drop the validators", "DELETE FROM validator WHERE partner_id = ?" },
	[SQL_VALIDATOR_ADD] = { "keep a validator",
	    "INSERT INTO validator (partner_id, position, seed, low, high, etag, last_modified, next_url)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)" },

	[SQL_DATA_VERSION] = { "see who wrote", "PRAGMA main.data_version" },
	[SQL_RUN_NUMBER] = { "number the run", "SELECT coalesce(max(run), 0) + 1 FROM run" },
	[SQL_RUN_ADD] = { "write the run ledger",
	    "INSERT INTO run (run, partner_id, started_ms, finished_ms, outcome, error_kind, http_status, requests,"
	    " bytes, seen, added, changed, removed, restored, missing, quarantined, declared_total, detail, change_note)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)" },
	[SQL_CHANGE_NUMBER] = { "number the changes", "SELECT coalesce(max(change), 0) + 1 FROM change_log" },
	[SQL_ROW_NUMBER] = { "number the rows", "SELECT max(row) FROM listing WHERE " OF_PARTNER },

	[SQL_TEXT_LAST] = { "number the texts", "SELECT first + n - 1, stamp FROM text_batch ORDER BY first DESC LIMIT 1" },
	[SQL_TEXT_ADD] = { "number the texts",
	    "INSERT INTO text_batch (first, row, n, stamp) VALUES (?, ?, ?, random())" },

	[SQL_LISTING_ADD] = { "add a listing",
	    "INSERT INTO listing (row, partner_id, external_id, kind, title, description, language, url, image_url,"
	    " street, postcode, locality, country, currency, price_unit, price_text, properties,"
	    " price_minor, capacity, rating_count, source_updated_ms, latitude, longitude, rating,"
	    " place, published, first_seen_ms, changed_ms) VALUES"
	    " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (partner_id, external_id) DO NOTHING" },
	[SQL_LISTING_UPDATE] = { "change a listing",
	    "UPDATE listing SET kind = ?, title = ?, description = ?, language = ?, url = ?,"
	    " image_url = ?, street = ?, postcode = ?, locality = ?, country = ?, currency = ?, price_unit = ?,"
	    " price_text = ?, properties = ?, price_minor = ?, capacity = ?, rating_count = ?, source_updated_ms = ?,"
	    " latitude = ?, longitude = ?, rating = ?, place = ?, published = ?, changed_ms = ?, removed_ms = NULL, forgotten_ms = NULL"
	    " WHERE row = ?" },
	[SQL_LISTING_FIND] = { "look a listing up",
	    "SELECT l.row, t.content, t.present, t.text FROM listing l JOIN trace t ON t.row = l.row"
	    " WHERE l.partner_id = ? AND l.external_id = ?" },
	[SQL_LISTING_PLACES] = { "look a listing's places up",	/* "0" is what follows "/" */
	    "SELECT row FROM listing WHERE partner_id = ?1 AND external_id = ?2 UNION ALL"
	    " SELECT row FROM listing WHERE partner_id = ?1 AND external_id > ?2 || '/' AND external_id < ?2 || '0'" },
	[SQL_LISTING_OLD] = { "read a listing",
	    "SELECT title, description, locality, latitude, longitude, place, published FROM listing WHERE row = ?" },
	[SQL_LISTING_REMOVE] = { "remove a listing", "UPDATE listing SET removed_ms = ? WHERE row = ?" },

	[SQL_LISTING_DROP] = { "drop what was loaded", "DELETE FROM listing WHERE " OF_PARTNER },

	[SQL_TRACE_ADD] = { "add a listing's trace",
	    "INSERT INTO trace (row, present, low, high, content, seen_ms, text) VALUES (?, 1, ?, ?, ?, ?, ?)" },
	[SQL_TRACE_UPDATE] = { "change a listing's trace",
	    "UPDATE trace SET present = 1, low = ?, high = ?, content = ?, seen_ms = ?, text = ? WHERE row = ?" },
	[SQL_TRACE_HASH] = { "change a listing's trace",
	    "UPDATE trace SET low = ?, high = ?, seen_ms = ? WHERE row = ?" },
	[SQL_TRACE_SEEN] = { "change a listing's trace", "UPDATE trace SET seen_ms = ? WHERE row = ?" },
	[SQL_TRACE_REMOVE] = { "remove a listing's trace",
	    "UPDATE trace SET present = 0, seen_ms = coalesce((SELECT seen_ms FROM missing WHERE missing.row = trace.row),"
	    " max(seen_ms, coalesce(?, seen_ms))) WHERE row = ? AND present RETURNING 1" },
	[SQL_TRACE_PRESENT] = { "list what is present",
	    "SELECT row, seen_ms FROM trace WHERE " OF_PARTNER " AND present" },

	[SQL_TRACE_DROP] = { "drop what was loaded", "DELETE FROM trace WHERE " OF_PARTNER },

	[SQL_PLACE_ADD] = { "place a listing", "INSERT INTO spot (cell, row) VALUES (?, ?)" },
	[SQL_PLACE_DROP] = { "move a listing", "DELETE FROM spot WHERE cell = ? AND row = ?" },

	/* Removed listings keep their place: they can be asked for. */
	[SQL_PLACE_ALL] = { "place all listings",
	    "INSERT INTO spot (cell, row) SELECT vigie_cell(l.latitude, l.longitude), l.row"
	    " FROM listing l JOIN partner p ON p.partner_id = l.partner_id"
	    " WHERE p.loading = 0 AND l.latitude IS NOT NULL AND l.longitude IS NOT NULL ORDER BY 1, 2" },
	[SQL_PLACE_NONE] = { "forget all places", "DELETE FROM spot" },

	[SQL_CHANGE_ADD] = { "log a change",
	    "INSERT INTO change_log (change, at_ms, run, row, op) VALUES (?, ?, ?, ?, ?)" },
	[SQL_CHANGES_ADDED] = { "log the added",
	    "INSERT INTO change_log (change, at_ms, run, row, op)"
	    " SELECT row + ?, ?, ?, row, 1 FROM trace WHERE " OF_PARTNER },
	[SQL_ABSENCE_ADD] = { "keep evidence of an absence",
	    "INSERT INTO absence (row, run, at_ms, event, note) VALUES (?, ?, ?, ?, ?)" },

	[SQL_MISSING_ALL] = { "list what is missing",
	    "SELECT row, seen_ms, missed_runs, missed_since_ms, kept, held FROM missing WHERE " OF_PARTNER },
	[SQL_MISSING_ADD] = { "note what is missing",
	    "INSERT INTO missing (row, seen_ms, missed_runs, missed_since_ms, kept) VALUES (?, ?, ?, ?, ?)"
	    " ON CONFLICT DO NOTHING" },
	[SQL_MISSING_TOMBSTONE] = { "note a withdrawal",
	    "INSERT INTO missing (row, seen_ms, missed_runs, kept)"
	    " SELECT row, max(seen_ms, coalesce(?, seen_ms)), 0, 0 FROM trace WHERE row = ? ON CONFLICT DO NOTHING" },
	[SQL_MISSING_UPDATE] = { "count an absence",
	    "UPDATE missing SET missed_runs = ?, missed_since_ms = ?, kept = ? WHERE row = ?" },
	[SQL_MISSING_DROP] = { "end an absence", "DELETE FROM missing WHERE row = ?" },
	[SQL_MISSING_RIPE_COUNT] = { "count what is to be removed",
	    "SELECT count(*) FROM missing WHERE " OF_PARTNER " AND " RIPE },
	[SQL_MISSING_RIPE] = { "list what is to be removed",
	    "SELECT row, missed_runs FROM missing WHERE " OF_PARTNER " AND " RIPE },
	[SQL_MISSING_HELD] = { "list what is on hold",
	    "SELECT row, missed_runs FROM missing WHERE " OF_PARTNER " AND held" },
	[SQL_MISSING_COUNT] = { "count what is missing",
	    "SELECT count(*), coalesce(sum(held), 0) FROM missing WHERE " OF_PARTNER },
	[SQL_MISSING_HOLD] = { "put a removal on hold",
	    "UPDATE missing SET held = 1 WHERE row = ? AND NOT held" },
	[SQL_MISSING_UNHOLD] = { "end a hold", "UPDATE missing SET held = 0 WHERE " OF_PARTNER " AND held" },

	[SQL_QUARANTINE_ALL] = { "load the quarantine",
	    "SELECT number, low, high FROM quarantine WHERE partner_id = ?" },
	[SQL_QUARANTINE_ADD] = { "put an item in quarantine",
	    "INSERT INTO quarantine (partner_id, seed, low, high, external_id, reason, first_seen_ms, last_seen_ms,"
	    " last_run) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)"
	    " ON CONFLICT (partner_id, low, high, external_id) DO UPDATE SET"
	    " reason = ?6, last_seen_ms = ?7, last_run = ?8, times = times + 1"
	    " RETURNING number, times, first_seen_ms" },
	[SQL_QUARANTINE_SEEN] = { "see an item in quarantine again",
	    "UPDATE quarantine SET last_seen_ms = ?, last_run = ?, times = times + 1 WHERE number = ?"
	    " RETURNING external_id, first_seen_ms" },
	[SQL_QUARANTINE_RAW_ADD] = { "put an item in quarantine",
	    "INSERT INTO quarantine_raw (number, raw) VALUES (?, ?)" },
	[SQL_QUARANTINE_OTHER_SEED] = { "read the quarantine",
	    "SELECT q.number, r.raw FROM quarantine q JOIN quarantine_raw r ON r.number = q.number"
	    " WHERE q.partner_id = ? AND q.seed <> ? ORDER BY q.number" },
	[SQL_QUARANTINE_REHASH] = { "hash the quarantine again",
	    "UPDATE OR REPLACE quarantine SET seed = ?, low = ?, high = ? WHERE number = ?" },
	[SQL_QUARANTINE_DROP] = { "let an item out of quarantine",
	    "DELETE FROM quarantine WHERE number = ? AND last_run <> ?" },
	[SQL_QUARANTINE_DROP_UNSEEN] = { "empty the quarantine",
	    "DELETE FROM quarantine WHERE partner_id = ? AND last_run <> ?" },
	[SQL_QUARANTINE_NAMED] = { "read the quarantine",
	    "SELECT number, external_id FROM quarantine WHERE partner_id = ? AND external_id <> '' AND last_run <> ?" },

	[SQL_FORGOTTEN_ANY] = { "look for what is forgotten", "SELECT 1 FROM forgotten WHERE partner_id = ? LIMIT 1" },
	[SQL_FORGOTTEN_HAS] = { "look for what is forgotten", "SELECT 1 FROM forgotten WHERE partner_id = ? AND hash = ?" },
	[SQL_FORGOTTEN_ADD] = { "forget a listing",
	    "INSERT INTO forgotten (partner_id, hash, at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING" },
	[SQL_FORGOTTEN_DROP] = { "remember a listing",
	    "DELETE FROM forgotten WHERE partner_id = ? AND hash = ? RETURNING 1" },
	/* Answers that somebody keeps are no longer true either: key 3 is META_TURN. */
	[SQL_FORGOTTEN_COUNT] = { "forget a listing", "UPDATE meta SET value = value + 1 WHERE key IN (3, 4)" },
	[SQL_FORGET_PLACE] = { "forget a place",
	    "DELETE FROM spot WHERE row = ?1 AND cell = (SELECT vigie_cell(latitude, longitude) FROM listing"
	    " WHERE row = ?1 AND latitude IS NOT NULL AND longitude IS NOT NULL)" },
	[SQL_FORGET_TRACE] = { "forget a listing", "UPDATE trace SET low = 0, high = 0, content = 0 WHERE row = ?" },
	/* What stays: its name, its kind, and when it came and went, of which feeds tell. */
	[SQL_FORGET_LISTING] = { "forget a listing",
	    "UPDATE listing SET title = NULL, description = NULL, language = NULL, url = NULL, image_url = NULL,"
	    " street = NULL, postcode = NULL, locality = NULL, country = NULL, currency = NULL, price_unit = NULL,"
	    " price_text = NULL, properties = '{}', price_minor = NULL, capacity = NULL, rating_count = NULL,"
	    " source_updated_ms = NULL, latitude = NULL, longitude = NULL, rating = NULL, forgotten_ms = ? WHERE row = ?" },
	[SQL_FORGET_QUARANTINE] = { "forget what is in quarantine",
	    "DELETE FROM quarantine WHERE partner_id = ? AND external_id = ?" },
	[SQL_FORGET_UNNAMED] = { "forget what is in quarantine",
	    "DELETE FROM quarantine_raw WHERE number IN"
	    " (SELECT number FROM quarantine WHERE partner_id = ? AND external_id = '')" },
	[SQL_FORGET_MESSAGES] = { "forget messages", "UPDATE hook SET " NO_MESSAGE " WHERE message_id IS NOT NULL" },
	[SQL_PARTNER_FORGOT] = { "write the partner's state",
	    "UPDATE partner SET (listing_count, outside_count, held, hold, hold_since_ms, last_change_ms, all_removed) ="
	    " (SELECT ?2, ?3, n, iif(n > 0, hold, 0), iif(n > 0, hold_since_ms, NULL), ?6, all_removed + 1"
	    " FROM (SELECT count(*) AS n FROM missing WHERE row BETWEEN ?4 AND ?5 AND held)) WHERE partner_id = ?1" },
	[SQL_WATERMARK_DROP] = { "drop the watermark",
	    "UPDATE partner SET watermark = NULL, watermark_ms = NULL WHERE partner_id = ?" },
	[SQL_PURGE_DUE] = { "look for what is to be purged",
	    "SELECT row FROM listing WHERE removed_ms < ? AND forgotten_ms IS NULL ORDER BY removed_ms LIMIT ?" },
	/* Of a partner that answers, what is in quarantine is as present as its listings. */
	[SQL_PURGE_QUARANTINE] = { "purge the quarantine",
	    "DELETE FROM quarantine WHERE number IN (SELECT q.number FROM partner p JOIN quarantine q USING (partner_id)"
	    " WHERE coalesce(p.confirmed_ms, 0) < ?1 AND q.last_seen_ms < ?1 LIMIT ?2)" },
	[SQL_PURGE_MESSAGES] = { "purge messages",
	    "UPDATE hook SET " NO_MESSAGE " WHERE message_id IS NOT NULL"
	    " AND min(coalesce(disabled_ms, first_failure_ms), coalesce(first_failure_ms, disabled_ms)) < ?1 AND ?2" },

	[SQL_META_GET] = { "read the catalogue's state", "SELECT value FROM meta WHERE key = ?" },
	[SQL_META_PUT] = { "write the catalogue's state",
	    "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2" },

	/* First in its transaction, so that only that file is locked. */
	[SQL_INDEX_LOCK] = { "lock the index", "UPDATE texts.state SET position = position" },
	[SQL_INDEX_STATE] = { "read the state of the index", "SELECT position, stamp, entries FROM texts.state" },
	[SQL_INDEX_PUT] = { "write the state of the index", "UPDATE texts.state SET position = ?, stamp = ?, entries = ?" },
	[SQL_INDEX_STAMP] = { "compare the index", "SELECT stamp FROM text_batch WHERE first <= ?1 AND first + n > ?1"
	    " ORDER BY first DESC LIMIT 1" },
	[SQL_INDEX_LIVE] = { "count the texts", "SELECT coalesce(sum(listing_count), 0),"
	    " coalesce(max(loading), 0) FROM partner" },
	[SQL_INDEX_WAITING] = { "read the texts to index",
	    "SELECT t.text, l.title, l.description, l.locality FROM main.text_batch b"
	    " CROSS JOIN main.trace t CROSS JOIN main.listing l"
	    " WHERE b.first >= coalesce((SELECT max(first) FROM main.text_batch WHERE first <= ?1 + 1), 0)"
	    " AND t.row BETWEEN b.row + max(0, ?1 + 1 - b.first) AND b.row + b.n - 1"
	    " AND t.text = b.first + t.row - b.row AND t.present AND l.row = t.row"
	    " ORDER BY b.first, t.row LIMIT ?2" },
	[SQL_INDEX_ADD] = { "index a text",
	    "INSERT INTO texts.search (rowid, title, description, locality) VALUES (?, ?, ?, ?)" },
	[SQL_INDEX_CLEAR] = { "empty the index", "INSERT INTO texts.search (search) VALUES ('delete-all')" },
	[SQL_INDEX_FORGOTTEN] = { "read the state of the index", "SELECT forgotten FROM texts.state" },
	[SQL_INDEX_FORGOT] = { "write the state of the index", "UPDATE texts.state SET forgotten = ?" },
	[SQL_INDEX_MERGE] = { "merge the index", "INSERT INTO texts.search (search, rank) VALUES ('merge', ?)" },

	[SQL_PRUNE_CHANGES_END] = { "drop old changes",
	    "SELECT max(change), max(at_ms) FROM (SELECT change, at_ms FROM change_log WHERE change > ? ORDER BY change LIMIT ?)" },
	/* The last change of a listing that is there stays: who reads all changes gets all that is there.  What is published
	 * or withdrawn with its partner is none of its own, and has no run. */
	[SQL_PRUNE_CHANGES] = { "drop old changes",
	    "DELETE FROM change_log WHERE change BETWEEN ? AND ? AND at_ms < ? AND change < (SELECT max(change) FROM change_log)"
	    " AND NOT (op <> 3 AND run IS NOT NULL AND EXISTS (SELECT 1 FROM listing l WHERE l.row = change_log.row"
	    " AND l.removed_ms IS NULL AND l.changed_ms <= change_log.at_ms))" },
	[SQL_PRUNE_TEXTS_END] = { "drop old numbers of texts",
	    "SELECT max(first) FROM (SELECT first FROM text_batch WHERE first > ? ORDER BY first LIMIT ?)" },
	/* The numbers of texts that are no longer anybody's; the last ones stay, so that none is given twice. */
	[SQL_PRUNE_TEXTS] = { "drop old numbers of texts",
	    "DELETE FROM text_batch WHERE first IN (SELECT b.first FROM text_batch b WHERE b.first BETWEEN ? AND ?"
	    " AND b.first < (SELECT max(first) FROM text_batch) AND NOT EXISTS (SELECT 1 FROM trace t"
	    " WHERE t.row BETWEEN b.row AND b.row + b.n - 1 AND t.text = b.first + t.row - b.row))" },
	[SQL_PRUNE_RUNS] = { "drop old runs",
	    "DELETE FROM run WHERE run IN (SELECT run FROM run WHERE finished_ms < ?"
	    " AND run < (SELECT max(run) FROM run) LIMIT ?)" },
	[SQL_PRUNE_ABSENCES] = { "drop old absences",
	    "DELETE FROM absence WHERE absence IN (SELECT absence FROM absence WHERE at_ms < ? LIMIT ?)" },
};

/* SQLite has a code of its own for a full disk, but not for a quota, nor for memory that is shared by way of a file. */
static bool
is_full(sqlite3 *db)
{
	int code = sqlite3_errcode(db) & 0xff, why = sqlite3_system_errno(db);
	return code == SQLITE_FULL || (code == SQLITE_IOERR && (why == ENOSPC || why == EDQUOT));
}

int
catalogue_fail(struct catalogue *c, struct error *err, const char *doing)
{
	if (wait_stopped(c))
		return error_set(err, ERROR_BUSY, "%s: %s: given up, for it is time to end", c->path, doing);
	if (is_full(c->db)) {
		c->full = true;
		return error_set(err, ERROR_FULL, "%s: %s: the disk is full", c->path, doing);
	}
	if (sqlite3_errcode(c->db) == SQLITE_CORRUPT || sqlite3_errcode(c->db) == SQLITE_NOTADB) {
		c->damaged = true;
		return error_set(err, ERROR_DAMAGED, "%s: %s: %s: keep this file; « vigie check » tells how much is damaged, "
		    "« vigie restore FILE » puts a backup in its place", c->path, doing, sqlite3_errmsg(c->db));
	}
	if (sqlite3_errcode(c->db) == SQLITE_INTERRUPT)
		return error_set(err, ERROR_TIMEOUT, "%s: %s: it took too long", c->path, doing);
	return error_set(err, ERROR_CATALOGUE, "%s: %s: %s", c->path, doing, sqlite3_errmsg(c->db));
}

static const struct statement *
statement_of(enum sql sql)
{
	if (sql < SQL_WATCH)
		return &statements[sql];
	return sql < SQL_READ ? &watch_statements[sql - SQL_WATCH] : &reading_statements[sql - SQL_READ];
}

struct query
query(struct catalogue *c, enum sql sql)
{
	struct query q = { .c = c, .sql = sql, .st = c->statements[sql], .rc = SQLITE_OK };
	if (q.st != NULL)
		return q;
	q.rc = sqlite3_prepare_v3(c->db, statement_of(sql)->sql, -1, SQLITE_PREPARE_PERSISTENT, &q.st, NULL);
	if (q.rc == SQLITE_OK)
		c->statements[sql] = q.st;
	return q;
}

static void
bound(struct query *q, int rc)
{
	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

void
bind_integer(struct query *q, int64_t value)
{
	bound(q, sqlite3_bind_int64(q->st, ++q->bound, value));
}

void
bind_time(struct query *q, int64_t t_ms)
{
	if (t_ms == TIME_NONE)
		bound(q, sqlite3_bind_null(q->st, ++q->bound));
	else
		bind_integer(q, t_ms);
}

void
bind_real(struct query *q, double value)
{
	if (isnan(value))
		bound(q, sqlite3_bind_null(q->st, ++q->bound));
	else
		bound(q, sqlite3_bind_double(q->st, ++q->bound, value));
}

void
bind_text(struct query *q, struct text text)
{
	bound(q, sqlite3_bind_text64(q->st, ++q->bound, text.s, text.len, SQLITE_STATIC, SQLITE_UTF8));
}

void
bind_string(struct query *q, const char *s)
{
	bind_text(q, (struct text){ s, s != NULL ? strlen(s) : 0 });
}

void
bind_blob(struct query *q, struct text blob)
{
	bound(q, sqlite3_bind_blob64(q->st, ++q->bound, blob.s != NULL ? blob.s : "", blob.len, SQLITE_STATIC));
}

void
finish(struct query *q)
{
	/* What a step had to say, it has said. */
	(void)sqlite3_reset(q->st);
}

int
row(struct query *q, struct error *err)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_step(q->st);
	if (q->rc == SQLITE_ROW) {
		q->rc = SQLITE_OK;
		return 1;
	}
	bool done = q->rc == SQLITE_DONE;
	if (!done)
		catalogue_fail(q->c, err, statement_of(q->sql)->doing);
	finish(q);
	return done ? 0 : -1;
}

int
run(struct query *q, struct error *err)
{
	int rc = row(q, err);
	if (rc != 1)
		return rc;
	finish(q);
	return 0;
}

int64_t
column_integer(const struct query *q, int column)
{
	return sqlite3_column_int64(q->st, column);
}

int64_t
column_time(const struct query *q, int column)
{
	return sqlite3_column_type(q->st, column) == SQLITE_NULL ? TIME_NONE : column_integer(q, column);
}

double
column_real(const struct query *q, int column)
{
	return sqlite3_column_type(q->st, column) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(q->st, column);
}

struct text
column_text(const struct query *q, int column)
{
	const char *s = (const char *)sqlite3_column_text(q->st, column);
	return (struct text){ s, s != NULL ? (size_t)sqlite3_column_bytes(q->st, column) : 0 };
}

char *
column_copy(const struct query *q, int column)
{
	struct text text = column_text(q, column);
	return text.s != NULL ? xstrndup(text.s, text.len) : NULL;
}

struct text
column_blob(const struct query *q, int column)
{
	const char *s = sqlite3_column_blob(q->st, column);
	return (struct text){ s, s != NULL ? (size_t)sqlite3_column_bytes(q->st, column) : 0 };
}

void
statements_done(struct catalogue *c)
{
	for (size_t i = 0; i < SQL_STATEMENTS; i++) {
		/* finalize repeats the error of the last step, which was reported. */
		(void)sqlite3_finalize(c->statements[i]);
		c->statements[i] = NULL;
	}
}

static int
simple(struct catalogue *c, enum sql sql, struct error *err)
{
	struct query q = query(c, sql);
	return run(&q, err);
}

static bool
is_outermost(const struct catalogue *c)
{
	return !c->group && c->steps == 0;
}

static int
begin_with(struct catalogue *c, enum sql outermost, struct error *err)
{
	int rc;
	if (is_outermost(c))
		rc = simple(c, outermost, err);
	else if (sqlite3_get_autocommit(c->db) != 0)
		rc = error_set(err, ERROR_CATALOGUE, "%s: an earlier failure undid this group of steps", c->path);
	else
		rc = simple(c, SQL_SAVEPOINT, err);
	c->steps += rc == 0;
	return rc;
}

int
step_begin(struct catalogue *c, struct error *err)
{
	return begin_with(c, SQL_BEGIN, err);
}

int
step_begin_read(struct catalogue *c, struct error *err)
{
	return begin_with(c, SQL_BEGIN_READ, err);
}

static void
take_back(struct catalogue *c)
{
	/* After some failures (disk full) SQLite has rolled back by itself. */
	if (sqlite3_get_autocommit(c->db) != 0)
		return;
	if (is_outermost(c)) {
		(void)simple(c, SQL_ROLLBACK, NULL);
	} else {
		(void)simple(c, SQL_ROLLBACK_TO, NULL);
		(void)simple(c, SQL_RELEASE, NULL);
	}
}

static int
keep(struct catalogue *c, int rc, struct error *err)
{
	if (rc == 0)
		rc = simple(c, is_outermost(c) ? SQL_COMMIT : SQL_RELEASE, err);
	if (rc != 0)
		take_back(c);
	return rc;
}

int
step_end(struct catalogue *c, int rc, struct error *err)
{
	c->steps--;
	return keep(c, rc, err);
}

int
catalogue_step_begin(struct catalogue *c, struct error *err)
{
	return step_begin(c, err);
}

int
catalogue_step_end(struct catalogue *c, int rc, struct error *err)
{
	return step_end(c, rc, err);
}

bool
catalogue_full(struct catalogue *c)
{
	bool full = c->full;
	c->full = false;
	return full;
}

bool
catalogue_damaged(const struct catalogue *c)
{
	return c->damaged;
}

int
catalogue_begin(struct catalogue *c, struct error *err)
{
	if (c->group)
		return error_set(err, ERROR_CATALOGUE, "%s: a group of steps is open already", c->path);
	if (simple(c, SQL_BEGIN, err) != 0)
		return -1;
	c->group = true;
	return 0;
}

int
catalogue_commit(struct catalogue *c, struct error *err)
{
	if (!c->group)
		return error_set(err, ERROR_CATALOGUE, "%s: no group of steps is open", c->path);
	c->group = false;
	if (sqlite3_get_autocommit(c->db) != 0)
		return error_set(err, ERROR_CATALOGUE, "%s: an earlier failure undid this group of steps", c->path);
	return keep(c, 0, err);
}
