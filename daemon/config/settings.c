/* SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"

#include "base/buf.h"
#include "config/check.h"
#include "config/value.h"

/* The three texts in one block, which `section` begins: an office has thirty thousand of them for a thousand partners. */
static void
add(struct partner_config *p, const struct vigie_option *o, const struct vigie_setting *s)
{
	char *value = value_join(s->value, o->type == VIGIE_OPTION_LINES ? "\n" : " ");
	size_t section = strlen(s->section) + 1, name = strlen(s->name) + 1, size = strlen(value) + 1;
	char *block = xmalloc(section + name + size);
	memcpy(block, s->section, section);
	memcpy(block + section, s->name, name);
	memcpy(block + section + name, value, size);
	free(value);
	p->settings = xrealloc(p->settings, p->n_settings + 1, sizeof *p->settings);
	p->settings[p->n_settings++] = (struct vigie_setting){ block, block + section, block + section + name };
}

void
settings_free(struct partner_config *p)
{
	for (size_t i = 0; i < p->n_settings; i++)
		free((char *)p->settings[i].section);
	free(p->settings);
	p->settings = NULL;
	p->n_settings = 0;
}

static int
check_setting(const struct vigie_option *o, const struct inifile_entry *e, struct error *err)
{
	bool yes;
	switch (o->type) {
	case VIGIE_OPTION_INTEGER:
		if (e->value[0] != '\0' && strlen(e->value) < 19 && e->value[strspn(e->value, "0123456789")] == '\0')
			return 0;
		return error_set(err, ERROR_CONFIG, "\"%.*s\" is no value for \"%s\": write a whole number",
		    shown(e->value), e->value, e->name);
	case VIGIE_OPTION_BOOLEAN:
		return check_boolean(e->name, e->value, &yes, err);
	case VIGIE_OPTION_CHOICE:
		return check_choice(e->name, e->value, o->choices, err);
	case VIGIE_OPTION_TEXT:
	case VIGIE_OPTION_LINES:
	case VIGIE_OPTION_END:
		return 0;
	}
	return 0;
}

static void
take(const struct source *s, struct partner_config *p, const struct vigie_option *o, const struct inifile_entry *e)
{
	struct error err = ERROR_INIT;
	if (strstr(e->value, "credential:") != NULL)
		report_problem(s->report, e->at, "\"%s\" cannot hold a credential", e->name);
	else if (check_setting(o, e, &err) == -1)
		report_problem(s->report, e->at, "%s", err.text);
	else
		add(p, o, &(struct vigie_setting){ e->section, e->name, e->value });
}

/* Is `name` an option of its own, so that "*" does not stand for it? */
static bool
has_option(const struct vigie_connector *c, const char *section, const char *name)
{
	for (const struct vigie_option *o = c->options; o->type != VIGIE_OPTION_END; o++)
		if (strcmp(option_section(c, o), section) == 0 && strcmp(o->name, name) == 0)
			return true;
	return false;
}

static void
take_any(const struct source *s, struct partner_config *p, const struct vigie_option *o)
{
	const char *section = option_section(p->connector, o);
	for (size_t i = 0; i < s->file->n; i++) {
		const struct inifile_entry *e = &s->file->list[i];
		if (e->name != NULL && strcmp(e->section, section) == 0 && !has_option(p->connector, section, e->name))
			take(s, p, o, e);
	}
}

static void
take_one(const struct source *s, struct partner_config *p, const struct vigie_option *o)
{
	const char *section = option_section(p->connector, o);
	const struct inifile_entry *e = inifile_find(s->file, section, o->name);
	if (e != NULL)
		take(s, p, o, e);
	else if (o->required)
		source_missing(s, section, o->name, o->help);
	else if (o->fallback != NULL)
		add(p, o, &(struct vigie_setting){ section, o->name, o->fallback });
}

/* One complaint of the connector about what it is given; false: none (any more). */
static bool
complains(const struct source *s, const struct partner_config *p, const struct vigie_setup *setup,
    struct vigie_complaint *complaint)
{
	*complaint = (struct vigie_complaint){ NULL, NULL, "" };
	void *self = p->connector->open(setup, complaint);
	if (self != NULL) {
		p->connector->close(self);
		return false;
	}
	if (complaint->section == NULL)
		complaint->section = p->connector->name;
	struct place at = inifile_place(s->file, complaint->section, complaint->name);
	complaint->text[sizeof complaint->text - 1] = '\0';
	if (complaint->name == NULL || at.line == 0)
		at = inifile_place(s->file, "partner", "connector");
	report_problem(s->report, at, "%s%s%s",
	    complaint->name != NULL ? complaint->name : "", complaint->name != NULL ? ": " : "",
	    complaint->text[0] != '\0' ? complaint->text : "the connector refuses this and does not say why");
	return true;
}

/* Take the setting of a complaint out of `settings`; false if it is not in there. */
static bool
without(struct vigie_setting *settings, size_t *n, const struct vigie_complaint *complaint)
{
	for (size_t i = 0; i < *n && complaint->name != NULL; i++) {
		if (strcmp(settings[i].section, complaint->section) != 0 || strcmp(settings[i].name, complaint->name) != 0)
			continue;
		(*n)--;
		memmove(&settings[i], &settings[i + 1], (*n - i) * sizeof *settings);
		return true;
	}
	return false;
}

/*
 * The connector sees what a table cannot say: a pointer without "/", a style
 * of paging without its parameter.  It has one complaint at a time, so it is
 * asked again without what it complained about.  That is only fair for what
 * "*" stands for: without one of its own options it would miss that option.
 */
static void
judge(const struct source *s, const struct partner_config *p)
{
	struct vigie_setting *settings = xcalloc(p->n_settings + 1, sizeof *settings);
	struct vigie_setup setup = {
		.url = p->url,
		.body = p->body,
		.settings = settings,
		.n_settings = p->n_settings,
		.max_depth = p->limits.max_depth,
		.max_item_bytes = (size_t)p->limits.max_body_bytes,
	};
	struct vigie_complaint complaint;
	if (p->n_settings > 0)
		memcpy(settings, p->settings, p->n_settings * sizeof *settings);
	while (complains(s, p, &setup, &complaint))
		if (complaint.name == NULL || has_option(p->connector, complaint.section, complaint.name) ||
		    !without(settings, &setup.n_settings, &complaint))
			break;
	free(settings);
}

void
settings_load(const struct source *s, struct partner_config *p)
{
	size_t before = s->report->problems->n;
	const struct vigie_connector *c = p->connector;
	for (const struct vigie_option *o = c->options; o != NULL && o->type != VIGIE_OPTION_END; o++)
		if (strcmp(o->name, "*") == 0)
			take_any(s, p, o);
		else
			take_one(s, p, o);
	if (s->report->problems->n == before && p->url != NULL)
		judge(s, p);
}
