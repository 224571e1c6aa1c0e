/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that knows evhttp (libevent 2.1).  It has no limit on connections
 * and no time by which a request must be complete, so connections are kept in a
 * list here: libevent asks us for each one's bufferevent, and one that it has
 * freed is told by its callbacks, which are gone then.
 */
#include "serve/http.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "base/buf.h"
#include "base/clock.h"

enum { SWEEP_MS = 500, SWEEP_FULL_MS = 5, SPARE = 16, SPEAK_MS = 200, BEHIND_MS = 5000, LISTENERS_MAX = 8, WRITE_AT_ONCE = 1 << 20 };
/* What a visitor may make us hold beside its request: bytes that it sends before it is asked, and in the kernel bytes
 * that it does not take; those of all visitors that wait here; as many as it has taken keep it in pace. */
enum { READ_AHEAD = 32 << 10, SEND_BUFFER = 256 << 10, UNSENT_MAX = 128 << 20, PACE = 256 << 10 };

struct link {			/* a connection */
	struct link *next;
	struct http *http;
	struct bufferevent *bev;	/* a reference of our own */
	int64_t since_ms;		/* monotonic: accepted, or its last visit ended */
	unsigned visits;
	int64_t paced_ms;		/* monotonic: something began to wait for it, or it had taken PACE bytes more */
	size_t taken;			/* bytes, since then */
	bool hung_up;
};

struct visit {
	struct http *http;
	struct evhttp_request *request;
	struct link *link;
	bool left;			/* the visitor; `request` is ours alone then */
	void (*drained)(void *arg);
	void (*gone)(void *arg);
	void *arg;
};

struct http {
	struct http_options options;
	struct event_base *base;
	struct evhttp *evhttp;
	struct evhttp_bound_socket *sockets[LISTENERS_MAX];
	size_t n_sockets;
	struct link *links;
	size_t n_links, unsent;		/* bytes that wait for visitors */
	struct timer *sweep;
	bool paused, quiet;
};

/* ---- connections */

static bool
link_ended(const struct link *k)
{
	bufferevent_data_cb read, write;
	bufferevent_event_cb event;
	void *arg;
	bufferevent_getcb(k->bev, &read, &write, &event, &arg);
	return read == NULL && write == NULL && event == NULL;
}

/* The shutdown is seen by evhttp as the visitor's leaving. */
static void
link_hang_up(struct link *k)
{
	int fd = bufferevent_getfd(k->bev);
	k->hung_up = true;
	if (fd >= 0)
		(void)shutdown(fd, SHUT_RDWR);
}

static void
pause_accepting(struct http *h, bool pause)
{
	if (h->paused == pause)
		return;
	h->paused = pause;
	for (size_t i = 0; i < h->n_sockets; i++) {
		struct evconnlistener *l = evhttp_bound_socket_get_listener(h->sockets[i]);
		(void)(pause ? evconnlistener_disable(l) : evconnlistener_enable(l));
	}
}

static size_t
link_unsent(const struct link *k)
{
	return evbuffer_get_length(bufferevent_get_output(k->bev));
}

/* It asks for nothing, and takes nothing of its last answer. */
static bool
is_silent(const struct link *k, int64_t now_ms, int64_t for_ms)
{
	return k->visits == 0 && now_ms - (k->since_ms > k->paced_ms ? k->since_ms : k->paced_ms) >= for_ms;
}

/* Whoever has just come has a moment to say what it wants. */
static bool
may_go(const struct link *k, int64_t now_ms)
{
	return !k->hung_up && is_silent(k, now_ms, SPEAK_MS);
}

/* It takes an answer, but little of it for long: in drops, one could hold on for ever. */
static bool
is_behind(const struct link *k, int64_t now_ms)
{
	return !k->hung_up && now_ms - k->paced_ms >= BEHIND_MS && link_unsent(k) > 0;
}

/* There are more than there may be: those who have been silent longest go, and then those who are furthest behind, so
 * that nobody keeps others out by holding on. */
static void
make_room(struct http *h, int64_t now_ms)
{
	for (size_t i = h->options.max_connections; i < h->n_links; i++) {
		struct link *oldest = NULL, *slowest = NULL;
		for (struct link *k = h->links; k != NULL; k = k->next) {
			if (may_go(k, now_ms) && (oldest == NULL || k->since_ms <= oldest->since_ms))
				oldest = k;
			if (is_behind(k, now_ms) && (slowest == NULL || k->paced_ms <= slowest->paced_ms))
				slowest = k;
		}
		oldest = oldest != NULL ? oldest : slowest;
		if (oldest == NULL)
			return;
		link_hang_up(oldest);
	}
}

/* More waits to be taken than there is memory for: those who are furthest behind go. */
static void
spare_memory(struct http *h)
{
	size_t unsent = 0;
	for (const struct link *k = h->links; k != NULL; k = k->next)
		unsent += k->hung_up ? 0 : link_unsent(k);
	while (unsent > UNSENT_MAX) {
		struct link *slowest = NULL;
		for (struct link *k = h->links; k != NULL; k = k->next)
			if (!k->hung_up && link_unsent(k) > 0 && (slowest == NULL || k->paced_ms <= slowest->paced_ms))
				slowest = k;
		unsent -= link_unsent(slowest);
		link_hang_up(slowest);
	}
}

static int64_t
sweep_again_ms(const struct http *h)
{
	return h->paused || h->n_links > h->options.max_connections || h->unsent > UNSENT_MAX ? SWEEP_FULL_MS : SWEEP_MS;
}

/* Something was given to it, or it has taken something. */
static void
on_output(struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg)
{
	struct link *k = arg;
	struct http *h = k->http;
	(void)out;
	h->unsent = h->unsent + info->n_added - info->n_deleted;
	k->taken += info->n_deleted;
	if (info->orig_size == 0 || k->taken >= PACE) {
		k->paced_ms = monotonic_ms();
		k->taken = 0;
	}
	if (info->n_added > 0 && h->unsent > UNSENT_MAX)
		timer_start(h->sweep, 0);
}

static void
link_free(struct link *k)
{
	k->http->unsent -= link_unsent(k);
	(void)evbuffer_remove_cb(bufferevent_get_output(k->bev), on_output, k);
	(void)bufferevent_decref(k->bev);
	free(k);
}

static void
on_sweep(void *arg)
{
	struct http *h = arg;
	int64_t now_ms = monotonic_ms();
	for (struct link **at = &h->links; *at != NULL;) {
		struct link *k = *at;
		if (link_ended(k)) {
			*at = k->next;
			link_free(k);
			h->n_links--;
			continue;
		}
		if (is_silent(k, now_ms, h->quiet ? 0 : h->options.quiet_ms))
			link_hang_up(k);
		at = &k->next;
	}
	make_room(h, now_ms);
	spare_memory(h);
	pause_accepting(h, h->quiet || h->n_links >= h->options.max_connections + SPARE);
	if (h->n_links > 0)
		timer_start(h->sweep, sweep_again_ms(h));
}

/*
 * evhttp sets the descriptor and the callbacks when this returns.  The descriptor is closed with the last reference, not
 * by evhttp, which only shuts it down: its number would be given to the next who comes, while libevent still reads it for
 * this one.
 */
static struct bufferevent *
on_connection(struct event_base *base, void *arg)
{
	struct http *h = arg;
	struct link *k = xcalloc(1, sizeof *k);
	k->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (k->bev == NULL)
		abort();
	/* Headers and a page leave in one write: with 16 kB at a time, Nagle's algorithm waits for an
	 * acknowledgement that is delayed. */
	(void)bufferevent_set_max_single_write(k->bev, WRITE_AT_ONCE);
	/* evhttp goes on reading while it answers. */
	bufferevent_setwatermark(k->bev, EV_READ, 0, h->options.max_header_bytes + h->options.max_body_bytes + READ_AHEAD);
	bufferevent_incref(k->bev);
	k->http = h;
	if (evbuffer_add_cb(bufferevent_get_output(k->bev), on_output, k) == NULL)
		abort();
	k->since_ms = monotonic_ms();
	k->next = h->links;
	h->links = k;
	if (++h->n_links == 1 || h->n_links > h->options.max_connections)
		timer_start(h->sweep, h->n_links == 1 ? SWEEP_MS : 0);
	return k->bev;
}

static struct link *
find_link(struct http *h, struct evhttp_connection *evcon)
{
	const struct bufferevent *bev = evhttp_connection_get_bufferevent(evcon);
	struct link *k = h->links;
	while (k != NULL && k->bev != bev)
		k = k->next;
	return k;
}

/* ---- visits */

static void
on_left(struct evhttp_connection *evcon, void *arg)
{
	struct visit *v = arg;
	(void)evcon;
	v->left = true;
	if (v->gone != NULL)
		v->gone(v->arg);
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct http *h = arg;
	struct evhttp_connection *evcon = evhttp_request_get_connection(request);
	struct visit *v = xcalloc(1, sizeof *v);
	v->http = h;
	v->request = request;
	v->link = find_link(h, evcon);
	if (v->link != NULL)
		v->link->visits++;
	evhttp_connection_set_closecb(evcon, on_left, v);
	h->options.visit(h->options.arg, v);
}

const char *
http_method(const struct visit *v)
{
	static const struct { enum evhttp_cmd_type type; const char *name; } names[] = {
		{ EVHTTP_REQ_GET, "GET" }, { EVHTTP_REQ_HEAD, "HEAD" }, { EVHTTP_REQ_POST, "POST" },
		{ EVHTTP_REQ_OPTIONS, "OPTIONS" }, { EVHTTP_REQ_PUT, "PUT" }, { EVHTTP_REQ_DELETE, "DELETE" },
		{ EVHTTP_REQ_PATCH, "PATCH" },
	};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].type == evhttp_request_get_command(v->request))
			return names[i].name;
	return "";
}

const char *
http_target(const struct visit *v)
{
	return evhttp_request_get_uri(v->request);
}

const char *
http_header(const struct visit *v, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(v->request), name);
}

const char *
http_body(const struct visit *v, size_t *ret_len)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(v->request);
	*ret_len = evbuffer_get_length(in);
	return *ret_len > 0 ? (const char *)evbuffer_pullup(in, -1) : "";
}

/* ---- answers */

/* Requests that came behind this one, unasked for: evhttp may overlook them, so the connection ends, and who wants
 * answers asks again (RFC 9112, 9.3.2). */
static bool
has_asked_more(const struct visit *v)
{
	return !v->left && v->link != NULL && evbuffer_get_length(bufferevent_get_input(v->link->bev)) > 0;
}

/*
 * evhttp takes three pieces of memory and a printf() for each field, and there
 * are eight: as much as a page's links cost.  So they are one to it, whose value
 * goes on with the others.
 */
static void
add_fields(struct evkeyvalq *out, const struct http_field *fields, size_t n)
{
	struct evkeyval *all = NULL;
	struct buf value = BUF_INIT;
	for (size_t i = 0; i < n; i++) {
		if (fields[i].value[strcspn(fields[i].value, "\r\n")] != '\0')
			continue;
		if (all == NULL) {
			all = xcalloc(1, sizeof *all);	/* which evhttp frees, as its texts */
			all->key = xstrdup(fields[i].name);
		} else {
			buf_add(&value, "\r\n", 2);
			buf_str(&value, fields[i].name);
			buf_add(&value, ": ", 2);
		}
		buf_str(&value, fields[i].value);
	}
	if (all == NULL)
		return;
	all->value = buf_take(&value);
	TAILQ_INSERT_TAIL(out, all, next);
}

static void
set_head(struct visit *v, const struct http_head *head)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(v->request);
	if (has_asked_more(v))
		(void)evhttp_add_header(out, "Connection", "close");
	add_fields(out, head->fields, head->n_fields);
}

static void
release(const void *data, size_t len, void *arg)
{
	struct http_body *body = arg;
	(void)data;
	(void)len;
	body->release(body->arg);
	free(body);
}

static void
add_body(struct evbuffer *out, const struct http_body *body)
{
	struct http_body *kept = xmalloc(sizeof *kept);
	*kept = *body;
	if (body->len == 0 || evbuffer_add_reference(out, body->data, body->len, release, kept) != 0)
		release(NULL, 0, kept);
}

/* Nothing of it is called back any more; evhttp may free the request. */
static void
forget(struct visit *v)
{
	struct evhttp_connection *evcon = v->left ? NULL : evhttp_request_get_connection(v->request);
	if (evcon != NULL)
		evhttp_connection_set_closecb(evcon, NULL, NULL);
	if (v->link != NULL && !v->left) {
		v->link->visits--;
		v->link->since_ms = monotonic_ms();
	}
}

void
http_reply(struct visit *v, const struct http_head *head, const struct http_body *body)
{
	static const struct http_body none;
	char length[24];
	forget(v);
	set_head(v, head);
	if (body == NULL)
		body = &none;
	struct evbuffer *out = evbuffer_new();
	if (out == NULL)
		abort();
	/* evhttp knows the length of what it sends, and HEAD sends nothing. */
	if (evhttp_request_get_command(v->request) == EVHTTP_REQ_HEAD && head->status != 304) {
		(void)snprintf(length, sizeof length, "%zu", body->len);
		(void)evhttp_add_header(evhttp_request_get_output_headers(v->request), "Content-Length", length);
	}
	if (body->release != NULL)
		add_body(out, body);
	evhttp_send_reply(v->request, head->status, NULL, out);
	evbuffer_free(out);
	free(v);
}

void
http_begin(struct visit *v, const struct http_head *head, void (*drained)(void *arg), void (*gone)(void *arg), void *arg)
{
	v->drained = drained;
	v->gone = gone;
	v->arg = arg;
	set_head(v, head);
	evhttp_send_reply_start(v->request, head->status, NULL);
}

static void
on_drained(struct evhttp_connection *evcon, void *arg)
{
	struct visit *v = arg;
	(void)evcon;
	if (v->drained != NULL)
		v->drained(v->arg);
}

void
http_piece(struct visit *v, const struct http_body *body)
{
	struct evbuffer *out = evbuffer_new();
	if (out == NULL)
		abort();
	add_body(out, body);
	if (!v->left)
		evhttp_send_reply_chunk_with_cb(v->request, out, on_drained, v);
	evbuffer_free(out);
}

size_t
http_unsent(const struct visit *v)
{
	if (v->left)
		return 0;
	struct evhttp_connection *evcon = evhttp_request_get_connection(v->request);
	return evbuffer_get_length(bufferevent_get_output(evhttp_connection_get_bufferevent(evcon)));
}

void
http_end(struct visit *v)
{
	forget(v);
	evhttp_send_reply_end(v->request);
	free(v);
}

void
http_break(struct visit *v)
{
	/* What is left to send is sent or not; the last chunk never comes. */
	if (!v->left && v->link != NULL)
		link_hang_up(v->link);
	http_end(v);
}

/* ---- */

struct http *
http_new(const struct http_options *options, struct error *err)
{
	struct http *h = xcalloc(1, sizeof *h);
	h->options = *options;
	h->base = loop_base(options->loop);
	h->evhttp = evhttp_new(h->base);
	if (h->evhttp == NULL) {
		(void)error_set(err, ERROR_SYSTEM, "cannot make the HTTP server");
		free(h);
		return NULL;
	}
	h->sweep = timer_new(options->loop, on_sweep, h);
	evhttp_set_bevcb(h->evhttp, on_connection, h);
	evhttp_set_gencb(h->evhttp, on_request, h);
	evhttp_set_max_headers_size(h->evhttp, (ev_ssize_t)options->max_header_bytes);
	evhttp_set_max_body_size(h->evhttp, (ev_ssize_t)options->max_body_bytes);
	evhttp_set_default_content_type(h->evhttp, NULL);
	evhttp_set_timeout(h->evhttp, (int)(options->quiet_ms / SECOND_MS) + 1);
	/* All that it knows: what is not for us is answered with 405, not by closing. */
	evhttp_set_allowed_methods(h->evhttp, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_OPTIONS |
	    EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_PATCH);
	return h;
}

int
http_listen(struct http *h, int fd, struct error *err)
{
	const int yes = 1, room = SEND_BUFFER;
	if (h->n_sockets == LISTENERS_MAX)
		return error_set(err, ERROR_CONFIG, "more than %d sockets to listen on", LISTENERS_MAX);
	/* What is accepted inherits it; refused for a Unix socket, which has no need of it. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	if (evutil_make_socket_nonblocking(fd) != 0)
		return error_errno(err, ERROR_SYSTEM, "listening");
	struct evhttp_bound_socket *bound = evhttp_accept_socket_with_handle(h->evhttp, fd);
	if (bound == NULL)
		return error_set(err, ERROR_SYSTEM, "cannot listen on descriptor %d", fd);
	h->sockets[h->n_sockets++] = bound;
	return 0;
}

void
http_quiet(struct http *h)
{
	h->quiet = true;
	pause_accepting(h, true);
	timer_start(h->sweep, 0);
}

size_t
http_connections(const struct http *h)
{
	return h->n_links;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	evhttp_free(h->evhttp);		/* and its sockets and connections */
	timer_free(h->sweep);
	while (h->links != NULL) {
		struct link *next = h->links->next;
		link_free(h->links);
		h->links = next;
	}
	free(h);
}
