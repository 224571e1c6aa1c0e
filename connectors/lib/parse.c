/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/parse.h"

#include <limits.h>

#include "base/num.h"

void
json_parser_done(struct json_parser *p)
{
	buf_done(&p->checked);
	free(p->held.list);
	p->held = (struct json_helds){ NULL, 0, 0 };
}

static char *
copy(const struct json_held *held)
{
	char *text = cJSON_malloc(held->len + 1);
	if (text == NULL)
		abort();
	memcpy(text, held->s, held->len);
	text[held->len] = '\0';
	return text;
}

/* Would num_text write this number, of at most 15 digits and without an
 * exponent, as it stands?  Two such decimals are never one double. */
static bool
is_shortest(const char *s, size_t len)
{
	const char *point = memchr(s, '.', len);
	if (point == NULL)
		return s[0] != '-' || s[1] != '0';
	return s[len - 1] != '0' && s + len - point - 1 <= NUM_SHORT_DECIMALS;
}

static void
put_number(cJSON *node, const struct json_held *held)
{
	double v = 0;
	(void)num_double(held->s, held->len, &v);	/* the grammar was checked */
	node->type = cJSON_Number;
	node->valuestring = is_shortest(held->s, held->len) ? copy(held) : NULL;
	node->valuedouble = v;
	node->valueint = v >= INT_MAX ? INT_MAX : v <= INT_MIN ? INT_MIN : (int)v;
}

/* Depth first, as the text has them; no deeper than the check allowed. */
static const struct json_held *
put_back(cJSON *node, const struct json_held *next)
{
	for (; node != NULL; node = node->next) {
		if (node->child != NULL) {
			next = put_back(node->child, next);
		} else if (node->valuestring != NULL && node->valuestring[0] == HELD_MARK) {
			cJSON_free(node->valuestring);
			if (next->number)
				put_number(node, next);
			else
				node->valuestring = copy(next);
			next++;
		}
	}
	return next;
}

cJSON *
json_parse(struct json_parser *p, const char *s, size_t len, const char **ret_problem)
{
	const struct json_rules rules = { p->max_depth, &p->held };
	struct json_text text;
	const char *problem = json_check(s, len, &rules, &p->checked, &text);
	if (problem != NULL) {
		*ret_problem = problem;
		return NULL;
	}
	cJSON *root = cJSON_ParseWithLength(text.s, text.len);
	if (root != NULL)
		(void)put_back(root, p->held.list);
	else
		*ret_problem = "this is not JSON";
	return root;
}
