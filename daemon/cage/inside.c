/* SPDX-License-Identifier: Apache-2.0 */
#include "cage/inside.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cage/body.h"
#include "cage/confine.h"
#include "cage/dropped.h"
#include "cage/scratch.h"
#include "cage/setup.h"
#include "catalogue/known.h"
#include "catalogue/stage.h"
#include "normalise/text.h"
#include "plugin/plugin.h"

/* Odd, so that no bit of an item is lost. */
#define PAGE_PRIME UINT64_C(0x9E3779B185EBCA87)

enum { EXPECTED_MAX = 16, EXIT_LOST = 2, BELL_BYTES = RING_BYTES / 4 };

struct span {			/* entries of the table that were found one after the other */
	uint32_t place, n;
};

struct vigie_run {
	struct rings rings;
	uint64_t belled;	/* what was written when the bell last rang */
	struct wire_in in;
	struct buf out, more;
	struct setup setup;
	const struct vigie_connector *plugin;
	void *connector;
	struct body *body;
	struct normaliser *normaliser;
	struct known *known;	/* NULL: nothing is */
	struct vigie_host host;
	struct error error;	/* why the connector failed, if it says so */
	bool broken;		/* the answer that is being read: no more of it */

	struct span spans[WIRE_SPANS_MAX];
	size_t n_spans;
	uint64_t items, items_told;
	uint64_t page_hash;	/* of its items so far, in order: two pages with the same are one */
	bool in_order;

	/* items that will be asked for, from `next_expected` on */
	struct vigie_bytes expected[EXPECTED_MAX];
	struct raw_hash expected_hash[EXPECTED_MAX];
	size_t n_expected, next_expected;

	/* the item that is being read */
	const char *raw;
	size_t raw_len;
	struct raw_hash hash;
};

/* ---- to and from the host */

static void
ring_bell(struct vigie_run *r)
{
	r->belled = r->rings.up.own;
	if (write(INSIDE_BELL, "", 1) != 1)
		_exit(EXIT_LOST);
}

/* Until the host has read or written something. */
static void
sleep_until(struct vigie_run *r, bool (*awake)(struct vigie_run *r, size_t n), size_t n)
{
	char bells[64];
	while (!awake(r, n)) {
		if (r->rings.up.own != r->belled || atomic_exchange(&r->rings.control->host_wants_room, 0) != 0)
			ring_bell(r);
		atomic_store(&r->rings.control->cage_sleeps, 1);
		atomic_thread_fence(memory_order_seq_cst);
		if (awake(r, n))
			break;
		if (read(INSIDE_BELL, bells, sizeof bells) <= 0)
			_exit(EXIT_LOST);	/* the host is gone */
	}
	atomic_store(&r->rings.control->cage_sleeps, 0);
}

static bool
has_room(struct vigie_run *r, size_t n)
{
	return ring_room(&r->rings.up) >= n;
}

static bool
has_message(struct vigie_run *r, size_t n)
{
	return ring_ready(&r->rings.down) >= n;
}

static void
tell(struct vigie_run *r, enum wire_kind kind, const char *message, size_t len)
{
	const char *s = len > 0 ? message : "";
	do {
		size_t n = len < WIRE_PIECE_BYTES ? len : WIRE_PIECE_BYTES;
		if (!has_room(r, wire_size(n)))
			sleep_until(r, has_room, wire_size(n));
		wire_write(&r->rings.up, kind | (n < len ? WIRE_MORE : 0), s, n);
		s += n;
		len -= n;
	} while (len > 0);
	if (r->rings.up.own - r->belled >= BELL_BYTES)
		ring_bell(r);
}

static void
tell_out(struct vigie_run *r, enum wire_kind kind)
{
	tell(r, kind, r->out.data, r->out.len);
}

static void
tell_number(struct vigie_run *r, enum wire_kind kind, uint64_t n)
{
	tell(r, kind, (const char *)&n, sizeof n);
}

/* What was counted: before anything that depends on the order, and now and then. */
static void
tell_counts(struct vigie_run *r)
{
	if (r->n_spans > 0)
		tell(r, WIRE_SEEN, (const char *)r->spans, r->n_spans * sizeof *r->spans);
	r->n_spans = 0;
	if (r->items != r->items_told)
		tell_number(r, WIRE_COUNT, r->items);
	r->items_told = r->items;
}

static void
receive(struct vigie_run *r)
{
	int rc;
	while ((rc = wire_next_in_place(&r->rings.down, &r->in)) == 0) {
		tell_counts(r);
		sleep_until(r, has_message, sizeof(struct wire_head));
	}
	if (rc < 0)
		_exit(EXIT_LOST);
	if (ring_room(&r->rings.down) == RING_BROKEN)
		_exit(EXIT_LOST);
	atomic_thread_fence(memory_order_seq_cst);
	if (ring_ready(&r->rings.down) < RING_BYTES / 2 && atomic_load(&r->rings.control->host_wants_room) != 0 &&
	    atomic_exchange(&r->rings.control->host_wants_room, 0) != 0)
		ring_bell(r);
}

/* ---- services */

static void
host_expect(struct vigie_run *r, const struct vigie_bytes *items, size_t n)
{
	n = n < EXPECTED_MAX ? n : EXPECTED_MAX;
	for (size_t i = 0; i < n; i++) {
		r->expected[i] = items[i];
		r->expected_hash[i] = raw_hash(items[i].s, items[i].len, r->setup.seed);
	}
	r->n_expected = n;
	r->next_expected = 0;
	if (r->known != NULL && n > 0)
		known_fetch(r->known, r->expected_hash, n);
}

/* Its hash, if it is the one that was expected next. */
static const struct raw_hash *
expected(struct vigie_run *r, const char *raw, size_t len)
{
	size_t i = r->next_expected++;
	bool right = i < r->n_expected && r->expected[i].s == raw && r->expected[i].len == len;
	if (!right)
		r->n_expected = 0;
	return right ? &r->expected_hash[i] : NULL;
}

static void
seen(struct vigie_run *r, uint32_t place)
{
	struct span *last = r->n_spans > 0 ? &r->spans[r->n_spans - 1] : NULL;
	if (last != NULL && last->place + last->n == place) {
		last->n++;
		return;
	}
	if (r->n_spans == WIRE_SPANS_MAX)
		tell_counts(r);
	r->spans[r->n_spans++] = (struct span){ place, 1 };
}

static bool
host_known(struct vigie_run *r, const char *raw, size_t len)
{
	const struct raw_hash *hash = expected(r, raw, len);
	r->items++;
	r->raw = raw;
	r->raw_len = len;
	r->hash = hash != NULL ? *hash : raw_hash(raw, len, r->setup.seed);
	r->page_hash = (r->page_hash ^ r->hash.low) * PAGE_PRIME + r->hash.high;
	/* In order, what is known and what is new must stand on the stage together, or the order is lost. */
	if (r->known == NULL || r->in_order || !known_mark(r->known, r->hash))
		return false;
	seen(r, known_found(r->known));
	return true;
}

/* As the normaliser makes it of a listing's; none where it would be none. */
static struct text
clean_id(struct vigie_run *r, const char *id, size_t len)
{
	buf_clear(&r->more);
	if (id != NULL)
		(void)text_clean(&r->more, id, len, TEXT_ONE_LINE);
	bool none = r->more.len == 0 || r->more.len > listing_text_max[LISTING_EXTERNAL_ID];
	return (struct text){ none ? NULL : r->more.data, none ? 0 : r->more.len };
}

static void
host_reject(struct vigie_run *r, const char *external_id, size_t len, const char *reason)
{
	struct text id = clean_id(r, external_id, len);
	buf_clear(&r->out);
	wire_put(&r->out, &r->hash, sizeof r->hash);
	wire_put_text(&r->out, id.s, id.len);
	wire_put_text(&r->out, r->raw, r->raw_len < STAGE_RAW_MAX_BYTES ? r->raw_len : STAGE_RAW_MAX_BYTES);
	wire_put_text(&r->out, reason, strnlen(reason, STAGE_RAW_MAX_BYTES));
	tell_counts(r);
	tell_out(r, WIRE_REJECT);
}

static void
tell_remark(void *arg, const char *field, const char *text, bool given)
{
	struct vigie_run *r = arg;
	buf_clear(&r->more);
	wire_put_number(&r->more, r->items);
	wire_put_string(&r->more, field);
	wire_put_string(&r->more, text);
	wire_put_number(&r->more, given);
	tell(r, WIRE_REMARK, r->more.data, r->more.len);
}

static void
tell_dropped(void *arg, const char *field, const char *text)
{
	tell_remark(arg, field, text, true);
}

static void
host_remark(struct vigie_run *r, const char *field, const char *text)
{
	tell_remark(r, field, text, false);
}

static void
host_emit(struct vigie_run *r, const struct vigie_field *fields, size_t n)
{
	struct listing l;
	struct error err = ERROR_INIT;
	if (normalise(r->normaliser, fields, n, &l, &err) != 0) {
		host_reject(r, NULL, 0, err.text);
		return;
	}
	buf_clear(&r->out);
	wire_put(&r->out, &r->hash, sizeof r->hash);
	listing_flatten(&l, &r->out);
	if (r->out.len > WIRE_MESSAGE_MAX_BYTES) {
		host_reject(r, NULL, 0, "what was made of it is too large");
		return;
	}
	tell_out(r, WIRE_LISTING);
	if (r->setup.curious)
		dropped_tell(fields, n, &l, tell_dropped, r);
}

/* One that no listing can have withdraws none. */
static void
host_tombstone(struct vigie_run *r, const char *external_id, size_t len)
{
	struct text id = clean_id(r, external_id, len);
	if (id.s != NULL)
		tell(r, WIRE_TOMBSTONE, id.s, id.len);
}

static void
host_declare_total(struct vigie_run *r, int64_t total)
{
	if (total >= 0)
		tell_number(r, WIRE_TOTAL, (uint64_t)total);
}

static void
host_window(struct vigie_run *r)
{
	tell(r, WIRE_WINDOW, NULL, 0);
}

static void
host_in_order(struct vigie_run *r)
{
	r->in_order = true;
	tell(r, WIRE_IN_ORDER, NULL, 0);
}

static void
host_remember(struct vigie_run *r, const char *watermark)
{
	tell(r, WIRE_REMEMBER, watermark, strlen(watermark));
}

static void
host_fail(struct vigie_run *r, enum vigie_failure why, const char *text)
{
	static const enum error_kind kinds[] = {
		[VIGIE_WRONG_FORMAT] = ERROR_FORMAT, [VIGIE_WRONG_SHAPE] = ERROR_SHAPE, [VIGIE_TRUNCATED] = ERROR_TRUNCATED,
		[VIGIE_TOO_DEEP] = ERROR_LIMIT, [VIGIE_TOO_BIG] = ERROR_LIMIT,
	};
	(void)error_set(&r->error, kinds[why], "%s", text);
}

static const struct vigie_host services = {
	.known = host_known, .expect = host_expect, .emit = host_emit, .tombstone = host_tombstone,
	.reject = host_reject, .declare_total = host_declare_total, .window = host_window, .in_order = host_in_order,
	.remember = host_remember, .fail = host_fail, .scratch_begin = scratch_begin, .scratch_end = scratch_end,
};

/* ---- what it is asked */

static void
answer(struct vigie_run *r, int rc, const struct vigie_next *next)
{
	tell_counts(r);
	buf_clear(&r->out);
	if (rc != 0 || r->error.kind != ERROR_NONE) {
		wire_put_number(&r->out, r->error.kind);
		wire_put_string(&r->out, r->error.text);
		tell_out(r, WIRE_FAILED);
		return;
	}
	wire_put_number(&r->out, r->page_hash);
	wire_put(&r->out, normaliser_notes(r->normaliser), sizeof(struct normalise_notes));
	wire_put_number(&r->out, next->more);
	wire_put_string(&r->out, next->more ? next->request.url : NULL);
	wire_put_string(&r->out, next->more ? next->request.body : NULL);
	tell_out(r, WIRE_DONE);
}

static void
take_answer(struct vigie_run *r, struct wire_cursor *c, bool absent)
{
	char *texts[3];
	for (int i = 0; i < 3; i++)
		texts[i] = wire_string(c);
	const struct vigie_answer head = { texts[0], texts[1], texts[2], (size_t)wire_number(c) };
	int status = (int)wire_number(c);
	r->items = r->items_told = wire_number(c);	/* a page that is asked for again is counted once */
	struct vigie_next next = { 0 };
	error_clear(&r->error);
	r->page_hash = 0;
	if (absent) {
		answer(r, r->plugin->absent(r->connector, &head, status, &next), &next);
	} else {
		tell(r, WIRE_BEGUN, NULL, 0);
		r->broken = body_begin(r->body, &head) != 0 || r->error.kind != ERROR_NONE;
	}
	for (int i = 0; i < 3; i++)
		free(texts[i]);
}

static void
feed(struct vigie_run *r, const char *s, size_t len)
{
	if (!r->broken)
		r->broken = body_feed(r->body, s, len) != 0 || r->error.kind != ERROR_NONE;
}

static void
replay(struct vigie_run *r, const char *raw, size_t len)
{
	r->raw = raw;
	r->raw_len = len;
	r->hash = raw_hash(raw, len, r->setup.seed);
	(void)r->plugin->item(r->connector, raw, len);
}

static void
obey(struct vigie_run *r)
{
	struct wire_cursor c = { r->in.s, r->in.len, false };
	struct vigie_next next = { 0 };
	switch ((enum wire_kind)r->in.kind) {
	case WIRE_REPLAY:
		replay(r, c.at, c.left);
		return;
	case WIRE_BEGIN:
	case WIRE_ABSENT:
		take_answer(r, &c, r->in.kind == WIRE_ABSENT);
		return;
	case WIRE_DATA:
		feed(r, c.at, c.left);
		return;
	case WIRE_END:
		answer(r, r->broken ? -1 : body_end(r->body, &next), &next);
		return;
	case WIRE_STOP:
		answer(r, 0, &next);
		return;
	case WIRE_SETUP: case WIRE_READY: case WIRE_BEGUN: case WIRE_LISTING: case WIRE_TOMBSTONE: case WIRE_REJECT:
	case WIRE_SEEN: case WIRE_COUNT: case WIRE_TOTAL: case WIRE_WINDOW: case WIRE_IN_ORDER: case WIRE_REMEMBER:
	case WIRE_REMARK: case WIRE_DONE: case WIRE_FAILED: case WIRE_KINDS:
		_exit(EXIT_LOST);
	}
}

/* ---- the beginning */

static int
open_connector(struct vigie_run *r)
{
	const struct setup *s = &r->setup;
	r->plugin = plugins_get(plugins_new(s->connectors_dir), s->connector, &r->error);
	if (r->plugin == NULL)
		return -1;
	r->host = services;
	r->host.remark = s->curious ? host_remark : NULL;
	const struct vigie_setup setup = {
		.host = &r->host, .run = r, .url = s->url, .body = s->body, .watermark = s->watermark,
		.settings = s->settings, .n_settings = s->n_settings,
		.max_depth = s->max_depth, .max_item_bytes = STAGE_RAW_MAX_BYTES * 4,
	};
	struct vigie_complaint complaint = { 0 };
	r->connector = r->plugin->open(&setup, &complaint);
	if (r->connector != NULL)
		return 0;
	return error_set(&r->error, ERROR_CONFIG, "%s in [%s]: %s", complaint.name ? complaint.name : "?",
	    complaint.section ? complaint.section : "?", complaint.text);
}

/* When the machine or the service runs out of memory, it is the cage that goes. */
static void
prefer_to_die(void)
{
	static const char most[] = "1000";
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	(void)!write(fd, most, sizeof most - 1);
	(void)close(fd);
}

/* All that reads a file has to happen here. */
static int
prepare(struct vigie_run *r)
{
	struct wire_cursor c = { r->in.s, r->in.len, false };
	if (r->in.kind != WIRE_SETUP || setup_take(&c, &r->setup) != 0)
		_exit(EXIT_LOST);
	prefer_to_die();
	tzset();
	scratch_init();
	if (r->setup.known > 0 && (r->known = known_map(INSIDE_KNOWN, r->setup.known)) == NULL)
		_exit(EXIT_LOST);
	r->normaliser = normaliser_new(&r->setup.normalise);
	if (open_connector(r) != 0)
		return -1;
	if (r->plugin->load != NULL)
		r->plugin->load(r->connector);
	const struct body_options options = { r->plugin, r->connector, r->setup.member, r->setup.max_body_bytes, &r->error };
	r->body = body_new(&options);
	return 0;
}

static int
ready(struct vigie_run *r, unsigned lack)
{
	struct vigie_request first = { NULL, NULL };
	if (r->plugin->first(r->connector, &first) != 0)
		return error_set(&r->error, ERROR_SHAPE, "the connector does not say what to ask first");
	buf_clear(&r->out);
	wire_put_string(&r->out, first.url);
	wire_put_string(&r->out, first.body);
	wire_put_number(&r->out, lack);
	tell_out(r, WIRE_READY);
	return 0;
}

/* The bell was made by the host, which may have gone before the kernel was asked to take us along. */
static bool
live_and_die_with_host(void)
{
	struct ucred host;
	socklen_t len = sizeof host;
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	    getsockopt(INSIDE_BELL, SOL_SOCKET, SO_PEERCRED, &host, &len) == 0 && getppid() == host.pid;
}

int
inside_run(void)
{
	struct vigie_run r = { .n_spans = 0 };
	if (!live_and_die_with_host() || rings_map(&r.rings, INSIDE_RINGS, NULL) != 0)
		return EXIT_LOST;
	receive(&r);
	int rc = prepare(&r);
	unsigned lack = confine(INSIDE_BELL, r.setup.cpu_s);
	if (rc == 0)
		rc = ready(&r, lack);
	if (rc != 0) {
		const struct vigie_next none = { 0 };
		answer(&r, rc, &none);
	}
	for (;;) {
		receive(&r);
		if (rc == 0)	/* otherwise it waits to be ended */
			obey(&r);
	}
}
