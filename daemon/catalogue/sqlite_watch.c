/* SPDX-License-Identifier: Apache-2.0 */
/* What the watch keeps: see watch.h. */
#include "catalogue/watch.h"

#include "base/buf.h"
#include "catalogue/sqlite_catalogue.h"
#include "catalogue/sqlite_merge.h"

static void
copy_name(const struct query *q, int column, char out[WATCH_NAME_MAX])
{
	struct text text = column_text(q, column);
	(void)snprintf(out, WATCH_NAME_MAX, "%.*s", (int)text.len, text.s != NULL ? text.s : "");
}

/* Texts of a row as they stand, for a callback. */
static const char *
borrow(const struct query *q, int column)
{
	return column_text(q, column).s;
}

/* ---- partners and verdicts */

static void
read_partner(const struct query *q, struct watch_partner *ret)
{
	*ret = (struct watch_partner){
		.id = column_integer(q, 0), .partner = column_copy(q, 1), .name = column_copy(q, 2), .theme = column_copy(q, 3),
		.website = column_copy(q, 4), .replaced_by = column_copy(q, 5), .verdict_since_ms = column_time(q, 7),
		.probability = column_real(q, 8), .listings = column_integer(q, 9), .withdrawn = column_integer(q, 10) != 0,
	};
	copy_name(q, 6, ret->verdict);
}

int
watch_partner_get(struct catalogue *c, const char *partner, struct watch_partner *ret, struct error *err)
{
	struct query q = query(c, SQL_WATCH_PARTNER);
	bind_string(&q, partner);
	int rc = row(&q, err);
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no partner « %s » in the catalogue", partner);
	if (rc < 0)
		return -1;
	read_partner(&q, ret);
	finish(&q);
	return 0;
}

void
watch_partner_done(struct watch_partner *p)
{
	free(p->partner);
	free(p->name);
	free(p->theme);
	free(p->website);
	free(p->replaced_by);
	*p = (struct watch_partner){ .id = 0 };
}

int
watch_verdict_put(struct catalogue *c, int64_t id, const char *verdict, int64_t since_ms, double probability,
    struct error *err)
{
	struct query q = query(c, SQL_WATCH_VERDICT);
	bind_integer(&q, id);
	bind_string(&q, verdict);
	bind_time(&q, since_ms);
	bind_real(&q, probability);
	return run(&q, err);
}

static int
log_withdrawal(struct catalogue *c, int64_t id, bool withdrawn, int64_t now_ms, struct error *err)
{
	struct query q = query(c, SQL_CHANGE_NUMBER);
	if (row(&q, err) != 1)
		return -1;
	int64_t first = column_integer(&q, 0);
	finish(&q);
	q = query(c, SQL_WATCH_WITHDRAW_LOG);
	bind_integer(&q, first);
	bind_integer(&q, now_ms);
	bind_integer(&q, withdrawn ? CHANGE_WITHDRAWN : CHANGE_PUBLISHED);
	bind_integer(&q, id << ROW_BITS);
	bind_integer(&q, ((id + 1) << ROW_BITS) - 1);
	return run(&q, err);
}

int
watch_withdraw(struct catalogue *c, int64_t id, bool withdrawn, int64_t now_ms, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	struct query q = query(c, SQL_WATCH_WITHDRAW);
	bind_integer(&q, id);
	bind_integer(&q, withdrawn);
	bind_integer(&q, now_ms);
	int rc = run(&q, err);
	if (rc == 0 && sqlite3_changes(c->db) > 0)
		rc = log_withdrawal(c, id, withdrawn, now_ms, err);
	return step_end(c, rc, err);
}

int
watch_evidence_add(struct catalogue *c, int64_t id, const struct watch_evidence *e, struct error *err)
{
	struct query q = query(c, SQL_WATCH_EVIDENCE);
	bind_integer(&q, e->at_ms);
	bind_integer(&q, id);
	bind_string(&q, e->signal);
	bind_string(&q, e->value);
	bind_real(&q, e->weight);
	bind_string(&q, e->note);
	return run(&q, err);
}

int
watch_turn_add(struct catalogue *c, int64_t id, const struct watch_turn *t, struct error *err)
{
	struct query q = query(c, SQL_WATCH_TURN);
	bind_integer(&q, id);
	bind_integer(&q, t->at_ms);
	bind_string(&q, t->verdict);
	bind_string(&q, t->before);
	bind_real(&q, t->probability);
	bind_string(&q, t->facts);
	return run(&q, err);
}

static int
each_turn(struct query *q, watch_turn_each *each, void *arg, struct error *err)
{
	int rc;
	while ((rc = row(q, err)) == 1)
		each(arg, borrow(q, 0), &(struct watch_turn){
			.verdict = borrow(q, 1), .before = borrow(q, 2), .facts = borrow(q, 3),
			.probability = column_real(q, 4), .at_ms = column_integer(q, 5),
		});
	return rc;
}

int
watch_turns(struct catalogue *c, int64_t from_ms, int64_t to_ms, watch_turn_each *each, void *arg,
    struct error *err)
{
	struct query q = query(c, SQL_WATCH_TURNS);
	bind_integer(&q, from_ms);
	bind_integer(&q, to_ms);
	return each_turn(&q, each, arg, err);
}

int
watch_turns_last(struct catalogue *c, watch_turn_each *each, void *arg, struct error *err)
{
	struct query q = query(c, SQL_WATCH_TURNS_LAST);
	return each_turn(&q, each, arg, err);
}

int
watch_peers(struct catalogue *c, const struct watch_partner *p, size_t max,
    void (*each)(void *arg, const struct watch_peer *peer), void *arg, struct error *err)
{
	int rc;
	struct query q = query(c, SQL_WATCH_PEERS);
	bind_string(&q, p->theme);
	bind_integer(&q, p->id);
	bind_integer(&q, (int64_t)max);
	while ((rc = row(&q, err)) == 1)
		each(arg, &(struct watch_peer){ borrow(&q, 0), borrow(&q, 1), column_integer(&q, 2) });
	return rc;
}

int
watch_sums(struct catalogue *c, int64_t from_ms, int64_t to_ms,
    void (*each)(void *arg, const struct watch_sum *sum), void *arg, struct error *err)
{
	int rc;
	struct query q = query(c, SQL_WATCH_SUMS);
	bind_integer(&q, from_ms);
	bind_integer(&q, to_ms);
	while ((rc = row(&q, err)) == 1)
		each(arg, &(struct watch_sum){
			.partner = borrow(&q, 0), .name = borrow(&q, 1), .verdict = borrow(&q, 2),
			.listings = column_integer(&q, 3), .polls = column_integer(&q, 4), .added = column_integer(&q, 5),
			.changed = column_integer(&q, 6), .removed = column_integer(&q, 7),
			.answered = column_integer(&q, 8) != 0,
		});
	return rc;
}

/* ---- the detector's memory */

int
watch_state_put(struct catalogue *c, int64_t id, const void *state, size_t len, int64_t now_ms, struct error *err)
{
	struct query q = query(c, SQL_WATCH_STATE_PUT);
	bind_integer(&q, id);
	bind_integer(&q, now_ms);
	bind_blob(&q, (struct text){ state, len });
	return run(&q, err);
}

int
watch_state_get(struct catalogue *c, const char *partner, void **ret, size_t *ret_len, struct error *err)
{
	struct query q = query(c, SQL_WATCH_STATE_GET);
	bind_string(&q, partner);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	struct text state = rc == 1 ? column_blob(&q, 0) : (struct text){ NULL, 0 };
	*ret = NULL;
	*ret_len = state.len;
	if (rc == 1) {
		*ret = xmalloc(state.len + 1);
		if (state.len > 0)
			memcpy(*ret, state.s, state.len);
		finish(&q);
	}
	return 0;
}

int
watch_note_put(struct catalogue *c, const char *partner, const char *name, const char *text, struct error *err)
{
	struct query q = query(c, text != NULL ? SQL_WATCH_NOTE_PUT : SQL_WATCH_NOTE_DROP);
	bind_string(&q, partner);
	bind_string(&q, name);
	if (text != NULL)
		bind_string(&q, text);
	return run(&q, err);
}

int
watch_note_get(struct catalogue *c, const char *partner, const char *name, char **ret, struct error *err)
{
	struct query q = query(c, SQL_WATCH_NOTE_GET);
	bind_string(&q, partner);
	bind_string(&q, name);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	*ret = rc == 1 ? column_copy(&q, 0) : NULL;
	if (rc == 1)
		finish(&q);
	return 0;
}

/* ---- alerts */

static int
add_alert(struct catalogue *c, struct watch_alert *a, struct error *err)
{
	struct query q = query(c, SQL_ALERT_ADD);
	bind_integer(&q, a->partner_id);
	bind_integer(&q, a->at_ms);
	bind_string(&q, a->verdict);
	if (row(&q, err) != 1)
		return -1;
	a->alert = column_integer(&q, 0);
	finish(&q);
	return 0;
}

int
watch_alert_put(struct catalogue *c, struct watch_alert *a, const char *facts, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	int rc = a->alert == 0 ? add_alert(c, a, err) : 0;
	if (rc == 0) {
		struct query q = query(c, SQL_ALERT_PUT);
		bind_integer(&q, a->alert);
		bind_string(&q, a->told);
		bind_time(&q, a->told_ms);
		bind_integer(&q, a->told_mask);
		bind_string(&q, a->answer);
		bind_time(&q, a->snoozed_ms);
		bind_time(&q, a->remind_ms);
		bind_time(&q, a->closed_ms);
		bind_integer(&q, a->reminders);
		bind_string(&q, facts);
		rc = run(&q, err);
	}
	return step_end(c, rc, err);
}

static void
read_alert(const struct query *q, struct watch_alert *ret)
{
	*ret = (struct watch_alert){
		.alert = column_integer(q, 0), .partner_id = column_integer(q, 1), .at_ms = column_integer(q, 2),
		.told_ms = column_time(q, 5), .told_mask = (unsigned)column_integer(q, 6), .snoozed_ms = column_time(q, 8),
		.remind_ms = column_time(q, 9), .closed_ms = column_time(q, 10), .reminders = column_integer(q, 11),
	};
	copy_name(q, 3, ret->verdict);
	copy_name(q, 4, ret->told);
	copy_name(q, 7, ret->answer);
}

int
watch_alert_last(struct catalogue *c, int64_t partner_id, struct watch_alert *ret, struct error *err)
{
	struct query q = query(c, SQL_ALERT_LAST);
	bind_integer(&q, partner_id);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	*ret = (struct watch_alert){ .alert = 0 };
	if (rc == 1) {
		read_alert(&q, ret);
		finish(&q);
	}
	return 0;
}

int
watch_alert_acknowledge(struct catalogue *c, int64_t alert, const char *by, int64_t now_ms, struct error *err)
{
	struct query q = query(c, SQL_ALERT_ACKNOWLEDGE);
	bind_string(&q, by);
	bind_integer(&q, now_ms);
	bind_integer(&q, alert);
	return run(&q, err);
}

int
watch_alert_mail(struct catalogue *c, int64_t alert, const char *mail_state, struct error *err)
{
	struct query q = query(c, SQL_ALERT_MAIL);
	bind_string(&q, mail_state);
	bind_integer(&q, alert);
	return run(&q, err);
}

int
watch_alert_due(struct catalogue *c, int64_t now_ms, struct watch_alert *ret, char **ret_partner,
    char **ret_facts, struct error *err)
{
	struct query q = query(c, SQL_ALERT_DUE);
	bind_integer(&q, now_ms);
	int rc = row(&q, err);
	if (rc != 1)
		return rc;
	read_alert(&q, ret);
	*ret_partner = column_copy(&q, 12);
	*ret_facts = column_copy(&q, 13);
	finish(&q);
	return 1;
}

/* ---- labels */

int
watch_label_add(struct catalogue *c, int64_t id, const struct watch_label *l, struct error *err)
{
	struct query q = query(c, SQL_LABEL_ADD);
	bind_integer(&q, id);
	bind_integer(&q, l->at_ms);
	bind_string(&q, l->label);
	bind_string(&q, l->verdict);
	bind_integer(&q, l->alert);
	bind_time(&q, l->until_ms);
	bind_string(&q, l->by);
	bind_string(&q, l->note);
	return run(&q, err);
}

int
watch_labels(struct catalogue *c, int64_t after,
    void (*each)(void *arg, int64_t number, const char *partner, const char *label, int64_t at_ms), void *arg,
    struct error *err)
{
	int rc;
	struct query q = query(c, SQL_LABELS);
	bind_integer(&q, after);
	while ((rc = row(&q, err)) == 1)
		each(arg, column_integer(&q, 0), borrow(&q, 1), borrow(&q, 2), column_integer(&q, 3));
	return rc;
}
