/* SPDX-License-Identifier: Apache-2.0 */
/* vigie: the command.  See vigie(1). */
#include <getopt.h>
#include <limits.h>

#include "base/buf.h"
#include "base/nearest.h"
#include "base/num.h"
#include "base/paths.h"
#include "base/version.h"
#include "vigie/command.h"
#include "vigie/help.h"

static const struct command commands[] = {
	{ "check-config", "", "Read the settings and say what is wrong with them.", 0, 0, "json",
	    command_check_config },
	{ "try", "PARTNER", "Ask a partner once and show what would come of it; nothing is written.", 1, 1,
	    "json limit", command_try },
	{ "sync", "PARTNER... | --all", "Ask partners now and bring the catalogue up to date.", 0, -1,
	    "json all", command_sync },
	{ "partners", "", "Every partner: how it is, how much it offers, when it was asked.", 0, 0, "json",
	    command_partners },
	{ "partner", "PARTNER", "All that is known of one partner.", 1, 1, "json", command_partner },
	{ "listings", "", "What the partners offer.", 0, 0, "json partner kind near search limit",
	    command_listings },
	{ "export", "", "What the partners offer, in the formats of other tools.", 0, 0, "format partner kind output",
	    command_export },
	{ "runs", "[PARTNER]", "When partners were asked and what came of it, newest first.", 0, 1,
	    "json limit", command_runs },
	{ "why", "UID | PARTNER", "Why a listing is there or gone; why a partner's removals wait.", 1, 1, "json limit",
	    command_why },
	{ "accept", "PARTNER", "Remove the listings whose removal was put on hold.", 1, 1, "json", command_accept },
	{ "ack", "PARTNER", "We have seen the letter about it: no more reminders.", 1, 1, "json note", command_ack },
	{ "snooze", "PARTNER [TIME]", "Remind us later of it: in 7d, unless told otherwise.", 1, 2, "json note",
	    command_snooze },
	{ "dismiss", "PARTNER", "The letter is wrong: nothing is the matter with it.", 1, 1, "json note", command_dismiss },
	{ "confirm", "PARTNER", "It is gone: we know.", 1, 1, "json note", command_confirm },
	{ "replay", "FILE", "What the detector would have said of the evidence in a file.", 1, 1, "json reasons",
	    command_replay },
	{ "mail", "list | test [ADDRESS] | preview [NUMBER | KIND]",
	    "Letters to staff: those there are, a test letter now, what one looks like.", 1, 2, "html json limit",
	    command_mail },
	{ "hooks", "[list] | test HOOK | resume HOOK",
	    "Programs that are told of changes: whether they are, a test now, sending again to one that has failed.", 0, 2,
	    "json", command_hooks },
	{ "keys", "", "Every setting that the configuration files may have.", 0, 0, "", command_keys },
	{ .name = NULL },
};

enum { OPTION_JSON = UCHAR_MAX + 1, OPTION_ALL, OPTION_KIND, OPTION_NEAR, OPTION_SEARCH, OPTION_LIMIT,
	OPTION_REASONS, OPTION_NOTE, OPTION_HTML, OPTION_FORMAT };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "partner", required_argument, NULL, 'p' },
	{ "kind", required_argument, NULL, OPTION_KIND },
	{ "near", required_argument, NULL, OPTION_NEAR },
	{ "search", required_argument, NULL, OPTION_SEARCH },
	{ "limit", required_argument, NULL, OPTION_LIMIT },
	{ "reasons", no_argument, NULL, OPTION_REASONS },
	{ "note", required_argument, NULL, OPTION_NOTE },
	{ "html", no_argument, NULL, OPTION_HTML },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "output", required_argument, NULL, 'o' },
	{ NULL, 0, NULL, 0 },
};
enum { OPTIONS = sizeof options / sizeof options[0], OPTIONS_EVERYWHERE = 3 };

struct typed {			/* the command line, taken apart */
	struct invocation in;
	bool given[OPTIONS];
	bool help, version;
};

static size_t
option_index(int value)
{
	size_t i = 0;
	while (options[i].val != value)
		i++;
	return i;
}

/* ---- what is wrong with what was typed */

/* getopt_long leaves 0 for a long name that it does not know, the letter or
 * number of an option that takes no value, or a letter that it does not know. */
static int
fail_unknown_option(const char *word, int left)
{
	struct error err = ERROR_INIT;
	const char *names[OPTIONS];
	for (size_t i = 0; i < OPTIONS; i++) {
		names[i] = options[i].name;
		if (left != 0 && left == options[i].val) {
			(void)error_set(&err, ERROR_USAGE, "--%s takes no value", options[i].name);
			return command_fail(&err);
		}
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
	const char *names[sizeof commands / sizeof commands[0] + 1] = { "help" };
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
fail_option_elsewhere(const struct command *c, const char *option)
{
	struct buf takers = BUF_INIT;
	struct error err = ERROR_INIT;
	for (const struct command *other = commands; other->name != NULL; other++)
		if (command_takes(other, option))
			buf_fmt(&takers, "%s%s", takers.len > 0 ? ", " : "", other->name);
	(void)error_set(&err, ERROR_USAGE, "\"%s\" does not take --%s: it is an option of %s", c->name, option,
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
read_limit(const char *text, long *ret)
{
	struct error err = ERROR_INIT;
	int64_t n = LONG_MAX;
	if (strcmp(text, "all") != 0 && num_int(text, strlen(text), 1, LONG_MAX, &n) != 0) {
		(void)error_set(&err, ERROR_USAGE, "--limit takes a number from 1, or \"all\", not \"%s\"", text);
		return command_fail(&err);
	}
	*ret = (long)n;
	return EXIT_GOOD;
}

static int
read_option(struct typed *t, int value)
{
	t->given[option_index(value)] = true;
	switch (value) {
	case 'c':
		t->in.config_file = optarg;
		return EXIT_GOOD;
	case 'h':
		t->help = true;
		return EXIT_GOOD;
	case 'V':
		t->version = true;
		return EXIT_GOOD;
	case 'p':
		t->in.partner = optarg;
		return EXIT_GOOD;
	case 'o':
		t->in.output = optarg;
		return EXIT_GOOD;
	case OPTION_FORMAT:
		t->in.format = optarg;
		return EXIT_GOOD;
	case OPTION_JSON:
		t->in.json = true;
		return EXIT_GOOD;
	case OPTION_ALL:
		t->in.all = true;
		return EXIT_GOOD;
	case OPTION_REASONS:
		t->in.reasons = true;
		return EXIT_GOOD;
	case OPTION_NOTE:
		t->in.note = optarg;
		return EXIT_GOOD;
	case OPTION_HTML:
		t->in.html = true;
		return EXIT_GOOD;
	case OPTION_KIND:
		t->in.kind = optarg;
		return EXIT_GOOD;
	case OPTION_NEAR:
		t->in.near = optarg;
		return EXIT_GOOD;
	case OPTION_SEARCH:
		t->in.search = optarg;
		return EXIT_GOOD;
	default:
		return read_limit(optarg, &t->in.limit);
	}
}

/* Options may stand before and after the command: getopt_long(3) moves them
 * to the front. */
static int
take_apart(int argc, char **argv, struct typed *t)
{
	int value, status = EXIT_GOOD;
	opterr = 0;
	while (status == EXIT_GOOD && (value = getopt_long(argc, argv, ":c:hVp:o:", options, NULL)) != -1) {
		struct error err = ERROR_INIT;
		switch (value) {
		case '?':
			return fail_unknown_option(argv[optind - 1], optopt);
		case ':':
			(void)error_set(&err, ERROR_USAGE, "%s needs a value", argv[optind - 1]);
			return command_fail(&err);
		default:
			status = read_option(t, value);
		}
	}
	t->in.argc = argc - optind;
	t->in.argv = argv + optind;
	return status;
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
	for (size_t i = OPTIONS_EVERYWHERE; options[i].name != NULL; i++)
		if (t->given[i] && !command_takes(c, options[i].name))
			return fail_option_elsewhere(c, options[i].name);
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
		help_all(stdout, commands);
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
	if (t->help)
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
	int status = take_apart(argc, argv, &t);
	if (status != EXIT_GOOD)
		return status;
	if (t.version) {
		(void)printf("vigie %s\n", VIGIE_VERSION);
	} else if (t.in.argc > 0) {
		status = run_command(&t);
	} else if (t.help) {
		help_all(stdout, commands);
	} else {
		help_all(stderr, commands);
		status = EXIT_USAGE;
	}
	return finish_output(status);
}
