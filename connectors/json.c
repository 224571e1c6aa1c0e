/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: any REST API that answers in JSON, by declaration in the partner's
 * file.  The items of one array are framed as they arrive (lib/frame.h) and
 * read one at a time by the expressions of [map] (lib/record.h).
 *
 * An archive holds many documents like that, or files of one object each
 * (DATAtourisme), and maybe files of identifiers that were withdrawn (Apidae).
 * A file that is an item, and cannot be read, is one bad item; any other
 * document that cannot be read ends the run.
 *
 * A run reads up to two of three things, one after the other:
 *
 *	LIST ─ the pages, to their end ───► WITHDRAWALS ─ their pages ─► done
 *	  └─ too many to be paged ─► OVERFLOW ──────▲
 *
 * OVERFLOW is one document that has everything, for an API whose pages end
 * somewhere (overflow_above); what the first page held is dropped for it.
 * WITHDRAWALS is a list of what was withdrawn (removed_url).  What LIST has too
 * stays: it may have come back, and of two lists that are read one after the
 * other nobody can tell which is right.
 */
#include <fnmatch.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "json/held.h"
#include "json/listed.h"
#include "lib/expr.h"
#include "lib/explain.h"
#include "lib/frame.h"
#include "lib/paging.h"
#include "lib/record.h"
#include "lib/setting.h"
#include "vigie_connector.h"

static const struct vigie_option options[] = {
	{ "items", VIGIE_OPTION_TEXT, NULL, "", false, NULL,
	    "JSON Pointer (RFC 6901) to the array of items; empty: the document itself is the array; "
	    "with /* at its end the members of an object are items too, their names /@key" },
	{ "document", VIGIE_OPTION_CHOICE, NULL, "list", false, "list item",
	    "list: it holds the array of items; item: it is one object, the item (archives of a file for each)" },
	{ "removed_member", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "files of an archive, a pattern: arrays of identifiers whose listings were withdrawn" },
	{ "id", VIGIE_OPTION_TEXT, NULL, NULL, true, NULL,
	    "expression that gives an item's own identifier" },
	PAGING_OPTIONS,
	{ "empty_pages", VIGIE_OPTION_CHOICE, NULL, "end", false, "end retry",
	    "what a page without items is before the total is reached: the end, or to be asked for again" },
	{ "overflow_above", VIGIE_OPTION_INTEGER, NULL, "0", false, NULL,
	    "with a total above this, overflow_url is read in place of pages; 0: never" },
	{ "overflow_url", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "document with all items, seen from the url; {query} is what stands there after its \"?\"" },
	{ "overflow_items", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "JSON Pointer to the array of items in that document; by default it is the array" },
	{ "removed_url", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "list of what was withdrawn, seen from the url; it is paged like the other" },
	{ "removed_items", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "JSON Pointer to the array of withdrawals there; by default that of items" },
	{ "removed_id", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "expression that gives the identifier of what was withdrawn; by default id" },
	RECORD_OPTIONS,
	{ .type = VIGIE_OPTION_END },
};

enum pass { LIST, OVERFLOW, WITHDRAWALS };

struct json {
	const struct vigie_host *host;
	struct vigie_run *run;

	enum pass pass;
	struct frame *overflow, *withdrawn;	/* of the other passes; NULL: there is none */
	int64_t overflow_above;
	struct buf overflow_url, removed_url;
	bool holding;			/* LIST's first page, until its total is known */
	struct held held;
	struct paging withdrawals;
	struct expr *removed_id;
	struct listed listed;		/* by LIST or OVERFLOW, when there are withdrawals */
	bool unnamed;			/* a withdrawal without identifier came */
	bool retry_empty;

	struct frame *frame, *removed;	/* documents of items, of identifiers */
	const char *items;		/* borrowed */
	const char *removed_member;	/* borrowed; NULL: there are none */
	bool whole;			/* document = item */
	struct record *record;
	struct paging paging;

	struct vigie_answer answer;	/* copies, of the page that is being read */
	char *answer_url, *answer_link;
	uint64_t page_items;
	int64_t total;			/* that its documents declare; -1: none does */

	struct frame *current;		/* of the document that is being read */
	struct buf file;		/* its name, in an archive */
	bool skipped;			/* it is a bad item */
	struct buf id;			/* for short: of what was withdrawn, or a bad file's */
};

/* ---- set-up */

static void
json_close(void *self)
{
	struct json *j = self;
	if (j == NULL)
		return;
	frame_free(j->frame);
	frame_free(j->removed);
	frame_free(j->overflow);
	frame_free(j->withdrawn);
	buf_done(&j->overflow_url);
	buf_done(&j->removed_url);
	held_done(&j->held);
	paging_done(&j->withdrawals);
	expr_free(j->removed_id);
	listed_done(&j->listed);
	buf_done(&j->file);
	buf_done(&j->id);
	record_free(j->record);
	paging_done(&j->paging);
	free(j->answer_url);
	free(j->answer_link);
	free(j);
}

static void on_items(void *arg, const struct frame_item *items, size_t n);
static void on_removed(void *arg, const struct frame_item *items, size_t n);
static void on_withdrawn(void *arg, const struct frame_item *items, size_t n);

static int
open_frame(struct json *j, struct frame **ret, const struct vigie_setup *setup, const char *option,
    struct vigie_complaint *c)
{
	const char *items = setting_text(setup, "json", option);
	if (items == NULL && ret != &j->overflow)
		items = setting_text(setup, "json", "items");
	*ret = frame_new(items ? items : "", setup->max_item_bytes, setup->max_depth,
	    ret == &j->withdrawn ? on_withdrawn : on_items, j);
	return *ret ? 0 : complain(c, "json", option, "this is not a JSON Pointer of at most 8 parts");
}

/*
 * What `reference` means in the partner's url (RFC 3986 5.2), from its path on:
 * it is asked for after pages that may stand elsewhere, and of the host that
 * these came from.
 */
static void
seen_from(const char *url, const char *reference, struct buf *out)
{
	const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : url;
	const char *path = host + strcspn(host, "/?"), *end = path + strcspn(path, "?");
	if (strncmp(reference, "http", 4) != 0 && *reference != '/') {
		while (*reference != '?' && end > path && end[-1] != '/')
			end--;
		buf_add(out, path, (size_t)(end - path));
		if (end == path)
			buf_char(out, '/');
	}
	buf_str(out, reference);
}

static int
open_overflow(struct json *j, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	static const char mark[] = "{query}";
	const char *url = setting_text(setup, "json", "overflow_url");
	if (setting_integer(setup, "json", "overflow_above", &j->overflow_above, c) != 0)
		return -1;
	if (j->overflow_above == 0)
		return 0;
	if (url == NULL)
		return complain(c, "json", "overflow_url", "overflow_above needs it");
	if (j->paging.total == NULL)
		return complain(c, "json", "total", "overflow_above needs it");
	const char *at = strstr(url, mark), *query = strchr(setup->url, '?');
	char *before = xstrndup(url, at ? (size_t)(at - url) : strlen(url));
	seen_from(setup->url, before, &j->overflow_url);
	free(before);
	if (at != NULL) {
		buf_str(&j->overflow_url, query ? query + 1 : "");
		buf_str(&j->overflow_url, at + sizeof mark - 1);
	}
	return open_frame(j, &j->overflow, setup, "overflow_items", c);
}

static int
open_withdrawals(struct json *j, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	struct vigie_setup own = *setup;
	const char *id = setting_text(setup, "json", "removed_id") ? "removed_id" : "id";
	const char *url = setting_text(setup, "json", "removed_url");
	if (url == NULL)
		return 0;
	seen_from(setup->url, url, &j->removed_url);
	own.url = buf_cstr(&j->removed_url);
	own.body = NULL;
	if (setting_expr(setup, "json", id, &j->removed_id, c) != 0 ||
	    open_frame(j, &j->withdrawn, setup, "removed_items", c) != 0)
		return -1;
	return paging_open(&j->withdrawals, &own, "json", c);
}

static int
open_passes(struct json *j, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	const char *empty = setting_text(setup, "json", "empty_pages");
	j->retry_empty = empty != NULL && strcmp(empty, "retry") == 0;
	if (paging_open(&j->paging, setup, "json", c) != 0 || open_overflow(j, setup, c) != 0)
		return -1;
	return open_withdrawals(j, setup, c);
}

static int
open_all(struct json *j, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	const char *items = setting_text(setup, "json", "items"), *document = setting_text(setup, "json", "document");
	j->whole = document != NULL && strcmp(document, "item") == 0;
	if (j->whole && items != NULL && *items != '\0')
		return complain(c, "json", "items", "with document = item, there is no array of items to point to");
	j->removed_member = setting_text(setup, "json", "removed_member");
	j->removed = frame_new("", setup->max_item_bytes, setup->max_depth, on_removed, j);
	j->frame = frame_new(j->whole ? NULL : items ? items : "", setup->max_item_bytes, setup->max_depth, on_items, j);
	j->items = items ? items : "";
	if (j->frame == NULL)
		return complain(c, "json", "items", "this is not a JSON Pointer of at most 8 parts, such as /data/results");
	j->record = record_new(setup, "json", c);
	return j->record ? open_passes(j, setup, c) : -1;
}

static void *
json_open(const struct vigie_setup *setup, struct vigie_complaint *c)
{
	struct json *j = xcalloc(1, sizeof *j);
	j->host = setup->host;
	j->run = setup->run;
	if (open_all(j, setup, c) == 0)
		return j;
	json_close(j);
	return NULL;
}

/* ---- items */

static int
json_item(void *self, const char *raw, size_t len)
{
	struct json *j = self;
	record_read(j->record, raw, len);
	return 0;
}

/* Known items are not read, but for their identifier where that is needed. */
static void
note_listed(struct json *j, const struct frame_item *item)
{
	struct vigie_bytes id;
	if (j->withdrawn != NULL && !item->cut && record_id(j->record, NULL, item->raw.s, item->raw.len, &id))
		listed_add(&j->listed, id.s, id.len);
}

static void
read_item(struct json *j, const struct frame_item *item)
{
	note_listed(j, item);
	if (j->host->known(j->run, item->raw.s, item->raw.len))
		return;
	if (item->cut)
		record_reject(j->record, "the item is too big");
	else
		record_read(j->record, item->raw.s, item->raw.len);
}

static void
read_items(void *arg, const struct frame_item *items, size_t n)
{
	struct json *j = arg;
	struct vigie_bytes raw[FRAME_ITEMS_MAX] = { { NULL, 0 } };
	for (size_t i = 0; i < n; i++)
		raw[i] = items[i].raw;
	j->host->expect(j->run, raw, n);
	for (size_t i = 0; i < n; i++)
		read_item(j, &items[i]);
}

static void
on_items(void *arg, const struct frame_item *items, size_t n)
{
	struct json *j = arg;
	size_t held = 0;
	j->page_items += n;
	while (j->holding && held < n && held_add(&j->held, &items[held]))
		held++;
	if (held == n)
		return;
	j->holding = false;
	held_release(&j->held, read_items, j);
	read_items(j, items + held, n - held);
}

static void
on_withdrawn(void *arg, const struct frame_item *items, size_t n)
{
	struct json *j = arg;
	j->page_items += n;
	for (size_t i = 0; i < n; i++) {
		struct vigie_bytes id;
		if (items[i].cut || !record_id(j->record, j->removed_id, items[i].raw.s, items[i].raw.len, &id))
			j->unnamed = true;
		else if (!listed_has(&j->listed, id.s, id.len))
			j->host->tombstone(j->run, id.s, id.len);
	}
}

/* ---- identifiers that were withdrawn */

static void
read_removed(struct json *j, const struct vigie_bytes *raw)
{
	const char *problem = "this is no identifier";
	enum vigie_value_type type = VIGIE_JSON;
	if (j->host->known(j->run, raw->s, raw->len))
		return;
	buf_clear(&j->id);
	j->host->scratch_begin();
	const cJSON *node = record_parse(j->record, raw->s, raw->len, &problem);
	bool scalar = node != NULL && expr_scalar(node, &j->id, &type);
	if (scalar && type != VIGIE_BOOL && j->id.len > 0)
		j->host->tombstone(j->run, j->id.data, j->id.len);
	else
		record_reject(j->record, problem);
	j->host->scratch_end();
}

static void
on_removed(void *arg, const struct frame_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		read_removed(arg, &items[i].raw);
}

/* ---- documents */

static void
begin_document(struct json *j, struct frame *frame)
{
	j->current = frame;
	j->skipped = false;
	frame_reset(frame);
}

/*
 * A file that is an item: what there is of it goes into quarantine.  If it is
 * no beginning of one, that is its name: the same in each run, however the
 * bytes came.
 */
static void
reject_file(struct json *j)
{
	struct vigie_bytes raw = frame_part(j->current);
	if (raw.len == 0) {
		buf_clear(&j->id);
		buf_str(&j->id, "{\"file\":");
		buf_json(&j->id, j->file.data, j->file.len);
		buf_char(&j->id, '}');
		raw = (struct vigie_bytes){ j->id.data, j->id.len };
	}
	j->skipped = true;
	j->page_items++;
	if (!j->host->known(j->run, raw.s, raw.len))
		record_reject(j->record, frame_problem(j->current));
}

static int
failed(struct json *j)
{
	if (j->whole && j->current == j->frame && j->file.len > 0) {
		reject_file(j);
		return 0;
	}
	j->host->fail(j->run, frame_failure(j->current), frame_problem(j->current));
	return -1;
}

static int
fail(struct json *j, enum vigie_failure why, const char *text)
{
	j->host->fail(j->run, why, text);
	return -1;
}

static struct frame *
frame_of(const struct json *j)
{
	return j->pass == OVERFLOW ? j->overflow : j->pass == WITHDRAWALS ? j->withdrawn : j->frame;
}

static struct paging *
paging_of(struct json *j)
{
	return j->pass == WITHDRAWALS ? &j->withdrawals : &j->paging;
}

/* The whole document is the next thing to read; what was held back is not. */
static int
go_over(struct json *j, struct vigie_next *ret)
{
	if (!j->holding)
		return fail(j, VIGIE_TOO_BIG,
		    "the first page is too big to be held back: ask for fewer items at once (page_size)");
	held_clear(&j->held);
	j->pass = OVERFLOW;
	*ret = (struct vigie_next){ true, { buf_cstr(&j->overflow_url), NULL } };
	return 0;
}

/* More pages, or what comes after the last. */
static int
next_page(struct json *j, const cJSON *envelope, struct vigie_next *ret)
{
	struct paging *p = paging_of(j);
	if (j->total >= 0)
		p->total_seen = j->total;
	if (j->total >= 0 && j->pass == LIST)
		j->host->declare_total(j->run, j->total);
	if (j->pass == LIST && p->page == 0 && j->overflow_above > 0 && j->total > j->overflow_above)
		return go_over(j, ret);
	if (j->retry_empty && j->page_items == 0 && j->total >= 0 && p->items < (uint64_t)j->total)
		return fail(j, VIGIE_TRUNCATED, "a page without items came before the total was reached");
	ret->more = false;
	if (j->pass != OVERFLOW && paging_next(p, envelope, &j->answer, j->page_items, ret) != 0)
		return -1;
	if (!ret->more && j->pass != WITHDRAWALS && j->withdrawn != NULL) {
		j->pass = WITHDRAWALS;
		ret->more = true;
		paging_first(&j->withdrawals, &ret->request);
	}
	return 0;
}

static int
lacks_items(struct json *j, const cJSON *envelope)
{
	struct buf text = BUF_INIT;
	buf_str(&text, frame_problem(j->current));
	if (j->pass == LIST) {
		buf_str(&text, ": ");
		explain_items(j->items, envelope, &text);
	}
	int rc = fail(j, frame_failure(j->current), buf_cstr(&text));
	buf_done(&text);
	return rc;
}

/* What this document declares, added to the page's total; an array that is
 * missing where nothing is declared is an empty one. */
static int
add_total(struct json *j, const cJSON *envelope)
{
	struct paging *p = paging_of(j);
	bool declared = j->pass != OVERFLOW && paging_total(p, envelope);
	int64_t more = declared ? p->total_seen : 0;
	if (frame_lacks_items(j->current) && !(declared && more == 0))
		return lacks_items(j, envelope);
	if (declared)
		j->total = j->total < 0 ? more : more > INT64_MAX - j->total ? INT64_MAX : j->total + more;
	return 0;
}

/* `ret` NULL: another document of the same answer follows. */
static int
end_envelope(struct json *j, struct vigie_next *ret)
{
	const char *problem = NULL;
	const struct buf *envelope = frame_envelope(j->current);
	j->host->scratch_begin();
	const cJSON *root = record_parse(j->record, buf_cstr(envelope), envelope->len, &problem);
	int rc = root != NULL ? add_total(j, root) : fail(j, VIGIE_WRONG_FORMAT, problem);
	if (rc == 0 && ret != NULL)
		rc = next_page(j, root, ret);
	j->host->scratch_end();
	return rc;
}

static int
end_document(struct json *j, struct vigie_next *ret)
{
	bool envelope = j->current != j->removed && !(j->whole && j->current == j->frame);
	if (!j->skipped && frame_end(j->current) != 0 && !(envelope && frame_lacks_items(j->current)) &&
	    failed(j) != 0)
		return -1;
	if (envelope)
		return end_envelope(j, ret);
	return ret != NULL ? next_page(j, NULL, ret) : 0;
}

/* ---- pages */

static int
json_first(void *self, struct vigie_request *ret)
{
	struct json *j = self;
	paging_first(&j->paging, ret);
	return 0;
}

static int
json_begin(void *self, const struct vigie_answer *answer)
{
	struct json *j = self;
	free(j->answer_url);
	free(j->answer_link);
	j->answer = *answer;
	j->answer.url = j->answer_url = xstrdup(answer->url);
	j->answer.link = j->answer_link = xstrdup(answer->link);
	j->page_items = 0;
	j->total = -1;
	j->holding = j->overflow_above > 0 && j->pass == LIST && j->paging.page == 0;
	held_clear(&j->held);
	buf_clear(&j->file);
	begin_document(j, frame_of(j));
	return 0;
}

static int
json_member(void *self, const char *name)
{
	struct json *j = self;
	if (j->file.len > 0 && end_document(j, NULL) != 0)
		return -1;
	buf_clear(&j->file);
	buf_str(&j->file, name);
	bool removed = j->removed_member != NULL && fnmatch(j->removed_member, name, 0) == 0;
	begin_document(j, removed ? j->removed : frame_of(j));
	return 1;
}

static int
json_feed(void *self, const char *chunk, size_t len)
{
	struct json *j = self;
	if (!j->skipped && frame_feed(j->current, chunk, len) != 0)
		return failed(j);
	if (j->unnamed)
		return fail(j, VIGIE_WRONG_SHAPE, "what was withdrawn (removed_url) has an item without identifier");
	return 0;
}

static int
json_end(void *self, struct vigie_next *ret)
{
	struct json *j = self;
	int rc = end_document(j, ret);
	if (rc == 0)
		held_release(&j->held, read_items, j);
	return rc;
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "json",
	.summary = "any REST API that answers in JSON",
	.options = options,
	.open = json_open,
	.close = json_close,
	.first = json_first,
	.begin = json_begin,
	.feed = json_feed,
	.end = json_end,
	.item = json_item,
	.member = json_member,
};
