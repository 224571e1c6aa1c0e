/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/links.h"

#include <stdarg.h>

void
links_done(struct links *links)
{
	free(links->list);
	buf_done(&links->urls);
	*links = (struct links)LINKS_INIT;
}

/* Its URL is what is written to links->urls next. */
static void
add(struct links *links, const struct link *l)
{
	if (links->n == links->cap) {
		links->cap = links->cap > 0 ? 2 * links->cap : 16;
		links->list = xrealloc(links->list, links->cap, sizeof *links->list);
	}
	links->list[links->n++] = (struct link_to){ *l, links->urls.len };
}

void
link_add_url(struct links *links, const struct link *l, const char *url)
{
	add(links, l);
	buf_add(&links->urls, url, strlen(url) + 1);
}

void
link_add(struct links *links, const struct request *r, const struct link *l, const char *fmt, ...)
{
	char path[512];
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(path, sizeof path, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof path)
		return;
	add(links, l);
	buf_str(&links->urls, r->base_url);
	buf_add(&links->urls, path, (size_t)n + 1);
}

const char *
link_url(const struct links *links, size_t i)
{
	return links->urls.data + links->list[i].url;
}

struct links
links_of(const struct request *r)
{
	struct links links = LINKS_INIT;
	char *plain = request_url_with(r, "f", NULL);
	const char *sign = strchr(plain, '?') == NULL ? "?f=" : "&f=";
	link_add_url(&links, &(struct link){ "self", r->variant->type, NULL }, r->url);
	for (const struct variant *v = r->route->variants; v->name != NULL; v++) {
		if (v == r->variant)
			continue;
		add(&links, &(struct link){ "alternate", v->type, v->name });
		buf_str(&links.urls, plain);
		buf_str(&links.urls, sign);
		buf_add(&links.urls, v->name, strlen(v->name) + 1);
	}
	free(plain);
	return links;
}

static void
put_member(struct buf *out, const char *before, const char *value)
{
	if (value == NULL)
		return;
	buf_str(out, before);
	buf_json(out, value, strlen(value));
}

void
links_put(struct links *links, struct buf *out)
{
	buf_char(out, '[');
	for (size_t i = 0; i < links->n; i++) {
		const struct link *l = &links->list[i].link;
		put_member(out, i == 0 ? "{\"href\":" : ",{\"href\":", link_url(links, i));
		put_member(out, ",\"rel\":", l->rel);
		put_member(out, ",\"type\":", l->type);
		put_member(out, ",\"title\":", l->title);
		buf_char(out, '}');
	}
	buf_char(out, ']');
	links_done(links);
}

cJSON *
links_json(struct links *links)
{
	cJSON *array = cJSON_CreateArray();
	for (size_t i = 0; i < links->n; i++) {
		const struct link *l = &links->list[i].link;
		cJSON *one = cJSON_CreateObject();
		cJSON_AddStringToObject(one, "href", link_url(links, i));
		cJSON_AddStringToObject(one, "rel", l->rel);
		if (l->type != NULL)
			cJSON_AddStringToObject(one, "type", l->type);
		if (l->title != NULL)
			cJSON_AddStringToObject(one, "title", l->title);
		cJSON_AddItemToArray(array, one);
	}
	links_done(links);
	return array;
}

void
links_to_header(struct links *links, struct answer *a)
{
	for (size_t i = 0; i < links->n; i++)
		answer_link(a, link_url(links, i), links->list[i].link.rel, links->list[i].link.type);
	links_done(links);
}
