/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of readings, in the order of enum sql from SQL_READ on. */
#include "catalogue/sqlite_reading.h"

#define AT(sql) [(sql) - SQL_READ]

/* In the order of struct listing's enums. */
#define LISTING "vigie_listing(row, external_id, kind, title, description, language, url, image_url, street, postcode, locality," \
	" country, currency, price_unit, price_text, properties, price_minor, capacity, rating_count, source_updated_ms," \
	" latitude, longitude, rating, place, published, first_seen_ms, changed_ms, removed_ms)"
#define SHOWN "removed_ms IS NULL AND published"
#define TALLIED "kind, latitude, longitude, vigie_price(price_minor, currency), capacity, properties"
#define SPAN " FROM listing WHERE row BETWEEN ?1 AND ?2 AND "
/* Parameters: enum reader_parameter. */
#define TESTED "(?3 OR (" SHOWN "))" \
	" AND (?4 IS NULL OR kind = ?4)" \
	" AND (?5 IS NULL OR external_id = ?5)" \
	" AND (?6 IS NULL OR latitude IS NULL OR (latitude BETWEEN ?7 AND ?9" \
	" AND CASE WHEN ?6 <= ?8 THEN longitude BETWEEN ?6 AND ?8 ELSE longitude >= ?6 OR longitude <= ?8 END))" \
	" AND (?12 IS NULL OR capacity >= ?12)" \
	" AND (?13 IS NULL OR vigie_price(price_minor, currency) >= ?13)" \
	" AND (?14 IS NULL OR vigie_price(price_minor, currency) <= ?14)" \
	" AND ((?10 IS NULL AND ?11 IS NULL) OR vigie_during(properties, ?10, ?11))"

const char *const reader_sql[READERS] = {
	[READER_SHOWN] = "SELECT " LISTING SPAN SHOWN " ORDER BY row",
	[READER_TESTED] = "SELECT " LISTING SPAN TESTED " ORDER BY row",
	[READER_COUNT] = "SELECT count(*)" SPAN TESTED,
};

const struct statement reading_statements[SQL_STATEMENTS - SQL_READ] = {
	AT(SQL_STAMP) = { "ask for changes",
	    "SELECT coalesce((SELECT max(change) FROM change_log), 0), (SELECT value FROM meta WHERE key = 3),"
	    " (SELECT at_ms FROM change_log ORDER BY change DESC LIMIT 1)" },
	AT(SQL_ROSTER) = { "read the partners",
	    "SELECT partner_id, partner, coalesce(name, partner), website,"
	    " CASE WHEN verdict NOT IN ('never-seen', 'alive', 'outage') THEN verdict END, withdrawn, loading, loaded_ms,"
	    " withdrawn_ms, max(coalesce(verdict_since_ms, withdrawn_ms), coalesce(withdrawn_ms, verdict_since_ms))"
	    " FROM partner ORDER BY partner_id" },
	AT(SQL_SEARCH_VERSION) = { "search", "PRAGMA texts.data_version" },
	/* From a number on.  Entries of texts that are no longer anybody's are in the index too. */
	AT(SQL_SEARCH_RANKED) = { "search",
	    "SELECT t.row FROM texts.search s CROSS JOIN text_batch b ON b.first ="
	    " (SELECT max(first) FROM text_batch WHERE first <= s.rowid)"
	    " CROSS JOIN trace t ON t.row = b.row + s.rowid - b.first AND t.text = s.rowid AND t.present"
	    " WHERE s.search MATCH ?1 AND s.rowid > ?2 AND s.rank MATCH 'vigie_rank()' ORDER BY s.rank" },
	/* Upwards, which FTS5 does several times as fast. */
	AT(SQL_SEARCH_MANY) = { "search", "SELECT rowid FROM texts.search WHERE search MATCH ?1 LIMIT 1 OFFSET ?2" },
	AT(SQL_SEARCH_NEWEST) = { "search",
	    "SELECT rowid FROM texts.search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT 1 OFFSET ?2" },
	AT(SQL_SEARCH_NUMBERS) = { "search", 
	    "SELECT vigie_gather(rowid, ?2) FROM texts.search WHERE search MATCH ?1" },
	AT(SQL_READ_ROW) = { "read a listing", "SELECT " LISTING " FROM listing WHERE row = ?" },
	AT(SQL_CHANGE_TAIL) = { "read the changes",
	    "SELECT change, at_ms, row, op FROM change_log WHERE change > ? ORDER BY change" },
	AT(SQL_READ_ITEM) = { "read a listing", "SELECT row FROM listing WHERE partner_id = ? AND external_id = ?" },
	AT(SQL_TALLY_LISTINGS) = { "count the listings",
	    "SELECT row, " TALLIED " FROM listing WHERE " SHOWN },
	AT(SQL_TALLY_TEXTS) = { "count the texts", "SELECT row, text FROM trace" },
	AT(SQL_TALLY_CHANGES) = { "count the changes", "SELECT row, change FROM change_log ORDER BY change" },
	AT(SQL_TALLY_FOLLOW) = { "follow the changes",
	    "SELECT c.change, c.row, " SHOWN ", t.text, " TALLIED
	    " FROM change_log c CROSS JOIN listing l ON l.row = c.row CROSS JOIN trace t ON t.row = c.row"
	    " WHERE c.change > ? ORDER BY c.change" },
	/* In the order of struct partner_total. */
	AT(SQL_TOTALS) = { "sum up the partners",
	    "SELECT p.partner, coalesce(p.name, p.partner), coalesce(p.theme, ''), p.verdict, p.probability, p.last_success_ms,"
	    " p.last_attempt_ms, p.next_poll_ms, p.listing_count, p.outside_count, p.withdrawn, coalesce(q.n, 0), p.held,"
	    " p.failures, p.runs_complete, p.runs_partial, p.runs_not_modified, p.runs_failed, p.runs_refused,"
	    " p.all_requests, p.all_bytes, p.all_added, p.all_changed, p.all_removed, p.all_restored, p.runs_blocked,"
	    " p.runs_redirect FROM partner p"
	    " LEFT JOIN (SELECT partner_id, count(*) AS n FROM quarantine GROUP BY partner_id) q USING (partner_id)"
	    " ORDER BY p.partner" },
	AT(SQL_TALLY_LAST) = { "follow the changes", "SELECT at_ms, row, op FROM change_log WHERE change = ?" },
};
