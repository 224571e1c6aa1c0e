/* SPDX-License-Identifier: Apache-2.0 */
/* vigie: the command.  See vigie(1). */
#include <assert.h>
#include <getopt.h>
#include <limits.h>

#include "base/buf.h"
#include "base/nearest.h"
#include "base/num.h"
#include "base/paths.h"
#include "base/version.h"
#include "vigie/command.h"
#include "vigie/complete.h"
#include "vigie/help.h"

enum { OPTIONS_MAX = 32, OPTION_VALUE = UCHAR_MAX + 1 };	/* OPTION_VALUE + n: the option number n has been read */

struct typed {			/* the command line, taken apart */
	struct invocation in;
	bool given[OPTIONS_MAX];	/* in the order of command_options */
};

/* ---- what is wrong with what was typed */

/* getopt_long leaves 0 for a long name that it does not know, the value of a
 * long option that takes none, or a letter that it does not know. */
static int
fail_unknown_option(const char *word, int left)
{
	struct error err = ERROR_INIT;
	const char *names[OPTIONS_MAX + 1] = { NULL };
	for (size_t i = 0; command_options[i].name != NULL; i++)
		names[i] = command_options[i].name;
	if (left >= OPTION_VALUE) {
		(void)error_set(&err, ERROR_USAGE, "--%s takes no value", command_options[left - OPTION_VALUE].name);
		return command_fail(&err);
	}
	if (left != 0) {
		(void)error_set(&err, ERROR_USAGE, "there is no option -%c; « vigie help » lists them all", left);
		return command_fail(&err);
	}
	char *name = xstrndup(word + 2, strcspn(word + 2, "="));
	const char *near = nearest_name(name, names);
	if (near != NULL)
		(void)error_set(&err, ERROR_USAGE, "there is no option --%s: did you mean --%s?", name, near);
	else
		(void)error_set(&err, ERROR_USAGE, "there is no option --%s; « vigie help » lists them all", name);
	free(name);
	return command_fail(&err);
}

static int
fail_unknown_command(const char *name)
{
	const char *names[COMMANDS_MAX + 2] = { "help" };
	struct error err = ERROR_INIT;
	for (size_t i = 0; commands[i].name != NULL; i++)
		names[i + 1] = commands[i].name;
	const char *near = nearest_name(name, names);
	if (near != NULL)
		(void)error_set(&err, ERROR_USAGE, "there is no command \"%s\": did you mean \"%s\"?", name, near);
	else
		(void)error_set(&err, ERROR_USAGE, "there is no command \"%s\"; « vigie help » lists them all", name);
	return command_fail(&err);
}

static int
fail_option_elsewhere(const struct command *c, const struct command_option *option)
{
	struct buf takers = BUF_INIT;
	struct error err = ERROR_INIT;
	for (const struct command *other = commands; other->name != NULL; other++)
		if (command_takes(other, option))
			buf_fmt(&takers, "%s%s", takers.len > 0 ? ", " : "", other->name);
	(void)error_set(&err, ERROR_USAGE, "\"%s\" does not take --%s: it is an option of %s", c->name, option->name,
	    buf_cstr(&takers));
	buf_done(&takers);
	return command_fail(&err);
}

static int
fail_arguments(const struct command *c, const struct invocation *in)
{
	struct error err = ERROR_INIT;
	if (in->argc < c->min_args)
		(void)error_set(&err, ERROR_USAGE, "\"%s\" needs more: vigie %s %s", c->name, c->name, c->arguments);
	else
		(void)error_set(&err, ERROR_USAGE, "\"%s\" has nothing to do with \"%s\": vigie %s %s", c->name,
		    in->argv[c->max_args], c->name, c->arguments);
	return command_fail(&err);
}

/* ---- taking the command line apart */

static int
read_limit(struct invocation *in)
{
	struct error err = ERROR_INIT;
	int64_t n = LONG_MAX;
	if (in->most == NULL)
		return EXIT_GOOD;
	if (strcmp(in->most, "all") != 0 && num_int(in->most, strlen(in->most), 1, LONG_MAX, &n) != 0) {
		(void)error_set(&err, ERROR_USAGE, "--limit takes a number from 1, or \"all\", not \"%s\"", in->most);
		return command_fail(&err);
	}
	in->limit = (long)n;
	return EXIT_GOOD;
}

static void
read_option(struct typed *t, size_t i)
{
	char *member = (char *)&t->in + command_options[i].where;
	t->given[i] = true;
	if (command_options[i].value != NULL)
		*(const char **)(void *)member = optarg;
	else
		*(bool *)(void *)member = true;
}

/* The table as getopt_long(3) wants it. */
static void
list_options(struct option *list, struct buf *letters)
{
	int i = 0;
	buf_char(letters, ':');
	for (const struct command_option *o = command_options; o->name != NULL; o++, i++) {
		assert(i < OPTIONS_MAX);
		list[i] = (struct option){ o->name, o->value != NULL ? required_argument : no_argument, NULL,
			OPTION_VALUE + i };
		if (o->letter != 0)
			buf_fmt(letters, "%c%s", o->letter, o->value != NULL ? ":" : "");
	}
}

static size_t
option_number(int value)
{
	size_t i = 0;
	if (value >= OPTION_VALUE)
		return (size_t)(value - OPTION_VALUE);
	while (command_options[i].letter != value)
		i++;
	return i;
}

/* Options may stand before and after the command: getopt_long(3) moves them
 * to the front. */
static int
take_apart(int argc, char **argv, struct typed *t)
{
	struct option list[OPTIONS_MAX + 1] = { 0 };
	struct buf letters = BUF_INIT;
	struct error err = ERROR_INIT;
	int value, status = EXIT_GOOD;
	list_options(list, &letters);
	opterr = 0;
	while (status == EXIT_GOOD && (value = getopt_long(argc, argv, buf_cstr(&letters), list, NULL)) != -1) {
		if (value == '?') {
			status = fail_unknown_option(argv[optind - 1], optopt);
		} else if (value == ':') {
			(void)error_set(&err, ERROR_USAGE, "%s needs a value", argv[optind - 1]);
			status = command_fail(&err);
		} else {
			read_option(t, option_number(value));
		}
	}
	buf_done(&letters);
	t->in.argc = argc - optind;
	t->in.argv = argv + optind;
	return status == EXIT_GOOD ? read_limit(&t->in) : status;
}

static const struct command *
find_command(const char *name)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static int
check_options(const struct command *c, const struct typed *t)
{
	for (size_t i = 0; command_options[i].name != NULL; i++)
		if (t->given[i] && !command_takes(c, &command_options[i]))
			return fail_option_elsewhere(c, &command_options[i]);
	if (t->in.argc < c->min_args || (c->max_args >= 0 && t->in.argc > c->max_args))
		return fail_arguments(c, &t->in);
	return EXIT_GOOD;
}

static int
show_help(const char *name)
{
	const struct command *c = name != NULL ? find_command(name) : NULL;
	if (name != NULL && c == NULL && strcmp(name, "help") != 0)
		return fail_unknown_command(name);
	if (c != NULL)
		help_command(stdout, c);
	else
		help_all(stdout);
	return EXIT_GOOD;
}

static int
run_command(struct typed *t)
{
	const char *name = t->in.argv[0];
	t->in.argc--;
	t->in.argv++;
	if (strcmp(name, "help") == 0)
		return show_help(t->in.argc > 0 ? t->in.argv[0] : NULL);
	const struct command *c = find_command(name);
	if (c == NULL)
		return fail_unknown_command(name);
	if (t->in.help)
		return show_help(name);
	int status = check_options(c, t);
	return status == EXIT_GOOD ? c->run(&t->in) : status;
}

/* A full disk under `vigie ... > FILE` is a failed job. */
static int
finish_output(int status)
{
	struct error err = ERROR_INIT;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	(void)error_errno(&err, ERROR_SYSTEM, "not everything could be written");
	return command_fail(&err);
}

int
main(int argc, char **argv)
{
	struct typed t = { .in = { .config_file = VIGIE_CONFIG_FILE } };
	if (argc > 1 && strcmp(argv[1], "complete") == 0) {
		complete(argc - 2, argv + 2, VIGIE_CONFIG_FILE);
		return EXIT_GOOD;
	}
	int status = take_apart(argc, argv, &t);
	if (status != EXIT_GOOD)
		return status;
	if (t.in.version) {
		(void)printf("vigie %s\n", VIGIE_VERSION);
	} else if (t.in.argc > 0) {
		status = run_command(&t);
	} else if (t.in.help) {
		help_all(stdout);
	} else {
		help_all(stderr);
		status = EXIT_USAGE;
	}
	return finish_output(status);
}
