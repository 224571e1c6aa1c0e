/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

const char fuzz_content_type[] = "application/json";

static const char *const styles[] = { "none", "page", "offset", "cursor", "next-url", "link-header" };

static struct vigie_setting settings[] = {
	{ "json", "items", "" },
	{ "json", "paging", "none" },
	{ "json", "places", "/none" },
	{ "json", "document", "list" },
	{ "json", "removed_member", "none" },
	{ "json", "overflow_above", "0" },
	{ "json", "empty_pages", "end" },
	{ "json", "id", "/id" },
	{ "json", "page_param", "page" },
	{ "json", "offset_param", "offset" },
	{ "json", "cursor_param", "after[]" },
	{ "json", "cursor", "/after" },
	{ "json", "next", "/next" },
	{ "json", "total", "/total" },
	{ "json", "tombstone", "/removed = true, 1" },
	{ "json", "place_id", "@/id" },
	{ "map", "title", "/title | /names/*/text | /a/[b=c]/d | join(\" - \", a[0].b, /@key)" },
	{ "map", "price", "/price" },
	{ "map", "latitude", "@/lat | /lat" },
	{ "map", "properties.all", "/" },
	{ "map", "url", "\"https://x.fr/{/id}\"" },
	{ "map", "description", "/p/[split=#]/1/[split=|]/0 | /p/[split=#]/[|0=b]/[split=|]/1 | /p/[split=#]/* | /a/[b/c=d]/e" },
	{ "map", "capacity", "/p/[split=##]/#" },
	{ "json", "overflow_url", "all?{query}" },
	{ "json", "overflow_items", "/all" },
	/* The last two are there for some choices only. */
	{ "json", "removed_url", "?removed=1" },
	{ "json", "removed_id", "/uid | /id" },
};

const struct vigie_setting *
fuzz_settings(uint8_t choice, size_t *ret_n)
{
	settings[0].value = choice & 64 ? "" : choice & 32 ? "/*" : choice & 8 ? "/results" : "";
	settings[1].value = styles[(choice & 7) % 6];
	settings[2].value = choice & 16 ? "/places" : "/none";
	settings[3].value = choice & 64 ? "item" : "list";
	settings[4].value = choice & 32 ? "a/*" : "none";
	/* Other passes: as many as a hundred items, or one, are too many to be paged. */
	bool passes = (choice & 7) > 5;
	settings[5].value = passes && (choice & 16) ? "1" : passes ? "100" : "0";
	settings[6].value = passes ? "retry" : "end";
	*ret_n = sizeof settings / sizeof settings[0] - (passes ? 0 : 2);
	return settings;
}
