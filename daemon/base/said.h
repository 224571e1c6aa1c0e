/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lasts is said when it begins and when it ends; in between it is a line
 * for debugging.  One for each thing that can go wrong, with whoever knows how
 * it goes; {0} to begin with.  It belongs to one thread.
 *
 *	log_event(said_begins(&s->partial, partner, LOG_WARN), &fields, "%s: partial: …", partner, …);
 *	log_event(said_ends(&s->partial, partner), &fields, "%s: is read to its end again", partner);
 */
#ifndef VIGIE_BASE_SAID_H
#define VIGIE_BASE_SAID_H

#include <stddef.h>

#include "base/log.h"

struct said {
	char **whom;		/* of whom it is true just now, in order */
	size_t n;
};

/* It is true of `whom` (NULL: there is but one): `level` if that is new, else LOG_DEBUG. */
enum log_level said_begins(struct said *s, const char *whom, enum log_level level);
/* It is not, or no more: LOG_NOTICE if it was, else LOG_NEVER. */
enum log_level said_ends(struct said *s, const char *whom);
void said_done(struct said *s);

#endif
