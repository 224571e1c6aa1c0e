/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/parse.h"

#include <limits.h>

#include "base/num.h"

enum { CJSON_DIGITS = 63 };	/* of a number; it reads no more of a longer one */

void
json_parser_done(struct json_parser *p)
{
	buf_done(&p->mended);
	free(p->open);
	p->open = NULL;
}

static char *
copy(const char *s, size_t len)
{
	char *text = cJSON_malloc(len + 1);
	if (text == NULL)
		abort();
	memcpy(text, s, len);
	text[len] = '\0';
	return text;
}

/* What stands between quotes, which are there. */
static char *
decode(struct json_parser *p, const char *s, size_t len)
{
	const struct json_rules rules = { .max_depth = 1 };
	struct json_text text;
	const char *problem = json_check(s - 1, len + 2, &rules, &p->mended, &text);
	cJSON *node = problem == NULL ? cJSON_ParseWithLength(text.s, text.len) : NULL;
	char *decoded = cJSON_GetStringValue(node);
	if (decoded != NULL)
		node->valuestring = NULL;
	else
		p->bad = true;
	cJSON_Delete(node);
	return decoded;
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
put_number(struct json_parser *p, cJSON *node, const char *s, size_t len, bool plain)
{
	double v = 0;
	if (!plain) {
		cJSON *read = len <= CJSON_DIGITS ? cJSON_ParseWithLength(s, len) : NULL;
		if (read == NULL)
			p->bad = true;
		else
			v = read->valuedouble;
		cJSON_Delete(read);
	} else {
		(void)num_double(s, len, &v);	/* the grammar was checked */
		node->valuestring = is_shortest(s, len) ? copy(s, len) : NULL;
	}
	node->valuedouble = v;
	node->valueint = v >= INT_MAX ? INT_MAX : v <= INT_MIN ? INT_MIN : (int)v;
}

/* cJSON links the first one back to the last. */
static void
append(cJSON *parent, cJSON *node)
{
	cJSON *first = parent->child;
	if (first == NULL) {
		parent->child = node->prev = node;
		return;
	}
	node->prev = first->prev;
	first->prev->next = node;
	first->prev = node;
}

static cJSON *
add(struct json_parser *p, int type)
{
	cJSON *node = cJSON_CreateNull();
	if (node == NULL)
		abort();
	node->type = type;
	node->string = p->name;
	p->name = NULL;
	if (p->n_open > 0)
		append(p->open[p->n_open - 1], node);
	else
		p->root = node;
	return node;
}

static void
build(void *arg, enum json_event event, const char *s, size_t len, bool plain)
{
	struct json_parser *p = arg;
	switch (event) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		p->open[p->n_open] = add(p, event == JSON_OBJECT ? cJSON_Object : cJSON_Array);
		p->n_open++;
		return;
	case JSON_END:
		p->n_open--;
		return;
	case JSON_NAME:
		p->name = plain ? copy(s, len) : decode(p, s, len);
		return;
	case JSON_STRING:
		add(p, cJSON_String)->valuestring = plain ? copy(s, len) : decode(p, s, len);
		return;
	case JSON_NUMBER:
		put_number(p, add(p, cJSON_Number), s, len, plain);
		return;
	case JSON_TRUE:
		add(p, cJSON_True)->valueint = 1;
		return;
	case JSON_FALSE:
		(void)add(p, cJSON_False);
		return;
	case JSON_NULL:
		(void)add(p, cJSON_NULL);
		return;
	}
}

cJSON *
json_parse(struct json_parser *p, const char *s, size_t len, const char **ret_problem)
{
	const struct json_sink sink = { build, p };
	const struct json_rules rules = { p->max_depth, &sink };
	struct json_text text;
	if (p->open == NULL)
		p->open = xmalloc((p->max_depth + 1) * sizeof *p->open);
	p->root = NULL;
	p->n_open = 0;
	p->bad = false;
	const char *problem = json_check(s, len, &rules, NULL, &text);
	if (problem == NULL && p->bad)
		problem = "this is not JSON";
	if (problem == NULL)
		return p->root;
	cJSON_free(p->name);
	p->name = NULL;
	cJSON_Delete(p->root);
	*ret_problem = problem;
	return NULL;
}
