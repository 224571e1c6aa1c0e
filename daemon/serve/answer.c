/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/answer.h"

#include <stdarg.h>

#include "base/utf8.h"
#include "serve/html.h"

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
		{ 413, "Content Too Large" }, { 415, "Unsupported Media Type" },
		{ 421, "Misdirected Request" }, { 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 503, "Service Unavailable" },
	};
	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

/* What people are told; the detail is for whoever made the request. */
static const char *
heading(int status)
{
	switch (status) {
	case 404:
	case 410:
		return _("There is nothing here");
	case 401:
	case 403:
		return _("This needs the token of the office");
	case 429:
	case 503:
		return _("Too much at once: please try again in a moment");
	default:
		return status < 500 ? _("This request cannot be answered") : _("Something went wrong on our side");
	}
}

static void
write_page(struct answer *a, const char *detail)
{
	struct html h;
	html_begin(&h, NULL, a->request, a);
	html_head(&h, &(struct html_head){ .title = heading(a->status) });
	html_print(&h, "<h1>%s</h1>\n", heading(a->status));
	if (a->status == 404)
		html_print(&h, "<p>%s</p>\n", _("What was here may have been withdrawn, or the address has a mistake."));
	html_print(&h, "<p lang=\"en\">%s</p>\n<p><a href=\"%s/\">%s</a></p>\n", detail, h.root, _("Back to the partners"));
	html_end(&h);
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
	detail.text[len] = '\0';
	a->status = status;
	a->max_age_s = 0;
	buf_clear(&a->body);
	if (a->request != NULL && a->request->variant != NULL && strcmp(a->request->variant->name, "html") == 0) {
		write_page(a, detail.text);
		return -1;
	}
	a->type = "application/problem+json";
	buf_fmt(&a->body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":", title(status), status);
	buf_json(&a->body, detail.text, len);
	buf_str(&a->body, ",\"code\":");
	buf_json(&a->body, code, strlen(code));
	buf_str(&a->body, ",\"description\":");
	buf_json(&a->body, detail.text, len);
	buf_str(&a->body, "}\n");
	return -1;
}
