/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates that are trusted, read once for all connections: reading
 * them for each, as libcurl does by itself, takes 20 ms and much memory.
 * Read when the first https request needs them, and again when the file has
 * changed (a daemon lives through updates of ca-certificates).
 */
#ifndef VIGIE_NET_TRUST_H
#define VIGIE_NET_TRUST_H

#include <openssl/types.h>

#include "base/error.h"

struct trust;

struct trust *trust_new(const char *ca_file);	/* NULL: Debian's bundle; reads nothing yet */
void trust_free(struct trust *t);

/* Borrowed until the next call.  NULL with ERROR_SYSTEM if the file cannot be
 * read and never could; after a failed update the old ones stay in force. */
X509_STORE *trust_store(struct trust *t, struct error *err);

#endif
