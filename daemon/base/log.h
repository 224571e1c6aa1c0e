/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages for whoever runs the service, on stderr.  Under systemd each line
 * starts with journald's priority prefix (sd-daemon(3)); on a terminal it does
 * not.  Remote text goes through log_escape() or "%s" of an error's text,
 * which was escaped when it was made.
 *
 * Only main programs and the places where a decision is made log.
 */
#ifndef VIGIE_BASE_LOG_H
#define VIGIE_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

struct buf;

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7, LOG_NEVER };

/* Lines above this level are dropped; LOG_INFO to start with. */
void log_set_level(enum log_level level);
void log_set_prefix(int journald);	/* 1: write "<6>" and the like */
/* When standard error is the journal ($JOURNAL_STREAM): entries with fields (sd_journal_sendv(3)) in place of lines. */
void log_set_journal(void);

void log_at(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_notice(...) log_at(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

/* What happened, by its MESSAGE_ID; a table in vigied(8) has them. */
enum log_event {
	LOG_PLAIN, LOG_PARTNER_FAILS, LOG_PARTNER_ANSWERS, LOG_RUN, LOG_REMOVALS_HELD, LOG_VERDICT, LOG_DISK_FULL,
	LOG_DISK_ROOM, LOG_EVENTS
};

struct log_fields {		/* beside the message, in the journal; NULL and 0: none */
	enum log_event event;
	const char *partner;
	int64_t run;		/* its number in the ledger */
	const char *error_kind, *verdict;
};
void log_event(enum log_level level, const struct log_fields *f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Append at most `max` bytes of remote text, with control characters,
 * escape sequences and bad UTF-8 written as \xNN. */
void text_escape(struct buf *out, const char *s, size_t len, size_t max);

#endif
