/* SPDX-License-Identifier: Apache-2.0 */
/* What a person should know of a partner, in a few words. */
#ifndef VIGIE_VIGIE_REMARKS_H
#define VIGIE_VIGIE_REMARKS_H

#include "vigie/reader.h"

/*
 * Appends what is not as it should be: on hold and how to accept, failing,
 * switched off, gone from the settings, asked to wait, its contract ends.  `q` is at the partner's
 * row of VIEW_PARTNERS, NULL for one that was never asked; `p` are its
 * settings, NULL if it has none.
 */
int remarks_add(struct reader *r, struct buf *out, const struct catalogue_cursor *q,
    const struct partner_config *p, struct error *err);

/* Says on stderr that nobody is written to, if that is so. */
void remarks_no_mail(const struct reader *r);
/* A line on stderr if letters to staff have been waiting for a day, another if
 * some were never delivered. */
/* A full disk, as vigied has told it. */
int remarks_disk(struct reader *r, struct error *err);
int remarks_letters(struct reader *r, struct error *err);

/* A line on stderr for each hook that is disabled, or has taken nothing for a day. */
int remarks_hooks(struct reader *r, struct error *err);

/* The reason of a hold ("brake", "rotated", "empty") as a sentence. */
const char *remarks_hold(const char *hold);

/* What the last run of this partner said, escaped; "" if there was none. */
int remarks_last_detail(struct reader *r, struct buf *out, const char *partner, struct error *err);

#endif
