/* SPDX-License-Identifier: Apache-2.0 */
/* What a station_status.json says of each station, by its identifier: for who wants to know how many vehicles stand there. */
#ifndef VIGIE_GBFS_STATUS_H
#define VIGIE_GBFS_STATUS_H

#include <cjson/cJSON.h>

#include "base/buf.h"

enum { GBFS_STATUS_MAX = 100000 };	/* stations of one system */

struct gbfs_status_row {
	char *id;
	char *json;		/* an object */
};

struct gbfs_status {
	struct gbfs_status_row *rows;
	size_t n;
};

void gbfs_status_clear(struct gbfs_status *s);
/* Of one station; what has no identifier is left out.  -1: there are too many. */
int gbfs_status_add(struct gbfs_status *s, const cJSON *station);
/* All were added: gbfs_status_find may be asked. */
void gbfs_status_sort(struct gbfs_status *s);
/* JSON text of the station's status, borrowed; NULL: none. */
const char *gbfs_status_find(const struct gbfs_status *s, const cJSON *station);

#endif
