/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets.  A file only names them ("credential:NAME", or with words before
 * it: "Bearer credential:NAME", or in braces with words around it:
 * {"key":"{credential:NAME}"}); their text is in $CREDENTIALS_DIRECTORY
 * (systemd.exec(5), LoadCredential=), or in a folder `credentials` beside
 * vigie.conf, in a file that nobody else can read.
 *
 * No text made here holds a secret.
 */
#ifndef VIGIE_CONFIG_CREDENTIAL_H
#define VIGIE_CONFIG_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define CREDENTIAL_BYTES_MAX 4096

/* Does `text` name a credential, well or badly? */
bool credential_named(const char *text);

/*
 * The text with the secret in place of its name; the caller frees it with
 * credential_free().  `folder`: where vigie.conf is.  *ret_secret: the secret
 * alone, likewise; it may be NULL.
 * NULL: ERROR_CONFIG for a bad name, ERROR_NOT_FOUND for one that is nowhere,
 * ERROR_SYSTEM for a file that cannot be read or that others can read.
 */
char *credential_expand(const char *text, const char *folder, char **ret_secret, struct error *err);
void credential_free(char *secret);	/* wiped first; takes NULL */

/* Does a header or a parameter of this name usually hold a secret?  "X-Api-Key",
 * "access_token", "apikey"; not "keywords". */
bool credential_expected(const char *name);
/* The first parameter of `url` that usually holds a secret and has a value:
 * its length and *ret_name (borrowed), or 0. */
size_t credential_in_url(const char *url, const char **ret_name);

#endif
