/* SPDX-License-Identifier: Apache-2.0 */
#include "cage/dropped.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/utf8.h"

enum { SHOWN_COLUMNS = 60 };

/* Where a field ends up, and what one says of it when it does not. */
static const struct outcome {
	const char *name;	/* in [map]; NULL: not looked at */
	enum { TEXT, CODE, INTEGER, REAL } in;	/* CODE: the partner's default stands in for what is not understood */
	int column;
	const char *what;
} outcomes[VIGIE_KEYS] = {
	[VIGIE_KIND] = { "kind", CODE, LISTING_KIND, "is no kind of listing, so it has the partner's" },
	[VIGIE_TITLE] = { "title", TEXT, LISTING_TITLE, "has no text in it" },
	[VIGIE_DESCRIPTION] = { "description", TEXT, LISTING_DESCRIPTION, "has no text in it" },
	[VIGIE_LANGUAGE] = { "language", TEXT, LISTING_LANGUAGE, "is no language" },
	[VIGIE_URL] = { "url", TEXT, LISTING_URL, "is no web address" },
	[VIGIE_IMAGE_URL] = { "image_url", TEXT, LISTING_IMAGE_URL, "is no web address" },
	[VIGIE_LATITUDE] = { "latitude", REAL, LISTING_LATITUDE, "gives no position: both numbers are needed, -90 to 90 and -180 to 180, not 0 and 0" },
	[VIGIE_LONGITUDE] = { "longitude", REAL, LISTING_LONGITUDE, "gives no position: both numbers are needed, -90 to 90 and -180 to 180, not 0 and 0" },
	[VIGIE_STREET] = { "street", TEXT, LISTING_STREET, "has no text in it" },
	[VIGIE_POSTCODE] = { "postcode", TEXT, LISTING_POSTCODE, "has no text in it" },
	[VIGIE_LOCALITY] = { "locality", TEXT, LISTING_LOCALITY, "has no text in it" },
	[VIGIE_COUNTRY] = { "country", TEXT, LISTING_COUNTRY, "is no country" },
	[VIGIE_PRICE] = { "price", INTEGER, LISTING_PRICE_MINOR, "is not understood as a price" },
	[VIGIE_CURRENCY] = { "currency", TEXT, LISTING_CURRENCY, "is no currency" },
	[VIGIE_CAPACITY] = { "capacity", INTEGER, LISTING_CAPACITY, "is no whole number" },
	[VIGIE_RATING] = { "rating", REAL, LISTING_RATING, "is no rating: see rating_scale in [normalise]" },
	[VIGIE_RATING_COUNT] = { "rating_count", INTEGER, LISTING_RATING_COUNT, "is no whole number" },
	[VIGIE_SOURCE_UPDATED_AT] = { "source_updated_at", INTEGER, LISTING_SOURCE_UPDATED_AT, "is no date" },
};

static bool
is_taken(const struct outcome *o, const struct vigie_field *f, const struct listing *l)
{
	const struct text *text = &l->text[o->column];
	switch (o->in) {
	case TEXT:
		return text->s != NULL;
	case CODE:
		return text->s != NULL && text->len == f->value_len && strncasecmp(text->s, f->value, text->len) == 0;
	case INTEGER:
		return l->integer[o->column] != LISTING_NO_INTEGER;
	case REAL:
		return !isnan(l->real[o->column]);
	}
	return true;
}

static bool
is_blank(const struct vigie_field *f)
{
	for (size_t i = 0; i < f->value_len; i++)
		if (f->value[i] != ' ')
			return false;
	return true;
}

void
dropped_tell(const struct vigie_field *fields, size_t n, const struct listing *l,
    void (*tell)(void *arg, const char *field, const char *text), void *arg)
{
	struct buf text = BUF_INIT;
	for (size_t i = 0; i < n; i++) {
		const struct vigie_field *f = &fields[i];
		const struct outcome *o = &outcomes[f->key];
		if (o->name == NULL || is_blank(f) || is_taken(o, f, l))
			continue;
		size_t shown = utf8_prefix(f->value, f->value_len, SHOWN_COLUMNS);
		buf_clear(&text);
		buf_fmt(&text, "\"%.*s%s\" %s", (int)shown, f->value, shown < f->value_len ? "…" : "", o->what);
		if (f->key == VIGIE_PRICE && l->text[LISTING_PRICE_TEXT].s != NULL)
			buf_str(&text, "; price_text has it");
		tell(arg, o->name, buf_cstr(&text));
	}
	buf_done(&text);
}
