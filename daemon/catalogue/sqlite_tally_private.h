/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tally's arrays: what is asked of listings most, and their last changes, by
 * the row's number within its partner.  sqlite_tally.c fills them, sqlite_tally_seek.c
 * looks into them.
 */
#ifndef VIGIE_CATALOGUE_SQLITE_TALLY_PRIVATE_H
#define VIGIE_CATALOGUE_SQLITE_TALLY_PRIVATE_H

#include <pthread.h>

#include "catalogue/sqlite_tally.h"

enum { KINDS = 16, KIND_NONE = 0, KIND_OTHER = KINDS - 1 };

#define TALLY_SCALE 1e7		/* degrees to the numbers of the tally */
#define NOWHERE INT32_MIN	/* a latitude: it has no position */
#define NO_CAPACITY INT32_MIN

struct point {
	int32_t lat, lon;
};

struct sum {			/* of a partner and kind */
	uint64_t n;
	struct point low, high;	/* hold all of them; lat NOWHERE: none has a position */
};

struct tally_partner {
	int64_t id;
	char *name;		/* owned */
	bool hidden;		/* nothing of it is published, whatever its rows say */
	bool loose;		/* the boxes of the sums may be too large */
	size_t n;		/* of rows that have a place in the arrays */
	unsigned char *kind;	/* KIND_NONE: it is not published */
	int32_t *lat, *lon;
	int64_t *change;	/* the last one; 0: none is known */
	double *price;		/* in the currency's major unit; NAN: none */
	int32_t *capacity;	/* NO_CAPACITY: none */
	int64_t *from_ms, *to_ms;	/* when it takes place; INT64_MIN and INT64_MAX: always */
	uint32_t *text;		/* its number in the full-text index; 0: none is known */
	struct sum sums[KINDS];
};

struct last_change {		/* enough to tell one catalogue from another */
	int64_t change, at_ms, row, op;
};

struct tally {
	pthread_mutex_t mutex;	/* of who brings it up to date: only that one writes */
	pthread_rwlock_t lock;	/* of what stands below */
	struct tally_partner *list;	/* by id */
	size_t n;
	struct catalogue_stamp stamp;	/* of the catalogue that it shows */
	struct last_change last;	/* the one up to which it shows it; change 0: none */
	int64_t synced_ms;	/* monotonic_ms() when it was brought there */
	bool loaded;
};

unsigned char tally_kind(struct text kind);	/* KIND_OTHER: one of its own, or none */
/* The largest number whose degrees are not more than these: it keeps their order. */
int32_t tally_quantise(double degrees);
/* NULL: there is none. */
struct tally_partner *tally_partner(const struct tally *t, int64_t id);

#endif
