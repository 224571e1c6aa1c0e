/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text is cut into tokens: words, numbers, signs.  `struct reading` gathers
 * what they say; a token that no table knows spoils it.
 */
#include "normalise/price.h"

#include "base/buf.h"
#include "normalise/decimal.h"
#include "normalise/text.h"

enum { TEXT_MAX = 255, NUMBER_MAX = 40 };

static const struct {
	const char *word, *unit;
} units[] = {
	{ "nuit", "night" }, { "nuits", "night" }, { "nuitée", "night" }, { "nuitee", "night" },
	{ "night", "night" }, { "nights", "night" }, { "jour", "day" }, { "jours", "day" },
	{ "journée", "day" }, { "journee", "day" }, { "day", "day" }, { "days", "day" }, { "j", "day" },
	{ "heure", "hour" }, { "heures", "hour" }, { "hour", "hour" }, { "hours", "hour" }, { "h", "hour" },
	{ "personne", "person" }, { "personnes", "person" }, { "person", "person" }, { "pers", "person" },
	{ "pers.", "person" }, { "people", "person" }, { "pax", "person" }, { "guest", "person" },
	{ "semaine", "week" }, { "week", "week" }, { "mois", "month" }, { "month", "month" },
	{ "an", "year" }, { "année", "year" }, { "year", "year" }, { "item", "item" },
	{ "pièce", "item" }, { "piece", "item" }, { "unité", "item" }, { "unit", "item" },
};

/* Words that change nothing about which amount is meant. */
static const char *const neutral[] = { "à", "a", "partir", "de", "dès", "d", "from", "starting", "at",
	"prix", "price", "tarif", "par", "per", "la", "le", "l", "ttc", "seulement", "only", "chaque", "each" };

static const char *const free_words[] = { "offert", "offerte", "offerts", "offertes", "gratuit", "gratuite",
	"gratuits", "gratuites", "free", "gratis" };

struct reading {
	const struct price_rules *rules;
	struct decimal number;
	int numbers;
	bool symbols;			/* anything beside a number */
	bool spoilt;
	const struct currency *currency;
	const char *unit;
	bool two_units;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool
in_list(const char *s, size_t len, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_is(s, len, list[i]))
			return true;
	return false;
}

const char *
price_unit(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (text_is(s, len, units[i].word))
			return units[i].unit;
	return NULL;
}

/* ---- numbers */

static bool
groups_by(const char *s, char c)
{
	return c == ' ' || c == '\'' || c == '.' || c == ',' ? is_digit(s[1]) : false;
}

/*
 * Where the whole part ends in `s` (digits, points, commas, spaces,
 * apostrophes), or -1 if it can be read in two ways: the last point or comma
 * is a decimal one unless there are several of it, and "1,234" is ambiguous.
 */
static int
whole_part(const char *s, size_t len)
{
	size_t last = len, same = 0;
	for (size_t i = 0; i < len; i++)
		if (s[i] == '.' || s[i] == ',')
			last = i;
	if (last == len)
		return (int)len;
	for (size_t i = 0; i < len; i++)
		same += s[i] == s[last];
	if (same > 1)
		return (int)len;	/* 1.234.567 */
	bool alone = strspn(s, "0123456789") == last && last <= 3 && s[0] != '0';
	return len - last - 1 == 3 && alone ? -1 : (int)last;
}

/* Digits in groups: up to three, then threes with one kind of separator.
 * Returns how many digits went to `out`, or -1. */
static int
ungroup(const char *s, size_t len, char *out)
{
	int n = 0;
	size_t run = 0, groups = 0;
	char separator = 0;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && is_digit(s[i])) {
			out[n++] = s[i];
			run++;
			continue;
		}
		if ((groups > 0 || i < len) && (groups > 0 ? run != 3 : run > 3 || run == 0))
			return -1;
		if (i < len && separator != 0 && separator != s[i])
			return -1;
		separator = i < len ? s[i] : separator;
		groups++;
		run = 0;
	}
	/* "30 150 380" is rather three prices than thirty millions. */
	return separator == ' ' && groups > 2 ? -1 : n;
}

static int
read_grouped(const char *s, size_t len, struct decimal *ret)
{
	char plain[NUMBER_MAX];
	int whole = whole_part(s, len);
	int n = whole < 0 ? -1 : ungroup(s, (size_t)whole, plain);
	if (n < 0)
		return -1;
	size_t rest = len - (size_t)whole;
	memcpy(plain + n, s + whole, rest);
	return decimal_parse(plain, (size_t)n + rest, ret);
}

static size_t
take_number(struct reading *r, const char *s)
{
	char number[NUMBER_MAX + 1];
	size_t len = 0;
	while (is_digit(s[len]) || (len > 0 && groups_by(s + len, s[len])))
		len++;
	r->numbers++;
	if (len > NUMBER_MAX) {
		r->spoilt = true;
		return len;
	}
	memcpy(number, s, len);
	number[len] = '\0';
	size_t digits = strspn(number, "0123456789");
	if (digits == len ? decimal_parse(number, len, &r->number) != 0
	    : read_grouped(number, len, &r->number) != 0)
		r->spoilt = true;
	return len;
}

/* ---- words and signs */

static void
take_currency(struct reading *r, const struct currency *c)
{
	c = currency_agree(c, r->rules->currency);
	if (r->currency != NULL && r->currency != c)
		r->spoilt = true;
	r->currency = c;
}

static void
take_unit(struct reading *r, const char *unit)
{
	r->two_units |= r->unit != NULL && strcmp(r->unit, unit) != 0;
	r->unit = unit;
}

static size_t
take_word(struct reading *r, const char *s)
{
	const struct currency *c;
	const char *unit;
	size_t len = 0;
	while (is_letter(s[len]) || (len > 0 && s[len] == '$'))
		len++;
	if (s[len] == '.' && text_is(s, len, "pers"))
		len++;
	r->symbols = true;
	if ((c = currency_find(s, len)) != NULL)
		take_currency(r, c);
	else if ((unit = price_unit(s, len)) != NULL)
		take_unit(r, unit);
	else if (!in_list(s, len, neutral, sizeof neutral / sizeof *neutral))
		r->spoilt = true;
	return len;
}

/* A sign such as € that touches a word or not: it is a token of its own. */
static size_t
take_sign(struct reading *r, const char *s)
{
	static const char *const signs[] = { "€", "£", "¥", "$" };
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		size_t len = strlen(signs[i]);
		if (strncmp(s, signs[i], len) == 0) {
			r->symbols = true;
			take_currency(r, currency_find(s, len));
			return len;
		}
	}
	return 0;
}

static size_t
take_token(struct reading *r, const char *s)
{
	size_t len;
	if (is_digit(*s))
		return take_number(r, s);
	if ((len = take_sign(r, s)) > 0)
		return len;
	if (is_letter(*s))
		return take_word(r, s);
	if (*s != ' ') {
		r->symbols = true;
		r->spoilt |= strchr("/':.()", *s) == NULL;
	}
	return 1;
}

static void
read_tokens(struct reading *r, const char *s)
{
	while (*s != '\0')
		s += take_token(r, s);
}

/* ---- lists */

/* A comma between two digits belongs to a number. */
static bool
separates(const char *s, size_t i)
{
	if (s[i] == ';' || s[i] == '|')
		return true;
	return s[i] == ',' && !(i > 0 && is_digit(s[i - 1]) && is_digit(s[i + 1]));
}

static size_t
element_len(const char *s)
{
	size_t i = 0;
	while (s[i] != '\0' && !separates(s, i))
		i++;
	return i;
}

static bool
is_absent(const char *s, size_t len)
{
	return strspn(s, " -") >= len;
}

/* The list's only element that is there goes to the front of `s`; -1 if there
 * are none or several. */
static int
only_element(char *s)
{
	const char *found = NULL;
	size_t found_len = 0;
	for (const char *p = s;; p++) {
		size_t len = element_len(p);
		if (!is_absent(p, len)) {
			if (found != NULL)
				return -1;
			found = p;
			found_len = len;
		}
		p += len;
		if (*p == '\0')
			break;
	}
	if (found == NULL)
		return -1;
	memmove(s, found, found_len);
	s[found_len] = '\0';
	return 0;
}

/* ---- the whole */

/* U+2019, the printed apostrophe, becomes the typed one. */
static void
type_apostrophes(char *s)
{
	static const char printed[] = "\xe2\x80\x99";
	char *p;
	while ((p = strstr(s, printed)) != NULL) {
		*p = '\'';
		memmove(p + 1, p + 3, strlen(p + 3) + 1);
	}
}

static void
settle(const struct reading *r, struct price *ret)
{
	const struct price_rules *rules = r->rules;
	bool bare = !r->symbols;
	if (r->spoilt || r->numbers != 1 || r->number.negative ||
	    (rules->explicit && r->currency != NULL && r->currency != rules->currency))
		return;
	const struct currency *c = r->currency != NULL ? r->currency : rules->currency;
	int64_t minor;
	if (c == NULL || decimal_scaled(&r->number, bare && rules->minor ? 0 : c->decimals, &minor) != 0)
		return;
	ret->known = true;
	ret->minor = minor;
	ret->currency = c;
}

static void
read_text(char *s, const struct price_rules *rules, struct price *ret)
{
	struct reading r = { .rules = rules };
	type_apostrophes(s);
	size_t len = strlen(s);
	text_lower(s, len);
	if (in_list(s, len, free_words, sizeof free_words / sizeof *free_words)) {
		*ret = (struct price){ .known = true, .words = true, .currency = rules->currency };
		return;
	}
	if (s[element_len(s)] != '\0') {
		ret->several = true;
		ret->words = true;
		if (only_element(s) != 0)
			return;
	}
	read_tokens(&r, s);
	ret->words |= r.symbols || r.numbers != 1 || r.spoilt;
	ret->several |= r.two_units;
	ret->unit = r.two_units ? NULL : r.unit;
	ret->currency = r.currency;
	settle(&r, ret);
}

static void
read_number(const char *s, size_t len, const struct price_rules *rules, struct price *ret)
{
	struct reading r = { .rules = rules, .numbers = 1 };
	if (decimal_parse(s, len, &r.number) == 0)
		settle(&r, ret);
	ret->words = !ret->known;
}

void
price_read(const char *s, size_t len, const struct price_rules *rules, struct price *ret)
{
	char text[TEXT_MAX + 1];
	*ret = (struct price){ .known = false };
	if (rules->number) {
		read_number(s, len, rules, ret);
	} else if (len > TEXT_MAX) {
		ret->words = true;
	} else {
		memcpy(text, s, len);
		text[len] = '\0';
		read_text(text, rules, ret);
	}
	ret->words |= !ret->known;
}
