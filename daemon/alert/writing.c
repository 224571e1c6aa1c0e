/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/writing.h"

#include <cjson/cJSON.h>

#include "alert/digest.h"
#include "base/clock.h"
#include "base/num.h"

struct writing {
	struct letter letter;
	struct facts *facts;
	struct digest_book book;
	cJSON *blind;		/* owns the names in the letter */
	const char **names;
	char *order;		/* of a digest */
	struct error *err;
	bool failed;
};

static enum letter_kind
kind_of(const char *name)
{
	int i = 0;
	while (i < LETTER_KINDS - 1 && strcmp(letter_kind_name((enum letter_kind)i), name) != 0)
		i++;
	return (enum letter_kind)i;
}

static void
read_facts(struct writing *w, const char *json)
{
	w->facts = xrealloc(w->facts, w->letter.n_facts + 1, sizeof *w->facts);
	if (facts_read(&w->facts[w->letter.n_facts], json, strlen(json), w->err) == 0)
		w->letter.n_facts++;
	else
		w->failed = true;
}

/* "12:reminder:3"; of several the most insistent. */
static void
read_reminder(struct writing *w, const char *note)
{
	static const char word[] = ":reminder:";
	int64_t n;
	const char *at = strstr(note, word);
	if (at != NULL && num_int(at + sizeof word - 1, strlen(at) - sizeof word + 1, 1, 1000000, &n) == 0 &&
	    (unsigned)n > w->letter.reminder)
		w->letter.reminder = (unsigned)n;
}

static void
read_since(struct writing *w, const char *json)
{
	cJSON_Delete(w->blind);
	w->blind = cJSON_Parse(json);
	const cJSON *since = cJSON_GetObjectItemCaseSensitive(w->blind, "since"), *name;
	const cJSON *partners = cJSON_GetObjectItemCaseSensitive(w->blind, "partners");
	w->letter.blind_domain = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(w->blind, "domain"));
	if (cJSON_IsNumber(since))
		w->letter.blind_since_ms = (int64_t)since->valuedouble;
	w->names = xrealloc(w->names, (size_t)cJSON_GetArraySize(partners) + 1, sizeof *w->names);
	w->letter.n_blind_partners = 0;
	cJSON_ArrayForEach(name, partners)
		if (cJSON_IsString(name))
			w->names[w->letter.n_blind_partners++] = name->valuestring;
	w->letter.blind_partners = w->names;
}

static void
read_item(void *arg, const char *note, const char *facts)
{
	struct writing *w = arg;
	switch (w->letter.kind) {
	case LETTER_REMINDER:
		read_reminder(w, note);
		read_facts(w, facts);
		return;
	case LETTER_ALERT:
	case LETTER_RECOVERY:
		read_facts(w, facts);
		return;
	case LETTER_BLIND:
	case LETTER_SEEING:
	case LETTER_FULL:
	case LETTER_ROOM:
		read_since(w, facts);
		return;
	case LETTER_DIGEST:
		free(w->order);
		w->order = xstrdup(facts);
		return;
	case LETTER_TEST:
	case LETTER_KINDS:
		return;
	}
}

static int
collect(struct catalogue *c, struct writing *w, int64_t letter, struct error *err)
{
	if (outbox_items(c, letter, read_item, w, err) != 0 || w->failed)
		return -1;
	w->letter.facts = w->facts;
	if (w->order == NULL)
		return 0;
	if (digest_collect(c, w->order, &w->book, err) != 0)
		return -1;
	w->letter.digest = &w->book.digest;
	return 0;
}

int
writing_compose(struct catalogue *c, struct outbox_letter *l, const struct letter_office *office, int64_t now_ms,
    struct error *err)
{
	struct writing w = { .err = err, .letter = { .kind = kind_of(l->kind), .office = *office, .now_ms = now_ms,
		.blind_since_ms = TIME_NONE } };
	struct letter_text text = { NULL, NULL, NULL };
	int rc = collect(c, &w, l->letter, err);
	if (rc == 0) {
		letter_compose(&w.letter, &text);
		l->subject = text.subject;
		l->text = text.text;
		l->html = text.html;
	}
	for (size_t i = 0; i < w.letter.n_facts; i++)
		facts_done(&w.facts[i]);
	free(w.facts);
	free(w.names);
	cJSON_Delete(w.blind);
	free(w.order);
	digest_book_done(&w.book);
	return rc;
}
