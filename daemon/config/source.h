/* SPDX-License-Identifier: Apache-2.0 */
/* A file that was read, measured against a table of keys. */
#ifndef VIGIE_CONFIG_SOURCE_H
#define VIGIE_CONFIG_SOURCE_H

#include "config/inifile.h"
#include "config/keys.h"
#include "config/report.h"

struct source {			/* everything is borrowed */
	const struct inifile *file;
	const struct report *report;
	const char *folder;	/* of vigie.conf */
	const struct key *keys;
};

/*
 * Fill the members of `base` (zeroed before) from the file and from the
 * defaults; report bad values and missing keys.  Texts that name a credential
 * are stored as they stand; KEY_PAIRS are left alone.
 */
void source_apply(const struct source *s, void *base);
/* Report a key that must be there and is not, unless it may stand on a line that could not be read. */
void source_missing(const struct source *s, const char *section, const char *name, const char *help);
/* Free the texts that source_apply() stored. */
void keys_free(const struct key *keys, void *base);

/*
 * Puts the secret in place of the credential that a text of the file names.
 * One that cannot be read leaves *value NULL and says why in *ret_missing, which
 * the caller frees: who may not see it can use the other settings.
 */
void source_secret(const struct source *s, const char *section, const char *name, char **value, char **ret_missing);

/* Report sections and keys that neither the table nor the connector knows.
 * NULL: the connector is not known, so what may be its own is passed over. */
void source_unknown(const struct source *s, const struct vigie_connector *connector);

/* The section that an option stands in. */
const char *option_section(const struct vigie_connector *c, const struct vigie_option *o);

#endif
