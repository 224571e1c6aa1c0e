/* SPDX-License-Identifier: Apache-2.0 */
/* vigie keys: the reference of settings, from the tables that check them. */
#include "base/buf.h"
#include "config/config.h"
#include "vigie/command.h"

static int
describe(const struct invocation *in, const struct config *config, struct buf *text, struct error *err)
{
	if (in->argc == 0) {
		config_describe(text, config != NULL ? config->plugins : NULL);
		return 0;
	}
	if (config == NULL)
		return error_set(err, ERROR_CONFIG, "%s is not usable, so it is not known where the connectors are",
		    in->config_file);
	int rc = config_describe_connector(text, config->plugins, in->argv[0], err);
	if (rc != 0 && err->kind == ERROR_NOT_FOUND)
		err->kind = ERROR_USAGE;
	return rc;
}

int
command_keys(const struct invocation *in)
{
	struct config_problems problems = { 0 };
	struct buf text = BUF_INIT;
	struct error err = ERROR_INIT;
	/* Whoever has no settings yet is the one who asks. */
	struct config *config = config_load(in->config_file, &problems);
	int status = describe(in, config, &text, &err) == 0 ? EXIT_GOOD : command_fail(&err);
	/* A part begins with an empty line. */
	(void)fputs(buf_cstr(&text) + strspn(buf_cstr(&text), "\n"), stdout);
	if (in->argc == 0 && config == NULL)
		(void)fprintf(stderr, "vigie: the options of connectors are not in it: %s is not usable\n",
		    in->config_file);
	buf_done(&text);
	config_free(config);
	config_problems_done(&problems);
	return status;
}
