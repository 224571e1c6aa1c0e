/* SPDX-License-Identifier: Apache-2.0 */
/* One mail, against a server that does as its script says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/mailhead.h"
#include "net/smtp.h"
#include "smtp_peer.h"

enum { HANG_MS = 20000, TICK_MS = 10, SHORT_MS = 300 };

struct rig {
	struct smtp_peer peer;
	struct loop *loop;
	struct timer *hang, *tick;
	struct smtp *smtp;
	struct smtp_server server;
	char url[64];
	unsigned dones, again;
	unsigned ticks;
	enum smtp_outcome outcome;
	struct error error;
	bool hung;
};

static const struct smtp_mail good_mail = {
	.from = "vigie@office.example", .to = "accueil@office.example", .from_name = "Vigie \u2014 Office de tourisme",
	.subject = "Yescapa\u202f: ne r\u00e9pond plus", .text = "Bonjour,\n.\n..deux points\n\u00e9t\u00e9\n",
	.html = "<!DOCTYPE html>\n<p>\u00e9t\u00e9</p>\n", .message_id = "<a.1@office.example>",
	.date_ms = INT64_C(1795392300000),
};

static void
on_hang(void *arg)
{
	struct rig *rig = arg;
	rig->hung = true;
	loop_stop(rig->loop);
}

static void
on_tick(void *arg)
{
	struct rig *rig = arg;
	rig->ticks++;
	timer_start(rig->tick, TICK_MS);
}

static void
on_done(void *arg, enum smtp_outcome outcome, const struct error *err)
{
	struct rig *rig = arg;
	rig->dones++;
	rig->outcome = outcome;
	rig->error = *err;
	if (rig->again > 0) {
		rig->again--;
		smtp_send(rig->smtp, &good_mail, on_done, rig);
	} else {
		loop_stop(rig->loop);
	}
}

static int
setup(void **state)
{
	struct rig *rig = xcalloc(1, sizeof *rig);
	struct error err = ERROR_INIT;
	smtp_peer_start(&rig->peer);
	rig->loop = loop_new(&err);
	assert_non_null(rig->loop);
	rig->hang = timer_new(rig->loop, on_hang, rig);
	rig->tick = timer_new(rig->loop, on_tick, rig);
	(void)snprintf(rig->url, sizeof rig->url, "smtp://127.0.0.1:%u", rig->peer.port);
	rig->server = (struct smtp_server){ .url = rig->url, .timeout_ms = HANG_MS };
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;
	smtp_free(rig->smtp);
	timer_free(rig->hang);
	timer_free(rig->tick);
	loop_free(rig->loop);
	smtp_peer_stop(&rig->peer);
	free(rig);
	return 0;
}

static void
start(struct rig *rig, const struct smtp_mail *mail)
{
	struct error err = ERROR_INIT;
	smtp_free(rig->smtp);
	rig->smtp = smtp_new(rig->loop, &rig->server, &err);
	assert_non_null(rig->smtp);
	error_clear(&rig->error);
	rig->dones = 0;
	smtp_send(rig->smtp, mail, on_done, rig);
	assert_int_equal(rig->dones, 0);
}

static void
run(struct rig *rig)
{
	struct error err = ERROR_INIT;
	timer_start(rig->hang, HANG_MS);
	assert_int_equal(loop_run(rig->loop, &err), 0);
	assert_false(rig->hung);
}

static void
send_and_run(struct rig *rig, const struct smtp_mail *mail)
{
	start(rig, mail);
	run(rig);
	assert_int_equal(rig->dones, 1);
}

static unsigned
count(const char *text, const char *word)
{
	unsigned n = 0;
	while ((text = strstr(text, word)) != NULL) {
		n++;
		text += strlen(word);
	}
	return n;
}

static void
test_sent(void **state)
{
	struct rig *rig = *state;
	send_and_run(rig, &good_mail);
	assert_int_equal(rig->outcome, SMTP_SENT);
	assert_int_equal(rig->error.kind, ERROR_NONE);
	const char *commands = buf_cstr(&rig->peer.commands), *mail = buf_cstr(&rig->peer.mail);
	assert_non_null(strstr(commands, "MAIL FROM:<vigie@office.example>"));
	assert_non_null(strstr(commands, "RCPT TO:<accueil@office.example>"));
	assert_non_null(strstr(commands, "QUIT"));
	assert_null(strstr(commands, "AUTH"));
	static const char *const wanted[] = {
		"Date: Mon, 23 Nov 2026 00:05:00 +0000\r\n", "From: =?UTF-8?B?", "\r\n <vigie@office.example>\r\n",
		"To: <accueil@office.example>\r\n", "Subject: =?UTF-8?B?WWVzY2FwYeKAr",
		"Message-ID: <a.1@office.example>\r\n", "Auto-Submitted: auto-generated\r\n",
		"X-Auto-Response-Suppress: All\r\n", "Content-Type: multipart/alternative; boundary=",
		"Content-Type: text/plain; charset=utf-8\r\n", "Content-Type: text/html; charset=utf-8\r\n",
		/* lines of a dot alone or at the start are stuffed */
		"\r\n..\r\n...deux points\r\n=C3=A9t=C3=A9", "ime-Version: 1.0\r\n",
	};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (strstr(mail, wanted[i]) == NULL)
			fail_msg("not in the mail: %s\n%s", wanted[i], mail);
	assert_int_equal(count(mail, "Content-Transfer-Encoding: quoted-printable"), 2);
	assert_true(strstr(mail, "text/plain") < strstr(mail, "text/html"));
	assert_null(strstr(mail, "In-Reply-To"));
	assert_null(strstr(mail, "List-Id"));
}

static void
test_thread_of_letters(void **state)
{
	struct rig *rig = *state;
	struct smtp_mail mail = good_mail;
	mail.in_reply_to = "<a.0@office.example>";
	mail.list_id = "Vigie <vigie.office.example>";
	mail.reply_to = "reponses@office.example";
	send_and_run(rig, &mail);
	const char *text = buf_cstr(&rig->peer.mail);
	assert_non_null(strstr(text, "In-Reply-To: <a.0@office.example>\r\nReferences: <a.0@office.example>\r\n"));
	assert_non_null(strstr(text, "List-Id: Vigie <vigie.office.example>\r\n"));
	assert_non_null(strstr(text, "Reply-To: reponses@office.example\r\n"));
}

/* Nothing that a value holds becomes a field or a command of its own. */
static void
test_injection(void **state)
{
	struct rig *rig = *state;
	struct smtp_mail mail = good_mail;
	mail.subject = "a\r\nBcc: evil@x.example\r\n\r\nbody";
	mail.from_name = "\"x\"\r\nX-Evil: 1";
	mail.message_id = "<a\r\nX-Evil: 2@x>";
	mail.list_id = "<l\nX-Evil: 3>";
	send_and_run(rig, &mail);
	const char *text = buf_cstr(&rig->peer.mail);
	assert_int_equal(rig->outcome, SMTP_SENT);
	assert_non_null(strstr(text, "Subject: a  Bcc: evil@x.example    body\r\n"));
	assert_non_null(strstr(text, "From: \"\\\"x\\\"  X-Evil: 1\"\r\n <vigie@office.example>\r\n"));
	assert_null(strstr(text, "\nX-Evil"));
	assert_null(strstr(text, "\nBcc"));
	mail = good_mail;
	mail.to = "a@x.example>\r\nRCPT TO:<b@x.example";
	send_and_run(rig, &mail);
	assert_int_equal(rig->outcome, SMTP_REFUSED);
	assert_int_equal(rig->peer.connections, 1);
}

static void
test_folded_subject(void **state)
{
	struct rig *rig = *state;
	struct smtp_mail mail = good_mail;
	struct buf subject = BUF_INIT;
	for (int i = 0; i < 60; i++)
		buf_str(&subject, "\u00e9\U0001F6F6 ");
	mail.subject = subject.data;
	send_and_run(rig, &mail);
	size_t longest = 0;
	buf_cut(&rig->peer.mail, (size_t)(strstr(rig->peer.mail.data, "\r\n\r\n") - rig->peer.mail.data) + 2);
	rig->peer.mail.data[rig->peer.mail.len] = '\0';
	for (const char *line = buf_cstr(&rig->peer.mail), *end; (end = strstr(line, "\r\n")) != NULL; line = end + 2)
		/* libcurl folds nothing by itself */
		if (strncmp(line, "Content-Type", 12) != 0 && (size_t)(end - line) > longest)
			longest = (size_t)(end - line);
	assert_in_range(longest, 60, 78);
	buf_done(&subject);
}

static const struct {
	enum smtp_step step;
	const char *answer;
	enum smtp_outcome outcome;
	enum error_kind kind;
	const char *text;
} answers[] = {
	{ STEP_RCPT, "550 5.1.1 no such person", SMTP_REFUSED, ERROR_BLOCKED, "550 5.1.1 no such person" },
	{ STEP_RCPT, "451 4.7.1 greylisted, come back", SMTP_LATER, ERROR_THROTTLED, "451 4.7.1 greylisted" },
	{ STEP_MAIL, "553 5.1.8 sender", SMTP_REFUSED, ERROR_BLOCKED, "553" },
	{ STEP_MAIL, "530 5.7.0 authentication required", SMTP_LATER, ERROR_BLOCKED, "530" },
	{ STEP_DATA, "452 4.3.1 disk full", SMTP_LATER, ERROR_THROTTLED, "452" },
	{ STEP_DOT, "554 5.7.1 looks like spam", SMTP_REFUSED, ERROR_BLOCKED, "spam" },
	{ STEP_DOT, "421 4.3.0 not now", SMTP_LATER, ERROR_THROTTLED, "421" },
	{ STEP_DOT, PEER_HANGS_UP, SMTP_LATER, ERROR_CONNECT, "while the mail was handed over" },
	{ STEP_DOT, "250-fine\r\n250 really", SMTP_SENT, ERROR_NONE, "" },
	{ STEP_DATA, PEER_HANGS_UP, SMTP_LATER, ERROR_CONNECT, "broke" },
	{ STEP_GREETING, "554 5.7.1 go away", SMTP_LATER, ERROR_BLOCKED, "554" },
	{ STEP_GREETING, "421 busy", SMTP_LATER, ERROR_THROTTLED, "421" },
	{ STEP_GREETING, PEER_HANGS_UP, SMTP_LATER, ERROR_CONNECT, "" },
	{ STEP_GREETING, "220-\x1b[2J\r\n554 \x1b[2Jnonsense", SMTP_LATER, ERROR_BLOCKED, "nonsense" },
	{ STEP_QUIT, PEER_HANGS_UP, SMTP_SENT, ERROR_NONE, "" },
};

static void
test_answers(void **state)
{
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		memset(rig->peer.script, 0, sizeof rig->peer.script);
		rig->peer.script[answers[i].step] = answers[i].answer;
		rig->server.timeout_ms = 5000;
		send_and_run(rig, &good_mail);
		if (rig->outcome != answers[i].outcome || rig->error.kind != answers[i].kind ||
		    strstr(rig->error.text, answers[i].text) == NULL)
			fail_msg("%s: outcome %d, %s: %s", answers[i].answer, rig->outcome,
			    error_kind_name(rig->error.kind), rig->error.text);
		assert_null(strchr(rig->error.text, '\x1b'));
	}
}

static void
test_tar_pit(void **state)
{
	struct rig *rig = *state;
	rig->server.timeout_ms = SHORT_MS;
	for (int step = 0; step < SMTP_STEPS; step++) {
		if (step == STEP_AUTH)
			continue;
		memset(rig->peer.script, 0, sizeof rig->peer.script);
		rig->peer.script[step] = PEER_SILENT;
		rig->ticks = 0;
		timer_start(rig->tick, 0);
		int64_t start_ms = monotonic_ms();
		send_and_run(rig, &good_mail);
		assert_in_range(monotonic_ms() - start_ms, 0, HANG_MS - 1);
		/* The loop went on: held up, it would have ticked before and after at most. */
		assert_true(rig->ticks > 2);
		assert_int_equal(rig->outcome, step == STEP_QUIT ? SMTP_SENT : SMTP_LATER);
		assert_int_equal(rig->error.kind, step == STEP_QUIT ? ERROR_NONE : ERROR_TIMEOUT);
	}
}

static void
test_password(void **state)
{
	struct rig *rig = *state;
	rig->server.user = "office";
	rig->server.password = "s3cret-word";
	rig->server.tls = SMTP_TLS_NEVER;
	send_and_run(rig, &good_mail);
	assert_int_equal(rig->outcome, SMTP_SENT);
	assert_non_null(strstr(buf_cstr(&rig->peer.commands), "AUTH PLAIN"));
	rig->peer.script[STEP_AUTH] = "535 5.7.8 wrong: office s3cret-word AG9mZmljZQBzM2NyZXQtd29yZA==";
	send_and_run(rig, &good_mail);
	assert_int_equal(rig->outcome, SMTP_LATER);
	assert_int_equal(rig->error.kind, ERROR_AUTH);
	assert_null(strstr(rig->error.text, "s3cret"));
	assert_null(strstr(rig->error.text, "AG9m"));
	rig->peer.script[STEP_AUTH] = NULL;
	rig->peer.script[STEP_RCPT] = "550 no s3cret-word here";
	send_and_run(rig, &good_mail);
	assert_null(strstr(rig->error.text, "s3cret"));
}

/* This server has no STARTTLS. */
static void
test_no_password_in_the_clear(void **state)
{
	struct rig *rig = *state;
	rig->server.tls = SMTP_TLS_REQUIRE;
	send_and_run(rig, &good_mail);
	assert_int_equal(rig->outcome, SMTP_LATER);
	assert_int_equal(rig->error.kind, ERROR_TLS);
	assert_null(strstr(buf_cstr(&rig->peer.commands), "MAIL"));
	rig->server.tls = SMTP_TLS_TRY;
	rig->server.user = "office";
	rig->server.password = "s3cret-word";
	send_and_run(rig, &good_mail);
	assert_int_equal(rig->outcome, SMTP_LATER);
	assert_int_equal(rig->error.kind, ERROR_TLS);
	assert_null(strstr(buf_cstr(&rig->peer.commands), "AUTH"));
}

static void
test_given_up(void **state)
{
	struct rig *rig = *state;
	struct error err = ERROR_INIT;
	rig->peer.script[STEP_DOT] = PEER_SILENT;
	start(rig, &good_mail);
	/* until the server has the mail and says nothing */
	for (unsigned mails = 0; mails == 0;) {
		pthread_mutex_lock(&rig->peer.lock);
		mails = rig->peer.mails;
		pthread_mutex_unlock(&rig->peer.lock);
	}
	int64_t start_ms = monotonic_ms();
	smtp_free(rig->smtp);
	rig->smtp = NULL;
	assert_in_range(monotonic_ms() - start_ms, 0, 2000);
	timer_start(rig->hang, 50);
	assert_int_equal(loop_run(rig->loop, &err), 0);
	assert_true(rig->hung);
	assert_int_equal(rig->dones, 0);
}

static void
test_one_after_the_other(void **state)
{
	struct rig *rig = *state;
	rig->again = 2;
	start(rig, &good_mail);
	run(rig);
	assert_int_equal(rig->dones, 3);
	assert_int_equal(rig->peer.mails, 3);
}

static void
test_nobody_there(void **state)
{
	struct rig *rig = *state;
	rig->server.url = "smtp://127.0.0.1:1";
	send_and_run(rig, &good_mail);
	assert_int_equal(rig->outcome, SMTP_LATER);
	assert_int_equal(rig->error.kind, ERROR_CONNECT);
	rig->server.url = "http://127.0.0.1:1";
	send_and_run(rig, &good_mail);
	assert_int_equal(rig->outcome, SMTP_LATER);
	assert_int_equal(rig->error.kind, ERROR_CONFIG);
}

static void
test_addresses(void **state)
{
	static const char *const good[] = { "a@b.example", "accueil+vigie@office-tourisme.example" };
	static const char *const bad[] = { "", "a", "@b", "a@", "a@b@c", "a b@c", "<a@b>", "a@b\r\nX: y", "a@b,c@d",
		"\u00e9@b.example", "a@b;c" };
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(mailhead_is_address(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(mailhead_is_address(bad[i]));
}

int
main(void)
{
#define RIGGED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		RIGGED(test_sent),
		RIGGED(test_thread_of_letters),
		RIGGED(test_injection),
		RIGGED(test_folded_subject),
		RIGGED(test_answers),
		RIGGED(test_tar_pit),
		RIGGED(test_password),
		RIGGED(test_no_password_in_the_clear),
		RIGGED(test_given_up),
		RIGGED(test_one_after_the_other),
		RIGGED(test_nobody_there),
		cmocka_unit_test(test_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
