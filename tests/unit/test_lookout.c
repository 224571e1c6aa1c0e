/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the watch: what the store still owes it, and what it owes the store. */
#include "catalogue_fixture.h"

#include <semaphore.h>

#include "alert/ledger.h"
#include "config_fixture.h"
#include "sync/engine.h"
#include "watch/lookout.h"

enum { HANG_MS = 20000, LOOK_MS = 2 };
static const double FAST = 100000;	/* a minute's tick comes as soon as it may */

struct rig {
	struct folder folder;
	struct loop *loop;
	struct timer *hang, *look;
	struct clock clock;
	struct engine *engine;
	struct lookout *lookout;
	sem_t gate;			/* that the store's thread waits at */
	unsigned news;
	size_t pending;			/* look until so many jobs wait */
	const char *until;		/* … or until this question's answer is not 0 */
	bool hung;
};

/* ---- the catalogue between two lives */

static struct catalogue *
open_catalogue(const struct rig *rig)
{
	char *path = folder_path(&rig->folder, "c.db");
	const struct catalogue_options options = { .path = path };
	struct error err = ERROR_INIT;
	struct catalogue *c = catalogue_open(&options, &err);
	if (c == NULL)
		fail_msg("%s", err.text);
	free(path);
	return c;
}

static int64_t
ask(const struct rig *rig, const char *question)
{
	char *path = folder_path(&rig->folder, "c.db");
	sqlite3 *db;
	sqlite3_stmt *s;
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, question, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	int64_t answer = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(db);
	free(path);
	return answer;
}

/* ---- the loop */

static void
on_hang(void *arg)
{
	struct rig *rig = arg;
	rig->hung = true;
	loop_stop(rig->loop);
}

static void
on_look(void *arg)
{
	struct rig *rig = arg;
	bool there = rig->until != NULL ? ask(rig, rig->until) != 0 :
	    store_pending(engine_store(rig->engine)) >= rig->pending;
	if (there)
		loop_stop(rig->loop);
	else
		timer_start(rig->look, LOOK_MS);
}

static void
run_loop(struct rig *rig)
{
	struct error err = ERROR_INIT;
	timer_start(rig->hang, HANG_MS);
	assert_int_equal(loop_run(rig->loop, &err), 0);
	timer_stop(rig->hang);
	assert_false(rig->hung);
}

static void
run_until(struct rig *rig, const char *question)
{
	rig->until = question;
	timer_start(rig->look, 0);
	run_loop(rig);
	rig->until = NULL;
}

static void
run_until_pending(struct rig *rig, size_t n)
{
	rig->pending = n;
	timer_start(rig->look, 0);
	run_loop(rig);
}

static void
nothing(struct catalogue *c, void *arg)
{
	(void)c;
	(void)arg;
}

static void
stop_loop(void *arg, const struct error *commit)
{
	(void)commit;
	loop_stop(((struct rig *)arg)->loop);
}

/* What was submitted before has called back. */
static void
settle(struct rig *rig)
{
	store_submit(engine_store(rig->engine), (struct store_job){ nothing, stop_loop, rig });
	run_loop(rig);
}

static void
wait_at_gate(struct catalogue *c, void *arg)
{
	(void)c;
	(void)sem_wait(&((struct rig *)arg)->gate);
}

static void
passed(void *arg, const struct error *commit)
{
	(void)arg;
	(void)commit;
}

static void
shut_gate(struct rig *rig)
{
	store_submit(engine_store(rig->engine), (struct store_job){ wait_at_gate, passed, rig });
}

/* ---- the rig */

static void
on_news(void *arg)
{
	((struct rig *)arg)->news++;
}

static void
start(struct rig *rig)
{
	struct config_problems problems = { 0 };
	struct error err = ERROR_INIT;
	rig->loop = loop_new(&err);
	rig->hang = timer_new(rig->loop, on_hang, rig);
	rig->look = timer_new(rig->loop, on_look, rig);
	clock_init_fast(&rig->clock, START_MS, FAST);
	struct config *config = folder_load(&rig->folder, &problems);
	char *text = problems_text(&rig->folder, &problems);
	assert_string_equal(text, "");
	free(text);
	config_problems_done(&problems);
	const struct engine_options engine = { .loop = rig->loop, .clock = &rig->clock, .config = config };
	rig->engine = engine_new(&engine, &err);
	assert_non_null(rig->engine);
	const struct lookout_options lookout = { .loop = rig->loop, .clock = &rig->clock, .engine = rig->engine,
		.news = on_news, .arg = rig };
	rig->lookout = lookout_new(&lookout, &err);
	assert_non_null(rig->lookout);
}

static void
end(struct rig *rig)
{
	lookout_free(rig->lookout);
	engine_free(rig->engine, false);
	timer_free(rig->hang);
	timer_free(rig->look);
	loop_free(rig->loop);
}

static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof *rig);
	struct error err = ERROR_INIT;
	const struct partner_record p = { "p", "Partner", "boats", "https://p.example/", NULL };
	*state = rig;
	folder_open(&rig->folder);
	folder_mkdir(&rig->folder, "partners.d");
	folder_write(&rig->folder, "vigie.conf", "[catalogue]\npath = c.db\nsearch = no\n[watch]\nsite = no\ndns = no\n"
	    "rdap = no\ncompany = no\ngazette = no\n");
	folder_write(&rig->folder, "partners.d/p.conf", GOOD "[request]\nurl = http://127.0.0.1:1/list\n");
	char *connectors = build_path("test-plugins");
	(void)setenv("VIGIE_CONNECTORS", connectors, 1);
	free(connectors);
	struct catalogue *c = open_catalogue(rig);
	assert_int_equal(catalogue_partner_put(c, &p, &err), 0);
	catalogue_close(c);
	return sem_init(&rig->gate, 0, 0);
}

static int
teardown(void **state)
{
	struct rig *rig = *state;
	folder_close(&rig->folder);
	(void)sem_destroy(&rig->gate);
	free(rig);
	return 0;
}

/* ---- */

/* A run of p that read everything there is. */
static void
good_run(struct rig *rig)
{
	const struct run_report report = { .partner = "p", .outcome = RUN_COMPLETE, .http_status = 200, .requests = 1,
		.seen = 3, .next_poll_ms = TIME_NONE, .not_before_ms = TIME_NONE, .detail = "" };
	const struct run_result result = { .added = 3, .listing_count = 3 };
	const struct run_summary s = { .report = &report, .result = &result, .not_before_ms = TIME_NONE,
		.next_poll_ms = TIME_NONE, .redirect_to = "", .sunset = "", .deprecation = "", .page = "" };
	lookout_run_done(rig->lookout, "p", &s);
}

static void
test_verdict_is_news(void **state)
{
	struct rig *rig = *state;
	start(rig);
	settle(rig);
	good_run(rig);
	settle(rig);
	assert_int_equal(rig->news, 1);
	end(rig);
	assert_int_equal(ask(rig, "SELECT count(*) FROM partners WHERE verdict = 'alive'"), 1);
}

/* Whoever freed it may have freed what `arg` points to as well. */
static void
test_freed_with_jobs_at_the_store(void **state)
{
	struct rig *rig = *state;
	start(rig);
	settle(rig);
	shut_gate(rig);
	good_run(rig);
	lookout_free(rig->lookout);
	rig->lookout = NULL;
	(void)sem_post(&rig->gate);
	settle(rig);
	assert_int_equal(rig->news, 0);
	end(rig);
	assert_int_equal(ask(rig, "SELECT count(*) FROM partners WHERE verdict = 'alive'"), 1);
}

static void
on_stopped(void *arg)
{
	loop_stop(((struct rig *)arg)->loop);
}

/* What staff said while it was stopped, or was about to, is heard by the next one. */
static void
test_an_answer_outlives_a_stop(void **state)
{
	struct rig *rig = *state;
	struct error err = ERROR_INIT;
	enum verdict verdict;
	const struct answer_of_staff answer = { .partner = "p", .label = LABEL_CONFIRM, .at_ms = START_MS };
	struct catalogue *c = open_catalogue(rig);
	assert_int_equal(ledger_answer(c, &answer, &verdict, &err), 0);
	catalogue_close(c);

	start(rig);
	settle(rig);
	shut_gate(rig);
	run_until_pending(rig, 2);	/* the tick waits behind the gate */
	lookout_stop(rig->lookout, on_stopped, rig);
	(void)sem_post(&rig->gate);
	run_loop(rig);
	end(rig);
	assert_int_equal(ask(rig, "SELECT count(*) FROM evidence WHERE signal = 'human'"), 0);

	start(rig);
	run_until(rig, "SELECT count(*) FROM watch_note WHERE name = 'last-answer'");
	end(rig);
	assert_int_equal(ask(rig, "SELECT count(*) FROM evidence WHERE signal = 'human'"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_verdict_is_news, setup, teardown),
		cmocka_unit_test_setup_teardown(test_freed_with_jobs_at_the_store, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_answer_outlives_a_stop, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
