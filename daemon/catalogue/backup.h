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
 * This is a copy that is going back to where time has gone on.  `after` is the
 * file that it takes the place of, NULL if there is none that can be read.
 *
 * *ret_known: it is the same catalogue, later.  Then listings go back to what
 * the copy has, those that came since are removed, and followers of changes are
 * told of what is different; what is known of partners, what was told to staff
 * and answered, where hooks are, and what was forgotten, stays as it is there.
 *
 * Else all listings are told of again, under numbers that nobody can have been
 * given; hooks go on after that; and letters that wait are given up, because
 * they may have been sent: nobody gets one twice.
 *
 * In any case the next answer of every partner is read whole.
 */
int catalogue_restored(struct catalogue *c, const char *after, int64_t now_ms, bool *ret_known, struct error *err);

#endif
