/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/items.h"

#include <inttypes.h>

#include "config/config.h"
#include "represent/column.h"
#include "represent/jsonld.h"
#include "represent/put.h"
#include "serve/document.h"

static void
text_cell(struct html *h, struct text t)
{
	buf_str(h->out, "<td>");
	if (t.s != NULL)
		html_remote(h, t.s, t.len, 0);
	buf_str(h->out, "</td>");
}

static void
price_cell(struct html *h, const struct listing_row *row)
{
	struct text currency = row->listing.text[LISTING_CURRENCY];
	buf_str(h->out, "<td>");
	if (put_price(h->out, row, '.')) {
		buf_char(h->out, ' ');
		html_escape(h->out, currency.s, currency.len);
	}
	buf_str(h->out, "</td>");
}

void
items_begin(struct items_page *p, struct exchange *x, const struct request *r, struct answer *a)
{
	struct html *h = &p->html;
	cJSON *links = links_new(r);
	struct buf more = document_alternates(links);
	html_begin(h, x, r, a);
	html_head(h, &(struct html_head){ .title = p->title, .place = HTML_DATA, .more = buf_cstr(&more) });
	html_print(h, "<h1>%s</h1>\n", p->title);
	if (p->matched != NULL)
		html_print(h, "<p>%" PRId64 " %s</p>\n", (int64_t)*p->matched, n_("listing", "listings", *p->matched));
	html_print(h, "<table>\n<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
	    "<th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead>\n<tbody>\n", _("Title"), _("Place"), _("Price"),
	    _("Partner"), _("Identity"));
	buf_done(&more);
	cJSON_Delete(links);
}

void
items_row(void *page, const struct listing_row *row)
{
	struct items_page *p = page;
	struct html *h = &p->html;
	buf_str(h->out, "<tr>");
	text_cell(h, row->listing.text[LISTING_TITLE]);
	text_cell(h, row->listing.text[LISTING_LOCALITY]);
	price_cell(h, row);
	text_cell(h, row->partner_name);
	html_print(h, "<td><a href=\"%s/collections/%s/items/", h->root, h->r->path[0]);
	put_segment(h->out, row->partner.s, row->partner.len);
	buf_char(h->out, ':');
	put_segment(h->out, row->listing.text[LISTING_EXTERNAL_ID].s, row->listing.text[LISTING_EXTERNAL_ID].len);
	buf_str(h->out, "\">");
	struct buf uid = BUF_INIT;
	put_uid(&uid, row);
	html_escape(h->out, uid.data, uid.len);
	buf_done(&uid);
	buf_str(h->out, "</a></td></tr>\n");
}

void
items_end(struct items_page *p, cJSON *links)
{
	struct html *h = &p->html;
	buf_str(h->out, "</tbody>\n</table>\n");
	if (links != NULL)
		document_links(h, links);
	html_end(h);
	cJSON_Delete(links);
}

/* What search engines read of a page. */
static void
add_jsonld(struct buf *head, const struct exchange *x, const struct request *r, const struct listing_row *row)
{
	const struct represent represent = { .base_url = r->base_url, .self_url = r->url, .office = x->config->office_name,
		.language = r->language, .now_ms = r->now_ms };
	buf_str(head, "<script type=\"application/ld+json\">");
	jsonld_script(head, &represent, row);
	buf_str(head, "</script>\n");
}

void
items_listing(struct exchange *x, const struct request *r, struct answer *a, const struct listing_row *row, cJSON *links)
{
	struct html h;
	struct buf more = document_alternates(links), value = BUF_INIT;
	struct text title = row->listing.text[LISTING_TITLE];
	put_text(&value, title);
	add_jsonld(&more, x, r, row);
	html_begin(&h, x, r, a);
	html_head(&h, &(struct html_head){ .title = buf_cstr(&value), .place = HTML_DATA, .more = buf_cstr(&more) });
	html_print(&h, "<h1>%s</h1>\n<dl>\n", buf_cstr(&value));
	for (const struct column *c = listing_columns; c->name != NULL; c++) {
		buf_clear(&value);
		column_put(&value, c, row, '.');
		if (value.len == 0)
			continue;
		html_print(&h, "<dt>%s</dt>\n<dd>", c->name);
		html_link(&h, value.data, value.data);
		buf_str(h.out, "</dd>\n");
	}
	buf_str(h.out, "</dl>\n");
	document_links(&h, links);
	html_end(&h);
	buf_done(&more);
	buf_done(&value);
	cJSON_Delete(links);
}
