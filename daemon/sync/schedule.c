/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap of (due, arg); entries are few thousands at most. */
#include "sync/schedule.h"

#include <xxhash.h>

#include "base/buf.h"

/* Timers stand still while a machine sleeps, and know nothing of a clock that is set: look at it now and then. */
enum { FULL_WAIT_MS = 5, LOOK_MS = 5 * SECOND_MS };

struct entry {
	int64_t due_ms;
	void *arg;
};

struct schedule {
	const struct clock *clock;
	struct timer *timer;
	void (*due)(void *arg);
	bool (*has_room)(void *arg);	/* NULL: always */
	void *room_arg;
	bool full;		/* there was no room for what is due */
	int64_t looked_ms;	/* what the clock showed the last time */
	struct entry *heap;
	size_t n, cap;
};

static uint64_t
name_hash(const char *partner)
{
	return XXH3_64bits(partner, strlen(partner));
}

static int64_t
whole_second(int64_t t_ms)
{
	int64_t rest = t_ms % SECOND_MS;
	return rest > 0 ? t_ms + SECOND_MS - rest : t_ms - rest;
}

int64_t
schedule_next_ms(const char *partner, int64_t interval_ms, int64_t after_ms)
{
	int64_t seconds = interval_ms / SECOND_MS > 0 ? interval_ms / SECOND_MS : 1;
	int64_t phase = (int64_t)(name_hash(partner) % (uint64_t)seconds);
	int64_t after = after_ms / SECOND_MS - phase;
	return ((after / seconds + 1) * seconds + phase) * SECOND_MS;
}

int64_t
schedule_first_ms(const char *partner, int64_t interval_ms, size_t n_partners, int64_t now_ms)
{
	int64_t window_ms = (int64_t)n_partners * 50;
	if (window_ms > interval_ms)
		window_ms = interval_ms;
	if (window_ms < SECOND_MS)
		return now_ms;
	return whole_second(now_ms + (int64_t)(name_hash(partner) % (uint64_t)window_ms));
}


static void
swap(struct schedule *s, size_t a, size_t b)
{
	struct entry e = s->heap[a];
	s->heap[a] = s->heap[b];
	s->heap[b] = e;
}

static void
sift_up(struct schedule *s, size_t i)
{
	while (i > 0 && s->heap[i].due_ms < s->heap[(i - 1) / 2].due_ms) {
		swap(s, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void
sift_down(struct schedule *s, size_t i)
{
	for (;;) {
		size_t least = i;
		for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < s->n; c++)
			if (s->heap[c].due_ms < s->heap[least].due_ms)
				least = c;
		if (least == i)
			return;
		swap(s, i, least);
		i = least;
	}
}

static void
remove_at(struct schedule *s, size_t i)
{
	s->heap[i] = s->heap[--s->n];
	if (i < s->n) {
		sift_up(s, i);
		sift_down(s, i);
	}
}

/* A clock that is set back takes along what is due: else nobody would be read until it has caught up. */
static int64_t
look_at_clock(struct schedule *s)
{
	int64_t now_ms = clock_now_ms(s->clock), back_ms = s->looked_ms - now_ms;
	for (size_t i = 0; back_ms > 0 && i < s->n; i++)
		s->heap[i].due_ms -= back_ms;
	return s->looked_ms = now_ms;
}

static void
start_timer(struct schedule *s)
{
	if (s->n == 0) {
		timer_stop(s->timer);
		return;
	}
	if (s->full) {
		timer_start(s->timer, FULL_WAIT_MS);
		return;
	}
	int64_t now_ms = look_at_clock(s);
	int64_t wait_ms = clock_real_wait_ms(s->clock, s->heap[0].due_ms - now_ms);
	timer_start(s->timer, wait_ms < LOOK_MS ? wait_ms : LOOK_MS);
}

static void
on_timer(void *arg)
{
	struct schedule *s = arg;
	int64_t now_ms = look_at_clock(s);
	s->full = false;
	while (s->n > 0 && s->heap[0].due_ms <= now_ms) {
		if (s->has_room != NULL && !s->has_room(s->room_arg)) {
			s->full = true;
			break;
		}
		struct entry e = s->heap[0];
		remove_at(s, 0);
		s->due(e.arg);
	}
	start_timer(s);
}

struct schedule *
schedule_new(struct loop *l, const struct clock *clock, void (*due)(void *arg))
{
	struct schedule *s = xcalloc(1, sizeof *s);
	s->clock = clock;
	s->looked_ms = clock_now_ms(clock);
	s->due = due;
	s->timer = timer_new(l, on_timer, s);
	return s;
}

void
schedule_bound(struct schedule *s, bool (*has_room)(void *arg), void *arg)
{
	s->has_room = has_room;
	s->room_arg = arg;
}

void
schedule_free(struct schedule *s)
{
	if (s == NULL)
		return;
	timer_free(s->timer);
	free(s->heap);
	free(s);
}

void
schedule_remove(struct schedule *s, void *arg)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->heap[i].arg == arg) {
			remove_at(s, i);
			break;
		}
	}
}

void
schedule_set(struct schedule *s, void *arg, int64_t due_ms)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->heap = xrealloc(s->heap, s->cap, sizeof *s->heap);
	}
	(void)look_at_clock(s);
	s->heap[s->n] = (struct entry){ due_ms, arg };
	sift_up(s, s->n++);
	if (s->heap[0].arg == arg && !s->full)
		start_timer(s);
}

void
schedule_room(struct schedule *s)
{
	if (s->full)
		timer_start(s->timer, 0);
}

int64_t
schedule_overdue_ms(const struct schedule *s)
{
	if (s->n == 0 || s->full)
		return 0;
	int64_t late_ms = clock_now_ms(s->clock) - s->heap[0].due_ms;
	return late_ms > 0 ? clock_real_wait_ms(s->clock, late_ms) : 0;
}
