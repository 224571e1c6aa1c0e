/* SPDX-License-Identifier: Apache-2.0 */
/* What visitors ask of listings: a text read as bbox, as datetime, and as a condition that is then asked of two listings. */
#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "serve/cql.h"
#include "serve/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct text
words(const char *s)
{
	return (struct text){ s, strlen(s) };
}

static struct listing_row
listing(bool full)
{
	struct listing_row row = { .partner = words("parc"), .first_seen_ms = 1, .changed_ms = TIME_NONE };
	listing_clear(&row.listing);
	row.listing.text[LISTING_EXTERNAL_ID] = words("1");
	row.listing.text[LISTING_PROPERTIES] = words(full ? "{\"starts_at\":\"2027-07-04\"}" : "{}");
	if (full) {
		row.listing.text[LISTING_TITLE] = words("G\303\256te aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \360\237\217\260");
		row.listing.text[LISTING_CURRENCY] = words("EUR");
		row.listing.integer[LISTING_PRICE_MINOR] = 8550;
	}
	return row;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listing_row full = listing(true), bare = listing(false);
	static const struct zone paris = { .offset_s = 3600, .summer = true };
	struct error err = ERROR_INIT;
	struct box box;
	int64_t from, to;
	char *text = xstrndup((const char *)data, size);
	if (box_read(text, &box, NULL) == 0) {
		assert(box.west >= -180 && box.west <= 180 && box.east >= -180 && box.east <= 180);
		assert(box.south >= -90 && box.north <= 90 && box.south <= box.north);
	}
	if (interval_read(text, &paris, &from, &to, NULL) == 0)
		assert(from == TIME_NONE || to == TIME_NONE || from <= to);
	struct cql *q = cql_parse(text, &err);
	assert(q != NULL || err.text[0] != '\0');
	if (q != NULL) {
		(void)cql_holds(q, &full);
		(void)cql_holds(q, &bare);
		(void)cql_only(q, "partner");
	}
	cql_free(q);
	free(text);
	return 0;
}
