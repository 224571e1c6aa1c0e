/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/mail_outbox.h"

#include <inttypes.h>
#include <math.h>

#include "alert/writing.h"
#include "base/buf.h"
#include "vigie/reader.h"
#include "vigie/remarks.h"

enum { LETTERS_MAX = 50 };

static const struct table_column columns[] = {
	{ .heading = "LETTER", .number = true },
	{ .heading = "WRITTEN" },
	{ .heading = "KIND" },
	{ .heading = "TO", .least = 12 },
	{ .heading = "ABOUT", .least = 8 },
	{ .heading = "STATE" },
	{ .heading = "WHEN" },
	{ .heading = "TRIED", .number = true, .spare = 1 },
	{ .heading = "LAST ERROR", .least = 16, .spare = 2 },
};

/* ---- mail list */

static void
add_letter(struct table *t, const struct catalogue_cursor *q, int64_t now_ms)
{
	char words[WORDS_MAX];
	const char *state = row_text(q, "state");
	bool waits = strcmp(state, "waiting") == 0;
	table_integer(t, row_integer(q, "letter"));
	table_text(t, words_date(row_time_ms(q, "created"), words));
	table_text(t, row_text(q, "kind"));
	table_text(t, row_text(q, "recipient"));
	table_text(t, row_text(q, "partners"));
	table_text(t, state);
	table_text(t, waits ? words_when(row_time_ms(q, "due"), now_ms, words) :
	    *row_text(q, "sent") != '\0' ? words_when(row_time_ms(q, "sent"), now_ms, words) : "");
	table_integer(t, row_integer(q, "attempts"));
	table_text(t, row_text(q, "last_error"));
}

static int
print_letters(struct reader *r, struct catalogue_cursor *q, struct error *err)
{
	int rc;
	struct table *t = table_new(columns, sizeof columns / sizeof columns[0]);
	while ((rc = cursor_next(q, err)) == 1)
		add_letter(t, q, r->now_ms);
	if (rc == 0 && table_rows(t) > 0)
		table_print(t, &r->screen, stdout);
	else if (rc == 0)
		(void)fputs("vigie: no letters were written yet\n", stderr);
	table_free(t);
	return rc;
}

int
mail_list(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	int status = reader_open(&r, in);
	if (status == EXIT_GOOD) {
		f.limit = in->limit > 0 ? reader_limit(in->limit) : r.screen.terminal ? LETTERS_MAX : 0;
		struct catalogue_cursor *q = catalogue_query(r.catalogue, VIEW_LETTERS, &f, &err);
		int rc = q == NULL ? -1 : in->json ? json_rows(&r.json, NULL, q, &err) : print_letters(&r, q, &err);
		if (rc != 0)
			status = command_fail(&err);
		else if (!in->json)
			remarks_no_mail(&r);
		cursor_close(q);
	}
	reader_close(&r);
	return status;
}

/* ---- mail preview NUMBER */

static int
show(struct reader *r, const struct invocation *in, struct outbox_letter *l, struct error *err)
{
	const struct config *config = r->config;
	const struct letter_office office = { config->office_name, config->mail.zone, config->mail.answers };
	if (l->subject == NULL && writing_compose(r->catalogue, l, &office, r->now_ms, err) != 0)
		return -1;
	if (in->html)
		(void)fputs(l->html, stdout);
	else
		(void)printf("%s\n\n%s", l->subject, l->text);
	return 0;
}

int
mail_show(const struct invocation *in, int64_t letter)
{
	struct reader r;
	struct error err = ERROR_INIT;
	struct outbox_letter l = { .letter = 0 };
	int rc = 0, status = reader_open(&r, in);
	if (status == EXIT_GOOD) {
		rc = outbox_get(r.catalogue, letter, &l, &err);
		if (rc == 0)
			rc = error_set(&err, ERROR_NOT_FOUND, "there is no letter %" PRId64 "; « vigie mail list » lists those "
			    "there are", letter);
		else if (rc == 1)
			rc = show(&r, in, &l, &err);
	}
	if (rc != 0)
		status = command_fail(&err);
	outbox_letter_done(&l);
	reader_close(&r);
	return status;
}
