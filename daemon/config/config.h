/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vigie.conf, partners.d/NAME.conf and hooks.d/NAME.conf, read with inih and
 * checked against tables of keys (keys.c), from which the reference is printed too.
 *
 * Nothing is half accepted: an unknown section or key, a bad value, a missing
 * required key, a line too long: each is one problem with file, line, what is
 * wrong and the nearest valid name.  All problems of a file are found in one
 * go, not just the first.
 */
#ifndef VIGIE_CONFIG_CONFIG_H
#define VIGIE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/nearest.h"	/* nearest_name() */
#include "config/section.h"
#include "normalise/normalise.h"
#include "normalise/territory.h"
#include "plugin/plugin.h"

struct config_hook {		/* who is told of changes: hooks.d/NAME.conf */
	char *hook;		/* the file's name without .conf */
	char *file;
	bool enabled;
	char *url;
	char *secret, *former_secret;	/* as the file has them: credential:NAME; former NULL */
	struct hook_key keys[HOOK_KEYS];	/* what they stand for, in that order */
	char *missing;		/* why they cannot be read; NULL: they can */
	char *events, *partners, *kinds;	/* words with blanks between; NULL: all */
	bool batch, allow_private;
};

struct config_hooks {
	struct config_hook **list;	/* in order of name; enabled and not */
	size_t n;
};

struct partner_config {
	char *partner;		/* the file's name without .conf: [a-z0-9][a-z0-9_-]{0,62} */
	char *file;
	char *name, *theme, *website, *replaced_by;	/* for people; NULL but name */
	char *predecessor, *contact, *siren;	/* its sheet; NULL */
	char *domain;		/* whose existence is asked for; NULL: that of url, or of website */
	char *contract_from, *contract_to;	/* YYYY-MM-DD; NULL */
	char *charity;		/* share for charity, in words: "1 %"; NULL */
	char *closed;		/* months without offers: "11-01..03-31"; NULL */
	bool enabled;
	char *missing;	/* of a partner that is not enabled: why a credential of it cannot be
			 * read, so that it cannot be tried; NULL: none is missing */
	int64_t interval_ms;
	bool snapshot;		/* source = snapshot */
	bool changes;		/* source = changes; neither: window */
	char *url;	/* of a local file, and of a connector that looks for presence: the web site;
			 * of a local file without one "file:NAME" */
	char *method, *body;	/* NULL by default */
	char *local_file;	/* what is read in place of url, see sync/local.h; NULL */
	char *member;		/* files of an archive to read, a shell pattern; NULL: every file */
	bool allow_private, conditional;
	bool missing_is_ours;	/* 404 and 410 mean that the request is wrong, and nothing else */
	struct config_pair *headers, *query;
	size_t n_headers, n_query;
	struct config_oauth oauth;
	struct config_limits limits;
	struct config_removal removal;
	struct normalise_options normalise;	/* strings owned here; territory filled in by the user of it */
	char *connector_name;	/* as its file has it: a plugin's or a preset's */
	char *preset;		/* file of the preset, see config/preset.h; NULL: none */
	const struct vigie_connector *connector;
	struct vigie_setting *settings;		/* of the connector, defaults filled in; strings owned */
	size_t n_settings;
	uint64_t read_seed;	/* hash of all that decides how an item is read (connector, its
				 * settings, normalise, kind): not of url, timing or secrets */
};

struct config {
	char *file;
	char *office_name, *contact;	/* contact: URL or mailto: for the User-Agent */
	char *catalogue_path;
	bool search;
	int64_t keep_removed_ms;
	char *connectors_dir, *partners_dir, *hooks_dir, *www_dir;
	unsigned per_host, max_active;
	char *ca_file;			/* NULL: the system's */
	enum { CONFIG_LOG_ERROR, CONFIG_LOG_WARN, CONFIG_LOG_INFO, CONFIG_LOG_DEBUG } log_level;
	char *territory_circle, *territory_polygon, *territory_postcodes;
	bool publish_unlocated;
	struct territory *territory;	/* NULL: everywhere */
	uint64_t territory_seed;
	struct config_mail mail;
	struct config_watch watch;
	struct config_serve serve;
	struct partner_config **partners;	/* in order of name; enabled and not */
	size_t n_partners;
	bool incomplete;		/* a partner's file had a problem: it is not among them */
	struct config_hooks hooks;
	struct plugins *plugins;
};

struct config_problem {
	char *file;
	unsigned line;		/* 0: the file as a whole */
	char *text;
	char *partner;		/* NULL: of vigie.conf, or of a hook */
	char *hook;		/* NULL: not of a hook */
};

struct config_problems {
	struct config_problem *list;
	size_t n;
};

/*
 * Reads `file`, every partner's and every hook's.  NULL when vigie.conf itself is not
 * usable.  A partner's or a hook's file with a problem has no partner_config or config_hook in
 * the result: the caller decides (the service keeps what it had, a command ends with 2).
 * *problems is filled in both cases.
 */
struct config *config_load(const char *file, struct config_problems *problems);
void config_free(struct config *c);
void config_problems_done(struct config_problems *p);

/* Borrowed; NULL if there is none of that name. */
const struct partner_config *config_partner(const struct config *c, const char *partner);
/* Moves the partner out of the configuration; the caller frees it. */
struct partner_config *config_take_partner(struct config *c, size_t index);
void partner_config_free(struct partner_config *p);
bool partner_config_equal(const struct partner_config *a, const struct partner_config *b);

const struct config_hook *config_hook(const struct config *c, const char *hook);
/* Moves them all out of the configuration. */
struct config_hooks config_take_hooks(struct config *c);
void config_hooks_done(struct config_hooks *hooks);
void config_hook_free(struct config_hook *h);
bool config_hook_equal(const struct config_hook *a, const struct config_hook *b);

/* Prints every key with section, type, default and help, for `vigie help keys`
 * and for the documentation; connector options too when `plugins` is given. */
struct buf;
void config_describe(struct buf *out, struct plugins *plugins);
/* The same of one connector or preset.  -1: there is none of that name. */
int config_describe_connector(struct buf *out, struct plugins *plugins, const char *name, struct error *err);

#endif
