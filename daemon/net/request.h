/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked for: the caller's fetch_request, copied, checked, and changed by redirects. */
#ifndef VIGIE_NET_REQUEST_H
#define VIGIE_NET_REQUEST_H

#include <curl/curl.h>

#include "net/fetch.h"

struct request {
	struct fetch_request asked;	/* own copies; 0 limits replaced by defaults */
	struct fetch_pair *headers, *query;	/* the same pairs, writable */
	void *memory;		/* all of these */
	char *url;		/* of the next hop, with its secrets */
	char *host;		/* "host:port" of it */
	char *named_host;	/* the one that secrets are for, and that may be on a private address */
	char *shown_url;	/* without secrets; NULL until somebody asks */
	bool secrets_dropped;	/* an answer led to another host */
};

/* -1 if it may not be asked for; request_done() is due in any case. */
int request_init(struct request *r, const struct fetch_request *asked, struct error *err);
void request_done(struct request *r);

/* May the next hop be on a private address? */
bool request_private(const struct request *r);
/* The header lines to send, for curl_slist_free_all(). */
struct curl_slist *request_headers(const struct request *r);
/* Does the next hop go without secrets that there are? */
bool request_withholds(const struct request *r);
/* Go to `target` (absolute, checked) as `status` says (RFC 9110 15.4). */
void request_redirect(struct request *r, int status, const char *target);

/* For results and errors; borrowed until a redirect. */
const char *request_shown_url(struct request *r);
/* Cover the values of secrets with asterisks. */
void request_scrub(const struct request *r, char *text);

#endif
