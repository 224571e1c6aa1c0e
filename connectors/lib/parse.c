/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/parse.h"

#include <limits.h>

#include "base/num.h"

/* In one text: 100 bytes of memory each.  4 MiB could be two million, more than what a cage may have. */
enum { VALUES_MAX = 1000000 };
enum { MANTISSA_MAX = 17, EXPONENT_MAX = 6 };	/* more digits are 0 or infinity */

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

/* For cJSON to read: what stands between quotes, which are there. */
static cJSON *
read_string(struct json_parser *p, const char *s, size_t len)
{
	const struct json_rules rules = { .max_depth = 1 };
	struct json_text text;
	return json_check(s - 1, len + 2, &rules, &p->mended, &text) == NULL ? cJSON_ParseWithLength(text.s, text.len) : NULL;
}

/* A number with an exponent, which may begin with any number of zeros: cJSON reads 63 characters and no more. */
static cJSON *
read_number(const char *s, size_t len)
{
	char text[MANTISSA_MAX + 2 + EXPONENT_MAX];
	size_t n = 0, i = 0, digits = 0;
	while (i < len && s[i] != 'e' && s[i] != 'E' && n < MANTISSA_MAX)
		text[n++] = s[i++];
	text[n++] = 'e';
	i++;
	if (s[i] == '-' || s[i] == '+')
		text[n++] = s[i++];
	while (i + 1 < len && s[i] == '0')
		i++;
	for (; i < len && digits < EXPONENT_MAX; digits++)
		text[n++] = s[i++];
	return cJSON_ParseWithLength(text, n);
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

/* Takes the node; NULL: it could not be read. */
static void
put(struct json_parser *p, cJSON *node)
{
	if (node == NULL) {
		p->problem = "this is not JSON";
		return;
	}
	node->string = p->name;
	p->name = NULL;
	if (p->n_open > 0)
		append(p->open[p->n_open - 1], node);
	else
		p->root = node;
}

static cJSON *
add(struct json_parser *p, int type)
{
	cJSON *node = cJSON_CreateNull();
	if (node == NULL)
		abort();
	node->type = type;
	put(p, node);
	return node;
}

static void
add_number(struct json_parser *p, const char *s, size_t len)
{
	cJSON *node = add(p, cJSON_Number);
	double v = 0;
	(void)num_double(s, len, &v);	/* the grammar was checked */
	node->valuestring = is_shortest(s, len) ? copy(s, len) : NULL;
	node->valuedouble = v;
	node->valueint = v >= INT_MAX ? INT_MAX : v <= INT_MIN ? INT_MIN : (int)v;
}

/* It is a value for as long as the tree lives. */
static void
decode_name(struct json_parser *p, const char *s, size_t len)
{
	cJSON *node = read_string(p, s, len);
	if (node == NULL) {
		p->problem = "this is not JSON";
		return;
	}
	p->name = node->valuestring;
	node->valuestring = NULL;
	cJSON_Delete(node);
	p->values++;
}

static void
build(void *arg, enum json_event event, const char *s, size_t len, bool plain)
{
	struct json_parser *p = arg;
	if (p->problem == NULL && event != JSON_END && event != JSON_NAME && ++p->values > VALUES_MAX)
		p->problem = "more than a million values in one item";
	if (p->problem != NULL)
		return;
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
		if (plain)
			p->name = copy(s, len);
		else
			decode_name(p, s, len);
		return;
	case JSON_STRING:
		if (plain)
			add(p, cJSON_String)->valuestring = copy(s, len);
		else
			put(p, read_string(p, s, len));
		return;
	case JSON_NUMBER:
		if (plain)
			add_number(p, s, len);
		else
			put(p, read_number(s, len));
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
	p->n_open = p->values = 0;
	p->problem = NULL;
	const char *problem = json_check(s, len, &rules, NULL, &text);
	if (problem == NULL)
		problem = p->problem;
	if (problem == NULL)
		return p->root;
	cJSON_free(p->name);
	p->name = NULL;
	cJSON_Delete(p->root);
	*ret_problem = problem;
	return NULL;
}
