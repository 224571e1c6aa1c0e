/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr_private.h"
#include "lib/pointer.h"

static const char join_open[] = "join(";

static void
pointer_done(struct pointer *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->segments[i].name);
		free(p->segments[i].value);
		split_free(p->segments[i].split);
		if (p->segments[i].where != NULL)
			pointer_done(p->segments[i].where);
		free(p->segments[i].where);
	}
	free(p->segments);
}

void
expr_free(struct expr *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->n; i++) {
		struct alternative *a = &e->list[i];
		for (size_t j = 0; j < a->n_pieces; j++) {
			free(a->pieces[j].text);
			pointer_done(&a->pieces[j].pointer);
		}
		free(a->pieces);
		free(a->separator);
		pointer_done(&a->pointer);
	}
	free(e->list);
	free(e);
}

static int
segment_index(const char *name)
{
	size_t len = strlen(name);
	if (strcmp(name, "-1") == 0)
		return INDEX_LAST;
	if (len == 0 || len > 6 || strspn(name, "0123456789") != len)
		return INDEX_NONE;
	return (int)strtol(name, NULL, 10);
}

static const char *compile_pointer(struct pointer *p, const char *s, size_t len);

/* "[name=value]", "[a/b=value]" */
static const char *
compile_where(struct segment *seg, const char *s, size_t len)
{
	const char *equals = memchr(s, '=', len), *slash;
	if (s[len - 1] != ']' || equals == NULL || equals == s + 1)
		return "a choice is written [name=value]";
	seg->kind = SEGMENT_WHERE;
	seg->value = pointer_unescape(equals + 1, (size_t)(s + len - 1 - equals) - 1);
	slash = memchr(s, '/', (size_t)(equals - s));
	seg->name = pointer_unescape(s + 1, (size_t)((slash ? slash : equals) - s) - 1);
	if (slash == NULL)
		return NULL;
	seg->where = xcalloc(1, sizeof *seg->where);
	return compile_pointer(seg->where, slash, (size_t)(equals - slash));
}

static const char *
compile_segment(struct segment *seg, const char *s, size_t len)
{
	const char *problem = NULL;
	*seg = (struct segment){ .index = INDEX_NONE };
	if (len > strlen(SPLIT_BEGIN) && memcmp(s, SPLIT_BEGIN, strlen(SPLIT_BEGIN)) == 0) {
		seg->kind = SEGMENT_SPLIT;
		seg->split = split_new(s, len, &problem);
	} else if (len == 1 && s[0] == '*') {
		seg->kind = SEGMENT_ALL;
	} else if (len == 1 && s[0] == '#') {
		seg->kind = SEGMENT_COUNT;
	} else if (len > 0 && s[0] == '[') {
		return compile_where(seg, s, len);
	} else {
		seg->kind = SEGMENT_NAME;
		seg->name = pointer_unescape(s, len);
		seg->index = segment_index(seg->name);
	}
	return problem;
}

/* Up to the next "/", but not to one inside of "[…]". */
static size_t
segment_len(const char *s, const char *end)
{
	const char *p = s;
	if (p < end && *p == '[')
		while (p < end && !(*p == ']' && (p + 1 == end || p[1] == '/')))
			p++;
	while (p < end && *p != '/')
		p++;
	return (size_t)(p - s);
}

static const char *
add_segment(struct pointer *p, const char *s, size_t len)
{
	if (p->n == SEGMENTS_MAX)
		return "a pointer has too many parts";
	p->segments = xrealloc(p->segments, p->n + 1, sizeof *p->segments);
	return compile_segment(&p->segments[p->n++], s, len);
}

/* location.city, descriptions[locale=fr].title, images[0].url, labels[*].name.
 * A single word is none: it may well be a text that lost its quotes. */
static bool
is_dotted(const char *s, size_t len)
{
	size_t name = strcspn(s, ".[");
	return name > 0 && name < len && strspn(s, "0123456789") < name && memchr(s, '/', name) == NULL &&
	    memchr(s, ' ', name) == NULL && memchr(s, ':', name) == NULL;
}

static const char *
compile_dotted(struct pointer *p, const char *s, size_t len)
{
	const char *end = s + len, *problem = NULL;
	while (s < end && problem == NULL) {
		size_t left = (size_t)(end - s), n = 0;
		if (*s == '[') {
			const char *close = memchr(s, ']', left);
			if (close == NULL)
				return "a \"]\" is missing";
			bool choice = memchr(s, '=', (size_t)(close - s)) != NULL;
			problem = choice ? add_segment(p, s, (size_t)(close - s) + 1) :
			    add_segment(p, s + 1, (size_t)(close - s) - 1);
			s = close + 1;
			if (s < end && *s != '[' && *s != '.')
				return "after \"]\" comes \".\" or \"[\"";
		} else {
			while (n < left && s[n] != '.' && s[n] != '[')
				n++;
			if (n == 0 || memchr(s, ' ', n) != NULL || memchr(s, '/', n) != NULL)
				return "between dots are names: one with other characters is written as a pointer, /a b/c";
			problem = add_segment(p, s, n);
			s += n;
		}
		if (s < end && *s == '.' && ++s == end)
			return "a name is missing after the last dot";
	}
	return problem;
}

static const char *
compile_pointer(struct pointer *p, const char *s, size_t len)
{
	const char *end = s + len;
	if (is_dotted(s, len))
		return compile_dotted(p, s, len);
	p->of_place = s < end && *s == '@';
	if (p->of_place)
		s++;
	while (s < end) {
		if (*s != '/')
			return "a pointer starts with \"/\" (or \"@/\" for a place), a fixed text with a quote";
		const char *from = ++s;
		bool packed = strncmp(from, SPLIT_BEGIN, strlen(SPLIT_BEGIN)) == 0;
		s = packed ? end : from + segment_len(from, end);
		const char *problem = add_segment(p, from, (size_t)(s - from));
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

static struct piece *
add_piece(struct alternative *a)
{
	a->pieces = xrealloc(a->pieces, a->n_pieces + 1, sizeof *a->pieces);
	a->pieces[a->n_pieces] = (struct piece){ 0 };
	return &a->pieces[a->n_pieces++];
}

static const char *
compile_quoted(struct alternative *a, const char *s, size_t len)
{
	const char *end = s + len - 1;
	if (len < 2 || *end != '"')
		return "a quote is missing at the end";
	for (s++; s < end || a->n_pieces == 0;) {
		const char *brace = s < end ? memchr(s, '{', (size_t)(end - s)) : NULL;
		const char *stop = brace ? brace : end;
		if (stop > s || a->n_pieces == 0)
			add_piece(a)->text = xstrndup(s, (size_t)(stop - s));
		if (brace == NULL)
			break;
		const char *close = memchr(brace, '}', (size_t)(end - brace));
		if (close == NULL)
			return "a \"}\" is missing";
		const char *problem = compile_pointer(&add_piece(a)->pointer, brace + 1,
		    (size_t)(close - brace) - 1);
		if (problem != NULL)
			return problem;
		s = close + 1;
	}
	return NULL;
}

/* join("SEPARATOR", POINTER, POINTER …) */
static const char *
compile_join(struct alternative *a, const char *s, size_t len)
{
	const char *end = s + len - 1;		/* the closing bracket */
	s += strlen(join_open);
	s += strspn(s, " ");
	const char *close = *s == '"' ? strchr(s + 1, '"') : NULL;
	if (close == NULL || *end != ')')
		return "a join is written join(\", \", /one, /other)";
	a->separator = xstrndup(s + 1, (size_t)(close - s) - 1);
	for (s = close + 1 + strspn(close + 1, " "); s < end && *s == ',';) {
		s += 1 + strspn(s + 1, " ");
		size_t n = strcspn(s, ",)"), blank = n;
		while (blank > 0 && s[blank - 1] == ' ')
			blank--;
		if (blank == 0)
			return "a pointer is missing in the join";
		const char *problem = compile_pointer(&add_piece(a)->pointer, s, blank);
		if (problem != NULL)
			return problem;
		s += n;
	}
	return s == end && a->n_pieces > 0 ? NULL : "a join is written join(\", \", /one, /other)";
}

/* How long the alternative that starts here is. */
static size_t
alternative_len(const char *s)
{
	bool join = strncmp(s, join_open, strlen(join_open)) == 0;
	const char *quote = join ? strchr(s, '"') : *s == '"' ? s : NULL;
	const char *close = quote ? strchr(quote + 1, '"') : NULL;
	if (close != NULL && join)
		close = strchr(close, ')');
	if (quote != NULL || join)
		return close ? (size_t)(close - s) + 1 : strlen(s);
	const char *bar = strstr(s, " | ");
	return bar ? (size_t)(bar - s) : strlen(s);
}

static const char *
compile_alternative(struct alternative *a, const char *s, size_t len)
{
	if (*s == '"')
		return compile_quoted(a, s, len);
	if (strncmp(s, join_open, strlen(join_open)) == 0)
		return compile_join(a, s, len);
	return compile_pointer(&a->pointer, s, len);
}

static const char *
compile(struct expr *e, const char *s)
{
	for (;;) {
		s += strspn(s, " ");
		size_t len = alternative_len(s);
		const char *rest = s + len;
		while (len > 0 && s[len - 1] == ' ')
			len--;
		if (len == 0)
			return "an alternative is empty";
		if (e->n == ALTERNATIVES_MAX)
			return "there are more than 8 alternatives";
		e->list = xrealloc(e->list, e->n + 1, sizeof *e->list);
		struct alternative *a = &e->list[e->n++];
		*a = (struct alternative){ 0 };
		const char *problem = compile_alternative(a, s, len);
		if (problem != NULL)
			return problem;
		rest += strspn(rest, " ");
		if (*rest == '\0')
			return NULL;
		if (*rest != '|')
			return "alternatives are separated by \" | \"";
		s = rest + 1;
	}
}

struct expr *
expr_new(const char *text, char *problem, size_t problem_size)
{
	struct expr *e = xcalloc(1, sizeof *e);
	const char *why = compile(e, text);
	if (why == NULL)
		return e;
	(void)snprintf(problem, problem_size, "%s", why);
	expr_free(e);
	return NULL;
}
