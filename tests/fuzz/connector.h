/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz target of a connector says: tests/fuzz/fuzz_NAME.c, linked with connector.c and connectors/NAME.c. */
#ifndef VIGIE_FUZZ_CONNECTOR_H
#define VIGIE_FUZZ_CONNECTOR_H

#include <stddef.h>
#include <stdint.h>

#include "vigie_connector.h"

/* Valid settings, static; other ones for each choice. */
const struct vigie_setting *fuzz_settings(uint8_t choice, size_t *ret_n);
extern const char fuzz_content_type[];

#endif
