/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of public registers: bounded in size and depth, its texts made fit to
 * show, whatever is missing or of another type is "" or NULL. */
#ifndef VIGIE_WATCH_DOCUMENT_H
#define VIGIE_WATCH_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"

enum { DOCUMENT_BYTES_MAX = 2 * 1024 * 1024, DOCUMENT_DEPTH_MAX = 32 };

/* The caller deletes it.  NULL with ERROR_FORMAT, or ERROR_LIMIT. */
cJSON *document_parse(const char *json, size_t len, struct error *err);
/* JSON in a string, as BODACC has it; an object is copied, too.  NULL if it is neither. */
cJSON *document_inner(const cJSON *node);

const cJSON *document_array(const cJSON *object, const char *key);	/* NULL: no array */
const char *document_text(const cJSON *object, const char *key);	/* "" */
int64_t document_number(const cJSON *object, const char *key);	/* also in a string; -1 */
int64_t document_date(const cJSON *object, const char *key);	/* any written form; TIME_NONE */

struct buf;
/* Appends remote text as one clean line of at most `max` bytes. */
void document_quote(struct buf *out, const char *text, size_t max);
/* The note of `size` bytes that `text` makes, cut between characters. */
void document_note(char *out, size_t size, const struct buf *text);
/* "2026-05-31"; "" for TIME_NONE. */
void document_day(struct buf *out, const char *before, int64_t t_ms);

#endif
