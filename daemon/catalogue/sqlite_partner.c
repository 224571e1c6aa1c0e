/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partners and their leases.  A lease is a process: it is free when its
 * process is gone, so that nothing has to be cleaned up after SIGKILL.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "catalogue/sqlite_catalogue.h"

enum { SCAN_MANY = 20000 };	/* listings: enough to fill SQLite's cache with what is read once */
static const char *const narrow_cache[] = { "PRAGMA main.cache_size = -1024", NULL };
static const char *const wide_cache[] = { "PRAGMA main.cache_size = -16384", NULL };	/* as it was opened */

static int
read_small(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	ssize_t n = read(fd, out, size - 1);
	(void)close(fd);
	if (n < 0)
		return -1;
	out[n] = '\0';
	return 0;
}

/* Field 22 of /proc/PID/stat (proc(5)); -1: there is no such process. */
static int64_t
process_start(int64_t pid)
{
	char path[48], stat[1024];
	int64_t start;
	(void)snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
	if (read_small(path, stat, sizeof stat) != 0)
		return -1;
	/* The second field, the program's name, may hold blanks and brackets. */
	const char *p = strrchr(stat, ')');
	for (int field = 2; p != NULL && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p == NULL || num_int(p + 1, strcspn(p + 1, " "), 0, INT64_MAX, &start) != 0)
		return -1;
	return start;
}

/* The service's /proc has processes and nothing else (ProcSubset=): systemd tells it which boot this is. */
static int
this_boot(char out[BOOT_ID_LEN + 1])
{
	char file[64];
	const char *id = getenv("VIGIE_BOOT");
	size_t n = 0;
	if (id == NULL)
		id = read_small("/proc/sys/kernel/random/boot_id", file, sizeof file) == 0 ? file : "";
	for (; *id != '\0' && n < BOOT_ID_LEN; id++)
		if (*id != '-')	/* the file has dashes, what systemd tells has none */
			out[n++] = *id;
	out[n] = '\0';
	return n == BOOT_ID_LEN ? 0 : -1;
}

int
holder_self(struct holder *ret, struct error *err)
{
	struct holder h = { .pid = getpid() };
	h.start = process_start(h.pid);
	if (h.start < 0 || this_boot(h.boot) != 0)
		return error_set(err, ERROR_SYSTEM, "who this process is cannot be read in /proc");
	*ret = h;
	return 0;
}

/* The service's /proc hides the processes of other users (ProtectProc=): then
 * EPERM is how a living one shows. */
static bool
is_hidden(int64_t pid)
{
	return kill((pid_t)pid, 0) == -1 && errno == EPERM;
}

bool
holder_is_self(const struct catalogue *c, const struct holder *h)
{
	return h->pid == c->self.pid && h->start == c->self.start && strcmp(h->boot, c->self.boot) == 0;
}

bool
holder_lives(const struct catalogue *c, const struct holder *h)
{
	if (h->pid <= 0 || strcmp(h->boot, c->self.boot) != 0)
		return false;
	int64_t start = process_start(h->pid);
	return start == -1 ? is_hidden(h->pid) : start == h->start;
}

int
catalogue_partner_put(struct catalogue *c, const struct partner_record *p, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	struct query q = query(c, SQL_PARTNER_PUT);
	bind_string(&q, p->partner);
	bind_string(&q, p->name);
	bind_string(&q, p->theme);
	bind_string(&q, p->website);
	bind_string(&q, p->replaced_by);
	return step_end(c, run(&q, err), err);
}

static void
read_partner(const struct query *q, struct partner_row *ret)
{
	ret->id = column_integer(q, 0);
	ret->state.last_attempt_ms = column_time(q, 1);
	ret->state.last_success_ms = column_time(q, 2);
	ret->state.next_poll_ms = column_time(q, 3);
	ret->state.not_before_ms = column_time(q, 4);
	ret->state.failures = (unsigned)column_integer(q, 5);
	ret->state.listing_count = column_integer(q, 6);
	ret->outside = column_integer(q, 7);
	ret->confirmed_ms = column_time(q, 8);
	ret->seed = column_integer(q, 9);
	ret->unnamed_ms = column_time(q, 10);
	ret->hold = (enum removal_hold)column_integer(q, 11);
	ret->held = column_integer(q, 12);
	ret->hold_since_ms = column_time(q, 13);
	ret->holder = (struct holder){ .pid = column_integer(q, 14), .start = column_integer(q, 15) };
	struct text boot = column_text(q, 16);
	if (boot.len < sizeof ret->holder.boot)
		memcpy(ret->holder.boot, boot.s, boot.len);
	ret->loading = column_integer(q, 17);
	ret->missing = column_integer(q, 18) != 0;
	ret->quarantined = column_integer(q, 19) != 0;
}

int
partner_get(struct catalogue *c, const char *partner, struct partner_row *ret, struct error *err)
{
	struct query q = query(c, SQL_PARTNER_GET);
	bind_string(&q, partner);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no partner « %s » in the catalogue", partner);
	read_partner(&q, ret);
	finish(&q);
	return 0;
}

int
catalogue_partner_state(struct catalogue *c, const char *partner, struct partner_state *ret, struct error *err)
{
	struct partner_row p;
	if (partner_get(c, partner, &p, err) != 0)
		return -1;
	*ret = p.state;
	return 0;
}

void
catalogue_look(struct catalogue *c)
{
	struct query q = query(c, SQL_DATA_VERSION);
	c->others = row(&q, NULL) == 1 ? column_integer(&q, 0) : 0;
	finish(&q);
}

int64_t
catalogue_others(const struct catalogue *c)
{
	return c->others;
}

static int
take_lease(struct catalogue *c, const struct partner_row *p, const char *partner, struct error *err)
{
	/* Our own lease is left over from a run that could not be stored. */
	if (!holder_is_self(c, &p->holder) && holder_lives(c, &p->holder))
		return error_set(err, ERROR_BUSY, "partner « %s » is being synchronised by process %" PRId64,
		    partner, p->holder.pid);
	struct query q = query(c, SQL_PARTNER_LEASE);
	bind_integer(&q, c->self.pid);
	bind_integer(&q, c->self.start);
	bind_string(&q, c->self.boot);
	bind_integer(&q, p->id);
	return run(&q, err);
}

static void
add_known(sqlite3_context *context, int n, sqlite3_value **value)
{
	struct catalogue *c = sqlite3_user_data(context);
	(void)n;
	known_add(c->known, (struct raw_hash){ (uint64_t)sqlite3_value_int64(value[1]),
	    (uint64_t)sqlite3_value_int64(value[2]) }, (uint32_t)sqlite3_value_int64(value[0]));
}

static void
end_known(sqlite3_context *context)
{
	sqlite3_result_null(context);
}

int
known_register(struct catalogue *c, struct error *err)
{
	if (sqlite3_create_function_v2(c->db, "vigie_known", 3, SQLITE_UTF8 | SQLITE_DIRECTONLY, c, NULL, add_known,
	    end_known, NULL) == SQLITE_OK)
		return 0;
	return catalogue_fail(c, err, "registering vigie_known");
}

/* A step for all of them, for a step takes as long as a row.  What is read once is not worth the cache, which
 * would grow beside what is known. */
static int
load_listings(struct catalogue *c, const struct partner_row *p, struct known *known, struct error *err)
{
	bool many = p->state.listing_count >= SCAN_MANY;
	if (many && exec_all(c, narrow_cache, err) != 0)
		return -1;
	if (many)
		(void)malloc_trim(0);	/* what the last merge left is where what is known will be */
	c->known = known;
	struct query q = query(c, SQL_KNOWN_LISTINGS);
	bind_integer(&q, p->id << ROW_BITS);
	bind_integer(&q, (p->id + 1) << ROW_BITS);
	int rc = run(&q, err);
	c->known = NULL;
	if (many && exec_all(c, wide_cache, err) != 0)
		return -1;
	return rc;
}

static int
load_known(struct catalogue *c, const struct partner_row *p, struct known *known, struct error *err)
{
	int rc = load_listings(c, p, known, err);
	if (rc != 0 || !p->quarantined) {
		known_seal(known);
		return rc;
	}
	struct query q = query(c, SQL_KNOWN_QUARANTINE);
	bind_integer(&q, p->id);
	bind_integer(&q, p->seed);
	while ((rc = row(&q, err)) == 1)
		known_add_bad(known, (struct raw_hash){ (uint64_t)column_integer(&q, 1),
		    (uint64_t)column_integer(&q, 2) }, (uint32_t)column_integer(&q, 0));
	known_seal(known);
	return rc;
}

static char *
copy(struct text text)
{
	return text.s != NULL ? xstrndup(text.s, text.len) : NULL;
}

static int
load_validators(struct catalogue *c, const struct partner_row *p, struct run_memory *m, struct error *err)
{
	int rc;
	struct query q = query(c, SQL_VALIDATORS);
	bind_integer(&q, p->id);
	bind_integer(&q, p->seed);
	while ((rc = row(&q, err)) == 1) {
		if ((m->n_validators & (m->n_validators - 1)) == 0)
			m->validators = xrealloc(m->validators, m->n_validators * 2 + 1, sizeof *m->validators);
		m->validators[m->n_validators++] = (struct validator){
			.request = { (uint64_t)column_integer(&q, 0), (uint64_t)column_integer(&q, 1) },
			.etag = copy(column_text(&q, 2)),
			.last_modified = copy(column_text(&q, 3)),
			.next_url = copy(column_text(&q, 4)),
		};
	}
	return rc;
}

static int
load_watermark(struct catalogue *c, const struct partner_row *p, struct run_memory *m, struct error *err)
{
	struct query q = query(c, SQL_WATERMARK_GET);
	bind_integer(&q, p->id);
	int rc = row(&q, err);
	if (rc == 1) {
		m->watermark = copy(column_text(&q, 0));
		m->watermark_ms = column_time(&q, 1);
		finish(&q);
	}
	return rc < 0 ? -1 : 0;
}

/* Neither listings, removed ones among them, nor items in quarantine. */
static int
is_fresh(struct catalogue *c, const struct partner_row *p, bool *ret, struct error *err)
{
	*ret = false;
	if (p->state.listing_count > 0 || p->quarantined)
		return 0;
	struct query q = query(c, SQL_ROW_NUMBER);
	bind_integer(&q, p->id << ROW_BITS);
	bind_integer(&q, (p->id + 1) << ROW_BITS);
	if (row(&q, err) != 1)
		return -1;
	*ret = column_time(&q, 0) == TIME_NONE;
	finish(&q);
	return 0;
}

static int
begin_run(struct catalogue *c, const char *partner, uint64_t seed, struct run_memory *m, struct error *err)
{
	struct partner_row p;
	if (partner_get(c, partner, &p, err) != 0 || take_lease(c, &p, partner, err) != 0 ||
	    load_drop(c, &p, err) != 0 || is_fresh(c, &p, &m->fresh, err) != 0)
		return -1;
	m->state = p.state;
	m->seed_used.low = (uint64_t)p.seed;
	m->quarantined = p.quarantined;
	if ((uint64_t)p.seed != seed) {
		m->known = known_new(0);
		return 0;
	}
	m->known = known_new((size_t)p.state.listing_count);
	return load_known(c, &p, m->known, err) != 0 || load_validators(c, &p, m, err) != 0 ||
	    load_watermark(c, &p, m, err) != 0 ? -1 : 0;
}

int
catalogue_run_begin(struct catalogue *c, const char *partner, uint64_t seed, int64_t now_ms,
    struct run_memory *ret, struct error *err)
{
	struct run_memory m = { .known = NULL };
	(void)now_ms;		/* a lease ends with its process, not with time */
	if (step_begin(c, err) != 0)
		return -1;
	if (step_end(c, begin_run(c, partner, seed, &m, err), err) != 0) {
		run_memory_done(&m);
		return -1;
	}
	*ret = m;
	return 0;
}

void
run_memory_done(struct run_memory *m)
{
	known_free(m->known);
	for (size_t i = 0; i < m->n_validators; i++) {
		free(m->validators[i].etag);
		free(m->validators[i].last_modified);
		free(m->validators[i].next_url);
	}
	free(m->validators);
	free(m->watermark);
	*m = (struct run_memory){ .known = NULL };
}

static int
abandon(struct catalogue *c, const char *partner, struct error *err)
{
	struct partner_row p;
	if (partner_get(c, partner, &p, err) != 0)
		return -1;
	if (!holder_is_self(c, &p.holder))
		return 0;
	if (load_drop(c, &p, err) != 0)
		return -1;
	struct query q = query(c, SQL_PARTNER_RELEASE);
	bind_string(&q, partner);
	bind_integer(&q, c->self.pid);
	bind_integer(&q, c->self.start);
	bind_string(&q, c->self.boot);
	return run(&q, err);
}

int
catalogue_run_abandon(struct catalogue *c, const char *partner, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	return step_end(c, abandon(c, partner, err), err);
}
