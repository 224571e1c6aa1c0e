/* SPDX-License-Identifier: Apache-2.0 */
/* Readings, counts and changes beside plain SQL on the public view, through random runs of three partners. */
#include "reading_world.h"

#include "catalogue/sqlite_reading.h"

enum { QUESTIONS = 12 };

/* ---- questions, to us and to SQLite */

struct question {
	struct reading_filter filter;
	struct box box;
	struct buf where;	/* the same as SQL */
};

static void
ask_box(struct world *w, struct question *q)
{
	struct box *b = &q->box;
	double south = degrees(w, 90), north = degrees(w, 90);
	*b = (struct box){ .west = degrees(w, 180), .east = degrees(w, 180), .south = fmin(south, north),
		.north = fmax(south, north) };
	q->filter.box = b;
	buf_fmt(&q->where, " AND (latitude IS NULL OR (latitude BETWEEN %.17g AND %.17g AND (longitude >= %.17g %s"
	    " longitude <= %.17g)))", b->south, b->north, b->west, b->west <= b->east ? "AND" : "OR", b->east);
}

static void
ask_dates(struct world *w, struct question *q)
{
	int64_t from = DAY((int64_t)below(w, 4) - 1) + below(w, 2) * (int64_t)DAY_MS / 2, to = from + below(w, 3) * (int64_t)DAY_MS / 2;
	q->filter.from_ms = below(w, 3) > 0 ? from : TIME_NONE;
	q->filter.to_ms = below(w, 3) > 0 ? to : TIME_NONE;
	int64_t low = q->filter.from_ms == TIME_NONE ? 0 : from, high = q->filter.to_ms == TIME_NONE ? INT64_MAX : to;
	buf_fmt(&q->where, " AND CASE properties WHEN '%s' THEN %d WHEN '%s' THEN %d WHEN '%s' THEN %d WHEN '%s' THEN %d"
	    " ELSE 1 END", dates[1], low < DAY(1) && high >= DAY(0), dates[2], low < DAY(3) && high >= DAY(0),
	    dates[3], low <= DAY(1) + 20 * HOUR_MS && high >= DAY(1) + 18 * HOUR_MS, dates[4],
	    low < DAY(2) && high >= DAY(1));
}

static void
ask_price(struct world *w, struct question *q)
{
	static const char price[] = "price_minor / CASE currency WHEN 'JPY' THEN 1.0 WHEN 'TND' THEN 1000.0 ELSE 100.0 END";
	q->filter.price_min = below(w, 20);
	buf_fmt(&q->where, " AND %s >= %g", price, q->filter.price_min);
	if (below(w, 2) == 0)
		return;
	q->filter.price_max = q->filter.price_min + below(w, 2000);
	buf_fmt(&q->where, " AND %s <= %g", price, q->filter.price_max);
}

/* In the order of the rank, which SQLite knows nothing of here: all of it then, and sorted. */
static void
ask_text(struct world *w, struct question *q)
{
	static const char *const words[][2] = { { "MAISON", "%maison%" }, { "canal maison", "%maison %canal" }, { "nal", "%nal%nal%" } };
	size_t i = below(w, 3);
	q->filter.search = words[i][0];
	q->filter.after_row = 0;
	q->filter.offset = q->filter.limit = 0;
	buf_fmt(&q->where, " AND removed_at IS NULL AND title LIKE '%s'", words[i][1]);
}

static void
ask_anything(struct world *w, struct question *q)
{
	*q = (struct question){ .filter = READING_FILTER_INIT };
	q->filter.removed = below(w, 8) == 0;
	buf_str(&q->where, q->filter.removed ? "1" : "removed_at IS NULL AND published");
	if (below(w, 3) == 0)
		buf_fmt(&q->where, " AND partner = '%s'", q->filter.partner = ANY(w, partners));
	if (below(w, 3) == 0)
		buf_fmt(&q->where, " AND kind = '%s'", q->filter.kind = kinds[below(w, 3)]);
	if (below(w, 3) == 0)
		ask_box(w, q);
	if (below(w, 6) == 0)
		ask_dates(w, q);
	if (below(w, 6) == 0)
		ask_price(w, q);
	if (below(w, 6) == 0)
		buf_fmt(&q->where, " AND capacity >= %d", (int)(q->filter.capacity_min = 1 + below(w, 5)));
	if (below(w, 8) == 0)
		buf_fmt(&q->where, " AND external_id = '%s'", q->filter.external_id = "7");
	if (below(w, 3) == 0)
		q->filter.after_row = (int64_t)(1 + below(w, PARTNERS)) << 32 | below(w, IDS);
	if (below(w, 3) == 0)
		q->filter.offset = below(w, 20);
	if (below(w, 3) == 0)
		q->filter.limit = 1 + below(w, 20);
	if (below(w, 4) == 0)
		ask_text(w, q);
}

static void
row_text(const struct listing_row *r, struct buf *out)
{
	char first[TIME_TEXT_MAX], changed[TIME_TEXT_MAX], removed[TIME_TEXT_MAX];
	buf_fmt(out, "%s%" PRId64 " %.*s:%.*s %.*s %d %s %s %s", out->len > 0 ? "," : "", r->row, (int)r->partner.len, r->partner.s,
	    (int)r->listing.text[LISTING_EXTERNAL_ID].len, r->listing.text[LISTING_EXTERNAL_ID].s, (int)r->verdict.len,
	    r->verdict.s != NULL ? r->verdict.s : "", r->listing.published, time_text(r->first_seen_ms, first),
	    time_text(r->changed_ms, changed), time_text(r->removed_ms, removed));
}

#define ROW_TEXT "row || ' ' || uid || ' ' || coalesce(partner_verdict, '') || ' ' || published || ' ' || first_seen" \
	" || ' ' || changed_at || ' ' || coalesce(removed_at, '')"

static int
compare_texts(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	return strtoll(*x, NULL, 10) > strtoll(*y, NULL, 10) ? 1 : -1;
}

/* Texts with commas between, by the number with which each begins. */
static void
sort_rows(struct buf *rows)
{
	char *list[PARTNERS * IDS], *rest = rows->data, *copy;
	size_t n = 0;
	struct buf out = BUF_INIT;
	for (char *text; rest != NULL && (text = strsep(&rest, ",")) != NULL && n < PARTNERS * IDS;)
		list[n++] = text;
	if (n > 0)
		qsort(list, n, sizeof *list, compare_texts);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&out, "%s%s", i > 0 ? "," : "", list[i]);
	copy = buf_take(&out);
	buf_done(rows);
	if (copy != NULL)
		buf_str(rows, copy);
	free(copy);
}

static void
read_all(struct world *w, const struct question *q, struct tally *tally, struct buf *out)
{
	struct listing_row r;
	struct error err = ERROR_INIT;
	int rc;
	buf_clear(out);
	struct reading *reading = reading_open(w->reader, &q->filter, tally, &err);
	if (reading == NULL)
		fail_msg("%s", err.text);
	while ((rc = reading_next(reading, &r, &err)) == 1)
		row_text(&r, out);
	if (rc != 0)
		fail_msg("%s", err.text);
	reading_close(reading);
	if (q->filter.search != NULL)
		sort_rows(out);
}

static void
check_same(const struct question *q, const char *what, const struct buf *got, const struct buf *want)
{
	if (strcmp(buf_cstr(got), buf_cstr(want)) != 0)
		fail_msg("%s where %s\n gives %s\n  not %s", what, buf_cstr(&q->where), buf_cstr(got), buf_cstr(want));
}

static void
check_question(struct world *w)
{
	struct question q;
	struct buf sql = BUF_INIT, want = BUF_INIT, got = BUF_INIT;
	uint64_t count;
	struct error err = ERROR_INIT;
	ask_anything(w, &q);
	buf_fmt(&sql, "SELECT " ROW_TEXT " FROM listing_all WHERE %s AND row > %" PRId64 " ORDER BY row LIMIT %" PRId64
	    " OFFSET %" PRIu64, buf_cstr(&q.where), q.filter.after_row, q.filter.limit > 0 ? (int64_t)q.filter.limit : -1,
	    q.filter.offset);
	ask_list(w->f, buf_cstr(&sql), &want);
	read_all(w, &q, NULL, &got);
	check_same(&q, "a reading", &got, &want);
	read_all(w, &q, w->tally, &got);
	check_same(&q, "a reading with the tally", &got, &want);
	buf_clear(&sql);
	buf_fmt(&sql, "SELECT count(*) FROM listing_all WHERE %s", buf_cstr(&q.where));
	int64_t n = ask_integer(w->f, buf_cstr(&sql));
	assert_int_equal(reading_count(w->reader, &q.filter, NULL, &count, &err), 0);
	assert_int_equal(count, n);
	assert_int_equal(reading_count(w->reader, &q.filter, w->tally, &count, &err), 0);
	if ((int64_t)count != n)
		fail_msg("the tally counts %" PRIu64 ", not %" PRId64 ", where %s", count, n, buf_cstr(&q.where));
	buf_done(&sql);
	buf_done(&want);
	buf_done(&got);
	buf_done(&q.where);
}

/* ---- changes */

struct told {
	struct buf text;
	size_t left;		/* 0: no limit */
	int64_t last;
};

static bool
tell(void *arg, const struct change_row *change)
{
	struct told *t = arg;
	buf_fmt(&t->text, "%s%" PRId64 " %d %d %" PRId64, t->text.len > 0 ? "," : "", change->change, (int)change->op,
	    change->present, change->row.row);
	t->last = change->change;
	return t->left == 0 || --t->left > 0;
}

static void
check_changes(struct world *w)
{
	struct buf want = BUF_INIT;
	struct error err = ERROR_INIT;
	struct told whole = { .last = 0 }, paged = { .last = 0 };
	ask_list(w->f, "SELECT c.change || ' ' || c.op || ' ' || (l.published AND l.removed_at IS NULL) || ' ' || c.row"
	    " FROM change_log c JOIN listing_all l ON l.row = c.row WHERE (c.op <> 1 OR (l.published AND l.removed_at IS NULL)) AND NOT EXISTS"
	    " (SELECT 1 FROM change_log d WHERE d.row = c.row AND d.change > c.change) ORDER BY c.change", &want);
	struct change_page all = { .each = tell, .arg = &whole };
	assert_int_equal(catalogue_changes(w->reader, w->tally, &all, &err), 0);
	assert_string_equal(buf_cstr(&whole.text), buf_cstr(&want));
	for (int64_t before = -1; before != paged.last;) {
		struct change_page page = { .after = before = paged.last, .limit = 1 + below(w, 20), .each = tell, .arg = &paged };
		paged.left = below(w, 20);
		assert_int_equal(catalogue_changes(w->reader, w->tally, &page, &err), 0);
	}
	assert_string_equal(buf_cstr(&paged.text), buf_cstr(&want));
	buf_done(&whole.text);
	buf_done(&paged.text);
	buf_done(&want);
}

/* ---- tests */

static void
test_random(void **state)
{
	struct world w;
	struct error err = ERROR_INIT;
	uint64_t left;
	open_world(&w, *state);
	for (int step = 0; step < 60; step++) {
		if (below(&w, 4) == 0)
			random_turn(&w);
		else
			random_run(&w);
		assert_int_equal(catalogue_index(w.f->c, 1000, &left, &err), 0);
		assert_int_equal(left, 0);
		assert_int_equal(catalogue_read_begin(w.reader, &err), 0);
		assert_int_equal(tally_sync(w.tally, w.reader, &err), 0);
		for (int i = 0; i < QUESTIONS; i++)
			check_question(&w);
		check_tally(&w);
		tally_each(w.tally, check_extent, &w);
		check_changes(&w);
		catalogue_read_end(w.reader);
	}
	close_world(&w);
}

/* A transaction that began before the tally came to where it is: nothing is shown that it does not see. */
static void
test_older_transaction(void **state)
{
	struct world w;
	struct error err = ERROR_INIT;
	struct question q = { .filter = READING_FILTER_INIT };
	struct buf got = BUF_INIT, want = BUF_INIT;
	uint64_t n = 0;
	open_world(&w, *state);
	struct catalogue_options options = { .path = w.f->path, .read_only = true, .search = true };
	struct catalogue *other = catalogue_open(&options, &err);
	assert_non_null(other);
	run_of(w.f, "a", 0, 5);
	assert_int_equal(catalogue_read_begin(w.reader, &err), 0);
	read_all(&w, &q, NULL, &want);
	run_of(w.f, "b", 0, 5);
	assert_int_equal(tally_sync(w.tally, other, &err), 0);
	assert_int_equal(tally_sync(w.tally, w.reader, &err), 0);
	tally_each(w.tally, count_all, &n);
	assert_int_equal(n, 10);
	read_all(&w, &q, w.tally, &got);
	assert_string_equal(buf_cstr(&got), buf_cstr(&want));
	catalogue_read_end(w.reader);
	catalogue_close(other);
	check_synced(&w);
	buf_done(&got);
	buf_done(&want);
	close_world(&w);
}

/* A page after a page, while the daemon writes: what was there all along comes once. */
static void
test_pages_while_writing(void **state)
{
	struct world w;
	struct error err = ERROR_INIT;
	struct buf seen = BUF_INIT;
	struct listing_row r;
	open_world(&w, *state);
	run_of(w.f, "a", 0, 30);
	struct reading_filter filter = READING_FILTER_INIT;
	filter.limit = 4;
	for (int step = 0, n = 1; n > 0; step++) {
		assert_int_equal(catalogue_read_begin(w.reader, &err), 0);
		assert_int_equal(tally_sync(w.tally, w.reader, &err), 0);
		struct reading *reading = reading_open(w.reader, &filter, step % 2 == 0 ? w.tally : NULL, &err);
		assert_non_null(reading);
		for (n = 0; reading_next(reading, &r, &err) == 1; n++) {
			filter.after_row = r.row;
			buf_fmt(&seen, "%.*s ", (int)r.listing.text[LISTING_EXTERNAL_ID].len, r.listing.text[LISTING_EXTERNAL_ID].s);
		}
		reading_close(reading);
		catalogue_read_end(w.reader);
		if (step >= 8)
			continue;
		char id[16];
		begin(w.f);
		(void)snprintf(id, sizeof id, "a%d", step * 3);
		tombstone(w.f, id);		/* behind, and ahead, of the page */
		(void)snprintf(id, sizeof id, "new%d", step);
		item(w.f, id, "new");
		finish_after(w.f, step < 5 ? RUN_COMPLETE : RUN_PARTIAL, 1);
	}
	for (int i = 24; i < 30; i++) {
		char id[16];
		(void)snprintf(id, sizeof id, "a%d ", i);
		const char *found = strstr(buf_cstr(&seen), id);
		assert_non_null(found);
		assert_null(strstr(found + 1, id));
	}
	buf_done(&seen);
	close_world(&w);
}

static void
check_found(struct world *w, const struct reading_filter *f, const char *want)
{
	struct buf got = BUF_INIT;
	struct error err = ERROR_INIT;
	struct listing_row r;
	uint64_t n = 0, count = 0;
	struct reading *reading = reading_open(w->reader, f, NULL, &err);
	if (reading == NULL)
		fail_msg("%s", err.text);
	for (; reading_next(reading, &r, &err) == 1; n++)
		buf_fmt(&got, "%.*s ", (int)r.listing.text[LISTING_EXTERNAL_ID].len, r.listing.text[LISTING_EXTERNAL_ID].s);
	reading_close(reading);
	assert_string_equal(buf_cstr(&got), want);
	assert_int_equal(reading_count(w->reader, f, NULL, &count, &err), 0);
	if (f->limit == 0 && f->offset == 0)
		assert_int_equal(count, n);
	buf_done(&got);
}

static void
test_search(void **state)
{
	struct world w;
	uint64_t left;
	struct reading_filter f = READING_FILTER_INIT;
	open_world(&w, *state);
	f.search = "peniche";
	check_found(&w, &f, "");
	begin(w.f);
	item(w.f, "1", "La vieille péniche du canal et de ses écluses");
	item(w.f, "2", "Péniche");
	item(w.f, "3", "Vélo");
	w.f->kind = "event";
	item(w.f, "4", "Fête de la péniche");
	complete(w.f);
	assert_int_equal(catalogue_index(w.f->c, 100, &left, &w.f->err), 0);
	check_found(&w, &f, "2 1 4 ");
	f.limit = 1;
	f.offset = 1;
	check_found(&w, &f, "1 ");
	f.limit = f.offset = 0;
	f.kind = "boat";
	check_found(&w, &f, "2 1 ");
	f.partner = "q";
	check_found(&w, &f, "");
	f.partner = "nobody";
	check_found(&w, &f, "");
	f.partner = "p";
	begin(w.f);
	tombstone(w.f, "2");
	finish_after(w.f, RUN_COMPLETE, 1);
	check_found(&w, &f, "1 ");
	f.search = "";
	check_found(&w, &f, "");
	char *many = xcalloc(READING_SEARCH_MAX_BYTES + 2, 1);
	memset(many, 'a', READING_SEARCH_MAX_BYTES + 1);
	f.search = many;
	assert_null(reading_open(w.reader, &f, w.tally, &w.f->err));
	assert_int_equal(w.f->err.kind, ERROR_LIMIT);
	free(many);
	close_world(&w);
}

/* More than are ranked: every one of them comes once, on pages of any size. */
static void
test_common_word(void **state)
{
	enum { MANY = 10500, SPECIAL = 10 };
	struct world w;
	uint64_t left = 1, n;
	struct error err = ERROR_INIT;
	struct listing_row r;
	struct reading_filter f = READING_FILTER_INIT;
	char *seen = xcalloc(MANY + 1, 1);
	open_world(&w, *state);
	begin(w.f);
	for (int i = 0; i < MANY; i++) {
		char id[16];
		(void)snprintf(id, sizeof id, "%d", i);
		w.f->kind = i % (MANY / SPECIAL) == 0 ? "event" : "boat";
		item(w.f, id, i % 2 == 0 ? "bateau" : "un bateau");
	}
	complete(w.f);
	while (left > 0)
		assert_int_equal(catalogue_index(w.f->c, 5000, &left, &err), 0);
	assert_int_equal(tally_sync(w.tally, w.reader, &err), 0);
	f.search = "bateau";
	assert_int_equal(reading_count(w.reader, &f, w.tally, &n, &err), 0);
	assert_int_equal(n, MANY);
	for (f.limit = 999; f.offset < MANY; f.offset += f.limit) {
		struct reading *reading = reading_open(w.reader, &f, w.tally, &err);
		assert_non_null(reading);
		while (reading_next(reading, &r, &err) == 1)
			assert_int_equal(seen[r.row & 0xffff]++, 0);
		reading_close(reading);
	}
	for (int i = 1; i <= MANY; i++)
		assert_int_equal(seen[i], 1);
	f.kind = "event";
	f.limit = f.offset = 0;
	struct reading *reading = reading_open(w.reader, &f, w.tally, &err);
	for (n = 0; reading_next(reading, &r, &err) == 1; n++)
		seen[r.row & 0xffff]++;
	reading_close(reading);
	assert_int_equal(n, SPECIAL);
	for (int i = 1; i <= MANY; i++)
		n -= seen[i] == 2;
	assert_int_equal(n, 0);
	free(seen);
	/* The same is asked again, and there is one more. */
	f.kind = NULL;
	begin(w.f);
	item(w.f, "new", "bateau");
	finish_after(w.f, RUN_PARTIAL, 1);
	for (uint64_t i = 0; i < 2; i++) {
		assert_int_equal(tally_sync(w.tally, w.reader, &err), 0);
		assert_int_equal(reading_count(w.reader, &f, w.tally, &n, &err), 0);
		assert_int_equal(n, MANY + i);		/* the index is late, but not for long */
		assert_int_equal(catalogue_index(w.f->c, 5000, &left, &err), 0);
	}
	close_world(&w);
}

static void
test_deadline(void **state)
{
	struct world w;
	uint64_t n;
	struct error err = ERROR_INIT;
	struct reading_filter f = READING_FILTER_INIT;
	open_world(&w, *state);
	run_of(w.f, "a", 0, 2000);
	catalogue_deadline(w.reader, monotonic_ms() - 1);
	f.kind = "boat";
	assert_int_equal(reading_count(w.reader, &f, NULL, &n, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	catalogue_deadline(w.reader, 0);
	assert_int_equal(reading_count(w.reader, &f, NULL, &n, &err), 0);
	assert_int_equal(n, 2000);
	close_world(&w);
}

/* It moves with what listings show, and with nothing else. */
static void
test_stamp(void **state)
{
	struct world w;
	struct catalogue_stamp a, b;
	struct error err = ERROR_INIT;
	open_world(&w, *state);
	run_of(w.f, "a", 0, 3);
	assert_int_equal(catalogue_stamp(w.reader, &a, &err), 0);
	assert_int_equal(a.change, 3);
	run_of(w.f, "a", 0, 3);
	assert_int_equal(catalogue_stamp(w.reader, &b, &err), 0);
	assert_memory_equal(&a, &b, sizeof a);
	struct partner_record p = { "p", "Another name", "boats", "https://p.example/", NULL };
	assert_int_equal(catalogue_partner_put(w.f->c, &p, &err), 0);
	assert_int_equal(catalogue_stamp(w.reader, &a, &err), 0);
	assert_int_equal(a.change, b.change);
	assert_true(a.turn > b.turn);
	assert_int_equal(catalogue_partner_put(w.f->c, &p, &err), 0);
	assert_int_equal(catalogue_stamp(w.reader, &b, &err), 0);
	assert_memory_equal(&a, &b, sizeof a);
	assert_int_equal(watch_verdict_put(w.f->c, 1, "gone", START_MS + 10 * (int64_t)DAY_MS, 0.9, &err), 0);
	assert_int_equal(catalogue_stamp(w.reader, &b, &err), 0);
	assert_true(b.turn > a.turn);
	assert_int_equal(b.at_ms, START_MS + 10 * (int64_t)DAY_MS);
	/* Searches find more, later. */
	uint64_t left;
	assert_int_equal(catalogue_index(w.f->c, 100, &left, &err), 0);
	assert_int_equal(catalogue_stamp(w.reader, &a, &err), 0);
	assert_int_equal(a.change, b.change);
	assert_false(catalogue_stamp_same(&a, &b));
	assert_int_equal(catalogue_stamp(w.reader, &b, &err), 0);
	assert_true(catalogue_stamp_same(&a, &b));
	close_world(&w);
}

/* Of the listing itself, the first of each name, and without a tree of what else there is. */
static void
test_dates(void **state)
{
	static const struct { const char *json; int64_t from_ms, to_ms; } cases[] = {
		{ NULL, INT64_MIN, INT64_MAX }, { "{}", INT64_MIN, INT64_MAX }, { "{\"a\":\"starts_at\"}", INT64_MIN, INT64_MAX },
		{ "{\"starts_at\":\"1970-01-02\"}", DAY_MS, 2 * DAY_MS - 1 },
		{ "{\"ends_at\":\"1970-01-03\",\"starts_at\":\"1970-01-02T00:00:00Z\"}", DAY_MS, 3 * DAY_MS - 1 },
		{ "{\"starts_at\":\"1970-01-03\",\"ends_at\":\"1970-01-02\"}", 2 * DAY_MS, 3 * DAY_MS - 1 },
		{ "{\"ends_at\":\"1970-01-02\"}", DAY_MS, 2 * DAY_MS - 1 },
		{ "{\"starts_at\":\"1970-01-02\",\"starts_at\":\"1970-01-05\"}", DAY_MS, 2 * DAY_MS - 1 },
		{ "{\"a\":{\"starts_at\":\"1970-01-02\"},\"b\":[{\"ends_at\":\"1970-01-02\"},\"1970-01-02\"]}", INT64_MIN, INT64_MAX },
		{ "{\"starts_at\":[\"1970-01-02\"],\"ends_at\":1}", INT64_MIN, INT64_MAX },
		{ "{\"starts_at\":\"soon\",\"starts_at_all\":\"1970-01-02\"}", INT64_MIN, INT64_MAX },
		{ "{\"starts_at\":null,\"a\":\"1970-01-02\"}", INT64_MIN, INT64_MAX },
	};
	static const struct zone utc = { .offset_s = 0 };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t from_ms, to_ms;
		reading_dates(cases[i].json, &utc, &from_ms, &to_ms);
		if (from_ms != cases[i].from_ms || to_ms != cases[i].to_ms)
			fail_msg("%s: %lld to %lld", cases[i].json, (long long)from_ms, (long long)to_ms);
	}
}

/* Days are the office's, an hour longer when the clock is put back; what is said in UTC is as it was. */
static void
test_days(void **state)
{
	const int64_t october_25 = 20751;	/* 2026 */
	static const struct zone paris = { .offset_s = 3600, .summer = true };
	int64_t from_ms, to_ms;
	(void)state;
	reading_dates("{\"starts_at\":\"2026-10-25\"}", &paris, &from_ms, &to_ms);
	assert_int_equal(from_ms, october_25 * DAY_MS - 2 * HOUR_MS);
	assert_int_equal(to_ms, (october_25 + 1) * DAY_MS - HOUR_MS - 1);
	reading_dates("{\"starts_at\":\"2026-10-25T00:00:00Z\",\"ends_at\":\"2026-10-26\"}", &paris, &from_ms, &to_ms);
	assert_int_equal(from_ms, october_25 * DAY_MS);
	assert_int_equal(to_ms, (october_25 + 2) * DAY_MS - HOUR_MS - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_random), TEST(test_older_transaction), TEST(test_pages_while_writing), TEST(test_search),
		TEST(test_common_word), TEST(test_deadline), TEST(test_stamp),
		cmocka_unit_test(test_dates), cmocka_unit_test(test_days),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
