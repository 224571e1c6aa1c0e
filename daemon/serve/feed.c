/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has changed of late, the newest first, for feed readers: Atom (RFC 4287)
 * and JSON Feed 1.1, in pages (RFC 5005).  An entry is a change, not a listing:
 * its id is that of the event which hooks are told.
 */
#include <inttypes.h>

#include "alert/letter_words.h"
#include "alert/speech.h"
#include "config/config.h"
#include "represent/event.h"
#include "represent/put.h"
#include "serve/html.h"
#include "serve/question.h"
#include "serve/routes.h"

enum { ENTRIES = 50, ENTRIES_MAX = 200, SUMMARY_MAX = 2000 };

static const struct parameter before_parameter = {
	.name = "before", .type = PARAMETER_INTEGER, .help = "Changes before this one: an older page.", .min = 1,
};
static const struct parameter number_parameter = {
	.name = "limit", .type = PARAMETER_INTEGER, .help = "How many entries a page has at most.",
	.min = 1, .max = ENTRIES_MAX, .fallback = ENTRIES,
};
static const struct parameter *const parameters[] = {
	&partner_parameter, &kind_parameter, &before_parameter, &number_parameter, NULL
};
static const struct variant variants[] = {
	{ "atom", "application/atom+xml; charset=utf-8", "application/xml text/xml application/rss+xml" },
	{ "jsonfeed", "application/feed+json; charset=utf-8", "application/json json" },
	{ .name = NULL },
};

struct feed {
	struct exchange *x;
	const struct request *r;
	struct buf *out;
	char *title, *next;		/* next NULL: there are no older ones */
	struct news_kept entries[ENTRIES_MAX + 1];
	size_t n, limit;
};

struct entry {			/* texts are borrowed */
	const struct news_change *change;
	const struct listing_row *row;	/* NULL: it is not there any more */
	char id[EVENT_ID_MAX];
	struct buf uid, title, url;
};

/* ---- entries */

static const char *
words_of(enum event_type type)
{
	switch (type) {
	case EVENT_ADDED:
		return _("New");
	case EVENT_CHANGED:
		return _("Changed");
	case EVENT_NONE:
	case EVENT_REMOVED:
	case EVENT_VERDICT:
	case EVENT_TEST:
	case EVENT_TYPES:
		break;
	}
	return _("Withdrawn");
}

static void
entry_init(struct entry *e, const struct feed *f, const struct news_change *c, const struct listing_row *row)
{
	*e = (struct entry){ .change = c, .row = row };
	event_change_id(e->id, c);
	put_text(&e->uid, c->partner);
	buf_char(&e->uid, ':');
	put_text(&e->uid, c->external_id);
	struct text title = row != NULL ? row->listing.text[LISTING_TITLE] : (struct text){ NULL, 0 };
	if (title.s == NULL)
		title = (struct text){ e->uid.data, e->uid.len };
	/* Translators: a change and what it happened to: "New: Gabarre on the Lot". */
	buf_fmt(&e->title, _("%s: %.*s"), words_of(event_of_change(c)), (int)title.len, title.s);
	buf_fmt(&e->url, "%s/collections/all/items/", f->r->base_url);
	put_segment(&e->url, e->uid.data, e->uid.len);
}

static void
entry_done(struct entry *e)
{
	buf_done(&e->uid);
	buf_done(&e->title);
	buf_done(&e->url);
}

static struct text
summary_of(const struct listing_row *row)
{
	struct text t = row->listing.text[LISTING_DESCRIPTION];
	if (t.len > SUMMARY_MAX) {
		t.len = SUMMARY_MAX;
		while (t.len > 0 && ((unsigned char)t.s[t.len] & 0xc0) == 0x80)
			t.len--;
	}
	return t;
}

/* ---- Atom */

static void
atom_begin(const struct feed *f, int64_t updated_ms)
{
	char at[TIME_TEXT_MAX];
	const char *office = f->x->config->office_name;
	html_format(f->out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"%s\">\n"
	    "<id>%s/changes</id>\n<title>%s</title>\n<updated>%s</updated>\n<author><name>%s</name></author>\n"
	    "<link rel=\"self\" type=\"application/atom+xml\" href=\"%s\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"%s/\"/>\n",
	    f->r->language, f->r->base_url, f->title, time_text(updated_ms, at), office != NULL ? office : "Vigie", f->r->url,
	    f->r->base_url);
	if (f->next != NULL)
		html_format(f->out, "<link rel=\"next\" type=\"application/atom+xml\" href=\"%s\"/>\n", f->next);
}

static void
atom_entry(const struct feed *f, const struct entry *e)
{
	char at[TIME_TEXT_MAX];
	html_format(f->out, "<entry>\n<id>urn:vigie:%s</id>\n<title>%s</title>\n<updated>%s</updated>\n", e->id,
	    buf_cstr(&e->title), time_text(e->change->at_ms, at));
	if (e->change->kind.s != NULL)
		html_format(f->out, "<category term=\"%s\"/>\n", e->change->kind.s);
	if (e->row == NULL) {
		html_format(f->out, "<content type=\"text\">%s</content>\n</entry>\n", buf_cstr(&e->uid));
		return;
	}
	struct text summary = summary_of(e->row), name = e->row->partner_name;
	html_format(f->out, "<link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>\n<category term=\"partner:%s\" label=\"",
	    buf_cstr(&e->url), e->change->partner.s);
	html_escape(f->out, name.s != NULL ? name.s : e->change->partner.s, name.s != NULL ? name.len : e->change->partner.len);
	put_literal(f->out, "\"/>\n<summary type=\"text\">");
	html_escape(f->out, summary.s != NULL ? summary.s : "", summary.len);
	put_literal(f->out, "</summary>\n</entry>\n");
}

static void
atom_end(const struct feed *f)
{
	put_literal(f->out, "</feed>\n");
}

/* ---- JSON Feed */

static void
put_string(struct buf *out, const char *before, const char *s, size_t len)
{
	buf_str(out, before);
	buf_json(out, s, len);
}

static void
json_begin(const struct feed *f, int64_t updated_ms)
{
	const char *office = f->x->config->office_name;
	(void)updated_ms;
	put_string(f->out, "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":", f->title, strlen(f->title));
	put_string(f->out, ",\"home_page_url\":", f->r->base_url, strlen(f->r->base_url));
	put_string(f->out, ",\"feed_url\":", f->r->url, strlen(f->r->url));
	if (f->next != NULL)
		put_string(f->out, ",\"next_url\":", f->next, strlen(f->next));
	buf_fmt(f->out, ",\"language\":\"%s\"", f->r->language);
	put_string(f->out, ",\"authors\":[{\"name\":", office != NULL ? office : "Vigie", office != NULL ? strlen(office) : 5);
	put_literal(f->out, "}],\"items\":[");
}

static void
json_entry(const struct feed *f, const struct entry *e)
{
	char at[TIME_TEXT_MAX];
	struct text text = { e->uid.data, e->uid.len };
	buf_fmt(f->out, "%s{\"id\":\"urn:vigie:%s\",\"date_modified\":\"%s\"", f->out->data[f->out->len - 1] == '[' ? "\n" : ",\n", e->id,
	    time_text(e->change->at_ms, at));
	put_string(f->out, ",\"title\":", e->title.data, e->title.len);
	if (e->row != NULL) {
		struct text image = e->row->listing.text[LISTING_IMAGE_URL], summary = summary_of(e->row);
		put_string(f->out, ",\"url\":", e->url.data, e->url.len);
		if (image.s != NULL)
			put_string(f->out, ",\"image\":", image.s, image.len);
		text = summary.s != NULL ? summary : text;
	}
	put_string(f->out, ",\"content_text\":", text.s, text.len);
	if (e->change->kind.s != NULL)
		put_string(f->out, ",\"tags\":[", e->change->kind.s, e->change->kind.len);
	buf_str(f->out, e->change->kind.s != NULL ? "]}" : "}");
}

static void
json_end(const struct feed *f)
{
	put_literal(f->out, "\n]}\n");
}

static const struct format {
	const char *name;
	void (*begin)(const struct feed *f, int64_t updated_ms);
	void (*entry)(const struct feed *f, const struct entry *e);
	void (*end)(const struct feed *f);
} formats[] = {
	{ "atom", atom_begin, atom_entry, atom_end },
	{ "jsonfeed", json_begin, json_entry, json_end },
};

/* ---- the document */

static bool
on_change(void *arg, const struct news_change *c)
{
	struct feed *f = arg;
	if (event_of_change(c) != EVENT_NONE)
		f->entries[f->n++] = news_keep(c);
	return f->n <= f->limit;	/* one too many: there are older ones */
}

static int
write_entries(const struct feed *f, const struct format *format, struct error *err)
{
	int rc = 0;
	for (size_t i = 0; i < f->n && i < f->limit && rc >= 0; i++) {
		struct listing_row row;
		struct reading *reading;
		struct entry e;
		rc = news_listing(f->x->catalogue, &f->entries[i].change, &reading, &row, err);
		if (rc >= 0) {
			entry_init(&e, f, &f->entries[i].change, rc == 1 ? &row : NULL);
			format->entry(f, &e);
			entry_done(&e);
		}
		reading_close(reading);
	}
	return rc < 0 ? -1 : 0;
}

static int
write_feed(struct feed *f, struct error *err)
{
	const struct format *format = formats;
	char number[24];
	while (strcmp(format->name, f->r->variant->name) != 0)
		format++;
	if (f->n > f->limit) {
		(void)snprintf(number, sizeof number, "%" PRId64, f->entries[f->limit - 1].change.change);
		f->next = request_url_with(f->r, before_parameter.name, number);
	}
	const char *office = f->x->config->office_name;
	struct buf title = BUF_INIT;
	buf_str(&title, _("What has changed"));
	if (office != NULL)
		buf_fmt(&title, " - %s", office);
	f->title = buf_take(&title);
	format->begin(f, f->n > 0 ? f->entries[0].change.at_ms : f->r->now_ms);
	int rc = write_entries(f, format, err);
	format->end(f);
	return rc;
}

static int
handle(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct error wrong = ERROR_INIT;
	struct news_filter filter = { request_query(r, "partner"), request_query(r, "kind"), INT64_MAX };
	int64_t limit = ENTRIES;
	if (request_integer(r, before_parameter.name, &filter.before, &wrong) != 0 ||
	    request_integer(r, number_parameter.name, &limit, &wrong) != 0)
		return answer_problem(a, 400, "query-param-invalid", "%s", wrong.text);
	struct feed *f = xcalloc(1, sizeof *f);
	struct speech speech;
	*f = (struct feed){ .x = x, .r = r, .out = &a->body, .limit = (size_t)limit };
	int rc = news_changes_back(x->catalogue, &filter, on_change, f, err);
	speech_begin(&speech, r->language);
	if (rc == 0)
		rc = write_feed(f, err);
	speech_end(&speech);
	for (size_t i = 0; i < f->n; i++)
		free(f->entries[i].texts);
	free(f->title);
	free(f->next);
	free(f);
	return rc;
}

const struct route feed_routes[] = {
	{ .path = "/changes", .methods = METHOD_GET, .handle = handle, .parameters = parameters, .variants = variants,
	    .id = "getChanges", .summary = "What has changed of late, the newest first, for feed readers.", .tag = "Changes",
	    .flags = ROUTE_LONG },	/* a partner or a kind of which nothing has changed is looked for to the end */
	{ .path = NULL },
};
