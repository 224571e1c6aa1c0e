/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.x.  Each entry
 * becomes the same JSON object (feed/entry.h), and [map] may be left out.
 *
 * A feed shows its latest entries: absence says nothing, so every run is a
 * window.  Only a deleted-entry of Atom (RFC 6721) withdraws.
 *
 * Slips that leave no doubt are mended (lib/xml_guard.h).  After an error in
 * the markup the entries that are whole are taken, the one with the error waits
 * in quarantine, and the run is partial.
 */
#include "base/buf.h"
#include "feed/entry.h"
#include "lib/charset.h"
#include "lib/frame.h"
#include "lib/json_text.h"
#include "lib/record.h"
#include "vigie_connector.h"

static const struct vigie_option options[] = {
	{ "id", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "expression that gives an entry's own identifier; without it, its guid or id, else its link" },
	RECORD_OPTIONS,
	{ .type = VIGIE_OPTION_END },
};

static const struct record_default defaults[] = {
	{ "id", "/id | /link" },
	{ "title", "/title" },
	{ "description", "/content | /summary" },
	{ "language", "/language" },
	{ "url", "/link" },
	{ "image_url", "/image" },
	{ "latitude", "/latitude" },
	{ "longitude", "/longitude" },
	{ "source_updated_at", "/updated | /published" },
	{ "starts_at", "/starts" },
	{ "ends_at", "/ends" },
	{ "properties.categories", "/categories" },
	{ NULL, NULL },
};

enum { HEAD_MAX_BYTES = 64 };
enum format { UNKNOWN, XML, JSON };

struct feed {
	const struct vigie_host *host;
	struct vigie_run *run;
	const char *url;

	struct xml_stream *stream;
	struct frame *frame;
	struct record *record;

	enum format format;
	char *content_type;
	struct buf head;	/* until the format is known: space, a byte order mark */
	struct buf json;
};

/* ---- set-up */

static void
feed_close(void *self)
{
	struct feed *f = self;
	if (f == NULL)
		return;
	xml_stream_free(f->stream);
	frame_free(f->frame);
	record_free(f->record);
	free(f->content_type);
	buf_done(&f->head);
	buf_done(&f->json);
	free(f);
}

static void on_entry(void *arg, const struct xml_tree *item, const char *problem);
static void on_items(void *arg, const struct frame_item *items, size_t n);

static void *
feed_open(const struct vigie_setup *setup, struct vigie_complaint *c)
{
	struct feed *f = xcalloc(1, sizeof *f);
	f->host = setup->host;
	f->run = setup->run;
	f->url = setup->url;
	const struct xml_stream_options o = {
		.items = "//item | //entry | //at:deleted-entry", .namespaces = entry_namespaces,
		.mend = true, .keep_envelope = true,
		.max_item_bytes = setup->max_item_bytes, .max_depth = setup->max_depth, .item = on_entry, .arg = f,
	};
	f->stream = xml_stream_new(&o);
	f->frame = frame_new("/items", setup->max_item_bytes, setup->max_depth, on_items, f);
	f->record = record_new_with(setup, "feed", defaults, c);
	if (f->record != NULL)
		return f;
	feed_close(f);
	return NULL;
}

/* ---- entries */

static int
feed_item(void *self, const char *raw, size_t len)
{
	struct feed *f = self;
	record_read(f->record, raw, len);
	return 0;
}

static void
take(struct feed *f, const char *problem)
{
	if (problem == NULL) {
		record_item(f->record, f->json.data, f->json.len);
		return;
	}
	buf_char(&f->json, '\n');	/* the same entry in a sound document is another item, and not known to be bad */
	if (!f->host->known(f->run, f->json.data, f->json.len))
		record_reject(f->record, problem);
}

static bool
is_feed(const struct xml_tree *envelope)
{
	static const char *const roots[] = { "rss", "rdf:RDF", "feed", "channel", "RDF" };
	for (size_t i = 0; envelope->n > 0 && i < sizeof roots / sizeof roots[0]; i++)
		if (strcasecmp(envelope->node[0].name, roots[i]) == 0)
			return true;
	return false;
}

/* <at:deleted-entry ref="ID"/> */
static void
withdraw(struct feed *f, const struct xml_tree *item)
{
	struct buf id = BUF_INIT;
	uint32_t ref = xml_tree_child(item, 0, XML_ATTRIBUTE, "ref");
	if (ref != 0)
		xml_tree_add_text(item, ref, false, &id);
	buf_str(&f->json, "{\"deleted\":true");
	json_member(&f->json, "id", buf_cstr(&id), id.len);
	buf_char(&f->json, '}');
	if (!f->host->known(f->run, f->json.data, f->json.len)) {
		if (id.len > 0)
			f->host->tombstone(f->run, id.data, id.len);
		else
			record_reject(f->record, "a deleted entry has no ref");
	}
	buf_done(&id);
}

static void
on_entry(void *arg, const struct xml_tree *item, const char *problem)
{
	struct feed *f = arg;
	const struct xml_tree *envelope = xml_stream_envelope(f->stream);
	if (!is_feed(envelope))
		return;		/* the end says so */
	buf_clear(&f->json);
	if (problem == NULL && strcmp(item->node[0].name, "at:deleted-entry") == 0) {
		withdraw(f, item);
		return;
	}
	entry_write_xml(item, envelope, &f->json);
	take(f, problem);
}

/* An item of a JSON Feed; what is no object stays as it is, for quarantine. */
static void
on_json(struct feed *f, const struct frame_item *item)
{
	const char *problem = item->cut ? "the item is too big" : NULL;
	buf_clear(&f->json);
	f->host->scratch_begin();
	const cJSON *entry = problem == NULL ? record_parse(f->record, item->raw.s, item->raw.len, &problem) : NULL;
	if (cJSON_IsObject(entry))
		entry_write_json(entry, &f->json);
	else
		buf_add(&f->json, item->raw.s, item->raw.len);
	f->host->scratch_end();
	take(f, problem);
}

static void
on_items(void *arg, const struct frame_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		on_json(arg, &items[i]);
}

/* ---- documents */

static int
feed_first(void *self, struct vigie_request *ret)
{
	struct feed *f = self;
	*ret = (struct vigie_request){ .url = f->url };
	return 0;
}

static int
feed_begin(void *self, const struct vigie_answer *answer)
{
	struct feed *f = self;
	free(f->content_type);
	f->content_type = xstrdup(answer->content_type);
	f->format = UNKNOWN;
	buf_clear(&f->head);
	xml_stream_reset(f->stream, f->content_type);
	frame_reset(f->frame);
	f->host->window(f->run);
	return 0;
}

static int
read_bytes(struct feed *f, const char *chunk, size_t len)
{
	if (f->format == XML ? xml_stream_feed(f->stream, chunk, len) == 0 : frame_feed(f->frame, chunk, len) == 0)
		return 0;
	if (f->format == XML)
		f->host->fail(f->run, xml_stream_failure(f->stream), xml_stream_problem(f->stream));
	else
		f->host->fail(f->run, frame_failure(f->frame), frame_problem(f->frame));
	return -1;
}

/* The first byte that is neither space nor a mark tells. */
static int
feed_feed(void *self, const char *chunk, size_t len)
{
	struct feed *f = self;
	size_t i = 0;
	while (f->format == UNKNOWN && i < len) {
		if (chunk[i] == '{')
			f->format = JSON;
		else if (strchr(" \t\r\n\xef\xbb\xbf", chunk[i]) == NULL || chunk[i] == '\0')
			f->format = XML;
		else
			i++;
	}
	if (f->format == UNKNOWN) {
		if (f->head.len < HEAD_MAX_BYTES)
			buf_add(&f->head, chunk, len);
		return 0;
	}
	if (f->head.len > 0 && read_bytes(f, f->head.data, f->head.len) != 0)
		return -1;
	buf_clear(&f->head);
	return read_bytes(f, chunk, len);
}

static int
end_json(struct feed *f)
{
	static const char mark[] = "jsonfeed.org/version/";
	if (frame_end(f->frame) != 0) {
		f->host->fail(f->run, frame_failure(f->frame), frame_problem(f->frame));
		return -1;
	}
	const struct buf *envelope = frame_envelope(f->frame);
	if (memmem(envelope->data, envelope->len, mark, sizeof mark - 1) != NULL)
		return 0;
	f->host->fail(f->run, VIGIE_WRONG_SHAPE, "this JSON is not a JSON Feed");
	return -1;
}

static int
end_xml(struct feed *f)
{
	if (xml_stream_end(f->stream) != 0) {
		f->host->fail(f->run, xml_stream_failure(f->stream), xml_stream_problem(f->stream));
		return -1;
	}
	if (is_feed(xml_stream_envelope(f->stream)))
		return 0;
	f->host->fail(f->run, VIGIE_WRONG_SHAPE, "this XML is not a feed: its root is none of rss, rdf:RDF and feed");
	return -1;
}

static int
feed_end(void *self, struct vigie_next *ret)
{
	struct feed *f = self;
	ret->more = false;
	return f->format == JSON ? end_json(f) : end_xml(f);
}

static void
feed_load(void *self)
{
	(void)self;
	charset_load();
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "feed",
	.summary = "RSS, Atom and JSON Feed",
	.options = options,
	.open = feed_open,
	.close = feed_close,
	.load = feed_load,
	.first = feed_first,
	.begin = feed_begin,
	.feed = feed_feed,
	.end = feed_end,
	.item = feed_item,
};
