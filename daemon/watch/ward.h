/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The insides of the watch: lookout.c (its life, what is kept), tick.c (time
 * passes, staff answer), control.c (is it us?), round.c (what is looked at after
 * a poll), judge.c (what is made of it).  Nobody else includes this.
 */
#ifndef VIGIE_WATCH_WARD_H
#define VIGIE_WATCH_WARD_H

#include "health/detector.h"
#include "health/season.h"
#include "net/dns.h"
#include "net/guard.h"
#include "sync/schedule.h"
#include "sync/store.h"
#include "watch/desk.h"
#include "watch/group.h"
#include "watch/probe.h"
#include "watch/reading.h"
#include "watch/lookout.h"

enum { CONTROLS_MAX = 8 };

struct alarm {			/* an entry of the schedule */
	void (*fire)(void *arg);
	void *arg;
	bool set;
};

struct ward {			/* a partner under watch */
	struct lookout *lookout;
	char *name;
	const struct partner_config *config;	/* see ward_config() */
	unsigned settings;	/* engine_settings() when that was looked up */
	struct group *group;	/* NULL until what was kept has been read */
	char address[FETCH_ADDRESS_MAX];	/* of the last answer; "": not known */
	struct partner_health health;
	struct season season;
	struct register_memory registers[REGISTERS];
	struct round *round;	/* what is being looked at; NULL */
	struct alarm recheck;
	struct probe *probe;	/* of the recheck */
	bool loaded;		/* what was kept has been read */
	bool presence;		/* only that it is there counts: it has no list of its own */
	bool unseen;		/* it has no web site either: nothing can be said of it */
	bool by_site;		/* its runs read a file of the office: the light request is the poll */
	bool leaving;		/* not polled any more: freed when its round is over */
	int64_t site_asked_ms;	/* TIME_NONE: never */
	int64_t site_not_before_ms;	/* it asked to wait; TIME_NONE */
	int64_t not_before_ms;	/* it asked to wait; TIME_NONE */
	int64_t next_poll_ms;	/* of the next run, with its back-off; TIME_NONE */
	int64_t expected_ms;	/* time until the next look, as planned; credit for clocks */
	int64_t kept_ms;	/* when the state was written */
	double probability;	/* of the last decision */
	int64_t sunset_ms;	/* told already; TIME_NONE */
	bool deprecated;	/* likewise */
	char *moved_to, *site_moved_to;	/* registrable domains; NULL */
	char *words;		/* closing or parking words that were read; NULL */
};

struct lookout {
	struct lookout_options options;
	const struct config *config;
	struct fetcher *fetcher;
	struct store *store;
	struct dns *dns;	/* NULL: switched off */
	struct schedule *schedule;
	struct timer *tick;
	struct ward **wards;	/* in order of name */
	size_t n_wards;
	struct group *groups;	/* the first is the lookout's */
	struct group *buckets[GROUP_BUCKETS];	/* by domain: thousands are looked for at a reload */
	char *rdap_servers;	/* IANA's list, once it was needed; NULL */
	struct desk desks[REGISTERS];
	unsigned settings;	/* engine_settings() that were taken */
	bool addresses_changed;	/* groups are to be settled again */
	bool stopping;
	bool freed;		/* by its owner: the store's last answer frees it */
	struct said troubles;	/* with the store */
	struct said unread_seasons;	/* whose `closed` says nothing */
	int64_t last_label;	/* answers of staff up to this one are known */
	unsigned jobs;		/* of ours at the store */
	void (*stopped)(void *arg);
	void *stopped_arg;

	/* is it us? */
	char *control_urls;	/* the texts behind controls[].url */
	struct control {
		struct lookout *lookout;
		const char *url;
		struct probe *probe;
		bool heard;
	} controls[CONTROLS_MAX];
	size_t n_controls;
	unsigned controls_pending;
	int64_t controlled_ms;	/* when they were last asked; TIME_NONE */
	int64_t heard_ms;	/* when anybody last answered; TIME_NONE */
	int64_t deaf_since_ms;	/* nobody answers; TIME_NONE */
	struct alarm listen;	/* asks the controls again while deaf */
	bool told_full;		/* as told_blind, of a full disk */
	bool told_blind;	/* the ledger knows */
};

static inline int64_t
lookout_now(const struct lookout *w)
{
	return clock_now_ms(w->options.clock);
}

/* ---- lookout.c */
void alarm_set(struct lookout *w, struct alarm *a, int64_t at_ms);
void alarm_stop(struct lookout *w, struct alarm *a);
/* Every job of ours at the store: once when it is given, once when it is done. */
void lookout_submit(struct lookout *w, struct store_job job);
void lookout_job_over(struct lookout *w);
void lookout_news(const struct lookout *w);	/* something may wait in the outbox */
struct ward *ward_find(const struct lookout *w, const char *name);
/* What engine_partner() has of it; it is looked for among thousands only when that may have changed. */
const struct partner_config *ward_config(struct ward *d);
void ward_free(struct ward *d);
/* Since when the lookout decides nothing; TIME_NONE: it sees. */
int64_t lookout_blind_since(const struct lookout *w);

/* ---- tick.c */
extern const char lookout_label_note[];	/* the last answer's name in the ledger */
void lookout_tick(void *arg);
void lookout_tick_later(struct lookout *w);

/* ---- control.c */
void control_init(struct lookout *w);
void control_stop(struct lookout *w);	/* no callback any more */
/* Asks the control hosts unless they were asked just now; round_step() of
 * every waiting round is called when they have answered.  False: no need to wait. */
bool control_ask(struct lookout *w);
void control_heard(struct lookout *w, int64_t t_ms);	/* somebody answered */

/* ---- round.c */
/* Looks at whatever is due, then judges.  One at a time: a poll that comes
 * while a round is under way is judged with it. */
void round_start(struct ward *d, const struct poll_reading *poll);
void round_drop(struct ward *d);	/* cancels what can be */
void rounds_controlled(struct lookout *w);	/* the controls have answered */

#endif
