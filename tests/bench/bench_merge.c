/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the catalogue merges: a first synchronisation, one in which nothing
 * changed, one in which 1 % changed, and the full-text index after it.
 *
 *	bench_merge [LISTINGS] [random]
 *
 * Listings are of about 500 bytes; « random »: identifiers in no order.
 */
#include <math.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "catalogue/catalogue.h"

struct bench {
	struct catalogue *c;
	const char *dir;
	int64_t n;
	bool random;
	struct buf words, flat;
};

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void
die(const struct error *err)
{
	(void)fprintf(stderr, "bench_merge: %s\n", err->text);
	exit(1);
}

static struct text
text(const char *s)
{
	return (struct text){ s, strlen(s) };
}

static void
description(struct buf *out, uint64_t seed)
{
	static const char *const words[] = { "maison", "jardin", "rivière", "terrasse", "calme", "lumineux", "proche",
		"centre", "marché", "familial", "vélo", "canal", "château", "vignoble", "pruneaux", "piscine", "étage",
		"garage", "randonnée", "pêche", "atelier", "cuisine", "équipée", "chambre", "draps", "fournis", "accueil" };
	for (int i = 0; i < 34; i++) {
		seed = mix(seed + 1);
		buf_str(out, words[seed % (sizeof words / sizeof words[0])]);
		buf_fmt(out, i % 5 == 0 ? "%u " : " ", (unsigned)(seed >> 40) % 5000);
	}
}

static void
stage_one(struct bench *b, struct stage *s, int64_t i, int64_t version)
{
	struct error err = ERROR_INIT;
	struct listing l;
	char id[32], title[64], url[96], raw[64];
	uint64_t r = mix((uint64_t)i + 1);
	listing_clear(&l);
	(void)snprintf(id, sizeof id, b->random ? "%016llx" : "%.0llu%lld",
	    (unsigned long long)(b->random ? r : 0), (long long)i);
	(void)snprintf(title, sizeof title, "Maison avec jardin nº %lld, version %lld", (long long)i, (long long)version);
	(void)snprintf(url, sizeof url, "https://partenaire.example/annonces/%s/maison-avec-jardin", id);
	buf_clear(&b->words);
	description(&b->words, r);
	l.text[LISTING_EXTERNAL_ID] = text(id);
	l.text[LISTING_KIND] = text("home_exchange");
	l.text[LISTING_TITLE] = text(title);
	l.text[LISTING_DESCRIPTION] = (struct text){ b->words.data, b->words.len };
	l.text[LISTING_LANGUAGE] = text("fr");
	l.text[LISTING_URL] = text(url);
	l.text[LISTING_POSTCODE] = text("47200");
	l.text[LISTING_LOCALITY] = text("Marmande");
	l.text[LISTING_COUNTRY] = text("FR");
	l.text[LISTING_PROPERTIES] = text("{\"bedrooms\":3}");
	l.integer[LISTING_PRICE_MINOR] = (int64_t)(r % 20000);
	l.text[LISTING_CURRENCY] = text("EUR");
	l.real[LISTING_LATITUDE] = 41 + (double)(r % 100000) / 10000;
	l.real[LISTING_LONGITUDE] = -4 + (double)((r >> 20) % 100000) / 8000;
	l.published = true;
	(void)snprintf(raw, sizeof raw, "%lld/%lld", (long long)i, (long long)version);
	buf_clear(&b->flat);
	listing_flatten(&l, &b->flat);
	if (stage_listing(s, raw_hash(raw, strlen(raw), 1), b->flat.data, b->flat.len, &err) != 0)
		die(&err);
}

static double
seconds(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long
peak_mb(void)
{
	struct rusage u;
	(void)getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss / 1024;
}

static long
wal_kb(const struct bench *b)
{
	struct buf path = BUF_INIT;
	struct stat st;
	buf_fmt(&path, "%s/c.db-wal", b->dir);
	long kb = stat(path.data, &st) == 0 ? (long)(st.st_size / 1024) : 0;
	buf_done(&path);
	return kb;
}

/* One run; items for which `changed` is not 0 come in a new version. */
static void
one_run(struct bench *b, const char *what, int64_t run, int64_t every, bool known)
{
	struct error err = ERROR_INIT;
	struct run_memory memory;
	struct run_result result;
	char raw[64];
	double t0 = seconds();
	if (catalogue_run_begin(b->c, "bench", 1, run * HOUR_MS, &memory, &err) != 0)
		die(&err);
	double t1 = seconds();
	struct stage *s = stage_new(b->dir);
	for (int64_t i = 0; i < b->n; i++) {
		bool changed = every > 0 && i % every == 0;
		(void)snprintf(raw, sizeof raw, "%lld/1", (long long)i);
		if (known && !changed && known_mark(memory.known, raw_hash(raw, strlen(raw), 1)))
			continue;
		stage_one(b, s, i, changed ? run : 1);
	}
	double t2 = seconds();
	struct run_report report = { .partner = "bench", .started_ms = run * HOUR_MS, .finished_ms = run * HOUR_MS,
		.outcome = RUN_COMPLETE, .seen = (uint64_t)b->n, .declared_total = b->n, .detail = "", .seed = 1,
		.next_poll_ms = TIME_NONE, .not_before_ms = TIME_NONE,
		.removal = { true, 2, DAY_MS, 20, 10 } };
	if (catalogue_run_finish(b->c, &report, s, memory.known, &result, &err) != 0)
		die(&err);
	double t3 = seconds();
	(void)printf("%-22s begin %5.2f s, stage %5.2f s, finish %5.2f s: %9.0f listings/s; +%llu ~%llu -%llu;"
	    " WAL %ld kB; peak %ld MB\n", what, t1 - t0, t2 - t1, t3 - t2, (double)b->n / (t3 - t2),
	    (unsigned long long)result.added, (unsigned long long)result.changed,
	    (unsigned long long)result.removed, wal_kb(b), peak_mb());
	stage_free(s);
	run_memory_done(&memory);
	t0 = seconds();
	if (catalogue_checkpoint(b->c, &err) != 0)
		die(&err);
	(void)printf("%-22s %5.2f s\n", "  checkpoint", seconds() - t0);
}

static void
index_all(struct bench *b)
{
	struct error err = ERROR_INIT;
	uint64_t left = 1;
	double t0 = seconds(), longest = 0;
	while (left > 0) {
		double t = seconds();
		if (catalogue_index(b->c, 1000, &left, &err) != 0)
			die(&err);
		longest = fmax(longest, seconds() - t);
	}
	(void)printf("%-22s %5.2f s, longest slice %.0f ms; peak %ld MB\n", "index", seconds() - t0, longest * 1e3,
	    peak_mb());
}

static void
search(struct bench *b, const struct catalogue_filter *f, const char *what)
{
	struct error err = ERROR_INIT;
	double t0 = seconds();
	struct catalogue_cursor *q = catalogue_query(b->c, VIEW_LISTINGS, f, &err);
	int n = 0, rc = 0;
	while (q != NULL && (rc = cursor_next(q, &err)) == 1)
		n++;
	if (q == NULL || rc != 0)
		die(&err);
	cursor_close(q);
	(void)printf("%-22s %d rows, %.1f ms\n", what, n, (seconds() - t0) * 1e3);
}

static void
questions(struct bench *b)
{
	struct catalogue_filter near = CATALOGUE_FILTER_INIT, word = CATALOGUE_FILTER_INIT, page = CATALOGUE_FILTER_INIT;
	near.near_lat = 44.5;
	near.near_lon = 0.15;
	near.near_km = 10;
	search(b, &near, "within 10 km");
	word.search = "riviere terr";
	word.limit = 20;
	search(b, &word, "two words, 20 best");
	page.partner = "bench";
	page.limit = 50;
	search(b, &page, "a page");
}

int
main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	char dir[] = "/tmp/bench_merge.XXXXXX";
	struct bench b = { .n = 200000, .dir = mkdtemp(dir) };
	struct buf path = BUF_INIT;
	if (argc > 1 && num_int(argv[1], strlen(argv[1]), 1, 100000000, &b.n) != 0)
		return 2;
	b.random = argc > 2 && strcmp(argv[2], "random") == 0;
	buf_fmt(&path, "%s/c.db", dir);
	struct catalogue_options options = { .path = path.data, .search = true };
	if (b.dir == NULL || (b.c = catalogue_open(&options, &err)) == NULL)
		die(&err);
	struct partner_record p = { "bench", "Bench", "", "", NULL };
	if (catalogue_partner_put(b.c, &p, &err) != 0)
		die(&err);
	one_run(&b, "first", 1, 0, false);
	one_run(&b, "unchanged, known", 2, 0, true);
	one_run(&b, "unchanged, read again", 3, 0, false);
	index_all(&b);
	one_run(&b, "1 % changed", 4, 100, true);
	index_all(&b);
	questions(&b);
	catalogue_close(b.c);
	buf_done(&path);
	buf_done(&b.words);
	buf_done(&b.flat);
	static const char *const names[] = { "c.db", "c.db-wal", "c.db-shm", "c.db-search" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct buf name = BUF_INIT;
		buf_fmt(&name, "%s/%s", dir, names[i]);
		(void)unlink(name.data);
		buf_done(&name);
	}
	return rmdir(dir) == 0 ? 0 : 1;
}
