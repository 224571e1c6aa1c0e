/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A full disk told to staff: once when it is full, once when there is room
 * again.  Since when it is full lies in the catalogue as a note, in
 * milliseconds, for whoever looks from another process.
 */
#include <inttypes.h>

#include "alert/ledger_private.h"
#include "base/buf.h"
#include "base/num.h"
#include "catalogue/outbox.h"
#include "catalogue/watch.h"

static const char nobody[] = "", mark[] = "disk-full";

enum { FACTS_MAX = 48, TEXT_MAX = 24 };

int
ledger_full_since(struct catalogue *c, int64_t *ret_ms, struct error *err)
{
	char *text;
	int64_t since_ms;
	if (watch_note_get(c, nobody, mark, &text, err) != 0)
		return -1;
	bool known = text != NULL && num_int(text, strlen(text), 0, INT64_MAX, &since_ms) == 0;
	free(text);
	*ret_ms = known ? since_ms : TIME_NONE;
	return 0;
}

struct event {
	int64_t since_ms, now_ms;
	bool over;
};

static int
tell(struct catalogue *c, const struct config *config, const struct event *e, struct error *err)
{
	char full[LEDGER_NOTE_MAX], room[LEDGER_NOTE_MAX], facts[FACTS_MAX];
	(void)snprintf(full, sizeof full, "full:%" PRId64, e->since_ms);
	(void)snprintf(room, sizeof room, "room:%" PRId64, e->since_ms);
	(void)snprintf(facts, sizeof facts, "{\"since\":%" PRId64 "}", e->since_ms);
	const struct telling begins = { .kind = LETTER_FULL, .note = full, .facts = facts, .now_ms = e->now_ms };
	const struct telling ends = { .kind = LETTER_ROOM, .note = room, .facts = facts, .follows = full,
		.only_if_told = true, .now_ms = e->now_ms };
	bool told = true;
	if (e->over && outbox_cancel_note(c, full, &told, err) != 0)
		return -1;
	return told ? ledger_tell_all(c, config, e->over ? &ends : &begins, err) : 0;
}

static int
look(struct catalogue *c, const struct config *config, int64_t since_ms, int64_t now_ms, struct error *err)
{
	int64_t known_ms;
	char text[TEXT_MAX];
	if (ledger_full_since(c, &known_ms, err) != 0)
		return -1;
	if ((known_ms == TIME_NONE) == (since_ms == TIME_NONE))
		return 0;
	bool over = since_ms == TIME_NONE;
	const struct event e = { over ? known_ms : since_ms, now_ms, over };
	(void)snprintf(text, sizeof text, "%" PRId64, since_ms);
	if (tell(c, config, &e, err) != 0)
		return -1;
	return watch_note_put(c, nobody, mark, over ? NULL : text, err);
}

int
ledger_full(struct catalogue *c, const struct config *config, int64_t since_ms, int64_t now_ms, struct error *err)
{
	if (catalogue_step_begin(c, err) != 0)
		return -1;
	return catalogue_step_end(c, look(c, config, since_ms, now_ms, err), err);
}
