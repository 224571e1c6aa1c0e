/* SPDX-License-Identifier: Apache-2.0 */
#include "show/words.h"

#include <inttypes.h>
#include <time.h>

#include "normalise/currency.h"

int64_t
words_time_ms(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end != '\0')
		return TIME_NONE;
	return (int64_t)timegm(&tm) * SECOND_MS;
}

const char *
words_duration(int64_t ms, char out[WORDS_MAX])
{
	int64_t s = ms / SECOND_MS;
	if (s >= 2 * 86400 || (s > 0 && s % 86400 == 0))
		(void)snprintf(out, WORDS_MAX, "%" PRId64 " day%s", s / 86400, s / 86400 == 1 ? "" : "s");
	else if (s >= 2 * 3600 || (s > 0 && s % 3600 == 0))
		(void)snprintf(out, WORDS_MAX, "%" PRId64 " h", s / 3600);
	else if (s >= 2 * 60 || s == 60)
		(void)snprintf(out, WORDS_MAX, "%" PRId64 " min", s / 60);
	else if (s > 0)
		(void)snprintf(out, WORDS_MAX, "%" PRId64 " s", s);
	else
		(void)snprintf(out, WORDS_MAX, "< 1 s");
	return out;
}

const char *
words_when(int64_t t_ms, int64_t now_ms, char out[WORDS_MAX])
{
	char span[WORDS_MAX];
	if (t_ms == TIME_NONE)
		(void)snprintf(out, WORDS_MAX, "never");
	else if (t_ms > now_ms + SECOND_MS)
		(void)snprintf(out, WORDS_MAX, "in %s", words_duration(t_ms - now_ms, span));
	else if (t_ms > now_ms - 2 * SECOND_MS)
		(void)snprintf(out, WORDS_MAX, "now");
	else
		(void)snprintf(out, WORDS_MAX, "%s ago", words_duration(now_ms - t_ms, span));
	return out;
}

const char *
words_date(int64_t t_ms, char out[WORDS_MAX])
{
	struct tm tm;
	time_t t = (time_t)(t_ms / SECOND_MS);
	(void)snprintf(out, WORDS_MAX, "never");
	tzset();
	if (t_ms != TIME_NONE && localtime_r(&t, &tm) != NULL)
		(void)strftime(out, WORDS_MAX, "%Y-%m-%d %H:%M:%S", &tm);
	return out;
}

const char *
words_bytes(uint64_t bytes, char out[WORDS_MAX])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double value = (double)bytes;
	size_t unit = 0;
	/* 999.5 would be printed as 1000. */
	while (value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
		value /= 1000;
		unit++;
	}
	(void)snprintf(out, WORDS_MAX, unit > 0 && value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return out;
}

void
words_price(struct buf *out, int64_t minor, const char *currency, const char *unit)
{
	if (minor == 0) {
		buf_str(out, "free");
		return;
	}
	const struct currency *c = currency_find(currency, strlen(currency));
	uint64_t scale = 1, amount = minor < 0 ? -(uint64_t)minor : (uint64_t)minor;
	int decimals = c != NULL ? c->decimals : 2;
	for (int i = 0; i < decimals; i++)
		scale *= 10;
	buf_fmt(out, "%s%" PRIu64, minor < 0 ? "-" : "", amount / scale);
	if (decimals > 0)
		buf_fmt(out, ".%0*" PRIu64, decimals, amount % scale);
	if (*currency != '\0')
		buf_fmt(out, " %s", currency);
	if (*unit != '\0')
		buf_fmt(out, " / %s", unit);
}
