/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/gzip.h"

#include <zlib.h>

enum { GZIP = 16, LEVEL = 4, MEMORY_LEVEL = 8, ROOM = 16 << 10 };

struct gzip {
	z_stream z;
};

struct gzip *
gzip_new(void)
{
	struct gzip *g = xcalloc(1, sizeof *g);
	if (deflateInit2(&g->z, LEVEL, Z_DEFLATED, MAX_WBITS + GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return g;
}

void
gzip_free(struct gzip *g)
{
	if (g == NULL)
		return;
	(void)deflateEnd(&g->z);
	free(g);
}

void
gzip_add(struct gzip *g, const void *data, size_t len, bool last, struct buf *out)
{
	g->z.next_in = (Bytef *)data;
	g->z.avail_in = (uInt)len;
	do {
		buf_reserve(out, ROOM);
		g->z.next_out = (Bytef *)out->data + out->len;
		g->z.avail_out = ROOM;
		(void)deflate(&g->z, last ? Z_FINISH : Z_SYNC_FLUSH);
		buf_cut(out, out->len + ROOM - g->z.avail_out);
	} while (g->z.avail_out == 0);
}
