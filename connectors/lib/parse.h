/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cJSON's tree of a text that base/json_check.h lets pass.  It is made while the
 * text is checked: cJSON would read it a second time, strings byte by byte and
 * numbers through the locale.  Only strings with escapes and numbers with an
 * exponent are cJSON's to read.  The tree is the one that cJSON makes of the whole
 * text, but that a number's valuestring is its text where num_text would write the same.
 */
#ifndef VIGIE_LIB_PARSE_H
#define VIGIE_LIB_PARSE_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/json_check.h"

struct json_parser {
	unsigned max_depth;	/* stays as it is after the first text */

	cJSON *root, **open;	/* what is not closed yet, the outermost first */
	size_t n_open;
	size_t values;		/* of the text, in all; of a refused one, up to where it was refused */
	char *name;		/* of the member whose value comes */
	struct buf mended;	/* a string */
	const char *problem;	/* with what the grammar allows */
};

void json_parser_done(struct json_parser *p);

/* NULL with *ret_problem, a constant.  The caller deletes the tree, or ends the
 * scratch area that it lies in. */
cJSON *json_parse(struct json_parser *p, const char *s, size_t len, const char **ret_problem);

#endif
