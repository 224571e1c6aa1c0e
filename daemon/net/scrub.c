/* SPDX-License-Identifier: Apache-2.0 */
#include "net/scrub.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_MIN = 4 };

static void
cover(char *text, const char *secret)
{
	size_t len = strlen(secret);
	if (len < SECRET_MIN)
		return;
	for (char *at = strstr(text, secret); at != NULL; at = strstr(at + len, secret))
		memset(at, '*', len);
}

/* As it is, and as it stands in a URL. */
static void
cover_both(char *text, const char *secret)
{
	char *escaped = curl_easy_escape(NULL, secret, 0);
	if (escaped == NULL)
		abort();
	cover(text, secret);
	cover(text, escaped);
	curl_free(escaped);
}

void
scrub(char *text, const char *value, const char *hidden)
{
	const char *space = strrchr(value, ' ');
	cover_both(text, value);
	if (space != NULL)
		cover(text, space + 1);
	if (hidden != NULL)
		cover_both(text, hidden);
}
