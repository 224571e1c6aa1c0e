/* SPDX-License-Identifier: Apache-2.0 */
/* A letter of the outbox, put into words from what the catalogue knows. */
#ifndef VIGIE_ALERT_WRITING_H
#define VIGIE_ALERT_WRITING_H

#include "alert/letter.h"
#include "catalogue/outbox.h"

/* Fills l->subject, text and html, which must be NULL.  Writes nothing into the
 * catalogue.  ERROR_FORMAT: what was kept with it cannot be read. */
int writing_compose(struct catalogue *c, struct outbox_letter *l, const struct letter_office *office, int64_t now_ms,
    struct error *err);

#endif
