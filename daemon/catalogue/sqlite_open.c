/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening, making and migrating the catalogue's file.
 *
 * Two numbers: PRAGMA user_version is that of the public views, which other
 * tools rely on; META_SCHEMA is that of the tables, ours alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "catalogue/sqlite_catalogue.h"
#include "catalogue/sqlite_near.h"
#include "catalogue/sqlite_reading.h"
#include "catalogue/sqlite_schema.h"
#include "catalogue/sqlite_vfs.h"

enum { WAL_DUE_PAGES = 2048, WAL_LONG_PAGES = 16384 };
enum { CONTRACT_VERSION = 1, META_SCHEMA = 0, RETRY_MS = 20 };

/* Step i leads from schema i to schema i + 1. */
static const char *const *const migrations[] = { schema_tables, schema_loading, schema_texts, schema_watch,
	schema_watermark, schema_hooks, schema_turn, schema_totals, schema_forgotten, schema_refused };
enum { SCHEMA_VERSION = sizeof migrations / sizeof migrations[0] };

static const char *const settings[] = {
	"PRAGMA synchronous = NORMAL",	/* power loss may cost the last commits, never the file */
	"PRAGMA foreign_keys = ON",
	"PRAGMA trusted_schema = OFF",
	"PRAGMA secure_delete = ON",	/* what is forgotten leaves the file */
	"PRAGMA cache_size = -16384",
	"PRAGMA journal_size_limit = 67108864",
	"PRAGMA wal_autocheckpoint = 0",/* catalogue_checkpoint does it, where it delays nobody */
};

static int
exec(struct catalogue *c, const char *sql, struct error *err)
{
	if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return catalogue_fail(c, err, sql);
}

int
exec_all(struct catalogue *c, const char *const *list, struct error *err)
{
	for (; *list != NULL; list++)
		if (exec(c, *list, err) != 0)
			return -1;
	return 0;
}

/* The first column of the first row; *ret stays as it is when there is none. */
static int
ask(struct catalogue *c, const char *sql, int64_t *ret, struct error *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(c->db, sql, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(st, 0);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		catalogue_fail(c, err, sql);
	(void)sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

/* SQLite's own waiting does not cover the change to WAL, so ask again. */
int
set_wal(struct catalogue *c, const char *schema, struct error *err)
{
	char sql[48];
	(void)snprintf(sql, sizeof sql, "PRAGMA %s.journal_mode = WAL", schema);
	int rc = SQLITE_BUSY;
	for (int waited_ms = 0; waited_ms < WAIT_MS && !wait_over(c); waited_ms += RETRY_MS) {
		rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
		if (rc != SQLITE_BUSY)
			break;
		(void)sqlite3_sleep(RETRY_MS);
	}
	return rc == SQLITE_OK ? 0 : catalogue_fail(c, err, "changing to WAL");
}

/* Of a file whose first page says so much, « vigie check » can tell no more. */
static int
fail_read(struct catalogue *c, struct error *err)
{
	if (err == NULL || err->kind != ERROR_DAMAGED)
		return -1;
	error_clear(err);
	return error_set(err, ERROR_DAMAGED, "%s: %s: this is no catalogue, or its beginning is damaged: keep this file; "
	    "« vigie restore FILE » puts a backup in its place", c->path, sqlite3_errmsg(c->db));
}

static int
read_schema(struct catalogue *c, int64_t *ret, struct error *err)
{
	int64_t tables = 0, contract = 0;
	*ret = 0;
	if (ask(c, "SELECT count(*) FROM sqlite_schema", &tables, err) != 0 ||
	    ask(c, "PRAGMA user_version", &contract, err) != 0)
		return fail_read(c, err);
	if (tables == 0)
		return 0;
	if (ask(c, "SELECT value FROM meta WHERE key = 0", ret, err) != 0)
		return error_context(err, "this is not a catalogue");
	if (*ret < 1)
		return error_set(err, ERROR_CATALOGUE, "%s: this is not a catalogue", c->path);
	if (*ret > SCHEMA_VERSION || contract > CONTRACT_VERSION)
		return error_set(err, ERROR_CATALOGUE, "%s: made by a newer vigie (schema %lld, contract %lld; this one knows"
		    " %d and %d); it stays as it is: install that version again, or restore a backup", c->path,
		    (long long)*ret, (long long)contract, (int)SCHEMA_VERSION, (int)CONTRACT_VERSION);
	return 0;
}

static int
drop_views(struct catalogue *c, struct error *err)
{
	for (const char *const *view = schema_views; *view != NULL; view++) {
		char name[32], sql[64];
		if (sscanf(*view, "CREATE VIEW %31s", name) != 1)
			continue;
		(void)snprintf(sql, sizeof sql, "DROP VIEW IF EXISTS %s", name);
		if (exec(c, sql, err) != 0)
			return -1;
	}
	return 0;
}

static int
migrate_from(struct catalogue *c, int64_t schema, struct error *err)
{
	char sql[48];
	for (int64_t i = schema; i < SCHEMA_VERSION; i++)
		if (exec_all(c, migrations[i], err) != 0)
			return -1;
	if (drop_views(c, err) != 0 || exec_all(c, schema_views, err) != 0)
		return -1;
	(void)snprintf(sql, sizeof sql, "PRAGMA user_version = %d", CONTRACT_VERSION);
	if (exec(c, sql, err) != 0)
		return -1;
	return meta_put(c, META_SCHEMA, SCHEMA_VERSION, err);
}

static int
migrate(struct catalogue *c, struct error *err)
{
	int64_t schema;
	if (read_schema(c, &schema, err) != 0)
		return -1;
	if (schema == SCHEMA_VERSION)
		return 0;
	if (c->read_only)
		return error_set(err, ERROR_CATALOGUE, schema == 0 ? "%s: there is nothing in it yet"
		    : "%s: made by an older vigie; it is brought up to date when something is next synchronised", c->path);
	if (step_begin(c, err) != 0)
		return -1;
	/* Another process may have been faster. */
	int rc = read_schema(c, &schema, err);
	if (rc == 0 && schema < SCHEMA_VERSION)
		rc = migrate_from(c, schema, err);
	return step_end(c, rc, err);
}

static int
on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct catalogue *c = arg;
	(void)db;
	*(strcmp(name, "main") == 0 ? &c->wal_pages : &c->texts_wal_pages) = pages;
	return SQLITE_OK;
}

/* The index of space is whole or empty, as the options have it. */
static int
set_placed(struct catalogue *c, struct error *err)
{
	int64_t unplaced;
	if (meta_get(c, META_UNPLACED, &unplaced, err) != 0)
		return -1;
	if ((unplaced == 0) == c->search)
		return 0;
	if (step_begin(c, err) != 0)
		return -1;
	/* Another process may have been faster. */
	int rc = meta_get(c, META_UNPLACED, &unplaced, err);
	if (rc == 0 && (unplaced == 0) != c->search) {
		struct query q = query(c, c->search ? SQL_PLACE_ALL : SQL_PLACE_NONE);
		rc = run(&q, err);
		if (rc == 0)
			rc = meta_put(c, META_UNPLACED, !c->search, err);
	}
	return step_end(c, rc, err);
}

/* SQLite only says « unable to open database file ». */
static int
fail_open(struct catalogue *c, struct error *err)
{
	const char *slash = strrchr(c->path, '/');
	char *folder = slash != NULL ? xstrndup(c->path, (size_t)(slash - c->path) + 1) : xstrdup(".");
	int system_errno = sqlite3_system_errno(c->db);
	bool is_new = faccessat(AT_FDCWD, c->path, F_OK, AT_EACCESS) == -1 && errno == ENOENT;
	if (access(folder, F_OK) == -1 && errno == ENOENT)
		(void)error_set(err, ERROR_CATALOGUE, "%s: there is no folder %s: make it, or name another file with "
		    "\"path\" in [catalogue]", c->path, folder);
	else if (is_new && faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) == -1)
		(void)error_set(err, ERROR_SYSTEM, "%s: there is no catalogue yet, and this user may not write in %s: try with sudo, "
		    "or name another file with \"path\" in [catalogue]", c->path, folder);
	else if (system_errno == EACCES)
		(void)error_set(err, ERROR_SYSTEM, "%s: this user may not open it: try with sudo", c->path);
	else
		(void)catalogue_fail(c, err, "opening it");
	free(folder);
	return -1;
}

static int
open_file(struct catalogue *c, struct error *err)
{
	/* Nobody asks how much it uses, and all threads would wait for the count.  Refused once SQLite is at work:
	 * then it is done. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	int flags = c->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	if (c->read_only && access(c->path, F_OK) != 0)
		return error_set(err, ERROR_NOT_FOUND, "%s: there is no catalogue yet", c->path);
	if (sqlite3_open_v2(c->path, &c->db, flags | SQLITE_OPEN_NOMUTEX, vfs_register()) != SQLITE_OK)
		return c->db != NULL ? fail_open(c, err)
		    : error_set(err, ERROR_CATALOGUE, "%s: out of memory", c->path);
	if (!c->read_only && sqlite3_db_readonly(c->db, "main") == 1)
		return error_set(err, ERROR_SYSTEM, "%s: this user may not write to it: try with sudo", c->path);
	if (wait_register(c, err) != 0)
		return -1;
	/* What is not ours, or of a newer vigie, stays as it is. */
	int64_t schema;
	if (read_schema(c, &schema, err) != 0)
		return -1;
	/* Counts only for a file that does not exist yet.  Small pages: a changed listing is written with its
	 * neighbours, to the WAL and again to the file. */
	if (!c->read_only && (exec(c, "PRAGMA page_size = 4096", err) != 0 || set_wal(c, "main", err) != 0))
		return -1;
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
		if (exec(c, settings[i], err) != 0)
			return -1;
	/* After the settings: wal_autocheckpoint is a hook itself, and takes the place of ours. */
	if (!c->read_only)
		(void)sqlite3_wal_hook(c->db, on_commit, c);
	return near_register(c, err) != 0 || known_register(c, err) != 0 || reading_register(c, err) != 0 ? -1 : 0;
}

struct catalogue *
catalogue_open(const struct catalogue_options *options, struct error *err)
{
	struct catalogue *c = xcalloc(1, sizeof *c);
	c->path = xstrdup(options->path);
	c->read_only = options->read_only;
	c->search = options->search;
	c->zone = options->zone;
	if (holder_self(&c->self, err) == 0 && open_file(c, err) == 0 && migrate(c, err) == 0 &&
	    (c->read_only || set_placed(c, err) == 0))
		return c;
	catalogue_close(c);
	return NULL;
}

void
catalogue_close(struct catalogue *c)
{
	if (c == NULL)
		return;
	statements_done(c);
	readers_done(c);
	roster_done(&c->roster);
	rowset_done(&c->found.texts);
	free(c->found.match);
	loads_done(c);
	/* Emptying the log may take long; whoever opens it next does. */
	if (c->db != NULL && wait_over(c))
		(void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* _v2: a cursor that is still open closes the file when it goes. */
	(void)sqlite3_close_v2(c->db);
	free(c->path);
	free(c);
}

int
meta_get(struct catalogue *c, int key, int64_t *ret, struct error *err)
{
	struct query q = query(c, SQL_META_GET);
	bind_integer(&q, key);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	*ret = rc == 1 ? column_integer(&q, 0) : 0;
	finish(&q);
	return 0;
}

int
meta_put(struct catalogue *c, int key, int64_t value, struct error *err)
{
	struct query q = query(c, SQL_META_PUT);
	bind_integer(&q, key);
	bind_integer(&q, value);
	return run(&q, err);
}

int
catalogue_checkpoint(struct catalogue *c, struct error *err)
{
	if (c->group)
		return 0;
	/* Passive: what readers still need waits for the next time. */
	int rc = sqlite3_wal_checkpoint_v2(c->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	c->wal_pages = 0;	/* readers in the way: not again before the next commit says */
	if (rc == SQLITE_OK || rc == SQLITE_BUSY)
		return 0;
	return catalogue_fail(c, err, "checkpoint");
}

void
catalogue_rest(struct catalogue *c)
{
	(void)sqlite3_db_release_memory(c->db);
}

enum wal_length
catalogue_wal(struct catalogue *c)
{
	if (c->wal_pages < c->wal_told)
		c->wal_told = 0;
	if (c->wal_pages >= WAL_LONG_PAGES)
		return WAL_LONG;
	if (c->wal_pages - c->wal_told < WAL_DUE_PAGES)
		return WAL_SHORT;
	c->wal_told = c->wal_pages;
	return WAL_DUE;
}
