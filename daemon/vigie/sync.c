/* SPDX-License-Identifier: Apache-2.0 */
/* vigie sync PARTNER… | --all: runs now, in the foreground. */
#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "sync/engine.h"
#include "vigie/command.h"
#include "vigie/progress.h"

enum { RUNNING_MAX = 256 };

struct sync {
	const struct invocation *in;
	struct clock clock;		/* the engine's threads read it to the end */
	struct loop *loop;
	struct engine *engine;
	struct progress progress;
	struct run_observer observer;
	struct sig *interrupt;
	const char **names;		/* borrowed from the command line or `config_names` */
	size_t n_names, next, running, ended;
	struct buf json;
	int status;
	bool stopping;
};

/* ---- results */

static void
print_json(struct sync *s, const char *partner, const struct run_summary *m)
{
	const struct run_report *r = m->report;
	struct buf *o = &s->json;
	buf_str(o, o->len ? ",\n " : "[");
	buf_str(o, "{\"partner\":");
	buf_json(o, partner, strlen(partner));
	buf_fmt(o, ",\"outcome\":\"%s\",\"error_kind\":\"%s\",\"http_status\":%d,\"requests\":%" PRIu64
	    ",\"bytes\":%" PRIu64 ",\"seen\":%" PRIu64 ",\"declared_total\":%" PRId64,
	    m->result ? run_outcome_name(r->outcome) : "not-stored", error_kind_name(m->error.kind),
	    r->http_status, r->requests, r->bytes, r->seen, r->declared_total);
	if (m->result != NULL)
		buf_fmt(o, ",\"run\":%" PRId64 ",\"added\":%" PRIu64 ",\"changed\":%" PRIu64
		    ",\"restored\":%" PRIu64 ",\"removed\":%" PRIu64 ",\"quarantined\":%" PRIu64
		    ",\"missing\":%" PRIu64 ",\"hold\":\"%s\",\"held\":%" PRIu64 ",\"listings\":%" PRId64,
		    m->result->run, m->result->added, m->result->changed, m->result->restored,
		    m->result->removed, m->result->quarantined, m->result->missing,
		    removal_hold_name(m->result->hold), m->result->held, m->result->listing_count);
	const char *detail = m->error.kind != ERROR_NONE ? m->error.text : r->detail;
	buf_str(o, ",\"detail\":");
	buf_json(o, detail, strlen(detail));
	buf_char(o, '}');
}

static void
print_line(const char *partner, const struct run_summary *m)
{
	const struct run_result *r = m->result;
	if (r == NULL) {
		(void)fprintf(stderr, "vigie: %s: not read: %s\n", partner, m->error.text);
		return;
	}
	(void)printf("%-20s %-12s %8" PRIu64 " read  +%" PRIu64 " ~%" PRIu64 " -%" PRIu64, partner,
	    run_outcome_name(m->report->outcome), m->report->seen, r->added + r->restored, r->changed,
	    r->removed);
	if (r->quarantined > 0)
		(void)printf("  %" PRIu64 " in quarantine", r->quarantined);
	if (r->missing > r->removed && r->hold == HOLD_NONE)
		(void)printf("  %" PRIu64 " missing, not yet removed", r->missing - r->removed);
	if (*m->report->detail)
		(void)printf("  %s", m->report->detail);
	(void)printf("\n");
	if (r->hold != HOLD_NONE)
		(void)printf("%-20s %" PRIu64 " removals wait (%s): if they are right, « vigie accept %s »\n", "",
		    r->held, removal_hold_name(r->hold), partner);
}

static bool
is_good(const struct run_summary *m)
{
	return m->result != NULL &&
	    (m->report->outcome == RUN_COMPLETE || m->report->outcome == RUN_NOT_MODIFIED);
}

/* ---- runs */

static void
on_stopped(void *arg)
{
	loop_stop(((struct sync *)arg)->loop);
}

static void
start_more(struct sync *s)
{
	struct error err = ERROR_INIT;
	while (!s->stopping && s->running < RUNNING_MAX && s->next < s->n_names) {
		const char *name = s->names[s->next++];
		if (engine_run(s->engine, name, 0, &s->observer, &err) == 0)
			s->running++;
		else
			s->status = command_fail(&err);
	}
	if (s->running == 0 && !s->stopping)
		engine_stop(s->engine, on_stopped, s);
}

static void
on_run_done(void *arg, const char *partner, const struct run_summary *m)
{
	struct sync *s = arg;
	s->running--;
	s->ended++;
	progress_clear(&s->progress);
	if (!is_good(m) && s->status == EXIT_GOOD)
		s->status = EXIT_JOB_FAILED;
	if (!m->cancelled) {
		if (s->in->json)
			print_json(s, partner, m);
		else
			print_line(partner, m);
	}
	progress_partners(&s->progress, s->ended, s->n_names);
	start_more(s);
}

static void
on_progress(void *arg, uint64_t items, uint64_t bytes, int64_t total)
{
	progress_items(arg, items, bytes, total);
}

static void
on_waiting(void *arg, int64_t wait_ms, const char *why)
{
	progress_waiting(arg, wait_ms, why);
}

static void
on_interrupt(void *arg)
{
	struct sync *s = arg;
	s->stopping = true;
	s->status = EXIT_JOB_FAILED;
	progress_clear(&s->progress);
	(void)fprintf(stderr, "vigie: interrupted; what was being read is not stored\n");
	engine_stop(s->engine, on_stopped, s);
}

/* ---- set-up */

static int
all_names(struct sync *s, const struct config *config)
{
	struct error err = ERROR_INIT;
	s->names = xcalloc(config->n_partners, sizeof *s->names);
	for (size_t i = 0; i < config->n_partners; i++)
		if (config->partners[i]->enabled)
			s->names[s->n_names++] = config->partners[i]->partner;
	if (s->n_names > 0)
		return EXIT_GOOD;
	(void)error_set(&err, ERROR_CONFIG, "no partner is switched on: write « enabled = yes » into a file of %s",
	    config->partners_dir);
	return command_fail(&err);
}

static int
given_names(struct sync *s, const struct config *config)
{
	s->names = xcalloc((size_t)s->in->argc, sizeof *s->names);
	for (int i = 0; i < s->in->argc; i++) {
		const struct partner_config *p = config_partner(config, s->in->argv[i]);
		if (p == NULL)
			return command_no_partner(config, s->in->argv[i]);
		s->names[s->n_names++] = p->partner;
	}
	return EXIT_GOOD;
}

static int
run_all(struct sync *s, struct config *config, struct error *err)
{
	clock_init(&s->clock);
	s->loop = loop_new(err);
	if (s->loop == NULL) {
		config_free(config);
		return -1;
	}
	const struct engine_options options = {
		.loop = s->loop, .clock = &s->clock, .config = config, .run_done = on_run_done, .arg = s,
	};
	s->engine = engine_new(&options, err);
	s->interrupt = s->engine ? signal_new(s->loop, SIGINT, on_interrupt, s, err) : NULL;
	if (s->interrupt == NULL)
		return -1;
	s->observer = (struct run_observer){ .progress = on_progress, .waiting = on_waiting, .arg = &s->progress };
	progress_partners(&s->progress, 0, s->n_names);
	start_more(s);
	int rc = loop_run(s->loop, err);
	progress_clear(&s->progress);
	return rc;
}

int
command_sync(const struct invocation *in)
{
	struct sync s = { .in = in, .status = EXIT_GOOD };
	struct error err = ERROR_INIT;
	if (in->all == (in->argc > 0)) {
		(void)error_set(&err, ERROR_USAGE, in->all ? "name partners or say --all, not both" :
		    "which partner? name some, or say --all");
		return command_fail(&err);
	}
	struct config *config = command_config(in, in->argc == 1 ? in->argv[0] : NULL);
	if (config == NULL)
		return EXIT_USAGE;
	(void)signal(SIGPIPE, SIG_IGN);
	progress_init(&s.progress, isatty(STDERR_FILENO) && !in->json);
	bool incomplete = in->all && config->incomplete;
	s.status = in->all ? all_names(&s, config) : given_names(&s, config);
	/* The engine takes the configuration; the names must outlive it. */
	for (size_t i = 0; i < s.n_names; i++)
		s.names[i] = xstrdup(s.names[i]);
	if (s.status != EXIT_GOOD)
		config_free(config);
	else if (run_all(&s, config, &err) != 0)
		s.status = command_fail(&err);
	signal_free(s.interrupt);
	engine_free(s.engine, true);
	loop_free(s.loop);
	if (in->json)
		(void)printf("%s]\n", s.json.len ? s.json.data : "[");
	buf_done(&s.json);
	for (size_t i = 0; i < s.n_names; i++)
		free((void *)(uintptr_t)s.names[i]);
	free(s.names);
	return incomplete ? EXIT_USAGE : s.status;
}
