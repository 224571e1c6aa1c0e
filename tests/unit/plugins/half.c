/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie_connector.h"

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "half",
	.summary = "has no functions",
};
