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
	unsigned max_depth;

	cJSON *root, **open;	/* what is not closed yet, the outermost first */
	size_t n_open;
	char *name;		/* of the member whose value comes */
	struct buf mended;	/* a string */
	bool bad;		/* there is what cJSON does not read */
};

void json_parser_done(struct json_parser *p);

/* NULL with *ret_problem, a constant.  The caller deletes the tree, or ends the
 * scratch area that it lies in. */
cJSON *json_parse(struct json_parser *p, const char *s, size_t len, const char **ret_problem);

#endif
