/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/help.h"

#include "base/buf.h"
#include "base/paths.h"

struct option_help {
	const char *name;	/* NULL: an option of every command */
	const char *typed;
	const char *help;
};

static const struct option_help option_helps[] = {
	{ "partner", "-p, --partner PARTNER", "only listings of this partner" },
	{ "kind", "    --kind KIND", "only listings of this kind: boat, event, hosted_meal, ..." },
	{ "near", "    --near LAT,LON,KM", "only listings this near, the nearest first: 44.5,0.166,10" },
	{ "search", "    --search TEXT", "only listings with these words" },
	{ "format", "    --format FORMAT", "geojson, geojsonl, jsonld, csv, csv-excel, ics, ttl or gpkg" },
	{ "output", "-o, --output FILE", "into this file, which appears whole; else to standard output" },
	{ "all", "    --all", "every partner that is switched on" },
	{ "limit", "    --limit N", "at most N rows; \"all\" for every one" },
	{ "reasons", "    --reasons", "with each verdict, what the evidence added to it" },
	{ "note", "    --note TEXT", "why, in your own words; kept with the answer" },
	{ "html", "    --html", "the page that a mail program shows" },
	{ "json", "    --json", "JSON for programs, with every column" },
	{ NULL, "-c, --config FILE", "settings other than " VIGIE_CONFIG_FILE },
	{ NULL, "-h, --help", "this help, or that of a command" },
	{ NULL, "-V, --version", "the version" },
};

static void
print_options(FILE *out, const struct command *c)
{
	for (size_t i = 0; i < sizeof option_helps / sizeof option_helps[0]; i++) {
		const struct option_help *o = &option_helps[i];
		if (o->name == NULL || (c != NULL && command_takes(c, o->name)))
			(void)fprintf(out, "  %-23s %s\n", o->typed, o->help);
	}
}

void
help_all(FILE *out, const struct command *commands)
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
