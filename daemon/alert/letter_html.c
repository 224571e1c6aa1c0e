/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks as HTML for a telephone: one column, styles in place (most mail programs
 * drop others), nothing remote.  The style sheet in the head only says what
 * is different in the dark.
 */
#include "alert/blocks.h"
#include "alert/letter_words.h"
#include "base/buf.h"

static const struct {
	const char *band, *name;
} tones[TONES] = {
	[TONE_PLAIN] = { "#1d4f7c", N_("For information") },
	[TONE_GOOD] = { "#1e6b3c", N_("Good news") },
	[TONE_CARE] = { "#8a5200", N_("To be checked") },
	[TONE_BAD] = { "#a3231f", N_("Please act") },
};

static const char dark_style[] =
    ":root{color-scheme:light dark}"
    "@media (prefers-color-scheme:dark){"
    ".page,.card{background:#15191e!important}"
    ".card,.card p,.card li,.card h2{color:#e8eaed!important}"
    ".card .quiet{color:#a9b1ba!important}"
    ".card .lead{background:#232a32!important}"
    ".card a.site{color:#8ab8e6!important}"
    ".card code{background:#232a32!important;color:#e8eaed!important}}";

#define FONT "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;"

static const struct {
	const char *open, *close;
} tags[BLOCK_KINDS] = {
	[BLOCK_TITLE] = { "", "" },
	[BLOCK_LEAD] = { "<p class=\"lead\" style=\"margin:0 0 16px;padding:12px 14px;border-radius:6px;"
	    "background:#f1f4f7;font-size:17px;line-height:1.45;font-weight:600\">", "</p>\n" },
	[BLOCK_HEADING] = { "<h2 style=\"margin:26px 0 8px;font-size:17px;line-height:1.3\">", "</h2>\n" },
	[BLOCK_PARAGRAPH] = { "<p style=\"margin:0 0 12px\">", "</p>\n" },
	[BLOCK_ITEM] = { "<li style=\"margin:0 0 10px\">", "</li>\n" },
	[BLOCK_ANSWER] = { "<p style=\"margin:0 0 10px\">", "</p>\n" },
	[BLOCK_COMMAND] = { "<p class=\"quiet\" style=\"margin:0 0 6px;font-size:14px;color:#5a6570\">", "</p>\n" },
	[BLOCK_SMALL] = { "<p class=\"quiet\" style=\"margin:14px 0 0;font-size:13px;line-height:1.45;color:#5a6570\">",
	    "</p>\n" },
};

static void
escape(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '&':
			buf_str(out, "&amp;");
			break;
		case '<':
			buf_str(out, "&lt;");
			break;
		case '>':
			buf_str(out, "&gt;");
			break;
		case '"':
			buf_str(out, "&quot;");
			break;
		case '\'':
			buf_str(out, "&#39;");
			break;
		default:
			buf_char(out, *s);
		}
}

static void
add_head(const struct blocks *b, const char *title, struct buf *out)
{
	buf_fmt(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>", letter_language_tag());
	escape(out, title);
	buf_fmt(out, "</title>\n<style>%s</style>\n</head>\n", dark_style);
	buf_str(out, "<body class=\"page\" style=\"margin:0;padding:0;background:#e9edf1;" FONT "\">\n"
	    "<div class=\"card\" style=\"max-width:600px;margin:0 auto;background:#ffffff;color:#1c2228;"
	    "font-size:16px;line-height:1.5;overflow-wrap:break-word\">\n");
	const char *heading = b->n > 0 && b->list[0].kind == BLOCK_TITLE ? b->list[0].text : title;
	buf_fmt(out, "<div style=\"padding:18px 18px 20px;background:%s;color:#ffffff\">\n"
	    "<div style=\"font-size:13px;line-height:1.4;color:#ffffff\">Vigie \302\267 ", tones[b->tone].band);
	escape(out, _(tones[b->tone].name));
	buf_str(out, "</div>\n<h1 style=\"margin:6px 0 0;font-size:23px;line-height:1.25;color:#ffffff\">");
	escape(out, heading);
	buf_str(out, "</h1>\n</div>\n<div style=\"padding:18px 18px 24px\">\n");
}

static void
add_button(struct buf *out, const struct block *b)
{
	buf_str(out, "<a href=\"");
	escape(out, b->link);
	buf_str(out, "\" style=\"display:block;padding:9px 16px;line-height:1.35;border-radius:6px;background:#1d4f7c;color:#ffffff;"
	    "text-align:center;text-decoration:none;font-weight:600\">");
	escape(out, b->text);
	buf_str(out, "<br><span style=\"font-size:13px;font-weight:400;color:#ffffff\">");
	escape(out, b->aside);
	buf_str(out, "</span></a>");
}

static void
add_command(struct buf *out, const struct block *b)
{
	escape(out, b->text);
	buf_str(out, "<br><code style=\"padding:2px 6px;border-radius:4px;background:#f1f4f7;color:#1c2228;"
	    "font-size:14px\">");
	escape(out, b->aside);
	buf_str(out, "</code>");
}

static void
add_site(struct buf *out, const char *link)
{
	buf_str(out, "<br><a class=\"site\" href=\"");
	escape(out, link);
	buf_str(out, "\" style=\"color:#1d4f7c\">");
	escape(out, link);
	buf_str(out, "</a>");
}

static void
add_block(struct buf *out, const struct block *b)
{
	buf_str(out, tags[b->kind].open);
	if (b->kind == BLOCK_ANSWER && b->link != NULL && b->aside != NULL) {
		add_button(out, b);
	} else if (b->aside != NULL && (b->kind == BLOCK_COMMAND || b->kind == BLOCK_ANSWER)) {
		add_command(out, b);
	} else {
		escape(out, b->text);
		if (b->aside != NULL && b->aside[0] != '\0') {
			buf_str(out, "<br><span class=\"quiet\" style=\"font-size:14px;color:#5a6570\">");
			escape(out, b->aside);
			buf_str(out, "</span>");
		}
		if (b->link != NULL)
			add_site(out, b->link);
	}
	buf_str(out, tags[b->kind].close);
}

/* The second title and those that follow, of a letter on several partners. */
static void
add_title(struct buf *out, const char *text)
{
	buf_str(out, "<h2 style=\"margin:34px 0 12px;padding-top:18px;border-top:3px solid #c5ccd3;font-size:20px;"
	    "line-height:1.3\">");
	escape(out, text);
	buf_str(out, "</h2>\n");
}

void
blocks_html(const struct blocks *b, const char *title, struct buf *out)
{
	bool listing = false;
	add_head(b, title, out);
	for (size_t i = 0; i < b->n; i++) {
		bool item = b->list[i].kind == BLOCK_ITEM;
		if (item != listing)
			buf_str(out, item ? "<ul style=\"margin:0 0 12px;padding-left:22px\">\n" : "</ul>\n");
		listing = item;
		if (b->list[i].kind != BLOCK_TITLE)
			add_block(out, &b->list[i]);
		else if (i > 0)
			add_title(out, b->list[i].text);
	}
	buf_str(out, listing ? "</ul>\n" : "");
	buf_str(out, "</div>\n</div>\n</body>\n</html>\n");
}
