/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/explain.h"

#include "base/nearest.h"
#include "base/utf8.h"
#include "lib/expr_private.h"

enum { NAMES_SHOWN = 12, NAMES_NEAR = 64, VALUE_COLUMNS = 60 };

static bool
is(const cJSON *node, int type)
{
	return node != NULL && (node->type & 0xff) == type;
}

/* What is being written. */
struct account {
	struct buf *out;
	const char *whole;	/* what pointers start in */
	bool values;		/* shown as well, not only names */
	bool wrong;		/* a value is told as well: it is not what was wanted */
	const char *otherwise;	/* when every pointer leads to a value */
};

static void
add_short(struct buf *out, const char *s)
{
	size_t len = strlen(s), n = utf8_prefix(s, len, VALUE_COLUMNS);
	buf_add(out, s, n);
	buf_str(out, n < len ? "…" : "");
}

static void
add_node(const struct account *a, const char *before, const cJSON *node)
{
	if (!a->values)
		return;
	buf_str(a->out, before);
	char *text = cJSON_PrintUnformatted(node);
	add_short(a->out, text != NULL ? text : "");
	cJSON_free(text);
}

/* ---- where we are */

static void
add_segment(struct buf *out, const struct segment *seg)
{
	switch (seg->kind) {
	case SEGMENT_NAME:
		buf_fmt(out, "/%s", seg->name);
		return;
	case SEGMENT_WHERE:
		buf_fmt(out, "/[%s%s=%s]", seg->name, seg->where != NULL ? "/…" : "", seg->value);
		return;
	case SEGMENT_ALL:
		buf_str(out, "/*");
		return;
	case SEGMENT_COUNT:
		buf_str(out, "/#");
		return;
	case SEGMENT_SPLIT:
		buf_str(out, "/[split]");
		return;
	}
}

static void
add_path(struct buf *out, const struct pointer *p, size_t n)
{
	if (p->of_place)
		buf_char(out, '@');
	for (size_t i = 0; i < n; i++)
		add_segment(out, &p->segments[i]);
}

static void
add_place(const struct account *a, const struct pointer *p, size_t n)
{
	if (n == 0)
		buf_str(a->out, p->of_place ? "the place" : a->whole);
	else
		add_path(a->out, p, n);
}

/* ---- what is there */

static void
add_names(struct buf *out, const cJSON *object, const char *wanted)
{
	const char *names[NAMES_NEAR + 1] = { NULL };
	size_t n = 0;
	const cJSON *m;
	cJSON_ArrayForEach(m, object) {
		if (n < NAMES_SHOWN)
			buf_str(out, n == 0 ? "; it has " : ", ");
		if (n < NAMES_SHOWN)
			add_short(out, m->string);
		if (n < NAMES_NEAR)
			names[n] = m->string;
		n++;
	}
	if (n > NAMES_SHOWN)
		buf_fmt(out, " and %zu more", n - NAMES_SHOWN);
	if (n == 0)
		buf_str(out, "; it is empty");
	const char *near = nearest_name(wanted, names);
	if (near != NULL)
		buf_fmt(out, "; did you mean \"%s\"?", near);
}

/* The values that elements have where one was looked for. */
static void
add_choices(const struct account *a, const cJSON *array, const char *name)
{
	struct buf *out = a->out;
	const cJSON *c;
	size_t n = 0;
	cJSON_ArrayForEach(c, array) {
		const cJSON *m = is(c, cJSON_Object) ? cJSON_GetObjectItemCaseSensitive(c, name) : NULL;
		if (m != NULL && n < NAMES_SHOWN)
			add_node(a, n++ == 0 ? "; there is " : ", ", m);
	}
	if (n == 0)
		buf_fmt(out, "; none has \"%s\"", name);
}

static void
add_kind(const struct account *a, const cJSON *node)
{
	struct buf *out = a->out;
	if (node == NULL || is(node, cJSON_NULL)) {
		buf_str(out, "null");
	} else if (is(node, cJSON_Object)) {
		buf_str(out, "an object");
		add_node(a, ", ", node);
	} else if (is(node, cJSON_Array)) {
		buf_fmt(out, "an array of %d", cJSON_GetArraySize(node));
	} else if (is(node, cJSON_String) && node->valuestring[0] == '\0') {
		buf_str(out, "an empty text");
	} else {
		buf_str(out, is(node, cJSON_String) ? "a text" : is(node, cJSON_Number) ? "a number" : "a value");
		add_node(a, ", ", node);
	}
}

/* The step from `node` by segment i is not possible. */
static void
add_missing(const struct account *a, const struct pointer *p, size_t i, const cJSON *node)
{
	struct buf *out = a->out;
	const struct segment *seg = &p->segments[i];
	if (seg->kind == SEGMENT_WHERE && (is(node, cJSON_Array) || is(node, cJSON_Object))) {
		buf_fmt(out, "no element of ");
		add_place(a, p, i);
		buf_fmt(out, " has %s%s = %s", seg->name, seg->where != NULL ? "/…" : "", seg->value);
		add_choices(a, node, seg->name);
	} else if (seg->kind == SEGMENT_NAME && is(node, cJSON_Object)) {
		buf_fmt(out, "there is no \"%s\" in ", seg->name);
		add_place(a, p, i);
		add_names(out, node, seg->name);
	} else {
		add_place(a, p, i);
		buf_str(out, " is ");
		add_kind(a, node);
		if (is(node, cJSON_Array) && seg->kind == SEGMENT_NAME && seg->index < 0)
			buf_str(out, ": its first is /0, all of them are /*");
	}
}

/* There is something at the end, and no value. */
static void
add_end(const struct account *a, const struct pointer *p, const cJSON *node)
{
	struct buf *out = a->out;
	add_place(a, p, p->n);
	buf_str(out, " is ");
	add_kind(a, node);
	if (!is(node, cJSON_Object) || node->child == NULL)
		return;
	buf_str(out, "; a value in it is ");
	add_path(out, p, p->n);
	buf_char(out, '/');
	add_short(out, node->child->string);
}

/* False: the pointer has a value. */
static bool
explain_pointer(const struct pointer *p, const struct expr_scope *scope, const struct account *a)
{
	const cJSON *node = p->of_place ? scope->place : scope->item;
	if (node == NULL) {
		buf_str(a->out, "there are no places in this item");
		return true;
	}
	for (size_t i = 0; i < p->n; i++) {
		const struct segment *seg = &p->segments[i];
		/* Of many, the first stands for all. */
		const cJSON *next = seg->kind == SEGMENT_ALL ? node->child : expr_child(node, seg);
		if (seg->kind == SEGMENT_SPLIT && is(node, cJSON_String) && node->valuestring[0] != '\0') {
			add_place(a, p, i);
			buf_str(a->out, " has no such part");
			add_node(a, ": ", node);
			return true;
		}
		if (next == NULL) {
			add_missing(a, p, i, node);
			return true;
		}
		node = next;
	}
	if (!a->wrong && !is(node, cJSON_Object) && !is(node, cJSON_Array) && !is(node, cJSON_NULL) &&
	    !(is(node, cJSON_String) && node->valuestring[0] == '\0'))
		return false;
	add_end(a, p, node);
	return true;
}

static void
explain_alternative(const struct alternative *e, const struct expr_scope *scope, const struct account *a)
{
	if (e->pieces == NULL)
		(void)explain_pointer(&e->pointer, scope, a);
	for (size_t i = 0; i < e->n_pieces; i++)
		if (e->pieces[i].text == NULL && explain_pointer(&e->pieces[i].pointer, scope, a))
			return;
}

static void
explain_all(const struct expr *e, const struct expr_scope *scope, const struct account *a)
{
	struct buf *out = a->out;
	size_t start = out->len;
	for (size_t i = 0; i < e->n; i++) {
		size_t mark = out->len;
		if (mark > start)
			buf_str(out, " | ");
		size_t before = out->len;
		explain_alternative(&e->list[i], scope, a);
		if (out->len == before)
			buf_cut(out, mark);
	}
	if (out->len == start)
		buf_str(out, a->otherwise);
}

void
explain(const struct expr *e, const struct expr_scope *scope, struct buf *out)
{
	explain_all(e, scope, &(struct account){ out, "the item", true, false, "there is no text in what is there" });
}

void
explain_wrong(const struct expr *e, const cJSON *root, struct buf *out)
{
	explain_all(e, &(struct expr_scope){ root, NULL, NULL }, &(struct account){ out, "the document", false, true, "" });
}

void
explain_items(const char *pointer, const cJSON *root, struct buf *out)
{
	const struct account a = { out, "the document", false, false, "what stands there is neither an array nor an object" };
	char problem[128];
	size_t len = strlen(pointer);
	/* A star at the end stands for the members of an object. */
	char *path = xstrndup(pointer, len >= 2 && strcmp(pointer + len - 2, "/*") == 0 ? len - 2 : len);
	struct expr *e = path[0] != '\0' ? expr_new(path, problem, sizeof problem) : NULL;
	if (e != NULL) {
		explain_all(e, &(struct expr_scope){ root, NULL, NULL }, &a);
	} else {
		buf_str(out, "the document is ");
		add_kind(&a, root);
		if (is(root, cJSON_Object))
			add_names(out, root, "");
	}
	expr_free(e);
	free(path);
}
