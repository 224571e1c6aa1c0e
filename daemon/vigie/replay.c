/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vigie replay: what the detector would have said, had it watched while an
 * evidence file was made.  Partners are polled as the daemon polls them: every
 * hour, spread over it, more often while they fail; a poll reads the values in
 * force at its time.
 */
#include <inttypes.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/clock.h"
#include "health/detector.h"
#include "show/json_out.h"
#include "vigie/command.h"
#include "vigie/evidence.h"

enum {
	TICK_MS = 10 * MINUTE_MS, USUAL_MS = HOUR_MS, CREDIT_MAX_MS = 2 * HOUR_MS, PHASES = USUAL_MS / TICK_MS,
	MEMBERS_MAX = 100000
};

struct member {			/* a partner, and what its next poll will find */
	char *name;
	size_t group;
	int64_t ended_ms;	/* TIME_NONE: not yet */
	bool said;		/* a first verdict was printed */
	uint32_t known;		/* bit of each signal that has a value */
	bool relisted;		/* its listings have changed, and were not read since */
	int64_t values[SIGNALS];
	struct partner_health health;
};

struct names {			/* open addressing: indices + 1, 0 is free */
	uint32_t *slots;
	size_t size, n;		/* size: a power of two */
};

struct replay {
	struct names member_names, group_names;
	struct member *members;
	int64_t *due_ms;	/* of each member; beside them, because every tick looks at all */
	size_t members_cap;
	struct incident *groups;
	char **group_texts;
	size_t groups_cap;
	int64_t tick_ms;	/* the next one; TIME_NONE before the first row */
	bool json, reasons;
	struct json_out out;
};

/* ---- names */

static const char *
name_at(const struct replay *r, const struct names *n, size_t index)
{
	return n == &r->member_names ? r->members[index].name : r->group_texts[index];
}

/* The slot of a name, or the free one where it belongs. */
static size_t
names_slot(const struct replay *r, const struct names *n, const char *name)
{
	size_t slot = XXH3_64bits(name, strlen(name)) & (n->size - 1);
	while (n->slots[slot] != 0 && strcmp(name_at(r, n, n->slots[slot] - 1), name) != 0)
		slot = (slot + 1) & (n->size - 1);
	return slot;
}

static void
names_grow(const struct replay *r, struct names *n)
{
	if (2 * (n->n + 1) <= n->size)
		return;
	free(n->slots);
	n->size = n->size > 0 ? 2 * n->size : 64;
	n->slots = xcalloc(n->size, sizeof *n->slots);
	for (size_t i = 0; i < n->n; i++)
		n->slots[names_slot(r, n, name_at(r, n, i))] = (uint32_t)i + 1;
}

/* Room for one more; returns its index. */
static size_t
add_member(struct replay *r)
{
	size_t i = r->member_names.n++;
	if (i == r->members_cap) {
		r->members_cap = i > 0 ? 2 * i : 64;
		r->members = xrealloc(r->members, r->members_cap, sizeof *r->members);
		r->due_ms = xrealloc(r->due_ms, r->members_cap, sizeof *r->due_ms);
	}
	return i;
}

static size_t
find_group(struct replay *r, const char *name)
{
	struct names *n = &r->group_names;
	names_grow(r, n);
	size_t slot = names_slot(r, n, name);
	if (n->slots[slot] != 0)
		return n->slots[slot] - 1;
	size_t i = n->n++;
	if (i == r->groups_cap) {
		r->groups_cap = i > 0 ? 2 * i : 16;
		r->groups = xrealloc(r->groups, r->groups_cap, sizeof *r->groups);
		r->group_texts = xrealloc(r->group_texts, r->groups_cap, sizeof *r->group_texts);
	}
	r->groups[i] = (struct incident){ .number = 0 };
	r->group_texts[i] = xstrdup(name);
	n->slots[slot] = (uint32_t)i + 1;
	return i;
}

static size_t
find_member(struct replay *r, const struct evidence_row *row)
{
	struct names *n = &r->member_names;
	names_grow(r, n);
	size_t slot = names_slot(r, n, row->partner);
	if (n->slots[slot] != 0)
		return n->slots[slot] - 1;
	size_t i = add_member(r);
	struct member *m = &r->members[i];
	*m = (struct member){ .name = xstrdup(row->partner), .group = find_group(r, row->group),
	    .ended_ms = TIME_NONE };
	detector_init(&m->health);
	r->due_ms[i] = r->tick_ms + (int64_t)(i % PHASES) * TICK_MS;
	n->slots[slot] = (uint32_t)i + 1;
	return i;
}

/* ---- what is printed */

static void
print_reasons(const struct opinion *o)
{
	(void)putchar(',');
	for (size_t i = 0; i < o->n_reasons; i++)
		(void)printf("%s%s%+.2f", i > 0 ? " " : "", reason_name(o->reasons[i].key), o->reasons[i].log_odds);
}

static void
print_json_reasons(struct replay *r, const struct opinion *o)
{
	json_open(&r->out, "reasons", '[');
	for (size_t i = 0; i < o->n_reasons; i++) {
		const struct reason *reason = &o->reasons[i];
		char since[TIME_TEXT_MAX];
		json_open(&r->out, NULL, '{');
		json_text(&r->out, "reason", reason_name(reason->key));
		json_text(&r->out, "signal", signal_name(reason->signal));
		json_real(&r->out, "log_odds", reason->log_odds, 4);
		json_text(&r->out, "since", reason->since_ms != TIME_NONE ? time_text(reason->since_ms, since) : NULL);
		json_close(&r->out, '}');
	}
	json_close(&r->out, ']');
}

static void
print_verdict(struct replay *r, const struct member *m, int64_t t_ms, const struct opinion *o)
{
	char t[TIME_TEXT_MAX];
	(void)time_text(t_ms, t);
	if (!r->json) {
		(void)printf("%s,%s,%s,%.4f", t, m->name, verdict_name(o->verdict), o->probability);
		if (r->reasons)
			print_reasons(o);
		(void)putchar('\n');
		return;
	}
	json_open(&r->out, NULL, '{');
	json_text(&r->out, "t", t);
	json_text(&r->out, "partner", m->name);
	json_text(&r->out, "verdict", verdict_name(o->verdict));
	json_real(&r->out, "probability", o->probability, 4);
	if (r->reasons)
		print_json_reasons(r, o);
	json_close(&r->out, '}');
}

/* ---- polls */

/* What a poll sees: what is in the answer only if there is a good one. */
static void
observe(struct member *m, int64_t t_ms)
{
	static const uint32_t of_answer = 1u << SIGNAL_SHAPE | 1u << SIGNAL_LISTINGS | 1u << SIGNAL_REDIRECT;
	int64_t status = m->known & 1u << SIGNAL_HTTP ? m->values[SIGNAL_HTTP] : -1;
	uint32_t seen = m->relisted ? m->known : m->known & ~(1u << SIGNAL_LISTINGS);
	if (status < 200 || status >= 400)
		seen &= ~of_answer;
	if (seen & 1u << SIGNAL_LISTINGS)
		m->relisted = false;
	for (int i = 0; seen != 0; i++, seen >>= 1)
		if (seen & 1)
			detector_observe(&m->health, t_ms, (enum signal)i, m->values[i]);
}

static void
poll_member(struct replay *r, size_t i, int64_t t_ms)
{
	struct member *m = &r->members[i];
	struct incident *g = &r->groups[m->group];
	struct opinion o;
	observe(m, t_ms);
	if (detector_poll(&m->health, g, t_ms, CREDIT_MAX_MS)) {
		detector_decide(&m->health, g, t_ms, &o);
		if (o.changed || !m->said)
			print_verdict(r, m, t_ms, &o);
		m->said = true;
	}
	r->due_ms[i] = t_ms + detector_interval_ms(&m->health, t_ms, USUAL_MS);
}

/* All polls before `until_ms`. */
static void
run_until(struct replay *r, int64_t until_ms)
{
	if (r->tick_ms == TIME_NONE)
		r->tick_ms = until_ms + TICK_MS - until_ms % TICK_MS;
	for (; r->tick_ms < until_ms; r->tick_ms += TICK_MS)
		for (size_t i = 0; i < r->member_names.n; i++)
			if (r->due_ms[i] <= r->tick_ms)
				poll_member(r, i, r->tick_ms);
}

static int
take_row(struct replay *r, const struct evidence *e, const struct evidence_row *row, struct error *err)
{
	run_until(r, row->t_ms);
	size_t i = find_member(r, row);
	struct member *m = &r->members[i];
	if (i >= MEMBERS_MAX)
		return evidence_fail(e, err, "more partners than a file may have:", row->partner);
	if (m->ended_ms != TIME_NONE && row->t_ms > m->ended_ms)
		return evidence_fail(e, err, "has ended already:", row->partner);
	/* Rows of one instant have no order: what stands beside the end is past. */
	if (m->ended_ms != TIME_NONE)
		return 0;
	if (strcmp(r->group_texts[m->group], row->group) != 0)
		return evidence_fail(e, err, "the partner was in another group before:", row->group);
	if (row->end) {
		m->ended_ms = row->t_ms;
		detector_leave(&m->health, &r->groups[m->group], row->t_ms);
		r->due_ms[i] = INT64_MAX;
		return 0;
	}
	m->values[row->signal] = row->value;
	m->known |= 1u << row->signal;
	m->relisted |= row->signal == SIGNAL_LISTINGS;
	return 0;
}

static int
replay_file(struct replay *r, const char *path, struct error *err)
{
	struct evidence e;
	struct evidence_row row;
	int rc = evidence_open(&e, path, err);
	if (rc == 0 && r->json)
		json_open(&r->out, NULL, '[');
	else if (rc == 0)
		(void)printf("t,partner,verdict,probability%s\n", r->reasons ? ",reasons" : "");
	if (rc == 0)
		while ((rc = evidence_next(&e, &row, err)) == 1 && (rc = take_row(r, &e, &row, err)) == 0)
			;
	if (rc == 0 && r->json)
		json_close(&r->out, ']');
	evidence_close(&e);
	return rc;
}

static void
replay_done(struct replay *r)
{
	for (size_t i = 0; i < r->member_names.n; i++)
		free(r->members[i].name);
	for (size_t i = 0; i < r->group_names.n; i++)
		free(r->group_texts[i]);
	free(r->members);
	free(r->due_ms);
	free(r->groups);
	free(r->group_texts);
	free(r->member_names.slots);
	free(r->group_names.slots);
	json_done(&r->out);
}

int
command_replay(const struct invocation *in)
{
	struct error err = ERROR_INIT;
	struct replay r = { .tick_ms = TIME_NONE, .json = in->json, .reasons = in->reasons, .out = { .out = stdout } };
	int rc = replay_file(&r, in->argv[0], &err);
	replay_done(&r);
	return rc == 0 ? EXIT_GOOD : command_fail(&err);
}
