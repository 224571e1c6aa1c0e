/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file as inih reads it, with what inih leaves out: line numbers, and a
 * problem for everything that it would pass over in silence (a line or a name
 * that is too long, a line without "=", text after "]", a key that is set
 * twice).
 *
 *	[section]
 *	name = value ; a comment stands after a space
 *	# a comment, as is a line that starts with ";"
 *	body = {"a": 1,
 *	  "b": 2}		an indented line goes on the value above
 */
#ifndef VIGIE_CONFIG_INIFILE_H
#define VIGIE_CONFIG_INIFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/report.h"

struct inifile_entry {
	char *section;	/* "" before the first */
	char *name;	/* NULL: the line of the section itself */
	char *value;	/* continuation lines joined by '\n' */
	struct place at;
};

struct inifile {
	struct inifile_entry *list;
	size_t n;
	bool garbled;		/* a line was passed over that is no text: nobody knows what is on it */
};

#define INIFILE_INIT { NULL, 0, false }

/* -1 if the file cannot be read at all; the problem is reported in any case.
 * `f` must be empty, and is to be emptied with inifile_done() in any case. */
int inifile_read(struct inifile *f, const char *path, const struct report *r);
void inifile_done(struct inifile *f);

/* NULL if there is none; name NULL: the section's own line. */
const struct inifile_entry *inifile_find(const struct inifile *f, const char *section, const char *name);
void inifile_drop_section(struct inifile *f, const char *section);

/* Where a key stands, or else its section in the file itself, or else nowhere. */
struct place inifile_place(const struct inifile *f, const char *section, const char *name);

/*
 * Move the entries of `under` that `f` lacks to the end of f; they say that they
 * stand in `path`, which is borrowed.  An entry of f without a value takes that
 * of `under` away, and goes too.
 */
void inifile_underlay(struct inifile *f, struct inifile *under, const char *path);

#endif
