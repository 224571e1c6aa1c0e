/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZIP archives (PKWARE APPNOTE.TXT 6.3), read from the first byte to the last
 * as they come in.  What is read this way are the local headers; the central
 * directory must follow and must name the same files, so that an archive that
 * breaks off is noticed, and one whose directory tells another story.
 *
 * Stored and deflated files, with or without data descriptors, ZIP64.  Not:
 * encryption, other methods, files that are stored without their size (nothing
 * says where they end), archives in several parts.
 *
 * Own code, as no library of Debian is fed: libarchive reads without seeking,
 * but pulls (its read callback must return the next bytes or the end of them,
 * so it would need a thread that waits), libzip and minizip seek to the central
 * directory first.  zlib does the work.
 */
#ifndef VIGIE_UNPACK_ZIP_H
#define VIGIE_UNPACK_ZIP_H

#include "unpack/inflate.h"
#include "unpack/outlet.h"

struct zip;

struct zip *zip_new(struct outlet *outlet, struct inflater *inflater);	/* both borrowed */
void zip_free(struct zip *z);		/* takes NULL */
void zip_begin(struct zip *z);		/* a new archive */
/* As unpack_feed and unpack_end. */
int zip_feed(struct zip *z, const char *chunk, size_t len, struct error *err);
int zip_end(struct zip *z, struct error *err);

#endif
