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

void
delay_explain_run(struct run *r, struct error *why)
{
	if (is_ours(r, r->deadline_ms - r->partner->limits.run_timeout_ms, r->delayed_ms))
		explain(r, why);
}
