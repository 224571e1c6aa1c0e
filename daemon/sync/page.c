/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests of a run, one after the other: conditional while the last
 * complete run's answers hold, retried while that can help, and with proofs
 * that no request and no page comes twice.
 *
 * Conditional requests: the validators of the last complete run are sent, page
 * by page, as long as each answer is 304; the stored next links lead on.  The
 * first 200 after a 304 starts the reading again without them, because only
 * what was read in this run counts as seen; so does a 304 from elsewhere than
 * the redirects led to then.
 */
#include "base/log.h"
#include "net/guard.h"
#include "net/retry.h"
#include "sync/delay.h"
#include "sync/fill.h"
#include "sync/run_private.h"

enum { RETRY_BASE_MS = 1000, RETRY_CAP_MS = 60 * SECOND_MS, WEB_PAGE_MAX = 64 << 10 };
enum { ASIDE_MAX = 50 };	/* pages without items on the way to those that have some */

/* ---- proofs and limits, before a request */

/* May this page be asked for?  Ends the run if not. */
static bool
page_allowed(struct run *r)
{
	struct error why = ERROR_INIT;
	unsigned most = r->options.max_pages;
	if (most > 0 && (r->filled >= most || r->page >= most + ASIDE_MAX)) {
		r->report.limited = true;
		run_end(r, &why);
		return false;
	}
	if (r->page >= r->partner->limits.max_pages)
		(void)error_set(&why, ERROR_LIMIT, "there are more than %u pages (max_pages)", r->partner->limits.max_pages);
	else if (!seen_add(&r->requests, r->request_hash.low ^ r->request_hash.high))
		(void)error_set(&why, ERROR_LOOP, "page %zu asks for a page that was read already", r->page + 1);
	if (why.kind == ERROR_NONE)
		return true;
	run_end(r, &why);
	return false;
}

/* ---- one request */

static int on_head(void *arg, const struct fetch_head *head);
static int on_data(void *arg, const char *chunk, size_t len);
static void on_done(void *arg, const struct fetch_result *result);

static const struct fetch_callbacks callbacks = { on_head, on_data, on_done };

static void
begin_request(struct run *r, const char *method, const char *what)
{
	const struct run_observer *o = r->options.observer;
	r->status = 0;
	r->retry_after_ms = -1;
	r->page_bytes = 0;
	r->entered = false;
	delay_mark(r);
	r->report.requests++;
	r->state = RUN_FETCHING;
	if (o != NULL && o->request != NULL)
		o->request(o->arg, method, what, r->page);
}

static void
start_local(struct run *r)
{
	const struct partner_config *p = r->partner;
	const struct validator *v = conditional_validator(r);
	const struct local_request request = {
		.beside = p->file, .name = p->local_file, .url = p->url, .etag = v ? v->etag : NULL,
		.max_bytes = p->limits.max_body_bytes,
	};
	r->conditional = v != NULL;
	begin_request(r, "READ", p->local_file);
	r->local = local_start(r->env.loop, &request, &callbacks, r);
}

static void
start_fetch(struct run *r)
{
	const struct partner_config *p = r->partner;
	const struct config_limits *l = &p->limits;
	const struct validator *v = conditional_validator(r);
	struct fill fill;
	fill_init(&fill, p, r->url, r->authorization);
	const struct fetch_request request = {
		.method = p->method, .url = fill.url, .url_resolved = r->page == 0, .body = r->body,
		.headers = fill.headers, .n_headers = fill.n_headers,
		.query = fill.query, .n_query = fill.n,
		.etag = v ? v->etag : NULL, .last_modified = v ? v->last_modified : NULL,
		.allow_private = p->allow_private, .named = p->url, .max_redirects = l->max_redirects,
		.max_wire_bytes = l->max_wire_bytes, .max_body_bytes = l->max_body_bytes,
		.connect_timeout_ms = l->connect_timeout_ms, .total_timeout_ms = l->request_timeout_ms,
		.stall_timeout_ms = l->stall_timeout_ms, .rate_per_minute = l->rate_per_minute,
	};
	r->conditional = v != NULL;
	begin_request(r, request.method ? request.method : r->body ? "POST" : "GET", r->url);
	r->fetch = fetch_start(r->env.fetcher, &request, &callbacks, r);
	fill_done(&fill);
}

static void
on_token(void *arg, const char *authorization, const struct error *err)
{
	struct run *r = arg;
	r->token_wait = NULL;
	if (authorization == NULL) {
		run_end(r, err);
		return;
	}
	free(r->authorization);
	r->authorization = xstrdup(authorization);
	start_fetch(r);
}

static void
fetch_page(struct run *r)
{
	if (r->partner->local_file != NULL) {
		start_local(r);
		return;
	}
	if (r->options.oauth == NULL) {
		start_fetch(r);
		return;
	}
	r->state = RUN_TOKEN;
	r->token_wait = oauth_token(r->options.oauth, on_token, r);
}

/* A new page: `url` and `body` are taken. */
static void
ask(struct run *r, char *url, char *body)
{
	free(r->url);
	free(r->body);
	r->url = url;
	r->body = body;
	r->attempt = 0;
	r->token_refused = false;
	r->request_hash = conditional_request(r);
	if (!page_allowed(r))
		return;
	if (run_hold(r))
		r->state = RUN_WAITING;
	else
		fetch_page(r);
}

/* The partner's link may echo our key, and may lead anywhere. */
char *
page_resolve(struct run *r, const char *target, struct error *err)
{
	const struct partner_config *p = r->partner;
	char *url = guard_resolve(r->answer_url ? r->answer_url : p->url, target, err);
	if (url == NULL || p->n_query == 0)
		return url;
	const char **secrets = xcalloc(p->n_query, sizeof *secrets);
	for (size_t i = 0; i < p->n_query; i++)
		secrets[i] = p->query[i].name;
	char *clean = guard_redact(url, secrets, p->n_query);
	free(secrets);
	free(url);
	return clean;
}

static void
ask_next(struct run *r, const struct vigie_request *request)
{
	struct error why = ERROR_INIT;
	if (r->partner->local_file != NULL) {
		(void)error_set(&why, ERROR_CONFIG, "%s is all there is: paging needs a url", r->partner->local_file);
		run_end(r, &why);
		return;
	}
	char *url = page_resolve(r, request->url, &why);
	if (url == NULL) {
		error_context(&why, "the link to page %zu", r->page + 1);
		run_end(r, &why);
		return;
	}
	ask(r, url, xstrdup(request->body));
}

void
page_first(struct run *r)
{
	const struct run_notes *notes = r->options.notes;
	r->page = 0;
	r->unchanged = true;
	r->validators_whole = true;
	ask(r, xstrdup(notes->first_url), xstrdup(notes->first_body));
}

void
page_drop(struct run *r)
{
	if (r->fetch != NULL) {
		r->report.requests -= !fetch_queue(r->fetch).asked;
		fetch_cancel(r->fetch);
	}
	if (r->token_wait != NULL)
		oauth_cancel(r->token_wait);
	local_cancel(r->local);
	r->fetch = NULL;
	r->local = NULL;
	r->token_wait = NULL;
	timer_stop(r->timer);
}

/* ---- the answer */

static void
keep_text(char **to, const char *text)
{
	free(*to);
	*to = *text ? xstrdup(text) : NULL;
}

static void
write_answer(struct run *r, const char *url, const char *content_type, const char *link)
{
	buf_clear(&r->answer);
	wire_put_string(&r->answer, url);
	wire_put_string(&r->answer, content_type);
	wire_put_string(&r->answer, link);
	wire_put_number(&r->answer, r->page);
	wire_put_number(&r->answer, (uint64_t)r->status);
	wire_put_number(&r->answer, r->intake.items);
}

static int
on_head(void *arg, const struct fetch_head *head)
{
	struct run *r = arg;
	r->status = head->status;
	r->retry_after_ms = head->retry_after_ms;
	r->is_web_page = strncasecmp(head->content_type, "text/html", strlen("text/html")) == 0;
	buf_clear(&r->web_page);
	buf_clear(&r->said);
	if (*head->sunset != '\0')
		keep_text(&r->sunset, head->sunset);
	if (*head->deprecation != '\0')
		keep_text(&r->deprecation, head->deprecation);
	bool elsewhere = head->status == 304 && !conditional_holds(r, head->url);
	if (elsewhere || (head->status == 200 && r->use_validators && r->page > 0 && r->unchanged)) {
		r->restart = true;
		return -1;
	}
	if (head->status != 200)
		return 0;
	run_load_rest(r);
	r->unchanged = false;
	r->use_validators = false;
	keep_text(&r->answer_url, head->url);
	keep_text(&r->answer_etag, head->etag);
	keep_text(&r->answer_last_modified, head->last_modified);
	write_answer(r, head->url, head->content_type, head->link);
	return 0;
}

/* The cage is told of the page before its first byte, once all is known that it compares with. */
static int
enter_cage(struct run *r)
{
	if (r->caged_page)
		return 0;
	if (run_open_reader(r) != 0)
		return -1;
	r->caged_page = r->entered = r->intake.asked = true;
	cage_send(r->cage, WIRE_BEGIN, r->answer.data, r->answer.len);
	return 0;
}

void
page_room(struct run *r)
{
	delay_end(r);
	if (r->fetch != NULL)
		fetch_resume(r->fetch);
	if (r->local != NULL)
		local_resume(r->local);
}

static int
on_data(void *arg, const char *chunk, size_t len)
{
	struct run *r = arg;
	if (r->loading && r->status == 200) {
		delay_begin(r);
		return FETCH_LATER;
	}
	if (r->status == 200 && (r->intake.error.kind != ERROR_NONE || enter_cage(r) != 0))
		return -1;
	if (r->status == 200 && !cage_feed(r->cage, chunk, len)) {
		delay_begin(r);
		return FETCH_LATER;
	}
	r->page_bytes += len;
	if (r->is_web_page && r->web_page.len < WEB_PAGE_MAX)
		buf_add(&r->web_page, chunk, len < WEB_PAGE_MAX - r->web_page.len ? len : WEB_PAGE_MAX - r->web_page.len);
	if (r->status != 200) {
		size_t room = SAID_MAX - r->said.len;
		buf_add(&r->said, chunk, r->is_web_page ? 0 : len < room ? len : room);
		return 0;
	}
	const struct run_observer *o = r->options.observer;
	if (o != NULL && o->progress != NULL)
		o->progress(o->arg, r->intake.items, r->report.bytes + r->page_bytes, r->intake.total);
	return 0;
}

/* ---- after it: again, on, or the end */

void
page_retry(struct run *r)
{
	fetch_page(r);
}

static void
wait_and_retry(struct run *r, int64_t wait_ms, const char *why)
{
	const struct run_observer *o = r->options.observer;
	if (o != NULL && o->waiting != NULL)
		o->waiting(o->arg, wait_ms, why);
	r->attempt++;
	r->state = RUN_WAITING;
	timer_start(r->timer, wait_ms);
}

/* Takes back what the broken attempt has staged. */
static bool
rewind_page(struct run *r)
{
	struct error err = ERROR_INIT;
	if (!r->entered || r->status != 200 || r->intake.stage == NULL || intake_page_rewind(&r->intake, &err) == 0)
		return true;
	run_end(r, &err);
	return false;
}

static bool
retry(struct run *r, const struct error *why)
{
	if (!retry_heals(why->kind, r->status) || r->attempt >= r->partner->limits.max_retries)
		return false;
	int64_t left_ms = r->deadline_ms - monotonic_ms();
	int64_t wait_ms = retry_wait_ms(r->attempt, RETRY_BASE_MS, RETRY_CAP_MS, random_u64());
	if (wait_ms >= left_ms)
		return false;
	if (rewind_page(r))
		wait_and_retry(r, wait_ms, why->text);
	return true;
}

/* 429 and 503 with Retry-After: exactly so long, or not in this run. */
static bool
obey_retry_after(struct run *r, struct error *why)
{
	if ((r->status != 429 && r->status != 503) || r->retry_after_ms < 0)
		return false;
	int64_t left_ms = r->deadline_ms - monotonic_ms();
	if (r->retry_after_ms < left_ms && r->attempt < r->partner->limits.max_retries) {
		wait_and_retry(r, r->retry_after_ms, why->text);
		return true;
	}
	r->report.not_before_ms = clock_now_ms(r->env.clock) + r->retry_after_ms;
	error_clear(why);
	char until[TIME_TEXT_MAX];
	(void)error_set(why, ERROR_THROTTLED, "status %d: the partner asks to wait until %s", r->status,
	    time_text(r->report.not_before_ms, until));
	return false;
}

static bool
refresh_token(struct run *r)
{
	if (r->status != 401 || r->options.oauth == NULL || r->token_refused)
		return false;
	r->token_refused = true;
	oauth_refused(r->options.oauth, r->authorization);
	fetch_page(r);
	return true;
}

static void
restart(struct run *r)
{
	r->restart = false;
	r->use_validators = false;
	seen_done(&r->requests);
	page_first(r);
}

/* The page is done: on to the next one, or the end. */
static void
go_on(struct run *r, const struct vigie_next *next)
{
	struct error none = ERROR_INIT;
	if (next->more) {
		run_page_end(r);
		ask_next(r, &next->request);
	} else {
		run_end(r, &none);
	}
}

/* What the connector has said is next; borrowed. */
static struct vigie_next
said_next(const struct run *r)
{
	return (struct vigie_next){ r->intake.more, { r->intake.next_url, r->intake.next_body } };
}

static void
absent_answered(struct run *r)
{
	if (r->intake.failed) {
		/* Why it gives up says more than that the page did not come. */
		run_end(r, r->intake.error.kind != ERROR_NONE ? &r->intake.error : &r->came);
		return;
	}
	const struct vigie_next next = said_next(r);
	r->unchanged = r->use_validators = r->validators_whole = false;
	r->absent++;
	r->report.http_status = r->page > 0 ? 200 : 0;
	keep_text(&r->redirect_to, "");
	buf_clear(&r->web_page);
	r->page++;
	go_on(r, &next);
}

/*
 * Nothing came for this page, and asking again does not help: ends the run,
 * unless the connector goes on.  A missing page says nothing about the partner:
 * neither its status nor its text nor where it leads is kept.
 */
static void
page_absent(struct run *r, struct error *why)
{
	if (r->use_validators && r->page > 0 && r->unchanged) {
		restart(r);	/* the connector has not read the pages before */
		return;
	}
	if (r->plugin->absent == NULL || r->status == 401 || r->status == 407 || run_open_reader(r) != 0) {
		run_end(r, r->opened && cage_ended(r->cage) ? &r->intake.error : why);
		return;
	}
	error_clear(&r->intake.error);
	r->came = *why;
	write_answer(r, r->url, "", "");
	delay_await(r, absent_answered);
	cage_send(r->cage, WIRE_ABSENT, r->answer.data, r->answer.len);
}

static void
bad_status(struct run *r, bool without_secrets)
{
	struct error why = ERROR_INIT;
	refusal_describe(r, without_secrets, &why);
	if (refresh_token(r) || obey_retry_after(r, &why))
		return;
	bool throttled = why.kind == ERROR_THROTTLED;
	if ((!throttled || r->retry_after_ms < 0) && retry(r, &why))
		return;
	if (throttled)
		run_end(r, &why);
	else
		page_absent(r, &why);
}

/* 304 to a page: on along the links of the last complete run. */
static void
page_unchanged(struct run *r)
{
	struct error none = ERROR_INIT;
	if (!r->conditional) {
		/* Nobody asked, so nothing is proved; but nothing changed either. */
		r->report.unproved = true;
		if (r->page > 0)
			(void)error_set(&none, ERROR_HTTP, "page %zu: status 304 came unasked", r->page + 1);
		run_end(r, &none);
		return;
	}
	const char *next = r->memory.validators[r->page].next_url;
	r->page++;
	if (next == NULL || *next == '\0')
		run_end(r, &none);
	else
		ask(r, xstrdup(next), NULL);
}

static void
page_read(struct run *r)
{
	struct error why = ERROR_INIT;
	const struct vigie_next next = said_next(r);
	r->page++;
	r->filled += intake_page_items(&r->intake) > 0;
	if (intake_page_items(&r->intake) > 0 && !seen_add(&r->pages, r->intake.page_hash)) {
		(void)error_set(&why, ERROR_LOOP, "page %zu has the same content as an earlier one", r->page);
		run_end(r, &why);
		return;
	}
	char *next_url = next.more ? page_resolve(r, next.request.url, &why) : NULL;
	conditional_keep(r, next_url);
	free(next_url);
	error_clear(&why);
	go_on(r, &next);
}

static void
tell_observer(const struct run *r)
{
	const struct run_observer *o = r->options.observer;
	if (o != NULL && o->answer != NULL)
		o->answer(o->arg, r->status, r->url, r->came_bytes, r->status == 200 ? intake_page_items(&r->intake) : 0);
}

static void
broken_off(struct run *r, struct error *why)
{
	if (retry(r, why))
		return;
	error_context(why, "page %zu", r->page + 1);
	if (why->kind == ERROR_REDIRECT)
		page_absent(r, why);
	else
		run_end(r, why);
}

/* All that the page gave is on the stage. */
static void
page_over(struct run *r)
{
	if (r->caged_page && r->intake.failed && r->intake.error.kind == ERROR_NONE)
		(void)error_set(&r->intake.error, ERROR_SHAPE, "the connector gives up and does not say why");
	struct error why = r->intake.error.kind != ERROR_NONE ? r->intake.error : r->came;
	r->caged_page = false;
	tell_observer(r);
	if (r->restart)
		restart(r);
	else if (why.kind != ERROR_NONE && r->status == 200 && r->came.kind == ERROR_NONE) {
		if (!retry(r, &why))
			run_end(r, &why);
	} else if (why.kind != ERROR_NONE)
		broken_off(r, &why);
	else if (r->loading && r->status == 200) {	/* it had no body */
		r->again = true;
		r->state = RUN_WAITING;
	} else if (r->status == 304)
		page_unchanged(r);
	else if (r->status != 200)
		bad_status(r, r->came_without_secrets);
	else
		page_read(r);
}

static void
on_done(void *arg, const struct fetch_result *result)
{
	struct run *r = arg;
	r->fetch = NULL;
	r->local = NULL;
	r->report.bytes += result->wire_bytes;
	r->came = result->error;
	delay_turn(r, result->queued_ms);
	delay_explain_page(r, &r->came);
	delay_end(r);
	r->came_bytes = result->wire_bytes;
	r->came_without_secrets = result->without_secrets;
	if (result->redirect_to != NULL)
		keep_text(&r->redirect_to, result->redirect_to);
	if (result->status != 0) {
		r->report.http_status = r->status = result->status;
		(void)snprintf(r->address, sizeof r->address, "%s", result->address);
	}
	/* A page without a body is one too. */
	bool whole = result->error.kind == ERROR_NONE && r->status == 200 && !r->loading && !r->restart;
	if (whole && r->intake.error.kind == ERROR_NONE)
		(void)enter_cage(r);
	if (!r->caged_page || cage_ended(r->cage)) {
		page_over(r);
		return;
	}
	delay_await(r, page_over);
	cage_send(r->cage, whole ? WIRE_END : WIRE_STOP, NULL, 0);
}
