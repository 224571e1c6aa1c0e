/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

const char fuzz_content_type[] = "text/calendar";

static struct vigie_setting settings[] = {
	{ "ical", "mode", "events" },
	{ "normalise", "timezone", "America/Martinique" },
	{ "map", "properties.all", "/" },
};

const struct vigie_setting *
fuzz_settings(uint8_t choice, size_t *ret_n)
{
	settings[0].value = choice & 1 ? "availability" : "events";
	*ret_n = choice & 2 ? sizeof settings / sizeof settings[0] : 2;
	return settings;
}
