/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partner's history, drawn.  A drawing is stretched to the width that there
 * is, so it has no words in it: those stand beside it, and in its label.
 */
#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "serve/page.h"
#include "show/row.h"

enum { TURNS_MAX = 5000, WIDTH = 1000, BAND_HEIGHT = 12, CHANCE_HEIGHT = 100, BARS_HEIGHT = 40, BAR_STEP = 10, BAR_LEAST = 3 };

/* ---- what is drawn */

int
page_history_read(struct catalogue *c, const char *partner, struct page_history *ret, struct error *err)
{
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	f.partner = partner;
	f.limit = TURNS_MAX;
	*ret = (struct page_history){ NULL, 0 };
	struct catalogue_cursor *q = catalogue_query(c, VIEW_VERDICTS, &f, err);
	int rc = q != NULL ? 1 : -1;
	while (rc == 1 && (rc = cursor_next(q, err)) == 1) {
		ret->turns = xrealloc(ret->turns, ret->n + 1, sizeof *ret->turns);
		ret->turns[ret->n++] = (struct page_turn){ .partner = xstrdup(row_text(q, "partner")),
			.at_ms = row_time_ms(q, "at"), .verdict = page_verdict(row_text(q, "verdict")),
			.before = page_verdict(row_text(q, "before")), .probability = row_real(q, "probability") };
	}
	cursor_close(q);
	return rc;
}

void
page_history_done(struct page_history *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->turns[i].partner);
	free(p->turns);
}

int64_t
page_history_from(const struct page_history *p, int64_t now_ms, int64_t max_ms)
{
	if (p->n == 0)
		return now_ms;
	int64_t first_ms = p->turns[p->n - 1].at_ms;
	if (first_ms > now_ms - HOUR_MS)
		first_ms = now_ms - HOUR_MS;
	return first_ms > now_ms - max_ms ? first_ms : now_ms - max_ms;
}

int
page_runs_read(struct catalogue *c, const char *partner, struct page_runs *ret, struct error *err)
{
	enum { MAX = sizeof ret->list / sizeof *ret->list };
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	struct page_run newest[MAX];
	size_t n = 0;
	f.partner = partner;
	f.limit = MAX;
	struct catalogue_cursor *q = catalogue_query(c, VIEW_RUNS, &f, err);
	int rc = q != NULL ? 1 : -1;
	while (rc == 1 && (rc = cursor_next(q, err)) == 1) {
		const char *outcome = row_text(q, "outcome");
		bool unread = strcmp(outcome, "failed") == 0 || strcmp(outcome, "refused") == 0;
		newest[n] = (struct page_run){ .started_ms = row_time_ms(q, "started"), .seen = row_integer(q, "seen") };
		if (strcmp(outcome, "not-modified") == 0)
			newest[n].seen = -1;	/* as the one before */
		(void)snprintf(newest[n].tone, sizeof newest[n].tone, "%s",
		    unread ? "bad" : strcmp(outcome, "partial") == 0 ? "care" : "good");
		n++;
	}
	cursor_close(q);
	ret->n = n;
	for (size_t i = 0; i < n; i++) {
		ret->list[i] = newest[n - 1 - i];
		if (ret->list[i].seen < 0)
			ret->list[i].seen = i > 0 ? ret->list[i - 1].seen : 0;
	}
	return rc;
}

/* ---- the band of verdicts */

struct axis {			/* of time, from left to right */
	int64_t from_ms, to_ms;
};

static int
place(const struct axis *a, int64_t t_ms)
{
	if (t_ms <= a->from_ms)
		return 0;
	return t_ms >= a->to_ms ? WIDTH : (int)((t_ms - a->from_ms) * WIDTH / (a->to_ms - a->from_ms));
}

/* A short stretch is seen all the same. */
static void
add_stretch(struct html *h, const struct axis *a, enum verdict verdict, int64_t from_ms, int64_t to_ms)
{
	enum { LEAST = 4 };
	struct buf day = BUF_INIT, lasting = BUF_INIT;
	int x = place(a, from_ms), width = place(a, to_ms) - x;
	if (width < LEAST)
		width = LEAST;
	if (x > WIDTH - width)
		x = WIDTH - width;
	words_time(&day, from_ms > a->from_ms ? from_ms : a->from_ms, h->r->now_ms, &h->zone);
	words_lasting(&lasting, to_ms - from_ms);
	html_print(h, "<rect class=\"%s\" x=\"%d\" width=\"%d\" height=\"%d\"><title>%s \302\267 %s \302\267 %s</title></rect>",
	    page_tone(verdict), x, width, BAND_HEIGHT, day.data, _(words_verdict(verdict)->state), lasting.data);
	buf_done(&day);
	buf_done(&lasting);
}

static void
begin_drawing(struct html *h, const char *class, int height, const char *label)
{
	html_print(h, "<svg class=\"%s\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s\">",
	    class, WIDTH, height, label);
}

/* The newest is drawn first, so what was short stays on top of what was long only if it came before: good enough, and
 * what is true now is never hidden. */
void
page_band(struct html *h, const struct page_history *p, const struct page_now *now, int64_t from_ms)
{
	const struct axis a = { from_ms, h->r->now_ms };
	struct buf label = BUF_INIT, lasting = BUF_INIT;
	enum verdict verdict = now->verdict;
	int64_t to_ms = a.to_ms;
	if (from_ms == to_ms)
		return;
	words_lasting(&lasting, a.to_ms - a.from_ms);
	/* Translators: how it fared, over « 3 months ». */
	buf_fmt(&label, _("How it fared over %s"), lasting.data);
	begin_drawing(h, "band", BAND_HEIGHT, label.data);
	for (size_t i = 0; i < p->n && to_ms > from_ms; i++) {
		const struct page_turn *t = &p->turns[i];
		if (strcmp(t->partner, now->partner) != 0)
			continue;
		add_stretch(h, &a, t->verdict, t->at_ms, to_ms);
		to_ms = t->at_ms;
		verdict = t->before;
	}
	if (to_ms > from_ms)
		add_stretch(h, &a, verdict, from_ms, to_ms);
	buf_str(h->out, "</svg>\n");
	buf_done(&label);
	buf_done(&lasting);
}

/* ---- the chance that it is gone */

static int
height_of(double probability)
{
	return CHANCE_HEIGHT - (int)lround(probability * CHANCE_HEIGHT);
}

void
page_chance(struct html *h, const struct page_history *p, const struct page_now *now, int64_t from_ms)
{
	const struct axis a = { from_ms, h->r->now_ms };
	struct buf line = BUF_INIT;
	/* From right to left, as turns come. */
	buf_fmt(&line, "%d,%d", WIDTH, height_of(now->probability));
	for (size_t i = 0; i < p->n; i++) {
		const struct page_turn *t = &p->turns[i];
		if (strcmp(t->partner, now->partner) != 0)
			continue;
		buf_fmt(&line, " %d,%d", place(&a, t->at_ms), height_of(t->probability));
		if (t->at_ms <= from_ms)
			break;
	}
	begin_drawing(h, "chance", CHANCE_HEIGHT, _("The chance that it has closed, over the same time"));
	html_print(h, "<polygon points=\"%s 0,%d %d,%d\"/><polyline points=\"%s\"/></svg>\n", line.data, CHANCE_HEIGHT, WIDTH,
	    CHANCE_HEIGHT, line.data);
	buf_done(&line);
}

/* ---- runs */

void
page_bars(struct html *h, const struct page_runs *runs)
{
	int64_t most = 1;
	struct buf label = BUF_INIT;
	const int width = BAR_STEP * (int)(sizeof runs->list / sizeof *runs->list);
	for (size_t i = 0; i < runs->n; i++)
		if (runs->list[i].seen > most)
			most = runs->list[i].seen;
	buf_fmt(&label, n_("How many offers were read the last %zu time", "How many offers were read the last %zu times",
	    runs->n), runs->n);
	html_print(h, "<svg class=\"bars\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s\">",
	    width, BARS_HEIGHT, label.data);
	for (size_t i = 0; i < runs->n; i++) {
		const struct page_run *r = &runs->list[i];
		int height = BAR_LEAST + (int)(r->seen * (BARS_HEIGHT - BAR_LEAST) / most);
		int x = width - BAR_STEP * (int)(runs->n - i);
		buf_clear(&label);
		words_time(&label, r->started_ms, h->r->now_ms, &h->zone);
		html_print(h, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"><title>%s \302\267 %" PRId64
		    "</title></rect>", r->tone, x, BARS_HEIGHT - height, BAR_STEP - 2, height, label.data, r->seen);
	}
	buf_str(h->out, "</svg>\n");
	buf_done(&label);
}
