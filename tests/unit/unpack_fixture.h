/* SPDX-License-Identifier: Apache-2.0 */
/* Archives of every form, made here, and what comes out of them. */
#ifndef VIGIE_TEST_UNPACK_FIXTURE_H
#define VIGIE_TEST_UNPACK_FIXTURE_H

#include <zlib.h>

#include "base/buf.h"
#include "unpack/unpack.h"

enum { LIMIT = 1 << 20 };

/* ---- what comes out: "name:bytes|name:bytes|" */

struct outcome {
	struct buf out;
	struct error error;
	uint64_t bytes;
	bool archive;
};

static int
on_file(void *arg, const char *name, struct error *err)
{
	struct outcome *o = arg;
	if (strcmp(name, "stop") == 0)
		return error_set(err, ERROR_SHAPE, "stop");
	buf_fmt(&o->out, "|%s:", name);
	return strncmp(name, "skip", 4) != 0;
}

static int
on_data(void *arg, const char *bytes, size_t len, struct error *err)
{
	struct outcome *o = arg;
	(void)err;
	assert_true(len > 0);
	o->bytes += len;
	if (o->bytes <= 4096)
		buf_add(&o->out, bytes, len);
	return 0;
}

static void
unpack_in_pieces(const struct buf *in, size_t first, size_t piece, struct outcome *o)
{
	const struct unpack_sink sink = { on_file, on_data, o };
	struct unpack *u = unpack_new(LIMIT, &sink);
	*o = (struct outcome){ .out = BUF_INIT };
	int rc = 0;
	unpack_begin(u);
	for (size_t at = 0, n; at < in->len && rc == 0; at += n) {
		n = at == 0 && first > 0 ? first : piece;
		n = n < in->len - at ? n : in->len - at;
		char *copy = xmalloc(n);	/* a read past it is found */
		memcpy(copy, in->data + at, n);
		rc = unpack_feed(u, copy, n, &o->error);
		free(copy);
	}
	if (rc == 0)
		rc = unpack_end(u, &o->error);
	assert_true((rc == 0) == (o->error.kind == ERROR_NONE));
	o->archive = unpack_is_archive(u);
	unpack_free(u);
}

static void
expect(const struct buf *in, size_t first, size_t piece, const char *wanted, const char *error)
{
	struct outcome o;
	unpack_in_pieces(in, first, piece, &o);
	if (error != NULL)
		assert_string_equal(o.error.text, error);
	else
		assert_string_equal(o.error.text, "");
	if (wanted != NULL)
		assert_string_equal(buf_cstr(&o.out), wanted);
	buf_done(&o.out);
}

/* In pieces of every size, and in two at every place. */
static void
expect_always(const struct buf *in, const char *wanted, const char *error)
{
	for (size_t piece = 1; piece <= in->len; piece++)
		expect(in, 0, piece, wanted, error);
	for (size_t cut = 1; cut < in->len; cut++)
		expect(in, cut, in->len, wanted, error);
}

/* ---- making archives */

enum { RAW = -15, GZIP = 31 };

static void
deflate_to(struct buf *out, const char *s, size_t len, int window_bits)
{
	z_stream z = { 0 };
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	size_t room = deflateBound(&z, len);
	char *packed = xmalloc(room);
	z.next_in = (Bytef *)(uintptr_t)s;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)packed;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_add(out, packed, room - z.avail_out);
	free(packed);
	(void)deflateEnd(&z);
}

static void
number(struct buf *out, uint64_t n, size_t bytes)
{
	for (; bytes > 0; bytes--, n >>= 8)
		buf_char(out, (char)(unsigned char)(n & 0xff));
}

struct entry {
	const char *name, *body;
	unsigned method, flags;
	int sizes;		/* bytes of each in a descriptor; 0: none */
	bool signature;		/* of the descriptor */
	bool zip64;
	uint32_t wrong_crc, wrong_size, wrong_packed;	/* added */
	const char *central_name;	/* NULL: the same */
};

struct maker {
	struct buf out, central;
	unsigned n;
};

static void
add_central(struct maker *m, const struct entry *e, uint32_t crc, size_t packed)
{
	const char *name = e->central_name ? e->central_name : e->name;
	number(&m->central, 0x02014b50, 4);
	number(&m->central, 45, 2);
	number(&m->central, 20, 2);
	number(&m->central, e->flags, 2);
	number(&m->central, e->method, 2);
	number(&m->central, 0, 4);
	number(&m->central, crc, 4);
	number(&m->central, packed, 4);
	number(&m->central, strlen(e->body), 4);
	number(&m->central, strlen(name), 2);
	number(&m->central, 5, 2);	/* extra */
	number(&m->central, 3, 2);	/* comment */
	number(&m->central, 0, 12);
	buf_str(&m->central, name);
	buf_str(&m->central, "EXTRACMT");
	m->n++;
}

static void
add(struct maker *m, const struct entry *e)
{
	struct buf packed = BUF_INIT;
	size_t len = strlen(e->body);
	uint32_t crc = (uint32_t)crc32(0, (const Bytef *)e->body, (uInt)len);
	if (e->method == 8)
		deflate_to(&packed, e->body, len, RAW);
	else
		buf_str(&packed, e->body);
	bool later = e->sizes > 0;
	number(&m->out, 0x04034b50, 4);
	number(&m->out, 20, 2);
	number(&m->out, e->flags | (later ? 8u : 0u), 2);
	number(&m->out, e->method, 2);
	number(&m->out, 0, 4);
	number(&m->out, later ? 0 : crc + e->wrong_crc, 4);
	number(&m->out, e->zip64 ? UINT32_MAX : later ? 0 : packed.len + e->wrong_packed, 4);
	number(&m->out, e->zip64 ? UINT32_MAX : later ? 0 : len + e->wrong_size, 4);
	number(&m->out, strlen(e->name), 2);
	number(&m->out, e->zip64 ? 26 : 0, 2);
	buf_str(&m->out, e->name);
	if (e->zip64) {
		number(&m->out, UINT64_C(0x00000002cafe), 6);	/* another extra field */
		number(&m->out, 1, 2);
		number(&m->out, 16, 2);
		number(&m->out, later ? 0 : len + e->wrong_size, 8);
		number(&m->out, later ? 0 : packed.len + e->wrong_packed, 8);
	}
	buf_add(&m->out, packed.data, packed.len);
	if (e->signature)
		number(&m->out, 0x08074b50, 4);
	if (later) {
		number(&m->out, crc + e->wrong_crc, 4);
		number(&m->out, packed.len + e->wrong_packed, (size_t)e->sizes);
		number(&m->out, len + e->wrong_size, (size_t)e->sizes);
	}
	add_central(m, e, crc, packed.len);
	buf_done(&packed);
}

static void
add_end(struct maker *m, unsigned files, bool zip64)
{
	size_t start = m->out.len, size = m->central.len;
	buf_add(&m->out, m->central.data, m->central.len);
	if (zip64) {
		size_t end64 = m->out.len;
		number(&m->out, 0x06064b50, 4);
		number(&m->out, 44, 8);
		number(&m->out, 0, 12);
		number(&m->out, m->n, 8);
		number(&m->out, m->n, 8);
		number(&m->out, size, 8);
		number(&m->out, start, 8);
		number(&m->out, 0x07064b50, 4);
		number(&m->out, 0, 4);
		number(&m->out, end64, 8);
		number(&m->out, 1, 4);
	}
	number(&m->out, 0x06054b50, 4);
	number(&m->out, 0, 4);
	number(&m->out, files, 2);
	number(&m->out, files, 2);
	number(&m->out, size, 4);
	number(&m->out, start, 4);
	number(&m->out, 7, 2);
	buf_str(&m->out, "comment");
	buf_done(&m->central);
}

static struct buf
archive_of(const struct entry *entries, size_t n)
{
	struct maker m = { BUF_INIT, BUF_INIT, 0 };
	for (size_t i = 0; i < n; i++)
		add(&m, &entries[i]);
	add_end(&m, m.n, false);
	return m.out;
}

static const char lorem[] = "Dans le Val de Garonne, il y a des maisons, des bateaux et des bateaux et des maisons.";

#endif
