/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of what was seen: part of the insides of the watch (ward.h). */
#ifndef VIGIE_WATCH_JUDGE_H
#define VIGIE_WATCH_JUDGE_H

#include "watch/ward.h"

struct round_findings {		/* as signals; -1: not looked at, or not to be known */
	bool site_seen;		/* the site was looked at: `site` -1 then means that it says nothing */
	bool name_disputed;	/* a resolver says that it exists, another that it does not: `dns` is -1 */
	int64_t site, site_redirect, site_shape, dns, tls;
	char site_moved_to[GUARD_DOMAIN_MAX];
	char site_words[PAGE_QUOTE_MAX];
};

void judge_round(struct ward *d, const struct poll_reading *poll, const struct round_findings *found);
/* Staff answered. */
void judge_word(struct ward *d, enum human_reading word);
/* Writes the state as it is. */
void judge_keep(struct ward *d);
void judge_restore(struct ward *d, const void *state, size_t len);
/* The incident of its group, once that is known. */
void judge_restore_incident(struct ward *d, const void *state, size_t len);
/* The partner gave notice: Sunset and Deprecation of the last answer. */
void judge_notice(struct ward *d, const char *sunset, const char *deprecation);

#endif
