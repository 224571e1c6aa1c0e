/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer's body on its way to the connector: unpacked, and of an archive only
 * the files that the partner's file asks for (member in [request]).
 */
#ifndef VIGIE_CAGE_BODY_H
#define VIGIE_CAGE_BODY_H

#include "base/error.h"
#include "vigie_connector.h"

struct body;

struct body_options {		/* everything is borrowed */
	const struct vigie_connector *plugin;
	void *connector;	/* an instance of it */
	const char *member;	/* NULL: every file */
	uint64_t max_bytes;	/* unpacked */
	struct error *error;
};

struct body *body_new(const struct body_options *options);
void body_free(struct body *b);	/* takes NULL */

/*
 * The three of the connector, with what lies before them.  0, or -1 with
 * the error: of the connector or of the archive; it names the file.
 */
int body_begin(struct body *b, const struct vigie_answer *answer);
int body_feed(struct body *b, const char *chunk, size_t len);
int body_end(struct body *b, struct vigie_next *ret);

#endif
