/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run's life: load what is known (load.c), read (page.c; segment.c stores meanwhile), decide the outcome, store.
 */
#include "sync/run.h"

#include <stdatomic.h>

#include "base/log.h"
#include "cage/confine.h"
#include "net/retry.h"
#include "normalise/normalise.h"
#include "sync/delay.h"
#include "sync/run_private.h"
#include "sync/schedule.h"

/* Feeds of changes keep withdrawals for a week (RPDE 1.1): an older mark would pass over some. */
static const int64_t WATERMARK_MAX_AGE_MS = 6 * DAY_MS;

/* So many pages that do not come are no longer single listings that went away. */
enum { ABSENT_PERCENT = 20, ABSENT_PAGES = 5 };

/* What a listing is, in bytes, over what it was read from: far more than any is. */
enum { SWELLING_MAX = 8 };

void
run_notes_done(struct run_notes *n)
{
	free(n->first_url);
	free(n->first_body);
	run_memory_done(&n->left);
	*n = (struct run_notes){ .first_url = NULL };
}

/* ---- the end */

/* A run that waits to be stored needs no more than its stage. */
static void
close_reader(struct run *r)
{
	cage_free(r->cage);
	r->cage = NULL;
}

static void
run_free(struct run *r)
{
	close_reader(r);
	timer_free(r->timer);
	timer_free(r->budget);
	stage_free(r->intake.stage);
	stage_free(r->spare);
	run_memory_done(&r->memory);
	run_memory_done(&r->found);
	intake_done(&r->intake);
	conditional_free(r);
	run_free_replays(r);
	seen_done(&r->requests);
	seen_done(&r->pages);
	buf_done(&r->detail);
	buf_done(&r->watermark);
	buf_done(&r->web_page);
	buf_done(&r->said);
	buf_done(&r->answer);
	free(r->redirect_to);
	free(r->sunset);
	free(r->deprecation);
	free(r->url);
	free(r->body);
	free(r->answer_url);
	free(r->answer_etag);
	free(r->answer_last_modified);
	free(r->authorization);
	free(r);
}

void
run_finish(struct run *r, bool stored)
{
	struct error error = r->store_error.kind != ERROR_NONE ? r->store_error : r->error;
	/* As if it had not been: once there is room, it is done. */
	if (error.kind == ERROR_FULL)
		r->report.next_poll_ms = r->report.started_ms;
	const struct run_summary summary = {
		.report = &r->report,
		.result = stored ? &r->result : NULL,
		.notes = &r->intake.notes,
		.error = error,
		.not_before_ms = r->report.not_before_ms,
		.next_poll_ms = r->report.next_poll_ms,
		.failures_before = r->failures_before,
		.cancelled = r->cancelled,
		.outside = r->intake.outside,
		.address = r->address,
		.redirect_to = r->redirect_to ? r->redirect_to : "",
		.sunset = r->sunset ? r->sunset : "",
		.deprecation = r->deprecation ? r->deprecation : "",
		.page = r->web_page.len > 0 ? r->web_page.data : "",
		.page_len = r->web_page.len,
	};
	r->state = RUN_DONE;
	if (stored)
		run_leave(r);
	r->done(r->done_arg, &summary);
	run_free(r);
}

/* ---- storing */

/* What the merge found out. */
static void
take_result(struct run *r)
{
	const struct run_result *result = &r->result;
	struct buf detail = BUF_INIT;
	if (result->again == 0 && result->clashes == 0)
		return;
	run_detail(&r->report, result, &detail);
	buf_done(&r->detail);
	r->detail = detail;
	r->report.detail = buf_cstr(&r->detail);
	if (result->again == 0)
		return;
	(void)error_set(&r->error, ERROR_TOTAL, "%s", r->report.detail);
	r->report.outcome = RUN_PARTIAL;
	r->report.error_kind = ERROR_TOTAL;
}

static bool
is_full(const struct run *r)
{
	return r->env.store != NULL && store_full_since(r->env.store) != TIME_NONE;
}

/* What is left is for verdicts and letters. */
static void
no_room(const struct run *r, struct error *why)
{
	(void)error_set(why, ERROR_FULL, "%s: given up, the disk is full", r->partner->partner);
}

static void
store_work(struct catalogue *c, void *arg)
{
	struct run *r = arg;
	bool merge = r->report.outcome != RUN_FAILED && r->report.outcome != RUN_REFUSED;
	if (r->store_error.kind != ERROR_NONE)
		return;		/* the rest could not be loaded */
	if (merge && is_full(r))
		no_room(r, &r->error);
	/* A full disk is nobody's run. */
	if (r->error.kind == ERROR_FULL)
		r->store_error = r->error;
	if (r->cancelled || r->error.kind == ERROR_FULL)
		(void)catalogue_run_abandon(c, r->partner->partner, &r->store_error);
	else if (catalogue_run_finish(c, &r->report, merge ? r->intake.stage : NULL,
	    r->memory.known, &r->result, &r->store_error) == 0)
		take_result(r);
	else
		(void)catalogue_run_abandon(c, r->partner->partner, NULL);
	r->others = catalogue_others(c);
	/* Where nobody waits for it: the kernel takes a tenth of a second to forget a file of a gigabyte. */
	stage_free(r->intake.stage);
	r->intake.stage = NULL;
	/* Where it was made: memory that wanders from thread to thread is slow. */
	known_free(r->memory.known);
	r->memory.known = NULL;
	if (!r->result.quiet)
		run_memory_done(&r->memory);
}

static void
store_done(void *arg, const struct error *commit)
{
	struct run *r = arg;
	if (r->store_error.kind == ERROR_NONE)
		r->store_error = *commit;
	run_finish(r, r->store_error.kind == ERROR_NONE && !r->cancelled);
}

/* Whose doing each kind of error is: ours (nothing is merged), a refusal by one
 * of the sides, or (the rest) an answer that is broken or missing. */
static const enum { BROKEN, OURS, REFUSAL } blame[ERROR_KINDS] = {
	[ERROR_CONFIG] = OURS, [ERROR_SYSTEM] = OURS, [ERROR_FULL] = OURS, [ERROR_CATALOGUE] = OURS, [ERROR_CONNECTOR] = OURS,
	[ERROR_DAMAGED] = OURS,
	[ERROR_AUTH] = REFUSAL, [ERROR_THROTTLED] = REFUSAL, [ERROR_REDIRECT] = REFUSAL,
	[ERROR_BLOCKED] = REFUSAL,
};

/* The outcome, from what went wrong (or nothing) and how far the reading came. */
static enum run_outcome
decide(const struct run *r)
{
	if (r->error.kind == ERROR_NONE)
		return r->unchanged ? RUN_NOT_MODIFIED : RUN_COMPLETE;
	if (blame[r->error.kind] == OURS)
		return RUN_FAILED;
	if (r->intake.items > 0)
		return RUN_PARTIAL;
	return blame[r->error.kind] == REFUSAL ? RUN_REFUSED : RUN_FAILED;
}

/* What the pages themselves cannot tell: is the whole there? */
static void
reconcile(struct run *r)
{
	const struct intake *in = &r->intake;
	if (r->error.kind != ERROR_NONE || r->unchanged || r->report.limited)
		return;
	if (in->total_changed)
		(void)error_set(&r->error, ERROR_TOTAL,
		    "the declared total changed from %lld to %lld while it was read",
		    (long long)in->total_before, (long long)in->total);
	else if (in->total >= 0 && (uint64_t)in->total != in->items)
		(void)error_set(&r->error, ERROR_TOTAL, "%lld were declared, %llu came",
		    (long long)in->total, (unsigned long long)in->items);
	else if (r->absent > ABSENT_PAGES && r->absent * 100 > r->page * ABSENT_PERCENT)
		(void)error_set(&r->error, ERROR_HTTP, "%zu of %zu pages did not come", r->absent, r->page);
}

/* What is older, or from a day to come by a clock that was wrong, may pass over withdrawals. */
static const char *
own_watermark(const struct run *r)
{
	if (r->memory.watermark == NULL)
		return NULL;
	int64_t age_ms = r->report.started_ms - r->memory.watermark_ms;
	return age_ms >= 0 && age_ms <= WATERMARK_MAX_AGE_MS ? conditional_watermark(r) : NULL;
}

static void
report_window(struct run *r)
{
	const struct intake *in = &r->intake;
	r->report.removal.snapshot &= !in->window;
	r->report.changes = r->partner->changes || (in->window && own_watermark(r) != NULL);
	if (in->watermark != NULL && r->report.outcome == RUN_COMPLETE) {
		conditional_keep_watermark(r, in->watermark);
		r->report.watermark = buf_cstr(&r->watermark);
	}
}

static void
plan_next_poll(struct run *r)
{
	bool failed = r->report.outcome == RUN_FAILED || r->report.outcome == RUN_REFUSED;
	/* A local file spares nobody by being read more rarely. */
	failed = failed && r->partner->local_file == NULL;
	unsigned failures = failed ? r->memory.state.failures + 1 : 0;
	int64_t interval_ms = retry_interval_ms(r->partner->interval_ms, failures);
	int64_t from_ms = r->report.finished_ms;
	if (r->report.not_before_ms != TIME_NONE && r->report.not_before_ms > from_ms + interval_ms) {
		r->report.next_poll_ms = r->report.not_before_ms;
		return;
	}
	if (r->report.not_before_ms != TIME_NONE && r->report.not_before_ms > from_ms)
		from_ms = r->report.not_before_ms;
	r->report.next_poll_ms = schedule_next_ms(r->partner->partner, interval_ms, from_ms);
}

static void
write_report(struct run *r)
{
	const struct intake *in = &r->intake;
	struct run_report *report = &r->report;
	report->partner = r->partner->partner;
	report->finished_ms = clock_now_ms(r->env.clock);
	report->outcome = report->limited && r->error.kind == ERROR_NONE ? RUN_PARTIAL : decide(r);
	report->seen = in->items;
	report->again = in->known != NULL && !in->rewound ? known_again(in->known) : 0;
	report->declared_total = in->total;
	report_window(r);
	if (report->outcome == RUN_COMPLETE && in->items == 0 && !report->changes && r->memory.state.listing_count > 0)
		(void)error_set(&r->error, ERROR_EMPTY, "the list is empty, where there were %lld listings",
		    (long long)r->memory.state.listing_count);
	report->error_kind = r->error.kind;
	if (in->listings > 0 && in->outside * 2 > in->listings)
		buf_fmt(&r->detail, "%llu of %llu read listings lie outside the territory",
		    (unsigned long long)in->outside, (unsigned long long)in->listings);
	if (r->error.kind != ERROR_NONE)
		buf_fmt(&r->detail, "%s%s", r->detail.len ? "; " : "", r->error.text);
	report->detail = buf_cstr(&r->detail);
	bool keep = report->outcome == RUN_COMPLETE && r->validators_whole && r->error.kind == ERROR_NONE;
	report->validators = keep ? r->validators : NULL;
	report->n_validators = keep ? r->n_validators : 0;
	plan_next_poll(r);
}

void
run_end(struct run *r, const struct error *why)
{
	if (r->state == RUN_STORING)
		return;
	if (why->kind != ERROR_NONE)
		r->error = *why;
	if (r->env.store != NULL)
		store_tell_room(r->env.store, &r->error);
	page_drop(r);
	timer_stop(r->budget);
	reconcile(r);
	write_report(r);
	r->state = RUN_STORING;
	if (r->env.store == NULL)
		timer_start(r->timer, 0);
	else
		store_submit(r->env.store, (struct store_job){ store_work, store_done, r });
	close_reader(r);	/* until the process is gone, the store works already */
}

static void
on_budget(void *arg)
{
	struct run *r = arg;
	struct error why = ERROR_INIT;
	(void)error_set(&why, ERROR_TIMEOUT, "the run took longer than its budget (run_timeout)");
	delay_explain_run(r, &why);
	run_end(r, &why);
}

/* ---- reading */

static void opened(struct run *r);

/* What the kernel cannot do for us is said once. */
static void
tell_lack(unsigned lack)
{
	static atomic_uint told;
	struct buf names = BUF_INIT;
	unsigned before = atomic_fetch_or(&told, lack);
	confine_name(lack & ~before, &names);
	if (names.len > 0)
		log_warn("connectors run with less protection: this kernel, or what encloses this service, has no %s", buf_cstr(&names));
	buf_done(&names);
}

/* To how it was set up; by then the page that it is for may be on its way. */
static int
on_first_answer(struct run *r, enum wire_kind kind)
{
	if (kind == WIRE_FAILED) {
		(void)error_set(&r->intake.error, ERROR_SHAPE, "the connector gives up and does not say why");
		run_end(r, &r->intake.error);
		return 0;
	}
	if (kind != WIRE_READY)
		return -1;
	r->ready = true;
	tell_lack(r->intake.lack);
	if (r->state == RUN_OPENING)
		opened(r);
	return 0;
}

static int
on_message(void *arg, enum wire_kind kind, const char *s, size_t len)
{
	struct run *r = arg;
	r->intake.answered = false;
	if (intake_hear(&r->intake, kind, s, len) != 0)
		return -1;
	if (!r->intake.answered)
		return 0;
	if (!r->ready)
		return on_first_answer(r, kind);
	if (r->state == RUN_READING) {
		delay_end(r);
		r->then(r);
	}
	return 0;
}

static void
on_room(void *arg)
{
	page_room(arg);
}

static void
on_gone(void *arg, const struct error *why)
{
	struct run *r = arg;
	error_clear(&r->intake.error);
	r->intake.error = *why;
	if (r->state == RUN_LOADING)
		return;		/* whoever opens it will see */
	if (r->state == RUN_OPENING || r->state == RUN_READING)
		run_end(r, why);
	else
		page_room(r);
}

int
run_begin_reader(struct run *r)
{
	static const struct cage_callbacks callbacks = { on_message, on_room, on_gone };
	if (r->cage == NULL)
		r->cage = cage_new(r->env.cages, &callbacks, r, &r->intake.error);
	return r->cage != NULL ? 0 : -1;
}

int
run_open_reader(struct run *r)
{
	const struct cage_setup setup = {
		.partner = r->partner, .config = r->env.config, .watermark = own_watermark(r), .seed = r->report.seed,
		.curious = r->intake.observer != NULL && r->intake.observer->remark != NULL,
		.cpu_s = (unsigned)(r->partner->limits.run_timeout_ms / SECOND_MS) + 1,
	};
	if (r->opened)
		return cage_ended(r->cage) ? -1 : 0;
	if (r->intake.error.kind != ERROR_NONE || run_begin_reader(r) != 0 ||
	    cage_set_up(r->cage, &setup, r->intake.known, &r->intake.error) != 0)
		return -1;
	r->opened = true;
	run_new_stage(r);
	r->intake.page_max_bytes = SWELLING_MAX * r->partner->limits.max_body_bytes + STAGE_MEMORY_BYTES;
	for (struct replay *p = r->replays; p != NULL && r->plugin->item != NULL; p = p->next)
		cage_send(r->cage, WIRE_REPLAY, p->raw, p->len);
	run_free_replays(r);
	return 0;
}

/* It is asked in every instance, as vigie_connector.h promises, and heard once, or as often as it may change. */
static void
opened(struct run *r)
{
	struct run_notes *notes = r->options.notes;
	delay_end(r);
	if (notes->first_url == NULL || notes->moves) {
		free(notes->first_url);
		free(notes->first_body);
		notes->first_body = xstrdup(r->intake.next_body);
		/* A local file's address is only where its relative ones start. */
		notes->first_url = r->partner->local_file != NULL ? xstrdup(r->partner->url) :
		    page_resolve(r, r->intake.next_url, &r->intake.error);
	}
	if (notes->first_url == NULL) {
		error_context(&r->intake.error, "the link to page 1");
		run_end(r, &r->intake.error);
		return;
	}
	page_first(r);
}

void
run_read(struct run *r)
{
	struct error why = ERROR_INIT;
	r->failures_before = r->memory.state.failures;
	if (is_full(r))
		no_room(r, &why);
	if (r->cancelled || why.kind != ERROR_NONE) {
		run_end(r, &why);
		return;
	}
	r->intake.known = r->memory.known;
	r->use_validators = r->partner->conditional && r->memory.n_validators > 0;
	r->deadline_ms = monotonic_ms() + r->partner->limits.run_timeout_ms;
	timer_start(r->budget, r->partner->limits.run_timeout_ms);
	struct run_notes *notes = r->options.notes;
	notes->moves |= own_watermark(r) != NULL;
	if (r->replays == NULL && notes->first_url != NULL && !notes->moves)
		page_first(r);
	else if (run_open_reader(r) == 0) {
		r->state = RUN_OPENING;
		delay_begin(r);
	} else
		run_end(r, &r->intake.error);
}

/* ---- start and stop */

static void
on_timer(void *arg)
{
	struct run *r = arg;
	switch (r->state) {
	case RUN_LOADING:
		run_read(r);
		return;
	case RUN_WAITING:
		page_retry(r);
		return;
	case RUN_STORING:
		run_finish(r, false);
		return;
	case RUN_OPENING:
	case RUN_READING:
	case RUN_TOKEN:
	case RUN_FETCHING:
	case RUN_DONE:
		return;
	}
}

static void
init_report(struct run *r)
{
	const struct config_removal *removal = &r->partner->removal;
	r->report = (struct run_report){
		.partner = r->partner->partner,
		.started_ms = clock_now_ms(r->env.clock),
		.declared_total = -1,
		.detail = "",
		.own_file = r->partner->local_file != NULL,
		.seed = r->partner->read_seed ^ r->env.territory_seed ^ NORMALISE_VERSION,
		.next_poll_ms = TIME_NONE,
		.not_before_ms = TIME_NONE,
		.removal = {
			.snapshot = r->partner->snapshot,
			.min_runs = removal->min_runs,
			.min_age_ms = removal->min_age_ms,
			.brake_percent = removal->brake_percent,
			.brake_count = removal->brake_count,
		},
	};
}

struct run *
run_start(const struct run_env *env, const struct run_options *options, run_done_fn *done, void *arg)
{
	struct run *r = xcalloc(1, sizeof *r);
	r->env = *env;
	r->options = *options;
	r->partner = options->partner;
	r->plugin = options->partner->connector;
	r->done = done;
	r->done_arg = arg;
	r->state = RUN_LOADING;
	r->timer = timer_new(env->loop, on_timer, r);
	r->budget = timer_new(env->loop, on_budget, r);
	intake_init(&r->intake);
	r->intake.observer = options->observer ? &options->observer->intake : NULL;
	init_report(r);
	run_begin(r);
	return r;
}

void
run_cancel(struct run *r)
{
	struct error none = ERROR_INIT;
	if (r->cancelled)
		return;
	if (r->state == RUN_STORING || r->state == RUN_DONE)
		return;
	r->cancelled = true;
	if (r->state != RUN_LOADING)
		run_end(r, &none);
}

void
run_no_room(struct run *r)
{
	struct error why = ERROR_INIT;
	if (r->state == RUN_LOADING || r->state == RUN_STORING || r->state == RUN_DONE)
		return;
	no_room(r, &why);
	run_end(r, &why);
}
