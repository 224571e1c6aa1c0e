/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that give notice: Sunset (RFC 8594, an HTTP date) and Deprecation
 * (RFC 9745, "@1688169599"; older drafts: "true" or a date). */
#ifndef VIGIE_WATCH_NOTICE_H
#define VIGIE_WATCH_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

struct notice {
	int64_t sunset_ms;	/* TIME_NONE */
	bool deprecated;
	int64_t deprecated_ms;	/* TIME_NONE: since when is not told */
};
void notice_read(const char *sunset, const char *deprecation, struct notice *ret);

#endif
