/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr.h"

#include <ctype.h>

#include "base/num.h"
#include "lib/expr_private.h"

/* What cJSON has functions for is done here: a call into a library for every
 * node and name is most of what reading a map costs. */

static bool
is(const cJSON *node, int type)
{
	return node != NULL && (node->type & 0xff) == type;
}

static bool
is_container(const cJSON *node)
{
	return node != NULL && (node->type & (cJSON_Array | cJSON_Object)) != 0;
}

/* Two bytes tell most names apart. */
static bool
is_name(const char *s, const char *name)
{
	return s[0] == name[0] && (s[0] == '\0' || (s[1] == name[1] && strcmp(s + 1, name + 1) == 0));
}

/* The first member of that name; NULL: none, or not an object. */
static const cJSON *
member(const cJSON *object, const char *name)
{
	const cJSON *c = object != NULL ? object->child : NULL;
	for (; c != NULL && c->string != NULL; c = c->next)
		if (is_name(c->string, name))
			return c;
	return NULL;
}

static bool
scalar_equals(const cJSON *node, const char *value)
{
	struct buf text = BUF_INIT;
	enum vigie_value_type type;
	bool same = node != NULL && expr_scalar(node, &text, &type) &&
	    strcmp(buf_cstr(&text), value) == 0;
	buf_done(&text);
	return same;
}

static const cJSON *walk(const struct pointer *p, size_t from, const cJSON *node, size_t *ret_at);

static const cJSON *
where_member(const struct segment *seg, const cJSON *element)
{
	size_t at;
	const cJSON *m = member(element, seg->name);
	if (seg->where == NULL || m == NULL)
		return m;
	m = walk(seg->where, 0, m, &at);
	return at == seg->where->n ? m : NULL;
}

/* cJSON links the first element back to the last. */
static const cJSON *
element(const cJSON *array, int index)
{
	if (index == INDEX_LAST)
		return array->child != NULL ? array->child->prev : NULL;
	return index >= 0 ? cJSON_GetArrayItem(array, index) : NULL;
}

static const cJSON *
child(const cJSON *node, const struct segment *seg)
{
	const cJSON *c;
	switch (seg->kind) {
	case SEGMENT_NAME:
		if (is(node, cJSON_Array))
			return element(node, seg->index);
		return member(node, seg->name);
	case SEGMENT_WHERE:
		cJSON_ArrayForEach(c, node)
			if (scalar_equals(where_member(seg, c), seg->value))
				return c;
		return NULL;
	case SEGMENT_ALL:
	case SEGMENT_COUNT:
	case SEGMENT_SPLIT:
		return NULL;
	}
	return NULL;
}

const cJSON *
expr_child(const cJSON *node, const struct segment *seg)
{
	return child(node, seg);
}

/* Follows the pointer until its end or a segment that stands for many; *ret_at
 * is where it stopped. */
static const cJSON *
walk(const struct pointer *p, size_t from, const cJSON *node, size_t *ret_at)
{
	size_t i = from;
	while (node != NULL && i < p->n && p->segments[i].kind <= SEGMENT_WHERE)
		node = child(node, &p->segments[i++]);
	*ret_at = i;
	return node;
}

static void
number_text(struct buf *out, double v)
{
	char text[NUM_TEXT_MAX];
	buf_add(out, text, num_text(v, text));
}

bool
expr_scalar(const cJSON *node, struct buf *out, enum vigie_value_type *ret_type)
{
	if (is(node, cJSON_String)) {
		*ret_type = VIGIE_TEXT;
		buf_str(out, node->valuestring);
	} else if (is(node, cJSON_Number)) {
		*ret_type = VIGIE_NUMBER;
		if (node->valuestring != NULL)	/* of json_parse */
			buf_str(out, node->valuestring);
		else
			number_text(out, node->valuedouble);
	} else if (cJSON_IsBool(node)) {
		*ret_type = VIGIE_BOOL;
		buf_str(out, cJSON_IsTrue(node) ? "true" : "false");
	} else {
		return false;
	}
	return true;
}

/* "fr", "@fr", "fr-FR", "fr_FR" are all the language "fr". */
static bool
is_language(const char *name, const char *language)
{
	if (*name == '@')
		name++;
	size_t len = strlen(language);
	return strncasecmp(name, language, len) == 0 && (name[len] == '\0' || name[len] == '-' || name[len] == '_');
}

static bool
looks_like_language(const char *name)
{
	if (*name == '@')
		name++;
	return isalpha((unsigned char)name[0]) && isalpha((unsigned char)name[1]) &&
	    (name[2] == '\0' || name[2] == '-' || name[2] == '_');
}

static const char *
language_of(const cJSON *element)
{
	static const char *const names[] = { "language", "lang", "locale", "@language", "@lang", "@xml:lang" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const cJSON *l = member(element, names[i]);
		if (is(l, cJSON_String))
			return l->valuestring;
	}
	return NULL;
}

static const cJSON *
text_of(const cJSON *element)
{
	static const char *const names[] = { "text", "value", "@value", "#text" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const cJSON *t = member(element, names[i]);
		if (t != NULL)
			return t;
	}
	return NULL;
}

/* Of {"fr": …, "en": …}: the best language there is; NULL if it is not such an
 * object. */
static const cJSON *
localised_object(const cJSON *node, const char *const *languages)
{
	const cJSON *c;
	if (node->child == NULL)
		return NULL;
	cJSON_ArrayForEach(c, node)
		if (!looks_like_language(c->string))
			return NULL;
	for (; *languages != NULL; languages++)
		cJSON_ArrayForEach(c, node)
			if (is_language(c->string, *languages) && !cJSON_IsNull(c))
				return c;
	return node->child;
}

static const cJSON *
localised_array(const cJSON *node, const char *const *languages)
{
	const cJSON *c;
	cJSON_ArrayForEach(c, node)
		if (language_of(c) == NULL || text_of(c) == NULL)
			return NULL;
	for (; *languages != NULL; languages++)
		cJSON_ArrayForEach(c, node)
			if (is_language(language_of(c), *languages))
				return text_of(c);
	return node->child ? text_of(node->child) : NULL;
}

static const cJSON *
localised(const cJSON *node, const char *const *languages)
{
	const cJSON *found = is(node, cJSON_Object) ? localised_object(node, languages) :
	    is(node, cJSON_Array) ? localised_array(node, languages) : NULL;
	return found ? found : node;
}

/* One value on its way out. */
struct reading {
	const char *const *languages;
	const char *separator;		/* between texts that are joined */
	struct buf *out;
	enum vigie_value_type type;
};

/* An element of XML that has attributes, too (xml_tree.h), is its text. */
static const cJSON *
xml_text(const cJSON *object)
{
	const cJSON *text = member(object, "#text");
	return text != NULL ? text : object;
}

static bool value(const cJSON *node, enum expr_shape shape, struct reading *rd);

static bool
list_value(const cJSON *node, struct reading *rd)
{
	const cJSON *c;
	size_t before = rd->out->len;
	cJSON_ArrayForEach(c, node) {
		size_t mark = rd->out->len;
		if (mark > before)
			buf_str(rd->out, rd->separator);
		if (!value(c, EXPR_FIRST, rd))
			buf_cut(rd->out, mark);
	}
	rd->type = VIGIE_TEXT;
	return rd->out->len > before;
}

static bool
array_value(const cJSON *node, enum expr_shape shape, struct reading *rd)
{
	const cJSON *c;
	if (shape == EXPR_LIST && cJSON_GetArraySize(node) > 1)
		return list_value(node, rd);
	cJSON_ArrayForEach(c, node)
		if (value(c, shape, rd))
			return true;
	return false;
}

static bool
json_value(const cJSON *node, struct reading *rd)
{
	char *text = cJSON_PrintUnformatted(node);	/* scratch memory */
	if (text == NULL)
		return false;
	buf_str(rd->out, text);
	cJSON_free(text);
	rd->type = VIGIE_JSON;
	return true;
}

static bool
value(const cJSON *node, enum expr_shape shape, struct reading *rd)
{
	if (is_container(node))
		node = localised(node, rd->languages);
	if (shape != EXPR_JSON && is(node, cJSON_Object))
		node = xml_text(node);
	if (is_container(node)) {
		if (node->child == NULL)
			return false;
		if (shape == EXPR_JSON)
			return json_value(node, rd);
		return is(node, cJSON_Array) && array_value(node, shape, rd);
	}
	size_t before = rd->out->len;
	return expr_scalar(node, rd->out, &rd->type) && rd->out->len > before;
}

static bool pointer_value(const struct pointer *p, size_t from, const cJSON *node, enum expr_shape shape,
    struct reading *rd);

static bool
all_values(const struct pointer *p, size_t from, const cJSON *node, struct reading *rd)
{
	const cJSON *c;
	size_t before = rd->out->len;
	cJSON_ArrayForEach(c, node) {
		size_t mark = rd->out->len;
		if (mark > before)
			buf_str(rd->out, rd->separator);
		if (!pointer_value(p, from, c, EXPR_FIRST, rd))
			buf_cut(rd->out, mark);
	}
	rd->type = VIGIE_TEXT;
	return rd->out->len > before;
}

static bool
pointer_value(const struct pointer *p, size_t from, const cJSON *node, enum expr_shape shape,
    struct reading *rd)
{
	size_t at;
	node = walk(p, from, node, &at);
	if (node == NULL)
		return false;
	if (at == p->n)
		return value(node, shape, rd);
	if (p->segments[at].kind == SEGMENT_ALL)
		return all_values(p, at + 1, node, rd);
	if (p->segments[at].kind == SEGMENT_SPLIT)
		return is(node, cJSON_String) && split_add(p->segments[at].split, node->valuestring, rd->out, &rd->type);
	rd->type = VIGIE_NUMBER;
	number_text(rd->out, (double)cJSON_GetArraySize(node));
	return true;
}

static const cJSON *
origin(const struct pointer *p, const struct expr_scope *scope)
{
	return p->of_place ? scope->place : scope->item;
}

/* Quoted text has a value when all of its placeholders have one. */
static bool
quoted_value(const struct alternative *a, const struct expr_scope *scope, struct reading *rd)
{
	for (size_t i = 0; i < a->n_pieces; i++) {
		const struct piece *piece = &a->pieces[i];
		if (piece->text != NULL)
			buf_str(rd->out, piece->text);
		else if (!pointer_value(&piece->pointer, 0, origin(&piece->pointer, scope), EXPR_FIRST, rd))
			return false;
	}
	rd->type = VIGIE_TEXT;
	return true;
}

/* A join has one when any of its pointers has one. */
static bool
join_value(const struct alternative *a, const struct expr_scope *scope, struct reading *rd)
{
	size_t before = rd->out->len;
	rd->separator = a->separator;
	for (size_t i = 0; i < a->n_pieces; i++) {
		const struct pointer *p = &a->pieces[i].pointer;
		size_t mark = rd->out->len;
		if (mark > before)
			buf_str(rd->out, rd->separator);
		if (!pointer_value(p, 0, origin(p, scope), EXPR_LIST, rd))
			buf_cut(rd->out, mark);
	}
	rd->type = VIGIE_TEXT;
	return rd->out->len > before;
}

static bool
add_alternative(const struct alternative *a, const struct expr_scope *scope, enum expr_shape shape,
    struct buf *out, enum vigie_value_type *ret_type)
{
	size_t start = out->len;
	struct reading rd = { scope->languages, ", ", out, VIGIE_TEXT };
	bool found;
	if (a->separator != NULL)
		found = join_value(a, scope, &rd);
	else if (a->pieces != NULL)
		found = quoted_value(a, scope, &rd);
	else
		found = pointer_value(&a->pointer, 0, origin(&a->pointer, scope), shape, &rd);
	*ret_type = rd.type;
	if (found && out->len > start)
		return true;
	buf_cut(out, start);
	return false;
}

/* A string or a number whose text json_parse kept, as most values are; NULL:
 * something else. */
static const cJSON *
text_node(const struct alternative *a, const struct expr_scope *scope)
{
	size_t at;
	if (a->pieces != NULL)
		return NULL;
	const cJSON *node = walk(&a->pointer, 0, origin(&a->pointer, scope), &at);
	return at == a->pointer.n && node != NULL && node->valuestring != NULL ? node : NULL;
}

bool
expr_field(const struct expr *e, const struct expr_scope *scope, enum expr_shape shape,
    struct buf *scratch, struct vigie_field *ret)
{
	size_t start = scratch->len;
	for (size_t i = 0; i < e->n; i++) {
		const cJSON *node = text_node(&e->list[i], scope);
		if (node != NULL && node->valuestring[0] != '\0') {
			ret->type = is(node, cJSON_String) ? VIGIE_TEXT : VIGIE_NUMBER;
			ret->value = node->valuestring;
			ret->value_len = strlen(node->valuestring);
			return true;
		}
		if (node == NULL && add_alternative(&e->list[i], scope, shape, scratch, &ret->type)) {
			ret->value = scratch->data + start;
			ret->value_len = scratch->len - start;
			return true;
		}
	}
	return false;
}

bool
expr_add(const struct expr *e, const struct expr_scope *scope, struct buf *out)
{
	enum vigie_value_type type;
	for (size_t i = 0; i < e->n; i++)
		if (add_alternative(&e->list[i], scope, EXPR_FIRST, out, &type))
			return true;
	return false;
}

bool
expr_node_value(const cJSON *node, const char *const *languages, enum expr_shape shape, struct buf *out,
    enum vigie_value_type *ret_type)
{
	struct reading rd = { languages, ", ", out, VIGIE_TEXT };
	size_t start = out->len;
	bool found = value(node, shape, &rd);
	*ret_type = rd.type;
	if (!found)
		buf_cut(out, start);
	return found;
}

const cJSON *
expr_node(const struct expr *e, const struct expr_scope *scope)
{
	const cJSON *null = NULL;
	for (size_t i = 0; i < e->n; i++) {
		const struct pointer *p = &e->list[i].pointer;
		size_t at;
		if (e->list[i].pieces != NULL)
			continue;
		const cJSON *node = walk(p, 0, origin(p, scope), &at);
		if (node == NULL || at < p->n)
			continue;
		if (!is(node, cJSON_NULL))
			return node;
		null = null != NULL ? null : node;
	}
	return null;
}
