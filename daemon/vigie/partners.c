/* SPDX-License-Identifier: Apache-2.0 */
/* vigie partners: one line for each, those of the catalogue and those that
 * stand in the settings but were never asked. */
#include <math.h>

#include "base/buf.h"
#include "vigie/reader.h"
#include "vigie/remarks.h"

static const struct table_column columns[] = {
	{ .heading = "PARTNER", .least = 12 },
	{ .heading = "NAME", .least = 12 },
	{ .heading = "THEME", .least = 12, .spare = 1 },
	{ .heading = "VERDICT" },
	{ .heading = "LISTINGS", .number = true },
	{ .heading = "LAST SUCCESS" },
	{ .heading = "NEXT POLL" },
	{ .heading = "REMARKS" },	/* below the table on a terminal: they are long */
};
enum { COLUMNS = sizeof columns / sizeof columns[0], NOTE_INDENT = 2 };

struct listing_of_partners {
	struct reader *r;
	bool as_json;
	struct table *table;
	struct buf notes;	/* one line each */
	size_t off;		/* that are left out */
};

/* ---- rows */

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

static void
add_remarks(struct listing_of_partners *l, const char *partner, const char *remarks)
{
	if (!l->r->screen.terminal)
		table_text(l->table, remarks);
	else if (*remarks != '\0')
		buf_fmt(&l->notes, "%s: %s.\n", partner, remarks);
}

static void
add_row(struct listing_of_partners *l, const struct catalogue_cursor *q, const struct partner_config *p,
    const char *remarks)
{
	char words[WORDS_MAX];
	const char *partner = q != NULL ? row_text(q, "partner") : p->partner;
	bool polled = p != NULL && p->enabled;
	table_text(l->table, partner);
	table_text(l->table, q != NULL ? row_text(q, "name") : p->name);
	table_text(l->table, q != NULL ? row_text(q, "theme") : or_empty(p->theme));
	table_text(l->table, q != NULL ? row_text(q, "verdict") : "never-seen");
	if (p != NULL && p->connector->presence && (q == NULL || row_integer(q, "listing_count") == 0))
		table_text(l->table, "presence");
	else
		table_integer(l->table, q != NULL ? row_integer(q, "listing_count") : 0);
	table_text(l->table, words_when(q != NULL ? row_time_ms(q, "last_success") : TIME_NONE, l->r->now_ms, words));
	int64_t next_ms = q != NULL ? row_time_ms(q, "next_poll") : TIME_NONE;
	/* One that is due waits for vigied, which may not be running. */
	table_text(l->table, !polled ? "" : next_ms == TIME_NONE ? "soon" : next_ms <= l->r->now_ms ? "due" :
	    words_when(next_ms, l->r->now_ms, words));
	add_remarks(l, partner, remarks);
}

static void
json_unasked(struct json_out *j, const struct partner_config *p)
{
	static const char *const nulls[] = {
		"verdict_since", "last_success", "last_attempt", "last_change", "next_poll", "hold", "hold_since",
	};
	json_text(j, "partner", p->partner);
	json_text(j, "name", p->name);
	json_text(j, "theme", p->theme);
	json_text(j, "website", p->website);
	json_text(j, "verdict", "never-seen");
	json_integer(j, "probability", 0);
	json_text(j, "replaced_by", p->replaced_by);
	json_integer(j, "listing_count", 0);
	for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++)
		json_text(j, nulls[i], NULL);
	json_integer(j, "held", 0);
	json_integer(j, "failures", 0);
	json_integer(j, "outside", 0);
	json_integer(j, "withdrawn", 0);
	json_integer(j, "quarantined", 0);
}

static int
add_partner(struct listing_of_partners *l, const struct catalogue_cursor *q, const struct partner_config *p,
    struct error *err)
{
	struct buf remarks = BUF_INIT;
	struct json_out *j = &l->r->json;
	/* Those that are shipped, ready to switch on, would hide the others. */
	if (!l->as_json && l->r->screen.terminal && q == NULL && !p->enabled) {
		l->off++;
		return 0;
	}
	int rc = remarks_add(l->r, &remarks, q, p, err);
	if (l->as_json) {
		json_open(j, NULL, '{');
		if (q != NULL)
			json_columns(j, q);
		else
			json_unasked(j, p);
		json_bool(j, "enabled", p != NULL && p->enabled);
		json_text(j, "remarks", buf_cstr(&remarks));
		json_close(j, '}');
	} else {
		add_row(l, q, p, buf_cstr(&remarks));
	}
	buf_done(&remarks);
	return rc;
}

/* Both are in the order of names. */
static int
add_all(struct listing_of_partners *l, struct catalogue_cursor *q, struct error *err)
{
	const struct config *c = l->r->config;
	size_t i = 0;
	int rc, more;
	while ((more = cursor_next(q, err)) == 1) {
		const char *partner = row_text(q, "partner");
		for (; i < c->n_partners && strcmp(c->partners[i]->partner, partner) < 0; i++)
			if ((rc = add_partner(l, NULL, c->partners[i], err)) != 0)
				return rc;
		bool both = i < c->n_partners && strcmp(c->partners[i]->partner, partner) == 0;
		if ((rc = add_partner(l, q, both ? c->partners[i] : NULL, err)) != 0)
			return rc;
		i += both;
	}
	for (; more == 0 && i < c->n_partners; i++)
		if ((rc = add_partner(l, NULL, c->partners[i], err)) != 0)
			return rc;
	return more;
}

/* ---- output */

static void
print_table(struct listing_of_partners *l)
{
	char *notes = l->notes.data;
	struct buf off = BUF_INIT;
	if (table_rows(l->table) == 0) {
		(void)fprintf(stderr, l->off > 0 ? "vigie: no partner is switched on: write « enabled = yes » into a file of %s\n" :
		    "vigie: there are no partners; their files belong in %s\n", l->r->config->partners_dir);
		return;
	}
	table_print(l->table, &l->r->screen, stdout);
	reader_count(l->r, table_rows(l->table), "partner", "partners");
	if (l->off > 0) {
		buf_fmt(&off, "%zu more %s switched off: « vigie check-config » has them all", l->off, l->off == 1 ? "is" : "are");
		screen_wrap(&l->r->screen, stdout, buf_cstr(&off), 0, NOTE_INDENT);
	}
	buf_done(&off);
	for (const char *line; notes != NULL && *notes != '\0' && (line = strsep(&notes, "\n")) != NULL;)
		screen_wrap(&l->r->screen, stdout, line, 0, NOTE_INDENT);
}

static int
print_all(struct reader *r, bool as_json, struct error *err)
{
	struct listing_of_partners l = { .r = r, .as_json = as_json };
	struct catalogue_cursor *q = catalogue_query(r->catalogue, VIEW_PARTNERS, NULL, err);
	if (q == NULL)
		return -1;
	l.table = table_new(columns, COLUMNS - r->screen.terminal);
	if (as_json)
		json_open(&r->json, NULL, '[');
	int rc = add_all(&l, q, err);
	if (rc == 0 && as_json)
		json_close(&r->json, ']');
	else if (rc == 0)
		print_table(&l);
	cursor_close(q);
	table_free(l.table);
	buf_done(&l.notes);
	return rc;
}

int
command_partners(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	int status = reader_open(&r, in);
	if (status == EXIT_GOOD && (print_all(&r, in->json, &err) != 0 || remarks_disk(&r, &err) != 0 || remarks_letters(&r, &err) != 0 ||
	    remarks_hooks(&r, &err) != 0))
		status = command_fail(&err);
	else if (status == EXIT_GOOD && !in->json)
		remarks_no_mail(&r);
	reader_close(&r);
	return status;
}
