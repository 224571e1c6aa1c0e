/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content lines of an iCalendar stream (RFC 5545, 3.1) that arrives in
 * pieces: lines that were folded are one again, also where a fold parted the
 * bytes of a character.
 *
 * Real calendars have lines that end with LF alone, blank lines, and texts
 * whose line breaks were not written as "\n": a line that does not begin with
 * a name and a colon or semicolon goes on with the one before it.
 */
#ifndef VIGIE_ICAL_LINES_H
#define VIGIE_ICAL_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* One line, without its end; `cut`: it was longer than the limit, and this is its beginning.  -1 stops the reading. */
typedef int ical_line_fn(void *arg, const char *line, size_t len, bool cut);

struct ical_lines {
	size_t max_bytes;
	ical_line_fn *line;
	void *arg;

	struct buf whole;	/* the content line so far */
	struct buf part;	/* the line of the stream that is being read */
	bool cut, part_cut;
	bool fresh;		/* nothing has come yet: a byte order mark may */
};

void ical_lines_init(struct ical_lines *l, size_t max_bytes, ical_line_fn *line, void *arg);
void ical_lines_done(struct ical_lines *l);
void ical_lines_reset(struct ical_lines *l);	/* a new stream */

int ical_lines_feed(struct ical_lines *l, const char *chunk, size_t len);
int ical_lines_end(struct ical_lines *l);	/* the last line may lack its end */

/* The length of a line's name: up to ":" or ";"; 0: it has none. */
size_t ical_name_len(const char *line, size_t len);

#endif
