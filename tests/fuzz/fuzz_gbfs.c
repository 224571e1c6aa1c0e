/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

const char fuzz_content_type[] = "application/json";

static struct vigie_setting settings[] = {
	{ "gbfs", "listings", "stations" },
	{ "gbfs", "status", "yes" },
	{ "map", "properties.all", "/" },
};

const struct vigie_setting *
fuzz_settings(uint8_t choice, size_t *ret_n)
{
	settings[0].value = choice & 2 ? "system" : "stations";
	*ret_n = choice & 4 ? sizeof settings / sizeof settings[0] : 2;
	return settings;
}
