/* SPDX-License-Identifier: Apache-2.0 */
#include "config/preset.h"

#include "base/buf.h"
#include "config/credential.h"
#include "config/keys.h"

static const char own_section[] = "preset";

/* ---- what a preset may say */

static const char *
value_of(const struct inifile *preset, const char *section, const char *name)
{
	const struct inifile_entry *e = inifile_find(preset, section, name);
	return e != NULL && e->value[0] != '\0' ? e->value : NULL;
}

static void
check_entry(const struct report *r, const struct inifile_entry *e)
{
	const struct key *k = key_find(partner_keys, e->section, e->name);
	if (strcmp(e->section, own_section) == 0 && strcmp(e->name, "summary") != 0)
		report_problem(r, e->at, "unknown key \"%s\" in [%s]: it has \"summary\"", e->name, e->section);
	else if (credential_named(e->value) || (k != NULL && k->credential == CREDENTIAL_MUST))
		report_problem(r, e->at, "a preset holds no secret: \"%s\" belongs in the partner's file", e->name);
	else if (strcmp(e->section, "oauth") == 0 && strcmp(e->name, "token_url") == 0)
		report_problem(r, e->at, "a preset does not say where secrets are sent: \"%s\" belongs in the partner's file",
		    e->name);
}

/* Another preset's name would be one more place to look for a value. */
static const struct vigie_connector *
plugin_of(const struct inifile *preset, const struct report *r, struct plugins *plugins)
{
	struct error err = ERROR_INIT;
	const char *name = value_of(preset, "partner", "connector");
	struct place at = inifile_place(preset, "partner", "connector");
	if (name == NULL) {
		report_problem(r, at, "a preset needs \"connector\" in [partner]: the plugin that reads the answers");
		return NULL;
	}
	char *other = plugins_preset(plugins, name);
	const struct vigie_connector *c = other == NULL ? plugins_get(plugins, name, &err) : NULL;
	if (other != NULL)
		report_problem(r, at, "\"%s\" is a preset itself: name a plugin", name);
	else if (c == NULL)
		report_problem(r, at, "%s", err.text);
	free(other);
	return c;
}

static void
check(const struct inifile *preset, const struct report *r)
{
	for (size_t i = 0; i < preset->n; i++)
		if (preset->list[i].name != NULL)
			check_entry(r, &preset->list[i]);
}

/* ---- laying it under a partner's file */

static const struct vigie_connector *
underlay(struct inifile *file, const struct report *r, struct plugins *plugins, const char *path)
{
	const struct report own = { .problems = r->problems, .file = path, .partner = r->partner };
	struct inifile preset = INIFILE_INIT;
	size_t before = r->problems->n;
	const struct vigie_connector *c = NULL;
	if (inifile_read(&preset, path, &own) == 0) {
		check(&preset, &own);
		c = plugin_of(&preset, &own, plugins);
	}
	inifile_drop_section(&preset, own_section);
	inifile_underlay(file, &preset, path);
	inifile_done(&preset);
	return r->problems->n == before ? c : NULL;
}

const struct vigie_connector *
preset_apply(struct inifile *file, const struct report *r, struct plugins *plugins, char **ret_preset)
{
	struct error err = ERROR_INIT;
	const char *name = value_of(file, "partner", "connector");
	if (name == NULL)
		name = key_find(partner_keys, "partner", "connector")->fallback;
	*ret_preset = plugins_preset(plugins, name);
	if (*ret_preset != NULL)
		return underlay(file, r, plugins, *ret_preset);
	const struct vigie_connector *c = plugins_get(plugins, name, &err);
	if (c == NULL)
		report_problem(r, inifile_place(file, "partner", "connector"), "%s", err.text);
	return c;
}
