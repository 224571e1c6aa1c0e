/* SPDX-License-Identifier: Apache-2.0 */
/* Letters on partners: alerts, recoveries, reminders. */
#include <math.h>

#include "alert/compose.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"

static bool
is_recovery(const struct pen *p)
{
	return p->letter->kind == LETTER_RECOVERY;
}

/* ---- what happened */

static void
add_since(struct pen *p, const struct facts *f)
{
	struct buf when = BUF_INIT, ago = BUF_INIT;
	int64_t t_ms = is_recovery(p) || f->since_ms == TIME_NONE ? f->at_ms : f->since_ms;
	words_time(&when, t_ms, p->letter->now_ms, &p->zone);
	words_ago(&ago, t_ms, p->letter->now_ms);
	blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("Since %s (%s)."), when.data, ago.data);
	if (is_recovery(p) && f->since_ms != TIME_NONE && f->since_ms < f->at_ms) {
		buf_clear(&ago);
		words_lasting(&ago, f->at_ms - f->since_ms);
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("The trouble lasted %s."), ago.data);
	}
	buf_done(&when);
	buf_done(&ago);
}

static void
add_chance(struct pen *p, const struct facts *f)
{
	struct buf chance = BUF_INIT;
	words_chance(&chance, f->probability);
	/* What still answers has not closed yet. */
	blocks_fmt(&p->blocks, BLOCK_LEAD, f->verdict == VERDICT_CLOSING ? _("Going to close for good: %s.") :
	    _("Closed for good: %s."), chance.data);
	buf_done(&chance);
}

/* ---- evidence */

static void
add_reason(struct pen *p, const struct fact_reason *r, const struct facts *f)
{
	struct buf text = BUF_INIT, aside = BUF_INIT, lasting = BUF_INIT;
	int64_t since_ms = r->since_ms != TIME_NONE ? r->since_ms : f->since_ms;
	words_lasting(&lasting, since_ms != TIME_NONE ? p->letter->now_ms - since_ms : 0);
	if (words_reason(&text, r, lasting.data)) {
		if (r->since_ms != TIME_NONE && r->key != REASON_PRIOR) {
			struct buf when = BUF_INIT;
			words_time(&when, r->since_ms, p->letter->now_ms, &p->zone);
			buf_fmt(&aside, _("since %s; "), when.data);
			buf_done(&when);
		}
		buf_str(&aside, r->key == REASON_PRIOR ? _("where the reckoning starts") : words_weight(r->log_odds));
		blocks_add(&p->blocks, BLOCK_ITEM, text.data);
		blocks_aside(&p->blocks, aside.data);
	}
	buf_done(&text);
	buf_done(&aside);
	buf_done(&lasting);
}

/* The heaviest first; `against`: what makes the end less likely. */
static void
add_reasons(struct pen *p, const struct facts *f, bool against, const char *heading)
{
	bool told[REASONS] = { false };
	size_t n = f->n_reasons < REASONS ? f->n_reasons : REASONS;
	for (bool first = true;; first = false) {
		size_t best = n;
		for (size_t i = 0; i < n; i++)
			if (!told[i] && (f->reasons[i].log_odds < 0) == against &&
			    (best == n || fabs(f->reasons[i].log_odds) > fabs(f->reasons[best].log_odds)))
				best = i;
		if (best == n)
			return;
		if (first)
			blocks_add(&p->blocks, BLOCK_HEADING, _(heading));
		told[best] = true;
		add_reason(p, &f->reasons[best], f);
	}
}

/* ---- what follows from it */

static void
add_visitors(struct pen *p, const struct facts *f, const char *name)
{
	const char *told = words_facts(f)->visitors;
	struct buf count = BUF_INIT;
	blocks_add(&p->blocks, BLOCK_HEADING, _("For visitors"));
	words_count(&count, f->listings);
	if (f->listings > 0 && f->withdrawn)
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, n_("Its %s offer is not shown any more.",
		    "Its %s offers are not shown any more.", f->listings), count.data);
	else if (f->listings > 0 && f->marked)
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, n_("Its %s offer is still shown, marked as \"to be confirmed\".",
		    "Its %s offers are still shown, marked as \"to be confirmed\".", f->listings), count.data);
	else if (f->listings > 0)
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, n_("Its %s offer is shown.", "Its %s offers are shown.",
		    f->listings), count.data);
	pen_fill(p, BLOCK_PARAGRAPH, told, &(struct words_values){ .name = name });
	buf_done(&count);
}

/* An address of our own settings, that may stand as a link. */
static bool
is_site(const char *url)
{
	if (url == NULL || (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0))
		return false;
	for (; *url != '\0'; url++)
		if (*url <= ' ' || *url >= 0x7f || *url == '"' || *url == '<' || *url == '>')
			return false;
	return true;
}

static void
add_steps(struct pen *p, const struct facts *f)
{
	const struct verdict_words *words = words_facts(f);
	blocks_add(&p->blocks, BLOCK_HEADING, _("What to do"));
	for (size_t i = 0; i < 3 && words->steps[i] != NULL; i++) {
		blocks_add(&p->blocks, BLOCK_ITEM, _(words->steps[i]));
		if (i == 0 && words->on_site && is_site(f->website))
			blocks_link(&p->blocks, f->website);
	}
}

static void
add_peers(struct pen *p, const struct facts *f)
{
	enum { PEERS_MAX = 5 };
	if (f->n_peers == 0 && f->successor == NULL)
		return;
	blocks_add(&p->blocks, BLOCK_HEADING, _("Who can replace it"));
	if (f->successor != NULL) {
		struct buf name = BUF_INIT;
		words_remote(&name, f->successor, NAME_MAX_BYTES);
		blocks_fmt(&p->blocks, BLOCK_ITEM, _("Its successor, according to your settings: %s."), buf_cstr(&name));
		buf_done(&name);
	}
	for (size_t i = 0; i < f->n_peers && i < PEERS_MAX; i++) {
		struct buf name = BUF_INIT, count = BUF_INIT;
		if (f->peers[i].name != NULL)
			words_remote(&name, f->peers[i].name, NAME_MAX_BYTES);
		words_count(&count, f->peers[i].listings);
		blocks_add(&p->blocks, BLOCK_ITEM, buf_cstr(&name));
		buf_clear(&name);
		buf_fmt(&name, n_("%s offer", "%s offers", f->peers[i].listings), count.data);
		blocks_aside(&p->blocks, name.data);
		if (is_site(f->peers[i].website))
			blocks_link(&p->blocks, f->peers[i].website);
		buf_done(&name);
		buf_done(&count);
	}
}

/* ---- answers */

static const struct {
	const char *label, *verb, *rest;
} answers[] = {
	{ N_("Seen, I take care of it"), "ack", "" },
	{ N_("Remind me in 7 days"), "snooze", " 7d" },
	{ N_("This is wrong: it works"), "dismiss", "" },
	{ N_("Confirmed: it has closed"), "confirm", "" },
};

static void
add_percent(struct buf *out, const char *s, const char *kept)
{
	for (; *s != '\0'; s++)
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		    strchr(kept, *s) != NULL)
			buf_char(out, *s);
		else
			buf_fmt(out, "%%%02X", (unsigned char)*s);
}

void
compose_answers(struct pen *p, const char *partner)
{
	const char *mailbox = p->letter->office.answers;
	struct buf id = BUF_INIT;
	words_remote(&id, partner, NAME_MAX_BYTES);
	blocks_add(&p->blocks, BLOCK_HEADING, _("Your answer"));
	if (mailbox != NULL)
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("With a button, or by mail to %s with one of these subjects:"),
		    mailbox);
	else
		blocks_add(&p->blocks, BLOCK_PARAGRAPH, _("To be typed on the machine where Vigie runs:"));
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct buf typed = BUF_INIT, link = BUF_INIT;
		buf_fmt(&typed, "vigie %s %s%s", answers[i].verb, buf_cstr(&id), answers[i].rest);
		blocks_add(&p->blocks, mailbox != NULL ? BLOCK_ANSWER : BLOCK_COMMAND, _(answers[i].label));
		blocks_aside(&p->blocks, typed.data);
		if (mailbox != NULL) {
			buf_str(&link, "mailto:");
			add_percent(&link, mailbox, "@.-_+");
			buf_str(&link, "?subject=");
			add_percent(&link, typed.data, ".-_");
			blocks_link(&p->blocks, link.data);
		}
		buf_done(&typed);
		buf_done(&link);
	}
	if (mailbox != NULL)
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("Or, on the machine where Vigie runs: vigie ack %s, and so on."),
		    buf_cstr(&id));
	buf_done(&id);
}

/* ---- one partner, several partners */

static void
add_title(struct pen *p, const struct facts *f, const char *name)
{
	struct buf lasting = BUF_INIT, moved_to = BUF_INIT;
	pen_lasting(p, &lasting, f);
	if (f->moved_to != NULL)
		words_remote(&moved_to, f->moved_to, NAME_MAX_BYTES);
	pen_fill(p, BLOCK_TITLE, words_facts(f)->title, &(struct words_values){ .name = name,
	    .lasting = lasting.data, .value = moved_to.len > 0 ? moved_to.data : _("another address") });
	buf_done(&lasting);
	buf_done(&moved_to);
}

void
compose_facts(struct pen *p, const struct facts *f)
{
	struct buf name = BUF_INIT;
	pen_name(&name, f);
	add_title(p, f, name.data);
	if (!is_recovery(p))
		add_chance(p, f);
	blocks_add(&p->blocks, BLOCK_HEADING, _("What happened"));
	pen_fill(p, BLOCK_PARAGRAPH, words_happened(f), &(struct words_values){ .name = name.data });
	add_since(p, f);
	if (!is_recovery(p)) {
		add_reasons(p, f, false, N_("What shows it"));
		add_reasons(p, f, true, N_("What speaks against it"));
	}
	add_visitors(p, f, name.data);
	add_steps(p, f);
	if (!is_recovery(p))
		add_peers(p, f);
	buf_done(&name);
}

void
compose_one(struct pen *p, const struct facts *f)
{
	compose_facts(p, f);
	if (!is_recovery(p))
		compose_answers(p, f->partner != NULL ? f->partner : "");
}

/* The name gives way, so that the end of the subject can be read. */
static void
subject_of_one(struct pen *p, const struct facts *f)
{
	enum { COLUMNS = 70 };
	struct buf name = BUF_INIT, lasting = BUF_INIT, moved_to = BUF_INIT, rest = BUF_INIT;
	const char *subject = words_facts(f)->subject;
	pen_name(&name, f);
	pen_lasting(p, &lasting, f);
	if (f->moved_to != NULL)
		words_remote(&moved_to, f->moved_to, 40);
	struct words_values values = { .lasting = lasting.data,
		.value = moved_to.len > 0 ? moved_to.data : _("another address") };
	if (p->letter->kind == LETTER_REMINDER)
		buf_str(&p->subject, _("Reminder: "));
	words_fill(&rest, subject, &values);
	size_t used = utf8_width(buf_cstr(&p->subject), p->subject.len) + utf8_width(rest.data, rest.len);
	size_t room = used + 12 < COLUMNS ? COLUMNS - used : 12;
	if (utf8_width(name.data, name.len) > room) {
		buf_cut(&name, utf8_prefix(name.data, name.len, room - 1));
		buf_str(&name, "\u2026");
	}
	values.name = name.data;
	words_fill(&p->subject, subject, &values);
	buf_done(&name);
	buf_done(&lasting);
	buf_done(&moved_to);
	buf_done(&rest);
}

static void
subject_of_many(struct pen *p)
{
	const struct letter *l = p->letter;
	long n = (long)l->n_facts;
	if (l->kind == LETTER_REMINDER)
		buf_str(&p->subject, _("Reminder: "));
	buf_fmt(&p->subject, is_recovery(p) ? n_("%ld partner is back to normal: ", "%ld partners are back to normal: ", n)
	    : n_("%ld partner to be checked: ", "%ld partners to be checked: ", n), n);
	for (size_t i = 0; i < l->n_facts && i < PARTNERS_MAX; i++) {
		buf_str(&p->subject, i > 0 ? ", " : "");
		pen_name(&p->subject, &l->facts[i]);
	}
}

/* For whoever reads no further. */
static void
add_summary(struct pen *p)
{
	const struct letter *l = p->letter;
	long n = (long)l->n_facts;
	blocks_fmt(&p->blocks, BLOCK_TITLE, is_recovery(p) ? n_("%ld partner is back to normal.",
	    "%ld partners are back to normal.", n) : n_("%ld partner is to be checked.", "%ld partners are to be checked.", n), n);
	for (size_t i = 0; i < l->n_facts && i < PARTNERS_MAX; i++) {
		struct buf line = BUF_INIT;
		pen_name(&line, &l->facts[i]);
		blocks_add(&p->blocks, BLOCK_ITEM, line.data);
		blocks_aside(&p->blocks, _(words_facts(&l->facts[i])->state));
		buf_done(&line);
	}
	if (l->n_facts > PARTNERS_MAX) {
		long more = n - PARTNERS_MAX;
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, n_("And %ld more; \"vigie partners\" shows them all.",
		    "And %ld more; \"vigie partners\" shows them all.", more), more);
	}
}

void
compose_partners(struct pen *p)
{
	const struct letter *l = p->letter;
	for (size_t i = 0; i < l->n_facts; i++)
		if (words_facts(&l->facts[i])->tone > p->blocks.tone)
			p->blocks.tone = words_facts(&l->facts[i])->tone;
	if (l->n_facts == 1)
		subject_of_one(p, &l->facts[0]);
	else
		subject_of_many(p);
	if (l->n_facts != 1)
		add_summary(p);
	for (size_t i = 0; i < l->n_facts && i < PARTNERS_MAX; i++)
		compose_one(p, &l->facts[i]);
	if (l->kind == LETTER_REMINDER)
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, n_("This is reminder number %u: nobody has answered yet. An answer stops"
		    " the reminders.", "This is reminder number %u: nobody has answered yet. An answer stops the"
		    " reminders.", l->reminder), l->reminder);
}
