/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	           wake, timer                    nothing is due
 *	RESTING ───────────────► CLAIMING ─────────────────────────► RESTING
 *	                          │    ▲
 *	                   letter │    │ marked
 *	                          ▼    │
 *	                        SENDING ─► MARKING
 *
 * Claiming and marking are jobs of the store, which cannot be called back: an
 * errand is theirs, and only forgets its postman when he is freed.
 */
#include "alert/postman.h"

#include <inttypes.h>

#include "alert/writing.h"
#include "base/buf.h"
#include "base/log.h"
#include "net/smtp.h"

static const int64_t SEND_MAX_MS = 5 * MINUTE_MS;
static const int64_t CLAIM_MS = 15 * MINUTE_MS;		/* more than a letter takes */
static const int64_t LOOK_EVERY_MS = HOUR_MS;		/* others may put letters there */
static const int64_t TROUBLE_WAIT_MS = MINUTE_MS;
static const int64_t RETRY_FIRST_MS = 5 * MINUTE_MS, RETRY_MAX_MS = 6 * HOUR_MS;
static const int64_t GIVE_UP_MS = 5 * (int64_t)DAY_MS;
static const int64_t STUCK_MS = DAY_MS;

enum postman_state { POSTMAN_RESTING, POSTMAN_CLAIMING, POSTMAN_SENDING, POSTMAN_MARKING };

struct postman {
	struct loop *loop;
	const struct clock *clock;
	struct store *store;
	struct timer *timer;
	struct smtp *smtp;		/* NULL: letters cannot be sent */
	char *url, *user, *password, *ca_file, *from, *list_id, *office, *answers, *zone;
	enum postman_state state;
	bool woken;			/* while it was busy */
	struct errand *errand;		/* of the store job under way */
	struct errand *unmarked;	/* of a letter that ended, which the store could not keep yet */
	struct outbox_letter letter;	/* being sent */
	struct outbox_status outbox;
	struct error unable;		/* why smtp is NULL */
	bool tried;			/* to send one */
	struct said troubles;		/* with the store */
	struct said waiting, stuck;	/* letters cannot be sent just now; not for a day */
	struct said lost;		/* letters to whom come to nothing */
};

struct errand {
	struct postman *p;		/* NULL: he is gone */
	char *office, *answers, *zone;	/* his, for the store's thread */
	int64_t now_ms;
	struct outbox_attempt attempt;	/* of marking */
	struct error attempt_error;
	int64_t attempt_letter;		/* 0: claiming */
	struct outbox_letter letter;	/* claimed; letter 0: none */
	struct outbox_status outbox;
	struct error err;
	int rc;
};

static const char *const states[] = {
	[POSTMAN_RESTING] = "resting", [POSTMAN_CLAIMING] = "claiming", [POSTMAN_SENDING] = "sending",
	[POSTMAN_MARKING] = "marking",
};

static void
postman_enter(struct postman *p, enum postman_state state)
{
	log_debug("postman: %s, then %s", states[p->state], states[state]);
	p->state = state;
}

/* ---- on the store's thread */

static int
claim(struct catalogue *c, struct errand *e, struct error *err)
{
	const struct letter_office office = { e->office, e->zone, e->answers };
	int rc = outbox_claim(c, e->now_ms, e->now_ms + CLAIM_MS, &e->letter, err);
	if (rc != 1)
		return rc;
	if (e->letter.subject != NULL)
		return 0;
	struct error unreadable = ERROR_INIT;
	if (writing_compose(c, &e->letter, &office, e->now_ms, &unreadable) == 0)
		return outbox_compose(c, &e->letter, err);
	if (unreadable.kind != ERROR_FORMAT)
		return error_set(err, unreadable.kind, "%s", unreadable.text);
	/* It will never be readable: it must not stand in the way of the others. */
	const struct outbox_attempt a = { "given-up", unreadable.text, e->now_ms, e->now_ms };
	rc = outbox_end(c, e->letter.letter, &a, err);
	outbox_letter_done(&e->letter);
	return rc;
}

static void
work(struct catalogue *c, void *arg)
{
	struct errand *e = arg;
	e->rc = catalogue_step_begin(c, &e->err);
	if (e->rc != 0)
		return;
	int rc = e->attempt_letter != 0 ? outbox_end(c, e->attempt_letter, &e->attempt, &e->err) : claim(c, e, &e->err);
	if (rc == 0)
		rc = outbox_status(c, &e->outbox, &e->err);
	e->rc = catalogue_step_end(c, rc, &e->err);
}

/* ---- on the loop */

static void
errand_free(struct errand *e)
{
	outbox_letter_done(&e->letter);
	free(e->office);
	free(e->answers);
	free(e->zone);
	free(e);
}

static void on_claimed(void *arg, const struct error *commit);

static struct errand *
errand_new(struct postman *p)
{
	struct errand *e = xcalloc(1, sizeof *e);
	e->p = p;
	e->office = xstrdup(p->office);
	e->answers = xstrdup(p->answers);
	e->zone = xstrdup(p->zone);
	e->now_ms = clock_now_ms(p->clock);
	p->errand = e;
	return e;
}

static void
start_claim(struct postman *p)
{
	p->woken = false;
	timer_stop(p->timer);
	postman_enter(p, POSTMAN_CLAIMING);
	store_submit(p->store, (struct store_job){ work, on_claimed, errand_new(p) });
}

static void
rest(struct postman *p, int64_t until_ms)
{
	int64_t now_ms = clock_now_ms(p->clock), wait_ms = until_ms - now_ms;
	postman_enter(p, POSTMAN_RESTING);
	wait_ms = wait_ms < 0 ? 0 : wait_ms > LOOK_EVERY_MS ? LOOK_EVERY_MS : wait_ms;
	timer_start(p->timer, clock_real_wait_ms(p->clock, wait_ms));
}

static void
complain(struct postman *p)
{
	int64_t now_ms = clock_now_ms(p->clock), since_ms = p->outbox.stuck_since_ms;
	if (since_ms == TIME_NONE)
		(void)said_ends(&p->stuck, NULL);
	else if (now_ms - since_ms >= STUCK_MS)
		log_at(said_begins(&p->stuck, NULL, LOG_ERROR), "letters to staff wait for %" PRId64 " hours, %" PRId64
		    " of them: %s", (now_ms - since_ms) / HOUR_MS, p->outbox.waiting, p->outbox.last_error);
}

/* Takes what a job found out, and frees it.  NULL: the postman is gone. */
static struct postman *
take_errand(struct errand *e, const struct error *commit, bool *ret_good)
{
	struct postman *p = e->p;
	const struct error *err = e->rc != 0 ? &e->err : commit;
	*ret_good = e->rc == 0 && commit->kind == ERROR_NONE;
	if (p != NULL)
		p->errand = NULL;
	if (p != NULL && *ret_good) {
		p->outbox = e->outbox;
		p->letter = e->letter;
		e->letter = (struct outbox_letter){ .letter = 0 };
		complain(p);
	}
	if (p != NULL)
		store_log(p->store, &p->troubles, "letters to staff", err);
	errand_free(e);
	return p;
}

static void
on_marked(void *arg, const struct error *commit)
{
	bool good;
	struct errand *e = arg;
	struct postman *p = e->p;
	const struct error *err = e->rc != 0 ? &e->err : commit;
	if (p == NULL || err->kind == ERROR_NONE) {
		if (take_errand(e, commit, &good) != NULL)
			start_claim(p);
		return;
	}
	/* Nothing else is sent before.  Should we end first, it is sent again, under the same Message-ID. */
	store_log(p->store, &p->troubles, "letters to staff", err);
	p->errand = NULL;
	p->unmarked = e;
	error_clear(&e->err);
	rest(p, clock_now_ms(p->clock) + TROUBLE_WAIT_MS);
}

static int64_t
retry_after_ms(int64_t attempts)
{
	int64_t wait_ms = RETRY_FIRST_MS;
	for (int64_t i = 1; i < attempts && wait_ms < RETRY_MAX_MS; i++)
		wait_ms *= 2;
	return wait_ms < RETRY_MAX_MS ? wait_ms : RETRY_MAX_MS;
}

static struct outbox_attempt
judge_attempt(const struct outbox_letter *l, enum smtp_outcome outcome, int64_t now_ms)
{
	struct outbox_attempt a = { "sent", NULL, now_ms, now_ms };
	if (outcome == SMTP_REFUSED)
		a.state = "refused";
	if (outcome != SMTP_LATER)
		return a;
	bool enough = l->first_failure_ms != TIME_NONE && now_ms - l->first_failure_ms >= GIVE_UP_MS;
	a.state = enough ? "given-up" : "waiting";
	a.due_ms = enough ? now_ms : now_ms + retry_after_ms(l->attempts);
	return a;
}

static void
log_sent(struct postman *p, const struct outbox_letter *l)
{
	log_info("letter %" PRId64 " (%s) to %s: sent", l->letter, l->kind, l->recipient);
	log_at(said_ends(&p->waiting, NULL), "letters to staff are sent again");
	log_at(said_ends(&p->lost, l->recipient), "letters to %s are taken again", l->recipient);
}

/* One that waited before we began was told of then. */
static void
log_attempt(struct postman *p, enum smtp_outcome outcome, const char *state, const struct error *err)
{
	const struct outbox_letter *l = &p->letter;
	const struct log_fields f = { .error_kind = error_kind_name(err->kind) };
	bool waits = outcome == SMTP_LATER && strcmp(state, "given-up") != 0;
	if (!p->tried && l->attempts > 1)
		(void)said_begins(&p->waiting, NULL, LOG_WARN);
	p->tried = true;
	if (outcome == SMTP_SENT) {
		log_sent(p, l);
		return;
	}
	enum log_level level = waits ? said_begins(&p->waiting, NULL, LOG_WARN) : said_begins(&p->lost, l->recipient, LOG_ERROR);
	log_event(level, &f, "letter %" PRId64 " (%s) to %s: %s: %s", l->letter, l->kind, l->recipient,
	    waits ? "waiting" : outcome == SMTP_LATER ? "given up" : "refused", err->text);
}

static void
on_sent(void *arg, enum smtp_outcome outcome, const struct error *err)
{
	struct postman *p = arg;
	struct errand *e = errand_new(p);
	e->attempt_letter = p->letter.letter;
	e->attempt = judge_attempt(&p->letter, outcome, e->now_ms);
	if (outcome != SMTP_SENT) {
		e->attempt_error = *err;
		e->attempt.error = e->attempt_error.text;
	}
	log_attempt(p, outcome, e->attempt.state, err);
	outbox_letter_done(&p->letter);
	postman_enter(p, POSTMAN_MARKING);
	store_submit(p->store, (struct store_job){ work, on_marked, e });
}

static void
send_letter(struct postman *p)
{
	const struct outbox_letter *l = &p->letter;
	const struct smtp_mail mail = {
		.from = p->from, .to = l->recipient, .from_name = "Vigie", .subject = l->subject, .text = l->text,
		.html = l->html, .message_id = l->message_id, .in_reply_to = l->thread, .list_id = p->list_id,
		.reply_to = p->answers, .date_ms = clock_now_ms(p->clock),
	};
	postman_enter(p, POSTMAN_SENDING);
	smtp_send(p->smtp, &mail, on_sent, p);
}

static void
on_claimed(void *arg, const struct error *commit)
{
	bool good;
	struct postman *p = take_errand(arg, commit, &good);
	if (p == NULL)
		return;
	if (!good)
		rest(p, clock_now_ms(p->clock) + TROUBLE_WAIT_MS);
	else if (p->letter.letter != 0)
		send_letter(p);
	else if (p->woken)
		start_claim(p);
	else
		rest(p, p->outbox.next_due_ms != TIME_NONE ? p->outbox.next_due_ms : INT64_MAX);
}

static void
mark(struct postman *p, struct errand *e)
{
	p->unmarked = NULL;
	p->errand = e;
	postman_enter(p, POSTMAN_MARKING);
	store_submit(p->store, (struct store_job){ work, on_marked, e });
}

static void
on_timer(void *arg)
{
	struct postman *p = arg;
	if (p->unmarked != NULL)
		mark(p, p->unmarked);
	else
		start_claim(p);
}

/* ---- him */

static int
open_smtp(struct postman *p, const struct config_mail *mail, struct error *err)
{
	static const enum smtp_tls tls[] = {
		[CONFIG_TLS_TRY] = SMTP_TLS_TRY, [CONFIG_TLS_REQUIRE] = SMTP_TLS_REQUIRE, [CONFIG_TLS_NEVER] = SMTP_TLS_NEVER,
	};
	if (mail->missing != NULL) {
		log_error("letters to staff cannot be sent: %s", mail->missing);
		(void)error_set(&p->unable, ERROR_CONFIG, "%s", mail->missing);
		return 0;
	}
	const struct smtp_server server = {
		.url = p->url, .tls = tls[mail->tls], .user = p->user, .password = p->password, .ca_file = p->ca_file,
		.timeout_ms = SEND_MAX_MS,
	};
	p->smtp = smtp_new(p->loop, &server, err);
	return p->smtp != NULL ? 0 : -1;
}

static char *
list_id_of(const char *from)
{
	struct buf id = BUF_INIT;
	const char *at = strchr(from, '@');
	buf_fmt(&id, "<vigie.%s>", at != NULL ? at + 1 : from);
	return buf_take(&id);
}

struct postman *
postman_new(struct loop *l, const struct clock *clock, struct store *store, const struct config *config,
    struct error *err)
{
	const struct config_mail *mail = &config->mail;
	struct postman *p = xcalloc(1, sizeof *p);
	*p = (struct postman){ .loop = l, .clock = clock, .store = store,
		.outbox = { .stuck_since_ms = TIME_NONE, .next_due_ms = TIME_NONE } };
	p->url = xstrdup(mail->server);
	p->user = xstrdup(mail->user);
	p->password = xstrdup(mail->password);
	p->ca_file = xstrdup(config->ca_file);
	p->from = xstrdup(mail->from);
	p->office = xstrdup(config->office_name);
	p->answers = xstrdup(mail->answers);
	p->zone = xstrdup(mail->zone);
	p->timer = timer_new(l, on_timer, p);
	if (mail->server == NULL || mail->from == NULL)
		return p;
	p->list_id = list_id_of(mail->from);
	if (open_smtp(p, mail, err) != 0) {
		postman_free(p);
		return NULL;
	}
	postman_wake(p);
	return p;
}

void
postman_free(struct postman *p)
{
	if (p == NULL)
		return;
	if (p->errand != NULL)
		p->errand->p = NULL;
	if (p->unmarked != NULL)
		errand_free(p->unmarked);
	smtp_free(p->smtp);
	timer_free(p->timer);
	said_done(&p->troubles);
	said_done(&p->waiting);
	said_done(&p->stuck);
	said_done(&p->lost);
	outbox_letter_done(&p->letter);
	if (p->password != NULL)
		explicit_bzero(p->password, strlen(p->password));
	char *const texts[] = { p->url, p->user, p->password, p->ca_file, p->from, p->list_id, p->office, p->answers,
		p->zone };
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free(texts[i]);
	free(p);
}

void
postman_wake(struct postman *p)
{
	if (p->smtp == NULL)
		return;
	if (p->state == POSTMAN_RESTING)
		timer_start(p->timer, 0);
	else
		p->woken = true;
}

struct postman_status
postman_status(const struct postman *p)
{
	return (struct postman_status){
		.waiting = p->outbox.waiting, .stuck_since_ms = p->outbox.stuck_since_ms,
		.last_error = p->smtp == NULL ? p->unable.text : p->outbox.last_error,
	};
}
