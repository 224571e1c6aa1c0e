/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/delay.h"

void
delay_begin(struct run *r)
{
	r->queued |= r->cage != NULL && cage_waits(r->cage);
	if (r->delayed_since_ms == 0)
		r->delayed_since_ms = monotonic_ms();
}

void
delay_end(struct run *r)
{
	if (r->delayed_since_ms != 0)
		r->delayed_ms += monotonic_ms() - r->delayed_since_ms;
	r->delayed_since_ms = 0;
}

void
delay_await(struct run *r, void (*then)(struct run *r))
{
	r->state = RUN_READING;
	r->then = then;
	delay_begin(r);
}

void
delay_mark(struct run *r)
{
	r->asked_ms = monotonic_ms();
	r->delayed_before_ms = r->delayed_ms;
}

/* No part of the time that the page took. */
void
delay_turn(struct run *r, int64_t ms)
{
	r->turn_ms += ms;
	r->asked_ms += ms;
}

/* Was half of the time since then ours, or are we the ones who are waited for? */
static bool
is_ours(const struct run *r, int64_t since_ms, int64_t delayed_ms)
{
	return r->delayed_since_ms != 0 || delayed_ms * 2 >= monotonic_ms() - since_ms;
}

static void
explain(struct run *r, struct error *why)
{
	error_clear(why);
	if (r->queued)
		(void)error_set(why, ERROR_SYSTEM, "more partners are read at once than there is room for: this one had to wait too long");
	else if (r->loading)
		(void)error_set(why, ERROR_SYSTEM, "the catalogue took too long to say what is known");
	else
		(void)error_set(why, ERROR_CONNECTOR, "the connector took too long to read what came");
}

void
delay_explain_page(struct run *r, struct error *why)
{
	if (why->kind == ERROR_TIMEOUT && is_ours(r, r->asked_ms, r->delayed_ms - r->delayed_before_ms))
		explain(r, why);
}

/* The turn before came, and no answer. */
static bool
is_silent(const struct run *r)
{
	return r->attempt > 0 && r->came.kind != ERROR_NONE;
}

/* What came before it is worth as much as of any run that is cut short. */
static void
explain_turn(const struct run *r, struct error *why)
{
	enum error_kind kind = r->intake.items > 0 ? why->kind : ERROR_SYSTEM;
	error_clear(why);
	(void)error_set(why, kind, "the run waited too long for its turn at this host, which all partners there share "
	    "(rate_per_minute, per_host)");
}

void
delay_explain_run(struct run *r, struct error *why)
{
	int64_t since_ms = r->deadline_ms - r->partner->limits.run_timeout_ms;
	struct fetch_queue queue = { .waits = false };
	if (r->fetch != NULL && !is_silent(r))
		queue = fetch_queue(r->fetch);
	int64_t turn_ms = is_silent(r) ? 0 : r->turn_ms + queue.queued_ms;
	if (queue.waits || turn_ms * 2 >= monotonic_ms() - since_ms)
		explain_turn(r, why);
	else if (is_ours(r, since_ms, r->delayed_ms + turn_ms))
		explain(r, why);
}
