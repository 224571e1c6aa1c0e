/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "base/buf.h"
#include "net/answer.h"

static const struct {
	const char *name;
	bool list;		/* several fields are one, joined by ", " (RFC 9110 5.3) */
} known[ANSWER_FIELDS] = {
	[ANSWER_CONTENT_TYPE] = { "Content-Type", false },
	[ANSWER_CONTENT_ENCODING] = { "Content-Encoding", true },
	[ANSWER_ETAG] = { "ETag", false },
	[ANSWER_LAST_MODIFIED] = { "Last-Modified", false },
	[ANSWER_LINK] = { "Link", true },
	[ANSWER_LOCATION] = { "Location", false },
	[ANSWER_RETRY_AFTER] = { "Retry-After", false },
	[ANSWER_SUNSET] = { "Sunset", false },
	[ANSWER_DEPRECATION] = { "Deprecation", false },
};

static void
forget_fields(struct answer *a)
{
	for (int i = 0; i < ANSWER_FIELDS; i++) {
		free(a->fields[i]);
		a->fields[i] = NULL;
	}
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": a new answer begins. */
static void
status_line(struct answer *a, const char *line, size_t len)
{
	forget_fields(a);
	a->status = 0;
	const char *space = memchr(line, ' ', len);
	if (space == NULL)
		return;
	for (const char *p = space + 1; p < line + len && isdigit((unsigned char)*p) && a->status < 100; p++)
		a->status = a->status * 10 + (*p - '0');
}

static void
keep(struct answer *a, enum answer_field field, const char *value, size_t len)
{
	char *old = a->fields[field];
	if (old != NULL && !known[field].list)
		return;
	struct buf text = BUF_INIT;
	if (old != NULL) {
		buf_str(&text, old);
		buf_str(&text, ", ");
	}
	buf_add(&text, value, len);
	a->fields[field] = buf_take(&text);
	free(old);
}

static void
field_line(struct answer *a, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	if (colon == NULL)
		return;
	size_t name_len = (size_t)(colon - line);
	const char *value = colon + 1, *end = line + len;
	while (value < end && isspace((unsigned char)*value))
		value++;
	while (end > value && isspace((unsigned char)end[-1]))
		end--;
	for (enum answer_field i = 0; i < ANSWER_FIELDS; i++)
		if (strlen(known[i].name) == name_len && strncasecmp(line, known[i].name, name_len) == 0)
			keep(a, i, value, (size_t)(end - value));
}

int
answer_line(struct answer *a, const char *line, size_t len, struct error *err)
{
	a->header_bytes += len;
	if (a->header_bytes > ANSWER_HEADER_MAX)
		return error_set(err, ERROR_LIMIT, "the headers are larger than %d KiB", ANSWER_HEADER_MAX / 1024);
	if (a->complete)
		return ANSWER_MORE;
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
		status_line(a, line, len);
	else if (len > 0 && line[0] != '\r' && line[0] != '\n')
		field_line(a, line, len);
	else
		a->complete = a->status >= 200;
	return a->complete ? ANSWER_COMPLETE : ANSWER_MORE;
}

const char *
answer_field(const struct answer *a, enum answer_field field)
{
	return a->fields[field] ? a->fields[field] : "";
}

void
answer_done(struct answer *a)
{
	forget_fields(a);
}
