/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI document for people: every route, its parameters and what it answers. */
#include "serve/document.h"
#include "serve/html.h"
#include "serve/openapi.h"

static const cJSON *
member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *
text(const cJSON *object, const char *name)
{
	const char *s = cJSON_GetStringValue(member(object, name));
	return s != NULL ? s : "";
}

/* « integer, 1 to 1000, 25 by default » is said as the schema has it. */
static void
show_schema(struct html *h, const cJSON *schema)
{
	static const char *const shown[] = { "minimum", "maximum", "default", "enum" };
	html_print(h, "<td>%s", text(schema, "type"));
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		const cJSON *value = member(schema, shown[i]);
		if (value == NULL)
			continue;
		char *plain = cJSON_PrintUnformatted(value);
		html_print(h, "<br><small>%s %s</small>", shown[i], plain);
		cJSON_free(plain);
	}
	buf_str(h->out, "</td>");
}

static void
show_parameters(struct html *h, const char *id, const cJSON *parameters)
{
	const cJSON *p;
	if (cJSON_GetArraySize(parameters) == 0)
		return;
	html_print(h, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"%s\">\n<table>\n<thead><tr>"
	    "<th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead>\n<tbody>\n", id, _("Parameter"), _("Value"), _("Meaning"));
	cJSON_ArrayForEach(p, parameters) {
		html_print(h, "<tr><th scope=\"row\"><code>%s</code></th>", text(p, "name"));
		show_schema(h, member(p, "schema"));
		html_print(h, "<td lang=\"en\">%s</td></tr>\n", text(p, "description"));
	}
	buf_str(h->out, "</tbody>\n</table>\n</div>\n");
}

static void
show_operation(struct html *h, const char *method, const char *path, const cJSON *operation)
{
	const cJSON *type;
	html_print(h, "<section>\n<h2 id=\"%s\"><code>%s %s</code></h2>\n<p lang=\"en\">%s</p>\n", text(operation, "operationId"),
	    method, path, text(operation, "summary"));
	show_parameters(h, text(operation, "operationId"), member(operation, "parameters"));
	html_print(h, "<p>%s</p>\n<ul>\n", _("Answers:"));
	cJSON_ArrayForEach(type, member(member(member(operation, "responses"), "200"), "content"))
		html_print(h, "<li><code>%s</code></li>\n", type->string);
	buf_str(h->out, "</ul>\n</section>\n");
}

void
openapi_page(struct exchange *x, const struct request *r, struct answer *a, const cJSON *json)
{
	struct html h;
	const cJSON *path, *operation;
	struct links links = links_of(r);
	struct buf more = document_alternates(&links);
	html_begin(&h, x, r, a);
	html_head(&h, &(struct html_head){ .title = _("Description of this interface"), .place = HTML_DATA,
	    .more = buf_cstr(&more) });
	html_print(&h, "<h1>%s</h1>\n<p>%s</p>\n", _("Description of this interface"),
	    _("For programs: OGC API - Features and further formats. The same as an OpenAPI document:"));
	buf_str(h.out, "<div class=\"data\">\n");
	document_links(&h, &links);
	cJSON_ArrayForEach(path, member(json, "paths"))
		cJSON_ArrayForEach(operation, path)
			show_operation(&h, strcmp(operation->string, "get") == 0 ? "GET" : "POST", path->string, operation);
	buf_str(h.out, "</div>\n");
	html_end(&h);
	buf_done(&more);
	links_done(&links);
}
