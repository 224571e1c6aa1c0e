/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/help.h"

#include "base/buf.h"

/* NULL: the options of every command. */
static void
print_options(FILE *out, const struct command *c)
{
	for (const struct command_option *o = command_options; o->name != NULL; o++) {
		struct buf typed = BUF_INIT;
		if (c != NULL ? !command_takes(c, o) : !o->everywhere)
			continue;
		if (o->letter != 0)
			buf_fmt(&typed, "-%c, ", o->letter);
		buf_fmt(&typed, "--%s", o->name);
		if (o->value != NULL)
			buf_fmt(&typed, " %s", o->value);
		(void)fprintf(out, "  %*s%-*s %s\n", o->letter != 0 ? 0 : 4, "", o->letter != 0 ? 23 : 19,
		    buf_cstr(&typed), o->help);
		buf_done(&typed);
	}
}

void
help_all(FILE *out)
{
	(void)fputs("usage: vigie [-c FILE] COMMAND ...\n\n", out);
	for (const struct command *c = commands; c->name != NULL; c++)
		(void)fprintf(out, "  %-13s %s\n", c->name, c->help);
	(void)fputs("\n", out);
	print_options(out, NULL);
	(void)fputs("\n« vigie help COMMAND » tells more, « man vigie » everything.\n", out);
}

void
help_command(FILE *out, const struct command *c)
{
	(void)fprintf(out, "usage: vigie %s%s%s%s\n%s\n\n", c->name, *c->options != '\0' ? " [OPTION...]" : "",
	    *c->arguments != '\0' ? " " : "", c->arguments, c->help);
	print_options(out, c);
}
