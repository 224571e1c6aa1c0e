/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forgetting.  What a listing said goes, everywhere in the catalogue's files;
 * that there was one, under which uid, when it came and when it went, stays: so
 * nothing is lost of which others must be told, and what returns is known again.
 *
 *	removed ──after a while──► purged		as any other, if the partner offers it again
 *	present, removed ──forget──► forgotten		stays away, whatever the partner offers
 *	forgotten ──remember──► removed			and comes with the next whole answer
 *
 * Who is not to come back is kept as a keyed hash (HMAC-SHA-256).
 */
#ifndef VIGIE_CATALOGUE_FORGET_H
#define VIGIE_CATALOGUE_FORGET_H

#include "catalogue/catalogue.h"

/* Works while runs of its partner are under way.  ERROR_NOT_FOUND: there is no such listing; ERROR_BUSY: its partner is
 * being read for the first time.  Again for one that is forgotten already is no error. */
int catalogue_forget(struct catalogue *c, const char *uid, int64_t now_ms, struct error *err);
/* ERROR_NOT_FOUND: it was not forgotten. */
int catalogue_remember(struct catalogue *c, const char *uid, int64_t now_ms, struct error *err);
struct purge {
	int64_t now_ms, before_ms;
	size_t max;		/* in one step, which takes milliseconds */
};
/* Listings that were removed before that time, and the quarantine of partners that have not answered since; *ret_n: how
 * much there was; 0: no more. */
int catalogue_purge(struct catalogue *c, const struct purge *what, size_t *ret_n, struct error *err);
/* Empties the WAL, which has pages as they were before; ERROR_BUSY while readers need it (waits a second for them). */
int catalogue_wipe(struct catalogue *c, struct error *err);

#endif
