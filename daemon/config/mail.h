/* SPDX-License-Identifier: Apache-2.0 */
/* The part of [mail] that the table of keys cannot say: the password, and who
 * is written to for which theme. */
#ifndef VIGIE_CONFIG_MAIL_H
#define VIGIE_CONFIG_MAIL_H

#include "config/source.h"

/* After source_apply().  A password that cannot be read is kept as `missing`:
 * whoever only reads the catalogue need not be able to. */
void mail_load(const struct source *s, struct config_mail *mail);
/* Before keys_free(). */
void mail_done(struct config_mail *mail);

#endif
