/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callers wait in a list.  A timer looks after them from the loop: with a
 * fresh token at hand they get it, else one request is made for all of them.
 */
#include <assert.h>

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/num.h"
#include "net/oauth.h"

enum {
	ANSWER_MAX = 64 * 1024,
	TOKEN_MAX = 16 * 1024,
	REASON_MAX = 200,
	DEFAULT_LIFE_S = 3600,		/* where expires_in is absent */
	LIFE_MAX_S = 10 * 365 * 86400,
	EARLY_MS = 30 * SECOND_MS,
};

struct waits {
	struct oauth_wait *first, *last;
};

struct oauth_wait {
	struct waits *list;
	struct oauth_wait *prev, *next;
	void (*ready)(void *arg, const char *authorization, const struct error *err);
	void *arg;
};

struct oauth {
	struct fetcher *fetcher;	/* borrowed */
	const struct clock *clock;	/* borrowed */
	char *token_url, *form, *basic, *secret;
	struct fetch_request limits;
	struct waits waits;
	struct timer *soon;
	struct fetch *fetch;		/* the one request, NULL: none */
	int status;
	struct buf answer;
	char *authorization;		/* NULL: no token */
	int64_t refresh_ms;		/* when it is no longer fresh */
};

/* What is sent */

static void
add_field(struct buf *form, const char *name, const char *value)
{
	char *escaped = curl_easy_escape(NULL, value, 0);
	if (escaped == NULL)
		abort();
	buf_fmt(form, "%s%s=%s", form->len > 0 ? "&" : "", name, escaped);
	curl_free(escaped);
}

/* "Basic …" of both, each percent-encoded first (RFC 6749 2.3.1). */
static char *
basic_credentials(const char *id, const char *secret)
{
	struct buf plain = BUF_INIT;
	char *parts[2] = { curl_easy_escape(NULL, id, 0), curl_easy_escape(NULL, secret, 0) };
	if (parts[0] == NULL || parts[1] == NULL)
		abort();
	buf_fmt(&plain, "%s:%s", parts[0], parts[1]);
	curl_free(parts[0]);
	curl_free(parts[1]);
	static const char prefix[] = "Basic ";
	char *header = xmalloc(sizeof prefix + (plain.len + 2) / 3 * 4);
	memcpy(header, prefix, sizeof prefix);
	(void)EVP_EncodeBlock((unsigned char *)header + sizeof prefix - 1,
	    (const unsigned char *)plain.data, (int)plain.len);
	buf_done(&plain);
	return header;
}

/* Who waits */

static void request_token(struct oauth *o);

static void
wait_add(struct waits *list, struct oauth_wait *w)
{
	w->list = list;
	w->next = NULL;
	w->prev = list->last;
	*(list->last ? &list->last->next : &list->first) = w;
	list->last = w;
}

static void
wait_free(struct oauth_wait *w)
{
	*(w->prev ? &w->prev->next : &w->list->first) = w->next;
	*(w->next ? &w->next->prev : &w->list->last) = w->prev;
	free(w);
}

/* Who asks anew while these are called waits for the next time. */
static void
call_all(struct oauth *o, const struct error *err)
{
	struct waits called = o->waits;
	/* oauth_refused() may drop the token while they are called. */
	char *authorization = err ? NULL : xstrdup(o->authorization);
	o->waits = (struct waits){ NULL, NULL };
	for (struct oauth_wait *w = called.first; w != NULL; w = w->next)
		w->list = &called;
	while (called.first != NULL) {
		struct oauth_wait w = *called.first;
		wait_free(called.first);
		w.ready(w.arg, authorization, err);
	}
	free(authorization);
}

static bool
is_fresh(const struct oauth *o)
{
	return o->authorization != NULL && clock_now_ms(o->clock) < o->refresh_ms;
}

static void
look_after(void *arg)
{
	struct oauth *o = arg;
	if (o->waits.first == NULL || o->fetch != NULL)
		return;
	if (is_fresh(o))
		call_all(o, NULL);
	else
		request_token(o);
}

/* What is answered */

static int64_t
life_s(const cJSON *answer)
{
	const cJSON *field = cJSON_GetObjectItemCaseSensitive(answer, "expires_in");
	int64_t seconds;
	if (cJSON_IsNumber(field) && field->valuedouble >= 0 && field->valuedouble <= LIFE_MAX_S)
		return (int64_t)field->valuedouble;
	if (cJSON_IsString(field) &&
	    num_int(field->valuestring, strlen(field->valuestring), 0, LIFE_MAX_S, &seconds) == 0)
		return seconds;
	return DEFAULT_LIFE_S;
}

/* Visible ASCII only: it goes into a header. */
static bool
is_token(const char *text)
{
	size_t len = strlen(text);
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return len > 0 && len <= TOKEN_MAX;
}

static int
take_token(struct oauth *o, const cJSON *answer, struct error *err)
{
	const cJSON *token = cJSON_GetObjectItemCaseSensitive(answer, "access_token");
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(answer, "token_type");
	if (!cJSON_IsString(token) || !is_token(token->valuestring))
		return error_set(err, ERROR_AUTH, "the token answer has no usable access_token");
	if (type != NULL && (!cJSON_IsString(type) || strcasecmp(type->valuestring, "bearer") != 0))
		return error_set(err, ERROR_AUTH, "the token is of a type other than Bearer");
	struct buf text = BUF_INIT;
	buf_fmt(&text, "Bearer %s", token->valuestring);
	free(o->authorization);
	o->authorization = buf_take(&text);
	int64_t life_ms = life_s(answer) * SECOND_MS;
	int64_t early_ms = life_ms / 10 > EARLY_MS ? life_ms / 10 : EARLY_MS;
	o->refresh_ms = clock_now_ms(o->clock) + life_ms - early_ms;
	return 0;
}

/* "invalid_client: no such client", as the server explains it (RFC 6749 5.2). */
static void
add_reason(const struct oauth *o, const cJSON *answer, struct buf *out)
{
	static const char *const names[] = { "error", "error_description" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const cJSON *field = cJSON_GetObjectItemCaseSensitive(answer, names[i]);
		if (!cJSON_IsString(field) || strstr(field->valuestring, o->secret) != NULL)
			continue;
		buf_str(out, ": ");
		text_escape(out, field->valuestring, strlen(field->valuestring), REASON_MAX);
	}
}

static int
take_refusal(const struct oauth *o, const cJSON *answer, struct error *err)
{
	struct buf reason = BUF_INIT;
	enum error_kind kind = o->status == 429 ? ERROR_THROTTLED : o->status >= 500 ? ERROR_HTTP : ERROR_AUTH;
	add_reason(o, answer, &reason);
	(void)error_set(err, kind, "the request for a token got status %d%s", o->status, buf_cstr(&reason));
	buf_done(&reason);
	return -1;
}

static int
on_head(void *arg, const struct fetch_head *head)
{
	struct oauth *o = arg;
	o->status = head->status;
	return 0;
}

static int
on_data(void *arg, const char *chunk, size_t len)
{
	struct oauth *o = arg;
	buf_add(&o->answer, chunk, len);	/* at most ANSWER_MAX: the fetch sees to it */
	return 0;
}

static void
on_done(void *arg, const struct fetch_result *result)
{
	struct oauth *o = arg;
	struct error err = result->error;
	o->fetch = NULL;
	if (err.kind == ERROR_NONE) {
		cJSON *answer = cJSON_ParseWithLength(buf_cstr(&o->answer), o->answer.len);
		if (o->status == 200)
			(void)take_token(o, answer, &err);
		else
			(void)take_refusal(o, answer, &err);
		cJSON_Delete(answer);
	} else {
		(void)error_context(&err, "the request for a token");
	}
	buf_done(&o->answer);
	call_all(o, err.kind == ERROR_NONE ? NULL : &err);
}

static void
request_token(struct oauth *o)
{
	static const struct fetch_callbacks callbacks = { on_head, on_data, on_done };
	struct fetch_pair headers[] = {
		{ "Accept", "application/json", false, NULL },
		{ "Content-Type", "application/x-www-form-urlencoded", false, NULL },
		{ "Authorization", o->basic, true, NULL },
	};
	assert(o->fetch == NULL);
	struct fetch_request request = o->limits;
	request.url = o->token_url;
	request.body = o->form;
	request.headers = headers;
	request.n_headers = o->basic ? 3 : 2;
	o->status = 0;
	o->fetch = fetch_start(o->fetcher, &request, &callbacks, o);
}

/* The interface */

/* Of the caller's request only what limits it. */
static struct fetch_request
only_limits(const struct fetch_request *from)
{
	uint64_t max = from->max_body_bytes;
	return (struct fetch_request){
		.allow_private = from->allow_private,
		.max_redirects = 0,	/* the secret is for this address only */
		.max_wire_bytes = ANSWER_MAX,
		.max_body_bytes = max > 0 && max < ANSWER_MAX ? max : ANSWER_MAX,
		.connect_timeout_ms = from->connect_timeout_ms,
		.total_timeout_ms = from->total_timeout_ms,
		.stall_timeout_ms = from->stall_timeout_ms,
		.rate_per_minute = from->rate_per_minute,
	};
}

struct oauth *
oauth_new(struct fetcher *f, const struct clock *clock, const struct oauth_options *options)
{
	struct oauth *o = xcalloc(1, sizeof *o);
	struct buf form = BUF_INIT;
	o->fetcher = f;
	o->clock = clock;
	o->token_url = xstrdup(options->token_url);
	o->secret = xstrdup(options->client_secret);
	o->limits = only_limits(&options->limits);
	o->soon = timer_new(fetcher_loop(f), look_after, o);
	add_field(&form, "grant_type", "client_credentials");
	if (options->scope != NULL)
		add_field(&form, "scope", options->scope);
	if (options->in_body) {
		add_field(&form, "client_id", options->client_id);
		add_field(&form, "client_secret", options->client_secret);
	} else {
		o->basic = basic_credentials(options->client_id, options->client_secret);
	}
	o->form = buf_take(&form);
	return o;
}

void
oauth_free(struct oauth *o)
{
	if (o == NULL)
		return;
	fetch_cancel(o->fetch);
	timer_free(o->soon);
	while (o->waits.first != NULL)
		wait_free(o->waits.first);
	buf_done(&o->answer);
	free(o->token_url);
	free(o->form);
	free(o->basic);
	free(o->secret);
	free(o->authorization);
	free(o);
}

struct oauth_wait *
oauth_token(struct oauth *o, void (*ready)(void *arg, const char *authorization,
    const struct error *err), void *arg)
{
	struct oauth_wait *w = xcalloc(1, sizeof *w);
	w->ready = ready;
	w->arg = arg;
	wait_add(&o->waits, w);
	timer_start(o->soon, 0);
	return w;
}

void
oauth_cancel(struct oauth_wait *w)
{
	if (w != NULL)
		wait_free(w);
}

void
oauth_refused(struct oauth *o, const char *authorization)
{
	if (o->authorization == NULL || strcmp(o->authorization, authorization) != 0)
		return;
	free(o->authorization);
	o->authorization = NULL;
}
