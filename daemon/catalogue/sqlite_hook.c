/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks: see hooks.h. */
#include "catalogue/hooks.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "catalogue/sqlite_catalogue.h"
#include "catalogue/watch.h"

/* Since when a message is refused, "MILLISECONDS ID", is a note of the lookout's: it was found to be needed after the table. */
static const char nobody[] = "";
enum { NOTE_NAME_MAX = 128 };

void
hook_message_done(struct hook_message *m)
{
	free(m->id);
	free(m->type);
	free(m->body);
	*m = (struct hook_message){ .id = NULL };
}

void
hook_state_done(struct hook_state *s)
{
	hook_message_done(&s->message);
}

static void
read_state(const struct query *q, struct hook_state *ret)
{
	*ret = (struct hook_state){
		.at = { column_integer(q, 0), column_integer(q, 1) }, .attempts = column_integer(q, 2),
		.due_ms = column_time(q, 3), .first_failure_ms = column_time(q, 4), .disabled_ms = column_time(q, 5),
		.delivered_ms = column_time(q, 6), .delivered = column_integer(q, 7),
		.message = { .id = column_copy(q, 9), .events = column_integer(q, 10),
		    .behind = { column_integer(q, 11), column_integer(q, 12) }, .type = column_copy(q, 13), .body = column_copy(q, 14) },
	};
	struct text text = column_text(q, 8);
	(void)snprintf(ret->last_error, sizeof ret->last_error, "%.*s", (int)text.len, text.s != NULL ? text.s : "");
}

static const char *
refusal_note(char out[NOTE_NAME_MAX], const char *hook)
{
	(void)snprintf(out, NOTE_NAME_MAX, "refused-by:%s", hook);
	return out;
}

static int
keep_refusal(struct catalogue *c, const char *hook, const char *message_id, int64_t since_ms, struct error *err)
{
	char name[NOTE_NAME_MAX];
	struct buf text = BUF_INIT;
	if (since_ms > 0)
		buf_fmt(&text, "%" PRId64 " %s", since_ms, message_id);
	int rc = watch_note_put(c, nobody, refusal_note(name, hook), text.data, err);
	buf_done(&text);
	return rc;
}

/* Of another message it says nothing. */
static int
read_refusal(struct catalogue *c, const char *hook, struct hook_state *s, struct error *err)
{
	char name[NOTE_NAME_MAX], *text;
	int64_t since_ms;
	int id = 0;
	s->refusing_since_ms = TIME_NONE;
	if (s->message.id == NULL)
		return 0;
	if (watch_note_get(c, nobody, refusal_note(name, hook), &text, err) != 0)
		return -1;
	if (text != NULL && sscanf(text, "%" SCNd64 " %n", &since_ms, &id) == 1 && strcmp(text + id, s->message.id) == 0)
		s->refusing_since_ms = since_ms;
	free(text);
	return 0;
}

static int
begin_hook(struct catalogue *c, const char *hook, struct error *err)
{
	struct query q = query(c, SQL_HOOK_ADD);
	bind_string(&q, hook);
	return run(&q, err);
}

static int
read_due(struct catalogue *c, const char *hook, int64_t *ret, struct error *err)
{
	struct query q = query(c, SQL_HOOK_DUE);
	bind_string(&q, hook);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	*ret = rc == 1 ? column_time(&q, 0) : TIME_NONE;
	if (rc == 1)
		finish(&q);
	return rc == 1 ? 0 : begin_hook(c, hook, err);
}

int
hook_claim(struct catalogue *c, const char *hook, int64_t now_ms, int64_t until_ms, struct hook_state *ret,
    int64_t *ret_due_ms, struct error *err)
{
	struct query q = query(c, SQL_HOOK_CLAIM);
	bind_string(&q, hook);
	bind_integer(&q, now_ms);
	bind_integer(&q, until_ms);
	int rc = row(&q, err);
	if (rc == 1) {
		read_state(&q, ret);
		finish(&q);
		if (read_refusal(c, hook, ret, err) != 0) {
			hook_state_done(ret);
			return -1;
		}
	}
	return rc == 0 ? read_due(c, hook, ret_due_ms, err) : rc;
}

int
hook_message_put(struct catalogue *c, const char *hook, const struct hook_message *m, struct error *err)
{
	struct query q = query(c, SQL_HOOK_MESSAGE);
	bind_string(&q, hook);
	bind_string(&q, m->id);
	bind_string(&q, m->type);
	bind_string(&q, m->body);
	bind_integer(&q, m->events);
	bind_integer(&q, m->behind.change);
	bind_integer(&q, m->behind.turn);
	return run(&q, err);
}

int
hook_pass(struct catalogue *c, const char *hook, struct news_position to, struct error *err)
{
	struct query q = query(c, SQL_HOOK_PASS);
	bind_string(&q, hook);
	bind_integer(&q, to.change);
	bind_integer(&q, to.turn);
	return run(&q, err);
}

int
hook_end(struct catalogue *c, const char *hook, const char *message_id, const struct hook_attempt *a, struct error *err)
{
	static const enum sql sql[] = {
		[HOOK_DELIVERED] = SQL_HOOK_DELIVERED, [HOOK_WAITING] = SQL_HOOK_WAITING, [HOOK_REFUSED] = SQL_HOOK_REFUSED,
		[HOOK_DISABLED] = SQL_HOOK_DISABLED,
	};
	struct query q = query(c, sql[a->outcome]);
	bind_string(&q, hook);
	bind_string(&q, message_id);
	bind_integer(&q, a->now_ms);
	if (a->outcome != HOOK_DELIVERED)
		bind_string(&q, a->error);
	if (a->outcome == HOOK_WAITING)
		bind_integer(&q, a->due_ms);
	if (run(&q, err) != 0)
		return -1;
	return keep_refusal(c, hook, message_id, a->outcome == HOOK_WAITING ? a->refusing_since_ms : 0, err);
}

int
hook_get(struct catalogue *c, const char *hook, struct hook_state *ret, struct error *err)
{
	struct query q = query(c, SQL_HOOK_GET);
	bind_string(&q, hook);
	int rc = row(&q, err);
	if (rc == 1) {
		read_state(&q, ret);
		ret->refused = column_integer(&q, 15);
		ret->refused_ms = column_time(&q, 16);
		finish(&q);
	}
	return rc;
}

int
hook_behind(struct catalogue *c, struct news_position at, int64_t *ret, struct error *err)
{
	struct query q = query(c, SQL_HOOK_BEHIND);
	bind_integer(&q, at.change);
	bind_integer(&q, at.turn);
	if (row(&q, err) != 1)
		return -1;
	*ret = column_integer(&q, 0);
	finish(&q);
	return 0;
}

int
hook_resume(struct catalogue *c, const char *hook, bool *ret, struct error *err)
{
	struct query q = query(c, SQL_HOOK_RESUME);
	bind_string(&q, hook);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	*ret = rc == 1;
	if (rc == 1)
		finish(&q);
	return 0;
}

static int
drop(struct catalogue *c, const char *hook, struct error *err)
{
	struct query q = query(c, SQL_HOOK_DROP);
	bind_string(&q, hook);
	return run(&q, err) != 0 ? -1 : keep_refusal(c, hook, "", 0, err);
}

int
hook_prune(struct catalogue *c, bool (*keep)(void *arg, const char *hook), void *arg, struct error *err)
{
	struct query q = query(c, SQL_HOOK_NAMES);
	int rc;
	while ((rc = row(&q, err)) == 1) {
		/* Another statement on the same table: the rows that are still to come are as they were. */
		char *name = column_copy(&q, 0);
		if (!keep(arg, name))
			rc = drop(c, name, err);
		free(name);
		if (rc < 0)
			break;
	}
	if (rc != 0)
		finish(&q);
	return rc < 0 ? -1 : 0;
}
