/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remote text made fit to keep: valid UTF-8, no control characters, white
 * space folded.
 *
 * Bytes that are not UTF-8 are read as windows-1252, and so are the C1 control
 * codes U+0080 to U+009F, which no text means (WHATWG Encoding, table
 * windows-1252).  Every kind of space becomes one plain space, U+2028, U+2029
 * and CR LF become a line feed, and what is left of a run of white space at
 * both ends goes.  Byte order marks, zero-width spaces and the controls that
 * turn the writing direction are dropped.
 */
#ifndef VIGIE_NORMALISE_TEXT_H
#define VIGIE_NORMALISE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf;

enum text_lines {
	TEXT_ONE_LINE,	/* a line feed is a space */
	TEXT_LINES	/* line feeds stay, two in a row at most */
};

/* Appends to `out`.  True if bytes had to be read as windows-1252. */
bool text_clean(struct buf *out, const char *s, size_t len, enum text_lines lines);

/* Appends one character, which must be a Unicode scalar value. */
void text_add_char(struct buf *out, uint32_t c);

/* Bytes of the longest prefix of at most `max` bytes that ends between two
 * characters and not in white space. */
size_t text_prefix(const char *s, size_t len, size_t max);

/* ASCII and Latin-1 letters to lower case, in place: lengths do not change. */
void text_lower(char *s, size_t len);

/* Is `s` the NUL-terminated `word`, which is not empty?  Tables are searched
 * with it, so most answers come from the first byte. */
static inline bool
text_is(const char *s, size_t len, const char *word)
{
	size_t i = 0;
	while (i < len && word[i] != '\0' && s[i] == word[i])
		i++;
	return i == len && i > 0 && word[i] == '\0';
}

#endif
