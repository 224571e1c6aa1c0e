/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A preset: NAME.conf in the folder of the connectors, for `connector = NAME` in
 * a partner's file.  It names the plugin that does the work, and says what a
 * partner's file of that kind would always say:
 *
 *	[preset]
 *	summary = Events of an OpenAgenda agenda		one line for `vigie keys`
 *	[partner]
 *	connector = json
 *	[json]
 *	items = /events
 *
 * What the partner's own file says wins, key by key; a key without a value there
 * takes that of the preset away.  A preset is the same for all offices, so it
 * holds no secret and no address that secrets are sent to.
 */
#ifndef VIGIE_CONFIG_PRESET_H
#define VIGIE_CONFIG_PRESET_H

#include "config/inifile.h"

/*
 * The connector that `file` (a partner's) asks for by `name`, a plugin or a preset;
 * the preset is laid under `file`.  NULL: a problem was reported.
 * *ret_preset: the file of the preset, or NULL; it must outlive `file`, and the
 * caller frees it.
 */
const struct vigie_connector *preset_apply(struct inifile *file, const struct report *r, struct plugins *plugins,
    char **ret_preset);

#endif
