/* SPDX-License-Identifier: Apache-2.0 */
/* Letters from the outbox to a mail server that does as its script says. */
#include "catalogue_fixture.h"

#include "alert/ledger.h"
#include "alert/postman.h"
#include "catalogue/outbox.h"
#include "smtp_peer.h"

#define T(s) ((char *)s)	/* a text that is owned elsewhere */
enum { HANG_MS = 20000, LOOK_MS = 5 };

struct rig {
	struct fixture *f;	/* its catalogue is closed while the store has it */
	struct smtp_peer peer;
	struct loop *loop;
	struct timer *hang, *look;
	struct clock clock;
	struct store *store;
	struct postman *postman;
	struct config config;
	char url[64];
	const char *until;	/* the run ends when this question's answer is not 0 */
	bool hung;
};

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
	if (ask_integer(rig->f, rig->until) != 0)
		loop_stop(rig->loop);
	else
		timer_start(rig->look, LOOK_MS);
}

static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof *rig);
	struct error err = ERROR_INIT;
	void *fixture;
	if (fixture_setup(&fixture) != 0)
		return -1;
	rig->f = fixture;
	smtp_peer_start(&rig->peer);
	rig->loop = loop_new(&err);
	assert_non_null(rig->loop);
	rig->hang = timer_new(rig->loop, on_hang, rig);
	rig->look = timer_new(rig->loop, on_look, rig);
	(void)snprintf(rig->url, sizeof rig->url, "smtp://127.0.0.1:%u", rig->peer.port);
	rig->config = (struct config){ .office_name = T("Val de Garonne"), .mail = { .server = rig->url,
		.from = T("vigie@x.example"), .to = T("a@x.example"), .zone = T("Europe/Paris"), .answers = T("r@x.example"),
		.tls = CONFIG_TLS_NEVER } };
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;
	void *fixture = rig->f;
	timer_free(rig->hang);
	timer_free(rig->look);
	loop_free(rig->loop);
	smtp_peer_stop(&rig->peer);
	free(rig);
	return fixture_teardown(&fixture);
}

/* An alert about p at START_MS, and five minutes for it to be due. */
static void
alert_at(struct rig *rig, int64_t at_ms)
{
	struct judgement j = { .partner = "p", .changed = true, .verdict = VERDICT_FROZEN, .before = VERDICT_ALIVE,
		.at_ms = at_ms, .verdict_since_ms = at_ms, .trouble_since_ms = at_ms, .probability = 0.5 };
	if (ledger_judge(rig->f->c, &rig->config, &j, &rig->f->err) != 0)
		fail_msg("%s", rig->f->err.text);
}

/* The postman at work from `at_ms` on, until the question is answered with yes. */
static void
work_until(struct rig *rig, int64_t at_ms, const char *until)
{
	struct catalogue_options options = { .path = rig->f->path };
	struct error err = ERROR_INIT;
	catalogue_close(rig->f->c);
	rig->f->c = NULL;
	clock_init_fast(&rig->clock, at_ms, 1);
	rig->store = store_new(rig->loop, &rig->clock, &options, NULL, &err);
	assert_non_null(rig->store);
	rig->postman = postman_new(rig->loop, &rig->clock, rig->store, &rig->config, &err);
	if (rig->postman == NULL)
		fail_msg("%s", err.text);
	rig->until = until;
	timer_start(rig->hang, HANG_MS);
	timer_start(rig->look, 0);
	assert_int_equal(loop_run(rig->loop, &err), 0);
	assert_false(rig->hung);
	postman_free(rig->postman);
	store_free(rig->store, false);
	fixture_open(rig->f);
}

static void
check_mail(struct rig *rig, const char *words)
{
	pthread_mutex_lock(&rig->peer.lock);
	bool has = strstr(buf_cstr(&rig->peer.mail), words) != NULL;
	pthread_mutex_unlock(&rig->peer.lock);
	if (!has)
		fail_msg("not in the mail: %s\n%s", words, buf_cstr(&rig->peer.mail));
}

static unsigned
mails(struct rig *rig)
{
	pthread_mutex_lock(&rig->peer.lock);
	unsigned n = rig->peer.mails;
	pthread_mutex_unlock(&rig->peer.lock);
	return n;
}

#define DUE_MS (START_MS + LEDGER_GROUP_MS)
#define SENT "SELECT count(*) FROM outbox WHERE state = 'sent'"

static void
test_sent(void **state)
{
	struct rig *rig = *state;
	alert_at(rig, START_MS);
	work_until(rig, DUE_MS, SENT);
	assert_int_equal(mails(rig), 1);
	check_mail(rig, "Message-ID: <1767225600000.1.vigie@x.example>");
	check_mail(rig, "Reply-To: ");
	check_list(rig->f, "SELECT mail_state FROM alerts", "sent");
	check_list(rig->f, "SELECT (subject <> '') + (text <> '') + (html <> '') FROM outbox", "3");
	/* Over: the second letter is in the thread of the first. */
	struct judgement j = { .partner = "p", .changed = true, .verdict = VERDICT_ALIVE, .before = VERDICT_FROZEN,
		.at_ms = START_MS + HOUR_MS, .verdict_since_ms = START_MS + HOUR_MS, .trouble_since_ms = TIME_NONE };
	assert_int_equal(ledger_judge(rig->f->c, &rig->config, &j, &rig->f->err), 0);
	work_until(rig, START_MS + 2 * HOUR_MS, "SELECT count(*) = 2 FROM outbox WHERE state = 'sent'");
	check_mail(rig, "In-Reply-To: <1767225600000.1.vigie@x.example>");
}

static void
test_waits_for_its_time(void **state)
{
	struct rig *rig = *state;
	alert_at(rig, START_MS);
	work_until(rig, DUE_MS - 300, SENT);	/* by its own timer */
	assert_int_equal(mails(rig), 1);
}

static void
test_server_is_away(void **state)
{
	struct rig *rig = *state;
	alert_at(rig, START_MS);
	rig->peer.script[STEP_RCPT] = "451 4.7.1 come back";
	static const int64_t waits_min[] = { 5, 10, 20, 40, 80, 160, 320, 360, 360 };
	int64_t now_ms = DUE_MS;
	for (size_t i = 0; i < sizeof waits_min / sizeof waits_min[0]; i++) {
		char until[96];
		(void)snprintf(until, sizeof until, "SELECT attempts = %zu AND state = 'waiting' FROM outbox", i + 1);
		work_until(rig, now_ms, until);
		int64_t wait_ms = ask_integer(rig->f, "SELECT due_ms FROM outbox") - now_ms;
		assert_in_range(wait_ms, waits_min[i] * MINUTE_MS, waits_min[i] * MINUTE_MS + HANG_MS);
		now_ms += wait_ms;
	}
	check_list(rig->f, "SELECT last_error LIKE '%451 4.7.1 come back%' FROM outbox", "1");
	check_list(rig->f, "SELECT mail_state FROM alerts", "waiting");
	struct outbox_status s;
	assert_int_equal(outbox_status(rig->f->c, &s, &rig->f->err), 0);
	assert_in_range(s.stuck_since_ms, DUE_MS, DUE_MS + HANG_MS);
	/* Five days, and no more. */
	work_until(rig, DUE_MS + 6 * (int64_t)DAY_MS, "SELECT state = 'given-up' FROM outbox");
	check_list(rig->f, "SELECT mail_state FROM alerts", "given-up");
	assert_int_equal(mails(rig), 0);
}

static void
test_back_in_time(void **state)
{
	struct rig *rig = *state;
	alert_at(rig, START_MS);
	rig->peer.script[STEP_DOT] = "421 4.3.0 not now";
	work_until(rig, DUE_MS, "SELECT attempts = 1 AND state = 'waiting' FROM outbox");
	char *before = NULL, *after = NULL;
	struct buf text = BUF_INIT;
	ask_list(rig->f, "SELECT message_id || subject || text FROM outbox", &text);
	before = xstrdup(buf_cstr(&text));
	rig->peer.script[STEP_DOT] = NULL;
	work_until(rig, DUE_MS + DAY_MS, SENT);
	ask_list(rig->f, "SELECT message_id || subject || text FROM outbox", &text);
	after = xstrdup(buf_cstr(&text));
	assert_string_equal(before, after);	/* frozen at the first attempt */
	check_list(rig->f, "SELECT attempts FROM outbox", "2");
	free(before);
	free(after);
	buf_done(&text);
}

static void
test_refused(void **state)
{
	struct rig *rig = *state;
	alert_at(rig, START_MS);
	rig->peer.script[STEP_RCPT] = "550 5.1.1 no such person";
	work_until(rig, DUE_MS, "SELECT state = 'refused' FROM outbox");
	check_list(rig->f, "SELECT last_error LIKE '%550 5.1.1 no such person%' FROM outbox", "1");
	check_list(rig->f, "SELECT mail_state FROM alerts", "refused");
}

/* The server took it, and we were killed before we knew. */
static void
test_killed_in_between(void **state)
{
	struct rig *rig = *state;
	struct outbox_letter l;
	alert_at(rig, START_MS);
	assert_int_equal(outbox_claim(rig->f->c, DUE_MS, DUE_MS + 15 * MINUTE_MS, &l, &rig->f->err), 1);
	outbox_letter_done(&l);
	work_until(rig, DUE_MS + 15 * MINUTE_MS - 300, SENT);
	check_mail(rig, "Message-ID: <1767225600000.1.vigie@x.example>");
	check_list(rig->f, "SELECT attempts FROM outbox", "2");
}

static void
test_one_that_cannot_be_read(void **state)
{
	struct rig *rig = *state;
	struct outbox_note n = { .recipient = "a@x.example", .kind = "alert", .note = "x", .facts = "{}", .domain = "x.example",
		.now_ms = START_MS, .due_ms = START_MS };
	assert_int_equal(outbox_tell(rig->f->c, &n, &rig->f->err), 0);
	alert_at(rig, START_MS);
	work_until(rig, DUE_MS, SENT);
	check_list(rig->f, "SELECT state FROM outbox ORDER BY letter", "given-up,sent");
}

static void
test_cannot_send(void **state)
{
	struct rig *rig = *state;
	struct error err = ERROR_INIT;
	rig->config.mail.missing = T("there is no credential \"mail\"");
	rig->postman = postman_new(rig->loop, &rig->clock, NULL, &rig->config, &err);
	assert_non_null(rig->postman);
	postman_wake(rig->postman);
	assert_string_equal(postman_status(rig->postman).last_error, "there is no credential \"mail\"");
	postman_free(rig->postman);
	rig->config.mail.server = NULL;
	rig->postman = postman_new(rig->loop, &rig->clock, NULL, &rig->config, &err);
	postman_wake(rig->postman);
	assert_int_equal(postman_status(rig->postman).waiting, 0);
	postman_free(rig->postman);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sent),
		TEST(test_waits_for_its_time),
		TEST(test_server_is_away),
		TEST(test_back_in_time),
		TEST(test_refused),
		TEST(test_killed_in_between),
		TEST(test_one_that_cannot_be_read),
		TEST(test_cannot_send),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
