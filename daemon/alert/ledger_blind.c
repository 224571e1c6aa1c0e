/* SPDX-License-Identifier: Apache-2.0 */
/*
 * « Is it us, or what they have in common? » told to staff: once when it lasts,
 * once when they answer again.  What there is lies in the catalogue as one note,
 *
 *	{ PLACE: { "since": MILLISECONDS, "partners": [NAME, …], "domain": PLACE }, … }
 *
 * with "" for the lookout itself, and "domain" only of a domain; each entry is
 * what its letters are made of.
 */
#include <cjson/cJSON.h>
#include <inttypes.h>

#include "alert/ledger_private.h"
#include "base/buf.h"
#include "catalogue/outbox.h"
#include "catalogue/watch.h"

static const int64_t TOLD_AFTER_MS = 6 * HOUR_MS;

static const char nobody[] = "", mark[] = "blind";

struct event {			/* one entry, and the names of what happens to it */
	char blind[LEDGER_NOTE_MAX], seeing[LEDGER_NOTE_MAX];
	char *facts;		/* owned */
	int64_t since_ms;
};

static void
event_init(struct event *e, const cJSON *entry)
{
	const cJSON *since = cJSON_GetObjectItemCaseSensitive(entry, "since");
	const char *colon = *entry->string != '\0' ? ":" : "";
	e->since_ms = cJSON_IsNumber(since) ? (int64_t)since->valuedouble : 0;
	(void)snprintf(e->blind, sizeof e->blind, "blind:%" PRId64 "%s%s", e->since_ms, colon, entry->string);
	(void)snprintf(e->seeing, sizeof e->seeing, "seeing:%" PRId64 "%s%s", e->since_ms, colon, entry->string);
	e->facts = cJSON_PrintUnformatted(entry);
	if (e->facts == NULL)
		abort();
}

static int
tell_blind(struct catalogue *c, const struct config *config, const cJSON *entry, int64_t now_ms, struct error *err)
{
	struct event e;
	event_init(&e, entry);
	const struct telling t = { .kind = LETTER_BLIND, .note = e.blind, .facts = e.facts, .now_ms = now_ms };
	int rc = now_ms - e.since_ms < TOLD_AFTER_MS ? 0 : ledger_tell_all(c, config, &t, err);
	cJSON_free(e.facts);
	return rc;
}

static int
tell_seeing(struct catalogue *c, const struct config *config, const cJSON *entry, int64_t now_ms, struct error *err)
{
	struct event e;
	bool told;
	event_init(&e, entry);
	const struct telling t = {
		.kind = LETTER_SEEING, .note = e.seeing, .facts = e.facts, .follows = e.blind, .only_if_told = true,
		.now_ms = now_ms,
	};
	int rc = outbox_cancel_note(c, e.blind, &told, err);
	if (rc == 0 && told)
		rc = ledger_tell_all(c, config, &t, err);
	cJSON_free(e.facts);
	return rc;
}

static cJSON *
entry_of(const struct blindness *b, int64_t since_ms)
{
	cJSON *entry = cJSON_CreateObject();
	if (entry == NULL || cJSON_AddNumberToObject(entry, "since", (double)since_ms) == NULL)
		abort();
	if (b->n_partners > 0 &&
	    !cJSON_AddItemToObject(entry, "partners", cJSON_CreateStringArray(b->partners, (int)b->n_partners)))
		abort();
	if (b->domain && cJSON_AddStringToObject(entry, "domain", b->place) == NULL)
		abort();
	return entry;
}

/* It began when it was first seen, and whom it struck is known better later. */
static void
take(cJSON *known, const struct blindness *b)
{
	if (b->lapsed) {
		cJSON_DeleteItemFromObjectCaseSensitive(known, b->place);
		return;
	}
	const cJSON *before = cJSON_GetObjectItemCaseSensitive(known, b->place);
	const cJSON *since = cJSON_GetObjectItemCaseSensitive(before, "since");
	cJSON *entry = entry_of(b, cJSON_IsNumber(since) ? (int64_t)since->valuedouble : b->since_ms);
	if (before != NULL)
		(void)cJSON_ReplaceItemInObjectCaseSensitive(known, b->place, entry);
	else
		(void)cJSON_AddItemToObject(known, b->place, entry);
}

static bool
is_there(const struct blindness *list, size_t n, const char *place)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].place, place) == 0)
			return true;
	return false;
}

static int
tell(struct catalogue *c, const struct config *config, cJSON *known, const struct blindness *list, size_t n,
    int64_t now_ms, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		take(known, &list[i]);
	for (cJSON *entry = known->child, *next; entry != NULL; entry = next) {
		next = entry->next;
		if (is_there(list, n, entry->string)) {
			if (tell_blind(c, config, entry, now_ms, err) != 0)
				return -1;
			continue;
		}
		if (tell_seeing(c, config, entry, now_ms, err) != 0)
			return -1;
		cJSON_Delete(cJSON_DetachItemViaPointer(known, entry));
	}
	return 0;
}

/* The note; the caller deletes it. */
static int
read_known(struct catalogue *c, cJSON **ret, struct error *err)
{
	char *text;
	if (watch_note_get(c, nobody, mark, &text, err) != 0)
		return -1;
	*ret = text != NULL ? cJSON_Parse(text) : NULL;
	free(text);
	if (!cJSON_IsObject(*ret)) {
		cJSON_Delete(*ret);
		*ret = cJSON_CreateObject();
	}
	return 0;
}

static int
look(struct catalogue *c, const struct config *config, const struct blindness *list, size_t n, int64_t now_ms,
    struct error *err)
{
	char *kept = NULL;
	cJSON *known;
	if (read_known(c, &known, err) != 0)
		return -1;
	int rc = tell(c, config, known, list, n, now_ms, err);
	if (rc == 0 && known->child != NULL && (kept = cJSON_PrintUnformatted(known)) == NULL)
		abort();
	if (rc == 0)
		rc = watch_note_put(c, nobody, mark, kept, err);
	cJSON_free(kept);
	cJSON_Delete(known);
	return rc;
}

int
ledger_blind(struct catalogue *c, const struct config *config, const struct blindness *list, size_t n,
    int64_t now_ms, struct error *err)
{
	if (catalogue_step_begin(c, err) != 0)
		return -1;
	return catalogue_step_end(c, look(c, config, list, n, now_ms, err), err);
}

int
ledger_blind_since(struct catalogue *c, int64_t *ret_ms, bool *ret_places, struct error *err)
{
	cJSON *known;
	const cJSON *entry;
	if (read_known(c, &known, err) != 0)
		return -1;
	*ret_ms = TIME_NONE;
	*ret_places = false;
	cJSON_ArrayForEach(entry, known) {
		const cJSON *since = cJSON_GetObjectItemCaseSensitive(entry, "since");
		if (*entry->string != '\0')
			*ret_places = true;
		else if (cJSON_IsNumber(since))
			*ret_ms = (int64_t)since->valuedouble;
	}
	cJSON_Delete(known);
	return 0;
}
