/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the settings say of the partners that are polled, for their sheets.  The
 * engine owns the settings, on another thread; this is a copy that does not
 * change, made anew when they do, and held by whoever reads it.
 */
#ifndef VIGIE_SERVE_CONTACTS_H
#define VIGIE_SERVE_CONTACTS_H

#include <stddef.h>
#include <stdint.h>

struct partner_config;

struct contact {		/* NULL: not said */
	char *partner, *name, *theme, *website;
	char *contact, *siren, *contract_from, *contract_to, *charity, *closed, *predecessor, *replaced_by;
	int64_t interval_ms;
};

struct contacts {
	struct contact *list;
	size_t n;
	_Atomic unsigned holders;
};

struct contacts *contacts_new(void);	/* held once */
/* Before others have it. */
void contacts_add(struct contacts *r, const struct partner_config *p);
struct contacts *contacts_hold(struct contacts *r);
void contacts_drop(struct contacts *r);	/* takes NULL */

/* By its short name, or else its name for people; NULL: it is not there. */
const struct contact *contacts_find(const struct contacts *r, const char *partner);

#endif
