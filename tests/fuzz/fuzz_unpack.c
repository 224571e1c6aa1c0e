/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a body: the first says in which pieces it comes.  What comes out,
 * and what is said of it, is the same in one piece.
 */
#include <assert.h>
#include <stdint.h>

#include <xxhash.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "unpack/unpack.h"

enum { LIMIT = 1 << 18 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	XXH3_state_t *hash;
	uint64_t bytes;
	size_t files;
	struct error error;
};

static int
on_file(void *arg, const char *name, struct error *err)
{
	struct outcome *o = arg;
	size_t len = strlen(name);
	assert(len > 0 && len <= UNPACK_NAME_MAX_BYTES * 3 && utf8_valid(name, len));
	(void)XXH3_64bits_update(o->hash, name, len + 1);
	if (name[0] == 'X')
		return error_set(err, ERROR_SHAPE, "X");
	return o->files++ % 4 != 3;
}

static int
on_data(void *arg, const char *bytes, size_t len, struct error *err)
{
	struct outcome *o = arg;
	assert(len > 0);
	(void)err;
	(void)XXH3_64bits_update(o->hash, bytes, len);
	o->bytes += len;
	return 0;
}

static uint64_t
unpack_all(const uint8_t *data, size_t size, size_t piece, struct outcome *o)
{
	const struct unpack_sink sink = { on_file, on_data, o };
	struct unpack *u = unpack_new(LIMIT, &sink);
	int rc = 0;
	*o = (struct outcome){ .hash = XXH3_createState() };
	(void)XXH3_64bits_reset(o->hash);
	unpack_begin(u);
	for (size_t at = 0; at < size && rc == 0; at += piece) {
		size_t n = size - at < piece ? size - at : piece;
		char *copy = xmalloc(n);
		memcpy(copy, data + at, n);
		rc = unpack_feed(u, copy, n, &o->error);
		free(copy);
	}
	if (rc == 0)
		rc = unpack_end(u, &o->error);
	assert((rc == 0) == (o->error.kind == ERROR_NONE));
	assert(o->bytes <= LIMIT || (o->files == 0 && o->bytes <= size));
	uint64_t hash = XXH3_64bits_digest(o->hash);
	(void)XXH3_freeState(o->hash);
	unpack_free(u);
	return hash;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome pieces, whole;
	if (size == 0)
		return 0;
	uint64_t in_pieces = unpack_all(data + 1, size - 1, (size_t)data[0] + 1, &pieces);
	uint64_t at_once = unpack_all(data + 1, size - 1, size, &whole);
	/* Of a broken stream, how much comes out before it is found may differ. */
	if (whole.error.kind == ERROR_NONE)
		assert(in_pieces == at_once && pieces.bytes == whole.bytes && pieces.files == whole.files);
	assert(strcmp(pieces.error.text, whole.error.text) == 0);
	return 0;
}
