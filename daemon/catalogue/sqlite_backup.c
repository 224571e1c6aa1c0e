/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "catalogue/forget.h"
#include "catalogue/sqlite_catalogue.h"

enum { STEP_PAGES = 2048, WAIT_MS = 30 * SECOND_MS };

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

/* 2^32: more changes than came since, and JSON's whole numbers (2^53) have room for two million of them. */
#define GAP "4294967296"
#define LAST_CHANGE(schema) "coalesce((SELECT max(change) FROM " schema ".change_log), 0)"
#define SAY_AGAIN(last) \
	"INSERT INTO main.change_log (change, at_ms, run, row, op)" \
	" SELECT " last " + " GAP " + row_number() OVER (ORDER BY row), ?1, 0, row, iif(removed_ms IS NULL, 2, 3) FROM main.listing"

static const char *const known_after[] = {
	SAY_AGAIN("max(" LAST_CHANGE("main") ", " LAST_CHANGE("later") ")"),
	"UPDATE main.outbox SET (state, attempts, claimed_ms, first_failure_ms, last_error, sent_ms) ="
	" (l.state, l.attempts, l.claimed_ms, l.first_failure_ms, l.last_error, l.sent_ms)"
	" FROM later.outbox l WHERE l.message_id = outbox.message_id",
	/* Hashes are of the key: a copy from before there was one gets it too. */
	"UPDATE main.meta SET value = l.value FROM later.meta l WHERE l.key = meta.key AND l.key IN (5, 6)",
	"INSERT OR IGNORE INTO main.forgotten (partner_id, hash, at_ms) SELECT partner_id, hash, at_ms FROM later.forgotten"
	" WHERE partner_id IN (SELECT partner_id FROM main.partner)",
	NULL
};

/* What the copy still has of those. */
static const char still_there[] =
	"SELECT p.partner || ':' || l.external_id FROM later.listing l JOIN later.partner p ON p.partner_id = l.partner_id"
	" JOIN main.listing m ON m.partner_id = l.partner_id AND m.external_id = l.external_id"
	" WHERE l.forgotten_ms IS NOT NULL AND m.forgotten_ms IS NULL AND 'forgotten' = (SELECT event FROM later.absence a"
	" WHERE a.row = l.row AND event IN ('forgotten', 'remembered') ORDER BY absence DESC LIMIT 1)";

static const char *const unknown_after[] = {
	SAY_AGAIN(LAST_CHANGE("main")),
	"UPDATE main.outbox SET state = 'given-up', last_error = 'restored from a backup: it may have been sent since'"
	" WHERE state IN ('waiting', 'sending')",
	NULL
};

static const char *const in_any_case[] = {
	"UPDATE main.hook SET change = " LAST_CHANGE("main") ", turn = coalesce((SELECT max(number) FROM main.verdict_log), 0),"
	" message_id = NULL, media_type = NULL, body = NULL, events = 0, next_change = NULL, next_turn = NULL, due_ms = NULL,"
	" attempts = 0, first_failure_ms = NULL, last_error = NULL",
	"UPDATE main.partner SET lease_pid = 0",
	NULL
};

static int
change_all(struct catalogue *c, const char *const *list, int64_t now_ms, struct error *err)
{
	for (; *list != NULL; list++) {
		sqlite3_stmt *st = NULL;
		int rc = sqlite3_prepare_v2(c->db, *list, -1, &st, NULL);
		if (rc == SQLITE_OK && sqlite3_bind_parameter_count(st) > 0)
			rc = sqlite3_bind_int64(st, 1, now_ms);
		if (rc == SQLITE_OK)
			rc = sqlite3_step(st);
		if (rc != SQLITE_DONE)
			catalogue_fail(c, err, "fitting a copy in");
		(void)sqlite3_finalize(st);
		if (rc != SQLITE_DONE)
			return -1;
	}
	return 0;
}

static int
fit_in(struct catalogue *c, const char *const *list, int64_t now_ms, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	int rc = change_all(c, list, now_ms, err);
	if (rc == 0)
		rc = change_all(c, in_any_case, now_ms, err);
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
catalogue_restored(struct catalogue *c, const char *after, int64_t now_ms, struct error *err)
{
	struct error unread = ERROR_INIT;
	if (after == NULL || !attach(c, after))
		return fit_in(c, unknown_after, now_ms, err);
	/* One that breaks off while it is read is worth no more than none. */
	int rc = fit_in(c, known_after, now_ms, &unread);
	if (rc == 0)
		rc = forget_again(c, now_ms, &unread);
	(void)sqlite3_exec(c->db, "DETACH later", NULL, NULL, NULL);
	return rc == 0 ? 0 : fit_in(c, unknown_after, now_ms, err);
}
