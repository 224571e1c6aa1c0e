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

struct multi {
	struct loop *loop;
	struct multi_callbacks callbacks;
	void *arg;
	struct timer *janitor;
	unsigned max_idle;
	unsigned n_sockets, n_active;	/* of all shards */
	struct watch **watches;	/* of our sockets, by descriptor; they live as long as these */
	size_t n_watches;
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

static struct watch *
watch_of(const struct multi *m, int fd)
{
	return (size_t)fd < m->n_watches ? m->watches[fd] : NULL;
}

int
multi_socket(struct multi *m, unsigned shard, const struct curl_sockaddr *address)
{
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		return -1;
	while ((size_t)fd >= m->n_watches) {
		size_t n = m->n_watches * 2 + SHARDS;
		m->watches = xrealloc(m->watches, n, sizeof *m->watches);
		memset(&m->watches[m->n_watches], 0, (n - m->n_watches) * sizeof *m->watches);
		m->n_watches = n;
	}
	m->watches[fd] = watch_new(m->loop, fd, socket_ready, &m->shards[shard]);
	if (++m->n_sockets > m->width * SHARD_SOCKETS && m->width < SET_MAX)
		m->width *= 2;
	return fd;
}

static int
close_socket(void *arg, curl_socket_t fd)
{
	struct multi *m = arg;
	m->n_sockets--;
	watch_free(watch_of(m, fd));
	m->watches[fd] = NULL;
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
	struct watch *own = watch_of(s->multi, fd), *w = own != NULL ? own : socket_arg;
	(void)easy;
	if (what == CURL_POLL_REMOVE && own == NULL) {	/* libcurl's own, of its resolver */
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
	free(m->watches);
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
