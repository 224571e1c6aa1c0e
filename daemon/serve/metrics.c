/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /metrics: what a monitoring system asks every minute.  All that is measured
 * is a row of one of the tables below; docs/prometheus has rules and a
 * dashboard that go by these names.
 */
#include <dirent.h>
#include <math.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/version.h"
#include "catalogue/outbox.h"
#include "catalogue/reading.h"
#include "catalogue/totals.h"
#include "health/detector.h"
#include "serve/contacts.h"
#include "serve/exposition.h"
#include "serve/routes.h"
#include "serve/server.h"

enum { OPS = 4, CLASSES = 5, REFUSALS = 2 };

struct partner_numbers {
	double freshness, next_poll, listings, outside, withdrawn, quarantined, held, failures, probability;
	double requests, bytes, runs[RUN_OUTCOMES], refused[REFUSALS], changes[OPS], verdict[VERDICTS];
};
struct hook_numbers {
	double waiting, delivered, refused, failing, disabled;
};
struct process_numbers {
	double partners, running, failing, blind, full, overdue, store_busy, lag, lag_max;
	double mail_waiting, mail_oldest, mail_stuck;
	double resident, descriptors, descriptors_max, cpu, started;
	double answers[CLASSES], bytes, from_cache, connections;
};

/* A family, and where its numbers are: one, or one for each value of a further label. */
struct measure {
	struct family family;
	size_t offset;
	const char *label;		/* NULL: it is one number */
	const char *(*value)(size_t i);
	size_t n;
};
#define COUNTER true
#define GAUGE false
#define ALONE NULL, NULL, 0

static const char *
outcome_value(size_t i)
{
	return run_outcome_name((enum run_outcome)i);
}

static const char *
verdict_value(size_t i)
{
	return verdict_name((enum verdict)i);
}

static const char *
op_value(size_t i)
{
	static const char *const names[OPS] = { "added", "changed", "removed", "restored" };
	return names[i];
}

/* As they stand in runs.error_kind. */
static const char *
refusal_value(size_t i)
{
	return error_kind_name((const enum error_kind[REFUSALS]){ ERROR_BLOCKED, ERROR_REDIRECT }[i]);
}

static const char *
class_value(size_t i)
{
	static const char *const names[CLASSES] = { "1xx", "2xx", "3xx", "4xx", "5xx" };
	return names[i];
}

#define P(member) offsetof(struct partner_numbers, member)
static const struct measure of_partner[] = {
	{ { "vigie_partner_freshness_seconds", GAUGE, "Time since the last good reading of the partner." }, P(freshness), ALONE },
	{ { "vigie_partner_next_poll_timestamp_seconds", GAUGE, "When it is read next." }, P(next_poll), ALONE },
	{ { "vigie_partner_runs", COUNTER, "Readings of the partner by outcome." }, P(runs), "outcome", outcome_value,
	    RUN_OUTCOMES },
	{ { "vigie_partner_refused_addresses", COUNTER, "Readings that ended at an address that is not followed: blocked, a private one;"
	    " redirect, of another site." }, P(refused), "error_kind", refusal_value, REFUSALS },
	{ { "vigie_partner_failures_in_a_row", GAUGE, "Failed readings since the last that did not fail." }, P(failures), ALONE },
	{ { "vigie_partner_requests", COUNTER, "HTTP requests to the partner." }, P(requests), ALONE },
	{ { "vigie_partner_received_bytes", COUNTER, "Bytes received from the partner." }, P(bytes), ALONE },
	{ { "vigie_partner_listings", GAUGE, "Listings that are there." }, P(listings), ALONE },
	{ { "vigie_partner_listings_outside", GAUGE, "Of these, listings outside the territory, which are not published." },
	    P(outside), ALONE },
	{ { "vigie_partner_changes", COUNTER, "Changes of its listings by what happened." }, P(changes), "op", op_value, OPS },
	{ { "vigie_partner_quarantined", GAUGE, "Items that could not be read." }, P(quarantined), ALONE },
	{ { "vigie_partner_held_removals", GAUGE, "Removals that wait for vigie accept." }, P(held), ALONE },
	{ { "vigie_partner_withdrawn", GAUGE, "1: its listings are not published, because it is gone." }, P(withdrawn), ALONE },
	{ { "vigie_partner_verdict", GAUGE, "1: this is the verdict on the partner; 0: it is another." }, P(verdict), "verdict",
	    verdict_value, VERDICTS },
	{ { "vigie_partner_gone_probability", GAUGE, "Probability that the partner is gone." }, P(probability), ALONE },
};
#undef P

#define H(member) offsetof(struct hook_numbers, member)
static const struct measure of_hook[] = {
	{ { "vigie_hook_changes_behind", GAUGE, "Changes that the hook has not looked at yet." }, H(waiting), ALONE },
	{ { "vigie_hook_delivered_events", COUNTER, "Events that its receiver has taken." }, H(delivered), ALONE },
	{ { "vigie_hook_refused_events", COUNTER, "Events that were given up." }, H(refused), ALONE },
	{ { "vigie_hook_failing_seconds", GAUGE, "How long all attempts have failed by now." }, H(failing), ALONE },
	{ { "vigie_hook_disabled", GAUGE, "1: its receiver wants no more." }, H(disabled), ALONE },
};
#undef H

#define N(member) offsetof(struct process_numbers, member)
static const struct measure of_process[] = {
	{ { "vigie_partners", GAUGE, "Partners that are watched." }, N(partners), ALONE },
	{ { "vigie_partners_running", GAUGE, "Partners that are being read." }, N(running), ALONE },
	{ { "vigie_partners_failing", GAUGE, "Partners whose last reading failed." }, N(failing), ALONE },
	{ { "vigie_blind", GAUGE, "1: our own network is down, and nothing is decided." }, N(blind), ALONE },
	{ { "vigie_disk_full", GAUGE, "1: the disk is full, and no partner is read." }, N(full), ALONE },
	{ { "vigie_schedule_overdue_seconds", GAUGE, "How late the next reading is." }, N(overdue), ALONE },
	{ { "vigie_store_busy_seconds", GAUGE, "How long the store has been at its oldest task." }, N(store_busy), ALONE },
	{ { "vigie_loop_lag_seconds", GAUGE, "How late the last timer was." }, N(lag), ALONE },
	{ { "vigie_loop_lag_max_seconds", GAUGE, "How late a timer was at most since the start." }, N(lag_max), ALONE },
	{ { "vigie_mail_waiting", GAUGE, "Letters that wait to be sent." }, N(mail_waiting), ALONE },
	{ { "vigie_mail_oldest_seconds", GAUGE, "Age of the oldest letter that waits; 0: none does." }, N(mail_oldest), ALONE },
	{ { "vigie_mail_stuck_seconds", GAUGE, "How long letters have failed to be sent; 0: they do not." }, N(mail_stuck), ALONE },
	{ { "vigie_http_requests", COUNTER, "Requests that were answered, by class of status." }, N(answers), "code",
	    class_value, CLASSES },
	{ { "vigie_http_sent_bytes", COUNTER, "Bytes of answers, without their heads." }, N(bytes), ALONE },
	{ { "vigie_http_cache_hits", COUNTER, "Answers that were ready, or not modified." }, N(from_cache), ALONE },
	{ { "vigie_http_connections", GAUGE, "Open connections." }, N(connections), ALONE },
	{ { "vigie_process_resident_memory_bytes", GAUGE, "Memory of the process." }, N(resident), ALONE },
	{ { "vigie_process_open_fds", GAUGE, "Open file descriptors." }, N(descriptors), ALONE },
	{ { "vigie_process_max_fds", GAUGE, "File descriptors that it may open." }, N(descriptors_max), ALONE },
	{ { "vigie_process_cpu_seconds", COUNTER, "Processor time that it has used." }, N(cpu), ALONE },
	{ { "vigie_process_start_time_seconds", GAUGE, "When it was started." }, N(started), ALONE },
};
#undef N

static const struct family build_family = { "vigie_build_info", GAUGE, "1; its version is a label." };
static const struct family info_family = { "vigie_partner_info", GAUGE, "1; its name and theme are labels." };

/* ---- gathering */

struct subject {		/* what samples are of: a partner, a hook */
	char *labels, *more;	/* more: of its info; NULL */
	union {
		struct partner_numbers partner;
		struct hook_numbers hook;
	} numbers;
};

struct subjects {
	struct subject *list;
	size_t n;
};

struct gathering {
	const struct contacts *contacts;
	int64_t now_ms;
	struct subjects partners, hooks;
};

static struct subject *
add_subject(struct subjects *s, const char *label, const char *value)
{
	struct buf labels = BUF_INIT;
	/* A power of two: it is full. */
	if ((s->n & (s->n - 1)) == 0)
		s->list = xrealloc(s->list, s->n > 0 ? s->n * 2 : 1, sizeof *s->list);
	exposition_label(&labels, label, value);
	struct subject *one = &s->list[s->n++];
	*one = (struct subject){ .labels = buf_take(&labels) };
	return one;
}

static void
drop_subjects(struct subjects *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->list[i].labels);
		free(s->list[i].more);
	}
	free(s->list);
}

/* Seconds since `t_ms`; `none` if that never was. */
static double
since(int64_t now_ms, int64_t t_ms, double none)
{
	if (t_ms == TIME_NONE)
		return none;
	return t_ms < now_ms ? (double)(now_ms - t_ms) / SECOND_MS : 0;
}

static double
seconds(int64_t ms)
{
	return (double)ms / SECOND_MS;
}

/* Partners that are not asked any more stay in the catalogue, but nobody waits for their next reading. */
static void
add_partner(void *arg, const struct partner_total *t)
{
	struct gathering *g = arg;
	const struct contact *known = contacts_find(g->contacts, t->partner);
	if (known == NULL || strcmp(known->partner, t->partner) != 0)
		return;
	struct subject *s = add_subject(&g->partners, "partner", t->partner);
	struct buf more = BUF_INIT;
	buf_str(&more, s->labels);
	exposition_label(&more, "name", t->name);
	exposition_label(&more, "theme", t->theme);
	s->more = buf_take(&more);
	struct partner_numbers *n = &s->numbers.partner;
	*n = (struct partner_numbers){
		.freshness = since(g->now_ms, t->last_success_ms, (double)NAN),
		.next_poll = t->next_poll_ms != TIME_NONE ? seconds(t->next_poll_ms) : (double)NAN,
		.listings = (double)t->listings, .outside = (double)t->outside, .withdrawn = t->withdrawn,
		.quarantined = (double)t->quarantined, .held = (double)t->held, .failures = (double)t->failures,
		.probability = t->probability, .requests = (double)t->requests, .bytes = (double)t->bytes,
		.refused = { (double)t->blocked, (double)t->led_away },
		.changes = { (double)t->added, (double)t->changed, (double)t->removed, (double)t->restored },
	};
	for (size_t i = 0; i < RUN_OUTCOMES; i++)
		n->runs[i] = (double)t->runs[i];
	for (size_t i = 0; i < VERDICTS; i++)
		n->verdict[i] = strcmp(verdict_value(i), t->verdict) == 0;
}

static void
add_hook(void *arg, const struct hook_total *t)
{
	struct gathering *g = arg;
	struct subject *s = add_subject(&g->hooks, "hook", t->hook);
	s->numbers.hook = (struct hook_numbers){ (double)t->behind, (double)t->delivered, (double)t->refused,
		since(g->now_ms, t->first_failure_ms, 0), t->disabled };
}

/* The second number of /proc/self/statm, in pages. */
static double
resident_bytes(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (f == NULL)
		return (double)NAN;
	bool known = fscanf(f, "%*d %ld", &pages) == 1;
	(void)fclose(f);
	return known ? (double)pages * (double)sysconf(_SC_PAGESIZE) : (double)NAN;
}

static double
open_descriptors(void)
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");
	if (d == NULL)
		return (double)NAN;
	for (const struct dirent *e; (e = readdir(d)) != NULL;)
		n += *e->d_name != '.';
	(void)closedir(d);
	return (double)(n - 1);	/* without that of the folder */
}

static void
measure_process(struct process_numbers *n)
{
	struct rlimit limit;
	struct rusage used;
	n->resident = resident_bytes();
	n->descriptors = open_descriptors();
	n->descriptors_max = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (double)limit.rlim_cur : (double)NAN;
	n->cpu = (double)NAN;
	if (getrusage(RUSAGE_SELF, &used) == 0)
		n->cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		    (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void
measure_server(struct server *server, int64_t now_ms, struct process_numbers *n)
{
	const struct server_gauges g = server_gauges(server);
	const struct server_counts c = server_counts(server);
	n->partners = (double)g.partners;
	n->running = (double)g.running;
	n->failing = (double)g.failing;
	n->blind = g.blind_since_ms != TIME_NONE;
	n->full = g.full_since_ms != TIME_NONE;
	n->overdue = seconds(g.overdue_ms);
	n->store_busy = seconds(g.store_busy_ms);
	n->lag = seconds(g.late_ms);
	n->lag_max = seconds(g.timer_late_ms);
	n->mail_stuck = since(now_ms, g.mail_stuck_since_ms, 0);
	for (size_t i = 0; i < CLASSES; i++)
		n->answers[i] = (double)c.answers[i + 1];
	n->bytes = (double)c.bytes;
	n->from_cache = (double)c.from_cache;
	n->connections = (double)c.connections;
	n->started = seconds(c.started_ms);
}

/* ---- writing */

static void
add_measure(struct exposition *e, const struct measure *m, const char *labels, const void *numbers)
{
	const double *value = (const double *)(const void *)((const char *)numbers + m->offset);
	struct buf all = BUF_INIT;
	for (size_t i = 0; i < m->n; i++) {
		buf_clear(&all);
		buf_str(&all, labels);
		exposition_label(&all, m->label, m->value(i));
		exposition_sample(e, all.data, value[i]);
	}
	if (m->n == 0)
		exposition_sample(e, labels, *value);
	buf_done(&all);
}

static void
add_subjects(struct exposition *e, const struct measure *list, size_t n, const struct subjects *s)
{
	for (size_t m = 0; m < n; m++) {
		exposition_family(e, &list[m].family);
		for (size_t i = 0; i < s->n; i++)
			add_measure(e, &list[m], s->list[i].labels, &s->list[i].numbers);
	}
}

static void
add_build(struct exposition *e)
{
	struct buf labels = BUF_INIT;
	exposition_label(&labels, "version", VIGIE_VERSION);
	exposition_family(e, &build_family);
	exposition_sample(e, labels.data, 1);
	buf_done(&labels);
}

static void
write_all(const struct gathering *g, const struct process_numbers *n, struct exposition *e)
{
	add_build(e);
	for (size_t m = 0; m < sizeof of_process / sizeof of_process[0]; m++) {
		exposition_family(e, &of_process[m].family);
		add_measure(e, &of_process[m], "", n);
	}
	exposition_family(e, &info_family);
	for (size_t i = 0; i < g->partners.n; i++)
		exposition_sample(e, g->partners.list[i].more, 1);
	add_subjects(e, of_partner, sizeof of_partner / sizeof of_partner[0], &g->partners);
	if (g->hooks.n > 0)
		add_subjects(e, of_hook, sizeof of_hook / sizeof of_hook[0], &g->hooks);
	exposition_end(e);
}

/* ---- the route */

static int
gather(struct catalogue *c, struct gathering *g, struct process_numbers *n, struct error *err)
{
	struct outbox_status mail;
	if (catalogue_read_begin(c, err) != 0)
		return -1;
	int rc = totals_partners(c, add_partner, g, err);
	if (rc == 0)
		rc = totals_hooks(c, add_hook, g, err);
	if (rc == 0)
		rc = outbox_status(c, &mail, err);
	catalogue_read_end(c);
	if (rc == 0) {
		n->mail_waiting = (double)mail.waiting;
		n->mail_oldest = since(g->now_ms, mail.oldest_ms, 0);
	}
	return rc;
}

static int
handle(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct contacts *contacts = server_contacts(x->server);
	struct gathering g = { .contacts = contacts, .now_ms = r->now_ms };
	struct process_numbers n = { .partners = 0 };
	struct exposition e = { .out = &a->body, .openmetrics = strcmp(r->variant->name, "openmetrics") == 0 };
	int rc = gather(x->catalogue, &g, &n, err);
	if (rc == 0) {
		measure_server(x->server, r->now_ms, &n);
		measure_process(&n);
		write_all(&g, &n, &e);
	}
	a->unstable = true;
	drop_subjects(&g.partners);
	drop_subjects(&g.hooks);
	contacts_drop(contacts);
	return rc;
}

static const struct variant variants[] = {
	{ "prometheus", "text/plain; version=0.0.4; charset=utf-8", "text" },
	{ "openmetrics", "application/openmetrics-text; version=1.0.0; charset=utf-8", NULL },
	{ .name = NULL },
};

/* Without the tally, which may take a second to be made: see in_catalogue(). */
const struct route metrics_routes[] = {
	{ .path = "/metrics", .methods = METHOD_GET, .handle = handle, .variants = variants, .id = "getMetrics",
	    .summary = "Measurements for Prometheus and its like.", .tag = "Health", .flags = ROUTE_NO_CATALOGUE | ROUTE_STAFF },
	{ .path = NULL },
};
