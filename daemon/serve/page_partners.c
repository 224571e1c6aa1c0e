/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first page: how the partners are, the worst first, what they offer on a
 * map, and a field to search it.
 */
#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "config/config.h"
#include "serve/page.h"
#include "serve/contacts.h"
#include "serve/server.h"
#include "show/row.h"

static const int64_t drawn_ms = INT64_C(90) * DAY_MS;

struct line {			/* one partner */
	char *partner, *name, *theme, *hold;
	enum verdict verdict;
	int64_t since_ms, success_ms, listings, held, failures;
	double probability;
	bool withdrawn;
};

struct overview {
	struct line *lines;
	size_t n;
	struct page_history history;
	int64_t from_ms;	/* of the drawings */
	size_t tones[TONES];
};

/* ---- reading */

static struct line *
add_line(struct overview *o)
{
	o->lines = xrealloc(o->lines, o->n + 1, sizeof *o->lines);
	o->lines[o->n] = (struct line){ .since_ms = TIME_NONE, .success_ms = TIME_NONE };
	return &o->lines[o->n++];
}

static int
read_catalogue(struct overview *o, struct catalogue *c, struct error *err)
{
	struct catalogue_cursor *q = catalogue_query(c, VIEW_PARTNERS, NULL, err);
	int rc = q != NULL ? 1 : -1;
	while (rc == 1 && (rc = cursor_next(q, err)) == 1) {
		struct line *l = add_line(o);
		*l = (struct line){ .partner = xstrdup(row_text(q, "partner")), .name = xstrdup(row_text(q, "name")),
			.theme = xstrdup(row_text(q, "theme")), .hold = xstrdup(row_text(q, "hold")),
			.verdict = page_verdict(row_text(q, "verdict")), .since_ms = row_time_ms(q, "verdict_since"),
			.success_ms = row_time_ms(q, "last_success"), .held = row_integer(q, "held"), .failures = row_integer(q, "failures"),
			.listings = row_integer(q, "listing_count") - row_integer(q, "outside"),
			.probability = row_real(q, "probability"), .withdrawn = row_integer(q, "withdrawn") != 0 };
	}
	cursor_close(q);
	return rc;
}

/* Those that are to be asked, and were not yet. */
static void
read_settings(struct overview *o, struct server *server)
{
	const size_t known = o->n;
	struct contacts *contacts = server_contacts(server);
	for (size_t i = 0; i < contacts->n; i++) {
		const struct contact *p = &contacts->list[i];
		size_t at = 0;
		while (at < known && strcmp(o->lines[at].partner, p->partner) != 0)
			at++;
		if (at < known)
			continue;
		struct line *l = add_line(o);
		l->partner = xstrdup(p->partner);
		l->name = xstrdup(p->name);
		l->theme = xstrdup(p->theme != NULL ? p->theme : "");
		l->hold = xstrdup("");
	}
	contacts_drop(contacts);
}

static enum tone
tone_of(const struct line *l)
{
	return l->verdict == VERDICT_NEVER_SEEN ? TONE_PLAIN : words_verdict(l->verdict)->tone;
}

static int
worst_first(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	if (tone_of(x) != tone_of(y))
		return tone_of(x) < tone_of(y) ? 1 : -1;
	if ((x->held > 0) != (y->held > 0))
		return x->held > 0 ? -1 : 1;
	return strcasecmp(x->name, y->name);
}

static int
read_overview(struct overview *o, struct html *h, struct error *err)
{
	if (read_catalogue(o, h->x->catalogue, err) != 0 || page_history_read(h->x->catalogue, NULL, &o->history, err) != 0)
		return -1;
	read_settings(o, h->x->server);
	o->from_ms = page_history_from(&o->history, h->r->now_ms, drawn_ms);
	if (o->n > 0)
		qsort(o->lines, o->n, sizeof *o->lines, worst_first);
	for (size_t i = 0; i < o->n; i++)
		o->tones[tone_of(&o->lines[i])]++;
	return 0;
}

static void
overview_done(struct overview *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->lines[i].partner);
		free(o->lines[i].name);
		free(o->lines[i].theme);
		free(o->lines[i].hold);
	}
	free(o->lines);
	page_history_done(&o->history);
}

/* ---- writing */

static void
add_sum(struct html *h, const char *tone, size_t n, const char *one, const char *many)
{
	if (n == 0)
		return;
	html_print(h, "<li class=\"%s\"><strong>%zu</strong> %s</li>\n", tone, n, n == 1 ? _(one) : _(many));
}

static void
add_entry(void *arg, const struct tally_entry *e)
{
	uint64_t *sum = arg;
	*sum += e->count;
}

static void
add_notice(struct html *h, int64_t since_ms, const char *text)
{
	if (since_ms == TIME_NONE)
		return;
	html_print(h, "<p class=\"notice\" role=\"status\">%s (", text);
	html_ago(h, since_ms);
	buf_str(h->out, ")</p>\n");
}

/* What makes all the rest doubtful. */
static void
add_notices(struct html *h)
{
	const struct server_gauges g = server_gauges(h->x->server);
	add_notice(h, g.blind_since_ms, _("Vigie itself sees nothing of the Internet: no partner is judged meanwhile."));
	add_notice(h, g.full_since_ms, _("The disk is full: no partner is read until there is room."));
	add_notice(h, g.mail_stuck_since_ms, _("Letters to staff cannot be sent: have the mail server looked at."));
}

static void
add_summary(struct html *h, const struct overview *o)
{
	uint64_t listings = 0;
	const char *office = h->x->config->office_name;
	tally_each(h->x->tally, add_entry, &listings);
	html_print(h, "<h1>%s</h1>\n<ul class=\"sums\">\n", office != NULL ? office : _("Our partners"));
	add_sum(h, "bad", o->tones[TONE_BAD], N_("partner needs you"), N_("partners need you"));
	add_sum(h, "care", o->tones[TONE_CARE], N_("partner to be checked"), N_("partners to be checked"));
	add_sum(h, "good", o->tones[TONE_GOOD], N_("partner is well"), N_("partners are well"));
	add_sum(h, "none", o->tones[TONE_PLAIN], N_("partner not read yet"), N_("partners not read yet"));
	buf_str(h->out, "<li class=\"count\"><strong>");
	page_count(h, (int64_t)listings);
	html_print(h, "</strong> %s</li>\n</ul>\n", n_("offer", "offers", listings));
	html_print(h, "<form class=\"search\" role=\"search\" action=\"%s/listings\">\n<label for=\"q\">%s</label>\n"
	    "<input id=\"q\" type=\"search\" name=\"q\" maxlength=\"200\" placeholder=\"%s\">\n<button>%s</button>\n</form>\n",
	    h->root, _("Search the offers"), _("canoe, Marmande, family room…"), _("Search"));
}

static void
add_state(struct html *h, const struct line *l)
{
	struct buf chance = BUF_INIT;
	page_badge(h, l->verdict);
	if (l->since_ms != TIME_NONE && l->verdict != VERDICT_ALIVE && l->verdict != VERDICT_NEVER_SEEN) {
		buf_str(h->out, " <small>");
		html_ago(h, l->since_ms);
		buf_str(h->out, "</small>");
	}
	if (l->probability >= 0.01 && l->verdict != VERDICT_ALIVE) {
		words_chance(&chance, l->probability);
		buf_str(h->out, "<br><small>");
		html_print(h, _("Closed for good: %s."), chance.data);
		buf_str(h->out, "</small>");
	}
	if (l->withdrawn)
		html_print(h, "<br><small>%s</small>", _("Its offers are not shown."));
	if (l->held > 0) {
		buf_str(h->out, "<br><small>");
		page_held(h, l->held, l->hold);
		buf_str(h->out, "</small>");
	}
	buf_done(&chance);
}

static int
add_partner(struct html *h, const struct overview *o, const struct line *l, struct error *err)
{
	const struct page_now now = { l->partner, l->verdict, l->probability };
	struct page_runs runs;
	if (page_runs_read(h->x->catalogue, l->partner, &runs, err) != 0)
		return -1;
	html_print(h, "<li class=\"partner %s\">\n<h3><a href=\"%s/partners/%s\">", page_tone(l->verdict), h->root, l->partner);
	html_remote(h, l->name, strlen(l->name), 120);
	buf_str(h->out, "</a></h3>\n<p class=\"theme\">");
	html_remote(h, l->theme, strlen(l->theme), 120);
	buf_str(h->out, "</p>\n<p class=\"state\">");
	add_state(h, l);
	buf_str(h->out, "</p>\n<p class=\"facts\">");
	if (l->listings > 0 && !l->withdrawn) {
		html_print(h, "<a href=\"%s/listings?partner=%s\">", h->root, l->partner);
		page_count(h, l->listings);
		html_print(h, " %s</a> \302\267 ", n_("offer", "offers", l->listings));
	}
	if (l->success_ms != TIME_NONE) {
		html_print(h, "%s ", _("read"));
		html_ago(h, l->success_ms);
	} else {
		html_print(h, "%s", _("never read"));
	}
	if (l->failures > 0)
		buf_str(h->out, " \302\267 ");
	page_failures(h, l->failures);
	buf_str(h->out, "</p>\n<div class=\"drawn\">\n");
	if (runs.n > 0) {
		page_bars(h, &runs);
		page_band(h, &o->history, &now, o->from_ms);
	}
	buf_str(h->out, "</div>\n</li>\n");
	return 0;
}

static int
add_partners(struct html *h, const struct overview *o, struct error *err)
{
	struct buf lasting = BUF_INIT;
	html_print(h, "<section class=\"partners\" aria-labelledby=\"partners\">\n<h2 id=\"partners\">%s</h2>\n", _("Partners"));
	if (o->n == 0)
		html_print(h, "<p>%s</p>\n", _("There are no partners yet: each has a file of its own in the settings."));
	words_lasting(&lasting, h->r->now_ms - o->from_ms);
	if (o->history.n > 0) {	/* else no band is drawn */
		html_print(h, "<p class=\"legend\">%s ", _("Bars: offers at each reading. Band:"));
		html_print(h, _("how it fared over %s."), lasting.data);
		buf_str(h->out, "</p>\n");
	}
	buf_str(h->out, "<ul class=\"cards\">\n");
	buf_done(&lasting);
	for (size_t i = 0; i < o->n; i++)
		if (add_partner(h, o, &o->lines[i], err) != 0)
			return -1;
	buf_str(h->out, "</ul>\n</section>\n");
	return 0;
}

static int
add_page(struct html *h, struct error *err)
{
	static const char *const scripts[] = { "map.js", NULL };
	struct overview o = { .lines = NULL };
	int rc = read_overview(&o, h, err);
	if (rc == 0) {
		struct buf more = BUF_INIT;
		html_format(&more, "<link rel=\"alternate\" type=\"application/json\" href=\"%s/?f=json\">\n"
		    "<link rel=\"service-desc\" type=\"application/vnd.oai.openapi+json;version=3.0\" href=\"%s/api\">\n", h->root, h->root);
		html_head(h, &(struct html_head){ .title = _("Partners"), .place = HTML_PARTNERS, .scripts = scripts, .map = true,
		    .more = more.data });
		buf_done(&more);
		add_notices(h);
		add_summary(h, &o);
		buf_str(h->out, "<div class=\"columns\">\n");
		rc = add_partners(h, &o, err);
		html_print(h, "<section class=\"where\" aria-labelledby=\"where\">\n<h2 id=\"where\">%s</h2>\n", _("Where"));
		page_map(h, &(struct page_map){ .query = "", .label = _("Map of the offers") });
		buf_str(h->out, "</section>\n</div>\n");
	}
	overview_done(&o);
	return rc;
}

int
page_home(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct html h;
	html_begin(&h, x, r, a);
	int rc = add_page(&h, err);
	html_end(&h);
	a->unstable = true;	/* it says how long ago things were */
	return rc;
}
