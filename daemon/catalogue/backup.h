/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of a catalogue's file, made while others write to it, and what a copy
 * needs before it takes the place of what came after it.
 *
 * A copy is the catalogue as it was at one moment.  The index of texts is not
 * in it: a file of its own, which is made again from the catalogue.
 */
#ifndef VIGIE_CATALOGUE_BACKUP_H
#define VIGIE_CATALOGUE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "catalogue/catalogue.h"

struct backup;

/* `to` exists and is empty; `from` is opened to be read.  Both are looked at no further than SQLite does. */
struct backup *backup_new(const char *from, const char *to, struct error *err);
void backup_free(struct backup *b);	/* takes NULL */
/* A slice: 1 there is more, 0 the copy is whole and closed, -1.  Bytes, of which the latter may be 0 at first. */
int backup_step(struct backup *b, uint64_t *ret_done, uint64_t *ret_all, struct error *err);

/* The process that has this file open, 0: none. */
int64_t catalogue_user(const char *path);

/*
 * This is a copy that is going back to where time has gone on; `after` is the
 * file that it takes the place of, NULL if there is none that can be read.
 *
 *	changes   all listings are told of again, under numbers that nobody was given
 *		  yet: whoever follows changes ends with what is in here
 *	letters   those that wait here are as `after` knows them; without it they are
 *		  given up, because they may have been sent: nobody gets one twice
 *	hooks     go on after all that
 *	forgotten what somebody asked to be forgotten stays so, as far as `after` knows
 */
int catalogue_restored(struct catalogue *c, const char *after, int64_t now_ms, struct error *err);

#endif
