/* SPDX-License-Identifier: Apache-2.0 */
/* vigie keys: the reference of settings, from the tables that check them. */
#include "base/buf.h"
#include "config/config.h"
#include "vigie/command.h"

int
command_keys(const struct invocation *in)
{
	struct config_problems problems = { 0 };
	struct buf text = BUF_INIT;
	/* Whoever has no settings yet is the one who asks. */
	struct config *config = config_load(in->config_file, &problems);
	config_describe(&text, config != NULL ? config->plugins : NULL);
	(void)fputs(buf_cstr(&text), stdout);
	if (config == NULL)
		(void)fprintf(stderr, "vigie: the options of connectors are not in it: %s is not usable\n",
		    in->config_file);
	buf_done(&text);
	config_free(config);
	config_problems_done(&problems);
	return EXIT_GOOD;
}
