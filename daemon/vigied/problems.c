/* SPDX-License-Identifier: Apache-2.0 */
#include "vigied/problems.h"

#include "base/log.h"

void
log_problems(const struct config_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_problem *p = &problems->list[i];
		if (p->line > 0)
			log_error("%s:%u: %s", p->file, p->line, p->text);
		else
			log_error("%s: %s", p->file, p->text);
	}
}
