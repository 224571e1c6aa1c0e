/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/entry.h"
#include "feed/markup.h"
#include "lib/expr.h"
#include "lib/json_text.h"

/* JSON Feed 1.1, « Items ». */
static const struct {
	const char *member, *names[3];
	bool plain;
} members[] = {
	{ "id", { "id" }, false },
	{ "title", { "title" }, true },
	{ "summary", { "summary" }, true },
	{ "content", { "content_html" }, false },
	{ "link", { "url", "external_url" }, false },
	{ "published", { "date_published" }, false },
	{ "updated", { "date_modified" }, false },
	{ "image", { "image", "banner_image" }, false },
	{ "language", { "language" }, false },
};

static bool
write_value(const cJSON *value, const char *member, bool plain, struct buf *out)
{
	struct buf text = BUF_INIT, html = BUF_INIT;
	enum vigie_value_type type;
	bool found = value != NULL && !cJSON_IsBool(value) && expr_scalar(value, &text, &type) && text.len > 0;
	if (found && plain)
		markup_escape(text.data, text.len, &html);
	const struct buf *b = plain ? &html : &text;
	if (found)
		json_member(out, member, b->data, b->len);
	buf_done(&text);
	buf_done(&html);
	return found;
}

static const cJSON *
get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void
write_tags(const cJSON *tags, struct buf *out)
{
	const cJSON *tag;
	bool first = true;
	cJSON_ArrayForEach(tag, tags) {
		if (!cJSON_IsString(tag) || *tag->valuestring == '\0')
			continue;
		if (first)
			json_name(out, "categories", strlen("categories"));
		buf_char(out, first ? '[' : ',');
		buf_json(out, tag->valuestring, strlen(tag->valuestring));
		first = false;
	}
	if (!first)
		buf_char(out, ']');
}

void
entry_write_json(const cJSON *item, struct buf *out)
{
	buf_char(out, '{');
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		for (const char *const *name = members[i].names; *name != NULL; name++)
			if (write_value(get(item, *name), members[i].member, members[i].plain, out))
				break;
	if (get(item, "content_html") == NULL)
		(void)write_value(get(item, "content_text"), "content", true, out);
	(void)write_value(get(cJSON_GetArrayItem(get(item, "attachments"), 0), "url"), "enclosure", false, out);
	if (cJSON_IsArray(get(item, "tags")))
		write_tags(get(item, "tags"), out);
	buf_char(out, '}');
}
