/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/items.h"

#include <inttypes.h>

#include "config/config.h"
#include "represent/column.h"
#include "represent/jsonld.h"
#include "represent/put.h"
#include "serve/document.h"
#include "serve/page.h"

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
	buf_str(h->out, "<td class=\"number\">");
	page_price(h, row);
	buf_str(h->out, "</td>");
}

void
items_begin(struct items_page *p, struct exchange *x, const struct request *r, struct answer *a)
{
	struct html *h = &p->html;
	struct links links = links_of(r);
	struct buf more = document_alternates(&links);
	html_begin(h, x, r, a);
	html_head(h, &(struct html_head){ .title = p->title, .place = HTML_DATA, .more = buf_cstr(&more) });
	html_print(h, "<h1 id=\"title\">%s</h1>\n", p->title);
	if (p->matched != NULL)
		html_print(h, "<p>%" PRId64 " %s</p>\n", (int64_t)*p->matched, n_("listing", "listings", *p->matched));
	html_print(h, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"title\">\n<table>\n<thead><tr>"
	    "<th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\" class=\"number\">%s</th><th scope=\"col\">%s</th>"
	    "</tr></thead>\n<tbody>\n", _("Title"), _("Place"), _("Price"), _("Partner"));
	buf_done(&more);
	links_done(&links);
}

/* A listing without a title is called by its uid. */
static void
title_cell(struct html *h, const struct listing_row *row)
{
	struct buf uid = BUF_INIT;
	struct text id = row->listing.text[LISTING_EXTERNAL_ID], title = row->listing.text[LISTING_TITLE];
	put_uid(&uid, row);
	html_print(h, "<td><a href=\"%s/collections/%s/items/", h->root, h->r->path[0]);
	put_segment(h->out, row->partner.s, row->partner.len);
	buf_char(h->out, ':');
	put_segment(h->out, id.s, id.len);
	buf_str(h->out, "\">");
	html_remote(h, title.s != NULL ? title.s : uid.data, title.s != NULL ? title.len : uid.len, 0);
	buf_str(h->out, "</a>");
	if (row->verdict.s != NULL)
		html_print(h, " <span class=\"badge care\">%s</span>", _("to be confirmed"));
	buf_str(h->out, "</td>");
	buf_done(&uid);
}

void
items_row(void *page, const struct listing_row *row)
{
	struct items_page *p = page;
	struct html *h = &p->html;
	buf_str(h->out, "<tr>");
	title_cell(h, row);
	text_cell(h, row->listing.text[LISTING_LOCALITY]);
	price_cell(h, row);
	text_cell(h, row->partner_name);
	buf_str(h->out, "</tr>\n");
}

void
items_end(struct items_page *p, const struct links *links)
{
	struct html *h = &p->html;
	buf_str(h->out, "</tbody>\n</table>\n</div>\n<div class=\"data\">\n");
	document_links(h, links);
	buf_str(h->out, "</div>\n");
	html_end(h);
}

/* What search engines read of a page. */
static void
add_jsonld(struct buf *head, const struct exchange *x, const struct request *r, const struct listing_row *row)
{
	const struct represent represent = { .base_url = r->base_url, .self_url = r->url, .office = x->config->office_name,
		.language = r->language, .zone = x->zone, .now_ms = r->now_ms };
	buf_str(head, "<script type=\"application/ld+json\">");
	jsonld_script(head, &represent, row);
	buf_str(head, "</script>\n");
}

void
items_listing(struct exchange *x, const struct request *r, struct answer *a, const struct listing_row *row,
    const struct links *links)
{
	static const char *const scripts[] = { "map.js", NULL };
	struct html h;
	struct buf more = document_alternates(links), value = BUF_INIT;
	struct text title = row->listing.text[LISTING_TITLE];
	put_text(&value, title);
	add_jsonld(&more, x, r, row);
	html_begin(&h, x, r, a);
	html_head(&h, &(struct html_head){ .title = value.len > 0 ? value.data : _("without a title"), .place = HTML_LISTINGS,
	    .more = buf_cstr(&more), .scripts = scripts, .map = true });
	page_listing(&h, row);
	html_print(&h, "<details>\n<summary>%s</summary>\n<div class=\"data\">\n<dl class=\"facts\">\n", _("For programs"));
	for (const struct column *c = listing_columns; c->name != NULL; c++) {
		buf_clear(&value);
		column_put(&value, c, row, '.');
		if (value.len == 0)
			continue;
		html_print(&h, "<div><dt>%s</dt>\n<dd>", c->name);
		html_link(&h, value.data, value.data);
		buf_str(h.out, "</dd></div>\n");
	}
	buf_str(h.out, "</dl>\n</div>\n<div class=\"data\">\n");
	document_links(&h, links);
	buf_str(h.out, "</div>\n</details>\n");
	html_end(&h);
	buf_done(&more);
	buf_done(&value);
}
