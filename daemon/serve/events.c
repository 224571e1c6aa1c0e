/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live: what happens, as server-sent events (HTML, 9.2) with the CloudEvents
 * that hooks are told.  An event's id says how far all has been told, changes
 * and verdicts: CHANGE-VERDICT; who comes back with it misses nothing.
 */
#include <inttypes.h>

#include "base/num.h"
#include "catalogue/news.h"
#include "hook/compose.h"
#include "represent/event.h"
#include "represent/put.h"
#include "serve/routes.h"

enum { RETRY_MS = 5000, AT_ONCE = 100, PIECE = 256 << 10, LOOKS_MAX = 50 };

static const struct parameter after_parameter = {
	.name = "after", .type = PARAMETER_INTEGER,
	.help = "Begin behind this change, in place of what happens from now on.",
};
static const struct parameter *const parameters[] = { &after_parameter, NULL };
static const struct variant variants[] = { { "events", "text/event-stream", NULL }, { .name = NULL } };

struct listener {
	const char *source;
	struct news_position at;	/* change below 0: the end; turn below 0: what belongs to that change */
	bool begun;
	struct buf *out;
	struct news_kept changes[AT_ONCE];
	size_t n_changes, n_looked;
};

/* ---- what it is told */

static void
begin_event(struct listener *l, enum event_type type)
{
	buf_fmt(l->out, "event: %s\nid: %" PRId64 "-%" PRId64 "\ndata: ", event_names[type], l->at.change, l->at.turn);
}

static bool
on_turn(void *arg, const struct news_turn *t)
{
	struct listener *l = arg;
	l->at.turn = t->turn;
	begin_event(l, EVENT_VERDICT);
	event_turn(l->out, l->source, t);
	put_literal(l->out, "\n\n");
	return true;
}

static bool
on_change(void *arg, const struct news_change *c)
{
	struct listener *l = arg;
	l->changes[l->n_changes++] = news_keep(c);
	return l->n_changes < AT_ONCE;
}

static int
tell_change(struct listener *l, struct catalogue *c, const struct news_change *change, struct error *err)
{
	struct listing_row row;
	struct reading *reading;
	enum event_type type = event_of_change(change);
	l->at.change = change->change;
	if (type == EVENT_NONE)
		return 0;
	int rc = news_listing(c, change, &reading, &row, err);
	if (rc >= 0) {
		begin_event(l, type);
		event_change(l->out, l->source, change, rc == 1 ? &row : NULL);
		put_literal(l->out, "\n\n");
	}
	reading_close(reading);
	return rc < 0 ? -1 : 0;
}

/* *ret_n: how many changes there were. */
static int
tell_changes(struct listener *l, struct catalogue *c, size_t *ret_n, struct error *err)
{
	l->n_changes = 0;
	int rc = news_changes(c, l->at.change, AT_ONCE, on_change, l, err);
	for (size_t i = 0; i < l->n_changes; i++) {
		if (rc == 0)
			rc = tell_change(l, c, &l->changes[i].change, err);
		free(l->changes[i].texts);
	}
	*ret_n = l->n_changes;
	return rc;
}

static int
begin(struct listener *l, struct catalogue *c, struct error *err)
{
	struct news_position end;
	if (news_end(c, &end, err) != 0)
		return -1;
	if (l->at.change < 0 || l->at.change > end.change || l->at.turn > end.turn)
		l->at = end;
	else if (l->at.turn < 0 && news_behind(c, l->at.change, &l->at, err) != 0)
		return -1;
	buf_fmt(l->out, "retry: %d\n\n", RETRY_MS);
	l->begun = true;
	return 0;
}

/* Nothing, once all is told: see live.h. */
static int
piece(struct exchange *x, void *state, struct buf *out, bool *ret_more, struct error *err)
{
	struct listener *l = state;
	size_t n = AT_ONCE;
	l->out = out;
	*ret_more = true;
	if (!l->begun && begin(l, x->catalogue, err) != 0)
		return -1;
	if (news_turns(x->catalogue, l->at.turn, AT_ONCE, on_turn, l, err) != 0)
		return -1;
	for (size_t looks = 0; looks < LOOKS_MAX && n == AT_ONCE && out->len < PIECE; looks++)
		if (tell_changes(l, x->catalogue, &n, err) != 0)
			return -1;
	if (n == AT_ONCE && out->len == 0)
		put_literal(out, ":\n\n");	/* nothing of all that is still so; there is more to look at */
	return 0;
}

static void
done(void *state)
{
	free(state);
}

/* ---- where it begins */

/* An id of ours, or the number of a change; what is neither is from elsewhere: from now on. */
static struct news_position
read_id(const char *id)
{
	size_t change = strcspn(id, "-");
	struct news_position at = { -1, -1 };
	if (num_int(id, change, 0, INT64_MAX, &at.change) != 0 || (id[change] == '-' &&
	    num_int(id + change + 1, strlen(id + change + 1), 0, INT64_MAX, &at.turn) != 0))
		at = (struct news_position){ -1, -1 };
	return at;
}

static int
handle(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct error wrong = ERROR_INIT;
	struct news_position at = { -1, -1 };
	(void)err;
	if (request_integer(r, after_parameter.name, &at.change, &wrong) != 0)
		return answer_problem(a, 400, "query-param-invalid", "%s", wrong.text);
	if (r->last_event_id != NULL)
		at = read_id(r->last_event_id);
	struct listener *l = xcalloc(1, sizeof *l);
	*l = (struct listener){ .source = hook_source(x->config), .at = at };
	a->stream = (struct stream){ piece, done, l };
	a->unstable = true;
	answer_header(a, "X-Accel-Buffering", "no");	/* nginx sends it on at once */
	return 0;
}

const struct route events_routes[] = {
	{ .path = "/events", .methods = METHOD_GET, .handle = handle, .parameters = parameters, .variants = variants,
	    .id = "getEvents", .summary = "What happens, live: server-sent events.", .tag = "Changes", .flags = ROUTE_LIVE },
	{ .path = NULL },
};
