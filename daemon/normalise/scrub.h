/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values on their way into a JSON object: strings are cleaned and contacts
 * taken out, at any depth.  JSON is checked and copied with its numbers as the
 * partner wrote them; members whose name says contact are left out.
 */
#ifndef VIGIE_NORMALISE_SCRUB_H
#define VIGIE_NORMALISE_SCRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct scrub_rules {
	bool keep_contacts;
	bool is_id;		/* digits in it are no telephone number */
};

struct scrub_counts {
	uint64_t contacts;	/* taken out */
	uint64_t utf8;		/* strings that were not UTF-8 */
};

/* Appends one value; -1, with nothing appended, if there is none: blank text,
 * text that was all contact, what is not JSON, or JSON deeper than 64. */
int scrub_text(struct buf *out, const char *s, size_t len, const struct scrub_rules *rules,
    struct scrub_counts *counts);
int scrub_json(struct buf *out, const char *s, size_t len, const struct scrub_rules *rules,
    struct scrub_counts *counts);
/* As it is when it is a number of JSON, else as a string. */
int scrub_number(struct buf *out, const char *s, size_t len);

#endif
