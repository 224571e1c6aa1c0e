/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/postcode.h"

#include <ctype.h>

#include "base/buf.h"

/* Countries that share their postcodes. */
static const char *const systems[] = { "FR GP MQ GF RE YT PM BL MF NC PF WF TF MC", "GB GG JE IM", "CH LI", "IT SM VA" };

static bool
is_of(const char *system, const char *country)
{
	return strstr(system, country) != NULL;
}

static bool
share_postcodes(const char *a, const char *b)
{
	if (strcmp(a, b) == 0)
		return true;
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
		if (is_of(systems[i], a) && is_of(systems[i], b))
			return true;
	return false;
}

/* Bytes of "F-", "FR-" or "F " before a digit. */
static size_t
french_mark(const char *s, size_t len)
{
	size_t n = 0, letters;
	if (n < len && (s[n] | 0x20) == 'f')
		n++;
	if (n == 1 && n < len && (s[n] | 0x20) == 'r')
		n++;
	letters = n;
	while (n < len && (s[n] == '-' || s[n] == ' '))
		n++;
	return letters > 0 && n > letters && n < len && isdigit((unsigned char)s[n]) ? n : 0;
}

void
postcode_write(struct buf *out, const struct text *postcode, const struct text *country, const char *home)
{
	char own[3] = "";
	size_t mark = french_mark(postcode->s, postcode->len);
	if (mark > 0)
		memcpy(own, "FR", 2);
	else if (country->len == 2)
		memcpy(own, country->s, 2);
	if (own[0] != '\0' && home != NULL && !share_postcodes(own, home))
		buf_fmt(out, "%s-", own);
	for (const char *s = postcode->s + mark, *end = postcode->s + postcode->len; s < end;) {
		const char *space = memchr(s, ' ', (size_t)(end - s));
		size_t run = (size_t)((space != NULL ? space : end) - s);
		buf_add(out, s, run);
		s += run + 1;
	}
}
