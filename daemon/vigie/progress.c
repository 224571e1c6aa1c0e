/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/progress.h"

#include "base/buf.h"
#include "base/clock.h"

enum { REDRAW_MS = 100 };

void
progress_init(struct progress *p, bool on)
{
	*p = (struct progress){ .on = on, .total = -1 };
}

void
progress_clear(struct progress *p)
{
	if (p->shown)
		(void)fputs("\r\033[K", stderr);
	p->shown = false;
}

static void
draw(struct progress *p, bool now)
{
	int64_t t_ms = monotonic_ms();
	if (!p->on || (!now && t_ms - p->drawn_ms < REDRAW_MS))
		return;
	p->drawn_ms = t_ms;
	p->shown = true;
	(void)fputs("\r\033[K", stderr);
	if (p->partners > 0)
		(void)fprintf(stderr, "%zu of %zu partners read", p->partners_done, p->partners);
	if (p->items > 0 || p->bytes > 0)
		(void)fprintf(stderr, "%s%llu", p->partners > 0 ? "; " : "", (unsigned long long)p->items);
	if (p->items > 0 && p->total >= 0)
		(void)fprintf(stderr, " of %lld", (long long)p->total);
	if (p->items > 0 || p->bytes > 0)
		(void)fputs(" listings", stderr);
	if (p->bytes > 0)
		(void)fprintf(stderr, ", %.1f MB", (double)p->bytes / 1e6);
	(void)fflush(stderr);
}

void
progress_partners(struct progress *p, size_t done, size_t all)
{
	p->partners_done = done;
	p->partners = all;
	draw(p, true);
}

void
progress_items(struct progress *p, uint64_t items, uint64_t bytes, int64_t total)
{
	p->items = items;
	p->bytes = bytes;
	p->total = total;
	draw(p, false);
}

void
progress_bytes(struct progress *p, const char *what, uint64_t bytes, uint64_t all)
{
	int64_t t_ms = monotonic_ms();
	if (!p->on || t_ms - p->drawn_ms < REDRAW_MS)
		return;
	p->drawn_ms = t_ms;
	p->shown = true;
	(void)fprintf(stderr, "\r\033[K%s %.0f of %.0f MB", what, (double)bytes / 1e6, (double)all / 1e6);
	(void)fflush(stderr);
}

void
progress_waiting(struct progress *p, int64_t wait_ms, const char *why)
{
	if (!p->on)
		return;
	progress_clear(p);
	(void)fprintf(stderr, "waiting %.1f s: %s\n", (double)wait_ms / 1000.0, why);
	draw(p, true);
}
