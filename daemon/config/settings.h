/* SPDX-License-Identifier: Apache-2.0 */
/* The connector's part of a partner's file, checked against its own table. */
#ifndef VIGIE_CONFIG_SETTINGS_H
#define VIGIE_CONFIG_SETTINGS_H

#include "config/source.h"

/* Fill p->settings, defaults too, in the order of the connector's table; then
 * let the connector itself judge them.  p->connector must be set. */
void settings_load(const struct source *s, struct partner_config *p);
void settings_free(struct partner_config *p);

#endif
