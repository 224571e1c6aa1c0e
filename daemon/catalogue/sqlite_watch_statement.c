/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of the watch, of letters, of hooks and of news, in the order of enum sql from SQL_WATCH on. */
#include "catalogue/sqlite_catalogue.h"

#define AT(sql) [(sql) - SQL_WATCH]
#define ALERT_COLUMNS "a.alert, a.partner_id, a.at_ms, a.verdict, a.told, a.told_ms, a.told_mask, a.answer," \
	" a.snoozed_ms, a.remind_ms, a.closed_ms, a.reminders"
#define LETTER_COLUMNS "letter, recipient, kind, thread, message_id, subject, text, html, created_ms, attempts," \
	" first_failure_ms"
#define HOOK_COLUMNS "change, turn, attempts, due_ms, first_failure_ms, disabled_ms, delivered_ms, delivered, last_error," \
	" message_id, events, next_change, next_turn"
#define HOOK_REST "due_ms = NULL, attempts = 0, message_id = NULL, media_type = NULL, body = NULL"
#define HOOK_MESSAGE " WHERE hook = ?1 AND message_id = ?2"
#define NEWS_END "coalesce((SELECT max(change) FROM change_log), 0), coalesce((SELECT max(number) FROM verdict_log), 0)"
#define CHANGES "SELECT c.change, c.at_ms, c.op, p.partner, l.external_id, l.kind, l.removed_ms IS NOT NULL OR p.withdrawn," \
	" l.published FROM change_log c CROSS JOIN listing l ON l.row = c.row CROSS JOIN partner p ON p.partner_id = l.partner_id"
#define TURN_COLUMNS "p.partner, v.verdict, v.before, v.facts, v.probability, v.at_ms"
/* A letter that can still be called back: never tried, or of nothing else. */
#define UNSENT(other) "letter IN (SELECT o.letter FROM outbox o WHERE o.state = 'waiting' AND (o.attempts = 0" \
	" OR NOT EXISTS (SELECT 1 FROM outbox_item x WHERE x.letter = o.letter AND " other ")))"

const struct statement watch_statements[SQL_READ - SQL_WATCH] = {
	AT(SQL_WATCH_PARTNER) = { "read a partner",
	    "SELECT partner_id, partner, name, theme, website, replaced_by, verdict, verdict_since_ms, probability,"
	    " listing_count, withdrawn FROM partner WHERE partner = ?" },
	AT(SQL_WATCH_VERDICT) = { "write a verdict",
	    "UPDATE partner SET verdict = ?2, verdict_since_ms = ?3, probability = ?4 WHERE partner_id = ?1" },
	AT(SQL_WATCH_WITHDRAW) = { "publish or withdraw listings",
	    "UPDATE partner SET withdrawn = ?2, withdrawn_ms = ?3 WHERE partner_id = ?1 AND withdrawn <> ?2" },
	AT(SQL_WATCH_WITHDRAW_LOG) = { "log what is published or withdrawn",
	    "INSERT INTO change_log (change, at_ms, run, row, op)"
	    " SELECT ?1 + row_number() OVER (ORDER BY t.row) - 1, ?2, NULL, t.row, ?3"
	    " FROM trace t CROSS JOIN listing l ON l.row = t.row WHERE t.row BETWEEN ?4 AND ?5 AND t.present AND l.published"
	    " AND (SELECT loading FROM partner WHERE partner_id = ?4 >> 32) = 0" },
	AT(SQL_WATCH_EVIDENCE) = { "keep evidence",
	    "INSERT INTO evidence_log (at_ms, partner_id, signal, value, weight, note) VALUES (?, ?, ?, ?, ?, ?)" },
	AT(SQL_WATCH_TURN) = { "keep a verdict",
	    "INSERT INTO verdict_log (partner_id, at_ms, verdict, before, probability, facts) VALUES (?, ?, ?, ?, ?, ?)" },
	AT(SQL_WATCH_TURNS) = { "read verdicts",
	    "SELECT " TURN_COLUMNS " FROM verdict_log v JOIN partner p ON p.partner_id = v.partner_id"
	    " WHERE v.at_ms >= ? AND v.at_ms < ? ORDER BY v.at_ms, v.number" },
	AT(SQL_WATCH_TURNS_LAST) = { "read verdicts",
	    "SELECT " TURN_COLUMNS " FROM partner p JOIN verdict_log v ON v.number ="
	    " (SELECT max(number) FROM verdict_log l WHERE l.partner_id = p.partner_id) ORDER BY p.partner" },
	AT(SQL_WATCH_PEERS) = { "look for other partners",
	    "SELECT name, website, listing_count FROM partner WHERE theme = ? AND partner_id <> ? AND verdict = 'alive'"
	    " AND listing_count > 0 ORDER BY listing_count DESC, name LIMIT ?" },
	AT(SQL_WATCH_SUMS) = { "sum up runs",
	    "SELECT p.partner, p.name, p.verdict, p.listing_count, count(r.run), coalesce(sum(r.added + r.restored), 0),"
	    " coalesce(sum(r.changed), 0), coalesce(sum(r.removed), 0), coalesce((SELECT l.outcome NOT IN ('failed', 'refused')"
	    " FROM run l WHERE l.partner_id = p.partner_id AND l.finished_ms < ?2 ORDER BY l.run DESC LIMIT 1), 1)"
	    " FROM partner p LEFT JOIN run r"
	    " ON r.partner_id = p.partner_id AND r.finished_ms >= ?1 AND r.finished_ms < ?2"
	    " GROUP BY p.partner_id ORDER BY p.partner" },
	AT(SQL_WATCH_STATE_PUT) = { "keep the detector's state",
	    "INSERT INTO detector (partner_id, at_ms, state) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (partner_id) DO UPDATE SET at_ms = ?2, state = ?3" },
	AT(SQL_WATCH_STATE_GET) = { "read the detector's state",
	    "SELECT d.state FROM detector d JOIN partner p ON p.partner_id = d.partner_id WHERE p.partner = ?" },
	AT(SQL_WATCH_NOTE_PUT) = { "keep a note",
	    "INSERT INTO watch_note (partner, name, text) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (partner, name) DO UPDATE SET text = ?3 WHERE text <> ?3" },
	AT(SQL_WATCH_NOTE_DROP) = { "drop a note", "DELETE FROM watch_note WHERE partner = ? AND name = ?" },
	AT(SQL_WATCH_NOTE_GET) = { "read a note", "SELECT text FROM watch_note WHERE partner = ? AND name = ?" },

	AT(SQL_ALERT_ADD) = { "open an alert",
	    "INSERT INTO alert (partner_id, at_ms, verdict) VALUES (?, ?, ?) RETURNING alert" },
	AT(SQL_ALERT_PUT) = { "write an alert",
	    "UPDATE alert SET told = ?2, told_ms = ?3, told_mask = ?4, answer = nullif(?5, ''), snoozed_ms = ?6,"
	    " remind_ms = ?7, closed_ms = ?8, reminders = ?9, facts = coalesce(?10, facts) WHERE alert = ?1" },
	AT(SQL_ALERT_LAST) = { "read an alert",
	    "SELECT " ALERT_COLUMNS " FROM alert a WHERE a.partner_id = ? ORDER BY a.alert DESC LIMIT 1" },
	AT(SQL_ALERT_DUE) = { "look for reminders",
	    "SELECT " ALERT_COLUMNS ", p.partner, a.facts FROM alert a JOIN partner p ON p.partner_id = a.partner_id"
	    " WHERE a.closed_ms IS NULL AND a.remind_ms <= ? ORDER BY a.remind_ms LIMIT 1" },
	AT(SQL_ALERT_ACKNOWLEDGE) = { "acknowledge an alert",
	    "UPDATE alert SET acknowledged_by = ?, acknowledged_ms = ? WHERE alert = ?" },
	AT(SQL_ALERT_MAIL) = { "write an alert's letters", "UPDATE alert SET mail_state = ? WHERE alert = ?" },
	AT(SQL_ALERT_MAIL_OF) = { "write an alert's letters",
	    "UPDATE alert SET mail_state = (SELECT CASE WHEN sum(o.state = 'sent') > 0 THEN 'sent'"
	    " WHEN sum(o.state IN ('waiting', 'sending')) > 0 THEN 'waiting'"
	    " WHEN sum(o.state = 'refused') > 0 THEN 'refused' ELSE 'given-up' END"
	    " FROM outbox_item i JOIN outbox o ON o.letter = i.letter WHERE i.alert = alert.alert)"
	    " WHERE alert IN (SELECT alert FROM outbox_item WHERE letter = ?)" },
	AT(SQL_LABEL_ADD) = { "keep an answer",
	    "INSERT INTO label (partner_id, at_ms, label, verdict, alert, until_ms, given_by, note)"
	    " VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?)" },
	AT(SQL_LABELS) = { "read answers",
	    "SELECT l.number, p.partner, l.label, l.at_ms FROM label l JOIN partner p ON p.partner_id = l.partner_id"
	    " WHERE l.number > ? ORDER BY l.number" },

	AT(SQL_OUTBOX_TOLD) = { "look for a note",
	    "SELECT o.state, coalesce(o.thread, o.message_id) FROM outbox_item i JOIN outbox o ON o.letter = i.letter"
	    " WHERE i.note = ? AND i.recipient = ?" },
	AT(SQL_OUTBOX_OPEN) = { "look for a letter",
	    "SELECT letter FROM outbox WHERE state = 'waiting' AND attempts = 0 AND recipient = ? AND kind = ?"
	    " AND thread IS ? AND due_ms > ? ORDER BY letter LIMIT 1" },
	AT(SQL_OUTBOX_NUMBER) = { "number a letter", "SELECT coalesce(max(letter), 0) + 1 FROM outbox" },
	AT(SQL_OUTBOX_ADD) = { "write a letter",
	    "INSERT INTO outbox (letter, recipient, kind, thread, message_id, created_ms, due_ms)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?)" },
	AT(SQL_OUTBOX_ITEM_ADD) = { "write a letter",
	    "INSERT INTO outbox_item (letter, recipient, note, alert, facts) VALUES (?, ?, ?, nullif(?, 0), ?)" },
	AT(SQL_OUTBOX_CANCEL_ALERT) = { "call letters back",
	    "DELETE FROM outbox_item WHERE alert = ?1 AND " UNSENT("x.alert IS NOT ?1") },
	AT(SQL_OUTBOX_CANCEL_NOTE) = { "call letters back",
	    "DELETE FROM outbox_item WHERE note = ?1 AND " UNSENT("x.note <> ?1") },
	/* All that a person would be told of events that are over, who was told nothing of them. */
	AT(SQL_OUTBOX_CANCEL_OVER) = { "call letters back",
	    "DELETE FROM outbox_item WHERE recipient = (SELECT recipient FROM outbox WHERE letter = ?1)"
	    " AND alert IN (SELECT alert FROM outbox_item WHERE letter = ?1)"
	    " AND NOT EXISTS (SELECT 1 FROM outbox_item i LEFT JOIN alert a ON a.alert = i.alert"
	    " WHERE i.letter = ?1 AND a.closed_ms IS NULL)"
	    " AND NOT EXISTS (SELECT 1 FROM outbox_item i JOIN outbox o ON o.letter = i.letter"
	    " WHERE i.alert = outbox_item.alert AND i.recipient = outbox_item.recipient AND o.state <> 'waiting')" },
	AT(SQL_ALERT_MAIL_OVER) = { "write an alert's letters",
	    "UPDATE alert SET mail_state = 'cancelled' WHERE mail_state = 'waiting' AND closed_ms IS NOT NULL"
	    " AND NOT EXISTS (SELECT 1 FROM outbox_item i WHERE i.alert = alert.alert)" },
	AT(SQL_OUTBOX_DROP_EMPTY) = { "drop empty letters",
	    "DELETE FROM outbox WHERE state = 'waiting' AND letter NOT IN (SELECT letter FROM outbox_item)" },
	AT(SQL_OUTBOX_LEFT_ALERT) = { "look for letters", "SELECT count(*) FROM outbox_item WHERE alert = ?" },
	AT(SQL_OUTBOX_LEFT_NOTE) = { "look for letters", "SELECT count(*) FROM outbox_item WHERE note = ?" },
	AT(SQL_OUTBOX_SENT) = { "look for letters",
	    "SELECT count(*) FROM outbox_item i JOIN outbox o ON o.letter = i.letter WHERE i.note = ? AND o.state = 'sent'" },
	AT(SQL_OUTBOX_LOST) = { "look for letters",
	    "SELECT count(*) FROM outbox_item i JOIN outbox o ON o.letter = i.letter WHERE i.note = ?"
	    " AND o.state IN ('refused', 'given-up')" },
	AT(SQL_OUTBOX_DROP_LOST) = { "forget lost letters",
	    "DELETE FROM outbox_item WHERE note = ? AND letter IN (SELECT letter FROM outbox WHERE state IN ('refused', 'given-up'))" },
	/* What waits for something half a day later than anything makes it wait was written before the clock was set back. */
	AT(SQL_OUTBOX_CLAIM) = { "claim a letter",
	    "UPDATE outbox SET state = 'sending', claimed_ms = ?2, attempts = attempts + 1 WHERE letter ="
	    " (SELECT letter FROM outbox WHERE state IN ('waiting', 'sending')"
	    " AND CASE WHEN state = 'sending' THEN claimed_ms <= ?1 OR claimed_ms > ?2 + 43200000"
	    " ELSE due_ms <= ?1 OR (attempts = 0 AND created_ms > ?1 + 43200000) OR (attempts > 0 AND due_ms > ?1 + 64800000) END"
	    " ORDER BY due_ms, letter LIMIT 1)"
	    " RETURNING " LETTER_COLUMNS },
	AT(SQL_OUTBOX_GET) = { "read a letter", "SELECT " LETTER_COLUMNS " FROM outbox WHERE letter = ?" },
	AT(SQL_OUTBOX_ITEMS) = { "read a letter",
	    "SELECT note, facts FROM outbox_item WHERE letter = ? ORDER BY item" },
	AT(SQL_OUTBOX_COMPOSE) = { "write a letter",
	    "UPDATE outbox SET subject = ?2, text = ?3, html = ?4 WHERE letter = ?1" },
	AT(SQL_OUTBOX_END) = { "mark a letter",
	    "UPDATE outbox SET state = ?2, claimed_ms = NULL, last_error = coalesce(?3, last_error),"
	    " first_failure_ms = CASE WHEN ?3 IS NULL THEN first_failure_ms ELSE coalesce(first_failure_ms, ?4) END,"
	    " sent_ms = CASE WHEN ?2 = 'sent' THEN ?4 END, due_ms = ?5 WHERE letter = ?1" },
	AT(SQL_OUTBOX_STATUS) = { "look into the outbox",
	    "SELECT count(*), min(CASE state WHEN 'waiting' THEN due_ms ELSE claimed_ms END), min(created_ms)"
	    " FROM outbox WHERE state IN ('waiting', 'sending')" },
	AT(SQL_OUTBOX_STUCK) = { "look into the outbox",
	    "SELECT first_failure_ms, last_error FROM outbox WHERE state IN ('waiting', 'sending')"
	    " AND first_failure_ms IS NOT NULL ORDER BY first_failure_ms LIMIT 1" },
	/* SQLite takes the error from the row of the maximum. */
	AT(SQL_OUTBOX_LOSSES) = { "look into the outbox",
	    "SELECT count(*), max(due_ms), last_error FROM outbox WHERE state IN ('refused', 'given-up') AND due_ms >= ?" },
	AT(SQL_OUTBOX_PRUNE) = { "drop old letters",
	    "DELETE FROM outbox WHERE state NOT IN ('waiting', 'sending') AND due_ms < ?" },

	/* A new one begins with what happens from now on. */
	AT(SQL_HOOK_ADD) = { "begin a hook",
	    "INSERT INTO hook (hook, change, turn) SELECT ?, " NEWS_END " WHERE true ON CONFLICT DO NOTHING" },
	AT(SQL_HOOK_DUE) = { "look at a hook",
	    "SELECT CASE WHEN disabled_ms IS NULL THEN due_ms END FROM hook WHERE hook = ?" },
	/* What was claimed or failed more than an hour from now, or waits for longer than anything may make it wait, did so
	 * before the clock was set back. */
	AT(SQL_HOOK_CLAIM) = { "claim a hook",
	    "UPDATE hook SET due_ms = ?3, attempts = attempts + 1, first_failure_ms = min(first_failure_ms, ?2)"
	    " WHERE hook = ?1 AND disabled_ms IS NULL AND CASE WHEN message_id IS NOT NULL THEN due_ms <= ?2"
	    " OR coalesce(first_failure_ms - ?2, due_ms - ?3) > 3600000 OR due_ms > ?2 + 604800000"
	    " ELSE change < (SELECT max(change) FROM change_log) OR turn < (SELECT max(number) FROM verdict_log) END"
	    " RETURNING " HOOK_COLUMNS ", media_type, body" },
	AT(SQL_HOOK_MESSAGE) = { "write a message",
	    "UPDATE hook SET message_id = ?2, media_type = ?3, body = ?4, events = ?5, next_change = ?6, next_turn = ?7"
	    " WHERE hook = ?1" },
	AT(SQL_HOOK_PASS) = { "move a hook on",
	    "UPDATE hook SET change = ?2, turn = ?3, " HOOK_REST " WHERE hook = ?1" },
	AT(SQL_HOOK_DELIVERED) = { "mark a message",
	    "UPDATE hook SET change = next_change, turn = next_turn, delivered_ms = ?3, delivered = delivered + events,"
	    " first_failure_ms = NULL, last_error = NULL, " HOOK_REST HOOK_MESSAGE },
	AT(SQL_HOOK_WAITING) = { "mark a message",
	    "UPDATE hook SET due_ms = ?5, last_error = ?4,"
	    " first_failure_ms = coalesce(first_failure_ms, ?3)" HOOK_MESSAGE },
	AT(SQL_HOOK_REFUSED) = { "mark a message",
	    "UPDATE hook SET change = next_change, turn = next_turn, refused = refused + events, refused_ms = ?3,"
	    " last_error = ?4, first_failure_ms = NULL, " HOOK_REST HOOK_MESSAGE },
	AT(SQL_HOOK_DISABLED) = { "mark a message",
	    "UPDATE hook SET disabled_ms = ?3, last_error = ?4" HOOK_MESSAGE },
	AT(SQL_HOOK_GET) = { "read a hook", "SELECT " HOOK_COLUMNS ", NULL, NULL, refused, refused_ms FROM hook WHERE hook = ?" },
	AT(SQL_HOOK_BEHIND) = { "read a hook",
	    "SELECT (SELECT count(*) FROM change_log WHERE change > ?) + (SELECT count(*) FROM verdict_log WHERE number > ?)" },
	AT(SQL_HOOK_RESUME) = { "resume a hook",
	    "UPDATE hook SET disabled_ms = NULL, due_ms = CASE WHEN message_id IS NOT NULL THEN 0 END WHERE hook = ?"
	    " RETURNING 1" },
	AT(SQL_HOOK_NAMES) = { "list the hooks", "SELECT hook FROM hook ORDER BY hook" },
	AT(SQL_HOOK_TOTALS) = { "list the hooks",
	    "SELECT hook, delivered, refused, first_failure_ms, disabled_ms IS NOT NULL,"
	    " max(0, coalesce((SELECT max(change) FROM change_log), 0) - change) FROM hook ORDER BY hook" },
	AT(SQL_HOOK_DROP) = { "forget a hook", "DELETE FROM hook WHERE hook = ?" },
	AT(SQL_NEWS_END) = { "look for news", "SELECT " NEWS_END },
	AT(SQL_NEWS_BEHIND) = { "look for news",
	    "SELECT coalesce(max(number), 0) FROM verdict_log WHERE at_ms <="
	    " (SELECT at_ms FROM change_log WHERE change <= ? ORDER BY change DESC LIMIT 1)" },
	AT(SQL_NEWS_CHANGES) = { "read changes", CHANGES " WHERE c.change > ? ORDER BY c.change LIMIT ?" },
	AT(SQL_NEWS_CHANGES_BACK) = { "read changes", CHANGES " WHERE c.change < ?1"
	    " AND (?2 IS NULL OR c.row >> 32 = (SELECT partner_id FROM partner WHERE partner = ?2))"
	    " AND (?3 IS NULL OR l.kind = ?3) ORDER BY c.change DESC" },
	AT(SQL_NEWS_TURNS) = { "read verdicts",
	    "SELECT v.number, v.at_ms, p.partner, p.name, v.verdict, v.before, p.replaced_by, v.probability"
	    " FROM verdict_log v JOIN partner p ON p.partner_id = v.partner_id WHERE v.number > ?"
	    " ORDER BY v.number LIMIT ?" },
};
