/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "alert/letter.h"
#include "alert/postman.h"
#include "base/buf.h"
#include "base/log.h"
#include "hook/compose.h"
#include "hook/courier.h"
#include "net/loop.h"
#include "serve/contacts.h"
#include "serve/server.h"
#include "sync/engine.h"
#include "vigied/problems.h"
#include "vigied/service.h"
#include "watch/lookout.h"

enum {
	BEAT_MS = 5 * SECOND_MS,		/* without a watchdog */
	OVERDUE_MAX_MS = 30 * SECOND_MS,
	STORE_MAX_MS = 10 * MINUTE_MS,
	STOP_GRACE_MS = 2 * SECOND_MS,		/* for what is being stored when it is time to end */
};

struct service {
	const char *config_file;
	struct stat config_stat;	/* of that file, as it was read */
	struct loop *loop;
	struct engine *engine;
	struct lookout *lookout;
	struct postman *postman;
	struct courier *courier;
	struct server_options serving;
	struct server *server;		/* NULL: nobody is served */
	unsigned told_settings;		/* engine_settings() as the server knows them */
	struct timer *beat;
	struct sig *hangup, *terminate, *interrupt;
	int64_t beat_ms;
	int64_t due_ms;			/* monotonic, of the next beat */
	int64_t late_ms, latest_ms;	/* how late the last beat was, and one at most */
	bool watchdog, stuck, stopping, damaged;
	bool mistaken;			/* the settings, when they were last read */
	struct said failing, partial, held, unstored;	/* partners */
	struct said late;		/* the schedule */
	struct said mistakes, refused;	/* in the settings: each; all of them */
};

/* ---- what is said of runs */

/* What is in between, the ledger has. */
static void
log_failure(struct service *service, const char *partner, const struct run_summary *s)
{
	const struct log_fields f = { .event = LOG_PARTNER_FAILS, .partner = partner, .run = s->result->run,
		.error_kind = error_kind_name(s->error.kind) };
	log_event(said_begins(&service->failing, partner, LOG_WARN), &f, "%s: %s: %s", partner, run_outcome_name(s->report->outcome), s->error.text);
}

static void
log_hold(struct service *service, const char *partner, const struct run_result *r)
{
	const struct log_fields over = { .partner = partner, .run = r->run };
	const struct log_fields f = { .event = LOG_REMOVALS_HELD, .partner = partner, .run = r->run };
	if (r->hold != HOLD_NONE)
		log_event(said_begins(&service->held, partner, LOG_WARN), &f,
		    "%s: %" PRIu64 " removals are on hold (%s): see « vigie why %s », then « vigie accept %s »",
		    partner, r->held, removal_hold_name(r->hold), partner, partner);
	else
		log_event(said_ends(&service->held, partner), &over, "%s: no removals are on hold any more", partner);
}

static void
log_merge(struct service *service, const char *partner, const struct run_summary *s)
{
	const struct run_result *r = s->result;
	bool partial = s->report->outcome == RUN_PARTIAL;
	const struct log_fields over = { .partner = partner, .run = r->run };
	const struct log_fields again = { .event = LOG_PARTNER_ANSWERS, .partner = partner, .run = r->run };
	log_event(said_ends(&service->failing, partner), &again, "%s: answers again, after %u failures", partner,
	    s->failures_before);
	if (!partial)
		log_event(said_ends(&service->partial, partner), &over, "%s: all of it is read again", partner);
	const struct log_fields f = { .event = LOG_RUN, .partner = partner, .run = r->run,
		.error_kind = s->report->error_kind != ERROR_NONE ? error_kind_name(s->report->error_kind) : NULL };
	enum log_level level = partial ? said_begins(&service->partial, partner, LOG_WARN) :
	    s->report->outcome == RUN_NOT_MODIFIED ? LOG_DEBUG : LOG_INFO;
	log_event(level, &f, "%s: %s: %" PRIu64 " read, %" PRIu64 " added, %" PRIu64 " changed, %" PRIu64
	    " restored, %" PRIu64 " removed, %" PRIu64 " in quarantine%s%s", partner,
	    run_outcome_name(s->report->outcome), s->report->seen, r->added, r->changed, r->restored,
	    r->removed, r->quarantined, *s->report->detail ? "; " : "", s->report->detail);
	log_hold(service, partner, r);
}

/* A full disk is said once for all. */
static void
log_unstored(struct service *service, const char *partner, const struct error *err)
{
	const struct log_fields f = { .partner = partner, .error_kind = error_kind_name(err->kind) };
	log_event(err->kind == ERROR_FULL ? LOG_DEBUG : said_begins(&service->unstored, partner, LOG_WARN), &f,
	    "%s: not stored: %s", partner, err->text);
}

static void
log_run(struct service *service, const char *partner, const struct run_summary *s)
{
	/* What began before we did was told of then. */
	if (s->failures_before > 0)
		(void)said_begins(&service->failing, partner, LOG_WARN);
	if (s->result == NULL) {
		log_unstored(service, partner, &s->error);
		return;
	}
	log_event(said_ends(&service->unstored, partner), &(struct log_fields){ .partner = partner, .run = s->result->run },
	    "%s: is stored again", partner);
	if (s->report->outcome == RUN_FAILED || s->report->outcome == RUN_REFUSED)
		log_failure(service, partner, s);
	else
		log_merge(service, partner, s);
}

static bool
has_changes(const struct run_result *r)
{
	return r->added + r->changed + r->removed + r->restored > 0;
}

static void
on_run_done(void *arg, const char *partner, const struct run_summary *s)
{
	struct service *service = arg;
	if (s->cancelled)
		return;
	lookout_run_done(service->lookout, partner, s);
	if (s->result != NULL && has_changes(s->result))
		courier_wake(service->courier);
	log_run(service, partner, s);
}

/* ---- the heart */

static void
add_contact(void *arg, const struct partner_config *p)
{
	contacts_add(arg, p);
}

static void
tell_partners(struct service *s)
{
	struct contacts *r = contacts_new();
	engine_each(s->engine, add_contact, r);
	server_know(s->server, r);
	s->told_settings = engine_settings(s->engine);
}

static void
tell_server(struct service *s, const struct engine_status *st)
{
	struct lookout_status lookout = lookout_status(s->lookout);
	struct postman_status mail = postman_status(s->postman);
	const struct server_gauges gauges = {
		.partners = st->partners, .running = st->running, .failing = lookout.failing, .runs = st->runs,
		.overdue_ms = st->overdue_ms, .store_busy_ms = st->store_busy_ms, .stuck = s->stuck,
		.late_ms = s->late_ms, .timer_late_ms = s->latest_ms,
		.full_since_ms = store_full_since(engine_store(s->engine)),
		.blind_since_ms = lookout.blind_since_ms, .mail_stuck_since_ms = mail.stuck_since_ms,
		.mail_waiting = mail.waiting,
	};
	if (s->server == NULL)
		return;
	server_tell(s->server, &gauges);
	if (s->told_settings != engine_settings(s->engine))
		tell_partners(s);
}

/* What matters most comes first: `systemctl status` cuts the line. */
static void
tell_status(const struct service *s, const struct engine_status *st)
{
	struct lookout_status lookout = lookout_status(s->lookout);
	struct postman_status mail = postman_status(s->postman);
	struct courier_status hooks = courier_status(s->courier);
	struct buf line = BUF_INIT;
	char since[TIME_TEXT_MAX];
	int64_t full_since_ms = store_full_since(engine_store(s->engine));
	if (full_since_ms != TIME_NONE)
		buf_fmt(&line, "DISK FULL since %s: no partner is read; ", time_text(full_since_ms, since));
	if (s->mistaken)
		buf_str(&line, "the settings have mistakes, which the journal names; ");
	if (lookout.blind_since_ms != TIME_NONE)
		buf_fmt(&line, "BLIND since %s: our own network; ", time_text(lookout.blind_since_ms, since));
	if (mail.stuck_since_ms != TIME_NONE)
		buf_fmt(&line, "mail not sent since %s (%" PRId64 " waiting): %s; ",
		    time_text(mail.stuck_since_ms, since), mail.waiting, mail.last_error);
	else if (*mail.last_error != '\0')
		buf_fmt(&line, "mail cannot be sent: %s; ", mail.last_error);
	if (hooks.hook != NULL)
		buf_fmt(&line, "hook %s not told since %s: %s; ", hooks.hook, time_text(hooks.since_ms, since), hooks.last_error);
	if (st->partners == 0)
		buf_str(&line, s->mistaken ? "no partner is watched" : "no partner is switched on");
	else
		buf_fmt(&line, "%zu partners, %zu of them failing, %zu being read, %" PRIu64 " runs; timers at most %" PRId64
		    " ms late", st->partners, lookout.failing, st->running, st->runs, s->latest_ms);
	(void)sd_notifyf(0, "STATUS=%s", buf_cstr(&line));
	buf_done(&line);
}

static void
on_beat(void *arg)
{
	struct service *s = arg;
	struct engine_status st = engine_status(s->engine);
	s->late_ms = monotonic_ms() - s->due_ms;
	if (s->late_ms > s->latest_ms)
		s->latest_ms = s->late_ms;
	bool stuck = st.overdue_ms > OVERDUE_MAX_MS || st.store_busy_ms > STORE_MAX_MS;
	if (stuck)
		log_at(said_begins(&s->late, NULL, LOG_ERROR), "the schedule has stopped: the next poll is %" PRId64 " s late, the store is busy for %"
		    PRId64 " s", st.overdue_ms / 1000, st.store_busy_ms / 1000);
	else
		log_at(said_ends(&s->late, NULL), "the schedule goes on");
	s->stuck = stuck;
	if (s->watchdog && !stuck)
		(void)sd_notify(0, "WATCHDOG=1");
	tell_status(s, &st);
	tell_server(s, &st);
	s->due_ms = monotonic_ms() + s->beat_ms;
	timer_start(s->beat, s->beat_ms);
}

static void
start_beat(struct service *s)
{
	uint64_t usec = 0;
	s->watchdog = sd_watchdog_enabled(0, &usec) > 0;
	s->beat_ms = s->watchdog ? (int64_t)(usec / 1000 / 3) : BEAT_MS;
	if (s->beat_ms > BEAT_MS)
		s->beat_ms = BEAT_MS;
	s->due_ms = monotonic_ms();
	on_beat(s);	/* ready, it has said how it is */
}

/* ---- signals */

/* A fresh installation has none. */
static void
tell_watched(const struct service *s)
{
	size_t partners = engine_status(s->engine).partners;
	if (partners > 0)
		log_notice("watching %zu partners", partners);
	else if (s->mistaken)
		log_notice("no partner is watched: mend what is wrong in the settings, then « systemctl reload vigied »");
	else
		log_notice("no partner is switched on: write « enabled = yes » into a file of %s, then « systemctl reload vigied »",
		    engine_config(s->engine)->partners_dir);
}

/* What vigie.conf says itself is taken at the start only. */
static void
tell_of_main_file(struct service *s)
{
	struct stat now;
	if (stat(s->config_file, &now) != 0 ||
	    memcmp(&now.st_mtim, &s->config_stat.st_mtim, sizeof now.st_mtim) == 0)
		return;
	log_notice("%s has changed: what it says itself, such as [mail] and [watch], holds after a restart",
	    s->config_file);
	s->config_stat = now;
}

/* For ExecReload= of the unit, which waits for it; by a signal alone nobody does. */
static void
answer_reload(const char *said)
{
	struct buf path = BUF_INIT;
	const char *folder = getenv("RUNTIME_DIRECTORY");
	if (folder == NULL)
		return;
	buf_fmt(&path, "%s/reload", folder);
	int fd = open(path.data, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd != -1 && write(fd, said, strlen(said)) == -1)
		log_warn("%s: %s", path.data, strerror(errno));
	if (fd != -1)
		(void)close(fd);
	buf_done(&path);
}

static void
on_hangup(void *arg)
{
	struct service *s = arg;
	struct config_problems problems = { 0 };
	if (s->stopping)
		return;
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, monotonic_ms() * 1000);
	struct config *config = config_load(s->config_file, &problems);
	log_problems(&problems, &s->mistakes);
	s->mistaken = problems.n > 0;
	if (config == NULL) {
		log_at(said_begins(&s->refused, NULL, LOG_ERROR), "reload: the old settings stay");
	} else {
		courier_configure(s->courier, config_take_hooks(config), hook_source(config), &problems);
		struct engine_reload r = engine_reload(s->engine, config, &problems);
		lookout_reload(s->lookout);
		log_notice("reloaded: %u partners new, %u changed, %u gone, %u kept as they were because their file is wrong",
		    r.added, r.changed, r.removed, r.kept);
		tell_watched(s);
		tell_of_main_file(s);
		(void)said_ends(&s->refused, NULL);
	}
	config_problems_done(&problems);
	s->due_ms = monotonic_ms();
	on_beat(s);
	(void)sd_notify(0, "READY=1");
	answer_reload(s->mistaken ? "bad\n" : "good\n");
}

static void
on_lookout_stopped(void *arg)
{
	loop_stop(((struct service *)arg)->loop);
}

static void
on_engine_stopped(void *arg)
{
	struct service *s = arg;
	lookout_stop(s->lookout, on_lookout_stopped, s);
}

static void
on_news(void *arg)
{
	struct service *s = arg;
	postman_wake(s->postman);
	courier_wake(s->courier);
}

static void
on_terminate(void *arg)
{
	struct service *s = arg;
	if (s->stopping)
		return;
	s->stopping = true;
	(void)sd_notify(0, "STOPPING=1");
	timer_stop(s->beat);
	store_stop(engine_store(s->engine), STOP_GRACE_MS);
	engine_stop(s->engine, on_engine_stopped, s);
}

/* It is said at once. */
static void
on_room(void *arg)
{
	struct service *s = arg;
	lookout_room_changed(s->lookout);
	if (s->stopping)
		return;
	if (store_damaged(engine_store(s->engine))) {
		log_error("the catalogue is damaged, and is left as it is: « vigie check », then « vigie restore FILE »");
		s->damaged = true;
		on_terminate(s);
		return;
	}
	s->due_ms = monotonic_ms();
	timer_start(s->beat, 0);
}

static int
open_service(struct service *s, const struct clock *clock, struct config *config,
    const struct config_problems *problems, struct error *err)
{
	struct config_hooks hooks = config_take_hooks(config);
	const struct engine_options options = {
		.loop = s->loop, .clock = clock, .config = config, .run_done = on_run_done, .arg = s,
		.keep_room = true, .room_changed = on_room,
	};
	struct error untranslated = ERROR_INIT;
	/* The environment and the locale are for all threads: the engine starts the first. */
	if (letter_language(config->mail.language == CONFIG_FRENCH ? "fr" : "en", NULL, &untranslated) != 0)
		log_warn("%s", untranslated.text);
	s->engine = engine_new(&options, err);
	if (s->engine == NULL) {
		config_hooks_done(&hooks);
		return -1;
	}
	s->courier = courier_new(&(struct courier_options){ s->loop, clock, engine_store(s->engine),
		engine_fetcher(s->engine) });
	courier_configure(s->courier, hooks, hook_source(config), problems);
	const struct lookout_options lookout = {
		.loop = s->loop, .clock = clock, .engine = s->engine, .news = on_news, .arg = s,
	};
	s->postman = postman_new(s->loop, clock, engine_store(s->engine), engine_config(s->engine), err);
	s->lookout = s->postman != NULL ? lookout_new(&lookout, err) : NULL;
	if (s->lookout == NULL)
		return -1;
	s->beat = timer_new(s->loop, on_beat, s);
	s->hangup = signal_new(s->loop, SIGHUP, on_hangup, s, err);
	s->terminate = signal_new(s->loop, SIGTERM, on_terminate, s, err);
	s->interrupt = signal_new(s->loop, SIGINT, on_terminate, s, err);
	return s->hangup && s->terminate && s->interrupt ? 0 : -1;
}

/* The lookout goes on without it: a port that another program has is no reason to watch nobody. */
static void
open_server(struct service *s, const struct clock *clock)
{
	struct error err = ERROR_INIT;
	const struct config *config = engine_config(s->engine);
	s->serving = (struct server_options){ .clock = clock, .config = config };
	if (strcmp(config->serve.listen, "none") == 0)
		return;
	s->server = server_new(&s->serving, &err);
	if (s->server == NULL) {
		log_error("the catalogue is not served: %s", err.text);
		return;
	}
	tell_partners(s);
	log_notice("the catalogue is served at %s", server_address(s->server));
}

int
service_run(const struct clock *clock, const char *config_file, struct config *config,
    const struct config_problems *problems)
{
	struct service s = { .config_file = config_file, .mistaken = problems->n > 0 };
	struct error err = ERROR_INIT;
	int rc = -1;
	log_problems(problems, &s.mistakes);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)stat(config_file, &s.config_stat);
	s.loop = loop_new(&err);
	if (s.loop == NULL)
		config_free(config);
	else if (open_service(&s, clock, config, problems, &err) == 0) {
		engine_schedule(s.engine);
		open_server(&s, clock);
		start_beat(&s);
		tell_watched(&s);
		(void)sd_notify(0, "READY=1");
		rc = loop_run(s.loop, &err);
		struct engine_status st = engine_status(s.engine);
		log_notice("stopped after %" PRIu64 " runs; timers at most %" PRId64 " ms late", st.runs,
		    s.latest_ms);
	}
	if (rc != 0)
		log_error("%s", err.text);
	signal_free(s.interrupt);
	signal_free(s.terminate);
	signal_free(s.hangup);
	timer_free(s.beat);
	server_free(s.server);
	lookout_free(s.lookout);
	postman_free(s.postman);
	courier_free(s.courier);
	engine_free(s.engine, false);
	loop_free(s.loop);
	bool damaged = err.kind == ERROR_DAMAGED || s.damaged;
	struct said *const said[] = { &s.failing, &s.partial, &s.held, &s.unstored, &s.late, &s.mistakes, &s.refused };
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
		said_done(said[i]);
	return damaged ? SERVICE_MEND : rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
