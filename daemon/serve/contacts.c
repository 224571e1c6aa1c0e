/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/contacts.h"

#include <stdatomic.h>

#include "base/buf.h"
#include "config/config.h"

static const struct {
	size_t to, from;
} texts[] = {
#define TEXT(member) { offsetof(struct contact, member), offsetof(struct partner_config, member) }
	TEXT(partner), TEXT(name), TEXT(theme), TEXT(website), TEXT(contact), TEXT(siren), TEXT(contract_from),
	TEXT(contract_to), TEXT(charity), TEXT(closed), TEXT(predecessor), TEXT(replaced_by),
#undef TEXT
};
enum { TEXTS = sizeof texts / sizeof *texts };

struct contacts *
contacts_new(void)
{
	struct contacts *r = xcalloc(1, sizeof *r);
	atomic_init(&r->holders, 1);
	return r;
}

void
contacts_add(struct contacts *r, const struct partner_config *p)
{
	r->list = xrealloc(r->list, r->n + 1, sizeof *r->list);
	struct contact *e = &r->list[r->n++];
	*e = (struct contact){ .interval_ms = p->interval_ms };
	for (size_t i = 0; i < TEXTS; i++)
		*(char **)(void *)((char *)e + texts[i].to) = xstrdup(*(char *const *)(const void *)((const char *)p + texts[i].from));
}

struct contacts *
contacts_hold(struct contacts *r)
{
	(void)atomic_fetch_add(&r->holders, 1);
	return r;
}

void
contacts_drop(struct contacts *r)
{
	if (r == NULL || atomic_fetch_sub(&r->holders, 1) > 1)
		return;
	for (size_t i = 0; i < r->n; i++)
		for (size_t t = 0; t < TEXTS; t++)
			free(*(char **)(void *)((char *)&r->list[i] + texts[t].to));
	free(r->list);
	free(r);
}

const struct contact *
contacts_find(const struct contacts *r, const char *partner)
{
	const struct contact *named = NULL;
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->list[i].partner, partner) == 0)
			return &r->list[i];
		if (strcmp(r->list[i].name, partner) == 0)
			named = &r->list[i];
	}
	return named;
}
