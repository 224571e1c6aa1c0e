/* SPDX-License-Identifier: Apache-2.0 */
#include "ical/lines.h"

#include <string.h>

static const char BOM[] = "\xef\xbb\xbf";

void
ical_lines_init(struct ical_lines *l, size_t max_bytes, ical_line_fn *line, void *arg)
{
	*l = (struct ical_lines){ .max_bytes = max_bytes, .line = line, .arg = arg, .fresh = true };
}

void
ical_lines_done(struct ical_lines *l)
{
	buf_done(&l->whole);
	buf_done(&l->part);
}

void
ical_lines_reset(struct ical_lines *l)
{
	buf_clear(&l->whole);
	buf_clear(&l->part);
	l->cut = l->part_cut = false;
	l->fresh = true;
}

static bool
is_name(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

size_t
ical_name_len(const char *line, size_t len)
{
	size_t n = 0;
	while (n < len && is_name(line[n]))
		n++;
	return n < len && (line[n] == ':' || line[n] == ';') ? n : 0;
}

static void
add_limited(struct ical_lines *l, struct buf *b, bool *cut, const char *s, size_t len)
{
	size_t room = b->len < l->max_bytes ? l->max_bytes - b->len : 0;
	buf_add(b, s, len < room ? len : room);
	*cut |= len > room;
}

static int
give_whole(struct ical_lines *l)
{
	int rc = l->whole.len > 0 ? l->line(l->arg, l->whole.data, l->whole.len, l->cut) : 0;
	buf_clear(&l->whole);
	l->cut = false;
	return rc;
}

/* A line of the stream has ended: it begins a content line, or goes on with one. */
static int
end_part(struct ical_lines *l)
{
	int rc = 0;
	if (l->part.len > 0 && l->part.data[l->part.len - 1] == '\r')
		buf_cut(&l->part, l->part.len - 1);
	const char *s = l->part.data;
	size_t len = l->part.len;
	if (l->fresh && len >= sizeof BOM - 1 && memcmp(s, BOM, sizeof BOM - 1) == 0) {
		s += sizeof BOM - 1;
		len -= sizeof BOM - 1;
	}
	l->fresh &= len == 0;
	if (len > 0 && (*s == ' ' || *s == '\t')) {
		add_limited(l, &l->whole, &l->cut, s + 1, len - 1);
	} else if (len > 0 && l->whole.len > 0 && ical_name_len(s, len) == 0) {
		add_limited(l, &l->whole, &l->cut, "\\n", 2);
		add_limited(l, &l->whole, &l->cut, s, len);
	} else if (len > 0) {
		rc = give_whole(l);
		add_limited(l, &l->whole, &l->cut, s, len);
	}
	l->cut |= l->part_cut;
	l->part_cut = false;
	buf_clear(&l->part);
	return rc;
}

int
ical_lines_feed(struct ical_lines *l, const char *chunk, size_t len)
{
	while (len > 0) {
		const char *end = memchr(chunk, '\n', len);
		size_t n = end != NULL ? (size_t)(end - chunk) : len;
		add_limited(l, &l->part, &l->part_cut, chunk, n);
		if (end == NULL)
			return 0;
		if (end_part(l) != 0)
			return -1;
		chunk += n + 1;
		len -= n + 1;
	}
	return 0;
}

int
ical_lines_end(struct ical_lines *l)
{
	return end_part(l) != 0 || give_whole(l) != 0 ? -1 : 0;
}
