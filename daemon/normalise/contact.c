/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/contact.h"

#include "base/buf.h"
#include "normalise/text.h"

enum { GROUPS_MAX = 16, NATIONAL_DIGITS = 10, INTERNATIONAL_MIN = 9, INTERNATIONAL_MAX = 15, CONTEXT_LEN = 24,
	NAME_MAX_LEN = 64 };

/* ---- e-mail addresses */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool
is_local(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("._%+-'", c) != NULL);
}

static bool
is_domain(char c)
{
	return is_alnum(c) || c == '.' || c == '-';
}

/* Where an address around the "@" at `at` starts and ends; false: none. */
static bool
find_address(const char *s, size_t len, size_t at, size_t *ret_start, size_t *ret_end)
{
	size_t start = at, end = at + 1;
	while (start > *ret_start && is_local(s[start - 1]))
		start--;
	while (end < len && is_domain(s[end]))
		end++;
	while (end > at + 1 && !is_alnum(s[end - 1]))
		end--;
	const char *dot = memrchr(s + at, '.', end - at);
	if (start == at || dot == NULL || dot == s + at + 1 || (size_t)(s + end - dot) < 3 || is_digit(dot[1]))
		return false;
	if (start - *ret_start >= 7 && strncasecmp(s + start - 7, "mailto:", 7) == 0)
		start -= 7;
	*ret_start = start;
	*ret_end = end;
	return true;
}

/* ---- telephone numbers */

enum separator { SEPARATOR_NONE, SEPARATOR_SPACE, SEPARATOR_DOT, SEPARATOR_DASH, SEPARATOR_SLASH };

/* Digits in groups, with one kind of separator between them. */
struct groups {
	size_t n;
	size_t len[GROUPS_MAX];		/* digits of each */
	size_t start[GROUPS_MAX], end[GROUPS_MAX];	/* in the text */
	enum separator separator;
};

/* How ten digits from 0 are grouped; ends with 0. */
static const unsigned char groupings[][6] = { { 10 }, { 2, 2, 2, 2, 2 }, { 4, 2, 2, 2 }, { 4, 3, 3 }, { 1, 3, 3, 3 },
	{ 1, 3, 2, 2, 2 }, { 2, 8 }, { 4, 6 }, { 2, 4, 4 }, { 3, 3, 2, 2 } };

/* Countries that "00" may be followed by. */
static const char *const countries[] = { "33", "32", "41", "44", "49", "34", "39", "31", "352", "351", "377",
	"262", "590", "594", "596" };

/* Spaces are plain in clean text, but for JSON strings that are not. */
static size_t
space_len(const char *s, size_t len)
{
	if (len > 0 && s[0] == ' ')
		return 1;
	if (len > 1 && memcmp(s, "\xc2\xa0", 2) == 0)
		return 2;
	return len > 2 && memcmp(s, "\xe2\x80\xaf", 3) == 0 ? 3 : 0;
}

static enum separator
separator_kind(char c)
{
	switch (c) {
	case '.':
		return SEPARATOR_DOT;
	case '-':
		return SEPARATOR_DASH;
	case '/':
		return SEPARATOR_SLASH;
	default:
		return SEPARATOR_NONE;
	}
}

/* Bytes of the separator at `s`; 0: none. */
static size_t
separator_len(const char *s, size_t len, enum separator *ret_kind)
{
	size_t space = space_len(s, len);
	*ret_kind = space > 0 || len == 0 ? SEPARATOR_SPACE : separator_kind(s[0]);
	return space > 0 ? space : *ret_kind != SEPARATOR_NONE && len > 0;
}

static size_t
digit_run(const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && is_digit(s[n]))
		n++;
	return n;
}

static void
read_groups(const char *s, size_t len, size_t start, struct groups *g)
{
	size_t i = start, n;
	enum separator kind;
	g->n = 0;
	g->separator = SEPARATOR_NONE;
	while (g->n < GROUPS_MAX && (n = digit_run(s + i, len - i)) > 0) {
		g->start[g->n] = i;
		g->len[g->n] = n;
		i += n;
		g->end[g->n++] = i;
		size_t gap = separator_len(s + i, len - i, &kind);
		if (gap == 0 || i + gap >= len || !is_digit(s[i + gap]))
			break;
		if (g->separator != SEPARATOR_NONE && kind != g->separator)
			break;
		g->separator = kind;
		i += gap;
	}
}

/* How many groups from `first` on make a French number; 0: they do not. */
static size_t
match_national(const char *s, const struct groups *g, size_t first)
{
	const char *digits = s + g->start[first];
	if (digits[0] != '0' || (g->len[first] > 1 && digits[1] == '0'))
		return 0;
	for (size_t i = 0; i < sizeof groupings / sizeof *groupings; i++) {
		size_t k = 0;
		while (first + k < g->n && groupings[i][k] != 0 && g->len[first + k] == groupings[i][k])
			k++;
		if (groupings[i][k] == 0)
			return k;
	}
	return 0;
}

/*
 * How many groups are French numbers, one after another.  Hours such as
 * "08 00 12 00 14 00" are pairs as well: a series that goes on with groups of
 * the same length is no number, nor is one that goes on after "-" or ".".  Ten
 * digits in one group are one whatever other number follows.
 */
static size_t
national_groups(const char *s, const struct groups *g)
{
	size_t first = 0, k;
	bool spaced = g->separator == SEPARATOR_SPACE || g->separator == SEPARATOR_NONE;
	while (first < g->n && (k = match_national(s, g, first)) > 0) {
		first += k;
		if (first < g->n && spaced && (k == 1 || g->len[first] != g->len[first - 1]))
			return first;
	}
	return first == g->n ? first : 0;
}

/* A decimal number or an amount goes on here. */
static bool
ends_well(const char *s, size_t len, size_t end)
{
	if (end >= len)
		return true;
	if (is_alnum(s[end]) && space_len(s + end, len - end) == 0 && (unsigned char)s[end] < 0x80)
		return false;
	if (strchr(".,:", s[end]) != NULL && end + 1 < len && is_digit(s[end + 1]))
		return false;
	size_t gap = space_len(s + end, len - end);
	return strchr("%_$=", s[end]) == NULL && strncmp(s + end + gap, "€", strlen("€")) != 0;
}

static bool
starts_well(const char *s, size_t from, size_t start)
{
	if (start == from)
		return true;
	char before = s[start - 1];
	if ((unsigned char)before >= 0x80)	/* a letter, or a no-break space */
		return start - from >= 2 && (memcmp(s + start - 2, "\xc2\xa0", 2) == 0 ||
		    (start - from >= 3 && memcmp(s + start - 3, "\xe2\x80\xaf", 3) == 0));
	if (is_alnum(before) || strchr("_=#", before) != NULL)
		return false;
	return strchr(".,-/+:", before) == NULL || start - from < 2 || !is_digit(s[start - 2]);
}

/* "ISBN 0306406152", "réf. 0123456789", "/annonce/0123456789" */
static bool
is_identifier(const char *s, size_t from, size_t start)
{
	static const char *const words[] = { "isbn", "ean", "siren", "siret", "ref", "réf", "référence", "reference",
		"id", "identifiant", "code", "rna", "n°", "dossier" };
	char before[CONTEXT_LEN];
	if (start > from && s[start - 1] == '/')
		return true;
	size_t len = start - from < CONTEXT_LEN ? start - from : CONTEXT_LEN;
	memcpy(before, s + start - len, len);
	text_lower(before, len);
	while (len > 0 && strchr(" :.#", before[len - 1]) != NULL)
		len--;
	size_t word = len;
	while (word > 0 && is_alnum(before[word - 1]))
		word--;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_is(before + word, len - word, words[i]))
			return true;
	return false;
}

static bool
find_national(const char *s, size_t len, size_t from, size_t start, size_t *ret_end)
{
	struct groups g;
	read_groups(s, len, start, &g);
	size_t n = national_groups(s, &g);
	if (n == 0 || !ends_well(s, len, g.end[n - 1]))
		return false;
	if (n == 1 && is_identifier(s, from, start))
		return false;
	*ret_end = g.end[n - 1];
	return true;
}

/* "(0)" or ")" that stands between the country and the number. */
static size_t
trunk_len(const char *s, size_t len)
{
	size_t gap = space_len(s, len), n = 0;
	if (len - gap >= 3 && memcmp(s + gap, "(0)", 3) == 0)
		n = gap + 3;
	else if (len > 0 && s[0] == ')')
		n = 1;
	return n > 0 ? n + space_len(s + n, len - n) : 0;
}

/* Adds whole groups while there are at most `max` digits. */
static void
count_digits(const struct groups *g, size_t max, size_t *digits, size_t *end)
{
	for (size_t i = 0; i < g->n && *digits + g->len[i] <= max; i++) {
		*digits += g->len[i];
		*end = g->end[i];
	}
}

/* "+33" has nine digits after it, ten with a 0 that should not be there. */
static size_t
international_max(const char *s, const struct groups *g, bool trunk)
{
	const char *digits = s + g->start[0];
	if (strncmp(digits, "33", 2) != 0)
		return INTERNATIONAL_MAX;
	char next = g->len[0] > 2 ? digits[2] : g->n > 1 ? s[g->start[1]] : ' ';
	return next == '0' && !trunk ? 12 : 11;
}

/* "+1 000 000 000" is rather an amount. */
static bool
is_round(const char *s, const struct groups *g)
{
	for (size_t i = 1; i < g->n; i++)
		if (strspn(s + g->start[i], "0") < g->len[i])
			return false;
	return g->n > 1;
}

/* `start` is at the first digit of the country. */
static bool
find_international(const char *s, size_t len, size_t start, size_t *ret_end)
{
	struct groups g, rest = { .n = 0 };
	size_t digits = 0, end = start;
	if (start >= len || s[start] == '0')
		return false;
	read_groups(s, len, start, &g);
	if (g.n == 0 || is_round(s, &g) || (g.separator == SEPARATOR_DOT && g.n == 2))
		return false;	/* +44.5003120 is a coordinate */
	size_t after = g.end[g.n - 1], trunk = g.n == 1 ? trunk_len(s + after, len - after) : 0;
	size_t max = international_max(s, &g, trunk > 0);
	count_digits(&g, max, &digits, &end);
	if (trunk > 0) {
		read_groups(s, len, after + trunk, &rest);
		count_digits(&rest, max, &digits, &end);
	}
	*ret_end = end;
	return digits >= INTERNATIONAL_MIN && ends_well(s, len, end);
}

static bool
known_country(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof countries / sizeof *countries; i++) {
		size_t n = strlen(countries[i]);
		if (len >= n && memcmp(s, countries[i], n) == 0)
			return true;
	}
	return false;
}

/* A number that starts exactly at `start`; `from` is where the text does. */
static bool
find_number(const char *s, size_t len, size_t from, size_t start, size_t *ret_end)
{
	if (!starts_well(s, from, start))
		return false;
	if (s[start] == '+')
		return find_international(s, len, start + 1, ret_end);
	if (len - start > 4 && s[start + 1] == '0')
		return known_country(s + start + 2, len - start - 2) &&
		    find_international(s, len, start + 2, ret_end);
	return find_national(s, len, from, start, ret_end);
}

/* ---- taking out */

struct cut {
	struct buf *text;
	size_t to;		/* what was kept ends here */
	size_t start;
};

/* Copies s[from, end) down; where something was cut, one space is enough. */
static void
keep(struct cut *c, size_t from, size_t end, bool after_cut)
{
	char *s = c->text->data;
	if (after_cut && from < end && s[from] == ' ' && (c->to == c->start || s[c->to - 1] == ' '))
		from++;
	memmove(s + c->to, s + from, end - from);
	c->to += end - from;
}

static void
finish(struct cut *c)
{
	while (c->to > c->start && (c->text->data[c->to - 1] == ' ' || c->text->data[c->to - 1] == '\n'))
		c->to--;
	buf_cut(c->text, c->to);
}

static uint64_t
remove_addresses(struct buf *text, size_t start)
{
	struct cut c = { text, start, start };
	uint64_t n = 0;
	size_t done = start, i = start;
	const char *s = text->data, *at;
	while ((at = memchr(s + i, '@', text->len - i)) != NULL) {
		size_t from = done, end;
		i = (size_t)(at - s) + 1;
		if (!find_address(s, text->len, i - 1, &from, &end))
			continue;
		keep(&c, done, from, n++ > 0);
		done = i = end;
	}
	keep(&c, done, text->len, n > 0);
	if (n > 0)
		finish(&c);
	return n;
}

static uint64_t
remove_numbers(struct buf *text, size_t start)
{
	struct cut c = { text, start, start };
	uint64_t n = 0;
	size_t done = start, end, len = text->len - start;
	const char *s = text->data;
	if (memchr(s + start, '0', len) == NULL && memchr(s + start, '+', len) == NULL)
		return 0;
	for (size_t i = start; i < text->len; i++) {
		if ((s[i] != '0' && s[i] != '+') || !find_number(s, text->len, done, i, &end))
			continue;
		keep(&c, done, i, n++ > 0);
		done = end;
		i = end - 1;
	}
	keep(&c, done, text->len, n > 0);
	if (n > 0)
		finish(&c);
	return n;
}

uint64_t
contact_remove(struct buf *text, size_t start, bool keep_numbers)
{
	uint64_t n = 0;
	size_t len = text->len - start;
	if (len == 0)
		return 0;
	if (memchr(text->data + start, '@', len) != NULL)
		n += remove_addresses(text, start);
	if (!keep_numbers)
		n += remove_numbers(text, start);
	return n;
}

/* ---- names of properties */

/* The words of "contact_phone", "numTel", "E-mail", in lower case. */
struct words {
	const char *s;
	size_t len, at;
	char word[NAME_MAX_LEN];
	size_t word_len;
};

static bool
next_word(struct words *w)
{
	while (w->at < w->len && !is_alnum(w->s[w->at]))
		w->at++;
	size_t start = w->at;
	while (w->at < w->len && is_alnum(w->s[w->at])) {
		char c = w->s[w->at], before = w->at > start ? w->s[w->at - 1] : c;
		if ((c >= 'A' && c <= 'Z' && before >= 'a' && before <= 'z') || is_digit(c) != is_digit(before))
			break;
		w->at++;
	}
	w->word_len = w->at - start;
	if (w->word_len > sizeof w->word)
		w->word_len = sizeof w->word;
	memcpy(w->word, w->s + start, w->word_len);
	text_lower(w->word, w->word_len);
	return w->word_len > 0;
}

static bool
is_one_of(const struct words *w, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_is(w->word, w->word_len, list[i]))
			return true;
	return false;
}

bool
contact_name(const char *name, size_t len)
{
	static const char *const anywhere[] = { "email", "emails", "mail", "mails", "courriel", "courriels", "mailto",
		"phone", "phones", "tel", "tels", "telephone", "telephones", "téléphone", "téléphones", "fax",
		"whatsapp", "cellphone" };
	static const char *const last[] = { "mobile", "portable", "gsm", "cell" };
	struct words w = { .s = name, .len = len };
	while (next_word(&w))
		if (is_one_of(&w, anywhere, sizeof anywhere / sizeof *anywhere) ||
		    (w.at == len && is_one_of(&w, last, sizeof last / sizeof *last)))
			return true;
	return false;
}

bool
contact_name_of_id(const char *name, size_t len)
{
	static const char *const ids[] = { "id", "ids", "uid", "uuid", "siret", "siren", "ref", "reference",
		"référence", "code", "insee", "ean", "isbn", "rna", "sku", "uri", "url" };
	struct words w = { .s = name, .len = len };
	while (next_word(&w))
		if (is_one_of(&w, ids, sizeof ids / sizeof *ids))
			return true;
	return false;
}
