/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first load: listings of a partner that has none, written while the run
 * still reads, so that reading and writing take two cores.
 *
 * partner.loading is not 0 as long as it lasts, and the views show nothing of
 * such a partner.  It is the number of the first text, which no other load has.
 * What is known at the end only is written then: the change log, from trace;
 * places, from the list below; changed_ms, as 0 with partner.loaded_ms.
 *
 * The list is in memory, so a load ends with its process: load_drop() clears
 * the rows that it left.
 */
#include "base/buf.h"
#include "catalogue/sqlite_merge.h"
#include "catalogue/sqlite_near.h"

struct load_row {
	uint32_t cell;
	bool placed, outside, gone;
};

struct load {
	struct load *next;
	int64_t partner_id;
	int64_t number;		/* partner.loading */
	struct load_row *rows;	/* row number i + 1 of the partner */
	size_t n, cap;
	struct stage *rejects;	/* NULL: none */
	uint64_t again;
	bool broken;		/* a step failed: the list and the tables may differ */
};

static struct load *
find_load(const struct catalogue *c, int64_t partner_id)
{
	struct load *l = c->loads;
	while (l != NULL && l->partner_id != partner_id)
		l = l->next;
	return l;
}

void
load_forget(struct catalogue *c, int64_t partner_id)
{
	struct load **at = &c->loads;
	while (*at != NULL && (*at)->partner_id != partner_id)
		at = &(*at)->next;
	struct load *l = *at;
	if (l == NULL)
		return;
	*at = l->next;
	stage_free(l->rejects);
	free(l->rows);
	free(l);
}

void
loads_done(struct catalogue *c)
{
	while (c->loads != NULL)
		load_forget(c, c->loads->partner_id);
}

static int
set_loading(struct catalogue *c, int64_t partner_id, int64_t number, struct error *err)
{
	struct query q = query(c, SQL_PARTNER_LOADING);
	bind_integer(&q, number);
	bind_integer(&q, partner_id);
	return run(&q, err);
}

static int
drop_rows(struct catalogue *c, enum sql sql, int64_t from, int64_t to, struct error *err)
{
	struct query q = query(c, sql);
	bind_integer(&q, from);
	bind_integer(&q, to);
	return run(&q, err);
}

int
load_drop(struct catalogue *c, const struct partner_row *p, struct error *err)
{
	int64_t base = p->id << ROW_BITS;
	load_forget(c, p->id);
	if (p->loading == 0)
		return 0;
	if (drop_rows(c, SQL_LISTING_DROP, base, base + KNOWN_ROW_END, err) != 0 ||
	    drop_rows(c, SQL_TRACE_DROP, base, base + KNOWN_ROW_END, err) != 0)
		return -1;
	return set_loading(c, p->id, 0, err);
}

/* ---- a segment */

void
load_note(struct merge *m, int64_t row, const struct listing *l)
{
	struct load *load = m->load;
	size_t i = (size_t)(row - m->base - 1);
	int64_t cell = near_cell(l->real[LISTING_LATITUDE], l->real[LISTING_LONGITUDE]);
	if (i == load->cap) {
		load->cap = load->cap * 2 + 1024;
		load->rows = xrealloc(load->rows, load->cap, sizeof *load->rows);
	}
	if (i == load->n)
		load->n++;
	else
		m->outside -= load->rows[i].outside;
	load->rows[i] = (struct load_row){ .cell = (uint32_t)(cell < 0 ? 0 : cell), .placed = cell >= 0,
		.outside = l->place == LISTING_OUTSIDE };
	m->outside += load->rows[i].outside;
}

int
load_reject(struct merge *m, const struct stage_entry *e, struct error *err)
{
	return stage_reject(m->load->rejects, e, err);
}

static int
lost(const struct merge *m, struct error *err)
{
	return error_set(err, ERROR_CATALOGUE, "%s: a part of what was loaded for « %s » is lost after an earlier failure",
	    m->c->path, m->report->partner);
}

/* What the tables say must be what the list says. */
static int
check_load(const struct merge *m, const struct load *load, struct error *err)
{
	bool same = load != NULL && !load->broken && load->number == m->p.loading &&
	    m->next_row == m->base + 1 + (int64_t)load->n;
	return same ? 0 : lost(m, err);
}

static int
start_load(struct merge *m, const struct stage *segment, struct error *err)
{
	if (find_load(m->c, m->p.id) != NULL)
		return lost(m, err);
	if (m->next_row != m->base + 1)
		return error_set(err, ERROR_CATALOGUE, "%s: partner « %s » has listings already", m->c->path,
		    m->report->partner);
	struct load *load = xcalloc(1, sizeof *load);
	load->partner_id = m->p.id;
	load->number = m->p.loading = m->next_text;
	load->rejects = stage_new(stage_dir(segment));
	load->next = m->c->loads;
	m->c->loads = load;
	return set_loading(m->c, m->p.id, load->number, err);
}

static int
preload(struct merge *m, struct stage *segment, struct error *err)
{
	if (partner_get(m->c, m->report->partner, &m->p, err) != 0)
		return -1;
	m->base = m->p.id << ROW_BITS;
	if (merge_numbers(m, err) != 0 || (m->p.loading == 0 && start_load(m, segment, err) != 0))
		return -1;
	struct load *load = find_load(m->c, m->p.id);
	if (check_load(m, load, err) != 0)
		return -1;
	m->load = load;
	m->first_row = m->base + 1;
	load->broken = merge_stage(m, segment, err) != 0;
	load->again += m->again;
	return load->broken ? -1 : 0;
}

int
catalogue_run_preload(struct catalogue *c, const struct run_report *report, struct stage *segment,
    struct error *err)
{
	struct run_result unused = { .run = 0 };
	struct merge m = { .c = c, .report = report, .result = &unused, .preloading = true,
		.seen_ms = report->started_ms, .unnamed_ms = TIME_NONE };
	if (step_begin(c, err) != 0)
		return -1;
	int rc = step_end(c, preload(&m, segment, err), err);
	merge_done(&m);
	return rc;
}

/* ---- the end of the run */

bool
load_under_way(const struct catalogue *c, const struct partner_row *p)
{
	return p->loading != 0 || find_load(c, p->id) != NULL;
}

int
load_adopt(struct merge *m, struct error *err)
{
	struct load *load = find_load(m->c, m->p.id);
	if (check_load(m, load, err) != 0)
		return -1;
	m->load = load;
	m->first_row = m->base + 1;
	for (size_t i = 0; i < load->n; i++) {
		rowset_add(&m->present, (uint32_t)i + 1);
		m->outside += load->rows[i].outside;
	}
	m->again += load->again;
	m->result->added = load->n;
	m->listing_count += (int64_t)load->n;
	return 0;
}

int
load_withdraw(struct merge *m, int64_t row, struct error *err)
{
	struct load_row *r = &m->load->rows[row - m->base - 1];
	r->gone = true;
	m->outside -= r->outside;
	m->result->added--;
	m->listing_count--;
	if (drop_rows(m->c, SQL_LISTING_DROP, row, row, err) != 0)
		return -1;
	return drop_rows(m->c, SQL_TRACE_DROP, row, row, err);
}

int
load_end(struct merge *m, struct error *err)
{
	const struct load *load = m->load;
	if (merge_stage(m, load->rejects, err) != 0)
		return -1;
	for (size_t i = 0; i < load->n; i++) {
		const struct load_row *r = &load->rows[i];
		if (r->placed && !r->gone && merge_spot(m, m->base + 1 + (int64_t)i, r->cell, err) != 0)
			return -1;
	}
	struct query q = query(m->c, SQL_PARTNER_LOADED);
	bind_integer(&q, m->at_ms);
	bind_integer(&q, m->p.id);
	return run(&q, err);
}
