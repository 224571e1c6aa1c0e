/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be changed over HTTP, by whoever has the token: what « vigie ack »,
 * snooze, dismiss, confirm and accept do.  Programs get JSON; a form of the page
 * is led back to the partner's sheet.
 */
#include "alert/reply.h"
#include "catalogue/watch.h"
#include "config/config.h"
#include "normalise/date.h"
#include "serve/routes.h"

struct action {				/* one that is under way */
	const struct request *r;
	struct answer *a;
	struct catalogue *catalogue;	/* writable, for as long as it takes */
	struct json_out json;		/* into a->body */
};

/* ---- parameters */

static const struct parameter answer_parameter = {
	.name = "answer", .type = PARAMETER_CHOICE, .choices = "ack snooze dismiss confirm",
	.help = "ack: we know; snooze: not now; dismiss: it is wrong; confirm: it is gone.",
};
static const struct parameter days_parameter = {
	.name = "days", .type = PARAMETER_INTEGER, .min = 1, .fallback = REPLY_SNOOZE_DAYS, .help = "snooze: for so many days.",
};
static const struct parameter until_parameter = {
	.name = "until", .type = PARAMETER_TEXT, .help = "snooze: until that day or time (2026-07-14, 2026-07-14T08:00:00Z).",
};
static const struct parameter note_parameter = {
	.name = "note", .type = PARAMETER_TEXT, .help = "Why; kept beside the answer.",
};
static const struct parameter by_parameter = { .name = "by", .type = PARAMETER_TEXT, .help = "Who says so." };

/* A day is over when it is: a snooze until Friday spares us Friday. */
static int
read_until(const struct request *r, int64_t *ret_ms, struct error *err)
{
	static const struct zone utc = { .offset_s = 0 };
	struct date date;
	const char *text = request_query(r, until_parameter.name);
	int64_t days = REPLY_SNOOZE_DAYS;
	if (request_integer(r, days_parameter.name, &days, err) != 0)
		return -1;
	*ret_ms = r->now_ms + (days < REPLY_SNOOZE_MAX_DAYS ? days : REPLY_SNOOZE_MAX_DAYS + 1) * (int64_t)DAY_MS;
	if (text == NULL)
		return 0;
	if (request_query(r, days_parameter.name) != NULL)
		return error_set(err, ERROR_USAGE, "\"days\" and \"until\" say the same: only one of them");
	if (date_read(text, strlen(text), &utc, &date) != 0)
		return error_set(err, ERROR_USAGE, "\"until\" is a day or a time, such as 2026-07-14, not \"%.40s\"", text);
	*ret_ms = date.ms + (date.day_only ? DAY_MS : 0);
	return 0;
}

static int
check_length(const struct request *r, const struct parameter *p, size_t max, struct error *err)
{
	const char *text = request_query(r, p->name);
	if (text == NULL || strlen(text) <= max)
		return 0;
	return error_set(err, ERROR_USAGE, "\"%s\" has more than %zu bytes", p->name, max);
}

static int
read_answer(const struct request *r, struct answer_of_staff *ret, struct error *err)
{
	const char *label = request_query(r, answer_parameter.name);
	*ret = (struct answer_of_staff){
		.partner = r->path[0], .label = label != NULL ? label_find(label) : LABELS, .until_ms = TIME_NONE,
		.by = request_query(r, by_parameter.name), .note = request_query(r, note_parameter.name), .at_ms = r->now_ms,
	};
	if (label == NULL)
		return error_set(err, ERROR_USAGE, "\"answer\" is missing: %s", answer_parameter.choices);
	if (check_length(r, &by_parameter, REPLY_BY_MAX - 1, err) != 0 ||
	    check_length(r, &note_parameter, REPLY_NOTE_MAX, err) != 0)
		return -1;
	if (ret->label == LABEL_SNOOZE)
		return read_until(r, &ret->until_ms, err);
	if (request_query(r, days_parameter.name) != NULL || request_query(r, until_parameter.name) != NULL)
		return error_set(err, ERROR_USAGE, "\"days\" and \"until\" go with snooze only");
	return 0;
}

/* ---- one action */

/* ERROR_NOT_FOUND: there is no such partner. */
static int
check_partner(struct action *t, struct error *err)
{
	struct watch_partner p = { .id = 0 };
	int rc = watch_partner_get(t->catalogue, t->r->path[0], &p, err);
	watch_partner_done(&p);
	return rc;
}

static int
problem_of(struct action *t, const struct error *err)
{
	if (err->kind != ERROR_BUSY)
		return -1;
	answer_header(t->a, "Retry-After", "10");
	return answer_problem(t->a, 503, "busy", "%s", err->text);
}

/* A person goes back to the sheet, which says what has become of it. */
static int
lead_back(struct action *t)
{
	struct buf url = BUF_INIT;
	buf_fmt(&url, "%s/partners/%s", t->r->base_url, t->r->path[0]);
	answer_header(t->a, "Location", url.data);
	buf_done(&url);
	buf_clear(&t->a->body);
	t->a->status = 303;
	return 0;
}

/* Runs `act` with a handle that can write; what it has written in JSON is the answer. */
static int
run_action(struct exchange *x, const struct request *r, struct answer *a, int (*act)(struct action *t, struct error *err),
    struct error *err)
{
	const struct catalogue_options options = { .path = x->config->catalogue_path, .search = x->config->search };
	char *text = NULL;
	size_t len = 0;
	struct action t = { .r = r, .a = a, .json.out = open_memstream(&text, &len) };
	int rc = -1;
	if (t.json.out == NULL)
		return error_errno(err, ERROR_SYSTEM, "writing an answer");
	t.catalogue = catalogue_open(&options, err);
	if (t.catalogue != NULL && check_partner(&t, err) == 0)
		rc = act(&t, err);
	else if (err->kind == ERROR_NOT_FOUND)
		rc = answer_problem(a, 404, "not-found", "There is no partner %s.", r->path[0]);
	catalogue_close(t.catalogue);
	json_done(&t.json);
	(void)fclose(t.json.out);
	if (rc == 0)
		buf_add(&a->body, text, len);
	free(text);
	a->unstable = true;
	if (rc != 0 && a->status < 400)
		return problem_of(&t, err);
	return rc == 0 && strcmp(r->variant->name, "html") == 0 ? lead_back(&t) : rc;
}

static int
act_answer(struct action *t, struct error *err)
{
	struct answer_of_staff s;
	struct error wrong = ERROR_INIT;
	enum verdict verdict;
	if (read_answer(t->r, &s, &wrong) != 0)
		return answer_problem(t->a, 400, "query-param-invalid", "%s", wrong.text);
	if (s.label == LABEL_SNOOZE &&
	    (s.until_ms <= s.at_ms || s.until_ms > s.at_ms + REPLY_SNOOZE_MAX_DAYS * (int64_t)DAY_MS))
		return answer_problem(t->a, 422, "query-param-invalid", "it can be put off until a time within the next %d days",
		    REPLY_SNOOZE_MAX_DAYS);
	if (ledger_answer(t->catalogue, &s, &verdict, err) == 0) {
		reply_json(&t->json, &s, verdict);
		return 0;
	}
	if (err->kind == ERROR_NOT_FOUND)	/* the partner is there */
		return answer_problem(t->a, 409, "nothing-open", "%s", err->text);
	return -1;
}

static int
act_accept(struct action *t, struct error *err)
{
	uint64_t removed = 0;
	if (catalogue_accept(t->catalogue, t->r->path[0], t->r->now_ms, &removed, err) != 0)
		return -1;
	if (removed == 0)
		return answer_problem(t->a, 409, "nothing-held", "no removals of %s are on hold", t->r->path[0]);
	json_open(&t->json, NULL, '{');
	json_text(&t->json, "partner", t->r->path[0]);
	json_integer(&t->json, "removed", (int64_t)removed);
	json_close(&t->json, '}');
	return 0;
}

/* ---- routes */

static int
handle_answer(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	return run_action(x, r, a, act_answer, err);
}

static int
handle_accept(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	return run_action(x, r, a, act_accept, err);
}

static const struct parameter *const answer_parameters[] = {
	&answer_parameter, &days_parameter, &until_parameter, &note_parameter, &by_parameter, NULL
};
static const struct parameter *const none[] = { NULL };
static const struct variant variants[] = {
	{ "json", "application/json", NULL },
	{ "html", "text/html", "application/xhtml+xml" },
	{ .name = NULL },
};

const struct route actions_routes[] = {
	{ .path = "/partners/{partner}/answer", .methods = METHOD_POST, .handle = handle_answer, .parameters = answer_parameters,
	    .variants = variants, .id = "answerPartner", .summary = "What staff answer to a letter about a partner.", .tag = "Staff",
	    .flags = ROUTE_TOKEN | ROUTE_NO_CATALOGUE },
	{ .path = "/partners/{partner}/accept", .methods = METHOD_POST, .handle = handle_accept, .parameters = none,
	    .variants = variants, .id = "acceptRemovals", .summary = "The removals of a partner that are on hold are right.",
	    .tag = "Staff", .flags = ROUTE_TOKEN | ROUTE_NO_CATALOGUE },
	{ .path = NULL },
};
