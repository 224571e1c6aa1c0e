/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a catalogue is whole: SQLite's own checks of the file, then what must
 * hold between its tables.  One look at one moment; others may write meanwhile.
 */
#ifndef VIGIE_CATALOGUE_CHECK_H
#define VIGIE_CATALOGUE_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "catalogue/catalogue.h"

struct check_result {
	const char *name;
	const char *rule;	/* what must hold, for people */
	uint64_t broken;	/* how many rows, or places in the file, break it */
	const char *example;	/* of one; NULL: none.  Borrowed during `told` */
};

size_t checks_count(void);
/* `told` for each, in their order.  0, or -1 when the looking itself failed. */
int catalogue_check(struct catalogue *c, void (*told)(void *arg, const struct check_result *r), void *arg, struct error *err);

#endif
