/* SPDX-License-Identifier: Apache-2.0 */
/* What the watch and the outbox keep in the catalogue. */
#include "catalogue_fixture.h"

#include "catalogue/outbox.h"
#include "catalogue/watch.h"

static int64_t
id_of(struct fixture *f, const char *partner)
{
	struct watch_partner p;
	if (watch_partner_get(f->c, partner, &p, &f->err) != 0)
		fail_msg("%s", f->err.text);
	int64_t id = p.id;
	watch_partner_done(&p);
	return id;
}

/* ---- publication */

#define TABLES "SELECT (SELECT group_concat(quote(row) || quote(external_id) || quote(title) || quote(published) || " \
	"quote(changed_ms) || quote(removed_ms) || quote(properties), ';') FROM listing) || " \
	"(SELECT group_concat(row || present || low || high || content || seen_ms || text, ';') FROM trace)"
#define VIEW "SELECT uid || title || published || first_seen || last_seen || ifnull(removed_at, '') || properties ||" \
	" ifnull(partner_verdict, '') FROM listings ORDER BY uid"

static void
put_verdict(struct fixture *f, const char *verdict, bool withdrawn, int64_t now_ms)
{
	assert_int_equal(watch_verdict_put(f->c, id_of(f, "p"), verdict, now_ms, 0.5, &f->err), 0);
	assert_int_equal(watch_withdraw(f->c, id_of(f, "p"), withdrawn, now_ms, &f->err), 0);
}

static void
check_shown(struct fixture *f, size_t want)
{
	struct catalogue_cursor *q = catalogue_query(f->c, VIEW_LISTINGS, NULL, &f->err);
	assert_non_null(q);
	size_t n = 0;
	while (cursor_next(q, &f->err) == 1)
		n++;
	cursor_close(q);
	assert_int_equal(n, want);
}

static void
test_withdrawn_and_published_again(void **state)
{
	struct fixture *f = *state;
	struct buf tables = BUF_INIT, view = BUF_INIT;
	(void)run_of(f, "a", 0, 4);
	ask_list(f, TABLES, &tables);
	ask_list(f, VIEW, &view);
	check_shown(f, 4);
	int64_t now_ms = f->report.started_ms;
	put_verdict(f, "gone", true, now_ms);
	check_shown(f, 0);
	check_list(f, TABLES, buf_cstr(&tables));
	check_list(f, "SELECT published || partner_verdict FROM listings", "0gone,0gone,0gone,0gone");
	check_list(f, "SELECT op FROM changes WHERE change > 4", "changed,changed,changed,changed");
	check_list(f, "SELECT DISTINCT changed_at FROM listings", "2026-01-02T00:00:00Z");
	check_why(f, "p:a0", "added withdrawn");
	put_verdict(f, "gone", true, now_ms + DAY_MS);	/* said again: nothing happens */
	check_list(f, "SELECT count(*) FROM changes", "8");
	put_verdict(f, "alive", false, now_ms + 2 * (int64_t)DAY_MS);
	check_shown(f, 4);
	check_list(f, TABLES, buf_cstr(&tables));
	check_list(f, VIEW, buf_cstr(&view));
	check_list(f, "SELECT DISTINCT changed_at FROM listings", "2026-01-04T00:00:00Z");
	check_list(f, "SELECT count(*) FROM changes", "12");
	check_why(f, "p:a0", "added withdrawn published");
	/* The search follows the change log too. */
	uint64_t left;
	assert_int_equal(catalogue_index(f->c, 100, &left, &f->err), 0);
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	filter.search = "a2";
	struct catalogue_cursor *q = catalogue_query(f->c, VIEW_LISTINGS, &filter, &f->err);
	assert_int_equal(cursor_next(q, &f->err), 1);
	assert_string_equal(cursor_text(q, 0), "p:a2");
	assert_int_equal(cursor_next(q, &f->err), 0);
	cursor_close(q);
	/* And the next run finds everything as it left it. */
	assert_int_equal(run_of(f, "a", 0, 4)->changed, 0);
	buf_done(&tables);
	buf_done(&view);
}

static void
test_only_what_was_published_changes(void **state)
{
	struct fixture *f = *state;
	(void)run_of(f, "a", 0, 4);
	(void)run_of(f, "a", 0, 3);
	(void)run_of(f, "a", 0, 3);
	(void)run_of(f, "a", 0, 3);
	check_list(f, "SELECT count(*) FROM listings WHERE removed_at IS NOT NULL", "1");
	int64_t removed = ask_integer(f, "SELECT changed_at = first_seen FROM listings WHERE removed_at IS NOT NULL");
	put_verdict(f, "gone", true, f->report.started_ms);
	check_list(f, "SELECT count(*) FROM changes WHERE op = 'changed'", "3");
	assert_int_equal(ask_integer(f, "SELECT changed_at = first_seen FROM listings WHERE removed_at IS NOT NULL"),
	    removed);
}

static void
test_steps_within_steps(void **state)
{
	struct fixture *f = *state;
	for (int grouped = 0; grouped < 2; grouped++) {
		if (grouped)
			assert_int_equal(catalogue_begin(f->c, &f->err), 0);
		assert_int_equal(catalogue_step_begin(f->c, &f->err), 0);
		assert_int_equal(watch_note_put(f->c, "", "kept", "1", &f->err), 0);
		assert_int_equal(catalogue_step_begin(f->c, &f->err), 0);
		assert_int_equal(watch_note_put(f->c, "", "inner", "1", &f->err), 0);
		assert_int_equal(catalogue_step_end(f->c, -1, NULL), -1);
		assert_int_equal(catalogue_step_end(f->c, 0, &f->err), 0);
		assert_int_equal(catalogue_step_begin(f->c, &f->err), 0);
		assert_int_equal(watch_note_put(f->c, "", "outer", "1", &f->err), 0);
		put_verdict(f, "gone", true, START_MS);
		assert_int_equal(catalogue_step_end(f->c, -1, NULL), -1);
		if (grouped)
			assert_int_equal(catalogue_commit(f->c, &f->err), 0);
		check_list(f, "SELECT name FROM watch_note", "kept");
		check_list(f, "SELECT withdrawn FROM partner", "0");
	}
}

/* ---- memory */

static void
test_memory(void **state)
{
	struct fixture *f = *state;
	void *data;
	size_t len;
	char *text;
	assert_int_equal(watch_state_get(f->c, "p", &data, &len, &f->err), 0);
	assert_null(data);
	assert_int_equal(watch_state_put(f->c, id_of(f, "p"), "a\0b", 3, START_MS, &f->err), 0);
	assert_int_equal(watch_state_put(f->c, id_of(f, "p"), "c\0d", 3, START_MS, &f->err), 0);
	assert_int_equal(watch_state_get(f->c, "p", &data, &len, &f->err), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(data, "c\0d", 3);
	free(data);
	assert_int_equal(watch_note_put(f->c, "p", "rdap", "x", &f->err), 0);
	assert_int_equal(watch_note_put(f->c, "p", "rdap", "y", &f->err), 0);
	assert_int_equal(watch_note_get(f->c, "p", "rdap", &text, &f->err), 0);
	assert_string_equal(text, "y");
	free(text);
	assert_int_equal(watch_note_put(f->c, "p", "rdap", NULL, &f->err), 0);
	assert_int_equal(watch_note_get(f->c, "p", "rdap", &text, &f->err), 0);
	assert_null(text);
	struct watch_partner nobody;
	assert_int_equal(watch_partner_get(f->c, "q", &nobody, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_NOT_FOUND);
	error_clear(&f->err);
}

/* ---- letters */

static void
tell(struct fixture *f, const char *to, const char *kind, const char *note, const char *follows)
{
	struct outbox_note n = { .recipient = to, .kind = kind, .note = note, .facts = "{}", .follows = follows,
		.only_if_told = follows != NULL, .domain = "x.example", .now_ms = START_MS, .due_ms = START_MS + MINUTE_MS };
	if (outbox_tell(f->c, &n, &f->err) != 0)
		fail_msg("%s", f->err.text);
}

static void
claim(struct fixture *f, int64_t now_ms, const char *want)
{
	struct outbox_letter l;
	int rc = outbox_claim(f->c, now_ms, now_ms + MINUTE_MS, &l, &f->err);
	assert_int_equal(rc, want != NULL);
	if (want == NULL)
		return;
	assert_string_equal(l.recipient, want);
	outbox_letter_done(&l);
}

static void
end(struct fixture *f, int64_t letter, const char *state, const char *error)
{
	struct outbox_attempt a = { state, error, START_MS + HOUR_MS, START_MS + 2 * HOUR_MS };
	assert_int_equal(outbox_end(f->c, letter, &a, &f->err), 0);
}

static void
test_letters_are_filled_then_sent(void **state)
{
	struct fixture *f = *state;
	tell(f, "a@x", "alert", "1", NULL);
	tell(f, "a@x", "alert", "2", NULL);
	tell(f, "a@x", "alert", "2", NULL);	/* twice: once */
	tell(f, "b@x", "alert", "1", NULL);
	tell(f, "a@x", "recovery", "1 over", "1");
	tell(f, "c@x", "recovery", "1 over", "1");	/* was never told of it */
	check_list(f, "SELECT letter || recipient || kind || (SELECT group_concat(note) FROM outbox_item i WHERE"
	    " i.letter = o.letter) || ifnull(thread, '') FROM outbox o",
	    "1a@xalert1,2,2b@xalert1,3a@xrecovery1 over<1767225600000.1.vigie@x.example>");
	claim(f, START_MS, NULL);
	claim(f, START_MS + MINUTE_MS, "a@x");
	tell(f, "a@x", "alert", "3", NULL);	/* the first letter is closed */
	check_list(f, "SELECT letter FROM outbox_item WHERE note = '3'", "4");
	claim(f, START_MS + MINUTE_MS, "b@x");
	claim(f, START_MS + MINUTE_MS, "a@x");
	claim(f, START_MS + MINUTE_MS, "a@x");
	claim(f, START_MS + MINUTE_MS, NULL);
	claim(f, START_MS + 2 * MINUTE_MS, "a@x");	/* the claim ran out */
	end(f, 1, "sent", NULL);
	end(f, 2, "waiting", "450 later");
	struct outbox_status s;
	assert_int_equal(outbox_status(f->c, &s, &f->err), 0);
	assert_int_equal(s.waiting, 3);
	assert_string_equal(s.last_error, "450 later");
	assert_int_equal(s.stuck_since_ms, START_MS + HOUR_MS);
	bool sent;
	assert_int_equal(outbox_was_sent(f->c, "2", &sent, &f->err), 0);
	assert_true(sent);
	assert_int_equal(outbox_was_sent(f->c, "3", &sent, &f->err), 0);
	assert_false(sent);
	/* What waits is never pruned. */
	assert_int_equal(outbox_prune(f->c, START_MS + DAY_MS, &f->err), 0);
	check_list(f, "SELECT letter FROM outbox", "2,3,4");
	check_list(f, "SELECT note FROM outbox_item ORDER BY item", "1,1 over,3");
}

/* By a day: what was written, tried or claimed before does not wait for that day to come again. */
static void
test_clock_set_back(void **state)
{
	struct fixture *f = *state;
	tell(f, "a@x", "alert", "1", NULL);
	claim(f, START_MS - HOUR_MS, NULL);
	claim(f, START_MS - DAY_MS, "a@x");
	claim(f, START_MS - DAY_MS, NULL);	/* it is on its way */
	end(f, 1, "waiting", "450 later");	/* until START_MS + 2 h */
	claim(f, START_MS - HOUR_MS, NULL);
	claim(f, START_MS - DAY_MS, "a@x");
	end(f, 1, "waiting", "450 later");
	claim(f, START_MS + 2 * HOUR_MS, "a@x");
	claim(f, START_MS + HOUR_MS, NULL);	/* another's clock is not quite the same */
	claim(f, START_MS - DAY_MS, "a@x");
}

static void
test_letters_called_back(void **state)
{
	struct fixture *f = *state;
	bool told;
	tell(f, "a@x", "alert", "1", NULL);
	tell(f, "a@x", "alert", "2", NULL);
	tell(f, "b@x", "alert", "2", NULL);
	assert_int_equal(outbox_cancel_note(f->c, "2", &told, &f->err), 0);
	assert_false(told);
	check_list(f, "SELECT note || recipient FROM outbox_item", "1a@x");
	check_list(f, "SELECT recipient FROM outbox", "a@x");
	/* Tried once: it can still be called back, for it speaks of nothing else. */
	claim(f, START_MS + MINUTE_MS, "a@x");
	end(f, 1, "waiting", "450 later");
	tell(f, "a@x", "alert", "3", NULL);
	assert_int_equal(outbox_cancel_note(f->c, "1", &told, &f->err), 0);
	assert_false(told);
	check_list(f, "SELECT note FROM outbox_item", "3");
	claim(f, START_MS + MINUTE_MS, "a@x");
	assert_int_equal(outbox_cancel_note(f->c, "3", &told, &f->err), 0);
	assert_true(told);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_withdrawn_and_published_again),
		TEST(test_only_what_was_published_changes),
		TEST(test_steps_within_steps),
		TEST(test_memory),
		TEST(test_letters_are_filled_then_sent),
		TEST(test_clock_set_back),
		TEST(test_letters_called_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
