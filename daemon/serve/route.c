/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/route.h"

#include <curl/curl.h>

#include "base/num.h"
#include "base/utf8.h"

/* ---- paths */

/* It stands for itself, as nearly all that is asked does. */
static bool
is_plain(const char *s, size_t len, bool form)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] >= 0x7f || s[i] == '%' || (form && s[i] == '+'))
			return false;
	return true;
}

/* Decoded text without control characters; NULL: it is not. */
static char *
decode(const char *s, size_t len, bool form)
{
	int n = 0;
	if (is_plain(s, len, form))
		return xstrndup(s, len);
	char *copy = xstrndup(s, len);
	for (char *at = copy; form && *at != '\0'; at++)
		if (*at == '+')
			*at = ' ';
	char *raw = curl_easy_unescape(NULL, copy, 0, &n);
	bool good = raw != NULL && utf8_valid(raw, (size_t)n);
	for (int i = 0; good && i < n; i++)
		good = (unsigned char)raw[i] >= 0x20 && raw[i] != 0x7f;
	char *text = good ? xstrndup(raw, (size_t)n) : NULL;
	curl_free(raw);
	free(copy);
	return text;
}

static void
clear(char *values[PATH_VALUES])
{
	for (size_t i = 0; i < PATH_VALUES; i++) {
		free(values[i]);
		values[i] = NULL;
	}
}

static bool
match(const struct route *route, const char *path, char *values[PATH_VALUES])
{
	const char *template = route->path;
	size_t n = 0;
	while (*template == '/' && *path == '/') {
		size_t want = strcspn(++template, "/"), have = strcspn(++path, "/");
		if (*template == '{') {
			if ((route->flags & ROUTE_REST) != 0 && template[want] == '\0')
				have = strlen(path);
			if (have == 0 || n == PATH_VALUES || (values[n++] = decode(path, have, false)) == NULL)
				return false;
		} else if (want != have || memcmp(template, path, want) != 0)
			return false;
		template += want;
		path += have;
	}
	return *template == '\0' && *path == '\0';
}

const struct route *
route_find(const char *path, char *ret_path[PATH_VALUES])
{
	size_t len = strlen(path);
	char *plain = xstrndup(path, len > 1 && path[len - 1] == '/' ? len - 1 : len);
	const struct route *found = NULL;
	for (const struct route *const *table = serve_routes; *table != NULL && found == NULL; table++)
		for (const struct route *r = *table; r->path != NULL && found == NULL; r++) {
			clear(ret_path);
			if (match(r, plain, ret_path))
				found = r;
		}
	if (found == NULL)
		clear(ret_path);
	free(plain);
	return found;
}

/* ---- the query */

static const struct parameter f_parameter = { .name = "f", .type = PARAMETER_TEXT, .help = "Format of the answer." };

static const struct parameter token_parameter = { .name = "token", .type = PARAMETER_TEXT, .help = "What allows it." };

static const struct parameter *
find_parameter(const struct route *route, const char *name)
{
	if (strcmp(name, token_parameter.name) == 0 && (route->flags & ROUTE_TOKEN))
		return &token_parameter;
	if (strcmp(name, f_parameter.name) == 0 && route->variants != NULL)
		return &f_parameter;
	for (const struct parameter *const *p = route->parameters; p != NULL && *p != NULL; p++)
		if (strcmp((*p)->name, name) == 0)
			return *p;
	return NULL;
}

static int
check_choice(const struct parameter *p, const char *value, struct error *err)
{
	size_t len = strlen(value);
	for (const char *at = p->choices; *at != '\0'; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");
		if (n == len && memcmp(at, value, n) == 0)
			return 0;
		at += n;
	}
	return error_set(err, ERROR_USAGE, "\"%s\" is one of: %s", p->name, p->choices);
}

static int
check_value(const struct request *r, const struct query_value *v, struct error *err)
{
	int64_t integer;
	double real;
	switch (v->parameter->type) {
	case PARAMETER_INTEGER:
		return request_integer(r, v->parameter->name, &integer, err);
	case PARAMETER_REAL:
		return request_real(r, v->parameter->name, &real, err);
	case PARAMETER_CHOICE:
		return check_choice(v->parameter, v->value, err);
	case PARAMETER_TEXT:
	case PARAMETER_BOX:
	case PARAMETER_INTERVAL:
		return 0;
	}
	return 0;
}

/* One « name=value »; NULL or the problem's code. */
static const char *
take_pair(const struct route *route, const char *pair, size_t len, struct request *r, struct error *err)
{
	const char *invalid = "query-param-invalid";
	const char *equals = memchr(pair, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - pair) : len;
	char *name = decode(pair, name_len, true);
	char *value = equals != NULL ? decode(equals + 1, len - name_len - 1, true) : xstrdup("");
	const struct parameter *p = name != NULL ? find_parameter(route, name) : NULL;
	const char *code = NULL;
	if (p == NULL) {
		(void)error_set(err, ERROR_USAGE, "there is no parameter \"%.60s\" here", name != NULL ? name : "?");
		code = "query-param-unknown";
	} else if (value == NULL) {
		(void)error_set(err, ERROR_USAGE, "\"%s\" is not text in UTF-8", name);
		code = invalid;
	} else if (*value != '\0' && (r->n_query == QUERY_VALUES || request_query(r, name) != NULL)) {
		(void)error_set(err, ERROR_USAGE, "\"%s\" is given twice", name);
		code = invalid;
	} else if (*value != '\0') {
		r->query[r->n_query++] = (struct query_value){ p, value };
		value = NULL;
		if (check_value(r, &r->query[r->n_query - 1], err) != 0)
			code = invalid;
	}
	free(name);
	free(value);
	return code;
}

const char *
route_query(const struct route *route, const char *query, struct request *r, struct error *err)
{
	for (const char *at = query; at != NULL && *at != '\0';) {
		size_t len = strcspn(at, "&");
		const char *code = len > 0 ? take_pair(route, at, len, r, err) : NULL;
		if (code != NULL)
			return code;
		at += len + (at[len] == '&');
	}
	return NULL;
}

/* ---- Accept and its like (RFC 9110, 12.4) */

struct wanted {			/* one element of such a header */
	const char *token;
	size_t len;
	double q;
};

static bool
next_wanted(const char **at, struct wanted *ret)
{
	*at += strspn(*at, " \t,");
	if (**at == '\0')
		return false;
	size_t all = strcspn(*at, ",");
	*ret = (struct wanted){ *at, strcspn(*at, ";, \t"), 1 };
	const char *q = memmem(*at, all, ";q=", 3);
	if (q == NULL)
		q = memmem(*at, all, "; q=", 4);
	if (q != NULL) {
		const char *number = strchr(q, '=') + 1;
		if (num_double(number, strspn(number, "0123456789."), &ret->q) != 0)
			ret->q = 0;
	}
	*at += all;
	return true;
}

static bool
same(const struct wanted *w, const char *type, size_t len)
{
	return w->len == len && strncasecmp(w->token, type, len) == 0;
}

/* How exactly an element names this media type: 0 not at all, 3 word for word. */
static int
fits_type(const struct wanted *w, const char *type, size_t len)
{
	const char *slash = memchr(type, '/', len);
	if (slash == NULL)
		return 0;
	size_t main_len = (size_t)(slash - type) + 1;
	if (same(w, type, len))
		return 3;
	if (w->len == main_len + 1 && w->token[main_len] == '*' && strncasecmp(w->token, type, main_len) == 0)
		return 2;
	return w->len == 3 && memcmp(w->token, "*/*", 3) == 0 ? 1 : 0;
}

static int
fits(const struct wanted *w, const struct variant *v)
{
	int best = fits_type(w, v->type, strcspn(v->type, ";"));
	for (const char *at = v->also; at != NULL && *at != '\0'; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");
		int fit = fits_type(w, at, len);
		if (fit > best)
			best = fit;
		at += len;
	}
	return best;
}

/* The weight of the element that names it most exactly; 0: none does. */
static double
weight(const char *accept, const struct variant *v)
{
	double q = 0;
	int best = 0;
	struct wanted w;
	while (next_wanted(&accept, &w)) {
		int fit = fits(&w, v);
		if (fit > best) {
			best = fit;
			q = w.q;
		}
	}
	return q;
}

static bool
is_named(const struct variant *v, const char *f)
{
	const struct parameter names = { .name = "f", .choices = v->also != NULL ? v->also : "" };
	return strcmp(v->name, f) == 0 || (strchr(f, ' ') == NULL && check_choice(&names, f, NULL) == 0);
}

const struct variant *
route_negotiate(const struct route *route, const char *f, const char *accept)
{
	const struct variant *best = route->variants;
	double most = 0;
	for (const struct variant *v = route->variants; v != NULL && v->name != NULL; v++) {
		if (f != NULL && is_named(v, f))
			return v;
		double q = f == NULL && accept != NULL ? weight(accept, v) : 0;
		if (q > most) {
			most = q;
			best = v;
		}
	}
	return f == NULL ? best : NULL;
}

const char *
route_language(const char *accept_language)
{
	const char *best = "fr";
	double most = 0;
	struct wanted w;
	while (accept_language != NULL && next_wanted(&accept_language, &w)) {
		const char *name = w.len >= 2 && strncasecmp(w.token, "en", 2) == 0 ? "en" : "fr";
		if (w.len >= 2 && strncasecmp(w.token, name, 2) == 0 && (w.len == 2 || w.token[2] == '-') && w.q > most) {
			most = w.q;
			best = name;
		}
	}
	return best;
}

bool
accept_takes(const char *header, const char *token)
{
	struct wanted w;
	while (header != NULL && next_wanted(&header, &w))
		if (same(&w, token, strlen(token)))
			return w.q > 0;
	return false;
}
