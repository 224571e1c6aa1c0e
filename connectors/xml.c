/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml: any feed in XML, by declaration in the partner's file.  Each element
 * that `items` names becomes one JSON object (lib/xml_tree.h), which the
 * expressions of [map] read (lib/record.h).  An archive may hold several
 * documents like that.
 */
#include "base/buf.h"
#include "lib/charset.h"
#include "lib/paging.h"
#include "lib/record.h"
#include "lib/setting.h"
#include "lib/xml_stream.h"
#include "vigie_connector.h"

static const struct vigie_option options[] = {
	{ "items", VIGIE_OPTION_TEXT, NULL, NULL, true, NULL,
	    "path of the elements that are items: /annonces/annonce from the root, //annonce anywhere" },
	{ "id", VIGIE_OPTION_TEXT, NULL, NULL, true, NULL,
	    "expression that gives an item's own identifier" },
	{ "lists", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "names of elements that are arrays even when there is only one, separated by spaces" },
	{ "lenient", VIGIE_OPTION_BOOLEAN, NULL, "no", false, NULL,
	    "take a bare & or < for the character, and read on after an error: such a run is partial" },
	PAGING_OPTIONS,
	RECORD_OPTIONS,
	{ "*", VIGIE_OPTION_TEXT, "namespaces", NULL, false, NULL,
	    "prefix that names have here, and the namespace's URI; without any, names are read without prefix" },
	{ .type = VIGIE_OPTION_END },
};

enum { NAMESPACES_MAX = 32, LISTS_MAX = 32 };

struct xml {
	const struct vigie_host *host;
	struct vigie_run *run;

	struct xml_stream *stream;
	struct record *record;
	struct paging paging;
	struct xml_namespace namespaces[NAMESPACES_MAX + 1];
	char *list_text, *lists[LISTS_MAX + 1];

	struct vigie_answer answer;	/* copies, of the page that is being read */
	char *answer_url, *answer_link;
	uint64_t page_items;
	bool in_member;		/* a file of an archive is being read */
	int64_t total;		/* that its documents declare; -1: none does */
	struct buf json;
};

/* ---- set-up */

static void
xml_close(void *self)
{
	struct xml *x = self;
	if (x == NULL)
		return;
	xml_stream_free(x->stream);
	record_free(x->record);
	paging_done(&x->paging);
	free(x->list_text);
	free(x->answer_url);
	free(x->answer_link);
	buf_done(&x->json);
	free(x);
}

static int
open_namespaces(struct xml *x, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	size_t n = 0;
	for (size_t i = 0; i < setup->n_settings; i++) {
		const struct vigie_setting *s = &setup->settings[i];
		if (strcmp(s->section, "namespaces") != 0)
			continue;
		if (n == NAMESPACES_MAX)
			return complain(c, "namespaces", s->name, "there are more than 32 namespaces");
		x->namespaces[n++] = (struct xml_namespace){ s->value, s->name };
	}
	return 0;
}

static int
open_lists(struct xml *x, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	size_t n = 0;
	const char *text = setting_text(setup, "xml", "lists");
	char *rest = x->list_text = xstrdup(text), *word;
	while ((word = strsep(&rest, " ,")) != NULL) {
		if (*word == '\0')
			continue;
		if (n == LISTS_MAX)
			return complain(c, "xml", "lists", "there are more than 32 names");
		x->lists[n++] = word;
	}
	return 0;
}

static void on_item(void *arg, const struct xml_tree *item, const char *problem);

static int
open_stream(struct xml *x, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	const char *items = setting_text(setup, "xml", "items"), *lenient = setting_text(setup, "xml", "lenient");
	const struct paging *p = &x->paging;
	const struct xml_stream_options o = {
		.items = items != NULL ? items : "",
		.namespaces = x->namespaces[0].uri != NULL ? x->namespaces : NULL,
		.mend = lenient != NULL && strcmp(lenient, "yes") == 0,
		.keep_envelope = p->cursor != NULL || p->next != NULL || p->total != NULL,
		.max_item_bytes = setup->max_item_bytes, .max_depth = setup->max_depth,
		.item = on_item, .arg = x,
	};
	x->stream = xml_stream_new(&o);
	if (x->stream == NULL)
		return complain(c, "xml", "items", "write a path of at most 8 names: /annonces/annonce, or //annonce");
	return 0;
}

static int
open_all(struct xml *x, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	if (open_namespaces(x, setup, c) != 0 || open_lists(x, setup, c) != 0 ||
	    paging_open(&x->paging, setup, "xml", c) != 0 || open_stream(x, setup, c) != 0)
		return -1;
	x->record = record_new(setup, "xml", c);
	return x->record != NULL ? 0 : -1;
}

static void *
xml_open(const struct vigie_setup *setup, struct vigie_complaint *c)
{
	struct xml *x = xcalloc(1, sizeof *x);
	x->host = setup->host;
	x->run = setup->run;
	if (open_all(x, setup, c) == 0)
		return x;
	xml_close(x);
	return NULL;
}

/* ---- items */

static int
xml_item(void *self, const char *raw, size_t len)
{
	struct xml *x = self;
	record_read(x->record, raw, len);
	return 0;
}

/* An object, also of an element that has nothing but text. */
static void
write_item(struct xml *x, const struct xml_tree *item, uint32_t node)
{
	buf_clear(&x->json);
	xml_tree_json(item, node, x->lists, &x->json);
	if (x->json.data[0] == '{')
		return;
	struct buf text = x->json;
	x->json = (struct buf)BUF_INIT;
	buf_fmt(&x->json, "{\"#text\":%s}", buf_cstr(&text));
	buf_done(&text);
}

/*
 * An element of the items' path within an item is a part of it, mostly one that
 * has the same name by chance.  With an identifier it may be a listing, which
 * would be missing; or what another listing is like.  Whoever sets it up says.
 */
static void
look_at_nested(struct xml *x, const struct xml_tree *item)
{
	size_t n;
	struct vigie_bytes id;
	const uint32_t *nested = xml_stream_nested(x->stream, &n);
	for (size_t i = 0; i < n && x->paging.doubt.len == 0; i++) {
		write_item(x, item, nested[i]);
		if (record_id(x->record, NULL, x->json.data, x->json.len, &id))
			paging_doubt(&x->paging, "an item stands within another, with an identifier of its own: say in « items » "
			    "which ones are listings, with a path from the root (/annonces/annonce)");
	}
}

static void
on_item(void *arg, const struct xml_tree *item, const char *problem)
{
	struct xml *x = arg;
	x->page_items++;
	look_at_nested(x, item);
	write_item(x, item, 0);
	if (problem == NULL) {
		record_item(x->record, x->json.data, x->json.len);
		return;
	}
	buf_char(&x->json, '\n');	/* the same item in a sound document is another one, and not known to be bad */
	if (!x->host->known(x->run, x->json.data, x->json.len))
		record_reject(x->record, problem);
}

/* ---- pages */

static int
xml_first(void *self, struct vigie_request *ret)
{
	struct xml *x = self;
	paging_first(&x->paging, ret);
	return 0;
}

static int
xml_begin(void *self, const struct vigie_answer *answer)
{
	struct xml *x = self;
	free(x->answer_url);
	free(x->answer_link);
	x->answer = *answer;
	x->answer.url = x->answer_url = xstrdup(answer->url);
	x->answer.link = x->answer_link = xstrdup(answer->link);
	x->page_items = 0;
	x->in_member = false;
	x->total = -1;
	xml_stream_reset(x->stream, answer->content_type);
	return 0;
}

static int
failed(struct xml *x)
{
	x->host->fail(x->run, xml_stream_failure(x->stream), xml_stream_problem(x->stream));
	return -1;
}

static int
xml_feed(void *self, const char *chunk, size_t len)
{
	struct xml *x = self;
	return xml_stream_feed(x->stream, chunk, len) == 0 ? 0 : failed(x);
}

/* {"annonces": what surrounds its items}: pointers start where `items` does. */
static void
write_envelope(struct xml *x)
{
	const struct xml_tree *t = xml_stream_envelope(x->stream);
	buf_clear(&x->json);
	buf_char(&x->json, '{');
	if (t->n > 0) {
		buf_json(&x->json, t->node[0].name, strlen(t->node[0].name));
		buf_char(&x->json, ':');
		xml_tree_json(t, 0, x->lists, &x->json);
	}
	buf_char(&x->json, '}');
}

static void
add_total(struct xml *x, const cJSON *envelope)
{
	if (!paging_total(&x->paging, envelope))
		return;
	int64_t more = x->paging.total_seen;
	x->total = x->total < 0 ? more : more > INT64_MAX - x->total ? INT64_MAX : x->total + more;
}

static int
next_page(struct xml *x, const cJSON *envelope, struct vigie_next *ret)
{
	x->paging.total_seen = x->total >= 0 ? x->total : x->paging.total_seen;
	if (x->total >= 0)
		x->host->declare_total(x->run, x->total);
	return paging_next(&x->paging, envelope, &x->answer, x->page_items, ret);
}

/* `ret` NULL: another document of the same answer follows. */
static int
end_envelope(struct xml *x, struct vigie_next *ret)
{
	const char *problem = NULL;
	int rc = -1;
	write_envelope(x);
	x->host->scratch_begin();
	const cJSON *root = record_parse(x->record, x->json.data, x->json.len, &problem);
	if (root != NULL) {
		add_total(x, root);
		rc = ret != NULL ? next_page(x, root, ret) : 0;
	} else {
		x->host->fail(x->run, VIGIE_WRONG_FORMAT, problem);
	}
	x->host->scratch_end();
	return rc;
}

static int
end_document(struct xml *x, struct vigie_next *ret)
{
	if (xml_stream_end(x->stream) != 0)
		return failed(x);
	if (xml_stream_envelope(x->stream)->problem != NULL) {
		x->host->fail(x->run, VIGIE_TOO_BIG, "what surrounds the items is over 1 MiB");
		return -1;
	}
	return end_envelope(x, ret);
}

/* The Content-Type was the archive's. */
static int
xml_member(void *self, const char *name)
{
	struct xml *x = self;
	(void)name;
	if (x->in_member && end_document(x, NULL) != 0)
		return -1;
	x->in_member = true;
	xml_stream_reset(x->stream, "");
	return 1;
}

static int
xml_end(void *self, struct vigie_next *ret)
{
	return end_document(self, ret);
}

static void
xml_load(void *self)
{
	(void)self;
	charset_load();
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "xml",
	.summary = "any feed in XML",
	.options = options,
	.open = xml_open,
	.close = xml_close,
	.load = xml_load,
	.first = xml_first,
	.begin = xml_begin,
	.feed = xml_feed,
	.end = xml_end,
	.item = xml_item,
	.member = xml_member,
};
