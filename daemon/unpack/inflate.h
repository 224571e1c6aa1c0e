/* SPDX-License-Identifier: Apache-2.0 */
/* One zlib stream with a window of its own, a step at a time. */
#ifndef VIGIE_UNPACK_INFLATE_H
#define VIGIE_UNPACK_INFLATE_H

#include <stddef.h>
#include <stdint.h>

struct inflater;

enum inflate_format { INFLATE_RAW, INFLATE_ZLIB, INFLATE_GZIP };
enum inflate_step {
	INFLATE_MORE,		/* all that came is read, the stream goes on */
	INFLATE_FULL,		/* there is more to come out of it: step again */
	INFLATE_ENDED,		/* what is left at *p is not part of the stream */
	INFLATE_BROKEN
};

struct inflater *inflater_new(void);
void inflater_free(struct inflater *i);	/* takes NULL */
void inflater_begin(struct inflater *i, enum inflate_format format);
/* Reads on from *p; *ret_len bytes at *ret have come out, borrowed until the next
 * step: also before the place where it is broken. */
enum inflate_step inflater_step(struct inflater *i, const char **p, const char *end,
    const char **ret, size_t *ret_len);
/* CRC-32 as ZIP has it, carried on; 0 to begin with. */
uint32_t inflate_crc32(uint32_t crc, const char *s, size_t len);

#endif
