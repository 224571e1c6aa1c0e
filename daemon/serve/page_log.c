/* SPDX-License-Identifier: Apache-2.0 */
/* A partner's sheet, second half: what was seen, thought, written and said. */
#include <inttypes.h>
#include <math.h>

#include "alert/compose.h"
#include "base/clock.h"
#include "catalogue/watch.h"
#include "serve/page.h"
#include "show/row.h"

enum { COLUMNS_MAX = 6, TEXT_MAX = 300, LETTERS_SHOWN = 10 };

struct section {		/* over a view */
	const char *id, *title;		/* title: to be translated, like columns */
	enum catalogue_view view;
	size_t max;			/* rows to ask for */
	const char *columns[COLUMNS_MAX];	/* of a table, ends with NULL; none: a list */
	void (*row)(struct html *h, const struct catalogue_cursor *q);
	bool (*is_of)(const struct catalogue_cursor *q, const char *partner);	/* NULL: every row is */
};

/* ---- cells */

static void
cell_time(struct html *h, const char *open, int64_t t_ms)
{
	buf_str(h->out, open);
	if (t_ms != TIME_NONE)
		html_time(h, t_ms);
}

static void
remote(struct html *h, const char *open, const char *text)
{
	buf_str(h->out, open);
	html_remote(h, text, strlen(text), TEXT_MAX);
}

/* ---- rows */

/* What is weighed is noted with the name of the reason; REASONS: it is not. */
static enum reason_key
reason_of(const char *note)
{
	int i = 0;
	while (i < REASONS && strcmp(reason_name((enum reason_key)i), note) != 0)
		i++;
	return (enum reason_key)i;
}

static void
evidence_row(struct html *h, const struct catalogue_cursor *q)
{
	const char *note = row_text(q, "note");
	const double weight = row_real(q, "weight");
	struct fact_reason r = { .key = reason_of(note), .log_odds = weight, .since_ms = TIME_NONE };
	struct buf told = BUF_INIT;
	html_print(h, "<li class=\"%s\">", r.key == REASON_PRIOR ? "none" : weight > 0.5 ? "bad" : weight < -0.5 ? "good" : "none");
	cell_time(h, "", row_time_ms(q, "at"));
	buf_str(h->out, "<p>");
	/* Those two say for how long, which was another time then. */
	if (r.key < REASONS && r.key != REASON_SILENT && r.key != REASON_FROZEN && words_reason(&told, &r, ""))
		html_print(h, "%s", told.data);
	else
		page_signal(h, row_text(q, "signal"), row_text(q, "value"));
	if (r.key < REASONS)
		html_print(h, " <small>(%s)</small>", r.key == REASON_PRIOR ? _("where the reckoning starts") : words_weight(weight));
	else if (*note != '\0')
		remote(h, "<br><small>", note);
	buf_str(h->out, r.key == REASONS && *note != '\0' ? "</small></p></li>\n" : "</p></li>\n");
	buf_done(&told);
}

static void
verdict_row(struct html *h, const struct catalogue_cursor *q)
{
	cell_time(h, "<tr><td>", row_time_ms(q, "at"));
	buf_str(h->out, "</td><td>");
	page_badge(h, page_verdict(row_text(q, "verdict")));
	html_print(h, "</td><td>%s</td><td class=\"number\">%.0f\302\240%%</td></tr>\n",
	    _(words_verdict(page_verdict(row_text(q, "before")))->state), row_real(q, "probability") * 100);
}

static void
run_row(struct html *h, const struct catalogue_cursor *q)
{
	static const struct { const char *column, *sign; } changes[] = {
		{ "added", "+" }, { "changed", "~" }, { "removed", "\u2212" }, { "quarantined", "?" },
	};
	const char *kind = row_text(q, "error_kind"), *detail = row_text(q, "detail");
	cell_time(h, "<tr><td>", row_time_ms(q, "started"));
	html_print(h, "</td><td>%s", page_outcome(row_text(q, "outcome")));
	if (*kind != '\0' && strcmp(kind, "none") != 0)
		html_print(h, "%s%s", _(": "), page_trouble(kind));
	buf_str(h->out, "</td><td class=\"number\">");
	page_count(h, row_integer(q, "seen"));
	buf_str(h->out, "</td><td class=\"number\">");
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		if (row_integer(q, changes[i].column) > 0) {
			html_print(h, " %s", changes[i].sign);
			page_count(h, row_integer(q, changes[i].column));
		}
	remote(h, "</td><td><small>", detail);
	buf_str(h->out, "</small></td></tr>\n");
}

/* Who it was written to is nobody's business here. */
static void
letter_row(struct html *h, const struct catalogue_cursor *q)
{
	int64_t sent_ms = row_time_ms(q, "sent");
	cell_time(h, "<tr><td>", sent_ms != TIME_NONE ? sent_ms : row_time_ms(q, "created"));
	html_print(h, "</td><td>%s</td><td>%s</td>", page_letter(row_text(q, "kind")), page_letter(row_text(q, "state")));
	remote(h, "<td>", row_text(q, "subject"));
	buf_str(h->out, "</td></tr>\n");
}

/* A letter may speak of several: their names, separated by blanks. */
static bool
letter_is_of(const struct catalogue_cursor *q, const char *partner)
{
	const size_t len = strlen(partner);
	for (const char *at = row_text(q, "partners"); *at != '\0';) {
		size_t n = strcspn(at, " ");
		if (n == len && memcmp(at, partner, n) == 0)
			return true;
		at += n + strspn(at + n, " ");
	}
	return false;
}

static void
answer_row(struct html *h, const struct catalogue_cursor *q)
{
	cell_time(h, "<tr><td>", row_time_ms(q, "at"));
	html_print(h, "</td><td>%s", page_label(row_text(q, "label")));
	if (row_time_ms(q, "until") != TIME_NONE)
		cell_time(h, " \u2192 ", row_time_ms(q, "until"));
	remote(h, "</td><td>", row_text(q, "given_by"));
	remote(h, "</td><td>", row_text(q, "note"));
	buf_str(h->out, "</td></tr>\n");
}

static const struct section sections[] = {
	{ "evidence", N_("What was seen"), VIEW_EVIDENCE, 30, { NULL }, evidence_row, NULL },
	{ "verdicts", N_("What was made of it"), VIEW_VERDICTS, 20,
	    { N_("Since"), N_("State"), N_("Before"), N_("Chance that it has closed"), NULL }, verdict_row, NULL },
	{ "runs", N_("The latest readings"), VIEW_RUNS, 12,
	    { N_("When"), N_("Outcome"), N_("Offers"), N_("Changes"), N_("Detail"), NULL }, run_row, NULL },
	{ "letters", N_("Letters to staff"), VIEW_LETTERS, 500,
	    { N_("When"), N_("Letter"), N_("State"), N_("Subject"), NULL }, letter_row, letter_is_of },
	{ "answers", N_("What staff said"), VIEW_LABELS, 10,
	    { N_("When"), N_("Answer"), N_("By"), N_("Note"), NULL }, answer_row, NULL },
};

static void
open_section(struct html *h, const struct section *s)
{
	html_print(h, "<section class=\"log\" aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", s->id, s->id, _(s->title));
	if (s->columns[0] == NULL) {
		buf_str(h->out, "<ol class=\"timeline\">\n");
		return;
	}
	html_print(h, "<div class=\"wide\" role=\"group\" tabindex=\"0\" aria-labelledby=\"%s\">\n<table>\n<thead><tr>", s->id);
	for (size_t i = 0; s->columns[i] != NULL; i++)
		html_print(h, "<th scope=\"col\">%s</th>", _(s->columns[i]));
	buf_str(h->out, "</tr></thead>\n<tbody>\n");
}

static int
add_section(struct html *h, const struct section *s, const char *partner, struct error *err)
{
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	f.partner = partner;
	f.limit = s->max;
	struct catalogue_cursor *q = catalogue_query(h->x->catalogue, s->view, &f, err);
	const size_t start = h->out->len;
	size_t rows = 0;
	int rc = q != NULL ? 1 : -1;
	open_section(h, s);
	while (rc == 1 && (rc = cursor_next(q, err)) == 1)
		if (s->is_of == NULL || (rows < LETTERS_SHOWN && s->is_of(q, partner))) {
			s->row(h, q);
			rows++;
		}
	cursor_close(q);
	buf_str(h->out, s->columns[0] != NULL ? "</tbody>\n</table>\n</div>\n</section>\n" : "</ol>\n</section>\n");
	if (rows == 0)
		buf_cut(h->out, start);
	return rc;
}

int
page_log(struct html *h, const char *partner, struct error *err)
{
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (add_section(h, &sections[i], partner, err) != 0)
			return -1;
	return 0;
}

/* ---- what staff were told of it, as letters say it */

struct found {
	const char *partner;
	struct facts facts;
	bool any;
};

static void
take_turn(void *arg, const char *partner, const struct watch_turn *t)
{
	struct found *f = arg;
	if (!f->any && strcmp(partner, f->partner) == 0)
		f->any = facts_read(&f->facts, t->facts, strlen(t->facts), NULL) == 0;
}

static const struct {
	const char *open, *close;
} tags[BLOCK_KINDS] = {
	[BLOCK_TITLE] = { "<h2 id=\"why\">", "</h2>\n" },
	[BLOCK_LEAD] = { "<p class=\"lead\">", "</p>\n" },
	[BLOCK_HEADING] = { "<h3>", "</h3>\n" },
	[BLOCK_PARAGRAPH] = { "<p>", "</p>\n" },
	[BLOCK_ITEM] = { "<li>", "</li>\n" },
	[BLOCK_ANSWER] = { "<p>", "</p>\n" },
	[BLOCK_COMMAND] = { "<p>", "</p>\n" },
	[BLOCK_SMALL] = { "<p><small>", "</small></p>\n" },
};

static void
add_blocks(struct html *h, const struct blocks *blocks)
{
	bool listing = false;
	for (size_t i = 0; i < blocks->n; i++) {
		const struct block *b = &blocks->list[i];
		if ((b->kind == BLOCK_ITEM) != listing)
			buf_str(h->out, listing ? "</ul>\n" : "<ul>\n");
		listing = b->kind == BLOCK_ITEM;
		buf_str(h->out, tags[b->kind].open);
		html_print(h, "%s", b->text);
		if (b->aside != NULL && *b->aside != '\0')
			html_print(h, " <small>%s</small>", b->aside);
		if (b->link != NULL) {
			buf_str(h->out, b->aside == NULL ? "<br>" : "");
			html_link(h, b->link, b->link);
		}
		buf_str(h->out, tags[b->kind].close);
	}
	buf_str(h->out, listing ? "</ul>\n" : "");
}

int
page_why(struct html *h, const struct page_now *now, struct error *err)
{
	struct found found = { .partner = now->partner };
	const struct letter letter = { .kind = LETTER_ALERT, .now_ms = h->r->now_ms, .blind_since_ms = TIME_NONE };
	struct pen pen = { .letter = &letter, .zone = h->zone };
	int rc = watch_turns_last(h->x->catalogue, take_turn, &found, err);
	if (rc == 0 && found.any && found.facts.verdict == now->verdict) {
		found.facts.probability = now->probability;
		compose_facts(&pen, &found.facts);
		html_print(h, "<section class=\"why %s\" aria-labelledby=\"why\">\n", page_tone(now->verdict));
		add_blocks(h, &pen.blocks);
		buf_str(h->out, "</section>\n");
	}
	blocks_done(&pen.blocks);
	buf_done(&pen.subject);
	facts_done(&found.facts);
	return rc;
}
