/* SPDX-License-Identifier: Apache-2.0 */
/* The reference of keys, printed from the tables that the files are checked with. */
#include "base/buf.h"
#include "config/preset.h"
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

struct line {
	const char *section, *name, *type, *fallback, *choices, *help;
	bool required, credential;
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
add_line(struct buf *out, const struct line *l, const char **section)
{
	if (*section == NULL || strcmp(*section, l->section) != 0)
		buf_fmt(out, "\n[%s]\n", l->section);
	*section = l->section;
	buf_fmt(out, "  %s = %s", l->name, l->type);
	if (l->credential)
		buf_str(out, " or credential:NAME");
	if (l->required)
		buf_str(out, " (required)");
	if (l->fallback != NULL && l->fallback[0] != '\0')
		buf_fmt(out, " (default %s)", l->fallback);
	add_wrapped(out, l->help);
	if (l->choices != NULL) {
		struct buf choices = BUF_INIT;
		buf_str(&choices, "One of: ");
		buf_str(&choices, l->choices);
		add_wrapped(out, buf_cstr(&choices));
		buf_done(&choices);
	}
	buf_char(out, '\n');
}

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

static void
add_keys(struct buf *out, const struct key *keys)
{
	struct buf kinds = BUF_INIT;
	const char *section = NULL;
	for (size_t i = 0; listing_kinds[i] != NULL; i++)
		buf_fmt(&kinds, "%s%s", i > 0 ? " " : "", listing_kinds[i]);
	for (const struct key *k = keys; k->type != KEY_END; k++) {
		const struct line l = {
			.section = k->section,
			.name = k->type == KEY_PAIRS ? pairs_name(k->name) : k->name,
			.type = value_type_name(k->type),
			.fallback = k->fallback,
			.choices = k->type == KEY_KIND ? buf_cstr(&kinds) : k->choices,
			.help = k->help,
			.required = k->required,
			.credential = k->credential == CREDENTIAL_MAY,
		};
		add_line(out, &l, &section);
	}
	buf_done(&kinds);
}

static void
add_connector(struct buf *out, const struct vigie_connector *c)
{
	const char *section = NULL;
	buf_fmt(out, "\nPARTNER FILE, connector = %s: %s\n", c->name, c->summary);
	for (const struct vigie_option *o = c->options; o != NULL && o->type != VIGIE_OPTION_END; o++) {
		const struct line l = {
			.section = option_section(c, o),
			.name = strcmp(o->name, "*") == 0 ? "NAME" : o->name,
			.type = option_types[o->type],
			.fallback = o->fallback,
			.choices = o->type == VIGIE_OPTION_CHOICE ? o->choices : NULL,
			.help = o->help,
			.required = o->required,
		};
		add_line(out, &l, &section);
	}
}

void
config_describe(struct buf *out, struct plugins *plugins)
{
	buf_str(out, "VIGIE.CONF\n");
	add_keys(out, vigie_keys);
	buf_str(out, "\nPARTNER FILE: partners.d/NAME.conf\n");
	add_keys(out, partner_keys);
	buf_str(out, "\nHOOK FILE: hooks.d/NAME.conf\n");
	add_keys(out, hook_keys);
	char **names = plugins != NULL ? plugins_names(plugins) : NULL;
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		const struct vigie_connector *c = plugins_get(plugins, names[i], NULL);
		if (c != NULL)
			add_connector(out, c);
	}
	plugins_free_names(names);
	if (plugins != NULL)
		preset_describe(out, plugins);
}
