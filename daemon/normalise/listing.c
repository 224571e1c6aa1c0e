/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/listing.h"

#include <math.h>

#include "base/buf.h"
#include "base/clock.h"
#include "normalise/decimal.h"
#include "normalise/property.h"
#include "normalise/url.h"

/*
 * The flat form: mark, integers, reals, place, published, then each text as
 * its length (NO_TEXT: no value) and its bytes.
 */
#define FLAT_MARK 0x56494731u
#define NO_TEXT UINT32_MAX

struct head {
	uint32_t mark;
	uint8_t place, published, zero[2];
	int64_t integer[LISTING_INTEGERS];
	double real[LISTING_REALS];
};

const char *const listing_text_names[LISTING_TEXTS] = {
	[LISTING_EXTERNAL_ID] = "external_id",
	[LISTING_KIND] = "kind",
	[LISTING_TITLE] = "title",
	[LISTING_DESCRIPTION] = "description",
	[LISTING_LANGUAGE] = "language",
	[LISTING_URL] = "url",
	[LISTING_IMAGE_URL] = "image_url",
	[LISTING_STREET] = "street",
	[LISTING_POSTCODE] = "postcode",
	[LISTING_LOCALITY] = "locality",
	[LISTING_COUNTRY] = "country",
	[LISTING_CURRENCY] = "currency",
	[LISTING_PRICE_UNIT] = "price_unit",
	[LISTING_PRICE_TEXT] = "price_text",
	[LISTING_PROPERTIES] = "properties",
};

enum { WORD_MAX = 50, LINE_MAX_BYTES = 500 };

const size_t listing_text_max[LISTING_TEXTS] = {
	[LISTING_EXTERNAL_ID] = 255,
	[LISTING_KIND] = WORD_MAX,
	[LISTING_TITLE] = LINE_MAX_BYTES,
	[LISTING_DESCRIPTION] = 64 * 1024,
	[LISTING_LANGUAGE] = WORD_MAX,
	[LISTING_URL] = URL_MAX,
	[LISTING_IMAGE_URL] = URL_MAX,
	[LISTING_STREET] = LINE_MAX_BYTES,
	[LISTING_POSTCODE] = WORD_MAX,
	[LISTING_LOCALITY] = LINE_MAX_BYTES,
	[LISTING_COUNTRY] = WORD_MAX,
	[LISTING_CURRENCY] = WORD_MAX,
	[LISTING_PRICE_UNIT] = WORD_MAX,
	[LISTING_PRICE_TEXT] = LINE_MAX_BYTES,
	[LISTING_PROPERTIES] = PROPERTIES_MAX_BYTES,
};

/* A date is written with a year from 1900 to 2199, in any zone. */
const struct listing_range listing_integer_range[LISTING_INTEGERS] = {
	[LISTING_PRICE_MINOR] = { 0, DECIMAL_SCALED_MAX },
	[LISTING_CAPACITY] = { 0, 1000000 },
	[LISTING_RATING_COUNT] = { 0, 1000000000 },
	[LISTING_SOURCE_UPDATED_AT] = { -2208988800000 - DAY_MS, 7258118400000 + DAY_MS },
};

const char *const listing_kinds[] = { "home_exchange", "hosted_meal", "camper_van", "boat", "coworking",
	"childcare", "deal", "activity", "tour", "game", "event", "accommodation", "place", "product", NULL };

bool
listing_kind_valid(const char *kind, size_t len)
{
	for (const char *const *k = listing_kinds; *k != NULL; k++)
		if (strlen(*k) == len && memcmp(*k, kind, len) == 0)
			return true;
	return false;
}

void
listing_clear(struct listing *l)
{
	memset(l, 0, sizeof *l);
	for (int i = 0; i < LISTING_INTEGERS; i++)
		l->integer[i] = LISTING_NO_INTEGER;
	for (int i = 0; i < LISTING_REALS; i++)
		l->real[i] = (double)NAN;
	l->place = LISTING_UNLOCATED;
}

/* One bit pattern per value: equal listings give equal bytes. */
static double
canonical(double v)
{
	return isnan(v) ? (double)NAN : v == 0 ? 0 : v;
}

static char *
put(char *to, const void *from, size_t len)
{
	memcpy(to, from, len);
	return to + len;
}

void
listing_flatten(const struct listing *l, struct buf *out)
{
	struct head h;
	size_t size = sizeof h;
	memset(&h, 0, sizeof h);
	h.mark = FLAT_MARK;
	h.place = (uint8_t)l->place;
	h.published = l->published;
	memcpy(h.integer, l->integer, sizeof h.integer);
	for (int i = 0; i < LISTING_REALS; i++)
		h.real[i] = canonical(l->real[i]);
	for (int i = 0; i < LISTING_TEXTS; i++)
		size += sizeof(uint32_t) + (l->text[i].s != NULL ? l->text[i].len : 0);
	buf_reserve(out, size);
	char *to = put(out->data + out->len, &h, sizeof h);
	for (int i = 0; i < LISTING_TEXTS; i++) {
		const struct text *t = &l->text[i];
		uint32_t len = t->s != NULL ? (uint32_t)t->len : NO_TEXT;
		to = put(to, &len, sizeof len);
		if (t->s != NULL)
			to = put(to, t->s, t->len);
	}
	*to = '\0';
	out->len += size;
}

static int
unflatten_texts(const char *flat, size_t len, struct listing *l)
{
	for (int i = 0; i < LISTING_TEXTS; i++) {
		uint32_t n;
		if (len < sizeof n)
			return -1;
		memcpy(&n, flat, sizeof n);
		flat += sizeof n;
		len -= sizeof n;
		if (n == NO_TEXT)
			continue;
		if (n > len)
			return -1;
		l->text[i] = (struct text){ flat, n };
		flat += n;
		len -= n;
	}
	return len == 0 ? 0 : -1;
}

int
listing_unflatten(const char *flat, size_t len, struct listing *ret)
{
	struct head h;
	struct listing l;
	if (len < sizeof h)
		return -1;
	memcpy(&h, flat, sizeof h);
	if (h.mark != FLAT_MARK || h.place > LISTING_UNLOCATED || h.published > 1)
		return -1;
	listing_clear(&l);
	memcpy(l.integer, h.integer, sizeof l.integer);
	memcpy(l.real, h.real, sizeof l.real);
	l.place = (enum listing_place)h.place;
	l.published = h.published;
	if (unflatten_texts(flat + sizeof h, len - sizeof h, &l) != 0)
		return -1;
	*ret = l;
	return 0;
}

struct text
listing_flat_id(const char *flat, size_t len)
{
	const struct text none = { NULL, 0 };
	const size_t at = sizeof(struct head) + sizeof(uint32_t);
	uint32_t n;
	_Static_assert(LISTING_EXTERNAL_ID == 0, "the first of the texts");
	if (len < at)
		return none;
	memcpy(&n, flat + sizeof(struct head), sizeof n);
	return n <= len - at ? (struct text){ flat + at, n } : none;
}
