/* SPDX-License-Identifier: Apache-2.0 */
/* The reference of keys, from the tables that the files are checked with: `vigie keys`
 * prints it as text, daemon/manual writes it into the manual. */
#ifndef VIGIE_CONFIG_DESCRIBE_H
#define VIGIE_CONFIG_DESCRIBE_H

#include <stdbool.h>

#include "config/inifile.h"
#include "config/keys.h"

struct described {		/* one key; borrowed until the call returns */
	const char *section, *name, *type, *help;
	const char *fallback;	/* default; NULL or "": none */
	const char *choices;	/* separated by spaces; NULL */
	bool required, credential;	/* credential: its value may be credential:NAME */
};

struct describe {		/* whoever is told; `to` is handed on */
	void *to;
	void (*key)(void *to, const struct described *d);
	void (*connector)(void *to, const struct vigie_connector *c);	/* its keys follow */
	void (*preset)(void *to, const char *name, const char *path, const struct inifile *preset);
};

/* In the order of the tables; keys of a section follow each other. */
void describe_keys(const struct key *keys, const struct describe *d);
void describe_connector(const struct vigie_connector *c, const struct describe *d);
/* All in the folder, in order of name. */
void describe_connectors(struct plugins *plugins, const struct describe *d);
void describe_presets(const struct plugins *plugins, const struct describe *d);

/* What a preset says of itself; "" if nothing. */
const char *describe_summary(const struct inifile *preset);
const char *describe_plugin(const struct inifile *preset);

#endif
