/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/document.h"

#include "serve/html.h"

/* ---- links */

struct buf
document_alternates(const struct links *links)
{
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < links->n; i++) {
		const struct link *l = &links->list[i].link;
		if (strcmp(l->rel, "alternate") == 0 || strcmp(l->rel, "next") == 0)
			html_format(&out, "<link rel=\"%s\" type=\"%s\" href=\"%s\">\n", l->rel, l->type, link_url(links, i));
	}
	return out;
}

static void
show_link(struct html *h, const struct link *l, const char *url)
{
	if (strcmp(l->rel, "self") == 0)
		return;
	const char *name = l->title != NULL ? l->title : l->type;
	html_print(h, "<li><a href=\"%s\">%s</a> <small>%s</small></li>\n", url, name != NULL ? name : url,
	    l->title != NULL && l->type != NULL ? l->type : l->rel);
}

void
document_links(struct html *h, const struct links *links)
{
	buf_str(h->out, "<ul>\n");
	for (size_t i = 0; i < links->n; i++)
		show_link(h, &links->list[i].link, link_url(links, i));
	buf_str(h->out, "</ul>\n");
}

/* ---- pages */

static const char *
text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void
show_links(struct html *h, const cJSON *links)
{
	const cJSON *l;
	buf_str(h->out, "<ul>\n");
	cJSON_ArrayForEach(l, links)
		show_link(h, &(struct link){ text(l, "rel"), text(l, "type"), text(l, "title") }, text(l, "href"));
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
			show_links(h, member);
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
	struct links links = links_of(r);
	struct buf more = document_alternates(&links);
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
	links_done(&links);
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
		struct links links = links_of(r);
		if (!cJSON_HasObjectItem(d->json, "links"))
			links_to_header(&links, a);
		buf_str(&a->body, plain);
		buf_char(&a->body, '\n');
		links_done(&links);
		cJSON_free(plain);
	}
	cJSON_Delete(d->json);
	return 0;
}
