/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How one item becomes listings: the part that all connectors share.
 *
 * Whatever a partner's format is, an item comes here as the text of one JSON
 * object.  The expressions of [map] (lib/expr.h) say which of its values is
 * which column; `id`, `tombstone`, `places` and `languages` are settings of the
 * connector's own section.  What is read goes to the host.  Or a program in jq
 * (lib/program.h) makes of an item any number of objects whose members have the
 * names of columns, or lie under "properties".
 */
#ifndef VIGIE_LIB_RECORD_H
#define VIGIE_LIB_RECORD_H

#include <cjson/cJSON.h>

#include "vigie_connector.h"

/* The rows of a connector's option table that record_new reads; `id` is one
 * more, as its default is the connector's to say. */
#define RECORD_OPTIONS \
	{ "tombstone", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL, \
	    "POINTER = VALUE, VALUE: an item like that says that its listing was withdrawn" }, \
	{ "places", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL, \
	    "pointer to an array inside the item: each element becomes a listing of its own; an object there is one" }, \
	{ "place_id", VIGIE_OPTION_TEXT, NULL, "@/id", false, NULL, \
	    "expression that identifies the element among its item's places" }, \
	{ "languages", VIGIE_OPTION_TEXT, NULL, "fr en", false, NULL, \
	    "languages of texts to take, best first, where there are several" }, \
	{ "program", VIGIE_OPTION_LINES, "jq", NULL, false, NULL, \
	    "program in jq that gives the listings of an item, instead of [map]: objects of columns, and properties" }, \
	{ "*", VIGIE_OPTION_TEXT, "map", NULL, false, NULL, \
	    "column of the catalogue, or properties.NAME, and the expression that gives it" }

struct record;
struct expr;

/*
 * What a column is where [map] does not say it, for formats that give their
 * values the same names everywhere: « title » is "/summary".  `column` is a
 * name of [map], or "id" for the identifier.  The partner's file comes first; the
 * value "-" there leaves the column empty.  "tombstone" may stand there too.
 */
struct record_default {
	const char *column, *expression;
};

/* `section`: the connector's name, borrowed like the setup.  NULL with *c. */
struct record *record_new(const struct vigie_setup *setup, const char *section, struct vigie_complaint *c);
/* The same with defaults; the table, which ends with a column that is NULL, is
 * borrowed as long. */
struct record *record_new_with(const struct vigie_setup *setup, const char *section,
    const struct record_default *defaults, struct vigie_complaint *c);
void record_free(struct record *r);	/* takes NULL */
/* For formats that say what an item is: `unfit` says why one that is withdrawn by
 * nothing can be no listing either, a constant, and it is rejected; NULL: it can. */
void record_require(struct record *r, const char *(*unfit)(const cJSON *item));

/* An item: its JSON text.  Asks the host whether it is known; if not, its
 * listings are emitted, or it is withdrawn, or rejected. */
void record_item(struct record *r, const char *json, size_t len);
/* The same without the question: an item out of quarantine, or one that was
 * asked for already. */
void record_read(struct record *r, const char *json, size_t len);
/* The last item that the host was asked about cannot be read. */
void record_reject(struct record *r, const char *reason);

/* Does "id" find something in this text?  For a header, in which each column has
 * its own name for value.  Where a program gives the identifiers, any object does. */
bool record_identifies(struct record *r, const char *json, size_t len);
/* The identifier of an item, by `id` or (NULL) by the section's own, borrowed
 * until the next call; false: it has none, or is no object. */
bool record_id(struct record *r, const struct expr *id, const char *json, size_t len, struct vigie_bytes *ret);

/* A document that is no item, parsed by the same rules: NULL with *ret_problem.
 * Between scratch_begin and scratch_end of the host. */
const cJSON *record_parse(struct record *r, const char *json, size_t len, const char **ret_problem);
/* NULL-terminated, best first. */
const char *const *record_languages(const struct record *r);

#endif
