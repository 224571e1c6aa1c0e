/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <strings.h>

#include "base/poison.h"

enum { NAME_MAX_LETTERS = 63, BEGINNING_LETTERS = 3 };

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment: Levenshtein, and two neighbours swapped cost 1. */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NAME_MAX_LETTERS + 1];
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t replace = above[j - 1] + !same(a[i - 1], b[j - 1]);
			row[j] = least(replace, 1 + least(above[j], row[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

/* Of somebody who stopped typing: "list" for "listings". */
static const char *
first_that_begins(const char *typed, size_t typed_len, const char *const *names)
{
	for (; typed_len >= BEGINNING_LETTERS && *names != NULL; names++)
		if (strncasecmp(*names, typed, typed_len) == 0)
			return *names;
	return NULL;
}

const char *
nearest_name(const char *typed, const char *const *names)
{
	const char *const *all = names;
	size_t typed_len = strlen(typed), best = NAME_MAX_LETTERS + 1;
	const char *ret = NULL;
	if (typed_len > NAME_MAX_LETTERS)
		return NULL;
	for (; *names != NULL; names++) {
		size_t len = strlen(*names);
		if (len > NAME_MAX_LETTERS)
			continue;
		size_t d = distance(typed, typed_len, *names, len);
		size_t longer = len > typed_len ? len : typed_len;
		if (d < best && 3 * d <= longer) {
			best = d;
			ret = *names;
		}
	}
	return ret != NULL ? ret : first_that_begins(typed, typed_len, all);
}
