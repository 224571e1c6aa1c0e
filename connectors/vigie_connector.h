/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vigie_connector.h - what a connector plugin exports, and what it may call.
 *
 * A connector turns the bytes of a partner's answers into listings and says
 * what to ask for next.  It does no input or output of its own: no sockets,
 * files, threads, clocks, SQL, and no logging.  The host does the rest:
 * retries, rate budgets, redirects, conditional requests, unpacking, size
 * limits, proofs against loops, credentials, normalising, quarantine.
 *
 * A plugin is a shared object that exports one object:
 *
 *	const struct vigie_connector vigie_connector = { VIGIE_CONNECTOR_ABI, ... };
 *
 * built with -fvisibility=hidden; it is loaded with RTLD_NOW | RTLD_LOCAL.
 * connectors/hello.c is a complete one.
 *
 * How one run goes, for each instance (one instance serves one run):
 *
 *	open ─► first ─► { begin ─► feed … ─► end } per answer ─► close
 *
 * `first` says the same each time for the same setup: a run whose answers are
 * all « not modified » opens no instance.  `end` names the next request or
 * says that the document set is complete.
 * When an answer breaks off and is asked for again, `begin` comes again
 * without `end`: begin forgets what was half read.
 *
 * An answer that is compressed (gzip) or an archive (ZIP) is unpacked by the
 * host.  A connector that has `member` is told of each file of an archive before
 * its bytes; one without it reads an archive of one file.
 *
 * Every function runs on one thread and must return soon.  Text is UTF-8
 * unless said otherwise; lengths are bytes; borrowed pointers live until the
 * call that gave them returns.
 */
#ifndef VIGIE_CONNECTOR_H
#define VIGIE_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A plugin built for another number is refused, with both numbers. */
#define VIGIE_CONNECTOR_ABI 3u

#define VIGIE_EXPORT __attribute__((visibility("default")))

/* ---- options: a table; parsing, checking and documentation come from it */

enum vigie_option_type {
	VIGIE_OPTION_TEXT,	/* lines that are indented go on it, after a blank */
	VIGIE_OPTION_LINES,	/* a text of several lines, separated by line feeds */
	VIGIE_OPTION_INTEGER,	/* decimal, at least 0 */
	VIGIE_OPTION_BOOLEAN,	/* yes, no */
	VIGIE_OPTION_CHOICE,	/* one of `choices`, separated by spaces */
	VIGIE_OPTION_END
};

struct vigie_option {
	const char *name;		/* "NAME", or "*": any name (a map) */
	enum vigie_option_type type;
	const char *section;		/* of the partner's file; NULL: the connector's name */
	const char *fallback;		/* default; NULL: none */
	bool required;
	const char *choices;		/* for VIGIE_OPTION_CHOICE */
	const char *help;		/* one sentence for the person who sets it up */
};

/* One setting of the partner's file, checked against the table already.
 * Defaults are filled in; an option without value and default is absent. */
struct vigie_setting {
	const char *section;
	const char *name;
	const char *value;
};

/* ---- what a listing is made of.  The host normalises the values. */

enum vigie_key {
	VIGIE_EXTERNAL_ID,	/* the partner's own identifier; required */
	VIGIE_KIND,
	VIGIE_TITLE,
	VIGIE_DESCRIPTION,	/* text, HTML or BBCode */
	VIGIE_LANGUAGE,
	VIGIE_URL,
	VIGIE_IMAGE_URL,
	VIGIE_LATITUDE,		/* WGS 84 degrees */
	VIGIE_LONGITUDE,
	VIGIE_STREET,
	VIGIE_POSTCODE,
	VIGIE_LOCALITY,
	VIGIE_COUNTRY,
	VIGIE_PRICE,		/* number, text or words: "5 €", "115,00", "Offert" */
	VIGIE_CURRENCY,
	VIGIE_PRICE_UNIT,	/* night, day, hour, person, item, … */
	VIGIE_CAPACITY,
	VIGIE_RATING,		/* 0 to 5 */
	VIGIE_RATING_COUNT,
	VIGIE_SOURCE_UPDATED_AT,/* any written form of a date */
	VIGIE_STARTS_AT,	/* dates of an event; kept in properties */
	VIGIE_ENDS_AT,
	VIGIE_PROPERTY,		/* what has no column: `name` says which */
	VIGIE_KEYS
};

enum vigie_value_type {
	VIGIE_TEXT,
	VIGIE_NUMBER,		/* decimal text as the partner wrote it */
	VIGIE_BOOL,		/* "true" or "false" */
	VIGIE_JSON		/* a JSON object or array, compact */
};

struct vigie_field {
	enum vigie_key key;
	enum vigie_value_type type;
	const char *name;	/* of a property; NULL otherwise */
	const char *value;	/* not NUL-terminated */
	size_t value_len;
};

/* ---- requests and answers */

struct vigie_request {
	const char *url;	/* absolute, or relative to the last answer's URL */
	const char *body;	/* NULL: as the partner's file says */
};

struct vigie_answer {
	const char *url;		/* without credentials */
	const char *content_type;	/* "" if none was sent */
	const char *link;		/* all Link header fields (RFC 8288), joined by ", " */
	size_t page;			/* 0 for the first */
};

/* What `end` says.  Everything is borrowed from the instance until the next
 * call into it. */
struct vigie_next {
	bool more;			/* false: that was all */
	struct vigie_request request;	/* when more */
};

/* ---- services of the host */

struct vigie_run;			/* the host's own */

struct vigie_bytes {
	const char *s;
	size_t len;
};

enum vigie_failure {
	VIGIE_WRONG_FORMAT,	/* not JSON, say */
	VIGIE_WRONG_SHAPE,	/* JSON, but not the document that was expected */
	VIGIE_TRUNCATED,
	VIGIE_TOO_DEEP,
	VIGIE_TOO_BIG
};

struct vigie_host {
	/*
	 * An item was framed: its raw bytes, before it is parsed.  Counts it
	 * and returns true when the same bytes were read before; then the
	 * connector skips it.  False: parse it, then emit, tombstone or reject.
	 */
	bool (*known)(struct vigie_run *run, const char *raw, size_t raw_len);
	/*
	 * `known` will be called with these next, in this order and before they
	 * change: what it needs is fetched meanwhile.  It need not be called.
	 */
	void (*expect)(struct vigie_run *run, const struct vigie_bytes *items, size_t n);
	/* A listing that the last `known` item holds; several per item are fine. */
	void (*emit)(struct vigie_run *run, const struct vigie_field *fields, size_t n);
	/*
	 * The partner says that this listing was withdrawn: `external_id` as it
	 * would be emitted.  One that no listing can have does nothing.
	 */
	void (*tombstone)(struct vigie_run *run, const char *external_id, size_t len);
	/*
	 * The last `known` item cannot be read: it is kept in quarantine and its
	 * listing counts as present.  `external_id` may be NULL if it has none;
	 * `reason` may quote the item, and is shown up to 4096 bytes.
	 */
	void (*reject)(struct vigie_run *run, const char *external_id, size_t len, const char *reason);
	/* How many items the partner says there are in all; less than 0: it does not. */
	void (*declare_total)(struct vigie_run *run, int64_t total);
	/*
	 * What this run reads is not the whole set: nothing is removed because it
	 * is missing.  Of a run that was given a watermark: it reads changes, and
	 * what it does not have is as it was.
	 */
	void (*window)(struct vigie_run *run);
	/*
	 * Before the first item: items come in the order in which they changed.
	 * None is known then; of several with one identifier the last counts, be
	 * it a withdrawal.
	 */
	void (*in_order)(struct vigie_run *run);
	/*
	 * Text that the next run's setup has as its watermark: where a feed of
	 * changes goes on.  The last one counts.  It is kept once this run is
	 * stored as complete and none of its removals waits for staff; until then
	 * the next run is given the one that this run was given.  Forgotten after
	 * six days, and when the partner's URL or the way in which items are read
	 * changes.
	 */
	void (*remember)(struct vigie_run *run, const char *watermark);
	/*
	 * For whoever tries a partner's file: the expression of `field` (its name
	 * in [map]) found nothing in the last `known` item, and why: what stands
	 * where instead.  `field` NULL: `text` says how the document was
	 * recognised to be written.  The function NULL: nobody wants to know.
	 */
	void (*remark)(struct vigie_run *run, const char *field, const char *text);
	/* Say why the function that returns -1 does so. */
	void (*fail)(struct vigie_run *run, enum vigie_failure why, const char *text);
	/*
	 * What cJSON allocates between these two comes from a scratch area that
	 * is emptied by scratch_end, without cJSON_Delete.  Not nested.
	 */
	void (*scratch_begin)(void);
	void (*scratch_end)(void);
};

/* Why `open` refused a setting: section and name as in the option table. */
struct vigie_complaint {
	const char *section;
	const char *name;
	char text[256];
};

/* What an instance is made of; strings and settings live as long as it does. */
struct vigie_setup {
	const struct vigie_host *host;	/* NULL, like run, when settings are only checked */
	struct vigie_run *run;
	const char *url;		/* the partner's request URL, without credentials */
	const char *body;		/* NULL: none */
	const char *watermark;		/* what the last stored run had remembered; NULL: nothing */
	const struct vigie_setting *settings;
	size_t n_settings;
	unsigned max_depth;		/* of nested values in one item */
	size_t max_item_bytes;
};

struct vigie_connector {
	uint32_t abi;
	const char *name;
	const char *summary;		/* one line */
	const struct vigie_option *options;	/* ends with VIGIE_OPTION_END; may be NULL */

	/* NULL with *complaint filled in. */
	void *(*open)(const struct vigie_setup *setup, struct vigie_complaint *complaint);
	void (*close)(void *self);	/* takes NULL */

	/*
	 * The last call in which files can be read: tables of characters, time
	 * zones.  What follows runs in a process without files, network or other
	 * processes.  NULL: nothing is needed.
	 */
	void (*load)(void *self);

	int (*first)(void *self, struct vigie_request *ret);
	int (*begin)(void *self, const struct vigie_answer *answer);
	int (*feed)(void *self, const char *chunk, size_t len);
	int (*end)(void *self, struct vigie_next *ret);
	/*
	 * Read one item again that was in quarantine, after the partner's file
	 * was mended.  `known` is not called.  NULL: no replay.
	 */
	int (*item)(void *self, const char *raw, size_t len);
	/*
	 * A file of an archive begins, the one before it has ended: 1 to be fed
	 * it, 0 to skip it, -1.  NULL: archives of one file only.
	 */
	int (*member)(void *self, const char *name);
	/*
	 * Instead of begin … end: what was asked for is not to be had, and asking
	 * again does not help.  `status` is 404 or 410, another from 400 on, or
	 * that of a redirect that is not followed (to another site).  Says what is
	 * next, like `end`.  NULL, or -1: the run has failed.  Who goes on without
	 * something that may hold listings says so with `fail` at the end; many
	 * absent pages make a run partial in any case.
	 */
	int (*absent)(void *self, const struct vigie_answer *answer, int status, struct vigie_next *ret);
	/*
	 * There are no listings: that the partner's web site answers is all that is
	 * asked.  Its file needs neither a kind nor a url but its website.
	 */
	bool presence;
};

#endif
