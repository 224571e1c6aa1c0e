/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/intake.h"

#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "sync/dropped.h"
#include "sync/scratch.h"

/* Odd, so that no bit of an item is lost. */
#define PAGE_PRIME UINT64_C(0x9E3779B185EBCA87)

void
intake_init(struct vigie_run *in)
{
	*in = (struct vigie_run){ .total = -1 };
}

void
intake_done(struct vigie_run *in)
{
	free(in->watermark);
}

void
intake_page_begin(struct vigie_run *in)
{
	in->mark = stage_mark(in->stage);
	in->items_mark = in->items;
	in->page_hash = 0;
}

int
intake_page_rewind(struct vigie_run *in, struct error *err)
{
	in->items = in->items_mark;
	error_clear(&in->error);
	return stage_rewind(in->stage, in->mark, err);
}

uint64_t
intake_page_items(const struct vigie_run *in)
{
	return in->items - in->items_mark;
}

void
intake_replay(struct vigie_run *in, const char *raw, size_t len)
{
	in->raw = raw;
	in->raw_len = len;
	in->hash = raw_hash(raw, len, in->seed);
}

static void
host_expect(struct vigie_run *in, const struct vigie_bytes *items, size_t n)
{
	n = n < EXPECTED_MAX ? n : EXPECTED_MAX;
	for (size_t i = 0; i < n; i++) {
		in->expected[i] = items[i];
		in->expected_hash[i] = raw_hash(items[i].s, items[i].len, in->seed);
	}
	in->n_expected = n;
	in->next_expected = 0;
	if (in->known != NULL)
		known_fetch(in->known, in->expected_hash, n);
}

/* Its hash, if it is the one that was expected next. */
static const struct raw_hash *
expected(struct vigie_run *in, const char *raw, size_t len)
{
	size_t i = in->next_expected++;
	bool right = i < in->n_expected && in->expected[i].s == raw && in->expected[i].len == len;
	if (!right)
		in->n_expected = 0;
	return right ? &in->expected_hash[i] : NULL;
}

static bool
host_known(struct vigie_run *in, const char *raw, size_t len)
{
	const struct raw_hash *hash = expected(in, raw, len);
	in->items++;
	in->raw = raw;
	in->raw_len = len;
	in->hash = hash != NULL ? *hash : raw_hash(raw, len, in->seed);
	in->page_hash = (in->page_hash ^ in->hash.low) * PAGE_PRIME + in->hash.high;
	/* In order, what is known and what is new must stand on the stage together, or the order is lost. */
	return in->known != NULL && !in->in_order && known_mark(in->known, in->hash);
}

static void
host_reject(struct vigie_run *in, const char *external_id, size_t len, const char *reason)
{
	const struct stage_entry entry = {
		.kind = STAGE_REJECT,
		.hash = in->hash,
		.external_id = { external_id, len },
		.raw = { in->raw, in->raw_len },
		.reason = { reason, strlen(reason) },
	};
	in->rejected++;
	(void)stage_reject(in->stage, &entry, &in->error);
	const struct intake_observer *o = in->observer;
	if (o != NULL && o->rejected != NULL)
		o->rejected(o->arg, external_id, len, reason, in->raw, in->raw_len);
}

static void
host_emit(struct vigie_run *in, const struct vigie_field *fields, size_t n)
{
	struct listing l;
	struct error err = ERROR_INIT;
	if (normalise(in->normaliser, fields, n, &l, &err) != 0) {
		host_reject(in, NULL, 0, err.text);
		return;
	}
	in->listings++;
	in->outside += l.place == LISTING_OUTSIDE;
	(void)stage_listing(in->stage, in->hash, &l, &in->error);
	if (in->observer != NULL && in->observer->listing != NULL)
		in->observer->listing(in->observer->arg, &l);
	if (in->observer != NULL && in->observer->remark != NULL)
		dropped_tell(in, fields, n, &l);
}

static void
host_tombstone(struct vigie_run *in, const char *external_id, size_t len)
{
	in->tombstones++;
	(void)stage_tombstone(in->stage, external_id, len, &in->error);
	if (in->observer != NULL && in->observer->tombstone != NULL)
		in->observer->tombstone(in->observer->arg, external_id, len);
}

static void
host_declare_total(struct vigie_run *in, int64_t total)
{
	if (in->total >= 0 && in->total != total) {
		in->total_changed = true;
		in->total_before = in->total;
	}
	in->total = total;
}

static void
host_window(struct vigie_run *in)
{
	in->window = true;
}

static void
host_in_order(struct vigie_run *in)
{
	in->in_order = true;
}

static void
host_remember(struct vigie_run *in, const char *watermark)
{
	if (strlen(watermark) > WATERMARK_MAX_BYTES) {
		(void)error_set(&in->error, ERROR_LIMIT, "the mark where to go on is over %d bytes long", WATERMARK_MAX_BYTES);
		return;
	}
	free(in->watermark);
	in->watermark = xstrdup(watermark);
}

enum { FAILURE_MAX = 400 };	/* bytes of what a connector says */

static void
host_fail(struct vigie_run *in, enum vigie_failure why, const char *text)
{
	static const enum error_kind kinds[] = {
		[VIGIE_WRONG_FORMAT] = ERROR_FORMAT,
		[VIGIE_WRONG_SHAPE] = ERROR_SHAPE,
		[VIGIE_TRUNCATED] = ERROR_TRUNCATED,
		[VIGIE_TOO_DEEP] = ERROR_LIMIT,
		[VIGIE_TOO_BIG] = ERROR_LIMIT,
	};
	/* It may quote the partner's bytes, which can be anything, and be cut anywhere. */
	struct buf escaped = BUF_INIT;
	text_escape(&escaped, text, strlen(text), FAILURE_MAX);
	(void)error_set(&in->error, kinds[why], "%s", buf_cstr(&escaped));
	buf_done(&escaped);
}

static void
host_remark(struct vigie_run *in, const char *field, const char *text)
{
	const struct intake_remark remark = { in->items, field, text, false };
	in->observer->remark(in->observer->arg, &remark);
}

static const struct vigie_host services = {
	.known = host_known,
	.expect = host_expect,
	.emit = host_emit,
	.tombstone = host_tombstone,
	.reject = host_reject,
	.declare_total = host_declare_total,
	.window = host_window,
	.in_order = host_in_order,
	.remember = host_remember,
	.fail = host_fail,
	.scratch_begin = scratch_begin,
	.scratch_end = scratch_end,
};

const struct vigie_host *
intake_host(struct vigie_run *in)
{
	in->host = services;
	if (in->observer != NULL && in->observer->remark != NULL)
		in->host.remark = host_remark;
	return &in->host;
}
