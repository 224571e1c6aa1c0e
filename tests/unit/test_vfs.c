/* SPDX-License-Identifier: Apache-2.0 */
/* One connection that gathers what it writes, beside one that is SQLite's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "catalogue/sqlite_vfs.h"

struct pair {
	char dir[32], path[48];
	sqlite3 *ours, *other;
};

static void
exec(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static int64_t
ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(st, 0);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
	return value;
}

static sqlite3 *
open_with(const struct pair *p, const char *vfs)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open_v2(p->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs), SQLITE_OK);
	exec(db, "PRAGMA journal_mode = WAL");
	exec(db, "PRAGMA synchronous = NORMAL");
	exec(db, "PRAGMA wal_autocheckpoint = 0");
	exec(db, "PRAGMA cache_size = 10");	/* so that a transaction is written before it ends */
	return db;
}

static int
setup(void **state)
{
	struct pair *p = *state = xcalloc(1, sizeof *p);
	(void)snprintf(p->dir, sizeof p->dir, "/tmp/vigie-test.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof p->path, "%s/x.db", p->dir);
	p->ours = open_with(p, vfs_register());
	p->other = open_with(p, "unix");
	exec(p->ours, "CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT)");
	return 0;
}

static int
teardown(void **state)
{
	struct pair *p = *state;
	assert_int_equal(sqlite3_close(p->ours), SQLITE_OK);
	assert_int_equal(sqlite3_close(p->other), SQLITE_OK);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(rmdir(p->dir), 0);	/* the WAL is gone */
	free(p);
	return 0;
}

/* n rows of 1 kB, from `first` on. */
static void
fill(sqlite3 *db, int first, int n)
{
	char sql[200];
	(void)snprintf(sql, sizeof sql, "WITH RECURSIVE r (i) AS (VALUES (%d) UNION ALL SELECT i + 1 FROM r WHERE i < %d)"
	    " INSERT INTO t SELECT i, printf('%%1000d', i) FROM r", first, first + n - 1);
	exec(db, sql);
}

static void
check(sqlite3 *db, int64_t n)
{
	assert_int_equal(ask(db, "SELECT count(*) FROM t"), n);
	assert_int_equal(ask(db, "SELECT count(*) FROM t WHERE CAST(trim(s) AS INTEGER) <> i"), 0);
	assert_int_equal(ask(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
}

static void
a_commit_is_seen_at_once(void **state)
{
	struct pair *p = *state;
	for (int i = 1, n = 1; n <= 1000; i += n, n *= 3) {
		fill(p->ours, i, n);
		check(p->other, i + n - 1);
	}
}

static void
the_writer_reads_what_it_wrote(void **state)
{
	struct pair *p = *state;
	exec(p->ours, "BEGIN");
	fill(p->ours, 1, 500);
	check(p->ours, 500);
	exec(p->ours, "UPDATE t SET s = s WHERE i % 7 = 0");
	fill(p->ours, 501, 500);
	check(p->ours, 1000);
	assert_int_equal(ask(p->other, "SELECT count(*) FROM t"), 0);
	exec(p->ours, "COMMIT");
	check(p->other, 1000);
}

/* What was gathered and rolled back is not written over what another committed there. */
static void
what_is_rolled_back_is_dropped(void **state)
{
	struct pair *p = *state;
	for (int i = 0; i < 3; i++) {
		exec(p->ours, "BEGIN");
		fill(p->ours, 100000, 40 + 30 * i);
		exec(p->ours, "ROLLBACK");
		fill(p->other, 1 + 200 * i, 100);
		fill(p->ours, 101 + 200 * i, 100);
		check(p->other, 200 * (i + 1));
		check(p->ours, 200 * (i + 1));
	}
}

static void
a_step_that_is_taken_back(void **state)
{
	struct pair *p = *state;
	exec(p->ours, "BEGIN");
	fill(p->ours, 1, 100);
	exec(p->ours, "SAVEPOINT step");
	fill(p->ours, 100000, 100);
	exec(p->ours, "ROLLBACK TO step");
	fill(p->ours, 101, 100);
	exec(p->ours, "COMMIT");
	check(p->other, 200);
	check(p->ours, 200);
}

static void
a_wal_that_begins_again(void **state)
{
	struct pair *p = *state;
	for (int i = 0; i < 4; i++) {
		fill(p->ours, 1 + 100 * i, 100);
		exec(i % 2 ? p->ours : p->other, "PRAGMA wal_checkpoint(TRUNCATE)");
		check(p->other, 100 * (i + 1));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_commit_is_seen_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(the_writer_reads_what_it_wrote, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_rolled_back_is_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(a_step_that_is_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wal_that_begins_again, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
