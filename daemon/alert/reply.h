/* SPDX-License-Identifier: Apache-2.0 */
/* What staff answer to a letter, by the command or over HTTP: limits, and what is said of it to programs. */
#ifndef VIGIE_ALERT_REPLY_H
#define VIGIE_ALERT_REPLY_H

#include "alert/ledger.h"
#include "show/json_out.h"

enum { REPLY_SNOOZE_DAYS = 7, REPLY_SNOOZE_MAX_DAYS = 366, REPLY_BY_MAX = 64, REPLY_NOTE_MAX = 1000 };

/* One object: partner, label, verdict, until, given_by, note. */
void reply_json(struct json_out *j, const struct answer_of_staff *a, enum verdict verdict);

#endif
