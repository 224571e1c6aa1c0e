/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run has to know: the store loads it, or the run before has left it.
 *
 * A run that was answered « not modified », and changed nothing, leaves what it
 * knew but for the listings.  The next one asks by that at once, and is stored
 * without ever having been loaded if it is answered the same.  If something new
 * comes, the rest is loaded, and the body waits for that.  It holds while nobody
 * else writes to the catalogue, and as long as the store looks often enough to
 * know that: when polls are few, each is loaded.
 */
#include "base/log.h"
#include "net/retry.h"
#include "sync/run_private.h"

enum { REPLAY_MAX_BYTES = 16 << 20, LEFT_PAGES_MAX = 4 };

/* ---- from the store */

void
run_free_replays(struct run *r)
{
	while (r->replays != NULL) {
		struct replay *next = r->replays->next;
		free(r->replays);
		r->replays = next;
	}
}

static void
collect_replay(void *arg, struct raw_hash hash, const char *raw, size_t len)
{
	struct run *r = arg;
	(void)hash;
	if (len > REPLAY_MAX_BYTES - r->replay_bytes)
		return;
	struct replay *p = xmalloc(sizeof *p + len);
	p->next = r->replays;
	p->len = len;
	memcpy(p->raw, raw, len);
	r->replays = p;
	r->replay_bytes += len;
}

static bool
must_wait(const struct run *r)
{
	const struct partner_state *s = &r->found.state;
	return retry_must_wait(s->not_before_ms, s->last_attempt_ms, r->report.started_ms);
}

static void
load_work(struct catalogue *c, void *arg)
{
	struct run *r = arg;
	const struct partner_config *p = r->partner;
	const struct partner_record record = { p->partner, p->name, p->theme, p->website, p->replaced_by };
	struct error *err = &r->store_error;
	if (!r->options.notes->recorded && catalogue_partner_put(c, &record, err) != 0)
		return;
	if (catalogue_run_begin(c, p->partner, r->report.seed, r->report.started_ms, &r->found, err) != 0)
		return;
	if (!must_wait(r) && (!r->found.quarantined ||
	    catalogue_quarantine_each(c, p->partner, r->report.seed, collect_replay, r, err) == 0))
		return;
	(void)catalogue_run_abandon(c, p->partner, NULL);
	char until[TIME_TEXT_MAX];
	if (must_wait(r))
		(void)error_set(err, ERROR_THROTTLED, "the partner asked to wait until %s",
		    time_text(r->found.state.not_before_ms, until));
}

/* The rest has come: the page that waits for it goes on. */
static void
go_on(struct run *r)
{
	/* Nothing was in quarantine a moment ago; what is there now stays until the next run. */
	run_free_replays(r);
	r->intake.known = r->memory.known;
	if (r->fetch != NULL)
		page_room(r);
	else if (r->again)
		page_retry(r);
	r->again = false;
}

static void
load_done(void *arg, const struct error *commit)
{
	struct run *r = arg;
	r->loading = false;
	if (r->state == RUN_STORING)	/* cut short meanwhile: that job stands behind this one */
		return;
	if (r->store_error.kind == ERROR_NONE)
		r->store_error = *commit;
	if (r->store_error.kind != ERROR_NONE) {
		if (must_wait(r))
			r->report.not_before_ms = r->report.next_poll_ms = r->found.state.not_before_ms;
		page_drop(r);
		run_finish(r, false);
		return;
	}
	r->options.notes->recorded = true;
	run_memory_done(&r->memory);
	r->memory = r->found;
	r->found = (struct run_memory){ .known = NULL };
	r->report.left = NULL;
	if (r->state == RUN_LOADING)
		run_read(r);
	else
		go_on(r);
}

static void
load(struct run *r)
{
	r->found.state.not_before_ms = TIME_NONE;
	r->loading = true;
	store_submit(r->env.store, (struct store_job){ load_work, load_done, r });
}

void
run_load_rest(struct run *r)
{
	if (r->report.left == NULL || r->loading)
		return;
	log_debug("%s: something new: the rest of what is known is loaded", r->partner->partner);
	load(r);
}

/* ---- from the run before */

static bool
take_left(struct run *r)
{
	struct run_notes *n = r->options.notes;
	if (n->others == 0 || n->others != store_others(r->env.store)) {
		run_memory_done(&n->left);
		return false;
	}
	r->memory = n->left;
	r->report.left = &r->memory;
	n->left = (struct run_memory){ .known = NULL };
	n->others = 0;
	return true;
}

void
run_begin(struct run *r)
{
	if (r->env.store == NULL)
		timer_start(r->timer, 0);
	else if (take_left(r))
		run_read(r);	/* at once: what is begun is counted by what it waits for */
	else {
		/* It begins while this is loaded, if it is needed whatever the partner answers; what fails is seen then. */
		if (r->options.notes->first_url == NULL)
			(void)run_begin_reader(r);
		load(r);
	}
}

void
run_leave(struct run *r)
{
	struct run_notes *n = r->options.notes;
	struct run_memory *m = &r->memory;
	bool sent = m->n_validators > 0 && m->n_validators <= LEFT_PAGES_MAX;
	if (!r->result.quiet || !sent || r->partner->local_file != NULL)
		return;
	n->left = *m;
	*m = (struct run_memory){ .known = NULL };
	n->left.state.last_attempt_ms = n->left.state.last_success_ms = r->report.finished_ms;
	n->left.state.next_poll_ms = r->report.next_poll_ms;
	n->left.state.not_before_ms = r->report.not_before_ms;
	n->left.state.failures = 0;
	n->others = r->others;
}
