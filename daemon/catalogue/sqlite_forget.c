/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was said of a listing stands in: listing, spot, trace (hashes of it),
 * quarantine, the message of a hook that waits, the full-text index.  The last
 * is a file of its own: META_FORGOTTEN moves, and whoever keeps that file makes
 * it again from what is left (sqlite_index.c).
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/buf.h"
#include "catalogue/forget.h"
#include "catalogue/sqlite_merge.h"

enum { KEY_PARTS = 2, HASH_BYTES = 32, WIPE_WAIT_MS = SECOND_MS };

struct hash {
	unsigned char bytes[HASH_BYTES];
};

/* ---- who stays away */

static int
hash_id(struct catalogue *c, struct text id, struct hash *ret, struct error *err)
{
	int64_t key[KEY_PARTS];
	if (meta_get(c, META_FORGET_KEY, &key[0], err) != 0 || meta_get(c, META_FORGET_KEY + 1, &key[1], err) != 0)
		return -1;
	if (HMAC(EVP_sha256(), key, sizeof key, (const unsigned char *)id.s, id.len, ret->bytes, NULL) == NULL)
		return error_set(err, ERROR_SYSTEM, "libcrypto has no HMAC");
	return 0;
}

/* A statement about (partner, hash): 1 if it has a row, 0, -1. */
static int
by_hash(struct merge *m, enum sql sql, struct text id, struct error *err)
{
	struct hash hash;
	if (hash_id(m->c, id, &hash, err) != 0)
		return -1;
	struct query q = query(m->c, sql);
	bind_integer(&q, m->p.id);
	bind_blob(&q, (struct text){ (const char *)hash.bytes, sizeof hash.bytes });
	if (sql == SQL_FORGOTTEN_ADD)
		bind_integer(&q, m->at_ms);
	int rc = row(&q, err);
	if (rc == 1)
		finish(&q);
	return rc;
}

int
forget_load(struct merge *m, struct error *err)
{
	struct query q = query(m->c, SQL_FORGOTTEN_ANY);
	bind_integer(&q, m->p.id);
	int rc = row(&q, err);
	if (rc == 1)
		finish(&q);
	m->forgets = rc == 1;
	return rc < 0 ? -1 : 0;
}

int
forget_has(struct merge *m, struct text id, struct error *err)
{
	return m->forgets && id.len > 0 ? by_hash(m, SQL_FORGOTTEN_HAS, id, err) : 0;
}

/* ---- contents */

static int
simple(struct catalogue *c, enum sql sql, struct error *err)
{
	struct query q = query(c, sql);
	return run(&q, err);
}

static int
by_row(struct catalogue *c, enum sql sql, int64_t row_number, struct error *err)
{
	struct query q = query(c, sql);
	bind_integer(&q, row_number);
	return run(&q, err);
}

static int
clear_listing(struct catalogue *c, int64_t row_number, int64_t now_ms, struct error *err)
{
	/* Its place is found by its position: first. */
	if (by_row(c, SQL_FORGET_PLACE, row_number, err) != 0 || by_row(c, SQL_FORGET_TRACE, row_number, err) != 0)
		return -1;
	struct query q = query(c, SQL_FORGET_LISTING);
	bind_integer(&q, now_ms);
	bind_integer(&q, row_number);
	return run(&q, err);
}

/* Of an item that has no identifier nobody knows whose it is: that there is one stays, for it protects what it may be. */
static int
clear_quarantine(struct merge *m, struct text id, struct error *err)
{
	struct query q = query(m->c, SQL_FORGET_QUARANTINE);
	bind_integer(&q, m->p.id);
	bind_text(&q, id);
	return run(&q, err) != 0 ? -1 : by_row(m->c, SQL_FORGET_UNNAMED, m->p.id, err);
}

/* ---- vigie forget */

static int
prepare(struct merge *m, const char *uid, struct text *ret_id, struct error *err)
{
	size_t len = strcspn(uid, ":");
	char *partner = xstrndup(uid, len);
	int rc = partner_get(m->c, partner, &m->p, err);
	free(partner);
	if (rc != 0)
		return -1;
	*ret_id = uid[len] == ':' ? (struct text){ uid + len + 1, strlen(uid + len + 1) } : (struct text){ "", 0 };
	m->base = m->p.id << ROW_BITS;
	m->listing_count = m->p.state.listing_count;
	m->outside = m->p.outside;
	return merge_numbers(m, err);
}

static int
write_partner(struct merge *m, struct error *err)
{
	struct query q = query(m->c, SQL_PARTNER_FORGOT);
	bind_integer(&q, m->p.id);
	bind_integer(&q, m->listing_count);
	bind_integer(&q, m->outside);
	bind_integer(&q, m->base);
	bind_integer(&q, m->base + KNOWN_ROW_END);
	bind_integer(&q, m->at_ms);
	return run(&q, err);
}

static int
remove_and_clear(struct merge *m, const struct stored *old, struct text id, struct error *err)
{
	int rc = old->present ? removal_now(m, old->row, "forgotten", NULL, err) :
	    removal_evidence(m, old->row, "forgotten", NULL, err);
	if (rc != 0 || (old->present && write_partner(m, err) != 0))
		return -1;
	if (clear_listing(m->c, old->row, m->at_ms, err) != 0 || clear_quarantine(m, id, err) != 0)
		return -1;
	/* A message has many events, and its text is not ours to change: it is made again. */
	if (simple(m->c, SQL_FORGET_MESSAGES, err) != 0)
		return -1;
	return simple(m->c, SQL_FORGOTTEN_COUNT, err);
}

static int
forget(struct merge *m, const char *uid, struct error *err)
{
	struct text id;
	struct stored old;
	if (prepare(m, uid, &id, err) != 0)
		return -1;
	if (m->p.loading != 0)
		return error_set(err, ERROR_BUSY, "its partner is being read for the first time: try again in a while");
	int rc = merge_find(m, id, &old, err);
	if (rc != 1)
		return rc == 0 ? error_set(err, ERROR_NOT_FOUND, "the catalogue has no listing \"%s\"", uid) : -1;
	if (by_hash(m, SQL_FORGOTTEN_ADD, id, err) < 0)
		return -1;
	return remove_and_clear(m, &old, id, err);
}

int
catalogue_forget(struct catalogue *c, const char *uid, int64_t now_ms, struct error *err)
{
	struct run_result result = { .run = 0 };
	struct merge m = { .c = c, .result = &result, .at_ms = now_ms, .seen_ms = now_ms };
	if (step_begin(c, err) != 0)
		return -1;
	int rc = step_end(c, forget(&m, uid, err), err);
	merge_done(&m);
	return rc;
}

/* ---- and its undoing */

static int
remember(struct merge *m, const char *uid, struct error *err)
{
	struct text id;
	struct stored old;
	if (prepare(m, uid, &id, err) != 0)
		return -1;
	int rc = by_hash(m, SQL_FORGOTTEN_DROP, id, err);
	if (rc != 1)
		return rc == 0 ? error_set(err, ERROR_NOT_FOUND, "\"%s\" was not forgotten", uid) : -1;
	rc = merge_find(m, id, &old, err);
	if (rc < 0 || (rc == 1 && removal_evidence(m, old.row, "remembered", NULL, err) != 0))
		return -1;
	/* The next answer must be a whole one. */
	return by_row(m->c, SQL_VALIDATORS_DROP, m->p.id, err) != 0 ? -1 : by_row(m->c, SQL_WATERMARK_DROP, m->p.id, err);
}

int
catalogue_remember(struct catalogue *c, const char *uid, int64_t now_ms, struct error *err)
{
	struct merge m = { .c = c, .at_ms = now_ms, .seen_ms = now_ms };
	if (step_begin(c, err) != 0)
		return -1;
	int rc = step_end(c, remember(&m, uid, err), err);
	merge_done(&m);
	return rc;
}

/* ---- purging */

static int
purge_listings(struct merge *m, const struct purge *what, size_t *ret_n, struct error *err)
{
	struct rows due = { .n = 0 };
	int rc;
	struct query q = query(m->c, SQL_PURGE_DUE);
	bind_integer(&q, what->before_ms);
	bind_integer(&q, (int64_t)what->max);
	while ((rc = row(&q, err)) == 1)
		rows_add(&due, column_integer(&q, 0));
	for (size_t i = 0; rc == 0 && i < due.n; i++) {
		rc = clear_listing(m->c, due.list[i], m->at_ms, err);
		if (rc == 0)
			rc = removal_evidence(m, due.list[i], "purged", NULL, err);
	}
	*ret_n += due.n;
	free(due.list);
	return rc;
}

static int
purge(struct merge *m, const struct purge *what, size_t *ret_n, struct error *err)
{
	static const enum sql others[] = { SQL_PURGE_QUARANTINE, SQL_PURGE_MESSAGES };
	if (purge_listings(m, what, ret_n, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct query q = query(m->c, others[i]);
		bind_integer(&q, what->before_ms);
		bind_integer(&q, (int64_t)what->max);
		if (run(&q, err) != 0)
			return -1;
		*ret_n += (size_t)sqlite3_changes(m->c->db);
	}
	return *ret_n > 0 ? simple(m->c, SQL_FORGOTTEN_COUNT, err) : 0;
}

int
catalogue_purge(struct catalogue *c, const struct purge *what, size_t *ret_n, struct error *err)
{
	struct merge m = { .c = c, .at_ms = what->now_ms };
	size_t n = 0;
	if (step_begin(c, err) != 0)
		return -1;
	int rc = step_end(c, purge(&m, what, &n, err), err);
	*ret_n = rc == 0 ? n : 0;
	return rc;
}

int
catalogue_wipe(struct catalogue *c, struct error *err)
{
	c->wait_ms = WIPE_WAIT_MS;
	int rc = sqlite3_wal_checkpoint_v2(c->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	c->wait_ms = WAIT_MS;
	c->wal_pages = 0;
	if (rc == SQLITE_BUSY)
		return error_set(err, ERROR_BUSY, "%s: somebody reads for long", c->path);
	return rc == SQLITE_OK ? 0 : catalogue_fail(c, err, "emptying the log");
}
