/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header fields of a mail (RFC 5322), on a list for libcurl.  Whatever a value
 * holds, one field comes of it: control characters are left out, and text that
 * is not short plain ASCII becomes encoded words (RFC 2047), folded.
 */
#ifndef VIGIE_NET_MAILHEAD_H
#define VIGIE_NET_MAILHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

/* Text for people. */
void mailhead_text(struct curl_slist **list, const char *name, const char *text);
/* Tokens: addresses, identifiers; all but printable ASCII is left out. */
void mailhead_token(struct curl_slist **list, const char *name, const char *token);
/* "From: NAME <ADDRESS>"; name NULL or "": the address alone. */
void mailhead_mailbox(struct curl_slist **list, const char *name, const char *person, const char *address);
void mailhead_date(struct curl_slist **list, int64_t t_ms);

/* One address, without blanks, quotes, angle brackets or anything but ASCII. */
bool mailhead_is_address(const char *s);

#endif
