/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/check.h"

#include "base/buf.h"
#include "catalogue/sqlite_catalogue.h"

enum { EXAMPLE_MAX = 200 };

/* Rows of a first load are nobody's until it ends. */
#define STORED "(SELECT partner_id FROM partner WHERE loading = 0)"
#define UID(table) "(SELECT p.partner || ':' || " table ".external_id FROM partner p WHERE p.partner_id = " table ".partner_id)"
#define ROW "format('%d:%d', row >> 32, row & 4294967295)"

/*
 * Each statement has a row, with an example in its first column, for each thing
 * that breaks the rule.
 */
static const struct {
	const char *name, *rule, *sql;
	const char *good;	/* a first column that breaks nothing; NULL */
} checks[] = {
	{ "file", "The file is as SQLite wrote it.", "PRAGMA main.integrity_check", "ok" },
	{ "references", "What one table says of another is there.", "PRAGMA main.foreign_key_check", NULL },
	{ "listings", "Every listing belongs to a partner, and its number says to which.",
	    "SELECT external_id FROM listing l LEFT JOIN partner p ON p.partner_id = l.partner_id"
	    " WHERE p.partner_id IS NULL OR l.row >> 32 <> l.partner_id OR l.external_id = ''", NULL },
	{ "traces", "Every listing has a trace, which says rightly whether it is present.",
	    "SELECT " UID("l") " FROM listing l LEFT JOIN trace t ON t.row = l.row WHERE l.partner_id IN " STORED
	    " AND (t.row IS NULL OR t.present <> (l.removed_ms IS NULL))"
	    " UNION ALL SELECT " ROW " FROM trace WHERE row NOT IN (SELECT row FROM listing)", NULL },
	{ "counts", "A partner's numbers of listings are those of its rows.",
	    "SELECT p.partner FROM partner p LEFT JOIN (SELECT partner_id, count(*) AS n, sum(place = 1) AS outside FROM listing"
	    " WHERE removed_ms IS NULL GROUP BY partner_id) l ON l.partner_id = p.partner_id WHERE p.loading = 0"
	    " AND (p.listing_count <> coalesce(l.n, 0) OR p.outside_count <> coalesce(l.outside, 0))", NULL },
	{ "values", "Places, times and properties are such.",
	    "SELECT " UID("l") " FROM listing l WHERE place NOT IN (0, 1, 2) OR published NOT IN (0, 1)"
	    " OR latitude NOT BETWEEN -90 AND 90 OR longitude NOT BETWEEN -180 AND 180 OR (latitude IS NULL) <> (longitude IS NULL)"
	    " OR json_valid(properties) = 0 OR (changed_ms <> 0 AND changed_ms < first_seen_ms) OR removed_ms < first_seen_ms",
	    NULL },
	{ "missing", "What is missing is a listing that was not removed.",
	    "SELECT " ROW " FROM missing WHERE row NOT IN (SELECT row FROM trace WHERE present)", NULL },
	{ "removals", "What was removed in the last year has its evidence.",	/* older evidence may have been dropped */
	    "SELECT " UID("l") " FROM listing l WHERE removed_ms > (SELECT max(finished_ms) FROM run) - 365 * 86400000"
	    " AND row NOT IN (SELECT row FROM absence WHERE event IN ('removed', 'tombstone', 'accepted', 'forgotten'))", NULL },
	{ "places", "The index of space has every position once, and no others.",
	    "SELECT " ROW " FROM spot GROUP BY row HAVING count(*) > 1 OR row NOT IN (SELECT row FROM listing WHERE latitude IS NOT NULL)"
	    " UNION ALL SELECT " UID("l") " FROM listing l WHERE removed_ms IS NULL AND latitude IS NOT NULL"
	    " AND partner_id IN " STORED " AND row NOT IN (SELECT row FROM spot)"
	    " AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 2 AND value <> 0)", NULL },
	{ "texts", "Every text has a number of its own, which leads back to its listing.",
	    "SELECT " ROW " FROM trace t WHERE present AND row >> 32 IN " STORED " AND NOT EXISTS (SELECT 1 FROM text_batch b"
	    " WHERE b.first = (SELECT max(first) FROM text_batch WHERE first <= t.text) AND b.row + t.text - b.first = t.row"
	    " AND t.text < b.first + b.n)", NULL },
	{ "changes", "Every change is that of a listing, and every listing that is there has one.",
	    "SELECT 'change ' || change FROM change_log WHERE row NOT IN (SELECT row FROM listing) OR op NOT BETWEEN 1 AND 6"
	    " UNION ALL SELECT " UID("l") " FROM listing l WHERE removed_ms IS NULL AND partner_id IN " STORED
	    " AND row NOT IN (SELECT row FROM change_log)", NULL },
	{ "alerts", "A partner has no more than one alert that is open.",
	    "SELECT p.partner FROM alert a JOIN partner p ON p.partner_id = a.partner_id WHERE closed_ms IS NULL"
	    " GROUP BY a.partner_id HAVING count(*) > 1", NULL },
	{ "letters", "Letters are waiting, on their way, sent, or given up, and those that were sent say when.",
	    "SELECT 'letter ' || letter FROM outbox WHERE state NOT IN ('waiting', 'sending', 'sent', 'refused', 'given-up')"
	    " OR (state = 'sent') <> (sent_ms IS NOT NULL)", NULL },
	{ "hooks", "Nobody was told of changes that never were.",
	    "SELECT hook FROM hook WHERE change > coalesce((SELECT max(change) FROM change_log), 0)"
	    " OR turn > coalesce((SELECT max(number) FROM verdict_log), 0)", NULL },
};
enum { CHECKS = sizeof checks / sizeof checks[0] };

size_t
checks_count(void)
{
	return CHECKS;
}

/* SQLite heads a list of what is wrong with « *** in database main *** ». */
static void
add_first(struct buf *example, const char *text)
{
	const char *after = strchr(text, '\n');
	if (strncmp(text, "***", 3) == 0 && after != NULL)
		text = after + 1;
	size_t len = strcspn(text, "\n");
	buf_add(example, text, len < EXAMPLE_MAX ? len : EXAMPLE_MAX);
}

/* One that SQLite cannot read to the end is broken there. */
static int
check(struct catalogue *c, size_t i, struct check_result *ret, struct buf *example, struct error *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(c->db, checks[i].sql, -1, &st, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(st, 0);
		rc = SQLITE_OK;
		if (checks[i].good != NULL && text != NULL && strcmp(text, checks[i].good) == 0)
			continue;
		if (ret->broken++ == 0 && text != NULL)
			add_first(example, text);
	}
	if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB) {
		if (ret->broken++ == 0)
			buf_str(example, sqlite3_errmsg(c->db));
		rc = SQLITE_DONE;
	}
	if (rc != SQLITE_DONE)
		catalogue_fail(c, err, checks[i].name);
	(void)sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

int
catalogue_check(struct catalogue *c, void (*told)(void *arg, const struct check_result *r), void *arg, struct error *err)
{
	int rc = step_begin_read(c, err);
	if (rc != 0)
		return -1;
	for (size_t i = 0; i < CHECKS && rc == 0; i++) {
		struct buf example = BUF_INIT;
		struct check_result r = { checks[i].name, checks[i].rule, 0, NULL };
		rc = check(c, i, &r, &example, err);
		if (r.broken > 0)
			r.example = buf_cstr(&example);
		if (rc == 0)
			told(arg, &r);
		buf_done(&example);
	}
	/* Nothing was written that could be lost. */
	(void)step_end(c, 0, NULL);
	return rc;
}
