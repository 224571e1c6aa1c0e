/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who falls silent together for one and the same cause.  A ward is a member of
 * one group, and each group is an incident of its own (health/incident.h):
 *
 *	the lookout's	everybody who has nothing in common: it is us
 *	an address	partners of several domains on one machine: it is that machine
 *	a domain	partners of one house: it is that house, which has broken down or
 *			has closed with all that it offers, so clocks soon run again
 *
 * What strikes an address or a domain says nothing of us.  Addresses are learnt
 * from answers, so groups are settled again now and then.
 */
#include <xxhash.h>

#include "base/buf.h"
#include "health/constants.h"
#include "watch/ward.h"

static struct group *
group_find(struct lookout *w, enum group_kind kind, const char *name)
{
	struct group **bucket = &w->buckets[XXH3_64bits(name, strlen(name)) % GROUP_BUCKETS];
	for (struct group *g = *bucket; g != NULL; g = g->same_bucket)
		if (g->kind == kind && strcmp(g->name, name) == 0)
			return g;
	struct group *g = xcalloc(1, sizeof *g);
	g->same_bucket = *bucket;
	*bucket = g;
	g->kind = kind;
	g->name = xstrdup(name);
	g->incident.longest_ms = kind == GROUP_DOMAIN ? detector_constants.incident_domain_longest_ms : 0;
	g->kept_ms = TIME_NONE;
	/* The lookout's own stays first. */
	struct group **at = w->groups != NULL ? &w->groups->next : &w->groups;
	g->next = *at;
	*at = g;
	return g;
}

static struct group *
group_of_domain(struct lookout *w, const struct partner_config *p)
{
	char domain[GUARD_DOMAIN_MAX];
	return guard_registrable(p->url, domain, sizeof domain) == 0 ? group_find(w, GROUP_DOMAIN, domain) : NULL;
}

static void
count_domain(void *arg, const struct partner_config *p)
{
	struct group *g = group_of_domain(arg, p);
	if (g != NULL)
		g->members++;
}

static bool
is_shared(const struct group *g)
{
	return g != NULL && g->members > 1;
}

static void
count_address(void *arg, const struct partner_config *p)
{
	struct lookout *w = arg;
	const struct ward *d = ward_find(w, p->partner);
	if (d != NULL && *d->address != '\0' && !is_shared(group_of_domain(w, p)))
		group_find(w, GROUP_ADDRESS, d->address)->members++;
}

void
group_join(struct ward *d, struct group *g)
{
	if (d->group == g)
		return;
	if (d->group != NULL)
		detector_leave(&d->health, &d->group->incident, lookout_now(d->lookout));
	d->group = g;
}

static void
settle(void *arg, const struct partner_config *p)
{
	struct lookout *w = arg;
	struct ward *d = ward_find(w, p->partner);
	if (d == NULL || !d->loaded)
		return;
	struct group *g = group_of_domain(w, p);
	if (!is_shared(g) && *d->address != '\0')
		g = group_find(w, GROUP_ADDRESS, d->address);
	group_join(d, is_shared(g) ? g : w->groups);
}

void
groups_settle(struct lookout *w)
{
	for (struct group *g = w->groups; g != NULL; g = g->next)
		g->members = 0;
	engine_each(w->options.engine, count_domain, w);
	engine_each(w->options.engine, count_address, w);
	engine_each(w->options.engine, settle, w);
	w->addresses_changed = false;
}

void
groups_count(struct lookout *w)
{
	for (struct group *g = w->groups; g != NULL; g = g->next)
		g->incident.answering = g->incident.struck = 0;
	for (size_t i = 0; i < w->n_wards; i++) {
		const struct partner_health *h = &w->wards[i]->health;
		if (w->wards[i]->group == NULL)
			continue;
		struct incident *g = &w->wards[i]->group->incident;
		if (h->counted)
			g->answering++;
		else if (h->outcome == OUTCOME_SILENT && h->wave != 0 && h->wave == g->number)
			g->struck++;
	}
}

void
groups_init(struct lookout *w)
{
	(void)group_find(w, GROUP_LOOKOUT, "");
}

void
groups_done(struct lookout *w)
{
	while (w->groups != NULL) {
		struct group *next = w->groups->next;
		free(w->groups->name);
		free(w->groups);
		w->groups = next;
	}
}
