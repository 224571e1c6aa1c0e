/* SPDX-License-Identifier: Apache-2.0 */
/* The collections for people: how many there are of each kind, and where to take them from. */
#include <inttypes.h>

#include "represent/represent.h"
#include "serve/document.h"
#include "serve/html.h"
#include "serve/ogc.h"

static void
show_collection(struct html *h, const struct collection *c)
{
	html_print(h, "<tr><th scope=\"row\"><a href=\"%s/collections/%s/items\">%s</a></th><td class=\"number\">%" PRId64 "</td><td>",
	    h->root, c->id, _(c->title), (int64_t)c->count);
	for (const struct representation *f = representations; f->name != NULL; f++)
		html_print(h, "<a href=\"%s/exports/%s.%s\" title=\"%s\">%s</a> ", h->root, c->id, f->name, f->help, f->name);
	html_print(h, "</td><td><a href=\"%s/collections/%s\">%s</a></td></tr>\n", h->root, c->id, c->id);
}

static void
show_links(struct html *h)
{
	static const struct { const char *path, *text; } links[] = {
		{ "/api?f=html", N_("Description of this interface") },
		{ "/collections/all/schema", N_("What a listing is made of") },
		{ "/conformance", N_("Rules that it follows") },
	};
	buf_str(h->out, "<div class=\"data\">\n<ul>\n");
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		html_print(h, "<li><a href=\"%s%s\">%s</a></li>\n", h->root, links[i].path, _(links[i].text));
	buf_str(h->out, "</ul>\n</div>\n");
}

void
ogc_page(struct exchange *x, const struct request *r, struct answer *a, const struct collections *cs)
{
	struct html h;
	struct links links = links_of(r);
	struct buf more = document_alternates(&links);
	html_begin(&h, x, r, a);
	html_head(&h, &(struct html_head){ .title = _("Collections of listings"), .place = HTML_DATA, .more = buf_cstr(&more) });
	html_print(&h, "<h1 id=\"title\">%s</h1>\n<p>%s</p>\n", _("Collections of listings"), _("For maps, spreadsheets and other "
	    "programs: the address of this page's site is that of an OGC API - Features."));
	html_print(&h, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"title\">\n<table>\n<thead><tr>"
	    "<th scope=\"col\">%s</th><th scope=\"col\" class=\"number\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
	    "</tr></thead>\n<tbody>\n", _("Collection"), _("Listings"), _("As a file"), _("About it"));
	for (size_t i = 0; i < cs->n; i++)
		show_collection(&h, &cs->list[i]);
	buf_str(h.out, "</tbody>\n</table>\n</div>\n");
	show_links(&h);
	html_end(&h);
	buf_done(&more);
	links_done(&links);
}
