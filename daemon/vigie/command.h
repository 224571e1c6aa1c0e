/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of vigie: one table, one function each. */
#ifndef VIGIE_VIGIE_COMMAND_H
#define VIGIE_VIGIE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { EXIT_GOOD = 0, EXIT_JOB_FAILED = 1, EXIT_USAGE = 2 };

struct invocation {		/* what was typed */
	const char *config_file;
	bool help, version;
	bool json;		/* --json */
	bool all;		/* --all */
	bool reasons;		/* --reasons */
	bool html;		/* --html */
	bool force;		/* --force */
	bool yes, undo;		/* --yes, --undo */
	const char *partner;	/* -p, --partner */
	const char *kind, *near, *search;
	const char *format;	/* --format */
	const char *output;	/* -o, --output; NULL: standard output */
	const char *note;	/* --note TEXT */
	const char *most;	/* --limit N */
	long limit;		/* the same as a number; 0: not given, LONG_MAX: all */
	int argc;		/* arguments after the command */
	char **argv;
};

/*
 * Words of `arguments`, which the completion understands too: PARTNER, FILE and
 * the like stand for values, others for themselves; [optional], repeated..., and
 * | between ways to call it, or without blanks between values of one word.
 */
struct command {
	const char *name;
	const char *arguments;
	const char *help;	/* one line */
	int min_args, max_args;	/* max -1: any number */
	const char *options;	/* long names that it takes, separated by spaces */
	int (*run)(const struct invocation *in);	/* the exit status */
};

struct command_option {
	const char *name;
	char letter;		/* 0: none */
	const char *value;	/* what it takes: "FILE"; NULL: nothing */
	size_t where;		/* offset in struct invocation of a const char *, or of a bool */
	const char *help;	/* one line */
	bool everywhere;	/* every command takes it */
};

enum { COMMANDS_MAX = 64 };

/* Both end with a name NULL. */
extern const struct command commands[];
extern const struct command_option command_options[];

/* commands that read or change the catalogue */
int command_partners(const struct invocation *in);
int command_partner(const struct invocation *in);
int command_listings(const struct invocation *in);
int command_export(const struct invocation *in);
int command_runs(const struct invocation *in);
int command_why(const struct invocation *in);
int command_accept(const struct invocation *in);
int command_forget(const struct invocation *in);
/* what staff answer to a letter */
int command_ack(const struct invocation *in);
int command_snooze(const struct invocation *in);
int command_dismiss(const struct invocation *in);
int command_confirm(const struct invocation *in);
/* commands that read the configuration */
int command_check_config(const struct invocation *in);
int command_keys(const struct invocation *in);
/* a command that reads a file of evidence */
int command_replay(const struct invocation *in);
/* letters to staff */
int command_mail(const struct invocation *in);
/* programs that are told of changes */
int command_hooks(const struct invocation *in);
/* the catalogue's file */
int command_check(const struct invocation *in);
int command_backup(const struct invocation *in);
int command_restore(const struct invocation *in);
/* commands that fetch */
int command_try(const struct invocation *in);
int command_sync(const struct invocation *in);

/* One clear line on stderr; returns the exit status that fits its kind. */
int command_fail(const struct error *err);
/* The configuration, or NULL after its problems were printed (exit with 2).
 * `partner` (NULL: none in particular): a problem in another partner's file is
 * printed but does not stop. */
struct config;
struct config_problems;
struct config *command_config(const struct invocation *in, const char *partner);
/* « FILE:LINE: what is wrong » on stderr, one line each. */
void command_problems(const struct config_problems *problems);

/* Says that the settings have no partner of that name, and which is near;
 * returns the exit status. */
int command_no_partner(const struct config *config, const char *partner);

/* Whether it is one of its options, or one of all commands. */
bool command_takes(const struct command *c, const struct command_option *option);

#endif
