/* SPDX-License-Identifier: Apache-2.0 */
/* The statements that readings read rows with, and what a row of theirs says. */
#include <math.h>

#include "base/buf.h"
#include "catalogue/sqlite_reading.h"

/* ---- a row: it is read within a function of SQL, where a value is had without asking first whose turn it is */

static int64_t
integer_value(sqlite3_value *v)
{
	return sqlite3_value_type(v) == SQLITE_NULL ? LISTING_NO_INTEGER : sqlite3_value_int64(v);
}

static double
real_value(sqlite3_value *v)
{
	return sqlite3_value_type(v) == SQLITE_NULL ? (double)NAN : sqlite3_value_double(v);
}

static struct text
text_value(sqlite3_value *v)
{
	const char *s = (const char *)sqlite3_value_text(v);
	return (struct text){ s, s != NULL ? (size_t)sqlite3_value_bytes(v) : 0 };
}

static struct text
text_of(const char *s)
{
	return (struct text){ s, s != NULL ? strlen(s) : 0 };
}

/* As the view `listings` has it. */
static int64_t
changed_ms(const struct roster_partner *p, const struct listing_row *r, int64_t own_ms)
{
	int64_t ms = own_ms != 0 ? own_ms : p->loaded_ms;
	bool with_partner = r->listing.published && (r->removed_ms == TIME_NONE || r->removed_ms > p->withdrawn_ms);
	return with_partner && p->withdrawn_ms > ms ? p->withdrawn_ms : ms;
}

void
reading_function(sqlite3_context *context, int n, sqlite3_value **v)
{
	struct catalogue *c = sqlite3_user_data(context);
	struct listing_row *r = &c->read;
	(void)n;
	r->row = sqlite3_value_int64(*v++);
	const struct roster_partner *p = roster_find(&c->roster, r->row >> ROW_BITS);
	sqlite3_result_int(context, p != NULL && !p->loading);
	if (p == NULL || p->loading)
		return;
	for (size_t i = 0; i < LISTING_TEXTS; i++)
		r->listing.text[i] = text_value(*v++);
	for (size_t i = 0; i < LISTING_INTEGERS; i++)
		r->listing.integer[i] = integer_value(*v++);
	for (size_t i = 0; i < LISTING_REALS; i++)
		r->listing.real[i] = real_value(*v++);
	r->listing.place = (enum listing_place)sqlite3_value_int(*v++);
	r->listing.published = sqlite3_value_int(*v++) != 0;
	r->first_seen_ms = integer_value(*v++);
	int64_t own_ms = integer_value(*v++);
	r->removed_ms = integer_value(*v++);
	r->changed_ms = changed_ms(p, r, own_ms);
	r->listing.published = r->listing.published && !p->withdrawn;
	r->partner = text_of(p->partner);
	r->partner_name = text_of(p->name);
	r->partner_website = text_of(p->website);
	r->verdict = text_of(p->verdict);
}

bool
reading_row(const struct catalogue *c, sqlite3_stmt *st, struct listing_row *ret)
{
	if (sqlite3_column_int(st, 0) == 0)
		return false;
	*ret = c->read;
	return true;
}

/* ---- statements */

sqlite3_stmt *
reader_take(struct catalogue *c, enum reader reader, struct error *err)
{
	sqlite3_stmt *st = c->readers[reader];
	c->readers[reader] = NULL;
	if (st == NULL && sqlite3_prepare_v3(c->db, reader_sql[reader], -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK)
		catalogue_fail(c, err, "read listings");
	return st;
}

void
reader_give(struct catalogue *c, enum reader reader, sqlite3_stmt *st)
{
	if (st == NULL)
		return;
	/* What a step had to say, it has said. */
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
	if (c->readers[reader] == NULL)
		c->readers[reader] = st;
	else
		(void)sqlite3_finalize(st);
}

void
readers_done(struct catalogue *c)
{
	for (size_t i = 0; i < READERS; i++) {
		(void)sqlite3_finalize(c->readers[i]);
		c->readers[i] = NULL;
	}
}

static int
set_text(sqlite3_stmt *st, int at, const char *s)
{
	return s == NULL ? SQLITE_OK : sqlite3_bind_text(st, at, s, -1, SQLITE_TRANSIENT);
}

static int
set_real(sqlite3_stmt *st, int at, double value)
{
	return isnan(value) ? SQLITE_OK : sqlite3_bind_double(st, at, value);
}

static int
set_integer(sqlite3_stmt *st, int at, int64_t value, int64_t none)
{
	return value == none ? SQLITE_OK : sqlite3_bind_int64(st, at, value);
}

static int
set_box(sqlite3_stmt *st, const struct box *b)
{
	if (b == NULL)
		return SQLITE_OK;
	int rc = sqlite3_bind_double(st, PARAMETER_WEST, b->west);
	rc = rc == SQLITE_OK ? sqlite3_bind_double(st, PARAMETER_SOUTH, b->south) : rc;
	rc = rc == SQLITE_OK ? sqlite3_bind_double(st, PARAMETER_EAST, b->east) : rc;
	return rc == SQLITE_OK ? sqlite3_bind_double(st, PARAMETER_NORTH, b->north) : rc;
}

/* What is not bound is null: no test. */
int
reader_test(struct catalogue *c, sqlite3_stmt *st, const struct reading_filter *f, struct error *err)
{
	int rc[] = {
		sqlite3_bind_int(st, PARAMETER_REMOVED, f->removed),
		set_text(st, PARAMETER_KIND, f->kind),
		set_text(st, PARAMETER_EXTERNAL_ID, f->external_id),
		set_box(st, f->box),
		set_integer(st, PARAMETER_FROM, f->from_ms, TIME_NONE),
		set_integer(st, PARAMETER_TO, f->to_ms, TIME_NONE),
		set_integer(st, PARAMETER_CAPACITY, f->capacity_min, 0),
		set_real(st, PARAMETER_PRICE_MIN, f->price_min),
		set_real(st, PARAMETER_PRICE_MAX, f->price_max),
	};
	for (size_t i = 0; i < sizeof rc / sizeof rc[0]; i++)
		if (rc[i] != SQLITE_OK)
			return catalogue_fail(c, err, "read listings");
	return 0;
}
