/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codings of a body (Content-Encoding, RFC 9110, 8.4), undone a piece at a
 * time.  libcurl would do it by the buffer: a reader that has no room for what
 * comes out of one, a thousand times as much with a bomb, would not stop it.
 */
#ifndef VIGIE_NET_CODING_H
#define VIGIE_NET_CODING_H

#include <stddef.h>

#include "base/error.h"

#define CODING_ACCEPTED "gzip, deflate"	/* Accept-Encoding */

struct coding;

/* What a Content-Encoding says; "": none.  NULL: ERROR_FORMAT, nobody asked for that. */
struct coding *coding_new(const char *content_encoding, struct error *err);
void coding_free(struct coding *c);	/* takes NULL */

/*
 * Reads on from *p and gives what comes out, until `give` returns something
 * else than 0, which is returned; what it was given then comes again.  -1 with
 * ERROR_FORMAT: damaged.
 */
typedef int coding_give_fn(void *arg, const char *s, size_t len);
int coding_feed(struct coding *c, const char **p, const char *end, coding_give_fn *give, void *arg, struct error *err);
/* No more comes.  -1: ERROR_TRUNCATED. */
int coding_end(const struct coding *c, struct error *err);

#endif
