/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that appears whole or not at all: written under another name in the
 * same folder, put on the disk, then renamed.  What was there before stays
 * until then.  Meanwhile a signal that would end the program waits: what is
 * half written goes away first.
 */
#ifndef VIGIE_VIGIE_OUTFILE_H
#define VIGIE_VIGIE_OUTFILE_H

#include <signal.h>
#include <stddef.h>

#include "base/error.h"

struct outfile {
	int fd;
	const char *path;	/* borrowed; NULL: standard output */
	char *temporary;
	sigset_t before;	/* signals that waited anyway */
};

int outfile_open(struct outfile *f, const char *path, struct error *err);
int outfile_write(struct outfile *f, const void *data, size_t len, struct error *err);
/* 0, or -1 when the program is to end.  outfile_write asks too. */
int outfile_wanted(const struct outfile *f, struct error *err);
/* Puts it in its place; after a failure nothing has changed there. */
int outfile_finish(struct outfile *f, struct error *err);
/* Gives up what was not finished.  A signal that has waited ends the program here. */
void outfile_close(struct outfile *f);

#endif
