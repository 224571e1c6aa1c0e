/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer's body on its way to the connector: unpacked, and of an archive only
 * the files that the partner's file asks for (member in [request]).
 */
#ifndef VIGIE_SYNC_BODY_H
#define VIGIE_SYNC_BODY_H

#include "config/config.h"
#include "sync/intake.h"

struct body;

/* Everything is borrowed; `connector` is an instance of the partner's. */
struct body *body_new(const struct partner_config *partner, void *connector, struct vigie_run *intake);
void body_free(struct body *b);	/* takes NULL */

/*
 * The three of the connector, with what lies before them.  0, or -1 with
 * intake->error: of the connector or of the archive; it names the file.
 */
int body_begin(struct body *b, const struct vigie_answer *answer);
int body_feed(struct body *b, const char *chunk, size_t len);
int body_end(struct body *b, struct vigie_next *ret);

#endif
