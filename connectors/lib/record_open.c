/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/record_private.h"
#include "lib/setting.h"

/* The value in [map] that leaves a column empty which has a default. */
static const char switched_off[] = "-";

/* The names that [map] knows. */
const struct record_column record_columns[] = {
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
const size_t record_n_columns = sizeof record_columns / sizeof *record_columns;

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
	for (const char *s = equals + 3; *s != '\0' && r->n_tombstone_values < RECORD_TOMBSTONE_VALUES_MAX;) {
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
	while (n < RECORD_LANGUAGES_MAX && (word = strsep(&rest, " ,")) != NULL)
		if (*word != '\0')
			r->languages[n++] = word;
	r->languages[n] = NULL;
}

static const struct record_column *
find_column(const char *name)
{
	for (size_t i = 0; i < record_n_columns; i++)
		if (strcmp(record_columns[i].name, name) == 0)
			return &record_columns[i];
	return NULL;
}

static int
open_mapping(struct record *r, const char *name, const char *text, struct vigie_complaint *c)
{
	static const char prefix[] = "properties.";
	const struct record_column *column = find_column(name);
	bool property = strncmp(name, prefix, sizeof prefix - 1) == 0 && name[sizeof prefix - 1];
	char problem[128];
	if (r->n_map == RECORD_FIELDS_MAX)
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
	m->name = NULL;
	m->expr = expr_new(text, problem, sizeof problem);
	if (m->expr == NULL)
		return complain(c, "map", name, problem);
	r->n_map++;
	return 0;
}

static int
open_own(struct record *r, const struct vigie_setting *s, struct vigie_complaint *c)
{
	size_t before = r->n_map;
	if (open_mapping(r, s->name, s->value, c) != 0)
		return -1;
	if (r->n_map > before)
		r->map[before].name = s->name;
	return 0;
}

/* What a program gives has the names of the columns already. */
static int
open_identity(struct record *r, struct vigie_complaint *c)
{
	char pointer[32];
	for (size_t i = 0; i < record_n_columns; i++) {
		(void)snprintf(pointer, sizeof pointer, "/%s", record_columns[i].name);
		if (open_mapping(r, record_columns[i].name, pointer, c) != 0)
			return -1;
	}
	return 0;
}

/* 1: there is one. */
static int
open_program(struct record *r, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	char problem[200];
	const char *text = setting_text(setup, "jq", "program");
	if (text == NULL)
		return 0;
	for (size_t i = 0; i < setup->n_settings; i++)
		if (strcmp(setup->settings[i].section, "map") == 0)
			return complain(c, "map", setup->settings[i].name, "[jq] says already what the columns are: "
			    "take it out here, or take out [jq]");
	if (r->places != NULL)
		return complain(c, r->section, "places", "[jq] makes the listings: write .NAME[] in its program instead");
	r->program = program_new(text, problem, sizeof problem);
	if (r->program == NULL)
		return complain(c, "jq", "program", problem);
	r->result_id = expr_new("/id", problem, sizeof problem);
	return open_identity(r, c) == 0 ? 1 : -1;
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
		if (strcmp(setup->settings[i].section, "map") == 0 && open_own(r, &setup->settings[i], c) != 0)
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
	int program = open_program(r, setup, c);
	return program == 0 ? open_map(r, setup, defaults, c) : program > 0 ? 0 : -1;
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
	expr_free(r->result_id);
	program_free(r->program);
	for (size_t i = 0; i < r->n_tombstone_values; i++)
		free(r->tombstone_values[i]);
	for (size_t i = 0; i < r->n_map; i++)
		expr_free(r->map[i].expr);
	free(r->map);
	free(r->language_list);
	json_parser_done(&r->parser);
	buf_done(&r->values);
	buf_done(&r->external_id);
	buf_done(&r->properties);
	buf_done(&r->checked);
	buf_done(&r->result);
	free(r);
}
