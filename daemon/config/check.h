/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a text may be the value of a key.  0, or -1 with ERROR_CONFIG and
 * what to write instead; `name` is that of the key. */
#ifndef VIGIE_CONFIG_CHECK_H
#define VIGIE_CONFIG_CHECK_H

#include "base/error.h"
#include "config/keys.h"

/* For a key whose member is a text. */
int check_text(const struct key *k, const char *text, struct error *err);
/* http or https with a host; no user name or password in it. */
int check_url(const char *name, const char *text, struct error *err);
/* Addresses, at least one, separated by commas or blanks. */
int check_mailboxes(const char *name, const char *text, struct error *err);
/* `choices` are separated by spaces. */
int check_choice(const char *name, const char *text, const char *choices, struct error *err);
/* yes or no. */
int check_boolean(const char *name, const char *text, bool *ret, struct error *err);

bool choice_has(const char *choices, const char *word);
/* Counted from 0; `word` must be one of `choices`. */
unsigned choice_number(const char *choices, const char *word);
/* Bytes of `text` to show in a message. */
int shown(const char *text);

#endif
