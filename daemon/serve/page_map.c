/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map: map.js fills it from the items of a collection when scripts run and
 * Leaflet is there.  All that the script needs stands in attributes, its words
 * in the reader's language included.
 */
#include <math.h>

#include "config/config.h"
#include "represent/put.h"
#include "serve/page.h"

struct span {
	struct box box;
	bool any;
};

static void
widen(void *arg, const struct tally_entry *e)
{
	struct span *s = arg;
	if (isnan(e->extent.west))
		return;
	if (!s->any) {
		s->box = e->extent;
		s->any = true;
		return;
	}
	s->box.west = fmin(s->box.west, e->extent.west);
	s->box.south = fmin(s->box.south, e->extent.south);
	s->box.east = fmax(s->box.east, e->extent.east);
	s->box.north = fmax(s->box.north, e->extent.north);
}

static void
attribute(struct html *h, const char *name, const char *value)
{
	if (value != NULL)
		html_print(h, " data-%s=\"%s\"", name, value);
}

static void
add_box(struct html *h, const struct box *box)
{
	struct span s = { .any = false };
	if (box == NULL) {
		tally_each(h->x->tally, widen, &s);
		if (!s.any)
			return;
		box = &s.box;
	}
	const double corners[] = { box->west, box->south, box->east, box->north };
	buf_str(h->out, " data-box=\"");
	for (size_t i = 0; i < 4; i++) {
		buf_str(h->out, i > 0 ? "," : "");
		put_degrees(h->out, corners[i]);
	}
	buf_char(h->out, '"');
}

void
page_map(struct html *h, const struct page_map *map)
{
	const struct config *c = h->x->config;
	html_print(h, "<div class=\"map\" id=\"map\" role=\"region\" aria-label=\"%s\"", map->label);
	html_print(h, " data-items=\"%s/collections/all/items?%s\"", h->root, map->query);
	add_box(h, map->box);
	attribute(h, "tiles", c->serve.tiles);
	attribute(h, "thanks", c->serve.tiles_by);
	attribute(h, "circle", c->territory_circle);
	attribute(h, "polygon", c->territory_polygon);
	attribute(h, "root", h->root);
	attribute(h, "here", map->here);
	attribute(h, "close", _("Close"));
	attribute(h, "offers", _("offers"));
	attribute(h, "zoom-in", _("Zoom in"));
	attribute(h, "zoom-out", _("Zoom out"));
	attribute(h, "more", _("There are more offers than this: zoom in."));
	attribute(h, "failed", _("The offers could not be read."));
	html_print(h, ">\n<p><a href=\"%s/listings?%s\">%s</a></p>\n</div>\n", h->root, map->query, _("All offers in a list"));
}
