/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/intake.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_check.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cage/confine.h"

enum { REASON_MAX_BYTES = 4096, FAILURE_MAX_BYTES = 400 };

void
intake_init(struct intake *in)
{
	*in = (struct intake){ .total = -1 };
}

void
intake_done(struct intake *in)
{
	free(in->watermark);
	free(in->next_url);
	free(in->next_body);
	buf_done(&in->mended);
}

void
intake_page_begin(struct intake *in)
{
	in->mark = stage_mark(in->stage);
	in->items_mark = in->items;
	in->page_hash = 0;
}

int
intake_page_rewind(struct intake *in, struct error *err)
{
	in->items = in->items_mark;
	in->rewound = true;
	error_clear(&in->error);
	return stage_rewind(in->stage, in->mark, err);
}

uint64_t
intake_page_items(const struct intake *in)
{
	return in->items - in->items_mark;
}

/* More than a page can be made into, however it is packed. */
static bool
too_much(const struct intake *in)
{
	return in->page_max_bytes > 0 && stage_mark(in->stage).bytes - in->mark.bytes > in->page_max_bytes;
}

/* ---- what may be in a listing, whoever says so */

static bool
in_range(double v, double low, double high)
{
	return isnan(v) || (v >= low && v <= high);
}

static bool
is_integer(const struct listing *l, int column)
{
	const struct listing_range *range = &listing_integer_range[column];
	int64_t v = l->integer[column];
	return v == LISTING_NO_INTEGER || (v >= range->least && v <= range->most);
}

static bool
is_id(const struct text *t)
{
	return t->s != NULL && t->len > 0 && t->len <= listing_text_max[LISTING_EXTERNAL_ID] && utf8_text(t->s, t->len) &&
	    memchr(t->s, '\n', t->len) == NULL;
}

/* What the normaliser makes of a text is no longer, and has lines only where they are meant. */
static bool
is_text(const struct listing *l, int column)
{
	const struct text *t = &l->text[column];
	return t->s == NULL || (t->len <= listing_text_max[column] && utf8_text(t->s, t->len) &&
	    (column == LISTING_DESCRIPTION || memchr(t->s, '\n', t->len) == NULL));
}

/* Readers take what is in the catalogue for JSON, and for one line of it. */
static bool
is_object(struct intake *in, const struct text *t)
{
	const struct json_rules rules = { .max_depth = LISTING_DEPTH_MAX };
	struct json_text checked;
	if (t->s == NULL)
		return true;
	return t->len > 0 && t->s[0] == '{' && json_check(t->s, t->len, &rules, &in->mended, &checked) == NULL && !checked.halved;
}

static bool
is_sound(struct intake *in, const struct listing *l)
{
	const struct text *kind = &l->text[LISTING_KIND];
	for (int i = 0; i < LISTING_TEXTS; i++)
		if (!is_text(l, i))
			return false;
	for (int i = 0; i < LISTING_INTEGERS; i++)
		if (!is_integer(l, i))
			return false;
	return is_id(&l->text[LISTING_EXTERNAL_ID]) && kind->s != NULL && listing_kind_valid(kind->s, kind->len) &&
	    in_range(l->real[LISTING_LATITUDE], -90, 90) && in_range(l->real[LISTING_LONGITUDE], -180, 180) &&
	    isnan(l->real[LISTING_LATITUDE]) == isnan(l->real[LISTING_LONGITUDE]) && in_range(l->real[LISTING_RATING], 0, 5) &&
	    is_object(in, &l->text[LISTING_PROPERTIES]);
}

/* ---- messages; -1: no sound connector says that */

static struct raw_hash
take_hash(struct wire_cursor *c)
{
	struct raw_hash hash = { .low = wire_number(c) };
	hash.high = wire_number(c);
	return hash;
}

static int
on_listing(struct intake *in, struct wire_cursor *c)
{
	struct listing l;
	struct raw_hash hash = take_hash(c);
	if (c->bad || listing_unflatten(c->at, c->left, &l) != 0 || !is_sound(in, &l) || too_much(in))
		return -1;
	in->listings++;
	in->outside += l.place == LISTING_OUTSIDE;
	(void)stage_listing(in->stage, hash, c->at, c->left, &in->error);
	if (in->observer != NULL && in->observer->listing != NULL)
		in->observer->listing(in->observer->arg, &l);
	return 0;
}

static int
on_tombstone(struct intake *in, struct wire_cursor *c)
{
	if (!is_id(&(struct text){ c->at, c->left }) || too_much(in))
		return -1;
	in->tombstones++;
	(void)stage_tombstone(in->stage, c->at, c->left, &in->error);
	if (in->observer != NULL && in->observer->tombstone != NULL)
		in->observer->tombstone(in->observer->arg, c->at, c->left);
	return 0;
}

/* It may quote the partner's bytes, which can be anything, and be cut anywhere; the caller frees it. */
static char *
mend_reason(char *reason)
{
	struct buf mended = BUF_INIT;
	size_t len = strlen(reason);
	if (len <= REASON_MAX_BYTES && utf8_valid(reason, len))
		return reason;
	text_escape(&mended, reason, len, REASON_MAX_BYTES);
	free(reason);
	return buf_take(&mended);
}

static int
on_reject(struct intake *in, struct wire_cursor *c)
{
	struct stage_entry entry = { .kind = STAGE_REJECT, .hash = take_hash(c) };
	entry.external_id = wire_text(c);
	entry.raw = wire_text(c);
	char *reason = wire_string(c);
	const struct intake_observer *o = in->observer;
	if (c->bad || reason == NULL || (entry.external_id.s != NULL && !is_id(&entry.external_id)) || too_much(in)) {
		free(reason);
		return -1;
	}
	reason = mend_reason(reason);
	entry.reason = (struct text){ reason, strlen(reason) };
	in->rejected++;
	(void)stage_reject(in->stage, &entry, &in->error);
	if (o != NULL && o->rejected != NULL)
		o->rejected(o->arg, entry.external_id.s, entry.external_id.len, reason, entry.raw.s, entry.raw.len);
	free(reason);
	return 0;
}

static int
on_seen(struct intake *in, struct wire_cursor *c)
{
	/* A message of them is soon done, whatever it says. */
	uint64_t most = in->known != NULL ? known_places(in->known) + WIRE_SPANS_MAX : 0;
	while (c->left > 0) {
		uint64_t span = wire_number(c);
		uint32_t place = (uint32_t)span, n = (uint32_t)(span >> 32);
		if (c->bad || n == 0 || n > most || !known_mark_span(in->known, place, n))
			return -1;
		most -= n;
	}
	return 0;
}

/* An item has a byte at least: a page has no more of them than it has bytes. */
static int
on_count(struct intake *in, struct wire_cursor *c)
{
	uint64_t items = wire_number(c);
	if (c->bad || items < in->items || items > INT64_MAX ||
	    (in->page_max_bytes > 0 && items - in->items_mark > in->page_max_bytes))
		return -1;
	in->items = items;
	return 0;
}

static int
on_total(struct intake *in, struct wire_cursor *c)
{
	int64_t total = (int64_t)wire_number(c);
	if (c->bad || total < 0)
		return -1;
	if (in->total >= 0 && in->total != total) {
		in->total_changed = true;
		in->total_before = in->total;
	}
	in->total = total;
	return 0;
}

static int
on_remember(struct intake *in, struct wire_cursor *c)
{
	if (c->left > WATERMARK_MAX_BYTES) {
		(void)error_set(&in->error, ERROR_LIMIT, "the mark where to go on is over %d bytes long", WATERMARK_MAX_BYTES);
		return 0;
	}
	if (memchr(c->at, '\0', c->left) != NULL)
		return -1;
	free(in->watermark);
	in->watermark = xstrndup(c->at, c->left);
	return 0;
}

static int
on_remark(struct intake *in, struct wire_cursor *c)
{
	uint64_t item = wire_number(c);
	char *field = wire_string(c), *text = wire_string(c);
	bool given = wire_number(c) != 0;
	int rc = c->bad || text == NULL || in->observer == NULL || in->observer->remark == NULL ? -1 : 0;
	const struct intake_remark remark = { item, field, text, given };
	if (rc == 0)
		in->observer->remark(in->observer->arg, &remark);
	free(field);
	free(text);
	return rc;
}

static int
take_next(struct intake *in, struct wire_cursor *c)
{
	free(in->next_url);
	free(in->next_body);
	in->next_url = wire_string(c);
	in->next_body = wire_string(c);
	return c->bad ? -1 : 0;	/* whoever follows it resolves it */
}

/* Once for each page that it was told of: what a page may be made into is counted from here. */
static int
on_begun(struct intake *in)
{
	if (!in->asked)
		return -1;
	in->asked = false;
	intake_page_begin(in);
	return 0;
}

static int
on_ready(struct intake *in, struct wire_cursor *c)
{
	if (take_next(in, c) != 0)
		return -1;
	in->lack = (unsigned)wire_number(c) & LACK_ALL;
	in->answered = true;
	return c->bad || in->next_url == NULL ? -1 : 0;
}

static int
on_done(struct intake *in, struct wire_cursor *c)
{
	in->page_hash = wire_number(c);
	if (c->left < sizeof in->notes)
		return -1;
	memcpy(&in->notes, c->at, sizeof in->notes);
	c->at += sizeof in->notes;
	c->left -= sizeof in->notes;
	in->more = wire_number(c) != 0;
	in->answered = true;
	in->failed = false;
	return take_next(in, c) != 0 || (in->more && in->next_url == NULL) ? -1 : 0;
}

static int
on_failed(struct intake *in, struct wire_cursor *c)
{
	static const bool theirs[ERROR_KINDS] = {	/* that a connector may say */
		[ERROR_NONE] = true, [ERROR_CONFIG] = true, [ERROR_NOT_FOUND] = true, [ERROR_FORMAT] = true, [ERROR_SHAPE] = true,
		[ERROR_TRUNCATED] = true, [ERROR_LIMIT] = true,
	};
	uint64_t kind = wire_number(c);
	char *text = wire_string(c);
	bool good = !c->bad && text != NULL && kind < ERROR_KINDS && theirs[kind];
	if (good && kind != ERROR_NONE) {
		/* It may quote the partner's bytes, which can be anything, and be cut anywhere. */
		struct buf escaped = BUF_INIT;
		text_escape(&escaped, text, strlen(text), FAILURE_MAX_BYTES);
		(void)error_set(&in->error, (enum error_kind)kind, "%s", buf_cstr(&escaped));
		buf_done(&escaped);
	}
	free(text);
	in->answered = in->failed = true;
	return good ? 0 : -1;
}

int
intake_hear(struct intake *in, enum wire_kind kind, const char *s, size_t len)
{
	struct wire_cursor c = { s, len, false };
	switch (kind) {
	case WIRE_LISTING:
		return on_listing(in, &c);
	case WIRE_SEEN:
		return on_seen(in, &c);
	case WIRE_TOMBSTONE:
		return on_tombstone(in, &c);
	case WIRE_REJECT:
		return on_reject(in, &c);
	case WIRE_COUNT:
		return on_count(in, &c);
	case WIRE_TOTAL:
		return on_total(in, &c);
	case WIRE_WINDOW:
		in->window = true;
		return 0;
	case WIRE_IN_ORDER:
		return 0;
	case WIRE_REMEMBER:
		return on_remember(in, &c);
	case WIRE_REMARK:
		return on_remark(in, &c);
	case WIRE_BEGUN:
		return on_begun(in);
	case WIRE_READY:
		return on_ready(in, &c);
	case WIRE_DONE:
		return on_done(in, &c);
	case WIRE_FAILED:
		return on_failed(in, &c);
	case WIRE_SETUP: case WIRE_REPLAY: case WIRE_BEGIN: case WIRE_DATA: case WIRE_END: case WIRE_STOP: case WIRE_ABSENT:
	case WIRE_KINDS:
		return -1;
	}
	return -1;
}
