/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/letter.h"

#include <locale.h>

#include "alert/compose.h"
#include "alert/speech.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"

#ifndef VIGIE_LOCALE_DIR
#define VIGIE_LOCALE_DIR "/usr/share/locale"
#endif

enum { SUBJECT_COLUMNS = 70 };
static const char translation[] = "fr";	/* the only one; see speech.c */

static const char *const kind_names[LETTER_KINDS] = {
	[LETTER_ALERT] = "alert", [LETTER_RECOVERY] = "recovery", [LETTER_REMINDER] = "reminder",
	[LETTER_BLIND] = "blind", [LETTER_SEEING] = "seeing", [LETTER_FULL] = "full", [LETTER_ROOM] = "room",
	[LETTER_DIGEST] = "digest", [LETTER_TEST] = "test",
};

const char *
letter_kind_name(enum letter_kind kind)
{
	return kind_names[kind];
}

/* ---- language */

const char *
letter_language_tag(void)
{
	/* Translators: the letters of your language (fr). */
	return _("en");
}

int
letter_language(const char *language, const char *folder, struct error *err)
{
	/* Numbers stay as they are: LC_NUMERIC is not touched. */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL || setlocale(LC_MESSAGES, speech_locale(language)) == NULL)
		return error_set(err, ERROR_SYSTEM, "this system has no locale C.UTF-8");
	if (folder == NULL && (folder = getenv("VIGIE_LOCALE")) == NULL)
		folder = VIGIE_LOCALE_DIR;
	if (setenv("LANGUAGE", translation, 1) != 0 || bindtextdomain(LETTER_DOMAIN, folder) == NULL ||
	    bind_textdomain_codeset(LETTER_DOMAIN, "UTF-8") == NULL)
		abort();
	/* The journal stays in one language: strerror() is not translated. */
	if (bindtextdomain("libc", "/dev/null") == NULL)
		abort();
	/* Says that what was looked up before may be out of date. */
	(void)textdomain(LETTER_DOMAIN);
	if (strcmp(letter_language_tag(), language) == 0)
		return 0;
	return error_set(err, ERROR_SYSTEM, "the letters' language %s is not installed: there is no %s/%s/LC_MESSAGES/%s.mo",
	    language, folder, language, LETTER_DOMAIN);
}

/* ---- what the kinds share */

void
pen_fill(struct pen *p, enum block_kind kind, const char *text, const struct words_values *values)
{
	struct buf filled = BUF_INIT;
	words_fill(&filled, text, values);
	blocks_add(&p->blocks, kind, buf_cstr(&filled));
	buf_done(&filled);
}

void
pen_name(struct buf *out, const struct facts *f)
{
	size_t before = out->len;
	if (f->name != NULL)
		words_remote(out, f->name, NAME_MAX_BYTES);
	if (out->len == before && f->partner != NULL)
		words_remote(out, f->partner, NAME_MAX_BYTES);
	if (out->len == before)
		buf_str(out, "?");
}

void
pen_lasting(const struct pen *p, struct buf *out, const struct facts *f)
{
	int64_t since_ms = f->since_ms != TIME_NONE ? f->since_ms : f->at_ms;
	words_lasting(out, p->letter->now_ms - since_ms);
}

/* ---- letters on the lookout itself */

/* "Yescapa, SamBoat" */
static void
name_blind(const struct pen *p, struct buf *out)
{
	for (size_t i = 0; i < p->letter->n_blind_partners; i++) {
		if (i > 0)
			buf_str(out, ", ");
		words_remote(out, p->letter->blind_partners[i], NAME_MAX_BYTES);
	}
}

static void
describe_machine(struct pen *p, const char *since, const char *names)
{
	blocks_add(&p->blocks, BLOCK_LEAD, _("None of them is suspected: the host that they share has most likely broken down."));
	blocks_add(&p->blocks, BLOCK_HEADING, _("What happened"));
	blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("Since %s these partners have stopped answering at the same moment: %s. Their"
	    " services live on one and the same machine, at a host that they have in common."), since, names);
}

static void
describe_house(struct pen *p, const char *since, const char *names)
{
	struct buf domain = BUF_INIT;
	words_remote(&domain, p->letter->blind_domain, NAME_MAX_BYTES);
	blocks_add(&p->blocks, BLOCK_LEAD, _("None of them is suspected for now: the company that runs them all has most likely"
	    " had a breakdown."));
	blocks_add(&p->blocks, BLOCK_HEADING, _("What happened"));
	blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("Since %s these partners have stopped answering at the same moment: %s. Their"
	    " services have one and the same name on the Internet: %s."), since, names, buf_cstr(&domain));
	buf_done(&domain);
}

/* Of several partners of one place, that is. */
static void
compose_place(struct pen *p, const char *since)
{
	struct buf names = BUF_INIT;
	name_blind(p, &names);
	buf_str(&p->subject, _("Several partners do not answer: one and the same breakdown"));
	blocks_add(&p->blocks, BLOCK_TITLE, _("Several partners do not answer, for one and the same cause."));
	bool house = p->letter->blind_domain != NULL;
	(house ? describe_house : describe_machine)(p, since, buf_cstr(&names));
	blocks_add(&p->blocks, BLOCK_HEADING, _("For visitors"));
	blocks_add(&p->blocks, BLOCK_PARAGRAPH, _("Their offers stay as they were when they were last seen. Their pages may not"
	    " open for the moment."));
	blocks_add(&p->blocks, BLOCK_HEADING, _("What to do"));
	blocks_add(&p->blocks, BLOCK_ITEM, house ?
	    _("Nothing for now: Vigie judges none of them for a day. It will tell you if they answer again meanwhile.") :
	    _("Nothing for now: Vigie judges none of them for a week. It will tell you if they answer again meanwhile."));
	blocks_add(&p->blocks, BLOCK_ITEM, _("After that Vigie judges each of them for itself, and will write to you about"
	    " whoever seems to have closed."));
	buf_done(&names);
}

static void
compose_lookout(struct pen *p, const char *since)
{
	buf_str(&p->subject, _("Vigie sees nothing at the moment: our own network?"));
	blocks_add(&p->blocks, BLOCK_TITLE, _("Vigie sees nothing at the moment."));
	blocks_add(&p->blocks, BLOCK_LEAD, _("No partner is suspected: the trouble is almost certainly on our side."));
	blocks_add(&p->blocks, BLOCK_HEADING, _("What happened"));
	blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("Since %s several partners have stopped answering at the same moment. Services"
	    " that have nothing to do with each other do not fail together: most often it is the connection of the"
	    " machine on which Vigie runs."), since);
	blocks_add(&p->blocks, BLOCK_HEADING, _("For visitors"));
	blocks_add(&p->blocks, BLOCK_PARAGRAPH, _("Nothing changes: all offers stay as they were when they were last seen."));
	blocks_add(&p->blocks, BLOCK_HEADING, _("What to do"));
	blocks_add(&p->blocks, BLOCK_ITEM, _("Ask whoever looks after your computers whether that machine reaches the Internet."));
	blocks_add(&p->blocks, BLOCK_ITEM, _("Nothing more: Vigie judges nobody until it sees again, and will tell you then."));
}

static void
compose_blind(struct pen *p)
{
	struct buf since = BUF_INIT;
	words_time(&since, p->letter->blind_since_ms, p->letter->now_ms, &p->zone);
	p->blocks.tone = TONE_CARE;
	if (p->letter->n_blind_partners > 0)
		compose_place(p, buf_cstr(&since));
	else
		compose_lookout(p, buf_cstr(&since));
	buf_done(&since);
}

static void
compose_seeing(struct pen *p)
{
	struct buf since = BUF_INIT, lasting = BUF_INIT, names = BUF_INIT;
	words_time(&since, p->letter->blind_since_ms, p->letter->now_ms, &p->zone);
	words_lasting(&lasting, p->letter->now_ms - p->letter->blind_since_ms);
	name_blind(p, &names);
	p->blocks.tone = TONE_GOOD;
	if (p->letter->n_blind_partners > 0) {
		buf_str(&p->subject, _("The partners that failed together are judged again"));
		blocks_add(&p->blocks, BLOCK_TITLE, _("The partners that failed together are judged again."));
		blocks_fmt(&p->blocks, BLOCK_LEAD, _("Their common breakdown lasted %s."), buf_cstr(&lasting));
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("%s: that time, since %s, is held against none of them. Should one"
		    " of them still not answer, Vigie will write about it."), buf_cstr(&names), buf_cstr(&since));
	} else {
		buf_str(&p->subject, _("Vigie sees again"));
		blocks_add(&p->blocks, BLOCK_TITLE, _("Vigie sees again."));
		blocks_fmt(&p->blocks, BLOCK_LEAD, _("It had seen nothing for %s."), buf_cstr(&lasting));
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("The partners answer again. That time, since %s, is held against none"
		    " of them."), buf_cstr(&since));
	}
	blocks_add(&p->blocks, BLOCK_PARAGRAPH, _("There is nothing to do."));
	buf_done(&since);
	buf_done(&lasting);
	buf_done(&names);
}

static void
compose_full(struct pen *p)
{
	struct buf since = BUF_INIT;
	words_time(&since, p->letter->blind_since_ms, p->letter->now_ms, &p->zone);
	p->blocks.tone = TONE_CARE;
	buf_str(&p->subject, _("Vigie's disk is full: partners are not read any more"));
	blocks_add(&p->blocks, BLOCK_TITLE, _("The disk of the machine on which Vigie runs is full."));
	blocks_fmt(&p->blocks, BLOCK_LEAD, _("Since %s no partner is read. No partner is suspected."), buf_cstr(&since));
	blocks_add(&p->blocks, BLOCK_HEADING, _("For visitors"));
	blocks_add(&p->blocks, BLOCK_PARAGRAPH, _("Nothing changes: all offers stay as they were when they were last seen."));
	blocks_add(&p->blocks, BLOCK_HEADING, _("What to do"));
	blocks_add(&p->blocks, BLOCK_ITEM, _("Ask whoever looks after your computers to make room on that disk."));
	blocks_add(&p->blocks, BLOCK_ITEM, _("Nothing more: Vigie goes on by itself, and will tell you then."));
	buf_done(&since);
}

static void
compose_room(struct pen *p)
{
	struct buf since = BUF_INIT;
	words_time(&since, p->letter->blind_since_ms, p->letter->now_ms, &p->zone);
	p->blocks.tone = TONE_GOOD;
	buf_str(&p->subject, _("Vigie has room on its disk again"));
	blocks_add(&p->blocks, BLOCK_TITLE, _("Vigie has room on its disk again."));
	blocks_fmt(&p->blocks, BLOCK_LEAD, _("Partners are read again. They had not been since %s."), buf_cstr(&since));
	blocks_add(&p->blocks, BLOCK_PARAGRAPH, _("There is nothing to do."));
	buf_done(&since);
}

static void
compose_test(struct pen *p)
{
	struct buf now = BUF_INIT;
	words_time(&now, p->letter->now_ms, p->letter->now_ms, &p->zone);
	p->blocks.tone = TONE_GOOD;
	buf_str(&p->subject, _("Vigie: test letter, all is well"));
	blocks_add(&p->blocks, BLOCK_TITLE, _("Vigie's letters reach you."));
	blocks_fmt(&p->blocks, BLOCK_LEAD, _("Test letter, sent on %s."), buf_cstr(&now));
	blocks_add(&p->blocks, BLOCK_PARAGRAPH, _("Vigie watches the partners of your office and writes when one of them seems to"
	    " have closed, to have moved or not to answer any more: what happened, how sure that is, what to tell"
	    " visitors and what to do. One letter for one event, and a summary once a week."));
	if (p->letter->office.answers != NULL)
		blocks_fmt(&p->blocks, BLOCK_PARAGRAPH, _("Such letters are answered with buttons, or by mail to %s."),
		    p->letter->office.answers);
	blocks_add(&p->blocks, BLOCK_PARAGRAPH, _("There is nothing to do."));
	buf_done(&now);
}

/* ---- */

static void
add_footer(struct pen *p)
{
	struct buf name = BUF_INIT;
	if (p->letter->office.name != NULL)
		words_remote(&name, p->letter->office.name, NAME_MAX_BYTES);
	if (name.len > 0)
		blocks_fmt(&p->blocks, BLOCK_SMALL, _("Vigie, the lookout of: %s. This letter was written by a program."),
		    name.data);
	else
		blocks_add(&p->blocks, BLOCK_SMALL, _("Vigie, your lookout. This letter was written by a program."));
	buf_done(&name);
}

static void
cut_subject(struct buf *subject)
{
	if (utf8_width(buf_cstr(subject), subject->len) <= SUBJECT_COLUMNS)
		return;
	buf_cut(subject, utf8_prefix(subject->data, subject->len, SUBJECT_COLUMNS - 1));
	buf_str(subject, "\u2026");
}

void
letter_compose(const struct letter *l, struct letter_text *ret)
{
	static void (*const writers[LETTER_KINDS])(struct pen *p) = {
		[LETTER_ALERT] = compose_partners, [LETTER_RECOVERY] = compose_partners,
		[LETTER_REMINDER] = compose_partners, [LETTER_BLIND] = compose_blind, [LETTER_SEEING] = compose_seeing,
		[LETTER_FULL] = compose_full, [LETTER_ROOM] = compose_room,
		[LETTER_DIGEST] = compose_digest, [LETTER_TEST] = compose_test,
	};
	struct pen p = { .letter = l };
	struct buf text = BUF_INIT, html = BUF_INIT;
	const char *zone = l->office.zone != NULL ? l->office.zone : "Europe/Paris";
	if (zone_parse(zone, strlen(zone), &p.zone) != 0)
		(void)zone_parse("UTC", 3, &p.zone);
	writers[l->kind](&p);
	add_footer(&p);
	cut_subject(&p.subject);
	blocks_text(&p.blocks, &text);
	blocks_html(&p.blocks, buf_cstr(&p.subject), &html);
	*ret = (struct letter_text){ buf_take(&p.subject), buf_take(&text), buf_take(&html) };
	blocks_done(&p.blocks);
}

void
letter_text_done(struct letter_text *t)
{
	free(t->subject);
	free(t->text);
	free(t->html);
	*t = (struct letter_text){ NULL, NULL, NULL };
}
