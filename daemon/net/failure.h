/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl reports, as a kind and in words for people who know no C. */
#ifndef VIGIE_NET_FAILURE_H
#define VIGIE_NET_FAILURE_H

#include <curl/curl.h>

#include "base/error.h"
#include "net/fetch.h"

/* `detail`: libcurl's error buffer.  Does nothing for CURLE_OK, or if `err`
 * holds the cause already. */
void failure_set(struct error *err, CURLcode code, CURL *easy, const char *detail,
    const struct fetch_request *limits);

#endif
