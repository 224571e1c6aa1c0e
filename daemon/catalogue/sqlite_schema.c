/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables and views.  Tables are ours to change, by a migration; the views
 * listings, partners, runs, changes, evidence, alerts, verdicts and labels are a
 * contract with other tools: PRAGMA user_version is its number.
 *
 *	listing   one row for each listing, ever
 *	trace     its narrow half: what a run compares and writes without touching the rest
 *	missing   listings that the last complete run did not have
 *	absence   evidence: who was missed, held, removed, brought back, and when
 *	spot      Z-order cell of each listing that has a position
 *	text_batch  numbers of texts: first + i is that of row + i, as long as trace.text says so
 *
 * The index of these texts is in a file of its own: sqlite_index.c.
 *
 * `row` is (partner_id << 32) + n: what a partner has lies together.
 */
#include "catalogue/sqlite_schema.h"

#include <stddef.h>

#define TIME(column) "strftime('%Y-%m-%dT%H:%M:%SZ', " column " / 1000, 'unixepoch')"
/* As TIME, rounding down before 1970 too. */
#define OLD_TIME(column) TIME("(" column " - (" column " < 0) * 999)")

const char *const schema_tables[] = {
	"CREATE TABLE meta (key INTEGER PRIMARY KEY, value INTEGER NOT NULL)",

	"CREATE TABLE partner ("
	" partner_id INTEGER PRIMARY KEY,"
	" partner TEXT NOT NULL UNIQUE,"
	" name TEXT, theme TEXT, website TEXT, replaced_by TEXT,"
	" verdict TEXT NOT NULL DEFAULT 'never-seen', verdict_since_ms INTEGER,"
	" probability REAL NOT NULL DEFAULT 0,"
	" listing_count INTEGER NOT NULL DEFAULT 0,"
	" outside_count INTEGER NOT NULL DEFAULT 0,"
	" failures INTEGER NOT NULL DEFAULT 0,"
	" last_success_ms INTEGER, last_attempt_ms INTEGER, last_change_ms INTEGER,"
	" next_poll_ms INTEGER, not_before_ms INTEGER,"
	" confirmed_ms INTEGER,"
	" seed INTEGER NOT NULL DEFAULT 0,"
	" unnamed_ms INTEGER,"
	" hold INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0, hold_since_ms INTEGER,"
	" lease_pid INTEGER NOT NULL DEFAULT 0, lease_start INTEGER NOT NULL DEFAULT 0,"
	" lease_boot TEXT NOT NULL DEFAULT '')",

	"CREATE TABLE listing ("
	" row INTEGER PRIMARY KEY,"
	" partner_id INTEGER NOT NULL,"
	" external_id TEXT NOT NULL,"
	" kind TEXT, title TEXT, description TEXT, language TEXT, url TEXT, image_url TEXT, street TEXT, postcode TEXT,"
	" locality TEXT, country TEXT, currency TEXT, price_unit TEXT, price_text TEXT, properties TEXT,"
	" price_minor INTEGER, capacity INTEGER, rating_count INTEGER, source_updated_ms INTEGER,"
	" latitude REAL, longitude REAL, rating REAL,"
	" place INTEGER NOT NULL, published INTEGER NOT NULL,"
	" first_seen_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, removed_ms INTEGER,"
	" UNIQUE (partner_id, external_id))",

	"CREATE TABLE trace ("
	" row INTEGER PRIMARY KEY,"
	" present INTEGER NOT NULL,"
	" low INTEGER NOT NULL, high INTEGER NOT NULL,"	/* of the raw item's hash */
	" content INTEGER NOT NULL,"			/* hash of the flat listing */
	" seen_ms INTEGER NOT NULL,"			/* by the last run that wrote here */
	" text_change INTEGER NOT NULL)",		/* the number of its text; now named `text` */

	"CREATE TABLE missing ("
	" row INTEGER PRIMARY KEY,"
	" seen_ms INTEGER NOT NULL,"
	" missed_runs INTEGER NOT NULL, missed_since_ms INTEGER,"
	" kept INTEGER NOT NULL,"	/* an unreadable item without identifier may be this one */
	" held INTEGER NOT NULL DEFAULT 0)",

	"CREATE TABLE absence ("
	" absence INTEGER PRIMARY KEY,"
	" row INTEGER NOT NULL, run INTEGER, at_ms INTEGER NOT NULL, event TEXT NOT NULL, note TEXT)",

	"CREATE TABLE spot (cell INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (cell, row)) WITHOUT ROWID",

	"CREATE TABLE change_log ("
	" change INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, run INTEGER, row INTEGER NOT NULL, op INTEGER NOT NULL)",

	"CREATE TABLE run ("
	" run INTEGER PRIMARY KEY, partner_id INTEGER NOT NULL REFERENCES partner,"
	" started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL,"
	" outcome TEXT NOT NULL, error_kind TEXT, http_status INTEGER, requests INTEGER NOT NULL, bytes INTEGER NOT NULL,"
	" seen INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL, removed INTEGER NOT NULL,"
	" restored INTEGER NOT NULL, missing INTEGER NOT NULL, quarantined INTEGER NOT NULL,"
	" declared_total INTEGER, detail TEXT NOT NULL, change_note TEXT)",
	"CREATE INDEX run_partner ON run (partner_id)",

	"CREATE TABLE validator ("
	" partner_id INTEGER NOT NULL REFERENCES partner, position INTEGER NOT NULL, seed INTEGER NOT NULL,"
	" low INTEGER NOT NULL, high INTEGER NOT NULL, etag TEXT, last_modified TEXT, next_url TEXT,"
	" PRIMARY KEY (partner_id, position)) WITHOUT ROWID",

	"CREATE TABLE quarantine ("
	" number INTEGER PRIMARY KEY,"
	" partner_id INTEGER NOT NULL REFERENCES partner,"
	" seed INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,"
	" external_id TEXT NOT NULL,"	/* '': it has none */
	" reason TEXT, first_seen_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL,"
	" last_run INTEGER NOT NULL, times INTEGER NOT NULL DEFAULT 1,"
	" UNIQUE (partner_id, low, high, external_id))",
	"CREATE TABLE quarantine_raw ("
	" number INTEGER PRIMARY KEY REFERENCES quarantine ON DELETE CASCADE, raw BLOB NOT NULL)",

	"CREATE TABLE evidence_log ("
	" evidence INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, partner_id INTEGER NOT NULL REFERENCES partner,"
	" signal TEXT NOT NULL, value TEXT, weight REAL, note TEXT)",
	"CREATE INDEX evidence_partner ON evidence_log (partner_id)",
	"CREATE TABLE alert ("
	" alert INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, partner_id INTEGER NOT NULL REFERENCES partner,"
	" verdict TEXT NOT NULL, mail_state TEXT, acknowledged_by TEXT, acknowledged_ms INTEGER)",
	"CREATE INDEX alert_partner ON alert (partner_id)",
	NULL
};

const char *const schema_loading[] = {
	"ALTER TABLE partner ADD COLUMN loading INTEGER NOT NULL DEFAULT 0",	/* which first load; 0: none */
	"ALTER TABLE partner ADD COLUMN loaded_ms INTEGER",	/* when it was finished: changed_ms 0 means this */
	NULL
};

const char *const schema_texts[] = {
	"CREATE TABLE text_batch ("
	" first INTEGER PRIMARY KEY, row INTEGER NOT NULL, n INTEGER NOT NULL,"
	" stamp INTEGER NOT NULL)",		/* random: tells it from another of the same number */
	"ALTER TABLE trace RENAME COLUMN text_change TO text",
	"INSERT INTO text_batch (first, row, n, stamp) SELECT row_number() OVER (ORDER BY row), row, 1, random() FROM trace",
	"UPDATE trace SET text = b.first FROM text_batch b WHERE b.row = trace.row",
	"DROP TABLE IF EXISTS search",
	"DELETE FROM meta WHERE key = 1",
	NULL
};

const char *const schema_search[] = {
	"CREATE TABLE texts.state ("
	" position INTEGER NOT NULL,"		/* texts up to this one are in */
	" stamp INTEGER NOT NULL,"		/* of the batch that it is in */
	" entries INTEGER NOT NULL,"		/* texts that are in, also those that are no longer anybody's */
	" forgotten INTEGER NOT NULL)",		/* META_FORGOTTEN, when it was last made from what was left */
	"INSERT INTO texts.state VALUES (0, 0, 0, -1)",
	"CREATE VIRTUAL TABLE texts.search USING fts5 (title, description, locality, content = '',"
	" tokenize = 'unicode61 remove_diacritics 2')",
	/* Merging is for quiet times (catalogue_index_merge); a leaf fills one page of the file. */
	"INSERT INTO texts.search (search, rank) VALUES ('automerge', 0)",
	"INSERT INTO texts.search (search, rank) VALUES ('crisismerge', 128)",
	"INSERT INTO texts.search (search, rank) VALUES ('pgsz', 16000)",
	NULL
};

/* The watch: what the detector knows, what staff were told and what they answered. */
const char *const schema_watch[] = {
	/* Its listings are not published, whatever their own `published` says: nothing is written in them. */
	"ALTER TABLE partner ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN withdrawn_ms INTEGER",	/* when that last changed */

	"CREATE TABLE detector ("
	" partner_id INTEGER PRIMARY KEY REFERENCES partner, at_ms INTEGER NOT NULL, state BLOB NOT NULL)",
	"CREATE TABLE watch_note ("
	" partner TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (partner, name)) WITHOUT ROWID",
	"CREATE TABLE verdict_log ("
	" number INTEGER PRIMARY KEY, partner_id INTEGER NOT NULL REFERENCES partner, at_ms INTEGER NOT NULL,"
	" verdict TEXT NOT NULL, before TEXT NOT NULL, probability REAL NOT NULL, facts TEXT NOT NULL)",
	"CREATE INDEX verdict_partner ON verdict_log (partner_id)",
	"CREATE TABLE label ("
	" number INTEGER PRIMARY KEY, partner_id INTEGER NOT NULL REFERENCES partner, at_ms INTEGER NOT NULL,"
	" label TEXT NOT NULL, verdict TEXT NOT NULL, alert INTEGER, until_ms INTEGER, given_by TEXT, note TEXT)",
	"CREATE INDEX label_partner ON label (partner_id)",

	/* One row is one event: from the first alarm to its end. */
	"ALTER TABLE alert ADD COLUMN facts TEXT",
	"ALTER TABLE alert ADD COLUMN told TEXT",	/* the last verdict that a letter was written about */
	"ALTER TABLE alert ADD COLUMN told_ms INTEGER",
	"ALTER TABLE alert ADD COLUMN told_mask INTEGER NOT NULL DEFAULT 0",	/* all of them: the ledger's bits */
	"ALTER TABLE alert ADD COLUMN closed_ms INTEGER",
	"ALTER TABLE alert ADD COLUMN answer TEXT",	/* the last label */
	"ALTER TABLE alert ADD COLUMN snoozed_ms INTEGER",	/* until */
	"ALTER TABLE alert ADD COLUMN remind_ms INTEGER",	/* null: not any more */
	"ALTER TABLE alert ADD COLUMN reminders INTEGER NOT NULL DEFAULT 0",
	"CREATE INDEX alert_open ON alert (partner_id) WHERE closed_ms IS NULL",

	"CREATE TABLE outbox ("
	" letter INTEGER PRIMARY KEY, recipient TEXT NOT NULL, kind TEXT NOT NULL,"
	" thread TEXT,"			/* message_id of the letter that it follows up */
	" message_id TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,"
	" state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0,"
	" claimed_ms INTEGER,"		/* until when it is somebody's */
	" first_failure_ms INTEGER, last_error TEXT, sent_ms INTEGER, subject TEXT, text TEXT, html TEXT)",
	"CREATE INDEX outbox_due ON outbox (due_ms) WHERE state IN ('waiting', 'sending')",
	"CREATE TABLE outbox_item ("
	" item INTEGER PRIMARY KEY, letter INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE,"
	" recipient TEXT NOT NULL, note TEXT NOT NULL,"	/* what happened, once for each recipient */
	" alert INTEGER, facts TEXT NOT NULL, UNIQUE (note, recipient))",
	"CREATE INDEX outbox_item_letter ON outbox_item (letter)",
	"CREATE INDEX outbox_item_alert ON outbox_item (alert)",
	NULL
};

/* Where a feed of changes goes on. */
const char *const schema_watermark[] = {
	"ALTER TABLE partner ADD COLUMN watermark TEXT",
	"ALTER TABLE partner ADD COLUMN watermark_ms INTEGER",	/* when the run began that left it */
	NULL
};

/* Who is told of changes by HTTP. */
const char *const schema_hooks[] = {
	"CREATE TABLE hook ("
	" hook TEXT PRIMARY KEY, change INTEGER NOT NULL, turn INTEGER NOT NULL,"	/* all up to these is done with */
	" due_ms INTEGER,"		/* of the message; while somebody sends it, when it is anybody's again */
	" attempts INTEGER NOT NULL DEFAULT 0, first_failure_ms INTEGER, last_error TEXT, disabled_ms INTEGER,"
	" delivered INTEGER NOT NULL DEFAULT 0, delivered_ms INTEGER, refused INTEGER NOT NULL DEFAULT 0, refused_ms INTEGER,"
	/* what is on its way, and where the hook stands after it */
	" message_id TEXT, media_type TEXT, body TEXT, events INTEGER NOT NULL DEFAULT 0, next_change INTEGER, next_turn INTEGER)",
	NULL
};

/* A number that moves with what all listings of a partner show: see catalogue_stamp(). */
const char *const schema_turn[] = {
	"INSERT INTO meta (key, value) VALUES (3, 1)",
	"CREATE TRIGGER partner_added AFTER INSERT ON partner BEGIN UPDATE meta SET value = value + 1 WHERE key = 3; END",
	"CREATE TRIGGER partner_turned"
	" AFTER UPDATE OF name, theme, website, replaced_by, verdict, withdrawn, loading ON partner"
	" WHEN (old.name, old.theme, old.website, old.replaced_by, old.verdict, old.withdrawn, old.loading)"
	" IS NOT (new.name, new.theme, new.website, new.replaced_by, new.verdict, new.withdrawn, new.loading)"
	" BEGIN UPDATE meta SET value = value + 1 WHERE key = 3; END",
	NULL
};

/* What its runs came to in all, also those that the ledger has dropped since. */
#define OUTCOME(outcome) " count(*) FILTER (WHERE outcome = '" outcome "')"
#define SUM(column) " coalesce(sum(" column "), 0)"
const char *const schema_totals[] = {
	"ALTER TABLE partner ADD COLUMN runs_complete INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN runs_partial INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN runs_not_modified INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN runs_failed INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN runs_refused INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN all_requests INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN all_bytes INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN all_added INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN all_changed INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN all_removed INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN all_restored INTEGER NOT NULL DEFAULT 0",
	"UPDATE partner SET (runs_complete, runs_partial, runs_not_modified, runs_failed, runs_refused, all_requests,"
	" all_bytes, all_added, all_changed, all_removed, all_restored) = (SELECT" OUTCOME("complete") ","
	OUTCOME("partial") "," OUTCOME("not-modified") "," OUTCOME("failed") "," OUTCOME("refused") "," SUM("requests") ","
	SUM("bytes") "," SUM("added") "," SUM("changed") "," SUM("removed") "," SUM("restored")
	" FROM run r WHERE r.partner_id = partner.partner_id)",
	NULL
};

/* What is forgotten: META_FORGET_KEY, two numbers; META_FORGOTTEN. */
const char *const schema_forgotten[] = {
	"ALTER TABLE listing ADD COLUMN forgotten_ms INTEGER",	/* since when it says nothing; null: it does */
	"CREATE INDEX listing_to_purge ON listing (removed_ms) WHERE removed_ms IS NOT NULL AND forgotten_ms IS NULL",
	"CREATE TABLE forgotten ("
	" partner_id INTEGER NOT NULL REFERENCES partner, hash BLOB NOT NULL,"	/* of the external_id */
	" at_ms INTEGER NOT NULL, PRIMARY KEY (partner_id, hash)) WITHOUT ROWID",
	"INSERT INTO meta (key, value) VALUES (4, 0), (5, random()), (6, random())",
	NULL
};

/* Runs that ended at an address that is refused, by the error's kind. */
const char *const schema_refused[] = {
	"ALTER TABLE partner ADD COLUMN runs_blocked INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE partner ADD COLUMN runs_redirect INTEGER NOT NULL DEFAULT 0",
	"UPDATE partner SET (runs_blocked, runs_redirect) = (SELECT count(*) FILTER (WHERE error_kind = 'blocked'),"
	" count(*) FILTER (WHERE error_kind = 'redirect') FROM run r WHERE r.partner_id = partner.partner_id)",
	NULL
};

const char *const schema_views[] = {
	/* What `listings` shows, and the row for our own joins. */
	"CREATE VIEW listing_all AS SELECT l.row AS row,"
	" p.partner || ':' || l.external_id AS uid, p.partner AS partner, l.external_id AS external_id,"
	" l.kind AS kind, l.title AS title, l.description AS description, l.language AS language, l.url AS url,"
	" l.image_url AS image_url, l.latitude AS latitude, l.longitude AS longitude, l.street AS street,"
	" l.postcode AS postcode, l.locality AS locality, l.country AS country, l.price_minor AS price_minor,"
	" l.currency AS currency, l.price_unit AS price_unit, l.price_text AS price_text, l.capacity AS capacity,"
	" l.rating AS rating, l.rating_count AS rating_count, l.published AND NOT p.withdrawn AS published,"
	" " OLD_TIME("l.source_updated_ms") " AS source_updated_at,"
	" " TIME("l.first_seen_ms") " AS first_seen,"
	" " TIME("CASE WHEN NOT t.present THEN t.seen_ms"
	" ELSE coalesce(m.seen_ms, max(t.seen_ms, coalesce(p.confirmed_ms, t.seen_ms))) END") " AS last_seen,"
	" " TIME("max(coalesce(nullif(l.changed_ms, 0), p.loaded_ms), CASE WHEN l.published AND"
	" (l.removed_ms IS NULL OR l.removed_ms > p.withdrawn_ms) THEN coalesce(p.withdrawn_ms, 0) ELSE 0 END)")
	" AS changed_at,"
	" " TIME("l.removed_ms") " AS removed_at,"
	" l.properties AS properties,"
	" CASE WHEN p.verdict NOT IN ('never-seen', 'alive', 'outage') THEN p.verdict END AS partner_verdict"
	" FROM partner p JOIN listing l ON l.partner_id = p.partner_id JOIN trace t ON t.row = l.row"
	" LEFT JOIN missing m ON m.row = l.row WHERE p.loading = 0",

	"CREATE VIEW listings AS SELECT uid, partner, external_id, kind, title, description, language, url, image_url,"
	" latitude, longitude, street, postcode, locality, country, price_minor, currency, price_unit, price_text,"
	" capacity, rating, rating_count, published, source_updated_at, first_seen, last_seen, changed_at, removed_at,"
	" properties, partner_verdict FROM listing_all",

	"CREATE VIEW partners AS SELECT partner, name, theme, website, verdict,"
	" " TIME("verdict_since_ms") " AS verdict_since, probability, replaced_by, listing_count,"
	" " TIME("last_success_ms") " AS last_success, " TIME("last_attempt_ms") " AS last_attempt,"
	" " TIME("last_change_ms") " AS last_change, " TIME("next_poll_ms") " AS next_poll FROM partner",

	"CREATE VIEW runs AS SELECT r.run AS run, p.partner AS partner, " TIME("r.started_ms") " AS started,"
	" " TIME("r.finished_ms") " AS finished, r.outcome AS outcome, r.error_kind AS error_kind,"
	" r.http_status AS http_status, r.requests AS requests, r.bytes AS bytes, r.seen AS seen, r.added AS added,"
	" r.changed AS changed, r.removed AS removed, r.quarantined AS quarantined,"
	" r.declared_total AS declared_total, r.detail AS detail"
	" FROM run r JOIN partner p ON p.partner_id = r.partner_id",

	"CREATE VIEW changes AS SELECT c.change AS change, " TIME("c.at_ms") " AS at,"
	" p.partner || ':' || l.external_id AS uid, p.partner AS partner,"
	" CASE c.op WHEN 1 THEN 'added' WHEN 3 THEN 'removed' WHEN 4 THEN 'restored' ELSE 'changed' END AS op"
	" FROM change_log c CROSS JOIN listing l ON l.row = c.row CROSS JOIN partner p ON p.partner_id = l.partner_id",

	"CREATE VIEW evidence AS SELECT " TIME("e.at_ms") " AS at, p.partner AS partner, e.signal AS signal,"
	" e.value AS value, e.weight AS weight, e.note AS note"
	" FROM evidence_log e JOIN partner p ON p.partner_id = e.partner_id",

	"CREATE VIEW alerts AS SELECT " TIME("a.at_ms") " AS at, p.partner AS partner, a.verdict AS verdict,"
	" a.mail_state AS mail_state, a.acknowledged_by AS acknowledged_by,"
	" " TIME("a.acknowledged_ms") " AS acknowledged_at, a.told AS told, a.answer AS answer,"
	" " TIME("a.snoozed_ms") " AS snoozed_until, " TIME("a.closed_ms") " AS closed_at"
	" FROM alert a JOIN partner p ON p.partner_id = a.partner_id",

	"CREATE VIEW verdicts AS SELECT " TIME("v.at_ms") " AS at, p.partner AS partner, v.verdict AS verdict,"
	" v.before AS before, v.probability AS probability"
	" FROM verdict_log v JOIN partner p ON p.partner_id = v.partner_id",

	"CREATE VIEW labels AS SELECT " TIME("l.at_ms") " AS at, p.partner AS partner, l.label AS label,"
	" l.verdict AS verdict, l.given_by AS given_by, l.note AS note, " TIME("l.until_ms") " AS until"
	" FROM label l JOIN partner p ON p.partner_id = l.partner_id",
	NULL
};
