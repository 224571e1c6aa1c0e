/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: see outbox.h. */
#include "catalogue/outbox.h"

#include <inttypes.h>

#include "base/buf.h"
#include "catalogue/sqlite_catalogue.h"

/* ---- something to tell */

struct told {			/* whether a recipient was told of a note */
	bool told, failed;	/* failed: but it never arrived */
	char *thread;
};

static int
find_told(struct catalogue *c, const char *note, const char *recipient, struct told *ret, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_TOLD);
	bind_string(&q, note);
	bind_string(&q, recipient);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	*ret = (struct told){ .told = rc == 1 };
	if (rc == 1) {
		const char *state = column_text(&q, 0).s;
		ret->failed = strcmp(state, "refused") == 0 || strcmp(state, "given-up") == 0;
		ret->thread = column_copy(&q, 1);
		finish(&q);
	}
	return 0;
}

/* *ret 0: none waits. */
static int
find_open(struct catalogue *c, const struct outbox_note *n, const char *thread, int64_t *ret, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_OPEN);
	bind_string(&q, n->recipient);
	bind_string(&q, n->kind);
	bind_string(&q, thread);
	bind_integer(&q, n->now_ms);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	*ret = rc == 1 ? column_integer(&q, 0) : 0;
	if (rc == 1)
		finish(&q);
	return 0;
}

static int
add_letter(struct catalogue *c, const struct outbox_note *n, const char *thread, int64_t *ret, struct error *err)
{
	char id[320];
	struct query q = query(c, SQL_OUTBOX_NUMBER);
	if (row(&q, err) != 1)
		return -1;
	int64_t letter = column_integer(&q, 0);
	finish(&q);
	(void)snprintf(id, sizeof id, "<%" PRId64 ".%" PRId64 ".vigie@%s>", n->now_ms, letter, n->domain);
	q = query(c, SQL_OUTBOX_ADD);
	bind_integer(&q, letter);
	bind_string(&q, n->recipient);
	bind_string(&q, n->kind);
	bind_string(&q, thread);
	bind_string(&q, id);
	bind_integer(&q, n->now_ms);
	bind_integer(&q, n->due_ms);
	*ret = letter;
	return run(&q, err);
}

/* What its alert's letters came to, in the view `alerts`. */
static int
update_alerts(struct catalogue *c, int64_t letter, struct error *err)
{
	struct query q = query(c, SQL_ALERT_MAIL_OF);
	bind_integer(&q, letter);
	return run(&q, err);
}

static int
add_note(struct catalogue *c, const struct outbox_note *n, const char *thread, struct error *err)
{
	int64_t letter;
	if (find_open(c, n, thread, &letter, err) != 0 || (letter == 0 && add_letter(c, n, thread, &letter, err) != 0))
		return -1;
	struct query q = query(c, SQL_OUTBOX_ITEM_ADD);
	bind_integer(&q, letter);
	bind_string(&q, n->recipient);
	bind_string(&q, n->note);
	bind_integer(&q, n->alert);
	bind_string(&q, n->facts);
	return run(&q, err) != 0 || update_alerts(c, letter, err) != 0 ? -1 : 0;
}

static int
tell(struct catalogue *c, const struct outbox_note *n, struct error *err)
{
	struct told same, first = { .told = false };
	if (find_told(c, n->note, n->recipient, &same, err) != 0)
		return -1;
	free(same.thread);
	if (same.told)
		return 0;
	if (n->follows != NULL && find_told(c, n->follows, n->recipient, &first, err) != 0)
		return -1;
	int rc = 0;
	bool knows = first.told && !first.failed;
	if (knows || !n->only_if_told)
		rc = add_note(c, n, knows ? first.thread : NULL, err);
	free(first.thread);
	return rc;
}

int
outbox_tell(struct catalogue *c, const struct outbox_note *n, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	return step_end(c, tell(c, n, err), err);
}

/* ---- and to tell no more */

static int
count(struct query *q, bool *ret, struct error *err)
{
	if (row(q, err) != 1)
		return -1;
	*ret = column_integer(q, 0) > 0;
	finish(q);
	return 0;
}

static int
drop_empty(struct catalogue *c, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_DROP_EMPTY);
	return run(&q, err);
}

static int
cancel_alert(struct catalogue *c, int64_t alert, bool *ret_told, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_CANCEL_ALERT);
	bind_integer(&q, alert);
	if (run(&q, err) != 0 || drop_empty(c, err) != 0)
		return -1;
	q = query(c, SQL_OUTBOX_LEFT_ALERT);
	bind_integer(&q, alert);
	return count(&q, ret_told, err);
}

int
outbox_cancel(struct catalogue *c, int64_t alert, bool *ret_told, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	return step_end(c, cancel_alert(c, alert, ret_told, err), err);
}

static int
cancel_note(struct catalogue *c, const char *note, bool *ret_told, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_CANCEL_NOTE);
	bind_string(&q, note);
	if (run(&q, err) != 0 || drop_empty(c, err) != 0)
		return -1;
	q = query(c, SQL_OUTBOX_LEFT_NOTE);
	bind_string(&q, note);
	return count(&q, ret_told, err);
}

int
outbox_cancel_note(struct catalogue *c, const char *note, bool *ret_told, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	return step_end(c, cancel_note(c, note, ret_told, err), err);
}

int
outbox_was_sent(struct catalogue *c, const char *note, bool *ret, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_SENT);
	bind_string(&q, note);
	return count(&q, ret, err);
}

static int
forget_lost(struct catalogue *c, const char *note, bool *ret, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_LOST);
	bind_string(&q, note);
	if (count(&q, ret, err) != 0)
		return -1;
	q = query(c, SQL_OUTBOX_DROP_LOST);
	bind_string(&q, note);
	return *ret ? run(&q, err) : 0;
}

int
outbox_forget_lost(struct catalogue *c, const char *note, bool *ret, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	return step_end(c, forget_lost(c, note, ret, err), err);
}

/* ---- letters */

static int
read_letter(struct query *q, struct outbox_letter *ret, struct error *err)
{
	int rc = row(q, err);
	if (rc != 1)
		return rc;
	*ret = (struct outbox_letter){
		.letter = column_integer(q, 0), .recipient = column_copy(q, 1), .kind = column_copy(q, 2), .thread = column_copy(q, 3),
		.message_id = column_copy(q, 4), .subject = column_copy(q, 5), .text = column_copy(q, 6), .html = column_copy(q, 7),
		.created_ms = column_integer(q, 8), .attempts = column_integer(q, 9), .first_failure_ms = column_time(q, 10),
	};
	finish(q);
	return 1;
}

int
outbox_claim(struct catalogue *c, int64_t now_ms, int64_t until_ms, struct outbox_letter *ret, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_CLAIM);
	bind_integer(&q, now_ms);
	bind_integer(&q, until_ms);
	return read_letter(&q, ret, err);
}

int
outbox_get(struct catalogue *c, int64_t letter, struct outbox_letter *ret, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_GET);
	bind_integer(&q, letter);
	return read_letter(&q, ret, err);
}

void
outbox_letter_done(struct outbox_letter *l)
{
	free(l->recipient);
	free(l->kind);
	free(l->thread);
	free(l->message_id);
	free(l->subject);
	free(l->text);
	free(l->html);
	*l = (struct outbox_letter){ .letter = 0 };
}

int
outbox_items(struct catalogue *c, int64_t letter,
    void (*each)(void *arg, const char *note, const char *facts), void *arg, struct error *err)
{
	int rc;
	struct query q = query(c, SQL_OUTBOX_ITEMS);
	bind_integer(&q, letter);
	while ((rc = row(&q, err)) == 1)
		each(arg, column_text(&q, 0).s, column_text(&q, 1).s);
	return rc;
}

int
outbox_compose(struct catalogue *c, const struct outbox_letter *l, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_COMPOSE);
	bind_integer(&q, l->letter);
	bind_string(&q, l->subject);
	bind_string(&q, l->text);
	bind_string(&q, l->html);
	return run(&q, err);
}

/* What was over while somebody tried to send it: the watch could not call that
 * letter back, and left one that says so to follow it. */
static int
cancel_over(struct catalogue *c, int64_t letter, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_CANCEL_OVER);
	bind_integer(&q, letter);
	if (run(&q, err) != 0 || drop_empty(c, err) != 0)
		return -1;
	q = query(c, SQL_ALERT_MAIL_OVER);
	return run(&q, err);
}

static int
end_letter(struct catalogue *c, int64_t letter, const struct outbox_attempt *a, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_END);
	bind_integer(&q, letter);
	bind_string(&q, a->state);
	bind_string(&q, a->error);
	bind_integer(&q, a->now_ms);
	bind_integer(&q, a->due_ms);
	if (run(&q, err) != 0 || update_alerts(c, letter, err) != 0)
		return -1;
	return strcmp(a->state, "waiting") == 0 ? cancel_over(c, letter, err) : 0;
}

int
outbox_end(struct catalogue *c, int64_t letter, const struct outbox_attempt *a, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	return step_end(c, end_letter(c, letter, a, err), err);
}

/* ---- how it stands */

static int
read_stuck(struct catalogue *c, struct outbox_status *s, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_STUCK);
	int rc = row(&q, err);
	if (rc != 1)
		return rc;
	struct text text = column_text(&q, 1);
	s->stuck_since_ms = column_time(&q, 0);
	(void)snprintf(s->last_error, sizeof s->last_error, "%.*s", (int)text.len, text.s != NULL ? text.s : "");
	finish(&q);
	return 0;
}

int
outbox_status(struct catalogue *c, struct outbox_status *ret, struct error *err)
{
	struct outbox_status s = { .stuck_since_ms = TIME_NONE };
	struct query q = query(c, SQL_OUTBOX_STATUS);
	if (row(&q, err) != 1)
		return -1;
	s.waiting = column_integer(&q, 0);
	s.next_due_ms = column_time(&q, 1);
	s.oldest_ms = column_time(&q, 2);
	finish(&q);
	if (read_stuck(c, &s, err) != 0)
		return -1;
	*ret = s;
	return 0;
}

int
outbox_losses(struct catalogue *c, int64_t since_ms, struct outbox_losses *ret, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_LOSSES);
	bind_integer(&q, since_ms);
	if (row(&q, err) != 1)
		return -1;
	struct text text = column_text(&q, 2);
	*ret = (struct outbox_losses){ .letters = column_integer(&q, 0), .last_ms = column_time(&q, 1) };
	(void)snprintf(ret->last_error, sizeof ret->last_error, "%.*s", (int)text.len, text.s != NULL ? text.s : "");
	finish(&q);
	return 0;
}

int
outbox_prune(struct catalogue *c, int64_t before_ms, struct error *err)
{
	struct query q = query(c, SQL_OUTBOX_PRUNE);
	bind_integer(&q, before_ms);
	return run(&q, err);
}
