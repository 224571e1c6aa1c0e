/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: any REST API that answers in JSON, by declaration in the partner's
 * file.  The items of one array are framed as they arrive (json/frame.h),
 * checked strictly (json/check.h), parsed one at a time with cJSON, and read
 * by the expressions of [map] (json/expr.h).
 */
#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/num.h"
#include "json/check.h"
#include "json/expr.h"
#include "json/frame.h"
#include "json/paging.h"
#include "json/parse.h"
#include "vigie_connector.h"

enum { FIELDS_MAX = 64, LANGUAGES_MAX = 8, TOMBSTONE_VALUES_MAX = 8 };

static const struct vigie_option options[] = {
	{ "items", VIGIE_OPTION_TEXT, NULL, "", false, NULL,
	    "JSON Pointer (RFC 6901) to the array of items; empty: the document itself is the array" },
	{ "id", VIGIE_OPTION_TEXT, NULL, NULL, true, NULL,
	    "expression that gives an item's own identifier" },
	{ "paging", VIGIE_OPTION_CHOICE, NULL, "none", false,
	    "none page offset cursor next-url link-header", "how the next page is asked for" },
	{ "page_param", VIGIE_OPTION_TEXT, NULL, "page", false, NULL,
	    "URL parameter that carries the page's number" },
	{ "first_page", VIGIE_OPTION_INTEGER, NULL, "1", false, NULL, "number of the first page" },
	{ "offset_param", VIGIE_OPTION_TEXT, NULL, "offset", false, NULL,
	    "URL parameter that carries how many items to skip" },
	{ "size_param", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "URL parameter that carries page_size" },
	{ "page_size", VIGIE_OPTION_INTEGER, NULL, "0", false, NULL,
	    "items to ask for at once; 0: what the partner gives" },
	{ "cursor", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "pointer to the token of the next page: a value, or an array of values" },
	{ "cursor_param", VIGIE_OPTION_TEXT, NULL, "cursor", false, NULL,
	    "URL parameter that carries the token" },
	{ "next", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "pointer to the link of the next page; null there also ends numbered pages" },
	{ "total", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "pointer to how many items there are in all; a run that does not find them is partial" },
	{ "tombstone", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "POINTER = VALUE, VALUE: an item like that says that its listing was withdrawn" },
	{ "places", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "pointer to an array inside the item: each element becomes a listing of its own" },
	{ "place_id", VIGIE_OPTION_TEXT, NULL, "@/id", false, NULL,
	    "expression that identifies the element among its item's places" },
	{ "languages", VIGIE_OPTION_TEXT, NULL, "fr en", false, NULL,
	    "languages of texts to take, best first, where there are several" },
	{ "*", VIGIE_OPTION_TEXT, "map", NULL, false, NULL,
	    "column of the catalogue, or properties.NAME, and the expression that gives it" },
	{ .type = VIGIE_OPTION_END },
};

/* The names that [map] knows. */
static const struct column {
	const char *name;
	enum vigie_key key;
	enum expr_shape shape;
} columns[] = {
	{ "kind", VIGIE_KIND, EXPR_FIRST },
	{ "title", VIGIE_TITLE, EXPR_FIRST },
	{ "description", VIGIE_DESCRIPTION, EXPR_FIRST },
	{ "language", VIGIE_LANGUAGE, EXPR_FIRST },
	{ "url", VIGIE_URL, EXPR_FIRST },
	{ "image_url", VIGIE_IMAGE_URL, EXPR_FIRST },
	{ "latitude", VIGIE_LATITUDE, EXPR_FIRST },
	{ "longitude", VIGIE_LONGITUDE, EXPR_FIRST },
	{ "street", VIGIE_STREET, EXPR_FIRST },
	{ "postcode", VIGIE_POSTCODE, EXPR_FIRST },
	{ "locality", VIGIE_LOCALITY, EXPR_FIRST },
	{ "country", VIGIE_COUNTRY, EXPR_FIRST },
	{ "price", VIGIE_PRICE, EXPR_LIST },
	{ "currency", VIGIE_CURRENCY, EXPR_FIRST },
	{ "price_unit", VIGIE_PRICE_UNIT, EXPR_FIRST },
	{ "capacity", VIGIE_CAPACITY, EXPR_FIRST },
	{ "rating", VIGIE_RATING, EXPR_FIRST },
	{ "rating_count", VIGIE_RATING_COUNT, EXPR_FIRST },
	{ "source_updated_at", VIGIE_SOURCE_UPDATED_AT, EXPR_FIRST },
	{ "starts_at", VIGIE_STARTS_AT, EXPR_FIRST },
	{ "ends_at", VIGIE_ENDS_AT, EXPR_FIRST },
};

struct mapping {
	enum vigie_key key;
	enum expr_shape shape;
	const char *property;	/* borrowed from the setting */
	struct expr *expr;
};

struct json {
	const struct vigie_host *host;
	struct vigie_run *run;

	struct frame *frame;
	struct json_parser parser;
	struct paging paging;
	struct expr *id, *places, *place_id, *tombstone;
	char *tombstone_values[TOMBSTONE_VALUES_MAX];
	size_t n_tombstone_values;
	char *language_list;
	const char *languages[LANGUAGES_MAX + 1];
	struct mapping *map;
	size_t n_map;

	struct vigie_answer answer;	/* copies, of the page that is being read */
	char *answer_url, *answer_link;
	uint64_t page_items;
	struct buf values, external_id;
};

/* ---- set-up */

static int
complain(struct vigie_complaint *c, const char *section, const char *name, const char *text)
{
	c->section = section;
	c->name = name;
	(void)snprintf(c->text, sizeof c->text, "%s", text);
	return -1;
}

static const char *
setting(const struct vigie_setup *setup, const char *name)
{
	for (size_t i = 0; i < setup->n_settings; i++)
		if (strcmp(setup->settings[i].section, "json") == 0 &&
		    strcmp(setup->settings[i].name, name) == 0)
			return setup->settings[i].value;
	return NULL;
}

static int
compile(const struct vigie_setup *setup, const char *name, struct expr **ret, struct vigie_complaint *c)
{
	const char *text = setting(setup, name);
	char problem[128];
	if (text == NULL)
		return 0;
	*ret = expr_new(text, problem, sizeof problem);
	return *ret ? 0 : complain(c, "json", name, problem);
}

static int
integer(const struct vigie_setup *setup, const char *name, int64_t *ret, struct vigie_complaint *c)
{
	const char *text = setting(setup, name);
	if (text == NULL || num_int(text, strlen(text), 0, INT32_MAX, ret) == 0)
		return 0;
	return complain(c, "json", name, "this is not a whole number");
}

/* "/state = deleted, closed" */
static int
open_tombstone(struct json *j, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	const char *text = setting(setup, "tombstone"), *equals;
	char problem[128];
	if (text == NULL)
		return 0;
	if ((equals = strstr(text, " = ")) == NULL)
		return complain(c, "json", "tombstone", "write POINTER = VALUE, VALUE");
	char *pointer = xstrndup(text, (size_t)(equals - text));
	j->tombstone = expr_new(pointer, problem, sizeof problem);
	free(pointer);
	if (j->tombstone == NULL)
		return complain(c, "json", "tombstone", problem);
	for (const char *s = equals + 3; *s != '\0' && j->n_tombstone_values < TOMBSTONE_VALUES_MAX;) {
		s += strspn(s, " ,");
		size_t len = strcspn(s, ",");
		while (len > 0 && s[len - 1] == ' ')
			len--;
		if (len > 0)
			j->tombstone_values[j->n_tombstone_values++] = xstrndup(s, len);
		s += strcspn(s, ",");
	}
	return 0;
}

static void
open_languages(struct json *j, const struct vigie_setup *setup)
{
	size_t n = 0;
	const char *text = setting(setup, "languages");
	char *rest = j->language_list = xstrdup(text ? text : "fr en"), *word;
	while (n < LANGUAGES_MAX && (word = strsep(&rest, " ,")) != NULL)
		if (*word != '\0')
			j->languages[n++] = word;
	j->languages[n] = NULL;
}

static const struct column *
find_column(const char *name)
{
	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		if (strcmp(columns[i].name, name) == 0)
			return &columns[i];
	return NULL;
}

static int
open_mapping(struct json *j, const struct vigie_setting *s, struct vigie_complaint *c)
{
	static const char prefix[] = "properties.";
	const struct column *column = find_column(s->name);
	bool property = strncmp(s->name, prefix, sizeof prefix - 1) == 0 && s->name[sizeof prefix - 1];
	char problem[128];
	if (j->n_map == FIELDS_MAX)
		return complain(c, "map", s->name, "there are more than 64 fields");
	if (column == NULL && !property)
		return complain(c, "map", s->name,
		    "the catalogue has no such column: name it properties.NAME to keep it all the same");
	j->map = xrealloc(j->map, j->n_map + 1, sizeof *j->map);
	struct mapping *m = &j->map[j->n_map];
	m->key = column ? column->key : VIGIE_PROPERTY;
	m->shape = column ? column->shape : EXPR_JSON;
	m->property = column ? NULL : s->name + sizeof prefix - 1;
	m->expr = expr_new(s->value, problem, sizeof problem);
	if (m->expr == NULL)
		return complain(c, "map", s->name, problem);
	j->n_map++;
	return 0;
}

static int
open_map(struct json *j, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	for (size_t i = 0; i < setup->n_settings; i++)
		if (strcmp(setup->settings[i].section, "map") == 0 &&
		    open_mapping(j, &setup->settings[i], c) != 0)
			return -1;
	return 0;
}

static int
open_paging(struct json *j, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	struct paging *p = &j->paging;
	const char *style = setting(setup, "paging");
	p->url = setup->url;
	p->body = setup->body;
	p->page_param = setting(setup, "page_param");
	p->offset_param = setting(setup, "offset_param");
	p->size_param = setting(setup, "size_param");
	p->cursor_param = setting(setup, "cursor_param");
	p->total_seen = -1;
	if (paging_style_parse(style ? style : "none", &p->style) != 0)
		return complain(c, "json", "paging", "there is no such way of paging");
	if (integer(setup, "first_page", &p->first_page, c) != 0 ||
	    integer(setup, "page_size", &p->page_size, c) != 0 ||
	    compile(setup, "cursor", &p->cursor, c) != 0 ||
	    compile(setup, "next", &p->next, c) != 0 || compile(setup, "total", &p->total, c) != 0)
		return -1;
	if (p->style == PAGING_CURSOR && p->cursor == NULL)
		return complain(c, "json", "cursor", "paging = cursor needs it");
	if (p->style == PAGING_NEXT_URL && p->next == NULL)
		return complain(c, "json", "next", "paging = next-url needs it");
	return 0;
}

static void
json_close(void *self)
{
	struct json *j = self;
	if (j == NULL)
		return;
	frame_free(j->frame);
	expr_free(j->paging.cursor);
	expr_free(j->paging.next);
	expr_free(j->paging.total);
	paging_done(&j->paging);
	expr_free(j->id);
	expr_free(j->places);
	expr_free(j->place_id);
	expr_free(j->tombstone);
	for (size_t i = 0; i < j->n_tombstone_values; i++)
		free(j->tombstone_values[i]);
	for (size_t i = 0; i < j->n_map; i++)
		expr_free(j->map[i].expr);
	free(j->map);
	free(j->language_list);
	free(j->answer_url);
	free(j->answer_link);
	json_parser_done(&j->parser);
	buf_done(&j->values);
	buf_done(&j->external_id);
	free(j);
}

static void on_items(void *arg, const struct frame_item *items, size_t n);

static int
open_all(struct json *j, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	const char *items = setting(setup, "items");
	j->frame = frame_new(items ? items : "", setup->max_item_bytes, setup->max_depth, on_items, j);
	if (j->frame == NULL)
		return complain(c, "json", "items", "this is not a JSON Pointer of at most 8 parts");
	if (setting(setup, "id") == NULL)
		return complain(c, "json", "id", "it is required");
	open_languages(j, setup);
	if (compile(setup, "id", &j->id, c) != 0 || compile(setup, "places", &j->places, c) != 0 ||
	    compile(setup, "place_id", &j->place_id, c) != 0)
		return -1;
	if (open_tombstone(j, setup, c) != 0 || open_paging(j, setup, c) != 0)
		return -1;
	return open_map(j, setup, c);
}

static void *
json_open(const struct vigie_setup *setup, struct vigie_complaint *c)
{
	struct json *j = xcalloc(1, sizeof *j);
	j->host = setup->host;
	j->run = setup->run;
	j->parser.max_depth = setup->max_depth;
	if (open_all(j, setup, c) == 0)
		return j;
	json_close(j);
	return NULL;
}

/* ---- items */

static size_t
read_fields(struct json *j, const struct expr_scope *scope, struct vigie_field *fields)
{
	size_t offsets[FIELDS_MAX + 1], ends[FIELDS_MAX + 1], n = 0;
	buf_clear(&j->values);
	for (size_t i = 0; i < j->n_map; i++) {
		const struct mapping *m = &j->map[i];
		offsets[n] = j->values.len;
		if (!expr_field(m->expr, scope, m->shape, &j->values, &fields[n]))
			continue;
		ends[n] = j->values.len;
		fields[n].key = m->key;
		fields[n++].name = m->property;
	}
	/* The buffer may have moved while it grew. */
	for (size_t i = 0; i < n; i++)
		if (ends[i] > offsets[i])
			fields[i].value = j->values.data + offsets[i];
	return n;
}

static void
emit(struct json *j, const struct expr_scope *scope)
{
	struct vigie_field fields[FIELDS_MAX + 1];
	size_t n = read_fields(j, scope, fields);
	fields[n++] = (struct vigie_field){ VIGIE_EXTERNAL_ID, VIGIE_TEXT, NULL, j->external_id.data,
	    j->external_id.len };
	j->host->emit(j->run, fields, n);
}

static void
reject(struct json *j, const char *reason)
{
	bool has_id = j->external_id.len > 0;
	j->host->reject(j->run, has_id ? j->external_id.data : NULL, j->external_id.len, reason);
}

static bool
is_tombstone(const struct json *j, const struct expr_scope *scope)
{
	struct buf text = BUF_INIT;
	enum vigie_value_type type;
	bool match = false;
	const cJSON *node = j->tombstone ? expr_node(j->tombstone, scope) : NULL;
	if (node != NULL && expr_scalar(node, &text, &type))
		for (size_t i = 0; i < j->n_tombstone_values && !match; i++)
			match = strcmp(buf_cstr(&text), j->tombstone_values[i]) == 0;
	buf_done(&text);
	return match;
}

/* One listing per place; its identifier is ITEM/PLACE. */
static void
emit_places(struct json *j, struct expr_scope *scope, const cJSON *places)
{
	size_t item_len = j->external_id.len;
	cJSON_ArrayForEach(scope->place, places) {
		buf_cut(&j->external_id, item_len);
		buf_char(&j->external_id, '/');
		if (expr_add(j->place_id, scope, &j->external_id)) {
			emit(j, scope);
		} else {
			buf_cut(&j->external_id, item_len);
			reject(j, "a place has no identifier");
		}
	}
}

static void
read_object(struct json *j, const cJSON *item)
{
	struct expr_scope scope = { item, NULL, j->languages };
	if (!cJSON_IsObject(item)) {
		reject(j, "the item is not an object");
		return;
	}
	if (!expr_add(j->id, &scope, &j->external_id)) {
		reject(j, "the item has no identifier");
		return;
	}
	if (is_tombstone(j, &scope)) {
		j->host->tombstone(j->run, j->external_id.data, j->external_id.len);
		return;
	}
	const cJSON *places = j->places ? expr_node(j->places, &scope) : NULL;
	if (cJSON_IsArray(places) && places->child != NULL)
		emit_places(j, &scope, places);
	else
		emit(j, &scope);
}

static int
json_item(void *self, const char *raw, size_t len)
{
	struct json *j = self;
	const char *problem = NULL;
	buf_clear(&j->external_id);
	j->host->scratch_begin();
	const cJSON *item = json_parse(&j->parser, raw, len, &problem);
	if (item != NULL)
		read_object(j, item);
	else
		reject(j, problem);
	j->host->scratch_end();
	return 0;
}

static void
read_item(struct json *j, const struct frame_item *item)
{
	j->page_items++;
	if (j->host->known(j->run, item->raw.s, item->raw.len))
		return;
	if (!item->cut) {
		(void)json_item(j, item->raw.s, item->raw.len);
		return;
	}
	buf_clear(&j->external_id);
	reject(j, "the item is too big");
}

static void
on_items(void *arg, const struct frame_item *items, size_t n)
{
	struct json *j = arg;
	struct vigie_bytes raw[FRAME_ITEMS_MAX] = { { NULL, 0 } };
	for (size_t i = 0; i < n; i++)
		raw[i] = items[i].raw;
	j->host->expect(j->run, raw, n);
	for (size_t i = 0; i < n; i++)
		read_item(j, &items[i]);
}

/* ---- pages */

static int
json_first(void *self, struct vigie_request *ret)
{
	struct json *j = self;
	paging_first(&j->paging, ret);
	return 0;
}

static int
json_begin(void *self, const struct vigie_answer *answer)
{
	struct json *j = self;
	free(j->answer_url);
	free(j->answer_link);
	j->answer = *answer;
	j->answer.url = j->answer_url = xstrdup(answer->url);
	j->answer.link = j->answer_link = xstrdup(answer->link);
	j->page_items = 0;
	frame_reset(j->frame);
	return 0;
}

static int
failed(struct json *j)
{
	j->host->fail(j->run, frame_failure(j->frame), frame_problem(j->frame));
	return -1;
}

static int
json_feed(void *self, const char *chunk, size_t len)
{
	struct json *j = self;
	return frame_feed(j->frame, chunk, len) == 0 ? 0 : failed(j);
}

static void
read_total(struct json *j, const cJSON *envelope)
{
	struct expr_scope scope = { envelope, NULL, j->languages };
	struct buf text = BUF_INIT;
	enum vigie_value_type type;
	int64_t total;
	const cJSON *node = j->paging.total ? expr_node(j->paging.total, &scope) : NULL;
	if (node != NULL && expr_scalar(node, &text, &type) &&
	    num_int(text.data, text.len, 0, INT64_MAX, &total) == 0) {
		j->paging.total_seen = total;
		j->host->declare_total(j->run, total);
	}
	buf_done(&text);
}

static int
json_end(void *self, struct vigie_next *ret)
{
	struct json *j = self;
	const char *problem = NULL;
	if (frame_end(j->frame) != 0)
		return failed(j);
	const struct buf *envelope = frame_envelope(j->frame);
	j->host->scratch_begin();
	const cJSON *root = json_parse(&j->parser, buf_cstr(envelope), envelope->len, &problem);
	if (root != NULL) {
		read_total(j, root);
		paging_next(&j->paging, root, &j->answer, j->page_items, ret);
	} else {
		j->host->fail(j->run, VIGIE_WRONG_FORMAT, problem);
	}
	j->host->scratch_end();
	return root != NULL ? 0 : -1;
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "json",
	.summary = "any REST API that answers in JSON",
	.options = options,
	.open = json_open,
	.close = json_close,
	.first = json_first,
	.begin = json_begin,
	.feed = json_feed,
	.end = json_end,
	.item = json_item,
};
