/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the stage into the tables.
 *
 * Batches are read from the last to the first and sorted by identifier, so
 * that the first entry met of an identifier is the last that was emitted: it
 * decides, what comes after it is skipped.  An identifier whose stored item
 * was seen unchanged (known) and which was emitted again with other contents
 * occurs twice in the partner's answer: the stored one stays, otherwise the two
 * would take turns in the catalogue for ever.
 */
#include "catalogue/sqlite_merge.h"

#include <assert.h>
#include <inttypes.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/log.h"
#include "catalogue/sqlite_near.h"

enum { SPOTS_MAX = 1 << 16 };

struct incoming {		/* a staged listing on its way in */
	const struct stage_entry *entry;
	struct listing l;
	int64_t content;
};

struct key {			/* of a staged entry, to sort by */
	struct text id;
	uint64_t prefix;
	const struct stage_entry *entry;
};

void
rows_add(struct rows *r, int64_t row)
{
	if (r->n == r->cap) {
		r->cap = r->cap * 2 + 64;
		r->list = xrealloc(r->list, r->cap, sizeof *r->list);
	}
	r->list[r->n++] = row;
}

void
merge_done(struct merge *m)
{
	rowset_done(&m->same);
	rowset_done(&m->present);
	rowset_done(&m->decided);
	rowset_done(&m->was_missing);
	idset_done(&m->withdrawn);
	free(m->tombstones.list);
	free(m->spots);
	free(m->bad);
}

static uint32_t
local(const struct merge *m, int64_t row)
{
	return (uint32_t)(row - m->base);
}

bool
merge_saw(const struct merge *m, int64_t row)
{
	return rowset_has(&m->same, local(m, row)) || rowset_has(&m->present, local(m, row));
}

int
merge_log(struct merge *m, int64_t row, enum change_op op, struct error *err)
{
	struct query q = query(m->c, SQL_CHANGE_ADD);
	bind_integer(&q, m->next_change++);
	bind_integer(&q, m->at_ms);
	bind_time(&q, m->run != 0 ? m->run : TIME_NONE);
	bind_integer(&q, row);
	bind_integer(&q, op);
	return run(&q, err);
}

/* ---- places */

static int
compare_spots(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;
	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Sorted, because inserting at random places of an index is what costs. */
static int
flush_spots(struct merge *m, struct error *err)
{
	if (m->n_spots > 1)
		qsort(m->spots, m->n_spots, sizeof *m->spots, compare_spots);
	for (size_t i = 0; i < m->n_spots; i++) {
		struct query q = query(m->c, SQL_PLACE_ADD);
		bind_integer(&q, m->spots[i].cell);
		bind_integer(&q, m->spots[i].row);
		if (run(&q, err) != 0)
			return -1;
	}
	m->n_spots = 0;
	return 0;
}

int
merge_spot(struct merge *m, int64_t row, int64_t cell, struct error *err)
{
	if (cell < 0 || m->unplaced)
		return 0;
	if (m->n_spots == SPOTS_MAX && flush_spots(m, err) != 0)
		return -1;
	if (m->spots == NULL)
		m->spots = xmalloc(SPOTS_MAX * sizeof *m->spots);
	m->spots[m->n_spots++] = (struct spot){ cell, row };
	return 0;
}

static int64_t
listing_cell(const struct listing *l)
{
	return near_cell(l->real[LISTING_LATITUDE], l->real[LISTING_LONGITUDE]);
}

static int
move_spot(struct merge *m, int64_t row, int64_t from, int64_t to, struct error *err)
{
	if (from == to)
		return 0;
	if (from >= 0) {
		struct query q = query(m->c, SQL_PLACE_DROP);
		bind_integer(&q, from);
		bind_integer(&q, row);
		if (run(&q, err) != 0)
			return -1;
	}
	return merge_spot(m, row, to, err);
}

/* ---- texts */

static int
flush_texts(struct merge *m, struct error *err)
{
	if (m->texts.n == 0)
		return 0;
	struct query q = query(m->c, SQL_TEXT_ADD);
	bind_integer(&q, m->texts.first);
	bind_integer(&q, m->texts.row);
	bind_integer(&q, m->texts.n);
	m->texts.n = 0;
	m->c->index_due = true;
	return run(&q, err);
}

/* A number that no text has had, for the one that the row gets now: the full-text index will ask for it. */
static int
number_text(struct merge *m, int64_t row, int64_t *ret, struct error *err)
{
	if (row != m->texts.row + m->texts.n && flush_texts(m, err) != 0)
		return -1;
	if (m->texts.n == 0)
		m->texts = (struct text_batch){ .first = m->next_text, .row = row };
	m->texts.n++;
	*ret = m->next_text++;
	return 0;
}

/* ---- one listing */

/* Everything but the identifier, which comes first. */
static void
bind_listing(struct query *q, const struct listing *l)
{
	for (size_t i = LISTING_EXTERNAL_ID + 1; i < LISTING_TEXTS; i++)
		bind_text(q, l->text[i]);
	for (size_t i = 0; i < LISTING_INTEGERS; i++)
		bind_time(q, l->integer[i]);	/* LISTING_NO_INTEGER is TIME_NONE */
	for (size_t i = 0; i < LISTING_REALS; i++)
		bind_real(q, l->real[i]);
	bind_integer(q, l->place);
	bind_integer(q, l->published);
}

static_assert(LISTING_EXTERNAL_ID == 0, "bind_listing starts after it");
static_assert(LISTING_NO_INTEGER == TIME_NONE, "bind_time binds « no integer »");

static int
insert_listing(struct merge *m, const struct incoming *in, bool *ret_added, struct error *err)
{
	struct query q = query(m->c, SQL_LISTING_ADD);
	bind_integer(&q, m->next_row);
	bind_integer(&q, m->p.id);
	bind_text(&q, in->l.text[LISTING_EXTERNAL_ID]);
	bind_listing(&q, &in->l);
	bind_integer(&q, m->seen_ms);
	bind_integer(&q, m->at_ms);
	if (run(&q, err) != 0)
		return -1;
	*ret_added = sqlite3_changes(m->c->db) > 0;
	return 0;
}

static int
place_added(struct merge *m, const struct listing *l, struct error *err)
{
	if (m->load != NULL) {
		load_note(m, m->next_row, l);
		return 0;
	}
	m->outside += l->place == LISTING_OUTSIDE;
	return merge_spot(m, m->next_row, listing_cell(l), err);
}

/* *ret_added stays false when the identifier has a row already. */
static int
add_listing(struct merge *m, const struct incoming *in, bool *ret_added, struct error *err)
{
	bool added;
	int64_t text;
	if (m->next_row - m->base >= KNOWN_ROW_END)
		return error_set(err, ERROR_LIMIT, "partner « %s » has had too many listings", m->report->partner);
	if (insert_listing(m, in, &added, err) != 0)
		return -1;
	if (!added)
		return 0;
	if (number_text(m, m->next_row, &text, err) != 0)
		return -1;
	struct query q = query(m->c, SQL_TRACE_ADD);
	bind_integer(&q, m->next_row);
	bind_integer(&q, (int64_t)in->entry->hash.low);
	bind_integer(&q, (uint32_t)in->entry->hash.high);
	bind_integer(&q, in->content);
	bind_integer(&q, m->seen_ms);
	bind_integer(&q, text);
	if (run(&q, err) != 0 || place_added(m, &in->l, err) != 0)
		return -1;
	rowset_add(&m->decided, local(m, m->next_row));
	rowset_add(&m->present, local(m, m->next_row));
	m->next_row++;
	m->result->added++;
	m->listing_count++;
	*ret_added = true;
	return 0;
}

static bool
same_text(struct text a, struct text b)
{
	return (a.s == NULL) == (b.s == NULL) && a.len == b.len && (a.len == 0 || memcmp(a.s, b.s, a.len) == 0);
}

struct differences {		/* between what is stored and what comes in */
	bool text;		/* in what the full-text index holds */
	int64_t old_cell;
	bool was_outside, was_published;
};

static int
compare_stored(struct merge *m, const struct incoming *in, const struct stored *old, struct differences *ret,
    struct error *err)
{
	struct query q = query(m->c, SQL_LISTING_OLD);
	bind_integer(&q, old->row);
	int rc = row(&q, err);
	if (rc != 1)
		return rc == 0 ? error_set(err, ERROR_CATALOGUE, "%s: a trace without its listing", m->c->path) : -1;
	ret->text = !same_text(column_text(&q, 0), in->l.text[LISTING_TITLE]) ||
	    !same_text(column_text(&q, 1), in->l.text[LISTING_DESCRIPTION]) ||
	    !same_text(column_text(&q, 2), in->l.text[LISTING_LOCALITY]);
	ret->old_cell = near_cell(column_real(&q, 3), column_real(&q, 4));
	ret->was_outside = column_integer(&q, 5) == LISTING_OUTSIDE;
	ret->was_published = column_integer(&q, 6) != 0;
	finish(&q);
	return 0;
}

static int
write_changed(struct merge *m, const struct incoming *in, int64_t row_number, int64_t text, struct error *err)
{
	struct query q = query(m->c, SQL_LISTING_UPDATE);
	bind_listing(&q, &in->l);
	bind_integer(&q, m->at_ms);
	bind_integer(&q, row_number);
	if (run(&q, err) != 0)
		return -1;
	q = query(m->c, SQL_TRACE_UPDATE);
	bind_integer(&q, (int64_t)in->entry->hash.low);
	bind_integer(&q, (uint32_t)in->entry->hash.high);
	bind_integer(&q, in->content);
	bind_integer(&q, m->seen_ms);
	bind_integer(&q, text);
	bind_integer(&q, row_number);
	return run(&q, err);
}

static enum change_op
change_of(const struct stored *old, const struct differences *d, const struct listing *now)
{
	if (!old->present)
		return CHANGE_RESTORED;
	return now->published == d->was_published ? CHANGE_CHANGED : now->published ? CHANGE_PUBLISHED : CHANGE_WITHDRAWN;
}

/* Changed, or brought back: the text of a removed listing is not found, and may have been forgotten. */
static int
update_listing(struct merge *m, const struct incoming *in, const struct stored *old, struct error *err)
{
	struct differences d = { .old_cell = -1 };
	int64_t text = old->text;
	if (compare_stored(m, in, old, &d, err) != 0)
		return -1;
	if ((!old->present || d.text) && number_text(m, old->row, &text, err) != 0)
		return -1;
	if (write_changed(m, in, old->row, text, err) != 0 ||
	    merge_log(m, old->row, change_of(old, &d, &in->l), err) != 0 ||
	    move_spot(m, old->row, d.old_cell, listing_cell(&in->l), err) != 0)
		return -1;
	m->outside += (in->l.place == LISTING_OUTSIDE) - (old->present && d.was_outside);
	if (old->present) {
		m->result->changed++;
		return 0;
	}
	m->result->restored++;
	m->listing_count++;
	return removal_evidence(m, old->row, "restored", NULL, err);
}

int
merge_find(struct merge *m, struct text id, struct stored *ret, struct error *err)
{
	struct query q = query(m->c, SQL_LISTING_FIND);
	bind_integer(&q, m->p.id);
	bind_text(&q, id);
	int rc = row(&q, err);
	if (rc != 1)
		return rc;
	ret->row = column_integer(&q, 0);
	ret->content = column_integer(&q, 1);
	ret->present = column_integer(&q, 2) != 0;
	ret->text = column_integer(&q, 3);
	finish(&q);
	return 1;
}

/* The same listing from other bytes. */
static int
write_hash(struct merge *m, const struct incoming *in, int64_t row_number, struct error *err)
{
	struct query q = query(m->c, SQL_TRACE_HASH);
	bind_integer(&q, (int64_t)in->entry->hash.low);
	bind_integer(&q, (uint32_t)in->entry->hash.high);
	bind_integer(&q, m->seen_ms);
	bind_integer(&q, row_number);
	return run(&q, err);
}

/* It has come in this run already.  A feed of changes may have a listing twice, and the last one is right. */
static void
note_again(struct merge *m, const struct incoming *in, const struct stored *old)
{
	struct run_result *r = m->result;
	struct buf id = BUF_INIT;
	if (old->content == in->content) {
		m->again++;
		return;
	}
	if (!m->report->removal.snapshot || m->report->changes || r->clashes++ > 0)
		return;
	text_escape(&id, in->l.text[LISTING_EXTERNAL_ID].s, in->l.text[LISTING_EXTERNAL_ID].len, sizeof r->clash - 1);
	(void)snprintf(r->clash, sizeof r->clash, "%s", buf_cstr(&id));
	buf_done(&id);
}

/* A later emission of what this run has loaded: still one listing, added. */
static int
merge_loaded(struct merge *m, const struct incoming *in, const struct stored *old, struct error *err)
{
	note_again(m, in, old);
	if (rowset_has(&m->decided, local(m, old->row)))
		return 0;
	rowset_add(&m->decided, local(m, old->row));
	if (old->content == in->content)
		return write_hash(m, in, old->row, err);
	int64_t text;
	if (number_text(m, old->row, &text, err) != 0)
		return -1;
	load_note(m, old->row, &in->l);
	return write_changed(m, in, old->row, text, err);
}

static int
merge_stored(struct merge *m, const struct incoming *in, const struct stored *old, struct error *err)
{
	uint32_t number = local(m, old->row);
	if (merge_saw(m, old->row))
		note_again(m, in, old);
	if (rowset_has(&m->decided, number))
		return 0;
	rowset_add(&m->decided, number);
	if (old->present && rowset_has(&m->same, number))
		return 0;	/* twice in the answer: the stored one stays */
	rowset_add(&m->present, number);
	if (!old->present || old->content != in->content)
		return update_listing(m, in, old, err);
	return write_hash(m, in, old->row, err);
}

static uint64_t
hash_id(const struct merge *m, struct text id)
{
	return XXH3_64bits_withSeed(id.s, id.len, (uint64_t)m->seen_ms);
}

static int
merge_listing(struct merge *m, const struct stage_entry *e, struct error *err)
{
	struct incoming in = { .entry = e, .content = (int64_t)XXH3_64bits(e->flat.s, e->flat.len) };
	struct stored old;
	bool added = false;
	if (listing_unflatten(e->flat.s, e->flat.len, &in.l) != 0)
		return error_set(err, ERROR_CATALOGUE, "%s: a staged listing is damaged", m->c->path);
	struct text id = in.l.text[LISTING_EXTERNAL_ID];
	if (m->n_bad > 0)
		quarantine_emitted(m, e->hash);
	if (m->withdrawn.n > 0 && idset_has(&m->withdrawn, hash_id(m, id)))
		return 0;	/* a later tombstone has the last word */
	int forgotten = forget_has(m, id, err);
	if (forgotten != 0)
		return forgotten < 0 ? -1 : 0;
	/* On a first synchronisation nearly all are new: try that first. */
	bool first = m->first_row == m->base + 1;
	if (first && (add_listing(m, &in, &added, err) != 0 || added))
		return added ? 0 : -1;
	int rc = merge_find(m, id, &old, err);
	if (rc < 0)
		return -1;
	if (rc == 1)
		return m->load != NULL ? merge_loaded(m, &in, &old, err) : merge_stored(m, &in, &old, err);
	return add_listing(m, &in, &added, err);
}

static int
merge_tombstone(struct merge *m, struct text id, struct error *err)
{
	struct stored old;
	int rc = merge_find(m, id, &old, err);
	if (rc < 0)
		return -1;
	if (rc == 0) {
		idset_add(&m->withdrawn, hash_id(m, id));
		return 0;
	}
	if (rowset_has(&m->decided, local(m, old.row)))
		return 0;
	rowset_add(&m->decided, local(m, old.row));
	if (m->load != NULL) {
		idset_add(&m->withdrawn, hash_id(m, id));
		return load_withdraw(m, old.row, err);
	}
	if (old.present)
		rows_add(&m->tombstones, old.row);
	return 0;
}

int
merge_decided(struct merge *m, struct text id, struct error *err)
{
	struct stored old;
	if (idset_has(&m->withdrawn, hash_id(m, id)))
		return 1;
	int rc = merge_find(m, id, &old, err);
	return rc == 1 ? rowset_has(&m->decided, local(m, old.row)) : rc;
}

/* ---- a batch */

static uint64_t
prefix_of(struct text id)
{
	unsigned char bytes[8] = { 0 };
	uint64_t v = 0;
	memcpy(bytes, id.s, id.len < sizeof bytes ? id.len : sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		v = v << 8 | bytes[i];
	return v;
}

/* By identifier; of the same one, the last emitted first. */
static int
compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	int order = memcmp(x->id.s, y->id.s, x->id.len < y->id.len ? x->id.len : y->id.len);
	if (order != 0)
		return order;
	if (x->id.len != y->id.len)
		return x->id.len < y->id.len ? -1 : 1;
	return (x->entry < y->entry) - (x->entry > y->entry);
}

static struct key
key_of(const struct stage_entry *e)
{
	struct text id = e->kind == STAGE_LISTING ? listing_flat_id(e->flat.s, e->flat.len) : e->external_id;
	if (id.s == NULL)
		id = (struct text){ "", 0 };
	return (struct key){ .id = id, .prefix = prefix_of(id), .entry = e };
}

static int
merge_entry(struct merge *m, const struct stage_entry *e, struct error *err)
{
	switch (e->kind) {
	case STAGE_LISTING:
		return merge_listing(m, e, err);
	case STAGE_TOMBSTONE:
		if (m->preloading)
			return error_set(err, ERROR_CATALOGUE, "a withdrawal cannot be preloaded");
		return merge_tombstone(m, e->external_id, err);
	case STAGE_REJECT:
		return m->preloading ? load_reject(m, e, err) : quarantine_add(m, e, err);
	}
	return error_set(err, ERROR_CATALOGUE, "%s: a staged entry is damaged", m->c->path);
}

static int
merge_batch(struct merge *m, const struct stage_entry *list, size_t n, struct error *err)
{
	struct key *keys = xmalloc(n * sizeof *keys);
	int rc = 0;
	for (size_t i = 0; i < n; i++)
		keys[i] = key_of(&list[i]);
	if (n > 1)
		qsort(keys, n, sizeof *keys, compare_keys);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = merge_entry(m, keys[i].entry, err);
	free(keys);
	return rc;
}

/* Every row from first_row on was added by this run. */
int
merge_added(struct merge *m, struct error *err)
{
	if (flush_spots(m, err) != 0)
		return -1;
	if (m->next_row == m->first_row)
		return 0;
	struct query q = query(m->c, SQL_CHANGES_ADDED);
	bind_integer(&q, m->next_change - m->first_row);
	bind_integer(&q, m->at_ms);
	bind_integer(&q, m->run);
	bind_integer(&q, m->first_row);
	bind_integer(&q, m->next_row - 1);
	m->next_change += m->next_row - m->first_row;
	return run(&q, err);
}

int
merge_stage(struct merge *m, struct stage *stage, struct error *err)
{
	for (size_t i = stage_batches(stage); i-- > 0;) {
		const struct stage_entry *list;
		size_t n;
		if (stage_batch(stage, i, &list, &n, err) != 0 || merge_batch(m, list, n, err) != 0)
			return -1;
	}
	return flush_texts(m, err);
}
