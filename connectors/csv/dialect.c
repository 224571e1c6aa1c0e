/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/dialect.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

/* ---- encoding */

static const struct mark {
	const char *bytes;
	size_t len;
	const char *encoding;
} marks[] = {
	{ "\xef\xbb\xbf", 3, "utf-8" },
	{ "\xff\xfe", 2, "utf-16le" },
	{ "\xfe\xff", 2, "utf-16be" },
};

/* What a server may say: iconv is given no name that comes from outside. */
static const char *const charsets[] = {
	"iso-8859-15", "iso-8859-2", "windows-1250", "macintosh", "ibm850", "utf-16le", "utf-16be",
};

/* Latin text in UTF-16 has a zero in every other byte. */
static const char *
find_utf16(struct vigie_bytes head)
{
	size_t zeros[2] = { 0, 0 };
	for (size_t i = 0; i < head.len; i++)
		zeros[i & 1] += head.s[i] == '\0';
	if (zeros[0] == 0 && zeros[1] > head.len / 4)
		return "utf-16le";
	return zeros[1] == 0 && zeros[0] > head.len / 4 ? "utf-16be" : NULL;
}

/* A character that the end of the head cuts is none that is wrong. */
static bool
is_utf8(struct vigie_bytes head)
{
	for (size_t i = 0; i < head.len;) {
		size_t n = utf8_sequence(head.s + i, head.len - i);
		if (n == 0)
			return head.len - i < 4 && head.len >= DIALECT_HEAD_BYTES;
		i += n;
	}
	return true;
}

static bool
is_ascii(struct vigie_bytes head)
{
	for (size_t i = 0; i < head.len; i++)
		if ((head.s[i] & 0x80) != 0)
			return false;
	return true;
}

static const char *
find_charset(const char *content_type)
{
	const char *s = strcasestr(content_type, "charset=");
	if (s == NULL)
		return NULL;
	s += strlen("charset=");
	s += *s == '"';
	for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++) {
		size_t len = strlen(charsets[i]);
		if (strncasecmp(s, charsets[i], len) == 0 && strchr("\" ;", s[len]) != NULL)
			return charsets[i];
	}
	return NULL;
}

const char *
dialect_encoding(struct vigie_bytes head, const char *stated, const char *content_type, size_t *ret_mark)
{
	*ret_mark = 0;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (head.len >= marks[i].len && memcmp(head.s, marks[i].bytes, marks[i].len) == 0) {
			*ret_mark = marks[i].len;
			return marks[i].encoding;
		}
	if (stated != NULL)
		return stated;
	const char *found = find_utf16(head);
	if (found != NULL)
		return found;
	bool utf8 = is_utf8(head), ascii = is_ascii(head);
	if (!utf8 || ascii)
		found = find_charset(content_type);
	return found != NULL ? found : utf8 ? "utf-8" : "windows-1252";
}

struct vigie_bytes
dialect_unmarked(struct vigie_bytes text)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t len = sizeof mark - 1;
	while (text.len >= len && memcmp(text.s, mark, len) == 0)
		text = (struct vigie_bytes){ text.s + len, text.len - len };
	return text;
}

/* ---- what is no CSV */

static const struct stranger {
	const char *begin, *problem;
} strangers[] = {
	{ "<!doctype html", "this is an HTML page, not CSV" },
	{ "<html", "this is an HTML page, not CSV" },
	{ "<", "this is XML or HTML, not CSV" },
	{ "{", "this is JSON, not CSV" },
	{ "[{", "this is JSON, not CSV" },
	{ "[]", "this is JSON, not CSV" },
	{ "%PDF", "this is a PDF, not CSV" },
	{ "PK\003\004", "this is an archive or a spreadsheet (ZIP), not CSV" },
	{ "BEGIN:VCALENDAR", "this is iCalendar, not CSV" },
};

const char *
dialect_refuse(struct vigie_bytes head)
{
	size_t i = 0;
	while (i < head.len && strchr(" \t\r\n", head.s[i]) != NULL && head.s[i] != '\0')
		i++;
	for (size_t k = 0; k < sizeof strangers / sizeof strangers[0]; k++) {
		size_t len = strlen(strangers[k].begin);
		if (head.len - i >= len && strncasecmp(head.s + i, strangers[k].begin, len) == 0)
			return strangers[k].problem;
	}
	return memchr(head.s, '\0', head.len) != NULL ? "there are zero bytes: this is no text, so not CSV" : NULL;
}

/* ---- separator */

static const char separators[] = { ';', '\t', '|', ',' };
enum { SEPARATORS = sizeof separators };

static char
said_separator(struct vigie_bytes head, size_t *ret_skip)
{
	static const char say[] = "sep=";
	const size_t len = sizeof say - 1;
	if (head.len < len + 2 || strncasecmp(head.s, say, len) != 0 || strchr("\r\n", head.s[len + 1]) == NULL)
		return '\0';
	const char *found = memchr(separators, head.s[len], SEPARATORS);
	if (found == NULL)
		return '\0';
	*ret_skip = len + 2;
	return *found;
}

char
dialect_separator(struct vigie_bytes head, size_t *ret_skip)
{
	size_t counts[SEPARATORS] = { 0 }, best = SEPARATORS - 1;
	bool quoted = false, begun = false;
	*ret_skip = 0;
	char said = said_separator(head, ret_skip);
	if (said != '\0')
		return said;
	for (size_t i = 0; i < head.len; i++) {
		char c = head.s[i];
		const char *found = quoted ? NULL : memchr(separators, c, SEPARATORS);
		bool ends = !quoted && (c == '\n' || c == '\r');
		if (ends && begun)
			break;
		begun = begun || !ends;
		quoted ^= c == '"';
		if (found != NULL)
			counts[found - separators]++;
	}
	for (size_t i = 0; i < SEPARATORS; i++)
		if (counts[i] > counts[best])
			best = i;
	return separators[best];
}
