/* SPDX-License-Identifier: Apache-2.0 */
/* From the tables of commands and options, and from the settings. */
#include "vigie/complete.h"

#include <ctype.h>
#include <stdio.h>

#include "alert/letter.h"
#include "base/buf.h"
#include "config/config.h"
#include "represent/represent.h"
#include "vigie/command.h"

struct line {			/* a command line, taken apart as far as it goes */
	const char *begun;	/* the last word */
	const char *config_file;
	const struct command_option *waits;	/* for its value, which is begun; NULL */
	const struct command *command;	/* NULL: none yet */
	bool help;		/* the command is "help" */
	const char **arguments;	/* of the command: those that are whole */
	int n;
};

static void
offer(const struct line *l, const char *word)
{
	if (strncmp(word, l->begun, strlen(l->begun)) == 0)
		(void)printf("%s\n", word);
}

static void
offer_all(const struct line *l, const char *const *words)
{
	for (; *words != NULL; words++)
		offer(l, *words);
}

/* ---- what a value may be */

static void
offer_partners(const struct line *l)
{
	struct config_problems problems = { 0 };
	struct config *config = config_load(l->config_file, &problems);
	for (size_t i = 0; config != NULL && i < config->n_partners; i++)
		offer(l, config->partners[i]->partner);
	/* One whose file is wrong is looked at all the more. */
	for (size_t i = 0; i < problems.n; i++) {
		const char *partner = problems.list[i].partner;
		if (partner != NULL && (i == 0 || problems.list[i - 1].partner == NULL ||
		    strcmp(problems.list[i - 1].partner, partner) != 0))
			offer(l, partner);
	}
	config_problems_done(&problems);
	config_free(config);
}

static void
offer_hooks(const struct line *l)
{
	struct config_problems problems = { 0 };
	struct config *config = config_load(l->config_file, &problems);
	for (size_t i = 0; config != NULL && i < config->hooks.n; i++)
		offer(l, config->hooks.list[i]->hook);
	config_problems_done(&problems);
	config_free(config);
}

static void
offer_connectors(const struct line *l)
{
	struct config_problems problems = { 0 };
	struct config *config = config_load(l->config_file, &problems);
	char **names = config != NULL ? plugins_names(config->plugins) : NULL;
	char **presets = config != NULL ? plugins_presets(config->plugins) : NULL;
	if (config != NULL) {
		offer_all(l, (const char *const *)names);
		offer_all(l, (const char *const *)presets);
	}
	plugins_free_names(names);
	plugins_free_names(presets);
	config_problems_done(&problems);
	config_free(config);
}

static void
offer_kinds(const struct line *l)
{
	offer_all(l, listing_kinds);
}

static void
offer_formats(const struct line *l)
{
	for (const struct representation *r = representations; r->name != NULL; r++)
		offer(l, r->name);
	offer(l, "gpkg");
}

static void
offer_letters(const struct line *l)
{
	for (int kind = 0; kind < LETTER_KINDS; kind++)
		offer(l, letter_kind_name((enum letter_kind)kind));
	for (int verdict = 0; verdict < VERDICTS; verdict++)
		offer(l, verdict_name((enum verdict)verdict));
	offer_all(l, (const char *const[]){ "group", "host", "house", NULL });
}

static void
offer_files(const struct line *l)
{
	(void)l;
	(void)puts(COMPLETE_FILES);
}

static void
offer_commands(const struct line *l)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		offer(l, c->name);
	offer(l, "help");
}

static const struct {
	const char *value;	/* as the tables call it */
	void (*offer)(const struct line *l);
} values[] = {
	{ "PARTNER", offer_partners },
	{ "HOOK", offer_hooks },
	{ "CONNECTOR", offer_connectors },
	{ "KIND", offer_kinds },
	{ "FORMAT", offer_formats },
	{ "LETTER", offer_letters },
	{ "FILE", offer_files },
};

/* What stands between two "|" of a table: a value, or a word for itself. */
static void
offer_one(const struct line *l, const char *name, size_t len)
{
	char *word = xstrndup(name, len);
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (strcmp(values[i].value, word) == 0)
			values[i].offer(l);
	if (islower((unsigned char)*word))
		offer(l, word);
	free(word);
}

/* ---- what stands where, by the usage of a command */

enum { SLOTS_MAX = 8 };

struct way {			/* one way to call a command: "test HOOK" */
	struct slot {		/* a word of it, without its brackets */
		const char *s;
		size_t len;
	} slots[SLOTS_MAX];
	int n;
	bool repeats;		/* the last one may come again */
};

/* Moves *usage behind the way that begins there. */
static struct way
next_way(const char **usage)
{
	struct way way = { .n = 0 };
	const char *s = *usage + strspn(*usage, " ");
	while (*s != '\0' && *s != '|' && way.n < SLOTS_MAX) {
		size_t len = strcspn(s, " "), bare = strcspn(s + strspn(s, "["), " ].");
		way.slots[way.n++] = (struct slot){ s + strspn(s, "["), bare };
		way.repeats = len > 3 && memcmp(s + len - 3, "...", 3) == 0;
		s += len;
		s += strspn(s, " ");
	}
	*usage = s + strspn(s, "|");
	return way;
}

static const struct slot *
slot_at(const struct way *way, int i)
{
	return i < way->n ? &way->slots[i] : way->repeats ? &way->slots[way->n - 1] : NULL;
}

static bool
fits(const struct slot *slot, const char *word)
{
	return slot != NULL && (!islower((unsigned char)*slot->s) ||
	    (strlen(word) == slot->len && memcmp(slot->s, word, slot->len) == 0));
}

static void
offer_way(const struct line *l, const struct way *way)
{
	const struct slot *slot = slot_at(way, l->n);
	for (int i = 0; i < l->n; i++)
		if (!fits(slot_at(way, i), l->arguments[i]))
			return;
	for (size_t at = 0, len; slot != NULL && at < slot->len; at += len + 1) {
		const char *bar = memchr(slot->s + at, '|', slot->len - at);
		len = bar != NULL ? (size_t)(bar - slot->s) - at : slot->len - at;
		offer_one(l, slot->s + at, len);
	}
}

static void
offer_arguments(const struct line *l)
{
	for (const char *usage = l->command->arguments; *usage != '\0'; ) {
		struct way way = next_way(&usage);
		offer_way(l, &way);
	}
}

static void
offer_options(const struct line *l)
{
	for (const struct command_option *o = command_options; o->name != NULL; o++) {
		struct buf typed = BUF_INIT;
		buf_fmt(&typed, "--%s", o->name);
		if (o->everywhere || (l->command != NULL && command_takes(l->command, o)))
			offer(l, buf_cstr(&typed));
		buf_done(&typed);
	}
}

/* ---- taking the line apart */

/* The option that a word is, if its value is the word behind it. */
static const struct command_option *
option_that_waits(const char *word)
{
	for (const struct command_option *o = command_options; o->name != NULL; o++) {
		bool same = word[0] == '-' && (word[1] == '-' ? strcmp(word + 2, o->name) == 0 :
		    word[1] != '\0' && word[1] == o->letter && word[2] == '\0');
		if (same && o->value != NULL)
			return o;
	}
	return NULL;
}

static void
take_word(struct line *l, const char *word)
{
	if (l->waits != NULL) {
		if (strcmp(l->waits->name, "config") == 0)
			l->config_file = word;
		l->waits = NULL;
	} else if (word[0] == '-') {
		l->waits = option_that_waits(word);
	} else if (l->command == NULL && !l->help) {
		l->help = strcmp(word, "help") == 0;
		for (const struct command *c = commands; c->name != NULL; c++)
			if (strcmp(c->name, word) == 0)
				l->command = c;
	} else {
		l->arguments[l->n++] = word;
	}
}

void
complete(int n, char *const *words, const char *config_file)
{
	struct line l = { .begun = n > 0 ? words[n - 1] : "", .config_file = config_file };
	l.arguments = xcalloc((size_t)n + 1, sizeof *l.arguments);
	/* The shell takes "--kind=boat" apart into three. */
	for (int i = 0; i + 1 < n; i++)
		if (strcmp(words[i], "=") != 0)
			take_word(&l, words[i]);
	if (l.waits != NULL)
		offer_one(&l, l.waits->value, strlen(l.waits->value));
	else if (l.begun[0] == '-')
		offer_options(&l);
	else if (l.command != NULL)
		offer_arguments(&l);
	else if (!l.help || l.n == 0)
		offer_commands(&l);
	free(l.arguments);
}
