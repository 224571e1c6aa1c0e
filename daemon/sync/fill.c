/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/fill.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "net/scrub.h"

enum { NAME_MAX_BYTES = 64, VALUES_MAX_BYTES = 256 };

static const char name_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$.-[]";

/* ---- the url's parameters */

/* "name=value" in the query from `s` on, whose name is this; NULL: none. */
static char *
find_param(char *s, const char *name, size_t len)
{
	while (s != NULL && *s != '\0') {
		size_t pair = strcspn(s, "&");
		int n = 0;
		char *decoded = curl_easy_unescape(NULL, s, (int)strcspn(s, "=&"), &n);
		bool found = decoded != NULL && (size_t)n == len && memcmp(decoded, name, len) == 0;
		curl_free(decoded);
		if (found)
			return s;
		s += pair + (s[pair] == '&');
	}
	return NULL;
}

/* Appends its value, decoded; false: the url has no such parameter. */
static bool
param_value(char *url, const char *name, size_t len, struct buf *out)
{
	char *query = strchr(url, '?'), *pair = query ? find_param(query + 1, name, len) : NULL;
	int n = 0;
	if (pair == NULL)
		return false;
	char *value = pair + strcspn(pair, "=&");
	if (*value == '=')
		value++;
	char *decoded = curl_easy_unescape(NULL, value, (int)strcspn(value, "&"), &n);
	if (decoded != NULL)
		buf_add(out, decoded, (size_t)n);
	curl_free(decoded);
	return true;
}

static void
take_param(char *url, const char *name, size_t len)
{
	char *query = strchr(url, '?'), *pair = query ? find_param(query + 1, name, len) : NULL;
	if (pair == NULL)
		return;
	size_t n = strcspn(pair, "&");
	if (pair[n] == '&')
		memmove(pair, pair + n + 1, strlen(pair + n + 1) + 1);
	else
		pair[-1] = '\0';	/* the last: with the "&" or "?" before it */
}

/* ---- values */

/* The length of a placeholder's name at "{"; 0: it is none. */
static size_t
placeholder(const char *s)
{
	size_t len = strspn(s + 1, name_bytes);
	return len > 0 && len <= NAME_MAX_BYTES && s[1 + len] == '}' ? len : 0;
}

static void
add_value(struct buf *out, const struct buf *value, bool json)
{
	struct buf quoted = BUF_INIT;
	if (!json) {
		buf_add(out, value->data, value->len);
		return;
	}
	buf_json(&quoted, buf_cstr(value), value->len);
	buf_add(out, quoted.data + 1, quoted.len - 2);
	buf_done(&quoted);
}

static char *
fill_value(char *url, const char *value)
{
	struct buf out = BUF_INIT, param = BUF_INIT;
	bool json = value[0] == '{' || value[0] == '[';
	/* So much that growing leaves no copy of a secret behind. */
	buf_reserve(&out, strlen(value) + VALUES_MAX_BYTES);
	buf_cut(&out, 0);
	for (const char *s = value; *s != '\0';) {
		size_t len = *s == '{' ? placeholder(s) : 0;
		buf_clear(&param);
		if (len > 0 && param_value(url, s + 1, len, &param)) {
			add_value(&out, &param, json);
			s += len + 2;
		} else {
			buf_char(&out, *s++);
		}
	}
	buf_done(&param);
	return buf_take(&out);
}

static void
take_params(char *url, const char *value)
{
	for (const char *s = strchr(value, '{'); s != NULL; s = strchr(s + 1, '{'))
		if (placeholder(s) > 0)
			take_param(url, s + 1, placeholder(s));
}

static void
add_headers(struct fill *f, const struct partner_config *p, const char *authorization)
{
	f->headers = xcalloc(p->n_headers + 1, sizeof *f->headers);
	for (; f->n_headers < p->n_headers; f->n_headers++) {
		const struct config_pair *h = &p->headers[f->n_headers];
		f->headers[f->n_headers] = (struct fetch_pair){ h->name, h->value, h->secret, h->hidden };
	}
	if (authorization != NULL)
		f->headers[f->n_headers++] = (struct fetch_pair){ "Authorization", authorization, true, NULL };
}

void
fill_init(struct fill *f, const struct partner_config *p, const char *url, const char *authorization)
{
	*f = (struct fill){ .url = xstrdup(url), .query = xcalloc(p->n_query + 1, sizeof *f->query), .n = p->n_query };
	for (size_t i = 0; i < p->n_query; i++) {
		const struct config_pair *q = &p->query[i];
		f->query[i] = (struct fetch_pair){ q->name, fill_value(f->url, q->value), q->secret, q->hidden };
	}
	for (size_t i = 0; i < p->n_query; i++)
		take_params(f->url, p->query[i].value);
	add_headers(f, p, authorization);
}

void
fill_done(struct fill *f)
{
	for (size_t i = 0; i < f->n; i++) {
		char *value = (char *)f->query[i].value;
		explicit_bzero(value, strlen(value));
		free(value);
	}
	free(f->query);
	free(f->headers);
	free(f->url);
}

/* ---- secrets */

static void
cover_pairs(char *text, const struct config_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pairs[i].secret)
			scrub(text, pairs[i].value, pairs[i].hidden);
}

void
fill_cover(const struct partner_config *p, char *text)
{
	cover_pairs(text, p->headers, p->n_headers);
	cover_pairs(text, p->query, p->n_query);
}
