/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked: from the visit to struct request, or to the problem that it has. */
#include "serve/server_private.h"

enum { HOST_MAX = 255 };

static char *
base_url(const struct server *s, const struct visit *v)
{
	const char *host = http_header(v, "Host");
	struct buf url = BUF_INIT;
	if (s->options.config->serve.url != NULL || host == NULL || *host == '\0' || strlen(host) > HOST_MAX ||
	    host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]")] != '\0')
		return xstrdup(s->base_url);
	buf_str(&url, "http://");
	buf_str(&url, host);
	return buf_take(&url);
}

static int
problem(struct call *c, int status, const char *code, const char *text)
{
	return answer_problem(&c->answer, status, code, "%s", text);
}

static int
read_target(struct call *c, const char *target, char **ret_query)
{
	struct request *r = &c->request;
	size_t len = strcspn(target, "?#");
	char *path = xstrndup(target, len);
	r->target = xstrndup(target, strcspn(target, "#"));
	*ret_query = target[len] == '?' ? r->target + len + 1 : NULL;
	r->route = *path == '/' ? route_find(path, r->path) : NULL;
	free(path);
	if (r->route == NULL)
		return problem(c, 404, "not-found", "there is nothing here; / has links to all there is");
	return 0;
}

const char *
call_methods(const struct route *route)
{
	return route->methods & METHOD_POST ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

static int
read_method(struct call *c)
{
	static const struct { const char *name; enum method method; } methods[] = {
		{ "GET", METHOD_GET }, { "HEAD", METHOD_GET }, { "POST", METHOD_POST }, { "OPTIONS", METHOD_OPTIONS },
	};
	const char *name = http_method(c->visit);
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (strcmp(methods[i].name, name) == 0)
			c->request.method = methods[i].method;
	if (c->request.method == METHOD_OPTIONS || (c->request.method & c->request.route->methods) != 0)
		return 0;
	answer_header(&c->answer, "Allow", call_methods(c->request.route));
	return problem(c, 405, "method", c->request.route->methods & METHOD_POST ? "this is written, not read"
	    : "this is read, not written");
}

static int
read_query(struct call *c, const char *query)
{
	struct error err = ERROR_INIT;
	struct request *r = &c->request;
	const char *code = route_query(r->route, query, r, &err);
	if (code != NULL)
		return problem(c, 400, code, err.text);
	const struct variant *variant = route_negotiate(r->route, request_query(r, "f"), http_header(c->visit, "Accept"));
	if (variant == NULL && r->route->variants != NULL)
		return problem(c, 400, "query-param-invalid", "\"f\" names no format that this has");
	r->variant = variant;
	c->answer.type = r->variant != NULL ? r->variant->type : NULL;
	return 0;
}

/* How it is said that a route, or a method, is not there. */
static const struct variant problems[] = {
	{ "json", "application/problem+json", "application/json" },
	{ "html", "text/html", "application/xhtml+xml" },
	{ NULL, NULL, NULL },
};
static const struct route nowhere = { .variants = problems };

/* A form has the parameters that GET has in its query; in an address, a token would be kept by whoever sees that. */
static int
read_form(struct call *c, const char *query)
{
	static const char form[] = "application/x-www-form-urlencoded";
	struct request *r = &c->request;
	const char *type = http_header(c->visit, "Content-Type");
	if (query != NULL && *query != '\0')
		return problem(c, 400, "query-param-unknown", "there are no parameters in the address here: they are in the body");
	if (r->body_len > 0 && (type == NULL || strncasecmp(type, form, sizeof form - 1) != 0))
		return problem(c, 415, "media-type", "the body is a form: application/x-www-form-urlencoded");
	if (strlen(r->body) != r->body_len)
		return problem(c, 400, "query-param-invalid", "the body is not text");
	if (read_query(c, r->body) != 0)
		return -1;
	const struct token_given given = {
		.authorization = r->authorization, .field = request_query(r, "token"), .host = http_header(c->visit, "Host"),
		.origin = http_header(c->visit, "Origin"), .site = http_header(c->visit, "Sec-Fetch-Site"),
	};
	return r->route->flags & ROUTE_TOKEN ? token_check(&c->server->guard, c->server->options.config, &given, &c->answer) : 0;
}

int
call_read(struct call *c)
{
	struct request *r = &c->request;
	char *query;
	r->base_url = base_url(c->server, c->visit);
	r->language = route_language(http_header(c->visit, "Accept-Language"));
	r->variant = route_negotiate(&nowhere, NULL, http_header(c->visit, "Accept"));
	if (!token_host_is_ours(c->server->options.config, http_header(c->visit, "Host")))
		return problem(c, 421, "host-unknown", "this service has another name: write the address by which it is asked into "
		    "[serve] url of vigie.conf, or ask it by number (127.0.0.1)");
	if (read_target(c, http_target(c->visit), &query) != 0 || read_method(c) != 0)
		return -1;
	struct buf url = BUF_INIT;
	r->authorization = xstrdup(http_header(c->visit, "Authorization"));
	r->last_event_id = xstrdup(http_header(c->visit, "Last-Event-ID"));
	r->now_ms = clock_now_ms(c->server->options.clock);
	buf_str(&url, r->base_url);
	buf_str(&url, r->target);
	r->url = buf_take(&url);
	const char *body = http_body(c->visit, &r->body_len);
	r->body = xstrndup(body, r->body_len);
	switch (r->method) {
	case METHOD_OPTIONS:
		return 0;
	case METHOD_POST:
		return read_form(c, query);
	case METHOD_GET:
	case METHOD_HEAD:
		return read_query(c, query);
	}
	return 0;
}
