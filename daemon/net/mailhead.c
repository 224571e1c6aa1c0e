/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mailhead.h"

#include <time.h>

#include "base/buf.h"
#include "base/utf8.h"

enum {
	PLAIN_MAX = 60,		/* longer text is encoded, for encoded words can be folded */
	WORD_BYTES = 42,	/* of text in an encoded word: with a field's name it fits in 78 columns */
	ADDRESS_MAX = 254,	/* RFC 5321, 4.5.3.1.3 */
	TEXT_MAX = 2000,
};

static void
add_line(struct curl_slist **list, const struct buf *line)
{
	struct curl_slist *more = curl_slist_append(*list, line->data);
	if (more == NULL)
		abort();
	*list = more;
}

static void
add_base64(struct buf *out, const unsigned char *p, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < len; i += 3) {
		unsigned bits = (unsigned)p[i] << 16;
		bits |= i + 1 < len ? (unsigned)p[i + 1] << 8 : 0;
		bits |= i + 2 < len ? (unsigned)p[i + 2] : 0;
		buf_char(out, digits[bits >> 18]);
		buf_char(out, digits[bits >> 12 & 63]);
		buf_char(out, i + 1 < len ? digits[bits >> 6 & 63] : '=');
		buf_char(out, i + 2 < len ? digits[bits & 63] : '=');
	}
}

/* No character is split between two words (RFC 2047, 5). */
static void
add_words(struct buf *out, const char *s, size_t len)
{
	size_t i = 0;
	while (i < len) {
		size_t n = 0, step;
		while (i + n < len && n + (step = utf8_sequence(s + i + n, len - i - n)) <= WORD_BYTES)
			n += step;
		buf_str(out, i > 0 ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
		add_base64(out, (const unsigned char *)s + i, n);
		buf_str(out, "?=");
		i += n;
	}
}

/* Control characters (also those of U+0080 to U+009F) become blanks, what is not
 * UTF-8 a question mark. */
static void
clean(struct buf *out, const char *s)
{
	size_t len = strnlen(s, TEXT_MAX);
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_sequence(s + i, len - i);
		if (n == 0) {
			n = 1;
			buf_char(out, '?');
		} else if (n == 1 && (s[i] < ' ' || s[i] == 0x7f)) {
			buf_char(out, ' ');
		} else if (n == 2 && (unsigned char)s[i] == 0xc2 && (unsigned char)s[i + 1] < 0xa0) {
			buf_char(out, ' ');
		} else {
			buf_add(out, s + i, n);
		}
	}
	buf_str(out, "");
}

static bool
is_plain(const struct buf *text)
{
	if (text->len > PLAIN_MAX || strstr(buf_cstr(text), "=?") != NULL)
		return false;
	for (size_t i = 0; i < text->len; i++)
		if ((unsigned char)text->data[i] >= 0x80)
			return false;
	return true;
}

void
mailhead_text(struct curl_slist **list, const char *name, const char *text)
{
	struct buf line = BUF_INIT, cleaned = BUF_INIT;
	clean(&cleaned, text);
	buf_fmt(&line, "%s: ", name);
	if (is_plain(&cleaned))
		buf_add(&line, buf_cstr(&cleaned), cleaned.len);
	else
		add_words(&line, cleaned.data, cleaned.len);
	add_line(list, &line);
	buf_done(&line);
	buf_done(&cleaned);
}

static void
add_token(struct buf *out, const char *token)
{
	for (; *token != '\0'; token++)
		if (*token >= ' ' && *token < 0x7f)
			buf_char(out, *token);
}

void
mailhead_token(struct curl_slist **list, const char *name, const char *token)
{
	struct buf line = BUF_INIT;
	buf_fmt(&line, "%s: ", name);
	add_token(&line, token);
	add_line(list, &line);
	buf_done(&line);
}

static void
add_quoted(struct buf *out, const struct buf *text)
{
	buf_char(out, '"');
	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == '"' || text->data[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, text->data[i]);
	}
	buf_char(out, '"');
}

void
mailhead_mailbox(struct curl_slist **list, const char *name, const char *person, const char *address)
{
	struct buf line = BUF_INIT, cleaned = BUF_INIT;
	if (person != NULL)
		clean(&cleaned, person);
	buf_fmt(&line, "%s: ", name);
	if (cleaned.len > 0 && is_plain(&cleaned))
		add_quoted(&line, &cleaned);
	else if (cleaned.len > 0)
		add_words(&line, cleaned.data, cleaned.len);
	if (cleaned.len > 0)
		buf_str(&line, "\r\n ");
	buf_char(&line, '<');
	add_token(&line, address);
	buf_char(&line, '>');
	add_line(list, &line);
	buf_done(&line);
	buf_done(&cleaned);
}

void
mailhead_date(struct curl_slist **list, int64_t t_ms)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct buf line = BUF_INIT;
	time_t t = (time_t)(t_ms / 1000);
	struct tm tm;
	if (gmtime_r(&t, &tm) == NULL)
		return;
	buf_fmt(&line, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000", days + 3 * tm.tm_wday, tm.tm_mday,
	    months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	add_line(list, &line);
	buf_done(&line);
}

bool
mailhead_is_address(const char *s)
{
	const char *at = strchr(s, '@');
	if (at == NULL || at == s || at[1] == '\0' || strchr(at + 1, '@') != NULL || strlen(s) > ADDRESS_MAX)
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 0x7f || strchr("<>\"(),:;\\[]", *s) != NULL)
			return false;
	return true;
}
