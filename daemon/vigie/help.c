/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/help.h"

#include "base/buf.h"
#include "show/table.h"

enum { COMMAND_INDENT = 16, OPTION_INDENT = 26 };

/* NULL: the options of every command. */
static void
print_options(FILE *out, const struct command *c)
{
	struct screen screen = screen_of_stdout();
	for (const struct command_option *o = command_options; o->name != NULL; o++) {
		struct buf typed = BUF_INIT;
		if (c != NULL ? !command_takes(c, o) : !o->everywhere)
			continue;
		if (o->letter != 0)
			buf_fmt(&typed, "-%c, ", o->letter);
		buf_fmt(&typed, "--%s", o->name);
		if (o->value != NULL)
			buf_fmt(&typed, " %s", o->value);
		(void)fprintf(out, "  %*s%-*s ", o->letter != 0 ? 0 : 4, "", o->letter != 0 ? 23 : 19, buf_cstr(&typed));
		screen_wrap(&screen, out, o->help, OPTION_INDENT, OPTION_INDENT);
		buf_done(&typed);
	}
}

/* The headings, each with the command that it stands above. */
static void
begin_group(FILE *out, const char *command)
{
	static const struct {
		const char *first, *heading;
	} groups[] = {
		{ "partners", "Look at the catalogue" }, { "try", "Ask partners" }, { "accept", "Decide" },
		{ "check", "The file of the catalogue" },
		{ "check-config", "Settings, letters, hooks" }, { "replay", "Study" },
	};
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		if (strcmp(groups[i].first, command) == 0)
			(void)fprintf(out, "\n%s\n", groups[i].heading);
}

void
help_all(FILE *out)
{
	struct screen screen = screen_of_stdout();
	(void)fputs("usage: vigie [-c FILE] COMMAND ...\n", out);
	for (const struct command *c = commands; c->name != NULL; c++) {
		begin_group(out, c->name);
		(void)fprintf(out, "  %-13s ", c->name);
		screen_wrap(&screen, out, c->help, COMMAND_INDENT, COMMAND_INDENT);
	}
	(void)fputs("\nOptions\n", out);
	print_options(out, NULL);
	(void)fputc('\n', out);
	screen_wrap(&screen, out, "« vigie help COMMAND » tells more, « man vigie » everything.", 0, 0);
}

void
help_command(FILE *out, const struct command *c)
{
	struct screen screen = screen_of_stdout();
	(void)fprintf(out, "usage: vigie %s%s%s%s\n", c->name, *c->options != '\0' ? " [OPTION...]" : "",
	    *c->arguments != '\0' ? " " : "", c->arguments);
	screen_wrap(&screen, out, c->help, 0, 0);
	(void)fputc('\n', out);
	print_options(out, c);
}
