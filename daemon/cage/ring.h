/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two rings of bytes in memory that two processes share: down to the cage, up
 * from it.  Each ring is mapped twice in a row, so that what wraps around is one
 * piece.  Neither side trusts the other's positions: one that cannot be is
 * RING_BROKEN.
 */
#ifndef VIGIE_CAGE_RING_H
#define VIGIE_CAGE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { RING_BYTES = 1 << 19 };
#define RING_BROKEN SIZE_MAX

struct ring_ends {
	_Alignas(64) _Atomic uint64_t head;	/* written so far */
	_Alignas(64) _Atomic uint64_t tail;	/* read so far */
};

struct ring_control {
	struct ring_ends down, up;
	_Alignas(64) _Atomic uint32_t cage_sleeps;	/* wants a bell when there is more to read, or room */
	_Alignas(64) _Atomic uint32_t host_wants_room;
};

struct ring {
	char *data;
	struct ring_ends *ends;
	uint64_t own;		/* the position that is ours, wherever the other side puts the shared one */
};

struct rings {
	struct ring_control *control;
	struct ring down, up;
};

/* A file of that shape, whose size cannot be changed; -1. */
int rings_file(struct error *err);
/* `fd` stays the caller's. */
int rings_map(struct rings *r, int fd, struct error *err);
void rings_unmap(struct rings *r);	/* also what was never mapped */

/* How much the one who writes may write, how much the one who reads may read. */
size_t ring_room(const struct ring *r);
size_t ring_ready(const struct ring *r);
/* Where to write or read; so much was. */
char *ring_place(const struct ring *r);
void ring_written(struct ring *r, size_t n);
void ring_read(struct ring *r, size_t n);

#endif
