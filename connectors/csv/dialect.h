/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a CSV document is written, recognised from its first bytes: there is no
 * standard that everyone keeps (RFC 4180 describes the commas), and none says
 * in the document what was chosen.
 */
#ifndef VIGIE_CSV_DIALECT_H
#define VIGIE_CSV_DIALECT_H

#include <stddef.h>

#include "vigie_connector.h"

/* So much of a document is held back until it is known how to read it. */
enum { DIALECT_HEAD_BYTES = 2048 };

/*
 * The encoding's name, and how many bytes of a byte order mark to pass over.
 * The mark decides; without one what is `stated` in the partner's file, if not
 * NULL; then zero bytes at every other place (UTF-16); then the charset of the
 * Content-Type if it is one of a few that differ from windows-1252 and the
 * bytes are no UTF-8.
 */
const char *dialect_encoding(struct vigie_bytes head, const char *stated, const char *content_type, size_t *ret_mark);

/* UTF-8 text without the marks that it begins with: a second one is written where
 * a text that has one is taken for text without. */
struct vigie_bytes dialect_unmarked(struct vigie_bytes text);

/* Why this cannot be CSV (a constant), or NULL: an HTML page, JSON, XML, an
 * archive, a picture.  `head` is UTF-8. */
const char *dialect_refuse(struct vigie_bytes head);

/*
 * Comma, semicolon, tab or bar: what the first line has most of outside
 * quotes; comma when it has none.  A line "sep=;" (as spreadsheets write it)
 * says it: *ret_skip is its length, else 0.
 */
char dialect_separator(struct vigie_bytes head, size_t *ret_skip);

#endif
