/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened, as CloudEvents 1.0 in structured JSON: for hooks and for who
 * listens live.  Each has the members `type`, `timestamp` and `data` too, as
 * Standard Webhooks wants them: `timestamp` is an extension attribute with the
 * value of `time`.
 */
#ifndef VIGIE_REPRESENT_EVENT_H
#define VIGIE_REPRESENT_EVENT_H

#include "base/buf.h"
#include "catalogue/news.h"

#define EVENT_TYPE "application/cloudevents+json; charset=utf-8"
#define EVENT_BATCH_TYPE "application/cloudevents-batch+json; charset=utf-8"

enum event_type { EVENT_NONE, EVENT_ADDED, EVENT_CHANGED, EVENT_REMOVED, EVENT_VERDICT, EVENT_TEST, EVENT_TYPES };
extern const char *const event_names[EVENT_TYPES];	/* "listing.added" */

/*
 * What a change means to who sees published listings only: EVENT_NONE when it
 * never saw that one, or when a later change says more.
 */
enum event_type event_of_change(const struct news_change *c);

enum { EVENT_ID_MAX = 64 };
/* The same for ever, and another for each event of a catalogue. */
void event_change_id(char out[EVENT_ID_MAX], const struct news_change *c);
void event_turn_id(char out[EVENT_ID_MAX], const struct news_turn *t);

/* Each appends one JSON object.  `source` is a URI; `row` NULL: it is not there any more. */
void event_change(struct buf *out, const char *source, const struct news_change *c, const struct listing_row *row);
void event_turn(struct buf *out, const char *source, const struct news_turn *t);
void event_test(struct buf *out, const char *source, const char *id, int64_t now_ms);

#endif
