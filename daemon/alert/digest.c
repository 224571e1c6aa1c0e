/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/digest.h"

#include <cjson/cJSON.h>
#include <inttypes.h>

#include "alert/policy.h"
#include "catalogue/watch.h"

void
digest_order(const struct roster *roster, int64_t from_ms, int64_t to_ms, struct buf *ret)
{
	buf_fmt(ret, "{\"from\":%" PRId64 ",\"to\":%" PRId64 ",\"partners\":[", from_ms, to_ms);
	for (size_t i = 0; i < roster->n; i++) {
		if (i > 0)
			buf_char(ret, ',');
		buf_json(ret, roster->names[i], strlen(roster->names[i]));
	}
	buf_str(ret, "]}");
}

struct collecting {
	const cJSON *partners;
	struct digest_book *book;
	struct error *err;
	bool failed;
};

static bool
is_asked(const struct collecting *w, const char *partner)
{
	const cJSON *e;
	cJSON_ArrayForEach(e, w->partners) {
		const char *name = cJSON_GetStringValue(e);
		if (name != NULL && strcmp(name, partner) == 0)
			return true;
	}
	return false;
}

/* Adds them to a list if they are worth telling. */
static void
add_facts(struct collecting *w, const struct watch_turn *t, bool (*is_told)(const struct facts *f), struct facts **list,
    size_t *n)
{
	struct facts f;
	if (facts_read(&f, t->facts, strlen(t->facts), w->err) != 0) {
		w->failed = true;
		return;
	}
	if (!is_told(&f)) {
		facts_done(&f);
		return;
	}
	*list = xrealloc(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = f;
}

/* An outage and its end are nothing to tell. */
static bool
is_turn(const struct facts *f)
{
	return policy_marks(f->verdict) || policy_marks(f->before);
}

static bool
is_open(const struct facts *f)
{
	return policy_marks(f->verdict);
}

static void
add_turn(void *arg, const char *partner, const struct watch_turn *t)
{
	struct collecting *w = arg;
	if (is_asked(w, partner))
		add_facts(w, t, is_turn, &w->book->turns, &w->book->digest.n_changed_verdicts);
}

static void
add_open(void *arg, const char *partner, const struct watch_turn *t)
{
	struct collecting *w = arg;
	if (is_asked(w, partner))
		add_facts(w, t, is_open, &w->book->open, &w->book->digest.n_open);
}

static void
add_sum(void *arg, const struct watch_sum *s)
{
	struct collecting *w = arg;
	struct digest_book *b = w->book;
	struct digest *d = &b->digest;
	if (!is_asked(w, s->partner))
		return;
	d->partners++;
	d->polls += s->polls;
	d->listings += s->listings;
	d->added += s->added;
	d->changed += s->changed;
	d->removed += s->removed;
	if (strcmp(s->verdict, verdict_name(VERDICT_ALIVE)) != 0)
		return;
	d->alive += s->answered;
	b->names = xrealloc(b->names, b->n_names + 1, sizeof *b->names);
	b->names[b->n_names++] = xstrdup(s->name != NULL ? s->name : s->partner);
	b->counts = xrealloc(b->counts, d->n_counts + 1, sizeof *b->counts);
	b->counts[d->n_counts++] = (struct digest_count){ b->names[b->n_names - 1], s->listings, s->added, s->removed };
}

static int64_t
time_of(const cJSON *order, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(order, name);
	return cJSON_IsNumber(v) ? (int64_t)v->valuedouble : 0;
}

/* What keeps the lookout itself from its work. */
static int
collect_troubles(struct catalogue *c, struct digest *d, struct error *err)
{
	int64_t blind_ms, full_ms;
	if (ledger_blind_since(c, &blind_ms, &d->places_blind, err) != 0 || ledger_full_since(c, &full_ms, err) != 0)
		return -1;
	d->blind_since_ms = blind_ms != TIME_NONE ? blind_ms : 0;
	d->full_since_ms = full_ms != TIME_NONE ? full_ms : 0;
	return 0;
}

int
digest_collect(struct catalogue *c, const char *order, struct digest_book *ret, struct error *err)
{
	cJSON *o = cJSON_Parse(order);
	struct digest_book b = { .names = NULL };
	struct collecting w = { cJSON_GetObjectItemCaseSensitive(o, "partners"), &b, err, false };
	struct digest *d = &b.digest;
	d->from_ms = time_of(o, "from");
	d->to_ms = time_of(o, "to");
	bool good = watch_turns(c, d->from_ms, d->to_ms, add_turn, &w, err) == 0 && !w.failed &&
	    watch_turns_last(c, add_open, &w, err) == 0 && !w.failed &&
	    watch_sums(c, d->from_ms, d->to_ms, add_sum, &w, err) == 0 && collect_troubles(c, d, err) == 0;
	cJSON_Delete(o);
	d->changed_verdicts = b.turns;
	d->open = b.open;
	d->counts = b.counts;
	if (!good) {
		digest_book_done(&b);
		return -1;
	}
	*ret = b;
	return 0;
}

void
digest_book_done(struct digest_book *b)
{
	for (size_t i = 0; i < b->digest.n_changed_verdicts; i++)
		facts_done(&b->turns[i]);
	for (size_t i = 0; i < b->digest.n_open; i++)
		facts_done(&b->open[i]);
	for (size_t i = 0; i < b->n_names; i++)
		free(b->names[i]);
	free(b->turns);
	free(b->open);
	free(b->counts);
	free(b->names);
	*b = (struct digest_book){ .names = NULL };
}
