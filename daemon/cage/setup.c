/* SPDX-License-Identifier: Apache-2.0 */
#include "cage/setup.h"

/* Texts of the normaliser's options, in the order in which they are sent. */
#define NORMALISE_TEXTS(n) { &(n)->kind, &(n)->language, &(n)->country, &(n)->currency, &(n)->price_unit, \
	&(n)->base_url, &(n)->strip_params, &(n)->timezone }
enum { N_NORMALISE_TEXTS = 8, MINOR = 1, POINTS = 2, DAY_FIRST = 4, CONTACTS = 8, SETTINGS_MAX = 10000 };

static void
put_normalise(const struct normalise_options *o, struct buf *out)
{
	const char *const *const texts[N_NORMALISE_TEXTS] = NORMALISE_TEXTS(o);
	for (int i = 0; i < N_NORMALISE_TEXTS; i++)
		wire_put_string(out, *texts[i]);
	wire_put(out, &o->rating_scale, sizeof o->rating_scale);
	wire_put_number(out, (o->price_is_minor ? MINOR : 0u) | (o->price_is_points ? POINTS : 0u) |
	    (o->day_first ? DAY_FIRST : 0u) | (o->keep_contacts ? CONTACTS : 0u));
}

static void
take_normalise(struct wire_cursor *c, struct normalise_options *o)
{
	const char **const texts[N_NORMALISE_TEXTS] = NORMALISE_TEXTS(o);
	for (int i = 0; i < N_NORMALISE_TEXTS; i++)
		*texts[i] = wire_string(c);
	uint64_t scale = wire_number(c);	/* of the same size */
	memcpy(&o->rating_scale, &scale, sizeof o->rating_scale);
	uint64_t flags = wire_number(c);
	o->price_is_minor = (flags & MINOR) != 0;
	o->price_is_points = (flags & POINTS) != 0;
	o->day_first = (flags & DAY_FIRST) != 0;
	o->keep_contacts = (flags & CONTACTS) != 0;
}

void
setup_put(const struct cage_setup *s, struct buf *out)
{
	const struct partner_config *p = s->partner;
	const struct config *c = s->config;
	const char *const texts[] = { c->connectors_dir, p->connector->name, p->url, p->body, s->watermark, p->member,
	    c->territory_circle, c->territory_polygon, c->territory_postcodes };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		wire_put_string(out, texts[i]);
	const uint64_t numbers[] = { c->publish_unlocated, p->limits.max_depth, s->cpu_s, p->limits.max_body_bytes, s->seed,
	    s->curious, p->n_settings };
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		wire_put_number(out, numbers[i]);
	put_normalise(&p->normalise, out);
	for (size_t i = 0; i < p->n_settings; i++) {
		wire_put_string(out, p->settings[i].section);
		wire_put_string(out, p->settings[i].name);
		wire_put_string(out, p->settings[i].value);
	}
}

int
setup_take(struct wire_cursor *c, struct setup *s)
{
	char *territory[3];
	char **const texts[] = { &s->connectors_dir, &s->connector, &s->url, &s->body, &s->watermark, &s->member,
	    &territory[0], &territory[1], &territory[2] };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = wire_string(c);
	bool unlocated = wire_number(c) != 0;
	s->max_depth = (unsigned)wire_number(c);
	s->cpu_s = (unsigned)wire_number(c);
	s->max_body_bytes = wire_number(c);
	s->seed = wire_number(c);
	s->curious = wire_number(c) != 0;
	s->n_settings = (size_t)wire_number(c);
	take_normalise(c, &s->normalise);
	if (c->bad || s->n_settings > SETTINGS_MAX)
		return -1;
	s->settings = xcalloc(s->n_settings + 1, sizeof *s->settings);
	for (size_t i = 0; i < s->n_settings; i++) {
		s->settings[i].section = wire_string(c);
		s->settings[i].name = wire_string(c);
		s->settings[i].value = wire_string(c);
	}
	s->known = (size_t)wire_number(c);
	bool somewhere = territory[0] != NULL || territory[1] != NULL || territory[2] != NULL;
	if (somewhere)
		s->normalise.territory = territory_new(territory[0], territory[1], territory[2], unlocated, NULL);
	return c->bad || s->connectors_dir == NULL || s->connector == NULL || s->url == NULL ? -1 : 0;
}
