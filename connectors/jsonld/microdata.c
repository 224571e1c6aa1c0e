/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items are cJSON objects, of the heap: they are built while a page comes.
 * Each value goes to the innermost open item, or, where there is none, to
 * `loose`, in the order of the document; a group is the part of `loose` below an
 * element with an id, for itemref.
 */
#include "jsonld/microdata.h"

#include <ctype.h>
#include <strings.h>

#include <cjson/cJSON.h>

#include "jsonld/webaddr.h"

enum { GROUPS_MAX = 500, REFS_MAX = 100, NAME_MAX_BYTES = 100, ID_MAX_BYTES = 200 };

struct open {			/* an element that has not ended */
	cJSON *item;		/* that it began; NULL: none */
	char *prop;		/* its text is the value of this; NULL: none */
	size_t text_at;
	size_t group;		/* that it began, + 1; 0: none */
};

struct group {
	char *id;
	int first, last;	/* values of `loose`, last excluded */
};

struct reference {
	cJSON *item;
	char *ids;
};

struct microdata {
	char *base;
	cJSON *items;		/* top-level ones: an array */
	cJSON *loose;		/* an array of {"name": …, "value": …} */
	int n_loose;
	struct open *stack;
	size_t depth;		/* of open elements; those over MICRODATA_DEPTH_MAX are only counted */
	struct group groups[GROUPS_MAX];
	size_t n_groups;
	struct reference references[REFS_MAX];
	size_t n_references;
	struct buf text;	/* of the elements whose text is a value */
	size_t n_collecting, n_values;
	bool full;
};

struct microdata *
microdata_new(const char *base)
{
	struct microdata *m = xcalloc(1, sizeof *m);
	m->base = xstrdup(base);
	m->items = cJSON_CreateArray();
	m->loose = cJSON_CreateArray();
	m->stack = xcalloc(MICRODATA_DEPTH_MAX, sizeof *m->stack);
	return m;
}

void
microdata_free(struct microdata *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->depth && i < MICRODATA_DEPTH_MAX; i++)
		free(m->stack[i].prop);
	for (size_t i = 0; i < m->n_groups; i++)
		free(m->groups[i].id);
	for (size_t i = 0; i < m->n_references; i++)
		free(m->references[i].ids);
	free(m->stack);
	cJSON_Delete(m->items);
	cJSON_Delete(m->loose);
	buf_done(&m->text);
	free(m->base);
	free(m);
}

static const char *
attribute(const char *const *attributes, const char *name)
{
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
		if (strcasecmp(attributes[0], name) == 0)
			return attributes[1] ? attributes[1] : "";
	return NULL;
}

/* ---- values */

/* A second value of the same name makes an array. */
static void
add_value(cJSON *item, const char *name, cJSON *value)
{
	cJSON *old = cJSON_GetObjectItemCaseSensitive(item, name);
	if (old == NULL) {
		cJSON_AddItemToObject(item, name, value);
	} else if (cJSON_IsArray(old)) {
		cJSON_AddItemToArray(old, value);
	} else {
		cJSON *list = cJSON_CreateArray();
		cJSON_AddItemToArray(list, cJSON_DetachItemViaPointer(item, old));
		cJSON_AddItemToArray(list, value);
		cJSON_AddItemToObject(item, name, list);
	}
}

static cJSON *
innermost_item(const struct microdata *m)
{
	size_t i = m->depth < MICRODATA_DEPTH_MAX ? m->depth : MICRODATA_DEPTH_MAX;
	while (i > 0)
		if (m->stack[--i].item != NULL)
			return m->stack[i].item;
	return NULL;
}

static void
add_loose(struct microdata *m, const char *name, cJSON *value)
{
	cJSON *entry = cJSON_CreateObject();
	cJSON_AddStringToObject(entry, "name", name);
	cJSON_AddItemToObject(entry, "value", value);
	cJSON_AddItemToArray(m->loose, entry);
	m->n_loose++;
}

/* The value of every name in `names`; takes it, unless it says false. */
static bool
put(struct microdata *m, cJSON *item, const char *names, cJSON *value)
{
	char name[NAME_MAX_BYTES];
	bool used = false;
	for (size_t len; (names += strspn(names, " \t\r\n"), len = strcspn(names, " \t\r\n")) > 0; names += len) {
		int n = snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : sizeof name), names);
		if (n <= 0 || (size_t)n >= sizeof name || ++m->n_values > MICRODATA_VALUES_MAX) {
			m->full |= m->n_values > MICRODATA_VALUES_MAX;
			continue;
		}
		cJSON *one = used ? cJSON_Duplicate(value, true) : value;
		used = true;
		if (item != NULL)
			add_value(item, name, one);
		else
			add_loose(m, name, one);
	}
	return used;
}

static void
put_scalar(struct microdata *m, const char *names, cJSON *value)
{
	if (!put(m, innermost_item(m), names, value))
		cJSON_Delete(value);
}

/* ---- elements */

/* The attribute that is an element's value; NULL: its text. */
static const char *
value_attribute(const char *element, bool *ret_url)
{
	static const struct {
		const char *element, *attribute;
		bool url;
	} rows[] = {
		{ "a", "href", true }, { "area", "href", true }, { "link", "href", true }, { "img", "src", true },
		{ "audio", "src", true }, { "embed", "src", true }, { "iframe", "src", true }, { "source", "src", true },
		{ "track", "src", true }, { "video", "src", true }, { "object", "data", true }, { "data", "value", false },
		{ "meter", "value", false }, { "time", "datetime", false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcasecmp(element, rows[i].element) == 0) {
			*ret_url = rows[i].url;
			return rows[i].attribute;
		}
	return NULL;
}

static cJSON *
url_value(const struct microdata *m, const char *target)
{
	char *url = webaddr_join(m->base, target, true);
	cJSON *value = cJSON_CreateString(url ? url : target);
	free(url);
	return value;
}

static cJSON *
new_item(struct microdata *m, const char *const *attributes)
{
	const char *type = attribute(attributes, "itemtype"), *id = attribute(attributes, "itemid");
	const char *refs = attribute(attributes, "itemref");
	cJSON *item = cJSON_CreateObject();
	for (size_t len; type != NULL && (type += strspn(type, " \t\r\n"), len = strcspn(type, " \t\r\n")) > 0; type += len) {
		char *one = xstrndup(type, len);
		add_value(item, "@type", cJSON_CreateString(one));
		free(one);
	}
	if (id != NULL && *id != '\0')
		cJSON_AddItemToObject(item, "@id", url_value(m, id));
	if (refs != NULL && m->n_references < REFS_MAX)
		m->references[m->n_references++] = (struct reference){ item, xstrdup(refs) };
	return item;
}

static void
start_item(struct microdata *m, struct open *o, const char *prop, const char *const *attributes)
{
	cJSON *around = innermost_item(m), *item = new_item(m, attributes);
	if (++m->n_values > MICRODATA_VALUES_MAX) {
		m->full = true;
		m->n_references -= m->n_references > 0 && m->references[m->n_references - 1].item == item;
		cJSON_Delete(item);
		return;
	}
	o->item = item;
	if (prop == NULL || !put(m, around, prop, item))
		cJSON_AddItemToArray(m->items, item);
}

static void
start_value(struct microdata *m, struct open *o, const char *prop, const char *element, const char *const *attributes)
{
	bool url = false;
	const char *content = attribute(attributes, "content"), *name = value_attribute(element, &url);
	const char *value = name ? attribute(attributes, name) : NULL;
	if (content != NULL) {
		put_scalar(m, prop, cJSON_CreateString(content));
	} else if (value != NULL) {
		put_scalar(m, prop, url ? url_value(m, value) : cJSON_CreateString(value));
	} else if (strcasecmp(element, "meta") != 0 && !url) {
		o->prop = xstrdup(prop);
		o->text_at = m->text.len;
		m->n_collecting++;
	}
}

void
microdata_start(struct microdata *m, const char *element, const char *const *attributes)
{
	if (m->depth >= MICRODATA_DEPTH_MAX) {
		m->depth++;
		m->full = true;
		return;
	}
	struct open *o = &m->stack[m->depth];
	*o = (struct open){ .item = NULL };
	const char *prop = attribute(attributes, "itemprop"), *id = attribute(attributes, "id");
	if (prop != NULL && *prop == '\0')
		prop = NULL;
	if (id != NULL && *id != '\0' && strlen(id) <= ID_MAX_BYTES && m->n_groups < GROUPS_MAX) {
		m->groups[m->n_groups++] = (struct group){ xstrdup(id), m->n_loose, m->n_loose };
		o->group = m->n_groups;
	}
	if (attribute(attributes, "itemscope") != NULL)
		start_item(m, o, prop, attributes);
	else if (prop != NULL)
		start_value(m, o, prop, element, attributes);
	m->depth++;
}

void
microdata_text(struct microdata *m, const char *text, size_t len)
{
	if (m->n_collecting == 0)
		return;
	if (m->text.len + len > MICRODATA_TEXT_MAX_BYTES)
		m->full = true;
	else
		buf_add(&m->text, text, len);
}

/* Runs of white space are one space. */
static cJSON *
text_value(const struct microdata *m, size_t from)
{
	struct buf out = BUF_INIT;
	for (size_t i = from; i < m->text.len; i++) {
		char c = m->text.data[i];
		if (!isspace((unsigned char)c))
			buf_char(&out, c);
		else if (out.len > 0 && out.data[out.len - 1] != ' ')
			buf_char(&out, ' ');
	}
	if (out.len > 0 && out.data[out.len - 1] == ' ')
		buf_cut(&out, out.len - 1);
	cJSON *value = cJSON_CreateString(buf_cstr(&out));
	buf_done(&out);
	return value;
}

void
microdata_end(struct microdata *m)
{
	if (m->depth == 0 || m->depth-- > MICRODATA_DEPTH_MAX)
		return;
	struct open *o = &m->stack[m->depth];
	if (o->prop != NULL) {
		put_scalar(m, o->prop, text_value(m, o->text_at));
		free(o->prop);
		o->prop = NULL;
		if (--m->n_collecting == 0)
			buf_clear(&m->text);
	}
	if (o->group > 0)
		m->groups[o->group - 1].last = m->n_loose;
}

/* ---- the end */

static void
add_group(struct microdata *m, cJSON *item, const struct group *g)
{
	const cJSON *entry = cJSON_GetArrayItem(m->loose, g->first);
	for (int i = g->first; entry != NULL && i < g->last; i++, entry = entry->next) {
		const cJSON *name = cJSON_GetObjectItemCaseSensitive(entry, "name");
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(entry, "value");
		if (++m->n_values > MICRODATA_VALUES_MAX)
			m->full = true;
		else
			add_value(item, name->valuestring, cJSON_Duplicate(value, true));
	}
}

static void
follow(struct microdata *m, const struct reference *r)
{
	const char *ids = r->ids;
	for (size_t len; (ids += strspn(ids, " \t\r\n"), len = strcspn(ids, " \t\r\n")) > 0; ids += len)
		for (size_t i = 0; i < m->n_groups; i++)
			if (strlen(m->groups[i].id) == len && strncmp(m->groups[i].id, ids, len) == 0) {
				add_group(m, r->item, &m->groups[i]);
				break;
			}
}

bool
microdata_json(struct microdata *m, struct buf *out, bool *ret_full)
{
	while (m->depth > 0)
		microdata_end(m);
	for (size_t i = 0; i < m->n_references; i++)
		follow(m, &m->references[i]);
	*ret_full |= m->full;
	if (m->items->child == NULL)
		return false;
	char *text = cJSON_PrintUnformatted(m->items);
	if (text != NULL)
		buf_str(out, text);
	cJSON_free(text);
	return text != NULL;
}
