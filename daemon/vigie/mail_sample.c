/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/mail_sample.h"

#include "base/buf.h"
#include "base/clock.h"

#define HOURS(n) (-(n) * (int64_t)HOUR_MS)
#define DAYS(n) (-(n) * (int64_t)DAY_MS)

static struct fact_peer peers[] = {
	{ (char *)"Val Camping-cars", (char *)"https://val-camping-cars.example/", 41 },
	{ (char *)"Loue ton van", (char *)"https://loue-ton-van.example/", 17 },
};

/* Times are counted from now. */
static const struct {
	enum verdict verdict;
	int64_t at_ms, since_ms;
	double probability;
	int64_t listings;
	bool withdrawn, marked;
	const char *moved_to;
	struct fact_reason reasons[6];
} samples[] = {
	{ VERDICT_NEVER_SEEN, HOURS(1), DAYS(2), 0.05, 0, false, false, NULL, {
		{ REASON_SILENT, 0.8, DAYS(2), NULL }, { REASON_PRIOR, -5.3, TIME_NONE, NULL } } },
	{ VERDICT_OUTAGE, HOURS(1), HOURS(7), 0.02, 34, false, false, NULL, {
		{ REASON_SILENT, 2.4, HOURS(7), NULL }, { REASON_PRIOR, -6.5, TIME_NONE, NULL } } },
	{ VERDICT_UNCERTAIN, HOURS(1), DAYS(3), 0.31, 34, false, true, NULL, {
		{ REASON_SILENT, 5.6, DAYS(3), NULL }, { REASON_PRIOR, -6.5, TIME_NONE, NULL } } },
	{ VERDICT_ACCESS_LOST, HOURS(1), DAYS(2), 0.01, 34, false, false, NULL, {
		{ REASON_DENIED, 0, DAYS(2), (char *)"403" }, { REASON_SITE_ANSWERS, -1.6, DAYS(2), NULL },
		{ REASON_PRIOR, -6.5, TIME_NONE, NULL } } },
	{ VERDICT_MOVED, HOURS(1), HOURS(5), 0.03, 34, false, false, "location-de-vans.example", {
		{ REASON_MOVED, 0, HOURS(5), (char *)"location-de-vans.example" } } },
	{ VERDICT_FROZEN, HOURS(1), DAYS(64), 0.96, 34, false, true, NULL, {
		{ REASON_FROZEN, 3.2, DAYS(64), NULL }, { REASON_SITE_ANSWERS, -1.6, DAYS(90), NULL } } },
	{ VERDICT_EMPTIED, HOURS(1), DAYS(3), 0.42, 2, false, true, NULL, {
		{ REASON_EMPTIED, 3.0, DAYS(3), (char *)"2" }, { REASON_DWINDLING, 1.1, DAYS(21), NULL },
		{ REASON_PRIOR, -6.5, TIME_NONE, NULL } } },
	{ VERDICT_CLOSING, HOURS(1), HOURS(3), 0.9, 34, false, true, NULL, {
		{ REASON_CLOSING, 3.9, HOURS(3), (char *)"Apr\303\250s six belles ann\303\251es, notre aventure s'arr\303\252te le 31 d\303\251cembre." },
		{ REASON_LIQUIDATION, 3.4, DAYS(4), NULL }, { REASON_SITE_ANSWERS, -1.6, DAYS(90), NULL } } },
	{ VERDICT_PROBABLY_GONE, HOURS(1), DAYS(9), 0.98, 34, false, true, NULL, {
		{ REASON_SILENT, 6.3, DAYS(9), NULL }, { REASON_NXDOMAIN, 4.6, DAYS(5), (char *)"nxdomain" },
		{ REASON_TLS_EXPIRED, 0.7, DAYS(6), NULL }, { REASON_SITE_SILENT, 2.3, DAYS(8), NULL },
		{ REASON_TRADING, -0.7, DAYS(200), (char *)"active" }, { REASON_PRIOR, -6.5, TIME_NONE, NULL } } },
	{ VERDICT_GONE, HOURS(1), DAYS(12), 0.999, 34, true, false, NULL, {
		{ REASON_CEASED, 13.8, DAYS(1), NULL }, { REASON_SILENT, 6.6, DAYS(12), NULL },
		{ REASON_PARKED, 2.3, DAYS(2), NULL }, { REASON_PRIOR, -6.5, TIME_NONE, NULL } } },
	{ VERDICT_ALIVE, HOURS(1), DAYS(4), 0.01, 34, false, false, NULL, { { REASON_PRIOR, -6.5, TIME_NONE, NULL } } },
};

static int64_t
moment(int64_t now_ms, int64_t ago_ms)
{
	return ago_ms == TIME_NONE ? TIME_NONE : now_ms + ago_ms;
}

/* `reasons`: room for six. */
static struct facts
make_facts(enum verdict verdict, int64_t now_ms, struct fact_reason *reasons)
{
	size_t i = 0;
	while (samples[i].verdict != verdict)
		i++;
	struct facts f = { .partner = (char *)"vanadou", .name = (char *)"Vanadou", .theme = (char *)"camping-cars",
		.website = (char *)"https://www.vanadou.example/", .verdict = verdict, .before = VERDICT_ALIVE,
		.at_ms = now_ms + samples[i].at_ms, .since_ms = now_ms + samples[i].since_ms,
		.probability = samples[i].probability, .moved_to = (char *)samples[i].moved_to,
		.listings = samples[i].listings, .withdrawn = samples[i].withdrawn, .marked = samples[i].marked,
		.peers = peers, .n_peers = sizeof peers / sizeof *peers, .reasons = reasons };
	/* A piece of evidence always has a time or weighs something. */
	for (size_t k = 0; k < 6; k++) {
		const struct fact_reason *r = &samples[i].reasons[k];
		if (r->since_ms == 0 && r->log_odds == 0)
			break;
		reasons[f.n_reasons] = *r;
		reasons[f.n_reasons++].since_ms = moment(now_ms, r->since_ms);
	}
	return f;
}

/* Partners that fell silent together: on one machine, or of one house. */
static bool
of_place(const char *what)
{
	return strcmp(what, "host") == 0 || strcmp(what, "house") == 0;
}

static bool
find(const char *what, enum letter_kind *ret_kind, enum verdict *ret_verdict)
{
	*ret_verdict = VERDICT_PROBABLY_GONE;
	for (int kind = 0; kind < LETTER_KINDS; kind++)
		if (strcmp(what, letter_kind_name((enum letter_kind)kind)) == 0) {
			*ret_kind = (enum letter_kind)kind;
			if (kind == LETTER_RECOVERY)
				*ret_verdict = VERDICT_ALIVE;
			return true;
		}
	*ret_kind = LETTER_ALERT;
	for (int verdict = 0; verdict < VERDICTS; verdict++)
		if (strcmp(what, verdict_name((enum verdict)verdict)) == 0) {
			*ret_verdict = (enum verdict)verdict;
			return true;
		}
	bool place = of_place(what);
	if (place)
		*ret_kind = LETTER_BLIND;
	return place || strcmp(what, "group") == 0;
}

int
mail_sample(const char *what, const struct letter_office *office, int64_t now_ms, struct letter_text *ret)
{
	enum letter_kind kind;
	enum verdict verdict;
	struct fact_reason reasons[3][6];
	if (!find(what, &kind, &verdict))
		return -1;
	struct facts facts[3] = { make_facts(verdict, now_ms, reasons[0]),
		make_facts(VERDICT_FROZEN, now_ms, reasons[1]), make_facts(VERDICT_MOVED, now_ms, reasons[2]) };
	facts[1].partner = (char *)"bateaux-du-val";
	facts[1].name = (char *)"Bateaux du Val";
	facts[2].partner = (char *)"chez-l-habitant";
	facts[2].name = (char *)"Tables chez l'habitant";
	static const char *const same_place[] = { "Val Camping-cars", "Bateaux du Val" };
	const struct digest_count counts[] = {
		{ "Val Camping-cars", 41, 3, 1 }, { "Loue ton van", 17, 0, 0 }, { "Maisons du Val", 1204, 12, 4 },
	};
	const struct digest digest = { .from_ms = now_ms + DAYS(7), .to_ms = now_ms, .partners = 9, .alive = 7, .polls = 1512,
		.listings = 1337, .added = 15, .changed = 88, .removed = 5, .changed_verdicts = facts, .n_changed_verdicts = 2,
		.open = facts, .n_open = 2, .counts = counts, .n_counts = sizeof counts / sizeof *counts };
	const struct letter letter = { .kind = kind, .office = *office, .now_ms = now_ms, .facts = facts,
		.n_facts = strcmp(what, "group") == 0 ? 3 : 1, .reminder = 2, .blind_since_ms = now_ms + HOURS(2),
		.blind_partners = same_place, .n_blind_partners = of_place(what) ? 2 : 0,
		.blind_domain = strcmp(what, "house") == 0 ? "duval.example" : NULL, .digest = &digest };
	letter_compose(&letter, ret);
	return 0;
}
