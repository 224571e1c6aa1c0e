/* SPDX-License-Identifier: Apache-2.0 */
#include "net/request.h"

#include "base/buf.h"
#include "base/clock.h"
#include "net/guard.h"
#include "net/scrub.h"

enum {
	CONNECT_TIMEOUT_MS = 20 * SECOND_MS,
	STALL_TIMEOUT_MS = 60 * SECOND_MS,
	TOTAL_TIMEOUT_MS = 10 * MINUTE_MS,
	MAX_WIRE_BYTES = 256 << 20,
	MAX_BODY_BYTES = 1 << 30,
};

static size_t
text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static size_t
pairs_size(const struct fetch_pair *pairs, size_t n)
{
	size_t size = n * sizeof *pairs;
	for (size_t i = 0; i < n; i++)
		size += text_size(pairs[i].name) + text_size(pairs[i].value) + text_size(pairs[i].hidden);
	return size;
}

/* Put a copy at *at, and move that behind it. */
static const char *
put_text(char **at, const char *text)
{
	size_t size = text_size(text);
	if (size == 0)
		return NULL;
	char *copy = memcpy(*at, text, size);
	*at += size;
	return copy;
}

static void
put_pairs(char **at, struct fetch_pair *to, const struct fetch_pair *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		to[i].name = put_text(at, from[i].name);
		to[i].value = put_text(at, from[i].value);
		to[i].secret = from[i].secret;
		to[i].hidden = put_text(at, from[i].hidden);
	}
}

/* One block holds it all: the pairs first, for their alignment. */
static void
copy(struct request *r, const struct fetch_request *asked)
{
	struct fetch_request *own = &r->asked;
	r->memory = xmalloc(pairs_size(asked->headers, asked->n_headers) +
	    pairs_size(asked->query, asked->n_query) + text_size(asked->method) +
	    text_size(asked->body) + text_size(asked->etag) + text_size(asked->last_modified));
	r->headers = r->memory;
	r->query = r->headers + asked->n_headers;
	char *at = (char *)(r->query + asked->n_query);
	put_pairs(&at, r->headers, asked->headers, asked->n_headers);
	put_pairs(&at, r->query, asked->query, asked->n_query);
	*own = *asked;
	own->url = own->named = NULL;
	own->headers = r->headers;
	own->query = r->query;
	own->method = put_text(&at, asked->method);
	own->body = put_text(&at, asked->body);
	own->etag = put_text(&at, asked->etag);
	own->last_modified = put_text(&at, asked->last_modified);
}

static void
fill_limits(struct fetch_request *own)
{
	if (own->connect_timeout_ms <= 0)
		own->connect_timeout_ms = CONNECT_TIMEOUT_MS;
	if (own->stall_timeout_ms <= 0)
		own->stall_timeout_ms = STALL_TIMEOUT_MS;
	if (own->total_timeout_ms <= 0)
		own->total_timeout_ms = TOTAL_TIMEOUT_MS;
	if (own->max_wire_bytes == 0)
		own->max_wire_bytes = MAX_WIRE_BYTES;
	if (own->max_body_bytes == 0)
		own->max_body_bytes = MAX_BODY_BYTES;
}

static bool
one_line(const char *text)
{
	return text == NULL || text[strcspn(text, "\r\n")] == '\0';
}

/* A line break would smuggle in a header of somebody else's choice. */
static int
check_lines(const struct fetch_request *own, struct error *err)
{
	if (!one_line(own->method) || !one_line(own->etag) || !one_line(own->last_modified))
		return error_set(err, ERROR_CONFIG, "the method or a validator has a line break");
	for (size_t i = 0; i < own->n_headers; i++)
		if (!one_line(own->headers[i].name) || !one_line(own->headers[i].value))
			return error_set(err, ERROR_CONFIG, "header %zu has a line break", i + 1);
	return 0;
}

static void
add_escaped(struct buf *out, const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);
	if (escaped == NULL)
		abort();
	buf_str(out, escaped);
	curl_free(escaped);
}

/* Where « {NAME} » stands in the path of `url`, and its length; NULL: nowhere. */
static const char *
find_place(const char *url, const char *name, size_t *ret_len)
{
	const char *path = strchr(strstr(url, "://") + 3, '/'), *at = NULL;
	static const char *const braces[][2] = { { "{", "}" }, { "%7B", "%7D" } };
	struct buf place = BUF_INIT;
	for (size_t i = 0; path != NULL && at == NULL && i < 2; i++) {
		buf_clear(&place);
		buf_fmt(&place, "%s%s%s", braces[i][0], name, braces[i][1]);
		at = strstr(path, buf_cstr(&place));
		*ret_len = place.len;
	}
	buf_done(&place);
	return at;
}

/* Put the value where the URL has the parameter's name in braces; false: it has not. */
static bool
put_in_place(char **url, const struct fetch_pair *pair)
{
	size_t len;
	const char *at = find_place(*url, pair->name, &len);
	if (at == NULL)
		return false;
	struct buf out = BUF_INIT;
	buf_add(&out, *url, (size_t)(at - *url));
	add_escaped(&out, pair->value);
	buf_str(&out, at + len);
	free(*url);
	*url = buf_take(&out);
	return true;
}

static bool
is_sent(const struct request *r, const struct fetch_pair *pair)
{
	return !pair->secret || !r->secrets_dropped;
}

/* The URL has a path and no fragment: guard_resolve() made it. */
static void
add_query(struct request *r)
{
	const struct fetch_pair *query = r->asked.query;
	size_t n = r->asked.n_query;
	if (n == 0)
		return;
	struct buf out = BUF_INIT;
	bool *done = xcalloc(n, sizeof *done);
	for (size_t i = 0; i < n; i++)
		done[i] = !is_sent(r, &query[i]) || put_in_place(&r->url, &query[i]);
	buf_str(&out, r->url);
	char separator = strchr(r->url, '?') ? '&' : '?';
	for (size_t i = 0; i < n; i++) {
		if (done[i])
			continue;
		buf_char(&out, separator);
		add_escaped(&out, query[i].name);
		buf_char(&out, '=');
		add_escaped(&out, query[i].value);
		separator = '&';
	}
	free(done);
	free(r->url);
	r->url = buf_take(&out);
}

static bool
is_https(const char *url)
{
	return strncmp(url, "https:", 6) == 0;
}

/* "host:port" in lower case, with the scheme's port if none is written. */
static char *
host_of(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t len = strcspn(host, "/?");
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < len; i++)
		buf_char(&out, (char)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] - 'A' + 'a' : host[i]));
	const char *colon = strrchr(buf_cstr(&out), ':');
	if (colon == NULL || strchr(colon, ']') != NULL)
		buf_str(&out, is_https(url) ? ":443" : ":80");
	return buf_take(&out);
}

/* The same name, gone from http's port to https's. */
static bool
gone_to_tls(const char *from, const char *to)
{
	size_t len = (size_t)(strrchr(from, ':') - from);
	return strncmp(from, to, len) == 0 && strcmp(from + len, ":80") == 0 && strcmp(to + len, ":443") == 0;
}

static bool
is_named(const struct request *r)
{
	return strcmp(r->named_host, r->host) == 0 || gone_to_tls(r->named_host, r->host);
}

/* Whatever answers lead to, this is the one that a file has named. */
static int
name_host(struct request *r, const char *named, struct error *err)
{
	if (named == NULL) {
		r->named_host = xstrdup(r->host);
		return 0;
	}
	char *url = guard_resolve(NULL, named, err);
	if (url == NULL)
		return -1;
	r->named_host = host_of(url);
	r->secrets_dropped = !is_named(r);
	free(url);
	return 0;
}

int
request_init(struct request *r, const struct fetch_request *asked, struct error *err)
{
	*r = (struct request){ 0 };
	copy(r, asked);
	fill_limits(&r->asked);
	char *url = asked->url_resolved ? xstrdup(asked->url) : guard_resolve(NULL, asked->url ? asked->url : "", err);
	if (url == NULL) {
		r->url = xstrdup("(not an address)");
		r->shown_url = xstrdup(r->url);
		r->host = xstrdup("");
		return -1;
	}
	r->url = url;
	r->host = host_of(r->url);
	if (name_host(r, asked->named, err) != 0)
		return -1;
	add_query(r);
	return check_lines(&r->asked, err);
}

void
request_done(struct request *r)
{
	free(r->memory);
	free(r->url);
	free(r->host);
	free(r->named_host);
	free(r->shown_url);
}

static struct curl_slist *
add_line(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);
	if (longer == NULL)
		abort();
	return longer;
}

static struct curl_slist *
add_field(struct curl_slist *list, const char *name, const char *value)
{
	struct buf line = BUF_INIT;
	/* libcurl's way to say "present and empty" is a semicolon. */
	buf_str(&line, name);
	if (value[0] == '\0')
		buf_char(&line, ';');
	else
		buf_fmt(&line, ": %s", value);
	list = add_line(list, line.data);
	buf_done(&line);
	return list;
}

struct curl_slist *
request_headers(const struct request *r)
{
	const struct fetch_request *own = &r->asked;
	struct curl_slist *list = NULL;
	for (size_t i = 0; i < own->n_headers; i++)
		if (is_sent(r, &own->headers[i]))
			list = add_field(list, own->headers[i].name, own->headers[i].value);
	if (own->etag != NULL && own->etag[0] != '\0')
		list = add_field(list, "If-None-Match", own->etag);
	if (own->last_modified != NULL && own->last_modified[0] != '\0')
		list = add_field(list, "If-Modified-Since", own->last_modified);
	if (own->body != NULL)
		list = add_line(list, "Expect:");	/* no second's wait for 100 Continue */
	return list;
}

/* The names of the secret query parameters; the caller frees the array. */
static const char **
secret_names(const struct request *r, size_t *ret_n)
{
	const struct fetch_request *own = &r->asked;
	const char **names = xcalloc(own->n_query, sizeof *names);
	size_t n = 0;
	for (size_t i = 0; i < own->n_query; i++)
		if (own->query[i].secret)
			names[n++] = own->query[i].name;
	*ret_n = n;
	return names;
}

static char *
without_secret_params(const struct request *r, const char *url)
{
	size_t n;
	const char **names = secret_names(r, &n);
	char *clean = guard_redact(url, names, n);
	free(names);
	return clean;
}

/* The body goes, and with it what described it. */
static void
turn_into_get(struct request *r)
{
	struct fetch_request *own = &r->asked;
	own->method = NULL;
	own->body = NULL;
	size_t kept = 0;
	for (size_t i = 0; i < own->n_headers; i++)
		if (strncasecmp(r->headers[i].name, "Content-", 8) != 0)
			r->headers[kept++] = r->headers[i];
	own->n_headers = kept;
}

static bool
becomes_get(const struct fetch_request *own, int status)
{
	const char *method = own->method ? own->method : own->body ? "POST" : "GET";
	if (status == 303)
		return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
	return (status == 301 || status == 302) && strcmp(method, "POST") == 0;
}

static bool
same_host(const struct request *r, const char *url, const char *host)
{
	bool was_tls = is_https(r->url), now_tls = is_https(url);
	if (strcmp(r->host, host) == 0)
		return now_tls || !was_tls;
	return !was_tls && now_tls && gone_to_tls(r->host, host);
}

bool
request_private(const struct request *r)
{
	return r->asked.allow_private && is_named(r);
}

void
request_redirect(struct request *r, int status, const char *target)
{
	char *url = xstrdup(target);
	char *host = host_of(url);
	if (!same_host(r, url, host)) {
		r->secrets_dropped = true;
		free(url);
		url = without_secret_params(r, target);
	}
	if (becomes_get(&r->asked, status))
		turn_into_get(r);
	free(r->url);
	free(r->host);
	free(r->shown_url);
	r->url = url;
	r->host = host;
	r->shown_url = NULL;
}

static bool
has_secrets(const struct fetch_request *own)
{
	for (size_t i = 0; i < own->n_query; i++)
		if (own->query[i].secret)
			return true;
	for (size_t i = 0; i < own->n_headers; i++)
		if (own->headers[i].secret)
			return true;
	return false;
}

bool
request_withholds(const struct request *r)
{
	return r->secrets_dropped && has_secrets(&r->asked);
}

const char *
request_shown_url(struct request *r)
{
	if (!has_secrets(&r->asked))
		return r->url;
	if (r->shown_url == NULL) {
		r->shown_url = without_secret_params(r, r->url);
		request_scrub(r, r->shown_url);
	}
	return r->shown_url;
}

static void
scrub_pairs(char *text, const struct fetch_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pairs[i].secret)
			scrub(text, pairs[i].value, pairs[i].hidden);
}

void
request_scrub(const struct request *r, char *text)
{
	scrub_pairs(text, r->asked.headers, r->asked.n_headers);
	scrub_pairs(text, r->asked.query, r->asked.n_query);
}
