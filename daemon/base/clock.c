/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

#include "base/buf.h"

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;
	if (clock_gettime(id, &ts) != 0)
		abort();
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
clock_init(struct clock *c)
{
	clock_init_fast(c, TIME_NONE, 1.0);
}

void
clock_init_fast(struct clock *c, int64_t start_ms, double speed)
{
	c->origin_ms = read_ms(CLOCK_REALTIME);
	c->start_ms = start_ms == TIME_NONE ? c->origin_ms : start_ms;
	c->speed = speed;
}

int64_t
clock_now_ms(const struct clock *c)
{
	int64_t real_ms = read_ms(CLOCK_REALTIME);
	if (c->speed == 1.0)
		return real_ms - c->origin_ms + c->start_ms;
	return c->start_ms + (int64_t)((double)(real_ms - c->origin_ms) * c->speed);
}

int64_t
clock_real_wait_ms(const struct clock *c, int64_t wait_ms)
{
	if (wait_ms <= 0)
		return 0;
	return c->speed == 1.0 ? wait_ms : (int64_t)((double)wait_ms / c->speed);
}

int64_t
monotonic_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

const char *
time_text(int64_t t_ms, char out[TIME_TEXT_MAX])
{
	out[0] = '\0';
	if (t_ms == TIME_NONE)
		return out;
	int64_t s = t_ms / 1000 - (t_ms % 1000 < 0);
	time_t t = (time_t)s;
	struct tm tm;
	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(out, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}
