/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong: a kind for decisions, a text for people.
 *
 * Functions that can fail return 0 / -1 (or pointer / NULL) and take a
 * `struct error *err` last.  The first cause wins: error_set() on an error
 * that is already set does nothing; callers add where it happened with
 * error_context().  `err` may be NULL when the caller does not care.
 */
#ifndef VIGIE_BASE_ERROR_H
#define VIGIE_BASE_ERROR_H

#include <stdarg.h>

/* The names (error_kind_name) are public: they stand in runs.error_kind. */
enum error_kind {
	ERROR_NONE,
	ERROR_USAGE,		/* wrong command line */
	ERROR_CONFIG,		/* wrong configuration */
	ERROR_SYSTEM,		/* this machine: disk, memory, permissions */
	ERROR_FULL,		/* no room on this machine's disk, or no more of it for us */
	ERROR_CATALOGUE,	/* the store refused */
	ERROR_DAMAGED,		/* what is stored cannot be read: trying again does not help */
	ERROR_DNS,		/* the name does not resolve */
	ERROR_CONNECT,		/* refused, reset, unreachable */
	ERROR_TLS,		/* certificate or handshake */
	ERROR_TIMEOUT,		/* too slow for the budget */
	ERROR_HTTP,		/* a status that is not an answer */
	ERROR_AUTH,		/* 401, 403 or a token that is refused */
	ERROR_THROTTLED,	/* 429, or a wait longer than the run's budget */
	ERROR_REDIRECT,		/* left the partner's domain, or too many */
	ERROR_BLOCKED,		/* an address or a scheme that is not allowed */
	ERROR_LIMIT,		/* a cap on size, depth or pages was hit */
	ERROR_TRUNCATED,	/* the document ended too early */
	ERROR_FORMAT,		/* not the format that was expected */
	ERROR_SHAPE,		/* the format, but not the document, that was expected */
	ERROR_LOOP,		/* a page, link or token came back */
	ERROR_TOTAL,		/* the declared total was not reached */
	ERROR_EMPTY,		/* nothing, where there were listings before */
	ERROR_CONNECTOR,	/* the connector crashed, hung or broke out: its fault, nobody else's */
	ERROR_BUSY,		/* somebody else is doing it */
	ERROR_NOT_FOUND,
	ERROR_KINDS
};

struct error {
	enum error_kind kind;
	char text[512];
};

#define ERROR_INIT { ERROR_NONE, "" }

/* Set kind and text unless set already.  Always returns -1. */
int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set, with strerror(errno) appended; of a full disk the kind is ERROR_FULL, whatever it was to be. */
int error_errno(struct error *err, enum error_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "context: " before the text.  Always returns -1. */
int error_context(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void error_clear(struct error *err);

/* Lower-case public name of a kind; "none" for ERROR_NONE. */
const char *error_kind_name(enum error_kind kind);

#endif
