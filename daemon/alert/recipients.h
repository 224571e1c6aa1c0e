/* SPDX-License-Identifier: Apache-2.0 */
/* Who is written to. */
#ifndef VIGIE_ALERT_RECIPIENTS_H
#define VIGIE_ALERT_RECIPIENTS_H

#include "config/config.h"

struct recipients {
	char **list;		/* each address once */
	size_t n;
};

/* Of partners of `theme` (NULL: without one): those of to.THEME, else those of
 * `to`.  "House swaps", "house-swaps" and "HOUSE_SWAPS" are one theme. */
struct recipients recipients_of_theme(const struct config_mail *mail, const char *theme);
/* Of what concerns the lookout as a whole: `to`, or those of all themes when there is none. */
struct recipients recipients_of_all(const struct config_mail *mail);
/* Addresses of a setting, between commas or blanks; NULL: none. */
void recipients_add(struct recipients *r, const char *addresses);
void recipients_done(struct recipients *r);

/* The part of the sender's address after "@"; NULL: letters cannot be sent. */
const char *recipients_domain(const struct config_mail *mail);

#endif
