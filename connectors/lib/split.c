/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/split.h"


enum { LEVELS_MAX = 4, INDEX_DIGITS = 6 };

enum pick { PICK_FIRST, PICK_INDEX, PICK_ALL, PICK_COUNT, PICK_WHERE };

struct level {
	char *separator;
	enum pick pick;
	long index;		/* of the part, or for WHERE of the part in it */
	char *inner, *value;	/* for WHERE: the separator in a part, and what is wanted */
};

struct split {
	struct level levels[LEVELS_MAX];
	size_t n;
};

/* ---- compiling */

void
split_free(struct split *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++) {
		free(s->levels[i].separator);
		free(s->levels[i].inner);
		free(s->levels[i].value);
	}
	free(s);
}

static bool
starts_with(const char *s, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);
	return len >= n && memcmp(s, prefix, n) == 0;
}

static bool
read_index(const char *s, size_t len, long *ret)
{
	char digits[INDEX_DIGITS + 1];
	if (len == 0 || len > INDEX_DIGITS)
		return false;
	memcpy(digits, s, len);
	digits[len] = '\0';
	if (strspn(digits, "0123456789") != len)
		return false;
	*ret = strtol(digits, NULL, 10);
	return true;
}

/* "[|0=value]" */
static const char *
compile_where(struct level *l, const char *s, size_t len)
{
	const char *equals = memchr(s, '=', len), *digits = equals;
	while (digits != NULL && digits > s + 1 && digits[-1] >= '0' && digits[-1] <= '9')
		digits--;
	if (s[len - 1] != ']' || equals == NULL || digits == s + 1 ||
	    !read_index(digits, (size_t)(equals - digits), &l->index))
		return "a choice among parts is written [SEPARATOR INDEX=VALUE], as in [|0=Site web]";
	l->pick = PICK_WHERE;
	l->inner = xstrndup(s + 1, (size_t)(digits - s) - 1);
	l->value = xstrndup(equals + 1, (size_t)(s + len - 1 - equals) - 1);
	return NULL;
}

static const char *
compile_pick(struct level *l, const char *s, size_t len)
{
	if (len > 1 && s[0] == '[')
		return compile_where(l, s, len);
	if (len == 1 && s[0] == '*')
		l->pick = PICK_ALL;
	else if (len == 1 && s[0] == '#')
		l->pick = PICK_COUNT;
	else if (read_index(s, len, &l->index))
		l->pick = PICK_INDEX;
	else
		return "after [split=…] comes a number, * or #";
	return NULL;
}

/* The end of a part of the pointer: its "/", or behind the "]" that closes it. */
static const char *
pick_end(const char *s, const char *end)
{
	if (s < end && *s == '[')
		while (s < end && !(*s == ']' && (s + 1 == end || s[1] == '/')))
			s++;
	while (s < end && *s != '/')
		s++;
	return s;
}

/* One level, from "[split=" on; *s is moved behind it. */
static const char *
compile_level(struct split *split, const char **s, const char *end)
{
	const char *from = *s + strlen(SPLIT_BEGIN);
	const char *close = memchr(from, ']', (size_t)(end - from));
	if (close == NULL || close == from)
		return "a split is written [split=SEPARATOR]";
	if (split->n == LEVELS_MAX)
		return "a pointer has too many splits";
	struct level *l = &split->levels[split->n++];
	l->separator = xstrndup(from, (size_t)(close - from));
	*s = close + 1;
	if (*s == end)
		return NULL;
	if (**s != '/')
		return "a split is written [split=SEPARATOR]";
	const char *part = ++*s;
	if (starts_with(part, (size_t)(end - part), SPLIT_BEGIN))
		return NULL;
	const char *stop = pick_end(part, end);
	*s = stop < end ? stop + 1 : end;
	return compile_pick(l, part, (size_t)(stop - part));
}

struct split *
split_new(const char *s, size_t len, const char **ret_problem)
{
	struct split *split = xcalloc(1, sizeof *split);
	const char *end = s + len, *problem = NULL;
	while (problem == NULL && s < end) {
		if (starts_with(s, (size_t)(end - s), SPLIT_BEGIN))
			problem = compile_level(split, &s, end);
		else
			problem = "after a part comes another [split=…], or nothing";
	}
	if (problem == NULL)
		return split;
	split_free(split);
	*ret_problem = problem;
	return NULL;
}

/* ---- reading */

static struct vigie_bytes
trimmed(const char *s, size_t len)
{
	static const char blank[] = " \t\r\n";
	while (len > 0 && strchr(blank, s[0]) != NULL) {
		s++;
		len--;
	}
	while (len > 0 && strchr(blank, s[len - 1]) != NULL)
		len--;
	return (struct vigie_bytes){ s, len };
}

/* The next part of what is left; false after the last. */
static bool
next_part(struct vigie_bytes *rest, const char *separator, struct vigie_bytes *ret)
{
	size_t n = strlen(separator);
	if (rest->s == NULL)
		return false;
	const char *at = memmem(rest->s, rest->len, separator, n);
	if (at == NULL) {
		*ret = trimmed(rest->s, rest->len);
		rest->s = NULL;
		return true;
	}
	size_t len = (size_t)(at - rest->s);
	*ret = trimmed(rest->s, len);
	*rest = (struct vigie_bytes){ at + n, rest->len - len - n };
	return true;
}

static bool
nth_part(struct vigie_bytes text, const char *separator, long index, struct vigie_bytes *ret)
{
	for (long i = 0; next_part(&text, separator, ret); i++)
		if (i == index)
			return true;
	return false;
}

static bool
is_wanted(const struct level *l, struct vigie_bytes part)
{
	struct vigie_bytes inner;
	return nth_part(part, l->inner, l->index, &inner) && inner.len == strlen(l->value) &&
	    memcmp(inner.s, l->value, inner.len) == 0;
}

static bool add_level(const struct split *s, size_t level, struct vigie_bytes text, struct buf *out,
    enum vigie_value_type *ret_type);

/* Every part that has a value, or the first of them. */
static bool
add_parts(const struct split *s, size_t level, struct vigie_bytes text, struct buf *out,
    enum vigie_value_type *ret_type)
{
	const struct level *l = &s->levels[level];
	size_t before = out->len;
	struct vigie_bytes part;
	while (next_part(&text, l->separator, &part)) {
		size_t mark = out->len;
		if (l->pick == PICK_WHERE && !is_wanted(l, part))
			continue;
		if (mark > before)
			buf_str(out, ", ");
		if (!add_level(s, level + 1, part, out, ret_type))
			buf_cut(out, mark);
		else if (l->pick == PICK_FIRST || l->pick == PICK_WHERE)
			return true;
	}
	*ret_type = VIGIE_TEXT;
	return out->len > before;
}

static bool
add_level(const struct split *s, size_t level, struct vigie_bytes text, struct buf *out,
    enum vigie_value_type *ret_type)
{
	struct vigie_bytes part;
	long n = 0;
	if (level == s->n) {
		buf_add(out, text.s, text.len);
		return text.len > 0;
	}
	const struct level *l = &s->levels[level];
	switch (l->pick) {
	case PICK_FIRST:
	case PICK_ALL:
	case PICK_WHERE:
		return add_parts(s, level, text, out, ret_type);
	case PICK_INDEX:
		return nth_part(text, l->separator, l->index, &part) && add_level(s, level + 1, part, out, ret_type);
	case PICK_COUNT:
		while (next_part(&text, l->separator, &part))
			n += part.len > 0;
		*ret_type = VIGIE_NUMBER;
		buf_fmt(out, "%ld", n);
		return true;
	}
	return false;
}

bool
split_add(const struct split *s, const char *text, struct buf *out, enum vigie_value_type *ret_type)
{
	*ret_type = VIGIE_TEXT;
	return add_level(s, 0, trimmed(text, strlen(text)), out, ret_type);
}
