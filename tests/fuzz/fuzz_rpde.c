/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

const char fuzz_content_type[] = "application/json";

static const struct vigie_setting settings[] = {
	{ "rpde", "full_every", "2" },
	{ "rpde", "languages", "fr en" },
	{ "map", "title", "/data/name | /id" },
	{ "map", "properties.all", "/data" },
};

const struct vigie_setting *
fuzz_settings(uint8_t choice, size_t *ret_n)
{
	*ret_n = choice & 1 ? sizeof settings / sizeof settings[0] : 0;
	return settings;
}
