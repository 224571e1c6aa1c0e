/* SPDX-License-Identifier: Apache-2.0 */
/* Times and numbers as a person says them, on the office's clock. */
#include <time.h>

#include "alert/letter_words.h"
#include "base/buf.h"
#include "base/clock.h"

static const char *const weekdays[] = {
	N_("Sunday"), N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"),
};
static const char *const months[] = {
	N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
	N_("September"), N_("October"), N_("November"), N_("December"),
};

static struct tm
local(int64_t t_ms, const struct zone *z)
{
	time_t t = (time_t)zone_to_local_s(z, t_ms / SECOND_MS - (t_ms % SECOND_MS < 0));
	struct tm tm = { .tm_mday = 1 };
	(void)gmtime_r(&t, &tm);
	return tm;
}

static void
add_day_of_month(struct buf *out, const struct tm *tm)
{
	if (tm->tm_mday == 1)
		buf_str(out, _("1st"));
	else
		buf_fmt(out, "%d", tm->tm_mday);
	buf_fmt(out, "\302\240%s", _(months[tm->tm_mon]));
}

void
words_day(struct buf *out, int64_t t_ms, const struct zone *zone)
{
	struct tm tm = local(t_ms, zone);
	add_day_of_month(out, &tm);
}

void
words_time(struct buf *out, int64_t t_ms, int64_t now_ms, const struct zone *zone)
{
	struct tm tm = local(t_ms, zone), now = local(now_ms, zone);
	buf_fmt(out, "%s ", _(weekdays[tm.tm_wday]));
	add_day_of_month(out, &tm);
	if (tm.tm_year != now.tm_year)
		buf_fmt(out, " %d", tm.tm_year + 1900);
	/* Time of day: hours and minutes. */
	buf_fmt(out, _(", %d:%02d"), tm.tm_hour, tm.tm_min);
}

void
words_lasting(struct buf *out, int64_t duration_ms)
{
	long n = (long)(duration_ms / MINUTE_MS);
	if (n < 120) {
		n = n < 1 ? 1 : n;
		buf_fmt(out, n_("%ld minute", "%ld minutes", n), n);
	} else if (duration_ms < INT64_C(2) * DAY_MS) {
		n = (long)(duration_ms / HOUR_MS);
		buf_fmt(out, n_("%ld hour", "%ld hours", n), n);
	} else if (duration_ms < INT64_C(60) * DAY_MS) {
		n = (long)(duration_ms / DAY_MS);
		buf_fmt(out, n_("%ld day", "%ld days", n), n);
	} else {
		n = (long)(duration_ms / (INT64_C(30) * DAY_MS));
		buf_fmt(out, n_("%ld month", "%ld months", n), n);
	}
}

void
words_ago(struct buf *out, int64_t t_ms, int64_t now_ms)
{
	struct buf lasting = BUF_INIT;
	if (now_ms - t_ms < MINUTE_MS) {
		buf_str(out, _("just now"));
		return;
	}
	words_lasting(&lasting, now_ms - t_ms);
	buf_fmt(out, _("%s ago"), lasting.data);
	buf_done(&lasting);
}

void
words_count(struct buf *out, int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
	for (int i = 0; i < len; i++) {
		buf_char(out, digits[i]);
		int left = len - 1 - i;
		/* Between thousands. */
		if (left > 0 && left % 3 == 0 && digits[i] != '-')
			buf_str(out, _(","));
	}
}
