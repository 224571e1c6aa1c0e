/* SPDX-License-Identifier: Apache-2.0 */
/* Every letter in both languages, of good and of hostile facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "alert/letter.h"
#include "alert/letter_words.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "sanitized.h"

#define NNBSP "\u202f"
/* Monday 23 November 2026, 9 h 30 in Paris */
static const int64_t NOW_MS = INT64_C(1795422600000);
static const struct letter_office office = { "Office de tourisme d'\u00c9t\u00e9", "Europe/Paris", "reponses@office.example" };
static char folder[4096];

static void
speak(const char *language)
{
	struct error err = ERROR_INIT;
	if (letter_language(language, folder, &err) != 0)
		fail_msg("%s", err.text);
}

static int
find_folder(void **state)
{
	(void)state;
	ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 32);
	assert_true(n > 0);
	folder[n] = '\0';
	*strrchr(folder, '/') = '\0';
	(void)snprintf(strrchr(folder, '/'), 32, "/locale");
	return 0;
}

static struct facts
plain_facts(enum verdict verdict)
{
	static struct fact_reason reasons[] = {
		{ REASON_SILENT, 5.6, NOW_MS - 3 * (int64_t)DAY_MS, NULL }, { REASON_NXDOMAIN, 4.6, NOW_MS - DAY_MS, (char *)"nxdomain" },
		{ REASON_SITE_ANSWERS, -1.6, NOW_MS - DAY_MS, NULL }, { REASON_PRIOR, -6.5, TIME_NONE, NULL },
	};
	static struct fact_peer peers[] = { { (char *)"Loue ton van", (char *)"https://loue.example/", 1 } };
	return (struct facts){ .partner = (char *)"yescapa", .name = (char *)"Yescapa", .theme = (char *)"vans",
		.website = (char *)"https://www.yescapa.example/", .verdict = verdict, .before = VERDICT_ALIVE,
		.at_ms = NOW_MS - HOUR_MS, .since_ms = NOW_MS - 3 * (int64_t)DAY_MS, .probability = 0.978, .reasons = reasons,
		.n_reasons = 4, .moved_to = (char *)"vans.example", .listings = 1234, .marked = true, .peers = peers,
		.n_peers = 1 };
}

static struct letter_text
compose(enum letter_kind kind, const struct facts *facts, size_t n)
{
	static const struct digest_count counts[] = { { "Yescapa", 1234, 3, 1 } };
	const struct digest digest = { .from_ms = NOW_MS - 7 * (int64_t)DAY_MS, .to_ms = NOW_MS, .partners = 9, .alive = 8,
		.polls = 1512, .listings = 1234, .added = 3, .changed = 8, .removed = 1, .changed_verdicts = facts,
		.n_changed_verdicts = n, .open = facts, .n_open = n, .counts = counts, .n_counts = 1 };
	const struct letter letter = { .kind = kind, .office = office, .now_ms = NOW_MS, .facts = facts, .n_facts = n,
		.reminder = 2, .blind_since_ms = NOW_MS - 2 * HOUR_MS, .digest = &digest };
	struct letter_text t;
	letter_compose(&letter, &t);
	return t;
}

/* What holds for every letter. */
static void
check_letter(const struct letter_text *t)
{
	assert_true(utf8_valid(t->subject, strlen(t->subject)));
	assert_in_range(utf8_width(t->subject, strlen(t->subject)), 5, 70);
	assert_null(strpbrk(t->subject, "\r\n"));
	assert_true(utf8_valid(t->text, strlen(t->text)));
	assert_true(utf8_valid(t->html, strlen(t->html)));
	assert_null(strchr(t->subject, '{'));
	assert_null(strchr(t->text, '{'));
	for (const char *line = t->text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
		if (utf8_width(line, (size_t)(end - line)) > 72)
			fail_msg("too long: %.*s", (int)(end - line), line);
	for (const char *c = t->text; *c != '\0'; c++)
		assert_true((unsigned char)*c >= ' ' || *c == '\n');
	/* Nothing is loaded, nothing is run, and links lead to our own settings. */
	assert_null(strstr(t->html, "src=\""));
	assert_null(strstr(t->html, "<script"));
	assert_null(strstr(t->html, "<img"));
	for (const char *link = t->html; (link = strstr(link, "href=\"")) != NULL; link += 6)
		if (strncmp(link + 6, "mailto:reponses@office.example?subject=vigie%20", 47) != 0 &&
		    strncmp(link + 6, "https://www.yescapa.example/\"", 29) != 0 &&
		    strncmp(link + 6, "https://loue.example/\"", 22) != 0)
			fail_msg("a link: %.80s", link);
}

/* What is said fits what is known. */
static void
test_words_of_what_is_known(void **state)
{
	struct fact_reason ceased[] = { { REASON_CEASED, 13.8, NOW_MS - DAY_MS, (char *)"ceased" } };
	struct fact_reason said[] = { { REASON_CLOSING, 3.9, NOW_MS - DAY_MS, (char *)"Nous fermons." } };
	const struct {
		enum verdict verdict;
		struct fact_reason *reasons;
		bool withdrawn, presence;
		const char *text, *no_text;
	} cases[] = {
		{ VERDICT_CLOSING, ceased, false, false, "Les registres officiels annoncent", "annonce sur son site" },
		{ VERDICT_CLOSING, ceased, false, false, "Va fermer pour de bon", "Fermé pour de bon" },
		{ VERDICT_CLOSING, said, false, false, "annonce sur son site", "registres officiels" },
		{ VERDICT_GONE, ceased, true, false, "Sa seule offre n’est plus affichée.", "registres officiels" },
		{ VERDICT_PROBABLY_GONE, said, false, true, "ne répond plus, et c’est trop long", "ses offres" },
		{ VERDICT_OUTAGE, said, false, true, "Le site de Yescapa ne répond plus.", "ses offres" },
		{ VERDICT_OUTAGE, said, false, false, "ses offres", "Le site de Yescapa ne répond plus." },
	};
	(void)state;
	speak("fr");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct facts f = plain_facts(cases[i].verdict);
		f.reasons = cases[i].reasons;
		f.n_reasons = 1;
		f.listings = 1;
		f.withdrawn = cases[i].withdrawn;
		f.presence = cases[i].presence;
		struct letter_text t = compose(LETTER_ALERT, &f, 1);
		check_letter(&t);
		if (!strstr(t.text, cases[i].text) || strstr(t.text, cases[i].no_text))
			fail_msg("%zu: %s\n%s", i, t.subject, t.text);
		letter_text_done(&t);
	}
}

/* A week, or longer, of which nothing bad is known but of the lookout itself. */
static struct letter_text
compose_of(struct digest digest)
{
	const struct letter letter = { .kind = LETTER_DIGEST, .office = office, .now_ms = NOW_MS, .digest = &digest };
	struct letter_text t;
	letter_compose(&letter, &t);
	check_letter(&t);
	return t;
}

static void
test_digest_of_a_lookout_in_trouble(void **state)
{
	static const struct {
		struct digest digest;
		const char *subject, *text, *no_text;
	} cases[] = {
		{ { .added = 1, .changed = 2 }, "tout va bien", "1 nouvelle, 2 modifiées, 0 retirée.", "ette période" },
		{ { .blind_since_ms = NOW_MS - DAY_MS }, "Vigie ne voit plus rien", "ne voit plus rien depuis", "Tout va bien" },
		{ { .full_since_ms = NOW_MS - DAY_MS }, "le disque est plein", "est plein depuis", "Tout va bien" },
		{ { .places_blind = true }, "des partenaires se taisent ensemble", "se taisent", "Tout va bien" },
		{ { .from_ms = NOW_MS - 28 * (int64_t)DAY_MS }, "Vigie, du ", "Sur cette période", "semaine" },
	};
	(void)state;
	speak("fr");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct digest d = cases[i].digest;
		d.to_ms = NOW_MS;
		if (d.from_ms == 0)
			d.from_ms = NOW_MS - 7 * (int64_t)DAY_MS;
		struct letter_text t = compose_of(d);
		if (!strstr(t.subject, cases[i].subject) || !strstr(t.text, cases[i].text) || strstr(t.text, cases[i].no_text))
			fail_msg("%s\n%s", t.subject, t.text);
		letter_text_done(&t);
	}
}

static void
test_every_letter(void **state)
{
	static const char *const languages[] = { "fr", "en" };
	(void)state;
	for (size_t l = 0; l < 2; l++) {
		speak(languages[l]);
		for (int verdict = 0; verdict < VERDICTS; verdict++)
			for (int kind = 0; kind < LETTER_KINDS; kind++) {
				struct facts f = plain_facts((enum verdict)verdict), many[15];
				for (size_t i = 0; i < 15; i++)
					many[i] = f;
				for (size_t n = 0; n <= 15; n += n == 0 ? 1 : 7) {
					struct letter_text t = compose((enum letter_kind)kind, n == 0 ? NULL : many, n);
					check_letter(&t);
					assert_non_null(strstr(t.html, l == 0 ? "<html lang=\"fr\">" : "<html lang=\"en\">"));
					letter_text_done(&t);
				}
			}
	}
}

static void
check_has(const char *text, const char *const *wanted)
{
	for (; *wanted != NULL; wanted++)
		if (strstr(text, *wanted) == NULL)
			fail_msg("not there: %s\nin: %s", *wanted, text);
}

static void
test_alert_in_french(void **state)
{
	static const char *const wanted[] = {
		"Ferm\u00e9 pour de bon" NNBSP ": presque certain (98" NNBSP "%).",
		"Depuis vendredi 20\u00a0novembre, 9" NNBSP "h" NNBSP "30 (il y a 3 jours).",
		"Son nom sur Internet n\u2019existe plus.\n    (depuis dimanche 22\u00a0novembre, 9" NNBSP "h" NNBSP "30" NNBSP
		"; p\u00e8se \u00e9norm\u00e9ment)",
		"Ce qui dit le contraire", "Ses 1" NNBSP "234 offres restent affich\u00e9es", "Ne rien y r\u00e9server",
		"https://www.yescapa.example/", "Loue ton van\n    (1 offre)", "vigie ack yescapa", "vigie snooze yescapa 7d",
		"reponses@office.example", NULL,
	};
	(void)state;
	speak("fr");
	struct facts f = plain_facts(VERDICT_PROBABLY_GONE);
	struct letter_text t = compose(LETTER_ALERT, &f, 1);
	assert_string_equal(t.subject, "Yescapa" NNBSP ": ne r\u00e9pond plus depuis 3 jours, probablement ferm\u00e9");
	check_has(t.text, wanted);
	assert_non_null(strstr(t.html, "mailto:reponses@office.example?subject=vigie%20snooze%20yescapa%207d"));
	letter_text_done(&t);
}

static void
test_alert_in_english(void **state)
{
	static const char *const wanted[] = { "Closed for good: almost certain (98%).",
		"Since Friday 20\u00a0November, 9:30 (3 days ago).", "Its 1,234 offers are still shown", NULL };
	(void)state;
	speak("en");
	struct facts f = plain_facts(VERDICT_PROBABLY_GONE);
	struct letter_text t = compose(LETTER_ALERT, &f, 1);
	assert_string_equal(t.subject, "Yescapa: not answering for 3 days, probably closed");
	check_has(t.text, wanted);
	letter_text_done(&t);
}

/* « disparu » is never said, and « fermé » not of what only does not answer. */
static void
test_never_disappeared(void **state)
{
	(void)state;
	speak("fr");
	for (int verdict = 0; verdict < VERDICTS; verdict++) {
		struct facts f = plain_facts((enum verdict)verdict);
		struct letter_text t = compose(LETTER_ALERT, &f, 1);
		assert_null(strcasestr(t.text, "disparu"));
		if (verdict != VERDICT_PROBABLY_GONE && verdict != VERDICT_GONE)
			assert_null(strstr(t.subject, "ferm\u00e9"));
		letter_text_done(&t);
	}
}

/* A new piece of evidence needs words, too. */
static void
test_every_reason(void **state)
{
	(void)state;
	speak("fr");
	for (int key = 0; key < REASONS; key++) {
		const struct fact_reason r = { (enum reason_key)key, 1, NOW_MS, (char *)"La fin." };
		struct buf out = BUF_INIT;
		assert_true(words_reason(&out, &r, "3 jours"));
		assert_true(out.len > 10);
		buf_done(&out);
	}
}

static void
test_without_a_mailbox(void **state)
{
	(void)state;
	speak("fr");
	struct facts f = plain_facts(VERDICT_GONE);
	const struct letter letter = { .kind = LETTER_ALERT, .office = { NULL, NULL, NULL }, .now_ms = NOW_MS, .facts = &f,
		.n_facts = 1 };
	struct letter_text t;
	letter_compose(&letter, &t);
	check_letter(&t);
	assert_null(strstr(t.html, "mailto:"));
	assert_non_null(strstr(t.html, "vigie dismiss yescapa</code>"));
	letter_text_done(&t);
}

static const char *const hostile[] = {
	"a\r\nBcc: evil@x.example\r\n\r\nbody", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
	"\"><a href=\"https://evil.example/\">x</a>", "javascript:alert(1)", "see https://evil.example/login now",
	"www.evil.example", "evil@x.example", "abc\u202egnp.exe", "\u2066x\u2069\u200f\u061cy", "\xff\xfe\x80", "\x1b[2J\x07",
	"{name} {lasting} {value} %s %n", "&lt;b&gt; & ' \"", "", "\U0001F469\u200d\U0001F4BB\U0001F6F6\U0001F525",
	"\u8868\u8868\u8868\u8868\u8868\u8868\u8868\u8868\u8868\u8868\u8868\u8868\u8868\u8868\u8868\u8868",
	"{value} \u8868\u8868\u8868\u8868",
};

static struct facts
hostile_facts(enum verdict verdict, const char *text, struct fact_reason *reasons, struct fact_peer *peer)
{
	for (int key = 0; key < REASONS; key++)
		reasons[key] = (struct fact_reason){ (enum reason_key)key, key % 3 - 1, NOW_MS - DAY_MS, (char *)text };
	*peer = (struct fact_peer){ (char *)text, (char *)text, -1 };
	return (struct facts){ .partner = (char *)text, .name = (char *)text, .theme = (char *)text, .website = (char *)text,
		.verdict = verdict, .before = verdict, .at_ms = NOW_MS, .since_ms = TIME_NONE, .probability = 1.5,
		.reasons = reasons, .n_reasons = REASONS, .moved_to = (char *)text, .successor = (char *)text,
		.listings = INT64_MAX, .peers = peer, .n_peers = 1 };
}

static void
check_hostile(const char *text)
{
	struct fact_reason reasons[REASONS];
	struct fact_peer peer;
	for (int verdict = 0; verdict < VERDICTS; verdict++) {
		struct facts f = hostile_facts((enum verdict)verdict, text, reasons, &peer), two[2] = { f, f };
		for (size_t n = 1; n <= 2; n++) {
			struct letter_text t = compose(LETTER_REMINDER, two, n);
			/* a brace may be the partner's */
			for (char *c = t.text; *c != '\0'; c++)
				*c = *c == '{' ? '(' : *c;
			for (char *c = t.subject; *c != '\0'; c++)
				*c = *c == '{' ? '(' : *c;
			check_letter(&t);
			assert_null(strstr(t.text, "\nBcc"));
			assert_null(strstr(t.text, "evil.example"));
			assert_null(strstr(t.html, "evil.example"));
			assert_null(strstr(t.html, "<b>"));
			assert_null(strstr(t.html, "javascript:"));
			assert_null(strstr(t.html, "\u202e"));
			assert_null(strstr(t.html, "\u200f"));
			assert_in_range(strlen(t.html), 1000, 60000);
			letter_text_done(&t);
		}
	}
}

static void
test_hostile(void **state)
{
	(void)state;
	speak("fr");
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
		check_hostile(hostile[i]);
	struct buf word = BUF_INIT, words = BUF_INIT;
	for (int i = 0; i < ROUNDS_OF(10000); i++) {
		buf_char(&word, 'x');
		buf_str(&words, "\u00e9t\u00e9 ");
	}
	check_hostile(word.data);
	check_hostile(words.data);
	buf_done(&word);
	buf_done(&words);
}

static void
test_chances(void **state)
{
	static const struct { double p; const char *text; } chances[] = {
		{ 0, "very unlikely (less than 1%)" }, { 0.031, "very unlikely (3%)" }, { 0.35, "possible (35%)" },
		{ 0.5, "about one chance in two (50%)" }, { 0.95, "almost certain (95%)" }, { 1, "practically certain (more than 99%)" },
	};
	(void)state;
	speak("en");
	for (size_t i = 0; i < sizeof chances / sizeof *chances; i++) {
		struct buf out = BUF_INIT;
		words_chance(&out, chances[i].p);
		assert_string_equal(out.data, chances[i].text);
		buf_done(&out);
	}
}

static void
test_times(void **state)
{
	static const struct { int64_t t_ms; const char *text; } times[] = {
		{ INT64_C(1795422600000), "Monday 23\u00a0November, 9:30" },
		/* the hour that comes twice, and the first of a month in another year */
		{ INT64_C(1792888200000), "Sunday 25\u00a0October, 2:30" }, { INT64_C(1792891800000), "Sunday 25\u00a0October, 2:30" },
		{ INT64_C(1792895400000), "Sunday 25\u00a0October, 3:30" },
		{ INT64_C(1751321100000), "Tuesday 1st\u00a0July 2025, 0:05" },
	};
	static const struct { int64_t ms; const char *text; } lengths[] = {
		{ 5, "1 minute" }, { 119 * MINUTE_MS, "119 minutes" }, { 120 * MINUTE_MS, "2 hours" },
		{ INT64_C(47) * HOUR_MS, "47 hours" }, { INT64_C(2) * DAY_MS, "2 days" }, { INT64_C(400) * DAY_MS, "13 months" },
	};
	struct zone paris;
	(void)state;
	speak("en");
	assert_int_equal(zone_parse("Europe/Paris", 12, &paris), 0);
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct buf out = BUF_INIT;
		words_time(&out, times[i].t_ms, NOW_MS, &paris);
		assert_string_equal(out.data, times[i].text);
		buf_done(&out);
	}
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct buf out = BUF_INIT;
		words_lasting(&out, lengths[i].ms);
		assert_string_equal(out.data, lengths[i].text);
		buf_done(&out);
	}
}

static void
test_language_not_installed(void **state)
{
	struct error err = ERROR_INIT;
	(void)state;
	assert_int_equal(letter_language("fr", "/nonexistent", &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent/fr/LC_MESSAGES/vigie.mo"));
	struct letter_text t = compose(LETTER_TEST, NULL, 0);
	assert_string_equal(t.subject, "Vigie: test letter, all is well");
	letter_text_done(&t);
	speak("fr");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_letter),
		cmocka_unit_test(test_words_of_what_is_known),
		cmocka_unit_test(test_digest_of_a_lookout_in_trouble),
		cmocka_unit_test(test_alert_in_french),
		cmocka_unit_test(test_alert_in_english),
		cmocka_unit_test(test_never_disappeared),
		cmocka_unit_test(test_every_reason),
		cmocka_unit_test(test_without_a_mailbox),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_chances),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_language_not_installed),
	};
	return cmocka_run_group_tests(tests, find_folder, NULL);
}
