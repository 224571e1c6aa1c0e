/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking: a body that is compressed or an archive becomes the documents in
 * it, while it arrives, in constant memory.
 *
 *	1f 8b			gzip (RFC 1952), of one or several members
 *	PK 3 4, PK 5 6		ZIP (APPNOTE.TXT 6.3), see unpack/zip.h
 *	anything else		goes through as it is
 *
 * The first bytes decide; what a server calls it says nothing: archives come as
 * text/plain, and documents as application/zip.  One layer is taken off: an
 * archive in an archive is a file like any other.
 *
 * Everything is checked: CRC-32 and sizes, and that nothing is missing from the
 * end nor follows it.  What was delivered before a fault stays delivered.
 */
#ifndef VIGIE_UNPACK_UNPACK_H
#define VIGIE_UNPACK_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Of an archive; whole sets of DATAtourisme have half a million files. */
enum { UNPACK_FILES_MAX = 1 << 20, UNPACK_NAME_MAX_BYTES = 1024 };

struct unpack_sink {		/* neither calls back into unpack */
	/*
	 * A file of an archive begins, the one before it has ended: 1 to be given
	 * its bytes, 0 to skip it, -1 to stop.  `name` is fit to show, and no path;
	 * directories are not told of.
	 */
	int (*file)(void *arg, const char *name, struct error *err);
	int (*data)(void *arg, const char *bytes, size_t len, struct error *err);	/* -1: stop */
	void *arg;
};

struct unpack;

/* `max_bytes`: of all that is decompressed out of one body. */
struct unpack *unpack_new(uint64_t max_bytes, const struct unpack_sink *sink);
void unpack_free(struct unpack *u);	/* takes NULL */
void unpack_begin(struct unpack *u);	/* a new body */

/*
 * 0, or -1: ERROR_FORMAT (not what it says it is), ERROR_LIMIT, or what the sink
 * has set.  unpack_end: also ERROR_TRUNCATED, for what stops before its end.
 */
int unpack_feed(struct unpack *u, const char *chunk, size_t len, struct error *err);
int unpack_end(struct unpack *u, struct error *err);
/* Is the body an archive?  Once its first bytes have come. */
bool unpack_is_archive(const struct unpack *u);

#endif
