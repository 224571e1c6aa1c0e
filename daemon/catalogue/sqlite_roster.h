/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The partners in memory, as long as nothing that their listings show has
 * changed: a row of `listing` is then all that is read of a listing.
 */
#ifndef VIGIE_CATALOGUE_SQLITE_ROSTER_H
#define VIGIE_CATALOGUE_SQLITE_ROSTER_H

#include "catalogue/reading.h"

struct roster_partner {
	int64_t id;
	char *partner, *name, *website, *verdict;	/* owned; NULL: none */
	bool withdrawn;
	bool loading;			/* nothing of it is there yet */
	int64_t loaded_ms;		/* what changed_ms 0 means */
	int64_t withdrawn_ms;		/* when `withdrawn` last changed */
};

struct roster {
	struct roster_partner *list;	/* by id */
	size_t n;
	struct catalogue_stamp stamp;	/* of what was read last */
	int64_t data_version, texts_version;	/* of SQLite, then */
	int64_t turned_ms;		/* the youngest time in it */
	bool known;			/* something was read */
};

/* Brings it up to date. */
int roster_read(struct catalogue *c, struct error *err);
void roster_done(struct roster *r);

/* NULL: there is none. */
const struct roster_partner *roster_find(const struct roster *r, int64_t id);
const struct roster_partner *roster_named(const struct roster *r, const char *partner);

#endif
