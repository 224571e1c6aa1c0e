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
 */
#include <fnmatch.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
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
	RECORD_OPTIONS,
	{ .type = VIGIE_OPTION_END },
};

struct json {
	const struct vigie_host *host;
	struct vigie_run *run;

	struct frame *frame, *removed;	/* documents of items, of identifiers */
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
	struct buf id;
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
	if (j->frame == NULL)
		return complain(c, "json", "items", "this is not a JSON Pointer of at most 8 parts, such as /data/results");
	j->record = record_new(setup, "json", c);
	return j->record ? paging_open(&j->paging, setup, "json", c) : -1;
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

static void
read_item(struct json *j, const struct frame_item *item)
{
	j->page_items++;
	if (j->host->known(j->run, item->raw.s, item->raw.len))
		return;
	if (item->cut)
		record_reject(j->record, "the item is too big");
	else
		record_read(j->record, item->raw.s, item->raw.len);
}

static void
on_items(void *arg, const struct frame_item *items, size_t n)
{
	struct json *j = arg;
	struct vigie_bytes raw[FRAME_ITEMS_MAX] = { { NULL, 0 } };
	for (size_t i = 0; i < n; i++)
		raw[i] = items[i].raw;
	j->host->expect(j->run, raw, n);
	for (size_t i = 0; i < n; i++)
		read_item(j, &items[i]);
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

/* A file that is an item: what there is of it goes into quarantine. */
static void
reject_file(struct json *j, const char *chunk, size_t len)
{
	struct vigie_bytes raw = frame_part(j->current);
	if (raw.len == 0)
		raw = len > 0 ? (struct vigie_bytes){ chunk, len } : (struct vigie_bytes){ j->file.data, j->file.len };
	j->skipped = true;
	j->page_items++;
	if (!j->host->known(j->run, raw.s, raw.len))
		record_reject(j->record, frame_problem(j->current));
}

/* `chunk`: in which the fault was found. */
static int
failed(struct json *j, const char *chunk, size_t len)
{
	if (j->whole && j->current == j->frame && j->file.len > 0) {
		reject_file(j, chunk, len);
		return 0;
	}
	j->host->fail(j->run, frame_failure(j->current), frame_problem(j->current));
	return -1;
}

static void
add_total(struct json *j)
{
	int64_t more = j->paging.total_seen;
	j->total = j->total < 0 ? more : more > INT64_MAX - j->total ? INT64_MAX : j->total + more;
}

static void
next_page(struct json *j, const cJSON *envelope, struct vigie_next *ret)
{
	if (j->total >= 0)
		j->host->declare_total(j->run, j->paging.total_seen = j->total);
	paging_next(&j->paging, envelope, &j->answer, j->page_items, ret);
}

/* `ret` NULL: another document of the same answer follows. */
static int
end_envelope(struct json *j, struct vigie_next *ret)
{
	const char *problem = NULL;
	const struct buf *envelope = frame_envelope(j->frame);
	j->host->scratch_begin();
	const cJSON *root = record_parse(j->record, buf_cstr(envelope), envelope->len, &problem);
	if (root == NULL)
		j->host->fail(j->run, VIGIE_WRONG_FORMAT, problem);
	if (root != NULL && paging_total(&j->paging, root, record_languages(j->record)))
		add_total(j);
	if (root != NULL && ret != NULL)
		next_page(j, root, ret);
	j->host->scratch_end();
	return root != NULL ? 0 : -1;
}

static int
end_document(struct json *j, struct vigie_next *ret)
{
	if (!j->skipped && frame_end(j->current) != 0 && failed(j, NULL, 0) != 0)
		return -1;
	if (j->current == j->frame && !j->whole)
		return end_envelope(j, ret);
	if (ret != NULL)
		next_page(j, NULL, ret);
	return 0;
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
	buf_clear(&j->file);
	begin_document(j, j->frame);
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
	begin_document(j, removed ? j->removed : j->frame);
	return 1;
}

static int
json_feed(void *self, const char *chunk, size_t len)
{
	struct json *j = self;
	if (j->skipped || frame_feed(j->current, chunk, len) == 0)
		return 0;
	return failed(j, chunk, len);
}

static int
json_end(void *self, struct vigie_next *ret)
{
	return end_document(self, ret);
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
