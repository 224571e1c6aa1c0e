/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl reports, as a kind and in words for people who know no C. */
#ifndef VIGIE_NET_FAILURE_H
#define VIGIE_NET_FAILURE_H

#include <stdbool.h>

#include <curl/curl.h>

#include "base/error.h"
#include "net/fetch.h"

/* `detail`: libcurl's error buffer.  Does nothing for CURLE_OK, or if `err`
 * holds the cause already. */
void failure_set(struct error *err, CURLcode code, CURL *easy, const char *detail,
    const struct fetch_request *limits);

/* Is it a certificate whose time is over, or one of another name?  To be
 * asked before the handle is used again. */
bool failure_tls_expired(CURLcode code, CURL *easy);
bool failure_tls_wrong_name(CURLcode code, CURL *easy);

/* What the status of an answer says, for people who do not know the numbers: ": a fault on its side"; or "". */
const char *failure_of_status(int status);

#endif
