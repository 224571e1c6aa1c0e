/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages for people.  Every page begins and ends here, so that all have the same
 * navigation, language, style sheet and Content-Security-Policy: nothing
 * inline, nothing from elsewhere but map tiles if [serve] names them.
 *
 *	struct html h;
 *	html_begin(&h, x, r, a);		_() speaks the reader's language from here on
 *	html_head(&h, &(struct html_head){ .title = _("Listings"), .place = HTML_LISTINGS });
 *	html_print(&h, "<p lang=\"%s\">%s</p>\n", language, title);	%s is escaped
 *	html_end(&h);
 *
 * A page is good without scripts; they only add to it.
 */
#ifndef VIGIE_SERVE_HTML_H
#define VIGIE_SERVE_HTML_H

#include <stdarg.h>

#include "alert/letter_words.h"
#include "alert/speech.h"
#include "serve/route.h"

enum html_place { HTML_ELSEWHERE, HTML_PARTNERS, HTML_LISTINGS, HTML_DATA };	/* in the navigation */

struct html {
	struct buf *out;		/* the answer's body */
	struct exchange *x;
	const struct request *r;
	const char *root;		/* before a path in links: "", or the path of the public url */
	struct zone zone;		/* the office's */
	struct speech speech;
};

struct html_head {
	const char *title;		/* text */
	enum html_place place;
	const char *const *scripts;	/* files of /assets/, ends with NULL; NULL: none */
	bool map;			/* with Leaflet, if it is there */
	const char *more;		/* HTML for the head: links to other forms, JSON-LD; NULL */
};

/* Between them nothing returns without html_end(), which only closes what is open.  Without `x` (NULL) a page has no
 * name of the office, and no tiles. */
void html_begin(struct html *h, struct exchange *x, const struct request *r, struct answer *a);
void html_head(struct html *h, const struct html_head *head);
void html_end(struct html *h);

/*
 * Appends `fmt` with its values: %s is escaped, for text and for attributes in
 * double quotes, and so are the bytes of %.Ns and %.*s; %d, %ld (PRId64), %zu
 * and %.Nf are numbers.
 * There is nothing else.
 */
void html_print(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void html_format(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void html_vformat(struct buf *out, const char *fmt, va_list *args);
/* The one place that escapes.  What no XML or HTML may hold becomes U+FFFD. */
void html_escape(struct buf *out, const char *s, size_t len);

/* A text that others wrote, which may turn the writing direction; at most `max` bytes of it, 0: all. */
void html_remote(struct html *h, const char *s, size_t len, size_t max);
/* <a>, when it leads to the web; else the text alone. */
void html_link(struct html *h, const char *url, const char *text);
/* <time>, as a person says it. */
void html_time(struct html *h, int64_t t_ms);
void html_ago(struct html *h, int64_t t_ms);

#endif
