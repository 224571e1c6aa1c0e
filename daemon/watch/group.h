/* SPDX-License-Identifier: Apache-2.0 */
/* Partners that fall silent together, for one cause: see group.c. */
#ifndef VIGIE_WATCH_GROUP_H
#define VIGIE_WATCH_GROUP_H

#include <stdint.h>

#include "health/incident.h"

struct lookout;
struct ward;

enum { GROUP_BUCKETS = 1024 };

struct group {
	struct group *next, *same_bucket;
	enum group_kind { GROUP_LOOKOUT, GROUP_ADDRESS, GROUP_DOMAIN } kind;
	char *name;		/* "": the lookout's; the address; the domain */
	struct incident incident;
	int64_t kept_ms;	/* when what was read back was written */
	unsigned members;
};

void groups_init(struct lookout *w);
void groups_done(struct lookout *w);
/* Everybody whose past is known goes where it belongs. */
void groups_settle(struct lookout *w);
/* What was kept of incidents counts its members anew. */
void groups_count(struct lookout *w);
/* NULL: it leaves. */
void group_join(struct ward *d, struct group *g);

#endif
