/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/document.h"

#include <stdarg.h>

#include "serve/html.h"

/* ---- links */

static const char *
text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

void
link_add_url(cJSON *links, const struct link *l, const char *url)
{
	cJSON *one = cJSON_CreateObject();
	cJSON_AddStringToObject(one, "href", url);
	cJSON_AddStringToObject(one, "rel", l->rel);
	if (l->type != NULL)
		cJSON_AddStringToObject(one, "type", l->type);
	if (l->title != NULL)
		cJSON_AddStringToObject(one, "title", l->title);
	cJSON_AddItemToArray(links, one);
}

void
link_add(cJSON *links, const struct request *r, const struct link *l, const char *fmt, ...)
{
	char path[512];
	struct buf url = BUF_INIT;
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(path, sizeof path, fmt, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof path) {
		buf_fmt(&url, "%s%s", r->base_url, path);
		link_add_url(links, l, url.data);
	}
	buf_done(&url);
}

cJSON *
links_new(const struct request *r)
{
	cJSON *links = cJSON_CreateArray();
	link_add_url(links, &(struct link){ "self", r->variant->type, NULL }, r->url);
	for (const struct variant *v = r->route->variants; v->name != NULL; v++) {
		if (v == r->variant)
			continue;
		char *url = request_url_with(r, "f", v->name);
		link_add_url(links, &(struct link){ "alternate", v->type, NULL }, url);
		free(url);
	}
	return links;
}

void
links_to_header(struct answer *a, cJSON *links)
{
	const cJSON *l;
	cJSON_ArrayForEach(l, links)
		answer_link(a, text(l, "href"), text(l, "rel"), text(l, "type"));
	cJSON_Delete(links);
}

/* ---- pages */

struct buf
document_alternates(const cJSON *links)
{
	struct buf out = BUF_INIT;
	const cJSON *l;
	cJSON_ArrayForEach(l, links) {
		const char *rel = text(l, "rel"), *type = text(l, "type");
		if (strcmp(rel, "alternate") == 0 || strcmp(rel, "next") == 0)
			html_format(&out, "<link rel=\"%s\" type=\"%s\" href=\"%s\">\n", rel, type, text(l, "href"));
	}
	return out;
}

static void
show_link(struct html *h, const cJSON *link)
{
	const char *href = text(link, "href"), *rel = text(link, "rel"), *type = text(link, "type"), *title = text(link, "title");
	html_print(h, "<li><a href=\"%s\">%s</a> <small>%s", href, title != NULL ? title : type != NULL ? type : href, rel);
	if (title != NULL && type != NULL)
		html_print(h, ", %s", type);
	buf_str(h->out, "</small></li>\n");
}

void
document_links(struct html *h, const cJSON *links)
{
	const cJSON *l;
	buf_str(h->out, "<ul>\n");
	cJSON_ArrayForEach(l, links)
		if (strcmp(text(l, "rel"), "self") != 0)
			show_link(h, l);
	buf_str(h->out, "</ul>\n");
}

static void
show_object(struct html *h, const cJSON *object)
{
	const cJSON *member;
	buf_str(h->out, "<dl>\n");
	cJSON_ArrayForEach(member, object) {
		html_print(h, "<dt>%s</dt>\n<dd>", member->string);
		if (strcmp(member->string, "links") == 0)
			document_links(h, member);
		else
			document_value(h, member);
		buf_str(h->out, "</dd>\n");
	}
	buf_str(h->out, "</dl>\n");
}

static void
show_array(struct html *h, const cJSON *array)
{
	const cJSON *item;
	buf_str(h->out, "<ul>\n");
	cJSON_ArrayForEach(item, array) {
		buf_str(h->out, "<li>");
		document_value(h, item);
		buf_str(h->out, "</li>\n");
	}
	buf_str(h->out, "</ul>\n");
}

static bool
is_plain(const cJSON *value)
{
	return cJSON_IsNumber(value) || cJSON_IsNull(value);
}

void
document_value(struct html *h, const cJSON *value)
{
	if (cJSON_IsObject(value)) {
		show_object(h, value);
	} else if (cJSON_IsArray(value) && !is_plain(value->child)) {
		show_array(h, value);
	} else if (cJSON_IsString(value)) {
		html_link(h, value->valuestring, value->valuestring);
	} else {	/* numbers, also as a list */
		char *plain = cJSON_PrintUnformatted(value);
		html_print(h, "%s", plain);
		cJSON_free(plain);
	}
}

static void
answer_page(struct exchange *x, const struct request *r, struct answer *a, const struct document *d)
{
	struct html h;
	cJSON *links = links_new(r);
	struct buf more = document_alternates(links);
	html_begin(&h, x, r, a);
	html_head(&h, &(struct html_head){ .title = d->title, .place = HTML_DATA, .more = buf_cstr(&more) });
	html_print(&h, "<h1>%s</h1>\n", d->title);
	if (d->about != NULL)
		html_print(&h, "<p>%s</p>\n", d->about);
	buf_str(h.out, "<div class=\"data\">\n");
	show_object(&h, d->json);
	buf_str(h.out, "</div>\n");
	html_end(&h);
	buf_done(&more);
	cJSON_Delete(links);
}

bool
document_is_page(const struct request *r)
{
	return strcmp(r->variant->name, "html") == 0;
}

int
document_answer(struct exchange *x, const struct request *r, struct answer *a, const struct document *d)
{
	if (document_is_page(r)) {
		answer_page(x, r, a, d);
	} else {
		char *plain = cJSON_PrintUnformatted(d->json);
		if (!cJSON_HasObjectItem(d->json, "links"))
			links_to_header(a, links_new(r));
		buf_str(&a->body, plain);
		buf_char(&a->body, '\n');
		cJSON_free(plain);
	}
	cJSON_Delete(d->json);
	return 0;
}
