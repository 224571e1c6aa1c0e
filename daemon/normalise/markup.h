/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML and BBCode to plain text: tags go, entities are read, breaks and
 * paragraphs become line feeds, scripts and styles go with what they hold.
 *
 * "<" and "&" that start neither a tag nor an entity, and brackets that are no
 * BBCode tag that we know, stay as they are: a tag has the name of an element,
 * or attributes.  So do a comment and a style that have no end.  Only one level is undone:
 * "&amp;lt;" is the text "&lt;".
 */
#ifndef VIGIE_NORMALISE_MARKUP_H
#define VIGIE_NORMALISE_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct markup;	/* a parser that is kept for the next text */

struct markup *markup_new(void);
void markup_free(struct markup *m);

/* Is there anything for markup_text to do?  Cheap. */
bool markup_present(const char *s, size_t len);

/* Appends the text of `s` (valid UTF-8 without control characters, at most
 * MARKUP_MAX bytes) to `out`; white space still has to be folded. */
enum { MARKUP_MAX = 1024 * 1024 };
void markup_text(struct markup *m, const char *s, size_t len, struct buf *out);

#endif
