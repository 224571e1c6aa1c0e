/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/record.h"

#include "base/buf.h"
#include "lib/expr.h"
#include "lib/parse.h"
#include "lib/setting.h"

/* The value in [map] that leaves a column empty which has a default. */
static const char switched_off[] = "-";

enum { FIELDS_MAX = 64, LANGUAGES_MAX = 8, TOMBSTONE_VALUES_MAX = 8 };

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

struct record {
	const struct vigie_host *host;
	struct vigie_run *run;
	const char *section;

	struct json_parser parser;
	struct expr *id, *places, *place_id, *tombstone;
	char *tombstone_values[TOMBSTONE_VALUES_MAX];
	size_t n_tombstone_values;
	char *language_list;
	const char *languages[LANGUAGES_MAX + 1];
	struct mapping *map;
	size_t n_map;

	struct buf values, external_id;
};

/* ---- set-up */

/* A setting of the connector's section, or its default; NULL: neither. */
static const char *
setting_or_default(const struct record *r, const struct vigie_setup *setup, const struct record_default *defaults,
    const char *name)
{
	const char *text = setting_text(setup, r->section, name);
	for (const struct record_default *d = defaults; text == NULL && d != NULL && d->column != NULL; d++)
		if (strcmp(d->column, name) == 0)
			text = d->expression;
	return text;
}

/* "/state = deleted, closed" */
static int
open_tombstone(struct record *r, const char *text, struct vigie_complaint *c)
{
	const char *equals;
	char problem[128];
	if (text == NULL)
		return 0;
	if ((equals = strstr(text, " = ")) == NULL)
		return complain(c, r->section, "tombstone", "write POINTER = VALUE, VALUE");
	char *pointer = xstrndup(text, (size_t)(equals - text));
	r->tombstone = expr_new(pointer, problem, sizeof problem);
	free(pointer);
	if (r->tombstone == NULL)
		return complain(c, r->section, "tombstone", problem);
	for (const char *s = equals + 3; *s != '\0' && r->n_tombstone_values < TOMBSTONE_VALUES_MAX;) {
		s += strspn(s, " ,");
		size_t len = strcspn(s, ",");
		while (len > 0 && s[len - 1] == ' ')
			len--;
		if (len > 0)
			r->tombstone_values[r->n_tombstone_values++] = xstrndup(s, len);
		s += strcspn(s, ",");
	}
	return 0;
}

static void
open_languages(struct record *r, const struct vigie_setup *setup)
{
	size_t n = 0;
	const char *text = setting_text(setup, r->section, "languages");
	char *rest = r->language_list = xstrdup(text ? text : "fr en"), *word;
	while (n < LANGUAGES_MAX && (word = strsep(&rest, " ,")) != NULL)
		if (*word != '\0')
			r->languages[n++] = word;
	r->languages[n] = NULL;
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
open_mapping(struct record *r, const char *name, const char *text, struct vigie_complaint *c)
{
	static const char prefix[] = "properties.";
	const struct column *column = find_column(name);
	bool property = strncmp(name, prefix, sizeof prefix - 1) == 0 && name[sizeof prefix - 1];
	char problem[128];
	if (r->n_map == FIELDS_MAX)
		return complain(c, "map", name, "there are more than 64 fields");
	if (column == NULL && !property)
		return complain(c, "map", name,
		    "the catalogue has no such column: name it properties.NAME to keep it all the same");
	if (strcmp(text, switched_off) == 0)
		return 0;
	r->map = xrealloc(r->map, r->n_map + 1, sizeof *r->map);
	struct mapping *m = &r->map[r->n_map];
	m->key = column ? column->key : VIGIE_PROPERTY;
	m->shape = column ? column->shape : EXPR_JSON;
	m->property = column ? NULL : name + sizeof prefix - 1;
	m->expr = expr_new(text, problem, sizeof problem);
	if (m->expr == NULL)
		return complain(c, "map", name, problem);
	r->n_map++;
	return 0;
}

/* Of a connector's own section, not of [map]. */
static bool
is_setting(const char *name)
{
	return strcmp(name, "id") == 0 || strcmp(name, "tombstone") == 0;
}

static int
open_map(struct record *r, const struct vigie_setup *setup, const struct record_default *defaults,
    struct vigie_complaint *c)
{
	for (const struct record_default *d = defaults; d != NULL && d->column != NULL; d++)
		if (!is_setting(d->column) && setting_text(setup, "map", d->column) == NULL &&
		    open_mapping(r, d->column, d->expression, c) != 0)
			return -1;
	for (size_t i = 0; i < setup->n_settings; i++)
		if (strcmp(setup->settings[i].section, "map") == 0 &&
		    open_mapping(r, setup->settings[i].name, setup->settings[i].value, c) != 0)
			return -1;
	return 0;
}

static int
open_id(struct record *r, const char *text, struct vigie_complaint *c)
{
	char problem[128];
	if (text == NULL)
		return complain(c, r->section, "id", "it is required");
	r->id = expr_new(text, problem, sizeof problem);
	return r->id != NULL ? 0 : complain(c, r->section, "id", problem);
}

static int
open_all(struct record *r, const struct vigie_setup *setup, const struct record_default *defaults,
    struct vigie_complaint *c)
{
	open_languages(r, setup);
	if (open_id(r, setting_or_default(r, setup, defaults, "id"), c) != 0 ||
	    open_tombstone(r, setting_or_default(r, setup, defaults, "tombstone"), c) != 0 ||
	    setting_expr(setup, r->section, "places", &r->places, c) != 0 ||
	    setting_expr(setup, r->section, "place_id", &r->place_id, c) != 0)
		return -1;
	return open_map(r, setup, defaults, c);
}

struct record *
record_new(const struct vigie_setup *setup, const char *section, struct vigie_complaint *c)
{
	return record_new_with(setup, section, NULL, c);
}

struct record *
record_new_with(const struct vigie_setup *setup, const char *section, const struct record_default *defaults,
    struct vigie_complaint *c)
{
	struct record *r = xcalloc(1, sizeof *r);
	r->host = setup->host;
	r->run = setup->run;
	r->section = section;
	r->parser.max_depth = setup->max_depth;
	if (open_all(r, setup, defaults, c) == 0)
		return r;
	record_free(r);
	return NULL;
}

void
record_free(struct record *r)
{
	if (r == NULL)
		return;
	expr_free(r->id);
	expr_free(r->places);
	expr_free(r->place_id);
	expr_free(r->tombstone);
	for (size_t i = 0; i < r->n_tombstone_values; i++)
		free(r->tombstone_values[i]);
	for (size_t i = 0; i < r->n_map; i++)
		expr_free(r->map[i].expr);
	free(r->map);
	free(r->language_list);
	json_parser_done(&r->parser);
	buf_done(&r->values);
	buf_done(&r->external_id);
	free(r);
}

/* ---- items */

static size_t
read_fields(struct record *r, const struct expr_scope *scope, struct vigie_field *fields)
{
	size_t offsets[FIELDS_MAX + 1], ends[FIELDS_MAX + 1], n = 0;
	buf_clear(&r->values);
	for (size_t i = 0; i < r->n_map; i++) {
		const struct mapping *m = &r->map[i];
		offsets[n] = r->values.len;
		if (!expr_field(m->expr, scope, m->shape, &r->values, &fields[n]))
			continue;
		ends[n] = r->values.len;
		fields[n].key = m->key;
		fields[n++].name = m->property;
	}
	/* The buffer may have moved while it grew. */
	for (size_t i = 0; i < n; i++)
		if (ends[i] > offsets[i])
			fields[i].value = r->values.data + offsets[i];
	return n;
}

static void
emit(struct record *r, const struct expr_scope *scope)
{
	struct vigie_field fields[FIELDS_MAX + 1];
	size_t n = read_fields(r, scope, fields);
	fields[n++] = (struct vigie_field){ VIGIE_EXTERNAL_ID, VIGIE_TEXT, NULL, r->external_id.data,
	    r->external_id.len };
	r->host->emit(r->run, fields, n);
}

static void
reject(struct record *r, const char *reason)
{
	bool has_id = r->external_id.len > 0;
	r->host->reject(r->run, has_id ? r->external_id.data : NULL, r->external_id.len, reason);
}

static bool
is_tombstone(const struct record *r, const struct expr_scope *scope)
{
	struct buf text = BUF_INIT;
	enum vigie_value_type type;
	bool match = false;
	const cJSON *node = r->tombstone ? expr_node(r->tombstone, scope) : NULL;
	if (node != NULL && expr_scalar(node, &text, &type))
		for (size_t i = 0; i < r->n_tombstone_values && !match; i++)
			match = strcmp(buf_cstr(&text), r->tombstone_values[i]) == 0;
	buf_done(&text);
	return match;
}

/* One listing per place; its identifier is ITEM/PLACE. */
static void
emit_places(struct record *r, struct expr_scope *scope, const cJSON *places)
{
	size_t item_len = r->external_id.len;
	cJSON_ArrayForEach(scope->place, places) {
		buf_cut(&r->external_id, item_len);
		buf_char(&r->external_id, '/');
		if (expr_add(r->place_id, scope, &r->external_id)) {
			emit(r, scope);
		} else {
			buf_cut(&r->external_id, item_len);
			reject(r, "a place has no identifier");
		}
	}
}

static void
read_object(struct record *r, const cJSON *item)
{
	struct expr_scope scope = { item, NULL, r->languages };
	if (!cJSON_IsObject(item)) {
		reject(r, "the item is not an object");
		return;
	}
	if (!expr_add(r->id, &scope, &r->external_id)) {
		reject(r, "the item has no identifier");
		return;
	}
	if (is_tombstone(r, &scope)) {
		r->host->tombstone(r->run, r->external_id.data, r->external_id.len);
		return;
	}
	const cJSON *places = r->places ? expr_node(r->places, &scope) : NULL;
	if (cJSON_IsArray(places) && places->child != NULL)
		emit_places(r, &scope, places);
	else
		emit(r, &scope);
}

void
record_reject(struct record *r, const char *reason)
{
	buf_clear(&r->external_id);
	reject(r, reason);
}

void
record_read(struct record *r, const char *json, size_t len)
{
	const char *problem = NULL;
	buf_clear(&r->external_id);
	r->host->scratch_begin();
	const cJSON *item = json_parse(&r->parser, json, len, &problem);
	if (item != NULL)
		read_object(r, item);
	else
		reject(r, problem);
	r->host->scratch_end();
}

void
record_item(struct record *r, const char *json, size_t len)
{
	if (!r->host->known(r->run, json, len))
		record_read(r, json, len);
}

bool
record_identifies(struct record *r, const char *json, size_t len)
{
	const char *problem = NULL;
	r->host->scratch_begin();
	struct expr_scope scope = { json_parse(&r->parser, json, len, &problem), NULL, r->languages };
	buf_clear(&r->external_id);
	bool found = scope.item != NULL && expr_add(r->id, &scope, &r->external_id);
	buf_clear(&r->external_id);
	r->host->scratch_end();
	return found;
}

bool
record_id(struct record *r, const struct expr *id, const char *json, size_t len, struct vigie_bytes *ret)
{
	const char *problem = NULL;
	buf_clear(&r->external_id);
	r->host->scratch_begin();
	struct expr_scope scope = { json_parse(&r->parser, json, len, &problem), NULL, r->languages };
	bool found = cJSON_IsObject(scope.item) && expr_add(id ? id : r->id, &scope, &r->external_id);
	r->host->scratch_end();
	*ret = (struct vigie_bytes){ buf_cstr(&r->external_id), r->external_id.len };
	return found;
}

const cJSON *
record_parse(struct record *r, const char *json, size_t len, const char **ret_problem)
{
	return json_parse(&r->parser, json, len, ret_problem);
}

const char *const *
record_languages(const struct record *r)
{
	return r->languages;
}
