/* SPDX-License-Identifier: Apache-2.0 */
/* From another time: only its first field means what it says. */
#include "vigie_connector.h"

struct other {
	uint32_t abi;
	uint32_t words[3];
};

extern VIGIE_EXPORT const struct other vigie_connector_of_another_time __asm__("vigie_connector");
const struct other vigie_connector_of_another_time = { 4711, { 1, 2, 3 } };
