/* SPDX-License-Identifier: Apache-2.0 */
#include "config/source.h"

#include "base/buf.h"
#include "config/credential.h"
#include "config/value.h"

enum { NAMES_MAX = 255 };

/* ---- values */

static void
apply_credential(const struct source *s, const struct key *k, const struct inifile_entry *e, void *base)
{
	if (!credential_named(e->value) && k->credential == CREDENTIAL_MUST)
		report_problem(s->report, e->at, "put the secret in a file and write %s = credential:NAME", k->name);
	else if (e->value[0] == '\0')
		report_problem(s->report, e->at, "\"%s\" is empty: give it a value or take the line away", k->name);
	else
		value_set_text(k, e->value, base);
}

static void
apply_entry(const struct source *s, const struct key *k, const struct inifile_entry *e, void *base)
{
	struct error err = ERROR_INIT;
	if (k->credential != CREDENTIAL_NEVER)
		apply_credential(s, k, e, base);
	else if (credential_named(e->value))
		report_problem(s->report, e->at, "\"%s\" cannot hold a credential%s", k->name,
		    k->type == KEY_URL ? ": write query.NAME or header.NAME = credential:NAME" : "");
	else if (value_set(k, e->value, s->folder, base, &err) == -1)
		report_problem(s->report, e->at, "%s", err.text);
}

void
source_missing(const struct source *s, const char *section, const char *name, const char *help)
{
	if (!s->file->garbled)
		report_problem(s->report, inifile_place(s->file, section, NULL), "\"%s\" is missing in [%s]. %s", name, section,
		    help);
}

static void
apply_fallback(const struct source *s, const struct key *k, void *base)
{
	struct error err = ERROR_INIT;
	if (k->required)
		source_missing(s, k->section, k->name, k->help);
	else if (k->fallback != NULL && value_set(k, k->fallback, s->folder, base, &err) == -1)
		report_problem(s->report, nowhere, "default of \"%s\": %s", k->name, err.text);
}

void
source_apply(const struct source *s, void *base)
{
	for (const struct key *k = s->keys; k->type != KEY_END; k++) {
		if (k->type == KEY_PAIRS)
			continue;
		const struct inifile_entry *e = inifile_find(s->file, k->section, k->name);
		if (e != NULL)
			apply_entry(s, k, e, base);
		else
			apply_fallback(s, k, base);
	}
}

void
keys_free(const struct key *keys, void *base)
{
	for (; keys->type != KEY_END; keys++)
		value_free(keys, base);
}

/* ---- what nobody knows */

/* A set of names for nearest_name(), in order, each once; the rest is dropped. */
struct names {
	const char *list[NAMES_MAX + 1];
	size_t n;
};

static bool
names_have(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->list[i], name) == 0)
			return true;
	return false;
}

static void
names_add(struct names *names, const char *name)
{
	if (names->n == NAMES_MAX || names_have(names, name))
		return;
	names->list[names->n++] = name;
	names->list[names->n] = NULL;
}

const char *
option_section(const struct vigie_connector *c, const struct vigie_option *o)
{
	return o->section != NULL ? o->section : c->name;
}

static const struct vigie_option no_options[] = { { .type = VIGIE_OPTION_END } };

static const struct vigie_option *
options_of(const struct vigie_connector *c)
{
	return c != NULL && c->options != NULL ? c->options : no_options;
}

static struct names
all_sections(const struct source *s, const struct vigie_connector *c)
{
	struct names names = { .n = 0 };
	for (const struct key *k = s->keys; k->type != KEY_END; k++)
		names_add(&names, k->section);
	for (const struct vigie_option *o = options_of(c); o->type != VIGIE_OPTION_END; o++)
		names_add(&names, option_section(c, o));
	return names;
}

/* Keys of `section`; *ret_any when every name goes there. */
static struct names
names_of(const struct source *s, const struct vigie_connector *c, const char *section, bool *ret_any)
{
	struct names names = { .n = 0 };
	*ret_any = false;
	for (const struct key *k = s->keys; k->type != KEY_END; k++)
		if (strcmp(k->section, section) == 0)
			names_add(&names, k->name);
	for (const struct vigie_option *o = options_of(c); o->type != VIGIE_OPTION_END; o++) {
		if (strcmp(option_section(c, o), section) != 0)
			continue;
		names_add(&names, o->name);
		*ret_any = *ret_any || strcmp(o->name, "*") == 0;
	}
	return names;
}

/* Are there keys of the connector's own section in it?  Then it is that of another. */
static bool
has_its_keys(const struct source *s, const struct vigie_connector *c, const char *section)
{
	bool any;
	struct names own = { .n = 0 };
	if (c != NULL)
		own = names_of(s, c, c->name, &any);
	for (size_t i = 0; i < s->file->n; i++) {
		const struct inifile_entry *e = &s->file->list[i];
		if (e->name != NULL && strcmp(e->section, section) == 0 && names_have(&own, e->name))
			return true;
	}
	return false;
}

static void
unknown_section(const struct source *s, const struct vigie_connector *c, const struct names *sections,
    const struct inifile_entry *e)
{
	const char *near = nearest_name(e->section, sections->list);
	if (s->keys == vigie_keys && strcmp(e->section, "partner") == 0)
		report_problem(s->report, e->at, "[partner] begins the file of a partner, which belongs in partners.d");
	else if (near != NULL)
		report_problem(s->report, e->at, "unknown section [%s]: did you mean [%s]?", e->section, near);
	else if (has_its_keys(s, c, e->section))
		report_problem(s->report, e->at, "unknown section [%s]: the connector is %s, whose keys stand in [%s]", e->section,
		    c->name, c->name);
	else
		report_problem(s->report, e->at, "unknown section [%s]", e->section);
}

/* Another section that has a key of this name. */
static const char *
home_of(const struct source *s, const struct vigie_connector *c, const char *name)
{
	for (const struct key *k = s->keys; k->type != KEY_END; k++)
		if (key_find(s->keys, k->section, name) != NULL)
			return k->section;
	for (const struct vigie_option *o = options_of(c); o->type != VIGIE_OPTION_END; o++)
		if (strcmp(o->name, name) == 0)
			return option_section(c, o);
	return NULL;
}

static void
unknown_key(const struct source *s, const struct vigie_connector *c, const struct names *names,
    const struct inifile_entry *e)
{
	const char *near = nearest_name(e->name, names->list), *home = home_of(s, c, e->name);
	if (e->section[0] == '\0')
		report_problem(s->report, e->at, "\"%s\" stands before the first [section]", e->name);
	else if (home != NULL)
		report_problem(s->report, e->at, "\"%s\" is a key of [%s], not of [%s]", e->name, home, e->section);
	else if (near != NULL)
		report_problem(s->report, e->at, "unknown key \"%s\" in [%s]: did you mean \"%s\"?", e->name,
		    e->section, near);
	else
		report_problem(s->report, e->at, "unknown key \"%s\" in [%s]", e->name, e->section);
}

void
source_unknown(const struct source *s, const struct vigie_connector *c)
{
	struct names sections = all_sections(s, c);
	for (size_t i = 0; i < s->file->n; i++) {
		const struct inifile_entry *e = &s->file->list[i];
		bool any, known = names_have(&sections, e->section);
		if (e->name == NULL) {
			if (!known && (c != NULL || s->report->partner == NULL))
				unknown_section(s, c, &sections, e);
			continue;
		}
		struct names names = names_of(s, c, e->section, &any);
		bool fixed = key_find(s->keys, e->section, e->name) != NULL || names_have(&names, e->name);
		if (!fixed && !any && (known || e->section[0] == '\0'))
			unknown_key(s, c, &names, e);
	}
}

void
source_secret(const struct source *s, const char *section, const char *name, char **value, char **ret_missing)
{
	struct error err = ERROR_INIT;
	if (*value == NULL)
		return;
	char *secret = credential_expand(*value, s->folder, NULL, &err);
	free(*value);
	*value = secret;
	if (secret != NULL)
		return;
	if (err.kind == ERROR_CONFIG)
		report_problem(s->report, inifile_place(s->file, section, name), "%s", err.text);
	else
		*ret_missing = xstrdup(err.text);
}
