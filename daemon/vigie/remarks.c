/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/remarks.h"

#include <inttypes.h>
#include <math.h>

#include "alert/ledger.h"
#include "base/buf.h"
#include "base/log.h"
#include "catalogue/hooks.h"
#include "catalogue/outbox.h"
#include "normalise/date.h"

enum { DETAIL_MAX = 200, CONTRACT_SOON_DAYS = 45, LOSSES_TOLD_DAYS = 30 };

const char *
remarks_hold(const char *hold)
{
	static const struct { const char *hold, *text; } reasons[] = {
		{ "brake", "too many listings would go at once" },
		{ "rotated", "the partner has given a new identifier to every listing" },
		{ "empty", "the partner suddenly offers nothing at all" },
	};
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (strcmp(hold, reasons[i].hold) == 0)
			return reasons[i].text;
	return hold;
}

int
remarks_last_detail(struct reader *r, struct buf *out, const char *partner, struct error *err)
{
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	filter.partner = partner;
	filter.limit = 1;
	struct catalogue_cursor *q = catalogue_query(r->catalogue, VIEW_RUNS, &filter, err);
	int rc = q != NULL ? cursor_next(q, err) : -1;
	if (rc == 1) {
		const char *detail = row_text(q, "detail");
		text_escape(out, detail, strlen(detail), DETAIL_MAX);
	}
	cursor_close(q);
	return rc < 0 ? -1 : 0;
}

static void
next_remark(struct buf *out)
{
	if (out->len > 0)
		buf_str(out, "; ");
}

static int
add_failures(struct reader *r, struct buf *out, const struct catalogue_cursor *q, struct error *err)
{
	int64_t failures = row_integer(q, "failures");
	struct buf detail = BUF_INIT;
	if (failures == 0)
		return 0;
	int rc = remarks_last_detail(r, &detail, row_text(q, "partner"), err);
	next_remark(out);
	if (failures == 1)
		buf_str(out, "the last attempt failed");
	else
		buf_fmt(out, "the last %" PRId64 " attempts failed", failures);
	if (detail.len > 0)
		buf_fmt(out, ": %s", detail.data);
	buf_done(&detail);
	return rc;
}

static void
add_hold(struct buf *out, const struct catalogue_cursor *q)
{
	const char *partner = row_text(q, "partner");
	if (*row_text(q, "hold") == '\0')
		return;
	next_remark(out);
	buf_fmt(out, "%" PRId64 " removals wait, because %s: see « vigie why %s », then, if they are right, "
	    "« vigie accept %s »", row_integer(q, "held"), remarks_hold(row_text(q, "hold")), partner, partner);
}

static void
add_wait(struct reader *r, struct buf *out, const char *partner)
{
	struct partner_state state;
	char words[WORDS_MAX];
	if (catalogue_partner_state(r->catalogue, partner, &state, NULL) != 0 ||
	    state.not_before_ms == TIME_NONE || state.not_before_ms <= r->now_ms)
		return;
	next_remark(out);
	buf_fmt(out, "it asks us to wait (until %s)", words_date(state.not_before_ms, words));
}

/* To the end of its last day. */
static void
add_contract(const struct reader *r, struct buf *out, const struct partner_config *p)
{
	static const struct zone utc = { .offset_s = 0 };
	struct date day;
	char words[WORDS_MAX];
	if (p == NULL || p->contract_to == NULL || date_read(p->contract_to, strlen(p->contract_to), &utc, &day) != 0)
		return;
	int64_t end_ms = day.ms + DAY_MS;
	if (end_ms - r->now_ms > CONTRACT_SOON_DAYS * (int64_t)DAY_MS)
		return;
	next_remark(out);
	buf_fmt(out, "its contract %s %s", end_ms > r->now_ms ? "ends" : "ended", words_when(end_ms, r->now_ms, words));
}

static const char *
letters(int64_t n)
{
	return n == 1 ? "letter" : "letters";
}

static void
say_waiting(const struct reader *r, const struct outbox_status *s)
{
	char words[WORDS_MAX];
	struct buf why = BUF_INIT;
	text_escape(&why, s->last_error, strlen(s->last_error), DETAIL_MAX);
	if (s->stuck_since_ms != TIME_NONE && r->now_ms - s->stuck_since_ms >= DAY_MS)
		(void)fprintf(stderr, "vigie: %" PRId64 " %s to staff cannot be sent since %s: %s; see « vigie mail list »\n",
		    s->waiting, letters(s->waiting), words_date(s->stuck_since_ms, words), buf_cstr(&why));
	else if (s->next_due_ms != TIME_NONE && r->now_ms - s->next_due_ms >= DAY_MS)
		(void)fprintf(stderr, "vigie: %" PRId64 " %s to staff should have been sent on %s: vigied is not running, or its "
		    "journal says why it sends none\n", s->waiting, letters(s->waiting), words_date(s->next_due_ms, words));
	buf_done(&why);
}

static void
say_lost(const struct outbox_losses *l)
{
	char words[WORDS_MAX];
	struct buf why = BUF_INIT;
	text_escape(&why, l->last_error, strlen(l->last_error), DETAIL_MAX);
	(void)fprintf(stderr, "vigie: %" PRId64 " %s to staff %s never delivered, the last one on %s: %s; see « vigie mail list »\n",
	    l->letters, letters(l->letters), l->letters == 1 ? "was" : "were", words_date(l->last_ms, words), buf_cstr(&why));
	buf_done(&why);
}

void
remarks_no_mail(const struct reader *r)
{
	const struct config_mail *mail = &r->config->mail;
	if (mail->server == NULL || (mail->to == NULL && mail->n_themes == 0))
		(void)fprintf(stderr, "vigie: no mail is configured ([mail] of %s): nobody is written to\n", r->config->file);
}

int
remarks_disk(struct reader *r, struct error *err)
{
	char words[WORDS_MAX];
	int64_t since_ms;
	if (ledger_full_since(r->catalogue, &since_ms, err) != 0)
		return -1;
	if (since_ms != TIME_NONE)
		(void)fprintf(stderr, "vigie: the disk is full since %s: no partner is read until there is room\n",
		    words_date(since_ms, words));
	return 0;
}

int
remarks_letters(struct reader *r, struct error *err)
{
	struct outbox_status s;
	struct outbox_losses lost;
	if (outbox_status(r->catalogue, &s, err) != 0 ||
	    outbox_losses(r->catalogue, r->now_ms - LOSSES_TOLD_DAYS * (int64_t)DAY_MS, &lost, err) != 0)
		return -1;
	say_waiting(r, &s);
	if (lost.letters > 0)
		say_lost(&lost);
	return 0;
}

static void
say_hook(const struct reader *r, const char *hook, const struct hook_state *s)
{
	char words[WORDS_MAX];
	struct buf why = BUF_INIT;
	text_escape(&why, s->last_error, strlen(s->last_error), DETAIL_MAX);
	if (s->disabled_ms != TIME_NONE)
		(void)fprintf(stderr, "vigie: the hook %s is told nothing since %s, because it wants no more: see « vigie hooks »\n",
		    hook, words_date(s->disabled_ms, words));
	else if (s->first_failure_ms != TIME_NONE && r->now_ms - s->first_failure_ms >= DAY_MS)
		(void)fprintf(stderr, "vigie: the hook %s cannot be told anything since %s: %s; see « vigie hooks »\n", hook,
		    words_date(s->first_failure_ms, words), buf_cstr(&why));
	buf_done(&why);
}

int
remarks_hooks(struct reader *r, struct error *err)
{
	const struct config_hooks *hooks = &r->config->hooks;
	for (size_t i = 0; i < hooks->n; i++) {
		struct hook_state s;
		int rc = hook_get(r->catalogue, hooks->list[i]->hook, &s, err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		say_hook(r, hooks->list[i]->hook, &s);
		hook_state_done(&s);
	}
	return 0;
}

int
remarks_add(struct reader *r, struct buf *out, const struct catalogue_cursor *q, const struct partner_config *p,
    struct error *err)
{
	if (p == NULL && q != NULL)
		buf_str(out, reader_problem(r, row_text(q, "partner")) != NULL ?
		    "its settings cannot be used: see « vigie check-config »" : "no longer in the settings");
	else if (p != NULL && !p->enabled)
		buf_str(out, "switched off (enabled = no)");
	add_contract(r, out, p);
	if (q == NULL) {
		next_remark(out);
		buf_str(out, "never asked yet");
		return 0;
	}
	add_hold(out, q);
	add_wait(r, out, row_text(q, "partner"));
	return add_failures(r, out, q, err);
}
