/* SPDX-License-Identifier: Apache-2.0 */
#include "config/mail.h"

#include "base/buf.h"
#include "config/check.h"
#include "config/credential.h"
#include "config/value.h"

static const char prefix[] = "to.";

static void
take_themes(const struct source *s, struct config_mail *mail)
{
	for (size_t i = 0; i < s->file->n; i++) {
		const struct inifile_entry *e = &s->file->list[i];
		struct error err = ERROR_INIT;
		if (e->name == NULL || strcmp(e->section, "mail") != 0 ||
		    strncmp(e->name, prefix, sizeof prefix - 1) != 0 || e->name[sizeof prefix - 1] == '\0')
			continue;
		char *value = value_join(e->value, " ");
		if (check_mailboxes(e->name, value, &err) != 0) {
			report_problem(s->report, e->at, "%s", err.text);
			free(value);
			continue;
		}
		mail->themes = xrealloc(mail->themes, mail->n_themes + 1, sizeof *mail->themes);
		mail->themes[mail->n_themes++] = (struct config_pair){
			xstrdup(e->name + sizeof prefix - 1), value, false, NULL,
		};
	}
}

static bool
has(const struct source *s, const char *name)
{
	return inifile_find(s->file, "mail", name) != NULL;
}

static void
need(const struct source *s, const char *name, const char *because_of)
{
	if (!has(s, name))
		report_problem(s->report, inifile_place(s->file, "mail", because_of), "\"%s\" is missing in [mail]", name);
}

void
mail_load(const struct source *s, struct config_mail *mail)
{
	enum { LANGUAGES = CONFIG_ENGLISH + 1 };
	take_themes(s, mail);
	if (has(s, "to") || mail->n_themes > 0) {
		need(s, "server", "to");
		need(s, "from", "to");
	}
	if (has(s, "user"))
		need(s, "password", "user");
	if (has(s, "password"))
		need(s, "user", "password");
	source_secret(s, "mail", "password", &mail->password, &mail->missing);
	mail->language %= LANGUAGES;	/* "french english fr en" */
}

void
mail_done(struct config_mail *mail)
{
	for (size_t i = 0; i < mail->n_themes; i++) {
		free(mail->themes[i].name);
		free(mail->themes[i].value);
	}
	free(mail->themes);
	free(mail->missing);
	credential_free(mail->password);
	mail->password = NULL;
}
