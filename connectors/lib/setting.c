/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/setting.h"

#include "base/num.h"

int
complain(struct vigie_complaint *c, const char *section, const char *name, const char *text)
{
	c->section = section;
	c->name = name;
	(void)snprintf(c->text, sizeof c->text, "%s", text);
	return -1;
}

const char *
setting_text(const struct vigie_setup *setup, const char *section, const char *name)
{
	for (size_t i = 0; i < setup->n_settings; i++)
		if (strcmp(setup->settings[i].section, section) == 0 &&
		    strcmp(setup->settings[i].name, name) == 0)
			return setup->settings[i].value;
	return NULL;
}

int
setting_integer(const struct vigie_setup *setup, const char *section, const char *name, int64_t *ret,
    struct vigie_complaint *c)
{
	const char *text = setting_text(setup, section, name);
	if (text == NULL || num_int(text, strlen(text), 0, INT32_MAX, ret) == 0)
		return 0;
	return complain(c, section, name, "this is not a whole number");
}

int
setting_expr(const struct vigie_setup *setup, const char *section, const char *name, struct expr **ret,
    struct vigie_complaint *c)
{
	const char *text = setting_text(setup, section, name);
	char problem[128];
	if (text == NULL)
		return 0;
	*ret = expr_new(text, problem, sizeof problem);
	return *ret ? 0 : complain(c, section, name, problem);
}
