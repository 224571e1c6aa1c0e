/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

const char fuzz_content_type[] = "text/html";

const struct vigie_setting *
fuzz_settings(uint8_t choice, size_t *ret_n)
{
	static const struct vigie_setting none[1];
	(void)choice;
	*ret_n = 0;
	return none;
}
