/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When: pure functions, and one timer for any number of partners.
 *
 * A partner's polls fall on a grid: multiples of its interval plus an offset
 * that its name decides, so that a thousand partners spread evenly and a
 * restart moves nobody.  Times are whole seconds: ten thousand timers wake the
 * machine six times a second, not three hundred.
 */
#ifndef VIGIE_SYNC_SCHEDULE_H
#define VIGIE_SYNC_SCHEDULE_H

#include "base/clock.h"
#include "net/loop.h"

/* The first time on the grid after `after_ms`. */
int64_t schedule_next_ms(const char *partner, int64_t interval_ms, int64_t after_ms);
/* For partners that are due at the start: soon, but not all at once. */
int64_t schedule_first_ms(const char *partner, int64_t interval_ms, size_t n_partners, int64_t now_ms);

struct schedule;

/* `due` is called from the loop with what was given to schedule_set. */
struct schedule *schedule_new(struct loop *l, const struct clock *clock, void (*due)(void *arg));
/* Asked before each call: is there room for one more?  If not, what is due waits in its order. */
void schedule_bound(struct schedule *s, bool (*has_room)(void *arg), void *arg);
/* There may be room again: if something waited for it, that is asked soon. */
void schedule_room(struct schedule *s);
void schedule_free(struct schedule *s);
/* After the call its entry is gone until it is set again; an entry is set once at a time. */
void schedule_set(struct schedule *s, void *arg, int64_t due_ms);
void schedule_remove(struct schedule *s, void *arg);
/* How late the next call is now, unless it waits for room; ms. */
int64_t schedule_overdue_ms(const struct schedule *s);

#endif
