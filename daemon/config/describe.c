/* SPDX-License-Identifier: Apache-2.0 */
/* The reference of keys, printed from the tables that the files are checked with. */
#include "config/describe.h"

#include "base/buf.h"
#include "config/source.h"
#include "config/value.h"
#include "normalise/listing.h"

enum { HELP_COLUMNS = 72 };

static const char *const option_types[] = {
	[VIGIE_OPTION_TEXT] = "text",
	[VIGIE_OPTION_LINES] = "lines",
	[VIGIE_OPTION_INTEGER] = "integer",
	[VIGIE_OPTION_BOOLEAN] = "yes or no",
	[VIGIE_OPTION_CHOICE] = "choice",
	[VIGIE_OPTION_END] = "",
};

struct reference {
	struct buf *out;
	const char *section;	/* of the key before; NULL: none yet */
};

static void
add_wrapped(struct buf *out, const char *text)
{
	size_t column = 0;
	while (*text != '\0') {
		size_t word = strcspn(text, " ");
		if (column > 0 && column + 1 + word > HELP_COLUMNS)
			column = 0;
		buf_str(out, column == 0 ? "\n      " : " ");
		buf_add(out, text, word);
		column += word + (column > 0);
		text += word;
		text += strspn(text, " ");
	}
}

static void
add_key(void *to, const struct described *d)
{
	struct reference *t = to;
	if (t->section == NULL || strcmp(t->section, d->section) != 0)
		buf_fmt(t->out, "\n[%s]\n", d->section);
	t->section = d->section;
	buf_fmt(t->out, "  %s = %s", d->name, d->type);
	if (d->credential)
		buf_str(t->out, " or credential:NAME");
	if (d->required)
		buf_str(t->out, " (required)");
	if (d->fallback != NULL && d->fallback[0] != '\0')
		buf_fmt(t->out, " (default %s)", d->fallback);
	add_wrapped(t->out, d->help);
	if (d->choices != NULL) {
		struct buf choices = BUF_INIT;
		buf_str(&choices, "One of: ");
		buf_str(&choices, d->choices);
		add_wrapped(t->out, buf_cstr(&choices));
		buf_done(&choices);
	}
	buf_char(t->out, '\n');
}

static void
add_connector(void *to, const struct vigie_connector *c)
{
	struct reference *t = to;
	t->section = NULL;
	buf_fmt(t->out, "\nPARTNER FILE, connector = %s: %s\n", c->name, c->summary);
}

static void
add_preset(void *to, const char *name, const char *path, const struct inifile *preset)
{
	struct reference *t = to;
	buf_fmt(t->out, "\nPARTNER FILE, connector = %s: %s\n  a preset for connector = %s: it sets what stands in\n  %s\n",
	    name, describe_summary(preset), describe_plugin(preset), path);
}

/* ---- walking the tables */

static const char *
pairs_name(const char *name)
{
	static const char *const names[][2] = {
		{ "header.*", "header.NAME" }, { "query.*", "query.NAME" }, { "to.*", "to.THEME" },
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i][0], name) == 0)
			return names[i][1];
	return name;
}

void
describe_keys(const struct key *keys, const struct describe *d)
{
	struct buf kinds = BUF_INIT;
	for (size_t i = 0; listing_kinds[i] != NULL; i++)
		buf_fmt(&kinds, "%s%s", i > 0 ? " " : "", listing_kinds[i]);
	for (const struct key *k = keys; k->type != KEY_END; k++) {
		const struct described key = {
			.section = k->section,
			.name = k->type == KEY_PAIRS ? pairs_name(k->name) : k->name,
			.type = value_type_name(k->type),
			.fallback = k->fallback,
			.choices = k->type == KEY_KIND ? buf_cstr(&kinds) : k->choices,
			.help = k->help,
			.required = k->required,
			.credential = k->credential == CREDENTIAL_MAY,
		};
		d->key(d->to, &key);
	}
	buf_done(&kinds);
}

void
describe_connector(const struct vigie_connector *c, const struct describe *d)
{
	d->connector(d->to, c);
	for (const struct vigie_option *o = c->options; o != NULL && o->type != VIGIE_OPTION_END; o++) {
		const struct described option = {
			.section = option_section(c, o),
			.name = strcmp(o->name, "*") == 0 ? "NAME" : o->name,
			.type = option_types[o->type],
			.fallback = o->fallback,
			.choices = o->type == VIGIE_OPTION_CHOICE ? o->choices : NULL,
			.help = o->help,
			.required = o->required,
		};
		d->key(d->to, &option);
	}
}

void
describe_connectors(struct plugins *plugins, const struct describe *d)
{
	char **names = plugins_names(plugins);
	for (size_t i = 0; names[i] != NULL; i++) {
		const struct vigie_connector *c = plugins_get(plugins, names[i], NULL);
		if (c != NULL)
			describe_connector(c, d);
	}
	plugins_free_names(names);
}

static void
describe_preset(const char *name, const char *path, const struct describe *d)
{
	struct config_problems problems = { NULL, 0 };
	const struct report r = { .problems = &problems, .file = path, .partner = name };
	struct inifile preset = INIFILE_INIT;
	if (inifile_read(&preset, path, &r) == 0 && describe_plugin(&preset)[0] != '\0')
		d->preset(d->to, name, path, &preset);
	inifile_done(&preset);
	config_problems_done(&problems);
}

void
describe_presets(const struct plugins *plugins, const struct describe *d)
{
	char **names = plugins_presets(plugins);
	for (size_t i = 0; names[i] != NULL; i++) {
		char *path = plugins_preset(plugins, names[i]);
		if (path != NULL)
			describe_preset(names[i], path, d);
		free(path);
	}
	plugins_free_names(names);
}

static const char *
said_by(const struct inifile *preset, const char *section, const char *name)
{
	const struct inifile_entry *e = inifile_find(preset, section, name);
	return e != NULL ? e->value : "";
}

const char *
describe_summary(const struct inifile *preset)
{
	return said_by(preset, "preset", "summary");
}

const char *
describe_plugin(const struct inifile *preset)
{
	return said_by(preset, "partner", "connector");
}

void
config_describe(struct buf *out, struct plugins *plugins)
{
	struct reference text = { .out = out };
	const struct describe d = { &text, add_key, add_connector, add_preset };
	buf_str(out, "VIGIE.CONF\n");
	describe_keys(vigie_keys, &d);
	text.section = NULL;
	buf_str(out, "\nPARTNER FILE: partners.d/NAME.conf\n");
	describe_keys(partner_keys, &d);
	text.section = NULL;
	buf_str(out, "\nHOOK FILE: hooks.d/NAME.conf\n");
	describe_keys(hook_keys, &d);
	if (plugins != NULL) {
		describe_connectors(plugins, &d);
		describe_presets(plugins, &d);
	}
}

int
config_describe_connector(struct buf *out, struct plugins *plugins, const char *name, struct error *err)
{
	struct reference text = { .out = out };
	const struct describe d = { &text, add_key, add_connector, add_preset };
	char *path = plugins_preset(plugins, name);
	const struct vigie_connector *c = path == NULL ? plugins_get(plugins, name, err) : NULL;
	if (path != NULL)
		describe_preset(name, path, &d);
	else if (c != NULL)
		describe_connector(c, &d);
	bool found = path != NULL || c != NULL;
	free(path);
	return found ? 0 : -1;
}
