/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/document.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "normalise/date.h"
#include "normalise/text.h"

/* cJSON recurses, and nothing that we read is deep. */
static bool
is_shallow(const char *json, size_t len)
{
	unsigned depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < len; i++) {
		char c = json[i];
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']'))
			depth -= depth > 0;
		if (depth > DOCUMENT_DEPTH_MAX)
			return false;
	}
	return true;
}

cJSON *
document_parse(const char *json, size_t len, struct error *err)
{
	cJSON *document = NULL;
	if (len > DOCUMENT_BYTES_MAX || !is_shallow(json, len)) {
		(void)error_set(err, ERROR_LIMIT, "larger or deeper than a register's answer may be");
		return NULL;
	}
	if (len > 0)
		document = cJSON_ParseWithLength(json, len);
	if (cJSON_IsObject(document))
		return document;
	cJSON_Delete(document);
	(void)error_set(err, ERROR_FORMAT, "not a JSON object");
	return NULL;
}

cJSON *
document_inner(const cJSON *node)
{
	if (cJSON_IsObject(node))
		return cJSON_Duplicate(node, true);
	if (!cJSON_IsString(node))
		return NULL;
	return document_parse(node->valuestring, strlen(node->valuestring), NULL);
}

const cJSON *
document_array(const cJSON *object, const char *key)
{
	const cJSON *node = cJSON_GetObjectItemCaseSensitive(object, key);
	return cJSON_IsArray(node) ? node : NULL;
}

const char *
document_text(const cJSON *object, const char *key)
{
	const cJSON *node = cJSON_GetObjectItemCaseSensitive(object, key);
	return cJSON_IsString(node) ? node->valuestring : "";
}

int64_t
document_number(const cJSON *object, const char *key)
{
	const cJSON *node = cJSON_GetObjectItemCaseSensitive(object, key);
	int64_t ret = -1;
	if (cJSON_IsNumber(node) && node->valuedouble >= 0 && node->valuedouble < 1e15)
		return (int64_t)node->valuedouble;
	if (cJSON_IsString(node))
		(void)num_int(node->valuestring, strlen(node->valuestring), 0, INT64_MAX, &ret);
	return ret;
}

int64_t
document_date(const cJSON *object, const char *key)
{
	static const struct zone utc = { .offset_s = 0 };
	const char *text = document_text(object, key);
	struct date date;
	if (*text == '\0' || date_read(text, strlen(text), &utc, &date) != 0)
		return TIME_NONE;
	return date.ms;
}

void
document_quote(struct buf *out, const char *text, size_t max)
{
	struct buf clean = BUF_INIT;
	(void)text_clean(&clean, text, strlen(text), TEXT_ONE_LINE);
	buf_add(out, buf_cstr(&clean), text_prefix(buf_cstr(&clean), clean.len, max));
	buf_done(&clean);
}

void
document_note(char *out, size_t size, const struct buf *text)
{
	size_t len = text_prefix(buf_cstr(text), text->len, size - 1);
	memcpy(out, buf_cstr(text), len);
	out[len] = '\0';
}

void
document_day(struct buf *out, const char *before, int64_t t_ms)
{
	enum { DAY_LEN = 10 };
	char text[TIME_TEXT_MAX];
	if (t_ms != TIME_NONE)
		buf_fmt(out, "%s%.*s", before, DAY_LEN, time_text(t_ms, text));
}
