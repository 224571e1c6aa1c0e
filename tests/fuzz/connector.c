/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connector on any bytes: the first says which settings there are, the second
 * how they are cut into chunks, the rest is the document, and its last line
 * also the Link header.  What was emitted must lie within what was fed.
 */
#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "connector.h"
#include "cage/scratch.h"
#include "vigie_connector.h"

extern const struct vigie_connector vigie_connector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct vigie_run {
	size_t items, expected, emitted;
	bool window;
};

static bool
known(struct vigie_run *run, const char *raw, size_t len)
{
	assert(len > 0 && raw != NULL);
	run->items++;
	/* Not all that is asked for was expected. */
	run->expected = run->expected < run->items ? run->items : run->expected;
	return run->items % 8 == 0;
}

static void
expect(struct vigie_run *run, const struct vigie_bytes *items, size_t n)
{
	assert(run->expected == run->items && n > 0);
	for (size_t i = 0; i < n; i++)
		free(xstrndup(items[i].s, items[i].len));
	run->expected += n;
}

static void
emit(struct vigie_run *run, const struct vigie_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(xstrndup(fields[i].value, fields[i].value_len));
	run->emitted++;
}

static void
tombstone(struct vigie_run *run, const char *external_id, size_t len)
{
	assert(external_id != NULL && len > 0);
	run->emitted++;
}

static void
reject(struct vigie_run *run, const char *external_id, size_t len, const char *reason)
{
	assert(reason != NULL && (external_id != NULL || len == 0));
	run->emitted++;
}

static void
declare_total(struct vigie_run *run, int64_t total)
{
	(void)run;
	assert(total >= 0);
}

static void
on_fail(struct vigie_run *run, enum vigie_failure why, const char *text)
{
	(void)run;
	assert(why <= VIGIE_TOO_BIG && text != NULL && *text != '\0');
}

static void
window(struct vigie_run *run)
{
	run->window = true;
}

static void
in_order(struct vigie_run *run)
{
	assert(run->items == 0);
}

static void
on_remember(struct vigie_run *run, const char *watermark)
{
	(void)run;
	assert(watermark != NULL);
}

static void
remark(struct vigie_run *run, const char *field, const char *text)
{
	(void)run;
	assert((field == NULL || *field != '\0') && text != NULL && *text != '\0');
}

static const struct vigie_host host = {
	.known = known, .expect = expect, .emit = emit, .tombstone = tombstone, .reject = reject,
	.declare_total = declare_total, .window = window, .in_order = in_order, .remember = on_remember, .remark = remark,
	.fail = on_fail, .scratch_begin = scratch_begin, .scratch_end = scratch_end,
};

static void *
open_connector(struct vigie_run *run, uint8_t choice)
{
	struct vigie_setup setup = {
		.host = &host, .run = run, .url = "https://x.fr/a?b={page}", .max_depth = 16, .max_item_bytes = 4096,
	};
	setup.settings = fuzz_settings(choice, &setup.n_settings);
	struct vigie_complaint complaint = { 0 };
	return vigie_connector.open(&setup, &complaint);
}

/* In chunks of their own memory, so that a read past one is found. */
static int
feed(void *self, const uint8_t *data, size_t size, size_t chunk)
{
	for (size_t at = 0; at < size; at += chunk) {
		size_t n = size - at < chunk ? size - at : chunk;
		char *copy = xmalloc(n);
		memcpy(copy, data + at, n);
		int rc = vigie_connector.feed(self, copy, n);
		free(copy);
		if (rc != 0)
			return -1;
	}
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	scratch_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vigie_run run = { 0 };
	struct vigie_next next = { 0 };
	struct vigie_request request;
	if (size < 2)
		return 0;
	void *self = open_connector(&run, data[0]);
	assert(self != NULL);
	char *document = xstrndup((const char *)data + 2, size - 2);
	const char *line = strrchr(document, '\n');
	const struct vigie_answer answer = { "https://x.fr/a", fuzz_content_type, line ? line + 1 : "", 0 };
	(void)vigie_connector.first(self, &request);
	for (int page = 0; page < 3; page++) {
		if (vigie_connector.absent != NULL && page == (data[0] >> 5) && (data[0] & 16) != 0)
			(void)vigie_connector.absent(self, &answer, data[0] & 8 ? 404 : 301, &next);
		(void)vigie_connector.begin(self, &answer);
		if (vigie_connector.member != NULL && (data[0] & 1) != 0 && vigie_connector.member(self, "a/b.json") < 0)
			break;
		if (feed(self, data + 2, size - 2, (size_t)data[1] + 1) == 0 &&
		    vigie_connector.end(self, &next) == 0 && next.more)
			assert(next.request.url != NULL);
	}
	if (vigie_connector.item != NULL)
		(void)vigie_connector.item(self, document, size - 2);
	vigie_connector.close(self);
	free(document);
	return 0;
}
