/* SPDX-License-Identifier: Apache-2.0 */
#include "show/table.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "base/utf8.h"

enum { GAP = 2, WIDTH_MAX = 10000, WIDTH_DEFAULT = 80 };

static const char bold[] = "\033[1m", plain[] = "\033[0m", ellipsis[] = "…";

struct table {
	const struct table_column *columns;
	size_t n_columns;
	struct buf text;	/* of all cells, one after the other */
	size_t *ends;		/* of each cell in `text` */
	size_t n_cells, cap;
	size_t *natural;	/* widths when nothing is cut */
	bool *filled;		/* the column has something in it */
};

/* ---- the screen */

static size_t
width_from_environment(void)
{
	const char *columns = getenv("COLUMNS");
	int64_t width;
	if (columns == NULL || num_int(columns, strlen(columns), 1, WIDTH_MAX, &width) != 0)
		return WIDTH_DEFAULT;
	return (size_t)width;
}

struct screen
screen_of_stdout(void)
{
	struct screen s = { 0, isatty(STDOUT_FILENO) != 0 };
	struct winsize w;
	if (!s.terminal)
		return s;
	s.width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : width_from_environment();
	return s;
}

void
screen_bold(const struct screen *s, FILE *out, const char *text)
{
	(void)fprintf(out, "%s%s%s", s->terminal ? bold : "", text, s->terminal ? plain : "");
}

/* A command in guillemets stays in one piece, to be copied. */
static size_t
word_len(const char *text)
{
	const char *end = strncmp(text, "«", strlen("«")) == 0 ? strstr(text, "»") : NULL;
	return end != NULL ? (size_t)(end - text) + strcspn(end, " ") : strcspn(text, " ");
}

void
screen_wrap(const struct screen *s, FILE *out, const char *text, size_t used, size_t indent)
{
	size_t column = used;
	for (bool first = true; *text != '\0'; first = false) {
		size_t len = word_len(text), width = utf8_width(text, len);
		if (!first && s->width > 0 && column + 1 + width > s->width) {
			(void)fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			(void)fputc(' ', out);
			column++;
		}
		(void)fwrite(text, 1, len, out);
		column += width;
		text += len;
		text += strspn(text, " ");
	}
	(void)fputc('\n', out);
}

/* ---- collecting */

struct table *
table_new(const struct table_column *columns, size_t n)
{
	struct table *t = xcalloc(1, sizeof *t);
	t->columns = columns;
	t->n_columns = n;
	t->natural = xcalloc(n, sizeof *t->natural);
	t->filled = xcalloc(n, sizeof *t->filled);
	for (size_t i = 0; i < n; i++)
		t->natural[i] = utf8_width(columns[i].heading, strlen(columns[i].heading));
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	buf_done(&t->text);
	free(t->ends);
	free(t->natural);
	free(t->filled);
	free(t);
}

/* Line feeds and tabs, which would break the row, become blanks. */
static void
add_line(struct buf *out, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = 0;
		while (n < len && strchr("\t\n\r", text[n]) == NULL)
			n++;
		text_escape(out, text, n, SIZE_MAX / 2);
		if (n < len) {
			buf_char(out, ' ');
			n++;
		}
		text += n;
		len -= n;
	}
}

static void
end_cell(struct table *t, size_t start)
{
	size_t column = t->n_cells % t->n_columns;
	size_t width = utf8_width(t->text.data + start, t->text.len - start);
	t->filled[column] |= width > 0;
	if (width > t->natural[column])
		t->natural[column] = width;
	if (t->n_cells == t->cap) {
		t->cap = t->cap * 2 + 64;
		t->ends = xrealloc(t->ends, t->cap, sizeof *t->ends);
	}
	t->ends[t->n_cells++] = t->text.len;
}

void
table_text(struct table *t, const char *text)
{
	size_t start = t->text.len, len = strlen(text);
	if (len > TABLE_CELL_MAX) {
		len = TABLE_CELL_MAX;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	buf_reserve(&t->text, len);
	add_line(&t->text, text, len);
	end_cell(t, start);
}

void
table_integer(struct table *t, int64_t value)
{
	size_t start = t->text.len;
	buf_fmt(&t->text, "%" PRId64, value);
	end_cell(t, start);
}

void
table_fmt(struct table *t, const char *fmt, ...)
{
	char text[TABLE_CELL_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	table_text(t, text);
}

size_t
table_rows(const struct table *t)
{
	return t->n_cells / t->n_columns;
}

/* ---- fitting: `widths[i]` 0 is a column that is left out */

static size_t
total_width(const struct table *t, const size_t *widths)
{
	size_t total = 0;
	for (size_t i = 0; i < t->n_columns; i++)
		if (widths[i] > 0)
			total += widths[i] + (total > 0 ? GAP : 0);
	return total;
}

/* The widest column that can give something; n_columns if there is none. */
static size_t
widest(const struct table *t, const size_t *widths)
{
	size_t best = t->n_columns;
	for (size_t i = 0; i < t->n_columns; i++) {
		size_t least = t->columns[i].least;
		if (least > 0 && widths[i] > least && (best == t->n_columns || widths[i] > widths[best]))
			best = i;
	}
	return best;
}

static bool
shrink(const struct table *t, size_t *widths, size_t limit)
{
	for (size_t total = total_width(t, widths); total > limit; total--) {
		size_t i = widest(t, widths);
		if (i == t->n_columns)
			return false;
		widths[i]--;
	}
	return true;
}

static bool
is_shown(const struct table *t, size_t column, unsigned spare, size_t limit)
{
	const struct table_column *c = &t->columns[column];
	return c->spare < spare && (c->spare == 0 || limit == 0 || t->filled[column]);
}

/* Leaves out as little as possible, then shrinks as little as possible. */
static void
fit(const struct table *t, size_t *widths, size_t limit)
{
	unsigned spare = 0;	/* columns from this one on are left out */
	for (size_t i = 0; i < t->n_columns; i++)
		spare = t->columns[i].spare >= spare ? t->columns[i].spare + 1 : spare;
	for (; spare > 0; spare--) {
		for (size_t i = 0; i < t->n_columns; i++)
			widths[i] = is_shown(t, i, spare, limit) ? t->natural[i] : 0;
		if (limit == 0 || shrink(t, widths, limit))
			return;
	}
}

/* ---- printing */

struct cell {
	const char *s;
	size_t len;
};

static struct cell
get_cell(const struct table *t, size_t i)
{
	size_t start = i > 0 ? t->ends[i - 1] : 0;
	return (struct cell){ t->text.data + start, t->ends[i] - start };
}

static void
add_cell(struct buf *line, struct cell c, size_t width, bool number)
{
	size_t needed = utf8_width(c.s, c.len);
	if (number && needed < width)
		buf_fmt(line, "%*s", (int)(width - needed), "");
	if (needed > width) {
		size_t len = utf8_prefix(c.s, c.len, width - 1);
		buf_add(line, c.s, len);
		buf_str(line, ellipsis);
		needed = utf8_width(c.s, len) + 1;
	} else {
		buf_add(line, c.s, c.len);
	}
	if (!number && needed < width)
		buf_fmt(line, "%*s", (int)(width - needed), "");
}

/* What cannot shrink may still be too wide: the line ends where the screen does. */
static void
print_line(struct buf *line, size_t limit, FILE *out)
{
	while (line->len > 0 && line->data[line->len - 1] == ' ')
		buf_cut(line, line->len - 1);
	if (limit > 0 && utf8_width(buf_cstr(line), line->len) > limit) {
		buf_cut(line, utf8_prefix(line->data, line->len, limit - 1));
		buf_str(line, ellipsis);
	}
	(void)fwrite(buf_cstr(line), 1, line->len, out);
	buf_clear(line);
}

static void
print_headings(const struct table *t, const size_t *widths, const struct screen *s, FILE *out)
{
	struct buf line = BUF_INIT;
	for (size_t i = 0; i < t->n_columns; i++) {
		if (widths[i] == 0)
			continue;
		if (line.len > 0)
			buf_fmt(&line, "%*s", GAP, "");
		struct cell heading = { t->columns[i].heading, strlen(t->columns[i].heading) };
		add_cell(&line, heading, widths[i], t->columns[i].number);
	}
	(void)fputs(s->terminal ? bold : "", out);
	print_line(&line, s->width, out);
	(void)fprintf(out, "%s\n", s->terminal ? plain : "");
	buf_done(&line);
}

void
table_print(const struct table *t, const struct screen *s, FILE *out)
{
	struct buf line = BUF_INIT;
	size_t *widths = xcalloc(t->n_columns, sizeof *widths);
	assert(t->n_cells % t->n_columns == 0);
	fit(t, widths, s->width);
	print_headings(t, widths, s, out);
	for (size_t i = 0; i < t->n_cells; i++) {
		size_t column = i % t->n_columns;
		if (column > 0 && line.len > 0 && widths[column] > 0)
			buf_fmt(&line, "%*s", GAP, "");
		if (widths[column] > 0)
			add_cell(&line, get_cell(t, i), widths[column], t->columns[column].number);
		if (column + 1 == t->n_columns) {
			print_line(&line, s->width, out);
			(void)fputc('\n', out);
		}
	}
	free(widths);
	buf_done(&line);
}
