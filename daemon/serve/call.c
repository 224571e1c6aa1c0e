/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request:
 *
 *	arrived ─► refused (no route, bad query …)
 *	   ├─────► kept, or not modified: answered at once
 *	   └─────► at work ─► answered
 *	                └──► streaming: piece ─► sent ─► piece …
 *
 * `busy` is set while a worker has the call; what happens to the visitor
 * meanwhile waits for its end.
 */
#include <inttypes.h>
#include <time.h>
#include <xxhash.h>

#include "base/log.h"
#include "represent/put.h"
#include "serve/live.h"
#include "serve/server_private.h"

enum { GZIP_MIN = 1000, STREAM_AHEAD = 512 << 10, HEAD_FIELDS = 24 };

static void on_done(void *arg);
static void work(void *own, void *arg);

/* ---- the head of an answer */

struct head {
	struct http_field fields[HEAD_FIELDS];
	size_t n;
	struct buf texts;		/* "Name\0value\0" of the handler's headers */
	char max_age[48];
};

static void
field(struct head *h, const char *name, const char *value)
{
	if (h->n < HEAD_FIELDS)
		h->fields[h->n++] = (struct http_field){ name, value };
}

/* "Name: value\n" … apart; the pieces live in h->texts. */
static void
handler_fields(struct head *h, const char *headers)
{
	buf_str(&h->texts, headers);
	for (char *at = h->texts.data; at != NULL && *at != '\0';) {
		char *end = strchr(at, '\n'), *colon = strstr(at, ": ");
		*end = '\0';
		*colon = '\0';
		field(h, at, colon + 2);
		at = end + 1;
	}
}

/* Pages of other sites may read it: data, but not what is for people, who come themselves. */
static bool
is_open(const struct request *r)
{
	return r->route != NULL && !(r->route->flags & (ROUTE_STAFF | ROUTE_TOKEN)) &&
	    (r->variant == NULL || strcmp(r->variant->name, "html") != 0);
}

/* On every answer, whatever becomes of it. */
static void
fixed_fields(struct head *h, const struct request *r)
{
	if (is_open(r)) {
		field(h, "Access-Control-Allow-Origin", "*");
		field(h, "Access-Control-Expose-Headers", "Link, ETag");
	}
	field(h, "X-Content-Type-Options", "nosniff");
	field(h, "Referrer-Policy", "same-origin");
	field(h, "Vary", "Accept, Accept-Encoding, Accept-Language");
}

static void
caching_fields(struct head *h, const char *etag, int max_age_s)
{
	(void)snprintf(h->max_age, sizeof h->max_age, max_age_s > 0 ? "public, max-age=%d" : "no-cache", max_age_s);
	field(h, "Cache-Control", h->max_age);
	if (etag != NULL)
		field(h, "ETag", etag);
}

static void
reply(struct call *c, int status, struct head *h, const struct http_body *body)
{
	const struct http_head head = { status, h->fields, h->n };
	struct visit *v = c->visit;
	c->visit = NULL;
	http_reply(v, &head, body);
	buf_done(&h->texts);
}

/* ---- the end of a call */

static void
drop_request(struct request *r)
{
	for (size_t i = 0; i < PATH_VALUES; i++)
		free(r->path[i]);
	for (size_t i = 0; i < r->n_query; i++)
		free(r->query[i].value);
	free(r->base_url);
	free(r->url);
	free(r->target);
	free(r->body);
	free(r->authorization);
	free(r->last_event_id);
}

static void
drop_answer(struct cache *cache, struct answer *a)
{
	if (a->stream.done != NULL)
		a->stream.done(a->stream.state);
	cache_spare(cache, &a->body);
	buf_done(&a->headers);
	buf_done(&a->links);
}

static void
call_free(struct call *c)
{
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	drop_request(&c->request);
	drop_answer(c->server->cache, &c->answer);
	gzip_free(c->deflate);
	buf_done(&c->piece);
	free(c->key);
	free(c->fault);
	free(c);
}

void
call_drop(struct call *c)
{
	static const struct http_field none;
	const struct http_head head = { 503, &none, 0 };
	if (c->visit != NULL && c->streaming)
		http_break(c->visit);
	else if (c->visit != NULL)
		http_reply(c->visit, &head, NULL);
	call_free(c);
}

/* ---- answers that are whole */

static void
send_kept(struct call *c, struct kept *k, int status, bool from_cache)
{
	struct head h = { .n = 0 };
	fixed_fields(&h, &c->request);
	bool stable = status == 200 && !c->answer.unstable;
	caching_fields(&h, stable ? c->etag : NULL, k->max_age_s);
	if (k->type != NULL)
		field(&h, "Content-Type", k->type);
	if (k->gzip)
		field(&h, "Content-Encoding", "gzip");
	handler_fields(&h, k->headers);
	kept_take(k);
	const struct http_body body = { k->body.data, k->body.len, kept_drop, k };
	server_count(c->server, status, k->body.len, from_cache);
	reply(c, status, &h, &body);
	call_free(c);
}

/* It moves; of what has much more memory than it needs, a copy does. */
static struct buf
take_body(struct buf *body)
{
	struct buf taken = BUF_INIT;
	if (body->len >= body->cap / 2) {
		taken = *body;
		*body = (struct buf)BUF_INIT;
	} else {
		buf_add(&taken, body->data, body->len);
	}
	return taken;
}

/* The answer as what is kept: its body moves. */
static struct kept *
keep(struct call *c)
{
	struct answer *a = &c->answer;
	struct kept *k = kept_new(c->server->cache);
	if (a->links.len > 0)
		answer_header(a, "Link", buf_cstr(&a->links));
	k->key = xstrdup(c->key != NULL ? c->key : "");
	k->type = xstrdup(a->type);
	k->headers = xstrdup(buf_cstr(&a->headers));
	k->max_age_s = a->max_age_s;
	k->gzip = c->deflate != NULL;
	k->body = take_body(c->deflate != NULL ? &c->piece : &a->body);
	return k;
}

static void
send_answer(struct call *c)
{
	const struct answer *a = &c->answer;
	struct kept *k = keep(c);
	bool current = catalogue_stamp_same(&c->stamp, &c->server->stamp);
	if (a->status == 200 && !a->unstable && c->key != NULL && current)
		cache_put(c->server->cache, k);
	send_kept(c, k, a->status, false);
	kept_drop(k);
}

static void
send_problem(struct call *c)
{
	c->answer.unstable = true;
	send_answer(c);
}

/* ---- answers in pieces */

/* It may read every listing. */
static bool
is_slow(const struct request *r)
{
	bool slow = r->route->flags & ROUTE_LONG;
	for (size_t i = 0; i < r->n_query; i++)
		slow = slow || r->query[i].parameter->slow;
	return slow;
}

void
call_submit(struct call *c)
{
	c->busy = true;
	if (!c->streaming)
		c->answer.body = cache_body(c->server->cache);
	c->job = (struct pool_job){ .work = work, .done = on_done, .arg = c, .slow = is_slow(&c->request) };
	pool_submit(c->server->pool, &c->job);
}

static void
on_drained(void *arg)
{
	struct call *c = arg;
	if (!c->busy && c->more && !c->left && !c->asleep)
		call_submit(c);
}

static void
on_gone(void *arg)
{
	struct call *c = arg;
	c->left = true;
	if (!c->busy)
		call_drop(c);
}

static void
begin_stream(struct call *c)
{
	struct head h = { .n = 0 };
	struct answer *a = &c->answer;
	fixed_fields(&h, &c->request);
	caching_fields(&h, a->unstable ? NULL : c->etag, a->max_age_s);
	field(&h, "Content-Type", a->type);
	if (c->deflate != NULL)
		field(&h, "Content-Encoding", "gzip");
	if (a->links.len > 0)
		answer_header(a, "Link", buf_cstr(&a->links));
	handler_fields(&h, buf_cstr(&a->headers));
	const struct http_head head = { a->status, h.fields, h.n };
	c->streaming = true;
	http_begin(c->visit, &head, on_drained, on_gone, c);
	buf_done(&h.texts);
}

static void
free_piece(void *piece)
{
	buf_done(piece);
	free(piece);
}

static void
send_piece(struct call *c)
{
	struct buf *b = xmalloc(sizeof *b);
	*b = c->piece;
	c->piece = (struct buf)BUF_INIT;
	server_count(c->server, 0, b->len, false);
	const struct http_body body = { b->data, b->len, free_piece, b };
	http_piece(c->visit, &body);
}

bool
call_is_live(const struct call *c)
{
	return c->request.route != NULL && (c->request.route->flags & ROUTE_LIVE) != 0;
}

static void
go_on(struct call *c)
{
	if (c->left || c->failed) {
		call_drop(c);
		return;
	}
	if (!c->streaming) {
		server_count(c->server, c->answer.status, 0, false);
		begin_stream(c);
	}
	bool live = call_is_live(c), told = live && c->piece.len == 0;
	if (c->piece.len > 0)
		send_piece(c);
	if (!c->more) {
		struct visit *v = c->visit;
		c->visit = NULL;
		http_end(v);
		call_free(c);
		return;
	}
	if (live)
		live_go_on(c, told);
	if (!told && http_unsent(c->visit) < STREAM_AHEAD)
		call_submit(c);
}

/* The first, and that questions are answered again. */
static void
log_fault(const struct call *c)
{
	struct said *faults = &c->server->faults;
	if (c->fault != NULL)
		log_at(said_begins(faults, NULL, LOG_ERROR), "%s", c->fault);
	else if (faults->n > 0 && c->answer.status < 500 && !(c->request.route->flags & ROUTE_NO_CATALOGUE))
		log_at(said_ends(faults, NULL), "questions are answered again");
}

static void
on_done(void *arg)
{
	struct call *c = arg;
	c->busy = false;
	log_fault(c);
	if (c->answer.stream.piece != NULL && c->answer.status == 200)
		go_on(c);
	else
		send_answer(c);
}

static int
busy(struct call *c, const char *text, const char *seconds)
{
	answer_header(&c->answer, "Retry-After", seconds);
	return answer_problem(&c->answer, 503, "busy", "%s", text);
}

/* ---- on a worker */

/* Given up, because it takes too long or it is time to end. */
static bool
given_up(const struct error *err)
{
	return err->kind == ERROR_TIMEOUT || err->kind == ERROR_BUSY;
}

/* The loop says it. */
static void
keep_fault(struct call *c, const char *what, const struct error *err)
{
	struct buf text = BUF_INIT;
	buf_fmt(&text, "%s: %s%s", c->request.target, what, err->text);
	if (given_up(err))
		log_notice("%s", text.data);
	else if (c->fault == NULL)
		c->fault = buf_take(&text);
	buf_done(&text);
}

static void
our_fault(struct call *c, const struct error *err)
{
	bool slow = given_up(err);
	keep_fault(c, "", err);
	c->answer.unstable = true;
	(void)answer_problem(&c->answer, slow ? 503 : 500, slow ? "too-slow" : "internal",
	    slow ? "this question takes too long; ask for less" : "this cannot be answered now; the server's log says why");
}

static int
in_catalogue(struct exchange *x, struct call *c, int (*act)(struct exchange *x, struct call *c, struct error *err),
    struct error *err)
{
	if (c->request.route->flags & ROUTE_NO_CATALOGUE)
		return act(x, c, err);
	if (catalogue_read_begin(x->catalogue, err) != 0)
		return -1;
	catalogue_deadline(x->catalogue, c->due_ms);
	int rc = catalogue_stamp(x->catalogue, &c->stamp, err);
	if (rc == 0)
		rc = tally_sync(x->tally, x->catalogue, err);
	if (rc == 0)
		rc = act(x, c, err);
	catalogue_deadline(x->catalogue, 0);
	catalogue_read_end(x->catalogue);
	return rc;
}

static int
handle(struct exchange *x, struct call *c, struct error *err)
{
	return c->request.route->handle(x, &c->request, &c->answer, err);
}

static int
next_piece(struct exchange *x, struct call *c, struct error *err)
{
	struct answer *a = &c->answer;
	struct buf *out = c->deflate != NULL ? &a->body : &c->piece;
	c->more = false;
	if (a->stream.piece(x, a->stream.state, out, &c->more, err) != 0)
		return -1;
	if (c->deflate != NULL)
		gzip_add(c->deflate, out->data, out->len, !c->more, &c->piece);
	buf_clear(&a->body);
	return 0;
}

static bool
compressible(const char *type)
{
	return strncmp(type, "image/", 6) != 0 || strncmp(type, "image/svg", 9) == 0;
}

static void
first_work(struct exchange *x, struct call *c)
{
	struct error err = ERROR_INIT;
	struct answer *a = &c->answer;
	a->max_age_s = c->request.route->max_age_s;
	if (monotonic_ms() > c->due_ms)
		(void)busy(c, "too many questions at once; try again in a few seconds", "5");
	else if (in_catalogue(x, c, handle, &err) != 0 && a->status < 400)
		our_fault(c, &err);
	c->gzip = c->gzip && a->type != NULL && compressible(a->type) && !call_is_live(c);
	if (a->stream.piece != NULL && a->status == 200) {
		c->deflate = c->gzip ? gzip_new() : NULL;
	} else if (c->gzip && a->body.len >= GZIP_MIN) {
		c->deflate = gzip_new();
		gzip_add(c->deflate, a->body.data, a->body.len, true, &c->piece);
	}
}

static void
work(void *own, void *arg)
{
	struct exchange *x = own;
	struct call *c = arg;
	struct error err = ERROR_INIT;
	if (!c->streaming)
		first_work(x, c);
	c->due_ms = monotonic_ms() + c->server->options.config->serve.question_ms;
	/* HEAD wants nothing of an answer whose length nobody knows. */
	if (c->answer.stream.piece == NULL || c->answer.status != 200 || c->head ||
	    in_catalogue(x, c, next_piece, &err) == 0)
		return;
	keep_fault(c, "broken off: ", &err);
	c->failed = true;
}

/* ---- what becomes of it */

/* CORS (Fetch, 4.8) for whoever asks before it asks. */
static void
send_options(struct call *c)
{
	struct head h = { .n = 0 };
	const char *allow = call_methods(c->request.route);
	fixed_fields(&h, &c->request);
	field(&h, "Allow", allow);
	if (is_open(&c->request)) {
		field(&h, "Access-Control-Allow-Methods", allow);
		field(&h, "Access-Control-Allow-Headers", "Accept, Accept-Language, If-None-Match, Last-Event-ID");
		field(&h, "Access-Control-Max-Age", "86400");
	}
	server_count(c->server, 204, 0, false);
	reply(c, 204, &h, NULL);
	call_free(c);
}

/* On the office's calendar: pages leave out the year that it is. */
static int
year_now(const struct call *c)
{
	time_t now_s = (time_t)zone_to_local_s(&c->server->exchanges[0].zone, c->request.now_ms / SECOND_MS);
	struct tm tm = { .tm_year = 0 };
	(void)gmtime_r(&now_s, &tm);
	return tm.tm_year;
}

static void
make_key(struct call *c)
{
	const struct request *r = &c->request;
	const struct server *s = c->server;
	struct buf key = BUF_INIT;
	const char *const words[] = { r->variant != NULL ? r->variant->name : "", r->language, c->gzip ? "gzip" : "" };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		buf_str(&key, words[i]);
		buf_char(&key, ' ');
	}
	put_integer(&key, year_now(c));
	buf_str(&key, r->url);
	const uint64_t parts[] = { XXH3_64bits_withSeed(key.data, key.len, s->salt), (uint64_t)s->stamp.change,
		(uint64_t)s->stamp.turn, (uint64_t)s->stamp.found };
	(void)snprintf(c->etag, sizeof c->etag, "W/\"%016" PRIx64 "\"", (uint64_t)XXH3_64bits(parts, sizeof parts));
	c->key = buf_take(&key);
}

static void
send_not_modified(struct call *c)
{
	struct head h = { .n = 0 };
	fixed_fields(&h, &c->request);
	caching_fields(&h, c->etag, c->request.route->max_age_s);
	server_count(c->server, 304, 0, true);
	reply(c, 304, &h, NULL);
	call_free(c);
}

static void
answer_get(struct call *c)
{
	struct error err = ERROR_INIT;
	const char *known = http_header(c->visit, "If-None-Match");
	struct kept *k = NULL;
	if (!(c->request.route->flags & ROUTE_NO_CATALOGUE) && server_stamp(c->server, &err) != 0) {
		our_fault(c, &err);
		log_fault(c);
		send_problem(c);
		return;
	}
	make_key(c);
	if (known != NULL && strstr(known, c->etag) != NULL) {
		send_not_modified(c);
		return;
	}
	k = cache_get(c->server->cache, c->key);
	if (k != NULL)
		send_kept(c, k, 200, true);
	else
		call_submit(c);
}

static bool
is_ready(struct call *c)
{
	struct error err = ERROR_INIT;
	if (server_ready(c->server, &err) == 0)
		return true;
	our_fault(c, &err);
	log_fault(c);
	return false;
}

void
call_visit(void *arg, struct visit *v)
{
	struct server *s = arg;
	struct call *c = xcalloc(1, sizeof *c);
	c->server = s;
	c->visit = v;
	c->due_ms = monotonic_ms() + s->options.config->serve.question_ms;
	c->answer.status = 200;
	c->answer.request = &c->request;
	c->next = s->calls;
	c->link = &s->calls;
	if (c->next != NULL)
		c->next->link = &c->next;
	s->calls = c;
	c->head = strcmp(http_method(v), "HEAD") == 0;
	c->gzip = accept_takes(http_header(v, "Accept-Encoding"), "gzip");
	if (call_read(c) != 0)
		send_problem(c);
	else if (c->request.method == METHOD_OPTIONS)
		send_options(c);
	else if (!is_ready(c))
		send_problem(c);
	else if (pool_waiting(s->pool) >= CALLS_WAITING_MAX && busy(c, "too many questions at once; try again in a second", "1"))
		send_problem(c);
	else if (call_is_live(c) && live_full(s) && busy(c, "too many listen already; try again later", "60"))
		send_problem(c);
	else if (c->request.method == METHOD_GET)
		answer_get(c);
	else
		call_submit(c);
}
