/* SPDX-License-Identifier: Apache-2.0 */
/* One partner's file. */
#ifndef VIGIE_CONFIG_PARTNER_H
#define VIGIE_CONFIG_PARTNER_H

#include "config/report.h"

/* The partner of r->partner in r->file, or NULL if there was a problem.
 * `folder`: of vigie.conf, for credentials. */
struct partner_config *partner_load(const struct report *r, const char *folder, struct plugins *plugins);

#endif
