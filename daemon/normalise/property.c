/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/property.h"

#include "base/buf.h"
#include "normalise/contact.h"
#include "normalise/date.h"
#include "normalise/field.h"
#include "normalise/normalise.h"
#include "normalise/scrub.h"
#include "normalise/text.h"

void
properties_clear(struct properties *p)
{
	p->n = 0;
}

bool
properties_add(struct properties *p, const struct vigie_field *f)
{
	const char *name = f->key == VIGIE_STARTS_AT ? "starts_at" : f->key == VIGIE_ENDS_AT ? "ends_at" : f->name;
	if (name == NULL || *name == '\0' || p->n == PROPERTIES_MAX)
		return false;
	p->item[p->n++] = (struct property){ name, strlen(name), f };
	return true;
}

static bool
is_superseded(const struct properties *p, size_t i)
{
	const struct property *a = &p->item[i];
	for (const struct property *b = a + 1; b < p->item + p->n; b++)
		if (b->name_len == a->name_len && memcmp(b->name, a->name, a->name_len) == 0)
			return true;
	return false;
}

/* ---- names */

static bool
read_name(const char *name, size_t len, struct buf *written, struct property_name *ret)
{
	struct scrub_counts ignored = { .contacts = 0 };
	ret->is_contact = contact_name(name, len);
	ret->is_id = contact_name_of_id(name, len);
	return scrub_text(written, name, len, &(struct scrub_rules){ .keep_contacts = true }, &ignored) == 0;
}

/* Appends the name as it is written; false: it is blank. */
static bool
write_name(struct properties *p, const struct property *item, struct buf *out, struct property_name *ret)
{
	const char *name = item->name;
	size_t len = item->name_len, start = out->len;
	struct property_name *kept = &p->names[(len * 7 + (unsigned char)name[0] +
	    (unsigned char)name[len - 1] * 3) % NAME_SLOTS];
	if (kept->name_len == len && memcmp(kept->name, name, len) == 0) {
		*ret = *kept;
		buf_add(out, kept->written, kept->written_len);
		return true;
	}
	if (!read_name(name, len, out, ret))
		return false;
	size_t written = out->len - start;
	if (len > NAME_MAX_BYTES || written > NAME_WRITTEN_MAX_BYTES)
		return true;
	memcpy(ret->name, name, len);
	memcpy(ret->written, out->data + start, written);
	ret->name_len = (unsigned char)len;
	ret->written_len = (unsigned char)written;
	*kept = *ret;
	return true;
}

/* ---- values.  Each of these appends it, or returns -1. */

static int
write_date(const struct property *p, const struct property_context *c, struct buf *out)
{
	struct date d;
	int got = field_date(p->field, c->scratch, c->zone, &d);
	c->notes->date += got < 0;
	if (got != 0)
		return -1;
	buf_char(out, '"');
	date_text(&d, out);
	buf_char(out, '"');
	return 0;
}

static int
write_bool(const struct vigie_field *f, struct buf *out)
{
	if (!text_is(f->value, f->value_len, "true") && !text_is(f->value, f->value_len, "false"))
		return -1;
	buf_add(out, f->value, f->value_len);
	return 0;
}

static int
write_value(const struct property *p, bool is_id, const struct property_context *c, struct buf *out)
{
	const struct vigie_field *f = p->field;
	const struct scrub_rules rules = { .keep_contacts = c->keep_contacts, .is_id = is_id };
	struct scrub_counts counts = { .contacts = 0 };
	int bad = -1;
	if (f->key != VIGIE_PROPERTY)
		return write_date(p, c, out);
	switch (f->type) {
	case VIGIE_TEXT:
		bad = scrub_text(out, f->value, f->value_len, &rules, &counts);
		break;
	case VIGIE_NUMBER:
		bad = scrub_number(out, f->value, f->value_len);
		break;
	case VIGIE_BOOL:
		bad = write_bool(f, out);
		c->notes->other += bad != 0;
		break;
	case VIGIE_JSON:
		bad = scrub_json(out, f->value, f->value_len, &rules, &counts);
		c->notes->other += bad != 0;
		break;
	}
	c->notes->contacts += counts.contacts;
	c->notes->utf8 += counts.utf8;
	return bad;
}

/* One member with a comma after it; `object` is where its object starts. */
static void
write_member(struct properties *p, size_t i, const struct property_context *c, struct buf *out, size_t object)
{
	size_t start = out->len;
	struct property_name name = { .name_len = 0 };
	if (!write_name(p, &p->item[i], out, &name) || (name.is_contact && !c->keep_contacts)) {
		c->notes->contacts += name.is_contact && !c->keep_contacts;
		buf_cut(out, start);
		return;
	}
	buf_char(out, ':');
	int bad = write_value(&p->item[i], name.is_id, c, out);
	buf_char(out, ',');
	if (bad == 0 && out->len - object <= PROPERTIES_MAX_BYTES)
		return;
	c->notes->other += bad == 0;
	buf_cut(out, start);
}

void
properties_write(struct properties *p, const struct property_context *c, struct buf *out)
{
	size_t object = out->len;
	buf_char(out, '{');
	for (size_t i = 0; i < p->n; i++)
		if (!is_superseded(p, i))
			write_member(p, i, c, out, object);
	if (out->len > object + 1)
		buf_cut(out, out->len - 1);
	buf_char(out, '}');
}
