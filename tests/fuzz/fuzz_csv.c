/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

const char fuzz_content_type[] = "text/csv; charset=iso-8859-15";

static const char *const separators[] = { "auto", "comma", "semicolon", "tab", "bar", "auto", "auto", "auto" };
static const char *const encodings[] = { "auto", "utf-16", "auto", "iso-8859-15" };

/* `columns` is the last: it is for tables without a header. */
static struct vigie_setting settings[] = {
	{ "csv", "separator", "auto" },
	{ "csv", "encoding", "auto" },
	{ "csv", "header", "yes" },
	{ "csv", "repair", "yes" },
	{ "csv", "id", "/id | /1 | /a" },
	{ "csv", "paging", "link-header" },
	{ "csv", "tombstone", "/gone = 1" },
	{ "map", "title", "/title | /2 | /b" },
	{ "map", "price", "/price | /3" },
	{ "map", "properties.all", "/c | /4" },
	{ "csv", "columns", "a b,c" },
};

const struct vigie_setting *
fuzz_settings(uint8_t choice, size_t *ret_n)
{
	settings[0].value = separators[choice & 7];
	settings[1].value = encodings[(choice >> 3) & 3];
	settings[2].value = choice & 32 ? "no" : "yes";
	settings[3].value = choice & 64 ? "no" : "yes";
	*ret_n = sizeof settings / sizeof settings[0] - ((choice & 160) != 160);
	return settings;
}
