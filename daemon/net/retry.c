/* SPDX-License-Identifier: Apache-2.0 */
#include "net/retry.h"

#include <sys/random.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"

static bool
status_heals(int status)
{
	if (status >= 500 && status <= 599)
		return status != 501 && status != 505;
	return status == 408 || status == 425 || status == 429;
}

bool
retry_heals(enum error_kind kind, int status)
{
	switch (kind) {
	case ERROR_DNS:
	case ERROR_CONNECT:
	case ERROR_TIMEOUT:
	case ERROR_TRUNCATED:
		return true;
	case ERROR_NONE:
	case ERROR_HTTP:
	case ERROR_AUTH:
	case ERROR_THROTTLED:
		return status_heals(status);
	case ERROR_USAGE:
	case ERROR_CONFIG:
	case ERROR_SYSTEM:
	case ERROR_FULL:
	case ERROR_DAMAGED:
	case ERROR_CATALOGUE:
	case ERROR_TLS:
	case ERROR_REDIRECT:
	case ERROR_BLOCKED:
	case ERROR_LIMIT:
	case ERROR_FORMAT:
	case ERROR_SHAPE:
	case ERROR_LOOP:
	case ERROR_TOTAL:
	case ERROR_EMPTY:
	case ERROR_CONNECTOR:
	case ERROR_BUSY:
	case ERROR_NOT_FOUND:
	case ERROR_KINDS:
		return false;
	}
	return false;
}

/* value * 2^times, at most `cap`. */
static int64_t
doubled(int64_t value, unsigned times, int64_t cap)
{
	while (times-- > 0 && value < cap)
		value = value > cap / 2 ? cap : value * 2;
	return value < cap ? value : cap;
}

int64_t
retry_wait_ms(unsigned attempt, int64_t base_ms, int64_t cap_ms, uint64_t random)
{
	if (base_ms <= 0 || cap_ms <= 0)
		return 0;
	uint64_t most = (uint64_t)doubled(base_ms, attempt, cap_ms);
	return (int64_t)(random % (most + 1));
}

int64_t
retry_interval_ms(int64_t interval_ms, unsigned failures)
{
	if (failures < 2 || interval_ms <= 0)
		return interval_ms;
	int64_t cap = interval_ms > DAY_MS ? interval_ms : DAY_MS;
	return doubled(interval_ms, failures - 1, cap);
}

static const int64_t RETRY_AFTER_MAX_MS = 7 * (int64_t)DAY_MS;

static int64_t
at_most(int64_t value, int64_t cap)
{
	return value < cap ? value : cap;
}

int64_t
retry_after_ms(const char *value, int64_t now_ms)
{
	static const char blank[] = " \t";
	value += strspn(value, blank);
	size_t len = strlen(value);
	while (len > 0 && strchr(blank, value[len - 1]) != NULL)
		len--;
	if (len > 0 && strspn(value, "0123456789") == len) {
		int64_t seconds;
		if (num_int(value, len, 0, INT64_MAX / 1000, &seconds) == 0)
			return at_most(seconds * SECOND_MS, RETRY_AFTER_MAX_MS);
		return -1;
	}
	/* Reads the three forms of RFC 9110, whatever the locale. */
	time_t date = curl_getdate(value, NULL);
	if (date == -1)
		return -1;
	int64_t date_ms = (int64_t)date * 1000;
	return date_ms > now_ms ? at_most(date_ms - now_ms, RETRY_AFTER_MAX_MS) : 0;
}

bool
retry_waits_until(int64_t until_ms, int64_t now_ms)
{
	return now_ms < until_ms && until_ms - now_ms <= RETRY_AFTER_MAX_MS;
}

bool
retry_must_wait(int64_t until_ms, int64_t asked_ms, int64_t now_ms)
{
	static const int64_t slack_ms = HOUR_MS;	/* a clock is put right by a little now and then */
	return until_ms != TIME_NONE && until_ms > now_ms && (asked_ms == TIME_NONE || asked_ms <= now_ms + slack_ms);
}

uint64_t
random_u64(void)
{
	uint64_t value;
	if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
		abort();
	return value;
}
