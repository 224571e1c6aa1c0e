/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State: ENVELOPE ─'[' at the pointer─► ITEMS ─first byte─► ITEM ─last byte─► ITEMS
 *        ITEMS ─']'─► ENVELOPE ─root closed─► AFTER (or AFTER at once, for pointer "")
 *        ENVELOPE ─first byte─► ITEM ─last byte─► AFTER, when the document is the item
 *        and with MEMBERS for ITEMS where the members of an object are the items
 *
 * Invariant: `on_path` is how many of the open containers lie on the way to
 * the array of items; a value is on the way only if its container is the
 * innermost of those (depth == on_path).
 */
#include "lib/frame.h"

#include "lib/scan.h"
#include "lib/pointer.h"

enum frame_state { ENVELOPE, ITEMS, MEMBERS, ITEM, AFTER };
enum member_state { MEMBER_NAME, MEMBER_IN_NAME, MEMBER_COLON, MEMBER_VALUE };
enum separator { NEED_VALUE_OR_END, NEED_VALUE, NEED_COMMA_OR_END };

struct frame {
	char *segments[FRAME_POINTER_SEGMENTS];
	size_t n_segments;
	bool whole;		/* the document is the item */
	bool members;		/* the pointer ends with "*": an object will do */
	size_t max_item_bytes;
	unsigned max_depth;
	frame_items_fn *items;
	void *arg;

	enum frame_state state;
	struct buf envelope;
	size_t depth;		/* of the envelope */
	size_t on_path;
	bool started, found;
	size_t bom_len;
	bool in_string, escaped;	/* of the envelope */
	bool key_next, value_next;	/* in the innermost container on the path */
	bool is_array[FRAME_POINTER_SEGMENTS + 1];
	size_t index[FRAME_POINTER_SEGMENTS + 1];
	char key[FRAME_KEY_BYTES];
	size_t key_len;
	bool in_key;

	enum separator separator;
	struct buf part;	/* the item so far, if it began in an earlier chunk */
	struct scan scan;
	bool scalar, cut;
	bool of_object;		/* its members are the items */
	enum member_state member;
	struct buf name;	/* of the member, as it stands between its quotes */
	struct buf named;	/* the item with that */
	struct frame_item ready[FRAME_ITEMS_MAX];	/* whole, not delivered yet */
	size_t n_ready;

	enum vigie_failure failure;
	const char *problem;
};

static int
fail(struct frame *f, enum vigie_failure why, const char *text)
{
	if (f->problem == NULL) {
		f->failure = why;
		f->problem = text;
	}
	return -1;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct frame *
frame_new(const char *pointer, size_t max_item_bytes, unsigned max_depth, frame_items_fn *items,
    void *arg)
{
	struct frame *f = xcalloc(1, sizeof *f);
	f->whole = pointer == NULL;
	if (f->whole)
		pointer = "";
	while (*pointer == '/') {
		size_t len = strcspn(++pointer, "/");
		if (f->n_segments == FRAME_POINTER_SEGMENTS)
			break;
		f->segments[f->n_segments++] = pointer_unescape(pointer, len);
		pointer += len;
	}
	if (*pointer != '\0') {
		frame_free(f);
		return NULL;
	}
	if (f->n_segments > 0 && strcmp(f->segments[f->n_segments - 1], "*") == 0) {
		free(f->segments[--f->n_segments]);
		f->members = true;
	}
	f->max_item_bytes = max_item_bytes;
	f->max_depth = max_depth;
	f->items = items;
	f->arg = arg;
	return f;
}

void
frame_free(struct frame *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->n_segments; i++)
		free(f->segments[i]);
	buf_done(&f->envelope);
	buf_done(&f->part);
	buf_done(&f->name);
	buf_done(&f->named);
	free(f);
}

void
frame_reset(struct frame *f)
{
	f->state = ENVELOPE;
	buf_clear(&f->envelope);
	buf_clear(&f->part);
	f->n_ready = 0;
	f->depth = f->on_path = f->bom_len = 0;
	f->started = f->found = f->in_string = f->escaped = f->in_key = f->cut = false;
	f->key_next = false;
	f->value_next = true;
	f->problem = NULL;
}

bool
frame_lacks_items(const struct frame *f)
{
	return f->state == AFTER && !f->found;
}

enum vigie_failure
frame_failure(const struct frame *f)
{
	return f->failure;
}

const char *
frame_problem(const struct frame *f)
{
	return f->problem ? f->problem : "";
}

const struct buf *
frame_envelope(const struct frame *f)
{
	return &f->envelope;
}

struct vigie_bytes
frame_part(const struct frame *f)
{
	return f->state == ITEM ? (struct vigie_bytes){ f->part.data, f->part.len } : (struct vigie_bytes){ NULL, 0 };
}

/* ---- the envelope */

/* Does the value that starts now lie on the way to the items? */
static bool
value_on_path(const struct frame *f)
{
	if (f->depth != f->on_path || !f->value_next)
		return false;
	if (f->depth == 0)
		return true;
	if (f->on_path > f->n_segments)
		return false;
	const char *want = f->segments[f->on_path - 1];
	if (!f->is_array[f->on_path - 1])
		return strlen(want) == f->key_len && memcmp(want, f->key, f->key_len) == 0;
	char number[24];
	(void)snprintf(number, sizeof number, "%zu", f->index[f->on_path - 1]);
	return strcmp(number, want) == 0;
}

static int
open_container(struct frame *f, bool array)
{
	bool on_path = value_on_path(f);
	/* A name that comes twice: who reads only one of the two loses the other's. */
	if (on_path && f->found && f->on_path == f->n_segments)
		return fail(f, VIGIE_WRONG_SHAPE, "there are two lists where the items should be");
	if (on_path && (array || f->members) && f->on_path == f->n_segments) {
		f->state = array ? ITEMS : MEMBERS;
		f->of_object = !array;
		f->member = MEMBER_NAME;
		f->found = true;
		f->separator = NEED_VALUE_OR_END;
		f->value_next = false;
		return 0;
	}
	if (++f->depth > f->max_depth)
		return fail(f, VIGIE_TOO_DEEP, "values are nested too deep");
	f->value_next = false;
	if (on_path && f->on_path < f->n_segments) {
		f->is_array[f->on_path] = array;
		f->index[f->on_path] = 0;
		f->on_path++;
		f->key_next = !array;
		f->value_next = array;
	}
	return 0;
}

static int
close_container(struct frame *f)
{
	if (f->depth == 0)
		return fail(f, VIGIE_WRONG_FORMAT, "a bracket closes what was never opened");
	if (--f->depth < f->on_path) {
		f->on_path = f->depth;
		f->key_next = f->value_next = false;
	}
	if (f->depth == 0)
		f->state = AFTER;
	return 0;
}

static void
string_byte(struct frame *f, char c)
{
	if (f->escaped) {
		f->escaped = false;
	} else if (c == '\\') {
		f->escaped = true;
	} else if (c == '"') {
		f->in_string = f->in_key = false;
		return;
	}
	if (f->in_key && f->key_len < sizeof f->key)
		f->key[f->key_len++] = c;
}

static void
string_start(struct frame *f)
{
	f->in_string = true;
	if (f->depth == f->on_path && f->key_next) {
		f->in_key = true;
		f->key_next = false;
		f->key_len = 0;
	}
}

static void
comma(struct frame *f)
{
	if (f->depth == 0 || f->depth != f->on_path)
		return;
	bool array = f->is_array[f->on_path - 1];
	f->key_next = !array;
	f->value_next = array;
	f->index[f->on_path - 1]++;
}

static int
start(struct frame *f, char c)
{
	f->started = true;
	if (c == '<')
		return fail(f, VIGIE_WRONG_FORMAT, "a web page came where JSON was expected");
	if (c != '{' && c != '[')
		return fail(f, VIGIE_WRONG_FORMAT, "this is not a JSON document");
	return 0;
}

/* The byte order mark that some put before the document. */
static bool
is_bom(struct frame *f, char c)
{
	static const char bom[] = "\xef\xbb\xbf";
	if (f->started || f->bom_len == sizeof bom - 1 || c != bom[f->bom_len])
		return false;
	f->bom_len++;
	return true;
}

static void
begin_item(struct frame *f, char c)
{
	f->state = ITEM;
	f->scalar = c != '{' && c != '[' && c != '"';
	f->scan = (struct scan){ 0 };
	f->cut = false;
	buf_clear(&f->part);
}

static int
envelope_byte(struct frame *f, char c)
{
	if (is_bom(f, c))
		return 0;
	if (!f->started && !is_space(c) && start(f, c) != 0)
		return -1;
	if (f->started && f->whole) {
		f->found = true;
		begin_item(f, c);
		return 0;
	}
	if (f->envelope.len >= FRAME_ENVELOPE_MAX_BYTES)
		return fail(f, VIGIE_TOO_BIG, "what surrounds the items is over 1 MiB");
	buf_char(&f->envelope, c);
	if (f->in_string) {
		string_byte(f, c);
		return 0;
	}
	switch (c) {
	case '"':
		string_start(f);
		return 0;
	case '{':
		return open_container(f, false);
	case '[':
		return open_container(f, true);
	case '}':
	case ']':
		return close_container(f);
	case ':':
		if (f->depth == f->on_path)
			f->value_next = true;
		return 0;
	case ',':
		comma(f);
		return 0;
	default:
		return 0;
	}
}

/* ---- the items */

/* A byte between two items, other than a blank: 1 if it is neither a comma nor
 * the closing bracket, 0, or -1. */
static int
between(struct frame *f, char c, char close)
{
	if (c == close) {
		if (f->separator == NEED_VALUE)
			return fail(f, VIGIE_WRONG_FORMAT, "a comma stands before the end of the items");
		buf_char(&f->envelope, close);
		f->state = f->depth == 0 ? AFTER : ENVELOPE;
		return 0;
	}
	if (c == ',') {
		if (f->separator != NEED_COMMA_OR_END)
			return fail(f, VIGIE_WRONG_FORMAT, "a comma stands where an item should");
		f->separator = NEED_VALUE;
		return 0;
	}
	if (f->separator == NEED_COMMA_OR_END)
		return fail(f, VIGIE_WRONG_FORMAT, "a comma is missing between two items");
	if (c == '}' || c == ']')
		return fail(f, VIGIE_WRONG_FORMAT, "a bracket closes what was never opened");
	return 1;
}

static int
item_start(struct frame *f, char c)
{
	int rc = between(f, c, ']');
	if (rc == 1)
		begin_item(f, c);
	return rc < 0 ? -1 : 0;
}

static int
name_byte(struct frame *f, char c)
{
	if (f->escaped) {
		f->escaped = false;
	} else if (c == '\\') {
		f->escaped = true;
	} else if (c == '"') {
		f->member = MEMBER_COLON;
		return 0;
	}
	if (f->name.len == FRAME_NAME_BYTES)
		return fail(f, VIGIE_TOO_BIG, "the name of an item is too long");
	buf_char(&f->name, c);
	return 0;
}

/* Up to the first byte of the member's value, for which the state is ITEM. */
static int
member_byte(struct frame *f, char c)
{
	if (f->member == MEMBER_IN_NAME)
		return name_byte(f, c);
	if (is_space(c))
		return 0;
	if (f->member == MEMBER_VALUE) {
		if (c == ',' || c == '}' || c == ']')
			return fail(f, VIGIE_WRONG_FORMAT, "a value is missing after a name");
		begin_item(f, c);
		return 0;
	}
	if (f->member == MEMBER_COLON) {
		f->member = MEMBER_VALUE;
		return c == ':' ? 0 : fail(f, VIGIE_WRONG_FORMAT, "a colon is missing after a name");
	}
	int rc = between(f, c, '}');
	if (rc != 1)
		return rc;
	if (c != '"')
		return fail(f, VIGIE_WRONG_FORMAT, "a name is missing before an item");
	f->member = MEMBER_IN_NAME;
	f->escaped = false;
	buf_clear(&f->name);
	return 0;
}

/* ---- delivery */

static void
deliver(struct frame *f)
{
	size_t n = f->n_ready;
	f->n_ready = 0;
	if (n > 0)
		f->items(f->arg, f->ready, n);
}

static void
add_item(struct frame *f, const char *raw, size_t len, bool cut)
{
	f->ready[f->n_ready++] = (struct frame_item){ { raw, len }, cut };
	if (f->n_ready == FRAME_ITEMS_MAX)
		deliver(f);
}

/* A member as an item of its own: {"@key":NAME, what is in it}. */
static void
add_member(struct frame *f, const char *raw, size_t len)
{
	struct buf *out = &f->named;
	size_t inside = 1;
	buf_clear(out);
	buf_str(out, "{\"@key\":\"");
	buf_add(out, f->name.data, f->name.len);
	buf_char(out, '"');
	if (raw[0] == '{') {
		while (inside < len && is_space(raw[inside]))
			inside++;
		if (inside < len && raw[inside] != '}')
			buf_char(out, ',');
		buf_add(out, raw + inside, len - inside);
	} else {
		buf_str(out, ",\"@value\":");
		buf_add(out, raw, len);
		buf_char(out, '}');
	}
	f->member = MEMBER_NAME;
	add_item(f, out->data, out->len, f->cut);
	deliver(f);	/* before the next one is put there */
}

static void
keep_part(struct frame *f, const char *from, const char *to)
{
	size_t len = (size_t)(to - from), room = f->max_item_bytes - f->part.len;
	if (len > room) {
		f->cut = true;
		len = room;
	}
	buf_add(&f->part, from, len);
}

static void
whole_item(struct frame *f, const char *from, const char *to)
{
	size_t len = (size_t)(to - from);
	bool borrowed = f->part.len == 0 && len <= f->max_item_bytes;
	f->state = f->whole ? AFTER : f->of_object ? MEMBERS : ITEMS;
	f->separator = NEED_COMMA_OR_END;
	if (!borrowed)
		keep_part(f, from, to);
	const char *raw = borrowed ? from : f->part.data;
	len = borrowed ? len : f->part.len;
	if (f->of_object)
		add_member(f, raw, len);
	else
		add_item(f, raw, len, f->cut);
	if (!borrowed)
		deliver(f);	/* before the next part is kept there */
}

static const char *
item_bytes(struct frame *f, const char *p, const char *end)
{
	const char *from = p;
	bool whole = false;
	if (f->scalar) {
		p = scan_scalar(p, end);
		whole = p < end;
	} else {
		p = scan_item(&f->scan, p, end, &whole);
	}
	if (whole)
		whole_item(f, from, p);
	else
		keep_part(f, from, p);
	return p;
}

static int
feed(struct frame *f, const char *p, const char *end)
{
	while (p < end) {
		int rc = 0;
		switch (f->state) {
		case ENVELOPE:
			rc = envelope_byte(f, *p);
			p += f->state != ITEM;	/* which begins with it, if it is the document */
			break;
		case ITEMS:
			if (is_space(*p) || (rc = item_start(f, *p)) != 0 || f->state != ITEM)
				p++;
			break;
		case MEMBERS:
			rc = member_byte(f, *p);
			p += f->state != ITEM;
			break;
		case ITEM:
			p = item_bytes(f, p, end);
			break;
		case AFTER:
			if (!is_space(*p++))
				rc = fail(f, VIGIE_WRONG_FORMAT, "something follows the end of the document");
			break;
		}
		if (rc != 0)
			return -1;
	}
	return 0;
}

int
frame_feed(struct frame *f, const char *chunk, size_t len)
{
	if (f->problem != NULL)
		return -1;
	int rc = feed(f, chunk, chunk + len);
	deliver(f);
	return rc;
}

int
frame_end(struct frame *f)
{
	if (f->problem != NULL)
		return -1;
	if (!f->started)
		return fail(f, VIGIE_WRONG_FORMAT, "the answer is empty");
	if (f->state != AFTER)
		return fail(f, VIGIE_TRUNCATED, "the document stops before its end");
	if (!f->found)
		return fail(f, VIGIE_WRONG_SHAPE, f->members ? "there are no items where they should be" :
		    "there is no array of items where it should be");
	return 0;
}
