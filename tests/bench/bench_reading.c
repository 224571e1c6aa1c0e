/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a catalogue is read:
 *
 *	bench_reading CATALOGUE [WORD [QUESTION]]
 *
 * Each question is asked again and again, with other values; WORD is one that
 * many listings have, QUESTION a part of the only one.  Times are the processor's, so that neighbours count less.
 */
#include <math.h>
#include <time.h>

#include "base/buf.h"
#include "catalogue/reading.h"

enum { TIMES_MAX = 200, BUDGET_US = 2000000 };

struct bench {
	struct catalogue *c;
	struct tally *tally;
	const char *word;
	uint64_t seed;
	int64_t rows;		/* read so far */
	struct listing_row last;
	char kind[64];		/* of which there are many, and another of which there are few */
	char rare[64];
	uint64_t n, n_rare;
	struct box extent;
};

struct question {
	const char *what;
	int (*ask)(struct bench *b, struct error *err);
};

static double
now_us(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double
share(struct bench *b)
{
	b->seed = b->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (double)(b->seed >> 11) / 9007199254740992.0;
}

static void
die(const struct error *err)
{
	(void)fprintf(stderr, "bench_reading: %s\n", err->text);
	exit(1);
}

static int
read_page(struct bench *b, const struct reading_filter *f, struct error *err)
{
	struct listing_row r;
	int rc = -1;
	struct reading *reading = reading_open(b->c, f, b->tally, err);
	while (reading != NULL && (rc = reading_next(reading, &r, err)) == 1)
		b->rows++;
	reading_close(reading);
	return rc;
}

static int64_t
any_row(struct bench *b)
{
	return (INT64_C(1) << 32) + (int64_t)(share(b) * (double)b->n);
}

static int
ask_page(struct bench *b, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	f.limit = 50;
	f.after_row = any_row(b);
	return read_page(b, &f, err);
}

static int
ask_kind(struct bench *b, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	f.limit = 50;
	f.kind = b->rare;
	f.after_row = any_row(b);
	return read_page(b, &f, err);
}

static int
ask_offset(struct bench *b, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	f.limit = 50;
	f.offset = (uint64_t)(share(b) * (double)b->n);
	return read_page(b, &f, err);
}

static struct box
any_box(struct bench *b, double side)
{
	const struct box *e = &b->extent;
	double west = e->west + share(b) * (e->east - e->west), south = e->south + share(b) * (e->north - e->south);
	return (struct box){ west, south, west + side, south + side };
}

static int
ask_box_of(struct bench *b, double side, bool count, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	struct box box = any_box(b, side);
	uint64_t n;
	f.limit = 50;
	f.box = &box;
	return count ? reading_count(b->c, &f, b->tally, &n, err) : read_page(b, &f, err);
}

static int
ask_box(struct bench *b, struct error *err)
{
	return ask_box_of(b, 0.003, false, err);
}

static int
ask_wide_box(struct bench *b, struct error *err)
{
	return ask_box_of(b, 0.1, false, err);
}

static int
count_box(struct bench *b, struct error *err)
{
	return ask_box_of(b, 0.1, true, err);
}

static int
count_kind(struct bench *b, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	uint64_t n;
	f.kind = b->rare;
	return reading_count(b->c, &f, b->tally, &n, err);
}

static int
count_price(struct bench *b, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	uint64_t n;
	f.price_min = 100;
	f.capacity_min = 4;
	return reading_count(b->c, &f, b->tally, &n, err);
}

static int
count_dates(struct bench *b, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	uint64_t n;
	f.from_ms = f.to_ms = INT64_C(1800000000000);
	return reading_count(b->c, &f, b->tally, &n, err);
}

static int
ask_price(struct bench *b, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	f.price_min = 100;
	f.capacity_min = 4;
	f.limit = 50;
	f.after_row = any_row(b);
	return read_page(b, &f, err);
}

static int
ask_rare(struct bench *b, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	char search[32];
	(void)snprintf(search, sizeof search, "%u %s", (unsigned)(share(b) * (double)b->n), b->word);
	f.search = search;
	f.limit = 50;
	return read_page(b, &f, err);
}

static int
ask_word(struct bench *b, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	f.search = b->word;
	f.limit = 50;
	return read_page(b, &f, err);
}

static int
count_word(struct bench *b, struct error *err)
{
	struct reading_filter f = READING_FILTER_INIT;
	uint64_t n;
	f.search = b->word;
	return reading_count(b->c, &f, b->tally, &n, err);
}

static int
ask_stamp(struct bench *b, struct error *err)
{
	struct catalogue_stamp s;
	return catalogue_stamp(b->c, &s, err);
}

static bool
tell(void *arg, const struct change_row *change)
{
	struct bench *b = arg;
	(void)change;
	b->rows++;
	return true;
}

static int
ask_changes(struct bench *b, struct error *err)
{
	struct change_page page = { .after = (int64_t)(share(b) * (double)b->n), .limit = 500, .each = tell, .arg = b };
	return catalogue_changes(b->c, b->tally, &page, err);
}

static int
load_tally(struct bench *b, struct error *err)
{
	struct tally *t = tally_new();
	int rc = tally_sync(t, b->c, err);
	tally_free(t);
	return rc;
}

static const struct question questions[] = {
	{ "the tally is loaded", load_tally }, { "stamp", ask_stamp }, { "page of 50, anywhere", ask_page },
	{ "page of 50 of a rare kind", ask_kind }, { "page of 50 by offset", ask_offset },
	{ "count of a kind", count_kind }, { "50 in a small box", ask_box }, { "50 in a wide box", ask_wide_box },
	{ "count of a wide box", count_box }, { "50 by price and capacity", ask_price },
	{ "count by price and capacity", count_price }, { "count by date", count_dates }, { "search, two words", ask_rare },
	{ "search, the common word", ask_word }, { "count of the common word", count_word },
	{ "500 changes", ask_changes },
};

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static void
ask(struct bench *b, const struct question *q)
{
	struct error err = ERROR_INIT;
	double took[TIMES_MAX], sum = 0;
	int n = 0;
	b->rows = 0;
	while (n < TIMES_MAX && sum < BUDGET_US) {
		double start = now_us();
		if (catalogue_read_begin(b->c, &err) != 0 || q->ask(b, &err) != 0)
			die(&err);
		catalogue_read_end(b->c);
		sum += took[n++] = now_us() - start;
	}
	qsort(took, (size_t)n, sizeof *took, compare);
	(void)printf("%-30s %10.1f us  %10.1f us at p99  %8.1f rows\n", q->what, took[n / 2], took[n * 99 / 100],
	    (double)b->rows / n);
}

static void
note_kind(void *arg, const struct tally_entry *e)
{
	struct bench *b = arg;
	if (b->n_rare == 0 || e->count < b->n_rare) {
		b->n_rare = e->count;
		(void)snprintf(b->rare, sizeof b->rare, "%s", e->kind);
	}
	b->n += e->count;
	b->extent = e->extent;
}

/* All of it, with the work of somebody who looks at every text. */
static void
read_whole(struct bench *b)
{
	struct error err = ERROR_INIT;
	struct reading_filter f = READING_FILTER_INIT;
	struct listing_row r;
	struct buf out = BUF_INIT;
	uint64_t bytes = 0, n = 0;
	double start = now_us();
	struct reading *reading = reading_open(b->c, &f, b->tally, &err);
	while (reading != NULL && reading_next(reading, &r, &err) == 1) {
		buf_clear(&out);
		for (size_t i = 0; i < LISTING_TEXTS; i++)
			buf_add(&out, r.listing.text[i].s, r.listing.text[i].len);
		bytes += out.len;
		n++;
	}
	reading_close(reading);
	if (err.kind != ERROR_NONE)
		die(&err);
	double us = now_us() - start;
	(void)printf("%-30s %10.1f ms  %.2f us a row, %.0f MB/s of texts\n", "all of it", us / 1e3, us / (double)n,
	    (double)bytes / us);
	buf_done(&out);
}

int
main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct catalogue_options options = { .path = argc > 1 ? argv[1] : "", .read_only = true, .search = true };
	struct bench b = { .word = argc > 2 ? argv[2] : "maison", .seed = 1, .tally = tally_new() };
	b.c = catalogue_open(&options, &err);
	if (b.c == NULL || tally_sync(b.tally, b.c, &err) != 0)
		die(&err);
	tally_each(b.tally, note_kind, &b);
	const char *only = argc > 3 ? argv[3] : "";
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
		if (strstr(questions[i].what, only) != NULL)
			ask(&b, &questions[i]);
	if (strstr("all of it", only) != NULL)
		read_whole(&b);
	tally_free(b.tally);
	catalogue_close(b.c);
	return 0;
}
