/* SPDX-License-Identifier: Apache-2.0 */
/* The letter of the week: what changed, what is uncertain, and that the lookout
 * is at work. */
#include "alert/compose.h"
#include "base/buf.h"
#include "base/clock.h"

enum { LINES_MAX = 40 };	/* of each list */

static void
add_work(struct pen *p, const struct digest *d)
{
	struct buf polls = BUF_INIT, partners = BUF_INIT, alive = BUF_INIT;
	words_count(&polls, d->polls);
	words_count(&partners, d->partners);
	words_count(&alive, d->alive);
	blocks_add(&p->blocks, BLOCK_HEADING, _("The lookout"));
	blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, n_("Vigie is at work: it has looked at %2$s partner %1$s times this week.",
	    "Vigie is at work: it has looked at %2$s partners %1$s times this week.", d->partners),
	    polls.data, partners.data);
	blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("Answering as they should: %s of %s."), alive.data, partners.data);
	buf_done(&polls);
	buf_done(&partners);
	buf_done(&alive);
}

static void
add_changes(struct pen *p, const struct digest *d)
{
	if (d->n_changed_verdicts == 0)
		return;
	blocks_add(&p->blocks, BLOCK_HEADING, _("What changed"));
	for (size_t i = 0; i < d->n_changed_verdicts && i < LINES_MAX; i++) {
		const struct facts *f = &d->changed_verdicts[i];
		struct buf line = BUF_INIT, when = BUF_INIT;
		pen_name(&line, f);
		buf_fmt(&line, _(": %s"), _(words_verdict(f->verdict)->state));
		words_time(&when, f->at_ms, p->letter->now_ms, &p->zone);
		blocks_add(&p->blocks, BLOCK_ITEM, line.data);
		blocks_aside(&p->blocks, when.data);
		buf_done(&line);
		buf_done(&when);
	}
}

static void
add_open(struct pen *p, const struct digest *d)
{
	if (d->n_open == 0)
		return;
	blocks_add(&p->blocks, BLOCK_HEADING, _("To be watched"));
	for (size_t i = 0; i < d->n_open && i < LINES_MAX; i++) {
		const struct facts *f = &d->open[i];
		struct buf line = BUF_INIT, lasting = BUF_INIT, chance = BUF_INIT;
		pen_name(&line, f);
		pen_lasting(p, &lasting, f);
		words_chance(&chance, f->probability);
		buf_fmt(&line, _(": %s"), _(words_verdict(f->verdict)->state));
		blocks_add(&p->blocks, BLOCK_ITEM, line.data);
		buf_clear(&line);
		buf_fmt(&line, _("for %s; closed for good: %s"), lasting.data, chance.data);
		blocks_aside(&p->blocks, line.data);
		buf_done(&line);
		buf_done(&lasting);
		buf_done(&chance);
	}
}

static void
add_offers(struct pen *p, const struct digest *d)
{
	struct buf numbers[4] = { BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT };
	const int64_t values[4] = { d->listings, d->added, d->changed, d->removed };
	for (size_t i = 0; i < 4; i++)
		words_count(&numbers[i], values[i]);
	blocks_add(&p->blocks, BLOCK_HEADING, _("The offers"));
	blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("In the catalogue: %s. This week %s new, %s changed, %s withdrawn."),
	    numbers[0].data, numbers[1].data, numbers[2].data, numbers[3].data);
	for (size_t i = 0; i < 4; i++)
		buf_done(&numbers[i]);
	for (size_t i = 0; i < d->n_counts && i < LINES_MAX; i++) {
		struct buf line = BUF_INIT, all = BUF_INIT;
		words_remote(&line, d->counts[i].name, NAME_MAX_BYTES);
		blocks_add(&p->blocks, BLOCK_ITEM, buf_cstr(&line));
		buf_clear(&line);
		words_count(&all, d->counts[i].listings);
		buf_fmt(&line, n_("%s offer", "%s offers", d->counts[i].listings), all.data);
		if (d->counts[i].added > 0)
			buf_fmt(&line, ", +%lld", (long long)d->counts[i].added);
		if (d->counts[i].removed > 0)
			buf_fmt(&line, ", \u2212%lld", (long long)d->counts[i].removed);
		blocks_aside(&p->blocks, line.data);
		buf_done(&line);
		buf_done(&all);
	}
}

void
compose_digest(struct pen *p)
{
	const struct digest *d = p->letter->digest;
	struct buf from = BUF_INIT, to = BUF_INIT;
	long n = (long)d->n_open;
	words_day(&from, d->from_ms, &p->zone);
	words_day(&to, d->to_ms - 1, &p->zone);
	buf_fmt(&p->subject, _("Vigie, week of %s: "), from.data);
	buf_fmt(&p->subject, n == 0 ? _("all is well") : n_("%ld partner to be watched", "%ld partners to be watched", n), n);
	blocks_fmt(&p->blocks, BLOCK_TITLE, _("The week from %s to %s"), from.data, to.data);
	if (n == 0)
		blocks_add(&p->blocks, BLOCK_LEAD, _("All is well: there is nothing to do."));
	else
		blocks_fmt(&p->blocks, BLOCK_LEAD, n_("%ld partner is to be watched.", "%ld partners are to be watched.", n), n);
	add_open(p, d);
	add_changes(p, d);
	add_offers(p, d);
	add_work(p, d);
	buf_done(&from);
	buf_done(&to);
}
