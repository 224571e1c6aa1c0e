/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what a cage says.  The first byte chooses: the bytes as they lie
 * in the ring, or pieces with a head that is right.  What is on the stage
 * afterwards can be read, and holds sound text only, no longer than it may be.
 */
#include <assert.h>
#include <stdint.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "sync/intake.h"

enum { KNOWN = 40, PIECE_HEAD = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Pieces: a kind (with the bit of WIRE_MORE), a length, so many bytes. */
static void
put_pieces(struct ring *r, const uint8_t *data, size_t size)
{
	while (size >= PIECE_HEAD) {
		uint32_t kind = (data[0] & 0x7fu) % WIRE_KINDS | (data[0] >> 7 != 0 ? WIRE_MORE : 0);
		size_t len = data[1] < size - PIECE_HEAD ? data[1] : size - PIECE_HEAD;
		if (ring_room(r) < wire_size(len))
			return;
		wire_write(r, kind, (const char *)data + PIECE_HEAD, len);
		data += PIECE_HEAD + len;
		size -= PIECE_HEAD + len;
	}
}

static void
put_bytes(struct ring *r, const uint8_t *data, size_t size)
{
	size_t n = size < RING_BYTES ? size : RING_BYTES;
	memcpy(ring_place(r), data, n);
	ring_written(r, n);
}

static void
check_stage(struct stage *s)
{
	struct stage_entry e;
	struct error err = ERROR_INIT;
	assert(stage_read_start(s, &err) == 0);
	while (stage_read(s, &e, &err) > 0) {
		struct listing l;
		if (e.kind != STAGE_LISTING)
			continue;
		assert(listing_unflatten(e.flat.s, e.flat.len, &l) == 0);
		for (int i = 0; i < LISTING_TEXTS; i++)
			assert(l.text[i].s == NULL || (l.text[i].len <= listing_text_max[i] && utf8_valid(l.text[i].s, l.text[i].len)));
	}
	assert(err.kind == ERROR_NONE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	struct rings rings;
	struct wire_in in = { .copy = BUF_INIT };
	struct intake intake;
	if (size == 0)
		return 0;
	int fd = rings_file(&err), rc = rings_map(&rings, fd, &err);
	assert(fd != -1 && rc == 0);
	(void)close(fd);
	intake_init(&intake);
	intake.stage = stage_new("/tmp");
	intake.asked = true;
	intake.known = known_new(KNOWN);
	for (uint32_t i = 0; i < KNOWN; i++)
		known_add(intake.known, (struct raw_hash){ i / 2, i / 2 }, i);
	known_seal(intake.known);
	(data[0] % 2 == 0 ? put_pieces : put_bytes)(&rings.up, data + 1, size - 1);
	/* Here one process is both: what was written is what there is to read. */
	struct ring up = rings.up;
	up.own = 0;
	while (wire_next(&up, &in) == 1 && intake_hear(&intake, (enum wire_kind)in.kind, in.s, in.len) == 0)
		continue;
	check_stage(intake.stage);
	assert(known_seen(intake.known) <= known_count(intake.known));
	stage_free(intake.stage);
	known_free(intake.known);
	intake_done(&intake);
	buf_done(&in.copy);
	rings_unmap(&rings);
	return 0;
}
