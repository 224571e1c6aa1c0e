/* SPDX-License-Identifier: Apache-2.0 */
/* What a run tells the detector.  Pure. */
#ifndef VIGIE_WATCH_READING_H
#define VIGIE_WATCH_READING_H

#include "sync/run.h"
#include "watch/page.h"
#include "watch/probe.h"

struct poll_reading {
	bool counts;		/* false: our side failed, or the partner was not asked: nothing is learnt */
	int64_t http, redirect, shape;	/* as signals; -1: not learnt */
	int64_t listings;	/* inside the territory; -1: not counted */
	bool changed;		/* what it offers has changed */
	struct page_reading page;	/* of a web page that came; PAGE_ORDINARY with no words otherwise */
};

void reading_of_run(const struct run_summary *s, struct poll_reading *ret);
/*
 * The same where only presence counts (a web site is looked at, not a list): there
 * are no contents, every page is a sign of life but that of a domain for sale (words
 * of closing are the site's, see round.c), and whoever refuses us is there.
 */
void reading_of_presence(struct poll_reading *r);
/* Of the page that a light request brought, where only presence counts. */
void reading_of_page(const struct probe_answer *answer, struct poll_reading *ret);
/* Nobody answered, for we could not ask. */
bool reading_is_ours(const struct probe_answer *answer);
/* Of the status of a light request: there are no contents to speak of. */
void reading_of_status(int status, struct poll_reading *ret);
/* SHAPE_* of a web page that came where it was not expected. */
int64_t reading_shape(const struct page_reading *page);
/* Whether it did not answer as it should. */
bool reading_in_trouble(const struct poll_reading *r);
/* Whether somebody answers, be it to refuse. */
bool reading_answers(const struct poll_reading *r);

#endif
