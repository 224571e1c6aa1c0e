/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

const char fuzz_content_type[] = "application/xml";

static const char *const styles[] = { "none", "page", "offset", "cursor", "next-url", "link-header" };

static struct vigie_setting settings[] = {
	{ "xml", "items", "/a/b" },
	{ "xml", "paging", "none" },
	{ "xml", "lenient", "no" },
	{ "xml", "id", "/id | /@id | /#text" },
	{ "xml", "lists", "c d" },
	{ "xml", "page_param", "page" },
	{ "xml", "offset_param", "offset" },
	{ "xml", "cursor_param", "after[]" },
	{ "xml", "cursor", "/a/after" },
	{ "xml", "next", "/a/@next" },
	{ "xml", "total", "/a/total" },
	{ "xml", "tombstone", "/@removed = true, 1" },
	{ "map", "title", "/title | /c/0/#text" },
	{ "map", "properties.all", "/" },
	{ "namespaces", "x", "http://x/" },
};

const struct vigie_setting *
fuzz_settings(uint8_t choice, size_t *ret_n)
{
	settings[0].value = choice & 8 ? "//b | /a/*/b" : "/a/b";
	settings[1].value = styles[(choice & 7) % 6];
	settings[2].value = choice & 16 ? "yes" : "no";
	*ret_n = sizeof settings / sizeof settings[0] - (choice & 32 ? 0 : 1);
	return settings;
}
