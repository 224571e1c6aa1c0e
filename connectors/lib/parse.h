/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cJSON's tree of a text that base/json_check.h lets pass.  cJSON copies strings
 * byte by byte and reads numbers through the locale, half of what an item
 * costs; so those that need no decoding are held back from it and put into its
 * tree afterwards.  The tree is the one that cJSON makes of the whole text, but
 * that a number's valuestring is its text where num_text would write the same.
 */
#ifndef VIGIE_LIB_PARSE_H
#define VIGIE_LIB_PARSE_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/json_check.h"

struct json_parser {
	unsigned max_depth;
	struct buf checked;
	struct json_helds held;
};

void json_parser_done(struct json_parser *p);

/* NULL with *ret_problem, a constant.  The caller deletes the tree, or ends the
 * scratch area that it lies in. */
cJSON *json_parse(struct json_parser *p, const char *s, size_t len, const char **ret_problem);

#endif
