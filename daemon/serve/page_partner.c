/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partner's sheet: who it is, how it is, what is agreed with it, what was
 * seen of it.  Printed, it is the « fiche partenaire » on A4.
 */
#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "health/season.h"
#include "normalise/date.h"
#include "serve/page.h"
#include "serve/contacts.h"
#include "serve/server.h"
#include "show/row.h"

static const int64_t drawn_ms = INT64_C(365) * DAY_MS;

struct sheet {
	struct exchange *x;
	const struct request *r;
	struct html *h;
	const char *partner, *name;
	const struct contacts *contacts;
	const struct contact *p;		/* NULL: it is not polled */
	const struct catalogue_cursor *q;	/* at its row; NULL: never asked */
	struct page_now now;
};

/* ---- facts */

static void
begin_fact(struct html *h, const char *name)
{
	html_print(h, "<div><dt>%s</dt><dd>", name);
}

static void
end_fact(struct html *h)
{
	buf_str(h->out, "</dd></div>\n");
}

static void
fact(struct html *h, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	begin_fact(h, name);
	html_remote(h, text, strlen(text), 500);
	end_fact(h);
}

static void
fact_link(struct html *h, const char *name, const char *url)
{
	if (url == NULL || *url == '\0')
		return;
	begin_fact(h, name);
	html_link(h, url, url);
	end_fact(h);
}

static void
fact_ago(const struct sheet *s, const char *name, const char *column)
{
	int64_t t_ms = s->q != NULL ? row_time_ms(s->q, column) : TIME_NONE;
	begin_fact(s->h, name);
	if (t_ms != TIME_NONE)
		html_ago(s->h, t_ms);
	else
		html_print(s->h, "%s", _("never"));
	end_fact(s->h);
}

/* « 31 December 2026 » of "2026-12-31" */
static void
add_day(struct html *h, const char *day)
{
	static const struct zone utc = { .offset_s = 0 };
	struct date date;
	struct buf words = BUF_INIT;
	if (date_read(day, strlen(day), &utc, &date) == 0) {
		words_day(&words, date.ms, &utc);
		html_print(h, "<time datetime=\"%s\">%s %d</time>", day, words.data, date.year);
	} else {
		html_print(h, "%s", day);
	}
	buf_done(&words);
}

static void
fact_contract(struct html *h, const struct contact *p)
{
	if (p->contract_from == NULL && p->contract_to == NULL)
		return;
	begin_fact(h, _("Contract"));
	if (p->contract_from != NULL) {
		html_print(h, "%s ", _("from"));
		add_day(h, p->contract_from);
	}
	if (p->contract_to != NULL) {
		html_print(h, " %s ", _("to"));
		add_day(h, p->contract_to);
	}
	end_fact(h);
}

/* « from 1st November to 31 March » of "11-01..03-31", of each of them. */
static void
fact_closed(struct html *h, const char *closed)
{
	static const struct zone utc = { .offset_s = 0 };
	enum { ANY_YEAR = 2000 };
	struct season season;
	struct buf words = BUF_INIT;
	if (closed == NULL || season_parse(closed, &season, NULL) != 0)
		return;
	for (size_t i = 0; i < season.n; i++) {
		const unsigned days[] = { season.spans[i].from, season.spans[i].to };
		for (size_t d = 0; d < 2; d++) {
			buf_fmt(&words, "%s%s ", d == 1 ? " " : i > 0 ? ", " : "", d == 0 ? _("from") : _("to"));
			words_day(&words, days_from_civil(ANY_YEAR, (int)days[d] / 100, (int)days[d] % 100) * DAY_MS, &utc);
		}
	}
	fact(h, _("Closed every year"), words.data);
	buf_done(&words);
}

/* Another partner, by its short name or its name; a link if it is one of ours. */
static void
fact_partner(const struct sheet *s, const char *title, const char *other)
{
	if (other == NULL || *other == '\0')
		return;
	const struct contact *known = contacts_find(s->contacts, other);
	const char *name = known != NULL ? known->name : other;
	begin_fact(s->h, title);
	if (known != NULL)
		html_print(s->h, "<a href=\"%s/partners/%s\">", s->h->root, known->partner);
	html_remote(s->h, name, strlen(name), 120);
	buf_str(s->h->out, known != NULL ? "</a>" : "");
	end_fact(s->h);
}

/* Its file says so, or another's says that it was replaced by this one. */
static const char *
predecessor_of(const struct sheet *s)
{
	if (s->p != NULL && s->p->predecessor != NULL)
		return s->p->predecessor;
	for (size_t i = 0; i < s->contacts->n; i++) {
		const char *by = s->contacts->list[i].replaced_by;
		if (by != NULL && (strcmp(by, s->partner) == 0 || strcmp(by, s->name) == 0))
			return s->contacts->list[i].name;
	}
	return NULL;
}

static void
add_agreed(const struct sheet *s)
{
	struct html *h = s->h;
	const struct contact *p = s->p;
	html_print(h, "<section aria-labelledby=\"agreed\">\n<h2 id=\"agreed\">%s</h2>\n<dl class=\"facts\">\n", _("Who it is"));
	fact(h, _("Theme"), p != NULL ? p->theme : row_text(s->q, "theme"));
	fact_link(h, _("Web site"), p != NULL ? p->website : row_text(s->q, "website"));
	if (p != NULL) {
		fact(h, _("Contact"), p->contact);
		fact_contract(h, p);
		fact(h, _("For charity"), p->charity);
		fact(h, _("Company (SIREN)"), p->siren);
		fact_closed(h, p->closed);
	}
	fact_partner(s, _("Replaces"), predecessor_of(s));
	fact_partner(s, _("Replaced by"), p != NULL ? p->replaced_by : row_text(s->q, "replaced_by"));
	buf_str(h->out, "</dl>\n</section>\n");
}

static void
add_offers(const struct sheet *s)
{
	struct html *h = s->h;
	int64_t n = row_integer(s->q, "listing_count"), outside = row_integer(s->q, "outside");
	begin_fact(h, _("Offers"));
	if (n > outside && row_integer(s->q, "withdrawn") == 0) {
		html_print(h, "<a href=\"%s/listings?partner=%s\">", h->root, s->partner);
		page_count(h, n - outside);
		buf_str(h->out, "</a>");
	} else {
		page_count(h, n - outside);
	}
	if (row_integer(s->q, "withdrawn") != 0)
		html_print(h, ", %s", _("not shown as long as it is not back"));
	if (outside > 0)
		html_print(h, n_(", and %" PRId64 " outside the territory", ", and %" PRId64 " outside the territory", outside),
		    outside);
	if (row_integer(s->q, "quarantined") > 0)
		html_print(h, n_(", %" PRId64 " unreadable", ", %" PRId64 " unreadable", row_integer(s->q, "quarantined")),
		    row_integer(s->q, "quarantined"));
	end_fact(h);
}

static void
add_read(const struct sheet *s)
{
	struct html *h = s->h;
	struct buf lasting = BUF_INIT;
	html_print(h, "<section aria-labelledby=\"read\">\n<h2 id=\"read\">%s</h2>\n<dl class=\"facts\">\n", _("How it is read"));
	if (s->q != NULL)
		add_offers(s);
	fact_ago(s, _("Last good reading"), "last_success");
	fact_ago(s, _("Last attempt"), "last_attempt");
	fact_ago(s, _("Last change"), "last_change");
	if (s->q != NULL && row_integer(s->q, "failures") > 0) {
		begin_fact(h, _("At the moment"));
		page_failures(h, row_integer(s->q, "failures"));
		end_fact(h);
	}
	if (s->p != NULL)
		words_lasting(&lasting, s->p->interval_ms);
	fact(h, _("Between two readings"), s->p != NULL ? lasting.data :
	    _("it is not read: it is switched off, or not in the settings any more"));
	if (s->q != NULL && row_integer(s->q, "held") > 0) {
		begin_fact(h, _("On hold"));
		page_held(h, row_integer(s->q, "held"), row_text(s->q, "hold"));
		end_fact(h);
	}
	buf_str(h->out, "</dl>\n</section>\n");
	buf_done(&lasting);
}

/* ---- drawings */

/* Nothing, before anything was thought of it. */
static void
add_chance(const struct sheet *s, const struct page_history *history)
{
	struct html *h = s->h;
	const int64_t from_ms = page_history_from(history, h->r->now_ms, drawn_ms);
	if (history->n == 0)
		return;
	html_print(h, "<figure>\n<figcaption>%s</figcaption>\n", _("Chance that it has closed"));
	page_chance(h, history, &s->now, from_ms);
	page_band(h, history, &s->now, from_ms);
	buf_str(h->out, "<p class=\"axis\">");
	html_time(h, from_ms);
	html_print(h, " <span>%s</span></p>\n</figure>\n", _("now"));
}

static int
add_history(const struct sheet *s, struct error *err)
{
	struct html *h = s->h;
	struct page_history history;
	struct page_runs runs;
	int rc = page_history_read(h->x->catalogue, s->partner, &history, err);
	if (rc == 0 && (rc = page_runs_read(h->x->catalogue, s->partner, &runs, err)) == 0 && runs.n > 0) {
		html_print(h, "<section class=\"history\" aria-labelledby=\"history\">\n<h2 id=\"history\">%s</h2>\n", _("Its history"));
		add_chance(s, &history);
		html_print(h, "<figure>\n<figcaption>%s</figcaption>\n", _("Offers at each of the latest readings"));
		page_bars(h, &runs);
		buf_str(h->out, "<p class=\"axis\">");
		html_time(h, runs.list[0].started_ms);
		buf_char(h->out, ' ');
		html_time(h, runs.list[runs.n - 1].started_ms);
		buf_str(h->out, "</p>\n</figure>\n</section>\n");
	}
	page_history_done(&history);
	return rc;
}

/* ---- the page */

static void
add_title(const struct sheet *s)
{
	struct html *h = s->h;
	buf_str(h->out, "<div class=\"title\">\n<h1>");
	html_remote(h, s->name, strlen(s->name), 200);
	buf_str(h->out, "</h1>\n<p class=\"state\">");
	page_badge(h, s->now.verdict);
	if (s->q != NULL && row_time_ms(s->q, "verdict_since") != TIME_NONE) {
		html_print(h, " %s ", _("since"));
		html_time(h, row_time_ms(s->q, "verdict_since"));
	}
	buf_str(h->out, "</p>\n");
	buf_str(h->out, "<p class=\"printed\">");
	html_time(h, h->r->now_ms);
	buf_str(h->out, "</p>\n");
	html_print(h, "<button type=\"button\" class=\"print\" hidden>%s</button>\n</div>\n", _("Print this sheet"));
}

static int
add_sheet(const struct sheet *s, struct error *err)
{
	static const char *const scripts[] = { "page.js", NULL };
	struct html *h = s->h;
	html_head(h, &(struct html_head){ .title = s->name, .place = HTML_PARTNERS, .scripts = scripts,
	    .more = "<meta name=\"robots\" content=\"noindex\">\n" });	/* it has contacts */
	buf_str(h->out, "<article class=\"sheet\">\n");
	add_title(s);
	if (s->q != NULL && s->now.verdict != VERDICT_ALIVE && page_why(h, &s->now, err) != 0)
		return -1;
	if (s->q != NULL && page_answers(h, s->partner, row_integer(s->q, "held"), row_text(s->q, "hold"), err) != 0)
		return -1;
	buf_str(h->out, "<div class=\"pair\">\n");
	add_agreed(s);
	add_read(s);
	buf_str(h->out, "</div>\n");
	if (s->q != NULL && (add_history(s, err) != 0 || page_log(h, s->partner, err) != 0))
		return -1;
	buf_str(h->out, "</article>\n");
	return 0;
}

static int
answer_sheet(struct sheet *s, struct answer *a, struct error *err)
{
	struct html h;
	s->name = s->q != NULL ? row_text(s->q, "name") : s->p->name;
	s->now = (struct page_now){ s->partner, VERDICT_NEVER_SEEN, 0 };
	if (s->q != NULL) {
		s->now.verdict = page_verdict(row_text(s->q, "verdict"));
		s->now.probability = row_real(s->q, "probability");
	}
	html_begin(&h, s->x, s->r, a);
	s->h = &h;
	int rc = add_sheet(s, err);
	html_end(&h);
	a->unstable = true;	/* it says how long ago things were */
	return rc;
}

static int
handle_partner(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	struct contacts *contacts = server_contacts(x->server);
	struct sheet s = { .x = x, .r = r, .partner = r->path[0], .contacts = contacts };
	f.partner = s.partner;
	struct catalogue_cursor *q = catalogue_query(x->catalogue, VIEW_PARTNERS, &f, err);
	int rc = q != NULL ? cursor_next(q, err) : -1;
	s.q = rc == 1 ? q : NULL;
	s.p = contacts_find(contacts, s.partner);
	if (s.p != NULL && strcmp(s.p->partner, s.partner) != 0)
		s.p = NULL;	/* a name for people */
	if (rc >= 0 && s.q == NULL && s.p == NULL)
		rc = answer_problem(a, 404, "not-found", "There is no partner %s.", s.partner);
	else if (rc >= 0)
		rc = answer_sheet(&s, a, err);
	cursor_close(q);
	contacts_drop(contacts);
	return rc;
}

static const struct variant variants[] = { { "html", "text/html", "application/xhtml+xml" }, { NULL, NULL, NULL } };
static const struct parameter *const none[] = { NULL };

const struct route page_partner_routes[] = {
	{ .path = "/partners/{partner}", .methods = METHOD_GET, .handle = handle_partner, .parameters = none,
	    .variants = variants },
	{ .path = NULL },
};
