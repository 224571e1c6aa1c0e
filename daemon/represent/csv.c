/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/csv.h"

#include "base/block.h"
#include "represent/column.h"
#include "represent/put.h"

struct style {
	const char *mark;	/* before everything */
	char separator, point;
	bool plain_times;	/* "2026-11-22 21:08:46", which a spreadsheet takes for a date */
};

static const struct style rfc = { "", ',', '.', false }, excel = { "\xef\xbb\xbf", ';', ',', true };

/* Sign, digits, point or comma, digits. */
static bool
is_number(struct text t)
{
	size_t i = t.s[0] == '-' || t.s[0] == '+', digits = 0, points = 0;
	for (; i < t.len; i++) {
		digits += t.s[i] >= '0' && t.s[i] <= '9';
		points += t.s[i] == '.' || t.s[i] == ',';
	}
	return digits > 0 && points <= 1 && digits + points + (t.s[0] == '-' || t.s[0] == '+') == t.len;
}

static bool
is_formula(struct text t)
{
	static const char first[] = "=+-@\t\r\n";
	return t.len > 0 && t.s[0] != '\0' && strchr(first, t.s[0]) != NULL && !is_number(t);
}

/* The NULs behind the last bytes of a text are none of these. */
static bool
is_plain(const struct style *s, struct text t)
{
	for (size_t i = 0; i < t.len; i += BLOCK_BYTES) {
		size_t left = t.len - i;
		struct block b = block_load_part(t.s + i, left < BLOCK_BYTES ? left : BLOCK_BYTES);
		if ((block_equal(b, '"') | block_equal(b, s->separator) | block_equal(b, '\r') | block_equal(b, '\n')) != 0)
			return false;
	}
	return true;
}

static void
put_field(struct buf *out, const struct style *s, struct text t)
{
	bool formula = is_formula(t);
	if (is_plain(s, t)) {
		if (formula)
			buf_char(out, '\'');
		buf_add(out, t.s, t.len);
		return;
	}
	buf_reserve(out, t.len + 3);
	buf_str(out, formula ? "\"'" : "\"");
	for (size_t i = 0, n; i < t.len; i += n) {
		const char *quote = memchr(t.s + i, '"', t.len - i);
		n = quote != NULL ? (size_t)(quote - t.s) - i + 1 : t.len - i;
		buf_add(out, t.s + i, n);
		if (quote != NULL)
			buf_char(out, '"');
	}
	buf_char(out, '"');
}

/* "2026-11-22T21:08:46Z" as "2026-11-22 21:08:46"; a day stays as it is. */
static void
make_plain_time(struct buf *out, size_t start)
{
	char *t = memchr(out->data + start, 'T', out->len - start);
	if (t == NULL)
		return;
	*t = ' ';
	buf_cut(out, out->len - 1);
}

static void
put_value(struct buf *out, const struct style *s, const struct column *c, const struct listing_row *row)
{
	size_t start = out->len;
	struct buf uid = BUF_INIT;
	switch (c->type) {
	case COLUMN_UID:
		put_uid(&uid, row);
		put_field(out, s, (struct text){ uid.data, uid.len });
		buf_done(&uid);
		return;
	case COLUMN_TEXT:
	case COLUMN_JSON:
		put_field(out, s, column_as_text(c, row));
		return;
	case COLUMN_TIME:
	case COLUMN_WHEN:
		column_put(out, c, row, s->point);
		if (s->plain_times && out->len > start)
			make_plain_time(out, start);
		return;
	case COLUMN_INTEGER:
	case COLUMN_REAL:
	case COLUMN_DEGREES:
	case COLUMN_PRICE:
		column_put(out, c, row, s->point);
		return;
	}
}

static void
put_header(struct buf *out, const struct style *s)
{
	buf_str(out, s->mark);
	for (const struct column *c = listing_columns; c->name != NULL; c++) {
		if (c != listing_columns)
			buf_char(out, s->separator);
		buf_str(out, c->name);
	}
	put_literal(out, "\r\n");
}

static void
put_row(struct buf *out, const struct style *s, const struct listing_row *row)
{
	for (const struct column *c = listing_columns; c->name != NULL; c++) {
		if (c != listing_columns)
			buf_char(out, s->separator);
		put_value(out, s, c, row);
	}
	put_literal(out, "\r\n");
}

void
csv_begin(struct buf *out, const struct represent *r)
{
	(void)r;
	put_header(out, &rfc);
}

void
csv_item(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	(void)r;
	put_row(out, &rfc, row);
}

void
csv_excel_begin(struct buf *out, const struct represent *r)
{
	(void)r;
	put_header(out, &excel);
}

void
csv_excel_item(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	(void)r;
	put_row(out, &excel, row);
}
