/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/history.h"

#include <math.h>

enum { COLUMNS_MAX = 7 };

enum cell { CELL_TEXT, CELL_DATE, CELL_PERCENT, CELL_WEIGHT };

struct part {			/* of a sheet: a table over a view */
	enum catalogue_view view;
	const char *heading;
	size_t max;
	struct {
		const char *column;
		enum cell cell;
		struct table_column shown;
	} columns[COLUMNS_MAX];	/* ends with column NULL */
};

static const struct part parts[] = {
	{ VIEW_VERDICTS, "What was thought of it", 10, {
		{ "at", CELL_DATE, { .heading = "SINCE" } },
		{ "verdict", CELL_TEXT, { .heading = "VERDICT" } },
		{ "before", CELL_TEXT, { .heading = "BEFORE", .spare = 1 } },
		{ "probability", CELL_PERCENT, { .heading = "THAT IT IS GONE", .number = true } } } },
	{ VIEW_ALERTS, "What staff were told", 5, {
		{ "at", CELL_DATE, { .heading = "SINCE" } },
		{ "verdict", CELL_TEXT, { .heading = "AT FIRST" } },
		{ "told", CELL_TEXT, { .heading = "LAST" } },
		{ "mail_state", CELL_TEXT, { .heading = "LETTERS" } },
		{ "answer", CELL_TEXT, { .heading = "ANSWER" } },
		{ "closed_at", CELL_DATE, { .heading = "OVER" } } } },
	{ VIEW_LABELS, "What staff said", 10, {
		{ "at", CELL_DATE, { .heading = "AT" } },
		{ "label", CELL_TEXT, { .heading = "ANSWER" } },
		{ "verdict", CELL_TEXT, { .heading = "TO" } },
		{ "given_by", CELL_TEXT, { .heading = "BY", .least = 8 } },
		{ "until", CELL_DATE, { .heading = "UNTIL", .spare = 1 } },
		{ "note", CELL_TEXT, { .heading = "NOTE", .least = 12 } } } },
};

static const struct part evidence = { VIEW_EVIDENCE, "Evidence, the latest", 15, {
	{ "at", CELL_DATE, { .heading = "AT" } },
	{ "signal", CELL_TEXT, { .heading = "SIGNAL" } },
	{ "value", CELL_TEXT, { .heading = "VALUE", .least = 8 } },
	{ "weight", CELL_WEIGHT, { .heading = "LOG-ODDS", .number = true } },
	{ "note", CELL_TEXT, { .heading = "NOTE", .least = 12, .spare = 1 } } } };

static bool
is_null(const struct catalogue_cursor *q, const char *column)
{
	return *row_text(q, column) == '\0';
}

static void
add_cell(struct table *t, const struct catalogue_cursor *q, const char *column, enum cell cell)
{
	char words[WORDS_MAX];
	if (is_null(q, column)) {
		table_text(t, "");
		return;
	}
	switch (cell) {
	case CELL_TEXT:
		table_text(t, row_text(q, column));
		return;
	case CELL_DATE:
		table_text(t, words_date(row_time_ms(q, column), words));
		return;
	case CELL_PERCENT:
		table_fmt(t, "%.1f %%", row_real(q, column) * 100);
		return;
	case CELL_WEIGHT:
		table_fmt(t, "%+.1f", row_real(q, column));
		return;
	}
}

static int
print_part(struct reader *r, const char *partner, const struct part *part, struct error *err)
{
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	struct table_column columns[COLUMNS_MAX];
	size_t n = 0;
	int rc;
	f.partner = partner;
	f.limit = part->max;
	struct catalogue_cursor *q = catalogue_query(r->catalogue, part->view, &f, err);
	if (q == NULL)
		return -1;
	for (; n < COLUMNS_MAX && part->columns[n].column != NULL; n++)
		columns[n] = part->columns[n].shown;
	struct table *t = table_new(columns, n);
	while ((rc = cursor_next(q, err)) == 1)
		for (size_t i = 0; i < n; i++)
			add_cell(t, q, part->columns[i].column, part->columns[i].cell);
	cursor_close(q);
	if (rc == 0 && table_rows(t) > 0) {
		reader_heading(r, part->heading);
		table_print(t, &r->screen, stdout);
	}
	table_free(t);
	return rc;
}

int
history_print_evidence(struct reader *r, const char *partner, struct error *err)
{
	return print_part(r, partner, &evidence, err);
}

int
history_print(struct reader *r, const char *partner, struct error *err)
{
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (print_part(r, partner, &parts[i], err) != 0)
			return -1;
	return history_print_evidence(r, partner, err);
}

const char *
history_verdict(const char *verdict)
{
	static const char *const words[][2] = {
		{ "never-seen", "nothing is known of it yet" },
		{ "alive", "it answers as it should" },
		{ "outage", "it does not answer, as happens to everybody" },
		{ "uncertain", "it may be gone" },
		{ "access-lost", "it refuses us, and lives" },
		{ "moved", "it leads to another domain" },
		{ "frozen", "nothing has changed there for very long" },
		{ "emptied", "it answers, and offers nothing any more" },
		{ "closing", "it says that it closes" },
		{ "probably-gone", "there is strong evidence that it is gone" },
		{ "gone", "it is gone" },
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i][0], verdict) == 0)
			return words[i][1];
	return "";
}
