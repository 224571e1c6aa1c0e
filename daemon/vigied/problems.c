/* SPDX-License-Identifier: Apache-2.0 */
#include "vigied/problems.h"

#include "base/buf.h"

void
log_problems(const struct config_problems *problems, struct said *told)
{
	struct said now = { NULL, 0 };
	struct buf line = BUF_INIT;
	bool before = told->n > 0;
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_problem *p = &problems->list[i];
		buf_clear(&line);
		if (p->line > 0)
			buf_fmt(&line, "%s:%u: %s", p->file, p->line, p->text);
		else
			buf_fmt(&line, "%s: %s", p->file, p->text);
		log_event(said_begins(told, line.data, LOG_ERROR), &(struct log_fields){ .partner = p->partner,
		    .error_kind = error_kind_name(ERROR_CONFIG) }, "%s", line.data);
		(void)said_begins(&now, line.data, LOG_ERROR);
	}
	if (before && now.n == 0)
		log_notice("the settings are in order again");
	said_done(told);
	*told = now;
	buf_done(&line);
}
