/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/reply.h"

void
reply_json(struct json_out *j, const struct answer_of_staff *a, enum verdict verdict)
{
	char until[TIME_TEXT_MAX];
	json_open(j, NULL, '{');
	json_text(j, "partner", a->partner);
	json_text(j, "label", label_name(a->label));
	json_text(j, "verdict", verdict_name(verdict));
	json_text(j, "until", a->until_ms != TIME_NONE ? time_text(a->until_ms, until) : NULL);
	json_text(j, "given_by", a->by);
	json_text(j, "note", a->note);
	json_close(j, '}');
}
