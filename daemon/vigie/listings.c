/* SPDX-License-Identifier: Apache-2.0 */
/* vigie listings: what the partners offer. */
#include <math.h>

#include "base/buf.h"
#include "base/num.h"
#include "vigie/reader.h"

enum { SHOWN_MAX = 50, NEAR_NUMBERS = 3 };

static const double km_max = 20040;	/* half way round the earth */

static const struct table_column columns[] = {
	{ .heading = "UID", .least = 20 },
	{ .heading = "KIND", .spare = 2 },
	{ .heading = "TITLE", .least = 20 },
	{ .heading = "LOCALITY", .least = 10, .spare = 1 },
	{ .heading = "PRICE", .number = true },
	{ .heading = "DISTANCE", .number = true },	/* only with --near */
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* ---- filters */

static int
read_near(const char *text, struct catalogue_filter *f, struct error *err)
{
	double numbers[NEAR_NUMBERS];
	size_t n = 0;
	for (const char *p = text; n < NEAR_NUMBERS; n++) {
		p += strspn(p, " ");
		size_t len = strcspn(p, n < NEAR_NUMBERS - 1 ? "," : "");
		if (num_double(p, len, &numbers[n]) != 0)
			break;
		p += len;
		p += *p == ',';
	}
	if (n != NEAR_NUMBERS)
		return error_set(err, ERROR_USAGE, "--near takes LAT,LON,KM with decimal points, such as "
		    "44.5,0.166,10, not \"%s\"", text);
	if (fabs(numbers[0]) > 90 || fabs(numbers[1]) > 180)
		return error_set(err, ERROR_USAGE, "--near takes the latitude (-90 to 90) first, then the longitude "
		    "(-180 to 180), not \"%s\"", text);
	if (numbers[2] <= 0 || numbers[2] > km_max)
		return error_set(err, ERROR_USAGE, "--near ends with kilometres, more than 0 and at most %.0f, not \"%s\"",
		    km_max, text);
	f->near_lat = numbers[0];
	f->near_lon = numbers[1];
	f->near_km = numbers[2];
	return 0;
}

static int
read_filter(const struct invocation *in, struct catalogue_filter *f, struct error *err)
{
	f->partner = in->partner;
	f->kind = in->kind;
	f->search = in->search;
	if (in->kind != NULL && reader_check_kind(in->kind, err) != 0)
		return -1;
	return in->near != NULL ? read_near(in->near, f, err) : 0;
}

/* ---- the table */

static void
add_price(struct table *t, const struct catalogue_cursor *q)
{
	struct buf text = BUF_INIT;
	if (*row_text(q, "price_minor") != '\0')
		words_price(&text, row_integer(q, "price_minor"), row_text(q, "currency"), row_text(q, "price_unit"));
	else
		buf_str(&text, row_text(q, "price_text"));
	table_text(t, buf_cstr(&text));
	buf_done(&text);
}

static void
add_listing(struct table *t, const struct catalogue_cursor *q, bool near)
{
	table_text(t, row_text(q, "uid"));
	table_text(t, row_text(q, "kind"));
	table_text(t, row_text(q, "title"));
	table_text(t, row_text(q, "locality"));
	add_price(t, q);
	if (near)
		table_fmt(t, "%.1f km", strtod(row_text(q, "distance_km"), NULL));
}

static int
print_table(struct reader *r, struct catalogue_filter *f, const struct invocation *in, struct error *err)
{
	size_t max = in->limit > 0 ? reader_limit(in->limit) : r->screen.terminal ? SHOWN_MAX : 0;
	f->limit = max > 0 ? max + 1 : 0;	/* one more, to know that there are more */
	struct catalogue_cursor *q = catalogue_query(r->catalogue, VIEW_LISTINGS, f, err);
	if (q == NULL)
		return -1;
	int rc;
	struct table *t = table_new(columns, COLUMNS - (in->near == NULL));
	while ((rc = cursor_next(q, err)) == 1 && (max == 0 || table_rows(t) < max))
		add_listing(t, q, in->near != NULL);
	cursor_close(q);
	if (rc >= 0 && table_rows(t) == 0)
		(void)fprintf(stderr, "vigie: there are no such listings\n");
	else if (rc >= 0) {
		table_print(t, &r->screen, stdout);
		reader_count(r, table_rows(t), "listing", "listings");
	}
	if (rc == 1 && r->screen.terminal)
		(void)printf("There are more: « --limit %zu » or « --limit all » shows them.\n", max * 2);
	table_free(t);
	return rc < 0 ? -1 : 0;
}

static int
print_json(struct reader *r, struct catalogue_filter *f, const struct invocation *in, struct error *err)
{
	f->limit = reader_limit(in->limit);
	struct catalogue_cursor *q = catalogue_query(r->catalogue, VIEW_LISTINGS, f, err);
	int rc = q != NULL ? json_rows(&r->json, NULL, q, err) : -1;
	cursor_close(q);
	return rc;
}

int
command_listings(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	if (read_filter(in, &f, &err) != 0)
		return command_fail(&err);
	int rc = 0, status = reader_open(&r, in);
	if (status == EXIT_GOOD && in->search != NULL && !r.config->search) {
		(void)error_set(&err, ERROR_CONFIG, "--search needs « search = yes » under [catalogue] in %s",
		    in->config_file);
		status = command_fail(&err);
	}
	if (status == EXIT_GOOD && in->partner != NULL)
		status = reader_check_partner(&r, in->partner);
	if (status == EXIT_GOOD)
		rc = in->json ? print_json(&r, &f, in, &err) : print_table(&r, &f, in, &err);
	if (rc != 0)
		status = command_fail(&err);
	reader_close(&r);
	return status;
}
