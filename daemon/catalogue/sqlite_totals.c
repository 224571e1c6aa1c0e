/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/totals.h"

#include "catalogue/sqlite_catalogue.h"

/* A column is text that ends with a NUL, as SQLite gives it. */
static const char *
string(const struct query *q, int column)
{
	struct text text = column_text(q, column);
	return text.s != NULL ? text.s : "";
}

static void
read_total(const struct query *q, struct partner_total *t)
{
	enum { RUNS = 14, SUMS = RUNS + RUN_OUTCOMES };
	*t = (struct partner_total){
		.partner = string(q, 0), .name = string(q, 1), .theme = string(q, 2), .verdict = string(q, 3),
		.probability = column_real(q, 4), .last_success_ms = column_time(q, 5), .last_attempt_ms = column_time(q, 6),
		.next_poll_ms = column_time(q, 7), .listings = column_integer(q, 8), .outside = column_integer(q, 9),
		.withdrawn = column_integer(q, 10) != 0, .quarantined = column_integer(q, 11), .held = column_integer(q, 12),
		.failures = column_integer(q, 13), .requests = column_integer(q, SUMS), .bytes = column_integer(q, SUMS + 1),
		.added = column_integer(q, SUMS + 2), .changed = column_integer(q, SUMS + 3),
		.removed = column_integer(q, SUMS + 4), .restored = column_integer(q, SUMS + 5),
		.blocked = column_integer(q, SUMS + 6), .led_away = column_integer(q, SUMS + 7),
	};
	for (int i = 0; i < RUN_OUTCOMES; i++)
		t->runs[i] = column_integer(q, RUNS + i);
}

int
totals_partners(struct catalogue *c, void (*each)(void *arg, const struct partner_total *t), void *arg,
    struct error *err)
{
	struct partner_total t;
	int rc;
	struct query q = query(c, SQL_TOTALS);
	while ((rc = row(&q, err)) == 1) {
		read_total(&q, &t);
		each(arg, &t);
	}
	return rc;
}

int
totals_hooks(struct catalogue *c, void (*each)(void *arg, const struct hook_total *t), void *arg, struct error *err)
{
	int rc;
	struct query q = query(c, SQL_HOOK_TOTALS);
	while ((rc = row(&q, err)) == 1) {
		const struct hook_total t = { string(&q, 0), column_integer(&q, 1), column_integer(&q, 2), column_time(&q, 3),
			column_integer(&q, 4) != 0, column_integer(&q, 5) };
		each(arg, &t);
	}
	return rc;
}
