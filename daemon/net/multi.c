/* SPDX-License-Identifier: Apache-2.0 */
#include "net/multi.h"

#include <sys/socket.h>

#include <assert.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/clock.h"

enum { IDLE_SHARD_MS = 60 * SECOND_MS };
enum { SET_MAX = 256, SHARDS = 2 * SET_MAX };
/* Of a set, powers of two: so many shards are filled at first, and twice as many when each has so many connections. */
enum { SET_MIN = 4, SHARD_SOCKETS = 64 };

struct shard {
	struct multi *multi;
	CURLM *handle;		/* NULL: not in use */
	struct timer *timer;	/* libcurl's own time-outs */
	int64_t used_ms;	/* monotonic; when a transfer last ended */
	unsigned active;
	bool tight;		/* each connection that is kept closes another */
};

/*
 * A socket of ours.  libcurl 7.88 says when it closes one, but not when there
 * was no whole connection yet (cf_socket_close() in its cf-socket.c): then the
 * kernel's mark of the socket tells, and the number may be another's already.
 */
struct own {
	struct watch *watch;	/* NULL: none has this number */
	struct shard *shard;
	uint64_t cookie;
};

struct multi {
	struct loop *loop;
	struct multi_callbacks callbacks;
	void *arg;
	struct timer *janitor;
	unsigned max_idle;
	unsigned n_sockets, n_active;	/* of all shards */
	struct own *own;	/* by descriptor */
	size_t n_own;
	unsigned n_open;	/* shards */
	unsigned width;		/* shards of a set that are being filled */
	bool inside;
	struct shard shards[SHARDS];
};

static void
tell_finished(struct shard *s)
{
	struct multi *m = s->multi;
	CURLMsg *msg;
	int left;
	while (s->handle != NULL && (msg = curl_multi_info_read(s->handle, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		CURL *easy = msg->easy_handle;
		CURLcode code = msg->data.result;
		multi_remove(m, (unsigned)(s - m->shards), easy);
		m->callbacks.finished(m->arg, easy, code);
	}
}

/*
 * libcurl bounds the connections of a multi handle, not of all: a shard that
 * gets one more while there are too many gives up its oldest.
 */
static void
bound_idle(struct shard *s)
{
	const struct multi *m = s->multi;
	bool tight = m->n_sockets > m->n_active + m->max_idle;
	if (tight == s->tight)
		return;
	s->tight = tight;
	(void)curl_multi_setopt(s->handle, CURLMOPT_MAXCONNECTS, tight ? 1L : (long)m->max_idle);
}

/* The one door into libcurl. */
static void
act(struct shard *s, curl_socket_t fd, int what)
{
	struct multi *m = s->multi;
	int running;
	assert(!m->inside);
	bound_idle(s);
	m->inside = true;
	/* Fails for a bad handle only; transfers report for themselves. */
	CURLMcode code = curl_multi_socket_action(s->handle, fd, what, &running);
	m->inside = false;
	assert(code == CURLM_OK);
	(void)code;
	m->callbacks.returned(m->arg);
	tell_finished(s);
}

static void
socket_ready(void *arg, int fd, int what)
{
	act(arg, fd, (what & LOOP_READ ? CURL_CSELECT_IN : 0) | (what & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
timer_fired(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* Its sockets */

static struct own *
own_of(const struct multi *m, int fd)
{
	return (size_t)fd < m->n_own && m->own[fd].watch != NULL ? &m->own[fd] : NULL;
}

/* 0: it is closed, or no socket. */
static uint64_t
cookie_of(int fd)
{
	uint64_t cookie;
	socklen_t len = sizeof cookie;
	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

static void
forget(struct multi *m, struct own *o)
{
	m->n_sockets--;
	watch_free(o->watch);
	o->watch = NULL;
}

/* What libcurl waited for at this number it believes to be told still, and does not ask for again. */
static int
forget_closed(struct multi *m, int fd)
{
	struct own *o = own_of(m, fd);
	int wanted = o != NULL ? watch_wanted(o->watch) : 0;
	if (o != NULL)
		forget(m, o);
	return wanted;
}

int
multi_socket(struct multi *m, unsigned shard, const struct curl_sockaddr *address)
{
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		return -1;
	while ((size_t)fd >= m->n_own) {
		size_t n = m->n_own * 2 + SET_MAX;
		m->own = xrealloc(m->own, n, sizeof *m->own);
		memset(&m->own[m->n_own], 0, (n - m->n_own) * sizeof *m->own);
		m->n_own = n;
	}
	int wanted = forget_closed(m, fd);
	struct shard *s = &m->shards[shard];
	m->own[fd] = (struct own){ watch_new(m->loop, fd, socket_ready, s), s, cookie_of(fd) };
	watch_set(m->own[fd].watch, wanted);
	if (++m->n_sockets > m->width * SHARD_SOCKETS && m->width < SET_MAX)
		m->width *= 2;
	return fd;
}

static int
close_socket(void *arg, curl_socket_t fd)
{
	struct multi *m = arg;
	forget(m, &m->own[fd]);
	return close(fd);
}

void
multi_own_sockets(struct multi *m, CURL *easy)
{
	(void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	(void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, m);
}

/* libcurl says what it waits for. */

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct shard *s = arg;
	struct own *o = own_of(s->multi, fd);
	bool others = o != NULL && o->shard != s, closed = what == CURL_POLL_REMOVE && o != NULL && cookie_of(fd) != o->cookie;
	(void)easy;
	if (others || closed)
		forget(s->multi, o);
	if (closed && !others)
		return 0;
	bool is_ours = o != NULL && !others;
	struct watch *w = is_ours ? o->watch : socket_arg;
	if (what == CURL_POLL_REMOVE && !is_ours) {	/* libcurl's own, of its resolver */
		watch_free(w);
		(void)curl_multi_assign(s->handle, fd, NULL);
		return 0;
	}
	if (w == NULL) {
		w = watch_new(s->multi->loop, fd, socket_ready, s);
		(void)curl_multi_assign(s->handle, fd, w);
	}
	watch_set(w, (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0));
	return 0;
}

static int
set_timer(CURLM *handle, long wait_ms, void *arg)
{
	struct shard *s = arg;
	(void)handle;
	if (wait_ms < 0)
		timer_stop(s->timer);
	else
		timer_start(s->timer, wait_ms);
	return 0;
}

/* Shards */

static int
shard_open(struct shard *s, struct error *err)
{
	struct multi *m = s->multi;
	if ((s->handle = curl_multi_init()) == NULL)
		return error_set(err, ERROR_SYSTEM, "curl_multi_init failed");
	s->timer = timer_new(m->loop, timer_fired, s);
	(void)curl_multi_setopt(s->handle, CURLMOPT_SOCKETFUNCTION, watch_socket);
	(void)curl_multi_setopt(s->handle, CURLMOPT_SOCKETDATA, s);
	(void)curl_multi_setopt(s->handle, CURLMOPT_TIMERFUNCTION, set_timer);
	(void)curl_multi_setopt(s->handle, CURLMOPT_TIMERDATA, s);
	(void)curl_multi_setopt(s->handle, CURLMOPT_MAXCONNECTS, (long)m->max_idle);
	/* A connection for each request, with HTTP/2 too: of several on one, 7.88 may forget one that waits. */
	(void)curl_multi_setopt(s->handle, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	s->tight = false;
	if (m->n_open++ == 0)
		timer_start(m->janitor, IDLE_SHARD_MS);
	return 0;
}

static void
shard_close(struct shard *s)
{
	if (s->handle == NULL)
		return;
	assert(s->active == 0);
	(void)curl_multi_cleanup(s->handle);
	timer_free(s->timer);
	s->handle = NULL;
	s->timer = NULL;
	s->multi->n_open--;
}

static void
close_idle_shards(void *arg)
{
	struct multi *m = arg;
	int64_t now_ms = monotonic_ms();
	for (unsigned i = 0; i < SHARDS; i++) {
		struct shard *s = &m->shards[i];
		if (s->active == 0 && now_ms - s->used_ms >= IDLE_SHARD_MS)
			shard_close(s);
	}
	if (m->n_open > 0)
		timer_start(m->janitor, IDLE_SHARD_MS);
	else
		m->width = SET_MIN;
}

struct multi *
multi_new(struct loop *l, unsigned max_idle, const struct multi_callbacks *callbacks, void *arg)
{
	struct multi *m = xcalloc(1, sizeof *m);
	m->loop = l;
	m->callbacks = *callbacks;
	m->arg = arg;
	m->max_idle = max_idle;
	m->width = SET_MIN;
	m->janitor = timer_new(l, close_idle_shards, m);
	for (unsigned i = 0; i < SHARDS; i++)
		m->shards[i].multi = m;
	return m;
}

void
multi_free(struct multi *m)
{
	if (m == NULL)
		return;
	for (unsigned i = 0; i < SHARDS; i++)
		shard_close(&m->shards[i]);
	timer_free(m->janitor);
	for (size_t i = 0; i < m->n_own; i++)
		watch_free(m->own[i].watch);
	free(m->own);
	free(m);
}

unsigned
multi_shard(const struct multi *m, const char *host, bool allow_private)
{
	return (unsigned)XXH3_64bits(host, strlen(host)) % m->width + (allow_private ? SET_MAX : 0);
}

bool
multi_inside(const struct multi *m)
{
	return m->inside;
}

int
multi_add(struct multi *m, unsigned shard, CURL *easy, struct error *err)
{
	struct shard *s = &m->shards[shard];
	assert(!m->inside);
	if (s->handle == NULL && shard_open(s, err) != 0)
		return -1;
	CURLMcode code = curl_multi_add_handle(s->handle, easy);
	if (code != CURLM_OK)
		return error_set(err, ERROR_SYSTEM, "libcurl: %s", curl_multi_strerror(code));
	s->active++;
	m->n_active++;
	return 0;
}

CURLcode
multi_resume(struct multi *m, CURL *easy)
{
	assert(!m->inside);
	m->inside = true;
	CURLcode code = curl_easy_pause(easy, CURLPAUSE_CONT);
	m->inside = false;
	return code;
}

void
multi_remove(struct multi *m, unsigned shard, CURL *easy)
{
	struct shard *s = &m->shards[shard];
	assert(!m->inside);
	CURLMcode code = curl_multi_remove_handle(s->handle, easy);
	assert(code == CURLM_OK);
	(void)code;
	s->active--;
	m->n_active--;
	s->used_ms = monotonic_ms();
}
