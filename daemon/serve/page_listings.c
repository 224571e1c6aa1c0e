/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the partners offer: a form to choose, a page of results, and the map of
 * them.  Without a search pages go on after a row, as reading.h has it; the
 * best matches of a search go on by their number.
 */
#include <inttypes.h>

#include "config/config.h"
#include "represent/put.h"
#include "serve/collection.h"
#include "serve/page.h"
#include "serve/question.h"
#include "show/row.h"

enum { SHOWN = 24, TITLE_MAX = 160, TEXT_MAX = 220 };

struct results {
	struct html *h;
	struct question question;
	struct collections kinds;
	uint64_t count;
	int64_t last_row;
	size_t shown;
	bool more;
};

/* ---- the form */

static void
add_option(struct html *h, const char *value, const char *text, const char *chosen)
{
	html_print(h, chosen != NULL && strcmp(chosen, value) == 0 ? "<option value=\"%s\" selected>%s</option>\n" :
	    "<option value=\"%s\">%s</option>\n", value, text);
}

static int
add_partners(const struct results *s, struct error *err)
{
	struct html *h = s->h;
	struct catalogue_cursor *q = catalogue_query(h->x->catalogue, VIEW_PARTNERS, NULL, err);
	int rc = q != NULL ? 1 : -1;
	html_print(h, "<p><label for=\"partner\">%s</label>\n<select id=\"partner\" name=\"partner\">\n", _("Partner"));
	add_option(h, "", _("all"), NULL);
	while (rc == 1 && (rc = cursor_next(q, err)) == 1)
		if (row_integer(q, "listing_count") > 0)
			add_option(h, row_text(q, "partner"), row_text(q, "name"), s->question.filter.partner);
	cursor_close(q);
	buf_str(h->out, "</select></p>\n");
	return rc;
}

static int
add_form(const struct results *s, struct error *err)
{
	struct html *h = s->h;
	const struct reading_filter *f = &s->question.filter;
	html_print(h, "<form class=\"search filters\" role=\"search\" action=\"%s/listings\">\n<p class=\"words\"><label for=\"q\">%s</label>\n"
	    "<input id=\"q\" type=\"search\" name=\"q\" maxlength=\"200\" value=\"%s\"></p>\n", h->root, _("Search the offers"),
	    f->search != NULL ? f->search : "");
	html_print(h, "<p><label for=\"kind\">%s</label>\n<select id=\"kind\" name=\"kind\">\n", _("Kind"));
	add_option(h, "", _("all"), NULL);
	for (size_t i = 1; i < s->kinds.n; i++)
		add_option(h, s->kinds.list[i].id, _(s->kinds.list[i].title), f->kind);
	buf_str(h->out, "</select></p>\n");
	if (add_partners(s, err) != 0)
		return -1;
	html_print(h, "<p><button>%s</button></p>\n</form>\n", _("Search"));
	return 0;
}

/* ---- the results */

static bool
same(struct text t, const char *s)
{
	return t.s != NULL && t.len == strlen(s) && memcmp(t.s, s, t.len) == 0;
}

static const char *
kind_title(const struct results *s, struct text kind)
{
	for (size_t i = 0; i < s->kinds.n; i++)
		if (same(kind, s->kinds.list[i].id))
			return _(s->kinds.list[i].title);
	return "";
}

static void
add_listing(const struct results *s, const struct listing_row *row)
{
	struct html *h = s->h;
	const struct text *t = row->listing.text;
	struct buf path = BUF_INIT;
	page_item_path(&path, h, row);
	html_print(h, "<li class=\"listing\">\n<p class=\"kind\">%s</p>\n<h2><a href=\"%s\">", kind_title(s, t[LISTING_KIND]), path.data);
	if (t[LISTING_TITLE].s != NULL)
		html_remote(h, t[LISTING_TITLE].s, t[LISTING_TITLE].len, TITLE_MAX);
	else
		html_print(h, "%s", _("without a title"));
	buf_str(h->out, "</a></h2>\n");
	page_facts(h, row);
	if (t[LISTING_DESCRIPTION].s != NULL) {
		buf_str(h->out, "<p class=\"text\">");
		html_remote(h, t[LISTING_DESCRIPTION].s, t[LISTING_DESCRIPTION].len, TEXT_MAX);
		buf_str(h->out, "</p>\n");
	}
	page_by(h, row);
	buf_str(h->out, "</li>\n");
	buf_done(&path);
}

static int
add_results(struct results *s, struct error *err)
{
	struct html *h = s->h;
	struct listing_row row;
	int rc = -1;
	s->question.filter.limit = SHOWN + 1;
	struct reading *reading = reading_open(h->x->catalogue, &s->question.filter, h->x->tally, err);
	buf_str(h->out, "<ul class=\"cards listings\">\n");
	while (reading != NULL && (rc = reading_next(reading, &row, err)) == 1) {
		s->more = s->shown == SHOWN;
		if (s->more)
			break;
		add_listing(s, &row);
		s->last_row = row.row;
		s->shown++;
	}
	buf_str(h->out, "</ul>\n");
	reading_close(reading);
	return rc < 0 ? -1 : 0;
}

static void
add_turn(struct html *h, const char *rel, const char *url, const char *text)
{
	html_print(h, "<li><a rel=\"%s\" href=\"%s\">%s</a></li>\n", rel, url, text);
}

static void
add_paging(const struct results *s)
{
	struct html *h = s->h;
	const struct reading_filter *f = &s->question.filter;
	const char *name = f->search != NULL ? "offset" : "after";
	char place[24];
	if (!s->more && f->offset == 0 && f->after_row == 0)
		return;
	html_print(h, "<nav class=\"pages\" aria-label=\"%s\">\n<ul>\n", _("Pages"));
	if (f->offset > 0 || f->after_row > 0) {
		char *first = request_url_with(h->r, name, NULL);
		add_turn(h, "first", first, _("First page"));
		free(first);
	}
	if (s->more) {
		if (f->search != NULL)
			(void)snprintf(place, sizeof place, "%" PRIu64, f->offset + SHOWN);
		else
			(void)snprintf(place, sizeof place, "%" PRId64, s->last_row);
		char *next = request_url_with(h->r, name, place);
		add_turn(h, "next", next, _("Next page"));
		free(next);
	}
	buf_str(h->out, "</ul>\n</nav>\n");
}

/* Of the items that the map draws: the same ones. */
static void
map_query(struct buf *out, const struct reading_filter *f)
{
	const struct { const char *name, *value; } parts[] = {
		{ "q", f->search }, { "partner", f->partner }, { "kind", f->kind },
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (parts[i].value != NULL) {
			buf_fmt(out, "%s%s=", out->len > 0 ? "&" : "", parts[i].name);
			put_segment(out, parts[i].value, strlen(parts[i].value));
		}
}

/* ---- the page */

static void
add_count(const struct results *s)
{
	struct buf count = BUF_INIT;
	words_count(&count, (int64_t)s->count);
	html_print(s->h, "<p class=\"found\" role=\"status\">");
	if (s->count == 0)
		html_print(s->h, "%s", _("No offer is like this. Try fewer words, or all partners."));
	else
		html_print(s->h, n_("%s offer", "%s offers", s->count), count.data);
	buf_str(s->h->out, "</p>\n");
	buf_done(&count);
}

static int
add_page(struct results *s, struct error *err)
{
	static const char *const scripts[] = { "map.js", NULL };
	struct html *h = s->h;
	struct buf query = BUF_INIT;
	html_head(h, &(struct html_head){ .title = _("Offers"), .place = HTML_LISTINGS, .scripts = scripts, .map = true });
	html_print(h, "<h1>%s</h1>\n", _("Offers"));
	int rc = add_form(s, err);
	if (rc == 0) {
		add_count(s);
		map_query(&query, &s->question.filter);
		buf_str(h->out, "<div class=\"columns\">\n<div>\n");
		rc = add_results(s, err);
		add_paging(s);
		buf_str(h->out, "</div>\n<div class=\"where\">\n");
		page_map(h, &(struct page_map){ .query = buf_cstr(&query), .label = _("Map of the offers") });
		buf_str(h->out, "</div>\n</div>\n");
	}
	buf_done(&query);
	return rc;
}

static int
handle_listings(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct html h;
	struct results s = { .h = &h };
	if (question_read(x, r, "all", &s.question, a) != 0)
		return -1;
	if (reading_count(x->catalogue, &s.question.filter, x->tally, &s.count, err) != 0)
		return -1;
	collections_read(x->tally, &s.kinds);
	html_begin(&h, x, r, a);
	int rc = add_page(&s, err);
	html_end(&h);
	return rc;
}

static const struct variant variants[] = { { "html", "text/html", "application/xhtml+xml" }, { NULL, NULL, NULL } };
static const struct parameter *const parameters[] = { QUESTION_PARAMETERS, &offset_parameter, &after_parameter, NULL };

const struct route page_listings_routes[] = {
	{ .path = "/listings", .methods = METHOD_GET, .handle = handle_listings, .parameters = parameters,
	    .variants = variants },
	{ .path = NULL },
};
