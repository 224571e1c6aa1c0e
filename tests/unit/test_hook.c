/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks: signatures, what a change means, what is chosen, and the catalogue's part. */
#include "catalogue_fixture.h"

#include "catalogue/hooks.h"
#include "hook/compose.h"
#include "hook/signature.h"
#include "represent/event.h"

#define T(s) ((char *)s)	/* a text that is owned elsewhere */

/* ---- pure */

/* The example of Standard Webhooks' libraries. */
static void
test_signature(void **state)
{
	(void)state;
	static const unsigned char key[] =
	    "\x31\xf2\x90\xf6\xbf\x06\x29\x8a\xab\x4f\x08\xd4\x3c\x3f\x08\x2c\xf6\x48\xa3\x62\xda\x2d\xa4\xb0";
	const struct signature_input in = { "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
		"{\"test\": 2432232314}" };
	struct buf out = BUF_INIT;
	signature_put(&out, &in, key, sizeof key - 1);
	assert_string_equal(buf_cstr(&out), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	buf_done(&out);
}

static void
test_meaning(void **state)
{
	(void)state;
	static const struct { enum change_op op; bool gone, published; enum event_type type; } cases[] = {
		{ CHANGE_ADDED, false, true, EVENT_ADDED }, { CHANGE_ADDED, true, true, EVENT_NONE },
		{ CHANGE_ADDED, false, false, EVENT_NONE }, { CHANGE_RESTORED, false, true, EVENT_ADDED },
		{ CHANGE_PUBLISHED, false, true, EVENT_ADDED }, { CHANGE_PUBLISHED, true, true, EVENT_NONE },
		{ CHANGE_CHANGED, false, true, EVENT_CHANGED }, { CHANGE_CHANGED, false, false, EVENT_NONE },
		{ CHANGE_CHANGED, true, true, EVENT_NONE }, { CHANGE_REMOVED, true, true, EVENT_REMOVED },
		{ CHANGE_REMOVED, false, true, EVENT_NONE }, { CHANGE_REMOVED, true, false, EVENT_NONE },
		{ CHANGE_REMOVED, false, false, EVENT_REMOVED }, { CHANGE_WITHDRAWN, true, true, EVENT_REMOVED },
		{ CHANGE_WITHDRAWN, false, false, EVENT_REMOVED }, { CHANGE_WITHDRAWN, true, false, EVENT_REMOVED },
		{ CHANGE_WITHDRAWN, false, true, EVENT_NONE }, { (enum change_op)7, false, true, EVENT_NONE },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct news_change c = { .op = cases[i].op, .gone = cases[i].gone, .published = cases[i].published };
		if (event_of_change(&c) != cases[i].type)
			fail_msg("case %zu: %s", i, event_names[event_of_change(&c)]);
	}
}

/* ---- the catalogue's part */

enum { CLAIM_MS = 1000 };

static int
claim(struct fixture *f, int64_t now_ms, struct hook_state *ret, int64_t *ret_due_ms)
{
	int rc = hook_claim(f->c, "site", now_ms, now_ms + CLAIM_MS, ret, ret_due_ms, &f->err);
	if (rc < 0)
		fail_msg("%s", f->err.text);
	return rc;
}

static void
end(struct fixture *f, const char *id, const struct hook_attempt *a)
{
	if (hook_end(f->c, "site", id, a, &f->err) != 0)
		fail_msg("%s", f->err.text);
}

/* What is chosen for a hook, into s->message. */
static bool
choose(struct fixture *f, const struct config_hook *h, struct hook_state *s)
{
	bool more;
	if (compose(f->c, h, "urn:x", s, &more, &f->err) != 0)
		fail_msg("%s", f->err.text);
	return more;
}

/* A new hook begins at the end; a message stays the same until it is marked, by whoever has it. */
static void
test_positions(void **state)
{
	struct fixture *f = *state;
	struct config_hook hook = { .hook = T("site") };
	struct hook_state s, t;
	int64_t due_ms;
	run_of(f, "a", 0, 3);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 0);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 0);
	assert_true(due_ms == TIME_NONE);
	run_of(f, "a", 0, 5);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 1);
	assert_int_equal(s.at.change, 3);
	assert_null(s.message.id);
	assert_false(choose(f, &hook, &s));
	assert_int_equal(claim(f, START_MS, &t, &due_ms), 0);	/* it is somebody's */
	assert_true(due_ms == START_MS + CLAIM_MS);
	assert_int_equal(s.message.behind.change, 4);
	/* Its owner was killed: the same again for the next. */
	assert_int_equal(claim(f, START_MS + CLAIM_MS, &t, &due_ms), 1);
	assert_string_equal(t.message.id, s.message.id);
	assert_string_equal(t.message.body, s.message.body);
	assert_int_equal(t.attempts, 2);
	end(f, t.message.id, &(struct hook_attempt){ HOOK_WAITING, "no", START_MS, START_MS + 5000, 0 });
	hook_state_done(&t);
	assert_int_equal(claim(f, START_MS + 4999, &t, &due_ms), 0);
	assert_true(due_ms == START_MS + 5000);
	assert_int_equal(claim(f, START_MS + 5000, &t, &due_ms), 1);
	assert_true(t.first_failure_ms == START_MS);
	assert_string_equal(t.last_error, "no");
	end(f, t.message.id, &(struct hook_attempt){ HOOK_DELIVERED, NULL, START_MS + 5000, 0, 0 });
	/* The one who was slow says so too: nothing comes of it. */
	end(f, t.message.id, &(struct hook_attempt){ HOOK_DELIVERED, NULL, START_MS + 5000, 0, 0 });
	hook_state_done(&t);
	assert_int_equal(claim(f, START_MS + 5000, &t, &due_ms), 1);
	assert_int_equal(t.at.change, 4);
	assert_int_equal(t.delivered, 1);
	assert_true(t.first_failure_ms == TIME_NONE);
	hook_state_done(&t);
	hook_state_done(&s);
}

/* Whoever sends it next, after a restart, knows since when it is refused; of another message that says nothing. */
static void
test_refused_since(void **state)
{
	struct fixture *f = *state;
	struct config_hook hook = { .hook = T("site") };
	struct hook_state s;
	int64_t due_ms;
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 0);
	run_of(f, "a", 0, 2);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 1);
	assert_false(choose(f, &hook, &s));
	end(f, s.message.id, &(struct hook_attempt){ HOOK_WAITING, "422", START_MS, START_MS, START_MS - HOUR_MS });
	hook_state_done(&s);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 1);
	assert_true(s.refusing_since_ms == START_MS - HOUR_MS);
	end(f, s.message.id, &(struct hook_attempt){ HOOK_WAITING, "down", START_MS, START_MS, TIME_NONE });
	hook_state_done(&s);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 1);
	assert_true(s.refusing_since_ms == TIME_NONE);
	end(f, s.message.id, &(struct hook_attempt){ HOOK_WAITING, "422", START_MS, START_MS, START_MS });
	end(f, s.message.id, &(struct hook_attempt){ HOOK_REFUSED, "422", START_MS, START_MS, START_MS });
	hook_state_done(&s);
	check_list(f, "SELECT count(*) FROM watch_note WHERE name LIKE 'refused%'", "0");
}

/* By a day: a message that was claimed or refused before does not wait for that day to come again, and is not sent without a pause. */
static void
test_clock_set_back(void **state)
{
	struct fixture *f = *state;
	struct config_hook hook = { .hook = T("site") };
	struct hook_state s;
	int64_t due_ms;
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 0);
	run_of(f, "a", 0, 1);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 1);
	assert_false(choose(f, &hook, &s));
	hook_state_done(&s);
	assert_int_equal(claim(f, START_MS - DAY_MS, &s, &due_ms), 1);	/* whoever had it is gone */
	end(f, s.message.id, &(struct hook_attempt){ HOOK_WAITING, "no", START_MS, START_MS + 5000, 0 });
	hook_state_done(&s);
	assert_int_equal(claim(f, START_MS - HOUR_MS, &s, &due_ms), 0);	/* another's clock is not quite the same */
	assert_int_equal(claim(f, START_MS - DAY_MS, &s, &due_ms), 1);
	assert_true(s.first_failure_ms == START_MS - DAY_MS);
	end(f, s.message.id, &(struct hook_attempt){ HOOK_WAITING, "no", START_MS - DAY_MS, START_MS - DAY_MS + 5000, 0 });
	hook_state_done(&s);
	assert_int_equal(claim(f, START_MS - DAY_MS + 4999, &s, &due_ms), 0);
	assert_int_equal(claim(f, START_MS - 10 * DAY_MS, &s, &due_ms), 1);
	hook_state_done(&s);
}

static void
test_disabled(void **state)
{
	struct fixture *f = *state;
	struct config_hook hook = { .hook = T("site"), .batch = true };
	struct hook_state s;
	int64_t due_ms, behind;
	bool known;
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 0);
	run_of(f, "a", 0, 5);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 1);
	assert_false(choose(f, &hook, &s));
	assert_int_equal(s.message.events, 5);
	end(f, s.message.id, &(struct hook_attempt){ HOOK_DISABLED, "gone", START_MS, START_MS, 0 });
	hook_state_done(&s);
	assert_int_equal(claim(f, START_MS + DAY_MS, &s, &due_ms), 0);
	assert_true(due_ms == TIME_NONE);
	assert_int_equal(hook_get(f->c, "site", &s, &f->err), 1);
	assert_true(s.disabled_ms == START_MS);
	assert_int_equal(hook_behind(f->c, s.at, &behind, &f->err), 0);
	assert_int_equal(behind, 5);
	hook_state_done(&s);
	assert_int_equal(hook_resume(f->c, "sote", &known, &f->err), 0);
	assert_false(known);
	assert_int_equal(hook_resume(f->c, "site", &known, &f->err), 0);
	assert_true(known);
	assert_int_equal(claim(f, START_MS + DAY_MS, &s, &due_ms), 1);
	end(f, s.message.id, &(struct hook_attempt){ HOOK_REFUSED, "bad", START_MS, START_MS, 0 });
	hook_state_done(&s);
	assert_int_equal(hook_get(f->c, "site", &s, &f->err), 1);
	assert_int_equal(s.refused, 5);
	assert_int_equal(s.delivered, 0);
	assert_int_equal(s.at.change, 5);
	hook_state_done(&s);
}

/* Whoever wants little goes on behind all the rest, in looks of limited length. */
static void
test_passes(void **state)
{
	struct fixture *f = *state;
	struct config_hook hook = { .hook = T("site"), .kinds = T("event camper_van"), .partners = T("q p") };
	struct hook_state s;
	int64_t due_ms;
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 0);
	run_of(f, "a", 0, 1500);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 1);
	assert_true(choose(f, &hook, &s));
	assert_null(s.message.id);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 1);
	assert_int_equal(s.at.change, 1000);
	assert_false(choose(f, &hook, &s));
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 0);
	f->kind = "event";
	begin(f);
	items(f, "b", 0, 1);
	finish_after(f, RUN_PARTIAL, 1);
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 1);
	assert_int_equal(s.at.change, 1500);
	assert_false(choose(f, &hook, &s));
	assert_non_null(strstr(s.message.body, "\"subject\":\"p:b0\""));
	hook_state_done(&s);
}

/* A batch has its limits: so many events, so many bytes, each whole. */
static void
test_batches(void **state)
{
	struct fixture *f = *state;
	struct config_hook hook = { .hook = T("site"), .batch = true };
	struct hook_state s;
	int64_t due_ms, events = 0;
	assert_int_equal(claim(f, START_MS, &s, &due_ms), 0);
	run_of(f, "a", 0, 250);
	for (int i = 0; events < 250; i++) {
		assert_true(i < 20);
		assert_int_equal(claim(f, START_MS, &s, &due_ms), 1);
		(void)choose(f, &hook, &s);
		size_t len = strlen(s.message.body);
		assert_true(len <= 64 * 1024 && s.message.events <= 100);
		assert_true(s.message.body[0] == '[' && strcmp(s.message.body + len - 3, "}}]") == 0);
		events += s.message.events;
		assert_int_equal(s.message.behind.change, events);
		end(f, s.message.id, &(struct hook_attempt){ HOOK_DELIVERED, NULL, START_MS, 0, 0 });
		hook_state_done(&s);
	}
}

static bool
keep(void *arg, const char *name)
{
	return strcmp(name, arg) == 0;
}

static void
test_forgets(void **state)
{
	struct fixture *f = *state;
	struct hook_state s;
	int64_t due_ms;
	static const char *const names[] = { "a", "site", "z" };
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(hook_claim(f->c, names[i], START_MS, START_MS, &s, &due_ms, &f->err), 0);
	assert_int_equal(hook_prune(f->c, keep, T("site"), &f->err), 0);
	check_list(f, "SELECT hook FROM hook", "site");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signature), cmocka_unit_test(test_meaning), TEST(test_positions), TEST(test_disabled),
		TEST(test_refused_since),
		TEST(test_clock_set_back),
		TEST(test_passes), TEST(test_batches), TEST(test_forgets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
