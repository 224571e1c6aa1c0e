/* SPDX-License-Identifier: Apache-2.0 */
/* Random runs of three partners, who reads what comes of them, and the tally beside plain SQL on the public view. */
#ifndef VIGIE_TESTS_READING_WORLD_H
#define VIGIE_TESTS_READING_WORLD_H

#include "catalogue_fixture.h"

#include "catalogue/reading.h"
#include "catalogue/watch.h"

enum { PARTNERS = 3, IDS = 40 };
static const char *const partners[PARTNERS] = { "p", "q", "r" };
static const char *const kinds[] = { "boat", "event", "place", NULL };
static const char *const currencies[] = { "EUR", "JPY", "TND", NULL };
static const char *const dates[] = {
	"{}", "{\"starts_at\":\"2026-07-04\"}", "{\"starts_at\":\"2026-07-04\",\"ends_at\":\"2026-07-06\"}",
	"{\"a\":1,\"starts_at\":\"2026-07-05T18:00:00Z\",\"ends_at\":\"2026-07-05T20:00:00Z\"}",
	"{\"ends_at\":\"2026-07-05\"}", "{\"b\":{\"starts_at\":\"2020-01-01\"}}", "{\"starts_at\":7}",
};
static const char *const titles[] = { "la maison", "maisonnette", "le canal", "la maison du canal" };
#define DAY(n) (INT64_C(1783123200000) + (n) * (int64_t)DAY_MS)	/* n = 0: 2026-07-04 */

struct world {
	struct fixture *f;
	struct tally *tally;
	struct catalogue *reader;
	uint32_t seed;
};

static inline uint32_t
below(struct world *w, uint32_t n)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)w->seed * n >> 32);
}

#define ANY(w, list) (list)[below(w, sizeof (list) / sizeof (list)[0])]

/* ---- random catalogues */

/* Often on a line where boxes begin and end. */
static inline double
degrees(struct world *w, double range)
{
	return ((double)below(w, 21) / 10 - 1) * range + (below(w, 4) == 0 ? 0.000000031 : 0);
}

static inline void
random_listing(struct world *w, const char *id)
{
	struct listing l;
	char raw[32];
	listing_clear(&l);
	l.text[LISTING_EXTERNAL_ID] = txt(id);
	l.text[LISTING_TITLE] = txt(ANY(w, titles));
	l.text[LISTING_KIND] = txt(ANY(w, kinds));
	l.text[LISTING_PROPERTIES] = txt(ANY(w, dates));
	l.published = below(w, 8) > 0;
	if (below(w, 4) > 0) {
		l.real[LISTING_LATITUDE] = fmin(degrees(w, 90), 90);
		l.real[LISTING_LONGITUDE] = fmin(degrees(w, 180), 180);
	}
	if (below(w, 3) > 0) {
		l.integer[LISTING_PRICE_MINOR] = below(w, 5000);
		l.text[LISTING_CURRENCY] = txt(ANY(w, currencies));
	}
	if (below(w, 3) > 0)
		l.integer[LISTING_CAPACITY] = below(w, 6);
	(void)snprintf(raw, sizeof raw, "%u", w->seed);
	put_on_stage(w->f, raw_hash(raw, strlen(raw), 7), &l);
}

static inline void
random_run(struct world *w)
{
	struct fixture *f = w->f;
	f->report.partner = partners[below(w, PARTNERS)];
	f->report.removal.min_runs = 1;
	f->report.removal.min_age_ms = 0;
	f->report.removal.brake_percent = 100;
	stage_free(f->stage);
	f->stage = stage_new(f->dir);
	run_memory_done(&f->memory);
	if (catalogue_run_begin(f->c, f->report.partner, 7, f->report.started_ms, &f->memory, &f->err) != 0)
		fail_msg("%s", f->err.text);
	bool part = below(w, 2) == 0;
	for (uint32_t i = 0; i < IDS; i++) {
		char id[16];
		(void)snprintf(id, sizeof id, "%u", i);
		if (below(w, 8) == 0)
			tombstone(f, id);
		else if (part ? below(w, 8) == 0 : below(w, 10) > 0)
			random_listing(w, id);
	}
	f->report.seen = IDS;
	finish_after(f, part ? RUN_PARTIAL : RUN_COMPLETE, 1);
}

static inline void
random_turn(struct world *w)
{
	struct fixture *f = w->f;
	struct watch_partner p = { .id = 0 };
	assert_int_equal(watch_partner_get(f->c, partners[below(w, PARTNERS)], &p, &f->err), 0);
	if (below(w, 2) == 0)
		assert_int_equal(watch_verdict_put(f->c, p.id, below(w, 2) == 0 ? "alive" : "closing", f->report.started_ms, 0.5,
		    &f->err), 0);
	else
		assert_int_equal(watch_withdraw(f->c, p.id, !p.withdrawn, f->report.started_ms, &f->err), 0);
	watch_partner_done(&p);
}

static inline void
open_world(struct world *w, struct fixture *f)
{
	*w = (struct world){ .f = f, .tally = tally_new(), .seed = 20261123 };
	for (size_t i = 1; i < PARTNERS; i++) {
		struct partner_record p = { partners[i], partners[i], "boats", NULL, NULL };
		assert_int_equal(catalogue_partner_put(f->c, &p, &f->err), 0);
	}
	struct catalogue_options options = { .path = f->path, .read_only = true, .search = true };
	assert_non_null(w->reader = catalogue_open(&options, &f->err));
}

static inline void
close_world(struct world *w)
{
	tally_free(w->tally);
	catalogue_close(w->reader);
}

/* ---- the tally */

static inline void
add_entry(void *arg, const struct tally_entry *e)
{
	struct buf *out = arg;
	buf_fmt(out, "%s%s %s %" PRIu64, out->len > 0 ? "," : "", e->partner, e->kind, e->count);
}

static inline void
check_tally(struct world *w)
{
	struct buf want = BUF_INIT, got = BUF_INIT;
	ask_list(w->f, "SELECT partner || ' ' || coalesce(kind, '') || ' ' || count(*) FROM listing_all"
	    " WHERE published AND removed_at IS NULL GROUP BY partner, kind ORDER BY partner,"
	    " CASE coalesce(kind, '') WHEN 'boat' THEN 1 WHEN 'event' THEN 2 WHEN 'place' THEN 3 ELSE 4 END", &want);
	tally_each(w->tally, add_entry, &got);
	assert_string_equal(buf_cstr(&got), buf_cstr(&want));
	buf_done(&want);
	buf_done(&got);
}

static inline void
check_extent(void *arg, const struct tally_entry *e)
{
	struct world *w = arg;
	char sql[512];
	const struct box *b = &e->extent;
	static const char where[] = "FROM listing_all WHERE published AND removed_at IS NULL";
	(void)snprintf(sql, sizeof sql, "SELECT count(*) %s AND partner = '%s' AND coalesce(kind, '') = '%s'"
	    " AND latitude IS NOT NULL", where, e->partner, e->kind);
	int64_t n = ask_integer(w->f, sql);
	assert_int_equal(isnan(b->west), n == 0);
	if (n == 0)
		return;
	/* Holds all of them, with less than a centimetre to spare. */
	(void)snprintf(sql, sizeof sql, "SELECT min(longitude) - %.17g BETWEEN 0 AND 1.1e-7 AND %.17g - max(longitude) BETWEEN 0"
	    " AND 1.1e-7 AND min(latitude) - %.17g BETWEEN 0 AND 1.1e-7 AND %.17g - max(latitude) BETWEEN 0 AND 1.1e-7 %s"
	    " AND partner = '%s' AND coalesce(kind, '') = '%s'", b->west, b->east, b->south, b->north, where, e->partner, e->kind);
	if (ask_integer(w->f, sql) != 1)
		fail_msg("%s %s: %.9g %.9g %.9g %.9g", e->partner, e->kind, b->west, b->south, b->east, b->north);
}

static inline void
check_synced(struct world *w)
{
	struct error err = ERROR_INIT;
	if (tally_sync(w->tally, w->reader, &err) != 0)
		fail_msg("%s", err.text);
	check_tally(w);
	tally_each(w->tally, check_extent, w);
}

static inline void
count_all(void *arg, const struct tally_entry *e)
{
	*(uint64_t *)arg += e->count;
}

#endif
