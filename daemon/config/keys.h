/* SPDX-License-Identifier: Apache-2.0 */
/* Every key of vigie.conf, of a partner's and of a hook's file, but those of connectors. */
#ifndef VIGIE_CONFIG_KEYS_H
#define VIGIE_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

enum key_type {			/* the member at `where` */
	KEY_TEXT,		/* char *, as are all down to KEY_PATH */
	KEY_URL,		/* http or https, with a host; continuation lines are joined without a space */
	KEY_URLS,		/* some, separated by blanks or commas */
	KEY_RESOLVERS,		/* name servers, two at the least, see net/dns.h */
	KEY_CONTACT,		/* a URL, or mailto: */
	KEY_KIND,		/* one of listing_kinds */
	KEY_LOWER,		/* `max` lower-case letters */
	KEY_UPPER,		/* `max` upper-case letters */
	KEY_ZONE,		/* a time zone of tzdata */
	KEY_MAIL_SERVER,	/* smtp or smtps, with a host */
	KEY_MAILBOX,		/* one address */
	KEY_MAILBOXES,		/* addresses, separated by commas or blanks */
	KEY_LISTEN,		/* addresses of this machine, see config/listen.h */
	KEY_DOMAIN,		/* a host name with a dot in it */
	KEY_SIREN,		/* a company in the French register */
	KEY_DAY,		/* YYYY-MM-DD */
	KEY_SEASON,		/* see health/season.h */
	KEY_BESIDE,		/* a file in the folder of the partner's file, or below */
	KEY_PATH,		/* a relative one starts at the file's folder */
	KEY_BOOLEAN,		/* bool: yes, no */
	KEY_FLAG,		/* bool: the first of `choices` is true, the second false */
	KEY_CHOICE,		/* unsigned: the number of one of `choices` */
	KEY_INTEGER,		/* unsigned */
	KEY_PERCENT,		/* unsigned */
	KEY_NUMBER,		/* double, over 0 */
	KEY_DURATION,		/* int64_t, milliseconds: 30s, 5m, 6h, 2d */
	KEY_BYTES,		/* uint64_t: 512K, 64M, 1G */
	KEY_PAIRS,		/* struct config_pair *: any number of PREFIX.NAME = text */
	KEY_END
};

enum key_credential { CREDENTIAL_NEVER, CREDENTIAL_MAY, CREDENTIAL_MUST };

struct key {
	const char *section, *name;	/* of KEY_PAIRS: "PREFIX.*" */
	enum key_type type;
	size_t where;			/* offset in struct config or partner_draft */
	const char *fallback;		/* default, written as in the file; NULL: none */
	int64_t min, max;		/* in the unit of the member */
	const char *choices;		/* separated by spaces */
	bool required;
	enum key_credential credential;
	const char *help;
};

/* A partner while its file is read. */
struct partner_draft {
	struct partner_config partner;
	unsigned price;			/* of PRICE_*: becomes two flags of normalise_options */
	unsigned source;		/* of SOURCE_*: becomes two flags of partner_config */
};

enum { PRICE_MONEY, PRICE_MINOR, PRICE_POINTS };
enum { SOURCE_SNAPSHOT, SOURCE_WINDOW, SOURCE_CHANGES };

extern const struct key vigie_keys[];	/* all end with KEY_END */
extern const struct key partner_keys[];
extern const struct key hook_keys[];	/* members of struct config_hook */

/* Exact; "header.Accept" finds "header.*".  NULL if there is none. */
const struct key *key_find(const struct key *keys, const char *section, const char *name);

#endif
