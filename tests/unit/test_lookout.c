/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the watch: what the store still owes it, and what it owes the store. */
#include "catalogue_fixture.h"

#include <semaphore.h>

#include "alert/ledger.h"
#include "config_fixture.h"
#include "peer.h"
#include "sync/engine.h"
#include "watch/lookout.h"

enum { HANG_MS = 20000, LOOK_MS = 2 };
static const double FAST = 100000;	/* an hour in 36 ms; a minute's tick comes as soon as it may */

struct rig {
	struct folder folder;
	struct loop *loop;
	struct timer *hang, *look;
	struct clock clock;
	double speed;
	struct peer peer;		/* sites and registers */
	struct engine *engine;
	struct lookout *lookout;
	sem_t gate;			/* that the store's thread waits at */
	unsigned news;
	size_t pending;			/* look until so many jobs wait */
	const char *until;		/* … or until this question's answer is not 0 */
	int64_t until_ms;		/* … or until then, by the clock */
	unsigned requests;		/* … or until the peer has had so many */
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

static unsigned
requests(struct rig *rig)
{
	pthread_mutex_lock(&rig->peer.lock);
	unsigned n = rig->peer.requests;
	pthread_mutex_unlock(&rig->peer.lock);
	return n;
}

static bool
is_there(struct rig *rig)
{
	return (rig->until == NULL || ask(rig, rig->until) != 0) && clock_now_ms(&rig->clock) >= rig->until_ms &&
	    requests(rig) >= rig->requests && store_pending(engine_store(rig->engine)) >= rig->pending;
}

static void
on_look(void *arg)
{
	struct rig *rig = arg;
	if (is_there(rig))
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
look(struct rig *rig)
{
	timer_start(rig->look, 0);
	run_loop(rig);
	rig->until = NULL;
	rig->until_ms = TIME_NONE;
	rig->requests = 0;
	rig->pending = 0;
}

static void
run_until(struct rig *rig, const char *question)
{
	rig->until = question;
	look(rig);
}

static void
run_until_pending(struct rig *rig, size_t n)
{
	rig->pending = n;
	look(rig);
}

static void
run_until_ms(struct rig *rig, int64_t t_ms)
{
	rig->until_ms = t_ms;
	look(rig);
}

static void
run_until_requests(struct rig *rig, unsigned n)
{
	rig->requests = n;
	look(rig);
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
	rig->until_ms = TIME_NONE;
	rig->loop = loop_new(&err);
	rig->hang = timer_new(rig->loop, on_hang, rig);
	rig->look = timer_new(rig->loop, on_look, rig);
	clock_init_fast(&rig->clock, START_MS, rig->speed);
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

/* Registers ask to wait for nine hours. */
static int
serve(struct peer_request *r)
{
	if (strncmp(r->path, "/register", 9) == 0)
		return peer_answer(r, "429 Wait", "Retry-After: 32400\r\n", "");
	return peer_answer(r, "200 OK", "Content-Type: text/html\r\n", "<p>A boat, and another boat.</p>");
}

/* A partner of that name, with more settings. */
static void
add_partner(struct rig *rig, const char *name, const char *more)
{
	struct error err = ERROR_INIT;
	const struct partner_record record = { name, "Partner", "boats", "https://p.example/", NULL };
	struct buf file = BUF_INIT, text = BUF_INIT;
	buf_fmt(&file, "partners.d/%s.conf", name);
	buf_fmt(&text, "%s[request]\nurl = http://127.0.0.1:1/list\nallow_private = yes\n%s", GOOD, more);
	folder_write(&rig->folder, buf_cstr(&file), buf_cstr(&text));
	buf_done(&file);
	buf_done(&text);
	struct catalogue *c = open_catalogue(rig);
	assert_int_equal(catalogue_partner_put(c, &record, &err), 0);
	catalogue_close(c);
}

static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof *rig);
	*state = rig;
	folder_open(&rig->folder);
	folder_mkdir(&rig->folder, "partners.d");
	folder_write(&rig->folder, "vigie.conf", "[catalogue]\npath = c.db\nsearch = no\n[watch]\nsite = no\ndns = no\n"
	    "rdap = no\ncompany = no\ngazette = no\n");
	rig->speed = FAST;
	peer_start(&rig->peer, serve, NULL);
	char *connectors = build_path("test-plugins");
	(void)setenv("VIGIE_CONNECTORS", connectors, 1);
	free(connectors);
	add_partner(rig, "p", "");
	return sem_init(&rig->gate, 0, 0);
}

static int
teardown(void **state)
{
	struct rig *rig = *state;
	peer_stop(&rig->peer);
	folder_close(&rig->folder);
	(void)sem_destroy(&rig->gate);
	free(rig);
	return 0;
}

/* ---- */

static void
run_came_to(struct rig *rig, const char *partner, enum run_outcome outcome, enum error_kind kind, int status)
{
	const struct run_report report = { .partner = partner, .outcome = outcome, .error_kind = kind,
		.http_status = status, .requests = 1, .seen = 3, .next_poll_ms = TIME_NONE, .not_before_ms = TIME_NONE,
		.detail = "" };
	const struct run_result result = { .listing_count = 3 };
	const struct run_summary s = { .report = &report, .result = &result, .error = { .kind = kind },
		.not_before_ms = TIME_NONE, .next_poll_ms = TIME_NONE, .address = "", .redirect_to = "", .sunset = "",
		.deprecation = "", .page = "" };
	lookout_run_done(rig->lookout, partner, &s);
}

/* It read everything there is. */
static void
good_run(struct rig *rig, const char *partner)
{
	run_came_to(rig, partner, RUN_COMPLETE, ERROR_NONE, 200);
}

static void
denied_run(struct rig *rig, const char *partner)
{
	run_came_to(rig, partner, RUN_REFUSED, ERROR_AUTH, 403);
}

static void
test_verdict_is_news(void **state)
{
	struct rig *rig = *state;
	start(rig);
	settle(rig);
	good_run(rig, "p");
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
	good_run(rig, "p");
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

/* What a build kept that did not know when readings were last made: nothing is forgotten. */
static void
make_older(const struct rig *rig)
{
	char *path = folder_path(&rig->folder, "c.db");
	sqlite3 *db;
	sqlite3_stmt *s;
	uint8_t state[4096];
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT state FROM detector", -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	uint32_t size = (uint32_t)sqlite3_column_bytes(s, 0);
	assert_in_range(size, 500, sizeof state);
	memcpy(state, sqlite3_column_blob(s, 0), size);
	(void)sqlite3_finalize(s);
	size -= (uint32_t)sizeof ((struct partner_health *)NULL)->last_ms;
	memcpy(state + sizeof size, &size, sizeof size);
	assert_int_equal(sqlite3_prepare_v2(db, "UPDATE detector SET state = ?1", -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_bind_blob(s, 1, state, (int)size, SQLITE_STATIC), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(db);
	free(path);
}

static void
test_what_an_older_build_kept(void **state)
{
	struct rig *rig = *state;
	for (int older = 0; older < 2; older++) {
		start(rig);
		settle(rig);
		good_run(rig, "p");
		settle(rig);
		lookout_stop(rig->lookout, on_stopped, rig);
		run_loop(rig);
		end(rig);
		make_older(rig);
	}
	/* forgotten, it would have come to be alive twice, and to answer twice */
	assert_int_equal(ask(rig, "SELECT count(*) FROM verdicts"), 1);
	assert_int_equal(ask(rig, "SELECT count(*) FROM evidence WHERE signal = 'http' AND weight IS NULL"), 1);
}

/* ---- politeness */

/* The settings under which the peer is the company register, or not. */
static void
set_watch(struct rig *rig, const char *switches)
{
	struct buf text = BUF_INIT;
	buf_fmt(&text, "[catalogue]\npath = c.db\nsearch = no\n[watch]\ndns = no\nrdap = no\ngazette = no\n%s"
	    "company_url = http://127.0.0.1:%u/register\nallow_private = yes\n", switches, rig->peer.port);
	folder_write(&rig->folder, "vigie.conf", buf_cstr(&text));
	buf_done(&text);
}

#define COMPANY_DUE "SELECT CAST(text AS INTEGER) FROM watch_note WHERE partner = 'p' AND name = 'company'"
#define SIREN "[partner]\nsiren = 552100554\n"

static void
test_a_register_that_asks_to_wait(void **state)
{
	struct rig *rig = *state;
	rig->speed = 30000;	/* nine hours in a second: by then its rate lets it be asked again */
	set_watch(rig, "site = no\n");
	add_partner(rig, "p", SIREN);
	add_partner(rig, "q", SIREN);
	start(rig);
	settle(rig);
	good_run(rig, "p");
	run_until(rig, "SELECT count(*) FROM watch_note WHERE name = 'company'");
	int64_t due_ms = ask(rig, COMPANY_DUE);
	good_run(rig, "q");	/* of whom it is not asked either */
	settle(rig);
	assert_int_equal(requests(rig), 1);
	run_until_ms(rig, due_ms - 2 * HOUR_MS);
	good_run(rig, "p");	/* a decision: the next poll has none to make */
	settle(rig);
	run_until_ms(rig, due_ms);
	assert_int_equal(requests(rig), 1);
	good_run(rig, "p");
	run_until_requests(rig, 2);
	/* What it said is kept, so that whoever starts again does not ask again. */
	run_until(rig, "SELECT count(*) FROM watch_note WHERE name = 'company' AND CAST(text AS INTEGER) > "
	    "1767225600000 + 17 * 3600000");
	assert_true(ask(rig, COMPANY_DUE) > due_ms);
	end(rig);
}

static void
test_a_site_is_not_asked_with_every_poll(void **state)
{
	struct rig *rig = *state;
	struct buf website = BUF_INIT;
	rig->speed = 1;
	set_watch(rig, "site = yes\ncompany = no\n");
	buf_fmt(&website, "[partner]\nwebsite = http://127.0.0.1:%u/\n", rig->peer.port);
	add_partner(rig, "p", buf_cstr(&website));
	buf_done(&website);
	start(rig);
	settle(rig);
	denied_run(rig, "p");
	run_until(rig, "SELECT count(*) FROM evidence WHERE signal = 'http'");
	settle(rig);		/* it is in the catalogue before the store has said so */
	assert_int_equal(requests(rig), 2);	/* its page, and one that cannot exist */
	for (int i = 0; i < 3; i++) {
		denied_run(rig, "p");
		/* Judged at once: nothing was waited for. */
		assert_int_equal(store_pending(engine_store(rig->engine)), 1);
		settle(rig);
	}
	assert_int_equal(requests(rig), 2);
	end(rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_verdict_is_news, setup, teardown),
		cmocka_unit_test_setup_teardown(test_freed_with_jobs_at_the_store, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_answer_outlives_a_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_an_older_build_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_register_that_asks_to_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_site_is_not_asked_with_every_poll, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
