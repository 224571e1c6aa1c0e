/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/request.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "base/num.h"
#include "serve/route.h"

const char *
request_query(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->n_query; i++)
		if (strcmp(r->query[i].parameter->name, name) == 0)
			return r->query[i].value;
	return NULL;
}

static const struct parameter *
parameter(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->n_query; i++)
		if (strcmp(r->query[i].parameter->name, name) == 0)
			return r->query[i].parameter;
	return NULL;
}

int
request_integer(const struct request *r, const char *name, int64_t *ret, struct error *err)
{
	const char *text = request_query(r, name);
	const struct parameter *p = parameter(r, name);
	int64_t value;
	if (text == NULL)
		return 0;
	if (num_int(text, strlen(text), INT64_MIN, INT64_MAX, &value) != 0)
		return error_set(err, ERROR_USAGE, "\"%s\" is a whole number, not \"%.40s\"", name, text);
	if (value < p->min)
		return error_set(err, ERROR_USAGE, "\"%s\" is at least %lld", name, (long long)p->min);
	*ret = p->max > 0 && value > p->max ? p->max : value;
	return 0;
}

int
request_real(const struct request *r, const char *name, double *ret, struct error *err)
{
	const char *text = request_query(r, name);
	if (text == NULL)
		return 0;
	if (num_double(text, strlen(text), ret) != 0)
		return error_set(err, ERROR_USAGE, "\"%s\" is a number, not \"%.40s\"", name, text);
	return 0;
}

char *
request_url_with(const struct request *r, const char *name, const char *value)
{
	struct buf out = BUF_INIT;
	size_t path = strcspn(r->url, "?"), len = strlen(name);
	char before = '?';
	buf_add(&out, r->url, path);
	for (const char *at = r->url + path; *at != '\0';) {
		const char *pair = at + 1;
		size_t n = strcspn(pair, "&");
		if (n > 0 && (strncmp(pair, name, len) != 0 || (pair[len] != '=' && len != n))) {
			buf_char(&out, before);
			buf_add(&out, pair, n);
			before = '&';
		}
		at = pair + n;
	}
	char *escaped = value != NULL ? curl_easy_escape(NULL, value, 0) : NULL;
	if (escaped != NULL) {
		buf_char(&out, before);
		buf_str(&out, name);
		buf_char(&out, '=');
		buf_str(&out, escaped);
	}
	curl_free(escaped);
	return buf_take(&out);
}
