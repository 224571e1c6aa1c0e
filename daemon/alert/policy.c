/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/policy.h"

#include "alert/ledger.h"
#include "base/clock.h"

static const int64_t FOLLOW_EVERY_MS = DAY_MS, REMIND_FIRST_MS = DAY_MS, REMIND_EVERY_MS = 7 * (int64_t)DAY_MS;

static const struct {
	bool alarms;	/* staff are written about it at once */
	bool urgent;	/* … and do not wait a day for it when they know of the trouble */
	bool ends;	/* the trouble is over */
	bool marks;	/* listings are doubtful */
	bool doubtful;	/* listings are withdrawn, if the office wants that from « uncertain » on */
} rules[VERDICTS] = {
	[VERDICT_NEVER_SEEN] =		{ false, false, false, false, false },
	[VERDICT_ALIVE] =		{ false, false, true,  false, false },
	[VERDICT_OUTAGE] =		{ false, false, false, false, false },
	[VERDICT_UNCERTAIN] =		{ false, false, false, true,  true },
	[VERDICT_ACCESS_LOST] =		{ true,  false, false, true,  false },
	[VERDICT_MOVED] =		{ true,  true,  false, true,  true },
	[VERDICT_FROZEN] =		{ true,  false, false, true,  true },
	[VERDICT_EMPTIED] =		{ true,  false, false, true,  true },
	[VERDICT_CLOSING] =		{ true,  false, false, true,  true },
	[VERDICT_PROBABLY_GONE] =	{ true,  true,  false, true,  true },
	[VERDICT_GONE] =		{ true,  true,  false, true,  true },
};

bool
verdict_alarms(enum verdict verdict)
{
	return rules[verdict].alarms;
}

enum policy_step
policy_step(const struct policy_event *e, enum verdict verdict, int64_t now_ms)
{
	if (rules[verdict].ends)
		return e->open ? POLICY_CLOSE : POLICY_NOTHING;
	if (!rules[verdict].alarms)
		return POLICY_NOTHING;
	if (!e->open)
		return POLICY_OPEN;
	if (verdict == e->told || e->confirmed)
		return POLICY_NOTHING;
	if (rules[verdict].urgent && (e->told_mask & 1u << verdict) == 0)
		return POLICY_FOLLOW;
	if (e->snoozed_ms != TIME_NONE && now_ms < e->snoozed_ms)
		return POLICY_NOTHING;
	return now_ms - e->told_ms >= FOLLOW_EVERY_MS ? POLICY_FOLLOW : POLICY_NOTHING;
}

bool
policy_marks(enum verdict verdict)
{
	return rules[verdict].marks;
}

bool
policy_withdraws(enum verdict verdict, bool withdrawn, bool from_uncertain)
{
	if (verdict == VERDICT_GONE || (from_uncertain && rules[verdict].doubtful))
		return true;
	/* Half a recovery is none: what was withdrawn stays so until it is over. */
	return withdrawn && !rules[verdict].ends;
}

int64_t
policy_first_reminder_ms(int64_t told_ms)
{
	return told_ms + REMIND_FIRST_MS;
}

int64_t
policy_next_reminder_ms(int64_t reminded_ms)
{
	return reminded_ms + REMIND_EVERY_MS;
}

int64_t
policy_digest_ms(const struct zone *zone, unsigned day, unsigned hour, int64_t now_ms)
{
	enum { WEEK = 7, MONDAY_1970 = 3 };	/* days from a Monday to 1970-01-01 */
	static const int64_t DAY_S = DAY_MS / SECOND_MS, HOUR_S = HOUR_MS / SECOND_MS;
	/* The local date may be tomorrow's already. */
	int64_t local_day = now_ms / DAY_MS + 1, due_ms;
	do {
		while ((local_day + MONDAY_1970) % WEEK != (int64_t)day)
			local_day--;
		due_ms = zone_to_utc_s(zone, local_day * DAY_S + (int64_t)hour * HOUR_S) * SECOND_MS;
		local_day--;
	} while (due_ms > now_ms);
	return due_ms;
}
