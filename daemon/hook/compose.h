/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent next: chosen from changes and verdicts by the hook's filter, and kept, so that it is the same at each attempt. */
#ifndef VIGIE_HOOK_COMPOSE_H
#define VIGIE_HOOK_COMPOSE_H

#include "catalogue/hooks.h"
#include "config/config.h"

/* What events have as `source`, a URI; borrowed from the settings. */
const char *hook_source(const struct config *config);

/*
 * For a hook that was claimed and has no message: puts one together, into the
 * catalogue and into s->message, or moves the hook on.  *ret_more: there is more
 * to look through, claim it again.  Verdicts do not wait behind listings.
 */
int compose(struct catalogue *c, const struct config_hook *h, const char *source, struct hook_state *s, bool *ret_more,
    struct error *err);

#endif
