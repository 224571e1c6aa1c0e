/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The legal gazette (BODACC).  Notices are sorted by date; those that correct
 * take the place of the one they name, those that cancel take it out; what is
 * left is read from the oldest to the newest.
 *
 *	nothing ► ACTIVE ► RESCUE ► LIQUIDATION ► CEASED
 *
 * Judgements lead anywhere; accounts that are filed are a sign of life where
 * nothing else is known; a strike-off ends all but a new registration.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "watch/cue.h"
#include "watch/document.h"
#include "watch/registry.h"

enum { NOTICES_MAX = 100, NATURE_SHOWN_MAX = 100 };

enum notice_kind { NOTICE_FIRST, NOTICE_CORRECTS, NOTICE_CANCELS };

struct issue {			/* which notice */
	char part;		/* 'A', 'B', 'C' of the gazette; '\0': not told */
	int64_t number, notice;	/* -1: not told */
};

struct entry {
	const cJSON *source;
	struct issue issue, replaces;
	int64_t date_ms;	/* of publication; of the first one where it corrects */
	enum notice_kind kind;
	bool out;
};

struct entries {
	struct entry list[NOTICES_MAX];
	size_t n;
	int64_t cancelled_ms;	/* when the last one was cancelled; TIME_NONE: none was */
};

/* ---- notices */

/* "000 000 018", also among others: "000 000 018,000000018". */
static bool
names_siren(const char *text, const char *siren)
{
	size_t at = 0;
	bool wrong = false;
	for (; *text != '\0'; text++) {
		if (*text == ',' || *text == ';') {
			if (!wrong && siren[at] == '\0')
				return true;
			at = 0;
			wrong = false;
		} else if (*text >= '0' && *text <= '9') {
			wrong |= siren[at] != *text;
			at += !wrong;
		} else if (*text != ' ') {
			wrong = true;
		}
	}
	return !wrong && siren[at] == '\0';
}

static bool
concerns(const cJSON *notice, const char *siren)
{
	const cJSON *entry, *registre = cJSON_GetObjectItemCaseSensitive(notice, "registre");
	if (cJSON_IsString(registre))
		return names_siren(registre->valuestring, siren);
	cJSON_ArrayForEach(entry, document_array(notice, "registre"))
		if (cJSON_IsString(entry) && names_siren(entry->valuestring, siren))
			return true;
	return false;
}

/* "BODACC B", "Bodacc B" or "B". */
static char
part_of(const char *name)
{
	size_t len = strlen(name);
	return len > 0 && strchr("ABC", name[len - 1]) != NULL ? name[len - 1] : '\0';
}

static bool
same_issue(const struct issue *a, const struct issue *b)
{
	if (a->number < 0 || a->notice < 0 || a->number != b->number || a->notice != b->notice)
		return false;
	return a->part == b->part || a->part == '\0' || b->part == '\0';
}

static void
read_entry(const cJSON *notice, struct entry *ret)
{
	static const struct issue none = { '\0', -1, -1 };
	const char *kind = document_text(notice, "typeavis");
	*ret = (struct entry){ .source = notice, .replaces = none, .date_ms = document_date(notice, "dateparution") };
	ret->issue.part = part_of(document_text(notice, "publicationavis"));
	ret->issue.number = document_number(notice, "parution");
	ret->issue.notice = document_number(notice, "numeroannonce");
	if (strcasecmp(kind, "annulation") == 0)
		ret->kind = NOTICE_CANCELS;
	else if (strncasecmp(kind, "rectificatif", 12) == 0)
		ret->kind = NOTICE_CORRECTS;
	cJSON *previous = document_inner(cJSON_GetObjectItemCaseSensitive(notice, "parutionavisprecedent"));
	if (previous == NULL)
		return;
	ret->replaces.part = part_of(document_text(previous, "nomPublication"));
	ret->replaces.number = document_number(previous, "numeroParution");
	ret->replaces.notice = document_number(previous, "numeroAnnonce");
	cJSON_Delete(previous);
}

static int
compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->date_ms != y->date_ms)
		return x->date_ms < y->date_ms ? -1 : 1;
	if (x->issue.number != y->issue.number)
		return x->issue.number < y->issue.number ? -1 : 1;
	return (x->issue.notice > y->issue.notice) - (x->issue.notice < y->issue.notice);
}

static struct entry *
find_target(struct entries *all, const struct entry *by)
{
	for (size_t i = 0; i < all->n; i++) {
		struct entry *e = &all->list[i];
		if (e != by && !e->out && e->kind != NOTICE_CANCELS &&
		    (same_issue(&by->replaces, &e->issue) || same_issue(&by->replaces, &e->replaces)))
			return e;
	}
	return NULL;
}

/* Oldest first, so that a correction of a correction finds it in place. */
static void
apply_corrections(struct entries *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct entry *e = &all->list[i], *target;
		if (e->kind == NOTICE_FIRST || e->out)
			continue;
		target = find_target(all, e);
		e->out = e->kind == NOTICE_CANCELS || target != NULL;
		if (target == NULL)
			continue;
		if (e->kind == NOTICE_CANCELS) {
			target->out = true;
			all->cancelled_ms = e->date_ms;
			continue;
		}
		target->source = e->source;
		target->replaces = target->issue;
		target->issue = e->issue;
	}
}

/* ---- what they say */

/* What a judgement leads to from `now`; false: it does not tell. */
static bool
judge(const char *text, enum register_reading now, enum register_reading *ret)
{
	struct cue_sentence s;
	cue_words(text, strlen(text), &s);
	bool rescue = cue_says(&s, "redressement|sauvegarde|conciliation|plan"), winds_up = cue_says(&s, "liquidation");
	if (cue_says(&s, "rejet%|refus% * demande|requete") || cue_says(&s, "faillite personnelle") || cue_says(&s, "interdi%"))
		return false;
	if (cue_says(&s, "infirm%|reform%|retract%")) {
		*ret = REGISTER_RESCUE;	/* overturned, and before the court again */
		return true;
	}
	if (cue_says(&s, "clotur%") && cue_says(&s, "insuffisance")) {
		*ret = REGISTER_CEASED;
		return true;
	}
	bool over = cue_says(&s, "clotur%") || cue_says(&s, "fin a|de") || cue_says(&s, "execution du plan");
	if (cue_says(&s, "extinction") || (rescue && !winds_up && over)) {
		/* Debts paid: who was being wound up is gone all the same. */
		*ret = now >= REGISTER_LIQUIDATION ? now : REGISTER_ACTIVE;
		return true;
	}
	if (!rescue && !winds_up)
		return false;
	*ret = winds_up ? REGISTER_LIQUIDATION : REGISTER_RESCUE;
	return true;
}

static void
describe(struct company_reading *ret, const struct entry *e, const char *what, int64_t since_ms)
{
	struct buf note = BUF_INIT;
	document_quote(&note, what, NATURE_SHOWN_MAX);
	document_day(&note, ", ", since_ms);
	buf_str(&note, " (BODACC ");
	document_quote(&note, document_text(e->source, "id"), sizeof "A202601201234");
	buf_str(&note, ")");
	document_note(ret->note, sizeof ret->note, &note);
	ret->since_ms = ret->reading == REGISTER_ACTIVE ? TIME_NONE : since_ms;
	ret->known = true;
	buf_done(&note);
}

static void
read_judgement(const struct entry *e, struct company_reading *ret)
{
	cJSON *judgement = document_inner(cJSON_GetObjectItemCaseSensitive(e->source, "jugement"));
	const char *nature = document_text(judgement, "nature");
	int64_t date_ms = document_date(judgement, "date");
	enum register_reading reading;
	if (judge(nature, ret->reading, &reading) ||
	    judge(document_text(judgement, "complementJugement"), ret->reading, &reading)) {
		ret->reading = reading;
		describe(ret, e, *nature != '\0' ? nature : "Jugement", date_ms != TIME_NONE ? date_ms : e->date_ms);
	}
	cJSON_Delete(judgement);
}

/* A person's strike-off has the date on which trade ended. */
static void
read_strike_off(const struct entry *e, struct company_reading *ret)
{
	cJSON *strike = document_inner(cJSON_GetObjectItemCaseSensitive(e->source, "radiationaurcs"));
	const cJSON *person = cJSON_GetObjectItemCaseSensitive(strike, "radiationPP");
	int64_t date_ms = document_date(person, "dateCessationActivitePP");
	ret->reading = REGISTER_CEASED;
	describe(ret, e, "Radiation", date_ms != TIME_NONE ? date_ms : e->date_ms);
	cJSON_Delete(strike);
}

/* The members' own decision to wind up stands among changes of all kinds. */
static void
read_change(const struct entry *e, struct company_reading *ret)
{
	struct cue_sentence s;
	cJSON *change = document_inner(cJSON_GetObjectItemCaseSensitive(e->source, "modificationsgenerales"));
	const char *text = document_text(change, "descriptif");
	cue_words(text, strlen(text), &s);
	if (ret->reading < REGISTER_LIQUIDATION && cue_says(&s, "dissolution|liquidateur")) {
		ret->reading = REGISTER_LIQUIDATION;
		describe(ret, e, text, e->date_ms);
	}
	cJSON_Delete(change);
}

static void
read_notice(const struct entry *e, struct company_reading *ret)
{
	const char *family = document_text(e->source, "familleavis");
	if (strcmp(family, "collective") == 0) {
		read_judgement(e, ret);
	} else if (strcmp(family, "radiation") == 0) {
		read_strike_off(e, ret);
	} else if (strcmp(family, "modification") == 0) {
		read_change(e, ret);
	} else if (strcmp(family, "dpc") == 0 && (!ret->known || ret->reading == REGISTER_ACTIVE)) {
		ret->reading = REGISTER_ACTIVE;
		describe(ret, e, "Dépôt des comptes", e->date_ms);
	} else if (strcmp(family, "immatriculation") == 0 || strcmp(family, "creation") == 0) {
		ret->reading = REGISTER_ACTIVE;
		describe(ret, e, "Immatriculation", e->date_ms);
	}
}

static void
read_all(const struct entries *all, struct company_reading *ret)
{
	for (size_t i = 0; i < all->n; i++)
		if (!all->list[i].out)
			read_notice(&all->list[i], ret);
	if (ret->known || all->cancelled_ms == TIME_NONE)
		return;
	/* Known, so that what the cancelled notice said is taken back. */
	struct buf note = BUF_INIT;
	buf_str(&note, "Avis annulé");
	document_day(&note, " le ", all->cancelled_ms);
	document_note(ret->note, sizeof ret->note, &note);
	ret->known = true;
	buf_done(&note);
}

int
gazette_read(const char *siren, const char *json, size_t len, struct company_reading *ret, struct error *err)
{
	struct company_reading reading = { .reading = REGISTER_ACTIVE, .since_ms = TIME_NONE };
	const cJSON *notice, *results;
	cJSON *document = document_parse(json, len, err);
	if (document == NULL)
		return error_context(err, "legal gazette");
	if ((results = document_array(document, "results")) == NULL) {
		cJSON_Delete(document);
		return error_set(err, ERROR_FORMAT, "legal gazette: not the list that was expected");
	}
	struct entries *all = xcalloc(1, sizeof *all);
	all->cancelled_ms = TIME_NONE;
	cJSON_ArrayForEach(notice, results)
		if (all->n < NOTICES_MAX && concerns(notice, siren))
			read_entry(notice, &all->list[all->n++]);
	qsort(all->list, all->n, sizeof *all->list, compare);
	apply_corrections(all);
	read_all(all, &reading);
	*ret = reading;
	free(all);
	cJSON_Delete(document);
	return 0;
}
