/* SPDX-License-Identifier: Apache-2.0 */
/* One hook's file. */
#ifndef VIGIE_CONFIG_HOOK_H
#define VIGIE_CONFIG_HOOK_H

#include "config/report.h"

/* The hook of r->hook in r->file, or NULL if there was a problem.
 * `folder`: of vigie.conf, for credentials. */
struct config_hook *hook_load(const struct report *r, const char *folder);

#endif
