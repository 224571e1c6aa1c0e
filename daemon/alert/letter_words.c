/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/letter_words.h"

#include <locale.h>
#include <math.h>

#include "base/buf.h"
#include "normalise/text.h"

#define ASK N_("Open its web site and look for an offer in your area.")
#define CONTACT N_("Ring or write to your contact there.")
#define ANSWER N_("Give your answer (see below), so that this letter does not come again.")

static const struct verdict_words verdicts[VERDICTS] = {
	[VERDICT_NEVER_SEEN] = { TONE_CARE,
		N_("{name}: has never answered yet"), N_("{name} has never answered yet."), N_("has never answered yet"),
		N_("Since it was set up here, {name} has not sent its offers one single time. This is more often a"
		   " mistake in the settings than a closed partner."),
		N_("Nothing to tell: its offers have never been shown."),
		{ N_("Have the address and the key in its settings checked."), CONTACT }, false },
	[VERDICT_ALIVE] = { TONE_GOOD,
		N_("{name}: back to normal"), N_("{name} is back to normal."), N_("answers as it should"),
		N_("{name} sends its offers again, as before."),
		N_("{name} can be recommended again."),
		{ N_("Nothing: everything goes on by itself.") }, false },
	[VERDICT_OUTAGE] = { TONE_CARE,
		N_("{name}: not answering for {lasting}"), N_("{name} has not been answering for {lasting}."),
		N_("is not answering at the moment"),
		N_("{name} does not send its offers any more. Such outages are frequent, and almost all of them are"
		   " short."),
		N_("The service has a technical problem, probably a short one."),
		{ N_("Nothing for now: if it lasts, you will be told.") }, false },
	[VERDICT_UNCERTAIN] = { TONE_CARE,
		N_("{name}: not answering for {lasting}, to be watched"),
		N_("{name} has not been answering for {lasting}: to be watched."), N_("not answering, to be watched"),
		N_("{name} has not sent its offers for longer than usual. It may be a long outage, or the end of the"
		   " service: it is too early to say."),
		N_("The service has a technical problem. Before paying anything there, better wait a few days."),
		{ ASK, CONTACT }, true },
	[VERDICT_ACCESS_LOST] = { TONE_CARE,
		N_("{name}: refuses our access"), N_("{name} refuses to give us its offers."), N_("refuses our access"),
		N_("{name} is alive, but does not let us in any more: the key has expired, has been withdrawn, or the"
		   " contract has ended."),
		N_("{name} still works; only the offers that we show may be out of date."),
		{ CONTACT, N_("Ask for a new key, and have it put into the settings.") }, false },
	[VERDICT_MOVED] = { TONE_CARE,
		N_("{name}: has moved to {value}"), N_("{name} now leads to {value}."), N_("has moved to another address"),
		N_("The address of {name} leads to another one. Often this means a new name, or that another company"
		   " has taken it over."),
		N_("The service may go on under another name. Do not send anyone there before you have looked."),
		{ N_("Look at where it leads: is it the same service, with the same hosts?"), CONTACT,
		  N_("If it goes on there, have the address in the settings changed.") }, true },
	[VERDICT_FROZEN] = { TONE_CARE,
		N_("{name}: nothing new for {lasting}"), N_("Nothing has changed at {name} for {lasting}."),
		N_("answers, but nothing changes there any more"),
		N_("{name} answers, but its offers are always the same, for much longer than is usual for it. It may"
		   " have been abandoned without being switched off."),
		N_("Check with the host that an offer still stands before you recommend it."),
		{ ASK, CONTACT }, true },
	[VERDICT_EMPTIED] = { TONE_CARE,
		N_("{name}: hardly any offers left"), N_("{name} has hardly any offers left."), N_("hardly any offers left"),
		N_("{name} answers, but almost all of its offers have gone. It may be a mistake over there, or a service"
		   " that is being wound up."),
		N_("There is not much to be found there at the moment: suggest other partners."),
		{ ASK, CONTACT }, true },
	[VERDICT_CLOSING] = { TONE_BAD,
		N_("{name}: is closing down"), N_("{name} is closing down."), N_("is closing down"),
		N_("{name} still answers, but its end has been announced."),
		N_("Do not book or pay anything there any more. Whoever has a booking should ask the host directly, and"
		   " keep the receipts."),
		{ N_("Read the announcement on its web site: until when, and what happens to bookings?"), CONTACT,
		  N_("Take it off your leaflets and pages.") }, true },
	[VERDICT_PROBABLY_GONE] = { TONE_BAD,
		N_("{name}: not answering for {lasting}, probably closed"),
		N_("{name} has not been answering for {lasting}: it has probably closed."), N_("probably closed"),
		N_("{name} does not send its offers any more. This is too long for an outage, and several signs say the"
		   " same."),
		N_("Do not book or pay anything there for now. Whoever has a booking should ask the host directly, and"
		   " keep the receipts."),
		{ ASK, CONTACT, ANSWER }, true },
	[VERDICT_GONE] = { TONE_BAD,
		N_("{name}: has closed"), N_("{name} has closed."), N_("closed"),
		N_("{name} has ended its service: the signs below agree."),
		N_("Do not book or pay anything there any more. Whoever has a booking should ask the host directly, and"
		   " keep the receipts."),
		{ N_("Take it off your leaflets and pages."), N_("Choose who can replace it."), ANSWER }, false },
};

const struct verdict_words *
words_verdict(enum verdict verdict)
{
	return &verdicts[verdict];
}

static const struct verdict_words closing_by_register = { TONE_BAD,
	N_("{name}: closing down, say the registers"), N_("The official registers announce the end of {name}."),
	N_("closing down, say the registers"),
	N_("{name} still answers. But according to the official registers the company behind it has ceased to exist or"
	   " is being wound up."),
	N_("Do not book or pay anything there any more. Whoever has a booking should ask the host directly, and"
	   " keep the receipts."),
	{ N_("Have the company number in its settings checked: is it really its own?"), CONTACT,
	  N_("Take it off your leaflets and pages.") }, false };

const struct verdict_words *
words_facts(const struct facts *f)
{
	bool announced = f->verdict != VERDICT_CLOSING;
	for (size_t i = 0; i < f->n_reasons; i++)
		announced = announced || f->reasons[i].key == REASON_CLOSING;
	return announced ? &verdicts[f->verdict] : &closing_by_register;
}

const char *
words_happened(const struct facts *f)
{
	static const char *const of_site[VERDICTS] = {
		[VERDICT_NEVER_SEEN] = N_("Since it was set up here, the web site of {name} has not answered one single time. This is"
		    " more often a mistake in the settings than a closed partner."),
		[VERDICT_ALIVE] = N_("The web site of {name} answers again, as before."),
		[VERDICT_OUTAGE] = N_("The web site of {name} does not answer any more. Such outages are frequent, and almost all"
		    " of them are short."),
		[VERDICT_UNCERTAIN] = N_("The web site of {name} has not answered for longer than usual. It may be a long outage,"
		    " or the end of the service: it is too early to say."),
		[VERDICT_PROBABLY_GONE] = N_("The web site of {name} does not answer any more, and this is too long for an outage."),
	};
	return f->presence && of_site[f->verdict] != NULL ? of_site[f->verdict] : words_facts(f)->happened;
}

/* What is told of a piece of evidence; `valued`: when there is a value. */
static const struct {
	const char *plain, *valued;
} reasons[REASONS] = {
	[REASON_PRIOR] = { N_("Services of this kind rarely close, about one in twenty a year, and outages are frequent."),
	    NULL },
	[REASON_SILENT] = { N_("It has not been answering for {lasting}. Few outages last as long."), NULL },
	[REASON_NXDOMAIN] = { N_("Its name on the Internet does not exist any more."), NULL },
	[REASON_REDEMPTION] = { N_("Its name on the Internet was given up, and will soon be deleted."), NULL },
	[REASON_ON_HOLD] = { N_("Its name on the Internet has been switched off by whoever registered it."), NULL },
	[REASON_BOTH_410] = { N_("Its web site says \"gone for good\", and so does the address of its offers."), NULL },
	[REASON_SITE_404] = { N_("The home page of its web site is not there any more."), NULL },
	[REASON_API_ABSENT] = { N_("The address where its offers were does not exist any more."), NULL },
	[REASON_PARKED] = { N_("In place of its web site there is a page of advertisements, or \"name for sale\"."), NULL },
	[REASON_SITE_SILENT] = { N_("Its public web site does not answer either."), NULL },
	[REASON_SITE_ANSWERS] = { N_("Its public web site still answers."), NULL },
	[REASON_TLS_EXPIRED] = { N_("The security certificate of its web site has expired, and nobody has renewed it."),
	    NULL },
	[REASON_HOST_CAPPED] = { N_("Several of these signs may have one and the same cause: together they count for less."),
	    NULL },
	[REASON_CLOSING] = { N_("Its web site announces that it closes."),
	    N_("Its web site announces that it closes: \"{value}\"") },
	[REASON_CEASED] = { N_("The company register says that the company has ceased to exist."), NULL },
	[REASON_LIQUIDATION] = { N_("A court has put the company into liquidation (official gazette)."), NULL },
	[REASON_TRADING] = { N_("The company register says that the company is active."), NULL },
	[REASON_EMPTIED] = { N_("Its offers have gone, or nearly all of them."), NULL },
	[REASON_DWINDLING] = { N_("Its offers become fewer and fewer."), NULL },
	[REASON_FROZEN] = { N_("Nothing has changed in its offers for {lasting}, which is not like it."), NULL },
	[REASON_MOVED] = { N_("Its address leads to another one."), N_("Its address leads to {value}.") },
	[REASON_DENIED] = { N_("It answers our requests with \"access refused\"."), NULL },
	[REASON_HUMAN] = { N_("One of you has confirmed that it has closed."), NULL },
	[REASON_DISMISSED] = { N_("One of you has said that this is wrong, and that it works."), NULL },
};

enum { VALUE_MAX = 160 };

bool
words_reason(struct buf *out, const struct fact_reason *r, const char *lasting)
{
	struct buf value = BUF_INIT;
	/* A reading's name ("closing") stands there when no words were kept. */
	if (r->value != NULL && strpbrk(r->value, " .") != NULL)
		words_remote(&value, r->value, VALUE_MAX);
	const char *text = value.len > 0 && reasons[r->key].valued != NULL ? reasons[r->key].valued : reasons[r->key].plain;
	/* In a rescue procedure it is still trading, and weighs nothing. */
	if (r->key == REASON_TRADING && r->value != NULL && strcmp(r->value, "rescue") == 0)
		text = N_("The company is under court protection from its creditors, but goes on trading.");
	words_fill(out, text, &(struct words_values){ .lasting = lasting, .value = buf_cstr(&value) });
	buf_done(&value);
	return text != NULL;
}

const char *
words_weight(double log_odds)
{
	static const struct {
		double from;	/* times more, or less, likely */
		const char *text;
	} weights[] = {
		{ 1000, N_("decides almost by itself") },
		{ 40, N_("weighs very much") },
		{ 8, N_("weighs much") },
		{ 2, N_("counts") },
		{ 1.05, N_("counts a little") },
		{ 0, N_("for information") },
	};
	size_t i = 0;
	while (fabs(log_odds) < log(weights[i].from))
		i++;
	return _(weights[i].text);
}

void
words_chance(struct buf *out, double probability)
{
	static const struct {
		double from;
		const char *text;
	} chances[] = {
		{ 0.99, N_("practically certain") }, { 0.95, N_("almost certain") }, { 0.8, N_("very likely") },
		{ 0.6, N_("likely") }, { 0.4, N_("about one chance in two") }, { 0.2, N_("possible") },
		{ 0.05, N_("unlikely") }, { -1, N_("very unlikely") },
	};
	size_t i = 0;
	while (probability < chances[i].from)
		i++;
	int percent = (int)lround(probability * 100);
	percent = percent < 1 ? 1 : percent > 99 ? 99 : percent;
	buf_str(out, _(chances[i].text));
	buf_str(out, " (");
	if (probability < 0.01)
		buf_str(out, _("less than 1%"));
	else if (probability > 0.99)
		buf_str(out, _("more than 99%"));
	else
		buf_fmt(out, _("%d%%"), percent);
	buf_char(out, ')');
}

void
words_fill(struct buf *out, const char *text, const struct words_values *values)
{
	const struct { const char *mark, *value; } marks[] = {
		{ "{name}", values->name }, { "{lasting}", values->lasting }, { "{value}", values->value },
	};
	for (text = _(text); *text != '\0'; text++) {
		size_t i = 0;
		while (i < 3 && strncmp(text, marks[i].mark, strlen(marks[i].mark)) != 0)
			i++;
		if (i == 3) {
			buf_char(out, *text);
			continue;
		}
		buf_str(out, marks[i].value != NULL ? marks[i].value : "");
		text += strlen(marks[i].mark) - 1;
	}
}

/* ---- what others wrote */

/* Mail programs make links of these by themselves. */
static bool
looks_like_link(const char *word, size_t len)
{
	static const char *const marks[] = { "://", "www.", "mailto:", "javascript:", "data:", "tel:", "@" };
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		for (size_t at = 0; at + strlen(marks[i]) <= len; at++)
			if (strncasecmp(word + at, marks[i], strlen(marks[i])) == 0)
				return true;
	return false;
}

/* Bytes of a mark that turns the writing direction, which text_clean() leaves. */
static size_t
direction_mark(const char *s)
{
	if (strncmp(s, "\u200e", 3) == 0 || strncmp(s, "\u200f", 3) == 0)
		return 3;
	return strncmp(s, "\u061c", 2) == 0 ? 2 : 0;
}

void
words_remote(struct buf *out, const char *s, size_t max)
{
	enum { READ_MAX = 4096 };	/* of 10 kB nobody reads the rest */
	struct buf clean = BUF_INIT, kept = BUF_INIT;
	(void)text_clean(&clean, s, strnlen(s, READ_MAX), TEXT_ONE_LINE);
	for (const char *word = buf_cstr(&clean); *word != '\0';) {
		size_t len = strcspn(word, " ");
		bool link = looks_like_link(word, len);
		if (kept.len > 0)
			buf_char(&kept, ' ');
		if (link)
			buf_str(&kept, "[\u2026]");
		for (size_t i = 0, skip; !link && i < len; i += skip > 0 ? skip : 1)
			if ((skip = direction_mark(word + i)) == 0)
				buf_char(&kept, word[i]);
		word += len;
		word += strspn(word, " ");
	}
	size_t len = text_prefix(buf_cstr(&kept), kept.len, max);
	buf_add(out, buf_cstr(&kept), len);
	if (len < kept.len)
		buf_str(out, "\u2026");
	buf_done(&clean);
	buf_done(&kept);
}
