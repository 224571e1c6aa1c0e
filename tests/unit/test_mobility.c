/* SPDX-License-Identifier: Apache-2.0 */
/* The connectors ical, gbfs and rpde as the host loads them: however the bytes arrive, and in the memory of one item. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "config_fixture.h"
#include "plugin/plugin.h"
#include "sanitized.h"
#include "cage/scratch.h"

/* ---- a host that counts, or writes down */

struct vigie_run {
	uint64_t items, listings, tombstones, rejected;
	bool write;
	struct buf said;
	char *watermark;
	bool window;
};

static bool
on_known(struct vigie_run *run, const char *raw, size_t len)
{
	(void)raw, (void)len;
	run->items++;
	return false;
}

static void
on_emit(struct vigie_run *run, const struct vigie_field *fields, size_t n)
{
	run->listings++;
	for (size_t i = 0; run->write && i < n; i++)
		buf_fmt(&run->said, "%d=%.*s\n", (int)fields[i].key, (int)fields[i].value_len, fields[i].value);
}

static void
on_tombstone(struct vigie_run *run, const char *id, size_t len)
{
	(void)id, (void)len;
	run->tombstones++;
}

static void
on_reject(struct vigie_run *run, const char *id, size_t len, const char *reason)
{
	(void)id, (void)len, (void)reason;
	run->rejected++;
}

static void
on_fail(struct vigie_run *run, enum vigie_failure why, const char *text)
{
	buf_fmt(&run->said, "failed %d: %s\n", (int)why, text);
}

static void
on_window(struct vigie_run *run)
{
	run->window = true;
}

static void
on_in_order(struct vigie_run *run)
{
	assert_int_equal(run->items, 0);
}

static void
on_remember(struct vigie_run *run, const char *watermark)
{
	free(run->watermark);
	run->watermark = xstrdup(watermark);
}

static const struct vigie_host host = {
	.known = on_known, .emit = on_emit, .tombstone = on_tombstone, .reject = on_reject, .fail = on_fail,
	.window = on_window, .in_order = on_in_order, .remember = on_remember,
	.scratch_begin = scratch_begin, .scratch_end = scratch_end,
};

struct rig {
	struct plugins *plugins;
	const struct vigie_connector *c;
	void *self;
	struct vigie_run run;
};

static void
rig_open(struct rig *r, const char *name, const struct vigie_setting *settings, size_t n, const char *watermark)
{
	char *dir = build_path("connectors");
	struct error err = ERROR_INIT;
	struct vigie_complaint complaint = { 0 };
	*r = (struct rig){ .plugins = plugins_new(dir) };
	free(dir);
	r->c = plugins_get(r->plugins, name, &err);
	if (r->c == NULL)
		fail_msg("%s", err.text);
	const struct vigie_setup setup = { .host = &host, .run = &r->run, .url = "https://p.example/feed", .watermark = watermark,
		.settings = settings, .n_settings = n, .max_depth = 64, .max_item_bytes = 4 << 20 };
	r->self = r->c->open(&setup, &complaint);
	assert_non_null(r->self);
}

static void
rig_close(struct rig *r)
{
	r->c->close(r->self);
	plugins_free(r->plugins);
	buf_done(&r->run.said);
	free(r->run.watermark);
}

static void
rig_begin(struct rig *r, const char *url)
{
	const struct vigie_answer answer = { url, "", "", 0 };
	assert_int_equal(r->c->begin(r->self, &answer), 0);
}

/* A whole document; true: more is asked for, at *ret_url. */
static bool
rig_read(struct rig *r, const char *url, const char *document, const char **ret_url)
{
	struct vigie_next next = { 0 };
	rig_begin(r, url);
	assert_int_equal(r->c->feed(r->self, document, strlen(document)), 0);
	assert_int_equal(r->c->end(r->self, &next), 0);
	if (next.more)
		*ret_url = next.request.url;
	return next.more;
}

/* ---- in pieces */

static char *
corpus(const char *path, size_t *ret_len)
{
	FILE *in = fopen(path, "r");
	if (in == NULL)
		fail_msg("%s: run this from the top of the source tree", path);
	char *text = xmalloc(1 << 16);
	*ret_len = fread(text, 1, 1 << 16, in);
	assert_int_equal(fclose(in), 0);
	return text;
}

static void
read_in_pieces(const char *name, const char *text, size_t len, size_t piece, struct buf *out)
{
	struct rig r;
	struct vigie_next next = { 0 };
	rig_open(&r, name, NULL, 0, NULL);
	r.run.write = true;
	rig_begin(&r, "https://p.example/feed");
	int rc = 0;
	for (size_t at = 0; rc == 0 && at < len; at += piece)
		rc = r.c->feed(r.self, text + at, piece < len - at ? piece : len - at);
	if (rc == 0)
		rc = r.c->end(r.self, &next);
	buf_fmt(out, "%d %s", rc, buf_cstr(&r.run.said));
	rig_close(&r);
}

static void
pieces_do_not_matter(void **state)
{
	(void)state;
	static const char *const documents[][2] = {
		{ "ical", "tests/corpus/ical/agenda.ics" }, { "ical", "tests/corpus/ical/hosting.ics" },
		{ "ical", "tests/corpus/ical/broken.ics" }, { "ical", "tests/corpus/ical/truncated.ics" },
		{ "gbfs", "tests/corpus/gbfs/stations-3.json" }, { "rpde", "tests/corpus/rpde/page.json" },
		{ "rpde", "tests/corpus/rpde/broken.json" },
	};
	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
		size_t len;
		struct buf whole = BUF_INIT, pieces = BUF_INIT;
		char *text = corpus(documents[i][1], &len);
		read_in_pieces(documents[i][0], text, len, len, &whole);
		for (size_t piece = 1; piece < 9; piece += 3) {
			buf_clear(&pieces);
			read_in_pieces(documents[i][0], text, len, piece, &pieces);
			assert_string_equal(buf_cstr(&pieces), buf_cstr(&whole));
		}
		free(text);
		buf_done(&whole);
		buf_done(&pieces);
	}
}

/* ---- where a feed goes on */

static const char PAGE[] = "{\"next\":\"https://p.example/feed?after=1\",\"items\":[{\"state\":\"updated\",\"kind\":\"k\","
    "\"id\":1,\"data\":{\"name\":\"n\"}}]}";
static const char LAST[] = "{\"next\":\"https://p.example/feed?after=1\",\"items\":[]}";
static const char LAST_WITH_KEY[] = "{\"next\":\"https://p.example/feed?key=secret&after=1\",\"items\":[]}";

static void
a_feed_goes_on_where_it_was(void **state)
{
	(void)state;
	struct rig r;
	struct vigie_request first;
	const char *url = NULL;
	rig_open(&r, "rpde", NULL, 0, NULL);
	assert_int_equal(r.c->first(r.self, &first), 0);
	assert_string_equal(first.url, "https://p.example/feed");
	assert_true(rig_read(&r, "https://p.example/feed", PAGE, &url));
	assert_string_equal(url, "https://p.example/feed?after=1");
	assert_null(r.run.watermark);
	assert_false(rig_read(&r, "https://p.example/feed?after=1", LAST, &url));
	assert_string_equal(r.run.watermark, "0 https://p.example/feed?after=1");
	assert_false(r.run.window);
	char *watermark = xstrdup(r.run.watermark);
	rig_close(&r);

	rig_open(&r, "rpde", NULL, 0, watermark);
	assert_int_equal(r.c->first(r.self, &first), 0);
	assert_string_equal(first.url, "https://p.example/feed?after=1");
	assert_true(r.run.window);
	assert_false(rig_read(&r, "https://p.example/feed?after=1", LAST_WITH_KEY, &url));
	assert_string_equal(r.run.watermark, "1 https://p.example/feed?after=1");
	rig_close(&r);
	free(watermark);
}

/* The last page is known as such however it names itself, and no other page is. */
static void
the_last_page_names_itself(void **state)
{
	(void)state;
	static const struct { const char *next; bool last; } cases[] = {
		{ "https://p.example/a/feed?after=1&id=x", true }, { "https://p.example/a/feed?id=x&after=1", true },
		{ "http://p.example/a/feed?after=1&id=x", true }, { "/a/feed?after=1&id=x", true },
		{ "feed?after=1&id=x", true }, { "?after=1&id=x", true },
		{ "https://p.example/a/feed?after=1&id=x&key=secret", true },
		{ "https://p.example/a/feed?after=2&id=x", false }, { "https://p.example/a/feed?after=1", false },
		{ "https://p.example/a/feed", false }, { "https://q.example/a/feed?after=1&id=x", false },
		{ "https://feed?after=1&id=x", false }, { "eed?after=1&id=x", false }, { "/feed?after=1&id=x", false },
		{ "https://p.example/a/feed?after=1&id=xy", false }, { "?after=1&xid=x", false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rig r;
		struct buf page = BUF_INIT;
		const char *url = NULL;
		buf_fmt(&page, "{\"next\":\"%s\",\"items\":[]}", cases[i].next);
		rig_open(&r, "rpde", NULL, 0, "0 https://p.example/a/feed?after=1&id=x");
		bool more = rig_read(&r, "https://p.example/a/feed?after=1&id=x", buf_cstr(&page), &url);
		if (more == cases[i].last)
			fail_msg("%s: %s", cases[i].next, more ? "more" : "the last");
		rig_close(&r);
		buf_done(&page);
	}
}

/* A text that is not ours, or older, is no place to go on from. */
static void
an_odd_watermark_is_none(void **state)
{
	(void)state;
	static const char *const odd[] = { "", " ", "x", "https://p.example/feed?after=1", "-1 https://p.example/",
		"99999999999999999999 https://p.example/" };
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		struct rig r;
		struct vigie_request first;
		rig_open(&r, "rpde", NULL, 0, odd[i]);
		assert_int_equal(r.c->first(r.self, &first), 0);
		assert_string_equal(first.url, "https://p.example/feed");
		assert_false(r.run.window);
		rig_close(&r);
	}
}

/* ---- without end */

typedef void add_fn(struct buf *out, uint64_t i);

static void
add_event(struct buf *out, uint64_t i)
{
	buf_fmt(out, "BEGIN:VEVENT\r\nUID:%llu@val.example\r\nDTSTART;TZID=Europe/Paris:20260704T203000\r\nDTEND;TZID=Europe/Paris"
	    ":20260704T230000\r\nSUMMARY:Concert n° %llu\r\nDESCRIPTION:Entrée libre\\, apportez vos chaises et un chapeau, car il f\r\n"
	    " era beau et chaud jusque tard dans la nuit.\r\nORGANIZER;CN=Jeanne Essai:mailto:jeanne@val.example\r\nLOCATION:Place"
	    " du Marché\r\nEND:VEVENT\r\n", (unsigned long long)i, (unsigned long long)i);
}

static void
add_station(struct buf *out, uint64_t i)
{
	buf_fmt(out, "%s{\"station_id\":%llu,\"name\":[{\"text\":\"Station %llu\",\"language\":\"fr\"}],\"lat\":44.5,\"lon\":0.16,"
	    "\"capacity\":12,\"rental_methods\":[\"key\",\"creditcard\"],\"address\":\"1 rue de l'Essai\",\"post_code\":\"47200\"}",
	    i > 0 ? "," : "", (unsigned long long)i, (unsigned long long)i);
}

static void
add_change(struct buf *out, uint64_t i)
{
	buf_fmt(out, "%s{\"state\":\"%s\",\"kind\":\"SessionSeries\",\"id\":\"s%llu\",\"modified\":%llu%s}", i > 0 ? "," : "",
	    i % 10 == 9 ? "deleted" : "updated", (unsigned long long)i, (unsigned long long)i, i % 10 == 9 ? "" :
	    ",\"data\":{\"@type\":\"SessionSeries\",\"name\":\"Aviron du samedi\",\"description\":\"Pour tous, du débutant au "
	    "confirmé, sur le canal.\",\"location\":{\"geo\":{\"latitude\":44.5,\"longitude\":0.16}}}");
}

static const struct {
	const char *name, *start, *end;
	add_fn *add;
	unsigned megabytes;	/* of ical fewer: a library reads it */
} streams[] = {
	{ "ical", "BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n", add_event, 40 },
	{ "gbfs", "{\"data\":{\"stations\":[", "]}}", add_station, 50 },
	{ "rpde", "{\"next\":\"https://p.example/feed\",\"items\":[", "]}", add_change, 50 },
};

static void
read_stream(size_t which)
{
	struct rig r;
	struct vigie_next next = { 0 };
	struct rusage before, after;
	struct buf piece = BUF_INIT;
	uint64_t records = 0, fed = 0, wanted = (uint64_t)(SANITIZED ? 5 : streams[which].megabytes) * 1000 * 1000;
	rig_open(&r, streams[which].name, NULL, 0, NULL);
	rig_begin(&r, "https://p.example/feed");
	assert_int_equal(r.c->feed(r.self, streams[which].start, strlen(streams[which].start)), 0);
	for (bool warm = false; fed < wanted; warm = true) {
		buf_clear(&piece);
		while (piece.len < 16384)
			streams[which].add(&piece, records++);
		assert_int_equal(r.c->feed(r.self, piece.data, piece.len), 0);
		fed += piece.len;
		if (!warm)
			(void)getrusage(RUSAGE_SELF, &before);
	}
	assert_int_equal(r.c->feed(r.self, streams[which].end, strlen(streams[which].end)), 0);
	assert_int_equal(r.c->end(r.self, &next), 0);
	(void)getrusage(RUSAGE_SELF, &after);
	assert_int_equal(r.run.items, records);
	assert_int_equal(r.run.listings + r.run.tombstones, records);
	if (!SANITIZED)
		assert_true(after.ru_maxrss - before.ru_maxrss < 1024);	/* KiB */
	print_message("%s: %llu MB, %llu items, %ld KiB more\n", streams[which].name, (unsigned long long)(fed / 1000000),
	    (unsigned long long)records, after.ru_maxrss - before.ru_maxrss);
	rig_close(&r);
	buf_done(&piece);
}

static void
memory_is_that_of_one_item(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++)
		read_stream(i);
}

/* ---- what is too big */

static void
an_event_that_is_too_big_is_kept_aside(void **state)
{
	(void)state;
	struct rig r;
	struct vigie_next next = { 0 };
	struct rusage at_first, at_last;
	static const char before[] = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260704\nDESCRIPTION:",
	    after[] = "\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nDTSTART:20260704\nSUMMARY:ok\nEND:VEVENT\nEND:VCALENDAR\n";
	char text[1 << 12];
	memset(text, 'x', sizeof text);
	rig_open(&r, "ical", NULL, 0, NULL);
	rig_begin(&r, "https://p.example/feed");
	assert_int_equal(r.c->feed(r.self, before, sizeof before - 1), 0);
	(void)getrusage(RUSAGE_SELF, &at_first);
	for (int i = 0; i < 25000; i++)		/* 100 MB in one line; 4 are kept */
		assert_int_equal(r.c->feed(r.self, text, sizeof text), 0);
	(void)getrusage(RUSAGE_SELF, &at_last);
	assert_true(at_last.ru_maxrss - at_first.ru_maxrss < 32 * 1024);
	assert_int_equal(r.c->feed(r.self, after, sizeof after - 1), 0);
	assert_int_equal(r.c->end(r.self, &next), 0);
	assert_int_equal(r.run.rejected, 1);
	assert_int_equal(r.run.listings, 1);
	rig_close(&r);
}

static int
setup(void **state)
{
	(void)state;
	scratch_init();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_do_not_matter), cmocka_unit_test(a_feed_goes_on_where_it_was),
		cmocka_unit_test(an_odd_watermark_is_none), cmocka_unit_test(the_last_page_names_itself), cmocka_unit_test(memory_is_that_of_one_item),
		cmocka_unit_test(an_event_that_is_too_big_is_kept_aside),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
