/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/record.h"

#include "base/nearest.h"
#include "base/utf8.h"
#include "lib/explain.h"
#include "lib/record_private.h"

enum { NAME_SHOWN_BYTES = 60 };

static size_t
read_fields(struct record *r, const struct expr_scope *scope, struct vigie_field *fields)
{
	size_t offsets[RECORD_FIELDS_MAX + 1], ends[RECORD_FIELDS_MAX + 1], n = 0;
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
emit_fields(struct record *r, struct vigie_field *fields, size_t n)
{
	fields[n++] = (struct vigie_field){ VIGIE_EXTERNAL_ID, VIGIE_TEXT, NULL, r->external_id.data,
	    r->external_id.len };
	r->host->emit(r->run, fields, n);
}

static void
remark(struct record *r, const char *name, const struct expr *e, const struct expr_scope *scope)
{
	if (r->host->remark == NULL)
		return;
	buf_clear(&r->result);
	explain(e, scope, &r->result);
	r->host->remark(r->run, name, buf_cstr(&r->result));
}

/* What the partner's file maps, and this item does not have. */
static void
remark_missing(struct record *r, const struct expr_scope *scope)
{
	struct vigie_field field;
	for (size_t i = 0; i < r->n_map; i++) {
		const struct mapping *m = &r->map[i];
		buf_clear(&r->values);
		if (m->name != NULL && !expr_field(m->expr, scope, m->shape, &r->values, &field))
			remark(r, m->name, m->expr, scope);
	}
}

static void
emit(struct record *r, const struct expr_scope *scope)
{
	struct vigie_field fields[RECORD_FIELDS_MAX + 1];
	size_t n = read_fields(r, scope, fields);
	emit_fields(r, fields, n);
	if (r->host->remark != NULL)
		remark_missing(r, scope);
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

static bool
is_there(const cJSON *places)
{
	if (cJSON_IsArray(places) || cJSON_IsObject(places))
		return places->child != NULL;
	return places != NULL && !cJSON_IsNull(places) && !cJSON_IsFalse(places) &&
	    !(cJSON_IsString(places) && places->valuestring[0] == '\0');
}

/* The first `item_len` bytes of external_id are the item's. */
static void
emit_place(struct record *r, const struct expr_scope *scope, size_t item_len)
{
	buf_cut(&r->external_id, item_len);
	buf_char(&r->external_id, '/');
	if (expr_add(r->place_id, scope, &r->external_id)) {
		emit(r, scope);
	} else {
		buf_cut(&r->external_id, item_len);
		remark(r, "place_id", r->place_id, scope);
		reject(r, "a place has no identifier");
	}
}

/* One listing per place; its identifier is ITEM/PLACE.  What is no array is a
 * place alone. */
static void
emit_places(struct record *r, struct expr_scope *scope, const cJSON *places)
{
	size_t item_len = r->external_id.len;
	scope->place = places;
	if (!cJSON_IsArray(places))
		emit_place(r, scope, item_len);
	else
		cJSON_ArrayForEach(scope->place, places)
			emit_place(r, scope, item_len);
}

/* ---- what a program gives */

static const char *
unknown_member(const cJSON *result, char *text, size_t size)
{
	const char *names[64] = { "id", "properties" };
	size_t n = 2;
	const cJSON *m;
	for (size_t i = 0; i < record_n_columns && n + 1 < sizeof names / sizeof *names; i++)
		names[n++] = record_columns[i].name;
	cJSON_ArrayForEach(m, result) {
		size_t i = 0;
		while (i < n && strcmp(names[i], m->string) != 0)
			i++;
		if (i < n)
			continue;
		const char *near = nearest_name(m->string, names);
		(void)snprintf(text, size, "jq: the catalogue has no column \"%.*s\"%s%s%s: what has none goes into "
		    "properties", (int)utf8_cut(m->string, strlen(m->string), NAME_SHOWN_BYTES), m->string,
		    near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
		return text;
	}
	return NULL;
}

static int
add_properties(struct record *r, const cJSON *result, struct vigie_field *fields, size_t *n)
{
	const cJSON *p;
	size_t first = *n, offsets[RECORD_FIELDS_MAX];
	buf_clear(&r->properties);
	cJSON_ArrayForEach(p, cJSON_GetObjectItemCaseSensitive(result, "properties")) {
		if (*n == RECORD_FIELDS_MAX)
			return -1;
		struct vigie_field *f = &fields[*n];
		offsets[*n] = r->properties.len;
		if (!expr_node_value(p, r->languages, EXPR_JSON, &r->properties, &f->type))
			continue;
		f->key = VIGIE_PROPERTY;
		f->name = p->string;
		f->value_len = r->properties.len - offsets[*n];
		(*n)++;
	}
	for (size_t i = first; i < *n; i++)
		fields[i].value = r->properties.data + offsets[i];
	return 0;
}

/* Each result has an "id" of its own, but that the item's will do for the first. */
static const char *
result_id(struct record *r, const struct expr_scope *scope, bool first)
{
	size_t len = r->external_id.len;
	if (cJSON_GetObjectItemCaseSensitive(scope->item, "id") == NULL)
		return !first ? "jq: several listings of one item, and this one has no \"id\" of its own" :
		    len == 0 ? "the item has no identifier" : NULL;
	buf_clear(&r->external_id);
	return expr_add(r->result_id, scope, &r->external_id) ? NULL : "jq: the listing's \"id\" is empty";
}

static const char *
read_result(struct record *r, bool first, char *text, size_t size)
{
	struct vigie_field fields[RECORD_FIELDS_MAX + 1];
	const char *problem = NULL;
	const cJSON *result = json_parse(&r->parser, r->result.data, r->result.len, &problem);
	if (result == NULL)
		return problem;
	if (!cJSON_IsObject(result))
		return "jq: the program gives something that is no object";
	const struct expr_scope scope = { result, NULL, r->languages };
	if ((problem = unknown_member(result, text, size)) != NULL ||
	    (problem = result_id(r, &scope, first)) != NULL)
		return problem;
	size_t n = read_fields(r, &scope, fields);
	if (add_properties(r, result, fields, &n) != 0)
		return "jq: a listing has more than 64 values";
	emit_fields(r, fields, n);
	return NULL;
}

static void
run_program(struct record *r, const char *json, size_t len)
{
	char text[256];
	struct json_text checked;
	const struct json_rules rules = { r->parser.max_depth, NULL };
	const char *problem = json_check(json, len, &rules, &r->checked, &checked);
	int rc = 0;
	bool first = true;
	/* The item was parsed: this is how many it has. */
	if (problem == NULL && r->parser.values > PROGRAM_VALUES_MAX)
		problem = "jq: more than 200,000 values in one item";
	if (problem == NULL)
		program_start(r->program, checked.s, checked.len);
	for (; problem == NULL && (rc = program_next(r->program, &r->result)) == 1; first = false)
		problem = read_result(r, first, text, sizeof text);
	if (problem != NULL)
		reject(r, problem);
	else if (rc == -1)
		reject(r, buf_cstr(&r->result));
}

/* ---- items */

static void
read_object(struct record *r, const cJSON *item, const char *json, size_t len)
{
	struct expr_scope scope = { item, NULL, r->languages };
	if (!cJSON_IsObject(item)) {
		reject(r, "the item is not an object");
		return;
	}
	if (!expr_add(r->id, &scope, &r->external_id) && r->program == NULL) {
		remark(r, "id", r->id, &scope);
		reject(r, "the item has no identifier");
		return;
	}
	if (r->external_id.len > 0 && is_tombstone(r, &scope)) {
		r->host->tombstone(r->run, r->external_id.data, r->external_id.len);
		return;
	}
	const char *problem = r->unfit != NULL ? r->unfit(item) : NULL;
	if (problem != NULL) {
		reject(r, problem);
		return;
	}
	if (r->program != NULL) {
		run_program(r, json, len);
		return;
	}
	const cJSON *places = r->places ? expr_node(r->places, &scope) : NULL;
	if (r->places != NULL && places == NULL)
		remark(r, "places", r->places, &scope);
	if (is_there(places))
		emit_places(r, &scope, places);
	else
		emit(r, &scope);
}

void
record_require(struct record *r, const char *(*unfit)(const cJSON *item))
{
	r->unfit = unfit;
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
		read_object(r, item, json, len);
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
	bool found = scope.item != NULL && (r->program != NULL || expr_add(r->id, &scope, &r->external_id));
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
