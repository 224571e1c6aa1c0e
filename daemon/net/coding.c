/* SPDX-License-Identifier: Apache-2.0 */
#include "net/coding.h"

#include <stdbool.h>
#include <strings.h>

#include "base/buf.h"
#include "unpack/inflate.h"

enum { NAME_SHOWN = 40 };

struct coding {
	struct inflater *inflater;	/* NULL: nothing to undo */
	bool gzip;
	bool inside;			/* a stream has begun, and has not ended */
	bool full;			/* more can come out without more coming in */
	const char *out;		/* came out, and is still to be given */
	size_t out_len;
};

struct coding *
coding_new(const char *content_encoding, struct error *err)
{
	static const struct { const char *name; bool packed, gzip; } known[] = {
		{ "", false, false }, { "identity", false, false }, { "gzip", true, true }, { "x-gzip", true, true },
		{ "deflate", true, false },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcasecmp(content_encoding, known[i].name) != 0)
			continue;
		struct coding *c = xcalloc(1, sizeof *c);
		c->inflater = known[i].packed ? inflater_new() : NULL;
		c->gzip = known[i].gzip;
		return c;
	}
	(void)error_set(err, ERROR_FORMAT, "the answer is compressed in a way that was not asked for (%.*s)", NAME_SHOWN, content_encoding);
	return NULL;
}

void
coding_free(struct coding *c)
{
	if (c != NULL)
		inflater_free(c->inflater);
	free(c);
}

/* « deflate » is a stream of zlib (RFC 1950); some servers leave that frame away. */
static enum inflate_format
format_of(const struct coding *c, char first)
{
	enum { ZLIB_METHOD_BITS = 0x8f, ZLIB_METHOD = 0x08 };
	if (c->gzip)
		return INFLATE_GZIP;
	return (first & ZLIB_METHOD_BITS) == ZLIB_METHOD ? INFLATE_ZLIB : INFLATE_RAW;
}

static int
step(struct coding *c, const char **p, const char *end, struct error *err)
{
	if (!c->inside)
		inflater_begin(c->inflater, format_of(c, **p));
	enum inflate_step s = inflater_step(c->inflater, p, end, &c->out, &c->out_len);
	c->inside = s != INFLATE_ENDED;
	c->full = s == INFLATE_FULL;
	return s == INFLATE_BROKEN ? error_set(err, ERROR_FORMAT, "the compressed answer cannot be read: it is damaged") : 0;
}

int
coding_feed(struct coding *c, const char **p, const char *end, coding_give_fn *give, void *arg, struct error *err)
{
	int rc = 0;
	if (c->inflater == NULL) {
		if (*p < end && (rc = give(arg, *p, (size_t)(end - *p))) == 0)
			*p = end;
		return rc;
	}
	for (;;) {
		if (c->out_len > 0 && (rc = give(arg, c->out, c->out_len)) != 0)
			return rc;
		c->out_len = 0;
		if (*p == end && !c->full)
			return 0;
		if (step(c, p, end, err) != 0)
			return -1;
	}
}

int
coding_end(const struct coding *c, struct error *err)
{
	if (c->inside)
		return error_set(err, ERROR_TRUNCATED, "the compressed answer ended too early");
	return 0;
}
