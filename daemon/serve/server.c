/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's life: its thread, its workers and their handles of the catalogue.
 *
 *	server_new ─► thread: loop ─► quit ─► no new visits; the rest is given up
 *	              after GIVE_UP_MS ─► joined by server_free
 */
#include "serve/server.h"

#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"
#include "net/retry.h"
#include "serve/listen.h"
#include "serve/contacts.h"
#include "serve/live.h"
#include "serve/server_private.h"

enum { GIVE_UP_MS = 500, HEADER_BYTES = 16 << 10, BODY_BYTES = 64 << 10 };

/* ---- the thread */

static void
give_up(void *arg)
{
	struct server *s = arg;
	for (size_t i = 0; s->pool != NULL && i < s->n_exchanges; i++)
		catalogue_stop(s->exchanges[i].catalogue, monotonic_ms());
	loop_stop(s->loop);
}

static void
on_quit(void *arg)
{
	struct server *s = arg;
	s->stopping = true;
	http_quiet(s->http);
	live_stop(s);
	if (s->calls == NULL)
		loop_stop(s->loop);
	else
		timer_start(s->give_up, GIVE_UP_MS);
}

static void *
serve(void *arg)
{
	struct server *s = arg;
	struct error err = ERROR_INIT;
	if (loop_run(s->loop, &err) != 0)
		log_error("the HTTP server has stopped: %s", err.text);
	return NULL;
}

int
server_stamp(struct server *s, struct error *err)
{
	struct catalogue_stamp now;
	if (s->stamped)
		return 0;
	if (catalogue_stamp(s->catalogue, &now, err) != 0)
		return -1;
	if (!catalogue_stamp_same(&now, &s->stamp))
		cache_clear(s->cache);
	s->stamp = now;
	s->stamped = true;
	turn_start(s->turn);
	return 0;
}

static void
on_turn(void *arg)
{
	struct server *s = arg;
	s->stamped = false;
}

void
server_count(struct server *s, int status, size_t bytes, bool from_cache)
{
	pthread_mutex_lock(&s->lock);
	if (status >= 100 && status < 600) {
		s->counts.requests++;
		s->counts.answers[status / 100]++;
	}
	s->counts.bytes += bytes;
	s->counts.from_cache += from_cache;
	s->counts.connections = http_connections(s->http);
	pthread_mutex_unlock(&s->lock);
}

/* ---- what it is made of */

static struct zone
office_zone(const struct config *config)
{
	struct zone zone = { .offset_s = 0 };
	(void)zone_parse(config->mail.zone, strlen(config->mail.zone), &zone);
	return zone;
}

static struct catalogue *
open_catalogue(const struct config *config, struct error *err)
{
	const struct catalogue_options options = {
		.path = config->catalogue_path, .read_only = true, .search = config->search, .zone = office_zone(config),
	};
	return catalogue_open(&options, err);
}

/* What the first who comes has made: an office that nobody asks has 3 MiB more. */
static int
open_workers(struct server *s, struct error *err)
{
	void *own[SERVER_WORKERS_MAX];
	for (size_t i = 0; i < s->n_exchanges; i++) {
		catalogue_close(s->exchanges[i].catalogue);	/* of a time when not all could be opened */
		struct exchange *x = &s->exchanges[i];
		*x = (struct exchange){ open_catalogue(s->options.config, err), s->tally, s->options.config,
			s->options.clock, s, office_zone(s->options.config) };
		if (x->catalogue == NULL)
			return -1;
		own[i] = x;
	}
	catalogue_close(s->catalogue);
	s->catalogue = open_catalogue(s->options.config, err);
	s->pool = s->catalogue != NULL ? pool_new(s->loop, own, s->n_exchanges, err) : NULL;
	return s->pool != NULL ? 0 : -1;
}

int
server_ready(struct server *s, struct error *err)
{
	return s->pool != NULL ? 0 : open_workers(s, err);
}

static int
open_sockets(struct server *s, struct error *err)
{
	int fds[LISTEN_MAX];
	size_t n;
	struct buf address = BUF_INIT;
	if (listen_open(s->options.config->serve.listen, fds, &n, &address, err) != 0)
		return -1;
	if (n == 0)
		(void)error_set(err, ERROR_CONFIG, "there is no address to listen on");
	for (size_t i = 0; i < n; i++)
		if (err->kind != ERROR_NONE || http_listen(s->http, fds[i], err) != 0)
			(void)close(fds[i]);
	s->address = buf_take(&address);
	return err->kind == ERROR_NONE ? 0 : -1;
}

/* More than there are processors get in each other's way. */
static size_t
n_workers(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	return processors < SERVER_WORKERS_MIN ? SERVER_WORKERS_MIN :
	    processors > SERVER_WORKERS_MAX ? SERVER_WORKERS_MAX : (size_t)processors;
}

static int
open_server(struct server *s, struct error *err)
{
	const struct config *config = s->options.config;
	s->loop = loop_new(err);
	if (s->loop == NULL)
		return -1;
	const struct http_options options = {
		.loop = s->loop, .max_connections = config->serve.max_connections, .max_header_bytes = HEADER_BYTES,
		.max_body_bytes = BODY_BYTES, .quiet_ms = config->serve.quiet_ms, .visit = call_visit, .arg = s,
	};
	s->n_exchanges = n_workers();
	s->tally = tally_new();
	s->cache = cache_new();
	s->turn = turn_new(s->loop, on_turn, s);
	s->give_up = timer_new(s->loop, give_up, s);
	s->live = live_new(s);
	s->quit = wakeup_new(s->loop, on_quit, s, err);
	s->http = s->quit != NULL ? http_new(&options, err) : NULL;
	if (s->http == NULL || open_sockets(s, err) != 0)
		return -1;
	s->salt = random_u64();
	const char *url = config->serve.url != NULL ? config->serve.url :
	    strncmp(s->address, "http", 4) == 0 ? s->address : "http://localhost";
	size_t len = strlen(url);
	s->base_url = xstrndup(url, url[len - 1] == '/' ? len - 1 : len);
	s->running = thread_start(&s->thread, serve, s, err) == 0;
	return s->running ? 0 : -1;
}

struct server *
server_new(const struct server_options *options, struct error *err)
{
	struct server *s = xcalloc(1, sizeof *s);
	s->options = *options;
	s->gauges.told_ms = monotonic_ms();
	s->gauges.full_since_ms = s->gauges.blind_since_ms = s->gauges.mail_stuck_since_ms = TIME_NONE;
	s->contacts = contacts_new();
	s->counts.started_ms = clock_now_ms(options->clock);
	(void)pthread_mutex_init(&s->lock, NULL);
	if (open_server(s, err) == 0)
		return s;
	server_free(s);
	return NULL;
}

void
server_free(struct server *s)
{
	if (s == NULL)
		return;
	if (s->running) {
		wakeup_call(s->quit);
		(void)pthread_join(s->thread, NULL);
	}
	pool_free(s->pool);
	while (s->calls != NULL)
		call_drop(s->calls);
	http_free(s->http);
	wakeup_free(s->quit);
	turn_free(s->turn);
	timer_free(s->give_up);
	live_free(s->live);
	loop_free(s->loop);
	cache_free(s->cache);
	for (size_t i = 0; i < s->n_exchanges; i++)
		catalogue_close(s->exchanges[i].catalogue);
	catalogue_close(s->catalogue);
	tally_free(s->tally);
	contacts_drop(s->contacts);
	pthread_mutex_destroy(&s->lock);
	free(s->address);
	free(s->base_url);
	said_done(&s->faults);
	said_done(&s->guard.guessing);
	free(s);
}

/* ---- from other threads */

const char *
server_address(const struct server *s)
{
	return s->address;
}

void
server_know(struct server *s, struct contacts *r)
{
	(void)pthread_mutex_lock(&s->lock);
	struct contacts *old = s->contacts;
	s->contacts = r;
	(void)pthread_mutex_unlock(&s->lock);
	contacts_drop(old);
}

struct contacts *
server_contacts(struct server *s)
{
	(void)pthread_mutex_lock(&s->lock);
	struct contacts *r = contacts_hold(s->contacts);
	(void)pthread_mutex_unlock(&s->lock);
	return r;
}

void
server_tell(struct server *s, const struct server_gauges *g)
{
	pthread_mutex_lock(&s->lock);
	s->gauges = *g;
	s->gauges.told_ms = monotonic_ms();
	pthread_mutex_unlock(&s->lock);
}

struct server_gauges
server_gauges(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	struct server_gauges g = s->gauges;
	pthread_mutex_unlock(&s->lock);
	return g;
}

struct server_counts
server_counts(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	struct server_counts c = s->counts;
	pthread_mutex_unlock(&s->lock);
	return c;
}
