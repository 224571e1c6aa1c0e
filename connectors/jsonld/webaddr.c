/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld/webaddr.h"

#include <ctype.h>

#include <libxml/uri.h>

#include "base/buf.h"

/* What libxml2 takes for no address, and browsers take all the same. */
static void
escape(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool percent = c == '%' && !(i + 2 < len && isxdigit((unsigned char)s[i + 1]) && isxdigit((unsigned char)s[i + 2]));
		if (c == '\t' || c == '\n' || c == '\r')
			continue;
		if (c <= ' ' || c >= 0x7f || percent || strchr("\"<>\\^`{|}[]", c) != NULL)
			buf_fmt(out, "%%%02X", c);
		else
			buf_char(out, (char)c);
	}
}

static size_t
scheme_len(const char *url)
{
	return strncasecmp(url, "https://", 8) == 0 ? 8 : strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
}

/* Bytes of host and port. */
static size_t
authority_len(const char *url)
{
	return strcspn(url + scheme_len(url), "/?#");
}

/* Scheme and host in small letters, without the port that goes without saying. */
static char *
tidy(const char *url)
{
	struct buf out = BUF_INIT;
	size_t scheme = scheme_len(url), len = authority_len(url);
	const char *port = scheme == 8 ? ":443" : ":80", *rest = url + scheme + len;
	if (len > strlen(port) && strncmp(rest - strlen(port), port, strlen(port)) == 0)
		len -= strlen(port);
	buf_add(&out, url, scheme + len);
	for (size_t i = 0; i < out.len; i++)
		out.data[i] = (char)tolower((unsigned char)out.data[i]);
	if (*rest != '/')
		buf_char(&out, '/');
	buf_str(&out, rest);
	return buf_take(&out);
}

static bool
acceptable(const char *url)
{
	size_t scheme = scheme_len(url), len = authority_len(url);
	return scheme > 0 && len > 0 && memchr(url + scheme, '@', len) == NULL && memchr(url + scheme, '%', len) == NULL &&
	    url[scheme] != ':' && strlen(url) <= WEBADDR_MAX_BYTES;
}

char *
webaddr_join(const char *base, const char *target, bool fragment)
{
	struct buf escaped = BUF_INIT;
	char *url = NULL;
	while (isspace((unsigned char)*target))
		target++;
	size_t len = fragment ? strlen(target) : strcspn(target, "#");
	while (len > 0 && isspace((unsigned char)target[len - 1]))
		len--;
	if (len > WEBADDR_MAX_BYTES)
		return NULL;
	escape(target, len, &escaped);
	xmlChar *joined = base != NULL ? xmlBuildURI((const xmlChar *)buf_cstr(&escaped), (const xmlChar *)base) :
	    xmlStrdup((const xmlChar *)buf_cstr(&escaped));
	if (joined != NULL && acceptable((const char *)joined))
		url = tidy((const char *)joined);
	xmlFree(joined);
	buf_done(&escaped);
	return url;
}

size_t
webaddr_origin(const char *url)
{
	return scheme_len(url) + authority_len(url);
}

const char *
webaddr_path(const char *url)
{
	return url + webaddr_origin(url);
}

bool
webaddr_is_root(const char *url)
{
	return strcmp(webaddr_path(url), "/") == 0;
}

/* Host without "www." and port. */
static const char *
bare_host(const char *url, size_t *ret_len)
{
	const char *host = url + scheme_len(url);
	size_t len = host[0] == '[' ? strcspn(host, "]") : strcspn(host, ":/?#");
	size_t skip = len > 4 && strncmp(host, "www.", 4) == 0 ? 4 : 0;
	*ret_len = len - skip;
	return host + skip;
}

bool
webaddr_same_site(const char *start, const char *url)
{
	size_t a_len, b_len;
	const char *a = bare_host(start, &a_len), *b = bare_host(url, &b_len);
	if (b_len < a_len || strncmp(b + b_len - a_len, a, a_len) != 0)
		return false;
	return b_len == a_len || b[b_len - a_len - 1] == '.';
}
