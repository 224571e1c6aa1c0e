/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/answer.h"

#include <stdarg.h>

#include "base/utf8.h"

void
answer_header(struct answer *a, const char *name, const char *value)
{
	/* Nobody's text makes a header of its own. */
	if (value[strcspn(value, "\r\n")] == '\0')
		buf_fmt(&a->headers, "%s: %s\n", name, value);
}

void
answer_link(struct answer *a, const char *url, const char *rel, const char *type)
{
	if (strpbrk(url, ">\r\n") != NULL)
		return;
	buf_fmt(&a->links, "%s<%s>; rel=\"%s\"", a->links.len > 0 ? ", " : "", url, rel);
	if (type != NULL)
		buf_fmt(&a->links, "; type=\"%s\"", type);
}

static const char *
title(int status)
{
	static const struct { int status; const char *title; } titles[] = {
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 406, "Not Acceptable" }, { 409, "Conflict" }, { 410, "Gone" },
		{ 413, "Content Too Large" }, { 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 503, "Service Unavailable" },
	};
	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

int
answer_problem(struct answer *a, int status, const char *code, const char *fmt, ...)
{
	struct error detail = ERROR_INIT;
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(detail.text, sizeof detail.text, fmt, args);
	va_end(args);
	size_t len = strlen(detail.text);
	while (!utf8_valid(detail.text, len))	/* it may have been cut */
		len--;
	a->status = status;
	a->type = "application/problem+json";
	buf_clear(&a->body);
	buf_fmt(&a->body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":", title(status), status);
	buf_json(&a->body, detail.text, len);
	buf_str(&a->body, ",\"code\":");
	buf_json(&a->body, code, strlen(code));
	buf_str(&a->body, ",\"description\":");
	buf_json(&a->body, detail.text, len);
	buf_str(&a->body, "}\n");
	return -1;
}
