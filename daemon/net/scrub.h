/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of a request in a text that somebody will read. */
#ifndef VIGIE_NET_SCRUB_H
#define VIGIE_NET_SCRUB_H

/*
 * Covers with stars, wherever they stand, the value of a header or parameter as
 * it is and as it stands in a URL, what follows its last blank (« Bearer … »),
 * and `hidden`, the part of it that is the secret (NULL: none).  A secret of
 * fewer than four bytes is left: it would cover half of every text.
 */
void scrub(char *text, const char *value, const char *hidden);

#endif
