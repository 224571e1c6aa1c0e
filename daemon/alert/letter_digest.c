/* SPDX-License-Identifier: Apache-2.0 */
/* The letter of the week: what changed, what is uncertain, and that the lookout
 * is at work. */
#include "alert/compose.h"
#include "base/buf.h"
#include "base/clock.h"

enum { LINES_MAX = 40 };	/* of each list */

/* A lookout that was stopped for weeks tells of all that time at once. */
static bool
is_week(const struct digest *d)
{
	return d->to_ms - d->from_ms <= 8 * (int64_t)DAY_MS;
}

static void
add_work(struct pen *p, const struct digest *d)
{
	struct buf polls = BUF_INIT, partners = BUF_INIT, alive = BUF_INIT;
	words_count(&polls, d->polls);
	words_count(&partners, d->partners);
	words_count(&alive, d->alive);
	blocks_add(&p->blocks, BLOCK_HEADING, _("The lookout"));
	if (is_week(d))
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, n_("Vigie is at work: it has looked at %2$s partner %1$s times this week.",
		    "Vigie is at work: it has looked at %2$s partners %1$s times this week.", d->partners),
		    polls.data, partners.data);
	else
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, n_("Vigie is at work: it has looked at %2$s partner %1$s times in that time.",
		    "Vigie is at work: it has looked at %2$s partners %1$s times in that time.", d->partners),
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
		buf_fmt(&line, _(": %s"), _(words_facts(f)->state));
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
		buf_fmt(&line, _(": %s"), _(words_facts(f)->state));
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
	struct buf numbers[4] = { BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT }, line = BUF_INIT;
	const int64_t values[4] = { d->listings, d->added, d->changed, d->removed };
	for (size_t i = 0; i < 4; i++)
		words_count(&numbers[i], values[i]);
	blocks_add(&p->blocks, BLOCK_HEADING, _("The offers"));
	buf_fmt(&line, is_week(d) ? _("In the catalogue: %s. This week: ") : _("In the catalogue: %s. In that time: "), numbers[0].data);
	buf_fmt(&line, n_("%s new, ", "%s new, ", d->added), numbers[1].data);
	buf_fmt(&line, n_("%s changed, ", "%s changed, ", d->changed), numbers[2].data);
	buf_fmt(&line, n_("%s withdrawn.", "%s withdrawn.", d->removed), numbers[3].data);
	blocks_add(&p->blocks, BLOCK_PARAGRAPH, line.data);
	for (size_t i = 0; i < 4; i++)
		buf_done(&numbers[i]);
	for (size_t i = 0; i < d->n_counts && i < LINES_MAX; i++) {
		struct buf all = BUF_INIT;
		buf_clear(&line);
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
		buf_done(&all);
	}
	buf_done(&line);
}

/* What the letter begins with: a lookout that does not see has nothing good to say. */
static void
add_lead(struct pen *p, const struct digest *d)
{
	struct buf since = BUF_INIT;
	long n = (long)d->n_open;
	if (d->blind_since_ms != 0) {
		words_time(&since, d->blind_since_ms, p->letter->now_ms, &p->zone);
		buf_str(&p->subject, _("Vigie sees nothing"));
		blocks_fmt(&p->blocks, BLOCK_LEAD, _("Vigie has seen nothing since %s: nobody is judged until it sees again."),
		    since.data);
		blocks_add(&p->blocks, BLOCK_ITEM, _("Ask whoever looks after your computers whether the machine on which Vigie runs reaches"
		    " the Internet."));
	} else if (d->full_since_ms != 0) {
		words_time(&since, d->full_since_ms, p->letter->now_ms, &p->zone);
		buf_str(&p->subject, _("the disk is full"));
		blocks_fmt(&p->blocks, BLOCK_LEAD, _("The disk has been full since %s: no offers are read until there is room."),
		    since.data);
	} else if (n > 0) {
		buf_fmt(&p->subject, n_("%ld partner to be watched", "%ld partners to be watched", n), n);
	} else if (d->places_blind) {
		buf_str(&p->subject, _("some partners are silent together"));
		blocks_add(&p->blocks, BLOCK_LEAD, _("Partners that share a machine or a name are silent together: nothing is concluded of"
		    " them yet."));
	} else {
		buf_str(&p->subject, _("all is well"));
		blocks_add(&p->blocks, BLOCK_LEAD, _("All is well: there is nothing to do."));
	}
	if (n > 0)
		blocks_fmt(&p->blocks, BLOCK_LEAD, n_("%ld partner is to be watched.", "%ld partners are to be watched.", n), n);
	buf_done(&since);
}

void
compose_digest(struct pen *p)
{
	const struct digest *d = p->letter->digest;
	struct buf from = BUF_INIT, to = BUF_INIT;
	words_day(&from, d->from_ms, &p->zone);
	words_day(&to, d->to_ms - 1, &p->zone);
	if (is_week(d)) {
		buf_fmt(&p->subject, _("Vigie, week of %s: "), from.data);
		blocks_fmt(&p->blocks, BLOCK_TITLE, _("The week from %s to %s"), from.data, to.data);
	} else {
		buf_fmt(&p->subject, _("Vigie, from %s to %s: "), from.data, to.data);
		blocks_fmt(&p->blocks, BLOCK_TITLE, _("From %s to %s"), from.data, to.data);
	}
	add_lead(p, d);
	add_open(p, d);
	add_changes(p, d);
	add_offers(p, d);
	add_work(p, d);
	buf_done(&from);
	buf_done(&to);
}
