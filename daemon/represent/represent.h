/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listings in the formats that other tools read.  Pure functions from rows to
 * text: the HTTP server sends what they write, `vigie export` prints it.
 *
 *	begin ─► item … ─► end
 *
 * `item` appends one listing; a document of any length takes the memory of one.
 */
#ifndef VIGIE_REPRESENT_REPRESENT_H
#define VIGIE_REPRESENT_REPRESENT_H

#include "base/buf.h"
#include "catalogue/reading.h"
#include "normalise/zone.h"

struct represent {		/* one document that is being written */
	const char *base_url;	/* of this server, without a slash at its end: "http://127.0.0.1:8047" */
	const char *self_url;	/* of the document itself; NULL: it has none (a file) */
	const char *office;	/* name of the tourist office */
	const char *title;	/* of the document */
	const char *language;	/* "fr" or "en" */
	struct zone zone;	/* whose days those are of what takes place at an instant */
	int64_t now_ms;
	uint64_t items;		/* written so far; kept by represent_item() */
};

struct representation {
	const char *name;	/* as in ?f=NAME and --format NAME */
	const char *type;	/* media type as sent */
	const char *extension;	/* of a file's name */
	const char *help;	/* one sentence for people */
	void (*begin)(struct buf *out, const struct represent *r);	/* NULL: nothing; so is `end` */
	void (*item)(struct buf *out, const struct represent *r, const struct listing_row *row);
	void (*end)(struct buf *out, const struct represent *r);
	bool (*takes)(const struct listing_row *row);	/* NULL: every listing; iCalendar: those with dates */
};

extern const struct representation representations[];	/* ends with a NULL name */
const struct representation *representation_find(const char *name);	/* NULL: there is none */

/* A document is begun, gets its items and is ended, by these. */
void represent_begin(const struct representation *f, struct buf *out, struct represent *r);
/* item(), or nothing when the representation does not take such a listing. */
void represent_item(const struct representation *f, struct buf *out, struct represent *r, const struct listing_row *row);
void represent_end(const struct representation *f, struct buf *out, const struct represent *r);

#endif
