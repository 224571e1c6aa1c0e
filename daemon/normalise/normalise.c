/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step per key, in the order of `steps`; a step reads the field and adds
 * its text to `out`, where all texts of the listing lie one after another.
 */
#include "normalise/normalise.h"

#include <assert.h>
#include <math.h>

#include "base/buf.h"
#include "normalise/code.h"
#include "normalise/contact.h"
#include "normalise/currency.h"
#include "normalise/date.h"
#include "normalise/decimal.h"
#include "normalise/field.h"
#include "normalise/markup.h"
#include "normalise/postcode.h"
#include "normalise/price.h"
#include "normalise/property.h"
#include "normalise/text.h"
#include "normalise/url.h"

enum { OWNED_MAX = 8 };

struct normaliser {
	struct normalise_options options;
	char *owned[OWNED_MAX];			/* the texts of `options` */
	size_t n_owned;
	struct zone zone;
	struct url_rules urls;
	const struct currency *currency;	/* the default, or NULL */
	struct normalise_notes notes;
	struct markup *markup;

	/* of the listing under way */
	const struct vigie_field *field[VIGIE_KEYS];
	struct properties properties;
	struct listing *listing;
	struct buf out;				/* all texts */
	size_t start[LISTING_TEXTS];		/* where in `out`; texts have no pointer before the end */
	struct buf rough, plain;		/* a text before and after its markup is read */
	bool currency_named;			/* the field said something, understood or not */
};

struct step {
	enum vigie_key key;
	void (*take)(struct normaliser *n, const struct vigie_field *f, const struct step *step);
	int column;
};

/* ---- texts */

static void
set_text(struct normaliser *n, int column, size_t start)
{
	n->start[column] = start;
	n->listing->text[column].len = n->out.len - start;
}

static void
set_string(struct normaliser *n, int column, const char *s)
{
	size_t start = n->out.len;
	buf_str(&n->out, s);
	set_text(n, column, start);
}

static bool
has_text(const struct normaliser *n, int column)
{
	return n->listing->text[column].len > 0;
}

/* Text and numbers can stand in a text column, true and objects cannot. */
static bool
is_written(struct normaliser *n, const struct vigie_field *f)
{
	if (f->type == VIGIE_TEXT || f->type == VIGIE_NUMBER)
		return true;
	n->notes.other++;
	return false;
}

/* Adds the clean text to `out`; the start of it. */
static size_t
add_clean(struct normaliser *n, const struct vigie_field *f, enum text_lines lines)
{
	size_t start = n->out.len;
	if (is_written(n, f))
		n->notes.utf8 += text_clean(&n->out, f->value, f->value_len, lines);
	return start;
}

static void
cut_text(struct normaliser *n, size_t start, int column)
{
	size_t len = n->out.len - start, max = listing_text_max[column];
	if (len <= max)
		return;
	buf_cut(&n->out, start + text_prefix(n->out.data + start, len, max));
	n->notes.other++;
}

/* Reads the markup in what was added at `start`.  Line feeds may carry
 * meaning there, so `out` has none of it yet when there is markup. */
static void
read_markup(struct normaliser *n, const struct vigie_field *f, size_t start, enum text_lines lines)
{
	buf_cut(&n->out, start);
	buf_clear(&n->rough);
	buf_clear(&n->plain);
	(void)text_clean(&n->rough, f->value, f->value_len, TEXT_LINES);
	if (n->rough.len > MARKUP_MAX) {
		n->notes.other++;
		buf_cut(&n->rough, text_prefix(n->rough.data, n->rough.len, MARKUP_MAX));
	}
	markup_text(n->markup, n->rough.data, n->rough.len, &n->plain);
	(void)text_clean(&n->out, buf_cstr(&n->plain), n->plain.len, lines);
}

static size_t
add_prose(struct normaliser *n, const struct vigie_field *f, enum text_lines lines)
{
	size_t start = add_clean(n, f, lines), len = n->out.len - start;
	if (len > 0 && markup_present(n->out.data + start, len))
		read_markup(n, f, start, lines);
	return start;
}

static void
take_id(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	set_text(n, step->column, add_clean(n, f, TEXT_ONE_LINE));
}

/* A street or a town: one line in which "&amp;" and the like are read. */
static void
take_line(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	size_t start = add_prose(n, f, TEXT_ONE_LINE);
	cut_text(n, start, step->column);
	set_text(n, step->column, start);
}

static void
take_prose(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	size_t start = add_prose(n, f, step->key == VIGIE_TITLE ? TEXT_ONE_LINE : TEXT_LINES);
	if (!n->options.keep_contacts)
		n->notes.contacts += contact_remove(&n->out, start, false);
	cut_text(n, start, step->column);
	set_text(n, step->column, start);
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
take_url(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	const char *s = f->value;
	size_t start = n->out.len, len = f->value_len;
	while (len > 0 && is_blank(s[len - 1]))
		len--;
	for (; len > 0 && is_blank(s[0]); len--)
		s++;
	if (len == 0)
		return;
	if (f->type != VIGIE_TEXT || url_clean(s, len, &n->urls, &n->out) != 0)
		n->notes.url++;
	set_text(n, step->column, start);
}

/* ---- codes */

/* Lower-case word at the end of `out`, which the caller may cut off again. */
static size_t
add_word(struct normaliser *n, const struct vigie_field *f)
{
	size_t start = add_clean(n, f, TEXT_ONE_LINE);
	if (n->out.len > start)
		text_lower(n->out.data + start, n->out.len - start);
	return start;
}

static void
drop_word(struct normaliser *n, size_t start)
{
	if (n->out.len > start)
		n->notes.other++;
	buf_cut(&n->out, start);
}

static void
take_kind(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	size_t start = add_word(n, f);
	if (n->out.len > start && listing_kind_valid(n->out.data + start, n->out.len - start))
		set_text(n, step->column, start);
	else
		drop_word(n, start);
}

static void
take_code(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	char code[3];
	size_t start = add_word(n, f), len = n->out.len - start;
	if (len == 0)
		return;
	bool known = step->key == VIGIE_COUNTRY ? code_country(n->out.data + start, len, code)
	    : code_language(n->out.data + start, len, code);
	if (!known) {
		drop_word(n, start);
		return;
	}
	buf_cut(&n->out, start);
	set_string(n, step->column, code);
}

/* ---- money */

static void
take_currency(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	size_t start = add_word(n, f), len = n->out.len - start;
	if (len == 0)
		return;
	const struct currency *c = currency_find(n->out.data + start, len);
	n->currency_named = true;
	if (c == NULL) {
		drop_word(n, start);
		return;
	}
	buf_cut(&n->out, start);
	set_string(n, step->column, currency_agree(c, n->currency)->code);
}

/* A word that we do not know is the partner's own unit. */
static void
take_unit(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	size_t start = add_word(n, f), len = n->out.len - start;
	if (len == 0)
		return;
	const char *unit = price_unit(n->out.data + start, len);
	if (unit != NULL) {
		buf_cut(&n->out, start);
		buf_str(&n->out, unit);
	}
	cut_text(n, start, step->column);
	set_text(n, step->column, start);
}

/* The partner's file may have anything there. */
static void
set_usual_unit(struct normaliser *n)
{
	const char *unit = n->options.price_unit;
	size_t start = n->out.len;
	(void)text_clean(&n->out, unit, strlen(unit), TEXT_ONE_LINE);
	cut_text(n, start, LISTING_PRICE_UNIT);
	set_text(n, LISTING_PRICE_UNIT, start);
}

static void
set_price(struct normaliser *n, const struct price *p)
{
	if (p->currency != NULL && !has_text(n, LISTING_CURRENCY) && !n->currency_named)
		set_string(n, LISTING_CURRENCY, p->currency->code);
	if (!p->known) {
		n->notes.price++;
		return;
	}
	n->listing->integer[LISTING_PRICE_MINOR] = p->minor;
	if (has_text(n, LISTING_PRICE_UNIT))
		return;
	if (p->unit != NULL)
		set_string(n, LISTING_PRICE_UNIT, p->unit);
	else if (n->options.price_unit != NULL && !p->several)
		set_usual_unit(n);
}

static const struct currency *
known_currency(const struct normaliser *n)
{
	if (has_text(n, LISTING_CURRENCY))
		return currency_find(n->out.data + n->start[LISTING_CURRENCY], 3);
	return n->currency_named ? NULL : n->currency;
}

/* Out of two lines comes no number. */
static void
read_price(struct normaliser *n, const struct vigie_field *f, size_t start, struct price *ret)
{
	const struct price_rules rules = { .currency = known_currency(n), .explicit = n->currency_named,
		.number = f->type == VIGIE_NUMBER, .minor = n->options.price_is_minor };
	if (memchr(f->value, '\n', f->value_len) == NULL && memchr(f->value, '\r', f->value_len) == NULL) {
		price_read(n->out.data + start, n->out.len - start, &rules, ret);
		return;
	}
	buf_clear(&n->rough);
	(void)text_clean(&n->rough, f->value, f->value_len, TEXT_LINES);
	price_read(buf_cstr(&n->rough), n->rough.len, &rules, ret);
}

/* A number whose currency we do not know keeps the partner's name of it: "12,5 F CFA". */
static void
add_unknown_currency(struct normaliser *n, size_t start)
{
	bool bare = strspn(n->out.data + start, "0123456789.,' -;|/") == n->out.len - start;
	if (!bare || !n->currency_named || has_text(n, LISTING_CURRENCY))
		return;
	buf_char(&n->out, ' ');
	(void)add_clean(n, n->field[VIGIE_CURRENCY], TEXT_ONE_LINE);
}

/* The words stay when they say more than a number. */
static void
take_price(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	struct price p;
	size_t start = add_clean(n, f, TEXT_ONE_LINE), len = n->out.len - start;
	if (len == 0 || (n->out.data[start] == '-' && strspn(n->out.data + start, "-") == len))
		return;
	if (n->options.price_is_points) {
		cut_text(n, start, step->column);
		set_text(n, step->column, start);
		return;
	}
	read_price(n, f, start, &p);
	if (p.words) {
		add_unknown_currency(n, start);
		cut_text(n, start, step->column);
		set_text(n, step->column, start);
	}
	set_price(n, &p);
}

/* ---- numbers */

static void
take_integer(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	struct decimal d;
	int64_t v;
	int bad = field_decimal(f, &n->rough, &d);
	if (bad == 0 && !d.negative && decimal_scaled(&d, 0, &v) == 0 &&
	    v <= listing_integer_range[step->column].most)
		n->listing->integer[step->column] = v;
	else
		n->notes.other += bad != 1;
}

static void
take_rating(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	struct decimal d;
	double scale = n->options.rating_scale > 0 ? n->options.rating_scale : 5;
	int bad = field_decimal(f, &n->rough, &d);
	double rating = bad == 0 ? decimal_double(&d) * 5 / scale : 0;
	if (bad == 0 && rating >= 0 && rating <= 5)
		n->listing->real[step->column] = rating + 0.0;
	else
		n->notes.other += bad != 1;
}

/* One without the other says nothing; 0,0 is where forms are left empty. */
static void
take_coordinates(struct normaliser *n)
{
	const struct vigie_field *f[2] = { n->field[VIGIE_LATITUDE], n->field[VIGIE_LONGITUDE] };
	static const double max[2] = { 90, 180 };
	struct decimal d;
	double v[2] = { 0, 0 };
	int absent = 0, bad = 0;
	for (int i = 0; i < 2; i++) {
		int got = f[i] != NULL ? field_decimal(f[i], &n->rough, &d) : 1;
		absent += got == 1;
		bad += got < 0;
		if (got == 0)
			v[i] = decimal_double(&d) + 0.0;
		bad += fabs(v[i]) > max[i];
	}
	if (absent == 2)
		return;
	if (absent > 0 || bad > 0 || (v[0] == 0 && v[1] == 0)) {
		n->notes.coordinate++;
		return;
	}
	n->listing->real[LISTING_LATITUDE] = v[0];
	n->listing->real[LISTING_LONGITUDE] = v[1];
}

static void
take_updated(struct normaliser *n, const struct vigie_field *f, const struct step *step)
{
	struct date d;
	int got = field_date(f, &n->rough, &n->zone, &d);
	if (got == 0)
		n->listing->integer[step->column] = d.ms;
	n->notes.date += got < 0;
}

static void
take_properties(struct normaliser *n)
{
	const struct property_context context = { .keep_contacts = n->options.keep_contacts, .zone = &n->zone,
		.notes = &n->notes, .scratch = &n->rough };
	size_t start = n->out.len;
	properties_write(&n->properties, &context, &n->out);
	set_text(n, LISTING_PROPERTIES, start);
}

/* ---- the whole */

/* Currency and unit come before the price that needs them. */
static const struct step steps[] = {
	{ VIGIE_EXTERNAL_ID, take_id, LISTING_EXTERNAL_ID },
	{ VIGIE_KIND, take_kind, LISTING_KIND },
	{ VIGIE_TITLE, take_prose, LISTING_TITLE },
	{ VIGIE_DESCRIPTION, take_prose, LISTING_DESCRIPTION },
	{ VIGIE_LANGUAGE, take_code, LISTING_LANGUAGE },
	{ VIGIE_URL, take_url, LISTING_URL },
	{ VIGIE_IMAGE_URL, take_url, LISTING_IMAGE_URL },
	{ VIGIE_STREET, take_line, LISTING_STREET },
	{ VIGIE_POSTCODE, take_line, LISTING_POSTCODE },
	{ VIGIE_LOCALITY, take_line, LISTING_LOCALITY },
	{ VIGIE_COUNTRY, take_code, LISTING_COUNTRY },
	{ VIGIE_CURRENCY, take_currency, LISTING_CURRENCY },
	{ VIGIE_PRICE_UNIT, take_unit, LISTING_PRICE_UNIT },
	{ VIGIE_PRICE, take_price, LISTING_PRICE_TEXT },
	{ VIGIE_CAPACITY, take_integer, LISTING_CAPACITY },
	{ VIGIE_RATING, take_rating, LISTING_RATING },
	{ VIGIE_RATING_COUNT, take_integer, LISTING_RATING_COUNT },
	{ VIGIE_SOURCE_UPDATED_AT, take_updated, LISTING_SOURCE_UPDATED_AT },
};

static void
sort_fields(struct normaliser *n, const struct vigie_field *fields, size_t n_fields)
{
	memset(n->field, 0, sizeof n->field);
	properties_clear(&n->properties);
	for (size_t i = 0; i < n_fields; i++) {
		const struct vigie_field *f = &fields[i];
		if (f->key >= VIGIE_KEYS)
			n->notes.other++;
		else if (f->key == VIGIE_PROPERTY || f->key == VIGIE_STARTS_AT || f->key == VIGIE_ENDS_AT)
			n->notes.other += !properties_add(&n->properties, f);
		else
			n->field[f->key] = f;
	}
}

static void
set_defaults(struct normaliser *n)
{
	const struct {
		const char *value;
		int column;
	} defaults[] = {
		{ n->options.kind, LISTING_KIND },
		{ n->options.language, LISTING_LANGUAGE },
		{ n->options.country, LISTING_COUNTRY },
	};
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		if (defaults[i].value != NULL && !has_text(n, defaults[i].column))
			set_string(n, defaults[i].column, defaults[i].value);
}

static void
locate(struct normaliser *n, struct listing *l)
{
	const struct territory *t = n->options.territory;
	const struct text *postcode = &l->text[LISTING_POSTCODE];
	buf_clear(&n->rough);
	if (t != NULL && postcode->s != NULL)
		postcode_write(&n->rough, postcode, &l->text[LISTING_COUNTRY], n->options.country);
	l->place = territory_place(t, l->real[LISTING_LATITUDE], l->real[LISTING_LONGITUDE],
	    buf_cstr(&n->rough), n->rough.len);
	l->published = territory_publishes(t, l->place);
}

/* `out` does not move any more. */
static void
point_texts(struct normaliser *n)
{
	for (int i = 0; i < LISTING_TEXTS; i++) {
		struct text *t = &n->listing->text[i];
		t->s = t->len > 0 ? n->out.data + n->start[i] : NULL;
	}
}

int
normalise(struct normaliser *n, const struct vigie_field *fields, size_t n_fields,
    struct listing *ret, struct error *err)
{
	struct listing l;
	listing_clear(&l);
	n->listing = &l;
	n->currency_named = false;
	buf_clear(&n->out);
	sort_fields(n, fields, n_fields);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		const struct vigie_field *f = n->field[steps[i].key];
		if (f != NULL && f->value_len > 0)
			steps[i].take(n, f, &steps[i]);
	}
	if (l.text[LISTING_EXTERNAL_ID].len == 0)
		return error_set(err, ERROR_SHAPE, "the listing has no identifier");
	if (l.text[LISTING_EXTERNAL_ID].len > listing_text_max[LISTING_EXTERNAL_ID])
		return error_set(err, ERROR_SHAPE, "the listing's identifier has more than %zu bytes",
		    listing_text_max[LISTING_EXTERNAL_ID]);
	take_coordinates(n);
	set_defaults(n);
	take_properties(n);
	point_texts(n);
	locate(n, &l);
	*ret = l;
	return 0;
}

/* A copy that lives as long as the normaliser. */
static const char *
own(struct normaliser *n, const char *s)
{
	char *copy = xstrdup(s);
	n->owned[n->n_owned++] = copy;
	return copy;
}

struct normaliser *
normaliser_new(const struct normalise_options *options)
{
	struct normaliser *n = xcalloc(1, sizeof *n);
	const char *timezone = options->timezone != NULL ? options->timezone : "Europe/Paris";
	n->options = *options;
	n->options.kind = own(n, options->kind);
	n->options.language = own(n, options->language);
	n->options.country = own(n, options->country);
	n->options.currency = NULL;
	n->options.price_unit = own(n, options->price_unit);
	n->options.timezone = NULL;
	n->options.base_url = own(n, options->base_url);
	n->options.strip_params = own(n, options->strip_params);
	n->urls = (struct url_rules){ n->options.base_url, n->options.strip_params };
	assert(date_timezone_valid(timezone));
	(void)zone_parse(timezone, strlen(timezone), &n->zone);
	n->zone.day_first = options->day_first;
	if (options->currency != NULL)
		n->currency = currency_find(options->currency, strlen(options->currency));
	n->markup = markup_new();
	return n;
}

void
normaliser_free(struct normaliser *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->n_owned; i++)
		free(n->owned[i]);
	markup_free(n->markup);
	buf_done(&n->out);
	buf_done(&n->rough);
	buf_done(&n->plain);
	free(n);
}

const struct normalise_notes *
normaliser_notes(const struct normaliser *n)
{
	return &n->notes;
}
