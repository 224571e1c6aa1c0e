/* SPDX-License-Identifier: Apache-2.0 */
/* A listing as people read it. */
#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "represent/column.h"
#include "represent/put.h"
#include "represent/when.h"
#include "serve/collection.h"
#include "serve/page.h"

enum { NAME_MAX = 160 };

static const double AROUND = 0.02;	/* degrees: some two kilometres on each side */

void
page_facts(struct html *h, const struct listing_row *row)
{
	const struct listing *l = &row->listing;
	const struct text place = l->text[LISTING_LOCALITY];
	const int64_t capacity = l->integer[LISTING_CAPACITY];
	const size_t start = h->out->len;
	buf_str(h->out, "<p class=\"facts\"><strong>");
	const size_t before = h->out->len;
	page_price(h, row);
	if (h->out->len > before)
		buf_str(h->out, "</strong>");
	else
		buf_cut(h->out, before - strlen("<strong>"));
	const size_t empty = h->out->len > before ? 0 : h->out->len;
	if (place.s != NULL && place.len > 0) {
		buf_str(h->out, " <span>");
		html_remote(h, place.s, place.len, NAME_MAX);
		buf_str(h->out, "</span>");
	}
	if (capacity != LISTING_NO_INTEGER && capacity > 0)
		html_print(h, n_(" <span>%" PRId64 " person</span>", " <span>%" PRId64 " persons</span>", capacity), capacity);
	if (!isnan(l->real[LISTING_RATING])) {
		const int tenths = (int)lround(l->real[LISTING_RATING] * 10);
		html_print(h, " <span>\u2605\302\240%d%s%d</span>", tenths / 10, _("."), tenths % 10);
	}
	if (h->out->len == empty)
		buf_cut(h->out, start);
	else
		buf_str(h->out, "</p>\n");
}

void
page_by(struct html *h, const struct listing_row *row)
{
	struct buf path = BUF_INIT;
	put_segment(&path, row->partner.s, row->partner.len);
	html_print(h, "<p class=\"by\"><a href=\"%s/partners/%s\">", h->root, path.data);
	html_remote(h, row->partner_name.s, row->partner_name.len, NAME_MAX);
	buf_str(h->out, "</a>");
	if (row->verdict.s != NULL)
		html_print(h, " <span class=\"badge care\">%s</span>", _("to be confirmed"));
	buf_str(h->out, "</p>\n");
	buf_done(&path);
}

/* « Saturday 4 July 2026 », or with the hour. */
static void
add_when(struct html *h, const struct listing_row *row, const char *name, const char *before)
{
	static const struct zone utc = { .offset_s = 0 };
	struct when when;
	struct buf words = BUF_INIT;
	if (!when_read(row->listing.text[LISTING_PROPERTIES], name, &when))
		return;
	buf_str(h->out, before);
	if (when.is_day) {	/* its text begins with the year */
		words_day(&words, when.ms, &utc);
		html_print(h, "<time datetime=\"%.*s\">%s %.4s</time>", (int)when.text.len, when.text.s, words.data, when.text.s);
	} else {
		html_time(h, when.ms);
	}
	buf_done(&words);
}

static void
add_text(struct html *h, const char *open, struct text t)
{
	if (t.s == NULL || t.len == 0)
		return;
	buf_str(h->out, open);
	html_remote(h, t.s, t.len, 0);
	buf_str(h->out, "</p>\n");
}

static void
add_address(struct html *h, const struct listing *l)
{
	struct buf address = BUF_INIT;
	put_address(&address, l);
	if (address.len > 0)
		add_text(h, "<p class=\"address\">", (struct text){ address.data, address.len });
	buf_done(&address);
}

static void
add_link(struct html *h, const struct listing_row *row)
{
	const struct text url = row->listing.text[LISTING_URL];
	struct buf words = BUF_INIT;
	if (url.s == NULL)
		return;
	char *copy = xstrndup(url.s, url.len), *name = xstrndup(row->partner_name.s, row->partner_name.len);
	words_fill(&words, N_("See it at {name}"), &(struct words_values){ .name = name });
	buf_str(h->out, "<p class=\"go\">");
	html_link(h, copy, words.data);
	buf_str(h->out, "</p>\n");
	buf_done(&words);
	free(copy);
	free(name);
}

/* What is around it. */
static void
add_map(struct html *h, const struct listing_row *row)
{
	const double lat = row->listing.real[LISTING_LATITUDE], lon = row->listing.real[LISTING_LONGITUDE];
	struct buf uid = BUF_INIT;
	const struct box box = { lon - AROUND, lat - AROUND, lon + AROUND, lat + AROUND };
	put_uid(&uid, row);
	if (!isnan(lat))
		page_map(h, &(struct page_map){ .query = "", .label = _("Map of the offers"), .box = &box, .here = uid.data });
	buf_done(&uid);
}

void
page_listing(struct html *h, const struct listing_row *row)
{
	const struct text *t = row->listing.text;
	char *kind = t[LISTING_KIND].s != NULL ? xstrndup(t[LISTING_KIND].s, t[LISTING_KIND].len) : NULL;
	buf_str(h->out, "<article class=\"offer\">\n<div>\n");
	if (kind != NULL)
		html_print(h, "<p class=\"kind\">%s</p>\n", _(collection_title(kind)));
	buf_str(h->out, "<h1>");
	if (t[LISTING_TITLE].s != NULL)
		html_remote(h, t[LISTING_TITLE].s, t[LISTING_TITLE].len, NAME_MAX);
	else
		html_print(h, "%s", _("without a title"));
	buf_str(h->out, "</h1>\n");
	page_facts(h, row);
	const size_t before = h->out->len;
	add_when(h, row, "starts_at", "<p class=\"when\">");
	if (h->out->len > before) {
		add_when(h, row, "ends_at", " \u2192 ");
		buf_str(h->out, "</p>\n");
	}
	add_text(h, "<p class=\"text\">", t[LISTING_DESCRIPTION]);
	add_address(h, &row->listing);
	add_link(h, row);
	page_by(h, row);
	buf_str(h->out, "</div>\n");
	add_map(h, row);
	buf_str(h->out, "</article>\n");
	free(kind);
}
