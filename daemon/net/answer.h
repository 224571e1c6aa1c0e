/* SPDX-License-Identifier: Apache-2.0 */
/* The status and the header fields of an answer, gathered line by line. */
#ifndef VIGIE_NET_ANSWER_H
#define VIGIE_NET_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { ANSWER_HEADER_MAX = 64 * 1024 };	/* bytes, of all answers to one request */

enum answer_field {
	ANSWER_CONTENT_TYPE,
	ANSWER_CONTENT_ENCODING,
	ANSWER_ETAG,
	ANSWER_LAST_MODIFIED,
	ANSWER_LINK,
	ANSWER_LOCATION,
	ANSWER_RETRY_AFTER,
	ANSWER_SUNSET,
	ANSWER_DEPRECATION,
	ANSWER_FIELDS
};

struct answer {
	int status;		/* of the latest status line; 0: none yet */
	size_t header_bytes;
	bool complete;		/* what follows are trailers: counted, not taken */
	char *fields[ANSWER_FIELDS];	/* NULL: absent */
};

enum answer_step { ANSWER_MORE, ANSWER_COMPLETE };

/* Take one line with its line end.  COMPLETE, once, at the empty line of the
 * final answer (not 1xx).  -1 with ERROR_LIMIT when there are too many bytes. */
int answer_line(struct answer *a, const char *line, size_t len, struct error *err);
const char *answer_field(const struct answer *a, enum answer_field field);	/* "" if absent */
void answer_done(struct answer *a);

#endif
