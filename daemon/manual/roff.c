/* SPDX-License-Identifier: Apache-2.0 */
#include "manual/roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/utf8.h"

enum {
	WORD_LONG = 30,		/* longer words may be broken after a slash and the like */
	LINE_MAX_BYTES = 72	/* of the page's source, if its words allow */
};

static uint32_t
code_point(const char *s, size_t n)
{
	static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)s[0] & first_bits[n];
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

/* One character; returns its bytes. */
static size_t
put_character(struct buf *out, const char *s, size_t left)
{
	size_t n = utf8_sequence(s, left);
	if (n > 1)
		buf_fmt(out, "\\[u%04X]", code_point(s, n));
	else if (*s == '\\')
		buf_str(out, "\\e");
	else if (*s == '"')
		buf_str(out, "\\(dq");
	else if (*s == '-')
		buf_str(out, "\\-");
	else if (*s == '~')
		buf_str(out, "\\(ti");
	else if (*s == '^')
		buf_str(out, "\\(ha");
	else if (*s == '\'')
		buf_str(out, "\\(aq");
	else
		buf_char(out, *s);
	return n > 1 ? n : 1;
}

static void
put_word(struct buf *out, const char *word, size_t len)
{
	for (size_t i = 0; i < len; ) {
		char c = word[i];
		i += put_character(out, word + i, len - i);
		if (len > WORD_LONG && i < len && strchr("/=&,.}", c) != NULL)
			buf_str(out, "\\:");
	}
}

/* troff begins a sentence on a line of its own. */
static bool
ends_sentence(const char *word, size_t len)
{
	return len > 1 && strchr(".?!", word[len - 1]) != NULL && word[len - 2] != '.';
}

/* Words from `text` on, of which the first begins the line. */
static void
put_words(struct buf *out, const char *text)
{
	size_t start = out->len;
	for (text += strspn(text, " \n"); *text != '\0'; text += strspn(text, " \n")) {
		size_t len = strcspn(text, " \n");
		if (out->len > start)
			buf_char(out, out->len - start + len < LINE_MAX_BYTES ? ' ' : '\n');
		if (out->data != NULL && out->len > 0 && out->data[out->len - 1] == '\n') {
			start = out->len;
			buf_str(out, strchr(".'", *text) != NULL ? "\\&" : "");
		}
		put_word(out, text, len);
		text += len;
		if (ends_sentence(text - len, len) && *text != '\0') {
			buf_char(out, '\n');
			start = out->len;
		}
	}
}

void
roff_text(struct buf *out, const char *text)
{
	put_words(out, text);
	buf_char(out, '\n');
}

void
roff_sentence(struct buf *out, const char *text)
{
	char *sentence = xstrdup(text);
	size_t len = strlen(sentence);
	sentence[0] = (char)toupper((unsigned char)sentence[0]);
	put_words(out, sentence);
	buf_str(out, len > 0 && strchr(".?!", sentence[len - 1]) == NULL ? ".\n" : "\n");
	free(sentence);
}

void
roff_argument(struct buf *out, const char *text)
{
	buf_str(out, "\"\\&");
	put_word(out, text, strlen(text));
	buf_str(out, "\\&\"");
}

/* ---- usages */

static void
put_value(struct buf *out, const char *word, size_t len, bool repeated)
{
	buf_str(out, ".Ar ");
	for (size_t i = 0; i < len; i++)
		buf_char(out, (char)tolower((unsigned char)word[i]));
	buf_str(out, repeated ? " ...\n" : "\n");
}

/* A word without its brackets. */
static void
put_bare(struct buf *out, const char *word, size_t len)
{
	bool repeated = len > 3 && memcmp(word + len - 3, "...", 3) == 0;
	len -= repeated ? 3 : 0;
	if (len == 1 && *word == '|')
		buf_str(out, "|\n");
	else if (len > 2 && memcmp(word, "--", 2) == 0)
		buf_fmt(out, ".Fl -%.*s\n", (int)len - 2, word + 2);
	else if (isupper((unsigned char)*word))
		put_value(out, word, len, repeated);
	else
		buf_fmt(out, ".Cm %.*s\n", (int)len, word);
}

void
roff_usage(struct buf *out, const char *usage)
{
	for (usage += strspn(usage, " "); *usage != '\0'; usage += strspn(usage, " ")) {
		size_t len = strcspn(usage, " ");
		bool opens = usage[0] == '[', closes = usage[len - 1] == ']';
		if (opens)
			buf_str(out, ".Oo\n");
		put_bare(out, usage + opens, len - opens - closes);
		if (closes)
			buf_str(out, ".Oc\n");
		usage += len;
	}
}
