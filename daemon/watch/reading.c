/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/reading.h"

#include "health/signal.h"

enum { STATUS_GOOD = 200, STATUS_MOVED = 301, STATUS_DENIED = 401, STATUS_THROTTLED = 429, STATUS_ERROR = 500 };

/* How a run that brought nothing is read. */
enum meaning {
	OUR_SIDE,	/* nothing is learnt */
	SILENCE,	/* no answer, from whatever layer */
	STATUS,		/* the status says it */
	ELSEWHERE,	/* led to another domain */
	OTHER,		/* answered with something else than the list */
};

static const enum meaning meanings[ERROR_KINDS] = {
	[ERROR_DNS] = SILENCE, [ERROR_CONNECT] = SILENCE, [ERROR_TLS] = SILENCE, [ERROR_TIMEOUT] = SILENCE,
	[ERROR_BLOCKED] = SILENCE,	/* a name that leads to a private address leads nowhere */
	[ERROR_HTTP] = STATUS, [ERROR_AUTH] = STATUS, [ERROR_THROTTLED] = STATUS,
	[ERROR_REDIRECT] = ELSEWHERE,
	[ERROR_LIMIT] = OTHER, [ERROR_TRUNCATED] = OTHER, [ERROR_FORMAT] = OTHER, [ERROR_SHAPE] = OTHER,
	[ERROR_LOOP] = OTHER, [ERROR_TOTAL] = OTHER, [ERROR_EMPTY] = OTHER,
};

static void
read_failure(const struct run_summary *s, struct poll_reading *ret)
{
	int status = s->report->http_status;
	switch (meanings[s->error.kind]) {
	case OUR_SIDE:
		ret->counts = false;
		return;
	case SILENCE:
		ret->http = 0;
		return;
	case STATUS:
		/* A token that is refused has no status of its own. */
		ret->http = s->error.kind == ERROR_AUTH && status != 403 ? STATUS_DENIED :
		    s->error.kind == ERROR_THROTTLED && status < STATUS_ERROR ? STATUS_THROTTLED : status;
		return;
	case ELSEWHERE:
		ret->http = STATUS_MOVED;
		ret->redirect = *s->redirect_to != '\0';
		return;
	case OTHER:
		ret->http = STATUS_GOOD;
		ret->redirect = 0;
		ret->shape = reading_shape(&ret->page);
		return;
	}
}

static void
read_contents(const struct run_summary *s, struct poll_reading *ret)
{
	const struct run_result *r = s->result;
	ret->http = STATUS_GOOD;
	ret->redirect = 0;
	ret->shape = SHAPE_OK;
	if (r == NULL || s->report->outcome != RUN_COMPLETE)
		return;
	uint64_t offered = s->report->changes ? (uint64_t)r->listing_count : s->report->seen;
	ret->listings = offered > r->outside ? (int64_t)(offered - r->outside) : 0;
	ret->changed = r->added + r->changed + r->removed + r->restored > 0;
}

/* The partner had asked to wait, so it was not asked at all. */
static bool
not_asked(const struct run_summary *s)
{
	return s->report->requests == 0 && s->error.kind == ERROR_THROTTLED;
}

void
reading_of_run(const struct run_summary *s, struct poll_reading *ret)
{
	*ret = (struct poll_reading){ .counts = true, .http = -1, .redirect = -1, .shape = -1, .listings = -1 };
	if (s->page_len > 0)
		page_read(s->page, s->page_len, "", &ret->page);
	if (s->cancelled || s->report->limited || not_asked(s) || s->error.kind == ERROR_BUSY ||
	    (s->result == NULL && s->error.kind != ERROR_NONE)) {
		ret->counts = false;
		return;
	}
	bool failed = s->report->outcome == RUN_FAILED || s->report->outcome == RUN_REFUSED;
	if (failed)
		read_failure(s, ret);
	else
		read_contents(s, ret);
}

bool
reading_is_ours(const struct probe_answer *answer)
{
	enum error_kind kind = answer->error.kind;
	return answer->status == 0 && kind != ERROR_NONE && meanings[kind] == OUR_SIDE;
}

void
reading_of_status(int status, struct poll_reading *ret)
{
	*ret = (struct poll_reading){ .counts = true, .http = status, .redirect = -1, .shape = -1, .listings = -1 };
}

void
reading_of_presence(struct poll_reading *r)
{
	static const int refusals[] = { 401, 403, 405, 406, 407, 429, 451 };
	bool refused = false;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		refused = refused || r->http == refusals[i];
	r->listings = -1;
	r->changed = false;
	if (refused)
		r->http = STATUS_GOOD;
	if (r->http >= STATUS_GOOD && r->http < STATUS_MOVED) {
		r->redirect = 0;
		r->shape = r->page.kind == PAGE_PARKED ? SHAPE_PARKED : SHAPE_OK;
	}
}

void
reading_of_page(const struct probe_answer *answer, struct poll_reading *ret)
{
	*ret = (struct poll_reading){ .counts = true, .http = answer->status, .redirect = -1, .shape = -1, .listings = -1 };
	if (*answer->redirect_to != '\0') {
		ret->http = STATUS_MOVED;
		ret->redirect = 1;
	}
	if (answer->status != 0 && answer->len > 0)
		page_read(answer->body, answer->len, answer->type, &ret->page);
	reading_of_presence(ret);
}

int64_t
reading_shape(const struct page_reading *page)
{
	switch (page->kind) {
	case PAGE_CLOSING:
		return SHAPE_CLOSING;
	case PAGE_PARKED:
		return SHAPE_PARKED;
	case PAGE_CHALLENGE:
	case PAGE_ORDINARY:
	case PAGE_EMPTY:
		break;
	}
	return SHAPE_MISMATCH;
}

bool
reading_in_trouble(const struct poll_reading *r)
{
	return r->http < 200 || r->http >= 300 || r->shape > SHAPE_OK;
}

bool
reading_answers(const struct poll_reading *r)
{
	return r->http > 0 && r->http < STATUS_ERROR && r->http != 404 && r->http != 410;
}
