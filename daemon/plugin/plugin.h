/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connector plugins: NAME.so in a folder, loaded once and kept until the
 * process ends (RTLD_NOW | RTLD_LOCAL).  See connectors/vigie_connector.h.
 * Beside them, presets: NAME.conf (config/preset.h).
 */
#ifndef VIGIE_PLUGIN_PLUGIN_H
#define VIGIE_PLUGIN_PLUGIN_H

#include "base/error.h"
#include "vigie_connector.h"

struct plugins;

/* `dir` is copied.  Nothing is loaded yet. */
struct plugins *plugins_new(const char *dir);
void plugins_free(struct plugins *p);	/* no connector of it may be in use */

/* Load on first use.  NULL: ERROR_NOT_FOUND (the text lists the names there
 * are, presets too, and the nearest one), or ERROR_CONFIG for another ABI (both numbers), a
 * missing symbol, or a table that breaks its contract. */
const struct vigie_connector *plugins_get(struct plugins *p, const char *name, struct error *err);

/* Names of the connectors in the folder, sorted, NULL-terminated; empty if there
 * is no folder.  Freed with plugins_free_names(). */
char **plugins_names(const struct plugins *p);
void plugins_free_names(char **names);

/* The presets in the folder, likewise; plugins of the same name hide them. */
char **plugins_presets(const struct plugins *p);
/* The file of a preset; NULL if there is none of that name, or a plugin.  The
 * caller frees it. */
char *plugins_preset(const struct plugins *p, const char *name);

#endif
