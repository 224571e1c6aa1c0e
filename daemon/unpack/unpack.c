/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RECOGNISE ─► PLAIN
 *           ─► GZIP ⇄ BETWEEN	(its members, one after the other, are one document)
 *           ─► ZIP		(unpack/zip.c)
 */
#include "unpack/unpack.h"

#include "base/buf.h"
#include "unpack/inflate.h"
#include "unpack/outlet.h"
#include "unpack/zip.h"

enum unpack_state { RECOGNISE, PLAIN, GZIP, BETWEEN, ZIP };
enum { MAGIC_MAX_BYTES = 4 };

static const struct magic {
	const char *bytes;
	size_t len;
	enum unpack_state state;
} magics[] = {
	{ "\x1f\x8b", 2, GZIP },
	{ "PK\3\4", 4, ZIP },
	{ "PK\5\6", 4, ZIP },	/* an archive without files */
};

struct unpack {
	enum unpack_state state;
	char head[MAGIC_MAX_BYTES];
	size_t head_len;
	struct outlet outlet;
	struct inflater *inflater;	/* these two when they are needed */
	struct zip *zip;
};

struct unpack *
unpack_new(uint64_t max_bytes, const struct unpack_sink *sink)
{
	struct unpack *u = xcalloc(1, sizeof *u);
	u->outlet = (struct outlet){ *sink, max_bytes, 0 };
	return u;
}

void
unpack_free(struct unpack *u)
{
	if (u == NULL)
		return;
	zip_free(u->zip);
	inflater_free(u->inflater);
	free(u);
}

void
unpack_begin(struct unpack *u)
{
	u->state = RECOGNISE;
	u->head_len = 0;
	u->outlet.bytes = 0;
}

bool
unpack_is_archive(const struct unpack *u)
{
	return u->state == ZIP;
}

/* ---- gzip */

static int
gzip_feed(struct unpack *u, const char *p, const char *end, struct error *err)
{
	enum inflate_step step = INFLATE_MORE;
	while (p < end || step == INFLATE_FULL) {
		const char *out;
		size_t len;
		if (u->state == BETWEEN && *p != magics[0].bytes[0])
			return error_set(err, ERROR_FORMAT, "something follows the end of the compressed document");
		if (u->state == BETWEEN)
			inflater_begin(u->inflater, INFLATE_GZIP);
		step = inflater_step(u->inflater, &p, end, &out, &len);
		if (outlet_data(&u->outlet, out, len, true, err) != 0)
			return -1;
		if (step == INFLATE_BROKEN)
			return error_set(err, ERROR_FORMAT, "the compressed document (gzip) is damaged");
		u->state = step == INFLATE_ENDED ? BETWEEN : GZIP;
	}
	return 0;
}

/* ---- what is it? */

/* Of the bytes so far: PLAIN if no magic begins so, RECOGNISE if one may. */
static enum unpack_state
recognise(const char *head, size_t len)
{
	enum unpack_state found = PLAIN;
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
		const struct magic *m = &magics[i];
		if (memcmp(head, m->bytes, len < m->len ? len : m->len) == 0)
			found = len < m->len ? RECOGNISE : m->state;
		if (found != PLAIN)
			return found;
	}
	return PLAIN;
}

static void
enter(struct unpack *u, enum unpack_state state)
{
	u->state = state;
	if (u->inflater == NULL && state != PLAIN)
		u->inflater = inflater_new();
	if (state == GZIP)
		inflater_begin(u->inflater, INFLATE_GZIP);
	if (state == ZIP && u->zip == NULL)
		u->zip = zip_new(&u->outlet, u->inflater);
	if (state == ZIP)
		zip_begin(u->zip);
}

static int
dispatch(struct unpack *u, const char *chunk, size_t len, struct error *err)
{
	switch (u->state) {
	case RECOGNISE:
		return 0;
	case PLAIN:
		return len > 0 ? u->outlet.sink.data(u->outlet.sink.arg, chunk, len, err) : 0;
	case GZIP:
	case BETWEEN:
		return gzip_feed(u, chunk, chunk + len, err);
	case ZIP:
		return zip_feed(u->zip, chunk, len, err);
	}
	return 0;
}

int
unpack_feed(struct unpack *u, const char *chunk, size_t len, struct error *err)
{
	char head[MAGIC_MAX_BYTES];
	size_t before = u->head_len, at = 0;
	if (u->state != RECOGNISE)
		return dispatch(u, chunk, len, err);
	while (u->state == RECOGNISE && at < len) {
		u->head[u->head_len++] = chunk[at++];
		enum unpack_state state = recognise(u->head, u->head_len);
		if (state != RECOGNISE)
			enter(u, state);
	}
	if (u->state == RECOGNISE)
		return 0;
	if (before == 0)
		return dispatch(u, chunk, len, err);
	memcpy(head, u->head, sizeof head);
	if (dispatch(u, head, u->head_len, err) != 0)
		return -1;
	return dispatch(u, chunk + at, len - at, err);
}

int
unpack_end(struct unpack *u, struct error *err)
{
	switch (u->state) {
	case RECOGNISE:
		u->state = PLAIN;
		return dispatch(u, u->head, u->head_len, err);
	case PLAIN:
	case BETWEEN:
		return 0;
	case GZIP:
		return error_set(err, ERROR_TRUNCATED, "the compressed document (gzip) stops before its end");
	case ZIP:
		return zip_end(u->zip, err);
	}
	return 0;
}
