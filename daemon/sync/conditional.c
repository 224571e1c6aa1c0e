/* SPDX-License-Identifier: Apache-2.0 */
/* Conditional requests: which validator a page is asked with, and which the next run may ask with. */
#include "sync/run_private.h"

struct raw_hash
conditional_request(const struct run *r)
{
	struct buf key = BUF_INIT;
	buf_str(&key, r->url);
	buf_char(&key, '\n');
	buf_str(&key, r->body ? r->body : "");
	for (size_t i = 0; i < r->partner->n_headers; i++) {
		const struct config_pair *h = &r->partner->headers[i];
		buf_fmt(&key, "\n%s: %s", h->name, h->secret ? "" : h->value);
	}
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
	bool same = v->request.low == r->request_hash.low && v->request.high == r->request_hash.high;
	return same ? v : NULL;
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
		.request = r->request_hash,
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
