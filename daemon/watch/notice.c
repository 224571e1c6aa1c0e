/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/notice.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"

/* The three forms of RFC 9110, whatever the locale. */
static int64_t
read_date(const char *text)
{
	time_t t = *text != '\0' ? curl_getdate(text, NULL) : -1;
	return t != -1 ? (int64_t)t * SECOND_MS : TIME_NONE;
}

/* "@1688169599", maybe with parameters (RFC 9651). */
static int64_t
read_seconds(const char *text)
{
	const int64_t max_s = INT64_C(253402300799);	/* the year 9999 */
	size_t len = strcspn(text, "; \t");
	int64_t seconds;
	return num_int(text, len, 0, max_s, &seconds) == 0 ? seconds * SECOND_MS : TIME_NONE;
}

void
notice_read(const char *sunset, const char *deprecation, struct notice *ret)
{
	static const char blank[] = " \t";
	deprecation += strspn(deprecation, blank);
	ret->sunset_ms = read_date(sunset);
	ret->deprecated_ms = *deprecation == '@' ? read_seconds(deprecation + 1) : read_date(deprecation);
	ret->deprecated = ret->deprecated_ms != TIME_NONE || strcasecmp(deprecation, "true") == 0 ||
	    strcmp(deprecation, "?1") == 0;
}
