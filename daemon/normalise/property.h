/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that have no column, and the dates of an event: the members of one
 * JSON object, in the order in which the connector emitted them.
 */
#ifndef VIGIE_NORMALISE_PROPERTY_H
#define VIGIE_NORMALISE_PROPERTY_H

#include <stdbool.h>
#include <stddef.h>

#include "vigie_connector.h"

struct buf;
struct normalise_notes;
struct zone;

enum { PROPERTIES_MAX = 512, PROPERTIES_MAX_BYTES = 64 * 1024 };

struct property {
	const char *name;
	size_t name_len;
	const struct vigie_field *field;	/* the connector's */
};

/* What a name says and how it is written, kept from listing to listing. */
enum { NAME_SLOTS = 64, NAME_MAX_BYTES = 47, NAME_WRITTEN_MAX_BYTES = 63 };

struct property_name {
	char name[NAME_MAX_BYTES], written[NAME_WRITTEN_MAX_BYTES];
	unsigned char name_len, written_len;	/* name_len 0: nothing is kept here */
	bool is_contact, is_id;
};

struct properties {
	struct property item[PROPERTIES_MAX];
	size_t n;
	struct property_name names[NAME_SLOTS];
};

struct property_context {
	bool keep_contacts;
	const struct zone *zone;	/* of dates without one */
	struct normalise_notes *notes;
	struct buf *scratch;
};

void properties_clear(struct properties *p);
/* A VIGIE_PROPERTY, VIGIE_STARTS_AT or VIGIE_ENDS_AT.  False: no name, or too
 * many. */
bool properties_add(struct properties *p, const struct vigie_field *f);
/* Appends the object, "{}" at least.  The last of two with one name wins; what
 * has no value, is all contact or no longer fits is left out. */
void properties_write(struct properties *p, const struct property_context *c, struct buf *out);

#endif
