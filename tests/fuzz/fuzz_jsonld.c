/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

const char fuzz_content_type[] = "text/html";

static struct vigie_setting settings[] = {
	{ "jsonld", "pages", "/a* !*b" },
	{ "jsonld", "at_most", "3" },
	{ "jsonld", "types", "Event Place Product" },
	{ "jsonld", "languages", "fr en" },
	{ "map", "properties.all", "/" },
};

const struct vigie_setting *
fuzz_settings(uint8_t choice, size_t *ret_n)
{
	settings[2].value = choice & 2 ? "Hotel" : "Event Place Product";
	*ret_n = choice & 1 ? sizeof settings / sizeof settings[0] : 0;
	return settings;
}
