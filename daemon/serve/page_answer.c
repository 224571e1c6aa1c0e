/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What staff answer to a letter, as forms on a partner's sheet: there only if
 * something can be answered, and [serve] has a token.  They carry the token in
 * a field, never in a cookie, so no other page can send them.
 */
#include <math.h>

#include "alert/reply.h"
#include "config/config.h"
#include "serve/page.h"
#include "show/row.h"

static const struct {
	const char *label, *text;
} answers[] = {
	{ "ack", N_("Seen, I take care of it") },
	{ "snooze", N_("Remind me in 7 days") },
	{ "dismiss", N_("This is wrong: it works") },
	{ "confirm", N_("Confirmed: it has closed") },
};

/* 1: an alert of it is not over; 0, -1. */
static int
is_open(struct html *h, const char *partner, struct error *err)
{
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	f.partner = partner;
	f.limit = 1;
	struct catalogue_cursor *q = catalogue_query(h->x->catalogue, VIEW_ALERTS, &f, err);
	int rc = q != NULL ? cursor_next(q, err) : -1;
	if (rc == 1)
		rc = *row_text(q, "closed_at") == '\0';
	cursor_close(q);
	return rc;
}

static void
begin_form(struct html *h, const char *partner, const char *action)
{
	html_print(h, "<form class=\"answer\" method=\"post\" action=\"%s/partners/%s/%s\">\n", h->root, partner, action);
}

/* page.js keeps it until the window is closed. */
static void
add_token(struct html *h, const char *action)
{
	html_print(h, "<p><label for=\"token-%s\">%s</label>\n<input id=\"token-%s\" type=\"password\" name=\"token\" required"
	    " autocomplete=\"off\" data-keep></p>\n", action, _("The token of the office"), action);
}

static void
add_answers(struct html *h, const char *partner)
{
	begin_form(h, partner, "answer");
	html_print(h, "<p><label for=\"by\">%s</label>\n<input id=\"by\" type=\"text\" name=\"by\" maxlength=\"%d\" autocomplete=\"name\" data-keep></p>\n",
	    _("Your name"), REPLY_BY_MAX - 1);
	/* Four bytes a character, at most. */
	html_print(h, "<p><label for=\"note\">%s</label>\n<input id=\"note\" type=\"text\" name=\"note\" maxlength=\"%d\"></p>\n", _("Note"),
	    REPLY_NOTE_MAX / 4);
	add_token(h, "answer");
	buf_str(h->out, "<p class=\"buttons\">\n");
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		html_print(h, "<button name=\"answer\" value=\"%s\">%s</button>\n", answers[i].label, _(answers[i].text));
	buf_str(h->out, "</p>\n</form>\n");
}

static void
add_accept(struct html *h, const char *partner, int64_t held, const char *hold)
{
	begin_form(h, partner, "accept");
	buf_str(h->out, "<p class=\"buttons\">");
	page_held(h, held, hold);
	buf_str(h->out, "</p>\n");
	add_token(h, "accept");
	html_print(h, "<p class=\"buttons\"><button>%s</button></p>\n</form>\n", _("They are right: remove them"));
}

int
page_answers(struct html *h, const char *partner, int64_t held, const char *hold, struct error *err)
{
	if (h->x->config->serve.token == NULL)
		return 0;
	const int open = is_open(h, partner, err);
	if (open < 0 || (open == 0 && held == 0))
		return open;
	html_print(h, "<section class=\"answers\" aria-labelledby=\"answer\">\n<h2 id=\"answer\">%s</h2>\n", _("Your answer"));
	if (open == 1)
		add_answers(h, partner);
	if (held > 0)
		add_accept(h, partner, held, hold);
	buf_str(h->out, "</section>\n");
	return 0;
}
