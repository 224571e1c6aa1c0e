/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/inflate.h"

#include <stdbool.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/buf.h"

/* Deflate makes at most 1032 bytes of one. */
enum { WINDOW_BITS = 15, GZIP_ONLY = 16, OUT_BYTES = 64 << 10, STEP_MAX_BYTES = 1 << 30 };

struct inflater {
	z_stream z;
	bool open;
	char out[OUT_BYTES];
};

struct inflater *
inflater_new(void)
{
	return xcalloc(1, sizeof(struct inflater));
}

void
inflater_free(struct inflater *i)
{
	if (i != NULL && i->open)
		(void)inflateEnd(&i->z);
	free(i);
}

/* Out of memory aborts, here as everywhere. */
void
inflater_begin(struct inflater *i, enum inflate_format format)
{
	static const int bits_of[] = {
		[INFLATE_RAW] = -WINDOW_BITS, [INFLATE_ZLIB] = WINDOW_BITS, [INFLATE_GZIP] = WINDOW_BITS + GZIP_ONLY,
	};
	int bits = bits_of[format];
	int rc = i->open ? inflateReset2(&i->z, bits) : inflateInit2(&i->z, bits);
	if (rc != Z_OK)
		abort();
	i->open = true;
}

enum inflate_step
inflater_step(struct inflater *i, const char **p, const char *end, const char **ret, size_t *ret_len)
{
	size_t len = (size_t)(end - *p) < STEP_MAX_BYTES ? (size_t)(end - *p) : STEP_MAX_BYTES;
	i->z.next_in = (const Bytef *)*p;
	i->z.avail_in = (uInt)len;
	i->z.next_out = (Bytef *)i->out;
	i->z.avail_out = OUT_BYTES;
	int rc = inflate(&i->z, Z_NO_FLUSH);
	if (rc == Z_MEM_ERROR)
		abort();
	*p += len - i->z.avail_in;
	*ret = i->out;
	*ret_len = OUT_BYTES - i->z.avail_out;
	if (rc == Z_STREAM_END)
		return INFLATE_ENDED;
	/* Z_BUF_ERROR: nothing to read, or nowhere to write; no fault. */
	if (rc != Z_OK && rc != Z_BUF_ERROR)
		return INFLATE_BROKEN;
	return i->z.avail_out == 0 || *p < end ? INFLATE_FULL : INFLATE_MORE;
}

uint32_t
inflate_crc32(uint32_t crc, const char *s, size_t len)
{
	return (uint32_t)crc32_z(crc, (const Bytef *)s, len);
}
