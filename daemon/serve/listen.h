/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets to listen on: by settings, or as systemd hands them over (sd_listen_fds(3)). */
#ifndef VIGIE_SERVE_LISTEN_H
#define VIGIE_SERVE_LISTEN_H

#include "base/buf.h"
#include "base/error.h"

enum { LISTEN_MAX = 8 };

/*
 * Opens what `listen` of [serve] names: addresses of this machine with a port,
 * "unix:/PATH", separated by blanks.  With sockets from systemd these are taken
 * instead.  *ret_n of them in `ret`, which the caller closes; `address` gets the
 * first in words.
 */
int listen_open(const char *listen, int ret[LISTEN_MAX], size_t *ret_n, struct buf *address, struct error *err);

#endif
