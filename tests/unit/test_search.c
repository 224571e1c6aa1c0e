/* SPDX-License-Identifier: Apache-2.0 */
/* Full text and places: exact after any sequence of merges and slices. */
#include "catalogue_fixture.h"

#include "catalogue/sqlite_near.h"
#include "normalise/territory.h"
#include "sanitized.h"

static const char *const words[] = { "maison", "bateau", "jardin", "riviere", "canal", "velo", "chateau", "marche" };
enum { WORDS = sizeof words / sizeof words[0], IDS = 60 };

static uint32_t
random_below(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)*seed * n >> 32);
}

/* " word word … ", with blanks at both ends so that LIKE finds whole words. */
static void
random_title(uint32_t *seed, char *out, size_t size)
{
	size_t len = (size_t)snprintf(out, size, " ");
	for (uint32_t i = random_below(seed, 5); i > 0; i--)
		len += (size_t)snprintf(out + len, size - len, "%s ", words[random_below(seed, WORDS)]);
}

/* What the index finds is what a scan of the indexed, present listings finds. */
static void
check_index(const struct fixture *f)
{
	struct buf found = BUF_INIT, want = BUF_INIT;
	for (size_t i = 0; i < WORDS; i++) {
		char sql[512];
		(void)snprintf(sql, sizeof sql, "SELECT t.row FROM search s JOIN trace t ON t.text = s.rowid AND t.present"
		    " WHERE s.search MATCH '%s' ORDER BY t.row", words[i]);
		ask_list(f, sql, &found);
		(void)snprintf(sql, sizeof sql, "SELECT l.row FROM listing l JOIN trace t ON t.row = l.row WHERE t.present AND"
		    " t.text <= (SELECT position FROM state) AND l.title LIKE '%% %s %%'"
		    " ORDER BY l.row", words[i]);
		ask_list(f, sql, &want);
		assert_string_equal(buf_cstr(&found), buf_cstr(&want));
	}
	buf_done(&found);
	buf_done(&want);
}

static void
test_index_is_exact(void **state)
{
	struct fixture *f = *state;
	char title[IDS][64];
	uint32_t seed = 20261122;
	uint64_t left;
	f->report.removal.min_age_ms = 0;
	f->report.removal.brake_percent = 100;
	for (int i = 0; i < IDS; i++)
		random_title(&seed, title[i], sizeof title[i]);
	for (int run = 0; run < 120; run++) {
		begin(f);
		for (int i = 0; i < IDS; i++) {
			char id[16];
			if (random_below(&seed, 4) == 0)
				random_title(&seed, title[i], sizeof title[i]);
			(void)snprintf(id, sizeof id, "%d", i);
			if (random_below(&seed, 5) != 0)
				item(f, id, title[i]);
			else if (random_below(&seed, 5) == 0)
				tombstone(f, id);
		}
		finish_after(f, random_below(&seed, 4) == 0 ? RUN_PARTIAL : RUN_COMPLETE, 24);
		for (uint32_t slices = random_below(&seed, 4); slices > 0; slices--)
			assert_int_equal(catalogue_index(f->c, 1 + random_below(&seed, 20), &left, &f->err), 0);
		check_index(f);
	}
	do
		assert_int_equal(catalogue_index(f->c, 1000, &left, &f->err), 0);
	while (left > 0);
	check_index(f);
	bool more = true;
	int slices = 0;
	for (; more; slices++)
		assert_int_equal(catalogue_index_merge(f->c, &more, &f->err), 0);
	assert_in_range(slices, 2, 50);
	check_index(f);
	assert_int_equal(ask_integer(f, "SELECT position = (SELECT max(first + n - 1) FROM text_batch) FROM state"), 1);
	assert_true(ask_integer(f, "SELECT count(*) FROM changes WHERE op = 'removed'") > 20);
	assert_true(ask_integer(f, "SELECT count(*) FROM changes WHERE op = 'restored'") > 20);
}

static void
check_search(struct fixture *f, const char *search, const char *want)
{
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	struct buf got = BUF_INIT;
	filter.search = search;
	struct catalogue_cursor *q = catalogue_query(f->c, VIEW_LISTINGS, &filter, &f->err);
	if (q == NULL)
		fail_msg("« %s »: %s", search, f->err.text);
	int rc;
	while ((rc = cursor_next(q, &f->err)) == 1)
		buf_str(&got, cursor_text(q, 2));
	if (rc != 0)
		fail_msg("« %s »: %s", search, f->err.text);
	cursor_close(q);
	if (strcmp(buf_cstr(&got), want) != 0)
		fail_msg("« %s » gives %s, not %s", search, buf_cstr(&got), want);
	buf_done(&got);
}

static void
test_what_people_type(void **state)
{
	struct fixture *f = *state;
	uint64_t left;
	begin(f);
	item(f, "1", "Péniche à l’écluse");
	item(f, "2", "Gîte \"Les Chênes\" OR rien");
	item(f, "3", "Camping-car 4 places");
	item(f, "4", "Œufs de ferme, au cœur d’Æolia");
	complete(f);
	assert_int_equal(catalogue_index(f->c, 100, &left, &f->err), 0);
	assert_int_equal(left, 0);
	check_search(f, "peniche", "1");
	check_search(f, "PÉNICHE", "1");
	check_search(f, "pén", "1");
	check_search(f, "pén écluse", "");	/* only the last word is a beginning */
	check_search(f, "écluse pén", "1");
	check_search(f, "l'ecluse", "1");
	check_search(f, "\"chenes\"", "2");
	check_search(f, "chenes or", "2");
	check_search(f, "chenes NOT rien", "");
	check_search(f, "camping-car", "3");
	check_search(f, "car - 4", "3");
	check_search(f, "title:peniche", "");
	check_search(f, "oeufs coeur", "4");
	check_search(f, "œufs CŒUR", "4");
	check_search(f, "aeolia", "4");
	check_search(f, "æ", "4");
	check_search(f, "co", "4");
	static const char *const odd[] = { "", " ", "\"", "*", "(", "-", "^", "a\"b*c", "AND", "NEAR(", "\xff\xfe", "{}" };
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
		check_search(f, odd[i], "");
}

static void
test_removed_and_unpublished_are_hidden(void **state)
{
	struct fixture *f = *state;
	uint64_t left;
	begin(f);
	item(f, "1", "bateau bleu");
	item(f, "2", "bateau vert");
	complete(f);
	assert_int_equal(catalogue_index(f->c, 100, &left, &f->err), 0);
	check_search(f, "bateau", "12");
	begin(f);
	item(f, "2", "bateau vert");
	tombstone(f, "1");
	complete(f);
	check_search(f, "bateau", "2");
	check_search(f, "bleu", "");
}

static void
test_no_index(void **state)
{
	struct fixture *f = *state;
	uint64_t left = 5;
	struct catalogue_options options = { .path = f->path, .search = false };
	catalogue_close(f->c);
	assert_non_null(f->c = catalogue_open(&options, &f->err));
	run_of(f, "a", 0, 5);
	assert_int_equal(catalogue_index(f->c, 100, &left, &f->err), 0);
	assert_int_equal(left, 0);
	check_search(f, "a3", "");
	/* Switched on later, it catches up. */
	catalogue_close(f->c);
	fixture_open(f);
	assert_int_equal(catalogue_index(f->c, 100, &left, &f->err), 0);
	check_search(f, "a3", "a3");
}

static void
index_all(struct fixture *f)
{
	uint64_t left = 1;
	while (left > 0)
		assert_int_equal(catalogue_index(f->c, 1000, &left, &f->err), 0);
}

static void
copy_file(const char *from, const char *to)
{
	char block[1 << 16];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	assert_true(in != NULL && out != NULL);
	for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
		assert_int_equal(fwrite(block, 1, n, out), n);
	(void)fclose(in);
	assert_int_equal(fclose(out), 0);
}

/* A power cut may take the catalogue's last commits and leave the index: numbers come again, with other texts. */
static void
test_catalogue_lost_commits(void **state)
{
	struct fixture *f = *state;
	char kept[64];
	(void)snprintf(kept, sizeof kept, "%s/kept", f->dir);
	run_of(f, "a", 0, 5);
	index_all(f);
	catalogue_close(f->c);
	copy_file(f->path, kept);
	fixture_open(f);
	begin(f);
	item(f, "b", "bateau perdu");
	finish_after(f, RUN_PARTIAL, 1);
	index_all(f);
	check_search(f, "bateau", "b");
	catalogue_close(f->c);
	assert_int_equal(rename(kept, f->path), 0);
	fixture_open(f);
	check_search(f, "bateau", "");
	if (ask_integer(f, "SELECT lease_pid FROM partner") != 0)
		assert_int_equal(catalogue_run_abandon(f->c, "p", &f->err), 0);
	begin(f);
	item(f, "c", "velo");
	finish_after(f, RUN_PARTIAL, 1);
	index_all(f);
	check_search(f, "velo", "c");
	check_search(f, "bateau", "");
	check_search(f, "a3", "a3");
	check_list(f, "SELECT entries FROM state", "6");
}

/* Entries that count no more are not kept for ever. */
static void
test_made_again(void **state)
{
	enum { LISTINGS = 3000 };
	struct fixture *f = *state;
	for (int run = 0; run < 8; run++) {
		char title[32], id[16];
		begin(f);
		for (int i = 0; i < LISTINGS; i++) {
			(void)snprintf(id, sizeof id, "%d", i);
			(void)snprintf(title, sizeof title, "version %d", run);
			item(f, id, title);
		}
		complete(f);
		index_all(f);
		int64_t entries = ask_integer(f, "SELECT entries FROM state");
		assert_int_equal(entries, LISTINGS * (run < 5 ? run + 1 : run - 4));
		assert_int_equal(ask_integer(f, "SELECT count(*) FROM search_docsize"), entries);
	}
	check_search(f, "version 6", "");
	/* Nor are the numbers of their texts, but for those that were given last. */
	for (int i = 0; i < 100; i++)
		assert_int_equal(catalogue_prune(f->c, START_MS, 100, &f->err), 0);
	assert_in_range(ask_integer(f, "SELECT sum(n) FROM text_batch"), LISTINGS, LISTINGS + LISTINGS / 2);
	index_all(f);
	assert_int_equal(ask_integer(f, "SELECT entries FROM state"), LISTINGS * 3);
}

/* Without its file it is made again too. */
static void
test_lost_file(void **state)
{
	struct fixture *f = *state;
	char path[64];
	run_of(f, "a", 0, 5);
	index_all(f);
	catalogue_close(f->c);
	(void)snprintf(path, sizeof path, "%s-search", f->path);
	assert_int_equal(unlink(path), 0);
	struct catalogue_options options = { .path = f->path, .read_only = true };
	assert_non_null(f->c = catalogue_open(&options, &f->err));
	check_search(f, "a3", "");
	catalogue_close(f->c);
	fixture_open(f);
	index_all(f);
	check_search(f, "a3", "a3");
}

/* What an older program has written is made again. */
static void
test_older_file(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 5);
	index_all(f);
	check_list(f, "INSERT INTO search (search) VALUES ('delete-all')", "");
	check_list(f, "PRAGMA texts.user_version = 2", "");
	catalogue_close(f->c);
	fixture_open(f);
	index_all(f);
	check_search(f, "a3", "a3");
}

/* A catalogue of schema 2 had the index in the same file, by numbers of changes. */
static void
test_from_schema_2(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 5);
	begin(f);
	tombstone(f, "a4");
	item(f, "a3", "autre");
	finish_after(f, RUN_PARTIAL, 1);
	catalogue_close(f->c);
	check_list(f, "DROP TABLE text_batch", "");
	check_list(f, "ALTER TABLE trace RENAME COLUMN text TO text_change", "");
	check_list(f, "UPDATE trace SET text_change = 1000 + (row & 255)", "");
	check_list(f, "CREATE VIRTUAL TABLE search USING fts5 (title, content = '')", "");
	check_list(f, "INSERT INTO meta VALUES (1, 1005)", "");
	check_list(f, "UPDATE meta SET value = 2 WHERE key = 0", "");
	fixture_without_watch(f);
	fixture_open(f);
	index_all(f);
	check_search(f, "a0", "a0");
	check_search(f, "a3", "");
	check_search(f, "autre", "a3");
	run_of(f, "b", 0, 2);
	index_all(f);
	check_search(f, "b1", "b1");
}

/* ---- places */

static void
test_cover_holds_the_circle(void **state)
{
	uint32_t seed = 7;
	(void)state;
	for (int i = 0; i < ROUNDS_OF(40000); i++) {
		static const double radii[] = { 0.1, 1, 10, 100, 1000, 9000, 19000 };
		double lat = (double)random_below(&seed, 180001) / 1000 - 90;
		double lon = (double)random_below(&seed, 360001) / 1000 - 180;
		double km = radii[random_below(&seed, 7)];
		if (i % 2 == 0)		/* near the antimeridian, on either side */
			lon = copysign(180 - (double)random_below(&seed, 2000) / 1000, lon);
		double share = (double)random_below(&seed, 1000) / 500 - 1, other = (double)random_below(&seed, 1000) / 500 - 1;
		double la = fmax(-90, fmin(90, lat + share * km / 111));
		double lo = remainder(lon + other * km / 60, 360);
		struct cell_range r[NEAR_RANGES];
		size_t n = near_cover(lat, lon, km, r);
		int64_t cell = near_cell(la, lo);
		bool covered = false;
		assert_true(n > 0 && n <= NEAR_RANGES);
		for (size_t j = 0; j < n; j++)
			covered = covered || (cell >= r[j].low && cell <= r[j].high);
		if (!covered && geo_distance_km(lat, lon, la, lo) <= km)
			fail_msg("%f,%f is within %f km of %f,%f but not covered", la, lo, km, lat, lon);
	}
	assert_int_equal(near_cell((double)NAN, 1), -1);
}

static void
test_cover_is_tight(void **state)
{
	static const double points[][2] = { { 44.5, 0.15 }, { -44.5, 179.99 }, { 44.5, -179.99 } };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct cell_range r[NEAR_RANGES];
		int64_t cells = 0;
		size_t n = near_cover(points[i][0], points[i][1], 10, r);
		for (size_t j = 0; j < n; j++)
			cells += r[j].high - r[j].low + 1;
		/* The box of 20 km by 20 km has 66 by 46 cells. */
		assert_true(cells < 3 * 66 * 46);
	}
}

static void
near(struct fixture *f, double km, const char *want)
{
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	struct buf got = BUF_INIT;
	double last = 0;
	filter.near_lat = 44;
	filter.near_lon = 0.5;
	filter.near_km = km;
	struct catalogue_cursor *q = catalogue_query(f->c, VIEW_LISTINGS, &filter, &f->err);
	if (q == NULL)
		fail_msg("%s", f->err.text);
	int column = cursor_columns(q) - 1;
	assert_string_equal(cursor_name(q, column), "distance_km");
	while (cursor_next(q, &f->err) == 1) {
		assert_true(cursor_real(q, column) >= last);
		last = cursor_real(q, column);
		buf_str(&got, cursor_text(q, 2));
	}
	cursor_close(q);
	assert_string_equal(buf_cstr(&got), want);
	buf_done(&got);
}

static void
test_near(void **state)
{
	struct fixture *f = *state;
	f->spread = true;	/* latitude 44 plus a hundredth for each letter of the title */
	begin(f);
	item(f, "a", "7777777");
	item(f, "b", "333");
	item(f, "c", "1");
	f->spread = false;
	item(f, "d", "nowhere");
	complete(f);
	near(f, 1.2, "c");
	near(f, 3.5, "cb");
	near(f, 20000, "cba");
	/* Moved, and gone. */
	f->spread = true;
	begin(f);
	item(f, "a", "22");
	item(f, "b", "333");
	tombstone(f, "c");
	complete(f);
	near(f, 20000, "ab");
	near(f, 2.5, "a");
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM spot"), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_index_is_exact),
		TEST(test_what_people_type),
		TEST(test_removed_and_unpublished_are_hidden),
		TEST(test_no_index), TEST(test_catalogue_lost_commits), TEST(test_made_again), TEST(test_lost_file), TEST(test_older_file),
		TEST(test_from_schema_2),
		cmocka_unit_test(test_cover_holds_the_circle),
		cmocka_unit_test(test_cover_is_tight),
		TEST(test_near),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
