/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree lies in the host's scratch area: nodes are overwritten, and nothing
 * is freed.
 */
#include "jsonld/graph.h"

#include <xxhash.h>

#include "jsonld/schema.h"
#include "jsonld/webaddr.h"
#include "lib/expr.h"

enum { IDS_MAX = 1000, MET_MAX_BYTES = 120, TYPE_MAX_BYTES = 60, INLINE_LEVELS = 2 };
enum { INLINE_NODE_BYTES = 64 << 10, INLINE_PAGE_BYTES = 1 << 20 };

struct search {
	struct graph *g;
	const char *base;
	cJSON **ids;		/* nodes that say what another one refers to */
	size_t n_ids;
	cJSON **found;		/* listings */
	size_t n_found;
	size_t inlined_bytes;
};

/* ---- members */

static bool
is_member(const cJSON *node, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(node->string, *names) == 0)
			return true;
	return false;
}

static cJSON *
member(const cJSON *object, const char *name)
{
	cJSON *c = cJSON_IsObject(object) ? object->child : NULL;
	for (; c != NULL; c = c->next)
		if (strcmp(schema_local(c->string), name) == 0)
			return c;
	return NULL;
}

static const char *
text_member(const cJSON *object, const char *name)
{
	const cJSON *m = member(object, name);
	return cJSON_IsString(m) && m->valuestring[0] != '\0' ? m->valuestring : NULL;
}

/* Gives `node` another value; its name and place stay. */
static void
become(cJSON *node, const cJSON *value)
{
	node->type = (node->type & cJSON_StringIsConst) | (value->type & ~cJSON_StringIsConst);
	node->valuestring = value->valuestring;
	node->valueint = value->valueint;
	node->valuedouble = value->valuedouble;
	node->child = value->child;
}

static void
set_text(cJSON *node, const char *text)
{
	const cJSON *value = cJSON_CreateString(text);
	if (value != NULL)
		become(node, value);
}

/* ---- types */

/* The nth @type, by its local name; NULL: there are no more. */
static const char *
nth_type(const cJSON *node, int n)
{
	const cJSON *type = member(node, "@type");
	if (cJSON_IsArray(type))
		type = cJSON_GetArrayItem(type, n);
	else if (n > 0)
		return NULL;
	return cJSON_IsString(type) ? schema_local(type->valuestring) : NULL;
}

static void
note_type(struct graph *g, const char *type)
{
	size_t len = strlen(type);
	if (len == 0 || len > TYPE_MAX_BYTES || strpbrk(type, "\"<>\n") != NULL || g->met.len > MET_MAX_BYTES ||
	    strstr(buf_cstr(&g->met), type) != NULL)
		return;
	buf_fmt(&g->met, "%s%s", g->met.len > 0 ? ", " : "", type);
}

static bool
is_listing(struct graph *g, const cJSON *node)
{
	const char *type;
	for (int i = 0; (type = nth_type(node, i)) != NULL; i++)
		if (schema_is_a(type, g->types))
			return true;
	for (int i = 0; (type = nth_type(node, i)) != NULL; i++)
		note_type(g, type);
	return false;
}

static bool
is_titled(const cJSON *node)
{
	return member(node, "name") != NULL || member(node, "headline") != NULL || member(node, "alternateName") != NULL;
}

/* A node that says no more than what it is called says nothing of an offer. */
static bool
says_something(const cJSON *node)
{
	return is_titled(node) || member(node, "description") != NULL || member(node, "itemOffered") != NULL;
}

static bool
speaks_schema(const cJSON *context)
{
	const cJSON *c;
	if (context == NULL || cJSON_IsNull(context))
		return true;
	if (cJSON_IsString(context))
		return strcasestr(context->valuestring, "schema.org") != NULL;
	cJSON_ArrayForEach(c, context)
		if (speaks_schema(c))
			return true;
	return false;
}

/* ---- the search */

static void
index_ids(struct search *s, cJSON *node)
{
	if (cJSON_IsObject(node) && node->child != NULL && node->child->next != NULL && s->n_ids < IDS_MAX &&
	    text_member(node, "@id") != NULL)
		s->ids[s->n_ids++] = node;
	for (cJSON *c = node->child; c != NULL; c = c->next)
		if (cJSON_IsObject(c) || cJSON_IsArray(c))
			index_ids(s, c);
}

static void visit(struct search *s, cJSON *node);

static void
visit_members(struct search *s, cJSON *node, const char *const *names)
{
	for (cJSON *c = node->child; c != NULL; c = c->next) {
		c->string = (char *)(uintptr_t)schema_local(c->string);
		if (is_member(c, names))
			visit(s, c);
	}
}

static void
visit_object(struct search *s, cJSON *node)
{
	static const char *const of_listing[] = { "event", "events", NULL };
	static const char *const of_others[] = { "@graph", "@list", "@set", "mainEntity", "itemListElement", "item",
		"hasPart", "hasOfferCatalog", "makesOffer", "itemOffered", "event", "events", NULL };
	const char *first = nth_type(node, 0);
	if (!speaks_schema(member(node, "@context")) || (first != NULL && strcmp(first, "BreadcrumbList") == 0))
		return;
	if (is_listing(s->g, node) && says_something(node)) {
		if (s->n_found < GRAPH_NODES_MAX)
			s->found[s->n_found++] = node;
		else
			s->g->full = true;
		visit_members(s, node, of_listing);
	} else {
		visit_members(s, node, of_others);
	}
}

static void
visit(struct search *s, cJSON *node)
{
	if (cJSON_IsObject(node))
		visit_object(s, node);
	else if (cJSON_IsArray(node))
		for (cJSON *c = node->child; c != NULL; c = c->next)
			visit(s, c);
}

/* ---- references to other nodes */

/* The node that {"@id": …} stands for; NULL: it is no reference, or to nothing here. */
static cJSON *
referred(const struct search *s, const cJSON *node)
{
	const char *id = cJSON_IsObject(node) && node->child != NULL && node->child->next == NULL ? text_member(node, "@id") : NULL;
	for (size_t i = 0; id != NULL && i < s->n_ids; i++)
		if (strcmp(text_member(s->ids[i], "@id"), id) == 0)
			return s->ids[i];
	return NULL;
}

static size_t
weight(const cJSON *node)
{
	size_t bytes = sizeof *node + (node->valuestring ? strlen(node->valuestring) : 0);
	for (const cJSON *c = node->child; c != NULL && bytes <= INLINE_NODE_BYTES; c = c->next)
		bytes += weight(c);
	return bytes;
}

static void
inline_node(struct search *s, cJSON *node, const cJSON *target)
{
	size_t bytes = weight(target);
	if (bytes > INLINE_NODE_BYTES || s->inlined_bytes + bytes > INLINE_PAGE_BYTES)
		return;
	s->inlined_bytes += bytes;
	const cJSON *copy = cJSON_Duplicate(target, true);
	if (copy != NULL)
		become(node, copy);
}

/* What belongs to a listing and may stand elsewhere. */
static const char *const parts[] = { "location", "address", "geo", "offers", "image", "photo", "logo", "provider",
	"organizer", "aggregateRating", "itinerary", "containedInPlace", "itemOffered", NULL };

static void
inline_parts(struct search *s, cJSON *node, int levels)
{
	for (cJSON *c = node->child; c != NULL && levels > 0; c = c->next) {
		if (c->string == NULL || !is_member(c, parts))
			continue;
		cJSON *one = cJSON_IsArray(c) ? c->child : c;
		for (; one != NULL; one = one == c ? NULL : one->next) {
			const cJSON *target = referred(s, one);
			if (target != NULL && target != node)
				inline_node(s, one, target);
			if (cJSON_IsObject(one))
				inline_parts(s, one, levels - 1);
		}
	}
}

/* A place or an offer that a listing refers to is a part of that listing. */
static void
drop_parts(struct search *s, const cJSON *listing)
{
	for (const cJSON *c = listing->child; c != NULL; c = c->next) {
		if (!is_member(c, parts))
			continue;
		const cJSON *one = cJSON_IsArray(c) ? c->child : c;
		for (; one != NULL; one = one == c ? NULL : one->next) {
			const cJSON *target = referred(s, one);
			for (size_t i = 0; target != NULL && i < s->n_found; i++)
				if (s->found[i] == target && target != listing)
					s->found[i] = NULL;
		}
	}
}

/* ---- one node in several parts */

static bool
is_part(const cJSON *a, const cJSON *b)
{
	const char *id = text_member(a, "@id"), *other_id = text_member(b, "@id");
	const char *date = text_member(a, "startDate"), *other_date = text_member(b, "startDate");
	return id != NULL && other_id != NULL && strcmp(id, other_id) == 0 &&
	    (date == NULL || other_date == NULL || strcmp(date, other_date) == 0);
}

static void
absorb(cJSON *node, cJSON *part)
{
	for (cJSON *c = part->child, *next; c != NULL; c = next) {
		next = c->next;
		if (member(node, schema_local(c->string)) == NULL)
			(void)cJSON_AddItemToArray(node, cJSON_DetachItemViaPointer(part, c));
	}
}

/* The later part goes into the earlier one. */
static void
join_parts(struct search *s, size_t i)
{
	for (size_t k = 0; k < s->n_found && s->found[i] != NULL && !is_titled(s->found[i]); k++) {
		if (k == i || s->found[k] == NULL || !is_part(s->found[i], s->found[k]))
			continue;
		absorb(s->found[k < i ? k : i], s->found[k < i ? i : k]);
		s->found[k < i ? i : k] = NULL;
	}
}

/* ---- one form for all */

/* {"@value": …}, {"@list": …}: what is in it; NULL: it is something else. */
static const cJSON *
wrapped(const cJSON *node)
{
	static const char *const names[] = { "@value", "@list", "@set" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const cJSON *m = member(node, names[i]);
		if (m != NULL)
			return m;
	}
	return NULL;
}

static bool
all_have_languages(const cJSON *array)
{
	const cJSON *c;
	cJSON_ArrayForEach(c, array)
		if (member(c, "@language") == NULL || member(c, "@value") == NULL)
			return false;
	return true;
}

/* Members that are of no use here, or that say how to reach a person. */
static const char *const unwanted[] = { "@context", "email", "telephone", "phone", "faxNumber", "contactPoint",
	"contactPoints", "review", "reviews", "comment", "author", "creator", "employee", "employees", "founder", "potentialAction",
	NULL };

static void
tidy(cJSON *node)
{
	if (cJSON_IsArray(node) && all_have_languages(node))
		return;
	for (cJSON *c = node->child, *next; c != NULL; c = next) {
		next = c->next;
		if (c->string != NULL)
			c->string = (char *)(uintptr_t)schema_local(c->string);
		const cJSON *inside = wrapped(c);
		if (inside != NULL)
			become(c, inside);
		if (c->string != NULL && is_member(c, unwanted))
			(void)cJSON_DetachItemViaPointer(node, c);
		else if (cJSON_IsObject(c) || cJSON_IsArray(c))
			tidy(c);
		else if (c->string != NULL && strcmp(c->string, "@type") == 0 && cJSON_IsString(c))
			c->valuestring = (char *)(uintptr_t)schema_local(c->valuestring);
	}
}

static void
make_absolute(cJSON *node, const char *base)
{
	char *url = cJSON_IsString(node) ? webaddr_join(base, node->valuestring, true) : NULL;
	if (url != NULL)
		set_text(node, url);
	free(url);
}

/* Addresses of the listing itself and of its pictures. */
static void
make_addresses(cJSON *node, const char *base)
{
	static const char *const names[] = { "@id", "url", "image", "photo", "thumbnailUrl", "contentUrl", NULL };
	for (cJSON *c = node->child; c != NULL; c = c->next) {
		if (c->string == NULL || !is_member(c, names))
			continue;
		if (strcmp(c->string, "@id") == 0 && cJSON_IsString(c) && strncmp(c->valuestring, "_:", 2) == 0)
			continue;	/* a blank node: a name in this document only */
		make_absolute(c, base);
		if (cJSON_IsObject(c))
			make_addresses(c, base);
		for (cJSON *one = cJSON_IsArray(c) ? c->child : NULL; one != NULL; one = one->next) {
			if (cJSON_IsObject(one))
				make_addresses(one, base);
			else
				make_absolute(one, base);
		}
	}
}

/* ---- identity */

static bool
scalar_text(const cJSON *node, struct buf *out)
{
	enum vigie_value_type type;
	if (cJSON_IsArray(node))
		node = node->child;
	if (cJSON_IsObject(node))
		node = member(node, "value");	/* a PropertyValue */
	return node != NULL && !cJSON_IsBool(node) && expr_scalar(node, out, &type) && out->len > 0;
}

/* Too long for an identifier: its beginning, and a hash of all. */
static void
shorten(struct buf *key)
{
	if (key->len <= GRAPH_KEY_MAX_BYTES)
		return;
	unsigned long long hash = XXH3_64bits(key->data, key->len);
	size_t len = GRAPH_KEY_MAX_BYTES - 17;
	while (len > 0 && ((unsigned char)key->data[len] & 0xc0) == 0x80)
		len--;
	buf_cut(key, len);
	buf_fmt(key, "#%016llx", hash);
}

static char *
own_key(const cJSON *node)
{
	static const char *const names[] = { "@id", "identifier", "sku", "productID", "url" };
	struct buf key = BUF_INIT;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (scalar_text(member(node, names[i]), &key) && strncmp(key.data, "_:", 2) != 0) {
			shorten(&key);
			return buf_take(&key);
		}
		buf_clear(&key);
	}
	buf_done(&key);
	return NULL;
}

static char *
own_text(const cJSON *node, const char *name)
{
	struct buf text = BUF_INIT;
	if (scalar_text(member(node, name), &text))
		return buf_take(&text);
	buf_done(&text);
	return NULL;
}

/* ---- all of it */

static void
add_node(struct search *s, cJSON *node)
{
	struct graph *g = s->g;
	inline_parts(s, node, INLINE_LEVELS);
	tidy(node);
	make_addresses(node, s->base);
	char *text = cJSON_PrintUnformatted(node);
	size_t len = text != NULL ? strlen(text) : 0;
	if (len == 0 || g->n >= GRAPH_NODES_MAX || g->text.len + len > GRAPH_TEXT_MAX_BYTES) {
		g->full = true;
		cJSON_free(text);
		return;
	}
	g->list = xrealloc(g->list, g->n + 1, sizeof *g->list);
	g->list[g->n++] = (struct graph_node){
		.at = g->text.len, .len = len, .key = own_key(node), .name = own_text(node, "name"),
		.date = own_text(node, "startDate"), .type = own_text(node, "@type"), .url = own_text(node, "url"),
		.titled = is_titled(node),
	};
	buf_add(&g->text, text, len);
	cJSON_free(text);
}

void
graph_add(struct graph *g, cJSON *tree, const char *base)
{
	struct search s = { .g = g, .base = base };
	s.ids = xcalloc(IDS_MAX, sizeof *s.ids);
	s.found = xcalloc(GRAPH_NODES_MAX, sizeof *s.found);
	index_ids(&s, tree);
	visit(&s, tree);
	for (size_t i = 0; i < s.n_found; i++)
		if (s.found[i] != NULL)
			join_parts(&s, i);
	for (size_t i = 0; i < s.n_found; i++)
		if (s.found[i] != NULL)
			drop_parts(&s, s.found[i]);
	for (size_t i = 0; i < s.n_found; i++)
		if (s.found[i] != NULL)
			add_node(&s, s.found[i]);
	free(s.ids);
	free(s.found);
}

void
graph_clear(struct graph *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->list[i].key);
		free(g->list[i].name);
		free(g->list[i].date);
		free(g->list[i].type);
		free(g->list[i].url);
	}
	g->n = 0;
	g->full = false;
	buf_clear(&g->text);
}

void
graph_done(struct graph *g)
{
	graph_clear(g);
	free(g->list);
	buf_done(&g->text);
	buf_done(&g->met);
}

bool
graph_mentions(const struct graph *g, const char *s, size_t len)
{
	char word[TYPE_MAX_BYTES + 1];
	for (const char *end = s + len; s < end;) {
		const char *quote = memchr(s, '"', (size_t)(end - s));
		if (quote == NULL)
			return false;
		s = quote + 1;
		size_t n = 0;
		while (s + n < end && n < TYPE_MAX_BYTES && s[n] != '"') {
			word[n] = s[n];
			n++;
		}
		word[n] = '\0';
		/* Names of types begin with a capital letter; most other words do not. */
		const char *type = schema_local(word);
		if (*type >= 'A' && *type <= 'Z' && schema_is_a(type, g->types))
			return true;
	}
	return false;
}
