/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks as plain text in 72 columns. */
#include "alert/blocks.h"
#include "base/buf.h"
#include "base/utf8.h"

/* How a kind begins: its first line, the others, and is an empty line before it? */
static const struct {
	const char *first, *rest;
	bool apart;
} looks[BLOCK_KINDS] = {
	[BLOCK_TITLE] = { "", "", true },
	[BLOCK_LEAD] = { "", "", true },
	[BLOCK_HEADING] = { "", "", true },
	[BLOCK_PARAGRAPH] = { "", "", true },
	[BLOCK_ITEM] = { "  - ", "    ", false },
	[BLOCK_ANSWER] = { "  - ", "    ", false },
	[BLOCK_COMMAND] = { "  - ", "    ", false },
	[BLOCK_SMALL] = { "", "", true },
};

/* Words are put on lines; only a plain space may become a line's end.  A word
 * that is longer than a line is cut. */
static void
wrap(struct buf *out, const char *text, const char *first, const char *rest)
{
	size_t indent = utf8_width(first, strlen(first)), used = indent;
	bool fresh = true;
	buf_str(out, first);
	while (*text != '\0') {
		size_t len = strcspn(text, " \n"), width = utf8_width(text, len);
		if (!fresh && used + 1 + width > LETTER_COLUMNS) {
			buf_fmt(out, "\n%s", rest);
			used = indent;
			fresh = true;
		}
		if (used + width > LETTER_COLUMNS) {
			len = utf8_prefix(text, len, LETTER_COLUMNS - used);
			width = utf8_width(text, len);
		}
		if (!fresh && len > 0) {
			buf_char(out, ' ');
			used++;
		}
		buf_add(out, text, len);
		used += width;
		fresh = fresh && len == 0;
		text += len;
		text += strspn(text, " \n");
	}
	buf_char(out, '\n');
}

static void
underline(struct buf *out, const char *text, char c)
{
	size_t width = utf8_width(text, strlen(text));
	for (size_t i = 0; i < width && i < LETTER_COLUMNS; i++)
		buf_char(out, c);
	buf_char(out, '\n');
}

static void
add_block(struct buf *out, const struct block *b)
{
	struct buf line = BUF_INIT;
	const char *first = looks[b->kind].first, *rest = looks[b->kind].rest;
	wrap(out, b->text, first, rest);
	if (b->kind == BLOCK_TITLE)
		underline(out, b->text, '=');
	if (b->kind == BLOCK_HEADING)
		underline(out, b->text, '-');
	if (b->aside != NULL && b->aside[0] != '\0') {
		bool typed = b->kind == BLOCK_ANSWER || b->kind == BLOCK_COMMAND;
		buf_fmt(&line, typed ? "%s" : "(%s)", b->aside);
		wrap(out, buf_cstr(&line), typed ? "        " : rest, typed ? "        " : rest);
	}
	/* A mailto: is for a finger; whoever reads this writes by hand. */
	if (b->link != NULL && b->kind != BLOCK_ANSWER)
		wrap(out, b->link, rest, rest);
	buf_done(&line);
}

static bool
is_list(enum block_kind kind)
{
	return !looks[kind].apart;
}

void
blocks_text(const struct blocks *b, struct buf *out)
{
	for (size_t i = 0; i < b->n; i++) {
		enum block_kind kind = b->list[i].kind, before = i > 0 ? b->list[i - 1].kind : BLOCK_TITLE;
		bool glued = before == BLOCK_HEADING || (is_list(kind) && is_list(before));
		if (i > 0 && !glued)
			buf_char(out, '\n');
		if (kind == BLOCK_SMALL && before != BLOCK_SMALL)
			buf_str(out, "-- \n");
		add_block(out, &b->list[i]);
	}
}
