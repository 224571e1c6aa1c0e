/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/evidence.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

enum { COLUMNS = 5, LINE_MAX_LEN = 1024, NAME_MAX_LEN = 128, SHOWN_MAX = 60 };
static const char header[] = "t,group,partner,signal,value";

int
evidence_fail(const struct evidence *e, struct error *err, const char *what, const char *text)
{
	struct buf shown = BUF_INIT;
	text_escape(&shown, text, strlen(text), SHOWN_MAX);
	(void)error_set(err, ERROR_USAGE, "%s:%lu: %s \"%s\"", e->path, e->line_no, what, buf_cstr(&shown));
	buf_done(&shown);
	return -1;
}

/* 1: e->line is the next line without its end; 0: no more. */
static int
read_line(struct evidence *e, struct error *err)
{
	ssize_t len = getline(&e->line, &e->line_size, e->in);
	if (len < 0 && ferror(e->in))
		return error_errno(err, ERROR_SYSTEM, "%s", e->path);
	if (len < 0)
		return 0;
	e->line_no++;
	if (memchr(e->line, '\0', (size_t)len) != NULL || len > LINE_MAX_LEN)
		return evidence_fail(e, err, "not a line of an evidence file:", e->line);
	while (len > 0 && (e->line[len - 1] == '\n' || e->line[len - 1] == '\r'))
		e->line[--len] = '\0';
	return 1;
}

int
evidence_open(struct evidence *e, const char *path, struct error *err)
{
	*e = (struct evidence){ .path = path, .in = fopen(path, "re"), .t_ms = TIME_NONE };
	if (e->in == NULL)
		return error_errno(err, ERROR_USAGE, "%s", path);
	int rc = read_line(e, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return error_set(err, ERROR_USAGE, "%s:1: the file is empty; the header is \"%s\"", path, header);
	if (strcmp(e->line, header) != 0)
		return error_set(err, ERROR_USAGE, "%s:1: the header is not \"%s\"", path, header);
	return 0;
}

void
evidence_close(struct evidence *e)
{
	if (e->in != NULL)
		(void)fclose(e->in);
	free(e->line);
	*e = (struct evidence){ .in = NULL };
}

/* ---- times: exactly 2026-11-22T21:08:46Z */

static bool
digits(const char *s, int n, int min, int max, int *ret)
{
	int v = 0;
	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = 10 * v + (s[i] - '0');
	}
	*ret = v;
	return v >= min && v <= max;
}

/* Days since 1970-01-01 of the Gregorian calendar; years count from March. */
static int64_t
days_of_date(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static int
days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

static bool
read_time(const char *s, int64_t *ret_ms)
{
	int year, month, day, hour, minute, second;
	if (strlen(s) != 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != 'Z')
		return false;
	if (!digits(s, 4, 1970, 9999, &year) || !digits(s + 5, 2, 1, 12, &month) ||
	    !digits(s + 8, 2, 1, days_of_month(year, month), &day) || !digits(s + 11, 2, 0, 23, &hour) ||
	    !digits(s + 14, 2, 0, 59, &minute) || !digits(s + 17, 2, 0, 59, &second))
		return false;
	*ret_ms = days_of_date(year, month, day) * DAY_MS + hour * (int64_t)HOUR_MS + minute * MINUTE_MS +
	    second * SECOND_MS;
	return true;
}

/* ---- rows */

static bool
split(char *line, const char *columns[COLUMNS])
{
	for (int i = 0; i < COLUMNS; i++) {
		columns[i] = line;
		char *comma = strchr(line, ',');
		if ((comma != NULL) != (i < COLUMNS - 1))
			return false;
		if (comma != NULL) {
			*comma = '\0';
			line = comma + 1;
		}
	}
	return true;
}

static bool
is_name(const char *s)
{
	size_t len = strlen(s);
	return len > 0 && len <= NAME_MAX_LEN && strcspn(s, "\" \t") == len;
}

static int
read_row(struct evidence *e, const char *const c[COLUMNS], struct evidence_row *row, struct error *err)
{
	if (!read_time(c[0], &row->t_ms))
		return evidence_fail(e, err, "not a time like 2026-11-22T21:08:46Z:", c[0]);
	if (row->t_ms < e->t_ms)
		return evidence_fail(e, err, "not sorted by t:", c[0]);
	if (!is_name(c[1]))
		return evidence_fail(e, err, "not the name of a group:", c[1]);
	if (!is_name(c[2]))
		return evidence_fail(e, err, "not the name of a partner:", c[2]);
	row->group = c[1];
	row->partner = c[2];
	row->end = strcmp(c[3], "end") == 0;
	if (row->end)
		return *c[4] == '\0' ? 0 : evidence_fail(e, err, "\"end\" has no value, not", c[4]);
	if (!signal_of_name(c[3], strlen(c[3]), &row->signal))
		return evidence_fail(e, err, "there is no signal", c[3]);
	if (!signal_value(row->signal, c[4], strlen(c[4]), &row->value)) {
		struct buf what = BUF_INIT;
		buf_fmt(&what, "not a value of %s:", c[3]);
		(void)evidence_fail(e, err, buf_cstr(&what), c[4]);
		buf_done(&what);
		return -1;
	}
	return 0;
}

int
evidence_next(struct evidence *e, struct evidence_row *ret, struct error *err)
{
	const char *columns[COLUMNS];
	struct evidence_row row = { .t_ms = TIME_NONE };
	int rc = read_line(e, err);
	if (rc <= 0)
		return rc;
	if (!split(e->line, columns))
		return evidence_fail(e, err, "not five columns:", e->line);
	if (read_row(e, columns, &row, err) != 0)
		return -1;
	e->t_ms = row.t_ms;
	*ret = row;
	return 1;
}
