/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue's words as people say them. */
#include <inttypes.h>
#include <math.h>

#include "represent/column.h"
#include "represent/put.h"
#include "serve/page.h"

struct word {
	const char *name, *text;
};

static const struct word outcomes[] = {
	{ "complete", N_("read entirely") },
	{ "partial", N_("read in part") },
	{ "not-modified", N_("nothing new") },
	{ "failed", N_("failed") },
	{ "refused", N_("refused") },
	{ NULL, NULL },
};

static const struct word troubles[] = {
	{ "dns", N_("its name was not found") },
	{ "connector", N_("our connector failed") },
	{ "connect", N_("no connection") },
	{ "tls", N_("no secure connection") },
	{ "timeout", N_("no answer in time") },
	{ "http", N_("it answered with an error") },
	{ "auth", N_("it refused our access") },
	{ "throttled", N_("it asked us to slow down") },
	{ "redirect", N_("it led elsewhere") },
	{ "blocked", N_("it led where we do not go") },
	{ "limit", N_("more than we take") },
	{ "truncated", N_("the answer broke off") },
	{ "format", N_("the answer could not be read") },
	{ "shape", N_("another document than expected") },
	{ "loop", N_("its pages went in a circle") },
	{ "total", N_("fewer than it announced") },
	{ "empty", N_("it offered nothing") },
	{ NULL, NULL },
};

static const struct word labels[] = {
	{ "ack", N_("Seen, I take care of it") },
	{ "snooze", N_("Remind me later") },
	{ "dismiss", N_("This is wrong: it works") },
	{ "confirm", N_("Confirmed: it has closed") },
	{ NULL, NULL },
};

static const struct word letters[] = {
	{ "alert", N_("alert") }, { "recovery", N_("all clear") }, { "reminder", N_("reminder") },
	{ "blind", N_("breakdown on our side") }, { "seeing", N_("end of the breakdown") },
	{ "full", N_("disk that is full") }, { "room", N_("room on the disk again") }, { "digest", N_("weekly letter") },
	{ "test", N_("test letter") }, { "waiting", N_("waiting") }, { "sending", N_("being sent") },
	{ "sent", N_("sent") }, { "refused", N_("refused by the mail server") }, { "given-up", N_("given up") },
	{ "none", N_("nobody to write to") }, { "cancelled", N_("not needed any more") },
	{ NULL, NULL },
};

static const struct word holds[] = {
	{ "brake", N_("too many listings would go at once") },
	{ "rotated", N_("the partner has given a new identifier to every listing") },
	{ "empty", N_("the partner suddenly offers nothing at all") },
	{ NULL, NULL },
};

static const struct word signals[] = {
	{ "http", N_("Its answer to us") },
	{ "site", N_("Its web site") },
	{ "redirect", N_("Where its address leads") },
	{ "site-redirect", N_("Where its web site leads") },
	{ "site-shape", N_("What its home page says") },
	{ "domain", N_("The registry of its name") },
	{ "dns", N_("Its name on the Internet") },
	{ "tls", N_("Its security certificate") },
	{ "shape", N_("The document it sends") },
	{ "listings", N_("How many offers it has") },
	{ "register", N_("The company register") },
	{ "season", N_("Its season") },
	{ "human", N_("One of us") },
	{ NULL, NULL },
};

static const struct word values[] = {
	{ "0", N_("no answer") }, { "200", N_("answers") }, { "none", N_("nothing special") }, { "moved", N_("elsewhere") },
	{ "ok", N_("in order") }, { "mismatch", N_("not what is expected") }, { "closing", N_("says that it closes") },
	{ "parked", N_("advertisements, or for sale") }, { "on-hold", N_("switched off") },
	{ "redemption", N_("given up, soon deleted") }, { "free", N_("free to be taken") },
	{ "nxdomain", N_("does not exist any more") }, { "servfail", N_("cannot be looked up") },
	{ "expired", N_("has expired") }, { "active", N_("active") }, { "rescue", N_("protected from its creditors") },
	{ "liquidation", N_("in liquidation") }, { "ceased", N_("has ceased to exist") }, { "open", N_("open") },
	{ "closed", N_("closed for the season") }, { "gone", N_("says that it has closed") },
	{ "alive", N_("says that it works") },
	{ NULL, NULL },
};

static const struct word units[] = {
	{ "night", N_("night") }, { "day", N_("day") }, { "hour", N_("hour") }, { "week", N_("week") },
	{ "month", N_("month") }, { "year", N_("year") }, { "person", N_("person") }, { "item", N_("item") },
	{ NULL, NULL },
};

static const char *
find(const struct word *words, const char *name)
{
	for (; words->name != NULL; words++)
		if (strcmp(words->name, name) == 0)
			return _(words->text);
	return name;
}

const char *
page_outcome(const char *outcome)
{
	return find(outcomes, outcome);
}

const char *
page_trouble(const char *error_kind)
{
	return find(troubles, error_kind);
}

const char *
page_label(const char *label)
{
	return find(labels, label);
}

const char *
page_letter(const char *kind_or_state)
{
	return find(letters, kind_or_state);
}

void
page_failures(struct html *h, int64_t n)
{
	if (n == 1)
		html_print(h, "%s", _("the last attempt failed, there will be others"));
	else if (n > 1)
		html_print(h, _("the last %" PRId64 " attempts failed, there will be others"), n);
}

/* « 404 »; what is not an error has words of its own. */
static bool
is_status(const char *value)
{
	return strlen(value) == 3 && strspn(value, "0123456789") == 3;
}

void
page_signal(struct html *h, const char *signal, const char *value)
{
	const bool number = strcmp(signal, "listings") == 0;
	/* Translators: between what was looked at and what was seen there. */
	html_print(h, "%s%s", find(signals, signal), _(": "));
	const char *text = number ? value : find(values, value);
	if (!number && text == value && is_status(value))
		/* Translators: followed by a number, as 404. */
		html_print(h, "%s\302\240", _("error"));
	html_remote(h, text, strlen(text), 200);
}

/* ---- verdicts */

enum verdict
page_verdict(const char *name)
{
	int i = 0;
	while (i < VERDICTS - 1 && strcmp(verdict_name((enum verdict)i), name) != 0)
		i++;
	return (enum verdict)i;
}

const char *
page_tone(enum verdict verdict)
{
	static const char *const tones[TONES] = {
		[TONE_PLAIN] = "none", [TONE_GOOD] = "good", [TONE_CARE] = "care", [TONE_BAD] = "bad",
	};
	return verdict == VERDICT_NEVER_SEEN ? "none" : tones[words_verdict(verdict)->tone];
}

void
page_badge(struct html *h, enum verdict verdict)
{
	html_print(h, "<span class=\"badge %s\">%s</span>", page_tone(verdict), _(words_verdict(verdict)->state));
}

/* ---- numbers */

void
page_count(struct html *h, int64_t n)
{
	words_count(h->out, n);
}

void
page_held(struct html *h, int64_t n, const char *hold)
{
	struct buf count = BUF_INIT;
	words_count(&count, n);
	html_print(h, n_("%s removal waits for your word, because %s.", "%s removals wait for your word, because %s.", n),
	    count.data, find(holds, hold));
	buf_done(&count);
}

/* « 12.50 », « 75 », with the currency where the language wants it. */
static void
add_money(struct html *h, const struct listing_row *row)
{
	struct buf amount = BUF_INIT;
	struct text currency = row->listing.text[LISTING_CURRENCY];
	bool euro = currency.len == 3 && memcmp(currency.s, "EUR", 3) == 0;
	/* Translators: the decimal point. */
	const char point = *_(".");
	if (put_price(&amount, row, point)) {
		char *cents = strchr(amount.data, point);
		if (cents != NULL && cents[1 + strspn(cents + 1, "0")] == '\0')
			buf_cut(&amount, (size_t)(cents - amount.data));
		html_print(h, "%s\302\240", amount.data);
		html_escape(h->out, euro ? "€" : currency.s, euro ? strlen("€") : currency.len);
	}
	buf_done(&amount);
}

void
page_price(struct html *h, const struct listing_row *row)
{
	const struct text *texts = row->listing.text;
	int64_t minor = row->listing.integer[LISTING_PRICE_MINOR];
	if (minor == LISTING_NO_INTEGER) {
		if (texts[LISTING_PRICE_TEXT].s != NULL)
			html_remote(h, texts[LISTING_PRICE_TEXT].s, texts[LISTING_PRICE_TEXT].len, 60);
		return;
	}
	if (minor == 0) {
		html_print(h, "%s", _("free"));
		return;
	}
	add_money(h, row);
	if (texts[LISTING_PRICE_UNIT].s != NULL) {
		char *unit = xstrndup(texts[LISTING_PRICE_UNIT].s, texts[LISTING_PRICE_UNIT].len);
		html_print(h, " / %s", find(units, unit));
		free(unit);
	}
}

void
page_item_path(struct buf *out, const struct html *h, const struct listing_row *row)
{
	const struct text id = row->listing.text[LISTING_EXTERNAL_ID];
	buf_fmt(out, "%s/collections/all/items/", h->root);
	put_segment(out, row->partner.s, row->partner.len);
	buf_char(out, ':');
	put_segment(out, id.s, id.len);
}
