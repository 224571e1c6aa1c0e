/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/command.h"

#include "base/buf.h"
#include "config/config.h"

bool
command_takes(const struct command *c, const struct command_option *option)
{
	size_t len = strlen(option->name);
	if (option->everywhere)
		return true;
	for (const char *p = c->options; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		if (n == len && memcmp(p, option->name, len) == 0)
			return true;
		p += n;
	}
	return false;
}

int
command_fail(const struct error *err)
{
	(void)fflush(stdout);
	(void)fprintf(stderr, "vigie: %s\n", err->text);
	return err->kind == ERROR_USAGE || err->kind == ERROR_CONFIG ? EXIT_USAGE : EXIT_JOB_FAILED;
}

void
command_problems(const struct config_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_problem *p = &problems->list[i];
		if (p->line > 0)
			(void)fprintf(stderr, "%s:%u: %s\n", p->file, p->line, p->text);
		else
			(void)fprintf(stderr, "%s: %s\n", p->file, p->text);
	}
}

struct config *
command_config(const struct invocation *in, const char *partner)
{
	struct config_problems problems = { 0 };
	struct config *config = config_load(in->config_file, &problems);
	command_problems(&problems);
	for (size_t i = 0; config != NULL && partner != NULL && i < problems.n; i++) {
		const struct config_problem *p = &problems.list[i];
		if (p->partner != NULL && strcmp(p->partner, partner) == 0) {
			config_free(config);
			config = NULL;
		}
	}
	config_problems_done(&problems);
	return config;
}

int
command_no_partner(const struct config *config, const char *partner)
{
	struct error err = ERROR_INIT;
	const char **names = xcalloc(config->n_partners + 1, sizeof *names);
	for (size_t i = 0; i < config->n_partners; i++)
		names[i] = config->partners[i]->partner;
	const char *near = nearest_name(partner, names);
	if (near != NULL)
		(void)error_set(&err, ERROR_USAGE, "there is no partner \"%s\": did you mean \"%s\"?", partner, near);
	else
		(void)error_set(&err, ERROR_USAGE, "there is no partner \"%s\"; its file would be %s/%s.conf", partner,
		    config->partners_dir, partner);
	free(names);
	return command_fail(&err);
}
