/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manual TEMPLATE CONNECTORS: writes a page of the manual to standard output.  It is run when
 * the programs are built, and not installed.
 *
 * A template (docs/NAME.SECTION.in) is the page itself, in mdoc(7), but for lines that
 * begin with @: there stands what the programs' own tables say, so that a page cannot tell
 * of what is not there, nor leave out what is.
 *
 *	@command NAME		the item of a command: its usage
 *	@options		items of all options of vigie
 *	@keys TABLE		the keys of a kind of file: vigie.conf, partner, hook
 *	@connectors		all connectors with their options
 *	@presets		all presets with what they set
 */
#include <ctype.h>
#include <stdio.h>

#include "config/config.h"
#include "config/describe.h"
#include "manual/roff.h"
#include "vigie/command.h"

struct page {
	struct buf out;
	const char *connectors_dir;
	const char *section;	/* of the key before; NULL: no list is open */
	bool told[COMMANDS_MAX];	/* in the order of `commands` */
};

static const struct {
	const char *name;
	const struct key *keys;
} key_tables[] = {
	{ "vigie.conf", vigie_keys },
	{ "partner", partner_keys },
	{ "hook", hook_keys },
};

/* ---- keys */

static void
end_list(struct page *p)
{
	if (p->section != NULL)
		buf_str(&p->out, ".El\n");
	p->section = NULL;
}

static void
put_fallback(struct page *p, const struct described *d)
{
	if (d->required)
		buf_str(&p->out, "Required.\n");
	if (d->fallback == NULL || d->fallback[0] == '\0')
		return;
	buf_str(&p->out, "The default is\n.Li ");
	roff_argument(&p->out, d->fallback);
	buf_str(&p->out, " .\n");
}

static void
put_choices(struct page *p, const char *choices)
{
	buf_str(&p->out, "One of:\n");
	for (choices += strspn(choices, " "); *choices != '\0'; choices += strspn(choices, " ")) {
		size_t len = strcspn(choices, " ");
		char *choice = xstrndup(choices, len);
		buf_str(&p->out, ".Cm ");
		roff_argument(&p->out, choice);
		choices += len;
		buf_str(&p->out, choices[strspn(choices, " ")] != '\0' ? " ,\n" : " .\n");
		free(choice);
	}
}

static void
put_key(void *to, const struct described *d)
{
	struct page *p = to;
	if (p->section == NULL || strcmp(p->section, d->section) != 0) {
		end_list(p);
		buf_fmt(&p->out, ".Pp\n.Sy [%s]\n.Bl -tag -width Ds -compact\n", d->section);
	}
	p->section = d->section;
	buf_fmt(&p->out, ".It Ic %s No = Ar ", d->name);
	roff_argument(&p->out, d->type);
	buf_str(&p->out, d->credential ? " | Li credential:NAME\n" : "\n");
	roff_sentence(&p->out, d->help);
	if (d->choices != NULL)
		put_choices(p, d->choices);
	put_fallback(p, d);
}

static void
put_connector(void *to, const struct vigie_connector *c)
{
	struct page *p = to;
	end_list(p);
	buf_fmt(&p->out, ".Ss connector = %s\n", c->name);
	roff_sentence(&p->out, c->summary);
}

static void
put_preset(void *to, const char *name, const char *path, const struct inifile *preset)
{
	struct page *p = to;
	const char *section = "";
	(void)path;
	buf_fmt(&p->out, ".Ss connector = %s\n", name);
	roff_sentence(&p->out, describe_summary(preset));
	buf_fmt(&p->out, ".Pp\nThe connector is\n.Cm %s .\nIt sets:\n.Bl -tag -width Ds -compact\n", describe_plugin(preset));
	for (size_t i = 0; i < preset->n; i++) {
		const struct inifile_entry *e = &preset->list[i];
		if (e->name == NULL || strcmp(e->section, "preset") == 0)
			continue;
		if (strcmp(section, e->section) != 0)
			buf_fmt(&p->out, ".It Sy [%s]\n", e->section);
		section = e->section;
		buf_str(&p->out, "\\%");	/* never broken at a hyphen */
		roff_text(&p->out, e->name);
	}
	buf_str(&p->out, ".El\n");
}

static int
put_keys(struct page *p, const char *table)
{
	const struct describe d = { p, put_key, put_connector, put_preset };
	for (size_t i = 0; i < sizeof key_tables / sizeof key_tables[0]; i++) {
		if (strcmp(key_tables[i].name, table) == 0) {
			describe_keys(key_tables[i].keys, &d);
			end_list(p);
			return 0;
		}
	}
	return -1;
}

static int
put_connectors(struct page *p, const char *argument)
{
	const struct describe d = { p, put_key, put_connector, put_preset };
	struct plugins *plugins = plugins_new(p->connectors_dir);
	(void)argument;
	describe_connectors(plugins, &d);
	end_list(p);
	plugins_free(plugins);
	return 0;
}

static int
put_presets(struct page *p, const char *argument)
{
	const struct describe d = { p, put_key, put_connector, put_preset };
	struct plugins *plugins = plugins_new(p->connectors_dir);
	(void)argument;
	describe_presets(plugins, &d);
	plugins_free(plugins);
	return 0;
}

/* ---- commands */

static void
put_value(struct page *p, const struct command_option *o)
{
	if (o->value == NULL)
		return;
	buf_str(&p->out, " Ar ");
	for (const char *s = o->value; *s != '\0'; s++)
		buf_char(&p->out, (char)tolower((unsigned char)*s));
}

static int
put_options(struct page *p, const char *argument)
{
	(void)argument;
	buf_str(&p->out, ".Bl -tag -width Ds\n");
	for (const struct command_option *o = command_options; o->name != NULL; o++) {
		buf_str(&p->out, ".It ");
		if (o->letter != 0)
			buf_fmt(&p->out, "Fl %c , ", o->letter);
		buf_fmt(&p->out, "Fl -%s", o->name);
		put_value(p, o);
		buf_char(&p->out, '\n');
		roff_sentence(&p->out, o->help);
	}
	buf_str(&p->out, ".El\n");
	return 0;
}

/* In the usage of a command; not where its arguments have the option already. */
static void
put_optional(struct page *p, const struct command *c, const struct command_option *o)
{
	char *typed = xmalloc(strlen(o->name) + sizeof "--");
	(void)snprintf(typed, strlen(o->name) + sizeof "--", "--%s", o->name);
	if (!o->everywhere && command_takes(c, o) && strstr(c->arguments, typed) == NULL) {
		if (o->letter != 0)
			buf_fmt(&p->out, ".Op Fl %c", o->letter);
		else
			buf_fmt(&p->out, ".Op Fl -%s", o->name);
		put_value(p, o);
		buf_char(&p->out, '\n');
	}
	free(typed);
}

static int
put_command(struct page *p, const char *name)
{
	size_t n = 0;
	while (commands[n].name != NULL && strcmp(commands[n].name, name) != 0)
		n++;
	if (commands[n].name == NULL)
		return -1;
	p->told[n] = true;
	buf_fmt(&p->out, ".It Xo\n.Cm %s\n", name);
	roff_usage(&p->out, commands[n].arguments);
	for (const struct command_option *o = command_options; o->name != NULL; o++)
		put_optional(p, &commands[n], o);
	buf_str(&p->out, ".Xc\n");
	return 0;
}

/* ---- templates */

static const struct {
	const char *name;
	int (*put)(struct page *p, const char *argument);	/* -1: it knows no such thing */
} marks[] = {
	{ "command", put_command },
	{ "options", put_options },
	{ "keys", put_keys },
	{ "connectors", put_connectors },
	{ "presets", put_presets },
};

/* `line` begins behind the @. */
static int
put_mark(struct page *p, const char *line)
{
	size_t len = strcspn(line, " ");
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (strlen(marks[i].name) == len && memcmp(marks[i].name, line, len) == 0)
			return marks[i].put(p, line + len + strspn(line + len, " "));
	return -1;
}

static int
put_template(struct page *p, FILE *in, const char *name)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int status = 0;
	for (unsigned at = 1; status == 0 && (len = getline(&line, &size, in)) > 0; at++) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '@')
			buf_fmt(&p->out, "%s\n", line);
		else if ((status = put_mark(p, line + 1)) != 0)
			(void)fprintf(stderr, "%s:%u: there is no such thing: @%s\n", name, at, line + 1);
	}
	free(line);
	return status;
}

/* A page that tells of commands tells of them all. */
static int
check_told(const struct page *p, const char *name)
{
	bool any = false;
	int status = 0;
	for (size_t i = 0; commands[i].name != NULL; i++)
		any = any || p->told[i];
	for (size_t i = 0; any && commands[i].name != NULL; i++) {
		if (p->told[i])
			continue;
		(void)fprintf(stderr, "%s: it lacks « @command %s »\n", name, commands[i].name);
		status = -1;
	}
	return status;
}

int
main(int argc, char **argv)
{
	FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL;
	if (in == NULL) {
		(void)fputs("usage: manual TEMPLATE CONNECTORS\n", stderr);
		return EXIT_USAGE;
	}
	struct page page = { .connectors_dir = argv[2] };
	int status = put_template(&page, in, argv[1]);
	if (status == 0)
		status = check_told(&page, argv[1]);
	(void)fclose(in);
	if (status == 0)
		(void)fputs(buf_cstr(&page.out), stdout);
	buf_done(&page.out);
	return status != 0 || fflush(stdout) != 0 ? EXIT_JOB_FAILED : EXIT_GOOD;
}
