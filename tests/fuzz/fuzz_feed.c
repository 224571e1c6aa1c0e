/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

const char fuzz_content_type[] = "text/xml; charset=iso-8859-1";

static const struct vigie_setting settings[] = {
	{ "feed", "tombstone", "/title = gone" },
	{ "feed", "languages", "fr en" },
	{ "map", "title", "/summary | /title" },
	{ "map", "properties.all", "/" },
};

const struct vigie_setting *
fuzz_settings(uint8_t choice, size_t *ret_n)
{
	*ret_n = choice & 1 ? sizeof settings / sizeof settings[0] : 0;
	return settings;
}
