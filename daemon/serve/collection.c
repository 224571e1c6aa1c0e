/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/collection.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "alert/letter_words.h"
#include "normalise/listing.h"

static const struct {
	const char *id, *title;
} titles[] = {
	{ "all", N_("All listings") },
	{ "home_exchange", N_("Home exchange") },
	{ "hosted_meal", N_("Meals at a host's") },
	{ "camper_van", N_("Camper vans") },
	{ "boat", N_("Boats") },
	{ "coworking", N_("Coworking") },
	{ "childcare", N_("Childcare") },
	{ "deal", N_("Local deals") },
	{ "activity", N_("Activities") },
	{ "tour", N_("Tours") },
	{ "game", N_("Games and treasure hunts") },
	{ "event", N_("Events") },
	{ "accommodation", N_("Accommodation") },
	{ "place", N_("Places") },
	{ "product", N_("Products") },
};

const char *
collection_title(const char *id)
{
	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
		if (strcmp(titles[i].id, id) == 0)
			return titles[i].title;
	return id;
}

static bool
is_empty(const struct box *b)
{
	return isnan(b->west);
}

static void
widen(struct box *all, const struct box *more)
{
	if (is_empty(more))
		return;
	if (is_empty(all)) {
		*all = *more;
		return;
	}
	bool across = all->west > all->east || more->west > more->east;
	*all = (struct box){
		.west = across ? -180 : fmin(all->west, more->west), .east = across ? 180 : fmax(all->east, more->east),
		.south = fmin(all->south, more->south), .north = fmax(all->north, more->north),
	};
}

static void
count(struct collection *c, const struct tally_entry *e)
{
	c->count += e->count;
	widen(&c->extent, &e->extent);
}

static bool
is_all(const char *id)
{
	return strcmp(id, titles[0].id) == 0;
}

static void
add_entry(void *arg, const struct tally_entry *e)
{
	struct collections *cs = arg;
	for (size_t i = 0; i < cs->n; i++)
		if (is_all(cs->list[i].id) || strcmp(cs->list[i].id, e->kind) == 0)
			count(&cs->list[i], e);
}

static void
add(struct collections *cs, const char *id)
{
	assert(cs->n < COLLECTIONS_MAX);
	cs->list[cs->n++] = (struct collection){ id, collection_title(id), 0, { NAN, NAN, NAN, NAN } };
}

/* Those of `cs` that are there. */
static void
read_them(struct tally *t, struct collections *cs)
{
	size_t n = cs->n;
	tally_each(t, add_entry, cs);
	cs->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_all(cs->list[i].id) && cs->list[i].count == 0)
			continue;
		if (is_empty(&cs->list[i].extent))
			cs->list[i].extent = (struct box){ -180, -90, 180, 90 };
		cs->list[cs->n++] = cs->list[i];
	}
}

void
collections_read(struct tally *t, struct collections *ret)
{
	ret->n = 0;
	add(ret, titles[0].id);
	for (const char *const *kind = listing_kinds; *kind != NULL; kind++)
		add(ret, *kind);
	read_them(t, ret);
}

bool
collection_read(struct tally *t, const char *id, struct collection *ret)
{
	struct collections cs = { .n = 0 };
	add(&cs, id);
	read_them(t, &cs);
	if (cs.n == 0)
		return false;
	*ret = cs.list[0];
	return true;
}
