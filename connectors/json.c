/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: any REST API that answers in JSON, by declaration in the partner's
 * file.  The items of one array are framed as they arrive (lib/frame.h) and
 * read one at a time by the expressions of [map] (lib/record.h).
 */
#include <cjson/cJSON.h>

#include "base/buf.h"
#include "lib/frame.h"
#include "lib/paging.h"
#include "lib/record.h"
#include "lib/setting.h"
#include "vigie_connector.h"

static const struct vigie_option options[] = {
	{ "items", VIGIE_OPTION_TEXT, NULL, "", false, NULL,
	    "JSON Pointer (RFC 6901) to the array of items; empty: the document itself is the array" },
	{ "id", VIGIE_OPTION_TEXT, NULL, NULL, true, NULL,
	    "expression that gives an item's own identifier" },
	PAGING_OPTIONS,
	RECORD_OPTIONS,
	{ .type = VIGIE_OPTION_END },
};

struct json {
	const struct vigie_host *host;
	struct vigie_run *run;

	struct frame *frame;
	struct record *record;
	struct paging paging;

	struct vigie_answer answer;	/* copies, of the page that is being read */
	char *answer_url, *answer_link;
	uint64_t page_items;
};

/* ---- set-up */

static void
json_close(void *self)
{
	struct json *j = self;
	if (j == NULL)
		return;
	frame_free(j->frame);
	record_free(j->record);
	paging_done(&j->paging);
	free(j->answer_url);
	free(j->answer_link);
	free(j);
}

static void on_items(void *arg, const struct frame_item *items, size_t n);

static int
open_all(struct json *j, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	const char *items = setting_text(setup, "json", "items");
	j->frame = frame_new(items ? items : "", setup->max_item_bytes, setup->max_depth, on_items, j);
	if (j->frame == NULL)
		return complain(c, "json", "items", "this is not a JSON Pointer of at most 8 parts");
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
	frame_reset(j->frame);
	return 0;
}

static int
failed(struct json *j)
{
	j->host->fail(j->run, frame_failure(j->frame), frame_problem(j->frame));
	return -1;
}

static int
json_feed(void *self, const char *chunk, size_t len)
{
	struct json *j = self;
	return frame_feed(j->frame, chunk, len) == 0 ? 0 : failed(j);
}

static int
json_end(void *self, struct vigie_next *ret)
{
	struct json *j = self;
	const char *problem = NULL;
	if (frame_end(j->frame) != 0)
		return failed(j);
	const struct buf *envelope = frame_envelope(j->frame);
	j->host->scratch_begin();
	const cJSON *root = record_parse(j->record, buf_cstr(envelope), envelope->len, &problem);
	if (root != NULL) {
		if (paging_total(&j->paging, root, record_languages(j->record)))
			j->host->declare_total(j->run, j->paging.total_seen);
		paging_next(&j->paging, root, &j->answer, j->page_items, ret);
	} else {
		j->host->fail(j->run, VIGIE_WRONG_FORMAT, problem);
	}
	j->host->scratch_end();
	return root != NULL ? 0 : -1;
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
};
