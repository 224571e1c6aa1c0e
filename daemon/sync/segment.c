/* SPDX-License-Identifier: Apache-2.0 */
/* The first load: segments of the stage go to the store while pages come. */
#include "sync/run_private.h"

enum { SEGMENT_BYTES = 2 << 20, SEGMENTS_MAX = 3 };

struct segment {
	struct run *run;
	struct run_report report;	/* as it was: the run goes on with its own */
	struct stage *stage;
	struct error error;
};

static void
preload_work(struct catalogue *c, void *arg)
{
	struct segment *s = arg;
	(void)catalogue_run_preload(c, &s->report, s->stage, &s->error);
}

/* Memory that is there already: fresh pages of it would cost more than copying into them. */
static void
keep_spare(struct run *r, struct stage *s)
{
	struct stage_mark start = { .bytes = 0 };
	if (r->spare == NULL && r->state != RUN_STORING && stage_rewind(s, start, NULL) == 0)
		r->spare = s;
	else
		stage_free(s);
}

/* If the run is being stored already, the catalogue refuses to finish it. */
static void
preload_done(void *arg, const struct error *commit)
{
	struct segment *s = arg;
	struct run *r = s->run;
	r->n_preloading--;
	if (s->error.kind == ERROR_NONE)
		s->error = *commit;
	if (s->error.kind != ERROR_NONE)
		run_end(r, &s->error);
	keep_spare(r, s->stage);
	free(s);
	if (r->held && r->state == RUN_WAITING) {
		r->held = false;
		run_page_end(r);
		page_retry(r);
	}
}

void
run_new_stage(struct run *r)
{
	r->intake.stage = r->spare != NULL ? r->spare : stage_new(r->env.stage_dir);
	r->spare = NULL;
	if (r->memory.fresh)
		stage_keep(r->intake.stage, SEGMENT_BYTES + STAGE_MEMORY_BYTES);
}

static bool
has_segment(const struct run *r)
{
	return r->env.store != NULL && r->memory.fresh && r->intake.stage != NULL && r->intake.tombstones == 0 &&
	    stage_mark(r->intake.stage).bytes >= SEGMENT_BYTES;
}

bool
run_hold(struct run *r)
{
	r->held = has_segment(r) && r->n_preloading >= SEGMENTS_MAX;
	return r->held;
}

void
run_page_end(struct run *r)
{
	if (!has_segment(r) || r->n_preloading >= SEGMENTS_MAX)
		return;
	struct segment *s = xmalloc(sizeof *s);
	*s = (struct segment){ .run = r, .report = r->report, .stage = r->intake.stage, .error = ERROR_INIT };
	r->n_preloading++;
	run_new_stage(r);
	intake_page_begin(&r->intake);
	store_submit(r->env.store, (struct store_job){ preload_work, preload_done, s });
}
