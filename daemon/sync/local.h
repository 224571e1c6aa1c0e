/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document on this machine, read as if it had been fetched: the same
 * callbacks, status 200 with the hash of its bytes as ETag, or 304 when that is
 * the one that was given.  For entries that the office keeps itself.
 *
 * It is read in pieces, one for each turn of the loop.  What goes wrong is the
 * office's mistake, ERROR_CONFIG: it says nothing of a partner.
 */
#ifndef VIGIE_SYNC_LOCAL_H
#define VIGIE_SYNC_LOCAL_H

#include "net/fetch.h"

struct local;

struct local_request {		/* everything is copied */
	const char *beside;	/* a file in whose folder it lies */
	const char *name;	/* as the configuration allows it (KEY_BESIDE): below that folder */
	const char *url;	/* where its relative addresses start */
	const char *etag;	/* NULL: read it in any case */
	uint64_t max_bytes;
};

/* As fetch_start(): never calls back before it returns. */
struct local *local_start(struct loop *l, const struct local_request *request, const struct fetch_callbacks *callbacks,
    void *arg);
/* What FETCH_LATER put off comes now. */
void local_resume(struct local *d);
void local_cancel(struct local *d);	/* no callback any more, also from within one; takes NULL */

#endif
