/* SPDX-License-Identifier: Apache-2.0 */
#include "health/season.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/poison.h"

static const char example[] = "write it such as 11-01..03-31, 12-24..12-26";

/* "MM-DD" */
static int
parse_day(const char *s, unsigned *ret)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t month, day;
	if (s[2] != '-' || num_int(s, 2, 1, 12, &month) != 0 || num_int(s + 3, 2, 1, days[month - 1], &day) != 0)
		return -1;
	*ret = (unsigned)(month * 100 + day);
	return 0;
}

int
season_parse(const char *text, struct season *ret, struct error *err)
{
	static const char between[] = ", \t\n";
	enum { SPAN_LEN = sizeof "MM-DD..MM-DD" - 1 };
	struct season season = { .n = 0 };
	for (text += strspn(text, between); *text != '\0'; text += strspn(text, between)) {
		size_t len = strcspn(text, between);
		if (season.n == SEASON_SPANS)
			return error_set(err, ERROR_CONFIG, "more than %d spans of days", (int)SEASON_SPANS);
		unsigned from, to;
		if (len != SPAN_LEN || memcmp(text + 5, "..", 2) != 0 || parse_day(text, &from) != 0 ||
		    parse_day(text + 7, &to) != 0)
			return error_set(err, ERROR_CONFIG, "\"%.*s\" is no span of days: %s", (int)(len > 40 ? 40 : len), text,
			    example);
		season.spans[season.n].from = from;
		season.spans[season.n++].to = to;
		text += len;
	}
	if (season.n == 0)
		return error_set(err, ERROR_CONFIG, "there is no span of days: %s", example);
	*ret = season;
	return 0;
}

bool
season_closed(const struct season *s, int64_t t_ms)
{
	struct tm tm;
	time_t t = (time_t)(t_ms / SECOND_MS);
	if (gmtime_r(&t, &tm) == NULL)
		return false;
	unsigned today = (unsigned)(tm.tm_mon + 1) * 100 + (unsigned)tm.tm_mday;
	for (size_t i = 0; i < s->n; i++) {
		unsigned from = s->spans[i].from, to = s->spans[i].to;
		if (from <= to ? today >= from && today <= to : today >= from || today <= to)
			return true;
	}
	return false;
}
