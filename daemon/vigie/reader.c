/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/reader.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/log.h"
#include "base/nearest.h"
#include "normalise/listing.h"

enum { FACT_INDENT = 18, FACT_MAX = 2000 };

/* Whoever only reads the catalogue need not be able to read every partner's
 * secrets, so problems of partner files stop nothing and take one line. */
static int
load_settings(struct reader *r, const char *file)
{
	r->config = config_load(file, &r->problems);
	if (r->config == NULL) {
		command_problems(&r->problems);
		return -1;
	}
	if (r->problems.n > 0)
		(void)fprintf(stderr, "vigie: %zu %s in the settings: « vigie check-config » tells\n", r->problems.n,
		    r->problems.n == 1 ? "problem" : "problems");
	return 0;
}

static int
open_reader(struct reader *r, const struct invocation *in, bool read_only)
{
	struct error err = ERROR_INIT;
	struct clock clock;
	clock_init(&clock);
	*r = (struct reader){
		.screen = screen_of_stdout(), .json = { .out = stdout }, .now_ms = clock_now_ms(&clock),
	};
	if (load_settings(r, in->config_file) != 0)
		return EXIT_USAGE;
	const char *path = r->config->catalogue_path;
	const struct catalogue_options options = { .path = path, .read_only = read_only, .search = r->config->search };
	/* Opening it to write would make one. */
	if (access(path, F_OK) == 0)
		r->catalogue = catalogue_open(&options, &err);
	else if (errno == ENOENT)
		(void)error_set(&err, ERROR_NOT_FOUND, "there is no catalogue at %s yet: start vigied, or run "
		    "« vigie sync --all »", path);
	else if (errno == EACCES)
		(void)error_set(&err, ERROR_SYSTEM, "%s: this user may not look there: try with sudo", path);
	else
		(void)error_errno(&err, ERROR_SYSTEM, "%s", path);
	if (r->catalogue != NULL)
		return EXIT_GOOD;
	/* SQLite needs files beside it, which a running vigied has made. */
	if (err.kind == ERROR_CATALOGUE && access(path, W_OK) != 0)
		(void)error_context(&err, "only its owner can read it while vigied is stopped");
	return command_fail(&err);
}

int
reader_open(struct reader *r, const struct invocation *in)
{
	return open_reader(r, in, true);
}

int
reader_open_to_write(struct reader *r, const struct invocation *in)
{
	return open_reader(r, in, false);
}

void
reader_close(struct reader *r)
{
	catalogue_close(r->catalogue);
	config_free(r->config);
	config_problems_done(&r->problems);
	json_done(&r->json);
}

/* ---- partners by name */

const struct config_problem *
reader_problem(const struct reader *r, const char *partner)
{
	for (size_t i = 0; i < r->problems.n; i++)
		if (r->problems.list[i].partner != NULL && strcmp(r->problems.list[i].partner, partner) == 0)
			return &r->problems.list[i];
	return NULL;
}

int
reader_partner(struct reader *r, const char *partner, struct catalogue_cursor **ret, struct error *err)
{
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	f.partner = partner;
	struct catalogue_cursor *q = catalogue_query(r->catalogue, VIEW_PARTNERS, &f, err);
	int rc = q != NULL ? cursor_next(q, err) : -1;
	if (rc != 1) {
		cursor_close(q);
		q = NULL;
	}
	*ret = q;
	return rc < 0 ? -1 : 0;
}

struct names {
	char **list;
	size_t n;
};

static void
add_name(struct names *names, const char *name)
{
	names->list = xrealloc(names->list, names->n + 2, sizeof *names->list);
	names->list[names->n++] = xstrdup(name);
	names->list[names->n] = NULL;
}

static int
collect_names(struct reader *r, struct names *names, struct error *err)
{
	for (size_t i = 0; i < r->config->n_partners; i++)
		add_name(names, r->config->partners[i]->partner);
	struct catalogue_cursor *q = catalogue_query(r->catalogue, VIEW_PARTNERS, NULL, err);
	int rc = q != NULL ? 0 : -1;
	while (q != NULL && (rc = cursor_next(q, err)) == 1)
		add_name(names, row_text(q, "partner"));
	cursor_close(q);
	return rc;
}

static int
fail_unknown(struct reader *r, const char *partner)
{
	struct names names = { NULL, 0 };
	struct error err = ERROR_INIT;
	if (collect_names(r, &names, &err) == 0) {
		const char *near = names.n > 0 ? nearest_name(partner, (const char *const *)names.list) : NULL;
		if (near != NULL)
			(void)error_set(&err, ERROR_USAGE, "there is no partner \"%s\": did you mean \"%s\"?",
			    partner, near);
		else
			(void)error_set(&err, ERROR_USAGE, "there is no partner \"%s\"; « vigie partners » lists "
			    "them all", partner);
	}
	for (size_t i = 0; i < names.n; i++)
		free(names.list[i]);
	free(names.list);
	return command_fail(&err);
}

int
reader_check_partner(struct reader *r, const char *partner)
{
	struct error err = ERROR_INIT;
	if (config_partner(r->config, partner) != NULL || reader_problem(r, partner) != NULL)
		return EXIT_GOOD;
	struct catalogue_cursor *q = NULL;
	if (reader_partner(r, partner, &q, &err) != 0)
		return command_fail(&err);
	bool known = q != NULL;
	cursor_close(q);
	return known ? EXIT_GOOD : fail_unknown(r, partner);
}

/* ---- kinds */

int
reader_check_kind(const char *kind, struct error *err)
{
	struct buf all = BUF_INIT;
	if (listing_kind_valid(kind, strlen(kind)))
		return 0;
	const char *near = nearest_name(kind, listing_kinds);
	for (size_t i = 0; listing_kinds[i] != NULL; i++)
		buf_fmt(&all, "%s%s", i > 0 ? " " : "", listing_kinds[i]);
	if (near != NULL)
		(void)error_set(err, ERROR_USAGE, "there is no kind \"%s\": did you mean \"%s\"?", kind, near);
	else
		(void)error_set(err, ERROR_USAGE, "there is no kind \"%s\"; these are: %s", kind, buf_cstr(&all));
	buf_done(&all);
	return -1;
}

size_t
reader_limit(long limit)
{
	return limit == LONG_MAX ? 0 : (size_t)limit;
}

void
reader_count(const struct reader *r, size_t n, const char *one, const char *many)
{
	if (r->screen.terminal)
		(void)printf("\n%zu %s\n", n, n == 1 ? one : many);
}

/* ---- sheets */

void
reader_heading(const struct reader *r, const char *text)
{
	(void)fputc('\n', stdout);
	screen_bold(&r->screen, stdout, text);
	(void)fputc('\n', stdout);
}

void
reader_fact(const struct reader *r, const char *name, const char *text)
{
	struct buf escaped = BUF_INIT;
	if (*text == '\0')
		return;
	text_escape(&escaped, text, strlen(text), FACT_MAX);
	(void)printf("  %-*s", FACT_INDENT - 2, name);
	screen_wrap(&r->screen, stdout, buf_cstr(&escaped), FACT_INDENT, FACT_INDENT);
	buf_done(&escaped);
}

void
reader_fact_fmt(const struct reader *r, const char *name, const char *fmt, ...)
{
	char text[FACT_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	reader_fact(r, name, text);
}
