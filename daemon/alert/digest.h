/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The weekly digest: ordered when it is due, collected from the catalogue when
 * it is written.  The order says over what time and about which partners:
 * those that are asked, for one that left the settings is nobody's concern.
 */
#ifndef VIGIE_ALERT_DIGEST_H
#define VIGIE_ALERT_DIGEST_H

#include "alert/ledger.h"
#include "alert/letter.h"
#include "catalogue/catalogue.h"
#include "config/config.h"

/* As JSON, kept with the letter. */
void digest_order(const struct roster *roster, int64_t from_ms, int64_t to_ms, struct buf *ret);

struct digest_book {
	struct digest digest;	/* points into the rest */
	struct facts *turns, *open;
	struct digest_count *counts;
	char **names;		/* of counts */
	size_t n_names;
};
int digest_collect(struct catalogue *c, const char *order, struct digest_book *ret, struct error *err);
void digest_book_done(struct digest_book *b);

#endif
