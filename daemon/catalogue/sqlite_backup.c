/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/buf.h"
#include "catalogue/forget.h"
#include "catalogue/sqlite_catalogue.h"

enum { STEP_PAGES = 2048 };

struct backup {
	sqlite3 *from, *to;
	sqlite3_backup *job;
	int64_t page_bytes;
};

static int
fail(sqlite3 *db, const char *what, struct error *err)
{
	return error_set(err, ERROR_CATALOGUE, "%s: %s", what, db != NULL ? sqlite3_errmsg(db) : "out of memory");
}

/* Within a transaction that reads, the file stays as it is for us, however much others write. */
static int
begin(struct backup *b, const char *from, const char *to, struct error *err)
{
	if (sqlite3_open_v2(from, &b->from, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(b->from, WAIT_MS) != SQLITE_OK ||
	    sqlite3_exec(b->from, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) != SQLITE_OK)
		return fail(b->from, from, err);
	if (sqlite3_open_v2(to, &b->to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return fail(b->to, to, err);
	b->job = sqlite3_backup_init(b->to, "main", b->from, "main");
	return b->job != NULL ? 0 : fail(b->to, to, err);
}

struct backup *
backup_new(const char *from, const char *to, struct error *err)
{
	struct backup *b = xcalloc(1, sizeof *b);
	sqlite3_stmt *st = NULL;
	if (begin(b, from, to, err) != 0) {
		backup_free(b);
		return NULL;
	}
	if (sqlite3_prepare_v2(b->from, "PRAGMA page_size", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		b->page_bytes = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return b;
}

void
backup_free(struct backup *b)
{
	if (b == NULL)
		return;
	(void)sqlite3_backup_finish(b->job);
	(void)sqlite3_close(b->from);
	(void)sqlite3_close(b->to);
	free(b);
}

/* One file, which needs none beside it to be read. */
static int
finish_copy(struct backup *b, struct error *err)
{
	int rc = sqlite3_backup_finish(b->job);
	b->job = NULL;
	if (rc != SQLITE_OK || sqlite3_exec(b->to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK)
		return fail(b->to, "the copy cannot be finished", err);
	return 0;
}

int
backup_step(struct backup *b, uint64_t *ret_done, uint64_t *ret_all, struct error *err)
{
	int rc = sqlite3_backup_step(b->job, STEP_PAGES);
	int all = sqlite3_backup_pagecount(b->job), left = sqlite3_backup_remaining(b->job);
	*ret_all = (uint64_t)(all * b->page_bytes);
	*ret_done = (uint64_t)((all - left) * b->page_bytes);
	if (rc == SQLITE_DONE)
		return finish_copy(b, err);
	if (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return 1;
	return error_set(err, ERROR_CATALOGUE, "copying the catalogue: %s", sqlite3_errstr(rc));
}

/* ---- who has it open */

static int64_t
locked_by(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	bool locked = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	(void)close(fd);
	return locked ? lock.l_pid : 0;
}

/* SQLite keeps a lock on the shared memory of the WAL for as long as a file is open. */
int64_t
catalogue_user(const char *path)
{
	static const char *const files[] = { "", "-shm" };
	struct buf name = BUF_INIT;
	int64_t user = 0;
	for (size_t i = 0; i < sizeof files / sizeof files[0] && user == 0; i++) {
		buf_clear(&name);
		buf_str(&name, path);
		buf_str(&name, files[i]);
		user = locked_by(name.data);
	}
	buf_done(&name);
	return user;
}

/* ---- a copy that goes back */

#define NOW "(SELECT now_ms FROM restoring)"
#define BEFORE "(SELECT before FROM restoring)"	/* the copy's last change */
#define LAST "(SELECT last FROM restoring)"		/* the last change that anybody was told of */
#define TAKEN "verdict, verdict_since_ms, probability, withdrawn, withdrawn_ms, runs_complete, runs_partial, runs_not_modified," \
	" runs_failed, runs_refused, all_requests, all_bytes, all_added, all_changed, all_removed, all_restored," \
	" runs_blocked, runs_redirect"
#define TAKE(table) "DELETE FROM main." table, "INSERT INTO main." table " SELECT * FROM later." table
#define ADD(table, key) "INSERT INTO main." table " SELECT * FROM later." table " WHERE " key \
	" > coalesce((SELECT max(" key ") FROM main." table "), 0)"
#define SAY(rows) "INSERT INTO main.change_log (change, at_ms, run, row, op)" \
	" SELECT " LAST " + row_number() OVER (ORDER BY t.row), " NOW ", 0, t.row, iif(t.present, 2, 3) FROM main.trace t " rows
/* 2^40: no daemon can have gone further, and a whole number in JSON has room for thousands of them (2^53). */
#define JUMP "1099511627776"

/* What only held for whom it was written: validators, marks of feeds, leases, loads under way, absences in a row. */
static const char *const in_any_case[] = {
	"DELETE FROM main.listing WHERE row >> 32 IN (SELECT partner_id FROM main.partner WHERE loading <> 0)",
	"DELETE FROM main.trace WHERE row >> 32 IN (SELECT partner_id FROM main.partner WHERE loading <> 0)",
	"UPDATE main.partner SET loading = 0, lease_pid = 0, lease_start = 0, lease_boot = '', watermark = NULL, watermark_ms = NULL",
	"DELETE FROM main.validator",
	"UPDATE main.missing SET missed_runs = 0, missed_since_ms = NULL",
	NULL
};

/* Listings go back.  What is known of partners, what was told and answered, and what was forgotten, stays. */
static const char *const known_later[] = {
	"CREATE TEMP TABLE came AS SELECT l.row FROM later.listing l JOIN later.partner p ON p.partner_id = l.partner_id"
	" WHERE p.loading = 0 AND NOT EXISTS (SELECT 1 FROM main.listing m WHERE m.row = l.row)",
	"INSERT INTO main.partner (partner_id, partner, name, theme, website, replaced_by) SELECT partner_id, partner, name, theme,"
	" website, replaced_by FROM later.partner o WHERE NOT EXISTS (SELECT 1 FROM main.partner m WHERE m.partner_id = o.partner_id)",
	"UPDATE main.partner SET (" TAKEN ") = (SELECT " TAKEN " FROM later.partner o WHERE o.partner_id = main.partner.partner_id)",
	ADD("run", "run"), ADD("absence", "absence"),
	"INSERT INTO main.absence (row, run, at_ms, event, note) SELECT m.row, NULL, " NOW ", 'restored', 'with a backup'"
	" FROM main.trace m JOIN later.trace t ON t.row = m.row WHERE m.present AND NOT t.present",
	"INSERT INTO main.absence (row, run, at_ms, event, note) SELECT t.row, NULL, " NOW ", 'removed', 'not in the backup that was"
	" restored' FROM later.trace t WHERE t.present AND t.row IN (SELECT row FROM came)",
	"INSERT INTO main.listing SELECT * FROM later.listing WHERE row IN (SELECT row FROM came)",
	"UPDATE main.listing SET removed_ms = coalesce(removed_ms, " NOW ") WHERE row IN (SELECT row FROM came)",
	"INSERT INTO main.trace SELECT * FROM later.trace WHERE row IN (SELECT row FROM came)",
	"UPDATE main.trace SET present = 0 WHERE row IN (SELECT row FROM came)",
	"INSERT INTO main.spot (cell, row) SELECT vigie_cell(latitude, longitude), row FROM main.listing WHERE row IN (SELECT row FROM came)"
	" AND latitude IS NOT NULL AND longitude IS NOT NULL AND coalesce((SELECT value FROM main.meta WHERE key = 2), 0) = 0",
	"DELETE FROM main.outbox_item",
	TAKE("detector"), TAKE("watch_note"), TAKE("verdict_log"), TAKE("label"), TAKE("alert"), TAKE("outbox"),
	"INSERT INTO main.outbox_item SELECT * FROM later.outbox_item",
	TAKE("evidence_log"), TAKE("hook"), TAKE("forgotten"),
	"UPDATE restoring SET last = (SELECT coalesce(max(change), 0) FROM later.change_log)",
	SAY("WHERE t.row IN (SELECT row FROM later.change_log WHERE change > " BEFORE ")"),
	/* Hashes of what is forgotten are of a key: a copy from before there was one gets it too. */
	"UPDATE main.meta SET value = l.value + (l.key = 3) FROM later.meta l WHERE l.key = meta.key AND l.key IN (3, 4, 5, 6)",
	NULL
};

/* All is told again, under numbers that nobody can have been given, but not by hooks, which go on after it. */
static const char *const unknown_later[] = {
	"UPDATE restoring SET last = last + " JUMP,
	SAY(""),
	"UPDATE main.hook SET change = (SELECT max(change) FROM main.change_log), turn = coalesce((SELECT max(number) FROM"
	" main.verdict_log), 0), message_id = NULL, media_type = NULL, body = NULL, events = 0, next_change = NULL, next_turn = NULL,"
	" due_ms = NULL, attempts = 0, first_failure_ms = NULL, last_error = NULL",
	"UPDATE main.alert SET mail_state = 'given-up' WHERE mail_state = 'waiting'",
	"UPDATE main.outbox SET state = 'given-up', claimed_ms = NULL, due_ms = " NOW ", last_error ="
	" 'restored from a backup: it may have been sent since' WHERE state IN ('waiting', 'sending')",
	"UPDATE main.meta SET value = value + " JUMP " WHERE key = 3",
	NULL
};

/* It has the tables of today, the same partners, and what the copy has seen last. */
static const char *const is_later[] = {
	"SELECT (SELECT value FROM later.meta WHERE key = 0) = (SELECT value FROM main.meta WHERE key = 0)",
	"SELECT NOT EXISTS (SELECT 1 FROM main.partner m LEFT JOIN later.partner o ON o.partner_id = m.partner_id"
	" WHERE o.partner IS NOT m.partner)",
	"SELECT NOT EXISTS (SELECT 1 FROM main.change_log m WHERE change = (SELECT max(change) FROM main.change_log) AND NOT EXISTS"
	" (SELECT 1 FROM later.change_log o WHERE (o.change, o.at_ms, o.row, o.op) = (m.change, m.at_ms, m.row, m.op)))",
	NULL
};

/* What the copy still has of what was forgotten since. */
static const char still_there[] =
	"SELECT p.partner || ':' || l.external_id FROM later.listing l JOIN later.partner p ON p.partner_id = l.partner_id"
	" JOIN main.listing m ON m.partner_id = l.partner_id AND m.external_id = l.external_id"
	" WHERE l.forgotten_ms IS NOT NULL AND m.forgotten_ms IS NULL AND 'forgotten' = (SELECT event FROM later.absence a"
	" WHERE a.row = l.row AND event IN ('forgotten', 'remembered') ORDER BY absence DESC LIMIT 1)";

static bool
holds(struct catalogue *c, const char *const *conditions)
{
	bool all = true;
	for (; all && *conditions != NULL; conditions++) {
		sqlite3_stmt *st = NULL;
		all = sqlite3_prepare_v2(c->db, *conditions, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW &&
		    sqlite3_column_int(st, 0) != 0;
		(void)sqlite3_finalize(st);
	}
	return all;
}

static int
fit_in(struct catalogue *c, const char *const *list, int64_t now_ms, struct error *err)
{
	char sql[160];
	const char *const begin[] = { "DROP TABLE IF EXISTS temp.came", "DROP TABLE IF EXISTS temp.restoring", sql, NULL };
	(void)snprintf(sql, sizeof sql, "CREATE TEMP TABLE restoring AS SELECT %" PRId64 " AS now_ms, coalesce(max(change), 0)"
	    " AS before, coalesce(max(change), 0) AS last FROM main.change_log", now_ms);
	if (step_begin(c, err) != 0)
		return -1;
	int rc = exec_all(c, begin, err);
	if (rc == 0)
		rc = exec_all(c, in_any_case, err);
	if (rc == 0)
		rc = exec_all(c, list, err);
	return step_end(c, rc, err);
}

static bool
attach(struct catalogue *c, const char *file)
{
	sqlite3_stmt *st = NULL;
	bool good = sqlite3_prepare_v2(c->db, "ATTACH ? AS later", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(st, 1, file, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(st) == SQLITE_DONE;
	(void)sqlite3_finalize(st);
	return good;
}

struct uids {
	char **list;
	size_t n;
};

static int
read_uids(struct catalogue *c, struct uids *ret, struct error *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(c->db, still_there, -1, &st, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		ret->list = xrealloc(ret->list, ret->n + 1, sizeof *ret->list);
		ret->list[ret->n++] = xstrdup((const char *)sqlite3_column_text(st, 0));
		rc = SQLITE_OK;
	}
	if (rc != SQLITE_DONE)
		catalogue_fail(c, err, "fitting a copy in");
	(void)sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* Whoever asked to be forgotten does not come back with a copy. */
static int
forget_again(struct catalogue *c, int64_t now_ms, struct error *err)
{
	struct uids uids = { .n = 0 };
	int rc = read_uids(c, &uids, err);
	for (size_t i = 0; i < uids.n; i++) {
		struct error why = ERROR_INIT;
		/* A first load that was under way is dropped by whoever goes on. */
		if (rc == 0 && catalogue_forget(c, uids.list[i], now_ms, &why) != 0 && why.kind != ERROR_BUSY) {
			*err = why;
			rc = -1;
		}
		free(uids.list[i]);
	}
	free(uids.list);
	return rc;
}

int
catalogue_restored(struct catalogue *c, const char *after, int64_t now_ms, bool *ret_known, struct error *err)
{
	struct error unread = ERROR_INIT;
	bool attached = after != NULL && attach(c, after);
	*ret_known = attached && holds(c, is_later) && fit_in(c, known_later, now_ms, &unread) == 0 &&
	    forget_again(c, now_ms, &unread) == 0;
	if (attached)
		(void)sqlite3_exec(c->db, "DETACH later", NULL, NULL, NULL);
	/* One that breaks off while it is read is worth no more than none. */
	return *ret_known ? 0 : fit_in(c, unknown_later, now_ms, err);
}
