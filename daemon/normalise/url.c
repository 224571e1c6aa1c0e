/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/url.h"

#include <ctype.h>

#include <libpsl.h>
#include <uriparser/Uri.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "normalise/text.h"

/* Of advertising networks and mailing tools, and the partners' own. */
static const char *const tracking[] = { "ae", "aev", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid",
	"msclkid", "yclid", "twclid", "ttclid", "igshid", "mc_cid", "mc_eid", "picked_from", "xtor",
	"_hsenc", "_hsmi", "mkt_tok" };

/* Bytes that stand in a URL as they are; the rest is percent-encoded. */
static const unsigned char kept[256] = {
	['!'] = 1, ['#' ... ';'] = 1, ['='] = 1, ['?' ... '['] = 1, [']' ... '~'] = 1,
};

/* Of a host's name; what is not ASCII is looked at as UTF-8. */
static const unsigned char host_byte[256] = {
	['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1, ['-'] = 1, ['.'] = 1, ['_'] = 1, [0x80 ... 0xff] = 1,
};

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
starts(const char *s, size_t len, const char *with)
{
	size_t n = strlen(with);
	return len >= n && strncasecmp(s, with, n) == 0;
}

/* ---- what it is made of */

/* "[2001:db8::1]" */
static bool
is_address(const char *s, size_t len)
{
	if (len <= 2 || s[len - 1] != ']')
		return false;
	for (size_t i = 1; i < len - 1; i++)
		if (memchr("0123456789abcdefABCDEF:.", s[i], 24) == NULL)
			return false;
	return true;
}

/* A name with a dot, localhost, or an address; a port of digits may follow, no
 * user name ("@") stand before it. */
static bool
host_valid(const char *s, size_t len)
{
	if (len == 0)
		return false;
	const char *colon = s[0] == '[' ? memchr(s, ']', len) : s;
	if (colon == NULL || !utf8_valid(s, len))
		return false;
	colon = memchr(colon, ':', len - (size_t)(colon - s));
	size_t host = colon != NULL ? (size_t)(colon - s) : len;
	for (size_t i = host + 1; i < len; i++)
		if (!is_digit(s[i]))
			return false;
	if (colon != NULL && (len - host < 2 || len - host > 6))
		return false;
	if (s[0] == '[')
		return is_address(s, host);
	for (size_t i = 0; i < host; i++)
		if (!host_byte[(unsigned char)s[i]])
			return false;
	return host > 0 && s[0] != '.' && ((host == 9 && starts(s, host, "localhost")) ||
	    memchr(s, '.', host - 1) != NULL);
}

static bool
has_scheme(const char *s, size_t len)
{
	size_t i = 0;
	while (i < len && (is_alpha(s[i]) || (i > 0 && (is_digit(s[i]) || strchr("+-.", s[i]) != NULL))))
		i++;
	return i > 0 && i < len && s[i] == ':';
}

/* Bytes before the host of an absolute URL; 0: it is not one of ours. */
static size_t
scheme_len(const char *s, size_t len)
{
	if (len == 0 || (s[0] | 0x20) != 'h')
		return 0;
	return starts(s, len, "https://") ? 8 : starts(s, len, "http://") ? 7 : 0;
}

/* ---- parameters */

static bool
is_listed(const char *name, size_t len, const char *list)
{
	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, " ,");
		if (n == len && n > 0 && memcmp(list, name, n) == 0)
			return true;
		list += n + (list[n] != '\0');
	}
	return false;
}

static bool
is_tracking(const char *param, size_t len, const char *more)
{
	const char *equals = memchr(param, '=', len);
	size_t n = equals != NULL ? (size_t)(equals - param) : len;
	if (n == 0)
		return false;
	if (starts(param, n, "utm_"))
		return true;
	for (size_t i = 0; i < sizeof tracking / sizeof *tracking; i++)
		if (text_is(param, n, tracking[i]))
			return true;
	return is_listed(param, n, more);
}

/* Compacts the parameters in s[start, end) and returns the new end; the mark
 * before them goes too when none is left. */
static size_t
strip_params(char *s, size_t start, size_t end, const char *more)
{
	size_t to = start, from = start;
	bool stripped = false, first = true;
	while (from <= end) {
		const char *amp = from < end ? memchr(s + from, '&', end - from) : NULL;
		size_t next = amp != NULL ? (size_t)(amp - s) : end, len = next - from;
		if (is_tracking(s + from, len, more)) {
			stripped = true;
		} else {
			if (!first)
				s[to++] = '&';
			memmove(s + to, s + from, len);
			to += len;
			first = false;
		}
		from = next + 1;
	}
	return stripped && to == start ? start - 1 : to;
}

/* `s` starts after the host; a fragment may hold parameters as well. */
static size_t
strip_tracking(char *s, size_t len, const char *more)
{
	const char *hash = memchr(s, '#', len);
	size_t end = hash != NULL ? (size_t)(hash - s) : len;
	const char *question = memchr(s, '?', end);
	size_t to = question != NULL ? strip_params(s, (size_t)(question - s) + 1, end, more) : end;
	if (hash == NULL)
		return to;
	size_t rest = len - end;
	memmove(s + to, s + end, rest);
	return strip_params(s, to + 1, to + rest, more);
}

/* ---- the whole */

static void
add_encoded(struct buf *out, const char *s, size_t len)
{
	size_t run = 0;
	for (size_t i = 0; i < len; i += run + 1) {
		run = 0;
		while (i + run < len && kept[(unsigned char)s[i + run]])
			run++;
		buf_add(out, s + i, run);
		if (i + run == len)
			break;
		unsigned char c = (unsigned char)s[i + run];
		if (c == ' ' || c == '"' || c == '<' || c == '>' || c == '\\' || c >= 0x80)
			buf_fmt(out, "%%%02X", c);
	}
}

static bool
ends_host(char c)
{
	return c == '/' || c == '?' || c == '#';
}

static int
clean_absolute(const char *s, size_t len, const struct url_rules *rules, struct buf *out)
{
	size_t start = out->len, scheme = scheme_len(s, len), host = 0;
	while (scheme + host < len && !ends_host(s[scheme + host]))
		host++;
	if (scheme == 0 || !host_valid(s + scheme, host))
		return -1;
	buf_str(out, scheme == 8 ? "https://" : "http://");
	buf_add(out, s + scheme, host);
	size_t after = out->len;
	add_encoded(out, s + scheme + host, len - scheme - host);
	if (out->len > after)
		buf_cut(out, after + strip_tracking(out->data + after, out->len - after, rules->strip));
	if (out->len - start <= URL_MAX)
		return 0;
	buf_cut(out, start);
	return -1;
}

/* A word such as "-" or "voir le site" is not taken for a path, nor is an
 * address of e-mail. */
static bool
is_relative(const char *s, size_t len)
{
	if (strchr("/?.", s[0]) != NULL)
		return len > 1;
	const char *slash = memchr(s, '/', len);
	if (memchr(s, '@', slash != NULL ? (size_t)(slash - s) : len) != NULL)
		return false;
	return s[0] != '#' && memchr(s, ' ', len) == NULL && (slash != NULL || memchr(s, '.', len) != NULL);
}

/* "camping-du-lac.fr" is a host, as people write it; a name that ends as files
 * do is none, even where there is such a domain. */
static bool
is_host(const char *s, size_t len)
{
	static const char *const files[] = { "cc", "md", "mov", "pl", "ps", "py", "rs", "sh", "so", "zip" };
	enum { LAST_MAX = 24 };
	char last[LAST_MAX + 1];
	const char *dot = memrchr(s, '.', len);
	size_t n = dot != NULL ? (size_t)(s + len - dot) - 1 : 0;
	if (n < 2 || n > LAST_MAX || memchr(s, ':', len) != NULL || !host_valid(s, len))
		return false;
	for (size_t i = 0; i < n; i++)
		last[i] = (char)(dot[1 + i] | (is_alpha(dot[1 + i]) ? 0x20 : 0));
	last[n] = '\0';
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (strcmp(last, files[i]) == 0)
			return false;
	return psl_is_public_suffix2(psl_builtin(), last, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

/* What stands for scheme and host of the base, which a relative one does not change. */
#define STAND_IN "s://h"

/* Only what RFC 3986 has in a path and behind it. */
static void
add_strict(struct buf *out, const char *s, size_t len)
{
	static const char strict[] = "-._~:/?#@!$&'()*+,;=";
	const char *hash = memchr(s, '#', len);
	for (size_t i = 0; i < len; i++) {
		bool escape = s[i] == '%' && len - i > 2 && isxdigit((unsigned char)s[i + 1]) && isxdigit((unsigned char)s[i + 2]);
		bool second_hash = s[i] == '#' && s + i > hash;
		if (is_alpha(s[i]) || is_digit(s[i]) || escape || (s[i] != '\0' && !second_hash && strchr(strict, s[i]) != NULL))
			buf_char(out, s[i]);
		else
			buf_fmt(out, "%%%02X", (unsigned char)s[i]);
	}
}

/* Appends what is left of the stand-in; -1: it cannot be resolved. */
static int
resolve(const char *base, const char *relative, size_t len, struct buf *out)
{
	UriUriA from = { .scheme = { NULL, NULL } }, to = from, whole = from;
	int n = 0, ret = -1;
	if (uriParseSingleUriA(&from, base, NULL) == URI_SUCCESS &&
	    uriParseSingleUriExA(&to, relative, relative + len, NULL) == URI_SUCCESS &&
	    uriAddBaseUriA(&whole, &to, &from) == URI_SUCCESS && uriToStringCharsRequiredA(&whole, &n) == URI_SUCCESS) {
		char *text = xmalloc((size_t)n + 1);
		if (uriToStringA(text, &whole, n + 1, NULL) == URI_SUCCESS && starts(text, (size_t)n, STAND_IN)) {
			buf_str(out, text + strlen(STAND_IN));
			ret = 0;
		}
		free(text);
	}
	uriFreeUriMembersA(&whole);
	uriFreeUriMembersA(&to);
	uriFreeUriMembersA(&from);
	return ret;
}

static int
clean_relative(const char *s, size_t len, const struct url_rules *rules, struct buf *out)
{
	struct buf base = BUF_INIT, relative = BUF_INIT, absolute = BUF_INIT;
	if (rules->base == NULL || !is_relative(s, len))
		return -1;
	size_t host = scheme_len(rules->base, strlen(rules->base));
	while (rules->base[host] != '\0' && !ends_host(rules->base[host]))
		host++;
	buf_str(&base, STAND_IN);
	add_strict(&base, rules->base + host, strlen(rules->base + host));
	add_encoded(&absolute, s, len);		/* as it would be if it were absolute */
	add_strict(&relative, buf_cstr(&absolute), absolute.len);
	buf_clear(&absolute);
	buf_add(&absolute, rules->base, host);
	int ret = resolve(buf_cstr(&base), buf_cstr(&relative), relative.len, &absolute);
	if (ret == 0)
		ret = clean_absolute(buf_cstr(&absolute), absolute.len, rules, out);
	buf_done(&base);
	buf_done(&relative);
	buf_done(&absolute);
	return ret;
}

static int
clean_completed(const char *with, const char *s, size_t len, const struct url_rules *rules, struct buf *out)
{
	char url[URL_MAX + 16];
	size_t n = strlen(with);
	if (len > URL_MAX)
		return -1;
	memcpy(url, with, n);
	memcpy(url + n, s, len);
	return clean_absolute(url, n + len, rules, out);
}

int
url_clean(const char *s, size_t len, const struct url_rules *rules, struct buf *out)
{
	if (len == 0 || len > 4 * URL_MAX || memchr(s, '\0', len) != NULL)
		return -1;
	if (scheme_len(s, len) > 0)
		return clean_absolute(s, len, rules, out);
	if (starts(s, len, "//"))
		return clean_completed("https:", s, len, rules, out);
	if (starts(s, len, "www.") || is_host(s, len))
		return clean_completed("https://", s, len, rules, out);
	if (has_scheme(s, len))
		return -1;
	return clean_relative(s, len, rules, out);
}
