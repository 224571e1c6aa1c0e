/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pages for people share: words, and drawings of a partner's
 * history.  Drawings are SVG without a style of their own: classes of
 * vigie.css colour them, by day and by night, on screen and on paper.
 */
#ifndef VIGIE_SERVE_PAGE_H
#define VIGIE_SERVE_PAGE_H

#include "catalogue/reading.h"
#include "health/detector.h"
#include "serve/html.h"

/* The page at « / » that the landing route's HTML variant answers with. */
route_handler page_home;

/* ---- page_words.c */

enum verdict page_verdict(const char *name);
/* « ! hardly any offers left », coloured. */
void page_badge(struct html *h, enum verdict verdict);
/* A class of vigie.css: "good", "care", "bad"; "none" before anything was known. */
const char *page_tone(enum verdict verdict);
/* « 75 € / night », « free », the partner's own words, or nothing. */
void page_price(struct html *h, const struct listing_row *row);
/* The path of the listing's own page. */
void page_item_path(struct buf *out, const struct html *h, const struct listing_row *row);
/* Words of the catalogue, to be translated; what we have no word for comes back itself. */
const char *page_outcome(const char *outcome);
const char *page_trouble(const char *error_kind);
const char *page_label(const char *label);
const char *page_letter(const char *kind_or_state);
/* « 12 removals wait for your word, because … » */
void page_held(struct html *h, int64_t n, const char *hold);
/* « the last 3 attempts failed », for people who read « answers as it should » a moment ago; nothing of none. */
void page_failures(struct html *h, int64_t n);
/* What was seen of a partner: « its web site: error 404 ». */
void page_signal(struct html *h, const char *signal, const char *value);
/* « 1,234 » */
void page_count(struct html *h, int64_t n);

/* ---- page_history.c */

struct page_turn {		/* of a verdict */
	char *partner;
	int64_t at_ms;
	enum verdict verdict, before;
	double probability;
};
struct page_history {		/* the newest first */
	struct page_turn *turns;
	size_t n;
};
/* Of one partner, or of all (NULL). */
int page_history_read(struct catalogue *c, const char *partner, struct page_history *ret, struct error *err);
void page_history_done(struct page_history *p);

struct page_now {		/* where the drawing ends */
	const char *partner;
	enum verdict verdict;
	double probability;
};
/* When a drawing of at most `max_ms` begins: with the first thing known, or later; now: nothing is, and nothing is drawn. */
int64_t page_history_from(const struct page_history *p, int64_t now_ms, int64_t max_ms);
/* Verdicts as a band of colours. */
void page_band(struct html *h, const struct page_history *p, const struct page_now *now, int64_t from_ms);
/* The chance that it is gone over such a band. */
void page_chance(struct html *h, const struct page_history *p, const struct page_now *now, int64_t from_ms);

struct page_runs {		/* the oldest first */
	struct page_run {
		int64_t started_ms, seen;
		char tone[8];	/* as page_tone() */
	} list[48];
	size_t n;
};
int page_runs_read(struct catalogue *c, const char *partner, struct page_runs *ret, struct error *err);
/* A bar each: how many listings it saw, or that it failed. */
void page_bars(struct html *h, const struct page_runs *runs);

/* ---- page_log.c */

/* What letters say of its verdict: what happened, what shows it, what to do. */
int page_why(struct html *h, const struct page_now *now, struct error *err);
/* Evidence, verdicts, runs, letters and answers, each in a section if there are any. */
int page_log(struct html *h, const char *partner, struct error *err);

/* ---- page_listing.c */

/* Price, place, persons and rating of a listing; nothing if none is known. */
void page_facts(struct html *h, const struct listing_row *row);
/* Its partner, with a mark if something is wrong there. */
void page_by(struct html *h, const struct listing_row *row);
/* All of it that people want to know, with a heading of the first order. */
void page_listing(struct html *h, const struct listing_row *row);

/* ---- page_answer.c */

/* What staff can answer, and whether `held` removals are right; nothing without a token in the settings. */
int page_answers(struct html *h, const char *partner, int64_t held, const char *hold, struct error *err);

/* ---- page_map.c */

struct page_map {
	const char *query;	/* of /collections/all/items: "" or "partner=…" */
	const char *label;
	const struct box *box;	/* what is seen at first; NULL: all listings */
	const char *here;	/* uid of a listing that stands out; NULL: none does */
};
void page_map(struct html *h, const struct page_map *map);

#endif
