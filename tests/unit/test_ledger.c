/* SPDX-License-Identifier: Apache-2.0 */
/* From verdicts to letters: the policy, and what the ledger makes of it. */
#include "catalogue_fixture.h"

#include "alert/digest.h"
#include "alert/ledger.h"
#include "alert/policy.h"
#include "alert/recipients.h"
#include "catalogue/outbox.h"

#define T(s) ((char *)s)	/* a text that is owned elsewhere */
#define MONDAY_MS (START_MS + 4 * (int64_t)DAY_MS)	/* 2026-01-05T00:00:00Z */

static struct config_pair themes[] = { { T("Boats"), T("boats@x.example"), false, NULL } };
static struct partner_config partner_p = { .partner = T("p"), .enabled = true };
static struct partner_config *partner_list[] = { &partner_p };

static struct config
config_of(void)
{
	struct config c = {
		.mail = { .server = T("smtp://localhost"), .from = T("vigie@x.example"), .to = T("a@x.example, b@x.example"),
		    .zone = T("Europe/Paris"), .digest_hour = 8 },
		.partners = partner_list, .n_partners = 1,
	};
	return c;
}

/* ---- the policy */

static void
test_policy(void **state)
{
	(void)state;
	enum { NOW = 1000000000 };
	static const struct {
		struct policy_event e;
		enum verdict verdict;
		enum policy_step want;
	} cases[] = {
		/* closed */
		{ { .open = false }, VERDICT_ALIVE, POLICY_NOTHING },
		{ { .open = false }, VERDICT_NEVER_SEEN, POLICY_NOTHING },
		{ { .open = false }, VERDICT_OUTAGE, POLICY_NOTHING },
		{ { .open = false }, VERDICT_UNCERTAIN, POLICY_NOTHING },
		{ { .open = false }, VERDICT_ACCESS_LOST, POLICY_OPEN },
		{ { .open = false }, VERDICT_MOVED, POLICY_OPEN },
		{ { .open = false }, VERDICT_FROZEN, POLICY_OPEN },
		{ { .open = false }, VERDICT_EMPTIED, POLICY_OPEN },
		{ { .open = false }, VERDICT_CLOSING, POLICY_OPEN },
		{ { .open = false }, VERDICT_PROBABLY_GONE, POLICY_OPEN },
		{ { .open = false }, VERDICT_GONE, POLICY_OPEN },
#define TOLD(v, ago) .open = true, .told = v, .told_mask = 1u << v, .told_ms = NOW - (ago), .snoozed_ms = TIME_NONE
		{ { TOLD(VERDICT_FROZEN, 0) }, VERDICT_ALIVE, POLICY_CLOSE },
		{ { TOLD(VERDICT_FROZEN, DAY_MS) }, VERDICT_OUTAGE, POLICY_NOTHING },
		{ { TOLD(VERDICT_FROZEN, DAY_MS) }, VERDICT_UNCERTAIN, POLICY_NOTHING },
		{ { TOLD(VERDICT_FROZEN, DAY_MS) }, VERDICT_NEVER_SEEN, POLICY_NOTHING },
		{ { TOLD(VERDICT_FROZEN, DAY_MS) }, VERDICT_FROZEN, POLICY_NOTHING },
		{ { TOLD(VERDICT_FROZEN, DAY_MS - 1) }, VERDICT_EMPTIED, POLICY_NOTHING },
		{ { TOLD(VERDICT_FROZEN, DAY_MS) }, VERDICT_EMPTIED, POLICY_FOLLOW },
		{ { TOLD(VERDICT_FROZEN, 1) }, VERDICT_GONE, POLICY_FOLLOW },
		{ { TOLD(VERDICT_FROZEN, 1) }, VERDICT_PROBABLY_GONE, POLICY_FOLLOW },
		{ { TOLD(VERDICT_FROZEN, 1) }, VERDICT_MOVED, POLICY_FOLLOW },
		{ { TOLD(VERDICT_FROZEN, 1), .confirmed = true }, VERDICT_GONE, POLICY_NOTHING },
		{ { TOLD(VERDICT_FROZEN, 1), .confirmed = true }, VERDICT_ALIVE, POLICY_CLOSE },
#undef TOLD
		/* one that was told before waits for its day: gone and probably-gone take turns */
		{ { .open = true, .told = VERDICT_GONE, .told_mask = 1u << VERDICT_GONE | 1u << VERDICT_PROBABLY_GONE,
		    .told_ms = NOW - 1, .snoozed_ms = TIME_NONE }, VERDICT_PROBABLY_GONE, POLICY_NOTHING },
		/* put off: only what is worse breaks it */
		{ { .open = true, .told = VERDICT_FROZEN, .told_ms = NOW - 2 * DAY_MS, .snoozed_ms = NOW + 1 },
		    VERDICT_EMPTIED, POLICY_NOTHING },
		{ { .open = true, .told = VERDICT_FROZEN, .told_ms = NOW - 2 * DAY_MS, .snoozed_ms = NOW },
		    VERDICT_EMPTIED, POLICY_FOLLOW },
		{ { .open = true, .told = VERDICT_FROZEN, .told_ms = NOW - 1, .snoozed_ms = NOW + 1 },
		    VERDICT_GONE, POLICY_FOLLOW },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum policy_step got = policy_step(&cases[i].e, cases[i].verdict, NOW);
		if (got != cases[i].want)
			fail_msg("case %zu: %s gives %d, not %d", i, verdict_name(cases[i].verdict), (int)got, (int)cases[i].want);
	}
}

static void
test_publication(void **state)
{
	(void)state;
	for (int v = 0; v < VERDICTS; v++) {
		enum verdict verdict = (enum verdict)v;
		assert_int_equal(policy_withdraws(verdict, false, false), verdict == VERDICT_GONE);
		assert_int_equal(policy_withdraws(verdict, true, false), verdict != VERDICT_ALIVE);
		assert_int_equal(policy_withdraws(verdict, false, true), verdict >= VERDICT_UNCERTAIN &&
		    verdict != VERDICT_ACCESS_LOST);
		assert_int_equal(policy_marks(verdict), verdict >= VERDICT_UNCERTAIN);
	}
}

static void
test_digest_days(void **state)
{
	(void)state;
	struct zone paris;
	assert_int_equal(zone_parse("Europe/Paris", 12, &paris), 0);
	int64_t due_ms = MONDAY_MS + 7 * HOUR_MS;	/* 8 o'clock in winter */
	assert_int_equal(policy_digest_ms(&paris, 0, 8, due_ms), due_ms);
	assert_int_equal(policy_digest_ms(&paris, 0, 8, due_ms - 1), due_ms - 7 * (int64_t)DAY_MS);
	assert_int_equal(policy_digest_ms(&paris, 0, 8, due_ms + 7 * (int64_t)DAY_MS - 1), due_ms);
	/* Midnight there is still Sunday here. */
	assert_int_equal(policy_digest_ms(&paris, 0, 0, MONDAY_MS - HOUR_MS), MONDAY_MS - HOUR_MS);
	/* Summer: 2026-07-06 is a Monday. */
	int64_t summer_ms = MONDAY_MS + 182 * (int64_t)DAY_MS + 6 * HOUR_MS;
	assert_int_equal(policy_digest_ms(&paris, 0, 8, summer_ms + DAY_MS), summer_ms);
}

static void
check_recipients(struct recipients r, const char *want)
{
	struct buf got = BUF_INIT;
	for (size_t i = 0; i < r.n; i++)
		buf_fmt(&got, "%s%s", i > 0 ? " " : "", r.list[i]);
	assert_string_equal(buf_cstr(&got), want);
	buf_done(&got);
	recipients_done(&r);
}

static void
test_recipients(void **state)
{
	(void)state;
	struct config_pair pairs[] = { { T("house swaps"), T("s@x.example,s@x.example"), false, NULL }, { T("boats"), T("b@x.example"), false, NULL } };
	struct config_mail mail = { .server = T("smtp://h"), .from = T("v@x.example"), .to = T(" a@x.example,\n A@x.example"),
		.themes = pairs, .n_themes = 2 };
	check_recipients(recipients_of_theme(&mail, "House-Swaps"), "s@x.example");
	check_recipients(recipients_of_theme(&mail, "house"), "a@x.example");
	check_recipients(recipients_of_theme(&mail, NULL), "a@x.example");
	check_recipients(recipients_of_all(&mail), "a@x.example");
	mail.to = NULL;
	check_recipients(recipients_of_theme(&mail, "camping"), "");
	check_recipients(recipients_of_all(&mail), "s@x.example b@x.example");
	mail.server = NULL;
	check_recipients(recipients_of_all(&mail), "");
}

static void
test_facts(void **state)
{
	(void)state;
	struct fact_reason reasons[] = { { REASON_NXDOMAIN, 4.5, START_MS, T("nxdomain") }, { REASON_PRIOR, -1, TIME_NONE, NULL } };
	struct fact_peer peers[] = { { T("Peer « é »"), NULL, 12 } };
	struct facts f = { .partner = T("p"), .name = T("P \"x\""), .verdict = VERDICT_GONE, .before = VERDICT_UNCERTAIN,
		.at_ms = START_MS, .since_ms = TIME_NONE, .probability = 0.987, .reasons = reasons, .n_reasons = 2,
		.moved_to = T("q.example"), .listings = 7, .withdrawn = true, .presence = true, .peers = peers, .n_peers = 1 }, got;
	struct buf json = BUF_INIT, again = BUF_INIT;
	struct error err = ERROR_INIT;
	facts_write(&f, &json);
	assert_int_equal(facts_read(&got, json.data, json.len, &err), 0);
	assert_int_equal(got.n_reasons, 2);
	assert_int_equal(got.reasons[0].since_ms, START_MS);
	assert_int_equal(got.reasons[1].since_ms, TIME_NONE);
	assert_null(got.theme);
	assert_true(got.withdrawn && !got.marked);
	assert_string_equal(got.peers[0].name, "Peer « é »");
	facts_write(&got, &again);
	assert_string_equal(buf_cstr(&again), buf_cstr(&json));
	facts_done(&got);
	static const char *const bad[] = { "", "{", "[]", "{\"partner\":\"p\"}",
		"{\"partner\":\"p\",\"verdict\":\"dead\",\"before\":\"alive\"}" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		error_clear(&err);
		assert_int_equal(facts_read(&got, bad[i], strlen(bad[i]), &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
	buf_done(&json);
	buf_done(&again);
}

/* ---- the ledger */

struct story {			/* of partner p */
	struct fixture *f;
	struct config config;
	int64_t now_ms;
	enum verdict before;
	bool quiet;
	int64_t since_ms;	/* of the verdict; 0: it is new */
};

static struct story
story_of(void **state)
{
	return (struct story){ .f = *state, .config = config_of(), .now_ms = MONDAY_MS, .before = VERDICT_ALIVE };
}

static void
judge_partner(struct story *s, const char *partner, enum verdict verdict)
{
	struct fact_reason reason = { REASON_SILENT, 2.5, s->now_ms - HOUR_MS, T("503") };
	struct evidence_entry entry = { "http", "503", NULL, 2.5, s->now_ms };
	struct judgement j = {
		.partner = partner, .changed = verdict != s->before, .verdict = verdict, .before = s->before,
		.at_ms = s->now_ms, .verdict_since_ms = s->since_ms != 0 ? s->since_ms : s->now_ms,
		.trouble_since_ms = verdict == VERDICT_ALIVE ? TIME_NONE : s->now_ms - HOUR_MS,
		.probability = 0.5, .reasons = &reason, .n_reasons = 1, .entries = &entry, .n_entries = 1,
		.state = "state", .state_len = 5, .quiet = s->quiet,
	};
	if (ledger_judge(s->f->c, &s->config, &j, &s->f->err) != 0)
		fail_msg("%s", s->f->err.text);
}

/* `hours` later the verdict is this. */
static void
judge(struct story *s, int hours, enum verdict verdict)
{
	s->now_ms += hours * (int64_t)HOUR_MS;
	judge_partner(s, "p", verdict);
	s->before = verdict;
}

static void
tick(struct story *s)
{
	/* As in the service: the engine has the partners, the configuration none. */
	static const char *const names[] = { "a", "p", "q" };
	const struct roster roster = { names, s->config.n_partners > 0 ? 3 : 0 };
	struct config config = s->config;
	config.n_partners = 0;
	if (ledger_tick(s->f->c, &config, &roster, s->now_ms, &s->f->err) != 0)
		fail_msg("%s", s->f->err.text);
}

/* What the outbox holds: kind, recipient's first letter and state's first. */
static void
check_letters(const struct story *s, const char *want)
{
	check_list(s->f, "SELECT kind || ' ' || substr(recipient, 1, 1) || ' ' || state FROM outbox ORDER BY letter", want);
}

static void
send_all(struct story *s)
{
	struct outbox_letter l;
	while (outbox_claim(s->f->c, s->now_ms + HOUR_MS, s->now_ms + DAY_MS, &l, &s->f->err) == 1) {
		struct outbox_attempt a = { "sent", NULL, s->now_ms, s->now_ms };
		assert_int_equal(outbox_end(s->f->c, l.letter, &a, &s->f->err), 0);
		outbox_letter_done(&l);
	}
}

static void
answer(struct story *s, enum label label, int64_t until_ms)
{
	enum verdict verdict;
	struct answer_of_staff a = { "p", label, until_ms, "anne", "on the telephone", s->now_ms };
	if (ledger_answer(s->f->c, &a, &verdict, &s->f->err) != 0)
		fail_msg("%s", s->f->err.text);
}

static void
test_an_end(void **state)
{
	struct story s = story_of(state);
	judge(&s, 1, VERDICT_OUTAGE);
	judge(&s, 1, VERDICT_UNCERTAIN);
	check_letters(&s, "");
	check_list(s.f, "SELECT partner_verdict FROM listings", "");
	judge(&s, 1, VERDICT_PROBABLY_GONE);
	check_letters(&s, "alert a waiting,alert b waiting");
	check_list(s.f, "SELECT (due_ms - created_ms) / 60000 FROM outbox", "5,5");
	send_all(&s);
	check_list(s.f, "SELECT mail_state FROM alerts", "sent");
	judge(&s, 1, VERDICT_GONE);
	judge(&s, 1, VERDICT_GONE);
	check_letters(&s, "alert a sent,alert b sent,alert a waiting,alert b waiting");
	check_list(s.f, "SELECT count(DISTINCT thread) FROM outbox WHERE thread IS NOT NULL", "2");
	check_list(s.f, "SELECT withdrawn FROM partner", "1");
	send_all(&s);
	/* On the way back nothing is said before it is over. */
	judge(&s, 1, VERDICT_UNCERTAIN);
	judge(&s, 1, VERDICT_OUTAGE);
	check_list(s.f, "SELECT withdrawn FROM partner", "1");
	check_list(s.f, "SELECT count(*) FROM outbox WHERE state = 'waiting'", "0");
	judge(&s, 1, VERDICT_ALIVE);
	check_list(s.f, "SELECT kind || (thread IS NOT NULL) FROM outbox WHERE state = 'waiting'", "recovery1,recovery1");
	check_list(s.f, "SELECT json_extract(facts, '$.before') || json_extract(facts, '$.verdict') FROM outbox_item"
	    " WHERE note LIKE '%end'", "gonealive,gonealive");
	check_list(s.f, "SELECT withdrawn FROM partner", "0");
	check_list(s.f, "SELECT verdict || told || (closed_at IS NOT NULL) FROM alerts", "probably-gonegone1");
	check_list(s.f, "SELECT before || ' ' || verdict FROM verdicts", "alive outage,outage uncertain,"
	    "uncertain probably-gone,probably-gone gone,gone uncertain,uncertain outage,outage alive");
	check_list(s.f, "SELECT count(*) FROM evidence", "8");
	check_list(s.f, "SELECT verdict || verdict_since FROM partners", "alive2026-01-05T08:00:00Z");
	/* The next trouble is another event. */
	send_all(&s);
	judge(&s, 1, VERDICT_FROZEN);
	check_list(s.f, "SELECT thread FROM outbox WHERE state = 'waiting'", "-,-");
	check_list(s.f, "SELECT count(*) FROM alerts", "2");
}

static void
try_one(struct story *s, const char *state, bool over_meanwhile)
{
	struct outbox_letter l;
	assert_int_equal(outbox_claim(s->f->c, s->now_ms + HOUR_MS, s->now_ms + DAY_MS, &l, &s->f->err), 1);
	if (over_meanwhile)
		judge(s, 1, VERDICT_ALIVE);
	struct outbox_attempt a = { state, strcmp(state, "sent") == 0 ? NULL : "451 later", s->now_ms, s->now_ms };
	assert_int_equal(outbox_end(s->f->c, l.letter, &a, &s->f->err), 0);
	outbox_letter_done(&l);
}

static void
test_over_while_the_letter_was_tried(void **state)
{
	struct story s = story_of(state);
	judge(&s, 1, VERDICT_ACCESS_LOST);
	try_one(&s, "waiting", true);
	check_letters(&s, "");
	check_list(s.f, "SELECT mail_state FROM alerts", "cancelled");
	/* One of two knew already: he is told the end, the other one nothing. */
	judge(&s, 1, VERDICT_FROZEN);
	try_one(&s, "sent", false);
	try_one(&s, "waiting", true);
	check_letters(&s, "alert a sent,recovery a waiting");
	check_list(s.f, "SELECT mail_state FROM alerts ORDER BY at DESC LIMIT 1", "sent");
	/* It arrived just before: then the end is told. */
	judge(&s, 1, VERDICT_EMPTIED);
	try_one(&s, "sent", false);
	try_one(&s, "sent", false);
	try_one(&s, "sent", true);
	check_list(s.f, "SELECT kind FROM outbox WHERE state = 'waiting'", "recovery,recovery");
	try_one(&s, "waiting", false);
	check_list(s.f, "SELECT kind FROM outbox WHERE state = 'waiting'", "recovery,recovery");
}

static void
test_over_before_the_letter_went(void **state)
{
	struct story s = story_of(state);
	judge(&s, 1, VERDICT_ACCESS_LOST);
	judge(&s, 0, VERDICT_ALIVE);
	check_letters(&s, "");
	check_list(s.f, "SELECT mail_state || (closed_at IS NOT NULL) FROM alerts", "cancelled1");
	/* One of two that share a letter. */
	struct partner_record q = { "q", "Q", "boats", NULL, NULL };
	assert_int_equal(catalogue_partner_put(s.f->c, &q, &s.f->err), 0);
	judge(&s, 1, VERDICT_ACCESS_LOST);
	s.before = VERDICT_ALIVE;
	judge_partner(&s, "q", VERDICT_FROZEN);
	check_list(s.f, "SELECT (SELECT count(*) FROM outbox_item i WHERE i.letter = o.letter) FROM outbox o", "2,2");
	s.before = VERDICT_ACCESS_LOST;
	judge(&s, 0, VERDICT_ALIVE);
	check_list(s.f, "SELECT json_extract(facts, '$.partner') FROM outbox_item", "q,q");
}

static void
test_one_a_day(void **state)
{
	struct story s = story_of(state);
	judge(&s, 1, VERDICT_FROZEN);
	send_all(&s);
	judge(&s, 1, VERDICT_EMPTIED);
	judge(&s, 1, VERDICT_EMPTIED);
	check_list(s.f, "SELECT count(*) FROM outbox", "2");
	judge(&s, 22, VERDICT_EMPTIED);	/* a day after the first letter it is made up for */
	check_list(s.f, "SELECT count(*) FROM outbox", "4");
	check_list(s.f, "SELECT told FROM alerts", "emptied");
	judge(&s, 1, VERDICT_MOVED);
	judge(&s, 1, VERDICT_CLOSING);
	check_list(s.f, "SELECT told FROM alerts", "moved");
	check_list(s.f, "SELECT count(*) FROM outbox", "6");
}

static void
test_who_is_told(void **state)
{
	struct story s = story_of(state);
	s.config.mail.themes = themes;
	s.config.mail.n_themes = 1;
	judge(&s, 1, VERDICT_FROZEN);
	check_list(s.f, "SELECT recipient FROM outbox", "boats@x.example");
	judge(&s, 0, VERDICT_ALIVE);
	s.config.mail.server = NULL;
	judge(&s, 1, VERDICT_FROZEN);
	check_letters(&s, "");
	check_list(s.f, "SELECT mail_state FROM alerts ORDER BY at", "cancelled,none");
}

static void
test_reminders(void **state)
{
	struct story s = story_of(state);
	s.config.mail.digest_day = 7;
	judge(&s, 1, VERDICT_FROZEN);
	s.now_ms += DAY_MS;
	tick(&s);
	check_letters(&s, "alert a waiting,alert b waiting");	/* nobody was told yet: nothing to remind of */
	send_all(&s);
	s.now_ms += DAY_MS - 1;
	tick(&s);
	check_list(s.f, "SELECT count(*) FROM outbox WHERE kind = 'reminder'", "0");
	s.now_ms += 1;
	tick(&s);
	tick(&s);
	check_list(s.f, "SELECT count(*) FROM outbox WHERE kind = 'reminder'", "2");
	s.now_ms += 6 * (int64_t)DAY_MS;
	tick(&s);
	check_list(s.f, "SELECT count(*) FROM outbox WHERE kind = 'reminder'", "2");
	s.now_ms += DAY_MS;
	tick(&s);
	check_list(s.f, "SELECT count(*) FROM outbox WHERE kind = 'reminder'", "4");
	check_list(s.f, "SELECT reminders FROM alert", "2");
	send_all(&s);
	/* Not while it only may be so. */
	judge(&s, 0, VERDICT_UNCERTAIN);
	s.now_ms += 8 * (int64_t)DAY_MS;
	tick(&s);
	check_list(s.f, "SELECT reminders FROM alert", "2");
	judge(&s, 24, VERDICT_FROZEN);
	tick(&s);
	check_list(s.f, "SELECT reminders FROM alert", "3");
	/* Nor of a partner that left the settings. */
	s.config.n_partners = 0;
	s.now_ms += 8 * (int64_t)DAY_MS;
	tick(&s);
	check_list(s.f, "SELECT reminders FROM alert", "3");
	check_list(s.f, "SELECT count(*) FROM outbox WHERE kind = 'reminder'", "6");
}

/* Of two readers the mail server refuses one, or both, because of a rule that is wrong for a day. */
static void
end_all(struct story *s, const char *state, const char *but)
{
	struct outbox_letter l;
	while (outbox_claim(s->f->c, s->now_ms + HOUR_MS, s->now_ms + DAY_MS, &l, &s->f->err) == 1) {
		bool sent = but != NULL && strcmp(l.recipient, but) == 0;
		const struct outbox_attempt a = { sent ? "sent" : state, sent ? NULL : "550 no", s->now_ms, s->now_ms };
		assert_int_equal(outbox_end(s->f->c, l.letter, &a, &s->f->err), 0);
		outbox_letter_done(&l);
	}
}

static void
test_refused_alert_is_told_again(void **state)
{
	struct story s = story_of(state);
	s.config.mail.digest_day = 7;
	judge(&s, 1, VERDICT_GONE);
	end_all(&s, "refused", NULL);
	tick(&s);
	check_letters(&s, "alert a refused,alert b refused");
	s.now_ms += DAY_MS;
	tick(&s);
	tick(&s);
	check_letters(&s, "alert a refused,alert b refused,alert a waiting,alert b waiting");
	end_all(&s, "given-up", "a@x.example");
	s.now_ms += DAY_MS;
	tick(&s);
	/* reminded of: who was told; told: who was not */
	check_letters(&s, "alert a refused,alert b refused,alert a sent,alert b given-up,reminder a waiting,alert b waiting");
	send_all(&s);
	s.now_ms += 8 * (int64_t)DAY_MS;
	tick(&s);
	check_list(s.f, "SELECT count(*) FROM outbox WHERE state = 'waiting' AND kind = 'reminder'", "2");
	check_list(s.f, "SELECT count(*) FROM outbox WHERE kind = 'alert'", "5");
	check_list(s.f, "SELECT mail_state FROM alerts", "sent");
}

/* What was refused is over: nobody was told of it, and nobody is. */
static void
test_refused_alert_that_is_over(void **state)
{
	struct story s = story_of(state);
	s.config.mail.digest_day = 7;
	judge(&s, 1, VERDICT_GONE);
	end_all(&s, "refused", NULL);
	judge(&s, 1, VERDICT_ALIVE);
	s.now_ms += 9 * (int64_t)DAY_MS;
	tick(&s);
	check_letters(&s, "alert a refused,alert b refused");
}

static void
remind_after(struct story *s, int days, const char *want)
{
	send_all(s);
	s->now_ms += days * (int64_t)DAY_MS;
	tick(s);
	check_list(s->f, "SELECT count(*) FROM outbox WHERE kind = 'reminder'", want);
}

static void
test_answers(void **state)
{
	struct story s = story_of(state);
	s.config.mail.digest_day = 7;
	s.config.mail.to = T("a@x.example");
	struct answer_of_staff a = { .partner = "p", .label = LABEL_ACK, .at_ms = s.now_ms };
	enum verdict verdict;
	assert_int_equal(ledger_answer(s.f->c, &a, &verdict, &s.f->err), -1);
	assert_int_equal(s.f->err.kind, ERROR_NOT_FOUND);
	error_clear(&s.f->err);
	check_list(s.f, "SELECT count(*) FROM labels", "0");

	judge(&s, 1, VERDICT_FROZEN);
	answer(&s, LABEL_SNOOZE, s.now_ms + 7 * (int64_t)DAY_MS);
	remind_after(&s, 6, "0");
	remind_after(&s, 1, "1");
	answer(&s, LABEL_ACK, TIME_NONE);
	remind_after(&s, 30, "1");
	check_list(s.f, "SELECT acknowledged_by || answer FROM alerts", "anneack");
	/* Seen, but told on when it is over. */
	judge(&s, 1, VERDICT_ALIVE);
	check_list(s.f, "SELECT kind FROM outbox WHERE state = 'waiting'", "recovery");
	send_all(&s);

	judge(&s, 1, VERDICT_PROBABLY_GONE);
	send_all(&s);
	answer(&s, LABEL_CONFIRM, TIME_NONE);
	judge(&s, 1, VERDICT_GONE);
	check_list(s.f, "SELECT count(*) FROM outbox WHERE state = 'waiting'", "0");	/* they said so themselves */
	check_list(s.f, "SELECT withdrawn FROM partner", "1");
	answer(&s, LABEL_DISMISS, TIME_NONE);	/* a mistake: published at once, no letters any more */
	check_list(s.f, "SELECT withdrawn FROM partner", "0");
	s.since_ms = s.now_ms - HOUR_MS;
	judge(&s, 1, VERDICT_GONE);	/* the watch has not heard of it yet */
	check_list(s.f, "SELECT withdrawn FROM partner", "0");
	check_list(s.f, "SELECT count(*) FROM alerts WHERE closed_at IS NULL", "0");
	s.since_ms = 0;
	s.quiet = true;
	judge(&s, 1, VERDICT_GONE);
	check_list(s.f, "SELECT withdrawn FROM partner", "0");
	judge(&s, 1, VERDICT_ALIVE);
	check_list(s.f, "SELECT count(*) FROM outbox WHERE state = 'waiting'", "0");
	check_list(s.f, "SELECT label || ' ' || verdict || ' ' || ifnull(until, '') FROM labels",
	    "snooze frozen 2026-01-12T01:00:00Z,ack frozen ,confirm probably-gone ,dismiss probably-gone ");
}

static void
test_dismissed_before_the_letter_went(void **state)
{
	struct story s = story_of(state);
	judge(&s, 1, VERDICT_FROZEN);
	answer(&s, LABEL_DISMISS, TIME_NONE);
	check_letters(&s, "");
	check_list(s.f, "SELECT mail_state || answer || (closed_at IS NOT NULL) FROM alerts", "cancelleddismiss1");
}

static void
count_label(void *arg, const char *partner, enum label label, int64_t at_ms)
{
	struct buf *out = arg;
	(void)at_ms;
	buf_fmt(out, "%s %s;", partner, label_name(label));
}

static void
test_what_the_watch_reads(void **state)
{
	struct story s = story_of(state);
	struct buf got = BUF_INIT;
	int64_t last = 0;
	answer(&s, LABEL_CONFIRM, TIME_NONE);
	answer(&s, LABEL_DISMISS, TIME_NONE);
	assert_int_equal(ledger_labels(s.f->c, 0, &last, count_label, &got, &s.f->err), 0);
	assert_string_equal(buf_cstr(&got), "p confirm;p dismiss;");
	assert_int_equal(last, 2);
	assert_int_equal(ledger_labels(s.f->c, last, &last, count_label, &got, &s.f->err), 0);
	assert_int_equal(last, 2);
	judge(&s, 1, VERDICT_ALIVE);
	void *data;
	size_t len;
	assert_int_equal(ledger_state(s.f->c, "p", &data, &len, &s.f->err), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(data, "state", 5);
	free(data);
	buf_done(&got);
}

static void
blind(struct story *s, int64_t since_ms)
{
	const struct blindness us = { .place = "", .since_ms = since_ms };
	if (ledger_blind(s->f->c, &s->config, &us, since_ms != TIME_NONE, s->now_ms, &s->f->err) != 0)
		fail_msg("%s", s->f->err.text);
}

/* Two hosts, of which one has been silent for longer. */
static void
test_blind_hosts(void **state)
{
	struct story s = story_of(state);
	s.config.mail.digest_day = 7;
	s.config.mail.to = T("a@x.example");
	static const char *const few[] = { "Yescapa" }, *const all[] = { "Yescapa", "SamBoat" };
	int64_t since_ms = s.now_ms;
	struct blindness hosts[] = {
		{ .place = "192.0.2.1", .since_ms = since_ms, .partners = few, .n_partners = 1 },
		{ .place = "192.0.2.2", .since_ms = since_ms + HOUR_MS, .partners = few, .n_partners = 1 },
	};
	assert_int_equal(ledger_blind(s.f->c, &s.config, hosts, 1, s.now_ms, &s.f->err), 0);
	s.now_ms += 6 * HOUR_MS;
	hosts[0].partners = all;
	hosts[0].n_partners = 2;
	hosts[0].since_ms += HOUR_MS;	/* it began when it was first seen */
	assert_int_equal(ledger_blind(s.f->c, &s.config, hosts, 2, s.now_ms, &s.f->err), 0);
	assert_int_equal(ledger_blind(s.f->c, &s.config, hosts, 2, s.now_ms, &s.f->err), 0);
	check_letters(&s, "blind a waiting");
	check_list(s.f, "SELECT json_extract(facts, '$.partners[1]') FROM outbox_item", "SamBoat");
	send_all(&s);
	/* The other one is over before anybody was told. */
	assert_int_equal(ledger_blind(s.f->c, &s.config, hosts, 1, s.now_ms, &s.f->err), 0);
	check_letters(&s, "blind a sent");
	s.now_ms += HOUR_MS;
	assert_int_equal(ledger_blind(s.f->c, &s.config, NULL, 0, s.now_ms, &s.f->err), 0);
	assert_int_equal(ledger_blind(s.f->c, &s.config, NULL, 0, s.now_ms, &s.f->err), 0);
	check_letters(&s, "blind a sent,seeing a waiting");
}

/* A house that has closed: told once, then each of its partners speaks for itself. */
static void
test_blind_house(void **state)
{
	struct story s = story_of(state);
	s.config.mail.digest_day = 7;
	s.config.mail.to = T("a@x.example");
	static const char *const all[] = { "Yescapa", "SamBoat" };
	struct blindness house = { .place = "house.example", .domain = true, .since_ms = s.now_ms, .partners = all,
		.n_partners = 2 };
	s.now_ms += 6 * HOUR_MS;
	assert_int_equal(ledger_blind(s.f->c, &s.config, &house, 1, s.now_ms, &s.f->err), 0);
	check_letters(&s, "blind a waiting");
	check_list(s.f, "SELECT json_extract(facts, '$.domain') FROM outbox_item", "house.example");
	send_all(&s);
	house.lapsed = true;
	for (int days = 1; days <= 2; days++) {
		s.now_ms += DAY_MS;
		assert_int_equal(ledger_blind(s.f->c, &s.config, &house, 1, s.now_ms, &s.f->err), 0);
	}
	assert_int_equal(ledger_blind(s.f->c, &s.config, NULL, 0, s.now_ms, &s.f->err), 0);
	check_letters(&s, "blind a sent");
}

static void
test_blind(void **state)
{
	struct story s = story_of(state);
	s.config.mail.digest_day = 7;
	s.config.mail.to = T("a@x.example");
	blind(&s, TIME_NONE);
	int64_t since_ms = s.now_ms;
	blind(&s, since_ms);
	s.now_ms += 6 * HOUR_MS - 1;
	blind(&s, since_ms);
	tick(&s);
	check_letters(&s, "");
	blind(&s, TIME_NONE);	/* for less than six hours: nothing is said */
	since_ms = s.now_ms;
	blind(&s, since_ms);
	s.now_ms += 6 * HOUR_MS;
	blind(&s, since_ms);
	blind(&s, since_ms);
	check_letters(&s, "blind a waiting");
	send_all(&s);
	s.now_ms += HOUR_MS;
	blind(&s, TIME_NONE);
	blind(&s, TIME_NONE);
	check_letters(&s, "blind a sent,seeing a waiting");
	check_list(s.f, "SELECT count(*) FROM outbox WHERE thread = (SELECT message_id FROM outbox WHERE kind = 'blind')", "1");
	send_all(&s);
	/* Sees again before the letter went. */
	since_ms = s.now_ms;
	blind(&s, since_ms);
	s.now_ms += 7 * HOUR_MS;
	blind(&s, since_ms);
	blind(&s, TIME_NONE);
	check_letters(&s, "blind a sent,seeing a sent");
}

static void
test_digest(void **state)
{
	struct story s = story_of(state);
	s.config.mail.to = T("a@x.example");
	(void)run_of(s.f, "a", 0, 3);
	s.now_ms += 6 * HOUR_MS;
	tick(&s);
	check_letters(&s, "");		/* just installed */
	s.now_ms += HOUR_MS;		/* Monday, 8 o'clock */
	tick(&s);
	tick(&s);
	check_letters(&s, "digest a waiting");
	send_all(&s);
	s.config.mail.digest_hour = 7;	/* another hour is no other digest */
	tick(&s);
	check_letters(&s, "digest a sent");
	s.config.mail.digest_hour = 8;
	judge(&s, 1, VERDICT_OUTAGE);
	judge(&s, 1, VERDICT_UNCERTAIN);
	/* What a clock that was a year ahead wrote is no mark. */
	assert_int_equal(ledger_note_put(s.f->c, "", "digest", "1798761600000", &s.f->err), 0);
	tick(&s);
	check_letters(&s, "digest a sent");
	/* Stopped for three weeks: one digest, over all of them. */
	s.now_ms += 22 * (int64_t)DAY_MS;
	tick(&s);
	check_letters(&s, "digest a sent,digest a waiting");
	struct buf order = BUF_INIT;
	ask_list(s.f, "SELECT facts FROM outbox_item ORDER BY item DESC LIMIT 1", &order);
	struct digest_book b;
	assert_int_equal(digest_collect(s.f->c, buf_cstr(&order), &b, &s.f->err), 0);
	assert_int_equal(b.digest.to_ms - b.digest.from_ms, 21 * (int64_t)DAY_MS);
	assert_int_equal(b.digest.partners, 1);
	assert_int_equal(b.digest.alive, 0);
	assert_int_equal(b.digest.listings, 3);
	assert_int_equal(b.digest.n_changed_verdicts, 1);	/* an outage is none */
	assert_int_equal(b.digest.n_open, 1);
	assert_int_equal(b.digest.open[0].verdict, VERDICT_UNCERTAIN);
	assert_int_equal(b.digest.blind_since_ms + b.digest.full_since_ms, 0);
	digest_book_done(&b);
	/* What is the matter with the lookout itself comes first. */
	blind(&s, s.now_ms - DAY_MS);
	assert_int_equal(ledger_full(s.f->c, &s.config, s.now_ms - HOUR_MS, s.now_ms, &s.f->err), 0);
	assert_int_equal(digest_collect(s.f->c, buf_cstr(&order), &b, &s.f->err), 0);
	assert_true(b.digest.blind_since_ms == s.now_ms - DAY_MS && b.digest.full_since_ms == s.now_ms - HOUR_MS);
	assert_false(b.digest.places_blind);
	digest_book_done(&b);
	blind(&s, TIME_NONE);
	assert_int_equal(ledger_full(s.f->c, &s.config, TIME_NONE, s.now_ms, &s.f->err), 0);
	/* Of a partner that left the settings nothing is said. */
	assert_int_equal(digest_collect(s.f->c, "{\"from\":0,\"to\":9e15,\"partners\":[]}", &b, &s.f->err), 0);
	assert_int_equal(b.digest.partners + (int64_t)b.digest.n_open, 0);
	digest_book_done(&b);
	buf_done(&order);
	s.now_ms += 7 * (int64_t)DAY_MS;
	s.config.mail.digest_day = 7;
	tick(&s);
	check_list(s.f, "SELECT count(*) FROM outbox", "2");
}

/* A judgement that fails in its last write has left nothing behind. */
static void
test_all_or_nothing(void **state)
{
	struct story s = story_of(state);
	check_list(s.f, "CREATE TRIGGER no_letters BEFORE INSERT ON outbox_item BEGIN SELECT RAISE(ABORT, 'full'); END", "");
	struct judgement j = { .partner = "p", .changed = true, .verdict = VERDICT_GONE, .before = VERDICT_ALIVE,
		.at_ms = s.now_ms, .verdict_since_ms = s.now_ms, .trouble_since_ms = TIME_NONE, .state = "x", .state_len = 1 };
	for (int grouped = 0; grouped < 2; grouped++) {
		if (grouped)
			assert_int_equal(catalogue_begin(s.f->c, &s.f->err), 0);
		assert_int_equal(ledger_judge(s.f->c, &s.config, &j, &s.f->err), -1);
		error_clear(&s.f->err);
		if (grouped)
			assert_int_equal(catalogue_commit(s.f->c, &s.f->err), 0);
		check_list(s.f, "SELECT (SELECT count(*) FROM alert) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM"
		    " verdict_log) + (SELECT count(*) FROM detector) + (SELECT sum(withdrawn) FROM partner)", "0");
		check_list(s.f, "SELECT verdict FROM partners", "never-seen");
	}
	check_list(s.f, "DROP TRIGGER no_letters", "");
	assert_int_equal(ledger_judge(s.f->c, &s.config, &j, &s.f->err), 0);
	check_letters(&s, "alert a waiting,alert b waiting");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_publication),
		cmocka_unit_test(test_digest_days),
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_facts),
		TEST(test_an_end),
		TEST(test_over_while_the_letter_was_tried),
		TEST(test_over_before_the_letter_went),
		TEST(test_one_a_day),
		TEST(test_who_is_told),
		TEST(test_reminders),
		TEST(test_refused_alert_is_told_again),
		TEST(test_refused_alert_that_is_over),
		TEST(test_answers),
		TEST(test_dismissed_before_the_letter_went),
		TEST(test_what_the_watch_reads),
		TEST(test_blind),
		TEST(test_blind_hosts),
		TEST(test_blind_house),
		TEST(test_digest),
		TEST(test_all_or_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
