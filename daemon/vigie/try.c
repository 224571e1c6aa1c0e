/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vigie try PARTNER: one fetch, and what it would become.  Nothing is written,
 * and the catalogue is not even opened.
 */
#include <inttypes.h>
#include <math.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/inifile.h"
#include "sync/engine.h"
#include "vigie/command.h"
#include "vigie/gaps.h"

enum { SHOWN_MAX = 20, ID_SHOWN_BYTES = 255, RAW_SHOWN_BYTES = 200, TEXT_SHOWN_BYTES = 300 };

struct trial {
	const struct invocation *in;
	struct loop *loop;
	uint64_t listings, rejected, tombstones;
	uint64_t limit;
	struct buf rows;	/* to be shown once the page is over: what an answer that broke off gave does not count */
	struct buf last_id;	/* of the listing that was read last */
	bool filled[LISTING_TEXTS];	/* columns of that one */
	struct gaps gaps;
	bool preset;		/* its file asks for one, … */
	struct inifile own;	/* … and says this itself */
	char *written;		/* how the document was recognised to be written; NULL: not said */
	int status;
};

static void
show_text(struct buf *o, const char *name, struct text t)
{
	if (t.s == NULL)
		return;
	const char *end = t.s + t.len;
	size_t room = TEXT_SHOWN_BYTES;
	for (const char *s = t.s, *stop = NULL; stop != end && room > 0; s = stop + 1, name = "") {
		stop = memchr(s, '\n', (size_t)(end - s));
		if (stop == NULL)
			stop = end;
		buf_fmt(o, "    %-18s ", name);
		size_t before = o->len;
		text_escape(o, s, (size_t)(stop - s), room);
		room -= o->len - before < room ? o->len - before : room;
		buf_str(o, room == 0 && t.len > TEXT_SHOWN_BYTES ? "…\n" : "\n");
	}
}

static void
show_numbers(struct buf *o, const struct listing *l)
{
	char updated[TIME_TEXT_MAX];
	if (!isnan(l->real[LISTING_LATITUDE]))
		buf_fmt(o, "    %-18s %.6f, %.6f (%s)\n", "position", l->real[LISTING_LATITUDE],
		    l->real[LISTING_LONGITUDE], l->place == LISTING_OUTSIDE ? "outside the territory" : "inside");
	if (l->integer[LISTING_PRICE_MINOR] != LISTING_NO_INTEGER)
		buf_fmt(o, "    %-18s %" PRId64 "\n", "price_minor", l->integer[LISTING_PRICE_MINOR]);
	if (l->integer[LISTING_CAPACITY] != LISTING_NO_INTEGER)
		buf_fmt(o, "    %-18s %" PRId64 "\n", "capacity", l->integer[LISTING_CAPACITY]);
	if (!isnan(l->real[LISTING_RATING]))
		buf_fmt(o, "    %-18s %.2f\n", "rating", l->real[LISTING_RATING]);
	if (l->integer[LISTING_RATING_COUNT] != LISTING_NO_INTEGER)
		buf_fmt(o, "    %-18s %" PRId64 "\n", "rating_count", l->integer[LISTING_RATING_COUNT]);
	if (l->integer[LISTING_SOURCE_UPDATED_AT] != LISTING_NO_INTEGER)
		buf_fmt(o, "    %-18s %s\n", "source_updated_at",
		    time_text(l->integer[LISTING_SOURCE_UPDATED_AT], updated));
}

static void
json_listing(struct buf *o, const struct listing *l)
{
	buf_str(o, o->len ? ",\n " : "{\"listings\":[");
	buf_char(o, '{');
	for (int i = 0; i < LISTING_TEXTS; i++) {
		buf_fmt(o, "%s\"%s\":", i ? "," : "", listing_text_names[i]);
		if (l->text[i].s == NULL)
			buf_str(o, "null");
		else if (i == LISTING_PROPERTIES)
			buf_add(o, l->text[i].s, l->text[i].len);
		else
			buf_json(o, l->text[i].s, l->text[i].len);
	}
	static const char *const integers[] = { "price_minor", "capacity", "rating_count" };
	for (int i = 0; i < 3; i++)
		if (l->integer[i] != LISTING_NO_INTEGER)
			buf_fmt(o, ",\"%s\":%" PRId64, integers[i], l->integer[i]);
	static const char *const reals[] = { "latitude", "longitude", "rating" };
	for (int i = 0; i < 3; i++)
		if (!isnan(l->real[i]))
			buf_fmt(o, ",\"%s\":%.15g", reals[i], l->real[i]);
	buf_fmt(o, ",\"published\":%d}", l->published);
}

static void
on_listing(void *arg, const struct listing *l)
{
	struct trial *t = arg;
	for (size_t i = 0; i < LISTING_TEXTS; i++)
		t->filled[i] = l->text[i].s != NULL;
	buf_clear(&t->last_id);
	buf_add(&t->last_id, l->text[LISTING_EXTERNAL_ID].s, l->text[LISTING_EXTERNAL_ID].len);
	if (t->listings++ >= t->limit)
		return;
	struct buf *o = &t->rows;
	if (t->in->json) {
		json_listing(o, l);
		return;
	}
	buf_str(o, "\n  ");
	text_escape(o, l->text[LISTING_EXTERNAL_ID].s, l->text[LISTING_EXTERNAL_ID].len, ID_SHOWN_BYTES);
	buf_char(o, '\n');
	for (int i = LISTING_KIND; i < LISTING_TEXTS; i++)
		show_text(o, listing_text_names[i], l->text[i]);
	show_numbers(o, l);
}

static void
on_tombstone(void *arg, const char *external_id, size_t len)
{
	struct trial *t = arg;
	if (t->tombstones++ >= t->limit || t->in->json)
		return;
	buf_str(&t->rows, "\n  ");
	text_escape(&t->rows, external_id, len, ID_SHOWN_BYTES);
	buf_str(&t->rows, ": withdrawn by the partner\n");
}

static void
on_rejected(void *arg, const char *external_id, size_t id_len, const char *reason, const char *raw,
    size_t raw_len)
{
	struct trial *t = arg;
	struct buf *o = &t->rows;
	if (t->rejected++ >= t->limit || t->in->json)
		return;
	buf_fmt(o, "\n  in quarantine: %s%s", reason, external_id != NULL && id_len > 0 ? ": " : "");
	if (external_id != NULL)
		text_escape(o, external_id, id_len, ID_SHOWN_BYTES);
	buf_str(o, "\n    ");
	text_escape(o, raw, raw_len, RAW_SHOWN_BYTES);
	buf_str(o, raw_len > RAW_SHOWN_BYTES ? "…\n" : "\n");
}

/* Without these there is no listing, whoever maps them. */
static bool
is_needed(const char *field)
{
	static const char *const needed[] = { "id", "place_id", "places", "title" };
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (strcmp(needed[i], field) == 0)
			return true;
	return false;
}

static bool
is_filled(const struct trial *t, const char *field)
{
	for (size_t i = 0; i < LISTING_TEXTS; i++)
		if (strcmp(listing_text_names[i], field) == 0)
			return t->filled[i];
	return false;
}

static void
add_gap(struct trial *t, const struct intake_remark *remark)
{
	enum gap_kind kind = remark->given ? GAP_BAD : GAP_EMPTY;
	bool filled = !remark->given && is_filled(t, remark->field);
	if (filled)
		kind = GAP_DEFAULT;
	if (!remark->given && t->preset && !is_needed(remark->field) && inifile_find(&t->own, "map", remark->field) == NULL)
		kind = GAP_PRESET;
	if (kind != GAP_PRESET || !filled)
		gaps_add(&t->gaps, remark, kind, (struct text){ t->last_id.data, t->last_id.len });
}

static void
on_remark(void *arg, const struct intake_remark *remark)
{
	struct trial *t = arg;
	if (remark->field == NULL) {
		free(t->written);
		t->written = xstrdup(remark->text);
		return;
	}
	add_gap(t, remark);
}

static void
on_request(void *arg, const char *method, const char *url, size_t page)
{
	struct trial *t = arg;
	(void)page;
	/* Asked again, or for the first page that has some. */
	buf_clear(&t->rows);
	gaps_done(&t->gaps);
	t->listings = t->rejected = t->tombstones = 0;
	if (!t->in->json)
		(void)printf("> %s %s\n", method, url);
}

static void
on_answer(void *arg, int status, const char *url, uint64_t wire_bytes, uint64_t items)
{
	const struct trial *t = arg;
	(void)url;
	if (!t->in->json && status != 0)
		(void)printf("< %d, %" PRIu64 " bytes, %" PRIu64 " items\n", status, wire_bytes, items);
}

static void
on_waiting(void *arg, int64_t wait_ms, const char *why)
{
	(void)arg;
	(void)fprintf(stderr, "waiting %.1f s: %s\n", (double)wait_ms / 1000.0, why);
}

static void
on_stopped(void *arg)
{
	loop_stop(((struct trial *)arg)->loop);
}

static void
print_notes(const struct normalise_notes *n)
{
	const struct { uint64_t count; const char *what; } notes[] = {
		{ n->price, "prices" }, { n->date, "dates" }, { n->coordinate, "positions" },
		{ n->url, "URLs" }, { n->utf8, "texts with wrong bytes" }, { n->other, "other values" },
	};
	for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
		if (notes[i].count > 0)
			(void)printf("not understood: %" PRIu64 " %s\n", notes[i].count, notes[i].what);
	if (n->contacts > 0)
		(void)printf("taken out: %" PRIu64 " e-mail addresses or telephone numbers\n", n->contacts);
}

static void
on_run_done(void *arg, const char *partner, const struct run_summary *m)
{
	struct trial *t = arg;
	(void)partner;
	t->status = m->error.kind == ERROR_NONE ? EXIT_GOOD : EXIT_JOB_FAILED;
	if (m->error.kind != ERROR_NONE)
		(void)fprintf(stderr, "vigie: %s: %s\n", partner, m->error.text);
}

static void
print_written(const char *written)
{
	struct buf out = BUF_INIT;
	if (written == NULL)
		return;
	text_escape(&out, written, strlen(written), TEXT_SHOWN_BYTES);
	(void)printf("written as: %s\n", buf_cstr(&out));
	buf_done(&out);
}

static void
finish(struct trial *t, const struct run_summary *m)
{
	gaps_sort(&t->gaps);
	if (t->in->json) {
		struct buf remarks = BUF_INIT;
		gaps_json(&t->gaps, t->listings + t->rejected, &remarks);
		if (t->written != NULL) {
			buf_str(&remarks, ",\"written\":");
			buf_json(&remarks, t->written, strlen(t->written));
		}
		(void)printf("%s],%s,\"requests\":%" PRIu64 ",\"items\":%" PRIu64 ",\"read\":%" PRIu64
		    ",\"rejected\":%" PRIu64 ",\"withdrawn\":%" PRIu64 "}\n",
		    t->rows.len ? t->rows.data : "{\"listings\":[", buf_cstr(&remarks), m->report->requests,
		    m->report->seen, t->listings, t->rejected, t->tombstones);
		buf_done(&remarks);
		return;
	}
	(void)fwrite(buf_cstr(&t->rows), 1, t->rows.len, stdout);
	if (t->listings > t->limit)
		(void)printf("\n  … and %" PRIu64 " more\n", t->listings - t->limit);
	(void)printf("\n%" PRIu64 " items", m->report->seen);
	if (m->report->declared_total >= 0)
		(void)printf(" of %" PRId64 " declared", m->report->declared_total);
	(void)printf(" in the first page: %" PRIu64 " listings, %" PRIu64 " withdrawn, %" PRIu64
	    " in quarantine; nothing was written\n", t->listings, t->tombstones, t->rejected);
	print_written(t->written);
	print_notes(m->notes);
	gaps_print(&t->gaps, t->listings + t->rejected);
}

static void
on_trial_done(void *arg, const char *partner, const struct run_summary *m)
{
	on_run_done(arg, partner, m);
	finish(arg, m);
	loop_stop(((struct trial *)arg)->loop);
}

static int
run_trial(struct trial *t, struct config *config, const char *partner, struct error *err)
{
	struct clock clock;
	clock_init(&clock);
	const struct run_observer observer = {
		.intake = { on_listing, on_tombstone, on_rejected, on_remark, t },
		.request = on_request, .answer = on_answer, .waiting = on_waiting, .arg = t,
	};
	t->loop = loop_new(err);
	if (t->loop == NULL) {
		config_free(config);
		return -1;
	}
	const struct engine_options options = {
		.loop = t->loop, .clock = &clock, .config = config, .dry = true,
		.run_done = on_trial_done, .arg = t,
	};
	struct engine *engine = engine_new(&options, err);
	int rc = engine ? engine_run(engine, partner, 1, &observer, err) : -1;
	if (rc == 0)
		rc = loop_run(t->loop, err);
	if (engine != NULL)
		engine_stop(engine, on_stopped, t);
	engine_free(engine, false);
	loop_free(t->loop);
	return rc;
}

/* What the file says without its preset; it was read well a moment ago. */
static void
read_own(struct trial *t, const struct partner_config *p)
{
	struct config_problems problems = { NULL, 0 };
	const struct report r = { &problems, p->file, p->partner, NULL };
	t->preset = p->preset != NULL;
	if (t->preset)
		(void)inifile_read(&t->own, p->file, &r);
	config_problems_done(&problems);
}

int
command_try(const struct invocation *in)
{
	struct trial t = { .in = in, .limit = in->limit > 0 ? (uint64_t)in->limit : SHOWN_MAX };
	struct error err = ERROR_INIT;
	struct config *config = command_config(in, in->argv[0]);
	if (config == NULL)
		return EXIT_USAGE;
	if (in->json)
		t.limit = UINT64_MAX;
	const struct partner_config *p = config_partner(config, in->argv[0]);
	if (p == NULL) {
		int status = command_no_partner(config, in->argv[0]);
		config_free(config);
		return status;
	}
	read_own(&t, p);
	if (run_trial(&t, config, in->argv[0], &err) != 0)
		t.status = command_fail(&err);
	buf_done(&t.rows);
	buf_done(&t.last_id);
	gaps_done(&t.gaps);
	inifile_done(&t.own);
	free(t.written);
	return t.status;
}
