/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/sqlite_roster.h"

#include "base/buf.h"
#include "catalogue/sqlite_catalogue.h"

static void
forget(struct roster *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct roster_partner *p = &r->list[i];
		free(p->partner);
		free(p->name);
		free(p->website);
		free(p->verdict);
	}
	r->n = 0;
	r->turned_ms = TIME_NONE;
	r->known = false;
}

void
roster_done(struct roster *r)
{
	forget(r);
	free(r->list);
	*r = (struct roster){ .n = 0 };
}

static void
add(struct roster *r, const struct query *q)
{
	/* A power of two: it is full. */
	if ((r->n & (r->n - 1)) == 0)
		r->list = xrealloc(r->list, r->n > 0 ? r->n * 2 : 1, sizeof *r->list);
	r->list[r->n++] = (struct roster_partner){
		.id = column_integer(q, 0), .partner = column_copy(q, 1), .name = column_copy(q, 2), .website = column_copy(q, 3),
		.verdict = column_copy(q, 4), .withdrawn = column_integer(q, 5) != 0, .loading = column_integer(q, 6) != 0,
		.loaded_ms = column_time(q, 7), .withdrawn_ms = column_time(q, 8),
	};
	int64_t turned_ms = column_time(q, 9);
	if (turned_ms > r->turned_ms)
		r->turned_ms = turned_ms;
}

static int
read_partners(struct catalogue *c, struct error *err)
{
	int rc;
	forget(&c->roster);
	struct query q = query(c, SQL_ROSTER);
	while ((rc = row(&q, err)) == 1)
		add(&c->roster, &q);
	return rc;
}

/* It moves when others commit; what this handle writes itself does not move it. */
static int
read_number(struct catalogue *c, enum sql sql, int64_t *ret, struct error *err)
{
	struct query q = query(c, sql);
	if (row(&q, err) != 1)
		return -1;
	*ret = column_integer(&q, 0);
	finish(&q);
	return 0;
}

static int
read_stamp(struct catalogue *c, struct catalogue_stamp *ret, struct error *err)
{
	struct query q = query(c, SQL_STAMP);
	if (row(&q, err) != 1)
		return -1;
	*ret = (struct catalogue_stamp){ .change = column_integer(&q, 0), .turn = column_integer(&q, 1),
		.at_ms = column_time(&q, 2) };
	finish(&q);
	return 0;
}

/* Without an index, or with one that cannot be read, all else goes on. */
static void
look_at_index(struct catalogue *c)
{
	struct roster *r = &c->roster;
	int64_t version, found;
	if (!c->search || index_attach(c, NULL) != 0 || !c->attached ||
	    read_number(c, SQL_SEARCH_VERSION, &version, NULL) != 0)
		return;
	if (r->known && c->read_only && version == r->texts_version)
		return;
	if (read_number(c, SQL_INDEX_STATE, &found, NULL) == 0) {
		r->texts_version = version;
		r->stamp.found = found;
	}
}

int
roster_read(struct catalogue *c, struct error *err)
{
	struct roster *r = &c->roster;
	struct catalogue_stamp stamp;
	int64_t data_version;
	look_at_index(c);
	if (read_number(c, SQL_DATA_VERSION, &data_version, err) != 0)
		return -1;
	if (r->known && c->read_only && data_version == r->data_version)
		return 0;
	if (read_stamp(c, &stamp, err) != 0)
		return -1;
	/* A writer may have taken back what it read. */
	if ((!r->known || !c->read_only || stamp.turn != r->stamp.turn) && read_partners(c, err) != 0)
		return -1;
	stamp.found = r->stamp.found;
	stamp.at_ms = stamp.at_ms > r->turned_ms ? stamp.at_ms : r->turned_ms;
	r->stamp = stamp;
	r->data_version = data_version;
	r->known = true;
	return 0;
}

bool
catalogue_stamp_same(const struct catalogue_stamp *a, const struct catalogue_stamp *b)
{
	return a->change == b->change && a->turn == b->turn && a->found == b->found;
}

int
catalogue_stamp(struct catalogue *c, struct catalogue_stamp *ret, struct error *err)
{
	if (roster_read(c, err) != 0)
		return -1;
	*ret = c->roster.stamp;
	return 0;
}

const struct roster_partner *
roster_find(const struct roster *r, int64_t id)
{
	size_t low = 0, high = r->n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (r->list[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->n && r->list[low].id == id ? &r->list[low] : NULL;
}

const struct roster_partner *
roster_named(const struct roster *r, const char *partner)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->list[i].partner, partner) == 0)
			return &r->list[i];
	return NULL;
}
