/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: help, manual, completion and what is taken of a command line come from them. */
#include <stddef.h>

#include "base/paths.h"
#include "base/poison.h"
#include "vigie/command.h"

#define I(member) offsetof(struct invocation, member)

const struct command commands[] = {
	{ "partners", "", "Every partner: how it is, how much it offers, when it was asked.", 0, 0, "json",
	    command_partners },
	{ "partner", "PARTNER", "All that is known of one partner.", 1, 1, "json", command_partner },
	{ "listings", "", "What the partners offer.", 0, 0, "json partner kind near search limit",
	    command_listings },
	{ "export", "", "What the partners offer, in the formats of other tools.", 0, 0, "format partner kind output",
	    command_export },
	{ "runs", "[PARTNER]", "When partners were asked and what came of it, newest first.", 0, 1,
	    "json limit", command_runs },
	{ "why", "UID|PARTNER", "Why a listing is there or gone; why a partner's removals wait.", 1, 1, "json limit",
	    command_why },
	{ "try", "PARTNER", "Ask a partner once and show what comes of it; nothing is written.", 1, 1,
	    "json limit", command_try },
	{ "sync", "PARTNER... | --all", "Ask partners now and bring the catalogue up to date.", 0, -1,
	    "json all", command_sync },
	{ "accept", "PARTNER", "Remove the listings whose removal was put on hold.", 1, 1, "json", command_accept },
	{ "forget", "UID", "Somebody asks: what a listing says goes at once, and does not come back.", 1, 1, "json yes undo",
	    command_forget },
	{ "ack", "PARTNER", "We have seen the letter about it: no more reminders.", 1, 1, "json note", command_ack },
	{ "snooze", "PARTNER [TIME]", "Remind us later of it: in 7d, unless told otherwise.", 1, 2, "json note",
	    command_snooze },
	{ "dismiss", "PARTNER", "The letter is wrong: nothing is the matter with it.", 1, 1, "json note", command_dismiss },
	{ "confirm", "PARTNER", "It is gone: we know.", 1, 1, "json note", command_confirm },
	{ "check", "[FILE]", "Whether the catalogue, or a copy of it, is whole.", 0, 1, "json", command_check },
	{ "backup", "FILE", "Copy the catalogue as it is now, while vigied is at work.", 1, 1, "force", command_backup },
	{ "restore", "FILE", "Put a copy in the catalogue's place, which is kept beside it.", 1, 1, "", command_restore },
	{ "check-config", "", "Read the settings and say what is wrong with them.", 0, 0, "json",
	    command_check_config },
	{ "keys", "[CONNECTOR]", "Every setting that the configuration files may have.", 0, 1, "", command_keys },
	{ "mail", "list | test [ADDRESS] | preview [NUMBER|LETTER]",
	    "Letters to staff: a list, a test letter now, what one looks like.", 1, 2, "html json limit",
	    command_mail },
	{ "hooks", "[list] | test HOOK | resume HOOK",
	    "Programs that are told of changes: how they are, a test, sending again.", 0, 2, "json", command_hooks },
	{ "replay", "FILE", "What the detector would have said of the evidence in a file.", 1, 1, "json reasons",
	    command_replay },
	{ .name = NULL },
};

const struct command_option command_options[] = {
	{ "partner", 'p', "PARTNER", I(partner), .help = "only listings of this partner" },
	{ "kind", 0, "KIND", I(kind), .help = "only listings of this kind: boat, event, hosted_meal, ..." },
	{ "near", 0, "LAT,LON,KM", I(near), .help = "only listings this near, the nearest first: 44.5,0.166,10" },
	{ "search", 0, "TEXT", I(search), .help = "only listings with these words" },
	{ "format", 0, "FORMAT", I(format), .help = "geojson, geojsonl, jsonld, csv, csv-excel, ics, ttl or gpkg" },
	{ "output", 'o', "FILE", I(output), .help = "into this file, which appears whole; else to standard output" },
	{ "all", 0, NULL, I(all), .help = "every partner that is switched on" },
	{ "limit", 0, "N", I(most), .help = "at most N rows; \"all\" for every one" },
	{ "reasons", 0, NULL, I(reasons), .help = "with each verdict, what the evidence added to it" },
	{ "note", 0, "TEXT", I(note), .help = "why, in your own words; kept with the answer" },
	{ "html", 0, NULL, I(html), .help = "the page that a mail program shows" },
	{ "force", 0, NULL, I(force), .help = "in place of a file that is there" },
	{ "yes", 0, NULL, I(yes), .help = "do not ask whether that is meant" },
	{ "undo", 0, NULL, I(undo), .help = "take it back: what the partner offers may come again" },
	{ "json", 0, NULL, I(json), .help = "JSON for programs, with every column" },
	{ "config", 'c', "FILE", I(config_file), .help = "settings other than " VIGIE_CONFIG_FILE, .everywhere = true },
	{ "help", 'h', NULL, I(help), .help = "this help, or that of a command", .everywhere = true },
	{ "version", 'V', NULL, I(version), .help = "the version", .everywhere = true },
	{ .name = NULL },
};
