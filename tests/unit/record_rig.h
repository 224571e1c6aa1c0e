/* SPDX-License-Identifier: Apache-2.0 */
/* A host that writes down what lib/record gives it, one line per call. */
#ifndef VIGIE_TESTS_RECORD_RIG_H
#define VIGIE_TESTS_RECORD_RIG_H

#include <string.h>

#include "base/buf.h"
#include "lib/record.h"
#include "cage/scratch.h"

struct vigie_run {
	struct buf said;
};

static bool
rig_known(struct vigie_run *run, const char *raw, size_t len)
{
	(void)run, (void)raw, (void)len;
	return false;
}

static void
rig_emit(struct vigie_run *run, const struct vigie_field *fields, size_t n)
{
	static const char *const names[VIGIE_KEYS] = {
		[VIGIE_EXTERNAL_ID] = "id", [VIGIE_TITLE] = "title", [VIGIE_DESCRIPTION] = "description",
		[VIGIE_PRICE] = "price", [VIGIE_CAPACITY] = "capacity", [VIGIE_LATITUDE] = "latitude",
		[VIGIE_LOCALITY] = "locality", [VIGIE_URL] = "url",
	};
	buf_str(&run->said, "listing");
	for (size_t i = 0; i < n; i++) {
		const char *name = fields[i].name ? fields[i].name : names[fields[i].key];
		buf_fmt(&run->said, " %s=%.*s", name ? name : "?", (int)fields[i].value_len, fields[i].value);
	}
	buf_char(&run->said, '\n');
}

static void
rig_tombstone(struct vigie_run *run, const char *id, size_t len)
{
	buf_fmt(&run->said, "withdrawn %.*s\n", (int)len, id);
}

static void
rig_reject(struct vigie_run *run, const char *id, size_t len, const char *reason)
{
	buf_fmt(&run->said, "rejected %.*s: %s\n", (int)len, id ? id : "", reason);
}

static void
rig_remark(struct vigie_run *run, const char *field, const char *text)
{
	buf_fmt(&run->said, "%s: %s\n", field, text);
}

static const struct vigie_host rig_host = {
	.known = rig_known, .emit = rig_emit, .tombstone = rig_tombstone, .reject = rig_reject,
	.scratch_begin = scratch_begin, .scratch_end = scratch_end,
};
static const struct vigie_host rig_curious_host = {
	.known = rig_known, .emit = rig_emit, .tombstone = rig_tombstone, .reject = rig_reject,
	.remark = rig_remark, .scratch_begin = scratch_begin, .scratch_end = scratch_end,
};

struct rig {
	struct vigie_run run;
	struct vigie_setup setup;
	struct vigie_complaint complaint;
	struct record *record;
};

/* r->record is NULL when the settings were refused: r->complaint says why. */
static inline void
rig_open(struct rig *r, const struct vigie_host *host, const struct vigie_setting *settings, size_t n,
    const struct record_default *defaults)
{
	*r = (struct rig){ .run = { BUF_INIT } };
	r->setup = (struct vigie_setup){
		.host = host, .run = &r->run, .settings = settings, .n_settings = n, .max_depth = 16,
		.max_item_bytes = 4096,
	};
	r->record = record_new_with(&r->setup, "test", defaults, &r->complaint);
}

/* What the item became; borrowed until the next. */
static inline const char *
rig_read(struct rig *r, const char *item)
{
	buf_clear(&r->run.said);
	record_item(r->record, item, strlen(item));
	return buf_cstr(&r->run.said);
}

static inline void
rig_close(struct rig *r)
{
	record_free(r->record);
	buf_done(&r->run.said);
}

#endif
