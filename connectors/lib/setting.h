/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a partner's file, as a connector reads them when it opens. */
#ifndef VIGIE_LIB_SETTING_H
#define VIGIE_LIB_SETTING_H

#include "lib/expr.h"
#include "vigie_connector.h"

/* Fills in why a setting is refused; -1. */
int complain(struct vigie_complaint *c, const char *section, const char *name, const char *text);

/* Borrowed; NULL: absent. */
const char *setting_text(const struct vigie_setup *setup, const char *section, const char *name);
/* These leave *ret alone when the setting is absent. */
int setting_integer(const struct vigie_setup *setup, const char *section, const char *name, int64_t *ret,
    struct vigie_complaint *c);
int setting_expr(const struct vigie_setup *setup, const char *section, const char *name, struct expr **ret,
    struct vigie_complaint *c);

#endif
