/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text is cut into tokens: words, numbers, signs.  `struct reading` gathers
 * what they say; a token that no table knows spoils it.  Where no currency is
 * named, what stands around the number tells a price from "2 nuits", "20h",
 * "à 5 personnes" and "semaine 27".
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

enum token {
	TOKEN_NONE,
	TOKEN_NUMBER,
	TOKEN_CURRENCY,
	TOKEN_UNIT,
	TOKEN_LEAD,		/* a price may follow */
	TOKEN_LINK,		/* belongs to what follows */
	TOKEN_PER,		/* a unit follows */
};

/* Words that change nothing about which amount is meant. */
static const struct {
	const char *word;
	enum token token;
} neutral[] = {
	{ "partir", TOKEN_LEAD }, { "dès", TOKEN_LEAD }, { "from", TOKEN_LEAD }, { "starting", TOKEN_LEAD },
	{ "prix", TOKEN_LEAD }, { "price", TOKEN_LEAD }, { "tarif", TOKEN_LEAD }, { "ttc", TOKEN_LEAD },
	{ "seulement", TOKEN_LEAD }, { "only", TOKEN_LEAD }, { "chaque", TOKEN_LEAD }, { "each", TOKEN_LEAD },
	{ "à", TOKEN_LINK }, { "a", TOKEN_LINK }, { "de", TOKEN_LINK }, { "d", TOKEN_LINK }, { "at", TOKEN_LINK },
	{ "la", TOKEN_LINK }, { "le", TOKEN_LINK }, { "l", TOKEN_LINK },
	{ "par", TOKEN_PER }, { "per", TOKEN_PER },
};

static const char *const free_words[] = { "offert", "offerte", "offerts", "offertes", "gratuit", "gratuite",
	"gratuits", "gratuites", "free", "gratis" };

struct reading {
	const struct price_rules *rules;
	struct decimal number;
	int numbers;
	bool symbols;			/* anything beside a number */
	bool spoilt;
	bool doubtful;			/* no price unless a currency says that it is one */
	enum token last;
	bool led;			/* nothing but links since a TOKEN_LEAD */
	const char *fresh;		/* here a number may start with its point */
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
is_blank(char c)
{
	return c == ' ' || c == '\n';
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

static void
follow(struct reading *r, enum token token)
{
	if (token == TOKEN_NUMBER)
		r->doubtful |= r->last == TOKEN_PER || (r->last == TOKEN_LINK && !r->led);
	else if (token == TOKEN_UNIT && r->last != TOKEN_PER)
		r->doubtful |= r->last != TOKEN_LINK || r->numbers == 0;
	r->led = token == TOKEN_LEAD || (r->led && token == TOKEN_LINK);
	r->last = token;
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

/* Starts with a digit, or with a point and a digit. */
static size_t
take_number(struct reading *r, const char *s)
{
	char number[NUMBER_MAX + 1];
	size_t len = 0;
	while (is_digit(s[len]) || groups_by(s + len, s[len]))
		len++;
	follow(r, TOKEN_NUMBER);
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
	follow(r, TOKEN_CURRENCY);
}

static void
take_unit(struct reading *r, const char *unit)
{
	r->two_units |= r->unit != NULL && strcmp(r->unit, unit) != 0;
	r->unit = unit;
	follow(r, TOKEN_UNIT);
}

static void
take_neutral(struct reading *r, const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof neutral / sizeof *neutral; i++)
		if (text_is(s, len, neutral[i].word)) {
			follow(r, neutral[i].token);
			return;
		}
	r->spoilt = true;
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
	else
		take_neutral(r, s, len);
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
			r->fresh = s + len;
			return len;
		}
	}
	return 0;
}

static size_t
take_token(struct reading *r, const char *s)
{
	size_t len;
	bool point = *s == '.' && is_digit(s[1]);
	if (is_digit(*s) || (point && s == r->fresh))
		return take_number(r, s);
	if ((len = take_sign(r, s)) > 0)
		return len;
	if (is_letter(*s))
		return take_word(r, s);
	if (is_blank(*s)) {
		r->fresh = s + 1;
		return 1;
	}
	r->symbols = true;
	r->spoilt |= strchr("/':.()", *s) == NULL || point;
	if (*s == '/')
		follow(r, TOKEN_PER);
	return 1;
}

static void
read_tokens(struct reading *r, const char *s)
{
	r->fresh = s;
	while (*s != '\0')
		s += take_token(r, s);
	r->doubtful |= r->last == TOKEN_LINK || r->last == TOKEN_PER;
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
	return strspn(s, " -\n") >= len;
}

/* Of ",50" and "-,50": is it half a euro, or the second of two prices? */
static bool
is_cents(const char *list, const char *element)
{
	if (element == list || element[-1] != ',' || strspn(element, "0123456789") > 2)
		return false;
	return is_digit(*element) && memchr(list, ',', (size_t)(element - list) - 1) == NULL;
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
			if (found != NULL || is_cents(s, p))
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
	if (r->spoilt || r->numbers != 1 || r->number.negative || (r->doubtful && r->currency == NULL) ||
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
