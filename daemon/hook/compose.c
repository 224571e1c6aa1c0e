/* SPDX-License-Identifier: Apache-2.0 */
#include "hook/compose.h"

#include <inttypes.h>

#include "base/buf.h"
#include "represent/event.h"

enum {
	LOOK_MAX = 1000,		/* changes in one look: milliseconds */
	EVENTS_MAX = 100,		/* of one message */
	EVENT_MAX = 60000,		/* bytes; CloudEvents of 64 KiB are carried everywhere */
	MESSAGE_MAX = 64 * 1024,
};

struct composing {
	const struct config_hook *hook;
	const char *source;
	struct buf body;
	char id[EVENT_ID_MAX];	/* of the first event */
	int64_t events;
	struct news_position at;	/* all up to here is in, or not wanted */
	struct news_kept choices[EVENTS_MAX];	/* changes that are wanted */
	size_t n_choices, looked;
};

const char *
hook_source(const struct config *config)
{
	return config->serve.url != NULL ? config->serve.url : "urn:vigie";
}

/* ---- the filter */

static bool
has_word(const char *words, struct text word)
{
	while (words != NULL && *words != '\0') {
		size_t len = strcspn(words, " ");
		if (len == word.len && memcmp(words, word.s, len) == 0)
			return true;
		words += len + strspn(words + len, " ");
	}
	return words == NULL;	/* no list: all of them */
}

static struct text
text_of(const char *s)
{
	return (struct text){ s, s != NULL ? strlen(s) : 0 };
}

static bool
wants(const struct composing *m, enum event_type type, struct text partner)
{
	return type != EVENT_NONE && has_word(m->hook->events, text_of(event_names[type])) &&
	    has_word(m->hook->partners, partner);
}

static size_t
room(const struct composing *m)
{
	return m->hook->batch ? EVENTS_MAX - (size_t)m->events : 1 - (size_t)m->events;
}

/* ---- events */

/* Takes what was appended behind `before`, or takes it away again: the message is full. */
static bool
take_event(struct composing *m, size_t before, const char *id)
{
	if (m->events > 0 && m->body.len + 1 > MESSAGE_MAX) {
		buf_cut(&m->body, before);
		return false;
	}
	if (m->events++ == 0)
		(void)snprintf(m->id, sizeof m->id, "%s", id);
	return true;
}

static size_t
begin_event(struct composing *m)
{
	size_t before = m->body.len;
	if (m->hook->batch)
		buf_char(&m->body, m->events > 0 ? ',' : '[');
	return before;
}

static bool
on_turn(void *arg, const struct news_turn *t)
{
	struct composing *m = arg;
	if (wants(m, EVENT_VERDICT, text_of(t->partner))) {
		char id[EVENT_ID_MAX];
		size_t before = begin_event(m);
		event_turn(&m->body, m->source, t);
		event_turn_id(id, t);
		if (!take_event(m, before, id))
			return false;
	}
	m->at.turn = t->turn;
	return room(m) > 0;
}

/* The event, with the listing as it is now if there is one. */
static void
put_change(struct composing *m, const struct news_change *change, const struct listing_row *row)
{
	size_t start = m->body.len;
	event_change(&m->body, m->source, change, row);
	if (row == NULL || m->body.len - start <= EVENT_MAX)
		return;
	buf_cut(&m->body, start);
	event_change(&m->body, m->source, change, NULL);
}

static int
add_change(struct catalogue *c, struct composing *m, const struct news_change *change, bool *ret_taken, struct error *err)
{
	struct listing_row row;
	struct reading *r;
	char id[EVENT_ID_MAX];
	int rc = news_listing(c, change, &r, &row, err);
	if (rc >= 0) {
		size_t before = begin_event(m);
		put_change(m, change, rc == 1 ? &row : NULL);
		event_change_id(id, change);
		*ret_taken = take_event(m, before, id);
	}
	reading_close(r);
	return rc < 0 ? -1 : 0;
}

/* ---- changes: what is wanted is listed first, then looked at one by one */

static bool
on_change(void *arg, const struct news_change *change)
{
	struct composing *m = arg;
	m->looked++;
	if (wants(m, event_of_change(change), change->partner) && has_word(m->hook->kinds, change->kind))
		m->choices[m->n_choices++] = news_keep(change);
	if (m->n_choices == 0)
		m->at.change = change->change;
	return m->n_choices < room(m);
}

static int
add_changes(struct catalogue *c, struct composing *m, struct error *err)
{
	int rc = news_changes(c, m->at.change, LOOK_MAX, on_change, m, err);
	bool taken = rc == 0;
	for (size_t i = 0; i < m->n_choices; i++) {
		const struct news_change *change = &m->choices[i].change;
		if (taken && rc == 0)
			rc = add_change(c, m, change, &taken, err);
		if (taken && rc == 0)
			m->at.change = change->change;
		free(m->choices[i].texts);
	}
	return rc;
}

/* ---- the message */

static void
finish_message(struct composing *m, struct hook_message *ret)
{
	struct buf id = BUF_INIT;
	buf_str(&id, m->id);
	if (m->hook->batch) {
		buf_char(&m->body, ']');
		buf_fmt(&id, "-%" PRId64, m->events);
	}
	*ret = (struct hook_message){
		.id = buf_take(&id), .type = xstrdup(m->hook->batch ? EVENT_BATCH_TYPE : EVENT_TYPE),
		.body = buf_take(&m->body), .events = m->events, .behind = m->at,
	};
}

int
compose(struct catalogue *c, const struct config_hook *h, const char *source, struct hook_state *s, bool *ret_more,
    struct error *err)
{
	struct composing *m = xcalloc(1, sizeof *m);
	*m = (struct composing){ .hook = h, .source = source, .at = s->at };
	int rc = news_turns(c, s->at.turn, LOOK_MAX, on_turn, m, err);
	if (rc == 0 && room(m) > 0)
		rc = add_changes(c, m, err);
	if (rc == 0 && m->events > 0) {
		finish_message(m, &s->message);
		rc = hook_message_put(c, h->hook, &s->message, err);
	} else if (rc == 0) {
		rc = hook_pass(c, h->hook, m->at, err);
	}
	*ret_more = m->looked == LOOK_MAX;
	buf_done(&m->body);
	free(m);
	return rc;
}
