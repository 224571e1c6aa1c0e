/* SPDX-License-Identifier: Apache-2.0 */
/* Text for troff in the macros of mdoc(7). */
#ifndef VIGIE_MANUAL_ROFF_H
#define VIGIE_MANUAL_ROFF_H

#include "base/buf.h"

/* Lines of text, with nothing in it that troff would take for its own.  Long words, such
 * as addresses, may be broken.  `text` must be UTF-8; it ends with a line feed. */
void roff_text(struct buf *out, const char *text);
/* The same of a help, as a sentence: with a capital letter and a full stop. */
void roff_sentence(struct buf *out, const char *text);
/* The same as one argument of a macro, in quotes. */
void roff_argument(struct buf *out, const char *text);
/*
 * A usage such as "PARTNER [TIME] | --all" as lines of macros: [optional] words,
 * values in capitals, options, and words that stand for themselves.
 */
void roff_usage(struct buf *out, const char *usage);

#endif
