/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditional requests: which validator a page is asked with, and which the next run may ask with; and the
 * watermarks of feeds of changes.
 *
 * A validator belongs to one request and to the URL that answered it, where redirects lead to: of `request`, .low
 * is a hash of the one, known when it is asked, and .high of the other, which the answer tells.
 */
#include "sync/run_private.h"

static void
put_pairs(struct buf *key, const struct config_pair *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_fmt(key, " %s=%s", list[i].name, list[i].secret ? "" : list[i].value);
}

/* What is asked at `url`, but for secrets. */
static void
put_question(struct buf *key, const struct run *r, const char *url)
{
	buf_str(key, url);
	put_pairs(key, r->partner->query, r->partner->n_query);
	put_pairs(key, r->partner->headers, r->partner->n_headers);
}

struct raw_hash
conditional_request(const struct run *r)
{
	struct buf key = BUF_INIT;
	put_question(&key, r, r->url);
	buf_fmt(&key, "\n%s", r->body ? r->body : "");
	struct raw_hash hash = raw_hash(key.data, key.len, r->report.seed);
	buf_done(&key);
	return hash;
}

const struct validator *
conditional_validator(const struct run *r)
{
	if (!r->use_validators || r->body != NULL || r->page >= r->memory.n_validators)
		return NULL;
	const struct validator *v = &r->memory.validators[r->page];
	return v->request.low == r->request_hash.low ? v : NULL;
}

static uint64_t
hash_url(const struct run *r, const char *url)
{
	return raw_hash(url, strlen(url), r->report.seed).low;
}

bool
conditional_holds(const struct run *r, const char *url)
{
	return !r->conditional || r->memory.validators[r->page].request.high == hash_url(r, url);
}

void
conditional_keep(struct run *r, const char *next_url)
{
	if (r->body != NULL || (r->answer_etag == NULL && r->answer_last_modified == NULL))
		r->validators_whole = false;
	if (!r->validators_whole)
		return;
	r->validators = xrealloc(r->validators, r->n_validators + 1, sizeof *r->validators);
	r->validators[r->n_validators++] = (struct validator){
		.request = { r->request_hash.low, hash_url(r, r->answer_url) },
		.etag = xstrdup(r->answer_etag),
		.last_modified = xstrdup(r->answer_last_modified),
		.next_url = xstrdup(next_url),
	};
}

void
conditional_free(struct run *r)
{
	for (size_t i = 0; i < r->n_validators; i++) {
		free(r->validators[i].etag);
		free(r->validators[i].last_modified);
		free(r->validators[i].next_url);
	}
	free(r->validators);
	r->validators = NULL;
	r->n_validators = 0;
}

/* A watermark is stored behind the question that it belongs to: one of another feed would lead past what was never read. */

const char *
conditional_watermark(const struct run *r)
{
	const char *text = r->memory.watermark;
	struct buf question = BUF_INIT;
	put_question(&question, r, r->partner->url);
	bool same = strncmp(text, question.data, question.len) == 0 && text[question.len] == '\n';
	size_t len = question.len;
	buf_done(&question);
	return same ? text + len + 1 : NULL;
}

void
conditional_keep_watermark(struct run *r, const char *mark)
{
	put_question(&r->watermark, r, r->partner->url);
	buf_fmt(&r->watermark, "\n%s", mark);
}
