/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What time brings: reminders and the weekly digest.  Each has a mark in the
 * catalogue that moves with the letter, so that a tick more or less, or one
 * after weeks, makes no difference.
 */
#include <inttypes.h>

#include "alert/digest.h"
#include "alert/ledger_private.h"
#include "alert/policy.h"
#include "base/num.h"
#include "catalogue/outbox.h"
#include "catalogue/watch.h"

static const int64_t KEEP_LETTERS_MS = 400 * (int64_t)DAY_MS;
/* Weeks that pass a second time need no second digest; a mark still further ahead was made by a clock that was wrong. */
static const int64_t MARK_AHEAD_MS = 31 * (int64_t)DAY_MS;

/* A mark of the lookout itself. */
static const char nobody[] = "", digest_mark[] = "digest";

static int
get_mark(struct catalogue *c, const char *name, int64_t *ret_ms, struct error *err)
{
	char *text;
	*ret_ms = TIME_NONE;
	if (watch_note_get(c, nobody, name, &text, err) != 0)
		return -1;
	if (text != NULL)
		(void)num_int(text, strlen(text), 0, INT64_MAX, ret_ms);
	free(text);
	return 0;
}

static int
put_mark(struct catalogue *c, const char *name, int64_t t_ms, struct error *err)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%" PRId64, t_ms);
	return watch_note_put(c, nobody, name, text, err);
}

/* ---- reminders */

struct due {
	const struct roster *roster;
	struct watch_alert a;
	char *partner, *facts;
	int64_t now_ms;
};

static int
tell_reminder(struct catalogue *c, const struct config *config, struct due *d, const char *theme, struct error *err)
{
	char note[LEDGER_NOTE_MAX], open[LEDGER_NOTE_MAX], what[32];
	d->a.reminders++;
	d->a.remind_ms = policy_next_reminder_ms(d->now_ms);
	(void)snprintf(what, sizeof what, "reminder:%" PRId64, d->a.reminders);
	if (watch_alert_put(c, &d->a, NULL, err) != 0)
		return -1;
	struct recipients to = recipients_of_theme(&config->mail, theme);
	const struct telling t = {
		.kind = LETTER_REMINDER, .note = ledger_note(note, d->a.alert, what), .facts = d->facts, .alert = d->a.alert,
		.follows = ledger_note(open, d->a.alert, "open"), .only_if_told = true, .now_ms = d->now_ms,
		.wait_ms = LEDGER_GROUP_MS,
	};
	int rc = ledger_tell(c, config, &to, &t, err);
	recipients_done(&to);
	return rc;
}

/* To those whom the letter that began it never reached: the mail server refused it, or did not answer for days. */
static int
tell_again(struct catalogue *c, const struct config *config, const struct due *d, const char *theme, struct error *err)
{
	char open[LEDGER_NOTE_MAX];
	bool lost;
	const struct telling t = {
		.kind = LETTER_ALERT, .note = ledger_note(open, d->a.alert, "open"), .facts = d->facts, .alert = d->a.alert,
		.now_ms = d->now_ms, .wait_ms = LEDGER_GROUP_MS,
	};
	if (outbox_forget_lost(c, open, &lost, err) != 0)
		return -1;
	struct recipients to = recipients_of_theme(&config->mail, theme);
	int rc = lost ? ledger_tell(c, config, &to, &t, err) : 0;
	recipients_done(&to);
	return rc;
}

/* Whether the trouble is there as it was told. */
static bool
lasts(const struct watch_partner *p)
{
	for (int i = 0; i < VERDICTS; i++)
		if (strcmp(p->verdict, verdict_name((enum verdict)i)) == 0)
			return verdict_alarms((enum verdict)i);
	return false;
}

static int
remind(struct catalogue *c, const struct config *config, struct due *d, struct error *err)
{
	struct watch_partner p = { .id = 0 };
	char open[LEDGER_NOTE_MAX];
	bool known = false;
	int rc = watch_partner_get(c, d->partner, &p, err);
	bool worth = rc == 0 && lasts(&p) && roster_has(d->roster, d->partner);
	if (worth)
		rc = outbox_was_sent(c, ledger_note(open, d->a.alert, "open"), &known, err);
	if (rc == 0 && known) {
		rc = tell_reminder(c, config, d, p.theme, err);
	} else if (rc == 0) {
		d->a.remind_ms = d->now_ms + DAY_MS;
		rc = watch_alert_put(c, &d->a, NULL, err);
	}
	if (rc == 0 && worth)
		rc = tell_again(c, config, d, p.theme, err);
	watch_partner_done(&p);
	return rc;
}

static int
remind_all(struct catalogue *c, const struct config *config, const struct roster *roster, int64_t now_ms,
    struct error *err)
{
	struct due d = { .roster = roster, .now_ms = now_ms };
	int rc;
	/* Each is put off, so that this ends. */
	while ((rc = watch_alert_due(c, now_ms, &d.a, &d.partner, &d.facts, err)) == 1) {
		int reminded = remind(c, config, &d, err);
		free(d.partner);
		free(d.facts);
		if (reminded != 0)
			return -1;
	}
	return rc;
}

/* ---- the digest */

struct week {			/* that a digest tells of */
	const struct roster *roster;
	int64_t from_ms, to_ms;
};

static int
write_digest(struct catalogue *c, const struct config *config, const struct week *w, int64_t now_ms, struct error *err)
{
	char note[LEDGER_NOTE_MAX];
	struct buf order = BUF_INIT;
	(void)snprintf(note, sizeof note, "digest:%" PRId64, w->to_ms);
	digest_order(w->roster, w->from_ms, w->to_ms, &order);
	const struct telling t = { .kind = LETTER_DIGEST, .note = note, .facts = buf_cstr(&order), .now_ms = now_ms };
	int rc = ledger_tell_all(c, config, &t, err);
	buf_done(&order);
	return rc;
}

/* A lookout that was stopped for weeks writes one digest, of all that time. */
static int
digest_if_due(struct catalogue *c, const struct config *config, const struct roster *roster, int64_t now_ms,
    struct error *err)
{
	enum { NEVER = 7 };
	struct zone zone;
	int64_t last_ms;
	const struct config_mail *mail = &config->mail;
	if (mail->digest_day == NEVER || zone_parse(mail->zone, strlen(mail->zone), &zone) != 0)
		return 0;
	int64_t due_ms = policy_digest_ms(&zone, mail->digest_day, mail->digest_hour, now_ms);
	if (get_mark(c, digest_mark, &last_ms, err) != 0)
		return -1;
	if (last_ms > now_ms + MARK_AHEAD_MS)
		last_ms = TIME_NONE;
	if (last_ms != TIME_NONE && last_ms >= due_ms)
		return 0;
	if (put_mark(c, digest_mark, due_ms, err) != 0)
		return -1;
	/* The first time there is nothing to look back on. */
	const struct week week = { roster, last_ms, due_ms };
	return last_ms != TIME_NONE ? write_digest(c, config, &week, now_ms, err) : 0;
}

/* ---- the tick */

bool
roster_has(const struct roster *r, const char *partner)
{
	size_t low = 0, high = r->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(r->names[middle], partner);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static int
tick(struct catalogue *c, const struct config *config, const struct roster *roster, int64_t now_ms, struct error *err)
{
	if (remind_all(c, config, roster, now_ms, err) != 0 || digest_if_due(c, config, roster, now_ms, err) != 0)
		return -1;
	return outbox_prune(c, now_ms - KEEP_LETTERS_MS, err);
}

int
ledger_tick(struct catalogue *c, const struct config *config, const struct roster *roster, int64_t now_ms,
    struct error *err)
{
	if (catalogue_step_begin(c, err) != 0)
		return -1;
	return catalogue_step_end(c, tick(c, config, roster, now_ms, err), err);
}
