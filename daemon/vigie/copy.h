/* SPDX-License-Identifier: Apache-2.0 */
/* What backup and restore share: a catalogue copied and looked over. */
#ifndef VIGIE_VIGIE_COPY_H
#define VIGIE_VIGIE_COPY_H

#include "catalogue/check.h"
#include "vigie/outfile.h"
#include "vigie/progress.h"

/* A file, which this user may read. */
int copy_look(const char *path, struct error *err);

/* Into the file that was opened, which its owner alone may read.  `what` is said on a terminal meanwhile. */
int copy_catalogue(const char *from, struct outfile *to, const char *what, struct error *err);

/* A catalogue of which every rule holds, or -1 with the first that does not. */
int copy_check(struct catalogue *c, struct error *err);

/* « 8 listings of 3 partners, last changed TIME »: what is in it, for people. */
int copy_describe(struct catalogue *c, struct buf *out, struct error *err);

#endif
